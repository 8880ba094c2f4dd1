//! What the codes of findings mean.

use netback::case::{explain as explanation_of, explanations};
use netback::report::Table;

use crate::arguments::Arguments;
use crate::output;
use crate::problems::Problem;

/// Explains one code, or lists all.
pub fn explain(code: Option<&str>, arguments: &Arguments) -> Result<(), Problem> {
    let Some(code) = code else {
        let mut table = Table::new("findings", &["code", "name", "meaning"]);
        for explanation in explanations() {
            let code = explanation.code.to_string();
            table.push([code.into(), explanation.name.as_str().into(), explanation.meaning.as_str().into()]);
        }
        return output::tables(&[&table], arguments.format);
    };
    let explanation = explanation_of(code).ok_or_else(|| {
        Problem::message(
            format!("no finding has the code \"{code}\""),
            "a code looks like NB0012; `netback explain` lists all of them",
        )
    })?;
    output::data(&format!(
        "{}: {}\n\n{}\n\nWhat to do: {}\n",
        explanation.code, explanation.name, explanation.meaning, explanation.what_to_do
    ))
}
