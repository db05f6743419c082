//! Scored candidates on their way past: those that are uncertain enough stay.

use std::collections::HashSet;

use al_core::phrases::counted;
use al_core::{Fault, Key, Tabular, encoder};
use al_tables::{Frame, Input, Sink};

use crate::read::Identities;

/// Keeps the scored rows above a threshold that are not measured.
pub(crate) struct Sieve<'a> {
    belief: &'a dyn Tabular,
    input: &'a Input,
    identities: Identities<'a>,
    threshold: f64,
    /// The column that is compared with it.
    uncertainty: String,
    measured: HashSet<Key>,
    seen: HashSet<Key>,
    /// Rows that have passed by.
    rows: usize,
    n_measured: usize,
    n_repeated: usize,
    kept: Vec<Frame>,
    keys: Vec<Key>,
}

impl<'a> Sieve<'a> {
    pub(crate) fn new(
        belief: &'a dyn Tabular,
        input: &'a Input,
        threshold: f64,
        prefix: &str,
    ) -> Sieve<'a> {
        Sieve {
            belief,
            input,
            identities: Identities::new(belief, true),
            threshold,
            uncertainty: format!("{prefix}uncertainty"),
            measured: belief.observed().keys().iter().copied().collect(),
            seen: HashSet::new(),
            rows: 0,
            n_measured: 0,
            n_repeated: 0,
            kept: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// How many rows were left out whatever their uncertainty, and why.
    pub(crate) fn left_out(&self) -> (usize, Vec<String>) {
        let reasons = [
            (self.n_measured, "because they are measured already"),
            (self.n_repeated, "as duplicates of another candidate"),
        ];
        let sentences = reasons
            .into_iter()
            .filter(|&(n, _)| n > 0)
            .map(|(n, why)| format!("excluded {why}: {}", counted(n, "row")))
            .collect();
        (self.n_measured + self.n_repeated, sentences)
    }

    /// The rows that stayed and their keys.
    pub(crate) fn rows(self) -> Result<(Frame, Vec<Key>), Fault> {
        Ok((Frame::concat(self.kept)?, self.keys))
    }
}

impl Sink for &mut Sieve<'_> {
    fn write(&mut self, block: &Frame) -> Result<(), Fault> {
        let names: Vec<&str> = self.belief.encoder().schema.names().collect();
        let table = block.table(Some(&names))?;
        let keys = self.identities.keys(self.input, block, &table, self.rows)?;
        self.rows += block.n_rows();
        let uncertainty = numbers(block, &self.uncertainty)?;
        let mut kept = Vec::new();
        for (row, key) in keys.into_iter().enumerate() {
            if self.measured.contains(&key) {
                self.n_measured += 1;
            } else if !self.seen.insert(key) {
                self.n_repeated += 1;
            } else if uncertainty[row] > self.threshold {
                kept.push(row);
                self.keys.push(key);
            }
        }
        // A table without rows has the columns, too.
        if !kept.is_empty() || self.kept.is_empty() {
            self.kept.push(block.take(&kept));
        }
        Ok(())
    }
}

/// A column of numbers that scoring added.
pub(crate) fn numbers(frame: &Frame, name: &str) -> Result<Vec<f64>, Fault> {
    let table = frame.table(Some(&[name]))?;
    let numbers = encoder::numbers(&table, name).map_err(|error| {
        Fault::data(format!(
            "the column '{name}' is not what scoring writes: {error}"
        ))
        .remedy("remove it for the tests to be scored")
    })?;
    Ok(numbers.values.clone())
}
