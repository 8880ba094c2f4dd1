//! Random programmes: the answer is certified, or its cause is named.

use netback_solve::{
    Column, Curve, Method, Program, Row, Settings, Solution, WhyStopped, natural_residual, smallest_conflict,
    solve, solve_from,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

#[cfg(feature = "highs")]
const METHODS: [Method; 2] = [Method::InteriorPoint, Method::Highs];
#[cfg(not(feature = "highs"))]
const METHODS: [Method; 1] = [Method::InteriorPoint];

/// Lower bound, upper bound, entries of a row by column position.
type RowNumbers = (f64, f64, Vec<(usize, f64)>);

/// A programme from plain numbers; rows refer to columns by position.
fn programme(columns: &[(f64, f64, f64, f64)], rows: &[RowNumbers]) -> Program {
    let mut program = Program::new();
    let ids: Vec<_> = columns
        .iter()
        .enumerate()
        .map(|(index, &(lower, upper, cost, quadratic))| {
            let column = Column::new(format!("column {index}"));
            program.column(column.bounds(lower, upper).cost(cost).quadratic(quadratic))
        })
        .collect();
    for (index, (lower, upper, entries)) in rows.iter().enumerate() {
        let mut row = Row::new(format!("row {index}"));
        (row.lower, row.upper) = (*lower, *upper);
        for &(column, coefficient) in entries {
            let id = ids[column % ids.len()];
            if row.entries.iter().all(|(other, _)| *other != id) {
                row = row.entry(id, coefficient);
            }
        }
        program.row(row);
    }
    program
}

fn entries() -> impl Strategy<Value = Vec<(usize, f64)>> {
    prop::collection::vec((0usize..8, (-4i32..5).prop_map(f64::from)), 1..5)
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => (-20i32..21).prop_map(f64::from),
        1 => Just(0.0),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NEG_INFINITY),
        1 => Just(f64::NAN),
        1 => Just(1e30),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, rng_seed: RngSeed::Fixed(2011), ..ProptestConfig::default() })]

    /// Whatever the numbers: no panic, and never an answer without a certificate or a cause.
    #[test]
    fn an_answer_is_certified_or_its_cause_is_named(
        columns in prop::collection::vec((any_number(), any_number(), any_number(), any_number()), 1..8),
        rows in prop::collection::vec((any_number(), any_number(), entries()), 0..6),
    ) {
        let program = programme(&columns, &rows);
        for method in METHODS {
            let settings = Settings { method, ..Settings::default() };
            let outcome = solve(&program, &settings);
            match (&outcome.held, &outcome.stopped) {
                (Some(held), _) => {
                    let again = natural_residual(&program, held.value(), settings.tolerance, settings.scale);
                    prop_assert!(again.natural_residual <= settings.tolerance);
                }
                (None, WhyStopped::Refused(faults)) => prop_assert!(!faults.is_empty()),
                (None, WhyStopped::Infeasible { rows }) => prop_assert!(!rows.is_empty()),
                (None, WhyStopped::Unbounded { columns }) => prop_assert!(!columns.is_empty()),
                (None, stopped) => {
                    prop_assert!(outcome.uncertified.is_some(), "{:?}: {:?}", method, stopped);
                }
            }
        }
    }

    /// Bounded, feasible and convex programmes always have a certified answer, to machine accuracy.
    #[test]
    fn well_posed_programmes_are_solved(
        columns in prop::collection::vec((-20i32..1, 1i32..40, -20i32..21, 0i32..5), 1..8),
        rows in prop::collection::vec((0i32..20, entries()), 0..6),
    ) {
        let columns: Vec<(f64, f64, f64, f64)> = columns
            .iter()
            .map(|&(lower, upper, cost, q)| (lower.into(), upper.into(), cost.into(), q.into()))
            .collect();
        // zero is inside every bound and every row
        let rows: Vec<RowNumbers> =
            rows.iter().map(|(slack, entries)| (f64::NEG_INFINITY, (*slack).into(), entries.clone())).collect();
        let program = programme(&columns, &rows);
        for method in METHODS {
            let outcome = solve(&program, &Settings { method, ..Settings::default() });
            prop_assert!(outcome.held.is_some(), "{:?}: {:?} {:?}", method, outcome.stopped, outcome.uncertified);
            let residual = outcome.held.map_or(1.0, |held| held.certificate().natural_residual);
            prop_assert!(residual < 1e-9, "{:?}: {:e}", method, residual);
        }
    }

    /// The start is a help, not an argument: next to any programme, from any numbers, the answer is the same.
    #[test]
    fn a_start_does_not_change_the_answer(
        columns in prop::collection::vec((-20i32..1, 1i32..40, -20i32..21, 0i32..5), 1..8),
        rows in prop::collection::vec((0i32..20, entries()), 0..6),
        cut in (0usize..6, 0i32..20),
        start in prop::collection::vec(any_number(), 0..20),
        is_solved in prop::bool::ANY,
    ) {
        let columns: Vec<(f64, f64, f64, f64)> = columns
            .iter()
            .map(|&(lower, upper, cost, q)| (lower.into(), upper.into(), cost.into(), q.into()))
            .collect();
        let rows: Vec<RowNumbers> =
            rows.iter().map(|(slack, entries)| (f64::NEG_INFINITY, (*slack).into(), entries.clone())).collect();
        let near = programme(&columns, &rows);
        let mut program = near.clone();
        if let Some(row) = program.row_ids().nth(cut.0) {
            program.row_mut(row).upper = cut.1.into();
        }
        let settings = Settings::default();
        let number = |at: usize| start.get(at).copied().unwrap_or(0.0);
        let solved = match solve(&near, &settings).held {
            Some(held) if is_solved => held.value().clone(),
            _ => Solution {
                columns: (0..near.columns().len()).map(number).collect(),
                row_duals: (0..near.rows().len()).map(|row| number(8 + row)).collect(),
            },
        };
        let cold = solve(&program, &settings).held.expect("zero is feasible, and all columns are bounded");
        let warm = solve_from(&program, &settings, &near, &solved);
        let warm = warm.held.expect("the start is given up if it leads nowhere");
        prop_assert!(warm.certificate().natural_residual <= settings.tolerance);
        let [cold, warm] = [cold, warm].map(|held| program.objective(&held.value().columns));
        prop_assert!((cold - warm).abs() <= 1e-9 * (1.0 + cold.abs()), "{cold} {warm}");
    }

    /// A conflict is minimal: every proper part of it can be met.
    #[test]
    fn conflicts_are_minimal(
        columns in prop::collection::vec((0i32..3, 3i32..9), 1..5),
        rows in prop::collection::vec((-30i32..31, prop::bool::ANY, entries()), 1..7),
    ) {
        let columns: Vec<(f64, f64, f64, f64)> =
            columns.iter().map(|&(lower, upper)| (lower.into(), upper.into(), 0.0, 0.0)).collect();
        let rows: Vec<RowNumbers> = rows
            .iter()
            .map(|(bound, at_least, entries)| {
                let bound = f64::from(*bound);
                if *at_least { (bound, f64::INFINITY, entries.clone()) } else { (f64::NEG_INFINITY, bound, entries.clone()) }
            })
            .collect();
        let program = programme(&columns, &rows);
        let settings = Settings::default();
        let conflict = smallest_conflict(&program, &settings);
        let solved = solve(&program, &settings);
        prop_assert_eq!(conflict.is_none(), solved.held.is_some(), "{:?} {:?}", conflict, solved.stopped);
        let Some(conflict) = conflict else { return Ok(()) };
        for left_out in 0..conflict.len() {
            let mut part = program.clone();
            let kept = |name: &str| {
                conflict
                    .iter()
                    .enumerate()
                    .any(|(index, member)| index != left_out && member.starts_with(&format!("{name} is ")))
            };
            for id in program.row_ids() {
                let row = part.row_mut(id);
                if !kept(&row.name) {
                    (row.lower, row.upper) = (f64::NEG_INFINITY, f64::INFINITY);
                }
            }
            for id in program.column_ids() {
                let column = part.column_mut(id);
                if !kept(&column.name) {
                    (column.lower, column.upper) = (0.0, f64::INFINITY);
                }
            }
            prop_assert!(smallest_conflict(&part, &settings).is_none(), "{:?} is not minimal", conflict);
        }
    }

    /// Demand of constant elasticity against a logarithmic, hyperbolic or cubic cost: price equals marginal cost.
    #[test]
    fn curves_meet_where_price_is_marginal_cost(
        quantity in 5.0..100.0f64, price in 50.0..400.0f64, elasticity in -1.5..-0.2f64, kind in 0usize..3,
    ) {
        let mut program = Program::new();
        let benefit = Curve::ConstantElasticityBenefit { weight: 1.0, quantity, price, elasticity };
        let cost = match kind {
            0 => Curve::LogarithmicCapacityCost { weight: 1.0, coefficient: -30.0, capacity: 120.0 },
            1 => Curve::HyperbolicCapacityCost { weight: 1.0, coefficient: 400.0, barrier: 120.0 },
            _ => Curve::CubicCost { weight: 1.0, coefficient: 0.1 },
        };
        let demand = program.column(Column::new("demand").curve(benefit));
        let supply = program.column(Column::new("supply").cost(10.0).curve(cost));
        let balance = program.row(Row::new("balance").equal_to(0.0).entry(supply, 1.0).entry(demand, -1.0));
        let outcome = solve(&program, &Settings::default());
        prop_assert!(outcome.held.is_some(), "{:?} {:?}", outcome.stopped, outcome.uncertified);
        let held = outcome.held.expect("asserted");
        let x = held.value().columns[supply.index()];
        let dual = held.value().row_duals[balance.index()];
        prop_assert!((dual - 10.0 - cost.slope(x)).abs() < 1e-6 * dual, "{dual} {x}");
        prop_assert!((dual + benefit.slope(x)).abs() < 1e-6 * dual, "{dual} {x}");
    }
}
