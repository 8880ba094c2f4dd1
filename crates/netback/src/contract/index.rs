//! Monthly series of fuel, hub and price indices.

use std::collections::BTreeMap;

use crate::calendar::Month;

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
