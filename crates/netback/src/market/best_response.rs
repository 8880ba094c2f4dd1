//! What each trader could gain alone: the proof that nobody wants to leave the equilibrium.
//!
//! A trader's own problem keeps its own rows, prices shared rows (capacity, straits, fleet) at their
//! multipliers, and faces in each market the price p − θ B (z − z*): the conduct it is said to have.
//! It is solved anew, by the same certified way, on a programme of its own.

use std::collections::BTreeSet;

use netback_solve::{Column, Program, Row, Settings, solve};

use super::problem::MarketProblem;
use super::solution::MarketSolution;
use crate::ids::TraderId;
use crate::units::MillionUsd;

/// A trader's profit in the equilibrium and the most it could add alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BestResponse {
    /// Trader.
    pub trader: TraderId,
    /// Profit in the equilibrium at the prices it faces, discounted.
    pub profit: MillionUsd,
    /// What its best response adds; none when the response could not be certified.
    pub gain: Option<MillionUsd>,
}

impl BestResponse {
    /// Gain as a share of the profit (of at least 1 million USD).
    pub fn relative_gain(&self) -> f64 {
        match self.gain {
            Some(gain) => gain.0 / self.profit.0.abs().max(1.0),
            None => f64::INFINITY,
        }
    }
}

impl MarketProblem {
    /// The best response of every trader that sells.
    pub fn best_responses(&self, solution: &MarketSolution, settings: &Settings) -> Vec<BestResponse> {
        self.layout.own_rows.keys().map(|&trader| self.best_response(trader, solution, settings)).collect()
    }

    fn best_response(
        &self,
        trader: TraderId,
        solution: &MarketSolution,
        settings: &Settings,
    ) -> BestResponse {
        let numbers = &solution.numbers;
        let rows = self.program.rows();
        let own: &[netback_solve::RowId] = &self.layout.own_rows[&trader];
        let own_set: BTreeSet<usize> = own.iter().map(|row| row.index()).collect();
        // The trader's columns: those of its own rows (levels and capacities are nobody's alone).
        let mut columns: Vec<usize> = own
            .iter()
            .flat_map(|row| rows[row.index()].entries.iter().map(|(column, _)| column.index()))
            .collect();
        columns.sort_unstable();
        columns.dedup();
        let position = |column: usize| columns.binary_search(&column).ok();

        let mut cost: Vec<f64> = columns.iter().map(|&j| self.program.columns()[j].cost).collect();
        let mut quadratic: Vec<f64> = columns.iter().map(|&j| self.program.columns()[j].quadratic).collect();
        for (index, row) in rows.iter().enumerate() {
            let dual = numbers.row_duals[index];
            if own_set.contains(&index) || dual == 0.0 {
                continue;
            }
            for &(column, coefficient) in &row.entries {
                if let Some(at) = position(column.index()) {
                    cost[at] -= coefficient * dual;
                }
            }
        }
        // Conduct: the price falls by θ B for every unit sold beyond the equilibrium.
        for at in self.layout.sales.iter().filter(|at| at.what.0 == trader) {
            if let Some(index) = position(at.column.index()) {
                let strategic = quadratic[index];
                cost[index] -= strategic * numbers.columns[at.column.index()];
                quadratic[index] += strategic;
            }
        }

        let mut program = Program::new();
        let ids: Vec<_> = columns
            .iter()
            .enumerate()
            .map(|(at, &j)| {
                let column = &self.program.columns()[j];
                program.column(Column { cost: cost[at], quadratic: quadratic[at], ..column.clone() })
            })
            .collect();
        for &row in own {
            let row = &rows[row.index()];
            let entries = row.entries.iter().filter_map(|&(column, coefficient)| {
                position(column.index()).map(|at| (ids[at], coefficient))
            });
            program.row(Row { entries: entries.collect(), ..row.clone() });
        }
        let held: Vec<f64> = columns.iter().map(|&j| numbers.columns[j]).collect();
        let profit = MillionUsd(-program.objective(&held));
        let gain = solve(&program, settings)
            .held
            .map(|best| MillionUsd((-program.objective(&best.value().columns) - profit.0).max(0.0)));
        BestResponse { trader, profit, gain }
    }
}
