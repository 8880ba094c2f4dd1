//! `netback bargain`: what players of a gas network get, without and with a project.

use std::sync::atomic::{AtomicU64, Ordering};

use super::coalition_value::{Assets, CoalitionValues, OwnedNetwork, ValueFault};
use super::game::{Coalition, Game, GameFault, Measure};
use super::report::explanation;
use super::sampling::{Sampled, SamplingSettings, shapley_by_sampling};
use super::shapley::project_value;
use crate::report::Table;

/// Changes below this, in million USD a year, are not told in words.
pub(crate) const WORTH_A_WORD: f64 = 0.5;

/// What is asked of a network game.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BargainQuestion {
    /// Players that also stand together as one, each union asked for itself.
    pub unions: Vec<Coalition>,
    /// Sample instead of asking all coalitions.
    pub sampling: Option<SamplingSettings>,
    /// Find the nucleolus and the least core too.
    pub nucleolus: bool,
}

/// Sentences and tables.
#[derive(Debug, Clone, PartialEq)]
pub struct BargainAnswer {
    /// What was found, in words.
    pub sentences: Vec<String>,
    /// `players`, `core`, `unions`, `projects`, `explanation`, `method`, as far as they were asked.
    pub tables: Vec<Table>,
}

/// Answers a question about a network game.
///
/// Units of the tables: million USD per year.
/// Errors: those of [`OwnedNetwork::values`]; a sampled value that is not certified; unions when sampled.
/// Source: docs/network-game.md; docs/bargaining.md eq. 3 and 5.
pub fn answer_bargaining(
    network: &OwnedNetwork,
    question: &BargainQuestion,
) -> Result<BargainAnswer, ValueFault> {
    match question.sampling {
        Some(settings) => sampled(network, &settings),
        None => exact(network, question),
    }
}

fn has_projects(network: &OwnedNetwork) -> bool {
    network.asset_list().any(|(_, _, is_project)| is_project)
}

fn exact(network: &OwnedNetwork, question: &BargainQuestion) -> Result<BargainAnswer, ValueFault> {
    let values = network.values()?;
    let CoalitionValues { existing, with_projects, effort } = &values;
    let projects = has_projects(network);
    let (without, with) = (existing.shapley(), with_projects.shapley());
    let gains = project_value(with_projects, existing)?;
    let mut players = Table::new("players", if projects { &WITH_PROJECT[..] } else { &WITHOUT_PROJECT[..] });
    for (at, name) in existing.players().iter().enumerate() {
        let others = Coalition::grand(existing.count()).without(at);
        let alone = *existing.value(Coalition::of([at]));
        let adds = existing.total() - existing.value(others);
        match projects {
            true => {
                let adds = with_projects.total() - with_projects.value(others);
                players.push([
                    name.as_str().into(),
                    alone.into(),
                    without[at].into(),
                    with[at].into(),
                    gains[at].into(),
                    adds.into(),
                ]);
            }
            false => players.push([name.as_str().into(), alone.into(), without[at].into(), adds.into()]),
        }
    }
    players.rows.push(total_row(existing, with_projects, projects));
    let mut sentences = vec![format!(
        "{} players and {} assets at {} nodes; together they have {} million USD a year{}. Shapley values are \
         exact: {} coalitions, {} networks solved, {} of them by the general solver.",
        existing.count(),
        network.assets(),
        network.nodes(),
        whole(*existing.total()),
        if projects {
            format!(", with the project {}", whole(*with_projects.total()))
        } else {
            String::new()
        },
        existing.values().len(),
        effort.solves,
        effort.fallbacks,
    )];
    if projects {
        sentences.push(project_sentence(existing.players(), &gains, existing, with_projects));
    }
    if let Some(holds) = with_projects.is_superadditive() {
        sentences.push(match holds {
            true => "No two coalitions without a common player lose by joining.".into(),
            false => "Some coalitions have more apart than together: both use the same outsiders.".into(),
        });
    }
    let mut tables = vec![players];
    if question.nucleolus {
        tables.push(core_table(network, existing, with_projects, projects)?);
    }
    if !question.unions.is_empty() {
        tables.push(union_table(existing, with_projects, &question.unions)?);
    }
    if projects {
        tables.push(project_table(network));
    }
    tables.push(explanation(with_projects, &with));
    let mut method = Table::new("method", &["method", "coalitions", "solves", "fallbacks", "pivots"]);
    method.push([
        "exact".into(),
        (existing.values().len() as f64).into(),
        (effort.solves as f64).into(),
        (effort.fallbacks as f64).into(),
        (effort.pivots as f64).into(),
    ]);
    tables.push(method);
    Ok(BargainAnswer { sentences, tables })
}

const WITHOUT_PROJECT: [&str; 4] = [
    "player",
    "alone_million_usd_per_year",
    "shapley_million_usd_per_year",
    "adds_to_all_others_million_usd_per_year",
];
const WITH_PROJECT: [&str; 6] = [
    "player",
    "alone_million_usd_per_year",
    "shapley_without_million_usd_per_year",
    "shapley_with_million_usd_per_year",
    "change_million_usd_per_year",
    "adds_to_all_others_million_usd_per_year",
];

fn total_row(existing: &Game, with_projects: &Game, projects: bool) -> Vec<crate::report::Cell> {
    let (before, after) = (*existing.total(), *with_projects.total());
    match projects {
        true => vec![
            "all".into(),
            None::<f64>.into(),
            before.into(),
            after.into(),
            (after - before).into(),
            None::<f64>.into(),
        ],
        false => vec!["all".into(), None::<f64>.into(), before.into(), None::<f64>.into()],
    }
}

fn project_sentence(players: &[String], gains: &[f64], existing: &Game, with_projects: &Game) -> String {
    let surplus = with_projects.total() - existing.total();
    let [best, worst] = most_and_least(players, gains);
    format!(
        "The project is worth {} million USD a year to all players together, its cost taken off. It gives most to {}, \
         and takes most from {}.",
        whole(surplus),
        best,
        worst
    )
}

/// Three players that gain most, and three that lose most, with their changes in million USD a year.
pub(crate) fn most_and_least(players: &[String], gains: &[f64]) -> [String; 2] {
    let mut order: Vec<usize> = (0..players.len()).collect();
    order.sort_by(|&one, &other| gains[other].total_cmp(&gains[one]).then(one.cmp(&other)));
    let told = |at: &usize| format!("{} {:+.0}", players[*at], gains[*at]);
    let list = |names: Vec<String>| if names.is_empty() { "nobody".to_string() } else { names.join(", ") };
    let most = order.iter().filter(|&&at| gains[at] >= WORTH_A_WORD).take(3).map(told);
    let least = order.iter().rev().filter(|&&at| gains[at] <= -WORTH_A_WORD).take(3).map(told);
    [list(most.collect()), list(least.collect())]
}

fn core_table(
    network: &OwnedNetwork,
    existing: &Game,
    with: &Game,
    projects: bool,
) -> Result<Table, ValueFault> {
    let mut header = vec!["player", "nucleolus_without_million_usd_per_year"];
    let mut columns = vec![existing.nucleolus()?.payoffs];
    if projects {
        header.extend(["nucleolus_with_million_usd_per_year", "change_million_usd_per_year"]);
        let payoffs = with.nucleolus()?.payoffs;
        let change = payoffs.iter().zip(&columns[0]).map(|(after, before)| after - before).collect();
        columns.extend([payoffs, change]);
    }
    header.push("rents_of_its_assets_million_usd_per_year");
    columns.push(network.core_allocation(if projects { Assets::WithProjects } else { Assets::Existing })?);
    let mut table = Table::new("core", &header);
    for (at, name) in existing.players().iter().enumerate() {
        let numbers = columns.iter().map(|column| column[at].into());
        table.rows.push(std::iter::once(name.as_str().into()).chain(numbers).collect());
    }
    Ok(table)
}

/// The game in which some players are one: the smallest mask of the union stands for it.
fn joined(game: &Game, union: Coalition) -> Result<(Game, usize), GameFault> {
    let first = union.members().next().ok_or(GameFault::NotUnions("a union is empty".into()))?;
    let places: Vec<Coalition> = (0..game.count())
        .filter(|&player| player == first || !union.contains(player))
        .map(|player| if player == first { union } else { Coalition::of([player]) })
        .collect();
    let names = places.iter().map(|&place| game.words(place)).collect();
    let joined = Game::from_function(names, Measure::Gain, |coalition| {
        *game.value(Coalition(coalition.members().fold(0, |mask, place| mask | places[place].0)))
    })?;
    let at = places.iter().position(|&place| place == union).unwrap_or(0);
    Ok((joined, at))
}

fn union_table(existing: &Game, with: &Game, unions: &[Coalition]) -> Result<Table, ValueFault> {
    let mut table = Table::new(
        "unions",
        &[
            "union",
            "projects",
            "members_apart_million_usd_per_year",
            "as_one_million_usd_per_year",
            "gain_of_union_million_usd_per_year",
        ],
    );
    for &union in unions {
        for (game, words) in [(existing, "without"), (with, "with")] {
            let apart: f64 = union.members().map(|player| game.shapley()[player]).sum();
            let (joined, at) = joined(game, union)?;
            let as_one = joined.shapley()[at];
            table.push([
                game.words(union).into(),
                words.into(),
                apart.into(),
                as_one.into(),
                (as_one - apart).into(),
            ]);
        }
    }
    Ok(table)
}

fn project_table(network: &OwnedNetwork) -> Table {
    let mut table = Table::new("projects", &["asset", "needs"]);
    for (name, owners, _) in network.asset_list().filter(|&(_, _, is_project)| is_project) {
        let needs: Vec<&str> = owners.members().map(|player| network.players()[player].as_str()).collect();
        table.push([name.into(), needs.join(" ").into()]);
    }
    table
}

fn sampled(network: &OwnedNetwork, settings: &SamplingSettings) -> Result<BargainAnswer, ValueFault> {
    let players = network.players().len();
    let projects = has_projects(network);
    let solves = AtomicU64::new(0);
    let ask = |assets: Assets| -> Result<Sampled, ValueFault> {
        // Values are computed while the sampling asks for them; one that is not certified is not finite.
        let value = |coalition: Coalition| {
            solves.fetch_add(1, Ordering::Relaxed);
            network.value(coalition, assets).unwrap_or(f64::NAN)
        };
        Ok(shapley_by_sampling(players, value, settings)?)
    };
    let without = ask(Assets::Existing)?;
    let with = if projects { ask(Assets::WithProjects)? } else { without.clone() };
    let mut table = Table::new(
        "players",
        &[
            "player",
            "alone_million_usd_per_year",
            "shapley_without_million_usd_per_year",
            "standard_error_without_million_usd_per_year",
            "shapley_with_million_usd_per_year",
            "standard_error_with_million_usd_per_year",
            "change_million_usd_per_year",
        ],
    );
    for (at, name) in network.players().iter().enumerate() {
        table.push([
            name.as_str().into(),
            network.value(Coalition::of([at]), Assets::Existing)?.into(),
            without.values[at].into(),
            without.standard_errors[at].into(),
            with.values[at].into(),
            with.standard_errors[at].into(),
            (with.values[at] - without.values[at]).into(),
        ]);
    }
    let solves = solves.into_inner();
    let mut method = Table::new("method", &["method", "pairs", "seed", "solves"]);
    method.push([
        "sampled".into(),
        (settings.pairs as f64).into(),
        (settings.seed as f64).into(),
        (solves as f64).into(),
    ]);
    let largest = with.standard_errors.iter().chain(&without.standard_errors).copied().fold(0.0, f64::max);
    let sentence = format!(
        "Shapley values of {players} players are sampled: {} pairs of a permutation and its reverse, {solves} \
         networks solved, seed {}; the largest standard error is {largest:.1} million USD a year. Without and with \
         the project the same permutations are asked.",
        settings.pairs, settings.seed
    );
    let mut tables = vec![table];
    if projects {
        tables.push(project_table(network));
    }
    tables.push(method);
    Ok(BargainAnswer { sentences: vec![sentence], tables })
}

fn whole(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if number < -0.5 { format!("-{text}") } else { text }
}
