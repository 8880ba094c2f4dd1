//! From a case to a convex programme whose solution is the equilibrium; method: market (1)–(11).
//!
//! Every row and column is named in the user's words, and weighted so that duals leave in USD/tcm.

use std::collections::BTreeMap;

use netback_solve::{Column, ColumnId, Curve, Program, Row, RowId};

use super::conduct::{Margin, margins};
use super::demand::{Inverse, inverse_demand};
use crate::calendar::Period;
use crate::case::{Case, DemandForm, Expansion, Service};
use crate::ids::{ArcId, NodeId, TraderId};
use crate::network::{ArcKind, Network};
use crate::units::BcmPerYear;

/// The programme of a case, and where everything is in it.
#[derive(Debug, Clone)]
pub struct MarketProblem {
    pub(crate) program: Program,
    pub(crate) network: Network,
    pub(crate) layout: Layout,
}

/// Positions of the columns and rows, in the order of the method note.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    pub production: Vec<At<usize>>,
    pub flows: Vec<At<(TraderId, ArcId)>>,
    pub sales: Vec<At<(TraderId, NodeId)>>,
    pub annual_sales: Vec<(usize, TraderId, NodeId, ColumnId)>,
    pub injection: Vec<Stored>,
    pub withdrawal: Vec<Stored>,
    pub level: Vec<At<usize>>,
    pub consumption: Vec<At<usize>>,
    pub curtailment: Vec<At<NodeId>>,
    pub bookings: Vec<At<(usize, ArcId)>>,
    pub investment: Vec<Invested>,
    pub shortfall: Vec<(usize, usize, ColumnId)>,

    pub balance: BTreeMap<(TraderId, NodeId, usize), RowId>,
    pub market: BTreeMap<(NodeId, usize), RowId>,
    pub arc_capacity: BTreeMap<(ArcId, usize), (RowId, BcmPerYear)>,
    pub congestion: BTreeMap<(ArcId, usize), RowId>,
    pub liquefaction: BTreeMap<(usize, usize), RowId>,
    pub liquefaction_annual: BTreeMap<(usize, usize), RowId>,
    pub regasification: BTreeMap<(usize, usize), RowId>,
    pub chokepoint: BTreeMap<(usize, usize), RowId>,
    pub fleet: BTreeMap<usize, RowId>,
    pub field_annual: BTreeMap<(usize, usize), RowId>,
    pub field_reserves: BTreeMap<usize, RowId>,
    pub storage_volume: BTreeMap<(usize, usize), RowId>,
    pub injection_limit: BTreeMap<(usize, usize), RowId>,
    pub withdrawal_limit: BTreeMap<(usize, usize), RowId>,
    pub level_chain: BTreeMap<(usize, usize), RowId>,
    pub booked: BTreeMap<(usize, usize), RowId>,
    pub contracts: Vec<ContractRow>,
    pub transit_minima: Vec<(usize, usize, RowId)>,
    /// Rows that belong to one trader alone; all others are shared and priced in its best response.
    pub own_rows: BTreeMap<TraderId, Vec<RowId>>,
}

/// A column of one period.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<T> {
    pub what: T,
    pub period: usize,
    pub column: ColumnId,
}

/// A column that injects or withdraws in one period, at `factor` times its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    pub trader: TraderId,
    pub storage: usize,
    pub period: usize,
    pub column: ColumnId,
    pub factor: f64,
}

/// Investment in an asset in one year.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Invested {
    pub asset: Asset,
    pub year: usize,
    pub addition: ColumnId,
    pub capacity: ColumnId,
    pub state: RowId,
}

/// What can be expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asset {
    Pipeline(usize),
    Liquefaction(usize),
    Regasification(usize),
}

/// The rows of one sales contract in one year (or one season of it).
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContractRow {
    pub contract: usize,
    pub year: usize,
    pub season: Option<usize>,
    pub minimum: Option<RowId>,
    pub maximum: Option<RowId>,
}

/// The build of a programme in progress.
struct Build<'a> {
    case: &'a Case,
    network: Network,
    margins: BTreeMap<(TraderId, NodeId), Margin>,
    program: Program,
    layout: Layout,
    periods: Vec<Period>,
    /// Capacity columns of expandable assets, by year.
    capacities: BTreeMap<(Asset, usize), ColumnId>,
    reach: Vec<Vec<ArcId>>,
    /// Flow columns per arc and period.
    on_arc: BTreeMap<(ArcId, usize), Vec<ColumnId>>,
}

impl MarketProblem {
    /// Builds the programme of a case.
    pub fn of(case: &Case) -> MarketProblem {
        Self::with_extra(case, |_, _| {})
    }

    /// Builds the programme and lets the caller add to it (the proximal terms of the calibration).
    pub(crate) fn with_extra(case: &Case, extra: impl FnOnce(&mut Program, &mut Layout)) -> MarketProblem {
        let network = Network::of(case);
        let reach =
            (0..case.traders.len()).map(|trader| network.reach(case, TraderId::from_index(trader))).collect();
        let mut build = Build {
            case,
            margins: margins(case),
            program: Program::new(),
            layout: Layout::default(),
            periods: case.calendar.periods().collect(),
            capacities: BTreeMap::new(),
            reach,
            on_arc: BTreeMap::new(),
            network,
        };
        build.expandable_assets();
        build.markets();
        for trader in (0..case.traders.len()).map(TraderId::from_index) {
            build.trader(trader);
        }
        build.arc_capacities();
        build.terminals();
        build.chokepoints_and_fleet();
        build.storage_limits();
        build.contracts();
        build.transit_contracts();
        extra(&mut build.program, &mut build.layout);
        MarketProblem { program: build.program, network: build.network, layout: build.layout }
    }

    /// The programme itself.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The arcs.
    pub fn network(&self) -> &Network {
        &self.network
    }
}

impl Build<'_> {
    fn weight(&self, period: usize) -> f64 {
        self.case.calendar.weight(self.periods[period])
    }

    fn share(&self, period: usize) -> f64 {
        self.case.calendar.seasons[self.periods[period].season].share.0
    }

    fn year(&self, period: usize) -> i32 {
        self.case.calendar.years[self.periods[period].year].year
    }

    fn label(&self, period: usize) -> String {
        let calendar = &self.case.calendar;
        let at = self.periods[period];
        format!("{} {}", calendar.years[at.year].year, calendar.seasons[at.season].name)
    }

    fn node_name(&self, node: NodeId) -> &str {
        &self.case.nodes[node.index()].name
    }

    /// Investment and capacity states; method: market (7).
    fn expandable_assets(&mut self) {
        let case = self.case;
        let mut assets: Vec<(Asset, &str, BcmPerYear, Expansion, Service)> = Vec::new();
        for (index, line) in case.pipelines.iter().enumerate() {
            if let Some(expansion) = line.expansion.filter(|_| case.calendar.years.len() > 1) {
                assets.push((Asset::Pipeline(index), &line.name, line.capacity, expansion, line.service));
            }
        }
        type Make = fn(usize) -> Asset;
        let kinds: [(&[crate::case::Terminal], Make); 2] =
            [(&case.liquefaction, Asset::Liquefaction), (&case.regasification, Asset::Regasification)];
        for (terminals, make) in kinds {
            for (index, terminal) in terminals.iter().enumerate() {
                if let Some(expansion) = terminal.expansion.filter(|_| case.calendar.years.len() > 1) {
                    let service = terminal.service;
                    assets.push((make(index), &terminal.name, terminal.capacity, expansion, service));
                }
            }
        }
        for (asset, name, capacity, expansion, service) in assets {
            if !service.exists {
                continue;
            }
            let mut before: Option<(ColumnId, ColumnId)> = None;
            for (year, entry) in case.calendar.years.iter().enumerate() {
                let weight = case.calendar.year_weight(year);
                let state = self
                    .program
                    .column(Column::new(format!("capacity of {name}, {}", entry.year)).weight(weight));
                let limit = expansion.limit.map_or(f64::INFINITY, |limit| limit.0);
                let last = year + 1 == case.calendar.years.len();
                let addition = self.program.column(
                    Column::new(format!("investment in {name}, {}", entry.year))
                        .at_most(if last { 0.0 } else { limit })
                        .cost(entry.discount * expansion.capex.0)
                        .weight(weight),
                );
                let row =
                    Row::new(format!("capacity state of {name}, {}", entry.year)).weight(weight).identity();
                let row = match before {
                    None => self.program.row(row.equal_to(capacity.0).entry(state, 1.0)),
                    Some((previous, added)) => self
                        .program
                        .row(row.equal_to(0.0).entry(state, 1.0).entry(previous, -1.0).entry(added, -1.0)),
                };
                self.capacities.insert((asset, year), state);
                self.layout.investment.push(Invested { asset, year, addition, capacity: state, state: row });
                before = Some((state, addition));
            }
        }
    }

    /// Total sales and consumption; method: market (4), benefit of (1).
    fn markets(&mut self) {
        let case = self.case;
        for period in 0..self.periods.len() {
            let weight = self.weight(period);
            let label = self.label(period);
            let mut rows: BTreeMap<NodeId, Vec<ColumnId>> = BTreeMap::new();
            for (index, demand) in case.demand.iter().enumerate() {
                let Some(inverse) = inverse_demand(case, demand, self.periods[period]) else { continue };
                let sector = if demand.sector == "all" { "" } else { demand.sector.as_str() };
                let name = format!(
                    "consumption {}{sector} {label}",
                    format_args!("{} ", self.node_name(demand.node))
                );
                let column = Column::new(name).weight(weight);
                let column = match inverse {
                    Inverse::Linear { intercept, slope } => {
                        column.cost(-weight * intercept).quadratic(weight * slope)
                    }
                    Inverse::ConstantElasticity { quantity, price, elasticity } => {
                        column.curve(Curve::ConstantElasticityBenefit { weight, quantity, price, elasticity })
                    }
                    Inverse::Fixed { quantity } => column.bounds(quantity, quantity),
                };
                let column = self.program.column(column);
                self.layout.consumption.push(At { what: index, period, column });
                rows.entry(demand.node).or_default().push(column);
            }
            for (node, columns) in rows {
                let name = format!("market of {} {label}", self.node_name(node));
                let mut row = Row::new(name).equal_to(0.0).weight(weight).identity();
                for column in columns {
                    row = row.entry(column, 1.0);
                }
                if let Some(cap) = case.settings.price_cap {
                    let name = format!("curtailment {} {label}", self.node_name(node));
                    let column = self.program.column(Column::new(name).cost(weight * cap.0).weight(weight));
                    self.layout.curtailment.push(At { what: node, period, column });
                    row = row.entry(column, -1.0);
                }
                let row = self.program.row(row);
                self.layout.market.insert((node, period), row);
            }
        }
    }

    /// Production, flows, storage and sales of one trader; method: market (3), (5), (9), (11).
    fn trader(&mut self, trader: TraderId) {
        let case = self.case;
        let name = case.traders[trader.index()].name.clone();
        let mut nodes: Vec<bool> = vec![false; case.nodes.len()];
        for field in case.fields.iter().filter(|field| field.trader == trader) {
            nodes[field.node.index()] = true;
        }
        let reach = std::mem::take(&mut self.reach[trader.index()]);
        for &arc in &reach {
            nodes[self.network.arc(arc).to.index()] = true;
        }
        if !nodes.contains(&true) {
            return;
        }
        let mut own: Vec<RowId> = Vec::new();
        let tie = case.settings.tie_break.0;
        for period in 0..self.periods.len() {
            let weight = self.weight(period);
            let label = self.label(period);
            for (index, _) in nodes.iter().enumerate().filter(|&(_, &used)| used) {
                let node = NodeId::from_index(index);
                let row = Row::new(format!("balance of {name} at {} {label}", self.node_name(node)))
                    .equal_to(0.0)
                    .weight(weight)
                    .identity();
                let row = self.program.row(row);
                self.layout.balance.insert((trader, node, period), row);
                own.push(row);
            }
            for (index, field) in case.fields.iter().enumerate() {
                if field.trader != trader || !field.service.serves(self.year(period)) {
                    continue;
                }
                let mut column = Column::new(format!("production {} {label}", field.id))
                    .at_most(field.capacity.0)
                    .cost(weight * field.marginal_cost.0)
                    .quadratic(weight * field.cost_slope.0)
                    .weight(weight);
                if field.cost_curvature.0 < 0.0 && field.capacity.0 > 0.0 {
                    column = column.curve(Curve::LogarithmicCapacityCost {
                        weight,
                        coefficient: field.cost_curvature.0,
                        capacity: field.capacity.0,
                    });
                }
                if field.cost_barrier.0 > 0.0 && field.barrier.0 > 0.0 {
                    column = column.curve(Curve::HyperbolicCapacityCost {
                        weight,
                        coefficient: field.cost_barrier.0,
                        barrier: field.barrier.0,
                    });
                }
                let column = self.program.column(column);
                let balance = self.layout.balance[&(trader, field.node, period)];
                self.program.add_entry(balance, column, 1.0);
                self.layout.production.push(At { what: index, period, column });
            }
            for &arc_id in &reach {
                let arc = self.network.arc(arc_id).clone();
                if !self.serves(&arc.kind, period) {
                    continue;
                }
                let column = Column::new(format!("flow {} of {name} {label}", arc.name))
                    .cost(weight * arc.tariff.0)
                    .quadratic(weight * tie)
                    .weight(weight);
                let column = self.program.column(column);
                let from = self.layout.balance[&(trader, arc.from, period)];
                let to = self.layout.balance[&(trader, arc.to, period)];
                self.program.add_entry(from, column, -1.0);
                self.program.add_entry(to, column, 1.0 - arc.loss.0);
                self.on_arc.entry((arc_id, period)).or_default().push(column);
                self.layout.flows.push(At { what: (trader, arc_id), period, column });
            }
            for (index, _) in nodes.iter().enumerate().filter(|&(_, &used)| used) {
                let node = NodeId::from_index(index);
                let Some(&market) = self.layout.market.get(&(node, period)) else { continue };
                let margin = self.margins.get(&(trader, node)).cloned().unwrap_or_default();
                let season = self.periods[period].season;
                let strategic = margin.theta * self.slope(node, period);
                let anchor = margin.seasonal_anchor.get(season).copied().unwrap_or(0.0);
                let column = Column::new(format!("sales of {name} in {} {label}", self.node_name(node)))
                    .cost(weight * (case.tax(trader, node).0 - strategic * anchor))
                    .quadratic(weight * strategic)
                    .weight(weight);
                let column = self.program.column(column);
                let balance = self.layout.balance[&(trader, node, period)];
                self.program.add_entry(balance, column, -1.0);
                self.program.add_entry(market, column, -1.0);
                self.layout.sales.push(At { what: (trader, node), period, column });
            }
        }
        match case.calendar.seasons.len() {
            0 | 1 => {}
            2 => self.carried_storage(trader, &name, &nodes),
            _ => self.cycled_storage(trader, &name, &nodes, &mut own),
        }
        self.annual_rows_of_trader(trader, &name, &mut own);
        self.reach[trader.index()] = reach;
        self.layout.own_rows.insert(trader, own);
    }

    fn serves(&self, kind: &ArcKind, period: usize) -> bool {
        let year = self.year(period);
        match *kind {
            ArcKind::Pipeline(id) => self.case.pipelines[id.index()].service.serves(year),
            ArcKind::Lng { liquefaction, regasification, .. } => {
                self.case.liquefaction[liquefaction].service.serves(year)
                    && self.case.regasification[regasification].service.serves(year)
            }
        }
    }

    /// Slope of the whole market: sectors of linear demand add up horizontally.
    fn slope(&self, node: NodeId, period: usize) -> f64 {
        let flatness: f64 = self
            .case
            .demand
            .iter()
            .filter(|demand| demand.node == node)
            .filter_map(|demand| match inverse_demand(self.case, demand, self.periods[period]) {
                Some(Inverse::Linear { slope, .. }) => Some(1.0 / slope),
                _ => None,
            })
            .sum();
        if flatness > 0.0 { 1.0 / flatness } else { 0.0 }
    }

    /// Storage sites that a trader can use in a period.
    fn sites(&self, period: usize, nodes: &[bool]) -> Vec<usize> {
        let year = self.year(period);
        let usable = self
            .case
            .storage
            .iter()
            .enumerate()
            .filter(|(_, storage)| nodes[storage.node.index()] && storage.service.serves(year));
        usable.map(|(index, _)| index).collect()
    }

    /// Two seasons: one column carries gas from one season into the other, and the cycle closes by itself.
    fn carried_storage(&mut self, trader: TraderId, name: &str, nodes: &[bool]) {
        let tie = self.case.settings.tie_break.0;
        for from in 0..self.periods.len() {
            let Period { year, season } = self.periods[from];
            let to = self.case.calendar.position(Period { year, season: 1 - season });
            let (weight, label) = (self.weight(from), self.label(from));
            for index in self.sites(from, nodes) {
                let storage = &self.case.storage[index];
                let column = Column::new(format!("carried by {name} in {} from {label}", storage.id))
                    .cost(weight * storage.cost.0)
                    .quadratic(weight * tie)
                    .weight(weight);
                let column = self.program.column(column);
                let factor = self.share(from) * (1.0 - storage.loss.0) / self.share(to);
                let (injected, withdrawn) = (
                    self.layout.balance[&(trader, storage.node, from)],
                    self.layout.balance[&(trader, storage.node, to)],
                );
                self.program.add_entry(injected, column, -1.0);
                self.program.add_entry(withdrawn, column, factor);
                let stored = Stored { trader, storage: index, period: from, column, factor: 1.0 };
                self.layout.injection.push(stored);
                self.layout.withdrawal.push(Stored { period: to, factor, ..stored });
            }
        }
    }

    /// Any number of seasons: injection and withdrawal with a cycle of the year; method: market (9).
    fn cycled_storage(&mut self, trader: TraderId, name: &str, nodes: &[bool], own: &mut Vec<RowId>) {
        let case = self.case;
        let tie = case.settings.tie_break.0;
        let mut cycles: BTreeMap<(usize, usize), Row> = BTreeMap::new();
        for period in 0..self.periods.len() {
            let (weight, label, share) = (self.weight(period), self.label(period), self.share(period));
            let year = self.periods[period].year;
            for index in self.sites(period, nodes) {
                let storage = &case.storage[index];
                let balance = self.layout.balance[&(trader, storage.node, period)];
                let injected = self.program.column(
                    Column::new(format!("injection of {name} in {} {label}", storage.id))
                        .cost(weight * storage.cost.0)
                        .quadratic(weight * tie)
                        .weight(weight),
                );
                let withdrawn = self.program.column(
                    Column::new(format!("withdrawal of {name} from {} {label}", storage.id))
                        .quadratic(weight * tie)
                        .weight(weight),
                );
                self.program.add_entry(balance, injected, -1.0);
                self.program.add_entry(balance, withdrawn, 1.0);
                let stored = Stored { trader, storage: index, period, column: injected, factor: 1.0 };
                self.layout.injection.push(stored);
                self.layout.withdrawal.push(Stored { column: withdrawn, ..stored });
                let cycle = cycles.entry((index, year)).or_insert_with(|| {
                    let calendar_year = case.calendar.years[year].year;
                    Row::new(format!("storage cycle of {name} at {} {calendar_year}", storage.id))
                        .equal_to(0.0)
                        .weight(case.calendar.year_weight(year))
                        .identity()
                });
                cycle.entries.push((injected, share * (1.0 - storage.loss.0)));
                cycle.entries.push((withdrawn, -share));
            }
        }
        for (_, row) in cycles {
            own.push(self.program.row(row));
        }
    }

    /// Annual output, reserves and annual sales of one trader.
    fn annual_rows_of_trader(&mut self, trader: TraderId, name: &str, own: &mut Vec<RowId>) {
        let case = self.case;
        for (index, field) in case.fields.iter().enumerate().filter(|(_, field)| field.trader == trader) {
            let columns: Vec<At<usize>> =
                self.layout.production.iter().filter(|at| at.what == index).copied().collect();
            if let Some(limit) = field.annual_capacity {
                for year in 0..case.calendar.years.len() {
                    let calendar_year = case.calendar.years[year].year;
                    let mut row = Row::new(format!("annual output of {} {calendar_year}", field.id))
                        .at_most(limit.0)
                        .weight(case.calendar.year_weight(year));
                    for at in columns.iter().filter(|at| self.periods[at.period].year == year) {
                        row = row.entry(at.column, self.share(at.period));
                    }
                    if !row.entries.is_empty() {
                        let row = self.program.row(row);
                        self.layout.field_annual.insert((index, year), row);
                        own.push(row);
                    }
                }
            }
            if let Some(reserves) = field.reserves {
                let mut row = Row::new(format!("reserves of {}", field.id)).at_most(reserves.0);
                for at in &columns {
                    let years = case.calendar.years[self.periods[at.period].year].weight;
                    row = row.entry(at.column, years * self.share(at.period));
                }
                if !row.entries.is_empty() {
                    let row = self.program.row(row);
                    self.layout.field_reserves.insert(index, row);
                    own.push(row);
                }
            }
        }
        // Annual sales carry the calibrated wedge and slope; method: calibration.
        let pairs: Vec<(NodeId, Margin)> = self
            .margins
            .range((trader, NodeId::from_index(0))..)
            .take_while(|((who, _), _)| *who == trader)
            .filter(|(_, margin)| margin.wedge != 0.0 || margin.slope != 0.0)
            .map(|(&(_, market), margin)| (market, margin.clone()))
            .collect();
        for (market, margin) in pairs {
            for year in 0..case.calendar.years.len() {
                let columns: Vec<At<(TraderId, NodeId)>> = self
                    .layout
                    .sales
                    .iter()
                    .filter(|at| at.what == (trader, market) && self.periods[at.period].year == year)
                    .copied()
                    .collect();
                if columns.is_empty() {
                    continue;
                }
                let weight = case.calendar.year_weight(year);
                let calendar_year = case.calendar.years[year].year;
                let title = format!("annual sales of {name} in {} {calendar_year}", self.node_name(market));
                let total = self.program.column(
                    Column::new(title.clone())
                        .cost(weight * (margin.wedge - margin.slope * margin.anchor))
                        .quadratic(weight * margin.slope)
                        .weight(weight),
                );
                let mut row = Row::new(title).equal_to(0.0).weight(weight).identity().entry(total, -1.0);
                for at in columns {
                    row = row.entry(at.column, self.share(at.period));
                }
                own.push(self.program.row(row));
                self.layout.annual_sales.push((year, trader, market, total));
            }
        }
    }

    /// Method: market (6).
    fn arc_capacities(&mut self) {
        for id in self.network.ids() {
            let ArcKind::Pipeline(pipeline) = self.network.arc(id).kind else { continue };
            let line = &self.case.pipelines[pipeline.index()];
            for period in 0..self.periods.len() {
                let Some(columns) = self.on_arc.get(&(id, period)) else { continue };
                if line.congestion > 0.0 {
                    let (weight, label) = (self.weight(period), self.label(period));
                    let name = format!("whole flow of pipeline {} {label}", line.name);
                    let curve = Curve::CubicCost { weight, coefficient: line.congestion };
                    let whole = self.program.column(Column::new(name.clone()).curve(curve).weight(weight));
                    let mut row = Row::new(name).equal_to(0.0).identity().weight(weight).entry(whole, 1.0);
                    row.entries.extend(columns.iter().map(|&column| (column, -1.0)));
                    let row = self.program.row(row);
                    self.layout.congestion.insert((id, period), row);
                }
                let name = format!("capacity of pipeline {} {}", line.name, self.label(period));
                let mut row = Row::new(name).weight(self.weight(period));
                for &column in columns {
                    row = row.entry(column, 1.0);
                }
                let asset = Asset::Pipeline(pipeline.index());
                let row = self.limited(row, line.capacity, asset, period);
                let row = self.program.row(row);
                self.layout.arc_capacity.insert((id, period), (row, line.capacity));
            }
        }
    }

    /// A row limited by a fixed capacity, or by the capacity state of an asset that can grow.
    fn limited(&self, row: Row, capacity: BcmPerYear, asset: Asset, period: usize) -> Row {
        match self.capacities.get(&(asset, self.periods[period].year)) {
            Some(&state) => {
                let mut row = row.at_most(0.0).entry(state, -1.0);
                row.name = format!("flow beyond the {}", row.name);
                row
            }
            None => row.at_most(capacity.0),
        }
    }

    fn lng_columns(&self, period: usize) -> impl Iterator<Item = (ArcId, usize, usize, &Vec<ColumnId>)> {
        self.network.ids().filter_map(move |id| match self.network.arc(id).kind {
            ArcKind::Lng { liquefaction, regasification, .. } => {
                self.on_arc.get(&(id, period)).map(|columns| (id, liquefaction, regasification, columns))
            }
            ArcKind::Pipeline(_) => None,
        })
    }

    fn terminals(&mut self) {
        let case = self.case;
        let mut annual: BTreeMap<(usize, usize), Row> = BTreeMap::new();
        for period in 0..self.periods.len() {
            let (weight, label, share) = (self.weight(period), self.label(period), self.share(period));
            let year = self.periods[period].year;
            let mut out: BTreeMap<usize, Row> = BTreeMap::new();
            let mut landed: BTreeMap<usize, Row> = BTreeMap::new();
            for (id, from, to, columns) in self.lng_columns(period) {
                let arc = self.network.arc(id);
                let name = |what: &str, terminal: &str| format!("capacity of {what} {terminal} {label}");
                for &column in columns {
                    let row = out.entry(from).or_insert_with(|| {
                        Row::new(name("liquefaction", &case.liquefaction[from].name)).weight(weight)
                    });
                    row.entries.push((column, arc.loaded));
                    let row = landed.entry(to).or_insert_with(|| {
                        Row::new(name("regasification", &case.regasification[to].name)).weight(weight)
                    });
                    row.entries.push((column, 1.0 - arc.loss.0));
                    if let Some(limit) = case.liquefaction[from].annual_capacity {
                        let row = annual.entry((from, year)).or_insert_with(|| {
                            let calendar_year = case.calendar.years[year].year;
                            Row::new(format!("feed gas of {} {calendar_year}", case.liquefaction[from].name))
                                .at_most(limit.0)
                                .weight(case.calendar.year_weight(year))
                        });
                        row.entries.push((column, share * arc.loaded));
                    }
                }
            }
            for (terminal, row) in out {
                let capacity = case.liquefaction[terminal].capacity;
                let row = self.limited(row, capacity, Asset::Liquefaction(terminal), period);
                let row = self.program.row(row);
                self.layout.liquefaction.insert((terminal, period), row);
            }
            for (terminal, row) in landed {
                let capacity = case.regasification[terminal].capacity;
                let row = self.limited(row, capacity, Asset::Regasification(terminal), period);
                let row = self.program.row(row);
                self.layout.regasification.insert((terminal, period), row);
            }
        }
        for (key, row) in annual {
            let row = self.program.row(row);
            self.layout.liquefaction_annual.insert(key, row);
        }
    }

    /// Method: market (8), and the ships that routes bind.
    fn chokepoints_and_fleet(&mut self) {
        let case = self.case;
        for period in 0..self.periods.len() {
            let (weight, label) = (self.weight(period), self.label(period));
            let mut rows: BTreeMap<usize, Row> = BTreeMap::new();
            let mut fleet = Row::new(format!("LNG fleet {label}")).weight(weight);
            for (id, _, _, columns) in self.lng_columns(period) {
                let arc = self.network.arc(id);
                for &column in columns {
                    for point in &arc.chokepoints {
                        let chokepoint = &case.chokepoints[point.index()];
                        let Some(capacity) = chokepoint.capacity else { continue };
                        let row = rows.entry(point.index()).or_insert_with(|| {
                            Row::new(format!("capacity of {} {label}", chokepoint.name))
                                .at_most(capacity.0)
                                .weight(weight)
                        });
                        row.entries.push((column, arc.loaded));
                    }
                    fleet.entries.push((column, arc.ships_per_bcm_per_year * arc.loaded));
                }
            }
            for (point, row) in rows {
                let row = self.program.row(row);
                self.layout.chokepoint.insert((point, period), row);
            }
            let ships = case.shipping.and_then(|shipping| shipping.fleet_ships);
            if let Some(ships) = ships.filter(|_| !fleet.entries.is_empty()) {
                let row = self.program.row(fleet.at_most(ships));
                self.layout.fleet.insert(period, row);
            }
        }
    }

    /// Shared limits of storage: rates, and the level that runs through the seasons; method: market (9).
    fn storage_limits(&mut self) {
        let case = self.case;
        let seasons = case.calendar.seasons.len();
        for (index, storage) in case.storage.iter().enumerate() {
            for year in 0..case.calendar.years.len() {
                let within = |columns: &[Stored], period: usize| -> Vec<(ColumnId, f64)> {
                    let here = columns.iter().filter(|at| at.storage == index && at.period == period);
                    here.map(|at| (at.column, at.factor)).collect()
                };
                let mut levels: Vec<(usize, ColumnId)> = Vec::new();
                for season in 0..seasons {
                    let period = case.calendar.position(Period { year, season });
                    let injected = within(&self.layout.injection, period);
                    if injected.is_empty() {
                        continue;
                    }
                    let withdrawn = within(&self.layout.withdrawal, period);
                    let (weight, label) = (self.weight(period), self.label(period));
                    for (what, limit, columns, rows) in [
                        ("injection", storage.injection, injected, &mut self.layout.injection_limit),
                        ("withdrawal", storage.withdrawal, withdrawn, &mut self.layout.withdrawal_limit),
                    ] {
                        let mut row = Row::new(format!("{what} limit of {} {label}", storage.id))
                            .at_most(limit.0)
                            .weight(weight);
                        row.entries = columns;
                        rows.insert((index, period), self.program.row(row));
                    }
                    let level = self.program.column(
                        Column::new(format!("level of {} at the end of {label}", storage.id))
                            .quadratic(weight * case.settings.tie_break.0)
                            .weight(weight),
                    );
                    let row = Row::new(format!("working volume of {} {label}", storage.id))
                        .at_most(storage.working_volume.0)
                        .weight(case.calendar.year_weight(year))
                        .entry(level, 1.0);
                    let row = self.program.row(row);
                    self.layout.storage_volume.insert((index, period), row);
                    self.layout.level.push(At { what: index, period, column: level });
                    levels.push((period, level));
                }
                for (position, &(period, level)) in levels.iter().enumerate() {
                    let before = levels[(position + levels.len() - 1) % levels.len()].1;
                    let share = self.share(period);
                    let mut row = Row::new(format!("level chain of {} {}", storage.id, self.label(period)))
                        .equal_to(0.0)
                        .identity()
                        .weight(self.case.calendar.year_weight(year));
                    row.entries.push((level, 1.0));
                    row.entries.push((before, -1.0));
                    for (column, factor) in within(&self.layout.injection, period) {
                        row.entries.push((column, -share * factor * (1.0 - storage.loss.0)));
                    }
                    for (column, factor) in within(&self.layout.withdrawal, period) {
                        row.entries.push((column, share * factor));
                    }
                    let row = self.program.row(row);
                    self.layout.level_chain.insert((index, period), row);
                }
            }
        }
    }

    /// Method: market (10).
    fn contracts(&mut self) {
        let case = self.case;
        for (index, contract) in case.contracts.iter().enumerate() {
            for year in 0..case.calendar.years.len() {
                let calendar_year = case.calendar.years[year].year;
                if !contract.service.serves(calendar_year) {
                    continue;
                }
                let columns: Vec<At<(TraderId, NodeId)>> = self
                    .layout
                    .sales
                    .iter()
                    .filter(|at| at.what == (contract.seller, contract.buyer))
                    .filter(|at| self.periods[at.period].year == year)
                    .filter(|at| contract.season.is_none_or(|s| self.periods[at.period].season == s))
                    .copied()
                    .collect();
                let lapses = contract.force_majeure
                    && (columns.is_empty()
                        || contract.route.iter().any(|&line| self.is_closed(line, calendar_year)));
                let seasonal = contract.season.is_some();
                let weight = match contract.season {
                    Some(season) => case.calendar.weight(Period { year, season }),
                    None => case.calendar.year_weight(year),
                };
                let mut activity = Row::new("").weight(weight);
                for at in &columns {
                    let share = if seasonal { 1.0 } else { self.share(at.period) };
                    activity = activity.entry(at.column, share);
                }
                let mut rows = ContractRow {
                    contract: index,
                    year,
                    season: contract.season,
                    minimum: None,
                    maximum: None,
                };
                if let Some(minimum) = contract.minimum.filter(|minimum| minimum.0 > 0.0 && !lapses) {
                    let mut row = activity.clone().at_least(minimum.0);
                    row.name = format!("minimum of contract {} {calendar_year}", contract.id);
                    if let Some(penalty) = case.settings.contract_shortfall_penalty {
                        let column = self.program.column(
                            Column::new(format!("shortfall of contract {} {calendar_year}", contract.id))
                                .cost(weight * penalty.0)
                                .weight(weight),
                        );
                        row = row.entry(column, 1.0);
                        self.layout.shortfall.push((index, year, column));
                    }
                    rows.minimum = Some(self.program.row(row));
                }
                if let Some(maximum) = contract.maximum.filter(|_| !columns.is_empty()) {
                    let mut row = activity.at_most(maximum.0);
                    row.name = format!("maximum of contract {} {calendar_year}", contract.id);
                    rows.maximum = Some(self.program.row(row));
                }
                if let Some(own) = self.layout.own_rows.get_mut(&contract.seller) {
                    own.extend(rows.minimum.into_iter().chain(rows.maximum));
                }
                self.layout.contracts.push(rows);
            }
        }
    }

    fn is_closed(&self, line: crate::ids::PipelineId, year: i32) -> bool {
        let pipeline = &self.case.pipelines[line.index()];
        !pipeline.service.serves(year) || pipeline.capacity.0 == 0.0 && pipeline.expansion.is_none()
    }

    /// Bookings with a two-part tariff, and minimum flows.
    fn transit_contracts(&mut self) {
        let case = self.case;
        for (index, contract) in case.transit_contracts.iter().enumerate() {
            for year in 0..case.calendar.years.len() {
                let calendar_year = case.calendar.years[year].year;
                if !contract.service.serves(calendar_year) {
                    continue;
                }
                let flows: Vec<At<(TraderId, ArcId)>> = self
                    .layout
                    .flows
                    .iter()
                    .filter(|at| at.what.0 == contract.trader && self.periods[at.period].year == year)
                    .filter(|at| match self.network.arc(at.what.1).kind {
                        ArcKind::Pipeline(line) => contract.pipelines.contains(&line),
                        ArcKind::Lng { .. } => false,
                    })
                    .copied()
                    .collect();
                let lapses = contract.force_majeure
                    && contract.pipelines.iter().any(|&line| self.is_closed(line, calendar_year));
                let mut own = Vec::new();
                if let Some(minimum) = contract.minimum.filter(|minimum| minimum.0 > 0.0 && !lapses) {
                    let mut row =
                        Row::new(format!("minimum of transit contract {} {calendar_year}", contract.id))
                            .at_least(minimum.0)
                            .weight(case.calendar.year_weight(year));
                    for at in &flows {
                        row = row.entry(at.column, self.share(at.period));
                    }
                    let row = self.program.row(row);
                    self.layout.transit_minima.push((index, year, row));
                    own.push(row);
                }
                if let Some((booking, commodity_tariff)) = contract.booking {
                    own.extend(self.booking(index, &flows, booking, commodity_tariff.0));
                }
                if let Some(rows) = self.layout.own_rows.get_mut(&contract.trader) {
                    rows.extend(own);
                }
            }
        }
    }

    /// Flow within a booking pays the commodity tariff in place of the pipeline's.
    fn booking(
        &mut self,
        contract: usize,
        flows: &[At<(TraderId, ArcId)>],
        booking: BcmPerYear,
        commodity_tariff: f64,
    ) -> Vec<RowId> {
        let id = self.case.transit_contracts[contract].id.clone();
        let mut own = Vec::new();
        let mut periods: Vec<usize> = flows.iter().map(|at| at.period).collect();
        periods.dedup();
        for period in periods {
            let (weight, label) = (self.weight(period), self.label(period));
            let mut booked = Row::new(format!("booking of {id} {label}")).at_most(booking.0).weight(weight);
            for at in flows.iter().filter(|at| at.period == period) {
                let arc = self.network.arc(at.what.1);
                let rebate = arc.tariff.0 - commodity_tariff;
                if rebate <= 0.0 {
                    continue;
                }
                let column = self.program.column(
                    Column::new(format!("booked flow {} of {id} {label}", arc.name))
                        .cost(-weight * rebate)
                        .quadratic(weight * self.case.settings.tie_break.0)
                        .weight(weight),
                );
                let row = Row::new(format!("booked flow {} of {id} within the flow {label}", arc.name))
                    .at_most(0.0)
                    .weight(weight)
                    .identity()
                    .entry(column, 1.0)
                    .entry(at.column, -1.0);
                own.push(self.program.row(row));
                self.layout.bookings.push(At { what: (contract, at.what.1), period, column });
                booked = booked.entry(column, 1.0);
            }
            if !booked.entries.is_empty() {
                let row = self.program.row(booked);
                self.layout.booked.insert((contract, period), row);
                own.push(row);
            }
        }
        own
    }
}

/// Whether a form of demand takes part in linear conduct.
pub(crate) fn is_linear(form: DemandForm) -> bool {
    form == DemandForm::Linear
}
