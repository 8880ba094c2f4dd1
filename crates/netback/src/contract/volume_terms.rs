//! The terms of a contract apart from its price: quantities, take-or-pay, make-up, payment, loan.
//!
//! Terms follow the model gas sales agreement of the Commonwealth Secretariat (2025); docs: module [`super::contract_file`].

use jiff::civil::Date;

use crate::calendar::Month;
use crate::units::{Bcm, Fraction, MillionUsd, UsdPerTcm};

/// What the parties agreed about quantities and payments.
///
/// Volumes are in the contract's own cubic metre, prices in USD per thousand of them.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeTerms {
    /// First month of delivery.
    pub first: Month,
    /// Last month of delivery.
    pub last: Month,
    /// Month of the year in which a contract year begins, 1 to 12; the first may be shorter.
    pub year_starts_in: u32,
    /// How finely gas is nominated.
    pub step: Step,
    /// Annual or daily contract quantity.
    pub quantity: Quantity,
    /// Quantities of single contract years, as in a build-up.
    pub build_up: Vec<(i32, Quantity)>,
    /// Largest nomination as a multiple of the daily contract quantity.
    pub swing: Fraction,
    /// Planned works: gas that the buyer need not take.
    pub maintenance: Vec<Reduction>,
    /// Force majeure: gas that neither side owes.
    pub force_majeure: Vec<Reduction>,
    /// What the seller owes when it delivers less than was properly nominated.
    pub seller_shortfall: SellerShortfall,
    /// What the buyer pays for without taking it.
    pub take_or_pay: TakeOrPay,
    /// How paid gas is taken later.
    pub make_up: MakeUp,
    /// Credit for gas taken beyond the obligation.
    pub carry_forward: Option<CarryForward>,
    /// What happens to paid gas that is left.
    pub end_of_term: EndOfTerm,
    /// When and in which currencies is paid.
    pub payment: Payment,
    /// Duty that the seller pays to its state.
    pub export_duty: ExportDuty,
    /// Prepayment by the buyer.
    pub loan: Option<Loan>,
}

/// Fineness of nominations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Every day.
    Day,
    /// Every month, spread evenly over its days.
    Month,
    /// Every contract year, spread over its months as the daily contract quantity is.
    Year,
}

impl Step {
    /// As written in a contract.
    pub fn word(self) -> &'static str {
        match self {
            Step::Day => "day",
            Step::Month => "month",
            Step::Year => "year",
        }
    }
}

/// The contract quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// Of a whole contract year, however many days it has; a part of a year has a part of it.
    Annual(Bcm),
    /// Of a day: a leap year has more.
    Daily(Bcm),
}

/// Days on which less can be delivered or taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reduction {
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
    /// How much of the contract quantity falls away.
    pub amount: ReducedBy,
}

/// How much of the contract quantity falls away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ReducedBy {
    /// A share of every day's contract quantity.
    Share(Fraction),
    /// A volume, spread evenly over the days.
    Volume(Bcm),
}

/// What the seller owes when it delivers less than was properly nominated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SellerShortfall {
    /// Share of a proper nomination that may fail without consequence.
    pub tolerance: Fraction,
    /// Compensation for the rest.
    pub compensation: Compensation,
}

/// Compensation for a shortfall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Compensation {
    /// None beyond the lower take-or-pay quantity.
    None,
    /// An amount for each thousand cubic metres.
    Fixed(UsdPerTcm),
    /// A share of the month's contract price.
    ShareOfPrice(Fraction),
}

/// What the buyer pays for without taking it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TakeOrPay {
    /// Share of the adjusted annual contract quantity.
    pub share: Fraction,
    /// Which price.
    pub price: TakeOrPayPrice,
    /// Share of that price that is paid.
    pub share_of_price: Fraction,
}

/// Price of gas that is paid and not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeOrPayPrice {
    /// Mean of the contract prices of the year's months.
    MeanOfYear,
    /// Contract price of the year's last month.
    LastMonth,
}

/// How paid gas is taken later.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MakeUp {
    /// Which gas of a year is make-up gas.
    pub order: MakeUpOrder,
    /// Contract years after the one of payment in which it can be taken.
    pub life_years: u32,
    /// What is still paid when it is taken.
    pub price: MakeUpPrice,
}

/// Which gas of a contract year is make-up gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakeUpOrder {
    /// Gas beyond the adjusted annual contract quantity.
    AfterAcq,
    /// Gas beyond the take-or-pay quantity.
    AfterTakeOrPay,
    /// The first gas of the year: it does not count, so the year can have a deficiency of its own.
    First,
}

/// What is paid when make-up gas is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MakeUpPrice {
    /// Nothing: it is paid.
    Zero,
    /// The seller's variable cost.
    VariableCost(UsdPerTcm),
    /// What the month's price exceeds the price paid; never a refund.
    Difference,
}

/// Credit for gas taken beyond the obligation: it lowers deficiencies of later years.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CarryForward {
    /// Above which quantity counted gas earns credit.
    pub above: CarryForwardBase,
    /// Contract years after the one of earning in which it can be used.
    pub life_years: u32,
    /// Largest use in a year.
    pub cap: CarryForwardCap,
}

/// Above which quantity counted gas earns credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarryForwardBase {
    /// The adjusted annual contract quantity.
    AdjustedAcq,
    /// The take-or-pay quantity.
    TakeOrPay,
}

/// Largest use of carry-forward in a year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CarryForwardCap {
    /// A share of the year's deficiency.
    OfDeficiency(Fraction),
    /// A share of the year's annual contract quantity.
    OfAcq(Fraction),
}

/// What happens to paid gas that is left when the contract ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOfTerm {
    /// The seller keeps the money.
    Forfeit,
    /// The seller pays it back at the last take-or-pay price.
    Refund,
    /// It is delivered afterwards, as fast as the largest nomination allows; what is left then is forfeited.
    Extend {
        /// Months after the last of the contract.
        months: u32,
    },
}

/// When and in which currencies is paid.
#[derive(Debug, Clone, PartialEq)]
pub struct Payment {
    /// Day of the month; the last day when the month is shorter.
    pub day: u32,
    /// Months after the month of delivery.
    pub after_months: u32,
    /// Months after the end of a contract year: deficiency, shortfall, refund.
    pub reconciliation_after_months: u32,
    /// Currencies and the shares paid in them, which add up to 1.
    pub currencies: Vec<(String, Fraction)>,
}

/// Duty that the seller pays to its state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExportDuty {
    /// On what.
    pub base: DutyBase,
    /// Share of it.
    pub rate: Fraction,
}

/// On what an export duty is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DutyBase {
    /// No duty.
    None,
    /// Border value of the gas that crosses: everything delivered, at the month's contract price.
    Delivered,
    /// Everything the buyer pays for gas, taken or not.
    Invoiced,
}

/// A prepayment by the buyer, repaid with gas.
#[derive(Debug, Clone, PartialEq)]
pub struct Loan {
    /// Currency of the loan.
    pub currency: String,
    /// What is paid out and when, in millions of the currency.
    pub drawings: Vec<(Date, MillionUsd)>,
    /// Simple interest a year, by days, added at every payment day.
    pub interest: Fraction,
    /// Interest is paid on every payment day; otherwise it is added to the loan.
    pub interest_is_paid: bool,
    /// First month of delivery with repayment.
    pub repaid_from: Month,
    /// How.
    pub repayment: Repayment,
}

/// How a loan is repaid until nothing is left; the rest falls due with the last month's gas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Repayment {
    /// With this share of every month's gas, at its contract price.
    Volume(Fraction),
    /// With a discount on all gas.
    Discount(UsdPerTcm),
}
