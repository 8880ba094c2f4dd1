//! The one table that drives reading, checking and the reference documentation.

use std::fmt::Write as _;
use std::sync::LazyLock;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Identifier, unique in its table when it is the first column.
    Id,
    /// Free text.
    Text,
    /// Any finite number.
    Number,
    /// A finite number, zero or positive.
    Quantity,
    /// A number between 0 and 1.
    Fraction,
    /// A whole number.
    Integer,
    /// A season of the case.
    Season,
    /// An identifier of another table.
    Reference(String),
    /// Identifiers of another table, separated by `;`.
    List(String),
    /// One of a few words.
    Choice(Vec<String>),
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Table.
    pub table: String,
    /// Column.
    pub column: String,
    /// What it holds.
    pub kind: Kind,
    /// Unit, when it has one.
    pub unit: String,
    /// Whether it must be given.
    pub required: bool,
    /// Value of an empty cell; empty when there is none.
    pub default: String,
    /// What it means.
    pub meaning: String,
}

static ATTRIBUTES: LazyLock<Vec<Attribute>> = LazyLock::new(|| {
    let mut reader = csv::Reader::from_reader(include_str!("attributes.csv").as_bytes());
    reader
        .records()
        .map(|record| {
            let record = record.expect("attributes.csv is well-formed");
            let field = |index: usize| record.get(index).unwrap_or_default().to_string();
            let text = field(2);
            let kind = match text.split_once(' ') {
                Some(("ref", table)) => Kind::Reference(table.into()),
                Some(("list", table)) => Kind::List(table.into()),
                Some(("choice", words)) => Kind::Choice(words.split('|').map(Into::into).collect()),
                _ => match text.as_str() {
                    "id" => Kind::Id,
                    "text" => Kind::Text,
                    "number" => Kind::Number,
                    "quantity" => Kind::Quantity,
                    "fraction" => Kind::Fraction,
                    "integer" => Kind::Integer,
                    "season" => Kind::Season,
                    other => unreachable!("attributes.csv has the type {other}"),
                },
            };
            Attribute {
                table: field(0),
                column: field(1),
                kind,
                unit: field(3),
                required: field(4) == "yes",
                default: field(5),
                meaning: field(6),
            }
        })
        .collect()
});

/// Every column of every table.
pub fn attributes() -> &'static [Attribute] {
    &ATTRIBUTES
}

/// Every table with its columns; its rows stand together in attributes.csv.
static TABLES: LazyLock<Vec<(&'static str, &'static [Attribute])>> = LazyLock::new(|| {
    let groups = ATTRIBUTES.chunk_by(|one, next| one.table == next.table);
    groups.map(|group| (group[0].table.as_str(), group)).collect()
});

/// The columns of one table, in order; empty when there is no such table.
pub(crate) fn columns(table: &str) -> &'static [Attribute] {
    TABLES.iter().find(|(name, _)| *name == table).map_or(&[], |(_, columns)| columns)
}

/// Names of all tables, in the order of the reference.
pub(crate) fn tables() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _)| *name)
}

/// File of a table inside the case folder.
pub(crate) fn file_of(table: &str) -> String {
    match table.split_once('_') {
        Some(("observed", rest)) => format!("observed/{rest}.csv"),
        Some(("calibrated", rest)) => format!("calibration/{rest}.csv"),
        _ => format!("{table}.csv"),
    }
}

/// A Frictionless data package that describes the tables of a case, so that `frictionless validate` works.
///
/// `tables` are the tables the case has, with the columns of each.
pub(crate) fn datapackage<'a>(name: &str, tables: impl Iterator<Item = (&'a str, &'a [String])>) -> String {
    let resources: Vec<serde_json::Value> = tables
        .map(|(table, header)| {
            let known = columns(table);
            let fields: Vec<serde_json::Value> = header
                .iter()
                .map(|column| {
                    let attribute = known.iter().find(|attribute| attribute.column == *column);
                    attribute
                        .map_or_else(|| serde_json::json!({ "name": column, "type": "string" }), field_schema)
                })
                .collect();
            let mut schema = serde_json::json!({ "fields": fields });
            let key = known.first().filter(|first| first.kind == Kind::Id && table != "profiles");
            if let Some(key) = key {
                schema["primaryKey"] = serde_json::json!([key.column]);
            }
            serde_json::json!({
                "name": table.replace('_', "-"),
                "path": file_of(table),
                "profile": "tabular-data-resource",
                "encoding": "utf-8",
                "schema": schema,
            })
        })
        .collect();
    let package = serde_json::json!({
        "name": name,
        "profile": "tabular-data-package",
        "resources": resources,
    });
    serde_json::to_string_pretty(&package).expect("plain values") + "\n"
}

fn field_schema(attribute: &Attribute) -> serde_json::Value {
    let mut constraints = serde_json::Map::new();
    if attribute.required {
        constraints.insert("required".into(), true.into());
    }
    let kind = match &attribute.kind {
        Kind::Number | Kind::Quantity | Kind::Fraction => "number",
        Kind::Integer => "integer",
        Kind::Choice(words) => {
            constraints.insert("enum".into(), serde_json::json!(words));
            "string"
        }
        Kind::Id | Kind::Text | Kind::Season | Kind::Reference(_) | Kind::List(_) => "string",
    };
    if matches!(attribute.kind, Kind::Quantity | Kind::Fraction) {
        constraints.insert("minimum".into(), 0.into());
    }
    if attribute.kind == Kind::Fraction {
        constraints.insert("maximum".into(), 1.into());
    }
    let mut field = serde_json::json!({ "name": attribute.column, "type": kind });
    if !attribute.meaning.is_empty() {
        field["description"] = attribute.meaning.clone().into();
    }
    if !attribute.unit.is_empty() {
        field["unit"] = attribute.unit.clone().into();
    }
    if !constraints.is_empty() {
        field["constraints"] = constraints.into();
    }
    field
}

/// The reference documentation of every table and column, as Markdown.
pub fn reference() -> String {
    let mut text = String::from(
        "# Tables of a case\n\nGenerated from `crates/netback/src/case/attributes.csv`; a test compares. \
         Every table may also have the columns `source` and `note`.\n",
    );
    for table in tables() {
        let _ = write!(
            text,
            "\n## {table}\n\nFile `{}`.\n\n| column | holds | unit | required | if empty | meaning |\n|---|---|---|---|---|---|\n",
            file_of(table)
        );
        for attribute in columns(table) {
            let holds = match &attribute.kind {
                Kind::Id => "identifier".to_string(),
                Kind::Text => "text".to_string(),
                Kind::Number => "number".to_string(),
                Kind::Quantity => "number ≥ 0".to_string(),
                Kind::Fraction => "number from 0 to 1".to_string(),
                Kind::Integer => "whole number".to_string(),
                Kind::Season => "season".to_string(),
                Kind::Reference(table) => format!("one of {table}"),
                Kind::List(table) => format!("some of {table}, separated by `;`"),
                Kind::Choice(words) => words.join(", "),
            };
            let required = if attribute.required { "yes" } else { "" };
            let _ = writeln!(
                text,
                "| `{}` | {holds} | {} | {required} | {} | {} |",
                attribute.column, attribute.unit, attribute.default, attribute.meaning
            );
        }
    }
    text
}
