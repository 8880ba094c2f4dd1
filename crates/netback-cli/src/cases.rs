//! Cases, studies and contracts by folder or by built-in name.

use std::path::Path;

use netback::case::{Case, Files, Findings, RawCase, write_files};
use netback::report::Table;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::arguments::Arguments;
use crate::output;
use crate::problems::Problem;

#[derive(RustEmbed)]
#[folder = "../../cases"]
#[exclude = "*.md"]
#[exclude = "*/expected.csv"]
struct BuiltInCases;

#[derive(RustEmbed)]
#[folder = "../../studies"]
struct BuiltInStudies;

#[derive(RustEmbed)]
#[folder = "../../contracts"]
struct BuiltInContracts;

/// A case with its files.
pub struct Loaded {
    pub files: Files,
    pub raw: RawCase,
    pub hash: String,
}

impl Loaded {
    /// The checked case after scenarios.
    pub fn case(&self, scenarios: &[&str]) -> Result<Case, Problem> {
        let changed = self.raw.with_scenarios(scenarios).map_err(|found| self.problem(found))?;
        Case::from_raw(&changed).map_err(|found| self.problem(found))
    }

    pub fn problem(&self, findings: Findings) -> Problem {
        Problem::input(findings, &self.files)
    }
}

/// Files of a case: a folder if there is one, otherwise the built-in case of that name.
pub fn files_of(case: &str) -> Result<Files, Problem> {
    if Path::new(case).is_dir() {
        return Files::read(Path::new(case)).map_err(|found| Problem::input(found, &Files::new()));
    }
    let prefix = format!("{case}/");
    let mut files = Files::new();
    for path in BuiltInCases::iter() {
        if let (Some(inside), Some(file)) = (path.strip_prefix(&prefix), BuiltInCases::get(&path)) {
            files.insert(inside, file.data.to_vec());
        }
    }
    if files.get("case.toml").is_none() {
        return Err(Problem::message(
            format!("no folder and no built-in case is called \"{case}\""),
            format!("built-in cases: {}", case_names().join(", ")),
        ));
    }
    Ok(files)
}

/// A file of the built-in cases by its path.
pub fn built_in_file(path: &str) -> Option<Vec<u8>> {
    BuiltInCases::get(path).map(|file| file.data.to_vec())
}

pub fn load(case: &str) -> Result<Loaded, Problem> {
    let files = files_of(case)?;
    let raw = RawCase::read(&files).map_err(|found| Problem::input(found, &files))?;
    let hash = hash_of(&files);
    Ok(Loaded { files, raw, hash })
}

/// SHA-256 of the paths and bytes of files.
pub fn hash_of(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in files.iter() {
        hash.update(path.as_bytes());
        hash.update([0]);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Text of a study, and the name of its file.
pub fn study_text(study: &str) -> Result<(String, String), Problem> {
    if Path::new(study).is_file() {
        return Ok((study.to_string(), std::fs::read_to_string(study)?));
    }
    let name = format!("{}.toml", study.trim_end_matches(".toml"));
    match BuiltInStudies::get(&name) {
        Some(file) => Ok((name, String::from_utf8_lossy(&file.data).into_owned())),
        None => Err(Problem::message(
            format!("no file and no built-in study is called \"{study}\""),
            format!("built-in studies: {}", study_names().join(", ")),
        )),
    }
}

/// Text of a contract, and the name of its file.
pub fn contract_text(contract: &str) -> Result<(String, String), Problem> {
    if Path::new(contract).is_file() {
        let bytes = std::fs::read(contract)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Problem::message(format!("{contract} holds bytes that are not UTF-8"), "save the file as UTF-8")
        })?;
        return Ok((contract.to_string(), text.trim_start_matches('\u{feff}').to_string()));
    }
    let name = format!("{}.toml", contract.trim_end_matches(".toml"));
    match BuiltInContracts::get(&name) {
        Some(file) => Ok((name, String::from_utf8_lossy(&file.data).into_owned())),
        None => Err(Problem::message(
            format!("no file and no built-in contract is called \"{contract}\""),
            format!("built-in contracts: {}", contract_names().join(", ")),
        )),
    }
}

fn contract_names() -> Vec<String> {
    BuiltInContracts::iter().filter_map(|path| path.strip_suffix(".toml").map(str::to_string)).collect()
}

fn case_names() -> Vec<String> {
    BuiltInCases::iter().filter_map(|path| path.strip_suffix("/case.toml").map(str::to_string)).collect()
}

pub fn study_names() -> Vec<String> {
    BuiltInStudies::iter().filter_map(|path| path.strip_suffix(".toml").map(str::to_string)).collect()
}

pub fn list(arguments: &Arguments) -> Result<(), Problem> {
    let mut table = Table::new("built-in", &["kind", "name", "title", "scenarios"]);
    for name in case_names() {
        let loaded = load(&name)?;
        let scenarios: Vec<&str> = loaded.raw.scenario_names().collect();
        table.push(["case".into(), name.into(), loaded.raw.title().into(), scenarios.join(" ").into()]);
    }
    for name in study_names() {
        let (file, text) = study_text(&name)?;
        let title = netback::study::Study::read(&file, &text).map(|study| study.title).unwrap_or_default();
        table.push(["study".into(), name.into(), title.into(), "".into()]);
    }
    for name in contract_names() {
        let (file, text) = contract_text(&name)?;
        let title = netback::contract::Contract::read(&file, &text).map(|one| one.title).unwrap_or_default();
        table.push(["contract".into(), name.into(), title.into(), "".into()]);
    }
    output::tables(&[&table], arguments.format)
}

/// Checks the case as it stands and under each of its scenarios.
pub fn check(case: &str, arguments: &Arguments) -> Result<(), Problem> {
    let files = files_of(case)?;
    let checked = Case::read(&files).map_err(|found| Problem::input(found, &files))?;
    let loaded = load(case)?;
    let mut table = Table::new("checked", &["what", "rows"]);
    for (what, rows) in [
        ("nodes", checked.nodes.len()),
        ("traders", checked.traders.len()),
        ("fields", checked.fields.len()),
        ("pipelines", checked.pipelines.len()),
        ("liquefaction terminals", checked.liquefaction.len()),
        ("regasification terminals", checked.regasification.len()),
        ("sea routes", checked.sea_routes.len()),
        ("storage sites", checked.storage.len()),
        ("contracts", checked.contracts.len()),
        ("scenarios", loaded.raw.scenario_names().count()),
    ] {
        table.push([what.into(), (rows as f64).into()]);
    }
    output::tables(&[&table], arguments.format)?;
    output::talk(&format!("{}: nothing to complain about", checked.name));
    Ok(())
}

/// Charge, boil-off and ships of every sea route.
pub fn freight(case: &str, arguments: &Arguments) -> Result<(), Problem> {
    let case = load(case)?.case(&[])?;
    let header = [
        "from",
        "to",
        "route",
        "nautical_miles",
        "tariff_usd_per_tcm",
        "tariff_usd_per_mmbtu",
        "boil_off_fraction",
        "ships_per_bcm_per_year",
    ];
    let mut table = Table::new("freight", &header);
    let per_tcm = netback::units::mmbtu_per_tcm(&case.gas);
    for route in &case.sea_routes {
        let Some(voyage) = netback::network::voyage(&case, route) else { continue };
        table.push([
            case.nodes[route.from.index()].id.as_str().into(),
            case.nodes[route.to.index()].id.as_str().into(),
            route.route.as_str().into(),
            route.distance.0.into(),
            voyage.tariff.0.into(),
            (voyage.tariff.0 / per_tcm).into(),
            voyage.loss.0.into(),
            voyage.ships_per_bcm_per_year.into(),
        ]);
    }
    output::tables(&[&table], arguments.format)
}

pub fn init(folder: &Path, from: &str) -> Result<(), Problem> {
    if folder.exists() && std::fs::read_dir(folder)?.next().is_some() {
        return Err(Problem::message(
            format!("{} is there already and not empty", folder.display()),
            "name a new folder",
        ));
    }
    let mut files = files_of(from)?;
    if let (Some(name), Some(text)) = (folder.file_name(), files.get("case.toml")) {
        let text = renamed(&String::from_utf8_lossy(text), &name.to_string_lossy());
        files.insert("case.toml", text);
    }
    write_files(folder, &files)?;
    output::talk(&format!(
        "{} is a copy of {from}. Change a table, then: netback check {0} && netback solve {0}",
        folder.display()
    ));
    Ok(())
}

/// The settings of a case under another name: the first `name =`, which stands before every section.
fn renamed(text: &str, name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control() && *c != '"' && *c != '\\').collect();
    let mut open = true;
    let mut lines = Vec::new();
    for line in text.lines() {
        open &= !line.starts_with('[');
        if open && line.starts_with("name =") {
            open = false;
            lines.push(format!("name = \"{name}\""));
        } else {
            lines.push(line.to_string());
        }
    }
    lines.join("\n") + "\n"
}
