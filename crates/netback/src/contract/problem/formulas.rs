//! Problems about prices and figures: averaging windows, prices of a formula, conversions, printed figures.

use std::collections::BTreeMap;

use super::Answer;
use crate::calendar::Month;
use crate::case::Findings;
use crate::case::toml_table::Toml;
use crate::contract::figures::{Figures, check_figures};
use crate::contract::index::{IndexSeries, Indices};
use crate::contract::price_formula::read::{
    child, children, month, months, read_averaging, share, whole_number,
};
use crate::contract::price_formula::{PriceError, PriceFormula, energy_parity_slope};
use crate::report::Table;
use crate::units::{Bcm, BcmPerYear, Gas, MillionUsd, Unit, UsdPerTcm, convert, read_quantity};

/// Kinds of problems and what answers them.
pub(super) const KINDS: &[(&str, Answer)] = &[
    ("averaging-windows", averaging_windows),
    ("price", prices),
    ("price-windows", price_windows),
    ("conversions", conversions),
    ("energy-parity", energy_parity),
    ("check-figures", figures),
];

/// `[[window]]` with an averaging and a delivery: table `windows`.
fn averaging_windows(problem: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    let header = ["triple", "delivery", "from_year", "from_month", "to_year", "to_month", "months"];
    let mut table = Table::new("windows", &header);
    problem.require("window", "… as sections [[window]]", findings);
    for mut item in children(problem, "window", findings) {
        item.require("delivery", "\"2009-01\"", findings);
        item.require("averaging", "{ average_months = 9, … }", findings);
        let delivery = month(&mut item, "delivery", findings);
        let averaging = child(&mut item, "averaging", findings)
            .and_then(|mut averaging| read_averaging(&mut averaging, findings));
        item.unknown_keys(&[], findings);
        let (Some(delivery), Some(averaging)) = (delivery, averaging) else { continue };
        let window = averaging.window(delivery);
        table.push([
            averaging.to_string().into(),
            delivery.to_string().into(),
            window.from.year().into(),
            f64::from(window.from.month()).into(),
            window.to.year().into(),
            f64::from(window.to.month()).into(),
            window.length().into(),
        ]);
    }
    problem.unknown_keys(HEAD, findings);
    Some(vec![table])
}

/// Keys that every problem may have.
const HEAD: &[&str] = &["title", "source", "note"];

/// A formula, series and deliveries: tables `prices` and `formula`.
fn prices(problem: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    let (formula, indices, deliveries) = read_priced(problem, findings)?;
    let per_tcm = formula.unit.per_tcm;
    let mut table = Table::new("prices", &["delivery", "unit", "price", "usd_per_tcm"]);
    for delivery in deliveries {
        let price = match formula.price(delivery, &indices) {
            Ok(price) => price,
            Err(why) => {
                no_price(problem, &why, findings);
                return None;
            }
        };
        let own = if formula.unit.currency == "USD" { Some(price.0 / per_tcm) } else { None };
        table.push([
            delivery.to_string().into(),
            formula.unit.text.as_str().into(),
            own.into(),
            price.0.into(),
        ]);
    }
    let mut words = Table::new("formula", &["sentence", "equation"]);
    words.push([formula.sentence().into(), formula.equation().into()]);
    Some(vec![table, words])
}

fn no_price(problem: &Toml, why: &PriceError, findings: &mut Findings) {
    problem.find("no-price", "price", why.to_string(), why.help(), findings);
}

/// `[price]`, `[series.…]` and the months of delivery.
fn read_priced(problem: &mut Toml, findings: &mut Findings) -> Option<(PriceFormula, Indices, Vec<Month>)> {
    problem.require("price", "… as a section [price]", findings);
    problem.require("deliveries", "[\"2009-01\"]", findings);
    let formula =
        child(problem, "price", findings).and_then(|mut section| PriceFormula::read(&mut section, findings));
    let indices = read_series(problem, findings);
    let deliveries = months(problem, "deliveries", findings);
    let also = ["alternative", "observed", "base_of"];
    problem.unknown_keys(&[HEAD, &also].concat(), findings);
    Some((formula?, indices?, deliveries?))
}

/// `[series.<name>]` with unit, from and values.
fn read_series(problem: &mut Toml, findings: &mut Findings) -> Option<Indices> {
    let before = findings.0.len();
    let mut indices = Indices::default();
    let Some(section) = child(problem, "series", findings) else { return Some(indices) };
    for (name, value) in section.table {
        let Some(table) = value.as_table() else {
            section.find(
                "wrong-kind",
                name,
                format!("{name} is not a section"),
                "write [series.brent]",
                findings,
            );
            continue;
        };
        let mut item = Toml::new(
            table,
            section.source,
            [&section.within[..], &[crate::case::toml_place::Step::Key(name)]].concat(),
        );
        for (key, example) in [("unit", "\"USD/bbl\""), ("from", "\"2009-01\""), ("values", "[44.86]")] {
            item.require(key, example, findings);
        }
        let unit = item.text("unit", findings);
        let from = month(&mut item, "from", findings);
        let values = item.numbers("values", findings);
        item.unknown_keys(&["source", "note"], findings);
        let (Some(unit), Some(from), Some(values)) = (unit, from, values) else { continue };
        let values: BTreeMap<Month, f64> =
            values.into_iter().enumerate().map(|(later, value)| (from.plus(later as i32), value)).collect();
        indices.0.insert(name.clone(), IndexSeries { name: name.clone(), unit, values });
    }
    (findings.0.len() == before).then_some(indices)
}

/// A formula under other averagings beside observed prices: tables `prices_by_window` and `windows`.
///
/// Each alternative is compared with its own base: the average that prices the delivery `base_of`.
fn price_windows(problem: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    for (key, example) in [
        ("alternative", "… as sections [[alternative]]"),
        ("observed", "[360.0]"),
        ("base_of", "\"2009-01\""),
    ] {
        problem.require(key, example, findings);
    }
    let observed = problem.numbers("observed", findings);
    let base_of = month(problem, "base_of", findings);
    let mut averagings = Vec::new();
    for mut item in children(problem, "alternative", findings) {
        averagings.extend(read_averaging(&mut item, findings));
    }
    let (formula, indices, deliveries) = read_priced(problem, findings)?;
    let (observed, base_of) = (observed?, base_of?);
    if observed.len() != deliveries.len() {
        let message = format!("{} prices are observed for {} deliveries", observed.len(), deliveries.len());
        problem.find("key-range", "observed", message, "give one price for each delivery", findings);
        return None;
    }
    let mut each = Table::new(
        "prices_by_window",
        &["triple", "delivery", "usd_per_tcm", "observed_usd_per_tcm", "miss_usd_per_tcm"],
    );
    let mut windows =
        Table::new("windows", &["triple", "root_mean_square_miss_usd_per_tcm", "largest_miss_usd_per_tcm"]);
    for averaging in averagings {
        let formula = formula.with_averaging(averaging, base_of);
        let mut misses = Vec::new();
        for (&delivery, &observed) in deliveries.iter().zip(&observed) {
            match formula.price(delivery, &indices) {
                Ok(price) => {
                    let miss = price.0 - observed;
                    misses.push(miss);
                    each.push([
                        averaging.to_string().into(),
                        delivery.to_string().into(),
                        price.0.into(),
                        observed.into(),
                        miss.into(),
                    ]);
                }
                Err(why) => {
                    no_price(problem, &why, findings);
                    return None;
                }
            }
        }
        let squares = misses.iter().map(|miss| miss * miss).sum::<f64>();
        let largest = misses.iter().fold(0.0, |most: f64, miss| most.max(miss.abs()));
        windows.push([
            averaging.to_string().into(),
            (squares / misses.len() as f64).sqrt().into(),
            largest.into(),
        ]);
    }
    Some(vec![each, windows])
}

/// `[[gas]]` and `[[conversion]]`: table `conversions`.
fn conversions(problem: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    let mut gases: BTreeMap<String, Gas> = BTreeMap::new();
    for mut item in children(problem, "gas", findings) {
        item.require("name", "\"rich\"", findings);
        let name = item.text("name", findings);
        let gas = read_gas(&mut item, findings);
        item.unknown_keys(HEAD, findings);
        if let (Some(name), Some(gas)) = (name, gas) {
            gases.insert(name, gas);
        }
    }
    let mut table = Table::new("conversions", &["quantity", "gas", "to", "value"]);
    problem.require("conversion", "… as sections [[conversion]]", findings);
    for mut item in children(problem, "conversion", findings) {
        for (key, example) in [("quantity", "\"1 tcm\""), ("to", "\"mmbtu\""), ("gas", "\"standard\"")] {
            item.require(key, example, findings);
        }
        let quantity = item.text("quantity", findings);
        let to = item.text("to", findings);
        let gas = item.text("gas", findings);
        item.unknown_keys(HEAD, findings);
        let (Some(quantity), Some(to), Some(gas)) = (quantity, to, gas) else { continue };
        let Some(known) = gases.get(&gas).copied().or_else(|| Gas::named(&gas)) else {
            let message = format!("no gas is called \"{gas}\"");
            item.find("unknown-identifier", "gas", message, "add it as [[gas]]", findings);
            continue;
        };
        let converted = read_quantity(&quantity).and_then(|(value, unit)| {
            convert(value, &Unit::read(unit, &known)?, &Unit::read(&to, &known)?, None)
        });
        match converted {
            Ok(value) => table.push([quantity.into(), gas.into(), to.into(), value.into()]),
            Err(why) => item.find("wrong-unit", "to", why.to_string(), "choose another unit", findings),
        }
    }
    problem.unknown_keys(HEAD, findings);
    Some(vec![table])
}

/// A gas by its heat: per cubic metre in MJ or kcal at a temperature, as LNG by mmbtu in tonnes.
fn read_gas(item: &mut Toml, findings: &mut Findings) -> Option<Gas> {
    const MEGAJOULE_PER_KILOCALORIE: f64 = 4.1868e-3;
    let standard = Gas::STANDARD;
    let per_m3 = item.above_zero("mj_per_m3", findings);
    let kilocalories = item.above_zero("kcal_per_m3", findings);
    let temperature = item.number("temperature_celsius", findings);
    let per_kg = item.above_zero("mj_per_kg", findings);
    let energy = item.above_zero("lng_mmbtu", findings);
    let mass = item.above_zero("lng_t", findings);
    let of_cargo =
        energy.zip(mass).map(|(energy, mass)| energy * crate::units::MEGAJOULE_PER_MMBTU / (1e3 * mass));
    Some(Gas {
        gross_calorific_value_mj_per_m3: per_m3
            .or(kilocalories.map(|kilocalories| kilocalories * MEGAJOULE_PER_KILOCALORIE))
            .unwrap_or(standard.gross_calorific_value_mj_per_m3),
        temperature_celsius: temperature.unwrap_or(standard.temperature_celsius),
        gross_calorific_value_mj_per_kg: per_kg
            .or(of_cargo)
            .unwrap_or(standard.gross_calorific_value_mj_per_kg),
    })
}

/// `mmbtu_per_bbl`: table `parity`.
fn energy_parity(problem: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    problem.require("mmbtu_per_bbl", "[5.8]", findings);
    let heats = above_zero(problem, "mmbtu_per_bbl", findings)?;
    problem.unknown_keys(HEAD, findings);
    let mut table = Table::new("parity", &["mmbtu_per_bbl", "slope"]);
    for heat in heats {
        table.push([heat.into(), energy_parity_slope(heat).into()]);
    }
    Some(vec![table])
}

fn above_zero(problem: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Vec<f64>> {
    let numbers = problem.numbers(key, findings)?;
    if let Some(wrong) = numbers.iter().find(|number| **number <= 0.0) {
        problem.find("key-range", key, format!("{key} holds {wrong}"), "give positive numbers", findings);
        return None;
    }
    Some(numbers)
}

/// What was printed about a contract: the tables of [`check_figures`] and `words`.
fn figures(problem: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    for (key, example) in
        [("total_billion_usd", "1000"), ("years", "30"), ("bcm_per_year", "68"), ("gas", "\"russia\"")]
    {
        problem.require(key, example, findings);
    }
    let about_a_gap = ["gap_usd_per_tcm", "gap_share", "discount_rate"];
    if about_a_gap.iter().any(|key| problem.table.contains_key(*key)) {
        for (key, example) in about_a_gap.into_iter().zip(["100", "0.3", "0.1"]) {
            problem.require(key, example, findings);
        }
    }
    let total = problem.above_zero("total_billion_usd", findings);
    let years = whole_number(problem, "years", 1..=100, findings);
    let volume = problem.above_zero("bcm_per_year", findings);
    let names = ["standard", "russia", "china", "netherlands"];
    let gas = problem.word("gas", &names.map(|name| (name, name)), findings).and_then(Gas::named);
    let gap = problem.above_zero("gap_usd_per_tcm", findings);
    let gap_share = share(problem, "gap_share", findings);
    let ramp_up = whole_number(problem, "ramp_up_years", 0..=50, findings).unwrap_or(0);
    let rate = share(problem, "discount_rate", findings).unwrap_or_default();
    let cny_per_usd = problem.above_zero("cny_per_usd", findings);
    let others = above_zero(problem, "other_total_bcm", findings).unwrap_or_default();
    problem.unknown_keys(HEAD, findings);
    let checked = check_figures(&Figures {
        total: MillionUsd(total? * 1e3),
        years: years? as u32,
        volume: BcmPerYear(volume?),
        gas: gas?,
        gap: gap.map(UsdPerTcm).zip(gap_share),
        other_volumes: others.into_iter().map(Bcm).collect(),
        ramp_up_years: ramp_up as u32,
        discount_rate: rate,
        cny_per_usd,
    });
    let mut words = Table::new("words", &["sentence"]);
    for sentence in checked.sentences {
        words.push([sentence.into()]);
    }
    Some([checked.tables, vec![words]].concat())
}
