//! A contract and its account for people: sentences and tables.

use super::cash::FlowKind;
use super::contract_file::{Contract, Provisional};
use super::exact::{Money, Volume};
use super::ledger::{Account, YearStatement};
use super::schedule::Schedule;
use super::volume_terms::*;
use crate::report::{Cell, Table};
use crate::units::{Bcm, Fraction, Gas, mmbtu_per_tcm};

/// Tables of an account: years, months, cash by currency and kind, cash flows, paid gas, loan.
///
/// Units: bcm of the contract's own cubic metre, USD per thousand of them, million USD.
pub fn account_tables(schedule: &Schedule, account: &Account) -> Vec<Table> {
    let mut tables = vec![
        years(account),
        money(account),
        cash_by_kind(account),
        vintages(schedule, account),
        monthly(schedule, account),
        cash_flows(schedule, account),
    ];
    if let Some(loan) = &schedule.terms.loan {
        tables.push(loan_table(loan, schedule, account));
    }
    tables
}

/// The contract in a few sentences.
pub fn in_words(contract: &Contract) -> Vec<String> {
    let terms = &contract.schedule.terms;
    let mut sentences = vec![
        format!(
            "{} sells gas to {} from {} to {}; contract years begin in month {}.",
            contract.seller, contract.buyer, terms.first, terms.last, terms.year_starts_in
        ),
        gas_in_words(contract),
        quantity_in_words(contract),
        format!(
            "The buyer pays for at least {} of the annual quantity less maintenance, force majeure and what the seller \
             failed to deliver, at {}{}.",
            percent(terms.take_or_pay.share),
            match terms.take_or_pay.share_of_price {
                Fraction(1.0) => String::new(),
                share => format!("{} of ", percent(share)),
            },
            match terms.take_or_pay.price {
                TakeOrPayPrice::MeanOfYear => "the mean of the year's monthly prices",
                TakeOrPayPrice::LastMonth => "the price of the year's last month",
            }
        ),
        make_up_in_words(terms),
    ];
    if let Some(carry) = terms.carry_forward {
        sentences.push(format!(
            "Gas beyond the {} lowers deficiencies of the next {} contract years, by up to {} in a year.",
            match carry.above {
                CarryForwardBase::AdjustedAcq => "adjusted annual quantity",
                CarryForwardBase::TakeOrPay => "take-or-pay quantity",
            },
            carry.life_years,
            match carry.cap {
                CarryForwardCap::OfDeficiency(share) => format!("{} of the deficiency", percent(share)),
                CarryForwardCap::OfAcq(share) => format!("{} of the annual quantity", percent(share)),
            }
        ));
    }
    sentences.push(price_in_words(contract));
    sentences.push(payment_in_words(contract));
    if let Some(loan) = &terms.loan {
        sentences.push(loan_in_words(loan));
    }
    sentences
}

/// What an account comes to over the life of its contract, in one sentence.
///
/// Units: bcm of the contract's own cubic metre, USD per thousand of them, billion USD.
pub fn account_in_words(account: &Account) -> String {
    let sum = |of: fn(&YearStatement) -> Money| {
        account.years.iter().map(|year| of(year).value().0).sum::<f64>() / 1e3
    };
    let taken: f64 = account.years.iter().map(|year| year.taken.value().0).sum();
    let (sales, duty) = (sum(|year| year.sales), sum(|year| year.export_duty));
    let largest = account.years.iter().map(|year| year.sales.value().0).fold(0.0, f64::max) / 1e3;
    let price = if taken > 0.0 { 1e3 * sales / taken } else { 0.0 };
    format!(
        "On the plan of the file {taken:.0} bcm are taken over {} contract years at {price:.0} USD/tcm on average: \
         {sales:.0} billion USD, {largest:.1} in the largest year, of which {duty:.0} billion are export duty.",
        account.years.len()
    )
}

fn gas_in_words(contract: &Contract) -> String {
    let basis = &contract.basis;
    let value = match basis.net_to_gross {
        None => format!("{} MJ/m³ gross", basis.calorific_value_mj_per_m3),
        Some(ratio) => format!("{} MJ/m³ net ({ratio} of gross)", basis.calorific_value_mj_per_m3),
    };
    let standard =
        contract.gas.gross_calorific_value_mj_per_m3 / Gas::STANDARD.gross_calorific_value_mj_per_m3;
    format!(
        "A cubic metre is measured at {} °C and {} kPa and holds {value}: 1 bcm is {standard:.4} bcm of 40 MJ/m³ at \
         15 °C, 1 USD/mmbtu is {:.3} USD/tcm.",
        basis.temperature_celsius,
        basis.pressure_kpa,
        mmbtu_per_tcm(&contract.gas)
    )
}

fn quantity_in_words(contract: &Contract) -> String {
    let terms = &contract.schedule.terms;
    let years = &contract.schedule.years;
    let range = |of: &dyn Fn(usize) -> Volume| {
        let volumes = (0..years.len()).map(|year| of(year).value().0);
        let (low, high) = volumes.fold((f64::MAX, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        if high - low < 1e-9 { number(low) } else { format!("{} to {}", number(low), number(high)) }
    };
    let total: f64 = years.iter().map(|year| year.acq.value().0).sum();
    format!(
        "The annual contract quantity is {} bcm, {} bcm over {} contract years; the buyer nominates by the {} up to {} of \
         the daily quantity.",
        range(&|year| years[year].acq),
        number(total),
        years.len(),
        terms.step.word(),
        percent(terms.swing)
    )
}

fn make_up_in_words(terms: &VolumeTerms) -> String {
    let make_up = &terms.make_up;
    if make_up.life_years == 0 {
        return "What was paid and not taken is lost.".into();
    }
    let which = match make_up.order {
        MakeUpOrder::AfterAcq => "as the gas beyond the adjusted annual quantity",
        MakeUpOrder::AfterTakeOrPay => "as the gas beyond the take-or-pay quantity",
        MakeUpOrder::First => "as the first gas of a year, which then does not count",
    };
    let price = match make_up.price {
        MakeUpPrice::Zero => "for nothing".to_string(),
        MakeUpPrice::VariableCost(cost) => format!("for {} USD/tcm", number(cost.0)),
        MakeUpPrice::Difference => "for what the month's price exceeds the price paid".into(),
    };
    let end = match terms.end_of_term {
        EndOfTerm::Forfeit => "is lost".to_string(),
        EndOfTerm::Refund => "is paid back at the last take-or-pay price".into(),
        EndOfTerm::Extend { months: after } => format!("can be taken for {} more", months(after)),
    };
    format!(
        "What was paid and not taken can be made up in the next {} contract years, {which}, {price}; what is left at the \
         end {end}.",
        make_up.life_years
    )
}

fn price_in_words(contract: &Contract) -> String {
    let sentence = contract.price.sentence();
    let formula = format!("{}: {}", sentence.trim_end_matches('.'), contract.price.equation());
    let reviews: Vec<String> = (contract.price_reviews.iter())
        .map(|review| {
            format!(
                "{:+} USD/tcm from {} to {}, decided in {}",
                review.change.0, review.from, review.to, review.decided
            )
        })
        .collect();
    if reviews.is_empty() { formula + "." } else { format!("{formula}; reviews: {}.", reviews.join("; ")) }
}

fn payment_in_words(contract: &Contract) -> String {
    let terms = &contract.schedule.terms;
    let payment = &terms.payment;
    let currencies: Vec<String> = match payment.currencies.as_slice() {
        [(one, _)] => vec![one.clone()],
        many => many.iter().map(|(code, share)| format!("{} {code}", percent(*share))).collect(),
    };
    let provisional = match contract.provisional {
        Provisional::Final => String::new(),
        Provisional::PreviousMonth { true_up_after_months } => format!(
            "; invoices use the price of the month before, the difference is settled {true_up_after_months} months after \
             delivery"
        ),
    };
    let duty = match terms.export_duty.base {
        DutyBase::None => "no export duty".to_string(),
        DutyBase::Delivered => {
            format!("export duty of {} on the value of gas delivered", percent(terms.export_duty.rate))
        }
        DutyBase::Invoiced => {
            format!("export duty of {} on all that is paid for gas", percent(terms.export_duty.rate))
        }
    };
    format!(
        "Gas is paid in {} on day {} of the month, {} after delivery; the year is settled {} after its \
         end{provisional}; {duty}.",
        currencies.join(", "),
        payment.day,
        months(payment.after_months),
        months(payment.reconciliation_after_months)
    )
}

fn loan_in_words(loan: &Loan) -> String {
    let drawn: f64 = loan.drawings.iter().map(|(_, million)| million.0).sum();
    format!(
        "The buyer lends {} million {} at {} a year, interest {}; from {} it is repaid with {}.",
        number(drawn),
        loan.currency,
        percent(loan.interest),
        if loan.interest_is_paid { "paid with every invoice" } else { "added to the loan" },
        loan.repaid_from,
        match loan.repayment {
            Repayment::Volume(share) => format!("{} of the gas", percent(share)),
            Repayment::Discount(discount) => format!("a discount of {} USD/tcm", number(discount.0)),
        }
    )
}

fn years(account: &Account) -> Table {
    let header = [
        "year",
        "acq_bcm",
        "maintenance_bcm",
        "force_majeure_bcm",
        "seller_shortfall_bcm",
        "adjusted_acq_bcm",
        "take_or_pay_bcm",
        "nominated_bcm",
        "taken_bcm",
        "make_up_taken_bcm",
        "counted_bcm",
        "deficiency_bcm",
        "carry_forward_applied_bcm",
        "deficiency_paid_bcm",
        "make_up_expired_bcm",
        "make_up_outstanding_bcm",
        "end_of_term_bcm",
        "delivered_after_term_bcm",
        "carry_forward_earned_bcm",
        "carry_forward_expired_bcm",
        "carry_forward_outstanding_bcm",
    ];
    let mut table = Table::new("years", &header);
    for year in &account.years {
        let mut row: Vec<Cell> = vec![year.year.into()];
        row.extend(
            [
                year.acq,
                year.maintenance,
                year.force_majeure,
                year.seller_shortfall,
                year.adjusted_acq,
                year.take_or_pay,
                year.nominated,
                year.taken,
                year.make_up_taken,
                year.counted,
                year.deficiency,
                year.carry_forward_applied,
                year.deficiency_paid,
                year.make_up_expired,
                year.make_up_outstanding,
                year.end_of_term,
                year.delivered_after_term,
                year.carry_forward_earned,
                year.carry_forward_expired,
                year.carry_forward_outstanding,
            ]
            .map(bcm),
        );
        table.rows.push(row);
    }
    table
}

fn money(account: &Account) -> Table {
    let header = [
        "year",
        "take_or_pay_price_usd_per_tcm",
        "sales_million_usd",
        "make_up_million_usd",
        "deficiency_million_usd",
        "seller_shortfall_million_usd",
        "refund_million_usd",
        "net_to_seller_million_usd",
        "export_duty_million_usd",
    ];
    let mut table = Table::new("money", &header);
    for year in &account.years {
        let mut row: Vec<Cell> = vec![year.year.into(), year.take_or_pay_price.value().0.into()];
        row.extend(
            [
                year.sales,
                year.make_up_payment,
                year.deficiency_payment,
                year.shortfall_payment,
                year.refund,
                year.net_to_seller,
                year.export_duty,
            ]
            .map(million),
        );
        table.rows.push(row);
    }
    table
}

fn cash_by_kind(account: &Account) -> Table {
    let mut table =
        Table::new("cash_by_kind", &["currency", "kind", "payments", "million_of_currency", "million_usd"]);
    for (position, currency) in account.currencies.iter().enumerate() {
        for kind in FlowKind::ALL {
            let flows =
                || account.cash_flows.iter().filter(|flow| flow.currency == position && flow.kind == kind);
            if flows().next().is_some() {
                table.push([
                    currency.as_str().into(),
                    kind.word().into(),
                    (flows().count() as f64).into(),
                    million(flows().map(|flow| flow.amount).sum()),
                    million(flows().map(|flow| flow.usd).sum()),
                ]);
            }
        }
    }
    table
}

fn vintages(schedule: &Schedule, account: &Account) -> Table {
    let header = ["paid_in", "price_usd_per_tcm", "paid_bcm", "taken_bcm", "expired_bcm", "settled_bcm"];
    let mut table = Table::new("make_up", &header);
    for vintage in &account.vintages {
        table.push([
            schedule.years[vintage.year].year.into(),
            vintage.price.value().0.into(),
            bcm(vintage.paid),
            bcm(vintage.taken),
            bcm(vintage.expired),
            bcm(vintage.settled),
        ]);
    }
    table
}

fn monthly(schedule: &Schedule, account: &Account) -> Table {
    let header = [
        "month",
        "contract_year",
        "nominated_bcm",
        "properly_nominated_bcm",
        "seller_shortfall_bcm",
        "taken_bcm",
        "make_up_taken_bcm",
        "price_usd_per_tcm",
    ];
    let mut table = Table::new("months", &header);
    for month in &account.months {
        table.push([
            month.month.to_string().into(),
            schedule.years[month.year].year.into(),
            bcm(month.nominated),
            bcm(month.properly_nominated),
            bcm(month.seller_shortfall),
            bcm(month.taken),
            bcm(month.make_up_taken),
            month.price.value().0.into(),
        ]);
    }
    table
}

fn cash_flows(schedule: &Schedule, account: &Account) -> Table {
    let header = [
        "date",
        "currency",
        "kind",
        "contract_year",
        "delivered",
        "volume_bcm",
        "price_usd_per_tcm",
        "million_of_currency",
        "million_usd",
    ];
    let mut table = Table::new("cash_flows", &header);
    for flow in &account.cash_flows {
        table.push([
            flow.date.to_string().into(),
            account.currencies[flow.currency].as_str().into(),
            flow.kind.word().into(),
            schedule.years[flow.year].year.into(),
            flow.month.map(|month| month.to_string()).into(),
            bcm(flow.volume),
            flow.price.value().0.into(),
            million(flow.amount),
            million(flow.usd),
        ]);
    }
    table
}

fn loan_table(loan: &Loan, schedule: &Schedule, account: &Account) -> Table {
    let header = [
        "contract_year",
        "currency",
        "drawn_million",
        "interest_million",
        "interest_paid_million",
        "repaid_million",
        "due_million",
        "balance_million",
    ];
    let mut table = Table::new("loan", &header);
    for (year, of) in account.loan.iter().zip(&schedule.years) {
        table.push([
            of.year.into(),
            loan.currency.as_str().into(),
            million(year.drawn),
            million(year.interest),
            million(year.interest_paid),
            million(year.repaid),
            million(year.due),
            million(year.balance),
        ]);
    }
    table
}

fn bcm(volume: Volume) -> Cell {
    let Bcm(value) = volume.value();
    value.into()
}

fn million(money: Money) -> Cell {
    money.value().0.into()
}

fn months(count: u32) -> String {
    if count == 1 { "1 month".into() } else { format!("{count} months") }
}

fn percent(share: Fraction) -> String {
    format!("{} %", number(share.0 * 100.0))
}

/// Up to three decimals, as many as are needed.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}
