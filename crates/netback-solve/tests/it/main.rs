//! Integration tests of the solver.

mod certificate;
mod programmes;
mod spatequ;
