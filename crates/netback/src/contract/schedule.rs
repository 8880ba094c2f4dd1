//! The terms laid out on the calendar: what each period of nomination allows and owes, in whole numbers.

use jiff::civil::Date;

use super::exact::{LARGEST_VOLUME, Share, Volume};
use super::volume_terms::{Quantity, ReducedBy, Reduction, Step, VolumeTerms};
use crate::calendar::Month;
use crate::units::Bcm;

/// The terms laid out on the calendar, once; the ledger then runs through it as often as there are plans.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The terms themselves.
    pub terms: VolumeTerms,
    /// Months of delivery, in order.
    pub months: Vec<Month>,
    /// Contract years, in order.
    pub years: Vec<ContractYear>,
    /// Days or months, in order: the ledger spreads nominations of years over months.
    pub(super) periods: Vec<Period>,
}

/// One contract year.
#[derive(Debug, Clone, PartialEq)]
pub struct ContractYear {
    /// Calendar year in which it begins, or would begin were it whole.
    pub year: i32,
    /// Positions of its months, from and to (exclusive).
    pub months: std::ops::Range<usize>,
    /// Positions of its periods.
    pub(super) periods: std::ops::Range<usize>,
    /// Annual contract quantity.
    pub acq: Volume,
    /// Maintenance.
    pub maintenance: Volume,
    /// Force majeure.
    pub force_majeure: Volume,
}

/// What the buyer owes in a contract year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Obligation {
    /// Annual contract quantity less maintenance and force majeure.
    pub adjusted_acq: Volume,
    /// To be taken or paid for.
    pub take_or_pay: Volume,
}

/// One day or month.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Period {
    pub month: usize,
    /// Contract quantity.
    pub dcq: Volume,
    /// Largest that can be taken.
    pub limit: Volume,
}

/// Why terms cannot be laid out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScheduleError {
    /// The last month comes before the first.
    #[error("the last month, {last}, comes before the first, {first}")]
    NoTerm {
        /// First month.
        first: Month,
        /// Last month.
        last: Month,
    },
    /// More gas than the world has.
    #[error("the contract is about {0:e} bcm, more than can be counted exactly")]
    TooLarge(f64),
}

impl Schedule {
    /// Lays terms out.
    ///
    /// Errors: the term is empty, or the quantities are beyond [`LARGEST_VOLUME`].
    pub fn of(terms: &VolumeTerms) -> Result<Schedule, ScheduleError> {
        let (first, last) = (terms.first, terms.last);
        if last < first {
            return Err(ScheduleError::NoTerm { first, last });
        }
        let count = last.months_since(first) + 1;
        let months: Vec<Month> = (0..count).map(|step| first.plus(step)).collect();
        let mut schedule = Schedule { terms: terms.clone(), months, years: Vec::new(), periods: Vec::new() };
        let total = schedule.rough_total();
        if total > LARGEST_VOLUME.0 || total.is_nan() {
            return Err(ScheduleError::TooLarge(total));
        }
        let mut from = 0;
        while from < schedule.months.len() {
            let year = contract_year(schedule.months[from], terms.year_starts_in);
            let same = |month: &&Month| contract_year(**month, terms.year_starts_in) == year;
            let to = from + schedule.months[from..].iter().take_while(same).count();
            schedule.add_year(year, from..to);
            from = to;
        }
        Ok(schedule)
    }

    /// Periods of nomination: how long a plan is.
    pub fn steps(&self) -> usize {
        match self.terms.step {
            Step::Year => self.years.len(),
            Step::Month | Step::Day => self.periods.len(),
        }
    }

    /// Contract quantity of every period of nomination: the plan that takes exactly what was agreed.
    pub fn contract_quantities(&self) -> Vec<Bcm> {
        match self.terms.step {
            Step::Year => self.years.iter().map(|year| year.acq.value()).collect(),
            Step::Month | Step::Day => self.periods.iter().map(|period| period.dcq.value()).collect(),
        }
    }

    /// Largest volume of every period of nomination.
    pub fn limits(&self) -> Vec<Bcm> {
        match self.terms.step {
            Step::Year => {
                let limit =
                    |year: &ContractYear| self.periods[year.periods.clone()].iter().map(|p| p.limit).sum();
                self.years.iter().map(limit).map(Volume::value).collect()
            }
            Step::Month | Step::Day => self.periods.iter().map(|period| period.limit.value()).collect(),
        }
    }

    /// What the buyer owes in each contract year when the seller never falls short.
    pub fn obligations(&self) -> Vec<Obligation> {
        let share = Share::from(self.terms.take_or_pay.share);
        let of = |year: &ContractYear| {
            let adjusted_acq = (year.acq - year.maintenance - year.force_majeure).above_zero();
            Obligation { adjusted_acq, take_or_pay: adjusted_acq * share }
        };
        self.years.iter().map(of).collect()
    }

    /// Months that need a price: those of delivery, and those after it in which paid gas is still taken.
    pub fn priced_months(&self) -> Vec<Month> {
        let after = match self.terms.end_of_term {
            super::volume_terms::EndOfTerm::Extend { months } => months as i32,
            _ => 0,
        };
        let count = self.months.len() as i32 + after;
        (0..count).map(|step| self.terms.first.plus(step)).collect()
    }

    /// Largest volume of every month of delivery, in order.
    pub fn monthly_limits(&self) -> Vec<Bcm> {
        let mut limits = vec![Volume::ZERO; self.months.len()];
        for period in &self.periods {
            limits[period.month] += period.limit;
        }
        limits.into_iter().map(Volume::value).collect()
    }

    /// First and last day.
    pub fn days(&self) -> (Date, Date) {
        (first_day(self.terms.first), last_day(self.terms.last))
    }

    /// Positions in a plan of the periods of nomination that lie in a month of delivery.
    pub fn steps_of_month(&self, month: usize) -> std::ops::Range<usize> {
        match self.terms.step {
            Step::Year => {
                let year = self.years.iter().position(|year| year.months.contains(&month)).unwrap_or(0);
                year..year + 1
            }
            Step::Month => month..month + 1,
            Step::Day => {
                let from = self.periods.partition_point(|period| period.month < month);
                let to = self.periods.partition_point(|period| period.month <= month);
                from..to
            }
        }
    }

    /// Contract quantity from one day of the contract to another, both included.
    pub fn quantity_between(&self, first: Date, last: Date) -> Bcm {
        let mut total = Volume::ZERO;
        for year in &self.years {
            let days = year.months.clone().map(|month| self.months[month].days()).sum();
            let begin = first_day(self.months[year.months.start]);
            let before = |date: Date| days_between(begin, date).clamp(0, days as i32) as u32;
            // the quantity of a year is spread evenly, to a unit
            total += year.acq.portion(before(last) + u32::from(last >= begin && before(last) < days), days)
                - year.acq.portion(before(first), days);
        }
        total.value()
    }

    fn rough_total(&self) -> f64 {
        let terms = &self.terms;
        let largest = terms.build_up.iter().map(|(_, quantity)| quantity).chain([&terms.quantity]);
        let annual = largest.map(|quantity| match quantity {
            Quantity::Annual(volume) => volume.0,
            Quantity::Daily(volume) => volume.0 * 366.0,
        });
        annual.fold(0.0, f64::max) * (self.months.len() as f64 / 12.0 + 2.0) * terms.swing.0.max(1.0)
    }

    fn add_year(&mut self, year: i32, months: std::ops::Range<usize>) {
        let terms = &self.terms;
        let own = terms.build_up.iter().find(|(of, _)| *of == year);
        let quantity = own.map_or(terms.quantity, |(_, quantity)| *quantity);
        let begin = Month::new(year, terms.year_starts_in);
        let days_of_whole_year: u32 = (0..12).map(|step| begin.plus(step).days()).sum();
        let days_before: u32 =
            (0..self.months[months.start].months_since(begin)).map(|step| begin.plus(step).days()).sum();
        // What falls due up to a day, so that the days of a year add up to its quantity without a rest.
        let due = |days: u32| match quantity {
            Quantity::Annual(volume) => Volume::from(volume).portion(days, days_of_whole_year),
            Quantity::Daily(volume) => Volume::from(volume).portion(days, 1),
        };
        let swing = Share::from(terms.swing);
        let first = self.periods.len();
        let (mut maintenance, mut force_majeure) = (Volume::ZERO, Volume::ZERO);
        let mut day = days_before;
        for month in months.clone() {
            let mut whole = Period { month, dcq: Volume::ZERO, limit: Volume::ZERO };
            let mut date = first_day(self.months[month]);
            for _ in 0..self.months[month].days() {
                let dcq = due(day + 1) - due(day);
                let forced = reduced(&terms.force_majeure, date, dcq, dcq);
                let planned = reduced(&terms.maintenance, date, dcq, dcq - forced);
                force_majeure += forced;
                maintenance += planned;
                let limit = (dcq - forced - planned) * swing;
                match terms.step {
                    Step::Day => self.periods.push(Period { month, dcq, limit }),
                    Step::Month | Step::Year => {
                        whole.dcq += dcq;
                        whole.limit += limit;
                    }
                }
                day += 1;
                date = date.tomorrow().unwrap_or(date);
            }
            if terms.step != Step::Day {
                self.periods.push(whole);
            }
        }
        self.years.push(ContractYear {
            year,
            periods: first..self.periods.len(),
            acq: due(day) - due(days_before),
            maintenance,
            force_majeure,
            months,
        });
    }
}

/// What a day loses, at most `left`.
fn reduced(reductions: &[Reduction], date: Date, dcq: Volume, left: Volume) -> Volume {
    let mut lost = Volume::ZERO;
    for reduction in reductions.iter().filter(|one| one.first <= date && date <= one.last) {
        lost += match reduction.amount {
            ReducedBy::Share(share) => dcq * Share::from(share),
            ReducedBy::Volume(volume) => {
                let days = days_between(reduction.first, reduction.last) + 1;
                let day = days_between(reduction.first, date);
                let volume = Volume::from(volume);
                volume.portion(day as u32 + 1, days as u32) - volume.portion(day as u32, days as u32)
            }
        };
    }
    lost.min(left)
}

/// Calendar year in which the contract year of a month begins.
pub fn contract_year(month: Month, year_starts_in: u32) -> i32 {
    month.year() - i32::from(month.month() < year_starts_in)
}

/// First day of a month.
pub fn first_day(month: Month) -> Date {
    day_of(month, 1)
}

/// Last day of a month.
pub fn last_day(month: Month) -> Date {
    day_of(month, 31)
}

/// A day of a month; the last when the month is shorter.
pub(super) fn day_of(month: Month, day: u32) -> Date {
    let day = day.clamp(1, month.days());
    Date::new(month.year() as i16, month.month() as i8, day as i8).unwrap_or(Date::MAX)
}

/// Days from one date to another.
pub(super) fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}
