//! Cases without an equilibrium: the answer is the smallest set of requirements, in the user's words.

use std::path::Path;

use netback::case::{Case, Files, RawCase, Scenario};
use netback::market::{MarketFailure, MarketProblem, solve};
use netback_solve::{Program, Settings, smallest_conflict};

fn mini_eurasia(changes: &str) -> Case {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/published/mini-eurasia");
    let raw = Files::read(&folder).and_then(|files| RawCase::read(&files)).expect("the case is readable");
    let text = format!("title = \"test\"\n{changes}");
    let scenario = Scenario::read("test", "test.toml", &text).unwrap_or_else(|found| panic!("{found}"));
    let raw = raw.with_scenario(&scenario).unwrap_or_else(|found| panic!("{found}"));
    Case::from_raw(&raw).unwrap_or_else(|found| panic!("{found}"))
}

/// The programme with the limits of the given requirements only, found by their names in the conflict.
fn with_only(program: &Program, members: &[String]) -> Program {
    let kept = |name: &str| members.iter().any(|member| member.starts_with(&format!("{name} is ")));
    let mut relaxed = program.clone();
    for id in program.row_ids() {
        let row = relaxed.row_mut(id);
        if !row.identity && !kept(&row.name) {
            (row.lower, row.upper) = (f64::NEG_INFINITY, f64::INFINITY);
        }
    }
    for id in program.column_ids() {
        let column = relaxed.column_mut(id);
        if !kept(&column.name) {
            (column.lower, column.upper) = (column.lower.min(0.0), f64::INFINITY);
        }
    }
    relaxed
}

/// Asserts that the case has no equilibrium, that the cause names what it must, and that it is minimal.
fn check(changes: &str, named: &[&str]) {
    let case = mini_eurasia(changes);
    let settings = Settings::default();
    let Err(MarketFailure::Infeasible(conflict)) = solve(&case, &settings) else {
        panic!("{changes} has an equilibrium");
    };
    for name in named {
        assert!(conflict.iter().any(|member| member.contains(name)), "\"{name}\" is not in {conflict:#?}");
    }
    let problem = MarketProblem::of(&case);
    let whole = with_only(problem.program(), &conflict);
    assert!(smallest_conflict(&whole, &settings).is_some(), "{conflict:#?} do not contradict each other");
    for index in 0..conflict.len() {
        let mut others = conflict.clone();
        let member = others.remove(index);
        let left = smallest_conflict(&with_only(problem.program(), &others), &settings);
        assert!(left.is_none(), "\"{member}\" is not needed in {conflict:#?}: {left:?}");
    }
}

/// Only one year keeps a conflict single.
const YEAR: &str = "first_year = 2012\nlast_year = 2012";

fn contract(seller: &str, buyer: &str, minimum: f64, more: &str) -> String {
    let years = YEAR.replace('\n', ", ");
    format!(
        "[[change]]\ntable = \"contracts\"\ninsert = {{ contract = \"test\", seller = \"{seller}\", \
         buyer = \"{buyer}\", minimum_bcm_per_year = {minimum}, force_majeure = \"no\", {years}{more} }}\n"
    )
}

fn set(table: &str, key: &str, id: &str, values: &str) -> String {
    format!("[[change]]\ntable = \"{table}\"\nwhere = {{ {key} = \"{id}\" }}\nset = {{ {values} }}\n")
}

#[test]
fn contract_minimum_above_what_the_routes_carry() {
    check(&contract("Turkmenistan", "CHN", 70.0, ""), &["minimum of contract test", "KAZ-CHN"]);
}

#[test]
fn contract_minimum_above_the_reserves() {
    // above the capacity of the fields it is a finding before the solver: tests/bad/minimum-above-fields
    let changes = set("fields", "field", "CNdomestic", "reserves_bcm = 300");
    check(&(changes + &contract("CNdomestic", "CHN", 100.0, "")), &["minimum of contract test", "reserves"]);
}

#[test]
fn contract_minimum_above_a_strait() {
    let wide = set("chokepoints", "chokepoint", "Malacca", "capacity_bcm_per_year = 20");
    check(&(wide + &contract("Qatar", "CHN", 30.0, "")), &["minimum of contract test", "Malacca"]);
}

#[test]
fn two_minima_on_one_strait() {
    let changes = contract("Qatar", "CHN", 40.0, "")
        + &contract("Qatar", "EUR", 45.0, "").replace("\"test\"", "\"second\"");
    check(&changes, &["minimum of contract test", "minimum of contract second", "Hormuz"]);
}

#[test]
fn minimum_of_one_contract_against_maximum_of_another() {
    let changes = contract("Qatar", "CHN", 30.0, "")
        + &contract("Qatar", "CHN", 0.0, "")
            .replace("\"test\"", "\"ceiling\"")
            .replace("minimum_bcm_per_year = 0", "maximum_bcm_per_year = 25");
    check(&changes, &["minimum of contract test", "maximum of contract ceiling"]);
}

#[test]
fn seasonal_minimum_above_the_terminal() {
    let changes = set("liquefaction", "node", "AUS", "capacity_bcm_per_year = 30")
        + &contract("Australia", "CHN", 35.0, ", season = \"W\"");
    check(&changes, &["minimum of contract test", "liquefaction"]);
}

#[test]
fn must_serve_market_whose_routes_are_closed() {
    let changes = set("demand", "node", "UKR", "form = \"fixed\"")
        + &set("pipelines", "pipeline", "RUW-UKR", "capacity_bcm_per_year = 0")
        + &set("pipelines", "pipeline", "KAZ-UKR", "capacity_bcm_per_year = 0")
        + "[[change]]\ntable = \"demand\"\nwhere = { node = \"UKR\", year = [2016, 2020] }\nremove = true\n"
        + "[[change]]\ntable = \"demand\"\nwhere = { node = \"UKR\", season = \"S\" }\nremove = true\n"
        + &set("storage", "node", "UKR", "status = \"closed\"")
        + "[[change]]\ntable = \"contracts\"\nwhere = { seller = \"Turkmenistan\" }\nremove = true\n";
    check(&changes, &["consumption", "production"]);
}

#[test]
fn fixed_demand_above_the_pipe() {
    let changes = set("demand", "node", "UKR", "form = \"fixed\"")
        + "[[change]]\ntable = \"demand\"\nwhere = { node = \"UKR\" }\nscale = { quantity_bcm_per_year = 9 }\n"
        + "[[change]]\ntable = \"demand\"\nwhere = { node = \"UKR\", year = [2016, 2020] }\nremove = true\n"
        + "[[change]]\ntable = \"demand\"\nwhere = { node = \"UKR\", season = \"S\" }\nremove = true\n"
        + &set("storage", "node", "UKR", "status = \"closed\"");
    check(&changes, &["consumption", "RUW-UKR", "KAZ-UKR"]);
}

#[test]
fn storage_that_cannot_refill() {
    let changes = set("demand", "node", "UKR", "form = \"fixed\"")
        + "[[change]]\ntable = \"demand\"\nwhere = { node = \"UKR\", season = \"W\" }\nscale = { quantity_bcm_per_year = 4.75 }\n"
        + "[[change]]\ntable = \"demand\"\nwhere = { node = \"UKR\", year = [2016, 2020] }\nremove = true\n"
        + &set("storage", "node", "UKR", "injection_bcm_per_year = 1");
    check(&changes, &["injection limit", "consumption"]);
}

#[test]
fn storage_that_is_too_small() {
    let changes = set("demand", "node", "UKR", "form = \"fixed\"")
        + "[[change]]\ntable = \"demand\"\nwhere = { node = \"UKR\", season = \"W\" }\nscale = { quantity_bcm_per_year = 4.75 }\n"
        + "[[change]]\ntable = \"demand\"\nwhere = { node = \"UKR\", year = [2016, 2020] }\nremove = true\n"
        + &set("storage", "node", "UKR", "working_volume_bcm = 0.5");
    check(&changes, &["working volume", "consumption"]);
}

#[test]
fn transit_minimum_above_the_pipe_before_it() {
    // above its own pipe it is a finding before the solver: tests/bad/transit-minimum-above-pipeline
    let changes = set("pipelines", "pipeline", "RUW-UKR", "capacity_bcm_per_year = 90")
        + "[[change]]\ntable = \"transit_contracts\"\ninsert = { contract = \"transit\", trader = \"Russia\", \
           pipelines = \"UKR-EUR\", minimum_bcm_per_year = 100, first_year = 2012, last_year = 2012 }\n";
    check(&changes, &["minimum of transit contract transit", "RUW-UKR"]);
}

#[test]
fn transit_minimum_above_the_field() {
    let changes = set("fields", "trader", "Russia", "capacity_bcm_per_year = 40")
        + "[[change]]\ntable = \"contracts\"\nwhere = { seller = \"Russia\" }\nremove = true\n"
        + "[[change]]\ntable = \"transit_contracts\"\ninsert = { contract = \"transit\", trader = \"Russia\", \
           pipelines = \"NordStream\", minimum_bcm_per_year = 50, first_year = 2012, last_year = 2012 }\n";
    check(&changes, &["minimum of transit contract transit", "production"]);
}
