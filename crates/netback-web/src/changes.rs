//! What a reader of the page changes, as the text of a scenario file.

use netback::case::Case;
use serde::{Deserialize, Serialize};
use toml::Value;

use crate::force_majeure::Shipments;

/// One change to the world, by names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// A scenario of the case. Scenarios apply before every other change.
    Scenario {
        /// Name of its file.
        name: String,
    },
    /// LNG that may pass a strait or canal; 0 closes it, and contracts without another way by sea lapse.
    Chokepoint {
        /// Identifier.
        id: String,
        /// In bcm/yr.
        capacity: f64,
    },
    /// Capacity of an asset as a share of what it is; 0 closes it.
    Capacity {
        /// Table of the asset.
        table: AssetTable,
        /// Identifier.
        id: String,
        /// Share that is left.
        share: f64,
    },
    /// A proposed asset stands.
    Build {
        /// Table of the asset.
        table: AssetTable,
        /// Identifier.
        id: String,
    },
    /// Reference demand of all nodes of an actor.
    Demand {
        /// Identifier of the actor.
        actor: String,
        /// Factor on the quantity.
        factor: f64,
    },
    /// Level of a fuel index.
    Index {
        /// Identifier.
        id: String,
        /// In the unit of the index.
        level: f64,
    },
}

/// Tables whose rows can be closed, derated or built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum AssetTable {
    Pipelines,
    Fields,
    Liquefaction,
    Regasification,
    Storage,
}

impl AssetTable {
    fn name(self) -> &'static str {
        match self {
            AssetTable::Pipelines => "pipelines",
            AssetTable::Fields => "fields",
            AssetTable::Liquefaction => "liquefaction",
            AssetTable::Regasification => "regasification",
            AssetTable::Storage => "storage",
        }
    }

    fn key(self) -> &'static str {
        match self {
            AssetTable::Pipelines => "pipeline",
            AssetTable::Fields => "field",
            AssetTable::Liquefaction | AssetTable::Regasification => "terminal",
            AssetTable::Storage => "storage",
        }
    }
}

/// The scenario file of a list of changes, to be read by `netback solve CASE --scenario FILE`.
///
/// `shipments` of the base say which contracts lapse when straits are closed.
/// Errors: a number that is no share, factor, capacity or level; an actor without nodes; in one sentence.
pub fn scenario_text(
    case: &Case,
    shipments: &Shipments,
    title: &str,
    changes: &[Change],
) -> Result<String, String> {
    let mut text = format!("title = {}\n", quoted(title));
    let included: Vec<String> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Scenario { name } => Some(quoted(name)),
            _ => None,
        })
        .collect();
    if !included.is_empty() {
        text.push_str(&format!("include = [{}]\n", included.join(", ")));
    }
    for change in changes {
        match change {
            Change::Scenario { .. } => {}
            Change::Chokepoint { id, capacity } => {
                let what =
                    format!("capacity_bcm_per_year = {}", number(*capacity, "the capacity of a strait")?);
                push(&mut text, "chokepoints", &format!("chokepoint = {}", quoted(id)), "set", &what);
            }
            Change::Capacity { table, id, share } => {
                let share = number(*share, "the share of a capacity")?;
                for (operation, what) in capacities(case, *table, id, share) {
                    push(&mut text, table.name(), &row(*table, id), operation, &what);
                }
            }
            Change::Build { table, id } => {
                let first = case.calendar.years.first().map_or(case.base_year, |year| year.year);
                let what = format!("status = \"existing\", first_year = {first}");
                push(&mut text, table.name(), &row(*table, id), "set", &what);
            }
            Change::Demand { actor, factor } => {
                let factor = number(*factor, "the factor on demand")?;
                let nodes = nodes_with_demand(case, actor);
                if nodes.is_empty() {
                    return Err(format!("\"{actor}\" has no node with demand"));
                }
                let what = format!("quantity_bcm_per_year = {factor}");
                push(&mut text, "demand", &format!("node = [{}]", nodes.join(", ")), "scale", &what);
            }
            Change::Index { id, level } => {
                let what = format!("level = {}", number(*level, "the level of an index")?);
                push(&mut text, "index_levels", &format!("index = {}", quoted(id)), "set", &what);
            }
        }
    }
    let lapsed = shipments.shut_contracts(case, &closed_straits(case, changes));
    if !lapsed.is_empty() {
        text.push_str("\n# force majeure: no other way by sea is left to these\n");
        let names: Vec<String> = lapsed.iter().map(|id| quoted(id)).collect();
        let row = format!("contract = [{}]", names.join(", "));
        push(&mut text, "contracts", &row, "set", "minimum_bcm_per_year = 0");
    }
    Ok(text)
}

/// Positions of the straits that a list of changes closes.
fn closed_straits(case: &Case, changes: &[Change]) -> Vec<usize> {
    let closed = changes.iter().filter_map(|change| match change {
        Change::Chokepoint { id, capacity } if *capacity == 0.0 => Some(id),
        _ => None,
    });
    closed.filter_map(|id| case.chokepoints.iter().position(|point| point.id == *id)).collect()
}

fn push(text: &mut String, table: &str, row: &str, operation: &str, what: &str) {
    text.push_str(&format!(
        "\n[[change]]\ntable = \"{table}\"\nwhere = {{ {row} }}\n{operation} = {{ {what} }}\n"
    ));
}

fn row(table: AssetTable, id: &str) -> String {
    format!("{} = {}", table.key(), quoted(id))
}

/// Operations on every capacity that the asset has.
fn capacities(case: &Case, table: AssetTable, id: &str, share: f64) -> Vec<(&'static str, String)> {
    let mut columns = vec!["capacity_bcm_per_year"];
    match table {
        AssetTable::Storage => {
            columns = vec!["working_volume_bcm", "injection_bcm_per_year", "withdrawal_bcm_per_year"];
        }
        AssetTable::Fields => {
            let field = case.fields.iter().find(|field| field.id == id);
            if field.is_some_and(|field| field.annual_capacity.is_some()) {
                columns.push("annual_capacity_bcm_per_year");
            }
        }
        AssetTable::Liquefaction => {
            let terminal = case.liquefaction.iter().find(|terminal| terminal.id == id);
            if terminal.is_some_and(|terminal| terminal.annual_capacity.is_some()) {
                columns.push("annual_capacity_bcm_per_year");
            }
        }
        AssetTable::Pipelines | AssetTable::Regasification => {}
    }
    let value = if share == 0.0 { "0".to_string() } else { share.to_string() };
    let operation = if share == 0.0 { "set" } else { "scale" };
    let cells: Vec<String> = columns.into_iter().map(|column| format!("{column} = {value}")).collect();
    vec![(operation, cells.join(", "))]
}

fn nodes_with_demand(case: &Case, actor: &str) -> Vec<String> {
    let mut nodes: Vec<String> = Vec::new();
    for row in &case.demand {
        let node = &case.nodes[row.node.index()];
        let name = quoted(&node.id);
        if case.actors[node.actor.index()].id == actor && !nodes.contains(&name) {
            nodes.push(name);
        }
    }
    nodes
}

/// Numbers that a scenario file may hold; a share of 1000 is a slip.
fn number(value: f64, what: &str) -> Result<f64, String> {
    match value.is_finite() && (0.0..=1e5).contains(&value) {
        true => Ok(value),
        false => Err(format!("{what} is {value}; give a number from 0 to 100,000")),
    }
}

fn quoted(text: &str) -> String {
    Value::String(text.to_string()).to_string()
}
