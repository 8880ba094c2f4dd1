//! What a case promises and its network cannot keep: minima of contracts, demand at any price.
//!
//! Only what is certain is a finding: every bound here is at least what the market could reach. What needs
//! several promises together is for the solver, which then names the smallest contradiction.

use super::super::case::{Case, DemandForm, Pipeline, SalesContract, Terminal, TransitContract};
use super::super::finding::{Finding, Findings};
use super::cells::{Row, Tables};
use crate::ids::{ArcId, NodeId, PipelineId, TraderId};
use crate::network::{ArcKind, Network};

/// Rounding of a sum.
const SLACK: f64 = 1e-9;

/// Checks every minimum and every fixed demand in every year of the case; one finding each.
pub(super) fn check_promises(case: &Case, tables: &Tables, findings: &mut Findings) {
    let network = Network::of(case);
    let supply = Supply { case, network: &network };
    let years = || case.calendar.years.iter().map(|year| year.year);
    let mut find = |row: Row, column: &str, broken: Broken| {
        findings.0.push(Finding::new(broken.name, row.place(column), broken.message, broken.help));
    };
    // A missed minimum that has its price is a choice of the market.
    let minima_bind = case.settings.contract_shortfall_penalty.is_none();
    for (row, contract) in tables.rows("contracts").zip(&case.contracts).filter(|_| minima_bind) {
        if let Some(broken) = years().find_map(|year| supply.broken_contract(contract, year)) {
            find(row, "minimum_bcm_per_year", broken);
        }
    }
    for (row, contract) in tables.rows("transit_contracts").zip(&case.transit_contracts) {
        if let Some(broken) = years().find_map(|year| supply.broken_transit(contract, year)) {
            find(row, "minimum_bcm_per_year", broken);
        }
    }
    // With a price cap a demand that cannot be met is curtailed.
    let must_be_met = case.settings.price_cap.is_none();
    for (row, demand) in tables.rows("demand").zip(&case.demand).filter(|_| must_be_met) {
        let asks = demand.quantity.iter().flatten().any(|rate| rate.0 > 0.0);
        if demand.form != DemandForm::Fixed || !asks {
            continue;
        }
        let mut meant = years().filter(|&year| demand.year.is_none_or(|only| only == year));
        if let Some(year) = meant.find(|&year| !supply.anyone_reaches(demand.node, year)) {
            let node = &case.nodes[demand.node.index()].id;
            let broken = Broken {
                name: "fixed-demand-out-of-reach",
                message: format!("demand at \"{node}\" is fixed, and no trader can reach it in {year}"),
                help: "add a field or a pipeline, choose another form, or set price_cap_usd_per_tcm",
            };
            find(row, "node", broken);
        }
    }
}

struct Broken {
    name: &'static str,
    message: String,
    help: &'static str,
}

/// What traders can produce and where they can bring it.
struct Supply<'a> {
    case: &'a Case,
    network: &'a Network,
}

impl Supply<'_> {
    fn broken_contract(&self, contract: &SalesContract, year: i32) -> Option<Broken> {
        let minimum = contract.minimum.filter(|minimum| minimum.0 > 0.0)?.0;
        if !contract.service.serves(year) || self.lapses(contract, year) {
            return None;
        }
        let (id, seller) = (&contract.id, &self.case.traders[contract.seller.index()].id);
        let closed = contract.route.iter().find(|&&line| !self.is_open(line, year));
        if !self.reaches(contract.seller, contract.buyer, year, &[]) {
            return Some(match closed {
                Some(&line) => closed_line(&format!("contract \"{id}\""), &self.pipeline(line).id, year),
                None => Broken {
                    name: "promise-out-of-reach",
                    message: format!(
                        "contract \"{id}\" has a minimum, and \"{seller}\" has no way to \"{}\" in {year}",
                        self.case.nodes[contract.buyer.index()].id
                    ),
                    help: "add the missing pipeline, correct the names, or set the minimum to 0",
                },
            });
        }
        let produced = self.production(contract, year);
        if minimum > produced * (1.0 + SLACK) {
            return Some(Broken {
                name: "minimum-above-fields",
                message: format!(
                    "contract \"{id}\": minimum {minimum} bcm/yr is above the {produced} bcm/yr that the \
                     fields of \"{seller}\" can produce in {year}"
                ),
                help: "lower the minimum, raise a capacity, or set contract_shortfall_penalty_usd_per_tcm",
            });
        }
        let carried = self.rate_of(contract, self.capacity(&contract.route, year)?);
        let only_way = !self.reaches(contract.seller, contract.buyer, year, &contract.route);
        (only_way && minimum > carried * (1.0 + SLACK)).then(|| Broken {
            name: "minimum-above-route",
            message: format!(
                "contract \"{id}\": minimum {minimum} bcm/yr is above the {carried} bcm/yr of its route in {year}"
            ),
            help: "lower the minimum, raise a capacity, or add the other pipelines to the route",
        })
    }

    fn broken_transit(&self, contract: &TransitContract, year: i32) -> Option<Broken> {
        let minimum = contract.minimum.filter(|minimum| minimum.0 > 0.0)?.0;
        let closed = contract.pipelines.iter().find(|&&line| !self.is_open(line, year));
        if !contract.service.serves(year) || contract.force_majeure && closed.is_some() {
            return None;
        }
        let id = &contract.id;
        let all_closed = contract.pipelines.iter().all(|&line| !self.is_open(line, year));
        if let Some(&line) = closed.filter(|_| all_closed) {
            return Some(closed_line(&format!("transit contract \"{id}\""), &self.pipeline(line).id, year));
        }
        let within_reach = self.arcs(contract.trader, year, &[]).into_iter().any(|arc| {
            matches!(self.network.arc(arc).kind, ArcKind::Pipeline(line) if contract.pipelines.contains(&line))
        });
        if !within_reach {
            let trader = &self.case.traders[contract.trader.index()].id;
            return Some(Broken {
                name: "promise-out-of-reach",
                message: format!(
                    "transit contract \"{id}\" has a minimum, and \"{trader}\" reaches none of its pipelines in {year}"
                ),
                help: "correct the names, open the way there, or set the minimum to 0",
            });
        }
        let carried = self.capacity(&contract.pipelines, year)?;
        (minimum > carried * (1.0 + SLACK)).then(|| Broken {
            name: "transit-minimum-above-pipelines",
            message: format!(
                "transit contract \"{id}\": minimum {minimum} bcm/yr is above the {carried} bcm/yr of its \
                 pipelines in {year}"
            ),
            help: "lower the minimum or raise a capacity",
        })
    }

    /// Force majeure: the minimum lapses when a line of the route is closed, or when there is no way at all.
    fn lapses(&self, contract: &SalesContract, year: i32) -> bool {
        let closed = contract.route.iter().any(|&line| !self.is_open(line, year));
        let no_way = || {
            let mut open = self.case.calendar.years.iter();
            !open.any(|year| self.reaches(contract.seller, contract.buyer, year.year, &[]))
        };
        contract.force_majeure && (closed || no_way())
    }

    /// What all fields of the seller can give, as a rate of the contract.
    fn production(&self, contract: &SalesContract, year: i32) -> f64 {
        let own = self.case.fields.iter().filter(|field| field.trader == contract.seller);
        let rates = own
            .filter(|field| field.service.serves(year))
            .map(|field| field.annual_capacity.map_or(field.capacity.0, |most| most.0.min(field.capacity.0)));
        self.rate_of(contract, rates.sum())
    }

    /// An annual volume as a rate of the contract: storage may bring the year's gas into its season.
    fn rate_of(&self, contract: &SalesContract, annual: f64) -> f64 {
        match contract.season {
            Some(season) if !self.case.storage.is_empty() => {
                annual / self.case.calendar.seasons[season].share.0
            }
            _ => annual,
        }
    }

    /// Summed capacity of pipelines with all that may be added; none when that has no limit.
    fn capacity(&self, lines: &[PipelineId], year: i32) -> Option<f64> {
        let mut total = 0.0;
        let expansions = self.case.calendar.years.len() as f64;
        for &line in lines.iter().filter(|&&line| self.is_open(line, year)) {
            let pipeline = self.pipeline(line);
            total += pipeline.capacity.0;
            if let Some(expansion) = pipeline.expansion {
                total += expansion.limit?.0 * expansions;
            }
        }
        (!lines.is_empty()).then_some(total)
    }

    fn pipeline(&self, line: PipelineId) -> &Pipeline {
        &self.case.pipelines[line.index()]
    }

    fn is_open(&self, line: PipelineId, year: i32) -> bool {
        let pipeline = self.pipeline(line);
        pipeline.service.serves(year) && (pipeline.capacity.0 > 0.0 || pipeline.expansion.is_some())
    }

    fn anyone_reaches(&self, node: NodeId, year: i32) -> bool {
        let mut traders = (0..self.case.traders.len()).map(TraderId::from_index);
        traders.any(|trader| self.reaches(trader, node, year, &[]))
    }

    /// Whether gas of the trader's fields can come to a node without some pipelines.
    fn reaches(&self, trader: TraderId, node: NodeId, year: i32, without: &[PipelineId]) -> bool {
        self.nodes(trader, year, without)[node.index()]
    }

    /// Arcs on which gas of the trader can flow.
    fn arcs(&self, trader: TraderId, year: i32, without: &[PipelineId]) -> Vec<ArcId> {
        let nodes = self.nodes(trader, year, without);
        let usable = self.usable(trader, year, without);
        usable.into_iter().filter(|&arc| nodes[self.network.arc(arc).from.index()]).collect()
    }

    fn nodes(&self, trader: TraderId, year: i32, without: &[PipelineId]) -> Vec<bool> {
        let mut reached = vec![false; self.case.nodes.len()];
        for field in self.case.fields.iter().filter(|field| field.trader == trader) {
            reached[field.node.index()] |= field.service.serves(year) && field.capacity.0 > 0.0;
        }
        let usable = self.usable(trader, year, without);
        loop {
            let mut found = false;
            for &id in &usable {
                let arc = self.network.arc(id);
                if reached[arc.from.index()] && !reached[arc.to.index()] {
                    reached[arc.to.index()] = true;
                    found = true;
                }
            }
            if !found {
                return reached;
            }
        }
    }

    fn usable(&self, trader: TraderId, year: i32, without: &[PipelineId]) -> Vec<ArcId> {
        // A terminal without capacity is on no arc.
        let works = |terminal: &Terminal| terminal.service.serves(year);
        let open = |arc: &ArcId| match self.network.arc(*arc).kind {
            ArcKind::Pipeline(line) => self.is_open(line, year) && !without.contains(&line),
            ArcKind::Lng { liquefaction, regasification, .. } => {
                works(&self.case.liquefaction[liquefaction])
                    && works(&self.case.regasification[regasification])
            }
        };
        self.network.reach(self.case, trader).into_iter().filter(open).collect()
    }
}

fn closed_line(contract: &str, pipeline: &str, year: i32) -> Broken {
    Broken {
        name: "closed-without-force-majeure",
        message: format!(
            "{contract} has a minimum without force majeure, and its pipeline \"{pipeline}\" is \
             closed in {year}"
        ),
        help: "set force_majeure to yes, open the pipeline, end the contract before, or set the minimum to 0",
    }
}
