//! Everything wrong with an input, each with its place and the way out.

use std::fmt;

use super::codes::Code;

/// Where something stands in the input.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// File, relative to the folder it was read from.
    pub file: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// Column in characters, from 1; 0 when the whole line is meant.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        Ok(())
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which kind; [`super::explain`] says more about it.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// What is wrong, in the user's words.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Finding {
    /// A finding at a place; `name` is one of `codes.csv`.
    pub(crate) fn new(name: &str, place: Place, message: impl Into<String>, help: impl Into<String>) -> Self {
        Finding { code: Code::named(name), place, message: message.into(), help: help.into() }
    }

    /// A finding about a whole file.
    pub(crate) fn in_file(
        name: &str,
        file: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Finding::new(name, Place { file: file.into(), line: 0, column: 0 }, message, help)
    }

    /// A finding from a TOML error, with its line and column.
    pub fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let place = match error.span() {
            Some(span) => place_of_offset(file, text, span.start),
            None => Place { file: file.into(), line: 0, column: 0 },
        };
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        let start = error.span().map_or(0, |span| span.start);
        let digit =
            |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
        let comma = text.as_bytes().get(start) == Some(&b',')
            && digit(start.checked_sub(1))
            && digit(Some(start + 1));
        let help = match comma {
            true => "decimals take a point: 3.5, not 3,5",
            false => "correct this place; `netback init` writes a case whose files show the form",
        };
        Finding::new("not-toml", place, message, help)
    }
}

/// Line and column of a byte offset.
pub(crate) fn place_of_offset(file: &str, text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    Place { file: file.into(), line, column }
}

/// All findings of an input; as an error it lists them one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// One finding.
    pub fn one(finding: Finding) -> Self {
        Findings(vec![finding])
    }

    /// Adds a finding unless it is there already.
    pub(crate) fn add(&mut self, finding: Finding) {
        if !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }

    /// The value when nothing was found.
    pub fn or<T>(self, value: T) -> Result<T, Findings> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.0 {
            writeln!(f, "error[{}]: {}", finding.code, finding.message)?;
            writeln!(f, "  --> {}", finding.place)?;
            writeln!(f, "  help: {}", finding.help)?;
        }
        match self.0.len() {
            1 => write!(f, "1 finding"),
            many => write!(f, "{many} findings"),
        }
    }
}

impl std::error::Error for Findings {}
