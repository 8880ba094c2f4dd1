//! Monthly series of fuel, hub and price indices.

use std::collections::BTreeMap;

use crate::calendar::Month;
use crate::case::spelling::did_you_mean;
use crate::case::{Files, Finding, Findings, Place, read_csv};

/// A monthly series; a month may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexSeries {
    /// Name, as a formula uses it.
    pub name: String,
    /// Unit of the values, such as `USD/bbl`.
    pub unit: String,
    /// Values of the months that are known.
    pub values: BTreeMap<Month, f64>,
}

/// All series that a contract or case can use, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Indices(pub BTreeMap<String, IndexSeries>);

/// Currencies that the header of a series may name.
const CURRENCIES: [&str; 8] = ["usd", "eur", "gbp", "cny", "jpy", "rub", "uah", "nok"];

/// What the currency may be paid for, as written in a header and in a unit.
const AMOUNTS: [(&str, &str); 9] = [
    ("bbl", "bbl"),
    ("t", "t"),
    ("mmbtu", "mmbtu"),
    ("mwh", "MWh"),
    ("gj", "GJ"),
    ("tcm", "tcm"),
    ("m3", "m3"),
    ("l", "l"),
    ("gal", "gal"),
];

impl Indices {
    /// Value of an index in a month; none when the series or the month is missing.
    pub fn value(&self, index: &str, month: Month) -> Option<f64> {
        self.0.get(index)?.values.get(&month).copied()
    }

    /// The series in the files `indices/*.csv` of a case.
    ///
    /// Errors: every fault of every file, with its place.
    pub fn from_files(files: &Files) -> Result<Indices, Findings> {
        let mut findings = Findings::default();
        let mut indices = Indices::default();
        for (path, _) in files.iter() {
            let Some(stem) = path.strip_prefix("indices/").and_then(|name| name.strip_suffix(".csv")) else {
                continue;
            };
            let Some(text) = files.text(path, &mut findings) else { continue };
            if let Some(series) = IndexSeries::read_into(path, stem, text, &mut findings) {
                indices.0.insert(series.name.clone(), series);
            }
        }
        findings.or(indices)
    }
}

impl IndexSeries {
    /// Reads a series: columns `month` and `<name>_<unit>`, one row a month, `source` and `note` if wanted.
    ///
    /// An empty value means that nothing was published for the month. `path` names the file in findings; its
    /// name without ending is the name of the series.
    /// Errors: repeated months, months left out, an unknown unit, what is no number.
    ///
    /// ```
    /// use netback::contract::IndexSeries;
    /// let text = "month,brent_usd_per_bbl\n2009-01,44.86\n2009-02,43.24\n";
    /// let series = IndexSeries::read("indices/brent.csv", text)?;
    /// assert_eq!((series.unit.as_str(), series.values.len()), ("USD/bbl", 2));
    /// # Ok::<(), netback::case::Findings>(())
    /// ```
    pub fn read(path: &str, text: &str) -> Result<IndexSeries, Findings> {
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.strip_suffix(".csv").unwrap_or(file);
        let mut findings = Findings::default();
        match IndexSeries::read_into(path, stem, text, &mut findings) {
            Some(series) => findings.or(series),
            None => Err(findings),
        }
    }

    fn read_into(path: &str, name: &str, text: &str, findings: &mut Findings) -> Option<IndexSeries> {
        let table = read_csv(path, text, findings);
        if table.incomplete {
            return None;
        }
        let header = |message: String, help: String, column: usize| {
            Finding::new("index-header", table.header_place(column), message, help)
        };
        let Some(month_column) = table.column("month") else {
            let help = format!("the header of a series is month,{name}_usd_per_bbl,source,note");
            findings.0.push(header("a series has no column month".into(), help, 0));
            return None;
        };
        let others = ["month", "source", "note"];
        let values: Vec<usize> = (0..table.header.len())
            .filter(|&column| !others.contains(&table.header[column].as_str()))
            .collect();
        let [value_column] = values[..] else {
            let message =
                format!("a series has {} columns of values besides month, source, note", values.len());
            let help = format!("give one column, such as {name}_usd_per_bbl");
            findings.0.push(header(message, help, values.get(1).copied().unwrap_or(0)));
            return None;
        };
        let column = table.header[value_column].as_str();
        let unit = column.strip_prefix(&format!("{name}_")).and_then(unit_of_header);
        let Some(unit) = unit else {
            let amounts: Vec<&str> = AMOUNTS.iter().map(|(word, _)| *word).collect();
            let hint = did_you_mean(column, [format!("{name}_usd_per_bbl").as_str()]);
            findings.0.push(header(
                format!("\"{column}\" is not the name of the file and a unit"),
                format!(
                    "{hint}write {name}_<currency>_per_<amount> with a currency of {} and an amount of {} or \
                     another currency, or {name}_points for an index without unit",
                    CURRENCIES.join(", "),
                    amounts.join(", ")
                ),
                value_column,
            ));
            return None;
        };
        let mut series = IndexSeries { name: name.to_string(), unit, values: BTreeMap::new() };
        let mut months: BTreeMap<Month, usize> = BTreeMap::new();
        let before = findings.0.len();
        for (row, content) in table.rows.iter().enumerate() {
            let text = content.cells[month_column].as_str();
            let month: Month = match text.parse() {
                Ok(month) => month,
                Err(error) => {
                    let help = "write year and month as 2009-01";
                    findings.0.push(Finding::new(
                        "not-a-month",
                        table.place(row, month_column),
                        format!("{error}"),
                        help,
                    ));
                    continue;
                }
            };
            if months.insert(month, row).is_some() {
                findings.0.push(Finding::new(
                    "repeated-month",
                    table.place(row, month_column),
                    format!("{month} has two rows"),
                    "keep one of them",
                ));
                continue;
            }
            let text = content.cells[value_column].as_str();
            match text.parse::<f64>() {
                Ok(value) if value.is_finite() && value.abs() <= 1e9 => {
                    series.values.insert(month, value);
                }
                // Nothing was published: what then counts is a rule of the formula.
                Err(_) if text.is_empty() => {}
                _ => findings.0.push(Finding::new(
                    "index-value",
                    table.place(row, value_column),
                    format!("\"{text}\" is no value of an index"),
                    "give a number with a point before its decimals; leave the cell empty when nothing was published",
                )),
            }
        }
        report_gaps(&months, |row| table.place(row, month_column), findings);
        (findings.0.len() == before).then_some(series)
    }
}

/// A finding for every stretch of months without a row.
fn report_gaps(months: &BTreeMap<Month, usize>, place: impl Fn(usize) -> Place, findings: &mut Findings) {
    let all: Vec<(Month, usize)> = months.iter().map(|(&month, &row)| (month, row)).collect();
    for pair in all.windows(2) {
        let ((earlier, _), (later, row)) = (pair[0], pair[1]);
        let missing = later.months_since(earlier) - 1;
        if missing > 0 {
            let message = match missing {
                1 => format!("{} has no row", earlier.plus(1)),
                _ => format!("{} to {} have no rows", earlier.plus(1), later.plus(-1)),
            };
            findings.0.push(Finding::new(
                "index-gap",
                place(row),
                message,
                "add the months; leave the value empty where nothing was published",
            ));
        }
    }
}

/// The unit behind the name in a header: `usd_per_bbl` is USD/bbl, `points` an index without unit.
fn unit_of_header(text: &str) -> Option<String> {
    if text == "points" {
        return Some("points".into());
    }
    let (currency, amount) = text.split_once("_per_")?;
    let known = |word: &str| CURRENCIES.contains(&word).then(|| word.to_uppercase());
    let amount = AMOUNTS
        .iter()
        .find(|(word, _)| *word == amount)
        .map(|(_, unit)| unit.to_string())
        .or_else(|| known(amount))?;
    Some(format!("{}/{amount}", known(currency)?))
}
