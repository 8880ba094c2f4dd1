//! What stands in the tables is what the case holds, in its units.

use std::path::Path;

use netback::case::{Case, Files};
use netback::units::BcmPerYear;

/// The base of the bad inputs.
fn base() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad/_base");
    Files::read(&folder).expect("the base is a folder")
}

/// The base of the bad inputs with one replacement in a file.
fn base_with(file: &str, from: &str, to: &str) -> Case {
    let mut files = base();
    let text = String::from_utf8(files.get(file).expect("a file of the base").to_vec()).expect("text");
    assert!(text.contains(from), "{file} has no {from}");
    files.insert(file, text.replace(from, to));
    Case::read(&files).unwrap_or_else(|found| panic!("{found}"))
}

fn world() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/world-2011");
    Files::read(&folder).expect("the case is a folder")
}

#[test]
fn a_profile_spreads_the_year_over_its_seasons() {
    // 60 bcm a year, of which 0.3 in the half year of summer: 60 · 0.3 / 0.5 as an annual rate.
    let case = base_with("case.toml", "2020", "2020");
    let rates: Vec<f64> = case.demand[0].quantity.iter().flatten().map(|rate| rate.0).collect();
    assert_eq!(rates.len(), 2);
    assert!((rates[0] - 36.0).abs() < 1e-12 && (rates[1] - 84.0).abs() < 1e-12, "{rates:?}");
    assert_eq!(case.demand[1].quantity, [Some(BcmPerYear(10.0)), None]);
    assert_eq!(case.demand[2].quantity, [Some(BcmPerYear(8.0)); 2]);
}

#[test]
fn a_year_is_discounted_from_the_base_year() {
    let case = base_with("case.toml", "year = 2020\nweight", "year = 2023\nweight");
    assert!((case.calendar.years[0].discount - 1.05_f64.powi(-3)).abs() < 1e-15);
}

#[test]
fn a_calibration_is_held_where_there_is_one() {
    assert!(base_with("case.toml", "2020", "2020").calibration.is_none());
    let files = world();
    let rows = |path: &str| {
        let text = std::str::from_utf8(files.get(path).expect("a calibration")).expect("text");
        text.lines().count() - 1
    };
    let calibration =
        Case::read(&files).unwrap_or_else(|found| panic!("{found}")).calibration.expect("calibrated");
    assert_eq!(calibration.sales.len(), rows("calibration/sales.csv"));
    assert_eq!(calibration.demand.len(), rows("calibration/demand.csv"));
    assert_eq!(calibration.conduct.len(), rows("calibration/conduct.csv"));
}

#[test]
fn ships_and_the_price_of_their_boil_off_may_be_given() {
    let files = world();
    let ships = |files: &Files| {
        let case = Case::read(files).unwrap_or_else(|found| panic!("{found}"));
        let shipping = case.shipping.expect("a standard ship");
        (shipping.fleet_ships, shipping.boil_off_value_usd_per_mmbtu)
    };
    assert_eq!(ships(&files), (Some(240.0), Some(8.0)));
    let text = std::str::from_utf8(files.get("shipping.toml").expect("a standard ship")).expect("text");
    let kept =
        text.lines().filter(|line| !line.starts_with("fleet_ships") && !line.starts_with("boil_off_value"));
    let mut without = files.clone();
    without.insert("shipping.toml", kept.collect::<Vec<_>>().join("\n"));
    assert_eq!(ships(&without), (None, None));
}

#[test]
fn an_index_without_a_name_goes_by_its_key() {
    let mut files = base();
    files.insert(
        "index_levels.csv",
        "index,name,unit,base_level\nbrent,Brent crude,USD/bbl,111\njcc,,USD/bbl,109\n",
    );
    let case = Case::read(&files).unwrap_or_else(|found| panic!("{found}"));
    let names: Vec<&str> = case.index_levels.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(names, ["Brent crude", "jcc"]);
    assert_eq!(case.index_levels[1].level, 109.0);
}

#[test]
fn owners_are_the_actors_of_the_list() {
    let case = base_with("case.toml", "2020", "2020");
    let owners = |pipeline: usize| case.pipelines[pipeline].owners.iter().map(|actor| actor.index());
    assert!(owners(0).eq([0, 1]) && owners(1).eq([0]));
}

#[test]
fn transit_is_refused_where_the_table_says_no() {
    let case = Case::read(&world()).unwrap_or_else(|found| panic!("{found}"));
    let files = world();
    let text = std::str::from_utf8(files.get("transit_rights.csv").expect("rights")).expect("text");
    let refused = text.lines().filter(|line| line.split(',').nth(2) == Some("no")).count();
    assert!(refused > 0);
    assert_eq!(case.no_transit.len(), refused);
}
