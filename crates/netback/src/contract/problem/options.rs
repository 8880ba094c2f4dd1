//! Published problems about the value of flexibility: options, swing, storage, take-or-pay.

use super::Answer;
use crate::case::Findings;
use crate::case::toml_place::Step;
use crate::case::toml_table::{Source, Toml};
use crate::contract::lattice::{LatticeSettings, PriceLattice};
use crate::contract::option_formulas::{
    Fixing, KinkedLine, Right, black_76, deviation_of_average, exchange_option, geometric_average_option,
    turnbull_wakeman,
};
use crate::contract::price_paths::{
    AverageOption, Dates, GeometricBrownian, LogOrnsteinUhlenbeck, PriceModel, Process, SchwartzSmith,
    Series, average_price_option,
};
use crate::contract::swing::{
    EndOfTerm, LeftInStore, MakeUp, MakeUpOrder, Prices, Store, SwingRights, TakeOrPay, VolumeLattice,
};
use crate::report::Table;

/// Kinds of problems of this file.
pub(super) const KINDS: &[(&str, Answer)] = &[
    ("exchange-option", exchange),
    ("s-curve-value", s_curve),
    ("average-price-option", average),
    ("futures-curve", futures),
    ("bermudan-put", bermudan),
    ("swing", swing),
    ("storage", storage),
    ("take-or-pay-lattice", take_or_pay),
];

/// Keys that every problem may carry.
const ALSO: &[&str] = &["title", "source", "note"];

/// Most dates, rights, levels or paths of a problem: beyond it the answer would not come.
const MOST_DATES: f64 = 1000.0;

/// Reads keys one by one; a missing one becomes a finding and zero, so that all faults are found in one go.
struct Reader<'r, 'a> {
    table: &'r mut Toml<'a>,
    findings: &'r mut Findings,
}

impl<'r, 'a> Reader<'r, 'a> {
    fn new(table: &'r mut Toml<'a>, findings: &'r mut Findings) -> Self {
        Reader { table, findings }
    }

    fn number(&mut self, key: &'static str) -> f64 {
        self.table.require(key, "1.0", self.findings);
        self.table.number(key, self.findings).unwrap_or(0.0)
    }

    fn above_zero(&mut self, key: &'static str) -> f64 {
        self.table.require(key, "1.0", self.findings);
        self.table.above_zero(key, self.findings).unwrap_or(1.0)
    }

    fn positive(&mut self, key: &'static str) -> f64 {
        self.table.require(key, "0.2", self.findings);
        self.table.positive(key, self.findings).unwrap_or(0.0)
    }

    fn fraction(&mut self, key: &'static str, lowest: f64) -> f64 {
        let value = self.number(key);
        if !(lowest..=1.0).contains(&value) {
            let help = format!("give a number from {lowest} to 1");
            self.table.find("key-range", key, format!("{key} is {value}"), help, self.findings);
            return 0.0;
        }
        value
    }

    fn count(&mut self, key: &'static str, most: f64) -> usize {
        let value = self.number(key);
        if value < 0.0 || value.fract() != 0.0 || value > most {
            let help = format!("give a whole number from 0 to {most}");
            self.table.find("key-range", key, format!("{key} is {value}"), help, self.findings);
            return 0;
        }
        value as usize
    }

    fn at_least_one(&mut self, key: &'static str, most: f64) -> usize {
        let value = self.count(key, most);
        if value == 0 && self.table.table.contains_key(key) {
            let help = format!("give a whole number from 1 to {most}");
            self.table.find("key-range", key, format!("{key} is {value}"), help, self.findings);
        }
        value.max(1)
    }

    fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        self.table.require(key, &format!("\"{}\"", words[0].0), self.findings);
        self.table.word(key, words, self.findings)
    }

    fn name(&mut self, key: &'static str) -> String {
        self.table.require(key, "\"…\"", self.findings);
        self.table.text(key, self.findings).unwrap_or_default()
    }

    /// Items of a list of sections, each read by `read`.
    fn items<T>(&mut self, key: &'static str, read: impl Fn(&mut Reader) -> T) -> Vec<T> {
        let source: Source<'a> = self.table.source;
        let mut items = Vec::new();
        for (position, table) in self.table.list(key, self.findings).into_iter().enumerate() {
            let within = vec![Step::Key(key), Step::Entry(position)];
            let mut item = Toml::new(table, source, within);
            let mut reader = Reader { table: &mut item, findings: self.findings };
            items.push(read(&mut reader));
            item.unknown_keys(ALSO, self.findings);
        }
        items
    }

    /// A fault that shows only when the values are put together.
    fn refuse(&mut self, key: &'static str, error: &dyn std::fmt::Display) {
        let message = format!("the problem has no answer: {error}");
        self.table.find("key-range", key, message, "change the quantities named", self.findings);
    }

    /// Done reading; none when something is wrong.
    fn done(self) -> Option<()> {
        self.table.unknown_keys(ALSO, self.findings);
        self.findings.0.is_empty().then_some(())
    }
}

fn values(rows: &[(&str, f64)]) -> Vec<Table> {
    let mut table = Table::new("values", &["item", "value"]);
    for (item, value) in rows {
        table.push([(*item).into(), (*value).into()]);
    }
    vec![table]
}

fn exchange(table: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    let mut read = Reader::new(table, findings);
    let received = read.above_zero("hub_forward");
    let given = read.above_zero("contract_forward");
    let volatilities = (read.positive("hub_volatility"), read.positive("contract_volatility"));
    let correlation = read.fraction("correlation", -1.0);
    let years = read.positive("years");
    let rate = read.number("rate_per_year");
    read.done()?;
    let discount = libm::exp(-rate * years);
    Some(values(&[("value", exchange_option(received, given, volatilities, correlation, years, discount))]))
}

fn s_curve(table: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    let mut read = Reader::new(table, findings);
    let curve = KinkedLine {
        intercept: read.number("intercept"),
        slope: read.number("slope"),
        lower_kink: read.above_zero("lower_kink"),
        slope_below: read.number("slope_below"),
        upper_kink: read.above_zero("upper_kink"),
        slope_above: read.number("slope_above"),
    };
    let forward = read.above_zero("forward");
    let deviation = read.positive("volatility") * read.positive("years").sqrt();
    read.done()?;
    Some(values(&[
        ("expected_price", curve.mean(forward, deviation)),
        ("price_at_forward", curve.at(forward)),
    ]))
}

fn average(table: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    let mut read = Reader::new(table, findings);
    let forward = read.above_zero("forward");
    let strike = read.above_zero("strike");
    let volatility = read.above_zero("volatility");
    let rate = read.number("rate_per_year");
    let days_per_year = read.above_zero("days_per_year");
    let days = read.items("fixing", |fixing| fixing.above_zero("day"));
    let paths = read.at_least_one("paths", 1e6);
    let seed = read.count("seed", 1e9) as u64;
    read.done()?;
    let fixings: Vec<Fixing> =
        days.iter().map(|day| Fixing { years: day / days_per_year, forward }).collect();
    let last = fixings.last().map_or(0.0, |fixing| fixing.years);
    let discount = libm::exp(-rate * last);
    let dates = Dates::plain(fixings.iter().map(|fixing| fixing.years).collect());
    let price = GeometricBrownian { start: forward, drift: 0.0, real_drift: 0.0, volatility };
    let series =
        Series { name: "fuel".into(), process: Process::GeometricBrownian(price), forward_curve: None };
    let model = match PriceModel::new(&[series], &[], &dates) {
        Ok(model) => model,
        Err(error) => {
            Reader::new(table, findings).refuse("fixing", &error);
            return None;
        }
    };
    let option = AverageOption { right: Right::Call, fixings: fixings.clone(), strike, volatility, discount };
    let arithmetic = average_price_option(&model, &option, seed, paths);
    let single = volatility * last.sqrt();
    Some(values(&[
        ("turnbull_wakeman", turnbull_wakeman(Right::Call, &fixings, strike, volatility, discount)),
        ("geometric_exact", geometric_average_option(Right::Call, &fixings, strike, volatility, discount)),
        ("arithmetic_from_paths", arithmetic.value),
        ("arithmetic_standard_error", arithmetic.standard_error),
        ("vanilla_at_last_fixing", black_76(Right::Call, forward, strike, single, discount)),
        ("volatility_of_average_to_spot", deviation_of_average(&fixings, volatility) / single),
    ]))
}

fn futures(table: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    let mut read = Reader::new(table, findings);
    let oil = SchwartzSmith {
        mean_reversion: read.above_zero("mean_reversion_per_year"),
        short_volatility: read.positive("short_volatility"),
        short_risk_premium: read.number("short_risk_premium"),
        real_drift: read.number("real_drift_per_year"),
        drift: read.number("drift_per_year"),
        long_volatility: read.positive("long_volatility"),
        correlation: read.fraction("correlation", -1.0),
        short_start: read.number("short_start"),
        long_start: read.number("long_start"),
    };
    let deliveries = read.items("delivery", |item| item.above_zero("years"));
    let variances =
        read.items("option", |item| (item.above_zero("expiry_years"), item.above_zero("delivery_years")));
    read.done()?;
    let mut forwards = Table::new("forwards", &["years", "forward"]);
    for years in deliveries {
        forwards.push([years.into(), oil.forward(years).into()]);
    }
    let mut options = Table::new("variances", &["expiry_years", "delivery_years", "variance"]);
    for (expiry, delivery) in variances {
        options.push([expiry.into(), delivery.into(), oil.variance_of_forward(expiry, delivery).into()]);
    }
    let mut tables = values(&[("spot", oil.spot())]);
    tables.extend([forwards, options]);
    Some(tables)
}

/// A lattice of one price that starts at `start` and drifts at `rate`.
fn brownian_lattice(
    start: f64,
    rate: f64,
    volatility: f64,
    years: Vec<f64>,
    strike: f64,
) -> Result<PriceLattice, String> {
    let price = GeometricBrownian { start, drift: rate, real_drift: rate, volatility };
    let process = Process::GeometricBrownian(price);
    let strikes = vec![strike; years.len()];
    priced_lattice(process, years, &strikes, LatticeSettings::default())
}

fn priced_lattice(
    process: Process,
    years: Vec<f64>,
    strikes: &[f64],
    settings: LatticeSettings,
) -> Result<PriceLattice, String> {
    let series = Series { name: "gas".into(), process, forward_curve: None };
    let model = PriceModel::new(&[series], &[], &Dates::plain(years)).map_err(|error| error.to_string())?;
    PriceLattice::of(&model, strikes, settings).ok_or_else(|| "the price has several factors".to_string())
}

fn bermudan(table: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    let mut read = Reader::new(table, findings);
    let strike = read.above_zero("strike");
    let rate = read.number("rate_per_year");
    let per_year = read.at_least_one("dates_per_year", 400.0);
    let options = read.items("option", |option| {
        (option.above_zero("spot"), option.above_zero("volatility"), option.at_least_one("years", 10.0))
    });
    read.done()?;
    let mut answers = Table::new("values", &["spot", "volatility", "years", "value"]);
    for (spot, volatility, years) in options {
        let dates: Vec<f64> = (1..=per_year * years).map(|date| date as f64 / per_year as f64).collect();
        let discounts: Vec<f64> = dates.iter().map(|years| libm::exp(-rate * years)).collect();
        let right = SwingRights { dates: dates.len(), least: 0, most: 1, volume: -1.0 };
        let value = right.lattice().map_err(|error| error.to_string()).and_then(|volumes| {
            let prices = brownian_lattice(spot, rate, volatility, dates, strike)?;
            Ok(prices.value(&volumes, &discounts))
        });
        match value {
            Ok(value) => answers.push([spot.into(), volatility.into(), (years as f64).into(), value.into()]),
            Err(error) => Reader::new(table, findings).refuse("option", &error),
        }
    }
    Some(vec![answers])
}

fn swing(table: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    let mut read = Reader::new(table, findings);
    let spot = read.above_zero("spot");
    let strike = read.above_zero("strike");
    let volatility = read.above_zero("volatility");
    let rate = read.number("rate_per_year");
    let days_per_year = read.above_zero("days_per_year");
    let first = read.at_least_one("first_day", MOST_DATES);
    let last = read.at_least_one("last_day", MOST_DATES);
    if last < first {
        read.refuse("last_day", &"it lies before the first");
    }
    let rights =
        read.items("rights", |item| (item.count("least", MOST_DATES), item.count("most", MOST_DATES)));
    read.done()?;
    let dates: Vec<f64> = (first..=last).map(|day| day as f64 / days_per_year).collect();
    let discounts: Vec<f64> = dates.iter().map(|years| libm::exp(-rate * years)).collect();
    let strip: f64 = dates
        .iter()
        .map(|years| {
            let forward = spot * libm::exp(rate * years);
            black_76(Right::Call, forward, strike, volatility * years.sqrt(), libm::exp(-rate * years))
        })
        .sum();
    let mut answers = Table::new("values", &["least", "most", "value"]);
    let prices = match brownian_lattice(spot, rate, volatility, dates.clone(), strike) {
        Ok(prices) => prices,
        Err(error) => {
            Reader::new(table, findings).refuse("volatility", &error);
            return None;
        }
    };
    for (least, most) in rights {
        let rights = SwingRights { dates: dates.len(), least, most, volume: 1.0 };
        match rights.lattice() {
            Ok(volumes) => answers.push([
                (least as f64).into(),
                (most as f64).into(),
                prices.value(&volumes, &discounts).into(),
            ]),
            Err(error) => Reader::new(table, findings).refuse("rights", &error),
        }
    }
    let mut tables = vec![answers];
    let mut calls = Table::new("strip", &["item", "value"]);
    calls.push(["calls".into(), strip.into()]);
    tables.push(calls);
    Some(tables)
}

fn storage(table: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    let mut read = Reader::new(table, findings);
    let hub = LogOrnsteinUhlenbeck {
        mean_reversion: read.above_zero("mean_reversion_per_year"),
        level: read.number("level"),
        risk_premium: 0.0,
        volatility: read.above_zero("volatility"),
        start: read.number("start"),
        season: [0.0; 12],
    };
    let rate = read.number("rate_per_year");
    let capacity = read.at_least_one("capacity", 2000.0);
    let in_store = read.count("in_store", 2000.0);
    if in_store > capacity {
        read.refuse("in_store", &"more is in store than it holds");
    }
    let speed = read.at_least_one("steps_per_date", 2000.0);
    let stretches = read
        .items("stretch", |item| (item.at_least_one("dates", MOST_DATES), item.above_zero("dates_per_year")));
    let rules = read.items("rule", |item| {
        let words =
            [("sold", LeftInStore::Sold), ("lost", LeftInStore::Lost), ("forbidden", LeftInStore::Forbidden)];
        (item.name("name"), item.word("left_in_store", &words))
    });
    read.done()?;
    let mut dates = Vec::new();
    let mut years = 0.0;
    for (count, per_year) in stretches {
        for _ in 0..count {
            years += 1.0 / per_year;
            dates.push(years);
        }
    }
    let discounts: Vec<f64> = dates.iter().map(|years| libm::exp(-rate * years)).collect();
    let none = vec![0.0; dates.len()];
    let process = Process::LogOrnsteinUhlenbeck(hub);
    // A year of daily steps smooths every kink many times over: half as many nodes lose nothing.
    let settings = LatticeSettings { nodes_per_step_deviation: 2.0, ..LatticeSettings::default() };
    let prices = match priced_lattice(process, dates.clone(), &none, settings) {
        Ok(prices) => prices,
        Err(error) => {
            Reader::new(table, findings).refuse("stretch", &error);
            return None;
        }
    };
    let mut answers = Table::new("values", &["rule", "value"]);
    for (name, left) in rules {
        let mut store = Store::symmetric(dates.len(), capacity, speed, left?);
        store.start = in_store;
        match store.lattice() {
            Ok(volumes) => answers.push([name.into(), prices.value(&volumes, &discounts).into()]),
            Err(error) => Reader::new(table, findings).refuse("rule", &error),
        }
    }
    Some(vec![answers])
}

fn take_or_pay(table: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    let mut read = Reader::new(table, findings);
    let start = read.above_zero("start_price");
    let rise = read.above_zero("log_rise");
    let chance = read.fraction("rise_probability", 0.0);
    let pull = read.number("rise_probability_per_net_rise");
    let contract = read.positive("contract_price");
    let years = read.at_least_one("years", 20.0);
    let dates_per_year = read.at_least_one("dates_per_year", 12.0);
    let step = read.above_zero("volume_step");
    let most = read.positive("most_per_date");
    let annual = read.positive("annual_quantity");
    let cases = read.items("case", |item| {
        let words = [
            ("none", None),
            ("after-annual-quantity", Some(MakeUpOrder::AfterAnnualQuantity)),
            ("after-take-or-pay", Some(MakeUpOrder::AfterTakeOrPay)),
            ("first", Some(MakeUpOrder::First)),
        ];
        let name = item.name("name");
        let fraction = item.fraction("take_or_pay_fraction", 0.0);
        let order = item.word("make_up", &words);
        let life_years = match order {
            Some(Some(_)) => item.at_least_one("make_up_life_years", 5.0),
            _ => 0,
        };
        (name, fraction, order, life_years)
    });
    read.done()?;
    let dates = years * dates_per_year;
    let net = |t: usize, k: usize| 2.0 * k as f64 - t as f64;
    let prices = PriceLattice::binomial(
        dates,
        |t, k| Prices { market: start * libm::exp(rise * net(t, k)), contract, take_or_pay: contract },
        |t, k| (chance + pull * net(t, k)).clamp(0.0, 1.0),
    );
    let mut answers = Table::new("values", &["case", "value"]);
    for (name, fraction, order, life_years) in cases {
        let terms = TakeOrPay {
            step,
            dates_per_year,
            least: vec![0.0; dates],
            most: vec![most; dates],
            annual_quantity: vec![annual; years],
            take_or_pay: vec![fraction * annual; years],
            annual_most: None,
            make_up: order?.map(|order| MakeUp { order, life_years }),
            end_of_term: EndOfTerm::Forfeit,
        };
        let value = |volumes: VolumeLattice| prices.value(&volumes, &vec![1.0; dates]);
        match terms.lattice() {
            Ok(volumes) => answers.push([name.into(), value(volumes).into()]),
            Err(error) => Reader::new(table, findings).refuse("case", &error),
        }
    }
    Some(vec![answers])
}
