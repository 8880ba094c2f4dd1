//! A study: questions asked of a case, answered in words and tables.

mod bargaining_question;
mod market_question;

pub use bargaining_question::{
    Amount, AmountOf, BargainingAnswer, BargainingQuestion, Claim, ProjectShares, Published,
    answer_bargaining_question,
};
pub use market_question::{Change, MarketAnswer, Seen, answer_market, answer_market_seeing};

use serde::Deserialize;

use crate::bargaining::ValueFault;
use crate::case::{Case, Finding, Findings, RawCase};
use crate::contract::{CheckedFigures, Figures, check_figures};
use crate::market::{MarketFailure, Variant};
use crate::units::{Bcm, BcmPerYear, Fraction, Gas, MillionUsd, UsdPerTcm};

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
    /// What a contract as written comes to, and what it is worth.
    Contract(ContractQuestion),
    /// Who gains what from which pipeline.
    Bargaining(BargainingQuestion),
    /// What printed figures of a contract imply, and whether they agree with each other.
    CheckFigures(FiguresQuestion),
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

/// A contract file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractQuestion {
    /// What is asked, as printed above the answer.
    pub title: String,
    /// Name of a built-in contract, or a path.
    pub contract: String,
    /// Paths from which the value ladder is learnt and replayed; the ledger alone when absent.
    #[serde(default)]
    pub paths: Option<usize>,
}

/// Figures of a contract as somebody printed them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiguresQuestion {
    /// What is asked, as printed above the answer.
    pub title: String,
    /// Value of all gas over the life.
    pub total_billion_usd: f64,
    /// Life.
    pub years: u32,
    /// Gas a year, in cubic metres of `gas`.
    pub bcm_per_year: f64,
    /// Name of the gas whose cubic metres both sides count.
    pub gas: String,
    /// How far the sides are apart.
    #[serde(default)]
    pub gap_usd_per_tcm: Option<f64>,
    /// The same as a share of a price.
    #[serde(default)]
    pub gap_share: Option<f64>,
    /// Volumes over the whole life that others name.
    #[serde(default)]
    pub other_total_bcm: Vec<f64>,
    /// Years in which deliveries grow in equal steps.
    #[serde(default)]
    pub ramp_up_years: u32,
    /// Discount rate a year.
    #[serde(default)]
    pub discount_rate: f64,
    /// Yuan that a dollar costs.
    #[serde(default)]
    pub cny_per_usd: Option<f64>,
}

impl FiguresQuestion {
    /// The figures, checked against each other.
    ///
    /// Errors: an unknown gas, or a figure that is not above zero; in one sentence.
    pub fn answer(&self) -> Result<CheckedFigures, String> {
        let gas = Gas::named(&self.gas).ok_or_else(|| {
            format!("no gas is called \"{}\"; choose standard, russia, china, netherlands or lng", self.gas)
        })?;
        for (name, value) in
            [("total_billion_usd", self.total_billion_usd), ("bcm_per_year", self.bcm_per_year)]
        {
            if !(value > 0.0 && value.is_finite()) {
                return Err(format!("{name} is {value}; give a number above zero"));
            }
        }
        if self.years == 0 || self.ramp_up_years > self.years {
            return Err(format!(
                "{} years with {} of ramp-up; give at least one year, and no longer ramp-up",
                self.years, self.ramp_up_years
            ));
        }
        Ok(check_figures(&Figures {
            total: MillionUsd(1e3 * self.total_billion_usd),
            years: self.years,
            volume: BcmPerYear(self.bcm_per_year),
            gas,
            gap: self.gap_usd_per_tcm.map(UsdPerTcm).zip(self.gap_share.map(Fraction)),
            other_volumes: self.other_total_bcm.iter().copied().map(Bcm).collect(),
            ramp_up_years: self.ramp_up_years,
            discount_rate: Fraction(self.discount_rate),
            cny_per_usd: self.cny_per_usd,
        }))
    }
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
    /// A coalition has no certified value.
    #[error(transparent)]
    Values(#[from] ValueFault),
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
