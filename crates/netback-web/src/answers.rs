//! Answers of a study as the page shows them.

use netback::bargaining::BargainAnswer;
use netback::case::Case;
use netback::contract::{DealAnswer, Zone, deal_tables};
use netback::report::{Cell, Table};
use serde::Serialize;
use serde_json::Value;

/// A table: header with units, and rows.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct TableOnPage {
    pub name: String,
    pub header: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

impl From<&Table> for TableOnPage {
    fn from(table: &Table) -> Self {
        let row = |row: &Vec<Cell>| row.iter().map(value).collect();
        TableOnPage {
            name: table.name.clone(),
            header: table.header.clone(),
            rows: table.rows.iter().map(row).collect(),
        }
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => text.as_str().into(),
        Cell::Empty => Value::Null,
        // to six decimals: the page is not the record
        Cell::Number(number) => serde_json::json!((number * 1e6).round() / 1e6 + 0.0),
    }
}

/// A question of a study with its answer.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct Answer {
    /// `market`, `deal`, `contract`, `bargaining` or `figures`.
    pub kind: String,
    pub title: String,
    pub summary: Vec<String>,
    pub tables: Vec<TableOnPage>,
    pub markets_solved: usize,
    pub worst_natural_residual: f64,
}

/// A deal for the negotiation view. Prices in USD/tcm.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct DealAnswerOnPage {
    pub id: String,
    pub title: String,
    pub seller: String,
    pub buyer: String,
    pub index: String,
    pub index_unit: String,
    pub base_level: f64,
    pub volume_bcm_per_year: f64,
    pub bid: Option<f64>,
    pub ask: Option<f64>,
    /// What the deal file says about bid and ask.
    pub reported_note: String,
    pub stages: Vec<String>,
    pub valuations: Vec<String>,
    pub levers: Vec<LeverOnPage>,
    pub curves: Vec<CurveOfZone>,
    /// Of every set with a lever that changes the market: of the others the curves tell.
    pub effects: Vec<EffectOfLevers>,
    pub summary: Vec<String>,
    pub tables: Vec<TableOnPage>,
    pub markets_solved: usize,
    pub worst_natural_residual: f64,
}

/// A lever as a switch.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct LeverOnPage {
    pub name: String,
    /// Solved anew, at the base level of the index in the last stage alone.
    pub changes_market: bool,
    /// Counts in what the sides work out by hand.
    pub counts_by_hand: bool,
    /// Positions of levers that cannot be on beside it, and what both set.
    pub clashes: Vec<(usize, String)>,
}

/// Reservation prices of both sides over the index.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct CurveOfZone {
    pub stage: usize,
    pub valuation: usize,
    /// Whose payoff, in words.
    pub whose: String,
    /// Positions of the levers that are on, ascending.
    pub levers: Vec<usize>,
    /// Level of the index, seller, buyer.
    pub points: Vec<[f64; 3]>,
}

/// What levers that are on together do at the base level of the index, in the last stage.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct EffectOfLevers {
    pub valuation: usize,
    pub whose: String,
    /// Positions, ascending.
    pub levers: Vec<usize>,
    /// Seller and buyer.
    pub before: [f64; 2],
    pub after: [f64; 2],
}

/// A deal as the negotiation view shows it.
pub fn deal_on_page(case: &Case, answer: &DealAnswer) -> DealAnswerOnPage {
    let deal = &answer.deal;
    let index = &case.index_levels[deal.index];
    let pair = |zone: &Zone| [cents(zone.seller.0), cents(zone.buyer.0)];
    let point = |level: f64, zone: &Zone| [level, cents(zone.seller.0), cents(zone.buyer.0)];
    let curves = answer.curves.iter().map(|curve| CurveOfZone {
        stage: curve.stage,
        valuation: curve.valuation,
        whose: curve.whose.words().into(),
        levers: curve.levers.clone(),
        points: curve.zones.iter().map(|(level, zone)| point(*level, zone)).collect(),
    });
    let solved = answer
        .levers
        .iter()
        .filter(|effect| effect.levers.iter().any(|&lever| deal.levers[lever].changes_market()));
    let effects = solved.map(|effect| EffectOfLevers {
        valuation: effect.valuation,
        whose: effect.whose.words().into(),
        levers: effect.levers.clone(),
        before: pair(&effect.before),
        after: pair(&effect.after),
    });
    let others = |at: usize| (0..deal.levers.len()).filter(move |&other| other != at);
    let levers = deal.levers.iter().enumerate().map(|(at, lever)| LeverOnPage {
        name: lever.name.clone(),
        changes_market: lever.changes_market(),
        counts_by_hand: lever.counts_by_hand(),
        clashes: others(at).filter_map(|other| Some((other, deal.clash(at, other)?.to_string()))).collect(),
    });
    DealAnswerOnPage {
        id: deal.id.clone(),
        title: deal.title.clone(),
        seller: case.actors[deal.seller.index()].name.clone(),
        buyer: case.actors[deal.buyer.index()].name.clone(),
        index: index.name.clone(),
        index_unit: index.unit.clone(),
        base_level: answer.base_level,
        volume_bcm_per_year: deal.volume.0,
        bid: deal.reported.bid.map(|price| price.0),
        ask: deal.reported.ask.map(|price| price.0),
        reported_note: deal.reported.note.clone(),
        stages: deal.stages.iter().map(|stage| stage.year.to_string()).collect(),
        valuations: deal.valuations.iter().map(|valuation| valuation.name.clone()).collect(),
        levers: levers.collect(),
        curves: curves.collect(),
        effects: effects.collect(),
        summary: answer.sentences(case),
        tables: deal_tables(case, answer).iter().map(TableOnPage::from).collect(),
        markets_solved: answer.solves,
        worst_natural_residual: answer.worst_residual,
    }
}

fn cents(price: f64) -> f64 {
    (price * 100.0).round() / 100.0 + 0.0
}

/// Values of the players, without and with a project.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct BargainingAnswer {
    pub title: String,
    pub summary: Vec<String>,
    pub tables: Vec<TableOnPage>,
}

/// Every project of a study's bargaining question as the bargaining view shows it.
pub fn projects_on_page(answer: &netback::study::BargainingAnswer) -> Vec<BargainingAnswer> {
    let header = [
        "player",
        "shapley_without_million_usd_per_year",
        "shapley_with_million_usd_per_year",
        "change_million_usd_per_year",
    ];
    let one = |project: &netback::study::ProjectShares| {
        let mut table = Table::new("players", &header);
        for (at, player) in answer.players.iter().enumerate() {
            let (without, with) = (project.without[at], project.with[at]);
            table.push([player.as_str().into(), without.into(), with.into(), (with - without).into()]);
        }
        let mut method = Table::new("method", &["method"]);
        method.push(["exact".into()]);
        BargainingAnswer {
            title: format!("Project: {}", project.name),
            summary: answer.summary.clone(),
            tables: vec![TableOnPage::from(&table), TableOnPage::from(&method)],
        }
    };
    answer.projects.iter().map(one).collect()
}

/// Values of the players as the bargaining view shows them.
pub fn bargaining_on_page(title: &str, answer: &BargainAnswer) -> BargainingAnswer {
    BargainingAnswer {
        title: title.to_string(),
        summary: answer.sentences.clone(),
        tables: answer.tables.iter().map(TableOnPage::from).collect(),
    }
}
