//! From index values to the price of a month.

use super::index_term::exchange_rate;
use super::*;
use crate::contract::index::Indices;

impl PriceFormula {
    /// Price of gas delivered in a month, on published series; everything taken that the contract offers.
    ///
    /// Units: USD per thousand cubic metres of the contract's gas.
    /// Errors: an index is missing, in another unit, or has no value for a month of the window; each is named.
    ///
    /// ```
    /// use netback::contract::{Indices, PriceFormula};
    /// use netback::units::UsdPerTcm;
    /// let formula = PriceFormula::fixed(UsdPerTcm(350.0));
    /// assert_eq!(formula.price("2012-01".parse()?, &Indices::default())?, UsdPerTcm(350.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn price(&self, delivery: Month, indices: &Indices) -> Result<UsdPerTcm, PriceError> {
        self.check_indices(indices)?;
        self.price_on(delivery, &|index, month| indices.value(index, month))
    }

    /// Price of gas delivered in a month, on any source of index values, such as a simulated path.
    ///
    /// Errors: a value is missing; units are not checked, a formula means those of [`PriceFormula::indices`].
    pub fn price_on(&self, delivery: Month, lookup: Lookup) -> Result<UsdPerTcm, PriceError> {
        let shift = self.review_shift(delivery, None, lookup)?;
        self.usd_per_tcm(self.reviewed(delivery, shift, None, lookup)?, delivery, lookup)
    }

    /// Average price of a month in which only a share of the contract quantity is taken.
    ///
    /// It differs from [`PriceFormula::price_on`] under a split by volume only.
    pub fn price_at_take(
        &self,
        delivery: Month,
        taken: Fraction,
        lookup: Lookup,
    ) -> Result<UsdPerTcm, PriceError> {
        let shift = self.review_shift(delivery, None, lookup)?;
        self.usd_per_tcm(self.reviewed(delivery, shift, Some(taken), lookup)?, delivery, lookup)
    }

    /// Price of a month as far as known when the last published month of every index is `known`.
    ///
    /// Later months count with the value of that month, later reviews not at all: the price of a provisional invoice.
    pub fn provisional_price(
        &self,
        delivery: Month,
        known: Month,
        lookup: Lookup,
    ) -> Result<UsdPerTcm, PriceError> {
        let so_far = |index: &str, month: Month| lookup(index, month.min(known));
        let shift = self.review_shift(delivery, Some(known), &so_far)?;
        self.usd_per_tcm(self.reviewed(delivery, shift, None, &so_far)?, delivery, &so_far)
    }

    /// Months of indices that the price of a delivery depends on, reviews and bases apart.
    pub fn fixings(&self, delivery: Month) -> Vec<(&str, Month)> {
        let of = |term: &'_ IndexTerm| term.averaging.window(delivery);
        let mut fixings = Vec::new();
        for term in self.terms() {
            fixings.extend(of(term).months().map(|month| (term.index.as_str(), month)));
        }
        fixings
    }

    /// Refuses series that are missing or in another unit.
    pub fn check_indices(&self, indices: &Indices) -> Result<(), PriceError> {
        let rates = self.exchange_rates();
        let units: Vec<String> = rates.iter().map(|rate| rate.unit()).collect();
        let rates = rates.iter().zip(&units).map(|(rate, unit)| (rate.index.as_str(), unit.as_str()));
        for (index, meant) in self.indices().into_iter().chain(rates) {
            let Some(series) = indices.0.get(index) else {
                let known: Vec<&str> = indices.0.keys().map(String::as_str).collect();
                let known = if known.is_empty() { "none".into() } else { known.join(", ") };
                return Err(PriceError::UnknownIndex { index: index.into(), known });
            };
            if series.unit != meant {
                let (given, meant) = (series.unit.clone(), meant.to_string());
                return Err(PriceError::OtherUnit { index: index.into(), given, meant });
            }
        }
        Ok(())
    }

    pub(super) fn terms(&self) -> Vec<&IndexTerm> {
        match &self.family {
            Family::Fixed { .. } | Family::Steps(_) => Vec::new(),
            Family::Additive { terms, .. } => terms.iter().map(|term| &term.term).collect(),
            Family::Multiplicative { terms, .. } => terms.iter().map(|term| &term.term).collect(),
            Family::Slope { term, .. }
            | Family::SCurve { term, .. }
            | Family::Hub { term, .. }
            | Family::Escalated { term, .. } => vec![term],
            Family::Hybrid { oil, hub, .. } => oil.terms().into_iter().chain(hub.terms()).collect(),
        }
    }

    /// Price in the unit of the formula after reviews: floor, cap and rounding come last.
    pub(super) fn reviewed(
        &self,
        delivery: Month,
        shift: f64,
        taken: Option<Fraction>,
        lookup: Lookup,
    ) -> Result<f64, PriceError> {
        let price = self.formula_price(delivery, shift, taken, lookup)?;
        let price = self.floor.map_or(price, |floor| price.max(floor));
        let price = self.cap.map_or(price, |cap| price.min(cap));
        Ok(self.rounding.map_or(price, |rounding| rounding.round(price)))
    }

    fn usd_per_tcm(&self, price: f64, delivery: Month, lookup: Lookup) -> Result<UsdPerTcm, PriceError> {
        let per_tcm = price * self.unit.per_tcm;
        match &self.exchange {
            Some(exchange) if self.unit.currency != "USD" => {
                let rate = exchange_rate(&exchange.index, delivery, delivery, lookup)?;
                Ok(UsdPerTcm(per_tcm * exchange.usd(rate)))
            }
            _ => Ok(UsdPerTcm(per_tcm)),
        }
    }

    /// A price in USD per thousand cubic metres, in the unit of the formula.
    fn in_own_unit(&self, price: UsdPerTcm, delivery: Month, lookup: Lookup) -> Result<f64, PriceError> {
        let one = self.usd_per_tcm(1.0, delivery, lookup)?;
        Ok(price.0 / one.0)
    }

    /// Price in the unit of the formula, its P0 or constant moved by the reviews so far.
    fn formula_price(
        &self,
        delivery: Month,
        shift: f64,
        taken: Option<Fraction>,
        lookup: Lookup,
    ) -> Result<f64, PriceError> {
        Ok(match &self.family {
            Family::Fixed { price } => price + shift,
            Family::Steps(steps) => {
                let step = steps.iter().rev().find(|step| step.from <= delivery);
                let first = steps.first().map_or(delivery, |step| step.from);
                step.ok_or(PriceError::BeforeFirstStep { delivery, first })?.price + shift
            }
            Family::Additive { base_price, terms } => {
                let mut price = base_price + shift;
                for AdditiveTerm { term, weight, pass_through, conversion, base } in terms {
                    let moved = term.of_delivery(delivery, lookup)? - base.value(term, delivery, lookup)?;
                    price += weight * pass_through * conversion * moved;
                }
                price
            }
            Family::Multiplicative { base_price, discount_factor, terms } => {
                let mut relative = 0.0;
                for ShareTerm { term, weight, base } in terms {
                    let divisor = base.divisor(term, delivery, lookup)?;
                    relative += weight * term.of_delivery(delivery, lookup)? / divisor;
                }
                discount_factor * (base_price + shift) * relative
            }
            Family::Slope { slope, constant, freight, oil_floor, oil_cap, term } => {
                let oil = term.of_delivery(delivery, lookup)?;
                let oil = oil_floor.map_or(oil, |floor| oil.max(floor));
                let oil = oil_cap.map_or(oil, |cap| oil.min(cap));
                slope * oil + constant + freight + shift
            }
            Family::SCurve { segments, term } => {
                s_curve(segments, term.of_delivery(delivery, lookup)?) + shift
            }
            Family::Hub { factor, constant, term, .. } => {
                factor * term.of_delivery(delivery, lookup)? + constant + shift
            }
            Family::Hybrid { split, hub_share, oil, hub } => {
                let share = share_of_hub(*split, *hub_share, taken.unwrap_or(Fraction(1.0)));
                let oil = oil.price_on(delivery, lookup)?;
                let hub = hub.price_on(delivery, lookup)?;
                let price = UsdPerTcm((1.0 - share) * oil.0 + share * hub.0);
                self.in_own_unit(price, delivery, lookup)? + shift
            }
            Family::Escalated { base_price, exponent, term, base } => {
                let divisor = base.divisor(term, delivery, lookup)?;
                let ratio = term.of_delivery(delivery, lookup)? / divisor;
                if ratio <= 0.0 {
                    let what = format!("index \"{}\"", term.index);
                    return Err(PriceError::NotPositive { what, month: delivery });
                }
                (base_price + shift) * ratio.powf(*exponent)
            }
        })
    }
}

/// Price of an S-curve at a value of its index.
pub fn s_curve(segments: &[Segment], index: f64) -> f64 {
    let on = |segment: &Segment| segment.constant + segment.slope * index;
    let holds = |segment: &&Segment| segment.up_to.is_none_or(|up_to| index <= up_to);
    segments.iter().find(holds).or(segments.last()).map_or(f64::NAN, on)
}

/// Share of the hub in what is taken.
fn share_of_hub(split: Split, hub_share: Fraction, taken: Fraction) -> f64 {
    let (h, u) = (hub_share.0, taken.0);
    match split {
        // Nothing taken: the share at the margin, which is that of the part taken first.
        Split::Volume { first } if u <= 0.0 => f64::from(first == Tranche::Hub),
        Split::Volume { first: Tranche::Hub } => (h / u).min(1.0),
        Split::Volume { first: Tranche::Oil } => ((u - (1.0 - h)).max(0.0) / u).min(1.0),
        Split::Price => h,
    }
}
