//! Payments: every cash flow with date, currency, kind, volume and price; loans repaid with gas.

use jiff::civil::Date;

use super::exact::{Money, Price, Rate, Share, Volume};
use super::ledger::{Account, ExactPrices, LedgerError, MonthStatement};
use super::schedule::{Schedule, day_of, days_between};
use super::volume_terms::{Loan, Payment, Repayment};
use crate::calendar::Month;
use crate::units::MillionUsd;

/// What a payment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlowKind {
    /// Gas of a month, at the price known then.
    Gas,
    /// An index became final.
    TrueUp,
    /// A price review with effect on the past.
    PriceReview,
    /// What is still paid for make-up gas.
    MakeUp,
    /// Gas paid and not taken.
    Deficiency,
    /// Compensation by the seller.
    SellerShortfall,
    /// Paid gas that was never taken, paid back.
    Refund,
    /// From the seller to its state.
    ExportDuty,
    /// The buyer's prepayment.
    LoanDrawn,
    /// Gas that the buyer does not pay, because it retires the loan.
    LoanRepaid,
    /// Interest on the loan.
    LoanInterest,
    /// What was left of the loan at the end.
    LoanDue,
}

impl FlowKind {
    /// All kinds, in the order of tables.
    pub const ALL: [FlowKind; 12] = [
        FlowKind::Gas,
        FlowKind::TrueUp,
        FlowKind::PriceReview,
        FlowKind::MakeUp,
        FlowKind::Deficiency,
        FlowKind::SellerShortfall,
        FlowKind::Refund,
        FlowKind::ExportDuty,
        FlowKind::LoanDrawn,
        FlowKind::LoanRepaid,
        FlowKind::LoanInterest,
        FlowKind::LoanDue,
    ];

    /// As written in tables.
    pub fn word(self) -> &'static str {
        match self {
            FlowKind::Gas => "gas",
            FlowKind::TrueUp => "true-up",
            FlowKind::PriceReview => "price-review",
            FlowKind::MakeUp => "make-up",
            FlowKind::Deficiency => "deficiency",
            FlowKind::SellerShortfall => "seller-shortfall",
            FlowKind::Refund => "refund",
            FlowKind::ExportDuty => "export-duty",
            FlowKind::LoanDrawn => "loan-drawn",
            FlowKind::LoanRepaid => "loan-repaid",
            FlowKind::LoanInterest => "loan-interest",
            FlowKind::LoanDue => "loan-due",
        }
    }

    /// Whether the buyer is the other side; the duty goes to the seller's state.
    pub fn is_between_the_parties(self) -> bool {
        self != FlowKind::ExportDuty
    }
}

/// One payment.
#[derive(Debug, Clone, PartialEq)]
pub struct CashFlow {
    /// Day of payment.
    pub date: Date,
    /// Position in [`Account::currencies`].
    pub currency: usize,
    /// What for.
    pub kind: FlowKind,
    /// Position of the contract year it belongs to.
    pub year: usize,
    /// Month of delivery; none for what belongs to a whole year.
    pub month: Option<Month>,
    /// Gas it is for; nothing for drawings and interest. The parts of a payment in several currencies all name it.
    pub volume: Volume,
    /// In USD/tcm; nothing where there is no volume. Of a duty, the mean over the volume.
    pub price: Price,
    /// To the seller, in millions of the currency.
    pub amount: Money,
    /// The same in US dollars.
    pub usd: Money,
}

/// The loan in one contract year, in millions of its currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct LoanYear {
    pub drawn: Money,
    /// That fell due for payment or was added.
    pub interest: Money,
    pub interest_paid: Money,
    pub repaid: Money,
    /// Paid in cash at the end.
    pub due: Money,
    /// After the payments for the year's gas.
    pub balance: Money,
}

/// Cash by calendar month.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthlyCash {
    /// The month of the first value.
    pub first: Month,
    /// One value a month, without gap.
    pub values: Vec<MillionUsd>,
}

impl Account {
    /// What reaches the seller by month of payment, all kinds together: duty is a cost, a loan is income until repaid.
    ///
    /// Units: million USD.
    pub fn seller_cash(&self) -> Option<MonthlyCash> {
        self.cash_of(|_| true)
    }

    /// Cash of the chosen kinds by month of payment, to the seller; none without any payment.
    pub fn cash_of(&self, chosen: impl Fn(FlowKind) -> bool) -> Option<MonthlyCash> {
        let first = month_of(self.cash_flows.first()?.date);
        let last = month_of(self.cash_flows.last()?.date);
        let mut sums = vec![Money::ZERO; last.months_since(first) as usize + 1];
        for flow in self.cash_flows.iter().filter(|flow| chosen(flow.kind)) {
            sums[month_of(flow.date).months_since(first) as usize] += flow.usd;
        }
        Some(MonthlyCash { first, values: sums.into_iter().map(Money::value).collect() })
    }
}

/// Month of a date.
fn month_of(date: Date) -> Month {
    Month::new(i32::from(date.year()), date.month().unsigned_abs().into())
}

/// Cash flows on their way into an account.
pub(super) struct Flows<'a> {
    schedule: &'a Schedule,
    prices: &'a ExactPrices,
    /// Currency and share of every payment for gas.
    parts: Vec<(usize, Share)>,
    duty: Share,
    list: Vec<CashFlow>,
}

impl<'a> Flows<'a> {
    pub fn of(schedule: &'a Schedule, prices: &'a ExactPrices) -> Self {
        let position = |currency: &String| prices.rates.iter().position(|(known, _)| known == currency);
        let parts = (schedule.terms.payment.currencies.iter())
            .map(|(currency, share)| (position(currency).unwrap_or(0), Share::from(*share)))
            .collect();
        let duty = Share::from(schedule.terms.export_duty.rate);
        Flows { schedule, prices, parts, duty, list: Vec::with_capacity(3 * schedule.months.len()) }
    }

    /// Payments by date, and the currencies they point to.
    pub fn finish(mut self) -> (Vec<CashFlow>, Vec<String>) {
        self.list.sort_by_key(|flow| flow.date);
        let currencies = self.prices.rates.iter().map(|(currency, _)| currency.clone()).collect();
        (self.list, currencies)
    }

    /// A payment for one month's gas.
    pub fn for_month(
        &mut self,
        kind: FlowKind,
        year: usize,
        month: usize,
        volume: Volume,
        price: Price,
        usd: Money,
    ) {
        let date = self.invoice_date(month);
        self.add(kind, year, Some(month), date, volume, price, usd);
    }

    /// A payment of the annual reconciliation.
    pub fn at_reconciliation(
        &mut self,
        kind: FlowKind,
        year: usize,
        volume: Volume,
        price: Price,
        usd: Money,
    ) {
        let date = self.reconciliation_date(year);
        self.add(kind, year, None, date, volume, price, usd);
    }

    /// A change of a month's price, paid as an invoice of the month in which it is known, never before the gas.
    pub fn correction(
        &mut self,
        kind: FlowKind,
        year: usize,
        month: usize,
        known: Month,
        volume: Volume,
        change: Price,
    ) {
        let payment = self.payment();
        let date = day_of(known.plus(payment.after_months as i32), payment.day).max(self.invoice_date(month));
        self.add(kind, year, Some(month), date, volume, change, volume * change);
    }

    /// Duty on the value of a volume, paid with the month's gas; returns it.
    pub fn duty_for_month(&mut self, year: usize, month: usize, volume: Volume, value: Money) -> Money {
        let date = self.invoice_date(month);
        self.pay_duty(year, Some(month), date, volume, value)
    }

    /// Duty on the value of a volume in the annual reconciliation; returns it.
    pub fn duty_at_reconciliation(&mut self, year: usize, volume: Volume, value: Money) -> Money {
        let date = self.reconciliation_date(year);
        self.pay_duty(year, None, date, volume, value)
    }

    /// The day on which a month's gas is paid.
    fn invoice_date(&self, month: usize) -> Date {
        let payment = self.payment();
        let delivered = self.schedule.terms.first.plus(month as i32);
        day_of(delivered.plus(payment.after_months as i32), payment.day)
    }

    fn reconciliation_date(&self, year: usize) -> Date {
        let payment = self.payment();
        let last = self.schedule.months[self.schedule.years[year].months.end - 1];
        day_of(last.plus(payment.reconciliation_after_months as i32), payment.day)
    }

    fn payment(&self) -> &'a Payment {
        &self.schedule.terms.payment
    }

    /// What one unit of a currency costs in a month.
    fn rate(&self, currency: usize, month: usize) -> Rate {
        let rates = &self.prices.rates[currency].1;
        rates.get(month).copied().unwrap_or(Rate::USD)
    }

    /// The duty is paid in the first currency of the contract; its price is the duty on each thousand cubic metres.
    fn pay_duty(
        &mut self,
        year: usize,
        month: Option<usize>,
        date: Date,
        volume: Volume,
        value: Money,
    ) -> Money {
        let duty = value * self.duty;
        if duty != Money::ZERO {
            let currency = self.parts.first().map_or(0, |(currency, _)| *currency);
            let rate_month = month.unwrap_or(self.schedule.years[year].months.end - 1);
            let amount = (-duty).in_currency(self.rate(currency, rate_month));
            self.list.push(CashFlow {
                date,
                currency,
                kind: FlowKind::ExportDuty,
                year,
                month: month.map(|month| self.schedule.terms.first.plus(month as i32)),
                volume,
                price: duty.per(volume),
                amount,
                usd: -duty,
            });
        }
        duty
    }

    /// A payment in all currencies of the contract; the last takes what rounding leaves.
    #[allow(clippy::too_many_arguments)]
    fn add(
        &mut self,
        kind: FlowKind,
        year: usize,
        month: Option<usize>,
        date: Date,
        volume: Volume,
        price: Price,
        usd: Money,
    ) {
        let rate_month = month.unwrap_or(self.schedule.years[year].months.end - 1);
        let mut left = usd;
        for part in 0..self.parts.len() {
            let (currency, share) = self.parts[part];
            let own = if part + 1 == self.parts.len() { left } else { usd * share };
            left -= own;
            self.list.push(CashFlow {
                date,
                currency,
                kind,
                year,
                month: month.map(|month| self.schedule.terms.first.plus(month as i32)),
                volume,
                price,
                amount: own.in_currency(self.rate(currency, rate_month)),
                usd: own,
            });
        }
    }
}

/// Runs a loan through the payment days of the gas and adds its cash flows.
pub(super) fn repay(
    loan: &Loan,
    schedule: &Schedule,
    months: &[MonthStatement],
    prices: &ExactPrices,
    flows: &mut Flows,
) -> Result<Vec<LoanYear>, LedgerError> {
    let currency = prices.rates.iter().position(|(known, _)| *known == loan.currency).unwrap_or(0);
    let rate_of_interest = Share::from(loan.interest);
    let mut years = vec![LoanYear::default(); schedule.years.len()];
    let mut drawings = loan.drawings.clone();
    drawings.sort_by_key(|(date, _)| *date);
    let mut drawings = drawings.into_iter().peekable();
    let (mut balance, mut accrued) = (Money::ZERO, Money::ZERO);
    let mut since: Option<Date> = None;
    for (position, month) in months.iter().enumerate() {
        let date = flows.invoice_date(position);
        let year = &mut years[month.year];
        let mut pay = |kind, on: Date, volume, price, amount: Money, usd: Money| {
            flows.list.push(CashFlow {
                date: on,
                currency,
                kind,
                year: month.year,
                month: (kind == FlowKind::LoanRepaid).then_some(month.month),
                volume,
                price,
                amount,
                usd,
            });
        };
        let rate = prices.rates[currency].1.get(position).copied().unwrap_or(Rate::USD);
        let mut interest_to = |until: Date, balance: Money| {
            let days = since.map_or(0, |from| days_between(from, until));
            since = Some(until);
            balance.interest(rate_of_interest, days)
        };

        while let Some((on, amount)) = drawings.next_if(|(on, _)| *on <= date) {
            accrued += interest_to(on, balance);
            let amount = Money::from(amount);
            balance += amount;
            year.drawn += amount;
            pay(FlowKind::LoanDrawn, on, Volume::ZERO, Price::ZERO, amount, amount.in_usd(rate));
        }
        accrued += interest_to(date, balance);
        if accrued != Money::ZERO {
            year.interest += accrued;
            if loan.interest_is_paid {
                year.interest_paid += accrued;
                pay(FlowKind::LoanInterest, date, Volume::ZERO, Price::ZERO, -accrued, -accrued.in_usd(rate));
            } else {
                balance += accrued;
            }
            accrued = Money::ZERO;
        }

        // gas that retires the loan: paid gas cannot be used twice, so make-up gas is left out
        if month.month >= loan.repaid_from && balance > Money::ZERO {
            let counted = month.taken - month.make_up_taken;
            let (volume, price) = match loan.repayment {
                Repayment::Volume(share) => (counted * Share::from(share), month.price),
                Repayment::Discount(discount) => (counted, Price::from(discount)),
            };
            let credit = (volume * price).above_zero();
            let wanted = credit.in_currency(rate);
            let repaid = wanted.min(balance);
            // the last gas covers only what is left
            let (volume, usd) = match repaid < wanted {
                true => (balance.in_usd(rate).volume_at(price), balance.in_usd(rate)),
                false => (volume, credit),
            };
            if repaid > Money::ZERO {
                balance -= repaid;
                year.repaid += repaid;
                pay(FlowKind::LoanRepaid, date, volume, price, -repaid, -usd);
            }
        }
        if position + 1 == months.len() && balance > Money::ZERO {
            year.due = balance;
            pay(FlowKind::LoanDue, date, Volume::ZERO, Price::ZERO, -balance, -balance.in_usd(rate));
            balance = Money::ZERO;
        }
        year.balance = balance;
    }
    match drawings.next() {
        Some((on, _)) => Err(LedgerError::LateDrawing(on)),
        None => Ok(years),
    }
}
