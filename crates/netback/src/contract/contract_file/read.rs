//! The sections of a contract, one after the other, put together.

use super::plan::{check_maintenance, check_reductions, read_plan};
use super::sections::*;
use super::valuation_section::{Fitting, read_valuation};
use super::{Contract, GasBasis, Places, PriceReview};
use crate::case::toml_place::Step;
use crate::case::toml_table::{Source, Toml};
use crate::case::{Finding, Findings, Place};
use crate::contract::price_formula::PriceFormula;
use crate::contract::schedule::Schedule;
use crate::contract::volume_terms::{Compensation, Reduction, SellerShortfall, VolumeTerms};
use crate::units::{Fraction, Gas};

/// Keys that every section takes and nothing reads.
pub(super) const FREE: [&str; 2] = ["source", "note"];

/// Reads sections of one file.
pub(super) struct Reader<'a> {
    pub source: Source<'a>,
    empty: &'a toml::Table,
}

pub(super) fn read_contract(
    table: &toml::Table,
    source: Source,
    findings: &mut Findings,
) -> Option<Contract> {
    let empty = toml::Table::new();
    let mut top = Toml::new(table, source, Vec::new());
    let reader = Reader { source, empty: &empty };
    for (key, example) in [("name", "\"my-contract\""), ("seller", "\"RUS\""), ("buyer", "\"CHN\"")] {
        top.require(key, example, findings);
    }
    let name = top.text("name", findings).unwrap_or_default();
    let title = top.text("title", findings).unwrap_or_default();
    let seller = top.text("seller", findings).unwrap_or_default();
    let buyer = top.text("buyer", findings).unwrap_or_default();

    let term = reader.required(&mut top, "term", findings).and_then(|section| read_term(section, findings));
    let gas = reader.required(&mut top, "gas", findings).and_then(|section| read_gas(section, findings));
    let (gas, basis) = gas.unwrap_or((Gas::STANDARD, GasBasis::STANDARD));
    let quantity = reader
        .required(&mut top, "quantity", findings)
        .and_then(|section| read_quantity_section(section, &gas, findings));
    let build_up = reader.list(&mut top, "build_up", findings);
    let build_up = read_build_up(build_up, &gas, term, findings);
    let take_or_pay = reader
        .required(&mut top, "take_or_pay", findings)
        .and_then(|section| read_take_or_pay(section, findings));
    let make_up = reader
        .required(&mut top, "make_up", findings)
        .and_then(|section| read_make_up(section, &gas, findings));
    let carry_forward = reader.optional(&mut top, "carry_forward", findings);
    let carry_forward = carry_forward.map(|section| read_carry_forward(section, findings));
    let end_of_term = reader
        .required(&mut top, "end_of_term", findings)
        .and_then(|section| read_end_of_term(section, findings));
    let seller_shortfall = match reader.optional(&mut top, "seller_shortfall", findings) {
        Some(section) => read_seller_shortfall(section, &gas, findings),
        None => Some(SellerShortfall { tolerance: Fraction(0.0), compensation: Compensation::None }),
    };
    let maintenance = reader.list(&mut top, "maintenance", findings);
    let maintenance: Vec<(Reduction, Place)> =
        maintenance.into_iter().filter_map(|one| read_reduction(one, &gas, term, findings)).collect();
    let force_majeure = reader.list(&mut top, "force_majeure", findings);
    let force_majeure: Vec<(Reduction, Place)> =
        force_majeure.into_iter().filter_map(|one| read_reduction(one, &gas, term, findings)).collect();
    let mut used_currencies: Vec<(String, Place)> = Vec::new();
    let payment = reader
        .required(&mut top, "payment", findings)
        .and_then(|section| read_payment(&reader, section, &mut used_currencies, findings));
    let export_duty = reader
        .required(&mut top, "export_duty", findings)
        .and_then(|section| read_export_duty(section, findings));
    let loan = reader.optional(&mut top, "loan", findings);
    let loan = loan.map(|section| read_loan(&reader, section, &gas, term, &mut used_currencies, findings));
    let price_place = top.place("price");
    let price = reader
        .required(&mut top, "price", findings)
        .and_then(|mut section| PriceFormula::read_for(&mut section, Some(&gas), findings));
    let price_reviews = reader.list(&mut top, "price_review", findings);
    let price_reviews: Vec<PriceReview> =
        price_reviews.into_iter().filter_map(|one| read_price_review(one, &gas, term, findings)).collect();
    let indices = reader.optional(&mut top, "series", findings);
    let indices = indices.map(|section| read_series(&reader, section, findings)).unwrap_or_default();
    let currencies = reader.list(&mut top, "currency", findings);
    let currencies = read_currencies(currencies, findings);
    for (code, place) in used_currencies {
        if code != "USD" && !currencies.iter().any(|(known, _, _)| *known == code) {
            let message = format!("there is no rate for {code}");
            let help =
                format!("add [[currency]] with code = \"{code}\" and index = the series of USD per {code}");
            findings.add(Finding::new("currency-without-rate", place, message, help));
        }
    }
    let of_dcq = reader.required(&mut top, "plan", findings).and_then(|mut section| {
        section.require("of_dcq", "1.0", findings);
        let of_dcq = section.positive("of_dcq", findings);
        section.unknown_keys(&FREE, findings);
        of_dcq
    });
    let nominations = reader.list(&mut top, "nomination", findings);
    let valuation = reader.optional(&mut top, "valuation", findings);
    top.unknown_keys(&FREE, findings);

    let ((quantity, swing, step, maintenance_days), (payment, provisional), term) =
        (quantity?, payment?, term?);
    check_maintenance(&maintenance, maintenance_days, term, findings);
    let terms = VolumeTerms {
        first: term.first,
        last: term.last,
        year_starts_in: term.year_starts_in,
        step,
        quantity,
        build_up,
        swing,
        maintenance: maintenance.iter().map(|(one, _)| *one).collect(),
        force_majeure: force_majeure.iter().map(|(one, _)| *one).collect(),
        seller_shortfall: seller_shortfall?,
        take_or_pay: take_or_pay?,
        make_up: make_up?,
        carry_forward: match carry_forward {
            Some(read) => Some(read?),
            None => None,
        },
        end_of_term: end_of_term?,
        payment,
        export_duty: export_duty?,
        loan: match loan {
            Some(read) => Some(read?),
            None => None,
        },
    };
    let schedule = match Schedule::of(&terms) {
        Ok(schedule) => schedule,
        Err(error) => {
            let help = "check the unit of the quantities";
            top.find("volume-too-large", "quantity", error.to_string(), help, findings);
            return None;
        }
    };
    check_reductions(&schedule, &maintenance, &force_majeure, findings);
    let plan = read_plan(&schedule, of_dcq?, nominations, &gas, findings);
    let price = price?;
    let valuation = valuation.and_then(|section| {
        let fitting = Fitting {
            schedule: &schedule,
            price: &price,
            price_reviews: &price_reviews,
            plan: &plan,
            gas: &gas,
        };
        read_valuation(&reader, section, &top, &fitting, findings)
    });
    Some(Contract {
        name,
        title,
        seller,
        buyer,
        gas,
        basis,
        schedule,
        price,
        price_reviews,
        provisional,
        places: Places {
            price: price_place,
            currencies: currencies.iter().map(|(_, _, place)| place.clone()).collect(),
        },
        currencies: currencies.into_iter().map(|(code, index, _)| (code, index)).collect(),
        indices,
        plan,
        valuation,
    })
}

impl<'a> Reader<'a> {
    /// A section that must be there.
    pub fn required(
        &self,
        top: &mut Toml<'a>,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<Toml<'a>> {
        let section = self.optional(top, key, findings);
        if !top.table.contains_key(key) {
            let message = format!("section [{key}] is missing");
            let help =
                format!("add [{key}] and its keys; contracts/gazprom-naftogaz-2009.toml shows all sections");
            top.find("missing-key", key, message, help, findings);
        }
        section
    }

    pub fn optional(
        &self,
        top: &mut Toml<'a>,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<Toml<'a>> {
        let before = findings.0.len();
        let section = top.section(key, self.empty, findings);
        let readable = top.table.contains_key(key) && findings.0.len() == before;
        readable.then(|| Toml::new(section, self.source, vec![Step::Key(key)]))
    }

    /// Sections in double brackets; none of them is no fault.
    pub fn list(&self, top: &mut Toml<'a>, key: &'static str, findings: &mut Findings) -> Vec<Toml<'a>> {
        if !top.table.contains_key(key) {
            top.asked.push(key);
            return Vec::new();
        }
        let within = top.within.clone();
        let place = |index| [&within[..], &[Step::Key(key), Step::Entry(index)]].concat();
        let tables = top.list(key, findings);
        (tables.into_iter().enumerate())
            .map(|(index, table)| Toml::new(table, self.source, place(index)))
            .collect()
    }
}
