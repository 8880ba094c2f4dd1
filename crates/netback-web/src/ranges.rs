//! How far a change moves every price and flow of the page over the variants of what cannot be known.

use std::collections::{BTreeMap, BTreeSet};

use netback::case::Case;
use netback::market::MarketSolution;
use serde::Serialize;

use crate::run::{ByPeriod, RouteInRun, YearOfRun, years_of};

/// Numbers of one year by what they measure and what they belong to.
type Measures<T> = BTreeMap<&'static str, BTreeMap<String, T>>;

/// What is kept of one solved variant, year by year.
#[derive(Debug, Clone)]
pub struct Sight(Vec<Measures<ByPeriod>>);

impl Sight {
    /// The numbers of a solved market of which ranges are told.
    pub fn of(case: &Case, solution: &MarketSolution) -> Sight {
        let actors: BTreeMap<&str, (&str, &str)> = case
            .pipelines
            .iter()
            .map(|line| {
                let actor = |node| case.actors[case.actor_of_node(node).index()].id.as_str();
                (line.id.as_str(), (actor(line.from), actor(line.to)))
            })
            .collect();
        Sight(years_of(case, solution).iter().map(|year| measures(year, &actors)).collect())
    }
}

fn measures(year: &YearOfRun, actors: &BTreeMap<&str, (&str, &str)>) -> Measures<ByPeriod> {
    let mut found: Measures<ByPeriod> = BTreeMap::new();
    for node in &year.nodes {
        for (measure, values) in
            [("price", &node.price), ("consumption", &node.consumption), ("production", &node.production)]
        {
            if values[0].is_some() {
                found.entry(measure).or_default().insert(node.id.clone(), values.clone());
            }
        }
    }
    for (measure, uses) in [
        ("pipelines", &year.pipelines),
        ("chokepoints", &year.chokepoints),
        ("liquefaction", &year.liquefaction),
        ("regasification", &year.regasification),
        ("fields", &year.fields),
    ] {
        let flows = uses.iter().map(|one| (one.id.clone(), one.flow.clone()));
        found.entry(measure).or_default().extend(flows);
    }
    let mut add = |measure, key: String, value: f64| {
        let sum = found.entry(measure).or_default().entry(key).or_insert_with(|| vec![Some(0.0)]);
        sum[0] = sum[0].map(|sum| sum + value);
    };
    for sale in &year.sales {
        add("sales", format!("{}|{}", sale.trader, sale.market), sale.bcm);
    }
    for route in &year.routes {
        let way = way_of(route, actors);
        add("sold", format!("{}|{way}", route.seller), route.bcm);
        add("bought", format!("{way}|{}", route.buyer), route.bcm);
    }
    for row in &year.actors {
        add("surplus", row.actor.clone(), row.consumers + row.producers + row.transport + row.taxes);
    }
    found
}

/// A pipeline by the actors at its ends, or LNG by its straits: as the picture of trade has it.
fn way_of(route: &RouteInRun, actors: &BTreeMap<&str, (&str, &str)>) -> String {
    match &route.pipeline {
        Some(id) => {
            let (from, to) = actors.get(id.as_str()).copied().unwrap_or_default();
            format!("pipeline {from} {to}")
        }
        None => format!("lng {}", route.straits.join(" ")),
    }
}

/// Lowest and highest change over the variants, by year, measure and name, for the year and each season.
///
/// A name that is not there moves by less than 0.005 in every variant. Trade and surplus have a number for the year
/// alone.
#[derive(Debug, Clone, Serialize)]
pub struct RangesOnPage {
    /// Position of the run among those of the page.
    pub shown: usize,
    /// Position of the run it is compared with.
    pub against: usize,
    /// One for each year of the case.
    pub years: Vec<Measures<Vec<Option<[f64; 2]>>>>,
}

/// The ranges of a comparison: `after` and `before` hold the same variants in the same order.
pub fn ranges_on_page(shown: usize, against: usize, after: &[Sight], before: &[Sight]) -> RangesOnPage {
    let years = after.first().map_or(0, |sight| sight.0.len());
    RangesOnPage { shown, against, years: (0..years).map(|year| ranges_of(year, after, before)).collect() }
}

fn ranges_of(year: usize, after: &[Sight], before: &[Sight]) -> Measures<Vec<Option<[f64; 2]>>> {
    let sights = || after.iter().chain(before);
    let mut found: Measures<Vec<Option<[f64; 2]>>> = BTreeMap::new();
    for &measure in sights().flat_map(|sight| sight.0[year].keys()).collect::<BTreeSet<_>>() {
        let names = sights().filter_map(|sight| sight.0[year].get(measure)).flat_map(BTreeMap::keys);
        let mut ranges = BTreeMap::new();
        for name in names.collect::<BTreeSet<_>>() {
            let values = |sight: &'_ Sight| sight.0[year].get(measure).and_then(|all| all.get(name)).cloned();
            let periods = sights().filter_map(values).map(|values| values.len()).max().unwrap_or(0);
            let changes = |period: usize| -> Option<[f64; 2]> {
                let mut range = [f64::INFINITY, f64::NEG_INFINITY];
                for (after, before) in after.iter().zip(before) {
                    let at = |sight| values(sight).and_then(|values| *values.get(period)?);
                    let change = match (at(after), at(before)) {
                        (Some(after), Some(before)) => after - before,
                        // gas that does not flow is not listed; a price that is not there is not zero
                        (after, before) if measure != "price" => after.unwrap_or(0.0) - before.unwrap_or(0.0),
                        _ => return None,
                    };
                    range = [range[0].min(change), range[1].max(change)];
                }
                Some(range.map(|change| (change * 100.0).round() / 100.0 + 0.0))
            };
            let told: Vec<Option<[f64; 2]>> = (0..periods).map(changes).collect();
            if told.iter().flatten().flatten().any(|change| *change != 0.0)
                || told.iter().any(Option::is_none)
            {
                ranges.insert(name.clone(), told);
            }
        }
        found.insert(measure, ranges);
    }
    found
}
