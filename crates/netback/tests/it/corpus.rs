//! Replays the fuzzing corpus: every reader and the solver on every kept input, without a fuzzer.

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

#[path = "../../../../fuzz/harness.rs"]
mod harness;

#[test]
fn the_corpus_is_replayed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, target) in harness::TARGETS {
        let entries = std::fs::read_dir(root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut replayed = 0;
        for entry in entries {
            let path = entry.expect("readable").path();
            let bytes = std::fs::read(&path).expect("readable");
            let done = std::panic::catch_unwind(|| target(&bytes));
            assert!(done.is_ok(), "{} brings the reader down", path.display());
            replayed += 1;
        }
        assert!(replayed > 0, "the corpus of {name} is empty");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(2011), ..ProptestConfig::default() })]

    /// Any bytes at all, and any change of a few bytes of the corpus.
    #[test]
    fn no_bytes_bring_a_reader_down(which in 0..harness::TARGETS.len(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        harness::TARGETS[which].1(&bytes);
    }
}
