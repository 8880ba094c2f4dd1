//! Players who can only cooperate along links: the Myerson value.

use super::game::{Coalition, Game, GameFault};
use super::number::Number;

/// Links between players, in both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// For each player the players it is linked to.
    neighbours: Vec<Coalition>,
}

impl Graph {
    /// A graph over a number of players.
    ///
    /// Errors: a link joins a player to itself or names one that is not there.
    pub fn new(players: usize, links: &[(usize, usize)]) -> Result<Self, GameFault> {
        let mut neighbours = vec![Coalition::EMPTY; players];
        for &(one, other) in links {
            if one == other || one.max(other) >= players {
                return Err(GameFault::NotALink(one, other));
            }
            neighbours[one] = neighbours[one].with(other);
            neighbours[other] = neighbours[other].with(one);
        }
        Ok(Graph { neighbours })
    }

    /// The part of a coalition that its lowest player can reach without leaving it.
    fn first_component(&self, coalition: Coalition) -> Coalition {
        let mut reached = coalition.0 & coalition.0.wrapping_neg();
        loop {
            let beyond = Coalition(reached).members().fold(0, |mask, at| mask | self.neighbours[at].0);
            let next = reached | beyond & coalition.0;
            if next == reached {
                return Coalition(reached);
            }
            reached = next;
        }
    }
}

impl<N: Number> Game<N> {
    /// The game in which only linked players cooperate: a coalition is worth the sum of its connected parts.
    ///
    /// Errors: the graph is of other players.
    pub fn restricted_to(&self, graph: &Graph) -> Result<Game<N>, GameFault> {
        if graph.neighbours.len() != self.count() {
            return Err(GameFault::DifferentPlayers);
        }
        let mut values = vec![N::zero(); self.values().len()];
        for mask in 1..values.len() as u64 {
            let part = graph.first_component(Coalition(mask));
            let rest = (mask ^ part.0) as usize;
            values[mask as usize] = self.value(part).plus(&values[rest]);
        }
        Ok(self.with_values(values))
    }

    /// Myerson value of each player: the Shapley value of the game in which only linked players cooperate.
    ///
    /// Units: those of the game. Shape: one value per player.
    /// Errors: the graph is of other players.
    /// Source: Myerson 1977; docs/bargaining.md eq. 7. Checked against cases/published/game-myerson-1977.
    ///
    /// ```
    /// use netback::bargaining::{Game, Graph};
    /// let game = Game::from_values(3, &[0.0, 0.0, 0.0, 12.0, 0.0, 6.0, 6.0, 12.0])?;
    /// let star = Graph::new(3, &[(0, 1), (0, 2)])?;
    /// assert_eq!(game.myerson(&star)?, [7.0, 4.0, 1.0]);
    /// # Ok::<(), netback::bargaining::GameFault>(())
    /// ```
    pub fn myerson(&self, graph: &Graph) -> Result<Vec<N>, GameFault> {
        Ok(self.restricted_to(graph)?.shapley())
    }
}
