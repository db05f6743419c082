//! From a table's columns to numbers: the encoder is fitted once, kept in the
//! model, and applied to every later table.

use std::borrow::Cow;
use std::sync::Arc;

use ndarray::{Array2, ArrayView1, ArrayViewMut1, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::key::Key;
use crate::schema::{Kind, Schema};
use crate::table::{Numbers, Table, Texts};

mod matrix;
mod reading;
mod scale;

pub use matrix::{Matrix, MatrixColumn};
pub use reading::{feature_keys, numbers, texts};
pub use scale::Scale;

/// Turns tables into [`Matrix`], [`Key`]s and points for distances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    /// The features.
    pub schema: Schema,
    /// Per feature the scale of its training values; `None` for categories.
    pub scales: Vec<Option<Scale>>,
}

/// A feature's values in a table, read as the schema says.
enum Values<'a> {
    Numbers(Cow<'a, Numbers>, Scale),
    /// Codes of the schema's levels; `levels` is unseen, `u32::MAX` missing.
    Codes(Vec<u32>, u32),
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
                Kind::Categorical { .. } => Ok(None),
                Kind::Numeric => {
                    let numbers = numbers(table, &feature.name)?;
                    Ok(Some(Scale::of(&numbers.values)))
                }
            })
            .collect::<Result<_, DataError>>()?;
        Ok(Encoder { schema, scales })
    }

    /// The encoder of the same features fitted anew: new levels and scales,
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
        self.scales.len() == self.schema.features.len()
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
                })
    }

    /// What the columns of [`Encoder::encode`] hold.
    #[must_use]
    pub fn columns(&self) -> Arc<[MatrixColumn]> {
        self.schema
            .features
            .iter()
            .map(|feature| match &feature.kind {
                Kind::Numeric => MatrixColumn::Numeric,
                Kind::Categorical { levels } => MatrixColumn::Categorical {
                    levels: levels.len() as u32,
                },
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
        let width = values.len();
        let mut out = vec![0.0_f32; table.n_rows() * width];
        const BLOCK: usize = 4096;
        out.par_chunks_mut(BLOCK * width.max(1))
            .enumerate()
            .for_each(|(block, out)| {
                let first = block * BLOCK;
                for (at, column) in values.iter().enumerate() {
                    let cells = out.iter_mut().skip(at).step_by(width);
                    match column {
                        Values::Numbers(numbers, scale) => {
                            for (cell, &value) in cells.zip(&numbers.values[first..]) {
                                *cell = finite(scale.apply(value));
                            }
                        }
                        Values::Codes(codes, _) => {
                            for (cell, &code) in cells.zip(&codes[first..]) {
                                *cell = if code == Texts::MISSING {
                                    f32::NAN
                                } else {
                                    code as f32
                                };
                            }
                        }
                    }
                }
            });
        Ok(Matrix {
            values: Array2::from_shape_vec((table.n_rows(), width), out).expect("n × p values"),
            columns: self.columns(),
        })
    }

    /// The rows as points, n × d: Euclidean distances between them are the
    /// distances of the report and of the strategies.
    ///
    /// A numeric feature is its standardised value (left out if constant at
    /// training; 0, the mean, where missing) and a 0/1 column for missing. A
    /// categorical one is a one-hot vector over its levels, missing and
    /// unseen, divided by √2, so that two different categories are at
    /// distance 1.
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
                        Values::Numbers(numbers, scale) => {
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
                        Values::Codes(codes, levels) => {
                            for (row, point) in out.chunks_exact_mut(width).enumerate() {
                                let code = codes[first + row].min(levels + 1);
                                point[at + code as usize] = one_hot;
                            }
                            at += *levels as usize + 2;
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
        let fill = |(mut out, row): (ArrayViewMut1<'_, f32>, ArrayView1<'_, f32>)| {
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
                }
            }
        };
        out.axis_iter_mut(Axis(0))
            .into_par_iter()
            .zip(x.values.axis_iter(Axis(0)))
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
            for code in used {
                if let Some(level) = texts.levels.get(code as usize)
                    && levels.binary_search(level).is_err()
                {
                    unseen.push((feature.name.clone(), level.clone()));
                }
            }
        }
        unseen.sort_unstable();
        Ok(unseen)
    }

    fn values<'a>(&self, table: &'a Table) -> Result<Vec<Values<'a>>, DataError> {
        self.schema
            .features
            .iter()
            .zip(&self.scales)
            .map(|(feature, scale)| match &feature.kind {
                Kind::Numeric => Ok(Values::Numbers(
                    numbers(table, &feature.name)?,
                    scale.expect("a numeric feature has a scale"),
                )),
                Kind::Categorical { levels } => {
                    let texts = texts(table, &feature.name)?;
                    let unseen = levels.len() as u32;
                    let map: Vec<u32> = texts
                        .levels
                        .iter()
                        .map(|level| levels.binary_search(level).map_or(unseen, |at| at as u32))
                        .collect();
                    let codes = texts
                        .codes
                        .iter()
                        .map(|&code| map.get(code as usize).copied().unwrap_or(Texts::MISSING))
                        .collect();
                    Ok(Values::Codes(codes, unseen))
                }
            })
            .collect()
    }
}

/// Rounded to `f32` and kept finite: a standardised value beyond its range is
/// as far out as can be said.
fn finite(value: f64) -> f32 {
    if value.is_nan() {
        f32::NAN
    } else {
        (value as f32).clamp(f32::MIN, f32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ColumnChoice;
    use crate::table::{Column, ColumnData};

    fn table(columns: Vec<(&str, ColumnData)>) -> Table {
        Table::new(
            columns
                .into_iter()
                .map(|(name, data)| Column {
                    name: name.into(),
                    data,
                })
                .collect(),
        )
    }

    fn number(values: &[f64]) -> ColumnData {
        ColumnData::Number(Numbers::from(values.to_vec()))
    }

    fn text(values: &[Option<&str>]) -> ColumnData {
        ColumnData::Text(Texts::from_rows(values.iter().copied()))
    }

    fn fitted(training: &Table, categorical: &[&str]) -> Encoder {
        let choice = ColumnChoice {
            features: Some(training.names().map(str::to_owned).collect()),
            categorical: categorical.iter().map(|s| (*s).to_owned()).collect(),
            ..ColumnChoice::default()
        };
        let (schema, _) = Schema::infer(training, &choice).unwrap();
        Encoder::fit(schema, training).unwrap()
    }

    #[test]
    fn standardised_values_keep_late_digits() {
        let training = table(vec![("t", number(&[1.7e9, 1.7e9 + 1.0, 1.7e9 + 2.0]))]);
        let matrix = fitted(&training, &[]).encode(&training).unwrap();
        let expected = (1.5_f64).sqrt();
        assert!((f64::from(matrix.values[[0, 0]]) + expected).abs() < 1e-6);
        assert!(f64::from(matrix.values[[1, 0]]).abs() < 1e-6);
    }

    #[test]
    fn missing_and_unseen_are_values() {
        let training = table(vec![
            ("h", text(&[Some("b"), Some("a"), Some("b")])),
            ("x", number(&[1.0, 3.0, f64::NAN])),
        ]);
        let encoder = fitted(&training, &[]);
        let later = table(vec![
            ("x", number(&[f64::NAN, 5.0, 1.0])),
            ("extra", number(&[0.0; 3])),
            ("h", text(&[Some("c"), None, Some("b")])),
        ]);
        let matrix = encoder.encode(&later).unwrap();
        assert_eq!(
            matrix.values[[0, 0]],
            2.0,
            "unseen is the code after the last"
        );
        assert!(matrix.values[[1, 0]].is_nan());
        assert_eq!(matrix.values[[2, 0]], 1.0);
        assert!(matrix.values[[0, 1]].is_nan());
        assert_eq!(matrix.values[[1, 1]], 3.0, "(5 − 2) / 1");
        assert_eq!(
            encoder.unseen(&later).unwrap(),
            [("h".to_owned(), "c".to_owned())]
        );

        // Points: h over {a, b, unseen, missing} / √2, x standardised, x missing.
        let points = encoder.points(&later).unwrap();
        let r = std::f64::consts::FRAC_1_SQRT_2;
        assert_eq!(points.row(0).to_vec(), [0.0, 0.0, r, 0.0, 0.0, 1.0]);
        assert_eq!(points.row(1).to_vec(), [0.0, 0.0, 0.0, r, 3.0, 0.0]);
        assert_eq!(points.row(2).to_vec(), [0.0, r, 0.0, 0.0, -1.0, 0.0]);
        assert_eq!(encoder.places(&matrix), points.mapv(|value| value as f32));
        assert_eq!(
            encoder.point_labels(),
            [
                "h = 'a'",
                "h = 'b'",
                "h never seen before",
                "h missing",
                "x",
                "x missing"
            ]
        );
    }

    #[test]
    fn fitting_anew_learns_new_levels() {
        let training = table(vec![("h", text(&[Some("a"), Some("b")]))]);
        let later = table(vec![("h", text(&[Some("a"), Some("b"), Some("c")]))]);
        let encoder = fitted(&training, &[]);
        assert_eq!(encoder.unseen(&later).unwrap().len(), 1);
        let again = encoder.refit(&later).unwrap();
        assert!(again.unseen(&later).unwrap().is_empty());
    }

    #[test]
    fn two_different_categories_are_at_distance_one() {
        let training = table(vec![("h", text(&[Some("a"), Some("b")]))]);
        let points = fitted(&training, &[]).points(&training).unwrap();
        let difference = &points.row(0) - &points.row(1);
        assert!((difference.dot(&difference) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn keys_do_not_depend_on_how_a_number_is_written_or_the_column_order() {
        let training = table(vec![
            ("n", number(&[16.0, 8.0])),
            ("c", number(&[1.0, 2.0])),
        ]);
        let encoder = fitted(&training, &["c"]);
        let other = table(vec![
            ("c", text(&[Some("1"), Some("2")])),
            ("n", text(&[Some("16.0"), Some("8")])),
        ]);
        assert_eq!(
            encoder.keys(&training).unwrap(),
            encoder.keys(&other).unwrap()
        );
    }

    #[test]
    fn wide_integers_have_keys_of_their_own() {
        let wide = |exact: i128| {
            table(vec![(
                "n",
                ColumnData::Number(Numbers {
                    values: vec![exact as f64],
                    exact: [(0, exact)].into(),
                }),
            )])
        };
        let first = wide(9_007_199_254_740_993);
        let encoder = fitted(&first, &[]);
        assert_ne!(
            encoder.keys(&first).unwrap(),
            encoder.keys(&wide(9_007_199_254_740_995)).unwrap()
        );
    }

    #[test]
    fn a_text_in_a_numeric_column_names_its_row() {
        let training = table(vec![("n", number(&[1.0, 2.0]))]);
        let encoder = fitted(&training, &[]);
        let error = encoder
            .encode(&table(vec![("n", text(&[Some("1"), Some("16 GB")]))]))
            .unwrap_err();
        assert_eq!(error.row(), Some(1));
        assert!(error.to_string().contains("'16 GB'"));
        let error = encoder
            .encode(&table(vec![("n", number(&[1.0, f64::INFINITY]))]))
            .unwrap_err();
        assert_eq!(error.row(), Some(1));
    }

    #[test]
    fn extreme_values_stay_finite() {
        let training = table(vec![("n", number(&[-1.6e308, 1.6e308, 0.0]))]);
        let encoder = fitted(&training, &[]);
        let matrix = encoder.encode(&training).unwrap();
        assert!(matrix.values.iter().all(|v| v.is_finite()));
        let small = table(vec![("n", number(&[0.0, 1e-300, 2e-300]))]);
        let encoder = fitted(&small, &[]);
        let far = encoder
            .encode(&table(vec![("n", number(&[1e300]))]))
            .unwrap();
        assert_eq!(far.values[[0, 0]], f32::MAX);
    }
}
