//! Every folder under `tests/bad` is the case `_base` with one fault, or several; its findings are a snapshot.
//!
//! A folder holds only the files that differ; `<file>.removed` takes a file away. Adding a bad input is adding a
//! folder. Folders under `tests/good` look suspicious and are accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use netback::case::{Case, Files, Findings, explanations};
use proptest::prelude::*;

/// Codes whose fault is about a file or key that is not there, and therefore stands nowhere.
const WITHOUT_PLACE: [&str; 5] =
    ["no-case-file", "unknown-file", "missing-table", "empty-table", "missing-key"];

/// Codes that no input can show: faults of the file system, of a study.
const WITHOUT_INPUT: [&str; 2] = ["unreadable", "unknown-group"];

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Names of the inputs in a folder of `tests`, `_base` not among them.
fn inputs(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(tests().join(folder)).expect("a folder of inputs");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name != "_base");
    names.sort();
    names
}

fn overlay(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("an input") {
        let path = entry.expect("readable").path();
        let name = format!("{prefix}{}", path.file_name().expect("a name").to_string_lossy());
        if path.is_dir() {
            overlay(&path, &format!("{name}/"), files);
        } else if let Some(removed) = name.strip_suffix(".removed") {
            files.remove(removed).expect("only a file that is there can be removed");
        } else {
            let bytes = fs::read(&path).expect("readable");
            assert_ne!(files.insert(name, bytes.clone()), Some(bytes), "{} changes nothing", path.display());
        }
    }
}

fn base() -> BTreeMap<String, Vec<u8>> {
    let base = Files::read(&tests().join("bad/_base")).expect("the base is a folder");
    base.iter().map(|(path, bytes)| (path.to_string(), bytes.to_vec())).collect()
}

fn files(bytes: BTreeMap<String, Vec<u8>>) -> Files {
    let mut files = Files::new();
    bytes.into_iter().for_each(|(path, bytes)| files.insert(path, bytes));
    files
}

fn read(folder: &str, name: &str) -> Result<Case, Findings> {
    let mut bytes = base();
    overlay(&tests().join(folder).join(name), "", &mut bytes);
    Case::read(&files(bytes))
}

fn found(name: &str) -> Findings {
    read("bad", name).expect_err(&format!("{name} was accepted"))
}

fn name_of(code: &impl ToString) -> &'static str {
    let code = code.to_string();
    let explanation = explanations().iter().find(|explanation| explanation.code.to_string() == code);
    &explanation.expect("every code is explained").name
}

#[test]
fn the_base_is_accepted() {
    Case::read(&files(base())).unwrap_or_else(|found| panic!("{found}"));
}

#[test]
fn suspicious_inputs_are_accepted() {
    for name in inputs("good") {
        read("good", &name).unwrap_or_else(|found| panic!("{name}: {found}"));
    }
}

#[test]
fn bad_inputs_are_refused_with_place_and_help() {
    let names = inputs("bad");
    assert!(names.len() >= 45, "bad inputs are missing: {}", names.len());
    for name in names {
        let findings = found(&name);
        for finding in &findings.0 {
            assert!(!finding.help.is_empty() && !finding.message.is_empty(), "{name}: {finding:?}");
            let nowhere = WITHOUT_PLACE.contains(&name_of(&finding.code));
            let somewhere = finding.place.line >= 1 && finding.place.column >= 1;
            assert!(somewhere || nowhere && finding.place.line == 0, "{name}: {finding:?}");
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("bad-{name}"), findings.to_string());
        });
    }
}

#[test]
fn five_faults_at_once_are_five_findings() {
    assert_eq!(found("five-faults").0.len(), 5);
    assert_eq!(found("five-files-of-one-program").0.len(), 5);
}

#[test]
fn every_code_has_a_bad_input() {
    let mut seen: BTreeSet<&str> = WITHOUT_INPUT.into();
    seen.extend(crate::price_formulas::CODES);
    for name in inputs("bad") {
        seen.extend(found(&name).0.iter().map(|finding| name_of(&finding.code)));
    }
    let elsewhere = [crate::bad_contracts::codes(), crate::deal::codes(), crate::game::codes()].concat();
    seen.extend(elsewhere.iter().chain(&crate::network_games::codes()).map(name_of));
    let unseen: Vec<&str> =
        explanations().iter().map(|e| e.name.as_str()).filter(|name| !seen.contains(name)).collect();
    assert!(unseen.is_empty(), "no bad input for {unseen:?}");
}

/// What a slip of the hand, a spreadsheet or a bad disk puts into a file.
const SLIPS: [&[u8]; 14] = [
    b"",
    b"\"",
    b",",
    b";",
    b"\n",
    b"\r\n\r\n",
    b"=",
    b"[",
    b"-",
    b"e9",
    b"NaN",
    b" ",
    b"\xff",
    "é".as_bytes(),
];

proptest! {
    /// A changed file is accepted or refused; it never panics, and every place is inside its file.
    #[test]
    fn every_place_is_inside_its_file(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..9, 0..SLIPS.len()), 1..4)
    ) {
        let mut bytes = base();
        for (file, at, length, slip) in edits {
            let file = bytes.keys().nth(file.index(bytes.len())).expect("a file").clone();
            let text = bytes.get_mut(&file).expect("a file");
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, SLIPS[slip].iter().copied());
        }
        let files = files(bytes);
        for finding in Case::read(&files).err().unwrap_or_default().0 {
            let place = &finding.place;
            if place.line == 0 {
                continue;
            }
            let text = String::from_utf8_lossy(files.get(&place.file).expect("the place is in a file"));
            let line = text.split('\n').nth(place.line - 1).unwrap_or_else(|| panic!("{finding:?}"));
            prop_assert!((1..=line.chars().count() + 1).contains(&place.column), "{finding:?}");
        }
    }
}
