//! Structures of a table, and how they become numbers.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cells::column;
use super::matrix::StructureCounts;
use super::scale::{Scale, finite};
use crate::error::DataError;
use crate::seed::Seed;
use crate::structure::{Structure, StructureKind, StructureOptions, StructureProblem};
use crate::table::{ColumnData, Table, Texts};
use crate::tanimoto::{CountRows, SignSketch};

/// Rows in which a count must differ from those of most others before trees may split on it:
/// what stands in one or two molecules tells no more than these.
const FEWEST: usize = 3;

/// Draws the signs of all places.
const SIGNS: Seed = Seed(0x7461_6e69_6d6f_746f);

/// The structures of a column, each read once.
#[derive(Debug, Clone)]
pub struct ReadStructures {
    /// Per row its place in `structures`.
    places: Vec<u32>,
    structures: Vec<Arc<Structure>>,
}

impl ReadStructures {
    /// Returns the structure of a row.
    #[must_use]
    pub fn row(&self, row: usize) -> &Arc<Structure> {
        &self.structures[self.places[row] as usize]
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.places.len()
    }

    /// Returns the canonical spelling of each row as a column.
    #[must_use]
    pub fn canonical(&self) -> Texts {
        let rows = 0..self.n_rows();
        Texts::from_rows(rows.map(|row| Some(self.row(row).canonical.as_str())))
    }

    /// Returns the framework of each row as a column, as `kind` finds it: empty for those
    /// without one.
    #[must_use]
    pub fn scaffolds(&self, kind: &StructureKind) -> Texts {
        let scaffolds = kind.scaffolds(&self.structures);
        let places = self.places.iter();
        Texts::from_rows(places.map(|&place| Some(&scaffolds[place as usize])))
    }
}

/// Reads a column as structures.
///
/// # Errors
///
/// The column is missing, or some value is no structure: the first in the table.
pub fn structures(
    table: &Table,
    name: &str,
    kind: &StructureKind,
) -> Result<ReadStructures, DataError> {
    let owned;
    let texts = match column(table, name)? {
        ColumnData::Text(texts) => texts,
        data @ ColumnData::Number(_) => {
            owned = Texts::from_rows((0..data.len()).map(|row| data.text(row)));
            &owned
        }
    };
    // A part of a table keeps the texts of all of it.
    let mut place_of: Vec<Option<u32>> = vec![None; texts.levels.len()];
    let mut used: Vec<&str> = Vec::new();
    let mut first_rows = Vec::new();
    let mut places = Vec::with_capacity(texts.codes.len());
    let mut missing = None;
    for (row, &code) in texts.codes.iter().enumerate() {
        if code == Texts::MISSING {
            missing = Some(row);
            break;
        }
        let place = *place_of[code as usize].get_or_insert_with(|| {
            used.push(texts.levels[code as usize].trim());
            first_rows.push(row);
            used.len() as u32 - 1
        });
        places.push(place);
    }
    let read = kind.read(&used).into_iter().zip(first_rows);
    let wrong = |row: usize, problem: StructureProblem| DataError::Structure {
        row,
        column: name.to_owned(),
        problem: problem.problem,
        remedy: problem.remedy,
    };
    let structures = read
        .map(|(structure, row)| structure.map_err(|problem| wrong(row, problem)))
        .collect::<Result<Vec<_>, DataError>>()?;
    if let Some(row) = missing {
        return Err(wrong(row, StructureProblem::missing()));
    }
    Ok(ReadStructures { places, structures })
}

/// How structures become numbers: fitted once, and kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StructureScale {
    /// The scale of each descriptor.
    pub descriptors: Vec<Scale>,
    /// The identifiers of counts that vary, ascending: of those that always vary alike the
    /// first. They are bundled so that trees look at some hundreds of columns, not at
    /// thousands.
    pub counted: Vec<u16>,
    /// Identifiers there are.
    pub size: u16,
}

impl StructureScale {
    /// The number of columns of a structure in [`super::Encoder::points`].
    pub const PLACES: usize = 64;

    /// The scale of training rows.
    pub(super) fn of(read: &ReadStructures, kind: &StructureKind) -> StructureScale {
        let n = read.n_rows();
        let descriptors = (0..kind.descriptors().len()).map(|at| {
            let values = (0..n).map(|row| read.row(row).descriptors[at]);
            Scale::of(&values.collect::<Vec<f64>>())
        });
        let size = kind.options().bits;
        StructureScale {
            descriptors: descriptors.collect(),
            counted: counted(read, size),
            size,
        }
    }

    /// Whether a scale that was read can be one of structures read as `options` say.
    pub(super) fn is_consistent(&self, options: StructureOptions) -> bool {
        let finite = |scale: &Scale| scale.mean.is_finite() && scale.deviation.is_finite();
        self.size == options.bits
            && self.counted.is_sorted_by(|a, b| a < b)
            && self.counted.iter().all(|&id| id < self.size)
            && self.descriptors.iter().all(finite)
    }

    /// Writes the standardised descriptors of a structure.
    pub(super) fn describe(&self, structure: &Structure, out: &mut [f32]) {
        let values = self.descriptors.iter().zip(&structure.descriptors);
        for (cell, (scale, &value)) in out.iter_mut().zip(values) {
            *cell = finite(scale.apply(value));
        }
    }

    /// What the structures consist of.
    pub(super) fn counts(&self, read: &ReadStructures) -> StructureCounts {
        let mut rows = CountRows::with_capacity(read.n_rows());
        (0..read.n_rows()).for_each(|row| rows.push(read.row(row).counts()));
        StructureCounts {
            rows,
            counted: self.counted.as_slice().into(),
            size: self.size.into(),
        }
    }

    /// What draws the places of structures.
    pub(super) fn sketch(&self) -> SignSketch {
        SignSketch::drawn(StructureScale::PLACES, SIGNS)
    }

    /// The place of a structure: the mean squared distance of two is 1 less their similarity.
    pub(super) fn place(
        sketch: &SignSketch,
        counts: impl IntoIterator<Item = (u32, u32)>,
    ) -> Vec<f32> {
        let mut place = sketch.signs(counts);
        let unit = 1.0 / (2.0 * StructureScale::PLACES as f32).sqrt();
        place.iter_mut().for_each(|sign| *sign *= unit);
        place
    }
}

/// The identifiers whose counts vary, of those that vary alike the first.
fn counted(read: &ReadStructures, size: u16) -> Vec<u16> {
    let n = read.n_rows();
    let mut columns: Vec<Vec<(u32, u16)>> = vec![Vec::new(); size.into()];
    for row in 0..n {
        for &(id, count) in &read.row(row).counts {
            columns[usize::from(id)].push((row as u32, count));
        }
    }
    let mut first: HashMap<&[(u32, u16)], u16> = HashMap::new();
    let mut kept = Vec::new();
    for (id, column) in columns.iter().enumerate() {
        // How many rows have another count than most.
        let mut common: HashMap<u16, usize> = HashMap::from([(0, n - column.len())]);
        column
            .iter()
            .for_each(|&(_, count)| *common.entry(count).or_default() += 1);
        let most = common.values().copied().max().unwrap_or(0);
        if n - most >= FEWEST && first.insert(column, id as u16).is_none() {
            kept.push(id as u16);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::{Encoder, MatrixColumn};
    use crate::schema::{Feature, Kind, Schema};
    use crate::structure::letters::kind;
    use crate::table::{Column, Numbers};

    fn table(texts: &[&str]) -> Table {
        Table::new(vec![
            Column {
                name: "s".to_owned(),
                data: ColumnData::Text(Texts::from_rows(texts.iter().map(Some))),
            },
            Column {
                name: "x".to_owned(),
                data: ColumnData::Number(Numbers::from(vec![2.0; texts.len()])),
            },
        ])
    }

    fn encoder(texts: &[&str]) -> Encoder {
        let feature = |name: &str, kind| Feature {
            name: name.to_owned(),
            kind,
        };
        let features = vec![
            feature("s", Kind::Structure(kind())),
            feature("x", Kind::Numeric),
        ];
        Encoder::fit(Schema { features }, &table(texts)).unwrap()
    }

    const TEXTS: [&str; 7] = ["abz", "abc", "ab", "dz", "dz", "d", "aab"];

    #[test]
    fn what_varies_is_counted_once() {
        let encoder = encoder(&TEXTS);
        let scale = encoder.structure.as_ref().unwrap();
        // 'b' varies otherwise than 'a', 'd' stands in three rows, 'c' in one.
        let letters: String = scale.counted.iter().map(|&id| id as u8 as char).collect();
        assert_eq!(letters, "abdz");
        assert!(encoder.is_consistent());
        let x = encoder.encode(&table(&["baa", "cz"])).unwrap();
        let counts = x.counts.as_ref().unwrap();
        let mut out = [0.0; 4];
        counts.spread(0, &mut out);
        assert_eq!(out, [2.0, 1.0, 0.0, 0.0]);
        assert_eq!(
            x.columns[..],
            [
                MatrixColumn::Structure { counted: 4 },
                MatrixColumn::Numeric,
                MatrixColumn::Numeric,
            ]
        );
        assert_eq!(encoder.columns_of_features(), [vec![0, 2], vec![1]]);
        // Lengths 3, 3, 2, 2, 2, 1, 3: mean 16/7.
        assert!(x.values[[0, 2]] > 0.9 && x.values[[1, 2]] < 0.0 && x.values[[0, 0]] == 0.0);
        assert_eq!(x.take(&[1]).counts.unwrap().rows.n_rows(), 1);
        assert_eq!(x.stack(&x).counts.unwrap().rows.n_rows(), 4);
    }

    #[test]
    fn two_spellings_are_one_row_and_lie_at_one_place() {
        let encoder = encoder(&TEXTS);
        let other = table(&["zba", "xy", "abz"]);
        let keys = encoder.keys(&other).unwrap();
        assert!(keys[0] == keys[2] && keys[0] != keys[1]);
        let points = encoder.points(&other).unwrap();
        let x = encoder.encode(&other).unwrap();
        assert_eq!(encoder.places(&x).mapv(f64::from), points);
        assert_eq!(points.ncols(), encoder.point_width());
        assert_eq!(points.ncols(), encoder.point_labels().len());
        let apart = |a: usize, b: usize| {
            let difference = &points.row(a) - &points.row(b);
            difference.dot(&difference)
        };
        assert_eq!(apart(0, 2), 0.0);
        assert!((apart(0, 1) - 1.0).abs() < 0.5, "{}", apart(0, 1));
    }

    #[test]
    fn series_are_told_by_their_scaffold() {
        let read = structures(&table(&["ba", "ca", "d"]), "s", &kind()).unwrap();
        let scaffolds = read.scaffolds(&kind());
        assert_eq!(scaffolds.codes, [0, 0, 1]);
        assert_eq!(read.canonical().levels, ["ab", "ac", "d"]);
    }

    #[test]
    fn the_first_text_that_is_no_structure_is_told() {
        let error = |texts: &[&str]| encoder(&TEXTS).encode(&table(texts)).unwrap_err();
        let bad = error(&["a", "b", "c!", "!"]);
        assert_eq!(
            (bad.row(), bad.to_string().as_str()),
            (Some(2), "column 's': '!' is no letter")
        );
        let mut missing = table(&["a", "b"]);
        let none = ColumnData::Text(Texts::from_rows([Some("a"), None]));
        missing = Table::new(vec![
            Column {
                name: "s".to_owned(),
                data: none,
            },
            missing.columns()[1].clone(),
        ]);
        let bad = encoder(&TEXTS).encode(&missing).unwrap_err();
        assert_eq!(
            (bad.row(), bad.to_string().as_str()),
            (Some(1), "column 's': no structure")
        );
    }
}
