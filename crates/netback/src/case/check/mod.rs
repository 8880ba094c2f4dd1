//! From tables of text to a [`Case`]: every finding at once, each with its place.
//!
//! `settings` reads case.toml and shipping.toml; `cells` reads every cell by its row in `attributes.csv`;
//! `together` looks at what rows of a table can get wrong between them; `build` makes the case; `promises`
//! looks for what the case promises and its network cannot keep. Each step runs on what the steps before it
//! found sound.

mod build;
mod cells;
mod promises;
mod settings;
mod together;

use super::case::Case;
use super::files::Files;
use super::finding::Findings;
use super::raw::RawCase;
use cells::Tables;
use settings::Settings;

impl Case {
    /// Reads and checks a case, as it stands and under each of its scenarios.
    ///
    /// Errors: every finding at once; never panics.
    pub fn read(files: &Files) -> Result<Case, Findings> {
        let (raw, mut findings) = RawCase::read_what_can_be(files);
        let case = check(&raw, &mut findings);
        match case {
            Some(_) => check_under_scenarios(&raw, &mut findings),
            // a scenario on a faulty case would repeat its faults
            None => raw.check_scenarios_alone(&mut findings),
        }
        match case {
            Some(case) => findings.or(case),
            None => Err(findings),
        }
    }

    /// Checks tables of text.
    ///
    /// Errors: every finding of the case at once.
    pub fn from_raw(raw: &RawCase) -> Result<Case, Findings> {
        let mut findings = Findings::default();
        check(raw, &mut findings).ok_or(findings)
    }
}

/// The case; none when something was found, here or before.
fn check(raw: &RawCase, findings: &mut Findings) -> Option<Case> {
    let settings = Settings::read(raw, findings);
    let tables = Tables::read(raw, &settings, findings);
    together::check_rows(&tables, &settings, findings);
    together::check_series(&tables, &raw.names_in("indices"), findings);
    if !findings.0.is_empty() {
        return None;
    }
    let case = build::build(settings, &tables);
    together::check_conduct(&case, &tables, findings);
    promises::check_promises(&case, &tables, findings);
    findings.0.is_empty().then_some(case)
}

fn check_under_scenarios(raw: &RawCase, findings: &mut Findings) {
    for name in raw.scenario_names() {
        let changed = raw.with_scenarios(&[name]).and_then(|changed| Case::from_raw(&changed));
        for mut finding in changed.err().unwrap_or_default().0 {
            if !finding.place.file.starts_with("scenarios/") {
                finding.message = format!("under scenario \"{name}\": {}", finding.message);
            }
            findings.add(finding);
        }
    }
}
