//! International natural-gas trade: market, contract, bargaining, security.
//!
//! Data flow one way: [`case::RawCase`] → [`case::Case`] → `market::MarketProblem` → `Outcome` →
//! `Certified<MarketSolution>` → report.
#![deny(missing_docs)]

pub mod bargaining;
pub mod calendar;
pub mod case;
pub mod contract;
pub mod ids;
pub mod market;
pub mod network;
pub mod report;
pub mod study;
pub mod units;
pub mod verify;
