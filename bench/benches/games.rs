//! Solution concepts beside `coopgame`: Shapley values of 2^12, 2^16 and 2^20 coalitions, nucleoli of 8 to 14 players.

use std::hint::black_box;

use coopgame::ExplicitGame;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use netback::bargaining::{Coalition, Game};

/// A game without ties in which larger coalitions earn more: the square of the size, times a number from 0.9 to 1.1.
fn game(players: usize) -> Game {
    let names = (1..=players).map(|player| player.to_string()).collect();
    let value = |coalition: Coalition| {
        let mut z = coalition.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let share = ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        match coalition.size() {
            1 => 0.0,
            size => (size * size) as f64 * (0.9 + 0.2 * share),
        }
    };
    Game::from_function(names, netback::bargaining::Measure::Gain, value).expect("a game")
}

fn shapley(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("shapley");
    group.sample_size(10);
    for players in [12, 16, 20] {
        let ours = game(players);
        let theirs = ExplicitGame::from_binary(&ours.values()[1..]).expect("a game");
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        group.bench_function(BenchmarkId::new("netback, 1 thread", players), |bencher| {
            one.install(|| bencher.iter(|| black_box(ours.shapley())))
        });
        group.bench_function(BenchmarkId::new("coopgame", players), |bencher| {
            bencher.iter(|| black_box(coopgame::values::shapley(&theirs)))
        });
    }
    group.finish();
}

fn nucleolus(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("nucleolus");
    group.sample_size(10);
    for players in [8, 10, 12, 14] {
        let ours = game(players);
        let theirs = ExplicitGame::from_binary(&ours.values()[1..]).expect("a game");
        let found = ours.nucleolus().expect("certified").payoffs;
        let other = coopgame::nucleolus::nucleolus(&theirs).expect("theirs");
        let apart = found.iter().zip(other.allocation()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(apart < 1e-6, "{players} players: {apart}");
        group.bench_function(BenchmarkId::new("netback with certificate", players), |bencher| {
            bencher.iter(|| black_box(ours.nucleolus()))
        });
        group.bench_function(BenchmarkId::new("coopgame", players), |bencher| {
            bencher.iter(|| black_box(coopgame::nucleolus::nucleolus(&theirs)))
        });
        group.bench_function(BenchmarkId::new("coopgame with its certificate", players), |bencher| {
            bencher.iter(|| {
                let found = coopgame::nucleolus::nucleolus(&theirs).expect("theirs");
                black_box(coopgame::verify::kohlberg(
                    &theirs,
                    found.allocation(),
                    coopgame::Domain::Imputation,
                ))
            })
        });
    }
    group.finish();
}

criterion_group!(benches, shapley, nucleolus);
criterion_main!(benches);
