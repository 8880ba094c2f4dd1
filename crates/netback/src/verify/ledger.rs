//! What was checked, and what does not hold.

use super::written::Record;

/// Largest gap that passes: times max(1, |expected|) where one number is compared with what it must be,
/// and in the unit itself where several numbers make an equation, so that a small one among large ones
/// is checked as sharply.
pub(crate) const TOLERANCE: f64 = 2e-6;

/// A number that does not satisfy a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Discrepancy {
    /// Table, or `run.json`.
    pub table: String,
    /// Keys of the row.
    pub row: String,
    /// Column.
    pub column: String,
    /// What stands there, or the left side of the condition.
    pub found: f64,
    /// What must stand there, or the right side of the condition.
    pub expected: f64,
    /// The condition.
    pub rule: &'static str,
}

impl std::fmt::Display for Discrepancy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} · {} · {}: {}", self.table, self.row, self.column, self.rule)?;
        match (self.found.is_nan(), self.expected.is_nan()) {
            (true, true) => Ok(()),
            (true, false) => write!(formatter, "; found nothing, expected {}", self.expected),
            (false, true) => write!(formatter, "; found {}, expected nothing", self.found),
            _ => write!(formatter, "; found {}, expected {}", self.found, self.expected),
        }
    }
}

/// The outcome of a verification.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verification {
    /// Conditions checked.
    pub checked: usize,
    /// Largest |found − expected| / max(1, |expected|) among those that hold.
    pub largest_gap: f64,
    /// Those that do not hold.
    pub findings: Vec<Discrepancy>,
}

/// A verification in progress.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub verification: Verification,
}

impl Ledger {
    /// A number must be what it is said to be, relative to its size.
    pub fn equal(&mut self, record: Record, column: &str, rule: &'static str, expected: f64) {
        let found = record.number(column);
        let bound = TOLERANCE * expected.abs().max(1.0);
        self.note(record.table_name(), column, rule, found, expected, bound, false, &|| record.row_text());
    }

    /// The two sides of an equation of several numbers.
    pub fn fits(&mut self, record: Record, column: &str, rule: &'static str, found: f64, expected: f64) {
        self.note(record.table_name(), column, rule, found, expected, TOLERANCE, false, &|| {
            record.row_text()
        });
    }

    /// As [`Ledger::fits`], where steep terms blow up the rounding of the table by a known bound.
    pub fn fits_within(
        &mut self,
        record: Record,
        column: &str,
        rule: &'static str,
        found: f64,
        expected: f64,
        rounding: f64,
    ) {
        let bound = TOLERANCE + rounding;
        self.note(record.table_name(), column, rule, found, expected, bound, false, &|| record.row_text());
    }

    /// One side at most the other.
    pub fn at_most(&mut self, record: Record, column: &str, rule: &'static str, found: f64, limit: f64) {
        self.note(record.table_name(), column, rule, found, limit, TOLERANCE, true, &|| record.row_text());
    }

    /// An equation about no row of a table.
    pub fn words(
        &mut self,
        table: &str,
        column: &str,
        rule: &'static str,
        found: f64,
        expected: f64,
        row: &dyn Fn() -> String,
    ) {
        self.note(table, column, rule, found, expected, TOLERANCE, false, row);
    }

    /// An inequality about no row of a table.
    pub fn words_at_most(
        &mut self,
        table: &str,
        column: &str,
        rule: &'static str,
        found: f64,
        limit: f64,
        row: &dyn Fn() -> String,
    ) {
        self.note(table, column, rule, found, limit, TOLERANCE, true, row);
    }

    /// A statement about words.
    pub fn says(&mut self, table: &str, column: &str, row: &str, holds: bool, rule: &'static str) {
        self.verification.checked += 1;
        if !holds {
            self.push(table, row.to_string(), column, rule, f64::NAN, f64::NAN);
        }
    }

    /// A cell must be empty, because the equilibrium leaves its number free.
    pub fn empty(&mut self, record: Record, column: &str, rule: &'static str) {
        self.verification.checked += 1;
        let found = record.number(column);
        if !found.is_nan() {
            self.push(record.table_name(), record.row_text(), column, rule, found, f64::NAN);
        }
    }

    /// The value of an upper limit: none where limit and use are zero, never negative, zero below the limit.
    pub fn value(&mut self, record: Record, column: &str, usage: f64, limit: f64) {
        let value = record.number(column);
        // At the edge of nothing the rounding of the table decides; both are right there.
        let nothing = 1e-7;
        if limit.max(usage) < 0.9 * nothing {
            return self.empty(record, column, "free, and therefore not saved, where limit and use are zero");
        }
        if limit.max(usage) < 1.1 * nothing && value.is_nan() {
            return;
        }
        self.at_most(record, column, "never negative", -value, 0.0);
        if usage < limit - TOLERANCE {
            self.equal(record, column, "zero where the limit is not reached", 0.0);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn note(
        &mut self,
        table: &str,
        column: &str,
        rule: &'static str,
        found: f64,
        expected: f64,
        bound: f64,
        one_sided: bool,
        row: &dyn Fn() -> String,
    ) {
        self.verification.checked += 1;
        let gap = if one_sided { (found - expected).max(0.0) } else { (found - expected).abs() };
        // written so that a number that is none does not pass
        if gap <= bound && !found.is_nan() && !expected.is_nan() {
            let relative = gap / expected.abs().max(1.0);
            self.verification.largest_gap = self.verification.largest_gap.max(relative);
        } else {
            self.push(table, row(), column, rule, found, expected);
        }
    }

    fn push(
        &mut self,
        table: &str,
        row: String,
        column: &str,
        rule: &'static str,
        found: f64,
        expected: f64,
    ) {
        let (table, column) = (table.to_string(), column.to_string());
        self.verification.findings.push(Discrepancy { table, row, column, found, expected, rule });
    }
}
