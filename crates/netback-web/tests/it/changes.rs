//! A list of changes is a scenario file, and solves to the same numbers as the case changed by hand.

use netback::case::{Case, Files, RawCase};
use netback::market::{calibrated_price, solve};
use netback_solve::Settings;
use netback_web::{Change, Shipments, scenario_text};
use std::path::Path;

use crate::server::desk;

fn world() -> (RawCase, Case) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/world-2011");
    let raw = RawCase::read(&Files::read(&folder).expect("files")).expect("text");
    let case = Case::from_raw(&raw).expect("a case");
    (raw, case)
}

fn changes(json: &str) -> Vec<Change> {
    serde_json::from_str(json).expect("changes")
}

#[test]
fn every_change_is_a_scenario_that_the_case_accepts() {
    let (raw, case) = world();
    let base = solve(&case, &Settings::default()).expect("an equilibrium");
    let shipments = Shipments::of(&case, base.value());
    for list in [
        r#"[{"kind":"chokepoint","id":"hormuz","capacity":0}]"#,
        r#"[{"kind":"capacity","table":"pipelines","id":"altai","share":0.5}]"#,
        r#"[{"kind":"capacity","table":"fields","id":"RUW-swing","share":0.5}]"#,
        r#"[{"kind":"capacity","table":"liquefaction","id":"lng-aus","share":0}]"#,
        r#"[{"kind":"capacity","table":"regasification","id":"regas-arg","share":0.25}]"#,
        r#"[{"kind":"capacity","table":"storage","id":"ugs-aut","share":0}]"#,
        r#"[{"kind":"build","table":"pipelines","id":"altai"}]"#,
        r#"[{"kind":"build","table":"fields","id":"chayanda-kovykta"}]"#,
        r#"[{"kind":"demand","actor":"CHN","factor":2}]"#,
        r#"[{"kind":"index","id":"brent","level":60}]"#,
        r#"[{"kind":"build","table":"pipelines","id":"altai"},{"kind":"scenario","name":"china-demand-2020"}]"#,
    ] {
        let text = scenario_text(&case, &shipments, "a \"name\"\nof two lines", &changes(list)).expect(list);
        let scenario = netback::case::Scenario::read("changes", "changes.toml", &text).expect(&text);
        let changed = raw.with_scenario(&scenario).expect(&text);
        assert_ne!(changed, raw, "{list} changes nothing");
        Case::from_raw(&changed).expect(&text);
    }
}

#[test]
fn a_changed_world_is_the_same_warm_and_cold() {
    let (raw, _) = world();
    let desk = desk("world-2011");
    let run = desk
        .solve("x", &changes(r#"[{"kind":"chokepoint","id":"hormuz","capacity":0},{"kind":"demand","actor":"JPN","factor":1.1}]"#))
        .expect("an equilibrium");
    let scenario = netback::case::Scenario::read("changes", "changes.toml", &run.scenario).expect("TOML");
    let case = Case::from_raw(&raw.with_scenario(&scenario).expect("rows")).expect("a case");
    let cold = solve(&case, &Settings::default()).expect("an equilibrium");
    let japan = case.node("JPN").expect("Japan");
    let price = cold.value().annual_price(japan, 0).expect("a price").0;
    let shown =
        run.years[0].nodes.iter().find(|node| node.id == "JPN").expect("Japan").price[0].expect("a price");
    assert!((shown - price).abs() < 1e-3, "{shown} on the page, {price} on the command line");
    assert!(price > calibrated_price(&case, japan).0 + 50.0, "a strait closed changes nothing: {price}");
    let base = desk.base().years[0].nodes.iter().find(|node| node.id == "JPN").expect("Japan").price[0];
    assert!(shown > base.expect("a price") + 50.0);
}

#[test]
fn routes_add_up_to_foreign_sales() {
    let desk = desk("world-2011");
    let (_, case) = world();
    let year = &desk.base().years[0];
    let actor_of_trader = |id: &str| case.actor_of_trader(case.trader(id).expect("a trader"));
    let foreign: f64 = year
        .sales
        .iter()
        .filter(|sale| {
            actor_of_trader(&sale.trader) != case.actor_of_node(case.node(&sale.market).expect("a node"))
        })
        .map(|sale| sale.bcm)
        .sum();
    let routed: f64 = year.routes.iter().map(|route| route.bcm).sum();
    // storage loses a little of what is put into it
    assert!((foreign - routed).abs() < 0.02 * foreign, "{routed} bcm on routes, {foreign} bcm sold abroad");
    let hormuz = |routes: &[netback_web::RouteInRun]| -> f64 {
        routes
            .iter()
            .filter(|route| route.straits.iter().any(|strait| strait == "hormuz"))
            .map(|route| route.bcm)
            .sum()
    };
    let passage =
        year.chokepoints.iter().find(|point| point.id == "hormuz").expect("Hormuz").flow[0].expect("a flow");
    assert!(
        (hormuz(&year.routes) - passage).abs() < 0.02 * passage,
        "{} by routes, {passage}",
        hormuz(&year.routes)
    );
}

/// A click on Hormuz does what the scenario of the case does, which names the contracts by hand; a strait with a
/// detour ends no contract.
#[test]
fn a_closed_strait_ends_the_contracts_that_have_no_other_way() {
    let desk = desk("world-2011");
    let clicked =
        desk.solve("x", &changes(r#"[{"kind":"chokepoint","id":"hormuz","capacity":0}]"#)).expect("x");
    let named = desk.solve_named("hormuz-closed").expect("an equilibrium");
    for (one, other) in clicked.years[0].nodes.iter().zip(&named.years[0].nodes) {
        let (a, b) = (one.price[0].unwrap_or(0.0), other.price[0].unwrap_or(0.0));
        assert!((a - b).abs() < 1e-2, "{}: {a} by the click, {b} by the scenario", one.id);
    }
    let shut = |id: &str| {
        let points = &desk.world().chokepoints;
        points.iter().find(|point| point.id == id).expect("a strait").shut_contracts.clone()
    };
    assert_eq!(shut("hormuz").len(), 11);
    assert_eq!([shut("suez"), shut("malacca")], [Vec::<String>::new(), Vec::new()]);
}

/// Ranges hold the central change, and say of a run against itself that nothing moves.
#[test]
fn ranges_hold_the_central_change() {
    let desk = desk("world-2011");
    let list = changes(r#"[{"kind":"chokepoint","id":"hormuz","capacity":0}]"#);
    let run = desk.solve("x", &list).expect("an equilibrium");
    let found = desk.ranges("x", &list, &[], &|_, _| ()).expect("ranges");
    let year = &found.ranges.years[0];
    let mut moved = 0;
    for (node, before) in run.years[0].nodes.iter().zip(&desk.base().years[0].nodes) {
        let (Some(after), Some(before)) = (node.price[0], before.price[0]) else { continue };
        // what is not listed does not move
        let Some([low, high]) = year["price"].get(&node.id).map_or(Some([0.0, 0.0]), |range| range[0]) else {
            continue;
        };
        let change = after - before;
        assert!(low - 0.02 <= change && change <= high + 0.02, "{}: {change} in {low} to {high}", node.id);
        moved += usize::from(high > 1.0);
    }
    assert!(moved > 20, "{moved} prices move");
    for measure in ["consumption", "pipelines", "chokepoints", "sales", "sold", "bought", "surplus"] {
        assert!(!year[measure].is_empty(), "nothing of {measure} moves");
    }
    let still = desk.ranges("x", &list, &list, &|_, _| ()).expect("ranges");
    assert!(still.ranges.years[0].values().all(std::collections::BTreeMap::is_empty));
}
