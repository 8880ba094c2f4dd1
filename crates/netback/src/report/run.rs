//! A run on disk: `run.json` and the long tables, written whole or not at all.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::table::Table;
use crate::case::{Files, write_files};
use crate::market::MarketTimes;

/// Version of the format of a run; 2 holds the case under `case/`, 1 did not.
pub const RUN_FORMAT: u32 = 2;

/// What `run.json` says besides the list of tables.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct RunHeader {
    pub netback: String,
    pub case: String,
    /// SHA-256 of the files of the case.
    pub case_hash: String,
    /// SHA-256 of the files of the case after the scenarios, as they lie in the run.
    pub changed_case_hash: String,
    pub scenarios: Vec<String>,
    pub settings: serde_json::Value,
    pub natural_residual: f64,
    pub primal_residual: f64,
    pub dual_residual: f64,
    /// Largest gain of a best response as a share of the trader's profit.
    pub best_response_gain: f64,
    pub welfare_million_usd: f64,
    #[serde(skip)]
    pub times: MarketTimes,
}

/// The files of a run: the tables, `run.json`, and the case after the scenarios under `case/`.
pub fn run_files(header: &RunHeader, tables: &[Table], case: &Files) -> Files {
    let mut files = Files::new();
    for (path, bytes) in case.iter() {
        files.insert(format!("case/{path}"), bytes);
    }
    for table in tables {
        table.add_to(&mut files);
    }
    let times = header.times;
    let json = serde_json::json!({
        "format": RUN_FORMAT,
        "netback": header.netback,
        "case": {
            "name": header.case,
            "hash": header.case_hash,
            "changed_case_hash": header.changed_case_hash,
        },
        "scenarios": header.scenarios,
        "settings": header.settings,
        "certificate": {
            "natural_residual": header.natural_residual,
            "primal": header.primal_residual,
            "dual": header.dual_residual,
            "best_response_gain": header.best_response_gain,
        },
        "welfare_million_usd": header.welfare_million_usd,
        "times_s": {
            "build": times.build, "solve": times.solve, "polish": times.polish, "certify": times.certify,
        },
        "tables": tables.iter().map(|table| table.name.clone()).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&json).expect("plain values");
    files.insert("run.json", text + "\n");
    files
}

/// Writes a run folder: beside its place first, then renamed, so that a run is there whole or not at all.
///
/// An older run at the place is replaced; any other folder there is refused.
/// Errors: those of the file system.
pub fn write_run(folder: &Path, files: &Files) -> io::Result<()> {
    if folder.exists() && !folder.join("run.json").exists() && fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!(
                "{} is a folder that holds something else than a run; name another place",
                folder.display()
            ),
        ));
    }
    let name = folder.file_name().ok_or_else(|| io::Error::other("a run needs a name"))?.to_string_lossy();
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = parent.join(format!(".{name}.partial"));
    let old = parent.join(format!(".{name}.old"));
    for stale in [&temporary, &old] {
        if stale.exists() {
            fs::remove_dir_all(stale)?;
        }
    }
    write_files(&temporary, files)?;
    if folder.exists() {
        fs::rename(folder, &old)?;
    }
    fs::rename(&temporary, folder)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(())
}
