//! One function for each section of a contract.

use super::keys::{
    currency, date, month, numbers, one_of, price_of, quantity, quantity_of_any_sign, share, whole,
    without_use,
};
use super::read::{FREE, Reader};
use super::{GasBasis, PriceReview, Provisional};
use crate::calendar::Month;
use crate::case::toml_place::Step as TomlStep;
use crate::case::toml_table::Toml;
use crate::case::{Finding, Findings, Place};
use crate::contract::index::{IndexSeries, Indices};
use crate::contract::schedule::{contract_year, first_day, last_day};
use crate::contract::volume_terms::*;
use crate::units::{Bcm, Fraction, Gas, MillionUsd, UsdPerTcm};

impl GasBasis {
    pub(super) const STANDARD: GasBasis = GasBasis {
        temperature_celsius: 15.0,
        pressure_kpa: 101.325,
        calorific_value_mj_per_m3: 40.0,
        net_to_gross: None,
    };
}

/// First and last month, and where years begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub first: Month,
    pub last: Month,
    pub year_starts_in: u32,
}

impl Term {
    /// Calendar years in which a contract year begins.
    pub fn years(&self) -> std::ops::RangeInclusive<i32> {
        contract_year(self.first, self.year_starts_in)..=contract_year(self.last, self.year_starts_in)
    }
}

pub(super) fn read_term(mut section: Toml, findings: &mut Findings) -> Option<Term> {
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

pub(super) fn read_gas(mut section: Toml, findings: &mut Findings) -> Option<(Gas, GasBasis)> {
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

pub(super) type QuantitySection = (Quantity, Fraction, Step, Option<u32>);

pub(super) fn read_quantity_section(
    mut section: Toml,
    gas: &Gas,
    findings: &mut Findings,
) -> Option<QuantitySection> {
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
pub(super) fn annual_or_daily(section: &mut Toml, gas: &Gas, findings: &mut Findings) -> Option<Quantity> {
    match one_of(section, ["acq_bcm_per_year", "dcq_mcm_per_day"], "acq_bcm_per_year = 68", findings)? {
        "acq_bcm_per_year" => quantity(section, "acq_bcm_per_year", "bcm/yr", gas, findings)
            .map(|volume| Quantity::Annual(Bcm(volume))),
        _ => quantity(section, "dcq_mcm_per_day", "mcm/d", gas, findings)
            .map(|volume| Quantity::Daily(Bcm(volume / 1e3))),
    }
}

pub(super) fn read_build_up(
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

pub(super) fn read_take_or_pay(mut section: Toml, findings: &mut Findings) -> Option<TakeOrPay> {
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

pub(super) fn read_make_up(mut section: Toml, gas: &Gas, findings: &mut Findings) -> Option<MakeUp> {
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

pub(super) fn read_carry_forward(mut section: Toml, findings: &mut Findings) -> Option<CarryForward> {
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

pub(super) fn read_end_of_term(mut section: Toml, findings: &mut Findings) -> Option<EndOfTerm> {
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

pub(super) fn read_seller_shortfall(
    mut section: Toml,
    gas: &Gas,
    findings: &mut Findings,
) -> Option<SellerShortfall> {
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

pub(super) fn read_reduction(
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

pub(super) fn read_payment(
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
pub(super) fn read_parts(
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

pub(super) fn read_export_duty(mut section: Toml, findings: &mut Findings) -> Option<ExportDuty> {
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

pub(super) fn read_loan(
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
        let last = term.map(|term| last_day(term.last));
        if let (Some(on), Some(last)) = (on, last.filter(|last| on.is_some_and(|on| on > *last))) {
            let message = format!("the loan is drawn on {on}, after the contract");
            drawing.find("outside-term", "date", message, format!("draw it before {last}"), findings);
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

pub(super) fn read_price_review(
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
pub(super) fn read_series(reader: &Reader, top: Toml, findings: &mut Findings) -> Indices {
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

pub(super) fn read_currencies(list: Vec<Toml>, findings: &mut Findings) -> Vec<(String, String, Place)> {
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
