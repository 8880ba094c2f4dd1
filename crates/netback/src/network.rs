//! The network of a case: pipelines and LNG routes as arcs, and what each trader can reach.

use crate::case::{Case, Chokepoint, SeaRoute, Shipping};
use crate::ids::{ArcId, ChokepointId, NodeId, PipelineId, TraderId};
use crate::units::{Fraction, MEGAJOULE_PER_MMBTU, UsdPerTcm};

/// What an arc stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArcKind {
    /// A pipeline.
    Pipeline(PipelineId),
    /// Liquefaction terminal → sea route → regasification terminal, by position in the case.
    Lng {
        /// Liquefaction terminal.
        liquefaction: usize,
        /// Sea route.
        route: usize,
        /// Regasification terminal.
        regasification: usize,
    },
}

/// A way for gas from one node to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Arc {
    /// Name as printed in tables.
    pub name: String,
    /// What it stands for.
    pub kind: ArcKind,
    /// Start.
    pub from: NodeId,
    /// End.
    pub to: NodeId,
    /// All charges per unit entering at the start.
    pub tariff: UsdPerTcm,
    /// Share of what enters that does not arrive.
    pub loss: Fraction,
    /// LNG loaded per unit entering (1 for a pipeline).
    pub loaded: f64,
    /// Straits and canals passed.
    pub chokepoints: Vec<ChokepointId>,
    /// Standard ships bound by 1 bcm/yr of LNG loaded; 0 for a pipeline.
    pub ships_per_bcm_per_year: f64,
}

/// All arcs of a case that serve in some year.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// By [`ArcId`].
    pub arcs: Vec<Arc>,
    leaving: Vec<Vec<ArcId>>,
    entering: Vec<Vec<ArcId>>,
}

/// What shipping along a route costs and loses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Voyage {
    /// Charge per unit of LNG loaded.
    pub tariff: UsdPerTcm,
    /// Share of the LNG loaded that is boiled off.
    pub loss: Fraction,
    /// Standard ships bound by 1 bcm/yr loaded.
    pub ships_per_bcm_per_year: f64,
}

impl Shipping {
    /// What a round trip costs, per unit of LNG loaded, in the gas of the case.
    ///
    /// Charter, fuel oil for what boil-off does not give, tolls and port calls; the boiled-off cargo is a
    /// loss, or a cost at its stated value. Source: docs/market.md "Ships".
    pub fn voyage(&self, route: &SeaRoute, chokepoints: &[Chokepoint], mj_per_m3: f64) -> Voyage {
        let passed = || route.chokepoints.iter().map(|id| &chokepoints[id.index()]);
        let sea_days = route.distance.0 / (24.0 * self.speed_knots);
        let delay: f64 = passed().map(|point| point.delay_days_per_round_trip).sum();
        let toll: f64 = passed().map(|point| point.toll_usd_per_round_trip).sum();
        let days = 2.0 * sea_days + self.port_days + delay;
        let cargo_mmbtu = self.ship_capacity_m3 * self.fill_fraction * self.energy_mmbtu_per_m3_lng;
        let cargo_bcm = cargo_mmbtu * MEGAJOULE_PER_MMBTU / mj_per_m3 / 1e9;
        let boiled = (self.boil_off_laden_fraction_per_day * sea_days
            + self.boil_off_ballast_fraction_per_day * sea_days)
            / self.fill_fraction;
        let fuel_mmbtu = 2.0 * sea_days * self.fuel_tonnes_per_day * self.fuel_mmbtu_per_tonne;
        let oil_tonnes = ((fuel_mmbtu - boiled * cargo_mmbtu) / self.fuel_mmbtu_per_tonne).max(0.0);
        let charged = self.boil_off_value_usd_per_mmbtu.map_or(0.0, |value| value * boiled * cargo_mmbtu);
        let usd = charged
            + days * self.charter_usd_per_day
            + oil_tonnes * self.fuel_usd_per_tonne
            + toll
            + 2.0 * self.port_call_usd;
        Voyage {
            tariff: UsdPerTcm(usd / (cargo_bcm * 1e6)),
            loss: Fraction(if self.boil_off_value_usd_per_mmbtu.is_some() { 0.0 } else { boiled.min(0.99) }),
            ships_per_bcm_per_year: days / 365.0 / cargo_bcm,
        }
    }
}

impl Network {
    /// The arcs of a case; a sea route through a chokepoint of capacity 0 is none.
    ///
    /// Of several ways between two terminals, one is left out when another is no dearer, binds no more ships
    /// and passes only chokepoints without limit: it could never be used.
    pub fn of(case: &Case) -> Network {
        let serves =
            |service: &crate::case::Service| case.calendar.years.iter().any(|year| service.serves(year.year));
        let mut arcs = Vec::new();
        for (index, pipeline) in case.pipelines.iter().enumerate() {
            if serves(&pipeline.service) && (pipeline.capacity.0 > 0.0 || pipeline.expansion.is_some()) {
                arcs.push(Arc {
                    name: pipeline.id.clone(),
                    kind: ArcKind::Pipeline(PipelineId::from_index(index)),
                    from: pipeline.from,
                    to: pipeline.to,
                    tariff: pipeline.tariff,
                    loss: pipeline.loss,
                    loaded: 1.0,
                    chokepoints: Vec::new(),
                    ships_per_bcm_per_year: 0.0,
                });
            }
        }
        let can_work = |terminal: &crate::case::Terminal| {
            serves(&terminal.service) && (terminal.capacity.0 > 0.0 || terminal.expansion.is_some())
        };
        for (route_index, route) in case.sea_routes.iter().enumerate() {
            let limits = |id: &ChokepointId| case.chokepoints[id.index()].capacity;
            if route.chokepoints.iter().any(|id| limits(id).is_some_and(|capacity| capacity.0 == 0.0)) {
                continue;
            }
            let Some(voyage) = voyage(case, route) else { continue };
            let dominated = case.sea_routes.iter().enumerate().any(|(other_index, other)| {
                let same = other.from == route.from && other.to == route.to && other_index != route_index;
                same && other.chokepoints.iter().all(|id| limits(id).is_none())
                    && self::voyage(case, other).is_some_and(|cheaper| {
                        let order = (cheaper.tariff.0, cheaper.loss.0) == (voyage.tariff.0, voyage.loss.0);
                        cheaper.tariff.0 <= voyage.tariff.0
                            && cheaper.loss.0 <= voyage.loss.0
                            && cheaper.ships_per_bcm_per_year <= voyage.ships_per_bcm_per_year
                            && (!order || other_index < route_index)
                    })
            });
            if dominated {
                continue;
            }
            for (from_index, from) in case.liquefaction.iter().enumerate() {
                if from.node != route.from || !can_work(from) {
                    continue;
                }
                for (to_index, to) in case.regasification.iter().enumerate() {
                    if to.node != route.to || !can_work(to) {
                        continue;
                    }
                    let loaded = 1.0 - from.loss.0;
                    let landed = loaded * (1.0 - voyage.loss.0);
                    arcs.push(Arc {
                        name: lng_name(case, from, to, route),
                        kind: ArcKind::Lng {
                            liquefaction: from_index,
                            route: route_index,
                            regasification: to_index,
                        },
                        from: route.from,
                        to: route.to,
                        tariff: from.cost + voyage.tariff * loaded + to.cost * landed,
                        loss: Fraction(1.0 - landed * (1.0 - to.loss.0)),
                        loaded,
                        chokepoints: route.chokepoints.clone(),
                        ships_per_bcm_per_year: voyage.ships_per_bcm_per_year,
                    });
                }
            }
        }
        let mut leaving = vec![Vec::new(); case.nodes.len()];
        let mut entering = vec![Vec::new(); case.nodes.len()];
        for (index, arc) in arcs.iter().enumerate() {
            leaving[arc.from.index()].push(ArcId::from_index(index));
            entering[arc.to.index()].push(ArcId::from_index(index));
        }
        Network { arcs, leaving, entering }
    }

    /// An arc.
    pub fn arc(&self, id: ArcId) -> &Arc {
        &self.arcs[id.index()]
    }

    /// All arc ids in order.
    pub fn ids(&self) -> impl Iterator<Item = ArcId> + use<> {
        (0..self.arcs.len()).map(ArcId::from_index)
    }

    /// The arcs a trader can use: reachable from its fields under its transit rights, never back into a
    /// node from which all its gas comes, and leading to a node with demand.
    ///
    /// LNG is loaded only where the trader has a field, or where its actor is an owner of the terminal.
    pub fn reach(&self, case: &Case, trader: TraderId) -> Vec<ArcId> {
        let nodes = case.nodes.len();
        let mut home = vec![false; nodes];
        for field in case.fields.iter().filter(|field| field.trader == trader) {
            home[field.node.index()] = true;
        }
        let single_home = home.iter().filter(|&&is_home| is_home).count() == 1;
        let mut may_leave = vec![true; nodes];
        for row in case.no_transit.iter().filter(|row| row.trader == trader) {
            if !home[row.node.index()] {
                may_leave[row.node.index()] = false;
            }
        }
        let actor = case.actor_of_trader(trader);
        let usable = |arc: &Arc| {
            may_leave[arc.from.index()]
                && !(single_home && home[arc.to.index()])
                && match arc.kind {
                    ArcKind::Pipeline(_) => true,
                    ArcKind::Lng { liquefaction, .. } => {
                        home[arc.from.index()] || case.liquefaction[liquefaction].owners.contains(&actor)
                    }
                }
        };
        let mut reached = home.clone();
        let mut open: Vec<usize> = (0..nodes).filter(|&node| home[node]).collect();
        let mut forward = vec![false; self.arcs.len()];
        while let Some(node) = open.pop() {
            for &id in &self.leaving[node] {
                let arc = self.arc(id);
                if usable(arc) {
                    forward[id.index()] = true;
                    if !reached[arc.to.index()] {
                        reached[arc.to.index()] = true;
                        open.push(arc.to.index());
                    }
                }
            }
        }
        let mut wanted = vec![false; nodes];
        for demand in &case.demand {
            wanted[demand.node.index()] = true;
        }
        let mut open: Vec<usize> = (0..nodes).filter(|&node| wanted[node]).collect();
        while let Some(node) = open.pop() {
            for &id in &self.entering[node] {
                let from = self.arc(id).from.index();
                if forward[id.index()] && !wanted[from] {
                    wanted[from] = true;
                    open.push(from);
                }
            }
        }
        self.ids().filter(|id| forward[id.index()] && wanted[self.arc(*id).to.index()]).collect()
    }
}

/// What shipping along a route of the case costs; none without ships and without charges of its own.
pub fn voyage(case: &Case, route: &SeaRoute) -> Option<Voyage> {
    let computed = case
        .shipping
        .map(|shipping| shipping.voyage(route, &case.chokepoints, case.gas.gross_calorific_value_mj_per_m3));
    match (computed, route.tariff, route.loss) {
        (_, Some(tariff), Some(loss)) => Some(Voyage {
            tariff,
            loss,
            ships_per_bcm_per_year: computed.map_or(0.0, |voyage| voyage.ships_per_bcm_per_year),
        }),
        (Some(voyage), tariff, loss) => Some(Voyage {
            tariff: tariff.unwrap_or(voyage.tariff),
            loss: loss.unwrap_or(voyage.loss),
            ..voyage
        }),
        (None, _, _) => None,
    }
}

fn lng_name(
    case: &Case,
    from: &crate::case::Terminal,
    to: &crate::case::Terminal,
    route: &SeaRoute,
) -> String {
    let alone = |terminals: &[crate::case::Terminal], node| {
        terminals.iter().filter(|terminal| terminal.node == node).count() == 1
    };
    let end = |terminals: &[crate::case::Terminal], terminal: &crate::case::Terminal| {
        if alone(terminals, terminal.node) {
            case.nodes[terminal.node.index()].id.clone()
        } else {
            terminal.id.clone()
        }
    };
    format!("lng:{}:{}:{}", end(&case.liquefaction, from), end(&case.regasification, to), route.route)
}
