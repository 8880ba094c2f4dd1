//! The page: one for the live server and for the report in one file.
//!
//! A case and its solved markets become plain JSON structs here, with names in place of indices; the server lets the
//! page ask for markets under a list of changes, and every list of changes is a scenario file.
#![deny(missing_docs)]

mod answers;
mod changes;
mod desk;
mod force_majeure;
mod page;
mod plot;
mod ranges;
mod run;
mod sea;
mod server;
mod world;

pub use answers::{
    Answer, BargainingAnswer, CurveOfZone, DealAnswerOnPage, EffectOfLevers, LeverOnPage, TableOnPage,
    bargaining_on_page, deal_on_page, projects_on_page,
};
pub use changes::{Change, scenario_text};
pub use desk::{ComparisonRanges, Desk, Refusal};
pub use force_majeure::Shipments;
pub use page::{ReportData, report};
pub use plot::{Part, map_svg, png};
pub use ranges::{RangesOnPage, Sight, ranges_on_page};
pub use run::{ByPeriod, NodeInRun, RouteInRun, Run, StorageInRun, Times, Use, YearOfRun};
pub use server::{ServerSettings, StudyOnPage, serve};
pub use world::World;
