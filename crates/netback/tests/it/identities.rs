//! What must hold on any network: properties on random ones.

use netback::case::{Case, Files, RawCase, Scenario};
use netback::market::{MarketSolution, solve};
use netback::report::{market_tables, wedge_table};
use netback::verify::Verifier;
use netback_solve::Settings;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A random network, small and connected: a chain of nodes with some further arcs.
#[derive(Debug, Clone)]
struct World {
    /// Per node: price and quantity of demand, elasticity.
    demand: Vec<(f64, f64, f64)>,
    /// Per trader: home node, capacity, cost, slope.
    fields: Vec<(usize, f64, f64, f64)>,
    /// From, to, capacity, tariff, loss.
    arcs: Vec<(usize, usize, f64, f64, f64)>,
    theta: f64,
}

fn worlds(theta: impl Strategy<Value = f64> + 'static) -> impl Strategy<Value = World> {
    (2usize..6).prop_flat_map(|nodes| (Just(nodes), 1usize..4)).prop_flat_map({
        let theta = theta.boxed();
        move |(nodes, traders)| {
            (
                prop::collection::vec((100.0..500.0, 5.0..120.0, -1.5..-0.2), nodes),
                prop::collection::vec((0..nodes, 10.0..150.0, 20.0..120.0, 0.05..2.0), traders),
                prop::collection::vec(
                    (0..nodes, 0..nodes, 2.0..80.0, 5.0..60.0, 0.0..0.05),
                    nodes..3 * nodes,
                ),
                theta.clone(),
            )
                .prop_map(|(demand, fields, mut arcs, theta)| {
                    arcs.retain(|arc| arc.0 != arc.1);
                    World { demand, fields, arcs, theta }
                })
        }
    })
}

impl World {
    /// As files; volumes in units of `volume` bcm, prices in units of `price` USD/tcm, rows reversed or not.
    fn files(&self, volume: f64, price: f64, reversed: bool) -> Files {
        let mut files = Files::new();
        files.insert(
            "case.toml",
            "name = \"random\"\ntitle = \"\"\nbase_year = 2000\n[[year]]\nyear = 2000\n[[season]]\nname = \"all-year\"\nshare = 1.0\n",
        );
        let mut add = |file: &str, header: &str, mut rows: Vec<String>| {
            if reversed {
                rows.reverse();
            }
            files.insert(file, format!("{header}\n{}\n", rows.join("\n")));
        };
        let nodes = self.demand.len();
        add("actors.csv", "actor,name", (0..nodes).map(|n| format!("a{n},A{n}")).collect());
        add("nodes.csv", "node,name,actor,region", (0..nodes).map(|n| format!("n{n},N{n},a{n},r")).collect());
        add(
            "traders.csv",
            "trader,name,actor,theta",
            self.fields
                .iter()
                .enumerate()
                .map(|(i, f)| format!("t{i},T{i},a{},{}", f.0, self.theta))
                .collect(),
        );
        add(
            "fields.csv",
            "field,node,trader,capacity_bcm_per_year,marginal_cost_usd_per_tcm,cost_slope_usd_per_tcm_per_bcm_per_year",
            self.fields
                .iter()
                .enumerate()
                .map(|(i, f)| {
                    format!("f{i},n{},t{i},{},{},{}", f.0, f.1 * volume, f.2 * price, f.3 * price / volume)
                })
                .collect(),
        );
        add(
            "demand.csv",
            "node,quantity_bcm_per_year,price_usd_per_tcm,elasticity",
            self.demand
                .iter()
                .enumerate()
                .map(|(n, d)| format!("n{n},{},{},{}", d.1 * volume, d.0 * price, d.2))
                .collect(),
        );
        add(
            "pipelines.csv",
            "pipeline,name,from,to,capacity_bcm_per_year,tariff_usd_per_tcm,loss_fraction",
            self.arcs
                .iter()
                .enumerate()
                .map(|(i, a)| format!("p{i},P{i},n{},n{},{},{},{}", a.0, a.1, a.2 * volume, a.3 * price, a.4))
                .collect(),
        );
        files
    }

    fn raw(&self) -> RawCase {
        RawCase::read(&self.files(1.0, 1.0, false)).expect("readable")
    }
}

fn solved(raw: &RawCase) -> (Case, MarketSolution) {
    let case = Case::from_raw(raw).unwrap_or_else(|found| panic!("{found}"));
    let certified = solve(&case, &Settings::default()).unwrap_or_else(|failure| panic!("{failure}"));
    let solution = certified.value().clone();
    (case, solution)
}

/// Price, consumption and total sales by node id: what is unique.
fn unique(case: &Case, solution: &MarketSolution) -> Vec<(String, f64, f64)> {
    let mut rows: Vec<(String, f64, f64)> = case
        .nodes
        .iter()
        .filter_map(|node| {
            let id = case.node(&node.id)?;
            let price = solution.annual_price(id, 0)?;
            Some((node.id.clone(), price.0, solution.annual_consumption(id, 0).0))
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

/// Consumption decides; where nothing is consumed the price is not unique.
fn assert_same(a: &[(String, f64, f64)], b: &[(String, f64, f64)], price: f64, volume: f64) {
    let consumed = |rows: &[(String, f64, f64)]| -> Vec<String> {
        rows.iter().filter(|row| row.2 > 1e-4).map(|row| row.0.clone()).collect()
    };
    let small: Vec<(String, f64, f64)> =
        b.iter().map(|row| (row.0.clone(), row.1 / price, row.2 / volume)).collect();
    assert_eq!(consumed(a), consumed(&small));
    for row in a.iter().filter(|row| row.2 > 1e-4) {
        let other = small.iter().find(|other| other.0 == row.0).expect("the same node");
        assert!((row.1 - other.1).abs() < 1e-4 * row.1.abs().max(1.0), "{row:?} {other:?}");
        assert!((row.2 - other.2).abs() < 1e-4 * row.2.abs().max(1.0), "{row:?} {other:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, rng_seed: RngSeed::Fixed(2011), ..ProptestConfig::default() })]

    #[test]
    fn results_do_not_depend_on_units_or_row_order(world in worlds(0.0..1.0)) {
        let (case, solution) = solved(&world.raw());
        let base = unique(&case, &solution);
        for (volume, price, reversed) in [(1.0, 1.0, true), (7.0, 1.0, false), (1.0, 0.25, true), (0.2, 3.0, false)] {
            let raw = RawCase::read(&world.files(volume, price, reversed)).expect("readable");
            let (case, solution) = solved(&raw);
            assert_same(&base, &unique(&case, &solution), price, volume);
        }
    }

    #[test]
    fn a_saved_solution_verifies(world in worlds(0.0..1.0)) {
        let (case, solution) = solved(&world.raw());
        let mut files = Files::new();
        let mut tables = market_tables(&case, &solution);
        tables.push(wedge_table(&case));
        for table in &tables {
            table.add_to(&mut files);
        }
        let header = serde_json::json!({
            "welfare_million_usd": solution.totals.welfare.0,
            "tables": tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(),
        });
        let verifier = Verifier::of(case);
        let found = verifier.verify(&verifier.read(&files), &header, None);
        let text: Vec<String> = found.findings.iter().map(ToString::to_string).collect();
        prop_assert!(text.is_empty(), "{}", text.join("\n"));
    }

    #[test]
    fn more_capacity_never_lowers_welfare_of_price_takers(world in worlds(Just(0.0)), which in 0usize..50, more in 1.0..40.0) {
        prop_assume!(!world.arcs.is_empty());
        let (_, before) = solved(&world.raw());
        let mut wider = world.clone();
        let arc = which % wider.arcs.len();
        wider.arcs[arc].2 += more;
        let (_, after) = solved(&wider.raw());
        let change = after.totals.welfare.0 - before.totals.welfare.0;
        prop_assert!(change > -1e-5 * before.totals.welfare.0.abs().max(1.0), "{change}");
        // welfare is the objective when nobody has market power
        let gap = (before.totals.welfare.0 - before.totals.objective.0).abs();
        prop_assert!(gap < 1e-6 * before.totals.objective.0.abs().max(1.0), "{gap}");
    }

    #[test]
    fn a_scenario_and_its_inverse_leave_the_base(world in worlds(0.0..1.0), factor in 0.1..9.0) {
        let raw = world.raw();
        let change = |factor: f64| {
            let text = format!(
                "title = \"\"\n[[change]]\ntable = \"demand\"\nwhere = {{ node = \"n0\" }}\nset = {{ price_usd_per_tcm = {} }}\n",
                world.demand[0].0 * factor
            );
            Scenario::read("test", "test.toml", &text).expect("a scenario")
        };
        let there = raw.with_scenario(&change(factor)).expect("applies");
        let back = there.with_scenario(&change(1.0)).expect("applies");
        let (case, solution) = solved(&raw);
        let (again, same) = solved(&back);
        prop_assert_eq!(case, again);
        prop_assert_eq!(unique(&solved(&raw).0, &solution), unique(&solved(&raw).0, &same));
    }

    #[test]
    fn many_cournot_sellers_are_competition_and_one_is_a_monopoly(
        price in 100.0..500.0f64, quantity in 5.0..120.0f64, elasticity in -1.5f64..-0.2, cost in 10.0..90.0f64,
    ) {
        let intercept = price * (1.0 - 1.0 / elasticity);
        let slope = -price / (elasticity * quantity);
        for sellers in [1usize, 2, 5, 400] {
            let mut world = World {
                demand: vec![(price, quantity, elasticity)],
                fields: vec![(0, 1e5, cost, 0.0); sellers],
                arcs: Vec::new(),
                theta: 1.0,
            };
            let (case, solution) = solved(&world.raw());
            let found = unique(&case, &solution)[0].2;
            let formula = (intercept - cost) / slope * sellers as f64 / (sellers as f64 + 1.0);
            prop_assert!((found - formula).abs() < 1e-5 * formula, "{sellers}: {found} {formula}");
            if sellers == 400 {
                world.theta = 0.0;
                let (case, competitive) = solved(&world.raw());
                let limit = unique(&case, &competitive)[0].2;
                prop_assert!((found - limit).abs() < 0.003 * limit, "{found} {limit}");
            }
        }
    }
}

/// An interior point stalled here once: nobody reaches node 0, and its market is fixed at zero.
#[test]
fn an_unreached_market_does_not_stall_the_solver() {
    let world = World {
        demand: vec![
            (100.0 * 7.447028722681087, 5.0, -0.2),
            (463.7310745016189, 57.94398148824098, -1.353858328379744),
            (132.84671227262268, 10.099261394578889, -0.33021839488306437),
        ],
        fields: vec![(1, 38.2159517595847, 20.0, 0.05)],
        arcs: vec![
            (1, 2, 45.78640609909874, 37.031567507351255, 0.0064294246703280695),
            (1, 2, 73.10934208743805, 33.981643016574324, 0.019075190432039885),
        ],
        theta: 0.7868123169283573,
    };
    for price in [1.0, 1.0 / 7.447028722681087] {
        let mut varied = world.clone();
        varied.demand[0].0 *= price;
        solved(&varied.raw());
    }
}
