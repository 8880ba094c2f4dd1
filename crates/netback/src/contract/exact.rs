//! Volumes, prices and money as whole numbers: what the ledger adds up is exact.
//!
//! A volume is counted in 10⁻¹² bcm (a litre), a price in 10⁻⁹ USD/tcm, money in 10⁻²¹ million USD, so that volume ×
//! price is money without rounding. The types are whole numbers of 64 and 128 bits instead of a decimal library: a
//! decimal with 96 bits rounds a product of more than 28 digits without saying so. What
//! does round — a share of a volume, a mean price, a currency, interest — rounds half away from zero, once.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

use crate::units::{Bcm, Fraction, MillionUsd, UsdPerTcm};

/// Units of 10⁻¹² bcm in a bcm.
const VOLUME_SCALE: f64 = 1e12;
/// Units of 10⁻⁹ USD/tcm in a USD/tcm.
const PRICE_SCALE: f64 = 1e9;
/// Parts of a share in 1, and of a dollar in a rate of exchange.
const PARTS: i64 = 1_000_000_000_000;
/// Units of money in a thousandth of a dollar; 10⁹ of these are a million.
const MONEY_IN_MILLS: i128 = 1_000_000_000_000;

/// Largest volume of a whole contract in bcm, five times the proved reserves of the world: sums cannot overflow.
pub const LARGEST_VOLUME: Bcm = Bcm(1e6);
/// Largest price in USD/tcm.
pub const LARGEST_PRICE: UsdPerTcm = UsdPerTcm(1e6);

macro_rules! exact {
    ($($(#[$doc:meta])* $name:ident($number:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($number);

        impl $name {
            /// Nothing.
            pub const ZERO: $name = $name(0);

            /// What is left above zero.
            pub fn above_zero(self) -> Self {
                $name(self.0.max(0))
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                $name(self.0 + other.0)
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                $name(self.0 - other.0)
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                $name(-self.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                items.fold($name::ZERO, |total, item| total + item)
            }
        }
    )*};
}

exact! {
    /// A volume in whole units of 10⁻¹² bcm.
    ///
    /// ```
    /// use netback::contract::exact::{Money, Price, Volume};
    /// use netback::units::{Bcm, UsdPerTcm};
    /// let sale: Money = Volume::from(Bcm(0.1)) * Price::from(UsdPerTcm(0.3));
    /// assert_eq!(sale.value().0, 0.03);
    /// assert_eq!(sale + sale + sale, Volume::from(Bcm(0.3)) * Price::from(UsdPerTcm(0.3)));
    /// ```
    Volume(i64);
    /// A price in whole units of 10⁻⁹ USD/tcm.
    Price(i64);
    /// Money in whole units of 10⁻²¹ million USD, or of a million of another currency.
    Money(i128);
    /// A share in whole units of 10⁻¹².
    Share(i64);
}

macro_rules! in_and_out {
    ($($name:ident, $outside:ident, $scale:expr;)*) => {$(
        impl $name {
            /// The number for tables and for the valuation.
            pub fn value(self) -> $outside {
                $outside(self.0 as f64 / $scale)
            }
        }

        impl From<$outside> for $name {
            /// Nearest whole number of units.
            fn from(value: $outside) -> Self {
                $name((value.0 * $scale).round() as i64)
            }
        }
    )*};
}

in_and_out! {
    Volume, Bcm, VOLUME_SCALE;
    Price, UsdPerTcm, PRICE_SCALE;
    Share, Fraction, PARTS as f64;
}

impl Money {
    /// The number for tables and for the valuation.
    pub fn value(self) -> MillionUsd {
        // in two parts: 10²³ units, a hundred millions, are no number of 53 bits
        let (mills, rest) = (self.0 / MONEY_IN_MILLS, self.0 % MONEY_IN_MILLS);
        MillionUsd((mills as f64 + rest as f64 / MONEY_IN_MILLS as f64) / 1e9)
    }
}

impl From<MillionUsd> for Money {
    /// To a thousandth of a dollar.
    fn from(value: MillionUsd) -> Self {
        Money((value.0 * 1e9).round() as i128 * MONEY_IN_MILLS)
    }
}

impl Mul<Price> for Volume {
    type Output = Money;
    fn mul(self, price: Price) -> Money {
        Money(i128::from(self.0) * i128::from(price.0))
    }
}

impl Mul<Share> for Volume {
    type Output = Volume;
    fn mul(self, share: Share) -> Volume {
        Volume(rounded_ratio(i128::from(self.0), share.0, PARTS) as i64)
    }
}

impl Mul<Share> for Price {
    type Output = Price;
    fn mul(self, share: Share) -> Price {
        Price(rounded_ratio(i128::from(self.0), share.0, PARTS) as i64)
    }
}

impl Mul<Share> for Money {
    type Output = Money;
    fn mul(self, share: Share) -> Money {
        Money(rounded_ratio(self.0, share.0, PARTS))
    }
}

impl Share {
    /// The whole.
    pub const ONE: Share = Share(PARTS);
}

impl Volume {
    /// The first `part` of `whole` equal portions, so that the portions of a whole add up to it.
    pub fn portion(self, part: u32, whole: u32) -> Volume {
        Volume(rounded_ratio(i128::from(self.0), i64::from(part), i64::from(whole)) as i64)
    }

    /// This volume × `part` ÷ `whole`; nothing when the whole is nothing.
    pub fn in_proportion(self, part: Volume, whole: Volume) -> Volume {
        match whole {
            Volume::ZERO => Volume::ZERO,
            _ => Volume(rounded_ratio(i128::from(self.0), part.0, whole.0) as i64),
        }
    }
}

impl Price {
    /// Mean of prices; none of none.
    pub fn mean(prices: &[Price]) -> Option<Price> {
        let count = i64::try_from(prices.len()).ok().filter(|count| *count > 0)?;
        let total: i128 = prices.iter().map(|price| i128::from(price.0)).sum();
        Some(Price(rounded_ratio(total, 1, count) as i64))
    }
}

impl Money {
    /// In a currency of which one unit costs `usd`; US dollars at the price of 1 are returned as they are.
    pub fn in_currency(self, usd: Rate) -> Money {
        if usd == Rate::USD {
            return self;
        }
        Money(rounded_ratio(self.0, PARTS, usd.0))
    }

    /// Back to US dollars.
    pub fn in_usd(self, usd: Rate) -> Money {
        Money(rounded_ratio(self.0, usd.0, PARTS))
    }

    /// Simple interest over days at an annual rate, a year of 365 days.
    pub fn interest(self, rate: Share, days: i32) -> Money {
        // a rate of 1 over 300 years: the product stays within 64 bits
        Money(rounded_ratio(self.0, rate.0 * i64::from(days), 365 * PARTS))
    }

    /// Money for each thousand cubic metres, to the nearest unit; nothing where there is no volume.
    pub fn per(self, volume: Volume) -> Price {
        match volume {
            Volume::ZERO => Price::ZERO,
            _ => Price(rounded_ratio(self.0, 1, volume.0) as i64),
        }
    }

    /// Volume that this money buys, to the nearest unit.
    pub fn volume_at(self, price: Price) -> Volume {
        match price {
            Price::ZERO => Volume::ZERO,
            _ => Volume(rounded_ratio(self.0, 1, price.0) as i64),
        }
    }
}

/// US dollars that one unit of a currency costs, in whole units of 10⁻¹².
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(i64);

impl Rate {
    /// The dollar itself.
    pub const USD: Rate = Rate(PARTS);

    /// From a number; none unless it is between 10⁻⁶ and 10⁶.
    pub fn of(usd_per_unit: f64) -> Option<Rate> {
        let usual = (1e-6..=1e6).contains(&usd_per_unit);
        usual.then(|| Rate((usd_per_unit * PARTS as f64).round() as i64))
    }
}

/// value × part ÷ whole, half away from zero; the value may be as large as its type.
fn rounded_ratio(value: i128, part: i64, whole: i64) -> i128 {
    let (part, whole) = (i128::from(part), i128::from(whole));
    // quotient and remainder apart: the product with the whole value could overflow
    let (quotient, remainder) = (value / whole, value % whole);
    let product = remainder * part;
    let twice = 2 * (product % whole);
    let up = if twice.abs() >= whole.abs() { product.signum() * whole.signum() } else { 0 };
    quotient * part + product / whole + up
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn round_numbers_come_out_as_they_went_in() {
        for million in [0.0, 0.001, 1.0, 90.0, 100.0, 123_456.789, 1e6, -270.0] {
            assert_eq!(Money::from(MillionUsd(million)).value(), MillionUsd(million));
        }
        for bcm in [0.0, 5.46, 7.2513, 33.75, 68.0, 541.75] {
            assert_eq!(Volume::from(Bcm(bcm)).value(), Bcm(bcm));
            assert_eq!(
                (Volume::from(Bcm(bcm)) * Price::from(UsdPerTcm(100.0))).value(),
                MillionUsd(bcm * 100.0)
            );
        }
    }

    #[test]
    fn halves_go_away_from_zero() {
        for (value, part, whole, wanted) in [
            (5, 1, 2, 3),
            (-5, 1, 2, -3),
            (7, 1, 3, 2),
            (8, 1, 3, 3),
            (1, 1, 3, 0),
            (6, 5, 4, 8),
            (-6, 5, 4, -8),
        ] {
            assert_eq!(rounded_ratio(value, part, whole), wanted, "{value} × {part} / {whole}");
        }
    }

    proptest! {
        #[test]
        fn ratios_are_the_nearest(value in -1_000_000_000_000_i128..1_000_000_000_000, part in 0_i64..1_000_000, whole in 1_i64..1_000_000) {
            let exact = value * i128::from(part);
            let found = rounded_ratio(value, part, whole) * i128::from(whole);
            prop_assert!(2 * (found - exact).abs() <= i128::from(whole));
        }

        #[test]
        fn a_currency_there_and_back_is_the_same_to_a_unit(amount in -1e6_f64..1e6, rate in 0.01_f64..100.0) {
            let rate = Rate::of(rate).expect("usual");
            let money = Money::from(MillionUsd(amount));
            let back = money.in_currency(rate).in_usd(rate);
            prop_assert!((back - money).value().0.abs() <= 1e-18);
        }
    }
}
