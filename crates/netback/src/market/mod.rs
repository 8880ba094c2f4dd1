//! The market: who ships how much to whom at which price. Numbers in brackets: docs/market.md.

mod best_response;
mod calibration;
mod conduct;
mod demand;
mod problem;
mod solution;
mod variants;

pub use best_response::BestResponse;
pub use calibration::{
    Backcast, BackcastNode, BackcastSale, BorderFlow, CalibrationReport, Decomposition, backcast, calibrate,
};
pub use conduct::{WedgeParts, wedge_parts};
pub(crate) use demand::{Inverse, inverse_demand};
pub use problem::MarketProblem;
pub use solution::*;
pub use variants::{Range, Variant, variants};

use netback_solve::{
    Certified, Outcome, Settings, WhyStopped, solve as solve_program, solve_from as solve_program_from,
};

use crate::case::Case;
use crate::ids::NodeId;
use crate::units::UsdPerTcm;

/// Seconds spent on one market, by the clock of the settings.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MarketTimes {
    /// Building the programme.
    pub build: f64,
    /// Interior point.
    pub solve: f64,
    /// Active-set polish.
    pub polish: f64,
    /// Certificate and best responses.
    pub certify: f64,
}

/// Why there is no certified equilibrium.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MarketFailure {
    /// The rows contradict each other.
    #[error("no equilibrium exists: these requirements contradict each other: {}", .0.join("; "))]
    Infeasible(Vec<String>),
    /// Welfare grows without end.
    #[error("no equilibrium exists: welfare grows without end along: {}", .0.join("; "))]
    Unbounded(Vec<String>),
    /// The data of the programme were refused.
    #[error("the market cannot be built: {}", .0.join("; "))]
    Refused(Vec<String>),
    /// The solver gave a point that its certificate refused.
    #[error(
        "not certified: {why}; natural residual {natural_residual:.1e} at \"{worst}\" (bound {tolerance:.0e})"
    )]
    NotCertified {
        /// Why the method stopped.
        why: String,
        /// What was reached.
        natural_residual: f64,
        /// Where.
        worst: String,
        /// What is needed.
        tolerance: f64,
    },
}

/// The certified equilibrium of a case.
///
/// Errors: [`MarketFailure`], with the cause in the user's words.
pub fn solve(case: &Case, settings: &Settings) -> Result<Certified<MarketSolution>, MarketFailure> {
    let started = (settings.clock)();
    let problem = MarketProblem::of(case);
    let build = (settings.clock)() - started;
    solve_problem(case, &problem, settings, build)
}

/// The certified equilibrium of a case next to a solved one, such as the same case after a cut.
///
/// As [`solve`], with the same certificate, in less than half of its time (bench/BENCHMARKS.md); what an
/// equilibrium leaves free may differ. `near` and `solved` belong to the other case.
/// Errors: as [`solve`].
pub fn solve_from(
    case: &Case,
    settings: &Settings,
    near: &MarketProblem,
    solved: &MarketSolution,
) -> Result<Certified<MarketSolution>, MarketFailure> {
    let started = (settings.clock)();
    let problem = MarketProblem::of(case);
    let build = (settings.clock)() - started;
    let outcome = solve_program_from(&problem.program, settings, &near.program, &solved.numbers);
    read(case, &problem, outcome, settings, build)
}

pub(crate) fn solve_problem(
    case: &Case,
    problem: &MarketProblem,
    settings: &Settings,
    build: f64,
) -> Result<Certified<MarketSolution>, MarketFailure> {
    read(case, problem, solve_program(&problem.program, settings), settings, build)
}

fn read(
    case: &Case,
    problem: &MarketProblem,
    outcome: Outcome,
    settings: &Settings,
    build: f64,
) -> Result<Certified<MarketSolution>, MarketFailure> {
    let Outcome { stopped, held, uncertified, iterations, times, .. } = outcome;
    let certified = match (held, stopped) {
        (Some(certified), _) => certified,
        (None, WhyStopped::Infeasible { rows }) => return Err(MarketFailure::Infeasible(rows)),
        (None, WhyStopped::Unbounded { columns }) => return Err(MarketFailure::Unbounded(columns)),
        (None, WhyStopped::Refused(faults)) => {
            return Err(MarketFailure::Refused(faults.iter().map(ToString::to_string).collect()));
        }
        (None, stopped) => {
            let certificate = uncertified.map(|uncertified| uncertified.certificate);
            return Err(MarketFailure::NotCertified {
                why: match stopped {
                    WhyStopped::IterationLimit => "iteration limit".into(),
                    WhyStopped::Numerical(why) => why,
                    _ => "the solver's answer is not accurate enough".into(),
                },
                natural_residual: certificate.as_ref().map_or(f64::INFINITY, |c| c.natural_residual),
                worst: certificate.map(|c| c.worst).unwrap_or_default(),
                tolerance: settings.tolerance,
            });
        }
    };
    let times = MarketTimes { build, solve: times.solve, polish: times.polish, certify: times.certify };
    Ok(certified.map(|numbers| MarketSolution::read(case, problem, &numbers, times, iterations)))
}

/// Mean calibrated price of a market over its seasons; without a calibration its reference price.
pub fn calibrated_price(case: &Case, market: NodeId) -> UsdPerTcm {
    UsdPerTcm(conduct::calibrated_price(case, market))
}
