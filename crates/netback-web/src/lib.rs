//! The page: one for the live server and for the report in one file.
//!
//! A case and its solved markets become plain JSON structs here, with names in place of indices; the server lets the
//! page ask for markets under a list of changes, and every list of changes is a scenario file.
#![deny(missing_docs)]

mod answers;
mod changes;
mod desk;
mod page;
mod plot;
mod run;
mod sea;
mod server;
mod world;

pub use answers::{
    Answer, BargainingAnswer, CurveOfZone, DealAnswerOnPage, EffectOfLevers, LeverOnPage, TableOnPage,
    bargaining_on_page, deal_on_page, projects_on_page,
};
pub use changes::{Change, scenario_text};
pub use desk::{Desk, Refusal};
pub use page::{ReportData, report};
pub use plot::{Part, map_svg, png};
pub use run::{ByPeriod, NodeInRun, RouteInRun, Run, Times, Use, YearOfRun};
pub use server::{ServerSettings, StudyOnPage, serve};
pub use world::World;
