//! What the contract of a file is worth: its terms on the volume lattice, its formula on simulated fuels, and the
//! exact ledger as the account of every plan.
//!
//! Prices move by the month, decisions are taken at the first month of a period (a month, a quarter, a half year, a
//! year). Gas of a period is worth the forwards of its months as they are then seen, and costs the mean of the
//! formula's prices of its months, later months likewise at their forwards; where the blocks of the formula contain
//! the periods that is the contract price itself. The ledger gets this price for all months of the period.
//!
//! Ledger and valuation share the amounts of each period exactly, and agree on them. Both put the gas of a period at
//! the middle of the period and the annual reconciliation at the last period of its year; what the dates of payment of
//! the contract are worth beside that is worked out apart ([`ContractValue::payment_dates`]).

use std::cell::RefCell;

use super::contract_file::{Contract, ValuationTerms};
use super::index::Indices;
use super::ledger::{Account, MonthlyPrices, Plan};
use super::price_paths::{Dates, PriceModel};
use super::schedule::{Schedule, first_day};
use super::swing::{EndOfTerm, MakeUp, MakeUpOrder, TakeOrPay};
use super::valuation::{
    FlexibleContract, PlannedTakes, PricedPeriod, SimulatedPrices, TakeOrPayPrice, Valuation,
    ValuationSettings, break_even_factor, value_contract,
};
use super::volume_terms;
use crate::calendar::Month;
use crate::case::{Finding, Findings};
use crate::units::{Bcm, Fraction, MillionUsd, UsdPerTcm};

/// Most paths from which a break-even factor is taken: each of its trials is a whole valuation.
const BREAK_EVEN_PATHS: usize = 1024;

/// Value of a contract with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ContractValue {
    /// Ladder, risk, deltas.
    pub valuation: Valuation,
    /// First and last month of each period of decision.
    pub periods: Vec<(Month, Month)>,
    /// Position of the contract year of each period.
    pub year_of_period: Vec<usize>,
    /// Calendar years in which the contract years begin.
    pub years: Vec<i32>,
    /// Months at which prices are simulated.
    pub months: Vec<Month>,
    /// Simulated series and their units.
    pub series: Vec<(String, String)>,
    /// Forward of each series by month.
    pub forwards: Vec<Vec<f64>>,
    /// On the forward curve: worth of the gas less cost, and contract price, by period.
    pub forward_prices: Vec<(UsdPerTcm, UsdPerTcm)>,
    /// Series of the formula, and the factor on its forwards at which the contract is worth nothing to the holder;
    /// none between 1/8 and 8.
    pub break_even: Vec<(String, Option<f64>)>,
    /// Paths from which the factors are taken.
    pub break_even_paths: usize,
    /// What it adds to the intrinsic value that payments are made at the dates of the contract.
    pub payment_dates: MillionUsd,
    /// Share of the largest nominations that multiples of the volume step reach.
    pub reached: Fraction,
    /// Mean present value of the export duty.
    pub export_duty: MillionUsd,
    /// How much was computed.
    pub settings: ValuationSettings,
}

/// Everything that a valuation borrows from.
struct Setting<'a> {
    contract: &'a Contract,
    terms: &'a ValuationTerms,
    known: Indices,
    /// All simulated months.
    months: Vec<Month>,
    months_per_period: usize,
    periods: Vec<PricedPeriod>,
    /// Share of each period of nomination in the volume of its period of decision.
    nomination_shares: Vec<(usize, f64)>,
    limits: Vec<Bcm>,
}

impl Contract {
    /// Values the contract as its section `[valuation]` says.
    ///
    /// `progress` is called with what comes next. Series inside the file take precedence over the given ones, of which
    /// months from the start of the valuation on are not used.
    /// Errors: no section `[valuation]`, a term that the volume lattice cannot hold, an index of the formula without history or process, a volume lattice that is
    /// too large, a plan on which ledger and valuation disagree.
    pub fn value(
        &self,
        indices: &Indices,
        settings: &ValuationSettings,
        progress: &dyn Fn(&str),
    ) -> Result<ContractValue, Findings> {
        let Some(terms) = &self.valuation else {
            let help = "add [valuation]; contracts/example-take-or-pay.toml shows one";
            let message = "the contract has no section [valuation]".to_string();
            return Err(Findings::one(Finding::new("missing-key", self.price_place(), message, help)));
        };
        terms.unfit.clone().or(())?;
        let settings = ValuationSettings { risk_measure: terms.risk_measure, ..*settings };
        let refused = |message: String| {
            let help = "give the missing history or process, or another volume_step_bcm";
            Findings::one(Finding::new("price-unknown", terms.place().clone(), message, help))
        };
        let setting = Setting::of(self, terms, indices);
        setting.check_indices().map_err(refused)?;
        let model = setting.model().map_err(refused)?;
        let formula = |path: SimulatedPrices| setting.contract_prices(path);
        let ledger = |takes: &PlannedTakes| setting.cash(takes);
        let flexible = setting.flexible(&formula, &ledger);
        progress("learning and replaying the policy");
        let valuation =
            value_contract(&flexible, &model, &settings).map_err(|why| refused(why.to_string()))?;
        let few = ValuationSettings {
            learning_paths: settings.learning_paths.min(BREAK_EVEN_PATHS),
            replay_paths: settings.replay_paths.min(BREAK_EVEN_PATHS),
            ..settings
        };
        let mut break_even = Vec::new();
        let of_formula = self.price.indices();
        for (position, series) in terms.series.iter().enumerate() {
            if of_formula.iter().any(|(index, _)| *index == series.name) {
                progress(&format!("break-even of {}", series.name));
                let factor = break_even_factor(&flexible, &model, position, &few);
                break_even.push((series.name.clone(), factor.map_err(|why| refused(why.to_string()))?));
            }
        }
        let forward_path = model.forward_path();
        let simulated = SimulatedPrices::new(&forward_path.prices, model.series());
        let contract_prices = setting.contract_prices(simulated).map_err(refused)?;
        let market = |period: &PricedPeriod| {
            let worth = period.mean(|date| simulated.price(date, terms.market.series));
            UsdPerTcm(terms.market.usd_per_tcm * worth - terms.market.cost.0)
        };
        let account = setting.account(&valuation.intrinsic_plan, &contract_prices).map_err(refused)?;
        let reachable: f64 = flexible.terms.most.iter().sum();
        let limit: f64 = setting.limits.iter().map(|limit| limit.0).sum();
        let first = |period: &PricedPeriod| setting.months[period.dates.start];
        let last = |period: &PricedPeriod| setting.months[period.dates.end - 1];
        let per_year = terms.decisions_per_year;
        Ok(ContractValue {
            export_duty: setting.export_duty(&valuation),
            payment_dates: setting.payment_dates(&account),
            periods: setting.periods.iter().map(|period| (first(period), last(period))).collect(),
            year_of_period: (0..setting.periods.len()).map(|period| period / per_year).collect(),
            years: self.schedule.years.iter().map(|year| year.year).collect(),
            series: terms
                .series
                .iter()
                .map(|one| one.name.clone())
                .zip(terms.units.iter().cloned())
                .collect(),
            forwards: (0..model.series())
                .map(|series| (0..model.dates()).map(|date| model.forward(date, series)).collect())
                .collect(),
            forward_prices: setting.periods.iter().map(market).zip(contract_prices).collect(),
            break_even,
            break_even_paths: few.replay_paths,
            reached: Fraction(if limit > 0.0 { reachable / limit } else { 1.0 }),
            months: setting.months.clone(),
            valuation,
            settings,
        })
    }
}

impl<'a> Setting<'a> {
    fn of(contract: &'a Contract, terms: &'a ValuationTerms, indices: &Indices) -> Self {
        let schedule = &contract.schedule;
        let (first, last) = (schedule.terms.first, schedule.terms.last);
        let mut known = indices.clone();
        known.0.extend(contract.indices.0.iter().map(|(name, series)| (name.clone(), series.clone())));
        // Nobody knows at the start what comes later.
        for series in known.0.values_mut() {
            series.values.retain(|month, _| *month < terms.start);
        }
        let months: Vec<Month> =
            (0..=last.months_since(terms.start)).map(|later| terms.start.plus(later)).collect();
        let before = first.months_since(terms.start) as usize;
        let months_per_period = 12 / terms.decisions_per_year;
        let limits = schedule.monthly_limits();
        let periods: Vec<PricedPeriod> = (0..schedule.months.len() / months_per_period)
            .map(|period| {
                let months = period * months_per_period..(period + 1) * months_per_period;
                let total: f64 = limits[months.clone()].iter().map(|limit| limit.0).sum();
                let weight = |limit: &Bcm| match total > 0.0 {
                    true => limit.0 / total,
                    false => 1.0 / months_per_period as f64,
                };
                let weights = limits[months.clone()].iter().map(weight).collect();
                PricedPeriod { dates: before + months.start..before + months.end, weights }
            })
            .collect();
        let nomination_shares = nomination_shares(schedule, months_per_period, periods.len());
        Setting { contract, terms, known, months, months_per_period, periods, nomination_shares, limits }
    }

    /// Units of the history, and that the formula needs nothing that is neither known nor simulated.
    fn check_indices(&self) -> Result<(), String> {
        for (index, unit) in self.contract.price.indices() {
            if let Some(series) = self.known.0.get(index).filter(|series| series.unit != unit) {
                return Err(format!(
                    "\"{index}\" is in {}, the price formula reads it in {unit}",
                    series.unit
                ));
            }
        }
        let missing = RefCell::new(None);
        let lookup = |index: &str, month: Month| {
            let later = month >= self.terms.start;
            let moves = self.terms.series.iter().any(|one| one.name == index);
            if later && !moves {
                missing.borrow_mut().get_or_insert_with(|| (index.to_string(), month));
            }
            if later { moves.then_some(1.0) } else { self.known.value(index, month) }
        };
        for month in &self.contract.schedule.months {
            let priced = self.contract.price.price_on(*month, &lookup);
            if let Some((index, at)) = missing.borrow().as_ref() {
                return Err(format!(
                    "the price of {month} needs \"{index}\" in {at}, after the start: add [[valuation.process]] for it"
                ));
            }
            priced.map_err(|why| format!("no price for {month}: {why}"))?;
        }
        Ok(())
    }

    fn model(&self) -> Result<PriceModel, String> {
        let dates = Dates {
            years: (0..self.months.len()).map(|month| (month as f64 + 0.5) / 12.0).collect(),
            months: self.months.iter().map(|month| month.month()).collect(),
        };
        PriceModel::new(&self.terms.series, &self.terms.correlations, &dates).map_err(|why| why.to_string())
    }

    /// Terms on the volume lattice. What it cannot hold was refused when the file was read.
    fn flexible<'b>(
        &'b self,
        formula: &'b super::valuation::ContractPrice<'b>,
        ledger: &'b super::valuation::Ledger<'b>,
    ) -> FlexibleContract<'b> {
        let schedule = &self.contract.schedule;
        let terms = &schedule.terms;
        let step = self.terms.volume_step.0;
        let per_period = |volumes: &[f64]| -> Vec<f64> {
            volumes.chunks(self.months_per_period).map(|months| months.iter().sum()).collect()
        };
        let limits: Vec<f64> = self.limits.iter().map(|limit| limit.0).collect();
        let most = per_period(&limits);
        let mut planned = vec![Bcm(0.0); self.periods.len()];
        let nominated = &self.contract.plan.nominated;
        for ((volume, limit), (period, _)) in
            nominated.iter().zip(schedule.limits()).zip(&self.nomination_shares)
        {
            planned[*period].0 += volume.0.min(limit.0);
        }
        let obligations = schedule.obligations();
        FlexibleContract {
            terms: TakeOrPay {
                step,
                dates_per_year: self.terms.decisions_per_year,
                least: vec![0.0; self.periods.len()],
                // A hair above, so that a limit that is a multiple stays one.
                most: most.iter().map(|most| (most / step + 1e-9).floor() * step).collect(),
                annual_quantity: obligations.iter().map(|year| year.adjusted_acq.value().0).collect(),
                take_or_pay: obligations.iter().map(|year| year.take_or_pay.value().0).collect(),
                annual_most: None,
                make_up: (terms.make_up.life_years > 0).then_some(MakeUp {
                    order: match terms.make_up.order {
                        volume_terms::MakeUpOrder::AfterAcq => MakeUpOrder::AfterAnnualQuantity,
                        volume_terms::MakeUpOrder::AfterTakeOrPay => MakeUpOrder::AfterTakeOrPay,
                        volume_terms::MakeUpOrder::First => MakeUpOrder::First,
                    },
                    life_years: terms.make_up.life_years as usize,
                }),
                end_of_term: match terms.end_of_term {
                    volume_terms::EndOfTerm::Refund => EndOfTerm::Refund,
                    _ => EndOfTerm::Forfeit,
                },
            },
            periods: self.periods.clone(),
            planned,
            market: self.terms.market,
            contract: formula,
            take_or_pay_price: match terms.take_or_pay.price {
                volume_terms::TakeOrPayPrice::MeanOfYear => TakeOrPayPrice::MeanOfYear,
                volume_terms::TakeOrPayPrice::LastMonth => TakeOrPayPrice::LastOfYear,
            },
            take_or_pay_share: terms.take_or_pay.share_of_price,
            discounts: self
                .periods
                .iter()
                .map(|period| {
                    let middle = 0.5 * (period.dates.start + period.dates.end) as f64;
                    self.discount(middle / 12.0)
                })
                .collect(),
            ledger,
        }
    }

    fn discount(&self, years: f64) -> f64 {
        libm::pow(1.0 + self.terms.discount_rate, -years)
    }

    /// Contract price of every period: the formula on what is known, simulated, or seen ahead within the period.
    fn contract_prices(&self, path: SimulatedPrices) -> Result<Vec<UsdPerTcm>, String> {
        let price = |period: &PricedPeriod| -> Result<UsdPerTcm, String> {
            let lookup = |index: &str, month: Month| {
                let later = month.months_since(self.terms.start);
                let Ok(date) = usize::try_from(later) else { return self.known.value(index, month) };
                let series = self.terms.series.iter().position(|one| one.name == index)?;
                match date {
                    _ if date >= self.months.len() => None,
                    _ if date > period.dates.start => Some(path.seen(date, series)),
                    _ => Some(path.price(date, series)),
                }
            };
            let mut mean = 0.0;
            for (date, weight) in period.dates.clone().zip(&period.weights) {
                let month = self.months[date];
                let price =
                    self.contract.price.price_on(month, &lookup).map_err(|why| format!("{month}: {why}"))?;
                let reviews = self.contract.price_reviews.iter();
                let in_force = reviews.filter(|review| review.from <= month && month <= review.to);
                mean += weight * (price.0 + in_force.map(|review| review.change.0).sum::<f64>());
            }
            Ok(UsdPerTcm(mean))
        };
        self.periods.iter().map(price).collect()
    }

    /// The exact account of volumes taken in each period at prices of each period.
    fn account(&self, taken: &[Bcm], prices: &[UsdPerTcm]) -> Result<Account, String> {
        let nominated =
            self.nomination_shares.iter().map(|(period, share)| taken[*period] * *share).collect();
        let plan = Plan { nominated, made_available: Vec::new() };
        let months = self.contract.schedule.months.len();
        let invoiced = (0..months).map(|month| prices[month / self.months_per_period]).collect();
        let account = self.contract.schedule.account(&plan, &MonthlyPrices::of(invoiced));
        account.map_err(|why| why.to_string())
    }

    /// Cash flow to the holder at each period: gas at the market less every payment of the exact account.
    fn cash(&self, takes: &PlannedTakes) -> Result<Vec<MillionUsd>, String> {
        let account = self.account(&takes.taken, &takes.contract)?;
        let mut cash: Vec<f64> =
            takes.taken.iter().zip(&takes.market).map(|(volume, price)| volume.0 * price.0).collect();
        for flow in account.cash_flows.iter().filter(|flow| flow.kind.is_between_the_parties()) {
            let period = match flow.month {
                Some(month) => {
                    month.months_since(self.contract.schedule.terms.first) as usize / self.months_per_period
                }
                None => (flow.year + 1) * self.terms.decisions_per_year - 1,
            };
            cash[period] -= flow.usd.value().0;
        }
        Ok(cash.into_iter().map(MillionUsd).collect())
    }

    /// What an account's own dates of payment add, to the holder, to the timing of the valuation.
    fn payment_dates(&self, account: &Account) -> MillionUsd {
        let start = first_day(self.terms.start);
        let mut added = 0.0;
        for flow in account.cash_flows.iter().filter(|flow| flow.kind.is_between_the_parties()) {
            let days = (flow.date - start).get_days();
            let period = match flow.month {
                Some(month) => {
                    month.months_since(self.contract.schedule.terms.first) as usize / self.months_per_period
                }
                None => (flow.year + 1) * self.terms.decisions_per_year - 1,
            };
            let dates = &self.periods[period].dates;
            let valued = self.discount(0.5 * (dates.start + dates.end) as f64 / 12.0);
            added -= flow.usd.value().0 * (self.discount(f64::from(days) / 365.25) - valued);
        }
        MillionUsd(added)
    }

    fn export_duty(&self, valuation: &Valuation) -> MillionUsd {
        let duty = &self.contract.schedule.terms.export_duty;
        match duty.base {
            volume_terms::DutyBase::None => MillionUsd(0.0),
            volume_terms::DutyBase::Delivered => {
                MillionUsd(valuation.risk.taken_at_contract_price.0 * duty.rate.0)
            }
            volume_terms::DutyBase::Invoiced => MillionUsd(valuation.risk.paid.0 * duty.rate.0),
        }
    }
}

/// Period of decision of every period of nomination, and its share in it: as the largest nominations are.
fn nomination_shares(schedule: &Schedule, months_per_period: usize, periods: usize) -> Vec<(usize, f64)> {
    if schedule.terms.step == volume_terms::Step::Year {
        return (0..periods).map(|period| (period, 1.0)).collect();
    }
    let limits = schedule.limits();
    let mut totals = vec![(0.0, 0_usize); periods];
    let mut period_of = vec![0; limits.len()];
    for month in 0..schedule.months.len() {
        let period = month / months_per_period;
        for step in schedule.steps_of_month(month) {
            period_of[step] = period;
            totals[period].0 += limits[step].0;
            totals[period].1 += 1;
        }
    }
    (period_of.iter().zip(&limits))
        .map(|(&period, limit)| {
            let (total, count) = totals[period];
            (period, if total > 0.0 { limit.0 / total } else { 1.0 / count as f64 })
        })
        .collect()
}
