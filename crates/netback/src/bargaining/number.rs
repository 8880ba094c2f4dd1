//! The numbers a game can be played in: floating point, or fractions without rounding.

use std::fmt::Debug;

pub use num_rational::BigRational as Rational;

/// Arithmetic that the solution concepts need.
///
/// `f64` rounds and compares with tolerances; [`Rational`] does neither.
pub trait Number: Clone + Debug + PartialEq + PartialOrd + Send + Sync {
    /// Whether arithmetic rounds.
    const ROUNDS: bool;
    /// A whole number.
    fn whole(value: i64) -> Self;
    /// The exact value of a finite `f64`.
    fn from_float(value: f64) -> Self;
    /// Sum.
    fn plus(&self, other: &Self) -> Self;
    /// Difference.
    fn minus(&self, other: &Self) -> Self;
    /// Product.
    fn times(&self, other: &Self) -> Self;
    /// Quotient; the divisor is not zero.
    fn over(&self, other: &Self) -> Self;
    /// The nearest `f64`.
    fn float(&self) -> f64;
    /// The exact value as a fraction; none when it is not finite.
    fn rational(&self) -> Option<Rational>;

    /// Zero.
    fn zero() -> Self {
        Self::whole(0)
    }

    /// The other sign.
    fn negative(&self) -> Self {
        Self::zero().minus(self)
    }

    /// Whether it is zero, or as good as zero when arithmetic rounds.
    fn is_within(&self, tolerance: f64) -> bool {
        match Self::ROUNDS {
            true => self.float().abs() <= tolerance,
            false => *self == Self::zero(),
        }
    }

    /// Whether it is above zero by more than rounding.
    fn is_above(&self, tolerance: f64) -> bool {
        match Self::ROUNDS {
            true => self.float() > tolerance,
            false => *self > Self::zero(),
        }
    }
}

impl Number for f64 {
    const ROUNDS: bool = true;

    fn whole(value: i64) -> Self {
        value as f64
    }

    fn from_float(value: f64) -> Self {
        value
    }

    fn plus(&self, other: &Self) -> Self {
        self + other
    }

    fn minus(&self, other: &Self) -> Self {
        self - other
    }

    fn times(&self, other: &Self) -> Self {
        self * other
    }

    fn over(&self, other: &Self) -> Self {
        self / other
    }

    fn float(&self) -> f64 {
        *self
    }

    fn rational(&self) -> Option<Rational> {
        Rational::from_float(*self)
    }
}

impl Number for Rational {
    const ROUNDS: bool = false;

    fn whole(value: i64) -> Self {
        Rational::from_integer(value.into())
    }

    fn from_float(value: f64) -> Self {
        Rational::from_float(value).expect("values of games are finite")
    }

    fn plus(&self, other: &Self) -> Self {
        self + other
    }

    fn minus(&self, other: &Self) -> Self {
        self - other
    }

    fn times(&self, other: &Self) -> Self {
        self * other
    }

    fn over(&self, other: &Self) -> Self {
        self / other
    }

    fn float(&self) -> f64 {
        num_traits::ToPrimitive::to_f64(self).unwrap_or(f64::NAN)
    }

    fn rational(&self) -> Option<Rational> {
        Some(self.clone())
    }
}

/// Reads `12`, `-0.35`, `1.5e3` or `100/3` without rounding; none when the text is no number.
///
/// ```
/// use netback::bargaining::{Rational, read_rational};
/// assert_eq!(read_rational("0.1"), Some(Rational::new(1.into(), 10.into())));
/// assert_eq!(read_rational("100/3").expect("a fraction").to_string(), "100/3");
/// assert_eq!(read_rational("1/0"), None);
/// ```
pub fn read_rational(text: &str) -> Option<Rational> {
    if let Some((above, below)) = text.split_once('/') {
        let (above, below) = (read_decimal(above.trim())?, read_decimal(below.trim())?);
        return (below != Rational::zero()).then(|| above / below);
    }
    read_decimal(text.trim())
}

fn read_decimal(text: &str) -> Option<Rational> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let sign_and_digits = format!("{whole}{decimals}");
    let is_plain = decimals.bytes().all(|byte| byte.is_ascii_digit())
        && sign_and_digits.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit());
    let shift = exponent.checked_sub(i32::try_from(decimals.len()).ok()?)?;
    if !is_plain || shift.unsigned_abs() > 400 {
        return None;
    }
    let digits: num_bigint::BigInt = sign_and_digits.parse().ok()?;
    let ten = Rational::whole(10).pow(shift);
    Some(Rational::from_integer(digits) * ten)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wanted: Option<&str>) {
        assert_eq!(read_rational(text).map(|value| value.to_string()).as_deref(), wanted, "{text}");
    }

    #[test]
    fn numbers_are_read_without_rounding() {
        check("12", Some("12"));
        check("-0.350", Some("-7/20"));
        check(".5", Some("1/2"));
        check("1.5e3", Some("1500"));
        check("2e-2", Some("1/50"));
        check("6/4", Some("3/2"));
        check("1,5", None);
        check("", None);
        check("--1", None);
        check("1/0", None);
        check("NaN", None);
        check("1e4000", None);
    }

    /// Fuzz find smallest-exponent: the smallest whole number has no positive counterpart.
    #[test]
    fn the_smallest_exponent_is_no_value() {
        check("1e-2147483648", None);
        check("1.5e-2147483648", None);
        check("1e2147483647", None);
    }

    #[test]
    fn fractions_beyond_f64_still_have_a_nearest_number() {
        let huge = Rational::whole(10).pow(390);
        assert_eq!((huge.clone() / (huge * Rational::whole(4))).float(), 0.25);
        assert_eq!(Rational::new(1.into(), 3.into()).float(), 1.0 / 3.0);
    }
}
