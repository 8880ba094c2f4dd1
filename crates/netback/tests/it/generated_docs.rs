//! Documents that are generated from a table of the sources.

use std::fs;
use std::path::Path;

use netback::case::{findings_reference, reference};

/// Writes the document anew when it differs, and fails: the change is to be looked at and committed.
fn check(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file);
    let before = fs::read_to_string(&path).unwrap_or_default();
    if before != text {
        fs::write(&path, text).expect("docs is writable");
        panic!("docs/{file} was out of date and is written anew: look at the change and commit it");
    }
}

#[test]
fn the_reference_of_the_tables_is_up_to_date() {
    check("reference.md", &reference());
}

#[test]
fn the_reference_of_the_findings_is_up_to_date() {
    check("findings.md", &findings_reference());
}
