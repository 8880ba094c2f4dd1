//! Price formulas: what a month's gas costs under a contract.

use super::index::Indices;
use crate::calendar::Month;
use crate::case::Findings;
use crate::case::toml_table::Toml;
use crate::units::UsdPerTcm;

/// What a month's gas costs under a contract.
#[derive(Debug, Clone, PartialEq)]
pub enum PriceFormula {
    /// The same price for ever.
    Fixed(UsdPerTcm),
}

impl PriceFormula {
    /// The section `[price]` of a contract; none when something in it is wrong.
    #[allow(dead_code)]
    pub(crate) fn read(section: &mut Toml, findings: &mut Findings) -> Option<PriceFormula> {
        section.require("family", "\"fixed\"", findings);
        let family = section.word("family", &[("fixed", ())], findings);
        section.require("price_usd_per_tcm", "350", findings);
        let price = section.number("price_usd_per_tcm", findings);
        section.unknown_keys(&["source", "note"], findings);
        family.and(price).map(|price| PriceFormula::Fixed(UsdPerTcm(price)))
    }

    /// Price of gas delivered in a month.
    ///
    /// Errors: an index is missing for a month of the window, named with the month.
    pub fn price(&self, _delivery: Month, _indices: &Indices) -> Result<UsdPerTcm, String> {
        match self {
            PriceFormula::Fixed(price) => Ok(*price),
        }
    }
}
