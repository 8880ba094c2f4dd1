//! Conduct and calibrated margins of every pair of trader and market.

use std::collections::BTreeMap;

use crate::case::{CalibratedSale, Case, ConductRule};
use crate::ids::{NodeId, TraderId};
use crate::units::UsdPerTcm;

/// What stands between price and cost of a pair beside taxes; method: calibration, margin condition.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Margin {
    /// θ: strategic margin θ B (z − anchor), anchored at zero without a calibration.
    pub theta: f64,
    /// ω in USD/tcm.
    pub wedge: f64,
    /// γ in USD/tcm per bcm/yr.
    pub slope: f64,
    /// Z̄ in bcm/yr.
    pub anchor: f64,
    /// ẑ per season in bcm/yr; empty: zero.
    pub seasonal_anchor: Vec<f64>,
}

/// Prices below this one (4 USD/mmbtu) are regulated; slopes use the floor. Source: method: calibration.
pub(crate) const PRICE_FLOOR: f64 = 151.6;
/// Share of the smaller of market and exporter that stands for a tiny or zero sale; method: calibration 4.
const TINY_SHARE: f64 = 0.05;

/// The margins of all pairs that have any.
///
/// Without calibration: conduct of the tables, no wedges. With one: wedge, slope and, where the conduct is
/// `calibrated`, θ = min(θ_region, max(0, ω) / (B z)) turned around the calibrated base, so that the base
/// stays the same under every conduct, σ and elasticity.
pub(crate) fn margins(case: &Case) -> BTreeMap<(TraderId, NodeId), Margin> {
    let mut margins: BTreeMap<(TraderId, NodeId), Margin> = BTreeMap::new();
    if case.settings.conduct == ConductRule::Table {
        for (index, trader) in case.traders.iter().enumerate() {
            if trader.theta.0 > 0.0 {
                for node in 0..case.nodes.len() {
                    let key = (TraderId::from_index(index), NodeId::from_index(node));
                    margins.entry(key).or_default().theta = trader.theta.0;
                }
            }
        }
        for row in &case.conduct {
            margins.entry((row.trader, row.market)).or_default().theta = row.theta.0;
        }
    }
    let Some(calibration) = &case.calibration else { return margins };
    let foreign_sales = |trader: TraderId| -> f64 {
        let rows = calibration.sales.iter().filter(|sale| sale.trader == trader);
        rows.filter(|sale| case.is_foreign(trader, sale.market)).map(|sale| sale.anchor.0).sum()
    };
    let exports: Vec<f64> =
        (0..case.traders.len()).map(|trader| foreign_sales(TraderId::from_index(trader))).collect();
    for sale in &calibration.sales {
        let margin = margins.entry((sale.trader, sale.market)).or_default();
        margin.wedge = sale.wedge.0 + net_index_shift(case, sale.trader, sale.market);
        margin.anchor = sale.anchor.0;
        margin.seasonal_anchor = sale.seasonal_anchor.iter().map(|rate| rate.0).collect();
        let price = calibrated_price(case, sale.market).max(PRICE_FLOOR);
        let consumed = reference_quantity(case, sale.market);
        let tiny = TINY_SHARE * consumed.min(exports[sale.trader.index()]).max(0.1);
        margin.slope = price / (case.settings.slope_sigma * sale.anchor.0.max(tiny));
        if case.settings.conduct == ConductRule::Calibrated && case.is_foreign(sale.trader, sale.market) {
            margin.theta = regional_theta(case, sale);
        }
    }
    // A pair that the calibration did not know starts with the terms of its trader and market, but never
    // below zero: a seller who was not there is not subsidised.
    let trader_term = |trader: TraderId| {
        calibration.sales.iter().find(|sale| sale.trader == trader).map(|sale| sale.producer_term.0)
    };
    let market_term = |market: NodeId| {
        calibration.sales.iter().find(|sale| sale.market == market).map(|sale| sale.market_term.0)
    };
    for trader in (0..case.traders.len()).map(TraderId::from_index) {
        for market in (0..case.nodes.len()).map(NodeId::from_index) {
            if margins.contains_key(&(trader, market)) || !case.is_foreign(trader, market) {
                continue;
            }
            if let (Some(v), Some(u)) = (trader_term(trader), market_term(market)) {
                let indexed = index_premium(case, market) + net_index_shift(case, trader, market);
                let wedge = (v + u + indexed).max(0.0);
                margins.insert((trader, market), Margin { wedge, ..Margin::default() });
            }
        }
    }
    margins
}

/// What an indexed import price explains of the wedges of a market in the base year: the formula less the
/// price of the market without indexation.
pub(crate) fn index_premium(case: &Case, market: NodeId) -> f64 {
    let row = case.indexation.iter().find(|row| row.market == market);
    let priced = row.and_then(|row| Some((row, row.against?)));
    priced.map_or(0.0, |(row, against)| {
        let formula = row.constant + row.slope * case.index_levels[row.index].base_level;
        formula.0 - calibrated_price(case, against)
    })
}

/// What the wedge of a foreign pair is made of in the calibrated base, beside producer and market term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WedgeParts {
    /// What the indexed import price explains.
    pub index_premium: UsdPerTcm,
    /// θ B Z at the regional conduct.
    pub conduct_margin: UsdPerTcm,
    /// What is left after these and the two terms.
    pub residual: UsdPerTcm,
}

/// The parts of a calibrated wedge; none for a sale at home, whose wedge is not split.
pub fn wedge_parts(case: &Case, sale: &CalibratedSale) -> Option<WedgeParts> {
    if !case.is_foreign(sale.trader, sale.market) {
        return None;
    }
    let premium = index_premium(case, sale.market);
    let margin = regional_theta(case, sale) * annual_slope(case, sale.market) * sale.anchor.0;
    let left = sale.wedge.0 - premium - margin - sale.producer_term.0 - sale.market_term.0;
    Some(WedgeParts {
        index_premium: UsdPerTcm(premium),
        conduct_margin: UsdPerTcm(margin),
        residual: UsdPerTcm(left),
    })
}

/// θ of a foreign pair: that of the region of its market, at most what its wedge holds beyond indexation.
fn regional_theta(case: &Case, sale: &CalibratedSale) -> f64 {
    let region = &case.nodes[sale.market.index()].region;
    let conduct = case.calibration.iter().flat_map(|calibration| &calibration.conduct);
    let theta = conduct.into_iter().find(|(name, _)| name == region).map_or(0.0, |(_, theta)| theta.0);
    let strategic = annual_slope(case, sale.market) * sale.anchor.0;
    let room = (sale.wedge.0 - index_premium(case, sale.market)).max(0.0);
    if strategic > 0.0 { theta.min(room / strategic) } else { 0.0 }
}

/// What a seller keeps of the move of an indexed price: the move less the duty on it.
fn net_index_shift(case: &Case, trader: TraderId, market: NodeId) -> f64 {
    let moved = case.index_shift(market).0;
    moved - (case.tax(trader, market).0 - case.tax_at_base(trader, market).0)
}

/// Mean calibrated price of a market over its seasons, or its reference price.
pub(crate) fn calibrated_price(case: &Case, market: NodeId) -> f64 {
    let rows: Vec<(f64, f64)> = case
        .calibration
        .iter()
        .flat_map(|calibration| &calibration.demand)
        .filter(|row| row.node == market)
        .map(|row| (row.price.0, case.calendar.seasons[row.season].share.0))
        .collect();
    if rows.is_empty() {
        return case.reference_price(market).map_or(0.0, |price| price.0);
    }
    rows.iter().map(|(price, share)| price * share).sum()
}

/// Reference consumption of a market in bcm/yr.
pub(crate) fn reference_quantity(case: &Case, market: NodeId) -> f64 {
    case.demand
        .iter()
        .filter(|demand| demand.node == market)
        .flat_map(|demand| demand.quantity.iter().zip(&case.calendar.seasons))
        .map(|(rate, season)| rate.map_or(0.0, |rate| rate.0 * season.share.0))
        .sum()
}

/// Slope of annual demand in USD/tcm per bcm/yr, from the reference points.
pub(crate) fn annual_slope(case: &Case, market: NodeId) -> f64 {
    let flatness: f64 = case
        .demand
        .iter()
        .filter(|demand| demand.node == market && super::problem::is_linear(demand.form))
        .map(|demand| {
            let quantity: f64 = demand
                .quantity
                .iter()
                .zip(&case.calendar.seasons)
                .map(|(rate, season)| rate.map_or(0.0, |rate| rate.0 * season.share.0))
                .sum();
            let price = demand.price.0.max(demand.price_floor.0);
            -demand.elasticity * case.settings.elasticity_factor * quantity / price
        })
        .sum();
    if flatness > 0.0 { 1.0 / flatness } else { 0.0 }
}
