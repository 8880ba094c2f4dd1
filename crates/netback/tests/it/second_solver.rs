//! Every published case and the world of 2011, solved by the interior point and by HiGHS.
//!
//! Compared is what every solution of a convex programme shares: the objective, and each column whose objective
//! is curved; of a market further consumption, and prices where something is consumed. Left out, because an
//! equilibrium leaves them free, are sales of price takers without a slope of their own (gtm, transmcp and
//! mini-eurasia under perfect competition have several splits of the same total), the flows that bring them,
//! prices where nothing is consumed, and values of limits that meet others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use netback::case::{Case, Files, RawCase};
use netback::market::{MarketProblem, MarketSolution, solve};
use netback::report::read_csv_rows;
use netback_solve::{Method, Settings, Solution, solve as solve_program};

/// Relative, of the objective.
const OBJECTIVE: f64 = 1e-11;
/// USD/tcm and bcm/yr.
const NUMBERS: f64 = 1e-7;

fn cases() -> Vec<(String, Case)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases");
    let entries = std::fs::read_dir(root.join("published")).expect("cases/published is there");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut folders: Vec<PathBuf> = paths.filter(|path| path.join("case.toml").is_file()).collect();
    folders.sort();
    folders.push(root.join("world-2011"));
    folders.iter().flat_map(|folder| scenarios(folder)).collect()
}

/// The case of a folder under no scenario, and under each that its published table names.
fn scenarios(folder: &Path) -> Vec<(String, Case)> {
    let raw = RawCase::read(&Files::read(folder).expect("a case")).unwrap_or_else(|found| panic!("{found}"));
    let mut scenarios = BTreeSet::from([String::new()]);
    if let Ok(text) = std::fs::read_to_string(folder.join("expected.csv")) {
        let rows = read_csv_rows(&text).expect("expected.csv is CSV");
        scenarios.extend(rows.into_iter().map(|row| row["scenario"].clone()));
    }
    let case = |scenario: &String| {
        let names: Vec<&str> = scenario.split(" + ").filter(|name| !name.is_empty()).collect();
        let raw = raw.with_scenarios(&names).unwrap_or_else(|found| panic!("{found}"));
        Case::from_raw(&raw).unwrap_or_else(|found| panic!("{found}"))
    };
    let name = folder.file_name().expect("a folder").to_string_lossy();
    scenarios.iter().map(|scenario| (format!("{name}/{scenario}"), case(scenario))).collect()
}

fn with(method: Method) -> Settings {
    Settings { method, ..Settings::default() }
}

fn largest(differences: impl Iterator<Item = f64>) -> f64 {
    differences.fold(0.0, f64::max)
}

/// Largest difference of the curved columns, and how many there are.
fn curved(problem: &MarketProblem, one: &Solution, other: &Solution) -> (f64, usize) {
    let columns = problem.program().columns().iter().zip(one.columns.iter().zip(&other.columns));
    let curved: Vec<f64> = columns
        .filter(|(column, _)| column.quadratic > 0.0 || column.curve.is_some())
        .map(|(_, (a, b))| (a - b).abs())
        .collect();
    (largest(curved.iter().copied()), curved.len())
}

fn consumption(one: &MarketSolution, other: &MarketSolution) -> f64 {
    let pairs = one.consumption.iter().zip(&other.consumption);
    largest(pairs.map(|(a, b)| (a.rate - b.rate).value().abs()))
}

/// Largest difference of the prices that consumption determines, and how many there are.
fn prices(one: &MarketSolution, other: &MarketSolution) -> (f64, usize) {
    let pairs = one.prices.iter().zip(&other.prices).filter(|(a, b)| a.is_determined && b.is_determined);
    (largest(pairs.clone().map(|(a, b)| (a.price - b.price).value().abs())), pairs.count())
}

#[test]
fn the_programmes_have_the_same_solutions() {
    let mut compared = 0;
    for (name, case) in cases() {
        let problem = MarketProblem::of(&case);
        let [one, other] = [Method::InteriorPoint, Method::Highs].map(|method| {
            let outcome = solve_program(problem.program(), &with(method));
            outcome.held.unwrap_or_else(|| panic!("{name} by {method:?}: {:?}", outcome.stopped))
        });
        let [first, second] = [&one, &other].map(|held| problem.program().objective(&held.value().columns));
        let difference = (first - second).abs() / first.abs().max(1.0);
        assert!(difference <= OBJECTIVE, "{name}: objectives {first} and {second}");
        let (difference, count) = curved(&problem, one.value(), other.value());
        assert!(difference <= NUMBERS, "{name}: curved columns differ by {difference:e}");
        compared += count;
    }
    assert!(compared > 3000, "only {compared} columns are curved");
}

#[test]
fn the_markets_have_the_same_equilibria() {
    let mut compared = 0;
    for (name, case) in cases() {
        let [one, other] = [Method::InteriorPoint, Method::Highs].map(|method| {
            solve(&case, &with(method)).unwrap_or_else(|failure| panic!("{name} by {method:?}: {failure}"))
        });
        let (one, other) = (one.value(), other.value());
        let difference = consumption(one, other);
        assert!(difference <= NUMBERS, "{name}: consumption differs by {difference:e}");
        let (difference, count) = prices(one, other);
        assert!(difference <= NUMBERS, "{name}: prices differ by {difference:e}");
        assert!(count > 0, "{name}: no price is determined");
        compared += count;
        let [first, second] = [one, other].map(|solution| solution.totals.objective.value());
        let difference = (first - second).abs() / first.abs().max(1.0);
        assert!(difference <= OBJECTIVE, "{name}: objectives {first} and {second}");
    }
    assert!(compared > 300, "only {compared} prices are determined");
}
