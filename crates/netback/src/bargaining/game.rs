//! A cooperative game: players and what every coalition of them is worth.

use std::fmt;

use super::number::{Rational, Number};

/// Most players of a game whose coalitions are all listed: 2^24 values are 128 MiB.
pub const MOST_PLAYERS: usize = 24;

/// Most players of a game whose coalitions are asked one by one.
pub const MOST_PLAYERS_SAMPLED: usize = 64;

/// A set of players; player i is bit i.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coalition(pub u64);

impl Coalition {
    /// Nobody.
    pub const EMPTY: Coalition = Coalition(0);

    /// Everybody of a number of players.
    pub fn grand(players: usize) -> Self {
        match players {
            0 => Coalition(0),
            _ => Coalition(u64::MAX >> (64 - players)),
        }
    }

    /// The coalition of some players.
    pub fn of(players: impl IntoIterator<Item = usize>) -> Self {
        Coalition(players.into_iter().fold(0, |mask, player| mask | 1 << player))
    }

    /// Whether a player is in it.
    pub fn contains(self, player: usize) -> bool {
        self.0 >> player & 1 == 1
    }

    /// With a player besides.
    pub fn with(self, player: usize) -> Self {
        Coalition(self.0 | 1 << player)
    }

    /// Without a player.
    pub fn without(self, player: usize) -> Self {
        Coalition(self.0 & !(1 << player))
    }

    /// Number of players in it.
    pub fn size(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Its players, ascending.
    pub fn members(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let player = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(player)
        })
    }

    /// Position in the values of a game.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whether more is better for the players.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Values are gains.
    Gain,
    /// Values are costs.
    Cost,
}

/// Why something is not a game, or a question cannot be asked of it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GameFault {
    /// More players than the method can take.
    #[error("{players} players are more than the {limit} that can be answered exactly; use sampling")]
    TooManyPlayers {
        /// Players of the game.
        players: usize,
        /// Limit of the method.
        limit: usize,
    },
    /// A game needs a player.
    #[error("a game needs at least one player")]
    NoPlayers,
    /// Values, names, weights or payoffs that are not as many as they have to be.
    #[error("{given} {what} are given, {needed} are needed")]
    WrongCount {
        /// Of what.
        what: &'static str,
        /// How many there are.
        given: usize,
        /// How many there have to be.
        needed: usize,
    },
    /// A value that is not a finite number.
    #[error("the value of coalition {0:?} is not a finite number")]
    NotFinite(Coalition),
    /// Nobody earns nothing.
    #[error("the empty coalition has a value other than zero")]
    EmptyCoalitionHasValue,
    /// Two games that should have the same players have not.
    #[error("the two games have different players")]
    DifferentPlayers,
    /// Unions that share a player, are empty, or name a player that is not there.
    #[error("the unions do not divide the players: {0}")]
    NotUnions(String),
    /// A link of a graph that names a player that is not there, or joins one to itself.
    #[error("the link between players {0} and {1} joins no two players")]
    NotALink(usize, usize),
    /// No division of v(N) gives every player what it has alone.
    #[error("the players alone are worth more than all together: there is no imputation")]
    NoImputation,
    /// A nucleolus that did not pass Kohlberg's criterion.
    #[error("no certified nucleolus: {0}")]
    NotCertified(String),
    /// A scenario that the game does not have.
    #[error("the game has no scenario \"{name}\"; it has {}", known.join(", "))]
    UnknownScenario {
        /// The name asked for.
        name: String,
        /// The names it has.
        known: Vec<String>,
    },
    /// Sampling needs at least two pairs of permutations to know its error.
    #[error("sampling needs at least two pairs of permutations")]
    TooFewPairs,
}

/// A game with a value for every coalition.
///
/// Values have the unit of whoever made the game: million USD per year from a gas network, votes, any other.
/// The empty coalition is worth zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Game<N = f64> {
    players: Vec<String>,
    values: Vec<N>,
    measure: Measure,
}

impl<N: Number> Game<N> {
    /// A game from its values in the order of coalitions as bit masks: ∅, {1}, {2}, {1,2}, {3} and so on.
    ///
    /// Errors: no players or more than [`MOST_PLAYERS`]; not 2^n values; a value that is not finite; v(∅) ≠ 0.
    pub fn new(players: Vec<String>, values: Vec<N>, measure: Measure) -> Result<Self, GameFault> {
        if players.is_empty() {
            return Err(GameFault::NoPlayers);
        }
        if players.len() > MOST_PLAYERS {
            return Err(GameFault::TooManyPlayers { players: players.len(), limit: MOST_PLAYERS });
        }
        let needed = 1 << players.len();
        if values.len() != needed {
            return Err(GameFault::WrongCount { what: "values", given: values.len(), needed });
        }
        if N::ROUNDS && let Some(mask) = values.iter().position(|value| !value.float().is_finite()) {
            return Err(GameFault::NotFinite(Coalition(mask as u64)));
        }
        if values[0] != N::zero() {
            return Err(GameFault::EmptyCoalitionHasValue);
        }
        Ok(Game { players, values, measure })
    }

    /// A game of gains whose players are called 1, 2, 3 and so on.
    ///
    /// Errors: those of [`Game::new`].
    ///
    /// ```
    /// use netback::bargaining::Game;
    /// let game = Game::from_values(2, &[0.0, 1.0, 2.0, 5.0])?;
    /// assert_eq!(game.shapley(), [2.0, 3.0]);
    /// # Ok::<(), netback::bargaining::GameFault>(())
    /// ```
    pub fn from_values(players: usize, values: &[N]) -> Result<Self, GameFault> {
        let names = (1..=players).map(|player| player.to_string()).collect();
        Game::new(names, values.to_vec(), Measure::Gain)
    }

    /// A game that asks for the value of every coalition but the empty one, in the order of masks.
    ///
    /// Errors: those of [`Game::new`].
    pub fn from_function(
        players: Vec<String>,
        measure: Measure,
        mut value: impl FnMut(Coalition) -> N,
    ) -> Result<Self, GameFault> {
        if players.len() > MOST_PLAYERS {
            return Err(GameFault::TooManyPlayers { players: players.len(), limit: MOST_PLAYERS });
        }
        let masks = 1..1_u64 << players.len();
        let values = std::iter::once(N::zero()).chain(masks.map(|mask| value(Coalition(mask)))).collect();
        Game::new(players, values, measure)
    }

    /// Names of the players; player i is bit i of a coalition.
    pub fn players(&self) -> &[String] {
        &self.players
    }

    /// Number of players.
    pub fn count(&self) -> usize {
        self.players.len()
    }

    /// Values of all coalitions, by bit mask.
    pub fn values(&self) -> &[N] {
        &self.values
    }

    /// Value of a coalition.
    pub fn value(&self, coalition: Coalition) -> &N {
        &self.values[coalition.index()]
    }

    /// Value of all players together.
    pub fn total(&self) -> &N {
        &self.values[self.values.len() - 1]
    }

    /// Whether values are gains or costs.
    pub fn measure(&self) -> Measure {
        self.measure
    }

    /// Value as a gain: of costs the negative.
    pub(crate) fn gain(&self, coalition: Coalition) -> N {
        self.as_gain(self.value(coalition))
    }

    /// A number as a gain, or back: of costs the negative.
    pub(crate) fn as_gain(&self, value: &N) -> N {
        match self.measure {
            Measure::Gain => value.clone(),
            Measure::Cost => value.negative(),
        }
    }

    /// Largest absolute value of a coalition, at least the smallest normal number.
    pub(crate) fn scale(&self) -> f64 {
        self.values.iter().map(|value| value.float().abs()).fold(f64::MIN_POSITIVE, f64::max)
    }

    /// A coalition by the names of its players: `RUS+UKR`.
    pub fn words(&self, coalition: Coalition) -> String {
        match coalition {
            Coalition::EMPTY => "nobody".into(),
            _ => coalition.members().map(|player| self.players[player].as_str()).collect::<Vec<_>>().join("+"),
        }
    }

    /// The same game in floating point.
    pub fn to_float(&self) -> Game<f64> {
        Game {
            players: self.players.clone(),
            values: self.values.iter().map(Number::float).collect(),
            measure: self.measure,
        }
    }

    /// The same game in fractions, without rounding.
    pub fn to_rationals(&self) -> Game<Rational> {
        let exact = |value: &N| value.rational().expect("values of a game are finite");
        Game {
            players: self.players.clone(),
            values: self.values.iter().map(exact).collect(),
            measure: self.measure,
        }
    }

    /// The same players with other values; the first is zero.
    pub(crate) fn with_values(&self, values: Vec<N>) -> Self {
        debug_assert_eq!(values.len(), self.values.len());
        Game { players: self.players.clone(), values, measure: self.measure }
    }

    /// Whether no two coalitions without a common player lose by joining; none above 15 players (3^n pairs).
    pub fn is_superadditive(&self) -> Option<bool> {
        if self.count() > 15 {
            return None;
        }
        let tolerance = 1e-9 * self.scale();
        let holds = |mask: u64| {
            // Every split of the coalition once: the part with its lowest player, and the rest.
            let lowest = mask & mask.wrapping_neg();
            let others = mask ^ lowest;
            let mut part = others;
            loop {
                let (one, two) = (Coalition(part), Coalition(mask ^ part));
                let apart = self.gain(one).plus(&self.gain(two));
                if apart.minus(&self.gain(Coalition(mask))).is_above(tolerance) {
                    return false;
                }
                if part == 0 {
                    return true;
                }
                part = (part - 1) & others;
            }
        };
        Some((1..self.values.len() as u64).all(holds))
    }

    /// Whether a player adds the more, the larger the coalition it joins; the core is then not empty, and the
    /// Shapley value is in it.
    pub fn is_convex(&self) -> bool {
        let tolerance = 1e-9 * self.scale();
        let holds = |mask: u64| {
            let here = Coalition(mask);
            let absent = || (0..self.count()).filter(move |&player| !here.contains(player));
            absent().all(|i| {
                absent().filter(|&j| j > i).all(|j| {
                    let apart = self.gain(here.with(i)).plus(&self.gain(here.with(j)));
                    let together = self.gain(here.with(i).with(j)).plus(&self.gain(here));
                    !apart.minus(&together).is_above(tolerance)
                })
            })
        };
        (0..self.values.len() as u64).all(holds)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Measure::Gain => "gain",
            Measure::Cost => "cost",
        })
    }
}
