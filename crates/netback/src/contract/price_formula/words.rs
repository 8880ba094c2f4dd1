//! A formula as a sentence and as an equation.

use super::*;

impl PriceFormula {
    /// The formula in words, as a contract would say it.
    pub fn sentence(&self) -> String {
        let unit = &self.unit.text;
        let mut text = match &self.family {
            Family::Fixed { price } => format!("The price is {price} {unit} for ever."),
            Family::Steps(steps) => {
                let steps: Vec<String> =
                    steps.iter().map(|step| format!("{} {unit} from {} on", step.price, step.from)).collect();
                format!("The price is {}.", and(&steps))
            }
            Family::Additive { base_price, terms } => {
                let moves: Vec<String> = terms
                    .iter()
                    .map(|AdditiveTerm { term, weight, pass_through, conversion, base }| {
                        format!(
                            "{weight} (weight) × {pass_through} (passed on) × {conversion} (conversion) × the change of \
                             {} from {}",
                            name(term),
                            base_words(*base)
                        )
                    })
                    .collect();
                format!("The price in {unit} is {base_price}, plus {}.", moves.join(", plus "))
            }
            Family::Multiplicative { base_price, discount_factor, terms } => {
                let parts: Vec<String> = terms
                    .iter()
                    .map(|ShareTerm { term, weight, base }| {
                        format!(
                            "{} % of it with {} relative to {}",
                            percent(*weight),
                            name(term),
                            base_words(*base)
                        )
                    })
                    .collect();
                let discount = match *discount_factor == 1.0 {
                    true => String::new(),
                    false => format!(", times {discount_factor}"),
                };
                format!("The price is {base_price} {unit} moving in proportion, {}{discount}.", and(&parts))
            }
            Family::Slope { slope, constant, freight, oil_floor, oil_cap, term } => {
                let collar = match (oil_floor, oil_cap) {
                    (None, None) => String::new(),
                    (Some(floor), None) => format!(", which counts as at least {floor}"),
                    (None, Some(cap)) => format!(", which counts as at most {cap}"),
                    (Some(floor), Some(cap)) => {
                        format!(", which counts as at least {floor} and at most {cap}")
                    }
                };
                let freight = match *freight == 0.0 {
                    true => String::new(),
                    false => format!(", plus freight of {freight}"),
                };
                format!(
                    "The price in {unit} is {slope} times {}{collar}, plus {constant}{freight}.",
                    name(term)
                )
            }
            Family::SCurve { segments, term } => {
                let lines: Vec<String> = segments
                    .iter()
                    .map(|Segment { up_to, slope, constant }| {
                        let where_ = match up_to {
                            Some(up_to) => format!("up to {up_to}"),
                            None => "beyond".into(),
                        };
                        format!("{slope} times it {} {where_}", signed(tidy(*constant)))
                    })
                    .collect();
                format!("The price in {unit} is a line with kinks over {}: {}.", name(term), and(&lines))
            }
            Family::Hub { factor, constant, market, term } => {
                let quotes = match market {
                    HubMarket::DayAhead => "day-ahead",
                    HubMarket::MonthAhead => "month-ahead",
                };
                let constant = match *constant == 0.0 {
                    true => String::new(),
                    false => {
                        format!(", {} {}", if *constant > 0.0 { "plus" } else { "less" }, constant.abs())
                    }
                };
                let factor = match *factor == 1.0 {
                    true => String::new(),
                    false => format!("{factor} times "),
                };
                format!("The price in {unit} is {factor}the {quotes} price of {}{constant}.", name(term))
            }
            Family::Hybrid { split, hub_share, oil, hub } => {
                let share = percent(hub_share.0);
                let rest = percent(1.0 - hub_share.0);
                let how = match split {
                    Split::Price => format!(
                        "Every cubic metre costs {rest} % of the oil price and {share} % of the hub price, however much \
                         is taken."
                    ),
                    Split::Volume { first: Tranche::Hub } => format!(
                        "The first {share} % of the contract quantity costs the hub price, what is taken beyond the oil \
                         price."
                    ),
                    Split::Volume { first: Tranche::Oil } => format!(
                        "The first {rest} % of the contract quantity costs the oil price, what is taken beyond the hub \
                         price."
                    ),
                };
                format!("{how} Oil price: {} Hub price: {}", oil.sentence(), hub.sentence())
            }
            Family::Escalated { base_price, exponent, term, base } => {
                let power = match *exponent == 1.0 {
                    true => String::new(),
                    false => format!(" to the power of {exponent}"),
                };
                format!(
                    "The price is {base_price} {unit} times {} relative to {}{power}.",
                    name(term),
                    base_words(*base)
                )
            }
        };
        self.limits_in_words(&mut text);
        let in_parts = matches!(self.family, Family::Hybrid { .. });
        if (self.unit.per_tcm - 1.0).abs() > 1e-12 && !in_parts {
            let amount = self.unit.text.split_once('/').map_or("", |(_, amount)| amount);
            text.push_str(&format!(" A thousand cubic metres are {:.3} {amount}.", self.unit.per_tcm));
        }
        let terms = if in_parts { Vec::new() } else { self.terms() };
        for term in terms {
            text.push_str(&format!(" {}", term_words(term)));
        }
        if let (Some(exchange), false) = (&self.exchange, self.unit.currency == "USD") {
            text.push_str(&format!(
                " {} become USD at {} ({}) of the delivery month.",
                self.unit.currency,
                exchange.index,
                exchange.unit()
            ));
        }
        if let Some(review) = &self.review {
            text.push_str(&format!(" {}", self.review_words(review)));
        }
        text
    }

    fn review_words(&self, review: &Review) -> String {
        let when = match &review.times {
            ReviewTimes::Months(months) => {
                let months: Vec<String> = months.iter().map(ToString::to_string).collect();
                format!("In {}", and(&months))
            }
            ReviewTimes::Gap { share, first, interval_months } => format!(
                "From {first} on, at most every {interval_months} months, when market and formula differ by more than {} \
             % of the formula,",
                percent(share.0)
            ),
        };
        let back = match review.retroactive_months {
            0 => String::new(),
            months => format!(", also for the {months} months before"),
        };
        format!(
            "{when} {} moves by {} % of the gap between market and formula{back}. The market is {}. {}",
            self.base_name(),
            percent(review.pass_through.0),
            name(&review.market),
            term_words(&review.market)
        )
    }

    /// What a review moves.
    fn base_name(&self) -> &'static str {
        match self.family {
            Family::Fixed { .. } | Family::Steps(_) | Family::Hybrid { .. } => "the price",
            Family::Additive { .. } | Family::Multiplicative { .. } | Family::Escalated { .. } => {
                "the base price"
            }
            Family::Slope { .. } | Family::SCurve { .. } | Family::Hub { .. } => "the constant",
        }
    }

    fn limits_in_words(&self, text: &mut String) {
        let unit = &self.unit.text;
        match (self.floor, self.cap) {
            (None, None) => {}
            (Some(floor), None) => text.push_str(&format!(" It is never below {floor} {unit}.")),
            (None, Some(cap)) => text.push_str(&format!(" It is never above {cap} {unit}.")),
            (Some(floor), Some(cap)) => {
                text.push_str(&format!(" It is never below {floor} and never above {cap} {unit}."));
            }
        }
        if let Some(rounding) = self.rounding {
            text.push_str(&format!(" It is {}.", rounding.words()));
        }
    }

    /// The formula as an equation; `F[9-0-3]` is the average of F over the window of that triple.
    pub fn equation(&self) -> String {
        let review = match self.review {
            Some(_) => format!(", {} under review", self.base_name()),
            None => String::new(),
        };
        format!("P = {}{review}   [{}]", self.bounded(), self.unit.text)
    }

    fn bounded(&self) -> String {
        let mut text = self.right_hand_side();
        if let Some(cap) = self.cap {
            text = format!("min({cap}, {text})");
        }
        if let Some(floor) = self.floor {
            text = format!("max({floor}, {text})");
        }
        match self.rounding {
            Some(rounding) => format!("round({text}, {})", rounding.digits),
            None => text,
        }
    }

    fn right_hand_side(&self) -> String {
        match &self.family {
            Family::Fixed { price } => format!("{price}"),
            Family::Steps(steps) => {
                let steps: Vec<String> =
                    steps.iter().map(|step| format!("{} from {}", step.price, step.from)).collect();
                steps.join("; ")
            }
            Family::Additive { base_price, terms } => {
                let mut text = base_price.to_string();
                for AdditiveTerm { term, weight, pass_through, conversion, base } in terms {
                    text.push_str(&format!(
                        " + {weight}·{pass_through}·{conversion}·({} − {})",
                        symbol(term),
                        base_symbol(*base, term)
                    ));
                }
                text
            }
            Family::Multiplicative { base_price, discount_factor, terms } => {
                let parts: Vec<String> = terms
                    .iter()
                    .map(|ShareTerm { term, weight, base }| {
                        let ratio = format!("{}/{}", symbol(term), base_symbol(*base, term));
                        if terms.len() == 1 { ratio } else { format!("{weight}·{ratio}") }
                    })
                    .collect();
                let sum = match parts.len() {
                    1 => parts.concat(),
                    _ => format!("({})", parts.join(" + ")),
                };
                let discount =
                    if *discount_factor == 1.0 { String::new() } else { format!("{discount_factor}·") };
                format!("{discount}{base_price}·{sum}")
            }
            Family::Slope { slope, constant, freight, oil_floor, oil_cap, term } => {
                let oil = match (oil_floor, oil_cap) {
                    (None, None) => symbol(term),
                    (Some(floor), None) => format!("max({floor}, {})", symbol(term)),
                    (None, Some(cap)) => format!("min({cap}, {})", symbol(term)),
                    (Some(floor), Some(cap)) => format!("clip({}, {floor}, {cap})", symbol(term)),
                };
                let freight = if *freight == 0.0 { String::new() } else { format!(" {}", signed(*freight)) };
                format!("{slope}·{oil} {}{freight}", signed(*constant))
            }
            Family::SCurve { segments, term } => {
                let lines: Vec<String> = segments
                    .iter()
                    .map(|Segment { up_to, slope, constant }| {
                        let line = format!("{slope}·F {}", signed(tidy(*constant)));
                        match up_to {
                            Some(up_to) => format!("{line} (F ≤ {up_to})"),
                            None => format!("{line} (beyond)"),
                        }
                    })
                    .collect();
                format!("{}, F = {}", lines.join("; "), symbol(term))
            }
            Family::Hub { factor, constant, term, .. } => {
                let factor = if *factor == 1.0 { String::new() } else { format!("{factor}·") };
                let constant =
                    if *constant == 0.0 { String::new() } else { format!(" {}", signed(*constant)) };
                format!("{factor}{}{constant}", symbol(term))
            }
            Family::Hybrid { split, hub_share, oil, hub } => {
                let (h, rest) = (tidy(hub_share.0), tidy(1.0 - hub_share.0));
                let (oil, hub) = (oil.bounded(), hub.bounded());
                match split {
                    Split::Price => format!("{rest}·({oil}) + {h}·({hub})"),
                    Split::Volume { first: Tranche::Hub } => {
                        format!(
                            "(u − h)/u·({oil}) + h/u·({hub}), h = min({h}, u), u = taken/contract quantity"
                        )
                    }
                    Split::Volume { first: Tranche::Oil } => {
                        format!(
                            "o/u·({oil}) + (u − o)/u·({hub}), o = min({rest}, u), u = taken/contract quantity"
                        )
                    }
                }
            }
            Family::Escalated { base_price, exponent, term, base } => {
                let power = if *exponent == 1.0 { String::new() } else { format!("^{exponent}") };
                format!("{base_price}·({}/{}){power}", symbol(term), base_symbol(*base, term))
            }
        }
    }
}

/// `brent (USD/bbl)`.
fn name(term: &IndexTerm) -> String {
    format!("{} ({})", term.index, term.unit)
}

/// `brent[9-0-3]`.
fn symbol(term: &IndexTerm) -> String {
    match term.averaging == Averaging::DELIVERY_MONTH {
        true => format!("{}[delivery month]", term.index),
        false => format!("{}[{}]", term.index, term.averaging),
    }
}

fn base_words(base: Base) -> String {
    match base {
        Base::Value(value) => value.to_string(),
        Base::Months(window) => format!("its average of {window}"),
    }
}

fn base_symbol(base: Base, term: &IndexTerm) -> String {
    match base {
        Base::Value(value) => value.to_string(),
        Base::Months(window) => format!("{}[{window}]", term.index),
    }
}

/// A sentence about the averaging and the exceptions of an index.
fn term_words(term: &IndexTerm) -> String {
    let index = &term.index;
    let mut text = match term.averaging == Averaging::DELIVERY_MONTH {
        true => format!("{index} {}", term.averaging.words()),
        false => format!("{index} {} ({})", term.averaging.words(), term.averaging),
    };
    if let Some(exchange) = &term.exchange {
        let order = match exchange.order {
            ExchangeOrder::BeforeAveraging => "month by month before averaging",
            ExchangeOrder::AfterAveraging => "after averaging, at the average rate of the same months",
        };
        text.push_str(&format!(", converted with {} {order}", exchange.rate));
    }
    if term.gas_factor != 1.0 {
        text.push_str(", brought to the unit of the price by the heat of the gas");
    }
    if let Some(rounding) = term.rounding {
        text.push_str(&format!(", its average {}", rounding.words()));
    }
    match &term.missing {
        MissingValue::Refused => {}
        MissingValue::LastPublished { months } => text.push_str(&format!(
            "; a month not yet published counts with the last one published, at most {months} months back"
        )),
        MissingValue::Fallback { index: other, unit, factor } => {
            text.push_str(&format!("; a month not published counts with {factor} times {other} ({unit})"))
        }
    }
    if let Some(Successor { from, index: other, unit, factor }) = &term.successor {
        text.push_str(&format!("; from {from} on {factor} times {other} ({unit}) takes its place"));
    }
    text.push('.');
    text
}

fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn signed(value: f64) -> String {
    if value < 0.0 { format!("− {}", -value) } else { format!("+ {value}") }
}

fn percent(share: f64) -> f64 {
    tidy(share * 100.0)
}

/// Without the last digits of a derived number.
fn tidy(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}
