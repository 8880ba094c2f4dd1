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
}

/// Paths, two by two mirror images of each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScenarioPaths {
    /// Paths 2k and 2k + 1 are mirror images.
    pub paths: Vec<ScenarioPath>,
    /// How many numbers are seen at each date.
    pub seen: usize,
    /// Risk-neutral mean of the prices of each date; a component is used to reduce noise only when it is given.
    pub means: Vec<KnownMeans>,
}

/// Means that are known exactly.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct KnownMeans {
    /// Of the market price.
    pub market: Option<f64>,
    /// Of the contract price.
    pub contract: Option<f64>,
}

impl ScenarioPaths {
    /// Makes paths on all cores, in their order; `path` gives the one of a number.
    pub fn make<E: Send>(
        count: usize,
        seen: usize,
        means: Vec<KnownMeans>,
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
        Ok(ScenarioPaths { paths, seen, means })
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
#[derive(Debug, Clone)]
pub struct Policy {
    exponents: Vec<Vec<u32>>,
    dates: Vec<FittedDate>,
    controls: Controls,
    /// Value on the paths of the regression.
    pub in_sample: Estimate,
}

#[derive(Debug, Clone)]
struct FittedDate {
    centre: Vec<f64>,
    scale: Vec<f64>,
    /// Basis functions by next states; empty after the last date.
    coefficients: DMatrix<f64>,
}

/// Volumes of plans whose value has a known mean, and how much of each is subtracted.
#[derive(Debug, Clone, Default)]
struct Controls {
    discounted_volumes: Vec<Vec<(f64, f64)>>,
    weights: Vec<f64>,
    means: Vec<KnownMeans>,
}

impl Controls {
    /// One plan: the best on the means; another: the same market volume at every date.
    fn new(plan: &[Action], discounts: &[f64], means: &[KnownMeans]) -> Controls {
        let of_plan =
            plan.iter().zip(discounts).map(|(a, d)| (d * a.market_volume, d * a.contract_volume)).collect();
        let flat = discounts.iter().map(|d| (*d, 0.0)).collect();
        Controls { discounted_volumes: vec![of_plan, flat], weights: vec![0.0; 2], means: means.to_vec() }
    }

    /// Deviations of the plans' values from their means on a path.
    fn deviations(&self, prices: &[Prices]) -> Vec<f64> {
        let deviation = |volumes: &Vec<(f64, f64)>| -> f64 {
            volumes
                .iter()
                .zip(prices)
                .zip(&self.means)
                .map(|((&(market, contract), prices), means)| {
                    means.market.map_or(0.0, |mean| market * (prices.market - mean))
                        + means.contract.map_or(0.0, |mean| contract * (prices.contract - mean))
                })
                .sum()
        };
        self.discounted_volumes.iter().map(deviation).collect()
    }

    /// Sets the weights that leave the least variance.
    fn fit(&mut self, deviations: &[Vec<f64>], values: &[f64]) {
        let count = self.weights.len();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let mut square = DMatrix::<f64>::zeros(count, count);
        let mut cross = DVector::<f64>::zeros(count);
        for (deviation, value) in deviations.iter().zip(values) {
            for a in 0..count {
                cross[a] += deviation[a] * (value - mean);
                for b in 0..count {
                    square[(a, b)] += deviation[a] * deviation[b];
                }
            }
        }
        if let Some(weights) = solved(square, &DMatrix::from_column_slice(count, 1, cross.as_slice())) {
            self.weights = weights.column(0).iter().copied().collect();
        }
    }

    fn subtract(&self, value: f64, deviations: &[f64]) -> f64 {
        value - self.weights.iter().zip(deviations).map(|(weight, deviation)| weight * deviation).sum::<f64>()
    }
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

impl Policy {
    /// Learns from paths when to do what.
    ///
    /// `discounts` are factors from each date to valuation. Source: Longstaff and Schwartz 2001, on realised cash
    /// flows; besides the monomials the basis holds the margin max(0, market − contract).
    pub fn learn(
        lattice: &VolumeLattice,
        paths: &ScenarioPaths,
        discounts: &[f64],
        plan: &[Action],
        settings: RegressionSettings,
    ) -> Policy {
        let dates = lattice.dates();
        let mut policy = Policy {
            exponents: monomials(paths.seen, settings.degree),
            dates: vec![],
            controls: Controls::new(plan, discounts, &paths.means),
            in_sample: Estimate::default(),
        };
        // Realised value of going on, by chunk, then state, then path.
        let mut realised: Vec<Vec<f64>> =
            (0..paths.chunks()).map(|c| vec![0.0; paths.chunk(c).len()]).collect();
        let mut fitted = Vec::with_capacity(dates);
        for date in (0..dates).rev() {
            let mut at = standardised(paths, date);
            if date + 1 < dates {
                at.coefficients = policy.regress(lattice, paths, date, &at, &realised);
            }
            realised = in_order(paths.chunks(), |chunk| {
                let here = paths.chunk(chunk);
                let mut values = vec![0.0; lattice.states(date) * here.len()];
                let mut going_on = vec![0.0; lattice.states(date + 1)];
                for (position, path) in here.iter().enumerate() {
                    policy.continuation(&at, path, date, paths.seen, &mut going_on);
                    let prices = path.prices[date];
                    for state in 0..lattice.states(date) {
                        let action = choose(lattice.actions(date, state), prices, discounts[date], &going_on);
                        let after = realised[chunk][action.next as usize * here.len() + position];
                        values[state * here.len() + position] = discounts[date] * action.cash(prices) + after;
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
        let deviations: Vec<Vec<f64>> =
            paths.paths.iter().map(|path| policy.controls.deviations(&path.prices)).collect();
        policy.controls.fit(&deviations, &values);
        let reduced: Vec<f64> = values
            .iter()
            .zip(&deviations)
            .map(|(value, deviation)| policy.controls.subtract(*value, deviation))
            .collect();
        policy.in_sample = estimate(&reduced);
        policy
    }

    fn regress(
        &self,
        lattice: &VolumeLattice,
        paths: &ScenarioPaths,
        date: usize,
        at: &FittedDate,
        realised: &[Vec<f64>],
    ) -> DMatrix<f64> {
        let functions = self.exponents.len() + 1;
        let states = lattice.states(date + 1);
        let sums = in_order(paths.chunks(), |chunk| {
            let here = paths.chunk(chunk);
            let mut basis = DMatrix::<f64>::zeros(here.len(), functions);
            let mut row = vec![0.0; functions];
            for (position, path) in here.iter().enumerate() {
                self.basis(at, path, date, paths.seen, &mut row);
                for (k, value) in row.iter().enumerate() {
                    basis[(position, k)] = *value;
                }
            }
            let values = DMatrix::from_column_slice(here.len(), states, &realised[chunk]);
            (basis.tr_mul(&basis), basis.tr_mul(&values))
        });
        let mut square = DMatrix::<f64>::zeros(functions, functions);
        let mut right = DMatrix::<f64>::zeros(functions, states);
        for (one, other) in sums {
            square += one;
            right += other;
        }
        solved(square, &right).unwrap_or_else(|| DMatrix::zeros(functions, states))
    }

    fn basis(&self, at: &FittedDate, path: &ScenarioPath, date: usize, seen: usize, row: &mut [f64]) {
        let mut standard = [0.0; 16];
        for k in 0..seen.min(16) {
            standard[k] = (path.seen[date * seen + k] - at.centre[k]) * at.scale[k];
        }
        for (value, exponents) in row.iter_mut().zip(&self.exponents) {
            *value = 1.0;
            for (k, &exponent) in exponents.iter().enumerate() {
                for _ in 0..exponent {
                    *value *= standard[k];
                }
            }
        }
        let prices = path.prices[date];
        row[self.exponents.len()] = (prices.market - prices.contract).max(0.0) * at.scale[seen];
    }

    /// Fitted value of going on to each next state.
    fn continuation(
        &self,
        at: &FittedDate,
        path: &ScenarioPath,
        date: usize,
        seen: usize,
        going_on: &mut [f64],
    ) {
        going_on.fill(0.0);
        if at.coefficients.is_empty() {
            return;
        }
        let functions = self.exponents.len() + 1;
        let mut row = vec![0.0; functions];
        self.basis(at, path, date, seen, &mut row);
        for (state, total) in going_on.iter_mut().enumerate() {
            *total = at.coefficients.column(state).iter().zip(&row).map(|(a, b)| a * b).sum();
        }
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
        for (date, at) in self.dates.iter().enumerate() {
            going_on.resize(lattice.states(date + 1), 0.0);
            self.continuation(at, path, date, seen, &mut going_on);
            let action = choose(lattice.actions(date, state), path.prices[date], discounts[date], &going_on);
            followed.states.push(state);
            followed.actions.push(*action);
            followed.value += discounts[date] * action.cash(path.prices[date]);
            state = action.next as usize;
        }
        followed
    }

    /// Replays the policy on paths it has not seen: a lower bound of the value, up to its standard error.
    pub fn replay(&self, lattice: &VolumeLattice, paths: &ScenarioPaths, discounts: &[f64]) -> Estimate {
        let chunks = in_order(paths.chunks(), |chunk| {
            let value = |path: &ScenarioPath| {
                let followed = self.follow(lattice, path, discounts, paths.seen);
                self.controls.subtract(followed.value, &self.controls.deviations(&path.prices))
            };
            paths.chunk(chunk).iter().map(value).collect::<Vec<f64>>()
        });
        estimate(&chunks.concat())
    }
}

/// What a policy did on a path.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Followed {
    /// Present value.
    pub value: f64,
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
