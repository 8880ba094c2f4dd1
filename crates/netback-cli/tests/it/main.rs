//! Integration tests of the program.

mod cli;
