//! The tables of a run as written: their rows by key, with every cell where it stands.

use std::collections::BTreeMap;

use super::ledger::Ledger;
use super::world::World;
use crate::case::Files;
use crate::network::ArcKind;

/// The part of a key that has no meaning in a table, and the place of sums over what it counts.
pub(crate) const ALL: u32 = u32::MAX;

/// Key of a row: period or year, and two positions in the case.
pub(crate) type Key = [u32; 3];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Holds {
    Year,
    Season,
    SeasonOrAll,
    Trader,
    TraderOrAll,
    Node,
    Field,
    Arc,
    TerminalKind,
    Liquefaction,
    Regasification,
    Chokepoint,
    Storage,
    Contract,
    TransitContract,
    Asset,
    Actor,
    Item,
    /// Words that follow from the key.
    Words,
    Number,
}

/// Name of a table, columns, and the columns of its key after the period.
struct Form {
    name: &'static str,
    columns: &'static [(&'static str, Holds)],
}

/// Items of `totals` in order.
const ITEMS: [&str; 8] = [
    "objective_million_usd",
    "consumer_surplus_million_usd",
    "production_cost_million_usd",
    "transport_cost_million_usd",
    "sales_margin_million_usd",
    "sales_revenue_million_usd",
    "tax_revenue_million_usd",
    "welfare_million_usd",
];

use Holds::{Number, Season, Words, Year};

const FORMS: &[Form] = &[
    Form {
        name: "prices",
        columns: &[("year", Year), ("season", Season), ("node", Holds::Node), ("price_usd_per_tcm", Number)],
    },
    Form {
        name: "sales",
        columns: &[
            ("year", Year),
            ("season", Season),
            ("trader", Holds::Trader),
            ("market", Holds::Node),
            ("bcm_per_year", Number),
            ("bcm", Number),
        ],
    },
    Form {
        name: "production",
        columns: &[
            ("year", Year),
            ("season", Season),
            ("field", Holds::Field),
            ("trader", Words),
            ("node", Words),
            ("bcm_per_year", Number),
            ("bcm", Number),
            ("capacity_value_usd_per_tcm", Number),
            ("annual_capacity_value_usd_per_tcm", Number),
            ("reserve_value_usd_per_tcm", Number),
        ],
    },
    Form {
        name: "consumption",
        columns: &[
            ("year", Year),
            ("season", Season),
            ("node", Holds::Node),
            ("bcm_per_year", Number),
            ("bcm", Number),
            ("curtailed_bcm_per_year", Number),
        ],
    },
    Form {
        name: "flows",
        columns: &[
            ("year", Year),
            ("season", Season),
            ("arc", Holds::Arc),
            ("kind", Words),
            ("from", Words),
            ("to", Words),
            ("trader", Holds::TraderOrAll),
            ("bcm_per_year", Number),
            ("bcm", Number),
            ("capacity_bcm_per_year", Number),
            ("capacity_value_usd_per_tcm", Number),
            ("congestion_charge_usd_per_tcm", Number),
            ("price_spread_usd_per_tcm", Number),
        ],
    },
    Form {
        name: "terminals",
        columns: &[
            ("year", Year),
            ("season", Season),
            ("terminal", Holds::Liquefaction),
            ("kind", Holds::TerminalKind),
            ("node", Words),
            ("bcm_per_year", Number),
            ("bcm", Number),
            ("capacity_bcm_per_year", Number),
            ("capacity_value_usd_per_tcm", Number),
            ("feed_gas_value_usd_per_tcm", Number),
        ],
    },
    Form {
        name: "chokepoints",
        columns: &[
            ("year", Year),
            ("season", Season),
            ("chokepoint", Holds::Chokepoint),
            ("bcm_per_year", Number),
            ("bcm", Number),
            ("capacity_bcm_per_year", Number),
            ("capacity_value_usd_per_tcm", Number),
        ],
    },
    Form {
        name: "fleet",
        columns: &[
            ("year", Year),
            ("season", Season),
            ("ships", Number),
            ("limit", Number),
            ("ship_value_million_usd_per_year", Number),
        ],
    },
    Form {
        name: "storage",
        columns: &[
            ("year", Year),
            ("season", Season),
            ("storage", Holds::Storage),
            ("injection_bcm_per_year", Number),
            ("withdrawal_bcm_per_year", Number),
            ("level_bcm", Number),
            ("volume_value_usd_per_tcm", Number),
            ("injection_value_usd_per_tcm", Number),
            ("withdrawal_value_usd_per_tcm", Number),
            ("stored_gas_value_usd_per_tcm", Number),
        ],
    },
    Form {
        name: "storage_use",
        columns: &[
            ("year", Year),
            ("season", Season),
            ("storage", Holds::Storage),
            ("trader", Holds::Trader),
            ("injection_bcm_per_year", Number),
            ("withdrawal_bcm_per_year", Number),
        ],
    },
    Form {
        name: "balances",
        columns: &[
            ("year", Year),
            ("season", Season),
            ("trader", Holds::Trader),
            ("node", Holds::Node),
            ("value_usd_per_tcm", Number),
        ],
    },
    Form {
        name: "investment",
        columns: &[
            ("year", Year),
            ("asset", Holds::Asset),
            ("added_bcm_per_year", Number),
            ("capacity_bcm_per_year", Number),
            ("capacity_value_million_usd_per_bcm_per_year", Number),
        ],
    },
    Form {
        name: "contracts",
        columns: &[
            ("year", Year),
            ("season", Holds::SeasonOrAll),
            ("contract", Holds::Contract),
            ("seller", Words),
            ("buyer", Words),
            ("bcm_per_year", Number),
            ("shortfall_bcm_per_year", Number),
            ("minimum_value_usd_per_tcm", Number),
            ("maximum_value_usd_per_tcm", Number),
            ("force_majeure", Words),
        ],
    },
    Form {
        name: "bookings",
        columns: &[
            ("year", Year),
            ("season", Season),
            ("contract", Holds::TransitContract),
            ("arc", Holds::Arc),
            ("bcm_per_year", Number),
            ("booking_value_usd_per_tcm", Number),
        ],
    },
    Form {
        name: "transit_contracts",
        columns: &[
            ("year", Year),
            ("contract", Holds::TransitContract),
            ("bcm_per_year", Number),
            ("minimum_value_usd_per_tcm", Number),
        ],
    },
    Form {
        name: "welfare",
        columns: &[
            ("year", Year),
            ("actor", Holds::Actor),
            ("consumers_million_usd", Number),
            ("producers_million_usd", Number),
            ("transport_million_usd", Number),
            ("taxes_million_usd", Number),
        ],
    },
    Form { name: "totals", columns: &[("item", Holds::Item), ("value", Number)] },
    Form {
        name: "wedges",
        columns: &[
            ("trader", Holds::Trader),
            ("market", Holds::Node),
            ("bcm", Number),
            ("wedge_usd_per_tcm", Number),
            ("share_of_price", Number),
            ("producer_term_usd_per_tcm", Number),
            ("market_term_usd_per_tcm", Number),
            ("index_premium_usd_per_tcm", Number),
            ("conduct_margin_usd_per_tcm", Number),
            ("residual_usd_per_tcm", Number),
        ],
    },
];

/// Names of the tables of a run.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FORMS.iter().map(|form| form.name)
}

/// Key of an item of `totals`.
pub(crate) fn total(item: &str) -> Key {
    let at = ITEMS.iter().position(|name| *name == item);
    [at.map_or(ALL, |at| at as u32), ALL, ALL]
}

/// The tables of a run.
#[derive(Debug, Clone)]
pub struct Written {
    tables: Vec<Sheet>,
}

/// One table as written.
#[derive(Debug, Clone, Default)]
struct Sheet {
    form: usize,
    cells: Vec<Vec<String>>,
    numbers: Vec<Vec<f64>>,
    rows: BTreeMap<Key, usize>,
    keys: Vec<Key>,
    faults: Vec<(String, &'static str)>,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    sheet: &'a Sheet,
    row: usize,
}

impl<'a> Record<'a> {
    /// The number in a column; not a number when the cell is empty.
    pub fn number(&self, column: &str) -> f64 {
        let at = FORMS[self.sheet.form].columns.iter().position(|(name, _)| *name == column);
        at.map_or(f64::NAN, |at| self.sheet.numbers[self.row][at])
    }

    /// The number, zero for an empty cell.
    pub fn or_zero(&self, column: &str) -> f64 {
        let number = self.number(column);
        if number.is_nan() { 0.0 } else { number }
    }

    pub fn word(&self, column: &str) -> &'a str {
        let at = FORMS[self.sheet.form].columns.iter().position(|(name, _)| *name == column);
        at.map_or("", |at| &self.sheet.cells[self.row][at])
    }

    pub fn table_name(&self) -> &'static str {
        FORMS[self.sheet.form].name
    }

    /// The keys of the row in words.
    pub fn row_text(&self) -> String {
        row_text(self.sheet.form, &self.sheet.cells[self.row])
    }
}

fn row_text(form: usize, cells: &[String]) -> String {
    let columns = FORMS[form].columns.iter().zip(cells);
    let keys = columns.filter(|((_, holds), _)| !matches!(holds, Number | Words));
    keys.map(|((name, _), cell)| format!("{name}={cell}")).collect::<Vec<_>>().join(" ")
}

impl Written {
    pub(crate) fn read(world: &World, files: &Files) -> Written {
        let names = Names::of(world);
        let read = |(at, form): (usize, &Form)| {
            let text = files.get(&format!("{}.csv", form.name)).map(String::from_utf8_lossy);
            match text {
                Some(text) => Sheet::read(at, &text, &names),
                None => Sheet {
                    form: at,
                    faults: vec![("the whole table".into(), "the table is there")],
                    ..Sheet::default()
                },
            }
        };
        Written { tables: FORMS.iter().enumerate().map(read).collect() }
    }

    pub(crate) fn replace(&mut self, world: &World, table: &str, text: &str) {
        if let Some(at) = FORMS.iter().position(|form| form.name == table) {
            self.tables[at] = Sheet::read(at, text, &Names::of(world));
        }
    }

    pub(crate) fn get(&self, table: &str, key: Key) -> Option<Record<'_>> {
        let sheet = self.sheet(table)?;
        sheet.rows.get(&key).map(|&row| Record { sheet, row })
    }

    /// All rows with their keys.
    pub(crate) fn rows(&self, table: &str) -> impl Iterator<Item = (Key, Record<'_>)> {
        self.sheet(table).into_iter().flat_map(|sheet| {
            sheet.keys.iter().enumerate().map(move |(row, &key)| (key, Record { sheet, row }))
        })
    }

    fn sheet(&self, table: &str) -> Option<&Sheet> {
        self.tables.iter().find(|sheet| FORMS[sheet.form].name == table)
    }

    /// What is wrong with the form of the tables, and rows that are missing, doubled or unknown.
    pub(crate) fn report(&self, world: &World, ledger: &mut Ledger) {
        for sheet in &self.tables {
            let name = FORMS[sheet.form].name;
            ledger.says(name, "", "", true, "the table is there");
            for (row, rule) in &sheet.faults {
                ledger.says(name, "", row, false, rule);
            }
            let (needed, possible) = super::quantities::keys(world, name);
            for key in &needed {
                let there = sheet.rows.contains_key(key);
                let text = if there { String::new() } else { key_text(world, name, *key) };
                ledger.says(name, "", &text, there, "the row is there");
            }
            for (row, key) in sheet.keys.iter().enumerate() {
                let known = needed.contains(key) || possible(key);
                let text = if known { String::new() } else { row_text(sheet.form, &sheet.cells[row]) };
                ledger.says(name, "", &text, known, "the case knows such a row");
            }
            for (row, key) in sheet.keys.iter().enumerate() {
                let record = Record { sheet, row };
                for (column, word) in words(world, name, *key) {
                    let holds = record.word(column) == word;
                    let text = if holds { String::new() } else { record.row_text() };
                    ledger.says(name, column, &text, holds, "the word follows from the case");
                }
            }
        }
    }
}

/// Words of a row that follow from its key.
fn words(world: &World, table: &str, key: Key) -> Vec<(&'static str, String)> {
    let case = &world.case;
    let trader = |id: crate::ids::TraderId| case.traders[id.index()].id.clone();
    let node = |id: crate::ids::NodeId| case.nodes[id.index()].id.clone();
    match table {
        "production" => {
            let field = &case.fields[key[1] as usize];
            vec![("trader", trader(field.trader)), ("node", node(field.node))]
        }
        "flows" => {
            let arc = world.arc(key[1] as usize);
            let kind = if matches!(arc.kind, ArcKind::Lng { .. }) { "lng" } else { "pipeline" };
            vec![("kind", kind.into()), ("from", node(arc.from)), ("to", node(arc.to))]
        }
        "terminals" => {
            let terminals = if key[1] == 0 { &case.liquefaction } else { &case.regasification };
            vec![("node", node(terminals[key[2] as usize].node))]
        }
        "contracts" => {
            let contract = &case.contracts[key[2] as usize];
            vec![("seller", trader(contract.seller)), ("buyer", node(contract.buyer))]
        }
        _ => Vec::new(),
    }
}

/// A key in words, for a row that is missing.
fn key_text(world: &World, table: &str, key: Key) -> String {
    let case = &world.case;
    let at = |index: u32| index as usize;
    let of_year = matches!(table, "investment" | "contracts" | "transit_contracts" | "welfare");
    let when = match table {
        "totals" | "wedges" => String::new(),
        _ if of_year => format!("year={} ", case.calendar.years[at(key[0])].year),
        _ => world.when(at(key[0])) + " ",
    };
    let trader = |index: u32| case.traders.get(at(index)).map_or("all", |trader| &trader.id);
    let node = |index: u32| case.nodes[at(index)].id.as_str();
    let what = match table {
        "prices" | "consumption" => format!("node={}", node(key[1])),
        "sales" => format!("trader={} market={}", trader(key[1]), node(key[2])),
        "balances" => format!("trader={} node={}", trader(key[1]), node(key[2])),
        "wedges" => format!("trader={} market={}", trader(key[1]), node(key[2])),
        "production" => format!("field={}", case.fields[at(key[1])].id),
        "flows" => format!("arc={} trader={}", world.arc(at(key[1])).name, trader(key[2])),
        "terminals" if key[1] == 0 => format!("terminal={}", case.liquefaction[at(key[2])].id),
        "terminals" => format!("terminal={}", case.regasification[at(key[2])].id),
        "chokepoints" => format!("chokepoint={}", case.chokepoints[at(key[1])].id),
        "storage" => format!("storage={}", case.storage[at(key[1])].id),
        "investment" => format!("asset={}", world.assets[at(key[1])].id),
        "contracts" => format!("contract={}", case.contracts[at(key[2])].id),
        "bookings" => {
            format!("contract={} arc={}", case.transit_contracts[at(key[1])].id, world.arc(at(key[2])).name)
        }
        "transit_contracts" => format!("contract={}", case.transit_contracts[at(key[1])].id),
        "welfare" => format!("actor={}", case.actors[at(key[1])].id),
        "totals" => format!("item={}", ITEMS[at(key[0])]),
        _ => String::new(),
    };
    when + &what
}

/// Positions by identifier.
struct Names(BTreeMap<(Holds, String), u32>, usize);

impl Names {
    fn of(world: &World) -> Names {
        let case = &world.case;
        let mut names = Names(BTreeMap::new(), case.calendar.seasons.len());
        names.add(Holds::Year, case.calendar.years.iter().map(|year| year.year.to_string()));
        names.add(Holds::Season, case.calendar.seasons.iter().map(|season| season.name.clone()));
        names.add(Holds::Trader, case.traders.iter().map(|row| row.id.clone()));
        names.add(Holds::Node, case.nodes.iter().map(|row| row.id.clone()));
        names.add(Holds::Field, case.fields.iter().map(|row| row.id.clone()));
        names.add(Holds::Arc, world.network.arcs.iter().map(|row| row.name.clone()));
        names.add(Holds::Liquefaction, case.liquefaction.iter().map(|row| row.id.clone()));
        names.add(Holds::Regasification, case.regasification.iter().map(|row| row.id.clone()));
        names.add(Holds::Chokepoint, case.chokepoints.iter().map(|row| row.id.clone()));
        names.add(Holds::Storage, case.storage.iter().map(|row| row.id.clone()));
        names.add(Holds::Contract, case.contracts.iter().map(|row| row.id.clone()));
        names.add(Holds::TransitContract, case.transit_contracts.iter().map(|row| row.id.clone()));
        names.add(Holds::Asset, world.assets.iter().map(|row| row.id.clone()));
        names.add(Holds::Actor, case.actors.iter().map(|row| row.id.clone()));
        names.add(Holds::Item, ITEMS.iter().map(|item| (*item).to_string()));
        names.add(Holds::TerminalKind, ["liquefaction", "regasification"].map(String::from).into_iter());
        names
    }

    fn add(&mut self, holds: Holds, ids: impl Iterator<Item = String>) {
        for (at, id) in ids.enumerate() {
            self.0.insert((holds, id), at as u32);
        }
    }

    fn find(&self, holds: Holds, id: &str) -> Option<u32> {
        match holds {
            Holds::SeasonOrAll if id == "all" => Some(ALL),
            Holds::SeasonOrAll => self.find(Season, id),
            Holds::TraderOrAll if id == "all" => Some(ALL),
            Holds::TraderOrAll => self.find(Holds::Trader, id),
            _ => self.0.get(&(holds, id.to_string())).copied(),
        }
    }

    /// Key of a row; none when a name is unknown.
    fn key(&self, form: &Form, cells: &[String]) -> Option<Key> {
        let mut parts: Vec<u32> = Vec::new();
        for (&(_, holds), cell) in form.columns.iter().zip(cells) {
            match holds {
                Words | Number => {}
                Season => {
                    let year = parts.pop()?;
                    parts.push(year * self.1 as u32 + self.find(Season, cell)?);
                }
                Holds::Liquefaction => {
                    let kind = self.find(Holds::TerminalKind, cells.get(3)?)?;
                    let holds = if kind == 0 { Holds::Liquefaction } else { Holds::Regasification };
                    parts.extend([kind, self.find(holds, cell)?]);
                }
                Holds::TerminalKind => {}
                _ => parts.push(self.find(holds, cell)?),
            }
        }
        if form.name == "wedges" {
            parts.insert(0, 0);
        }
        parts.resize(3, ALL);
        Some([parts[0], parts[1], parts[2]])
    }
}

impl Sheet {
    fn read(at: usize, text: &str, names: &Names) -> Sheet {
        let form = &FORMS[at];
        let mut sheet = Sheet { form: at, ..Sheet::default() };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let wanted = form.columns.iter().map(|(name, _)| *name);
        if !reader.headers().is_ok_and(|header| header.iter().eq(wanted)) {
            sheet.faults.push(("header".into(), "the columns are those of format 2"));
            return sheet;
        }
        for (line, record) in reader.records().enumerate() {
            let cells: Vec<String> = match record {
                Ok(record) => record.iter().map(str::to_string).collect(),
                Err(_) => Vec::new(),
            };
            let place = || format!("line {}", line + 2);
            if cells.len() != form.columns.len() {
                sheet.faults.push((place(), "the row has as many cells as the header"));
                continue;
            }
            let mut numbers = vec![f64::NAN; cells.len()];
            for (position, cell) in cells.iter().enumerate() {
                if form.columns[position].1 == Number && !cell.is_empty() {
                    match cell.parse::<f64>() {
                        Ok(number) if number.is_finite() => numbers[position] = number,
                        _ => sheet.faults.push((row_text(at, &cells), "every number is one")),
                    }
                }
            }
            let Some(key) = names.key(form, &cells) else {
                sheet.faults.push((row_text(at, &cells), "the case knows every name"));
                continue;
            };
            if sheet.rows.insert(key, sheet.cells.len()).is_some() {
                sheet.faults.push((row_text(at, &cells), "no row stands twice"));
            }
            sheet.keys.push(key);
            sheet.cells.push(cells);
            sheet.numbers.push(numbers);
        }
        sheet
    }
}
