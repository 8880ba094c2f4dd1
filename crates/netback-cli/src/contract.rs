//! `netback contract`.

use netback::case::Files;
use netback::contract::{
    Account, Contract, ContractValue, FlowKind, Indices, ValuationSettings, account_tables, in_words,
    value_in_words, value_tables,
};
use netback::report::{Cell, Table, write_run};

use crate::arguments::{Arguments, ContractChoice, Format};
use crate::cases::{contract_text, files_of, hash_of};
use crate::output;
use crate::problems::Problem;

pub fn contract(choice: &ContractChoice, arguments: &Arguments) -> Result<(), Problem> {
    let (contract, files) = read(&choice.contract)?;
    let indices = indices_of(&choice.indices)?;
    if let Some(paths) = choice.paths {
        return value(choice, &contract, &files, &indices, paths as usize, arguments.format);
    }
    let account = contract.account(&indices).map_err(|found| Problem::input(found, &files))?;
    let tables = account_tables(&contract.schedule, &account);
    if let Some(folder) = &choice.out {
        write_run(folder, &run_files(&contract, &files, &tables)?).map_err(|error| {
            let message = format!("cannot write the ledger to {}: {error}", folder.display());
            Problem::System(std::io::Error::new(error.kind(), message))
        })?;
        output::talk(&format!("ledger written to {}", folder.display()));
    }
    if let Some(name) = &choice.table {
        return output::tables(&[output::named(&tables, name)?], arguments.format);
    }
    if arguments.format != Format::Table {
        return output::tables(&tables.iter().collect::<Vec<_>>(), arguments.format);
    }
    let title = if contract.title.is_empty() { &contract.name } else { &contract.title };
    output::data(title)?;
    output::data(&"=".repeat(title.chars().count()))?;
    for sentence in in_words(&contract) {
        output::data(&output::wrapped(&sentence, "  "))?;
    }
    for name in ["years", "money", "cash_by_kind", "make_up", "loan"] {
        if let Some(table) = tables.iter().find(|table| table.name == name && !table.rows.is_empty()) {
            output::tables(&[&without_zeros(table)], Format::Table)?;
        }
    }
    output::talk(&output::wrapped(&said(&contract, &account), ""));
    if let Some(unfit) =
        contract.valuation.as_ref().map(|terms| &terms.unfit).filter(|unfit| !unfit.0.is_empty())
    {
        let reasons: Vec<&str> = unfit.0.iter().map(|finding| finding.message.as_str()).collect();
        output::talk(&output::wrapped(&format!("[valuation] is of no use here: {}", reasons.join("; ")), ""));
    }
    Ok(())
}

/// A contract by name or path, and the files that messages show.
pub fn read(name: &str) -> Result<(Contract, Files), Problem> {
    let (file, text) = contract_text(name)?;
    let mut files = Files::new();
    files.insert(file.as_str(), text.as_bytes());
    match Contract::read(&file, &text) {
        Ok(contract) => Ok((contract, files)),
        Err(found) => Err(Problem::input(found, &files)),
    }
}

/// Values a contract with as many paths to learn from as to replay.
pub fn valued(
    contract: &Contract,
    files: &Files,
    indices: &Indices,
    paths: usize,
    seed: u64,
) -> Result<ContractValue, Problem> {
    let settings = ValuationSettings {
        seed,
        learning_paths: paths,
        replay_paths: paths,
        delta_paths: paths.min(128),
        ..ValuationSettings::default()
    };
    let bar = output::busy(&contract.name);
    let valued = contract.value(indices, &settings, &|what| bar.set_message(what.to_string()));
    bar.finish_and_clear();
    valued.map_err(|found| Problem::input(found, files))
}

/// Tables printed of a value; the others by name.
const SHOWN: [&str; 7] =
    ["ladder", "sides", "risk", "risk_by_year", "intrinsic_plan", "deltas", "break_even"];

/// Value, risk and deltas of a contract.
fn value(
    choice: &ContractChoice,
    contract: &Contract,
    files: &Files,
    indices: &Indices,
    paths: usize,
    format: Format,
) -> Result<(), Problem> {
    let valued = valued(contract, files, indices, paths, choice.seed)?;
    let tables = value_tables(&valued);
    if let Some(folder) = &choice.out {
        write_run(folder, &run_files(contract, files, &tables)?)?;
        output::talk(&format!("value written to {}", folder.display()));
    }
    if let Some(name) = &choice.table {
        return output::tables(&[output::named(&tables, name)?], format);
    }
    if format != Format::Table {
        return output::tables(&tables.iter().collect::<Vec<_>>(), format);
    }
    let title = if contract.title.is_empty() { &contract.name } else { &contract.title };
    output::data(title)?;
    output::data(&"=".repeat(title.chars().count()))?;
    for sentence in value_in_words(&valued) {
        output::data(&output::wrapped(&sentence, "  "))?;
    }
    let shown: Vec<&Table> = tables.iter().filter(|table| SHOWN.contains(&table.name.as_str())).collect();
    output::tables(&shown, Format::Table)
}

/// The monthly series of a case.
pub fn indices_of(case: &str) -> Result<Indices, Problem> {
    let files = files_of(case)?;
    Indices::from_files(&files).map_err(|found| Problem::input(found, &files))
}

/// What the tables leave out, and where it is.
fn said(contract: &Contract, account: &Account) -> String {
    let years = account.years.len();
    let duty: f64 = account
        .cash_flows
        .iter()
        .filter(|flow| flow.kind == FlowKind::ExportDuty)
        .map(|f| f.usd.value().0)
        .sum();
    let before = if duty == 0.0 { "" } else { "; the net to the seller is before export duty" };
    format!(
        "{}: {} payments over {years} contract years, exact to the last unit{before}. Columns of zeros are left out; \
         --table months or cash_flows prints the rest, --out DIR writes everything.",
        contract.name,
        account.cash_flows.len()
    )
}

/// The table without columns that are zero or empty in every row; a first column stays.
fn without_zeros(table: &Table) -> Table {
    let zero = |cell: &Cell| matches!(cell, Cell::Empty) || cell.number() == Some(0.0);
    let shown: Vec<usize> = (0..table.header.len())
        .filter(|&column| column == 0 || !table.rows.iter().all(|row| zero(&row[column])))
        .collect();
    Table {
        name: table.name.clone(),
        header: shown.iter().map(|&column| table.header[column].clone()).collect(),
        rows: (table.rows.iter())
            .map(|row| shown.iter().map(|&column| row[column].clone()).collect())
            .collect(),
    }
}

/// The tables, the contract itself and `run.json`.
fn run_files(contract: &Contract, read: &Files, tables: &[Table]) -> Result<Files, Problem> {
    let mut files = Files::new();
    read.iter().for_each(|(_, bytes)| files.insert("contract.toml", bytes));
    let hash = hash_of(&files);
    for table in tables {
        table.add_to(&mut files);
    }
    let json = serde_json::json!({
        "netback": env!("CARGO_PKG_VERSION"),
        "contract": { "name": contract.name, "hash": hash },
        "tables": tables.iter().map(|table| table.name.clone()).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&json).map_err(std::io::Error::other)?;
    files.insert("run.json", text + "\n");
    Ok(files)
}
