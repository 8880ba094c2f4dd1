//! `netback verify`.

use std::fmt::Write;
use std::path::Path;

use netback::case::{Case, RawCase};
use netback::verify::{RunFolder, Verifier};

use crate::cases::hash_of;
use crate::output;
use crate::problems::Problem;

/// Findings that are listed one by one.
const LISTED: usize = 20;

pub fn verify(folder: &Path) -> Result<(), Problem> {
    let run = RunFolder::read(folder).map_err(|none| Problem::message(none.message, none.help))?;
    let problem = |found| Problem::input(found, &run.case);
    let raw = RawCase::read(&run.case).map_err(problem)?;
    let case = Case::from_raw(&raw).map_err(problem)?;
    let verifier = Verifier::of(case);
    let written = verifier.read(&run.tables);
    let found = verifier.verify(&written, &run.header, Some(&hash_of(&run.case)));
    if found.findings.is_empty() {
        return output::data(&format!(
            "{} conditions checked, all hold; largest gap {:.1e}",
            found.checked, found.largest_gap
        ));
    }
    let mut text = String::new();
    for finding in found.findings.iter().take(LISTED) {
        let _ = writeln!(text, "{finding}");
    }
    if found.findings.len() > LISTED {
        let _ = writeln!(text, "and {} more", found.findings.len() - LISTED);
    }
    output::data(&text)?;
    Err(Problem::Unverified { checked: found.checked, findings: found.findings.len() })
}
