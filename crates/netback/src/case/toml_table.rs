//! A table of TOML read key by key: every fault is a finding with its place, and a key nobody asked for is one too.

use std::collections::BTreeMap;

use super::finding::{Finding, Findings, Place};
use super::spelling::did_you_mean;
use super::toml_place::{Step, place_in_toml};
use crate::units::Fraction;

/// Years that a calendar year may be.
pub(crate) const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// Where a table of TOML was read.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
    /// Keys of [settings] that a scenario changed, with the place of the change.
    pub changed: &'a BTreeMap<String, Place>,
}

/// A table of TOML that knows which of its keys were asked for.
pub(crate) struct Toml<'a> {
    pub table: &'a toml::Table,
    pub source: Source<'a>,
    pub within: Vec<Step<'a>>,
    pub asked: Vec<&'static str>,
}

impl<'a> Toml<'a> {
    /// A table at its place, none of its keys asked for yet.
    pub fn new(table: &'a toml::Table, source: Source<'a>, within: Vec<Step<'a>>) -> Self {
        Toml { table, source, within, asked: Vec::new() }
    }

    /// A finding when a key without default is absent.
    pub fn require(&self, key: &'static str, example: &str, findings: &mut Findings) {
        if !self.table.contains_key(key) {
            let message = format!("{key} is missing");
            self.find("missing-key", key, message, format!("write {key} = {example}"), findings);
        }
    }

    /// One of several words, as the value that stands beside it.
    pub fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        findings: &mut Findings,
    ) -> Option<T> {
        let given = self.text(key, findings)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == given) {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = did_you_mean(&given, known.iter().copied());
        let help = format!("{hint}choose {}", known.join(", "));
        self.find("unknown-word", key, format!("{key} is \"{given}\""), help, findings);
        None
    }

    /// Place of a key; of the table around it when the key is absent.
    pub fn place(&self, key: &str) -> Place {
        let of_settings = self.within.first() == Some(&Step::Key("settings"));
        if let Some(place) = self.source.changed.get(key).filter(|_| of_settings) {
            return place.clone();
        }
        let mut path = self.within.clone();
        path.push(Step::Key(key));
        place_in_toml(self.source.file, self.source.text, &path)
    }

    pub fn find(
        &self,
        name: &str,
        key: &str,
        message: String,
        help: impl Into<String>,
        findings: &mut Findings,
    ) {
        findings.0.push(Finding::new(name, self.place(key), message, help));
    }

    pub fn number(&mut self, key: &'static str, findings: &mut Findings) -> Option<f64> {
        self.number_such_as(key, "1.0", findings)
    }

    pub fn number_such_as(
        &mut self,
        key: &'static str,
        example: &str,
        findings: &mut Findings,
    ) -> Option<f64> {
        self.asked.push(key);
        let value = match self.table.get(key)? {
            toml::Value::Integer(value) => *value as f64,
            toml::Value::Float(value) => *value,
            other => {
                let message = format!("{key} is {other}, not a number");
                self.find("wrong-kind", key, message, format!("write {key} = {example}"), findings);
                return None;
            }
        };
        if !value.is_finite() || value.abs() > 1e12 {
            let message = format!("{key} is {value:e}");
            self.find("key-range", key, message, "give a finite number of usual size", findings);
            return None;
        }
        Some(value)
    }

    pub fn positive(&mut self, key: &'static str, findings: &mut Findings) -> Option<f64> {
        let value = self.number(key, findings)?;
        if value < 0.0 {
            let message = format!("{key} is {value}");
            self.find("key-range", key, message, "give zero or a positive number", findings);
            return None;
        }
        Some(value)
    }

    pub fn above_zero(&mut self, key: &'static str, findings: &mut Findings) -> Option<f64> {
        let value = self.number(key, findings)?;
        if value <= 0.0 {
            let message = format!("{key} is {value}");
            self.find("key-range", key, message, "give a positive number", findings);
            return None;
        }
        Some(value)
    }

    pub fn year(&mut self, key: &'static str, findings: &mut Findings) -> Option<i32> {
        let value = self.number_such_as(key, "2011", findings)?;
        let year = value as i32;
        if f64::from(year) != value || !YEARS.contains(&year) {
            let message = format!("{key} is {value}");
            self.find("not-a-year", key, message, "give a calendar year, such as 2011", findings);
            return None;
        }
        Some(year)
    }

    pub fn months(&mut self, key: &'static str, findings: &mut Findings) -> Option<Vec<usize>> {
        self.asked.push(key);
        let value = self.table.get(key)?;
        let month = |value: &toml::Value| {
            value.as_integer().filter(|month| (1..=12).contains(month)).map(|month| month as usize)
        };
        let months: Option<Vec<usize>> =
            value.as_array().and_then(|months| months.iter().map(month).collect());
        if months.is_none() {
            let message = format!("{key} is {value}");
            self.find("key-range", key, message, "list months from 1 to 12: months = [4, 5, 6]", findings);
        }
        months
    }

    pub fn text(&mut self, key: &'static str, findings: &mut Findings) -> Option<String> {
        self.asked.push(key);
        match self.table.get(key)? {
            toml::Value::String(value) => Some(value.clone()),
            other => {
                let message = format!("{key} is {other}, not text");
                self.find("wrong-kind", key, message, format!("write {key} = \"…\""), findings);
                None
            }
        }
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str, findings: &mut Findings) -> Option<Vec<String>> {
        self.asked.push(key);
        let value = self.table.get(key)?;
        let text = |value: &toml::Value| value.as_str().map(str::to_string);
        let texts: Option<Vec<String>> =
            value.as_array().and_then(|values| values.iter().map(text).collect());
        if texts.is_none() {
            let message = format!("{key} is {value}, not a list of texts");
            self.find("wrong-kind", key, message, format!("write {key} = [\"…\"]"), findings);
        }
        texts
    }

    /// A list of numbers.
    pub fn numbers(&mut self, key: &'static str, findings: &mut Findings) -> Option<Vec<f64>> {
        self.asked.push(key);
        let value = self.table.get(key)?;
        let number = |value: &toml::Value| match value {
            toml::Value::Integer(value) => Some(*value as f64),
            toml::Value::Float(value) if value.is_finite() => Some(*value),
            _ => None,
        };
        let numbers: Option<Vec<f64>> =
            value.as_array().and_then(|values| values.iter().map(number).collect());
        if numbers.is_none() {
            let message = format!("{key} is {value}, not a list of numbers");
            self.find("wrong-kind", key, message, format!("write {key} = [1.0, 2.0]"), findings);
        }
        numbers
    }

    /// A list of at least two numbers above zero, ascending.
    pub fn ascending(&mut self, key: &'static str, findings: &mut Findings) -> Option<Vec<f64>> {
        let numbers = self.numbers(key, findings)?;
        let ordered = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        if numbers.len() < 2 || !ordered || numbers[0] <= 0.0 {
            let message = format!("{key} is {numbers:?}");
            let help = "list two or more numbers above zero, the smallest first";
            self.find("key-range", key, message, help, findings);
            return None;
        }
        Some(numbers)
    }

    /// A list of shares between 0 and 1.
    pub fn shares(&mut self, key: &'static str, findings: &mut Findings) -> Option<Vec<Fraction>> {
        let numbers = self.numbers(key, findings)?;
        if let Some(wrong) = numbers.iter().find(|number| !(0.0..=1.0).contains(*number)) {
            let message = format!("{key} holds {wrong}");
            self.find("not-a-share", key, message, "give shares from 0 to 1", findings);
            return None;
        }
        Some(numbers.into_iter().map(Fraction).collect())
    }

    pub fn section(
        &mut self,
        key: &'static str,
        empty: &'a toml::Table,
        findings: &mut Findings,
    ) -> &'a toml::Table {
        self.asked.push(key);
        match self.table.get(key) {
            None => empty,
            Some(toml::Value::Table(section)) => section,
            Some(_) => {
                let message = format!("{key} is not a section");
                self.find("wrong-kind", key, message, format!("write [{key}] and its keys below"), findings);
                empty
            }
        }
    }

    pub fn list(&mut self, key: &'static str, findings: &mut Findings) -> Vec<&'a toml::Table> {
        self.asked.push(key);
        let Some(value) = self.table.get(key) else {
            let message = format!("the case has no {key}");
            self.find("missing-key", key, message, format!("add at least one [[{key}]]"), findings);
            return Vec::new();
        };
        let items = value.as_array().map(|items| items.iter().map(toml::Value::as_table).collect());
        match items {
            Some(Some(tables)) => tables,
            _ => {
                let message = format!("{key} is not a list of sections");
                let help = format!("write [[{key}]] with two brackets, once for every {key}");
                self.find("wrong-kind", key, message, help, findings);
                Vec::new()
            }
        }
    }

    pub fn unknown_keys(&self, also: &[&str], findings: &mut Findings) {
        for key in self.table.keys() {
            if !self.asked.contains(&key.as_str()) && !also.contains(&key.as_str()) {
                let known: Vec<&str> = self.asked.iter().chain(also).copied().collect();
                let hint = did_you_mean(key, known.iter().copied());
                let help = format!("{hint}known keys: {}", known.join(", "));
                self.find("unknown-key", key, format!("unknown key \"{key}\""), help, findings);
            }
        }
    }
}
