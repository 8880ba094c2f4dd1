//! Inverse demand of one row in one period, after calibration and elasticity factor.

use crate::calendar::Period;
use crate::case::{Case, Demand, DemandForm};

/// Price as a function of the rate, in USD/tcm and bcm/yr.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Inverse {
    /// p = intercept − slope · Q.
    Linear { intercept: f64, slope: f64 },
    /// Q = quantity · (p / price)^elasticity.
    ConstantElasticity { quantity: f64, price: f64, elasticity: f64 },
    /// Q whatever the price.
    Fixed { quantity: f64 },
}

/// Inverse demand of a row in a period; none where the row has no quantity there.
///
/// Linear: the line through (quantity, price) with slope −max(price, floor) / (elasticity · quantity), moved
/// by the calibrated shift and by the index of the market, and turned around the calibrated price by the
/// elasticity factor.
pub(crate) fn inverse_demand(case: &Case, demand: &Demand, period: Period) -> Option<Inverse> {
    let year = case.calendar.years[period.year].year;
    if demand.year.is_some_and(|meant| meant != year) {
        return None;
    }
    let quantity = demand.quantity[period.season].filter(|rate| rate.0 > 0.0)?.0;
    let moved = case.index_shift(demand.node).0;
    let price = demand.price.0 + moved;
    let factor = case.settings.elasticity_factor;
    Some(match demand.form {
        DemandForm::Fixed => Inverse::Fixed { quantity },
        DemandForm::ConstantElasticity => {
            Inverse::ConstantElasticity { quantity, price, elasticity: demand.elasticity * factor }
        }
        DemandForm::Linear => {
            let slope = demand.price.0.max(demand.price_floor.0) / (-demand.elasticity * quantity);
            let calibrated = case.calibration.as_ref().and_then(|calibration| {
                calibration.demand.iter().find(|row| row.node == demand.node && row.season == period.season)
            });
            let shift = calibrated.map_or(0.0, |row| row.price_shift.0);
            let pivot = calibrated.map_or(price, |row| row.price.0 + moved);
            // the rate at the pivot price stays; the slope is divided by the factor
            let rate = quantity + (price + shift - pivot) / slope;
            let turned = slope / factor;
            Inverse::Linear { intercept: pivot + turned * rate, slope: turned }
        }
    })
}
