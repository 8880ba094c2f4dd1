//! From read cells to a [`Case`]: every column in its unit.

use std::collections::BTreeMap;

use super::super::case::*;
use super::cells::{Row, Tables};
use super::settings::Settings;
use crate::calendar::Calendar;
use crate::ids::{ActorId, ChokepointId, NodeId, PipelineId, TraderId};
use crate::units::{
    Bcm, BcmPerYear, Fraction, Kilometre, MillionUsd, MillionUsdPerBcmPerYear, NauticalMile, UsdPerTcm,
    UsdPerTcmPerBcmPerYear,
};

pub(super) fn build(settings: Settings, tables: &Tables) -> Case {
    let rate = |row: &Row, column: &str| BcmPerYear(row.number(column));
    let optional_rate = |row: &Row, column: &str| row.optional(column).map(BcmPerYear);
    let price = |row: &Row, column: &str| UsdPerTcm(row.number(column));
    let terminal = |row: Row, annual: bool| Terminal {
        id: row.text("terminal"),
        name: row.text("name"),
        node: row.node("node"),
        capacity: rate(&row, "capacity_bcm_per_year"),
        annual_capacity: if annual { optional_rate(&row, "annual_capacity_bcm_per_year") } else { None },
        cost: price(&row, "cost_usd_per_tcm"),
        loss: Fraction(row.number("loss_fraction")),
        owners: row.actors("owners"),
        service: row.service(),
        expansion: row.expansion(),
    };
    let calendar = settings.calendar;
    let profiles = read_profiles(tables, calendar.seasons.len());
    Case {
        nodes: tables
            .rows("nodes")
            .map(|row| Node {
                id: row.text("node"),
                name: row.text("name"),
                actor: ActorId::from_index(row.index("actor")),
                longitude: row.optional("longitude"),
                latitude: row.optional("latitude"),
                region: row.text("region"),
            })
            .collect(),
        actors: tables
            .rows("actors")
            .map(|row| Actor { id: row.text("actor"), name: row.text("name"), bloc: row.text("bloc") })
            .collect(),
        traders: tables
            .rows("traders")
            .map(|row| Trader {
                id: row.text("trader"),
                name: row.text("name"),
                actor: ActorId::from_index(row.index("actor")),
                theta: Fraction(row.number("theta")),
            })
            .collect(),
        fields: tables
            .rows("fields")
            .map(|row| Field {
                id: row.text("field"),
                node: row.node("node"),
                trader: row.trader("trader"),
                capacity: rate(&row, "capacity_bcm_per_year"),
                annual_capacity: optional_rate(&row, "annual_capacity_bcm_per_year"),
                marginal_cost: price(&row, "marginal_cost_usd_per_tcm"),
                cost_slope: UsdPerTcmPerBcmPerYear(row.number("cost_slope_usd_per_tcm_per_bcm_per_year")),
                cost_curvature: price(&row, "cost_curvature_usd_per_tcm"),
                cost_barrier: MillionUsd(row.number("cost_barrier_million_usd_per_year")),
                barrier: optional_rate(&row, "barrier_bcm_per_year")
                    .unwrap_or_else(|| rate(&row, "capacity_bcm_per_year")),
                reserves: row.optional("reserves_bcm").map(Bcm),
                service: row.service(),
            })
            .collect(),
        demand: tables.rows("demand").map(|row| read_demand(&row, &profiles, &calendar)).collect(),
        pipelines: tables
            .rows("pipelines")
            .map(|row| Pipeline {
                id: row.text("pipeline"),
                name: row.text("name"),
                from: row.node("from"),
                to: row.node("to"),
                capacity: rate(&row, "capacity_bcm_per_year"),
                tariff: price(&row, "tariff_usd_per_tcm"),
                congestion: row.number("congestion_usd_per_tcm_per_bcm2"),
                loss: Fraction(row.number("loss_fraction")),
                length: row.optional("length_km").map(Kilometre),
                owners: row.actors("owners"),
                service: row.service(),
                expansion: row.expansion(),
            })
            .collect(),
        liquefaction: tables.rows("liquefaction").map(|row| terminal(row, true)).collect(),
        regasification: tables.rows("regasification").map(|row| terminal(row, false)).collect(),
        sea_routes: tables
            .rows("sea_routes")
            .map(|row| SeaRoute {
                from: row.node("from"),
                to: row.node("to"),
                route: row.text("route"),
                distance: NauticalMile(row.number("nautical_miles")),
                chokepoints: row.indices("chokepoints").into_iter().map(ChokepointId::from_index).collect(),
                tariff: row.optional("tariff_usd_per_tcm").map(UsdPerTcm),
                loss: row.optional("loss_fraction").map(Fraction),
            })
            .collect(),
        chokepoints: tables
            .rows("chokepoints")
            .map(|row| Chokepoint {
                id: row.text("chokepoint"),
                name: row.text("name"),
                capacity: optional_rate(&row, "capacity_bcm_per_year"),
                toll_usd_per_round_trip: row.number("toll_usd_per_round_trip"),
                delay_days_per_round_trip: row.number("delay_days_per_round_trip"),
                longitude: row.optional("longitude"),
                latitude: row.optional("latitude"),
            })
            .collect(),
        storage: tables
            .rows("storage")
            .map(|row| Storage {
                id: row.text("storage"),
                node: row.node("node"),
                working_volume: Bcm(row.number("working_volume_bcm")),
                injection: rate(&row, "injection_bcm_per_year"),
                withdrawal: rate(&row, "withdrawal_bcm_per_year"),
                cost: price(&row, "cost_usd_per_tcm"),
                loss: Fraction(row.number("loss_fraction")),
                owners: row.actors("owners"),
                service: row.service(),
            })
            .collect(),
        conduct: tables
            .rows("conduct")
            .map(|row| Conduct {
                trader: row.trader("trader"),
                market: row.node("market"),
                theta: Fraction(row.number("theta")),
            })
            .collect(),
        taxes: tables
            .rows("taxes")
            .map(|row| Tax {
                id: row.text("tax"),
                trader: row.trader("trader"),
                market: row.optional_index("market").map(NodeId::from_index),
                rate: Fraction(row.number("rate_fraction")),
                border_price: row.optional("border_price_usd_per_tcm").map(UsdPerTcm),
                amount: price(&row, "rate_usd_per_tcm"),
            })
            .collect(),
        customs_unions: tables
            .rows("customs_unions")
            .map(|row| UnionMember {
                union: row.text("union"),
                actor: ActorId::from_index(row.index("actor")),
            })
            .collect(),
        no_transit: tables
            .rows("transit_rights")
            .filter(|row| !row.yes("allowed"))
            .map(|row| NoTransit { trader: row.trader("trader"), node: row.node("node") })
            .collect(),
        transit_contracts: tables
            .rows("transit_contracts")
            .map(|row| TransitContract {
                id: row.text("contract"),
                trader: row.trader("trader"),
                pipelines: row.pipelines("pipelines"),
                booking: optional_rate(&row, "booking_bcm_per_year")
                    .zip(row.optional("commodity_tariff_usd_per_tcm").map(UsdPerTcm)),
                minimum: optional_rate(&row, "minimum_bcm_per_year"),
                force_majeure: row.yes("force_majeure"),
                service: row.years(true),
            })
            .collect(),
        contracts: tables
            .rows("contracts")
            .map(|row| SalesContract {
                id: row.text("contract"),
                seller: row.trader("seller"),
                buyer: row.node("buyer"),
                minimum: optional_rate(&row, "minimum_bcm_per_year"),
                maximum: optional_rate(&row, "maximum_bcm_per_year"),
                season: row.optional_index("season"),
                route: row.pipelines("route"),
                force_majeure: row.yes("force_majeure"),
                service: row.years(true),
            })
            .collect(),
        index_levels: tables
            .rows("index_levels")
            .map(|row| IndexLevel {
                id: row.text("index"),
                name: Some(row.text("name"))
                    .filter(|name| !name.is_empty())
                    .unwrap_or_else(|| row.text("index")),
                unit: row.text("unit"),
                base_level: row.number("base_level"),
                level: row.optional("level").unwrap_or_else(|| row.number("base_level")),
            })
            .collect(),
        indexation: tables
            .rows("indexation")
            .map(|row| Indexation {
                market: row.node("market"),
                index: row.index("index"),
                slope: price(&row, "slope_usd_per_tcm_per_unit"),
                constant: price(&row, "constant_usd_per_tcm"),
                against: row.optional_index("against").map(NodeId::from_index),
            })
            .collect(),
        observed_sales: tables
            .rows("observed_sales")
            .map(|row| ObservedSale {
                trader: row.trader("trader"),
                market: row.node("market"),
                quantity: rate(&row, "bcm_per_year"),
            })
            .collect(),
        observed_prices: tables
            .rows("observed_prices")
            .map(|row| ObservedPrice {
                node: row.node("node"),
                price: price(&row, "price_usd_per_tcm"),
                hub: row.yes("hub"),
                monthly_series: Some(row.text("monthly_series")).filter(|name| !name.is_empty()),
            })
            .collect(),
        observed_border_flows: tables
            .rows("observed_border_flows")
            .map(|row| ObservedBorderFlow {
                point: row.text("point"),
                from: row.node("from"),
                to: row.node("to"),
                quantity: rate(&row, "bcm_per_year"),
            })
            .collect(),
        calibration: read_calibration(tables, calendar.seasons.len()),
        name: settings.name,
        title: settings.title,
        base_year: settings.base_year,
        gas: settings.gas,
        settings: settings.settings,
        shipping: settings.shipping,
        calendar,
    }
}

/// Share of the year's quantity per season, by the row that stands for the profile.
fn read_profiles(tables: &Tables, seasons: usize) -> BTreeMap<usize, Vec<f64>> {
    let mut first_of: BTreeMap<String, usize> = BTreeMap::new();
    let mut profiles: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for row in tables.rows("profiles") {
        let first = *first_of.entry(row.text("profile")).or_insert(row.index);
        profiles.entry(first).or_insert_with(|| vec![0.0; seasons])[row.index("season")] +=
            row.number("share");
    }
    profiles
}

fn read_demand(row: &Row, profiles: &BTreeMap<usize, Vec<f64>>, calendar: &Calendar) -> Demand {
    let annual = row.number("quantity_bcm_per_year");
    let quantity = match (row.optional_index("season"), row.optional_index("profile")) {
        (Some(season), _) => {
            (0..calendar.seasons.len()).map(|s| (s == season).then_some(BcmPerYear(annual))).collect()
        }
        (None, Some(profile)) => calendar
            .seasons
            .iter()
            .zip(&profiles[&profile])
            .map(|(season, share)| Some(BcmPerYear(annual * share / season.share.0)))
            .collect(),
        (None, None) => calendar.seasons.iter().map(|_| Some(BcmPerYear(annual))).collect(),
    };
    Demand {
        node: row.node("node"),
        sector: row.text("sector"),
        year: row.optional("year").map(|year| year as i32),
        quantity,
        price: UsdPerTcm(row.number("price_usd_per_tcm")),
        elasticity: row.number("elasticity"),
        form: match row.text("form").as_str() {
            "constant_elasticity" => DemandForm::ConstantElasticity,
            "fixed" => DemandForm::Fixed,
            _ => DemandForm::Linear,
        },
        price_floor: UsdPerTcm(row.number("price_floor_usd_per_tcm")),
    }
}

fn read_calibration(tables: &Tables, seasons: usize) -> Option<Calibration> {
    let mut anchors: BTreeMap<(TraderId, NodeId), Vec<BcmPerYear>> = BTreeMap::new();
    for row in tables.rows("calibrated_seasonal_sales") {
        let key = (row.trader("trader"), row.node("market"));
        anchors.entry(key).or_insert_with(|| vec![BcmPerYear(0.0); seasons])[row.index("season")] =
            BcmPerYear(row.number("anchor_bcm_per_year"));
    }
    let sales: Vec<CalibratedSale> = tables
        .rows("calibrated_sales")
        .map(|row| {
            let key = (row.trader("trader"), row.node("market"));
            CalibratedSale {
                trader: key.0,
                market: key.1,
                wedge: UsdPerTcm(row.number("wedge_usd_per_tcm")),
                anchor: BcmPerYear(row.number("anchor_bcm_per_year")),
                producer_term: UsdPerTcm(row.number("producer_term_usd_per_tcm")),
                market_term: UsdPerTcm(row.number("market_term_usd_per_tcm")),
                seasonal_anchor: anchors.get(&key).cloned().unwrap_or_else(|| vec![BcmPerYear(0.0); seasons]),
            }
        })
        .collect();
    let demand: Vec<CalibratedDemand> = tables
        .rows("calibrated_demand")
        .map(|row| CalibratedDemand {
            node: row.node("node"),
            season: row.index("season"),
            price_shift: UsdPerTcm(row.number("price_shift_usd_per_tcm")),
            price: UsdPerTcm(row.number("price_usd_per_tcm")),
        })
        .collect();
    let conduct = tables
        .rows("calibrated_conduct")
        .map(|row| (row.text("region"), Fraction(row.number("theta"))))
        .collect();
    (!sales.is_empty()).then_some(Calibration { sales, demand, conduct })
}

impl Row<'_> {
    fn node(&self, column: &str) -> NodeId {
        NodeId::from_index(self.index(column))
    }

    fn trader(&self, column: &str) -> TraderId {
        TraderId::from_index(self.index(column))
    }

    fn actors(&self, column: &str) -> Vec<ActorId> {
        self.indices(column).into_iter().map(ActorId::from_index).collect()
    }

    fn pipelines(&self, column: &str) -> Vec<PipelineId> {
        self.indices(column).into_iter().map(PipelineId::from_index).collect()
    }

    fn yes(&self, column: &str) -> bool {
        self.text(column) == "yes"
    }

    pub fn years(&self, exists: bool) -> Service {
        Service {
            exists,
            first_year: self.optional("first_year").map_or(i32::MIN, |year| year as i32),
            last_year: self.optional("last_year").map_or(i32::MAX, |year| year as i32),
        }
    }

    fn service(&self) -> Service {
        self.years(self.text("status") == "existing")
    }

    fn expansion(&self) -> Option<Expansion> {
        self.optional("capex_million_usd_per_bcm_per_year").map(|capex| Expansion {
            capex: MillionUsdPerBcmPerYear(capex),
            limit: self.optional("expansion_limit_bcm_per_year").map(BcmPerYear),
        })
    }
}
