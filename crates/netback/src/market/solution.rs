//! The equilibrium in the words of gas: prices, sales, flows and the values of scarce capacity.
//!
//! Duals leave in USD/tcm: the multiplier of a row divided by its weight. With conduct above zero the dual
//! of an arc is the spread of marginal revenue, not of prices; both are given (method: market).

use std::collections::BTreeMap;

use netback_solve::{RowId, Solution};

use super::MarketTimes;
use super::demand::{Inverse, inverse_demand};
use super::problem::{Asset, MarketProblem};
use crate::calendar::Period;
use crate::case::{Case, DemandForm};
use crate::ids::{ActorId, ArcId, ChokepointId, NodeId, TraderId};
use crate::network::ArcKind;
use crate::units::{Bcm, BcmPerYear, MillionUsd, MillionUsdPerBcmPerYear, UsdPerTcm};

/// The equilibrium of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketSolution {
    /// One per node with demand and period.
    pub prices: Vec<NodePrice>,
    /// One per trader, market and period.
    pub sales: Vec<Sale>,
    /// One per field and period.
    pub production: Vec<Production>,
    /// One per node with demand and period.
    pub consumption: Vec<Consumption>,
    /// One per trader, arc and period.
    pub flows: Vec<Flow>,
    /// One per arc and period, all traders together.
    pub arcs: Vec<ArcUse>,
    /// One per terminal and period.
    pub terminals: Vec<TerminalUse>,
    /// One per chokepoint and period.
    pub chokepoints: Vec<ChokepointUse>,
    /// Ships bound per period, with the fleet limit and its value.
    pub fleet: Vec<FleetUse>,
    /// One per storage and period.
    pub storage: Vec<StorageUse>,
    /// One per trader, storage and period.
    pub stored: Vec<Stored>,
    /// One per trader, node and period where gas of the trader passes.
    pub balances: Vec<Balance>,
    /// One per expandable asset and year.
    pub investment: Vec<Investment>,
    /// One per sales contract and year or season in force.
    pub contracts: Vec<ContractUse>,
    /// One per transit contract with a booking, arc and period.
    pub bookings: Vec<Booking>,
    /// One per transit contract in force and year.
    pub transit: Vec<TransitUse>,
    /// One per year and actor.
    pub welfare: Vec<ActorWelfare>,
    /// Sums over the horizon, discounted.
    pub totals: Totals,
    /// Value of every multiplier, for best responses.
    pub(crate) numbers: Solution,
    /// Seconds.
    pub times: MarketTimes,
    /// Interior-point iterations.
    pub iterations: usize,
    /// Columns, rows and coefficients of the programme.
    pub size: (usize, usize, usize),
}

/// Price at a node.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct NodePrice {
    pub period: Period,
    pub node: NodeId,
    pub price: UsdPerTcm,
    /// Where nothing is consumed many prices are in equilibrium, and this is one of them.
    pub is_determined: bool,
}

/// Sales of a trader in a market.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Sale {
    pub period: Period,
    pub trader: TraderId,
    pub market: NodeId,
    pub rate: BcmPerYear,
    pub volume: Bcm,
}

/// Output of a field, with the value of one more unit of its limits.
///
/// Here and below a value is none where the limit is zero: any large enough value is in equilibrium.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Production {
    pub period: Period,
    pub field: usize,
    pub rate: BcmPerYear,
    pub volume: Bcm,
    pub capacity_value: Option<UsdPerTcm>,
    pub annual_capacity_value: Option<UsdPerTcm>,
    pub reserve_value: Option<UsdPerTcm>,
}

/// Consumption at a node.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Consumption {
    pub period: Period,
    pub node: NodeId,
    pub rate: BcmPerYear,
    pub volume: Bcm,
    pub curtailed: BcmPerYear,
}

/// Flow of one trader on an arc, at its start.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Flow {
    pub period: Period,
    pub trader: TraderId,
    pub arc: ArcId,
    pub rate: BcmPerYear,
    pub volume: Bcm,
}

/// Use of an arc by all traders.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct ArcUse {
    pub period: Period,
    pub arc: ArcId,
    pub name: String,
    pub is_lng: bool,
    pub from: NodeId,
    pub to: NodeId,
    pub rate: BcmPerYear,
    pub volume: Bcm,
    /// None for an LNG route: its terminals and straits are the limits.
    pub capacity: Option<BcmPerYear>,
    /// What one more unit of capacity is worth.
    pub capacity_value: Option<UsdPerTcm>,
    /// Charge n t² on the whole flow of a congestible pipeline.
    pub congestion_charge: UsdPerTcm,
    /// Price at the end less price at the start; none where one of them is free.
    pub price_spread: Option<UsdPerTcm>,
}

/// Use of a terminal.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct TerminalUse {
    pub period: Period,
    pub terminal: usize,
    pub is_liquefaction: bool,
    pub rate: BcmPerYear,
    pub volume: Bcm,
    pub capacity: BcmPerYear,
    pub capacity_value: Option<UsdPerTcm>,
    pub feed_gas_value: Option<UsdPerTcm>,
}

/// LNG through a strait or canal.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct ChokepointUse {
    pub period: Period,
    pub chokepoint: ChokepointId,
    pub rate: BcmPerYear,
    pub volume: Bcm,
    pub capacity: Option<BcmPerYear>,
    /// The blockade premium: what one more unit of passage is worth.
    pub capacity_value: Option<UsdPerTcm>,
}

/// Standard ships bound.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct FleetUse {
    pub period: Period,
    pub ships: f64,
    pub limit: Option<f64>,
    /// Million USD per year for one more ship.
    pub ship_value: Option<f64>,
}

/// Use of a storage.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct StorageUse {
    pub period: Period,
    pub storage: usize,
    pub injection: BcmPerYear,
    pub withdrawal: BcmPerYear,
    /// At the end of the season, above the lowest level of the year.
    pub level: Bcm,
    pub volume_value: Option<UsdPerTcm>,
    pub injection_value: Option<UsdPerTcm>,
    pub withdrawal_value: Option<UsdPerTcm>,
    /// What the space taken by gas in store is worth from here to the season in which it is empty.
    pub stored_gas_value: UsdPerTcm,
}

/// Use of a storage by one trader.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Stored {
    pub period: Period,
    pub storage: usize,
    pub trader: TraderId,
    pub injection: BcmPerYear,
    pub withdrawal: BcmPerYear,
}

/// What gas of a trader is worth to it where it passes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Balance {
    pub period: Period,
    pub trader: TraderId,
    pub node: NodeId,
    pub value: UsdPerTcm,
}

/// Flow within a booking of capacity.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Booking {
    pub period: Period,
    pub contract: usize,
    pub arc: ArcId,
    pub rate: BcmPerYear,
    /// What one more unit of booking is worth.
    pub value: Option<UsdPerTcm>,
}

/// What a transit contract carried.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct TransitUse {
    pub contract: usize,
    pub year: usize,
    pub rate: BcmPerYear,
    /// What one unit less of minimum is worth; zero without one.
    pub minimum_value: UsdPerTcm,
}

/// Investment in an asset.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Investment {
    pub year: usize,
    pub asset: String,
    pub added: BcmPerYear,
    pub capacity: BcmPerYear,
    /// What one more unit from this year on is worth, discounted to the base year; none at capacity zero.
    pub capacity_value: Option<MillionUsdPerBcmPerYear>,
}

/// What a sales contract did.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct ContractUse {
    pub contract: usize,
    pub year: usize,
    pub season: Option<usize>,
    pub rate: BcmPerYear,
    pub shortfall: BcmPerYear,
    /// What one unit less of minimum is worth; zero when it lapsed.
    pub minimum_value: UsdPerTcm,
    pub maximum_value: Option<UsdPerTcm>,
    /// The minimum lapsed because the route is closed.
    pub force_majeure: bool,
}

/// Welfare of an actor in one year.
///
/// Consumers: surplus over the price (for constant elasticity and fixed demand, whose benefit has no zero:
/// minus what they pay). Producers: revenue at market prices less taxes, production cost, charges (booked gas
/// pays the commodity part) and scarcity payments for pipelines and terminals; what storage, straits and ships
/// are worth beyond their charges stays with them. Transport: those scarcity payments, to the owners. Taxes:
/// duties on the sales of the actor's traders. Calibrated wedges and slopes are no cost (method: calibration):
/// they stay with the producers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct ActorWelfare {
    pub year: usize,
    pub actor: ActorId,
    pub consumers: MillionUsd,
    pub producers: MillionUsd,
    pub transport: MillionUsd,
    pub taxes: MillionUsd,
}

/// Sums over the horizon, discounted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Totals {
    /// Minus the objective of the programme: benefit less cost with strategic and calibrated terms.
    pub objective: MillionUsd,
    pub consumer_surplus: MillionUsd,
    pub production_cost: MillionUsd,
    /// Tariffs, storage charges and congestion cost (the area under the congestion charge).
    pub transport_cost: MillionUsd,
    /// Sales revenue less production cost, transport cost and taxes.
    pub sales_margin: MillionUsd,
    pub sales_revenue: MillionUsd,
    pub tax_revenue: MillionUsd,
    /// Consumers, producers, transport and taxes together.
    pub welfare: MillionUsd,
}

impl MarketSolution {
    pub(crate) fn read(
        case: &Case,
        problem: &MarketProblem,
        numbers: &Solution,
        times: MarketTimes,
        iterations: usize,
    ) -> MarketSolution {
        let reader = Reader::new(case, problem, numbers);
        let welfare = reader.welfare();
        let totals = reader.totals(&welfare);
        let program = &problem.program;
        MarketSolution {
            prices: reader.prices(),
            sales: reader.sales(),
            production: reader.production(),
            consumption: reader.consumption(),
            flows: reader.flows(),
            arcs: reader.arcs(),
            terminals: reader.terminals(),
            chokepoints: reader.chokepoints(),
            fleet: reader.fleet(),
            storage: reader.storage(),
            stored: reader.stored(),
            balances: reader.balances(),
            investment: reader.investment(),
            contracts: reader.contracts(),
            bookings: reader.bookings(),
            transit: reader.transit(),
            welfare,
            totals,
            numbers: numbers.clone(),
            times,
            iterations,
            size: (program.columns().len(), program.rows().len(), program.nonzeros()),
        }
    }

    /// Annual sales of every pair in the first year, in bcm.
    pub fn annual_sales(&self, year: usize) -> BTreeMap<(TraderId, NodeId), Bcm> {
        let mut total = BTreeMap::new();
        for sale in self.sales.iter().filter(|sale| sale.period.year == year) {
            *total.entry((sale.trader, sale.market)).or_insert(Bcm(0.0)) += sale.volume;
        }
        total
    }

    /// Consumption of a node over a year.
    pub fn annual_consumption(&self, node: NodeId, year: usize) -> Bcm {
        let rows = self.consumption.iter().filter(|row| row.node == node && row.period.year == year);
        rows.map(|row| row.volume).sum()
    }

    /// Price of a node over a year, weighted by consumption.
    pub fn annual_price(&self, node: NodeId, year: usize) -> Option<UsdPerTcm> {
        let mut value = MillionUsd(0.0);
        let mut volume = Bcm(0.0);
        for row in self.consumption.iter().filter(|row| row.node == node && row.period.year == year) {
            let price = self.prices.iter().find(|price| price.node == node && price.period == row.period)?;
            value += row.volume * price.price;
            volume += row.volume;
        }
        (volume.0 > 0.0).then(|| UsdPerTcm(value.0 / volume.0))
    }

    /// Output of all fields of a trader over a year.
    pub fn annual_production(&self, case: &Case, trader: TraderId, year: usize) -> Bcm {
        let rows = self.production.iter().filter(|row| row.period.year == year);
        rows.filter(|row| case.fields[row.field].trader == trader).map(|row| row.volume).sum()
    }

    /// LNG through a chokepoint over a year.
    pub fn annual_passage(&self, chokepoint: ChokepointId, year: usize) -> Bcm {
        let rows = self.chokepoints.iter().filter(|row| row.period.year == year);
        rows.filter(|row| row.chokepoint == chokepoint).map(|row| row.volume).sum()
    }

    /// Pipeline flow from one node to another over a year, at the start of the arcs.
    pub fn annual_pipeline_flow(&self, from: NodeId, to: NodeId, year: usize) -> Bcm {
        let rows = self.arcs.iter().filter(|row| row.period.year == year && !row.is_lng);
        rows.filter(|row| row.from == from && row.to == to).map(|row| row.volume).sum()
    }
}

struct Reader<'a> {
    case: &'a Case,
    problem: &'a MarketProblem,
    numbers: &'a Solution,
    periods: Vec<Period>,
    /// Gas of a trader that comes to a node, in bcm/yr.
    throughput: BTreeMap<(TraderId, NodeId, usize), f64>,
    /// Consumption with what is curtailed, in bcm/yr.
    demanded: BTreeMap<(NodeId, usize), f64>,
}

/// Rates and limits below this one (in bcm/yr) are none: their multipliers are free and are not reported.
const NOTHING: f64 = 1e-7;

/// A value, unless the limit and what it limits are both zero.
fn determined<T>(limit: f64, activity: f64, value: T) -> Option<T> {
    (limit > NOTHING || activity > NOTHING).then_some(value)
}

impl<'a> Reader<'a> {
    fn new(case: &'a Case, problem: &'a MarketProblem, numbers: &'a Solution) -> Self {
        let mut reader = Reader {
            case,
            problem,
            numbers,
            periods: case.calendar.periods().collect(),
            throughput: BTreeMap::new(),
            demanded: BTreeMap::new(),
        };
        let layout = &problem.layout;
        let mut throughput: BTreeMap<(TraderId, NodeId, usize), f64> = BTreeMap::new();
        for at in &layout.production {
            let field = &case.fields[at.what];
            *throughput.entry((field.trader, field.node, at.period)).or_default() += reader.value(at.column);
        }
        for at in &layout.flows {
            let arc = problem.network.arc(at.what.1);
            *throughput.entry((at.what.0, arc.to, at.period)).or_default() +=
                (1.0 - arc.loss.0) * reader.value(at.column);
        }
        for at in &layout.withdrawal {
            let node = case.storage[at.storage].node;
            *throughput.entry((at.trader, node, at.period)).or_default() +=
                at.factor * reader.value(at.column);
        }
        for at in &layout.consumption {
            *reader.demanded.entry((case.demand[at.what].node, at.period)).or_default() +=
                numbers.columns[at.column.index()];
        }
        reader.throughput = throughput;
        reader
    }

    fn is_priced(&self, node: NodeId, period: usize) -> bool {
        self.demanded.get(&(node, period)).is_some_and(|&rate| rate > NOTHING)
    }

    fn value(&self, column: netback_solve::ColumnId) -> f64 {
        self.numbers.columns[column.index()]
    }

    /// Dual of a row in the price unit.
    fn dual(&self, row: RowId) -> f64 {
        self.numbers.row_duals[row.index()] / self.problem.program.rows()[row.index()].weight
    }

    /// What one more unit of an upper limit is worth; zero without the row.
    fn limit_value(&self, row: Option<RowId>) -> UsdPerTcm {
        UsdPerTcm(row.map_or(0.0, |row| (-self.dual(row)).max(0.0)))
    }

    fn price(&self, node: NodeId, period: usize) -> Option<UsdPerTcm> {
        self.problem.layout.market.get(&(node, period)).map(|&row| UsdPerTcm(-self.dual(row)))
    }

    /// Price, or the lowest value of gas to a trader that passes where nothing is consumed.
    fn price_or_cost(&self, node: NodeId, period: usize) -> Option<UsdPerTcm> {
        self.price(node, period).filter(|_| self.is_priced(node, period)).or_else(|| {
            let passing = (0..self.case.traders.len()).map(TraderId::from_index);
            passing
                .filter(|&trader| {
                    self.throughput.get(&(trader, node, period)).is_some_and(|&rate| rate > NOTHING)
                })
                .map(|trader| UsdPerTcm(self.dual(self.problem.layout.balance[&(trader, node, period)])))
                .min_by(|a, b| a.0.total_cmp(&b.0))
        })
    }

    fn volume(&self, rate: f64, period: usize) -> Bcm {
        BcmPerYear(rate).over(self.case.calendar.seasons[self.periods[period].season].share)
    }

    fn prices(&self) -> Vec<NodePrice> {
        let markets = self.problem.layout.market.iter();
        markets
            .map(|(&(node, period), &row)| NodePrice {
                period: self.periods[period],
                node,
                price: UsdPerTcm(-self.dual(row)),
                is_determined: self.is_priced(node, period),
            })
            .collect()
    }

    fn sales(&self) -> Vec<Sale> {
        let sales = self.problem.layout.sales.iter();
        sales
            .map(|at| {
                let rate = self.value(at.column);
                Sale {
                    period: self.periods[at.period],
                    trader: at.what.0,
                    market: at.what.1,
                    rate: BcmPerYear(rate),
                    volume: self.volume(rate, at.period),
                }
            })
            .collect()
    }

    fn production(&self) -> Vec<Production> {
        let layout = &self.problem.layout;
        let fields = layout.production.iter();
        fields
            .map(|at| {
                let field = &self.case.fields[at.what];
                let period = self.periods[at.period];
                let rate = self.value(at.column);
                let balance = self.dual(layout.balance[&(field.trader, field.node, at.period)]);
                let annual = layout.field_annual.get(&(at.what, period.year)).copied();
                let annual_capacity_value = self.limit_value(annual);
                let annual_limit = field.annual_capacity.map_or(f64::INFINITY, |limit| limit.0);
                let reserves = field.reserves.map_or(f64::INFINITY, |volume| volume.0);
                let reserve = layout.field_reserves.get(&at.what).map_or(0.0, |&row| -self.dual(row));
                let reserve_value =
                    UsdPerTcm(reserve.max(0.0) / self.case.calendar.years[period.year].discount);
                let marginal = {
                    let curved = if field.cost_curvature.0 < 0.0 && rate < field.capacity.0 {
                        field.cost_curvature.0 * (1.0 - rate / field.capacity.0).ln()
                    } else {
                        0.0
                    };
                    let barrier = match field.cost_barrier.0 {
                        0.0 => 0.0,
                        cost => cost / (field.barrier.0 - rate),
                    };
                    field.marginal_cost.0 + field.cost_slope.0 * rate + curved + barrier
                };
                let rent = balance - marginal - annual_capacity_value.0 - reserve_value.0;
                let full = rate >= field.capacity.0 - 1e-7;
                Production {
                    period,
                    field: at.what,
                    rate: BcmPerYear(rate),
                    volume: self.volume(rate, at.period),
                    capacity_value: determined(
                        field.capacity.0,
                        rate,
                        UsdPerTcm(if full { rent.max(0.0) } else { 0.0 }),
                    ),
                    annual_capacity_value: determined(annual_limit, rate, annual_capacity_value),
                    reserve_value: determined(reserves, rate, reserve_value),
                }
            })
            .collect()
    }

    fn consumption(&self) -> Vec<Consumption> {
        let mut rates: BTreeMap<(NodeId, usize), (f64, f64)> = BTreeMap::new();
        for at in &self.problem.layout.consumption {
            let node = self.case.demand[at.what].node;
            rates.entry((node, at.period)).or_default().0 += self.value(at.column);
        }
        for at in &self.problem.layout.curtailment {
            let entry = rates.entry((at.what, at.period)).or_default();
            entry.0 -= self.value(at.column);
            entry.1 += self.value(at.column);
        }
        rates
            .into_iter()
            .map(|((node, period), (rate, curtailed))| Consumption {
                period: self.periods[period],
                node,
                rate: BcmPerYear(rate),
                volume: self.volume(rate, period),
                curtailed: BcmPerYear(curtailed),
            })
            .collect()
    }

    fn flows(&self) -> Vec<Flow> {
        let flows = self.problem.layout.flows.iter();
        flows
            .map(|at| {
                let rate = self.value(at.column);
                Flow {
                    period: self.periods[at.period],
                    trader: at.what.0,
                    arc: at.what.1,
                    rate: BcmPerYear(rate),
                    volume: self.volume(rate, at.period),
                }
            })
            .collect()
    }

    fn arcs(&self) -> Vec<ArcUse> {
        let mut rates: BTreeMap<(usize, ArcId), f64> = BTreeMap::new();
        for at in &self.problem.layout.flows {
            *rates.entry((at.period, at.what.1)).or_default() += self.value(at.column);
        }
        rates
            .into_iter()
            .map(|((period, id), rate)| {
                let arc = self.problem.network.arc(id);
                let limit = self.problem.layout.arc_capacity.get(&(id, period));
                let spread = self
                    .price_or_cost(arc.to, period)
                    .zip(self.price_or_cost(arc.from, period))
                    .map(|(to, from)| to - from);
                let capacity = limit.map(|&(_, capacity)| self.capacity_of(arc.kind, capacity, period));
                let charge = self.problem.layout.congestion.get(&(id, period));
                ArcUse {
                    period: self.periods[period],
                    arc: id,
                    name: arc.name.clone(),
                    is_lng: matches!(arc.kind, ArcKind::Lng { .. }),
                    from: arc.from,
                    to: arc.to,
                    rate: BcmPerYear(rate),
                    volume: self.volume(rate, period),
                    capacity,
                    capacity_value: determined(
                        capacity.map_or(f64::INFINITY, |capacity| capacity.0),
                        rate,
                        self.limit_value(limit.map(|&(row, _)| row)),
                    ),
                    congestion_charge: UsdPerTcm(charge.map_or(0.0, |&row| self.dual(row).max(0.0))),
                    price_spread: spread,
                }
            })
            .collect()
    }

    /// Capacity in a period, with what was invested.
    fn capacity_of(&self, kind: ArcKind, capacity: BcmPerYear, period: usize) -> BcmPerYear {
        match kind {
            ArcKind::Pipeline(line) => self.grown(Asset::Pipeline(line.index()), capacity, period),
            ArcKind::Lng { .. } => capacity,
        }
    }

    fn grown(&self, asset: Asset, capacity: BcmPerYear, period: usize) -> BcmPerYear {
        let year = self.periods[period].year;
        let mut invested = self.problem.layout.investment.iter();
        invested
            .find(|entry| entry.asset == asset && entry.year == year)
            .map_or(capacity, |entry| BcmPerYear(self.value(entry.capacity)))
    }

    fn terminals(&self) -> Vec<TerminalUse> {
        let layout = &self.problem.layout;
        let activity = |row: RowId| -> f64 {
            let entries = self.problem.program.rows()[row.index()].entries.iter();
            let flows = entries.filter(|(_, coefficient)| *coefficient > 0.0);
            flows.map(|&(column, coefficient)| coefficient * self.value(column)).sum()
        };
        let mut uses = Vec::new();
        for (&(terminal, period), &row) in &layout.liquefaction {
            let feed = layout.liquefaction_annual.get(&(terminal, self.periods[period].year)).copied();
            let terminal_data = &self.case.liquefaction[terminal];
            let capacity = self.grown(Asset::Liquefaction(terminal), terminal_data.capacity, period);
            let feed_limit = terminal_data.annual_capacity.map_or(f64::INFINITY, |limit| limit.0);
            let rate = activity(row);
            uses.push(TerminalUse {
                period: self.periods[period],
                terminal,
                is_liquefaction: true,
                rate: BcmPerYear(rate),
                volume: self.volume(rate, period),
                capacity,
                capacity_value: determined(capacity.0, rate, self.limit_value(Some(row))),
                feed_gas_value: determined(feed_limit, rate, self.limit_value(feed)),
            });
        }
        for (&(terminal, period), &row) in &layout.regasification {
            let capacity = self.case.regasification[terminal].capacity;
            let capacity = self.grown(Asset::Regasification(terminal), capacity, period);
            let rate = activity(row);
            uses.push(TerminalUse {
                period: self.periods[period],
                terminal,
                is_liquefaction: false,
                rate: BcmPerYear(rate),
                volume: self.volume(rate, period),
                capacity,
                capacity_value: determined(capacity.0, rate, self.limit_value(Some(row))),
                feed_gas_value: Some(UsdPerTcm(0.0)),
            });
        }
        uses
    }

    fn chokepoints(&self) -> Vec<ChokepointUse> {
        let mut rates: BTreeMap<(ChokepointId, usize), f64> = BTreeMap::new();
        for period in 0..self.periods.len() {
            for point in 0..self.case.chokepoints.len() {
                rates.insert((ChokepointId::from_index(point), period), 0.0);
            }
        }
        for at in &self.problem.layout.flows {
            let arc = self.problem.network.arc(at.what.1);
            for &point in &arc.chokepoints {
                *rates.entry((point, at.period)).or_default() += arc.loaded * self.value(at.column);
            }
        }
        rates
            .into_iter()
            .map(|((chokepoint, period), rate)| ChokepointUse {
                period: self.periods[period],
                chokepoint,
                rate: BcmPerYear(rate),
                volume: self.volume(rate, period),
                capacity: self.case.chokepoints[chokepoint.index()].capacity,
                capacity_value: determined(
                    self.case.chokepoints[chokepoint.index()].capacity.map_or(f64::INFINITY, |limit| limit.0),
                    rate,
                    self.limit_value(
                        self.problem.layout.chokepoint.get(&(chokepoint.index(), period)).copied(),
                    ),
                ),
            })
            .collect()
    }

    fn fleet(&self) -> Vec<FleetUse> {
        if self.case.shipping.is_none() {
            return Vec::new();
        }
        (0..self.periods.len())
            .map(|period| {
                let flows = self.problem.layout.flows.iter().filter(|at| at.period == period);
                let ships: f64 = flows
                    .map(|at| {
                        let arc = self.problem.network.arc(at.what.1);
                        arc.ships_per_bcm_per_year * arc.loaded * self.value(at.column)
                    })
                    .sum();
                let limit = self.case.shipping.and_then(|shipping| shipping.fleet_ships);
                let value = self.limit_value(self.problem.layout.fleet.get(&period).copied()).0;
                FleetUse {
                    period: self.periods[period],
                    ships,
                    limit,
                    ship_value: determined(limit.unwrap_or(f64::INFINITY), ships, value),
                }
            })
            .collect()
    }

    fn storage(&self) -> Vec<StorageUse> {
        let layout = &self.problem.layout;
        let sum = |columns: &[super::problem::Stored], storage, period| -> f64 {
            let mine = columns.iter().filter(|at| at.storage == storage && at.period == period);
            mine.map(|at| at.factor * self.value(at.column)).sum()
        };
        let levels = layout.level.iter();
        levels
            .map(|at| {
                let key = (at.what, at.period);
                let site = &self.case.storage[at.what];
                let year = self.periods[at.period].year;
                let of_year = || {
                    let same = |other: &&super::problem::At<usize>| other.what == at.what;
                    let others = layout.level.iter().filter(same);
                    others.filter(move |other| self.periods[other.period].year == year)
                };
                let lowest = of_year().map(|other| self.value(other.column)).fold(f64::INFINITY, f64::min);
                let chain = |period: usize| {
                    let row = layout.level_chain[&(at.what, period)];
                    self.dual(row)
                };
                let base = of_year().map(|other| chain(other.period)).fold(f64::INFINITY, f64::min);
                let level = self.value(at.column) - lowest;
                let (injection, withdrawal) =
                    (sum(&layout.injection, at.what, at.period), sum(&layout.withdrawal, at.what, at.period));
                let value =
                    |rows: &BTreeMap<(usize, usize), RowId>| self.limit_value(rows.get(&key).copied());
                StorageUse {
                    period: self.periods[at.period],
                    storage: at.what,
                    injection: BcmPerYear(injection),
                    withdrawal: BcmPerYear(withdrawal),
                    level: Bcm(level),
                    volume_value: determined(site.working_volume.0, level, value(&layout.storage_volume)),
                    injection_value: determined(site.injection.0, injection, value(&layout.injection_limit)),
                    withdrawal_value: determined(
                        site.withdrawal.0,
                        withdrawal,
                        value(&layout.withdrawal_limit),
                    ),
                    stored_gas_value: UsdPerTcm(chain(at.period) - base),
                }
            })
            .collect()
    }

    fn stored(&self) -> Vec<Stored> {
        let layout = &self.problem.layout;
        let mut rates: BTreeMap<(usize, usize, TraderId), (f64, f64)> = BTreeMap::new();
        for at in &layout.injection {
            rates.entry((at.period, at.storage, at.trader)).or_default().0 +=
                at.factor * self.value(at.column);
        }
        for at in &layout.withdrawal {
            rates.entry((at.period, at.storage, at.trader)).or_default().1 +=
                at.factor * self.value(at.column);
        }
        let rows = rates.into_iter();
        rows.map(|((period, storage, trader), (injection, withdrawal))| Stored {
            period: self.periods[period],
            storage,
            trader,
            injection: BcmPerYear(injection),
            withdrawal: BcmPerYear(withdrawal),
        })
        .collect()
    }

    fn balances(&self) -> Vec<Balance> {
        let passing = self.throughput.iter().filter(|(_, rate)| **rate > NOTHING);
        let mut rows: Vec<_> = passing.map(|(&(trader, node, period), _)| (period, trader, node)).collect();
        rows.sort_unstable();
        rows.into_iter()
            .map(|(period, trader, node)| Balance {
                period: self.periods[period],
                trader,
                node,
                value: UsdPerTcm(self.dual(self.problem.layout.balance[&(trader, node, period)])),
            })
            .collect()
    }

    fn bookings(&self) -> Vec<Booking> {
        let layout = &self.problem.layout;
        let bookings = layout.bookings.iter();
        bookings
            .map(|at| {
                let (contract, arc) = at.what;
                let rate = self.value(at.column);
                let limit = self.case.transit_contracts[contract].booking.map_or(0.0, |(rate, _)| rate.0);
                let row = layout.booked.get(&(contract, at.period)).copied();
                Booking {
                    period: self.periods[at.period],
                    contract,
                    arc,
                    rate: BcmPerYear(rate),
                    value: determined(limit, rate, self.limit_value(row)),
                }
            })
            .collect()
    }

    fn transit(&self) -> Vec<TransitUse> {
        let (case, layout) = (self.case, &self.problem.layout);
        let mut uses = Vec::new();
        for (index, contract) in case.transit_contracts.iter().enumerate() {
            for (year, entry) in case.calendar.years.iter().enumerate() {
                if !contract.service.serves(entry.year) {
                    continue;
                }
                let flows = layout.flows.iter().filter(|at| {
                    at.what.0 == contract.trader
                        && self.periods[at.period].year == year
                        && match self.problem.network.arc(at.what.1).kind {
                            ArcKind::Pipeline(line) => contract.pipelines.contains(&line),
                            ArcKind::Lng { .. } => false,
                        }
                });
                let rate = flows.map(|at| self.volume(self.value(at.column), at.period).0).sum();
                let mut minima = layout.transit_minima.iter();
                let row = minima.find(|(contract, when, _)| (*contract, *when) == (index, year));
                let value = row.map_or(0.0, |&(_, _, row)| self.dual(row).max(0.0));
                uses.push(TransitUse {
                    contract: index,
                    year,
                    rate: BcmPerYear(rate),
                    minimum_value: UsdPerTcm(value),
                });
            }
        }
        uses
    }

    fn investment(&self) -> Vec<Investment> {
        let invested = self.problem.layout.investment.iter();
        invested
            .map(|entry| Investment {
                year: entry.year,
                asset: match entry.asset {
                    Asset::Pipeline(index) => self.case.pipelines[index].id.clone(),
                    Asset::Liquefaction(index) => self.case.liquefaction[index].id.clone(),
                    Asset::Regasification(index) => self.case.regasification[index].id.clone(),
                },
                added: BcmPerYear(self.value(entry.addition)),
                capacity: BcmPerYear(self.value(entry.capacity)),
                capacity_value: {
                    let worth = -self.numbers.row_duals[entry.state.index()];
                    determined(self.value(entry.capacity), 0.0, MillionUsdPerBcmPerYear(worth))
                },
            })
            .collect()
    }

    fn contracts(&self) -> Vec<ContractUse> {
        let layout = &self.problem.layout;
        let contracts = layout.contracts.iter();
        contracts
            .map(|rows| {
                let contract = &self.case.contracts[rows.contract];
                let sales = layout.sales.iter().filter(|at| {
                    let period = self.periods[at.period];
                    at.what == (contract.seller, contract.buyer)
                        && period.year == rows.year
                        && rows.season.is_none_or(|season| period.season == season)
                });
                let rate: f64 = sales
                    .map(|at| match rows.season {
                        Some(_) => self.value(at.column),
                        None => self.volume(self.value(at.column), at.period).0,
                    })
                    .sum();
                let shortfall = layout
                    .shortfall
                    .iter()
                    .find(|(index, year, _)| *index == rows.contract && *year == rows.year)
                    .map_or(0.0, |&(_, _, column)| self.value(column));
                let minimum = contract.minimum.filter(|minimum| minimum.0 > 0.0);
                ContractUse {
                    contract: rows.contract,
                    year: rows.year,
                    season: rows.season,
                    rate: BcmPerYear(rate),
                    shortfall: BcmPerYear(shortfall),
                    minimum_value: UsdPerTcm(rows.minimum.map_or(0.0, |row| self.dual(row).max(0.0))),
                    maximum_value: determined(
                        contract.maximum.map_or(f64::INFINITY, |limit| limit.0),
                        rate,
                        self.limit_value(rows.maximum),
                    ),
                    force_majeure: minimum.is_some() && rows.minimum.is_none(),
                }
            })
            .collect()
    }

    /// Charges collected beyond cost: every shared limit's value times what passes it, to its owner.
    fn welfare(&self) -> Vec<ActorWelfare> {
        let case = self.case;
        let layout = &self.problem.layout;
        let years = case.calendar.years.len();
        let mut table: Vec<Vec<[f64; 4]>> = vec![vec![[0.0; 4]; case.actors.len()]; years];
        for at in &layout.consumption {
            let demand = &case.demand[at.what];
            let period = self.periods[at.period];
            let (rate, actor) = (self.value(at.column), case.actor_of_node(demand.node));
            let Some(price) = self.price(demand.node, at.period) else { continue };
            let surplus = match inverse_demand(case, demand, period) {
                Some(Inverse::Linear { intercept, slope }) => {
                    intercept * rate - 0.5 * slope * rate * rate - price.0 * rate
                }
                _ => -price.0 * rate,
            };
            table[period.year][actor.index()][0] += self.volume(1.0, at.period).0 * surplus;
        }
        for at in &layout.sales {
            let (trader, market) = at.what;
            let period = self.periods[at.period];
            let volume = self.volume(self.value(at.column), at.period);
            let Some(price) = self.price(market, at.period) else { continue };
            let tax = case.tax(trader, market);
            let actor = case.actor_of_trader(trader).index();
            table[period.year][actor][1] += (volume * (price - tax)).0;
            table[period.year][actor][3] += (volume * tax).0;
        }
        for at in &layout.production {
            let field = &case.fields[at.what];
            let period = self.periods[at.period];
            let cost = production_cost(field, self.value(at.column)) * self.volume(1.0, at.period).0;
            table[period.year][case.actor_of_trader(field.trader).index()][1] -= cost;
        }
        let mut pay = |period: usize, payer: usize, receivers: &[ActorId], amount: f64, own_cost: f64| {
            let year = self.periods[period].year;
            table[year][payer][1] -= amount + own_cost;
            for receiver in receivers {
                table[year][receiver.index()][2] += amount / receivers.len() as f64;
            }
            if receivers.is_empty() {
                table[year][payer][2] += amount;
            }
        };
        for at in &layout.flows {
            let (trader, id) = at.what;
            let arc = self.problem.network.arc(id);
            let payer = case.actor_of_trader(trader).index();
            let volume = self.volume(self.value(at.column), at.period).0;
            let year = self.periods[at.period].year;
            match arc.kind {
                ArcKind::Pipeline(line) => {
                    let row = layout.arc_capacity.get(&(id, at.period)).map(|&(row, _)| row);
                    // the congestion charge is what the owners collect above the tariff
                    let charge = layout.congestion.get(&(id, at.period)).map_or(0.0, |&row| self.dual(row));
                    let value = self.limit_value(row).0 + charge;
                    let owners =
                        owners_or(&case.pipelines[line.index()].owners, case.actor_of_node(arc.from));
                    pay(at.period, payer, &owners, volume * value, volume * arc.tariff.0);
                }
                ArcKind::Lng { liquefaction, regasification, .. } => {
                    pay(at.period, payer, &[], 0.0, volume * arc.tariff.0);
                    let row = layout.liquefaction.get(&(liquefaction, at.period)).copied();
                    let feed = layout.liquefaction_annual.get(&(liquefaction, year)).copied();
                    let value = self.limit_value(row).0 + self.limit_value(feed).0;
                    let owners =
                        owners_or(&case.liquefaction[liquefaction].owners, case.actor_of_node(arc.from));
                    pay(at.period, payer, &owners, volume * arc.loaded * value, 0.0);
                    let row = layout.regasification.get(&(regasification, at.period)).copied();
                    let value = self.limit_value(row).0;
                    let owners =
                        owners_or(&case.regasification[regasification].owners, case.actor_of_node(arc.to));
                    pay(at.period, payer, &owners, volume * (1.0 - arc.loss.0) * value, 0.0);
                }
            }
        }
        for at in &layout.bookings {
            // within a booking the capacity fee is sunk
            let contract = &case.transit_contracts[at.what.0];
            let within = contract.booking.map_or(0.0, |(_, tariff)| tariff.0);
            let rebate = self.problem.network.arc(at.what.1).tariff.0 - within;
            let volume = self.volume(self.value(at.column), at.period).0;
            pay(at.period, case.actor_of_trader(contract.trader).index(), &[], 0.0, -volume * rebate);
        }
        for at in &layout.injection {
            let injected = self.volume(at.factor * self.value(at.column), at.period);
            let cost = (injected * case.storage[at.storage].cost).0;
            pay(at.period, case.actor_of_trader(at.trader).index(), &[], 0.0, cost);
        }
        let mut rows = Vec::new();
        for (year, actors) in table.iter().enumerate() {
            for (actor, parts) in actors.iter().enumerate() {
                rows.push(ActorWelfare {
                    year,
                    actor: ActorId::from_index(actor),
                    consumers: MillionUsd(parts[0]),
                    producers: MillionUsd(parts[1]),
                    transport: MillionUsd(parts[2]),
                    taxes: MillionUsd(parts[3]),
                });
            }
        }
        rows
    }

    fn totals(&self, welfare: &[ActorWelfare]) -> Totals {
        let case = self.case;
        let mut totals = Totals {
            objective: MillionUsd(-self.problem.program.objective(&self.numbers.columns)),
            ..Totals::default()
        };
        for row in welfare {
            let weight = case.calendar.year_weight(row.year);
            totals.consumer_surplus += row.consumers * weight;
            totals.tax_revenue += row.taxes * weight;
            totals.welfare += (row.consumers + row.producers + row.transport + row.taxes) * weight;
        }
        for at in &self.problem.layout.production {
            let weight = case.calendar.weight(self.periods[at.period]);
            let cost = production_cost(&case.fields[at.what], self.value(at.column));
            totals.production_cost += MillionUsd(weight * cost);
        }
        for at in &self.problem.layout.sales {
            let weight = case.calendar.weight(self.periods[at.period]);
            let price = self.price(at.what.1, at.period).map_or(0.0, |price| price.0);
            totals.sales_revenue += MillionUsd(weight * self.value(at.column) * price);
        }
        totals.transport_cost = self.transport_cost();
        totals.sales_margin =
            totals.sales_revenue - totals.production_cost - totals.transport_cost - totals.tax_revenue;
        totals
    }
}

impl Reader<'_> {
    fn transport_cost(&self) -> MillionUsd {
        let (case, layout) = (self.case, &self.problem.layout);
        let weight = |period: usize| case.calendar.weight(self.periods[period]);
        let mut cost = 0.0;
        for at in &layout.flows {
            cost += weight(at.period) * self.value(at.column) * self.problem.network.arc(at.what.1).tariff.0;
        }
        for at in &layout.bookings {
            let contract = &case.transit_contracts[at.what.0];
            let within = contract.booking.map_or(0.0, |(_, tariff)| tariff.0);
            let rebate = self.problem.network.arc(at.what.1).tariff.0 - within;
            cost -= weight(at.period) * self.value(at.column) * rebate;
        }
        for at in &layout.injection {
            cost += weight(at.period) * at.factor * self.value(at.column) * case.storage[at.storage].cost.0;
        }
        for &(arc, period) in layout.congestion.keys() {
            let ArcKind::Pipeline(line) = self.problem.network.arc(arc).kind else { continue };
            let flows = layout.flows.iter().filter(|at| at.what.1 == arc && at.period == period);
            let whole: f64 = flows.map(|at| self.value(at.column)).sum();
            cost += weight(period) * case.pipelines[line.index()].congestion * whole.powi(3) / 3.0;
        }
        MillionUsd(cost)
    }
}

fn owners_or(owners: &[ActorId], actor: ActorId) -> Vec<ActorId> {
    if owners.is_empty() { vec![actor] } else { owners.to_vec() }
}

/// Cost of a rate kept for a year, in million USD.
fn production_cost(field: &crate::case::Field, rate: f64) -> f64 {
    let curved = if field.cost_curvature.0 < 0.0 && rate < field.capacity.0 {
        let left = field.capacity.0 - rate;
        -field.cost_curvature.0 * (left * (left / field.capacity.0).ln() + rate)
    } else {
        0.0
    };
    let barrier = match field.cost_barrier.0 {
        0.0 => 0.0,
        cost => -cost * (1.0 - rate / field.barrier.0).ln(),
    };
    field.marginal_cost.0 * rate + 0.5 * field.cost_slope.0 * rate * rate + curved + barrier
}

impl DemandForm {
    /// The word in the table.
    pub fn word(self) -> &'static str {
        match self {
            DemandForm::Linear => "linear",
            DemandForm::ConstantElasticity => "constant_elasticity",
            DemandForm::Fixed => "fixed",
        }
    }
}
