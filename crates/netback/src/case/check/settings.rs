//! case.toml and shipping.toml: years, seasons, gas, choices about the market, ships.

use std::collections::BTreeMap;

use super::super::case::{CaseSettings, ConductRule, Shipping};
use super::super::finding::{Finding, Findings, Place};
use super::super::raw::RawCase;
use super::super::spelling::did_you_mean;
use super::super::toml_place::{Step, place_in_toml};
use crate::calendar::{Calendar, Season, Year, share_of_months};
use crate::units::{Fraction, Gas, UsdPerTcm, UsdPerTcmPerBcmPerYear};

/// Years that a calendar year may be.
pub(super) const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

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
        let mut top = Toml { table: &raw.settings, source, within: Vec::new(), asked: Vec::new() };
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
    let mut table = Toml { table: section, source, within: vec![Step::Key("gas")], asked: Vec::new() };
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
    let mut table = Toml { table: section, source, within: vec![Step::Key("settings")], asked: Vec::new() };
    let conduct = match table.text("conduct", findings).as_deref() {
        None | Some("table") => ConductRule::Table,
        Some("price-taking") => ConductRule::PriceTaking,
        Some("calibrated") => ConductRule::Calibrated,
        Some(other) => {
            findings.0.push(Finding::new(
                "unknown-word",
                table.place("conduct"),
                format!("conduct is \"{other}\""),
                "choose table, price-taking or calibrated",
            ));
            ConductRule::Table
        }
    };
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
        let mut season = Toml { table, source, within, asked: Vec::new() };
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
        let mut entry = Toml { table, source, within, asked: Vec::new() };
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
    let mut toml = Toml { table, source, within: Vec::new(), asked: Vec::new() };
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

/// Where a table of TOML was read.
#[derive(Clone, Copy)]
struct Source<'a> {
    file: &'static str,
    text: &'a str,
    changed: &'a BTreeMap<String, Place>,
}

/// A table of TOML that knows which of its keys were asked for.
struct Toml<'a> {
    table: &'a toml::Table,
    source: Source<'a>,
    within: Vec<Step<'a>>,
    asked: Vec<&'static str>,
}

impl<'a> Toml<'a> {
    /// Place of a key; of the table around it when the key is absent.
    fn place(&self, key: &str) -> Place {
        let of_settings = self.within.first() == Some(&Step::Key("settings"));
        if let Some(place) = self.source.changed.get(key).filter(|_| of_settings) {
            return place.clone();
        }
        let mut path = self.within.clone();
        path.push(Step::Key(key));
        place_in_toml(self.source.file, self.source.text, &path)
    }

    fn find(&self, name: &str, key: &str, message: String, help: impl Into<String>, findings: &mut Findings) {
        findings.0.push(Finding::new(name, self.place(key), message, help));
    }

    fn number(&mut self, key: &'static str, findings: &mut Findings) -> Option<f64> {
        self.number_such_as(key, "1.0", findings)
    }

    fn number_such_as(&mut self, key: &'static str, example: &str, findings: &mut Findings) -> Option<f64> {
        self.asked.push(key);
        let value = match self.table.get(key)? {
            toml::Value::Integer(value) => *value as f64,
            toml::Value::Float(value) => *value,
            other => {
                let message = format!("{key} is {other}, not a number");
                self.find("wrong-kind", key, message, format!("write {key} = {example}"), findings);
                return None;
            }
        };
        if !value.is_finite() || value.abs() > 1e12 {
            let message = format!("{key} is {value:e}");
            self.find("key-range", key, message, "give a finite number of usual size", findings);
            return None;
        }
        Some(value)
    }

    fn positive(&mut self, key: &'static str, findings: &mut Findings) -> Option<f64> {
        let value = self.number(key, findings)?;
        if value < 0.0 {
            let message = format!("{key} is {value}");
            self.find("key-range", key, message, "give zero or a positive number", findings);
            return None;
        }
        Some(value)
    }

    fn above_zero(&mut self, key: &'static str, findings: &mut Findings) -> Option<f64> {
        let value = self.number(key, findings)?;
        if value <= 0.0 {
            let message = format!("{key} is {value}");
            self.find("key-range", key, message, "give a positive number", findings);
            return None;
        }
        Some(value)
    }

    fn year(&mut self, key: &'static str, findings: &mut Findings) -> Option<i32> {
        let value = self.number_such_as(key, "2011", findings)?;
        let year = value as i32;
        if f64::from(year) != value || !YEARS.contains(&year) {
            let message = format!("{key} is {value}");
            self.find("not-a-year", key, message, "give a calendar year, such as 2011", findings);
            return None;
        }
        Some(year)
    }

    fn months(&mut self, key: &'static str, findings: &mut Findings) -> Option<Vec<usize>> {
        self.asked.push(key);
        let value = self.table.get(key)?;
        let month = |value: &toml::Value| {
            value.as_integer().filter(|month| (1..=12).contains(month)).map(|month| month as usize)
        };
        let months: Option<Vec<usize>> =
            value.as_array().and_then(|months| months.iter().map(month).collect());
        if months.is_none() {
            let message = format!("{key} is {value}");
            self.find("key-range", key, message, "list months from 1 to 12: months = [4, 5, 6]", findings);
        }
        months
    }

    fn text(&mut self, key: &'static str, findings: &mut Findings) -> Option<String> {
        self.asked.push(key);
        match self.table.get(key)? {
            toml::Value::String(value) => Some(value.clone()),
            other => {
                let message = format!("{key} is {other}, not text");
                self.find("wrong-kind", key, message, format!("write {key} = \"…\""), findings);
                None
            }
        }
    }

    fn section(
        &mut self,
        key: &'static str,
        empty: &'a toml::Table,
        findings: &mut Findings,
    ) -> &'a toml::Table {
        self.asked.push(key);
        match self.table.get(key) {
            None => empty,
            Some(toml::Value::Table(section)) => section,
            Some(_) => {
                let message = format!("{key} is not a section");
                self.find("wrong-kind", key, message, format!("write [{key}] and its keys below"), findings);
                empty
            }
        }
    }

    fn list(&mut self, key: &'static str, findings: &mut Findings) -> Vec<&'a toml::Table> {
        self.asked.push(key);
        let Some(value) = self.table.get(key) else {
            let message = format!("the case has no {key}");
            self.find("missing-key", key, message, format!("add at least one [[{key}]]"), findings);
            return Vec::new();
        };
        let items = value.as_array().map(|items| items.iter().map(toml::Value::as_table).collect());
        match items {
            Some(Some(tables)) => tables,
            _ => {
                let message = format!("{key} is not a list of sections");
                let help = format!("write [[{key}]] with two brackets, once for every {key}");
                self.find("wrong-kind", key, message, help, findings);
                Vec::new()
            }
        }
    }

    fn unknown_keys(&self, also: &[&str], findings: &mut Findings) {
        for key in self.table.keys() {
            if !self.asked.contains(&key.as_str()) && !also.contains(&key.as_str()) {
                let known: Vec<&str> = self.asked.iter().chain(also).copied().collect();
                let hint = did_you_mean(key, known.iter().copied());
                let help = format!("{hint}known keys: {}", known.join(", "));
                self.find("unknown-key", key, format!("unknown key \"{key}\""), help, findings);
            }
        }
    }
}
