//! Price formulas: words, faults with their places, prices by hand, properties, and oil against border prices.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use netback::calendar::Month;
use netback::case::{Findings, explanations};
use netback::contract::price_formula::{Family, Split};
use netback::contract::{
    Averaging, BorderFit, IndexSeries, Indices, PriceError, PriceFormula, answer_problem, border_fit_table,
    compare_with_border, fit_border_price,
};
use netback::units::{Fraction, UsdPerTcm};
use proptest::prelude::*;

/// Codes of findings about prices and series; each is shown by an input of this file.
pub const CODES: [&str; 17] = [
    "not-a-month",
    "formula-units",
    "formula-exchange",
    "formula-weights",
    "formula-base",
    "formula-jump",
    "curve-kinks",
    "curve-height",
    "averaging-block",
    "steps-order",
    "floor-above-cap",
    "review-times",
    "index-header",
    "repeated-month",
    "index-gap",
    "index-value",
    "no-price",
];

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Names and texts of the files of a folder whose names start and end so.
fn texts(folder: &str, start: &str, end: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(tests().join(folder)).expect("a folder of inputs");
    let mut found: Vec<(String, String)> = entries
        .map(|entry| entry.expect("readable").path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(end)?.to_string();
            name.starts_with(start).then(|| (name, fs::read_to_string(&path).expect("readable")))
        })
        .collect();
    found.sort();
    found
}

fn formula_of(name: &str) -> PriceFormula {
    let (_, text) = texts("price_formulas", name, ".toml").into_iter().next().expect("a formula");
    formula(&text)
}

fn formula(text: &str) -> PriceFormula {
    PriceFormula::from_toml("price.toml", text).unwrap_or_else(|found| panic!("{found}\n{text}"))
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

/// Values that differ by index and month.
fn some_value(index: &str, month: Month) -> f64 {
    let name: i32 = index.bytes().map(i32::from).sum();
    40.0 + f64::from((name * 31 + month.months_since(Month::new(2000, 1)) * 17).rem_euclid(97))
}

fn always(index: &str, month: Month) -> Option<f64> {
    Some(some_value(index, month))
}

fn assert_near(one: f64, other: f64) {
    assert!((one - other).abs() <= 1e-9 * other.abs().max(1.0), "{one} is not {other}");
}

#[test]
fn every_family_prints_as_a_sentence_and_as_an_equation() {
    let formulas = texts("price_formulas", "", ".toml");
    assert!(formulas.len() >= 12);
    for (name, text) in formulas {
        let formula = formula(&text);
        let words = format!("{}\n\n{}", formula.sentence(), formula.equation());
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("formula-{name}"), words);
        });
    }
}

/// Findings of the bad prices and series, by name.
fn bad_inputs() -> Vec<(String, Findings)> {
    let prices = texts("bad_contracts", "price-", ".toml").into_iter().map(|(name, text)| {
        let found = answer_problem(&format!("{name}.toml"), &text).err();
        (name.clone(), found.unwrap_or_else(|| panic!("{name} was accepted")))
    });
    let series = texts("bad_indices", "", ".csv").into_iter().map(|(name, text)| {
        let found = IndexSeries::read("indices/series.csv", &text).err();
        (format!("index-{name}"), found.unwrap_or_else(|| panic!("{name} was accepted")))
    });
    prices.chain(series).collect()
}

#[test]
fn bad_prices_and_series_are_refused_with_place_and_help() {
    let inputs = bad_inputs();
    assert!(inputs.len() >= 45, "bad inputs are missing: {}", inputs.len());
    for (name, findings) in inputs {
        for finding in &findings.0 {
            assert!(!finding.help.is_empty() && !finding.message.is_empty(), "{name}: {finding:?}");
            assert!(finding.place.line >= 1 && finding.place.column >= 1, "{name}: {finding:?}");
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("refused-{name}"), findings.to_string());
        });
    }
}

#[test]
fn every_code_of_prices_and_series_has_a_bad_input() {
    let name =
        |code: &str| explanations().iter().find(|e| e.code.to_string() == code).expect("a code").name.clone();
    let findings = bad_inputs();
    let shown: BTreeSet<String> =
        findings.iter().flat_map(|(_, found)| &found.0).map(|found| name(&found.code.to_string())).collect();
    let unseen: Vec<&str> = CODES.into_iter().filter(|code| !shown.contains(*code)).collect();
    assert!(unseen.is_empty(), "no bad input for {unseen:?}");
}

#[test]
fn additive_price_by_hand() {
    // 6-1-3 for delivery in May 2008: the block starts in April, the window is September 2007 to February 2008.
    let formula = formula_of("additive");
    let price = formula
        .price_on(month("2008-05"), &|index, month| match index {
            "usd_per_eur" => Some(1.25),
            "gasoil" if (Month::new(2007, 9)..=Month::new(2008, 2)).contains(&month) => Some(625.0),
            "fuel_oil" if (Month::new(2007, 9)..=Month::new(2008, 2)).contains(&month) => Some(350.0),
            "fuel_oil" if (Month::new(2006, 1)..=Month::new(2006, 6)).contains(&month) => Some(300.0),
            _ => None,
        })
        .expect("a price");
    // Gas oil is 500 EUR/t. 18 + 0.6·0.85·0.0078·100 + 0.4·0.85·0.0076·50 = 18.527 EUR/MWh.
    let mwh_per_tcm = 35.17 / 3.6;
    assert_near(price.0, 18.527 * mwh_per_tcm * 1.25);
}

#[test]
fn a_floor_holds() {
    let price = formula_of("additive")
        .price_on(month("2008-05"), &|index, _| match index {
            "usd_per_eur" => Some(1.0),
            "gasoil" => Some(-3000.0),
            _ => Some(300.0),
        })
        .expect("a price");
    assert_near(price.0, 10.0 * 35.17 / 3.6);
}

#[test]
fn a_late_month_counts_with_the_last_published_and_no_further_back() {
    let formula = formula_of("additive");
    let known_until = |last: &str| {
        let last = month(last);
        formula.price_on(month("2008-05"), &move |index, month| {
            (index != "fuel_oil" || month <= last).then(|| some_value(index, month))
        })
    };
    let with_stand_in = formula
        .price_on(month("2008-05"), &|index, at| {
            let at = if index == "fuel_oil" { at.min(month("2007-12")) } else { at };
            always(index, at)
        })
        .expect("a price");
    assert_eq!(known_until("2007-12"), Ok(with_stand_in));
    let expected = PriceError::MissingValue {
        index: "fuel_oil".into(),
        month: month("2008-02"),
        delivery: month("2008-05"),
    };
    assert_eq!(known_until("2007-11"), Err(expected));
}

#[test]
fn a_fallback_and_a_successor_stand_in() {
    let formula = formula_of("multiplicative");
    let value = |index: &str, at: Month| match index {
        "gasoil" => (at < month("2010-01")).then_some(935.74),
        "gasoil_10ppm" => Some(935.74 / 0.98),
        "fuel_oil" => (at <= month("2008-12")).then_some(500.0),
        "brent" => Some(100.0),
        _ => None,
    };
    // Window of the second quarter of 2010: July 2009 to March 2010, all fuel oil from Brent: 530 against 500.
    let price = formula.price_on(month("2010-04"), &value).expect("a price");
    assert_near(price.0, 0.8 * 450.0 * (0.5 + 0.5 * 530.0 / 500.0));
}

#[test]
fn a_missing_month_names_index_month_and_delivery() {
    let error = formula_of("slope").price_on(month("2011-01"), &|_, _| None).expect_err("nothing is known");
    assert_eq!(error.to_string(), "index \"jcc\" has no value for 2010-09, needed for delivery in 2011-01");
}

#[test]
fn a_hub_price_takes_its_market_and_its_gas() {
    let formula = formula_of("hub");
    let lookup = |index: &str, at: Month| match index {
        "ttf" => (at == month("2011-04")).then_some(20.0),
        _ => Some(1.4),
    };
    // Month-ahead quotes of April price May: 20 EUR/MWh · 1.4 · 37.1/3.6 MWh/tcm.
    let price = formula.price_on(month("2011-05"), &lookup).expect("a price");
    assert_near(price.0, 0.95 * 20.0 * 1.4 * 37.1 / 3.6 - 5.0);
    assert_eq!(formula.fixings(month("2011-05")), [("ttf", month("2011-04"))]);
}

#[test]
fn an_escalated_price_by_hand() {
    let price = formula_of("escalated").price_on(month("2012-06"), &|_, _| Some(121.0)).expect("a price");
    assert_near(price.0, 350.0 * 1.1);
}

#[test]
fn steps_count_from_their_date_and_not_before() {
    let formula = formula_of("steps");
    let price = |at: &str| formula.price_on(month(at), &always);
    assert_eq!(price("2007-12"), Ok(UsdPerTcm(130.0)));
    assert_eq!(price("2030-01"), Ok(UsdPerTcm(179.5)));
    let (delivery, first) = (month("2005-12"), month("2006-01"));
    assert_eq!(price("2005-12"), Err(PriceError::BeforeFirstStep { delivery, first }));
}

#[test]
fn an_s_curve_takes_its_constants_from_continuity() {
    let price = |oil: f64| {
        formula_of("s-curve").price_on(month("2011-05"), &move |_, _| Some(oil)).expect("a price").0
            / formula_of("s-curve").unit.per_tcm
    };
    // The published curve of pf04: 0.8 + 0.1485·F between 60 and 90, 0.07 outside.
    assert_near(price(110.0), 15.565);
    assert_near(price(75.0), 0.8 + 0.1485 * 75.0);
    assert_near(price(40.0), 0.8 + 0.1485 * 60.0 - 0.07 * 20.0);
}

#[test]
fn an_intended_jump_is_kept() {
    let Family::SCurve { segments, .. } = formula_of("s-curve-with-jump").family else {
        panic!("an S-curve")
    };
    assert_near(segments[2].constant, 8.0);
    assert_near(segments[0].constant, 0.8 + (0.1485 - 0.07) * 60.0);
}

#[test]
fn a_split_by_volume_depends_on_the_take_and_a_split_by_price_does_not() {
    let lookup = |index: &str, _: Month| Some(if index == "brent" { 110.0 } else { 9.0 });
    let price = |name: &str, taken: f64| {
        let formula = formula_of(name);
        formula.price_at_take(month("2011-05"), Fraction(taken), &lookup).expect("a price").0
            / formula.unit.per_tcm
    };
    let (oil, hub) = (0.11 * 110.0 + 0.5, 9.0);
    for taken in [0.1, 0.25, 0.8, 1.0] {
        assert_near(price("hybrid-by-price", taken), 0.75 * oil + 0.25 * hub);
    }
    assert_near(price("hybrid-by-volume", 0.2), hub);
    assert_near(price("hybrid-by-volume", 0.5), 0.5 * hub + 0.5 * oil);
    assert_near(price("hybrid-by-volume", 1.0), price("hybrid-by-price", 1.0));
}

#[test]
fn a_review_moves_the_base_price_also_for_months_before() {
    let formula = formula_of("slope-with-review");
    let lookup = |index: &str, _: Month| Some(if index == "brent" { 100.0 } else { 9.5 });
    let price = |at: &str| formula.price_on(month(at), &lookup).expect("a price").0 / formula.unit.per_tcm;
    // 11.5 by oil against a market of 9.5: half of the gap at each review, six months back.
    assert_near(price("2009-09"), 11.5);
    assert_near(price("2009-10"), 10.5);
    assert_near(price("2012-03"), 10.5);
    assert_near(price("2012-04"), 10.0);
    let provisional =
        formula.provisional_price(month("2010-01"), month("2010-02"), &lookup).expect("a price");
    assert_near(provisional.0 / formula.unit.per_tcm, 11.5);
}

#[test]
fn a_review_by_gap_waits_for_the_gap_and_for_its_interval() {
    let formula = formula_of("slope-with-review-by-gap");
    // Brent 100 gives 11.5; the market falls from 11 to 9 in 2011 and to 5 in 2012.
    let lookup = |index: &str, at: Month| {
        Some(match index {
            "brent" => 100.0,
            _ if at < month("2011-01") => 11.0,
            _ if at < month("2012-01") => 9.0,
            _ => 5.0,
        })
    };
    let price = |at: &str| formula.price_on(month(at), &lookup).expect("a price").0 / formula.unit.per_tcm;
    assert_near(price("2011-02"), 11.5);
    // March 2011: the mean of December to February is 9.667, a gap of 15.9 %.
    let after = 11.5 - 0.5 * (11.5 - (11.0 + 9.0 + 9.0) / 3.0);
    assert_near(price("2011-03"), after);
    assert_near(price("2014-02"), after);
    assert_near(price("2014-03"), after - 0.5 * (after - 5.0));
}

#[test]
fn a_provisional_price_uses_the_last_published_month() {
    let formula = formula_of("slope");
    let provisional =
        formula.provisional_price(month("2011-05"), month("2011-02"), &always).expect("a price");
    let flat = |index: &str, at: Month| always(index, at.min(month("2011-02")));
    assert_eq!(Ok(provisional), formula.price_on(month("2011-05"), &flat));
    let late = formula.provisional_price(month("2011-05"), month("2011-03"), &always);
    assert_eq!(late, formula.price_on(month("2011-05"), &always));
}

#[test]
fn a_series_in_another_unit_is_refused() {
    let text = "month,jcc_usd_per_t\n2011-01,700\n";
    let series = IndexSeries::read("indices/jcc.csv", text).expect("a series");
    let indices = Indices([("jcc".to_string(), series)].into());
    let error = formula_of("slope").price(month("2011-05"), &indices).expect_err("another unit");
    assert_eq!(error.to_string(), "index \"jcc\" is in USD/t, the formula means USD/bbl");
}

const BLOCKS: [u32; 6] = [1, 2, 3, 4, 6, 12];

fn averaging_of(average_months: u32, lag_months: i32, block: usize, block_anchor_month: u32) -> Averaging {
    Averaging { average_months, lag_months, block_months: BLOCKS[block], block_anchor_month }
}

/// What a slip of the hand puts into a file.
const SLIPS: [&str; 16] =
    ["", "\"", ",", "\n", "=", "[", "-", "e9", "nan", " ", "0", "é", "9999", "price", "[]", "1e308"];

proptest! {
    /// A changed price file is accepted or refused; it never panics, and every place is inside it.
    #[test]
    fn no_slip_brings_a_price_file_down(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..9, 0..SLIPS.len()), 1..4)
    ) {
        let published = ["naftogaz-2009", "lng-collar", "unit-conversions", "article-2011", "averaging-windows"];
        let mut all: Vec<String> = texts("price_formulas", "", ".toml")
            .into_iter()
            .map(|(_, text)| format!("kind = \"price\"\ndeliveries = [\"2010-05\"]\n{text}"))
            .collect();
        all.extend(texts("bad_contracts", "price-", ".toml").into_iter().map(|(_, text)| text));
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/published");
        let problem = |name: &&str| fs::read_to_string(cases.join(name).join("problem.toml")).expect("a problem");
        all.extend(published.iter().map(problem));
        let mut text: Vec<char> = all[which.index(all.len())].chars().collect();
        for (at, length, slip) in edits {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, SLIPS[slip].chars());
        }
        let text: String = text.into_iter().collect();
        for finding in answer_problem("problem.toml", &text).err().unwrap_or_default().0 {
            let place = &finding.place;
            if place.line > 0 {
                let line = text.split('\n').nth(place.line - 1).unwrap_or_else(|| panic!("{finding:?}"));
                prop_assert!((1..=line.chars().count() + 1).contains(&place.column), "{:?}", finding);
            }
        }
    }

    /// X months, the last one Y whole months before the block; every delivery of a block has the same window.
    #[test]
    fn a_window_has_its_length_and_its_end(
        x in 1u32..=36, y in -1i32..=12, block in 0usize..6, anchor in 1u32..=12, delivery in 0i32..600
    ) {
        let averaging = averaging_of(x, y, block, anchor);
        let delivery = Month::new(1990, 1).plus(delivery);
        let (start, window) = (averaging.block_start(delivery), averaging.window(delivery));
        prop_assert_eq!(window.length(), x as i32);
        prop_assert_eq!(window.months().count() as u32, x);
        prop_assert_eq!(start.months_since(window.to), y + 1);
        prop_assert!((0..BLOCKS[block] as i32).contains(&delivery.months_since(start)));
        prop_assert_eq!((start.month() as i32 - anchor as i32).rem_euclid(BLOCKS[block] as i32), 0);
        for later in 0..BLOCKS[block] as i32 {
            prop_assert_eq!(averaging.window(start.plus(later)), window);
        }
        prop_assert_ne!(averaging.window(start.plus(-1)), window);
    }

    /// Without weight the fuels do not matter.
    #[test]
    fn an_additive_price_without_weights_is_its_base_price(base_price in 1.0..900.0f64, delivery in 0i32..200) {
        let mut formula = formula_of("additive");
        (formula.floor, formula.rounding) = (None, None);
        let Family::Additive { base_price: own, terms } = &mut formula.family else { panic!("additive") };
        *own = base_price;
        terms.iter_mut().for_each(|term| term.weight = 0.0);
        let rate = |index: &str, month: Month| if index == "usd_per_eur" { Some(1.0) } else { always(index, month) };
        let price = formula.price_on(Month::new(2005, 1).plus(delivery), &rate).expect("a price").0;
        prop_assert!((price / formula.unit.per_tcm - base_price).abs() < 1e-9 * base_price);
    }

    /// Wherever the one constant stands, the price does not jump at a kink.
    #[test]
    fn an_s_curve_is_continuous(
        slopes in prop::collection::vec(0.0..0.3f64, 2..6),
        steps in prop::collection::vec(1.0..40.0f64, 5),
        constant in -5.0..10.0f64,
        at in any::<prop::sample::Index>()
    ) {
        let mut text = String::from("[price]\nfamily = \"s-curve\"\nunit = \"USD/mmbtu\"\ngas = \"lng\"\n\
            [price.averaging]\naverage_months = 1\nlag_months = 0\nblock_months = 1\nblock_anchor_month = 1\n\
            [price.index]\nname = \"jcc\"\nunit = \"USD/bbl\"\n");
        let (mut kink, mut kinks) = (0.0, Vec::new());
        let given = at.index(slopes.len());
        for (position, slope) in slopes.iter().enumerate() {
            text.push_str(&format!("[[price.segment]]\nslope = {slope:?}\n"));
            if position == given {
                text.push_str(&format!("constant = {constant:?}\n"));
            }
            if position + 1 < slopes.len() {
                kink += steps[position];
                kinks.push(kink);
                text.push_str(&format!("up_to = {kink:?}\n"));
            }
        }
        let formula = formula(&text);
        let price = |oil: f64| {
            formula.price_on(month("2011-01"), &move |_, _| Some(oil)).expect("a price").0 / formula.unit.per_tcm
        };
        for kink in kinks {
            prop_assert!((price(kink - 1e-7) - price(kink + 1e-7)).abs() < 1e-6, "at {}", kink);
        }
        let Family::SCurve { segments, .. } = &formula.family else { panic!("an S-curve") };
        prop_assert_eq!(segments[given].constant, constant);
    }

    /// Converted before or after averaging: the same at a rate that stands still, different at one that moves.
    #[test]
    fn the_order_of_conversion_matters_only_when_the_rate_moves(rate in 0.5..2.0f64, delivery in 0i32..200) {
        let text = |order: &str| format!(
            "[price]\nfamily = \"slope\"\nunit = \"EUR/MWh\"\ngas = \"netherlands\"\nslope = 0.3\nconstant = 1.0\n\
             [price.averaging]\naverage_months = 6\nlag_months = 1\nblock_months = 3\nblock_anchor_month = 1\n\
             [price.exchange]\nname = \"fx\"\nunit = \"USD/EUR\"\nconvert = \"{order}\"\n\
             [price.index]\nname = \"brent\"\nunit = \"USD/bbl\"\n");
        let delivery = Month::new(2005, 1).plus(delivery);
        let both = |fx: &dyn Fn(Month) -> f64| ["before-averaging", "after-averaging"].map(|order| {
            let lookup = |index: &str, month: Month| Some(if index == "fx" { fx(month) } else { some_value(index, month) });
            formula(&text(order)).price_on(delivery, &lookup).expect("a price").0
        });
        let [before, after] = both(&|_| rate);
        prop_assert!((before - after).abs() < 1e-9 * before.abs());
        let [before, after] = both(&|month| rate * if month.month() % 2 == 0 { 1.3 } else { 1.0 });
        prop_assert!((before - after).abs() > 1e-9 * before.abs());
    }

    /// Every index and every rate that a formula can ask for is named in its sentence.
    #[test]
    fn a_sentence_mentions_every_index(which in any::<prop::sample::Index>(), suffix in "[a-z]{3,8}") {
        let all = texts("price_formulas", "", ".toml");
        let (_, text) = &all[which.index(all.len())];
        let text = ["brent", "gasoil", "jcc", "gas_europe", "cpi", "ttf", "usd_per_eur"]
            .iter()
            .fold(text.clone(), |text, name| text.replace(&format!("\"{name}\""), &format!("\"{name}_{suffix}\"")));
        let formula = formula(&text);
        let sentence = formula.sentence();
        for (index, unit) in formula.indices() {
            prop_assert!(sentence.contains(index) && sentence.contains(unit), "{} is not in: {}", index, sentence);
        }
        for rate in formula.exchange_rates() {
            prop_assert!(sentence.contains(&rate.index), "{} is not in: {}", rate.index, sentence);
        }
    }

    /// A formula asks only for what it says it asks for.
    #[test]
    fn a_price_needs_only_its_indices(which in any::<prop::sample::Index>(), delivery in 0i32..120) {
        let all = texts("price_formulas", "", ".toml");
        let formula = formula(&all[which.index(all.len())].1);
        let mut names: BTreeSet<&str> = formula.indices().into_iter().map(|(index, _)| index).collect();
        names.extend(formula.exchange_rates().iter().map(|rate| rate.index.as_str()));
        let lookup = |index: &str, month: Month| names.contains(index).then(|| some_value(index, month));
        let delivery = Month::new(2008, 1).plus(delivery);
        prop_assert_eq!(formula.price_on(delivery, &lookup), formula.price_on(delivery, &always));
        prop_assert!(formula.price_on(delivery, &lookup).is_ok());
    }

    /// Everything taken, both splits cost the same; the price lies between the two parts at any take.
    #[test]
    fn splits_agree_when_everything_is_taken(taken in 0.0..1.0f64, delivery in 0i32..120) {
        let [by_price, by_volume] = ["hybrid-by-price", "hybrid-by-volume"].map(formula_of);
        let delivery = Month::new(2008, 1).plus(delivery);
        let all = |formula: &PriceFormula| formula.price_on(delivery, &always).expect("a price").0;
        prop_assert!((all(&by_price) - all(&by_volume)).abs() < 1e-9 * all(&by_price));
        let Family::Hybrid { oil, hub, split, .. } = &by_volume.family else { panic!("a hybrid") };
        let is_by_volume = matches!(split, Split::Volume { .. });
        prop_assert!(is_by_volume);
        let price = by_volume.price_at_take(delivery, Fraction(taken), &always).expect("a price").0;
        let (low, high) = (all(oil).min(all(hub)), all(oil).max(all(hub)));
        prop_assert!((low - 1e-9..=high + 1e-9).contains(&price));
    }
}

fn world_indices() -> Indices {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/world-2011/indices");
    let series = ["brent", "oil_avg", "henry_hub", "gas_europe", "lng_japan"].map(|name| {
        let text = fs::read_to_string(folder.join(format!("{name}.csv"))).expect("a series");
        let series =
            IndexSeries::read(&format!("indices/{name}.csv"), &text).unwrap_or_else(|f| panic!("{f}"));
        (name.to_string(), series)
    });
    Indices(series.into())
}

/// Fits of a border price on Brent, 2009 to 2014, up to twelve months that end up to nine before.
fn fits_on_brent(price: &str, indices: &Indices) -> Vec<BorderFit> {
    let period = (month("2009-01"), month("2014-12"));
    fit_border_price(&indices.0[price], &indices.0["brent"], period, 12, 9)
}

#[test]
fn japan_paid_oil_and_europe_only_in_part() {
    let indices = world_indices();
    let (japan, europe) = (fits_on_brent("lng_japan", &indices), fits_on_brent("gas_europe", &indices));
    assert_eq!((japan.len(), japan[0].months), (120, 72));
    assert!(japan[0].r_squared > 0.975 && japan[0].mean_absolute_error < 0.4, "{:?}", japan[0]);
    assert!((europe[0].r_squared - 0.758).abs() < 5e-4, "{:?}", europe[0]);
    assert!((europe[0].mean_absolute_error - 0.632).abs() < 5e-4, "{:?}", europe[0]);
    let mut text = String::new();
    for (name, fits) in [("lng_japan", &japan), ("gas_europe", &europe)] {
        let table = border_fit_table(&indices.0[name], &indices.0["brent"], &fits[..6]);
        text.push_str(&String::from_utf8(table.csv()).expect("text"));
    }
    let named = japan.iter().find(|fit| fit.averaging.to_string() == "2-3-1").expect("a window");
    text.push_str(&format!("2-3-1: {named:?}\n"));
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("border-fits", text);
    });
}

/// The published line for Japan, 0.145·Brent + 0.14, as the formula that it is.
#[test]
fn the_published_line_for_japan_as_a_formula() {
    let indices = world_indices();
    let quality = |x: u32, y: i32| {
        let text = format!(
            "[price]\nfamily = \"slope\"\nunit = \"USD/mmbtu\"\ngas = \"lng\"\nslope = 0.145\nconstant = 0.14\n\
             [price.averaging]\naverage_months = {x}\nlag_months = {y}\nblock_months = 1\nblock_anchor_month = 1\n\
             [price.index]\nname = \"brent\"\nunit = \"USD/bbl\"\n"
        );
        let period = (month("2009-01"), month("2014-12"));
        compare_with_border(&formula(&text), &indices.0["lng_japan"], period, &indices)
            .expect("every month has a price")
            .expect("the price moves")
    };
    let mut text = String::from("window,r_squared,mean_absolute_error_usd_per_mmbtu\n");
    for (x, y) in [(2, 3), (2, 2), (3, 2), (4, 2), (5, 1), (5, 2)] {
        let (r_squared, error) = quality(x, y);
        text.push_str(&format!("{x}-{y}-1,{r_squared:.4},{error:.4}\n"));
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("japan-published-line", text);
    });
}

#[test]
fn figures_and_windows_as_tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/published");
    let mut text = String::new();
    for name in ["article-2011", "power-of-siberia-2014", "naftogaz-2009"] {
        let problem = fs::read_to_string(folder.join(name).join("problem.toml")).expect("a problem");
        let tables = answer_problem("problem.toml", &problem).unwrap_or_else(|found| panic!("{found}"));
        for table in tables {
            text.push_str(&format!("{}\n{}\n", table.name, String::from_utf8(table.csv()).expect("text")));
        }
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("figures-and-windows", text);
    });
}
