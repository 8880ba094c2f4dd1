//! The core, and the least core when it is empty.

use super::game::{Coalition, Game, GameFault};
use super::nucleolus::{Among, TOLERANCE, staged, sums_over_coalitions};
use super::number::Number;

/// The division of v(N) whose largest excess over all coalitions is smallest.
#[derive(Debug, Clone, PartialEq)]
pub struct LeastCore<N = f64> {
    /// Largest excess v(S) − x(S), in a game of costs x(S) − c(S); the core is empty when it is above zero.
    pub excess: N,
    /// A division that has it.
    pub payoffs: Vec<N>,
    /// Coalitions that have it in every such division: enough of them to show that it cannot be smaller.
    pub binding: Vec<Coalition>,
}

impl<N: Number> Game<N> {
    /// The least core: the smallest excess that all coalitions can be held to.
    ///
    /// Units: those of the game. A game of one player has no coalition to object; its excess is zero.
    /// Errors: `NotCertified` when the simplex method fails, which only rounding can cause.
    /// Source: Maschler, Peleg and Shapley 1979; docs/bargaining.md eq. 8.
    ///
    /// ```
    /// use netback::bargaining::Game;
    /// let majority = Game::from_values(3, &[0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0])?;
    /// let least = majority.least_core()?;
    /// assert!((least.excess - 1.0 / 3.0).abs() < 1e-12 && !majority.has_core()?);
    /// # Ok::<(), netback::bargaining::GameFault>(())
    /// ```
    pub fn least_core(&self) -> Result<LeastCore<N>, GameFault> {
        let (payoffs, mut stages) =
            staged(self, Among::Preimputations, 1).map_err(GameFault::NotCertified)?;
        let payoffs = payoffs.iter().map(|payoff| self.as_gain(payoff)).collect();
        match stages.pop() {
            Some(stage) => Ok(LeastCore { excess: stage.excess, payoffs, binding: stage.settled }),
            None => Ok(LeastCore { excess: N::zero(), payoffs, binding: Vec::new() }),
        }
    }

    /// Whether some division of v(N) leaves no coalition a reason to go its own way.
    ///
    /// Errors: those of [`Game::least_core`].
    pub fn has_core(&self) -> Result<bool, GameFault> {
        Ok(!self.least_core()?.excess.is_above(TOLERANCE * 10.0 * self.scale()))
    }

    /// Largest excess of a coalition at given payoffs, and that coalition; the smaller mask of equal ones.
    ///
    /// Payoffs are in the core when they add up to v(N) and this is not above zero.
    /// Units: those of the game. Errors: not one payoff per player; a game of one player has no coalition.
    pub fn largest_excess(&self, payoffs: &[N]) -> Result<(N, Coalition), GameFault> {
        if payoffs.len() != self.count() {
            return Err(GameFault::WrongCount {
                what: "payoffs",
                given: payoffs.len(),
                needed: self.count(),
            });
        }
        let excesses = self.excesses(payoffs);
        let proper = 1..excesses.len() - 1;
        let largest = proper.fold(None::<usize>, |best, mask| match best {
            Some(best) if excesses[mask] <= excesses[best] => Some(best),
            _ => Some(mask),
        });
        let mask = largest.ok_or(GameFault::NoPlayers)?;
        Ok((excesses[mask].clone(), Coalition(mask as u64)))
    }

    /// Excess of every coalition at payoffs, by mask: what it could have more on its own.
    pub(crate) fn excesses(&self, payoffs: &[N]) -> Vec<N> {
        let gains: Vec<N> = payoffs.iter().map(|payoff| self.as_gain(payoff)).collect();
        let sums = sums_over_coalitions(&gains);
        sums.iter().zip(self.values()).map(|(sum, value)| self.as_gain(value).minus(sum)).collect()
    }
}
