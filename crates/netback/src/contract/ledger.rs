//! The exact ledger: what the parties owe under given nominations and prices. No optimisation, no rounding of sums.
//!
//! Source: Commonwealth Secretariat, model gas sales agreement (2025). Checked against cases/published/take-or-pay-*.

use super::cash::{CashFlow, FlowKind, Flows, LoanYear, repay};
use super::exact::{LARGEST_PRICE, LARGEST_VOLUME, Money, Price, Rate, Share, Volume};
use super::schedule::{Schedule, ScheduleError};
use super::volume_terms::{
    CarryForwardBase, CarryForwardCap, Compensation, DutyBase, EndOfTerm, MakeUpOrder, MakeUpPrice, Step,
    TakeOrPayPrice, VolumeTerms,
};
use crate::calendar::Month;
use crate::units::{Bcm, UsdPerTcm};

/// What the buyer nominates and the seller can deliver.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// One volume for each period of nomination.
    pub nominated: Vec<Bcm>,
    /// What the seller can deliver; empty when it never falls short, otherwise as long as the nominations.
    pub made_available: Vec<Option<Bcm>>,
}

/// Contract prices of every month of [`Schedule::priced_months`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MonthlyPrices {
    /// On the invoice.
    pub invoiced: Vec<UsdPerTcm>,
    /// What is known later.
    pub corrections: Vec<Correction>,
    /// US dollars that one unit of each other currency costs, month by month.
    pub usd_per_unit: Vec<(String, Vec<f64>)>,
}

/// A change of a month's price after its invoice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correction {
    /// Position of the month of delivery.
    pub month: usize,
    /// Month in which the change is known.
    pub known: Month,
    /// Final less invoiced price.
    pub change: UsdPerTcm,
    /// Why.
    pub reason: CorrectionReason,
}

/// Why a price changed after its invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrectionReason {
    /// An index became final.
    Index,
    /// A price review with effect on the past.
    Review,
}

impl MonthlyPrices {
    /// Prices that are final when the invoice is written, in US dollars.
    pub fn of(invoiced: Vec<UsdPerTcm>) -> MonthlyPrices {
        MonthlyPrices { invoiced, ..MonthlyPrices::default() }
    }
}

/// What the parties owe, from the first month to the last payment.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// One statement for each contract year.
    pub years: Vec<YearStatement>,
    /// One statement for each month of delivery.
    pub months: Vec<MonthStatement>,
    /// Paid gas by contract year of payment.
    pub vintages: Vec<Vintage>,
    /// Every payment, by date.
    pub cash_flows: Vec<CashFlow>,
    /// Currencies that cash flows point to.
    pub currencies: Vec<String>,
    /// The loan, by contract year; empty without one.
    pub loan: Vec<LoanYear>,
}

/// What happened to gas in one month.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct MonthStatement {
    pub month: Month,
    /// Position of the contract year.
    pub year: usize,
    pub nominated: Volume,
    /// Nominated up to the largest volume.
    pub properly_nominated: Volume,
    /// What the seller failed to deliver, beyond the tolerance.
    pub seller_shortfall: Volume,
    pub taken: Volume,
    /// Part of what was taken.
    pub make_up_taken: Volume,
    /// After all corrections.
    pub price: Price,
}

/// The annual statement.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs)]
pub struct YearStatement {
    /// Calendar year in which the contract year begins.
    pub year: i32,
    pub acq: Volume,
    pub maintenance: Volume,
    pub force_majeure: Volume,
    pub seller_shortfall: Volume,
    pub adjusted_acq: Volume,
    pub take_or_pay: Volume,
    pub nominated: Volume,
    pub taken: Volume,
    pub make_up_taken: Volume,
    /// Taken less make-up.
    pub counted: Volume,
    pub deficiency: Volume,
    pub carry_forward_earned: Volume,
    pub carry_forward_applied: Volume,
    pub carry_forward_expired: Volume,
    /// At the end of the year.
    pub carry_forward_outstanding: Volume,
    pub deficiency_paid: Volume,
    pub make_up_expired: Volume,
    /// At the end of the year; in the last after settlement.
    pub make_up_outstanding: Volume,
    /// Paid gas left at the end of the last year.
    pub end_of_term: Volume,
    /// Of it, delivered afterwards.
    pub delivered_after_term: Volume,
    pub take_or_pay_price: Price,
    /// Value of all counted gas at final prices.
    pub sales: Money,
    pub make_up_payment: Money,
    pub deficiency_payment: Money,
    pub shortfall_payment: Money,
    pub refund: Money,
    /// Sales, make-up and deficiency less shortfall and refund.
    pub net_to_seller: Money,
    pub export_duty: Money,
}

/// Gas paid in one contract year and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Vintage {
    /// Position of the contract year of payment.
    pub year: usize,
    pub paid: Volume,
    pub price: Price,
    pub taken: Volume,
    pub expired: Volume,
    /// Forfeited, refunded or delivered when the contract ended.
    pub settled: Volume,
}

impl Vintage {
    /// What can still be taken.
    pub fn outstanding(&self) -> Volume {
        self.paid - self.taken - self.expired - self.settled
    }
}

/// Why there is no account.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LedgerError {
    /// The terms cannot be laid out.
    #[error(transparent)]
    Terms(#[from] ScheduleError),
    /// A list is not as long as the contract.
    #[error("{what}: {given} values, the contract needs {wanted}")]
    Length {
        /// Which list.
        what: &'static str,
        /// How long it is.
        given: usize,
        /// How long it has to be.
        wanted: usize,
    },
    /// A number is negative where it may not be, not finite, or beyond what can be counted exactly.
    #[error("{what} of period {position} is {value:e}")]
    Number {
        /// Which list.
        what: &'static str,
        /// Position from 0.
        position: usize,
        /// The number.
        value: f64,
    },
    /// A currency without rates.
    #[error("there is no rate for {0}")]
    NoRate(String),
    /// The loan is drawn after the last payment for gas.
    #[error("the loan is drawn on {0}, after the last payment for gas")]
    LateDrawing(jiff::civil::Date),
}

/// What the parties owe under terms, a plan and prices.
///
/// Errors: lists of the wrong length, numbers that are no volumes or prices.
///
/// ```
/// use netback::contract::{Contract, MonthlyPrices, Plan, ledger};
/// # let file = "../../contracts/gazprom-naftogaz-2009.toml";
/// let text = std::fs::read_to_string(file)?;
/// let contract = Contract::read(file, &text)?;
/// let prices = MonthlyPrices::of(vec![netback::units::UsdPerTcm(300.0); contract.schedule.priced_months().len()]);
/// let account = ledger(&contract.schedule.terms, &contract.plan, &prices)?;
/// assert_eq!(account.years.len(), 11);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ledger(terms: &VolumeTerms, plan: &Plan, prices: &MonthlyPrices) -> Result<Account, LedgerError> {
    Schedule::of(terms)?.account(plan, prices)
}

impl Schedule {
    /// As [`ledger`], for terms that are laid out: cheap enough for thousands of plans.
    ///
    /// Errors: as there.
    pub fn account(&self, plan: &Plan, prices: &MonthlyPrices) -> Result<Account, LedgerError> {
        let deliveries = self.deliveries(plan)?;
        let prices = ExactPrices::of(self, prices)?;
        let mut run = Run {
            schedule: self,
            prices: &prices,
            flows: Flows::of(self, &prices),
            months: deliveries,
            vintages: Vec::new(),
            first_live: 0,
            credits: Vec::new(),
        };
        let mut years: Vec<YearStatement> = Vec::with_capacity(self.years.len());
        for year in 0..self.years.len() {
            let statement = run.year(year);
            years.push(statement);
        }
        if let Some(last) = years.last_mut() {
            run.end_of_term(last);
        }
        for statement in &mut years {
            statement.net_to_seller =
                statement.sales + statement.make_up_payment + statement.deficiency_payment
                    - statement.shortfall_payment
                    - statement.refund;
        }
        run.corrections();
        let Run { mut flows, months, vintages, .. } = run;
        let loan = match &self.terms.loan {
            Some(loan) => repay(loan, self, &months, &prices, &mut flows)?,
            None => Vec::new(),
        };
        let (cash_flows, currencies) = flows.finish();
        Ok(Account { years, months, vintages, cash_flows, currencies, loan })
    }

    /// Gas by month: nominated, properly nominated, delivered, failed.
    fn deliveries(&self, plan: &Plan) -> Result<Vec<MonthStatement>, LedgerError> {
        let steps = self.steps();
        let length = |what, given| match given == steps {
            true => Ok(()),
            false => Err(LedgerError::Length { what, given, wanted: steps }),
        };
        length("nominations", plan.nominated.len())?;
        if !plan.made_available.is_empty() {
            length("volumes made available", plan.made_available.len())?;
        }
        let volume = |what, position: usize, value: Bcm| match value.0 {
            number if (0.0..=LARGEST_VOLUME.0 / steps as f64).contains(&number) => Ok(Volume::from(value)),
            number => Err(LedgerError::Number { what, position, value: number }),
        };
        let mut months: Vec<MonthStatement> = Vec::with_capacity(self.months.len());
        for (index, year) in self.years.iter().enumerate() {
            months.extend(year.months.clone().map(|month| MonthStatement {
                month: self.months[month],
                year: index,
                nominated: Volume::ZERO,
                properly_nominated: Volume::ZERO,
                seller_shortfall: Volume::ZERO,
                taken: Volume::ZERO,
                make_up_taken: Volume::ZERO,
                price: Price::ZERO,
            }));
        }
        let tolerance = Share::from(self.terms.seller_shortfall.tolerance);
        let mut add = |position: usize, nominated: Volume, available: Option<Volume>| {
            let period = &self.periods[position];
            let proper = nominated.min(period.limit);
            let available = available.unwrap_or(proper);
            let month = &mut months[period.month];
            month.nominated += nominated;
            month.properly_nominated += proper;
            month.taken += proper.min(available);
            month.seller_shortfall += (proper - proper * tolerance - available).above_zero();
        };
        let available = |position: usize| plan.made_available.get(position).copied().flatten();
        match self.terms.step {
            Step::Day | Step::Month => {
                for (position, nominated) in plan.nominated.iter().enumerate() {
                    let nominated = volume("nomination", position, *nominated)?;
                    let available =
                        available(position).map(|value| volume("made available", position, value));
                    add(position, nominated, available.transpose()?);
                }
            }
            Step::Year => {
                for (position, year) in self.years.iter().enumerate() {
                    let nominated = volume("nomination", position, plan.nominated[position])?;
                    let available =
                        available(position).map(|value| volume("made available", position, value));
                    let available = available.transpose()?;
                    let mut before = Volume::ZERO;
                    for period in year.periods.clone() {
                        let after = before + self.periods[period].dcq;
                        let part = |whole: Volume| {
                            whole.in_proportion(after, year.acq) - whole.in_proportion(before, year.acq)
                        };
                        add(period, part(nominated), available.map(part));
                        before = after;
                    }
                }
            }
        }
        Ok(months)
    }
}

/// Prices and rates as whole numbers, checked.
pub(super) struct ExactPrices {
    pub invoiced: Vec<Price>,
    pub last: Vec<Price>,
    pub corrections: Vec<(usize, Month, Price, CorrectionReason)>,
    /// By currency of the contract, then month; empty for the dollar.
    pub rates: Vec<(String, Vec<Rate>)>,
}

impl ExactPrices {
    fn of(schedule: &Schedule, prices: &MonthlyPrices) -> Result<ExactPrices, LedgerError> {
        let wanted = schedule.priced_months().len();
        let given = prices.invoiced.len();
        if given != wanted {
            return Err(LedgerError::Length { what: "prices", given, wanted });
        }
        let exact = |what, position: usize, price: UsdPerTcm| match price.0 {
            number if number.abs() <= LARGEST_PRICE.0 => Ok(Price::from(price)),
            value => Err(LedgerError::Number { what, position, value }),
        };
        let invoiced: Vec<Price> = (prices.invoiced.iter().enumerate())
            .map(|(position, price)| exact("price", position, *price))
            .collect::<Result<_, _>>()?;
        let mut last = invoiced.clone();
        let mut corrections = Vec::with_capacity(prices.corrections.len());
        for correction in &prices.corrections {
            let change = exact("correction", correction.month, correction.change)?;
            let Some(price) = last.get_mut(correction.month) else {
                return Err(LedgerError::Length {
                    what: "months of corrections",
                    given: correction.month + 1,
                    wanted,
                });
            };
            *price += change;
            corrections.push((correction.month, correction.known, change, correction.reason));
        }
        let mut rates: Vec<(String, Vec<Rate>)> = Vec::new();
        let of_loan = schedule.terms.loan.iter().map(|loan| &loan.currency);
        for currency in schedule.terms.payment.currencies.iter().map(|(currency, _)| currency).chain(of_loan)
        {
            if rates.iter().any(|(known, _)| known == currency) {
                continue;
            }
            if currency == "USD" {
                rates.push((currency.clone(), Vec::new()));
                continue;
            }
            let Some((_, given)) = prices.usd_per_unit.iter().find(|(known, _)| known == currency) else {
                return Err(LedgerError::NoRate(currency.clone()));
            };
            if given.len() != wanted {
                return Err(LedgerError::Length { what: "rates", given: given.len(), wanted });
            }
            let rate = |(position, value): (usize, &f64)| {
                Rate::of(*value).ok_or(LedgerError::Number { what: "rate", position, value: *value })
            };
            rates.push((currency.clone(), given.iter().enumerate().map(rate).collect::<Result<_, _>>()?));
        }
        Ok(ExactPrices { invoiced, last, corrections, rates })
    }
}

/// Carry-forward of one contract year.
struct Credit {
    year: usize,
    left: Volume,
}

/// The ledger on its way through the years.
struct Run<'a> {
    schedule: &'a Schedule,
    prices: &'a ExactPrices,
    flows: Flows<'a>,
    months: Vec<MonthStatement>,
    vintages: Vec<Vintage>,
    /// Position of the oldest vintage that may have something left.
    first_live: usize,
    credits: Vec<Credit>,
}

impl Run<'_> {
    fn year(&mut self, index: usize) -> YearStatement {
        let terms = &self.schedule.terms;
        let of = &self.schedule.years[index];
        let months = of.months.clone();
        let mut year = YearStatement {
            year: of.year,
            acq: of.acq,
            maintenance: of.maintenance,
            force_majeure: of.force_majeure,
            seller_shortfall: self.months[months.clone()].iter().map(|month| month.seller_shortfall).sum(),
            nominated: self.months[months.clone()].iter().map(|month| month.nominated).sum(),
            taken: self.months[months.clone()].iter().map(|month| month.taken).sum(),
            ..YearStatement::default()
        };
        year.adjusted_acq =
            (year.acq - year.maintenance - year.force_majeure - year.seller_shortfall).above_zero();
        year.take_or_pay = year.adjusted_acq * Share::from(terms.take_or_pay.share);

        // make-up: a slice of the year's takings, oldest payments first
        let bank: Volume = self.vintages[self.first_live..].iter().map(Vintage::outstanding).sum();
        let from = match terms.make_up.order {
            MakeUpOrder::First => Volume::ZERO,
            MakeUpOrder::AfterTakeOrPay => year.take_or_pay,
            MakeUpOrder::AfterAcq => year.adjusted_acq,
        };
        year.make_up_taken = bank.min((year.taken - from).above_zero());
        year.counted = year.taken - year.make_up_taken;
        self.deliver(index, from, from + year.make_up_taken, &mut year);

        // deficiency, less the credit of earlier years
        year.deficiency = (year.take_or_pay - year.counted).above_zero();
        year.carry_forward_applied = self.apply_credit(&year);
        year.deficiency_paid = year.deficiency - year.carry_forward_applied;
        year.take_or_pay_price = self.take_or_pay_price(months);
        year.deficiency_payment = year.deficiency_paid * year.take_or_pay_price;
        let (paid, price) = (year.deficiency_paid, year.take_or_pay_price);
        if paid > Volume::ZERO {
            self.flows.at_reconciliation(FlowKind::Deficiency, index, paid, price, year.deficiency_payment);
            self.vintages.push(Vintage { year: index, paid, price, ..Vintage::default() });
        }
        if terms.export_duty.base == DutyBase::Invoiced {
            year.export_duty += self.flows.duty_at_reconciliation(index, paid, year.deficiency_payment);
        }

        // what is too old falls away
        let life = terms.make_up.life_years as usize;
        for vintage in &mut self.vintages[self.first_live..] {
            if vintage.year + life <= index {
                vintage.expired = vintage.outstanding();
                year.make_up_expired += vintage.expired;
            }
        }
        while self.vintages.get(self.first_live).is_some_and(|oldest| oldest.outstanding() == Volume::ZERO) {
            self.first_live += 1;
        }
        year.make_up_outstanding = self.vintages[self.first_live..].iter().map(Vintage::outstanding).sum();
        self.earn_credit(index, &mut year);
        year
    }

    /// Invoices of a year's months; the slice of its takings between two volumes is make-up gas.
    fn deliver(&mut self, index: usize, from: Volume, to: Volume, year: &mut YearStatement) {
        let terms = &self.schedule.terms;
        let mut before = Volume::ZERO;
        for month in self.schedule.years[index].months.clone() {
            let taken = self.months[month].taken;
            let after = before + taken;
            let make_up = (after.min(to) - before.max(from)).above_zero();
            before = after;
            let (invoiced, price) = (self.prices.invoiced[month], self.prices.last[month]);
            self.months[month].make_up_taken = make_up;
            self.months[month].price = price;
            let counted = taken - make_up;
            if counted > Volume::ZERO {
                self.flows.for_month(FlowKind::Gas, index, month, counted, invoiced, counted * invoiced);
            }
            let sale = counted * price;
            let paid_again = self.take_make_up(index, month, make_up, Taken::InTerm);
            year.sales += sale;
            year.make_up_payment += paid_again;
            year.export_duty += match terms.export_duty.base {
                DutyBase::None => Money::ZERO,
                DutyBase::Delivered => self.flows.duty_for_month(index, month, taken, taken * price),
                DutyBase::Invoiced => self.flows.duty_for_month(index, month, taken, sale + paid_again),
            };
            let short = self.months[month].seller_shortfall;
            if short > Volume::ZERO {
                let price = match terms.seller_shortfall.compensation {
                    Compensation::None => continue,
                    Compensation::Fixed(price) => Price::from(price),
                    Compensation::ShareOfPrice(share) => price * Share::from(share),
                };
                let owed = short * price;
                self.flows.for_month(FlowKind::SellerShortfall, index, month, short, price, -owed);
                year.shortfall_payment += owed;
            }
        }
    }

    /// Takes paid gas, oldest first, and returns what is still paid for it.
    fn take_make_up(&mut self, index: usize, month: usize, mut volume: Volume, when: Taken) -> Money {
        let current = self.prices.last[month];
        let mut total = Money::ZERO;
        while volume > Volume::ZERO {
            let Some(vintage) = self.vintages.get_mut(self.first_live) else { break };
            let part = volume.min(vintage.outstanding());
            match when {
                Taken::InTerm => vintage.taken += part,
                Taken::AfterTerm => vintage.settled += part,
            }
            if vintage.outstanding() == Volume::ZERO {
                self.first_live += 1;
            }
            if part == Volume::ZERO {
                continue;
            }
            let price = match self.schedule.terms.make_up.price {
                MakeUpPrice::Zero => Price::ZERO,
                MakeUpPrice::VariableCost(cost) => Price::from(cost),
                MakeUpPrice::Difference => (current - vintage.price).above_zero(),
            };
            self.flows.for_month(FlowKind::MakeUp, index, month, part, price, part * price);
            total += part * price;
            volume -= part;
        }
        total
    }

    fn apply_credit(&mut self, year: &YearStatement) -> Volume {
        let Some(terms) = self.schedule.terms.carry_forward else { return Volume::ZERO };
        let cap = match terms.cap {
            CarryForwardCap::OfDeficiency(share) => year.deficiency * Share::from(share),
            CarryForwardCap::OfAcq(share) => year.acq * Share::from(share),
        };
        let wanted = year.deficiency.min(cap);
        let mut applied = Volume::ZERO;
        for credit in &mut self.credits {
            let part = credit.left.min(wanted - applied);
            credit.left -= part;
            applied += part;
        }
        applied
    }

    fn earn_credit(&mut self, index: usize, year: &mut YearStatement) {
        let Some(terms) = self.schedule.terms.carry_forward else { return };
        let above = match terms.above {
            CarryForwardBase::AdjustedAcq => year.adjusted_acq,
            CarryForwardBase::TakeOrPay => year.take_or_pay,
        };
        year.carry_forward_earned = (year.counted - above).above_zero();
        self.credits.push(Credit { year: index, left: year.carry_forward_earned });
        let life = terms.life_years as usize;
        let too_old = |credit: &Credit| credit.year + life <= index;
        year.carry_forward_expired = self.credits.iter().filter(|one| too_old(one)).map(|one| one.left).sum();
        self.credits.retain(|credit| !too_old(credit) && credit.left > Volume::ZERO);
        year.carry_forward_outstanding = self.credits.iter().map(|credit| credit.left).sum();
    }

    fn take_or_pay_price(&self, months: std::ops::Range<usize>) -> Price {
        let terms = &self.schedule.terms.take_or_pay;
        let prices = &self.prices.last[months];
        let price = match terms.price {
            TakeOrPayPrice::MeanOfYear => Price::mean(prices),
            TakeOrPayPrice::LastMonth => prices.last().copied(),
        };
        price.unwrap_or_default() * Share::from(terms.share_of_price)
    }

    /// Settles the paid gas that is left.
    fn end_of_term(&mut self, last: &mut YearStatement) {
        let index = self.schedule.years.len() - 1;
        let terms = &self.schedule.terms;
        last.end_of_term = last.make_up_outstanding;
        last.make_up_outstanding = Volume::ZERO;
        if last.end_of_term == Volume::ZERO {
            return;
        }
        match terms.end_of_term {
            EndOfTerm::Forfeit => {}
            EndOfTerm::Refund => {
                let last_paid = self.vintages.last().map_or(Price::ZERO, |vintage| vintage.price);
                last.refund = last.end_of_term * last_paid;
                self.flows.at_reconciliation(
                    FlowKind::Refund,
                    index,
                    last.end_of_term,
                    last_paid,
                    -last.refund,
                );
                if terms.export_duty.base == DutyBase::Invoiced {
                    last.export_duty +=
                        self.flows.duty_at_reconciliation(index, last.end_of_term, -last.refund);
                }
            }
            EndOfTerm::Extend { .. } => self.after_term(index, last),
        }
        for vintage in &mut self.vintages[self.first_live..] {
            vintage.settled += vintage.outstanding();
        }
    }

    fn after_term(&mut self, index: usize, last: &mut YearStatement) {
        let schedule = self.schedule;
        let year = &schedule.years[index];
        let days: u32 = schedule.months[year.months.clone()].iter().map(|month| month.days()).sum();
        let swing = Share::from(schedule.terms.swing);
        let mut left = last.end_of_term;
        for (month, date) in schedule.priced_months().into_iter().enumerate().skip(schedule.months.len()) {
            let volume = left.min(year.acq.portion(date.days(), days) * swing);
            if volume == Volume::ZERO {
                break;
            }
            let paid_again = self.take_make_up(index, month, volume, Taken::AfterTerm);
            left -= volume;
            last.delivered_after_term += volume;
            last.make_up_payment += paid_again;
            last.export_duty += match schedule.terms.export_duty.base {
                DutyBase::None => Money::ZERO,
                DutyBase::Delivered => {
                    self.flows.duty_for_month(index, month, volume, volume * self.prices.last[month])
                }
                DutyBase::Invoiced => self.flows.duty_for_month(index, month, volume, paid_again),
            };
        }
    }

    /// Bills for what became known after the invoices.
    fn corrections(&mut self) {
        for &(month, known, change, reason) in &self.prices.corrections {
            let Some(statement) = self.months.get(month) else { continue };
            let counted = statement.taken - statement.make_up_taken;
            let kind = match reason {
                CorrectionReason::Index => FlowKind::TrueUp,
                CorrectionReason::Review => FlowKind::PriceReview,
            };
            if counted > Volume::ZERO && change != Price::ZERO {
                self.flows.correction(kind, statement.year, month, known, counted, change);
            }
        }
    }
}

/// When make-up gas is taken.
#[derive(Clone, Copy)]
enum Taken {
    InTerm,
    AfterTerm,
}
