//! Quantities, prices and money as types, and every conversion at the border of the program.
//!
//! Inside, gas is counted in bcm of the case's basis (40 MJ/m³ gross at 15 °C in the reference cases), so
//! that bcm × USD/tcm is million USD exactly. Outside units enter and leave through [`convert`], which
//! always takes the gas: nothing converts silently between volume and energy.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

macro_rules! quantity {
    ($($(#[$doc:meta])* $name:ident, $unit:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
        pub struct $name(pub f64);

        impl $name {
            /// Unit as printed in headers.
            pub const UNIT: &'static str = $unit;

            /// The number in that unit.
            pub fn value(self) -> f64 {
                self.0
            }

            /// The larger of two.
            pub fn max(self, other: Self) -> Self {
                $name(self.0.max(other.0))
            }

            /// The smaller of two.
            pub fn min(self, other: Self) -> Self {
                $name(self.0.min(other.0))
            }

            /// Without sign.
            pub fn abs(self) -> Self {
                $name(self.0.abs())
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

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                items.fold($name(0.0), |total, item| total + item)
            }
        }

        impl Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                $name(self.0 * factor)
            }
        }

        impl Div for $name {
            type Output = f64;
            fn div(self, other: Self) -> f64 {
                self.0 / other.0
            }
        }
    )*};
}

quantity! {
    /// Volume of gas in the basis of the case.
    Bcm, "bcm";
    /// Annualised rate of gas in the basis of the case.
    BcmPerYear, "bcm/yr";
    /// Price per thousand cubic metres in the basis of the case.
    UsdPerTcm, "USD/tcm";
    /// Slope of a price in a rate.
    UsdPerTcmPerBcmPerYear, "USD/tcm per bcm/yr";
    /// Money.
    MillionUsd, "million USD";
    /// Investment cost of capacity.
    MillionUsdPerBcmPerYear, "million USD per bcm/yr";
    /// Length on land.
    Kilometre, "km";
    /// Length at sea.
    NauticalMile, "nautical mile";
    /// A share between 0 and 1.
    Fraction, "1";
}

impl Mul<UsdPerTcm> for Bcm {
    type Output = MillionUsd;
    fn mul(self, price: UsdPerTcm) -> MillionUsd {
        MillionUsd(self.0 * price.0)
    }
}

impl Mul<BcmPerYear> for UsdPerTcmPerBcmPerYear {
    type Output = UsdPerTcm;
    fn mul(self, rate: BcmPerYear) -> UsdPerTcm {
        UsdPerTcm(self.0 * rate.0)
    }
}

impl BcmPerYear {
    /// Volume that flows at this rate during a share of the year.
    pub fn over(self, share_of_year: Fraction) -> Bcm {
        Bcm(self.0 * share_of_year.0)
    }
}

/// Megajoules in a million British thermal units (International Table).
pub const MEGAJOULE_PER_MMBTU: f64 = 1055.05585262;
/// Cubic metres in a cubic foot.
const CUBIC_METRE_PER_CUBIC_FOOT: f64 = 0.028_316_846_592;
/// Days in the year of a daily rate.
const DAYS_PER_YEAR: f64 = 365.0;
/// Absolute zero in degrees Celsius.
const ABSOLUTE_ZERO: f64 = -273.15;

/// A gas: its gross calorific value per cubic metre at a reference temperature, and per kilogram as LNG.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gas {
    /// MJ/m³, gross, at `temperature_celsius` and 101.325 kPa.
    pub gross_calorific_value_mj_per_m3: f64,
    /// Temperature of the cubic metre in °C.
    pub temperature_celsius: f64,
    /// MJ/kg, gross, as LNG.
    pub gross_calorific_value_mj_per_kg: f64,
}

impl Gas {
    /// The basis of the statistics and of the reference cases: 40 MJ/m³ at 15 °C (Energy Institute 2020).
    pub const STANDARD: Gas = Gas {
        gross_calorific_value_mj_per_m3: 40.0,
        temperature_celsius: 15.0,
        gross_calorific_value_mj_per_kg: 54.4,
    };

    /// The gases known by name: standard, russia, china, netherlands (Groningen), lng.
    ///
    /// Source: Russian export contracts 8,850 kcal/m³ at 20 °C; China 37.7 MJ/m³ at 20 °C (Platts 2014);
    /// Groningen 35.17 MJ/m³ at 0 °C; standard after the Energy Institute's definitions.
    pub fn named(name: &str) -> Option<Gas> {
        let gas = |value, temperature| Gas {
            gross_calorific_value_mj_per_m3: value,
            temperature_celsius: temperature,
            gross_calorific_value_mj_per_kg: 54.4,
        };
        Some(match name {
            "standard" | "lng" => Gas::STANDARD,
            "russia" => gas(37.1, 20.0),
            "china" => gas(37.7, 20.0),
            "netherlands" | "groningen" => gas(35.17, 0.0),
            _ => return None,
        })
    }

    /// Gross calorific value of a cubic metre of this gas measured at another temperature (ideal gas).
    pub fn megajoule_per_m3_at(&self, temperature_celsius: f64) -> f64 {
        self.gross_calorific_value_mj_per_m3 * (self.temperature_celsius - ABSOLUTE_ZERO)
            / (temperature_celsius - ABSOLUTE_ZERO)
    }
}

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// Gas, as volume, mass or energy.
    Gas,
    /// Gas per year.
    GasPerYear,
    /// Money per gas.
    Price,
}

/// A unit outside the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    text: String,
    dimension: Dimension,
    /// Factor to the base: MJ, MJ/yr or USD/MJ for a given gas.
    factor: f64,
    euro: bool,
}

/// Why a quantity could not be read or converted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum UnitError {
    /// Not a number followed by a unit.
    #[error("\"{0}\" is not a number followed by a unit, such as \"8.5 USD/mmbtu\"")]
    NotAQuantity(String),
    /// No such unit.
    #[error(
        "unknown unit \"{0}\"; known are bcm, mcm, tcm, m3, bcf, mmbtu, MWh, GWh, TWh, GJ, PJ, Mt LNG, t LNG, \
         with /yr or /d behind for rates and USD/ or EUR/ before for prices; \
         volumes take (15 C), (20 C), (0 C) or a gas: (standard), (russia), (china), (netherlands)"
    )]
    Unknown(String),
    /// The two units measure different things.
    #[error("\"{from}\" cannot become \"{to}\": one is {from_kind}, the other {to_kind}")]
    Mismatch {
        /// Unit given.
        from: String,
        /// Unit wanted.
        to: String,
        /// What the first measures.
        from_kind: &'static str,
        /// What the second measures.
        to_kind: &'static str,
    },
    /// Euros and dollars without a rate.
    #[error("\"{from}\" to \"{to}\" needs an exchange rate in USD per EUR")]
    NoExchangeRate {
        /// Unit given.
        from: String,
        /// Unit wanted.
        to: String,
    },
}

impl Dimension {
    fn name(self) -> &'static str {
        match self {
            Dimension::Gas => "an amount of gas",
            Dimension::GasPerYear => "a rate of gas",
            Dimension::Price => "a price",
        }
    }
}

impl Unit {
    /// Reads a unit for a gas, such as `bcm/yr (20 C)`, `USD/mmbtu`, `mcm/d`, `Mt LNG`, `TWh`.
    ///
    /// A volume without temperature is measured at the gas's own reference temperature; the name of a gas
    /// behind it, such as `(russia)` or `(standard)`, means cubic metres of that gas.
    /// Errors: [`UnitError::Unknown`].
    pub fn read(text: &str, gas: &Gas) -> Result<Unit, UnitError> {
        let unknown = || UnitError::Unknown(text.trim().to_string());
        let lower = text.trim().to_lowercase();
        let (head, qualifier) = match lower.split_once('(') {
            Some((head, rest)) => (head.trim(), Some(rest.trim().trim_end_matches(')').trim())),
            None => (lower.as_str(), None),
        };
        let megajoule_per_m3 = match qualifier {
            None => gas.gross_calorific_value_mj_per_m3,
            Some("40 mj") => Gas::STANDARD.gross_calorific_value_mj_per_m3,
            Some(name) if Gas::named(name).is_some() => {
                Gas::named(name).map_or(f64::NAN, |named| named.gross_calorific_value_mj_per_m3)
            }
            Some(temperature) => {
                let degrees = temperature.trim_end_matches('c').trim_end_matches('°').trim();
                gas.megajoule_per_m3_at(degrees.parse().map_err(|_| unknown())?)
            }
        };
        let amount = |name: &str| -> Option<f64> {
            Some(match name.trim() {
                "m3" => megajoule_per_m3,
                "tcm" | "1000 m3" => 1e3 * megajoule_per_m3,
                "mcm" => 1e6 * megajoule_per_m3,
                "bcm" => 1e9 * megajoule_per_m3,
                "cf" => CUBIC_METRE_PER_CUBIC_FOOT * gas.megajoule_per_m3_at(15.56),
                "mmcf" => 1e6 * CUBIC_METRE_PER_CUBIC_FOOT * gas.megajoule_per_m3_at(15.56),
                "bcf" => 1e9 * CUBIC_METRE_PER_CUBIC_FOOT * gas.megajoule_per_m3_at(15.56),
                "tcf" => 1e12 * CUBIC_METRE_PER_CUBIC_FOOT * gas.megajoule_per_m3_at(15.56),
                "mmbtu" | "million btu" => MEGAJOULE_PER_MMBTU,
                "mj" => 1.0,
                "gj" => 1e3,
                "tj" => 1e6,
                "pj" => 1e9,
                "ej" => 1e12,
                "kwh" => 3.6,
                "mwh" => 3.6e3,
                "gwh" => 3.6e6,
                "twh" => 3.6e9,
                "t lng" | "t" => 1e3 * gas.gross_calorific_value_mj_per_kg,
                "mt lng" | "mt" => 1e9 * gas.gross_calorific_value_mj_per_kg,
                _ => return None,
            })
        };
        let unit = |dimension, factor, euro| Unit { text: text.trim().to_string(), dimension, factor, euro };
        for (prefix, euro) in [("usd/", false), ("$/", false), ("eur/", true), ("€/", true)] {
            if let Some(rest) = head.strip_prefix(prefix) {
                let per = amount(rest).ok_or_else(unknown)?;
                return Ok(unit(Dimension::Price, 1.0 / per, euro));
            }
        }
        for (suffix, per_year) in [
            ("/yr", 1.0),
            ("/year", 1.0),
            ("/y", 1.0),
            ("pa", 1.0),
            ("/d", DAYS_PER_YEAR),
            ("/day", DAYS_PER_YEAR),
        ] {
            if let Some(factor) = head.strip_suffix(suffix).and_then(amount) {
                return Ok(unit(Dimension::GasPerYear, factor * per_year, false));
            }
        }
        Ok(unit(Dimension::Gas, amount(head).ok_or_else(unknown)?, false))
    }

    /// The unit as written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Splits `8.5 USD/mmbtu` into number and unit.
///
/// Errors: [`UnitError::NotAQuantity`].
pub fn read_quantity(text: &str) -> Result<(f64, &str), UnitError> {
    let trimmed = text.trim();
    let end = trimmed
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '_')))
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    match number.replace('_', "").parse::<f64>() {
        Ok(value) if value.is_finite() && !unit.trim().is_empty() => Ok((value, unit.trim())),
        _ => Err(UnitError::NotAQuantity(text.to_string())),
    }
}

/// A value in another unit.
///
/// `usd_per_eur` is needed only between euros and dollars.
/// Errors: [`UnitError::Mismatch`], [`UnitError::NoExchangeRate`].
///
/// ```
/// use netback::units::{convert, Gas, Unit};
/// let russian = Gas::named("russia").expect("a named gas");
/// let from = Unit::read("bcm (20 C)", &russian)?;
/// let to = Unit::read("bcm (standard)", &russian)?;
/// assert!((convert(68.0, &from, &to, None)? - 63.07).abs() < 1e-9);
/// # Ok::<(), netback::units::UnitError>(())
/// ```
pub fn convert(value: f64, from: &Unit, to: &Unit, usd_per_eur: Option<f64>) -> Result<f64, UnitError> {
    if from.dimension != to.dimension {
        return Err(UnitError::Mismatch {
            from: from.text.clone(),
            to: to.text.clone(),
            from_kind: from.dimension.name(),
            to_kind: to.dimension.name(),
        });
    }
    let exchange = if from.euro == to.euro {
        1.0
    } else {
        let rate = usd_per_eur
            .ok_or_else(|| UnitError::NoExchangeRate { from: from.text.clone(), to: to.text.clone() })?;
        if from.euro { rate } else { 1.0 / rate }
    };
    Ok(value * from.factor / to.factor * exchange)
}

/// Reads a quantity with its own unit, such as `68 bcm/yr (russia)` or `8.5 USD/mmbtu`.
///
/// Returns the value in `documented`, the unit of the column, for the gas of the case.
/// Errors: as [`Unit::read`] and [`convert`].
pub fn read_in(text: &str, documented: &str, gas: &Gas) -> Result<f64, UnitError> {
    let (value, unit) = read_quantity(text)?;
    let from = Unit::read(unit, gas)?;
    let to = Unit::read(documented, gas)?;
    convert(value, &from, &to, None)
}

/// Million British thermal units in a thousand cubic metres of the gas.
pub fn mmbtu_per_tcm(gas: &Gas) -> f64 {
    1e3 * gas.gross_calorific_value_mj_per_m3 / MEGAJOULE_PER_MMBTU
}
