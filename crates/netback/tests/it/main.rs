//! Integration tests of the library.

mod published;
