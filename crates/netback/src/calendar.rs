//! Years and seasons: a period is a year × season; months, for contracts and indices.

use std::fmt;
use std::str::FromStr;

use crate::units::Fraction;

/// Days of each month in a year without leap day.
const DAYS: [f64; 12] = [31.0, 28.0, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0];

/// A season: a share of every year.
#[derive(Debug, Clone, PartialEq)]
pub struct Season {
    /// Name as used in tables.
    pub name: String,
    /// Share of the year; the shares of a case add up to 1.
    pub share: Fraction,
}

/// A represented year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Year {
    /// The calendar year.
    pub year: i32,
    /// How many years it stands for.
    pub weight: f64,
    /// Discount factor to the base year.
    pub discount: f64,
}

/// The years and seasons of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    /// In ascending order.
    pub years: Vec<Year>,
    /// In the order of the case.
    pub seasons: Vec<Season>,
}

/// One year × season of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Position among the years.
    pub year: usize,
    /// Position among the seasons.
    pub season: usize,
}

impl Calendar {
    /// All periods, year by year.
    pub fn periods(&self) -> impl Iterator<Item = Period> + '_ {
        let seasons = self.seasons.len();
        (0..self.years.len()).flat_map(move |year| (0..seasons).map(move |season| Period { year, season }))
    }

    /// Position of a period among all.
    pub fn position(&self, period: Period) -> usize {
        period.year * self.seasons.len() + period.season
    }

    /// Weight of a rate in the objective: discount × years represented × share of the year.
    pub fn weight(&self, period: Period) -> f64 {
        self.year_weight(period.year) * self.seasons[period.season].share.0
    }

    /// Weight of an annual volume in the objective.
    pub fn year_weight(&self, year: usize) -> f64 {
        self.years[year].discount * self.years[year].weight
    }
}

/// Share of the year in the given months (1 to 12).
pub fn share_of_months(months: &[usize]) -> Fraction {
    Fraction(months.iter().map(|month| DAYS[month - 1]).sum::<f64>() / 365.0)
}

/// A calendar month, written `2009-01`.
///
/// ```
/// use netback::calendar::Month;
/// let month: Month = "2008-11".parse().expect("a month");
/// assert_eq!(month.plus(3).to_string(), "2009-02");
/// assert_eq!(Month::new(2012, 2).days(), 29);
/// assert_eq!(Month::new(2009, 2).months_since(month), 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// A month of a year, January being 1.
    ///
    /// Panics when the month is not 1 to 12.
    pub fn new(year: i32, month: u32) -> Month {
        assert!((1..=12).contains(&month), "month {month} is not 1 to 12");
        Month(year * 12 + month as i32 - 1)
    }

    /// Calendar year.
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// Month of the year, 1 to 12.
    pub fn month(self) -> u32 {
        self.0.rem_euclid(12) as u32 + 1
    }

    /// The month so many months later; earlier when negative.
    pub fn plus(self, months: i32) -> Month {
        Month(self.0 + months)
    }

    /// Months from another month to this one.
    pub fn months_since(self, other: Month) -> i32 {
        self.0 - other.0
    }

    /// Days of the month, leap years counted.
    pub fn days(self) -> u32 {
        let year = self.year();
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        DAYS[self.month() as usize - 1] as u32 + u32::from(leap && self.month() == 2)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Month, NotAMonth> {
        let wrong = || NotAMonth(text.to_string());
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        let digits = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(wrong());
        }
        let (year, month): (i32, u32) =
            (year.parse().map_err(|_| wrong())?, month.parse().map_err(|_| wrong())?);
        if !(1..=12).contains(&month) {
            return Err(wrong());
        }
        Ok(Month::new(year, month))
    }
}

/// Text that is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no month; write 2009-01")]
pub struct NotAMonth(pub String);
