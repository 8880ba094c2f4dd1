//! A saved run, checked again from its tables and its case alone.
//!
//! Nothing here has seen a solver: inverse demand, margins, welfare and the optimality conditions are
//! derived anew from the case (docs/market.md (1)–(11)), and every number of every table must satisfy one.
//! Shared with the way that solves are only the reading of a case, its network, units and calendar.

mod inverse;
mod ledger;
mod money;
mod numbers;
mod quantities;
mod ways;
mod world;
mod worth;
mod written;

use std::path::Path;

pub use ledger::{Discrepancy, Verification};
pub use written::Written;

use crate::case::{Case, Files};
use ledger::Ledger;
use numbers::Numbers;
use world::World;

/// A case made ready to check runs of it.
#[derive(Debug)]
pub struct Verifier {
    world: World,
}

impl Verifier {
    /// The conditions of a case.
    pub fn of(case: Case) -> Verifier {
        Verifier { world: World::of(case) }
    }

    /// Reads the tables of a run.
    pub fn read(&self, tables: &Files) -> Written {
        Written::read(&self.world, tables)
    }

    /// Reads one table anew.
    pub fn replace(&self, written: &mut Written, table: &str, text: &str) {
        written.replace(&self.world, table, text);
    }

    /// Checks every condition on the tables and on what `run.json` says.
    ///
    /// `changed_case_hash` is the hash of the files of the case in the run, by whoever can compute it.
    pub fn verify(
        &self,
        written: &Written,
        header: &serde_json::Value,
        changed_case_hash: Option<&str>,
    ) -> Verification {
        let mut ledger = Ledger::default();
        let world = &self.world;
        written.report(world, &mut ledger);
        let numbers = Numbers::of(world, written);
        quantities::check(world, written, &numbers, &mut ledger);
        worth::check(world, written, &numbers, &mut ledger);
        ways::check(world, written, &numbers, &mut ledger);
        money::check(world, written, &numbers, &mut ledger);
        check_header(written, header, changed_case_hash, &mut ledger);
        ledger.verification
    }
}

/// The files of a run folder.
#[derive(Debug, Clone)]
pub struct RunFolder {
    /// `run.json`.
    pub header: serde_json::Value,
    /// The tables.
    pub tables: Files,
    /// The case after the scenarios.
    pub case: Files,
}

/// Why a folder is no run that can be checked: the cause, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NoRun {
    /// The cause.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl RunFolder {
    /// Reads a run folder.
    ///
    /// Errors: [`NoRun`] when it is none, or one of format 1, which held no case.
    pub fn read(folder: &Path) -> Result<RunFolder, NoRun> {
        let no_run = |message: String, help: &str| NoRun { message, help: help.to_string() };
        let path = folder.join("run.json");
        let text = std::fs::read_to_string(&path).map_err(|error| {
            no_run(
                format!("cannot read {}: {error}", path.display()),
                "give a folder written by netback solve --out",
            )
        })?;
        let header: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
            no_run(format!("{} is not JSON: {error}", path.display()), "solve anew with --out")
        })?;
        match header["format"].as_u64() {
            Some(2) => {}
            Some(1) => {
                return Err(no_run(
                    "this run holds no case; solve anew".into(),
                    "runs of format 1 cannot be verified: netback solve CASE --out RUN writes format 2",
                ));
            }
            other => {
                return Err(no_run(
                    format!("format {} of {} is not known", other.unwrap_or(0), path.display()),
                    "this program reads formats 1 and 2; use a newer one",
                ));
            }
        }
        let mut tables = Files::new();
        for name in written::names() {
            if let Ok(bytes) = std::fs::read(folder.join(format!("{name}.csv"))) {
                tables.insert(format!("{name}.csv"), bytes);
            }
        }
        let case = Files::read(&folder.join("case")).map_err(|found| {
            no_run(found.to_string(), "the folder case/ of the run is damaged; solve anew")
        })?;
        Ok(RunFolder { header, tables, case })
    }
}

fn check_header(
    written: &Written,
    header: &serde_json::Value,
    changed_case_hash: Option<&str>,
    ledger: &mut Ledger,
) {
    if let Some(record) = written.get("totals", written::total("welfare_million_usd")) {
        let found = header["welfare_million_usd"].as_f64().unwrap_or(f64::NAN);
        let expected = record.number("value");
        ledger.words("run.json", "welfare_million_usd", "the welfare of totals", found, expected, &|| {
            "run.json".into()
        });
    }
    let said: Vec<&str> =
        header["tables"].as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    for name in written::names() {
        ledger.says("run.json", "tables", name, said.contains(&name), "every table is listed");
    }
    if let Some(hash) = changed_case_hash {
        let found = header["case"]["changed_case_hash"].as_str().unwrap_or_default();
        ledger.says("run.json", "changed_case_hash", found, found == hash, "the hash of the files in case/");
    }
}
