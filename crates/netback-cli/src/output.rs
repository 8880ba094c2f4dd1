//! Standard output is data, standard error is talk.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, ContentArrangement, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use netback::report::{Cell, Table};

use crate::arguments::Format;
use crate::problems::Problem;

/// Prints data.
pub fn data(text: &str) -> Result<(), Problem> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Says something to the person; a closed standard error is no reason to stop.
pub fn talk(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Text in lines of at most 100 characters.
pub fn wrapped(text: &str, indent: &str) -> String {
    let mut lines: Vec<String> = vec![indent.to_string()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("one line at least");
        if line.chars().count() + word.chars().count() >= 100 {
            lines.push(format!("{indent}{indent}{word}"));
        } else {
            if line.len() > indent.len() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

/// Prints tables in the chosen form.
pub fn tables(tables: &[&Table], format: Format) -> Result<(), Problem> {
    match format {
        Format::Json => {
            let all: serde_json::Map<String, serde_json::Value> =
                tables.iter().map(|table| (table.name.clone(), table.json())).collect();
            let text = serde_json::to_string_pretty(&all).map_err(io::Error::other)?;
            data(&text)
        }
        Format::Csv => {
            for (index, table) in tables.iter().enumerate() {
                if tables.len() > 1 {
                    let gap = if index > 0 { "\n" } else { "" };
                    data(&format!("{gap}# {}", table.name))?;
                }
                data(&String::from_utf8_lossy(&table.csv()))?;
            }
            Ok(())
        }
        Format::Table => {
            for table in tables {
                data(&format!("\n{}\n{}", table.name, render(table)))?;
            }
            Ok(())
        }
    }
}

/// The table of a name.
pub fn named<'a>(tables: &'a [Table], name: &str) -> Result<&'a Table, Problem> {
    tables.iter().find(|table| table.name == name).ok_or_else(|| {
        let known: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        Problem::message(format!("no table is called \"{name}\""), format!("tables: {}", known.join(", ")))
    })
}

/// A table for reading: numbers to the right, rounded.
pub fn render(table: &Table) -> String {
    let mut drawn = comfy_table::Table::new();
    drawn.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    drawn.set_header(table.header.iter().map(|column| column.replace('_', " ")));
    for row in &table.rows {
        drawn.add_row(row.iter().map(|cell| match cell {
            Cell::Number(number) => {
                comfy_table::Cell::new(rounded(*number)).set_alignment(CellAlignment::Right)
            }
            other => comfy_table::Cell::new(other.csv()),
        }));
    }
    drawn.to_string()
}

/// Few digits, no exponent: 12345, 123.4, 1.234, 0.012.
pub fn rounded(number: f64) -> String {
    let number = number + 0.0;
    let size = number.abs();
    if number == number.trunc() && size < 1e4 {
        format!("{number}")
    } else if size >= 1000.0 {
        format!("{number:.0}")
    } else if size >= 10.0 {
        format!("{number:.1}")
    } else if size < 5e-4 {
        "0".into()
    } else {
        format!("{number:.3}")
    }
}

/// A progress bar on standard error, silent when that is no terminal.
pub fn progress(steps: usize, what: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        if steps > 0 {
            talk(&format!("{what}: {steps} markets to solve"));
        }
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(steps as u64);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_string());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Says what is being done once that takes more than a second; silent when standard error is no terminal.
pub fn busy(what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    bar.set_prefix(what.to_string());
    if let Ok(style) = ProgressStyle::with_template("{prefix}: {msg} {spinner} {elapsed}") {
        bar.set_style(style);
    }
    if io::stderr().is_terminal() {
        let shown = bar.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(1));
            if !shown.is_finished() {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(Duration::from_millis(200));
            }
        });
    }
    bar
}

/// Seconds since the program first asked.
pub fn clock() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// Solver settings with the program's clock.
pub fn solver_settings() -> netback_solve::Settings {
    netback_solve::Settings { clock, ..netback_solve::Settings::default() }
}
