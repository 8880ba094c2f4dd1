//! What a contract with flexible volumes is worth to its holder, rung by rung: formula, ledger, intrinsic, extrinsic.
//!
//! Volumes are bcm, prices of gas USD/tcm, money million USD; fuels keep the units of their series. The valuation
//! decides, the ledger counts: every plan it finds is replayed through the ledger it is given and must agree.

use netback_solve::{Column, Program, Row, Settings, solve};

use super::in_order::in_order;
use super::index::{IndexSeries, Indices};
use super::least_squares::{Policy, RegressionSettings, ScenarioPath, ScenarioPaths};
use super::price_formula::PriceFormula;
use super::price_paths::{Estimate, ForwardView, Measure, PriceModel, PricePath, estimate};
use super::swing::{
    Action, EndOfTerm, MakeUpOrder, Prices, TakeOrPay, VolumeError, VolumeLattice, best_plan,
};
use crate::calendar::Month;
use crate::units::{Bcm, Fraction, MillionUsd, UsdPerTcm};

/// By how much a plan's worth may differ between valuation and ledger, relative to the money that flows.
pub const LEDGER_AGREEMENT: f64 = 1e-9;

/// Why a contract cannot be valued.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ValuationError {
    /// Volumes.
    #[error(transparent)]
    Volumes(#[from] VolumeError),
    /// The price formula has no price.
    #[error("the price formula has no price: {0}")]
    Price(String),
    /// The ledger refuses a plan.
    #[error("the ledger refuses the plan: {0}")]
    Ledger(String),
    /// The ledger counts otherwise than the valuation.
    #[error("the ledger counts {ledger} million USD for the plan on {place}, the valuation {valuation}")]
    LedgerDisagrees {
        /// Which plan.
        place: String,
        /// What the ledger says.
        ledger: f64,
        /// What the valuation says.
        valuation: f64,
    },
    /// Lists of different lengths.
    #[error("{0}")]
    Lengths(String),
    /// The programme of the intrinsic value was not solved.
    #[error("the programme of the intrinsic value was not solved: {0}")]
    Programme(String),
}

/// Simulated prices of all series at all dates of the price model.
#[derive(Debug, Clone, Copy)]
pub struct SimulatedPrices<'a> {
    prices: &'a [f64],
    seen: &'a [f64],
    series: usize,
}

impl<'a> SimulatedPrices<'a> {
    /// Prices by date and series.
    pub fn new(prices: &'a [f64], series: usize) -> Self {
        SimulatedPrices { prices, seen: prices, series }
    }

    /// Prices, and the same as they are seen when the gas of their period is decided on.
    pub fn seen_at_decisions(prices: &'a [f64], seen: &'a [f64], series: usize) -> Self {
        SimulatedPrices { prices, seen, series }
    }

    /// Price of a series at a date as the decision on the date's period sees it: its forward when it comes later.
    pub fn seen(&self, date: usize, series: usize) -> f64 {
        self.seen[date * self.series + series]
    }

    /// Price of a series at a date, in the unit of the series.
    pub fn price(&self, date: usize, series: usize) -> f64 {
        self.prices[date * self.series + series]
    }

    /// Number of dates.
    pub fn dates(&self) -> usize {
        self.prices.len() / self.series
    }
}

/// Dates of the price model, such as months, on whose gas one decision is taken, seen at the first of them.
#[derive(Debug, Clone, PartialEq)]
pub struct PricedPeriod {
    /// Positions in the price model.
    pub dates: std::ops::Range<usize>,
    /// Share of the volume taken at each of them; the shares add up to 1.
    pub weights: Vec<f64>,
}

impl PricedPeriod {
    /// One decision at every date of the price model.
    pub fn each(dates: usize) -> Vec<PricedPeriod> {
        (0..dates).map(|date| PricedPeriod { dates: date..date + 1, weights: vec![1.0] }).collect()
    }

    /// Weighted mean over the dates.
    pub fn mean(&self, of: impl Fn(usize) -> f64) -> f64 {
        self.dates.clone().zip(&self.weights).map(|(date, weight)| weight * of(date)).sum()
    }
}

/// Contract price of every date from simulated fuels: a price formula with its history of indices.
pub type ContractPrice<'a> = dyn Fn(SimulatedPrices) -> Result<Vec<UsdPerTcm>, String> + Sync + 'a;

/// A price formula applied to simulated series, which are the indices of the given names; months before the first
/// date, and other indices, come from what is known.
pub fn formula_prices<'a>(
    formula: &'a PriceFormula,
    known: &'a Indices,
    series: &'a [IndexSeries],
    months: &'a [Month],
) -> impl Fn(SimulatedPrices) -> Result<Vec<UsdPerTcm>, String> + Sync + 'a {
    move |path: SimulatedPrices| {
        let mut indices = known.clone();
        for (position, one) in series.iter().enumerate() {
            let index = indices.0.entry(one.name.clone()).or_insert_with(|| one.clone());
            index
                .values
                .extend(months.iter().enumerate().map(|(date, month)| (*month, path.price(date, position))));
        }
        months.iter().map(|month| formula.price(*month, &indices).map_err(|why| why.to_string())).collect()
    }
}

/// What the holder takes on a path, and the prices it meets.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTakes {
    /// Volume of each date.
    pub taken: Vec<Bcm>,
    /// What the gas is worth to the holder.
    pub market: Vec<UsdPerTcm>,
    /// Contract price.
    pub contract: Vec<UsdPerTcm>,
    /// What a deficiency costs when settled at the date.
    pub take_or_pay: Vec<UsdPerTcm>,
}

/// Cash flow to the holder at every date, not discounted: worth of the gas less what is owed under the contract.
pub type Ledger<'a> = dyn Fn(&PlannedTakes) -> Result<Vec<MillionUsd>, String> + Sync + 'a;

/// At which price a deficiency of the year is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeOrPayPrice {
    /// That of the last date of the year.
    LastOfYear,
    /// The mean of the year's.
    MeanOfYear,
}

/// What the gas is worth to the holder: a price less a cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarketPrice {
    /// Series of the price.
    pub series: usize,
    /// USD/tcm of one unit of the series.
    pub usd_per_tcm: f64,
    /// Cost between delivery and market.
    pub cost: UsdPerTcm,
}

/// A contract to be valued, from the holder's (the buyer's) side.
pub struct FlexibleContract<'a> {
    /// Quantities, in bcm.
    pub terms: TakeOrPay,
    /// What each date of a decision covers: the price model can be finer than the decisions.
    pub periods: Vec<PricedPeriod>,
    /// What is planned to be taken at each date, for the rungs before any choice.
    pub planned: Vec<Bcm>,
    /// What the gas is worth.
    pub market: MarketPrice,
    /// What it costs.
    pub contract: &'a ContractPrice<'a>,
    /// At which price a deficiency is paid.
    pub take_or_pay_price: TakeOrPayPrice,
    /// Share of that price which a deficiency costs.
    pub take_or_pay_share: Fraction,
    /// Factor from each date to valuation.
    pub discounts: Vec<f64>,
    /// Counts what is owed.
    pub ledger: &'a Ledger<'a>,
}

/// How much is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValuationSettings {
    /// Seed of the run.
    pub seed: u64,
    /// Paths from which the policy is learnt.
    pub learning_paths: usize,
    /// Paths on which it is replayed.
    pub replay_paths: usize,
    /// Under which probabilities the risk figures are taken; values are always risk-neutral.
    pub risk_measure: Measure,
    /// Paths from which forward deltas are taken; zero leaves them out.
    pub delta_paths: usize,
    /// Highest degree of the regression; none: 3 for up to two things seen, otherwise 2.
    pub degree: Option<usize>,
}

impl Default for ValuationSettings {
    fn default() -> Self {
        ValuationSettings {
            seed: 1,
            learning_paths: 8192,
            replay_paths: 8192,
            risk_measure: Measure::RiskNeutral,
            delta_paths: 256,
            degree: None,
        }
    }
}

/// Value to the holder on each rung; every rung holds the one before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueLadder {
    /// Planned volumes at market less formula price, both on the forward curve.
    pub formula: MillionUsd,
    /// The same through the ledger: with take-or-pay, make-up and what else is owed.
    pub ledger: MillionUsd,
    /// The best volumes on the forward curve.
    pub intrinsic: MillionUsd,
    /// The intrinsic volumes on paths: what is added is the bend of the price formula and of the take-or-pay price.
    pub intrinsic_on_paths: MillionUsd,
    /// Volumes decided as prices come, replayed on paths the policy has not seen: a lower bound up to the error.
    pub extrinsic: MillionUsd,
    /// Standard error of it.
    pub standard_error: MillionUsd,
    /// The same on the paths the policy was learnt from: the upper end of the bracket.
    pub extrinsic_in_sample: MillionUsd,
    /// Standard error of it.
    pub in_sample_standard_error: MillionUsd,
}

impl ValueLadder {
    /// The rungs: name, value, increment over the rung before.
    pub fn rungs(&self) -> [(&'static str, MillionUsd, MillionUsd); 4] {
        [
            ("formula", self.formula, self.formula),
            ("ledger", self.ledger, self.ledger - self.formula),
            ("intrinsic", self.intrinsic, self.intrinsic - self.ledger),
            ("extrinsic", self.extrinsic, self.extrinsic - self.intrinsic),
        ]
    }
}

/// Risk of one contract year.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct YearRisk {
    /// Mean cash flow, not discounted.
    pub mean: MillionUsd,
    /// Mean less the cash flow that is missed in one case of twenty.
    pub cash_flow_at_risk: MillionUsd,
    /// Mean volume taken.
    pub taken: Bcm,
    /// Probability that a deficiency is paid.
    pub take_or_pay_binds: Fraction,
    /// Mean volume that can still be made up after the year.
    pub bank: Bcm,
}

/// Risk under the policy.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskFigures {
    /// Mean of the net present value.
    pub mean: MillionUsd,
    /// Its standard deviation.
    pub standard_deviation: MillionUsd,
    /// Undercut in one case of twenty.
    pub p5: MillionUsd,
    /// Median.
    pub p50: MillionUsd,
    /// Exceeded in one case of twenty.
    pub p95: MillionUsd,
    /// Year by year.
    pub years: Vec<YearRisk>,
    /// Probability that a deficiency is paid in any year.
    pub take_or_pay_ever_binds: Fraction,
    /// Mean volume that was paid for and never delivered.
    pub expired: Bcm,
    /// Mean present value of it at the take-or-pay price of the year in which it expires.
    pub expiry_loss: MillionUsd,
    /// Mean present value of the gas taken, at the market.
    pub worth_of_gas: MillionUsd,
    /// Mean present value of what the holder pays to the other side.
    pub paid: MillionUsd,
    /// Mean present value of the gas taken, at the contract price.
    pub taken_at_contract_price: MillionUsd,
}

/// What one unit more of a forward price changes, with the policy as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForwardDelta {
    /// Series.
    pub series: usize,
    /// Date of the forward.
    pub date: usize,
    /// Million USD per unit of the series.
    pub delta: MillionUsd,
}

/// All that is said about a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Valuation {
    /// Value by rung.
    pub ladder: ValueLadder,
    /// The best volumes on the forward curve.
    pub intrinsic_plan: Vec<Bcm>,
    /// Risk.
    pub risk: RiskFigures,
    /// Deltas through the averages of the price formula, by series and date.
    pub deltas: Vec<ForwardDelta>,
    /// Largest difference between valuation and ledger over all plans, relative to the money that flows.
    pub ledger_difference: f64,
}

impl FlexibleContract<'_> {
    fn dates(&self) -> usize {
        self.discounts.len()
    }

    fn check(&self, model: &PriceModel) -> Result<(), ValuationError> {
        let dates = self.dates();
        let years = self.terms.annual_quantity.len();
        let apart = self.periods.windows(2).all(|pair| pair[0].dates.end <= pair[1].dates.start);
        let full =
            self.periods.iter().all(|one| !one.dates.is_empty() && one.weights.len() == one.dates.len());
        if self.periods.len() != dates
            || self.periods.last().is_some_and(|last| last.dates.end > model.dates())
            || !apart
            || !full
            || self.planned.len() != dates
            || years * self.terms.dates_per_year != dates
            || self.market.series >= model.series()
        {
            return Err(ValuationError::Lengths(format!(
                "{} dates of prices in {} periods, {} planned volumes, {dates} discounts, {years} years of {} dates",
                model.dates(),
                self.periods.len(),
                self.planned.len(),
                self.terms.dates_per_year
            )));
        }
        Ok(())
    }

    /// Prices of every date from a path of the series.
    fn prices(&self, path: SimulatedPrices) -> Result<Vec<Prices>, ValuationError> {
        let contract = (self.contract)(path).map_err(ValuationError::Price)?;
        if contract.len() != self.dates() {
            return Err(ValuationError::Price(format!(
                "{} prices for {} dates",
                contract.len(),
                self.dates()
            )));
        }
        let per_year = self.terms.dates_per_year;
        let share = self.take_or_pay_share.0;
        let price = |date: usize| {
            let so_far = &contract[date - date % per_year..=date];
            let take_or_pay = match self.take_or_pay_price {
                TakeOrPayPrice::LastOfYear => contract[date].0,
                TakeOrPayPrice::MeanOfYear => {
                    so_far.iter().map(|price| price.0).sum::<f64>() / so_far.len() as f64
                }
            };
            let market = self.periods[date].mean(|at| path.seen(at, self.market.series));
            let market = self.market.usd_per_tcm * market - self.market.cost.0;
            Prices { market, contract: contract[date].0, take_or_pay: share * take_or_pay }
        };
        Ok((0..self.dates()).map(price).collect())
    }

    /// Forwards as the decisions see them.
    fn view(&self, model: &PriceModel) -> Result<ForwardView, ValuationError> {
        let mut seen_from: Vec<usize> = (0..model.dates()).collect();
        for period in &self.periods {
            seen_from[period.dates.clone()].fill(period.dates.start);
        }
        model.forward_view(&seen_from).map_err(|why| ValuationError::Lengths(why.to_string()))
    }

    /// Sums of the normal numbers that came between one decision and the next, as standard normal numbers.
    fn normals_between(&self, normals: &[f64], factors: usize) -> Vec<f64> {
        let mut between = Vec::with_capacity(self.periods.len() * factors);
        let mut before = 0;
        for period in &self.periods {
            let steps = before..period.dates.start + 1;
            let scale = 1.0 / (steps.len() as f64).sqrt();
            for factor in 0..factors {
                let sum: f64 = steps.clone().map(|step| normals[step * factors + factor]).sum();
                between.push(scale * sum);
            }
            before = steps.end;
        }
        between
    }

    fn forward_prices(&self, model: &PriceModel) -> Result<Vec<Prices>, ValuationError> {
        let forwards = model.forward_path();
        self.prices(SimulatedPrices::new(&forwards.prices, model.series()))
    }

    /// Present value by the ledger of volumes at prices.
    fn by_ledger(&self, taken: Vec<Bcm>, prices: &[Prices]) -> Result<f64, ValuationError> {
        let cash = self.ledger_cash(taken, prices)?;
        Ok(cash.iter().zip(&self.discounts).map(|(cash, discount)| discount * cash.0).sum())
    }

    /// Cash flow by the ledger of volumes at prices, date by date.
    fn ledger_cash(&self, taken: Vec<Bcm>, prices: &[Prices]) -> Result<Vec<MillionUsd>, ValuationError> {
        let takes = PlannedTakes {
            taken,
            market: prices.iter().map(|p| UsdPerTcm(p.market)).collect(),
            contract: prices.iter().map(|p| UsdPerTcm(p.contract)).collect(),
            take_or_pay: prices.iter().map(|p| UsdPerTcm(p.take_or_pay)).collect(),
        };
        let cash = (self.ledger)(&takes).map_err(ValuationError::Ledger)?;
        if cash.len() != self.dates() {
            return Err(ValuationError::Ledger(format!(
                "{} cash flows for {} dates",
                cash.len(),
                self.dates()
            )));
        }
        Ok(cash)
    }

    /// Largest difference between valuation and ledger of a plan, of its present value and of the cash of any date,
    /// relative to the money that flows.
    fn difference(
        &self,
        actions: &[Action],
        prices: &[Prices],
        value: f64,
        place: impl Fn() -> String,
    ) -> Result<f64, ValuationError> {
        let cash = self.ledger_cash(actions.iter().map(|action| Bcm(action.taken)).collect(), prices)?;
        let ledger: f64 = cash.iter().zip(&self.discounts).map(|(cash, discount)| discount * cash.0).sum();
        let flows: f64 = actions
            .iter()
            .zip(prices)
            .map(|(action, prices)| {
                (action.market_volume * prices.market).abs()
                    + (action.contract_volume * prices.contract).abs()
            })
            .sum();
        for ((action, prices), cash) in actions.iter().zip(prices).zip(&cash) {
            let valued = action.cash(*prices);
            if (cash.0 - valued).abs() / flows.max(1.0) > LEDGER_AGREEMENT {
                return Err(ValuationError::LedgerDisagrees {
                    place: place(),
                    ledger: cash.0,
                    valuation: valued,
                });
            }
        }
        let difference = (ledger - value).abs() / flows.max(1.0);
        if difference <= LEDGER_AGREEMENT {
            return Ok(difference);
        }
        Err(ValuationError::LedgerDisagrees { place: place(), ledger, valuation: value })
    }

    /// Paths of what the holder sees, from a first number on.
    fn scenarios(
        &self,
        model: &PriceModel,
        settings: &ValuationSettings,
        measure: Measure,
        numbers: std::ops::Range<usize>,
    ) -> Result<ScenarioPaths, ValuationError> {
        let seen = model.factors() + 1 + usize::from(self.take_or_pay_price == TakeOrPayPrice::MeanOfYear);
        let first = numbers.start.next_multiple_of(2);
        let forwards = self.view(model)?;
        let one = |number: usize| -> Result<ScenarioPath, ValuationError> {
            let path = model.path(settings.seed, first + number, measure);
            let ahead = forwards.prices(&path);
            let PricePath { prices, factors, normals } = path;
            let simulated = SimulatedPrices::seen_at_decisions(&prices, &ahead, model.series());
            let prices = self.prices(simulated)?;
            let normals = self.normals_between(&normals, model.factors());
            let mut view = Vec::with_capacity(self.dates() * seen);
            for (date, at) in prices.iter().enumerate() {
                let decided = self.periods[date].dates.start * model.factors();
                view.extend_from_slice(&factors[decided..decided + model.factors()]);
                view.push(at.contract);
                if seen > model.factors() + 1 {
                    view.push(at.take_or_pay);
                }
            }
            Ok(ScenarioPath { prices, seen: view, normals })
        };
        ScenarioPaths::make(numbers.len(), seen, one)
    }
}

/// Values a contract: ladder, risk, deltas.
///
/// Errors: a price formula without price; volumes without plan; a ledger that counts otherwise.
pub fn value_contract(
    contract: &FlexibleContract,
    model: &PriceModel,
    settings: &ValuationSettings,
) -> Result<Valuation, ValuationError> {
    contract.check(model)?;
    let lattice = contract.terms.lattice()?;
    let forwards = contract.forward_prices(model)?;
    let formula: f64 = (0..contract.dates())
        .map(|date| {
            let margin = forwards[date].market - forwards[date].contract;
            contract.discounts[date] * contract.planned[date].0 * margin
        })
        .sum();
    let ledger = contract.by_ledger(contract.planned.clone(), &forwards)?;
    let plan = best_plan(&lattice, &forwards, &contract.discounts);
    let mut worst =
        contract.difference(&plan.actions, &forwards, plan.value, || "the forward curve".to_string())?;

    let learnt = learnt(contract, model, settings, &lattice)?;
    let Learnt { policy, replayed, numbers, extrinsic } = learnt;
    let frozen = frozen_plan(&plan.actions, &replayed, &forwards, &contract.discounts);

    let (risk, difference) = if settings.risk_measure == Measure::RiskNeutral {
        risk_figures(contract, &lattice, &policy, &replayed)?
    } else {
        let real = contract.scenarios(model, settings, settings.risk_measure, numbers)?;
        risk_figures(contract, &lattice, &policy, &real)?
    };
    worst = worst.max(difference);
    let deltas = forward_deltas(contract, model, settings, &lattice, &policy, &replayed)?;
    let in_sample = policy.in_sample;
    Ok(Valuation {
        ladder: ValueLadder {
            formula: MillionUsd(formula),
            ledger: MillionUsd(ledger),
            intrinsic: MillionUsd(plan.value),
            intrinsic_on_paths: MillionUsd(frozen.value),
            extrinsic: MillionUsd(extrinsic.value),
            standard_error: MillionUsd(extrinsic.standard_error),
            extrinsic_in_sample: MillionUsd(in_sample.value),
            in_sample_standard_error: MillionUsd(in_sample.standard_error),
        },
        intrinsic_plan: plan.actions.iter().map(|action| Bcm(action.taken)).collect(),
        risk,
        deltas,
        ledger_difference: worst,
    })
}

/// A policy, the paths on which it was replayed, and what it brought there.
struct Learnt {
    policy: Policy,
    replayed: ScenarioPaths,
    numbers: std::ops::Range<usize>,
    extrinsic: Estimate,
}

fn learnt(
    contract: &FlexibleContract,
    model: &PriceModel,
    settings: &ValuationSettings,
    lattice: &VolumeLattice,
) -> Result<Learnt, ValuationError> {
    let learning = contract.scenarios(model, settings, Measure::RiskNeutral, 0..settings.learning_paths)?;
    let degree = settings.degree.unwrap_or(if learning.seen <= 2 { 3 } else { 2 });
    let policy = Policy::learn(lattice, &learning, &contract.discounts, RegressionSettings { degree });
    drop(learning);
    let numbers = settings.learning_paths..settings.learning_paths + settings.replay_paths;
    let replayed = contract.scenarios(model, settings, Measure::RiskNeutral, numbers.clone())?;
    let extrinsic = policy.replay(lattice, &replayed, &contract.discounts);
    Ok(Learnt { policy, replayed, numbers, extrinsic })
}

/// Value of volumes that do not answer to prices; what the market price does apart from its mean is taken out.
fn frozen_plan(
    actions: &[Action],
    paths: &ScenarioPaths,
    forwards: &[Prices],
    discounts: &[f64],
) -> Estimate {
    let values: Vec<f64> = paths
        .paths
        .iter()
        .map(|path| {
            (0..actions.len())
                .map(|date| {
                    let mut prices = path.prices[date];
                    prices.market = forwards[date].market;
                    discounts[date] * actions[date].cash(prices)
                })
                .sum()
        })
        .collect();
    estimate(&values)
}

/// What one path contributes to the risk figures.
struct PathRisk {
    value: f64,
    years: Vec<PathYear>,
    expired: f64,
    expiry_loss: f64,
    worth_of_gas: f64,
    taken_at_contract_price: f64,
    ledger_difference: f64,
}

#[derive(Clone, Copy, Default)]
struct PathYear {
    cash: f64,
    taken: f64,
    deficiency: f64,
    bank: f64,
}

fn risk_figures(
    contract: &FlexibleContract,
    lattice: &VolumeLattice,
    policy: &Policy,
    paths: &ScenarioPaths,
) -> Result<(RiskFigures, f64), ValuationError> {
    let found: Vec<Result<PathRisk, ValuationError>> =
        in_order(paths.paths.len(), |number| path_risk(contract, lattice, policy, paths, number));
    let found = found.into_iter().collect::<Result<Vec<PathRisk>, _>>()?;
    let count = found.len() as f64;
    let mean_of = |value: &dyn Fn(&PathRisk) -> f64| found.iter().map(value).sum::<f64>() / count;
    let mean = mean_of(&|path| path.value);
    let variance =
        mean_of(&|path| (path.value - mean) * (path.value - mean)) * count / (count - 1.0).max(1.0);
    let values: Vec<f64> = found.iter().map(|path| path.value).collect();
    let years = (0..contract.terms.annual_quantity.len())
        .map(|year| {
            let cash: Vec<f64> = found.iter().map(|path| path.years[year].cash).collect();
            let mean = mean_of(&|path| path.years[year].cash);
            YearRisk {
                mean: MillionUsd(mean),
                cash_flow_at_risk: MillionUsd(mean - quantile(cash, 0.05)),
                taken: Bcm(mean_of(&|path| path.years[year].taken)),
                take_or_pay_binds: Fraction(mean_of(&|path| f64::from(path.years[year].deficiency > 0.0))),
                bank: Bcm(mean_of(&|path| path.years[year].bank)),
            }
        })
        .collect();
    let ever = |path: &PathRisk| f64::from(path.years.iter().any(|year| year.deficiency > 0.0));
    let figures = RiskFigures {
        mean: MillionUsd(mean),
        standard_deviation: MillionUsd(variance.sqrt()),
        p5: MillionUsd(quantile(values.clone(), 0.05)),
        p50: MillionUsd(quantile(values.clone(), 0.5)),
        p95: MillionUsd(quantile(values, 0.95)),
        years,
        take_or_pay_ever_binds: Fraction(mean_of(&ever)),
        expired: Bcm(mean_of(&|path| path.expired)),
        expiry_loss: MillionUsd(mean_of(&|path| path.expiry_loss)),
        worth_of_gas: MillionUsd(mean_of(&|path| path.worth_of_gas)),
        paid: MillionUsd(mean_of(&|path| path.worth_of_gas - path.value)),
        taken_at_contract_price: MillionUsd(mean_of(&|path| path.taken_at_contract_price)),
    };
    Ok((figures, found.iter().map(|path| path.ledger_difference).fold(0.0, f64::max)))
}

fn path_risk(
    contract: &FlexibleContract,
    lattice: &VolumeLattice,
    policy: &Policy,
    paths: &ScenarioPaths,
    number: usize,
) -> Result<PathRisk, ValuationError> {
    let path = &paths.paths[number];
    let followed = policy.follow(lattice, path, &contract.discounts, paths.seen);
    let per_year = contract.terms.dates_per_year;
    let mut risk = PathRisk {
        value: followed.value,
        years: vec![PathYear::default(); contract.terms.annual_quantity.len()],
        expired: 0.0,
        expiry_loss: 0.0,
        worth_of_gas: 0.0,
        taken_at_contract_price: 0.0,
        ledger_difference: contract
            .difference(&followed.actions, &path.prices, followed.value, || format!("path {number}"))?,
    };
    for (date, action) in followed.actions.iter().enumerate() {
        let year = &mut risk.years[date / per_year];
        year.cash += action.cash(path.prices[date]);
        year.taken += action.taken;
        year.deficiency += action.deficiency;
        if (date + 1) % per_year == 0 && date + 1 < lattice.dates() {
            year.bank = lattice.bank(date + 1, followed.states[date + 1]);
        }
        let taken = contract.discounts[date] * action.taken;
        risk.worth_of_gas += taken * path.prices[date].market;
        risk.taken_at_contract_price += taken * path.prices[date].contract;
        risk.expired += action.expired;
        risk.expiry_loss += contract.discounts[date] * action.expired * path.prices[date].take_or_pay;
    }
    Ok(risk)
}

/// Value below which a share of the values lies; between two of them it is interpolated.
pub(crate) fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let position = share * (values.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(values.len() - 1);
    values[below] + (position - below as f64) * (values[above] - values[below])
}

/// Deltas by moving one forward after the other by a hundredth, both ways, decisions as they are.
///
/// That decisions need not be taken anew is the envelope theorem: at the best policy the first-order effect of a
/// change of policy is zero. The formula is applied to the moved fuel, so that averages and lags carry over.
fn forward_deltas(
    contract: &FlexibleContract,
    model: &PriceModel,
    settings: &ValuationSettings,
    lattice: &VolumeLattice,
    policy: &Policy,
    replayed: &ScenarioPaths,
) -> Result<Vec<ForwardDelta>, ValuationError> {
    const MOVE: f64 = 0.01;
    let count = settings.delta_paths.min(replayed.paths.len());
    if count == 0 {
        return Ok(Vec::new());
    }
    let series = model.series();
    let first = settings.learning_paths.next_multiple_of(2);
    let view = contract.view(model)?;
    let one = |number: usize| -> Result<Vec<f64>, ValuationError> {
        let fuels = model.path(settings.seed, first + number, Measure::RiskNeutral);
        let mut ahead = view.prices(&fuels);
        let mut fuels = fuels.prices;
        let path = &replayed.paths[number];
        let actions = policy.follow(lattice, path, &contract.discounts, replayed.seen).actions;
        let value = |fuels: &[f64], ahead: &[f64]| -> Result<f64, ValuationError> {
            let prices = contract.prices(SimulatedPrices::seen_at_decisions(fuels, ahead, series))?;
            Ok((0..prices.len())
                .map(|date| contract.discounts[date] * actions[date].cash(prices[date]))
                .sum())
        };
        let mut deltas = Vec::with_capacity(fuels.len());
        for at in 0..fuels.len() {
            let (price, seen) = (fuels[at], ahead[at]);
            (fuels[at], ahead[at]) = (price * (1.0 + MOVE), seen * (1.0 + MOVE));
            let up = value(&fuels, &ahead)?;
            (fuels[at], ahead[at]) = (price * (1.0 - MOVE), seen * (1.0 - MOVE));
            let down = value(&fuels, &ahead)?;
            (fuels[at], ahead[at]) = (price, seen);
            deltas.push((up - down) / (2.0 * MOVE * model.forward(at / series, at % series)));
        }
        Ok(deltas)
    };
    let found = in_order(count, one).into_iter().collect::<Result<Vec<_>, _>>()?;
    let mean = |at: usize| found.iter().map(|deltas| deltas[at]).sum::<f64>() / count as f64;
    Ok((0..model.dates() * series)
        .map(|at| ForwardDelta { series: at % series, date: at / series, delta: MillionUsd(mean(at)) })
        .collect())
}

/// Price of a series, as a factor on all its forwards, at which the contract is worth nothing to the holder.
///
/// The policy is learnt anew at every trial, on the same random numbers. The factor is known to one part in 10,000, or
/// as far as its value is within a hundredth of its standard error. None: no such factor between 1/8 and 8.
/// Errors: as [`value_contract`].
pub fn break_even_factor(
    contract: &FlexibleContract,
    model: &PriceModel,
    series: usize,
    settings: &ValuationSettings,
) -> Result<Option<f64>, ValuationError> {
    contract.check(model)?;
    let lattice = contract.terms.lattice()?;
    let value = |logarithm: f64| -> Result<Estimate, ValuationError> {
        let moved = model.scaled(series, libm::exp(logarithm));
        Ok(learnt(contract, &moved, settings, &lattice)?.extrinsic)
    };
    let here = value(0.0)?.value;
    let Some(((mut low, mut at_low), (mut high, mut at_high))) = bracket(here, |at| Ok(value(at)?.value))?
    else {
        return Ok(None);
    };
    // Regula falsi in the form of Illinois: a few trials, each of them a whole valuation.
    for _ in 0..60 {
        let middle = (low * at_high - high * at_low) / (at_high - at_low);
        let found = value(middle)?;
        if found.value.abs() <= KNOWN * found.standard_error {
            return Ok(Some(libm::exp(middle)));
        }
        if found.value.signum() == at_high.signum() {
            (high, at_high) = (middle, found.value);
            at_low *= 0.5;
        } else {
            (low, at_low) = (middle, found.value);
            at_high *= 0.5;
        }
        if (high - low).abs() < FACTOR_KNOWN {
            break;
        }
    }
    Ok(Some(libm::exp((low * at_high - high * at_low) / (at_high - at_low))))
}

/// Share of its standard error within which a value counts as nothing, and width of a known logarithm of a factor.
const KNOWN: f64 = 0.01;
const FACTOR_KNOWN: f64 = 1e-4;

/// A logarithm of a factor and the value there.
type Trial = (f64, f64);

/// Two neighbouring factors between 1/8 and 8 whose values have different signs, nearest to 1 first.
fn bracket(
    here: f64,
    value: impl Fn(f64) -> Result<f64, ValuationError>,
) -> Result<Option<(Trial, Trial)>, ValuationError> {
    let (mut above, mut below) = ((0.0, here), (0.0, here));
    for factor in [1.5, 3.0, 8.0] {
        let next = libm::log(factor);
        for (before, at) in [(&mut above, next), (&mut below, -next)] {
            let found = (at, value(at)?);
            if found.1.signum() != before.1.signum() {
                return Ok(Some(if at > 0.0 { (*before, found) } else { (found, *before) }));
            }
            *before = found;
        }
    }
    Ok(None)
}

/// Intrinsic value as a linear programme, for terms without make-up; volumes need not be multiples of a step.
///
/// Errors: the terms have make-up, which needs whole decisions; the programme is not solved.
pub fn intrinsic_by_programme(
    terms: &TakeOrPay,
    prices: &[Prices],
    discounts: &[f64],
) -> Result<f64, ValuationError> {
    if terms.make_up.is_some() {
        return Err(ValuationError::Programme("make-up needs the volume lattice".into()));
    }
    let mut programme = Program::new();
    let takes: Vec<_> = (0..prices.len())
        .map(|date| {
            let margin = discounts[date] * (prices[date].market - prices[date].contract);
            let name = format!("taken at date {date}");
            programme.column(Column::new(name).bounds(terms.least[date], terms.most[date]).cost(-margin))
        })
        .collect();
    for year in 0..terms.annual_quantity.len() {
        let dates = year * terms.dates_per_year..(year + 1) * terms.dates_per_year;
        let last = dates.end - 1;
        let penalty = discounts[last] * prices[last].take_or_pay;
        let deficiency = programme.column(Column::new(format!("deficiency of year {year}")).cost(penalty));
        let mut owed = Row::new(format!("take or pay in year {year}")).at_least(terms.take_or_pay[year]);
        owed = owed.entry(deficiency, 1.0);
        let mut limit = Row::new(format!("most of year {year}"));
        for date in dates {
            owed = owed.entry(takes[date], 1.0);
            limit = limit.entry(takes[date], 1.0);
        }
        programme.row(owed);
        if let Some(most) = &terms.annual_most {
            programme.row(limit.at_most(most[year]));
        }
    }
    let outcome = solve(&programme, &Settings::default());
    match outcome.held {
        Some(held) => Ok(-programme.objective(&held.value().columns)),
        None => Err(ValuationError::Programme("no certified solution".into())),
    }
}

/// A ledger for take-or-pay with make-up, counted year by year: the yardstick of [`TakeOrPay::lattice`].
///
/// It adds up the year first and settles afterwards, where the lattice settles as gas is taken.
pub fn annual_ledger(terms: &TakeOrPay) -> impl Fn(&PlannedTakes) -> Result<Vec<MillionUsd>, String> + Sync {
    let terms = terms.clone();
    move |takes: &PlannedTakes| {
        let mut cash: Vec<f64> = takes
            .taken
            .iter()
            .zip(takes.market.iter().zip(&takes.contract))
            .map(|(volume, (market, contract))| volume.0 * (market.0 - contract.0))
            .collect();
        // What can be made up, by the year in which it was paid.
        let mut bank: Vec<f64> = Vec::new();
        let years = terms.annual_quantity.len();
        for year in 0..years {
            let dates = year * terms.dates_per_year..(year + 1) * terms.dates_per_year;
            let last = dates.end - 1;
            let total: f64 = takes.taken[dates.clone()].iter().map(|volume| volume.0).sum();
            let life = terms.make_up.map_or(0, |make_up| make_up.life_years);
            let usable: f64 = bank.iter().rev().take(life).sum();
            let above = match terms.make_up.map(|make_up| make_up.order) {
                Some(MakeUpOrder::First) => 0.0,
                Some(MakeUpOrder::AfterTakeOrPay) => terms.take_or_pay[year],
                _ => terms.annual_quantity[year],
            };
            let made_up = usable.min((total - above).max(0.0));
            // Made-up gas is the gas after the threshold, at the prices of the months in which it flowed.
            let (mut flowed, mut left) = (0.0, made_up);
            for date in dates {
                let volume = takes.taken[date].0;
                let free = (flowed + volume - above.max(flowed)).max(0.0).min(left);
                cash[date] += free * takes.contract[date].0;
                left -= free;
                flowed += volume;
            }
            let mut to_use = made_up;
            let first = bank.len().saturating_sub(life);
            for vintage in &mut bank[first..] {
                let used = to_use.min(*vintage);
                *vintage -= used;
                to_use -= used;
            }
            let deficiency = (terms.take_or_pay[year] - (total - made_up)).max(0.0);
            cash[last] -= deficiency * takes.take_or_pay[last].0;
            bank.push(deficiency);
            if year + 1 == years && terms.end_of_term == EndOfTerm::Refund {
                let refunded: f64 = bank.iter().rev().take(life).sum();
                cash[last] += refunded * takes.take_or_pay[last].0;
            }
        }
        Ok(cash.into_iter().map(MillionUsd).collect())
    }
}
