//! Every file under `tests/bad_contracts` is a contract with one fault, or several; its findings are a snapshot.
//!
//! Files that begin with `price-` belong to the price formulas.

use std::fs;
use std::path::{Path, PathBuf};

use netback::case::Findings;
use netback::contract::{Contract, Indices, ValuationSettings};
use proptest::prelude::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_contracts")
}

/// Names and texts of the contracts.
fn contracts() -> Vec<(String, String)> {
    let entries = fs::read_dir(folder()).expect("a folder of contracts");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    let all = paths.iter().map(|path| (name(path), fs::read_to_string(path).expect("text")));
    all.filter(|(name, _)| !name.starts_with("price-")).collect()
}

/// What is wrong with a contract: in its text, in the terms it is to be valued by, or in the prices and rates it needs.
fn found(name: &str, text: &str) -> Findings {
    let contract = match Contract::read(name, text) {
        Err(findings) => return findings,
        Ok(contract) => contract,
    };
    match contract.valuation.as_ref().map(|terms| &terms.unfit) {
        Some(unfit) if !unfit.0.is_empty() => {
            // the ledger does not need what the valuation cannot hold
            let settings = ValuationSettings { learning_paths: 2, replay_paths: 2, ..Default::default() };
            let valued = contract.value(&Indices::default(), &settings, &|_| ());
            assert_eq!(valued.err().as_ref(), Some(unfit), "{name}");
            unfit.clone()
        }
        _ => contract.account(&Indices::default()).err().unwrap_or_else(|| panic!("{name} was accepted")),
    }
}

/// Codes that the bad contracts show.
pub fn codes() -> Vec<String> {
    let findings = contracts().into_iter().flat_map(|(name, text)| found(&name, &text).0);
    findings.map(|finding| finding.code.to_string()).collect()
}

#[test]
fn bad_contracts_are_refused_with_place_and_help() {
    let contracts = contracts();
    assert!(contracts.len() >= 30, "bad contracts are missing: {}", contracts.len());
    for (file, text) in contracts {
        let findings = found(&file, &text);
        for finding in &findings.0 {
            assert!(!finding.help.is_empty() && !finding.message.is_empty(), "{file}: {finding:?}");
            // a section that is missing stands nowhere
            let nowhere = finding.message.starts_with("section [");
            assert!(finding.place.line >= 1 && finding.place.column >= 1 || nowhere, "{file}: {finding:?}");
        }
        let name = file.trim_end_matches(".toml");
        let one = if name == "four-faults" { 4 } else { 1 };
        assert!(findings.0.len() == one || name == "no-gas-basis", "{file}: {findings}");
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("bad-contract-{name}"), findings.to_string());
        });
    }
}

/// What a slip of the hand or a bad disk puts into a file.
const SLIPS: [&str; 12] = ["", "\"", ",", "\n", "=", "[", "]]", "-", "e9", "nan", "99", "é"];

proptest! {
    /// A changed contract is accepted or refused; it never panics, and every place is inside its file.
    #[test]
    fn every_place_is_inside_the_contract(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..9, 0..SLIPS.len()), 1..4)
    ) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/gazprom-naftogaz-2009.toml");
        let mut text = fs::read_to_string(path).expect("the example");
        for (at, length, slip) in edits {
            let inside = |mut at: usize| {
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let start = inside(at.index(text.len() + 1));
            let end = inside((start + length).min(text.len())).max(start);
            text.replace_range(start..end, SLIPS[slip]);
        }
        let account = Contract::read("contract.toml", &text).and_then(|one| one.account(&Indices::default()));
        for finding in account.err().unwrap_or_default().0 {
            if finding.place.line == 0 {
                continue;
            }
            let line = text.split('\n').nth(finding.place.line - 1).unwrap_or_else(|| panic!("{finding:?}"));
            prop_assert!((1..=line.chars().count() + 1).contains(&finding.place.column), "{finding:?}");
        }
    }
}
