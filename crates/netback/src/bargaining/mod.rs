//! Bargaining: who gains what when players can cooperate.
//!
//! A [`Game`] says what every coalition is worth; the solution concepts divide what all players together have.
//! All of them work in floating point and in fractions without rounding ([`Number`]). See docs/bargaining.md.

mod airport;
mod coalition_value;
mod core;
mod flow_solver;
mod game;
mod game_file;
mod kohlberg;
mod myerson;
mod network_game;
mod nucleolus;
mod number;
mod project_value;
mod report;
mod sampling;
mod shapley;
mod simplex;
mod span;
mod unions;

pub use airport::{AirportClass, AirportFee, airport_fees};
pub use coalition_value::{AssetId, Assets, CoalitionValues, Effort, OwnedNetwork, ValueFault};
pub use core::LeastCore;
pub use game::{Coalition, Game, GameFault, MOST_PLAYERS, MOST_PLAYERS_SAMPLED, Measure};
pub use game_file::{GameFile, GameKind, Played};
pub use kohlberg::{Kohlberg, KohlbergFailure, Level, kohlberg};
pub use myerson::Graph;
pub use network_game::{
    EURASIAN_PLAYERS, NetworkRules, Outsiders, Player, network_game, network_game_with_projects,
    read_players, read_unions, too_many,
};
pub use nucleolus::{Among, Nucleolus, Stage};
pub use number::{Number, Rational, read_rational};
pub use project_value::{BargainAnswer, BargainQuestion, answer_bargaining};
pub(crate) use project_value::{WORTH_A_WORD, most_and_least};
pub use report::{GameAnswer, answer_game};
pub use sampling::{LazyGame, Sampled, SamplingSettings, shapley_by_sampling};
pub use shapley::{Contribution, project_value};
pub use unions::Unions;
