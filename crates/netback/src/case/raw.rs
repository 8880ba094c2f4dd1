//! A case as text: tables of cells with their places, before anything is checked.

use std::collections::{BTreeMap, BTreeSet};

use super::attributes::{file_of, tables};
use super::files::Files;
use super::finding::{Finding, Findings, Place};
use super::spelling::did_you_mean;
use super::table::{RawTable, csv_text, read_csv};

/// A case as read: settings and tables of text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RawCase {
    pub(crate) settings: toml::Table,
    /// `case.toml` as read; a change of settings by a scenario is not in it.
    pub(crate) settings_text: String,
    /// Settings that a scenario changed, with the place of the change.
    pub(crate) settings_changed: BTreeMap<String, Place>,
    pub(crate) shipping: Option<(String, toml::Table)>,
    pub(crate) tables: BTreeMap<String, RawTable>,
    pub(crate) scenarios: BTreeMap<String, String>,
    /// Contracts, deals and indices by their path; they are read when a question needs them.
    pub(crate) texts: BTreeMap<String, String>,
    /// TOML files that could not be read: what is absent there may be there.
    pub(crate) unreadable: BTreeSet<&'static str>,
}

impl RawCase {
    /// Reads the text of all files.
    ///
    /// Errors: findings for files that are not UTF-8, not CSV or not TOML, all at once.
    pub fn read(files: &Files) -> Result<RawCase, Findings> {
        let (raw, findings) = RawCase::read_what_can_be(files);
        findings.or(raw)
    }

    /// What can be read, with a finding for everything else.
    pub(crate) fn read_what_can_be(files: &Files) -> (RawCase, Findings) {
        let mut findings = Findings::default();
        let mut raw = RawCase::default();
        let known = table_files();
        let is_first = |path: &str| SETTINGS.contains(&path) || known.iter().any(|(_, file)| file == path);
        for path in SETTINGS.into_iter().chain(known.iter().map(|(_, file)| file.as_str())) {
            if files.get(path).is_some() {
                raw.read_file(path, files, &known, &mut findings);
            } else if path == "case.toml" {
                raw.unreadable.insert("case.toml");
                findings.0.push(Finding::in_file(
                    "no-case-file",
                    path,
                    "the case has no case.toml",
                    "add the file: name, base_year, [[year]], [[season]]; `netback init` writes one",
                ));
            }
        }
        for (path, _) in files.iter().filter(|(path, _)| !is_first(path)) {
            raw.read_file(path, files, &known, &mut findings);
        }
        (raw, findings)
    }

    /// Adds or replaces one file: case.toml, shipping.toml, a table, a scenario, a contract, a deal or an index.
    ///
    /// Errors: findings for a file that is not UTF-8, not CSV or not TOML, or a table that no case has; the case
    /// stays as it was.
    pub fn add_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), Findings> {
        let mut files = Files::new();
        files.insert(path, bytes);
        let (mut one, mut findings) = (RawCase::default(), Findings::default());
        one.read_file(path, &files, &table_files(), &mut findings);
        findings.or(())?;
        if path == "case.toml" {
            (self.settings, self.settings_text) = (one.settings, one.settings_text);
            self.settings_changed.clear();
        }
        self.shipping = one.shipping.or(self.shipping.take());
        self.tables.extend(one.tables);
        self.scenarios.extend(one.scenarios);
        self.texts.extend(one.texts);
        Ok(())
    }

    /// Reads a file that is there; `known` are the tables with their files.
    fn read_file(&mut self, path: &str, files: &Files, known: &[(&str, String)], findings: &mut Findings) {
        let scenario = path.strip_prefix("scenarios/").and_then(|path| path.strip_suffix(".toml"));
        if let Some(file) = SETTINGS.into_iter().find(|&file| file == path) {
            let text = files.text(path, findings);
            let table = text.and_then(|text| read_toml(file, text, findings));
            if table.is_none() {
                self.unreadable.insert(file);
            }
            let (text, table) = (text.unwrap_or_default().to_string(), table.unwrap_or_default());
            match file {
                "case.toml" => (self.settings_text, self.settings) = (text, table),
                _ => self.shipping = Some((text, table)),
            }
        } else if let Some((name, _)) = known.iter().find(|(_, file)| file == path) {
            let read = match files.text(path, findings) {
                Some(text) => read_csv(path, text, findings),
                None => RawTable::unreadable(path),
            };
            self.tables.insert(name.to_string(), read);
        } else if let Some(name) = scenario {
            let text = files.text(path, findings);
            self.scenarios.extend(text.map(|text| (name.to_string(), text.to_string())));
        } else if TEXT_FOLDERS.iter().any(|folder| path.starts_with(folder)) {
            let text = files.text(path, findings);
            self.texts.extend(text.map(|text| (path.to_string(), text.to_string())));
        } else if path.ends_with(".csv") && path != "expected.csv" {
            let known: Vec<&str> = known.iter().map(|(_, file)| file.as_str()).collect();
            let hint = did_you_mean(path, known.iter().copied());
            findings.0.push(Finding::in_file(
                "unknown-file",
                path,
                "no table of a case has this name",
                format!("{hint}tables are: {}", known.join(", ")),
            ));
        }
    }

    /// Adds or replaces a scenario, to be applied by its name.
    pub fn add_scenario(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.scenarios.insert(name.into(), text.into());
    }

    /// A contract, deal or index of the folder by its path, such as `deals/altai.toml`.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Names of the files of a folder, without ending.
    pub fn names_in(&self, folder: &str) -> Vec<&str> {
        let paths = self.texts.keys().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        paths.filter_map(|name| name.rsplit_once('.')).map(|(name, _)| name).collect()
    }

    /// Adds or replaces a contract, deal or index by its path.
    pub fn add_text(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.texts.insert(path.into(), text.into());
    }

    /// Title in `case.toml`.
    pub fn title(&self) -> &str {
        self.settings.get("title").and_then(toml::Value::as_str).unwrap_or_default()
    }

    /// A cell of a table as text: the row whose first column is `id`; none when there is no such row or column.
    ///
    /// For what a checked case does not keep, such as `source` and `note`.
    pub fn cell(&self, table: &str, id: &str, column: &str) -> Option<&str> {
        let table = self.tables.get(table)?;
        let at = table.column(column)?;
        let row = table.rows.iter().find(|row| row.cells.first().is_some_and(|cell| cell == id))?;
        row.cells.get(at).map(String::as_str)
    }

    /// The Frictionless data package of the tables, as JSON text.
    pub fn datapackage(&self) -> String {
        let name = self.settings.get("name").and_then(toml::Value::as_str).unwrap_or("case");
        let present = tables().filter_map(|name| Some((name, self.tables.get(name)?)));
        super::attributes::datapackage(name, present.map(|(name, table)| (name, table.header.as_slice())))
    }

    /// Names of the scenarios in the folder.
    pub fn scenario_names(&self) -> impl Iterator<Item = &str> {
        self.scenarios.keys().map(String::as_str)
    }

    /// The tables written back as files (a case after a scenario or a calibration).
    pub fn to_files(&self) -> Files {
        let mut files = Files::new();
        let settings = match self.settings_changed.is_empty() {
            true => self.settings_text.clone(),
            false => self.settings.to_string(),
        };
        files.insert("case.toml", settings.as_bytes());
        if let Some((text, _)) = &self.shipping {
            files.insert("shipping.toml", text.as_bytes());
        }
        for table in self.tables.values() {
            let rows = table.rows.iter().map(|row| row.cells.clone());
            files.insert(table.file.clone(), csv_text(&table.header, rows));
        }
        for (name, text) in &self.scenarios {
            files.insert(format!("scenarios/{name}.toml"), text.as_bytes());
        }
        for (path, text) in &self.texts {
            files.insert(path.as_str(), text.as_bytes());
        }
        files
    }
}

/// Folders of a case whose files are texts of their own.
const TEXT_FOLDERS: [&str; 3] = ["contracts/", "deals/", "indices/"];

/// Files of settings.
const SETTINGS: [&str; 2] = ["case.toml", "shipping.toml"];

/// Every table with its file.
fn table_files() -> Vec<(&'static str, String)> {
    tables().map(|table| (table, file_of(table))).collect()
}

fn read_toml(file: &str, text: &str, findings: &mut Findings) -> Option<toml::Table> {
    match text.parse::<toml::Table>() {
        Ok(table) => Some(table),
        Err(error) => {
            findings.0.push(Finding::from_toml(file, text, &error));
            None
        }
    }
}
