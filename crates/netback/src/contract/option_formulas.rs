//! Closed forms for options on prices: the yardsticks of the numerical methods and the first rung of a valuation.
//!
//! Prices, strikes and values share one unit, whichever it is; times are years, volatilities are per square root of a
//! year, and `discount` is the factor from payment to valuation.

use statrs::function::erf::erfc_inv;

/// Distribution function of the standard normal.
pub fn normal_distribution(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Inverse of [`normal_distribution`] for a probability between 0 and 1.
pub fn normal_quantile(probability: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * probability)
}

/// The right to buy or to sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// To buy at the strike.
    Call,
    /// To sell at the strike.
    Put,
}

/// Value of an option on a forward price.
///
/// `deviation` is the standard deviation of the logarithm at expiry, σ√T. Zero gives the value on the forward.
/// Source: Black 1976. Checked against cases/published/averaged-oil-call (the option at the last date).
///
/// ```
/// use netback::contract::option_formulas::{Right, black_76};
/// // At the money the value is F (2N(σ√T/2) − 1): 100 × 0.0796557 for σ√T = 0.2.
/// let value = black_76(Right::Call, 100.0, 100.0, 0.2, 1.0);
/// assert!((value - 7.9655674554).abs() < 1e-9);
/// assert_eq!(black_76(Right::Put, 90.0, 100.0, 0.0, 0.5), 5.0);
/// ```
pub fn black_76(right: Right, forward: f64, strike: f64, deviation: f64, discount: f64) -> f64 {
    let sign = match right {
        Right::Call => 1.0,
        Right::Put => -1.0,
    };
    if deviation <= 0.0 || forward <= 0.0 || strike <= 0.0 {
        return discount * (sign * (forward - strike)).max(0.0);
    }
    let upper = libm::log(forward / strike) / deviation + 0.5 * deviation;
    let lower = upper - deviation;
    let value = forward * normal_distribution(sign * upper) - strike * normal_distribution(sign * lower);
    discount * sign * value
}

/// Value of the right to give one asset and to receive another, both quoted as forwards.
///
/// The right to swap oil-indexed gas for hub gas is one: `given` is the contract price, `received` the hub.
/// Source: Margrabe 1978. Checked against cases/published/margrabe.
///
/// ```
/// use netback::contract::option_formulas::{Right, black_76, exchange_option};
/// // Against a price that does not move it is the call on the other.
/// let swap = exchange_option(100.0, 100.0, (0.2, 0.0), 0.0, 1.0, 1.0);
/// assert!((swap - black_76(Right::Call, 100.0, 100.0, 0.2, 1.0)).abs() < 1e-12);
/// ```
pub fn exchange_option(
    received: f64,
    given: f64,
    volatilities: (f64, f64),
    correlation: f64,
    years: f64,
    discount: f64,
) -> f64 {
    let (first, second) = volatilities;
    let variance = first * first + second * second - 2.0 * correlation * first * second;
    black_76(Right::Call, received, given, (variance.max(0.0) * years).sqrt(), discount)
}

/// One date of an average, with the forward price for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fixing {
    /// Years from valuation to the date.
    pub years: f64,
    /// Forward price for the date.
    pub forward: f64,
}

/// Standard deviation of the logarithm of an average, when the average is taken as lognormal.
///
/// Source: Turnbull and Wakeman 1991, first two moments.
pub fn deviation_of_average(fixings: &[Fixing], volatility: f64) -> f64 {
    let mean = mean_of(fixings);
    let mut square = 0.0;
    for a in fixings {
        for b in fixings {
            square += a.forward * b.forward * libm::exp(volatility * volatility * a.years.min(b.years));
        }
    }
    let count = fixings.len() as f64;
    libm::log(square / (count * count * mean * mean)).max(0.0).sqrt()
}

/// Value of an option on the arithmetic average of future prices, the average taken as lognormal.
///
/// Source: Turnbull and Wakeman 1991. Checked against cases/published/averaged-oil-call.
pub fn turnbull_wakeman(
    right: Right,
    fixings: &[Fixing],
    strike: f64,
    volatility: f64,
    discount: f64,
) -> f64 {
    black_76(right, mean_of(fixings), strike, deviation_of_average(fixings, volatility), discount)
}

/// Value of an option on the geometric average of future prices; exact.
///
/// Source: Kemna and Vorst 1990. Checked against cases/published/averaged-oil-call.
pub fn geometric_average_option(
    right: Right,
    fixings: &[Fixing],
    strike: f64,
    volatility: f64,
    discount: f64,
) -> f64 {
    let (mean, variance) = geometric_moments(fixings, volatility);
    black_76(right, libm::exp(mean + 0.5 * variance), strike, variance.sqrt(), discount)
}

/// Mean and variance of the logarithm of a geometric average.
fn geometric_moments(fixings: &[Fixing], volatility: f64) -> (f64, f64) {
    let count = fixings.len() as f64;
    let square = volatility * volatility;
    let mean =
        fixings.iter().map(|fixing| libm::log(fixing.forward) - 0.5 * square * fixing.years).sum::<f64>();
    let mut variance = 0.0;
    for a in fixings {
        for b in fixings {
            variance += a.years.min(b.years);
        }
    }
    (mean / count, square * variance / (count * count))
}

fn mean_of(fixings: &[Fixing]) -> f64 {
    fixings.iter().map(|fixing| fixing.forward).sum::<f64>() / fixings.len() as f64
}

/// A continuous line with kinks: the slope changes at each.
///
/// An S-curve has two: the price follows the fuel less steeply below the first and above the second.
#[derive(Debug, Clone, PartialEq)]
pub struct KinkedLine {
    /// Value of the middle line at zero.
    pub intercept: f64,
    /// Slope of the middle line.
    pub slope: f64,
    /// Below this fuel price the slope is another one.
    pub lower_kink: f64,
    /// Slope below the lower kink.
    pub slope_below: f64,
    /// Above this fuel price the slope is another one.
    pub upper_kink: f64,
    /// Slope above the upper kink.
    pub slope_above: f64,
}

impl KinkedLine {
    /// Price at a fuel price.
    pub fn at(&self, fuel: f64) -> f64 {
        self.intercept
            + self.slope * fuel
            + (self.slope - self.slope_below) * (self.lower_kink - fuel).max(0.0)
            + (self.slope_above - self.slope) * (fuel - self.upper_kink).max(0.0)
    }

    /// Mean price when the fuel is lognormal around its forward: the middle line, puts at the lower and calls at the
    /// upper kink.
    ///
    /// Source: static replication. Checked against cases/published/s-curve-replication.
    ///
    /// ```
    /// use netback::contract::option_formulas::KinkedLine;
    /// let curve = KinkedLine {
    ///     intercept: 0.8, slope: 0.15, lower_kink: 60.0, slope_below: 0.05, upper_kink: 90.0, slope_above: 0.05,
    /// };
    /// assert_eq!(curve.mean(80.0, 0.0), curve.at(80.0));
    /// ```
    pub fn mean(&self, forward: f64, deviation: f64) -> f64 {
        self.intercept
            + self.slope * forward
            + (self.slope - self.slope_below) * black_76(Right::Put, forward, self.lower_kink, deviation, 1.0)
            + (self.slope_above - self.slope)
                * black_76(Right::Call, forward, self.upper_kink, deviation, 1.0)
    }
}
