//! Zones of agreement of world-2011, and deals that are refused.

use std::path::Path;
use std::sync::LazyLock;

use netback::case::{Case, Files, Findings, RawCase};
use netback::contract::{Deal, DealAnswer, Whose, answer_deal, deal_tables};
use netback::study::StudyFailure;
use netback::units::{Fraction, Gas, UsdPerTcm, mmbtu_per_tcm};
use netback_solve::Settings;

fn folder(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

static WORLD: LazyLock<(RawCase, Case)> = LazyLock::new(|| {
    let files = Files::read(&folder("../../cases/world-2011")).expect("a folder");
    let raw = RawCase::read(&files).unwrap_or_else(|found| panic!("{found}"));
    let case = Case::from_raw(&raw).unwrap_or_else(|found| panic!("{found}"));
    (raw, case)
});

/// The western route in its last stage, at two oil prices.
static ALTAI: LazyLock<DealAnswer> = LazyLock::new(|| {
    let (raw, case) = &*WORLD;
    let mut deal = Deal::read(raw, case, "gazprom-cnpc-altai").unwrap_or_else(|found| panic!("{found}"));
    deal.stages.remove(0);
    deal.levels = vec![60.0];
    deal.levers.retain(|lever| lever.scenarios.is_empty());
    answer_deal(raw, case, &deal, &Settings::default(), false, &|| {}).expect("certified")
});

/// USD per Russian thousand cubic metres.
fn russian(price: UsdPerTcm) -> f64 {
    let gas = Gas::named("russia").expect("a named gas");
    price.0 * mmbtu_per_tcm(&gas) / mmbtu_per_tcm(&WORLD.1.gas)
}

/// Every bad deal by name, with what was found, and a deal that is not there.
fn refused() -> Vec<(String, Findings)> {
    let (raw, case) = &*WORLD;
    let mut names: Vec<String> = std::fs::read_dir(folder("tests/bad_deals"))
        .expect("a folder")
        .map(|entry| {
            entry.expect("readable").path().file_stem().expect("a name").to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    let refuse = |name: String| {
        let file = format!("{name}.toml");
        let text = std::fs::read_to_string(folder("tests/bad_deals").join(&file)).expect("readable");
        let mut raw = raw.clone();
        raw.add_text(format!("deals/{file}"), text);
        let findings = match Deal::read(&raw, case, &name) {
            Err(findings) => findings,
            Ok(deal) => match answer_deal(&raw, case, &deal, &Settings::default(), false, &|| {}) {
                Err(StudyFailure::Input(findings)) => findings,
                other => panic!("{name} was accepted: {:?}", other.map(|answer| answer.solves)),
            },
        };
        (name, findings)
    };
    names.into_iter().map(refuse).collect()
}

/// Codes that the bad deals show.
pub fn codes() -> Vec<String> {
    let (raw, case) = &*WORLD;
    let unknown = Deal::read(raw, case, "gazprom-cnpc-altay").expect_err("there is none");
    let findings = refused().into_iter().map(|(_, findings)| findings).chain([unknown]);
    findings.flat_map(|findings| findings.0).map(|finding| finding.code.to_string()).collect()
}

#[test]
fn deals_that_are_wrong_are_refused_with_place_and_help() {
    let (raw, case) = &*WORLD;
    let refused = refused();
    assert!(refused.len() >= 20, "{}", refused.len());
    for (name, findings) in refused {
        assert!(!findings.0.is_empty(), "{name} is refused without a reason");
        for finding in &findings.0 {
            assert!(
                !finding.help.is_empty() && finding.place.file == format!("deals/{name}.toml"),
                "{finding:?}"
            );
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("bad-deal-{name}"), findings.to_string());
        });
    }
    let unknown = Deal::read(raw, case, "gazprom-cnpc-altay").expect_err("there is none");
    assert!(unknown.to_string().contains("did you mean \"gazprom-cnpc-altai\"?"), "{unknown}");
}

#[test]
fn every_deal_of_the_case_is_read() {
    let (raw, case) = &*WORLD;
    for name in raw.names_in("deals") {
        Deal::read(raw, case, name).unwrap_or_else(|found| panic!("{found}"));
    }
}

/// What was reported in 2011 is what both sides work out by hand: parity with Germany, and the pilot price formula.
#[test]
fn the_gap_of_beijing_is_a_gap_of_benchmarks() {
    let answer = &*ALTAI;
    let regulated = answer.point(0, 0, answer.base_level);
    let by_hand = Whose::ByHand.of(regulated);
    assert!((russian(by_hand.seller) - 350.0).abs() < 15.0, "Russia asks {}", russian(by_hand.seller));
    let pilot = answer.levers.iter().find(|effect| {
        answer.deal.names_of(&effect.levers).starts_with("pilot")
            && effect.levers.len() == 1
            && (effect.valuation, effect.whose) == (0, Whose::ByHand)
    });
    let pilot = pilot.expect("a lever").after;
    assert!((russian(pilot.buyer) - 250.0).abs() < 30.0, "China bids {}", russian(pilot.buyer));
    assert!(pilot.width().0 < -50.0 && by_hand.width().0 < pilot.width().0, "{by_hand:?} {pilot:?}");
    // In the market both sides would gain: Europe does not lose this gas.
    let market = Whose::CompanyAndState.of(regulated);
    assert!(market.width().0 > 0.0, "{market:?}");
    assert!(market.seller.0 < 0.5 * by_hand.seller.0, "{market:?} {by_hand:?}");
}

#[test]
fn every_cubic_metre_has_a_source_and_a_use() {
    let answer = &*ALTAI;
    for valuation in 0..2 {
        for side in ["seller", "buyer"] {
            let rows = answer.displacements.iter();
            let rows = rows.filter(|row| row.valuation == valuation && row.side == side);
            let sum: f64 = rows.map(|row| row.change).sum();
            // Russian storage loses part of what passes it, and more passes with the contract.
            assert!((sum / answer.deal.volume.0 - 1.0).abs() < 0.005, "{side}: {sum}");
        }
    }
}

#[test]
fn a_duty_is_a_transfer_and_money_for_the_pipeline_is_too() {
    let answer = &*ALTAI;
    for effect in answer.levers.iter().filter(|effect| effect.whose == Whose::CompanyAndState) {
        let change = effect.after.width() - effect.before.width();
        assert!(change.0.abs() < 1e-9, "{effect:?}");
    }
    let waived = |whose: Whose| {
        let is_waived = |levers: &[usize]| answer.deal.names_of(levers) == "export duty waived";
        let found = answer.levers.iter().find(|effect| is_waived(&effect.levers) && effect.whose == whose);
        found.expect("a lever").clone()
    };
    let by_company = waived(Whose::Company);
    let duty = answer.deal.export_duty.0;
    let expected = by_company.before.seller.0 * (1.0 - duty);
    assert!((by_company.after.seller.0 - expected).abs() < 1e-9, "{by_company:?}");
}

#[test]
fn the_life_of_a_deal_adds_up() {
    let answer = &*ALTAI;
    let life = answer.horizon(0, Whose::CompanyAndState, answer.base_level, 0);
    assert_eq!(life.years.len(), answer.deal.years);
    let volume = answer.deal.volume.0;
    let by_year: f64 =
        life.years.iter().map(|year| year.zone.width().0 * volume * year.share.0 * year.discount).sum();
    assert!((by_year - life.zone_value.0).abs() < 1e-6 * by_year.abs(), "{by_year} {:?}", life.zone_value);
    // With one stage every year has the same zone, and so has the life.
    let zone = Whose::CompanyAndState.of(answer.point(0, 0, answer.base_level));
    assert!((life.levelised.width() - zone.width()).0.abs() < 1e-9);
    let price = zone.nash(Fraction(0.5)).expect("a zone");
    assert!(zone.seller < price && price < zone.buyer);
    let late = answer.horizon(0, Whose::CompanyAndState, answer.base_level, 1);
    let rate = 1.0 + answer.deal.discount_rate;
    assert!((late.zone_value.0 * rate - life.zone_value.0).abs() < 1e-6 * life.zone_value.0);
    // A price on the way between two levels is between the zones of both.
    let [low, high] = [60.0, answer.base_level].map(|level| Whose::Company.of(answer.point(0, 1, level)));
    let middle = answer.zone_at(0, 1, Whose::Company, 0.5 * (60.0 + answer.base_level));
    assert!((middle.buyer.0 - 0.5 * (low.buyer.0 + high.buyer.0)).abs() < 1e-9);
    for table in deal_tables(&WORLD.1, answer) {
        assert!(!table.rows.is_empty() || table.name == "delay", "{} is empty", table.name);
    }
}
