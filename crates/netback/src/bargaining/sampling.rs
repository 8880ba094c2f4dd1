//! The Shapley value of games too large to list, by pairs of permutations.
//!
//! A permutation and its reverse are asked together: who comes early in one comes late in the other, and the
//! errors partly cancel. Source: Lomeli, Rowland, Gretton and Ghahramani 2019; Mitchell, Cooper, Frank and
//! Holmes 2022; docs/bargaining.md eq. 12.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::game::{Coalition, GameFault, MOST_PLAYERS_SAMPLED};

/// How much is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamplingSettings {
    /// Pairs of a permutation and its reverse.
    pub pairs: usize,
    /// Seed; the same seed gives the same answer on any number of threads.
    pub seed: u64,
}

impl Default for SamplingSettings {
    fn default() -> Self {
        SamplingSettings { pairs: 10_000, seed: 1 }
    }
}

/// A sampled Shapley value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// Mean of each player; they add up to v(N).
    pub values: Vec<f64>,
    /// Standard error of each mean.
    pub standard_errors: Vec<f64>,
    /// How often a value of a coalition was asked.
    pub evaluations: u64,
    /// Pairs of permutations.
    pub pairs: usize,
}

/// A game whose coalitions are only valued when they are asked for.
#[derive(Debug, Clone)]
pub struct LazyGame<F> {
    players: Vec<String>,
    value: F,
}

impl<F: Fn(Coalition) -> f64 + Sync> LazyGame<F> {
    /// A game of at most 64 players; the empty coalition is worth zero and never asked.
    ///
    /// Errors: no players, or more than 64.
    pub fn new(players: Vec<String>, value: F) -> Result<Self, GameFault> {
        match players.len() {
            0 => Err(GameFault::NoPlayers),
            count if count > MOST_PLAYERS_SAMPLED => {
                Err(GameFault::TooManyPlayers { players: count, limit: MOST_PLAYERS_SAMPLED })
            }
            _ => Ok(LazyGame { players, value }),
        }
    }

    /// Names of the players.
    pub fn players(&self) -> &[String] {
        &self.players
    }

    /// Shapley value by sampling.
    ///
    /// Units: those of the game.
    /// Errors: `TooFewPairs` below two; `NotFinite` when a coalition has no finite value.
    /// Source: docs/bargaining.md eq. 12.
    ///
    /// ```
    /// use netback::bargaining::{Coalition, LazyGame, SamplingSettings};
    /// // forty players, each worth its number: an additive game has no sampling error
    /// let names = (1..=40).map(|player| player.to_string()).collect();
    /// let sum = |coalition: Coalition| coalition.members().map(|player| player as f64 + 1.0).sum();
    /// let sampled = LazyGame::new(names, sum)?.shapley_by_sampling(&SamplingSettings { pairs: 2, seed: 7 })?;
    /// assert_eq!((sampled.values[39], sampled.standard_errors[39]), (40.0, 0.0));
    /// assert_eq!(sampled.evaluations, 1 + 2 * 2 * 39);
    /// # Ok::<(), netback::bargaining::GameFault>(())
    /// ```
    pub fn shapley_by_sampling(&self, settings: &SamplingSettings) -> Result<Sampled, GameFault> {
        shapley_by_sampling(self.players.len(), &self.value, settings)
    }
}

/// Shapley value of a game given by a function, by pairs of permutations; see [`LazyGame::shapley_by_sampling`].
pub fn shapley_by_sampling(
    players: usize,
    value: impl Fn(Coalition) -> f64 + Sync,
    settings: &SamplingSettings,
) -> Result<Sampled, GameFault> {
    /// Pairs of one piece of work; pieces are added in their order, whoever did them.
    const PIECE: usize = 64;
    if players == 0 {
        return Err(GameFault::NoPlayers);
    }
    if players > MOST_PLAYERS_SAMPLED {
        return Err(GameFault::TooManyPlayers { players, limit: MOST_PLAYERS_SAMPLED });
    }
    if settings.pairs < 2 {
        return Err(GameFault::TooFewPairs);
    }
    let total = finite(&value, Coalition::grand(players))?;
    // Means of the pairs, so that what is added stays small.
    let piece = |index: usize| -> Result<Moments, GameFault> {
        let mut moments = Moments::new(players);
        for pair in index * PIECE..((index + 1) * PIECE).min(settings.pairs) {
            let mut order = permutation(players, settings.seed, pair as u64);
            let mut marginals = vec![0.0; players];
            add_marginals(&order, total, &value, &mut marginals)?;
            order.reverse();
            add_marginals(&order, total, &value, &mut marginals)?;
            moments.add(marginals.iter().map(|sum| 0.5 * sum));
        }
        Ok(moments)
    };
    let pieces = settings.pairs.div_ceil(PIECE);
    #[cfg(feature = "parallel")]
    let pieces: Vec<Result<Moments, GameFault>> = {
        use rayon::prelude::*;
        (0..pieces).into_par_iter().map(piece).collect()
    };
    #[cfg(not(feature = "parallel"))]
    let pieces: Vec<Result<Moments, GameFault>> = (0..pieces).map(piece).collect();
    let mut moments = Moments::new(players);
    for piece in pieces {
        moments.join(&piece?);
    }
    let pairs = settings.pairs as f64;
    let error = |squares: &f64| (squares / (pairs - 1.0) / pairs).sqrt();
    Ok(Sampled {
        standard_errors: moments.squares.iter().map(error).collect(),
        values: moments.means,
        evaluations: if players == 1 { 1 } else { 1 + 2 * settings.pairs as u64 * (players as u64 - 1) },
        pairs: settings.pairs,
    })
}

/// Means and sums of squared deviations, joined without cancellation (Chan, Golub and LeVeque 1983).
struct Moments {
    count: f64,
    means: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    fn new(players: usize) -> Self {
        Moments { count: 0.0, means: vec![0.0; players], squares: vec![0.0; players] }
    }

    fn add(&mut self, sample: impl Iterator<Item = f64>) {
        self.count += 1.0;
        for ((mean, squares), value) in self.means.iter_mut().zip(&mut self.squares).zip(sample) {
            let away = value - *mean;
            *mean += away / self.count;
            *squares += away * (value - *mean);
        }
    }

    fn join(&mut self, other: &Moments) {
        let count = self.count + other.count;
        for player in 0..self.means.len() {
            let away = other.means[player] - self.means[player];
            self.means[player] += away * other.count / count;
            self.squares[player] += other.squares[player] + away * away * self.count * other.count / count;
        }
        self.count = count;
    }
}

fn finite(value: impl Fn(Coalition) -> f64, coalition: Coalition) -> Result<f64, GameFault> {
    let number = value(coalition);
    if number.is_finite() { Ok(number) } else { Err(GameFault::NotFinite(coalition)) }
}

/// Adds what each player brings when they arrive in an order; the last one brings what is left to the total.
fn add_marginals(
    order: &[usize],
    total: f64,
    value: impl Fn(Coalition) -> f64,
    marginals: &mut [f64],
) -> Result<(), GameFault> {
    let (mut there, mut before) = (Coalition::EMPTY, 0.0);
    for (at, &player) in order.iter().enumerate() {
        there = there.with(player);
        let after = if at + 1 == order.len() { total } else { finite(&value, there)? };
        marginals[player] += after - before;
        before = after;
    }
    Ok(())
}

/// A permutation that depends on the seed and the number of its pair alone (Fisher and Yates).
fn permutation(players: usize, seed: u64, pair: u64) -> Vec<usize> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(pair);
    let mut order: Vec<usize> = (0..players).collect();
    for last in (1..players).rev() {
        // The high half of a product is uniform to one part in 2^58.
        let chosen = (u128::from(generator.next_u64()) * (last as u128 + 1)) >> 64;
        order.swap(last, chosen as usize);
    }
    order
}
