//! `netback convert`.

use netback::units::{Gas, Unit, convert as convert_value, read_quantity};

use crate::arguments::ConvertChoice;
use crate::output;
use crate::problems::Problem;

pub fn convert(choice: &ConvertChoice) -> Result<(), Problem> {
    let gas = Gas::named(&choice.gas).ok_or_else(|| {
        Problem::message(
            format!("no gas is called \"{}\"", choice.gas),
            "known gases: standard, russia, china, netherlands, lng",
        )
    })?;
    let bad =
        |error: netback::units::UnitError| Problem::message(error.to_string(), "see netback convert --help");
    let (value, unit) = read_quantity(&choice.quantity).map_err(bad)?;
    let from = Unit::read(unit, &gas).map_err(bad)?;
    let to = Unit::read(&choice.to, &gas).map_err(bad)?;
    let result = convert_value(value, &from, &to, choice.usd_per_eur).map_err(bad)?;
    output::talk(&format!(
        "{} gas: {} MJ/m3 gross at {} °C",
        choice.gas, gas.gross_calorific_value_mj_per_m3, gas.temperature_celsius
    ));
    output::data(&format!("{} {}", significant(result), to.text()))
}

/// Six significant digits, without exponent.
fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let decimals = (5 - value.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}
