//! `netback solve`.

use std::path::Path;

use netback::case::{Case, Files, Scenario};
use netback::market::{MarketProblem, MarketSolution, solve as solve_market};
use netback::report::{Cell, RunHeader, Table, market_tables, run_files, wedge_table, write_run};
use netback::study::{Comparison, MarketQuestion, answer_market};
use netback_solve::Certificate;

use crate::arguments::{Arguments, Format, SolveChoice};
use crate::cases::{Loaded, hash_of, load};
use crate::output;
use crate::problems::Problem;

/// A case after scenarios by name or file, with the raw case they were applied to.
fn with_scenarios(loaded: &Loaded, scenarios: &[String]) -> Result<(Case, netback::case::RawCase), Problem> {
    let mut raw = loaded.raw.clone();
    for scenario in scenarios {
        raw = if Path::new(scenario).is_file() {
            let text = std::fs::read_to_string(scenario)?;
            let mut files = Files::new();
            files.insert(scenario.as_str(), text.as_bytes());
            let problem = |found| Problem::input(found, &files);
            let read = Scenario::read(scenario, scenario, &text).map_err(problem)?;
            raw.with_scenario(&read).map_err(problem)?
        } else {
            raw.with_scenarios(&[scenario]).map_err(|found| loaded.problem(found))?
        };
    }
    let case = Case::from_raw(&raw).map_err(|found| loaded.problem(found))?;
    Ok((case, raw))
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
        write_run(folder, &run_files(&header, &tables, &case_files))?;
        output::talk(&format!("run written to {}", folder.display()));
    }
    say_certificate(&name, certified.certificate(), gain, solution, &header);

    if case.calibration.is_some() && !choice.scenarios.is_empty() {
        output::talk(
            "this is the central variant alone: prices move by a factor over slopes and elasticities; --variants gives the ranges",
        );
    }
    let compared = match &choice.against {
        None => None,
        Some(against) if against == "base" => {
            let base = loaded.case(&[])?;
            let solved = solve_market(&base, &settings)
                .map_err(|failure| Problem::Market { scenario: "base".into(), failure })?;
            Some(prices_and_volumes(&base, solved.value()))
        }
        Some(run) => Some(read_run(Path::new(run))?),
    };
    let summary = prices_and_volumes(&case, solution);
    match (&choice.table, compared) {
        (Some(name), _) => {
            let table = tables.iter().find(|table| table.name == *name).ok_or_else(|| {
                let known: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
                Problem::message(
                    format!("no table is called \"{name}\""),
                    format!("tables: {}", known.join(", ")),
                )
            })?;
            output::tables(&[table], arguments.format)
        }
        (None, Some(before)) => output::tables(&[&difference(&summary, &before)], arguments.format),
        (None, None) if arguments.format == Format::Table => output::tables(&[&summary], arguments.format),
        (None, None) => output::tables(&tables.iter().collect::<Vec<_>>(), arguments.format),
    }
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
    let (case, raw) = with_scenarios(loaded, &[])?;
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
    let name = choice.scenarios.join(" + ");
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
