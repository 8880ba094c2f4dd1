//! The ledger of thirty years, by days and by months.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use netback::contract::{Contract, MonthlyPrices, Plan, Schedule};
use netback::units::{Bcm, UsdPerTcm};

const TEXT: &str = include_str!("../../contracts/gazprom-naftogaz-2009.toml");

/// The example over thirty years, with a plan that falls short in one year and makes up in the next.
fn thirty_years(step: &str) -> (Schedule, Plan, MonthlyPrices) {
    let text = TEXT
        .replace("2019-12", "2038-12")
        .replace("nominated_by = \"month\"", &format!("nominated_by = \"{step}\""));
    let contract = Contract::read("contract.toml", &text).unwrap_or_else(|found| panic!("{found}"));
    let schedule = contract.schedule;
    let steps = schedule.steps();
    let nominated = (schedule.contract_quantities().iter().enumerate())
        .map(|(position, quantity): (usize, &Bcm)| *quantity * [0.6, 1.1, 0.9][30 * position / steps % 3])
        .collect();
    let months = schedule.priced_months().len();
    let prices = MonthlyPrices::of((0..months).map(|month| UsdPerTcm(300.0 + (month % 40) as f64)).collect());
    (schedule, Plan { nominated, made_available: Vec::new() }, prices)
}

fn ledger(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ledger of 30 years");
    for step in ["day", "month"] {
        let (schedule, plan, prices) = thirty_years(step);
        let account = schedule.account(&plan, &prices).expect("an account");
        assert!(account.vintages.len() >= 10 && account.years.len() == 30);
        group.bench_function(BenchmarkId::new("account", step), |bencher| {
            bencher.iter(|| schedule.account(&plan, &prices))
        });
        group.bench_function(BenchmarkId::new("terms laid out and account", step), |bencher| {
            bencher.iter(|| netback::contract::ledger(&schedule.terms, &plan, &prices))
        });
    }
    group.finish();
}

criterion_group!(benches, ledger);
criterion_main!(benches);
