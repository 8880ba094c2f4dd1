//! Integration tests of the library.

mod architecture;
mod identities;
mod infeasible;
mod published;
mod runs;
mod world_2011;
