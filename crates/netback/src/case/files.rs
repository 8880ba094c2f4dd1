//! The files of a case, from a folder or from the binary.

use std::collections::BTreeMap;
use std::path::Path;

use super::finding::{Finding, Findings, place_of_offset};

/// Files by their path inside the case folder, `/` between folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    /// No files.
    pub fn new() -> Self {
        Files::default()
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.into(), bytes.into());
    }

    /// All files by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// One file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// Reads a folder: its `.csv` and `.toml` files and those one folder below.
    ///
    /// Errors: the folder or a file cannot be read.
    pub fn read(folder: &Path) -> Result<Files, Findings> {
        let mut files = Files::new();
        let mut findings = Findings::default();
        read_into(folder, "", &mut files, &mut findings);
        if findings.0.is_empty() && files.get("case.toml").is_none() {
            findings.0.push(Finding::in_file(
                "no-case-file",
                folder.join("case.toml").display().to_string(),
                "this folder is not a case: it has no case.toml",
                "give the folder that holds case.toml, or start one with `netback init`",
            ));
        }
        findings.or(files)
    }

    /// Text of a file; a finding when it is not UTF-8.
    pub(crate) fn text(&self, path: &str, findings: &mut Findings) -> Option<&str> {
        let bytes = self.get(path)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.trim_start_matches('\u{feff}')),
            Err(error) => {
                let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
                findings.0.push(Finding::new(
                    "not-utf8",
                    place_of_offset(path, valid, valid.len()),
                    format!("this file is not UTF-8 text: byte {:#04x}", bytes[error.valid_up_to()]),
                    "save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")",
                ));
                None
            }
        }
    }
}

fn read_into(folder: &Path, prefix: &str, files: &mut Files, findings: &mut Findings) {
    let unreadable = |what: &Path, error: std::io::Error| {
        Finding::in_file(
            "unreadable",
            what.display().to_string(),
            format!("cannot read: {error}"),
            "check the name and the permissions; `netback cases` lists the built-in cases",
        )
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return findings.0.push(unreadable(folder, error)),
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.is_dir() {
            if prefix.is_empty() && !name.starts_with('.') {
                read_into(&path, &format!("{name}/"), files, findings);
            }
        } else if name.ends_with(".csv") || name.ends_with(".toml") {
            match std::fs::read(&path) {
                Ok(bytes) => files.insert(format!("{prefix}{name}"), bytes),
                Err(error) => findings.0.push(unreadable(&path, error)),
            }
        }
    }
}
