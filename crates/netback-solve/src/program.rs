//! Programmes: minimise Σ ½ q x² + c x + curve(x) subject to named rows and bounds.

use crate::curve::Curve;

/// Index of a column of one [`Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub(crate) usize);

/// Index of a row of one [`Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub(crate) usize);

impl ColumnId {
    /// Position in [`Solution::columns`].
    pub fn index(self) -> usize {
        self.0
    }
}

impl RowId {
    /// Position in [`Solution::row_duals`].
    pub fn index(self) -> usize {
        self.0
    }
}

/// A variable: name, bounds (zero and infinity unless said), objective `½ quadratic x² + cost x + curve`.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name in the user's words.
    pub name: String,
    /// Lower bound; may be minus infinity.
    pub lower: f64,
    /// Upper bound; may be infinity.
    pub upper: f64,
    /// Linear coefficient of the objective.
    pub cost: f64,
    /// Quadratic coefficient of the objective; zero or positive.
    pub quadratic: f64,
    /// A smooth convex term besides.
    pub curve: Option<Curve>,
    /// Weight by which a reduced cost is divided to be in the user's price unit.
    pub weight: f64,
}

impl Column {
    /// A column with bounds `[0, ∞)` and no objective.
    pub fn new(name: impl Into<String>) -> Self {
        Column {
            name: name.into(),
            lower: 0.0,
            upper: f64::INFINITY,
            cost: 0.0,
            quadratic: 0.0,
            curve: None,
            weight: 1.0,
        }
    }

    /// With both bounds.
    pub fn bounds(mut self, lower: f64, upper: f64) -> Self {
        (self.lower, self.upper) = (lower, upper);
        self
    }

    /// With an upper bound.
    pub fn at_most(mut self, upper: f64) -> Self {
        self.upper = upper;
        self
    }

    /// With a linear cost.
    pub fn cost(mut self, cost: f64) -> Self {
        self.cost = cost;
        self
    }

    /// With a quadratic coefficient (the objective has half of it times x²).
    pub fn quadratic(mut self, quadratic: f64) -> Self {
        self.quadratic = quadratic;
        self
    }

    /// With a curve.
    pub fn curve(mut self, curve: Curve) -> Self {
        self.curve = Some(curve);
        self
    }

    /// With a weight (see the field).
    pub fn weight(mut self, weight: f64) -> Self {
        self.weight = weight;
        self
    }

    /// Derivative of the objective at `x`.
    pub fn gradient(&self, x: f64) -> f64 {
        self.cost + self.quadratic * x + self.curve.map_or(0.0, |curve| curve.slope(x))
    }

    /// Objective at `x`.
    pub fn objective(&self, x: f64) -> f64 {
        self.cost * x + 0.5 * self.quadratic * x * x + self.curve.map_or(0.0, |curve| curve.value(x))
    }
}

/// A linear constraint `lower ≤ Σ coefficient · column ≤ upper`.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Name in the user's words.
    pub name: String,
    /// Lower bound of the activity; may be minus infinity.
    pub lower: f64,
    /// Upper bound of the activity; may be infinity.
    pub upper: f64,
    /// Coefficients; a column appears once.
    pub entries: Vec<(ColumnId, f64)>,
    /// Weight by which a dual is divided to be in the user's price unit.
    pub weight: f64,
    /// An identity of the model, which always holds; otherwise a requirement that could be given up.
    pub identity: bool,
}

impl Row {
    /// A row without bounds and without entries.
    pub fn new(name: impl Into<String>) -> Self {
        Row {
            name: name.into(),
            lower: f64::NEG_INFINITY,
            upper: f64::INFINITY,
            entries: Vec::new(),
            weight: 1.0,
            identity: false,
        }
    }

    /// As an identity (see the field).
    pub fn identity(mut self) -> Self {
        self.identity = true;
        self
    }

    /// With an upper bound.
    pub fn at_most(mut self, upper: f64) -> Self {
        self.upper = upper;
        self
    }

    /// With a lower bound.
    pub fn at_least(mut self, lower: f64) -> Self {
        self.lower = lower;
        self
    }

    /// As an equation.
    pub fn equal_to(mut self, value: f64) -> Self {
        (self.lower, self.upper) = (value, value);
        self
    }

    /// With one more entry.
    pub fn entry(mut self, column: ColumnId, coefficient: f64) -> Self {
        self.entries.push((column, coefficient));
        self
    }

    /// With a weight (see the field).
    pub fn weight(mut self, weight: f64) -> Self {
        self.weight = weight;
        self
    }

    /// Activity at a point.
    pub fn activity(&self, columns: &[f64]) -> f64 {
        self.entries.iter().map(|&(column, coefficient)| coefficient * columns[column.0]).sum()
    }
}

/// A separable convex programme.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Program {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// A point with the multipliers of the rows: `gradient - Aᵀ row_duals` is the reduced cost.
///
/// A dual is positive where the lower bound of its row binds, negative where the upper bound does.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// One value per column.
    pub columns: Vec<f64>,
    /// One multiplier per row.
    pub row_duals: Vec<f64>,
}

/// Data that no solver should see, with the name of the row or column.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DataFault {
    /// A bound, cost or coefficient is NaN or infinite where it must not be.
    #[error("{what} of \"{name}\" is {value}, not a finite number")]
    NotFinite {
        /// Row or column.
        name: String,
        /// Which number.
        what: &'static str,
        /// The number.
        value: f64,
    },
    /// Lower bound above upper bound.
    #[error("lower bound {lower} of \"{name}\" is above its upper bound {upper}")]
    EmptyInterval {
        /// Row or column.
        name: String,
        /// Lower bound.
        lower: f64,
        /// Upper bound.
        upper: f64,
    },
    /// The objective bends the wrong way.
    #[error("the objective of \"{name}\" is not convex: {why}")]
    NotConvex {
        /// Column.
        name: String,
        /// What was found.
        why: String,
    },
    /// A row names a column twice, or one of another programme.
    #[error("row \"{name}\" {why}")]
    BadEntry {
        /// Row.
        name: String,
        /// What was found.
        why: &'static str,
    },
}

impl Program {
    /// An empty programme.
    pub fn new() -> Self {
        Program::default()
    }

    /// Adds a column.
    pub fn column(&mut self, column: Column) -> ColumnId {
        self.columns.push(column);
        ColumnId(self.columns.len() - 1)
    }

    /// Adds a row.
    pub fn row(&mut self, row: Row) -> RowId {
        self.rows.push(row);
        RowId(self.rows.len() - 1)
    }

    /// Adds an entry to a row; nothing when the coefficient is zero.
    pub fn add_entry(&mut self, row: RowId, column: ColumnId, coefficient: f64) {
        if coefficient != 0.0 {
            self.rows[row.0].entries.push((column, coefficient));
        }
    }

    /// All columns, by index.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// All rows, by index.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Ids of all rows, in order.
    pub fn row_ids(&self) -> impl Iterator<Item = RowId> + use<> {
        (0..self.rows.len()).map(RowId)
    }

    /// Ids of all columns, in order.
    pub fn column_ids(&self) -> impl Iterator<Item = ColumnId> + use<> {
        (0..self.columns.len()).map(ColumnId)
    }

    /// Changes one column in place (bounds or objective between two solves).
    pub fn column_mut(&mut self, column: ColumnId) -> &mut Column {
        &mut self.columns[column.0]
    }

    /// Changes one row in place.
    pub fn row_mut(&mut self, row: RowId) -> &mut Row {
        &mut self.rows[row.0]
    }

    /// Number of coefficients in the rows.
    pub fn nonzeros(&self) -> usize {
        self.rows.iter().map(|row| row.entries.len()).sum()
    }

    /// Objective at a point.
    pub fn objective(&self, columns: &[f64]) -> f64 {
        self.columns.iter().zip(columns).map(|(column, &x)| column.objective(x)).sum()
    }

    /// Every fault of the data; empty when a solver may see it.
    pub fn faults(&self) -> Vec<DataFault> {
        let mut faults = Vec::new();
        for column in &self.columns {
            for (what, value) in [
                ("cost", column.cost),
                ("quadratic coefficient", column.quadratic),
                ("weight", column.weight),
            ] {
                if !value.is_finite() {
                    faults.push(DataFault::NotFinite { name: column.name.clone(), what, value });
                }
            }
            interval_faults(&column.name, column.lower, column.upper, &mut faults);
            if column.quadratic < 0.0 {
                let why = format!("quadratic coefficient {}", column.quadratic);
                faults.push(DataFault::NotConvex { name: column.name.clone(), why });
            }
            if let Some(why) = column.curve.and_then(|curve| curve.fault()) {
                faults.push(DataFault::NotConvex { name: column.name.clone(), why: why.into() });
            }
        }
        let mut seen = vec![usize::MAX; self.columns.len()];
        for (index, row) in self.rows.iter().enumerate() {
            interval_faults(&row.name, row.lower, row.upper, &mut faults);
            for &(column, value) in &row.entries {
                if !value.is_finite() {
                    faults.push(DataFault::NotFinite {
                        name: row.name.clone(),
                        what: "a coefficient",
                        value,
                    });
                }
                match seen.get_mut(column.0) {
                    None => faults.push(DataFault::BadEntry {
                        name: row.name.clone(),
                        why: "names a column of another programme",
                    }),
                    Some(last) if *last == index => faults
                        .push(DataFault::BadEntry { name: row.name.clone(), why: "names a column twice" }),
                    Some(last) => *last = index,
                }
            }
        }
        faults
    }
}

fn interval_faults(name: &str, lower: f64, upper: f64, faults: &mut Vec<DataFault>) {
    for (what, value, wrong) in
        [("lower bound", lower, f64::INFINITY), ("upper bound", upper, f64::NEG_INFINITY)]
    {
        if value.is_nan() || value == wrong {
            faults.push(DataFault::NotFinite { name: name.into(), what, value });
        }
    }
    if lower > upper {
        faults.push(DataFault::EmptyInterval { name: name.into(), lower, upper });
    }
}
