//! A solve that starts from the world before a cut finds what a cold solve finds.

use std::path::Path;

use netback::case::{Case, Files, RawCase};
use netback::market::{MarketProblem, MarketSolution, solve, solve_from};
use netback::units::{BcmPerYear, MillionUsd, UsdPerTcm};
use netback_solve::{Certified, Settings};

/// Cuts of one pipeline, small and large, and scenarios that change much.
const PIPELINES: [&str; 3] = ["can-usa", "transmed-tum-ita", "nor-blx"];
const SCENARIOS: [&str; 4] = ["hormuz-closed", "russia-europe-cut", "japan-nuclear-outage", "altai-built"];

fn worlds() -> (Case, Vec<(String, Case)>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/world-2011");
    let raw = RawCase::read(&Files::read(&folder).expect("the case is there")).expect("readable");
    let base = Case::from_raw(&raw).unwrap_or_else(|found| panic!("{found}"));
    let mut worlds = Vec::new();
    for scenario in SCENARIOS {
        let raw = raw.with_scenarios(&[scenario]).expect("the scenario exists");
        let case = Case::from_raw(&raw).unwrap_or_else(|found| panic!("{scenario}: {found}"));
        worlds.push((scenario.to_string(), case));
    }
    for pipeline in PIPELINES {
        let mut case = base.clone();
        let cut = case.pipelines.iter_mut().find(|candidate| candidate.id == pipeline);
        cut.expect("the pipeline exists").capacity = BcmPerYear(0.0);
        worlds.push((pipeline.to_string(), case));
    }
    (base, worlds)
}

/// Largest difference of what every equilibrium shares: consumption and prices where something is consumed.
fn largest_difference(one: &MarketSolution, other: &MarketSolution) -> f64 {
    let prices = one.prices.iter().zip(&other.prices).filter(|(a, b)| a.is_determined && b.is_determined);
    let prices = prices.map(|(a, b)| (a.price - b.price).abs() / UsdPerTcm(1.0));
    let consumption = one.consumption.iter().zip(&other.consumption);
    let consumption = consumption.map(|(a, b)| (a.rate - b.rate).abs() / BcmPerYear(1.0));
    prices.chain(consumption).fold(0.0, f64::max)
}

#[test]
fn a_start_from_the_world_before_the_cut_finds_the_world_after_it() {
    let (base, worlds) = worlds();
    let settings = Settings::default();
    let near = MarketProblem::of(&base);
    let before = solve(&base, &settings).expect("the base is certified");
    for (name, case) in worlds {
        let cold = solve(&case, &settings).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let warm: Certified<MarketSolution> = solve_from(&case, &settings, &near, before.value())
            .unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert!(warm.certificate().natural_residual <= 1e-9, "{name}: {:?}", warm.certificate());
        let (cold, warm) = (cold.value(), warm.value());
        // A start that leads nowhere adds its steps to those of the cold solve.
        assert!(warm.iterations < cold.iterations, "{name}: {} of {}", warm.iterations, cold.iterations);
        let difference = largest_difference(cold, warm);
        assert!(difference <= 1e-6, "{name}: prices or consumption differ by {difference:e}");
        let objective: MillionUsd = cold.totals.objective;
        let welfare = (objective - warm.totals.objective).abs() / objective.abs();
        assert!(welfare <= 1e-12, "{name}: objective differs by {welfare:e}");
    }
}
