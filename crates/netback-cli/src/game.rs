//! `netback game`.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use netback::bargaining::{GameAnswer, GameFault, GameFile, answer_game};
use netback::case::Files;
use netback::report::Table;

use crate::arguments::{Arguments, Format, GameChoice};
use crate::cases::{built_in_file, hash_of};
use crate::output;
use crate::problems::Problem;

/// Tables printed without --full.
const SHOWN: [&str; 6] = ["values", "core", "kohlberg", "allocations", "project", "method"];

pub fn game(choice: &GameChoice, arguments: &Arguments) -> Result<(), Problem> {
    let (game, files) = read(&choice.file)?;
    let answer = answer_game(&game, choice.scenario.as_deref(), choice.against.as_deref())
        .map_err(|fault| problem(&game, fault))?;
    if let Some(folder) = &choice.out {
        write(choice, &game, &files, &answer, folder)?;
    }
    if let Some(name) = &choice.table {
        return output::tables(&[output::named(&answer.tables, name)?], arguments.format);
    }
    if arguments.format != Format::Table {
        return output::tables(&answer.tables.iter().collect::<Vec<_>>(), arguments.format);
    }
    output::data(&game.title)?;
    output::data(&"=".repeat(game.title.chars().count()))?;
    for sentence in &answer.sentences {
        output::data(&output::wrapped(sentence, "  "))?;
    }
    let shown: Vec<&Table> =
        answer.tables.iter().filter(|table| choice.full || SHOWN.contains(&table.name.as_str())).collect();
    output::tables(&shown, Format::Table)
}

/// A game by its file, its folder, or its built-in name, with the files that were read.
fn read(name: &str) -> Result<(GameFile, Files), Problem> {
    let path = match Path::new(name) {
        folder if folder.is_dir() => folder.join("game.toml"),
        file => file.to_path_buf(),
    };
    let built_in = format!("{}/game.toml", name.trim_end_matches('/'));
    let from_disk = path.is_file();
    let load = |path: &Path| -> std::io::Result<String> {
        let bytes = match from_disk {
            true => std::fs::read(path)?,
            false => built_in_file(&path.to_string_lossy()).ok_or(std::io::ErrorKind::NotFound)?,
        };
        String::from_utf8(bytes).map_err(|_| std::io::Error::other("it is not UTF-8 text"))
    };
    let path = if from_disk { path } else { PathBuf::from(built_in) };
    let text = load(&path).map_err(|error| {
        Problem::message(
            format!("no game \"{name}\": {error}"),
            "give a TOML file, a folder with game.toml, or a built-in game such as published/game-tva",
        )
    })?;
    let text = text.trim_start_matches('\u{feff}').to_string();
    let shown = if from_disk { path.display().to_string() } else { "game.toml".into() };
    let files = RefCell::new(Files::new());
    files.borrow_mut().insert(shown.clone(), text.clone());
    let beside = |name: &str| -> std::io::Result<String> {
        let text = load(&path.with_file_name(name))?;
        files.borrow_mut().insert(name, text.clone());
        Ok(text)
    };
    let read = GameFile::read(&shown, &text, &beside);
    let files = files.into_inner();
    match read {
        Ok(game) => Ok((game, files)),
        Err(findings) => Err(Problem::input(findings, &files)),
    }
}

fn problem(game: &GameFile, fault: GameFault) -> Problem {
    match fault {
        GameFault::NotCertified(why) => Problem::NotCertified { what: game.title.clone(), why },
        GameFault::UnknownScenario { .. } | GameFault::NoScenarios(_) => {
            Problem::message(fault.to_string(), "scenarios are the columns of values of the game's CSV file")
        }
        fault => Problem::message(fault.to_string(), "docs/bargaining.md says what each concept needs"),
    }
}

fn write(
    choice: &GameChoice,
    game: &GameFile,
    read: &Files,
    answer: &GameAnswer,
    folder: &Path,
) -> Result<(), Problem> {
    let mut files = Files::new();
    for table in &answer.tables {
        table.add_to(&mut files);
    }
    let json = serde_json::json!({
        "netback": env!("CARGO_PKG_VERSION"),
        "game": { "title": game.title, "file": choice.file, "hash": hash_of(read) },
        "scenario": choice.scenario,
        "against": choice.against,
        "summary": answer.sentences,
        "tables": answer.tables.iter().map(|table| table.name.clone()).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&json).map_err(std::io::Error::other)?;
    files.insert("run.json", text + "\n");
    netback::report::write_run(folder, &files)?;
    output::talk(&format!("tables written to {}", folder.display()));
    Ok(())
}
