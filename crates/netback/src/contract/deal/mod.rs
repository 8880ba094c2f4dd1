//! The deal: reservation prices of both sides from the market, and whether a price between them exists.
//!
//! Both sides' prices come from certified markets without and with the contract and the lines it needs; the
//! benchmarks that negotiators work out by hand stand beside them. Equations: docs/contract.md.

mod benchmarks;
mod read;
mod report;
mod walk_away;
mod world;
mod zone;

pub(crate) use benchmarks::parity_at_border;
pub use benchmarks::{NetbackParity, ReplacementParity};
pub use read::{Alternative, Deal, Lever, Reported, Stage, Valuation};
pub use report::deal_tables;
pub use walk_away::{DealFormula, FormulaRisk, ZoneRisk};
pub use world::Reservation;
pub use zone::{BreakEven, DealYear, Horizon, Whose, Zone};

use std::collections::{BTreeMap, BTreeSet};

use netback_solve::Settings;
#[cfg(feature = "parallel")]
use rayon::prelude::*;

use crate::case::{Case, Finding, Findings, RawCase};
use crate::market::{MarketProblem, Variant, solve, solve_from, variants};
use crate::study::StudyFailure;
use crate::units::UsdPerTcm;
use benchmarks::Hauls;
use world::{Payoffs, with_contract};

/// Displacements below this, in bcm per year, share one row.
const WORTH_A_ROW: f64 = 0.3;
/// Seed of the paths of the index.
const SEED: u64 = 2011;
/// Levels of the index at which the benchmarks by hand are drawn.
const HAND_LEVELS: std::ops::RangeInclusive<u32> = 1..=40;
const HAND_STEP: f64 = 5.0;

/// One world in which the deal is priced: a market without and one with the contract.
#[derive(Debug, Clone, PartialEq)]
struct World {
    stage: usize,
    valuation: usize,
    lever: Option<usize>,
    level: f64,
    variant: usize,
}

/// Reservation prices and benchmarks in one world.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Position among the stages.
    pub stage: usize,
    /// Position among the valuations.
    pub valuation: usize,
    /// Level of the index.
    pub level: f64,
    /// From the market.
    pub reservation: Reservation,
    /// By hand, the seller's.
    pub netback: NetbackParity,
    /// By hand, the buyer's.
    pub replacement: ReplacementParity,
}

/// Where the contract's gas comes from, or what it takes the place of.
#[derive(Debug, Clone, PartialEq)]
pub struct Displacement {
    /// Position among the stages.
    pub stage: usize,
    /// Position among the valuations.
    pub valuation: usize,
    /// `seller` or `buyer`.
    pub side: &'static str,
    /// Output, a market, a trader or consumption.
    pub what: String,
    /// Change in bcm per year; the changes of a side add up to the contract's quantity.
    pub change: f64,
    /// Price at which this gas changes hands without the contract, where there is one.
    pub price: Option<f64>,
}

/// What a lever does to the reservation prices at the base level of the index, in the last stage.
#[derive(Debug, Clone, PartialEq)]
pub struct LeverEffect {
    /// Position among the valuations.
    pub valuation: usize,
    /// Name.
    pub lever: String,
    /// Whose payoff.
    pub whose: Whose,
    /// Zone without the lever.
    pub before: Zone,
    /// Zone with it.
    pub after: Zone,
}

/// The benchmarks by hand over the index, for a stage, a valuation and one lever or none.
#[derive(Debug, Clone, PartialEq)]
pub struct HandCurve {
    /// Position among the stages.
    pub stage: usize,
    /// Position among the valuations.
    pub valuation: usize,
    /// Name of the lever, if any.
    pub lever: Option<String>,
    /// By level, ascending.
    pub zones: Vec<(f64, Zone)>,
}

/// Everything known about a deal.
#[derive(Debug, Clone, PartialEq)]
pub struct DealAnswer {
    /// As read.
    pub deal: Deal,
    /// Base level of the oil index.
    pub base_level: f64,
    /// Levels at which the markets were solved.
    pub levels: Vec<f64>,
    /// One per stage, valuation and level.
    pub points: Vec<Point>,
    /// Lowest and highest zone over the variants of the market, last stage, base level: one per valuation and payoff.
    pub ranges: Vec<(usize, Whose, [crate::market::Range; 3])>,
    /// Where the gas comes from and what it replaces, at the base level.
    pub displacements: Vec<Displacement>,
    /// Effects of levers.
    pub levers: Vec<LeverEffect>,
    /// Benchmarks by hand over the index.
    pub by_hand: Vec<HandCurve>,
    /// The zone and formulas of equal value over paths of the index, per valuation and payoff.
    pub risks: Vec<ZoneRisk>,
    /// Worst natural residual of all solves.
    pub worst_residual: f64,
    /// Markets solved.
    pub solves: usize,
}

/// How many markets an answer solves, for a progress bar.
pub fn solves_of(case: &Case, deal: &Deal, ranges: bool) -> usize {
    2 * worlds_of(case, deal, ranges).len() + 1
}

fn levels_of(case: &Case, deal: &Deal) -> Vec<f64> {
    let base = case.index_levels[deal.index].base_level;
    let mut levels = deal.levels.clone();
    if !levels.contains(&base) {
        levels.push(base);
    }
    levels.sort_by(f64::total_cmp);
    levels
}

fn worlds_of(case: &Case, deal: &Deal, ranges: bool) -> Vec<World> {
    let base = case.index_levels[deal.index].base_level;
    let last = deal.stages.len() - 1;
    let mut worlds = Vec::new();
    for valuation in 0..deal.valuations.len() {
        for stage in 0..deal.stages.len() {
            for level in levels_of(case, deal) {
                worlds.push(World { stage, valuation, lever: None, level, variant: 0 });
            }
        }
        for (index, _) in deal.levers.iter().enumerate().filter(|(_, lever)| !lever.scenarios.is_empty()) {
            worlds.push(World { stage: last, valuation, lever: Some(index), level: base, variant: 0 });
        }
        for variant in 1..if ranges { variants().len() } else { 1 } {
            worlds.push(World { stage: last, valuation, lever: None, level: base, variant });
        }
    }
    worlds
}

/// The zone of agreement of a deal.
///
/// With `ranges` the last stage is solved under every variant of the market as well. `progress` is called before
/// every market, so that one that unwinds keeps the rest from being solved. Errors: a scenario is wrong, or a market has no equilibrium: then
/// the contract cannot be kept, and the rows that contradict each other are named.
pub fn answer_deal(
    raw: &RawCase,
    case: &Case,
    deal: &Deal,
    settings: &Settings,
    ranges: bool,
    progress: &(dyn Fn() + Sync),
) -> Result<DealAnswer, StudyFailure> {
    let worlds = worlds_of(case, deal, ranges);
    let cases = cases_of(raw, deal, &worlds)?;
    let hauls = hauls_of(deal, &cases)?;
    let all_variants = variants();
    // the world as it stands is near enough to every other to start from
    let near = MarketProblem::of(case);
    let base =
        solve(case, settings).map_err(|failure| StudyFailure::Market { scenario: "base".into(), failure })?;
    progress();
    let priced = |world: &World| -> Result<(f64, Payoffs, Payoffs), StudyFailure> {
        let key = (world.stage, world.valuation, world.lever);
        let (without, with) = &cases[&key];
        let mut worst: f64 = 0.0;
        let mut payoffs = |case: &Case, name: &str, contract: bool| {
            let mut case = variant_of(&all_variants, world.variant, case);
            case.index_levels[deal.index].level = world.level;
            if contract {
                case = with_contract(&case, deal);
            }
            progress();
            let solved =
                solve_from(&case, settings, &near, base.value()).map_err(|failure| StudyFailure::Market {
                    scenario: format!("{name} the contract, {}", describe(deal, world)),
                    failure,
                })?;
            worst = worst.max(solved.certificate().natural_residual);
            Ok::<Payoffs, StudyFailure>(Payoffs::of(&case, deal, solved.value()))
        };
        let before = payoffs(without, "without", false)?;
        let after = payoffs(with, "with", true)?;
        Ok((worst, before, after))
    };
    #[cfg(feature = "parallel")]
    let solved: Vec<_> = worlds.par_iter().map(priced).collect();
    #[cfg(not(feature = "parallel"))]
    let solved: Vec<_> = worlds.iter().map(priced).collect();

    let base_level = case.index_levels[deal.index].base_level;
    let last = deal.stages.len() - 1;
    let mut answer = DealAnswer {
        deal: deal.clone(),
        base_level,
        levels: levels_of(case, deal),
        points: Vec::new(),
        ranges: Vec::new(),
        displacements: Vec::new(),
        levers: Vec::new(),
        by_hand: Vec::new(),
        risks: Vec::new(),
        worst_residual: 0.0,
        solves: 2 * worlds.len() + 1,
    };
    let mut by_variant: Vec<Vec<Reservation>> = vec![Vec::new(); deal.valuations.len()];
    for (world, solved) in worlds.iter().zip(solved) {
        let (residual, without, with) = solved?;
        answer.worst_residual = answer.worst_residual.max(residual);
        let duty = world.lever.and_then(|lever| deal.levers[lever].export_duty).unwrap_or(deal.export_duty);
        let reservation = Reservation::of(&without, &with, deal.volume, duty);
        let is_base = world.level == base_level && world.stage == last && world.lever.is_none();
        if is_base {
            by_variant[world.valuation].push(reservation);
        }
        if world.variant > 0 {
            continue;
        }
        let valuation = &deal.valuations[world.valuation];
        if let Some(lever) = world.lever {
            let lever = &deal.levers[lever];
            answer.add_lever(world.valuation, lever, reservation, None);
            continue;
        }
        let hauls = &hauls[world.stage];
        if world.level == base_level {
            answer.displace(case, world, &without, &with);
        }
        let changed = &cases[&(world.stage, world.valuation, None)].1;
        answer.points.push(Point {
            stage: world.stage,
            valuation: world.valuation,
            level: world.level,
            reservation,
            netback: benchmarks::netback_parity(changed, hauls, deal, deal.export_duty, world.level),
            replacement: benchmarks::replacement_parity(changed, hauls, deal, valuation, world.level),
        });
    }
    for valuation in 0..deal.valuations.len() {
        for stage in 0..deal.stages.len() {
            let changed = &cases[&(stage, valuation, None)].1;
            let usual = [None];
            let levers = deal.levers.iter().filter(|lever| lever.scenarios.is_empty()).map(Some);
            for lever in usual.into_iter().chain(levers) {
                let at = |level| by_hand(changed, &hauls[stage], deal, valuation, lever, level);
                let levels = HAND_LEVELS.map(|step| HAND_STEP * f64::from(step));
                let zones = levels.map(|level| (level, at(level))).collect();
                let lever = lever.map(|lever| lever.name.clone());
                answer.by_hand.push(HandCurve { stage, valuation, lever, zones });
            }
        }
        let changed = &cases[&(last, valuation, None)].1;
        for lever in deal.levers.iter().filter(|lever| lever.scenarios.is_empty()) {
            let duty = lever.export_duty.unwrap_or(deal.export_duty);
            let paid = tariff_paid_by_buyer(changed, deal, lever);
            let usual = answer.point(last, valuation, base_level).reservation;
            let reservation = usual.under(deal.export_duty, duty, paid);
            let zone = by_hand(changed, &hauls[last], deal, valuation, Some(lever), base_level);
            answer.add_lever(valuation, lever, reservation, Some(zone));
        }
        for whose in [Whose::Company, Whose::CompanyAndState].into_iter().filter(|_| ranges) {
            let zones: Vec<Zone> =
                by_variant[valuation].iter().map(|reservation| whose.of_market(reservation)).collect();
            let range = |of: &dyn Fn(&Zone) -> f64| {
                crate::market::Range::of(&zones.iter().map(of).collect::<Vec<f64>>())
            };
            let three =
                [range(&|zone| zone.seller.0), range(&|zone| zone.buyer.0), range(&|zone| zone.width().0)];
            answer.ranges.push((valuation, whose, three));
        }
    }
    for valuation in 0..deal.valuations.len() {
        for whose in Whose::ALL {
            let risk = walk_away::zone_risk(&answer, valuation, whose, SEED);
            answer.risks.push(risk.expect("one series at yearly dates has paths"));
        }
    }
    Ok(answer)
}

/// The benchmarks by hand, under a lever that changes no market.
fn by_hand(
    case: &Case,
    hauls: &Hauls,
    deal: &Deal,
    valuation: usize,
    lever: Option<&Lever>,
    level: f64,
) -> Zone {
    let duty = lever.and_then(|lever| lever.export_duty).unwrap_or(deal.export_duty);
    let mut terms = deal.valuations[valuation].clone();
    if let Some(gate) = lever.and_then(|lever| lever.city_gate) {
        terms.city_gate = gate;
        terms.city_gate_slope = UsdPerTcm(0.0);
    }
    let paid = lever.map_or(UsdPerTcm(0.0), |lever| tariff_paid_by_buyer(case, deal, lever));
    let seller = benchmarks::netback_parity(case, hauls, deal, duty, level).border_price;
    let buyer = benchmarks::replacement_parity(case, hauls, deal, &terms, level).border_price;
    Zone { seller: seller - paid * (1.0 / (1.0 - duty.0)), buyer: buyer - paid }
}

fn tariff_paid_by_buyer(case: &Case, deal: &Deal, lever: &Lever) -> UsdPerTcm {
    case.pipelines[deal.delivery[0].index()].tariff * lever.tariff_share_of_buyer.0
}

fn variant_of(all: &[Variant], index: usize, case: &Case) -> Case {
    if index == 0 { case.clone() } else { all[index].of(case) }
}

fn describe(deal: &Deal, world: &World) -> String {
    let lever = world.lever.map_or(String::new(), |lever| format!(", {}", deal.levers[lever].name));
    format!(
        "{}, {}{lever}, index at {}",
        deal.stages[world.stage].year, deal.valuations[world.valuation].name, world.level
    )
}

type Cases = BTreeMap<(usize, usize, Option<usize>), (Case, Case)>;

/// The cases without and with the lines of the contract, for each stage, valuation and lever.
fn cases_of(raw: &RawCase, deal: &Deal, worlds: &[World]) -> Result<Cases, Findings> {
    let mut cases = Cases::new();
    for world in worlds {
        let key = (world.stage, world.valuation, world.lever);
        if cases.contains_key(&key) {
            continue;
        }
        let stage = deal.stages[world.stage].scenarios.iter();
        let valuation = deal.valuations[world.valuation].scenarios.iter();
        let lever = world.lever.map_or([].iter(), |lever| deal.levers[lever].scenarios.iter());
        let names: Vec<&str> = stage.chain(valuation).chain(lever).map(String::as_str).collect();
        let built: Vec<&str> = names.iter().copied().chain(deal.builds.iter().map(String::as_str)).collect();
        let without = Case::from_raw(&raw.with_scenarios(&names)?)?;
        let with = Case::from_raw(&raw.with_scenarios(&built)?)?;
        cases.insert(key, (without, with));
    }
    Ok(cases)
}

/// The hauls of the benchmarks in each stage.
fn hauls_of(deal: &Deal, cases: &Cases) -> Result<Vec<Hauls>, Findings> {
    let mut findings = Findings::default();
    let mut hauls = Vec::new();
    for (index, stage) in deal.stages.iter().enumerate() {
        let built = &cases[&(index, 0, None)].1;
        let lines = deal.delivery.iter().map(|line| &built.pipelines[line.index()]);
        let year = built.calendar.years[0].year;
        let serving = lines.filter(|line| line.service.serves(year));
        let capacity = serving.fold(0.0, |sum, line| sum + line.capacity.0);
        // a contract of all that a line carries may be above it by the digits of its own cubic metres
        if deal.volume.0 > capacity * (1.0 + 1e-6) {
            findings.0.push(Finding::in_file(
                "volume-above-lines",
                format!("deals/{}.toml", deal.id),
                format!(
                    "in the stage of {} the delivery pipelines carry {capacity:.2} bcm/yr, the contract is {:.2}",
                    stage.year, deal.volume.0
                ),
                "lower volume, or name in builds the scenario that builds or widens the lines",
            ));
        }
        match Hauls::of(built, deal) {
            Ok(found) => hauls.push(found),
            Err(reason) => findings.0.push(Finding::in_file(
                "no-way",
                format!("deals/{}.toml", deal.id),
                format!("in the stage of {} {reason}", stage.year),
                "name markets that the lines of the case, with those in builds, reach",
            )),
        }
    }
    findings.or(hauls)
}

impl DealAnswer {
    /// The point of a stage, valuation and level.
    pub fn point(&self, stage: usize, valuation: usize, level: f64) -> &Point {
        let found = self
            .points
            .iter()
            .find(|point| point.stage == stage && point.valuation == valuation && point.level == level);
        found.expect("every stage, valuation and level was solved")
    }

    fn add_lever(
        &mut self,
        valuation: usize,
        lever: &Lever,
        reservation: Reservation,
        by_hand: Option<Zone>,
    ) {
        let point = self.point(self.deal.stages.len() - 1, valuation, self.base_level).clone();
        for whose in Whose::ALL {
            let after = match (whose, by_hand) {
                (Whose::ByHand, Some(zone)) => zone,
                // the lever changes the market, not what the sides work out by hand
                (Whose::ByHand, None) => continue,
                _ => whose.of_market(&reservation),
            };
            let before = whose.of(&point);
            self.levers.push(LeverEffect { valuation, lever: lever.name.clone(), whose, before, after });
        }
    }

    fn displace(&mut self, case: &Case, world: &World, without: &Payoffs, with: &Payoffs) {
        let mut rest = [("seller", 0.0), ("buyer", 0.0)];
        let (stage, valuation) = (world.stage, world.valuation);
        let mut add = |side, what: String, change: f64, price: Option<f64>| {
            if change.abs() >= WORTH_A_ROW {
                self.displacements.push(Displacement { stage, valuation, side, what, change, price });
            } else {
                rest.iter_mut().filter(|(of, _)| *of == side).for_each(|(_, sum)| *sum += change);
            }
        };
        let name = |node: crate::ids::NodeId| case.nodes[node.index()].name.clone();
        add("seller", "more output".into(), with.production.0 - without.production.0, None);
        let markets: BTreeSet<_> = without.sales.keys().chain(with.sales.keys()).copied().collect();
        for market in markets {
            let of = |payoffs: &Payoffs| payoffs.sales.get(&market).map_or(0.0, |(volume, _)| volume.0);
            let price = without.sales.get(&market).map(|(_, price)| price.0);
            add("seller", format!("less sold in {}", name(market)), of(without) - of(with), price);
        }
        let traders: BTreeSet<_> = without.purchases.keys().chain(with.purchases.keys()).copied().collect();
        for trader in traders {
            let of = |payoffs: &Payoffs| payoffs.purchases.get(&trader).map_or(0.0, |volume| volume.0);
            let what = format!("less bought from {}", case.traders[trader.index()].name);
            add("buyer", what, of(without) - of(with), None);
        }
        let gate = Some(without.city_gate.0);
        add("buyer", "more consumption".into(), with.consumption.0 - without.consumption.0, gate);
        for (side, change) in rest {
            let what = format!("all others, each below {WORTH_A_ROW} bcm");
            self.displacements.push(Displacement { stage, valuation, side, what, change, price: None });
        }
    }
}
