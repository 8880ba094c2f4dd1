//! The value of a contract for people: sentences and tables.

use super::ladder::ContractValue;
use super::price_paths::Measure;
use crate::report::{Cell, Table};
use crate::units::MillionUsd;

/// Tables of a value: ladder, sides, risk, years, plan, deltas by contract year and by month, break-even.
///
/// Units: bcm of the contract's own cubic metre, USD per thousand of them, million USD of the start.
pub fn value_tables(value: &ContractValue) -> Vec<Table> {
    vec![
        ladder(value),
        sides(value),
        risk(value),
        years(value),
        plan(value),
        deltas_by_year(value),
        deltas(value),
        break_even(value),
    ]
}

/// How the value is to be read, in a few sentences.
pub fn value_in_words(value: &ContractValue) -> Vec<String> {
    let ladder = &value.valuation.ladder;
    let settings = &value.settings;
    let measure = match settings.risk_measure {
        Measure::RiskNeutral => "risk-neutral",
        Measure::RealWorld => "real-world",
    };
    let mut sentences = vec![
        format!(
            "The right to choose volumes is worth {:.1} million USD to the buyer beyond the best plan on the forward \
             curve, with a standard error of {:.1}; learnt from {} paths, replayed on {} others, seed {}.",
            ladder.extrinsic.0 - ladder.intrinsic.0,
            ladder.standard_error.0,
            settings.learning_paths,
            settings.replay_paths,
            settings.seed
        ),
        bracket(value),
        format!(
            "Every plan was counted by the exact ledger too; period by period the two differ by at most {:.0e} of the \
             money that flows.",
            value.valuation.ledger_difference
        ),
        format!(
            "Gas of a period counts at its middle, the reconciliation at the last period of its year; paying at the \
             contract's own dates is worth {:+.1} million USD more to the buyer on the intrinsic plan, and is in no rung.",
            value.payment_dates.0
        ),
        format!(
            "The risk figures are means and quantiles over the replayed paths, {measure}, without control variate."
        ),
    ];
    if value.reached.0 < 1.0 - 1e-9 {
        sentences.push(format!(
            "Multiples of the volume step reach {:.1} % of the largest nominations; the rest is not used.",
            100.0 * value.reached.0
        ));
    }
    sentences
}

/// Between which values the truth lies, or that noise hides it.
fn bracket(value: &ContractValue) -> String {
    let ladder = &value.valuation.ladder;
    let (low, high) = (ladder.extrinsic.0, ladder.extrinsic_in_sample.0);
    let noise = ladder.in_sample_standard_error.0;
    match high >= low {
        true => format!(
            "The replay is a lower bound, {low:.1}; the paths of the learning, which have seen the future, give {high:.1} \
             (standard error {noise:.1}): the best policy lies between the two, up to the standard errors."
        ),
        false => format!(
            "The replay is a lower bound, {low:.1}; the paths of the learning give less, {high:.1} (standard error \
             {noise:.1}): noise hides the bracket, take more paths."
        ),
    }
}

fn ladder(value: &ContractValue) -> Table {
    let header = [
        "rung",
        "holder_million_usd",
        "increment_million_usd",
        "standard_error_million_usd",
        "in_sample_million_usd",
        "in_sample_standard_error_million_usd",
        "seller_million_usd",
    ];
    let mut table = Table::new("ladder", &header);
    let ladder = &value.valuation.ladder;
    for (rung, worth, increment) in ladder.rungs() {
        let simulated = rung == "extrinsic";
        let of = |number: MillionUsd| if simulated { number.0.into() } else { Cell::Empty };
        table.push([
            rung.into(),
            worth.0.into(),
            increment.0.into(),
            of(ladder.standard_error),
            of(ladder.extrinsic_in_sample),
            of(ladder.in_sample_standard_error),
            (-worth.0).into(),
        ]);
    }
    table
}

/// What either side has of it; the seller's alternative is the market that the buyer sells to.
fn sides(value: &ContractValue) -> Table {
    let mut table = Table::new("sides", &["side", "what", "present_value_million_usd"]);
    let risk = &value.valuation.risk;
    let duty = value.export_duty.0;
    for (side, what, worth) in [
        ("buyer", "gas taken, at the market less cost", risk.worth_of_gas.0),
        ("buyer", "paid to the seller", -risk.paid.0),
        ("buyer", "value, plain mean over the paths", risk.mean.0),
        ("seller", "received from the buyer", risk.paid.0),
        ("seller", "export duty", -duty),
        ("seller", "receipts after duty", risk.paid.0 - duty),
        ("seller", "the same gas at the market less cost", -risk.worth_of_gas.0),
        ("seller", "value against that market, before duty", -risk.mean.0),
    ] {
        table.push([side.into(), what.into(), worth.into()]);
    }
    table
}

fn risk(value: &ContractValue) -> Table {
    let mut table = Table::new("risk", &["figure", "buyer", "unit"]);
    let risk = &value.valuation.risk;
    for (figure, number, unit) in [
        ("mean net present value", risk.mean.0, "million USD"),
        ("standard deviation", risk.standard_deviation.0, "million USD"),
        ("P5", risk.p5.0, "million USD"),
        ("P50", risk.p50.0, "million USD"),
        ("P95", risk.p95.0, "million USD"),
        ("take-or-pay binds in some year", 100.0 * risk.take_or_pay_ever_binds.0, "% of paths"),
        ("paid and never taken", risk.expired.0, "bcm"),
        ("loss by it", risk.expiry_loss.0, "million USD"),
    ] {
        table.push([figure.into(), number.into(), unit.into()]);
    }
    table
}

fn years(value: &ContractValue) -> Table {
    let header = [
        "year",
        "mean_cash_flow_million_usd",
        "cash_flow_at_risk_million_usd",
        "taken_bcm",
        "take_or_pay_binds_percent",
        "bank_bcm",
    ];
    let mut table = Table::new("risk_by_year", &header);
    for (year, of) in value.years.iter().zip(&value.valuation.risk.years) {
        table.push([
            (*year).into(),
            of.mean.0.into(),
            of.cash_flow_at_risk.0.into(),
            of.taken.0.into(),
            (100.0 * of.take_or_pay_binds.0).into(),
            of.bank.0.into(),
        ]);
    }
    table
}

fn plan(value: &ContractValue) -> Table {
    let header =
        ["from", "to", "market_less_cost_usd_per_tcm", "contract_price_usd_per_tcm", "intrinsic_taken_bcm"];
    let mut table = Table::new("intrinsic_plan", &header);
    let plan = value.valuation.intrinsic_plan.iter();
    for (((from, to), (market, contract)), taken) in value.periods.iter().zip(&value.forward_prices).zip(plan)
    {
        table.push([
            from.to_string().into(),
            to.to_string().into(),
            market.0.into(),
            contract.0.into(),
            taken.0.into(),
        ]);
    }
    table
}

fn deltas_by_year(value: &ContractValue) -> Table {
    let header = ["series", "year_of_forward", "delta_million_usd_per_unit", "unit"];
    let mut table = Table::new("deltas", &header);
    for (series, (name, unit)) in value.series.iter().enumerate() {
        let mut sums: Vec<(i32, f64)> = Vec::new();
        for delta in value.valuation.deltas.iter().filter(|delta| delta.series == series) {
            let year = value.months[delta.date].year();
            match sums.last_mut().filter(|(last, _)| *last == year) {
                Some((_, sum)) => *sum += delta.delta.0,
                None => sums.push((year, delta.delta.0)),
            }
        }
        for (year, sum) in sums {
            table.push([name.as_str().into(), year.into(), sum.into(), unit.as_str().into()]);
        }
    }
    table
}

fn deltas(value: &ContractValue) -> Table {
    let header = ["series", "month", "forward", "delta_million_usd_per_unit", "unit"];
    let mut table = Table::new("deltas_by_month", &header);
    let mut all = value.valuation.deltas.clone();
    all.sort_by_key(|delta| (delta.series, delta.date));
    for delta in all {
        let (name, unit) = &value.series[delta.series];
        table.push([
            name.as_str().into(),
            value.months[delta.date].to_string().into(),
            value.forwards[delta.series][delta.date].into(),
            delta.delta.0.into(),
            unit.as_str().into(),
        ]);
    }
    table
}

fn break_even(value: &ContractValue) -> Table {
    let mut table = Table::new("break_even", &["series", "factor_on_all_forwards", "paths"]);
    for (series, factor) in &value.break_even {
        let factor = factor.map_or_else(|| "none between 1/8 and 8".into(), Cell::from);
        table.push([series.as_str().into(), factor, (value.break_even_paths as f64).into()]);
    }
    table
}
