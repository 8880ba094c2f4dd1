//! The certificate measures what it says, on points made by hand.

use netback_solve::{Column, Program, Row, Solution, certify, natural_residual};

/// minimise −4x + x² (per unit of weight 2) with 0 ≤ x ≤ 10, 1 ≤ y ≤ 3; x + y ≤ 3 (weight 2), x − y = −1.
fn program() -> Program {
    let mut program = Program::new();
    let x = program.column(Column::new("x").at_most(10.0).cost(-8.0).quadratic(4.0).weight(2.0));
    let y = program.column(Column::new("y").bounds(1.0, 3.0));
    program.row(Row::new("limit").at_most(3.0).weight(2.0).entry(x, 1.0).entry(y, 1.0));
    program.row(Row::new("tie").equal_to(-1.0).entry(x, 1.0).entry(y, -1.0));
    program
}

/// x = 1, y = 2: reduced costs −4 − (d₁ + d₂) and −(d₁ − d₂) vanish at d₁ = d₂ = −2.
const SOLUTION: ([f64; 2], [f64; 2]) = ([1.0, 2.0], [-2.0, -2.0]);

fn residual(columns: &[f64], duals: &[f64]) -> (f64, f64, String) {
    let solution = Solution { columns: columns.to_vec(), row_duals: duals.to_vec() };
    let certificate = natural_residual(&program(), &solution, 1e-6, 10.0);
    assert_eq!(certificate.natural_residual, certificate.primal.max(certificate.dual));
    assert_eq!(certificate.tolerance, 1e-6);
    (certificate.primal, certificate.dual, certificate.worst)
}

#[test]
fn a_solution_has_no_residual_and_is_certified() {
    let (primal, dual, worst) = residual(&SOLUTION.0, &SOLUTION.1);
    assert_eq!((primal, dual, worst.as_str()), (0.0, 0.0, ""));
    let solution = Solution { columns: SOLUTION.0.to_vec(), row_duals: SOLUTION.1.to_vec() };
    let certified = certify(&program(), solution.clone(), 1e-6, 10.0).expect("it is one");
    assert_eq!(certified.value(), &solution);
    assert_eq!(certified.certificate().tolerance, 1e-6);
    let columns = certified.map(|solution| solution.columns);
    assert_eq!(columns.value(), &[1.0, 2.0]);
}

#[test]
fn a_row_missed_is_primal_relative_to_the_scale() {
    // x + y = 3.5 is 0.5 above its limit, x − y = −0.5 is 0.5 off: 0.05 of the scale of 10
    let (primal, _, _) = residual(&[1.5, 2.0], &SOLUTION.1);
    assert!((primal - 0.05).abs() < 1e-15, "{primal}");
    // x − y = −2 is 1 below, and nothing else is missed
    let (primal, _, _) = residual(&[0.0, 2.0], &SOLUTION.1);
    assert!((primal - 0.1).abs() < 1e-15, "{primal}");
}

#[test]
fn a_bound_missed_is_primal_on_either_side() {
    let (primal, _, worst) = residual(&[-3.0, -2.0], &SOLUTION.1);
    assert_eq!(worst, "x");
    assert!((primal - 0.3).abs() < 1e-15, "{primal}");
    let (primal, _, _) = residual(&[4.0, 5.0], &[0.0, -8.0]);
    // y is 2 above its bound, x + y 6 above its limit
    assert!((primal - 0.6).abs() < 1e-15, "{primal}");
    let (primal, _, _) = residual(&[-1.0, 0.0], &SOLUTION.1);
    // both 1 below their bounds
    assert!((primal - 0.1).abs() < 1e-15, "{primal}");
}

#[test]
fn a_dual_of_the_wrong_sign_or_size_is_seen_per_weight() {
    // the limit of weight 2 binds with a dual of +2: step 3 − 1 = 2, one unit from the activity
    let (_, dual, worst) = residual(&SOLUTION.0, &[2.0, -6.0]);
    assert!(dual >= 0.1 - 1e-15, "{dual} {worst}");
    // duals that leave a reduced cost of 1 on y (weight 1) and −1 on x (weight 2)
    let (primal, dual, worst) = residual(&SOLUTION.0, &[-2.0, -1.0]);
    assert_eq!(primal, 0.0);
    assert!((dual - 0.1).abs() < 1e-15, "{dual}");
    assert_eq!(worst, "y");
}

#[test]
fn a_slack_row_has_no_dual() {
    // x = 0, y = 1 leaves 2 of the limit free; a dual of −1 on it pulls by 0.5 (weight 2)
    let point = [0.0, 1.0];
    let (primal, dual, _) = residual(&point, &[-1.0, -7.0]);
    assert_eq!(primal, 0.0);
    assert!(dual > 0.0);
    let (_, at_bounds, _) = residual(&point, &[0.0, 0.0]);
    // x wants to grow: reduced cost −8 / 2 = −4, up to 4 inside its bounds
    assert!((at_bounds - 0.4).abs() < 1e-15, "{at_bounds}");
}

#[test]
fn of_two_that_are_equally_far_off_the_first_is_named() {
    // both are 1 above their bound, and for that their natural residual is 1 as well
    let mut program = Program::new();
    for name in ["first", "second"] {
        program.column(Column::new(name).at_most(1.0));
    }
    let solution = Solution { columns: vec![2.0, 2.0], row_duals: vec![] };
    let certificate = natural_residual(&program, &solution, 1e-6, 1.0);
    assert_eq!((certificate.primal, certificate.dual, certificate.worst.as_str()), (1.0, 1.0, "first"));
}

#[test]
fn what_is_not_a_number_or_has_the_wrong_size_is_the_worst() {
    for (columns, duals) in [
        (vec![1.0], vec![-2.0, -2.0]),
        (vec![1.0, 2.0], vec![-2.0]),
        (vec![1.0, 2.0, 3.0], vec![-2.0, -2.0]),
        (vec![f64::NAN, 2.0], vec![-2.0, -2.0]),
        (vec![1.0, 2.0], vec![f64::NAN, -2.0]),
        (vec![1.0, 2.0], vec![-2.0, f64::NAN]),
        (vec![1.0, 2.0], vec![-2.0, f64::INFINITY]),
    ] {
        let solution = Solution { columns, row_duals: duals };
        let refused = certify(&program(), solution.clone(), 1e-6, 10.0).expect_err("it is no solution");
        assert_eq!(refused.certificate.natural_residual, f64::INFINITY);
        assert_eq!(format!("{:?}", refused.solution), format!("{solution:?}"));
    }
}

#[test]
fn the_bound_itself_is_met() {
    // a residual of exactly the tolerance passes, the next larger number does not
    let mut program = Program::new();
    program.column(Column::new("x").at_most(1.0));
    let at = |x: f64| Solution { columns: vec![x], row_duals: vec![] };
    assert!(certify(&program, at(1.5), 0.5, 1.0).is_ok());
    assert!(certify(&program, at(1.5000001), 0.5, 1.0).is_err());
}

#[test]
fn a_dual_is_divided_by_the_weight_of_its_row() {
    // dual −2 over weight 4 pulls the activity by 0.5, well inside the 2 that are free
    let mut program = Program::new();
    let x = program.column(Column::new("x").weight(100.0));
    program.row(Row::new("limit").at_most(3.0).weight(4.0).entry(x, 1.0));
    let solution = Solution { columns: vec![1.0], row_duals: vec![-2.0] };
    let certificate = natural_residual(&program, &solution, 1e-6, 10.0);
    assert!((certificate.dual - 0.05).abs() < 1e-15, "{certificate:?}");
    assert_eq!(certificate.worst, "limit");
}
