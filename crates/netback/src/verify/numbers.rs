//! The numbers of a run by position in the case.

use super::world::World;
use super::written::{ALL, Key, Record, Written};

/// Rates in bcm/yr and values in USD/tcm; values that are not saved are not numbers.
#[derive(Debug)]
pub(crate) struct Numbers {
    nodes: usize,
    traders: usize,
    arcs: usize,
    sites: usize,
    sales: Vec<f64>,
    flows: Vec<f64>,
    injection: Vec<f64>,
    withdrawal: Vec<f64>,
    values: Vec<f64>,
    prices: Vec<f64>,
    /// Sales of a year in bcm, by year, trader and node.
    annual: Vec<f64>,
    /// Gas of a trader that comes to a node.
    arriving: Vec<f64>,
    /// Flow of all traders, by period and arc.
    whole: Vec<f64>,
    /// Capacity of assets, by year.
    pub capacity: Vec<Vec<f64>>,
}

impl Numbers {
    pub fn of(world: &World, written: &Written) -> Numbers {
        let case = &world.case;
        let (periods, years) = (world.periods.len(), case.calendar.years.len());
        let (nodes, traders) = (case.nodes.len(), case.traders.len());
        let (arcs, sites) = (world.network.arcs.len(), case.storage.len());
        let mut numbers = Numbers {
            nodes,
            traders,
            arcs,
            sites,
            sales: vec![0.0; periods * nodes * traders],
            flows: vec![0.0; periods * arcs * traders],
            injection: vec![0.0; periods * sites * traders],
            withdrawal: vec![0.0; periods * sites * traders],
            values: vec![f64::NAN; periods * nodes * traders],
            prices: vec![f64::NAN; periods * nodes],
            annual: vec![0.0; years * nodes * traders],
            arriving: vec![0.0; periods * nodes * traders],
            whole: vec![0.0; periods * arcs],
            capacity: vec![vec![f64::NAN; years]; world.assets.len()],
        };
        let at = |index: u32| index as usize;
        for ([p, t, n], record) in written.rows("sales") {
            let (p, t, n) = (at(p), at(t), at(n));
            let rate = record.or_zero("bcm_per_year");
            let place = numbers.pair(p, n, t);
            numbers.sales[place] = rate;
            let annual = (world.periods[p].year * nodes + n) * traders + t;
            numbers.annual[annual] += world.shares[p] * rate;
        }
        for ([p, a, t], record) in written.rows("flows").filter(|(key, _)| key[2] != ALL) {
            let (p, a, t) = (at(p), at(a), at(t));
            let rate = record.or_zero("bcm_per_year");
            let arc = world.arc(a);
            numbers.flows[(p * arcs + a) * traders + t] = rate;
            numbers.whole[p * arcs + a] += rate;
            let place = numbers.pair(p, arc.to.index(), t);
            numbers.arriving[place] += (1.0 - arc.loss.0) * rate;
        }
        for ([p, f, _], record) in written.rows("production") {
            let field = &case.fields[at(f)];
            let place = numbers.pair(at(p), field.node.index(), field.trader.index());
            numbers.arriving[place] += record.or_zero("bcm_per_year");
        }
        for ([p, g, t], record) in written.rows("storage_use") {
            let (p, g, t) = (at(p), at(g), at(t));
            let place = (p * sites + g) * traders + t;
            numbers.injection[place] = record.or_zero("injection_bcm_per_year");
            numbers.withdrawal[place] = record.or_zero("withdrawal_bcm_per_year");
            let node = numbers.pair(p, case.storage[g].node.index(), t);
            numbers.arriving[node] += numbers.withdrawal[place];
        }
        for ([p, t, n], record) in written.rows("balances") {
            let place = numbers.pair(at(p), at(n), at(t));
            numbers.values[place] = record.number("value_usd_per_tcm");
        }
        for ([p, n, _], record) in written.rows("prices") {
            numbers.prices[at(p) * nodes + at(n)] = record.number("price_usd_per_tcm");
        }
        for ([y, a, _], record) in written.rows("investment") {
            numbers.capacity[at(a)][at(y)] = record.number("capacity_bcm_per_year");
        }
        numbers
    }

    fn pair(&self, period: usize, node: usize, trader: usize) -> usize {
        (period * self.nodes + node) * self.traders + trader
    }

    pub fn sale(&self, period: usize, trader: usize, node: usize) -> f64 {
        self.sales[self.pair(period, node, trader)]
    }

    pub fn annual_sale(&self, year: usize, trader: usize, node: usize) -> f64 {
        self.annual[(year * self.nodes + node) * self.traders + trader]
    }

    pub fn flow(&self, period: usize, trader: usize, arc: usize) -> f64 {
        self.flows[(period * self.arcs + arc) * self.traders + trader]
    }

    pub fn whole_flow(&self, period: usize, arc: usize) -> f64 {
        self.whole[period * self.arcs + arc]
    }

    pub fn injection(&self, period: usize, trader: usize, site: usize) -> f64 {
        self.injection[(period * self.sites + site) * self.traders + trader]
    }

    pub fn withdrawal(&self, period: usize, trader: usize, site: usize) -> f64 {
        self.withdrawal[(period * self.sites + site) * self.traders + trader]
    }

    /// λ of a trader at a node; not a number where none of its gas passes.
    pub fn value(&self, period: usize, trader: usize, node: usize) -> f64 {
        self.values[self.pair(period, node, trader)]
    }

    /// Price; not a number where nothing is consumed.
    pub fn price(&self, period: usize, node: usize) -> f64 {
        self.prices[period * self.nodes + node]
    }

    pub fn arriving(&self, period: usize, trader: usize, node: usize) -> f64 {
        self.arriving[self.pair(period, node, trader)]
    }

    /// Price, or the lowest value of gas that passes.
    pub fn price_or_value(&self, period: usize, node: usize) -> f64 {
        let price = self.price(period, node);
        if !price.is_nan() {
            return price;
        }
        let values = (0..self.traders).map(|trader| self.value(period, trader, node));
        values.filter(|value| !value.is_nan()).fold(f64::NAN, f64::min)
    }
}

/// Key from positions.
pub(crate) fn key(a: usize, b: usize, c: usize) -> Key {
    [a as u32, b as u32, c as u32]
}

/// Key of a row that one position after the period finds.
pub(crate) fn key_all(a: usize, b: usize) -> Key {
    [a as u32, b as u32, ALL]
}

/// A number of a row that may be missing.
pub(crate) fn number(record: Option<Record>, column: &str) -> f64 {
    record.map_or(f64::NAN, |record| record.number(column))
}
