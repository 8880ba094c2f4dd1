//! `netback study`.

use std::path::{Path, PathBuf};

use netback::case::Files;
use netback::contract::{account_in_words, account_tables, deal_tables, value_in_words, value_tables};
use netback::report::Table;
use netback::study::{
    BargainingQuestion, ContractQuestion, DealQuestion, FiguresQuestion, MarketAnswer, MarketQuestion,
    Question, Seen, Study, answer_bargaining_question, answer_market_seeing,
};

use netback_web::{
    Answer, BargainingAnswer, DealAnswerOnPage, Desk, ReportData, Sight, TableOnPage, deal_on_page,
    projects_on_page, ranges_on_page,
};

use crate::arguments::{Arguments, Format, StudyChoice};
use crate::cases::{Loaded, load, study_text};
use crate::output;
use crate::problems::Problem;
use crate::serve::comparisons;

/// A question with its answer, ready to be printed and written.
struct Answered {
    title: String,
    summary: Vec<String>,
    /// What is printed without --full.
    brief: String,
    tables: Vec<Table>,
    solves: usize,
    worst_residual: f64,
    /// `market`, `deal`, `contract`, `bargaining` or `figures`, for the report.
    kind: &'static str,
    /// What the negotiation view of the report shows.
    deal: Option<DealAnswerOnPage>,
    /// What the bargaining view of the report shows.
    projects: Vec<BargainingAnswer>,
    /// What was seen of every variant of every world that a market question compares.
    seen: Seen<Sight>,
}

pub fn study(choice: &StudyChoice, arguments: &Arguments) -> Result<(), Problem> {
    let (file, text) = study_text(&choice.study)?;
    let mut study_files = Files::new();
    study_files.insert(file.as_str(), text.as_bytes());
    let study = Study::read(&file, &text).map_err(|found| Problem::input(found, &study_files))?;
    let loaded = load(&study.case)?;
    let mut answers: Vec<Answered> = Vec::new();
    for (index, question) in study.question.iter().enumerate() {
        let name = format!("question-{}", index + 1);
        answers.push(match question {
            Question::Market(question) => market(&loaded, question, &name)?,
            Question::Deal(question) => deal(&loaded, question, &name)?,
            Question::Contract(question) => contract(&study.case, question, &name)?,
            Question::Bargaining(question) => bargaining(&loaded, question, &name)?,
            Question::CheckFigures(question) => figures(question, &name)?,
        });
    }
    let tables: Vec<&Table> = answers.iter().flat_map(|answer| &answer.tables).collect();
    if let Some(folder) = &choice.out {
        let mut files = Files::new();
        for table in &tables {
            table.add_to(&mut files);
        }
        let json = serde_json::json!({
            "netback": env!("CARGO_PKG_VERSION"),
            "study": study.title,
            "case": { "name": study.case, "hash": loaded.hash },
            "questions": answers.iter().map(|answer| serde_json::json!({
                "title": answer.title,
                "summary": answer.summary,
                "markets_solved": answer.solves,
                "worst_natural_residual": answer.worst_residual,
            })).collect::<Vec<_>>(),
        });
        let text = serde_json::to_string_pretty(&json).map_err(std::io::Error::other)?;
        files.insert("run.json", text + "\n");
        netback::report::write_run(folder, &files)?;
        output::talk(&format!("tables written to {}", folder.display()));
    }
    report(&report_path(choice, &file), &study, &loaded, &answers)?;
    if arguments.format != Format::Table {
        return output::tables(&tables, arguments.format);
    }
    output::data(&study.title)?;
    output::data(&"=".repeat(study.title.chars().count()))?;
    for answer in &answers {
        output::data(&format!("\n{}", answer.title))?;
        for sentence in &answer.summary {
            output::data(&output::wrapped(sentence, "  "))?;
        }
        output::data(&answer.brief)?;
        if choice.full {
            output::tables(&answer.tables.iter().collect::<Vec<_>>(), Format::Table)?;
        }
    }
    let solves: usize = answers.iter().map(|answer| answer.solves).sum();
    let worst = answers.iter().map(|answer| answer.worst_residual).fold(0.0, f64::max);
    let variants = netback::market::variants().len();
    if solves == 0 {
        return Ok(());
    }
    let certified = format!(
        "Every number of a market is a change, with its range over {variants} variants of slope, elasticity and \
         conduct. {solves} markets solved, all certified, worst natural residual {worst:.1e}. Rows without a change \
         of {SMALL_PRICE} USD/tcm or {SMALL_VOLUME} bcm are left out: --full prints them, --out DIR writes them. \
         What the model does not explain: netback calibrate {} --backcast --table wedges",
        study.case
    );
    output::data(&output::wrapped(&certified, ""))
}

/// Where the report goes: as asked, else beside the tables, else into the current folder under the study's name.
fn report_path(choice: &StudyChoice, file: &str) -> PathBuf {
    match (&choice.report, &choice.out) {
        (Some(path), _) => path.clone(),
        (None, Some(folder)) => folder.join("report.html"),
        (None, None) => Path::new(Path::new(file).file_name().unwrap_or_default()).with_extension("html"),
    }
}

/// Writes the answers, with the central market of every world that they compare, as one HTML file.
fn report(path: &Path, study: &Study, loaded: &Loaded, answers: &[Answered]) -> Result<(), Problem> {
    let refused = |refusal: netback_web::Refusal| Problem::message(refusal.0, "netback solve says more");
    let version = env!("CARGO_PKG_VERSION");
    let desk =
        Desk::open(loaded.raw.clone(), &loaded.hash, version, output::solver_settings()).map_err(refused)?;
    let mut runs = vec![desk.base().clone()];
    let mut known = vec!["base".to_string()];
    let mut ranges = Vec::new();
    for [_, scenario, against] in comparisons(study) {
        for world in [&scenario, &against] {
            if !known.contains(world) {
                runs.push(desk.solve_named(world).map_err(refused)?);
                known.push(world.clone());
            }
        }
        let at = |world: &String| known.iter().position(|name| name == world).unwrap_or(0);
        let of = |world: &String| answers.iter().find_map(|answer| answer.seen.get(world));
        if let (Some(after), Some(before)) = (of(&scenario), of(&against)) {
            ranges.push(ranges_on_page(at(&scenario), at(&against), after, before));
        }
    }
    let answers_on_page = answers.iter().map(|answer| Answer {
        kind: answer.kind.into(),
        title: answer.title.clone(),
        summary: answer.summary.clone(),
        // those of a deal stand once, in the negotiation view
        tables: answer.tables.iter().filter(|_| answer.deal.is_none()).map(TableOnPage::from).collect(),
        markets_solved: answer.solves,
        worst_natural_residual: answer.worst_residual,
    });
    let data = ReportData {
        title: study.title.clone(),
        world: desk.world().clone(),
        runs,
        answers: answers_on_page.collect(),
        deals: answers.iter().filter_map(|answer| answer.deal.clone()).collect(),
        ranges,
        bargaining: answers.iter().flat_map(|answer| answer.projects.clone()).collect(),
    };
    let text = netback_web::report(&data);
    netback::case::write_atomically(path, text.as_bytes())?;
    output::talk(&format!(
        "report written to {}: {:.1} MB, opens in any browser",
        path.display(),
        text.len() as f64 / 1e6
    ));
    Ok(())
}

fn market(loaded: &Loaded, question: &MarketQuestion, name: &str) -> Result<Answered, Problem> {
    let mut worlds: Vec<&str> = Vec::new();
    for comparison in &question.compare {
        for world in [comparison.scenario.as_str(), comparison.against.as_str()] {
            if !worlds.contains(&world) {
                worlds.push(world);
            }
        }
    }
    let bar = output::progress(worlds.len() * netback::market::variants().len(), &question.title);
    let settings = output::solver_settings();
    let (answer, seen) = answer_market_seeing(&loaded.raw, question, &settings, &|| bar.inc(1), &Sight::of)
        .map_err(|failure| Problem::study(failure, &loaded.files))?;
    bar.finish_and_clear();
    Ok(Answered {
        brief: render_changes(&answer),
        tables: vec![answer.table(name)],
        title: answer.title,
        summary: answer.summary,
        solves: answer.solves,
        worst_residual: answer.worst_residual,
        kind: "market",
        deal: None,
        projects: Vec::new(),
        seen,
    })
}

fn figures(question: &FiguresQuestion, name: &str) -> Result<Answered, Problem> {
    let checked = question
        .answer()
        .map_err(|why| Problem::message(format!("\"{}\": {why}", question.title), "correct the study"))?;
    let mut tables = checked.tables;
    let brief: Vec<String> = tables.iter().map(output::render).collect();
    tables.iter_mut().for_each(|table| table.name = format!("{name}-{}", table.name));
    Ok(Answered {
        title: question.title.clone(),
        summary: checked.sentences,
        brief: brief.join("\n"),
        tables,
        solves: 0,
        worst_residual: 0.0,
        kind: "figures",
        deal: None,
        projects: Vec::new(),
        seen: Seen::new(),
    })
}

fn deal(loaded: &Loaded, question: &DealQuestion, name: &str) -> Result<Answered, Problem> {
    let (case, answer) = crate::deal::answered(loaded, &question.deal, true)?;
    let mut tables = deal_tables(&case, &answer);
    let named = |name: &str| tables.iter().find(|table| table.name == name).map(output::render);
    let brief = named("levers").unwrap_or_default();
    tables.iter_mut().for_each(|table| table.name = format!("{name}-{}", table.name));
    Ok(Answered {
        title: question.title.clone(),
        summary: answer.sentences(&case),
        brief,
        tables,
        solves: answer.solves,
        worst_residual: answer.worst_residual,
        kind: "deal",
        deal: Some(deal_on_page(&case, &answer)),
        projects: Vec::new(),
        seen: Seen::new(),
    })
}

/// The ledger of the plan of the file, and the value ladder when paths are asked for.
fn contract(case: &str, question: &ContractQuestion, name: &str) -> Result<Answered, Problem> {
    let (contract, files) = crate::contract::read(&question.contract)?;
    let indices = crate::contract::indices_of(case)?;
    let account = contract.account(&indices).map_err(|found| Problem::input(found, &files))?;
    let mut summary = vec![account_in_words(&account)];
    let mut tables = account_tables(&contract.schedule, &account);
    let mut brief = String::new();
    if let Some(paths) = question.paths {
        let valued = crate::contract::valued(&contract, &files, &indices, paths, 1)?;
        summary.extend(value_in_words(&valued).into_iter().take(1));
        let more = value_tables(&valued);
        let shown =
            more.iter().filter(|table| ["ladder", "sides", "break_even"].contains(&table.name.as_str()));
        brief = shown.map(output::render).collect::<Vec<_>>().join("\n");
        tables.extend(more);
    }
    tables.iter_mut().for_each(|table| table.name = format!("{name}-{}", table.name));
    Ok(Answered {
        title: question.title.clone(),
        summary,
        brief,
        tables,
        solves: 0,
        worst_residual: 0.0,
        kind: "contract",
        deal: None,
        projects: Vec::new(),
        seen: Seen::new(),
    })
}

fn bargaining(loaded: &Loaded, question: &BargainingQuestion, name: &str) -> Result<Answered, Problem> {
    let bar = output::progress(question.project.len(), &question.title);
    let answer = answer_bargaining_question(&loaded.raw, question, &|| bar.inc(1));
    bar.finish_and_clear();
    let answer = answer.map_err(|failure| Problem::study(failure, &loaded.files))?;
    let projects = projects_on_page(&answer);
    let mut tables = answer.tables;
    // the unit once above the table instead of in every column
    let mut narrow = tables[0].clone();
    narrow.header.iter_mut().for_each(|name| *name = name.replace("_million_usd_per_year", ""));
    let mut brief =
        vec!["Shapley values with less those without, million USD a year:".into(), output::render(&narrow)];
    for (finding, agrees) in question.finding.iter().zip(&answer.agrees) {
        let verdict = if *agrees { "agree" } else { "disagree" };
        let words = format!("{verdict}: {} ({}). {}", finding.says, finding.source, finding.why);
        brief.push(output::wrapped(&words, "  "));
    }
    tables.iter_mut().for_each(|table| table.name = format!("{name}-{}", table.name));
    Ok(Answered {
        title: answer.title,
        summary: answer.summary,
        brief: brief.join("\n"),
        tables,
        solves: 0,
        worst_residual: 0.0,
        kind: "bargaining",
        deal: None,
        projects,
        seen: Seen::new(),
    })
}

/// Changes below both are not worth a line.
const SMALL_PRICE: f64 = 0.5;
const SMALL_VOLUME: f64 = 0.3;

/// One line for each comparison and name; price, purchases and sales as central [low, high].
fn render_changes(answer: &MarketAnswer) -> String {
    let mut table = Table::new(
        "",
        &[
            "comparison",
            "about",
            "price USD/tcm",
            "consumption bcm",
            "purchases abroad bcm",
            "sales abroad bcm",
            "price moves with",
        ],
    );
    let mut keys: Vec<(&str, &str)> = Vec::new();
    for change in &answer.changes {
        let key = (change.comparison.as_str(), change.about.as_str());
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let mut last = "";
    for (comparison, about) in keys {
        let shown =
            answer.changes.iter().filter(|c| c.comparison == comparison && c.about == about).any(|c| {
                let size = c.change.low.abs().max(c.change.high.abs());
                match c.unit {
                    "USD/tcm" => size >= SMALL_PRICE,
                    "bcm" => size >= SMALL_VOLUME,
                    _ => false,
                }
            });
        if !shown {
            continue;
        }
        let find = |measure: &str| {
            answer
                .changes
                .iter()
                .find(|c| c.comparison == comparison && c.about == about && c.measure == measure)
        };
        let range = |measure: &str, decimals: usize| {
            find(measure).map_or(String::new(), |c| {
                let number = |value: f64| format!("{:+.decimals$}", value + 0.0);
                let (low, central, high) = (c.change.low, c.change.central, c.change.high);
                format!("{} [{} {}]", number(central), number(low), number(high))
            })
        };
        table.push([
            if comparison == last { "" } else { comparison }.into(),
            about.into(),
            range("price", 1).into(),
            range("consumption", 1).into(),
            range("purchases abroad", 1).into(),
            range("sales abroad", 1).into(),
            find("price").map_or("", |c| c.change.driver).into(),
        ]);
        last = comparison;
    }
    output::render(&table)
}
