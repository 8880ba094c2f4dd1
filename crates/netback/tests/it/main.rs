//! Integration tests of the library.

mod architecture;
mod infeasible;
mod published;
mod runs;
mod world_2011;
