//! From tables of text to a [`Case`]: every finding at once, each with its place.
//!
//! The first pass reads every cell by its row in `attributes.csv`; the second builds the case; the third
//! looks at what only rows together can get wrong.

use std::collections::BTreeMap;

use super::attributes::{Attribute, Kind, columns, tables};
use super::case::*;
use super::files::Files;
use super::finding::{Finding, Findings, Place};
use super::raw::{RawCase, RawTable};
use crate::calendar::{Calendar, Season, Year, share_of_months};
use crate::ids::{ActorId, ChokepointId, NodeId, PipelineId, TraderId};
use crate::units::{
    Bcm, BcmPerYear, Fraction, Gas, Kilometre, MillionUsd, MillionUsdPerBcmPerYear, NauticalMile, UsdPerTcm,
    UsdPerTcmPerBcmPerYear, read_in,
};

/// Larger numbers are a wrong unit.
const LARGEST: f64 = 1e7;

impl Case {
    /// Reads and checks a case.
    ///
    /// Errors: every finding of the case at once; never panics.
    pub fn read(files: &Files) -> Result<Case, Findings> {
        Case::from_raw(&RawCase::read(files)?)
    }

    /// Checks tables of text.
    ///
    /// Errors: every finding of the case at once.
    pub fn from_raw(raw: &RawCase) -> Result<Case, Findings> {
        let mut findings = Findings::default();
        let settings = Settings::read(raw, &mut findings);
        let tables = Tables::read(raw, &settings, &mut findings);
        if !findings.0.is_empty() {
            return Err(findings);
        }
        let case = build(settings, &tables);
        check_together(&case, &tables, &mut findings);
        findings.or(case)
    }
}

// ---------------------------------------------------------------- settings

struct Settings {
    name: String,
    title: String,
    base_year: i32,
    gas: Gas,
    calendar: Calendar,
    settings: CaseSettings,
    shipping: Option<Shipping>,
}

/// A table of TOML that knows which of its keys were asked for.
struct Toml<'a> {
    table: &'a toml::Table,
    file: &'a str,
    text: &'a str,
    within: String,
    asked: Vec<&'static str>,
}

impl<'a> Toml<'a> {
    fn new(table: &'a toml::Table, file: &'a str, text: &'a str, within: &str) -> Self {
        Toml { table, file, text, within: within.to_string(), asked: Vec::new() }
    }

    fn place(&self, key: &str) -> Place {
        let within = self.text.find(&format!("[{}]", self.within)).unwrap_or(0);
        let after = &self.text[within..];
        let found = after.lines().position(|line| {
            line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
        });
        match found {
            Some(line) => Place {
                file: self.file.into(),
                line: self.text[..within].matches('\n').count() + line + 1,
                column: 1,
            },
            None => Place { file: self.file.into(), line: 0, column: 0 },
        }
    }

    fn number(&mut self, key: &'static str, findings: &mut Findings) -> Option<f64> {
        self.asked.push(key);
        let value = match self.table.get(key)? {
            toml::Value::Integer(value) => *value as f64,
            toml::Value::Float(value) => *value,
            other => {
                findings.0.push(Finding::new(
                    self.place(key),
                    format!("{key} is {other}, not a number"),
                    format!("write {key} = 1.0"),
                ));
                return None;
            }
        };
        if !value.is_finite() || value.abs() > 1e12 {
            findings.0.push(Finding::new(
                self.place(key),
                format!("{key} is {value}"),
                "give a finite number of usual size",
            ));
            return None;
        }
        Some(value)
    }

    fn positive(&mut self, key: &'static str, findings: &mut Findings) -> Option<f64> {
        let value = self.number(key, findings)?;
        if value < 0.0 {
            findings.0.push(Finding::new(
                self.place(key),
                format!("{key} is {value}"),
                "give zero or a positive number",
            ));
            return None;
        }
        Some(value)
    }

    fn text(&mut self, key: &'static str, findings: &mut Findings) -> Option<String> {
        self.asked.push(key);
        match self.table.get(key)? {
            toml::Value::String(value) => Some(value.clone()),
            other => {
                findings.0.push(Finding::new(
                    self.place(key),
                    format!("{key} is {other}, not text"),
                    format!("write {key} = \"…\""),
                ));
                None
            }
        }
    }

    fn unknown_keys(&self, also: &[&str], findings: &mut Findings) {
        for key in self.table.keys() {
            if !self.asked.contains(&key.as_str()) && !also.contains(&key.as_str()) {
                let known: Vec<&str> = self.asked.iter().chain(also).copied().collect();
                findings.0.push(Finding::new(
                    self.place(key),
                    format!("unknown key \"{key}\""),
                    format!("known keys: {}", known.join(", ")),
                ));
            }
        }
    }
}

impl Settings {
    fn read(raw: &RawCase, findings: &mut Findings) -> Settings {
        const FILE: &str = "case.toml";
        let text = &raw.settings_text;
        let empty = toml::Table::new();
        let mut top = Toml::new(&raw.settings, FILE, text, "");
        let name = top.text("name", findings).unwrap_or_default();
        let title = top.text("title", findings).unwrap_or_default();
        let base_year = top.number("base_year", findings).unwrap_or(0.0) as i32;
        top.unknown_keys(&["gas", "year", "season", "settings"], findings);
        if name.is_empty() {
            findings.0.push(Finding::in_file(FILE, "the case has no name", "write name = \"my-case\""));
        }

        let section = |key: &str| raw.settings.get(key).and_then(toml::Value::as_table).unwrap_or(&empty);
        let mut gas_table = Toml::new(section("gas"), FILE, text, "gas");
        let gas = Gas {
            gross_calorific_value_mj_per_m3: gas_table
                .positive("gross_calorific_value_mj_per_m3", findings)
                .unwrap_or(Gas::STANDARD.gross_calorific_value_mj_per_m3),
            temperature_celsius: gas_table
                .number("temperature_celsius", findings)
                .unwrap_or(Gas::STANDARD.temperature_celsius),
            gross_calorific_value_mj_per_kg: gas_table
                .positive("gross_calorific_value_mj_per_kg", findings)
                .unwrap_or(Gas::STANDARD.gross_calorific_value_mj_per_kg),
        };
        gas_table.unknown_keys(&[], findings);

        let mut table = Toml::new(section("settings"), FILE, text, "settings");
        let conduct = match table.text("conduct", findings).as_deref() {
            None | Some("table") => ConductRule::Table,
            Some("price-taking") => ConductRule::PriceTaking,
            Some("calibrated") => ConductRule::Calibrated,
            Some(other) => {
                findings.0.push(Finding::new(
                    table.place("conduct"),
                    format!("conduct is \"{other}\""),
                    "choose table, price-taking or calibrated",
                ));
                ConductRule::Table
            }
        };
        let settings = CaseSettings {
            discount_rate: table.positive("discount_rate", findings).unwrap_or(0.0),
            price_cap: table.positive("price_cap_usd_per_tcm", findings).map(UsdPerTcm),
            contract_shortfall_penalty: table
                .positive("contract_shortfall_penalty_usd_per_tcm", findings)
                .map(UsdPerTcm),
            conduct,
            elasticity_factor: table.positive("elasticity_factor", findings).unwrap_or(1.0),
            slope_sigma: table.positive("slope_sigma", findings).unwrap_or(3.0),
            tie_break: UsdPerTcmPerBcmPerYear(
                table.positive("tie_break_usd_per_tcm_per_bcm_per_year", findings).unwrap_or(0.0),
            ),
        };
        for (key, value) in
            [("elasticity_factor", settings.elasticity_factor), ("slope_sigma", settings.slope_sigma)]
        {
            if value == 0.0 {
                findings.0.push(Finding::new(
                    table.place(key),
                    format!("{key} is 0"),
                    "give a positive number",
                ));
            }
        }
        table.unknown_keys(&[], findings);

        let seasons = read_seasons(raw, findings);
        let years = read_years(raw, base_year, settings.discount_rate, findings);
        let shipping = raw.shipping.as_ref().and_then(|(text, table)| read_shipping(text, table, findings));
        Settings { name, title, base_year, gas, calendar: Calendar { years, seasons }, settings, shipping }
    }
}

fn list<'a>(raw: &'a RawCase, key: &str, findings: &mut Findings) -> Vec<&'a toml::Table> {
    let items: Vec<&toml::Table> = raw
        .settings
        .get(key)
        .and_then(toml::Value::as_array)
        .map(|items| items.iter().filter_map(toml::Value::as_table).collect())
        .unwrap_or_default();
    if items.is_empty() {
        findings.0.push(Finding::in_file(
            "case.toml",
            format!("the case has no {key}"),
            format!("add at least one [[{key}]]"),
        ));
    }
    items
}

fn read_seasons(raw: &RawCase, findings: &mut Findings) -> Vec<Season> {
    let text = &raw.settings_text;
    let mut seasons: Vec<Season> = Vec::new();
    for table in list(raw, "season", findings) {
        let mut season = Toml::new(table, "case.toml", text, "[season]");
        let name = season.text("name", findings).unwrap_or_default();
        let share = season.positive("share", findings);
        let months: Option<Vec<usize>> = table.get("months").and_then(toml::Value::as_array).map(|months| {
            months
                .iter()
                .filter_map(toml::Value::as_integer)
                .filter(|month| (1..=12).contains(month))
                .map(|month| month as usize)
                .collect()
        });
        season.unknown_keys(&["months"], findings);
        let share = match (share, months) {
            (Some(share), None) => Fraction(share),
            (None, Some(months)) => share_of_months(&months),
            _ => {
                findings.0.push(Finding::new(
                    season.place("name"),
                    format!("season \"{name}\" needs either share or months"),
                    "write share = 0.5 or months = [4, 5, 6, 7, 8, 9]",
                ));
                Fraction(0.0)
            }
        };
        if seasons.iter().any(|other| other.name == name) || name.is_empty() || name == "all" {
            findings.0.push(Finding::new(
                season.place("name"),
                format!("season name \"{name}\" is empty, taken or reserved"),
                "give every season a name of its own, other than \"all\"",
            ));
        }
        seasons.push(Season { name, share });
    }
    let total: f64 = seasons.iter().map(|season| season.share.0).sum();
    if !seasons.is_empty() && (total - 1.0).abs() > 1e-9 {
        let seen = Toml::new(&raw.settings, "case.toml", text, "[season]");
        findings.0.push(Finding::new(
            seen.place("name"),
            format!("the shares of the seasons add up to {total}, not to 1"),
            "let every month belong to one season",
        ));
    }
    seasons
}

fn read_years(raw: &RawCase, base_year: i32, rate: f64, findings: &mut Findings) -> Vec<Year> {
    let text = &raw.settings_text;
    let mut years: Vec<Year> = Vec::new();
    for table in list(raw, "year", findings) {
        let mut entry = Toml::new(table, "case.toml", text, "[year]");
        let year = entry.number("year", findings).unwrap_or(0.0) as i32;
        let weight = entry.positive("weight", findings).unwrap_or(1.0);
        let discount =
            entry.positive("discount", findings).unwrap_or_else(|| (1.0 + rate).powi(base_year - year));
        entry.unknown_keys(&[], findings);
        if years.last().is_some_and(|last| last.year >= year) {
            findings.0.push(Finding::new(
                entry.place("year"),
                format!("year {year} does not come after {}", years[years.len() - 1].year),
                "list the years in ascending order, each once",
            ));
        }
        if weight == 0.0 || discount == 0.0 {
            findings.0.push(Finding::new(
                entry.place("weight"),
                format!("year {year} has weight {weight} and discount factor {discount}"),
                "give positive numbers",
            ));
        }
        years.push(Year { year, weight, discount });
    }
    years
}

fn read_shipping(text: &str, table: &toml::Table, findings: &mut Findings) -> Option<Shipping> {
    let mut toml = Toml::new(table, "shipping.toml", text, "");
    let before = findings.0.len();
    let mut need = |key: &'static str, findings: &mut Findings| match toml.positive(key, findings) {
        Some(value) => value,
        None => {
            if !table.contains_key(key) {
                findings.0.push(Finding::in_file(
                    "shipping.toml",
                    format!("{key} is missing"),
                    format!("add {key} = …; docs/reference.md says what it means"),
                ));
            }
            0.0
        }
    };
    let shipping = Shipping {
        charter_usd_per_day: need("charter_usd_per_day", findings),
        speed_knots: need("speed_knots", findings),
        ship_capacity_m3: need("ship_capacity_m3", findings),
        fill_fraction: need("fill_fraction", findings),
        heel_fraction: need("heel_fraction", findings),
        energy_mmbtu_per_m3_lng: need("energy_mmbtu_per_m3_lng", findings),
        port_days: need("port_days", findings),
        boil_off_laden_fraction_per_day: need("boil_off_laden_fraction_per_day", findings),
        boil_off_ballast_fraction_per_day: need("boil_off_ballast_fraction_per_day", findings),
        fuel_tonnes_per_day: need("fuel_tonnes_per_day", findings),
        fuel_usd_per_tonne: need("fuel_usd_per_tonne", findings),
        fuel_mmbtu_per_tonne: need("fuel_mmbtu_per_tonne", findings),
        port_call_usd: need("port_call_usd", findings),
        boil_off_value_usd_per_mmbtu: None,
        fleet_ships: None,
    };
    let boil_off_value_usd_per_mmbtu = toml.positive("boil_off_value_usd_per_mmbtu", findings);
    let fleet_ships = toml.positive("fleet_ships", findings);
    toml.unknown_keys(&["source", "note"], findings);
    for (key, value) in
        [("speed_knots", shipping.speed_knots), ("ship_capacity_m3", shipping.ship_capacity_m3)]
    {
        if value == 0.0 && table.contains_key(key) {
            findings.0.push(Finding::new(toml.place(key), format!("{key} is 0"), "give a positive number"));
        }
    }
    (findings.0.len() == before).then_some(Shipping { boil_off_value_usd_per_mmbtu, fleet_ships, ..shipping })
}

// ---------------------------------------------------------------- cells

#[derive(Debug, Clone)]
enum Value {
    Empty,
    Text(String),
    Number(f64),
    Index(usize),
    Indices(Vec<usize>),
}

/// Every table with its cells read.
struct Tables<'a> {
    tables: BTreeMap<&'static str, Table<'a>>,
}

struct Table<'a> {
    raw: Option<&'a RawTable>,
    attributes: Vec<&'static Attribute>,
    rows: Vec<Vec<Value>>,
}

/// One row of a table, by column name.
#[derive(Clone, Copy)]
struct Row<'a> {
    table: &'a Table<'a>,
    index: usize,
}

impl<'a> Tables<'a> {
    fn read(raw: &'a RawCase, settings: &Settings, findings: &mut Findings) -> Tables<'a> {
        let mut identifiers: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for name in tables() {
            let attributes = columns(name);
            let (Some(table), true) = (raw.tables.get(name), attributes[0].kind == Kind::Id) else {
                continue;
            };
            let ids = identifiers.entry(name.to_string()).or_default();
            let Some(column) = table.column(&attributes[0].column) else { continue };
            for (index, row) in table.rows.iter().enumerate() {
                let id = row.cells[column].clone();
                if name == "profiles" {
                    // a profile has one row per season; its first row stands for it
                    ids.entry(id).or_insert(index);
                } else if let Some(first) = ids.get(&id) {
                    findings.0.push(Finding::new(
                        table.place(index, column),
                        format!("{} \"{id}\" is there twice", attributes[0].column),
                        format!(
                            "the first is at {}; give this row another name",
                            table.place(*first, column)
                        ),
                    ));
                } else {
                    ids.insert(id, index);
                }
            }
        }
        let mut read = BTreeMap::new();
        for name in tables() {
            let table = Table::read(name, raw.tables.get(name), settings, &identifiers, findings);
            read.insert(name, table);
        }
        for required in ["nodes", "actors", "traders", "fields", "demand"] {
            if !raw.tables.contains_key(required) {
                findings.0.push(Finding::in_file(
                    super::attributes::file_of(required),
                    format!("the case has no table {required}"),
                    "add the file; docs/reference.md lists its columns",
                ));
            }
        }
        Tables { tables: read }
    }

    fn rows(&self, name: &str) -> impl Iterator<Item = Row<'_>> {
        let table = &self.tables[name];
        (0..table.rows.len()).map(move |index| Row { table, index })
    }
}

impl<'a> Table<'a> {
    fn read(
        name: &'static str,
        raw: Option<&'a RawTable>,
        settings: &Settings,
        identifiers: &BTreeMap<String, BTreeMap<String, usize>>,
        findings: &mut Findings,
    ) -> Table<'a> {
        let attributes = columns(name);
        let Some(table) = raw else { return Table { raw, attributes, rows: Vec::new() } };
        for (index, column) in table.header.iter().enumerate() {
            let usual = column == "source" || column == "note";
            if !usual && !attributes.iter().any(|attribute| attribute.column == *column) {
                findings.0.push(Finding::new(
                    Place { file: table.file.clone(), line: 1, column: 1 },
                    format!("table {name} has no column \"{column}\""),
                    format!("{}columns are: {}, source, note", near(column, &attributes), names(&attributes)),
                ));
            }
            if table.header[..index].contains(column) {
                findings.0.push(Finding::new(
                    Place { file: table.file.clone(), line: 1, column: 1 },
                    format!("column \"{column}\" is there twice"),
                    "remove one of them",
                ));
            }
        }
        for attribute in attributes.iter().filter(|attribute| attribute.required) {
            if table.column(&attribute.column).is_none() && !table.header.is_empty() {
                findings.0.push(Finding::new(
                    Place { file: table.file.clone(), line: 1, column: 1 },
                    format!("column \"{}\" is missing", attribute.column),
                    format!("it holds: {}", meaning(attribute)),
                ));
            }
        }
        let positions: Vec<Option<usize>> =
            attributes.iter().map(|attribute| table.column(&attribute.column)).collect();
        let mut rows = Vec::with_capacity(table.rows.len());
        for (row, raw_row) in table.rows.iter().enumerate() {
            let values = attributes
                .iter()
                .zip(&positions)
                .map(|(attribute, position)| {
                    let text = position.map_or("", |column| raw_row.cells[column].as_str());
                    let place = || table.place(row, position.unwrap_or(0));
                    read_cell(attribute, text, settings, identifiers).unwrap_or_else(|(message, help)| {
                        if position.is_some() || !attribute.required {
                            findings.0.push(Finding::new(place(), message, help));
                        }
                        Value::Empty
                    })
                })
                .collect();
            rows.push(values);
        }
        Table { raw, attributes, rows }
    }
}

fn names(attributes: &[&Attribute]) -> String {
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

/// A hint when a column looks like one with a unit left out or added.
fn near(column: &str, attributes: &[&Attribute]) -> String {
    let stem = column.split('_').next().unwrap_or(column);
    attributes
        .iter()
        .find(|attribute| attribute.column.starts_with(stem))
        .map(|attribute| format!("did you mean \"{}\"? ", attribute.column))
        .unwrap_or_default()
}

fn read_cell(
    attribute: &Attribute,
    text: &str,
    settings: &Settings,
    identifiers: &BTreeMap<String, BTreeMap<String, usize>>,
) -> Result<Value, (String, String)> {
    let column = &attribute.column;
    if text.is_empty() {
        if attribute.required {
            return Err((format!("{column} is empty"), format!("it holds: {}", meaning(attribute))));
        }
        if attribute.default.is_empty() {
            return Ok(Value::Empty);
        }
        return read_cell(attribute, &attribute.default, settings, identifiers);
    }
    let reference = |table: &str, id: &str| -> Result<usize, (String, String)> {
        let known = identifiers.get(table);
        known.and_then(|ids| ids.get(id)).copied().ok_or_else(|| {
            let close = known.and_then(|ids| closest(id, ids.keys()));
            let hint = close.map(|close| format!("did you mean \"{close}\"? ")).unwrap_or_default();
            (
                format!("{column} \"{id}\" is not in table {table}"),
                format!("{hint}add it to {} or correct the name", super::attributes::file_of(table)),
            )
        })
    };
    match &attribute.kind {
        Kind::Id | Kind::Text => Ok(Value::Text(text.to_string())),
        Kind::Choice(words) if words.iter().any(|word| word == text) => Ok(Value::Text(text.to_string())),
        Kind::Choice(words) => {
            Err((format!("{column} is \"{text}\""), format!("choose one of: {}", words.join(", "))))
        }
        Kind::Reference(table) => reference(table, text).map(Value::Index),
        Kind::List(table) => text
            .split(';')
            .map(str::trim)
            .filter(|id| !id.is_empty())
            .map(|id| reference(table, id))
            .collect::<Result<_, _>>()
            .map(Value::Indices),
        Kind::Season => settings
            .calendar
            .seasons
            .iter()
            .position(|season| season.name == text)
            .map(Value::Index)
            .ok_or_else(|| {
                let known: Vec<&str> =
                    settings.calendar.seasons.iter().map(|season| season.name.as_str()).collect();
                (format!("{column} is \"{text}\""), format!("seasons of this case: {}", known.join(", ")))
            }),
        Kind::Integer => text.parse::<i32>().map(|value| Value::Number(f64::from(value))).map_err(|_| {
            (format!("{column} is \"{text}\""), "give a whole number, such as 2011".to_string())
        }),
        Kind::Number | Kind::Quantity | Kind::Fraction => {
            let value = match text.parse::<f64>() {
                Ok(value) => value,
                Err(_) => read_in(text, &attribute.unit, &settings.gas).map_err(|error| {
                    (
                        format!("{column} is \"{text}\": {error}"),
                        format!("give a number in {}, with a point before the decimals", attribute.unit),
                    )
                })?,
            };
            if !value.is_finite() {
                return Err((
                    format!("{column} is {value}"),
                    "give a finite number; leave the cell empty for no limit where the reference allows it"
                        .to_string(),
                ));
            }
            if value.abs() > LARGEST {
                return Err((
                    format!("{column} is {value:e} {}", attribute.unit),
                    format!(
                        "numbers above {LARGEST:e} are a wrong unit; this column is in {}",
                        attribute.unit
                    ),
                ));
            }
            if attribute.kind != Kind::Number && value < 0.0 {
                return Err((
                    format!("{column} is {value} {}", attribute.unit),
                    "use 0 to close it, a positive number otherwise".to_string(),
                ));
            }
            if attribute.kind == Kind::Fraction && value > 1.0 {
                return Err((
                    format!("{column} is {value}"),
                    "give a share between 0 and 1 (5 % is 0.05)".to_string(),
                ));
            }
            Ok(Value::Number(value))
        }
    }
}

fn closest<'a>(wanted: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    let lower = wanted.to_lowercase();
    known
        .map(|id| (edit_distance(&lower, &id.to_lowercase()), id.as_str()))
        .filter(|&(distance, _)| distance * 3 <= wanted.len().max(3))
        .min()
        .map(|(_, id)| id)
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

impl<'a> Row<'a> {
    fn value(&self, column: &str) -> &Value {
        let position = self.table.attributes.iter().position(|attribute| attribute.column == column);
        match position {
            Some(position) => &self.table.rows[self.index][position],
            None => unreachable!("attributes.csv has no column {column}"),
        }
    }

    fn place(&self, column: &str) -> Place {
        match self.table.raw {
            Some(raw) => raw.place(self.index, raw.column(column).unwrap_or(0)),
            None => Place { file: String::new(), line: 0, column: 0 },
        }
    }

    fn text(&self, column: &str) -> String {
        match self.value(column) {
            Value::Text(text) => text.clone(),
            _ => String::new(),
        }
    }

    fn optional(&self, column: &str) -> Option<f64> {
        match self.value(column) {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn number(&self, column: &str) -> f64 {
        self.optional(column).unwrap_or(0.0)
    }

    fn optional_index(&self, column: &str) -> Option<usize> {
        match self.value(column) {
            Value::Index(index) => Some(*index),
            _ => None,
        }
    }

    fn index(&self, column: &str) -> usize {
        self.optional_index(column).unwrap_or(0)
    }

    fn indices(&self, column: &str) -> Vec<usize> {
        match self.value(column) {
            Value::Indices(indices) => indices.clone(),
            _ => Vec::new(),
        }
    }

    fn node(&self, column: &str) -> NodeId {
        NodeId::from_index(self.index(column))
    }

    fn trader(&self, column: &str) -> TraderId {
        TraderId::from_index(self.index(column))
    }

    fn actors(&self, column: &str) -> Vec<ActorId> {
        self.indices(column).into_iter().map(ActorId::from_index).collect()
    }

    fn pipelines(&self, column: &str) -> Vec<PipelineId> {
        self.indices(column).into_iter().map(PipelineId::from_index).collect()
    }

    fn yes(&self, column: &str) -> bool {
        self.text(column) == "yes"
    }

    fn years(&self, exists: bool) -> Service {
        Service {
            exists,
            first_year: self.optional("first_year").map_or(i32::MIN, |year| year as i32),
            last_year: self.optional("last_year").map_or(i32::MAX, |year| year as i32),
        }
    }

    fn service(&self) -> Service {
        self.years(self.text("status") == "existing")
    }

    fn expansion(&self) -> Option<Expansion> {
        self.optional("capex_million_usd_per_bcm_per_year").map(|capex| Expansion {
            capex: MillionUsdPerBcmPerYear(capex),
            limit: self.optional("expansion_limit_bcm_per_year").map(BcmPerYear),
        })
    }
}

// ---------------------------------------------------------------- the case

fn build(settings: Settings, tables: &Tables) -> Case {
    let named = |row: &Row, id: &str| match row.text("name") {
        name if name.is_empty() => row.text(id),
        name => name,
    };
    let rate = |row: &Row, column: &str| BcmPerYear(row.number(column));
    let optional_rate = |row: &Row, column: &str| row.optional(column).map(BcmPerYear);
    let price = |row: &Row, column: &str| UsdPerTcm(row.number(column));
    let terminal = |row: Row, annual: bool| Terminal {
        id: row.text("terminal"),
        name: row.text("name"),
        node: row.node("node"),
        capacity: rate(&row, "capacity_bcm_per_year"),
        annual_capacity: if annual { optional_rate(&row, "annual_capacity_bcm_per_year") } else { None },
        cost: price(&row, "cost_usd_per_tcm"),
        loss: Fraction(row.number("loss_fraction")),
        owners: row.actors("owners"),
        service: row.service(),
        expansion: row.expansion(),
    };
    let calendar = settings.calendar;
    let profiles = read_profiles(tables, calendar.seasons.len());
    Case {
        nodes: tables
            .rows("nodes")
            .map(|row| Node {
                id: row.text("node"),
                name: row.text("name"),
                actor: ActorId::from_index(row.index("actor")),
                longitude: row.optional("longitude"),
                latitude: row.optional("latitude"),
                region: row.text("region"),
            })
            .collect(),
        actors: tables
            .rows("actors")
            .map(|row| Actor { id: row.text("actor"), name: row.text("name"), bloc: row.text("bloc") })
            .collect(),
        traders: tables
            .rows("traders")
            .map(|row| Trader {
                id: row.text("trader"),
                name: row.text("name"),
                actor: ActorId::from_index(row.index("actor")),
                theta: Fraction(row.number("theta")),
            })
            .collect(),
        fields: tables
            .rows("fields")
            .map(|row| Field {
                id: row.text("field"),
                node: row.node("node"),
                trader: row.trader("trader"),
                capacity: rate(&row, "capacity_bcm_per_year"),
                annual_capacity: optional_rate(&row, "annual_capacity_bcm_per_year"),
                marginal_cost: price(&row, "marginal_cost_usd_per_tcm"),
                cost_slope: UsdPerTcmPerBcmPerYear(row.number("cost_slope_usd_per_tcm_per_bcm_per_year")),
                cost_curvature: price(&row, "cost_curvature_usd_per_tcm"),
                cost_barrier: MillionUsd(row.number("cost_barrier_million_usd_per_year")),
                barrier: optional_rate(&row, "barrier_bcm_per_year")
                    .unwrap_or_else(|| rate(&row, "capacity_bcm_per_year")),
                reserves: row.optional("reserves_bcm").map(Bcm),
                service: row.service(),
            })
            .collect(),
        demand: tables.rows("demand").map(|row| read_demand(&row, &profiles, &calendar)).collect(),
        pipelines: tables
            .rows("pipelines")
            .map(|row| Pipeline {
                id: row.text("pipeline"),
                name: named(&row, "pipeline"),
                from: row.node("from"),
                to: row.node("to"),
                capacity: rate(&row, "capacity_bcm_per_year"),
                tariff: price(&row, "tariff_usd_per_tcm"),
                congestion: row.number("congestion_usd_per_tcm_per_bcm2"),
                loss: Fraction(row.number("loss_fraction")),
                length: row.optional("length_km").map(Kilometre),
                owners: row.actors("owners"),
                service: row.service(),
                expansion: row.expansion(),
            })
            .collect(),
        liquefaction: tables.rows("liquefaction").map(|row| terminal(row, true)).collect(),
        regasification: tables.rows("regasification").map(|row| terminal(row, false)).collect(),
        sea_routes: tables
            .rows("sea_routes")
            .map(|row| SeaRoute {
                from: row.node("from"),
                to: row.node("to"),
                route: row.text("route"),
                distance: NauticalMile(row.number("nautical_miles")),
                chokepoints: row.indices("chokepoints").into_iter().map(ChokepointId::from_index).collect(),
                tariff: row.optional("tariff_usd_per_tcm").map(UsdPerTcm),
                loss: row.optional("loss_fraction").map(Fraction),
            })
            .collect(),
        chokepoints: tables
            .rows("chokepoints")
            .map(|row| Chokepoint {
                id: row.text("chokepoint"),
                name: row.text("name"),
                capacity: optional_rate(&row, "capacity_bcm_per_year"),
                toll_usd_per_round_trip: row.number("toll_usd_per_round_trip"),
                delay_days_per_round_trip: row.number("delay_days_per_round_trip"),
            })
            .collect(),
        storage: tables
            .rows("storage")
            .map(|row| Storage {
                id: row.text("storage"),
                node: row.node("node"),
                working_volume: Bcm(row.number("working_volume_bcm")),
                injection: rate(&row, "injection_bcm_per_year"),
                withdrawal: rate(&row, "withdrawal_bcm_per_year"),
                cost: price(&row, "cost_usd_per_tcm"),
                loss: Fraction(row.number("loss_fraction")),
                service: row.service(),
            })
            .collect(),
        conduct: tables
            .rows("conduct")
            .map(|row| Conduct {
                trader: row.trader("trader"),
                market: row.node("market"),
                theta: Fraction(row.number("theta")),
            })
            .collect(),
        taxes: tables
            .rows("taxes")
            .map(|row| Tax {
                id: row.text("tax"),
                trader: row.trader("trader"),
                market: row.optional_index("market").map(NodeId::from_index),
                rate: Fraction(row.number("rate_fraction")),
                border_price: row.optional("border_price_usd_per_tcm").map(UsdPerTcm),
                amount: price(&row, "rate_usd_per_tcm"),
            })
            .collect(),
        customs_unions: tables
            .rows("customs_unions")
            .map(|row| UnionMember {
                union: row.text("union"),
                actor: ActorId::from_index(row.index("actor")),
            })
            .collect(),
        no_transit: tables
            .rows("transit_rights")
            .filter(|row| !row.yes("allowed"))
            .map(|row| NoTransit { trader: row.trader("trader"), node: row.node("node") })
            .collect(),
        transit_contracts: tables
            .rows("transit_contracts")
            .map(|row| TransitContract {
                id: row.text("contract"),
                trader: row.trader("trader"),
                pipelines: row.pipelines("pipelines"),
                booking: optional_rate(&row, "booking_bcm_per_year")
                    .zip(row.optional("commodity_tariff_usd_per_tcm").map(UsdPerTcm)),
                minimum: optional_rate(&row, "minimum_bcm_per_year"),
                force_majeure: row.yes("force_majeure"),
                service: row.years(true),
            })
            .collect(),
        contracts: tables
            .rows("contracts")
            .map(|row| SalesContract {
                id: row.text("contract"),
                seller: row.trader("seller"),
                buyer: row.node("buyer"),
                minimum: optional_rate(&row, "minimum_bcm_per_year"),
                maximum: optional_rate(&row, "maximum_bcm_per_year"),
                season: row.optional_index("season"),
                route: row.pipelines("route"),
                force_majeure: row.yes("force_majeure"),
                service: row.years(true),
            })
            .collect(),
        observed_sales: tables
            .rows("observed_sales")
            .map(|row| ObservedSale {
                trader: row.trader("trader"),
                market: row.node("market"),
                quantity: rate(&row, "bcm_per_year"),
            })
            .collect(),
        observed_prices: tables
            .rows("observed_prices")
            .map(|row| ObservedPrice {
                node: row.node("node"),
                price: price(&row, "price_usd_per_tcm"),
                hub: row.yes("hub"),
            })
            .collect(),
        observed_border_flows: tables
            .rows("observed_border_flows")
            .map(|row| ObservedBorderFlow {
                point: row.text("point"),
                from: row.node("from"),
                to: row.node("to"),
                quantity: rate(&row, "bcm_per_year"),
            })
            .collect(),
        calibration: read_calibration(tables, calendar.seasons.len()),
        name: settings.name,
        title: settings.title,
        base_year: settings.base_year,
        gas: settings.gas,
        settings: settings.settings,
        shipping: settings.shipping,
        calendar,
    }
}

/// Share of the year's quantity per season, by the row that stands for the profile.
fn read_profiles(tables: &Tables, seasons: usize) -> BTreeMap<usize, Vec<f64>> {
    let mut first_of: BTreeMap<String, usize> = BTreeMap::new();
    let mut profiles: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for row in tables.rows("profiles") {
        let first = *first_of.entry(row.text("profile")).or_insert(row.index);
        profiles.entry(first).or_insert_with(|| vec![0.0; seasons])[row.index("season")] +=
            row.number("share");
    }
    profiles
}

fn read_demand(row: &Row, profiles: &BTreeMap<usize, Vec<f64>>, calendar: &Calendar) -> Demand {
    let annual = row.number("quantity_bcm_per_year");
    let quantity = match (row.optional_index("season"), row.optional_index("profile")) {
        (Some(season), _) => {
            (0..calendar.seasons.len()).map(|s| (s == season).then_some(BcmPerYear(annual))).collect()
        }
        (None, Some(profile)) => calendar
            .seasons
            .iter()
            .zip(&profiles[&profile])
            .map(|(season, share)| Some(BcmPerYear(annual * share / season.share.0)))
            .collect(),
        (None, None) => calendar.seasons.iter().map(|_| Some(BcmPerYear(annual))).collect(),
    };
    Demand {
        node: row.node("node"),
        sector: row.text("sector"),
        year: row.optional("year").map(|year| year as i32),
        quantity,
        price: UsdPerTcm(row.number("price_usd_per_tcm")),
        elasticity: row.number("elasticity"),
        form: match row.text("form").as_str() {
            "constant_elasticity" => DemandForm::ConstantElasticity,
            "fixed" => DemandForm::Fixed,
            _ => DemandForm::Linear,
        },
        price_floor: UsdPerTcm(row.number("price_floor_usd_per_tcm")),
    }
}

fn read_calibration(tables: &Tables, seasons: usize) -> Option<Calibration> {
    let mut anchors: BTreeMap<(TraderId, NodeId), Vec<BcmPerYear>> = BTreeMap::new();
    for row in tables.rows("calibrated_seasonal_sales") {
        let key = (row.trader("trader"), row.node("market"));
        anchors.entry(key).or_insert_with(|| vec![BcmPerYear(0.0); seasons])[row.index("season")] =
            BcmPerYear(row.number("anchor_bcm_per_year"));
    }
    let sales: Vec<CalibratedSale> = tables
        .rows("calibrated_sales")
        .map(|row| {
            let key = (row.trader("trader"), row.node("market"));
            CalibratedSale {
                trader: key.0,
                market: key.1,
                wedge: UsdPerTcm(row.number("wedge_usd_per_tcm")),
                anchor: BcmPerYear(row.number("anchor_bcm_per_year")),
                producer_term: UsdPerTcm(row.number("producer_term_usd_per_tcm")),
                market_term: UsdPerTcm(row.number("market_term_usd_per_tcm")),
                seasonal_anchor: anchors.get(&key).cloned().unwrap_or_else(|| vec![BcmPerYear(0.0); seasons]),
            }
        })
        .collect();
    let demand: Vec<CalibratedDemand> = tables
        .rows("calibrated_demand")
        .map(|row| CalibratedDemand {
            node: row.node("node"),
            season: row.index("season"),
            price_shift: UsdPerTcm(row.number("price_shift_usd_per_tcm")),
            price: UsdPerTcm(row.number("price_usd_per_tcm")),
        })
        .collect();
    let conduct = tables
        .rows("calibrated_conduct")
        .map(|row| (row.text("region"), Fraction(row.number("theta"))))
        .collect();
    (!sales.is_empty()).then_some(Calibration { sales, demand, conduct })
}

// ---------------------------------------------------------------- what rows together get wrong

fn check_together(case: &Case, tables: &Tables, findings: &mut Findings) {
    let mut find = |row: Row, column: &str, message: String, help: &str| {
        findings.0.push(Finding::new(row.place(column), message, help));
    };
    for (row, pipeline) in tables.rows("pipelines").zip(&case.pipelines) {
        if pipeline.from == pipeline.to {
            let message = format!("pipeline \"{}\" leads to the node it starts from", pipeline.id);
            find(row, "to", message, "give two different nodes");
        }
        check_loss(row, pipeline.loss, &mut find);
    }
    for (table, terminals) in [("liquefaction", &case.liquefaction), ("regasification", &case.regasification)]
    {
        for (row, terminal) in tables.rows(table).zip(terminals) {
            check_loss(row, terminal.loss, &mut find);
        }
    }
    for (row, storage) in tables.rows("storage").zip(&case.storage) {
        check_loss(row, storage.loss, &mut find);
    }
    for (row, field) in tables.rows("fields").zip(&case.fields) {
        if field.cost_curvature.0 > 0.0 {
            let message =
                format!("field \"{}\": cost_curvature_usd_per_tcm is {}", field.id, field.cost_curvature.0);
            find(row, "cost_curvature_usd_per_tcm", message, "the Golombek term is zero or negative");
        }
    }
    for (row, field) in tables.rows("fields").zip(&case.fields) {
        if field.cost_barrier.0 > 0.0 && field.cost_curvature.0 < 0.0 {
            let message = format!("field \"{}\" has both a Golombek term and a cost barrier", field.id);
            find(row, "cost_barrier_million_usd_per_year", message, "keep one of the two");
        }
        let given = row.optional("barrier_bcm_per_year").is_some();
        if field.cost_barrier.0 > 0.0 && field.barrier <= field.capacity && given {
            let message = format!(
                "field \"{}\": barrier {} bcm/yr is not above the capacity {} bcm/yr",
                field.id, field.barrier.0, field.capacity.0
            );
            find(row, "barrier_bcm_per_year", message, "raise the barrier or lower the capacity");
        }
    }
    let covered = |demand: &Demand| demand.quantity.iter().flatten().any(|rate| rate.0 > 0.0);
    for (row, demand) in tables.rows("demand").zip(&case.demand) {
        if demand.form != DemandForm::Fixed && covered(demand) {
            if demand.elasticity >= 0.0 {
                let message =
                    format!("elasticity is {}: demand would rise with the price", demand.elasticity);
                find(row, "elasticity", message, "give a negative number, such as -0.2");
            }
            if demand.price.0.max(demand.price_floor.0) <= 0.0 {
                let message = format!("reference price is {}", demand.price.0);
                find(row, "price_usd_per_tcm", message, "give a positive price, or a price floor");
            }
        }
        if demand.form == DemandForm::ConstantElasticity && strategic_market(case, demand.node) {
            let message = format!(
                "market \"{}\" has demand of constant elasticity and a trader with conduct above 0",
                case.nodes[demand.node.index()].id
            );
            find(
                row,
                "form",
                message,
                "use linear demand here, or conduct 0: no single convex programme holds both",
            );
        }
    }
    let mut totals: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for row in tables.rows("profiles") {
        let entry = totals.entry(row.text("profile")).or_insert((row.index, 0.0));
        entry.1 += row.number("share");
    }
    for (profile, (index, total)) in totals {
        if (total - 1.0).abs() > 1e-6 {
            let row = Row { table: &tables.tables["profiles"], index };
            let message = format!("the shares of profile \"{profile}\" add up to {total}, not to 1");
            find(row, "share", message, "give a row for every season with shares that add up to 1");
        }
    }
    for (row, contract) in tables.rows("contracts").zip(&case.contracts) {
        if let (Some(minimum), Some(maximum)) = (contract.minimum, contract.maximum)
            && minimum > maximum
        {
            let message = format!(
                "contract \"{}\": minimum {} bcm/yr is above its maximum {} bcm/yr",
                contract.id, minimum.0, maximum.0
            );
            find(row, "minimum_bcm_per_year", message, "lower the minimum or raise the maximum");
        }
    }
    for row in tables.rows("transit_contracts") {
        if row.optional("booking_bcm_per_year").is_some()
            && row.optional("commodity_tariff_usd_per_tcm").is_none()
        {
            let message = format!(
                "transit contract \"{}\" has a booking without commodity tariff",
                row.text("contract")
            );
            find(
                row,
                "booking_bcm_per_year",
                message,
                "give commodity_tariff_usd_per_tcm: the charge within the booking",
            );
        }
    }
    for (table, text) in [
        ("fields", "field"),
        ("pipelines", "pipeline"),
        ("liquefaction", "terminal"),
        ("regasification", "terminal"),
        ("storage", "storage"),
        ("contracts", "contract"),
        ("transit_contracts", "contract"),
    ] {
        for row in tables.rows(table) {
            let years = row.years(true);
            if years.first_year > years.last_year {
                let message = format!("{text} \"{}\": first_year is after last_year", row.text(text));
                find(row, "first_year", message, "swap them");
            }
        }
    }
    for (row, route) in tables.rows("sea_routes").zip(&case.sea_routes) {
        if route.from == route.to {
            find(
                row,
                "to",
                "this sea route leads to the node it starts from".into(),
                "give two different nodes",
            );
        }
        if case.shipping.is_none() && (route.tariff.is_none() || route.loss.is_none()) {
            let message =
                "this sea route has no tariff and loss of its own, and the case has no shipping.toml";
            find(
                row,
                "nautical_miles",
                message.into(),
                "add shipping.toml, or tariff_usd_per_tcm and loss_fraction",
            );
        }
    }
}

fn check_loss(row: Row, loss: Fraction, find: &mut impl FnMut(Row, &str, String, &str)) {
    if loss.0 >= 1.0 {
        find(row, "loss_fraction", "loss_fraction is 1: nothing arrives".into(), "give a share below 1");
    }
}

fn strategic_market(case: &Case, market: NodeId) -> bool {
    match case.settings.conduct {
        ConductRule::PriceTaking => false,
        ConductRule::Calibrated => case.calibration.is_some(),
        ConductRule::Table => {
            let in_table = |trader: usize| {
                case.conduct.iter().find(|row| row.trader.index() == trader && row.market == market)
            };
            case.traders
                .iter()
                .enumerate()
                .any(|(index, trader)| in_table(index).map_or(trader.theta, |row| row.theta).0 > 0.0)
        }
    }
}
