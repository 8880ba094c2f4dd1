//! Saved runs are checked again: sound ones pass, and no planted error does.

use std::path::{Path, PathBuf};

use netback::case::{Case, Files, RawCase, Scenario};
use netback::market::solve;
use netback::report::{Cell, Table, market_tables, wedge_table};
use netback::verify::{Verification, Verifier, Written};
use netback_solve::Settings;

/// A run as it lies on disk.
struct Run {
    name: String,
    verifier: Verifier,
    tables: Vec<Table>,
    written: Written,
    header: serde_json::Value,
}

fn raw(folder: &Path) -> RawCase {
    let files = Files::read(folder).unwrap_or_else(|found| panic!("{found}"));
    RawCase::read(&files).unwrap_or_else(|found| panic!("{found}"))
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases")
}

impl Run {
    fn of(name: &str, raw: &RawCase, scenarios: &[&str]) -> Run {
        let name = format!("{name} {}", scenarios.join(" + "));
        let changed = raw.with_scenarios(scenarios).unwrap_or_else(|found| panic!("{name}: {found}"));
        let solved = Case::from_raw(&changed).unwrap_or_else(|found| panic!("{name}: {found}"));
        let certified =
            solve(&solved, &Settings::default()).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let mut tables = market_tables(&solved, certified.value());
        tables.push(wedge_table(&solved));
        // the case as a run stores it, written and read again
        let stored = RawCase::read(&changed.to_files()).unwrap_or_else(|found| panic!("{name}: {found}"));
        let stored = Case::from_raw(&stored).unwrap_or_else(|found| panic!("{name}: {found}"));
        assert_eq!(stored, solved, "{name}");
        let verifier = Verifier::of(stored);
        let mut files = Files::new();
        for table in &tables {
            table.add_to(&mut files);
        }
        let written = verifier.read(&files);
        let header = serde_json::json!({
            "welfare_million_usd": certified.value().totals.welfare.0,
            "tables": tables.iter().map(|table| table.name.clone()).collect::<Vec<_>>(),
        });
        Run { name, verifier, tables, written, header }
    }

    fn verify(&self) -> Verification {
        self.verifier.verify(&self.written, &self.header, None)
    }

    fn assert_sound(&self) {
        let found = self.verify();
        let text: Vec<String> = found.findings.iter().take(20).map(ToString::to_string).collect();
        assert!(
            found.findings.is_empty(),
            "{}: {} findings\n{}",
            self.name,
            found.findings.len(),
            text.join("\n")
        );
        assert!(found.checked > 50, "{}: only {} conditions", self.name, found.checked);
    }
}

#[test]
fn published_runs_verify() {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(cases().join("published"))
        .expect("cases/published is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.join("case.toml").is_file())
        .collect();
    folders.sort();
    assert!(folders.len() >= 25);
    for folder in folders {
        let raw = raw(&folder);
        let name = folder.file_name().expect("a folder").to_string_lossy().into_owned();
        Run::of(&name, &raw, &[]).assert_sound();
        for scenario in raw.scenario_names() {
            Run::of(&name, &raw, &[scenario]).assert_sound();
        }
    }
}

#[test]
fn runs_of_the_world_verify() {
    let raw = raw(&cases().join("world-2011"));
    for scenario in ["hormuz-closed", "ukraine-cut", "power-of-siberia-built"] {
        Run::of("world-2011", &raw, &[scenario]).assert_sound();
    }
}

/// Deterministic numbers for choices (splitmix64).
struct Choices(u64);

impl Choices {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn text(table: &Table) -> String {
    String::from_utf8(table.csv()).expect("tables are text")
}

/// Plants one error in a number at a time; the errors that were not found.
fn escaped(run: &Run, planted: usize, choices: &mut Choices) -> Vec<String> {
    run.assert_sound();
    let mut written = run.written.clone();
    // what is planted is found for its own sake: the same tables read one by one without an error pass
    for table in &run.tables {
        run.verifier.replace(&mut written, &table.name, &text(table));
    }
    let same = run.verifier.verify(&written, &run.header, None);
    assert_eq!(same, run.verify(), "{}", run.name);
    let mut escaped = Vec::new();
    let filled: Vec<&Table> = run.tables.iter().filter(|table| !table.rows.is_empty()).collect();
    let mut done = 0;
    while done < planted {
        let table = filled[choices.below(filled.len())];
        let (row, column) = (choices.below(table.rows.len()), choices.below(table.header.len()));
        let Cell::Number(value) = table.rows[row][column] else { continue };
        if table.header[column] == "year" {
            continue;
        }
        done += 1;
        let size = 1e-5 * value.abs().max(1.0) * (1.0 + 10.0 * choices.unit());
        let error = if choices.below(2) == 0 { size } else { -size };
        let mut changed = table.clone();
        changed.rows[row][column] = Cell::Number(value + error);
        run.verifier.replace(&mut written, &table.name, &text(&changed));
        let found = run.verifier.verify(&written, &run.header, None);
        if found.findings.is_empty() {
            let cells: Vec<String> = table.rows[row].iter().map(Cell::csv).collect();
            escaped.push(format!(
                "{}: {} {} {error:+e} in {}",
                run.name,
                table.name,
                table.header[column],
                cells.join(",")
            ));
        }
        run.verifier.replace(&mut written, &table.name, &text(table));
    }
    escaped
}

#[test]
fn no_planted_error_passes() {
    let mini = raw(&cases().join("published/mini-eurasia"));
    let world = raw(&cases().join("world-2011"));
    let runs = [
        Run::of("mini-eurasia", &mini, &[]),
        Run::of("mini-eurasia", &mini, &["competitive"]),
        Run::of("mini-eurasia", &mini, &["golombek"]),
        Run::of("world-2011", &world, &[]),
    ];
    let mut choices = Choices(2011);
    let escaped: Vec<String> = runs.iter().flat_map(|run| escaped(run, 250, &mut choices)).collect();
    assert!(escaped.is_empty(), "{} of 1000 errors pass:\n{}", escaped.len(), escaped.join("\n"));
}

#[test]
fn the_run_of_another_case_is_found() {
    let raw = raw(&cases().join("published/mini-eurasia"));
    let run = Run::of("mini-eurasia", &raw, &[]);
    let mut files = Files::new();
    for table in &run.tables {
        table.add_to(&mut files);
    }
    // lines that should have been built, dearer transport, a dearer field, less elastic demand, conduct
    for change in [
        "table = \"pipelines\"\nwhere = { pipeline = \"RUE-CHN\" }\nset = { capex_million_usd_per_bcm_per_year = 1.0 }",
        "table = \"pipelines\"\nwhere = { pipeline = \"RUW-CHN\" }\nset = { capex_million_usd_per_bcm_per_year = 1.0 }",
        "table = \"sea_routes\"\nwhere = { from = \"AUS\" }\nset = { tariff_usd_per_tcm = 85.01 }",
        "table = \"fields\"\nwhere = { field = \"Qatar\" }\nset = { marginal_cost_usd_per_tcm = 25.01 }",
        "table = \"demand\"\nwhere = { node = \"UKR\", year = 2016, season = \"W\" }\nset = { elasticity = -0.9999 }",
        "table = \"storage\"\nwhere = { storage = \"EUR-store\" }\nset = { cost_usd_per_tcm = 8.01 }",
        "table = \"settings\"\nset = { conduct = \"price-taking\" }",
    ] {
        let text = format!("title = \"\"\n[[change]]\n{change}\n");
        let scenario = Scenario::read("other", "other.toml", &text).unwrap_or_else(|found| panic!("{found}"));
        let other = raw.with_scenario(&scenario).unwrap_or_else(|found| panic!("{found}"));
        let verifier = Verifier::of(Case::from_raw(&other).unwrap_or_else(|found| panic!("{found}")));
        let found = verifier.verify(&verifier.read(&files), &run.header, None);
        assert!(!found.findings.is_empty(), "{change} passes");
    }
}

#[test]
fn an_emptied_cell_is_found() {
    let run = Run::of("world-2011", &raw(&cases().join("world-2011")), &[]);
    let mut written = run.written.clone();
    for table in &run.tables {
        for column in 0..table.header.len() {
            let filled = |row: &&Vec<Cell>| matches!(row[column], Cell::Number(_));
            let Some(row) = table.rows.iter().position(|row| filled(&row)) else { continue };
            let mut changed = table.clone();
            changed.rows[row][column] = Cell::Empty;
            run.verifier.replace(&mut written, &table.name, &text(&changed));
            let found = run.verifier.verify(&written, &run.header, None);
            assert!(!found.findings.is_empty(), "{} {} may be emptied", table.name, table.header[column]);
        }
        run.verifier.replace(&mut written, &table.name, &text(table));
    }
}

#[test]
fn missing_doubled_and_unknown_rows_are_found() {
    let run = Run::of("mini-eurasia", &raw(&cases().join("published/mini-eurasia")), &[]);
    for table in run.tables.iter().filter(|table| !table.rows.is_empty()) {
        let mut written = run.written.clone();
        let mut check = |rows: Vec<Vec<Cell>>, what: &str| {
            run.verifier.replace(&mut written, &table.name, &text(&Table { rows, ..table.clone() }));
            let found = run.verifier.verify(&written, &run.header, None);
            assert!(!found.findings.is_empty(), "{what} row of {} passes", table.name);
        };
        check(table.rows[1..].to_vec(), "missing");
        check(table.rows.iter().chain(table.rows.last()).cloned().collect(), "doubled");
        let mut unknown = table.rows.clone();
        let name = unknown[0].iter().position(|cell| matches!(cell, Cell::Text(_))).expect("a name");
        unknown[0][name] = Cell::Text("nobody".into());
        check(unknown, "unknown");
    }
}
