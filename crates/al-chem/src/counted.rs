//! Tanimoto similarities of counts to many references at once.
//!
//! The sum of the lesser counts is Σ min(a, b), and that of the greater ones Σa + Σb less
//! it. So a query needs only the references that share an environment with it: for each of
//! its identifiers a list has the references with that identifier and their counts. All is
//! in integers, and so is exact and independent of threads.
//!
//! Cost of a query: the environments that it shares with references, and a pass over these.
//! Memory: 8 bytes per environment of a reference.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::fingerprint::EnvironmentCounts;
use crate::nearest::{BestSimilar, SimilarMolecule};
use crate::similarity::ratio;

/// Reference counts, prepared for queries.
#[derive(Debug)]
pub struct CountIndex {
    /// Where the list of each identifier begins and ends.
    lists: BTreeMap<u32, (u32, u32)>,
    /// References and their counts, list after list.
    entries: Vec<(u32, u32)>,
    /// The sum of the counts of each reference.
    sums: Vec<u32>,
}

impl CountIndex {
    /// Prepares references; folded and unfolded counts do alike, if all are of one kind.
    ///
    /// # Panics
    ///
    /// With more than `u32::MAX` references or environments.
    #[must_use]
    pub fn new(references: &[EnvironmentCounts]) -> CountIndex {
        let mut all: Vec<(u32, u32, u32)> = Vec::new();
        for (row, counts) in references.iter().enumerate() {
            let row = u32::try_from(row).expect("fewer references");
            all.extend(counts.as_slice().iter().map(|&(id, n)| (id, row, n)));
        }
        assert!(u32::try_from(all.len()).is_ok(), "too many environments");
        all.sort_unstable();
        let mut lists = BTreeMap::new();
        let mut from = 0;
        for list in all.chunk_by(|a, b| a.0 == b.0) {
            let to = from + list.len() as u32;
            lists.insert(list[0].0, (from, to));
            from = to;
        }
        let sum = |counts: &EnvironmentCounts| counts.as_slice().iter().map(|&(_, n)| n).sum();
        CountIndex {
            lists,
            entries: all.into_iter().map(|(_, row, n)| (row, n)).collect(),
            sums: references.iter().map(sum).collect(),
        }
    }

    /// Returns the number of references.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sums.len()
    }

    /// Whether there are no references.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    /// Returns the similarity of a query to each reference, in their order.
    #[must_use]
    pub fn similarities(&self, query: &EnvironmentCounts) -> Vec<f64> {
        let mut common = vec![0_u32; self.len()];
        let mut sum = 0;
        for &(id, n) in query.as_slice() {
            sum += n;
            if let Some(&(from, to)) = self.lists.get(&id) {
                for &(row, theirs) in &self.entries[from as usize..to as usize] {
                    common[row as usize] += n.min(theirs);
                }
            }
        }
        let pairs = common.iter().zip(&self.sums);
        pairs
            .map(|(&common, &theirs)| ratio(common, sum + theirs - common))
            .collect()
    }

    /// Returns the similarities of many queries, one row each, on the current rayon pool.
    #[must_use]
    pub fn similarities_all(&self, queries: &[EnvironmentCounts]) -> Vec<Vec<f64>> {
        let queries = queries.par_iter();
        queries.map(|query| self.similarities(query)).collect()
    }

    /// Returns the `min(k, len)` most similar references of a query, the most similar
    /// first, of equal ones the lower index first.
    #[must_use]
    pub fn nearest(&self, query: &EnvironmentCounts, k: usize) -> Vec<SimilarMolecule> {
        let mut best = BestSimilar::of(k.min(self.len()));
        if k > 0 {
            for (row, similarity) in self.similarities(query).into_iter().enumerate() {
                best.offer(similarity, row as u32);
            }
        }
        best.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similarity::tanimoto_of_counts;
    use crate::{FingerprintSize, Molecule, MorganOptions};

    fn counts() -> Vec<EnvironmentCounts> {
        let smiles = [
            "CCO",
            "CCCO",
            "c1ccccc1",
            "Cc1ccccc1",
            "OCC",
            "CC(=O)Oc1ccccc1C(=O)O",
            "[Na+]",
            "CCCCCO",
        ];
        let of = |smiles: &&str| {
            let molecule = Molecule::read(smiles).unwrap();
            molecule.environments(MorganOptions::ECFP4).unwrap()
        };
        smiles.iter().map(of).collect()
    }

    #[test]
    fn similarities_are_those_of_pairs() {
        let unfolded = counts();
        let fold = |one: &EnvironmentCounts| one.folded(FingerprintSize::Bits1024);
        let folded: Vec<EnvironmentCounts> = unfolded.iter().map(fold).collect();
        for references in [unfolded, folded] {
            let index = CountIndex::new(&references);
            let all = index.similarities_all(&references);
            for (query, found) in references.iter().zip(all) {
                let pair = |one: &EnvironmentCounts| tanimoto_of_counts(query, one);
                let expected: Vec<f64> = references.iter().map(pair).collect();
                assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn the_nearest_come_first_and_the_lower_index_of_equal_ones() {
        let references = counts();
        let index = CountIndex::new(&references);
        let nearest = index.nearest(&references[0], 3);
        let rows: Vec<usize> = nearest.iter().map(|one| one.index).collect();
        assert_eq!(rows, [0, 4, 1]);
        assert_eq!(index.nearest(&references[0], 100).len(), references.len());
        assert_eq!(index.nearest(&references[0], 0), []);
        assert!(CountIndex::new(&[]).nearest(&references[0], 2).is_empty());
    }
}
