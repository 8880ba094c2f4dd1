//! Invariants of ARCHITECTURE.md that can be read off the sources.

use std::fs;
use std::path::Path;

fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).expect("a source folder") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                found.push((path.display().to_string(), text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn assert_without(folder: &str, words: &[&str]) {
    for (path, text) in sources(folder) {
        for (number, line) in text.lines().enumerate() {
            for word in words {
                assert!(!line.to_lowercase().contains(word), "{path}:{}: \"{word}\" in: {line}", number + 1);
            }
        }
    }
}

#[test]
fn the_solver_knows_no_gas() {
    let words =
        ["pipeline", "bcm", "tcm", "lng", "usd", "seller", "trader", "market equilib", "storage site"];
    assert_without("../netback-solve/src", &words);
}

#[test]
fn the_libraries_are_quiet() {
    let words = ["std::net", "std::env", "println!", "eprintln!", "instant::now", "systemtime"];
    assert_without("../netback-solve/src", &words);
    assert_without("src", &words);
}

#[test]
fn the_second_reading_is_its_own() {
    assert_without("src/verify", &["crate::market", "super::market", "netback_solve", "crate::report"]);
}
