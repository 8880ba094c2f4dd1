//! The only maker of [`Certified`]: it looks at the programme and the numbers, never at a solver.
//!
//! Source: natural residual of a mixed complementarity problem, x - mid(l, u, x - F(x))
//! (Facchinei & Pang 2003, section 1.5); docs/market.md "What every solution carries".

use crate::program::{Program, Solution};

/// How far a point is from the optimality conditions.
///
/// Residuals are relative to the scale of the settings (quantities and prices have one scale, by the
/// choice of units); reduced costs and duals are divided by the weight of their column or row first.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// The larger of the two residuals.
    pub natural_residual: f64,
    /// Largest violation of a row or a bound.
    pub primal: f64,
    /// Largest natural residual of a column or of an inequality row with its dual.
    pub dual: f64,
    /// Name of the row or column with the largest residual.
    pub worst: String,
    /// The bound that had to be met.
    pub tolerance: f64,
}

/// A value that rests on a solution whose certificate was met.
#[derive(Debug, Clone, PartialEq)]
pub struct Certified<T> {
    value: T,
    certificate: Certificate,
}

/// A point that failed its certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncertified {
    /// The point.
    pub solution: Solution,
    /// What was measured.
    pub certificate: Certificate,
}

impl<T> Certified<T> {
    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Another reading of the same certified numbers.
    pub fn map<U>(self, reading: impl FnOnce(T) -> U) -> Certified<U> {
        Certified { value: reading(self.value), certificate: self.certificate }
    }
}

/// Certifies a solution, or returns it with the measured residuals.
///
/// Errors: [`Uncertified`] when the natural residual exceeds `tolerance · scale` or is not a number.
pub fn certify(
    program: &Program,
    solution: Solution,
    tolerance: f64,
    scale: f64,
) -> Result<Certified<Solution>, Box<Uncertified>> {
    let certificate = natural_residual(program, &solution, tolerance, scale);
    if certificate.natural_residual <= tolerance {
        Ok(Certified { value: solution, certificate })
    } else {
        Err(Box::new(Uncertified { solution, certificate }))
    }
}

/// Measures the natural residual of a point.
pub fn natural_residual(program: &Program, solution: &Solution, tolerance: f64, scale: f64) -> Certificate {
    let mut worst = Worst { primal: 0.0, dual: 0.0, name: "" };
    if solution.columns.len() != program.columns().len() || solution.row_duals.len() != program.rows().len() {
        worst.dual("wrong number of values", f64::INFINITY);
        return worst.certificate(tolerance, scale);
    }
    let mut reduced_costs: Vec<f64> =
        program.columns().iter().zip(&solution.columns).map(|(column, &x)| column.gradient(x)).collect();
    for (row, &dual) in program.rows().iter().zip(&solution.row_duals) {
        for &(column, coefficient) in &row.entries {
            reduced_costs[column.index()] -= coefficient * dual;
        }
        let activity = row.activity(&solution.columns);
        worst.primal(&row.name, (row.lower - activity).max(activity - row.upper).max(0.0));
        if row.lower != row.upper {
            let step = activity - dual / row.weight;
            worst.dual(&row.name, activity - step.max(row.lower).min(row.upper));
        } else if !dual.is_finite() {
            worst.dual(&row.name, dual);
        }
    }
    for ((column, &x), reduced_cost) in program.columns().iter().zip(&solution.columns).zip(reduced_costs) {
        worst.primal(&column.name, (column.lower - x).max(x - column.upper).max(0.0));
        let step = x - reduced_cost / column.weight;
        worst.dual(&column.name, x - step.max(column.lower).min(column.upper));
    }
    worst.certificate(tolerance, scale)
}

struct Worst<'a> {
    primal: f64,
    dual: f64,
    name: &'a str,
}

impl<'a> Worst<'a> {
    fn primal(&mut self, name: &'a str, violation: f64) {
        let size = size(violation);
        if size > self.primal.max(self.dual) {
            self.name = name;
        }
        self.primal = self.primal.max(size);
    }

    fn dual(&mut self, name: &'a str, residual: f64) {
        let size = size(residual);
        if size > self.primal.max(self.dual) {
            self.name = name;
        }
        self.dual = self.dual.max(size);
    }

    fn certificate(self, tolerance: f64, scale: f64) -> Certificate {
        let (primal, dual) = (self.primal / scale, self.dual / scale);
        Certificate {
            natural_residual: primal.max(dual),
            primal,
            dual,
            worst: self.name.to_string(),
            tolerance,
        }
    }
}

/// A residual that is not a number is the worst of all.
fn size(residual: f64) -> f64 {
    if residual.is_nan() { f64::INFINITY } else { residual.abs() }
}
