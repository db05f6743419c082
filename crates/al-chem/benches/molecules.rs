//! Reading molecules, and the nearest of 10 000 fingerprints.
//!
//! `cargo bench -p al-chem`

use al_chem::{FingerprintSize, Molecule, MorganOptions};
use al_core::tanimoto::{BitFingerprint, FingerprintIndex};
use divan::{Bencher, counter::ItemsCount};

const QUININE: &str = "COc1ccc2nccc([C@@H](O)[C@H]3CC4CCN3C[C@@H]4C=C)c2c1";

fn main() {
    divan::main();
}

#[divan::bench]
fn read(bencher: Bencher) {
    bencher.bench_local(|| Molecule::read(QUININE));
}

#[divan::bench]
fn read_and_canonical(bencher: Bencher) {
    bencher.bench_local(|| Molecule::read(QUININE).map(|m| m.key()));
}

#[divan::bench(args = [false, true])]
fn read_and_environments(bencher: Bencher, chirality: bool) {
    let options = MorganOptions::new(2, chirality).expect("a radius below 4");
    bencher.bench_local(|| Molecule::read(QUININE).map(|m| m.environments(options)));
}

#[divan::bench]
fn read_and_descriptors(bencher: Bencher) {
    bencher.bench_local(|| Molecule::read(QUININE).map(|m| m.descriptors()));
}

/// Fingerprints of 2048 bits, about 45 of them set, the first more often.
fn fingerprints(n: usize, mut state: u64) -> Vec<BitFingerprint> {
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let one = |_| {
        let mut words = [0_u64; FingerprintSize::Bits2048.bits() / 64];
        for _ in 0..35 + next() % 20 {
            let bit = (next() % 2048 * (next() % 2048) / 2048) as usize;
            words[bit / 64] |= 1 << (bit % 64);
        }
        BitFingerprint::from_words(&words)
    };
    (0..n).map(one).collect()
}

#[divan::bench(args = [1, 10], sample_count = 5)]
fn nearest_of_10k(bencher: Bencher, k: usize) {
    let index = FingerprintIndex::new(&fingerprints(10_000, 1));
    let queries = fingerprints(1000, 2);
    bencher
        .counter(ItemsCount::new(queries.len()))
        .bench_local(|| index.nearest_all(&queries, k));
}
