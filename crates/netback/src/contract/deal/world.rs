//! The market with and without a contract, and what each side has in both.

use std::collections::BTreeMap;

use super::read::Deal;
use crate::case::{Actor, Case, Demand, DemandForm, Field, Node, Service, Trader};
use crate::ids::{ActorId, NodeId, TraderId};
use crate::market::MarketSolution;
use crate::units::BcmPerYear;
use crate::units::{Bcm, Fraction, MillionUsd, UsdPerTcm, UsdPerTcmPerBcmPerYear};

/// Identifier of the place and of the trader that a contract adds to a case.
const CONTRACT: &str = "contract";

/// The case in which the contract is in force: the delivery pipelines end at a place of their own, where the
/// seller must deliver the annual quantity at an even rate, and where the buyer's own trader takes it on.
///
/// No money passes there; [`Payoffs::of`] leaves the seller's revenue out.
pub(crate) fn with_contract(case: &Case, deal: &Deal) -> Case {
    let mut case = case.clone();
    let actor = ActorId::from_index(case.actors.len());
    case.actors.push(Actor { id: CONTRACT.into(), name: "the contract".into(), bloc: String::new() });
    let handover = NodeId::from_index(case.nodes.len());
    let at = &case.nodes[deal.border.index()];
    case.nodes.push(Node {
        id: CONTRACT.into(),
        name: "the contract".into(),
        actor,
        longitude: at.longitude,
        latitude: at.latitude,
        region: String::new(),
    });
    for line in &deal.delivery {
        case.pipelines[line.index()].to = handover;
    }
    case.demand.push(Demand {
        node: handover,
        sector: CONTRACT.into(),
        year: None,
        quantity: case.calendar.seasons.iter().map(|_| Some(deal.volume)).collect(),
        price: UsdPerTcm(0.0),
        elasticity: -1.0,
        form: DemandForm::Fixed,
        price_floor: UsdPerTcm(0.0),
    });
    case.traders.push(Trader {
        id: CONTRACT.into(),
        name: "the contract".into(),
        actor: deal.buyer,
        theta: Fraction(0.0),
    });
    case.fields.push(Field {
        id: CONTRACT.into(),
        node: deal.border,
        trader: TraderId::from_index(case.traders.len() - 1),
        capacity: deal.volume,
        annual_capacity: None,
        marginal_cost: UsdPerTcm(0.0),
        cost_slope: UsdPerTcmPerBcmPerYear(0.0),
        cost_curvature: UsdPerTcm(0.0),
        cost_barrier: MillionUsd(0.0),
        barrier: deal.volume,
        reserves: None,
        service: Service { exists: true, first_year: i32::MIN, last_year: i32::MAX },
    });
    case
}

/// What a country has in a year, without the contract's payment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Payoff {
    /// Profit of its traders.
    pub company: MillionUsd,
    /// Profit, consumers' surplus, rents of its lines and terminals, and taxes.
    pub company_and_state: MillionUsd,
}

/// What a market means for the two sides of a deal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Payoffs {
    pub seller: Payoff,
    pub buyer: Payoff,
    /// Cost of one more unit to the seller at the border; none without the contract.
    pub marginal_cost: Option<UsdPerTcm>,
    /// Worth of one more unit to the buyer at the border; none without the contract.
    pub marginal_value: Option<UsdPerTcm>,
    /// Output of the seller's trader.
    pub production: Bcm,
    /// Sales of the seller's trader by market, with the price there; the contract is none of them.
    pub sales: BTreeMap<NodeId, (Bcm, UsdPerTcm)>,
    /// Purchases of the buyer's country by trader; the contract is none of them.
    pub purchases: BTreeMap<TraderId, Bcm>,
    /// Consumption of the buyer's country.
    pub consumption: Bcm,
    /// Price at the city gate.
    pub city_gate: UsdPerTcm,
    /// Price of the seller's alternative market.
    pub alternative: UsdPerTcm,
}

impl Payoffs {
    /// From the equilibrium of the first year of a case.
    pub fn of(case: &Case, deal: &Deal, solution: &MarketSolution) -> Payoffs {
        let of = |actor: ActorId| {
            let mut payoff = Payoff::default();
            for row in solution.welfare.iter().filter(|row| row.year == 0 && row.actor == actor) {
                payoff.company += row.producers;
                payoff.company_and_state += row.consumers + row.producers + row.transport + row.taxes;
            }
            payoff
        };
        let (mut seller, buyer) = (of(deal.seller), of(deal.buyer));
        let handover = case.node(CONTRACT);
        let mut marginal_cost = None;
        if let Some(handover) = handover {
            // The seller's sale at the handover was booked at its marginal cost; the contract's price replaces it.
            let booked: MillionUsd = (solution.sales.iter())
                .filter(|sale| sale.market == handover && sale.period.year == 0)
                .filter_map(|sale| Some(sale.volume * price_at(solution, handover, sale.period)?))
                .sum();
            seller.company = seller.company - booked;
            seller.company_and_state = seller.company_and_state - booked;
            marginal_cost = Some(UsdPerTcm(booked.0 / deal.volume.0));
        }
        let marginal_value = case.trader(CONTRACT).map(|trader| {
            let values = solution
                .balances
                .iter()
                .filter(|row| row.trader == trader && row.node == deal.border && row.period.year == 0);
            let share = |season: usize| case.calendar.seasons[season].share.0;
            UsdPerTcm(values.map(|row| row.value.0 * share(row.period.season)).sum())
        });
        let annual = solution.annual_sales(0);
        let price = |node| solution.annual_price(node, 0).unwrap_or(UsdPerTcm(0.0));
        let is_ours = |node: NodeId| Some(node) != handover;
        let sales = annual
            .iter()
            .filter(|((trader, market), volume)| {
                *trader == deal.trader && is_ours(*market) && volume.0 > 1e-6
            })
            .map(|((_, market), volume)| (*market, (*volume, price(*market))))
            .collect();
        let mut purchases: BTreeMap<TraderId, Bcm> = BTreeMap::new();
        for (&(trader, market), &volume) in &annual {
            let contract = case.traders[trader.index()].id == CONTRACT;
            if case.actor_of_node(market) == deal.buyer && !contract && volume.0 > 1e-6 {
                *purchases.entry(trader).or_insert(Bcm(0.0)) += volume;
            }
        }
        let nodes = (0..case.nodes.len()).map(NodeId::from_index);
        let consumption = nodes
            .filter(|node| case.actor_of_node(*node) == deal.buyer)
            .map(|node| solution.annual_consumption(node, 0))
            .sum();
        Payoffs {
            seller,
            buyer,
            marginal_cost,
            marginal_value,
            production: solution.annual_production(case, deal.trader, 0),
            sales,
            purchases,
            consumption,
            city_gate: price(deal.city_gate),
            alternative: price(deal.alternative_market),
        }
    }
}

fn price_at(solution: &MarketSolution, node: NodeId, period: crate::calendar::Period) -> Option<UsdPerTcm> {
    solution.prices.iter().find(|row| row.node == node && row.period == period).map(|row| row.price)
}

/// Border prices at which each side is as well off with the contract as without.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reservation {
    /// Least price the seller's company can take, the duty being a cost.
    pub seller_company: UsdPerTcm,
    /// Least price for company and state of the seller together.
    pub seller_company_and_state: UsdPerTcm,
    /// Highest price at which the buyer's importer breaks even on the contract's gas, resold at the prices of its
    /// markets. What the new gas takes from the buyer's own fields is not in it: home prices are regulated.
    pub buyer_company: UsdPerTcm,
    /// Highest price for companies, consumers and state of the buyer together.
    pub buyer_company_and_state: UsdPerTcm,
    /// What one more unit costs the seller at the border.
    pub marginal_cost: UsdPerTcm,
    /// What one more unit is worth to the buyer at the border.
    pub marginal_value: UsdPerTcm,
}

impl Reservation {
    /// From the market without and with the contract.
    ///
    /// Seller: payoff without = payoff with + p (1 − duty) Q for the company, + p Q for company and state, to
    /// which the duty is a transfer. Buyer, company and state: payoff with − p Q = payoff without. The importer
    /// takes prices, so that its average revenue is that of one more unit.
    pub(crate) fn of(without: &Payoffs, with: &Payoffs, volume: BcmPerYear, duty: Fraction) -> Reservation {
        let per_unit = |amount: MillionUsd| UsdPerTcm(amount.0 / volume.0);
        let (sold, bought) = (&with.seller, &with.buyer);
        Reservation {
            seller_company: UsdPerTcm(per_unit(without.seller.company - sold.company).0 / (1.0 - duty.0)),
            seller_company_and_state: per_unit(without.seller.company_and_state - sold.company_and_state),
            buyer_company: with.marginal_value.unwrap_or(UsdPerTcm(0.0)),
            buyer_company_and_state: per_unit(bought.company_and_state - without.buyer.company_and_state),
            marginal_cost: with.marginal_cost.unwrap_or(UsdPerTcm(0.0)),
            marginal_value: with.marginal_value.unwrap_or(UsdPerTcm(0.0)),
        }
    }
}
