//! The deal: reservation prices of both sides from the market, and whether a price between them exists.
//!
//! Both sides' prices come from certified markets without and with the contract and the lines it needs; the
//! benchmarks that negotiators work out by hand stand beside them. Equations: docs/contract.md.

mod benchmarks;
mod levers;
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
use crate::market::{MarketFailure, MarketProblem, Variant, solve, solve_from, variants};
use crate::study::StudyFailure;
use crate::units::UsdPerTcm;
use benchmarks::Hauls;
use levers::{LeverSets, Terms};
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
    /// Positions of levers with scenarios, ascending.
    levers: Vec<usize>,
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
    /// Tariff of the delivery pipeline, of which a lever may make the buyer pay a share.
    pub tariff: UsdPerTcm,
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

/// What levers that are on together do to the reservation prices, at the base level of the index in the last stage.
#[derive(Debug, Clone, PartialEq)]
pub struct LeverEffect {
    /// Position among the valuations.
    pub valuation: usize,
    /// Positions among the levers, ascending; at least one.
    pub levers: Vec<usize>,
    /// Whose payoff.
    pub whose: Whose,
    /// Zone without them.
    pub before: Zone,
    /// Zone with them.
    pub after: Zone,
}

/// The zone over the index, for a stage, a valuation, a payoff and the levers that are on.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneCurve {
    /// Position among the stages.
    pub stage: usize,
    /// Position among the valuations.
    pub valuation: usize,
    /// Whose payoff.
    pub whose: Whose,
    /// Positions among the levers, ascending; empty for the deal as it stands.
    pub levers: Vec<usize>,
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
    /// Effects of levers, alone and together: by valuation, smaller sets first.
    pub levers: Vec<LeverEffect>,
    /// The zone over the index with every set of levers that needs no market of its own.
    pub curves: Vec<ZoneCurve>,
    /// Sets of levers whose scenarios contradict each other: there is no such case, or no market keeps the contract.
    pub left_out: Vec<Vec<usize>>,
    /// The zone and formulas of equal value over paths of the index, per valuation and payoff.
    pub risks: Vec<ZoneRisk>,
    /// Worst natural residual of all solves.
    pub worst_residual: f64,
    /// Markets solved.
    pub solves: usize,
}

/// How many markets an answer solves, for a progress bar.
///
/// Those of levers that contradict each other are counted here and announced, though not solved.
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
    let sets = LeverSets::of(deal);
    let mut worlds = Vec::new();
    for valuation in 0..deal.valuations.len() {
        for stage in 0..deal.stages.len() {
            for level in levels_of(case, deal) {
                worlds.push(World { stage, valuation, levers: Vec::new(), level, variant: 0 });
            }
        }
        for levers in sets.market.iter().filter(|set| !set.is_empty()) {
            worlds.push(World { stage: last, valuation, levers: levers.clone(), level: base, variant: 0 });
        }
        for variant in 1..if ranges { variants().len() } else { 1 } {
            worlds.push(World { stage: last, valuation, levers: Vec::new(), level: base, variant });
        }
    }
    worlds
}

/// The zone of agreement of a deal.
///
/// With `ranges` the last stage is solved under every variant of the market as well. `progress` is called before
/// every market, so that one that unwinds keeps the rest from being solved.
/// Errors: a scenario is wrong, or a market has no equilibrium: then the contract cannot be kept, and the rows that
/// contradict each other are named. Only levers together that contradict each other are left out instead.
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
    let priced = |world: &World| -> Result<Option<(f64, Payoffs, Payoffs)>, StudyFailure> {
        let Some((without, with)) = cases.get(&world.key()) else {
            progress();
            progress();
            return Ok(None);
        };
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
        let Some(before) = unless_contrary(payoffs(without, "without", false), world)? else {
            progress();
            return Ok(None);
        };
        let after = unless_contrary(payoffs(with, "with", true), world)?;
        Ok(after.map(|after| (worst, before, after)))
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
        curves: Vec::new(),
        left_out: Vec::new(),
        risks: Vec::new(),
        worst_residual: 0.0,
        solves: 1,
    };
    let mut by_levers: BTreeMap<(usize, &[usize]), (Reservation, UsdPerTcm)> = BTreeMap::new();
    let mut by_variant: Vec<Vec<Reservation>> = vec![Vec::new(); deal.valuations.len()];
    for (world, solved) in worlds.iter().zip(solved) {
        let Some((residual, without, with)) = solved? else {
            if !answer.left_out.contains(&world.levers) {
                answer.left_out.push(world.levers.clone());
            }
            continue;
        };
        answer.solves += 2;
        answer.worst_residual = answer.worst_residual.max(residual);
        let reservation = Reservation::of(&without, &with, deal.volume, deal.export_duty);
        let changed = &cases[&world.key()].1;
        let tariff = changed.pipelines[deal.delivery[0].index()].tariff;
        let is_base = world.level == base_level && world.stage == last && world.levers.is_empty();
        if is_base {
            by_variant[world.valuation].push(reservation);
        }
        if world.variant > 0 {
            continue;
        }
        if !world.levers.is_empty() {
            by_levers.insert((world.valuation, &world.levers), (reservation, tariff));
            continue;
        }
        let valuation = &deal.valuations[world.valuation];
        let hauls = &hauls[world.stage];
        if world.level == base_level {
            answer.displace(case, world, &without, &with);
        }
        answer.points.push(Point {
            stage: world.stage,
            valuation: world.valuation,
            level: world.level,
            reservation,
            netback: benchmarks::netback_parity(changed, hauls, deal, deal.export_duty, world.level),
            replacement: benchmarks::replacement_parity(changed, hauls, deal, valuation, world.level),
            tariff,
        });
    }
    let sets = LeverSets::of(deal);
    for valuation in 0..deal.valuations.len() {
        let zone_by_hand = |stage: usize, terms: &Terms, level: f64| {
            by_hand(&cases[&(stage, valuation, Vec::new())].1, &hauls[stage], deal, valuation, terms, level)
        };
        for stage in 0..deal.stages.len() {
            answer.draw(&sets, stage, valuation, &|terms, level| zone_by_hand(stage, terms, level));
        }
        let point = answer.point(last, valuation, base_level).clone();
        for levers in sets.all.iter().filter(|set| !set.is_empty()) {
            let solved: Vec<usize> =
                levers.iter().copied().filter(|&lever| deal.levers[lever].changes_market()).collect();
            let found = match solved.is_empty() {
                true => Some(&(point.reservation, point.tariff)),
                false => by_levers.get(&(valuation, solved.as_slice())),
            };
            let Some((reservation, tariff)) = found else { continue };
            let terms = deal.terms_with(levers);
            let reservation = reservation.on_terms(deal, &terms, *tariff);
            for whose in Whose::ALL {
                let after = match whose {
                    // such levers change the market, not what the sides work out by hand
                    Whose::ByHand if !levers.iter().all(|&lever| deal.levers[lever].counts_by_hand()) => {
                        continue;
                    }
                    Whose::ByHand => zone_by_hand(last, &terms, base_level),
                    _ => whose.of_market(&reservation),
                };
                let (levers, before) = (levers.clone(), whose.of(&point));
                answer.levers.push(LeverEffect { valuation, levers, whose, before, after });
            }
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

/// A market of levers together whose requirements contradict each other is none; any other failure is one.
fn unless_contrary(
    found: Result<Payoffs, StudyFailure>,
    world: &World,
) -> Result<Option<Payoffs>, StudyFailure> {
    match found {
        Err(StudyFailure::Market { failure: MarketFailure::Infeasible(_), .. }) if world.levers.len() > 1 => {
            Ok(None)
        }
        other => other.map(Some),
    }
}

/// The benchmarks by hand, on the terms that levers set.
fn by_hand(case: &Case, hauls: &Hauls, deal: &Deal, valuation: usize, terms: &Terms, level: f64) -> Zone {
    let duty = terms.export_duty;
    let mut valued = deal.valuations[valuation].clone();
    if let Some(gate) = terms.city_gate {
        valued.city_gate = gate;
        valued.city_gate_slope = UsdPerTcm(0.0);
    }
    let paid = case.pipelines[deal.delivery[0].index()].tariff * terms.tariff_share_of_buyer.0;
    let seller = benchmarks::netback_parity(case, hauls, deal, duty, level).border_price;
    let buyer = benchmarks::replacement_parity(case, hauls, deal, &valued, level).border_price;
    Zone { seller: seller - paid * (1.0 / (1.0 - duty.0)), buyer: buyer - paid }
}

fn variant_of(all: &[Variant], index: usize, case: &Case) -> Case {
    if index == 0 { case.clone() } else { all[index].of(case) }
}

fn describe(deal: &Deal, world: &World) -> String {
    let levers: String = world.levers.iter().map(|&lever| format!(", {}", deal.levers[lever].name)).collect();
    format!(
        "{}, {}{levers}, index at {}",
        deal.stages[world.stage].year, deal.valuations[world.valuation].name, world.level
    )
}

/// Stage, valuation, and levers that change the market.
type Key = (usize, usize, Vec<usize>);
type Cases = BTreeMap<Key, (Case, Case)>;

impl World {
    fn key(&self) -> Key {
        (self.stage, self.valuation, self.levers.clone())
    }
}

/// The cases without and with the lines of the contract, for each stage, valuation and set of levers.
///
/// Levers whose scenarios contradict each other have none.
fn cases_of(raw: &RawCase, deal: &Deal, worlds: &[World]) -> Result<Cases, Findings> {
    let mut cases = Cases::new();
    for world in worlds {
        if cases.contains_key(&world.key()) {
            continue;
        }
        let stage = deal.stages[world.stage].scenarios.iter();
        let valuation = deal.valuations[world.valuation].scenarios.iter();
        let levers = world.levers.iter().flat_map(|&lever| &deal.levers[lever].scenarios);
        let mut names: Vec<&str> = stage.chain(valuation).map(String::as_str).collect();
        // what two levers bring about is there once
        for name in levers.map(String::as_str) {
            if !names.contains(&name) || world.levers.len() == 1 {
                names.push(name);
            }
        }
        let built: Vec<&str> = names.iter().copied().chain(deal.builds.iter().map(String::as_str)).collect();
        let case = |names: &[&str]| Case::from_raw(&raw.with_scenarios(names)?);
        match case(&names).and_then(|without| Ok((without, case(&built)?))) {
            Ok(both) => {
                cases.insert(world.key(), both);
            }
            Err(_) if world.levers.len() > 1 => {}
            Err(findings) => return Err(findings),
        }
    }
    Ok(cases)
}

/// The hauls of the benchmarks in each stage.
fn hauls_of(deal: &Deal, cases: &Cases) -> Result<Vec<Hauls>, Findings> {
    let mut findings = Findings::default();
    let mut hauls = Vec::new();
    for (index, stage) in deal.stages.iter().enumerate() {
        let built = &cases[&(index, 0, Vec::new())].1;
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

    /// The zone over the index with some levers on; none when they clash or need a market of their own.
    pub fn curve(
        &self,
        stage: usize,
        valuation: usize,
        whose: Whose,
        levers: &[usize],
    ) -> Option<&ZoneCurve> {
        let here = |curve: &&ZoneCurve| {
            (curve.stage, curve.valuation, curve.whose) == (stage, valuation, whose) && curve.levers == levers
        };
        self.curves.iter().find(here)
    }

    /// Draws the zone over the index with every set of levers that needs no market of its own.
    fn draw(
        &mut self,
        sets: &LeverSets,
        stage: usize,
        valuation: usize,
        by_hand: &dyn Fn(&Terms, f64) -> Zone,
    ) {
        let counts = |set: &&Vec<usize>| set.iter().all(|&lever| self.deal.levers[lever].counts_by_hand());
        let mut drawn = Vec::new();
        for levers in sets.all.iter().filter(counts) {
            let terms = self.deal.terms_with(levers);
            let levels = HAND_LEVELS.map(|step| HAND_STEP * f64::from(step));
            let zones = levels.map(|level| (level, by_hand(&terms, level))).collect();
            drawn.push(ZoneCurve { stage, valuation, whose: Whose::ByHand, levers: levers.clone(), zones });
        }
        for whose in [Whose::Company, Whose::CompanyAndState] {
            for levers in &sets.terms {
                let terms = self.deal.terms_with(levers);
                let zone = |&level: &f64| {
                    let point = self.point(stage, valuation, level);
                    (level, whose.of_market(&point.reservation.on_terms(&self.deal, &terms, point.tariff)))
                };
                let zones = self.levels.iter().map(zone).collect();
                drawn.push(ZoneCurve { stage, valuation, whose, levers: levers.clone(), zones });
            }
        }
        self.curves.extend(drawn);
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
