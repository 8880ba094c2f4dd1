//! case.toml and shipping.toml: years, seasons, gas, choices about the market, ships.

use std::collections::BTreeMap;

use super::super::case::{CaseSettings, ConductRule, Shipping};
use super::super::finding::{Finding, Findings, Place};
use super::super::raw::RawCase;
use super::super::toml_place::Step;
use super::super::toml_table::{Source, Toml};
use crate::calendar::{Calendar, Season, Year, share_of_months};
use crate::units::{Fraction, Gas, UsdPerTcm, UsdPerTcmPerBcmPerYear};

const CASE: &str = "case.toml";
const SHIPPING: &str = "shipping.toml";

pub(super) struct Settings {
    pub name: String,
    pub title: String,
    pub base_year: i32,
    pub gas: Gas,
    pub calendar: Calendar,
    /// The seasons were read without a finding: a name that is not among them is wrong.
    pub seasons_known: bool,
    pub settings: CaseSettings,
    pub shipping: Option<Shipping>,
    /// There is a shipping.toml, right or wrong.
    pub has_shipping: bool,
}

impl Settings {
    pub fn read(raw: &RawCase, findings: &mut Findings) -> Settings {
        if raw.unreadable.contains(CASE) {
            // its one finding is there already: all that follows from it is silent
            return Settings::read_all(raw, &mut Findings::default());
        }
        Settings::read_all(raw, findings)
    }

    fn read_all(raw: &RawCase, findings: &mut Findings) -> Settings {
        let source = Source { file: CASE, text: &raw.settings_text, changed: &raw.settings_changed };
        let empty = toml::Table::new();
        let mut top = Toml::new(&raw.settings, source, Vec::new());
        let name = top.text("name", findings).unwrap_or_default();
        let title = top.text("title", findings).unwrap_or_default();
        let base_year = top.year("base_year", findings);
        for (key, given, example) in [
            ("name", !name.is_empty(), "\"my-case\""),
            ("base_year", base_year.is_some() || raw.settings.contains_key("base_year"), "2011"),
        ] {
            if !given {
                let place = top.place(key);
                findings.0.push(Finding::new(
                    "missing-key",
                    place,
                    format!("the case has no {key}"),
                    format!("write {key} = {example}"),
                ));
            }
        }
        let base_year = base_year.unwrap_or(2000);
        let gas_section = top.section("gas", &empty, findings);
        let settings_section = top.section("settings", &empty, findings);
        let season_list = top.list("season", findings);
        let year_list = top.list("year", findings);
        top.unknown_keys(&[], findings);

        let gas = read_gas(gas_section, source, findings);
        let settings = read_choices(settings_section, source, findings);
        let before = findings.0.len();
        let seasons = read_seasons(&season_list, source, findings);
        let seasons_known = !seasons.is_empty() && findings.0.len() == before;
        let years = read_years(&year_list, source, base_year, settings.discount_rate, findings);
        let shipping = raw.shipping.as_ref().filter(|_| !raw.unreadable.contains(SHIPPING));
        let shipping = shipping.and_then(|(text, table)| read_shipping(text, table, findings));
        Settings {
            name,
            title,
            base_year,
            gas,
            calendar: Calendar { years, seasons },
            seasons_known,
            settings,
            shipping,
            has_shipping: raw.shipping.is_some(),
        }
    }
}

fn read_gas(section: &toml::Table, source: Source, findings: &mut Findings) -> Gas {
    let mut table = Toml::new(section, source, vec![Step::Key("gas")]);
    let gas = Gas {
        gross_calorific_value_mj_per_m3: table
            .above_zero("gross_calorific_value_mj_per_m3", findings)
            .unwrap_or(Gas::STANDARD.gross_calorific_value_mj_per_m3),
        temperature_celsius: table
            .number("temperature_celsius", findings)
            .unwrap_or(Gas::STANDARD.temperature_celsius),
        gross_calorific_value_mj_per_kg: table
            .above_zero("gross_calorific_value_mj_per_kg", findings)
            .unwrap_or(Gas::STANDARD.gross_calorific_value_mj_per_kg),
    };
    table.unknown_keys(&[], findings);
    gas
}

fn read_choices(section: &toml::Table, source: Source, findings: &mut Findings) -> CaseSettings {
    let mut table = Toml::new(section, source, vec![Step::Key("settings")]);
    let conducts = [
        ("table", ConductRule::Table),
        ("price-taking", ConductRule::PriceTaking),
        ("calibrated", ConductRule::Calibrated),
    ];
    let conduct = table.word("conduct", &conducts, findings).unwrap_or(ConductRule::Table);
    let settings = CaseSettings {
        discount_rate: table.positive("discount_rate", findings).unwrap_or(0.0),
        price_cap: table.positive("price_cap_usd_per_tcm", findings).map(UsdPerTcm),
        contract_shortfall_penalty: table
            .positive("contract_shortfall_penalty_usd_per_tcm", findings)
            .map(UsdPerTcm),
        conduct,
        elasticity_factor: table.above_zero("elasticity_factor", findings).unwrap_or(1.0),
        slope_sigma: table.above_zero("slope_sigma", findings).unwrap_or(3.0),
        tie_break: UsdPerTcmPerBcmPerYear(
            table.positive("tie_break_usd_per_tcm_per_bcm_per_year", findings).unwrap_or(0.0),
        ),
    };
    table.unknown_keys(&[], findings);
    settings
}

fn read_seasons(list: &[&toml::Table], source: Source, findings: &mut Findings) -> Vec<Season> {
    let before = findings.0.len();
    let mut seasons: Vec<Season> = Vec::new();
    let mut first_place = Place::default();
    for (index, table) in list.iter().enumerate() {
        let within = vec![Step::Key("season"), Step::Entry(index)];
        let mut season = Toml::new(table, source, within);
        if index == 0 {
            first_place = season.place("share");
        }
        let name = season.text("name", findings).unwrap_or_default();
        let share = season.above_zero("share", findings);
        let months = season.months("months", findings);
        season.unknown_keys(&[], findings);
        let share = match (table.contains_key("share"), table.contains_key("months")) {
            (true, false) => Fraction(share.unwrap_or_default()),
            (false, true) => share_of_months(&months.unwrap_or_default()),
            _ => {
                findings.0.push(Finding::new(
                    "season-shares",
                    season.place("months"),
                    format!("season \"{name}\" needs either share or months"),
                    "write share = 0.5 or months = [4, 5, 6, 7, 8, 9]",
                ));
                Fraction(0.0)
            }
        };
        let fault = match name.as_str() {
            "" => Some("a season has no name".to_string()),
            "all" => Some("a season is called \"all\", which means every season".to_string()),
            _ if seasons.iter().any(|other| other.name == name) => {
                Some(format!("season \"{name}\" is there twice"))
            }
            _ => None,
        };
        if let Some(message) = fault {
            findings.0.push(Finding::new(
                "season-name",
                season.place("name"),
                message,
                "give every season a name of its own, other than \"all\"",
            ));
        }
        seasons.push(Season { name, share });
    }
    let total: f64 = seasons.iter().map(|season| season.share.0).sum();
    if !seasons.is_empty() && findings.0.len() == before && (total - 1.0).abs() > 1e-9 {
        findings.0.push(Finding::new(
            "season-shares",
            first_place,
            format!("the shares of the seasons add up to {total}, not to 1"),
            "let every month belong to one season",
        ));
    }
    seasons
}

fn read_years(
    list: &[&toml::Table],
    source: Source,
    base_year: i32,
    rate: f64,
    findings: &mut Findings,
) -> Vec<Year> {
    let mut years: Vec<Year> = Vec::new();
    for (index, table) in list.iter().enumerate() {
        let within = vec![Step::Key("year"), Step::Entry(index)];
        let mut entry = Toml::new(table, source, within);
        let year = entry.year("year", findings);
        let weight = entry.above_zero("weight", findings).unwrap_or(1.0);
        let discount = entry.above_zero("discount", findings);
        entry.unknown_keys(&[], findings);
        if !table.contains_key("year") {
            findings.0.push(Finding::new(
                "missing-key",
                entry.place("year"),
                "this [[year]] has no year",
                "write year = 2011",
            ));
        }
        let Some(year) = year else { continue };
        if let Some(last) = years.last().filter(|last| last.year >= year) {
            findings.0.push(Finding::new(
                "year-order",
                entry.place("year"),
                format!("year {year} does not come after {}", last.year),
                "list the years in ascending order, each once",
            ));
        }
        let discount = discount.unwrap_or_else(|| (1.0 + rate).powi(base_year - year));
        years.push(Year { year, weight, discount });
    }
    years
}

fn read_shipping(text: &str, table: &toml::Table, findings: &mut Findings) -> Option<Shipping> {
    let changed = BTreeMap::new();
    let source = Source { file: SHIPPING, text, changed: &changed };
    let mut toml = Toml::new(table, source, Vec::new());
    let before = findings.0.len();
    let mut need = |key: &'static str, findings: &mut Findings| {
        if !table.contains_key(key) {
            findings.0.push(Finding::in_file(
                "missing-key",
                SHIPPING,
                format!("{key} is missing"),
                format!("add {key} = …; the shipping.toml of world-2011 shows every key"),
            ));
        }
        let value = match key {
            "speed_knots" | "ship_capacity_m3" | "fill_fraction" | "energy_mmbtu_per_m3_lng" => {
                toml.above_zero(key, findings)
            }
            _ => toml.positive(key, findings),
        };
        value.unwrap_or(0.0)
    };
    let shipping = Shipping {
        charter_usd_per_day: need("charter_usd_per_day", findings),
        speed_knots: need("speed_knots", findings),
        ship_capacity_m3: need("ship_capacity_m3", findings),
        fill_fraction: need("fill_fraction", findings),
        energy_mmbtu_per_m3_lng: need("energy_mmbtu_per_m3_lng", findings),
        port_days: need("port_days", findings),
        boil_off_laden_fraction_per_day: need("boil_off_laden_fraction_per_day", findings),
        boil_off_ballast_fraction_per_day: need("boil_off_ballast_fraction_per_day", findings),
        fuel_tonnes_per_day: need("fuel_tonnes_per_day", findings),
        fuel_usd_per_tonne: need("fuel_usd_per_tonne", findings),
        fuel_mmbtu_per_tonne: need("fuel_mmbtu_per_tonne", findings),
        port_call_usd: need("port_call_usd", findings),
        boil_off_value_usd_per_mmbtu: None,
        fleet_ships: None,
    };
    let boil_off_value_usd_per_mmbtu = toml.positive("boil_off_value_usd_per_mmbtu", findings);
    let fleet_ships = toml.positive("fleet_ships", findings);
    toml.unknown_keys(&["source", "note"], findings);
    (findings.0.len() == before).then_some(Shipping { boil_off_value_usd_per_mmbtu, fleet_ships, ..shipping })
}
