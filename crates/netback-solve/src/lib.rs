//! Convex programmes with certificates: solve, polish, prove.
//!
//! A [`Program`] is a separable convex programme with named rows and columns. [`solve`] answers with an
//! [`Outcome`]: why the method stopped, and what we hold. What we hold is a [`Certified`] solution or
//! nothing: only [`certify`] makes one, from the programme and the numbers alone.
//!
//! ```
//! use netback_solve::{Column, Program, Row, Settings, solve, solve_from};
//!
//! // minimise x² - 4x with x ≤ 1 written as a row
//! let mut program = Program::new();
//! let x = program.column(Column::new("x").cost(-4.0).quadratic(2.0));
//! program.row(Row::new("limit").at_most(1.0).entry(x, 1.0));
//! let outcome = solve(&program, &Settings::default());
//! let solution = outcome.held.expect("a bounded convex programme has an answer");
//! assert!((solution.value().columns[0] - 1.0).abs() < 1e-12);
//! assert!((solution.value().row_duals[0] + 2.0).abs() < 1e-12);
//! assert!(solution.certificate().natural_residual < 1e-12);
//! ```
#![deny(missing_docs)]

mod certificate;
mod conflict;
mod curve;
mod interior_point;
mod model_point;
mod outcome;
mod path;
mod polish;
mod program;
#[cfg(feature = "highs")]
mod simplex;
mod solve;

pub use certificate::{Certificate, Certified, Uncertified, certify, natural_residual};
pub use conflict::smallest_conflict;
pub use curve::Curve;
pub use outcome::{Outcome, Times, WhyStopped};
pub use program::{Column, ColumnId, DataFault, Program, Row, RowId, Solution};
pub use solve::{Factorisation, Method, Settings, solve, solve_from};
