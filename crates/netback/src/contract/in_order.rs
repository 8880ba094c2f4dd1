//! Work on all cores whose result does not depend on how many there are.

/// Results of `compute` for 0, 1, …, in that order, on as many threads as the pool has.
///
/// Sums over the results are taken by the caller, one after the other, so that they are the same on any number of
/// threads.
pub(crate) fn in_order<T: Send>(count: usize, compute: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        (0..count).into_par_iter().map(compute).collect()
    }
    #[cfg(not(feature = "parallel"))]
    {
        (0..count).map(compute).collect()
    }
}
