//! The reference for one price factor: dynamic programming on a lattice of prices and volumes.

use super::in_order::in_order;
use super::price_paths::PriceModel;
use super::swing::{Prices, VolumeLattice};

/// Prices at the nodes of one date, and probabilities of the nodes of the next.
#[derive(Debug, Clone, PartialEq)]
pub struct LatticeDate {
    /// Prices at each node.
    pub prices: Vec<Prices>,
    /// Probabilities of reaching this date's nodes, by node of the date before (one row for the first date).
    pub from_before: Vec<Row>,
}

/// Probabilities of nodes that lie one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// First node.
    pub first: usize,
    /// Probability of it and those after.
    pub probabilities: Vec<f64>,
}

/// A Markov chain of prices.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceLattice {
    /// Dates in order.
    pub dates: Vec<LatticeDate>,
}

/// How fine a price lattice is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatticeSettings {
    /// Nodes per standard deviation of the shortest step.
    pub nodes_per_step_deviation: f64,
    /// Fewest nodes per standard deviation at the last date.
    pub nodes_per_deviation: f64,
    /// Standard deviations covered on either side.
    pub width: f64,
}

impl Default for LatticeSettings {
    fn default() -> Self {
        LatticeSettings { nodes_per_step_deviation: 4.0, nodes_per_deviation: 60.0, width: 6.5 }
    }
}

impl PriceLattice {
    /// A binomial lattice given by prices and probabilities of a rise; node k of date t has risen k times.
    pub fn binomial(
        dates: usize,
        prices: impl Fn(usize, usize) -> Prices,
        rise: impl Fn(usize, usize) -> f64,
    ) -> PriceLattice {
        let date = |t: usize| LatticeDate {
            prices: (0..=t).map(|k| prices(t, k)).collect(),
            from_before: match t {
                0 => vec![Row { first: 0, probabilities: vec![1.0] }],
                _ => (0..t)
                    .map(|k| {
                        let up = rise(t - 1, k);
                        Row { first: k, probabilities: vec![1.0 - up, up] }
                    })
                    .collect(),
            },
        };
        PriceLattice { dates: (0..dates).map(date).collect() }
    }

    /// A lattice of one series with one factor; `contract` gives the strike of each date.
    ///
    /// Transition probabilities are the Gaussian density at evenly spaced nodes, made to add up to one: the trapezoid
    /// rule, whose error for a smooth function falls faster than any power of the spacing once a step's standard
    /// deviation covers a node or two; kinks leave an error with the square of the spacing.
    /// None when the model has several factors.
    pub fn of(model: &PriceModel, contract: &[f64], settings: LatticeSettings) -> Option<PriceLattice> {
        let steps = model.single_factor()?;
        let moving = steps.iter().filter(|step| step.deviation > 0.0);
        let shortest = moving.map(|step| step.deviation).fold(f64::INFINITY, f64::min);
        let widest = steps.iter().map(|step| step.total_deviation).fold(0.0, f64::max);
        let spacing =
            (shortest / settings.nodes_per_step_deviation).min(widest / settings.nodes_per_deviation);
        let mut before = vec![model.single_start()];
        let mut dates = Vec::with_capacity(steps.len());
        for (step, &contract) in steps.iter().zip(contract) {
            let half = if spacing.is_finite() && spacing > 0.0 {
                (settings.width * step.total_deviation / spacing).ceil() as i64
            } else {
                0
            };
            let nodes: Vec<f64> = (-half..=half)
                .map(|k| if half == 0 { step.mean } else { step.mean + k as f64 * spacing })
                .collect();
            let from_before = in_order(before.len(), |node| {
                let mean = step.decay * before[node] + step.drift;
                density_row(&nodes, mean, step.deviation, spacing, settings.width)
            });
            let prices = nodes
                .iter()
                .map(|x| Prices { market: libm::exp(step.shift + x), contract, take_or_pay: contract })
                .collect();
            dates.push(LatticeDate { prices, from_before });
            before = nodes;
        }
        Some(PriceLattice { dates })
    }

    /// Expected present value of the best use of flexible volumes.
    ///
    /// `discounts` are factors from each date to valuation.
    pub fn value(&self, lattice: &VolumeLattice, discounts: &[f64]) -> f64 {
        // Values by node, then state, so that the innermost loop runs over states.
        let mut after: Vec<Vec<f64>> = Vec::new();
        for (date, at) in self.dates.iter().enumerate().rev() {
            let states = lattice.states(date);
            let later = self.dates.get(date + 1);
            let next_states = lattice.states(date + 1);
            let discount = discounts[date];
            after = in_order(at.prices.len(), |node| {
                let mut continuation = vec![0.0; next_states];
                if let Some(later) = later {
                    let row = &later.from_before[node];
                    for (offset, &probability) in row.probabilities.iter().enumerate() {
                        for (total, value) in continuation.iter_mut().zip(&after[row.first + offset]) {
                            *total += probability * value;
                        }
                    }
                }
                let prices = at.prices[node];
                (0..states)
                    .map(|state| {
                        lattice
                            .actions(date, state)
                            .iter()
                            .map(|action| discount * action.cash(prices) + continuation[action.next as usize])
                            .fold(f64::NEG_INFINITY, f64::max)
                    })
                    .collect()
            });
        }
        let start = &self.dates[0].from_before[0];
        start.probabilities.iter().enumerate().map(|(k, p)| p * after[start.first + k][lattice.start]).sum()
    }
}

fn density_row(nodes: &[f64], mean: f64, deviation: f64, spacing: f64, width: f64) -> Row {
    if deviation <= 0.0 || nodes.len() == 1 {
        let distance = |k: usize| (nodes[k] - mean).abs();
        let nearest = (0..nodes.len()).min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap_or(0);
        return Row { first: nearest, probabilities: vec![1.0] };
    }
    let last = nodes.len() - 1;
    let at = |x: f64| ((x - nodes[0]) / spacing).clamp(0.0, last as f64);
    let first = at(mean - width * deviation).floor() as usize;
    let end = at(mean + width * deviation).ceil() as usize;
    let mut probabilities: Vec<f64> = (first..=end)
        .map(|k| {
            let z = (nodes[k] - mean) / deviation;
            libm::exp(-0.5 * z * z)
        })
        .collect();
    let total: f64 = probabilities.iter().sum();
    for probability in &mut probabilities {
        *probability /= total;
    }
    Row { first, probabilities }
}
