//! The words of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// An open engine for international natural-gas trade.
///
/// Exit codes: 0 done · 1 the answer is that none exists · 2 bad input · 3 not certified or not verified · 4 storage or system.
#[derive(Debug, Parser)]
#[command(name = "netback", version)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Form of the tables on standard output.
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Threads; without it all cores. Results do not depend on it.
    #[arg(long, global = true)]
    pub threads: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Csv,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer all questions of a study: a file, or the name of a built-in one.
    Study(StudyChoice),
    /// Report every finding of a case at once.
    Check {
        /// Folder, or the name of a built-in case.
        case: String,
    },
    /// Find the certified market equilibrium of a case.
    Solve(SolveChoice),
    /// Check a saved run again, from its tables and its case alone.
    Verify {
        /// Folder written by netback solve --out.
        run: PathBuf,
    },
    /// Find the wedges that reproduce the observed year, and print the backcast.
    Calibrate(CalibrateChoice),
    /// Price a contract under negotiation: reservation prices of both sides, zone of agreement, levers.
    Deal(DealChoice),
    /// Print what the parties of a contract owe: a file, or the name of a built-in one.
    Contract(ContractChoice),
    /// Divide what players of a cooperative game have together: Shapley, nucleolus, core and others.
    Game(GameChoice),
    /// Divide the gains from trade among the owners of the network: what each player of a case gets, without and
    /// with a project.
    Bargain(BargainChoice),
    /// Show a case or a study as a page on this computer: click to close, build or change, and see the difference.
    Serve(ServeChoice),
    /// Draw the map of a saved run as a picture.
    Plot(PlotChoice),
    /// Convert a quantity or price: netback convert "8.5 USD/mmbtu" --to USD/tcm --gas russia.
    Convert(ConvertChoice),
    /// Start a case of your own as a copy of another.
    Init {
        /// New folder.
        folder: PathBuf,
        /// Folder or built-in case to copy.
        #[arg(long, default_value = "world-2011")]
        from: String,
    },
    /// List the built-in cases, studies and contracts.
    Cases,
    /// Print the reference of every table and column as Markdown, or a case's data package.
    Reference {
        /// Print the Frictionless datapackage.json of this case instead.
        #[arg(long, value_name = "CASE")]
        datapackage: Option<String>,
    },
    /// Print what shipping costs along every open sea route of a case.
    Freight {
        /// Folder, or the name of a built-in case.
        case: String,
    },
    /// Explain the code of a finding, such as NB0012; without one, list all codes.
    Explain {
        /// Code, as `netback check` prints it.
        code: Option<String>,
    },
    /// Print completions for a shell.
    Completions { shell: Shell },
}

#[derive(Debug, Args)]
pub struct StudyChoice {
    /// File, or the name of a built-in study.
    pub study: String,
    /// Folder for the tables of the answers, and the report when it has no place of its own.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Where the report goes, one HTML file with maps and charts; without it into --out, or here as STUDY.html.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Print every table, not only the summary.
    #[arg(long)]
    pub full: bool,
}

#[derive(Debug, Args)]
pub struct ServeChoice {
    /// Case or study: a folder, a file, or the name of a built-in one.
    #[arg(default_value = "world-2011")]
    pub what: String,
    /// Port on 127.0.0.1; without it the system chooses.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
}

#[derive(Debug, Args)]
pub struct PlotChoice {
    /// Folder written by netback solve --out.
    pub run: PathBuf,
    /// File of the map: .svg or .png.
    #[arg(long, value_name = "FILE")]
    pub map: PathBuf,
    /// Part of the world.
    #[arg(long, value_enum, default_value_t = MapPart::Eurasia)]
    pub part: MapPart,
    /// Pixels for each point of the drawing, which is 1000 points wide; PNG only.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=8))]
    pub scale: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MapPart {
    Eurasia,
    Europe,
    World,
}

#[derive(Debug, Args)]
pub struct SolveChoice {
    /// Folder, or the name of a built-in case.
    pub case: String,
    /// Scenarios of the case or TOML files, applied in order; `a + b` is both.
    #[arg(long = "scenario")]
    pub scenarios: Vec<String>,
    /// Compare with a run folder, with scenarios of the case, or with `base`, the case without scenarios.
    #[arg(long, conflicts_with = "table")]
    pub against: Option<String>,
    /// Solve every variant of slope, elasticity and conduct; print changes as [low, central, high].
    #[arg(long, conflicts_with_all = ["out", "against", "table"])]
    pub variants: bool,
    /// Write the run to this folder.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print only this table (prices, sales, flows, …).
    #[arg(long)]
    pub table: Option<String>,
}

#[derive(Debug, Args)]
pub struct DealChoice {
    /// Folder, or the name of a built-in case.
    pub case: String,
    /// Name of a file of the folder deals of the case.
    pub deal: String,
    /// Leave out the ranges over the variants of the market, which take half of the time.
    #[arg(long)]
    pub quick: bool,
    /// Show only the zone of this payoff.
    #[arg(long, value_enum)]
    pub payoff: Option<Payoff>,
    /// Write the tables to this folder.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print every table, not only the main ones.
    #[arg(long)]
    pub full: bool,
    /// Print only this table (reservation_prices, zone_over_index, levers, …).
    #[arg(long)]
    pub table: Option<String>,
}

#[derive(Debug, Args)]
pub struct GameChoice {
    /// TOML file, folder with game.toml, or built-in game such as published/game-tva.
    pub file: String,
    /// Scenario of the game: a column of its table of values; without it the first.
    #[arg(long)]
    pub scenario: Option<String>,
    /// Scenario without the project: prints what the project gives to each player.
    #[arg(long)]
    pub against: Option<String>,
    /// Write the tables to this folder.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print every table, fractions and explanation too.
    #[arg(long)]
    pub full: bool,
    /// Print only this table (values, fractions, core, kohlberg, explanation, …).
    #[arg(long)]
    pub table: Option<String>,
}

#[derive(Debug, Args)]
pub struct BargainChoice {
    /// Folder, or the name of a built-in case.
    pub case: String,
    /// Players with commas between them: RUS,UZB+KAZ,Europe=@EU+CHE; @EU is every actor of a bloc. Without it
    /// fifteen players of the Eurasian market.
    #[arg(long)]
    pub players: Option<String>,
    /// Scenario of the case that builds the project (altai stands for altai-built); more than one are one project.
    #[arg(long = "project")]
    pub projects: Vec<String>,
    /// Scenarios applied to the case before, with and without the project.
    #[arg(long = "scenario")]
    pub scenarios: Vec<String>,
    /// Players that also stand together as one: RUS+KAZ+BLR,UZB+TKM.
    #[arg(long)]
    pub unions: Option<String>,
    /// Balance each of two seasons, with stores between them, instead of whole years.
    #[arg(long)]
    pub seasons: bool,
    /// Outsiders trade at this price in USD/tcm and let gas through; without it they are idle.
    #[arg(long, value_name = "USD_PER_TCM")]
    pub fringe_price: Option<f64>,
    /// Find the nucleolus and a core allocation too.
    #[arg(long, conflicts_with = "sampled")]
    pub nucleolus: bool,
    /// Sample so many pairs of permutations instead of asking all coalitions: up to 64 players.
    #[arg(long, value_name = "PAIRS", conflicts_with = "unions")]
    pub sampled: Option<usize>,
    /// Seed of the sampling.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Write the tables to this folder.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print only this table (players, core, unions, projects, explanation, method).
    #[arg(long)]
    pub table: Option<String>,
}

/// Whose payoff sets the reservation prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Payoff {
    /// Companies alone: the export duty is a cost.
    Company,
    /// Companies, consumers and states: the duty is a transfer.
    CompanyAndState,
    /// The benchmarks that negotiators work out by hand.
    ByHand,
}

impl Payoff {
    /// As printed in the tables.
    pub fn words(self) -> &'static str {
        match self {
            Payoff::Company => netback::contract::Whose::Company,
            Payoff::CompanyAndState => netback::contract::Whose::CompanyAndState,
            Payoff::ByHand => netback::contract::Whose::ByHand,
        }
        .words()
    }
}

#[derive(Debug, Args)]
pub struct CalibrateChoice {
    /// Folder, or the name of a built-in case.
    pub case: String,
    /// Write the calibrated tables into this case folder (made as a copy when it does not exist).
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print the backcast of the calibration that the case already has, without calibrating anew.
    #[arg(long)]
    pub backcast: bool,
    /// Print only this table (backcast_sales, backcast_production, backcast_nodes, backcast_border_flows, wedges).
    #[arg(long)]
    pub table: Option<String>,
}

#[derive(Debug, Args)]
pub struct ContractChoice {
    /// File, or the name of a built-in contract.
    pub contract: String,
    /// Case whose monthly series the formula may use: a folder, or the name of a built-in case.
    #[arg(long, default_value = "world-2011")]
    pub indices: String,
    /// Write the tables to this folder.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print only this table (years, money, cash_by_kind, make_up, months, cash_flows, loan; with --paths ladder, sides,
    /// risk, risk_by_year, intrinsic_plan, deltas, deltas_by_month, break_even).
    #[arg(long)]
    pub table: Option<String>,
    /// Value the contract on so many simulated paths, as its section [valuation] says, instead of the ledger.
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub paths: Option<u32>,
    /// Seed of the paths: the same seed gives the same bytes.
    #[arg(long, default_value_t = 1, requires = "paths")]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub struct ConvertChoice {
    /// Number and unit.
    pub quantity: String,
    /// Unit wanted.
    #[arg(long)]
    pub to: String,
    /// Gas: standard, russia, china, netherlands, lng.
    #[arg(long, default_value = "standard")]
    pub gas: String,
    /// USD per EUR, needed between euros and dollars.
    #[arg(long)]
    pub usd_per_eur: Option<f64>,
}
