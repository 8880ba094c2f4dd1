//! Values of coalitions: published network game, agreement with the general solver, what must hold of every game.

use netback::bargaining::{Assets, Coalition, OwnedNetwork};
use netback::units::{BcmPerYear, Fraction, UsdPerTcm, UsdPerTcmPerBcmPerYear};
use proptest::prelude::*;

/// The published network with some of its optional links as projects.
fn netgame8(published: &serde_json::Value, optional: &[&str]) -> OwnedNetwork {
    let words = |value: &serde_json::Value| value.as_str().expect("a name").to_string();
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    let list = |value: &serde_json::Value| value.as_array().expect("a list").clone();
    let table = |key: &str| published[key].as_object().expect("a table").clone();
    let players: Vec<String> = list(&published["players"]).iter().map(words).collect();
    let place = |name: &str| players.iter().position(|player| player == name).expect("a player");
    let mut network = OwnedNetwork::new(players.clone(), players.len());
    let flat = UsdPerTcmPerBcmPerYear(0.0);
    for (key, is_supply) in [("supply_steps", true), ("demand_steps", false)] {
        for (player, steps) in table(key) {
            let (node, owner) = (place(&player), Coalition::of([place(&player)]));
            for step in list(&steps) {
                let numbers = (UsdPerTcm(number(&step[1])), flat, BcmPerYear(number(&step[0])));
                match is_supply {
                    true => network.field(player.as_str(), owner, node, numbers),
                    false => network.market(player.as_str(), owner, node, numbers),
                };
            }
        }
    }
    for (key, is_optional) in [("links", false), ("optional_links", true)] {
        for (name, link) in table(key) {
            if is_optional && !optional.contains(&name.as_str()) {
                continue;
            }
            let (from, to) = (place(&words(&link[0])), place(&words(&link[1])));
            let numbers = (UsdPerTcm(number(&link[3])), Fraction(0.0), BcmPerYear(number(&link[2])));
            let line = network.line(name, Coalition::of([from, to]), (from, to), numbers);
            if is_optional {
                network.set_project(line);
            }
        }
    }
    network
}

#[test]
fn the_published_network_game_is_reproduced() {
    let text = include_str!("../networks/netgame8.json");
    let published: serde_json::Value = serde_json::from_str(text).expect("JSON");
    for (name, scenario) in published["scenarios"].as_object().expect("scenarios") {
        let optional: Vec<&str> = scenario["optional_links_in"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|v| v.as_str())
            .collect();
        let network = netgame8(&published, &optional);
        let found = network.values().expect("values");
        assert_eq!(found.effort.fallbacks, 0, "{name}");
        for (mask, value) in scenario["values"].as_object().expect("values") {
            let coalition = Coalition(mask.parse().expect("a mask"));
            let (value, ours) = (value.as_f64().expect("a number"), *found.with_projects.value(coalition));
            assert!(
                (ours - value).abs() <= 1e-9 * value.max(1.0),
                "{name} {mask}: {ours}, published {value}"
            );
        }
        let shapley = scenario["shapley_float"].as_array().expect("a list");
        for (ours, published) in found.with_projects.shapley().iter().zip(shapley) {
            assert!((ours - published.as_f64().expect("a number")).abs() < 6e-4, "{name}");
        }
        let nucleolus = scenario["nucleolus_float"].as_array().expect("a list");
        let ours = found.with_projects.nucleolus().expect("a nucleolus").payoffs;
        for (ours, published) in ours.iter().zip(nucleolus) {
            assert!((ours - published.as_f64().expect("a number")).abs() < 6e-5, "{name}");
        }
    }
}

/// Numbers of a random network, small whole ones so that ties happen.
#[derive(Debug, Clone)]
struct Drawn {
    players: usize,
    nodes: usize,
    owner_of_node: Vec<usize>,
    fields: Vec<(usize, u32, u32, u32)>,
    markets: Vec<(usize, u32, u32)>,
    lines: Vec<(usize, usize, u32, u32, u32, usize)>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    (2usize..6, 2usize..14).prop_flat_map(|(players, nodes)| {
        (
            prop::collection::vec(0..players, nodes),
            prop::collection::vec((0..nodes, 0u32..60, 0u32..4, 0u32..40), 0..2 * nodes),
            prop::collection::vec((0..nodes, 0u32..300, 0u32..6), 0..2 * nodes),
            prop::collection::vec(
                (0..nodes, 0..nodes, 0u32..25, 0u32..5, 0u32..30, 0..2 * players),
                0..4 * nodes,
            ),
        )
            .prop_map(move |(owner_of_node, fields, markets, lines)| Drawn {
                players,
                nodes,
                owner_of_node,
                fields,
                markets,
                lines,
            })
    })
}

fn network(drawn: &Drawn) -> OwnedNetwork {
    let names = (0..drawn.players).map(|player| format!("P{player}")).collect();
    let mut network = OwnedNetwork::new(names, drawn.nodes);
    let owner = |node: usize| drawn.owner_of_node[node];
    let slope = |drawn: u32| UsdPerTcmPerBcmPerYear(f64::from(drawn) / 2.0);
    for (at, &(node, cost, bend, capacity)) in drawn.fields.iter().enumerate() {
        let numbers = (UsdPerTcm(f64::from(cost)), slope(bend), BcmPerYear(f64::from(capacity)));
        network.field(format!("field {at}"), Coalition::of([owner(node)]), node, numbers);
    }
    for (at, &(node, price, bend)) in drawn.markets.iter().enumerate() {
        let largest = BcmPerYear(if bend == 0 { f64::from(price % 50) } else { f64::INFINITY });
        let numbers = (UsdPerTcm(f64::from(price)), slope(bend), largest);
        network.market(format!("market {at}"), Coalition::of([owner(node)]), node, numbers);
    }
    for (at, &(from, to, tariff, loss, capacity, third)) in drawn.lines.iter().enumerate() {
        let owners = [owner(from), owner(to)].into_iter().chain((third < drawn.players).then_some(third));
        let numbers =
            (UsdPerTcm(f64::from(tariff)), Fraction(f64::from(loss) / 20.0), BcmPerYear(f64::from(capacity)));
        let line = network.line(format!("line {at}"), Coalition::of(owners), (from, to), numbers);
        if third % 3 == 1 {
            network.set_project(line);
        }
    }
    network
}

fn is_close(one: f64, other: f64, tolerance: f64) -> bool {
    (one - other).abs() <= tolerance * one.abs().max(other.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Ties, losses, parts that are cut off, markets that want nothing: both solvers say the same.
    #[test]
    fn the_flow_solver_agrees_with_the_general_one(drawn in drawn()) {
        let network = network(&drawn);
        let found = network.values().expect("values");
        for mask in 1..1_u64 << drawn.players {
            let coalition = Coalition(mask);
            for (assets, game) in [(Assets::Existing, &found.existing), (Assets::WithProjects, &found.with_projects)] {
                let general = network.value_by_general_solver(coalition, assets).expect("a certified value");
                let value = *game.value(coalition);
                prop_assert!(is_close(value, general, 1e-7), "{mask} {assets:?}: {value}, general solver {general}");
                let alone = network.value(coalition, assets).expect("a value");
                prop_assert!(is_close(value, alone, 2e-9), "{mask} {assets:?}: {value}, from nothing {alone}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Nobody loses by joining, projects never hurt, and what limits earn is in the core.
    #[test]
    fn games_of_networks_are_monotone_superadditive_and_have_a_core(drawn in drawn()) {
        let network = network(&drawn);
        let found = network.values().expect("values");
        prop_assert_eq!(found.effort.fallbacks, 0, "an answer of the flow solver failed its check");
        for (assets, game) in [(Assets::Existing, &found.existing), (Assets::WithProjects, &found.with_projects)] {
            let slack = 1e-8 * game.total().max(1.0);
            for mask in 0..1_u64 << drawn.players {
                for player in 0..drawn.players {
                    let grown = *game.value(Coalition(mask).with(player));
                    prop_assert!(grown >= game.value(Coalition(mask)) - slack);
                }
                prop_assert!(*found.with_projects.value(Coalition(mask)) >= found.existing.value(Coalition(mask)) - slack);
            }
            for mask in 1..1_u64 << drawn.players {
                let mut part = (mask - 1) & mask;
                while part != 0 {
                    let apart = game.value(Coalition(part)) + game.value(Coalition(mask ^ part));
                    let together = *game.value(Coalition(mask));
                    prop_assert!(together >= apart - slack, "{mask} = {part} + rest: {together}, apart {apart}");
                    part = (part - 1) & mask;
                }
            }
            let payoffs = network.core_allocation(assets).expect("a core");
            prop_assert!(is_close(payoffs.iter().sum(), *game.total(), 1e-8));
            let (excess, _) = game.largest_excess(&payoffs).expect("more than one player");
            prop_assert!(excess <= slack, "a coalition could have {} more on its own", excess);
        }
    }
}
