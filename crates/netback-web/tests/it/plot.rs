//! The map of a run as a picture.

use std::path::Path;

use netback::case::{Case, Files, RawCase};
use netback::market::solve;
use netback::report::market_tables;
use netback_solve::Settings;
use netback_web::{Part, map_svg, png};

fn run_of(case: &str, scenarios: &[&str]) -> (Case, Files) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases").join(case);
    let raw = RawCase::read(&Files::read(&folder).expect("files")).expect("text");
    let case = Case::from_raw(&raw.with_scenarios(scenarios).expect("scenarios")).expect("a case");
    let solved = solve(&case, &Settings::default()).expect("an equilibrium");
    let mut tables = Files::new();
    market_tables(&case, solved.value()).iter().for_each(|table| table.add_to(&mut tables));
    (case, tables)
}

#[test]
fn a_map_shows_straits_with_their_gas_and_becomes_a_picture() {
    let (case, tables) = run_of("world-2011", &[]);
    let (closed_case, closed) = run_of("world-2011", &["hormuz-closed"]);
    for part in [Part::Eurasia, Part::Europe, Part::World] {
        let svg = map_svg(&case, &tables, "A <title> & more", part).expect("a map");
        assert!(svg.contains("A &lt;title&gt; &amp; more, 2011"));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{part:?}");
        let picture = png(&svg, 1.0).expect("a picture");
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 20_000, "{} bytes", picture.len());
    }
    let open = map_svg(&case, &tables, "x", Part::Eurasia).expect("a map");
    let shut = map_svg(&closed_case, &closed, "x", Part::Eurasia).expect("a map");
    assert!(open.contains(">Hormuz 109<"), "Hormuz without its gas");
    assert!(shut.contains(">Hormuz closed<"));
    let lanes = |svg: &str| svg.matches("stroke=\"#1b7f8c\"").count();
    assert!(lanes(&shut) > 10 && lanes(&open) > 10);
}

#[test]
fn no_map_without_places() {
    let (case, tables) = run_of("published/mini-eurasia", &[]);
    let why = map_svg(&case, &tables, "x", Part::World).expect_err("no places");
    assert!(why.contains("no longitude and latitude"), "{why}");
}
