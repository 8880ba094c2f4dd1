//! Airport games of any number of users in closed form: a runway serves everyone it is long enough for.

use super::game::GameFault;

/// Users of one kind, who need the same runway.
#[derive(Debug, Clone, PartialEq)]
pub struct AirportClass {
    /// Name of the kind.
    pub name: String,
    /// How many of them use it; at least one.
    pub users: u64,
    /// Cost of a runway that is long enough for them.
    pub cost: f64,
}

/// What one user of a kind pays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AirportFee {
    /// Shapley value.
    pub shapley: f64,
    /// Nucleolus.
    pub nucleolus: f64,
}

/// Fees of the users of each kind.
///
/// A group pays for the longest runway that one of its members needs. Shapley: every piece of runway is shared
/// equally by all who use it. Nucleolus: the shorter runways are shared in groups as small as the excess of any
/// of them allows. Units: those of the costs. Shape: one fee per class, in their order.
/// Errors: no users at all.
/// Source: Littlechild and Owen 1973 (Shapley); Littlechild 1974 (nucleolus); docs/bargaining.md eq. 13 and 14.
///
/// ```
/// use netback::bargaining::{AirportClass, airport_fees};
/// let class = |name: &str, cost| AirportClass { name: name.into(), users: 1, cost };
/// let classes = [class("A", 8.0), class("B", 11.0), class("C", 13.0), class("D", 18.0)];
/// let fees = airport_fees(&classes)?;
/// assert_eq!(fees.iter().map(|fee| fee.shapley).collect::<Vec<_>>(), [2.0, 3.0, 4.0, 9.0]);
/// assert_eq!(fees.iter().map(|fee| fee.nucleolus).collect::<Vec<_>>(), [3.25, 3.25, 3.25, 8.25]);
/// # Ok::<(), netback::bargaining::GameFault>(())
/// ```
pub fn airport_fees(classes: &[AirportClass]) -> Result<Vec<AirportFee>, GameFault> {
    let users: u64 = classes.iter().map(|class| class.users).sum();
    if users == 0 {
        return Err(GameFault::NoPlayers);
    }
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by(|&a, &b| classes[a].cost.total_cmp(&classes[b].cost));
    let mut fees = vec![AirportFee { shapley: 0.0, nucleolus: 0.0 }; classes.len()];
    let (mut left, mut built, mut shapley) = (users, 0.0, 0.0);
    for &at in &order {
        shapley += (classes[at].cost - built) / left as f64;
        fees[at].shapley = shapley;
        built = classes[at].cost;
        left -= classes[at].users;
    }
    // Users are served from the shortest runway up. A group that ends with some kind pays its runway less what
    // was paid before; one share more than its users is the excess that it leaves to the others.
    let (mut served, mut paid, mut first) = (0_u64, 0.0, 0);
    while first < order.len() {
        let mut smallest: Option<(f64, usize)> = None;
        let mut group = 0;
        for (last, &at) in order.iter().enumerate().skip(first) {
            group += classes[at].users;
            // The last user of the longest runway pays what is left.
            let is_last = last + 1 == order.len();
            let shares = match is_last {
                true if classes[at].users > 1 => group - 1,
                true => continue,
                false => group,
            };
            let fee = (classes[at].cost - paid) / (shares as f64 + 1.0);
            if smallest.is_none_or(|(least, _)| fee <= least) {
                smallest = Some((fee, last));
            }
        }
        let (fee, last) = match smallest {
            Some(found) => found,
            None => (classes[order[first]].cost - paid, first),
        };
        for &at in &order[first..=last] {
            fees[at].nucleolus = fee;
            served += classes[at].users;
            paid += fee * classes[at].users as f64;
        }
        first = last + 1;
    }
    debug_assert_eq!(served, users);
    Ok(fees)
}
