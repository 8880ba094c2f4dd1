//! Rounding in decimal, as a contract means it.

use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use rust_decimal::{Decimal, RoundingStrategy};

/// What happens to a digit of exactly five behind the last one kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Away from zero: 0.125 becomes 0.13.
    Away,
    /// To the even digit: 0.125 becomes 0.12.
    Even,
}

/// Digits behind the point, and what happens to halves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounding {
    /// Digits behind the point.
    pub digits: u32,
    /// Rule for halves.
    pub half: Half,
}

impl Rounding {
    /// The rounded number.
    ///
    /// The number is taken as the decimal of 15 digits that it stands for: 2.675 is a half although no binary number
    /// equals it.
    ///
    /// ```
    /// use netback::contract::{Half, Rounding};
    /// assert_eq!(Rounding { digits: 2, half: Half::Away }.round(2.675), 2.68);
    /// assert_eq!(Rounding { digits: 2, half: Half::Even }.round(2.665), 2.66);
    /// ```
    pub fn round(self, value: f64) -> f64 {
        let strategy = match self.half {
            Half::Away => RoundingStrategy::MidpointAwayFromZero,
            Half::Even => RoundingStrategy::MidpointNearestEven,
        };
        // What no decimal of 28 digits holds has no digit left to round.
        Decimal::from_f64(value)
            .and_then(|decimal| decimal.round_dp_with_strategy(self.digits, strategy).to_f64())
            .unwrap_or(value)
    }

    pub(super) fn words(self) -> String {
        let half = match self.half {
            Half::Away => "halves away from zero",
            Half::Even => "halves to the even digit",
        };
        format!("rounded to {} digits, {half}", self.digits)
    }
}
