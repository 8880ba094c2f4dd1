//! An index in a formula: its average, late and discontinued values, its currency.

use super::PriceError;
use super::rounding::Rounding;
use crate::calendar::Month;
use crate::contract::averaging::{Averaging, Window};

/// Value of an index in a month, by the name of the index; none when nothing is known.
pub type Lookup<'a> = &'a dyn Fn(&str, Month) -> Option<f64>;

/// An index as a formula uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexTerm {
    /// Name of the series.
    pub index: String,
    /// Unit of its values, such as `USD/bbl`; a series in another unit is refused.
    pub unit: String,
    /// Months that price a delivery.
    pub averaging: Averaging,
    /// What stands in for a month that was not published.
    pub missing: MissingValue,
    /// The index that follows when this one is no longer published.
    pub successor: Option<Successor>,
    /// Rounding of the average.
    pub rounding: Option<Rounding>,
    /// Conversion into the currency of the formula, when the index has another.
    pub exchange: Option<TermExchange>,
    /// Factor from the unit of a gas price to the unit of the formula; 1 for fuels, whose conversion is a number
    /// of the contract.
    pub gas_factor: f64,
}

/// What stands in for a value that was not published in time.
#[derive(Debug, Clone, PartialEq)]
pub enum MissingValue {
    /// Nothing: the price cannot be computed.
    Refused,
    /// The last value published before, at most so many months back.
    LastPublished {
        /// How many months back a value may be taken from.
        months: u32,
    },
    /// Another index times a factor.
    Fallback {
        /// Name of the other series.
        index: String,
        /// Its unit.
        unit: String,
        /// Value of this index per value of the other.
        factor: f64,
    },
}

/// The index that follows a discontinued one.
#[derive(Debug, Clone, PartialEq)]
pub struct Successor {
    /// First month for which it counts.
    pub from: Month,
    /// Name of the series.
    pub index: String,
    /// Its unit.
    pub unit: String,
    /// Value of the discontinued index per value of the successor.
    pub factor: f64,
}

/// Whether months are converted one by one or the average as a whole; the two differ unless the rate stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeOrder {
    /// Each month at its own rate, then the average.
    BeforeAveraging,
    /// The average, at the average rate of the same months.
    AfterAveraging,
}

/// How an index becomes the currency of its formula.
#[derive(Debug, Clone, PartialEq)]
pub struct TermExchange {
    /// Series of the exchange rate.
    pub rate: String,
    /// The rate is foreign money per money of the formula: values are divided by it.
    pub divide: bool,
    /// Before or after averaging.
    pub order: ExchangeOrder,
}

impl TermExchange {
    fn convert(&self, value: f64, rate: f64) -> f64 {
        if self.divide { value / rate } else { value * rate }
    }
}

/// A rate of exchange in a month.
///
/// Errors: it is missing, or not positive.
pub(super) fn exchange_rate(
    index: &str,
    month: Month,
    delivery: Month,
    lookup: Lookup,
) -> Result<f64, PriceError> {
    let missing = || PriceError::MissingValue { index: index.to_string(), month, delivery };
    let rate = lookup(index, month).ok_or_else(missing)?;
    match rate > 0.0 {
        true => Ok(rate),
        false => Err(PriceError::NotPositive { what: format!("exchange rate \"{index}\""), month }),
    }
}

impl IndexTerm {
    /// Average that prices a delivery, in the unit and currency of the formula.
    pub fn of_delivery(&self, delivery: Month, lookup: Lookup) -> Result<f64, PriceError> {
        self.average(self.averaging.window(delivery), delivery, lookup)
    }

    /// Average over given months.
    pub fn average(&self, window: Window, delivery: Month, lookup: Lookup) -> Result<f64, PriceError> {
        let mean = |of: &dyn Fn(Month) -> Result<f64, PriceError>| -> Result<f64, PriceError> {
            let mut sum = 0.0;
            for month in window.months() {
                sum += of(month)?;
            }
            Ok(sum / f64::from(window.length()))
        };
        let value = |month| self.value(month, delivery, lookup);
        let average = match &self.exchange {
            None => mean(&value)?,
            Some(exchange) => {
                let rate = |month| exchange_rate(&exchange.rate, month, delivery, lookup);
                match exchange.order {
                    ExchangeOrder::BeforeAveraging => {
                        mean(&|month| Ok(exchange.convert(value(month)?, rate(month)?)))?
                    }
                    ExchangeOrder::AfterAveraging => exchange.convert(mean(&value)?, mean(&rate)?),
                }
            }
        };
        let average = average * self.gas_factor;
        Ok(self.rounding.map_or(average, |rounding| rounding.round(average)))
    }

    /// Value of a month, with the rules for months that were not published.
    pub fn value(&self, month: Month, delivery: Month, lookup: Lookup) -> Result<f64, PriceError> {
        let published = |month: Month| match &self.successor {
            Some(successor) if month >= successor.from => {
                lookup(&successor.index, month).map(|value| value * successor.factor)
            }
            _ => lookup(&self.index, month),
        };
        if let Some(value) = published(month) {
            return Ok(value);
        }
        let stands_in = match &self.missing {
            MissingValue::Refused => None,
            MissingValue::LastPublished { months } => {
                (1..=*months as i32).find_map(|back| published(month.plus(-back)))
            }
            MissingValue::Fallback { index, factor, .. } => lookup(index, month).map(|value| value * factor),
        };
        stands_in.ok_or_else(|| {
            let index = match &self.successor {
                Some(successor) if month >= successor.from => &successor.index,
                _ => &self.index,
            };
            PriceError::MissingValue { index: index.clone(), month, delivery }
        })
    }

    /// Every series that can be asked for, with its unit.
    pub(super) fn series(&self) -> Vec<(&str, &str)> {
        let mut series = vec![(self.index.as_str(), self.unit.as_str())];
        if let MissingValue::Fallback { index, unit, .. } = &self.missing {
            series.push((index, unit));
        }
        if let Some(successor) = &self.successor {
            series.push((&successor.index, &successor.unit));
        }
        series
    }
}

/// What a formula compares an index with: a number, or the average of given months.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Base {
    /// A number in the unit of the index, in the currency of the formula.
    Value(f64),
    /// The average of these months.
    Months(Window),
}

impl Base {
    /// The number.
    pub fn value(self, term: &IndexTerm, delivery: Month, lookup: Lookup) -> Result<f64, PriceError> {
        match self {
            Base::Value(value) => Ok(value),
            Base::Months(window) => term.average(window, delivery, lookup),
        }
    }

    /// The number, for a division.
    ///
    /// Errors: it is not positive.
    pub(super) fn divisor(
        self,
        term: &IndexTerm,
        delivery: Month,
        lookup: Lookup,
    ) -> Result<f64, PriceError> {
        let value = self.value(term, delivery, lookup)?;
        match value > 0.0 {
            true => Ok(value),
            false => {
                let what = format!("base of index \"{}\"", term.index);
                Err(PriceError::NotPositive { what, month: delivery })
            }
        }
    }
}
