//! A case with its solved base, from which changed worlds are solved.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use netback::bargaining::{
    BargainQuestion, EURASIAN_PLAYERS, MOST_PLAYERS, Outsiders, answer_bargaining, network_game,
    network_game_with_projects, read_players,
};
use netback::case::{Case, Findings, RawCase, Scenario};
use netback::contract::{Deal, answer_deal, solves_of};
use netback::market::{MarketFailure, MarketProblem, MarketSolution, solve, solve_from, variants};
use netback::study::{Comparison, MarketQuestion, answer_market_seeing};
use netback_solve::Settings;
use serde::Serialize;

use crate::answers::{BargainingAnswer, DealAnswerOnPage, TableOnPage, bargaining_on_page, deal_on_page};
use crate::changes::{Change, scenario_text};
use crate::force_majeure::Shipments;
use crate::ranges::{RangesOnPage, Sight, ranges_on_page};
use crate::run::Run;
use crate::world::World;

/// Why a question has no answer: sentences for the reader of the page.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl From<Findings> for Refusal {
    fn from(findings: Findings) -> Self {
        let sentence = |finding: &netback::case::Finding| format!("{} ({})", finding.message, finding.help);
        Refusal(findings.0.iter().map(sentence).collect::<Vec<_>>().join("; "))
    }
}

impl From<MarketFailure> for Refusal {
    fn from(failure: MarketFailure) -> Self {
        let MarketFailure::NotCertified { natural_residual, worst, tolerance, .. } = &failure else {
            return Refusal(failure.to_string());
        };
        Refusal(format!(
            "no answer is shown, since the last point of the solver failed the check: at \"{worst}\" it is \
             {natural_residual:.0e} away from the conditions of the model, and {tolerance:.0e} is allowed; take back \
             the last change or make it smaller"
        ))
    }
}

/// A case ready for questions.
pub struct Desk {
    raw: RawCase,
    case: Case,
    settings: Settings,
    near: MarketProblem,
    base: MarketSolution,
    base_run: Run,
    shipments: Shipments,
    world: World,
}

/// Low and high of a comparison.
#[derive(Debug, Clone, Serialize)]
pub struct ComparisonRanges {
    /// Changes of prices and volumes of every actor and region: low, central and high.
    pub table: TableOnPage,
    /// Changes of everything on the map, in the tables and in the picture of trade.
    pub ranges: RangesOnPage,
}

impl Desk {
    /// Solves the case as it stands. `hash` is that of its files, `netback` the version of the program.
    ///
    /// Errors: the case has findings, or no certified equilibrium.
    pub fn open(raw: RawCase, hash: &str, netback: &str, settings: Settings) -> Result<Desk, Refusal> {
        let started = Instant::now();
        let case = Case::from_raw(&raw)?;
        let near = MarketProblem::of(&case);
        let certified = solve(&case, &settings)?;
        let mut base_run = Run::of(&case, certified.value(), certified.certificate(), "As it stands", "");
        base_run.times.total = started.elapsed().as_secs_f64();
        let base = certified.value().clone();
        let shipments = Shipments::of(&case, &base);
        let world = World::of(&raw, &case, &shipments, hash, netback);
        Ok(Desk { raw, case, settings, near, base, base_run, shipments, world })
    }

    /// What the case holds.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The case as it stands, solved.
    pub fn base(&self) -> &Run {
        &self.base_run
    }

    /// The world after changes, solved from the base.
    ///
    /// Errors: a change names nothing of the case or holds no sensible number, the changed case has findings, or
    /// no equilibrium exists.
    pub fn solve(&self, label: &str, changes: &[Change]) -> Result<Run, Refusal> {
        self.solve_text(label, &self.text_of(label, changes)?)
    }

    fn text_of(&self, label: &str, changes: &[Change]) -> Result<String, Refusal> {
        scenario_text(&self.case, &self.shipments, label, changes).map_err(Refusal)
    }

    /// The world after a scenario file, solved from the base.
    ///
    /// Errors: as [`Desk::solve`].
    pub fn solve_text(&self, label: &str, text: &str) -> Result<Run, Refusal> {
        let started = Instant::now();
        let scenario = Scenario::read("changes", "changes.toml", text)?;
        let case = Case::from_raw(&self.raw.with_scenario(&scenario)?)?;
        let certified = solve_from(&case, &self.settings, &self.near, &self.base)?;
        let mut run = Run::of(&case, certified.value(), certified.certificate(), label, text);
        run.times.total = started.elapsed().as_secs_f64();
        Ok(run)
    }

    /// The world under scenarios of the case, joined by ` + `.
    ///
    /// Errors: as [`Desk::solve`].
    pub fn solve_named(&self, scenarios: &str) -> Result<Run, Refusal> {
        let names = scenarios.split(" + ").map(str::trim).filter(|name| *name != "base");
        let changes: Vec<Change> = names.map(|name| Change::Scenario { name: name.to_string() }).collect();
        if changes.is_empty() {
            return Ok(self.base_run.clone());
        }
        let titles = changes.iter().map(|change| self.title_of(change));
        self.solve(&titles.collect::<Vec<_>>().join("; "), &changes)
    }

    fn title_of(&self, change: &Change) -> String {
        let Change::Scenario { name } = change else { return String::new() };
        let known = self.world.scenarios.iter().find(|scenario| scenario.name == *name);
        known.map_or_else(|| name.clone(), |scenario| scenario.title.clone())
    }

    /// The zone of agreement of a deal, without the ranges over variants. `progress` hears what is done and how
    /// much there is.
    ///
    /// Errors: there is no such deal, or a market has no equilibrium.
    pub fn deal(
        &self,
        name: &str,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<DealAnswerOnPage, Refusal> {
        let deal = Deal::read(&self.raw, &self.case, name)?;
        let total = solves_of(&self.case, &deal, false);
        let done = AtomicUsize::new(0);
        let step = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        let answer = answer_deal(&self.raw, &self.case, &deal, &self.settings, false, &step)
            .map_err(|failure| Refusal(failure.to_string()))?;
        Ok(deal_on_page(&self.case, &answer))
    }

    /// How far two lists of changes are apart, from low to high over the variants.
    ///
    /// Errors: as [`Desk::solve`]; the case has no calibration around which variants turn.
    pub fn ranges(
        &self,
        label: &str,
        changes: &[Change],
        against: &[Change],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<ComparisonRanges, Refusal> {
        const NAMES: [&str; 2] = ["changes-of-the-page", "compared-changes-of-the-page"];
        if self.case.calibration.is_none() {
            return Err(Refusal("this case has no calibration around which variants could turn".into()));
        }
        let mut raw = self.raw.clone();
        for (name, changes) in NAMES.iter().zip([changes, against]) {
            raw.add_scenario(*name, self.text_of(label, changes)?);
        }
        let mut about: Vec<String> = Vec::new();
        for row in &self.case.demand {
            let node = &self.case.nodes[row.node.index()];
            for name in [&self.case.actors[node.actor.index()].id, &node.region] {
                if !about.contains(name) {
                    about.push(name.clone());
                }
            }
        }
        let [scenario, against] = NAMES.map(String::from);
        let comparison = Comparison { name: label.to_string(), scenario, against };
        let question =
            MarketQuestion { title: label.to_string(), compare: vec![comparison], about, buyer: None };
        let total = 2 * variants().len();
        let done = AtomicUsize::new(0);
        let step = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        let (answer, seen) = answer_market_seeing(&raw, &question, &self.settings, &step, &Sight::of)
            .map_err(|failure| Refusal(failure.to_string()))?;
        let [after, before] = NAMES.map(|name| seen[name].as_slice());
        let ranges = ranges_on_page(0, 0, after, before);
        Ok(ComparisonRanges { table: TableOnPage::from(&answer.table("ranges")), ranges })
    }

    /// What each owner of the network gets, without and with scenarios that build projects. Players are the usual
    /// ones of the Eurasian market, or all actors of a case that lacks some of these.
    ///
    /// Errors: there are too many actors for an exact answer, or a scenario is unknown.
    pub fn bargaining(&self, projects: &[String]) -> Result<BargainingAnswer, Refusal> {
        let everybody = || {
            let actors: Vec<&str> = self.case.actors.iter().map(|actor| actor.id.as_str()).collect();
            read_players(&self.case, &actors.join(","))
        };
        let players = read_players(&self.case, EURASIAN_PLAYERS).or_else(|_| everybody())?;
        if players.len() > MOST_PLAYERS {
            let many = players.len();
            return Err(Refusal(format!(
                "{many} players are more than the {MOST_PLAYERS} of which every coalition can be asked; netback bargain \
                 --players joins some of them"
            )));
        }
        let names: Vec<&str> = projects.iter().map(String::as_str).collect();
        let network = if names.is_empty() {
            network_game(&self.case, &players, Outsiders::Idle)?
        } else {
            let changed = Case::from_raw(&self.raw.with_scenarios(&names)?)?;
            network_game_with_projects(&self.case, &changed, &players, Outsiders::Idle)?
        };
        let question = BargainQuestion { unions: Vec::new(), sampling: None, nucleolus: false };
        let answer = answer_bargaining(&network, &question).map_err(|fault| Refusal(fault.to_string()))?;
        let title = match names.as_slice() {
            [] => "The network as it stands".to_string(),
            names => format!("Project: {}", names.join(" and ")),
        };
        Ok(bargaining_on_page(&title, &answer))
    }
}
