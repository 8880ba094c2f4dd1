//! Integration tests of the library.

mod architecture;
mod bad_contracts;
mod bad_inputs;
mod corpus;
mod generated_docs;
mod identities;
mod infeasible;
mod ledger;
mod published;
mod runs;
mod verify;
mod world_2011;
