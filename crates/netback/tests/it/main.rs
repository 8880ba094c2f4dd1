//! Integration tests of the library.

mod architecture;
mod identities;
mod infeasible;
mod published;
mod runs;
mod verify;
mod world_2011;
