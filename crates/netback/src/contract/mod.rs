//! The contract: what the parties owe, what it is worth, and whether a deal exists at all.
//!
//! Two layers that never mix: an exact ledger and a valuation that calls it.

mod cash;
pub mod contract_file;
pub mod exact;
pub mod index;
pub mod ledger;
mod ledger_tables;
pub mod price_formula;
pub mod problem;
pub mod schedule;
pub mod volume_terms;

pub use cash::{CashFlow, FlowKind, LoanYear, MonthlyCash};
pub use contract_file::Contract;
pub use index::{IndexSeries, Indices};
pub use ledger::{Account, LedgerError, MonthlyPrices, Plan, ledger};
pub use ledger_tables::{account_tables, in_words};
pub use price_formula::PriceFormula;
pub use problem::answer_problem;
pub use schedule::Schedule;
pub use volume_terms::VolumeTerms;
