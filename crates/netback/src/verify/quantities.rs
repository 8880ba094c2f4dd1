//! Volumes, sums, balances and limits; method: market (3)–(10).

use std::collections::BTreeSet;

use super::inverse::{calibrated_price, conduct_margin, premium};
use super::ledger::{Ledger, TOLERANCE};
use super::numbers::{Numbers, key, key_all, number};
use super::world::{Kind, World};
use super::written::{ALL, Key, Written};
use crate::network::ArcKind;

/// Whether a row may stand in a table beside those that must.
type Possible<'a> = Box<dyn Fn(&Key) -> bool + 'a>;

/// Rows that a table must have, and those it may have besides.
pub(crate) fn keys<'a>(world: &'a World, table: &str) -> (BTreeSet<Key>, Possible<'a>) {
    let case = &world.case;
    let (periods, years) = (world.periods.len(), case.calendar.years.len());
    let (traders, nodes) = (case.traders.len(), case.nodes.len());
    let mut needed = BTreeSet::new();
    let mut possible: Possible<'a> = Box::new(|_| false);
    let used = |arc: usize, period: usize| !world.users[arc].is_empty() && world.serves(arc, period);
    for p in 0..periods {
        match table {
            "prices" | "consumption" => {
                needed.extend((0..nodes).filter(|&n| world.markets[p][n].is_some()).map(|n| key_all(p, n)));
            }
            "sales" => {
                for t in 0..traders {
                    let here = (0..nodes).filter(|&n| world.present[t][n] && world.markets[p][n].is_some());
                    needed.extend(here.map(|n| key(p, t, n)));
                }
            }
            "production" => {
                let year = world.calendar_year(p);
                let fields = case.fields.iter().enumerate();
                let serving = fields.filter(|(_, field)| field.service.serves(year));
                needed.extend(serving.map(|(f, _)| key_all(p, f)));
            }
            "flows" => {
                needed.extend((0..world.network.arcs.len()).filter(|&a| used(a, p)).map(|a| key_all(p, a)));
            }
            "terminals" => {
                for (_, arc) in world.network.arcs.iter().enumerate().filter(|&(a, _)| used(a, p)) {
                    if let ArcKind::Lng { liquefaction, regasification, .. } = arc.kind {
                        needed.extend([key(p, 0, liquefaction), key(p, 1, regasification)]);
                    }
                }
            }
            "chokepoints" => needed.extend((0..case.chokepoints.len()).map(|c| key_all(p, c))),
            "fleet" => needed.extend(case.shipping.map(|_| [p as u32, ALL, ALL])),
            "storage" => {
                let used = |g: usize| (0..traders).any(|t| world.stores(t, g, p));
                needed.extend((0..case.storage.len()).filter(|&g| used(g)).map(|g| key_all(p, g)));
            }
            "bookings" => {
                for (k, contract) in case.transit_contracts.iter().enumerate() {
                    if contract.service.serves(world.calendar_year(p)) {
                        let arcs = world.reach[contract.trader.index()].iter().copied();
                        let booked = arcs.filter(|&a| world.serves(a, p) && world.rebate(k, a).is_some());
                        needed.extend(booked.map(|a| key(p, k, a)));
                    }
                }
            }
            _ => {}
        }
    }
    for y in 0..years {
        let year = case.calendar.years[y].year;
        match table {
            "investment" => needed.extend((0..world.assets.len()).map(|a| key_all(y, a))),
            "contracts" => {
                for (k, contract) in case.contracts.iter().enumerate() {
                    if contract.service.serves(year) {
                        needed.insert([y as u32, contract.season.map_or(ALL, |s| s as u32), k as u32]);
                    }
                }
            }
            "transit_contracts" => {
                let contracts = case.transit_contracts.iter().enumerate();
                let serving = contracts.filter(|(_, contract)| contract.service.serves(year));
                needed.extend(serving.map(|(k, _)| key_all(y, k)));
            }
            "welfare" => needed.extend((0..case.actors.len()).map(|a| key_all(y, a))),
            _ => {}
        }
    }
    match table {
        "totals" => needed.extend((0..8).map(|item| [item, ALL, ALL])),
        "wedges" => {
            let sales = case.calibration.iter().flat_map(|calibration| &calibration.sales);
            let kept = sales.filter(|sale| sale.anchor.0 > 1e-3);
            needed.extend(kept.map(|sale| key(0, sale.trader.index(), sale.market.index())));
        }
        "flows" => {
            possible = Box::new(|&[p, a, t]| {
                world.users[a as usize].contains(&(t as usize)) && world.serves(a as usize, p as usize)
            });
        }
        "storage_use" => {
            possible = Box::new(|&[p, g, t]| world.stores(t as usize, g as usize, p as usize));
        }
        "balances" => possible = Box::new(|&[_, t, n]| world.present[t as usize][n as usize]),
        _ => {}
    }
    (needed, possible)
}

/// Checks all quantities.
pub(crate) fn check(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    volumes(world, written, ledger);
    sums(world, written, numbers, ledger);
    fields(world, written, ledger);
    arcs(world, written, numbers, ledger);
    terminals(world, written, numbers, ledger);
    straits_and_fleet(world, written, numbers, ledger);
    storage(world, written, numbers, ledger);
    balances(world, written, numbers, ledger);
    contracts(world, written, numbers, ledger);
    transit(world, written, numbers, ledger);
    investment(world, written, ledger);
    wedges(world, written, ledger);
}

/// Every rate is its volume over the share of the year, and not negative.
fn volumes(world: &World, written: &Written, ledger: &mut Ledger) {
    for table in ["sales", "production", "consumption", "flows", "terminals", "chokepoints"] {
        for (key, record) in written.rows(table) {
            let rate = record.number("bcm_per_year");
            let volume = record.number("bcm") / world.shares[key[0] as usize];
            ledger.fits(record, "bcm", "volume = rate × share of the year", volume, rate);
            ledger.at_most(record, "bcm_per_year", "not negative", -rate, 0.0);
        }
    }
}

/// Consumption is what is sold.
fn sums(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    for ([p, n, _], record) in written.rows("consumption") {
        let (p, n) = (p as usize, n as usize);
        let sold: f64 = (0..world.case.traders.len()).map(|t| numbers.sale(p, t, n)).sum();
        let rate = record.number("bcm_per_year");
        ledger.fits(record, "bcm_per_year", "consumption = sales of all traders", rate, sold);
        let curtailed = record.number("curtailed_bcm_per_year");
        ledger.at_most(record, "curtailed_bcm_per_year", "not negative", -curtailed, 0.0);
        if world.case.settings.price_cap.is_none() {
            ledger.equal(record, "curtailed_bcm_per_year", "nothing is curtailed without a price cap", 0.0);
        }
        if let Some(fixed) = world.markets[p][n].as_ref().and_then(|market| market.fixed()) {
            let rule = "fixed demand is met or curtailed";
            ledger.fits(record, "bcm_per_year", rule, rate + curtailed, fixed);
        }
    }
}

/// Output within capacity, of the year and of the reserves, with their values.
fn fields(world: &World, written: &Written, ledger: &mut Ledger) {
    let case = &world.case;
    let (fields, years) = (case.fields.len(), case.calendar.years.len());
    let mut annual = vec![0.0; fields * years];
    let mut total = vec![0.0; fields];
    // the largest saved value of the same limit; all that are saved must agree
    let mut annual_value = vec![f64::NAN; fields * years];
    let mut reserve_value = vec![f64::NAN; fields];
    for ([p, f, _], record) in written.rows("production") {
        let (p, f) = (p as usize, f as usize);
        let year = world.periods[p].year;
        let rate = record.number("bcm_per_year");
        annual[f * years + year] += world.shares[p] * rate;
        total[f] += case.calendar.years[year].weight * world.shares[p] * rate;
        let at = &mut annual_value[f * years + year];
        *at = at.max(record.number("annual_capacity_value_usd_per_tcm"));
        let rent = record.number("reserve_value_usd_per_tcm") * case.calendar.years[year].discount;
        reserve_value[f] = reserve_value[f].max(rent);
    }
    for ([p, f, _], record) in written.rows("production") {
        let (p, f) = (p as usize, f as usize);
        let (field, year) = (&case.fields[f], world.periods[p].year);
        let rate = record.number("bcm_per_year");
        ledger.at_most(record, "bcm_per_year", "within capacity", rate, field.capacity.0);
        ledger.value(record, "capacity_value_usd_per_tcm", rate, field.capacity.0);
        let (output, column) = (annual[f * years + year], "annual_capacity_value_usd_per_tcm");
        let limit = field.annual_capacity.map_or(f64::INFINITY, |limit| limit.0);
        ledger.at_most(record, "bcm_per_year", "within the capacity of the year", output, limit);
        ledger.value(record, column, output, limit);
        let value = record.number(column);
        if !value.is_nan() {
            let rule = "one value for all seasons of a year";
            ledger.fits(record, column, rule, value, annual_value[f * years + year]);
        }
        let column = "reserve_value_usd_per_tcm";
        let limit = field.reserves.map_or(f64::INFINITY, |limit| limit.0);
        ledger.at_most(record, "bcm_per_year", "within reserves", total[f], limit);
        ledger.value(record, column, total[f], limit);
        let value = record.number(column);
        if !value.is_nan() {
            let expected = reserve_value[f] / case.calendar.years[year].discount;
            ledger.fits(record, column, "one discounted value for all years", value, expected);
        }
    }
}

fn arcs(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    for ([p, a, t], record) in written.rows("flows") {
        let (p, a) = (p as usize, a as usize);
        if t != ALL {
            for column in [
                "capacity_bcm_per_year",
                "capacity_value_usd_per_tcm",
                "congestion_charge_usd_per_tcm",
                "price_spread_usd_per_tcm",
            ] {
                ledger.empty(record, column, "only for all traders together");
            }
            continue;
        }
        let arc = world.arc(a);
        let rate = record.number("bcm_per_year");
        ledger.fits(record, "bcm_per_year", "all = sum over traders", rate, numbers.whole_flow(p, a));
        let mut limit = f64::INFINITY;
        let mut congestion = 0.0;
        match arc.kind {
            ArcKind::Pipeline(line) => {
                limit = capacity(world, numbers, Kind::Pipeline, line.index(), p);
                congestion = world.case.pipelines[line.index()].congestion;
                ledger.equal(record, "capacity_bcm_per_year", "capacity of the pipeline in the year", limit);
                ledger.at_most(record, "bcm_per_year", "within capacity", rate, limit);
            }
            ArcKind::Lng { .. } => {
                ledger.empty(record, "capacity_bcm_per_year", "terminals limit an LNG route");
            }
        }
        ledger.value(record, "capacity_value_usd_per_tcm", rate, limit);
        let charge = congestion * rate * rate;
        ledger.equal(record, "congestion_charge_usd_per_tcm", "charge = n × flow²", charge);
        let spread = numbers.price_or_value(p, arc.to.index()) - numbers.price_or_value(p, arc.from.index());
        if spread.is_nan() {
            ledger.empty(record, "price_spread_usd_per_tcm", "no price is determined at one end");
        } else {
            let found = record.number("price_spread_usd_per_tcm");
            ledger.fits(
                record,
                "price_spread_usd_per_tcm",
                "price at the end less at the start",
                found,
                spread,
            );
        }
    }
}

/// Capacity of what can grow, or of the case.
fn capacity(world: &World, numbers: &Numbers, kind: Kind, index: usize, period: usize) -> f64 {
    match world.asset_of.get(&(kind, index)) {
        Some(&asset) => numbers.capacity[asset][world.periods[period].year],
        None => match kind {
            Kind::Pipeline => world.case.pipelines[index].capacity.0,
            Kind::Liquefaction => world.case.liquefaction[index].capacity.0,
            Kind::Regasification => world.case.regasification[index].capacity.0,
        },
    }
}

fn terminals(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    let case = &world.case;
    let periods = world.periods.len();
    let mut out = vec![0.0; periods * case.liquefaction.len()];
    let mut landed = vec![0.0; periods * case.regasification.len()];
    for (a, arc) in world.network.arcs.iter().enumerate() {
        let ArcKind::Lng { liquefaction, regasification, .. } = arc.kind else { continue };
        for p in 0..periods {
            let flow = numbers.whole_flow(p, a);
            out[p * case.liquefaction.len() + liquefaction] += arc.loaded * flow;
            landed[p * case.regasification.len() + regasification] += (1.0 - arc.loss.0) * flow;
        }
    }
    for ([p, kind, index], record) in written.rows("terminals") {
        let (p, index) = (p as usize, index as usize);
        let (kind, through) = if kind == 0 {
            (Kind::Liquefaction, out[p * case.liquefaction.len() + index])
        } else {
            (Kind::Regasification, landed[p * case.regasification.len() + index])
        };
        let rate = record.number("bcm_per_year");
        ledger.fits(record, "bcm_per_year", "what the routes of the terminal carry", rate, through);
        let limit = capacity(world, numbers, kind, index, p);
        ledger.equal(record, "capacity_bcm_per_year", "capacity of the terminal in the year", limit);
        ledger.at_most(record, "bcm_per_year", "within capacity", rate, limit);
        ledger.value(record, "capacity_value_usd_per_tcm", rate, limit);
        let column = "feed_gas_value_usd_per_tcm";
        let feed = if kind == Kind::Liquefaction { case.liquefaction[index].annual_capacity } else { None };
        let feed = feed.map_or(f64::INFINITY, |limit| limit.0);
        let year = world.periods[p].year;
        let of_year: f64 = (0..case.calendar.seasons.len())
            .map(|s| {
                let q = world.period(year, s);
                world.shares[q] * out.get(q * case.liquefaction.len() + index).copied().unwrap_or(0.0)
            })
            .sum();
        ledger.at_most(record, "bcm_per_year", "within the feed gas of the year", of_year, feed);
        // without a feed limit, or under one that is not reached, this is zero
        ledger.value(record, column, of_year, feed);
        let first = (0..case.calendar.seasons.len()).find_map(|s| {
            written
                .get("terminals", key(world.period(year, s), usize::from(kind != Kind::Liquefaction), index))
        });
        let (value, other) = (record.number(column), number(first, column));
        if !value.is_nan() && !other.is_nan() {
            ledger.fits(record, column, "one value for all seasons of a year", value, other);
        }
    }
}

fn straits_and_fleet(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    let case = &world.case;
    let points = case.chokepoints.len();
    let mut passing = vec![0.0; world.periods.len() * points];
    let mut ships = vec![0.0; world.periods.len()];
    for (a, arc) in world.network.arcs.iter().enumerate() {
        for (p, bound) in ships.iter_mut().enumerate() {
            let loaded = arc.loaded * numbers.whole_flow(p, a);
            *bound += arc.ships_per_bcm_per_year * loaded;
            for point in &arc.chokepoints {
                passing[p * points + point.index()] += loaded;
            }
        }
    }
    for ([p, c, _], record) in written.rows("chokepoints") {
        let (p, c) = (p as usize, c as usize);
        let rate = record.number("bcm_per_year");
        ledger.fits(record, "bcm_per_year", "LNG on the routes that pass", rate, passing[p * points + c]);
        limited(record, "capacity_bcm_per_year", case.chokepoints[c].capacity.map(|limit| limit.0), ledger);
        let limit = case.chokepoints[c].capacity.map_or(f64::INFINITY, |limit| limit.0);
        ledger.at_most(record, "bcm_per_year", "within capacity", rate, limit);
        ledger.value(record, "capacity_value_usd_per_tcm", rate, limit);
    }
    for ([p, ..], record) in written.rows("fleet") {
        let bound = record.number("ships");
        ledger.fits(record, "ships", "ships that the routes bind", bound, ships[p as usize]);
        let limit = case.shipping.and_then(|shipping| shipping.fleet_ships);
        limited(record, "limit", limit, ledger);
        let limit = limit.unwrap_or(f64::INFINITY);
        ledger.at_most(record, "ships", "within the fleet", bound, limit);
        ledger.value(record, "ship_value_million_usd_per_year", bound, limit);
    }
}

/// A limit stands as in the case, or is empty where the case has none.
fn limited(record: super::written::Record, column: &str, limit: Option<f64>, ledger: &mut Ledger) {
    match limit {
        Some(limit) => ledger.equal(record, column, "as in the case", limit),
        None => ledger.empty(record, column, "no limit in the case"),
    }
}

/// Method: market (9).
fn storage(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    let case = &world.case;
    let (seasons, traders) = (case.calendar.seasons.len(), case.traders.len());
    for (_, record) in written.rows("storage_use") {
        for column in ["injection_bcm_per_year", "withdrawal_bcm_per_year"] {
            ledger.at_most(record, column, "not negative", -record.number(column), 0.0);
        }
    }
    for ([p, g, _], record) in written.rows("storage") {
        let (p, g) = (p as usize, g as usize);
        let (site, year) = (&case.storage[g], world.periods[p].year);
        let season = world.periods[p].season;
        let injected: f64 = (0..traders).map(|t| numbers.injection(p, t, g)).sum();
        let withdrawn: f64 = (0..traders).map(|t| numbers.withdrawal(p, t, g)).sum();
        for (column, value, sum, limit) in [
            ("injection_bcm_per_year", "injection_value_usd_per_tcm", injected, site.injection.0),
            ("withdrawal_bcm_per_year", "withdrawal_value_usd_per_tcm", withdrawn, site.withdrawal.0),
        ] {
            let rate = record.number(column);
            ledger.fits(record, column, "sum over traders", rate, sum);
            ledger.at_most(record, column, "within the limit of the site", rate, limit);
            ledger.value(record, value, rate, limit);
        }
        let row = |season: usize| written.get("storage", key_all(world.period(year, season), g));
        let (column, level) = ("level_bcm", record.number("level_bcm"));
        let before = number(row((season + seasons - 1) % seasons), column);
        let change = world.shares[p]
            * ((1.0 - site.loss.0) * record.number("injection_bcm_per_year")
                - record.number("withdrawal_bcm_per_year"));
        ledger.fits(record, column, "level before, plus injection, less withdrawal", level, before + change);
        let lowest = (0..seasons).map(|s| number(row(s), column)).fold(f64::INFINITY, f64::min);
        ledger.fits(record, column, "levels count from the lowest of the year", lowest, 0.0);
        ledger.at_most(record, column, "within the working volume", level, site.working_volume.0);
        ledger.value(record, "volume_value_usd_per_tcm", level, site.working_volume.0);
    }
    for (g, site) in case.storage.iter().enumerate() {
        for y in 0..case.calendar.years.len() {
            for t in 0..traders {
                let first = world.period(y, 0);
                if seasons < 2 || !world.stores(t, g, first) {
                    continue;
                }
                let mut kept = 0.0;
                for p in (0..seasons).map(|s| world.period(y, s)) {
                    let (injected, withdrawn) = (numbers.injection(p, t, g), numbers.withdrawal(p, t, g));
                    kept += world.shares[p] * ((1.0 - site.loss.0) * injected - withdrawn);
                }
                let row = || {
                    format!(
                        "year={} storage={} trader={}",
                        case.calendar.years[y].year, site.id, case.traders[t].id
                    )
                };
                let rule = "a trader takes out what it puts in, less losses";
                ledger.words("storage_use", "withdrawal_bcm_per_year", rule, kept, 0.0, &row);
            }
        }
    }
}

/// Method: market (3).
fn balances(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    let case = &world.case;
    let (traders, nodes) = (case.traders.len(), case.nodes.len());
    let mut leaving = vec![0.0; nodes];
    for p in 0..world.periods.len() {
        for t in 0..traders {
            leaving.fill(0.0);
            for &a in &world.reach[t] {
                leaving[world.arc(a).from.index()] += numbers.flow(p, t, a);
            }
            for (g, site) in case.storage.iter().enumerate() {
                leaving[site.node.index()] += numbers.injection(p, t, g);
            }
            for n in (0..nodes).filter(|&n| world.present[t][n]) {
                let row =
                    || format!("{} trader={} node={}", world.when(p), case.traders[t].id, case.nodes[n].id);
                let (arriving, gone) = (numbers.arriving(p, t, n), leaving[n] + numbers.sale(p, t, n));
                let rule = "what a trader brings to a node it sells, stores or ships on";
                ledger.words("flows", "bcm_per_year", rule, arriving, gone, &row);
                let there = written.get("balances", key(p, t, n)).is_some();
                if !(0.9e-7..=1.1e-7).contains(&arriving) && there != (arriving > 1e-7) {
                    ledger.says("balances", "", &row(), false, "a row where gas of the trader passes");
                }
            }
        }
    }
}

/// Method: market (10).
fn contracts(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    let case = &world.case;
    for ([y, _, k], record) in written.rows("contracts") {
        let (y, contract) = (y as usize, &case.contracts[k as usize]);
        let (t, n) = (contract.seller.index(), contract.buyer.index());
        let year = case.calendar.years[y].year;
        let season = |s: usize| world.period(y, s);
        let sold = match contract.season {
            Some(s) => numbers.sale(season(s), t, n),
            None => numbers.annual_sale(y, t, n),
        };
        let rate = record.number("bcm_per_year");
        ledger.fits(record, "bcm_per_year", "sales of the pair", rate, sold);
        let mut seasons =
            (0..case.calendar.seasons.len()).filter(|&s| contract.season.is_none_or(|only| only == s));
        let no_way = !world.present[t][n] || !seasons.any(|s| world.markets[season(s)][n].is_some());
        let closed = contract.route.iter().any(|&line| world.closed(line, year));
        let minimum = contract.minimum.map_or(0.0, |minimum| minimum.0);
        let lapses = minimum > 0.0 && contract.force_majeure && (no_way || closed);
        let word = if lapses { "yes" } else { "no" };
        let holds = record.word("force_majeure") == word;
        ledger.says(
            "contracts",
            "force_majeure",
            &record.row_text(),
            holds,
            "as the route is open or closed",
        );
        let minimum = if lapses { 0.0 } else { minimum };
        let shortfall = record.number("shortfall_bcm_per_year");
        ledger.at_most(record, "shortfall_bcm_per_year", "not negative", -shortfall, 0.0);
        ledger.at_most(record, "bcm_per_year", "at least the minimum", minimum, rate + shortfall);
        let value = record.number("minimum_value_usd_per_tcm");
        ledger.at_most(record, "minimum_value_usd_per_tcm", "never negative", -value, 0.0);
        if rate + shortfall > minimum + TOLERANCE || minimum == 0.0 {
            let rule = "zero where the minimum does not bind";
            ledger.equal(record, "minimum_value_usd_per_tcm", rule, 0.0);
        }
        match case.settings.contract_shortfall_penalty.filter(|_| minimum > 0.0) {
            Some(penalty) => {
                let rule = "no dearer than the penalty";
                ledger.at_most(record, "minimum_value_usd_per_tcm", rule, value, penalty.0);
                if shortfall > TOLERANCE {
                    ledger.fits(record, "minimum_value_usd_per_tcm", "the penalty", value, penalty.0);
                }
            }
            None => ledger.equal(record, "shortfall_bcm_per_year", "a minimum cannot be missed", 0.0),
        }
        if shortfall > TOLERANCE {
            let missing = minimum - rate;
            ledger.fits(record, "shortfall_bcm_per_year", "what the minimum misses", shortfall, missing);
        }
        let limit = contract.maximum.filter(|_| !no_way).map_or(f64::INFINITY, |limit| limit.0);
        ledger.at_most(record, "bcm_per_year", "at most the maximum", rate, limit);
        let limit = contract.maximum.map_or(f64::INFINITY, |limit| limit.0);
        ledger.value(record, "maximum_value_usd_per_tcm", rate, limit);
    }
}

fn transit(world: &World, written: &Written, numbers: &Numbers, ledger: &mut Ledger) {
    let case = &world.case;
    for ([y, k, _], record) in written.rows("transit_contracts") {
        let (y, contract) = (y as usize, &case.transit_contracts[k as usize]);
        let t = contract.trader.index();
        let mut carried = 0.0;
        for &a in &world.reach[t] {
            let ArcKind::Pipeline(line) = world.arc(a).kind else { continue };
            if contract.pipelines.contains(&line) {
                for p in (0..case.calendar.seasons.len()).map(|s| world.period(y, s)) {
                    carried += world.shares[p] * numbers.flow(p, t, a);
                }
            }
        }
        let rate = record.number("bcm_per_year");
        ledger.fits(record, "bcm_per_year", "flow of the trader on its pipelines", rate, carried);
        let year = case.calendar.years[y].year;
        let closed = contract.pipelines.iter().any(|&line| world.closed(line, year));
        let minimum = contract.minimum.filter(|_| !(contract.force_majeure && closed));
        let minimum = minimum.map_or(0.0, |minimum| minimum.0);
        ledger.at_most(record, "bcm_per_year", "at least the minimum", minimum, rate);
        let column = "minimum_value_usd_per_tcm";
        ledger.at_most(record, column, "never negative", -record.number(column), 0.0);
        if rate > minimum + TOLERANCE || minimum == 0.0 {
            ledger.equal(record, column, "zero where the minimum does not bind", 0.0);
        }
    }
    let mut booked = std::collections::BTreeMap::new();
    for ([p, k, _], record) in written.rows("bookings") {
        let entry = booked.entry((p, k)).or_insert((0.0, f64::NAN));
        entry.0 += record.number("bcm_per_year");
        entry.1 = f64::max(entry.1, record.number("booking_value_usd_per_tcm"));
    }
    for ([p, k, a], record) in written.rows("bookings") {
        let contract = &case.transit_contracts[k as usize];
        let (whole, value) = booked[&(p, k)];
        let rate = record.number("bcm_per_year");
        let flow = numbers.flow(p as usize, contract.trader.index(), a as usize);
        ledger.at_most(record, "bcm_per_year", "not negative", -rate, 0.0);
        ledger.at_most(record, "bcm_per_year", "within the flow", rate, flow);
        let limit = contract.booking.map_or(0.0, |(limit, _)| limit.0);
        ledger.at_most(record, "bcm_per_year", "within the booking", whole, limit);
        let column = "booking_value_usd_per_tcm";
        ledger.value(record, column, whole, limit);
        let found = record.number(column);
        if !found.is_nan() {
            ledger.fits(record, column, "one value for all arcs of a booking", found, value);
        }
    }
}

/// Method: market (7).
fn investment(world: &World, written: &Written, ledger: &mut Ledger) {
    for ([y, a, _], record) in written.rows("investment") {
        let (y, asset) = (y as usize, &world.assets[a as usize]);
        let column = "capacity_bcm_per_year";
        let expected = match y.checked_sub(1).map(|before| written.get("investment", [before as u32, a, ALL]))
        {
            None => asset.capacity,
            Some(before) => number(before, column) + number(before, "added_bcm_per_year"),
        };
        ledger.equal(record, column, "capacity before, plus what was added", expected);
        let added = record.number("added_bcm_per_year");
        ledger.at_most(record, "added_bcm_per_year", "not negative", -added, 0.0);
        let last = y + 1 == world.case.calendar.years.len();
        let limit = asset.expansion.limit.map_or(f64::INFINITY, |limit| limit.0);
        let limit = if last { 0.0 } else { limit };
        ledger.at_most(record, "added_bcm_per_year", "within the limit of the year", added, limit);
    }
}

fn wedges(world: &World, written: &Written, ledger: &mut Ledger) {
    let case = &world.case;
    for sale in case.calibration.iter().flat_map(|calibration| &calibration.sales) {
        let at = key(0, sale.trader.index(), sale.market.index());
        let Some(record) = written.get("wedges", at) else { continue };
        let price = calibrated_price(case, sale.market);
        for (column, expected) in [
            ("bcm", sale.anchor.0),
            ("wedge_usd_per_tcm", sale.wedge.0),
            ("share_of_price", if price > 0.0 { sale.wedge.0 / price } else { 0.0 }),
            ("producer_term_usd_per_tcm", sale.producer_term.0),
            ("market_term_usd_per_tcm", sale.market_term.0),
        ] {
            ledger.equal(record, column, "as calibrated", expected);
        }
        if case.is_foreign(sale.trader, sale.market) {
            let premium = premium(case, sale.market);
            let margin = conduct_margin(case, sale);
            let left = sale.wedge.0 - premium - sale.producer_term.0 - sale.market_term.0 - margin;
            ledger.equal(
                record,
                "index_premium_usd_per_tcm",
                "formula less price without indexation",
                premium,
            );
            ledger.equal(record, "conduct_margin_usd_per_tcm", "regional θ, slope of demand, sale", margin);
            ledger.equal(record, "residual_usd_per_tcm", "what the other parts leave", left);
        }
    }
}
