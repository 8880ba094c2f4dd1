//! A game answered: tables of values and sentences that say why.

use super::airport::{AirportClass, airport_fees};
use super::game::{Coalition, Game, GameFault, Measure};
use super::game_file::{GameFile, GameKind, Played};
use super::kohlberg::Kohlberg;
use super::nucleolus::{Among, Nucleolus};
use super::number::{Number, Rational};
use super::sampling::{Sampled, SamplingSettings, shapley_by_sampling};
use super::shapley::project_value;
use crate::report::{Cell, Table};

/// Joinings told for each player.
const TOLD: usize = 3;

/// The answer to a game.
#[derive(Debug, Clone, PartialEq)]
pub struct GameAnswer {
    /// What was found, in words.
    pub sentences: Vec<String>,
    /// Tables, `values` first.
    pub tables: Vec<Table>,
}

/// Answers a game under one of its scenarios, the first one when none is named; `against` names the scenario
/// without a project.
///
/// Errors: there is no scenario of the name (`UnknownScenario`), or none at all (`NoScenarios`); a nucleolus could
/// not be certified.
pub fn answer_game(
    file: &GameFile,
    scenario: Option<&str>,
    against: Option<&str>,
) -> Result<GameAnswer, GameFault> {
    let is_listed = matches!(file.kind, GameKind::Listed(_));
    let has_scenarios = is_listed || matches!(file.kind, GameKind::SampledValues { .. });
    if !has_scenarios && scenario.or(against).is_some() {
        return Err(GameFault::NoScenarios("this game has no scenarios: its values follow from its kind"));
    }
    if !is_listed && against.is_some() {
        return Err(GameFault::NoScenarios("the value of a project is not sampled"));
    }
    match &file.kind {
        GameKind::Airport(classes) => airport(file, classes),
        GameKind::SampledVote { weights, quota, sampling } => {
            let value = |coalition: Coalition| {
                let weight: f64 = coalition.members().map(|player| weights[player]).sum();
                if weight >= *quota { 1.0 } else { 0.0 }
            };
            let sampled = shapley_by_sampling(file.players.len(), value, sampling)?;
            Ok(sampled_answer(file, &sampled, sampling))
        }
        GameKind::SampledValues { scenarios, sampling } => {
            let game = match chosen(scenarios, scenario)? {
                Played::Fractions(game) => game.to_float(),
                Played::Decimals(game) => game.clone(),
            };
            let value = |coalition: Coalition| *game.value(coalition);
            let sampled = shapley_by_sampling(file.players.len(), value, sampling)?;
            Ok(sampled_answer(file, &sampled, sampling))
        }
        GameKind::Listed(scenarios) => {
            let with = chosen(scenarios, scenario)?;
            let without = against.map(|name| chosen(scenarios, Some(name))).transpose()?;
            match (with, without) {
                (Played::Fractions(game), Some(Played::Fractions(without))) => {
                    exact_answer(file, game, Some(without))
                }
                (Played::Decimals(game), Some(Played::Decimals(without))) => {
                    exact_answer(file, game, Some(without))
                }
                (Played::Fractions(game), _) => exact_answer(file, game, None),
                (Played::Decimals(game), _) => exact_answer(file, game, None),
            }
        }
    }
}

fn chosen<'a>(scenarios: &'a [(String, Played)], name: Option<&str>) -> Result<&'a Played, GameFault> {
    let found = match name {
        None => scenarios.first(),
        Some(name) => scenarios.iter().find(|(known, _)| known == name),
    };
    let known = || scenarios.iter().map(|(name, _)| name.clone()).collect();
    found.map(|(_, game)| game).ok_or_else(|| GameFault::UnknownScenario {
        name: name.unwrap_or_default().to_string(),
        known: known(),
    })
}

/// A named column of numbers, one for each player.
struct Concept<N> {
    name: String,
    values: Option<Vec<N>>,
}

fn exact_answer<N: Number>(
    file: &GameFile,
    game: &Game<N>,
    without: Option<&Game<N>>,
) -> Result<GameAnswer, GameFault> {
    let n = game.count();
    let shapley = game.shapley();
    let banzhaf = game.banzhaf();
    let nucleolus = match game.nucleolus() {
        Ok(nucleolus) => Some(nucleolus),
        Err(GameFault::NoImputation) => None,
        Err(fault) => return Err(fault),
    };
    let prenucleolus = game.prenucleolus()?;
    let alone = (0..n).map(|player| game.value(Coalition::of([player])).clone()).collect();
    let payoffs = |nucleolus: &Nucleolus<N>| nucleolus.payoffs.clone();
    let mut concepts: Vec<Concept<N>> = Vec::new();
    let mut column = |name: &str, values| concepts.push(Concept { name: name.to_string(), values });
    column("alone", Some(alone));
    column("shapley", Some(shapley.clone()));
    column("nucleolus", nucleolus.as_ref().map(payoffs));
    column("prenucleolus", Some(payoffs(&prenucleolus)));
    column("banzhaf", Some(banzhaf.clone()));
    column("banzhaf_shared", shared(&banzhaf, game.total()));
    if let Some(unions) = &file.unions {
        column("owen", Some(game.owen(unions)?));
    }
    for (name, graph) in &file.graphs {
        column(&format!("myerson_{name}"), Some(game.myerson(graph)?));
    }
    let mut tables = vec![values_table(game, &concepts, |value| Cell::Number(value.float()), "values")];
    if !N::ROUNDS {
        let text = |value: &N| Cell::Text(value.rational().map_or(String::new(), |value| value.to_string()));
        tables.push(values_table(game, &concepts, text, "fractions"));
    }
    let least = game.least_core()?;
    let has_core = game.has_core()?;
    let mut core = Table::new("core", &["core", "least_core_excess"]);
    let yes = if has_core { "not empty" } else { "empty" };
    core.push([yes.into(), least.excess.float().into()]);
    tables.push(core);
    // Wide for many players, so one row each.
    let mut binding = Table::new("binding_coalitions", &["coalition", "size"]);
    for &coalition in &least.binding {
        binding.push([game.words(coalition).into(), (coalition.size() as i32).into()]);
    }
    tables.push(binding);
    let mut levels =
        Table::new("kohlberg", &["concept", "level", "excess", "coalitions", "first_of_them", "tied_down"]);
    if let Some(nucleolus) = &nucleolus {
        certificate_rows(game, Among::Imputations, &nucleolus.certificate, &mut levels);
    }
    certificate_rows(game, Among::Preimputations, &prenucleolus.certificate, &mut levels);
    tables.push(levels);
    tables.push(explanation(game, &shapley));
    if !file.allocations.is_empty() {
        tables.push(allocations(file, game)?);
    }
    if let Some(without) = without {
        let before = without.shapley();
        let project = project_value(game, without)?;
        let mut table =
            Table::new("project", &["player", "shapley_without", "shapley_with", "project_value"]);
        for (at, player) in game.players().iter().enumerate() {
            let numbers = [&before[at], &shapley[at], &project[at]].map(|number| number.float().into());
            let [before, after, value] = numbers;
            table.push([player.as_str().into(), before, after, value]);
        }
        tables.push(table);
    }
    let evaluations = game.values().len() as i32 - 1;
    let mut method = Table::new("method", &["concepts", "method", "arithmetic", "evaluations"]);
    let arithmetic = if N::ROUNDS { "decimals" } else { "fractions" };
    method.push(["all".into(), "exact".into(), arithmetic.into(), evaluations.into()]);
    tables.push(method);
    let sentences = sentences(file, game, &shapley, nucleolus.as_ref(), &least.excess, has_core);
    Ok(GameAnswer { sentences, tables })
}

/// Values in the proportions of others so that they add up to a total; none when those add up to zero.
fn shared<N: Number>(values: &[N], total: &N) -> Option<Vec<N>> {
    let sum = values.iter().fold(N::zero(), |sum, value| sum.plus(value));
    (sum != N::zero()).then(|| values.iter().map(|value| value.times(total).over(&sum)).collect())
}

fn values_table<N: Number>(
    game: &Game<N>,
    concepts: &[Concept<N>],
    cell: impl Fn(&N) -> Cell,
    name: &str,
) -> Table {
    let header: Vec<&str> =
        std::iter::once("player").chain(concepts.iter().map(|concept| concept.name.as_str())).collect();
    let mut table = Table::new(name, &header);
    for (at, player) in game.players().iter().enumerate() {
        let values = concepts.iter().map(|concept| match &concept.values {
            Some(values) => cell(&values[at]),
            None => Cell::Empty,
        });
        table.rows.push(std::iter::once(player.as_str().into()).chain(values).collect());
    }
    table
}

fn certificate_rows<N: Number>(game: &Game<N>, among: Among, certificate: &Kohlberg<N>, table: &mut Table) {
    for (at, level) in certificate.levels.iter().enumerate() {
        let first = level.coalitions.first().map(|&coalition| game.words(coalition));
        table.push([
            among.words().into(),
            (at as i32 + 1).into(),
            level.excess.float().into(),
            (level.coalitions.len() as i32).into(),
            first.into(),
            (level.rank as i32).into(),
        ]);
    }
}

/// For each player the joinings that weigh most in its Shapley value.
/// For each player the coalitions whose joining weighs most in its Shapley value, in words.
pub(super) fn explanation<N: Number>(game: &Game<N>, shapley: &[N]) -> Table {
    let header = ["player", "heaviest", "before", "adds", "one_in_orders", "part", "part_percent", "words"];
    let mut table = Table::new("explanation", &header);
    for (player, name) in game.players().iter().enumerate() {
        for (at, told) in game.heaviest_contributions(player, TOLD).into_iter().enumerate() {
            let value = shapley[player].float();
            let part = told.part.float();
            let percent = (value != 0.0).then(|| 100.0 * part / value);
            table.push([
                name.as_str().into(),
                (at as i32 + 1).into(),
                game.words(told.before).into(),
                told.marginal.float().into(),
                (told.orders as f64).into(),
                part.into(),
                percent.into(),
                told_in_words(game, player, &told.before, percent).into(),
            ]);
        }
    }
    table
}

fn told_in_words<N: Number>(
    game: &Game<N>,
    player: usize,
    before: &Coalition,
    percent: Option<f64>,
) -> String {
    let name = &game.players()[player];
    let (without, with) = (game.value(*before).float(), game.value(before.with(player)).float());
    let verb = match game.measure() {
        Measure::Gain => "worth",
        Measure::Cost => "charged",
    };
    let share = percent.map_or(String::new(), |percent| format!(": {percent:.0} % of its value"));
    match before.size() {
        0 => format!("{name} alone is {verb} {}{share}", number(with)),
        size => {
            let is = if size == 1 { "is" } else { "are" };
            let others = game.words(*before);
            format!("{others} {is} {verb} {}, with {name} {}{share}", number(without), number(with))
        }
    }
}

/// A number in a sentence: few digits, thousands apart.
fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        size if size == size.trunc() || size >= 1000.0 => 0,
        size if size >= 10.0 => 1,
        _ => 3,
    };
    let text = format!("{size:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { "-" } else { "" };
    format!("{sign}{grouped}{rest}")
}

fn allocations<N: Number>(file: &GameFile, game: &Game<N>) -> Result<Table, GameFault> {
    let header = ["allocation", "left_over", "largest_excess", "coalition", "in_core"];
    let mut table = Table::new("allocations", &header);
    // Divisions are given in fractions; a game in decimals is looked at in fractions too, once.
    let exact = game.to_rationals();
    for (name, payoffs) in &file.allocations {
        let sum = payoffs.iter().fold(Rational::zero(), |sum, payoff| sum + payoff);
        let left = exact.total() - sum;
        let (excess, coalition) = exact.largest_excess(payoffs)?;
        let in_core = left == Rational::zero() && excess <= Rational::zero();
        table.push([
            name.as_str().into(),
            left.float().into(),
            excess.float().into(),
            exact.words(coalition).into(),
            if in_core { "yes" } else { "no" }.into(),
        ]);
    }
    Ok(table)
}

fn sentences<N: Number>(
    file: &GameFile,
    game: &Game<N>,
    shapley: &[N],
    nucleolus: Option<&Nucleolus<N>>,
    excess: &N,
    has_core: bool,
) -> Vec<String> {
    let unit = if file.unit.is_empty() { String::new() } else { format!(" {}", file.unit) };
    let (noun, arithmetic) = (
        match game.measure() {
            Measure::Gain => "are worth",
            Measure::Cost => "cost",
        },
        if N::ROUNDS { "in floating point" } else { "in fractions, without rounding" },
    );
    let mut sentences = vec![format!(
        "All {} players together {noun} {}{unit}. Exact, {arithmetic}, from {} values of coalitions.",
        game.count(),
        number(game.total().float()),
        game.values().len() - 1
    )];
    let size = number(excess.float().abs());
    let more = if game.measure() == Measure::Gain { "gain" } else { "save" };
    let tolerance = 1e-9 * game.scale();
    sentences.push(match (has_core, excess.is_within(tolerance)) {
        (true, true) => "The core is not empty, and some coalition is indifferent in every part of it.".into(),
        (true, false) => format!(
            "The core is not empty: every coalition can be left at least {size}{unit} better off than on its own."
        ),
        (false, _) => format!(
            "The core is empty: whatever the division, some coalition can {more} {size}{unit} or more on its own."
        ),
    });
    match nucleolus {
        Some(nucleolus) => {
            let levels = nucleolus.certificate.levels.len();
            let plural = if levels == 1 { "level" } else { "levels" };
            let again = match nucleolus.found_in_fractions && N::ROUNDS {
                true => " It was found in fractions; rounding had spoiled the first answer.",
                false => "",
            };
            sentences.push(format!(
                "The nucleolus passes Kohlberg's criterion, {levels} {plural} of excess balanced.{again}"
            ));
        }
        None => sentences.push(
            "There is no nucleolus: players alone are worth more than all together, so that nothing can be \
             divided to everyone's advantage. The prenucleolus asks for less."
                .into(),
        ),
    }
    let mut order: Vec<usize> = (0..game.count()).collect();
    order.sort_by(|&a, &b| shapley[b].float().total_cmp(&shapley[a].float()).then(a.cmp(&b)));
    for &player in order.iter().take(8) {
        let name = &game.players()[player];
        let value = shapley[player].float();
        let heaviest = game.heaviest_contributions(player, TOLD);
        if heaviest.is_empty() {
            sentences.push(format!("{name} adds nothing to any coalition: its Shapley value is 0."));
            continue;
        }
        let told = heaviest.iter().map(|told| {
            let percent = (value != 0.0).then(|| 100.0 * told.part.float() / value);
            told_in_words(game, player, &told.before, percent)
        });
        let told = told.collect::<Vec<_>>().join("; ");
        sentences.push(format!("Shapley value of {name}: {}{unit}. Most of it: {told}.", number(value)));
    }
    sentences
}

fn sampled_answer(file: &GameFile, sampled: &Sampled, settings: &SamplingSettings) -> GameAnswer {
    let mut values = Table::new("values", &["player", "shapley", "standard_error"]);
    for (at, player) in file.players.iter().enumerate() {
        values.push([player.as_str().into(), sampled.values[at].into(), sampled.standard_errors[at].into()]);
    }
    let mut method =
        Table::new("method", &["concepts", "method", "arithmetic", "evaluations", "pairs", "seed"]);
    method.push([
        "shapley".into(),
        "sampled".into(),
        "decimals".into(),
        (sampled.evaluations as f64).into(),
        (sampled.pairs as f64).into(),
        (settings.seed as f64).into(),
    ]);
    let largest = sampled.standard_errors.iter().copied().fold(0.0, f64::max);
    let sentence = format!(
        "Shapley values of {} players, sampled: {} pairs of a permutation and its reverse, {} values of \
         coalitions, seed {}; the largest standard error is {}.",
        file.players.len(),
        number(sampled.pairs as f64),
        number(sampled.evaluations as f64),
        settings.seed,
        format_args!("{largest:.2e}")
    );
    GameAnswer { sentences: vec![sentence], tables: vec![values, method] }
}

fn airport(file: &GameFile, classes: &[AirportClass]) -> Result<GameAnswer, GameFault> {
    let fees = airport_fees(classes)?;
    let header = ["player", "users", "cost", "shapley", "nucleolus"];
    let mut values = Table::new("values", &header);
    for (class, fee) in classes.iter().zip(&fees) {
        values.push([
            class.name.as_str().into(),
            (class.users as f64).into(),
            class.cost.into(),
            fee.shapley.into(),
            fee.nucleolus.into(),
        ]);
    }
    let mut method = Table::new("method", &["concepts", "method", "arithmetic", "evaluations"]);
    method.push(["shapley, nucleolus".into(), "exact".into(), "decimals".into(), 0.into()]);
    let users: u64 = classes.iter().map(|class| class.users).sum();
    let unit = if file.unit.is_empty() { String::new() } else { format!(" {}", file.unit) };
    let cost = classes.iter().map(|class| class.cost).fold(0.0, f64::max);
    let sentence = format!(
        "{} users of {} kinds share {}{unit}. Exact, by the closed form of airport games.",
        number(users as f64),
        classes.len(),
        number(cost)
    );
    Ok(GameAnswer { sentences: vec![sentence], tables: vec![values, method] })
}
