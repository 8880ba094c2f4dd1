//! The nucleolus and the prenucleolus, by linear programmes one after the other.
//!
//! Each stage makes the largest excess of the coalitions that are still open as small as it can be. The
//! programme is solved from its dual, which has one row per player and one more: a basis of n + 1 coalitions,
//! and 2^n columns that are only walked over. A coalition of positive weight in the dual has its excess in
//! *every* answer of the stage and is settled; the coalitions whose payoffs follow from settled ones drop out.
//! Freezing every coalition that is tight in the one answer at hand would be wrong.
//!
//! Source: Schmeidler 1969; Maschler, Peleg and Shapley 1979; docs/bargaining.md eq. 9 and 10.

use super::game::{Coalition, Game, GameFault};
use super::kohlberg::{Kohlberg, kohlberg};
use super::number::{Number, Rational};
use super::simplex::{Columns, maximise};
use super::span::Span;

/// Excesses and prices closer than this part of the largest value are equal when arithmetic rounds.
pub(crate) const TOLERANCE: f64 = 1e-11;

/// Most players for whom a nucleolus that rounding spoiled is solved anew in fractions.
const MOST_PLAYERS_IN_FRACTIONS: usize = 16;

/// Which divisions of v(N) are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Those that give every player at least what it has alone: the nucleolus.
    Imputations,
    /// All: the prenucleolus.
    Preimputations,
}

/// One stage: an excess that cannot be lowered, and the coalitions that were settled with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage<N = f64> {
    /// Largest excess of the coalitions that were open.
    pub excess: N,
    /// Coalitions that have this excess in every answer of the stage; a player held at what it has alone
    /// is one too, and has an excess of zero.
    pub settled: Vec<Coalition>,
    /// Changes of the basis.
    pub steps: usize,
}

/// A nucleolus or prenucleolus that passed Kohlberg's criterion.
#[derive(Debug, Clone, PartialEq)]
pub struct Nucleolus<N = f64> {
    /// What each player gets (or pays, in a game of costs).
    pub payoffs: Vec<N>,
    /// The linear programmes that led to it.
    pub stages: Vec<Stage<N>>,
    /// Kohlberg's criterion, found from the game and the payoffs alone.
    pub certificate: Kohlberg<N>,
    /// Rounding had spoiled the first answer; this one was found in fractions.
    pub found_in_fractions: bool,
}

impl<N: Number> Game<N> {
    /// The nucleolus: of all imputations the one whose excesses, the largest first, are smallest.
    ///
    /// Units: those of the game. Shape: one payoff per player.
    /// Errors: `NoImputation`; `NotCertified` when Kohlberg's criterion fails, in fractions too.
    /// Source: Schmeidler 1969, Kohlberg 1971; docs/bargaining.md eq. 9 to 11.
    ///
    /// ```
    /// use netback::bargaining::Game;
    /// // claims of 100, 200 and 300 on an estate of 200 (Talmud, Ketubot 93a)
    /// let estate = Game::from_values(3, &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 100.0, 200.0])?;
    /// assert_eq!(estate.nucleolus()?.payoffs, [50.0, 75.0, 75.0]);
    /// # Ok::<(), netback::bargaining::GameFault>(())
    /// ```
    pub fn nucleolus(&self) -> Result<Nucleolus<N>, GameFault> {
        certified(self, Among::Imputations)
    }

    /// The prenucleolus: the same among all divisions of v(N), whatever players have alone.
    ///
    /// Units: those of the game. Shape: one payoff per player.
    /// Errors: `NotCertified` as for [`Game::nucleolus`].
    pub fn prenucleolus(&self) -> Result<Nucleolus<N>, GameFault> {
        certified(self, Among::Preimputations)
    }
}

/// A nucleolus with its certificate; in floating point a second time in fractions when the first fails.
fn certified<N: Number>(game: &Game<N>, among: Among) -> Result<Nucleolus<N>, GameFault> {
    if among == Among::Imputations && !has_imputation(game) {
        return Err(GameFault::NoImputation);
    }
    let first = attempt(game, among);
    let why = match first {
        Ok(nucleolus) => return Ok(nucleolus),
        Err(why) => why,
    };
    if !N::ROUNDS || game.count() > MOST_PLAYERS_IN_FRACTIONS {
        return Err(GameFault::NotCertified(why));
    }
    attempt(&game.to_rationals(), among).map(rounded).map_err(GameFault::NotCertified)
}

fn has_imputation<N: Number>(game: &Game<N>) -> bool {
    let alone = (0..game.count()).map(|player| game.gain(Coalition::of([player])));
    let alone = alone.fold(N::zero(), |sum, value| sum.plus(&value));
    !alone.minus(&game.as_gain(game.total())).is_above(TOLERANCE * game.scale())
}

fn attempt<N: Number>(game: &Game<N>, among: Among) -> Result<Nucleolus<N>, String> {
    let (gains, stages) = staged(game, among, usize::MAX)?;
    let payoffs: Vec<N> = gains.iter().map(|gain| game.as_gain(gain)).collect();
    let certificate = kohlberg(game, &payoffs, among).map_err(|failure| failure.to_string())?;
    Ok(Nucleolus { payoffs, stages, certificate, found_in_fractions: !N::ROUNDS })
}

/// An answer in fractions as one in the numbers of a game.
fn rounded<N: Number>(exact: Nucleolus<Rational>) -> Nucleolus<N> {
    let number = |value: &Rational| N::from_float(value.float());
    let stage = |stage: Stage<Rational>| Stage {
        excess: number(&stage.excess),
        settled: stage.settled,
        steps: stage.steps,
    };
    Nucleolus {
        payoffs: exact.payoffs.iter().map(number).collect(),
        stages: exact.stages.into_iter().map(stage).collect(),
        certificate: exact.certificate.map(number),
        found_in_fractions: true,
    }
}

/// x(S) of every coalition, by mask.
pub(crate) fn sums_over_coalitions<N: Number>(payoffs: &[N]) -> Vec<N> {
    let mut sums = Vec::with_capacity(1 << payoffs.len());
    sums.push(N::zero());
    for payoff in payoffs {
        for mask in 0..sums.len() {
            sums.push(sums[mask].plus(payoff));
        }
    }
    sums
}

/// The stages, at most so many; payoffs are gains.
pub(crate) fn staged<N: Number>(
    game: &Game<N>,
    among: Among,
    most: usize,
) -> Result<(Vec<N>, Vec<Stage<N>>), String> {
    let n = game.count();
    let grand = Coalition::grand(n);
    let gains: Vec<N> = game.values().iter().map(|value| game.as_gain(value)).collect();
    let tolerance = TOLERANCE * game.scale();
    let mut span = Span::new(n);
    span.add(grand);
    let mut programme = Programme {
        floats: gains.iter().map(Number::float).collect(),
        settled: vec![(grand, gains[grand.index()].clone())],
        open: span.outside(),
        gains,
        players: n,
        among,
        tolerance,
    };
    let mut payoffs = vec![programme.settled[0].1.clone()];
    let mut stages = Vec::new();
    while span.rank() < n && stages.len() < most {
        let mut right_side = vec![N::zero(); n + 1];
        right_side[n] = N::whole(1);
        let optimum = maximise(&programme, programme.first_basis(&span), &right_side, tolerance)?;
        let excess = optimum.prices[n].clone();
        let mut settled = Vec::new();
        for (&column, weight) in optimum.basis.iter().zip(&optimum.values) {
            // Weights are of the size of 1/n: a small one may be rounding, and is settled by a later stage.
            if !weight.is_above(1e-9) {
                continue;
            }
            let (coalition, payoff) = match column {
                Column::Settled(_) => continue,
                Column::Open(coalition) => {
                    (coalition, programme.gains[coalition.index()].minus(&excess))
                }
                Column::Alone(player) => {
                    (Coalition::of([player]), programme.gains[1 << player].clone())
                }
            };
            if span.add(coalition) {
                programme.settled.push((coalition, payoff));
            }
            settled.push(coalition);
        }
        if settled.is_empty() {
            return Err("no coalition of a stage has weight".into());
        }
        programme.open = span.outside();
        payoffs = optimum.prices[..n].to_vec();
        stages.push(Stage { excess, settled, steps: optimum.steps });
    }
    Ok((payoffs, stages))
}

/// The dual of a stage: weights of open coalitions that add up to one and, with weights of any sign on
/// settled ones, cover nobody.
struct Programme<N> {
    players: usize,
    gains: Vec<N>,
    floats: Vec<f64>,
    open: Vec<bool>,
    settled: Vec<(Coalition, N)>,
    among: Among,
    tolerance: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    /// One of the settled coalitions, by its place.
    Settled(usize),
    /// An open coalition.
    Open(Coalition),
    /// A player that gets no less than it has alone.
    Alone(usize),
}

impl<N: Number> Programme<N> {
    /// The settled coalitions; a player and all others, who have half the weight each; players that complete
    /// them to a basis.
    fn first_basis(&self, span: &Span) -> Vec<Column> {
        let mut span = span.clone();
        let mut basis: Vec<Column> = (0..self.settled.len()).map(Column::Settled).collect();
        for player in 0..self.players {
            let alone = Coalition::of([player]);
            if span.add(alone) {
                if basis.len() == self.settled.len() {
                    basis.push(Column::Open(Coalition(Coalition::grand(self.players).0 ^ alone.0)));
                }
                basis.push(Column::Open(alone));
            }
        }
        basis
    }

    fn gain_of_open(&self, mask: usize, sum: &N, excess: &N) -> N {
        self.gains[mask].minus(sum).minus(excess)
    }

    /// The first open coalition above the excess, without rounding.
    fn first_open(&self, prices: &[N]) -> Option<Coalition> {
        let sums = sums_over_coalitions(&prices[..self.players]);
        let excess = &prices[self.players];
        let gains = |&mask: &usize| {
            self.open[mask] && self.gain_of_open(mask, &sums[mask], excess).is_above(self.tolerance)
        };
        (1..sums.len()).find(gains).map(|mask| Coalition(mask as u64))
    }

    /// The open coalition that is furthest above the excess, in floating point.
    fn furthest_open(&self, prices: &[N]) -> Option<Coalition> {
        let floats: Vec<f64> = prices.iter().map(Number::float).collect();
        let excess = floats[self.players];
        // Sums over the first players are kept, so that a coalition costs one addition.
        let low = self.players.min(10);
        let low_sums = sums_over_coalitions(&floats[..low]);
        let high_sums = sums_over_coalitions(&floats[low..self.players]);
        let (mut furthest, mut at) = (f64::NEG_INFINITY, 0);
        for (high, high_sum) in high_sums.iter().enumerate() {
            let start = high << low;
            let values = &self.floats[start..start + low_sums.len()];
            let open = &self.open[start..start + low_sums.len()];
            for (mask, ((value, sum), &is_open)) in values.iter().zip(&low_sums).zip(open).enumerate() {
                let above = value - sum - high_sum;
                if is_open && above > furthest {
                    (furthest, at) = (above, start + mask);
                }
            }
        }
        (furthest - excess > self.tolerance).then_some(Coalition(at as u64))
    }
}

impl<N: Number> Columns<N> for Programme<N> {
    type Id = Column;

    fn gaining(&self, prices: &[N], first: bool) -> Option<Column> {
        let gain_alone = |player: usize| self.gains[1 << player].minus(&prices[player]);
        let alone = || {
            let short = |&player: &usize| gain_alone(player).is_above(self.tolerance);
            (0..self.players).filter(|_| self.among == Among::Imputations).find(short).map(Column::Alone)
        };
        if first || !N::ROUNDS {
            // Floats point at a coalition quickly; only exact arithmetic may say that there is none.
            if !first && let Some(coalition) = self.furthest_open(prices) {
                let sum = coalition.members().fold(N::zero(), |sum, at| sum.plus(&prices[at]));
                if self.gain_of_open(coalition.index(), &sum, &prices[self.players]).is_above(0.0) {
                    return Some(Column::Open(coalition));
                }
            }
            return self.first_open(prices).map(Column::Open).or_else(alone);
        }
        self.furthest_open(prices).map(Column::Open).or_else(alone)
    }

    fn coefficients(&self, column: Column) -> Vec<N> {
        let (coalition, weighs) = match column {
            Column::Settled(at) => (self.settled[at].0, 0),
            Column::Open(coalition) => (coalition, 1),
            Column::Alone(player) => (Coalition::of([player]), 0),
        };
        let covers = (0..self.players).map(|player| N::whole(coalition.contains(player).into()));
        covers.chain([N::whole(weighs)]).collect()
    }

    fn objective(&self, column: Column) -> N {
        match column {
            Column::Settled(at) => self.settled[at].1.clone(),
            Column::Open(coalition) => self.gains[coalition.index()].clone(),
            Column::Alone(player) => self.gains[1 << player].clone(),
        }
    }

    fn is_free(&self, column: Column) -> bool {
        matches!(column, Column::Settled(_))
    }
}

impl Among {
    /// Name of the concept, as printed.
    pub fn words(self) -> &'static str {
        match self {
            Among::Imputations => "nucleolus",
            Among::Preimputations => "prenucleolus",
        }
    }
}
