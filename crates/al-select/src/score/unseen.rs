//! What is worth a warning about candidates.

use std::collections::{BTreeMap, BTreeSet};

use al_core::key::to_twelve_digits;
use al_core::phrases::{counted, listed};
use al_core::{FeatureRanges, Messages, Table, Tabular};

use super::borrowers::Borrowers;

/// Rows this far beyond a range, in ranges, are worth a warning: candidates that are
/// drawn like the measured rows are beyond it by a hair now and then.
const FAR: f64 = 0.1;

/// Columns beyond whose ranges rows are told one by one.
const COLUMNS: usize = 4;

/// What is worth a warning about candidates: categories that training never saw,
/// numbers far beyond those measured, and hardware that borrows.
#[derive(Debug)]
pub struct Unseen {
    /// What a row is called.
    row: &'static str,
    levels: BTreeSet<(String, String)>,
    beyond: BeyondRanges,
    borrowers: Borrowers,
}

/// Candidates beyond the ranges of the measured rows.
#[derive(Debug, Default)]
struct BeyondRanges {
    measured: Option<FeatureRanges>,
    /// Per range the rows beyond it, and how far the farthest is.
    found: Vec<(usize, f64)>,
    rows: usize,
}

impl BeyondRanges {
    /// Looks at the rows of `table`, and names per row the features that are far beyond.
    fn note(&mut self, belief: &dyn Tabular, table: &Table) -> Vec<Option<String>> {
        let measured = self.measured.get_or_insert_with(|| measured(belief));
        let found = measured.beyond(table, FAR);
        self.found.resize(found.len(), (0, 0.0));
        for (all, (rows, farthest)) in self.found.iter_mut().zip(found) {
            *all = (all.0 + rows, all.1.max(farthest));
        }
        self.rows += table.n_rows();
        measured.features_beyond(table, FAR)
    }

    /// A sentence per feature with rows far beyond its range, which are called `row`.
    fn sentences(&self, row: &str) -> impl Iterator<Item = String> + use<> {
        let ranges = self.measured.iter().flat_map(FeatureRanges::ranges);
        let far: Vec<_> = ranges
            .zip(&self.found)
            .filter(|(_, (rows, _))| *rows > 0)
            .collect();
        let more = (far.len() > COLUMNS).then(|| {
            let named: Vec<&str> = far.iter().map(|(range, _)| range.feature.as_str()).collect();
            let most = far.iter().map(|(_, (rows, _))| *rows).max().unwrap_or_default();
            format!(
                "{} columns hold numbers far beyond those measured, in up to {most} of {}, where predictions are guesses: {}",
                far.len(),
                counted(self.rows, row),
                listed(&named, COLUMNS),
            )
        });
        let each = match more {
            Some(_) => Vec::new(),
            None => far,
        };
        let each = each.into_iter().map(|(range, (rows, _))| {
            let values = match range.low < range.high {
                true => format!("from {} to {}", shown(range.low), shown(range.high)),
                false => format!("at {}", shown(range.low)),
            };
            let verb = if *rows == 1 { "is" } else { "are" };
            format!(
                "column '{}' was measured {values} only: {rows} of {} {verb} far beyond, where predictions are guesses",
                range.feature,
                counted(self.rows, row),
            )
        });
        more.into_iter().chain(each.collect::<Vec<_>>())
    }
}

/// A number without the digits that adding up has left, and without hundreds of zeros.
fn shown(value: f64) -> String {
    let value = to_twelve_digits(value);
    match value == 0.0 || (1e-6..1e15).contains(&value.abs()) {
        true => value.to_string(),
        false => format!("{value:e}"),
    }
}

/// A category that differs from a measured one in its spelling only, with that one.
fn spelled_otherwise<'a>(
    belief: &'a dyn Tabular,
    column: &str,
    levels: &[&'a str],
) -> Option<(&'a str, &'a str)> {
    let schema = &belief.encoder().schema;
    let known = |&level: &&'a str| Some((level, schema.spelled_otherwise(column, level)?));
    levels.iter().find_map(known)
}

/// The ranges of what a model has learned from.
fn measured(belief: &dyn Tabular) -> FeatureRanges {
    let observed = belief.observed();
    let learned = observed.features().take(&observed.learned());
    FeatureRanges::of(&belief.encoder().schema, &learned)
}

/// Per row of `table` the features whose numbers are far beyond those measured.
pub(crate) fn far_beyond(belief: &dyn Tabular, table: &Table) -> Vec<Option<String>> {
    measured(belief).features_beyond(table, FAR)
}

impl Unseen {
    /// Nothing yet, of rows that are called `row`.
    #[must_use]
    pub fn among(row: &'static str) -> Unseen {
        Unseen {
            row,
            levels: BTreeSet::new(),
            beyond: BeyondRanges::default(),
            borrowers: Borrowers::default(),
        }
    }

    /// Looks at the rows of `table`. Returns per row the features, parted by semicolons,
    /// whose numbers are far beyond those measured.
    ///
    /// # Panics
    ///
    /// If the table does not fit the model.
    pub fn note(&mut self, belief: &dyn Tabular, table: &Table) -> Vec<Option<String>> {
        self.levels
            .extend(belief.encoder().unseen(table).expect("encoded before"));
        self.borrowers.note(belief, table);
        self.beyond.note(belief, table)
    }

    /// A sentence per column, naming at most five categories; per column with numbers
    /// far beyond those measured; then what there is to say of borrowing.
    #[must_use]
    pub fn sentences(&self, belief: &dyn Tabular) -> Messages {
        let mut columns: BTreeMap<&str, Vec<&str>> = Default::default();
        for (column, level) in &self.levels {
            let borrows =
                belief.columns().hardware == Some(column.as_str()) && self.borrowers.has(level);
            if !borrows {
                columns.entry(column).or_default().push(level);
            }
        }
        let row = self.row;
        let unknown = columns
            .into_iter()
            .map(|(column, levels)| {
                let more = match levels.len().saturating_sub(5) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let named: Vec<String> =
                    levels.iter().take(5).map(|level| format!("'{level}'")).collect();
                let spelled = spelled_otherwise(belief, column, &levels);
                let asked = spelled.map_or_else(String::new, |(level, known)| {
                    format!("; is '{level}' the '{known}' that was?")
                });
                format!(
                    "column '{column}' holds {}{more}, never measured: these {row}s count as unknown and are more uncertain{asked}",
                    named.join(", ")
                )
            });
        unknown
            .chain(self.beyond.sentences(self.row))
            .chain(self.borrowers.sentences(belief))
            .chain(belief.borrowing_failure())
            .collect()
    }
}
