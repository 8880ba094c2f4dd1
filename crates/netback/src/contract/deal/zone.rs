//! The zone of agreement: between the least the seller can take and the most the buyer can pay.

use super::levers::Terms;
use super::read::Deal;
use super::world::Reservation;
use super::{DealAnswer, Point, ZoneCurve};
use crate::units::{Fraction, MillionUsd, UsdPerTcm};

/// Whose payoff sets the reservation prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Companies alone: the export duty is a cost.
    Company,
    /// Companies with consumers and state: the duty is a transfer.
    CompanyAndState,
    /// What negotiators work out by hand: netback parity and replacement parity.
    ByHand,
}

impl Whose {
    /// In the order of tables.
    pub const ALL: [Whose; 3] = [Whose::Company, Whose::CompanyAndState, Whose::ByHand];

    /// As printed.
    pub fn words(self) -> &'static str {
        match self {
            Whose::Company => "companies",
            Whose::CompanyAndState => "companies and states",
            Whose::ByHand => "by hand",
        }
    }

    /// The zone of a point.
    pub fn of(self, point: &Point) -> Zone {
        match self {
            Whose::ByHand => {
                Zone { seller: point.netback.border_price, buyer: point.replacement.border_price }
            }
            _ => self.of_market(&point.reservation),
        }
    }

    /// The zone of reservation prices; by hand is none of them and counts as companies.
    pub(crate) fn of_market(self, reservation: &Reservation) -> Zone {
        match self {
            Whose::CompanyAndState => Zone {
                seller: reservation.seller_company_and_state,
                buyer: reservation.buyer_company_and_state,
            },
            _ => Zone { seller: reservation.seller_company, buyer: reservation.buyer_company },
        }
    }
}

/// Reservation prices of both sides at the border.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zone {
    /// Least the seller can take.
    pub seller: UsdPerTcm,
    /// Most the buyer can pay.
    pub buyer: UsdPerTcm,
}

impl Zone {
    /// Width of the zone; below zero it is a gap.
    pub fn width(&self) -> UsdPerTcm {
        self.buyer - self.seller
    }

    /// Whether there is a price between the two.
    pub fn is_open(&self) -> bool {
        self.width().0 >= 0.0
    }

    /// As printed: `a gap of 78 USD/tcm`.
    pub fn in_words(&self) -> String {
        match self.is_open() {
            true => format!("a zone of {:.0} USD/tcm", self.width().0),
            false => format!("a gap of {:.0} USD/tcm", -self.width().0),
        }
    }

    /// Price of the Nash bargain, r_s + α (r_b − r_s), α being the seller's weight; none when there is a gap.
    ///
    /// Source: Nash 1950, with weights; cases/published/zone-nash.
    ///
    /// ```
    /// use netback::contract::Zone;
    /// use netback::units::{Fraction, UsdPerTcm};
    /// let zone = Zone { seller: UsdPerTcm(250.0), buyer: UsdPerTcm(350.0) };
    /// assert_eq!(zone.nash(Fraction(0.5)), Some(UsdPerTcm(300.0)));
    /// let gap = Zone { seller: UsdPerTcm(340.0), buyer: UsdPerTcm(270.0) };
    /// assert_eq!(gap.nash(Fraction(0.5)), None);
    /// ```
    pub fn nash(&self, seller_weight: Fraction) -> Option<UsdPerTcm> {
        self.is_open().then(|| self.seller + self.width() * seller_weight.0)
    }
}

impl Reservation {
    /// The same market on other terms: another duty, the buyer paying part of the tariff of the delivery pipeline.
    ///
    /// The city gate is a benchmark by hand and moves nothing here. Equations (8) to (10) of docs/contract.md.
    pub(crate) fn on_terms(&self, deal: &Deal, terms: &Terms, tariff: UsdPerTcm) -> Reservation {
        if (terms.export_duty, terms.tariff_share_of_buyer) == (deal.export_duty, Fraction(0.0)) {
            return *self;
        }
        let (usual, duty) = (deal.export_duty.0, terms.export_duty.0);
        let paid = tariff * terms.tariff_share_of_buyer.0;
        Reservation {
            seller_company: UsdPerTcm((self.seller_company.0 * (1.0 - usual) - paid.0) / (1.0 - duty)),
            seller_company_and_state: self.seller_company_and_state - paid,
            buyer_company: self.buyer_company - paid,
            buyer_company_and_state: self.buyer_company_and_state - paid,
            marginal_cost: self.marginal_cost - paid,
            marginal_value: self.marginal_value - paid,
        }
    }
}

/// Level of the index at which the zone opens or closes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BreakEven {
    /// Open at every level that was solved.
    AlwaysOpen,
    /// A gap at every level that was solved.
    NeverOpen,
    /// The zone is open below this level and closed above.
    OpenBelow(f64),
    /// The zone is open above this level and closed below.
    OpenAbove(f64),
}

/// A year of the life of a contract.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DealYear {
    /// Calendar year.
    pub year: i32,
    /// Share of the annual quantity that is delivered.
    pub share: Fraction,
    /// Factor to the first year.
    pub discount: f64,
    /// Reservation prices.
    pub zone: Zone,
}

/// The life of a contract under one valuation and payoff.
#[derive(Debug, Clone, PartialEq)]
pub struct Horizon {
    /// Year by year.
    pub years: Vec<DealYear>,
    /// One price for the life: the least the seller can take, the most the buyer can pay.
    pub levelised: Zone,
    /// Net present value of the zone over the life; below zero it is a gap.
    pub zone_value: MillionUsd,
    /// Net present value of one USD/tcm over the life.
    pub value_of_one: MillionUsd,
}

impl DealAnswer {
    /// The zone at a level between those that were solved, by straight lines; the ends are held beyond them.
    pub fn zone_at(&self, stage: usize, valuation: usize, whose: Whose, level: f64) -> Zone {
        let zones: Vec<(f64, Zone)> =
            self.levels.iter().map(|&level| (level, whose.of(self.point(stage, valuation, level)))).collect();
        let after = zones.iter().position(|(at, _)| *at >= level).unwrap_or(zones.len() - 1).max(1);
        let ((low, a), (high, b)) = (zones[after - 1], zones[after]);
        let share = ((level - low) / (high - low)).clamp(0.0, 1.0);
        Zone {
            seller: a.seller + (b.seller - a.seller) * share,
            buyer: a.buyer + (b.buyer - a.buyer) * share,
        }
    }

    /// Where the zone opens without levers, by straight lines between the levels that were solved.
    ///
    /// With several crossings the first one from below is given.
    pub fn break_even(&self, stage: usize, valuation: usize, whose: Whose) -> BreakEven {
        self.curve(stage, valuation, whose, &[]).map_or(BreakEven::NeverOpen, ZoneCurve::break_even)
    }

    /// The zone of a calendar year: that of its stage, straight lines between stages.
    pub fn zone_of_year(&self, year: i32, valuation: usize, whose: Whose, level: f64) -> Zone {
        let stages = &self.deal.stages;
        let at = |stage| self.zone_at(stage, valuation, whose, level);
        let next = stages.iter().position(|stage| stage.year >= year);
        match next {
            None => at(stages.len() - 1),
            Some(0) => at(0),
            Some(next) => {
                let (low, high) = (stages[next - 1].year, stages[next].year);
                let share = f64::from(year - low) / f64::from(high - low);
                let (a, b) = (at(next - 1), at(next));
                Zone {
                    seller: a.seller + (b.seller - a.seller) * share,
                    buyer: a.buyer + (b.buyer - a.buyer) * share,
                }
            }
        }
    }

    /// The life of the contract at a steady level of the index, with deliveries that begin `delay` years late.
    ///
    /// Money is discounted to the first year of the undelayed contract.
    pub fn horizon(&self, valuation: usize, whose: Whose, level: f64, delay: usize) -> Horizon {
        let deal = &self.deal;
        let years: Vec<DealYear> = (0..deal.years)
            .map(|at| {
                let year = deal.first_year + (at + delay) as i32;
                let share = deal.ramp_up.get(at).copied().unwrap_or(Fraction(1.0));
                let discount = (1.0 + deal.discount_rate).powi(-((at + delay) as i32));
                DealYear { year, share, discount, zone: self.zone_of_year(year, valuation, whose, level) }
            })
            .collect();
        let weight = |year: &DealYear| year.share.0 * year.discount;
        let total: f64 = years.iter().map(weight).sum();
        let mean = |of: &dyn Fn(&Zone) -> f64| {
            UsdPerTcm(years.iter().map(|year| weight(year) * of(&year.zone)).sum::<f64>() / total)
        };
        let levelised = Zone { seller: mean(&|zone| zone.seller.0), buyer: mean(&|zone| zone.buyer.0) };
        Horizon {
            levelised,
            zone_value: MillionUsd(levelised.width().0 * total * deal.volume.0),
            value_of_one: MillionUsd(total * deal.volume.0),
            years,
        }
    }
}

impl ZoneCurve {
    /// Where the zone opens, by straight lines; with several crossings the first one from below.
    pub fn break_even(&self) -> BreakEven {
        crossing(&self.zones.iter().map(|(level, zone)| (*level, zone.width().0)).collect::<Vec<_>>())
    }
}

/// First level from below at which a width changes its sign.
fn crossing(widths: &[(f64, f64)]) -> BreakEven {
    for pair in widths.windows(2) {
        let ((low, a), (high, b)) = (pair[0], pair[1]);
        if (a >= 0.0) != (b >= 0.0) {
            let level = low + (high - low) * a / (a - b);
            return if a >= 0.0 { BreakEven::OpenBelow(level) } else { BreakEven::OpenAbove(level) };
        }
    }
    if widths[0].1 >= 0.0 { BreakEven::AlwaysOpen } else { BreakEven::NeverOpen }
}
