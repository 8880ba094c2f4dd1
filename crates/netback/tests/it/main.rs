//! Integration tests of the library.

mod architecture;
mod published;
mod runs;
mod world_2011;
