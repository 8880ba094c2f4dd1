//! The contract: what the parties owe, what it is worth, and whether a deal exists at all.
//!
//! Two layers that never mix: an exact ledger and a valuation that calls it.

pub mod deal;
mod in_order;
pub mod index;
pub mod lattice;
pub mod least_squares;
pub mod option_formulas;
pub mod price_formula;
pub mod price_paths;
pub mod problem;
pub mod swing;
pub mod valuation;

pub use deal::{Deal, DealAnswer, Whose, Zone, answer_deal, deal_tables, solves_of};
pub use index::{IndexSeries, Indices};
pub use price_formula::PriceFormula;
pub use problem::answer_problem;
