//! Values of coalitions: agreement of the flow solver with the general one, and time beside Clarabel.
//!
//! `coalition_value agree 10000` · `coalition_value time` · `coalition_value total 16`

use std::time::Instant;

use netback::bargaining::{
    Assets, Coalition, EURASIAN_PLAYERS, Outsiders, OwnedNetwork, network_game, network_game_with_projects,
    read_players,
};
use netback::case::{Case, Files, RawCase};
use netback::units::{BcmPerYear, Fraction, UsdPerTcm, UsdPerTcmPerBcmPerYear};
use netback_solve::{Settings, solve};

/// Sixteen to twenty players whose assets stand at about the number of nodes of the first entry.
const WORLDS: [(&str, &str); 5] = [
    ("15 nodes", "RUS,TKM,UZB,KAZ,CHN,UKR,BLR,POL,DEU,CZE,SVK,AUT,HUN,ROU,BGR,MDA"),
    ("30 nodes", "RUS,TKM,UZB,KAZ,CHN,UKR,BLR,POL,DEU,CZE+SVK,AUT+HUN,ROU+BGR+MDA,ITA,FRA,NLD+BLX,NOR+DNS"),
    ("60 nodes", "RUS,TKM,UZB,KAZ,CHN,UKR,BLR,Europe=@EU+CHE+WBK,TUR,AZE,IRN,QAT,NOR,DZA,JPN+KOR,MDA+CAU"),
    (
        "83 nodes and 49 terminals",
        "RUS,Central Asia=TKM+UZB+KAZ+KTJ,CHN,UKR+BLR+MDA,Europe=@EU+CHE+WBK,TUR+AZE+CAU,IRN+IRQ,QAT,NOR,\
         North Africa=DZA+LBY+EGY+TUM,JPN+KOR+TWN,Gulf=SAU+ARE+OMN+YEM+KWB+LEV,Africa=NGA+GNQ+ZAF+AFO,\
         Americas=@NAFTA+TTO+VEC+BOL+BRA+ARG+CHL+PER+CAR,South Asia=IND+PAK+BGD+AFG,\
         South-East=MMR+THA+MYS+SGP+IDN+BRN+VNM+PHL+AUS+PNG+NZL",
    ),
    ("the usual players", EURASIAN_PLAYERS),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |at: usize, otherwise: usize| words.get(at).and_then(|w| w.parse().ok()).unwrap_or(otherwise);
    match words.first().map(String::as_str) {
        Some("agree") => agree(number(1, 10_000)),
        Some("total") => total(number(1, 16)),
        _ => time(),
    }
}

fn world() -> RawCase {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/world-2011");
    let files = Files::read(&folder).expect("the case is there");
    RawCase::read(&files).unwrap_or_else(|found| panic!("{found}"))
}

fn case(raw: &RawCase, scenarios: &[&str]) -> Case {
    let changed = raw.with_scenarios(scenarios).unwrap_or_else(|found| panic!("{found}"));
    Case::from_raw(&changed).unwrap_or_else(|found| panic!("{found}"))
}

fn of_world(players: &str) -> OwnedNetwork {
    let case = case(&world(), &[]);
    let players = read_players(&case, players).unwrap_or_else(|found| panic!("{found}"));
    network_game(&case, &players, Outsiders::Idle).unwrap_or_else(|found| panic!("{found}"))
}

/// Numbers by SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below as u64) as usize
    }
}

/// A random network: two lines a node, whole numbers so that ties happen, losses, flat steps, nodes without demand.
fn random(nodes: usize, players: usize, seed: u64) -> OwnedNetwork {
    let mut dice = Dice(seed);
    let mut network = OwnedNetwork::new((0..players).map(|player| format!("P{player}")).collect(), nodes);
    let owner: Vec<usize> = (0..nodes).map(|node| node * players / nodes).collect();
    let with_loss = dice.next(2) == 0;
    for node in 0..nodes {
        let mine = Coalition::of([owner[node]]);
        for _ in 0..dice.next(3) {
            let slope = UsdPerTcmPerBcmPerYear(dice.next(4) as f64 / 4.0);
            let numbers = (UsdPerTcm(10.0 + dice.next(80) as f64), slope, BcmPerYear(dice.next(60) as f64));
            network.field("field", mine, node, numbers);
        }
        if dice.next(4) > 0 {
            let slope = UsdPerTcmPerBcmPerYear(1.0 + dice.next(20) as f64);
            let numbers = (UsdPerTcm(200.0 + dice.next(1000) as f64), slope, BcmPerYear(f64::INFINITY));
            network.market("market", mine, node, numbers);
        }
        for _ in 0..2 {
            let other = (node + 1 + dice.next(12)) % nodes;
            let loss = if with_loss { dice.next(6) as f64 / 100.0 } else { 0.0 };
            let numbers = (
                UsdPerTcm(5.0 + dice.next(40) as f64),
                Fraction(loss),
                BcmPerYear(2.0 + dice.next(50) as f64),
            );
            network.line("line", Coalition::of([owner[node], owner[other]]), (node, other), numbers);
        }
    }
    network
}

/// Largest difference to the general solver over random coalitions.
fn agree(count: usize) {
    let raw = world();
    let (base, altai) = (case(&raw, &[]), case(&raw, &["altai-built"]));
    let usual = read_players(&base, EURASIAN_PLAYERS).unwrap_or_else(|found| panic!("{found}"));
    let mut networks: Vec<(String, OwnedNetwork)> =
        WORLDS.iter().map(|(name, players)| (format!("world-2011, {name}"), of_world(players))).collect();
    let with = network_game_with_projects(&base, &altai, &usual, Outsiders::Idle);
    networks.push(("world-2011 with Altai".into(), with.unwrap_or_else(|found| panic!("{found}"))));
    let share = count / 8;
    for (name, network) in &networks {
        compare(name, std::iter::repeat_n(network, share), 1);
    }
    let drawn: Vec<OwnedNetwork> =
        (0..100).map(|seed| random(5 + seed as usize * 3 / 2, 3 + seed as usize % 14, seed)).collect();
    compare("100 random networks", drawn.iter().cycle().take(count - 6 * share), 2);
}

fn compare<'a>(name: &str, networks: impl Iterator<Item = &'a OwnedNetwork>, seed: u64) {
    let mut dice = Dice(seed);
    let (mut worst, mut count, mut refused) = (0.0_f64, 0, 0);
    for network in networks {
        let coalition = Coalition(1 + dice.next((1 << network.players().len()) - 1) as u64);
        let ours = network.value(coalition, Assets::WithProjects).expect("a value");
        count += 1;
        match network.value_by_general_solver(coalition, Assets::WithProjects) {
            Ok(general) => worst = worst.max((ours - general).abs() / ours.abs().max(general.abs()).max(1.0)),
            Err(_) => refused += 1,
        }
    }
    println!(
        "{name}: {count} coalitions, largest relative difference {worst:.1e}, not certified by the general solver {refused}"
    );
}

/// Microseconds a coalition, beside Clarabel and the whole general solver on coalitions of the same game.
fn time() {
    println!(
        "network players nodes assets us_1_thread us_2_threads solves fallbacks pivots_a_solve cold_us clarabel_us general_us ratio_to_clarabel highs_us"
    );
    let mut networks: Vec<(String, OwnedNetwork)> =
        WORLDS.iter().map(|(name, players)| ((*name).to_string(), of_world(players))).collect();
    networks.extend(
        [(60, 4), (150, 4)].map(|(nodes, seed)| (format!("random {nodes}"), random(nodes, 16, seed))),
    );
    for (name, network) in &networks {
        let players = network.players().len();
        let (mut seconds, mut effort) = ([f64::INFINITY; 2], None);
        for _ in 0..2 {
            for threads in [1, 2] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
                let begun = Instant::now();
                let found = pool.install(|| network.values()).expect("values");
                seconds[threads - 1] = seconds[threads - 1].min(begun.elapsed().as_secs_f64());
                effort = Some(found.effort);
            }
        }
        let effort = effort.expect("values");
        let mut dice = Dice(7);
        let some: Vec<Coalition> =
            (0..300).map(|_| Coalition(1 + dice.next((1 << players) - 1) as u64)).collect();
        let begun = Instant::now();
        some.iter().for_each(|&coalition| drop(network.value(coalition, Assets::Existing)));
        let cold = begun.elapsed().as_secs_f64() / some.len() as f64;
        let (mut clarabel, mut general) = (0.0, 0.0);
        for &coalition in &some {
            let program = network.program(coalition, Assets::Existing);
            let settings = Settings { clock, interior_tolerance: 1e-9, ..Settings::default() };
            let begun = Instant::now();
            let outcome = solve(&program, &settings);
            general += begun.elapsed().as_secs_f64() / some.len() as f64;
            clarabel += outcome.times.solve / some.len() as f64;
        }
        let us = |seconds: f64| 1e6 * seconds;
        let each = |seconds: f64| us(seconds) / effort.solves as f64;
        println!(
            "{name} | {players} {} {} {:.2} {:.2} {} {} {:.2} {:.1} {:.0} {:.0} {:.0} {:.0}",
            network.nodes(),
            network.assets(),
            each(seconds[0]),
            each(seconds[1]),
            effort.solves,
            effort.fallbacks,
            effort.pivots as f64 / effort.solves as f64,
            us(cold),
            us(clarabel),
            us(general),
            us(clarabel) / each(seconds[0]),
            us(by_highs(network, &some)),
        );
    }
}

/// Seconds a coalition by HiGHS, without polish; not a number when it was not built in. Its active-set method for
/// quadratic programmes takes no starting point through its interface, so each coalition starts from nothing.
#[cfg(feature = "highs")]
fn by_highs(network: &OwnedNetwork, coalitions: &[Coalition]) -> f64 {
    let settings = Settings { clock, method: netback_solve::Method::Highs, ..Settings::default() };
    let few = &coalitions[..50];
    let seconds =
        |&coalition: &Coalition| solve(&network.program(coalition, Assets::Existing), &settings).times.solve;
    few.iter().map(seconds).sum::<f64>() / few.len() as f64
}

#[cfg(not(feature = "highs"))]
fn by_highs(_: &OwnedNetwork, _: &[Coalition]) -> f64 {
    f64::NAN
}

fn clock() -> f64 {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// Seconds for all coalitions of a number of players at 60 nodes.
fn total(players: usize) {
    let network = random(60, players, 4);
    let begun = Instant::now();
    let found = network.values().expect("values");
    println!(
        "{players} players, {} nodes: {:.2} s, {} solves, {} fallbacks, {} pivots",
        network.nodes(),
        begun.elapsed().as_secs_f64(),
        found.effort.solves,
        found.effort.fallbacks,
        found.effort.pivots
    );
}
