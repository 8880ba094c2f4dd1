//! The simplex method for programmes with few rows and very many columns that need not be listed.
//!
//! maximise Σ c_j λ_j subject to Σ a_j λ_j = b, λ_j ≥ 0 unless column j is free. The basis is as large as a
//! column is long; the columns outside are only asked for the one that gains most. Source: Dantzig 1963
//! (revised simplex); Bland 1977 (no cycling).

use super::number::Number;

/// Steps without gain after which Bland's rule chooses, so that no cycle can form.
const PATIENCE: usize = 30;

/// The columns of a programme.
pub(crate) trait Columns<N> {
    /// Name of a column; Bland's rule prefers the smaller.
    type Id: Copy + Ord + std::fmt::Debug;

    /// A column that gains at these prices, the one that gains most unless the first is asked for.
    fn gaining(&self, prices: &[N], first: bool) -> Option<Self::Id>;
    /// Coefficients of a column.
    fn coefficients(&self, column: Self::Id) -> Vec<N>;
    /// Objective of a column.
    fn objective(&self, column: Self::Id) -> N;
    /// Whether a column may be negative; it is in the basis from the start and never leaves.
    fn is_free(&self, column: Self::Id) -> bool;
}

/// An optimal basis.
pub(crate) struct Optimum<N, Id> {
    /// Columns of the basis.
    pub basis: Vec<Id>,
    /// Their values.
    pub values: Vec<N>,
    /// Price of each row.
    pub prices: Vec<N>,
    /// Changes of the basis.
    pub steps: usize,
}

/// Starts at a basis that is feasible and walks to an optimal one.
///
/// Errors: the basis is singular, the objective grows without end, or the walk does not end; the first two
/// cannot be without rounding, nor can the last.
pub(crate) fn maximise<N: Number, C: Columns<N>>(
    columns: &C,
    mut basis: Vec<C::Id>,
    right_side: &[N],
    tolerance: f64,
) -> Result<Optimum<N, C::Id>, String> {
    let size = basis.len();
    let limit = if N::ROUNDS { 2000 + 200 * size } else { usize::MAX };
    let mut best: Option<N> = None;
    let mut idle = 0;
    for steps in 0..limit {
        let matrix: Vec<Vec<N>> = basis.iter().map(|&column| columns.coefficients(column)).collect();
        let objectives: Vec<N> = basis.iter().map(|&column| columns.objective(column)).collect();
        // Prices: every column of the basis is worth its objective.
        let prices = solve_square(matrix.clone(), vec![objectives.clone()])
            .and_then(|mut solutions| solutions.pop())
            .ok_or("a singular basis")?;
        let transposed: Vec<Vec<N>> =
            (0..size).map(|row| matrix.iter().map(|column| column[row].clone()).collect()).collect();
        let first = idle > PATIENCE;
        let Some(entering) = columns.gaining(&prices, first) else {
            let values = solve_square(transposed, vec![right_side.to_vec()])
                .and_then(|mut solutions| solutions.pop())
                .ok_or("a singular basis")?;
            return Ok(Optimum { basis, values, prices, steps });
        };
        let sides = vec![right_side.to_vec(), columns.coefficients(entering)];
        let solved = solve_square(transposed, sides).ok_or("a singular basis")?;
        let (values, direction) = (&solved[0], &solved[1]);
        let objective =
            values.iter().zip(&objectives).fold(N::zero(), |sum, (value, c)| sum.plus(&value.times(c)));
        let rises = best.as_ref().is_none_or(|best| objective.minus(best).is_above(tolerance));
        idle = if rises { 0 } else { idle + 1 };
        if rises {
            best = Some(objective);
        }
        let leaving = leaving(columns, &basis, values, direction, first).ok_or("an unbounded programme")?;
        basis[leaving] = entering;
    }
    Err("the simplex method does not end".into())
}

/// The column that reaches zero first as the entering one grows; of equal ones the one with the largest pivot
/// when arithmetic rounds, the smallest name otherwise.
fn leaving<N: Number, C: Columns<N>>(
    columns: &C,
    basis: &[C::Id],
    values: &[N],
    direction: &[N],
    first: bool,
) -> Option<usize> {
    const SMALLEST_PIVOT: f64 = 1e-9;
    let mut chosen: Option<(usize, N)> = None;
    for (at, (&column, step)) in basis.iter().zip(direction).enumerate() {
        if columns.is_free(column) || !step.is_above(SMALLEST_PIVOT) {
            continue;
        }
        // A value that rounding left below zero is zero.
        let value = if values[at] < N::zero() { N::zero() } else { values[at].clone() };
        let ratio = value.over(step);
        let is_better = match &chosen {
            None => true,
            Some((best, least)) => {
                let gap = ratio.minus(least);
                let is_tie = gap.is_within(1e-12);
                let prefers = match N::ROUNDS && !first {
                    true => *step > direction[*best],
                    false => column < basis[*best],
                };
                is_tie && prefers || !is_tie && gap < N::zero()
            }
        };
        if is_better {
            chosen = Some((at, ratio));
        }
    }
    chosen.map(|(at, _)| at)
}

/// Solves A x = b for several b by elimination, rows of A first; none when A is singular.
fn solve_square<N: Number>(mut rows: Vec<Vec<N>>, mut sides: Vec<Vec<N>>) -> Option<Vec<Vec<N>>> {
    let size = rows.len();
    for pivot in 0..size {
        let candidates = pivot..size;
        let best = match N::ROUNDS {
            true => candidates.max_by(|&a, &b| {
                rows[a][pivot].float().abs().total_cmp(&rows[b][pivot].float().abs())
            })?,
            false => candidates.into_iter().find(|&row| rows[row][pivot] != N::zero())?,
        };
        if rows[best][pivot].is_within(1e-11) {
            return None;
        }
        rows.swap(pivot, best);
        for side in &mut sides {
            side.swap(pivot, best);
        }
        let (above, below) = rows.split_at_mut(pivot + 1);
        let head = &above[pivot];
        for (at, row) in below.iter_mut().enumerate() {
            if row[pivot] == N::zero() {
                continue;
            }
            let factor = row[pivot].over(&head[pivot]);
            for (entry, other) in row.iter_mut().zip(head).skip(pivot) {
                if *other != N::zero() {
                    *entry = entry.minus(&factor.times(other));
                }
            }
            for side in &mut sides {
                if side[pivot] != N::zero() {
                    side[pivot + 1 + at] = side[pivot + 1 + at].minus(&factor.times(&side[pivot]));
                }
            }
        }
    }
    for side in &mut sides {
        for row in (0..size).rev() {
            let known = (row + 1..size).fold(side[row].clone(), |left, column| {
                match rows[row][column] == N::zero() || side[column] == N::zero() {
                    true => left,
                    false => left.minus(&rows[row][column].times(&side[column])),
                }
            });
            side[row] = known.over(&rows[row][row]);
        }
    }
    Some(sides)
}
