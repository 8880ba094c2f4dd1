//! HiGHS behind a [`Program`] with quadratic objective: simplex for linear models, active set for quadratic ones.
//!
//! A second opinion that shares nothing with the interior point but the model it is given.
//! Source: Huangfu & Hall 2018 (dual simplex); the active-set method for convex quadratic models is described
//! in HiGHS' own documentation.

use highs::{HessianFormat, HighsModelStatus, RowProblem, Sense};

use crate::model_point::{ModelPoint, Status};
use crate::program::Program;
use crate::solve::Settings;

/// The sharpest feasibility tolerance that HiGHS takes.
const SHARPEST: f64 = 1e-10;
/// Iterations for each column and row after which it is stopped; the world of 2011 takes 1.5. Without a limit the
/// active-set method never ends on some small random models of the tests.
const ITERATIONS: usize = 20;
const LEAST_ITERATIONS: usize = 10_000;

/// The tolerance of HiGHS itself: where the sharp one ends in an error, the polish makes up for it.
const USUAL: f64 = 1e-7;

/// Solves `min ½ x'diag(q)x + c'x` over the rows of the programme and the given bounds.
pub(crate) fn solve_quadratic(
    program: &Program,
    costs: &[f64],
    quadratics: &[f64],
    bounds: &[(f64, f64)],
    settings: &Settings,
) -> ModelPoint {
    let sharp = settings.interior_tolerance.max(SHARPEST);
    let point = solve_to(sharp, program, costs, quadratics, bounds);
    match point.status {
        Status::Numerical(_) if sharp < USUAL => solve_to(USUAL, program, costs, quadratics, bounds),
        _ => point,
    }
}

fn solve_to(
    tolerance: f64,
    program: &Program,
    costs: &[f64],
    quadratics: &[f64],
    bounds: &[(f64, f64)],
) -> ModelPoint {
    let broken =
        |why: String| ModelPoint::without_answer(program, Status::Numerical(format!("HiGHS: {why}")));

    let mut problem = RowProblem::default();
    let columns: Vec<_> = costs
        .iter()
        .zip(bounds)
        .map(|(&cost, &(lower, upper))| problem.add_column(cost, lower..=upper))
        .collect();
    for row in program.rows() {
        let entries = row.entries.iter().map(|&(column, coefficient)| (columns[column.index()], coefficient));
        problem.add_row(row.lower..=row.upper, entries.collect::<Vec<_>>());
    }
    let mut model = match problem.try_optimise(Sense::Minimise) {
        Ok(model) => model,
        Err(status) => return broken(format!("the model was refused ({status:?})")),
    };
    if quadratics.iter().any(|&quadratic| quadratic != 0.0) {
        let diagonal = quadratics
            .iter()
            .enumerate()
            .map(|(index, &quadratic)| (quadratic != 0.0).then_some((index, quadratic)));
        if let Err(error) = model.try_pass_hessian(HessianFormat::Triangular, diagonal) {
            return broken(error.to_string());
        }
    }
    for option in ["primal_feasibility_tolerance", "dual_feasibility_tolerance"] {
        model.set_option(option, tolerance);
    }
    // Coefficients below 1e-9 would be dropped by default.
    model.set_option("small_matrix_value", 1e-12);
    let size = columns.len() + program.rows().len();
    let limit = i32::try_from((ITERATIONS * size).max(LEAST_ITERATIONS)).unwrap_or(i32::MAX);
    for option in ["simplex_iteration_limit", "qp_iteration_limit"] {
        model.set_option(option, limit);
    }
    // One thread: the same bytes on any machine.
    model.set_option("parallel", "off");
    model.set_option("threads", 1);

    let solved = match model.try_solve() {
        Ok(solved) => solved,
        Err(status) => return broken(format!("the method failed ({status:?})")),
    };
    let status = match solved.status() {
        HighsModelStatus::Optimal | HighsModelStatus::ModelEmpty => Status::Optimal,
        HighsModelStatus::Infeasible => Status::Infeasible,
        HighsModelStatus::Unbounded | HighsModelStatus::UnboundedOrInfeasible => Status::Unbounded,
        HighsModelStatus::ReachedIterationLimit => Status::IterationLimit,
        other => Status::Numerical(format!("HiGHS: {other:?}")),
    };
    let solution = solved.get_solution();
    let iterations = solved.simplex_iteration_count().max(0) + solved.qp_iteration_count().max(0);
    ModelPoint {
        columns: solution.columns().to_vec(),
        row_duals: solution.dual_rows().to_vec(),
        bound_duals: solution.dual_columns().iter().map(|&dual| [dual.max(0.0), (-dual).max(0.0)]).collect(),
        status,
        iterations: iterations.try_into().unwrap_or(usize::MAX),
    }
}
