//! The ways of every trader's gas: no unit would earn more elsewhere.
//!
//! Where none of a trader's gas passes, its value there is free within bounds and is not saved; the label of
//! the node, the cheapest way in, stands for it: if even gas that came by the cheapest way would earn
//! nothing by being sold or shipped on, some value fits all conditions.

use super::ledger::Ledger;
use super::numbers::{Numbers, key, key_all, number};
use super::world::{Kind, World};
use super::worth::{Charges, NOTHING, ROUNDING};
use super::written::{Record, Written};
use crate::case::Field;
use crate::network::ArcKind;

/// Conditions of one case and run, ready to walk trader by trader.
struct Walk<'a> {
    world: &'a World,
    written: &'a Written,
    numbers: &'a Numbers,
    charges: Charges,
    /// Contract minimum less maximum values by period, trader and node; not a number where one is free.
    contracts: std::collections::BTreeMap<(usize, usize, usize), f64>,
    /// Needed capacity value of assets at capacity zero, by asset and period.
    needed: Vec<Vec<f64>>,
}

/// Checks every sale, field, flow and stored unit.
pub(crate) fn check(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    let mut contracts = std::collections::BTreeMap::new();
    for ([y, _, k], record) in written.rows("contracts") {
        let contract = &world.case.contracts[k as usize];
        let worth = record.number("minimum_value_usd_per_tcm") - record.number("maximum_value_usd_per_tcm");
        for s in 0..world.case.calendar.seasons.len() {
            if contract.season.is_none_or(|only| only == s) {
                let at = (world.period(y as usize, s), contract.seller.index(), contract.buyer.index());
                *contracts.entry(at).or_insert(0.0) += worth;
            }
        }
    }
    let charges = Charges::of(world, written);
    let needed = vec![vec![0.0; world.periods.len()]; world.assets.len()];
    let mut walk = Walk { world, written, numbers, charges, contracts, needed };
    let seasons = world.case.calendar.seasons.len();
    for t in 0..world.case.traders.len() {
        for y in 0..world.case.calendar.years.len() {
            let labels = walk.labels(t, y);
            for (s, labels) in labels.iter().enumerate() {
                let p = world.period(y, s);
                walk.fields(t, p, labels, ledger);
                walk.sales(t, p, labels, ledger);
                walk.flows(t, p, labels, ledger);
            }
            match seasons {
                0 | 1 => {}
                2 => walk.carried(t, y, &labels, ledger),
                _ => walk.cycled(t, y, &labels, ledger),
            }
        }
    }
    walk.uninvested(ledger);
}

/// Marginal cost of a field at a rate.
fn marginal_cost(field: &Field, rate: f64) -> f64 {
    let mut cost = field.marginal_cost.0 + field.cost_slope.0 * rate;
    if field.cost_curvature.0 < 0.0 && field.capacity.0 > 0.0 {
        cost += field.cost_curvature.0 * (1.0 - rate / field.capacity.0).ln();
    }
    if field.cost_barrier.0 > 0.0 && field.barrier.0 > 0.0 {
        cost += field.cost_barrier.0 / (field.barrier.0 - rate);
    }
    cost
}

impl Walk<'_> {
    /// Value of a trader's gas at every node in every season of a year, or the cheapest way in.
    fn labels(&self, t: usize, y: usize) -> Vec<Vec<f64>> {
        let case = &self.world.case;
        let (seasons, nodes) = (case.calendar.seasons.len(), case.nodes.len());
        let mut labels = vec![vec![f64::INFINITY; nodes]; seasons];
        let mut idle = vec![vec![true; nodes]; seasons];
        for s in 0..seasons {
            let p = self.world.period(y, s);
            for n in 0..nodes {
                let value = self.numbers.value(p, t, n);
                if !value.is_nan() {
                    labels[s][n] = value;
                    idle[s][n] = false;
                }
            }
            for (f, field) in case.fields.iter().enumerate().filter(|(_, field)| field.trader.index() == t) {
                let rent = self.rent(p, f);
                let n = field.node.index();
                if idle[s][n] && !rent.is_nan() {
                    labels[s][n] = labels[s][n].min(marginal_cost(field, 0.0) + rent);
                }
            }
        }
        let mut carries = Vec::new();
        if seasons == 2 {
            for g in 0..case.storage.len() {
                if self.world.stores(t, g, self.world.period(y, 0)) {
                    carries.extend([(g, 0), (g, 1)]);
                }
            }
        }
        for _ in 0..2 * nodes.max(1) {
            let mut changed = false;
            for s in 0..seasons {
                let p = self.world.period(y, s);
                for &a in &self.world.reach[t] {
                    let arc = self.world.arc(a);
                    let (from, to) = (arc.from.index(), arc.to.index());
                    if !idle[s][to] || !self.world.serves(a, p) || labels[s][from].is_infinite() {
                        continue;
                    }
                    let way = (labels[s][from] + self.charges.of_trader(p, t, a)) / (1.0 - arc.loss.0);
                    // a way whose limit of zero may be worth anything is no way
                    if way < labels[s][to] - 1e-9 {
                        labels[s][to] = way;
                        changed = true;
                    }
                }
            }
            for &(g, s) in &carries {
                let n = case.storage[g].node.index();
                if idle[1 - s][n] {
                    let way = (labels[s][n] + self.carry(y, g, s)) / (1.0 - case.storage[g].loss.0);
                    if way < labels[1 - s][n] - 1e-9 {
                        labels[1 - s][n] = way;
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        labels
    }

    /// Values of the annual and reserve limits of a field; not a number where one is free.
    fn rent(&self, p: usize, f: usize) -> f64 {
        let record = self.written.get("production", key_all(p, f));
        number(record, "capacity_value_usd_per_tcm")
            + number(record, "annual_capacity_value_usd_per_tcm")
            + number(record, "reserve_value_usd_per_tcm")
    }

    fn fields(&self, t: usize, p: usize, labels: &[f64], ledger: &mut Ledger) {
        let fields = self.world.case.fields.iter().enumerate();
        for (f, field) in fields.filter(|(_, field)| field.trader.index() == t) {
            let Some(record) = self.written.get("production", key_all(p, f)) else { continue };
            let rate = record.number("bcm_per_year");
            let cost = marginal_cost(field, rate.max(0.0)) + self.rent(p, f);
            let column = "capacity_value_usd_per_tcm";
            if rate > NOTHING {
                let value = self.numbers.value(p, t, field.node.index());
                ledger.fits(record, column, "value at home = marginal cost + values of limits", value, cost);
            } else if !cost.is_nan() {
                let value = labels[field.node.index()];
                ledger.at_most(record, column, "an idle field would not pay", value, cost);
            }
        }
    }

    /// What a buyer must pay beside the value of the gas.
    fn margin(&self, t: usize, p: usize, n: usize) -> f64 {
        let world = self.world;
        let Some(market) = &world.markets[p][n] else { return f64::NAN };
        let (terms, at) = (&world.terms[t][n], world.periods[p]);
        let anchor = terms.seasonal.get(at.season).copied().unwrap_or(0.0);
        world.taxes[t][n]
            + terms.theta * market.slope * (self.numbers.sale(p, t, n) - anchor)
            + terms.wedge
            + terms.slope * (self.numbers.annual_sale(at.year, t, n) - terms.anchor)
            - self.contracts.get(&(p, t, n)).copied().unwrap_or(0.0)
    }

    /// What the ninth decimal of the sales can change in the margin: the slopes of tiny sales are steep.
    fn rounding(&self, t: usize, p: usize, n: usize) -> f64 {
        let terms = &self.world.terms[t][n];
        let market = self.world.markets[p][n].as_ref().map_or(0.0, |market| market.slope);
        ROUNDING * (terms.theta * market + terms.slope)
    }

    /// What a sale that nobody makes would earn there.
    fn price_to_enter(&self, p: usize, n: usize) -> f64 {
        let price = self.numbers.price(p, n);
        match &self.world.markets[p][n] {
            Some(market) if price.is_nan() => market.choke(),
            _ => price,
        }
    }

    fn sales(&self, t: usize, p: usize, labels: &[f64], ledger: &mut Ledger) {
        for (n, label) in labels.iter().enumerate() {
            let Some(record) = self.written.get("sales", key(p, t, n)) else { continue };
            let margin = self.margin(t, p, n);
            let column = "bcm_per_year";
            if self.numbers.sale(p, t, n) > NOTHING {
                let cost = self.numbers.value(p, t, n) + margin;
                let rule = "price = value of the gas + tax + margin";
                let price = self.numbers.price(p, n);
                ledger.fits_within(record, column, rule, price, cost, self.rounding(t, p, n));
            } else if !margin.is_nan() {
                let rule = "a sale that is not made would not pay";
                let cost = label + margin + self.rounding(t, p, n);
                ledger.at_most(record, column, rule, self.price_to_enter(p, n), cost);
            }
        }
    }

    fn flows(&mut self, t: usize, p: usize, labels: &[f64], ledger: &mut Ledger) {
        let world = self.world;
        let tie = world.case.settings.tie_break.0;
        for &a in world.reach[t].iter().filter(|&&a| world.serves(a, p)) {
            let arc = world.arc(a);
            let (from, to) = (arc.from.index(), arc.to.index());
            let rate = self.numbers.flow(p, t, a);
            let charge = self.charges.of_trader(p, t, a);
            let worth = (1.0 - arc.loss.0) * self.numbers.value(p, t, to);
            let row = || format!("{} arc={} trader={}", world.when(p), arc.name, world.case.traders[t].id);
            let cost = labels[from] + charge + tie * rate;
            if rate > NOTHING {
                let rule = "value at the end = value at the start + charges";
                ledger.words("flows", "bcm_per_year", rule, worth, cost, &row);
            } else if charge.is_nan() {
                self.need(t, p, a, labels);
            } else if !worth.is_nan() {
                let rule = "a flow that is not there would not pay";
                ledger.words_at_most("flows", "bcm_per_year", rule, worth, cost, &row);
            }
        }
    }

    /// Notes what the capacity of an asset that is not built would be worth to a trader.
    fn need(&mut self, t: usize, p: usize, a: usize, labels: &[f64]) {
        let arc = self.world.arc(a);
        let unbuilt = |kind: Kind, index: usize| {
            let asset = self.world.asset_of.get(&(kind, index)).copied()?;
            let capacity = self.numbers.capacity[asset][self.world.periods[p].year];
            (capacity <= NOTHING).then_some(asset)
        };
        // where both terminals are not built, neither alone must earn its cost by this way
        let (asset, use_of) = match arc.kind {
            ArcKind::Pipeline(line) => (unbuilt(Kind::Pipeline, line.index()), 1.0),
            ArcKind::Lng { liquefaction, regasification, .. } => {
                let ends = (
                    unbuilt(Kind::Liquefaction, liquefaction),
                    unbuilt(Kind::Regasification, regasification),
                );
                match ends {
                    (asset, None) => (asset, arc.loaded),
                    (None, asset) => (asset, 1.0 - arc.loss.0),
                    _ => return,
                }
            }
        };
        let Some(asset) = asset else { return };
        let (from, to) = (arc.from.index(), arc.to.index());
        let passing = self.numbers.value(p, t, to);
        let selling = self.price_to_enter(p, to) - self.margin(t, p, to);
        let worth = if passing.is_nan() { selling } else { passing };
        let charge = self.charges.without_unbuilt(p, t, a);
        let gain = ((1.0 - arc.loss.0) * worth - labels[from] - charge) / use_of;
        if gain > self.needed[asset][p] {
            self.needed[asset][p] = gain;
        }
    }

    /// Charge on a unit carried from one of two seasons into the other.
    fn carry(&self, y: usize, g: usize, s: usize) -> f64 {
        let site = &self.world.case.storage[g];
        let row = |s: usize| self.written.get("storage", key_all(self.world.period(y, s), g));
        let (from, to) = (row(s), row(1 - s));
        let space = "stored_gas_value_usd_per_tcm";
        site.cost.0
            + number(from, "injection_value_usd_per_tcm")
            + (1.0 - site.loss.0)
                * (number(to, "withdrawal_value_usd_per_tcm") + number(from, space) - number(to, space))
    }

    /// Method: market (9), two seasons.
    fn carried(&self, t: usize, y: usize, labels: &[Vec<f64>], ledger: &mut Ledger) {
        let (world, case) = (self.world, &self.world.case);
        for (g, site) in case.storage.iter().enumerate() {
            let n = site.node.index();
            for s in [0, 1] {
                let (p, q) = (world.period(y, s), world.period(y, 1 - s));
                if !world.stores(t, g, p) {
                    continue;
                }
                let injected = self.numbers.injection(p, t, g);
                let kept = (1.0 - site.loss.0) * world.shares[p] / world.shares[q] * injected;
                let row = || format!("{} storage={} trader={}", world.when(p), site.id, case.traders[t].id);
                let withdrawn = self.numbers.withdrawal(q, t, g);
                let rule = "what goes in comes out in the other season";
                ledger.words("storage_use", "injection_bcm_per_year", rule, withdrawn, kept, &row);
                let charge = self.carry(y, g, s) + case.settings.tie_break.0 * injected;
                let worth = (1.0 - site.loss.0) * self.numbers.value(q, t, n);
                let cost = labels[s][n] + charge;
                if injected > NOTHING {
                    let rule = "value when it comes out = value when it goes in + charges";
                    ledger.words("storage_use", "injection_bcm_per_year", rule, worth, cost, &row);
                } else if !worth.is_nan() && !charge.is_nan() {
                    let rule = "to store would not pay";
                    ledger.words_at_most("storage_use", "injection_bcm_per_year", rule, worth, cost, &row);
                }
            }
        }
    }

    /// Method: market (9), three or more seasons: one value of gas in store for each trader and year.
    fn cycled(&self, t: usize, y: usize, labels: &[Vec<f64>], ledger: &mut Ledger) {
        let (world, case) = (self.world, &self.world.case);
        let tie = case.settings.tie_break.0;
        for (g, site) in case.storage.iter().enumerate() {
            let n = site.node.index();
            // bounds of the value: injection from above, withdrawal from below, with equality where used
            let (mut above, mut below) = (f64::INFINITY, f64::NEG_INFINITY);
            let mut equal: Vec<f64> = Vec::new();
            for (s, label) in labels.iter().enumerate() {
                let p = world.period(y, s);
                let Some(record) = self.written.get("storage", key_all(p, g)) else { continue };
                if !world.stores(t, g, p) {
                    continue;
                }
                let space = record.number("stored_gas_value_usd_per_tcm");
                let (put, taken) = (self.numbers.injection(p, t, g), self.numbers.withdrawal(p, t, g));
                let charge = site.cost.0 + tie * put + record.number("injection_value_usd_per_tcm");
                let high = (charge + label[n]) / (1.0 - site.loss.0) + space;
                let low = self.numbers.value(p, t, n) + space
                    - tie * taken
                    - record.number("withdrawal_value_usd_per_tcm");
                above = if high.is_nan() { above } else { above.min(high) };
                below = if low.is_nan() { below } else { below.max(low) };
                equal
                    .extend([(put, high), (taken, low)].iter().filter(|(r, _)| *r > NOTHING).map(|(_, v)| v));
            }
            let row = || {
                format!(
                    "year={} storage={} trader={}",
                    case.calendar.years[y].year, site.id, case.traders[t].id
                )
            };
            let table = "storage_use";
            for &value in &equal {
                let rule = "one value of gas in store";
                ledger.words(table, "injection_bcm_per_year", rule, value, equal[0], &row);
            }
            let rule = "to store would not pay";
            if below > f64::NEG_INFINITY && above < f64::INFINITY {
                ledger.words_at_most(table, "injection_bcm_per_year", rule, below, above, &row);
            }
        }
    }

    /// An asset that is not built would not earn its cost.
    fn uninvested(&self, ledger: &mut Ledger) {
        let (world, case) = (self.world, &self.world.case);
        let years = case.calendar.years.len();
        let column = "capacity_value_million_usd_per_bcm_per_year";
        for (a, asset) in world.assets.iter().enumerate() {
            let row = |year: usize| self.written.get("investment", key_all(year, a));
            let mut later = 0.0;
            for y in (0..years).rev() {
                let saved = number(row(y), column);
                let mut worth = saved;
                if saved.is_nan() {
                    let seasons = (0..case.calendar.seasons.len()).map(|s| world.period(y, s));
                    worth = later
                        + seasons
                            .map(|p| case.calendar.weight(world.periods[p]) * self.needed[a][p])
                            .sum::<f64>();
                    if let (Some(before), Some(at)) = (y.checked_sub(1), row(y)) {
                        let cost = case.calendar.years[before].discount * asset.expansion.capex.0;
                        let bounded = row(before).is_some_and(|record: Record| {
                            let limit = asset.expansion.limit.map_or(f64::INFINITY, |limit| limit.0);
                            record.number("added_bcm_per_year") >= limit - NOTHING
                        });
                        if !bounded {
                            let rule = "what is not built would not earn its cost";
                            ledger.at_most(at, "added_bcm_per_year", rule, worth, cost);
                        }
                    }
                }
                later = worth;
            }
        }
    }
}
