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

use super::nearest::BestSimilar;
use super::{SimilarRow, ratio};

/// Reference counts, prepared for queries.
#[derive(Debug, Clone)]
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
    pub fn new<R>(references: impl IntoIterator<Item = R>) -> CountIndex
    where
        R: IntoIterator<Item = (u32, u32)>,
    {
        let mut all: Vec<(u32, u32, u32)> = Vec::new();
        let mut sums = Vec::new();
        for (row, counts) in references.into_iter().enumerate() {
            let row = u32::try_from(row).expect("fewer references");
            let from = all.len();
            all.extend(counts.into_iter().map(|(id, n)| (id, row, n)));
            sums.push(all[from..].iter().map(|&(_, _, n)| n).sum());
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
        CountIndex {
            lists,
            entries: all.into_iter().map(|(_, row, n)| (row, n)).collect(),
            sums,
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
    pub fn similarities(&self, query: impl IntoIterator<Item = (u32, u32)>) -> Vec<f64> {
        let mut common = vec![0_u32; self.len()];
        let mut sum = 0;
        for (id, n) in query {
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

    /// Returns the `min(k, len)` most similar references of a query, the most similar
    /// first, of equal ones the lower index first.
    #[must_use]
    pub fn nearest(
        &self,
        query: impl IntoIterator<Item = (u32, u32)>,
        k: usize,
    ) -> Vec<SimilarRow> {
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
    use crate::tanimoto::tanimoto_of_counts;

    const ROWS: [&[(u32, u32)]; 6] = [
        &[(1, 2), (4, 1)],
        &[(1, 1), (4, 1), (9, 3)],
        &[(2, 5)],
        &[(1, 2), (4, 1)],
        &[],
        &[(4, 7), (9, 1), (4_000_000_000, 2)],
    ];

    fn index() -> CountIndex {
        CountIndex::new(ROWS.map(|row| row.iter().copied()))
    }

    #[test]
    fn similarities_are_those_of_pairs() {
        let index = index();
        for query in ROWS {
            let expected = ROWS.map(|row| tanimoto_of_counts(query, row));
            assert_eq!(index.similarities(query.iter().copied()), expected);
        }
    }

    #[test]
    fn the_nearest_come_first_and_the_lower_index_of_equal_ones() {
        let index = index();
        let nearest = |k: usize| index.nearest(ROWS[0].iter().copied(), k);
        let rows: Vec<usize> = nearest(3).iter().map(|one| one.index).collect();
        assert_eq!(rows, [0, 3, 1]);
        assert_eq!(nearest(100).len(), ROWS.len());
        assert_eq!(nearest(0), []);
        let none = CountIndex::new(Vec::<Vec<(u32, u32)>>::new());
        assert!(none.is_empty() && none.nearest([(1, 1)], 2).is_empty());
    }
}
