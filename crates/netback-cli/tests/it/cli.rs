//! The program as its user sees it.

use std::process::{Command, Output};

fn netback(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netback")).args(arguments).output().expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn conversions_name_the_gas() {
    let output = netback(&["convert", "68 bcm/yr", "--to", "bcm/yr (standard)", "--gas", "russia"]);
    assert_eq!(stdout(&output), "63.07 bcm/yr (standard)\n");
    assert!(stderr(&output).contains("37.1 MJ/m3"));
    let output = netback(&["convert", "100 USD/tcm", "--to", "USD/mmbtu", "--gas", "russia"]);
    assert_eq!(stdout(&output), "2.84382 USD/mmbtu\n");
    let output = netback(&["convert", "8.5 USD/mmbtu", "--to", "bcm"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("cannot become"));
}

#[test]
fn threads_do_not_change_the_bytes() {
    let solve = |threads: &str| {
        let study = ["solve", "published/mini-eurasia", "--format", "csv", "--threads", threads];
        stdout(&netback(&study))
    };
    let one = solve("1");
    assert!(one.contains("price_usd_per_tcm"));
    assert_eq!(one, solve("7"));
    let variants = |threads: &str| {
        let arguments = ["solve", "world-2011", "--scenario", "libya-out", "--variants"];
        stdout(&netback(&[&arguments[..], &["--format", "csv", "--threads", threads]].concat()))
    };
    assert_eq!(variants("1"), variants("5"));
}

#[test]
fn wrong_names_come_with_the_right_ones() {
    for (arguments, hint) in [
        (&["solve", "world-2012"][..], "world-2011"),
        (&["study", "peking-2011"][..], "beijing-2011"),
        (&["solve", "world-2011", "--scenario", "hormuz"][..], "hormuz-closed"),
        (&["solve", "published/transmcp", "--table", "price"][..], "prices"),
    ] {
        let output = netback(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(hint), "{arguments:?}: {}", stderr(&output));
        assert!(stdout(&output).is_empty());
    }
}

#[test]
fn a_run_can_be_compared_with() {
    let folder = std::env::temp_dir().join(format!("netback-cli-{}", std::process::id()));
    let run = folder.join("base");
    let run = run.to_str().expect("a plain path");
    let done = netback(&["solve", "published/mini-eurasia", "--out", run]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(stderr(&done).contains("certified"));
    let same = netback(&["solve", "published/mini-eurasia", "--against", run, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout(&same)).expect("JSON");
    let changes = json["changes"].as_array().expect("rows");
    assert!(!changes.is_empty());
    for row in changes {
        let change = row["price_change_usd_per_tcm"].as_f64().unwrap_or(0.0);
        assert!(change.abs() < 1e-6, "{row}");
    }
    std::fs::remove_dir_all(folder).expect("tidied");
}

#[test]
fn init_starts_a_case_that_checks_clean() {
    let folder = std::env::temp_dir().join(format!("netback-init-{}", std::process::id()));
    let case = folder.join("mine");
    let case = case.to_str().expect("a plain path");
    assert_eq!(netback(&["init", case]).status.code(), Some(0));
    assert_eq!(netback(&["check", case]).status.code(), Some(0));
    // never over something that is there
    assert_eq!(netback(&["init", case]).status.code(), Some(2));
    std::fs::remove_dir_all(folder).expect("tidied");
}

#[test]
fn findings_show_the_cell_and_their_code_is_explained() {
    let folder = std::env::temp_dir().join(format!("netback-check-{}", std::process::id()));
    let case = folder.to_str().expect("a plain path");
    assert_eq!(netback(&["init", case, "--from", "published/transmcp"]).status.code(), Some(0));
    let pipelines = folder.join("pipelines.csv");
    let text = std::fs::read_to_string(&pipelines).expect("a table");
    std::fs::write(&pipelines, text.replacen(",1000,225,", ",-1000,225,", 1)).expect("written");
    let output = netback(&["check", case]);
    std::fs::remove_dir_all(folder).expect("tidied");
    assert_eq!(output.status.code(), Some(2));
    let marked = "error[NB0025]: capacity_bcm_per_year is -1000 bcm/yr\n --> pipelines.csv:2:55\n";
    assert!(stderr(&output).starts_with(marked), "{}", stderr(&output));
    assert!(stderr(&output).contains("  ^^^^^\n"), "{}", stderr(&output));
    assert!(stdout(&netback(&["explain", "nb0025"])).starts_with("NB0025: negative\n"));
    assert!(stdout(&netback(&["explain", "--format", "csv"])).contains("NB0086,unknown-group,"));
    assert_eq!(netback(&["explain", "NB9999"]).status.code(), Some(2));
}

#[test]
fn a_run_is_verified_and_a_changed_one_is_not() {
    let folder = std::env::temp_dir().join(format!("netback-verify-{}", std::process::id()));
    let run = folder.join("run");
    let path = run.to_str().expect("a plain path");
    let arguments = ["solve", "published/mini-eurasia", "--scenario", "ukraine-cut", "--out", path];
    assert_eq!(netback(&arguments).status.code(), Some(0));
    let sound = netback(&["verify", path]);
    assert_eq!(sound.status.code(), Some(0), "{}{}", stdout(&sound), stderr(&sound));
    assert!(stdout(&sound).contains("conditions checked, all hold; largest gap"), "{}", stdout(&sound));

    let change = |file: &str, from: &str, to: &str| {
        let before = std::fs::read_to_string(run.join(file)).expect("a file of the run");
        let after = before.replacen(from, to, 1);
        assert_ne!(before, after, "{file} holds {from}");
        std::fs::write(run.join(file), after).expect("written");
        let found = netback(&["verify", path]);
        std::fs::write(run.join(file), before).expect("written");
        found
    };
    // a price, a number of the case, a word of run.json, and the format
    for (file, from, to) in [
        ("prices.csv", ".", "1."),
        ("case/fields.csv", "230", "231"),
        ("run.json", "welfare_million_usd\": ", "welfare_million_usd\": 1"),
    ] {
        let found = change(file, from, to);
        assert_eq!(found.status.code(), Some(3), "{file}: {}", stderr(&found));
        assert!(stdout(&found).contains("expected") || stdout(&found).contains("hash"), "{}", stdout(&found));
        assert!(stdout(&found).lines().count() <= 21);
    }
    let old = change("run.json", "\"format\": 2", "\"format\": 1");
    assert_eq!(old.status.code(), Some(2));
    assert!(stderr(&old).contains("this run holds no case; solve anew"), "{}", stderr(&old));
    let none = netback(&["verify", folder.to_str().expect("a plain path")]);
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("help:"), "{}", stderr(&none));
    std::fs::remove_dir_all(folder).expect("tidied");
}

#[test]
fn a_contract_prints_its_ledger() {
    let output = netback(&["contract", "gazprom-naftogaz-2009"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for words in
        ["RUS sells gas to UKR", "80 % of the annual quantity", "deficiency million usd", "export-duty"]
    {
        assert!(text.contains(words), "{words} in {text}");
    }
    let json = netback(&["contract", "gazprom-naftogaz-2009", "--table", "years", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout(&json)).expect("JSON");
    // 80 % of 40 bcm are 32, 24.8 bcm of the statistics are taken
    let deficiency = json["years"][0]["deficiency_bcm"].as_f64().expect("a number");
    assert!((deficiency - (32.0 - 24.8 * 40.0 / 37.1)).abs() < 1e-9);
    let folder = std::env::temp_dir().join(format!("netback-contract-{}", std::process::id()));
    let out = folder.to_str().expect("a plain path");
    let done = netback(&["contract", "gazprom-naftogaz-2009", "--out", out]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    for file in ["run.json", "contract.toml", "years.csv", "cash_flows.csv"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    std::fs::remove_dir_all(folder).expect("tidied");
}

#[test]
fn a_bad_contract_is_refused_at_its_place() {
    let bad = concat!(env!("CARGO_MANIFEST_DIR"), "/../netback/tests/bad_contracts");
    for (file, words) in [
        ("no-take-or-pay.toml", "section [take_or_pay] is missing"),
        ("unknown-key.toml", "unknown key \"swnig\""),
        ("share-in-percent.toml", "share-in-percent.toml:22:1"),
        ("rate-missing-for-a-month.toml", "has no value for 2015-04"),
    ] {
        let output = netback(&["contract", &format!("{bad}/{file}")]);
        assert_eq!(output.status.code(), Some(2), "{file}");
        assert!(stderr(&output).contains(words), "{file}: {}", stderr(&output));
        assert!(stdout(&output).is_empty());
    }
    let output = netback(&["contract", "gazprom-naftogas-2009"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("gazprom-naftogaz-2009"), "{}", stderr(&output));
}

#[test]
fn a_game_is_answered_and_its_project_valued() {
    let output = netback(&["game", "published/game-tva"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for part in ["All 3 players together cost 412,584", "Kohlberg's criterion", "exact", "fractions"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let project = [
        "game",
        "published/game-netgame8",
        "--scenario",
        "nord_stream",
        "--against",
        "base",
        "--table",
        "project",
    ];
    let rows = stdout(&netback(&[&project[..], &["--format", "csv"]].concat()));
    // what a bypass gives to its two owners, the transit countries and the other seller pay; nothing is lost
    let gains: Vec<f64> = rows
        .lines()
        .skip(1)
        .map(|row| row.rsplit(',').next().expect("a cell").parse().expect("a number"))
        .collect();
    assert!(gains[0] > 0.0 && gains[3] > 0.0 && gains[1] < 0.0 && gains[2] < 0.0 && gains[7] < 0.0, "{rows}");
    assert!((gains.iter().sum::<f64>() - (57_225.0 - 54_750.0)).abs() < 1e-6, "{rows}");
    for (arguments, hint) in [
        (&["game", "published/game-tvb"][..], "published/game-tva"),
        (&["game", "published/game-netgame8", "--scenario", "nord"][..], "nord_stream"),
        (&["game", "published/game-airport-birmingham", "--against", "base"][..], "no scenarios"),
        (&["game", "published/game-tva", "--table", "value"][..], "values"),
    ] {
        let output = netback(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(hint), "{arguments:?}: {}", stderr(&output));
        assert!(stdout(&output).is_empty());
    }
}

#[test]
fn a_sampled_game_says_so_on_any_number_of_threads() {
    let folder = std::env::temp_dir().join(format!("netback-game-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("vote.toml");
    let players: Vec<String> = (1..=40).map(|player| format!("\"P{player}\"")).collect();
    let text = format!(
        "kind = \"weighted-voting\"\nmethod = \"sampled\"\nplayers = [{}]\nweights = {:?}\nquota = 411\n\
         [sampling]\npairs = 200\nseed = 3\n",
        players.join(", "),
        (1..=40).collect::<Vec<_>>()
    );
    std::fs::write(&file, text).expect("written");
    let file = file.to_string_lossy().into_owned();
    let sampled = |threads: &str| stdout(&netback(&["game", &file, "--format", "csv", "--threads", threads]));
    let one = sampled("1");
    // 1 + 2 x 200 x 39 values of coalitions
    assert!(one.contains("shapley,sampled,decimals,15601,200,3") && one.contains("standard_error"), "{one}");
    assert_eq!(one, sampled("7"));
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn a_project_is_divided_among_players() {
    let asked = ["bargain", "world-2011", "--project", "altai", "--unions", "RUS+KAZ+BLR", "--format", "csv"];
    let run = |threads: &str| stdout(&netback(&[&asked[..], &["--threads", threads]].concat()));
    let one = run("1");
    assert_eq!(one, run("5"));
    assert!(
        one.contains("shapley_with_million_usd_per_year") && one.contains("exact,32768,49151,0,"),
        "{one}"
    );
    let seasons = ["--players", "RUS,UKR,CHN", "--seasons", "--format", "csv"];
    let seasons =
        stdout(&netback(&[&["bargain", "world-2011", "--project", "altai"], &seasons[..]].concat()));
    let told =
        stdout(&netback(&["bargain", "world-2011", "--players", "RUS,UKR,CHN", "--table", "explanation"]));
    assert!(told.contains(" is worth ") && told.contains(", with RUS "), "{told}");
    for asset in ["\"pipeline altai, summer\"", "\"pipeline altai, winter\""] {
        assert!(seasons.contains(asset), "{asset}\n{seasons}");
    }
    for (arguments, code, hint) in [
        (&["--players", "RUS,CHI"][..], "NB0170", "CHE"),
        (&["--project", "nord"][..], "NB0080", "nord-stream-full"),
        (&["--unions", "RUS+KAZ,KAZ+UZB"][..], "NB0157", "one union at most"),
        (&["--players", FORTY][..], "NB0150", "--sampled"),
    ] {
        let output = netback(&[&["bargain", "world-2011"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(code) && stderr(&output).contains(hint), "{}", stderr(&output));
    }
}

#[test]
fn a_study_answers_about_contracts_and_bargaining() {
    let folder = std::env::temp_dir().join(format!("netback-study-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("two.toml");
    let text = "title = \"Two questions\"\ncase = \"world-2011\"\n\n\
        [[question]]\nkind = \"contract\"\ntitle = \"What is it worth?\"\ncontract = \"example-take-or-pay\"\npaths = 16\n\n\
        [[question]]\nkind = \"bargaining\"\ntitle = \"Who gains?\"\nplayers = \"RUS,CHN\"\nabout = [\"CHN\"]\n\n\
        [[question.project]]\nname = \"Altai\"\nscenario = \"altai-built\"\n\n\
        [[question.finding]]\nsays = \"Both gain alike\"\nsource = \"two players\"\n\n\
        [[question.finding.claim]]\n\
        larger = { project = \"Altai\", players = [\"RUS\"] }\nsmaller = { project = \"Altai\", players = [\"CHN\"] }\n\
        times = 0.999\n";
    std::fs::write(&file, text).expect("written");
    let out = folder.join("run");
    let (file, out) = (file.display().to_string(), out.display().to_string());
    let printed = stdout(&netback(&["study", &file, "--out", &out]));
    for words in ["over 5 contract years", "The right to choose volumes is worth", "agree: Both gain alike"] {
        assert!(printed.contains(words), "{words}\n{printed}");
    }
    // without its market a study of contracts says nothing of markets
    assert!(!printed.contains("markets solved"), "{printed}");
    for table in ["question-1-ladder", "question-1-years", "question-2-shapley", "question-2-findings"] {
        assert!(folder.join(format!("run/{table}.csv")).is_file(), "{table}");
    }
}

const FORTY: &str = "RUS,TKM,UZB,KAZ,AZE,UKR,BLR,MDA,CAU,KTJ,BAL,FIN,POL,DEU,CZE,SVK,AUT,HUN,CHE,ITA,FRA,BLX,NLD,GBR,\
                     IRL,NOR,DNS,ESP,PRT,ROU,BGR,GRC,WBK,TUR,IRN,IRQ,SAU,QAT,CHN,JPN";

#[test]
fn a_value_does_not_depend_on_threads() {
    let valued = |threads: &str, seed: &str| {
        let arguments = [
            "contract",
            "example-take-or-pay",
            "--paths",
            "32",
            "--seed",
            seed,
            "--threads",
            threads,
            "--format",
            "csv",
        ];
        let output = netback(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let one = valued("1", "1");
    assert!(one.contains("# ladder") && one.contains("# break_even"), "{one}");
    assert_eq!(one, valued("3", "1"));
    assert_ne!(one, valued("3", "2"));
}

#[test]
fn a_contract_without_valuation_is_not_valued() {
    let output = netback(&["contract", "gazprom-naftogaz-2009", "--paths", "32"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("[valuation]"));
}
