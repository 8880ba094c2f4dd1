//! Every cell of every table, read by its row in `attributes.csv`.

use std::collections::BTreeMap;

use super::super::attributes::{Attribute, Kind, columns, file_of, tables};
use super::super::finding::{Finding, Findings, Place};
use super::super::raw::RawCase;
use super::super::spelling::{did_you_mean, which_column};
use super::super::table::RawTable;
use super::super::toml_table::YEARS;
use super::settings::Settings;
use crate::units::{UnitError, read_in};

/// Larger numbers are a wrong unit.
const LARGEST: f64 = 1e7;

/// Tables without which there is no market.
const REQUIRED: [&str; 5] = ["nodes", "actors", "traders", "fields", "demand"];

#[derive(Debug, Clone)]
pub(super) enum Value {
    Empty,
    Text(String),
    Number(f64),
    Index(usize),
    Indices(Vec<usize>),
}

/// Every table with its cells read.
pub(super) struct Tables<'a> {
    tables: BTreeMap<&'static str, Table<'a>>,
}

pub(super) struct Table<'a> {
    raw: Option<&'a RawTable>,
    attributes: &'static [Attribute],
    rows: Vec<Vec<Value>>,
    /// Rows without a finding.
    sound: Vec<bool>,
}

/// One row of a table, by column name.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Table<'a>,
    pub index: usize,
}

/// What is wrong with a cell: name of the code, message, help.
struct Fault(&'static str, String, String);

/// Identifiers of a table by their row.
#[derive(Default)]
struct Known {
    rows: BTreeMap<String, usize>,
    /// Every row was read: an identifier that is not here is not in the table.
    complete: bool,
}

type Identifiers = BTreeMap<&'static str, Known>;

impl<'a> Tables<'a> {
    pub fn read(raw: &'a RawCase, settings: &Settings, findings: &mut Findings) -> Tables<'a> {
        for required in REQUIRED {
            match raw.tables.get(required) {
                None => findings.0.push(Finding::in_file(
                    "missing-table",
                    file_of(required),
                    format!("the case has no table {required}"),
                    "add the file; docs/reference.md lists its columns",
                )),
                Some(table) if table.rows.is_empty() && !table.incomplete => findings.0.push(Finding::new(
                    "no-rows",
                    table.header_end(),
                    format!("table {required} has no rows"),
                    "add a row: a market needs a node, an actor, a trader, a field and a demand at least",
                )),
                Some(_) => {}
            }
        }
        let identifiers = identifiers(raw, findings);
        let mut read = BTreeMap::new();
        for name in tables() {
            let table = Table::read(name, raw.tables.get(name), settings, &identifiers, findings);
            read.insert(name, table);
        }
        Tables { tables: read }
    }

    pub fn rows(&self, name: &str) -> impl Iterator<Item = Row<'_>> {
        let table = &self.tables[name];
        (0..table.rows.len()).map(move |index| Row { table, index })
    }

    /// The rows without a finding in their cells.
    pub fn sound(&self, name: &str) -> impl Iterator<Item = Row<'_>> {
        self.rows(name).filter(|row| row.table.sound[row.index])
    }

    /// Whether every row of a table was read without a finding.
    pub fn is_sound(&self, name: &str) -> bool {
        let table = &self.tables[name];
        table.raw.is_none_or(|raw| !raw.incomplete) && table.sound.iter().all(|&sound| sound)
    }
}

/// The identifiers of all tables; a finding for each that is there twice.
fn identifiers(raw: &RawCase, findings: &mut Findings) -> Identifiers {
    let mut identifiers = Identifiers::new();
    for name in tables() {
        let first = &columns(name)[0];
        if first.kind != Kind::Id {
            continue;
        }
        let known = identifiers.entry(name).or_default();
        let Some(table) = raw.tables.get(name) else {
            // an optional table that is not there is empty; a required one has its finding already
            known.complete = !REQUIRED.contains(&name);
            continue;
        };
        let Some(column) = table.column(&first.column) else { continue };
        known.complete = !table.incomplete;
        for (index, row) in table.rows.iter().enumerate() {
            let id = &row.cells[column];
            match known.rows.get(id) {
                None => {
                    known.rows.insert(id.clone(), index);
                }
                // a profile has one row per season; its first row stands for it
                Some(_) if name == "profiles" || id.is_empty() => {}
                Some(&other) => findings.0.push(Finding::new(
                    "repeated-identifier",
                    table.place(index, column),
                    format!("{} \"{id}\" is there twice", first.column),
                    format!("the first is at {}; give this row another name", table.place(other, column)),
                )),
            }
        }
    }
    identifiers
}

impl<'a> Table<'a> {
    fn read(
        name: &'static str,
        raw: Option<&'a RawTable>,
        settings: &Settings,
        identifiers: &Identifiers,
        findings: &mut Findings,
    ) -> Table<'a> {
        let attributes = columns(name);
        let Some(table) = raw else { return Table { raw, attributes, rows: Vec::new(), sound: Vec::new() } };
        check_header(name, table, attributes, findings);
        let positions: Vec<Option<usize>> =
            attributes.iter().map(|attribute| table.column(&attribute.column)).collect();
        let mut rows = Vec::with_capacity(table.rows.len());
        let mut sound = Vec::with_capacity(table.rows.len());
        for (row, raw_row) in table.rows.iter().enumerate() {
            let mut values = Vec::with_capacity(attributes.len());
            let mut is_sound = true;
            for (attribute, &position) in attributes.iter().zip(&positions) {
                let text = position.map_or("", |column| raw_row.cells[column].as_str());
                values.push(read_cell(attribute, text, settings, identifiers).unwrap_or_else(|fault| {
                    is_sound = false;
                    // the finding of a column that is missing is at the header
                    if let (Some(Fault(code, message, help)), Some(column)) = (fault, position) {
                        findings.0.push(Finding::new(code, table.place(row, column), message, help));
                    }
                    Value::Empty
                }));
            }
            rows.push(values);
            sound.push(is_sound);
        }
        Table { raw, attributes, rows, sound }
    }
}

fn check_header(name: &str, table: &RawTable, attributes: &[Attribute], findings: &mut Findings) {
    if table.header.is_empty() {
        return;
    }
    let missing: Vec<&str> = attributes
        .iter()
        .map(|attribute| attribute.column.as_str())
        .filter(|column| table.column(column).is_none())
        .collect();
    for (index, column) in table.header.iter().enumerate() {
        let usual = column == "source" || column == "note";
        if !usual && !attributes.iter().any(|attribute| attribute.column == *column) {
            findings.0.push(Finding::new(
                "unknown-column",
                table.header_place(index),
                format!("table {name} has no column \"{column}\""),
                format!("{}columns are: {}, source, note", which_column(column, &missing), names(attributes)),
            ));
        }
        if table.header[..index].contains(column) {
            findings.0.push(Finding::new(
                "repeated-column",
                table.header_place(index),
                format!("column \"{column}\" is there twice"),
                "remove one of them",
            ));
        }
    }
    for attribute in attributes.iter().filter(|attribute| attribute.required) {
        if missing.contains(&attribute.column.as_str()) {
            findings.0.push(Finding::new(
                "missing-column",
                table.header_end(),
                format!("column \"{}\" is missing", attribute.column),
                format!("it holds: {}", meaning(attribute)),
            ));
        }
    }
}

fn names(attributes: &[Attribute]) -> String {
    attributes.iter().map(|attribute| attribute.column.as_str()).collect::<Vec<_>>().join(", ")
}

fn meaning(attribute: &Attribute) -> String {
    match (attribute.meaning.is_empty(), attribute.unit.is_empty()) {
        (false, false) => format!("{} ({})", attribute.meaning, attribute.unit),
        (false, true) => attribute.meaning.clone(),
        (true, false) => attribute.unit.clone(),
        (true, true) => attribute.column.clone(),
    }
}

/// The value of a cell; without a fault when a finding elsewhere leaves it open.
fn read_cell(
    attribute: &Attribute,
    text: &str,
    settings: &Settings,
    identifiers: &Identifiers,
) -> Result<Value, Option<Fault>> {
    let column = &attribute.column;
    if text.is_empty() {
        if attribute.required {
            let message = format!("{column} is empty");
            return Err(Some(Fault("empty-cell", message, format!("it holds: {}", meaning(attribute)))));
        }
        if attribute.default.is_empty() {
            return Ok(Value::Empty);
        }
        return read_cell(attribute, &attribute.default, settings, identifiers);
    }
    let reference = |table: &str, id: &str| -> Result<usize, Option<Fault>> {
        let Some(known) = identifiers.get(table) else { return Err(None) };
        known.rows.get(id).copied().ok_or_else(|| {
            known.complete.then(|| {
                let hint = did_you_mean(id, known.rows.keys().map(String::as_str));
                Fault(
                    "unknown-identifier",
                    format!("{column} \"{id}\" is not in table {table}"),
                    format!("{hint}add it to {} or correct the name", file_of(table)),
                )
            })
        })
    };
    match &attribute.kind {
        Kind::Id | Kind::Text => Ok(Value::Text(text.to_string())),
        Kind::Choice(words) if words.iter().any(|word| word == text) => Ok(Value::Text(text.to_string())),
        Kind::Choice(words) => {
            let hint = did_you_mean(text, words.iter().map(String::as_str));
            let help = format!("{hint}choose one of: {}", words.join(", "));
            Err(Some(Fault("unknown-word", format!("{column} is \"{text}\""), help)))
        }
        Kind::Reference(table) => reference(table, text).map(Value::Index),
        Kind::List(table) => text
            .split(';')
            .map(str::trim)
            .filter(|id| !id.is_empty())
            .map(|id| reference(table, id))
            .collect::<Result<_, _>>()
            .map(Value::Indices),
        Kind::Season => read_season(column, text, settings).map(Value::Index),
        Kind::Integer => match text.parse::<i32>() {
            Ok(year) if YEARS.contains(&year) => Ok(Value::Number(f64::from(year))),
            _ => Err(Some(Fault(
                "not-a-year",
                format!("{column} is \"{text}\""),
                "give a calendar year, such as 2011".into(),
            ))),
        },
        Kind::Number | Kind::Quantity | Kind::Fraction => {
            read_number(attribute, text, settings).map(Value::Number).map_err(Some)
        }
    }
}

fn read_season(column: &str, text: &str, settings: &Settings) -> Result<usize, Option<Fault>> {
    let known: Vec<&str> = settings.calendar.seasons.iter().map(|season| season.name.as_str()).collect();
    known.iter().position(|name| *name == text).ok_or_else(|| {
        let hint = did_you_mean(text, known.iter().copied());
        settings.seasons_known.then(|| {
            Fault(
                "unknown-season",
                format!("{column} is \"{text}\""),
                format!("{hint}seasons of this case: {}", known.join(", ")),
            )
        })
    })
}

fn read_number(attribute: &Attribute, text: &str, settings: &Settings) -> Result<f64, Fault> {
    let (column, unit) = (&attribute.column, unit_of(attribute));
    let value = match text.parse::<f64>() {
        Ok(value) => value,
        Err(_) => read_with_unit(attribute, text, settings)?,
    };
    if !value.is_finite() {
        return Err(Fault(
            "not-finite",
            format!("{column} is {text}"),
            "give a finite number; leave the cell empty for no limit where the reference allows it".into(),
        ));
    }
    if value.abs() > LARGEST {
        let message = format!("{column} is {value:e}{unit}");
        let in_unit = if unit.is_empty() { " has no unit".into() } else { format!(" is in{unit}") };
        let help = format!("numbers above {LARGEST:e} are a wrong unit; this column{in_unit}");
        return Err(Fault("too-large", message, help));
    }
    if attribute.kind == Kind::Fraction && !(0.0..=1.0).contains(&value) {
        let help = "give a share between 0 and 1 (5 % is 0.05)";
        return Err(Fault("not-a-share", format!("{column} is {value}"), help.into()));
    }
    if attribute.kind == Kind::Quantity && value < 0.0 {
        let help = "use 0 to close it, a positive number otherwise";
        return Err(Fault("negative", format!("{column} is {value}{unit}"), help.into()));
    }
    Ok(value)
}

/// The unit behind a number, with a space before it; nothing for shares and elasticities.
fn unit_of(attribute: &Attribute) -> String {
    match attribute.unit.as_str() {
        "" | "1" => String::new(),
        unit => format!(" {unit}"),
    }
}

fn read_with_unit(attribute: &Attribute, text: &str, settings: &Settings) -> Result<f64, Fault> {
    let column = &attribute.column;
    let with_point = text.replacen(',', ".", 1);
    if with_point != text && with_point.parse::<f64>().is_ok() {
        let help = match text.rsplit(',').next().is_some_and(|behind| behind.len() == 3) {
            true => {
                let joined = text.replace(',', "");
                format!(
                    "write {with_point} if the comma stands before decimals, {joined} if it parts thousands"
                )
            }
            false => format!("decimals take a point: write {with_point}"),
        };
        return Err(Fault("decimal-comma", format!("{column} is \"{text}\": a comma inside a number"), help));
    }
    if attribute.kind == Kind::Fraction && text.ends_with('%') {
        let help = "give a share between 0 and 1 (5 % is 0.05)";
        return Err(Fault("not-a-share", format!("{column} is \"{text}\""), help.into()));
    }
    let unit = unit_of(attribute);
    let wanted = if unit.is_empty() { String::new() } else { format!(" in{unit}") };
    read_in(text, &attribute.unit, &settings.gas).map_err(|error| match error {
        _ if unit.is_empty() => not_a_number(column, text, &wanted),
        UnitError::NotAQuantity(_) => not_a_number(column, text, &wanted),
        other => Fault(
            "wrong-unit",
            format!("{column} is \"{text}\": {other}"),
            format!("give a number{wanted}, or one with a unit that can become it"),
        ),
    })
}

fn not_a_number(column: &str, text: &str, wanted: &str) -> Fault {
    let help = format!("give a number{wanted}, with a point before the decimals");
    Fault("not-a-number", format!("{column} is \"{text}\""), help)
}

impl Row<'_> {
    fn value(&self, column: &str) -> &Value {
        let position = self.table.attributes.iter().position(|attribute| attribute.column == column);
        match position {
            Some(position) => &self.table.rows[self.index][position],
            None => unreachable!("attributes.csv has no column {column}"),
        }
    }

    pub fn place(&self, column: &str) -> Place {
        match self.table.raw {
            Some(raw) => raw.place(self.index, raw.column(column).unwrap_or(0)),
            None => Place::default(),
        }
    }

    /// Text of a cell as written; the default when it is empty.
    pub fn cell(&self, column: &str) -> String {
        let raw = self.table.raw;
        let written = raw.and_then(|raw| Some(raw.rows[self.index].cells[raw.column(column)?].clone()));
        written.filter(|text| !text.is_empty()).unwrap_or_else(|| {
            let attribute = self.table.attributes.iter().find(|attribute| attribute.column == column);
            attribute.map(|attribute| attribute.default.clone()).unwrap_or_default()
        })
    }

    pub fn text(&self, column: &str) -> String {
        match self.value(column) {
            Value::Text(text) => text.clone(),
            _ => String::new(),
        }
    }

    pub fn optional(&self, column: &str) -> Option<f64> {
        match self.value(column) {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub fn number(&self, column: &str) -> f64 {
        self.optional(column).unwrap_or(0.0)
    }

    pub fn optional_index(&self, column: &str) -> Option<usize> {
        match self.value(column) {
            Value::Index(index) => Some(*index),
            _ => None,
        }
    }

    pub fn index(&self, column: &str) -> usize {
        self.optional_index(column).unwrap_or(0)
    }

    pub fn indices(&self, column: &str) -> Vec<usize> {
        match self.value(column) {
            Value::Indices(indices) => indices.clone(),
            _ => Vec::new(),
        }
    }
}
