//! `netback serve`.

use std::path::Path;

use netback::case::Files;
use netback::study::{Question, Study};
use netback_web::{Desk, ServerSettings, StudyOnPage};

use crate::arguments::ServeChoice;
use crate::cases::{load, study_names, study_text};
use crate::output;
use crate::problems::Problem;

pub fn serve(choice: &ServeChoice) -> Result<(), Problem> {
    let study = study_of(&choice.what)?;
    let case = study.as_ref().map_or(choice.what.as_str(), |study| study.case.as_str());
    let loaded = load(case)?;
    loaded.case(&[])?;
    let desk = Desk::open(loaded.raw, &loaded.hash, env!("CARGO_PKG_VERSION"), output::solver_settings())
        .map_err(|refusal| Problem::message(refusal.0, "netback check and netback solve say more"))?;
    let study = study.map(|study| StudyOnPage { comparisons: comparisons(&study), title: study.title });
    let settings = ServerSettings { port: choice.port, study, ..ServerSettings::default() };
    netback_web::serve(desk, &settings, &|address| {
        let _ = output::data(address);
        output::talk("open this address in a browser on this computer; Ctrl-C ends");
    })?;
    Ok(())
}

/// The study, when the word names one and no case.
fn study_of(what: &str) -> Result<Option<Study>, Problem> {
    let is_study = Path::new(what).is_file()
        || (!Path::new(what).is_dir() && study_names().iter().any(|name| name == what));
    if !is_study {
        return Ok(None);
    }
    let (file, text) = study_text(what)?;
    let mut files = Files::new();
    files.insert(file.as_str(), text.as_bytes());
    Study::read(&file, &text).map(Some).map_err(|found| Problem::input(found, &files))
}

/// Every comparison of the market questions: name, scenarios, and what they are compared with.
pub fn comparisons(study: &Study) -> Vec<[String; 3]> {
    let questions = study.question.iter().filter_map(|question| match question {
        Question::Market(question) => Some(question),
        _ => None,
    });
    let all = questions.flat_map(|question| &question.compare);
    all.map(|one| [one.name.clone(), one.scenario.clone(), one.against.clone()]).collect()
}
