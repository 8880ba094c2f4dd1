//! Clarabel behind a [`Program`] with quadratic objective: bounds become rows, two-sided rows become two.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT};

use crate::model_point::{ModelPoint, Status};
use crate::program::Program;
use crate::solve::{Factorisation, Settings};

/// What one conic row stands for.
#[derive(Clone, Copy)]
enum Origin {
    Equation(usize),
    RowLower(usize),
    RowUpper(usize),
    ColumnLower(usize),
    ColumnUpper(usize),
}

/// Solves `min ½ x'diag(q)x + c'x` over the rows of the programme and the given bounds.
pub(crate) fn solve_quadratic(
    program: &Program,
    costs: &[f64],
    quadratics: &[f64],
    bounds: &[(f64, f64)],
    settings: &Settings,
) -> ModelPoint {
    let n = program.columns().len();
    let mut origins = Vec::new();
    let mut right = Vec::new();
    for (index, row) in program.rows().iter().enumerate() {
        if row.lower == row.upper {
            origins.push(Origin::Equation(index));
            right.push(row.lower);
        }
    }
    let equations = origins.len();
    for (index, row) in program.rows().iter().enumerate() {
        if row.lower == row.upper {
            continue;
        }
        if row.upper.is_finite() {
            origins.push(Origin::RowUpper(index));
            right.push(row.upper);
        }
        if row.lower.is_finite() {
            origins.push(Origin::RowLower(index));
            right.push(-row.lower);
        }
    }
    for (index, &(lower, upper)) in bounds.iter().enumerate() {
        if lower.is_finite() {
            origins.push(Origin::ColumnLower(index));
            right.push(-lower);
        }
        if upper.is_finite() {
            origins.push(Origin::ColumnUpper(index));
            right.push(upper);
        }
    }

    let mut triplets: (Vec<usize>, Vec<usize>, Vec<f64>) = Default::default();
    for (position, origin) in origins.iter().enumerate() {
        let (entries, sign): (&[_], f64) = match *origin {
            Origin::Equation(row) | Origin::RowUpper(row) => (&program.rows()[row].entries, 1.0),
            Origin::RowLower(row) => (&program.rows()[row].entries, -1.0),
            Origin::ColumnLower(column) => {
                triplets.0.push(position);
                triplets.1.push(column);
                triplets.2.push(-1.0);
                continue;
            }
            Origin::ColumnUpper(column) => {
                triplets.0.push(position);
                triplets.1.push(column);
                triplets.2.push(1.0);
                continue;
            }
        };
        for &(column, coefficient) in entries {
            triplets.0.push(position);
            triplets.1.push(column.index());
            triplets.2.push(sign * coefficient);
        }
    }
    let matrix = CscMatrix::new_from_triplets(origins.len(), n, triplets.0, triplets.1, triplets.2);
    let hessian = diagonal(quadratics);
    let cones = [ZeroConeT(equations), NonnegativeConeT(origins.len() - equations)];

    let answer = DefaultSolver::new(&hessian, costs, &matrix, &right, &cones, clarabel_settings(settings, n));
    let mut solver = match answer {
        Ok(solver) => solver,
        Err(error) => return ModelPoint::without_answer(program, Status::Numerical(error.to_string())),
    };
    solver.solve();

    let solution = &solver.solution;
    let mut point = ModelPoint {
        columns: solution.x.clone(),
        row_duals: vec![0.0; program.rows().len()],
        bound_duals: vec![[0.0; 2]; n],
        status: status(solution.status),
        iterations: solution.iterations as usize,
    };
    // Clarabel: P x + q + A'z = 0 with A x + s = b; our dual of a row is minus z on the upper side.
    for (origin, &z) in origins.iter().zip(&solution.z) {
        match *origin {
            Origin::Equation(row) | Origin::RowUpper(row) => point.row_duals[row] -= z,
            Origin::RowLower(row) => point.row_duals[row] += z,
            Origin::ColumnLower(column) => point.bound_duals[column][0] = z,
            Origin::ColumnUpper(column) => point.bound_duals[column][1] = z,
        }
    }
    point
}

fn status(status: SolverStatus) -> Status {
    match status {
        SolverStatus::Solved | SolverStatus::AlmostSolved => Status::Optimal,
        SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => Status::Infeasible,
        SolverStatus::DualInfeasible | SolverStatus::AlmostDualInfeasible => Status::Unbounded,
        SolverStatus::MaxIterations => Status::IterationLimit,
        other => Status::Numerical(format!("{other:?}")),
    }
}

fn diagonal(values: &[f64]) -> CscMatrix<f64> {
    let n = values.len();
    let (mut starts, mut rows, mut entries) = (Vec::with_capacity(n + 1), Vec::new(), Vec::new());
    for (index, &value) in values.iter().enumerate() {
        starts.push(rows.len());
        if value != 0.0 {
            rows.push(index);
            entries.push(value);
        }
    }
    starts.push(rows.len());
    CscMatrix::new(n, n, starts, rows, entries)
}

fn clarabel_settings(settings: &Settings, columns: usize) -> DefaultSettings<f64> {
    let method = match settings.factorisation {
        Factorisation::Automatic if columns > settings.large_programme_columns => "faer",
        Factorisation::Automatic | Factorisation::Simplicial => "qdldl",
        Factorisation::Supernodal => "faer",
    };
    DefaultSettings {
        verbose: false,
        max_iter: settings.iteration_limit as u32,
        tol_gap_abs: settings.interior_tolerance,
        tol_gap_rel: settings.interior_tolerance,
        tol_feas: settings.interior_tolerance,
        direct_solve_method: method.to_string(),
        // one thread: the same bytes on any machine
        max_threads: 1,
        presolve_enable: false,
        ..DefaultSettings::default()
    }
}
