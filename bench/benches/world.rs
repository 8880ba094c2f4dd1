//! Build against solve for one year, and one solve after a cut.

use criterion::{Criterion, criterion_group, criterion_main};
use netback::market::{MarketProblem, solve};
use netback_bench::world;
use netback_solve::Settings;

fn one_year(criterion: &mut Criterion) {
    let case = world(1);
    let mut group = criterion.benchmark_group("world-2011");
    group.sample_size(10);
    group.bench_function("build", |bencher| bencher.iter(|| MarketProblem::of(&case)));
    group.bench_function("build and solve", |bencher| bencher.iter(|| solve(&case, &Settings::default())));
    let mut cut = case.clone();
    for point in cut.chokepoints.iter_mut().filter(|point| point.id == "hormuz") {
        point.capacity = Some(netback::units::BcmPerYear(0.0));
    }
    group.bench_function("one cut", |bencher| bencher.iter(|| solve(&cut, &Settings::default())));
    group.finish();
}

criterion_group!(benches, one_year);
criterion_main!(benches);
