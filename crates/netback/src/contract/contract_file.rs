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
//!
//! Quantities and prices take their own unit as text: `acq_bcm_per_year = "68 bcm/yr (20 C)"`. Every section takes
//! `source` and `note`. Example: contracts/gazprom-naftogaz-2009.toml.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::index::{IndexSeries, Indices};
use super::ledger::{Account, Correction, CorrectionReason, MonthlyPrices, Plan};
use super::price_formula::PriceFormula;
use super::schedule::{Schedule, contract_year, first_day, last_day};
use super::volume_terms::*;
use crate::calendar::Month;
use crate::case::toml_place::Step as TomlStep;
use crate::case::toml_table::{Source, Toml, YEARS};
use crate::case::{Finding, Findings, Place};
use crate::units::{Bcm, Fraction, Gas, MillionUsd, UsdPerTcm, read_in};

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

/// Keys that every section takes and nothing reads.
const FREE: [&str; 2] = ["source", "note"];

/// Reads sections of one file.
struct Reader<'a> {
    source: Source<'a>,
    empty: &'a toml::Table,
}

fn read_contract(table: &toml::Table, source: Source, findings: &mut Findings) -> Option<Contract> {
    let empty = toml::Table::new();
    let mut top = Toml::new(table, source, Vec::new());
    let reader = Reader { source, empty: &empty };
    for (key, example) in [("name", "\"my-contract\""), ("seller", "\"RUS\""), ("buyer", "\"CHN\"")] {
        top.require(key, example, findings);
    }
    let name = top.text("name", findings).unwrap_or_default();
    let title = top.text("title", findings).unwrap_or_default();
    let seller = top.text("seller", findings).unwrap_or_default();
    let buyer = top.text("buyer", findings).unwrap_or_default();

    let term = reader.required(&mut top, "term", findings).and_then(|section| read_term(section, findings));
    let gas = reader.required(&mut top, "gas", findings).and_then(|section| read_gas(section, findings));
    let (gas, basis) = gas.unwrap_or((Gas::STANDARD, GasBasis::STANDARD));
    let quantity = reader
        .required(&mut top, "quantity", findings)
        .and_then(|section| read_quantity_section(section, &gas, findings));
    let build_up = reader.list(&mut top, "build_up", findings);
    let build_up = read_build_up(build_up, &gas, term, findings);
    let take_or_pay = reader
        .required(&mut top, "take_or_pay", findings)
        .and_then(|section| read_take_or_pay(section, findings));
    let make_up = reader
        .required(&mut top, "make_up", findings)
        .and_then(|section| read_make_up(section, &gas, findings));
    let carry_forward = reader.optional(&mut top, "carry_forward", findings);
    let carry_forward = carry_forward.map(|section| read_carry_forward(section, findings));
    let end_of_term = reader
        .required(&mut top, "end_of_term", findings)
        .and_then(|section| read_end_of_term(section, findings));
    let seller_shortfall = match reader.optional(&mut top, "seller_shortfall", findings) {
        Some(section) => read_seller_shortfall(section, &gas, findings),
        None => Some(SellerShortfall { tolerance: Fraction(0.0), compensation: Compensation::None }),
    };
    let maintenance = reader.list(&mut top, "maintenance", findings);
    let maintenance: Vec<(Reduction, Place)> =
        maintenance.into_iter().filter_map(|one| read_reduction(one, &gas, term, findings)).collect();
    let force_majeure = reader.list(&mut top, "force_majeure", findings);
    let force_majeure: Vec<(Reduction, Place)> =
        force_majeure.into_iter().filter_map(|one| read_reduction(one, &gas, term, findings)).collect();
    let mut used_currencies: Vec<(String, Place)> = Vec::new();
    let payment = reader
        .required(&mut top, "payment", findings)
        .and_then(|section| read_payment(&reader, section, &mut used_currencies, findings));
    let export_duty = reader
        .required(&mut top, "export_duty", findings)
        .and_then(|section| read_export_duty(section, findings));
    let loan = reader.optional(&mut top, "loan", findings);
    let loan = loan.map(|section| read_loan(&reader, section, &gas, term, &mut used_currencies, findings));
    let price_place = top.place("price");
    let price = reader
        .required(&mut top, "price", findings)
        .and_then(|mut section| PriceFormula::read(&mut section, findings));
    let price_reviews = reader.list(&mut top, "price_review", findings);
    let price_reviews: Vec<PriceReview> =
        price_reviews.into_iter().filter_map(|one| read_price_review(one, &gas, term, findings)).collect();
    let indices = reader.optional(&mut top, "series", findings);
    let indices = indices.map(|section| read_series(&reader, section, findings)).unwrap_or_default();
    let currencies = reader.list(&mut top, "currency", findings);
    let currencies = read_currencies(currencies, findings);
    for (code, place) in used_currencies {
        if code != "USD" && !currencies.iter().any(|(known, _, _)| *known == code) {
            let message = format!("there is no rate for {code}");
            let help =
                format!("add [[currency]] with code = \"{code}\" and index = the series of USD per {code}");
            findings.add(Finding::new("currency-without-rate", place, message, help));
        }
    }
    let of_dcq = reader.required(&mut top, "plan", findings).and_then(|mut section| {
        section.require("of_dcq", "1.0", findings);
        let of_dcq = section.positive("of_dcq", findings);
        section.unknown_keys(&FREE, findings);
        of_dcq
    });
    let nominations = reader.list(&mut top, "nomination", findings);
    top.unknown_keys(&FREE, findings);

    let ((quantity, swing, step, maintenance_days), (payment, provisional), term) =
        (quantity?, payment?, term?);
    check_maintenance(&maintenance, maintenance_days, term, findings);
    let terms = VolumeTerms {
        first: term.first,
        last: term.last,
        year_starts_in: term.year_starts_in,
        step,
        quantity,
        build_up,
        swing,
        maintenance: maintenance.iter().map(|(one, _)| *one).collect(),
        force_majeure: force_majeure.iter().map(|(one, _)| *one).collect(),
        seller_shortfall: seller_shortfall?,
        take_or_pay: take_or_pay?,
        make_up: make_up?,
        carry_forward: match carry_forward {
            Some(read) => Some(read?),
            None => None,
        },
        end_of_term: end_of_term?,
        payment,
        export_duty: export_duty?,
        loan: match loan {
            Some(read) => Some(read?),
            None => None,
        },
    };
    let schedule = match Schedule::of(&terms) {
        Ok(schedule) => schedule,
        Err(error) => {
            let help = "check the unit of the quantities";
            top.find("volume-too-large", "quantity", error.to_string(), help, findings);
            return None;
        }
    };
    check_reductions(&schedule, &maintenance, &force_majeure, findings);
    let plan = read_plan(&schedule, of_dcq?, nominations, &gas, findings);
    Some(Contract {
        name,
        title,
        seller,
        buyer,
        gas,
        basis,
        schedule,
        price: price?,
        price_reviews,
        provisional,
        places: Places {
            price: price_place,
            currencies: currencies.iter().map(|(_, _, place)| place.clone()).collect(),
        },
        currencies: currencies.into_iter().map(|(code, index, _)| (code, index)).collect(),
        indices,
        plan,
    })
}

impl<'a> Reader<'a> {
    /// A section that must be there.
    fn required(&self, top: &mut Toml<'a>, key: &'static str, findings: &mut Findings) -> Option<Toml<'a>> {
        let section = self.optional(top, key, findings);
        if !top.table.contains_key(key) {
            let message = format!("section [{key}] is missing");
            let help =
                format!("add [{key}] and its keys; contracts/gazprom-naftogaz-2009.toml shows all sections");
            top.find("missing-key", key, message, help, findings);
        }
        section
    }

    fn optional(&self, top: &mut Toml<'a>, key: &'static str, findings: &mut Findings) -> Option<Toml<'a>> {
        let before = findings.0.len();
        let section = top.section(key, self.empty, findings);
        let readable = top.table.contains_key(key) && findings.0.len() == before;
        readable.then(|| Toml::new(section, self.source, vec![TomlStep::Key(key)]))
    }

    /// Sections in double brackets; none of them is no fault.
    fn list(&self, top: &mut Toml<'a>, key: &'static str, findings: &mut Findings) -> Vec<Toml<'a>> {
        if !top.table.contains_key(key) {
            top.asked.push(key);
            return Vec::new();
        }
        let within = top.within.clone();
        let place = |index| [&within[..], &[TomlStep::Key(key), TomlStep::Entry(index)]].concat();
        let tables = top.list(key, findings);
        (tables.into_iter().enumerate())
            .map(|(index, table)| Toml::new(table, self.source, place(index)))
            .collect()
    }
}

impl GasBasis {
    const STANDARD: GasBasis = GasBasis {
        temperature_celsius: 15.0,
        pressure_kpa: 101.325,
        calorific_value_mj_per_m3: 40.0,
        net_to_gross: None,
    };
}

/// First and last month, and where years begin.
#[derive(Debug, Clone, Copy)]
struct Term {
    first: Month,
    last: Month,
    year_starts_in: u32,
}

impl Term {
    /// Calendar years in which a contract year begins.
    fn years(&self) -> std::ops::RangeInclusive<i32> {
        contract_year(self.first, self.year_starts_in)..=contract_year(self.last, self.year_starts_in)
    }
}

fn read_term(mut section: Toml, findings: &mut Findings) -> Option<Term> {
    section.require("first_month", "\"2009-01\"", findings);
    section.require("last_month", "\"2019-12\"", findings);
    section.require("year_starts_in_month", "1", findings);
    let first = month(&mut section, "first_month", findings);
    let last = month(&mut section, "last_month", findings);
    let starts = whole(&mut section, "year_starts_in_month", 1..=12, findings);
    section.unknown_keys(&FREE, findings);
    let (first, last) = (first?, last?);
    if last < first {
        let message = format!("last_month is {last}, before first_month, {first}");
        section.find("dates-reversed", "last_month", message, "swap the two months", findings);
        return None;
    }
    starts.map(|year_starts_in| Term { first, last, year_starts_in })
}

fn read_gas(mut section: Toml, findings: &mut Findings) -> Option<(Gas, GasBasis)> {
    for (key, example) in [
        ("temperature_celsius", "20"),
        ("pressure_kpa", "101.325"),
        ("calorific_value", "\"gross\""),
        ("calorific_value_mj_per_m3", "37.1"),
    ] {
        section.require(key, example, findings);
    }
    let temperature = section.number("temperature_celsius", findings);
    if let Some(celsius) = temperature.filter(|celsius| !(-50.0..=100.0).contains(celsius)) {
        let message = format!("temperature_celsius is {celsius}");
        let help = "give the reference temperature in °C, usually 0, 15 or 20";
        section.find("key-range", "temperature_celsius", message, help, findings);
        return None;
    }
    let pressure = section.above_zero("pressure_kpa", findings);
    if let Some(kpa) = pressure.filter(|kpa| !(50.0..=200.0).contains(kpa)) {
        let message = format!("pressure_kpa is {kpa}");
        section.find("key-range", "pressure_kpa", message, "give kPa: one atmosphere is 101.325", findings);
        return None;
    }
    let net = section.word("calorific_value", &[("gross", false), ("net", true)], findings);
    let value = section.above_zero("calorific_value_mj_per_m3", findings);
    let net_to_gross = match net {
        Some(true) => {
            section.require("net_to_gross", "0.9", findings);
            share(&mut section, "net_to_gross", findings).map(|ratio| Some(ratio.0))
        }
        Some(false) => {
            without_use(&mut section, &["net_to_gross"], "calorific_value = \"gross\"", findings);
            Some(None)
        }
        None => None,
    };
    section.unknown_keys(&FREE, findings);
    let net_to_gross = net_to_gross?;
    let basis = GasBasis {
        temperature_celsius: temperature?,
        pressure_kpa: pressure?,
        calorific_value_mj_per_m3: value?,
        net_to_gross,
    };
    let gross = basis.calorific_value_mj_per_m3 / net_to_gross.unwrap_or(1.0);
    let gas = Gas {
        gross_calorific_value_mj_per_m3: gross * 101.325 / basis.pressure_kpa,
        temperature_celsius: basis.temperature_celsius,
        gross_calorific_value_mj_per_kg: Gas::STANDARD.gross_calorific_value_mj_per_kg,
    };
    Some((gas, basis))
}

type QuantitySection = (Quantity, Fraction, Step, Option<u32>);

fn read_quantity_section(mut section: Toml, gas: &Gas, findings: &mut Findings) -> Option<QuantitySection> {
    let quantity = annual_or_daily(&mut section, gas, findings);
    section.require("swing", "1.1", findings);
    section.require("nominated_by", "\"month\"", findings);
    let swing = section.above_zero("swing", findings);
    if let Some(swing) = swing.filter(|swing| !(1.0..=10.0).contains(swing)) {
        let message = format!("swing is {swing}");
        let help =
            "give the largest nomination as a multiple of the daily contract quantity: 1.1, not 0.1 or 110";
        section.find("key-range", "swing", message, help, findings);
    }
    let steps = [("day", Step::Day), ("month", Step::Month), ("year", Step::Year)];
    let step = section.word("nominated_by", &steps, findings);
    let days = section.table.contains_key("maintenance_days_per_year");
    let days = days.then(|| whole(&mut section, "maintenance_days_per_year", 0..=365, findings)).flatten();
    section.unknown_keys(&[&FREE[..], &["maintenance_days_per_year"]].concat(), findings);
    Some((quantity?, Fraction(swing?), step?, days))
}

/// The contract quantity by year or by day, one of the two.
fn annual_or_daily(section: &mut Toml, gas: &Gas, findings: &mut Findings) -> Option<Quantity> {
    match one_of(section, ["acq_bcm_per_year", "dcq_mcm_per_day"], "acq_bcm_per_year = 68", findings)? {
        "acq_bcm_per_year" => quantity(section, "acq_bcm_per_year", "bcm/yr", gas, findings)
            .map(|volume| Quantity::Annual(Bcm(volume))),
        _ => quantity(section, "dcq_mcm_per_day", "mcm/d", gas, findings)
            .map(|volume| Quantity::Daily(Bcm(volume / 1e3))),
    }
}

fn read_build_up(
    list: Vec<Toml>,
    gas: &Gas,
    term: Option<Term>,
    findings: &mut Findings,
) -> Vec<(i32, Quantity)> {
    let mut found: Vec<(i32, Quantity)> = Vec::new();
    for mut entry in list {
        entry.require("year", "2015", findings);
        let year = entry.year("year", findings);
        let quantity = annual_or_daily(&mut entry, gas, findings);
        entry.unknown_keys(&FREE, findings);
        let (Some(year), Some(quantity)) = (year, quantity) else { continue };
        if let Some(term) = term.filter(|term| !term.years().contains(&year)) {
            let message = format!("no contract year begins in {year}");
            let help = format!("contract years begin in {} to {}", term.years().start(), term.years().end());
            entry.find("outside-term", "year", message, help, findings);
        } else if found.iter().any(|(other, _)| *other == year) {
            let message = format!("the quantity of {year} is there twice");
            entry.find("named-twice", "year", message, "keep one of the two", findings);
        } else {
            found.push((year, quantity));
        }
    }
    found
}

fn read_take_or_pay(mut section: Toml, findings: &mut Findings) -> Option<TakeOrPay> {
    section.require("share", "0.8", findings);
    section.require("price", "\"mean-of-year\"", findings);
    let of_acq = share(&mut section, "share", findings);
    let words = [("mean-of-year", TakeOrPayPrice::MeanOfYear), ("last-month", TakeOrPayPrice::LastMonth)];
    let price = section.word("price", &words, findings);
    let of_price = section.table.contains_key("share_of_price");
    let of_price = of_price.then(|| share(&mut section, "share_of_price", findings));
    section.unknown_keys(&[&FREE[..], &["share_of_price"]].concat(), findings);
    Some(TakeOrPay {
        share: of_acq?,
        price: price?,
        share_of_price: of_price.unwrap_or(Some(Fraction(1.0)))?,
    })
}

fn read_make_up(mut section: Toml, gas: &Gas, findings: &mut Findings) -> Option<MakeUp> {
    section.require("order", "\"after_acq\"", findings);
    section.require("life_years", "5", findings);
    section.require("price", "\"difference\"", findings);
    let orders = [
        ("after_acq", MakeUpOrder::AfterAcq),
        ("after_top", MakeUpOrder::AfterTakeOrPay),
        ("first", MakeUpOrder::First),
    ];
    let order = section.word("order", &orders, findings);
    let life_years = whole(&mut section, "life_years", 0..=100, findings);
    let prices = [
        ("zero", MakeUpPrice::Zero),
        ("variable-cost", MakeUpPrice::VariableCost(UsdPerTcm(0.0))),
        ("difference", MakeUpPrice::Difference),
    ];
    let price = section.word("price", &prices, findings);
    let price = match price {
        Some(MakeUpPrice::VariableCost(_)) => {
            section.require("variable_cost_usd_per_tcm", "20", findings);
            let cost = price_of(&mut section, "variable_cost_usd_per_tcm", gas, findings);
            cost.map(MakeUpPrice::VariableCost)
        }
        Some(other) => {
            without_use(&mut section, &["variable_cost_usd_per_tcm"], "this price", findings);
            Some(other)
        }
        None => {
            section.asked.push("variable_cost_usd_per_tcm");
            None
        }
    };
    section.unknown_keys(&FREE, findings);
    Some(MakeUp { order: order?, life_years: life_years?, price: price? })
}

fn read_carry_forward(mut section: Toml, findings: &mut Findings) -> Option<CarryForward> {
    for (key, example) in
        [("above", "\"adjusted-acq\""), ("life_years", "3"), ("cap", "1.0"), ("cap_of", "\"deficiency\"")]
    {
        section.require(key, example, findings);
    }
    let bases =
        [("adjusted-acq", CarryForwardBase::AdjustedAcq), ("take-or-pay", CarryForwardBase::TakeOrPay)];
    let above = section.word("above", &bases, findings);
    let life_years = whole(&mut section, "life_years", 0..=100, findings);
    let cap = share(&mut section, "cap", findings);
    let of_deficiency = section.word("cap_of", &[("deficiency", true), ("acq", false)], findings);
    section.unknown_keys(&FREE, findings);
    let cap = match of_deficiency? {
        true => CarryForwardCap::OfDeficiency(cap?),
        false => CarryForwardCap::OfAcq(cap?),
    };
    Some(CarryForward { above: above?, life_years: life_years?, cap })
}

fn read_end_of_term(mut section: Toml, findings: &mut Findings) -> Option<EndOfTerm> {
    section.require("rule", "\"forfeit\"", findings);
    let rules = [
        ("forfeit", EndOfTerm::Forfeit),
        ("refund", EndOfTerm::Refund),
        ("extend", EndOfTerm::Extend { months: 0 }),
    ];
    let rule = match section.word("rule", &rules, findings) {
        Some(EndOfTerm::Extend { .. }) => {
            section.require("months", "12", findings);
            whole(&mut section, "months", 1..=240, findings).map(|months| EndOfTerm::Extend { months })
        }
        Some(other) => {
            without_use(&mut section, &["months"], "this rule", findings);
            Some(other)
        }
        None => {
            section.asked.push("months");
            None
        }
    };
    section.unknown_keys(&FREE, findings);
    rule
}

fn read_seller_shortfall(mut section: Toml, gas: &Gas, findings: &mut Findings) -> Option<SellerShortfall> {
    section.require("tolerance", "0.02", findings);
    section.require("compensation", "\"share-of-price\"", findings);
    let tolerance = share(&mut section, "tolerance", findings);
    let kinds = [("none", 0), ("fixed", 1), ("share-of-price", 2)];
    let compensation = match section.word("compensation", &kinds, findings) {
        Some(0) => {
            let unused = ["compensation_usd_per_tcm", "compensation_share"];
            without_use(&mut section, &unused, "compensation = \"none\"", findings);
            Some(Compensation::None)
        }
        Some(1) => {
            without_use(&mut section, &["compensation_share"], "a fixed compensation", findings);
            section.require("compensation_usd_per_tcm", "50", findings);
            price_of(&mut section, "compensation_usd_per_tcm", gas, findings).map(Compensation::Fixed)
        }
        Some(_) => {
            let unused = ["compensation_usd_per_tcm"];
            without_use(&mut section, &unused, "a compensation as a share of the price", findings);
            section.require("compensation_share", "0.5", findings);
            share(&mut section, "compensation_share", findings).map(Compensation::ShareOfPrice)
        }
        None => {
            section.asked.extend(["compensation_usd_per_tcm", "compensation_share"]);
            None
        }
    };
    section.unknown_keys(&FREE, findings);
    Some(SellerShortfall { tolerance: tolerance?, compensation: compensation? })
}

fn read_reduction(
    mut entry: Toml,
    gas: &Gas,
    term: Option<Term>,
    findings: &mut Findings,
) -> Option<(Reduction, Place)> {
    entry.require("first_day", "\"2012-07-01\"", findings);
    entry.require("last_day", "\"2012-07-14\"", findings);
    let first = date(&mut entry, "first_day", findings);
    let last = date(&mut entry, "last_day", findings);
    let amount = match one_of(&mut entry, ["share", "volume_bcm"], "share = 1.0", findings) {
        Some("share") => share(&mut entry, "share", findings).map(ReducedBy::Share),
        Some(_) => {
            quantity(&mut entry, "volume_bcm", "bcm", gas, findings).map(|v| ReducedBy::Volume(Bcm(v)))
        }
        None => None,
    };
    entry.unknown_keys(&FREE, findings);
    let (first, last) = (first?, last?);
    if last < first {
        let message = format!("last_day is {last}, before first_day, {first}");
        entry.find("dates-reversed", "last_day", message, "swap the two days", findings);
        return None;
    }
    let term = term?;
    for (key, day) in [("first_day", first), ("last_day", last)] {
        if !(first_day(term.first)..=last_day(term.last)).contains(&day) {
            let message = format!("{key} is {day}, outside the contract");
            let help =
                format!("the contract delivers from {} to {}", first_day(term.first), last_day(term.last));
            entry.find("outside-term", key, message, help, findings);
            return None;
        }
    }
    Some((Reduction { first, last, amount: amount? }, entry.place("first_day")))
}

fn read_payment(
    reader: &Reader,
    mut section: Toml,
    used: &mut Vec<(String, Place)>,
    findings: &mut Findings,
) -> Option<(Payment, Provisional)> {
    for (key, example) in [("day", "20"), ("after_months", "1"), ("reconciliation_after_months", "1")] {
        section.require(key, example, findings);
    }
    let day = whole(&mut section, "day", 1..=31, findings);
    let after_months = whole(&mut section, "after_months", 0..=24, findings);
    let reconciliation = whole(&mut section, "reconciliation_after_months", 0..=24, findings);
    let currencies = match one_of(&mut section, ["currency", "part"], "currency = \"USD\"", findings) {
        Some("currency") => {
            currency(&mut section, "currency", used, findings).map(|one| vec![(one, Fraction(1.0))])
        }
        Some(_) => read_parts(reader, &mut section, used, findings),
        None => None,
    };
    let words = [
        ("final", Provisional::Final),
        ("previous-month", Provisional::PreviousMonth { true_up_after_months: 0 }),
    ];
    let provisional = match section.table.contains_key("provisional_price") {
        true => section.word("provisional_price", &words, findings),
        false => Some(Provisional::Final),
    };
    let provisional = match provisional {
        Some(Provisional::PreviousMonth { .. }) => {
            section.require("true_up_after_months", "3", findings);
            let months = whole(&mut section, "true_up_after_months", 0..=60, findings);
            months.map(|true_up_after_months| Provisional::PreviousMonth { true_up_after_months })
        }
        Some(Provisional::Final) => {
            without_use(&mut section, &["true_up_after_months"], "a price that is final", findings);
            Some(Provisional::Final)
        }
        None => {
            section.asked.push("true_up_after_months");
            None
        }
    };
    section.unknown_keys(&[&FREE[..], &["provisional_price"]].concat(), findings);
    let payment = Payment {
        day: day?,
        after_months: after_months?,
        reconciliation_after_months: reconciliation?,
        currencies: currencies?,
    };
    Some((payment, provisional?))
}

/// Currencies of a payment and their shares.
fn read_parts(
    reader: &Reader,
    section: &mut Toml,
    used: &mut Vec<(String, Place)>,
    findings: &mut Findings,
) -> Option<Vec<(String, Fraction)>> {
    let within = section.within.clone();
    let mut parts: Vec<(String, Fraction)> = Vec::new();
    let before = findings.0.len();
    for (index, table) in section.list("part", findings).into_iter().enumerate() {
        let place = [&within[..], &[TomlStep::Key("part"), TomlStep::Entry(index)]].concat();
        let mut part = Toml::new(table, reader.source, place);
        part.require("currency", "\"USD\"", findings);
        part.require("share", "0.5", findings);
        let code = currency(&mut part, "currency", used, findings);
        let of_payment = share(&mut part, "share", findings);
        part.unknown_keys(&FREE, findings);
        let (Some(code), Some(of_payment)) = (code, of_payment) else { continue };
        if parts.iter().any(|(known, _)| *known == code) {
            let message = format!("{code} is there twice");
            part.find("named-twice", "currency", message, "add the shares of one currency up", findings);
            continue;
        }
        parts.push((code, of_payment));
    }
    let total: f64 = parts.iter().map(|(_, share)| share.0).sum();
    if findings.0.len() == before && (total - 1.0).abs() > 1e-9 {
        let message = format!("the shares of the currencies add up to {total}, not to 1");
        section.find("currency-shares", "part", message, "let the shares add up to 1", findings);
    }
    (findings.0.len() == before).then_some(parts)
}

fn read_export_duty(mut section: Toml, findings: &mut Findings) -> Option<ExportDuty> {
    section.require("base", "\"none\"", findings);
    let bases =
        [("none", DutyBase::None), ("delivered", DutyBase::Delivered), ("invoiced", DutyBase::Invoiced)];
    let base = section.word("base", &bases, findings);
    let rate = match base {
        Some(DutyBase::None) => {
            without_use(&mut section, &["rate"], "base = \"none\"", findings);
            Some(Fraction(0.0))
        }
        Some(_) => {
            section.require("rate", "0.3", findings);
            share(&mut section, "rate", findings)
        }
        None => {
            section.asked.push("rate");
            None
        }
    };
    section.unknown_keys(&FREE, findings);
    Some(ExportDuty { base: base?, rate: rate? })
}

fn read_loan(
    reader: &Reader,
    mut section: Toml,
    gas: &Gas,
    term: Option<Term>,
    used: &mut Vec<(String, Place)>,
    findings: &mut Findings,
) -> Option<Loan> {
    for (key, example) in [
        ("currency", "\"USD\""),
        ("interest_rate", "0.05"),
        ("interest", "\"paid\""),
        ("repaid_from", "\"2015-01\""),
        ("repayment", "\"volume\""),
    ] {
        section.require(key, example, findings);
    }
    let code = currency(&mut section, "currency", used, findings);
    let rate = share(&mut section, "interest_rate", findings);
    let paid = section.word("interest", &[("paid", true), ("added", false)], findings);
    let from = month(&mut section, "repaid_from", findings);
    let repayment = match section.word("repayment", &[("volume", true), ("discount", false)], findings) {
        Some(true) => {
            without_use(&mut section, &["discount_usd_per_tcm"], "repayment in volume", findings);
            section.require("share_of_gas", "0.1", findings);
            share(&mut section, "share_of_gas", findings).map(Repayment::Volume)
        }
        Some(false) => {
            without_use(&mut section, &["share_of_gas"], "repayment in discount", findings);
            section.require("discount_usd_per_tcm", "20", findings);
            price_of(&mut section, "discount_usd_per_tcm", gas, findings).map(Repayment::Discount)
        }
        None => {
            section.asked.extend(["discount_usd_per_tcm", "share_of_gas"]);
            None
        }
    };
    section.require("drawing", "[{ date = \"2014-01-01\", million = 5000 }]", findings);
    let within = section.within.clone();
    let mut drawings = Vec::new();
    let has_drawings = section.table.contains_key("drawing");
    let list = if has_drawings { section.list("drawing", findings) } else { Vec::new() };
    for (index, table) in list.into_iter().enumerate() {
        let place = [&within[..], &[TomlStep::Key("drawing"), TomlStep::Entry(index)]].concat();
        let mut drawing = Toml::new(table, reader.source, place);
        drawing.require("date", "\"2014-01-01\"", findings);
        drawing.require("million", "5000", findings);
        let on = date(&mut drawing, "date", findings);
        let million = drawing.above_zero("million", findings);
        drawing.unknown_keys(&FREE, findings);
        if let (Some(on), Some(term)) = (on, term) {
            if on > last_day(term.last) {
                let message = format!("the loan is drawn on {on}, after the contract");
                let help = format!("draw it before {}", last_day(term.last));
                drawing.find("outside-term", "date", message, help, findings);
            }
        }
        drawings.extend(on.zip(million.map(MillionUsd)));
    }
    section.unknown_keys(&[&FREE[..], &["drawing"]].concat(), findings);
    let repaid_from = from?;
    if let Some(term) = term.filter(|term| !(term.first..=term.last).contains(&repaid_from)) {
        let message = format!("repaid_from is {repaid_from}, outside the contract");
        let help = format!("the contract delivers from {} to {}", term.first, term.last);
        section.find("outside-term", "repaid_from", message, help, findings);
    }
    Some(Loan {
        currency: code?,
        drawings,
        interest: rate?,
        interest_is_paid: paid?,
        repaid_from,
        repayment: repayment?,
    })
}

fn read_price_review(
    mut entry: Toml,
    gas: &Gas,
    term: Option<Term>,
    findings: &mut Findings,
) -> Option<PriceReview> {
    for (key, example) in
        [("decided", "\"2010-04\""), ("from", "\"2010-04\""), ("change_usd_per_tcm", "-100")]
    {
        entry.require(key, example, findings);
    }
    let decided = month(&mut entry, "decided", findings);
    let from = month(&mut entry, "from", findings);
    let to = entry.table.contains_key("to").then(|| month(&mut entry, "to", findings));
    let change = quantity_of_any_sign(&mut entry, "change_usd_per_tcm", "USD/tcm", gas, findings);
    entry.unknown_keys(&[&FREE[..], &["to"]].concat(), findings);
    let (from, term) = (from?, term?);
    let to = to.unwrap_or(Some(term.last))?;
    for (key, month) in [("from", from), ("to", to)] {
        if !(term.first..=term.last).contains(&month) {
            let message = format!("{key} is {month}, outside the contract");
            let help = format!("the contract delivers from {} to {}", term.first, term.last);
            entry.find("outside-term", key, message, help, findings);
            return None;
        }
    }
    if to < from {
        let message = format!("to is {to}, before from, {from}");
        entry.find("dates-reversed", "to", message, "swap the two months", findings);
        return None;
    }
    Some(PriceReview { decided: decided?, from, to, change: UsdPerTcm(change?) })
}

/// Series inside the file, one section each.
fn read_series(reader: &Reader, top: Toml, findings: &mut Findings) -> Indices {
    let mut indices = Indices::default();
    for (name, value) in top.table {
        let Some(table) = value.as_table() else {
            let message = format!("series.{name} is not a section");
            let place = top.place(name);
            let help = format!("write [series.{name}] with unit, from and values below");
            findings.0.push(Finding::new("wrong-kind", place, message, help));
            continue;
        };
        let within = vec![TomlStep::Key("series"), TomlStep::Key(name)];
        let mut entry = Toml::new(table, reader.source, within);
        for (key, example) in [("unit", "\"USD/EUR\""), ("from", "\"2009-01\""), ("values", "[1.32, 1.28]")] {
            entry.require(key, example, findings);
        }
        let unit = entry.text("unit", findings);
        let first = month(&mut entry, "from", findings);
        let values = numbers(&mut entry, "values", findings);
        entry.unknown_keys(&FREE, findings);
        let (Some(unit), Some(first), Some(values)) = (unit, first, values) else { continue };
        let values =
            values.into_iter().enumerate().map(|(step, value)| (first.plus(step as i32), value)).collect();
        indices.0.insert(name.clone(), IndexSeries { name: name.clone(), unit, values });
    }
    indices
}

fn read_currencies(list: Vec<Toml>, findings: &mut Findings) -> Vec<(String, String, Place)> {
    let mut found: Vec<(String, String, Place)> = Vec::new();
    for mut entry in list {
        entry.require("code", "\"EUR\"", findings);
        entry.require("index", "\"usd_per_eur\"", findings);
        let code = currency(&mut entry, "code", &mut Vec::new(), findings);
        let index = entry.text("index", findings);
        entry.unknown_keys(&FREE, findings);
        let (Some(code), Some(index)) = (code, index) else { continue };
        if found.iter().any(|(known, _, _)| *known == code) {
            let message = format!("{code} is there twice");
            entry.find("named-twice", "code", message, "keep one of the two", findings);
            continue;
        }
        found.push((code, index, entry.place("index")));
    }
    found
}

/// More days of maintenance in a contract year than were agreed.
fn check_maintenance(list: &[(Reduction, Place)], allowed: Option<u32>, term: Term, findings: &mut Findings) {
    let Some(allowed) = allowed else { return };
    let mut days: BTreeMap<i32, (u32, &Place)> = BTreeMap::new();
    for (reduction, place) in list {
        let mut day = reduction.first;
        while day <= reduction.last {
            let month = Month::new(i32::from(day.year()), day.month().unsigned_abs().into());
            let entry = days.entry(contract_year(month, term.year_starts_in)).or_insert((0, place));
            *entry = (entry.0 + 1, place);
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
    }
    for (year, (count, place)) in days.into_iter().filter(|(_, (count, _))| *count > allowed) {
        let message = format!("{count} days of maintenance in {year}; {allowed} are allowed");
        let help = "shorten the maintenance or raise maintenance_days_per_year";
        findings.0.push(Finding::new("too-much-maintenance", place.clone(), message, help));
    }
}

/// A volume that falls away is more than the contract quantity of its days.
fn check_reductions(
    schedule: &Schedule,
    maintenance: &[(Reduction, Place)],
    force_majeure: &[(Reduction, Place)],
    findings: &mut Findings,
) {
    for (reduction, place) in maintenance.iter().chain(force_majeure) {
        let ReducedBy::Volume(volume) = reduction.amount else { continue };
        let owed = schedule.quantity_between(reduction.first, reduction.last);
        if volume.0 > owed.0 * (1.0 + 1e-9) {
            let message = format!(
                "{} bcm fall away from {} to {}; the contract quantity of these days is {} bcm",
                volume.0, reduction.first, reduction.last, owed.0
            );
            let help = "give a smaller volume or more days";
            findings.0.push(Finding::new("reduction-above-quantity", place.clone(), message, help));
        }
    }
}

/// The nominations: a share of the contract quantity, and what single periods say instead.
fn read_plan(schedule: &Schedule, of_dcq: f64, list: Vec<Toml>, gas: &Gas, findings: &mut Findings) -> Plan {
    let quantities = schedule.contract_quantities();
    let mut nominated: Vec<Bcm> = quantities.iter().map(|quantity| *quantity * of_dcq).collect();
    let mut made_available: Vec<Option<Bcm>> = vec![None; nominated.len()];
    let mut claimed: Vec<Option<usize>> = vec![None; nominated.len()];
    for mut entry in list {
        entry.require("period", "\"2009\"", findings);
        let steps = steps_of(schedule, &mut entry, findings);
        let wanted = match one_of(&mut entry, ["nominated_bcm", "of_dcq"], "nominated_bcm = 40", findings) {
            Some("nominated_bcm") => {
                quantity(&mut entry, "nominated_bcm", "bcm", gas, findings).map(|volume| (Some(volume), 0.0))
            }
            Some(_) => entry.positive("of_dcq", findings).map(|share| (None, share)),
            None => None,
        };
        let available = entry.table.contains_key("made_available_bcm");
        let available =
            available.then(|| quantity(&mut entry, "made_available_bcm", "bcm", gas, findings)).flatten();
        entry.unknown_keys(&[&FREE[..], &["made_available_bcm"]].concat(), findings);
        let (Some(steps), Some((volume, share))) = (steps, wanted) else { continue };
        // a finer period later in the file refines a coarser one; the same again is a slip
        if steps.clone().all(|step| claimed[step] == Some(steps.len())) {
            let message = "this period is there twice";
            entry.find("named-twice", "period", message.into(), "keep one of the two", findings);
            continue;
        }
        let whole: f64 = quantities[steps.clone()].iter().map(|quantity| quantity.0).sum();
        let largest = crate::contract::exact::LARGEST_VOLUME.0 / quantities.len() as f64;
        if volume.or(available).is_some_and(|volume| volume > largest) {
            let message = "this is more gas than can be counted exactly".to_string();
            entry.find("volume-too-large", "period", message, "check the unit", findings);
            continue;
        }
        for step in steps.clone() {
            let part = if whole > 0.0 { quantities[step].0 / whole } else { 1.0 / steps.len() as f64 };
            nominated[step] = volume.map_or(quantities[step] * share, |volume| Bcm(volume * part));
            made_available[step] = available.map(|volume| Bcm(volume * part));
            claimed[step] = Some(steps.len());
        }
    }
    if made_available.iter().all(Option::is_none) {
        made_available.clear();
    }
    Plan { nominated, made_available }
}

/// Positions in the plan that a period names.
fn steps_of(
    schedule: &Schedule,
    entry: &mut Toml,
    findings: &mut Findings,
) -> Option<std::ops::Range<usize>> {
    let text = entry.text("period", findings)?;
    let step = schedule.terms.step;
    let finer = |entry: &Toml, what: &str, findings: &mut Findings| {
        let message = format!("period \"{text}\" is {what}; gas is nominated by the {}", step.word());
        let help = format!("give a whole {}, or choose a finer nominated_by", step.word());
        entry.find("finer-than-nominated", "period", message, help, findings);
    };
    let months = |year: i32| {
        let found = schedule.years.iter().position(|one| one.year == year)?;
        Some((found, schedule.years[found].months.clone()))
    };
    let found = if let Some(year) = text.parse::<i32>().ok().filter(|year| YEARS.contains(year)) {
        months(year).map(|(position, months)| match step {
            Step::Year => position..position + 1,
            _ => schedule.steps_of_month(months.start).start..schedule.steps_of_month(months.end - 1).end,
        })
    } else if let Ok(month) = text.parse::<Month>() {
        if step == Step::Year {
            finer(entry, "a month", findings);
            return None;
        }
        let position = schedule.months.iter().position(|one| *one == month);
        position.map(|position| schedule.steps_of_month(position))
    } else if let Ok(day) = text.parse::<Date>() {
        if step != Step::Day {
            finer(entry, "a day", findings);
            return None;
        }
        let month = Month::new(i32::from(day.year()), day.month().unsigned_abs().into());
        let position = schedule.months.iter().position(|one| *one == month);
        position.map(|position| {
            let from = schedule.steps_of_month(position).start + day.day().unsigned_abs() as usize - 1;
            from..from + 1
        })
    } else {
        let help = "write a year \"2009\", a month \"2009-01\" or a day \"2009-01-31\"";
        entry.find("not-a-date", "period", format!("period is \"{text}\""), help, findings);
        return None;
    };
    if found.is_none() {
        let (first, last) = schedule.days();
        let help = format!("the contract delivers from {first} to {last}");
        entry.find(
            "outside-term",
            "period",
            format!("period \"{text}\" is outside the contract"),
            help,
            findings,
        );
    }
    found
}

// Keys of one kind.

fn month(section: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Month> {
    let text = section.text(key, findings)?;
    match text.parse::<Month>() {
        Ok(month) if YEARS.contains(&month.year()) => Some(month),
        _ => {
            let help = format!("write {key} = \"2009-01\"");
            section.find("not-a-date", key, format!("{key} is \"{text}\", no month"), help, findings);
            None
        }
    }
}

fn date(section: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Date> {
    let text = section.text(key, findings)?;
    match text.parse::<Date>() {
        Ok(date) if YEARS.contains(&i32::from(date.year())) && text.len() == 10 => Some(date),
        _ => {
            let help = format!("write {key} = \"2009-01-31\"");
            section.find(
                "not-a-date",
                key,
                format!("{key} is \"{text}\", no day of the calendar"),
                help,
                findings,
            );
            None
        }
    }
}

fn whole(
    section: &mut Toml,
    key: &'static str,
    allowed: std::ops::RangeInclusive<u32>,
    findings: &mut Findings,
) -> Option<u32> {
    let value = section.number(key, findings)?;
    let number = value as u32;
    if f64::from(number) == value && allowed.contains(&number) {
        return Some(number);
    }
    let help = format!("give a whole number from {} to {}", allowed.start(), allowed.end());
    section.find("key-range", key, format!("{key} is {value}"), help, findings);
    None
}

fn share(section: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Fraction> {
    let value = section.number(key, findings)?;
    if (0.0..=1.0).contains(&value) {
        return Some(Fraction(value));
    }
    let help = format!("give a share between 0 and 1: {key} = 0.8 for 80 %");
    section.find("key-range", key, format!("{key} is {value}"), help, findings);
    None
}

/// A number in the documented unit, or text with a unit of its own.
fn quantity_of_any_sign(
    section: &mut Toml,
    key: &'static str,
    documented: &str,
    gas: &Gas,
    findings: &mut Findings,
) -> Option<f64> {
    let Some(toml::Value::String(text)) = section.table.get(key) else {
        return section.number(key, findings);
    };
    section.asked.push(key);
    match read_in(text, documented, gas) {
        Ok(value) => Some(value),
        Err(error) => {
            let help = format!("give a number in {documented}, or text with a unit of its own");
            section.find("wrong-unit", key, format!("{key}: {error}"), help, findings);
            None
        }
    }
}

fn quantity(
    section: &mut Toml,
    key: &'static str,
    documented: &str,
    gas: &Gas,
    findings: &mut Findings,
) -> Option<f64> {
    let value = quantity_of_any_sign(section, key, documented, gas, findings)?;
    if value < 0.0 {
        let message = format!("{key} is {value} {documented}");
        section.find("key-range", key, message, "give zero or a positive number", findings);
        return None;
    }
    Some(value)
}

fn price_of(section: &mut Toml, key: &'static str, gas: &Gas, findings: &mut Findings) -> Option<UsdPerTcm> {
    quantity(section, key, "USD/tcm", gas, findings).map(UsdPerTcm)
}

/// A currency by its code of three letters; remembers that it is used.
fn currency(
    section: &mut Toml,
    key: &'static str,
    used: &mut Vec<(String, Place)>,
    findings: &mut Findings,
) -> Option<String> {
    let code = section.text(key, findings)?;
    if code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()) {
        used.push((code.clone(), section.place(key)));
        return Some(code);
    }
    let help = "give the code of three capital letters: USD, EUR, CNY, RUB";
    section.find("unknown-word", key, format!("{key} is \"{code}\", no code of a currency"), help, findings);
    None
}

fn numbers(section: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Vec<f64>> {
    section.asked.push(key);
    let value = section.table.get(key)?;
    let number = |value: &toml::Value| match value {
        toml::Value::Integer(number) => Some(*number as f64),
        toml::Value::Float(number) => Some(*number).filter(|number| number.is_finite()),
        _ => None,
    };
    let numbers: Option<Vec<f64>> = value.as_array().and_then(|list| list.iter().map(number).collect());
    if numbers.is_none() {
        let help = format!("write {key} = [1.32, 1.28], one number a month");
        section.find("wrong-kind", key, format!("{key} is not a list of numbers"), help, findings);
    }
    numbers
}

/// Which of two keys is given; exactly one has to be.
fn one_of(
    section: &mut Toml,
    keys: [&'static str; 2],
    example: &str,
    findings: &mut Findings,
) -> Option<&'static str> {
    let [first, second] = keys;
    match keys.map(|key| section.table.contains_key(key)) {
        [true, false] => {
            section.asked.push(second);
            Some(first)
        }
        [false, true] => {
            section.asked.push(first);
            Some(second)
        }
        [true, true] => {
            section.asked.extend(keys);
            let message = format!("{first} and {second} are both given");
            section.find("one-of-two", second, message, "keep one of the two", findings);
            None
        }
        [false, false] => {
            section.asked.extend(keys);
            let message = format!("neither {first} nor {second} is given");
            section.find("one-of-two", first, message, format!("write {example}"), findings);
            None
        }
    }
}

/// A key that says something about a choice that was not made.
fn without_use(section: &mut Toml, keys: &[&'static str], choice: &str, findings: &mut Findings) {
    for key in keys {
        section.asked.push(key);
        if section.table.contains_key(*key) {
            let message = format!("{key} has no meaning with {choice}");
            section.find(
                "key-without-use",
                key,
                message,
                format!("remove {key}, or choose otherwise"),
                findings,
            );
        }
    }
}
