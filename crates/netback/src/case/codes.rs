//! Codes of findings: the one table behind `netback explain` and docs/findings.md.

use std::fmt::{self, Write as _};
use std::sync::LazyLock;

/// Code of a finding, such as `NB0012`; it keeps its meaning for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code(u16);

impl Code {
    /// The code of a name in `codes.csv`.
    pub(crate) fn named(name: &str) -> Code {
        match EXPLANATIONS.iter().find(|explanation| explanation.name == name) {
            Some(explanation) => explanation.code,
            None => unreachable!("codes.csv has no {name}"),
        }
    }

    fn read(text: &str) -> Option<Code> {
        let digits =
            text.get(..2).filter(|letters| letters.eq_ignore_ascii_case("nb")).map(|_| &text[2..])?;
        digits.parse().ok().map(Code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NB{:04}", self.0)
    }
}

/// What a code means and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Code.
    pub code: Code,
    /// Short name.
    pub name: String,
    /// What is wrong.
    pub meaning: String,
    /// The way out.
    pub what_to_do: String,
}

static EXPLANATIONS: LazyLock<Vec<Explanation>> = LazyLock::new(|| {
    let mut reader = csv::Reader::from_reader(include_str!("codes.csv").as_bytes());
    reader
        .records()
        .map(|record| {
            let record = record.expect("codes.csv is well-formed");
            let field = |index: usize| record.get(index).unwrap_or_default().to_string();
            let code = Code::read(&field(0)).expect("codes.csv starts each row with a code");
            Explanation { code, name: field(1), meaning: field(2), what_to_do: field(3) }
        })
        .collect()
});

/// Every code, in order.
pub fn explanations() -> &'static [Explanation] {
    &EXPLANATIONS
}

/// What a code, such as `NB0012`, means; none when there is no such code.
///
/// ```
/// let explanation = netback::case::explain("NB0012").expect("a code");
/// assert_eq!(explanation.name, "row-length");
/// assert!(netback::case::explain("NB9999").is_none());
/// ```
pub fn explain(code: &str) -> Option<Explanation> {
    let code = Code::read(code.trim())?;
    EXPLANATIONS.iter().find(|explanation| explanation.code == code).cloned()
}

/// The documentation of every code, as Markdown.
pub fn findings_reference() -> String {
    let mut text = String::from(
        "# Findings\n\nWhat `netback check` can find, by code. Generated from \
         `crates/netback/src/case/codes.csv`; a test compares. `netback explain NB0012` prints one of them.\n",
    );
    for explanation in explanations() {
        let _ = write!(
            text,
            "\n## {}: {}\n\n{}\n\nWhat to do: {}\n",
            explanation.code, explanation.name, explanation.meaning, explanation.what_to_do
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_names_are_distinct() {
        for pair in explanations().windows(2) {
            assert!(pair[0].code < pair[1].code, "{} before {}", pair[0].code, pair[1].code);
        }
        for (index, explanation) in explanations().iter().enumerate() {
            let same = |other: &Explanation| other.name == explanation.name;
            assert!(!explanations()[..index].iter().any(same), "{} is there twice", explanation.name);
            assert!(!explanation.meaning.is_empty() && !explanation.what_to_do.is_empty());
        }
    }
}
