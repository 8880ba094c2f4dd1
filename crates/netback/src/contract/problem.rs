//! Small problems with published answers: a file with a `kind`, answered as tables.

mod formulas;
mod options;
mod zones;

use std::collections::BTreeMap;

use crate::case::toml_table::{Source, Toml};
use crate::case::{Finding, Findings};
use crate::report::Table;

/// Answers the problem in a text; `file` names it in findings.
///
/// Errors: every fault of the text, with its place.
pub fn answer_problem(file: &str, text: &str) -> Result<Vec<Table>, Findings> {
    let table: toml::Table =
        toml::from_str(text).map_err(|error| Findings::one(Finding::from_toml(file, text, &error)))?;
    let changed = BTreeMap::new();
    let mut problem = Toml::new(&table, Source { file, text, changed: &changed }, Vec::new());
    let mut findings = Findings::default();
    problem.require("kind", "\"…\"", &mut findings);
    let kinds: Vec<(&str, Answer)> = [formulas::KINDS, options::KINDS, zones::KINDS].concat();
    let answer = problem.word("kind", &kinds, &mut findings);
    let tables = match answer {
        Some(answer) => answer(&mut problem, &mut findings),
        None => None,
    };
    match tables {
        Some(tables) => findings.or(tables),
        None => Err(findings),
    }
}

type Answer = fn(&mut Toml, &mut Findings) -> Option<Vec<Table>>;
