//! A solved market as the page shows it: numbers by name.

use std::collections::BTreeMap;

use netback::calendar::Period;
use netback::case::Case;
use netback::market::MarketSolution;
use netback::network::{ArcKind, Network};
use netback::report::trade_routes;
use netback_solve::Certificate;
use serde::Serialize;

/// One number for the year and one for each season: `[year, season…]`. Volumes are rates in bcm/yr, of which that of
/// the year is the volume of the year in bcm.
pub type ByPeriod = Vec<Option<f64>>;

/// A certified market.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct Run {
    /// What it is called.
    pub label: String,
    /// Text of the scenario file that gives it; empty for the case as it stands.
    pub scenario: String,
    pub certificate: CertificateOnPage,
    pub times: Times,
    /// Columns, rows and coefficients of the programme.
    pub size: [usize; 3],
    pub iterations: usize,
    pub welfare_million_usd: f64,
    pub years: Vec<YearOfRun>,
}

/// What was measured after the solve.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct CertificateOnPage {
    pub natural_residual: f64,
    pub primal: f64,
    pub dual: f64,
    pub worst: String,
    pub tolerance: f64,
}

/// Seconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[allow(missing_docs)]
pub struct Times {
    pub build: f64,
    pub solve: f64,
    pub polish: f64,
    pub certify: f64,
    /// From the request to the answer, everything above and reading, checking and writing.
    pub total: f64,
}

/// Surplus of an actor in one year, million USD.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct ActorInRun {
    pub actor: String,
    pub consumers: f64,
    pub producers: f64,
    pub transport: f64,
    pub taxes: f64,
}

/// Everything of one calendar year.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct YearOfRun {
    pub year: i32,
    pub nodes: Vec<NodeInRun>,
    pub pipelines: Vec<Use>,
    pub liquefaction: Vec<Use>,
    pub regasification: Vec<Use>,
    pub fields: Vec<Use>,
    pub storage: Vec<StorageInRun>,
    pub chokepoints: Vec<Use>,
    pub lng: Vec<Cargoes>,
    pub sales: Vec<SaleInRun>,
    pub contracts: Vec<ContractInRun>,
    pub routes: Vec<RouteInRun>,
    pub actors: Vec<ActorInRun>,
}

#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct NodeInRun {
    pub id: String,
    /// USD/tcm; nothing where the equilibrium leaves it free.
    pub price: ByPeriod,
    pub consumption: ByPeriod,
    pub production: ByPeriod,
}

/// Use of an asset.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct Use {
    pub id: String,
    pub flow: ByPeriod,
    pub capacity: ByPeriod,
    /// What one more unit of capacity is worth, USD/tcm.
    pub value: ByPeriod,
    /// Price at the end less price at the start, USD/tcm; pipelines only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spread: ByPeriod,
}

/// What goes into a storage and comes out of it.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct StorageInRun {
    pub id: String,
    pub injection: ByPeriod,
    pub withdrawal: ByPeriod,
    /// Most that is in store at the end of a season, above the lowest level of the year, bcm.
    pub highest_level: f64,
    /// bcm.
    pub working_volume: f64,
    /// What one more unit of working volume is worth over the year, USD/tcm.
    pub value: Option<f64>,
}

/// LNG from one node to another by one way.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct Cargoes {
    pub from: String,
    pub to: String,
    pub chokepoints: Vec<String>,
    pub flow: ByPeriod,
}

#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct SaleInRun {
    pub trader: String,
    pub market: String,
    pub bcm: f64,
}

#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct ContractInRun {
    pub id: String,
    pub rate: f64,
    pub shortfall: f64,
    pub force_majeure: bool,
}

/// Gas of a trader that takes one way to a market of another actor.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct RouteInRun {
    pub seller: String,
    pub buyer: String,
    /// Straits passed by ship.
    pub straits: Vec<String>,
    /// First pipeline to another actor, when no ship is taken.
    pub pipeline: Option<String>,
    pub bcm: f64,
}

/// Volumes below this one (in bcm) are left out.
const NOTHING: f64 = 5e-4;

impl Run {
    /// The run of a solved market.
    pub fn of(
        case: &Case,
        solution: &MarketSolution,
        certificate: &Certificate,
        label: &str,
        scenario: &str,
    ) -> Run {
        Run {
            label: label.to_string(),
            scenario: scenario.to_string(),
            certificate: CertificateOnPage {
                natural_residual: certificate.natural_residual,
                primal: certificate.primal,
                dual: certificate.dual,
                worst: certificate.worst.clone(),
                tolerance: certificate.tolerance,
            },
            times: Times {
                build: solution.times.build,
                solve: solution.times.solve,
                polish: solution.times.polish,
                certify: solution.times.certify,
                total: 0.0,
            },
            size: [solution.size.0, solution.size.1, solution.size.2],
            iterations: solution.iterations,
            welfare_million_usd: rounded(solution.totals.welfare.0),
            years: years_of(case, solution),
        }
    }
}

/// Every year of a solution.
pub(crate) fn years_of(case: &Case, solution: &MarketSolution) -> Vec<YearOfRun> {
    let reading = Reading { case, solution, network: Network::of(case) };
    (0..case.calendar.years.len()).map(|year| reading.year(year)).collect()
}

struct Reading<'a> {
    case: &'a Case,
    solution: &'a MarketSolution,
    network: Network,
}

/// Sums of rates and of limits over the periods of a year.
#[derive(Clone)]
struct Sums {
    flow: ByPeriod,
    capacity: ByPeriod,
    value: ByPeriod,
    spread: ByPeriod,
}

impl Reading<'_> {
    fn empty(&self) -> ByPeriod {
        vec![None; 1 + self.case.calendar.seasons.len()]
    }

    fn sums(&self) -> Sums {
        Sums { flow: self.empty(), capacity: self.empty(), value: self.empty(), spread: self.empty() }
    }

    /// Adds a rate, limit or price to its season and, by the season's share, to the year.
    fn add(&self, to: &mut ByPeriod, at: Period, value: f64) {
        let share = self.case.calendar.seasons[at.season].share.0;
        *to[1 + at.season].get_or_insert(0.0) += value;
        *to[0].get_or_insert(0.0) += value * share;
    }

    fn actors(&self, year: usize) -> Vec<ActorInRun> {
        let rows = self.solution.welfare.iter().filter(|row| row.year == year);
        rows.map(|row| ActorInRun {
            actor: self.case.actors[row.actor.index()].id.clone(),
            consumers: rounded(row.consumers.0),
            producers: rounded(row.producers.0),
            transport: rounded(row.transport.0),
            taxes: rounded(row.taxes.0),
        })
        .collect()
    }

    fn year(&self, year: usize) -> YearOfRun {
        let (case, solution) = (self.case, self.solution);
        let mut terminals: [Vec<Sums>; 2] =
            [vec![self.sums(); case.regasification.len()], vec![self.sums(); case.liquefaction.len()]];
        for row in solution.terminals.iter().filter(|row| row.period.year == year) {
            let sums = &mut terminals[usize::from(row.is_liquefaction)][row.terminal];
            self.add(&mut sums.flow, row.period, row.rate.0);
            self.add(&mut sums.capacity, row.period, row.capacity.0);
            if let Some(value) = row.capacity_value {
                self.add(&mut sums.value, row.period, value.0);
            }
        }
        let mut fields = vec![self.sums(); case.fields.len()];
        for row in solution.production.iter().filter(|row| row.period.year == year) {
            let sums = &mut fields[row.field];
            self.add(&mut sums.flow, row.period, row.rate.0);
            self.add(&mut sums.capacity, row.period, case.fields[row.field].capacity.0);
            if let Some(value) = row.capacity_value {
                self.add(&mut sums.value, row.period, value.0);
            }
        }
        let mut straits = vec![self.sums(); case.chokepoints.len()];
        for row in solution.chokepoints.iter().filter(|row| row.period.year == year) {
            let sums = &mut straits[row.chokepoint.index()];
            self.add(&mut sums.flow, row.period, row.rate.0);
            if let Some(capacity) = row.capacity {
                self.add(&mut sums.capacity, row.period, capacity.0);
            }
            if let Some(value) = row.capacity_value {
                self.add(&mut sums.value, row.period, value.0);
            }
        }
        let [regasification, liquefaction] = terminals;
        let named = |sums: Vec<Sums>, name: &dyn Fn(usize) -> String| -> Vec<Use> {
            let all = sums.into_iter().enumerate();
            all.filter(|(_, sums)| sums.flow[0].is_some()).map(|(at, sums)| sums.named(name(at))).collect()
        };
        YearOfRun {
            year: case.calendar.years[year].year,
            nodes: self.nodes(year),
            pipelines: self.pipelines(year),
            liquefaction: named(liquefaction, &|at| case.liquefaction[at].id.clone()),
            regasification: named(regasification, &|at| case.regasification[at].id.clone()),
            fields: named(fields, &|at| case.fields[at].id.clone()),
            storage: self.storage(year),
            chokepoints: named(straits, &|at| case.chokepoints[at].id.clone()),
            lng: self.cargoes(year),
            sales: self.sales(year),
            contracts: self.contracts(year),
            routes: self.routes(year),
            actors: self.actors(year),
        }
    }

    fn storage(&self, year: usize) -> Vec<StorageInRun> {
        let mut found: BTreeMap<usize, StorageInRun> = BTreeMap::new();
        for row in self.solution.storage.iter().filter(|row| row.period.year == year) {
            let store = &self.case.storage[row.storage];
            let entry = found.entry(row.storage).or_insert_with(|| StorageInRun {
                id: store.id.clone(),
                injection: self.empty(),
                withdrawal: self.empty(),
                highest_level: 0.0,
                working_volume: rounded(store.working_volume.0),
                value: None,
            });
            self.add(&mut entry.injection, row.period, row.injection.0);
            self.add(&mut entry.withdrawal, row.period, row.withdrawal.0);
            entry.highest_level = entry.highest_level.max(rounded(row.level.0));
            if let Some(value) = row.volume_value {
                *entry.value.get_or_insert(0.0) += value.0;
            }
        }
        let all_rounded = |mut store: StorageInRun| {
            store.injection = all_rounded(&store.injection);
            store.withdrawal = all_rounded(&store.withdrawal);
            store.value = store.value.map(rounded);
            store
        };
        found.into_values().map(all_rounded).collect()
    }

    fn nodes(&self, year: usize) -> Vec<NodeInRun> {
        let case = self.case;
        let count = case.nodes.len();
        let mut price = vec![self.empty(); count];
        let (mut consumption, mut production) = (price.clone(), price.clone());
        for row in self.solution.consumption.iter().filter(|row| row.period.year == year) {
            self.add(&mut consumption[row.node.index()], row.period, row.rate.0);
        }
        for row in self.solution.production.iter().filter(|row| row.period.year == year) {
            let node = case.fields[row.field].node;
            self.add(&mut production[node.index()], row.period, row.rate.0);
        }
        for row in self.solution.prices.iter().filter(|row| row.period.year == year && row.is_determined) {
            price[row.node.index()][1 + row.period.season] = Some(row.price.0);
        }
        let mut nodes = Vec::new();
        for (at, node) in case.nodes.iter().enumerate() {
            let id = case.node(&node.id).expect("a node of the case");
            price[at][0] = self.solution.annual_price(id, year).map(|price| price.0);
            nodes.push(NodeInRun {
                id: node.id.clone(),
                price: all_rounded(&price[at]),
                consumption: all_rounded(&consumption[at]),
                production: all_rounded(&production[at]),
            });
        }
        nodes
    }

    fn pipelines(&self, year: usize) -> Vec<Use> {
        let mut uses: BTreeMap<usize, Sums> = BTreeMap::new();
        for row in self.solution.arcs.iter().filter(|row| row.period.year == year) {
            let ArcKind::Pipeline(id) = self.network.arc(row.arc).kind else { continue };
            let sums = uses.entry(id.index()).or_insert_with(|| self.sums());
            self.add(&mut sums.flow, row.period, row.rate.0);
            if let Some(capacity) = row.capacity {
                self.add(&mut sums.capacity, row.period, capacity.0);
            }
            if let Some(value) = row.capacity_value {
                self.add(&mut sums.value, row.period, value.0);
            }
            if let Some(spread) = row.price_spread {
                self.add(&mut sums.spread, row.period, spread.0);
            }
        }
        uses.into_iter()
            .map(|(at, sums)| {
                let spread = all_rounded(&sums.spread);
                Use { spread, ..sums.named(self.case.pipelines[at].id.clone()) }
            })
            .collect()
    }

    /// LNG by nodes and straits: terminals of one node are one.
    fn cargoes(&self, year: usize) -> Vec<Cargoes> {
        let mut flows: BTreeMap<(usize, usize, Vec<usize>), ByPeriod> = BTreeMap::new();
        for row in self.solution.arcs.iter().filter(|row| row.period.year == year && row.rate.0 > NOTHING) {
            let arc = self.network.arc(row.arc);
            if matches!(arc.kind, ArcKind::Pipeline(_)) {
                continue;
            }
            let straits = arc.chokepoints.iter().map(|point| point.index()).collect();
            let key = (row.from.index(), row.to.index(), straits);
            let flow = flows.entry(key).or_insert_with(|| self.empty());
            self.add(flow, row.period, row.rate.0);
        }
        let nodes = &self.case.nodes;
        flows
            .into_iter()
            .map(|((from, to, straits), flow)| Cargoes {
                from: nodes[from].id.clone(),
                to: nodes[to].id.clone(),
                chokepoints: straits.into_iter().map(|at| self.case.chokepoints[at].id.clone()).collect(),
                flow: all_rounded(&flow),
            })
            .collect()
    }

    fn sales(&self, year: usize) -> Vec<SaleInRun> {
        let sales = self.solution.annual_sales(year).into_iter().filter(|(_, volume)| volume.0 > NOTHING);
        sales
            .map(|((trader, market), volume)| SaleInRun {
                trader: self.case.traders[trader.index()].id.clone(),
                market: self.case.nodes[market.index()].id.clone(),
                bcm: rounded(volume.0),
            })
            .collect()
    }

    fn contracts(&self, year: usize) -> Vec<ContractInRun> {
        let rows = self.solution.contracts.iter().filter(|row| row.year == year);
        rows.map(|row| ContractInRun {
            id: self.case.contracts[row.contract].id.clone(),
            rate: rounded(row.rate.0),
            shortfall: rounded(row.shortfall.0),
            force_majeure: row.force_majeure,
        })
        .collect()
    }

    fn routes(&self, year: usize) -> Vec<RouteInRun> {
        let case = self.case;
        let mut sums: BTreeMap<(String, String, Vec<String>, Option<String>), f64> = BTreeMap::new();
        for route in trade_routes(case, self.solution, year) {
            let seller = case.actor_of_trader(route.trader);
            let buyer = case.actor_of_node(route.market);
            if seller == buyer {
                continue;
            }
            let arcs = || route.arcs.iter().map(|&arc| self.network.arc(arc));
            let by_ship = arcs().any(|arc| matches!(arc.kind, ArcKind::Lng { .. }));
            let straits = arcs().flat_map(|arc| arc.chokepoints.iter());
            let straits = straits.map(|point| case.chokepoints[point.index()].id.clone()).collect();
            let abroad = arcs().find_map(|arc| match arc.kind {
                ArcKind::Pipeline(id) if case.actor_of_node(arc.from) != case.actor_of_node(arc.to) => {
                    Some(case.pipelines[id.index()].id.clone())
                }
                _ => None,
            });
            let pipeline = if by_ship { None } else { abroad };
            let key = (
                case.actors[seller.index()].id.clone(),
                case.actors[buyer.index()].id.clone(),
                straits,
                pipeline,
            );
            *sums.entry(key).or_default() += route.volume.0;
        }
        sums.into_iter()
            .filter(|(_, bcm)| *bcm > NOTHING)
            .map(|((seller, buyer, straits, pipeline), bcm)| RouteInRun {
                seller,
                buyer,
                straits,
                pipeline,
                bcm: rounded(bcm),
            })
            .collect()
    }
}

impl Sums {
    fn named(self, id: String) -> Use {
        Use {
            id,
            flow: all_rounded(&self.flow),
            capacity: all_rounded(&self.capacity),
            value: all_rounded(&self.value),
            spread: Vec::new(),
        }
    }
}

fn all_rounded(values: &ByPeriod) -> ByPeriod {
    values.iter().map(|value| value.map(rounded)).collect()
}

/// To four decimals: the page is not the record, the run folder is.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4 + 0.0
}
