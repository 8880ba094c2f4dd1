//! Levers that are on together: which sets of them are answered, and the terms that they set.

use super::read::{Deal, Lever};
use crate::units::{Fraction, UsdPerTcm};

/// Most sets of levers without scenarios, the empty one among them.
const MOST_OF_TERMS: usize = 64;
/// Most sets of levers with scenarios, the empty one among them: each is two more markets per valuation.
const MOST_OF_MARKET: usize = 16;

/// Terms of a deal while some levers are on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Terms {
    /// Export duty on the border price.
    pub export_duty: Fraction,
    /// Share of the tariff of the delivery pipelines that the buyer pays.
    pub tariff_share_of_buyer: Fraction,
    /// City-gate price in place of that of the valuation.
    pub city_gate: Option<UsdPerTcm>,
}

impl Lever {
    /// Whether the market has to be solved anew: the lever has scenarios.
    pub fn changes_market(&self) -> bool {
        !self.scenarios.is_empty()
    }

    /// Whether the lever counts in what the sides work out by hand: through its terms, or because it is nothing else.
    pub fn counts_by_hand(&self) -> bool {
        !self.changes_market() || self.sets().contains(&true)
    }

    fn sets(&self) -> [bool; 3] {
        [self.export_duty.is_some(), self.tariff_share_of_buyer.0 > 0.0, self.city_gate.is_some()]
    }
}

impl Deal {
    /// What both of two levers set, so that they cannot be on together; none when they can.
    pub fn clash(&self, one: usize, other: usize) -> Option<&'static str> {
        let words =
            ["the export duty", "the share of the tariff that the buyer pays", "the price at the city gate"];
        let (one, other) = (self.levers[one].sets(), self.levers[other].sets());
        words.into_iter().enumerate().find(|(term, _)| one[*term] && other[*term]).map(|(_, words)| words)
    }

    /// The terms with some levers on, of which no two clash.
    pub(crate) fn terms_with(&self, levers: &[usize]) -> Terms {
        let usual =
            Terms { export_duty: self.export_duty, tariff_share_of_buyer: Fraction(0.0), city_gate: None };
        levers.iter().map(|&at| &self.levers[at]).fold(usual, |terms, lever| Terms {
            export_duty: lever.export_duty.unwrap_or(terms.export_duty),
            tariff_share_of_buyer: Fraction(terms.tariff_share_of_buyer.0.max(lever.tariff_share_of_buyer.0)),
            city_gate: lever.city_gate.or(terms.city_gate),
        })
    }

    /// Names of levers, joined by a plus.
    pub fn names_of(&self, levers: &[usize]) -> String {
        levers.iter().map(|&at| self.levers[at].name.as_str()).collect::<Vec<_>>().join(" + ")
    }

    fn combine(&self, levers: &[usize], with: usize) -> bool {
        levers.iter().all(|&lever| self.clash(lever, with).is_none())
    }
}

/// Sets of levers that are answered, as ascending positions among the levers of the deal, smaller sets first and
/// the empty one before all.
///
/// Levers without scenarios: every set, as long as there are at most 64; of more levers (seven and more) the sets
/// up to the largest size that keeps within 64. Levers with scenarios: every set, as long as there are at most 16;
/// of more levers each alone, pairs in the order of the file up to that number, and all together. Each of the one
/// goes with each of the other. Two levers that set the same term ([`Deal::clash`]) are in no set together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LeverSets {
    /// Of levers without scenarios: closed forms.
    pub terms: Vec<Vec<usize>>,
    /// Of levers with scenarios: a market each, and its terms, if it has any, in closed form.
    pub market: Vec<Vec<usize>>,
    /// All of them, joined.
    pub all: Vec<Vec<usize>>,
}

impl LeverSets {
    pub fn of(deal: &Deal) -> LeverSets {
        let (market, terms): (Vec<usize>, Vec<usize>) =
            (0..deal.levers.len()).partition(|&lever| deal.levers[lever].changes_market());
        let (terms, market) = (closed_sets(deal, &terms), solved_sets(deal, &market));
        let mut all = Vec::new();
        for solved in &market {
            for closed in terms.iter().filter(|set| set.iter().all(|&lever| deal.combine(solved, lever))) {
                let mut set = [solved.as_slice(), closed].concat();
                set.sort_unstable();
                all.push(set);
            }
        }
        all.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        LeverSets { terms, market, all }
    }
}

/// The sets of one lever more: each set with a later member that clashes with none of it; at most so many.
fn larger(deal: &Deal, members: &[usize], sets: &[Vec<usize>], most: usize) -> Vec<Vec<usize>> {
    let joined = sets.iter().flat_map(|set| {
        let later = members.iter().filter(|&&member| set.last().is_none_or(|last| member > *last));
        later.filter(|&&member| deal.combine(set, member)).map(|&member| [set.as_slice(), &[member]].concat())
    });
    joined.take(most).collect()
}

fn closed_sets(deal: &Deal, members: &[usize]) -> Vec<Vec<usize>> {
    let mut sets = vec![Vec::new()];
    let mut size = larger(deal, members, &sets, usize::MAX);
    // each alone is answered, however many there are
    while size.first().is_some_and(|set| set.len() == 1 || sets.len() + size.len() <= MOST_OF_TERMS) {
        sets.extend(size.iter().cloned());
        size = larger(deal, members, &size, MOST_OF_TERMS + 1);
    }
    sets
}

fn solved_sets(deal: &Deal, members: &[usize]) -> Vec<Vec<usize>> {
    let mut sets = vec![Vec::new()];
    let alone = larger(deal, members, &sets, usize::MAX);
    let mut size = alone.clone();
    while !size.is_empty() && sets.len() + size.len() <= MOST_OF_MARKET {
        sets.extend(size.iter().cloned());
        size = larger(deal, members, &size, MOST_OF_MARKET + 1);
    }
    if size.is_empty() {
        return sets;
    }
    // the empty set and all together take two places
    let room = MOST_OF_MARKET.saturating_sub(alone.len() + 2);
    let pairs = larger(deal, members, &alone, room);
    let is_whole = (1..members.len()).all(|at| deal.combine(&members[..at], members[at]));
    let together = is_whole.then(|| members.to_vec());
    [Vec::new()].into_iter().chain(alone).chain(pairs).chain(together).collect()
}
