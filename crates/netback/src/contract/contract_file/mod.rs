//! A contract on disk: one TOML file, read into a [`Contract`] with every fault found at once.
//!
//! The sections, in the order a reader needs them. Marked with * are those without which there is no contract; a term
//! that two contracts write differently has no default.
//!
//! | section | keys |
//! |---|---|
//! | top | `name`*, `title`, `seller`*, `buyer`* |
//! | `[term]`* | `first_month`*, `last_month`*, `year_starts_in_month`* (1 to 12: where contract years are anchored) |
//! | `[gas]`* | `temperature_celsius`*, `pressure_kpa`*, `calorific_value`* (`gross` or `net`), `calorific_value_mj_per_m3`*, `net_to_gross` (with net) |
//! | `[quantity]`* | `acq_bcm_per_year` or `dcq_mcm_per_day`*, `swing`* (largest nomination ÷ DCQ), `nominated_by`* (`day`, `month`, `year`), `maintenance_days_per_year` |
//! | `[[build_up]]` | `year`* (in which the contract year begins), `acq_bcm_per_year` or `dcq_mcm_per_day`* |
//! | `[take_or_pay]`* | `share`*, `price`* (`mean-of-year`, `last-month`), `share_of_price` (1) |
//! | `[make_up]`* | `order`* (`after_acq`, `after_top`, `first`), `life_years`*, `price`* (`zero`, `variable-cost`, `difference`), `variable_cost_usd_per_tcm` |
//! | `[carry_forward]` | `above`* (`adjusted-acq`, `take-or-pay`), `life_years`*, `cap`*, `cap_of`* (`deficiency`, `acq`) |
//! | `[end_of_term]`* | `rule`* (`forfeit`, `refund`, `extend`), `months` (with extend) |
//! | `[seller_shortfall]` | `tolerance`*, `compensation`* (`none`, `fixed`, `share-of-price`), `compensation_usd_per_tcm`, `compensation_share` |
//! | `[[maintenance]]`, `[[force_majeure]]` | `first_day`*, `last_day`*, `share` or `volume_bcm`* |
//! | `[payment]`* | `day`*, `after_months`*, `reconciliation_after_months`*, `currency` or `[[payment.part]]` with `currency`, `share`*; `provisional_price` (`final`, `previous-month`), `true_up_after_months` |
//! | `[export_duty]`* | `base`* (`none`, `delivered`, `invoiced`), `rate` |
//! | `[loan]` | `currency`*, `interest_rate`*, `interest`* (`paid`, `added`), `repaid_from`*, `repayment`* (`volume`, `discount`), `share_of_gas`, `discount_usd_per_tcm`, `[[loan.drawing]]`* with `date`, `million` |
//! | `[price]`* | `family`* and its keys: [`super::price_formula`] |
//! | `[[price_review]]` | `decided`* (month), `from`*, `to`, `change_usd_per_tcm`* |
//! | `[[currency]]` | `code`*, `index`* (series of USD per unit) |
//! | `[series.NAME]` | `unit`*, `from`*, `values`* (one a month) |
//! | `[plan]`* | `of_dcq`* (nominated where nothing else is said, as a share of the contract quantity) |
//! | `[[nomination]]` | `period`* (`2009`, `2009-01` or `2009-01-31`), `nominated_bcm` or `of_dcq`*, `made_available_bcm` |
//! | `[valuation]` | `start`*, `decisions_per_year`*, …: [`valuation_section`] |
//!
//! Quantities and prices take their own unit as text: `acq_bcm_per_year = "68 bcm/yr (20 C)"`. Every section takes
//! `source` and `note`. Example: contracts/gazprom-naftogaz-2009.toml.

mod keys;
mod plan;
mod read;
mod sections;
pub mod valuation_section;

use std::collections::BTreeMap;

use super::index::Indices;
use super::ledger::{Account, Correction, CorrectionReason, MonthlyPrices, Plan};
use super::price_formula::PriceFormula;
use super::schedule::Schedule;
use crate::calendar::Month;
use crate::case::toml_table::Source;
use crate::case::{Finding, Findings, Place};
use crate::units::{Gas, UsdPerTcm};
use read::read_contract;
pub use valuation_section::ValuationTerms;

/// A contract with the plan of nominations that its file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Short name.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Who sells.
    pub seller: String,
    /// Who buys.
    pub buyer: String,
    /// The cubic metre of the contract, at 101.325 kPa and gross.
    pub gas: Gas,
    /// The cubic metre as the contract writes it.
    pub basis: GasBasis,
    /// The terms, laid out on the calendar.
    pub schedule: Schedule,
    /// What gas costs.
    pub price: PriceFormula,
    /// Changes of the price that the parties agreed later.
    pub price_reviews: Vec<PriceReview>,
    /// What is invoiced while the price is not final.
    pub provisional: Provisional,
    /// Currencies other than the dollar, and the series of their rates.
    pub currencies: Vec<(String, String)>,
    /// Series inside the file.
    pub indices: Indices,
    /// Nominations.
    pub plan: Plan,
    /// How the contract is valued; none when the file does not say.
    pub valuation: Option<ValuationTerms>,
    places: Places,
}

/// The cubic metre as the contract writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GasBasis {
    /// Temperature of the cubic metre in °C.
    pub temperature_celsius: f64,
    /// Pressure of the cubic metre in kPa.
    pub pressure_kpa: f64,
    /// MJ per cubic metre at these.
    pub calorific_value_mj_per_m3: f64,
    /// Net ÷ gross when the value is net.
    pub net_to_gross: Option<f64>,
}

/// A change of the price agreed in a price review.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceReview {
    /// Month of the decision: earlier months are corrected after their invoices.
    pub decided: Month,
    /// First month of delivery.
    pub from: Month,
    /// Last month of delivery.
    pub to: Month,
    /// Added to the formula's price.
    pub change: UsdPerTcm,
}

/// What is invoiced while the price is not final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provisional {
    /// The price is final when the invoice is written.
    Final,
    /// The price of the month before; the difference is paid when the index is final, months after delivery.
    PreviousMonth {
        /// Months after delivery.
        true_up_after_months: u32,
    },
}

/// Places that later findings point to.
#[derive(Debug, Clone, PartialEq)]
struct Places {
    price: Place,
    currencies: Vec<Place>,
}

impl Contract {
    /// Reads a contract; `file` names it in findings.
    ///
    /// Errors: every fault of the text at once, each with its place.
    pub fn read(file: &str, text: &str) -> Result<Contract, Findings> {
        let table: toml::Table =
            toml::from_str(text).map_err(|error| Findings::one(Finding::from_toml(file, text, &error)))?;
        let changed = BTreeMap::new();
        let source = Source { file, text, changed: &changed };
        let mut findings = Findings::default();
        let contract = read_contract(&table, source, &mut findings);
        match contract {
            Some(contract) => findings.or(contract),
            None => Err(findings),
        }
    }

    /// Prices of every month the ledger needs, from the formula, the reviews and the rates.
    ///
    /// Series inside the file take precedence over the given ones.
    /// Errors: a month without price or rate, at the place of the section.
    pub fn prices(&self, indices: &Indices) -> Result<MonthlyPrices, Findings> {
        let mut known = indices.clone();
        known.0.extend(self.indices.0.iter().map(|(name, series)| (name.clone(), series.clone())));
        let months = self.schedule.priced_months();
        let unknown = |place: &Place, message: String| {
            let help = "give the missing values in indices/, or as a [series] of the contract";
            Findings::one(Finding::new("price-unknown", place.clone(), message, help))
        };
        let formula: Vec<UsdPerTcm> = (months.iter())
            .map(|month| {
                let price = self.price.price(*month, &known);
                price.map_err(|why| unknown(&self.places.price, format!("no price for {month}: {why}")))
            })
            .collect::<Result<_, _>>()?;
        let mut prices = MonthlyPrices::of(formula.clone());
        for (position, month) in months.iter().enumerate() {
            let reviewed = |when: &dyn Fn(&PriceReview) -> bool| -> f64 {
                let in_force =
                    |review: &&PriceReview| review.from <= *month && *month <= review.to && when(review);
                self.price_reviews.iter().filter(in_force).map(|review| review.change.0).sum()
            };
            let at_invoice = reviewed(&|review| review.decided <= *month);
            prices.invoiced[position].0 += at_invoice;
            if let Provisional::PreviousMonth { true_up_after_months } = self.provisional {
                let change = UsdPerTcm(formula[position].0 - formula[position.saturating_sub(1)].0);
                prices.invoiced[position].0 -= change.0;
                let known = month.plus(true_up_after_months as i32);
                prices.corrections.push(Correction {
                    month: position,
                    known,
                    change,
                    reason: CorrectionReason::Index,
                });
            }
            for review in &self.price_reviews {
                if review.from <= *month && *month <= review.to && *month < review.decided {
                    let (known, change) = (review.decided, review.change);
                    let reason = CorrectionReason::Review;
                    prices.corrections.push(Correction { month: position, known, change, reason });
                }
            }
        }
        for ((code, index), place) in self.currencies.iter().zip(&self.places.currencies) {
            let Some(series) = known.0.get(index) else {
                return Err(unknown(place, format!("{code}: there is no series \"{index}\"")));
            };
            let rates: Vec<f64> = (months.iter())
                .map(|month| match series.values.get(month) {
                    Some(rate) if (1e-6..=1e6).contains(rate) => Ok(*rate),
                    Some(rate) => Err(unknown(place, format!("{code} in {month} is {rate} USD"))),
                    None => {
                        Err(unknown(place, format!("{code}: series \"{index}\" has no value for {month}")))
                    }
                })
                .collect::<Result<_, _>>()?;
            prices.usd_per_unit.push((code.clone(), rates));
        }
        Ok(prices)
    }

    /// Place of the price formula.
    pub(crate) fn price_place(&self) -> Place {
        self.places.price.clone()
    }

    /// What the parties owe under the plan of the file.
    ///
    /// Errors: as [`Contract::prices`]; a price or rate beyond what can be counted exactly.
    pub fn account(&self, indices: &Indices) -> Result<Account, Findings> {
        let prices = self.prices(indices)?;
        self.schedule.account(&self.plan, &prices).map_err(|error| {
            let help = "correct the prices or rates";
            Findings::one(Finding::new("price-unknown", self.places.price.clone(), error.to_string(), help))
        })
    }
}
