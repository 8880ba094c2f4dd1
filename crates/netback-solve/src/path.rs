//! Primal-dual path following from a given start.
//!
//! Clarabel has no start of its own. Next to a solved programme the path is short: distances and multipliers
//! are lifted until their products reach a common size, and predictor, corrector and up to three centrality
//! corrections bring them down together. One factorisation of the regularised KKT system a step; rows and
//! bounds are eliminated into its diagonal, the symbolic part is done once.
//! Source: Mehrotra 1992 (predictor and corrector); Gondzio 1996 (centrality corrections); starts for
//! changed linear programmes, Yildirim & Wright 2002; the lifting to one product is our own.

use clarabel::algebra::CscMatrix;
use clarabel::qdldl::{QDLDLFactorisation, QDLDLSettings};

use crate::model_point::{ModelPoint, Status};
use crate::polish::reduced_costs;
use crate::program::{Program, Solution};

/// Product of distance and multiplier to which a start is lifted. On the programmes measured 1 to 100 differ by
/// a tenth in iterations (bench/BENCHMARKS.md); they have quantities and prices near 100.
const START_PRODUCT: f64 = 10.0;
const REGULARISATION: f64 = 1e-8;
const REFINEMENTS: usize = 3;
const CORRECTIONS: usize = 3;
const ITERATIONS: usize = 60;
/// Steps shorter than `SHORT` in a row after which the start is given up.
const PATIENCE: usize = 4;
const SHORT: f64 = 1e-3;
/// Violations at which a path counts as arrived; the polish does the rest.
const PRIMAL_END: f64 = 1e-6;
const DUAL_END: f64 = 1e-4;
/// Stands for the infinite diagonal of a column that cannot move.
const IMMOVABLE: f64 = 1e15;

/// A finite bound of a variable, lower with sign 1, upper with sign -1.
struct Side {
    variable: usize,
    sign: f64,
}

/// A point inside all bounds. Variables are the columns, then one activity for each row.
pub(crate) struct Path<'a> {
    program: &'a Program,
    costs: &'a [f64],
    quadratics: &'a [f64],
    is_fixed: Vec<bool>,
    sides: Vec<Side>,
    values: Vec<f64>,
    duals: Vec<f64>,
    /// One distance and one multiplier for each side. A distance is kept apart from its value: below 1e-16 of
    /// the bound their difference would be zero.
    distances: Vec<f64>,
    multipliers: Vec<f64>,
    factors: QDLDLFactorisation<f64>,
    diagonal: Vec<usize>,
    iterations: usize,
}

/// The equations at a point: what is missed, and the blocks of the eliminated system.
struct Equations {
    /// Gradient of the Lagrangian by variable.
    dual_miss: Vec<f64>,
    /// Activity by the columns less activity as a variable.
    primal_miss: Vec<f64>,
    /// Diagonal of the column block.
    curvature: Vec<f64>,
    /// Inverse of the diagonal of the activities, zero for equations.
    slackness: Vec<f64>,
}

struct Direction {
    values: Vec<f64>,
    duals: Vec<f64>,
    multipliers: Vec<f64>,
    /// Longest step of at most one that keeps distances and multipliers positive.
    longest: f64,
}

impl<'a> Path<'a> {
    /// The start, lifted inside its bounds; none when the system cannot be factorised.
    pub fn from(
        program: &'a Program,
        costs: &'a [f64],
        quadratics: &'a [f64],
        bounds: &[(f64, f64)],
        start: &Solution,
    ) -> Option<Self> {
        let rows = program.rows();
        let intervals: Vec<(f64, f64)> =
            bounds.iter().copied().chain(rows.iter().map(|row| (row.lower, row.upper))).collect();
        let mut values = start.columns.clone();
        values.extend(rows.iter().map(|row| row.activity(&start.columns)));
        let mut gradient = reduced_costs(program, costs, quadratics, &start.columns, &start.row_duals);
        gradient.extend(&start.row_duals);

        let (mut sides, mut distances, mut multipliers) = (Vec::new(), Vec::new(), Vec::new());
        let root = START_PRODUCT.sqrt();
        for (variable, &(lower, upper)) in intervals.iter().enumerate() {
            let value = &mut values[variable];
            if lower == upper {
                *value = lower;
                continue;
            }
            let ends = [(1.0, lower), (-1.0, upper)];
            let ends = ends.iter().filter(|(_, bound)| bound.is_finite());
            for &(sign, bound) in ends.clone() {
                let multiplier = (sign * gradient[variable]).max(0.0);
                let distance = (START_PRODUCT / multiplier.max(root)).min(0.25 * (upper - lower));
                if sign * (*value - bound) < distance {
                    *value = bound + sign * distance;
                }
            }
            for &(sign, bound) in ends {
                let distance = sign * (*value - bound);
                sides.push(Side { variable, sign });
                distances.push(distance);
                multipliers.push((sign * gradient[variable]).max(START_PRODUCT / distance));
            }
        }
        let (factors, diagonal) = factors(program)?;
        Some(Path {
            program,
            costs,
            quadratics,
            is_fixed: intervals.iter().map(|(lower, upper)| lower == upper).collect(),
            sides,
            values,
            duals: start.row_duals.clone(),
            distances,
            multipliers,
            factors,
            diagonal,
            iterations: 0,
        })
    }

    /// Steps done.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// The point reached.
    pub fn point(&self) -> ModelPoint {
        let columns = self.costs.len();
        let mut bound_duals = vec![[0.0; 2]; columns];
        for (side, &multiplier) in self.sides.iter().zip(&self.multipliers) {
            if side.variable < columns {
                bound_duals[side.variable][usize::from(side.sign < 0.0)] = multiplier;
            }
        }
        ModelPoint {
            columns: self.values[..columns].to_vec(),
            row_duals: self.duals.clone(),
            bound_duals,
            status: Status::Optimal,
            iterations: self.iterations,
        }
    }

    /// Follows the path until the mean product of distance and multiplier is below `end`; false when it does
    /// not get there.
    pub fn follow(&mut self, end: f64) -> bool {
        let mut short = 0;
        loop {
            let product = self.mean_product(None);
            let equations = self.equations();
            let largest = |misses: &[f64]| misses.iter().fold(0.0, |most: f64, miss| most.max(miss.abs()));
            let misses = [largest(&equations.primal_miss), largest(&equations.dual_miss)];
            let is_finite = product.is_finite()
                && equations.primal_miss.iter().chain(&equations.dual_miss).all(|miss| miss.is_finite());
            if is_finite && product < end && misses[0] < PRIMAL_END && misses[1] < DUAL_END {
                return true;
            }
            if !is_finite || self.iterations == ITERATIONS || short == PATIENCE {
                return false;
            }
            self.iterations += 1;
            let Some(step) = self.step(&equations, product) else { return false };
            short = if step < SHORT { short + 1 } else { 0 };
        }
    }

    /// One step; its length, or none when the factorisation fails.
    fn step(&mut self, equations: &Equations, product: f64) -> Option<f64> {
        let signed = equations.curvature.iter().map(|curvature| curvature + REGULARISATION);
        let signed: Vec<f64> =
            signed.chain(equations.slackness.iter().map(|slack| -slack - REGULARISATION)).collect();
        self.factors.update_values(&self.diagonal, &signed);
        self.factors.refactor().ok()?;

        // Predictor: straight to products of zero.
        let mut targets: Vec<f64> =
            (0..self.sides.len()).map(|at| -self.multipliers[at] * self.distances[at]).collect();
        let predictor = self.direction(equations, &targets);
        let shrinks = self.mean_product(Some((&predictor, predictor.longest))) / product;
        let aim = shrinks.powi(3).clamp(1e-6, 1.0) * product;
        // Corrector: to products of `aim`, with the second order of the predictor.
        for (at, target) in targets.iter_mut().enumerate() {
            *target += aim - predictor.multipliers[at] * self.distance_change(&predictor, at);
        }
        let mut direction = self.direction(equations, &targets);
        // Centrality corrections: products that a longer step would throw out come back.
        for _ in 0..CORRECTIONS {
            if direction.longest > 0.95 {
                break;
            }
            let trial = (1.5 * direction.longest + 0.1).min(1.0);
            let (low, high) = (0.1 * aim, 10.0 * aim);
            let better: Vec<f64> = targets
                .iter()
                .enumerate()
                .map(|(at, target)| {
                    let product = (self.multipliers[at] + trial * direction.multipliers[at])
                        * (self.distances[at] + trial * self.distance_change(&direction, at));
                    target + (product.max(low).min(high) - product).max(-high)
                })
                .collect();
            let next = self.direction(equations, &better);
            if next.longest < direction.longest + 0.1 * (trial - direction.longest) {
                break;
            }
            (targets, direction) = (better, next);
        }

        let length = 0.995 * direction.longest;
        for (at, side) in self.sides.iter().enumerate() {
            self.distances[at] += length * side.sign * direction.values[side.variable];
        }
        let go = |from: &mut [f64], along: &[f64]| {
            from.iter_mut().zip(along).for_each(|(from, along)| *from += length * along);
        };
        go(&mut self.values, &direction.values);
        go(&mut self.duals, &direction.duals);
        go(&mut self.multipliers, &direction.multipliers);
        Some(length)
    }

    fn distance_change(&self, direction: &Direction, at: usize) -> f64 {
        let side = &self.sides[at];
        side.sign * direction.values[side.variable]
    }

    /// Mean product of distance and multiplier, here or after a step.
    fn mean_product(&self, step: Option<(&Direction, f64)>) -> f64 {
        let product = |at: usize| match step {
            None => self.multipliers[at] * self.distances[at],
            Some((direction, length)) => {
                (self.multipliers[at] + length * direction.multipliers[at])
                    * (self.distances[at] + length * self.distance_change(direction, at))
            }
        };
        (0..self.sides.len()).map(product).sum::<f64>() / self.sides.len().max(1) as f64
    }

    fn equations(&self) -> Equations {
        let (columns, rows) = (self.costs.len(), self.program.rows());
        let x = &self.values[..columns];
        let mut dual_miss = reduced_costs(self.program, self.costs, self.quadratics, x, &self.duals);
        dual_miss.extend(&self.duals);
        let mut steepness = vec![0.0; self.values.len()];
        for (at, side) in self.sides.iter().enumerate() {
            dual_miss[side.variable] -= side.sign * self.multipliers[at];
            steepness[side.variable] += self.multipliers[at] / self.distances[at];
        }
        for (miss, _) in dual_miss.iter_mut().zip(&self.is_fixed).filter(|(_, is_fixed)| **is_fixed) {
            *miss = 0.0;
        }
        let curvature = (0..columns)
            .map(|j| if self.is_fixed[j] { IMMOVABLE } else { self.quadratics[j] + steepness[j] })
            .collect();
        let slackness = (0..rows.len())
            .map(|i| if self.is_fixed[columns + i] { 0.0 } else { 1.0 / steepness[columns + i].max(1e-12) })
            .collect();
        let primal_miss = rows
            .iter()
            .zip(&self.values[columns..])
            .map(|(row, activity)| row.activity(x) - activity)
            .collect();
        Equations { dual_miss, primal_miss, curvature, slackness }
    }

    /// The Newton direction in which the product of each side changes by its target, to first order.
    fn direction(&mut self, equations: &Equations, targets: &[f64]) -> Direction {
        let columns = self.costs.len();
        let mut pull: Vec<f64> = equations.dual_miss.iter().map(|miss| -miss).collect();
        for (at, side) in self.sides.iter().enumerate() {
            pull[side.variable] += side.sign * targets[at] / self.distances[at];
        }
        let mut right = pull.clone();
        for (i, slack) in equations.slackness.iter().enumerate() {
            right[columns + i] = -equations.primal_miss[i] + pull[columns + i] * slack;
        }
        let mut values = self.solve(equations, right);
        // The system is solved for the columns and minus the duals.
        let duals: Vec<f64> = values[columns..].iter().map(|minus| -minus).collect();
        for (i, dual) in duals.iter().enumerate() {
            values[columns + i] = (pull[columns + i] - dual) * equations.slackness[i];
        }
        for (value, _) in values.iter_mut().zip(&self.is_fixed).filter(|(_, is_fixed)| **is_fixed) {
            *value = 0.0;
        }

        let mut longest: f64 = 1.0;
        let mut multipliers = Vec::with_capacity(self.sides.len());
        for (at, side) in self.sides.iter().enumerate() {
            let (distance, change) = (self.distances[at], side.sign * values[side.variable]);
            let multiplier = (targets[at] - self.multipliers[at] * change) / distance;
            if change < 0.0 {
                longest = longest.min(-distance / change);
            }
            if multiplier < 0.0 {
                longest = longest.min(-self.multipliers[at] / multiplier);
            }
            multipliers.push(multiplier);
        }
        Direction { values, duals, multipliers, longest }
    }

    /// Solves [curvature, A'; A, -slackness] with the factors of the regularised system and refinement.
    fn solve(&mut self, equations: &Equations, right: Vec<f64>) -> Vec<f64> {
        let columns = self.costs.len();
        let largest = |of: &[f64]| of.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let accurate = 1e-9 + 1e-6 * largest(&right);
        let mut answer = right.clone();
        self.factors.solve(&mut answer);
        for _ in 0..REFINEMENTS {
            let mut miss = right.clone();
            for (j, curvature) in equations.curvature.iter().enumerate() {
                miss[j] -= curvature * answer[j];
            }
            for (i, row) in self.program.rows().iter().enumerate() {
                let at = columns + i;
                for &(column, coefficient) in &row.entries {
                    miss[at] -= coefficient * answer[column.index()];
                    miss[column.index()] -= coefficient * answer[at];
                }
                miss[at] += equations.slackness[i] * answer[at];
            }
            for j in (0..columns).filter(|&j| self.is_fixed[j]) {
                miss[j] = 0.0;
            }
            if largest(&miss) < accurate {
                break;
            }
            self.factors.solve(&mut miss);
            answer.iter_mut().zip(&miss).for_each(|(answer, miss)| *answer += miss);
        }
        answer
    }
}

/// The symbolic factorisation of [1, A'; A, -1] and where its diagonal is.
fn factors(program: &Program) -> Option<(QDLDLFactorisation<f64>, Vec<usize>)> {
    let (columns, rows) = (program.columns().len(), program.rows());
    let size = columns + rows.len();
    let mut starts = Vec::with_capacity(size + 1);
    let (mut indices, mut values, mut diagonal) = (Vec::new(), Vec::new(), Vec::with_capacity(size));
    for j in 0..columns {
        starts.push(indices.len());
        diagonal.push(indices.len());
        indices.push(j);
        values.push(1.0);
    }
    for (i, row) in rows.iter().enumerate() {
        starts.push(indices.len());
        let mut entries = row.entries.clone();
        entries.sort_unstable_by_key(|(column, _)| column.index());
        for (column, coefficient) in entries {
            indices.push(column.index());
            values.push(coefficient);
        }
        diagonal.push(indices.len());
        indices.push(columns + i);
        values.push(-1.0);
    }
    starts.push(indices.len());
    if size == 0 {
        return None;
    }
    let signs = (0..size).map(|k| if k < columns { 1 } else { -1 }).collect();
    let settings = QDLDLSettings { Dsigns: Some(signs), ..QDLDLSettings::default() };
    let matrix = CscMatrix::new(size, size, starts, indices, values);
    QDLDLFactorisation::new(&matrix, Some(settings)).ok().map(|factors| (factors, diagonal))
}
