//! What a method says about one quadratic model, before the polish.

use crate::program::Program;

/// Values, row duals and the multipliers of the bounds: together they tell what is active.
pub(crate) struct ModelPoint {
    pub columns: Vec<f64>,
    pub row_duals: Vec<f64>,
    /// Multiplier of the lower and upper bound of each column.
    pub bound_duals: Vec<[f64; 2]>,
    pub status: Status,
    pub iterations: usize,
}

pub(crate) enum Status {
    Optimal,
    Infeasible,
    Unbounded,
    IterationLimit,
    Numerical(String),
}

impl ModelPoint {
    /// Zeros, with the reason why there is nothing better.
    pub fn without_answer(program: &Program, status: Status) -> Self {
        ModelPoint {
            columns: vec![0.0; program.columns().len()],
            row_duals: vec![0.0; program.rows().len()],
            bound_duals: vec![[0.0; 2]; program.columns().len()],
            status,
            iterations: 0,
        }
    }
}
