//! The way every sale takes, from the field to the market.

use std::collections::BTreeMap;

use crate::case::Case;
use crate::ids::{ArcId, NodeId, TraderId};
use crate::market::MarketSolution;
use crate::network::Network;
use crate::units::Bcm;

/// Gas of one trader that takes one way to one market.
#[derive(Debug, Clone, PartialEq)]
pub struct TradeRoute {
    /// Who sells.
    pub trader: TraderId,
    /// Where the gas is produced.
    pub origin: NodeId,
    /// Where it is sold.
    pub market: NodeId,
    /// The arcs in order; none when it is sold where it is produced.
    pub arcs: Vec<ArcId>,
    /// What arrives in a year.
    pub volume: Bcm,
}

/// Volumes below this one (in bcm) are rounding.
const NOTHING: f64 = 1e-6;

/// Flows of a year as ways from field to market, trader by trader.
///
/// Where ways of one trader join and part again, several sets of ways give the same flows; this is one of them.
/// Circles are netted, so that no way passes a node twice. The volumes to a market add up to the sales there as far
/// as the flows of the year balance (storage that loses gas leaves a rest).
pub fn trade_routes(case: &Case, solution: &MarketSolution, year: usize) -> Vec<TradeRoute> {
    let network = Network::of(case);
    let mut routes = Vec::new();
    for trader in (0..case.traders.len()).map(TraderId::from_index) {
        Flows::of(case, solution, trader, year).into_routes(&network, trader, &mut routes);
    }
    routes
}

/// What is left of one trader's gas.
struct Flows {
    production: BTreeMap<NodeId, f64>,
    sales: BTreeMap<NodeId, f64>,
    arcs: BTreeMap<ArcId, f64>,
}

impl Flows {
    fn of(case: &Case, solution: &MarketSolution, trader: TraderId, year: usize) -> Flows {
        let mut flows = Flows { production: BTreeMap::new(), sales: BTreeMap::new(), arcs: BTreeMap::new() };
        for row in solution.production.iter().filter(|row| row.period.year == year) {
            let field = &case.fields[row.field];
            if field.trader == trader {
                *flows.production.entry(field.node).or_default() += row.volume.0;
            }
        }
        for row in solution.sales.iter().filter(|row| row.period.year == year && row.trader == trader) {
            *flows.sales.entry(row.market).or_default() += row.volume.0;
        }
        for row in solution.flows.iter().filter(|row| row.period.year == year && row.trader == trader) {
            *flows.arcs.entry(row.arc).or_default() += row.volume.0;
        }
        flows.arcs.retain(|_, volume| *volume > NOTHING);
        flows
    }

    fn into_routes(mut self, network: &Network, trader: TraderId, routes: &mut Vec<TradeRoute>) {
        // every pass empties a field, a market or an arc
        while let Some(origin) = first_above(&self.production) {
            let way = self.way_from(network, origin);
            let end = way.last().map_or(origin, |&arc| network.arc(arc).to);
            if let Some(start) = passed_before(network, origin, &way) {
                self.take(network, &way[start..]);
            } else if self.sales.get(&end).is_some_and(|&left| left > NOTHING) {
                let volume = self.sell(network, origin, &way, end);
                routes.push(TradeRoute { trader, origin, market: end, arcs: way, volume: Bcm(volume) });
            } else if let Some(last) = way.last() {
                // nothing is sold where this gas ends: lost in storage
                self.arcs.insert(*last, 0.0);
            } else {
                self.production.insert(origin, 0.0);
            }
        }
    }

    /// Along what is left, until something is sold, nothing goes on, or a node is passed twice.
    fn way_from(&self, network: &Network, origin: NodeId) -> Vec<ArcId> {
        let mut way: Vec<ArcId> = Vec::new();
        let mut node = origin;
        loop {
            let sold_here = self.sales.get(&node).is_some_and(|&left| left > NOTHING);
            if sold_here || passed_before(network, origin, &way).is_some() {
                return way;
            }
            let next =
                self.arcs.iter().find(|(arc, left)| **left > NOTHING && network.arc(**arc).from == node);
            let Some((&arc, _)) = next else { return way };
            way.push(arc);
            node = network.arc(arc).to;
        }
    }

    /// Nets a circle.
    fn take(&mut self, network: &Network, circle: &[ArcId]) {
        let least = circle.iter().map(|arc| self.arcs[arc]).fold(f64::INFINITY, f64::min);
        let mut here = least;
        for arc in circle {
            self.arcs.entry(*arc).and_modify(|left| *left = emptied(*left - here));
            here *= 1.0 - network.arc(*arc).loss.0;
        }
    }

    /// Sends all that can go along a way; what arrives.
    fn sell(&mut self, network: &Network, origin: NodeId, way: &[ArcId], end: NodeId) -> f64 {
        let mut kept = 1.0;
        let mut most = self.production[&origin];
        for arc in way {
            most = most.min(self.arcs[arc] / kept);
            kept *= 1.0 - network.arc(*arc).loss.0;
        }
        most = most.min(self.sales[&end] / kept);
        let mut here = most;
        self.production.entry(origin).and_modify(|left| *left = emptied(*left - most));
        for arc in way {
            self.arcs.entry(*arc).and_modify(|left| *left = emptied(*left - here));
            here *= 1.0 - network.arc(*arc).loss.0;
        }
        self.sales.entry(end).and_modify(|left| *left = emptied(*left - here));
        here
    }
}

fn emptied(left: f64) -> f64 {
    if left > NOTHING { left } else { 0.0 }
}

fn first_above(volumes: &BTreeMap<NodeId, f64>) -> Option<NodeId> {
    volumes.iter().find(|(_, left)| **left > NOTHING).map(|(node, _)| *node)
}

/// Position in the way of the first arc of a circle that the way closes.
fn passed_before(network: &Network, origin: NodeId, way: &[ArcId]) -> Option<usize> {
    let end = network.arc(*way.last()?).to;
    if end == origin {
        return Some(0);
    }
    let passed = way[..way.len() - 1].iter().position(|&arc| network.arc(arc).to == end);
    passed.map(|position| position + 1)
}
