//! Solution concepts: their axioms, closed forms, another hand's numbers, and games that are refused.

use std::path::{Path, PathBuf};

use netback::bargaining::{
    AirportClass, Among, Coalition, Game, GameFault, GameFile, GameKind, Graph, KohlbergFailure, LazyGame,
    Measure, Number, Played, Rational, SamplingSettings, Unions, airport_fees, answer_game, kohlberg,
    project_value, shapley_by_sampling,
};
use netback::case::Findings;
use netback_solve::{Column, Program, Row, Settings, solve};
use proptest::prelude::*;

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(folder: &Path) -> Result<GameFile, Findings> {
    let text = std::fs::read_to_string(folder.join("game.toml")).expect("a game");
    GameFile::read("game.toml", &text, &|name| std::fs::read_to_string(folder.join(name)))
}

/// Deterministic numbers from 0 to `below` (splitmix64).
fn numbers(seed: u64, count: usize, below: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    };
    (0..count).map(|_| next() as f64).collect()
}

/// A game with whole values up to a limit; players alone have nothing, so that there is an imputation.
fn random_game(seed: u64, players: usize, below: u64) -> Game {
    let mut values = numbers(seed, 1 << players, below);
    values[0] = 0.0;
    for player in 0..players {
        values[1 << player] = 0.0;
    }
    Game::from_values(players, &values).expect("a game")
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance)
}

/// Every bad game by name, with what was found.
fn refused() -> Vec<(String, Findings)> {
    let mut names: Vec<String> = std::fs::read_dir(folder("tests/bad_games"))
        .expect("a folder")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let refuse = |name: String| {
        let findings = read(&folder("tests/bad_games").join(&name)).expect_err(&name);
        (name, findings)
    };
    names.into_iter().map(refuse).collect()
}

/// Codes that the bad games show.
pub fn codes() -> Vec<String> {
    let findings = refused().into_iter().flat_map(|(_, findings)| findings.0);
    findings.map(|finding| finding.code.to_string()).collect()
}

#[test]
fn games_that_are_wrong_are_refused_with_place_and_help() {
    let refused = refused();
    assert!(refused.len() >= 33, "{}", refused.len());
    for (name, findings) in refused {
        for finding in &findings.0 {
            assert!(!finding.help.is_empty() && !finding.message.is_empty(), "{finding:?}");
            let absent = ["NB0042", "NB0015"].contains(&finding.code.to_string().as_str());
            assert!(finding.place.line > 0 || absent, "{name}: {finding:?}");
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("bad-game-{name}"), findings.to_string());
        });
    }
}

/// What a slip of the hand puts into a file.
const SLIPS: [&str; 10] = ["", "\"", ",", "[", "]", "=", "+", "\n", "1e999", "é"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A changed file is accepted or refused; it never panics.
    #[test]
    fn any_change_of_a_game_is_answered(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..9, 0..SLIPS.len()), 1..4),
        which in 0usize..4,
    ) {
        let folder = folder("../../cases/published").join(
            ["game-tva", "game-myerson-1977", "game-unsc-15", "game-airport-birmingham"][which],
        );
        let mut text = std::fs::read_to_string(folder.join("game.toml")).expect("a game");
        for (at, length, slip) in edits {
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let start = at.index(ends.len());
            let end = (start + length).min(ends.len() - 1);
            text.replace_range(ends[start]..ends[end], SLIPS[slip]);
        }
        let read = GameFile::read("game.toml", &text, &|_| Err(std::io::ErrorKind::NotFound.into()));
        // Fifteen players in fractions take seconds; their reading is what is tried here.
        if let Ok(game) = read && game.players.len() < 8 {
            let _ = answer_game(&game, None, None);
        }
    }

    #[test]
    fn shapley_obeys_its_axioms(players in 1usize..8, seed in any::<u64>()) {
        let values = {
            let mut values = numbers(seed, 1 << players, 1000);
            values[0] = 0.0;
            values
        };
        let game = Game::from_values(players, &values).expect("a game");
        let shapley = game.shapley();
        // Efficiency.
        let sum: f64 = shapley.iter().sum();
        prop_assert!((sum - game.total()).abs() <= 1e-9);
        // Additivity.
        let mut other = numbers(seed ^ 1, 1 << players, 1000);
        other[0] = 0.0;
        let both: Vec<f64> = values.iter().zip(&other).map(|(a, b)| a + b).collect();
        let of = |values: &[f64]| Game::from_values(players, values).expect("a game").shapley();
        let apart: Vec<f64> = shapley.iter().zip(of(&other)).map(|(a, b)| a + b).collect();
        prop_assert!(close(&of(&both), &apart, 1e-9));
        let with = Game::from_values(players, &both).expect("a game");
        prop_assert!(close(&project_value(&with, &game).expect("the same players"), &of(&other), 1e-9));
        // A null player gets nothing, exactly.
        let null: Vec<f64> = (0..1 << players).map(|mask: usize| values[mask & !1]).collect();
        prop_assert_eq!(of(&null)[0], 0.0);
        // Symmetry: the first two players change places.
        if players >= 2 {
            let swapped = |mask: usize| (mask & !3) | (mask & 1) << 1 | (mask & 2) >> 1;
            let swapped: Vec<f64> = (0..1 << players).map(|mask| values[swapped(mask)]).collect();
            let there = of(&swapped);
            prop_assert!((there[0] - shapley[1]).abs() <= 1e-9 && (there[1] - shapley[0]).abs() <= 1e-9);
        }
        // Fractions agree with floats.
        let exact: Vec<f64> = game.to_rationals().shapley().iter().map(Number::float).collect();
        prop_assert!(close(&exact, &shapley, 1e-9));
        // What is told of a player is part of its value; all joinings together are the value.
        let all = game.heaviest_contributions(0, usize::MAX);
        prop_assert!((all.iter().map(|told| told.part).sum::<f64>() - shapley[0]).abs() <= 1e-9);
        prop_assert!(all.windows(2).all(|pair| pair[0].part.abs() >= pair[1].part.abs() - 1e-12));
    }

    #[test]
    fn unions_of_one_and_complete_graphs_change_nothing(players in 1usize..8, seed in any::<u64>()) {
        let game = random_game(seed, players, 100);
        let shapley = game.shapley();
        let alone: Vec<Coalition> = (0..players).map(|player| Coalition::of([player])).collect();
        for unions in [&alone[..], &[], &[Coalition::grand(players)]] {
            let unions = Unions::new(players, unions).expect("unions");
            prop_assert!(close(&game.owen(&unions).expect("of these players"), &shapley, 1e-9));
        }
        let complete: Vec<(usize, usize)> =
            (0..players).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
        let graph = Graph::new(players, &complete).expect("a graph");
        prop_assert!(close(&game.myerson(&graph).expect("of these players"), &shapley, 1e-9));
        // Without links everybody has what it has alone.
        let none = Graph::new(players, &[]).expect("a graph");
        let own: Vec<f64> = alone.iter().map(|&player| *game.value(player)).collect();
        prop_assert!(close(&game.myerson(&none).expect("of these players"), &own, 1e-9));
    }

    #[test]
    fn owen_and_myerson_agree_with_another_hand(
        players in 2usize..8, seed in any::<u64>(), cut in 1usize..7, links in any::<u32>(),
    ) {
        let game = random_game(seed, players, 100);
        let other = coopgame::ExplicitGame::from_binary(&game.values()[1..]).expect("a game");
        let cut = cut.min(players - 1);
        let unions = Unions::new(players, &[Coalition::of(0..cut)]).expect("unions");
        let mut blocks = vec![(0..cut).collect::<Vec<_>>()];
        blocks.extend((cut..players).map(|player| vec![player]));
        let structure = coopgame::partition::CoalitionStructure::new(players, &blocks).expect("blocks");
        let theirs = coopgame::partition::owen(&other, &structure).expect("a value");
        prop_assert!(close(&game.owen(&unions).expect("a value"), &theirs, 1e-9));
        let all = (0..players).flat_map(|a| (0..a).map(move |b| (a, b)));
        let some: Vec<(usize, usize)> =
            all.enumerate().filter(|(at, _)| links >> at & 1 == 1).map(|(_, link)| link).collect();
        let theirs = coopgame::communication::myerson(&other, &some).expect("a value");
        let graph = Graph::new(players, &some).expect("a graph");
        prop_assert!(close(&game.myerson(&graph).expect("a value"), &theirs, 1e-9));
        prop_assert!(close(&game.banzhaf(), &coopgame::values::banzhaf(&other), 1e-9));
    }

    /// Producer, transit country and consumer share a surplus of 1, of which a bypass can carry `a`.
    #[test]
    fn a_bypass_has_a_closed_form(bypass in 0.0f64..1.0) {
        let game = Game::from_values(3, &[0.0, 0.0, 0.0, 0.0, 0.0, bypass, 0.0, 1.0]).expect("a game");
        let shapley = game.shapley();
        prop_assert!((shapley[1] - (1.0 / 3.0 - bypass / 3.0)).abs() < 1e-12);
        prop_assert!((shapley[0] - (1.0 / 3.0 + bypass / 6.0)).abs() < 1e-12);
        let nucleolus = game.nucleolus().expect("a nucleolus").payoffs;
        prop_assert!((nucleolus[1] - (1.0f64 / 3.0).min((1.0 - bypass) / 2.0)).abs() < 1e-12);
    }

    #[test]
    fn fractions_and_floats_have_one_nucleolus(players in 1usize..6, seed in any::<u64>(), below in 2u64..50) {
        let game = random_game(seed, players, below);
        let exact = game.to_rationals();
        for among in [Among::Imputations, Among::Preimputations] {
            let of = |exact: bool| -> Vec<f64> {
                match exact {
                    true => concept(&game.to_rationals(), among).iter().map(Number::float).collect(),
                    false => concept(&game, among),
                }
            };
            prop_assert!(close(&of(true), &of(false), 1e-9));
        }
        // The certificate knows nothing of the stages: moving one payoff by a millionth is refused.
        if players >= 2 {
            let nucleolus = exact.nucleolus().expect("an imputation");
            let mut moved = nucleolus.payoffs.clone();
            let step = Rational::new(1.into(), 1_000_000.into());
            moved[0] += &step;
            moved[1] -= &step;
            prop_assert!(kohlberg(&exact, &moved, Among::Imputations).is_err());
        }
    }

    #[test]
    fn closed_forms_of_airports_are_those_of_the_game(
        costs in prop::collection::vec(1u32..50, 1..4), users in prop::collection::vec(1u64..4, 3),
    ) {
        let classes: Vec<AirportClass> = costs.iter().zip(&users).enumerate()
            .map(|(at, (&cost, &users))| AirportClass { name: at.to_string(), users, cost: f64::from(cost) })
            .collect();
        let of: Vec<usize> =
            classes.iter().enumerate().flat_map(|(at, class)| vec![at; class.users as usize]).collect();
        let names = (0..of.len()).map(|player| player.to_string()).collect();
        let game = Game::from_function(names, Measure::Cost, |coalition| {
            coalition.members().map(|player| classes[of[player]].cost).fold(0.0, f64::max)
        }).expect("a game");
        let fees = airport_fees(&classes).expect("users");
        let each = |fee: &dyn Fn(usize) -> f64| of.iter().map(|&class| fee(class)).collect::<Vec<f64>>();
        prop_assert!(close(&game.shapley(), &each(&|class| fees[class].shapley), 1e-9));
        let nucleolus = game.nucleolus().expect("a nucleolus").payoffs;
        prop_assert!(close(&nucleolus, &each(&|class| fees[class].nucleolus), 1e-9), "{:?} {:?}", nucleolus, fees);
    }
}

fn concept<N: Number>(game: &Game<N>, among: Among) -> Vec<N> {
    let found = match among {
        Among::Imputations => game.nucleolus(),
        Among::Preimputations => game.prenucleolus(),
    };
    let found = found.expect("certified");
    assert!(kohlberg(game, &found.payoffs, among).is_ok());
    found.payoffs
}

/// A thousand games of 2 to 7 players against `coopgame`: both nucleoli, least core; in the core when there is one.
#[test]
fn a_thousand_random_games_agree_with_another_hand() {
    let mut cores = 0;
    for seed in 0..1000 {
        let players = 2 + (seed % 6) as usize;
        // Few different values make many ties, which is where freezing too much goes wrong.
        let game = random_game(seed, players, [2, 5, 40, 100_000][(seed / 6 % 4) as usize]);
        let other = coopgame::ExplicitGame::from_binary(&game.values()[1..]).expect("a game");
        let tolerance = 1e-7 * game.values().iter().fold(1.0, |a: f64, b| a.max(b.abs()));
        let nucleolus = game.nucleolus().unwrap_or_else(|fault| panic!("game {seed}: {fault}"));
        assert!(!nucleolus.found_in_fractions, "rounding spoiled game {seed}");
        let theirs = coopgame::nucleolus::nucleolus(&other).expect("theirs");
        assert!(
            close(&nucleolus.payoffs, theirs.allocation(), tolerance),
            "game {seed}: {nucleolus:?} {theirs:?}"
        );
        let prenucleolus = game.prenucleolus().expect("certified");
        let theirs = coopgame::nucleolus::prenucleolus(&other).expect("theirs");
        assert!(close(&prenucleolus.payoffs, theirs.allocation(), tolerance), "game {seed}");
        let least = game.least_core().expect("solved");
        let theirs =
            coopgame::nucleolus::least_core(&other, coopgame::Domain::Preimputation).expect("theirs");
        assert!((least.excess - theirs.epsilon()).abs() <= tolerance, "game {seed}");
        assert!(close(&game.shapley(), &coopgame::values::shapley(&other), tolerance), "game {seed}");
        if game.has_core().expect("solved") {
            cores += 1;
            let (excess, _) = game.largest_excess(&nucleolus.payoffs).expect("two players at least");
            assert!(excess <= tolerance, "game {seed}: the nucleolus is not in the core");
            assert!(close(&nucleolus.payoffs, &prenucleolus.payoffs, tolerance), "game {seed}");
        }
    }
    assert!((50..950).contains(&cores), "{cores} games have a core");
}

/// The least core by the general solver of programmes, with its certificate.
#[test]
fn the_least_core_agrees_with_the_general_solver() {
    for seed in 0..40 {
        let players = 2 + (seed % 5) as usize;
        let game = random_game(seed, players, 100);
        let mut program = Program::new();
        let free = |name: String| Column::new(name).bounds(f64::NEG_INFINITY, f64::INFINITY);
        let payoffs: Vec<_> =
            (0..players).map(|player| program.column(free(format!("payoff of {player}")))).collect();
        let excess = program.column(free("excess".into()).cost(1.0));
        for mask in 1..1_u64 << players {
            let coalition = Coalition(mask);
            let value = *game.value(coalition);
            let is_grand = coalition == Coalition::grand(players);
            let row = Row::new(format!("coalition {mask}"));
            let mut row = if is_grand { row.equal_to(value) } else { row.at_least(value).entry(excess, 1.0) };
            for player in coalition.members() {
                row = row.entry(payoffs[player], 1.0);
            }
            program.row(row);
        }
        let held = solve(&program, &Settings::default()).held.expect("a bounded programme");
        let least = game.least_core().expect("solved");
        let theirs = held.value().columns[excess.index()];
        assert!((least.excess - theirs).abs() < 1e-6, "game {seed}: {} {theirs}", least.excess);
        let (largest, _) = game.largest_excess(&least.payoffs).expect("players");
        assert!((largest - least.excess).abs() < 1e-9);
    }
}

#[test]
fn kohlberg_says_how_payoffs_can_be_moved() {
    let gloves = Game::from_values(3, &[0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]).expect("a game");
    let third = 1.0 / 3.0;
    let failure = kohlberg(&gloves, &[third; 3], Among::Imputations).expect_err("not the nucleolus");
    let KohlbergFailure::NotBalanced { direction, .. } = failure else { panic!("{failure:?}") };
    assert!(direction[0] > 0.0 && direction[1] < 0.0 && direction[2] < 0.0, "{direction:?}");
    assert!(matches!(
        kohlberg(&gloves, &[1.0, 0.5, -0.5], Among::Imputations),
        Err(KohlbergFailure::BelowAlone { player: 2 })
    ));
    assert!(matches!(
        kohlberg(&gloves, &[1.0, 0.5, 0.0], Among::Imputations),
        Err(KohlbergFailure::NotShared { gap }) if (gap - 0.5).abs() < 1e-12
    ));
    assert!(kohlberg(&gloves, &[1.0, 0.0, 0.0], Among::Imputations).is_ok());
}

/// The fault of freezing every coalition that is tight in one answer: 109 of the 200 games below go wrong by it.
#[test]
fn every_random_game_of_the_literature_is_settled_on_the_whole_face() {
    let GameKind::Listed(games) =
        read(&folder("../../cases/published/game-benedek-random")).expect("read").kind
    else {
        panic!("values are listed")
    };
    assert_eq!(games.len(), 200);
    for (name, game) in games {
        let Played::Fractions(game) = game else { panic!("five players are played in fractions") };
        let nucleolus = game.nucleolus().unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let sum: Rational = nucleolus.payoffs.iter().sum();
        assert_eq!(sum, *game.total(), "{name}");
        let falls = |pair: &[netback::bargaining::Stage<Rational>]| pair[0].excess >= pair[1].excess;
        assert!(nucleolus.stages.windows(2).all(falls), "{name}");
        assert_eq!(nucleolus.certificate.levels.last().map(|level| level.rank), Some(5), "{name}");
    }
}

#[test]
fn samples_are_within_three_standard_errors() {
    for (seed, players) in [(1, 6), (2, 9), (3, 12)] {
        let game = random_game(seed, players, 1000);
        let exact = game.shapley();
        let value = |coalition: Coalition| *game.value(coalition);
        let settings = SamplingSettings { pairs: 2000, seed };
        let sampled = shapley_by_sampling(players, value, &settings).expect("sampled");
        assert_eq!(sampled.evaluations, 1 + 2 * 2000 * (players as u64 - 1));
        assert!((sampled.values.iter().sum::<f64>() - game.total()).abs() < 1e-9);
        for ((mean, error), exact) in sampled.values.iter().zip(&sampled.standard_errors).zip(&exact) {
            assert!(
                *error > 0.0 && *error < 10.0 && (mean - exact).abs() <= 3.0 * error,
                "{mean} ± {error}, {exact}"
            );
        }
        let other = shapley_by_sampling(players, value, &SamplingSettings { pairs: 2000, seed: seed + 9 });
        assert_ne!(other.expect("sampled").values, sampled.values);
    }
}

/// Reverse orders cancel errors: with values that only depend on size, all of them.
#[test]
fn a_permutation_and_its_reverse_help() {
    let names: Vec<String> = (0..30).map(|player| player.to_string()).collect();
    let square = |coalition: Coalition| (coalition.size() * coalition.size()) as f64;
    let game = LazyGame::new(names, square).expect("thirty players");
    let sampled = game.shapley_by_sampling(&SamplingSettings { pairs: 10, seed: 5 }).expect("sampled");
    assert!(sampled.values.iter().all(|value| (value - 30.0).abs() < 1e-9), "{sampled:?}");
    assert!(sampled.standard_errors.iter().all(|error| *error < 1e-9));
    let few = game.shapley_by_sampling(&SamplingSettings { pairs: 1, seed: 5 });
    assert_eq!(few, Err(GameFault::TooFewPairs));
    let broken = LazyGame::new(game.players().to_vec(), |_| f64::NAN).expect("thirty players");
    assert!(matches!(broken.shapley_by_sampling(&SamplingSettings::default()), Err(GameFault::NotFinite(_))));
}

#[test]
fn threads_do_not_change_a_bit() {
    let game = random_game(11, 15, 1_000_000);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let value = |coalition: Coalition| *game.value(coalition);
            let sampled = shapley_by_sampling(15, value, &SamplingSettings { pairs: 500, seed: 3 });
            (game.shapley(), game.banzhaf(), sampled.expect("sampled"))
        })
    };
    assert_eq!(on(1), on(16));
}

#[test]
fn a_game_is_what_it_says() {
    let refused = |players: usize, values: &[f64]| Game::from_values(players, values).expect_err("no game");
    assert_eq!(refused(0, &[0.0]), GameFault::NoPlayers);
    assert_eq!(refused(25, &[0.0]), GameFault::TooManyPlayers { players: 25, limit: 24 });
    assert_eq!(refused(1, &[0.0, 1.0, 2.0]), GameFault::WrongCount { what: "values", given: 3, needed: 2 });
    assert_eq!(refused(1, &[0.0, f64::INFINITY]), GameFault::NotFinite(Coalition(1)));
    assert_eq!(refused(1, &[1.0, 1.0]), GameFault::EmptyCoalitionHasValue);
    let apart = Game::from_values(2, &[0.0, 1.0, 1.0, 1.0]).expect("a game");
    assert_eq!(apart.nucleolus(), Err(GameFault::NoImputation));
    assert_eq!(apart.prenucleolus().expect("there always is one").payoffs, [0.5, 0.5]);
    assert_eq!((apart.is_superadditive(), apart.is_convex()), (Some(false), false));
    let together = Game::from_values(2, &[0.0, 1.0, 1.0, 3.0]).expect("a game");
    assert_eq!((together.is_superadditive(), together.is_convex()), (Some(true), true));
    // A cost game is the game of its negatives.
    let names = || vec!["a".to_string(), "b".to_string(), "c".to_string()];
    let costs = [0.0, 6.0, 7.0, 10.0, 8.0, 11.0, 12.0, 15.0];
    let cost = Game::new(names(), costs.to_vec(), Measure::Cost).expect("a game");
    let gain = Game::new(names(), costs.iter().map(|cost| -cost).collect(), Measure::Gain).expect("a game");
    let negative: Vec<f64> = gain.nucleolus().expect("certified").payoffs.iter().map(|pay| -pay).collect();
    assert!(close(&cost.nucleolus().expect("certified").payoffs, &negative, 1e-12));
    assert_eq!(cost.least_core().expect("solved").excess, gain.least_core().expect("solved").excess);
    let one = Game::from_values(1, &[0.0, 3.0]).expect("a game");
    assert_eq!((one.shapley(), one.nucleolus().expect("certified").payoffs), (vec![3.0], vec![3.0]));
}

/// Values that differ by what rounding does to them: certified all the same, in fractions when it must be.
#[test]
fn values_close_to_ties_are_certified() {
    for seed in 0..200 {
        let mut values = numbers(seed, 64, 4);
        let noise = numbers(seed + 1000, 64, 3);
        let size = [1e-15, 1e-13, 1e-12, 1e-11, 1e-10, 1e-8][(seed % 6) as usize];
        for (mask, (value, noise)) in values.iter_mut().zip(noise).enumerate() {
            *value = if mask.count_ones() < 2 { 0.0 } else { *value + size * noise };
        }
        let game = Game::from_values(6, &values).expect("a game");
        let nucleolus = game.nucleolus().unwrap_or_else(|fault| panic!("game {seed}: {fault}"));
        let exact = game.to_rationals().nucleolus().expect("exact");
        let exact: Vec<f64> = exact.payoffs.iter().map(Number::float).collect();
        assert!(
            close(&nucleolus.payoffs, &exact, 1e-7),
            "game {seed} {size}: {:?} {exact:?}",
            nucleolus.payoffs
        );
    }
}
