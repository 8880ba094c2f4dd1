//! The long tables of a market solution: one row per fact, unit in the header.

use std::collections::BTreeMap;

use super::table::{Cell, Table};
use crate::calendar::Period;
use crate::case::Case;
use crate::ids::{ArcId, NodeId, TraderId};
use crate::market::MarketSolution;
use crate::units::UsdPerTcm;

/// All tables of a solution.
pub fn market_tables(case: &Case, solution: &MarketSolution) -> Vec<Table> {
    let names = Names { case };
    vec![
        prices(&names, solution),
        sales(&names, solution),
        production(&names, solution),
        consumption(&names, solution),
        flows(&names, solution),
        terminals(&names, solution),
        chokepoints(&names, solution),
        fleet(&names, solution),
        storage(&names, solution),
        storage_use(&names, solution),
        balances(&names, solution),
        investment(&names, solution),
        contracts(&names, solution),
        bookings(&names, solution),
        transit_contracts(&names, solution),
        welfare(&names, solution),
        totals(solution),
    ]
}

struct Names<'a> {
    case: &'a Case,
}

impl Names<'_> {
    fn year(&self, year: usize) -> Cell {
        self.case.calendar.years[year].year.into()
    }

    fn season(&self, period: Period) -> Cell {
        self.case.calendar.seasons[period.season].name.as_str().into()
    }

    fn node(&self, node: NodeId) -> Cell {
        self.case.nodes[node.index()].id.as_str().into()
    }

    fn trader(&self, trader: TraderId) -> Cell {
        self.case.traders[trader.index()].id.as_str().into()
    }
}

/// A value, or nothing where the equilibrium leaves it free.
fn usd(value: Option<UsdPerTcm>) -> Cell {
    value.map(|value| value.0).into()
}

fn prices(names: &Names, solution: &MarketSolution) -> Table {
    let mut table = Table::new("prices", &["year", "season", "node", "price_usd_per_tcm"]);
    for row in &solution.prices {
        let at = row.period;
        let price = row.is_determined.then_some(row.price.0);
        table.push([names.year(at.year), names.season(at), names.node(row.node), price.into()]);
    }
    table
}

fn sales(names: &Names, solution: &MarketSolution) -> Table {
    let header = ["year", "season", "trader", "market", "bcm_per_year", "bcm"];
    let mut table = Table::new("sales", &header);
    for row in &solution.sales {
        let at = row.period;
        table.push([
            names.year(at.year),
            names.season(at),
            names.trader(row.trader),
            names.node(row.market),
            row.rate.0.into(),
            row.volume.0.into(),
        ]);
    }
    table
}

fn production(names: &Names, solution: &MarketSolution) -> Table {
    let header = [
        "year",
        "season",
        "field",
        "trader",
        "node",
        "bcm_per_year",
        "bcm",
        "capacity_value_usd_per_tcm",
        "annual_capacity_value_usd_per_tcm",
        "reserve_value_usd_per_tcm",
    ];
    let mut table = Table::new("production", &header);
    for row in &solution.production {
        let (at, field) = (row.period, &names.case.fields[row.field]);
        table.push([
            names.year(at.year),
            names.season(at),
            field.id.as_str().into(),
            names.trader(field.trader),
            names.node(field.node),
            row.rate.0.into(),
            row.volume.0.into(),
            usd(row.capacity_value),
            usd(row.annual_capacity_value),
            usd(row.reserve_value),
        ]);
    }
    table
}

fn consumption(names: &Names, solution: &MarketSolution) -> Table {
    let header = ["year", "season", "node", "bcm_per_year", "bcm", "curtailed_bcm_per_year"];
    let mut table = Table::new("consumption", &header);
    for row in &solution.consumption {
        let at = row.period;
        table.push([
            names.year(at.year),
            names.season(at),
            names.node(row.node),
            row.rate.0.into(),
            row.volume.0.into(),
            row.curtailed.0.into(),
        ]);
    }
    table
}

fn flows(names: &Names, solution: &MarketSolution) -> Table {
    let header = [
        "year",
        "season",
        "arc",
        "kind",
        "from",
        "to",
        "trader",
        "bcm_per_year",
        "bcm",
        "capacity_bcm_per_year",
        "capacity_value_usd_per_tcm",
        "congestion_charge_usd_per_tcm",
        "price_spread_usd_per_tcm",
    ];
    let mut table = Table::new("flows", &header);
    for arc in &solution.arcs {
        let at = arc.period;
        let kind = if arc.is_lng { "lng" } else { "pipeline" };
        table.push([
            names.year(at.year),
            names.season(at),
            arc.name.as_str().into(),
            kind.into(),
            names.node(arc.from),
            names.node(arc.to),
            "all".into(),
            arc.rate.0.into(),
            arc.volume.0.into(),
            arc.capacity.map(|capacity| capacity.0).into(),
            usd(arc.capacity_value),
            arc.congestion_charge.0.into(),
            usd(arc.price_spread),
        ]);
        for flow in &solution.flows {
            if flow.arc == arc.arc && flow.period == at && flow.rate.0 > 1e-9 {
                table.push([
                    names.year(at.year),
                    names.season(at),
                    arc.name.as_str().into(),
                    kind.into(),
                    names.node(arc.from),
                    names.node(arc.to),
                    names.trader(flow.trader),
                    flow.rate.0.into(),
                    flow.volume.0.into(),
                    Cell::Empty,
                    Cell::Empty,
                    Cell::Empty,
                    Cell::Empty,
                ]);
            }
        }
    }
    table
}

fn terminals(names: &Names, solution: &MarketSolution) -> Table {
    let header = [
        "year",
        "season",
        "terminal",
        "kind",
        "node",
        "bcm_per_year",
        "bcm",
        "capacity_bcm_per_year",
        "capacity_value_usd_per_tcm",
        "feed_gas_value_usd_per_tcm",
    ];
    let mut table = Table::new("terminals", &header);
    for row in &solution.terminals {
        let at = row.period;
        let (terminals, kind) = if row.is_liquefaction {
            (&names.case.liquefaction, "liquefaction")
        } else {
            (&names.case.regasification, "regasification")
        };
        let terminal = &terminals[row.terminal];
        table.push([
            names.year(at.year),
            names.season(at),
            terminal.id.as_str().into(),
            kind.into(),
            names.node(terminal.node),
            row.rate.0.into(),
            row.volume.0.into(),
            row.capacity.0.into(),
            usd(row.capacity_value),
            usd(row.feed_gas_value),
        ]);
    }
    table
}

fn chokepoints(names: &Names, solution: &MarketSolution) -> Table {
    let header = [
        "year",
        "season",
        "chokepoint",
        "bcm_per_year",
        "bcm",
        "capacity_bcm_per_year",
        "capacity_value_usd_per_tcm",
    ];
    let mut table = Table::new("chokepoints", &header);
    for row in &solution.chokepoints {
        let at = row.period;
        table.push([
            names.year(at.year),
            names.season(at),
            names.case.chokepoints[row.chokepoint.index()].id.as_str().into(),
            row.rate.0.into(),
            row.volume.0.into(),
            row.capacity.map(|capacity| capacity.0).into(),
            usd(row.capacity_value),
        ]);
    }
    table
}

fn fleet(names: &Names, solution: &MarketSolution) -> Table {
    let header = ["year", "season", "ships", "limit", "ship_value_million_usd_per_year"];
    let mut table = Table::new("fleet", &header);
    for row in &solution.fleet {
        let at = row.period;
        table.push([
            names.year(at.year),
            names.season(at),
            row.ships.into(),
            row.limit.into(),
            row.ship_value.into(),
        ]);
    }
    table
}

fn storage(names: &Names, solution: &MarketSolution) -> Table {
    let header = [
        "year",
        "season",
        "storage",
        "injection_bcm_per_year",
        "withdrawal_bcm_per_year",
        "level_bcm",
        "volume_value_usd_per_tcm",
        "injection_value_usd_per_tcm",
        "withdrawal_value_usd_per_tcm",
        "stored_gas_value_usd_per_tcm",
    ];
    let mut table = Table::new("storage", &header);
    for row in &solution.storage {
        let at = row.period;
        table.push([
            names.year(at.year),
            names.season(at),
            names.case.storage[row.storage].id.as_str().into(),
            row.injection.0.into(),
            row.withdrawal.0.into(),
            row.level.0.into(),
            usd(row.volume_value),
            usd(row.injection_value),
            usd(row.withdrawal_value),
            row.stored_gas_value.0.into(),
        ]);
    }
    table
}

/// What each trader puts into a storage and takes out of it.
fn storage_use(names: &Names, solution: &MarketSolution) -> Table {
    let header = ["year", "season", "storage", "trader", "injection_bcm_per_year", "withdrawal_bcm_per_year"];
    let mut table = Table::new("storage_use", &header);
    for row in solution.stored.iter().filter(|row| row.injection.0 > 1e-9 || row.withdrawal.0 > 1e-9) {
        let at = row.period;
        table.push([
            names.year(at.year),
            names.season(at),
            names.case.storage[row.storage].id.as_str().into(),
            names.trader(row.trader),
            row.injection.0.into(),
            row.withdrawal.0.into(),
        ]);
    }
    table
}

/// What a trader's gas is worth where it passes: the multiplier of its balance.
fn balances(names: &Names, solution: &MarketSolution) -> Table {
    let mut table = Table::new("balances", &["year", "season", "trader", "node", "value_usd_per_tcm"]);
    for row in &solution.balances {
        let at = row.period;
        table.push([
            names.year(at.year),
            names.season(at),
            names.trader(row.trader),
            names.node(row.node),
            row.value.0.into(),
        ]);
    }
    table
}

fn bookings(names: &Names, solution: &MarketSolution) -> Table {
    let header = ["year", "season", "contract", "arc", "bcm_per_year", "booking_value_usd_per_tcm"];
    let mut table = Table::new("bookings", &header);
    let mut arcs: BTreeMap<ArcId, &str> = BTreeMap::new();
    for arc in &solution.arcs {
        arcs.insert(arc.arc, &arc.name);
    }
    for row in &solution.bookings {
        let at = row.period;
        table.push([
            names.year(at.year),
            names.season(at),
            names.case.transit_contracts[row.contract].id.as_str().into(),
            arcs[&row.arc].into(),
            row.rate.0.into(),
            usd(row.value),
        ]);
    }
    table
}

fn transit_contracts(names: &Names, solution: &MarketSolution) -> Table {
    let header = ["year", "contract", "bcm_per_year", "minimum_value_usd_per_tcm"];
    let mut table = Table::new("transit_contracts", &header);
    for row in &solution.transit {
        table.push([
            names.year(row.year),
            names.case.transit_contracts[row.contract].id.as_str().into(),
            row.rate.0.into(),
            row.minimum_value.0.into(),
        ]);
    }
    table
}

fn investment(names: &Names, solution: &MarketSolution) -> Table {
    let header = [
        "year",
        "asset",
        "added_bcm_per_year",
        "capacity_bcm_per_year",
        "capacity_value_million_usd_per_bcm_per_year",
    ];
    let mut table = Table::new("investment", &header);
    for row in &solution.investment {
        table.push([
            names.year(row.year),
            row.asset.as_str().into(),
            row.added.0.into(),
            row.capacity.0.into(),
            row.capacity_value.map(|value| value.0).into(),
        ]);
    }
    table
}

fn contracts(names: &Names, solution: &MarketSolution) -> Table {
    let header = [
        "year",
        "season",
        "contract",
        "seller",
        "buyer",
        "bcm_per_year",
        "shortfall_bcm_per_year",
        "minimum_value_usd_per_tcm",
        "maximum_value_usd_per_tcm",
        "force_majeure",
    ];
    let mut table = Table::new("contracts", &header);
    for row in &solution.contracts {
        let contract = &names.case.contracts[row.contract];
        let season = row.season.map_or("all", |season| names.case.calendar.seasons[season].name.as_str());
        table.push([
            names.year(row.year),
            season.into(),
            contract.id.as_str().into(),
            names.trader(contract.seller),
            names.node(contract.buyer),
            row.rate.0.into(),
            row.shortfall.0.into(),
            row.minimum_value.0.into(),
            usd(row.maximum_value),
            if row.force_majeure { "yes" } else { "no" }.into(),
        ]);
    }
    table
}

fn welfare(names: &Names, solution: &MarketSolution) -> Table {
    let header = [
        "year",
        "actor",
        "consumers_million_usd",
        "producers_million_usd",
        "transport_million_usd",
        "taxes_million_usd",
    ];
    let mut table = Table::new("welfare", &header);
    for row in &solution.welfare {
        table.push([
            names.year(row.year),
            names.case.actors[row.actor.index()].id.as_str().into(),
            row.consumers.0.into(),
            row.producers.0.into(),
            row.transport.0.into(),
            row.taxes.0.into(),
        ]);
    }
    table
}

fn totals(solution: &MarketSolution) -> Table {
    let mut table = Table::new("totals", &["item", "value"]);
    let totals = solution.totals;
    for (item, value) in [
        ("objective_million_usd", totals.objective),
        ("consumer_surplus_million_usd", totals.consumer_surplus),
        ("production_cost_million_usd", totals.production_cost),
        ("transport_cost_million_usd", totals.transport_cost),
        ("sales_margin_million_usd", totals.sales_margin),
        ("sales_revenue_million_usd", totals.sales_revenue),
        ("tax_revenue_million_usd", totals.tax_revenue),
        ("welfare_million_usd", totals.welfare),
    ] {
        table.push([item.into(), value.0.into()]);
    }
    table
}
