//! A case as the page shows it: what there is, by name.

use netback::case::{Case, RawCase, Service, Terminal};
use netback::contract::IndexSeries;
use netback::units::{Unit, convert};
use serde::Serialize;

use crate::force_majeure::Shipments;

/// What a case holds, as far as the page shows it. Volumes in bcm/yr, prices and charges in USD/tcm.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct World {
    pub netback: String,
    pub case: String,
    pub title: String,
    pub hash: String,
    pub years: Vec<i32>,
    pub seasons: Vec<SeasonOnPage>,
    pub mmbtu_per_tcm: f64,
    pub actors: Vec<ActorOnPage>,
    pub nodes: Vec<NodeOnPage>,
    pub traders: Vec<TraderOnPage>,
    pub fields: Vec<Asset>,
    pub pipelines: Vec<PipelineOnPage>,
    pub liquefaction: Vec<Asset>,
    pub regasification: Vec<Asset>,
    pub storage: Vec<Asset>,
    pub chokepoints: Vec<ChokepointOnPage>,
    pub contracts: Vec<ContractOnPage>,
    pub indices: Vec<IndexOnPage>,
    pub observed_sales: Vec<(String, String, f64)>,
    pub observed_border_flows: Vec<BorderFlowOnPage>,
    pub monthly_prices: Vec<MonthlyPrices>,
    pub scenarios: Vec<Named>,
    pub deals: Vec<Named>,
}

#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct SeasonOnPage {
    pub name: String,
    pub share: f64,
}

#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct ActorOnPage {
    pub id: String,
    pub name: String,
    pub bloc: String,
}

#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct NodeOnPage {
    pub id: String,
    pub name: String,
    pub actor: String,
    pub region: String,
    pub longitude: Option<f64>,
    pub latitude: Option<f64>,
    /// Reference demand, mean of the year.
    pub demand: f64,
    pub observed_price: Option<f64>,
    pub unconfirmed: bool,
    pub note: String,
}

#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct TraderOnPage {
    pub id: String,
    pub name: String,
    pub actor: String,
}

/// A field, terminal or storage.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct Asset {
    pub id: String,
    pub name: String,
    pub node: String,
    pub capacity: f64,
    pub stands: bool,
    pub first_year: i32,
    pub source: String,
    pub note: String,
    pub unconfirmed: bool,
}

#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct PipelineOnPage {
    pub id: String,
    pub name: String,
    pub from: String,
    pub to: String,
    pub capacity: f64,
    pub tariff: f64,
    pub length_km: Option<f64>,
    pub owners: Vec<String>,
    pub capex_million_usd_per_bcm_per_year: Option<f64>,
    pub stands: bool,
    pub first_year: i32,
    pub source: String,
    pub note: String,
    pub unconfirmed: bool,
}

#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct ChokepointOnPage {
    pub id: String,
    pub name: String,
    pub longitude: Option<f64>,
    pub latitude: Option<f64>,
    pub capacity: Option<f64>,
    /// Contracts that lapse when it is closed: they have no other way by sea.
    pub shut_contracts: Vec<String>,
    pub note: String,
    pub unconfirmed: bool,
}

#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct ContractOnPage {
    pub id: String,
    pub name: String,
    pub seller: String,
    pub buyer: String,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub note: String,
    pub unconfirmed: bool,
}

#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct IndexOnPage {
    pub id: String,
    pub name: String,
    pub unit: String,
    pub base_level: f64,
}

/// A physical flow of the base year as published.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct BorderFlowOnPage {
    pub point: String,
    pub from: String,
    pub to: String,
    pub bcm_per_year: f64,
}

/// A published price of a node month by month.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct MonthlyPrices {
    pub node: String,
    /// Name of the series.
    pub series: String,
    /// Year and month of the first price.
    pub first: [i32; 2],
    /// USD/tcm; nothing where no price is known.
    pub prices: Vec<Option<f64>>,
}

/// Something that can be chosen, with what it stands for.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct Named {
    pub name: String,
    pub title: String,
}

impl World {
    /// The world of a case. `hash` is that of its files, `shipments` are those of the case as it stands.
    pub fn of(raw: &RawCase, case: &Case, shipments: &Shipments, hash: &str, netback: &str) -> World {
        let node = |id: netback::ids::NodeId| case.nodes[id.index()].id.clone();
        let trader = |id: netback::ids::TraderId| case.traders[id.index()].id.clone();
        let actor = |id: netback::ids::ActorId| case.actors[id.index()].id.clone();
        let notes = |table: &str, id: &str| Notes::of(raw, table, id);
        let first = case.calendar.years.first().map_or(case.base_year, |year| year.year);
        let asset = |table: &str, id: &str, name: &str, at, capacity: f64, service: &Service| {
            let Notes { source, note, unconfirmed } = notes(table, id);
            Asset {
                id: id.to_string(),
                name: name.to_string(),
                node: node(at),
                capacity,
                stands: service.serves(first),
                first_year: service.first_year,
                source,
                note,
                unconfirmed,
            }
        };
        let terminal = |table: &'static str| {
            move |t: &Terminal| asset(table, &t.id, &t.name, t.node, t.capacity.0, &t.service)
        };
        World {
            netback: netback.to_string(),
            case: case.name.clone(),
            title: case.title.clone(),
            hash: hash.to_string(),
            years: case.calendar.years.iter().map(|year| year.year).collect(),
            seasons: case
                .calendar
                .seasons
                .iter()
                .map(|season| SeasonOnPage { name: season.name.clone(), share: season.share.0 })
                .collect(),
            mmbtu_per_tcm: netback::units::mmbtu_per_tcm(&case.gas),
            actors: case
                .actors
                .iter()
                .map(|one| ActorOnPage { id: one.id.clone(), name: one.name.clone(), bloc: one.bloc.clone() })
                .collect(),
            nodes: case.nodes.iter().enumerate().map(|(at, _)| node_on_page(raw, case, at)).collect(),
            traders: case
                .traders
                .iter()
                .map(|one| TraderOnPage {
                    id: one.id.clone(),
                    name: one.name.clone(),
                    actor: actor(one.actor),
                })
                .collect(),
            fields: case
                .fields
                .iter()
                .map(|field| {
                    let name = raw.cell("fields", &field.id, "name").unwrap_or(&field.id);
                    asset("fields", &field.id, name, field.node, field.capacity.0, &field.service)
                })
                .collect(),
            pipelines: case
                .pipelines
                .iter()
                .map(|line| {
                    let Notes { source, note, unconfirmed } = notes("pipelines", &line.id);
                    PipelineOnPage {
                        id: line.id.clone(),
                        name: line.name.clone(),
                        from: node(line.from),
                        to: node(line.to),
                        capacity: line.capacity.0,
                        tariff: line.tariff.0,
                        length_km: line.length.map(|length| length.0),
                        owners: line.owners.iter().map(|&owner| actor(owner)).collect(),
                        capex_million_usd_per_bcm_per_year: line.expansion.map(|way| way.capex.0),
                        stands: line.service.serves(first),
                        first_year: line.service.first_year,
                        source,
                        note,
                        unconfirmed,
                    }
                })
                .collect(),
            liquefaction: case.liquefaction.iter().map(terminal("liquefaction")).collect(),
            regasification: case.regasification.iter().map(terminal("regasification")).collect(),
            storage: case
                .storage
                .iter()
                .map(|store| {
                    let name = raw.cell("storage", &store.id, "name").unwrap_or(&store.id);
                    asset("storage", &store.id, name, store.node, store.working_volume.0, &store.service)
                })
                .collect(),
            chokepoints: case
                .chokepoints
                .iter()
                .enumerate()
                .map(|(at, point)| {
                    let Notes { note, unconfirmed, .. } = notes("chokepoints", &point.id);
                    ChokepointOnPage {
                        id: point.id.clone(),
                        name: point.name.clone(),
                        longitude: point.longitude,
                        latitude: point.latitude,
                        capacity: point.capacity.map(|capacity| capacity.0),
                        shut_contracts: shipments.shut_contracts(case, &[at]),
                        note,
                        unconfirmed,
                    }
                })
                .collect(),
            contracts: case
                .contracts
                .iter()
                .map(|one| {
                    let Notes { note, unconfirmed, .. } = notes("contracts", &one.id);
                    ContractOnPage {
                        id: one.id.clone(),
                        name: raw.cell("contracts", &one.id, "name").unwrap_or_default().to_string(),
                        seller: trader(one.seller),
                        buyer: node(one.buyer),
                        minimum: one.minimum.map(|rate| rate.0),
                        maximum: one.maximum.map(|rate| rate.0),
                        note,
                        unconfirmed,
                    }
                })
                .collect(),
            indices: case
                .index_levels
                .iter()
                .map(|index| IndexOnPage {
                    id: index.id.clone(),
                    name: index.name.clone(),
                    unit: index.unit.clone(),
                    base_level: index.base_level,
                })
                .collect(),
            observed_sales: case
                .observed_sales
                .iter()
                .map(|sale| (trader(sale.trader), node(sale.market), sale.quantity.0))
                .collect(),
            observed_border_flows: case
                .observed_border_flows
                .iter()
                .map(|flow| BorderFlowOnPage {
                    point: flow.point.clone(),
                    from: node(flow.from),
                    to: node(flow.to),
                    bcm_per_year: flow.quantity.0,
                })
                .collect(),
            monthly_prices: case
                .observed_prices
                .iter()
                .filter_map(|row| monthly_prices(raw, case, row.monthly_series.as_deref()?, node(row.node)))
                .collect(),
            scenarios: raw
                .scenario_names()
                .map(|name| Named {
                    name: name.to_string(),
                    title: raw.scenario(name).map(|scenario| scenario.title).unwrap_or_default(),
                })
                .collect(),
            deals: raw
                .names_in("deals")
                .into_iter()
                .map(|name| Named {
                    name: name.to_string(),
                    title: netback::contract::Deal::read(raw, case, name)
                        .map_or_else(|_| name.to_string(), |deal| deal.title),
                })
                .collect(),
        }
    }
}

/// A series of the case in USD/tcm; none when its file has findings or its unit is no dollar price of gas.
fn monthly_prices(raw: &RawCase, case: &Case, series: &str, node: String) -> Option<MonthlyPrices> {
    let path = format!("indices/{series}.csv");
    let known = IndexSeries::read(&path, raw.text(&path)?).ok()?;
    let [from, to] = [known.unit.as_str(), "USD/tcm"].map(|unit| Unit::read(unit, &case.gas).ok());
    let (from, to) = (from?, to?);
    let (first, last) = (*known.values.keys().next()?, *known.values.keys().next_back()?);
    let prices = (0..=last.months_since(first)).map(|step| {
        let price = convert(*known.values.get(&first.plus(step))?, &from, &to, None).ok()?;
        Some((price * 10.0).round() / 10.0)
    });
    let prices: Vec<Option<f64>> = prices.collect();
    prices.iter().any(Option::is_some).then(|| MonthlyPrices {
        node,
        series: series.to_string(),
        first: [first.year(), first.month() as i32],
        prices,
    })
}

/// Where a row of the case comes from.
struct Notes {
    source: String,
    note: String,
    unconfirmed: bool,
}

impl Notes {
    fn of(raw: &RawCase, table: &str, id: &str) -> Notes {
        let cell = |column| raw.cell(table, id, column).unwrap_or_default().to_string();
        let note = cell("note");
        Notes { source: cell("source"), unconfirmed: note.contains("unconfirmed"), note }
    }
}

fn node_on_page(raw: &RawCase, case: &Case, at: usize) -> NodeOnPage {
    let node = &case.nodes[at];
    let demand = case.demand.iter().filter(|row| row.node.index() == at);
    let rate = |row: &netback::case::Demand| -> f64 {
        let seasons = case.calendar.seasons.iter().zip(&row.quantity);
        seasons.map(|(season, rate)| rate.map_or(0.0, |rate| rate.0 * season.share.0)).sum()
    };
    // the first row of demand speaks for the node
    let Notes { note, unconfirmed, .. } = Notes::of(raw, "demand", &node.id);
    NodeOnPage {
        id: node.id.clone(),
        name: node.name.clone(),
        actor: case.actors[node.actor.index()].id.clone(),
        region: node.region.clone(),
        longitude: node.longitude,
        latitude: node.latitude,
        demand: demand.map(rate).sum(),
        observed_price: case.observed_prices.iter().find(|row| row.node.index() == at).map(|row| row.price.0),
        unconfirmed,
        note,
    }
}
