//! How far a border price is explained by oil alone: slope · average of oil + constant, window by window.

use super::averaging::Averaging;
use super::index::{IndexSeries, Indices};
use super::price_formula::{PriceError, PriceFormula};
use crate::calendar::Month;
use crate::report::Table;

/// A line through a border price over the average of an oil price.
#[derive(Debug, Clone, PartialEq)]
pub struct BorderFit {
    /// Months of oil that price a month of gas.
    pub averaging: Averaging,
    /// Price of gas per price of oil, in the units of the series.
    pub slope: f64,
    /// Price of gas where oil is free.
    pub constant: f64,
    /// Share of the variance that the line explains.
    pub r_squared: f64,
    /// Mean absolute error, in the unit of the gas price.
    pub mean_absolute_error: f64,
    /// Months compared.
    pub months: usize,
}

/// Lines for every window of 1 to `longest` months that ends 0 to `latest` months before the month priced, by least
/// squares, the best R² first.
///
/// Only windows with oil for every month in which a price is known are there; a price that never moves explains
/// nothing and gives no line.
pub fn fit_border_price(
    price: &IndexSeries,
    oil: &IndexSeries,
    period: (Month, Month),
    longest: u32,
    latest: i32,
) -> Vec<BorderFit> {
    let mut fits = Vec::new();
    for average_months in 1..=longest {
        for lag_months in 0..=latest {
            let averaging = Averaging { average_months, lag_months, block_months: 1, block_anchor_month: 1 };
            fits.extend(fit(price, oil, period, averaging));
        }
    }
    fits.sort_by(|one, other| other.r_squared.total_cmp(&one.r_squared));
    fits
}

fn fit(
    price: &IndexSeries,
    oil: &IndexSeries,
    (from, to): (Month, Month),
    averaging: Averaging,
) -> Option<BorderFit> {
    let mut points = Vec::new();
    for (&month, &paid) in price.values.range(from..=to) {
        let window = averaging.window(month);
        let mut sum = 0.0;
        for month in window.months() {
            sum += oil.values.get(&month)?;
        }
        points.push((sum / f64::from(window.length()), paid));
    }
    let count = points.len() as f64;
    let mean_oil = points.iter().map(|point| point.0).sum::<f64>() / count;
    let mean_price = points.iter().map(|point| point.1).sum::<f64>() / count;
    let spread = points.iter().map(|(oil, _)| (oil - mean_oil).powi(2)).sum::<f64>();
    let together = points.iter().map(|(oil, price)| (oil - mean_oil) * (price - mean_price)).sum::<f64>();
    if points.len() < 3 || spread <= 0.0 {
        return None;
    }
    let slope = together / spread;
    let constant = mean_price - slope * mean_oil;
    let (r_squared, mean_absolute_error) =
        goodness(points.iter().map(|(oil, price)| (slope * oil + constant, *price)))?;
    let months = points.len();
    Some(BorderFit { averaging, slope, constant, r_squared, mean_absolute_error, months })
}

/// R² and mean absolute error of pairs (computed, observed); none when the observed never moves.
fn goodness(pairs: impl Iterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    let pairs: Vec<(f64, f64)> = pairs.collect();
    let count = pairs.len() as f64;
    let mean = pairs.iter().map(|(_, observed)| observed).sum::<f64>() / count;
    let variance = pairs.iter().map(|(_, observed)| (observed - mean).powi(2)).sum::<f64>();
    let left = pairs.iter().map(|(computed, observed)| (observed - computed).powi(2)).sum::<f64>();
    let missed = pairs.iter().map(|(computed, observed)| (observed - computed).abs()).sum::<f64>();
    (variance > 0.0).then(|| (1.0 - left / variance, missed / count))
}

/// A formula beside an observed price: (R², mean absolute error), both in the unit of the formula.
///
/// R² counts from the mean of the observed price, and is negative when the formula is worse than that mean.
/// Errors: the formula has no price for a month; `None` where the observed price never moves.
pub fn compare_with_border(
    formula: &PriceFormula,
    price: &IndexSeries,
    period: (Month, Month),
    indices: &Indices,
) -> Result<Option<(f64, f64)>, PriceError> {
    let mut pairs = Vec::new();
    for (&month, &paid) in price.values.range(period.0..=period.1) {
        pairs.push((formula.price(month, indices)?.0 / formula.unit.per_tcm, paid));
    }
    Ok(goodness(pairs.into_iter()))
}

/// Fits as a table, in their order.
pub fn border_fit_table(price: &IndexSeries, oil: &IndexSeries, fits: &[BorderFit]) -> Table {
    let header = [
        "price",
        "oil",
        "average_months",
        "lag_months",
        "slope",
        "constant",
        "r_squared",
        "mean_absolute_error",
        "months",
    ];
    let mut table = Table::new("border_fits", &header);
    for fit in fits {
        table.push([
            price.name.as_str().into(),
            oil.name.as_str().into(),
            f64::from(fit.averaging.average_months).into(),
            fit.averaging.lag_months.into(),
            fit.slope.into(),
            fit.constant.into(),
            fit.r_squared.into(),
            fit.mean_absolute_error.into(),
            (fit.months as f64).into(),
        ]);
    }
    table
}
