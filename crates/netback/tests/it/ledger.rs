//! What an account must be whatever the terms, the nominations and the prices; and a few contracts by hand.

use std::collections::BTreeMap;

use jiff::civil::Date;
use netback::calendar::Month;
use netback::contract::exact::{Money, Volume};
use netback::contract::ledger::{Correction, CorrectionReason, YearStatement};
use netback::contract::schedule::{first_day, last_day};
use netback::contract::volume_terms::*;
use netback::contract::{
    Account, Contract, FlowKind, Indices, LedgerError, MonthlyPrices, Plan, Schedule, account_tables, ledger,
};
use netback::units::{Bcm, Fraction, MillionUsd, UsdPerTcm};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

/// Terms, a plan and prices that fit each other.
#[derive(Debug, Clone)]
struct Deal {
    terms: VolumeTerms,
    plan: Plan,
    prices: MonthlyPrices,
}

impl Deal {
    fn account(&self) -> Account {
        ledger(&self.terms, &self.plan, &self.prices).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn fraction(range: std::ops::Range<f64>) -> impl Strategy<Value = Fraction> {
    range.prop_map(Fraction)
}

fn quantities() -> impl Strategy<Value = (Quantity, Vec<(i32, Quantity)>, Fraction)> {
    let quantity = || {
        prop_oneof![
            (0.01_f64..80.0).prop_map(|volume| Quantity::Annual(Bcm(volume))),
            (0.0_f64..0.2).prop_map(|volume| Quantity::Daily(Bcm(volume))),
        ]
    };
    let build_up = prop::collection::vec((2008_i32..2013, quantity()), 0..3);
    (quantity(), build_up, fraction(1.0..1.5))
}

fn take_or_pay() -> impl Strategy<Value = (TakeOrPay, MakeUp, Option<CarryForward>, EndOfTerm)> {
    let price = select(vec![TakeOrPayPrice::MeanOfYear, TakeOrPayPrice::LastMonth]);
    let take_or_pay = (fraction(0.0..1.0), price, fraction(0.0..1.0))
        .prop_map(|(share, price, share_of_price)| TakeOrPay { share, price, share_of_price });
    let orders = select(vec![MakeUpOrder::AfterAcq, MakeUpOrder::AfterTakeOrPay, MakeUpOrder::First]);
    let prices = prop_oneof![
        Just(MakeUpPrice::Zero),
        (0.0_f64..40.0).prop_map(|cost| MakeUpPrice::VariableCost(UsdPerTcm(cost))),
        Just(MakeUpPrice::Difference),
    ];
    let make_up =
        (orders, 0_u32..5, prices).prop_map(|(order, life_years, price)| MakeUp { order, life_years, price });
    let above = select(vec![CarryForwardBase::AdjustedAcq, CarryForwardBase::TakeOrPay]);
    let cap = prop_oneof![
        fraction(0.0..1.0).prop_map(CarryForwardCap::OfDeficiency),
        fraction(0.0..0.3).prop_map(CarryForwardCap::OfAcq),
    ];
    let carry =
        (above, 0_u32..4, cap).prop_map(|(above, life_years, cap)| CarryForward { above, life_years, cap });
    let end = prop_oneof![
        Just(EndOfTerm::Forfeit),
        Just(EndOfTerm::Refund),
        (1_u32..8).prop_map(|months| EndOfTerm::Extend { months })
    ];
    (take_or_pay, make_up, prop::option::of(carry), end)
}

fn payment() -> impl Strategy<Value = (Payment, ExportDuty, Option<Loan>)> {
    let currencies = prop_oneof![
        Just(vec![("USD".to_string(), Fraction(1.0))]),
        Just(vec![("EUR".to_string(), Fraction(1.0))]),
        Just(["USD", "EUR", "CNY"].map(|code| (code.to_string(), Fraction(1.0 / 3.0))).to_vec()),
        (0.1_f64..0.9).prop_map(|usd| vec![
            ("USD".to_string(), Fraction(usd)),
            ("EUR".to_string(), Fraction(1.0 - usd))
        ]),
    ];
    let payment = (1_u32..=31, 0_u32..3, 0_u32..4, currencies).prop_map(
        |(day, after_months, reconciliation_after_months, currencies)| Payment {
            day,
            after_months,
            reconciliation_after_months,
            currencies,
        },
    );
    let base = select(vec![DutyBase::None, DutyBase::Delivered, DutyBase::Invoiced]);
    let duty = (base, fraction(0.0..0.5)).prop_map(|(base, rate)| ExportDuty { base, rate });
    let repayment = prop_oneof![
        fraction(0.0..1.0).prop_map(Repayment::Volume),
        (0.0_f64..100.0).prop_map(|discount| Repayment::Discount(UsdPerTcm(discount)))
    ];
    let loan = (select(vec!["USD", "EUR"]), 1.0_f64..20_000.0, fraction(0.0..0.2), any::<bool>(), repayment)
        .prop_map(|(currency, million, interest, interest_is_paid, repayment)| Loan {
            currency: currency.to_string(),
            drawings: vec![
                (Date::constant(2007, 3, 15), MillionUsd(million)),
                (Date::constant(2009, 2, 1), MillionUsd(million / 3.0)),
            ],
            interest,
            interest_is_paid,
            repaid_from: Month::new(2009, 3),
            repayment,
        });
    (payment, duty, prop::option::of(loan))
}

/// A contract from a month of 2008 or early 2009, of one to five years.
fn deal(step: Step) -> impl Strategy<Value = Deal> {
    let frame = (0_i32..15, 15_i32..60, 1_u32..=12, 0.0_f64..1.0, 0.0_f64..0.1, 0_u64..u64::MAX);
    (frame, quantities(), take_or_pay(), payment()).prop_map(
        move |((start, months, year_starts_in, short, tolerance, seed), quantities, take_or_pay, payment)| {
            let first = Month::new(2008, 1).plus(start);
            let (quantity, build_up, swing) = quantities;
            let (take_or_pay, make_up, carry_forward, end_of_term) = take_or_pay;
            let (payment, export_duty, loan) = payment;
            let mut draw = Draws(seed);
            let event = |draw: &mut Draws| {
                let month = first.plus((draw.next() * f64::from(months - 1)) as i32);
                let amount = ReducedBy::Share(Fraction(draw.next()));
                Reduction { first: first_day(month), last: last_day(month.plus(draw.next() as i32)), amount }
            };
            let terms = VolumeTerms {
                first,
                last: first.plus(months - 1),
                year_starts_in,
                step,
                quantity,
                build_up,
                swing,
                maintenance: vec![event(&mut draw)],
                force_majeure: vec![event(&mut draw), event(&mut draw)],
                seller_shortfall: SellerShortfall {
                    tolerance: Fraction(tolerance),
                    compensation: Compensation::ShareOfPrice(Fraction(0.5)),
                },
                take_or_pay,
                make_up,
                carry_forward,
                end_of_term,
                payment,
                export_duty,
                loan,
            };
            let schedule = Schedule::of(&terms).expect("usual terms");
            // a year's appetite and a period's, so that deficiencies and surpluses both happen
            let appetite: Vec<f64> = (0..7).map(|_| 1.6 * draw.next()).collect();
            let nominated: Vec<Bcm> = (schedule.contract_quantities().iter().enumerate())
                .map(|(position, quantity)| {
                    let year = 7 * position / schedule.steps();
                    *quantity * (appetite[year] + 0.4 * (draw.next() - 0.5)).max(0.0)
                })
                .collect();
            let made_available = nominated
                .iter()
                .map(|volume| (draw.next() < short * 0.3).then(|| *volume * draw.next()))
                .collect();
            let months = schedule.priced_months();
            let mut prices =
                MonthlyPrices::of(months.iter().map(|_| UsdPerTcm(100.0 + 400.0 * draw.next())).collect());
            prices.usd_per_unit = (["EUR", "CNY"].into_iter())
                .map(|code| (code.to_string(), months.iter().map(|_| 1.0 + 0.5 * draw.next()).collect()))
                .collect();
            for (month, delivered) in months.iter().enumerate().take(5) {
                let reason = if month % 2 == 0 { CorrectionReason::Index } else { CorrectionReason::Review };
                let change = UsdPerTcm(60.0 * (draw.next() - 0.5));
                prices.corrections.push(Correction { month, known: delivered.plus(4), change, reason });
            }
            Deal { terms, plan: Plan { nominated, made_available }, prices }
        },
    )
}

/// Deterministic numbers between 0 and 1 (splitmix64).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn any_deal() -> impl Strategy<Value = Deal> {
    prop_oneof![4 => deal(Step::Month), 1 => deal(Step::Year), 1 => deal(Step::Day)]
}

/// Sum over the cash flows of a year and of some kinds.
fn paid(account: &Account, year: usize, kinds: &[FlowKind]) -> Money {
    let of = account.cash_flows.iter().filter(|flow| flow.year == year && kinds.contains(&flow.kind));
    of.map(|flow| flow.usd).sum()
}

fn total(account: &Account, of: impl Fn(&YearStatement) -> Volume) -> Volume {
    account.years.iter().map(of).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(2009), ..ProptestConfig::default() })]

    #[test]
    fn paid_gas_is_taken_expired_or_settled(deal in any_deal()) {
        let account = deal.account();
        for vintage in &account.vintages {
            prop_assert_eq!(vintage.outstanding(), Volume::ZERO);
            prop_assert!(vintage.taken >= Volume::ZERO && vintage.expired >= Volume::ZERO);
            prop_assert!(vintage.settled >= Volume::ZERO);
        }
        let mut bank = Volume::ZERO;
        for (position, year) in account.years.iter().enumerate() {
            bank += year.deficiency_paid - year.make_up_taken - year.make_up_expired;
            prop_assert!(year.make_up_taken >= Volume::ZERO);
            if position + 1 < account.years.len() {
                prop_assert_eq!(bank, year.make_up_outstanding);
            } else {
                prop_assert_eq!(bank, year.end_of_term);
                prop_assert!(year.delivered_after_term <= year.end_of_term);
            }
        }
        let paid = total(&account, |year| year.deficiency_paid);
        let gone = total(&account, |year| year.make_up_taken + year.make_up_expired + year.end_of_term);
        prop_assert_eq!(paid, gone);
        prop_assert_eq!(paid, account.vintages.iter().map(|vintage| vintage.paid).sum());
    }

    #[test]
    fn the_terms_hold_in_every_year(deal in any_deal()) {
        let account = deal.account();
        let share = netback::contract::exact::Share::from(deal.terms.take_or_pay.share);
        for year in &account.years {
            let adjusted = year.acq - year.maintenance - year.force_majeure - year.seller_shortfall;
            prop_assert_eq!(year.adjusted_acq, adjusted.above_zero());
            prop_assert_eq!(year.take_or_pay, year.adjusted_acq * share);
            prop_assert_eq!(year.counted, year.taken - year.make_up_taken);
            prop_assert_eq!(year.deficiency, (year.take_or_pay - year.counted).above_zero());
            prop_assert_eq!(year.deficiency_paid, year.deficiency - year.carry_forward_applied);
            prop_assert!(year.maintenance + year.force_majeure <= year.acq);
            let threshold = match deal.terms.make_up.order {
                MakeUpOrder::AfterAcq => year.adjusted_acq,
                MakeUpOrder::AfterTakeOrPay => year.take_or_pay,
                MakeUpOrder::First => Volume::ZERO,
            };
            prop_assert!(year.make_up_taken == Volume::ZERO || year.counted >= threshold);
        }
    }

    /// Prices and payments, computed a second time in plain numbers from the monthly statements.
    #[test]
    fn payments_follow_from_the_months(deal in deal(Step::Month)) {
        let account = deal.account();
        let terms = &deal.terms;
        let schedule = Schedule::of(terms).expect("usual terms");
        let close = |one: f64, other: f64| (one - other).abs() <= 1e-9 * (1.0 + one.abs());
        let mut price: Vec<f64> = deal.prices.invoiced.iter().map(|price| price.0).collect();
        deal.prices.corrections.iter().for_each(|one| price[one.month] += one.change.0);
        for (year, of) in account.years.iter().zip(&schedule.years) {
            let months: Vec<usize> = of.months.clone().collect();
            let over = |value: &dyn Fn(usize) -> f64| -> f64 { months.iter().map(|month| value(*month)).sum() };
            let taken = |month: usize| bcm(account.months[month].taken);
            let make_up = |month: usize| bcm(account.months[month].make_up_taken);
            let top = match terms.take_or_pay.price {
                TakeOrPayPrice::MeanOfYear => over(&|month| price[month]) / months.len() as f64,
                TakeOrPayPrice::LastMonth => price[of.months.end - 1],
            } * terms.take_or_pay.share_of_price.0;
            prop_assert!(close(year.take_or_pay_price.value().0, top), "{:?} {top:e}", year.take_or_pay_price);
            let sales = over(&|month| price[month] * (taken(month) - make_up(month)));
            prop_assert!(close(year.sales.value().0, sales), "{:?} {sales:e}", year.sales);
            let short = |month: usize| {
                let proper = bcm(account.months[month].properly_nominated);
                let available = deal.plan.made_available[month].map_or(proper, |volume| volume.0);
                (proper * (1.0 - terms.seller_shortfall.tolerance.0) - available).max(0.0)
            };
            let owed = over(&|month| 0.5 * price[month] * short(month));
            // a month rounds three volumes to 1e-12 bcm and a price to 1e-9 USD/tcm
            let rounding =
                over(&|month| 2e-12 * price[month] + 1e-9 * bcm(account.months[month].properly_nominated));
            let off = (year.shortfall_payment.value().0 - owed).abs();
            prop_assert!(off <= rounding + 1e-12 * owed, "{off:e} {rounding:e}");
            let made_up = bcm(year.make_up_taken + year.delivered_after_term);
            let paid_again = year.make_up_payment.value().0;
            match terms.make_up.price {
                MakeUpPrice::Zero => prop_assert_eq!(paid_again, 0.0),
                MakeUpPrice::VariableCost(cost) => {
                    // the cost rounds to 1e-9 USD/tcm
                    let off = (paid_again - made_up * cost.0).abs();
                    prop_assert!(off <= 1e-9 * (1.0 + made_up), "{paid_again:e} {made_up:e} {cost:?}");
                }
                MakeUpPrice::Difference => {
                    prop_assert!((0.0..=made_up * 530.0 + 1e-9).contains(&paid_again), "{paid_again:e} {made_up:e}")
                },
            }
            let duty = match terms.export_duty.base {
                DutyBase::None => 0.0,
                DutyBase::Delivered if year.delivered_after_term > Volume::ZERO => continue,
                DutyBase::Delivered => over(&|month| price[month] * taken(month)),
                DutyBase::Invoiced => sales + paid_again + (year.deficiency_payment - year.refund).value().0,
            };
            // the rate rounds to 1e-12 of the value it is taken of
            let off = (year.export_duty.value().0 - duty * terms.export_duty.rate.0).abs();
            prop_assert!(off <= 1e-11 * (1.0 + sales + duty.abs()), "{:?} {duty:e}", year.export_duty);
            if let Some(carry) = terms.carry_forward {
                let cap = match carry.cap {
                    CarryForwardCap::OfDeficiency(share) => bcm(year.deficiency) * share.0,
                    CarryForwardCap::OfAcq(share) => bcm(year.acq) * share.0,
                };
                // the cap rounds to 1e-12 bcm, its share to 1e-12
                let rounding = 1e-12 * (1.0 + bcm(year.acq));
                prop_assert!(bcm(year.carry_forward_applied) <= cap + rounding, "{cap:e} {year:?}");
                let above = match carry.above {
                    CarryForwardBase::AdjustedAcq => year.adjusted_acq,
                    CarryForwardBase::TakeOrPay => year.take_or_pay,
                };
                prop_assert_eq!(year.carry_forward_earned, (year.counted - above).above_zero());
            }
        }
    }

    #[test]
    fn deliveries_are_nominations_within_limits(deal in deal(Step::Month)) {
        let account = deal.account();
        let schedule = Schedule::of(&deal.terms).expect("usual terms");
        for (month, limit) in schedule.limits().iter().enumerate() {
            let available = deal.plan.made_available[month].unwrap_or(Bcm(f64::MAX));
            let wanted = deal.plan.nominated[month].min(*limit).min(available);
            prop_assert_eq!(account.months[month].taken, Volume::from(wanted));
        }
        let delivered: Volume = account.months.iter().map(|month| month.taken).sum();
        prop_assert_eq!(delivered, total(&account, |year| year.taken));
        let make_up: Volume = account.months.iter().map(|month| month.make_up_taken).sum();
        prop_assert_eq!(make_up, total(&account, |year| year.make_up_taken));
    }

    #[test]
    fn carry_forward_is_earned_before_it_is_used(deal in any_deal()) {
        let account = deal.account();
        let mut left = Volume::ZERO;
        for year in &account.years {
            prop_assert!(year.carry_forward_applied >= Volume::ZERO && year.carry_forward_applied <= left);
            left += year.carry_forward_earned - year.carry_forward_applied - year.carry_forward_expired;
            prop_assert!(left >= Volume::ZERO);
            prop_assert_eq!(left, year.carry_forward_outstanding);
        }
    }

    #[test]
    fn cash_flows_add_up_to_the_annual_statements(deal in any_deal()) {
        use FlowKind::*;
        let account = deal.account();
        for (position, year) in account.years.iter().enumerate() {
            let paid = |kinds: &[FlowKind]| paid(&account, position, kinds);
            prop_assert_eq!(paid(&[Gas, TrueUp, PriceReview]), year.sales);
            prop_assert_eq!(paid(&[MakeUp]), year.make_up_payment);
            prop_assert_eq!(paid(&[Deficiency]), year.deficiency_payment);
            prop_assert_eq!(paid(&[SellerShortfall]), -year.shortfall_payment);
            prop_assert_eq!(paid(&[Refund]), -year.refund);
            prop_assert_eq!(paid(&[ExportDuty]), -year.export_duty);
            let gas = [Gas, TrueUp, PriceReview, MakeUp, Deficiency, SellerShortfall, Refund];
            prop_assert_eq!(paid(&gas), year.net_to_seller);
        }
        // what a payment in one currency says of its volume and price is what it is worth
        for flow in account.cash_flows.iter().filter(|_| deal.terms.payment.currencies.len() == 1) {
            if flow.volume > Volume::ZERO && flow.kind.is_between_the_parties() && flow.kind != LoanRepaid {
                let value = flow.volume * flow.price;
                prop_assert!(flow.usd == value || flow.usd == -value, "{flow:?}");
            }
        }
        prop_assert!(account.cash_flows.windows(2).all(|pair| pair[0].date <= pair[1].date));
        let cash = account.seller_cash();
        let summed: f64 = cash.map_or(0.0, |cash| cash.values.iter().map(|value| value.0).sum());
        let all: Money = account.cash_flows.iter().map(|flow| flow.usd).sum();
        prop_assert!((summed - all.value().0).abs() <= 1e-9 * (1.0 + all.value().0.abs()));
    }

    #[test]
    fn a_loan_is_repaid_to_the_last_unit(deal in any_deal()) {
        let account = deal.account();
        let mut balance = Money::ZERO;
        for year in &account.loan {
            balance += year.drawn + year.interest - year.interest_paid - year.repaid - year.due;
            prop_assert_eq!(balance, year.balance);
            prop_assert!(balance >= Money::ZERO);
        }
        prop_assert_eq!(balance, Money::ZERO);
        let of_loan = [FlowKind::LoanDrawn, FlowKind::LoanRepaid, FlowKind::LoanInterest, FlowKind::LoanDue];
        let flows: Money = (account.cash_flows.iter())
            .filter(|flow| of_loan.contains(&flow.kind))
            .map(|flow| flow.amount)
            .sum();
        let interest: Money = account.loan.iter().map(|year| year.interest).sum();
        prop_assert_eq!(flows, -interest);
    }

    #[test]
    fn the_same_plan_gives_the_same_bytes(deal in any_deal()) {
        let schedule = Schedule::of(&deal.terms).expect("usual terms");
        let bytes = |account: &Account| -> Vec<Vec<u8>> {
            account_tables(&schedule, account).iter().map(netback::report::Table::csv).collect()
        };
        let once = schedule.account(&deal.plan, &deal.prices).expect("an account");
        prop_assert_eq!(bytes(&once), bytes(&deal.account()));
        prop_assert_eq!(&once, &deal.account());
    }

    /// Both orders have the same deficiencies, and the one that recovers sooner is ahead after every year.
    #[test]
    fn after_take_or_pay_recovers_at_least_as_much_as_after_acq(deal in any_deal()) {
        let with = |order| {
            let mut deal = deal.clone();
            deal.terms.make_up.order = order;
            deal.terms.carry_forward = None;
            deal.account()
        };
        let (top, acq) = (with(MakeUpOrder::AfterTakeOrPay), with(MakeUpOrder::AfterAcq));
        let (mut of_top, mut of_acq) = (Volume::ZERO, Volume::ZERO);
        for (top, acq) in top.years.iter().zip(&acq.years) {
            prop_assert_eq!(top.deficiency, acq.deficiency);
            of_top += top.make_up_taken;
            of_acq += acq.make_up_taken;
            prop_assert!(of_top >= of_acq);
        }
    }

    /// A plan by days, even over each month, owes what the plan by months does, but for the halves of rounding.
    #[test]
    fn days_and_months_agree(deal in deal(Step::Month)) {
        let mut monthly = deal;
        monthly.terms.maintenance.clear();
        monthly.terms.force_majeure.clear();
        let mut daily = monthly.clone();
        daily.terms.step = Step::Day;
        let months = monthly.plan.nominated.iter().enumerate();
        let days = months.map(|(position, volume)| {
            let days = monthly.terms.first.plus(position as i32).days();
            vec![*volume * (1.0 / f64::from(days)); days as usize]
        });
        daily.plan.nominated = days.flatten().collect();
        monthly.plan.made_available.clear();
        daily.plan.made_available.clear();
        for (month, day) in monthly.account().years.iter().zip(&daily.account().years) {
            for (one, other) in [(month.taken, day.taken), (month.deficiency_paid, day.deficiency_paid)] {
                prop_assert!((one - other).value().0.abs() < 1e-8, "{one:?} {other:?}");
            }
            let off = (month.net_to_seller - day.net_to_seller).value().0.abs();
            prop_assert!(off <= 1e-9 * (1.0 + month.net_to_seller.value().0.abs()) + 1e-5, "{off}");
        }
    }
}

/// The random deals reach every part of the ledger: without this the properties above could hold of nothing.
#[test]
fn the_random_deals_are_worth_testing() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..300 {
        let deal = any_deal().new_tree(&mut runner).expect("a deal").current();
        let account = deal.account();
        let some = |of: fn(&YearStatement) -> Volume| total(&account, of) > Volume::ZERO;
        let mut count = |what: &str, is: bool| *seen.entry(what.to_string()).or_default() += usize::from(is);
        count("make-up taken", some(|year| year.make_up_taken));
        count("make-up expired", some(|year| year.make_up_expired));
        count("left at the end", some(|year| year.end_of_term));
        count("delivered after term", some(|year| year.delivered_after_term));
        count("carry-forward applied", some(|year| year.carry_forward_applied));
        count("carry-forward expired", some(|year| year.carry_forward_expired));
        count("seller's shortfall", some(|year| year.seller_shortfall));
        count("maintenance", some(|year| year.maintenance));
        count("force majeure", some(|year| year.force_majeure));
        for kind in FlowKind::ALL {
            count(kind.word(), account.cash_flows.iter().any(|flow| flow.kind == kind));
        }
    }
    let rare: Vec<_> = seen.iter().filter(|(_, count)| **count < 15).collect();
    assert!(rare.is_empty(), "of 300 deals only so many have {rare:?}; all: {seen:?}");
}

/// The contract of a published problem with some of its text replaced.
fn changed(folder: &str, replaced: &[(&str, &str)]) -> Contract {
    let path = format!("{}/../../cases/published/{folder}/contract.toml", env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(path).expect("a published contract");
    for (old, new) in replaced {
        assert_eq!(text.matches(old).count(), 1, "{old}");
        text = text.replace(old, new);
    }
    Contract::read(folder, &text).unwrap_or_else(|found| panic!("{found}"))
}

fn account(contract: &Contract) -> Account {
    contract.account(&Indices::default()).unwrap_or_else(|found| panic!("{found}"))
}

/// 100 a year, 80 % to be paid; 60, 110 and 100 are taken at a price of 3.
const THREE_YEARS: &str = "take-or-pay-order-after-top";

fn bcm(volume: Volume) -> f64 {
    volume.value().0
}

#[test]
fn make_up_first_creates_a_deficiency() {
    // the second year takes 110, of which 20 are make-up: 90 count. The third takes 85 after a second year of 70.
    let contract = changed(
        THREE_YEARS,
        &[("order = \"after_top\"", "order = \"first\""), ("nominated_bcm = 110", "nominated_bcm = 90")],
    );
    let years = account(&contract).years;
    assert_eq!(bcm(years[0].deficiency_paid), 20.0);
    // 90 taken, the first 20 are make-up: 70 count, 10 short of 80
    assert_eq!(bcm(years[1].make_up_taken), 20.0);
    assert_eq!(bcm(years[1].deficiency_paid), 10.0);
    assert_eq!(years[1].deficiency_payment.value(), MillionUsd(30.0));
}

#[test]
fn what_is_left_is_forfeited_refunded_or_delivered() {
    let low = ("nominated_bcm = 110", "nominated_bcm = 60");
    let last = ("nominated_bcm = 100", "nominated_bcm = 80");
    let forfeited = account(&changed(THREE_YEARS, &[low, last]));
    let end = forfeited.years.last().expect("three years");
    // 20 of the first year are too old by then, 20 of the second are left
    assert_eq!((bcm(end.make_up_expired), bcm(end.end_of_term)), (20.0, 20.0));
    assert_eq!(end.net_to_seller.value(), MillionUsd(240.0));

    let refunded = account(&changed(THREE_YEARS, &[low, last, ("rule = \"forfeit\"", "rule = \"refund\"")]));
    let end = refunded.years.last().expect("three years");
    assert_eq!(end.refund.value(), MillionUsd(60.0));
    assert_eq!(end.net_to_seller.value(), MillionUsd(180.0));

    // 100 a year with a swing of 1.25 are 10.6 in January: the second month brings the rest of the 20
    let extended =
        changed(THREE_YEARS, &[low, last, ("rule = \"forfeit\"", "rule = \"extend\"\nmonths = 2")]);
    let delivered = account(&extended);
    let end = delivered.years.last().expect("three years");
    assert!((bcm(end.delivered_after_term) - 20.0).abs() < 0.3);
    let after: Vec<String> = (delivered.cash_flows.iter())
        .filter(|flow| flow.kind == FlowKind::MakeUp)
        .map(|flow| format!("{} {:.3}", flow.date, flow.volume.value().0))
        .collect();
    assert_eq!(after, ["2030-02-15 10.616", "2030-03-15 9.384"]);
}

#[test]
fn a_difference_is_paid_and_never_refunded() {
    // gas is dearer by 2 from the second year on: what was paid at 3 costs 2 more
    let review = "[plan]\n";
    let dearer =
        "[[price_review]]\ndecided = \"2028-01\"\nfrom = \"2028-01\"\nchange_usd_per_tcm = 2\n\n[plan]\n";
    let difference = ("price = \"zero\"", "price = \"difference\"");
    let years = account(&changed(THREE_YEARS, &[difference, (review, dearer)])).years;
    assert_eq!(bcm(years[1].make_up_taken), 20.0);
    assert_eq!(years[1].make_up_payment.value(), MillionUsd(40.0));
    assert_eq!(years[1].sales.value(), MillionUsd(450.0));
    let cheaper = dearer.replace("= 2\n", "= -2\n");
    let years = account(&changed(THREE_YEARS, &[difference, (review, &cheaper)])).years;
    assert_eq!(years[1].make_up_payment.value(), MillionUsd(0.0));
}

#[test]
fn a_review_with_effect_on_the_past_is_paid_when_it_is_decided() {
    let review = "[[price_review]]\ndecided = \"2028-07\"\nfrom = \"2028-01\"\nto = \"2028-12\"\nchange_usd_per_tcm = -1\n\n[plan]\n";
    let account = account(&changed(THREE_YEARS, &[("[plan]\n", review)]));
    let corrections: Vec<_> =
        account.cash_flows.iter().filter(|flow| flow.kind == FlowKind::PriceReview).collect();
    // January to June, all of them with the invoice of July
    assert_eq!(corrections.len(), 6);
    assert!(
        corrections
            .iter()
            .all(|flow| flow.date == Date::constant(2028, 8, 15) && flow.price.value().0 == -1.0)
    );
    // 110 taken, 20 of them made up for nothing, the rest at 2
    assert_eq!(account.years[1].sales.value(), MillionUsd(180.0));
    assert_eq!(account.years[2].sales.value(), MillionUsd(300.0));
}

#[test]
fn a_provisional_price_is_trued_up() {
    let payment = (
        "currency = \"USD\"",
        "currency = \"USD\"\nprovisional_price = \"previous-month\"\ntrue_up_after_months = 3",
    );
    let account = account(&changed(THREE_YEARS, &[payment]));
    // the price never changes: nothing to true up
    assert!(account.cash_flows.iter().all(|flow| flow.kind != FlowKind::TrueUp));
    let mut prices = MonthlyPrices::of(vec![UsdPerTcm(3.0); 36]);
    prices.corrections.push(Correction {
        month: 13,
        known: Month::new(2028, 5),
        change: UsdPerTcm(0.5),
        reason: CorrectionReason::Index,
    });
    let contract = changed(THREE_YEARS, &[]);
    let account = contract.schedule.account(&contract.plan, &prices).expect("an account");
    let true_ups: Vec<_> = account.cash_flows.iter().filter(|flow| flow.kind == FlowKind::TrueUp).collect();
    assert_eq!(true_ups.len(), 1);
    assert_eq!(
        (true_ups[0].date, true_ups[0].month),
        (Date::constant(2028, 6, 15), Some(Month::new(2028, 2)))
    );
    assert_eq!(true_ups[0].usd.value().0, 0.5 * true_ups[0].volume.value().0);
}

#[test]
fn what_is_known_early_is_paid_with_the_gas() {
    let contract = changed(THREE_YEARS, &[]);
    let mut prices = MonthlyPrices::of(vec![UsdPerTcm(3.0); 36]);
    let (known, change, reason) = (Month::new(2027, 1), UsdPerTcm(0.5), CorrectionReason::Index);
    prices.corrections.push(Correction { month: 4, known, change, reason });
    let account = contract.schedule.account(&contract.plan, &prices).expect("an account");
    let true_up = account.cash_flows.iter().find(|flow| flow.kind == FlowKind::TrueUp).expect("one");
    assert_eq!(true_up.date, Date::constant(2027, 6, 15));
}

#[test]
fn force_majeure_lowers_what_is_owed_and_what_can_be_taken() {
    let nominated = ("nominated_by = \"year\"", "nominated_by = \"month\"");
    let event =
        "[[force_majeure]]\nfirst_day = \"2028-06-01\"\nlast_day = \"2028-06-30\"\nshare = 0.6\n\n[plan]\n";
    let account = account(&changed(THREE_YEARS, &[nominated, ("[plan]\n", event)]));
    // June owes 30 of 366 days of 100; 40 % of it, times a swing of 1.25, can be taken of the 110 % nominated
    let june = 100.0 * 30.0 / 366.0;
    assert!((bcm(account.months[17].taken) - 0.4 * 1.25 * june).abs() < 1e-9);
    assert!((bcm(account.years[1].force_majeure) - 0.6 * june).abs() < 1e-9);
    assert!((bcm(account.years[1].take_or_pay) - 0.8 * (100.0 - 0.6 * june)).abs() < 1e-9);
}

#[test]
fn half_in_euros_is_half_in_euros() {
    let parts = "\n[[payment.part]]\ncurrency = \"USD\"\nshare = 0.5\n\n[[payment.part]]\ncurrency = \"EUR\"\nshare = 0.5\n";
    let rates = format!(
        "[[currency]]\ncode = \"EUR\"\nindex = \"usd_per_eur\"\n\n[series.usd_per_eur]\nunit = \"USD/EUR\"\nfrom = \"2027-01\"\nvalues = [{}]\n\n[plan]\n",
        vec!["1.25"; 36].join(", ")
    );
    let account = account(&changed(THREE_YEARS, &[("currency = \"USD\"\n", parts), ("[plan]\n", &rates)]));
    assert_eq!(account.currencies, ["USD", "EUR"]);
    let of = |currency| -> f64 {
        let flows = account.cash_flows.iter().filter(|flow| flow.currency == currency);
        flows.map(|flow| flow.amount).sum::<Money>().value().0
    };
    // 60, 90 and 100 counted and 20 paid at 3
    assert_eq!((of(0), of(1)), (405.0, 324.0));
}

#[test]
fn a_loan_is_repaid_in_volume_or_in_discount() {
    let loan = |repayment: &str| {
        format!(
            "[loan]\ncurrency = \"USD\"\ninterest_rate = 0.0\ninterest = \"added\"\nrepaid_from = \"2027-01\"\n{repayment}\n\n[[loan.drawing]]\ndate = \"2027-01-01\"\nmillion = 90\n\n[plan]\n"
        )
    };
    // half of the gas at 3 is 90 in the first year
    let volume = loan("repayment = \"volume\"\nshare_of_gas = 0.5");
    let volume = account(&changed(THREE_YEARS, &[("[plan]\n", &volume)]));
    assert!((volume.loan[0].repaid.value().0 - 90.0).abs() < 1e-9, "{:?}", volume.loan);
    // a discount of 0.5 on 60, 90 and 100 is 30, 45 and the 15 that are left
    let discount = loan("repayment = \"discount\"\ndiscount_usd_per_tcm = 0.5");
    let discount = account(&changed(THREE_YEARS, &[("[plan]\n", &discount)]));
    let repaid: Vec<f64> = discount.loan.iter().map(|year| year.repaid.value().0).collect();
    for (repaid, wanted) in repaid.iter().zip([30.0, 45.0, 15.0]) {
        assert!((repaid - wanted).abs() < 1e-9, "{repaid} {wanted}");
    }
    assert_eq!(discount.loan[2].due, Money::ZERO);
}

#[test]
fn interest_runs_by_days_from_the_drawing_to_the_payment() {
    let loan = |interest: &str| {
        let text = format!(
            "[loan]\ncurrency = \"USD\"\ninterest_rate = 0.1\ninterest = \"{interest}\"\nrepaid_from = \"2029-12\"\nrepayment = \"discount\"\ndiscount_usd_per_tcm = 0\n\n[[loan.drawing]]\ndate = \"2027-01-01\"\nmillion = 100\n\n[plan]\n"
        );
        account(&changed(THREE_YEARS, &[("[plan]\n", &text)]))
    };
    let of = |account: &Account, kind: FlowKind| -> Vec<(String, f64)> {
        let flows = account.cash_flows.iter().filter(|flow| flow.kind == kind);
        flows.map(|flow| (flow.date.to_string(), flow.amount.value().0)).collect()
    };
    // January's gas is paid on 15 February, 45 days after the drawing; February's 28 days later
    let paid = loan("paid");
    let interest = of(&paid, FlowKind::LoanInterest);
    for ((date, amount), (on, days)) in interest.iter().zip([("2027-02-15", 45.0), ("2027-03-15", 28.0)]) {
        assert!(date == on && (amount + 10.0 * days / 365.0).abs() < 1e-9, "{date} {amount}");
    }
    assert_eq!(of(&paid, FlowKind::LoanDue), [("2030-01-15".to_string(), -100.0)]);
    // added, the second interest is on the first
    let added = loan("added");
    assert!(of(&added, FlowKind::LoanInterest).is_empty());
    let mut balance = 100.0;
    let mut before = Date::constant(2027, 1, 1);
    for month in 1..=36 {
        let paid = first_day(Month::new(2027, 1).plus(month))
            .checked_add(jiff::Span::new().days(14))
            .expect("a day");
        balance *= 1.0 + 0.1 * f64::from((paid - before).get_days()) / 365.0;
        before = paid;
    }
    let [(date, due)] = of(&added, FlowKind::LoanDue).try_into().expect("one payment");
    assert!(date == "2030-01-15" && (due + balance).abs() < 1e-9, "{date} {due} {balance}");
}

#[test]
fn leap_years_have_a_day_more_of_a_daily_quantity_and_the_same_annual_one() {
    let contract = changed("take-or-pay-eight-years", &[]);
    let of = |year: i32| contract.schedule.years.iter().find(|one| one.year == year).expect("a year").acq;
    assert_eq!((bcm(of(2028)), bcm(of(2029))), (7.686, 7.665));
    let contract = changed(THREE_YEARS, &[("nominated_by = \"year\"", "nominated_by = \"day\"")]);
    assert_eq!(contract.schedule.steps(), 365 + 366 + 365);
    assert!(contract.schedule.years.iter().all(|year| bcm(year.acq) == 100.0));
}

#[test]
fn a_quantity_takes_its_own_unit() {
    let standard = changed(
        THREE_YEARS,
        &[
            ("temperature_celsius = 15", "temperature_celsius = 20"),
            ("calorific_value_mj_per_m3 = 40", "calorific_value_mj_per_m3 = 37.1"),
            ("acq_bcm_per_year = 100", "acq_bcm_per_year = \"92.75 bcm/yr (standard)\""),
        ],
    );
    assert_eq!(bcm(standard.schedule.years[0].acq), 100.0);
}

#[test]
fn wrong_plans_are_refused() {
    let contract = changed(THREE_YEARS, &[]);
    let prices = MonthlyPrices::of(vec![UsdPerTcm(3.0); 36]);
    let plan = |values: &[f64]| Plan {
        nominated: values.iter().copied().map(Bcm).collect(),
        made_available: Vec::new(),
    };
    let account = |plan: &Plan, prices: &MonthlyPrices| contract.schedule.account(plan, prices);
    assert!(account(&plan(&[60.0, 60.0, 60.0]), &prices).is_ok());
    let refused = account(&plan(&[60.0, 60.0]), &prices);
    assert!(matches!(refused, Err(LedgerError::Length { what: "nominations", given: 2, wanted: 3 })));
    for wrong in [-1.0, f64::NAN, 1e7] {
        let refused = account(&plan(&[60.0, wrong, 60.0]), &prices);
        assert!(matches!(refused, Err(LedgerError::Number { position: 1, .. })), "{wrong}: {refused:?}");
    }
    let refused = account(&plan(&[60.0, 60.0, 60.0]), &MonthlyPrices::of(vec![UsdPerTcm(f64::INFINITY); 36]));
    assert!(matches!(refused, Err(LedgerError::Number { what: "price", .. })));
}
