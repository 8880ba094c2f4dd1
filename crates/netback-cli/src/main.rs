//! The `netback` program: knows people and wires, no gas.

mod arguments;
mod bargain;
mod calibrate;
mod cases;
mod contract;
mod convert;
mod deal;
mod explain;
mod game;
mod output;
mod plot;
mod problems;
mod serve;
mod solve;
mod study;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use arguments::{Arguments, Command};
use problems::Problem;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(threads) = arguments.threads {
        // A second pool cannot exist yet; if it does, it stays as it is.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    let done = match &arguments.command {
        Command::Study(choice) => study::study(choice, &arguments),
        Command::Check { case } => cases::check(case, &arguments),
        Command::Solve(choice) => solve::solve(choice, &arguments),
        Command::Verify { run } => verify::verify(run),
        Command::Calibrate(choice) => calibrate::calibrate(choice, &arguments),
        Command::Deal(choice) => deal::deal(choice, &arguments),
        Command::Contract(choice) => contract::contract(choice, &arguments),
        Command::Game(choice) => game::game(choice, &arguments),
        Command::Bargain(choice) => bargain::bargain(choice, &arguments),
        Command::Serve(choice) => serve::serve(choice),
        Command::Plot(choice) => plot::plot(choice),
        Command::Convert(choice) => convert::convert(choice),
        Command::Init { folder, from } => cases::init(folder, from),
        Command::Cases => cases::list(&arguments),
        Command::Freight { case } => cases::freight(case, &arguments),
        Command::Reference { datapackage: None } => output::data(&netback::case::reference()),
        Command::Reference { datapackage: Some(case) } => {
            cases::load(case).and_then(|loaded| output::data(&loaded.raw.datapackage()))
        }
        Command::Explain { code } => explain::explain(code.as_deref(), &arguments),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Arguments::command(), "netback", &mut std::io::stdout());
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // a reader such as `head` has seen enough
        Err(Problem::System(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(problem) => {
            output::talk(&problem.render());
            ExitCode::from(problem.exit_code())
        }
    }
}
