//! Figures that a newspaper prints about a contract: what they imply, and whether they agree with each other.
//!
//! They are checked, never used as input.

use crate::report::{Cell, Table};
use crate::units::{Bcm, BcmPerYear, Fraction, Gas, MillionUsd, UsdPerTcm, mmbtu_per_tcm};

/// What was printed about a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Value of all gas over the life.
    pub total: MillionUsd,
    /// Life in years.
    pub years: u32,
    /// Gas a year, in cubic metres of `gas`.
    pub volume: BcmPerYear,
    /// The gas whose cubic metres both sides count.
    pub gas: Gas,
    /// How far the two sides are apart, in money and as a share of a price.
    pub gap: Option<(UsdPerTcm, Fraction)>,
    /// Volumes over the whole life that others name.
    pub other_volumes: Vec<Bcm>,
    /// Years in which deliveries grow in equal steps to the full volume.
    pub ramp_up_years: u32,
    /// Discount rate a year, payments at the end of each year.
    pub discount_rate: Fraction,
    /// Yuan that a dollar costs.
    pub cny_per_usd: Option<f64>,
}

/// What the figures imply.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedFigures {
    /// `figures_prices`, `figures_volumes`, `figures_closing`, `figures_gap`.
    pub tables: Vec<Table>,
    /// The same in a few sentences.
    pub sentences: Vec<String>,
}

/// The two prices behind a gap, when it is a share of one of them.
struct Reading {
    of: &'static str,
    bid: f64,
    ask: f64,
}

/// Compares printed figures with each other.
///
/// Units: prices per thousand cubic metres of the gas as counted by the parties, beside USD/tcm of the standard gas,
/// USD/mmbtu and, with a rate, CNY/m³; totals in billion USD.
/// Source: docs/price-formulas.md; checked against cases/published/article-2011 and power-of-siberia-2014.
pub fn check_figures(figures: &Figures) -> CheckedFigures {
    let readings = readings(figures);
    let implied = implied_price(figures, 0);
    let mut sentences = vec![format!(
        "{} billion USD over {} years of {} bcm are {:.0} USD/tcm ({:.2} USD/mmbtu).",
        plain(figures.total.0 / 1e3),
        figures.years,
        plain(figures.volume.0),
        implied,
        implied / mmbtu_per_tcm(&figures.gas)
    )];
    sentences.extend(readings.iter().map(|reading| reading_in_words(figures, reading)));
    if figures.ramp_up_years > 0 {
        sentences.push(format!(
            "With {} years of ramp-up the total needs {:.0} USD/tcm.",
            figures.ramp_up_years,
            implied_price(figures, figures.ramp_up_years)
        ));
    }
    let standard =
        figures.gas.gross_calorific_value_mj_per_m3 / Gas::STANDARD.gross_calorific_value_mj_per_m3;
    if (standard - 1.0).abs() > 1e-12 {
        sentences.push(format!(
            "{} bcm as counted by the parties are {:.1} bcm at 40 MJ/m³ and 15 °C.",
            plain(figures.volume.0),
            figures.volume.0 * standard
        ));
    }
    let tables = vec![
        prices_table(figures, &readings),
        volumes_table(figures),
        closing_table(figures, &readings),
        gap_table(figures),
    ];
    CheckedFigures { tables, sentences }
}

fn readings(figures: &Figures) -> Vec<Reading> {
    let Some((gap, share)) = figures.gap.filter(|(_, share)| share.0 > 0.0) else { return Vec::new() };
    let whole = gap.0 / share.0;
    vec![
        Reading { of: "bid", bid: whole, ask: whole + gap.0 },
        Reading { of: "ask", bid: whole - gap.0, ask: whole },
    ]
}

/// Full volumes delivered: years, less what a ramp-up in equal steps leaves out.
fn full_years(years: u32, ramp_up_years: u32) -> f64 {
    (1..=years).map(|year| part_of_full(year, ramp_up_years)).sum()
}

fn part_of_full(year: u32, ramp_up_years: u32) -> f64 {
    if year >= ramp_up_years { 1.0 } else { f64::from(year) / f64::from(ramp_up_years) }
}

fn implied_price(figures: &Figures, ramp_up_years: u32) -> f64 {
    figures.total.0 / (figures.volume.0 * full_years(figures.years, ramp_up_years))
}

/// Total in million USD at a price that stays.
fn total(figures: &Figures, price: f64) -> f64 {
    price * figures.volume.0 * f64::from(figures.years)
}

/// Yearly growth of the price, from the second year on, at which the total is met.
fn escalation(figures: &Figures, price: f64) -> f64 {
    let wanted = figures.total.0 / (price * figures.volume.0);
    let sum = |growth: f64| (0..figures.years).map(|year| (1.0 + growth).powi(year as i32)).sum::<f64>();
    let (mut low, mut high) = (-0.9, 1.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if sum(middle) < wanted { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

fn present_value_of_gap(figures: &Figures, gap: f64, ramp_up_years: u32) -> f64 {
    (1..=figures.years)
        .map(|year| {
            let discount = (1.0 + figures.discount_rate.0).powi(-(year as i32));
            gap * figures.volume.0 * part_of_full(year, ramp_up_years) * discount
        })
        .sum()
}

fn reading_in_words(figures: &Figures, reading: &Reading) -> String {
    let ask_total = total(figures, reading.ask);
    let ratio = figures.total.0 / ask_total;
    let verdict = match ratio > 1.0 {
        true => format!(
            "the printed total is {:.0} % above even the ask; {:+.2} % a year, {:.0} bcm/yr or {:.0} years would close \
             the difference",
            100.0 * (ratio - 1.0),
            100.0 * escalation(figures, reading.ask),
            figures.volume.0 * ratio,
            f64::from(figures.years) * ratio
        ),
        false => format!("the ask exceeds the printed total by {:.0} %", 100.0 * (1.0 / ratio - 1.0)),
    };
    format!(
        "If the gap is a share of the {}, the bid is {:.0} and the ask {:.0} USD/tcm, {:.0} and {:.0} billion USD in all: \
         {verdict}.",
        reading.of,
        reading.bid,
        reading.ask,
        total(figures, reading.bid) / 1e3,
        ask_total / 1e3
    )
}

fn prices_table(figures: &Figures, readings: &[Reading]) -> Table {
    let header = [
        "what",
        "gap_is_share_of",
        "usd_per_tcm_as_counted",
        "usd_per_tcm",
        "usd_per_mmbtu",
        "cny_per_m3",
        "total_billion_usd",
    ];
    let mut table = Table::new("figures_prices", &header);
    let standard =
        Gas::STANDARD.gross_calorific_value_mj_per_m3 / figures.gas.gross_calorific_value_mj_per_m3;
    let mut row = |what: &str, of: &str, price: f64, total: f64| {
        table.push([
            what.into(),
            of.into(),
            price.into(),
            (price * standard).into(),
            (price / mmbtu_per_tcm(&figures.gas)).into(),
            figures.cny_per_usd.map(|rate| price * rate / 1e3).into(),
            (total / 1e3).into(),
        ]);
    };
    row("implied", "", implied_price(figures, 0), figures.total.0);
    if figures.ramp_up_years > 0 {
        row("implied with ramp-up", "", implied_price(figures, figures.ramp_up_years), figures.total.0);
    }
    for reading in readings {
        row("bid", reading.of, reading.bid, total(figures, reading.bid));
        row("ask", reading.of, reading.ask, total(figures, reading.ask));
        let gap = reading.ask - reading.bid;
        row("gap", reading.of, gap, total(figures, gap));
    }
    table
}

fn volumes_table(figures: &Figures) -> Table {
    let mut table =
        Table::new("figures_volumes", &["total_bcm_as_counted", "total_bcm", "usd_per_tcm_as_counted"]);
    let own = Bcm(figures.volume.0 * f64::from(figures.years));
    let standard =
        figures.gas.gross_calorific_value_mj_per_m3 / Gas::STANDARD.gross_calorific_value_mj_per_m3;
    for volume in [own].iter().chain(&figures.other_volumes) {
        let price: Cell = (figures.total.0 / volume.0).into();
        table.push([volume.0.into(), (volume.0 * standard).into(), price]);
    }
    table
}

fn closing_table(figures: &Figures, readings: &[Reading]) -> Table {
    let header =
        ["gap_is_share_of", "price", "total_over_this", "escalation_per_year", "bcm_per_year", "years"];
    let mut table = Table::new("figures_closing", &header);
    for reading in readings {
        for (price, value) in [("bid", reading.bid), ("ask", reading.ask)] {
            let ratio = figures.total.0 / total(figures, value);
            table.push([
                reading.of.into(),
                price.into(),
                ratio.into(),
                escalation(figures, value).into(),
                (figures.volume.0 * ratio).into(),
                (f64::from(figures.years) * ratio).into(),
            ]);
        }
    }
    table
}

fn gap_table(figures: &Figures) -> Table {
    let header = ["ramp_up_years", "discount_rate", "total_billion_usd", "present_value_billion_usd"];
    let mut table = Table::new("figures_gap", &header);
    let Some((gap, _)) = figures.gap else { return table };
    let mut ramps = vec![0];
    ramps.extend(Some(figures.ramp_up_years).filter(|years| *years > 0));
    for ramp_up_years in ramps {
        let volume = figures.volume.0 * full_years(figures.years, ramp_up_years);
        table.push([
            f64::from(ramp_up_years).into(),
            figures.discount_rate.0.into(),
            (gap.0 * volume / 1e3).into(),
            (present_value_of_gap(figures, gap.0, ramp_up_years) / 1e3).into(),
        ]);
    }
    table
}

/// A number without trailing zeros, to three decimals.
fn plain(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
