//! A study: questions asked of a case, answered in words and tables.

mod market_question;

pub use market_question::{Change, MarketAnswer, answer_market};

use serde::Deserialize;

use crate::case::{Case, Finding, Findings, RawCase};
use crate::market::{MarketFailure, Variant};

/// A list of questions asked of a case.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Title of the report.
    pub title: String,
    /// Name of the case.
    pub case: String,
    /// In the order of the report.
    pub question: Vec<Question>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Question {
    /// What changes in the market.
    Market(MarketQuestion),
    /// Whether a price exists on which two sides can agree.
    Deal(DealQuestion),
}

/// Scenarios compared, and whom the answer is about.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketQuestion {
    /// What is asked, as printed above the answer.
    pub title: String,
    /// Pairs: a scenario (several joined by ` + `, or `base`) and the one it is compared with.
    pub compare: Vec<Comparison>,
    /// Actors, nodes or regions by name, or `World`.
    pub about: Vec<String>,
    /// Actor whose purchases are listed seller by seller.
    #[serde(default)]
    pub buyer: Option<String>,
}

/// A deal of the case.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DealQuestion {
    /// What is asked, as printed above the answer.
    pub title: String,
    /// Name of a file of the folder deals.
    pub deal: String,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// What the comparison is called.
    pub name: String,
    /// The world with the change.
    pub scenario: String,
    /// The world without.
    #[serde(default = "base")]
    pub against: String,
}

fn base() -> String {
    "base".into()
}

/// Why a study has no answer.
#[derive(Debug, thiserror::Error)]
pub enum StudyFailure {
    /// The study, a scenario or the case is wrong.
    #[error("{0}")]
    Input(Findings),
    /// A market has no certified equilibrium.
    #[error("scenario \"{scenario}\": {failure}")]
    Market {
        /// Which.
        scenario: String,
        /// Why.
        failure: MarketFailure,
    },
}

impl From<Findings> for StudyFailure {
    fn from(findings: Findings) -> Self {
        StudyFailure::Input(findings)
    }
}

impl Study {
    /// Reads a study.
    ///
    /// Errors: TOML faults with line and column.
    pub fn read(file: &str, text: &str) -> Result<Study, Findings> {
        toml::from_str(text).map_err(|error| Findings::one(Finding::from_toml(file, text, &error)))
    }
}

/// The case after `a + b`; `base` is the case as it stands.
///
/// Errors: an unknown scenario, or findings in the changed case.
pub fn case_under(raw: &RawCase, scenario: &str) -> Result<Case, Findings> {
    let names: Vec<&str> = scenario.split(" + ").map(str::trim).filter(|name| *name != "base").collect();
    Case::from_raw(&raw.with_scenarios(&names)?)
}

/// A world to be solved: a scenario under one variant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct World {
    pub scenario: String,
    pub variant: Variant,
}
