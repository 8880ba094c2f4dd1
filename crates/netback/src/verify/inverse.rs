//! Inverse demand and margins, derived anew from the case; method: market (1), calibration.

use crate::calendar::Period;
use crate::case::{CalibratedSale, Case, ConductRule, Demand, DemandForm};
use crate::ids::{NodeId, TraderId};

/// Lowest price in calibrated slopes: 4 USD/mmbtu.
const FLOOR: f64 = 151.6;
/// Smallest sale in calibrated slopes, as a share of the smaller of market and exporter.
const TINY: f64 = 0.05;

/// Demand of one sector in one period.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sector {
    Line { choke: f64, slope: f64 },
    Power { quantity: f64, price: f64, elasticity: f64 },
    Constant { quantity: f64 },
}

/// The market of one node in one period.
#[derive(Debug, Clone)]
pub(crate) struct Market {
    pub sectors: Vec<Sector>,
    /// B: slope of all straight sectors together.
    pub slope: f64,
}

/// Terms between price and cost of one pair.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    pub theta: f64,
    pub wedge: f64,
    pub slope: f64,
    pub anchor: f64,
    pub seasonal: Vec<f64>,
}

impl Sector {
    fn of(case: &Case, row: &Demand, period: Period) -> Option<Sector> {
        let year = case.calendar.years[period.year].year;
        let quantity = row.quantity[period.season].map(|rate| rate.0).filter(|&rate| rate > 0.0)?;
        if row.year.is_some_and(|only| only != year) {
            return None;
        }
        let factor = case.settings.elasticity_factor;
        let indexed = moved(case, row.node);
        Some(match row.form {
            DemandForm::Fixed => Sector::Constant { quantity },
            DemandForm::ConstantElasticity => {
                Sector::Power { quantity, price: row.price.0 + indexed, elasticity: factor * row.elasticity }
            }
            DemandForm::Linear => {
                // p = p0 + s − b (Q − Q0), then turned around the calibrated price by the factor
                let steep = row.price.0.max(row.price_floor.0) / (-row.elasticity * quantity);
                let known = case.calibration.iter().flat_map(|calibration| &calibration.demand);
                let mut known = known.filter(|c| c.node == row.node && c.season == period.season);
                let (shift, pivot) =
                    known.next().map_or((0.0, row.price.0), |c| (c.price_shift.0, c.price.0));
                let choke = row.price.0 + shift + steep * quantity;
                let at_pivot = (choke - pivot) / steep;
                let slope = steep / factor;
                Sector::Line { choke: pivot + indexed + slope * at_pivot, slope }
            }
        })
    }

    /// Rate at a price.
    pub fn rate(self, at: f64) -> f64 {
        match self {
            Sector::Line { choke, slope } => ((choke - at) / slope).max(0.0),
            Sector::Power { quantity, price, elasticity } => {
                quantity * (at.max(1e-12) / price).powf(elasticity)
            }
            Sector::Constant { quantity } => quantity,
        }
    }

    /// What consumers would pay for a rate, up to the constant of the method note.
    pub fn benefit(self, rate: f64) -> f64 {
        match self {
            Sector::Line { choke, slope } => choke * rate - 0.5 * slope * rate * rate,
            Sector::Power { quantity, price, elasticity } => {
                let (share, power) = (rate / quantity, 1.0 + 1.0 / elasticity);
                if power.abs() < 1e-12 {
                    price * quantity * share.ln()
                } else {
                    price * quantity * (share.powf(power) - 1.0) / power
                }
            }
            Sector::Constant { .. } => 0.0,
        }
    }
}

impl Market {
    /// The market of a node; none where nobody asks for gas in the period.
    pub fn of(case: &Case, node: NodeId, period: Period) -> Option<Market> {
        let rows = case.demand.iter().filter(|row| row.node == node);
        let sectors: Vec<Sector> = rows.filter_map(|row| Sector::of(case, row, period)).collect();
        let flat: f64 = sectors
            .iter()
            .map(|sector| match sector {
                Sector::Line { slope, .. } => 1.0 / slope,
                _ => 0.0,
            })
            .sum();
        let slope = if flat > 0.0 { 1.0 / flat } else { 0.0 };
        (!sectors.is_empty()).then_some(Market { sectors, slope })
    }

    /// Quantity when nothing depends on the price.
    pub fn fixed(&self) -> Option<f64> {
        self.sectors
            .iter()
            .map(|sector| match sector {
                Sector::Constant { quantity } => Some(*quantity),
                _ => None,
            })
            .sum()
    }

    /// Price at which a total is consumed.
    pub fn price(&self, total: f64) -> f64 {
        match self.sectors.as_slice() {
            [Sector::Line { choke, slope }] => return choke - slope * total,
            [Sector::Power { quantity, price, elasticity }] => {
                return price * (total / quantity).powf(1.0 / elasticity);
            }
            _ => {}
        }
        let demand = |price: f64| -> f64 { self.sectors.iter().map(|sector| sector.rate(price)).sum() };
        let (mut low, mut high) = (0.0, self.choke().clamp(1.0, 1e9));
        if demand(low) < total {
            // every straight sector buys below zero, so that the sum is straight there
            return low - (total - demand(low)) * self.slope;
        }
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if demand(middle) > total {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }

    /// How much the price falls by a unit more of a total.
    pub fn steepness(&self, total: f64) -> f64 {
        match self.sectors.as_slice() {
            [Sector::Line { slope, .. }] => *slope,
            _ => {
                let step = 1e-6 * total.max(1.0);
                (self.price(total) - self.price(total + step)).abs() / step
            }
        }
    }

    /// Price above which nothing is consumed.
    pub fn choke(&self) -> f64 {
        self.sectors
            .iter()
            .map(|sector| match sector {
                Sector::Line { choke, .. } => *choke,
                _ => 1e9,
            })
            .fold(0.0, f64::max)
    }

    /// Rates of the sectors at a price; all of it for a single one.
    pub fn rates(&self, price: f64, total: f64) -> Vec<f64> {
        match self.sectors.as_slice() {
            [_] => vec![total],
            sectors => sectors.iter().map(|sector| sector.rate(price)).collect(),
        }
    }
}

/// Terms of every pair, by trader and node.
pub(crate) fn terms(case: &Case) -> Vec<Vec<Terms>> {
    let (traders, nodes) = (case.traders.len(), case.nodes.len());
    let mut table: Vec<Vec<Terms>> = vec![vec![Terms::default(); nodes]; traders];
    let mut spoken = vec![vec![false; nodes]; traders];
    if case.settings.conduct == ConductRule::Table {
        for (trader, row) in case.traders.iter().enumerate() {
            for node in 0..nodes {
                table[trader][node].theta = row.theta.0;
                spoken[trader][node] = row.theta.0 > 0.0;
            }
        }
        for row in &case.conduct {
            table[row.trader.index()][row.market.index()].theta = row.theta.0;
            spoken[row.trader.index()][row.market.index()] = true;
        }
    }
    let Some(calibration) = &case.calibration else { return table };
    let mut exports = vec![0.0; traders];
    for sale in &calibration.sales {
        if case.is_foreign(sale.trader, sale.market) {
            exports[sale.trader.index()] += sale.anchor.0;
        }
    }
    let annual = |node: usize| annual_demand(case, NodeId::from_index(node));
    let annual: Vec<(f64, f64)> = (0..nodes).map(annual).collect();
    let prices: Vec<f64> = (0..nodes).map(|node| calibrated_price(case, NodeId::from_index(node))).collect();
    let (mut own, mut theirs) = (vec![None; traders], vec![None; nodes]);
    for sale in &calibration.sales {
        let (trader, node) = (sale.trader.index(), sale.market.index());
        own[trader].get_or_insert(sale.producer_term.0);
        theirs[node].get_or_insert(sale.market_term.0);
        let (consumed, _) = annual[node];
        let tiny = TINY * consumed.min(exports[trader]).max(0.1);
        let terms = &mut table[trader][node];
        spoken[trader][node] = true;
        terms.wedge = sale.wedge.0 + kept(case, sale.trader, sale.market);
        terms.anchor = sale.anchor.0;
        terms.seasonal = sale.seasonal_anchor.iter().map(|rate| rate.0).collect();
        terms.slope = prices[node].max(FLOOR) / (case.settings.slope_sigma * sale.anchor.0.max(tiny));
        if case.settings.conduct == ConductRule::Calibrated && case.is_foreign(sale.trader, sale.market) {
            let whole = annual[node].1 * sale.anchor.0;
            terms.theta = if whole > 0.0 { conduct_margin(case, sale) / whole } else { 0.0 };
        }
    }
    for trader in 0..traders {
        for node in 0..nodes {
            let foreign = case.is_foreign(TraderId::from_index(trader), NodeId::from_index(node));
            if let (false, true, Some(v), Some(u)) =
                (spoken[trader][node], foreign, own[trader], theirs[node])
            {
                let (t, m) = (TraderId::from_index(trader), NodeId::from_index(node));
                table[trader][node].wedge = f64::max(0.0, v + u + premium(case, m) + kept(case, t, m));
            }
        }
    }
    table
}

/// How far the indexed import price of a market is from its base year.
fn moved(case: &Case, node: NodeId) -> f64 {
    let rows = case.indexation.iter().filter(|row| row.market == node);
    rows.map(|row| {
        let index = &case.index_levels[row.index];
        (index.level - index.base_level) * row.slope.0
    })
    .sum()
}

/// The part of that move which is not duty.
fn kept(case: &Case, trader: TraderId, market: NodeId) -> f64 {
    moved(case, market) + case.tax_at_base(trader, market).0 - case.tax(trader, market).0
}

/// Indexed import price of the base year above the price of the market without indexation.
pub(crate) fn premium(case: &Case, market: NodeId) -> f64 {
    let mut premium = 0.0;
    for row in case.indexation.iter().filter(|row| row.market == market) {
        if let Some(against) = row.against {
            let level = case.index_levels[row.index].base_level;
            premium += row.constant.0 + level * row.slope.0 - calibrated_price(case, against);
        }
    }
    premium
}

/// θ B Z of a foreign pair in the calibrated base: the regional conduct, as far as its wedge has room.
pub(crate) fn conduct_margin(case: &Case, sale: &CalibratedSale) -> f64 {
    let region = &case.nodes[sale.market.index()].region;
    let calibration = case.calibration.iter().flat_map(|calibration| &calibration.conduct);
    let regional = calibration.into_iter().find(|(name, _)| name == region).map_or(0.0, |(_, theta)| theta.0);
    let whole = annual_demand(case, sale.market).1 * sale.anchor.0;
    (regional * whole).min(f64::max(0.0, sale.wedge.0 - premium(case, sale.market)))
}

/// Reference consumption of a year and slope of annual demand.
fn annual_demand(case: &Case, node: NodeId) -> (f64, f64) {
    let (mut consumed, mut flat) = (0.0, 0.0);
    for row in case.demand.iter().filter(|row| row.node == node) {
        let mut quantity = 0.0;
        for (rate, season) in row.quantity.iter().zip(&case.calendar.seasons) {
            quantity += rate.map_or(0.0, |rate| rate.0) * season.share.0;
        }
        consumed += quantity;
        if row.form == DemandForm::Linear {
            let price = row.price.0.max(row.price_floor.0);
            flat -= row.elasticity * case.settings.elasticity_factor * quantity / price;
        }
    }
    (consumed, if flat > 0.0 { 1.0 / flat } else { 0.0 })
}

/// Mean price of the calibrated base, or the reference price of a market that it does not know.
pub(crate) fn calibrated_price(case: &Case, node: NodeId) -> f64 {
    let mut seasons = 0;
    let mut mean = 0.0;
    for row in case.calibration.iter().flat_map(|calibration| &calibration.demand) {
        if row.node == node {
            seasons += 1;
            mean += row.price.0 * case.calendar.seasons[row.season].share.0;
        }
    }
    if seasons > 0 { mean } else { case.reference_price(node).map_or(0.0, |price| price.0) }
}
