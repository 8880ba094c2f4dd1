//! Active-set polish: from an interior point to machine accuracy.
//!
//! The interior point tells which bounds and rows bind. With those as equations the optimality
//! conditions are linear; proximal refinement of the regularised KKT system solves them also where the
//! active rows are dependent or the Hessian is singular, and stays next to the interior point, whose
//! multipliers lie inside the optimal face. Wrong guesses show as wrong signs and are exchanged.
//! Source: as in the polish of OSQP (Stellato et al. 2020, section 5.2), with exchange rounds added.

use clarabel::algebra::CscMatrix;
use clarabel::qdldl::{QDLDLFactorisation, QDLDLSettings};

use crate::model_point::ModelPoint;
use crate::program::{Program, Solution};

/// Where a column or row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Lower,
    Upper,
    Between,
}

const ROUNDS: usize = 40;
/// Rounds without a better point after which exchanging is given up.
const PATIENCE: usize = 8;
const REFINEMENTS: usize = 60;
/// Larger is slower but steadier: dependent rows turn rounding into errors of 1e-16 / this.
const REGULARISATION: f64 = 1e-7;
/// Residual at which the equations of an active set count as solved.
const ACCURATE: f64 = 1e-12;

/// The polished solution of the quadratic model; the certificate decides whether it is better.
pub(crate) fn polish(
    program: &Program,
    costs: &[f64],
    quadratics: &[f64],
    bounds: &[(f64, f64)],
    start: &ModelPoint,
    tolerance: f64,
) -> Solution {
    let rows = program.rows();
    let mut x = start.columns.clone();
    let mut y = start.row_duals.clone();
    let mut column_places: Vec<Place> = bounds
        .iter()
        .zip(&x)
        .zip(&start.bound_duals)
        .zip(program.columns())
        .map(|(((&(lower, upper), &value), &[low_dual, high_dual]), column)| {
            if lower == upper || value - lower < low_dual / column.weight {
                Place::Lower
            } else if upper - value < high_dual / column.weight {
                Place::Upper
            } else {
                Place::Between
            }
        })
        .collect();
    let mut row_places: Vec<Place> = rows
        .iter()
        .zip(&y)
        .map(|(row, &dual)| {
            let activity = row.activity(&x);
            if row.lower == row.upper || activity - row.lower < dual / row.weight {
                Place::Lower
            } else if row.upper - activity < -dual / row.weight {
                Place::Upper
            } else {
                Place::Between
            }
        })
        .collect();

    let mut without_gain = 0;
    let mut best = (merit(program, costs, quadratics, bounds, &x, &y), x.clone(), y.clone());
    for _ in 0..ROUNDS {
        for (index, place) in column_places.iter().enumerate() {
            match place {
                Place::Lower => x[index] = bounds[index].0,
                Place::Upper => x[index] = bounds[index].1,
                Place::Between => {}
            }
        }
        for (index, place) in row_places.iter().enumerate() {
            if *place == Place::Between {
                y[index] = 0.0;
            }
        }
        if !refine(program, costs, quadratics, &column_places, &row_places, &mut x, &mut y) {
            break;
        }

        let reached = merit(program, costs, quadratics, bounds, &x, &y);
        if reached < best.0 {
            best = (reached, x.clone(), y.clone());
            without_gain = 0;
        } else {
            without_gain += 1;
        }
        if without_gain >= PATIENCE || best.0 <= tolerance {
            break;
        }

        // Exchange what has the wrong sign.
        let mut changed = false;
        let reduced_costs = reduced_costs(program, costs, quadratics, &x, &y);
        for (index, place) in column_places.iter_mut().enumerate() {
            let (lower, upper) = bounds[index];
            let price = reduced_costs[index] / program.columns()[index].weight;
            let next = match place {
                Place::Lower if lower < upper && price < -tolerance => Place::Between,
                Place::Upper if lower < upper && price > tolerance => Place::Between,
                Place::Between if x[index] < lower - tolerance => Place::Lower,
                Place::Between if x[index] > upper + tolerance => Place::Upper,
                _ => continue,
            };
            *place = next;
            changed = true;
        }
        // A binding row that is missed although all its columns stand at bounds: the cheapest one leaves.
        for (row, place) in rows.iter().zip(&row_places) {
            let bound = match place {
                Place::Lower => row.lower,
                Place::Upper => row.upper,
                Place::Between => continue,
            };
            let price = |j: usize| (reduced_costs[j] / program.columns()[j].weight).abs();
            let mut members = row.entries.iter().map(|(column, _)| column.index());
            if (row.activity(&x) - bound).abs() > tolerance
                && members.clone().all(|j| column_places[j] != Place::Between)
            {
                let movable = members.by_ref().filter(|&j| bounds[j].0 < bounds[j].1);
                if let Some(j) = movable.min_by(|&a, &b| price(a).total_cmp(&price(b))) {
                    column_places[j] = Place::Between;
                    changed = true;
                }
            }
        }
        for (index, place) in row_places.iter_mut().enumerate() {
            let row = &rows[index];
            if row.lower == row.upper {
                continue;
            }
            let price = y[index] / row.weight;
            let activity = row.activity(&x);
            let next = match place {
                Place::Lower if price < -tolerance => Place::Between,
                Place::Upper if price > tolerance => Place::Between,
                Place::Between if activity < row.lower - tolerance => Place::Lower,
                Place::Between if activity > row.upper + tolerance => Place::Upper,
                _ => continue,
            };
            *place = next;
            changed = true;
        }
        if !changed {
            break;
        }
    }
    (_, x, y) = best;

    // Residues of rounding: inside the bounds, and the right sign.
    for (value, &(lower, upper)) in x.iter_mut().zip(bounds) {
        *value = value.max(lower).min(upper);
    }
    for (dual, row) in y.iter_mut().zip(rows) {
        if row.lower == f64::NEG_INFINITY {
            *dual = dual.min(0.0);
        }
        if row.upper == f64::INFINITY {
            *dual = dual.max(0.0);
        }
    }
    Solution { columns: x, row_duals: y }
}

/// Largest violation of the optimality conditions of the model, in the user's units.
fn merit(
    program: &Program,
    costs: &[f64],
    quadratics: &[f64],
    bounds: &[(f64, f64)],
    x: &[f64],
    y: &[f64],
) -> f64 {
    let inside = |value: f64, lower: f64, upper: f64| value.max(lower).min(upper);
    let mut worst: f64 = 0.0;
    let mut grow = |violation: f64| {
        worst = if violation.is_finite() { worst.max(violation.abs()) } else { f64::INFINITY };
    };
    let reduced = reduced_costs(program, costs, quadratics, x, y);
    for (index, column) in program.columns().iter().enumerate() {
        let (lower, upper) = bounds[index];
        grow(x[index] - inside(x[index], lower, upper));
        grow(x[index] - inside(x[index] - reduced[index] / column.weight, lower, upper));
    }
    for (row, &dual) in program.rows().iter().zip(y) {
        let activity = row.activity(x);
        grow(activity - inside(activity, row.lower, row.upper));
        if row.lower != row.upper {
            grow(activity - inside(activity - dual / row.weight, row.lower, row.upper));
        }
    }
    worst
}

pub(crate) fn reduced_costs(
    program: &Program,
    costs: &[f64],
    quadratics: &[f64],
    x: &[f64],
    y: &[f64],
) -> Vec<f64> {
    let mut reduced: Vec<f64> = (0..x.len()).map(|j| costs[j] + quadratics[j] * x[j]).collect();
    for (row, &dual) in program.rows().iter().zip(y) {
        if dual != 0.0 {
            for &(column, coefficient) in &row.entries {
                reduced[column.index()] -= coefficient * dual;
            }
        }
    }
    reduced
}

/// Solves the equations of the active set by proximal refinement; false when the factorisation fails.
fn refine(
    program: &Program,
    costs: &[f64],
    quadratics: &[f64],
    column_places: &[Place],
    row_places: &[Place],
    x: &mut [f64],
    y: &mut [f64],
) -> bool {
    let free: Vec<usize> = (0..x.len()).filter(|&j| column_places[j] == Place::Between).collect();
    let mut position = vec![usize::MAX; x.len()];
    for (k, &j) in free.iter().enumerate() {
        position[j] = k;
    }
    // A row whose columns all stand at bounds has nothing left to decide; its multiplier stays.
    let has_free =
        |i: usize| program.rows()[i].entries.iter().any(|(column, _)| position[column.index()] != usize::MAX);
    let active: Vec<usize> =
        (0..y.len()).filter(|&i| row_places[i] != Place::Between && has_free(i)).collect();

    // Upper triangle of [Q + δ, A'; A, -δ], column by column: rows of A are columns of the lower block.
    let size = free.len() + active.len();
    let mut starts = Vec::with_capacity(size + 1);
    let (mut indices, mut values) = (Vec::new(), Vec::new());
    for (k, &j) in free.iter().enumerate() {
        starts.push(indices.len());
        indices.push(k);
        values.push(quadratics[j] + REGULARISATION);
    }
    let mut entries: Vec<(usize, f64)> = Vec::new();
    for (k, &i) in active.iter().enumerate() {
        starts.push(indices.len());
        entries.clear();
        entries.extend(
            program.rows()[i]
                .entries
                .iter()
                .filter(|(column, _)| position[column.index()] != usize::MAX)
                .map(|&(column, coefficient)| (position[column.index()], coefficient)),
        );
        entries.sort_unstable_by_key(|&(at, _)| at);
        for &(at, coefficient) in &entries {
            indices.push(at);
            values.push(coefficient);
        }
        indices.push(free.len() + k);
        values.push(-REGULARISATION);
    }
    starts.push(indices.len());
    if size == 0 {
        return true;
    }
    let signs = (0..size).map(|k| if k < free.len() { 1 } else { -1 }).collect();
    let settings = QDLDLSettings { Dsigns: Some(signs), ..QDLDLSettings::default() };
    let matrix = CscMatrix::new(size, size, starts, indices, values);
    let Ok(mut factors) = QDLDLFactorisation::new(&matrix, Some(settings)) else {
        return false;
    };

    let mut best = (f64::INFINITY, x.to_vec(), y.to_vec());
    let mut last = f64::INFINITY;
    let mut stalled = 0;
    let mut right = vec![0.0; size];
    for _ in 0..REFINEMENTS {
        let reduced = reduced_costs(program, costs, quadratics, x, y);
        let mut largest: f64 = 0.0;
        for (k, &j) in free.iter().enumerate() {
            right[k] = -reduced[j];
            largest = largest.max(reduced[j].abs());
        }
        for (k, &i) in active.iter().enumerate() {
            let row = &program.rows()[i];
            let bound = if row_places[i] == Place::Lower { row.lower } else { row.upper };
            let miss = bound - row.activity(x);
            right[free.len() + k] = miss;
            largest = largest.max(miss.abs());
        }
        if !largest.is_finite() {
            break;
        }
        if largest < best.0 {
            best.0 = largest;
            best.1.copy_from_slice(x);
            best.2.copy_from_slice(y);
        }
        stalled = if largest > 0.9 * last { stalled + 1 } else { 0 };
        last = largest;
        if largest < ACCURATE || stalled >= 5 {
            break;
        }
        factors.solve(&mut right);
        for (k, &j) in free.iter().enumerate() {
            x[j] += right[k];
        }
        for (k, &i) in active.iter().enumerate() {
            y[i] -= right[free.len() + k];
        }
    }
    x.copy_from_slice(&best.1);
    y.copy_from_slice(&best.2);
    best.0.is_finite()
}
