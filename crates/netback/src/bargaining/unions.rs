//! Players who negotiate as unions: the Owen value.

use super::game::{Coalition, Game, GameFault};
use super::number::Number;

/// Unions of players, such as the members of a customs union; whoever is in none stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unions(Vec<Coalition>);

impl Unions {
    /// Unions of some of a number of players.
    ///
    /// Errors: a union is empty, holds a player that is not there, or shares one with another.
    pub fn new(players: usize, unions: &[Coalition]) -> Result<Self, GameFault> {
        let grand = Coalition::grand(players);
        let mut taken = 0;
        for union in unions {
            let fault = match union.0 {
                0 => "a union is empty",
                mask if mask & !grand.0 != 0 => "a union holds a player that is not there",
                mask if mask & taken != 0 => "two unions share a player",
                _ => "",
            };
            if !fault.is_empty() {
                return Err(GameFault::NotUnions(fault.into()));
            }
            taken |= union.0;
        }
        let alone = Coalition(grand.0 & !taken).members().map(|player| Coalition::of([player]));
        Ok(Unions(unions.iter().copied().chain(alone).collect()))
    }

    /// All unions, players alone among them.
    pub fn all(&self) -> &[Coalition] {
        &self.0
    }
}

impl<N: Number> Game<N> {
    /// Owen value of each player: the Shapley value when the members of a union arrive one after the other.
    ///
    /// Units: those of the game. Shape: one value per player.
    /// Errors: the unions are of other players.
    /// Source: Owen 1977; docs/bargaining.md eq. 6.
    ///
    /// ```
    /// use netback::bargaining::{Coalition, Game, Unions};
    /// // a simple majority of three, the first two of whom vote as one
    /// let majority = Game::from_values(3, &[0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0])?;
    /// let unions = Unions::new(3, &[Coalition::of([0, 1])])?;
    /// assert_eq!(majority.owen(&unions)?, [0.5, 0.5, 0.0]);
    /// # Ok::<(), netback::bargaining::GameFault>(())
    /// ```
    pub fn owen(&self, unions: &Unions) -> Result<Vec<N>, GameFault> {
        let covered = unions.all().iter().fold(0, |mask, union| mask | union.0);
        if covered != Coalition::grand(self.count()).0 {
            return Err(GameFault::NotUnions("they are unions of other players".into()));
        }
        let mut owen = vec![N::zero(); self.count()];
        for (index, &union) in unions.all().iter().enumerate() {
            let others: Vec<Coalition> =
                unions.all().iter().enumerate().filter(|(at, _)| *at != index).map(|(_, &u)| u).collect();
            // v of every coalition of other unions with every part of this one is asked once per member.
            for chosen in 0..1_u64 << others.len() {
                let there = Coalition(chosen).members().fold(0, |mask, at| mask | others[at].0);
                let outside = orders(others.len() + 1, Coalition(chosen).size());
                for part in parts_of(union) {
                    let before = Coalition(there | part.0);
                    let weight = N::whole(outside as i64).times(&N::whole(orders(union.size(), part.size()) as i64));
                    for player in Coalition(union.0 & !part.0).members() {
                        let marginal = self.value(before.with(player)).minus(self.value(before));
                        owen[player] = owen[player].plus(&marginal.over(&weight));
                    }
                }
            }
        }
        Ok(owen)
    }
}

/// Every part of a coalition that is not all of it, the empty one first.
fn parts_of(whole: Coalition) -> impl Iterator<Item = Coalition> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let part = next?;
        // The next larger submask; the whole one ends the walk.
        next = Some((part | !whole.0).wrapping_add(1) & whole.0).filter(|&mask| mask != whole.0 && mask != 0);
        Some(Coalition(part))
    })
}

/// One in how many orders has exactly a given set of a size before a given one of `count`.
fn orders(count: usize, size: usize) -> u64 {
    let others = count as u64 - 1;
    count as u64 * (0..size as u64).fold(1, |ways, chosen| ways * (others - chosen) / (chosen + 1))
}
