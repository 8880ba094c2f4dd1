//! Which coalitions have payoffs that follow from those of others.
//!
//! The rows are 0/1 vectors of at most 24 players: their determinants are below 2^35 (Hadamard), so that
//! elimination in fractions of 128 bits is exact for any game.

use num_rational::Ratio;

use super::game::Coalition;

/// The linear span of coalitions, as reduced rows.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    players: usize,
    /// Rows with the player in which each has its one; no other row has that player.
    rows: Vec<(usize, Vec<Ratio<i128>>)>,
}

impl Span {
    /// The span of nothing.
    pub fn new(players: usize) -> Self {
        Span { players, rows: Vec::new() }
    }

    /// Number of coalitions that do not follow from each other.
    pub fn rank(&self) -> usize {
        self.rows.len()
    }

    /// Adds a coalition; false when it followed from the others.
    pub fn add(&mut self, coalition: Coalition) -> bool {
        let zero = Ratio::from_integer(0);
        let mut row: Vec<Ratio<i128>> =
            (0..self.players).map(|player| Ratio::from_integer(coalition.contains(player).into())).collect();
        for (lead, known) in &self.rows {
            let factor = row[*lead];
            if factor != zero {
                for (entry, other) in row.iter_mut().zip(known) {
                    *entry -= factor * other;
                }
            }
        }
        let Some(lead) = row.iter().position(|entry| *entry != zero) else { return false };
        let pivot = row[lead];
        for entry in &mut row {
            *entry /= pivot;
        }
        for (_, known) in &mut self.rows {
            let factor = known[lead];
            if factor != zero {
                for (entry, other) in known.iter_mut().zip(&row) {
                    *entry -= factor * other;
                }
            }
        }
        self.rows.push((lead, row));
        true
    }

    /// Directions of payoffs, in whole numbers, that leave every coalition of the span what it has.
    ///
    /// A coalition is in the span exactly when no direction changes its payoff.
    pub fn directions(&self) -> Vec<Vec<i64>> {
        let leads = |player: &usize| self.rows.iter().any(|(lead, _)| lead == player);
        let free = (0..self.players).filter(|player| !leads(player));
        free.map(|player| {
            let common = self.rows.iter().fold(1, |common, (_, row)| least_common(common, *row[player].denom()));
            let mut direction = vec![0; self.players];
            direction[player] = common as i64;
            for (lead, row) in &self.rows {
                direction[*lead] = -(*row[player].numer() * (common / *row[player].denom())) as i64;
            }
            direction
        })
        .collect()
    }

    /// For every coalition of all players, by bit mask, whether it is outside the span.
    pub fn outside(&self) -> Vec<bool> {
        let mut outside = vec![false; 1 << self.players];
        let mut sums = vec![0_i64; outside.len()];
        for direction in self.directions() {
            for mask in 1..sums.len() {
                sums[mask] = sums[mask & (mask - 1)] + direction[mask.trailing_zeros() as usize];
                outside[mask] |= sums[mask] != 0;
            }
        }
        outside
    }
}

/// What a direction changes for a coalition.
pub(crate) fn change(direction: &[i64], coalition: Coalition) -> i64 {
    coalition.members().map(|player| direction[player]).sum()
}

fn least_common(a: i128, b: i128) -> i128 {
    let (mut larger, mut rest) = (a, b);
    while rest != 0 {
        (larger, rest) = (rest, larger % rest);
    }
    a / larger * b
}
