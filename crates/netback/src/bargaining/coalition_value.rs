//! What every coalition is worth: the best it can do with the assets whose owners are all in it.
//!
//! Coalitions are visited in a tree in which a coalition grows by one player at a time; each starts from the
//! optimum of the one before, which stays feasible because a new player only adds assets. Players with many
//! assets come first, so that most steps add a small one. Every value is checked by weak duality, to 1e-9 of
//! itself; one that fails is asked of the general solver with its certificate, and counted.

use netback_solve::{Column, Program, Row, Settings, solve};

use super::flow_solver::{Element, FlowNetwork, FlowSolver, FlowState};
use super::game::{Coalition, Game, GameFault, MOST_PLAYERS, Measure};
use crate::units::{BcmPerYear, Fraction, UsdPerTcm, UsdPerTcmPerBcmPerYear};

/// A gas network whose assets have owners; an asset is usable by a coalition that holds all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnedNetwork {
    players: Vec<String>,
    network: FlowNetwork,
    owners: Vec<Coalition>,
    names: Vec<String>,
    is_project: Vec<bool>,
}

/// Position of an asset in an [`OwnedNetwork`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AssetId(usize);

/// Which assets count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assets {
    /// Those that exist.
    Existing,
    /// Those and the projects.
    WithProjects,
}

/// Values of all coalitions, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct CoalitionValues {
    /// Without the projects.
    pub existing: Game,
    /// With the projects; the same game when there are none.
    pub with_projects: Game,
    /// What it took.
    pub effort: Effort,
}

/// What values of coalitions took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effort {
    /// Networks solved.
    pub solves: u64,
    /// Of these answered by the general solver, because the flow solver failed its check.
    pub fallbacks: u64,
    /// Changes of the set of free elements over all solves.
    pub pivots: u64,
}

impl Effort {
    fn add(&mut self, other: Effort) {
        self.solves += other.solves;
        self.fallbacks += other.fallbacks;
        self.pivots += other.pivots;
    }
}

/// Why coalitions have no values.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ValueFault {
    /// Too many players, or none.
    #[error(transparent)]
    Game(#[from] GameFault),
    /// An asset with a number that no network can hold.
    #[error("{what} of {name} is {value}")]
    NotANetwork {
        /// Asset.
        name: String,
        /// Which number.
        what: &'static str,
        /// The number.
        value: f64,
    },
    /// Neither solver has a certified answer.
    #[error("the value of {0} is not certified by either solver")]
    NotCertified(String),
}

impl OwnedNetwork {
    /// A network of nodes without assets.
    pub fn new(players: Vec<String>, nodes: usize) -> Self {
        OwnedNetwork {
            players,
            network: FlowNetwork { nodes, elements: Vec::new() },
            owners: Vec::new(),
            names: Vec::new(),
            is_project: Vec::new(),
        }
    }

    /// Adds a field: marginal cost `cost + slope · output` up to its capacity.
    pub fn field(
        &mut self,
        name: impl Into<String>,
        owners: Coalition,
        node: usize,
        (cost, slope, capacity): (UsdPerTcm, UsdPerTcmPerBcmPerYear, BcmPerYear),
    ) -> AssetId {
        let (cost, slope, capacity) = (cost.0, slope.0, capacity.0);
        self.add(name, owners, Element { from: None, to: Some(node), gain: 1.0, cost, slope, capacity })
    }

    /// Adds a market: gas is worth `choke price − slope · consumption` up to a largest consumption.
    pub fn market(
        &mut self,
        name: impl Into<String>,
        owners: Coalition,
        node: usize,
        (choke_price, slope, largest): (UsdPerTcm, UsdPerTcmPerBcmPerYear, BcmPerYear),
    ) -> AssetId {
        let (cost, slope, capacity) = (-choke_price.0, slope.0, largest.0);
        self.add(name, owners, Element { from: Some(node), to: None, gain: 1.0, cost, slope, capacity })
    }

    /// Adds a line: a charge per unit entering, a share lost, a limit on what enters.
    pub fn line(
        &mut self,
        name: impl Into<String>,
        owners: Coalition,
        (from, to): (usize, usize),
        (tariff, loss, capacity): (UsdPerTcm, Fraction, BcmPerYear),
    ) -> AssetId {
        let (cost, gain, capacity) = (tariff.0, 1.0 - loss.0, capacity.0);
        self.add(name, owners, Element { from: Some(from), to: Some(to), gain, cost, slope: 0.0, capacity })
    }

    fn add(&mut self, name: impl Into<String>, owners: Coalition, element: Element) -> AssetId {
        self.names.push(name.into());
        self.owners.push(owners);
        self.is_project.push(false);
        self.network.elements.push(element);
        AssetId(self.names.len() - 1)
    }

    /// Makes an asset a project, which does not exist yet.
    pub fn set_project(&mut self, asset: AssetId) {
        self.is_project[asset.0] = true;
    }

    /// Names of the players; player i is bit i of a coalition.
    pub fn players(&self) -> &[String] {
        &self.players
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.network.nodes
    }

    /// Number of assets.
    pub fn assets(&self) -> usize {
        self.names.len()
    }

    /// Name, owners and whether it is a project, of each asset.
    pub fn asset_list(&self) -> impl Iterator<Item = (&str, Coalition, bool)> {
        let owned = self.names.iter().zip(&self.owners).zip(&self.is_project);
        owned.map(|((name, &owners), &project)| (name.as_str(), owners, project))
    }

    fn is_usable(&self, asset: usize, coalition: Coalition, assets: Assets) -> bool {
        self.owners[asset].0 & !coalition.0 == 0
            && (assets == Assets::WithProjects || !self.is_project[asset])
    }

    /// The first number that no network can hold.
    fn fault(&self) -> Option<ValueFault> {
        self.network.elements.iter().zip(&self.names).find_map(|(element, name)| {
            let numbers = [
                ("cost", element.cost, element.cost.is_finite()),
                ("slope", element.slope, element.slope.is_finite() && element.slope >= 0.0),
                ("capacity", element.capacity, element.capacity >= 0.0),
                ("share that arrives", element.gain, element.gain > 0.0 && element.gain <= 1.0),
                ("output", element.capacity, element.from.is_some() || element.capacity.is_finite()),
            ];
            let (what, value, _) = numbers.into_iter().find(|&(_, _, holds)| !holds)?;
            Some(ValueFault::NotANetwork { name: name.clone(), what, value })
        })
    }

    /// Value of one coalition, solved from nothing.
    ///
    /// Units: million USD per year. Errors: a number no network can hold; not certified by either solver.
    /// Source: docs/network-game.md eq. 1.
    ///
    /// ```
    /// use netback::bargaining::{Assets, Coalition, OwnedNetwork};
    /// use netback::units::{BcmPerYear, Fraction, UsdPerTcm, UsdPerTcmPerBcmPerYear};
    /// let mut network = OwnedNetwork::new(vec!["seller".into(), "buyer".into()], 2);
    /// let (seller, buyer) = (Coalition::of([0]), Coalition::of([1]));
    /// let per = UsdPerTcmPerBcmPerYear(1.0);
    /// network.field("field", seller, 0, (UsdPerTcm(0.0), per, BcmPerYear(100.0)));
    /// network.market("market", buyer, 1, (UsdPerTcm(10.0), per, BcmPerYear(10.0)));
    /// let charges = (UsdPerTcm(2.0), Fraction(0.0), BcmPerYear(100.0));
    /// network.line("line", Coalition::of([0, 1]), (0, 1), charges);
    /// assert_eq!(network.value(seller, Assets::Existing)?, 0.0);
    /// assert!((network.value(Coalition::of([0, 1]), Assets::Existing)? - 16.0).abs() < 1e-9);
    /// # Ok::<(), netback::bargaining::ValueFault>(())
    /// ```
    pub fn value(&self, coalition: Coalition, assets: Assets) -> Result<f64, ValueFault> {
        self.fault().map_or(Ok(()), Err)?;
        let mut search = Search::new(self);
        let mut state = search.solver.nothing();
        search.allow_all(&mut state, coalition, assets);
        search.solve(&mut state, coalition, assets)
    }

    /// Value of one coalition by the general solver, with its certificate.
    ///
    /// Units: million USD per year. Errors: those of [`OwnedNetwork::value`].
    pub fn value_by_general_solver(&self, coalition: Coalition, assets: Assets) -> Result<f64, ValueFault> {
        self.fault().map_or(Ok(()), Err)?;
        self.general(coalition, assets)
    }

    /// The programme of one coalition, whose least cost is the negative of its value.
    pub fn program(&self, coalition: Coalition, assets: Assets) -> Program {
        let mut program = Program::new();
        let rows: Vec<_> = (0..self.network.nodes)
            .map(|node| program.row(Row::new(format!("balance of node {node}")).at_least(0.0)))
            .collect();
        for (asset, element) in self.network.elements.iter().enumerate() {
            if !self.is_usable(asset, coalition, assets) {
                continue;
            }
            let useful = match element.to.is_none() && element.slope > 0.0 {
                true => element.capacity.min((-element.cost / element.slope).max(0.0)),
                false => element.capacity,
            };
            let column = Column::new(self.names[asset].as_str()).at_most(useful).cost(element.cost);
            let column = program.column(column.quadratic(element.slope));
            if element.from == element.to {
                continue;
            }
            if let Some(from) = element.from {
                program.add_entry(rows[from], column, -1.0);
            }
            if let Some(to) = element.to {
                program.add_entry(rows[to], column, element.gain);
            }
        }
        program
    }

    fn general(&self, coalition: Coalition, assets: Assets) -> Result<f64, ValueFault> {
        let program = self.program(coalition, assets);
        if program.columns().is_empty() {
            return Ok(0.0);
        }
        let outcome = solve(&program, &Settings::default());
        let held = outcome.held.ok_or_else(|| ValueFault::NotCertified(self.words(coalition)))?;
        Ok((-program.objective(&held.value().columns)).max(0.0))
    }

    fn words(&self, coalition: Coalition) -> String {
        coalition.members().map(|player| self.players[player].as_str()).collect::<Vec<_>>().join("+")
    }

    /// Values of all coalitions, without and with the projects.
    ///
    /// A project is asked about only where all its owners are. Bytes do not depend on the number of threads.
    /// Units: million USD per year.
    /// Errors: no players or more than [`MOST_PLAYERS`]; a number no network can hold; not certified.
    /// Source: docs/network-game.md eq. 1.
    pub fn values(&self) -> Result<CoalitionValues, ValueFault> {
        self.fault().map_or(Ok(()), Err)?;
        let players = self.players.len();
        if players > MOST_PLAYERS {
            return Err(GameFault::TooManyPlayers { players, limit: MOST_PLAYERS }.into());
        }
        // Players with many assets first: deep in the tree, where most coalitions are, little is added.
        let mut order: Vec<usize> = (0..players).collect();
        let assets_of = |player: usize| self.owners.iter().filter(|owners| owners.contains(player)).count();
        order.sort_by_key(|&player| (std::cmp::Reverse(assets_of(player)), player));
        let top = players.min(6);
        let has_projects = self.is_project.contains(&true);
        let mut search = Search::new(self);
        search.order = order;
        let mut effort = Effort::default();
        let mut found = vec![Found::default(); 1 << players];
        // The coalitions of the first players, each the start of a piece of work of its own.
        let mut starts = vec![search.solver.nothing()];
        for rank in 1..1_u64 << top {
            let last = 63 - rank.leading_zeros() as usize;
            let mut state = starts[(rank ^ 1 << last) as usize].clone();
            let coalition = search.coalition(rank);
            search.allow_player(&mut state, coalition, last);
            found[coalition.index()] = search.both(&mut state, coalition)?;
            starts.push(state);
        }
        effort.add(search.effort);
        search.effort = Effort::default();
        let piece = |rank: usize| -> Result<(Vec<(Coalition, Found)>, Effort), ValueFault> {
            let mut search = search.clone();
            let mut found = Vec::with_capacity((1 << (players - top)) - 1);
            let mut states = vec![starts[rank].clone(); players - top + 1];
            search.descend(&mut states, rank as u64, top, &mut found)?;
            Ok((found, search.effort))
        };
        #[cfg(feature = "parallel")]
        let pieces: Vec<_> = {
            use rayon::prelude::*;
            (0..1_usize << top).into_par_iter().map(piece).collect()
        };
        #[cfg(not(feature = "parallel"))]
        let pieces: Vec<_> = (0..1_usize << top).map(piece).collect();
        for piece in pieces {
            let (values, spent) = piece?;
            for (coalition, value) in values {
                found[coalition.index()] = value;
            }
            effort.add(spent);
        }
        let game = |of: fn(&Found) -> f64| {
            Game::new(self.players.clone(), found.iter().map(of).collect(), Measure::Gain)
        };
        let existing = game(|found| found.existing)?;
        let with_projects = if has_projects { game(|found| found.with_projects)? } else { existing.clone() };
        Ok(CoalitionValues { existing, with_projects, effort })
    }

    /// A core allocation for nothing: what each asset's limit and slope earn in the grand coalition, divided
    /// equally among its owners.
    ///
    /// Units: million USD per year. Shape: one value per player. What assets without an owner earn belongs to
    /// nobody and is missing from the sum; a network in which every asset has an owner has none.
    /// Errors: the grand coalition is not certified by the flow solver.
    /// Source: docs/network-game.md eq. 3; Owen 1975 for linear production.
    pub fn core_allocation(&self, assets: Assets) -> Result<Vec<f64>, ValueFault> {
        self.fault().map_or(Ok(()), Err)?;
        let grand = Coalition::grand(self.players.len());
        let mut search = Search::new(self);
        let mut state = search.solver.nothing();
        search.allow_all(&mut state, grand, assets);
        search.solver.solve(&mut state).map_err(|_| ValueFault::NotCertified(self.words(grand)))?;
        let mut payoffs = vec![0.0; self.players.len()];
        for (rent, owners) in search.solver.rents(&state).iter().zip(&self.owners) {
            for player in owners.members() {
                payoffs[player] += rent / owners.size() as f64;
            }
        }
        Ok(payoffs)
    }
}

/// Value of a coalition without and with the projects.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Found {
    existing: f64,
    with_projects: f64,
}

/// A walk over coalitions with room to work in.
#[derive(Clone)]
struct Search<'a> {
    owned: &'a OwnedNetwork,
    solver: FlowSolver,
    /// Player of each rank.
    order: Vec<usize>,
    /// Assets of each player that exist, and projects.
    assets_of: Vec<Vec<usize>>,
    projects: Vec<usize>,
    scratch: FlowState,
    effort: Effort,
}

impl<'a> Search<'a> {
    fn new(owned: &'a OwnedNetwork) -> Self {
        let solver = FlowSolver::new(&owned.network);
        let existing = |player: usize| {
            let mine = |&asset: &usize| owned.owners[asset].contains(player) && !owned.is_project[asset];
            (0..owned.assets()).filter(mine).collect()
        };
        Search {
            owned,
            scratch: solver.nothing(),
            solver,
            order: (0..owned.players.len()).collect(),
            assets_of: (0..owned.players.len()).map(existing).collect(),
            projects: (0..owned.assets()).filter(|&asset| owned.is_project[asset]).collect(),
            effort: Effort::default(),
        }
    }

    /// The coalition of a mask of ranks.
    fn coalition(&self, ranks: u64) -> Coalition {
        Coalition::of(Coalition(ranks).members().map(|rank| self.order[rank]))
    }

    fn allow_all(&self, state: &mut FlowState, coalition: Coalition, assets: Assets) {
        for asset in 0..self.owned.assets() {
            if self.owned.is_usable(asset, coalition, assets) {
                self.solver.allow(state, asset);
            }
        }
    }

    /// Allows what a player brings to a coalition that holds it already.
    fn allow_player(&self, state: &mut FlowState, coalition: Coalition, rank: usize) {
        for &asset in &self.assets_of[self.order[rank]] {
            if self.owned.is_usable(asset, coalition, Assets::Existing) {
                self.solver.allow(state, asset);
            }
        }
    }

    fn solve(
        &mut self,
        state: &mut FlowState,
        coalition: Coalition,
        assets: Assets,
    ) -> Result<f64, ValueFault> {
        self.effort.solves += 1;
        if let Ok(solved) = self.solver.solve(state) {
            self.effort.pivots += solved.pivots as u64;
            return Ok(solved.value);
        }
        // Once more from nothing: rounding may have come down through the coalitions before.
        *state = self.solver.nothing();
        self.allow_all(state, coalition, assets);
        if let Ok(solved) = self.solver.solve(state) {
            self.effort.pivots += solved.pivots as u64;
            return Ok(solved.value);
        }
        *state = self.solver.nothing();
        self.allow_all(state, coalition, assets);
        self.effort.fallbacks += 1;
        self.owned.general(coalition, assets)
    }

    /// Value without the projects, and with those whose owners are all there.
    fn both(&mut self, state: &mut FlowState, coalition: Coalition) -> Result<Found, ValueFault> {
        let existing = self.solve(state, coalition, Assets::Existing)?;
        let mut with_projects = existing;
        let usable = |&asset: &usize| self.owned.is_usable(asset, coalition, Assets::WithProjects);
        if self.projects.iter().any(usable) {
            let mut scratch = std::mem::take(&mut self.scratch);
            scratch.copy_from(state);
            for &asset in self.projects.iter().filter(|asset| usable(asset)) {
                self.solver.allow(&mut scratch, asset);
            }
            let found = self.solve(&mut scratch, coalition, Assets::WithProjects);
            self.scratch = scratch;
            with_projects = found?;
        }
        Ok(Found { existing, with_projects })
    }

    /// All coalitions that add players of later ranks to the one of the first state.
    fn descend(
        &mut self,
        states: &mut [FlowState],
        ranks: u64,
        from: usize,
        found: &mut Vec<(Coalition, Found)>,
    ) -> Result<(), ValueFault> {
        for rank in from..self.order.len() {
            let grown = ranks | 1 << rank;
            let coalition = self.coalition(grown);
            let Some((before, after)) = states.split_first_mut() else { return Ok(()) };
            after[0].copy_from(before);
            self.allow_player(&mut after[0], coalition, rank);
            let value = self.both(&mut after[0], coalition)?;
            found.push((coalition, value));
            self.descend(after, grown, rank + 1, found)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two producers, a transit country with a rival project, and a market.
    fn bypass() -> OwnedNetwork {
        let names = ["seller", "rival", "transit", "buyer"].map(String::from);
        let mut network = OwnedNetwork::new(names.to_vec(), 3);
        let of = |players: &[usize]| Coalition::of(players.iter().copied());
        let curve = |cost, slope, most| (UsdPerTcm(cost), UsdPerTcmPerBcmPerYear(slope), BcmPerYear(most));
        let line = |tariff, loss, most| (UsdPerTcm(tariff), Fraction(loss), BcmPerYear(most));
        network.field("near", of(&[0]), 0, curve(10.0, 0.5, 40.0));
        network.field("far", of(&[1]), 1, curve(30.0, 1.0, 40.0));
        network.line("first", of(&[0, 2]), (0, 1), line(5.0, 0.01, 30.0));
        network.line("second", of(&[2, 3]), (1, 2), line(5.0, 0.0, 50.0));
        let beside = network.line("beside", of(&[0, 3]), (0, 2), line(12.0, 0.0, 20.0));
        network.set_project(beside);
        network.market("market", of(&[3]), 2, curve(100.0, 1.5, f64::INFINITY));
        network
    }

    #[test]
    fn what_fails_its_check_is_asked_of_the_general_solver_and_counted() {
        let network = bypass();
        let usual = network.values().expect("values");
        assert_eq!(usual.effort.fallbacks, 0);
        let mut search = Search::new(&network);
        search.solver.accepted = -1.0;
        for mask in 1..16 {
            let coalition = Coalition(mask);
            let mut state = search.solver.nothing();
            search.allow_all(&mut state, coalition, Assets::Existing);
            let found = search.both(&mut state, coalition).expect("the general solver answers");
            for (found, usual) in [
                (found.existing, usual.existing.value(coalition)),
                (found.with_projects, usual.with_projects.value(coalition)),
            ] {
                assert!((found - usual).abs() <= 1e-7 * usual.max(1.0), "{coalition:?}: {found} {usual}");
            }
        }
        assert_eq!((search.effort.fallbacks, search.effort.pivots), (search.effort.solves, 0));
        assert_eq!(search.effort.solves, 15 + 4);
    }
}
