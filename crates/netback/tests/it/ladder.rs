//! The value of a contract file: every plan through the exact ledger, limits with a known value, threads.

use std::path::Path;

use netback::contract::ladder::ContractValue;
use netback::contract::{Contract, Indices, MonthlyPrices, Plan, ValuationSettings, value_tables};
use netback::units::Bcm;
use proptest::prelude::*;

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/example-take-or-pay.toml");
    std::fs::read_to_string(path).expect("the example")
}

/// Brent of a flat 70 USD/bbl before the valuation; later months must not be read.
fn history() -> Indices {
    let mut text = String::from("month,brent_usd_per_bbl\n");
    for month in 1..=12 {
        text.push_str(&format!("2014-{month:02},70\n"));
    }
    for month in 1..=12 {
        text.push_str(&format!("2015-{month:02},900000\n"));
    }
    let series = netback::contract::IndexSeries::read("indices/brent.csv", &text).expect("a series");
    let mut indices = Indices::default();
    indices.0.insert("brent".into(), series);
    indices
}

fn value(text: &str, paths: usize) -> ContractValue {
    let contract = Contract::read("contract.toml", text).unwrap_or_else(|found| panic!("{found}"));
    let settings = ValuationSettings {
        learning_paths: paths,
        replay_paths: paths,
        delta_paths: 8,
        ..ValuationSettings::default()
    };
    contract.value(&history(), &settings, &|_| ()).unwrap_or_else(|found| panic!("{found}\n{text}"))
}

/// The example with other terms, two years long and without break-even, whose trials take most of the time.
fn changed(changes: &[(&str, &str)]) -> String {
    let mut text = example().replace("last_month = \"2019-12\"", "last_month = \"2016-12\"");
    for (from, to) in changes {
        assert!(text.contains(from), "the example has no {from}");
        text = text.replacen(from, to, 1);
    }
    text
}

/// Worth of volumes by period to the holder without discount, and the money that flows, by the annual statements.
fn by_statements(text: &str, valued: &ContractValue, taken: &[Bcm]) -> (f64, f64) {
    let schedule = Contract::read("contract.toml", text).expect("a contract").schedule;
    let months_per_period = schedule.months.len() / taken.len();
    let limits = schedule.limits();
    let steps = |period: usize| {
        let first = schedule.steps_of_month(period * months_per_period).start;
        first..schedule.steps_of_month((period + 1) * months_per_period - 1).end
    };
    let mut plan = Plan::default();
    for (period, volume) in taken.iter().enumerate() {
        let of_period = &limits[steps(period)];
        let total: f64 = of_period.iter().map(|limit| limit.0).sum();
        plan.nominated.extend(of_period.iter().map(|limit| *volume * (limit.0 / total)));
    }
    let price = |month: usize| valued.forward_prices[month / months_per_period].1;
    let prices = MonthlyPrices::of((0..schedule.months.len()).map(price).collect());
    let account = schedule.account(&plan, &prices).expect("an account");
    let gas: f64 =
        taken.iter().zip(&valued.forward_prices).map(|(volume, (market, _))| volume.0 * market.0).sum();
    let paid: f64 = account.years.iter().map(|year| year.net_to_seller.value().0).sum();
    (gas - paid, gas.abs() + paid.abs())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 0, ..ProptestConfig::default() })]

    /// The valuation replays every plan through the exact ledger and refuses a difference of more than 1e-9 in any
    /// period. Here the best plan is counted once more, from the statements of the contract years; it is at least as
    /// good as taking nothing.
    #[test]
    fn ledger_and_valuation_agree(
        decisions in prop::sample::select(vec![4, 2, 1]),
        order in prop::sample::select(vec!["after_acq", "after_top", "first"]),
        life in 0..4,
        price in prop::sample::select(vec!["mean-of-year", "last-month"]),
        share in prop::sample::select(vec!["0.7", "0.8", "0.95"]),
        block in prop::sample::select(vec![1, 3, 6]),
        nominated in prop::sample::select(vec!["day", "month"]),
        works in any::<bool>(),
    ) {
        let maintenance = match works {
            true => "[[maintenance]]\nfirst_day = \"2015-05-03\"\nlast_day = \"2015-05-22\"\nvolume_bcm = 0.25\n\n[plan]",
            false => "[plan]",
        };
        // 5 and 4.75 bcm times the share are multiples of 0.0125 bcm; the steps keep the lattice small.
        let step = match (share, works) {
            ("0.7", true) | ("0.95", true) => "0.025",
            ("0.8", true) => "0.05",
            _ => "0.25",
        };
        prop_assume!(!works || share == "0.8");
        let text = changed(&[
            ("discount_rate = 0.08", "discount_rate = 0.0"),
            ("decisions_per_year = 4", &format!("decisions_per_year = {decisions}")),
            ("order = \"after_top\"", &format!("order = \"{order}\"")),
            ("life_years = 3", &format!("life_years = {life}")),
            ("price = \"mean-of-year\"", &format!("price = \"{price}\"")),
            ("share = 0.8", &format!("share = {share}")),
            ("block_months = 3", &format!("block_months = {block}")),
            ("nominated_by = \"month\"", &format!("nominated_by = \"{nominated}\"")),
            ("[plan]", maintenance),
            ("volume_step_bcm = 0.5", &format!("volume_step_bcm = {step}")),
        ]);
        let valued = value(&text, 64);
        let intrinsic = valued.valuation.ladder.intrinsic.0;
        prop_assert!(valued.valuation.ledger_difference <= 1e-9);
        let (best, flows) = by_statements(&text, &valued, &valued.valuation.intrinsic_plan);
        prop_assert!((best - intrinsic).abs() <= 1e-9 * flows, "{best} {intrinsic}");
        let nothing = vec![Bcm(0.0); valued.periods.len()];
        prop_assert!(by_statements(&text, &valued, &nothing).0 <= intrinsic + 1e-9 * flows);
    }
}

/// A price that does not move leaves nothing to choose: the extrinsic rung is the intrinsic one.
#[test]
fn without_volatility_nothing_is_left_to_choose() {
    let text = changed(&[
        ("short_volatility = 0.28", "short_volatility = 0.0"),
        ("long_volatility = 0.15", "long_volatility = 0.0"),
        ("volatility = 0.45", "volatility = 0.0"),
    ]);
    let ladder = value(&text, 16).valuation.ladder;
    assert!((ladder.extrinsic.0 - ladder.intrinsic.0).abs() < 1e-6 * ladder.intrinsic.0.abs(), "{ladder:?}");
}

/// What is published after the start is not known: the contract price of the first quarter is that of 2014.
#[test]
fn nothing_after_the_start_is_known() {
    let valued = value(&changed(&[]), 16);
    let first = valued.forward_prices[0].1.0;
    assert!((first - (4.2 * 70.0 + 20.0)).abs() < 1e-9, "{first}");
    assert!(valued.forward_prices.iter().all(|(_, price)| price.0 < 1000.0));
}

/// A contract at a fixed price that takes its full quantity: the ladder's first rungs by hand.
#[test]
fn the_first_rungs_by_hand() {
    let text = changed(&[
        ("slope = 4.2", "slope = 0.0"),
        ("constant = 20.0", "constant = 250.0"),
        ("discount_rate = 0.08", "discount_rate = 0.0"),
    ]);
    let valued = value(&text, 16);
    let by_hand: f64 = valued
        .forward_prices
        .iter()
        .zip([90.0, 91.0, 92.0, 92.0, 91.0, 91.0, 92.0, 92.0])
        .zip([365.0, 365.0, 365.0, 365.0, 366.0, 366.0, 366.0, 366.0])
        .map(|(((market, _), days), year)| 5.0 * days / year * (market.0 - 250.0))
        .sum();
    let ladder = valued.valuation.ladder;
    assert!((ladder.formula.0 - by_hand).abs() < 1e-6, "{} {by_hand}", ladder.formula.0);
    assert!((ladder.ledger.0 - by_hand).abs() < 1e-6, "nothing but gas is owed: {}", ladder.ledger.0);
}

#[test]
fn threads_do_not_change_the_tables() {
    let text = changed(&[]);
    let tables = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| format!("{:?}", value_tables(&value(&text, 64))))
    };
    assert_eq!(tables(1), tables(5));
}

#[test]
fn every_built_in_contract_is_read_and_its_ledger_adds_up() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let brent = std::fs::read_to_string(root.join("cases/world-2011/indices/brent.csv")).expect("the series");
    let series = netback::contract::IndexSeries::read("indices/brent.csv", &brent).expect("a series");
    let mut indices = Indices::default();
    indices.0.insert("brent".into(), series);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root.join("contracts")).expect("a folder") {
        let path = entry.expect("readable").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let contract = Contract::read("contract.toml", &text).unwrap_or_else(|found| panic!("{found}"));
        let account = contract.account(&indices).unwrap_or_else(|found| panic!("{found}"));
        let months: f64 = account.months.iter().map(|month| month.taken.value().0).sum();
        let years: f64 = account.years.iter().map(|year| year.taken.value().0).sum();
        assert!(years > 0.0 && (months - years).abs() < 1e-9, "{path:?}");
        names.push(contract.name);
    }
    names.sort();
    assert_eq!(names, ["example-take-or-pay", "gazprom-cnpc-altai", "gazprom-naftogaz-2009"]);
}

/// What was asked in Beijing: 350 USD per Russian thousand cubic metres at the oil price of 2011.
#[test]
fn the_altai_contract_costs_what_was_asked() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/gazprom-cnpc-altai.toml");
    let text = std::fs::read_to_string(path).expect("the contract");
    let contract = Contract::read("contract.toml", &text).unwrap_or_else(|found| panic!("{found}"));
    let account = contract.account(&Indices::default()).unwrap_or_else(|found| panic!("{found}"));
    let taken: f64 = account.years.iter().map(|year| year.taken.value().0).sum();
    assert_eq!(taken, 840.0);
    for month in &account.months {
        assert!((month.price.value().0 - 350.0).abs() < 0.1, "{month:?}");
    }
}
