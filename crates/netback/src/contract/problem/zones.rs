//! Zones of agreement with known answers.

use super::Answer;
use crate::case::Findings;
use crate::case::toml_table::Toml;
use crate::contract::deal::{BreakEven, Whose, Zone, ZoneCurve, parity_at_border};
use crate::report::{Cell, Table};
use crate::units::{Fraction, UsdPerTcm};

pub(super) const KINDS: &[(&str, Answer)] = &[("netback-parity", netback_parity), ("nash", nash)];

/// Highest level of the index that is looked at for a crossing, and the step.
const HIGHEST: f64 = 300.0;
const STEP: f64 = 5.0;

/// The seller's netback parity beside fixed prices of the buyer, over an index, with the duty paid and waived.
fn netback_parity(problem: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    for (key, example) in [
        ("base_price_usd_per_tcm", "450"),
        ("base_level", "97.96"),
        ("rebate_fraction", "0.13"),
        ("export_duty_fraction", "0.3"),
        ("charges_usd_per_tcm", "30"),
        ("buyer_usd_per_tcm", "[270]"),
        ("levels", "[111]"),
    ] {
        problem.require(key, example, findings);
    }
    let base_price = problem.above_zero("base_price_usd_per_tcm", findings);
    let base_level = problem.above_zero("base_level", findings);
    let rebate = problem.positive("rebate_fraction", findings);
    let duty = problem.positive("export_duty_fraction", findings);
    let charges = problem.positive("charges_usd_per_tcm", findings);
    let buyers = problem.numbers("buyer_usd_per_tcm", findings);
    let levels = problem.numbers("levels", findings);
    problem.unknown_keys(&["source", "note"], findings);
    let slope = base_price? / base_level? * (1.0 - rebate?);
    let (duty, charges, buyers) = (Fraction(duty?), UsdPerTcm(charges?), buyers?);
    let seller = |level: f64, waived: bool| {
        let here = if waived { Fraction(0.0) } else { duty };
        parity_at_border(UsdPerTcm(slope * level), duty, charges, UsdPerTcm(0.0), here).1
    };
    let mut break_even = Table::new("break_even", &["buyer_usd_per_tcm", "duty", "index_level"]);
    let mut zones = Table::new(
        "zones",
        &["index_level", "buyer_usd_per_tcm", "duty", "seller_usd_per_tcm", "zone_usd_per_tcm"],
    );
    for &buyer in &buyers {
        for (waived, word) in [(false, "paid"), (true, "waived")] {
            let zone = |level: f64| Zone { seller: seller(level, waived), buyer: UsdPerTcm(buyer) };
            let steps = (HIGHEST / STEP) as usize;
            let drawn = (1..=steps).map(|step| step as f64 * STEP).map(|level| (level, zone(level)));
            let curve = ZoneCurve {
                stage: 0,
                valuation: 0,
                whose: Whose::ByHand,
                levers: Vec::new(),
                zones: drawn.collect(),
            };
            let level = match curve.break_even() {
                BreakEven::OpenBelow(level) | BreakEven::OpenAbove(level) => Cell::Number(level),
                BreakEven::AlwaysOpen | BreakEven::NeverOpen => Cell::Empty,
            };
            break_even.push([buyer.into(), word.into(), level]);
            for &level in levels.as_deref()? {
                let zone = zone(level);
                let row =
                    [level.into(), buyer.into(), word.into(), zone.seller.0.into(), zone.width().0.into()];
                zones.push(row);
            }
        }
    }
    Some(vec![break_even, zones])
}

/// The Nash bargain between two reservation prices, for several weights of the seller.
fn nash(problem: &mut Toml, findings: &mut Findings) -> Option<Vec<Table>> {
    for (key, example) in
        [("seller_usd_per_tcm", "250"), ("buyer_usd_per_tcm", "350"), ("seller_weights", "[0.5]")]
    {
        problem.require(key, example, findings);
    }
    let seller = problem.number("seller_usd_per_tcm", findings);
    let buyer = problem.number("buyer_usd_per_tcm", findings);
    let weights = problem.shares("seller_weights", findings);
    problem.unknown_keys(&["source", "note"], findings);
    let zone = Zone { seller: UsdPerTcm(seller?), buyer: UsdPerTcm(buyer?) };
    let mut table = Table::new("nash", &["seller_weight", "zone_usd_per_tcm", "agreed", "price_usd_per_tcm"]);
    for weight in weights? {
        let price = zone.nash(weight);
        let agreed = if price.is_some() { "yes" } else { "no" };
        table.push([
            weight.0.into(),
            zone.width().0.into(),
            agreed.into(),
            price.map(|price| price.0).into(),
        ]);
    }
    Some(vec![table])
}
