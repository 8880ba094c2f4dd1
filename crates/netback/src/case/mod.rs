//! A case: the folder of tables that describes the world, read, checked and changed by scenarios.

mod attributes;
#[allow(clippy::module_inception)]
mod case;
mod check;
mod codes;
mod files;
mod finding;
mod raw;
mod scenario;
pub(crate) mod spelling;
mod table;
pub(crate) mod toml_place;
pub(crate) mod toml_table;
mod write;

pub use attributes::{Attribute, Kind, attributes, reference};
pub use case::*;
pub use codes::{Code, Explanation, explain, explanations, findings_reference};
pub use files::Files;
pub use finding::{Finding, Findings, Place};
pub use raw::RawCase;
pub use scenario::Scenario;
pub(crate) use table::{RawTable, csv_text, read_csv};
pub use write::{write_atomically, write_files};
