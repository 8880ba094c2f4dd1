//! What a contract's calendar has to allow: maintenance, reductions, nominations.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::keys::{one_of, quantity};
use super::read::FREE;
use super::sections::Term;
use crate::calendar::Month;
use crate::case::toml_table::{Toml, YEARS};
use crate::case::{Finding, Findings, Place};
use crate::contract::exact::LARGEST_VOLUME;
use crate::contract::ledger::Plan;
use crate::contract::schedule::{Schedule, contract_year};
use crate::contract::volume_terms::{ReducedBy, Reduction, Step};
use crate::units::{Bcm, Gas};

/// More days of maintenance in a contract year than were agreed.
pub(super) fn check_maintenance(
    list: &[(Reduction, Place)],
    allowed: Option<u32>,
    term: Term,
    findings: &mut Findings,
) {
    let Some(allowed) = allowed else { return };
    let mut days: BTreeMap<i32, (u32, &Place)> = BTreeMap::new();
    for (reduction, place) in list {
        let mut day = reduction.first;
        while day <= reduction.last {
            let month = Month::new(i32::from(day.year()), day.month().unsigned_abs().into());
            let entry = days.entry(contract_year(month, term.year_starts_in)).or_insert((0, place));
            *entry = (entry.0 + 1, place);
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
    }
    for (year, (count, place)) in days.into_iter().filter(|(_, (count, _))| *count > allowed) {
        let message = format!("{count} days of maintenance in {year}; {allowed} are allowed");
        let help = "shorten the maintenance or raise maintenance_days_per_year";
        findings.0.push(Finding::new("too-much-maintenance", place.clone(), message, help));
    }
}

/// A volume that falls away is more than the contract quantity of its days.
pub(super) fn check_reductions(
    schedule: &Schedule,
    maintenance: &[(Reduction, Place)],
    force_majeure: &[(Reduction, Place)],
    findings: &mut Findings,
) {
    for (reduction, place) in maintenance.iter().chain(force_majeure) {
        let ReducedBy::Volume(volume) = reduction.amount else { continue };
        let owed = schedule.quantity_between(reduction.first, reduction.last);
        if volume.0 > owed.0 * (1.0 + 1e-9) {
            let message = format!(
                "{} bcm fall away from {} to {}; the contract quantity of these days is {} bcm",
                volume.0, reduction.first, reduction.last, owed.0
            );
            let help = "give a smaller volume or more days";
            findings.0.push(Finding::new("reduction-above-quantity", place.clone(), message, help));
        }
    }
}

/// The nominations: a share of the contract quantity, and what single periods say instead.
pub(super) fn read_plan(
    schedule: &Schedule,
    of_dcq: f64,
    list: Vec<Toml>,
    gas: &Gas,
    findings: &mut Findings,
) -> Plan {
    let quantities = schedule.contract_quantities();
    let mut nominated: Vec<Bcm> = quantities.iter().map(|quantity| *quantity * of_dcq).collect();
    let mut made_available: Vec<Option<Bcm>> = vec![None; nominated.len()];
    let mut claimed: Vec<Option<usize>> = vec![None; nominated.len()];
    for mut entry in list {
        entry.require("period", "\"2009\"", findings);
        let steps = steps_of(schedule, &mut entry, findings);
        let wanted = match one_of(&mut entry, ["nominated_bcm", "of_dcq"], "nominated_bcm = 40", findings) {
            Some("nominated_bcm") => {
                quantity(&mut entry, "nominated_bcm", "bcm", gas, findings).map(|volume| (Some(volume), 0.0))
            }
            Some(_) => entry.positive("of_dcq", findings).map(|share| (None, share)),
            None => None,
        };
        let available = entry.table.contains_key("made_available_bcm");
        let available =
            available.then(|| quantity(&mut entry, "made_available_bcm", "bcm", gas, findings)).flatten();
        entry.unknown_keys(&[&FREE[..], &["made_available_bcm"]].concat(), findings);
        let (Some(steps), Some((volume, share))) = (steps, wanted) else { continue };
        // a finer period later in the file refines a coarser one; the same again is a slip
        if steps.clone().all(|step| claimed[step] == Some(steps.len())) {
            let message = "this period is there twice";
            entry.find("named-twice", "period", message.into(), "keep one of the two", findings);
            continue;
        }
        let whole: f64 = quantities[steps.clone()].iter().map(|quantity| quantity.0).sum();
        let largest = LARGEST_VOLUME.0 / quantities.len() as f64;
        if volume.or(available).is_some_and(|volume| volume > largest) {
            let message = "this is more gas than can be counted exactly".to_string();
            entry.find("volume-too-large", "period", message, "check the unit", findings);
            continue;
        }
        for step in steps.clone() {
            let part = if whole > 0.0 { quantities[step].0 / whole } else { 1.0 / steps.len() as f64 };
            nominated[step] = volume.map_or(quantities[step] * share, |volume| Bcm(volume * part));
            made_available[step] = available.map(|volume| Bcm(volume * part));
            claimed[step] = Some(steps.len());
        }
    }
    if made_available.iter().all(Option::is_none) {
        made_available.clear();
    }
    Plan { nominated, made_available }
}

/// Positions in the plan that a period names.
pub(super) fn steps_of(
    schedule: &Schedule,
    entry: &mut Toml,
    findings: &mut Findings,
) -> Option<std::ops::Range<usize>> {
    let text = entry.text("period", findings)?;
    let step = schedule.terms.step;
    let finer = |entry: &Toml, what: &str, findings: &mut Findings| {
        let message = format!("period \"{text}\" is {what}; gas is nominated by the {}", step.word());
        let help = format!("give a whole {}, or choose a finer nominated_by", step.word());
        entry.find("finer-than-nominated", "period", message, help, findings);
    };
    let months = |year: i32| {
        let found = schedule.years.iter().position(|one| one.year == year)?;
        Some((found, schedule.years[found].months.clone()))
    };
    let found = if let Some(year) = text.parse::<i32>().ok().filter(|year| YEARS.contains(year)) {
        months(year).map(|(position, months)| match step {
            Step::Year => position..position + 1,
            _ => schedule.steps_of_month(months.start).start..schedule.steps_of_month(months.end - 1).end,
        })
    } else if let Ok(month) = text.parse::<Month>() {
        if step == Step::Year {
            finer(entry, "a month", findings);
            return None;
        }
        let position = schedule.months.iter().position(|one| *one == month);
        position.map(|position| schedule.steps_of_month(position))
    } else if let Ok(day) = text.parse::<Date>() {
        if step != Step::Day {
            finer(entry, "a day", findings);
            return None;
        }
        let month = Month::new(i32::from(day.year()), day.month().unsigned_abs().into());
        let position = schedule.months.iter().position(|one| *one == month);
        position.map(|position| {
            let from = schedule.steps_of_month(position).start + day.day().unsigned_abs() as usize - 1;
            from..from + 1
        })
    } else {
        let help = "write a year \"2009\", a month \"2009-01\" or a day \"2009-01-31\"";
        entry.find("not-a-date", "period", format!("period is \"{text}\""), help, findings);
        return None;
    };
    if found.is_none() {
        let (first, last) = schedule.days();
        let help = format!("the contract delivers from {first} to {last}");
        entry.find(
            "outside-term",
            "period",
            format!("period \"{text}\" is outside the contract"),
            help,
            findings,
        );
    }
    found
}
