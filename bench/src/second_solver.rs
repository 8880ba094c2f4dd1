//! Every case by the interior point and by HiGHS: processor seconds of the method, iterations, objectives.

use std::path::{Path, PathBuf};

use netback::case::{Case, Files};
use netback::market::MarketProblem;
use netback_bench::processor_seconds;
use netback_solve::{Method, Settings, solve};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    let entries = std::fs::read_dir(root.join("published")).expect("published cases");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders.push(root.join("world-2011"));
    println!("case columns rows models method solve_s iterations residual objective");
    for folder in folders {
        let name = folder.file_name().expect("a folder").to_string_lossy();
        let files = Files::read(&folder).unwrap_or_else(|found| panic!("{found}"));
        let case = Case::read(&files).unwrap_or_else(|found| panic!("{found}"));
        let problem = MarketProblem::of(&case);
        let program = problem.program();
        for method in [Method::InteriorPoint, Method::Highs] {
            let settings = Settings { method, clock: processor_seconds, ..Settings::default() };
            let outcome = solve(program, &settings);
            let held = outcome.held.unwrap_or_else(|| panic!("{name} by {method:?}: {:?}", outcome.stopped));
            println!(
                "{name:40} {} {} {} {method:?} {:.4} {} {:.1e} {:.6}",
                program.columns().len(),
                program.rows().len(),
                outcome.models,
                outcome.times.solve,
                outcome.iterations,
                held.certificate().natural_residual,
                program.objective(&held.value().columns),
            );
        }
    }
}
