//! Every folder under `cases/published` is answered and compared with its `expected.csv`.
//!
//! Adding a published table is adding a folder: this test walks them all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use netback::bargaining::{GameFile, answer_game};
use netback::case::{Case, Files, Findings, RawCase};
use netback::contract::{Contract, Indices, account_tables, answer_problem};
use netback::market::{MarketProblem, solve};
use netback::report::{Cell, Table, market_tables, read_csv_rows};
use netback_solve::Settings;

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/published");
    let entries = std::fs::read_dir(&root).expect("cases/published is there");
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.expect("readable").path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Tables of a published folder: a game, a problem of the contract, a contract, or a market under a scenario.
fn answered(folder: &Path, scenario: &str) -> Result<Vec<Table>, String> {
    let problem = folder.join("problem.toml");
    if problem.is_file() {
        let text = std::fs::read_to_string(problem).map_err(|error| error.to_string())?;
        return answer_problem("problem.toml", &text).map_err(|found| found.to_string());
    }
    let contract = folder.join("contract.toml");
    if contract.is_file() {
        let text = std::fs::read_to_string(contract).map_err(|error| error.to_string())?;
        return ledger_of(&text).map_err(|found| found.to_string());
    }
    let game = folder.join("game.toml");
    if game.is_file() {
        let text = std::fs::read_to_string(game).map_err(|error| error.to_string())?;
        let beside = |name: &str| std::fs::read_to_string(folder.join(name));
        let game = GameFile::read("game.toml", &text, &beside).map_err(|found| found.to_string())?;
        let scenario = Some(scenario).filter(|name| !name.is_empty());
        return answer_game(&game, scenario, None).map(|answer| answer.tables).map_err(|f| f.to_string());
    }
    let raw =
        Files::read(folder).and_then(|files| RawCase::read(&files)).map_err(|found| found.to_string())?;
    solved(folder, &raw, scenario)
}

/// Tables of the ledger of a contract.
fn ledger_of(text: &str) -> Result<Vec<Table>, Findings> {
    let contract = Contract::read("contract.toml", text)?;
    let account = contract.account(&Indices::default())?;
    Ok(account_tables(&contract.schedule, &account))
}

/// Tables of the case under a scenario, certified, with nobody gaining alone.
fn solved(folder: &Path, raw: &RawCase, scenario: &str) -> Result<Vec<Table>, String> {
    let names: Vec<&str> = scenario.split(" + ").filter(|name| !name.is_empty()).collect();
    let raw = raw.with_scenarios(&names).map_err(|found| found.to_string())?;
    let case = Case::from_raw(&raw).map_err(|found| found.to_string())?;
    let settings = Settings::default();
    let certified = solve(&case, &settings).map_err(|failure| failure.to_string())?;
    for response in MarketProblem::of(&case).best_responses(certified.value(), &settings) {
        let gain = response.relative_gain();
        if gain > 1e-6 {
            let trader = &case.traders[response.trader.index()].id;
            return Err(format!("{}: {trader} gains {gain:e} of its profit alone", folder.display()));
        }
    }
    Ok(market_tables(&case, certified.value()))
}

/// The one cell that an expected row names.
fn cell<'a>(tables: &'a [Table], row: &BTreeMap<String, String>) -> Result<&'a Cell, String> {
    let table = tables
        .iter()
        .find(|table| table.name == row["table"])
        .ok_or_else(|| format!("no table {}", row["table"]))?;
    let wanted: Vec<(&str, &str)> = row["where"]
        .split(';')
        .filter(|part| !part.trim().is_empty())
        .map(|part| part.split_once('=').ok_or_else(|| format!("\"{part}\" is not column=value")))
        .collect::<Result<_, _>>()?;
    let wanted: Vec<(&str, &str)> = wanted.iter().map(|(a, b)| (a.trim(), b.trim())).collect();
    let rows = table.select(&wanted);
    // A pair without a way to each other has no row: its sale is zero.
    if rows.is_empty() && table.name == "sales" {
        return Ok(&Cell::Number(0.0));
    }
    let [found] = rows.as_slice() else {
        return Err(format!("{} rows of {} have {}", rows.len(), table.name, row["where"]));
    };
    let column = table.column(&row["column"]).ok_or_else(|| format!("no column {}", row["column"]))?;
    Ok(&found[column])
}

/// Whether a cell is what a row expects: the same text when the tolerance is `exact`, a number otherwise.
fn compare(cell: &Cell, row: &BTreeMap<String, String>) -> Result<(), String> {
    let expected = &row["value"];
    if row["tolerance"] == "exact" {
        let given = cell.csv();
        return if given == *expected { Ok(()) } else { Err(format!("{given}, expected {expected}")) };
    }
    let value = cell.number().ok_or_else(|| format!("{} is empty", row["column"]))?;
    let wanted: f64 = expected.parse().expect("a number");
    let tolerance: f64 = row["tolerance"].parse().expect("a number or exact");
    if (value - wanted).abs() <= tolerance {
        Ok(())
    } else {
        Err(format!("{value}, expected {wanted} ± {tolerance}"))
    }
}

#[test]
fn published_problems_are_reproduced() {
    let folders = folders();
    assert!(folders.len() >= 25, "published problems are missing: {} folders", folders.len());
    let mut misses = Vec::new();
    let mut compared = 0;
    for folder in folders {
        let name = folder.file_name().expect("a folder").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(folder.join("expected.csv")).expect("expected.csv");
        let rows = read_csv_rows(&text).expect("expected.csv is CSV");
        assert!(!rows.is_empty(), "{name} expects nothing");
        let mut by_scenario: BTreeMap<String, Result<Vec<Table>, String>> = BTreeMap::new();
        for row in &rows {
            let scenario = &row["scenario"];
            let tables = by_scenario.entry(scenario.clone()).or_insert_with(|| answered(&folder, scenario));
            let what = format!("{name}/{scenario}: {} {} {}", row["table"], row["where"], row["column"]);
            compared += 1;
            let found = tables.as_ref().map_err(Clone::clone).and_then(|tables| cell(tables, row));
            if let Err(why) = found.and_then(|cell| compare(cell, row)) {
                misses.push(format!("{what}: {why}"));
            }
        }
    }
    assert!(misses.is_empty(), "{} of {compared} comparisons miss:\n{}", misses.len(), misses.join("\n"));
}
