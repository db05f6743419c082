//! A campaign: the model, all rows it was made from, and what happened to it,
//! as one file.

use std::collections::BTreeMap;
use std::path::Path;

use al_core::{Column, ColumnData, Encoder, Key, Matrix, Numbers, Seed, Table, Texts};
use al_models::{Fitted, Labelled, Target};
use al_tables::Frame;
use serde::{Deserialize, Serialize};

use crate::archive;
use crate::belief::Borrowing;
use crate::error::Error;
use crate::options::{Task, TrainOptions};
use crate::report::Round;
use crate::results::{Classes, Role, StatedNoise};
use crate::scales::Scales;

/// Format this version writes.
pub const FORMAT: u32 = 1;
/// Oldest format this version reads.
pub const OLDEST_FORMAT: u32 = 1;

/// A model with its rows and its history.
#[derive(Debug)]
pub struct Campaign {
    pub(crate) options: TrainOptions,
    pub(crate) task: Task,
    pub(crate) classes: Classes,
    pub(crate) encoder: Encoder,
    pub(crate) rows: Rows,
    pub(crate) fitted: Fitted,
    pub(crate) rounds: Vec<Round>,
    pub(crate) ingested: Vec<Ingested>,
    /// Noise stated by a noise column.
    pub(crate) stated_noise: StatedNoise,
    /// How models see targets and weights.
    pub(crate) scales: Scales,
    /// What hardware with few measurements borrows.
    pub(crate) borrowing: Borrowing,
}

/// A file whose results are in the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingested {
    /// BLAKE3 of its contents, hexadecimal.
    pub digest: String,
    /// The round it came with.
    pub round: usize,
}

/// All rows of a campaign, in the order they came.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    /// The feature columns.
    pub features: Table,
    pub keys: Vec<Key>,
    pub roles: Vec<Role>,
    /// The round each came with.
    pub rounds: Vec<u32>,
    /// Target in its unit, or class code; NaN where failed.
    pub values: Vec<f64>,
    pub weights: Vec<f64>,
    pub counts: Vec<u32>,
    pub spreads: Vec<f64>,
    /// What one measurement cost; NaN where not known.
    pub costs: Vec<f64>,
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The rows with one of `roles`, in order.
    pub(crate) fn with(&self, roles: &[Role]) -> Vec<usize> {
        (0..self.len())
            .filter(|&row| roles.contains(&self.roles[row]))
            .collect()
    }
}

/// The roles members learn from.
pub(crate) const LEARNED: [Role; 2] = [Role::Training, Role::Calibration];

#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    altool: String,
    task: Task,
    classes: Classes,
    options: TrainOptions,
    encoder: Encoder,
    rounds: Vec<Round>,
    ingested: Vec<Ingested>,
    stated_noise: StatedNoise,
    #[serde(default)]
    scales: Scales,
}

/// The part of a manifest that every format has.
#[derive(Deserialize)]
struct AnyManifest {
    format: u32,
    #[serde(default)]
    altool: String,
}

/// Columns of `rows.parquet` besides the features, which follow them.
const KEY: &str = "altool:key";
const ROLE: &str = "altool:role";
const ROUND: &str = "altool:round";
const VALUE: &str = "altool:target";
const WEIGHT: &str = "altool:weight";
const COUNT: &str = "altool:measurements";
const SPREAD: &str = "altool:spread";
/// Only there if some cost is known; files had none at first.
const COST: &str = "altool:cost";

impl Campaign {
    /// Reads a model file.
    ///
    /// # Errors
    ///
    /// No such file, a damaged one, or one of a later format.
    pub fn load(path: &Path) -> Result<Campaign, Error> {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => al_tables::TableError::NotFound {
                path: shown.clone(),
                near: al_tables::similar_file(path),
            },
            _ => al_tables::TableError::Read {
                path: shown.clone(),
                source,
            },
        })?;
        Campaign::from_bytes(&bytes, &shown)
    }

    /// A model from the bytes of its file; `path` is for messages.
    ///
    /// # Errors
    ///
    /// As [`Campaign::load`].
    pub fn from_bytes(bytes: &[u8], path: &str) -> Result<Campaign, Error> {
        let wrong = |reason: String| Error::damaged(path, reason);
        let parts = archive::unpack(bytes).map_err(wrong)?;
        let part = |name: &str| parts.get(name).map(Vec::as_slice);
        let manifest =
            part("manifest.json").ok_or_else(|| wrong("it has no manifest.json".to_owned()))?;
        let any: AnyManifest = serde_json::from_slice(manifest)
            .map_err(|error| wrong(format!("manifest.json: {error}")))?;
        if any.format > FORMAT {
            return Err(Error::Newer {
                path: path.to_owned(),
                found: any.format,
                writer: any.altool,
                known: FORMAT,
            });
        }
        if any.format < OLDEST_FORMAT {
            return Err(wrong(format!("unknown format {}", any.format)));
        }
        let manifest: Manifest = serde_json::from_slice(manifest)
            .map_err(|error| wrong(format!("manifest.json: {error}")))?;
        let scales = manifest.scales;
        let scaled = scales.centre.is_finite()
            && [scales.spread, scales.weight]
                .iter()
                .all(|scale| scale.is_finite() && *scale > 0.0);
        if !scaled || !manifest.encoder.is_consistent() || manifest.rounds.is_empty() {
            return Err(wrong("manifest.json contradicts itself".to_owned()));
        }
        let rows = part("rows.parquet")
            .ok_or_else(|| wrong("it has no rows.parquet".to_owned()))?
            .to_vec();
        let rows = Frame::from_parquet(rows)
            .and_then(|frame| frame.table(None))
            .map_err(|error| wrong(format!("rows.parquet: {error}")))?;
        let rows = Rows::from_table(&rows, &manifest.encoder).map_err(wrong)?;
        let (options, classes) = (&manifest.options, manifest.classes.len());
        crate::sound::check(&rows, options, classes, &manifest.scales).map_err(wrong)?;
        let outputs = manifest.classes.len().max(1);
        let learned = rows.with(&LEARNED).len();
        let fitted = Fitted::from_parts(part, &manifest.encoder.columns(), outputs, learned)
            .map_err(|error| Error::from((path, error)))?;
        if *fitted.recipe() != manifest.options.recipe {
            return Err(wrong("its two recipes differ".to_owned()));
        }
        Ok(Campaign {
            options: manifest.options,
            task: manifest.task,
            classes: manifest.classes,
            encoder: manifest.encoder,
            rows,
            fitted,
            rounds: manifest.rounds,
            ingested: manifest.ingested,
            stated_noise: manifest.stated_noise,
            scales: manifest.scales,
            borrowing: Borrowing::default(),
        })
    }

    /// The bytes of the model file.
    ///
    /// # Errors
    ///
    /// The rows could not be written as Parquet.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let manifest = Manifest {
            format: FORMAT,
            altool: env!("CARGO_PKG_VERSION").to_owned(),
            task: self.task,
            classes: self.classes.clone(),
            options: self.options.clone(),
            encoder: self.encoder.clone(),
            rounds: self.rounds.clone(),
            ingested: self.ingested.clone(),
            stated_noise: self.stated_noise,
            scales: self.scales,
        };
        let manifest = serde_json::to_vec_pretty(&manifest).expect("plain values can be written");
        let mut parts = vec![("manifest.json".to_owned(), manifest)];
        let rows = Frame::from_table(&self.rows.to_table());
        parts.push(("rows.parquet".to_owned(), rows.to_parquet()?));
        parts.extend(self.fitted.to_parts());
        Ok(archive::pack(&parts))
    }

    /// Writes the model file: the old file or the new one is there at any
    /// moment, never anything else.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or another process is writing it.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let bytes = self.to_bytes()?;
        let _lock = if path.exists() {
            Some(al_tables::exclusive(path)?)
        } else {
            None
        };
        Ok(al_tables::write_atomic(path, &bytes)?)
    }

    /// The options of the training.
    #[must_use]
    pub fn options(&self) -> &TrainOptions {
        &self.options
    }

    /// Whether the target is a number or a class.
    #[must_use]
    pub fn task(&self) -> Task {
        self.task
    }

    /// The classes of a classifier, sorted.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The encoder, with the schema.
    #[must_use]
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The fitted model.
    #[must_use]
    pub fn fitted(&self) -> &Fitted {
        &self.fitted
    }

    /// The history, the training first.
    #[must_use]
    pub fn rounds(&self) -> &[Round] {
        &self.rounds
    }

    /// The files that are in the model.
    #[must_use]
    pub fn ingested(&self) -> &[Ingested] {
        &self.ingested
    }

    /// Variance of a measurement on the fitted scale, where replicates or a
    /// noise column tell it.
    pub(crate) fn known_noise(&self) -> Option<f64> {
        let learned = self.rows.with(&LEARNED);
        self.stated_noise
            .mean()
            .or_else(|| replicate_noise(&self.rows, &learned, &self.options))
    }

    /// What all measurements have cost, as far as it is known.
    #[must_use]
    pub fn spent(&self) -> f64 {
        self.rounds.iter().filter_map(|round| round.cost).sum()
    }

    /// A model's value in the target's unit.
    pub(crate) fn unit(&self, model: f64) -> f64 {
        self.options.unit(self.scales.fitted(model))
    }

    pub(crate) fn seed(&self) -> Seed {
        self.options.seed
    }

    /// Encoded rows of the model file.
    pub(crate) fn encode(&self, rows: &[usize]) -> Matrix {
        self.encoder
            .encode(&self.rows.features.take(rows))
            .expect("the model's own rows fit its encoder")
    }

    /// Labelled rows of the model file, on the fitted scale.
    pub(crate) fn labelled(&self, rows: &[usize]) -> Labelled {
        labelled(
            &self.rows,
            rows,
            self.encode(rows),
            &self.options,
            &self.classes,
            &self.scales,
        )
    }
}

pub(crate) fn labelled(
    all: &Rows,
    rows: &[usize],
    x: Matrix,
    options: &TrainOptions,
    classes: &Classes,
    scales: &Scales,
) -> Labelled {
    let y = if classes.is_empty() {
        Target::Values(
            rows.iter()
                .map(|&row| scales.model(options.fitted(all.values[row])))
                .collect(),
        )
    } else {
        Target::Classes {
            codes: rows.iter().map(|&row| all.values[row] as u32).collect(),
            classes: classes.len(),
        }
    };
    Labelled {
        x,
        y,
        weights: rows
            .iter()
            .map(|&row| scales.weight(all.weights[row]))
            .collect(),
    }
}

/// Variance of a measurement from replicates, pooled over the rows that have
/// them, of whatever round; `None` below five degrees of freedom.
pub(crate) fn replicate_noise(all: &Rows, rows: &[usize], options: &TrainOptions) -> Option<f64> {
    let mut groups: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for &row in rows {
        groups.entry(all.keys[row]).or_default().push(row);
    }
    let (mut freedom, mut spread) = (0.0, 0.0);
    for rows in groups.values() {
        let count = |row: usize| f64::from(all.counts[row]);
        let total: f64 = rows.iter().map(|&row| count(row)).sum();
        let value = |row: usize| options.fitted(all.values[row]);
        let mean = rows.iter().map(|&row| count(row) * value(row)).sum::<f64>() / total;
        freedom += total - 1.0;
        spread += rows
            .iter()
            .map(|&row| all.spreads[row] + count(row) * (value(row) - mean).powi(2))
            .sum::<f64>();
    }
    (freedom >= 5.0).then(|| spread / freedom)
}

impl Rows {
    fn to_table(&self) -> Table {
        let text = |name: &str, values: Vec<String>| Column {
            name: name.to_owned(),
            data: ColumnData::Text(Texts::from_rows(values.into_iter().map(Some))),
        };
        let number = |name: &str, values: Vec<f64>| Column {
            name: name.to_owned(),
            data: ColumnData::Number(Numbers::from(values)),
        };
        let mut columns = vec![
            text(KEY, self.keys.iter().map(Key::to_string).collect()),
            text(
                ROLE,
                self.roles
                    .iter()
                    .map(|role| role.name().to_owned())
                    .collect(),
            ),
            number(ROUND, self.rounds.iter().map(|&r| f64::from(r)).collect()),
            number(VALUE, self.values.clone()),
            number(WEIGHT, self.weights.clone()),
            number(COUNT, self.counts.iter().map(|&c| f64::from(c)).collect()),
            number(SPREAD, self.spreads.clone()),
        ];
        if self.has_costs() {
            columns.push(number(COST, self.costs.clone()));
        }
        columns.extend(self.features.columns().iter().cloned());
        Table::new(columns)
    }

    fn from_table(table: &Table, encoder: &Encoder) -> Result<Rows, String> {
        let numbers = |name: &str| match table.column(name) {
            Some(ColumnData::Number(numbers)) => Ok(numbers.values.clone()),
            // A column without a single value has no type of its own.
            Some(data) if (0..data.len()).all(|row| data.is_missing(row)) => {
                Ok(vec![f64::NAN; data.len()])
            }
            _ => Err(format!("rows.parquet has no numbers '{name}'")),
        };
        let texts = |name: &str| match table.column(name) {
            Some(ColumnData::Text(texts)) => (0..texts.codes.len())
                .map(|row| texts.get(row).map(str::to_owned))
                .collect::<Option<Vec<String>>>()
                .ok_or_else(|| format!("rows.parquet misses values of '{name}'")),
            _ => Err(format!("rows.parquet has no texts '{name}'")),
        };
        let keys = texts(KEY)?
            .iter()
            .map(|text| parse_key(text))
            .collect::<Option<Vec<Key>>>()
            .ok_or("rows.parquet holds a malformed key")?;
        let roles = texts(ROLE)?
            .iter()
            .map(|text| Role::ALL.into_iter().find(|role| role.name() == text))
            .collect::<Option<Vec<Role>>>()
            .ok_or("rows.parquet holds an unknown role")?;
        let features = encoder
            .schema
            .names()
            .map(|name| {
                table
                    .column(name)
                    .map(|data| Column {
                        name: name.to_owned(),
                        data: data.clone(),
                    })
                    .ok_or_else(|| format!("rows.parquet has no column '{name}'"))
            })
            .collect::<Result<Vec<Column>, String>>()?;
        let integers = |name: &str| {
            numbers(name).map(|values| values.into_iter().map(|v| v as u32).collect::<Vec<u32>>())
        };
        Ok(Rows {
            features: Table::new(features),
            keys,
            roles,
            rounds: integers(ROUND)?,
            values: numbers(VALUE)?,
            weights: numbers(WEIGHT)?,
            counts: integers(COUNT)?,
            spreads: numbers(SPREAD)?,
            costs: match table.column(COST) {
                None => vec![f64::NAN; table.n_rows()],
                Some(_) => numbers(COST)?,
            },
        })
    }
}

fn parse_key(text: &str) -> Option<Key> {
    let bytes = text.as_bytes();
    if bytes.len() != 32 || !text.is_ascii() {
        return None;
    }
    let mut key = [0_u8; 16];
    for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(Key::from_bytes(key))
}
