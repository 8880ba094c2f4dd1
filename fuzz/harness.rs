//! What is done with the bytes of a fuzzer: every reader of the program, and the solver on any programme.
//!
//! No function here may panic, whatever the bytes. The fuzz targets and the replay of the corpus in the tests
//! (`crates/netback/tests/it/corpus.rs`) call the same functions.

use std::cell::RefCell;
use std::path::Path;
use std::sync::LazyLock;

use netback::bargaining::{GameFile, GameKind, answer_game, read_players, read_unions};
use netback::calendar::Month;
use netback::case::{Case, Files, RawCase, Scenario};
use netback::contract::{Contract, Deal, IndexSeries, Indices, PriceFormula, answer_problem};
use netback::report::read_csv_rows;
use netback::study::Study;
use netback::units::{Gas, Unit, convert, read_quantity};
use netback_solve::{Column, Curve, Program, Row, Settings, WhyStopped, natural_residual, solve};

/// A target: its name (and the folder of its corpus) and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 14] = [
    ("tables", tables),
    ("settings", settings),
    ("scenario", scenario),
    ("study", study),
    ("quantity", quantity),
    ("run", run),
    ("programme", programme),
    ("price", price),
    ("index", index),
    ("contract", contract),
    ("problem", problem),
    ("deal", deal),
    ("game", game),
    ("players", players),
];

fn folder(path: &str) -> Files {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The crate of the targets stands one folder below the root, that of the tests two.
    let [near, far] = ["..", "../.."].map(|root| here.join(root).join(path));
    Files::read(if near.is_dir() { &near } else { &far }).expect("the base case is there")
}

/// Three nodes, two fields, every kind of asset, one scenario: more rows would only repeat what these show.
static SMALL: LazyLock<(Files, RawCase)> = LazyLock::new(|| {
    let files = folder("crates/netback/tests/bad/_base");
    let raw = RawCase::read(&files).expect("the base case is readable");
    (files, raw)
});

/// The world of 2011, for what is read beside a case that is the same for all inputs.
static WORLD: LazyLock<(RawCase, Case)> = LazyLock::new(|| {
    let raw = RawCase::read(&folder("cases/world-2011")).expect("the world is readable");
    let case = Case::from_raw(&raw).expect("the world is a case");
    (raw, case)
});

const FILES: [&str; 30] = [
    "nodes.csv",
    "actors.csv",
    "traders.csv",
    "fields.csv",
    "demand.csv",
    "pipelines.csv",
    "liquefaction.csv",
    "regasification.csv",
    "sea_routes.csv",
    "chokepoints.csv",
    "storage.csv",
    "contracts.csv",
    "transit_rights.csv",
    "shipping.toml",
    "transit_contracts.csv",
    "profiles.csv",
    "conduct.csv",
    "taxes.csv",
    "customs_unions.csv",
    "index_levels.csv",
    "indexation.csv",
    "sources.csv",
    "observed/sales.csv",
    "observed/prices.csv",
    "observed/border_flows.csv",
    "calibration/sales.csv",
    "calibration/seasonal_sales.csv",
    "calibration/demand.csv",
    "calibration/conduct.csv",
    "scenarios/cold.toml",
];

/// The first byte chooses a file of the small case, the others replace it.
pub fn tables(bytes: &[u8]) {
    let Some((&which, text)) = bytes.split_first() else { return };
    read_case(FILES[usize::from(which) % FILES.len()], text, which >= 240);
}

/// The bytes are case.toml.
pub fn settings(bytes: &[u8]) {
    read_case("case.toml", bytes, bytes.len().is_multiple_of(16));
}

/// Reads the small case with one file replaced, and checks it. Of one input in sixteen all files are read anew, and
/// the case is checked under its scenario too; the others share what was read of the other files.
fn read_case(path: &str, bytes: &[u8], all_anew: bool) {
    let (files, raw) = &*SMALL;
    let case = if all_anew {
        let mut files = files.clone();
        files.insert(path, bytes);
        Case::read(&files)
    } else {
        let mut raw = raw.clone();
        raw.add_file(path, bytes).and_then(|()| Case::from_raw(&raw))
    };
    if let Err(findings) = case {
        assert!(!findings.0.is_empty());
        let _ = findings.to_string();
    }
}

/// The bytes are a scenario, applied to the small case.
pub fn scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(scenario) = Scenario::read("fuzz", "fuzz.toml", text) else { return };
    if let Ok(raw) = SMALL.1.with_scenario(&scenario) {
        let _ = Case::from_raw(&raw).map_err(|findings| findings.to_string());
    }
}

/// The bytes are a study.
pub fn study(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Study::read("fuzz.toml", text).map_err(|findings| findings.to_string());
    }
}

/// The bytes are two quantities, one a line: read, and the first converted to the unit of the second.
pub fn quantity(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut units = text.lines().map(|line| {
        let (value, unit) = read_quantity(line).ok()?;
        Some((value, Unit::read(unit, &Gas::STANDARD).ok()?))
    });
    if let (Some(Some((value, from))), Some(Some((_, to)))) = (units.next(), units.next()) {
        let _ = convert(value, &from, &to, Some(1.3));
    }
}

/// The bytes are a table of a run.
pub fn run(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = read_csv_rows(text);
    }
}

/// The bytes are a price formula, evaluated for a month when it is one.
pub fn price(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(formula) = PriceFormula::from_toml("fuzz.toml", text) {
        let _ = (formula.sentence(), formula.equation());
        let _ = formula.price_on(Month::new(2011, 10), &|_, _| Some(100.0));
    }
}

/// The bytes are a monthly series.
pub fn index(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = IndexSeries::read("indices/fuzz.csv", text).map_err(|findings| findings.to_string());
    }
}

/// The bytes are a contract, whose account is drawn up when it is one.
pub fn contract(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(contract) = Contract::read("fuzz.toml", text) {
        let _ = contract.account(&Indices::default());
    }
}

/// The bytes are a problem with a published answer: read and answered, unless it is a large one.
pub fn problem(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // options are computed at length; what reads them is fuzzed by their first bytes
    if ["netback-parity", "nash", "averaging", "price", "conversion", "energy", "figures"]
        .iter()
        .any(|kind| text.lines().next().is_some_and(|line| line.contains(kind)))
    {
        let _ = answer_problem("fuzz.toml", text).map_err(|findings| findings.to_string());
    }
}

/// The bytes are a deal of the world.
pub fn deal(bytes: &[u8]) {
    // The text is exchanged in one copy of the case: only the deal is read anew.
    thread_local!(static RAW: RefCell<RawCase> = RefCell::new(WORLD.0.clone()));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    RAW.with_borrow_mut(|raw| {
        raw.add_text("deals/fuzz.toml", text);
        if let Err(findings) = Deal::read(raw, &WORLD.1, "fuzz") {
            assert!(!findings.0.is_empty(), "refused without a reason");
            let _ = findings.to_string();
        }
    });
}

/// The bytes are a game and, below a line of `---`, the table next to it; answered when it is a small one.
pub fn game(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (text, table) = text.split_once("\n---\n").unwrap_or((text, ""));
    let read = GameFile::read("fuzz.toml", text, &|_| Ok(table.to_string()));
    match read.map_err(|findings| findings.to_string()) {
        Ok(file) if is_soon_answered(&file) => {
            let _ = answer_game(&file, None, None).map_err(|fault| fault.to_string());
        }
        _ => {}
    }
}

fn is_soon_answered(file: &GameFile) -> bool {
    match &file.kind {
        GameKind::Listed(_) => file.players.len() <= 4,
        GameKind::SampledVote { sampling, .. } | GameKind::SampledValues { sampling, .. } => {
            sampling.pairs <= 100
        }
        GameKind::Airport(classes) => classes.len() <= 100,
    }
}

/// The bytes are players of the world, and unions of them on the second line.
pub fn players(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (players, unions) = text.split_once('\n').unwrap_or((text, ""));
    if let Ok(players) = read_players(&WORLD.1, players).map_err(|findings| findings.to_string()) {
        let names: Vec<String> = players.into_iter().map(|player| player.name).collect();
        let _ = read_unions(&names, unions).map_err(|findings| findings.to_string());
    }
}

/// The bytes are a small programme: its answer is certified, or its cause is named.
pub fn programme(bytes: &[u8]) {
    let mut bytes = bytes.iter().copied();
    let mut next = || bytes.next().unwrap_or(0);
    let mut program = Program::new();
    let columns: Vec<_> = (0..1 + next() % 6)
        .map(|index| {
            let (a, b) = (number(next()), number(next()));
            let mut column = Column::new(format!("column {index}")).bounds(a, b).cost(number(next()));
            column.quadratic = number(next() % 64);
            column.curve = match next() {
                200.. => Some(Curve::ConstantElasticityBenefit {
                    weight: 1.0,
                    quantity: number(next()),
                    price: number(next()),
                    elasticity: number(next()),
                }),
                180..200 => Some(Curve::HyperbolicCapacityCost {
                    weight: 1.0,
                    coefficient: number(next()),
                    barrier: number(next()),
                }),
                _ => None,
            };
            program.column(column)
        })
        .collect();
    for index in 0..next() % 6 {
        let (a, b) = (number(next()), number(next()));
        let mut row = Row::new(format!("row {index}"));
        (row.lower, row.upper) = (a, b);
        for _ in 0..next() % 5 {
            let column = columns[usize::from(next()) % columns.len()];
            row = row.entry(column, number(next()));
        }
        program.row(row);
    }
    let settings = Settings::default();
    let outcome = solve(&program, &settings);
    match (&outcome.held, &outcome.stopped) {
        (Some(held), _) => {
            let residual = natural_residual(&program, held.value(), settings.tolerance, settings.scale);
            assert!(residual.natural_residual <= settings.tolerance);
        }
        (None, WhyStopped::Refused(faults)) => assert!(!faults.is_empty()),
        (None, WhyStopped::Infeasible { rows }) => assert!(!rows.is_empty()),
        (None, WhyStopped::Unbounded { columns }) => assert!(!columns.is_empty()),
        (None, stopped) => assert!(outcome.uncertified.is_some(), "{stopped:?}"),
    }
}

/// Mostly small whole numbers, sometimes what no programme should hold.
fn number(byte: u8) -> f64 {
    match byte {
        0..=199 => f64::from(byte) - 100.0,
        200..=219 => f64::from(byte - 200) / 7.0,
        220..=229 => 10f64.powi(i32::from(byte) - 220),
        230..=239 => 10f64.powi(230 - i32::from(byte)),
        240..=243 => f64::INFINITY,
        244..=247 => f64::NEG_INFINITY,
        248..=249 => f64::NAN,
        250 => 1e30,
        _ => 0.0,
    }
}
