//! Times apart, size and certificate at 1, 5 and 10 years, with either factorisation.

use std::time::Instant;

use netback::market::MarketProblem;
use netback_bench::world;
use netback_solve::{Factorisation, Settings, solve};

fn main() {
    println!(
        "years factorisation columns rows coefficients build_s solve_s polish_s certify_s iterations residual"
    );
    let wanted: Vec<i32> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    for years in if wanted.is_empty() { vec![1, 5, 10] } else { wanted } {
        let case = world(years);
        let begun = Instant::now();
        let problem = MarketProblem::of(&case);
        let build = begun.elapsed().as_secs_f64();
        for factorisation in [Factorisation::Simplicial, Factorisation::Supernodal] {
            let settings = Settings { factorisation, clock, ..Settings::default() };
            let outcome = solve(problem.program(), &settings);
            let residual = outcome.held.map_or(f64::NAN, |held| held.certificate().natural_residual);
            let program = problem.program();
            println!(
                "{years} {factorisation:?} {} {} {} {build:.3} {:.3} {:.3} {:.3} {} {residual:.1e}",
                program.columns().len(),
                program.rows().len(),
                program.nonzeros(),
                outcome.times.solve,
                outcome.times.polish,
                outcome.times.certify,
                outcome.iterations,
            );
        }
    }
}

fn clock() -> f64 {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}
