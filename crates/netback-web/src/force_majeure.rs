//! Which contracts lapse when a strait is shut: those whose gas has no other way by sea.

use netback::case::Case;
use netback::ids::ChokepointId;
use netback::market::MarketSolution;
use netback::network::{ArcKind, Network};
use netback::report::{TradeRoute, trade_routes};

/// How the gas of contracts goes by sea in a solved world.
pub struct Shipments {
    network: Network,
    routes: Vec<TradeRoute>,
}

impl Shipments {
    /// The shipments of the first year.
    pub fn of(case: &Case, solution: &MarketSolution) -> Shipments {
        Shipments { network: Network::of(case), routes: trade_routes(case, solution, 0) }
    }

    /// Identifiers of the contracts with force majeure that lose their ways when these straits, by position, are shut.
    ///
    /// A contract over named pipelines is none of them. Of the others one is when most of what its seller brings its
    /// buyer comes by ship, from ports out of which every sea route to that port passes one of the straits. A way
    /// that was open and not used, such as a pipeline to the terminal of a neighbour, keeps no contract alive.
    pub fn shut_contracts(&self, case: &Case, shut: &[usize]) -> Vec<String> {
        let is_closed = |point: &ChokepointId| {
            let capacity = case.chokepoints[point.index()].capacity;
            shut.contains(&point.index()) || capacity.is_some_and(|capacity| capacity.0 == 0.0)
        };
        let is_shut = |points: &[ChokepointId]| points.iter().any(is_closed);
        let mut contracts = Vec::new();
        for contract in case.contracts.iter().filter(|one| one.force_majeure && one.route.is_empty()) {
            let (mut all, mut lost) = (0.0, 0.0);
            for route in &self.routes {
                if (route.trader, route.market) != (contract.seller, contract.buyer) {
                    continue;
                }
                all += route.volume.0;
                let by_ship =
                    route.arcs.iter().map(|&arc| self.network.arc(arc)).find(|arc| is_lng(&arc.kind));
                // all sea routes of the case: the network leaves out those that are longer and no freer
                let has_way = by_ship.is_none_or(|used| {
                    let mut ways = case.sea_routes.iter();
                    ways.any(|way| (way.from, way.to) == (used.from, used.to) && !is_shut(&way.chokepoints))
                });
                lost += if has_way { 0.0 } else { route.volume.0 };
            }
            if lost > 0.5 * all {
                contracts.push(contract.id.clone());
            }
        }
        contracts
    }
}

fn is_lng(kind: &ArcKind) -> bool {
    matches!(kind, ArcKind::Lng { .. })
}
