//! Kohlberg's criterion: whether payoffs are the nucleolus, from the game and the payoffs alone.
//!
//! Walk through the coalitions from the largest excess down. At every level those met so far must be balanced:
//! positive weights cover every player equally. Then no move of payoffs can help one of them without hurting
//! another. Coalitions whose payoff follows from those met before keep the balance and are passed over, so that
//! at most n − 1 levels are looked at. What is balanced is a question about zeros and ones and is answered
//! in whole numbers and fractions, whatever the game is played in; only equal excesses know a tolerance.
//!
//! Source: Kohlberg 1971; Sobolev 1975 for the prenucleolus; Nguyen 2016 for the coalitions passed over;
//! docs/bargaining.md eq. 11.

use super::game::{Coalition, Game};
use super::nucleolus::Among;
use super::number::{Number, Rational};
use super::simplex::{Columns, maximise};
use super::span::{Span, change};

/// Excesses closer than this part of the largest value are of one level when arithmetic rounds.
const SAME_LEVEL: f64 = 1e-9;

/// The coalitions of one excess and the weights that balance them.
#[derive(Debug, Clone, PartialEq)]
pub struct Level<N = f64> {
    /// Excess of the level.
    pub excess: N,
    /// Coalitions of the level whose payoff does not follow from earlier ones.
    pub coalitions: Vec<Coalition>,
    /// Weights besides the one that each coalition of the level has, where they are not zero; players that are
    /// held at what they have alone may be among them. Together with weights of coalitions of earlier levels
    /// and of all players they cover every player equally.
    pub weights: Vec<(Coalition, Rational)>,
    /// How many payoffs are tied down from here on; the last level ties down all players.
    pub rank: usize,
}

/// Kohlberg's criterion, passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Kohlberg<N = f64> {
    /// Levels from the largest excess down.
    pub levels: Vec<Level<N>>,
    /// Players that get no more than they have alone; nobody for a prenucleolus.
    pub held: Coalition,
    /// Difference up to which excesses count as equal; zero in fractions.
    pub tolerance: f64,
}

/// Why payoffs are not the nucleolus.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum KohlbergFailure {
    /// Not one payoff for each player.
    #[error("there are {given} payoffs for {needed} players")]
    WrongCount {
        /// Payoffs given.
        given: usize,
        /// Players.
        needed: usize,
    },
    /// They do not add up to v(N).
    #[error("the payoffs add up to {gap} more than all players have together")]
    NotShared {
        /// Sum of the payoffs less v(N).
        gap: f64,
    },
    /// A player gets less than it has alone.
    #[error("player {player} gets less than it has alone")]
    BelowAlone {
        /// The player.
        player: usize,
    },
    /// Moving payoffs along a direction helps a coalition of the level and hurts none of those before.
    #[error("the coalitions with an excess of {excess} or more are not balanced")]
    NotBalanced {
        /// Excess of the level.
        excess: f64,
        /// Change of each payoff that helps.
        direction: Vec<f64>,
    },
    /// The linear programme of a level failed.
    #[error("{0}")]
    Failed(String),
}

impl<N> Kohlberg<N> {
    pub(crate) fn map<M>(self, number: impl Fn(&N) -> M) -> Kohlberg<M> {
        let level = |level: Level<N>| Level {
            excess: number(&level.excess),
            coalitions: level.coalitions,
            weights: level.weights,
            rank: level.rank,
        };
        Kohlberg {
            levels: self.levels.into_iter().map(level).collect(),
            held: self.held,
            tolerance: self.tolerance,
        }
    }
}

/// Tests payoffs by Kohlberg's criterion.
///
/// Errors: the payoffs are not what was asked; the failure says why, and how they could be moved.
/// Source: Kohlberg 1971; docs/bargaining.md eq. 11.
///
/// ```
/// use netback::bargaining::{Among, Game, kohlberg};
/// let majority = Game::from_values(3, &[0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0])?;
/// let third = 1.0 / 3.0;
/// assert!(kohlberg(&majority, &[third, third, third], Among::Imputations).is_ok());
/// assert!(kohlberg(&majority, &[0.5, 0.5, 0.0], Among::Imputations).is_err());
/// # Ok::<(), netback::bargaining::GameFault>(())
/// ```
pub fn kohlberg<N: Number>(
    game: &Game<N>,
    payoffs: &[N],
    among: Among,
) -> Result<Kohlberg<N>, KohlbergFailure> {
    let n = game.count();
    if payoffs.len() != n {
        return Err(KohlbergFailure::WrongCount { given: payoffs.len(), needed: n });
    }
    let tolerance = if N::ROUNDS { SAME_LEVEL * game.scale() } else { 0.0 };
    let excesses = game.excesses(payoffs);
    let gap = &excesses[excesses.len() - 1];
    if !gap.is_within(tolerance) {
        return Err(KohlbergFailure::NotShared { gap: game.as_gain(&gap.negative()).float() });
    }
    let held = match among {
        Among::Preimputations => Coalition::EMPTY,
        Among::Imputations => {
            if let Some(player) = (0..n).find(|&player| excesses[1 << player].is_above(tolerance)) {
                return Err(KohlbergFailure::BelowAlone { player });
            }
            Coalition::of((0..n).filter(|&player| excesses[1 << player].is_within(tolerance)))
        }
    };
    let mut order: Vec<u32> = (1..excesses.len() as u32 - 1).collect();
    order.sort_by(|&a, &b| {
        let larger = excesses[b as usize].partial_cmp(&excesses[a as usize]);
        larger.expect("excesses are numbers").then(a.cmp(&b))
    });
    let mut span = Span::new(n);
    span.add(Coalition::grand(n));
    let mut outside = span.outside();
    let mut levels = Vec::new();
    let mut left = order.into_iter().peekable();
    while span.rank() < n {
        let Some(first) = left.by_ref().find(|&mask| outside[mask as usize]) else {
            return Err(KohlbergFailure::Failed("the coalitions do not tie down the payoffs".into()));
        };
        let excess = excesses[first as usize].clone();
        let mut coalitions = vec![Coalition(first.into())];
        while let Some(mask) =
            left.next_if(|&mask| !excess.minus(&excesses[mask as usize]).is_above(tolerance))
        {
            if outside[mask as usize] {
                coalitions.push(Coalition(mask.into()));
            }
        }
        let held_outside = held.members().filter(|&player| outside[1 << player]);
        let held_outside: Vec<Coalition> = held_outside.map(|player| Coalition::of([player])).collect();
        let directions = span.directions();
        let weights = balanced(&coalitions, &held_outside, &directions).map_err(|failure| match failure {
            Unbalanced::Direction(direction) => KohlbergFailure::NotBalanced {
                excess: excess.float(),
                direction: direction.iter().map(|step| game.as_gain(&N::from_float(step.float())).float()).collect(),
            },
            Unbalanced::Failed(why) => KohlbergFailure::Failed(why),
        })?;
        for &coalition in coalitions.iter().chain(weights.iter().map(|(coalition, _)| coalition)) {
            span.add(coalition);
        }
        outside = span.outside();
        levels.push(Level { excess, coalitions, weights, rank: span.rank() });
    }
    Ok(Kohlberg { levels, held, tolerance })
}

enum Unbalanced {
    /// A direction that helps some coalition and hurts none.
    Direction(Vec<Rational>),
    Failed(String),
}

/// Weights that balance: at least one for each coalition, at least zero for each held player, so that no
/// direction changes their weighted payoff. Those besides the one are returned.
fn balanced(
    coalitions: &[Coalition],
    held: &[Coalition],
    directions: &[Vec<i64>],
) -> Result<Vec<(Coalition, Rational)>, Unbalanced> {
    let changes_of = |coalition: &Coalition| -> Vec<i64> {
        directions.iter().map(|direction| change(direction, *coalition)).collect()
    };
    let all: Vec<Coalition> = coalitions.iter().chain(held).copied().collect();
    let changes: Vec<Vec<i64>> = all.iter().map(changes_of).collect();
    let right_side: Vec<i64> = (0..directions.len())
        .map(|row| -changes[..coalitions.len()].iter().map(|changes| changes[row]).sum::<i64>())
        .collect();
    let signs = right_side.iter().map(|&side| if side < 0 { -1 } else { 1 }).collect();
    let programme = Balance { changes, signs };
    let sides: Vec<Rational> = right_side.iter().map(|&side| Rational::whole(side)).collect();
    let basis = (0..directions.len()).map(Weight::Missing).collect();
    let optimum = maximise(&programme, basis, &sides, 0.0).map_err(Unbalanced::Failed)?;
    let mut weights = Vec::new();
    for (&column, value) in optimum.basis.iter().zip(&optimum.values) {
        if *value == Rational::zero() {
            continue;
        }
        match column {
            Weight::Of(at) => weights.push((all[at], value.clone())),
            Weight::Missing(_) => {
                let directions: Vec<(&Vec<i64>, &Rational)> =
                    directions.iter().zip(&optimum.prices).collect();
                let step = |player: usize| {
                    directions.iter().fold(Rational::zero(), |sum, (direction, price)| {
                        sum + Rational::whole(direction[player]) * *price
                    })
                };
                let players = directions.first().map_or(0, |(direction, _)| direction.len());
                return Err(Unbalanced::Direction((0..players).map(step).collect()));
            }
        }
    }
    // The weights speak for themselves: no direction changes what they weigh.
    for direction in directions {
        let of = |coalition: Coalition| Rational::whole(change(direction, coalition));
        let once = coalitions.iter().fold(Rational::zero(), |sum, &coalition| sum + of(coalition));
        let change = weights.iter().fold(once, |sum, (coalition, weight)| sum + of(*coalition) * weight);
        if change != Rational::zero() || weights.iter().any(|(_, weight)| *weight < Rational::zero()) {
            return Err(Unbalanced::Failed("the weights of a level do not balance".into()));
        }
    }
    weights.sort_by_key(|(coalition, _)| *coalition);
    Ok(weights)
}

/// Weights of coalitions, and what is missing to a balance, to be made as small as possible.
struct Balance {
    changes: Vec<Vec<i64>>,
    signs: Vec<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Of(usize),
    Missing(usize),
}

impl Columns<Rational> for Balance {
    type Id = Weight;

    fn gaining(&self, prices: &[Rational], first: bool) -> Option<Weight> {
        let cost = |changes: &Vec<i64>| {
            let parts = changes.iter().zip(prices).filter(|(change, _)| **change != 0);
            parts.fold(Rational::zero(), |sum, (&change, price)| sum + Rational::whole(change) * price)
        };
        let gains = |at: usize| cost(&self.changes[at]) < Rational::zero();
        if !first {
            let floats: Vec<f64> = prices.iter().map(Number::float).collect();
            let cost = |changes: &Vec<i64>| -> f64 {
                changes.iter().zip(&floats).map(|(&change, price)| change as f64 * price).sum()
            };
            let costs = self.changes.iter().map(cost).enumerate();
            let cheapest = costs.min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((at, _)) = cheapest.filter(|&(at, _)| gains(at)) {
                return Some(Weight::Of(at));
            }
        }
        (0..self.changes.len()).find(|&at| gains(at)).map(Weight::Of)
    }

    fn coefficients(&self, column: Weight) -> Vec<Rational> {
        match column {
            Weight::Of(at) => self.changes[at].iter().map(|&change| Rational::whole(change)).collect(),
            Weight::Missing(row) => {
                let entry = |at: usize| if at == row { self.signs[row] } else { 0 };
                (0..self.signs.len()).map(|at| Rational::whole(entry(at))).collect()
            }
        }
    }

    fn objective(&self, column: Weight) -> Rational {
        Rational::whole(match column {
            Weight::Of(_) => 0,
            Weight::Missing(_) => -1,
        })
    }

    fn is_free(&self, _: Weight) -> bool {
        false
    }
}
