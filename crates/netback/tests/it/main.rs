//! Integration tests of the library.

mod architecture;
mod bad_inputs;
mod generated_docs;
mod infeasible;
mod published;
mod runs;
mod world_2011;
