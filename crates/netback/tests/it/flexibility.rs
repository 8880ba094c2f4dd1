//! Value of flexible volumes: limits with a formula, lattice beside paths, ledger beside lattice, threads.

use netback::contract::lattice::{LatticeSettings, PriceLattice};
use netback::contract::least_squares::{Policy, RegressionSettings, ScenarioPath, ScenarioPaths};
use netback::contract::option_formulas::{Right, black_76, exchange_option, normal_distribution};
use netback::contract::price_paths::*;
use netback::contract::swing::*;
use netback::contract::valuation::*;
use netback::units::{Bcm, Fraction, UsdPerTcm};
use proptest::prelude::*;

const RATE: f64 = 0.05;

fn brownian(start: f64, volatility: f64) -> Process {
    Process::GeometricBrownian(GeometricBrownian { start, drift: RATE, real_drift: RATE, volatility })
}

fn hub(volatility: f64) -> Process {
    let mut season = [0.0; 12];
    season[..3].fill(0.15);
    season[5..8].fill(-0.15);
    Process::LogOrnsteinUhlenbeck(LogOrnsteinUhlenbeck {
        mean_reversion: 1.5,
        level: 300.0_f64.ln(),
        risk_premium: 0.02,
        volatility,
        start: 280.0_f64.ln(),
        season,
    })
}

fn oil() -> SchwartzSmith {
    SchwartzSmith {
        mean_reversion: 1.49,
        short_volatility: 0.286,
        short_risk_premium: 0.157,
        real_drift: -0.0125,
        drift: 0.0115,
        long_volatility: 0.145,
        correlation: 0.3,
        short_start: 0.119,
        long_start: 2.857,
    }
}

fn series(name: &str, process: Process) -> Series {
    Series { name: name.into(), process, forward_curve: None }
}

fn discounts(dates: &Dates) -> Vec<f64> {
    dates.years.iter().map(|years| (-RATE * years).exp()).collect()
}

/// One price, its volumes and a strike: everything that lattice and paths need.
struct OnePrice {
    model: PriceModel,
    dates: Dates,
    strike: f64,
    volumes: VolumeLattice,
}

impl OnePrice {
    fn new(process: Process, dates: Dates, strike: f64, volumes: VolumeLattice) -> Self {
        let model = PriceModel::new(&[series("gas", process)], &[], &dates).expect("a model");
        OnePrice { model, dates, strike, volumes }
    }

    fn on_lattice(&self) -> f64 {
        let strikes = vec![self.strike; self.dates.years.len()];
        let prices = PriceLattice::of(&self.model, &strikes, LatticeSettings::default()).expect("one factor");
        prices.value(&self.volumes, &discounts(&self.dates))
    }

    fn intrinsic(&self) -> Plan {
        let prices: Vec<Prices> =
            (0..self.model.dates()).map(|date| self.priced(self.model.forward(date, 0))).collect();
        best_plan(&self.volumes, &prices, &discounts(&self.dates))
    }

    fn priced(&self, market: f64) -> Prices {
        Prices { market, contract: self.strike, take_or_pay: self.strike }
    }

    fn scenarios(&self, first: usize, count: usize) -> ScenarioPaths {
        let one = |number: usize| -> Result<ScenarioPath, ()> {
            let path = self.model.path(7, first + number, Measure::RiskNeutral);
            Ok(ScenarioPath {
                prices: path.prices.iter().map(|price| self.priced(*price)).collect(),
                seen: path.factors,
                normals: path.normals,
            })
        };
        ScenarioPaths::make(count, 1, one).expect("paths")
    }

    /// Replayed and in-sample value.
    fn by_least_squares(&self, paths: usize) -> (Estimate, Estimate) {
        let discounts = discounts(&self.dates);
        let settings = RegressionSettings { degree: 4 };
        let learning = self.scenarios(0, paths);
        let policy = Policy::learn(&self.volumes, &learning, &discounts, settings);
        (policy.replay(&self.volumes, &self.scenarios(paths, paths), &discounts), policy.in_sample)
    }
}

fn daily(first: usize, count: usize) -> Dates {
    Dates::plain((first..first + count).map(|day| day as f64 / 365.0).collect())
}

fn swing(dates: usize, least: usize, most: usize) -> VolumeLattice {
    SwingRights { dates, least, most, volume: 1.0 }.lattice().expect("a lattice")
}

/// Two contract years of four dates; 4 owed of at most 5 a year.
fn two_years(order: Option<MakeUpOrder>) -> TakeOrPay {
    TakeOrPay {
        step: 0.25,
        dates_per_year: 4,
        least: vec![0.0; 8],
        most: vec![1.25; 8],
        annual_quantity: vec![4.0; 2],
        take_or_pay: vec![3.0; 2],
        annual_most: None,
        make_up: order.map(|order| MakeUp { order, life_years: 1 }),
        end_of_term: EndOfTerm::Forfeit,
    }
}

fn quarters() -> Dates {
    Dates {
        years: (1..=8).map(|quarter| f64::from(quarter) / 4.0).collect(),
        months: vec![1, 4, 7, 10, 1, 4, 7, 10],
    }
}

fn cases() -> Vec<(&'static str, OnePrice)> {
    let put = |spot, volatility| {
        let right = SwingRights { dates: 50, least: 0, most: 1, volume: -1.0 };
        let dates = Dates::plain((1..=50).map(|date| f64::from(date) / 50.0).collect());
        OnePrice::new(brownian(spot, volatility), dates, 40.0, right.lattice().expect("a lattice"))
    };
    let january =
        |least, most| OnePrice::new(brownian(30.0, 0.2), daily(93, 31), 30.0, swing(31, least, most));
    let mut store = Store::symmetric(26, 6, 1, LeftInStore::Lost);
    store.start = 3;
    let fortnights = Dates {
        years: (1..=26).map(|date| f64::from(date) / 26.0).collect(),
        months: (0..26).map(|date| date * 12 / 26 + 1).collect(),
    };
    let store = store.lattice().expect("a lattice");
    let bank = |order| {
        let volumes = two_years(Some(order)).lattice().expect("a lattice");
        OnePrice::new(hub(0.5), quarters(), 290.0, volumes)
    };
    vec![
        ("put at 36", put(36.0, 0.2)),
        ("put at 44", put(44.0, 0.4)),
        ("swing 0 to 5", january(0, 5)),
        ("swing 10 to 20", january(10, 20)),
        ("store", OnePrice::new(hub(0.5), fortnights, 0.0, store)),
        ("bank after annual quantity", bank(MakeUpOrder::AfterAnnualQuantity)),
        ("bank after take-or-pay", bank(MakeUpOrder::AfterTakeOrPay)),
        ("bank first", bank(MakeUpOrder::First)),
    ]
}

#[test]
fn without_volatility_the_value_is_intrinsic() {
    let bank = two_years(Some(MakeUpOrder::AfterTakeOrPay)).lattice().expect("a lattice");
    let store = Store::symmetric(8, 3, 1, LeftInStore::Lost).lattice().expect("a lattice");
    for (strike, volumes) in [(285.0, bank), (0.0, store), (290.0, swing(8, 2, 5))] {
        let still = OnePrice::new(hub(0.0), quarters(), strike, volumes);
        let intrinsic = still.intrinsic().value;
        assert!(intrinsic > 0.0);
        assert!((still.on_lattice() - intrinsic).abs() < 1e-9, "{} {intrinsic}", still.on_lattice());
        let (replayed, learnt) = still.by_least_squares(64);
        assert!((replayed.value / intrinsic - 1.0).abs() < 1e-9, "{replayed:?} {intrinsic}");
        assert!((learnt.value / intrinsic - 1.0).abs() < 1e-9, "{learnt:?} {intrinsic}");
    }
}

#[test]
fn a_swing_with_one_date_is_an_option() {
    for (years, volatility, strike) in [(0.5, 0.3, 30.0), (2.0, 0.6, 45.0), (0.1, 0.1, 29.0)] {
        let one =
            OnePrice::new(brownian(30.0, volatility), Dates::plain(vec![years]), strike, swing(1, 0, 1));
        let deviation = volatility * f64::sqrt(years);
        let formula =
            black_76(Right::Call, one.model.forward(0, 0), strike, deviation, (-RATE * years).exp());
        assert!((one.on_lattice() / formula - 1.0).abs() < 1e-4, "{} {formula}", one.on_lattice());
    }
}

#[test]
fn a_full_store_with_a_charge_is_a_strip_of_calls() {
    let store = Store {
        dates: 12,
        step: 1.0,
        capacity: 12,
        start: 12,
        injection: vec![0; 12],
        withdrawal: vec![1; 12],
        injection_charge: 0.0,
        withdrawal_charge: 31.0,
        left: LeftInStore::Lost,
    };
    let dates = Dates::plain((1..=12).map(|month| f64::from(month) / 12.0).collect());
    let calls: f64 = dates
        .years
        .iter()
        .map(|years| {
            let discount = (-RATE * years).exp();
            black_76(Right::Call, 30.0 / discount, 31.0, 0.3 * years.sqrt(), discount)
        })
        .sum();
    let one = OnePrice::new(brownian(30.0, 0.3), dates, 0.0, store.lattice().expect("a lattice"));
    assert!((one.on_lattice() / calls - 1.0).abs() < 1e-4, "{} {calls}", one.on_lattice());
}

#[test]
fn a_store_of_two_dates_is_an_option_to_exchange() {
    let mut store = Store::symmetric(2, 1, 1, LeftInStore::Lost);
    store.injection[1] = 0;
    let (first, second) = (0.5, 1.0);
    let volumes = store.lattice().expect("a lattice");
    let one = OnePrice::new(hub(0.5), Dates { years: vec![first, second], months: vec![7, 1] }, 0.0, volumes);
    // At the first date the forward for the second moves e^(−κ/2) as much as the price does.
    let deviation = (one.model.variance(0, 0)).sqrt();
    let (paid, received) = (one.model.forward(0, 0), one.model.forward(1, 0));
    let formula = exchange_option(
        received * (-RATE * second).exp(),
        paid * (-RATE * first).exp(),
        (deviation * (-1.5_f64 * 0.5).exp(), deviation),
        1.0,
        1.0,
        1.0,
    );
    assert!((one.on_lattice() / formula - 1.0).abs() < 1e-4, "{} {formula}", one.on_lattice());
}

/// Eight comparisons, with seeds that were fixed before the first look at the results.
#[test]
fn the_lattice_lies_where_the_paths_say() {
    let mut misses = Vec::new();
    for (name, case) in cases() {
        let lattice = case.on_lattice();
        let (replayed, learnt) = case.by_least_squares(16_384);
        let away = (replayed.value - lattice) / replayed.standard_error;
        let line = format!(
            "{name}: lattice {lattice:.4}, replayed {:.4} ± {:.4} ({away:+.1}), in sample {:.4} ± {:.4}",
            replayed.value, replayed.standard_error, learnt.value, learnt.standard_error
        );
        if away.abs() > 2.0 || replayed.value < case.intrinsic().value {
            misses.push(line);
        }
    }
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

#[test]
fn a_number_is_found_at_its_position() {
    let model = PriceModel::new(
        &[series("oil", Process::SchwartzSmith(oil())), series("hub", hub(0.5))],
        &[],
        &quarters(),
    )
    .expect("a model");
    assert_eq!(model.factors(), 3);
    let path = model.path(11, 6, Measure::RiskNeutral);
    let mirror = model.path(11, 7, Measure::RiskNeutral);
    // The hub is the third factor and correlates with no other: its innovations can be read off.
    for date in 1..8 {
        let decay = (-1.5_f64 * 0.25).exp();
        let level = (300.0_f64.ln() - 0.02) * (1.0 - decay);
        let deviation = 0.5 * ((1.0 - decay * decay) / 3.0).sqrt();
        let innovation = |path: &PricePath| {
            (path.factors[date * 3 + 2] - decay * path.factors[date * 3 - 1] - level) / deviation
        };
        let normal = random_normal(11, 3, date, 2, 3);
        assert!((innovation(&path) - normal).abs() < 1e-9, "{} {normal}", innovation(&path));
        assert!((innovation(&mirror) + normal).abs() < 1e-9);
    }
    assert!((normal_distribution(random_normal(1, 2, 3, 0, 1)) - 0.5).abs() < 0.5);
}

#[test]
fn steps_of_any_length_give_the_closed_form() {
    let price = series("oil", Process::SchwartzSmith(oil()));
    let years = vec![0.1, 0.35, 1.0, 1.01, 4.0];
    let model = PriceModel::new(&[price], &[], &Dates::plain(years.clone())).expect("a model");
    for (date, years) in years.iter().enumerate() {
        assert!((model.forward(date, 0) / oil().forward(*years) - 1.0).abs() < 1e-12);
        assert!((model.variance(date, 0) - oil().variance_of_forward(*years, *years)).abs() < 1e-12);
    }
}

#[test]
fn paths_have_the_means_and_correlations_asked_for() {
    let link = Correlation { between: (0, 1), and: (1, 0), value: 0.6 };
    let curve: Vec<f64> = (0..8).map(|date| 250.0 + 10.0 * f64::from(date)).collect();
    let fitted = Series { forward_curve: Some(curve.clone()), ..series("hub", hub(0.5)) };
    let both = [series("oil", Process::SchwartzSmith(oil())), fitted];
    let model = PriceModel::new(&both, &[link], &quarters()).expect("a model");
    let count = 20_000;
    let paths: Vec<PricePath> = (0..count).map(|n| model.path(5, n, Measure::RiskNeutral)).collect();
    for (date, quoted) in curve.iter().enumerate() {
        for one in 0..2 {
            let prices: Vec<f64> = paths.iter().map(|path| path.prices[date * 2 + one]).collect();
            let mean = estimate(&prices);
            assert!(
                (mean.value - model.forward(date, one)).abs() < 4.0 * mean.standard_error,
                "{date} {one}"
            );
        }
        assert!((model.forward(date, 1) / quoted - 1.0).abs() < 1e-12);
    }
    // Over the first step the innovations of ξ and the hub correlate almost as their Brownian motions do.
    let mean = |value: &dyn Fn(&PricePath) -> f64| paths.iter().map(value).sum::<f64>() / count as f64;
    let (a, b) = (mean(&|path| path.factors[1]), mean(&|path| path.factors[2]));
    let covariance = mean(&|path| (path.factors[1] - a) * (path.factors[2] - b));
    let (one, other) =
        (mean(&|path| (path.factors[1] - a).powi(2)), mean(&|path| (path.factors[2] - b).powi(2)));
    let decay = |kappa: f64| (1.0 - (-kappa * 0.25).exp()) / kappa;
    let expected = 0.6 * decay(1.5) / (0.25 * decay(3.0)).sqrt();
    assert!((covariance / (one * other).sqrt() - expected).abs() < 0.03);
    let impossible = [link, Correlation { between: (0, 0), and: (1, 0), value: -0.99 }];
    assert_eq!(PriceModel::new(&both, &impossible, &quarters()).err(), Some(PathError::Correlations));
}

/// Terms, and prices of eight dates.
fn random_terms() -> impl Strategy<Value = (TakeOrPay, Vec<Prices>)> {
    let order = prop_oneof![
        Just(None),
        Just(Some(MakeUpOrder::AfterAnnualQuantity)),
        Just(Some(MakeUpOrder::AfterTakeOrPay)),
        Just(Some(MakeUpOrder::First)),
    ];
    let year = (3u32..=8, 0u32..=8);
    let prices = (100.0..400.0, 100.0..400.0, 100.0..400.0)
        .prop_map(|(market, contract, take_or_pay)| Prices { market, contract, take_or_pay });
    (
        order,
        1usize..=3,
        proptest::collection::vec(year, 4),
        any::<bool>(),
        proptest::option::of(5u32..=6),
        proptest::collection::vec(prices, 8),
    )
        .prop_map(|(order, life_years, years, refund, annual_most, prices)| {
            let terms = TakeOrPay {
                step: 0.5,
                dates_per_year: 2,
                least: vec![0.0; 8],
                most: vec![1.5; 8],
                annual_quantity: years.iter().map(|(annual, _)| f64::from(*annual) * 0.5).collect(),
                take_or_pay: years.iter().map(|(annual, owed)| f64::from(*owed.min(annual)) * 0.5).collect(),
                annual_most: annual_most.map(|most| vec![f64::from(most) * 0.5; 4]),
                make_up: order.map(|order| MakeUp { order, life_years }),
                end_of_term: if refund { EndOfTerm::Refund } else { EndOfTerm::Forfeit },
            };
            (terms, prices)
        })
}

fn takes(actions: &[Action], prices: &[Prices]) -> PlannedTakes {
    PlannedTakes {
        taken: actions.iter().map(|action| Bcm(action.taken)).collect(),
        market: prices.iter().map(|prices| UsdPerTcm(prices.market)).collect(),
        contract: prices.iter().map(|prices| UsdPerTcm(prices.contract)).collect(),
        take_or_pay: prices.iter().map(|prices| UsdPerTcm(prices.take_or_pay)).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: proptest::test_runner::RngSeed::Fixed(3), cases: 200, ..ProptestConfig::default() })]

    /// The lattice settles as gas is taken, the ledger at the end of the year: every plan costs the same.
    #[test]
    fn every_plan_costs_the_same_in_the_ledger(
        (terms, prices) in random_terms(),
        choices in proptest::collection::vec(0usize..100, 8),
    ) {
        let lattice = terms.lattice().expect("a lattice");
        let ledger = annual_ledger(&terms);
        let mut plans = vec![best_plan(&lattice, &prices, &[1.0; 8]).actions];
        let mut state = lattice.start;
        plans.push(choices.iter().enumerate().map(|(date, choice)| {
            let actions = lattice.actions(date, state);
            let action = actions[choice % actions.len()];
            state = action.next as usize;
            action
        }).collect());
        for plan in plans {
            let counted = ledger(&takes(&plan, &prices)).expect("a ledger");
            // Year by year: within a year the lattice and the ledger may differ in nothing but the last date.
            for (date, (action, cash)) in plan.iter().zip(&counted).enumerate() {
                let valued = action.cash(prices[date]);
                prop_assert!((valued - cash.0).abs() < 1e-9, "date {date}: {valued} {}", cash.0);
            }
            // Deficiency paid = made up + expired + settled at the end of the term.
            let sum = |volume: fn(&Action) -> f64| plan.iter().map(volume).sum::<f64>();
            let made_up = sum(|action| action.taken + action.contract_volume);
            let settled = sum(|action| action.deficiency + action.take_or_pay_volume);
            let left = sum(|action| action.deficiency) - made_up - sum(|action| action.expired) - settled;
            prop_assert!(left.abs() < 1e-9, "{left} neither made up nor expired nor settled");
        }
    }

    /// Two ways to the intrinsic value.
    #[test]
    fn the_programme_and_the_volume_lattice_agree((mut terms, prices) in random_terms()) {
        terms.make_up = None;
        let lattice = terms.lattice().expect("a lattice");
        let discounts: Vec<f64> = (0..8).map(|date| 0.97_f64.powi(date)).collect();
        let plan = best_plan(&lattice, &prices, &discounts).value;
        let programme = intrinsic_by_programme(&terms, &prices, &discounts).expect("solved");
        prop_assert!((plan - programme).abs() < 1e-6, "{plan} {programme}");
    }
}

/// Five years of months, hub against oil indexed over six months.
struct Deal {
    model: PriceModel,
    terms: TakeOrPay,
    discounts: Vec<f64>,
}

impl Deal {
    fn new(years: usize, volatility_factor: f64, terms: impl Fn(&mut TakeOrPay)) -> Deal {
        let dates = Dates::monthly(1, 12 * years);
        let mut brent = oil();
        brent.long_start = 4.2;
        brent.short_volatility *= volatility_factor;
        brent.long_volatility *= volatility_factor;
        let link = Correlation { between: (0, 1), and: (1, 0), value: 0.4 };
        let both =
            [series("brent", Process::SchwartzSmith(brent)), series("hub", hub(0.5 * volatility_factor))];
        let model = PriceModel::new(&both, &[link], &dates).expect("a model");
        let mut flexible = TakeOrPay {
            step: 0.5,
            dates_per_year: 12,
            least: vec![0.0; 12 * years],
            most: vec![1.5; 12 * years],
            annual_quantity: vec![12.0; years],
            take_or_pay: vec![9.0; years],
            annual_most: Some(vec![14.0; years]),
            make_up: Some(MakeUp { order: MakeUpOrder::AfterTakeOrPay, life_years: 1 }),
            end_of_term: EndOfTerm::Forfeit,
        };
        terms(&mut flexible);
        Deal { model, terms: flexible, discounts: discounts(&dates) }
    }

    fn with<T>(&self, use_it: impl FnOnce(&FlexibleContract) -> T) -> T {
        let ledger = annual_ledger(&self.terms);
        // Mean of the last six months, of those there are: no history is needed here.
        let formula = |path: SimulatedPrices| -> Result<Vec<UsdPerTcm>, String> {
            Ok((0..path.dates())
                .map(|date| {
                    let window = date.saturating_sub(5)..=date;
                    let count = window.clone().count() as f64;
                    let mean = window.map(|at| path.price(at, 0)).sum::<f64>() / count;
                    UsdPerTcm(40.0 + 3.5 * mean)
                })
                .collect())
        };
        use_it(&FlexibleContract {
            terms: self.terms.clone(),
            periods: PricedPeriod::each(self.discounts.len()),
            planned: vec![Bcm(1.0); self.discounts.len()],
            market: MarketPrice { series: 1, usd_per_tcm: 1.0, cost: UsdPerTcm(10.0) },
            contract: &formula,
            take_or_pay_price: TakeOrPayPrice::MeanOfYear,
            take_or_pay_share: Fraction(1.0),
            discounts: self.discounts.clone(),
            ledger: &ledger,
        })
    }
}

fn few_paths() -> ValuationSettings {
    ValuationSettings { learning_paths: 2048, replay_paths: 2048, delta_paths: 32, ..Default::default() }
}

#[test]
fn every_rung_holds_the_one_before() {
    let deal = Deal::new(3, 1.0, |_| ());
    let valued = deal.with(|contract| value_contract(contract, &deal.model, &few_paths()).expect("a value"));
    let ladder = valued.ladder;
    assert!(valued.ledger_difference < LEDGER_AGREEMENT);
    assert!(ladder.intrinsic > ladder.ledger, "{ladder:?}");
    assert!(ladder.extrinsic.0 > ladder.intrinsic.0 + 4.0 * ladder.standard_error.0, "{ladder:?}");
    let noise = 3.0 * (ladder.standard_error.0 + ladder.in_sample_standard_error.0);
    assert!(ladder.extrinsic_in_sample.0 > ladder.extrinsic.0 - noise, "{ladder:?}");
    let total: f64 = ladder.rungs().iter().map(|(_, _, increment)| increment.0).sum();
    assert!((total - ladder.extrinsic.0).abs() < 1e-9);
    let risk = &valued.risk;
    assert!(risk.p5 < risk.p50 && risk.p50 < risk.p95);
    let spread = 4.0 * risk.standard_deviation.0 / 2048.0_f64.sqrt();
    assert!((risk.mean.0 - ladder.extrinsic.0).abs() < spread, "{risk:?} {ladder:?}");
    assert!(risk.years.iter().all(|year| (0.0..=14.0).contains(&year.taken.0)));
    assert!(risk.years.iter().any(|year| year.take_or_pay_binds.0 > 0.0 && year.bank.0 > 0.0));
}

#[test]
fn volumes_without_choice_are_worth_what_the_forwards_say() {
    let fixed = |terms: &mut TakeOrPay| {
        terms.least.fill(1.0);
        terms.most.fill(1.0);
    };
    let deal = Deal::new(2, 1.0, fixed);
    deal.with(|contract| {
        let valued = value_contract(contract, &deal.model, &few_paths()).expect("a value");
        let ladder = valued.ladder;
        assert!((ladder.ledger.0 - ladder.formula.0).abs() < 1e-9);
        assert!((ladder.intrinsic.0 - ladder.formula.0).abs() < 1e-9);
        assert!(
            (ladder.extrinsic.0 - ladder.intrinsic.0).abs() < 3.0 * ladder.standard_error.0,
            "{ladder:?}"
        );
        // Hub: the discounted volume. Oil: what reaches the price through the averages, here of at most six months.
        for delta in &valued.deltas {
            let expected = if delta.series == 1 {
                deal.discounts[delta.date]
            } else {
                let later = delta.date..(delta.date + 6).min(24);
                -later.map(|date| deal.discounts[date] * 3.5 / (date + 1).min(6) as f64).sum::<f64>()
            };
            let share = delta.delta.0 / expected;
            // A mean over 32 paths of price over forward.
            assert!((share - 1.0).abs() < 0.25, "{delta:?} {expected}");
        }
        // The worth is linear in oil; the hedges, fitted anew with every factor, leave noise of 512 paths in it.
        let fewer =
            ValuationSettings { learning_paths: 512, replay_paths: 512, delta_paths: 0, ..few_paths() };
        let at = |factor: f64| {
            let moved = deal.model.scaled(0, factor);
            value_contract(contract, &moved, &fewer).expect("a value").ladder.extrinsic.0
        };
        let (one, two) = (at(1.0), at(2.0));
        let linear = 1.0 + one / (one - two);
        let found = break_even_factor(contract, &deal.model, 0, &fewer).expect("a value").expect("a factor");
        // known to one part in 10,000, or as far as noise allows
        let moved = deal.model.scaled(0, found);
        let ladder = value_contract(contract, &moved, &fewer).expect("a value").ladder;
        let known = (1e-4 * (one - two).abs()).max(0.01 * ladder.standard_error.0);
        assert!(ladder.extrinsic.0.abs() <= known, "{ladder:?} at {found}");
        assert!((found / linear - 1.0).abs() < 1e-3, "{found} {linear}");
    });
}

#[test]
fn without_volatility_the_ladder_ends_at_intrinsic() {
    let deal = Deal::new(2, 0.0, |_| ());
    let valued = deal.with(|contract| value_contract(contract, &deal.model, &few_paths()).expect("a value"));
    let ladder = valued.ladder;
    assert!((ladder.extrinsic.0 - ladder.intrinsic.0).abs() < 1e-6, "{ladder:?}");
    assert!((ladder.intrinsic_on_paths.0 - ladder.intrinsic.0).abs() < 1e-6, "{ladder:?}");
    assert!(valued.risk.standard_deviation.0 < 1e-6);
}

#[test]
fn a_ledger_that_counts_otherwise_is_refused() {
    let deal = Deal::new(1, 1.0, |_| ());
    let wrong = deal.with(|contract| {
        let right = contract.ledger;
        let ledger = |takes: &PlannedTakes| {
            right(takes).map(|mut cash| {
                cash[3].0 += 1e-3;
                cash
            })
        };
        let contract = FlexibleContract {
            ledger: &ledger,
            terms: contract.terms.clone(),
            periods: contract.periods.clone(),
            planned: contract.planned.clone(),
            discounts: contract.discounts.clone(),
            ..*contract
        };
        value_contract(&contract, &deal.model, &few_paths())
    });
    assert!(matches!(wrong, Err(ValuationError::LedgerDisagrees { .. })), "{wrong:?}");
}

#[test]
fn threads_do_not_change_the_value() {
    let deal = Deal::new(2, 1.0, |_| ());
    let valued = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            deal.with(|contract| format!("{:?}", value_contract(contract, &deal.model, &few_paths())))
        })
    };
    let one = valued(1);
    assert!(one.starts_with("Ok"), "{one}");
    assert_eq!(one, valued(16));
}

#[test]
fn what_cannot_be_built_says_why() {
    let said = |lattice: Result<VolumeLattice, VolumeError>| lattice.expect_err("no lattice").to_string();
    let rights = SwingRights { dates: 3, least: 4, most: 4, volume: 1.0 };
    assert_eq!(said(rights.lattice()), "no plan keeps the limits: 4 of 3 dates, at most 4");
    let mut store = Store::symmetric(2, 5, 1, LeftInStore::Forbidden);
    store.start = 5;
    assert_eq!(said(store.lattice()), "no plan keeps the limits: the store cannot be emptied in time");
    let odd = TakeOrPay { take_or_pay: vec![3.1; 2], ..two_years(None) };
    assert_eq!(
        said(odd.lattice()),
        "the take-or-pay quantity of 3.1 is not a multiple of the volume step 0.25"
    );
    let fine = TakeOrPay { step: 1e-7, ..two_years(None) };
    assert!(said(fine.lattice()).ends_with("take a larger one"));
}
