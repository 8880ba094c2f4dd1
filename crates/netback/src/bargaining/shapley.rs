//! Shapley and Banzhaf values, by one pass over all coalitions.

use super::game::{Coalition, Game, GameFault};
use super::number::Number;

/// Coalitions of one piece of work; pieces are summed in their order, whoever did them.
const PIECE: usize = 1 << 13;

/// One joining of a player that weighs in its Shapley value.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution<N = f64> {
    /// Who is there before the player.
    pub before: Coalition,
    /// What the player adds.
    pub marginal: N,
    /// One in how many orders of arrival has exactly these before the player.
    pub orders: u64,
    /// Part of the Shapley value: what it adds divided by these orders.
    pub part: N,
}

impl<N: Number> Game<N> {
    /// Shapley value of each player.
    ///
    /// Units: those of the game. Shape: one value per player.
    /// Source: Shapley 1953; docs/bargaining.md eq. 3. Checked against cases/published/game-*.
    ///
    /// ```
    /// use netback::bargaining::Game;
    /// // one left glove, two right ones
    /// let gloves = Game::from_values(3, &[0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0])?;
    /// let shapley = gloves.shapley();
    /// assert!((shapley[0] - 2.0 / 3.0).abs() < 1e-15 && (shapley[1] - 1.0 / 6.0).abs() < 1e-15);
    /// # Ok::<(), netback::bargaining::GameFault>(())
    /// ```
    pub fn shapley(&self) -> Vec<N> {
        let orders: Vec<N> = (0..self.count()).map(|size| N::whole(self.orders(size) as i64)).collect();
        self.marginal_sums()
            .iter()
            .map(|by_size| {
                let parts = by_size.iter().zip(&orders).map(|(sum, orders)| sum.over(orders));
                parts.fold(N::zero(), |total, part| total.plus(&part))
            })
            .collect()
    }

    /// Banzhaf value of each player: the mean of what it adds to a coalition of the others.
    ///
    /// It does not share out v(N). Units: those of the game. Shape: one value per player.
    /// Source: Banzhaf 1965; docs/bargaining.md eq. 4.
    pub fn banzhaf(&self) -> Vec<N> {
        let coalitions = N::whole(1 << (self.count() - 1));
        self.marginal_sums()
            .iter()
            .map(|by_size| by_size.iter().fold(N::zero(), |total, sum| total.plus(sum)).over(&coalitions))
            .collect()
    }

    /// The coalitions whose joining weighs most in the Shapley value of a player, heaviest first; of equal
    /// weight the smaller mask first.
    pub fn heaviest_contributions(&self, player: usize, count: usize) -> Vec<Contribution<N>> {
        let mut heaviest: Vec<(f64, Contribution<N>)> = Vec::new();
        for mask in 0..self.values().len() as u64 {
            let before = Coalition(mask);
            if before.contains(player) {
                continue;
            }
            let marginal = self.value(before.with(player)).minus(self.value(before));
            let orders = self.orders(before.size());
            let weight = (marginal.float() / orders as f64).abs();
            let at = heaviest.partition_point(|(other, _)| *other >= weight);
            if at < count && marginal != N::zero() {
                let part = marginal.over(&N::whole(orders as i64));
                heaviest.insert(at, (weight, Contribution { before, marginal, orders, part }));
                heaviest.truncate(count);
            }
        }
        heaviest.into_iter().map(|(_, contribution)| contribution).collect()
    }

    /// One in how many orders of arrival has exactly a given coalition of a size before a given player:
    /// n!/(s!(n−1−s)!) = n C(n−1, s).
    fn orders(&self, size: usize) -> u64 {
        let others = self.count() as u64 - 1;
        let ways = (0..size as u64).fold(1, |ways, chosen| ways * (others - chosen) / (chosen + 1));
        self.count() as u64 * ways
    }

    /// For each player, the sum of what it adds to the coalitions of each size.
    fn marginal_sums(&self) -> Vec<Vec<N>> {
        let n = self.count();
        let masks = self.values().len();
        let piece = PIECE.min(masks);
        let sums_of = |index: usize| self.sums_of_piece(index * piece, piece);
        #[cfg(feature = "parallel")]
        let pieces: Vec<Vec<N>> = {
            use rayon::prelude::*;
            (0..masks / piece).into_par_iter().map(sums_of).collect()
        };
        #[cfg(not(feature = "parallel"))]
        let pieces: Vec<Vec<N>> = (0..masks / piece).map(sums_of).collect();
        let mut sums = vec![vec![N::zero(); n]; n];
        for piece in pieces {
            for (sum, part) in sums.iter_mut().flatten().zip(&piece) {
                *sum = sum.plus(part);
            }
        }
        sums
    }

    /// What each player adds to the coalitions of a piece that lack it, by size; player by player.
    fn sums_of_piece(&self, start: usize, length: usize) -> Vec<N> {
        let n = self.count();
        let mut sums = vec![N::zero(); n * n];
        let sizes: Vec<u8> = (start..start + length).map(|mask| mask.count_ones() as u8).collect();
        for (player, sums) in sums.chunks_mut(n).enumerate() {
            let bit = 1 << player;
            if bit >= length && start & bit != 0 {
                continue;
            }
            // Runs of coalitions without the player, side by side with the same coalitions with it.
            let run = bit.min(length);
            for first in (0..length).step_by(2 * run) {
                let without = &self.values()[start + first..start + first + run];
                let with = &self.values()[start + first + bit..start + first + bit + run];
                let sizes = &sizes[first..first + run];
                for ((without, with), &size) in without.iter().zip(with).zip(sizes) {
                    let sum = &mut sums[usize::from(size)];
                    *sum = sum.plus(&with.minus(without));
                }
            }
        }
        sums
    }
}

/// What a project gives to each player: its Shapley value with the project less that without.
///
/// Units: those of the games. Shape: one value per player.
/// Errors: the games have different players, or one counts gains and the other costs.
/// Source: Hubert and Ikonnikova 2011; docs/bargaining.md eq. 5.
///
/// ```
/// use netback::bargaining::{Game, project_value};
/// let without = Game::from_values(2, &[0.0, 1.0, 2.0, 5.0])?;
/// let with = Game::from_values(2, &[0.0, 1.0, 2.0, 9.0])?;
/// assert_eq!(project_value(&with, &without)?, [2.0, 2.0]);
/// # Ok::<(), netback::bargaining::GameFault>(())
/// ```
pub fn project_value<N: Number>(with: &Game<N>, without: &Game<N>) -> Result<Vec<N>, GameFault> {
    if with.players() != without.players() || with.measure() != without.measure() {
        return Err(GameFault::DifferentPlayers);
    }
    // The value is additive: one pass over the differences, without the rounding of two.
    let pairs = with.values().iter().zip(without.values());
    Ok(with.with_values(pairs.map(|(with, without)| with.minus(without)).collect()).shapley())
}
