//! Welfare of every actor and the totals, from quantities and values alone.

use super::inverse::Sector;
use super::ledger::Ledger;
use super::numbers::{Numbers, key, key_all};
use super::world::World;
use super::written::{ALL, Written, total};
use crate::case::Field;
use crate::ids::{ActorId, NodeId, TraderId};
use crate::network::ArcKind;

/// Consumers, producers, transport, taxes.
type Parts = [f64; 4];

/// Sums over the horizon, discounted.
#[derive(Debug, Default)]
struct Sums {
    objective: f64,
    consumers: f64,
    production: f64,
    transport: f64,
    revenue: f64,
    taxes: f64,
    welfare: f64,
}

struct Account<'a> {
    world: &'a World,
    written: &'a Written,
    numbers: &'a Numbers,
    parts: Vec<Vec<Parts>>,
    sums: Sums,
}

/// Checks `welfare` and `totals`.
pub(crate) fn check(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    let actors = vec![[0.0; 4]; world.case.actors.len()];
    let parts = vec![actors; world.case.calendar.years.len()];
    let mut account = Account { world, written, numbers, parts, sums: Sums::default() };
    account.consumers();
    account.sellers();
    account.fields();
    account.arcs();
    account.storage();
    account.calibrated_and_contracts();
    account.report(ledger);
}

impl Account<'_> {
    /// Weight of a rate in the objective.
    fn weight(&self, p: usize) -> f64 {
        self.world.case.calendar.weight(self.world.periods[p])
    }

    fn actor_of(&self, trader: usize) -> usize {
        self.world.case.actor_of_trader(TraderId::from_index(trader)).index()
    }

    fn part(&mut self, p: usize, actor: usize, part: usize, amount: f64) {
        self.parts[self.world.periods[p].year][actor][part] += self.world.shares[p] * amount;
    }

    fn consumers(&mut self) {
        let case = &self.world.case;
        for ([p, n, _], record) in self.written.rows("consumption") {
            let (p, n) = (p as usize, n as usize);
            let Some(market) = &self.world.markets[p][n] else { continue };
            let curtailed = record.or_zero("curtailed_bcm_per_year");
            let consumed = record.or_zero("bcm_per_year") + curtailed;
            let price = self.numbers.price(p, n);
            let actor = case.actor_of_node(NodeId::from_index(n)).index();
            let weight = self.weight(p);
            for (sector, rate) in market.sectors.iter().zip(market.rates(price, consumed)) {
                if price.is_nan() {
                    continue;
                }
                let benefit = if matches!(sector, Sector::Line { .. }) { sector.benefit(rate) } else { 0.0 };
                self.part(p, actor, 0, benefit - price * rate);
                self.sums.objective += weight * sector.benefit(rate);
            }
            self.sums.objective -= weight * case.settings.price_cap.map_or(0.0, |cap| cap.0) * curtailed;
        }
    }

    fn sellers(&mut self) {
        let world = self.world;
        for ([p, t, n], record) in self.written.rows("sales") {
            let (p, t, n) = (p as usize, t as usize, n as usize);
            let rate = record.or_zero("bcm_per_year");
            let price = self.numbers.price(p, n);
            let (tax, weight, actor) = (world.taxes[t][n], self.weight(p), self.actor_of(t));
            if let Some(market) = &world.markets[p][n] {
                let terms = &world.terms[t][n];
                let anchor = terms.seasonal.get(world.periods[p].season).copied().unwrap_or(0.0);
                let strategic = terms.theta * market.slope;
                self.sums.objective -=
                    weight * ((tax - strategic * anchor) * rate + 0.5 * strategic * rate * rate);
            }
            if price.is_nan() {
                continue;
            }
            self.part(p, actor, 1, rate * (price - tax));
            self.part(p, actor, 3, rate * tax);
            self.sums.revenue += weight * rate * price;
        }
    }

    fn fields(&mut self) {
        for ([p, f, _], record) in self.written.rows("production") {
            let (p, field) = (p as usize, &self.world.case.fields[f as usize]);
            let cost = cost_of_output(field, record.or_zero("bcm_per_year"));
            let actor = self.actor_of(field.trader.index());
            self.part(p, actor, 1, -cost);
            self.sums.production += self.weight(p) * cost;
            self.sums.objective -= self.weight(p) * cost;
        }
    }

    /// A scarcity payment from a trader to the owners of what is scarce.
    fn pay(&mut self, p: usize, payer: usize, owners: &[ActorId], host: ActorId, amount: f64) {
        self.part(p, payer, 1, -amount);
        let host = [host];
        let owners = if owners.is_empty() { &host } else { owners };
        for owner in owners {
            self.part(p, owner.index(), 2, amount / owners.len() as f64);
        }
    }

    fn arcs(&mut self) {
        let (world, case) = (self.world, &self.world.case);
        let tie = case.settings.tie_break.0;
        let value = "capacity_value_usd_per_tcm";
        for ([p, a, t], record) in self.written.rows("flows") {
            let (p, a, weight) = (p as usize, a as usize, self.weight(p as usize));
            let arc = world.arc(a);
            let rate = record.or_zero("bcm_per_year");
            if t == ALL {
                if let ArcKind::Pipeline(line) = arc.kind {
                    let whole = case.pipelines[line.index()].congestion * rate.powi(3) / 3.0;
                    self.sums.transport += weight * whole;
                    self.sums.objective -= weight * whole;
                }
                continue;
            }
            let payer = self.actor_of(t as usize);
            self.part(p, payer, 1, -rate * arc.tariff.0);
            self.sums.transport += weight * rate * arc.tariff.0;
            self.sums.objective -= weight * (rate * arc.tariff.0 + 0.5 * tie * rate * rate);
            let (start, end) = (case.actor_of_node(arc.from), case.actor_of_node(arc.to));
            match arc.kind {
                ArcKind::Pipeline(line) => {
                    let Some(all) = self.written.get("flows", key_all(p, a)) else { continue };
                    let scarce = all.or_zero(value) + all.or_zero("congestion_charge_usd_per_tcm");
                    self.pay(p, payer, &case.pipelines[line.index()].owners, start, rate * scarce);
                }
                ArcKind::Lng { liquefaction, regasification, .. } => {
                    let terminal =
                        |kind: usize, index: usize| self.written.get("terminals", key(p, kind, index));
                    let (Some(out), Some(landed)) = (terminal(0, liquefaction), terminal(1, regasification))
                    else {
                        continue;
                    };
                    let scarce = out.or_zero(value) + out.or_zero("feed_gas_value_usd_per_tcm");
                    let owners = &case.liquefaction[liquefaction].owners;
                    self.pay(p, payer, owners, start, rate * arc.loaded * scarce);
                    let owners = &case.regasification[regasification].owners;
                    self.pay(p, payer, owners, end, rate * (1.0 - arc.loss.0) * landed.or_zero(value));
                }
            }
        }
        for ([p, k, a], record) in self.written.rows("bookings") {
            let rate = record.or_zero("bcm_per_year");
            let rebate = world.rebate(k as usize, a as usize).unwrap_or(0.0);
            let weight = self.weight(p as usize);
            let shipper = case.transit_contracts[k as usize].trader.index();
            let shipper = self.actor_of(shipper);
            self.part(p as usize, shipper, 1, rate * rebate);
            self.sums.transport -= weight * rate * rebate;
            self.sums.objective += weight * (rate * rebate - 0.5 * tie * rate * rate);
        }
    }

    fn storage(&mut self) {
        let case = &self.world.case;
        let tie = case.settings.tie_break.0;
        for ([p, g, t], record) in self.written.rows("storage_use") {
            let p = p as usize;
            let rate = record.or_zero("injection_bcm_per_year");
            let cost = rate * case.storage[g as usize].cost.0;
            let actor = self.actor_of(t as usize);
            self.part(p, actor, 1, -cost);
            let weight = self.weight(p);
            self.sums.transport += weight * cost;
            self.sums.objective -= weight * (cost + 0.5 * tie * rate * rate);
            if case.calendar.seasons.len() > 2 {
                let taken = record.or_zero("withdrawal_bcm_per_year");
                self.sums.objective -= weight * 0.5 * tie * taken * taken;
            }
        }
        for ([p, ..], record) in self.written.rows("storage") {
            let level = record.or_zero("level_bcm");
            self.sums.objective -= self.weight(p as usize) * 0.5 * tie * level * level;
        }
    }

    /// Terms of annual sales, missed minima and investment: in the objective alone.
    fn calibrated_and_contracts(&mut self) {
        let (world, case) = (self.world, &self.world.case);
        for y in 0..case.calendar.years.len() {
            let weight = case.calendar.year_weight(y);
            for (t, row) in world.terms.iter().enumerate() {
                for (n, terms) in row.iter().enumerate() {
                    let sold = self.numbers.annual_sale(y, t, n);
                    let linear = terms.wedge - terms.slope * terms.anchor;
                    self.sums.objective -= weight * (linear * sold + 0.5 * terms.slope * sold * sold);
                }
            }
        }
        let penalty = case.settings.contract_shortfall_penalty.map_or(0.0, |penalty| penalty.0);
        for ([y, s, _], record) in self.written.rows("contracts") {
            let weight = match s {
                ALL => case.calendar.year_weight(y as usize),
                s => self.weight(world.period(y as usize, s as usize)),
            };
            self.sums.objective -= weight * penalty * record.or_zero("shortfall_bcm_per_year");
        }
        for ([y, a, _], record) in self.written.rows("investment") {
            let cost = case.calendar.years[y as usize].discount * world.assets[a as usize].expansion.capex.0;
            self.sums.objective -= cost * record.or_zero("added_bcm_per_year");
        }
    }

    fn report(mut self, ledger: &mut Ledger) {
        let case = &self.world.case;
        let columns =
            ["consumers_million_usd", "producers_million_usd", "transport_million_usd", "taxes_million_usd"];
        for ([y, actor, _], record) in self.written.rows("welfare") {
            let parts = self.parts[y as usize][actor as usize];
            for (column, expected) in columns.iter().zip(parts) {
                ledger.equal(record, column, "from quantities and values anew", expected);
            }
        }
        for (y, actors) in self.parts.iter().enumerate() {
            let weight = case.calendar.year_weight(y);
            for parts in actors {
                self.sums.consumers += weight * parts[0];
                self.sums.taxes += weight * parts[3];
                self.sums.welfare += weight * parts.iter().sum::<f64>();
            }
        }
        let sums = &self.sums;
        for (item, expected) in [
            ("objective_million_usd", sums.objective),
            ("consumer_surplus_million_usd", sums.consumers),
            ("production_cost_million_usd", sums.production),
            ("transport_cost_million_usd", sums.transport),
            ("sales_margin_million_usd", sums.revenue - sums.production - sums.transport - sums.taxes),
            ("sales_revenue_million_usd", sums.revenue),
            ("tax_revenue_million_usd", sums.taxes),
            ("welfare_million_usd", sums.welfare),
        ] {
            if let Some(record) = self.written.get("totals", total(item)) {
                ledger.equal(record, "value", "from quantities and values anew", expected);
            }
        }
    }
}

/// Cost of a rate kept for a year, in million USD.
fn cost_of_output(field: &Field, rate: f64) -> f64 {
    let mut cost = field.marginal_cost.0 * rate + 0.5 * field.cost_slope.0 * rate * rate;
    let left = field.capacity.0 - rate;
    if field.cost_curvature.0 < 0.0 && left > 0.0 {
        cost -= field.cost_curvature.0 * (left * (left / field.capacity.0).ln() + rate);
    }
    if field.cost_barrier.0 != 0.0 {
        cost -= field.cost_barrier.0 * (1.0 - rate / field.barrier.0).ln();
    }
    cost
}
