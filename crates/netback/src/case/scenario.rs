//! Scenarios: named changes to a case. A change to the world is a new case.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::attributes::{columns, file_of, tables};
use super::finding::{Finding, Findings, Place, place_of_offset};
use super::raw::RawCase;
use super::spelling::{did_you_mean, which_column};
use super::table::{RawRow, RawTable};

/// A list of changes, read from `scenarios/<name>.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Name of the file without ending.
    pub name: String,
    /// What it stands for.
    pub title: String,
    include: Vec<(Place, String)>,
    changes: Vec<(Place, Change)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioFile {
    title: String,
    #[serde(default)]
    include: Vec<Spanned<String>>,
    #[serde(default)]
    change: Vec<Spanned<Change>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    table: String,
    #[serde(default, rename = "where")]
    condition: BTreeMap<String, toml::Value>,
    #[serde(default)]
    set: BTreeMap<String, toml::Value>,
    #[serde(default)]
    scale: BTreeMap<String, f64>,
    #[serde(default)]
    insert: BTreeMap<String, toml::Value>,
    #[serde(default)]
    remove: bool,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// Errors: TOML faults, with line and column.
    pub fn read(name: &str, file: &str, text: &str) -> Result<Scenario, Findings> {
        let read: ScenarioFile =
            toml::from_str(text).map_err(|error| Findings::one(Finding::from_toml(file, text, &error)))?;
        Ok(Scenario {
            name: name.to_string(),
            title: read.title,
            include: with_places(file, text, read.include),
            changes: with_places(file, text, read.change),
        })
    }
}

fn with_places<T>(file: &str, text: &str, items: Vec<Spanned<T>>) -> Vec<(Place, T)> {
    let place = |item: &Spanned<T>| place_of_offset(file, text, item.span().start);
    items.into_iter().map(|item| (place(&item), item.into_inner())).collect()
}

impl RawCase {
    /// The case after the scenarios, given by the names of their files and applied in order.
    ///
    /// Errors: a scenario that does not exist, includes itself, names an unknown table or column, or matches
    /// no row.
    pub fn with_scenarios(&self, names: &[&str]) -> Result<RawCase, Findings> {
        let mut case = self.clone();
        let mut findings = Findings::default();
        for name in names {
            apply_named(&mut case, name, None, &mut Vec::new(), &mut findings);
        }
        findings.or(case)
    }

    /// The case after one scenario that does not come from its folder.
    ///
    /// Errors: as [`RawCase::with_scenarios`].
    pub fn with_scenario(&self, scenario: &Scenario) -> Result<RawCase, Findings> {
        let mut case = self.clone();
        let mut findings = Findings::default();
        apply(&mut case, scenario, &mut vec![scenario.name.clone()], &mut findings);
        findings.or(case)
    }

    /// One scenario of the folder, read.
    ///
    /// Errors: it does not exist, or is not TOML of the right form.
    pub fn scenario(&self, name: &str) -> Result<Scenario, Findings> {
        let file = format!("scenarios/{name}.toml");
        match self.scenarios.get(name) {
            Some(text) => Scenario::read(name, &file, text),
            None => Err(Findings::one(self.unknown_scenario(name, Place { file, ..Place::default() }))),
        }
    }

    /// Faults of the scenarios that can be seen without the tables: their form and what they include.
    pub(crate) fn check_scenarios_alone(&self, findings: &mut Findings) {
        for name in self.scenario_names() {
            let mut found = Findings::default();
            self.follow(name, None, &mut Vec::new(), &mut found);
            found.0.into_iter().for_each(|finding| findings.add(finding));
        }
    }

    fn follow(&self, name: &str, named_at: Option<&Place>, path: &mut Vec<String>, findings: &mut Findings) {
        if let Some(scenario) = self.enter(name, named_at, path, findings) {
            path.push(name.to_string());
            for (place, included) in &scenario.include {
                self.follow(included, Some(place), path, findings);
            }
            path.pop();
        }
    }

    /// The scenario, unless it does not exist, cannot be read, or is open already.
    fn enter(
        &self,
        name: &str,
        named_at: Option<&Place>,
        path: &[String],
        findings: &mut Findings,
    ) -> Option<Scenario> {
        if path.iter().any(|outer| outer == name) {
            findings.0.push(Finding::new(
                "circular-include",
                named_at.cloned().unwrap_or_default(),
                format!("scenario \"{name}\" includes itself: {} → {name}", path.join(" → ")),
                "remove one of the includes",
            ));
            return None;
        }
        match (named_at, self.scenarios.contains_key(name)) {
            (Some(place), false) => {
                findings.0.push(self.unknown_scenario(name, place.clone()));
                None
            }
            _ => self.scenario(name).map_err(|found| findings.0.extend(found.0)).ok(),
        }
    }

    fn unknown_scenario(&self, name: &str, place: Place) -> Finding {
        let known: Vec<&str> = self.scenario_names().collect();
        Finding::new(
            "unknown-scenario",
            place,
            format!("this case has no scenario \"{name}\""),
            format!("{}known scenarios: {}", did_you_mean(name, known.iter().copied()), known.join(", ")),
        )
    }
}

fn apply_named(
    case: &mut RawCase,
    name: &str,
    named_at: Option<&Place>,
    path: &mut Vec<String>,
    findings: &mut Findings,
) {
    if let Some(scenario) = case.enter(name, named_at, path, findings) {
        path.push(name.to_string());
        apply(case, &scenario, path, findings);
        path.pop();
    }
}

fn apply(case: &mut RawCase, scenario: &Scenario, path: &mut Vec<String>, findings: &mut Findings) {
    for (place, name) in &scenario.include {
        apply_named(case, name, Some(place), path, findings);
    }
    for (place, change) in &scenario.changes {
        if change.table == "settings" {
            change_settings(case, place, change, findings);
        } else {
            change_table(case, place, change, findings);
        }
    }
}

fn change_settings(case: &mut RawCase, place: &Place, change: &Change, findings: &mut Findings) {
    if change.set.is_empty() || !change.condition.is_empty() || change.remove || !change.insert.is_empty() {
        findings.0.push(Finding::new(
            "settings-change",
            place.clone(),
            "a change of settings takes only `set`",
            "write set = { name = value }",
        ));
        return;
    }
    let settings = case.settings.entry("settings").or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let Some(table) = settings.as_table_mut() {
        for (name, value) in &change.set {
            table.insert(name.clone(), value.clone());
            case.settings_changed.insert(name.clone(), place.clone());
        }
    }
}

fn change_table(case: &mut RawCase, place: &Place, change: &Change, findings: &mut Findings) {
    let known = columns(&change.table);
    if known.is_empty() {
        findings.0.push(Finding::new(
            "unknown-table",
            place.clone(),
            format!("no table of a case is called \"{}\"", change.table),
            format!(
                "{}tables are: {}, settings",
                did_you_mean(&change.table, tables()),
                tables().collect::<Vec<_>>().join(", ")
            ),
        ));
        return;
    }
    let named = change
        .condition
        .keys()
        .chain(change.set.keys())
        .chain(change.scale.keys())
        .chain(change.insert.keys());
    let mut unknown = false;
    for column in named {
        let usual = column == "source" || column == "note";
        if !usual && !known.iter().any(|attribute| attribute.column == *column) {
            unknown = true;
            let names: Vec<&str> = known.iter().map(|attribute| attribute.column.as_str()).collect();
            findings.0.push(Finding::new(
                "unknown-column",
                place.clone(),
                format!("table {} has no column \"{column}\"", change.table),
                format!("{}columns are: {}", which_column(column, &names), names.join(", ")),
            ));
        }
    }
    if unknown {
        return;
    }
    let table = case.tables.entry(change.table.clone()).or_insert_with(|| RawTable {
        file: file_of(&change.table),
        header: known.iter().map(|attribute| attribute.column.clone()).collect(),
        ..RawTable::default()
    });
    for column in change.set.keys().chain(change.insert.keys()) {
        if table.column(column).is_none() {
            table.header.push(column.clone());
            for row in &mut table.rows {
                row.cells.push(String::new());
            }
        }
    }
    if !change.insert.is_empty() {
        let cells = table
            .header
            .iter()
            .map(|name| change.insert.get(name).map(cell_text).unwrap_or_default())
            .collect();
        table.rows.push(RawRow { cells, place: place.clone(), ..RawRow::default() });
        return;
    }
    let matches = |header: &[String], row: &RawRow| {
        change.condition.iter().all(|(column, wanted)| {
            let cell = header
                .iter()
                .position(|name| name == column)
                .and_then(|index| row.cells.get(index))
                .map(String::as_str)
                .unwrap_or_default();
            match wanted {
                toml::Value::Array(values) => values.iter().any(|value| cell_equals(cell, value)),
                value => cell_equals(cell, value),
            }
        })
    };
    let header = table.header.clone();
    let before = table.rows.len();
    let mut matched = 0;
    if change.remove {
        table.rows.retain(|row| !matches(&header, row));
        matched = before - table.rows.len();
    } else {
        for row in table.rows.iter_mut().filter(|row| matches(&header, row)) {
            matched += 1;
            for (column, value) in &change.set {
                let index = header.iter().position(|name| name == column).expect("added above");
                row.cells[index] = cell_text(value);
                row.changed.insert(index, place.clone());
            }
            for (column, factor) in &change.scale {
                let Some(index) = header.iter().position(|name| name == column) else { continue };
                let cell = &mut row.cells[index];
                match cell.parse::<f64>() {
                    Ok(number) => {
                        *cell = format!("{}", number * factor);
                        row.changed.insert(index, place.clone());
                    }
                    Err(_) if cell.is_empty() => {}
                    Err(_) => findings.0.push(Finding::new(
                        "cannot-scale",
                        place.clone(),
                        format!("cannot scale \"{cell}\" in column {column} of {}", change.table),
                        "scale works on plain numbers; use set",
                    )),
                }
            }
        }
    }
    if matched == 0 {
        let wanted: Vec<String> = change.condition.iter().map(|(k, v)| format!("{k} = {v}")).collect();
        findings.0.push(Finding::new(
            "no-row-matched",
            place.clone(),
            format!("no row of {} has {}", change.table, wanted.join(" and ")),
            "check the spelling against the table",
        ));
    }
}

fn cell_equals(cell: &str, wanted: &toml::Value) -> bool {
    match wanted {
        toml::Value::String(text) => cell == text,
        toml::Value::Integer(number) => cell.parse::<f64>().is_ok_and(|value| value == *number as f64),
        toml::Value::Float(number) => cell.parse::<f64>().is_ok_and(|value| value == *number),
        _ => false,
    }
}

fn cell_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(values) => values.iter().map(cell_text).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    }
}
