//! Least-squares Monte Carlo: learn what it is worth to go on from paths, then replay the policy on others.
//!
//! Source: Longstaff and Schwartz 2001; for volumes Boogert and de Jong 2008. The value of the replay is a lower bound
//! of the true value, up to its standard error; the value on the paths of the regression has seen the future and tends
//! to lie above. The two are the bracket.

use nalgebra::{DMatrix, DVector};

use super::in_order::in_order;
use super::price_paths::{Estimate, estimate};
use super::swing::{Action, Prices, VolumeLattice};

/// Paths of one chunk; sums are taken chunk by chunk. Even, so that mirror images stay together.
const CHUNK: usize = 256;

/// What a holder sees on one path.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScenarioPath {
    /// Prices of each date.
    pub prices: Vec<Prices>,
    /// What the decision may depend on, as many numbers at each date, date by date.
    pub seen: Vec<f64>,
    /// The standard normal numbers that brought the prices of each date about, date by date. With them the noise of
    /// what no decision can change is taken out; they may be left empty.
    pub normals: Vec<f64>,
}

/// Paths, two by two mirror images of each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScenarioPaths {
    /// Paths 2k and 2k + 1 are mirror images.
    pub paths: Vec<ScenarioPath>,
    /// How many numbers are seen at each date.
    pub seen: usize,
}

impl ScenarioPaths {
    /// Makes paths on all cores, in their order; `path` gives the one of a number.
    pub fn make<E: Send>(
        count: usize,
        seen: usize,
        path: impl Fn(usize) -> Result<ScenarioPath, E> + Sync + Send,
    ) -> Result<ScenarioPaths, E> {
        let count = count.next_multiple_of(2).max(2);
        let chunks = in_order(count.div_ceil(CHUNK), |chunk| {
            let end = ((chunk + 1) * CHUNK).min(count);
            (chunk * CHUNK..end).map(&path).collect::<Result<Vec<_>, E>>()
        });
        let mut paths = Vec::with_capacity(count);
        for chunk in chunks {
            paths.extend(chunk?);
        }
        Ok(ScenarioPaths { paths, seen })
    }

    fn chunks(&self) -> usize {
        self.paths.len().div_ceil(CHUNK)
    }

    fn chunk(&self, chunk: usize) -> &[ScenarioPath] {
        &self.paths[chunk * CHUNK..((chunk + 1) * CHUNK).min(self.paths.len())]
    }
}

/// How continuation values are fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegressionSettings {
    /// Highest total degree of the polynomial in what is seen.
    pub degree: usize,
}

impl Default for RegressionSettings {
    fn default() -> Self {
        RegressionSettings { degree: 3 }
    }
}

/// What it is worth to go on, as a function of what is seen, for every date and state.
///
/// Beside it stands a hedge: how much of what comes is due to the next step's normal numbers. Its mean is zero whatever
/// it holds, so that taking it out changes no mean and most of the noise.
#[derive(Debug, Clone)]
pub struct Policy {
    exponents: Vec<Vec<u32>>,
    /// How many of the monomials the hedge uses.
    hedged: usize,
    dates: Vec<FittedDate>,
    /// Hedge of the step to the first date.
    first_hedge: DVector<f64>,
    /// Value on the paths of the regression.
    pub in_sample: Estimate,
}

#[derive(Debug, Clone)]
struct FittedDate {
    centre: Vec<f64>,
    scale: Vec<f64>,
    /// Basis functions, then hedges, by next states; empty after the last date.
    coefficients: DMatrix<f64>,
}

/// Solves a symmetric system; a ridge of 1e-10 of each diagonal keeps dependent columns apart.
fn solved(mut square: DMatrix<f64>, right: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let largest = (0..square.nrows()).map(|k| square[(k, k)]).fold(0.0, f64::max);
    for k in 0..square.nrows() {
        square[(k, k)] += 1e-10 * square[(k, k)] + 1e-14 * largest;
    }
    Some(square.cholesky()?.solve(right))
}

/// Exponents of all monomials up to a total degree.
fn monomials(variables: usize, degree: usize) -> Vec<Vec<u32>> {
    let mut found = vec![vec![0; variables]];
    let mut layer = found.clone();
    for _ in 0..degree {
        let mut next: Vec<Vec<u32>> = Vec::new();
        for exponents in &layer {
            for variable in 0..variables {
                let mut grown = exponents.clone();
                grown[variable] += 1;
                if !next.contains(&grown) {
                    next.push(grown);
                }
            }
        }
        found.extend(next.iter().cloned());
        layer = next;
    }
    found
}

/// Functions with mean zero of the normal numbers of a date: Hermite polynomials for one number, else the numbers.
fn shocks(path: &ScenarioPath, dates: usize, date: usize, found: &mut Vec<f64>) {
    found.clear();
    let count = path.normals.len() / dates;
    match &path.normals[date * count..(date + 1) * count] {
        [n] => found.extend([*n, n * n - 1.0, n * (n * n - 3.0)]),
        normals => found.extend_from_slice(normals),
    }
}

/// Reused room for the values of the functions of one path.
#[derive(Default)]
struct Functions {
    values: Vec<f64>,
    shocks: Vec<f64>,
}

impl Policy {
    /// Learns from paths when to do what.
    ///
    /// `discounts` are factors from each date to valuation. Source: Longstaff and Schwartz 2001, on realised cash
    /// flows; besides the monomials the basis holds the margin max(0, market − contract).
    pub fn learn(
        lattice: &VolumeLattice,
        paths: &ScenarioPaths,
        discounts: &[f64],
        settings: RegressionSettings,
    ) -> Policy {
        let dates = lattice.dates();
        let exponents = monomials(paths.seen, settings.degree);
        let hedge_degree = if paths.seen <= 2 { 2 } else { 1 };
        let mut policy = Policy {
            hedged: exponents.iter().filter(|powers| powers.iter().sum::<u32>() <= hedge_degree).count(),
            exponents,
            dates: vec![],
            first_hedge: DVector::zeros(0),
            in_sample: Estimate::default(),
        };
        // Realised value of going on less the hedges, by chunk, then state, then path.
        let mut realised: Vec<Vec<f64>> =
            (0..paths.chunks()).map(|c| vec![0.0; paths.chunk(c).len()]).collect();
        let mut fitted = Vec::with_capacity(dates);
        for date in (0..dates).rev() {
            let mut at = standardised(paths, date);
            let bases = in_order(paths.chunks(), |chunk| policy.bases(&at, paths, chunk, (date, dates)));
            if date + 1 < dates {
                at.coefficients = policy.regress(lattice.states(date + 1), &bases, &realised);
            }
            realised = in_order(paths.chunks(), |chunk| {
                let here = paths.chunk(chunk);
                let count = here.len();
                let (fit, hedges) = policy.fit_and_hedges(&at, &bases[chunk], lattice.states(date + 1));
                let mut values = vec![0.0; lattice.states(date) * count];
                let mut going_on = vec![0.0; lattice.states(date + 1)];
                for (position, path) in here.iter().enumerate() {
                    for (state, value) in going_on.iter_mut().enumerate() {
                        *value = fit[(position, state)];
                    }
                    let prices = path.prices[date];
                    for state in 0..lattice.states(date) {
                        let action = choose(lattice.actions(date, state), prices, discounts[date], &going_on);
                        let next = action.next as usize;
                        let after = realised[chunk][next * count + position] - hedges[(position, next)];
                        values[state * count + position] = discounts[date] * action.cash(prices) + after;
                    }
                }
                values
            });
            fitted.push(at);
        }
        fitted.reverse();
        policy.dates = fitted;
        let mut values = Vec::with_capacity(paths.paths.len());
        for (chunk, realised) in realised.iter().enumerate() {
            let length = paths.chunk(chunk).len();
            values.extend_from_slice(&realised[lattice.start * length..(lattice.start + 1) * length]);
        }
        policy.first_hedge = first_hedge(paths, dates, &values);
        for (value, path) in values.iter_mut().zip(&paths.paths) {
            *value -= policy.hedge_of_first(path);
        }
        policy.in_sample = estimate(&values);
        policy
    }

    /// Basis functions and hedges of a chunk's paths, one path a row.
    fn bases(
        &self,
        at: &FittedDate,
        paths: &ScenarioPaths,
        chunk: usize,
        (date, dates): (usize, usize),
    ) -> DMatrix<f64> {
        let here = paths.chunk(chunk);
        let mut functions = Functions::default();
        let mut basis = DMatrix::<f64>::zeros(0, 0);
        for (position, path) in here.iter().enumerate() {
            self.evaluate(at, path, (date, dates), paths.seen, &mut functions);
            if position == 0 {
                basis = DMatrix::zeros(here.len(), functions.values.len());
            }
            for (k, value) in functions.values.iter().enumerate() {
                basis[(position, k)] = *value;
            }
        }
        basis
    }

    fn regress(&self, states: usize, bases: &[DMatrix<f64>], realised: &[Vec<f64>]) -> DMatrix<f64> {
        let sums = in_order(bases.len(), |chunk| {
            let basis = &bases[chunk];
            let values = DMatrix::from_column_slice(basis.nrows(), states, &realised[chunk]);
            (basis.tr_mul(basis), basis.tr_mul(&values))
        });
        let total = sums.into_iter().reduce(|(square, right), (a, b)| (square + a, right + b));
        total
            .and_then(|(square, right)| solved(square, &right))
            .unwrap_or_else(|| DMatrix::zeros(self.exponents.len() + 1, states))
    }

    /// Fitted value of going on, and what the hedges bring, by path and next state.
    fn fit_and_hedges(
        &self,
        at: &FittedDate,
        basis: &DMatrix<f64>,
        states: usize,
    ) -> (DMatrix<f64>, DMatrix<f64>) {
        if at.coefficients.is_empty() {
            return (DMatrix::zeros(basis.nrows(), states), DMatrix::zeros(basis.nrows(), states));
        }
        let count = self.exponents.len() + 1;
        let hedges = at.coefficients.nrows() - count;
        let fit = basis.columns(0, count) * at.coefficients.rows(0, count);
        (fit, basis.columns(count, hedges) * at.coefficients.rows(count, hedges))
    }

    /// Values of the basis and, where there is a next date, of the hedges.
    fn evaluate(
        &self,
        at: &FittedDate,
        path: &ScenarioPath,
        (date, dates): (usize, usize),
        seen: usize,
        functions: &mut Functions,
    ) {
        let standard: Vec<f64> =
            (0..seen).map(|k| (path.seen[date * seen + k] - at.centre[k]) * at.scale[k]).collect();
        functions.values.clear();
        for exponents in &self.exponents {
            let mut value = 1.0;
            for (k, &exponent) in exponents.iter().enumerate() {
                for _ in 0..exponent {
                    value *= standard[k];
                }
            }
            functions.values.push(value);
        }
        let prices = path.prices[date];
        functions.values.push((prices.market - prices.contract).max(0.0) * at.scale[seen]);
        if date + 1 < dates {
            shocks(path, dates, date + 1, &mut functions.shocks);
            for shock in 0..functions.shocks.len() {
                for k in 0..self.hedged {
                    functions.values.push(functions.shocks[shock] * functions.values[k]);
                }
            }
        }
    }

    /// Fitted value of going on to each next state of some actions; the others are left as they are.
    fn continuation(&self, at: &FittedDate, functions: &Functions, actions: &[Action], going_on: &mut [f64]) {
        let count = self.exponents.len() + 1;
        for action in actions {
            let state = action.next as usize;
            going_on[state] = if at.coefficients.is_empty() {
                0.0
            } else {
                let column = at.coefficients.column(state);
                column.iter().zip(&functions.values[..count]).map(|(a, b)| a * b).sum()
            };
        }
    }

    /// What the hedge of a next state brings.
    fn hedge(&self, at: &FittedDate, functions: &Functions, state: usize) -> f64 {
        if at.coefficients.is_empty() {
            return 0.0;
        }
        let skip = self.exponents.len() + 1;
        let column = at.coefficients.column(state);
        column.iter().zip(&functions.values).skip(skip).map(|(a, b)| a * b).sum()
    }

    fn hedge_of_first(&self, path: &ScenarioPath) -> f64 {
        let mut found = Vec::new();
        shocks(path, self.dates.len(), 0, &mut found);
        self.first_hedge.iter().zip(&found).map(|(a, b)| a * b).sum()
    }

    /// What the policy does on a path: the actions and the states before each date.
    pub fn follow(
        &self,
        lattice: &VolumeLattice,
        path: &ScenarioPath,
        discounts: &[f64],
        seen: usize,
    ) -> Followed {
        let mut state = lattice.start;
        let mut followed = Followed::default();
        let mut going_on = Vec::new();
        let mut functions = Functions::default();
        let mut hedges = self.hedge_of_first(path);
        for (date, at) in self.dates.iter().enumerate() {
            going_on.resize(lattice.states(date + 1), 0.0);
            self.evaluate(at, path, (date, self.dates.len()), seen, &mut functions);
            let actions = lattice.actions(date, state);
            self.continuation(at, &functions, actions, &mut going_on);
            let action = choose(actions, path.prices[date], discounts[date], &going_on);
            followed.states.push(state);
            followed.actions.push(*action);
            followed.value += discounts[date] * action.cash(path.prices[date]);
            state = action.next as usize;
            hedges += self.hedge(at, &functions, state);
        }
        followed.hedged_value = followed.value - hedges;
        followed
    }

    /// Replays the policy on paths it has not seen: a lower bound of the value, up to its standard error.
    pub fn replay(&self, lattice: &VolumeLattice, paths: &ScenarioPaths, discounts: &[f64]) -> Estimate {
        let chunks = in_order(paths.chunks(), |chunk| {
            let value = |path: &ScenarioPath| self.follow(lattice, path, discounts, paths.seen).hedged_value;
            paths.chunk(chunk).iter().map(value).collect::<Vec<f64>>()
        });
        estimate(&chunks.concat())
    }
}

/// Weights of the first date's shocks that leave the least variance.
fn first_hedge(paths: &ScenarioPaths, dates: usize, values: &[f64]) -> DVector<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let mut found = Vec::new();
    shocks(&paths.paths[0], dates, 0, &mut found);
    let mut square = DMatrix::<f64>::zeros(found.len(), found.len());
    let mut right = DMatrix::<f64>::zeros(found.len(), 1);
    for (path, value) in paths.paths.iter().zip(values) {
        shocks(path, dates, 0, &mut found);
        for a in 0..found.len() {
            right[(a, 0)] += found[a] * (value - mean);
            for b in 0..found.len() {
                square[(a, b)] += found[a] * found[b];
            }
        }
    }
    let weights = if found.is_empty() { None } else { solved(square, &right) };
    weights.map_or_else(|| DVector::zeros(0), |weights| weights.column(0).into_owned())
}

/// What a policy did on a path.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Followed {
    /// Present value.
    pub value: f64,
    /// The same less the hedges: the same mean, less noise.
    pub hedged_value: f64,
    /// Action of each date.
    pub actions: Vec<Action>,
    /// State before each date.
    pub states: Vec<usize>,
}

fn choose<'a>(actions: &'a [Action], prices: Prices, discount: f64, going_on: &[f64]) -> &'a Action {
    let mut best = &actions[0];
    let mut most = f64::NEG_INFINITY;
    for action in actions {
        let total = discount * action.cash(prices) + going_on[action.next as usize];
        if total > most {
            (best, most) = (action, total);
        }
    }
    best
}

/// Centre and scale of what is seen at a date; the last scale is that of the margin.
fn standardised(paths: &ScenarioPaths, date: usize) -> FittedDate {
    let count = paths.paths.len() as f64;
    let mut centre = vec![0.0; paths.seen];
    let mut square = vec![0.0; paths.seen + 1];
    for path in &paths.paths {
        for (k, total) in centre.iter_mut().enumerate() {
            *total += path.seen[date * paths.seen + k] / count;
        }
    }
    for path in &paths.paths {
        for k in 0..paths.seen {
            let away = path.seen[date * paths.seen + k] - centre[k];
            square[k] += away * away / count;
        }
        let margin = (path.prices[date].market - path.prices[date].contract).max(0.0);
        square[paths.seen] += margin * margin / count;
    }
    let scale = square.iter().map(|square| if *square > 1e-24 { 1.0 / square.sqrt() } else { 0.0 }).collect();
    FittedDate { centre, scale, coefficients: DMatrix::zeros(0, 0) }
}
