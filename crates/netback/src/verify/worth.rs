//! What scarce things are worth: prices, bookings, the charges of a way, and the worth of investment.

use std::collections::BTreeMap;

use super::ledger::{Ledger, TOLERANCE};
use super::numbers::{Numbers, key, key_all, number};
use super::world::{Kind, World};
use super::written::{ALL, Written};
use crate::network::ArcKind;

/// Below this rate, in bcm/yr, nothing flows.
pub(crate) const NOTHING: f64 = 1e-7;

/// Largest error of a number with nine decimals, and a hair.
pub(crate) const ROUNDING: f64 = 5.1e-10;

/// What a unit pays on its way, in USD/tcm.
pub(crate) struct Charges {
    arcs: usize,
    /// By period and arc; not a number where a limit of zero leaves its value free.
    shared: Vec<f64>,
    /// As `shared`, without the values of terminals and pipelines of capacity zero.
    unbuilt: Vec<f64>,
    /// Relief by booking and by transit minimum, by period, trader and arc.
    relief: BTreeMap<(usize, usize, usize), f64>,
}

impl Charges {
    pub fn of(world: &World, written: &Written) -> Charges {
        let case = &world.case;
        let (periods, arcs) = (world.periods.len(), world.network.arcs.len());
        let value = "capacity_value_usd_per_tcm";
        let mut shared = vec![f64::NAN; periods * arcs];
        let mut unbuilt = vec![f64::NAN; periods * arcs];
        for p in 0..periods {
            let terminal = |kind: usize, index: usize| written.get("terminals", key(p, kind, index));
            let passage: Vec<f64> = (0..case.chokepoints.len())
                .map(|c| number(written.get("chokepoints", key_all(p, c)), value))
                .collect();
            let fleet = written.get("fleet", [p as u32, ALL, ALL]);
            let ship = number(fleet, "ship_value_million_usd_per_year");
            for (a, arc) in world.network.arcs.iter().enumerate() {
                let row = written.get("flows", key_all(p, a));
                let congestion = number(row, "congestion_charge_usd_per_tcm");
                // what is not built, and what it must carry for one unit that enters
                let (capacities, rest) = match arc.kind {
                    ArcKind::Pipeline(_) => (vec![(1.0, number(row, value))], congestion),
                    ArcKind::Lng { liquefaction, regasification, .. } => {
                        let (out, landed) = (terminal(0, liquefaction), terminal(1, regasification));
                        let loaded = number(out, "feed_gas_value_usd_per_tcm")
                            + arc.chokepoints.iter().map(|point| passage[point.index()]).sum::<f64>()
                            + arc.ships_per_bcm_per_year * if ship.is_nan() { 0.0 } else { ship };
                        let ends =
                            [(arc.loaded, number(out, value)), (1.0 - arc.loss.0, number(landed, value))];
                        (ends.to_vec(), arc.loaded * loaded + congestion)
                    }
                };
                let place = p * arcs + a;
                let rest = arc.tariff.0 + rest;
                let built = capacities.iter().filter(|(_, value)| !value.is_nan());
                unbuilt[place] = rest + built.map(|(use_of, value)| use_of * value).sum::<f64>();
                shared[place] = rest + capacities.iter().map(|(use_of, value)| use_of * value).sum::<f64>();
            }
        }
        let mut relief: BTreeMap<(usize, usize, usize), f64> = BTreeMap::new();
        for ([p, k, a], record) in written.rows("bookings") {
            let trader = case.transit_contracts[k as usize].trader.index();
            let place = (p as usize, trader, a as usize);
            *relief.entry(place).or_default() += booked_relief(world, k as usize, a as usize, record);
        }
        for ([y, k, _], record) in written.rows("transit_contracts") {
            let contract = &case.transit_contracts[k as usize];
            let worth = record.or_zero("minimum_value_usd_per_tcm");
            for &a in world.reach[contract.trader.index()].iter().filter(|_| worth != 0.0) {
                let ArcKind::Pipeline(line) = world.arc(a).kind else { continue };
                if contract.pipelines.contains(&line) {
                    for s in 0..case.calendar.seasons.len() {
                        let place = (world.period(y as usize, s), contract.trader.index(), a);
                        *relief.entry(place).or_default() += worth;
                    }
                }
            }
        }
        Charges { arcs, shared, unbuilt, relief }
    }

    /// Charge on a unit of a trader that enters an arc, beside the tie-break.
    pub fn of_trader(&self, period: usize, trader: usize, arc: usize) -> f64 {
        let relief = self.relief.get(&(period, trader, arc)).copied().unwrap_or(0.0);
        self.shared[period * self.arcs + arc] - relief
    }

    /// The same, without the values of capacities that are not built.
    pub fn without_unbuilt(&self, period: usize, trader: usize, arc: usize) -> f64 {
        let relief = self.relief.get(&(period, trader, arc)).copied().unwrap_or(0.0);
        self.unbuilt[period * self.arcs + arc] - relief
    }
}

/// What one more unit of flow gains by being booked: the rebate less the value of the booking.
fn booked_relief(world: &World, contract: usize, arc: usize, record: super::written::Record) -> f64 {
    let rebate = world.rebate(contract, arc).unwrap_or(0.0);
    let value = record.number("booking_value_usd_per_tcm");
    if value.is_nan() {
        // a booking of zero: its value is free, and as large as the rebate
        return 0.0;
    }
    let tie = world.case.settings.tie_break.0 * record.or_zero("bcm_per_year");
    (rebate - tie - value).max(0.0)
}

/// Checks prices, bookings and investment.
pub(crate) fn check(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    prices(world, written, ledger);
    bookings(world, written, numbers, ledger);
    stored_gas(world, written, ledger);
    investment(world, written, ledger);
}

/// Inverse demand, and curtailment at the cap.
fn prices(world: &World, written: &Written, ledger: &mut Ledger) {
    for ([p, n, _], record) in written.rows("prices") {
        let Some(market) = &world.markets[p as usize][n as usize] else { continue };
        let Some(consumed) = written.get("consumption", [p, n, ALL]) else { continue };
        let curtailed = consumed.number("curtailed_bcm_per_year");
        let total = consumed.number("bcm_per_year") + curtailed;
        let (column, price) = ("price_usd_per_tcm", record.number("price_usd_per_tcm"));
        if total < 0.9 * NOTHING {
            ledger.empty(record, column, "free, and therefore not saved, where nothing is consumed");
            continue;
        }
        if total < 1.1 * NOTHING && price.is_nan() {
            continue;
        }
        if market.fixed().is_none() {
            // the ninth decimals of consumption and curtailment, along a steep demand
            let rounding = 2.0 * ROUNDING * market.steepness(total);
            let rule = "inverse demand at what is consumed";
            ledger.fits_within(record, column, rule, price, market.price(total), rounding);
        }
        if let Some(cap) = world.case.settings.price_cap {
            ledger.at_most(record, column, "no dearer than the price cap", price, cap.0);
            if curtailed > TOLERANCE {
                ledger.fits(record, column, "the price cap where demand is curtailed", price, cap.0);
            } else {
                ledger.equal(consumed, "curtailed_bcm_per_year", "nothing below the price cap", 0.0);
            }
        }
    }
}

/// A booking is used as far as the flow reaches, unless one more unit of flow would gain nothing by it.
fn bookings(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    for ([p, k, a], record) in written.rows("bookings") {
        let trader = world.case.transit_contracts[k as usize].trader.index();
        let flow = numbers.flow(p as usize, trader, a as usize);
        let booked = record.number("bcm_per_year");
        let rule = "used as far as the flow reaches, where it gains";
        if booked_relief(world, k as usize, a as usize, record) > TOLERANCE {
            ledger.fits(record, "bcm_per_year", rule, booked, flow);
        }
        let value = record.number("booking_value_usd_per_tcm");
        if booked > NOTHING {
            let tie = world.case.settings.tie_break.0 * booked;
            let gain = world.rebate(k as usize, a as usize).unwrap_or(0.0) - tie;
            ledger.at_most(record, "booking_value_usd_per_tcm", "no dearer than the rebate", value, gain);
        }
    }
}

/// The value of the space that gas in store takes falls by the volume value from season to season.
fn stored_gas(world: &World, written: &Written, ledger: &mut Ledger) {
    let case = &world.case;
    let seasons = case.calendar.seasons.len();
    let column = "stored_gas_value_usd_per_tcm";
    for ([p, g, _], record) in written.rows("storage") {
        let (p, g) = (p as usize, g as usize);
        let year = world.periods[p].year;
        let row = |season: usize| written.get("storage", key_all(world.period(year, season), g));
        let next = number(row((world.periods[p].season + 1) % seasons), column);
        let lowest = (0..seasons).map(|s| number(row(s), column)).fold(f64::INFINITY, f64::min);
        ledger.fits(record, column, "counts from the lowest of the year", lowest, 0.0);
        let level = record.number("level_bcm");
        let volume_value = record.number("volume_value_usd_per_tcm");
        if volume_value.is_nan() {
            continue;
        }
        let worth = volume_value + case.settings.tie_break.0 * world.shares[p] * level;
        let fall = record.number(column) - next;
        if level > NOTHING {
            ledger.fits(record, column, "falls by the volume value", fall, worth);
        } else {
            ledger.at_most(record, column, "falls by no more than the volume value", fall, worth);
        }
    }
}

/// Method: market (7): a unit is worth what it earns from its year on, and an addition earns no more than
/// it costs.
fn investment(world: &World, written: &Written, ledger: &mut Ledger) {
    let case = &world.case;
    let years = case.calendar.years.len();
    for (a, asset) in world.assets.iter().enumerate() {
        let row = |year: usize| written.get("investment", key_all(year, a));
        let column = "capacity_value_million_usd_per_bcm_per_year";
        for y in (0..years).rev() {
            let Some(record) = row(y) else { continue };
            let later = if y + 1 < years { number(row(y + 1), column) } else { 0.0 };
            let capacity = record.number("capacity_bcm_per_year");
            if capacity < 0.9 * NOTHING {
                ledger.empty(record, column, "free, and therefore not saved, at capacity zero");
            } else if !(capacity < 1.1 * NOTHING && record.number(column).is_nan()) {
                let earned: f64 = (0..case.calendar.seasons.len())
                    .map(|s| {
                        let p = world.period(y, s);
                        case.calendar.weight(world.periods[p])
                            * earned(world, written, asset.kind, asset.index, p)
                    })
                    .sum();
                ledger.equal(record, column, "earns its capacity values from this year on", earned + later);
            }
            if y + 1 < years && !later.is_nan() {
                let cost = case.calendar.years[y].discount * asset.expansion.capex.0;
                let added = record.number("added_bcm_per_year");
                let limit = asset.expansion.limit.map_or(f64::INFINITY, |limit| limit.0);
                let Some(next) = row(y + 1) else { continue };
                if added < limit - TOLERANCE {
                    let rule = "an addition below its limit earns no more than it costs";
                    ledger.at_most(next, column, rule, later, cost + TOLERANCE * (cost.max(1.0) - 1.0));
                }
                if added > NOTHING {
                    let rule = "an addition earns what it costs";
                    let bound = TOLERANCE * (cost.max(1.0) - 1.0);
                    ledger.at_most(next, column, rule, cost - bound, later);
                }
            }
        }
    }
}

/// Capacity value of an asset in a period; zero where it does not serve.
fn earned(world: &World, written: &Written, kind: Kind, index: usize, period: usize) -> f64 {
    let record = match kind {
        Kind::Pipeline => {
            let line =
                |arc: &crate::network::Arc| matches!(arc.kind, ArcKind::Pipeline(id) if id.index() == index);
            let arc = world.network.arcs.iter().position(line);
            arc.and_then(|arc| written.get("flows", key_all(period, arc)))
        }
        Kind::Liquefaction => written.get("terminals", key(period, 0, index)),
        Kind::Regasification => written.get("terminals", key(period, 1, index)),
    };
    record.map_or(0.0, |record| record.number("capacity_value_usd_per_tcm"))
}
