//! What can go wrong, and its exit code.

use std::io;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use netback::bargaining::ValueFault;
use netback::case::{Files, Finding, Findings};
use netback::market::MarketFailure;
use netback::study::StudyFailure;

#[derive(Debug)]
pub enum Problem {
    /// Bad input: findings, with the texts they are about.
    Input { findings: Findings, files: Files },
    /// Bad input in one sentence.
    Message { message: String, help: String },
    /// The market has no certified equilibrium.
    Market { scenario: String, failure: MarketFailure },
    /// A saved run does not satisfy its conditions.
    Unverified { checked: usize, findings: usize },
    /// An answer that could not be certified.
    NotCertified { what: String, why: String },
    /// A value that no solver could certify.
    Uncertified { what: String },
    /// Storage or system.
    System(io::Error),
}

impl Problem {
    pub fn input(findings: Findings, files: &Files) -> Self {
        Problem::Input { findings, files: files.clone() }
    }

    pub fn message(message: impl Into<String>, help: impl Into<String>) -> Self {
        Problem::Message { message: message.into(), help: help.into() }
    }

    pub fn study(failure: StudyFailure, files: &Files) -> Self {
        match failure {
            StudyFailure::Input(findings) => Problem::input(findings, files),
            StudyFailure::Market { scenario, failure } => Problem::Market { scenario, failure },
            StudyFailure::Values(fault) => Problem::values(fault),
        }
    }

    pub fn values(fault: ValueFault) -> Self {
        match fault {
            ValueFault::NotCertified(_) => Problem::Uncertified { what: fault.to_string() },
            other => Problem::message(other.to_string(), "change the players, or the numbers of this asset"),
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Problem::Input { .. } | Problem::Message { .. } => 2,
            Problem::Market { failure: MarketFailure::NotCertified { .. }, .. } => 3,
            Problem::Unverified { .. } | Problem::NotCertified { .. } | Problem::Uncertified { .. } => 3,
            Problem::Market { failure: MarketFailure::Refused(_), .. } => 2,
            Problem::Market { .. } => 1,
            Problem::System(_) => 4,
        }
    }

    pub fn render(&self) -> String {
        match self {
            Problem::Input { findings, files } => render_findings(findings, files),
            Problem::Message { message, help } => format!("error: {message}\n  help: {help}"),
            Problem::Market { scenario, failure } => render_failure(scenario, failure),
            Problem::Unverified { checked, findings } => format!(
                "error: {findings} of {checked} conditions do not hold\n  help: the run was changed after it was \
                 written, or written by another version; solve anew"
            ),
            Problem::NotCertified { what, why } => format!(
                "error: the answer to \"{what}\" could not be certified: {why}\n  help: give the values with \
                 fewer digits, or arithmetic = \"fractions\""
            ),
            Problem::Uncertified { what } => format!(
                "error: {what}\n  help: numbers of very different sizes can be the cause; check the capacities and costs of \
                 these players"
            ),
            Problem::System(error) => format!("error: {error}"),
        }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Problem::System(error)
    }
}

fn render_failure(scenario: &str, failure: &MarketFailure) -> String {
    let list = |rows: &[String]| rows.iter().map(|row| format!("  - {row}\n")).collect::<String>();
    match failure {
        MarketFailure::Infeasible(rows) => format!(
            "answer: no equilibrium exists in \"{scenario}\"; these requirements contradict each other:\n{}  \
             help: relax one of them (a contract minimum, a capacity, a fixed demand)",
            list(rows)
        ),
        MarketFailure::Unbounded(columns) => format!(
            "answer: no equilibrium exists in \"{scenario}\"; welfare grows without end along:\n{}  \
             help: give these a cost or a capacity",
            list(columns)
        ),
        MarketFailure::Refused(faults) => {
            format!("error: the market of \"{scenario}\" cannot be built:\n{}", list(faults))
        }
        MarketFailure::NotCertified { .. } => format!("error: \"{scenario}\": {failure}"),
    }
}

fn render_findings(findings: &Findings, files: &Files) -> String {
    let mut text = String::new();
    for finding in &findings.0 {
        text.push_str(&render_finding(finding, files));
        text.push_str("\n\n");
    }
    text + &match findings.0.len() {
        1 => "1 finding".to_string(),
        many => format!("{many} findings"),
    } + "; `netback explain CODE` says more"
}

/// rustc style: the message, the line with the cell marked, and the way out.
fn render_finding(finding: &Finding, files: &Files) -> String {
    let place = &finding.place;
    let source = files.get(&place.file).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    // columns do not count a byte-order mark
    let source = source.as_deref().map(|text| text.trim_start_matches('\u{feff}'));
    let line = source.filter(|_| place.line > 0).and_then(|text| text.lines().nth(place.line - 1));
    let help = Group::with_title(Level::HELP.secondary_title(finding.help.as_str()));
    let renderer = Renderer::plain();
    let title = Level::ERROR.primary_title(finding.message.as_str()).id(finding.code.to_string());
    match line {
        Some(line) => {
            let start =
                line.char_indices().nth(place.column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
            let rest = &line[start..];
            let end = start + if place.column == 0 { rest.len() } else { cell_length(rest) };
            let snippet = Snippet::source(line)
                .line_start(place.line)
                .path(place.file.as_str())
                .fold(false)
                .annotation(AnnotationKind::Primary.span(start..end.max(start)));
            renderer.render(&[title.element(snippet), help]).to_string()
        }
        None => {
            let mut origin = Origin::path(place.file.as_str());
            if place.line > 0 {
                origin = origin.line(place.line);
            }
            if place.column > 0 {
                origin = origin.char_column(place.column);
            }
            renderer.render(&[title.element(origin), help]).to_string()
        }
    }
}

/// Length of the CSV cell or TOML entry that starts a text.
fn cell_length(text: &str) -> usize {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.find('"').map_or(text.len(), |end| end + 2);
    }
    text.find(',').unwrap_or(text.len())
}
