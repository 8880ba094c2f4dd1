//! Tests of the page's server and of the report.

mod attacks;
mod changes;
mod plot;
mod report;
mod server;
