//! Measured structures, to be named beside the rows that are like them.

use al_core::{Tabular, Task};
use al_words::numbers::short;

use super::distances::MostSimilar;

/// Similarity below which nothing measured tells of a structure: predictions are then for
/// another kind of it. Compounds of a series share more than half of their environments,
/// and unrelated ones of the size of drugs a tenth to a third.
pub(crate) const DOMAIN: f64 = 0.35;

/// The structures that a belief has learned from.
pub(crate) struct MeasuredStructures<'a> {
    belief: &'a dyn Tabular,
    learned: Vec<usize>,
    column: &'a str,
}

impl<'a> MeasuredStructures<'a> {
    /// Those of `belief`, whose rows have structures.
    pub(crate) fn of(belief: &'a dyn Tabular) -> MeasuredStructures<'a> {
        let structure = belief.encoder().schema.structure();
        MeasuredStructures {
            belief,
            learned: belief.observed().learned(),
            column: structure.map_or("", |(name, _)| name),
        }
    }

    /// The structure of a learned row, as it was written.
    pub(crate) fn text(&self, learned: usize) -> String {
        let features = self.belief.observed().features();
        let column = features.column(self.column);
        let text = column.and_then(|column| column.text(self.learned[learned]));
        text.unwrap_or_default()
    }

    /// What was measured of a learned row, in words.
    fn value(&self, learned: usize) -> String {
        let value = self.belief.observed().values()[self.learned[learned]];
        match self.belief.task() {
            Task::Classification => {
                let class = self.belief.classes().get(value as usize);
                class.map_or_else(String::new, |class| format!("'{class}'"))
            }
            Task::Regression => match self.belief.columns().target_unit {
                Some(unit) => format!("{} {unit}", short(value)),
                None => short(value),
            },
        }
    }

    /// How a row stands to what was measured, in words; `typical` is the similarity of the
    /// median candidate.
    pub(crate) fn standing(&self, row: MostSimilar, typical: f64) -> String {
        let named = format!(
            "'{}' with {}",
            self.text(row.learned),
            self.value(row.learned)
        );
        let similarity = short(row.similarity);
        if row.similarity <= DOMAIN {
            return format!(
                "no measured molecule above similarity {DOMAIN}: the nearest is {named} at {similarity}"
            );
        }
        format!(
            "nearest measured molecule {named} at similarity {similarity} (the median candidate: {})",
            short(typical)
        )
    }
}
