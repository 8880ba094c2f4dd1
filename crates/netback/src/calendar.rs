//! Years and seasons: a period is a year × season.

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
