//! Solve, polish, certify: the one way from a [`Program`] to an [`Outcome`].

use std::collections::HashMap;

use crate::certificate::certify;
use crate::conflict::smallest_conflict;
use crate::interior_point;
use crate::model_point::{ModelPoint, Status};
use crate::outcome::{Outcome, WhyStopped};
use crate::path::Path;
use crate::polish::polish;
use crate::program::{Program, Solution};
#[cfg(feature = "highs")]
use crate::simplex;

/// Which method finds the point from which the polish starts. The certificate is the same for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Clarabel.
    #[default]
    InteriorPoint,
    /// HiGHS: simplex for linear models, active set for quadratic ones. There to compare, not for speed
    /// (bench/BENCHMARKS.md). The iteration limit and the factorisation are not its: it has a limit of its own.
    #[cfg(feature = "highs")]
    Highs,
}

/// How the interior point factorises its linear systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Factorisation {
    /// Simplicial up to [`Settings::large_programme_columns`], supernodal above.
    #[default]
    Automatic,
    /// QDLDL.
    Simplicial,
    /// faer.
    Supernodal,
}

/// What may be chosen about a solve.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which method.
    pub method: Method,
    /// Natural residual that a certified solution meets, relative to `scale`.
    pub tolerance: f64,
    /// Size of typical quantities and prices.
    pub scale: f64,
    /// Tolerance of the interior point before the polish.
    pub interior_tolerance: f64,
    /// Iteration limit of one interior-point solve.
    pub iteration_limit: usize,
    /// Limit of quadratic models for programmes with curves.
    pub model_limit: usize,
    /// Which factorisation.
    pub factorisation: Factorisation,
    /// Where [`Factorisation::Automatic`] changes; up to 85,000 columns simplicial won every time
    /// (bench/BENCHMARKS.md).
    pub large_programme_columns: usize,
    /// Seconds since any fixed moment; the library has no clock of its own.
    pub clock: fn() -> f64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            method: Method::default(),
            tolerance: 1e-6,
            scale: 100.0,
            interior_tolerance: 1e-13,
            iteration_limit: 200,
            model_limit: 60,
            factorisation: Factorisation::Automatic,
            large_programme_columns: 200_000,
            clock: || 0.0,
        }
    }
}

/// Solves a programme: interior point, active-set polish, certificate; without an answer, the cause.
///
/// A programme with curves is solved as a sequence of quadratic models around the last point, each step
/// shortened until the objective falls, until the step is below the tolerance. Infeasible: the smallest set
/// of requirements that contradict each other.
/// Source: docs/market.md; sequential quadratic programming for separable convex terms.
pub fn solve(program: &Program, settings: &Settings) -> Outcome {
    let mut outcome = solve_once(program, settings);
    // A method that lost its way in a programme without feasible point may say so in other words.
    let lost = matches!(
        outcome.stopped,
        WhyStopped::Infeasible { .. } | WhyStopped::IterationLimit | WhyStopped::Numerical(_)
    );
    if outcome.held.is_none()
        && lost
        && let Some(rows) = smallest_conflict(program, settings)
    {
        outcome.stopped = WhyStopped::Infeasible { rows };
    }
    outcome
}

/// Solves a programme next to one that was solved before, such as the same one after a cut.
///
/// The start is taken by the names of columns and rows; what the other programme did not have starts at zero.
/// The certificate is the same as for [`solve`], and so is the answer where it is unique. A programme with
/// curves starts cold, and so does one for which the start leads nowhere.
/// Source: primal-dual path following (see `path.rs`); figures in bench/BENCHMARKS.md.
///
/// ```
/// use netback_solve::{Column, Program, Row, Settings, solve, solve_from};
///
/// let mut program = Program::new();
/// let x = program.column(Column::new("x").cost(-4.0).quadratic(2.0));
/// let limit = program.row(Row::new("limit").at_most(1.0).entry(x, 1.0));
/// let before = solve(&program, &Settings::default()).held.expect("a bounded convex programme has an answer");
/// let mut cut = program.clone();
/// cut.row_mut(limit).upper = 0.5;
/// let after = solve_from(&cut, &Settings::default(), &program, before.value());
/// assert!((after.held.expect("still bounded").value().columns[0] - 0.5).abs() < 1e-12);
/// ```
pub fn solve_from(program: &Program, settings: &Settings, near: &Program, solved: &Solution) -> Outcome {
    let begun = attempt_from(program, settings, near, solved);
    if let Some(outcome) = &begun
        && outcome.held.is_some()
    {
        return outcome.clone();
    }
    let mut outcome = solve(program, settings);
    if let Some(begun) = begun {
        outcome.iterations += begun.iterations;
        outcome.times.solve += begun.times.solve;
        outcome.times.polish += begun.times.polish;
        outcome.times.certify += begun.times.certify;
    }
    outcome
}

/// The answer of the path from a start, held only when it is as sharp as a cold solve's; none when there is no
/// path to follow.
fn attempt_from(
    program: &Program,
    settings: &Settings,
    near: &Program,
    solved: &Solution,
) -> Option<Outcome> {
    let has_curves = program.columns().iter().any(|column| column.curve.is_some());
    if settings.method != Method::InteriorPoint || has_curves || !program.faults().is_empty() {
        return None;
    }
    let mut outcome = Outcome::without_answer(WhyStopped::Optimal);
    outcome.models = 1;
    let model = Model::around(program, None);
    let started = (settings.clock)();
    let start = carried(program, near, solved);
    let mut path = Path::from(program, &model.costs, &model.quadratics, &model.bounds, &start)?;
    outcome.times.solve += (settings.clock)() - started;
    for product in PATH_ENDS {
        let started = (settings.clock)();
        let reached = path.follow(product);
        outcome.times.solve += (settings.clock)() - started;
        outcome.iterations = path.iterations();
        if !reached {
            break;
        }
        let started = (settings.clock)();
        let solution = polished(program, &model, settings, &path.point());
        outcome.times.polish += (settings.clock)() - started;
        settle(program, settings, solution, settings.tolerance * SHARP, &mut outcome);
        if outcome.held.is_some() {
            break;
        }
    }
    Some(outcome)
}

/// Mean products of distances and multipliers at which the path is left for the polish, one after the other.
const PATH_ENDS: [f64; 3] = [1e-10, 1e-11, 1e-12];
/// Share of the tolerance that the answer of a path must meet; a cold solve ends far below it.
const SHARP: f64 = 1e-3;

/// A solution of another programme, by the names of its columns and rows.
fn carried(program: &Program, near: &Program, solved: &Solution) -> Solution {
    let columns: HashMap<&str, f64> = near
        .columns()
        .iter()
        .map(|column| column.name.as_str())
        .zip(solved.columns.iter().copied())
        .collect();
    let duals: HashMap<&str, f64> =
        near.rows().iter().map(|row| row.name.as_str()).zip(solved.row_duals.iter().copied()).collect();
    let value = |names: &HashMap<&str, f64>, name: &str| names.get(name).copied().unwrap_or(0.0);
    Solution {
        columns: program.columns().iter().map(|column| value(&columns, &column.name)).collect(),
        row_duals: program.rows().iter().map(|row| value(&duals, &row.name)).collect(),
    }
}

/// Solves without looking for the cause when there is no answer.
///
/// Near the limit of arithmetic an interior point may stall; then a looser one, and the other factorisation,
/// often leave a point that the polish brings home. Only the certificate decides.
pub(crate) fn solve_once(program: &Program, settings: &Settings) -> Outcome {
    let looser = Settings { interior_tolerance: 1e-9, ..settings.clone() };
    let other = Settings {
        factorisation: match settings.factorisation {
            Factorisation::Supernodal => Factorisation::Simplicial,
            Factorisation::Simplicial | Factorisation::Automatic => Factorisation::Supernodal,
        },
        ..settings.clone()
    };
    let mut outcome = attempt(program, settings);
    let others: &[Settings] = match settings.method {
        Method::InteriorPoint => &[looser, other],
        #[cfg(feature = "highs")]
        Method::Highs => &[],
    };
    for next in others {
        let is_settled = outcome.held.is_some()
            || matches!(
                outcome.stopped,
                WhyStopped::Refused(_) | WhyStopped::Infeasible { .. } | WhyStopped::Unbounded { .. }
            );
        if is_settled {
            break;
        }
        let again = attempt(program, next);
        let spent = outcome.times;
        let residual = |outcome: &Outcome| {
            outcome.uncertified.as_ref().map_or(f64::INFINITY, |point| point.certificate.natural_residual)
        };
        if again.held.is_some() || residual(&again) < residual(&outcome) {
            outcome = again;
        }
        outcome.times.solve += spent.solve;
        outcome.times.polish += spent.polish;
        outcome.times.certify += spent.certify;
    }
    outcome
}

fn attempt(program: &Program, settings: &Settings) -> Outcome {
    let mut outcome = Outcome::without_answer(WhyStopped::Optimal);
    let faults = program.faults();
    if !faults.is_empty() {
        outcome.stopped = WhyStopped::Refused(faults);
        return outcome;
    }
    let has_curves = program.columns().iter().any(|column| column.curve.is_some());
    let limit = if has_curves { settings.model_limit } else { 1 };
    let mut point: Option<Solution> = None;
    let mut answer = None;
    for _ in 0..limit {
        let model = Model::around(program, point.as_ref().map(|p| p.columns.as_slice()));
        let Some(solution) = solve_model(program, &model, settings, &mut outcome) else {
            return outcome;
        };
        if !has_curves {
            answer = Some(solution);
            break;
        }
        let before = point.take();
        let (next, step) = line_search(program, before, solution);
        let converged = step < 1e-12;
        answer = Some(next.clone());
        point = Some(next);
        if converged {
            break;
        }
    }
    let Some(solution) = answer else {
        outcome.stopped = WhyStopped::IterationLimit;
        return outcome;
    };
    settle(program, settings, solution, settings.tolerance, &mut outcome);
    outcome
}

/// Certifies, into the outcome.
fn settle(
    program: &Program,
    settings: &Settings,
    mut solution: Solution,
    tolerance: f64,
    outcome: &mut Outcome,
) {
    for value in &mut solution.columns {
        *value += 0.0; // no negative zeros in tables
    }
    let started = (settings.clock)();
    match certify(program, solution, tolerance, settings.scale) {
        Ok(certified) => (outcome.held, outcome.uncertified) = (Some(certified), None),
        Err(uncertified) => outcome.uncertified = Some(*uncertified),
    }
    outcome.times.certify += (settings.clock)() - started;
}

/// The quadratic model of a programme around a point.
struct Model {
    costs: Vec<f64>,
    quadratics: Vec<f64>,
    bounds: Vec<(f64, f64)>,
}

impl Model {
    fn around(program: &Program, point: Option<&[f64]>) -> Self {
        let columns = program.columns();
        let mut model = Model {
            costs: columns.iter().map(|column| column.cost).collect(),
            quadratics: columns.iter().map(|column| column.quadratic).collect(),
            bounds: columns.iter().map(|column| (column.lower, column.upper)).collect(),
        };
        for (index, column) in columns.iter().enumerate() {
            let Some(curve) = column.curve else { continue };
            let x = point.map_or(curve.start(), |point| point[index]);
            let curvature = curve.curvature(x);
            model.costs[index] += curve.slope(x) - curvature * x;
            model.quadratics[index] += curvature;
            let (low, high) = curve.trust(x);
            let (lower, upper) = model.bounds[index];
            model.bounds[index] = (lower.max(low.min(upper)), upper.min(high.max(lower)));
        }
        model
    }
}

/// Solves one quadratic model; the reason to stop goes to the outcome when there is no answer.
fn solve_model(
    program: &Program,
    model: &Model,
    settings: &Settings,
    outcome: &mut Outcome,
) -> Option<Solution> {
    let started = (settings.clock)();
    let by_interior_point =
        || interior_point::solve_quadratic(program, &model.costs, &model.quadratics, &model.bounds, settings);
    let point = match settings.method {
        Method::InteriorPoint => by_interior_point(),
        #[cfg(feature = "highs")]
        Method::Highs => {
            let point =
                simplex::solve_quadratic(program, &model.costs, &model.quadratics, &model.bounds, settings);
            match point.status {
                Status::Infeasible | Status::Unbounded => named(point, by_interior_point()),
                _ => point,
            }
        }
    };
    outcome.iterations += point.iterations;
    outcome.models += 1;
    outcome.times.solve += (settings.clock)() - started;
    match &point.status {
        Status::Infeasible => {
            outcome.stopped = WhyStopped::Infeasible { rows: contradiction(program, &point) };
            return None;
        }
        Status::Unbounded => {
            let columns = heaviest(
                program.columns().iter().map(|column| &column.name).zip(point.columns.iter().copied()),
            );
            outcome.stopped = WhyStopped::Unbounded { columns };
            return None;
        }
        Status::IterationLimit => outcome.stopped = WhyStopped::IterationLimit,
        Status::Numerical(why) => outcome.stopped = WhyStopped::Numerical(why.clone()),
        Status::Optimal => {}
    }
    let started = (settings.clock)();
    let solution = polished(program, model, settings, &point);
    outcome.times.polish += (settings.clock)() - started;
    Some(solution)
}

fn polished(program: &Program, model: &Model, settings: &Settings, point: &ModelPoint) -> Solution {
    let tolerance = settings.scale * settings.tolerance.min(1e-9) * 1e-2;
    polish(program, &model.costs, &model.quadratics, &model.bounds, point, tolerance)
}

/// HiGHS' verdict comes without the ray that names rows or columns: the interior point gives it, if it agrees
/// that there is no answer.
#[cfg(feature = "highs")]
fn named(verdict: ModelPoint, by_interior_point: ModelPoint) -> ModelPoint {
    match by_interior_point.status {
        Status::Infeasible | Status::Unbounded => by_interior_point,
        _ => ModelPoint {
            status: Status::Numerical("HiGHS: no answer, but the interior point has one".into()),
            ..verdict
        },
    }
}

/// Shortens the step to the model's answer until the objective does not rise; returns the relative step.
fn line_search(program: &Program, before: Option<Solution>, target: Solution) -> (Solution, f64) {
    let Some(before) = before else {
        return (target, f64::INFINITY);
    };
    let size = |a: &[f64], b: &[f64]| {
        a.iter().zip(b).map(|(a, b)| (a - b).abs() / (1.0 + a.abs())).fold(0.0, f64::max)
    };
    let full = size(&before.columns, &target.columns);
    let start = program.objective(&before.columns);
    let mut share = 1.0;
    for _ in 0..30 {
        let columns: Vec<f64> =
            before.columns.iter().zip(&target.columns).map(|(a, b)| a + share * (b - a)).collect();
        let objective = program.objective(&columns);
        if objective <= start + 1e-12 * start.abs() + 1e-12 {
            return (Solution { columns, row_duals: target.row_duals }, share * full);
        }
        share *= 0.5;
    }
    (Solution { columns: before.columns, row_duals: target.row_duals }, 0.0)
}

fn contradiction(program: &Program, point: &ModelPoint) -> Vec<String> {
    let rows = program.rows().iter().map(|row| &row.name).zip(point.row_duals.iter().copied());
    let bounds = program
        .columns()
        .iter()
        .map(|column| &column.name)
        .zip(point.bound_duals.iter().map(|duals| if duals[1] > duals[0] { duals[1] } else { 0.0 }));
    heaviest(rows.chain(bounds))
}

fn heaviest<'a>(named: impl Iterator<Item = (&'a String, f64)>) -> Vec<String> {
    let mut all: Vec<(&String, f64)> = named.map(|(name, weight)| (name, weight.abs())).collect();
    let largest = all.iter().map(|&(_, weight)| weight).fold(0.0, f64::max);
    all.retain(|&(_, weight)| weight > 1e-6 * largest);
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    all.into_iter().take(20).map(|(name, _)| name.clone()).collect()
}
