//! The section `[valuation]`: how prices move, when is decided, and which terms the valuation holds.
//!
//! | section | keys |
//! |---|---|
//! | `[valuation]` | `start`* (month: what comes before is history), `decisions_per_year`* (12, 4, 2, 1), `volume_step_bcm`*, `discount_rate`* (a year, compounded yearly), `risk_measure`* (`risk-neutral`, `real-world`) |
//! | `[valuation.market]`* | `series`*, `usd_per_tcm` (of one unit of the series) or `unit`*, `cost_usd_per_tcm`* (from delivery to market) |
//! | `[[valuation.process]]`* | `series`*, `unit`*, `kind`* and its parameters, `forward_curve` (one price a month from `start` to the last month) |
//! | `kind = "schwartz-smith"` | `mean_reversion_per_year`*, `short_volatility`*, `short_risk_premium`*, `real_drift_per_year`*, `drift_per_year`*, `long_volatility`*, `correlation`*, `short_start`*, `long_start`* (both logarithms) |
//! | `kind = "log-ornstein-uhlenbeck"` | `mean_reversion_per_year`*, `level_price`*, `risk_premium`*, `volatility`*, `start_price`*, `season`* (12 numbers added to the logarithm, January first) |
//! | `kind = "geometric-brownian"` | `start_price`*, `drift_per_year`*, `real_drift_per_year`*, `volatility`* |
//! | `[[valuation.correlation]]` | `between`*, `and`*, `correlation`*; with schwartz-smith `between_factor`* or `and_factor`* (`short`, `long`) |

use super::keys::{month, numbers, one_of, quantity_of_any_sign};
use super::read::{FREE, Reader};
use crate::calendar::Month;
use crate::case::toml_place::Step as TomlStep;
use crate::case::toml_table::Toml;
use crate::case::{Findings, Place};
use crate::contract::exact::Volume;
use crate::contract::ledger::Plan;
use crate::contract::price_formula::{Family, PriceFormula, Split};
use crate::contract::price_paths::{
    Correlation, GeometricBrownian, LogOrnsteinUhlenbeck, Measure, PriceModel, Process, SchwartzSmith, Series,
};
use crate::contract::schedule::Schedule;
use crate::contract::valuation::MarketPrice;
use crate::contract::volume_terms::{EndOfTerm, MakeUpPrice, Step};
use crate::units::{Bcm, Gas, UsdPerTcm, read_in};

use super::PriceReview;

/// What `[valuation]` says.
#[derive(Debug, Clone, PartialEq)]
pub struct ValuationTerms {
    /// First month that is not known.
    pub start: Month,
    /// Decisions on volumes in a contract year: 12, 4, 2 or 1.
    pub decisions_per_year: usize,
    /// Volumes are multiples of it.
    pub volume_step: Bcm,
    /// A year, compounded yearly.
    pub discount_rate: f64,
    /// Under which probabilities the risk figures are taken.
    pub risk_measure: Measure,
    /// What the gas is worth to the holder.
    pub market: MarketPrice,
    /// Simulated prices, at every month from `start` to the last of the contract.
    pub series: Vec<Series>,
    /// Their units, in the same order.
    pub units: Vec<String>,
    /// Correlations of their innovations.
    pub correlations: Vec<Correlation>,
    /// Terms and quantities of the contract that the valuation cannot hold; the ledger can.
    pub unfit: Findings,
    place: Place,
}

impl ValuationTerms {
    /// Where the section stands.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }
}

/// What of the contract the section has to fit.
pub(super) struct Fitting<'a> {
    pub schedule: &'a Schedule,
    pub price: &'a PriceFormula,
    pub price_reviews: &'a [PriceReview],
    pub plan: &'a Plan,
    pub gas: &'a Gas,
}

pub(super) fn read_valuation<'a>(
    reader: &Reader<'a>,
    mut section: Toml<'a>,
    top: &Toml,
    of: &Fitting,
    findings: &mut Findings,
) -> Option<ValuationTerms> {
    let before = findings.0.len();
    for (key, example) in [
        ("start", "\"2015-01\""),
        ("decisions_per_year", "4"),
        ("volume_step_bcm", "0.5"),
        ("discount_rate", "0.08"),
        ("risk_measure", "\"risk-neutral\""),
    ] {
        section.require(key, example, findings);
    }
    let start = month(&mut section, "start", findings);
    let decisions = section.number("decisions_per_year", findings);
    if let Some(given) = decisions.filter(|given| ![12.0, 4.0, 2.0, 1.0].contains(given)) {
        let message = format!("decisions_per_year is {given}");
        section.find("key-range", "decisions_per_year", message, "choose 12, 4, 2 or 1", findings);
    }
    let step = section.above_zero("volume_step_bcm", findings);
    let rate = section.number("discount_rate", findings);
    if let Some(given) = rate.filter(|given| !(-0.5..=1.0).contains(given)) {
        let message = format!("discount_rate is {given}");
        let help = "give the rate of a year as a share: discount_rate = 0.08 for 8 %";
        section.find("key-range", "discount_rate", message, help, findings);
    }
    let measures = [("risk-neutral", Measure::RiskNeutral), ("real-world", Measure::RealWorld)];
    let risk_measure = section.word("risk_measure", &measures, findings);

    let processes = reader.list(&mut section, "process", findings);
    if processes.is_empty() && !section.table.contains_key("process") {
        let help = "add [[valuation.process]] with series, unit, kind and its parameters";
        section.find("missing-key", "process", "no price moves".into(), help, findings);
    }
    let months = start.map(|start| of.schedule.terms.last.months_since(start) + 1);
    let mut series: Vec<(Series, String)> = Vec::new();
    // A process with a fault of its own is one finding, not one more wherever it is named.
    let given: Vec<&str> = processes.iter().filter_map(|entry| entry.table.get("series")?.as_str()).collect();
    for entry in processes {
        let Some((one, unit)) = read_process(entry, months, of.price, findings) else { continue };
        if series.iter().any(|(other, _)| other.name == one.0.name) {
            let message = format!("series \"{}\" has two processes", one.0.name);
            one.1.find("named-twice", "series", message, "keep one of the two", findings);
            continue;
        }
        series.push((one.0, unit));
    }
    let market = read_market(reader, &mut section, &series, &given, of.gas, findings);
    let mut correlations = Vec::new();
    for entry in reader.list(&mut section, "correlation", findings) {
        correlations.extend(read_correlation(entry, &series, &given, findings));
    }
    section.unknown_keys(&FREE, findings);
    if findings.0.len() > before {
        return None;
    }
    let (series, units): (Vec<Series>, Vec<String>) = series.into_iter().unzip();
    let dates = crate::contract::price_paths::Dates::plain(vec![1.0]);
    let bare: Vec<Series> = series.iter().map(|one| Series { forward_curve: None, ..one.clone() }).collect();
    if let Err(why) = PriceModel::new(&bare, &correlations, &dates) {
        let help = "lower the correlations, or leave one out";
        section.find("correlations-contradict", "correlation", why.to_string(), help, findings);
        return None;
    }
    let mut terms = ValuationTerms {
        start: start?,
        decisions_per_year: decisions? as usize,
        volume_step: Bcm(step?),
        discount_rate: rate?,
        risk_measure: risk_measure?,
        market: market?,
        series,
        units,
        correlations,
        unfit: Findings::default(),
        place: section.place("start"),
    };
    let mut unfit = Findings::default();
    check_fit(&terms, &section, top, of, &mut unfit);
    terms.unfit = unfit;
    Some(terms)
}

type Read<'a> = ((Series, Toml<'a>), String);

fn read_process<'a>(
    mut entry: Toml<'a>,
    months: Option<i32>,
    price: &PriceFormula,
    findings: &mut Findings,
) -> Option<Read<'a>> {
    for (key, example) in [("series", "\"brent\""), ("unit", "\"USD/bbl\""), ("kind", "\"schwartz-smith\"")] {
        entry.require(key, example, findings);
    }
    let name = entry.text("series", findings);
    let unit = entry.text("unit", findings);
    if let (Some(name), Some(unit)) = (&name, &unit) {
        let meant = price.indices().into_iter().find(|(index, _)| index == name);
        if let Some((_, meant)) = meant.filter(|(_, meant)| meant != unit) {
            let message = format!("{name} moves in {unit}, the price formula reads it in {meant}");
            entry.find("process-unit", "unit", message, format!("give the process in {meant}"), findings);
        }
    }
    let kinds = [("schwartz-smith", 0), ("log-ornstein-uhlenbeck", 1), ("geometric-brownian", 2)];
    let process = match entry.word("kind", &kinds, findings) {
        Some(0) => schwartz_smith(&mut entry, findings).map(Process::SchwartzSmith),
        Some(1) => ornstein_uhlenbeck(&mut entry, findings).map(Process::LogOrnsteinUhlenbeck),
        Some(_) => {
            let start = price_above_zero(&mut entry, "start_price", findings);
            let drift = rate(&mut entry, "drift_per_year", -5.0..=5.0, findings);
            let real_drift = rate(&mut entry, "real_drift_per_year", -5.0..=5.0, findings);
            let volatility = rate(&mut entry, "volatility", 0.0..=5.0, findings);
            let all = (start, drift, real_drift, volatility);
            let (Some(start), Some(drift), Some(real_drift), Some(volatility)) = all else { return None };
            Some(Process::GeometricBrownian(GeometricBrownian { start, drift, real_drift, volatility }))
        }
        // without a kind nobody knows which keys belong here
        None => return None,
    };
    let curve = numbers(&mut entry, "forward_curve", findings);
    let given = entry.table.contains_key("forward_curve");
    if let (Some(curve), Some(months)) = (&curve, months)
        && (curve.len() as i32 != months.max(0) || curve.iter().any(|price| *price <= 0.0))
    {
        let message = format!("forward_curve has {} prices, or one that is not above zero", curve.len());
        let help = format!("give {months} prices above zero, one a month from start to the last month");
        entry.find("forward-curve", "forward_curve", message, help, findings);
    }
    entry.unknown_keys(&FREE, findings);
    let forward_curve = if given { Some(curve?) } else { None };
    let series = Series { name: name?, process: process?, forward_curve };
    Some(((series, entry), unit?))
}

fn schwartz_smith(entry: &mut Toml, findings: &mut Findings) -> Option<SchwartzSmith> {
    let mean_reversion = price_above_zero(entry, "mean_reversion_per_year", findings);
    let short_volatility = rate(entry, "short_volatility", 0.0..=5.0, findings);
    let short_risk_premium = rate(entry, "short_risk_premium", -5.0..=5.0, findings);
    let real_drift = rate(entry, "real_drift_per_year", -5.0..=5.0, findings);
    let drift = rate(entry, "drift_per_year", -5.0..=5.0, findings);
    let long_volatility = rate(entry, "long_volatility", 0.0..=5.0, findings);
    let correlation = rate(entry, "correlation", -1.0..=1.0, findings);
    let short_start = rate(entry, "short_start", -5.0..=5.0, findings);
    let long_start = rate(entry, "long_start", -10.0..=15.0, findings);
    Some(SchwartzSmith {
        mean_reversion: mean_reversion?,
        short_volatility: short_volatility?,
        short_risk_premium: short_risk_premium?,
        real_drift: real_drift?,
        drift: drift?,
        long_volatility: long_volatility?,
        correlation: correlation?,
        short_start: short_start?,
        long_start: long_start?,
    })
}

fn ornstein_uhlenbeck(entry: &mut Toml, findings: &mut Findings) -> Option<LogOrnsteinUhlenbeck> {
    let mean_reversion = price_above_zero(entry, "mean_reversion_per_year", findings);
    let level = price_above_zero(entry, "level_price", findings);
    let risk_premium = rate(entry, "risk_premium", -5.0..=5.0, findings);
    let volatility = rate(entry, "volatility", 0.0..=5.0, findings);
    let start = price_above_zero(entry, "start_price", findings);
    entry.require("season", "[0.1, 0.1, 0.05, 0, 0, -0.1, -0.1, -0.1, -0.05, 0, 0.05, 0.1]", findings);
    let season = numbers(entry, "season", findings);
    let season = season.and_then(|season| match <[f64; 12]>::try_from(season) {
        Ok(twelve) if twelve.iter().all(|month| month.abs() <= 5.0) => Some(twelve),
        _ => {
            let help = "give 12 numbers, January first, each added to the logarithm of the price";
            entry.find("key-range", "season", "season is not twelve small numbers".into(), help, findings);
            None
        }
    });
    Some(LogOrnsteinUhlenbeck {
        mean_reversion: mean_reversion?,
        level: libm::log(level?),
        risk_premium: risk_premium?,
        volatility: volatility?,
        start: libm::log(start?),
        season: season?,
    })
}

fn price_above_zero(entry: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<f64> {
    entry.require(key, "1.5", findings);
    entry.above_zero(key, findings)
}

/// A number without default between two others.
fn rate(
    entry: &mut Toml,
    key: &'static str,
    allowed: std::ops::RangeInclusive<f64>,
    findings: &mut Findings,
) -> Option<f64> {
    entry.require(key, "0.3", findings);
    let value = entry.number(key, findings)?;
    if allowed.contains(&value) {
        return Some(value);
    }
    let help = format!("give a number from {} to {}: shares, not percent", allowed.start(), allowed.end());
    entry.find("key-range", key, format!("{key} is {value}"), help, findings);
    None
}

fn read_market(
    reader: &Reader,
    section: &mut Toml,
    series: &[(Series, String)],
    given: &[&str],
    gas: &Gas,
    findings: &mut Findings,
) -> Option<MarketPrice> {
    section.asked.push("market");
    let Some(table) = section.table.get("market").and_then(toml::Value::as_table) else {
        let help = "add [valuation.market] with series, unit and cost_usd_per_tcm";
        section.find("missing-key", "market", "section [valuation.market] is missing".into(), help, findings);
        return None;
    };
    let path = vec![TomlStep::Key("valuation"), TomlStep::Key("market")];
    let mut market = Toml::new(table, reader.source, path);
    market.require("series", "\"ttf\"", findings);
    market.require("cost_usd_per_tcm", "5.0", findings);
    let name = market.text("series", findings);
    let which = one_of(&mut market, ["usd_per_tcm", "unit"], "unit = \"USD/mmbtu\"", findings);
    let position = name.and_then(|name| {
        let found = series.iter().position(|(one, _)| one.name == name);
        if found.is_none() {
            no_process(&market, "series", &name, given, findings);
        }
        found
    });
    let usd_per_tcm = match which {
        Some("usd_per_tcm") => market.above_zero("usd_per_tcm", findings),
        Some(_) => market.text("unit", findings).and_then(|unit| {
            let moves = position.map(|position| series[position].1.as_str());
            if let Some(moves) = moves.filter(|moves| *moves != unit) {
                let message = format!("the market is read in {unit}, its process moves in {moves}");
                market.find("process-unit", "unit", message, format!("write unit = \"{moves}\""), findings);
                return None;
            }
            match read_in(&format!("1 {unit}"), "USD/tcm", gas) {
                Ok(factor) => Some(factor),
                Err(error) => {
                    let help = "give a price of gas in USD, or usd_per_tcm: what one unit is worth";
                    market.find("wrong-unit", "unit", format!("unit: {error}"), help, findings);
                    None
                }
            }
        }),
        None => None,
    };
    let cost = quantity_of_any_sign(&mut market, "cost_usd_per_tcm", "USD/tcm", gas, findings);
    market.unknown_keys(&FREE, findings);
    Some(MarketPrice { series: position?, usd_per_tcm: usd_per_tcm?, cost: UsdPerTcm(cost?) })
}

fn no_process(section: &Toml, key: &'static str, name: &str, known: &[&str], findings: &mut Findings) {
    if known.contains(&name) {
        return;
    }
    let message = format!("series \"{name}\" has no process");
    let help = format!("add [[valuation.process]] for it, or choose one of: {}", known.join(", "));
    section.find("no-process", key, message, help, findings);
}

fn read_correlation(
    mut entry: Toml,
    series: &[(Series, String)],
    given: &[&str],
    findings: &mut Findings,
) -> Option<Correlation> {
    entry.require("between", "\"brent\"", findings);
    entry.require("and", "\"ttf\"", findings);
    entry.require("correlation", "0.3", findings);
    let between = factor(&mut entry, ["between", "between_factor"], series, given, findings);
    let and = factor(&mut entry, ["and", "and_factor"], series, given, findings);
    let value = entry.number("correlation", findings);
    if let Some(wrong) = value.filter(|value| !(-1.0..=1.0).contains(value)) {
        let message = format!("correlation is {wrong}");
        entry.find("key-range", "correlation", message, "give a number from -1 to 1", findings);
        return None;
    }
    entry.unknown_keys(&FREE, findings);
    let (between, and) = (between?, and?);
    if between.0 == and.0 {
        let message = "a series is correlated with itself".to_string();
        let help = "name two series; the factors of one have their own key correlation";
        entry.find("named-twice", "and", message, help, findings);
        return None;
    }
    Some(Correlation { between, and, value: value? })
}

/// Series and factor that two keys name.
fn factor(
    entry: &mut Toml,
    [of_series, of_factor]: [&'static str; 2],
    series: &[(Series, String)],
    given: &[&str],
    findings: &mut Findings,
) -> Option<(usize, usize)> {
    let name = entry.text(of_series, findings);
    let position = name.as_ref().and_then(|name| series.iter().position(|(one, _)| one.name == *name));
    let Some(position) = position else {
        if let Some(name) = name {
            no_process(entry, of_series, &name, given, findings);
        }
        entry.asked.push(of_factor);
        return None;
    };
    if matches!(series[position].0.process, Process::SchwartzSmith(_)) {
        entry.require(of_factor, "\"long\"", findings);
        return Some((position, entry.word(of_factor, &[("short", 0), ("long", 1)], findings)?));
    }
    super::keys::without_use(entry, &[of_factor], "a process of one factor", findings);
    Some((position, 0))
}

/// Refuses what the valuation would have to leave out: nothing is valued without a term that the contract has.
fn check_fit(terms: &ValuationTerms, section: &Toml, top: &Toml, of: &Fitting, findings: &mut Findings) {
    let schedule = of.schedule;
    let volumes = &schedule.terms;
    let refuse = |key: &str, what: &str, why: &str, findings: &mut Findings| {
        let message = format!("{what} cannot be valued: {why}");
        let help = "remove [valuation] to keep the ledger, or the term to value the rest as another contract";
        top.find("not-valued", key, message, help, findings);
    };
    if volumes.carry_forward.is_some() {
        let why = "the volume lattice has no state for credits";
        refuse("carry_forward", "carry-forward", why, findings);
    }
    if volumes.make_up.life_years > 0 && volumes.make_up.price != MakeUpPrice::Zero {
        let why = "the price paid earlier is no state of the volume lattice, only make-up at price zero is";
        refuse("make_up", "make-up at a price", why, findings);
    }
    match volumes.end_of_term {
        EndOfTerm::Forfeit => {}
        EndOfTerm::Extend { .. } => {
            refuse(
                "end_of_term",
                "an extension",
                "the volume lattice ends with the last contract year",
                findings,
            );
        }
        EndOfTerm::Refund if matches!(of.price.family, Family::Fixed { .. }) => {}
        EndOfTerm::Refund => {
            let why = "the ledger refunds at the price at which was last paid, which is no state of the volume lattice";
            refuse("end_of_term", "a refund under a price that moves", why, findings);
        }
    }
    if volumes.loan.is_some() {
        refuse("loan", "a loan", "its balance is no state of the volume lattice", findings);
    }
    if volumes.payment.currencies.iter().any(|(code, _)| code != "USD") {
        refuse("payment", "payment in another currency", "rates of exchange are not simulated", findings);
    }
    if of.plan.made_available.iter().any(Option::is_some) {
        let why = "what the seller can deliver is no state of the volume lattice";
        refuse("nomination", "a shortfall of the seller", why, findings);
    }
    if matches!(of.price.family, Family::Hybrid { split: Split::Volume { .. }, .. }) {
        refuse("price", "a split by volume", "its price depends on what is taken", findings);
    }
    if of.price_reviews.iter().any(|review| review.decided >= terms.start) {
        let why = "it is decided after the start of the valuation, when nobody knew it";
        refuse("price_review", "a price review", why, findings);
    }
    if terms.start > volumes.first {
        let message = format!("start is {}, the contract delivers from {}", terms.start, volumes.first);
        let help =
            "value from the first month of delivery or before: the bank of a running contract is not read";
        section.find("not-valued", "start", message, help, findings);
    }
    if volumes.first.months_since(terms.start) > 240 {
        let message = format!("start is {}, more than 20 years before the first delivery", terms.start);
        section.find("key-range", "start", message, "give a month shortly before delivery", findings);
    }
    if let Some(part) = schedule.years.iter().find(|year| year.months.len() != 12) {
        let message = format!("contract year {} has {} months", part.year, part.months.len());
        let help = "the valuation needs whole contract years: let the term begin and end with one";
        section.find("not-valued", "decisions_per_year", message, help, findings);
    }
    if volumes.step == Step::Year && terms.decisions_per_year != 1 {
        let message =
            format!("gas is nominated by the year, decisions_per_year is {}", terms.decisions_per_year);
        section.find("finer-than-nominated", "decisions_per_year", message, "write 1", findings);
    }
    if volumes.step == Step::Year && !(volumes.maintenance.is_empty() && volumes.force_majeure.is_empty()) {
        let why = "nominations of a year are spread over days on which less can be taken";
        refuse("quantity", "maintenance or force majeure under nominations by the year", why, findings);
    }
    check_steps(terms, section, of, findings);
}

/// The quantities that the bank is counted from must be multiples of the volume step.
fn check_steps(terms: &ValuationTerms, section: &Toml, of: &Fitting, findings: &mut Findings) {
    let step = Volume::from(terms.volume_step);
    let mut common: Option<f64> = None;
    let mut wrong = None;
    for (year, quantities) in of.schedule.years.iter().zip(of.schedule.obligations()) {
        for (name, volume) in [
            ("take-or-pay quantity", quantities.take_or_pay),
            ("adjusted annual quantity", quantities.adjusted_acq),
        ] {
            let (volume, step) = (volume.value().0, step.value().0);
            let steps = (volume / step).round();
            if (steps * step - volume).abs() > 1e-9 * step.max(volume) && wrong.is_none() {
                wrong =
                    Some(format!("the {name} of {} is {volume} bcm, no multiple of {step} bcm", year.year));
            }
            common = Some(common.map_or(volume, |common| divisor(common, volume)));
        }
    }
    if let Some(message) = wrong {
        let help = match common.filter(|common| *common > 1e-4) {
            Some(common) => {
                let parts = (common / terms.volume_step.0).ceil().max(1.0);
                let fits = (common / parts * 1e9).round() / 1e9;
                format!("every quantity is a multiple of {fits} bcm")
            }
            None => {
                "no step fits all years: use a quantity a year instead of a day, or round the shares".into()
            }
        };
        section.find("volume-step", "volume_step_bcm", message, help, findings);
    }
}

/// Largest common divisor of two volumes, up to a millionth of a bcm.
fn divisor(a: f64, b: f64) -> f64 {
    let (mut a, mut b) = (a.max(b), a.min(b));
    while b > 1e-6 {
        (a, b) = (b, (a % b).min((b - a % b).abs()));
    }
    a
}
