//! From a case to a network whose assets have owners.
//!
//! One commodity, one year: nodes of the case, fields, markets, pipelines and ships. A terminal is a node of its
//! own behind an arc that carries its limit and charge, so that every limit is that of one arc. Wedges, conduct,
//! duties, sales contracts and bookings divide money among players and move none of the gas; they are not part
//! of what a coalition can do. The fleet of ships is left out, since it has no owner. With two seasons every place
//! stands once in each, and stores are lines between them.

use std::collections::BTreeMap;

use super::coalition_value::{AssetId, OwnedNetwork};
use super::game::{Coalition, MOST_PLAYERS_SAMPLED};
use crate::calendar::Period;
use crate::case::spelling::did_you_mean;
use crate::case::{Case, Field, Finding, Findings, Terminal};
use crate::ids::ActorId;
use crate::market::{Inverse, inverse_demand};
use crate::network::{ArcKind, Network, voyage};
use crate::units::{BcmPerYear, Fraction, UsdPerTcm, UsdPerTcmPerBcmPerYear};

/// The players of a game on the Eurasian market, for cases that have all of these actors.
///
/// Europe is every actor of the bloc EU with Switzerland and the Western Balkans.
pub const EURASIAN_PLAYERS: &str =
    "RUS,TKM,UZB,KAZ,CHN,UKR,BLR,Europe=@EU+CHE+WBK,TUR,AZE,IRN,QAT,NOR,DZA,JPN+KOR";

/// Where findings about players say they stand.
const PLAYERS: &str = "--players";
/// Where findings about projects say they stand.
const PROJECT: &str = "--project";
/// Straight pieces of a marginal cost that bends.
const PIECES: usize = 16;

/// One player: an actor, or several that act as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Player {
    /// Name in tables.
    pub name: String,
    /// Its actors.
    pub actors: Vec<ActorId>,
}

/// What is assumed about actors that are not players.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outsiders {
    /// They do nothing: their assets are closed to everybody.
    Idle,
    /// They sell what they would produce, and buy what they would use, at this price, and let gas through at the
    /// tariff of the case. Coalitions apart may then have more than together, because both use the same outsiders.
    Fringe(UsdPerTcm),
}

/// What a network game is built by; [`Outsiders`] alone stands for a game of whole years.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkRules {
    /// What is assumed about actors that are not players.
    pub outsiders: Outsiders,
    /// Two seasons with stores between them instead of one balance a year.
    pub seasons: bool,
}

impl From<Outsiders> for NetworkRules {
    fn from(outsiders: Outsiders) -> Self {
        NetworkRules { outsiders, seasons: false }
    }
}

/// Reads players: `RUS, UZB+KAZ, Europe=@EU+CHE`, where `@EU` is every actor of a bloc.
///
/// Errors: a name that is no actor or bloc; an actor in two players; a player without actors; two players of one
/// name; more than 64 players.
pub fn read_players(case: &Case, text: &str) -> Result<Vec<Player>, Findings> {
    let mut findings = Findings::default();
    let mut players: Vec<Player> = Vec::new();
    let mut player_of: BTreeMap<ActorId, usize> = BTreeMap::new();
    for part in text.split(',') {
        let (name, members) = match part.split_once('=') {
            Some((name, members)) => (name.trim(), members),
            None => (part.trim(), part),
        };
        let mut actors = Vec::new();
        for word in members.split('+').map(str::trim).filter(|word| !word.is_empty()) {
            actors.extend(
                actors_called(case, word).map_err(|finding| findings.add(finding)).unwrap_or_default(),
            );
        }
        if members.split('+').all(|word| word.trim().is_empty()) {
            findings.add(Finding::in_file(
                "player-without-actors",
                PLAYERS,
                format!("the player \"{name}\" has no actors"),
                "write an actor, several as UZB+KAZ, or a bloc as Europe=@EU, and one comma between two players",
            ));
        }
        for &actor in &actors {
            if let Some(other) = player_of.insert(actor, players.len()) {
                let other = if other == players.len() { name } else { players[other].name.as_str() };
                let id = &case.actors[actor.index()].id;
                findings.add(Finding::in_file(
                    "shared-actor",
                    PLAYERS,
                    format!("the actor {id} is in \"{name}\" and in \"{other}\""),
                    "leave it in one of them",
                ));
            }
        }
        if players.iter().any(|player| player.name == name) {
            findings.add(Finding::in_file(
                "player-name",
                PLAYERS,
                format!("two players are called \"{name}\""),
                "give one of them another name: name=A+B",
            ));
        }
        players.push(Player { name: name.to_string(), actors });
    }
    if players.len() > MOST_PLAYERS_SAMPLED {
        findings.add(too_many(players.len(), MOST_PLAYERS_SAMPLED, "join some of them: UZB+KAZ"));
    }
    findings.or(players)
}

/// Unions of players: `RUS+KAZ+BLR, UZB+TKM`.
///
/// Errors: a name that is no player; a player in two unions; a union without players.
pub fn read_unions(players: &[String], text: &str) -> Result<Vec<Coalition>, Findings> {
    let mut findings = Findings::default();
    let (mut unions, mut taken) = (Vec::new(), Coalition::EMPTY);
    for part in text.split(',') {
        let mut union = Coalition::EMPTY;
        // The name of a player may itself hold a +.
        let mut left = part.trim();
        while !left.is_empty() {
            let fits = |name: &&String| {
                left.strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.trim_start().starts_with('+'))
            };
            let Some(name) = players.iter().filter(fits).max_by_key(|name| name.len()) else {
                let word = left.split('+').next().unwrap_or(left).trim();
                let hint = did_you_mean(word, players.iter().map(String::as_str));
                findings.add(Finding::in_file(
                    "unknown-player",
                    "--unions",
                    format!("no player is called \"{word}\""),
                    format!("{hint}players: {}", players.join(", ")),
                ));
                break;
            };
            let player = players.iter().position(|other| other == name).unwrap_or(0);
            if taken.contains(player) {
                findings.add(Finding::in_file(
                    "shared-player",
                    "--unions",
                    format!("the player {name} is named twice"),
                    "a player is in one union at most",
                ));
            }
            (union, taken) = (union.with(player), taken.with(player));
            left = left[name.len()..].trim_start().trim_start_matches('+').trim_start();
        }
        if part.trim().is_empty() {
            findings.add(Finding::in_file(
                "empty-union",
                "--unions",
                "a union has no members",
                "write RUS+KAZ+BLR, and one comma between two unions",
            ));
        }
        unions.push(union);
    }
    findings.or(unions)
}

/// More players than a method takes, with the way out.
pub fn too_many(players: usize, limit: usize, way_out: &str) -> Finding {
    Finding::in_file(
        "too-many-players",
        PLAYERS,
        format!("{players} players are more than the {limit} that can be answered this way"),
        way_out,
    )
}

fn actors_called(case: &Case, word: &str) -> Result<Vec<ActorId>, Finding> {
    let ids = || (0..case.actors.len()).map(|at| ActorId(at as u32));
    let found: Vec<ActorId> = match word.strip_prefix('@') {
        Some(bloc) => ids().filter(|id| case.actors[id.index()].bloc == bloc).collect(),
        None => ids().filter(|id| case.actors[id.index()].id == word).collect(),
    };
    if !found.is_empty() {
        return Ok(found);
    }
    let hint = match word.strip_prefix('@') {
        Some(bloc) => did_you_mean(bloc, case.actors.iter().map(|actor| actor.bloc.as_str())),
        None => did_you_mean(word, case.actors.iter().map(|actor| actor.id.as_str())),
    };
    Err(Finding::in_file(
        "unknown-actor",
        PLAYERS,
        format!("\"{word}\" is no actor or bloc of the case"),
        format!("{hint}actors are the rows of actors.csv; a bloc is written @EU"),
    ))
}

/// A place that gas passes: a node of the case, the tank side of a terminal, the ground below a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Node(usize),
    Liquefaction(usize),
    Regasification(usize),
    Deposit(usize),
}

/// A place in a season.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Spot(Place, usize);

/// A part of the year that has a balance of its own.
struct Slot {
    /// What names of assets end in.
    suffix: String,
    /// Seasons of the case in it.
    seasons: std::ops::Range<usize>,
    /// Share of the year.
    share: f64,
}

/// The whole year, or each season.
fn slots(case: &Case, seasons: bool) -> Vec<Slot> {
    let all = case.calendar.seasons.len();
    if !seasons || all == 1 {
        return vec![Slot { suffix: String::new(), seasons: 0..all, share: 1.0 }];
    }
    let slot = |(at, season): (usize, &crate::calendar::Season)| Slot {
        suffix: format!(", {}", season.name),
        seasons: at..at + 1,
        share: season.share.0,
    };
    case.calendar.seasons.iter().enumerate().map(slot).collect()
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    /// Marginal cost at nothing and its slope; largest output.
    Field(Spot, f64, f64, f64),
    /// Choke price, slope, largest consumption.
    Market(Spot, f64, f64, f64),
    /// Charge, share lost, largest flow.
    Line(Spot, Spot, f64, f64, f64),
}

/// An asset as the case has it.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    name: String,
    owners: Vec<ActorId>,
    what: What,
}

/// The network of a case in its first year, without projects.
///
/// Errors: something of the case that the game does not hold, by name.
/// Source: docs/network-game.md eq. 1.
pub fn network_game(
    case: &Case,
    players: &[Player],
    rules: impl Into<NetworkRules>,
) -> Result<OwnedNetwork, Findings> {
    let rules = rules.into();
    let entries = entries(case, rules.seasons)?;
    Ok(build(players, rules.outsiders, entries.into_iter().map(|entry| (entry, false))))
}

/// The network of a case with what a changed case adds to it as projects.
///
/// A project costs its tariff, in which the cost of building it is spread over its years: a coalition builds
/// as much of it as is worth that.
/// A line that only becomes wider is a project of the capacity that it gains.
/// Errors: those of [`network_game`]; a changed case that adds nothing, or changes what is there otherwise.
pub fn network_game_with_projects(
    case: &Case,
    changed: &Case,
    players: &[Player],
    rules: impl Into<NetworkRules>,
) -> Result<OwnedNetwork, Findings> {
    let rules = rules.into();
    let (before, after) = (entries(case, rules.seasons)?, entries(changed, rules.seasons)?);
    let old: BTreeMap<&str, &Entry> = before.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let mut findings = Findings::default();
    for entry in &before {
        if !after.iter().any(|kept| kept.name == entry.name) {
            findings.add(changes_more("takes away", &entry.name));
        }
    }
    let mut assets = Vec::new();
    for entry in &after {
        match old.get(entry.name.as_str()) {
            None => assets.push((entry.clone(), true)),
            Some(&same) if same == entry => assets.push((entry.clone(), false)),
            Some(&smaller) => match added_capacity(smaller, entry) {
                Some(added) => assets.extend([(smaller.clone(), false), (added, true)]),
                None => findings.add(changes_more("changes", &entry.name)),
            },
        }
    }
    if findings.0.is_empty() && !assets.iter().any(|&(_, is_project)| is_project) {
        findings.add(Finding::in_file(
            "project-without-assets",
            PROJECT,
            "the project builds nothing that serves in the year of the game",
            "name a scenario that sets the status of an asset to existing, and its first year",
        ));
    }
    findings.or(())?;
    Ok(build(players, rules.outsiders, assets.into_iter()))
}

fn changes_more(how: &str, name: &str) -> Finding {
    Finding::in_file(
        "project-changes-more",
        PROJECT,
        format!("the project {how} {name}, which is there without it"),
        "name scenarios that only build assets or widen lines; solve other changes as a case of their own",
    )
}

/// What a line that only became wider has more, as a line beside it; nothing when anything else changed.
fn added_capacity(smaller: &Entry, larger: &Entry) -> Option<Entry> {
    let What::Line(from, to, tariff, loss, capacity) = &larger.what else { return None };
    let What::Line(.., before) = &smaller.what else { return None };
    let mut added = larger.clone();
    added.what = What::Line(*from, *to, *tariff, *loss, *before);
    if added != *smaller || capacity <= before {
        return None;
    }
    added.what = What::Line(*from, *to, *tariff, *loss, capacity - before);
    added.name = format!("{}, added capacity", larger.name);
    Some(added)
}

/// Assets of players, and nodes that have any of them.
fn build(
    players: &[Player],
    outsiders: Outsiders,
    entries: impl Iterator<Item = (Entry, bool)>,
) -> OwnedNetwork {
    let player_of: BTreeMap<ActorId, usize> = players
        .iter()
        .enumerate()
        .flat_map(|(player, of)| of.actors.iter().map(move |&actor| (actor, player)))
        .collect();
    let kept: Vec<(Entry, bool, Coalition)> = entries
        .filter_map(|(entry, is_project)| {
            let inside = entry.owners.iter().filter_map(|actor| player_of.get(actor).copied());
            let owners = Coalition::of(inside);
            let has_outsiders = entry.owners.iter().any(|actor| !player_of.contains_key(actor));
            match outsiders {
                Outsiders::Idle => (!has_outsiders).then_some((entry, is_project, owners)),
                Outsiders::Fringe(price) if has_outsiders => {
                    Some((Entry { what: at_price(&entry.what, price.0), ..entry }, is_project, owners))
                }
                Outsiders::Fringe(_) => Some((entry, is_project, owners)),
            }
        })
        .collect();
    let mut nodes: BTreeMap<Spot, usize> = BTreeMap::new();
    for (entry, ..) in &kept {
        let (one, other) = match &entry.what {
            What::Field(spot, ..) | What::Market(spot, ..) => (spot, spot),
            What::Line(from, to, ..) => (from, to),
        };
        for spot in [one, other] {
            let next = nodes.len();
            nodes.entry(*spot).or_insert(next);
        }
    }
    let names = players.iter().map(|player| player.name.clone()).collect();
    let mut network = OwnedNetwork::new(names, nodes.len());
    for (entry, is_project, owners) in kept {
        let line = |a: f64, b: f64, c: f64| (UsdPerTcm(a), UsdPerTcmPerBcmPerYear(b), BcmPerYear(c));
        let asset: AssetId = match entry.what {
            What::Field(spot, a, b, c) => network.field(entry.name, owners, nodes[&spot], line(a, b, c)),
            What::Market(spot, a, b, c) => network.market(entry.name, owners, nodes[&spot], line(a, b, c)),
            What::Line(from, to, tariff, loss, capacity) => {
                let numbers = (UsdPerTcm(tariff), Fraction(loss), BcmPerYear(capacity));
                network.line(entry.name, owners, (nodes[&from], nodes[&to]), numbers)
            }
        };
        if is_project {
            network.set_project(asset);
        }
    }
    network
}

/// What an outsider sells, buys or carries at a price.
fn at_price(what: &What, price: f64) -> What {
    let bought = |margin: f64, slope: f64, largest: f64| match margin <= 0.0 {
        true => 0.0,
        false if slope == 0.0 => largest,
        false => largest.min(margin / slope),
    };
    match what.clone() {
        What::Field(spot, cost, slope, capacity) => {
            What::Field(spot, price, 0.0, bought(price - cost, slope, capacity))
        }
        What::Market(spot, choke, slope, largest) => {
            What::Market(spot, price, 0.0, bought(choke - price, slope, largest))
        }
        line @ What::Line(..) => line,
    }
}

/// All assets of a case that serve in its first year, those of a season under its name.
fn entries(case: &Case, seasons: bool) -> Result<Vec<Entry>, Findings> {
    let mut findings = Findings::default();
    let mut entries = Vec::new();
    let year = case.calendar.years[0].year;
    let slots = slots(case, seasons);
    if slots.len() > 2 {
        findings.add(not_in_the_game(
            "case.toml",
            format!("the case has {} seasons, the game holds two", slots.len()),
            "play the game of whole years, or join seasons",
        ));
    }
    for (at, field) in case.fields.iter().enumerate().filter(|(_, field)| field.service.serves(year)) {
        field_entries(case, (at, field), &slots, &mut entries);
    }
    for (row, demand) in case.demand.iter().enumerate() {
        let mut name = format!("market {} {}", case.nodes[demand.node.index()].id, demand.sector);
        let first = format!("{name}{}", slots[0].suffix);
        if entries.iter().any(|entry: &Entry| entry.name == first) {
            name = format!("{name}, row {}", row + 1);
        }
        let owners = vec![case.actor_of_node(demand.node)];
        for (layer, slot) in slots.iter().enumerate() {
            match demand_in(case, row, slot.seasons.clone()) {
                Ok(parts) => {
                    for (piece, (choke, slope, largest)) in parts.into_iter().enumerate() {
                        let part = if piece == 0 { "" } else { ", at the price cap" };
                        let spot = Spot(Place::Node(demand.node.index()), layer);
                        let what = What::Market(spot, choke, slope, largest);
                        let name = format!("{name}{}{part}", slot.suffix);
                        entries.push(Entry { name, owners: owners.clone(), what });
                    }
                }
                Err(why) => {
                    findings.add(not_in_the_game(
                        "demand.csv",
                        format!("{name} {why}"),
                        "give it the form linear, or set price_cap_usd_per_tcm for a fixed demand",
                    ));
                    break;
                }
            }
        }
    }
    for line in case.pipelines.iter().filter(|line| line.service.serves(year) && line.capacity.0 > 0.0) {
        if line.congestion != 0.0 {
            findings.add(not_in_the_game(
                "pipelines.csv",
                format!("pipeline \"{}\" has a charge that grows with its flow", line.name),
                "leave the congestion charge out, or split the pipeline into steps of its own",
            ));
        }
        let mut owners = line.owners.clone();
        if owners.is_empty() {
            owners = vec![case.actor_of_node(line.from), case.actor_of_node(line.to)];
        }
        let ends = (Place::Node(line.from.index()), Place::Node(line.to.index()));
        let numbers = (line.tariff.0, line.loss.0, line.capacity.0);
        each_slot(&format!("pipeline {}", line.id), &owners, ends, numbers, &slots, &mut entries);
    }
    ships(case, year, &slots, &mut entries);
    if slots.len() == 2 {
        stores(case, year, &slots, &mut entries);
    }
    findings.or(entries)
}

/// A line in every part of the year, each with its share of the capacity.
fn each_slot(
    name: &str,
    owners: &[ActorId],
    (from, to): (Place, Place),
    (tariff, loss, capacity): (f64, f64, f64),
    slots: &[Slot],
    entries: &mut Vec<Entry>,
) {
    for (layer, slot) in slots.iter().enumerate() {
        let what = What::Line(Spot(from, layer), Spot(to, layer), tariff, loss, capacity * slot.share);
        entries.push(Entry { name: format!("{name}{}", slot.suffix), owners: owners.to_vec(), what });
    }
}

/// A field at its node. One whose annual limit binds across the seasons draws on a deposit below them all, at the
/// cost of its annual output.
fn field_entries(case: &Case, (at, field): (usize, &Field), slots: &[Slot], entries: &mut Vec<Entry>) {
    let owners = vec![case.actor_of_trader(field.trader)];
    let node = Place::Node(field.node.index());
    let is_limited = field.annual_capacity.is_some_and(|annual| annual.0 < field.capacity.0);
    let has_deposit = slots.len() > 1 && is_limited;
    for (piece, (cost, slope, capacity)) in pieces_of(field).into_iter().enumerate() {
        let part = if piece == 0 { String::new() } else { format!(", part {}", piece + 1) };
        let name = format!("field {}{part}", field.id);
        if has_deposit {
            let what = What::Field(Spot(Place::Deposit(at), 0), cost, slope, capacity);
            entries.push(Entry { name, owners: owners.clone(), what });
            continue;
        }
        for (layer, slot) in slots.iter().enumerate() {
            // the cost follows the rate of output
            let what = What::Field(Spot(node, layer), cost, slope / slot.share, capacity * slot.share);
            entries.push(Entry { name: format!("{name}{}", slot.suffix), owners: owners.clone(), what });
        }
    }
    for (layer, slot) in slots.iter().enumerate().filter(|_| has_deposit) {
        let ends = (Spot(Place::Deposit(at), 0), Spot(node, layer));
        let what = What::Line(ends.0, ends.1, 0.0, 0.0, field.capacity.0 * slot.share);
        entries.push(Entry {
            name: format!("wells of {}{}", field.id, slot.suffix),
            owners: owners.clone(),
            what,
        });
    }
}

/// Stores as lines from each of two seasons to the other.
fn stores(case: &Case, year: i32, slots: &[Slot], entries: &mut Vec<Entry>) {
    for store in case.storage.iter().filter(|store| store.service.serves(year)) {
        for (from, to) in [(0, 1), (1, 0)] {
            let kept = 1.0 - store.loss.0;
            let most = (store.injection.0 * slots[from].share)
                .min(store.working_volume.0 / kept)
                .min(store.withdrawal.0 * slots[to].share / kept);
            let place = Place::Node(store.node.index());
            let what = What::Line(Spot(place, from), Spot(place, to), store.cost.0, store.loss.0, most);
            let name = format!("store {}{}", store.id, slots[to].suffix);
            let owners = match store.owners.is_empty() {
                true => vec![case.actor_of_node(store.node)],
                false => store.owners.clone(),
            };
            entries.push(Entry { name, owners, what });
        }
    }
}

fn not_in_the_game(file: &str, message: String, help: &str) -> Finding {
    Finding::in_file("not-in-the-game", file, message, help)
}

fn terminal_owners(case: &Case, terminal: &Terminal) -> Vec<ActorId> {
    match terminal.owners.is_empty() {
        true => vec![case.actor_of_node(terminal.node)],
        false => terminal.owners.clone(),
    }
}

/// One way for ships between two terminals.
struct Way {
    tariff: f64,
    loss: f64,
    route: usize,
}

/// Terminals as arcs of their own, and the cheapest ways for ships between them.
fn ships(case: &Case, year: i32, slots: &[Slot], entries: &mut Vec<Entry>) {
    let limit = |terminal: &Terminal| {
        terminal.annual_capacity.map_or(terminal.capacity.0, |annual| annual.0.min(terminal.capacity.0))
    };
    let serves = |terminal: &Terminal| terminal.service.serves(year) && limit(terminal) > 0.0;
    for (at, terminal) in case.liquefaction.iter().enumerate().filter(|(_, terminal)| serves(terminal)) {
        let inlet = limit(terminal) / (1.0 - terminal.loss.0);
        let ends = (Place::Node(terminal.node.index()), Place::Liquefaction(at));
        let numbers = (terminal.cost.0, terminal.loss.0, inlet);
        let owners = terminal_owners(case, terminal);
        each_slot(&format!("liquefaction {}", terminal.id), &owners, ends, numbers, slots, entries);
    }
    for (at, terminal) in case.regasification.iter().enumerate().filter(|(_, terminal)| serves(terminal)) {
        let inlet = limit(terminal) / (1.0 - terminal.loss.0);
        let ends = (Place::Regasification(at), Place::Node(terminal.node.index()));
        let numbers = (terminal.cost.0, terminal.loss.0, inlet);
        let owners = terminal_owners(case, terminal);
        each_slot(&format!("regasification {}", terminal.id), &owners, ends, numbers, slots, entries);
    }
    let mut between: BTreeMap<(usize, usize), Vec<Way>> = BTreeMap::new();
    for arc in &Network::of(case).arcs {
        let ArcKind::Lng { liquefaction, route, regasification } = arc.kind else { continue };
        if !serves(&case.liquefaction[liquefaction]) || !serves(&case.regasification[regasification]) {
            continue;
        }
        if let Some(voyage) = voyage(case, &case.sea_routes[route]) {
            let ways = between.entry((liquefaction, regasification)).or_default();
            ways.push(Way { tariff: voyage.tariff.0, loss: voyage.loss.0, route });
        }
    }
    for ((liquefaction, regasification), mut ways) in between {
        ways.sort_by(|one, other| one.tariff.total_cmp(&other.tariff).then(one.loss.total_cmp(&other.loss)));
        let (from, to) = (&case.liquefaction[liquefaction], &case.regasification[regasification]);
        let mut least_loss = f64::INFINITY;
        for Way { tariff, loss, route } in ways {
            // Dearer ways are only of use when they lose less.
            if loss >= least_loss {
                continue;
            }
            least_loss = loss;
            let mut owners = terminal_owners(case, from);
            owners.extend(terminal_owners(case, to));
            let capacity = limit(from).min(limit(to) / (1.0 - to.loss.0) / (1.0 - loss));
            let ends = (Place::Liquefaction(liquefaction), Place::Regasification(regasification));
            let name = format!("ships {} {} {}", from.id, to.id, case.sea_routes[route].route);
            each_slot(&name, &owners, ends, (tariff, loss, capacity), slots, entries);
        }
    }
}

/// Straight pieces of the marginal cost of a field: cost at the start, slope, length.
fn pieces_of(field: &Field) -> Vec<(f64, f64, f64)> {
    let capacity = field.annual_capacity.map_or(field.capacity.0, |annual| annual.0.min(field.capacity.0));
    if field.cost_curvature.0 == 0.0 && field.cost_barrier.0 == 0.0 {
        return vec![(field.marginal_cost.0, field.cost_slope.0, capacity)];
    }
    // A cost that grows without end towards the capacity is followed to a thousandth before it.
    let end = if field.cost_curvature.0 != 0.0 { capacity.min(0.999 * field.capacity.0) } else { capacity };
    let marginal = |output: f64| {
        let golombek = match field.cost_curvature.0 != 0.0 {
            true => field.cost_curvature.0 * (-output / field.capacity.0).ln_1p(),
            false => 0.0,
        };
        let barrier = match field.cost_barrier.0 != 0.0 {
            true => field.cost_barrier.0 / (field.barrier.0 - output),
            false => 0.0,
        };
        field.marginal_cost.0 + field.cost_slope.0 * output + golombek + barrier
    };
    let length = end / PIECES as f64;
    (0..PIECES)
        .map(|piece| {
            let (low, high) = (marginal(piece as f64 * length), marginal((piece + 1) as f64 * length));
            (low, ((high - low) / length).max(0.0), length)
        })
        .collect()
}

/// Demand at one price in some seasons: choke price, slope and largest consumption of each part.
fn demand_in(
    case: &Case,
    row: usize,
    seasons: std::ops::Range<usize>,
) -> Result<Vec<(f64, f64, f64)>, &'static str> {
    let demand = &case.demand[row];
    let cap = case.settings.price_cap.map(|cap| cap.0);
    let (mut per_price, mut at_zero, mut fixed) = (0.0, 0.0, 0.0);
    for season in seasons {
        let share = case.calendar.seasons[season].share.0;
        match inverse_demand(case, demand, Period { year: 0, season }) {
            None => {}
            Some(Inverse::Linear { intercept, slope }) => {
                per_price += share / slope;
                at_zero += share * intercept / slope;
            }
            Some(Inverse::Fixed { quantity }) => fixed += share * quantity,
            Some(Inverse::ConstantElasticity { .. }) => return Err("has a demand of constant elasticity"),
        }
    }
    let mut parts = Vec::new();
    if per_price > 0.0 {
        let (choke, slope) = (at_zero / per_price, 1.0 / per_price);
        match cap.filter(|&cap| cap < choke) {
            None => parts.push((choke, slope, f64::INFINITY)),
            Some(cap) => {
                parts.push((cap, slope, f64::INFINITY));
                parts.push((cap, 0.0, (choke - cap) / slope));
            }
        }
    }
    if fixed > 0.0 {
        let cap = cap.ok_or("has to be met at any price, and no price is a limit to its worth")?;
        parts.push((cap, 0.0, fixed));
    }
    Ok(parts)
}
