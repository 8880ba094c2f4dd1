//! A deal as a file of a case: who sells what to whom over which line, and what else the parties could do.

use std::collections::BTreeMap;

use crate::case::spelling::did_you_mean;
use crate::case::toml_place::Step;
use crate::case::toml_table::{Source, Toml};
use crate::case::{Case, Finding, Findings, RawCase};
use crate::ids::{ActorId, NodeId, PipelineId, TraderId};
use crate::units::{BcmPerYear, Fraction, UsdPerTcm, read_in};

/// Longest life of a contract, in years.
const LONGEST: f64 = 100.0;

/// A long-term contract under negotiation, with the line it needs; a file `deals/<id>.toml` of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Deal {
    /// Name of the file.
    pub id: String,
    /// What it stands for.
    pub title: String,
    /// Country that sells.
    pub seller: ActorId,
    /// Trader of that country that delivers.
    pub trader: TraderId,
    /// Country that buys.
    pub buyer: ActorId,
    /// Annual contract quantity.
    pub volume: BcmPerYear,
    /// Pipelines at whose end the gas changes hands.
    pub delivery: Vec<PipelineId>,
    /// Node where the buyer takes the gas: the end of the delivery pipelines.
    pub border: NodeId,
    /// Market on whose price the buyer's benchmark is taken.
    pub city_gate: NodeId,
    /// Market on whose price the seller's netback is taken.
    pub alternative_market: NodeId,
    /// Scenarios that come with the contract.
    pub builds: Vec<String>,
    /// First year of delivery.
    pub first_year: i32,
    /// Years of delivery.
    pub years: usize,
    /// Shares of the annual quantity in the first years.
    pub ramp_up: Vec<Fraction>,
    /// Yearly discount rate of both sides.
    pub discount_rate: f64,
    /// Export duty on the border price.
    pub export_duty: Fraction,
    /// Position of the oil index in `index_levels`.
    pub index: usize,
    /// Levels of the index at which the zone is computed, ascending.
    pub levels: Vec<f64>,
    /// Spread of yearly changes of the index, for the chance that the zone is open.
    pub volatility: f64,
    /// What the sides have said.
    pub reported: Reported,
    /// The world in years to come.
    pub stages: Vec<Stage>,
    /// How the buyer's country values gas.
    pub valuations: Vec<Valuation>,
    /// What could change.
    pub levers: Vec<Lever>,
    /// What else the buyer could buy.
    pub alternatives: Vec<Alternative>,
}

/// Prices at the border that were reported.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reported {
    /// Of the buyer.
    pub bid: Option<UsdPerTcm>,
    /// Of the seller.
    pub ask: Option<UsdPerTcm>,
    /// What the file says about both.
    pub note: String,
}

/// The world from a year on, until the next stage; values between stages are interpolated.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Calendar year.
    pub year: i32,
    /// Scenarios, in order.
    pub scenarios: Vec<String>,
}

/// How the buyer's country values gas.
#[derive(Debug, Clone, PartialEq)]
pub struct Valuation {
    /// Name as printed.
    pub name: String,
    /// Scenarios on top of the stage.
    pub scenarios: Vec<String>,
    /// Price at the city gate that the buyer may charge, at the base level of the index.
    pub city_gate: UsdPerTcm,
    /// How it moves with a unit of the index.
    pub city_gate_slope: UsdPerTcm,
}

/// One change that either side can bring about.
#[derive(Debug, Clone, PartialEq)]
pub struct Lever {
    /// Name as printed.
    pub name: String,
    /// Scenarios on top of stage and valuation, with and without the contract.
    pub scenarios: Vec<String>,
    /// Export duty in place of the usual one.
    pub export_duty: Option<Fraction>,
    /// Share of the tariff of the delivery pipelines that the buyer pays.
    pub tariff_share_of_buyer: Fraction,
    /// City-gate price in place of that of the valuation.
    pub city_gate: Option<UsdPerTcm>,
}

/// Gas that the buyer could buy instead, by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Name as printed.
    pub name: String,
    /// Price at an index of zero.
    pub constant: UsdPerTcm,
    /// Per unit of the index.
    pub slope: UsdPerTcm,
    /// Haul to the city gate.
    pub haul: UsdPerTcm,
}

impl Deal {
    /// Reads `deals/<id>.toml` of a case.
    ///
    /// Errors: there is no such file, or any of its terms is absent, unknown or out of range; all at once, each
    /// with its place.
    pub fn read(raw: &RawCase, case: &Case, id: &str) -> Result<Deal, Findings> {
        let file = format!("deals/{id}.toml");
        let Some(text) = raw.text(&file) else {
            let known = raw.names_in("deals");
            let hint = did_you_mean(id, known.iter().copied());
            return Err(Findings::one(Finding::in_file(
                "unknown-deal",
                file,
                format!("this case has no deal \"{id}\""),
                format!("{hint}known deals: {}", known.join(", ")),
            )));
        };
        let table: toml::Table =
            toml::from_str(text).map_err(|error| Findings::one(Finding::from_toml(&file, text, &error)))?;
        let changed = BTreeMap::new();
        let source = Source { file: &file, text, changed: &changed };
        let mut findings = Findings::default();
        let mut reader = Reader { raw, case, source, findings: &mut findings };
        let deal = reader.deal(id, &table);
        match deal {
            Some(deal) => findings.or(deal),
            None => Err(findings),
        }
    }
}

struct Reader<'a, 'f> {
    raw: &'a RawCase,
    case: &'a Case,
    source: Source<'a>,
    findings: &'f mut Findings,
}

impl<'a> Reader<'a, '_> {
    fn deal(&mut self, id: &str, table: &'a toml::Table) -> Option<Deal> {
        let mut top = Toml::new(table, self.source, Vec::new());
        for (key, example) in [
            ("title", "\"…\""),
            ("seller", "\"RUS\""),
            ("trader", "\"RUW\""),
            ("buyer", "\"CHN\""),
            ("volume", "\"30 bcm/yr (russia)\""),
            ("delivery", "[\"altai\"]"),
            ("city_gate", "\"CNE\""),
            ("alternative_market", "\"DEU\""),
            ("first_year", "2015"),
            ("years", "30"),
            ("discount_rate", "0.10"),
            ("export_duty_fraction", "0.30"),
            ("index", "\"brent\""),
            ("levels", "[60, 80, 100]"),
            ("volatility", "0.25"),
            ("stage", "…, as [[stage]]"),
            ("valuation", "…, as [[valuation]]"),
        ] {
            top.require(key, example, self.findings);
        }
        let title = top.text("title", self.findings);
        let case = self.case;
        let actors = || case.actors.iter().map(|actor| actor.id.as_str());
        let nodes = || case.nodes.iter().map(|node| node.id.as_str());
        let seller = self.position(&mut top, "seller", "actor", actors()).map(ActorId::from_index);
        let buyer = self.position(&mut top, "buyer", "actor", actors()).map(ActorId::from_index);
        let traders = case.traders.iter().map(|trader| trader.id.as_str());
        let trader = self.position(&mut top, "trader", "trader", traders).map(TraderId::from_index);
        let city_gate = self.position(&mut top, "city_gate", "node", nodes()).map(NodeId::from_index);
        let alternative_market =
            self.position(&mut top, "alternative_market", "node", nodes()).map(NodeId::from_index);
        let index = self.index(&mut top);
        let volume = self.quantity(&mut top, "volume", "bcm/yr").map(BcmPerYear);
        let delivery = self.pipelines(&mut top);
        let border = delivery.as_ref().and_then(|lines| self.border(&top, lines));
        let builds = self.scenarios(&mut top, "builds");
        let first_year = top.year("first_year", self.findings);
        let years = self.whole_years(&mut top);
        let ramp_up = top.shares("ramp_up_fraction", self.findings).unwrap_or_default();
        let discount_rate = top.positive("discount_rate", self.findings);
        let export_duty = self.duty(&mut top);
        let levels = top.ascending("levels", self.findings);
        let volatility = top.positive("volatility", self.findings);
        let empty = toml::Table::new();
        let reported = {
            let section = match table.get("reported") {
                Some(toml::Value::Table(section)) => section,
                _ => &empty,
            };
            top.asked.push("reported");
            let mut section = Toml::new(section, self.source, vec![Step::Key("reported")]);
            let bid = self.quantity(&mut section, "bid", "USD/tcm").map(UsdPerTcm);
            let ask = self.quantity(&mut section, "ask", "USD/tcm").map(UsdPerTcm);
            let note = section.text("note", self.findings).unwrap_or_default();
            section.unknown_keys(&["source"], self.findings);
            Reported { bid, ask, note }
        };
        let stages = self.each(&mut top, "stage", |reader, entry| {
            let year = reader.needed(entry, "year", "2020", |entry, found| entry.year("year", found));
            Some(Stage { year: year?, scenarios: reader.scenarios(entry, "scenarios") })
        });
        let valuations = self.each(&mut top, "valuation", |reader, entry| {
            let name = reader.needed(entry, "name", "\"…\"", |entry, found| entry.text("name", found));
            let scenarios = reader.scenarios(entry, "scenarios");
            let gate = reader.needed(entry, "city_gate_usd_per_tcm", "276", |entry, found| {
                entry.positive("city_gate_usd_per_tcm", found)
            });
            let slope = entry.number("city_gate_slope_usd_per_tcm_per_unit", reader.findings);
            Some(Valuation {
                name: name?,
                scenarios,
                city_gate: UsdPerTcm(gate?),
                city_gate_slope: UsdPerTcm(slope.unwrap_or(0.0)),
            })
        });
        let levers = self.each(&mut top, "lever", |reader, entry| {
            let name = reader.needed(entry, "name", "\"…\"", |entry, found| entry.text("name", found));
            let scenarios = reader.scenarios(entry, "scenarios");
            let export_duty = reader.duty(entry);
            let shared = reader.share(entry, "tariff_share_of_buyer_fraction");
            let gate = entry.positive("city_gate_usd_per_tcm", reader.findings).map(UsdPerTcm);
            Some(Lever {
                name: name?,
                scenarios,
                export_duty,
                tariff_share_of_buyer: shared.unwrap_or(Fraction(0.0)),
                city_gate: gate,
            })
        });
        let alternatives = self.each(&mut top, "alternative", |reader, entry| {
            let name = reader.needed(entry, "name", "\"…\"", |entry, found| entry.text("name", found));
            let mut price =
                |key, example| reader.needed(entry, key, example, |entry, found| entry.number(key, found));
            let (constant, slope, haul) = (
                price("constant_usd_per_tcm", "0"),
                price("slope_usd_per_tcm_per_unit", "5.9"),
                price("haul_usd_per_tcm", "113.7"),
            );
            Some(Alternative {
                name: name?,
                constant: UsdPerTcm(constant?),
                slope: UsdPerTcm(slope?),
                haul: UsdPerTcm(haul?),
            })
        });
        top.unknown_keys(&["source", "note"], self.findings);
        for pair in stages.windows(2).filter(|pair| pair[0].year >= pair[1].year) {
            let message = format!("the stage of {} does not come after {}", pair[1].year, pair[0].year);
            top.find("year-order", "stage", message, "list the stages by year, each once", self.findings);
        }
        let of_another = |(seller, trader): &(ActorId, TraderId)| case.actor_of_trader(*trader) != *seller;
        if seller.zip(trader).filter(of_another).is_some() {
            let message = "the trader does not belong to the seller".to_string();
            top.find("not-of-the-actor", "trader", message, "name a trader of the seller", self.findings);
        }
        if seller.is_some() && seller == buyer {
            let message = "seller and buyer are one country".to_string();
            top.find("not-of-the-actor", "buyer", message, "name the country that buys", self.findings);
        }
        let stages = self.some(&top, "stage", stages);
        let valuations = self.some(&top, "valuation", valuations);
        Some(Deal {
            id: id.to_string(),
            title: title?,
            seller: seller?,
            trader: trader?,
            buyer: buyer?,
            volume: volume?,
            delivery: delivery?,
            border: border?,
            city_gate: city_gate?,
            alternative_market: alternative_market?,
            builds,
            first_year: first_year?,
            years: years?,
            ramp_up,
            discount_rate: discount_rate?,
            export_duty: export_duty?,
            index: index?,
            levels: levels?,
            volatility: volatility?,
            reported,
            stages: stages?,
            valuations: valuations?,
            levers,
            alternatives,
        })
    }

    fn needed<T>(
        &mut self,
        entry: &mut Toml<'a>,
        key: &'static str,
        example: &str,
        read: impl FnOnce(&mut Toml<'a>, &mut Findings) -> Option<T>,
    ) -> Option<T> {
        entry.require(key, example, self.findings);
        read(entry, self.findings)
    }

    /// Entries of a list of sections; a list that is absent is empty.
    fn each<T>(
        &mut self,
        top: &mut Toml<'a>,
        key: &'static str,
        mut read: impl FnMut(&mut Self, &mut Toml<'a>) -> Option<T>,
    ) -> Vec<T> {
        top.asked.push(key);
        if !top.table.contains_key(key) {
            return Vec::new();
        }
        let tables = top.list(key, self.findings);
        let mut entries = Vec::new();
        for (index, table) in tables.into_iter().enumerate() {
            let mut entry = Toml::new(table, self.source, vec![Step::Key(key), Step::Entry(index)]);
            entries.extend(read(self, &mut entry));
            entry.unknown_keys(&["source", "note"], self.findings);
        }
        entries
    }

    fn position<'n>(
        &mut self,
        top: &mut Toml,
        key: &'static str,
        what: &str,
        names: impl Iterator<Item = &'n str>,
    ) -> Option<usize> {
        let given = top.text(key, self.findings)?;
        let names: Vec<&str> = names.collect();
        let found = names.iter().position(|name| *name == given);
        if found.is_none() {
            let hint = did_you_mean(&given, names.iter().copied());
            let help = format!("{hint}name one of the table of the case");
            let message = format!("the case has no {what} \"{given}\"");
            top.find("unknown-identifier", key, message, help, self.findings);
        }
        found
    }

    fn quantity(&mut self, top: &mut Toml, key: &'static str, unit: &str) -> Option<f64> {
        if let Some(toml::Value::Integer(_) | toml::Value::Float(_)) = top.table.get(key) {
            return top.above_zero(key, self.findings);
        }
        let text = top.text(key, self.findings)?;
        let read = read_in(&text, unit, &self.case.gas);
        match read {
            Ok(value) if value > 0.0 => Some(value),
            Ok(_) => {
                let message = format!("{key} is \"{text}\"");
                top.find("key-range", key, message, "give a positive quantity", self.findings);
                None
            }
            Err(error) => {
                let help = format!("give a number in {unit}, or text with a unit: \"30 bcm/yr (russia)\"");
                top.find("wrong-unit", key, error.to_string(), help, self.findings);
                None
            }
        }
    }

    fn whole_years(&mut self, top: &mut Toml) -> Option<usize> {
        let years = top.above_zero("years", self.findings)?;
        if years.fract() != 0.0 || years > LONGEST {
            let message = format!("years is {years}");
            let help = format!("give a whole number of years, up to {LONGEST}");
            top.find("key-range", "years", message, help, self.findings);
            return None;
        }
        Some(years as usize)
    }

    /// The index moves in proportion, and formulas are scaled by its base level: it must be above zero.
    fn index(&mut self, top: &mut Toml) -> Option<usize> {
        let case = self.case;
        let indices = case.index_levels.iter().map(|index| index.id.as_str());
        let index = self.position(top, "index", "index", indices)?;
        let level = case.index_levels[index].base_level;
        if level <= 0.0 {
            let message = format!("the index has a base level of {level}");
            let help = "name an index whose base level in index_levels.csv is above zero";
            top.find("key-range", "index", message, help, self.findings);
            return None;
        }
        Some(index)
    }

    /// A list that must not be empty.
    fn some<T>(&mut self, top: &Toml, key: &'static str, list: Vec<T>) -> Option<Vec<T>> {
        let is_empty_list = top.table.get(key).and_then(toml::Value::as_array).is_some_and(Vec::is_empty);
        if is_empty_list {
            let message = format!("{key} is empty");
            top.find("missing-key", key, message, format!("add at least one [[{key}]]"), self.findings);
        }
        Some(list).filter(|list| !list.is_empty())
    }

    /// A duty that takes everything leaves no price to ask for.
    fn duty(&mut self, top: &mut Toml) -> Option<Fraction> {
        let key = "export_duty_fraction";
        let duty = self.share(top, key)?;
        if duty.0 == 1.0 {
            let help = "give a share below 1: a duty that takes everything leaves the seller nothing";
            top.find("key-range", key, format!("{key} is 1"), help, self.findings);
            return None;
        }
        Some(duty)
    }

    fn share(&mut self, top: &mut Toml, key: &'static str) -> Option<Fraction> {
        let value = top.positive(key, self.findings)?;
        if value > 1.0 {
            let message = format!("{key} is {value}");
            top.find("not-a-share", key, message, "give a share from 0 to 1", self.findings);
            return None;
        }
        Some(Fraction(value))
    }

    fn pipelines(&mut self, top: &mut Toml) -> Option<Vec<PipelineId>> {
        let names = top.texts("delivery", self.findings)?;
        if names.is_empty() {
            let message = "delivery names no pipeline".to_string();
            top.find("missing-key", "delivery", message, "write delivery = [\"altai\"]", self.findings);
        }
        let mut lines = Vec::new();
        for name in &names {
            match self.case.pipelines.iter().position(|line| line.id == *name) {
                Some(index) => lines.push(PipelineId::from_index(index)),
                None => {
                    let known = self.case.pipelines.iter().map(|line| line.id.as_str());
                    let help = format!("{}name pipelines of the case", did_you_mean(name, known));
                    let message = format!("the case has no pipeline \"{name}\"");
                    top.find("unknown-identifier", "delivery", message, help, self.findings);
                }
            }
        }
        (lines.len() == names.len() && !lines.is_empty()).then_some(lines)
    }

    fn border(&mut self, top: &Toml, lines: &[PipelineId]) -> Option<NodeId> {
        let end = |line: &PipelineId| self.case.pipelines[line.index()].to;
        let border = lines.first().map(end)?;
        if lines.iter().any(|line| end(line) != border) {
            let message = "the delivery pipelines end at different nodes".to_string();
            top.find("many-borders", "delivery", message, "name pipelines with one end", self.findings);
            return None;
        }
        Some(border)
    }

    fn scenarios(&mut self, entry: &mut Toml, key: &'static str) -> Vec<String> {
        let names = entry.texts(key, self.findings).unwrap_or_default();
        for name in names.iter().filter(|name| !self.raw.scenario_names().any(|known| known == **name)) {
            let help = format!("{}name scenarios of the case", did_you_mean(name, self.raw.scenario_names()));
            let message = format!("this case has no scenario \"{name}\"");
            entry.find("unknown-scenario", key, message, help, self.findings);
        }
        names
    }
}
