//! `netback solve`.

use std::path::Path;

use netback::case::{Case, Files, RawCase, Scenario};
use netback::market::{MarketProblem, MarketSolution, solve as solve_market};
use netback::report::{Cell, RunHeader, Table, market_tables, run_files, wedge_table, write_run};
use netback::study::{Comparison, MarketQuestion, answer_market};
use netback_solve::Certificate;

use crate::arguments::{Arguments, Format, SolveChoice};
use crate::cases::{Loaded, hash_of, load};
use crate::output;
use crate::problems::Problem;

/// The raw case with scenario files known by their names, and the names of all scenarios in order.
fn scenarios(loaded: &Loaded, wanted: &[String]) -> Result<(RawCase, Vec<String>), Problem> {
    let mut raw = loaded.raw.clone();
    let mut names = Vec::new();
    for word in wanted.iter().flat_map(|words| words.split(" + ")) {
        let word = word.trim();
        let path = Path::new(word);
        if path.is_file() {
            let text = std::fs::read_to_string(path)?;
            let mut files = Files::new();
            files.insert(word, text.as_bytes());
            Scenario::read(word, word, &text).map_err(|found| Problem::input(found, &files))?;
            let stem =
                path.file_stem().map_or_else(|| word.into(), |stem| stem.to_string_lossy().into_owned());
            raw.add_scenario(stem.as_str(), text);
            names.push(stem);
        } else if word.ends_with(".toml") {
            return Err(Problem::message(
                format!("there is no scenario file {word}"),
                "give the path of a TOML file, or the name of a scenario of the case",
            ));
        } else if word != "base" {
            names.push(word.to_string());
        }
    }
    Ok((raw, names))
}

/// A case after scenarios, with the raw case they left.
fn with_scenarios(loaded: &Loaded, wanted: &[String]) -> Result<(Case, RawCase), Problem> {
    let (raw, names) = scenarios(loaded, wanted)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let changed = raw.with_scenarios(&names).map_err(|found| loaded.problem(found))?;
    let case = Case::from_raw(&changed).map_err(|found| loaded.problem(found))?;
    Ok((case, changed))
}

pub fn solve(choice: &SolveChoice, arguments: &Arguments) -> Result<(), Problem> {
    let loaded = load(&choice.case)?;
    if choice.variants {
        return solve_variants(&loaded, choice, arguments);
    }
    let (case, raw) = with_scenarios(&loaded, &choice.scenarios)?;
    let case_files = raw.to_files();
    let settings = output::solver_settings();
    let name = if choice.scenarios.is_empty() { "base".into() } else { choice.scenarios.join(" + ") };
    let certified = solve_market(&case, &settings)
        .map_err(|failure| Problem::Market { scenario: name.clone(), failure })?;
    let solution = certified.value();
    let started = output::clock();
    let responses = MarketProblem::of(&case).best_responses(solution, &settings);
    let gain = responses.iter().map(netback::market::BestResponse::relative_gain).fold(0.0, f64::max);
    let mut times = solution.times;
    times.certify += output::clock() - started;
    let header = RunHeader {
        netback: env!("CARGO_PKG_VERSION").into(),
        case: case.name.clone(),
        case_hash: loaded.hash.clone(),
        changed_case_hash: hash_of(&case_files),
        scenarios: choice.scenarios.clone(),
        settings: serde_json::json!({
            "conduct": case.settings.conduct.word(),
            "slope_sigma": case.settings.slope_sigma,
            "elasticity_factor": case.settings.elasticity_factor,
            "tolerance": settings.tolerance,
            "tie_break": case.settings.tie_break.0,
        }),
        natural_residual: certified.certificate().natural_residual,
        primal_residual: certified.certificate().primal,
        dual_residual: certified.certificate().dual,
        best_response_gain: gain,
        welfare_million_usd: solution.totals.welfare.0,
        times,
    };
    let mut tables = market_tables(&case, solution);
    tables.push(wedge_table(&case));
    if let Some(folder) = &choice.out {
        write_run(folder, &run_files(&header, &tables, &case_files)).map_err(|error| {
            let message = format!("cannot write the run to {}: {error}", folder.display());
            Problem::System(std::io::Error::new(error.kind(), message))
        })?;
        output::talk(&format!("run written to {}", folder.display()));
    }
    say_certificate(&name, certified.certificate(), gain, solution, &header);

    if case.calibration.is_some() && !choice.scenarios.is_empty() {
        output::talk(
            "this is the central variant alone: prices move by a factor over slopes and elasticities; --variants gives the ranges",
        );
    }
    say_shortfalls(&case, solution);
    let compared = match &choice.against {
        None => None,
        Some(against) => Some(before(&loaded, against, choice, &settings)?),
    };
    let summary = prices_and_volumes(&case, solution);
    match (&choice.table, compared) {
        (Some(name), _) => {
            let table = output::named(&tables, name)?;
            output::tables(&[table], arguments.format)
        }
        (None, Some(before)) => {
            let mut changes = difference(&summary, &before);
            if arguments.format == Format::Table {
                largest_first(&mut changes);
            }
            output::tables(&[&changes], arguments.format)
        }
        (None, None) if arguments.format == Format::Table => output::tables(&[&summary], arguments.format),
        (None, None) => output::tables(&tables.iter().collect::<Vec<_>>(), arguments.format),
    }
}

/// The world to compare with: a run folder, or scenarios of the case.
fn before(
    loaded: &Loaded,
    against: &str,
    choice: &SolveChoice,
    settings: &netback_solve::Settings,
) -> Result<Table, Problem> {
    if Path::new(against).join("run.json").is_file() {
        return read_run(Path::new(against));
    }
    let (_, names) = scenarios(loaded, &[against.to_string()])?;
    let unknown = names.iter().find(|name| !loaded.raw.scenario_names().any(|known| known == *name));
    if let Some(unknown) = unknown {
        return Err(Problem::message(
            format!("\"{unknown}\" is no run folder and no scenario of the case"),
            "give a folder written by netback solve --out, a scenario, or base",
        ));
    }
    if scenarios(loaded, &choice.scenarios)?.1 == names {
        return Err(Problem::message(
            format!("this compares {against} with itself"),
            "add --scenario, or compare with a run saved before the change: netback solve CASE --out RUN",
        ));
    }
    let (case, _) = with_scenarios(loaded, &[against.to_string()])?;
    let solved = solve_market(&case, settings)
        .map_err(|failure| Problem::Market { scenario: against.into(), failure })?;
    Ok(prices_and_volumes(&case, solved.value()))
}

/// Contracts that deliver less than their minimum are not to be overlooked.
fn say_shortfalls(case: &Case, solution: &MarketSolution) {
    let mut short: Vec<_> = solution.contracts.iter().filter(|row| row.shortfall.0 > 0.01).collect();
    short.sort_by(|a, b| b.shortfall.0.total_cmp(&a.shortfall.0));
    let total: f64 = short.iter().map(|row| row.shortfall.0).sum();
    if let Some(worst) = short.first() {
        output::talk(&format!(
            "{} contract minima are missed by {total:.1} bcm/yr together, most by {} ({:.1}); see --table contracts",
            short.len(),
            case.contracts[worst.contract].id,
            worst.shortfall.0
        ));
    }
}

/// Orders changes by the size of the price change and leaves out what does not move.
fn largest_first(changes: &mut Table) {
    let size = |row: &[Cell], column: &str| -> f64 {
        let at = changes.header.iter().position(|name| name == column);
        at.and_then(|at| row[at].number()).unwrap_or(0.0).abs()
    };
    let mut rows: Vec<(f64, bool, Vec<Cell>)> = changes
        .rows
        .iter()
        .map(|row| {
            let price = size(row, "price_change_usd_per_tcm");
            let volume = size(row, "consumption_change_bcm").max(size(row, "production_change_bcm"));
            (price, price >= 0.05 || volume >= 0.01, row.clone())
        })
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let hidden = rows.iter().filter(|row| !row.1).count();
    changes.rows = rows.into_iter().filter(|row| row.1).map(|row| row.2).collect();
    output::talk(&format!(
        "{hidden} nodes do not move by 0.05 USD/tcm or 0.01 bcm; --format csv has them all"
    ));
}

fn say_certificate(
    name: &str,
    certificate: &Certificate,
    gain: f64,
    solution: &MarketSolution,
    header: &RunHeader,
) {
    let (columns, rows, coefficients) = solution.size;
    let times = header.times;
    output::talk(&format!(
        "{} / {name}: certified, natural residual {:.1e} (bound {:.0e}), best-response gain {gain:.1e} of a \
         trader's profit\n{columns} columns, {rows} rows, {coefficients} coefficients, {} iterations; \
         build {:.3} s, solve {:.3} s, polish {:.3} s, certify {:.3} s",
        header.case,
        certificate.natural_residual,
        certificate.tolerance,
        solution.iterations,
        times.build,
        times.solve,
        times.polish,
        times.certify,
    ));
}

/// Annual price, consumption, output and purchases abroad of every node, for reading.
fn prices_and_volumes(case: &Case, solution: &MarketSolution) -> Table {
    let header = [
        "year",
        "node",
        "name",
        "price_usd_per_tcm",
        "price_usd_per_mmbtu",
        "consumption_bcm",
        "production_bcm",
    ];
    let mut table = Table::new("prices and volumes", &header);
    let per_tcm = netback::units::mmbtu_per_tcm(&case.gas);
    for (year, entry) in case.calendar.years.iter().enumerate() {
        for node in &case.nodes {
            let id = case.node(&node.id).expect("a node of the case");
            let price = solution.annual_price(id, year);
            let produced: f64 = solution
                .production
                .iter()
                .filter(|row| row.period.year == year && case.fields[row.field].node == id)
                .map(|row| row.volume.0)
                .sum();
            if price.is_none() && produced == 0.0 {
                continue;
            }
            table.push([
                entry.year.into(),
                node.id.as_str().into(),
                node.name.as_str().into(),
                price.map(|price| price.0).into(),
                price.map(|price| price.0 / per_tcm).into(),
                solution.annual_consumption(id, year).0.into(),
                produced.into(),
            ]);
        }
    }
    table
}

/// The same table of a run on disk, from its long tables.
fn read_run(folder: &Path) -> Result<Table, Problem> {
    let read = |name: &str| -> Result<Vec<std::collections::BTreeMap<String, String>>, Problem> {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Problem::message(
                format!("cannot read {}: {error}", path.display()),
                "give a folder written by netback solve --out, or `base`",
            )
        })?;
        netback::report::read_csv_rows(&text)
            .map_err(|error| Problem::message(format!("{}: {error}", path.display()), "write the run anew"))
    };
    let number = |row: &std::collections::BTreeMap<String, String>, column: &str| -> f64 {
        row.get(column).and_then(|cell| cell.parse().ok()).unwrap_or(f64::NAN)
    };
    let (prices, consumption, production) =
        (read("prices.csv")?, read("consumption.csv")?, read("production.csv")?);
    let mut table =
        Table::new("run", &["year", "node", "price_usd_per_tcm", "consumption_bcm", "production_bcm"]);
    let mut totals: std::collections::BTreeMap<(String, String), [f64; 3]> = Default::default();
    let key = |row: &std::collections::BTreeMap<String, String>| {
        (row.get("year").cloned().unwrap_or_default(), row.get("node").cloned().unwrap_or_default())
    };
    for row in &consumption {
        let season = row.get("season");
        let price = prices
            .iter()
            .find(|price| key(price) == key(row) && price.get("season") == season)
            .map_or(f64::NAN, |price| number(price, "price_usd_per_tcm"));
        let entry = totals.entry(key(row)).or_default();
        // where nothing is consumed no price is saved
        if number(row, "bcm") > 0.0 {
            entry[0] += if price.is_nan() { 0.0 } else { price } * number(row, "bcm");
        }
        entry[1] += number(row, "bcm");
    }
    for row in &production {
        totals.entry(key(row)).or_default()[2] += number(row, "bcm");
    }
    for ((year, node), [value, consumed, produced]) in totals {
        let year: Cell = year.parse::<f64>().map_or(Cell::Empty, Cell::Number);
        let price = if consumed > 0.0 { Cell::Number(value / consumed) } else { Cell::Empty };
        table.push([year, node.into(), price, consumed.into(), produced.into()]);
    }
    Ok(table)
}

/// Changes between two worlds, node by node.
fn difference(after: &Table, before: &Table) -> Table {
    let header = [
        "year",
        "node",
        "name",
        "price_usd_per_tcm",
        "price_change_usd_per_tcm",
        "consumption_change_bcm",
        "production_change_bcm",
    ];
    let mut table = Table::new("changes", &header);
    for row in &after.rows {
        let cell =
            |table: &Table, row: &[Cell], column: &str| table.column(column).and_then(|at| row[at].number());
        let (year, node) = (row[0].csv(), row[1].csv());
        let old = before.select(&[("year", &year), ("node", &node)]);
        let change = |column: &str| -> Cell {
            let old = old.first().and_then(|old| cell(before, old, column));
            match (cell(after, row, column), old) {
                (Some(new), Some(old)) => Cell::Number(new - old),
                _ => Cell::Empty,
            }
        };
        table.push([
            row[0].clone(),
            row[1].clone(),
            row[2].clone(),
            row[3].clone(),
            change("price_usd_per_tcm"),
            change("consumption_bcm"),
            change("production_bcm"),
        ]);
    }
    table
}

/// Changes as ranges over the variants, for every actor and region.
fn solve_variants(loaded: &Loaded, choice: &SolveChoice, arguments: &Arguments) -> Result<(), Problem> {
    let (raw, names) = scenarios(loaded, &choice.scenarios)?;
    let (case, _) = with_scenarios(loaded, &[])?;
    if case.calibration.is_none() {
        return Err(Problem::message(
            "this case has no calibration, and variants turn around a calibrated base",
            "run netback calibrate first",
        ));
    }
    if choice.scenarios.is_empty() {
        return Err(Problem::message(
            "variants compare a scenario with the base, and no scenario is given",
            "add --scenario NAME",
        ));
    }
    let mut about: Vec<String> = vec!["World".into()];
    for node in &case.nodes {
        if !about.contains(&node.region) {
            about.push(node.region.clone());
        }
    }
    about.extend(
        case.observed_prices.iter().filter(|row| row.hub).map(|row| case.nodes[row.node.index()].id.clone()),
    );
    let name = names.join(" + ");
    let question = MarketQuestion {
        title: name.clone(),
        compare: vec![Comparison { name: name.clone(), scenario: name, against: "base".into() }],
        about,
        buyer: None,
    };
    let bar = output::progress(2 * netback::market::variants().len(), "solving");
    let answer = answer_market(&raw, &question, &output::solver_settings(), &|| bar.inc(1))
        .map_err(|failure| Problem::study(failure, &loaded.files))?;
    bar.finish_and_clear();
    output::talk(&format!(
        "{} markets solved, worst natural residual {:.1e}",
        answer.solves, answer.worst_residual
    ));
    output::tables(&[&answer.table("changes")], arguments.format)
}
