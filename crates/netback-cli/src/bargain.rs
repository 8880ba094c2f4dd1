//! `netback bargain`.

use netback::bargaining::{
    BargainQuestion, EURASIAN_PLAYERS, MOST_PLAYERS, NetworkRules, Outsiders, SamplingSettings,
    answer_bargaining, network_game, network_game_with_projects, read_players, read_unions, too_many,
};
use netback::case::{Case, Files, Findings};
use netback::report::Table;
use netback::units::UsdPerTcm;

use crate::arguments::{Arguments, BargainChoice, Format};
use crate::cases::{Loaded, load};
use crate::output;
use crate::problems::Problem;

pub fn bargain(choice: &BargainChoice, arguments: &Arguments) -> Result<(), Problem> {
    let loaded = load(&choice.case)?;
    let before: Vec<&str> = choice.scenarios.iter().map(String::as_str).collect();
    let case = loaded.case(&before)?;
    let players = read_players(&case, &players_of(choice, &case)?).map_err(|found| loaded.problem(found))?;
    if players.len() > MOST_PLAYERS && choice.sampled.is_none() {
        let way_out = "join some of them (UZB+KAZ), or sample: --sampled 500";
        let finding = too_many(players.len(), MOST_PLAYERS, way_out);
        return Err(loaded.problem(Findings::one(finding)));
    }
    let outsiders = match choice.fringe_price {
        None => Outsiders::Idle,
        Some(price) if price.is_finite() && price >= 0.0 => Outsiders::Fringe(UsdPerTcm(price)),
        Some(price) => {
            return Err(Problem::message(
                format!("the price of outsiders is {price}"),
                "give zero or more, in USD/tcm",
            ));
        }
    };
    let rules = NetworkRules { outsiders, seasons: choice.seasons };
    let network = match choice.projects.as_slice() {
        [] => network_game(&case, &players, rules),
        projects => {
            let mut all = before.clone();
            let names: Vec<String> = projects.iter().map(|project| scenario_of(&loaded, project)).collect();
            all.extend(names.iter().map(String::as_str));
            network_game_with_projects(&case, &loaded.case(&all)?, &players, rules)
        }
    };
    let network = network.map_err(|found| loaded.problem(found))?;
    let unions = choice.unions.as_deref().map(|text| read_unions(network.players(), text));
    let question = BargainQuestion {
        unions: unions.transpose().map_err(|found| loaded.problem(found))?.unwrap_or_default(),
        sampling: choice.sampled.map(|pairs| SamplingSettings { pairs, seed: choice.seed }),
        nucleolus: choice.nucleolus,
    };
    let answer = answer_bargaining(&network, &question).map_err(Problem::values)?;
    let conjecture = match choice.fringe_price {
        None => "Actors that are not players are idle: their assets are closed.".to_string(),
        Some(price) => format!("Actors that are not players trade at {price} USD/tcm and let gas through."),
    };
    if let Some(folder) = &choice.out {
        let mut files = Files::new();
        for table in &answer.tables {
            table.add_to(&mut files);
        }
        let json = serde_json::json!({
            "netback": env!("CARGO_PKG_VERSION"),
            "case": { "name": choice.case, "hash": loaded.hash, "scenarios": choice.scenarios },
            "players": players.iter().map(|player| player.name.as_str()).collect::<Vec<_>>(),
            "projects": choice.projects,
            "outsiders": conjecture,
            "summary": answer.sentences,
        });
        let text = serde_json::to_string_pretty(&json).map_err(std::io::Error::other)?;
        files.insert("run.json", text + "\n");
        netback::report::write_run(folder, &files)?;
        output::talk(&format!("tables written to {}", folder.display()));
    }
    if let Some(name) = &choice.table {
        return output::tables(&[output::named(&answer.tables, name)?], arguments.format);
    }
    // three coalitions for each player fill a screen: the heaviest in words, the others by name
    let is_shown = |table: &&Table| arguments.format != Format::Table || table.name != "explanation";
    let shown: Vec<&Table> = answer.tables.iter().filter(is_shown).collect();
    if arguments.format == Format::Table {
        for sentence in answer.sentences.iter().chain([&conjecture]) {
            output::data(&output::wrapped(sentence, "  "))?;
        }
        let more = "--table explanation tells for each player which coalitions weigh most in its value.";
        output::data(&output::wrapped(more, "  "))?;
    }
    output::tables(&shown, arguments.format)
}

/// The players asked for, or those of the Eurasian market when the case has them all.
fn players_of(choice: &BargainChoice, case: &Case) -> Result<String, Problem> {
    match &choice.players {
        Some(players) => Ok(players.clone()),
        None if read_players(case, EURASIAN_PLAYERS).is_ok() => Ok(EURASIAN_PLAYERS.into()),
        None => Err(Problem::message(
            "the case does not have the actors of the usual players",
            "name players with commas between them: --players A,B+C,Name=@bloc",
        )),
    }
}

/// `altai` is the scenario altai, or altai-built when there is no other.
fn scenario_of(loaded: &Loaded, project: &str) -> String {
    let built = format!("{project}-built");
    let has = |name: &str| loaded.raw.scenario_names().any(|known| known == name);
    if !has(project) && has(&built) { built } else { project.to_string() }
}
