//! Integration tests of the solver.

mod programmes;
mod spatequ;
