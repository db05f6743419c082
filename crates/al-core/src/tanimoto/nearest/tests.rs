use super::*;
use crate::Seed;
use crate::tanimoto::tanimoto;

/// Fingerprints with about one bit of `rarity` set.
fn fingerprints(n: usize, words: usize, rarity: u64, seed: u64) -> Vec<BitFingerprint> {
    let mut state = Seed(seed).derive("bits", 0).0 | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..n)
        .map(|_| {
            let share = rarity + next() % rarity;
            let words: Vec<u64> = (0..words)
                .map(|_| (0..64).fold(0, |word, bit| word | u64::from(next() % share == 0) << bit))
                .collect();
            BitFingerprint::from_words(&words)
        })
        .collect()
}

/// All similarities, sorted.
fn by_hand(references: &[BitFingerprint], query: &BitFingerprint, k: usize) -> Vec<SimilarRow> {
    let mut all: Vec<SimilarRow> = references
        .iter()
        .enumerate()
        .map(|(index, reference)| SimilarRow {
            index,
            similarity: tanimoto(query, reference),
        })
        .collect();
    all.sort_by(|a, b| {
        b.similarity
            .total_cmp(&a.similarity)
            .then(a.index.cmp(&b.index))
    });
    all.truncate(k);
    all
}

#[test]
fn the_nearest_are_those_of_all_pairs() {
    for (words, rarity) in [(32, 40), (16, 20), (16, 2), (3, 30)] {
        let mut references = fingerprints(700, words, rarity, 1);
        references.extend_from_within(..50);
        references.push(BitFingerprint::from_words(&vec![0; words]));
        let mut queries = fingerprints(40, words, rarity, 2);
        queries.push(references[7].clone());
        queries.push(BitFingerprint::from_words(&vec![0; words]));
        let index = FingerprintIndex::new(&references);
        for k in [1, 5, 800, 0] {
            let found = index.nearest_all(&queries, k);
            for (query, found) in queries.iter().zip(found) {
                assert_eq!(found, by_hand(&references, query, k));
            }
        }
    }
}

#[test]
fn every_instruction_set_counts_alike() {
    for words in [32, 16, 5] {
        let references = fingerprints(BLOCK, words, 3, 3);
        let query = &fingerprints(1, words, 3, 4)[0];
        let all: Vec<u64> = references
            .iter()
            .flat_map(|one| one.words().to_vec())
            .collect();
        let mut expected = [0; BLOCK];
        popcount::common_bits(
            PopcountInstructions::Portable,
            query.words(),
            &all,
            &mut expected,
        );
        for instructions in PopcountInstructions::available() {
            let mut common = [0; BLOCK];
            popcount::common_bits(instructions, query.words(), &all, &mut common);
            assert_eq!(common, expected, "{instructions:?}");
        }
    }
}

#[test]
fn threads_change_nothing() {
    let references = fingerprints(300, 32, 30, 5);
    let queries = fingerprints(100, 32, 30, 6);
    let index = FingerprintIndex::new(&references);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| index.nearest_all(&queries, 3))
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn no_references_have_no_neighbours() {
    let index = FingerprintIndex::new(&[]);
    assert!(index.is_empty());
    assert_eq!(index.nearest(&BitFingerprint::from_words(&[1; 32]), 3), []);
}
