//! A checked case: every reference resolved, every number in its unit and range.
//!
//! A [`Case`] comes only from [`Case::from_raw`] (in `check.rs`), so that later code does not check again.

use crate::calendar::Calendar;
use crate::ids::{ActorId, ChokepointId, NodeId, PipelineId, TraderId};
use crate::units::{
    Bcm, BcmPerYear, Fraction, Gas, Kilometre, MillionUsd, MillionUsdPerBcmPerYear, NauticalMile, UsdPerTcm,
    UsdPerTcmPerBcmPerYear,
};

/// The world of one study, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Name of the case.
    pub name: String,
    /// What it stands for.
    pub title: String,
    /// Year to which money is discounted.
    pub base_year: i32,
    /// Gas whose cubic metres all volumes count.
    pub gas: Gas,
    /// Years and seasons.
    pub calendar: Calendar,
    /// Choices about the market.
    pub settings: CaseSettings,
    /// Ships; none when every sea route has its own tariff.
    pub shipping: Option<Shipping>,
    /// Nodes, by [`NodeId`].
    pub nodes: Vec<Node>,
    /// Actors, by [`ActorId`].
    pub actors: Vec<Actor>,
    /// Traders, by [`TraderId`].
    pub traders: Vec<Trader>,
    /// Fields.
    pub fields: Vec<Field>,
    /// Demand, one entry per row of the table.
    pub demand: Vec<Demand>,
    /// Pipelines, by [`PipelineId`].
    pub pipelines: Vec<Pipeline>,
    /// Liquefaction terminals.
    pub liquefaction: Vec<Terminal>,
    /// Regasification terminals.
    pub regasification: Vec<Terminal>,
    /// Sea routes.
    pub sea_routes: Vec<SeaRoute>,
    /// Chokepoints, by [`ChokepointId`].
    pub chokepoints: Vec<Chokepoint>,
    /// Storage sites.
    pub storage: Vec<Storage>,
    /// Conduct that differs from the trader's own.
    pub conduct: Vec<Conduct>,
    /// Duties and tariffs on sales.
    pub taxes: Vec<Tax>,
    /// Members of customs unions.
    pub customs_unions: Vec<UnionMember>,
    /// Territories that a trader may not cross.
    pub no_transit: Vec<NoTransit>,
    /// Transit contracts.
    pub transit_contracts: Vec<TransitContract>,
    /// Sales contracts.
    pub contracts: Vec<SalesContract>,
    /// Fuel and hub indices.
    pub index_levels: Vec<IndexLevel>,
    /// Markets whose import price follows an index, at most one row for each.
    pub indexation: Vec<Indexation>,
    /// Sales of the base year.
    pub observed_sales: Vec<ObservedSale>,
    /// Prices of the base year.
    pub observed_prices: Vec<ObservedPrice>,
    /// Physical flows of the base year.
    pub observed_border_flows: Vec<ObservedBorderFlow>,
    /// What a calibration found; none before one.
    pub calibration: Option<Calibration>,
}

/// Which conduct the sellers show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConductRule {
    /// As in `traders` and `conduct`.
    Table,
    /// Price takers everywhere.
    PriceTaking,
    /// The regional conduct that the calibration found.
    Calibrated,
}

impl ConductRule {
    /// The word in `case.toml`.
    pub fn word(self) -> &'static str {
        match self {
            ConductRule::Table => "table",
            ConductRule::PriceTaking => "price-taking",
            ConductRule::Calibrated => "calibrated",
        }
    }
}

/// Choices about the market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CaseSettings {
    /// Yearly discount rate.
    pub discount_rate: f64,
    /// Price above which demand is curtailed; none: no curtailment.
    pub price_cap: Option<UsdPerTcm>,
    /// What a unit of missed contract minimum costs; none: minima are hard.
    pub contract_shortfall_penalty: Option<UsdPerTcm>,
    /// Which conduct.
    pub conduct: ConductRule,
    /// Factor on all elasticities of demand, turned around the calibrated point.
    pub elasticity_factor: f64,
    /// σ in the slope of calibrated wedges, max(p, floor) / (σ · sale); method: calibration step 4.
    pub slope_sigma: f64,
    /// Curvature of flows that breaks ties between equally good routes.
    pub tie_break: UsdPerTcmPerBcmPerYear,
}

/// A place on the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Identifier.
    pub id: String,
    /// Name as printed.
    pub name: String,
    /// Country or company.
    pub actor: ActorId,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Group of nodes in summaries.
    pub region: String,
}

/// A country or company that owns assets.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// Identifier.
    pub id: String,
    /// Name as printed.
    pub name: String,
    /// Bloc named by embargoes.
    pub bloc: String,
}

/// A firm that sells gas in markets.
#[derive(Debug, Clone, PartialEq)]
pub struct Trader {
    /// Identifier.
    pub id: String,
    /// Name as printed.
    pub name: String,
    /// Owner.
    pub actor: ActorId,
    /// Conduct where the table has no other.
    pub theta: Fraction,
}

/// Whether and when an asset serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// Status is `existing`.
    pub exists: bool,
    /// First year.
    pub first_year: i32,
    /// Last year.
    pub last_year: i32,
}

impl Service {
    /// Whether it serves in a year.
    pub fn serves(&self, year: i32) -> bool {
        self.exists && self.first_year <= year && year <= self.last_year
    }
}

/// How capacity can be added.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expansion {
    /// Cost of one unit.
    pub capex: MillionUsdPerBcmPerYear,
    /// Largest addition in one year of the case.
    pub limit: Option<BcmPerYear>,
}

/// A field or group of fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Identifier.
    pub id: String,
    /// Where the gas enters the network.
    pub node: NodeId,
    /// Who owns the gas.
    pub trader: TraderId,
    /// Largest rate.
    pub capacity: BcmPerYear,
    /// Largest output of a year.
    pub annual_capacity: Option<BcmPerYear>,
    /// a of the marginal cost a + b q + g ln(1 − q/capacity).
    pub marginal_cost: UsdPerTcm,
    /// b of the marginal cost.
    pub cost_slope: UsdPerTcmPerBcmPerYear,
    /// g of the marginal cost, zero or negative (Golombek).
    pub cost_curvature: UsdPerTcm,
    /// h of a further marginal cost h/(barrier − q), in million USD per year (Manne & Beltramo 1984).
    pub cost_barrier: MillionUsd,
    /// Output at which that cost grows without end.
    pub barrier: BcmPerYear,
    /// Volume over all years.
    pub reserves: Option<Bcm>,
    /// When.
    pub service: Service,
}

/// Shape of a demand curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemandForm {
    /// Straight line through the reference point.
    Linear,
    /// Constant elasticity through the reference point.
    ConstantElasticity,
    /// The reference quantity at any price.
    Fixed,
}

/// Demand of one sector at one node, for the periods the row covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// Market.
    pub node: NodeId,
    /// Sector.
    pub sector: String,
    /// The year meant; none: every year.
    pub year: Option<i32>,
    /// Reference rate per season; none where the row does not speak of the season.
    pub quantity: Vec<Option<BcmPerYear>>,
    /// Reference price.
    pub price: UsdPerTcm,
    /// Elasticity at the reference point, negative.
    pub elasticity: f64,
    /// Shape.
    pub form: DemandForm,
    /// Lowest price used in the slope.
    pub price_floor: UsdPerTcm,
}

/// A pipeline in one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// Identifier.
    pub id: String,
    /// Name as printed.
    pub name: String,
    /// Start.
    pub from: NodeId,
    /// End.
    pub to: NodeId,
    /// Capacity.
    pub capacity: BcmPerYear,
    /// Charge on gas entering.
    pub tariff: UsdPerTcm,
    /// n of a further charge n t² on the whole flow t, in USD/tcm per (bcm/yr)² (Harker 1986).
    pub congestion: f64,
    /// Share lost.
    pub loss: Fraction,
    /// Length.
    pub length: Option<Kilometre>,
    /// Actors whose consent it needs.
    pub owners: Vec<ActorId>,
    /// When.
    pub service: Service,
    /// Whether it can grow.
    pub expansion: Option<Expansion>,
}

/// A liquefaction or regasification terminal.
#[derive(Debug, Clone, PartialEq)]
pub struct Terminal {
    /// Identifier.
    pub id: String,
    /// Name as printed.
    pub name: String,
    /// Where.
    pub node: NodeId,
    /// LNG out of a liquefaction terminal, gas out of a regasification terminal.
    pub capacity: BcmPerYear,
    /// Largest output of a year.
    pub annual_capacity: Option<BcmPerYear>,
    /// Charge on what enters.
    pub cost: UsdPerTcm,
    /// Share burnt.
    pub loss: Fraction,
    /// Actors whose consent it needs.
    pub owners: Vec<ActorId>,
    /// When.
    pub service: Service,
    /// Whether it can grow.
    pub expansion: Option<Expansion>,
}

/// One way for ships between two nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct SeaRoute {
    /// Node with liquefaction.
    pub from: NodeId,
    /// Node with regasification.
    pub to: NodeId,
    /// Name of the alternative.
    pub route: String,
    /// One way.
    pub distance: NauticalMile,
    /// Straits and canals passed.
    pub chokepoints: Vec<ChokepointId>,
    /// Charge that replaces the computed one.
    pub tariff: Option<UsdPerTcm>,
    /// Boil-off that replaces the computed one.
    pub loss: Option<Fraction>,
}

/// A strait or canal.
#[derive(Debug, Clone, PartialEq)]
pub struct Chokepoint {
    /// Identifier.
    pub id: String,
    /// Name as printed.
    pub name: String,
    /// LNG that may pass; none: no limit.
    pub capacity: Option<BcmPerYear>,
    /// USD per round trip of a standard ship.
    pub toll_usd_per_round_trip: f64,
    /// Days per round trip.
    pub delay_days_per_round_trip: f64,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Degrees north.
    pub latitude: Option<f64>,
}

/// A standard LNG ship and what it costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shipping {
    /// USD per day.
    pub charter_usd_per_day: f64,
    /// Knots.
    pub speed_knots: f64,
    /// m³ of LNG.
    pub ship_capacity_m3: f64,
    /// Share of the tanks that is filled.
    pub fill_fraction: f64,
    /// mmbtu per m³ of LNG.
    pub energy_mmbtu_per_m3_lng: f64,
    /// Days in port per round trip.
    pub port_days: f64,
    /// Share of the capacity per day, laden.
    pub boil_off_laden_fraction_per_day: f64,
    /// Share of the capacity per day, in ballast.
    pub boil_off_ballast_fraction_per_day: f64,
    /// Tonnes of fuel oil per day at sea.
    pub fuel_tonnes_per_day: f64,
    /// USD per tonne.
    pub fuel_usd_per_tonne: f64,
    /// mmbtu per tonne.
    pub fuel_mmbtu_per_tonne: f64,
    /// USD per call; two calls per round trip.
    pub port_call_usd: f64,
    /// Value at which boil-off is charged; none: boil-off is lost on the way. For cases whose statistics
    /// count gas sold and gas received as equal.
    pub boil_off_value_usd_per_mmbtu: Option<f64>,
    /// Standard ships there are; none: no limit.
    pub fleet_ships: Option<f64>,
}

/// A storage site or group.
#[derive(Debug, Clone, PartialEq)]
pub struct Storage {
    /// Identifier.
    pub id: String,
    /// Where.
    pub node: NodeId,
    /// Working volume.
    pub working_volume: Bcm,
    /// Largest injection.
    pub injection: BcmPerYear,
    /// Largest withdrawal.
    pub withdrawal: BcmPerYear,
    /// Charge on injected gas.
    pub cost: UsdPerTcm,
    /// Share of injected gas lost.
    pub loss: Fraction,
    /// Owners; when empty the actor of the node.
    pub owners: Vec<ActorId>,
    /// When.
    pub service: Service,
}

/// Conduct of a trader in a market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conduct {
    /// Trader.
    pub trader: TraderId,
    /// Market.
    pub market: NodeId,
    /// 0 price taker to 1 Cournot.
    pub theta: Fraction,
}

/// A duty or tariff on sales.
#[derive(Debug, Clone, PartialEq)]
pub struct Tax {
    /// Name.
    pub id: String,
    /// Who pays.
    pub trader: TraderId,
    /// Where; none: every market of another actor.
    pub market: Option<NodeId>,
    /// Ad valorem rate.
    pub rate: Fraction,
    /// Border price at which the rate becomes an amount; none: reference price of the market.
    pub border_price: Option<UsdPerTcm>,
    /// Fixed amount.
    pub amount: UsdPerTcm,
}

/// Membership of a customs union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnionMember {
    /// Name of the union.
    pub union: String,
    /// Member.
    pub actor: ActorId,
}

/// A territory that a trader may not cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoTransit {
    /// Trader.
    pub trader: TraderId,
    /// Territory.
    pub node: NodeId,
}

/// A transit contract.
#[derive(Debug, Clone, PartialEq)]
pub struct TransitContract {
    /// Identifier.
    pub id: String,
    /// Who has booked.
    pub trader: TraderId,
    /// On which pipelines together.
    pub pipelines: Vec<PipelineId>,
    /// Booked rate with sunk capacity fee, and the charge within it.
    pub booking: Option<(BcmPerYear, UsdPerTcm)>,
    /// Least annual flow.
    pub minimum: Option<BcmPerYear>,
    /// Whether the minimum lapses when a pipeline is closed.
    pub force_majeure: bool,
    /// When.
    pub service: Service,
}

/// A sales contract.
#[derive(Debug, Clone, PartialEq)]
pub struct SalesContract {
    /// Identifier.
    pub id: String,
    /// Seller.
    pub seller: TraderId,
    /// Market that buys.
    pub buyer: NodeId,
    /// Least quantity.
    pub minimum: Option<BcmPerYear>,
    /// Largest quantity.
    pub maximum: Option<BcmPerYear>,
    /// Season to which both apply as rates; none: the year.
    pub season: Option<usize>,
    /// Pipelines whose closure is force majeure.
    pub route: Vec<PipelineId>,
    /// Whether the minimum lapses when the route is closed.
    pub force_majeure: bool,
    /// When.
    pub service: Service,
}

/// An index of fuel or hub prices, in the base year and in this world.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexLevel {
    /// Identifier.
    pub id: String,
    /// Name as printed.
    pub name: String,
    /// Unit of both levels.
    pub unit: String,
    /// Level of the base year.
    pub base_level: f64,
    /// Level of this world.
    pub level: f64,
}

/// An import price that follows an index: constant + slope × level.
#[derive(Debug, Clone, PartialEq)]
pub struct Indexation {
    /// Market.
    pub market: NodeId,
    /// Position in [`Case::index_levels`].
    pub index: usize,
    /// Per unit of the index.
    pub slope: UsdPerTcm,
    /// At an index of zero.
    pub constant: UsdPerTcm,
    /// Market without indexation whose price this gas would have.
    pub against: Option<NodeId>,
}

/// A sale of the base year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObservedSale {
    /// Trader.
    pub trader: TraderId,
    /// Market.
    pub market: NodeId,
    /// Annual sale.
    pub quantity: BcmPerYear,
}

/// A price of the base year.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedPrice {
    /// Node.
    pub node: NodeId,
    /// Average of the year.
    pub price: UsdPerTcm,
    /// Shown by name in the backcast.
    pub hub: bool,
    /// Series of the folder indices with the price month by month.
    pub monthly_series: Option<String>,
}

/// A physical flow of the base year.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedBorderFlow {
    /// Border point or group of points.
    pub point: String,
    /// Start.
    pub from: NodeId,
    /// End.
    pub to: NodeId,
    /// Net flow of the year.
    pub quantity: BcmPerYear,
}

/// What a calibration found (method: calibration).
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// One per pair of trader and market in reach.
    pub sales: Vec<CalibratedSale>,
    /// One per node with demand and season.
    pub demand: Vec<CalibratedDemand>,
    /// One per region.
    pub conduct: Vec<(String, Fraction)>,
}

/// The wedge of one pair.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibratedSale {
    /// Trader.
    pub trader: TraderId,
    /// Market.
    pub market: NodeId,
    /// ω at price-taking conduct.
    pub wedge: UsdPerTcm,
    /// Z̄.
    pub anchor: BcmPerYear,
    /// v of the trader.
    pub producer_term: UsdPerTcm,
    /// u of the market.
    pub market_term: UsdPerTcm,
    /// Rate of the calibrated base in each season.
    pub seasonal_anchor: Vec<BcmPerYear>,
}

/// The shift of one demand curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibratedDemand {
    /// Market.
    pub node: NodeId,
    /// Season.
    pub season: usize,
    /// Shift of the intercept.
    pub price_shift: UsdPerTcm,
    /// Price of the calibrated base, around which elasticities turn.
    pub price: UsdPerTcm,
}

impl Case {
    /// The node with an identifier.
    pub fn node(&self, id: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.id == id).map(NodeId::from_index)
    }

    /// The trader with an identifier.
    pub fn trader(&self, id: &str) -> Option<TraderId> {
        self.traders.iter().position(|trader| trader.id == id).map(TraderId::from_index)
    }

    /// Actor of the node.
    pub fn actor_of_node(&self, node: NodeId) -> ActorId {
        self.nodes[node.index()].actor
    }

    /// Actor of the trader.
    pub fn actor_of_trader(&self, trader: TraderId) -> ActorId {
        self.traders[trader.index()].actor
    }

    /// Whether a sale crosses from one actor to another.
    pub fn is_foreign(&self, trader: TraderId, market: NodeId) -> bool {
        self.actor_of_trader(trader) != self.actor_of_node(market)
    }

    /// Average reference price of a market over its rows, weighted by quantity.
    pub fn reference_price(&self, market: NodeId) -> Option<UsdPerTcm> {
        let (mut value, mut volume) = (0.0, 0.0);
        for row in self.demand.iter().filter(|row| row.node == market) {
            let quantity: f64 = row.quantity.iter().flatten().map(|rate| rate.0).sum();
            value += row.price.0 * quantity;
            volume += quantity;
        }
        (volume > 0.0).then(|| UsdPerTcm(value / volume))
    }

    /// How far the import price of a market has moved from the base year with its index.
    ///
    /// Reference price, wedges and ad valorem duties of the market move with it; docs/calibration.md.
    pub fn index_shift(&self, market: NodeId) -> UsdPerTcm {
        let row = self.indexation.iter().find(|row| row.market == market);
        row.map_or(UsdPerTcm(0.0), |row| {
            let index = &self.index_levels[row.index];
            row.slope * (index.level - index.base_level)
        })
    }

    /// Tax that a trader pays on a unit sold in a market; zero inside a customs union.
    ///
    /// Source: method: market (11): ad valorem duty turned into an amount at the border price of the row, or
    /// at the reference price of the market.
    pub fn tax(&self, trader: TraderId, market: NodeId) -> UsdPerTcm {
        self.tax_with(trader, market, self.index_shift(market))
    }

    /// The same at the import prices of the base year.
    pub fn tax_at_base(&self, trader: TraderId, market: NodeId) -> UsdPerTcm {
        self.tax_with(trader, market, UsdPerTcm(0.0))
    }

    fn tax_with(&self, trader: TraderId, market: NodeId, moved: UsdPerTcm) -> UsdPerTcm {
        let (seller, buyer) = (self.actor_of_trader(trader), self.actor_of_node(market));
        let member = |union: &str, actor| {
            self.customs_unions.iter().any(|member| member.union == union && member.actor == actor)
        };
        let exempt = self
            .customs_unions
            .iter()
            .any(|membership| membership.actor == seller && member(&membership.union, buyer));
        if exempt {
            return UsdPerTcm(0.0);
        }
        // A row that names the market stands before one for every foreign market.
        let rows: Vec<&Tax> = self.taxes.iter().filter(|tax| tax.trader == trader).collect();
        let named: Vec<&&Tax> = rows.iter().filter(|tax| tax.market == Some(market)).collect();
        let applied: Vec<&Tax> = if named.is_empty() {
            rows.iter().copied().filter(|tax| tax.market.is_none() && seller != buyer).collect()
        } else {
            named.into_iter().copied().collect()
        };
        applied
            .into_iter()
            .map(|tax| {
                let border =
                    tax.border_price.or_else(|| self.reference_price(market)).unwrap_or(UsdPerTcm(0.0));
                (border + moved) * tax.rate.0 + tax.amount
            })
            .sum()
    }
}
