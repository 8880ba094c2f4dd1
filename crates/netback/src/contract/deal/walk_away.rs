//! Price formulas of equal value, and how often either side would want to walk away from them.
//!
//! Oil moves over the life of the contract. A formula that keeps the price between what the seller can take and what the
//! buyer can pay, whatever oil does, is one that nobody wants to leave.

use super::zone::{Whose, Zone};
use super::{DealAnswer, ZoneCurve};
use crate::contract::in_order::in_order;
use crate::contract::price_paths::{
    Dates, GeometricBrownian, Measure, PathError, PriceModel, Process, Series, estimate,
};
use crate::contract::valuation::quantile;
use crate::units::{Fraction, MillionUsd, UsdPerTcm};

/// Shares of the price that follow oil, among which the best is sought.
const OIL_SHARES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// Kinks of the S-curve, as shares of the base level of the index, and its slope outside, as a share of that inside.
const KINKS: [f64; 2] = [0.7, 1.3];
const FLATTER: f64 = 0.35;
/// Paths of the index; each second is the mirror image of the one before.
const PATHS: usize = 2000;

/// A price formula of the index with the same present value as others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DealFormula {
    /// Price at an index of zero, on the line between the kinks.
    pub constant: UsdPerTcm,
    /// Per unit of the index.
    pub slope: UsdPerTcm,
    /// Kinks of an S-curve, outside of which the slope is flatter; none for a straight line.
    pub kinks: Option<[f64; 2]>,
}

impl DealFormula {
    /// Price at a level of the index.
    pub fn price(&self, level: f64) -> UsdPerTcm {
        let inside = self.kinks.map_or(level, |[low, high]| level.clamp(low, high));
        self.constant + self.slope * (inside + FLATTER * (level - inside))
    }

    /// As printed: `P = 24 + 1.9 I`.
    pub fn words(&self) -> String {
        let line = match self.slope.0 {
            0.0 => format!("P = {:.0}", self.constant.0 + 0.0),
            slope => format!("P = {:.0} + {slope:.3} I", self.constant.0.round() + 0.0),
        };
        match self.kinks {
            None => line,
            Some([low, high]) => format!("{line}, flatter outside {low:.0} to {high:.0}"),
        }
    }
}

/// How a formula fares over the paths of the index.
#[derive(Debug, Clone, PartialEq)]
pub struct FormulaRisk {
    /// The formula.
    pub formula: DealFormula,
    /// Share of deliveries at a price below what the seller can take.
    pub seller_walks: Fraction,
    /// Share of deliveries at a price above what the buyer can pay.
    pub buyer_walks: Fraction,
    /// Present value of all payments: mean, and 5th and 95th percentile.
    pub value: [MillionUsd; 3],
}

/// The zone over paths of the index.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneRisk {
    /// Position among the valuations.
    pub valuation: usize,
    /// Whose payoff.
    pub whose: Whose,
    /// Present value of the zone: mean, 5th, 50th and 95th percentile.
    pub zone: [MillionUsd; 4],
    /// Share of paths on which the zone of the whole life is open.
    pub open: Fraction,
    /// Levelised price whose value all formulas have: the Nash price, or the middle of a gap.
    pub price: UsdPerTcm,
    /// The formulas, the one that is walked away from least first.
    pub formulas: Vec<FormulaRisk>,
}

/// Zone and formulas for a valuation and payoff over 2,000 paths of the index from a seed.
///
/// The index starts at its base level and moves as geometric Brownian motion without drift, with the volatility of the deal.
/// Reservation prices follow straight lines over the index, beyond the levels that were solved as well.
/// Errors: dates or correlations that contradict each other; none for a deal that was read.
pub(crate) fn zone_risk(
    answer: &DealAnswer,
    valuation: usize,
    whose: Whose,
    seed: u64,
) -> Result<ZoneRisk, PathError> {
    let deal = &answer.deal;
    let life = answer.horizon(valuation, whose, answer.base_level, 0);
    let weights: Vec<f64> = life.years.iter().map(|year| year.share.0 * year.discount).collect();
    let total: f64 = weights.iter().sum();
    let oil = Process::GeometricBrownian(GeometricBrownian {
        start: answer.base_level,
        drift: 0.0,
        real_drift: 0.0,
        volatility: deal.volatility,
    });
    let series = Series { name: "index".into(), process: oil, forward_curve: None };
    let dates = Dates::plain((0..deal.years).map(|year| year as f64 + 1.0).collect());
    let model = PriceModel::new(&[series], &[], &dates)?;
    let paths: Vec<Vec<f64>> = in_order(PATHS, |number| model.path(seed, number, Measure::RealWorld).prices);
    let lines: Vec<ZoneLine> =
        life.years.iter().map(|year| ZoneLine::of(answer, valuation, whose, year.year)).collect();
    let zones: Vec<Vec<Zone>> = paths
        .iter()
        .map(|path| path.iter().zip(&lines).map(|(&level, line)| line.at(level)).collect())
        .collect();
    let volume = deal.volume.0;
    let values: Vec<f64> = zones
        .iter()
        .map(|path| path.iter().zip(&weights).map(|(zone, weight)| zone.width().0 * weight * volume).sum())
        .collect();
    let open = values.iter().filter(|value| **value >= 0.0).count() as f64 / PATHS as f64;
    let price =
        life.levelised.nash(Fraction(0.5)).unwrap_or((life.levelised.seller + life.levelised.buyer) * 0.5);
    let mut formulas: Vec<FormulaRisk> = Vec::new();
    for share in OIL_SHARES {
        let kinked = KINKS.map(|kink| kink * answer.base_level);
        for kinks in [None, Some(kinked)].into_iter().filter(|kinks| share > 0.0 || kinks.is_none()) {
            let slope = UsdPerTcm(price.0 * share / answer.base_level);
            let bare = DealFormula { constant: UsdPerTcm(0.0), slope, kinks };
            // the constant that gives every formula the same mean present value
            let mean = |path: &Vec<f64>| -> f64 {
                path.iter().zip(&weights).map(|(&level, weight)| bare.price(level).0 * weight).sum::<f64>()
                    / total
            };
            let variable = estimate(&paths.iter().map(mean).collect::<Vec<f64>>()).value;
            let formula = DealFormula { constant: UsdPerTcm(price.0 - variable), ..bare };
            formulas.push(formula_risk(formula, &paths, &zones, &weights, volume));
        }
    }
    let walks = |risk: &FormulaRisk| risk.seller_walks.0 + risk.buyer_walks.0;
    formulas.sort_by(|a, b| walks(a).total_cmp(&walks(b)));
    let [low, middle, high] = [0.05, 0.5, 0.95].map(|share| MillionUsd(quantile(values.clone(), share)));
    let mean = MillionUsd(estimate(&values).value);
    Ok(ZoneRisk { valuation, whose, zone: [mean, low, middle, high], open: Fraction(open), price, formulas })
}

fn formula_risk(
    formula: DealFormula,
    paths: &[Vec<f64>],
    zones: &[Vec<Zone>],
    weights: &[f64],
    volume: f64,
) -> FormulaRisk {
    let (mut seller, mut buyer, mut all) = (0.0, 0.0, 0.0);
    let mut values = Vec::with_capacity(paths.len());
    for (path, zones) in paths.iter().zip(zones) {
        let mut value = 0.0;
        for ((&level, zone), weight) in path.iter().zip(zones).zip(weights) {
            let price = formula.price(level);
            value += price.0 * weight * volume;
            all += weight;
            seller += if price < zone.seller { *weight } else { 0.0 };
            buyer += if price > zone.buyer { *weight } else { 0.0 };
        }
        values.push(value);
    }
    let [low, high] = [0.05, 0.95].map(|share| MillionUsd(quantile(values.clone(), share)));
    FormulaRisk {
        formula,
        seller_walks: Fraction(seller / all),
        buyer_walks: Fraction(buyer / all),
        value: [MillionUsd(estimate(&values).value), low, high],
    }
}

/// The zone of a calendar year over the index.
struct ZoneLine(Vec<(f64, Zone)>);

impl ZoneLine {
    fn of(answer: &DealAnswer, valuation: usize, whose: Whose, year: i32) -> ZoneLine {
        let by_hand = (whose == Whose::ByHand).then(|| answer.curve(0, valuation, whose, &[]));
        let drawn: Option<&ZoneCurve> = by_hand.flatten();
        match drawn {
            // by hand the sides look at today's benchmarks, whatever the stage
            Some(curve) => ZoneLine(curve.zones.clone()),
            None => {
                let zone = |&level: &f64| (level, answer.zone_of_year(year, valuation, whose, level));
                ZoneLine(answer.levels.iter().map(zone).collect())
            }
        }
    }

    /// By straight lines, the outermost ones beyond the ends.
    fn at(&self, level: f64) -> Zone {
        let zones = &self.0;
        let after = zones.iter().position(|(at, _)| *at >= level).unwrap_or(zones.len() - 1).max(1);
        let ((low, a), (high, b)) = (zones[after - 1], zones[after]);
        let share = (level - low) / (high - low);
        Zone {
            seller: a.seller + (b.seller - a.seller) * share,
            buyer: a.buyer + (b.buyer - a.buyer) * share,
        }
    }
}
