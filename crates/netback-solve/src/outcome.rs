//! Why a method stopped, apart from what we hold.

use crate::certificate::{Certified, Uncertified};
use crate::program::{DataFault, Solution};

/// Why the method stopped.
#[derive(Debug, Clone, PartialEq)]
pub enum WhyStopped {
    /// It found an optimum by its own account; see what we hold.
    Optimal,
    /// Requirements contradict each other.
    Infeasible {
        /// A smallest set of them with their limits; when the identities alone contradict each other, the
        /// rows and bounds with the heaviest weight in the contradiction.
        rows: Vec<String>,
    },
    /// The objective falls without end along the named columns, heaviest first.
    Unbounded {
        /// Columns that grow without end.
        columns: Vec<String>,
    },
    /// The iteration limit.
    IterationLimit,
    /// The factorisation or the steps broke down.
    Numerical(String),
    /// The data were refused; no solver saw them.
    Refused(Vec<DataFault>),
}

/// Seconds spent, by the clock of the settings.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Times {
    /// The method before the polish.
    pub solve: f64,
    /// Active-set polish.
    pub polish: f64,
    /// Certificate.
    pub certify: f64,
}

/// The answer of [`crate::solve`].
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Why it stopped.
    pub stopped: WhyStopped,
    /// What we hold: a certified solution, or none.
    pub held: Option<Certified<Solution>>,
    /// The best point when it could not be certified, with how far off it is.
    pub uncertified: Option<Uncertified>,
    /// Iterations of the method over all quadratic models.
    pub iterations: usize,
    /// Quadratic models solved (one, unless the programme has curves).
    pub models: usize,
    /// Seconds.
    pub times: Times,
}

impl Outcome {
    /// Nothing held yet.
    pub(crate) fn without_answer(stopped: WhyStopped) -> Self {
        Outcome { stopped, held: None, uncertified: None, iterations: 0, models: 0, times: Times::default() }
    }
}
