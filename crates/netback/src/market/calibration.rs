//! Calibration on the sales and prices of the base year, and how well the result reproduces them.
//!
//! Proximal positive mathematical programming; the steps are those of docs/calibration.md.
//! Literature: Paris, Drogué & Anania 2011; Howitt 1995.

use std::collections::BTreeMap;

use netback_solve::{Column, Program, Row, Settings, solve as solve_program};

use super::conduct::{annual_slope, calibrated_price, index_premium};
use super::problem::{Layout, MarketProblem};
use super::solution::MarketSolution;
use super::{MarketFailure, solve, solve_problem};
use crate::case::{CalibratedDemand, CalibratedSale, Calibration, Case, ConductRule};
use crate::ids::{NodeId, TraderId};
use crate::units::{Bcm, BcmPerYear, Fraction, UsdPerTcm};

/// ρ of the proximal term: 3000 USD/mmbtu per bcm in USD/tcm per bcm/yr.
const PROXIMAL_WEIGHT: f64 = 3000.0 * 37.912;
/// Rounds that shift demand to the observed prices.
const PRICE_ROUNDS: usize = 3;
/// Weights of producer and market terms in the decomposition, against 1 for the residual.
const PRODUCER_WEIGHT: f64 = 0.3;
const MARKET_WEIGHT: f64 = 0.6;
/// A sale missed by more than this, in bcm, marks a missing or too small pipe.
const MISSED_SALE: f64 = 0.05;

/// What a calibration found and how far to believe it.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationReport {
    /// Wedges, shifts and conduct, to be written into the case.
    pub calibration: Calibration,
    /// How wedges decompose.
    pub decomposition: Decomposition,
    /// Sales that no wedge could reach: a pipe is missing or too small.
    pub missed: Vec<BackcastSale>,
    /// Solves of the market.
    pub solves: usize,
}

/// How much of the value of foreign sales the wedges carry (all shares of the border value).
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// At price-taking conduct.
    pub wedge_share_price_taking: Fraction,
    /// After the strategic margin of regional conduct.
    pub wedge_share_regional_conduct: Fraction,
    /// After the strategic margin and what indexed import prices explain.
    pub wedge_share_after_indexation: Fraction,
    /// After producer and market terms as well.
    pub residual_share: Fraction,
    /// Market terms that are left, where wedges are split without indexation.
    pub market_term_share_without_indexation: Fraction,
    /// Market terms that are left after indexation.
    pub market_term_share: Fraction,
    /// Value of the observed foreign sales in million USD.
    pub border_value_million_usd: f64,
}

/// A sale of the model beside the observed one.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct BackcastSale {
    pub trader: TraderId,
    pub market: NodeId,
    pub observed: Bcm,
    pub model: Bcm,
}

/// A node of the model beside the observed one.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct BackcastNode {
    pub node: NodeId,
    pub observed_consumption: Bcm,
    pub consumption: Bcm,
    pub observed_price: Option<UsdPerTcm>,
    pub price: Option<UsdPerTcm>,
    pub hub: bool,
}

/// A physical flow of the model beside the observed one, net.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct BorderFlow {
    pub point: String,
    pub from: NodeId,
    pub to: NodeId,
    pub observed: Bcm,
    pub model: Bcm,
}

/// The model beside the observed base year.
#[derive(Debug, Clone, PartialEq)]
pub struct Backcast {
    /// Pairs that were observed or that the model has.
    pub sales: Vec<BackcastSale>,
    /// Sum of absolute errors of foreign sales / sum observed.
    pub foreign_sales_error: Fraction,
    /// Largest error of a pair.
    pub worst_sale: Option<BackcastSale>,
    /// Output per trader (observed: all its sales).
    pub production: Vec<(TraderId, Bcm, Bcm)>,
    /// Sum of absolute errors of production / sum observed.
    pub production_error: Fraction,
    /// Consumption and price per node.
    pub nodes: Vec<BackcastNode>,
    /// Sum of absolute errors of consumption / sum observed.
    pub consumption_error: Fraction,
    /// Largest error of a node price.
    pub worst_price: UsdPerTcm,
    /// Physical flows, derived, not fitted.
    pub border_flows: Vec<BorderFlow>,
    /// Sum of absolute errors of border flows / sum observed.
    pub border_flow_error: Fraction,
}

/// Finds the wedges, demand shifts and regional conduct that reproduce the base year.
///
/// The case is taken at price-taking conduct in its first year, without any former calibration.
/// Errors: the market of a step has no certified solution.
pub fn calibrate(case: &Case, settings: &Settings) -> Result<CalibrationReport, MarketFailure> {
    let mut bare = uncalibrated(case);
    bare.calendar.years.truncate(1);
    let observed = observed_sales(&bare);
    let mut shifts: BTreeMap<(NodeId, usize), f64> = BTreeMap::new();
    let mut wedges: BTreeMap<(TraderId, NodeId), f64> = BTreeMap::new();
    let mut solves = 0;
    let mut last = None;
    for round in 0..=PRICE_ROUNDS {
        bare.calibration = Some(shifts_only(&bare, &shifts));
        let problem = MarketProblem::with_extra(&bare, |program, layout| {
            add_proximal_terms(&bare, &observed, &wedges, program, layout);
        });
        let solution = solve_problem(&bare, &problem, settings, 0.0)?;
        let solution = solution.value().clone();
        solves += 1;
        // The method of multipliers: what the proximal term still paid becomes part of the wedge.
        for (&pair, volume) in &solution.annual_sales(0) {
            let miss = volume.0 - observed.get(&pair).copied().unwrap_or(0.0);
            *wedges.entry(pair).or_default() += PROXIMAL_WEIGHT * miss;
        }
        if round < PRICE_ROUNDS {
            for row in &bare.calibration.iter().flat_map(|c| c.demand.clone()).collect::<Vec<_>>() {
                let Some(price) = solution.annual_price(row.node, 0) else { continue };
                let error = observed_price(&bare, row.node) - price.0;
                *shifts.entry((row.node, row.season)).or_default() += error;
            }
        }
        last = Some(solution);
    }
    let solution = last.expect("at least one round");
    let sales = solution.annual_sales(0);
    let mut seasonal: BTreeMap<(TraderId, NodeId), Vec<BcmPerYear>> = BTreeMap::new();
    for sale in &solution.sales {
        let seasons = bare.calendar.seasons.len();
        seasonal.entry((sale.trader, sale.market)).or_insert_with(|| vec![BcmPerYear(0.0); seasons])
            [sale.period.season] = sale.rate;
    }
    let mut rows: Vec<CalibratedSale> = sales
        .iter()
        .map(|(&(trader, market), &volume)| CalibratedSale {
            trader,
            market,
            wedge: UsdPerTcm(wedges.get(&(trader, market)).copied().unwrap_or(0.0)),
            anchor: BcmPerYear(volume.0),
            producer_term: UsdPerTcm(0.0),
            market_term: UsdPerTcm(0.0),
            seasonal_anchor: seasonal[&(trader, market)].clone(),
        })
        .collect();
    let demand = solution
        .prices
        .iter()
        .map(|price| CalibratedDemand {
            node: price.node,
            season: price.period.season,
            price_shift: UsdPerTcm(shifts.get(&(price.node, price.period.season)).copied().unwrap_or(0.0)),
            price: price.price,
        })
        .collect();
    bare.calibration = Some(Calibration { sales: Vec::new(), demand, conduct: Vec::new() });
    let mut without = bare.clone();
    without.indexation.clear();
    let (_, plain) = decompose(&without, &mut rows.clone(), settings)?;
    let (conduct, mut decomposition) = decompose(&bare, &mut rows, settings)?;
    decomposition.market_term_share_without_indexation = plain.market_term_share;
    // conduct as it is found without indexation, so that the share says what it said before there was any
    decomposition.wedge_share_regional_conduct = plain.wedge_share_regional_conduct;
    let missed = sales
        .iter()
        .map(|(&(trader, market), &model)| BackcastSale {
            trader,
            market,
            observed: Bcm(observed.get(&(trader, market)).copied().unwrap_or(0.0)),
            model,
        })
        .chain(observed.iter().filter(|(pair, _)| !sales.contains_key(pair)).map(|(&pair, &volume)| {
            BackcastSale { trader: pair.0, market: pair.1, observed: Bcm(volume), model: Bcm(0.0) }
        }))
        .filter(|sale| (sale.model.0 - sale.observed.0).abs() > MISSED_SALE)
        .collect();
    let demand = bare.calibration.map(|calibration| calibration.demand).unwrap_or_default();
    Ok(CalibrationReport {
        calibration: Calibration { sales: rows, demand, conduct },
        decomposition,
        missed,
        solves,
    })
}

/// The case before any calibration, with price takers.
pub(crate) fn uncalibrated(case: &Case) -> Case {
    let mut bare = case.clone();
    bare.calibration = None;
    bare.settings.conduct = ConductRule::PriceTaking;
    bare.settings.elasticity_factor = 1.0;
    bare
}

/// The model beside the observed base year, with the calibration of the case or without.
///
/// Errors: the market has no certified solution.
pub fn backcast(case: &Case, calibrated: bool, settings: &Settings) -> Result<Backcast, MarketFailure> {
    let case = if calibrated { case.clone() } else { uncalibrated(case) };
    let solution = solve(&case, settings)?;
    Ok(Backcast::compare(&case, solution.value()))
}

impl Backcast {
    /// Compares a solution with what was observed.
    pub fn compare(case: &Case, solution: &MarketSolution) -> Backcast {
        let observed = observed_sales(case);
        let model = solution.annual_sales(0);
        let mut pairs: BTreeMap<(TraderId, NodeId), (f64, f64)> = BTreeMap::new();
        for (&pair, &volume) in &observed {
            pairs.entry(pair).or_default().0 = volume;
        }
        for (&pair, volume) in &model {
            pairs.entry(pair).or_default().1 = volume.0;
        }
        let sales: Vec<BackcastSale> = pairs
            .iter()
            .map(|(&(trader, market), &(observed, model))| BackcastSale {
                trader,
                market,
                observed: Bcm(observed),
                model: Bcm(model),
            })
            .collect();
        let error = |sale: &&BackcastSale| (sale.model.0 - sale.observed.0).abs();
        let foreign: Vec<&BackcastSale> =
            sales.iter().filter(|sale| case.is_foreign(sale.trader, sale.market)).collect();
        let foreign_sales_error =
            share(foreign.iter().map(error).sum(), foreign.iter().map(|sale| sale.observed.0).sum());
        let worst_sale = sales.iter().max_by(|a, b| error(a).total_cmp(&error(b))).copied();

        let production: Vec<(TraderId, Bcm, Bcm)> = (0..case.traders.len())
            .map(TraderId::from_index)
            .map(|trader| {
                let sold = observed.iter().filter(|((who, _), _)| *who == trader).map(|(_, v)| v).sum();
                (trader, Bcm(sold), solution.annual_production(case, trader, 0))
            })
            .collect();
        let production_error = share(
            production.iter().map(|(_, observed, model)| (observed.0 - model.0).abs()).sum(),
            production.iter().map(|(_, observed, _)| observed.0).sum(),
        );

        let mut nodes = Vec::new();
        for node in (0..case.nodes.len()).map(NodeId::from_index) {
            if !case.demand.iter().any(|demand| demand.node == node) {
                continue;
            }
            let row = case.observed_prices.iter().find(|row| row.node == node);
            nodes.push(BackcastNode {
                node,
                observed_consumption: Bcm(observed
                    .iter()
                    .filter(|((_, at), _)| *at == node)
                    .map(|(_, v)| v)
                    .sum()),
                consumption: solution.annual_consumption(node, 0),
                observed_price: Some(UsdPerTcm(observed_price(case, node))),
                price: solution.annual_price(node, 0),
                hub: row.is_some_and(|row| row.hub),
            });
        }
        let consumption_error = share(
            nodes.iter().map(|row| (row.observed_consumption.0 - row.consumption.0).abs()).sum(),
            nodes.iter().map(|row| row.observed_consumption.0).sum(),
        );
        let worst_price = nodes
            .iter()
            .filter_map(|row| Some((row.price? - row.observed_price?).abs()))
            .fold(UsdPerTcm(0.0), UsdPerTcm::max);

        let border_flows: Vec<BorderFlow> = case
            .observed_border_flows
            .iter()
            .map(|row| BorderFlow {
                point: row.point.clone(),
                from: row.from,
                to: row.to,
                observed: Bcm(row.quantity.0),
                model: solution.annual_pipeline_flow(row.from, row.to, 0)
                    - solution.annual_pipeline_flow(row.to, row.from, 0),
            })
            .collect();
        let border_flow_error = share(
            border_flows.iter().map(|row| (row.observed.0 - row.model.0).abs()).sum(),
            border_flows.iter().map(|row| row.observed.0.abs()).sum(),
        );
        Backcast {
            sales,
            foreign_sales_error,
            worst_sale,
            production,
            production_error,
            nodes,
            consumption_error,
            worst_price,
            border_flows,
            border_flow_error,
        }
    }
}

fn share(part: f64, whole: f64) -> Fraction {
    Fraction(if whole > 0.0 { part / whole } else { 0.0 })
}

fn observed_sales(case: &Case) -> BTreeMap<(TraderId, NodeId), f64> {
    let mut observed = BTreeMap::new();
    for sale in &case.observed_sales {
        *observed.entry((sale.trader, sale.market)).or_insert(0.0) += sale.quantity.0;
    }
    observed
}

fn observed_price(case: &Case, node: NodeId) -> f64 {
    let row = case.observed_prices.iter().find(|row| row.node == node);
    row.map(|row| row.price.0).or_else(|| case.reference_price(node).map(|price| price.0)).unwrap_or(0.0)
}

/// A calibration that only shifts demand, with the reference price as pivot.
fn shifts_only(case: &Case, shifts: &BTreeMap<(NodeId, usize), f64>) -> Calibration {
    let mut demand = Vec::new();
    for node in (0..case.nodes.len()).map(NodeId::from_index) {
        let Some(price) = case.reference_price(node) else { continue };
        for season in 0..case.calendar.seasons.len() {
            demand.push(CalibratedDemand {
                node,
                season,
                price_shift: UsdPerTcm(shifts.get(&(node, season)).copied().unwrap_or(0.0)),
                price,
            });
        }
    }
    Calibration { sales: Vec::new(), demand, conduct: Vec::new() }
}

/// ω (Z − Z°) + ½ρ (Z − Z°)² for every pair in reach; step 1.
fn add_proximal_terms(
    case: &Case,
    observed: &BTreeMap<(TraderId, NodeId), f64>,
    wedges: &BTreeMap<(TraderId, NodeId), f64>,
    program: &mut Program,
    layout: &mut Layout,
) {
    let mut rows: BTreeMap<(TraderId, NodeId), Vec<(netback_solve::ColumnId, f64)>> = BTreeMap::new();
    let periods: Vec<_> = case.calendar.periods().collect();
    for at in &layout.sales {
        let share = case.calendar.seasons[periods[at.period].season].share.0;
        rows.entry(at.what).or_default().push((at.column, share));
    }
    for (pair, entries) in rows {
        let wanted = observed.get(&pair).copied().unwrap_or(0.0);
        let name = format!(
            "calibrated sale of {} in {}",
            case.traders[pair.0.index()].name,
            case.nodes[pair.1.index()].name
        );
        // The miss itself is the variable: a cost of ρ Z° would drown the prices.
        let miss = program.column(
            Column::new(name.clone())
                .bounds(f64::NEG_INFINITY, f64::INFINITY)
                .cost(wedges.get(&pair).copied().unwrap_or(0.0))
                .quadratic(PROXIMAL_WEIGHT),
        );
        let mut row = Row::new(name).equal_to(wanted).entry(miss, -1.0);
        row.entries.extend(entries);
        let row = program.row(row);
        if let Some(own) = layout.own_rows.get_mut(&pair.0) {
            own.push(row);
        }
    }
}

/// Step 3: producer terms, market terms, regional conduct and what remains, by a linear programme.
///
/// min Σ z|e| + 0.3 Σ z|v_f| + 0.6 Σ z|u_m| with ω = π_m + v_f + u_m + θ_r B_m z + e over observed foreign
/// pairs; π is what indexed import prices explain.
fn decompose(
    case: &Case,
    rows: &mut [CalibratedSale],
    settings: &Settings,
) -> Result<(Vec<(String, Fraction)>, Decomposition), MarketFailure> {
    let observed = observed_sales(case);
    let pairs: Vec<usize> = (0..rows.len())
        .filter(|&index| {
            let row = &rows[index];
            case.is_foreign(row.trader, row.market)
                && observed.get(&(row.trader, row.market)).is_some_and(|&volume| volume > 0.0)
                && row.anchor.0 > 1e-6
        })
        .collect();
    let mut program = Program::new();
    let mut regions: BTreeMap<String, netback_solve::ColumnId> = BTreeMap::new();
    let mut producers: BTreeMap<TraderId, [netback_solve::ColumnId; 2]> = BTreeMap::new();
    let mut markets: BTreeMap<NodeId, [netback_solve::ColumnId; 2]> = BTreeMap::new();
    let total: f64 = pairs.iter().map(|&index| rows[index].anchor.0).sum();
    let region_of = |row: &CalibratedSale| case.nodes[row.market.index()].region.clone();
    let mut misses = Vec::new();
    for &index in &pairs {
        let row = &rows[index];
        let z = row.anchor.0 / total;
        let region = *regions
            .entry(region_of(row))
            .or_insert_with_key(|name| program.column(Column::new(format!("conduct {name}")).at_most(1.0)));
        let two = |program: &mut Program, what: &str| {
            [
                program.column(Column::new(format!("{what} +"))),
                program.column(Column::new(format!("{what} -"))),
            ]
        };
        let producer = *producers.entry(row.trader).or_insert_with_key(|trader| {
            two(&mut program, &format!("producer term {}", case.traders[trader.index()].id))
        });
        let market = *markets.entry(row.market).or_insert_with_key(|node| {
            two(&mut program, &format!("market term {}", case.nodes[node.index()].id))
        });
        let name = format!(
            "wedge of {} in {}",
            case.traders[row.trader.index()].id,
            case.nodes[row.market.index()].id
        );
        let miss = two(&mut program, &name);
        for column in miss {
            program.column_mut(column).cost = z;
        }
        for column in producer {
            program.column_mut(column).cost += PRODUCER_WEIGHT * z;
        }
        for column in market {
            program.column_mut(column).cost += MARKET_WEIGHT * z;
        }
        let strategic = annual_slope(case, row.market) * row.anchor.0;
        program.row(
            Row::new(name)
                .equal_to(row.wedge.0 - index_premium(case, row.market))
                .entry(producer[0], 1.0)
                .entry(producer[1], -1.0)
                .entry(market[0], 1.0)
                .entry(market[1], -1.0)
                .entry(region, strategic)
                .entry(miss[0], 1.0)
                .entry(miss[1], -1.0),
        );
        misses.push(miss);
    }
    let outcome = solve_program(&program, settings);
    let Some(held) = outcome.held else {
        let certificate = outcome.uncertified.map(|point| point.certificate);
        return Err(MarketFailure::NotCertified {
            why: format!("decomposition of the wedges: {:?}", outcome.stopped),
            natural_residual: certificate.as_ref().map_or(f64::INFINITY, |c| c.natural_residual),
            worst: certificate.map(|c| c.worst).unwrap_or_default(),
            tolerance: settings.tolerance,
        });
    };
    let value = |column: netback_solve::ColumnId| held.value().columns[column.index()];
    let net = |columns: &[netback_solve::ColumnId; 2]| value(columns[0]) - value(columns[1]);
    let conduct: Vec<(String, Fraction)> =
        regions.iter().map(|(name, &column)| (name.clone(), Fraction(value(column)))).collect();
    for row in rows.iter_mut() {
        row.producer_term = UsdPerTcm(producers.get(&row.trader).map_or(0.0, net));
        row.market_term = UsdPerTcm(markets.get(&row.market).map_or(0.0, net));
    }
    let (mut border, mut taking, mut strategic_left, mut residual) = (0.0, 0.0, 0.0, 0.0);
    let (mut unindexed, mut market_terms) = (0.0, 0.0);
    for (&index, miss) in pairs.iter().zip(&misses) {
        let row = &rows[index];
        let theta = value(regions[&region_of(row)]);
        let strategic = annual_slope(case, row.market) * row.anchor.0;
        let premium = index_premium(case, row.market);
        let used = (theta * strategic).min((row.wedge.0 - premium).max(0.0));
        border += row.anchor.0 * calibrated_price(case, row.market);
        taking += row.anchor.0 * row.wedge.0.abs();
        strategic_left += row.anchor.0 * (row.wedge.0 - used).abs();
        unindexed += row.anchor.0 * (row.wedge.0 - premium - used).abs();
        market_terms += row.anchor.0 * row.market_term.0.abs();
        residual += row.anchor.0 * net(miss).abs();
    }
    let decomposition = Decomposition {
        wedge_share_price_taking: share(taking, border),
        wedge_share_regional_conduct: share(strategic_left, border),
        wedge_share_after_indexation: share(unindexed, border),
        residual_share: share(residual, border),
        market_term_share_without_indexation: share(market_terms, border),
        market_term_share: share(market_terms, border),
        border_value_million_usd: border,
    };
    Ok((conduct, decomposition))
}
