//! Integration tests of the library.

mod architecture;
mod bad_inputs;
mod coalitions;
mod corpus;
mod deal;
mod flexibility;
mod generated_docs;
mod identities;
mod infeasible;
mod published;
mod runs;
mod verify;
mod world_2011;
