//! The section `[price]` of a contract.

use std::collections::BTreeMap;

use super::*;
use crate::case::toml_place::Step;
use crate::case::toml_table::{Source, Toml};
use crate::case::{Finding, Findings};
use crate::contract::averaging::{Averaging, Window};
use crate::units::{Gas, Unit, convert};

/// What the sections inside `[price]` need to know of it.
struct Within<'a> {
    unit: &'a PriceUnit,
    gas: Option<&'a Gas>,
    averaging: Option<Averaging>,
    /// An averaging is written, be it right or wrong.
    averaging_given: bool,
    exchange: Option<&'a (Exchange, Option<ExchangeOrder>)>,
    average_rounding: Option<Rounding>,
}

impl PriceFormula {
    /// The formula in the section `[price]` of a text; `file` names it in findings.
    ///
    /// Errors: every fault, with its place.
    ///
    /// ```
    /// use netback::contract::PriceFormula;
    /// let text = "[price]\nfamily = \"fixed\"\nunit = \"USD/tcm\"\nprice = 350\n";
    /// let formula = PriceFormula::from_toml("contract.toml", text)?;
    /// assert_eq!(formula.sentence(), "The price is 350 USD/tcm for ever.");
    /// # Ok::<(), netback::case::Findings>(())
    /// ```
    pub fn from_toml(file: &str, text: &str) -> Result<PriceFormula, Findings> {
        let table: toml::Table =
            toml::from_str(text).map_err(|error| Findings::one(Finding::from_toml(file, text, &error)))?;
        let changed = BTreeMap::new();
        let mut whole = Toml::new(&table, Source { file, text, changed: &changed }, Vec::new());
        let mut findings = Findings::default();
        whole.require("price", "… as a section [price]", &mut findings);
        let formula = child(&mut whole, "price", &mut findings)
            .and_then(|mut section| PriceFormula::read(&mut section, &mut findings));
        match formula {
            Some(formula) => findings.or(formula),
            None => Err(findings),
        }
    }

    /// The section `[price]` of a contract; none when something in it is wrong.
    ///
    /// The gas whose cubic metres are priced stands in the section, as `gas = "russia"`.
    pub(crate) fn read(section: &mut Toml, findings: &mut Findings) -> Option<PriceFormula> {
        let before = findings.0.len();
        let given = section.table.contains_key("gas");
        // A gas with a fault is a finding already; any gas lets the rest be read.
        let gas = read_gas(section, findings).or(given.then_some(Gas::STANDARD));
        let formula = PriceFormula::read_for(section, gas.as_ref(), findings);
        formula.filter(|_| findings.0.len() == before)
    }

    /// The section `[price]` of a contract whose gas stands elsewhere.
    pub(crate) fn read_for(
        section: &mut Toml,
        gas: Option<&Gas>,
        findings: &mut Findings,
    ) -> Option<PriceFormula> {
        let before = findings.0.len();
        let families: &[(&str, FamilyReader)] = &[
            ("fixed", read_fixed),
            ("steps", read_steps),
            ("additive", read_additive),
            ("multiplicative", read_multiplicative),
            ("slope", read_slope),
            ("s-curve", read_s_curve),
            ("hub", read_hub),
            ("hybrid", read_hybrid),
            ("escalated", read_escalated),
        ];
        section.require("family", "\"additive\"", findings);
        let family = section.word("family", families, findings);
        let unit = read_unit(section, gas, findings);
        let [price_rounding, average_rounding] = read_rounding(section, findings);
        // Without an index there is nothing to average, and the section would never be read.
        let without_index = ["fixed", "steps", "hybrid"];
        let name = section.table.get("family").and_then(toml::Value::as_str).unwrap_or_default();
        let averaging_given = section.table.contains_key("averaging");
        let averaging = match without_index.contains(&name) {
            true => None,
            false => child(section, "averaging", findings)
                .and_then(|mut averaging| read_averaging(&mut averaging, findings)),
        };
        let exchange = child(section, "exchange", findings)
            .and_then(|mut exchange| read_exchange(&mut exchange, findings));
        let floor = section.number("floor", findings);
        let cap = section.number("cap", findings);
        above(section, "floor", floor, "cap", cap, findings);
        let (family, unit) = (family?, unit?);
        let within = Within {
            unit: &unit,
            gas,
            averaging,
            averaging_given,
            exchange: exchange.as_ref(),
            average_rounding,
        };
        let read = family(section, &within, findings);
        let review = child(section, "review", findings)
            .and_then(|mut review| read_review(&mut review, &within, findings));
        check_settlement(section, &within, findings);
        section.unknown_keys(&["source", "note"], findings);
        if findings.0.len() > before {
            return None;
        }
        let exchange = exchange.map(|(exchange, _)| exchange);
        Some(PriceFormula { family: read?, unit, floor, cap, rounding: price_rounding, exchange, review })
    }
}

type FamilyReader = fn(&mut Toml, &Within, &mut Findings) -> Option<Family>;

fn read_gas(section: &mut Toml, findings: &mut Findings) -> Option<Gas> {
    const NAMES: [&str; 6] = ["standard", "russia", "china", "netherlands", "groningen", "lng"];
    section.word("gas", &NAMES.map(|name| (name, name)), findings).and_then(Gas::named)
}

/// Unit of the price; USD/tcm where a fixed price says so in its key.
fn read_unit(section: &mut Toml, gas: Option<&Gas>, findings: &mut Findings) -> Option<PriceUnit> {
    if section.table.contains_key("price_usd_per_tcm") {
        return Some(PriceUnit::usd_per_tcm());
    }
    section.require("unit", "\"USD/mmbtu\"", findings);
    let text = section.text("unit", findings)?;
    let Some((currency, amount)) = currency_and_amount(&text) else {
        let message = format!("unit is \"{text}\", not money per gas");
        section.find("formula-units", "unit", message, UNIT_HELP, findings);
        return None;
    };
    let currency = currency.to_string();
    match per_tcm(amount, gas) {
        Ok(per_tcm) => Some(PriceUnit { currency, per_tcm, text }),
        Err(why) => {
            section.find("formula-units", "unit", why, UNIT_HELP, findings);
            None
        }
    }
}

const UNIT_HELP: &str = "write a currency and an amount of gas, such as \"USD/mmbtu\", \"EUR/MWh\" or \"USD/tcm\"; \
                         energy needs the gas, such as gas = \"russia\"";

/// `USD/bbl` as USD and bbl.
fn currency_and_amount(unit: &str) -> Option<(&str, &str)> {
    let (currency, amount) = unit.split_once('/')?;
    let three_capitals = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    (three_capitals && !amount.trim().is_empty()).then_some((currency, amount))
}

/// Amounts of gas in a thousand cubic metres of the contract's gas.
fn per_tcm(amount: &str, gas: Option<&Gas>) -> Result<f64, String> {
    let volume = ["tcm", "m3", "mcm", "1000 m3"].contains(&amount);
    let gas = match gas {
        Some(gas) => gas,
        // Volumes of one gas become each other whatever it burns like.
        None if volume => &Gas::STANDARD,
        None => return Err(format!("a price per {amount} needs the gas that is sold, and no gas is given")),
    };
    let read = |text: &str| Unit::read(text, gas).map_err(|error| error.to_string());
    convert(1.0, &read("tcm")?, &read(amount)?, None).map_err(|error| error.to_string())
}

fn read_rounding(section: &mut Toml, findings: &mut Findings) -> [Option<Rounding>; 2] {
    let keys = ["price_digits", "average_digits"];
    let digits = keys.map(|key| {
        let value = whole_number(section, key, 0..=12, findings)?;
        Some(value as u32)
    });
    if digits.iter().any(Option::is_some) {
        section.require("rounding", "\"half-away\"", findings);
    }
    let words = [("half-away", Half::Away), ("half-even", Half::Even)];
    let half = section.word("rounding", &words, findings);
    digits.map(|digits| Some(Rounding { digits: digits?, half: half? }))
}

pub(crate) fn read_averaging(section: &mut Toml, findings: &mut Findings) -> Option<Averaging> {
    for key in ["average_months", "lag_months", "block_months", "block_anchor_month"] {
        section.require(key, "1", findings);
    }
    let average = whole_number(section, "average_months", 1..=60, findings);
    let lag = whole_number(section, "lag_months", -1..=24, findings);
    let block = whole_number(section, "block_months", 1..=12, findings);
    let anchor = whole_number(section, "block_anchor_month", 1..=12, findings);
    section.unknown_keys(&["source", "note"], findings);
    let block = block?;
    if 12 % block != 0 {
        let message =
            format!("block_months is {block}: blocks would not start in the same months every year");
        section.find("averaging-block", "block_months", message, "choose 1, 2, 3, 4, 6 or 12", findings);
        return None;
    }
    Some(Averaging {
        average_months: average? as u32,
        lag_months: lag? as i32,
        block_months: block as u32,
        block_anchor_month: anchor? as u32,
    })
}

fn read_exchange(section: &mut Toml, findings: &mut Findings) -> Option<(Exchange, Option<ExchangeOrder>)> {
    section.require("name", "\"usd_per_eur\"", findings);
    section.require("unit", "\"USD/EUR\"", findings);
    let index = section.text("name", findings);
    let unit = section.text("unit", findings);
    let orders = [
        ("before-averaging", ExchangeOrder::BeforeAveraging),
        ("after-averaging", ExchangeOrder::AfterAveraging),
    ];
    let order = section.word("convert", &orders, findings);
    section.unknown_keys(&["source", "note"], findings);
    let (index, unit) = (index?, unit?);
    let pair = currency_and_amount(&unit)
        .filter(|(_, bought)| currency_and_amount(&format!("{bought}/x")).is_some());
    let Some((paid, bought)) = pair else {
        let message = format!("unit is \"{unit}\", not one currency per another");
        section.find(
            "formula-units",
            "unit",
            message,
            "write \"USD/EUR\" for dollars that a euro costs",
            findings,
        );
        return None;
    };
    Some((Exchange { index, paid: paid.into(), bought: bought.into() }, order))
}

/// A formula in another currency than USD needs a rate between the two.
fn check_settlement(section: &Toml, within: &Within, findings: &mut Findings) {
    let currency = within.unit.currency.as_str();
    let rate_is_there = within.exchange.is_some_and(|(exchange, _)| connects(exchange, currency, "USD"));
    if currency != "USD" && !rate_is_there {
        section.find(
            "formula-exchange",
            "unit",
            format!("the price is in {currency} and no rate turns it into USD"),
            format!("add [price.exchange] with a series in USD/{currency} or {currency}/USD"),
            findings,
        );
    }
}

fn connects(exchange: &Exchange, one: &str, other: &str) -> bool {
    let pair = (exchange.paid.as_str(), exchange.bought.as_str());
    pair == (one, other) || pair == (other, one)
}

fn read_fixed(section: &mut Toml, _: &Within, findings: &mut Findings) -> Option<Family> {
    let key = match section.table.contains_key("unit") {
        true => "price",
        false => "price_usd_per_tcm",
    };
    section.require(key, "350", findings);
    Some(Family::Fixed { price: section.number(key, findings)? })
}

fn read_steps(section: &mut Toml, _: &Within, findings: &mut Findings) -> Option<Family> {
    section.require("step", "… as sections [[price.step]] with from and price", findings);
    let mut steps: Vec<PriceStep> = Vec::new();
    for mut item in children(section, "step", findings) {
        item.require("from", "\"2012-01\"", findings);
        item.require("price", "350", findings);
        let from = month(&mut item, "from", findings);
        let price = item.number("price", findings);
        item.unknown_keys(&["source", "note"], findings);
        let (Some(from), Some(price)) = (from, price) else { continue };
        if steps.last().is_some_and(|last| last.from >= from) {
            let message = format!("the step from {from} does not come after the one before it");
            item.find("steps-order", "from", message, "list the steps by date, each once", findings);
        }
        steps.push(PriceStep { from, price });
    }
    (!steps.is_empty()).then_some(Family::Steps(steps))
}

fn read_additive(section: &mut Toml, within: &Within, findings: &mut Findings) -> Option<Family> {
    section.require("base_price", "20.0", findings);
    let base_price = section.number("base_price", findings);
    section.require("index", "… as sections [[price.index]]", findings);
    let mut terms = Vec::new();
    for mut item in children(section, "index", findings) {
        for key in ["weight", "pass_through", "conversion"] {
            item.require(key, "0.5", findings);
        }
        let weight = item.number("weight", findings);
        let pass_through = item.number("pass_through", findings);
        let conversion = item.number("conversion", findings);
        let base = read_base(&mut item, findings);
        let term = read_term(&mut item, within, false, None, findings);
        if let (Some(weight), Some(pass_through), Some(conversion), Some(base), Some(term)) =
            (weight, pass_through, conversion, base, term)
        {
            terms.push(AdditiveTerm { term, weight, pass_through, conversion, base });
        }
    }
    Some(Family::Additive { base_price: base_price?, terms })
}

fn read_multiplicative(section: &mut Toml, within: &Within, findings: &mut Findings) -> Option<Family> {
    section.require("base_price", "450.0", findings);
    section.require("discount_factor", "1.0", findings);
    let base_price = section.above_zero("base_price", findings);
    let discount_factor = section.above_zero("discount_factor", findings);
    section.require("index", "… as sections [[price.index]]", findings);
    let mut terms = Vec::new();
    let mut sum = Some(0.0);
    for mut item in children(section, "index", findings) {
        item.require("weight", "0.5", findings);
        let weight = item.number("weight", findings);
        sum = sum.zip(weight).map(|(sum, weight)| sum + weight);
        let base = read_base(&mut item, findings);
        let term = read_term(&mut item, within, false, None, findings);
        if let (Some(weight), Some(base), Some(term)) = (weight, base, term) {
            terms.push(ShareTerm { term, weight, base });
        }
    }
    // Decimal weights such as 0.1 add up to 1 only within the error of binary numbers.
    if let Some(sum) = sum.filter(|sum| section.table.contains_key("index") && (sum - 1.0).abs() > 1e-9) {
        let sum = (sum * 1e9).round() / 1e9;
        let message = format!("the weights add up to {sum}");
        section.find("formula-weights", "index", message, "let them add up to 1", findings);
    }
    Some(Family::Multiplicative { base_price: base_price?, discount_factor: discount_factor?, terms })
}

fn read_slope(section: &mut Toml, within: &Within, findings: &mut Findings) -> Option<Family> {
    section.require("slope", "0.1485", findings);
    section.require("constant", "0.8", findings);
    let slope = section.number("slope", findings);
    let constant = section.number("constant", findings);
    let freight = section.number("freight", findings).unwrap_or(0.0);
    let oil_floor = section.number("oil_floor", findings);
    let oil_cap = section.number("oil_cap", findings);
    above(section, "oil_floor", oil_floor, "oil_cap", oil_cap, findings);
    let term = the_index(section, within, false, None, findings);
    Some(Family::Slope { slope: slope?, constant: constant?, freight, oil_floor, oil_cap, term: term? })
}

fn read_s_curve(section: &mut Toml, within: &Within, findings: &mut Findings) -> Option<Family> {
    let before = findings.0.len();
    let jump = section.word("jump", &[("intended", true)], findings).unwrap_or(false);
    section.require("segment", "… as sections [[price.segment]], from the lowest index on", findings);
    let mut items = children(section, "segment", findings);
    let mut lines: Vec<Line> = Vec::new();
    let last = items.len().saturating_sub(1);
    for (position, item) in items.iter_mut().enumerate() {
        item.require("slope", "0.07", findings);
        let slope = item.number("slope", findings);
        let up_to = item.number("up_to", findings);
        let constant = item.number("constant", findings);
        item.unknown_keys(&["source", "note"], findings);
        if up_to.is_none() != (position == last) {
            let message = match position == last {
                true => "the last segment ends at an index",
                false => "a segment ends nowhere, and another follows it",
            };
            item.find(
                "curve-kinks",
                "up_to",
                message.into(),
                "give up_to on every segment but the last",
                findings,
            );
        }
        let earlier = lines.last().and_then(|line| line.up_to);
        if let (Some(earlier), Some(up_to)) = (earlier, up_to)
            && up_to <= earlier
        {
            let message = format!("the kink at {up_to} does not lie above the one at {earlier}");
            item.find(
                "curve-kinks",
                "up_to",
                message,
                "list the segments from the lowest index on",
                findings,
            );
        }
        lines.push(Line { up_to, slope: slope.unwrap_or_default(), constant });
    }
    let term = the_index(section, within, false, None, findings);
    if findings.0.len() > before {
        return None;
    }
    let Some(segments) = joined(&lines) else {
        let message = "no segment has a constant: the height of the curve is open".to_string();
        section.find("curve-height", "segment", message, "give constant on one segment", findings);
        return None;
    };
    for (position, pair) in segments.windows(2).enumerate() {
        let Some(kink) = pair[0].up_to else { continue };
        let left = pair[0].constant + pair[0].slope * kink;
        let right = pair[1].constant + pair[1].slope * kink;
        if (left - right).abs() > 1e-9 * left.abs().max(1.0) && !jump {
            let tidy = |value: f64| (value * 1e6).round() / 1e6;
            items[position + 1].find(
                "formula-jump",
                "constant",
                format!("at {kink} the price jumps from {} to {}", tidy(left), tidy(right)),
                "give constant on one segment only, the others follow; or write jump = \"intended\" in [price]",
                findings,
            );
        }
    }
    Some(Family::SCurve { segments, term: term? })
}

/// A piece of an S-curve as written.
struct Line {
    up_to: Option<f64>,
    slope: f64,
    constant: Option<f64>,
}

/// Segments with every constant: those not given follow from continuity with the neighbour.
fn joined(lines: &[Line]) -> Option<Vec<Segment>> {
    let mut constants: Vec<Option<f64>> = lines.iter().map(|line| line.constant).collect();
    for right in 1..lines.len() {
        if let (None, Some(left)) = (constants[right], constants[right - 1]) {
            let kink = lines[right - 1].up_to?;
            constants[right] = Some(left + (lines[right - 1].slope - lines[right].slope) * kink);
        }
    }
    for left in (0..lines.len().saturating_sub(1)).rev() {
        if let (None, Some(right)) = (constants[left], constants[left + 1]) {
            let kink = lines[left].up_to?;
            constants[left] = Some(right + (lines[left + 1].slope - lines[left].slope) * kink);
        }
    }
    let segment = |(line, constant): (&Line, Option<f64>)| {
        Some(Segment { up_to: line.up_to, slope: line.slope, constant: constant? })
    };
    lines.iter().zip(constants).map(segment).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
}

fn read_hub(section: &mut Toml, within: &Within, findings: &mut Findings) -> Option<Family> {
    for (key, example) in [("factor", "1.0"), ("constant", "0.0"), ("market", "\"month-ahead\"")] {
        section.require(key, example, findings);
    }
    let factor = section.number("factor", findings);
    let constant = section.number("constant", findings);
    let markets = [("day-ahead", HubMarket::DayAhead), ("month-ahead", HubMarket::MonthAhead)];
    let market = section.word("market", &markets, findings);
    let usual = match market {
        Some(HubMarket::MonthAhead) => Averaging::MONTH_BEFORE,
        _ => Averaging::DELIVERY_MONTH,
    };
    let term = the_index(section, within, true, Some(usual), findings);
    Some(Family::Hub { factor: factor?, constant: constant?, market: market?, term: term? })
}

fn read_hybrid(section: &mut Toml, within: &Within, findings: &mut Findings) -> Option<Family> {
    section.require("split", "\"price\"", findings);
    section.require("hub_share", "0.25", findings);
    let by_volume = section.word("split", &[("price", false), ("volume", true)], findings);
    let hub_share = share(section, "hub_share", findings);
    let split = match by_volume {
        Some(true) => {
            section.require("first", "\"hub\", the part that is taken first", findings);
            let first = section.word("first", &[("oil", Tranche::Oil), ("hub", Tranche::Hub)], findings);
            first.map(|first| Split::Volume { first })
        }
        Some(false) => Some(Split::Price),
        None => None,
    };
    let [oil, hub] = ["oil", "hub"].map(|key| {
        section.require(key, "… as a formula of its own in a section of this name", findings);
        let mut part = child(section, key, findings)?;
        PriceFormula::read_for(&mut part, within.gas, findings).map(Box::new)
    });
    Some(Family::Hybrid { split: split?, hub_share: hub_share?, oil: oil?, hub: hub? })
}

fn read_escalated(section: &mut Toml, within: &Within, findings: &mut Findings) -> Option<Family> {
    section.require("base_price", "350.0", findings);
    section.require("exponent", "1.0", findings);
    let base_price = section.above_zero("base_price", findings);
    let exponent = section.number("exponent", findings);
    section.require("index", "… as a section [price.index]", findings);
    let mut item = child(section, "index", findings)?;
    let base = read_base(&mut item, findings);
    let term = read_term(&mut item, within, false, None, findings);
    Some(Family::Escalated { base_price: base_price?, exponent: exponent?, term: term?, base: base? })
}

fn read_review(section: &mut Toml, within: &Within, findings: &mut Findings) -> Option<Review> {
    for (key, example) in [("pass_through", "0.5"), ("retroactive_months", "0")] {
        section.require(key, example, findings);
    }
    let pass_through = share(section, "pass_through", findings);
    let retroactive = whole_number(section, "retroactive_months", 0..=60, findings);
    let dates = section.table.contains_key("months");
    if dates == section.table.contains_key("gap_share") {
        let message = match dates {
            true => "a review has both months and a gap",
            false => "a review has neither months nor a gap that opens it",
        };
        let help = "give months = [\"2012-01\"], or gap_share, first and interval_months";
        section.find("review-times", "months", message.into(), help, findings);
    }
    let times = match dates {
        true => months(section, "months", findings).map(ReviewTimes::Months),
        false => {
            let share = share(section, "gap_share", findings);
            if share.is_some() {
                section.require("first", "\"2012-01\"", findings);
                section.require("interval_months", "36", findings);
            }
            let first = month(section, "first", findings);
            let interval = whole_number(section, "interval_months", 1..=240, findings);
            share.zip(first).zip(interval).map(|((share, first), interval)| ReviewTimes::Gap {
                share,
                first,
                interval_months: interval as u32,
            })
        }
    };
    section.require("market", "… as a section [price.review.market]", findings);
    // The market is not averaged like the fuels.
    let within = &Within { averaging: None, averaging_given: false, average_rounding: None, ..*within };
    let market = child(section, "market", findings).and_then(|mut market| {
        read_term(&mut market, within, true, Some(Averaging::DELIVERY_MONTH), findings)
    });
    section.unknown_keys(&["source", "note"], findings);
    Some(Review {
        times: times?,
        pass_through: pass_through?,
        retroactive_months: retroactive? as u32,
        market: market?,
    })
}

/// The one index of a formula, in `[price.index]`.
fn the_index(
    section: &mut Toml,
    within: &Within,
    gas_price: bool,
    usual: Option<Averaging>,
    findings: &mut Findings,
) -> Option<IndexTerm> {
    section.require("index", "… as a section [price.index] with name and unit", findings);
    let mut item = child(section, "index", findings)?;
    read_term(&mut item, within, gas_price, usual, findings)
}

/// An index with its averaging, its rules for missing values and its conversion.
///
/// `gas_price`: the index is a price of gas and becomes the unit of the formula by the gas.
/// `usual`: averaging where neither the index nor the formula names one.
fn read_term(
    item: &mut Toml,
    within: &Within,
    gas_price: bool,
    usual: Option<Averaging>,
    findings: &mut Findings,
) -> Option<IndexTerm> {
    item.require("name", "\"brent\"", findings);
    item.require("unit", "\"USD/bbl\"", findings);
    let name = item.text("name", findings);
    let unit = item.text("unit", findings);
    let own = child(item, "averaging", findings);
    let given = own.is_some();
    let own = own.and_then(|mut averaging| read_averaging(&mut averaging, findings));
    let averaging = match given {
        true => own,
        false => within.averaging.or(usual),
    };
    if averaging.is_none() && !given && !within.averaging_given {
        let help =
            "write [price.averaging] with average_months, lag_months, block_months, block_anchor_month";
        let message = "nothing says over which months this index is averaged".to_string();
        item.find("missing-key", "averaging", message, help, findings);
    }
    let missing = read_missing(item, findings);
    let successor = read_successor(item, findings);
    let unit = unit?;
    let conversion = read_conversion(item, &unit, within, gas_price, findings);
    item.unknown_keys(&["source", "note"], findings);
    let (exchange, gas_factor) = conversion?;
    Some(IndexTerm {
        index: name?,
        unit,
        averaging: averaging?,
        missing: missing?,
        successor,
        rounding: within.average_rounding,
        exchange,
        gas_factor,
    })
}

/// How values in the unit of an index become the currency and, for a price of gas, the unit of the formula.
fn read_conversion(
    item: &Toml,
    unit: &str,
    within: &Within,
    gas_price: bool,
    findings: &mut Findings,
) -> Option<(Option<TermExchange>, f64)> {
    let parts = currency_and_amount(unit);
    if parts.is_none() && (gas_price || unit != "points") {
        let message = format!("unit is \"{unit}\", not a currency per amount");
        let help = "write \"USD/bbl\" or such; \"points\" for an index without unit";
        item.find("formula-units", "unit", message, help, findings);
        return None;
    }
    let Some((currency, amount)) = parts else { return Some((None, 1.0)) };
    let gas_factor = match gas_price && unit != within.unit.text {
        true => match per_tcm(amount, within.gas) {
            Ok(per_tcm) => per_tcm / within.unit.per_tcm,
            Err(why) => {
                item.find("formula-units", "unit", why, UNIT_HELP, findings);
                return None;
            }
        },
        false => 1.0,
    };
    let wanted = within.unit.currency.as_str();
    if currency == wanted {
        return Some((None, gas_factor));
    }
    match within.exchange {
        Some((exchange, Some(order))) if connects(exchange, currency, wanted) => {
            let divide = exchange.paid == currency;
            Some((Some(TermExchange { rate: exchange.index.clone(), divide, order: *order }), gas_factor))
        }
        Some((exchange, None)) if connects(exchange, currency, wanted) => {
            let message = format!("the index is in {currency}, the price in {wanted}: converted when?");
            let help = "write convert = \"before-averaging\" or \"after-averaging\" in [price.exchange]; the two differ";
            item.find("formula-exchange", "unit", message, help, findings);
            None
        }
        _ => {
            let message =
                format!("the index is in {currency}, the price in {wanted}, and no rate connects them");
            let help = format!("add [price.exchange] with a series in {wanted}/{currency}, and convert");
            item.find("formula-exchange", "unit", message, help, findings);
            None
        }
    }
}

fn read_missing(item: &mut Toml, findings: &mut Findings) -> Option<MissingValue> {
    #[derive(Clone, Copy)]
    enum Rule {
        Refused,
        LastPublished,
        Fallback,
    }
    let rules =
        [("refused", Rule::Refused), ("last-published", Rule::LastPublished), ("fallback", Rule::Fallback)];
    let given = item.table.contains_key("missing");
    match item.word("missing", &rules, findings) {
        None if given => None,
        None | Some(Rule::Refused) => Some(MissingValue::Refused),
        Some(Rule::LastPublished) => {
            item.require("missing_months", "3", findings);
            let months = whole_number(item, "missing_months", 1..=1200, findings)?;
            Some(MissingValue::LastPublished { months: months as u32 })
        }
        Some(Rule::Fallback) => {
            for (key, example) in
                [("fallback_name", "\"wti\""), ("fallback_unit", "\"USD/bbl\""), ("fallback_factor", "1.0")]
            {
                item.require(key, example, findings);
            }
            let index = item.text("fallback_name", findings);
            let unit = item.text("fallback_unit", findings);
            let factor = item.number("fallback_factor", findings);
            Some(MissingValue::Fallback { index: index?, unit: unit?, factor: factor? })
        }
    }
}

fn read_successor(item: &mut Toml, findings: &mut Findings) -> Option<Successor> {
    let keys = ["successor_name", "successor_unit", "successor_factor", "successor_from"];
    if !keys.iter().any(|key| item.table.contains_key(*key)) {
        return None;
    }
    for (key, example) in keys.into_iter().zip(["\"gasoil_10ppm\"", "\"USD/t\"", "1.02", "\"2013-01\""]) {
        item.require(key, example, findings);
    }
    let index = item.text("successor_name", findings);
    let unit = item.text("successor_unit", findings);
    let factor = item.number("successor_factor", findings);
    let from = month(item, "successor_from", findings);
    Some(Successor { from: from?, index: index?, unit: unit?, factor: factor? })
}

/// F0: `base`, or the average of `base_months`, from the first to the last.
fn read_base(item: &mut Toml, findings: &mut Findings) -> Option<Base> {
    let number = item.table.contains_key("base");
    if number == item.table.contains_key("base_months") {
        let message = match number {
            true => "both base and base_months are given",
            false => "neither base nor base_months says what the index is compared with",
        };
        let help = "write base = 97.96, or base_months = [\"2008-04\", \"2008-12\"] for an average";
        item.find("formula-base", "base_months", message.into(), help, findings);
        item.asked.extend(["base", "base_months"]);
        return None;
    }
    if number {
        return item.above_zero("base", findings).map(Base::Value);
    }
    let ends = months(item, "base_months", findings)?;
    let [from, to] = ends[..] else {
        let message = format!("base_months lists {} months", ends.len());
        item.find("formula-base", "base_months", message, "list the first and the last month", findings);
        return None;
    };
    Some(Base::Months(Window { from, to }))
}

/// A finding when a floor lies above its cap.
fn above(
    section: &Toml,
    floor_key: &str,
    floor: Option<f64>,
    cap_key: &str,
    cap: Option<f64>,
    findings: &mut Findings,
) {
    if let (Some(floor), Some(cap)) = (floor, cap)
        && floor > cap
    {
        let message = format!("{floor_key} is {floor}, above {cap_key} {cap}");
        section.find("floor-above-cap", floor_key, message, "swap the two", findings);
    }
}

pub(crate) fn share(section: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Fraction> {
    let value = section.number(key, findings)?;
    if !(0.0..=1.0).contains(&value) {
        section.find(
            "not-a-share",
            key,
            format!("{key} is {value}"),
            "give a share between 0 and 1",
            findings,
        );
        return None;
    }
    Some(Fraction(value))
}

pub(crate) fn whole_number(
    section: &mut Toml,
    key: &'static str,
    range: std::ops::RangeInclusive<i64>,
    findings: &mut Findings,
) -> Option<i64> {
    let value = section.number_such_as(key, "3", findings)?;
    if value.fract() != 0.0 || !range.contains(&(value as i64)) {
        let help = format!("give a whole number from {} to {}", range.start(), range.end());
        section.find("key-range", key, format!("{key} is {value}"), help, findings);
        return None;
    }
    Some(value as i64)
}

/// A month written as text.
pub(crate) fn month(section: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Month> {
    let text = section.text(key, findings)?;
    match text.parse() {
        Ok(month) => Some(month),
        Err(_) => {
            section.find("not-a-month", key, format!("{key} is \"{text}\""), MONTH_HELP, findings);
            None
        }
    }
}

const MONTH_HELP: &str = "write year and month as \"2009-01\"";

/// A list of months, ascending.
pub(crate) fn months(section: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Vec<Month>> {
    section.asked.push(key);
    let value = section.table.get(key)?;
    let months: Option<Vec<Month>> = value.as_array().and_then(|items| {
        items.iter().map(|item| item.as_str().and_then(|text| text.parse().ok())).collect()
    });
    let Some(months) = months else {
        let help = "list months in quotes: [\"2008-04\", \"2008-12\"]";
        section.find("not-a-month", key, format!("{key} is {value}"), help, findings);
        return None;
    };
    if months.windows(2).any(|pair| pair[0] > pair[1]) {
        let message = format!("{key} is not in the order of time");
        section.find("not-a-month", key, message, "list the earlier month first", findings);
        return None;
    }
    Some(months)
}

/// A section inside a section.
pub(crate) fn child<'a>(
    section: &mut Toml<'a>,
    key: &'static str,
    findings: &mut Findings,
) -> Option<Toml<'a>> {
    section.asked.push(key);
    match section.table.get(key)? {
        toml::Value::Table(table) => Some(inside(section, table, &[Step::Key(key)])),
        _ => {
            let message = format!("{key} is not a section");
            let help = format!("write its keys below a line [… .{key}] with one bracket on both sides");
            section.find("wrong-kind", key, message, help, findings);
            None
        }
    }
}

/// The sections of a list inside a section; none when the key is absent.
pub(crate) fn children<'a>(
    section: &mut Toml<'a>,
    key: &'static str,
    findings: &mut Findings,
) -> Vec<Toml<'a>> {
    if !section.table.contains_key(key) {
        section.asked.push(key);
        return Vec::new();
    }
    let tables = section.list(key, findings);
    let places = tables.into_iter().enumerate();
    places.map(|(entry, table)| inside(section, table, &[Step::Key(key), Step::Entry(entry)])).collect()
}

fn inside<'a>(section: &Toml<'a>, table: &'a toml::Table, steps: &[Step<'a>]) -> Toml<'a> {
    Toml::new(table, section.source, [&section.within[..], steps].concat())
}
