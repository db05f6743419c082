//! A campaign: the model, all rows it was made from, and what happened to it,
//! as one file.

use std::fmt::Display;
use std::path::Path;

use al_core::{Encoder, Fault, FaultKind, Matrix, Observed, Silent, Task};
use al_models::{Fitted, Labelled, Labels, TrainingRows};
use al_tables::Frame;
use serde::{Deserialize, Serialize};

use crate::archive;
use crate::belief::Learned;
use crate::options::TrainOptions;
use crate::report::Round;
use crate::results::{Classes, StatedNoise};
use crate::rows;
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
    pub(crate) rows: Observed,
    pub(crate) fitted: Fitted,
    pub(crate) rounds: Vec<Round>,
    pub(crate) ingested: Vec<Ingested>,
    /// Noise stated by a noise column.
    pub(crate) stated_noise: StatedNoise,
    /// How models see targets and weights.
    pub(crate) scales: Scales,
    /// What follows from all of that and is worked out when it is asked for.
    pub(crate) learned: Learned,
}

/// A file whose results are in the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingested {
    /// BLAKE3 of its contents, hexadecimal.
    pub digest: String,
    /// The round it came with.
    pub round: usize,
}

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

/// The fault of a file that is no model file, or a damaged one.
fn damaged(path: &str, reason: impl Display) -> Fault {
    Fault::data(format!("not a model file, or a damaged one: {reason}")).at(path)
}

/// The fault of a model file of a later format.
fn newer(path: &str, found: u32, writer: &str) -> Fault {
    let problem = format!(
        "this model has format {found}, written by altool {writer}, and this altool reads up to format {FORMAT}"
    );
    Fault::new(FaultKind::Unavailable, problem)
        .remedy("install a newer altool")
        .at(path)
}

impl Campaign {
    /// Reads a model file.
    ///
    /// # Errors
    ///
    /// No such file, a damaged one, or one of a later format.
    pub fn load(path: &Path) -> Result<Campaign, Fault> {
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
    pub fn from_bytes(bytes: &[u8], path: &str) -> Result<Campaign, Fault> {
        let wrong = |reason: String| damaged(path, reason);
        let parts = archive::unpack(bytes).map_err(wrong)?;
        let part = |name: &str| parts.get(name).map(Vec::as_slice);
        let manifest =
            part("manifest.json").ok_or_else(|| wrong("it has no manifest.json".to_owned()))?;
        let any: AnyManifest = serde_json::from_slice(manifest)
            .map_err(|error| wrong(format!("manifest.json: {error}")))?;
        if any.format > FORMAT {
            return Err(newer(path, any.format, &any.altool));
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
        let rows = rows::from_table(&rows, &manifest.encoder).map_err(wrong)?;
        let (options, classes) = (&manifest.options, manifest.classes.len());
        crate::sound::check(&rows, options, classes, &manifest.scales).map_err(wrong)?;
        let outputs = manifest.classes.len().max(1);
        let learned = rows.learned().len();
        let fitted = Fitted::from_parts(part, &manifest.encoder.columns(), outputs, learned)
            .map_err(|error| damaged(path, error))?;
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
            learned: Learned::default(),
        })
    }

    /// What a replay has learned from `rows` at one moment: a campaign without
    /// history, whose noise is told by out-of-bag residuals.
    pub(crate) fn rehearsed(
        options: TrainOptions,
        task: Task,
        classes: Classes,
        encoder: Encoder,
        rows: Observed,
    ) -> Result<Campaign, Fault> {
        let learned = rows.learned();
        let x = encoder
            .encode(&rows.features().take(&learned))
            .expect("rows fit the encoder that was fitted on them");
        let scales = Scales::of(&rows, &learned, &options, task == Task::Regression);
        let data = labelled(&rows, &learned, x, &options, &classes, &scales);
        let training = TrainingRows {
            data: &data,
            calibration: &[],
            replicate_noise: None,
        };
        let fitted = Fitted::fit(&options.recipe, training, options.seed, &Silent)?;
        Ok(Campaign {
            options,
            task,
            classes,
            encoder,
            rows,
            fitted,
            rounds: Vec::new(),
            ingested: Vec::new(),
            stated_noise: StatedNoise::default(),
            scales,
            learned: Learned::default(),
        })
    }

    /// The bytes of the model file.
    ///
    /// # Errors
    ///
    /// The rows could not be written as Parquet.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
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
        let rows = Frame::from_table(&rows::to_table(&self.rows));
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
    pub fn save(&self, path: &Path) -> Result<(), Fault> {
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

    /// Encoded rows of the model file.
    pub(crate) fn encode(&self, rows: &[usize]) -> Matrix {
        self.encoder
            .encode(&self.rows.features().take(rows))
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
    all: &Observed,
    rows: &[usize],
    x: Matrix,
    options: &TrainOptions,
    classes: &Classes,
    scales: &Scales,
) -> Labelled {
    let scale = scales.target(options.log_target);
    let y = if classes.is_empty() {
        Labels::Values(
            rows.iter()
                .map(|&row| scale.standardised(scale.fitted(all.values()[row])))
                .collect(),
        )
    } else {
        Labels::Classes {
            codes: rows.iter().map(|&row| all.values()[row] as u32).collect(),
            classes: classes.len(),
        }
    };
    Labelled {
        x,
        y,
        weights: rows
            .iter()
            .map(|&row| scales.weight(all.weights()[row]))
            .collect(),
    }
}
