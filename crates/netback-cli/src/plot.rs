//! `netback plot`.

use netback::case::{Case, RawCase};
use netback::verify::RunFolder;
use netback_web::{Part, map_svg, png};

use crate::arguments::{MapPart, PlotChoice};
use crate::output;
use crate::problems::Problem;

pub fn plot(choice: &PlotChoice) -> Result<(), Problem> {
    let is_png = match choice.map.extension().and_then(|ending| ending.to_str()) {
        Some("svg") => false,
        Some("png") => true,
        _ => {
            return Err(Problem::message(
                format!("{} is neither .svg nor .png", choice.map.display()),
                "name the file of the map map.svg or map.png",
            ));
        }
    };
    let run = RunFolder::read(&choice.run).map_err(|none| Problem::message(none.message, none.help))?;
    let problem = |found| Problem::input(found, &run.case);
    let raw = RawCase::read(&run.case).map_err(problem)?;
    let case = Case::from_raw(&raw).map_err(problem)?;
    let part = match choice.part {
        MapPart::Eurasia => Part::Eurasia,
        MapPart::Europe => Part::Europe,
        MapPart::World => Part::World,
    };
    let scenarios = run.header["scenarios"].as_array().map(Vec::as_slice).unwrap_or_default();
    let words: Vec<&str> = scenarios.iter().filter_map(|name| name.as_str()).collect();
    let title = match words.as_slice() {
        [] => case.title.clone(),
        names => format!("{} – {}", case.title, names.join(" + ")),
    };
    let broken =
        |why: String| Problem::message(why, "solve anew with --out; a case needs places of its nodes");
    let svg = map_svg(&case, &run.tables, &title, part).map_err(broken)?;
    let bytes = if is_png { png(&svg, f32::from(choice.scale)).map_err(broken)? } else { svg.into_bytes() };
    netback::case::write_atomically(&choice.map, &bytes)?;
    output::talk(&format!("map written to {}", choice.map.display()));
    Ok(())
}
