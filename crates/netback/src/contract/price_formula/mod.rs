//! Price formulas: what a month's gas costs under a contract.
//!
//! A formula is data: it is read from the section `[price]`, printed as a sentence and as an equation, and evaluated
//! on any source of index values, be it published series or simulated paths.

mod evaluate;
mod index_term;
pub(crate) mod read;
mod review;
mod rounding;
mod words;

pub use index_term::{Base, ExchangeOrder, IndexTerm, Lookup, MissingValue, Successor, TermExchange};
pub use review::{Review, ReviewTimes};
pub use rounding::{Half, Rounding};

use super::averaging::Averaging;
use crate::calendar::Month;
use crate::units::{Fraction, UsdPerTcm};

/// What a month's gas costs under a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceFormula {
    /// Unit in which the formula is written.
    pub unit: PriceUnit,
    /// The formula proper.
    pub family: Family,
    /// The price is never below, in the unit of the formula.
    pub floor: Option<f64>,
    /// The price is never above, in the unit of the formula.
    pub cap: Option<f64>,
    /// Rounding of the price in the unit of the formula.
    pub rounding: Option<Rounding>,
    /// Rate that turns the price into USD, when the formula has another currency: that of the delivery month.
    pub exchange: Option<Exchange>,
    /// Price reviews.
    pub review: Option<Review>,
}

/// Unit of a formula's price: money per amount of the contract's gas.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceUnit {
    /// As written, such as `USD/mmbtu`.
    pub text: String,
    /// Currency, such as `USD`.
    pub currency: String,
    /// Amounts of the unit in a thousand cubic metres of the contract's gas.
    pub per_tcm: f64,
}

/// A series of exchange rates.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// Name of the series.
    pub index: String,
    /// Money that one of the other costs, such as `USD` in `USD/EUR`.
    pub paid: String,
    /// Money that is bought, such as `EUR` in `USD/EUR`.
    pub bought: String,
}

/// The kinds of formulas.
#[derive(Debug, Clone, PartialEq)]
pub enum Family {
    /// The same price for ever.
    Fixed {
        /// Price.
        price: f64,
    },
    /// A price from each of several months on.
    Steps(Vec<PriceStep>),
    /// P0 + Σ weight · pass-through · conversion · (F − F0).
    Additive {
        /// P0.
        base_price: f64,
        /// One for each fuel.
        terms: Vec<AdditiveTerm>,
    },
    /// discount · P0 · Σ weight · F / F0.
    Multiplicative {
        /// P0.
        base_price: f64,
        /// Factor on everything, 1 for none.
        discount_factor: f64,
        /// One for each fuel; the weights add up to 1.
        terms: Vec<ShareTerm>,
    },
    /// slope · F + constant + freight, F kept between an oil floor and an oil cap.
    Slope {
        /// Price per value of the index.
        slope: f64,
        /// Constant.
        constant: f64,
        /// Freight, zero when the price is free on board.
        freight: f64,
        /// The index counts as at least this.
        oil_floor: Option<f64>,
        /// The index counts as at most this.
        oil_cap: Option<f64>,
        /// The index.
        term: IndexTerm,
    },
    /// A line with kinks.
    SCurve {
        /// From the lowest index on.
        segments: Vec<Segment>,
        /// The index.
        term: IndexTerm,
    },
    /// factor · hub + constant.
    Hub {
        /// Factor, 1 for the hub price itself.
        factor: f64,
        /// Constant.
        constant: f64,
        /// Which quotes of the hub.
        market: HubMarket,
        /// The hub.
        term: IndexTerm,
    },
    /// Two formulas, split by price or by volume.
    Hybrid {
        /// How they share the gas.
        split: Split,
        /// h: share of the hub.
        hub_share: Fraction,
        /// Formula of the oil part.
        oil: Box<PriceFormula>,
        /// Formula of the hub part.
        hub: Box<PriceFormula>,
    },
    /// P0 · (I / I0)^exponent.
    Escalated {
        /// P0.
        base_price: f64,
        /// Exponent, 1 for full escalation.
        exponent: f64,
        /// The index.
        term: IndexTerm,
        /// I0.
        base: Base,
    },
}

/// A price from a month on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceStep {
    /// First month.
    pub from: Month,
    /// Price.
    pub price: f64,
}

/// A fuel of an additive formula.
#[derive(Debug, Clone, PartialEq)]
pub struct AdditiveTerm {
    /// The index.
    pub term: IndexTerm,
    /// Share of the fuel that gas would replace.
    pub weight: f64,
    /// Share of a change that is passed on.
    pub pass_through: f64,
    /// Price of gas, in the unit of the formula, per value of the index.
    pub conversion: f64,
    /// F0.
    pub base: Base,
}

/// A fuel of a multiplicative formula.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareTerm {
    /// The index.
    pub term: IndexTerm,
    /// Weight.
    pub weight: f64,
    /// F0.
    pub base: Base,
}

/// A straight piece of an S-curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Index up to which it holds; none for the last.
    pub up_to: Option<f64>,
    /// Price per value of the index.
    pub slope: f64,
    /// Price of the line where the index is zero.
    pub constant: f64,
}

/// Which quotes of a hub price a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubMarket {
    /// Day-ahead quotes of the delivery month itself.
    DayAhead,
    /// Month-ahead quotes of the month before.
    MonthAhead,
}

/// A part of a volume split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tranche {
    /// The oil part.
    Oil,
    /// The hub part.
    Hub,
}

/// How two formulas share the gas of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Every cubic metre costs (1 − h) · oil + h · hub, however much is taken.
    Price,
    /// The hub part is h of the *contract* quantity. One part is taken first, the other is what is taken beyond; so
    /// the average price depends on the take, and equals the price split only when everything is taken.
    Volume {
        /// The part that is taken first.
        first: Tranche,
    },
}

/// Why a price cannot be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PriceError {
    /// No value, and no rule that stands in.
    #[error("index \"{index}\" has no value for {month}, needed for delivery in {delivery}")]
    MissingValue {
        /// Name of the series.
        index: String,
        /// Month without a value.
        month: Month,
        /// Month of delivery.
        delivery: Month,
    },
    /// No such series.
    #[error("no index \"{index}\" is given; there are {known}")]
    UnknownIndex {
        /// Name of the series.
        index: String,
        /// Names that are there.
        known: String,
    },
    /// The series has another unit than the formula means.
    #[error("index \"{index}\" is in {given}, the formula means {meant}")]
    OtherUnit {
        /// Name of the series.
        index: String,
        /// Unit of the series.
        given: String,
        /// Unit in the formula.
        meant: String,
    },
    /// Something that is divided by is zero or negative.
    #[error("{what} is not positive in {month}")]
    NotPositive {
        /// What.
        what: String,
        /// When.
        month: Month,
    },
    /// The first step comes later.
    #[error("the first price counts from {first}, delivery is in {delivery}")]
    BeforeFirstStep {
        /// Month of delivery.
        delivery: Month,
        /// First month with a price.
        first: Month,
    },
}

impl PriceError {
    /// The way out.
    pub fn help(&self) -> &'static str {
        match self {
            PriceError::MissingValue { .. } => {
                "add the month to the series, or give the index a rule: missing = \"last-published\" or \"fallback\""
            }
            PriceError::UnknownIndex { .. } => "add the series, or correct its name in the formula",
            PriceError::OtherUnit { .. } => {
                "write the unit of the series in the formula, or give another series"
            }
            PriceError::NotPositive { .. } => "correct the series or the base",
            PriceError::BeforeFirstStep { .. } => "add a step that counts from an earlier month",
        }
    }
}

impl PriceFormula {
    /// The same price for ever.
    pub fn fixed(price: UsdPerTcm) -> PriceFormula {
        PriceFormula {
            unit: PriceUnit::usd_per_tcm(),
            family: Family::Fixed { price: price.0 },
            floor: None,
            cap: None,
            rounding: None,
            exchange: None,
            review: None,
        }
    }

    /// Every index that the formula can ask for, with the unit that it means, each once.
    pub fn indices(&self) -> Vec<(&str, &str)> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        match &self.family {
            Family::Fixed { .. } | Family::Steps(_) => {}
            Family::Additive { terms, .. } => terms.iter().for_each(|t| found.extend(t.term.series())),
            Family::Multiplicative { terms, .. } => terms.iter().for_each(|t| found.extend(t.term.series())),
            Family::Slope { term, .. }
            | Family::SCurve { term, .. }
            | Family::Hub { term, .. }
            | Family::Escalated { term, .. } => found.extend(term.series()),
            Family::Hybrid { oil, hub, .. } => {
                found.extend(oil.indices());
                found.extend(hub.indices());
            }
        }
        found.extend(self.review.iter().flat_map(|review| review.market.series()));
        let mut distinct: Vec<(&str, &str)> = Vec::new();
        for series in found {
            if !distinct.contains(&series) {
                distinct.push(series);
            }
        }
        distinct
    }

    /// The formula with every index averaged otherwise, each compared with the average that prices a given delivery.
    ///
    /// Shows what other windows would have charged from the same starting price.
    pub fn with_averaging(&self, averaging: Averaging, base_of: Month) -> PriceFormula {
        let mut formula = self.clone();
        let new_base = Base::Months(averaging.window(base_of));
        match &mut formula.family {
            Family::Fixed { .. } | Family::Steps(_) => {}
            Family::Additive { terms, .. } => terms.iter_mut().for_each(|part| {
                (part.term.averaging, part.base) = (averaging, new_base);
            }),
            Family::Multiplicative { terms, .. } => terms.iter_mut().for_each(|part| {
                (part.term.averaging, part.base) = (averaging, new_base);
            }),
            Family::Slope { term, .. } | Family::SCurve { term, .. } | Family::Hub { term, .. } => {
                term.averaging = averaging;
            }
            Family::Escalated { term, base, .. } => (term.averaging, *base) = (averaging, new_base),
            Family::Hybrid { oil, hub, .. } => {
                **oil = oil.with_averaging(averaging, base_of);
                **hub = hub.with_averaging(averaging, base_of);
            }
        }
        formula
    }

    /// Every series of exchange rates that the formula can ask for.
    pub fn exchange_rates(&self) -> Vec<&Exchange> {
        let mut rates: Vec<&Exchange> = self.exchange.iter().collect();
        if let Family::Hybrid { oil, hub, .. } = &self.family {
            rates.extend(oil.exchange_rates());
            rates.extend(hub.exchange_rates());
        }
        rates
    }
}

/// Price of gas per price of oil at which both cost the same per heat: USD/mmbtu per USD/bbl.
///
/// ```
/// assert!((netback::contract::price_formula::energy_parity_slope(5.8) - 0.1724).abs() < 1e-4);
/// ```
pub fn energy_parity_slope(mmbtu_per_barrel: f64) -> f64 {
    1.0 / mmbtu_per_barrel
}

impl PriceUnit {
    /// USD per thousand cubic metres of the contract's gas.
    pub fn usd_per_tcm() -> PriceUnit {
        PriceUnit { text: "USD/tcm".into(), currency: "USD".into(), per_tcm: 1.0 }
    }
}

impl Exchange {
    /// USD that one of the currency costs, from the rate as quoted.
    pub(super) fn usd(&self, rate: f64) -> f64 {
        if self.paid == "USD" { rate } else { 1.0 / rate }
    }

    /// Unit of the series.
    pub fn unit(&self) -> String {
        format!("{}/{}", self.paid, self.bought)
    }
}
