//! What the rows of a table get wrong between their cells or between each other.

use std::collections::BTreeMap;

use super::super::case::{Case, ConductRule, DemandForm};
use super::super::finding::{Finding, Findings};
use super::super::spelling::did_you_mean;
use super::cells::{Row, Tables};
use super::settings::Settings;
use crate::ids::NodeId;

/// Tables in which no two rows may speak of the same thing, by the columns that name it.
const ONE_ROW_EACH: [(&str, &[&str]); 14] = [
    ("demand", &["node", "sector", "year", "season"]),
    ("profiles", &["profile", "season"]),
    ("sea_routes", &["from", "to", "route"]),
    ("conduct", &["trader", "market"]),
    ("customs_unions", &["union", "actor"]),
    ("transit_rights", &["trader", "node"]),
    ("indexation", &["market"]),
    ("observed_sales", &["trader", "market"]),
    ("observed_prices", &["node"]),
    ("observed_border_flows", &["point", "from", "to"]),
    ("calibrated_sales", &["trader", "market"]),
    ("calibrated_seasonal_sales", &["trader", "market", "season"]),
    ("calibrated_demand", &["node", "season"]),
    ("calibrated_conduct", &["region"]),
];

/// Findings of a table, at a row and column.
struct Finder<'a>(&'a mut Findings);

impl Finder<'_> {
    fn find(&mut self, name: &str, row: Row, column: &str, message: String, help: &str) {
        self.0.0.push(Finding::new(name, row.place(column), message, help));
    }
}

/// Checks the rows whose cells are sound.
pub(super) fn check_rows(tables: &Tables, settings: &Settings, findings: &mut Findings) {
    let mut finder = Finder(findings);
    for (table, columns) in ONE_ROW_EACH {
        one_row_each(tables, table, columns, &mut finder);
    }
    degrees(tables, &mut finder);
    losses(tables, &mut finder);
    ends(tables, &mut finder);
    curves(tables, &mut finder);
    profiles(tables, &mut finder);
    contracts(tables, &mut finder);
    service_years(tables, &mut finder);
    storage(tables, &mut finder);
    if !settings.has_shipping {
        voyages(tables, &mut finder);
    }
}

/// Checks that the series which observed prices name are there.
pub(super) fn check_series(tables: &Tables, known: &[&str], findings: &mut Findings) {
    let mut finder = Finder(findings);
    for row in tables.sound("observed_prices") {
        let name = row.text("monthly_series");
        if !name.is_empty() && !known.contains(&name.as_str()) {
            let message = format!("monthly_series \"{name}\" is no file of indices");
            let hint = did_you_mean(&name, known.iter().copied());
            let help = format!("{hint}add indices/{name}.csv or leave the cell empty");
            finder.find("unknown-identifier", row, "monthly_series", message, &help);
        }
    }
}

fn one_row_each(tables: &Tables, table: &str, columns: &[&str], finder: &mut Finder) {
    let mut seen: BTreeMap<Vec<String>, Row> = BTreeMap::new();
    for row in tables.sound(table) {
        let key: Vec<String> = columns.iter().map(|column| row.cell(column)).collect();
        let Some(first) = seen.get(&key) else {
            seen.insert(key, row);
            continue;
        };
        let named: Vec<String> = columns
            .iter()
            .zip(&key)
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(column, cell)| format!("{column} \"{cell}\""))
            .collect();
        let message = format!("{table} has a second row for {}", named.join(", "));
        let help = format!("the first is at {}; keep one of them", first.place(columns[0]));
        finder.find("repeated-row", row, columns[0], message, &help);
    }
}

fn degrees(tables: &Tables, finder: &mut Finder) {
    for table in ["nodes", "chokepoints"] {
        for row in tables.sound(table) {
            for (column, limit, help) in [
                ("longitude", 180.0, "give degrees east, from -180 to 180"),
                (
                    "latitude",
                    90.0,
                    "give degrees north, from -90 to 90; longitude and latitude may be swapped",
                ),
            ] {
                if let Some(degrees) = row.optional(column).filter(|degrees| degrees.abs() > limit) {
                    finder.find("off-the-globe", row, column, format!("{column} is {degrees}"), help);
                }
            }
        }
    }
}

fn losses(tables: &Tables, finder: &mut Finder) {
    for table in ["pipelines", "liquefaction", "regasification", "sea_routes", "storage"] {
        for row in tables.sound(table).filter(|row| row.number("loss_fraction") >= 1.0) {
            let message = "loss_fraction is 1: nothing arrives".into();
            finder.find("nothing-arrives", row, "loss_fraction", message, "give a share below 1");
        }
    }
}

fn ends(tables: &Tables, finder: &mut Finder) {
    let help = "give two different nodes";
    for row in tables.sound("pipelines").filter(|row| row.index("from") == row.index("to")) {
        let message = format!("pipeline \"{}\" leads to the node it starts from", row.text("pipeline"));
        finder.find("leads-to-itself", row, "to", message, help);
    }
    for row in tables.sound("sea_routes").filter(|row| row.index("from") == row.index("to")) {
        let message = "this sea route leads to the node it starts from".into();
        finder.find("leads-to-itself", row, "to", message, help);
    }
}

fn curves(tables: &Tables, finder: &mut Finder) {
    for row in tables.sound("fields") {
        let curvature = row.number("cost_curvature_usd_per_tcm");
        if curvature > 0.0 {
            let message =
                format!("field \"{}\": cost_curvature_usd_per_tcm is {curvature}", row.text("field"));
            let help = "the Golombek term is zero or negative";
            finder.find("rising-curvature", row, "cost_curvature_usd_per_tcm", message, help);
        }
        let barrier_cost = row.number("cost_barrier_million_usd_per_year");
        if barrier_cost > 0.0 && curvature < 0.0 {
            let message =
                format!("field \"{}\" has both a Golombek term and a cost barrier", row.text("field"));
            let help = "keep one of the two";
            finder.find("two-cost-curves", row, "cost_barrier_million_usd_per_year", message, help);
        }
        let capacity = row.number("capacity_bcm_per_year");
        if let Some(barrier) = row.optional("barrier_bcm_per_year").filter(|&barrier| barrier <= capacity) {
            let message = format!(
                "field \"{}\": barrier {barrier} bcm/yr is not above the capacity {capacity} bcm/yr",
                row.text("field")
            );
            let help = "raise the barrier or lower the capacity";
            finder.find("barrier-below-capacity", row, "barrier_bcm_per_year", message, help);
        }
    }
    let with_curve = |row: &Row| row.text("form") != "fixed" && row.number("quantity_bcm_per_year") > 0.0;
    for row in tables.sound("demand").filter(with_curve) {
        let elasticity = row.number("elasticity");
        if elasticity >= 0.0 {
            let message = format!("elasticity is {elasticity}: demand would not fall with the price");
            finder.find("rising-demand", row, "elasticity", message, "give a negative number, such as -0.2");
        }
        let price = row.number("price_usd_per_tcm");
        if price.max(row.number("price_floor_usd_per_tcm")) <= 0.0 {
            let message = format!("reference price is {price}");
            let help = "give a positive price, or a price floor";
            finder.find("no-reference-price", row, "price_usd_per_tcm", message, help);
        }
    }
}

fn profiles(tables: &Tables, finder: &mut Finder) {
    if !tables.is_sound("profiles") {
        return;
    }
    let mut totals: BTreeMap<String, (Row, f64)> = BTreeMap::new();
    for row in tables.rows("profiles") {
        totals.entry(row.text("profile")).or_insert((row, 0.0)).1 += row.number("share");
    }
    for (profile, (row, total)) in totals {
        if (total - 1.0).abs() > 1e-6 {
            let message = format!("the shares of profile \"{profile}\" add up to {total}, not to 1");
            let help = "give a row for every season with shares that add up to 1";
            finder.find("profile-shares", row, "share", message, help);
        }
    }
}

fn contracts(tables: &Tables, finder: &mut Finder) {
    for row in tables.sound("contracts") {
        if let (Some(minimum), Some(maximum)) =
            (row.optional("minimum_bcm_per_year"), row.optional("maximum_bcm_per_year"))
            && minimum > maximum
        {
            let message = format!(
                "contract \"{}\": minimum {minimum} bcm/yr is above its maximum {maximum} bcm/yr",
                row.text("contract")
            );
            let help = "lower the minimum or raise the maximum";
            finder.find("minimum-above-maximum", row, "minimum_bcm_per_year", message, help);
        }
    }
    for row in tables.sound("transit_contracts") {
        if row.optional("booking_bcm_per_year").is_some()
            && row.optional("commodity_tariff_usd_per_tcm").is_none()
        {
            let message = format!(
                "transit contract \"{}\" has a booking without commodity tariff",
                row.text("contract")
            );
            let help = "give commodity_tariff_usd_per_tcm: the charge within the booking";
            finder.find("booking-without-charge", row, "booking_bcm_per_year", message, help);
        }
    }
}

fn service_years(tables: &Tables, finder: &mut Finder) {
    for (table, id) in [
        ("fields", "field"),
        ("pipelines", "pipeline"),
        ("liquefaction", "terminal"),
        ("regasification", "terminal"),
        ("storage", "storage"),
        ("contracts", "contract"),
        ("transit_contracts", "contract"),
    ] {
        for row in tables.sound(table) {
            let years = row.years(true);
            if years.first_year > years.last_year {
                let message = format!(
                    "{id} \"{}\": first_year {} is after last_year {}",
                    row.text(id),
                    years.first_year,
                    years.last_year
                );
                finder.find("years-swapped", row, "first_year", message, "swap them");
            }
        }
    }
}

fn storage(tables: &Tables, finder: &mut Finder) {
    for row in tables.sound("storage") {
        let gives = row.number("withdrawal_bcm_per_year") > 0.0 && row.number("working_volume_bcm") > 0.0;
        if gives && row.number("injection_bcm_per_year") == 0.0 {
            let message =
                format!("storage \"{}\" gives gas and takes none: it stays empty", row.text("storage"));
            let help = "give an injection rate, or close the storage by its status";
            finder.find("storage-never-filled", row, "injection_bcm_per_year", message, help);
        }
    }
}

fn voyages(tables: &Tables, finder: &mut Finder) {
    let own_cost =
        |row: &Row| row.optional("tariff_usd_per_tcm").is_some() && row.optional("loss_fraction").is_some();
    for row in tables.sound("sea_routes").filter(|row| !own_cost(row)) {
        let message = "this sea route has no tariff and loss of its own, and the case has no shipping.toml";
        let help = "add shipping.toml, or tariff_usd_per_tcm and loss_fraction";
        finder.find("voyage-without-cost", row, "nautical_miles", message.into(), help);
    }
}

/// Demand of constant elasticity where a trader has conduct above 0.
pub(super) fn check_conduct(case: &Case, tables: &Tables, findings: &mut Findings) {
    let mut finder = Finder(findings);
    for (row, demand) in tables.rows("demand").zip(&case.demand) {
        if demand.form == DemandForm::ConstantElasticity && strategic_market(case, demand.node) {
            let message = format!(
                "market \"{}\" has demand of constant elasticity and a trader with conduct above 0",
                case.nodes[demand.node.index()].id
            );
            let help = "use linear demand here, or conduct 0: no single convex programme holds both";
            finder.find("mixed-conduct", row, "form", message, help);
        }
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
