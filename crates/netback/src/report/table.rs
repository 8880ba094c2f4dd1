//! A table of results: a name, a header with units, rows of cells.

use crate::case::{Files, csv_text};

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A number in the unit of the header.
    Number(f64),
    /// Nothing.
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_string())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Cell::Number(number)
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Self {
        Cell::Number(f64::from(number))
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Empty, Into::into)
    }
}

impl Cell {
    /// As written in CSV: numbers to nine decimals, without trailing zeros and without negative zero.
    pub fn csv(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Empty => String::new(),
            Cell::Number(number) => {
                let text = format!("{number:.9}");
                let text = text.trim_end_matches('0').trim_end_matches('.');
                if text == "-0" { "0".into() } else { text.into() }
            }
        }
    }

    /// The number, when it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Cell::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn json(&self) -> serde_json::Value {
        match self {
            Cell::Text(text) => text.clone().into(),
            Cell::Empty => serde_json::Value::Null,
            Cell::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => (*number as i64).into(),
            Cell::Number(number) if number.is_finite() => serde_json::json!(number),
            Cell::Number(number) => number.to_string().into(),
        }
    }
}

/// A table of results.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name; its file is `<name>.csv`.
    pub name: String,
    /// Column names with units.
    pub header: Vec<String>,
    /// Rows, each as long as the header.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table.
    pub fn new(name: &str, header: &[&str]) -> Self {
        Table {
            name: name.to_string(),
            header: header.iter().map(|column| (*column).to_string()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn push<const N: usize>(&mut self, row: [Cell; N]) {
        debug_assert_eq!(N, self.header.len(), "table {}", self.name);
        self.rows.push(row.into());
    }

    /// Position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// Rows in which every named column has the given text.
    pub fn select<'a>(&'a self, wanted: &[(&str, &str)]) -> Vec<&'a Vec<Cell>> {
        let positions: Vec<(Option<usize>, &str)> =
            wanted.iter().map(|(column, value)| (self.column(column), *value)).collect();
        self.rows
            .iter()
            .filter(|row| positions.iter().all(|(at, value)| at.is_some_and(|at| row[at].csv() == *value)))
            .collect()
    }

    /// As CSV.
    pub fn csv(&self) -> Vec<u8> {
        csv_text(&self.header, self.rows.iter().map(|row| row.iter().map(Cell::csv).collect()))
    }

    /// As a list of JSON objects.
    pub fn json(&self) -> serde_json::Value {
        let object = |row: &Vec<Cell>| -> serde_json::Value {
            self.header
                .iter()
                .cloned()
                .zip(row.iter().map(Cell::json))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        self.rows.iter().map(object).collect()
    }

    /// Adds the table to files.
    pub fn add_to(&self, files: &mut Files) {
        files.insert(format!("{}.csv", self.name), self.csv());
    }
}

/// Rows of a CSV text, by column name.
///
/// Errors: the text is not CSV.
pub fn read_csv_rows(text: &str) -> Result<Vec<std::collections::BTreeMap<String, String>>, csv::Error> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect()
}
