//! From a case to a game: by hand, on the world of 2011, and what is refused.

use std::path::Path;
use std::sync::LazyLock;

use netback::bargaining::{
    Assets, Coalition, EURASIAN_PLAYERS, NetworkRules, Outsiders, OwnedNetwork, Player, network_game,
    network_game_with_projects, read_players, read_unions,
};
use netback::case::{Case, Files, Findings, RawCase};
use netback::study::{BargainingAnswer, BargainingQuestion, StudyFailure, answer_bargaining_question};
use netback::units::UsdPerTcm;

static WORLD: LazyLock<RawCase> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/world-2011");
    RawCase::read(&Files::read(&folder).expect("the case is there")).expect("the case is readable")
});

fn world(scenarios: &[&str]) -> Case {
    let raw = WORLD.with_scenarios(scenarios).expect("the scenarios exist");
    Case::from_raw(&raw).unwrap_or_else(|found| panic!("{scenarios:?}: {found}"))
}

/// A field in the north, a line through the middle with an owner of its own, a market in the south.
fn small(settings: &str, demand: &str, status: &str) -> Result<Case, Findings> {
    let seasons =
        "[[season]]\nname = \"summer\"\nshare = 0.5\n\n[[season]]\nname = \"winter\"\nshare = 0.5\n";
    let toml = format!(
        "name = \"small\"\ntitle = \"Small\"\nbase_year = 2020\n\n[[year]]\nyear = 2020\n\n{seasons}\n\
         [settings]\ndiscount_rate = 0.05\n{settings}"
    );
    let mut files = Files::new();
    for (name, text) in [
        ("case.toml", toml.as_str()),
        ("actors.csv", "actor,name,bloc\nnorth,North,\nmiddle,Middle,rim\nsouth,South,rim\n"),
        (
            "nodes.csv",
            "node,name,actor,longitude,latitude,region\nn,N,north,0,60,all\nm,M,middle,0,50,all\ns,S,south,0,40,all\n",
        ),
        ("traders.csv", "trader,name,actor,theta\nseller,Seller,north,0\n"),
        (
            "fields.csv",
            "field,node,trader,capacity_bcm_per_year,annual_capacity_bcm_per_year,marginal_cost_usd_per_tcm\n\
             giant,n,seller,200,100,20\n",
        ),
        ("demand.csv", demand),
        (
            "pipelines.csv",
            &format!(
                "pipeline,name,from,to,capacity_bcm_per_year,tariff_usd_per_tcm,loss_fraction,owners,status\n\
                 first,First,n,m,500,10,0,,existing\nsecond,Second,m,s,500,20,0,middle;south,existing\n\
                 bypass,Bypass,n,s,500,30,0,north;south,{status}\n"
            ),
        ),
    ] {
        files.insert(name, text);
    }
    Case::read(&files)
}

const LINEAR: &str =
    "node,sector,quantity_bcm_per_year,price_usd_per_tcm,elasticity,form\ns,all,60,200,-0.5,linear\n";
const FIXED: &str =
    "node,sector,quantity_bcm_per_year,price_usd_per_tcm,elasticity,form\ns,all,60,200,0,fixed\n";

fn players(case: &Case, text: &str) -> Vec<Player> {
    read_players(case, text).unwrap_or_else(|found| panic!("{found}"))
}

fn game(case: &Case, text: &str) -> OwnedNetwork {
    network_game(case, &players(case, text), Outsiders::Idle).unwrap_or_else(|found| panic!("{found}"))
}

fn is_close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0)
}

#[test]
fn a_chain_of_three_is_worth_what_a_hand_works_out() {
    // Choke price 200 + 200/0.5 = 600, slope 600/90; cost at the market 20 + 10 + 20 = 50: 82.5 bcm, 550 at the start.
    let case = small("", LINEAR, "proposed").expect("a case");
    let found = game(&case, "north,middle,south").values().expect("values");
    for mask in 1..7 {
        assert_eq!(*found.existing.value(Coalition(mask)), 0.0, "{mask}");
    }
    assert!(is_close(*found.existing.total(), 82.5 * 550.0 / 2.0), "{}", found.existing.total());
    assert!(found.existing.shapley().iter().all(|&value| is_close(value, 82.5 * 550.0 / 6.0)));
    // Above a cap of 300 gas counts 300: 45 bcm of it, then the line down to 50.
    let case = small("price_cap_usd_per_tcm = 300\n", LINEAR, "proposed").expect("a case");
    let total = game(&case, "north,@rim").value(Coalition(3), Assets::Existing).expect("a value");
    assert!(is_close(total, 45.0 * 300.0 + 37.5 * 175.0 - 82.5 * 50.0), "{total}");
    // A fixed demand is worth the cap.
    let case = small("price_cap_usd_per_tcm = 300\n", FIXED, "proposed").expect("a case");
    let total = game(&case, "north,middle,south").value(Coalition(7), Assets::Existing).expect("a value");
    assert!(is_close(total, 60.0 * 250.0), "{total}");
}

#[test]
fn a_bypass_takes_from_the_transit_what_the_formula_says() {
    // With a bypass at the same cost the transit has no say: Shapley 1/2, 0, 1/2.
    let (case, built) =
        (small("", LINEAR, "proposed").expect("a case"), small("", LINEAR, "existing").expect("a case"));
    let three = players(&case, "north,middle,south");
    let network = network_game_with_projects(&case, &built, &three, Outsiders::Idle).expect("a project");
    let found = network.values().expect("values");
    let worth = 82.5 * 550.0 / 2.0;
    assert!(is_close(found.existing.shapley()[1], worth / 3.0));
    for (value, share) in found.with_projects.shapley().iter().zip([0.5, 0.0, 0.5]) {
        assert!(is_close(*value, share * worth), "{value}");
    }
    // Seven coalitions, and the two that hold north and south again.
    assert_eq!((found.effort.solves, found.effort.fallbacks), (9, 0));
}

const SEASONS: NetworkRules = NetworkRules { outsiders: Outsiders::Idle, seasons: true };

/// What all players of a published storage case have together, against its printed solution: the area under demand
/// less production and storage cost.
#[test]
fn two_seasons_and_a_store_are_worth_what_the_closed_forms_say() {
    for name in ["interior", "capacity-bound", "volume-bound"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("../../cases/published/analytic-storage-{name}"));
        let raw = RawCase::read(&Files::read(&folder).expect("a folder")).expect("a case");
        let case = Case::from_raw(&raw).unwrap_or_else(|found| panic!("{found}"));
        let text = std::fs::read_to_string(folder.join("expected.csv")).expect("expected values");
        let rows = netback::report::read_csv_rows(&text).expect("CSV");
        let printed = |table: &str, place: &str, column: &str| -> f64 {
            let found = rows
                .iter()
                .find(|row| row["table"] == table && row["where"].contains(place) && row["column"] == column);
            found.unwrap_or_else(|| panic!("{name}: {table} {place}"))["value"].parse().expect("a number")
        };
        let text = std::fs::read_to_string(folder.join("demand.csv")).expect("demand");
        let demand = netback::report::read_csv_rows(&text).expect("CSV");
        // elasticity -1: the price falls from twice the reference in a straight line; each season is half a year
        let area = |row: usize, season: &str| {
            let number = |column: &str| demand[row][column].parse::<f64>().expect("a number");
            let (quantity, price) = (number("quantity_bcm_per_year"), number("price_usd_per_tcm"));
            assert_eq!((demand[row]["season"].as_str(), number("elasticity")), (season, -1.0));
            let rate = printed("consumption", &format!("season={season}"), "bcm_per_year");
            0.5 * (2.0 * price - 0.5 * price / quantity * rate) * rate
        };
        let injected = 0.5 * printed("storage", "season=summer", "injection_bcm_per_year");
        let store = &case.storage[0];
        let worth = area(0, "summer") + area(1, "winter")
            - printed("totals", "production_cost", "value")
            - store.cost.0 * injected;
        let two = players(&case, "seller,buyer");
        let network = network_game(&case, &two, SEASONS).expect("a game");
        let value = network.value(Coalition(3), Assets::Existing).expect("a value");
        assert!((value - worth).abs() <= 1e-4 * worth, "{name}: {value} {worth}");
    }
}

#[test]
fn seasons_without_a_difference_are_the_year() {
    let case = small("", LINEAR, "existing").expect("a case");
    let three = players(&case, "north,middle,south");
    let yearly = network_game(&case, &three, Outsiders::Idle).expect("a game").values().expect("values");
    let seasonal = network_game(&case, &three, SEASONS).expect("a game").values().expect("values");
    for (one, other) in yearly.existing.values().iter().zip(seasonal.existing.values()) {
        assert!(is_close(*one, *other), "{one} {other}");
    }
    assert!(*yearly.existing.total() > 0.0);
}

#[test]
fn the_world_in_two_seasons_agrees_with_the_general_solver() {
    let case = world(&[]);
    let four = players(&case, "RUS,UKR+BLR,Europe=@EU+CHE+WBK,TUR");
    let network = network_game(&case, &four, SEASONS).expect("a game");
    assert!(network.asset_list().any(|(name, ..)| name.starts_with("store ")));
    let values = network.values().expect("values");
    assert_eq!(values.effort.fallbacks, 0);
    for mask in 1..16 {
        let general = network.value_by_general_solver(Coalition(mask), Assets::Existing).expect("a value");
        let value = values.existing.value(Coalition(mask));
        assert!((value - general).abs() <= 1e-7 * general.max(1.0), "{mask}: {value} {general}");
    }
    assert_eq!(values.existing.is_superadditive(), Some(true));
    // winter demand is dearer to serve than an even year: seasons can only cost
    let yearly = network_game(&case, &four, Outsiders::Idle).expect("a game").values().expect("values");
    assert!(values.existing.total() != yearly.existing.total());
    // a store with owners of its own is closed without them
    let mut owned = case.clone();
    let store = owned.storage.iter().position(|store| store.id == "ugs-deu").expect("a store");
    owned.storage[store].owners =
        players(&case, "RUS,DEU").into_iter().flat_map(|player| player.actors).collect();
    let network = network_game(&owned, &four, SEASONS).expect("a game");
    let needs =
        network.asset_list().find(|(name, ..)| *name == "store ugs-deu, winter").expect("the store").1;
    assert_eq!(needs, Coalition::of([0, 2]));
}

#[test]
fn a_line_that_grows_is_a_project_of_what_it_gains() {
    let (base, full) = (world(&[]), world(&["nord-stream-full"]));
    let two = players(&base, "RUS,Europe=@EU+CHE+WBK");
    let network = network_game_with_projects(&base, &full, &two, Outsiders::Idle).expect("a project");
    let projects: Vec<_> = network.asset_list().filter(|&(_, _, is_project)| is_project).collect();
    assert!(
        projects.contains(&("pipeline nord-stream-1, added capacity", Coalition(3), true)),
        "{projects:?}"
    );
    let whole = network_game(&full, &two, Outsiders::Idle).expect("a game");
    let (one, other) =
        (network.value(Coalition(3), Assets::WithProjects), whole.value(Coalition(3), Assets::Existing));
    assert!(is_close(one.expect("a value"), other.expect("a value")));
    // Germany is no player: the line ends with an outsider
    let others = players(&base, "RUS,CHN");
    let network = network_game_with_projects(&base, &full, &others, Outsiders::Idle).expect("a project");
    assert!(!network.asset_list().any(|(_, _, is_project)| is_project));
}

#[test]
fn a_fringe_at_a_price_buys_and_sells_at_it() {
    // North alone sells to outsiders at 250: they use 52.5 bcm at it, and let gas through at their tariffs.
    let case = small("", LINEAR, "proposed").expect("a case");
    let north = players(&case, "north");
    let network = network_game(&case, &north, Outsiders::Fringe(UsdPerTcm(250.0))).expect("a game");
    let value = network.value(Coalition(1), Assets::Existing).expect("a value");
    assert!(is_close(value, 52.5 * 200.0), "{value}");
    assert_eq!(network.value(Coalition(0), Assets::Existing), Ok(0.0));
}

#[test]
fn the_world_of_2011_is_a_game_without_fallbacks_and_with_a_core() {
    let (base, altai) = (world(&[]), world(&["altai-built"]));
    let fifteen = players(&base, EURASIAN_PLAYERS);
    let network = network_game_with_projects(&base, &altai, &fifteen, Outsiders::Idle).expect("a game");
    let values = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| network.values()).expect("values")
    };
    let found = values(1);
    assert_eq!(found, values(16), "threads change nothing");
    assert_eq!(found.effort.fallbacks, 0);
    // Only coalitions with Russia and China are asked about Altai, those with China about lines inside China.
    assert_eq!(found.effort.solves, (1 << 15) - 1 + (1 << 14));
    for (assets, game) in [(Assets::Existing, &found.existing), (Assets::WithProjects, &found.with_projects)]
    {
        assert_eq!(game.is_superadditive(), Some(true));
        let payoffs = network.core_allocation(assets).expect("a core");
        let (excess, coalition) = game.largest_excess(&payoffs).expect("players");
        assert!(excess <= 1e-9 * game.total(), "{excess} {coalition:?}");
        assert!(is_close(payoffs.iter().sum(), *game.total()));
    }
    // The coalition's own solve from nothing, and the general solver, say the same.
    for mask in [1_u64, 0x11, 0x7fff, 0x2d5, 0x1234] {
        for (assets, game) in
            [(Assets::Existing, &found.existing), (Assets::WithProjects, &found.with_projects)]
        {
            let value = *game.value(Coalition(mask));
            assert!(is_close(value, network.value(Coalition(mask), assets).expect("a value")));
            assert!(is_close(
                value,
                network.value_by_general_solver(Coalition(mask), assets).expect("a value")
            ));
        }
    }
}

/// What is refused, as `code: message`, with what was asked.
fn refusals() -> Vec<(&'static str, Vec<String>)> {
    let case = world(&[]);
    let told = |findings: Findings| -> Vec<String> {
        findings.0.iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect()
    };
    let mut refusals = Vec::new();
    for text in ["RUS,CHI", "RUS,Union=@EEU", "RUS+KAZ,KAZ", "RUS,,CHN", "A=RUS,A=CHN"] {
        refusals.push((text, told(read_players(&case, text).expect_err(text))));
    }
    let names = ["RUS", "UZB+KAZ", "UZB"].map(String::from);
    for text in ["RUS+CHN", "RUS+UZB,RUS", "RUS,,UZB"] {
        refusals.push((text, told(read_unions(&names, text).expect_err(text))));
    }
    let fixed = small("", FIXED, "proposed").expect("a case");
    let game = network_game(&fixed, &players(&fixed, "north,south"), Outsiders::Idle);
    refusals.push(("fixed demand", told(game.expect_err("no cap"))));
    let two = players(&case, "RUS,CHN");
    for scenario in ["ukraine-cut", "duty-waived"] {
        let game = network_game_with_projects(&case, &world(&[scenario]), &two, Outsiders::Idle);
        refusals.push((scenario, told(game.expect_err(scenario))));
    }
    for (from, to) in [
        ("project = \"Altai\"", "project = \"Altay\""),
        ("about = [\"RUS\"]", "about = [\"TKM\"]"),
        ("name = \"Nord Stream\"", "name = \"Altai\""),
        ("times = 0.999999", "times = -1"),
        ("players = [\"all\"], measure = \"loss\"", "players = [], measure = \"loss\""),
        ("unions = \"RUS+KAZ\"", "fringe_price = -5"),
    ] {
        match asked(&QUESTION.replace(from, to)) {
            Err(StudyFailure::Input(findings)) => refusals.push((to, told(findings))),
            other => panic!("{to}: {other:?}"),
        }
    }
    refusals
}

/// Codes that the refusals show.
pub fn codes() -> Vec<String> {
    let told = refusals().into_iter().flat_map(|(_, told)| told);
    told.filter_map(|told| told.split_once(':').map(|(code, _)| code.to_string())).collect()
}

/// Two projects among four players, with one finding that holds by arithmetic and one that cannot.
const QUESTION: &str = r#"
title = "Who gains?"
players = "RUS,KAZ,CHN,Europe=@EU+CHE+WBK"
unions = "RUS+KAZ"
about = ["RUS"]

[[project]]
name = "Altai"
scenario = "altai-built"

[[project]]
name = "Nord Stream"
scenario = "nord-stream-full"

[[finding]]
says = "All have what each has."
source = "arithmetic"
claim = [
    { larger = { project = "Altai", players = ["RUS", "KAZ", "CHN", "Europe"] }, smaller = { project = "Altai", players = ["all"] }, times = 0.999999 },
    { larger = { project = "Altai", players = ["all"], measure = "with" }, smaller = { project = "Altai", players = ["all"], measure = "without" } },
]

[[finding]]
says = "What is gained is lost."
source = "nobody"
claim = [{ larger = { project = "Altai", players = ["all"], measure = "loss" }, smaller = { project = "Altai", players = ["all"] } }]
"#;

fn asked(text: &str) -> Result<BargainingAnswer, StudyFailure> {
    let question: BargainingQuestion = toml::from_str(text).expect("a question");
    answer_bargaining_question(&WORLD, &question, &|| {})
}

#[test]
fn a_study_divides_projects_and_compares_them_with_findings() {
    let answer = asked(QUESTION).expect("an answer");
    assert_eq!((answer.agrees.as_slice(), answer.fallbacks), (&[true, false][..], 0));
    for project in &answer.projects {
        let [without, with] = project.total;
        assert!(is_close(project.without.iter().sum(), without) && is_close(project.with.iter().sum(), with));
        let [owen, _] = project.owen.as_ref().expect("a union was asked about");
        assert!(is_close(owen.iter().sum(), without), "{owen:?}");
        // both outsiders of the union face it as one, so somebody's share moves
        assert!(owen.iter().zip(&project.without).any(|(owen, alone)| (owen - alone).abs() > 1.0));
    }
    // Altai of the study is the game of `netback bargain --project altai`
    let (base, built) = (world(&[]), world(&["altai-built"]));
    let four = players(&base, "RUS,KAZ,CHN,Europe=@EU+CHE+WBK");
    let network = network_game_with_projects(&base, &built, &four, Outsiders::Idle).expect("a game");
    let values = network.values().expect("values");
    assert_eq!(answer.projects[0].with, values.with_projects.shapley());
}

#[test]
fn what_cannot_be_played_is_refused_by_name() {
    let expected = [
        "NB0170: \"CHI\" is no actor or bloc of the case",
        "NB0170: \"@EEU\" is no actor or bloc of the case",
        "NB0171: the actor KAZ is in \"KAZ\" and in \"RUS+KAZ\"",
        "NB0172: the player \"\" has no actors",
        "NB0151: two players are called \"A\"",
        "NB0152: ",
        "NB0157: ",
        "NB0158: ",
        "NB0173: ",
        "NB0174: ",
        "NB0175: ",
        "NB0087: no project of \"Who gains?\" is called \"Altay\"",
        "NB0087: no player of \"Who gains?\" is called \"TKM\"",
        "NB0125: two projects",
        "NB0044: times is -1",
        "NB0042: an amount of the project",
        "NB0044: fringe_price is -5",
    ];
    let refusals = refusals();
    assert_eq!(refusals.len(), expected.len());
    for ((asked, told), expected) in refusals.iter().zip(expected) {
        assert!(!told.is_empty() && told.iter().all(|told| told.starts_with(expected)), "{asked}: {told:?}");
    }
    let names = ["RUS", "UZB+KAZ", "UZB"].map(String::from);
    assert_eq!(read_unions(&names, "RUS+UZB+KAZ, UZB"), Ok(vec![Coalition(3), Coalition(4)]));
}
