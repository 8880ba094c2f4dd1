//! A case as text: tables of cells with their places, before anything is checked.

use std::collections::BTreeMap;

use super::attributes::{file_of, tables};
use super::files::Files;
use super::finding::{Finding, Findings, Place, place_of_offset};

/// A case as read: settings and tables of text.
#[derive(Debug, Clone, PartialEq)]
pub struct RawCase {
    pub(crate) settings: toml::Table,
    pub(crate) settings_text: String,
    pub(crate) shipping: Option<(String, toml::Table)>,
    pub(crate) tables: BTreeMap<String, RawTable>,
    pub(crate) scenarios: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RawTable {
    pub file: String,
    pub header: Vec<String>,
    pub rows: Vec<RawRow>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawRow {
    pub cells: Vec<String>,
    /// Place of the row; the column of a cell is found from the text of the line.
    pub place: Place,
    pub columns: Vec<usize>,
}

impl RawTable {
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    pub fn place(&self, row: usize, column: usize) -> Place {
        let row = &self.rows[row];
        Place { column: row.columns.get(column).copied().unwrap_or(0), ..row.place.clone() }
    }
}

impl RawCase {
    /// Reads the text of all files.
    ///
    /// Errors: findings for files that are not UTF-8, not CSV or not TOML, all at once.
    pub fn read(files: &Files) -> Result<RawCase, Findings> {
        let mut findings = Findings::default();
        let settings_text = files.text("case.toml", &mut findings).unwrap_or_default().to_string();
        let settings = read_toml("case.toml", &settings_text, &mut findings);
        let shipping = files
            .text("shipping.toml", &mut findings)
            .map(|text| (text.to_string(), read_toml("shipping.toml", text, &mut findings)));
        let mut raw_tables = BTreeMap::new();
        for table in tables() {
            let file = file_of(table);
            if let Some(text) = files.text(&file, &mut findings) {
                let table_read = read_csv(&file, text, &mut findings);
                raw_tables.insert(table.to_string(), table_read);
            }
        }
        let known: Vec<String> = tables().into_iter().map(file_of).collect();
        let mut scenarios = BTreeMap::new();
        for (path, _) in files.iter() {
            if let Some(name) = path.strip_prefix("scenarios/").and_then(|path| path.strip_suffix(".toml")) {
                if let Some(text) = files.text(path, &mut findings) {
                    scenarios.insert(name.to_string(), text.to_string());
                }
            } else if path.ends_with(".csv")
                && path != "expected.csv"
                && !known.iter().any(|file| file == path)
            {
                findings.0.push(Finding::in_file(
                    path,
                    "no table of a case has this name",
                    format!("tables are: {}", known.join(", ")),
                ));
            }
        }
        findings.or(RawCase { settings, settings_text, shipping, tables: raw_tables, scenarios })
    }

    /// Title in `case.toml`.
    pub fn title(&self) -> &str {
        self.settings.get("title").and_then(toml::Value::as_str).unwrap_or_default()
    }

    /// The Frictionless data package of the tables, as JSON text.
    pub fn datapackage(&self) -> String {
        let name = self.settings.get("name").and_then(toml::Value::as_str).unwrap_or("case");
        let present = tables().into_iter().filter_map(|name| Some((name, self.tables.get(name)?)));
        super::attributes::datapackage(name, present.map(|(name, table)| (name, table.header.as_slice())))
    }

    /// Names of the scenarios in the folder.
    pub fn scenario_names(&self) -> impl Iterator<Item = &str> {
        self.scenarios.keys().map(String::as_str)
    }

    /// The tables written back as files (a case after a scenario or a calibration).
    pub fn to_files(&self) -> Files {
        let mut files = Files::new();
        files.insert("case.toml", self.settings_text.as_bytes());
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
        files
    }
}

/// A table as CSV text.
pub(crate) fn csv_text(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).expect("writing to memory");
    for row in rows {
        writer.write_record(row).expect("writing to memory");
    }
    writer.into_inner().expect("writing to memory")
}

pub(crate) fn read_toml(file: &str, text: &str, findings: &mut Findings) -> toml::Table {
    match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            findings.0.push(Finding::from_toml(file, text, &error));
            toml::Table::new()
        }
    }
}

fn read_csv(file: &str, text: &str, findings: &mut Findings) -> RawTable {
    let mut table = RawTable { file: file.to_string(), ..RawTable::default() };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let offset = error.position().map_or(0, |position| position.byte() as usize);
                findings.0.push(Finding::new(
                    place_of_offset(file, text, offset),
                    "this line is not CSV",
                    "check the quotes: a cell that holds a comma needs quotes around it",
                ));
                break;
            }
        }
        let offset = record.position().map_or(0, |position| position.byte() as usize);
        let place = Place { column: 0, ..place_of_offset(file, text, offset) };
        if table.header.is_empty() {
            table.header = record.iter().map(|cell| cell.trim().to_string()).collect();
            continue;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if record.len() != table.header.len() {
            findings.0.push(Finding::new(
                place,
                format!("this row has {} cells, the header {}", record.len(), table.header.len()),
                "give every row as many cells as the header, empty ones too; quote cells that hold commas",
            ));
            continue;
        }
        let columns = cell_columns(&text[offset..]);
        table.rows.push(RawRow {
            cells: record.iter().map(|cell| cell.trim().to_string()).collect(),
            place,
            columns,
        });
    }
    if table.header.is_empty() {
        findings.0.push(Finding::in_file(file, "this table is empty", "give it a header row or delete it"));
    }
    table
}

/// Character columns at which the cells of a record start.
fn cell_columns(text: &str) -> Vec<usize> {
    let mut columns = vec![1];
    let mut quoted = false;
    for (index, character) in text.chars().enumerate() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => columns.push(index + 2),
            '\n' if !quoted => break,
            _ => {}
        }
    }
    columns
}
