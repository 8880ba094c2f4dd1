//! The contract: what the parties owe, what it is worth, and whether a deal exists at all.
//!
//! Two layers that never mix: an exact ledger and a valuation that calls it.

pub mod averaging;
pub mod border_fit;
mod cash;
pub mod contract_file;
pub mod deal;
pub mod exact;
pub mod figures;
mod in_order;
pub mod index;
pub mod ladder;
mod ladder_tables;
pub mod lattice;
pub mod least_squares;
pub mod ledger;
mod ledger_tables;
pub mod option_formulas;
pub mod price_formula;
pub mod price_paths;
pub mod problem;
pub mod schedule;
pub mod swing;
pub mod valuation;
pub mod volume_terms;

pub use averaging::{Averaging, Window};
pub use border_fit::{BorderFit, border_fit_table, compare_with_border, fit_border_price};
pub use cash::{CashFlow, FlowKind, LoanYear, MonthlyCash};
pub use contract_file::Contract;
pub use deal::{Deal, DealAnswer, Whose, Zone, answer_deal, deal_tables, solves_of};
pub use figures::{CheckedFigures, Figures, check_figures};
pub use index::{IndexSeries, Indices};
pub use ladder::ContractValue;
pub use ladder_tables::{value_in_words, value_tables};
pub use ledger::{Account, LedgerError, MonthlyPrices, Plan, ledger};
pub use ledger_tables::{account_in_words, account_tables, in_words};
pub use price_formula::{Half, PriceError, PriceFormula, Rounding};
pub use problem::answer_problem;
pub use schedule::Schedule;
pub use valuation::ValuationSettings;
pub use volume_terms::VolumeTerms;
