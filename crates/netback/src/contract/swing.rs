//! Flexible volumes on a lattice: rights to take, gas in store, take-or-pay with its bank.
//!
//! All three are one thing: at every date a state (rights used, level, taken this year and bank), and actions, each
//! with the volumes it prices and the state it leads to. What a price is worth stays outside: the same lattice serves
//! a forward curve, a price lattice and simulated paths.

use std::collections::BTreeMap;

/// Most states of one date that a lattice may have.
pub const MOST_STATES: usize = 20_000;

/// Most actions of a whole lattice: beyond it memory would run out.
pub const MOST_ACTIONS: usize = 20_000_000;

/// Most volume steps of one quantity.
const MOST_STEPS: f64 = 100_000.0;

/// Why a volume lattice cannot be built or has no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum VolumeError {
    /// The limits leave nothing that can be done.
    #[error("no plan keeps the limits: {0}")]
    NoPlan(String),
    /// Too many states.
    #[error(
        "{states} states at date {date} are more than {MOST_STATES}: take a larger volume step or a shorter make-up life"
    )]
    TooManyStates {
        /// Date.
        date: usize,
        /// How many.
        states: usize,
    },
    /// Too many actions.
    #[error(
        "the volume lattice has more than {MOST_ACTIONS} actions up to date {0}: take a larger volume step"
    )]
    TooManyActions(usize),
    /// The volume step is too small.
    #[error("{what} of {quantity} has too many volume steps of {step}: take a larger one")]
    TooFine {
        /// Which quantity.
        what: &'static str,
        /// Its value.
        quantity: f64,
        /// The step.
        step: f64,
    },
    /// A quantity does not fit the volume step.
    #[error("{what} of {quantity} is not a multiple of the volume step {step}")]
    NotAMultiple {
        /// Which quantity.
        what: &'static str,
        /// Its value.
        quantity: f64,
        /// The step.
        step: f64,
    },
    /// Lists of different lengths.
    #[error("{0}")]
    Lengths(String),
}

/// One thing that can be done at a date in a state.
///
/// Its cash flow to the holder is `market_volume · market + contract_volume · contract + take_or_pay_volume ·
/// take-or-pay price + fixed`, every price being that of the date.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Action {
    /// State it leads to.
    pub next: u32,
    /// Volume taken (released from store when positive, put into it when negative).
    pub taken: f64,
    /// Volume valued at the market price.
    pub market_volume: f64,
    /// Volume valued at the contract price; negative when paid.
    pub contract_volume: f64,
    /// Volume valued at the take-or-pay price; negative when a deficiency is paid, positive when it is refunded.
    pub take_or_pay_volume: f64,
    /// Cash flow that no price moves.
    pub fixed: f64,
    /// Deficiency settled at this date.
    pub deficiency: f64,
    /// Paid volume that can no longer be made up after this date.
    pub expired: f64,
}

impl Action {
    /// Cash flow to the holder.
    pub fn cash(&self, prices: Prices) -> f64 {
        self.market_volume * prices.market
            + self.contract_volume * prices.contract
            + self.take_or_pay_volume * prices.take_or_pay
            + self.fixed
    }
}

/// Prices of one date.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Prices {
    /// What the gas is worth to the holder.
    pub market: f64,
    /// What a volume costs under the contract; the strike.
    pub contract: f64,
    /// What a deficiency costs when it is settled at this date.
    pub take_or_pay: f64,
}

/// States and actions at every date.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeLattice {
    /// Actions by date and state; those of a state lie one after the other.
    dates: Vec<DateActions>,
    /// State before the first date.
    pub start: usize,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct DateActions {
    first: Vec<usize>,
    actions: Vec<Action>,
    bank: Vec<f64>,
}

/// States of one date with their actions, while the lattice is built.
type Layer<S> = Vec<(S, Vec<(Action, S)>)>;

impl VolumeLattice {
    /// Number of dates.
    pub fn dates(&self) -> usize {
        self.dates.len()
    }

    /// Number of states before a date; after the last date there is one.
    pub fn states(&self, date: usize) -> usize {
        self.dates.get(date).map_or(1, |at| at.first.len() - 1)
    }

    /// What can be done at a date in a state.
    pub fn actions(&self, date: usize, state: usize) -> &[Action] {
        let at = &self.dates[date];
        &at.actions[at.first[state]..at.first[state + 1]]
    }

    /// Paid volume that can still be made up, before a date in a state.
    pub fn bank(&self, date: usize, state: usize) -> f64 {
        self.dates[date].bank[state]
    }

    /// Builds the lattice by walking forward from a start; `step` gives the actions from a state and where they lead.
    ///
    /// States from which no action leads on to the end are taken out.
    fn walk<S: Ord + Clone>(
        dates: usize,
        start: S,
        bank: impl Fn(&S) -> f64,
        step: impl Fn(usize, &S) -> Vec<(Action, S)>,
        impossible: &str,
    ) -> Result<VolumeLattice, VolumeError> {
        let mut layers: Vec<Layer<S>> = Vec::with_capacity(dates);
        let mut states = vec![start.clone()];
        let mut total = 0;
        for date in 0..dates {
            let mut found = BTreeMap::new();
            let mut layer = Vec::with_capacity(states.len());
            for state in states {
                let actions = step(date, &state);
                total += actions.len();
                if total > MOST_ACTIONS {
                    return Err(VolumeError::TooManyActions(date));
                }
                for (_, next) in &actions {
                    found.entry(next.clone()).or_insert(());
                }
                layer.push((state, actions));
            }
            if found.len() > MOST_STATES {
                return Err(VolumeError::TooManyStates { date, states: found.len() });
            }
            layers.push(layer);
            states = found.into_keys().collect();
        }
        // Backward: number the states that can go on, drop the others.
        let mut positions: Option<BTreeMap<S, u32>> = None;
        let mut built = Vec::with_capacity(dates);
        for layer in layers.into_iter().rev() {
            let mut kept = DateActions::default();
            let mut here = BTreeMap::new();
            for (state, actions) in layer {
                let before = kept.actions.len();
                for (mut action, next) in actions {
                    // After the last date all states are one.
                    let position = match &positions {
                        None => Some(0),
                        Some(positions) => positions.get(&next).copied(),
                    };
                    if let Some(position) = position {
                        action.next = position;
                        kept.actions.push(action);
                    }
                }
                if kept.actions.len() > before {
                    kept.first.push(before);
                    kept.bank.push(bank(&state));
                    here.insert(state, kept.first.len() as u32 - 1);
                }
            }
            kept.first.push(kept.actions.len());
            built.push(kept);
            positions = Some(here);
        }
        built.reverse();
        match positions.and_then(|positions| positions.get(&start).copied()) {
            Some(start) => Ok(VolumeLattice { dates: built, start: start as usize }),
            None => Err(VolumeError::NoPlan(impossible.to_string())),
        }
    }
}

/// Rights to take one volume at the contract price, at most one right a date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SwingRights {
    /// Dates at which a right can be used.
    pub dates: usize,
    /// Rights that must be used.
    pub least: usize,
    /// Rights that may be used.
    pub most: usize,
    /// Volume of a right; negative for rights to deliver (puts).
    pub volume: f64,
}

impl SwingRights {
    /// States are the rights used.
    ///
    /// Errors: more rights must be used than there are dates or than may be used.
    pub fn lattice(&self) -> Result<VolumeLattice, VolumeError> {
        let use_one = Action {
            taken: self.volume,
            market_volume: self.volume,
            contract_volume: -self.volume,
            ..Action::default()
        };
        let step = |date: usize, used: &usize| {
            let left = self.dates - date - 1;
            let mut actions = Vec::new();
            if used + left >= self.least {
                actions.push((Action::default(), *used));
            }
            if *used < self.most && used + 1 + left >= self.least {
                actions.push((use_one, used + 1));
            }
            actions
        };
        let impossible = format!("{} of {} dates, at most {}", self.least, self.dates, self.most);
        VolumeLattice::walk(self.dates, 0usize, |_| 0.0, step, &impossible)
    }
}

/// What becomes of gas left in store after the last date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftInStore {
    /// Sold at the market price of the last date.
    Sold,
    /// Lost.
    Lost,
    /// Not allowed: the store must be empty.
    Forbidden,
}

/// A store of gas, worked in steps of one volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Store {
    /// Dates at which it is worked.
    pub dates: usize,
    /// Volume of one step.
    pub step: f64,
    /// Most steps in store.
    pub capacity: usize,
    /// Steps in store at the start.
    pub start: usize,
    /// Most steps put in at a date.
    pub injection: Vec<usize>,
    /// Most steps taken out at a date.
    pub withdrawal: Vec<usize>,
    /// Paid per volume put in.
    pub injection_charge: f64,
    /// Paid per volume taken out.
    pub withdrawal_charge: f64,
    /// Rule for what is left; there is no default, a well-known library's sells it.
    pub left: LeftInStore,
}

impl Store {
    /// A store worked at the same rate both ways at every date, empty at the start.
    pub fn symmetric(dates: usize, capacity: usize, rate: usize, left: LeftInStore) -> Store {
        Store {
            dates,
            step: 1.0,
            capacity,
            start: 0,
            injection: vec![rate; dates],
            withdrawal: vec![rate; dates],
            injection_charge: 0.0,
            withdrawal_charge: 0.0,
            left,
        }
    }

    /// States are the steps in store.
    ///
    /// Errors: rates of another number than the dates; a store that cannot be emptied though it must be.
    pub fn lattice(&self) -> Result<VolumeLattice, VolumeError> {
        if self.injection.len() != self.dates || self.withdrawal.len() != self.dates {
            return Err(VolumeError::Lengths(format!(
                "{} and {} rates for {} dates",
                self.injection.len(),
                self.withdrawal.len(),
                self.dates
            )));
        }
        let step = |date: usize, level: &usize| {
            let lowest = level.saturating_sub(self.withdrawal[date]);
            let highest = (level + self.injection[date]).min(self.capacity);
            let last = date + 1 == self.dates;
            let action = |next: usize| {
                let taken = (*level as f64 - next as f64) * self.step;
                let sold = if last && self.left == LeftInStore::Sold { next as f64 * self.step } else { 0.0 };
                let charge = if taken > 0.0 { self.withdrawal_charge } else { self.injection_charge };
                let fixed = -charge * taken.abs();
                (Action { taken, market_volume: taken + sold, fixed, ..Action::default() }, next)
            };
            let allowed = |next: &usize| !last || self.left != LeftInStore::Forbidden || *next == 0;
            (lowest..=highest).filter(allowed).map(action).collect()
        };
        VolumeLattice::walk(self.dates, self.start, |_| 0.0, step, "the store cannot be emptied in time")
    }
}

/// Which gas of a year counts as made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakeUpOrder {
    /// What is taken above the adjusted annual contract quantity.
    AfterAnnualQuantity,
    /// What is taken above the take-or-pay quantity.
    AfterTakeOrPay,
    /// The first gas of the year, which can create a new deficiency.
    First,
}

/// What becomes of the bank after the last year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOfTerm {
    /// Lost.
    Forfeit,
    /// Paid back at the last take-or-pay price.
    Refund,
}

/// Make-up of paid deficiencies, at no further price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MakeUp {
    /// Which gas counts as made up.
    pub order: MakeUpOrder,
    /// Years after the one of the deficiency in which it can be made up.
    pub life_years: usize,
}

/// Quantities of a take-or-pay contract; all are multiples of `step`.
#[derive(Debug, Clone, PartialEq)]
pub struct TakeOrPay {
    /// Volume step of the lattice.
    pub step: f64,
    /// Dates of a contract year.
    pub dates_per_year: usize,
    /// Least volume of each date.
    pub least: Vec<f64>,
    /// Most volume of each date.
    pub most: Vec<f64>,
    /// Adjusted annual contract quantity of each year.
    pub annual_quantity: Vec<f64>,
    /// Quantity of each year to be taken or paid for.
    pub take_or_pay: Vec<f64>,
    /// Most volume of each year, when it is limited.
    pub annual_most: Option<Vec<f64>>,
    /// None: what is paid for and not taken is lost.
    pub make_up: Option<MakeUp>,
    /// What becomes of the bank at the end.
    pub end_of_term: EndOfTerm,
}

/// State: taken this year, and the bank by the year in which it expires, the earliest first.
type TakeOrPayState = (u32, Vec<u32>);

impl TakeOrPay {
    fn steps(&self, what: &'static str, quantities: &[f64]) -> Result<Vec<u32>, VolumeError> {
        quantities
            .iter()
            .map(|&quantity| {
                let steps = (quantity / self.step).round();
                if steps > MOST_STEPS {
                    return Err(VolumeError::TooFine { what, quantity, step: self.step });
                }
                let fits = (steps * self.step - quantity).abs() <= 1e-9 * self.step.max(quantity.abs());
                if fits && steps >= 0.0 {
                    Ok(steps as u32)
                } else {
                    Err(VolumeError::NotAMultiple { what, quantity, step: self.step })
                }
            })
            .collect()
    }

    /// States are what was taken this year and what can still be made up.
    ///
    /// Errors: quantities that are no multiples of the step; more states than [`MOST_STATES`]; limits that leave no
    /// plan.
    pub fn lattice(&self) -> Result<VolumeLattice, VolumeError> {
        let years = self.annual_quantity.len();
        let dates = years * self.dates_per_year;
        let of_years = self.annual_most.as_ref().map_or(years, Vec::len);
        if self.least.len() != dates
            || self.most.len() != dates
            || self.take_or_pay.len() != years
            || of_years != years
        {
            return Err(VolumeError::Lengths(format!(
                "limits for {} and {} dates, take-or-pay for {} years, where there are {dates} dates of {years} years",
                self.least.len(),
                self.most.len(),
                self.take_or_pay.len(),
            )));
        }
        let least = self.steps("the least volume of a date", &self.least)?;
        let most = self.steps("the most volume of a date", &self.most)?;
        let annual = self.steps("the annual contract quantity", &self.annual_quantity)?;
        let owed = self.steps("the take-or-pay quantity", &self.take_or_pay)?;
        let limit = match &self.annual_most {
            Some(most) => self.steps("the most volume of a year", most)?,
            None => vec![u32::MAX; years],
        };
        let life = self.make_up.map_or(0, |make_up| make_up.life_years);
        let step = |date: usize, (taken, bank): &TakeOrPayState| -> Vec<(Action, TakeOrPayState)> {
            let year = date / self.dates_per_year;
            let last_of_year = (date + 1).is_multiple_of(self.dates_per_year);
            let in_bank: u32 = bank.iter().sum();
            let threshold = match self.make_up.map(|make_up| make_up.order) {
                None | Some(MakeUpOrder::AfterAnnualQuantity) => annual[year],
                Some(MakeUpOrder::AfterTakeOrPay) => owed[year],
                Some(MakeUpOrder::First) => 0,
            };
            let made_up = |taken: u32| taken.saturating_sub(threshold).min(in_bank);
            // Beyond this the rest of the year is the same whatever was taken; without it there are too many states.
            let enough = (threshold + in_bank).max(owed[year] + in_bank);
            (least[date]..=most[date])
                .filter(|volume| taken + volume <= limit[year])
                .map(|volume| {
                    let after = taken + volume;
                    let made_up_now = made_up(after) - made_up(*taken);
                    let mut action = Action {
                        taken: f64::from(volume) * self.step,
                        market_volume: f64::from(volume) * self.step,
                        contract_volume: -f64::from(volume - made_up_now) * self.step,
                        ..Action::default()
                    };
                    if !last_of_year {
                        let kept = if limit[year] == u32::MAX { after.min(enough) } else { after };
                        return (action, (kept, bank.clone()));
                    }
                    let deficiency = owed[year].saturating_sub(after - made_up(after));
                    let mut closed = close_year(bank, made_up(after), deficiency, life);
                    // Gas paid in different years whose right lasts to the end is one: nothing tells it apart.
                    let lasting = (years - 1 - year)
                        .saturating_sub(usize::from(self.end_of_term == EndOfTerm::Forfeit));
                    merge_from(&mut closed.bank, lasting);
                    action.take_or_pay_volume = -f64::from(deficiency) * self.step;
                    action.deficiency = f64::from(deficiency) * self.step;
                    action.expired = f64::from(closed.expired) * self.step;
                    let outstanding: u32 = closed.bank.iter().sum();
                    if year + 1 == years {
                        match self.end_of_term {
                            EndOfTerm::Forfeit => action.expired += f64::from(outstanding) * self.step,
                            EndOfTerm::Refund => {
                                action.take_or_pay_volume += f64::from(outstanding) * self.step;
                            }
                        }
                    }
                    (action, (0, closed.bank))
                })
                .collect()
        };
        let bank = |(_, bank): &TakeOrPayState| f64::from(bank.iter().sum::<u32>()) * self.step;
        VolumeLattice::walk(
            dates,
            (0, vec![0; life]),
            bank,
            step,
            "the least volumes exceed the annual limit",
        )
    }
}

/// Puts what stands behind a position into it.
fn merge_from(bank: &mut [u32], position: usize) {
    if position < bank.len() {
        bank[position] = bank[position..].iter().sum();
        bank[position + 1..].fill(0);
    }
}

struct ClosedYear {
    bank: Vec<u32>,
    expired: u32,
}

/// The bank after a year: made-up gas leaves first in, first out, the oldest expires, the deficiency enters.
fn close_year(bank: &[u32], made_up: u32, deficiency: u32, life: usize) -> ClosedYear {
    let mut left = bank.to_vec();
    let mut to_use = made_up;
    for vintage in &mut left {
        let used = to_use.min(*vintage);
        *vintage -= used;
        to_use -= used;
    }
    if life == 0 {
        return ClosedYear { bank: left, expired: deficiency };
    }
    let expired = left.remove(0);
    left.push(deficiency);
    ClosedYear { bank: left, expired }
}

/// The best plan on prices that are known: its value, and the actions by date.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Present value.
    pub value: f64,
    /// Action of each date.
    pub actions: Vec<Action>,
}

/// The best plan on a forward curve (the intrinsic value), exact on the volume lattice.
///
/// `discounts` are factors from each date to valuation.
pub fn best_plan(lattice: &VolumeLattice, prices: &[Prices], discounts: &[f64]) -> Plan {
    let dates = lattice.dates();
    let mut value = vec![0.0];
    let mut choices: Vec<Vec<u32>> = Vec::with_capacity(dates);
    for date in (0..dates).rev() {
        let mut here = Vec::with_capacity(lattice.states(date));
        let mut chosen = Vec::with_capacity(lattice.states(date));
        for state in 0..lattice.states(date) {
            let mut best = (f64::NEG_INFINITY, 0u32);
            for (position, action) in lattice.actions(date, state).iter().enumerate() {
                let total = discounts[date] * action.cash(prices[date]) + value[action.next as usize];
                if total > best.0 {
                    best = (total, position as u32);
                }
            }
            here.push(best.0);
            chosen.push(best.1);
        }
        value = here;
        choices.push(chosen);
    }
    choices.reverse();
    let mut state = lattice.start;
    let mut actions = Vec::with_capacity(dates);
    for (date, chosen) in choices.iter().enumerate() {
        let action = lattice.actions(date, state)[chosen[state] as usize];
        state = action.next as usize;
        actions.push(action);
    }
    Plan { value: value[lattice.start], actions }
}
