//! Solves after cuts, cold and from the world before the cut: processor seconds, iterations, difference.

use std::path::Path;

use netback::case::{Case, Files, RawCase};
use netback::market::{MarketProblem, MarketSolution, solve, solve_from};
use netback::units::BcmPerYear;
use netback_bench::processor_seconds;
use netback_solve::Settings;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/world-2011");
    let raw = RawCase::read(&Files::read(&folder).expect("the case is there")).expect("readable");
    let base = Case::from_raw(&raw).unwrap_or_else(|found| panic!("{found}"));
    let mut cases: Vec<(String, Case)> = Vec::new();
    let mut scenarios: Vec<String> = std::fs::read_dir(folder.join("scenarios"))
        .expect("scenarios")
        .map(|entry| entry.expect("readable").path().file_stem().expect("a name").to_string_lossy().into())
        .collect();
    scenarios.sort();
    for scenario in scenarios {
        let raw = raw.with_scenarios(&[&scenario]).unwrap_or_else(|found| panic!("{found}"));
        cases.push((scenario, Case::from_raw(&raw).unwrap_or_else(|found| panic!("{found}"))));
    }
    // Every fourth pipeline alone: enough to see the spread.
    for index in (0..base.pipelines.len()).step_by(4) {
        let mut case = base.clone();
        case.pipelines[index].capacity = BcmPerYear(0.0);
        cases.push((format!("without {}", case.pipelines[index].id), case));
    }

    let settings = Settings { clock: processor_seconds, ..Settings::default() };
    let near = MarketProblem::of(&base);
    let before = solve(&base, &settings).expect("the base is certified");
    println!("cut cold_s cold_iterations from_base_s from_base_iterations residual price_difference");
    for (name, case) in cases {
        let begun = processor_seconds();
        let cold = solve(&case, &settings).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let half = processor_seconds();
        let warm = solve_from(&case, &settings, &near, before.value())
            .unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let end = processor_seconds();
        println!(
            "{name:24} {:.3} {} {:.3} {} {:.1e} {:.1e}",
            half - begun,
            cold.value().iterations,
            end - half,
            warm.value().iterations,
            warm.certificate().natural_residual,
            price_difference(cold.value(), warm.value()),
        );
    }
}

/// Largest difference of the prices that consumption determines, USD/tcm.
fn price_difference(one: &MarketSolution, other: &MarketSolution) -> f64 {
    let pairs = one.prices.iter().zip(&other.prices).filter(|(a, b)| a.is_determined && b.is_determined);
    pairs.map(|(a, b)| (a.price - b.price).value().abs()).fold(0.0, f64::max)
}
