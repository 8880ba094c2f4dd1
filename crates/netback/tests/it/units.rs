//! Units at the border: every word with its factor, every wrong word with its error.

use netback::units::{
    Bcm, BcmPerYear, Fraction, Gas, MillionUsd, Unit, UnitError, UsdPerTcm, UsdPerTcmPerBcmPerYear, convert,
    mmbtu_per_tcm, read_in, read_quantity,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A gas whose numbers are all different and nobody's default.
const GAS: Gas = Gas {
    gross_calorific_value_mj_per_m3: 38.0,
    temperature_celsius: 20.0,
    gross_calorific_value_mj_per_kg: 54.0,
};

/// Cubic feet are measured at 60 °F, which is written as 15.56 °C.
const MEGAJOULE_PER_CUBIC_FOOT: f64 = 38.0 * (293.15 / 288.71) * 0.3048 * 0.3048 * 0.3048;

/// Amounts in MJ of `GAS`, from the definitions.
const AMOUNTS: [(&str, f64); 23] = [
    ("m3", 38.0),
    ("tcm", 38e3),
    ("1000 m3", 38e3),
    ("mcm", 38e6),
    ("bcm", 38e9),
    ("cf", MEGAJOULE_PER_CUBIC_FOOT),
    ("mmcf", 1e6 * MEGAJOULE_PER_CUBIC_FOOT),
    ("bcf", 1e9 * MEGAJOULE_PER_CUBIC_FOOT),
    ("tcf", 1e12 * MEGAJOULE_PER_CUBIC_FOOT),
    ("mmbtu", 1055.05585262),
    ("million Btu", 1055.05585262),
    ("MJ", 1.0),
    ("GJ", 1e3),
    ("TJ", 1e6),
    ("PJ", 1e9),
    ("EJ", 1e12),
    ("kWh", 3.6),
    ("MWh", 3.6e3),
    ("GWh", 3.6e6),
    ("TWh", 3.6e9),
    ("t LNG", 54e3),
    ("Mt LNG", 54e9),
    ("Mt", 54e9),
];

/// Rates by their ending: times a year.
const ENDINGS: [(&str, f64); 6] =
    [("/yr", 1.0), ("/year", 1.0), ("/y", 1.0), (" pa", 1.0), ("/d", 365.0), ("/day", 365.0)];

/// Volumes by what stands behind them: MJ/m³.
const QUALIFIERS: [(&str, f64); 12] = [
    ("", 38.0),
    (" (20 C)", 38.0),
    (" (20 °C)", 38.0),
    (" (15 C)", 38.0 * 293.15 / 288.15),
    ("(0)", 38.0 * 293.15 / 273.15),
    (" (40 MJ)", 40.0),
    (" (standard)", 40.0),
    (" (lng)", 40.0),
    (" (Russia)", 37.1),
    (" (china)", 37.7),
    (" (netherlands)", 35.17),
    (" (groningen)", 35.17),
];

fn unit(text: &str) -> Unit {
    Unit::read(text, &GAS).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn check(value: f64, from: &str, to: &str, expected: f64) {
    let found = convert(value, &unit(from), &unit(to), None).unwrap_or_else(|error| panic!("{error}"));
    let tolerance = 1e-12 * expected.abs();
    assert!((found - expected).abs() <= tolerance, "{value} {from} is {found} {to}, expected {expected}");
}

#[test]
fn every_amount_has_its_factor() {
    for (name, megajoule) in AMOUNTS {
        check(2.0, name, "MJ", 2.0 * megajoule);
        check(2.0, &name.to_uppercase(), "MJ", 2.0 * megajoule);
        check(2.0, &format!("USD/{name}"), "USD/MJ", 2.0 / megajoule);
        check(2.0, &format!("$/{name}"), "USD/MJ", 2.0 / megajoule);
        check(2.0, &format!("EUR/{name}"), "€/MJ", 2.0 / megajoule);
        for (ending, per_year) in ENDINGS {
            check(2.0, &format!("{name}{ending}"), "MJ/yr", 2.0 * megajoule * per_year);
        }
    }
}

#[test]
fn every_qualifier_has_its_gas() {
    for (qualifier, megajoule) in QUALIFIERS {
        check(3.0, &format!("m3{qualifier}"), "MJ", 3.0 * megajoule);
        check(3.0, &format!("USD/tcm{qualifier}"), "USD/GJ", 3.0 / megajoule);
        check(3.0, &format!("bcm/yr{qualifier}"), "PJ/yr", 3.0 * megajoule);
    }
}

#[test]
fn gases_are_known_by_name() {
    let gas = |name: &str| {
        let gas = Gas::named(name).unwrap_or_else(|| panic!("{name} is not known"));
        (gas.gross_calorific_value_mj_per_m3, gas.temperature_celsius, gas.gross_calorific_value_mj_per_kg)
    };
    assert_eq!(gas("standard"), (40.0, 15.0, 54.4));
    assert_eq!(gas("lng"), gas("standard"));
    assert_eq!(gas("russia"), (37.1, 20.0, 54.4));
    assert_eq!(gas("china"), (37.7, 20.0, 54.4));
    assert_eq!(gas("netherlands"), (35.17, 0.0, 54.4));
    assert_eq!(gas("groningen"), gas("netherlands"));
    assert!(Gas::named("atlantis").is_none());
    assert!((mmbtu_per_tcm(&GAS) - 38e3 / 1055.05585262).abs() < 1e-12);
}

#[test]
fn euros_need_a_rate() {
    let at =
        |from: &str, to: &str| convert(10.0, &unit(from), &unit(to), Some(1.25)).expect("a rate is given");
    assert!((at("EUR/MWh", "USD/MWh") - 12.5).abs() < 1e-12);
    assert!((at("USD/MWh", "EUR/MWh") - 8.0).abs() < 1e-12);
    assert!((at("EUR/MWh", "EUR/MWh") - 10.0).abs() < 1e-12);
    assert!((at("$/MWh", "USD/MWh") - 10.0).abs() < 1e-12);
    for (from, to) in [("EUR/MWh", "USD/MWh"), ("USD/MWh", "€/MWh")] {
        let refused = convert(10.0, &unit(from), &unit(to), None);
        assert_eq!(refused, Err(UnitError::NoExchangeRate { from: from.into(), to: to.into() }));
    }
}

#[test]
fn unknown_words_are_named() {
    for text in [
        "",
        "bcmx",
        "USD/",
        "USD/barrel",
        "EUR/bcm/yr",
        "bcm (20 F)",
        "bcm (mars)",
        "/yr",
        "USD",
        "bcm/month",
    ] {
        assert_eq!(Unit::read(&format!(" {text} "), &GAS), Err(UnitError::Unknown(text.into())), "{text}");
    }
    assert_eq!(unit(" bcm/yr (20 C) ").text(), "bcm/yr (20 C)");
}

#[test]
fn what_measures_different_things_is_not_converted() {
    let kinds = [("bcm", "an amount of gas"), ("bcm/yr", "a rate of gas"), ("USD/bcm", "a price")];
    for (from, from_kind) in kinds {
        for (to, to_kind) in kinds.into_iter().filter(|(to, _)| *to != from) {
            let mismatch = UnitError::Mismatch { from: from.into(), to: to.into(), from_kind, to_kind };
            assert_eq!(convert(1.0, &unit(from), &unit(to), Some(1.0)), Err(mismatch));
        }
    }
}

#[test]
fn quantities_are_numbers_followed_by_units() {
    for (text, number, unit) in [
        ("8.5 USD/mmbtu", 8.5, "USD/mmbtu"),
        ("8.5USD/mmbtu", 8.5, "USD/mmbtu"),
        ("  -3 bcm/yr (20 C) ", -3.0, "bcm/yr (20 C)"),
        ("+3 bcm", 3.0, "bcm"),
        ("1_000 m3", 1000.0, "m3"),
    ] {
        assert_eq!(read_quantity(text), Ok((number, unit)));
    }
    let endless = format!("{}bcm", "9".repeat(400));
    for text in
        ["", "8.5", "8.5 ", "bcm", "nan bcm", "--3 bcm", "3-3 bcm", "1.2.3 bcm", "_ bcm", endless.as_str()]
    {
        assert_eq!(read_quantity(text), Err(UnitError::NotAQuantity(text.into())));
    }
    assert_eq!(read_in("38 GJ/yr", "tcm/yr", &GAS), Ok(1.0));
    assert_eq!(read_in("68", "bcm/yr", &GAS), Err(UnitError::NotAQuantity("68".into())));
    assert_eq!(read_in("68 bcn", "bcm", &GAS), Err(UnitError::Unknown("bcn".into())));
}

#[test]
fn quantities_are_counted_with_their_units() {
    assert_eq!(Bcm(3.0) * UsdPerTcm(200.0), MillionUsd(600.0));
    assert_eq!(UsdPerTcmPerBcmPerYear(4.0) * BcmPerYear(2.5), UsdPerTcm(10.0));
    assert_eq!(BcmPerYear(68.0).over(Fraction(0.25)), Bcm(17.0));
    assert_eq!(Bcm(3.0) + Bcm(4.0) - Bcm(1.5), Bcm(5.5));
    assert_eq!(-Bcm(3.0) * 2.0, Bcm(-6.0));
    assert_eq!(Bcm(3.0) / Bcm(4.0), 0.75);
    assert_eq!(
        (Bcm(-3.0).abs(), Bcm(3.0).max(Bcm(4.0)), Bcm(3.0).min(Bcm(4.0))),
        (Bcm(3.0), Bcm(4.0), Bcm(3.0))
    );
    assert_eq!([1.0, 2.0, 4.0].map(Bcm).into_iter().sum::<Bcm>(), Bcm(7.0));
    let mut total = Bcm(1.0);
    total += Bcm(2.0);
    assert_eq!((total.value(), Bcm::UNIT), (3.0, "bcm"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(2011), ..ProptestConfig::default() })]

    /// There and back is the same number, whatever the units and the gas.
    #[test]
    fn there_and_back(
        value in -1e6f64..1e6,
        from in 0usize..AMOUNTS.len(),
        to in 0usize..AMOUNTS.len(),
        kind in 0usize..3,
        gas in (30.0f64..45.0, -10.0f64..30.0, 45.0f64..56.0),
        rate in 0.5f64..2.0,
    ) {
        let gas = Gas {
            gross_calorific_value_mj_per_m3: gas.0,
            temperature_celsius: gas.1,
            gross_calorific_value_mj_per_kg: gas.2,
        };
        let (from, to) = (AMOUNTS[from].0, AMOUNTS[to].0);
        let (from, to) = match kind {
            0 => (from.to_string(), to.to_string()),
            1 => (format!("{from}/d"), format!("{to}/yr")),
            _ => (format!("EUR/{from}"), format!("USD/{to}")),
        };
        let [from, to] = [from, to].map(|text| Unit::read(&text, &gas).expect("known"));
        let there = convert(value, &from, &to, Some(rate)).expect("of one kind");
        let back = convert(there, &to, &from, Some(rate)).expect("of one kind");
        prop_assert!((back - value).abs() <= 1e-12 * value.abs());
    }
}
