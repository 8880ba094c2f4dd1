//! A deal as tables and sentences.

use super::zone::{BreakEven, Whose, Zone};
use super::{DealAnswer, LeverEffect, Stage};
use crate::case::Case;
use crate::report::{Cell, Table};
use crate::units::{Fraction, Gas, UsdPerTcm, mmbtu_per_tcm};

/// Equal weights in the Nash bargain.
const EVEN: Fraction = Fraction(0.5);
/// Sets of levers that a sentence names.
const NAMED: usize = 3;
/// Widths of zones within this, in USD/tcm, are the same.
const SAME: f64 = 1e-6;
/// Years that the deal may be put off in the table of delay.
const DELAYS: [usize; 4] = [1, 2, 3, 5];

/// All tables of an answer: reservation prices, zone over oil, sources, levers alone and together, years, net present
/// value, delay.
pub fn deal_tables(case: &Case, answer: &DealAnswer) -> Vec<Table> {
    vec![
        reservation_prices(case, answer),
        benchmarks(answer),
        zone_over_index(answer),
        break_even(answer),
        displacements(answer),
        levers(answer),
        lever_combinations(answer),
        present_value(answer),
        years(answer),
        delay(answer),
        chances(answer),
        formulas(answer),
    ]
}

impl DealAnswer {
    fn last(&self) -> usize {
        self.deal.stages.len() - 1
    }

    fn valuation(&self, index: usize) -> Cell {
        self.deal.valuations[index].name.as_str().into()
    }
}

/// A price in both cubic metres that the sides use, and per mmbtu.
struct Both<'a>(&'a Case, UsdPerTcm);

impl std::fmt::Display for Both<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Both(case, price) = self;
        let russian = Gas::named("russia").map_or(1.0, |gas| mmbtu_per_tcm(&gas));
        let here = mmbtu_per_tcm(&case.gas);
        write!(
            f,
            "{:.0} USD/tcm ({:.0} per Russian tcm, {:.1} USD/mmbtu)",
            price.0,
            price.0 * russian / here,
            price.0 / here
        )
    }
}

impl DealAnswer {
    /// The answer in a few sentences, each number with its unit and range.
    pub fn sentences(&self, case: &Case) -> Vec<String> {
        let mut sentences = Vec::new();
        let last = self.last();
        let deal = &self.deal;
        let (seller, buyer) = (&case.actors[deal.seller.index()].name, &case.actors[deal.buyer.index()].name);
        let year = deal.stages[last].year;
        let index = &case.index_levels[deal.index];
        let both = |price| Both(case, price);
        let opening = |level: BreakEven| match level {
            BreakEven::AlwaysOpen => "open at every oil price tried".to_string(),
            BreakEven::NeverOpen => "closed at every oil price tried".to_string(),
            BreakEven::OpenBelow(level) => format!("open below {level:.0} {}", index.unit),
            BreakEven::OpenAbove(level) => format!("open above {level:.0} {}", index.unit),
        };
        for (at, valuation) in deal.valuations.iter().enumerate() {
            let zone = Whose::CompanyAndState.of(self.point(last, at, self.base_level));
            let ranges = self
                .ranges
                .iter()
                .find(|(of, whose, _)| (*of, *whose) == (at, Whose::CompanyAndState))
                .map(|(_, _, ranges)| ranges);
            let range = |index: usize| {
                ranges.map_or(String::new(), |all| {
                    format!(" [{:.0} to {:.0}]", all[index].low, all[index].high)
                })
            };
            let companies = Whose::Company.of(self.point(last, at, self.base_level));
            sentences.push(format!(
                "Market, {}: in {year} {seller} (company and state) can go down to {}{}, {buyer} up to {}{}: {}{}. \
                 Companies alone: {:.0} and {:.0}, {}. The zone is {}.",
                valuation.name,
                both(zone.seller),
                range(0),
                both(zone.buyer),
                range(1),
                zone.in_words(),
                range(2),
                companies.seller.0,
                companies.buyer.0,
                companies.in_words(),
                opening(self.break_even(last, at, Whose::CompanyAndState)),
            ));
        }
        for (at, valuation) in deal.valuations.iter().enumerate() {
            let point = self.point(last, at, self.base_level);
            let zone = Whose::ByHand.of(point);
            let capped = match point.replacement.capped {
                true => "what the city gate leaves after the haul".to_string(),
                false => format!(
                    "what \"{}\" leaves",
                    point.replacement.alternatives.first().map_or("", |(name, _)| name.as_str())
                ),
            };
            let alone = self.levers.iter().filter(|effect| {
                effect.levers.len() == 1 && (effect.valuation, effect.whose) == (at, Whose::ByHand)
            });
            let levers: Vec<String> = alone
                .filter_map(|effect| {
                    let curve = self.curve(last, at, Whose::ByHand, &effect.levers)?;
                    let Zone { seller, buyer } = effect.after;
                    Some(format!(
                        "with \"{}\" {:.0} and {:.0}, {}, {}",
                        deal.names_of(&effect.levers),
                        seller.0,
                        buyer.0,
                        effect.after.in_words(),
                        opening(curve.break_even())
                    ))
                })
                .collect();
            sentences.push(format!(
                "By hand, {}: {seller} asks {} for parity with {}, {buyer} bids {}, {capped}: {} at {:.0} {}. \
                 The zone is {}{}{}.",
                valuation.name,
                both(zone.seller),
                case.nodes[deal.alternative_market.index()].name,
                both(zone.buyer),
                zone.in_words(),
                self.base_level,
                index.unit,
                opening(self.break_even(last, at, Whose::ByHand)),
                if levers.is_empty() { "" } else { "; " },
                levers.join("; "),
            ));
        }
        sentences.extend(self.levers_together(case));
        let volume = deal.volume.0;
        let list = |valuation: usize, side: &str| {
            let mut rows: Vec<_> = self
                .displacements
                .iter()
                .filter(|row| row.stage == last && row.valuation == valuation && row.side == side)
                .collect();
            rows.sort_by(|a, b| b.change.abs().total_cmp(&a.change.abs()));
            let parts = rows.iter().take(4).map(|row| format!("{} {:.1}", row.what, row.change));
            parts.collect::<Vec<_>>().join(", ")
        };
        sentences.push(format!(
            "Sources, in bcm of {volume:.1}: to {seller} the gas means {}. To {buyer} it means, at the {}, {}.",
            list(0, "seller"),
            deal.valuations[0].name,
            list(0, "buyer"),
        ));
        if let (Some(bid), Some(ask)) = (deal.reported.bid, deal.reported.ask) {
            let point = self.point(last, 0, self.base_level);
            let (hand, market) = (Whose::ByHand.of(point), Whose::CompanyAndState.of(point));
            sentences.push(format!(
                "Reported were {} and {}. The seller's figure is {:+.0} USD/tcm from its parity by hand and {:+.0} \
                 from its price in the market; the buyer's is {:+.0} from what the city gate leaves by hand and \
                 {:+.0} from its price in the market.",
                both(bid),
                both(ask),
                (ask - hand.seller).0,
                (ask - market.seller).0,
                (bid - hand.buyer).0,
                (bid - market.buyer).0,
            ));
        }
        for risk in self.risks.iter().filter(|risk| risk.whose == Whose::ByHand) {
            if let Some(best) = risk.formulas.first() {
                sentences.push(format!(
                    "Over paths of oil, by hand at the {}, the zone of the whole life is open on {:.0} % of them. Of the \
                     formulas worth {:.0} USD/tcm, \"{}\" is walked away from least: {:.0} % of deliveries by the \
                     seller, {:.0} % by the buyer.",
                    deal.valuations[risk.valuation].name,
                    100.0 * risk.open.0,
                    risk.price.0,
                    best.formula.words(),
                    100.0 * best.seller_walks.0,
                    100.0 * best.buyer_walks.0,
                ));
            }
        }
        let life = self.horizon(0, Whose::CompanyAndState, self.base_level, 0);
        let late = self.horizon(0, Whose::CompanyAndState, self.base_level, 1);
        sentences.push(format!(
            "Over {} years at {:.0} % the zone of companies and states is worth {:.0} million USD under the {}; \
             one USD/tcm is worth {:.0}. Each year of waiting loses {:.0} of it.",
            deal.years,
            100.0 * deal.discount_rate,
            life.zone_value.0,
            deal.valuations[0].name,
            life.value_of_one.0,
            (life.zone_value - late.zone_value).0,
        ));
        sentences
    }
}

impl DealAnswer {
    /// The fewest levers that, on together, open a gap or close a zone, for the payoffs that the other sentences are
    /// about; none when the deal has no levers.
    fn levers_together(&self, case: &Case) -> Option<String> {
        if self.levers.is_empty() {
            return None;
        }
        let deal = &self.deal;
        let mut parts = Vec::new();
        for whose in [Whose::CompanyAndState, Whose::ByHand] {
            for (at, valuation) in deal.valuations.iter().enumerate() {
                let effects: Vec<&LeverEffect> = (self.levers.iter())
                    .filter(|effect| (effect.valuation, effect.whose) == (at, whose))
                    .collect();
                parts.push(format!("{}, {}: {}", whose.words(), valuation.name, self.turned_by(&effects)));
            }
        }
        let left_out = match self.left_out.iter().map(|set| deal.names_of(set)).collect::<Vec<_>>() {
            none if none.is_empty() => String::new(),
            some => format!("; left out, since their scenarios contradict each other: {}", some.join(", ")),
        };
        let index = &case.index_levels[deal.index];
        Some(format!(
            "Levers together, in {} at {:.0} {}: {}{left_out}.",
            deal.stages[self.last()].year,
            self.base_level,
            index.unit,
            parts.join("; ")
        ))
    }

    /// What it takes to turn a gap into a zone, or a zone into a gap: effects of one valuation and payoff, smaller
    /// sets first.
    fn turned_by(&self, effects: &[&LeverEffect]) -> String {
        let Some(first) = effects.first() else { return "no lever counts".into() };
        let zone = first.before;
        let is_open = zone.is_open();
        let with = |effect: &LeverEffect| {
            let names = effect.levers.iter().map(|&lever| format!("\"{}\"", self.deal.levers[lever].name));
            format!("{} ({})", names.collect::<Vec<_>>().join(" + "), effect.after.in_words())
        };
        let turn = if is_open { "closes" } else { "opens" };
        let turning = || effects.iter().filter(|effect| effect.after.is_open() != is_open);
        if let Some(fewest) = turning().map(|effect| effect.levers.len()).min() {
            let all: Vec<String> =
                turning().filter(|effect| effect.levers.len() == fewest).map(|effect| with(effect)).collect();
            let more = match all.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" or {more} more sets of {fewest}"),
            };
            let named = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(" or ");
            return format!("{}, which {turn} with {named}{more}", zone.in_words());
        }
        let none = match effects.len() {
            1 => format!("which the one lever never {turn}"),
            count => format!("which none of {count} combinations {turn}"),
        };
        // of sets that come to the same the smallest is named
        let nearer = |a: f64, b: f64| if is_open { a < b - SAME } else { a > b + SAME };
        let nearest = effects.iter().fold(*first, |best, effect| {
            if nearer(effect.after.width().0, best.after.width().0) { effect } else { best }
        });
        match nearer(nearest.after.width().0, zone.width().0) {
            true => format!("{}, {none}; nearest comes {}", zone.in_words(), with(nearest)),
            false => format!("{}, {none} or narrows", zone.in_words()),
        }
    }
}

fn stage_name(stage: &Stage) -> Cell {
    stage.year.to_string().into()
}

/// Reservation prices at the base level of the index, with their range over the variants of the market.
fn reservation_prices(case: &Case, answer: &DealAnswer) -> Table {
    let header = [
        "stage",
        "valuation",
        "whose",
        "seller_usd_per_tcm",
        "seller_low",
        "seller_high",
        "buyer_usd_per_tcm",
        "buyer_low",
        "buyer_high",
        "zone_usd_per_tcm",
        "zone_low",
        "zone_high",
        "seller_usd_per_mmbtu",
        "buyer_usd_per_mmbtu",
        "nash_usd_per_tcm",
        "marginal_cost_usd_per_tcm",
        "marginal_value_usd_per_tcm",
    ];
    let mut table = Table::new("reservation_prices", &header);
    let per_tcm = mmbtu_per_tcm(&case.gas);
    for (at, stage) in answer.deal.stages.iter().enumerate() {
        for valuation in 0..answer.deal.valuations.len() {
            let point = answer.point(at, valuation, answer.base_level);
            for whose in Whose::ALL {
                let zone = whose.of(point);
                let mut row = vec![stage_name(stage), answer.valuation(valuation), whose.words().into()];
                let ranges = answer
                    .ranges
                    .iter()
                    .find(|(of, who, _)| (*of, *who) == (valuation, whose) && at == answer.last());
                let values = [zone.seller.0, zone.buyer.0, zone.width().0];
                for (index, value) in values.into_iter().enumerate() {
                    row.push(value.into());
                    row.push(ranges.map(|(_, _, ranges)| ranges[index].low).into());
                    row.push(ranges.map(|(_, _, ranges)| ranges[index].high).into());
                }
                row.push((zone.seller.0 / per_tcm).into());
                row.push((zone.buyer.0 / per_tcm).into());
                row.push(zone.nash(EVEN).map(|price| price.0).into());
                let market = (whose != Whose::ByHand).then_some(point.reservation);
                row.push(market.map(|prices| prices.marginal_cost.0).into());
                row.push(market.map(|prices| prices.marginal_value.0).into());
                table.rows.push(row);
            }
        }
    }
    table
}

/// What the two sides work out by hand, step by step, at the base level.
fn benchmarks(answer: &DealAnswer) -> Table {
    let mut table = Table::new("benchmarks", &["stage", "valuation", "side", "step", "usd_per_tcm"]);
    for (at, stage) in answer.deal.stages.iter().enumerate() {
        for valuation in 0..answer.deal.valuations.len() {
            let point = answer.point(at, valuation, answer.base_level);
            let mut add = |side: &str, step: String, price: UsdPerTcm| {
                let row = [
                    stage_name(stage),
                    answer.valuation(valuation),
                    side.into(),
                    step.into(),
                    price.0.into(),
                ];
                table.push(row);
            };
            let seller = &point.netback;
            add("seller", "price of the alternative market".into(), seller.price);
            add("seller", "less export duty there".into(), -seller.duty);
            add("seller", "less haul to it".into(), -seller.haul);
            add("seller", "netback at the field".into(), seller.netback);
            add("seller", "plus haul to the border".into(), seller.haul_to_border);
            add("seller", "netback parity at the border, duty paid".into(), seller.border_price);
            let buyer = &point.replacement;
            for (name, price) in &buyer.alternatives {
                add("buyer", format!("{name}, at the city gate"), *price);
            }
            add("buyer", "price at the city gate".into(), buyer.city_gate);
            add("buyer", "less own haul".into(), -buyer.haul);
            let what =
                if buyer.capped { "the city gate sets it" } else { "the cheapest alternative sets it" };
            add("buyer", format!("replacement parity at the border: {what}"), buyer.border_price);
        }
    }
    table
}

fn zone_over_index(answer: &DealAnswer) -> Table {
    let header = [
        "stage",
        "valuation",
        "whose",
        "index_level",
        "seller_usd_per_tcm",
        "buyer_usd_per_tcm",
        "zone_usd_per_tcm",
    ];
    let mut table = Table::new("zone_over_index", &header);
    for (at, stage) in answer.deal.stages.iter().enumerate() {
        for valuation in 0..answer.deal.valuations.len() {
            for whose in Whose::ALL {
                for &level in &answer.levels {
                    let zone = whose.of(answer.point(at, valuation, level));
                    table.push([
                        stage_name(stage),
                        answer.valuation(valuation),
                        whose.words().into(),
                        level.into(),
                        zone.seller.0.into(),
                        zone.buyer.0.into(),
                        zone.width().0.into(),
                    ]);
                }
            }
        }
    }
    table
}

fn break_even(answer: &DealAnswer) -> Table {
    let header = ["stage", "valuation", "whose", "lever", "zone", "index_level"];
    let mut table = Table::new("break_even", &header);
    let mut add = |stage: usize, valuation, whose: &str, lever: Option<&str>, found| {
        let (words, level) = match found {
            BreakEven::AlwaysOpen => ("open at every level", None),
            BreakEven::NeverOpen => ("closed at every level", None),
            BreakEven::OpenBelow(level) => ("open below", Some(level)),
            BreakEven::OpenAbove(level) => ("open above", Some(level)),
        };
        table.push([
            stage_name(&answer.deal.stages[stage]),
            answer.valuation(valuation),
            whose.into(),
            lever.into(),
            words.into(),
            level.into(),
        ]);
    };
    for at in 0..answer.deal.stages.len() {
        for valuation in 0..answer.deal.valuations.len() {
            for whose in Whose::ALL {
                add(at, valuation, whose.words(), None, answer.break_even(at, valuation, whose));
            }
        }
    }
    for curve in answer.curves.iter().filter(|curve| curve.whose == Whose::ByHand && curve.levers.len() == 1)
    {
        let (words, lever) = (curve.whose.words(), answer.deal.names_of(&curve.levers));
        add(curve.stage, curve.valuation, words, Some(&lever), curve.break_even());
    }
    table
}

/// Where the gas comes from and what it replaces: the sources of the reservation prices.
fn displacements(answer: &DealAnswer) -> Table {
    let header = ["stage", "valuation", "side", "what", "bcm_per_year", "price_usd_per_tcm"];
    let mut table = Table::new("sources", &header);
    for row in &answer.displacements {
        table.push([
            stage_name(&answer.deal.stages[row.stage]),
            answer.valuation(row.valuation),
            row.side.into(),
            row.what.as_str().into(),
            row.change.into(),
            row.price.into(),
        ]);
    }
    table
}

fn levers(answer: &DealAnswer) -> Table {
    effects(answer, "levers", "lever", |levers| levers == 1)
}

/// Levers that are on together, two and more.
fn lever_combinations(answer: &DealAnswer) -> Table {
    effects(answer, "lever_combinations", "levers", |levers| levers > 1)
}

fn effects(answer: &DealAnswer, name: &str, column: &str, counts: fn(usize) -> bool) -> Table {
    let header = [
        "valuation",
        column,
        "whose",
        "seller_usd_per_tcm",
        "seller_change",
        "buyer_usd_per_tcm",
        "buyer_change",
        "zone_usd_per_tcm",
        "zone_change",
    ];
    let mut table = Table::new(name, &header);
    for effect in answer.levers.iter().filter(|effect| counts(effect.levers.len())) {
        let (before, after): (Zone, Zone) = (effect.before, effect.after);
        table.push([
            answer.valuation(effect.valuation),
            answer.deal.names_of(&effect.levers).into(),
            effect.whose.words().into(),
            after.seller.0.into(),
            (after.seller - before.seller).0.into(),
            after.buyer.0.into(),
            (after.buyer - before.buyer).0.into(),
            after.width().0.into(),
            (after.width() - before.width()).0.into(),
        ]);
    }
    table
}

fn present_value(answer: &DealAnswer) -> Table {
    let header = [
        "valuation",
        "whose",
        "seller_usd_per_tcm",
        "buyer_usd_per_tcm",
        "zone_usd_per_tcm",
        "zone_million_usd",
        "one_usd_per_tcm_million_usd",
        "nash_usd_per_tcm",
    ];
    let mut table = Table::new("present_value", &header);
    for valuation in 0..answer.deal.valuations.len() {
        for whose in Whose::ALL {
            let life = answer.horizon(valuation, whose, answer.base_level, 0);
            table.push([
                answer.valuation(valuation),
                whose.words().into(),
                life.levelised.seller.0.into(),
                life.levelised.buyer.0.into(),
                life.levelised.width().0.into(),
                life.zone_value.0.into(),
                life.value_of_one.0.into(),
                life.levelised.nash(EVEN).map(|price| price.0).into(),
            ]);
        }
    }
    table
}

fn years(answer: &DealAnswer) -> Table {
    let header = [
        "year",
        "valuation",
        "whose",
        "bcm",
        "seller_usd_per_tcm",
        "buyer_usd_per_tcm",
        "zone_million_usd",
        "discount",
    ];
    let mut table = Table::new("years", &header);
    for valuation in 0..answer.deal.valuations.len() {
        for whose in Whose::ALL {
            for year in answer.horizon(valuation, whose, answer.base_level, 0).years {
                let volume = answer.deal.volume.0 * year.share.0;
                table.push([
                    year.year.to_string().into(),
                    answer.valuation(valuation),
                    whose.words().into(),
                    volume.into(),
                    year.zone.seller.0.into(),
                    year.zone.buyer.0.into(),
                    (year.zone.width().0 * volume).into(),
                    year.discount.into(),
                ]);
            }
        }
    }
    table
}

/// What waiting costs each side when both share the zone evenly; a gap shared is no cost.
fn delay(answer: &DealAnswer) -> Table {
    let header = ["valuation", "whose", "years_late", "seller_million_usd", "buyer_million_usd"];
    let mut table = Table::new("delay", &header);
    for valuation in 0..answer.deal.valuations.len() {
        for whose in Whose::ALL {
            let now = answer.horizon(valuation, whose, answer.base_level, 0);
            let Some(price) = now.levelised.nash(EVEN) else { continue };
            let surplus = |late: usize| {
                let life = answer.horizon(valuation, whose, answer.base_level, late);
                let one = life.value_of_one.0;
                ((price - life.levelised.seller).0 * one, (life.levelised.buyer - price).0 * one)
            };
            let (seller, buyer) = surplus(0);
            for late in DELAYS {
                let (seller_late, buyer_late) = surplus(late);
                table.push([
                    answer.valuation(valuation),
                    whose.words().into(),
                    (late as i32).into(),
                    (seller - seller_late).into(),
                    (buyer - buyer_late).into(),
                ]);
            }
        }
    }
    table
}

/// The zone of the whole life over paths of the index.
fn chances(answer: &DealAnswer) -> Table {
    let header = [
        "valuation",
        "whose",
        "open_share_of_paths",
        "zone_mean_million_usd",
        "zone_5_percent",
        "zone_median",
        "zone_95_percent",
    ];
    let mut table = Table::new("chances", &header);
    for risk in &answer.risks {
        let [mean, low, middle, high] = risk.zone;
        table.push([
            answer.valuation(risk.valuation),
            risk.whose.words().into(),
            risk.open.0.into(),
            mean.0.into(),
            low.0.into(),
            middle.0.into(),
            high.0.into(),
        ]);
    }
    table
}

/// Formulas with the present value of the Nash price, or of the middle of a gap, least walked away from first.
fn formulas(answer: &DealAnswer) -> Table {
    let header = [
        "valuation",
        "whose",
        "formula",
        "seller_walks_share",
        "buyer_walks_share",
        "value_million_usd",
        "value_5_percent",
        "value_95_percent",
    ];
    let mut table = Table::new("formulas", &header);
    for risk in &answer.risks {
        for formula in &risk.formulas {
            let [mean, low, high] = formula.value;
            table.push([
                answer.valuation(risk.valuation),
                risk.whose.words().into(),
                formula.formula.words().into(),
                formula.seller_walks.0.into(),
                formula.buyer_walks.0.into(),
                mean.0.into(),
                low.0.into(),
                high.0.into(),
            ]);
        }
    }
    table
}
