//! The case as the conditions need it: who can be where, when, and at which terms.

use std::collections::BTreeMap;

use super::inverse::{Market, Terms, terms};
use crate::calendar::Period;
use crate::case::{Case, Expansion, Terminal};
use crate::ids::{ArcId, NodeId, TraderId};
use crate::network::{Arc, ArcKind, Network};

/// A case with what follows from it.
#[derive(Debug)]
pub(crate) struct World {
    pub case: Case,
    pub network: Network,
    pub periods: Vec<Period>,
    /// Share of the year of each period.
    pub shares: Vec<f64>,
    /// Arcs of each trader.
    pub reach: Vec<Vec<usize>>,
    /// Traders of each arc.
    pub users: Vec<Vec<usize>>,
    /// Whether a trader has a balance at a node.
    pub present: Vec<Vec<bool>>,
    pub terms: Vec<Vec<Terms>>,
    pub taxes: Vec<Vec<f64>>,
    /// By period and node.
    pub markets: Vec<Vec<Option<Market>>>,
    pub assets: Vec<Asset>,
    pub asset_of: BTreeMap<(Kind, usize), usize>,
}

/// Something whose capacity can grow.
#[derive(Debug, Clone)]
pub(crate) struct Asset {
    pub id: String,
    pub kind: Kind,
    pub index: usize,
    pub capacity: f64,
    pub expansion: Expansion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Pipeline,
    Liquefaction,
    Regasification,
}

impl World {
    pub fn of(case: Case) -> World {
        let network = Network::of(&case);
        let periods: Vec<Period> = case.calendar.periods().collect();
        let shares = periods.iter().map(|at| case.calendar.seasons[at.season].share.0).collect();
        let traders = case.traders.len();
        let reach: Vec<Vec<usize>> = (0..traders)
            .map(|t| network.reach(&case, TraderId::from_index(t)).iter().map(|id| id.index()).collect())
            .collect();
        let mut users = vec![Vec::new(); network.arcs.len()];
        let mut present = vec![vec![false; case.nodes.len()]; traders];
        for (trader, arcs) in reach.iter().enumerate() {
            for &arc in arcs {
                users[arc].push(trader);
                present[trader][network.arcs[arc].to.index()] = true;
            }
        }
        for field in &case.fields {
            present[field.trader.index()][field.node.index()] = true;
        }
        let nodes = || (0..case.nodes.len()).map(NodeId::from_index);
        let taxes = (0..traders).map(TraderId::from_index);
        let taxes = taxes.map(|t| nodes().map(|node| case.tax(t, node).0).collect()).collect();
        let markets = periods.iter().map(|&at| nodes().map(|node| Market::of(&case, node, at)).collect());
        let markets = markets.collect();
        let terms = terms(&case);
        let assets = assets(&case);
        let asset_of = assets.iter().enumerate().map(|(at, asset)| ((asset.kind, asset.index), at)).collect();
        World {
            network,
            periods,
            shares,
            reach,
            users,
            present,
            terms,
            taxes,
            markets,
            assets,
            asset_of,
            case,
        }
    }

    pub fn arc(&self, arc: usize) -> &Arc {
        self.network.arc(ArcId::from_index(arc))
    }

    pub fn calendar_year(&self, period: usize) -> i32 {
        self.case.calendar.years[self.periods[period].year].year
    }

    /// The period of a year and season.
    pub fn period(&self, year: usize, season: usize) -> usize {
        year * self.case.calendar.seasons.len() + season
    }

    /// Whether an arc carries gas in a period.
    pub fn serves(&self, arc: usize, period: usize) -> bool {
        let year = self.calendar_year(period);
        match self.arc(arc).kind {
            ArcKind::Pipeline(line) => self.case.pipelines[line.index()].service.serves(year),
            ArcKind::Lng { liquefaction, regasification, .. } => {
                self.case.liquefaction[liquefaction].service.serves(year)
                    && self.case.regasification[regasification].service.serves(year)
            }
        }
    }

    /// Whether a trader can use a storage in a period.
    pub fn stores(&self, trader: usize, storage: usize, period: usize) -> bool {
        let site = &self.case.storage[storage];
        self.case.calendar.seasons.len() > 1
            && self.present[trader][site.node.index()]
            && site.service.serves(self.calendar_year(period))
    }

    pub fn when(&self, period: usize) -> String {
        let season = &self.case.calendar.seasons[self.periods[period].season].name;
        format!("year={} season={season}", self.calendar_year(period))
    }

    /// Whether the closure of a pipeline frees from a duty to use it.
    pub fn closed(&self, line: crate::ids::PipelineId, year: i32) -> bool {
        let pipeline = &self.case.pipelines[line.index()];
        !pipeline.service.serves(year) || (pipeline.capacity.0 == 0.0 && pipeline.expansion.is_none())
    }

    /// Rebate within a booking of a transit contract on an arc; none where it has none.
    pub fn rebate(&self, contract: usize, arc: usize) -> Option<f64> {
        let contract = &self.case.transit_contracts[contract];
        let (_, within) = contract.booking?;
        let arc = self.arc(arc);
        let ArcKind::Pipeline(line) = arc.kind else { return None };
        let rebate = arc.tariff.0 - within.0;
        (contract.pipelines.contains(&line) && rebate > 0.0).then_some(rebate)
    }
}

fn assets(case: &Case) -> Vec<Asset> {
    let mut assets = Vec::new();
    if case.calendar.years.len() < 2 {
        return assets;
    }
    for (index, line) in case.pipelines.iter().enumerate() {
        if let (Some(expansion), true) = (line.expansion, line.service.exists) {
            let (id, capacity) = (line.id.clone(), line.capacity.0);
            assets.push(Asset { id, kind: Kind::Pipeline, index, capacity, expansion });
        }
    }
    let kinds: [(Kind, &[Terminal]); 2] =
        [(Kind::Liquefaction, &case.liquefaction), (Kind::Regasification, &case.regasification)];
    for (kind, terminals) in kinds {
        for (index, terminal) in terminals.iter().enumerate() {
            if let (Some(expansion), true) = (terminal.expansion, terminal.service.exists) {
                let (id, capacity) = (terminal.id.clone(), terminal.capacity.0);
                assets.push(Asset { id, kind, index, capacity, expansion });
            }
        }
    }
    assets
}
