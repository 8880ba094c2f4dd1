//! Price reviews: P0 follows the market, by a share, at dates or when the gap is wide.

use super::{IndexTerm, Lookup, PriceError, PriceFormula};
use crate::calendar::Month;
use crate::units::Fraction;

/// A clause that moves P0: new P0 = old P0 + ϑ · (market − formula).
///
/// P0 is the base price of an additive, multiplicative or escalated formula, the constant of a slope, an S-curve or a
/// hub formula, the price itself where it is fixed, stepped or blended.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// When P0 is reviewed.
    pub times: ReviewTimes,
    /// ϑ: the share of the gap that is closed.
    pub pass_through: Fraction,
    /// The new P0 also counts for so many months before the review.
    pub retroactive_months: u32,
    /// What gas costs elsewhere.
    pub market: IndexTerm,
}

/// When a price is reviewed.
#[derive(Debug, Clone, PartialEq)]
pub enum ReviewTimes {
    /// In these months, ascending.
    Months(Vec<Month>),
    /// In every month in which market and formula differ by more than a share of the formula.
    Gap {
        /// The share.
        share: Fraction,
        /// First month in which a review may take place.
        first: Month,
        /// Months between two reviews, at least.
        interval_months: u32,
    },
}

impl PriceFormula {
    /// By how much the reviews that count for a delivery have moved P0, in the unit of the formula.
    ///
    /// `known`: reviews of later months are not known yet.
    pub fn review_shift(
        &self,
        delivery: Month,
        known: Option<Month>,
        lookup: Lookup,
    ) -> Result<f64, PriceError> {
        let Some(review) = &self.review else { return Ok(0.0) };
        let last = delivery.plus(review.retroactive_months as i32);
        let last = known.map_or(last, |known| last.min(known));
        let mut shift = 0.0;
        match &review.times {
            ReviewTimes::Months(months) => {
                for &month in months.iter().filter(|&&month| month <= last) {
                    shift += review.pass_through.0 * self.gap(review, month, shift, lookup)?.0;
                }
            }
            ReviewTimes::Gap { share, first, interval_months } => {
                let mut month = *first;
                while month <= last {
                    let (gap, formula) = match self.gap(review, month, shift, lookup) {
                        Ok(found) => found,
                        // Nobody can call for a review on values that nobody has published.
                        Err(PriceError::MissingValue { .. }) if month > delivery => break,
                        Err(error) => return Err(error),
                    };
                    if gap.abs() > share.0 * formula.abs() {
                        shift += review.pass_through.0 * gap;
                        month = month.plus((*interval_months).max(1) as i32);
                    } else {
                        month = month.plus(1);
                    }
                }
            }
        }
        Ok(shift)
    }

    /// Market less formula in a month, and the formula.
    fn gap(
        &self,
        review: &Review,
        month: Month,
        shift: f64,
        lookup: Lookup,
    ) -> Result<(f64, f64), PriceError> {
        let formula = self.reviewed(month, shift, None, lookup)?;
        Ok((review.market.of_delivery(month, lookup)? - formula, formula))
    }
}
