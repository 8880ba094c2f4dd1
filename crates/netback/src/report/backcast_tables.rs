//! The calibrated base beside the observed year, and the files a calibration adds to a case.

use super::table::{Cell, Table};
use crate::case::{Calibration, Case, Files, csv_text};
use crate::ids::{NodeId, TraderId};
use crate::market::Backcast;

/// Backcast as tables: sales, nodes, border flows and the errors.
pub fn backcast_tables(case: &Case, backcast: &Backcast) -> Vec<Table> {
    let node = |id: NodeId| Cell::from(case.nodes[id.index()].id.as_str());
    let trader = |id: TraderId| Cell::from(case.traders[id.index()].id.as_str());
    let mut sales = Table::new("backcast_sales", &["trader", "market", "observed_bcm", "model_bcm"]);
    for row in backcast.sales.iter().filter(|row| row.observed.0 > 0.0 || row.model.0 > 1e-6) {
        sales.push([trader(row.trader), node(row.market), row.observed.0.into(), row.model.0.into()]);
    }
    let header = [
        "node",
        "observed_consumption_bcm",
        "consumption_bcm",
        "observed_price_usd_per_tcm",
        "price_usd_per_tcm",
        "hub",
    ];
    let mut nodes = Table::new("backcast_nodes", &header);
    for row in &backcast.nodes {
        nodes.push([
            node(row.node),
            row.observed_consumption.0.into(),
            row.consumption.0.into(),
            row.observed_price.map(|price| price.0).into(),
            row.price.map(|price| price.0).into(),
            if row.hub { "yes" } else { "no" }.into(),
        ]);
    }
    let mut production = Table::new("backcast_production", &["trader", "observed_bcm", "model_bcm"]);
    for &(id, observed, model) in &backcast.production {
        production.push([trader(id), observed.0.into(), model.0.into()]);
    }
    let mut flows =
        Table::new("backcast_border_flows", &["point", "from", "to", "observed_bcm", "model_bcm"]);
    for row in &backcast.border_flows {
        flows.push([
            row.point.as_str().into(),
            node(row.from),
            node(row.to),
            row.observed.0.into(),
            row.model.0.into(),
        ]);
    }
    vec![sales, production, nodes, flows]
}

/// The wedges of observed or sold pairs, largest value first.
pub fn wedge_table(case: &Case) -> Table {
    let header = [
        "trader",
        "market",
        "bcm",
        "wedge_usd_per_tcm",
        "share_of_price",
        "producer_term_usd_per_tcm",
        "market_term_usd_per_tcm",
        "index_premium_usd_per_tcm",
        "conduct_margin_usd_per_tcm",
        "residual_usd_per_tcm",
    ];
    let mut table = Table::new("wedges", &header);
    let Some(calibration) = &case.calibration else { return table };
    let mut rows: Vec<_> = calibration.sales.iter().filter(|sale| sale.anchor.0 > 1e-3).collect();
    rows.sort_by(|a, b| (b.wedge.0.abs() * b.anchor.0).total_cmp(&(a.wedge.0.abs() * a.anchor.0)));
    for sale in rows {
        let price = crate::market::calibrated_price(case, sale.market);
        let mut row: Vec<Cell> = vec![
            case.traders[sale.trader.index()].id.as_str().into(),
            case.nodes[sale.market.index()].id.as_str().into(),
            sale.anchor.0.into(),
            sale.wedge.0.into(),
            (if price.0 > 0.0 { sale.wedge.0 / price.0 } else { 0.0 }).into(),
            sale.producer_term.0.into(),
            sale.market_term.0.into(),
        ];
        let parts = crate::market::wedge_parts(case, sale);
        let parts = parts.map(|parts| [parts.index_premium, parts.conduct_margin, parts.residual]);
        match parts {
            Some(parts) => row.extend(parts.map(|part| Cell::Number(part.0))),
            None => row.extend([Cell::Empty, Cell::Empty, Cell::Empty]),
        }
        table.rows.push(row);
    }
    table
}

/// The tables that a calibration adds to the case folder.
pub fn calibration_files(case: &Case, calibration: &Calibration) -> Files {
    let node = |id: NodeId| case.nodes[id.index()].id.clone();
    let trader = |id: TraderId| case.traders[id.index()].id.clone();
    let season = |index: usize| case.calendar.seasons[index].name.clone();
    let number = |value: f64| Cell::Number(value).csv();
    let table = |header: &[&str], rows: Vec<Vec<String>>| {
        let header: Vec<String> = header.iter().map(|column| (*column).to_string()).collect();
        csv_text(&header, rows.into_iter())
    };
    let mut files = Files::new();
    files.insert(
        "calibration/sales.csv",
        table(
            &[
                "trader",
                "market",
                "wedge_usd_per_tcm",
                "anchor_bcm_per_year",
                "producer_term_usd_per_tcm",
                "market_term_usd_per_tcm",
            ],
            calibration
                .sales
                .iter()
                .map(|sale| {
                    vec![
                        trader(sale.trader),
                        node(sale.market),
                        number(sale.wedge.0),
                        number(sale.anchor.0),
                        number(sale.producer_term.0),
                        number(sale.market_term.0),
                    ]
                })
                .collect(),
        ),
    );
    files.insert(
        "calibration/seasonal_sales.csv",
        table(
            &["trader", "market", "season", "anchor_bcm_per_year"],
            calibration
                .sales
                .iter()
                .filter(|sale| sale.anchor.0 > 1e-9)
                .flat_map(|sale| {
                    sale.seasonal_anchor.iter().enumerate().map(move |(index, rate)| {
                        vec![trader(sale.trader), node(sale.market), season(index), number(rate.0)]
                    })
                })
                .collect(),
        ),
    );
    files.insert(
        "calibration/demand.csv",
        table(
            &["node", "season", "price_shift_usd_per_tcm", "price_usd_per_tcm"],
            calibration
                .demand
                .iter()
                .map(|row| {
                    vec![node(row.node), season(row.season), number(row.price_shift.0), number(row.price.0)]
                })
                .collect(),
        ),
    );
    files.insert(
        "calibration/conduct.csv",
        table(
            &["region", "theta"],
            calibration.conduct.iter().map(|(region, theta)| vec![region.clone(), number(theta.0)]).collect(),
        ),
    );
    files
}
