//! From a table's columns to numbers: the encoder is fitted once, kept in the
//! model, and applied to every later table.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use ndarray::{Array2, ArrayView1, ArrayViewMut1, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::key::Key;
use crate::schema::{Kind, Schema};
use crate::spelling::canonical_text;
use crate::structure::StructureKind;
use crate::table::{Numbers, Table, Texts};

mod cells;
mod matrix;
mod reading;
mod scale;
mod structures;
#[cfg(test)]
mod tests;

pub use matrix::{Matrix, MatrixColumn, StructureCounts};
pub use reading::{feature_keys, feature_texts, numbers, texts};
pub use scale::Scale;
use scale::finite;
pub use structures::{ReadStructures, StructureScale, structures};

/// Turns tables into [`Matrix`], [`Key`]s and points for distances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    /// The features.
    pub schema: Schema,
    /// Per feature the scale of its training values; `None` for categories and structures.
    pub scales: Vec<Option<Scale>>,
    /// How structures become numbers, if a feature is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<StructureScale>,
}

/// A feature's values in a table, read as the schema says.
enum FeatureValues<'a> {
    Numbers(Cow<'a, Numbers>, Scale),
    /// Codes of the schema's levels; `levels` is unseen, `u32::MAX` missing.
    Codes(Vec<u32>, u32),
    Structures(ReadStructures, &'a StructureScale),
}

impl Encoder {
    /// The encoder of a training table.
    ///
    /// # Errors
    ///
    /// A feature without its column, a text where a number is needed, or an
    /// infinite number.
    pub fn fit(schema: Schema, table: &Table) -> Result<Encoder, DataError> {
        let scales = schema
            .features
            .iter()
            .map(|feature| match feature.kind {
                Kind::Categorical { .. } | Kind::Structure(_) => Ok(None),
                Kind::Numeric => {
                    let numbers = numbers(table, &feature.name)?;
                    Ok(Some(Scale::of(&numbers.values)))
                }
            })
            .collect::<Result<_, DataError>>()?;
        let structure = match schema.structure() {
            None => None,
            Some((name, kind)) => Some(StructureScale::of(&structures(table, name, kind)?, kind)),
        };
        Ok(Encoder {
            schema,
            scales,
            structure,
        })
    }

    /// The encoder of the same features re-fitted: new levels and scales,
    /// the kinds as they were.
    ///
    /// # Errors
    ///
    /// As [`Encoder::fit`].
    pub fn refit(&self, table: &Table) -> Result<Encoder, DataError> {
        let features = self
            .schema
            .features
            .iter()
            .map(|feature| {
                let kind = match feature.kind {
                    Kind::Numeric => Kind::Numeric,
                    Kind::Structure(ref kind) => Kind::Structure(kind.clone()),
                    Kind::Categorical { .. } => {
                        let texts = texts(table, &feature.name)?;
                        let used: std::collections::BTreeSet<&str> = (0..texts.codes.len())
                            .filter_map(|row| texts.get(row))
                            .collect();
                        Kind::Categorical {
                            levels: used.into_iter().map(str::to_owned).collect(),
                        }
                    }
                };
                Ok(crate::schema::Feature {
                    name: feature.name.clone(),
                    kind,
                })
            })
            .collect::<Result<_, DataError>>()?;
        Encoder::fit(Schema { features }, table)
    }

    /// Whether scales and kinds go together and levels are sorted, as they
    /// are in an encoder that was fitted. One that was read may be anything.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let structures = self.schema.features.iter();
        let structures: Vec<&StructureKind> = structures
            .filter_map(|feature| match &feature.kind {
                Kind::Structure(kind) => Some(kind),
                _ => None,
            })
            .collect();
        let fits = match (structures.as_slice(), &self.structure) {
            ([], None) => true,
            ([kind], Some(scale)) => scale.is_consistent(kind.options()),
            _ => false,
        };
        fits && self.scales.len() == self.schema.features.len()
            && self
                .schema
                .features
                .iter()
                .zip(&self.scales)
                .all(|(feature, scale)| match &feature.kind {
                    Kind::Numeric => scale
                        .is_some_and(|scale| scale.mean.is_finite() && scale.deviation.is_finite()),
                    Kind::Categorical { levels } => {
                        scale.is_none() && levels.is_sorted_by(|a, b| a < b)
                    }
                    Kind::Structure(_) => scale.is_none(),
                })
    }

    /// What the columns of [`Encoder::encode`] hold: one per feature, followed by the
    /// descriptors of structures.
    #[must_use]
    pub fn columns(&self) -> Arc<[MatrixColumn]> {
        let structure = self.structure.as_ref();
        let features = self.schema.features.iter();
        let features = features.map(|feature| match &feature.kind {
            Kind::Numeric => MatrixColumn::Numeric,
            Kind::Categorical { levels } => MatrixColumn::Categorical {
                levels: levels.len() as u32,
            },
            Kind::Structure(_) => MatrixColumn::Structure {
                counted: structure.map_or(0, |scale| scale.counted.len() as u32),
            },
        });
        let descriptors = structure.map_or(0, |scale| scale.descriptors.len());
        features
            .chain(std::iter::repeat_n(MatrixColumn::Numeric, descriptors))
            .collect()
    }

    /// For each feature the columns of [`Encoder::encode`] that come from it.
    #[must_use]
    pub fn columns_of_features(&self) -> Vec<Vec<usize>> {
        let n = self.schema.features.len();
        let descriptors = self.structure.as_ref();
        let descriptors = descriptors.map_or(0, |scale| scale.descriptors.len());
        let features = self.schema.features.iter().enumerate();
        features
            .map(|(at, feature)| match feature.kind {
                Kind::Structure(_) => std::iter::once(at).chain(n..n + descriptors).collect(),
                _ => vec![at],
            })
            .collect()
    }

    /// The rows as a [`Matrix`].
    ///
    /// # Errors
    ///
    /// As [`Encoder::fit`].
    pub fn encode(&self, table: &Table) -> Result<Matrix, DataError> {
        let values = self.values(table)?;
        let columns = self.columns();
        let width = columns.len();
        let mut out = vec![0.0_f32; table.n_rows() * width];
        const BLOCK: usize = 4096;
        out.par_chunks_mut(BLOCK * width.max(1))
            .enumerate()
            .for_each(|(block, out)| {
                let first = block * BLOCK;
                for (at, column) in values.iter().enumerate() {
                    if let FeatureValues::Structures(read, scale) = column {
                        for (row, out) in out.chunks_exact_mut(width).enumerate() {
                            scale.describe(read.row(first + row), &mut out[values.len()..]);
                        }
                        continue;
                    }
                    let cells = out.iter_mut().skip(at).step_by(width);
                    match column {
                        FeatureValues::Numbers(numbers, scale) => {
                            for (cell, &value) in cells.zip(&numbers.values[first..]) {
                                *cell = finite(scale.apply(value));
                            }
                        }
                        FeatureValues::Codes(codes, _) => {
                            for (cell, &code) in cells.zip(&codes[first..]) {
                                *cell = if code == Texts::MISSING {
                                    f32::NAN
                                } else {
                                    code as f32
                                };
                            }
                        }
                        FeatureValues::Structures(..) => {}
                    }
                }
            });
        let counts = values.iter().find_map(|column| match column {
            FeatureValues::Structures(read, scale) => Some(scale.counts(read)),
            _ => None,
        });
        Ok(Matrix {
            values: Array2::from_shape_vec((table.n_rows(), width), out).expect("n × p values"),
            columns,
            counts,
        })
    }

    /// The rows as points, n × d: Euclidean distances between them are the
    /// distances of the report and of the strategies.
    ///
    /// A numeric feature is its standardised value (left out if constant at
    /// training; 0, the mean, where missing) and a 0/1 column for missing. A
    /// categorical one is a one-hot vector over its levels, missing and
    /// unseen, divided by √2, so that two different categories are at
    /// distance 1. A structure is signs whose squared distance to those of another is about
    /// 1 less the Tanimoto similarity of their counts.
    ///
    /// # Errors
    ///
    /// As [`Encoder::fit`].
    pub fn points(&self, table: &Table) -> Result<Array2<f64>, DataError> {
        let values = self.values(table)?;
        let width = self.point_width();
        let mut out = vec![0.0_f64; table.n_rows() * width];
        const BLOCK: usize = 4096;
        let one_hot = std::f64::consts::FRAC_1_SQRT_2;
        out.par_chunks_mut(BLOCK * width.max(1))
            .enumerate()
            .for_each(|(block, out)| {
                let first = block * BLOCK;
                let mut at = 0;
                for column in &values {
                    match column {
                        FeatureValues::Numbers(numbers, scale) => {
                            let varies = usize::from(scale.deviation > 0.0);
                            for (row, point) in out.chunks_exact_mut(width).enumerate() {
                                let value = numbers.values[first + row];
                                if value.is_nan() {
                                    point[at + varies] = 1.0;
                                } else if varies == 1 {
                                    point[at] = scale.apply(value);
                                }
                            }
                            at += varies + 1;
                        }
                        FeatureValues::Codes(codes, levels) => {
                            for (row, point) in out.chunks_exact_mut(width).enumerate() {
                                let code = codes[first + row].min(levels + 1);
                                point[at + code as usize] = one_hot;
                            }
                            at += *levels as usize + 2;
                        }
                        FeatureValues::Structures(read, scale) => {
                            let sketch = scale.sketch();
                            for (row, point) in out.chunks_exact_mut(width).enumerate() {
                                let counts = read.row(first + row).counts();
                                let signs = StructureScale::place(&sketch, counts);
                                for (cell, sign) in point[at..].iter_mut().zip(signs) {
                                    *cell = f64::from(sign);
                                }
                            }
                            at += StructureScale::PLACES;
                        }
                    }
                }
            });
        Ok(Array2::from_shape_vec((table.n_rows(), width), out).expect("n × d values"))
    }

    /// The points of rows already encoded, n × d: those of
    /// [`Encoder::points`] in single precision, from the matrix alone.
    #[must_use]
    pub fn places(&self, x: &Matrix) -> Array2<f32> {
        let width = self.point_width();
        let mut out = Array2::zeros((x.n_rows(), width));
        let one_hot = std::f32::consts::FRAC_1_SQRT_2;
        let sketch = self.structure.as_ref().map(StructureScale::sketch);
        let structures = sketch.as_ref().zip(x.counts.as_ref());
        let fill =
            |(index, (mut out, row)): (usize, (ArrayViewMut1<'_, f32>, ArrayView1<'_, f32>))| {
                let mut at = 0;
                for ((&value, column), scale) in row.iter().zip(&*x.columns).zip(&self.scales) {
                    match column {
                        MatrixColumn::Numeric => {
                            let varies = usize::from(scale.is_some_and(|s| s.deviation > 0.0));
                            if value.is_nan() {
                                out[at + varies] = 1.0;
                            } else if varies == 1 {
                                out[at] = value;
                            }
                            at += varies + 1;
                        }
                        MatrixColumn::Categorical { levels } => {
                            // Missing comes after unseen, which comes after the last.
                            let code = if value.is_nan() {
                                levels + 1
                            } else {
                                value as u32
                            };
                            out[at + code as usize] = one_hot;
                            at += *levels as usize + 2;
                        }
                        MatrixColumn::Structure { .. } => {
                            if let Some((sketch, counts)) = structures {
                                let signs = StructureScale::place(sketch, counts.rows.row(index));
                                for (place, sign) in signs.into_iter().enumerate() {
                                    out[at + place] = sign;
                                }
                            }
                            at += StructureScale::PLACES;
                        }
                    }
                }
            };
        out.axis_iter_mut(Axis(0))
            .into_par_iter()
            .zip(x.values.axis_iter(Axis(0)))
            .enumerate()
            .with_min_len(1024)
            .for_each(fill);
        out
    }

    /// What each column of [`Encoder::points`] stands for, as in
    /// `batch_size`, `hardware = 'cuda'` or `hardware missing`.
    #[must_use]
    pub fn point_labels(&self) -> Vec<String> {
        let features = self.schema.features.iter().zip(&self.scales);
        features
            .flat_map(|(feature, scale)| {
                let name = &feature.name;
                let missing = format!("{name} missing");
                match &feature.kind {
                    Kind::Numeric if scale.is_some_and(|scale| scale.deviation > 0.0) => {
                        vec![name.clone(), missing]
                    }
                    Kind::Numeric => vec![missing],
                    Kind::Categorical { levels } => levels
                        .iter()
                        .map(|level| format!("{name} = '{level}'"))
                        .chain([format!("{name} never seen before"), missing])
                        .collect(),
                    // Single signs mean nothing to anybody.
                    Kind::Structure(_) => vec![name.clone(); StructureScale::PLACES],
                }
            })
            .collect()
    }

    /// The number of columns of [`Encoder::points`].
    #[must_use]
    pub fn point_width(&self) -> usize {
        self.schema
            .features
            .iter()
            .zip(&self.scales)
            .map(|(feature, scale)| match (&feature.kind, scale) {
                (Kind::Numeric, Some(scale)) if scale.deviation > 0.0 => 2,
                (Kind::Numeric, _) => 1,
                (Kind::Categorical { levels }, _) => levels.len() + 2,
                (Kind::Structure(_), _) => StructureScale::PLACES,
            })
            .sum()
    }

    /// The identity of each row: the hash of its feature values.
    ///
    /// # Errors
    ///
    /// As [`Encoder::fit`].
    pub fn keys(&self, table: &Table) -> Result<Vec<Key>, DataError> {
        feature_keys(&self.schema, table)
    }

    /// The categories of `table` that training never saw: feature and level.
    ///
    /// # Errors
    ///
    /// As [`Encoder::fit`].
    pub fn unseen(&self, table: &Table) -> Result<Vec<(String, String)>, DataError> {
        let mut unseen = Vec::new();
        for feature in &self.schema.features {
            let Kind::Categorical { levels } = &feature.kind else {
                continue;
            };
            let texts = texts(table, &feature.name)?;
            let used: std::collections::BTreeSet<u32> = texts.codes.iter().copied().collect();
            let known = codes_of(levels);
            for code in used {
                if let Some(level) = texts.levels.get(code as usize)
                    && !known.contains_key(level.as_str())
                {
                    unseen.push((feature.name.clone(), level.clone()));
                }
            }
        }
        unseen.sort_unstable();
        Ok(unseen)
    }

    fn values<'a>(&'a self, table: &'a Table) -> Result<Vec<FeatureValues<'a>>, DataError> {
        self.schema
            .features
            .iter()
            .zip(&self.scales)
            .map(|(feature, scale)| match &feature.kind {
                Kind::Numeric => Ok(FeatureValues::Numbers(
                    numbers(table, &feature.name)?,
                    scale.expect("a numeric feature has a scale"),
                )),
                Kind::Structure(kind) => Ok(FeatureValues::Structures(
                    structures(table, &feature.name, kind)?,
                    self.structure.as_ref().expect("a structure has a scale"),
                )),
                Kind::Categorical { levels } => {
                    let texts = texts(table, &feature.name)?;
                    let unseen = levels.len() as u32;
                    let known = codes_of(levels);
                    let code = |level: &String| known.get(level.as_str()).copied();
                    let map: Vec<u32> = texts
                        .levels
                        .iter()
                        .map(|level| code(level).unwrap_or(unseen))
                        .collect();
                    let codes = texts
                        .codes
                        .iter()
                        .map(|&code| map.get(code as usize).copied().unwrap_or(Texts::MISSING))
                        .collect();
                    Ok(FeatureValues::Codes(codes, unseen))
                }
            })
            .collect()
    }
}

/// The code of each level by its canonical spelling. Levels of older models may have
/// others.
fn codes_of(levels: &[String]) -> HashMap<Cow<'_, str>, u32> {
    let mut codes = HashMap::with_capacity(levels.len());
    for (code, level) in levels.iter().enumerate() {
        codes.entry(canonical_text(level)).or_insert(code as u32);
    }
    codes
}
