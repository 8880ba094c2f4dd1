//! The cheapest flow of gas through one network, by a network simplex with straight-line supply and demand.
//!
//! min Σ c x + ½ s x² over 0 ≤ x ≤ u, subject to what enters a node being at least what leaves it. An element is
//! an arc between two nodes (s = 0, and only a share `gain` arrives), a supply into a node, or a demand out of
//! one. Any node may let gas go for nothing.
//!
//! Free elements are those strictly between their limits, or at a limit by chance. Free arcs join nodes into
//! zones: trees in which one price fixes all others, π = α + β ρ. In a zone the free supplies and demands find
//! their common ρ from one equation with one unknown; a straight-line element with s = 0 (a step of supply, an
//! arc that closes a cycle with loss) fixes ρ by itself. Each pivot lets in the element whose reduced cost is
//! most wrong, moves its zone to the new balance, and turns out what reaches a limit on the way. The point stays
//! feasible from first to last, so that a coalition that grows by a player starts from what it had before.
//!
//! Source: active sets of convex network programmes after Dembo and Klincewicz 1981 and the generalised network
//! simplex of Ahuja, Magnanti and Orlin 1993, chapter 15. Every answer is checked by weak duality: balance,
//! limits, and the difference between the value and the value of all limits at the prices.

const NONE: u32 = u32::MAX;

/// Reduced costs smaller than this are zero, USD/tcm.
const PRICE_TOLERANCE: f64 = 1e-9;
/// Changes of a flow smaller than this part of a step are none.
const MOVE_TOLERANCE: f64 = 1e-11;
/// A cycle whose gain differs less than this from one has no loss.
const LOSS_TOLERANCE: f64 = 1e-9;
/// Largest gap and largest imbalance of an answer, relative to its value and to its largest flow.
pub(crate) const ACCEPTED: f64 = 1e-9;
/// Pivots without progress after which the first wrong element enters instead of the most wrong one.
const PATIENCE: usize = 60;
/// Values below a millionth of a dollar are rounding, million USD.
const NOTHING: f64 = 1e-12;

/// Elements of a network, one after the other; prices in USD/tcm, rates in bcm/yr.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FlowNetwork {
    pub nodes: usize,
    pub elements: Vec<Element>,
}

/// One way for gas; no `from` is a supply, no `to` a demand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Element {
    pub from: Option<usize>,
    pub to: Option<usize>,
    /// Share that arrives.
    pub gain: f64,
    /// c; of a demand the negative of its choke price.
    pub cost: f64,
    /// s ≥ 0; zero for arcs.
    pub slope: f64,
    /// u; may be infinite.
    pub capacity: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Lower,
    Upper,
    Free,
}

/// A feasible point, its prices and which elements are free; one per depth of a search.
#[derive(Debug, Clone, Default)]
pub(crate) struct FlowState {
    x: Vec<f64>,
    status: Vec<Status>,
    price: Vec<f64>,
    /// Free arcs at each node: how many, and which.
    degree: Vec<u32>,
    incident: Vec<u32>,
    allowed: Vec<u32>,
}

impl FlowState {
    /// Takes over another point of the same network without allocating.
    pub fn copy_from(&mut self, other: &FlowState) {
        self.x.copy_from_slice(&other.x);
        self.status.copy_from_slice(&other.status);
        self.price.copy_from_slice(&other.price);
        self.degree.copy_from_slice(&other.degree);
        self.incident.copy_from_slice(&other.incident);
        self.allowed.clear();
        self.allowed.extend_from_slice(&other.allowed);
    }

    /// Price at a node.
    #[cfg(test)]
    pub fn price(&self, node: usize) -> f64 {
        self.price[node]
    }
}

/// What a checked solve found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Solved {
    /// Value, the negative of the least cost.
    pub value: f64,
    /// Changes of the set of free elements.
    pub pivots: usize,
}

/// Why a solve has no answer; another solver has to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowFailure {
    /// More pivots than any network should need.
    TooManyPivots,
    /// A zone without one price; rounding must have hidden a free element.
    NoPrice,
    /// Gap or imbalance above [`ACCEPTED`].
    NotChecked,
}

/// A network made ready, with room to work in.
#[derive(Debug, Clone)]
pub(crate) struct FlowSolver {
    /// Largest gap and imbalance that pass the check: [`ACCEPTED`], but for tests.
    pub(super) accepted: f64,
    nodes: usize,
    elements: usize,
    from: Vec<u32>,
    to: Vec<u32>,
    gain: Vec<f64>,
    cost: Vec<f64>,
    slope: Vec<f64>,
    capacity: Vec<f64>,
    /// Supplies, demands and the free disposal of each node.
    ground_start: Vec<u32>,
    ground: Vec<u32>,
    /// Room for the free arcs of each node.
    arc_start: Vec<u32>,
    alpha: Vec<f64>,
    beta: Vec<f64>,
    inflow: Vec<f64>,
    parent: Vec<u32>,
    seen: Vec<u32>,
    stamp: u32,
    order: Vec<u32>,
    curved: Vec<u32>,
    straight: Vec<u32>,
    moves: Vec<(u32, f64)>,
    dirty: Vec<bool>,
    waiting: Vec<u32>,
    pivots: usize,
    without_progress: usize,
}

impl FlowSolver {
    /// Makes a network ready. Elements keep their positions.
    pub fn new(network: &FlowNetwork) -> Self {
        let nodes = network.nodes;
        let disposal = (0..nodes).map(|node| Element {
            from: Some(node),
            to: None,
            gain: 1.0,
            cost: 0.0,
            slope: 0.0,
            capacity: f64::INFINITY,
        });
        let elements: Vec<Element> = network.elements.iter().copied().chain(disposal).collect();
        // No flow is larger than all supply together, so that no limit has to be infinite.
        let supply: f64 = network.elements.iter().filter(|e| e.from.is_none()).map(|e| e.capacity).sum();
        let ground = nodes as u32;
        let end = |node: Option<usize>| node.map_or(ground, |node| node as u32);
        let capacity = |e: &Element| {
            let useful = match e.to.is_none() && e.slope > 0.0 {
                true => (-e.cost / e.slope).max(0.0),
                false => f64::INFINITY,
            };
            e.capacity.min(useful).min(supply)
        };
        let starts = |counts: Vec<u32>| {
            let mut starts = vec![0; counts.len() + 1];
            for (at, count) in counts.iter().enumerate() {
                starts[at + 1] = starts[at] + count;
            }
            starts
        };
        let (mut at_ground, mut at_node) = (vec![0; nodes], vec![0; nodes]);
        for e in &elements {
            match (e.from, e.to) {
                (Some(from), Some(to)) => (at_node[from], at_node[to]) = (at_node[from] + 1, at_node[to] + 1),
                (Some(node), None) | (None, Some(node)) => at_ground[node] += 1,
                (None, None) => {}
            }
            // A loop counts twice at one node.
            if e.from == e.to && e.from.is_some() {
                at_node[e.from.unwrap_or(0)] += 1;
            }
        }
        let ground_start = starts(at_ground);
        let mut filled = ground_start.clone();
        let mut items = vec![0; ground_start[nodes] as usize];
        for (index, e) in elements.iter().enumerate() {
            if let (Some(node), None) | (None, Some(node)) = (e.from, e.to) {
                items[filled[node] as usize] = index as u32;
                filled[node] += 1;
            }
        }
        FlowSolver {
            accepted: ACCEPTED,
            nodes,
            elements: network.elements.len(),
            from: elements.iter().map(|e| end(e.from)).collect(),
            to: elements.iter().map(|e| end(e.to)).collect(),
            gain: elements.iter().map(|e| e.gain).collect(),
            cost: elements.iter().map(|e| e.cost).collect(),
            slope: elements.iter().map(|e| e.slope).collect(),
            capacity: elements.iter().map(capacity).collect(),
            ground_start,
            ground: items,
            arc_start: starts(at_node),
            alpha: vec![0.0; nodes + 1],
            beta: vec![0.0; nodes + 1],
            inflow: vec![0.0; nodes + 1],
            parent: vec![NONE; nodes],
            seen: vec![0; nodes],
            stamp: 0,
            order: Vec::with_capacity(nodes),
            curved: Vec::with_capacity(elements.len()),
            straight: Vec::with_capacity(elements.len()),
            moves: Vec::with_capacity(elements.len()),
            dirty: vec![false; nodes],
            waiting: Vec::with_capacity(2 * elements.len()),
            pivots: 0,
            without_progress: 0,
        }
    }

    /// Nothing flows, nothing is allowed, gas is worth nothing.
    pub fn nothing(&self) -> FlowState {
        let mut status = vec![Status::Lower; self.cost.len()];
        status[self.elements..].fill(Status::Free);
        FlowState {
            x: vec![0.0; self.cost.len()],
            status,
            price: vec![0.0; self.nodes + 1],
            degree: vec![0; self.nodes],
            incident: vec![0; self.arc_start[self.nodes] as usize],
            allowed: Vec::with_capacity(self.elements),
        }
    }

    /// Lets a coalition use one more element.
    pub fn allow(&self, state: &mut FlowState, element: usize) {
        if self.capacity[element] > 0.0 && self.from[element] != self.to[element] {
            state.allowed.push(element as u32);
        }
    }

    /// Solves from the point of the state on, and checks the answer.
    pub fn solve(&mut self, state: &mut FlowState) -> Result<Solved, FlowFailure> {
        self.pivots = 0;
        self.without_progress = 0;
        let limit = 2_000 + 50 * state.allowed.len();
        while let Some(element) = self.most_wrong(state) {
            self.free(state, element);
            self.balance(state, limit)?;
        }
        let value = self.check(state)?;
        Ok(Solved { value, pivots: self.pivots })
    }

    /// Value of each element's limit and slope at the prices: they add up to the value of the network.
    pub fn rents(&self, state: &FlowState) -> Vec<f64> {
        let mut rents = vec![0.0; self.elements];
        for &element in &state.allowed {
            rents[element as usize] = self.rent(state, element as usize);
        }
        rents
    }

    fn rent(&self, state: &FlowState, e: usize) -> f64 {
        let margin = self.margin(state, e);
        if margin <= 0.0 {
            return 0.0;
        }
        let (slope, capacity) = (self.slope[e], self.capacity[e]);
        let best = if slope * capacity > margin { margin / slope } else { capacity };
        best * (margin - 0.5 * slope * best)
    }

    /// Worth of one unit through an element that carries nothing yet.
    fn margin(&self, state: &FlowState, e: usize) -> f64 {
        self.gain[e] * state.price[self.to[e] as usize] - state.price[self.from[e] as usize] - self.cost[e]
    }

    /// The element that is furthest from where its reduced cost wants it; none at the optimum.
    fn most_wrong(&self, state: &FlowState) -> Option<usize> {
        let (mut worst, mut found) = (PRICE_TOLERANCE, NONE);
        for &element in &state.allowed {
            let e = element as usize;
            let wrong = match state.status[e] {
                Status::Free => continue,
                Status::Lower => self.margin(state, e),
                Status::Upper => self.slope[e] * state.x[e] - self.margin(state, e),
            };
            if wrong > worst {
                (worst, found) = (wrong, element);
                if self.without_progress > PATIENCE {
                    return Some(e);
                }
            }
        }
        for e in self.elements..self.cost.len() {
            if state.status[e] == Status::Lower {
                let wrong = self.margin(state, e);
                if wrong > worst {
                    (worst, found) = (wrong, e as u32);
                }
            }
        }
        (found != NONE).then_some(found as usize)
    }

    fn is_arc(&self, e: usize) -> bool {
        self.from[e] as usize != self.nodes && self.to[e] as usize != self.nodes
    }

    fn free(&mut self, state: &mut FlowState, e: usize) {
        state.status[e] = Status::Free;
        if self.is_arc(e) {
            for node in [self.from[e], self.to[e]] {
                let at = self.arc_start[node as usize] + state.degree[node as usize];
                state.incident[at as usize] = e as u32;
                state.degree[node as usize] += 1;
            }
        }
        self.wait(self.from[e]);
        self.wait(self.to[e]);
    }

    fn turn_out(&mut self, state: &mut FlowState, e: usize, status: Status) {
        state.status[e] = status;
        state.x[e] = if status == Status::Upper { self.capacity[e] } else { 0.0 };
        if self.is_arc(e) {
            for node in [self.from[e], self.to[e]] {
                let node = node as usize;
                let start = self.arc_start[node] as usize;
                let arcs = &mut state.incident[start..start + state.degree[node] as usize];
                if let Some(at) = arcs.iter().position(|&arc| arc as usize == e) {
                    arcs.swap(at, arcs.len() - 1);
                    state.degree[node] -= 1;
                }
            }
        }
        self.wait(self.from[e]);
        self.wait(self.to[e]);
    }

    /// The zone of a node has to be balanced again.
    fn wait(&mut self, node: u32) {
        if node as usize != self.nodes {
            self.dirty[node as usize] = true;
            self.waiting.push(node);
        }
    }

    /// Balances all zones that wait for it.
    fn balance(&mut self, state: &mut FlowState, limit: usize) -> Result<(), FlowFailure> {
        while let Some(node) = self.waiting.pop() {
            if !self.dirty[node as usize] {
                continue;
            }
            self.pivots += 1;
            let done = if self.pivots > limit {
                Err(FlowFailure::TooManyPivots)
            } else {
                self.visit(state, node);
                self.move_zone(state)
            };
            if let Err(failure) = done {
                self.waiting.clear();
                self.dirty.fill(false);
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Walks a zone from a node: α and β of its prices, and its free elements besides the tree.
    fn visit(&mut self, state: &FlowState, root: u32) {
        self.stamp += 1;
        self.order.clear();
        self.curved.clear();
        self.straight.clear();
        self.order.push(root);
        self.seen[root as usize] = self.stamp;
        self.parent[root as usize] = NONE;
        (self.alpha[root as usize], self.beta[root as usize]) = (0.0, 1.0);
        let mut next = 0;
        while next < self.order.len() {
            let node = self.order[next];
            let at = node as usize;
            next += 1;
            let start = self.arc_start[at] as usize;
            for &arc in &state.incident[start..start + state.degree[at] as usize] {
                if arc == self.parent[at] {
                    continue;
                }
                let e = arc as usize;
                let leaves = self.from[e] == node;
                let other = if leaves { self.to[e] } else { self.from[e] } as usize;
                if self.seen[other] == self.stamp {
                    if !self.straight.contains(&arc) {
                        self.straight.push(arc);
                    }
                    continue;
                }
                self.seen[other] = self.stamp;
                self.parent[other] = arc;
                let (gain, cost) = (self.gain[e], self.cost[e]);
                (self.alpha[other], self.beta[other]) = match leaves {
                    true => ((self.alpha[at] + cost) / gain, self.beta[at] / gain),
                    false => (gain * self.alpha[at] - cost, gain * self.beta[at]),
                };
                self.order.push(other as u32);
            }
            let (first, last) = (self.ground_start[at] as usize, self.ground_start[at + 1] as usize);
            for &element in &self.ground[first..last] {
                if state.status[element as usize] == Status::Free {
                    match self.slope[element as usize] > 0.0 {
                        true => self.curved.push(element),
                        false => self.straight.push(element),
                    }
                }
            }
        }
    }

    /// γ and δ of an element: it is paid δ + γ ρ.
    fn paid(&self, e: usize) -> (f64, f64) {
        let (from, to, gain) = (self.from[e] as usize, self.to[e] as usize, self.gain[e]);
        (gain * self.beta[to] - self.beta[from], gain * self.alpha[to] - self.alpha[from])
    }

    /// Moves the zone that was visited towards its balance, until it is there or something is at a limit.
    fn move_zone(&mut self, state: &mut FlowState) -> Result<(), FlowFailure> {
        self.moves.clear();
        let (mut pivot, mut loose) = (None, None);
        for &element in &self.straight {
            let fixes = self.paid(element as usize).0.abs() > LOSS_TOLERANCE;
            let place = if fixes && pivot.is_none() { &mut pivot } else { &mut loose };
            if place.replace(element as usize).is_some() {
                return Err(FlowFailure::NoPrice);
            }
        }
        let price_of_pivot = |solver: &Self, pivot: usize| {
            let (gamma, delta) = solver.paid(pivot);
            (solver.cost[pivot] - delta) / gamma
        };
        let mut price = pivot.map_or(0.0, |pivot| price_of_pivot(self, pivot));
        let full_step = match loose {
            // Straight lines alone: as far as a limit.
            Some(loose) => {
                let (gamma, delta) = self.paid(loose);
                let change = if self.cost[loose] - delta - gamma * price < 0.0 { 1.0 } else { -1.0 };
                self.push(loose, change);
                if let (Some(pivot), true) = (pivot, gamma.abs() > LOSS_TOLERANCE) {
                    self.push(pivot, -gamma * change / self.paid(pivot).0);
                }
                f64::INFINITY
            }
            None => {
                if pivot.is_none() {
                    let (mut weight, mut sum) = (0.0, 0.0);
                    for &element in &self.curved {
                        let e = element as usize;
                        let (gamma, delta) = self.paid(e);
                        weight += gamma * gamma / self.slope[e];
                        sum += gamma * (state.x[e] + (self.cost[e] - delta) / self.slope[e]);
                    }
                    if weight <= 0.0 {
                        return Err(FlowFailure::NoPrice);
                    }
                    price = sum / weight;
                }
                let mut taken = 0.0;
                for at in 0..self.curved.len() {
                    let e = self.curved[at] as usize;
                    let (gamma, delta) = self.paid(e);
                    let change = (delta + gamma * price - self.cost[e]) / self.slope[e] - state.x[e];
                    taken += gamma * change;
                    self.push(e, change);
                }
                if let Some(pivot) = pivot {
                    self.push(pivot, -taken / self.paid(pivot).0);
                }
                1.0
            }
        };
        self.push_through_tree();
        let blocked = self.first_limit(state, full_step);
        let step = blocked.map_or(full_step, |(step, ..)| step);
        if step > 0.0 {
            for &(element, change) in &self.moves {
                state.x[element as usize] += step * change;
            }
        }
        match blocked {
            Some((step, element, status)) => {
                self.without_progress = if step > 0.0 { 0 } else { self.without_progress + 1 };
                self.wait(self.order[0]);
                self.turn_out(state, element, status);
            }
            None => {
                self.without_progress = 0;
                for &node in &self.order {
                    let at = node as usize;
                    state.price[at] = self.alpha[at] + self.beta[at] * price;
                    self.dirty[at] = false;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, e: usize, change: f64) {
        self.moves.push((e as u32, change));
        self.inflow[self.from[e] as usize] -= change;
        self.inflow[self.to[e] as usize] += self.gain[e] * change;
    }

    /// What the changes leave over at each node flows through the tree to its root, where nothing is left.
    fn push_through_tree(&mut self) {
        for at in (1..self.order.len()).rev() {
            let node = self.order[at] as usize;
            let left = std::mem::take(&mut self.inflow[node]);
            if left == 0.0 {
                continue;
            }
            let e = self.parent[node] as usize;
            let gain = self.gain[e];
            if self.from[e] as usize == node {
                self.inflow[self.to[e] as usize] += gain * left;
                self.moves.push((e as u32, left));
            } else {
                self.inflow[self.from[e] as usize] += left / gain;
                self.moves.push((e as u32, -left / gain));
            }
        }
        self.inflow[self.order[0] as usize] = 0.0;
        self.inflow[self.nodes] = 0.0;
    }

    /// The first limit on the way; of those met together the one with the largest change.
    fn first_limit(&self, state: &FlowState, full_step: f64) -> Option<(f64, usize, Status)> {
        let mut first: Option<(f64, usize, Status)> = None;
        let mut largest = 0.0;
        for &(element, change) in &self.moves {
            let e = element as usize;
            let (room, status) = match change {
                change if change > MOVE_TOLERANCE => (self.capacity[e] - state.x[e], Status::Upper),
                change if change < -MOVE_TOLERANCE => (state.x[e], Status::Lower),
                _ => continue,
            };
            let step = room.max(0.0) / change.abs();
            let best = first.map_or(full_step, |(step, ..)| step);
            let bland = self.without_progress > PATIENCE;
            let tie = step == best
                && first.is_some_and(|(_, other, _)| if bland { e < other } else { change.abs() > largest });
            if step < best || tie {
                largest = change.abs();
                first = Some((step, e, status));
            }
        }
        first
    }

    /// Balance, limits and duality gap of a point, from the elements alone.
    fn check(&mut self, state: &FlowState) -> Result<f64, FlowFailure> {
        let (mut value, mut rents, mut largest, mut outside) = (0.0, 0.0, 1.0_f64, 0.0_f64);
        let disposal = (self.elements..self.cost.len()).map(|e| e as u32);
        for element in state.allowed.iter().copied().chain(disposal) {
            let e = element as usize;
            let x = state.x[e];
            if x != 0.0 {
                value -= x * (self.cost[e] + 0.5 * self.slope[e] * x);
                self.inflow[self.from[e] as usize] -= x;
                self.inflow[self.to[e] as usize] += self.gain[e] * x;
                largest = largest.max(x);
                outside = outside.max(-x).max(x - self.capacity[e]);
            }
            rents += self.rent(state, e);
        }
        self.inflow[self.nodes] = 0.0;
        for left in &mut self.inflow {
            outside = outside.max(std::mem::take(left).abs());
        }
        let gap = (rents - value).abs();
        let holds = gap <= self.accepted * value.abs().max(1.0) && outside <= self.accepted * largest;
        if !holds || !value.is_finite() {
            return Err(FlowFailure::NotChecked);
        }
        Ok(if value < NOTHING { 0.0 } else { value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(
        from: Option<usize>,
        to: Option<usize>,
        gain: f64,
        cost: f64,
        slope: f64,
        capacity: f64,
    ) -> Element {
        Element { from, to, gain, cost, slope, capacity }
    }

    fn solved(nodes: usize, elements: &[Element]) -> (f64, FlowSolver, FlowState) {
        let mut solver = FlowSolver::new(&FlowNetwork { nodes, elements: elements.to_vec() });
        let mut state = solver.nothing();
        (0..elements.len()).for_each(|e| solver.allow(&mut state, e));
        let solved = solver.solve(&mut state).expect("a small network");
        (solved.value, solver, state)
    }

    #[test]
    fn a_field_and_a_market_at_two_ends_of_a_line() {
        // marginal cost q at the field, price 10 − q in the market, 2 for the line: q = 4, worth 8 · 4 / 2
        let field = element(None, Some(0), 1.0, 0.0, 1.0, 100.0);
        let line = element(Some(0), Some(1), 1.0, 2.0, 0.0, 100.0);
        let market = element(Some(1), None, 1.0, -10.0, 1.0, f64::INFINITY);
        let (value, _, state) = solved(2, &[field, line, market]);
        assert!((value - 16.0).abs() < 1e-12 && (state.price(1) - 6.0).abs() < 1e-12, "{value}");
        // a line for 3 only: worth 8 · 3 − 3², of which 3 (7 − 3 − 2) is the line's
        let narrow = Element { capacity: 3.0, ..line };
        let (value, solver, state) = solved(2, &[field, narrow, market]);
        assert!((value - 15.0).abs() < 1e-12);
        let rents = solver.rents(&state);
        assert!(
            (rents[1] - 6.0).abs() < 1e-12 && (rents.iter().sum::<f64>() - 15.0).abs() < 1e-12,
            "{rents:?}"
        );
    }

    #[test]
    fn a_point_that_is_not_the_optimum_fails_its_check() {
        let field = element(None, Some(0), 1.0, 0.0, 1.0, 100.0);
        let market = element(Some(0), None, 1.0, -10.0, 1.0, f64::INFINITY);
        let (_, mut solver, state) = solved(1, &[field, market]);
        assert_eq!(solver.check(&state), Ok(25.0));
        let mut unbalanced = state.clone();
        unbalanced.x[0] += 1e-6;
        let mut too_little = state.clone();
        too_little.x[..2].fill(4.9);
        let mut wrong_price = state.clone();
        wrong_price.price[0] += 1e-3;
        let mut beyond = state.clone();
        beyond.x[..2].fill(-1e-6);
        for wrong in [unbalanced, too_little, wrong_price, beyond] {
            assert_eq!(solver.check(&wrong), Err(FlowFailure::NotChecked));
        }
    }

    #[test]
    fn two_ways_of_different_loss_share_the_flow() {
        // dear without loss and cheap with a tenth lost: both are used where 0.9 π_1 − 1 = π_1 − 2 = π_0
        let field = element(None, Some(0), 1.0, 0.0, 1.0, 100.0);
        let dear = element(Some(0), Some(1), 1.0, 2.0, 0.0, 100.0);
        let leaky = element(Some(0), Some(1), 0.9, 1.0, 0.0, 100.0);
        let market = element(Some(1), None, 1.0, -17.5, 1.0, f64::INFINITY);
        let (_, solver, state) = solved(2, &[field, dear, leaky, market]);
        assert!((state.price(1) - 10.0).abs() < 1e-9 && (state.price(0) - 8.0).abs() < 1e-9);
        assert!((state.x[0] - 8.0).abs() < 1e-9 && (state.x[3] - 7.5).abs() < 1e-9);
        // 8 enter and 7.5 arrive: five tenths were lost
        assert!((state.x[2] - 5.0).abs() < 1e-9 && (state.x[1] - 3.0).abs() < 1e-9);
        assert_eq!(solver.rents(&state)[1..3], [0.0, 0.0]);
    }
}
