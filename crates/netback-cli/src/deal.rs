//! `netback deal`.

use netback::case::{Case, Files};
use netback::contract::{Deal, DealAnswer, answer_deal, deal_tables};
use netback::report::Table;

use crate::arguments::{Arguments, DealChoice, Format};
use crate::cases::{Loaded, load};
use crate::output;
use crate::problems::Problem;

/// Tables printed without --full.
const SHOWN: [&str; 6] = ["reservation_prices", "break_even", "sources", "levers", "present_value", "delay"];

pub fn deal(choice: &DealChoice, arguments: &Arguments) -> Result<(), Problem> {
    let loaded = load(&choice.case)?;
    let (case, answer) = answered(&loaded, &choice.deal, !choice.quick)?;
    let deal = &answer.deal;
    let mut tables = deal_tables(&case, &answer);
    if let Some(whose) = choice.payoff {
        for table in &mut tables {
            if let Some(column) = table.column("whose") {
                table.rows.retain(|row| row[column] == whose.words().into());
            }
        }
    }
    if let Some(folder) = &choice.out {
        let mut files = Files::new();
        for table in &tables {
            table.add_to(&mut files);
        }
        let json = serde_json::json!({
            "netback": env!("CARGO_PKG_VERSION"),
            "case": { "name": choice.case, "hash": loaded.hash },
            "deal": deal.id,
            "summary": answer.sentences(&case),
            "markets_solved": answer.solves,
            "worst_natural_residual": answer.worst_residual,
        });
        let text = serde_json::to_string_pretty(&json).map_err(std::io::Error::other)?;
        files.insert("run.json", text + "\n");
        netback::report::write_run(folder, &files)?;
        output::talk(&format!("tables written to {}", folder.display()));
    }
    if let Some(name) = &choice.table {
        return output::tables(&[output::named(&tables, name)?], arguments.format);
    }
    if arguments.format != Format::Table {
        return output::tables(&tables.iter().collect::<Vec<_>>(), arguments.format);
    }
    output::data(&deal.title)?;
    output::data(&"=".repeat(deal.title.chars().count()))?;
    for sentence in answer.sentences(&case) {
        output::data(&output::wrapped(&sentence, "  "))?;
    }
    let shown: Vec<&Table> =
        tables.iter().filter(|table| choice.full || SHOWN.contains(&table.name.as_str())).collect();
    output::tables(&shown, Format::Table)?;
    output::data(&format!(
        "\n{} markets solved, all certified, worst natural residual {:.1e}",
        answer.solves, answer.worst_residual
    ))
}

/// A deal of a case, with its zone.
pub fn answered(loaded: &Loaded, name: &str, ranges: bool) -> Result<(Case, DealAnswer), Problem> {
    let case = loaded.case(&[])?;
    let deal = Deal::read(&loaded.raw, &case, name).map_err(|found| loaded.problem(found))?;
    let settings = output::solver_settings();
    let bar = output::progress(netback::contract::solves_of(&case, &deal, ranges), &deal.title);
    let answer = answer_deal(&loaded.raw, &case, &deal, &settings, ranges, &|| bar.inc(1))
        .map_err(|failure| Problem::study(failure, &loaded.files))?;
    bar.finish_and_clear();
    Ok((case, answer))
}
