//! What is worth a warning about candidates.

use std::collections::{BTreeMap, BTreeSet};

use al_core::key::to_twelve_digits;
use al_core::phrases::{counted, listed, rounded};
use al_core::{FeatureRanges, Message, Messages, Table, Tabular, setting};

use super::borrowers::Borrowers;
use super::distances::MostSimilar;
use super::measured_structures::DOMAIN;

/// Rows this far beyond a range, in ranges, are worth a warning: candidates that are
/// drawn like the measured rows are beyond it by a hair now and then.
const FAR: f64 = 0.1;

/// Categories that are named of a column.
const NAMED: usize = 5;

/// Columns beyond whose ranges rows are told one by one.
const COLUMNS: usize = 4;

/// What is worth a warning about candidates: categories that the model does not
/// know, numbers outside the ranges measured, and hardware that borrows.
#[derive(Debug)]
pub struct Unseen {
    /// What a row is called.
    row: &'static str,
    levels: BTreeSet<(String, String)>,
    beyond: BeyondRanges,
    borrowers: Borrowers,
    /// Rows with structures, and those of them that are like no measured one.
    structures: (usize, usize),
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
                "{} columns hold numbers outside the ranges measured, in up to {most} of {}, where predictions are guesses: {}",
                far.len(),
                counted(self.rows, row),
                listed(&named, COLUMNS),
            )
        });
        let each = match more {
            Some(_) => Vec::new(),
            None => far,
        };
        let each = each.into_iter().map(|(range, (rows, farthest))| {
            let (values, outside) = match range.low < range.high {
                true => (
                    format!("from {} to {}", shown(range.low), shown(range.high)),
                    format!("outside by up to {}", in_ranges(*farthest)),
                ),
                false => (
                    format!("at {}", shown(range.low)),
                    "at other values".to_owned(),
                ),
            };
            let verb = if *rows == 1 { "is" } else { "are" };
            format!(
                "column '{}' was measured {values} only: {rows} of {} {verb} {outside}, where predictions are guesses",
                range.feature,
                counted(self.rows, row),
            )
        });
        more.into_iter().chain(each.collect::<Vec<_>>())
    }
}

/// How far beyond a range a value is: as a part of the range, or in ranges.
fn in_ranges(beyond: f64) -> String {
    match beyond < 1.0 {
        true => format!("{} % of this range", rounded(100.0 * beyond, 2)),
        false => format!("{} times this range", shown(rounded(beyond, 2))),
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
            structures: (0, 0),
        }
    }

    /// Looks at the rows of `table`. Returns per row the features, separated by semicolons,
    /// whose numbers are far outside those measured.
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

    /// Looks at how like measured structures those of rows are.
    pub(crate) fn note_similar(&mut self, similar: &[MostSimilar]) {
        let unlike = similar.iter().filter(|row| row.similarity <= DOMAIN);
        self.structures.0 += similar.len();
        self.structures.1 += unlike.count();
    }

    /// How many rows are like no measured structure.
    fn unlike(&self, belief: &dyn Tabular) -> Option<String> {
        let (column, _) = belief.encoder().schema.structure()?;
        let (rows, unlike) = self.structures;
        let verb = if unlike == 1 { "has" } else { "have" };
        (unlike > 0).then(|| {
            format!(
                "column '{column}': {unlike} of {} {verb} no measured molecule above similarity {DOMAIN}, where predictions are guesses",
                counted(rows, self.row)
            )
        })
    }

    /// A sentence per column and standing of its categories, naming at most five; per column
    /// with numbers outside those measured; then what there is to say of borrowing.
    #[must_use]
    pub fn sentences(&self, belief: &dyn Tabular) -> Messages {
        let known = KnownLevels::of(belief);
        let mut columns: BTreeMap<(&str, LevelStanding), Vec<&str>> = Default::default();
        for (column, level) in &self.levels {
            let borrows =
                belief.columns().hardware == Some(column.as_str()) && self.borrowers.has(level);
            if !borrows {
                let standing = known.standing(column, level);
                columns
                    .entry((column.as_str(), standing))
                    .or_default()
                    .push(level);
            }
        }
        let unknown = columns
            .into_iter()
            .map(|((column, standing), levels)| self.unknown(belief, column, standing, &levels));
        let others = self.beyond.sentences(self.row);
        let others = others
            .chain(self.unlike(belief))
            .chain(self.borrowers.sentences(belief))
            .chain(belief.borrowing_failure());
        unknown.chain(others.map(Message::from)).collect()
    }

    /// What there is to say of categories of a column that the model does not know.
    fn unknown(
        &self,
        belief: &dyn Tabular,
        column: &str,
        standing: LevelStanding,
        levels: &[&str],
    ) -> Message {
        let row = self.row;
        let more = match levels.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named: Vec<String> = levels
            .iter()
            .take(NAMED)
            .map(|level| format!("'{level}'"))
            .collect();
        let holds = format!("column '{column}' holds {}{more}, ", named.join(", "));
        match standing {
            LevelStanding::Learned => Message::from(format!(
                "{holds}measured since the last fit: these {row}s count as unknown and are more uncertain until an update with "
            ))
            .setting(setting::REFIT),
            LevelStanding::Measured => Message::from(format!(
                "{holds}measured but not learned from: these {row}s count as unknown and are more uncertain"
            )),
            LevelStanding::New => {
                let spelled = spelled_otherwise(belief, column, levels);
                let asked = spelled.map_or_else(String::new, |(level, known)| {
                    format!("; is '{level}' the '{known}' that was?")
                });
                Message::from(format!(
                    "{holds}never measured: these {row}s count as unknown and are more uncertain{asked}"
                ))
            }
        }
    }
}

/// What is known of a category that the model has no code for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LevelStanding {
    /// The model learned from rows with it after it was fitted.
    Learned,
    /// It was measured, in rows that are held out or that failed.
    Measured,
    /// It was not measured.
    New,
}

/// The categories of the measured rows that the model has no code for.
struct KnownLevels {
    learned: BTreeSet<(String, String)>,
    measured: BTreeSet<(String, String)>,
}

impl KnownLevels {
    fn of(belief: &dyn Tabular) -> KnownLevels {
        let observed = belief.observed();
        let unseen = |table: &Table| {
            let unseen = belief.encoder().unseen(table).unwrap_or_default();
            unseen.into_iter().collect()
        };
        KnownLevels {
            learned: unseen(&observed.features().take(&observed.learned())),
            measured: unseen(observed.features()),
        }
    }

    fn standing(&self, column: &str, level: &str) -> LevelStanding {
        let name = (column.to_owned(), level.to_owned());
        match (self.learned.contains(&name), self.measured.contains(&name)) {
            (true, _) => LevelStanding::Learned,
            (false, true) => LevelStanding::Measured,
            (false, false) => LevelStanding::New,
        }
    }
}
