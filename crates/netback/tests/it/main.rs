//! Integration tests of the library.

mod architecture;
mod bad_inputs;
mod built;
mod corpus;
mod cuts;
mod generated_docs;
mod identities;
mod infeasible;
mod published;
mod runs;
#[cfg(feature = "highs")]
mod second_solver;
mod units;
mod verify;
mod world_2011;
