//! Integration tests of the library.

mod architecture;
mod bad_contracts;
mod bad_inputs;
mod built;
mod coalitions;
mod corpus;
mod cuts;
mod deal;
mod flexibility;
mod game;
mod generated_docs;
mod identities;
mod infeasible;
mod ladder;
mod ledger;
mod levers;
mod network_games;
mod price_formulas;
mod published;
mod runs;
#[cfg(feature = "highs")]
mod second_solver;
mod units;
mod verify;
mod world_2011;
