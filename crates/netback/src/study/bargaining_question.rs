//! Who gains what from which pipeline, and whether that is what the literature found.

use serde::Deserialize;

use super::{Comparison, StudyFailure};
use crate::bargaining::{
    Coalition, EURASIAN_PLAYERS, Game, NetworkRules, Outsiders, Unions, WORTH_A_WORD, most_and_least,
    network_game_with_projects, read_players, read_unions,
};
use crate::case::{Finding, Findings, RawCase};
use crate::report::{Cell, Table};
use crate::units::UsdPerTcm;

/// The name under which a claim asks about all players together.
const ALL: &str = "all";

/// Projects among players, and what others found about them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BargainingQuestion {
    /// What is asked, as printed above the answer.
    pub title: String,
    /// Players as in `netback bargain --players`; those of the Eurasian market when absent.
    #[serde(default = "eurasian_players")]
    pub players: String,
    /// Players that act as one, as in `--unions`: their Owen values stand beside the Shapley values.
    #[serde(default)]
    pub unions: Option<String>,
    /// Outsiders trade at this price in USD/tcm; without it they are idle.
    #[serde(default)]
    pub fringe_price: Option<f64>,
    /// Two seasons with stores instead of whole years.
    #[serde(default)]
    pub seasons: bool,
    /// Players whose change by each project is a column of its own.
    #[serde(default)]
    pub about: Vec<String>,
    /// Each a game of its own: the world with it and the one without differ in assets that are built or widened.
    pub project: Vec<Comparison>,
    /// What others found, with the comparisons that decide whether this case agrees.
    #[serde(default)]
    pub finding: Vec<Published>,
}

fn eurasian_players() -> String {
    EURASIAN_PLAYERS.to_string()
}

/// A finding of the literature, in words.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The finding.
    pub says: String,
    /// Author and year.
    pub source: String,
    /// It is shared when all of these hold.
    pub claim: Vec<Claim>,
    /// Why this case agrees or disagrees.
    #[serde(default)]
    pub why: String,
}

/// A comparison: a number is at least so many times another, or at least a number.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The larger.
    pub larger: Amount,
    /// The smaller; nothing stands for zero.
    #[serde(default)]
    pub smaller: Option<Amount>,
    /// How many times larger at least.
    #[serde(default = "once")]
    pub times: f64,
}

fn once() -> f64 {
    1.0
}

/// What some players have of a project.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// Name of the project.
    pub project: String,
    /// Names of players; `all` is the value of the coalition of all.
    pub players: Vec<String>,
    /// Which amount.
    #[serde(default)]
    pub measure: AmountOf,
}

/// Which amount of a project is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AmountOf {
    /// Shapley value with the project less that without.
    #[default]
    Change,
    /// Minus the change.
    Loss,
    /// Shapley value without the project.
    Without,
    /// Shapley value with the project.
    With,
}

/// What players have without and with a project, million USD per year.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectShares {
    /// Name.
    pub name: String,
    /// Shapley values without it, by player.
    pub without: Vec<f64>,
    /// Shapley values with it.
    pub with: Vec<f64>,
    /// Owen values without and with it, when unions were asked about.
    pub owen: Option<[Vec<f64>; 2]>,
    /// What all have together, without and with it.
    pub total: [f64; 2],
}

impl ProjectShares {
    fn changes(&self) -> Vec<f64> {
        self.with.iter().zip(&self.without).map(|(with, without)| with - without).collect()
    }
}

/// The answer to a question about projects among players.
#[derive(Debug, Clone, PartialEq)]
pub struct BargainingAnswer {
    /// The question.
    pub title: String,
    /// What was found, in words.
    pub summary: Vec<String>,
    /// Names of the players.
    pub players: Vec<String>,
    /// One for each project, in the order asked.
    pub projects: Vec<ProjectShares>,
    /// Findings that are shared, in their order.
    pub agrees: Vec<bool>,
    /// `projects`, `shapley`, `findings`.
    pub tables: Vec<Table>,
    /// Networks solved.
    pub solves: u64,
    /// Of these by the general solver.
    pub fallbacks: u64,
}

/// Every project as a game of its own, all coalitions asked.
///
/// Units: million USD per year. `progress` is called after every project.
/// Errors: an unknown scenario, player or project; a project that changes more than it builds; a value that neither
/// solver certifies. Source: docs/network-game.md.
pub fn answer_bargaining_question(
    raw: &RawCase,
    question: &BargainingQuestion,
    progress: &(dyn Fn() + Sync),
) -> Result<BargainingAnswer, StudyFailure> {
    let here = |mut findings: Findings| {
        findings.0.iter_mut().for_each(|finding| finding.place.file = "study".into());
        StudyFailure::Input(findings)
    };
    question.check().map_err(here)?;
    let outsiders =
        question.fringe_price.map_or(Outsiders::Idle, |price| Outsiders::Fringe(UsdPerTcm(price)));
    let rules = NetworkRules { outsiders, seasons: question.seasons };
    let mut names = Vec::new();
    let mut projects = Vec::new();
    let (mut solves, mut fallbacks) = (0, 0);
    for asked in &question.project {
        let before = super::case_under(raw, &asked.against)?;
        let after = super::case_under(raw, &asked.scenario)?;
        let players = read_players(&before, &question.players).map_err(here)?;
        let network = network_game_with_projects(&before, &after, &players, rules).map_err(here)?;
        names = network.players().to_vec();
        if projects.is_empty() {
            question.check_players(&names)?;
        }
        let unions = match &question.unions {
            None => None,
            Some(text) => Some(read_unions(&names, text).map_err(here)?),
        };
        let values = network.values()?;
        solves += values.effort.solves;
        fallbacks += values.effort.fallbacks;
        let owen = match &unions {
            None => None,
            Some(unions) => Some([owen(&values.existing, unions)?, owen(&values.with_projects, unions)?]),
        };
        projects.push(ProjectShares {
            name: asked.name.clone(),
            without: values.existing.shapley(),
            with: values.with_projects.shapley(),
            owen,
            total: [*values.existing.total(), *values.with_projects.total()],
        });
        progress();
    }
    let mut answer = BargainingAnswer {
        title: question.title.clone(),
        summary: Vec::new(),
        players: names,
        projects,
        agrees: Vec::new(),
        tables: Vec::new(),
        solves,
        fallbacks,
    };
    answer.tables = vec![answer.project_table(&question.about), answer.shapley_table()];
    if !question.finding.is_empty() {
        let table = answer.findings(&question.finding);
        answer.tables.push(table);
    }
    answer.summary = answer.sentences(question);
    Ok(answer)
}

/// Owen values, with the players outside of every union on their own.
fn owen(game: &Game, unions: &[Coalition]) -> Result<Vec<f64>, crate::bargaining::ValueFault> {
    let joined = unions.iter().fold(Coalition::EMPTY, |all, union| Coalition(all.0 | union.0));
    let alone = (0..game.count()).filter(|&player| !joined.contains(player));
    let parts: Vec<Coalition> =
        unions.iter().copied().chain(alone.map(|player| Coalition::of([player]))).collect();
    Ok(game.owen(&Unions::new(game.count(), &parts)?)?)
}

impl BargainingQuestion {
    fn amounts(&self) -> impl Iterator<Item = &Amount> {
        let claims = self.finding.iter().flat_map(|finding| &finding.claim);
        claims.flat_map(|claim| std::iter::once(&claim.larger).chain(claim.smaller.as_ref()))
    }

    /// What can be said before anything is solved.
    fn check(&self) -> Result<(), Findings> {
        let mut findings = Findings::default();
        let mut find = |name, message: String, help: &str| {
            findings.0.push(Finding::in_file(name, "study", message, help));
        };
        let title = &self.title;
        if self.project.is_empty() {
            find(
                "missing-key",
                format!("\"{title}\" names no project"),
                "add at least one [[question.project]]",
            );
        }
        for (at, project) in self.project.iter().enumerate() {
            if self.project[..at].iter().any(|other| other.name == project.name) {
                let message = format!("two projects of \"{title}\" are called \"{}\"", project.name);
                find("named-twice", message, "give each a name of its own");
            }
        }
        if let Some(price) = self.fringe_price.filter(|price| !(price.is_finite() && *price >= 0.0)) {
            find("key-range", format!("fringe_price is {price}"), "give zero or more, in USD/tcm");
        }
        for finding in &self.finding {
            let says = &finding.says;
            if finding.claim.is_empty() {
                let message = format!("the finding \"{says}\" makes no claim");
                find("missing-key", message, "add [[question.finding.claim]]: nothing agrees by itself");
            }
            for claim in &finding.claim {
                if !(claim.times.is_finite() && claim.times > 0.0) {
                    let message = format!("times is {} in the finding \"{says}\"", claim.times);
                    find("key-range", message, "give a number above zero");
                }
            }
        }
        for amount in self.amounts() {
            if amount.players.is_empty() {
                let message = format!("an amount of the project \"{}\" names no players", amount.project);
                find("missing-key", message, "name players, or all");
            }
            if !self.project.iter().any(|project| project.name == amount.project) {
                let known: Vec<&str> = self.project.iter().map(|project| project.name.as_str()).collect();
                let message = format!("no project of \"{title}\" is called \"{}\"", amount.project);
                find("unknown-in-question", message, &format!("projects: {}", known.join(", ")));
            }
        }
        findings.or(())
    }

    fn check_players(&self, players: &[String]) -> Result<(), Findings> {
        let mut findings = Findings::default();
        let claimed = self.amounts().flat_map(|amount| &amount.players).filter(|name| *name != ALL);
        for name in self.about.iter().chain(claimed).filter(|name| !players.contains(name)) {
            let message = format!("no player of \"{}\" is called \"{name}\"", self.title);
            let help = format!("players: {}", players.join(", "));
            findings.0.push(Finding::in_file("unknown-in-question", "study", message, help));
        }
        findings.or(())
    }
}

impl BargainingAnswer {
    fn player(&self, name: &str) -> Option<usize> {
        self.players.iter().position(|player| player == name)
    }

    /// Million USD per year; names are known.
    fn amount(&self, amount: &Amount) -> f64 {
        let Some(project) = self.projects.iter().find(|project| project.name == amount.project) else {
            return f64::NAN;
        };
        let of = |name: &String| {
            let both = match self.player(name) {
                Some(at) => [project.without[at], project.with[at]],
                None => project.total,
            };
            match amount.measure {
                AmountOf::Change => both[1] - both[0],
                AmountOf::Loss => both[0] - both[1],
                AmountOf::Without => both[0],
                AmountOf::With => both[1],
            }
        };
        amount.players.iter().map(of).sum()
    }

    fn findings(&mut self, published: &[Published]) -> Table {
        let mut table = Table::new("findings", &["finding", "source", "verdict", "figures", "why"]);
        let words = |amount: &Amount, value: f64| {
            let measure = match amount.measure {
                AmountOf::Change => "gain of",
                AmountOf::Loss => "loss of",
                AmountOf::Without => "value without it of",
                AmountOf::With => "value with it of",
            };
            format!("{}: {measure} {} {value:.0}", amount.project, amount.players.join("+"))
        };
        for finding in published {
            let mut holds = true;
            let mut figures = Vec::new();
            for claim in &finding.claim {
                let larger = self.amount(&claim.larger);
                let smaller = claim.smaller.as_ref().map_or(0.0, |amount| self.amount(amount));
                // nothing is many times a loss
                let is_true = larger >= claim.times * smaller.max(0.0);
                holds &= is_true;
                let relation = if is_true { ">=" } else { "not >=" };
                let times = if claim.times == 1.0 { String::new() } else { format!("{} x ", claim.times) };
                let other = claim.smaller.as_ref().map_or("0".into(), |amount| words(amount, smaller));
                figures.push(format!("{} {relation} {times}{other}", words(&claim.larger, larger)));
            }
            self.agrees.push(holds);
            let verdict = if holds { "agree" } else { "disagree" };
            let cells: [&str; 4] = [&finding.says, &finding.source, verdict, &figures.join("; ")];
            let cells = cells.into_iter().chain([finding.why.as_str()]);
            table.rows.push(cells.map(Cell::from).collect());
        }
        table
    }

    fn project_table(&self, about: &[String]) -> Table {
        let about: Vec<usize> = about.iter().filter_map(|name| self.player(name)).collect();
        let columns: Vec<String> =
            about.iter().map(|&at| format!("{}_million_usd_per_year", self.players[at])).collect();
        let header = ["project", "worth_to_all_million_usd_per_year"]
            .into_iter()
            .chain(columns.iter().map(String::as_str))
            .chain(["gives_most_to", "takes_most_from"]);
        let mut table = Table::new("projects", &header.collect::<Vec<_>>());
        for project in &self.projects {
            let changes = project.changes();
            let [gives, takes] = most_and_least(&self.players, &project.changes());
            let numbers = std::iter::once(project.total[1] - project.total[0])
                .chain(about.iter().map(|&at| changes[at]))
                .map(Cell::from);
            let row = std::iter::once(Cell::from(project.name.as_str()))
                .chain(numbers)
                .chain([gives.into(), takes.into()]);
            table.rows.push(row.collect());
        }
        table
    }

    fn shapley_table(&self) -> Table {
        let mut header = vec![
            "project",
            "player",
            "shapley_without_million_usd_per_year",
            "shapley_with_million_usd_per_year",
            "change_million_usd_per_year",
        ];
        let has_unions = self.projects.iter().any(|project| project.owen.is_some());
        if has_unions {
            header.extend([
                "owen_without_million_usd_per_year",
                "owen_with_million_usd_per_year",
                "owen_change_million_usd_per_year",
            ]);
        }
        let mut table = Table::new("shapley", &header);
        for project in &self.projects {
            for (at, player) in self.players.iter().enumerate() {
                let (without, with) = (project.without[at], project.with[at]);
                let mut row: Vec<Cell> = vec![project.name.as_str().into(), player.as_str().into()];
                row.extend([without, with, with - without].map(Cell::from));
                if let Some([without, with]) = &project.owen {
                    row.extend([without[at], with[at], with[at] - without[at]].map(Cell::from));
                }
                table.rows.push(row);
            }
        }
        table
    }

    fn sentences(&self, question: &BargainingQuestion) -> Vec<String> {
        let mut sentences = Vec::new();
        if let Some(project) = self.projects.first() {
            let [gives, takes] = most_and_least(&self.players, &project.changes());
            sentences.push(format!(
                "{} is worth {:.0} million USD a year to all players together, its cost taken off. It gives most to \
                 {gives}, and takes most from {takes}.",
                project.name,
                project.total[1] - project.total[0],
            ));
        }
        if let (Some(unions), Some(project)) = (&question.unions, self.projects.first())
            && let Some([owen, _]) = &project.owen
        {
            let members = |at: &usize| (owen[*at] - project.without[*at]).abs() >= WORTH_A_WORD;
            let mut order: Vec<usize> = (0..owen.len()).filter(members).collect();
            let change = |at: usize| owen[at] - project.without[at];
            order.sort_by(|&one, &other| change(other).abs().total_cmp(&change(one).abs()));
            let told: Vec<String> =
                order.iter().take(5).map(|&at| format!("{} {:+.0}", self.players[at], change(at))).collect();
            sentences.push(format!(
                "If {unions} act as one (Owen value), what players have without any project moves by: {} million USD a year.",
                told.join(", ")
            ));
        }
        if !self.agrees.is_empty() {
            let agreed = self.agrees.iter().filter(|agrees| **agrees).count();
            sentences.push(format!(
                "Of {} findings of the literature this case shares {agreed}; the table names the figures and why.",
                self.agrees.len()
            ));
        }
        sentences.push(format!(
            "Values are exact Shapley values of {} players: {} networks solved, {} of them by the general solver. Actors \
             that are not players {}.",
            self.players.len(),
            self.solves,
            self.fallbacks,
            match question.fringe_price {
                None => "are idle".to_string(),
                Some(price) => format!("trade at {price} USD/tcm"),
            }
        ));
        sentences
    }
}
