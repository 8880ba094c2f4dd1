//! Keys of one kind: months, days, shares, quantities with their units, currencies, one of two.

use jiff::civil::Date;

use crate::calendar::Month;
use crate::case::toml_table::{Toml, YEARS};
use crate::case::{Findings, Place};
use crate::units::{Fraction, Gas, UsdPerTcm, read_in};

pub(super) fn month(section: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Month> {
    let text = section.text(key, findings)?;
    match text.parse::<Month>() {
        Ok(month) if YEARS.contains(&month.year()) => Some(month),
        _ => {
            let help = format!("write {key} = \"2009-01\"");
            section.find("not-a-date", key, format!("{key} is \"{text}\", no month"), help, findings);
            None
        }
    }
}

pub(super) fn date(section: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Date> {
    let text = section.text(key, findings)?;
    match text.parse::<Date>() {
        Ok(date) if YEARS.contains(&i32::from(date.year())) && text.len() == 10 => Some(date),
        _ => {
            let help = format!("write {key} = \"2009-01-31\"");
            section.find(
                "not-a-date",
                key,
                format!("{key} is \"{text}\", no day of the calendar"),
                help,
                findings,
            );
            None
        }
    }
}

pub(super) fn whole(
    section: &mut Toml,
    key: &'static str,
    allowed: std::ops::RangeInclusive<u32>,
    findings: &mut Findings,
) -> Option<u32> {
    let value = section.number(key, findings)?;
    let number = value as u32;
    if f64::from(number) == value && allowed.contains(&number) {
        return Some(number);
    }
    let help = format!("give a whole number from {} to {}", allowed.start(), allowed.end());
    section.find("key-range", key, format!("{key} is {value}"), help, findings);
    None
}

pub(super) fn share(section: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Fraction> {
    let value = section.number(key, findings)?;
    if (0.0..=1.0).contains(&value) {
        return Some(Fraction(value));
    }
    let help = format!("give a share between 0 and 1: {key} = 0.8 for 80 %");
    section.find("key-range", key, format!("{key} is {value}"), help, findings);
    None
}

/// A number in the documented unit, or text with a unit of its own.
pub(super) fn quantity_of_any_sign(
    section: &mut Toml,
    key: &'static str,
    documented: &str,
    gas: &Gas,
    findings: &mut Findings,
) -> Option<f64> {
    let Some(toml::Value::String(text)) = section.table.get(key) else {
        return section.number(key, findings);
    };
    section.asked.push(key);
    match read_in(text, documented, gas) {
        Ok(value) => Some(value),
        Err(error) => {
            let help = format!("give a number in {documented}, or text with a unit of its own");
            section.find("wrong-unit", key, format!("{key}: {error}"), help, findings);
            None
        }
    }
}

pub(super) fn quantity(
    section: &mut Toml,
    key: &'static str,
    documented: &str,
    gas: &Gas,
    findings: &mut Findings,
) -> Option<f64> {
    let value = quantity_of_any_sign(section, key, documented, gas, findings)?;
    if value < 0.0 {
        let message = format!("{key} is {value} {documented}");
        section.find("key-range", key, message, "give zero or a positive number", findings);
        return None;
    }
    Some(value)
}

pub(super) fn price_of(
    section: &mut Toml,
    key: &'static str,
    gas: &Gas,
    findings: &mut Findings,
) -> Option<UsdPerTcm> {
    quantity(section, key, "USD/tcm", gas, findings).map(UsdPerTcm)
}

/// A currency by its code of three letters; remembers that it is used.
pub(super) fn currency(
    section: &mut Toml,
    key: &'static str,
    used: &mut Vec<(String, Place)>,
    findings: &mut Findings,
) -> Option<String> {
    let code = section.text(key, findings)?;
    if code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()) {
        used.push((code.clone(), section.place(key)));
        return Some(code);
    }
    let help = "give the code of three capital letters: USD, EUR, CNY, RUB";
    section.find("unknown-word", key, format!("{key} is \"{code}\", no code of a currency"), help, findings);
    None
}

pub(super) fn numbers(section: &mut Toml, key: &'static str, findings: &mut Findings) -> Option<Vec<f64>> {
    section.asked.push(key);
    let value = section.table.get(key)?;
    let number = |value: &toml::Value| match value {
        toml::Value::Integer(number) => Some(*number as f64),
        toml::Value::Float(number) => Some(*number).filter(|number| number.is_finite()),
        _ => None,
    };
    let numbers: Option<Vec<f64>> = value.as_array().and_then(|list| list.iter().map(number).collect());
    if numbers.is_none() {
        let help = format!("write {key} = [1.32, 1.28], one number a month");
        section.find("wrong-kind", key, format!("{key} is not a list of numbers"), help, findings);
    }
    numbers
}

/// Which of two keys is given; exactly one has to be.
pub(super) fn one_of(
    section: &mut Toml,
    keys: [&'static str; 2],
    example: &str,
    findings: &mut Findings,
) -> Option<&'static str> {
    let [first, second] = keys;
    match keys.map(|key| section.table.contains_key(key)) {
        [true, false] => {
            section.asked.push(second);
            Some(first)
        }
        [false, true] => {
            section.asked.push(first);
            Some(second)
        }
        [true, true] => {
            section.asked.extend(keys);
            let message = format!("{first} and {second} are both given");
            section.find("one-of-two", second, message, "keep one of the two", findings);
            None
        }
        [false, false] => {
            section.asked.extend(keys);
            let message = format!("neither {first} nor {second} is given");
            section.find("one-of-two", first, message, format!("write {example}"), findings);
            None
        }
    }
}

/// A key that says something about a choice that was not made.
pub(super) fn without_use(section: &mut Toml, keys: &[&'static str], choice: &str, findings: &mut Findings) {
    for key in keys {
        section.asked.push(key);
        if section.table.contains_key(*key) {
            let message = format!("{key} has no meaning with {choice}");
            section.find(
                "key-without-use",
                key,
                message,
                format!("remove {key}, or choose otherwise"),
                findings,
            );
        }
    }
}
