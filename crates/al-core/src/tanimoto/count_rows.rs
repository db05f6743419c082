//! Counts of many rows, most of which are 0.

use super::BitFingerprint;

/// Per row the counts that are not 0, by ascending identifier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CountRows {
    /// Where each row ends.
    ends: Vec<usize>,
    /// Identifiers and counts, row after row.
    entries: Vec<(u16, u16)>,
}

impl CountRows {
    /// No rows, with room for so many.
    #[must_use]
    pub fn with_capacity(rows: usize) -> CountRows {
        CountRows {
            ends: Vec::with_capacity(rows),
            entries: Vec::new(),
        }
    }

    /// Adds a row, by ascending identifier; counts beyond `u16` are the largest that it holds.
    ///
    /// # Panics
    ///
    /// With an identifier beyond `u16`.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, u32)>) {
        let narrow = |(id, n): (u32, u32)| {
            let id = u16::try_from(id).expect("a folded identifier");
            (id, u16::try_from(n).unwrap_or(u16::MAX))
        };
        self.entries.extend(row.into_iter().map(narrow));
        self.ends.push(self.entries.len());
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.ends.len()
    }

    /// Returns the identifiers of a row with their counts.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (u32, u32)> + Clone + '_ {
        self.narrow(row)
            .iter()
            .map(|&(id, n)| (u32::from(id), u32::from(n)))
    }

    fn narrow(&self, row: usize) -> &[(u16, u16)] {
        let from = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[from..self.ends[row]]
    }

    /// Returns the given rows, in the given order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> CountRows {
        let mut taken = CountRows::with_capacity(rows.len());
        for &row in rows {
            taken.entries.extend_from_slice(self.narrow(row));
            taken.ends.push(taken.entries.len());
        }
        taken
    }

    /// Adds the rows of `other` below these.
    pub fn extend(&mut self, other: &CountRows) {
        let before = self.entries.len();
        self.entries.extend_from_slice(&other.entries);
        self.ends.extend(other.ends.iter().map(|end| before + end));
    }

    /// Returns the bits of a row: those whose count is not 0.
    #[must_use]
    pub fn bits(&self, row: usize, size: usize) -> BitFingerprint {
        let ones = self.narrow(row).iter().map(|&(id, _)| usize::from(id));
        BitFingerprint::of_ones(size, ones)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(all: &[&[(u32, u32)]]) -> CountRows {
        let mut rows = CountRows::default();
        all.iter().for_each(|row| rows.push(row.iter().copied()));
        rows
    }

    #[test]
    fn rows_are_taken_and_put_together() {
        let (a, b): (&[_], &[_]) = (&[(1, 2), (5, 1)], &[(7, 70_000)]);
        let all = rows(&[a, &[], b]);
        assert_eq!(all.take(&[2, 1, 0]), rows(&[b, &[], a]));
        assert_eq!(all.row(2).collect::<Vec<_>>(), [(7, 65_535)]);
        let mut twice = rows(&[a]);
        twice.extend(&rows(&[&[], b]));
        assert_eq!(twice, all);
        assert_eq!(all.bits(0, 64).ones().collect::<Vec<_>>(), [1, 5]);
    }
}
