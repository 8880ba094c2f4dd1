//! Integration tests of the library.

mod architecture;
mod corpus;
mod identities;
mod infeasible;
mod published;
mod runs;
mod world_2011;
