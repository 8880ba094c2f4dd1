//! Levers that are on together, on a small market: what holds whatever the terms are.

use netback::case::{Case, Files, RawCase};
use netback::contract::deal::LeverEffect;
use netback::contract::{Deal, DealAnswer, Whose, Zone, answer_deal, deal_tables, solves_of};
use netback::units::{Fraction, UsdPerTcm};
use netback_solve::Settings;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A field that sells abroad over one line and could sell to a city over another; the city has a field of its own.
const CASE: [(&str, &str); 10] = [
    (
        "case.toml",
        "name = \"small\"\ntitle = \"\"\nbase_year = 2000\n[[year]]\nyear = 2000\n[[season]]\nname = \"all-year\"\nshare = 1.0\n",
    ),
    ("actors.csv", "actor,name\nnorth,North\nsouth,South\nwest,West\n"),
    (
        "nodes.csv",
        "node,name,actor,region\nwells,Wells,north,r\nborder,Border,south,r\ncity,City,south,r\nabroad,Abroad,west,r\n",
    ),
    ("traders.csv", "trader,name,actor,theta\nseller,Seller,north,0.5\nown,Own,south,0\n"),
    (
        "fields.csv",
        "field,node,trader,capacity_bcm_per_year,marginal_cost_usd_per_tcm,cost_slope_usd_per_tcm_per_bcm_per_year\n\
         wells,wells,seller,60,20,0.5\nown,city,own,40,60,2\n",
    ),
    (
        "demand.csv",
        "node,quantity_bcm_per_year,price_usd_per_tcm,elasticity\ncity,40,200,-0.5\nabroad,30,300,-0.6\nwells,5,40,-0.4\n",
    ),
    (
        "pipelines.csv",
        "pipeline,name,from,to,capacity_bcm_per_year,tariff_usd_per_tcm\n\
         line,Line,wells,border,12,30\nwithin,Within,border,city,30,10\nwest,West,wells,abroad,25,40\n",
    ),
    ("index_levels.csv", "index,unit,base_level\noil,USD/bbl,80\n"),
    (
        "scenarios/more-wanted.toml",
        "title = \"\"\n[[change]]\ntable = \"demand\"\nwhere = { node = \"city\" }\nscale = { quantity_bcm_per_year = 1.4 }\n",
    ),
    (
        "scenarios/west-wider.toml",
        "title = \"\"\n[[change]]\ntable = \"pipelines\"\nwhere = { pipeline = \"west\" }\nset = { capacity_bcm_per_year = 35 }\n",
    ),
];

/// The deal without levers.
const DEAL: &str = "title = \"\"\nseller = \"north\"\ntrader = \"seller\"\nbuyer = \"south\"\nvolume = 10\n\
    delivery = [\"line\"]\ncity_gate = \"city\"\nalternative_market = \"abroad\"\nfirst_year = 2000\nyears = 3\n\
    discount_rate = 0.1\nexport_duty_fraction = 0.3\nindex = \"oil\"\nlevels = [40, 120]\nvolatility = 0.2\n\
    [[stage]]\nyear = 2000\n[[stage]]\nyear = 2005\nscenarios = [\"west-wider\"]\n\
    [[valuation]]\nname = \"regulated\"\ncity_gate_usd_per_tcm = 150\n\
    [[valuation]]\nname = \"free\"\ncity_gate_usd_per_tcm = 250\ncity_gate_slope_usd_per_tcm_per_unit = 1.5\n\
    [[alternative]]\nname = \"other\"\nconstant_usd_per_tcm = 20\nslope_usd_per_tcm_per_unit = 3\nhaul_usd_per_tcm = 15\n";

/// Scenarios without contradiction, and two that insert the same line.
const MARKET: [(&str, &str); 4] = [
    (
        "scenarios/dearer-own.toml",
        "title = \"\"\n[[change]]\ntable = \"fields\"\nwhere = { field = \"own\" }\nset = { marginal_cost_usd_per_tcm = 75 }\n",
    ),
    (
        "scenarios/fewer-abroad.toml",
        "title = \"\"\n[[change]]\ntable = \"demand\"\nwhere = { node = \"abroad\" }\nscale = { quantity_bcm_per_year = 0.7 }\n",
    ),
    (
        "scenarios/spur.toml",
        "title = \"\"\n[[change]]\ntable = \"pipelines\"\ninsert = { pipeline = \"spur\", name = \"Spur\", from = \"abroad\", to = \"city\", capacity_bcm_per_year = 3, tariff_usd_per_tcm = 20 }\n",
    ),
    (
        "scenarios/other-spur.toml",
        "title = \"\"\n[[change]]\ntable = \"pipelines\"\ninsert = { pipeline = \"spur\", name = \"Spur\", from = \"abroad\", to = \"city\", capacity_bcm_per_year = 5, tariff_usd_per_tcm = 25 }\n",
    ),
];

fn raw(deal: &str) -> RawCase {
    let mut files = Files::new();
    for (name, text) in CASE.into_iter().chain(MARKET).chain([("deals/deal.toml", deal)]) {
        files.insert(name, text);
    }
    RawCase::read(&files).unwrap_or_else(|found| panic!("{found}"))
}

/// The answer to a deal file, with the number of markets that were announced.
fn answer(deal: &str) -> DealAnswer {
    let raw = raw(deal);
    let case = Case::from_raw(&raw).unwrap_or_else(|found| panic!("{found}"));
    let deal = Deal::read(&raw, &case, "deal").unwrap_or_else(|found| panic!("{found}"));
    let announced = AtomicUsize::new(0);
    let count = || {
        announced.fetch_add(1, Ordering::Relaxed);
    };
    let answer = answer_deal(&raw, &case, &deal, &Settings::default(), false, &count)
        .unwrap_or_else(|failure| panic!("{failure}"));
    let (announced, expected) = (announced.into_inner(), solves_of(&case, &deal, false));
    assert_eq!(announced, expected, "the progress bar ends where it should");
    assert!(answer.solves == expected || !answer.left_out.is_empty(), "{} {expected}", answer.solves);
    answer
}

fn lever(name: &str, terms: &str) -> String {
    format!("[[lever]]\nname = \"{name}\"\n{terms}\n")
}

fn duty(rate: f64) -> String {
    lever("duty", &format!("export_duty_fraction = {rate}"))
}

fn gate(price: f64) -> String {
    lever("gate", &format!("city_gate_usd_per_tcm = {price}"))
}

fn share(of_tariff: f64) -> String {
    lever("share", &format!("tariff_share_of_buyer_fraction = {of_tariff}"))
}

fn scenario(name: &str) -> String {
    lever(name, &format!("scenarios = [\"{name}\"]"))
}

fn effect<'a>(answer: &'a DealAnswer, valuation: usize, whose: Whose, levers: &[usize]) -> &'a LeverEffect {
    let here = |one: &&LeverEffect| (one.valuation, one.whose) == (valuation, whose) && one.levers == levers;
    answer.levers.iter().find(here).unwrap_or_else(|| panic!("{levers:?} has no effect"))
}

#[track_caller]
fn same(one: Zone, other: Zone) {
    let far = (one.seller - other.seller).0.abs().max((one.buyer - other.buyer).0.abs());
    assert!(far < 1e-9 * (1.0 + one.seller.0.abs() + one.buyer.0.abs()), "{one:?} {other:?}");
}

/// Every curve with these levers is that of the other deal without any.
#[track_caller]
fn same_curves(answer: &DealAnswer, levers: &[usize], written: &DealAnswer, payoffs: &[Whose]) {
    for stage in 0..2 {
        for valuation in 0..2 {
            for &whose in payoffs {
                let one = answer.curve(stage, valuation, whose, levers).expect("drawn");
                let other = written.curve(stage, valuation, whose, &[]).expect("drawn");
                assert_eq!(one.zones.len(), other.zones.len());
                for ((level, a), (at, b)) in one.zones.iter().zip(&other.zones) {
                    assert_eq!(level, at);
                    same(*a, *b);
                }
            }
        }
    }
}

/// The tariff that the buyer takes over, moved from the seller by hand.
fn shifted(zone: Zone, paid: f64, duty: f64) -> Zone {
    Zone { seller: zone.seller - UsdPerTcm(paid / (1.0 - duty)), buyer: zone.buyer - UsdPerTcm(paid) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    /// Terms that levers set together are those of a deal file in which they are written.
    #[test]
    fn levers_on_terms_are_the_terms(rate in 0.0..0.9_f64, price in 20.0..400.0_f64, part in 0.01..1.0_f64) {
        let together = answer(&(DEAL.to_string() + &duty(rate) + &gate(price) + &share(part)));
        let written = DEAL
            .replace("export_duty_fraction = 0.3", &format!("export_duty_fraction = {rate}"))
            .replace("city_gate_usd_per_tcm = 150", &format!("city_gate_usd_per_tcm = {price}"))
            .replace("city_gate_usd_per_tcm = 250\ncity_gate_slope_usd_per_tcm_per_unit = 1.5", &format!("city_gate_usd_per_tcm = {price}"));
        let plain = answer(DEAL);
        let written = answer(&written);
        // none of them is the deal as it stands
        same_curves(&together, &[], &plain, &Whose::ALL);
        same_curves(&together, &[0, 1], &written, &Whose::ALL);
        // the city gate is no part of the market
        same_curves(&together, &[1], &plain, &[Whose::Company, Whose::CompanyAndState]);
        let paid = 30.0 * part;
        for valuation in 0..2 {
            for whose in Whose::ALL {
                let duty = if whose == Whose::CompanyAndState { 0.0 } else { rate };
                let bare = whose.of(written.point(1, valuation, 80.0));
                let found = effect(&together, valuation, whose, &[0, 1, 2]);
                same(found.after, shifted(bare, paid, duty));
                same(found.before, whose.of(plain.point(1, valuation, 80.0)));
                let curve = together.curve(1, valuation, whose, &[0, 1, 2]).expect("drawn");
                let at_base = curve.zones.iter().find(|(level, _)| *level == 80.0).expect("a level");
                same(at_base.1, found.after);
            }
        }
    }
}

/// Each lever alone does what it does in a deal that has no other, whatever stands beside it.
#[test]
fn a_lever_alone_does_not_know_the_others() {
    let all = [duty(0.1), share(0.5), scenario("dearer-own"), scenario("fewer-abroad"), gate(300.0)];
    let together = answer(&(DEAL.to_string() + &all.concat()));
    for (at, lever) in all.iter().enumerate() {
        let alone = answer(&(DEAL.to_string() + lever));
        for found in &alone.levers {
            assert_eq!(found.levers, [0]);
            let beside = effect(&together, found.valuation, found.whose, &[at]);
            same(found.before, beside.before);
            same(found.after, beside.after);
        }
        let single = |effect: &&LeverEffect| effect.levers == [at];
        assert_eq!(alone.levers.len(), together.levers.iter().filter(single).count());
    }
    // three on terms, two in the market: all of 2^5 - 1 in the market, and the three and their sets by hand
    let by_hand = together.levers.iter().filter(|effect| effect.whose == Whose::ByHand).count();
    assert_eq!((together.levers.len() - by_hand, by_hand), (2 * 2 * 31, 2 * 7));
}

/// Levers in the market are solved together, and terms are counted on top of that market.
#[test]
fn levers_in_the_market_are_solved_together() {
    let levers = [scenario("dearer-own"), scenario("fewer-abroad"), duty(0.0)].concat();
    let together = answer(&(DEAL.to_string() + &levers));
    let both = "scenarios = [\"west-wider\", \"dearer-own\", \"fewer-abroad\"]";
    let written = DEAL.replace("scenarios = [\"west-wider\"]", both);
    let usual = answer(&written);
    let waived = answer(&written.replace("export_duty_fraction = 0.3", "export_duty_fraction = 0.0"));
    for valuation in 0..2 {
        for whose in [Whose::Company, Whose::CompanyAndState] {
            let found = effect(&together, valuation, whose, &[0, 1]);
            same(found.after, whose.of(usual.point(1, valuation, 80.0)));
            let parts = [0, 1].map(|lever| effect(&together, valuation, whose, &[lever]).after.width().0);
            assert!(parts.iter().all(|part| (part - found.after.width().0).abs() > 1e-3), "{parts:?}");
            let found = effect(&together, valuation, whose, &[0, 1, 2]);
            same(found.after, whose.of(waived.point(1, valuation, 80.0)));
        }
    }
}

/// A lever with scenarios and terms counts in the market through both, by hand through its terms.
#[test]
fn a_lever_may_change_market_and_terms() {
    let mixed = lever(
        "mixed",
        "scenarios = [\"dearer-own\"]\nexport_duty_fraction = 0.1\ntariff_share_of_buyer_fraction = 0.5",
    );
    let found = answer(&(DEAL.to_string() + &mixed));
    let apart = [
        scenario("dearer-own"),
        lever("terms", "export_duty_fraction = 0.1\ntariff_share_of_buyer_fraction = 0.5"),
    ];
    let apart = answer(&(DEAL.to_string() + &apart.concat()));
    for valuation in 0..2 {
        for whose in [Whose::Company, Whose::CompanyAndState] {
            same(
                effect(&found, valuation, whose, &[0]).after,
                effect(&apart, valuation, whose, &[0, 1]).after,
            );
            assert!(found.curve(1, valuation, whose, &[0]).is_none(), "it is known at the base level alone");
        }
        let whose = Whose::ByHand;
        same(effect(&found, valuation, whose, &[0]).after, effect(&apart, valuation, whose, &[1]).after);
        assert!(found.curve(0, valuation, whose, &[0]).is_some());
    }
}

/// Two levers that set one thing, and scenarios that contradict each other, are in no set together.
#[test]
fn levers_that_contradict_each_other_are_left_out() {
    let terms = [duty(0.1), lever("none", "export_duty_fraction = 0"), gate(200.0)].concat();
    let market = [scenario("spur"), scenario("other-spur")].concat();
    let found = answer(&(DEAL.to_string() + &terms + &market));
    assert_eq!(found.deal.clash(0, 1), Some("the export duty"));
    assert_eq!(found.deal.clash(0, 2), None);
    assert_eq!(found.left_out, [[3, 4]]);
    let joined = |a: usize, b: usize| {
        found.levers.iter().any(|effect| effect.levers.contains(&a) && effect.levers.contains(&b))
    };
    assert!(!joined(0, 1) && !joined(3, 4) && joined(1, 2) && joined(2, 3) && joined(0, 4));
    let case = Case::from_raw(&raw(DEAL)).unwrap_or_else(|found| panic!("{found}"));
    let told = found.sentences(&case).into_iter().find(|sentence| sentence.starts_with("Levers together"));
    assert!(
        told.expect("told")
            .contains("left out, since their scenarios contradict each other: spur + other-spur")
    );
}

/// Many levers: every one alone, and no more sets than can be answered.
#[test]
fn many_levers_are_answered_in_few_sets() {
    let terms = |number: usize| {
        (0..number).map(|at| lever(&format!("nothing {at}"), "note = \"\"")).collect::<String>()
    };
    let market = |number: usize| {
        (0..number)
            .map(|at| lever(&format!("again {at}"), "scenarios = [\"dearer-own\"]"))
            .collect::<String>()
    };
    let sets = |levers: String| {
        let answer = answer(&(DEAL.to_string() + &levers));
        let here = |effect: &&LeverEffect| (effect.valuation, effect.whose) == (0, Whose::Company);
        let sizes = answer.levers.iter().filter(here).map(|effect| effect.levers.len());
        sizes.fold(vec![0; 8], |mut count: Vec<usize>, size| {
            count[size - 1] += 1;
            count
        })
    };
    assert_eq!(sets(terms(6)), [6, 15, 20, 15, 6, 1, 0, 0]);
    assert_eq!(sets(terms(7)), [7, 21, 35, 0, 0, 0, 0, 0]);
    assert_eq!(sets(market(4)), [4, 6, 4, 1, 0, 0, 0, 0]);
    assert_eq!(sets(market(5)), [5, 9, 0, 0, 1, 0, 0, 0]);
}

/// The sentence names the fewest levers that open a gap, and no set that holds one of them besides.
#[test]
fn the_fewest_levers_that_open_a_gap_are_named() {
    let dear = DEAL.replace("constant_usd_per_tcm = 20", "constant_usd_per_tcm = 120");
    let found = answer(&(dear + &duty(0.0) + &gate(320.0) + &share(0.5)));
    let case = Case::from_raw(&raw(DEAL)).unwrap_or_else(|found| panic!("{found}"));
    let told = found.sentences(&case).into_iter().find(|sentence| sentence.starts_with("Levers together"));
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("levers-together", told.expect("told"));
    });
    let tables = deal_tables(&case, &found);
    let rows = |name: &str| tables.iter().find(|table| table.name == name).expect("a table").rows.len();
    assert_eq!((rows("levers"), rows("lever_combinations")), (2 * 3 * 3, 2 * 3 * 4));
    assert_eq!(found.deal.names_of(&[0, 2]), "duty + share");
    assert_eq!(found.deal.export_duty, Fraction(0.3));
}
