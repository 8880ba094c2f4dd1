//! The two benchmarks that negotiators work out by hand: netback parity and replacement parity.

use super::read::{Deal, Valuation};
use crate::case::Case;
use crate::ids::{NodeId, TraderId};
use crate::market::calibrated_price;
use crate::network::Network;
use crate::units::{Fraction, UsdPerTcm};

/// Netback parity: the border price that leaves the seller what its alternative market would.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetbackParity {
    /// Price of the alternative market.
    pub price: UsdPerTcm,
    /// Duty on it.
    pub duty: UsdPerTcm,
    /// Charges from the field to that market.
    pub haul: UsdPerTcm,
    /// What is left at the field.
    pub netback: UsdPerTcm,
    /// Charges from the field to the border.
    pub haul_to_border: UsdPerTcm,
    /// (netback + haul to the border) / (1 − duty).
    pub border_price: UsdPerTcm,
}

/// Replacement parity: what the buyer's cheapest alternative, or the city gate, leaves at the border.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplacementParity {
    /// Each alternative delivered to the city gate, cheapest first.
    pub alternatives: Vec<(String, UsdPerTcm)>,
    /// What may be charged at the city gate.
    pub city_gate: UsdPerTcm,
    /// Charges from the border to the city gate.
    pub haul: UsdPerTcm,
    /// Cheapest alternative less own haul, at most city gate less own haul.
    pub border_price: UsdPerTcm,
    /// Whether the city gate sets it.
    pub capped: bool,
}

/// Netback at the field of a price elsewhere, and the border price of another sale that leaves the same.
///
/// Netback = price (1 − duty there) − haul there; border price = (netback + haul to the border) / (1 − duty here).
pub(crate) fn parity_at_border(
    price: UsdPerTcm,
    duty_there: Fraction,
    haul_there: UsdPerTcm,
    haul_to_border: UsdPerTcm,
    duty_here: Fraction,
) -> (UsdPerTcm, UsdPerTcm) {
    let netback = price * (1.0 - duty_there.0) - haul_there;
    (netback, (netback + haul_to_border) * (1.0 / (1.0 - duty_here.0)))
}

/// Least charges of the hauls that the benchmarks need, with what the lines cost that the contract builds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hauls {
    to_alternative: UsdPerTcm,
    to_border: UsdPerTcm,
    to_city_gate: UsdPerTcm,
}

impl Hauls {
    /// Hauls over the network of a case that holds the contract's lines.
    ///
    /// Errors: the seller has no field, or there is no way for one of the hauls; in words that name both ends.
    pub(crate) fn of(case: &Case, deal: &Deal) -> Result<Hauls, String> {
        let network = Network::of(case);
        let name = |node: NodeId| case.nodes[node.index()].name.as_str();
        let Some(field) = largest_field(case, deal.trader) else {
            return Err(format!("{} has no field", case.traders[deal.trader.index()].name));
        };
        let buyer = (0..case.traders.len())
            .map(TraderId::from_index)
            .find(|trader| case.actor_of_trader(*trader) == deal.buyer);
        let haul = |trader: Option<TraderId>, from, to| {
            let least = cheapest(case, &network, trader, from, to);
            least.map(UsdPerTcm).ok_or_else(|| format!("no way leads from {} to {}", name(from), name(to)))
        };
        Ok(Hauls {
            to_alternative: haul(Some(deal.trader), field, deal.alternative_market)?,
            to_border: haul(Some(deal.trader), field, deal.border)?,
            to_city_gate: haul(buyer, deal.border, deal.city_gate)?,
        })
    }
}

/// At a level of the index.
pub(crate) fn netback_parity(
    case: &Case,
    hauls: &Hauls,
    deal: &Deal,
    duty: Fraction,
    level: f64,
) -> NetbackParity {
    let price =
        calibrated_price(case, deal.alternative_market).0 + moved(case, deal, deal.alternative_market, level);
    // the duty on the alternative sale is ad valorem on its own price
    let rate = case
        .taxes
        .iter()
        .find(|tax| tax.trader == deal.trader && tax.market == Some(deal.alternative_market))
        .map_or(0.0, |tax| tax.rate.0);
    let (netback, border_price) =
        parity_at_border(UsdPerTcm(price), Fraction(rate), hauls.to_alternative, hauls.to_border, duty);
    NetbackParity {
        price: UsdPerTcm(price),
        duty: UsdPerTcm(price * rate),
        haul: hauls.to_alternative,
        netback,
        haul_to_border: hauls.to_border,
        border_price,
    }
}

/// At a level of the index.
pub(crate) fn replacement_parity(
    case: &Case,
    hauls: &Hauls,
    deal: &Deal,
    valuation: &Valuation,
    level: f64,
) -> ReplacementParity {
    let base = case.index_levels[deal.index].base_level;
    let mut alternatives: Vec<(String, UsdPerTcm)> = deal
        .alternatives
        .iter()
        .map(|other| (other.name.clone(), other.constant + other.slope * level + other.haul))
        .collect();
    alternatives.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
    let city_gate = valuation.city_gate + valuation.city_gate_slope * (level - base);
    let cheapest = alternatives.first().map_or(f64::INFINITY, |(_, price)| price.0);
    ReplacementParity {
        alternatives,
        city_gate,
        haul: hauls.to_city_gate,
        border_price: UsdPerTcm(cheapest.min(city_gate.0)) - hauls.to_city_gate,
        capped: city_gate.0 < cheapest,
    }
}

/// How far the import price of a market is from the base year at a level of the index.
fn moved(case: &Case, deal: &Deal, market: NodeId, level: f64) -> f64 {
    let rows = case.indexation.iter().filter(|row| row.market == market && row.index == deal.index);
    rows.map(|row| row.slope.0 * (level - case.index_levels[deal.index].base_level)).sum()
}

fn largest_field(case: &Case, trader: TraderId) -> Option<NodeId> {
    let fields = case.fields.iter().filter(|field| field.trader == trader && field.service.exists);
    fields.max_by(|a, b| a.capacity.0.total_cmp(&b.capacity.0)).map(|field| field.node)
}

/// Least charges from one node to another over the arcs that a trader may use; none when there is no way.
fn cheapest(
    case: &Case,
    network: &Network,
    trader: Option<TraderId>,
    from: NodeId,
    to: NodeId,
) -> Option<f64> {
    let arcs: Vec<_> = network
        .ids()
        .map(|id| network.arc(id))
        .filter(|arc| {
            let barred = case.no_transit.iter().any(|bar| Some(bar.trader) == trader && bar.node == arc.from);
            !barred || arc.from == from
        })
        .collect();
    let mut least = vec![f64::INFINITY; case.nodes.len()];
    least[from.index()] = 0.0;
    // Bellman–Ford: as many rounds as a path can have arcs, fewer when nothing changes
    for _ in 0..case.nodes.len() {
        let mut changed = false;
        for arc in &arcs {
            let reached = least[arc.from.index()] + arc.tariff.0;
            if reached < least[arc.to.index()] - 1e-12 {
                least[arc.to.index()] = reached;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    Some(least[to.index()]).filter(|least| least.is_finite())
}
