//! What changes in the market between two worlds, as ranges over the variants.

use std::collections::BTreeMap;

use netback_solve::Settings;
#[cfg(feature = "parallel")]
use rayon::prelude::*;

use super::{MarketQuestion, StudyFailure, World, case_under};
use crate::case::{Case, Finding, Findings, RawCase};
use crate::ids::{NodeId, TraderId};
use crate::market::{MarketProblem, MarketSolution, Range, solve, solve_from, variants};
use crate::report::{Cell, Table};

/// One result of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Name of the comparison.
    pub comparison: String,
    /// Actor, node, region or World.
    pub about: String,
    /// What changes.
    pub measure: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Level before, central variant.
    pub before: f64,
    /// Change.
    pub change: Range,
}

/// The answer to a market question.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketAnswer {
    /// As asked.
    pub title: String,
    /// Few sentences.
    pub summary: Vec<String>,
    /// Every change.
    pub changes: Vec<Change>,
    /// Changes of the buyer's purchases, seller by seller.
    pub purchases: Vec<Change>,
    /// Worst natural residual of all solves.
    pub worst_residual: f64,
    /// Markets solved.
    pub solves: usize,
}

/// Nodes and traders that a name stands for.
struct Group {
    name: String,
    nodes: Vec<NodeId>,
    traders: Vec<TraderId>,
}

/// What was seen of the solved worlds: by scenario, in the order of the variants.
pub type Seen<T> = BTreeMap<String, Vec<T>>;

/// Answers a market question.
///
/// `progress` is called before every solve. Errors: [`StudyFailure`].
pub fn answer_market(
    raw: &RawCase,
    question: &MarketQuestion,
    settings: &Settings,
    progress: &(dyn Fn() + Sync),
) -> Result<MarketAnswer, StudyFailure> {
    answer_market_seeing(raw, question, settings, progress, &|_, _| ()).map(|(answer, _)| answer)
}

/// Answers a market question, and keeps of every solved world what `look` sees in it.
///
/// Errors: as [`answer_market`].
pub fn answer_market_seeing<T: Send>(
    raw: &RawCase,
    question: &MarketQuestion,
    settings: &Settings,
    progress: &(dyn Fn() + Sync),
    look: &(dyn Fn(&Case, &MarketSolution) -> T + Sync),
) -> Result<(MarketAnswer, Seen<T>), StudyFailure> {
    let mut names: Vec<&str> = Vec::new();
    for comparison in &question.compare {
        for name in [comparison.against.as_str(), comparison.scenario.as_str()] {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let mut cases: BTreeMap<&str, Case> = BTreeMap::new();
    let mut findings = Findings::default();
    for &name in &names {
        match case_under(raw, name) {
            Ok(case) => {
                cases.insert(name, case);
            }
            Err(found) => findings.0.extend(found.0),
        }
    }
    if !findings.0.is_empty() {
        return Err(findings.into());
    }
    let first = &cases[names[0]];
    let groups = find_groups(first, &question.about)?;
    let buyer = match &question.buyer {
        Some(name) => Some(find_groups(first, std::slice::from_ref(name))?.remove(0)),
        None => None,
    };

    let worlds: Vec<World> = names
        .iter()
        .flat_map(|name| {
            variants().into_iter().map(|variant| World { scenario: (*name).to_string(), variant })
        })
        .collect();
    // the first world is near enough to every other to start from
    let near = MarketProblem::of(first);
    let base = solve(first, settings)
        .map_err(|failure| StudyFailure::Market { scenario: names[0].to_string(), failure })?;
    let solve_world = |world: &World| {
        let case = world.variant.of(&cases[world.scenario.as_str()]);
        // before the solve: a call that unwinds keeps the rest from being solved
        progress();
        solve_from(&case, settings, &near, base.value())
            .map(|certified| {
                let solution = certified.value();
                let residual = certified.certificate().natural_residual;
                (residual, Measures::of(&case, solution), look(&case, solution))
            })
            .map_err(|failure| StudyFailure::Market { scenario: world.scenario.clone(), failure })
    };
    #[cfg(feature = "parallel")]
    let solved: Vec<_> = worlds.par_iter().map(solve_world).collect();
    #[cfg(not(feature = "parallel"))]
    let solved: Vec<_> = worlds.iter().map(solve_world).collect();

    let mut by_scenario: BTreeMap<&str, Vec<Measures>> = BTreeMap::new();
    let mut seen: Seen<T> = BTreeMap::new();
    let mut worst_residual: f64 = 0.0;
    for (world, result) in worlds.iter().zip(solved) {
        let (residual, measures, sight) = result?;
        seen.entry(world.scenario.clone()).or_default().push(sight);
        worst_residual = worst_residual.max(residual);
        by_scenario.entry(world.scenario.as_str()).or_default().push(measures);
    }

    let mut changes = Vec::new();
    let mut purchases = Vec::new();
    for comparison in &question.compare {
        let (after, before) =
            (&by_scenario[comparison.scenario.as_str()], &by_scenario[comparison.against.as_str()]);
        let change = |about: &str, measure, unit, of: &dyn Fn(&Measures) -> f64, into: &mut Vec<Change>| {
            let values: Vec<f64> = after.iter().zip(before).map(|(a, b)| of(a) - of(b)).collect();
            into.push(Change {
                comparison: comparison.name.clone(),
                about: about.to_string(),
                measure,
                unit,
                before: of(&before[0]),
                change: Range::of(&values),
            });
        };
        for group in &groups {
            let name = group.name.as_str();
            let market = group.nodes.iter().any(|node| before[0].consumption.contains_key(node));
            if market {
                change(name, "price", "USD/tcm", &|m| m.price(&group.nodes), &mut changes);
                change(name, "consumption", "bcm", &|m| m.consumed(&group.nodes), &mut changes);
                change(name, "purchases abroad", "bcm", &|m| m.imports(group), &mut changes);
            }
            if !group.traders.is_empty() {
                change(name, "sales abroad", "bcm", &|m| m.exports(group), &mut changes);
                change(name, "output", "bcm", &|m| m.output(&group.traders), &mut changes);
                change(name, "sales income abroad", "million USD", &|m| m.export_income(group), &mut changes);
            }
        }
        if let Some(buyer) = &buyer {
            for seller in sellers(first) {
                let of = |m: &Measures| seller.traders.iter().map(|&id| m.sold(id, &buyer.nodes)).sum();
                let sells = after.iter().chain(before).any(|m| of(m) > 0.05);
                let is_foreign = !seller.traders.iter().any(|trader| buyer.traders.contains(trader));
                if sells && is_foreign {
                    change(&seller.name, "sales to the buyer", "bcm", &of, &mut purchases);
                }
            }
        }
    }
    let per_tcm = crate::units::mmbtu_per_tcm(&first.gas);
    let summary = summarise(question, &changes, &purchases, buyer.as_ref(), per_tcm);
    let answer = MarketAnswer {
        title: question.title.clone(),
        summary,
        changes,
        purchases,
        worst_residual,
        // the worlds, and the one from which they start
        solves: worlds.len() + 1,
    };
    Ok((answer, seen))
}

/// What is kept of a solution: annual quantities and prices of the last year.
struct Measures {
    prices: BTreeMap<NodeId, f64>,
    consumption: BTreeMap<NodeId, f64>,
    sales: BTreeMap<(TraderId, NodeId), f64>,
    production: BTreeMap<TraderId, f64>,
}

impl Measures {
    fn of(case: &Case, solution: &MarketSolution) -> Measures {
        let year = case.calendar.years.len() - 1;
        let mut measures = Measures {
            prices: BTreeMap::new(),
            consumption: BTreeMap::new(),
            sales: solution.annual_sales(year).into_iter().map(|(pair, volume)| (pair, volume.0)).collect(),
            production: BTreeMap::new(),
        };
        for node in (0..case.nodes.len()).map(NodeId::from_index) {
            if let Some(price) = solution.annual_price(node, year) {
                measures.prices.insert(node, price.0);
                measures.consumption.insert(node, solution.annual_consumption(node, year).0);
            }
        }
        for trader in (0..case.traders.len()).map(TraderId::from_index) {
            measures.production.insert(trader, solution.annual_production(case, trader, year).0);
        }
        measures
    }

    fn price(&self, nodes: &[NodeId]) -> f64 {
        let consumed = self.consumed(nodes);
        let value: f64 =
            nodes.iter().filter_map(|node| Some(self.prices.get(node)? * self.consumption.get(node)?)).sum();
        if consumed > 0.0 { value / consumed } else { 0.0 }
    }

    fn consumed(&self, nodes: &[NodeId]) -> f64 {
        nodes.iter().filter_map(|node| self.consumption.get(node)).sum()
    }

    fn sold(&self, trader: TraderId, nodes: &[NodeId]) -> f64 {
        nodes.iter().filter_map(|&node| self.sales.get(&(trader, node))).sum()
    }

    fn imports(&self, group: &Group) -> f64 {
        let foreign = self
            .sales
            .iter()
            .filter(|((trader, node), _)| group.nodes.contains(node) && !group.traders.contains(trader));
        foreign.map(|(_, volume)| volume).sum()
    }

    fn exports(&self, group: &Group) -> f64 {
        let foreign = self
            .sales
            .iter()
            .filter(|((trader, node), _)| group.traders.contains(trader) && !group.nodes.contains(node));
        foreign.map(|(_, volume)| volume).sum()
    }

    fn export_income(&self, group: &Group) -> f64 {
        let foreign = self
            .sales
            .iter()
            .filter(|((trader, node), _)| group.traders.contains(trader) && !group.nodes.contains(node));
        foreign.map(|((_, node), volume)| volume * self.prices.get(node).copied().unwrap_or(0.0)).sum()
    }

    fn output(&self, traders: &[TraderId]) -> f64 {
        traders.iter().filter_map(|trader| self.production.get(trader)).sum()
    }
}

/// Every actor that owns a trader.
fn sellers(case: &Case) -> Vec<Group> {
    let traders_of = |actor: usize| -> Vec<TraderId> {
        let all = (0..case.traders.len()).map(TraderId::from_index);
        all.filter(|&trader| case.actor_of_trader(trader).index() == actor).collect()
    };
    let actors = case.actors.iter().enumerate();
    actors
        .map(|(index, actor)| Group {
            name: actor.name.clone(),
            nodes: Vec::new(),
            traders: traders_of(index),
        })
        .filter(|group| !group.traders.is_empty())
        .collect()
}

/// Actors, nodes, regions or `World` by name.
fn find_groups(case: &Case, names: &[String]) -> Result<Vec<Group>, Findings> {
    let mut findings = Findings::default();
    let mut groups = Vec::new();
    for name in names {
        let actor = case.actors.iter().position(|actor| actor.id == *name || actor.name == *name);
        let nodes: Vec<NodeId> = (0..case.nodes.len())
            .map(NodeId::from_index)
            .filter(|node| {
                let entry = &case.nodes[node.index()];
                match actor {
                    Some(actor) => entry.actor.index() == actor,
                    None => entry.id == *name || entry.region == *name || name == "World",
                }
            })
            .collect();
        if nodes.is_empty() {
            let known: Vec<&str> = case.actors.iter().map(|actor| actor.id.as_str()).collect();
            findings.0.push(Finding::in_file(
                "unknown-group",
                "study",
                format!("\"{name}\" is no actor, node or region of the case"),
                format!("actors are: {}; regions as in nodes.csv; or World", known.join(", ")),
            ));
            continue;
        }
        let traders = (0..case.traders.len())
            .map(TraderId::from_index)
            .filter(|&trader| {
                let of_actor = case.actor_of_trader(trader);
                match actor {
                    Some(actor) => of_actor.index() == actor,
                    None => nodes
                        .iter()
                        .any(|&node| case.fields.iter().any(|f| f.trader == trader && f.node == node)),
                }
            })
            .collect();
        let printed = actor.map_or(name.clone(), |actor| case.actors[actor].name.clone());
        groups.push(Group { name: printed, nodes, traders });
    }
    findings.or(groups)
}

/// A few sentences: per comparison the largest effects, each with unit and range.
fn summarise(
    question: &MarketQuestion,
    changes: &[Change],
    purchases: &[Change],
    buyer: Option<&Group>,
    mmbtu_per_tcm: f64,
) -> Vec<String> {
    let mut sentences = Vec::new();
    for comparison in &question.compare {
        let of = |change: &&Change| change.comparison == comparison.name;
        let mut parts: Vec<String> = Vec::new();
        if let Some(buyer) = buyer {
            let mut sellers: Vec<&Change> = purchases.iter().filter(of).collect();
            sellers.sort_by(|a, b| b.change.central.abs().total_cmp(&a.change.central.abs()));
            let listed: Vec<String> = sellers
                .into_iter()
                .filter(|change| change.change.central.abs() >= 0.1)
                .take(4)
                .map(|change| format!("{} {}", change.about, amount(&change.change, 1)))
                .collect();
            if !listed.is_empty() {
                parts.push(format!("Sales to {} in bcm: {}.", buyer.name, listed.join(", ")));
            }
        }
        let mut prices: Vec<&Change> = changes
            .iter()
            .filter(of)
            .filter(|change| change.measure == "price" && change.change.central.abs() >= 0.5)
            .collect();
        prices.sort_by(|a, b| b.change.central.abs().total_cmp(&a.change.central.abs()));
        let priced: Vec<String> = prices
            .into_iter()
            .take(6)
            .map(|change| {
                let mmbtu = change.change.central / mmbtu_per_tcm;
                let beside =
                    if mmbtu.abs() >= 0.05 { format!(" = {mmbtu:+.1} USD/mmbtu") } else { String::new() };
                format!("{} {}{beside}", change.about, amount(&change.change, 0))
            })
            .collect();
        if !priced.is_empty() {
            parts.push(format!("Prices in USD/tcm: {}.", priced.join(", ")));
        }
        if parts.is_empty() {
            parts.push("Nothing of size changes.".into());
        }
        sentences.push(format!("{}. {}", comparison.name, parts.join(" ")));
    }
    sentences
}

/// `+3.2 (+1.0 to +5.1)`.
fn amount(range: &Range, decimals: usize) -> String {
    format!(
        "{:+.decimals$} ({:+.decimals$} to {:+.decimals$})",
        range.central + 0.0,
        range.low + 0.0,
        range.high + 0.0
    )
}

impl MarketAnswer {
    /// The changes as a long table.
    pub fn table(&self, name: &str) -> Table {
        let header = ["comparison", "about", "measure", "unit", "before", "low", "central", "high", "driver"];
        let mut table = Table::new(name, &header);
        for change in self.changes.iter().chain(&self.purchases) {
            table.push([
                change.comparison.as_str().into(),
                change.about.as_str().into(),
                change.measure.into(),
                change.unit.into(),
                change.before.into(),
                change.change.low.into(),
                change.change.central.into(),
                change.change.high.into(),
                Cell::from(change.change.driver),
            ]);
        }
        table
    }
}
