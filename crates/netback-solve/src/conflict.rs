//! The smallest set of named requirements that contradict each other.
//!
//! Rows are either identities of the model, which always hold, or requirements of its user, which could be
//! given up; finite upper bounds and fixed or positive lower bounds of columns are requirements too. An
//! elastic programme prices the violation of every requirement; those with a price carry the conflict. A
//! deletion filter then drops one after the other: what remains is minimal, since without any of its members
//! the rest can be met.
//! Source: Chinneck 2008, Feasibility and Infeasibility in Optimization, chapters 6.1 and 6.2.

use crate::program::{Column, ColumnId, Program, Row};
use crate::solve::{Settings, solve_once};

/// A requirement: a row, or the bounds of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Requirement {
    Row(usize),
    Bounds(usize),
}

/// Names of a smallest set of requirements that contradict each other given the identities of the model, in
/// the order of the programme; none when all can be met or the conflict lies in the identities alone.
///
/// Minimal: without any one member the others can be met. Costs one linear programme per member of the first
/// set found.
pub fn smallest_conflict(program: &Program, settings: &Settings) -> Option<Vec<String>> {
    let all: Vec<Requirement> = requirements(program);
    let mut kept = priced(program, &all, settings)?;
    let mut index = 0;
    while index < kept.len() {
        let mut without = kept.clone();
        without.remove(index);
        match violation(program, &without, settings) {
            Some(violated) if violated > settings.tolerance * settings.scale => kept = without,
            _ => index += 1,
        }
    }
    Some(kept.into_iter().map(|requirement| name(program, requirement)).collect())
}

fn requirements(program: &Program) -> Vec<Requirement> {
    let rows = program.rows().iter().enumerate().filter(|(_, row)| !row.identity);
    let columns = program.columns().iter().enumerate().filter(|(_, column)| is_required(column));
    rows.map(|(index, _)| Requirement::Row(index))
        .chain(columns.map(|(index, _)| Requirement::Bounds(index)))
        .collect()
}

/// Zero or minus infinity below and nothing above is nature, not a requirement.
fn is_required(column: &Column) -> bool {
    column.upper.is_finite() || (column.lower.is_finite() && column.lower != 0.0)
}

fn name(program: &Program, requirement: Requirement) -> String {
    match requirement {
        Requirement::Row(index) => {
            let row = &program.rows()[index];
            format!("{} {}", row.name, limits(row.lower, row.upper))
        }
        Requirement::Bounds(index) => {
            let column = &program.columns()[index];
            format!("{} {}", column.name, limits(column.lower, column.upper))
        }
    }
}

fn limits(lower: f64, upper: f64) -> String {
    if lower == upper {
        format!("is {lower}")
    } else if lower.is_finite() && upper.is_finite() && lower != 0.0 {
        format!("is between {lower} and {upper}")
    } else if upper.is_finite() {
        format!("is at most {upper}")
    } else {
        format!("is at least {lower}")
    }
}

/// The requirements whose violation has a price; none when all can be met.
fn priced(program: &Program, all: &[Requirement], settings: &Settings) -> Option<Vec<Requirement>> {
    let elastic = Elastic::of(program, all);
    let held = solve_once(&elastic.program, settings).held?;
    let violated = elastic.program.objective(&held.value().columns);
    if violated <= settings.tolerance * settings.scale {
        return None;
    }
    let priced: Vec<Requirement> = all
        .iter()
        .zip(&elastic.rows)
        .filter(|(_, row)| held.value().row_duals[row.index()].abs() > 1e-7)
        .map(|(&requirement, _)| requirement)
        .collect();
    // Multipliers below the threshold may still be needed; then the filter starts from everything.
    match violation(program, &priced, settings) {
        Some(violated) if violated > settings.tolerance * settings.scale => Some(priced),
        _ => Some(all.to_vec()),
    }
}

/// Least total violation of a set of requirements; none when it could not be certified.
fn violation(program: &Program, set: &[Requirement], settings: &Settings) -> Option<f64> {
    let elastic = Elastic::of(program, set);
    let held = solve_once(&elastic.program, settings).held?;
    Some(elastic.program.objective(&held.value().columns))
}

/// The programme without objective, with identities hard and a set of requirements elastic.
struct Elastic {
    program: Program,
    /// One row for each requirement of the set.
    rows: Vec<crate::program::RowId>,
}

impl Elastic {
    fn of(program: &Program, set: &[Requirement]) -> Elastic {
        let mut elastic = Program::new();
        let ids: Vec<ColumnId> = program
            .columns()
            .iter()
            .map(|column| {
                let lower = if column.lower >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
                elastic.column(Column::new(column.name.clone()).bounds(lower, f64::INFINITY))
            })
            .collect();
        for row in program.rows().iter().filter(|row| row.identity) {
            elastic.row(row.clone());
        }
        let rows = set
            .iter()
            .map(|&requirement| {
                let (lower, upper, entries) = match requirement {
                    Requirement::Row(index) => {
                        let row = &program.rows()[index];
                        (row.lower, row.upper, row.entries.clone())
                    }
                    Requirement::Bounds(index) => {
                        let column = &program.columns()[index];
                        (column.lower, column.upper, vec![(ids[index], 1.0)])
                    }
                };
                let mut row = Row::new(name(program, requirement));
                (row.lower, row.upper, row.entries) = (lower, upper, entries);
                if lower.is_finite() {
                    let more = elastic.column(Column::new(format!("missing: {}", row.name)).cost(1.0));
                    row.entries.push((more, 1.0));
                }
                if upper.is_finite() {
                    let less = elastic.column(Column::new(format!("too much: {}", row.name)).cost(1.0));
                    row.entries.push((less, -1.0));
                }
                elastic.row(row)
            })
            .collect();
        Elastic { program: elastic, rows }
    }
}
