//! A game in a file: players, what coalitions are worth, unions, graphs, divisions to look at.

use std::collections::BTreeMap;

use super::airport::AirportClass;
use super::game::{Coalition, Game, MOST_PLAYERS, MOST_PLAYERS_SAMPLED, Measure};
use super::myerson::Graph;
use super::number::{Number, Rational, read_rational};
use super::sampling::SamplingSettings;
use super::unions::Unions;
use crate::case::spelling::did_you_mean;
use crate::case::toml_place::{Step, place_in_toml};
use crate::case::toml_table::{Source, Toml};
use crate::case::{Finding, Findings, Place, RawTable, read_csv};

/// Up to so many players a game is played in fractions unless the file says otherwise.
const PLAYERS_IN_FRACTIONS: usize = 10;

/// A game with values for all coalitions, in one of two arithmetics.
#[derive(Debug, Clone, PartialEq)]
pub enum Played {
    /// Without rounding.
    Fractions(Game<Rational>),
    /// In floating point.
    Decimals(Game<f64>),
}

/// What the file asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum GameKind {
    /// Values of all coalitions, under one or several scenarios, the first of which is the base.
    Listed(Vec<(String, Played)>),
    /// Shapley value of a weighted vote, by sampling: a coalition whose weights reach the quota has one.
    SampledVote {
        /// Weight of each player.
        weights: Vec<f64>,
        /// Weight needed.
        quota: f64,
        /// How much is sampled.
        sampling: SamplingSettings,
    },
    /// Shapley value of listed values, by sampling.
    SampledValues {
        /// The scenarios.
        scenarios: Vec<(String, Played)>,
        /// How much is sampled.
        sampling: SamplingSettings,
    },
    /// Fees of an airport.
    Airport(Vec<AirportClass>),
}

/// A game as read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct GameFile {
    /// Title, or the name of the file.
    pub title: String,
    /// Unit of the values, as printed.
    pub unit: String,
    /// Names of the players.
    pub players: Vec<String>,
    /// What is asked.
    pub kind: GameKind,
    /// Unions by name.
    pub unions: Option<Unions>,
    /// Graphs by name.
    pub graphs: Vec<(String, Graph)>,
    /// Divisions of v(N) to look at, by name.
    pub allocations: Vec<(String, Vec<Rational>)>,
}

impl GameFile {
    /// Reads a game; `file` names the text in findings, `beside` gives the text of a CSV file next to it.
    ///
    /// Errors: every fault of the file and of its table, all at once, each with its place.
    pub fn read(
        file: &str,
        text: &str,
        beside: &dyn Fn(&str) -> std::io::Result<String>,
    ) -> Result<GameFile, Findings> {
        let table: toml::Table =
            toml::from_str(text).map_err(|error| Findings::one(Finding::from_toml(file, text, &error)))?;
        let changed = BTreeMap::new();
        let source = Source { file, text, changed: &changed };
        let mut findings = Findings::default();
        let mut reader = Reader { source, table: &table, beside, findings: &mut findings };
        match reader.game() {
            Some(game) => findings.or(game),
            None => Err(findings),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Values,
    WeightedVoting,
    Airport,
}

struct Reader<'a, 'f> {
    source: Source<'a>,
    table: &'a toml::Table,
    beside: &'a dyn Fn(&str) -> std::io::Result<String>,
    findings: &'f mut Findings,
}

/// A value with the place where it stands.
type Placed = (Coalition, Rational, Place, String);

impl<'a> Reader<'a, '_> {
    fn game(&mut self) -> Option<GameFile> {
        let mut top = Toml::new(self.table, self.source, Vec::new());
        let title = top.text("title", self.findings).unwrap_or_else(|| self.source.file.to_string());
        let unit = top.text("unit", self.findings).unwrap_or_default();
        let kinds = [
            ("values", Kind::Values),
            ("weighted-voting", Kind::WeightedVoting),
            ("airport", Kind::Airport),
        ];
        let before = self.findings.0.len();
        let kind = top.word("kind", &kinds, self.findings).unwrap_or(Kind::Values);
        if self.findings.0.len() > before {
            return None;
        }
        if kind == Kind::Airport {
            let classes = self.classes(&mut top);
            top.unknown_keys(&["source", "note"], self.findings);
            let players = classes.as_ref()?.iter().map(|class| class.name.clone()).collect();
            return Some(GameFile {
                title,
                unit,
                players,
                kind: GameKind::Airport(classes?),
                unions: None,
                graphs: Vec::new(),
                allocations: Vec::new(),
            });
        }
        let sampled = top.word("method", &[("exact", false), ("sampled", true)], self.findings).unwrap_or(false);
        let players = self.players(&mut top, sampled);
        let measure = if self.flag(&mut top, "cost") { Measure::Cost } else { Measure::Gain };
        let fractions =
            top.word("arithmetic", &[("fractions", true), ("decimals", false)], self.findings);
        let sampling = self.sampling(&mut top, sampled);
        // Without players no name can be looked up: what follows would be noise.
        let players = players?;
        let fractions = fractions.unwrap_or(players.len() <= PLAYERS_IN_FRACTIONS);
        let unions = self.unions(&mut top, &players);
        let graphs = self.graphs(&mut top, &players);
        let allocations = self.allocations(&mut top, &players);
        for key in ["unions", "graphs", "allocations"] {
            if sampled && self.table.contains_key(key) {
                let message = format!("{key} cannot be answered by sampling");
                let help = "only the Shapley value can be sampled; remove this, or method = \"sampled\"";
                top.find("exact-only", key, message, help, self.findings);
            }
        }
        let kind = match kind {
            Kind::WeightedVoting => self.vote(&mut top, &players, measure, fractions, sampled.then_some(sampling)),
            _ => {
                let listed = self.listed(&mut top, &players, measure, fractions);
                listed.map(|scenarios| match sampled {
                    true => GameKind::SampledValues { scenarios, sampling },
                    false => GameKind::Listed(scenarios),
                })
            }
        };
        top.unknown_keys(&["source", "note"], self.findings);
        Some(GameFile { title, unit, players, kind: kind?, unions, graphs, allocations })
    }

    fn place(&self, path: &[Step]) -> Place {
        place_in_toml(self.source.file, self.source.text, path)
    }

    fn find(&mut self, name: &str, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.findings.0.push(Finding::new(name, place, message, help));
    }

    /// Names of the players; none when they cannot be used.
    fn players(&mut self, top: &mut Toml<'a>, sampled: bool) -> Option<Vec<String>> {
        top.require("players", "[\"RUS\", \"UKR\", \"EU\"]", self.findings);
        let players = top.texts("players", self.findings)?;
        let before = self.findings.0.len();
        let limit = if sampled { MOST_PLAYERS_SAMPLED } else { MOST_PLAYERS };
        if players.is_empty() {
            top.find("player-name", "players", "there are no players".into(), "name one at least", self.findings);
        }
        if players.len() > limit {
            let message = format!("{} players are more than {limit}", players.len());
            let help = match sampled {
                true => "join some of them to one player",
                false => "ask for method = \"sampled\" (up to 64 players), or join some of them to one player",
            };
            top.find("too-many-players", "players", message, help, self.findings);
        }
        for (at, name) in players.iter().enumerate() {
            let help = match name.as_str() {
                name if name.trim().is_empty() => "give every player a name",
                name if name.contains('+') || name.trim() != name => {
                    "a name has no + and no space at its ends: coalitions are written RUS+UKR"
                }
                name if players[..at].iter().any(|other| other == name) => "give every player another name",
                _ => continue,
            };
            let place = self.place(&[Step::Key("players"), Step::Entry(at)]);
            self.find("player-name", place, format!("\"{name}\" cannot be the name of a player here"), help);
        }
        (self.findings.0.len() == before).then_some(players)
    }

    fn flag(&mut self, top: &mut Toml<'a>, key: &'static str) -> bool {
        top.asked.push(key);
        match self.table.get(key) {
            None => false,
            Some(toml::Value::Boolean(flag)) => *flag,
            Some(other) => {
                let message = format!("{key} is {other}");
                top.find("wrong-kind", key, message, format!("write {key} = true or {key} = false"), self.findings);
                false
            }
        }
    }

    fn sampling(&mut self, top: &mut Toml<'a>, sampled: bool) -> SamplingSettings {
        top.asked.push("sampling");
        let mut settings = SamplingSettings::default();
        let Some(value) = self.table.get("sampling") else { return settings };
        let Some(section) = value.as_table() else {
            let help = "write [sampling] and below it pairs and seed";
            top.find("wrong-kind", "sampling", "sampling is not a section".into(), help, self.findings);
            return settings;
        };
        if !sampled {
            let message = "sampling is set, and the method is exact".to_string();
            let help = "write method = \"sampled\", or remove [sampling]";
            top.find("exact-only", "sampling", message, help, self.findings);
        }
        let mut section = Toml::new(section, self.source, vec![Step::Key("sampling")]);
        for (key, least, most) in [("pairs", 2.0, 1e9), ("seed", 0.0, 1e12)] {
            let Some(number) = section.number_such_as(key, "10000", self.findings) else { continue };
            if number.fract() != 0.0 || !(least..=most).contains(&number) {
                let message = format!("{key} is {number}");
                section.find("key-range", key, message, format!("give a whole number of {least} or more"), self.findings);
                continue;
            }
            match key {
                "pairs" => settings.pairs = number as usize,
                _ => settings.seed = number as u64,
            }
        }
        section.unknown_keys(&[], self.findings);
        settings
    }

    /// A player by name.
    fn player(&mut self, name: &str, players: &[String], place: &Place) -> Option<usize> {
        let found = players.iter().position(|player| player == name);
        if found.is_none() {
            let hint = did_you_mean(name, players.iter().map(String::as_str));
            let help = format!("{hint}players: {}", players.join(", "));
            self.find("unknown-player", place.clone(), format!("there is no player \"{name}\""), help);
        }
        found
    }

    /// A coalition from names; none when one of them is unknown or there twice.
    fn coalition<'n>(
        &mut self,
        names: impl Iterator<Item = &'n str>,
        players: &[String],
        place: &Place,
    ) -> Option<Coalition> {
        let mut coalition = Some(Coalition::EMPTY);
        for name in names {
            let player = self.player(name, players, place);
            coalition = match (coalition, player) {
                (Some(so_far), Some(player)) if so_far.contains(player) => {
                    let help = "name every player once";
                    self.find("repeated-player", place.clone(), format!("\"{name}\" is there twice"), help);
                    None
                }
                (Some(so_far), Some(player)) => Some(so_far.with(player)),
                _ => None,
            };
        }
        coalition
    }

    /// A number or a fraction in quotes.
    fn value(&mut self, value: &toml::Value, place: &Place) -> Option<Rational> {
        // The shortest decimal that names a float is the one that was written.
        let text = match value {
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Float(number) => format!("{number:e}"),
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.number(&text, place)
    }

    fn number(&mut self, text: &str, place: &Place) -> Option<Rational> {
        let number = read_rational(text).filter(|number| number.float().abs() <= 1e12);
        if number.is_none() {
            let comma = if text.contains(',') { "decimals take a point: 3.5, not 3,5; " } else { "" };
            let help = format!("{comma}give a number of at most 1e12, or a fraction in quotes such as \"100/3\"");
            self.find("not-a-value", place.clone(), format!("\"{text}\" is no value"), help);
        }
        number
    }

    /// Values of all coalitions, by scenario.
    fn listed(
        &mut self,
        top: &mut Toml<'a>,
        players: &[String],
        measure: Measure,
        fractions: bool,
    ) -> Option<Vec<(String, Played)>> {
        top.asked.extend(["values", "by_mask", "others"]);
        let others_place = self.place(&[Step::Key("others")]);
        let others = self.table.get("others").and_then(|value| self.value(value, &others_place));
        let mut scenarios: Vec<(String, Vec<Placed>, Place)> = Vec::new();
        match (self.table.get("values"), self.table.get("by_mask")) {
            (Some(toml::Value::Table(values)), None) => {
                let placed = self.from_table(values, players);
                scenarios.push(("base".into(), placed, self.place(&[Step::Key("values")])));
            }
            (Some(toml::Value::String(name)), None) => {
                let place = self.place(&[Step::Key("values")]);
                scenarios = self.from_csv(name, place, players)?;
            }
            (None, Some(toml::Value::Array(values))) => {
                let placed = self.from_masks(top, values, players)?;
                scenarios.push(("base".into(), placed, self.place(&[Step::Key("by_mask")])));
            }
            (None, None) => {
                top.require("values", "…, as [values] with one line for each coalition", self.findings);
                return None;
            }
            (Some(_), Some(_)) => {
                let help = "give either values or by_mask";
                top.find("wrong-kind", "by_mask", "the values are given twice".into(), help, self.findings);
                return None;
            }
            (Some(other), None) => {
                let message = format!("values is {other}");
                let help = "write [values] with one line for each coalition, or values = \"values.csv\"";
                top.find("wrong-kind", "values", message, help, self.findings);
                return None;
            }
            (None, Some(other)) => {
                let message = format!("by_mask is {other}");
                let help = "list 2^n values in the order of bit masks: by_mask = [0, 1, 2, 5]";
                top.find("wrong-kind", "by_mask", message, help, self.findings);
                return None;
            }
        }
        let mut played = Vec::new();
        for (name, placed, place) in scenarios {
            let values = self.complete(placed, others.as_ref(), players, place)?;
            played.push((name, game_of(players, values, measure, fractions)?));
        }
        Some(played)
    }

    fn from_table(&mut self, values: &'a toml::Table, players: &[String]) -> Vec<Placed> {
        let mut placed = Vec::new();
        for (key, value) in values {
            let place = self.place(&[Step::Key("values"), Step::Key(key)]);
            let coalition = self.coalition_of_key(key, players, &place);
            let value = self.value(value, &place);
            if let (Some(coalition), Some(value)) = (coalition, value) {
                placed.push((coalition, value, place, key.clone()));
            }
        }
        placed
    }

    fn coalition_of_key(&mut self, key: &str, players: &[String], place: &Place) -> Option<Coalition> {
        if key.trim().is_empty() {
            let help = "nobody is worth zero; remove this";
            self.find("empty-coalition", place.clone(), "a value is given for nobody", help);
            return None;
        }
        self.coalition(key.split('+').map(str::trim), players, place)
    }

    fn from_csv(
        &mut self,
        name: &str,
        place: Place,
        players: &[String],
    ) -> Option<Vec<(String, Vec<Placed>, Place)>> {
        let text = match (self.beside)(name) {
            Ok(text) => text,
            Err(error) => {
                let help = "name a CSV file in the folder of the game";
                self.find("unreadable", place, format!("cannot read {name}: {error}"), help);
                return None;
            }
        };
        let text = text.trim_start_matches('\u{feff}');
        let table: RawTable = read_csv(name, text, self.findings);
        if table.incomplete {
            return None;
        }
        let Some(coalitions) = table.column("coalition") else {
            let help = "the header is coalition, then a column of values for each scenario";
            self.find("missing-column", table.header_end(), "there is no column coalition", help);
            return None;
        };
        let is_value = |column: &usize| {
            *column != coalitions && !["source", "note"].contains(&table.header[*column].as_str())
        };
        let columns: Vec<usize> = (0..table.header.len()).filter(is_value).collect();
        if columns.is_empty() {
            let help = "add a column named after the scenario, such as base";
            self.find("missing-column", table.header_end(), "there is no column of values", help);
            return None;
        }
        let mut scenarios = Vec::new();
        for (at, &column) in columns.iter().enumerate() {
            let mut placed = Vec::new();
            for row in 0..table.rows.len() {
                let cells = &table.rows[row].cells;
                let key_place = table.place(row, coalitions);
                let coalition = match at {
                    0 => self.coalition_of_key(&cells[coalitions], players, &key_place),
                    // What is wrong with a coalition was said with the first scenario.
                    _ => {
                        let names = cells[coalitions].split('+').map(str::trim);
                        let found = names.map(|name| players.iter().position(|player| player == name));
                        found.collect::<Option<Vec<_>>>().map(Coalition::of)
                    }
                };
                let value = self.number(&cells[column], &table.place(row, column));
                if let (Some(coalition), Some(value)) = (coalition, value) {
                    placed.push((coalition, value, key_place, cells[coalitions].clone()));
                }
            }
            scenarios.push((table.header[column].clone(), placed, table.header_place(column)));
        }
        Some(scenarios)
    }

    fn from_masks(
        &mut self,
        top: &Toml<'a>,
        values: &[toml::Value],
        players: &[String],
    ) -> Option<Vec<Placed>> {
        let needed = 1 << players.len();
        if values.len() != needed {
            let message = format!("by_mask has {} values for {} players", values.len(), players.len());
            let help = format!("give {needed} values, the first for nobody, player i being bit i");
            top.find("wrong-count", "by_mask", message, help, self.findings);
            return None;
        }
        let mut placed = Vec::new();
        for (mask, value) in values.iter().enumerate() {
            let place = self.place(&[Step::Key("by_mask"), Step::Entry(mask)]);
            let value = self.value(value, &place)?;
            if mask > 0 {
                placed.push((Coalition(mask as u64), value, place, mask.to_string()));
            } else if value != Rational::zero() {
                self.find("empty-coalition", place, "nobody is worth something", "the first value is 0");
            }
        }
        Some(placed)
    }

    /// One value for every coalition; those that are not there have the value of the others.
    fn complete(
        &mut self,
        placed: Vec<Placed>,
        others: Option<&Rational>,
        players: &[String],
        place: Place,
    ) -> Option<Vec<Rational>> {
        let mut values: Vec<Option<Rational>> = vec![None; 1 << players.len()];
        values[0] = Some(Rational::zero());
        let mut spelled: BTreeMap<Coalition, String> = BTreeMap::new();
        let before = self.findings.0.len();
        for (coalition, value, place, spelling) in placed {
            if let Some(first) = spelled.get(&coalition) {
                let message = format!("\"{spelling}\" is the coalition \"{first}\" again");
                let finding = Finding::new("repeated-coalition", place, message, "keep one of the two");
                self.findings.add(finding);
                continue;
            }
            spelled.insert(coalition, spelling);
            values[coalition.index()] = Some(value);
        }
        let missing: Vec<u64> =
            (1..values.len()).filter(|&mask| values[mask].is_none()).map(|mask| mask as u64).collect();
        if !missing.is_empty() && others.is_none() {
            let word = |&mask: &u64| {
                let names: Vec<&str> = Coalition(mask).members().map(|at| players[at].as_str()).collect();
                names.join("+")
            };
            let named: Vec<String> = missing.iter().take(5).map(word).collect();
            let more = if missing.len() > 5 { ", …" } else { "" };
            let message = match missing.len() {
                1 => format!("the coalition {} has no value", named[0]),
                many => format!("{many} coalitions have no value: {}{more}", named.join(", ")),
            };
            let help = "add them, or write others = 0 for all coalitions that are not listed";
            self.find("missing-coalition", place, message, help);
        }
        if self.findings.0.len() > before {
            return None;
        }
        let fill = others.cloned().unwrap_or_else(Rational::zero);
        Some(values.into_iter().map(|value| value.unwrap_or_else(|| fill.clone())).collect())
    }

    fn vote(
        &mut self,
        top: &mut Toml<'a>,
        players: &[String],
        measure: Measure,
        fractions: bool,
        sampling: Option<SamplingSettings>,
    ) -> Option<GameKind> {
        top.require("weights", "[4, 4, 2, 1]", self.findings);
        top.require("quota", "12", self.findings);
        let weights = top.numbers("weights", self.findings);
        let quota = top.above_zero("quota", self.findings);
        let (weights, quota) = (weights?, quota?);
        if weights.len() != players.len() {
            let message = format!("there are {} weights for {} players", weights.len(), players.len());
            let help = "give one weight for each player, in their order";
            top.find("wrong-count", "weights", message, help, self.findings);
            return None;
        }
        if let Some(sampling) = sampling {
            return Some(GameKind::SampledVote { weights, quota, sampling });
        }
        let wins = |mask: u64| {
            let weight: f64 = Coalition(mask).members().map(|player| weights[player]).sum();
            i64::from(mask > 0 && weight >= quota)
        };
        let masks = 0..1_u64 << players.len();
        let game = match fractions {
            true => {
                let values = masks.map(|mask| Rational::whole(wins(mask))).collect();
                Played::Fractions(Game::new(players.to_vec(), values, measure).ok()?)
            }
            false => {
                let values = masks.map(|mask| wins(mask) as f64).collect();
                Played::Decimals(Game::new(players.to_vec(), values, measure).ok()?)
            }
        };
        Some(GameKind::Listed(vec![("base".into(), game)]))
    }

    fn unions(&mut self, top: &mut Toml<'a>, players: &[String]) -> Option<Unions> {
        let section = self.section(top, "unions", "[unions]\nEU = [\"DEU\", \"FRA\"]")?;
        let mut unions: Vec<(&str, Coalition)> = Vec::new();
        let before = self.findings.0.len();
        for (name, members) in section {
            let place = self.place(&[Step::Key("unions"), Step::Key(name)]);
            let Some(members) = texts_of(members) else {
                let help = format!("write {name} = [\"…\", \"…\"]");
                self.find("wrong-kind", place, format!("union {name} is not a list of players"), help);
                continue;
            };
            let Some(union) = self.coalition(members.into_iter(), players, &place) else { continue };
            if union == Coalition::EMPTY {
                let help = "name a player or remove it";
                self.find("empty-union", place, format!("the union {name} has no members"), help);
                continue;
            }
            let shared = unions.iter().find(|(_, other)| other.0 & union.0 != 0);
            if let Some((other, members)) = shared.copied() {
                let player = Coalition(members.0 & union.0).members().next().unwrap_or_default();
                let message = format!("{} is in the unions {other} and {name}", players[player]);
                self.find("shared-player", place, message, "let every player be in one union at most");
                continue;
            }
            unions.push((name, union));
        }
        let unions: Vec<Coalition> = unions.into_iter().map(|(_, union)| union).collect();
        (self.findings.0.len() == before).then(|| Unions::new(players.len(), &unions).ok()).flatten()
    }

    fn graphs(&mut self, top: &mut Toml<'a>, players: &[String]) -> Vec<(String, Graph)> {
        let example = "[graphs]\nstar = [[\"RUS\", \"UKR\"], [\"UKR\", \"EU\"]]";
        let Some(section) = self.section(top, "graphs", example) else { return Vec::new() };
        let mut graphs = Vec::new();
        for (name, links) in section {
            let place = self.place(&[Step::Key("graphs"), Step::Key(name)]);
            let Some(links) = links.as_array() else {
                let help = format!("write {name} = [[\"…\", \"…\"]]");
                self.find("wrong-kind", place, format!("graph {name} is not a list of links"), help);
                continue;
            };
            let mut read = Vec::new();
            for (at, link) in links.iter().enumerate() {
                let place = self.place(&[Step::Key("graphs"), Step::Key(name), Step::Entry(at)]);
                let ends = texts_of(link).unwrap_or_default();
                let &[one, other] = ends.as_slice() else {
                    let help = "write [\"RUS\", \"UKR\"]";
                    self.find("not-a-link", place, format!("{link} is no link of two players"), help);
                    continue;
                };
                if one == other {
                    let help = "join two different players";
                    self.find("not-a-link", place, format!("\"{one}\" is linked to itself"), help);
                    continue;
                }
                if let (Some(one), Some(other)) =
                    (self.player(one, players, &place), self.player(other, players, &place))
                {
                    read.push((one, other));
                }
            }
            graphs.extend(Graph::new(players.len(), &read).ok().map(|graph| (name.clone(), graph)));
        }
        graphs
    }

    fn allocations(&mut self, top: &mut Toml<'a>, players: &[String]) -> Vec<(String, Vec<Rational>)> {
        let example = "[allocations]\noffer = [10, 20, 30]";
        let Some(section) = self.section(top, "allocations", example) else { return Vec::new() };
        let mut allocations = Vec::new();
        for (name, payoffs) in section {
            let place = self.place(&[Step::Key("allocations"), Step::Key(name)]);
            let payoffs = payoffs.as_array().filter(|payoffs| payoffs.len() == players.len());
            let Some(payoffs) = payoffs else {
                let help = format!("list {} numbers, in the order of the players", players.len());
                self.find("wrong-count", place, format!("{name} is not one payoff for each player"), help);
                continue;
            };
            let read: Vec<Rational> = (payoffs.iter().enumerate())
                .filter_map(|(at, payoff)| {
                    let path = [Step::Key("allocations"), Step::Key(name), Step::Entry(at)];
                    let place = self.place(&path);
                    self.value(payoff, &place)
                })
                .collect();
            if read.len() == players.len() {
                allocations.push((name.clone(), read));
            }
        }
        allocations
    }

    /// A section that may be absent.
    fn section(&mut self, top: &mut Toml<'a>, key: &'static str, example: &str) -> Option<&'a toml::Table> {
        top.asked.push(key);
        let value = self.table.get(key)?;
        let section = value.as_table();
        if section.is_none() {
            let help = format!("write {}", example.replace('\n', " and below it "));
            top.find("wrong-kind", key, format!("{key} is not a section"), help, self.findings);
        }
        section
    }

    fn classes(&mut self, top: &mut Toml<'a>) -> Option<Vec<AirportClass>> {
        let tables = top.list("class", self.findings);
        let before = self.findings.0.len();
        let mut classes: Vec<AirportClass> = Vec::new();
        for (at, table) in tables.into_iter().enumerate() {
            let mut class = Toml::new(table, self.source, vec![Step::Key("class"), Step::Entry(at)]);
            for (key, example) in [("name", "\"Boeing 707\""), ("users", "22"), ("cost", "117676")] {
                class.require(key, example, self.findings);
            }
            let name = class.text("name", self.findings);
            let users = class.above_zero("users", self.findings);
            let cost = class.positive("cost", self.findings);
            class.unknown_keys(&["source", "note"], self.findings);
            let (Some(name), Some(users), Some(cost)) = (name, users, cost) else { continue };
            if users.fract() != 0.0 {
                let message = format!("users is {users}");
                class.find("key-range", "users", message, "give a whole number", self.findings);
            }
            if classes.iter().any(|other| other.name == name) {
                let message = format!("\"{name}\" is there twice");
                class.find("player-name", "name", message, "give every class another name", self.findings);
            }
            classes.push(AirportClass { name, users: users as u64, cost });
        }
        (self.findings.0.len() == before && !classes.is_empty()).then_some(classes)
    }
}

fn texts_of(value: &toml::Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(toml::Value::as_str).collect()
}

fn game_of(players: &[String], values: Vec<Rational>, measure: Measure, fractions: bool) -> Option<Played> {
    match fractions {
        true => Game::new(players.to_vec(), values, measure).ok().map(Played::Fractions),
        false => {
            let values = values.iter().map(Number::float).collect();
            Game::new(players.to_vec(), values, measure).ok().map(Played::Decimals)
        }
    }
}
