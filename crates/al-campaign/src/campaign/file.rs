//! The model file: a campaign as one archive.

use std::fmt::Display;
use std::path::Path;

use al_core::{Encoder, Fault, FaultKind, Observed, Task, encoder, key::RULE};
use al_models::Fitted;
use al_tables::{Frame, Lock};
use al_words::Round;
use serde::{Deserialize, Serialize};

use super::{Campaign, Ingested};
use crate::derived::Learned;
use crate::options::TrainOptions;
use crate::results::{Classes, StatedNoise};
use crate::scales::Scales;
use crate::seen::{Measurement, SeenMeasurements};
use crate::structures::molecules;
use crate::{archive, rows, sound};

/// Newest format: it says by which rule keys are made, and holds models of `auto` and
/// `gp`; earlier versions would take measured rows for new ones.
pub const FORMAT: u32 = 2;
/// Oldest format this version reads.
pub const OLDEST_FORMAT: u32 = 1;

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
    /// The rule by which keys are made; files of format 1 had the first and did not say
    /// so.
    #[serde(default = "first_rule")]
    key_rule: u32,
    /// Columns of the training table that say nothing to the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_out: Option<Vec<String>>,
    /// Whether columns are typed by what stands in each file, as before the second rule.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    typed_by_files: bool,
    /// What the directories of the training files said, alike of all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    directories: Vec<(String, String)>,
}

fn first_rule() -> u32 {
    1
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

/// That what was written can be read: numbers without end are none in JSON.
fn check_numbers(parts: &[(String, Vec<u8>)]) -> Result<(), Fault> {
    let part = |name: &str| {
        let found = parts.iter().find(|(other, _)| other == name);
        found.map_or(&[][..], |(_, bytes)| bytes)
    };
    let manifest = serde_json::from_slice::<Manifest>(part("manifest.json")).map(|_| ());
    let sound = manifest.is_ok() && Fitted::is_sound(part("fitted.json"));
    match sound {
        true => Ok(()),
        false => Err(Fault::data(
            "some numbers are too large or too small to compute with: no model is written",
        )
        .remedy("give the target and the features in other units, or correct the cells")),
    }
}

/// The measurements that rows tell of: those of rows that were measured once, or with the
/// same outcome each time.
fn once_measured(rows: &Observed) -> SeenMeasurements {
    let mut seen = SeenMeasurements::default();
    for row in 0..rows.len() {
        // Of repeats that differ only the mean is known.
        let alike = rows.counts()[row] == 1 || rows.spreads()[row] == 0.0;
        for _ in 0..if alike { rows.counts()[row] } else { 0 } {
            seen.add(Measurement {
                key: rows.keys()[row],
                value: rows.values()[row],
                cost: rows.costs()[row],
            });
        }
    }
    seen
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
        let mut manifest: Manifest = serde_json::from_slice(manifest)
            .map_err(|error| wrong(format!("manifest.json: {error}")))?;
        let scales = manifest.scales;
        let scaled = scales.centre.is_finite()
            && [scales.spread, scales.weight]
                .iter()
                .all(|scale| scale.is_finite() && *scale > 0.0);
        if !scaled || !manifest.encoder.is_consistent() || manifest.rounds.is_empty() {
            return Err(wrong("manifest.json contradicts itself".to_owned()));
        }
        // Files do not hold who reads structures.
        if let Some((_, kind)) = manifest.encoder.schema.structure() {
            let kind = molecules(kind.options()).map_err(|fault| fault.at(path))?;
            manifest.encoder.schema.set_structure(&kind);
            if let Some((_, own)) = &mut manifest.options.structure {
                *own = kind;
            }
        }
        let rows = part("rows.parquet")
            .ok_or_else(|| wrong("it has no rows.parquet".to_owned()))?
            .to_vec();
        let rows = Frame::from_parquet(rows)
            .and_then(|frame| frame.table(None))
            .map_err(|error| wrong(format!("rows.parquet: {error}")))?;
        let mut rows = rows::from_table(&rows, &manifest.encoder).map_err(wrong)?;
        let mut key_rule = manifest.key_rule;
        if key_rule < RULE && manifest.options.id.is_none() {
            let schema = &manifest.encoder.schema;
            let keys = encoder::feature_keys(schema, rows.features());
            rows = rows.with_keys(keys.map_err(|error| wrong(error.to_string()))?);
            key_rule = RULE;
        }
        let (options, classes) = (&manifest.options, manifest.classes.len());
        sound::check(&rows, options, classes, &manifest.scales).map_err(wrong)?;
        let seen = match part("seen.bin") {
            Some(bytes) => SeenMeasurements::from_bytes(bytes)
                .ok_or_else(|| wrong("seen.bin is cut off".to_owned()))?,
            // Older files do not say: what was measured once is known.
            None => once_measured(&rows),
        };
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
            key_rule,
            seen,
            left_out: manifest.left_out,
            typed_by_files: manifest.typed_by_files || manifest.key_rule < RULE,
            directories: manifest.directories,
            learned: Learned::default(),
        })
    }

    /// The format that its file has: the oldest that holds it.
    #[must_use]
    pub fn format(&self) -> u32 {
        match self.options.recipe.learner.as_str() {
            "auto" | "gp" => FORMAT,
            _ if self.key_rule >= RULE => FORMAT,
            _ => OLDEST_FORMAT,
        }
    }

    /// The bytes of the model file.
    ///
    /// # Errors
    ///
    /// The rows could not be written as Parquet.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        let manifest = Manifest {
            format: self.format(),
            altool: env!("CARGO_PKG_VERSION").to_owned(),
            task: self.task,
            classes: self.classes.clone(),
            options: self.options.clone(),
            encoder: self.encoder.clone(),
            rounds: self.rounds.clone(),
            ingested: self.ingested.clone(),
            stated_noise: self.stated_noise,
            scales: self.scales,
            key_rule: self.key_rule,
            left_out: self.left_out.clone(),
            typed_by_files: self.typed_by_files,
            directories: self.directories.clone(),
        };
        let manifest = serde_json::to_vec_pretty(&manifest).expect("plain values can be written");
        let mut parts = vec![("manifest.json".to_owned(), manifest)];
        let rows = Frame::from_table(&rows::to_table(&self.rows));
        parts.push(("rows.parquet".to_owned(), rows.to_parquet()?));
        parts.push(("seen.bin".to_owned(), self.seen.to_bytes()));
        parts.extend(self.fitted.to_parts());
        check_numbers(&parts)?;
        Ok(archive::pack(&parts))
    }

    /// Writes the model file: the old file or the new one is there at any
    /// moment, never anything else.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or another process is writing it.
    pub fn save(&self, path: &Path) -> Result<(), Fault> {
        let lock = Campaign::reserve(path)?;
        self.save_reserved(path, lock)
    }

    /// Holds the model file that is at `path`, if one is there: nobody else writes it until
    /// [`Campaign::save_reserved`] has.
    ///
    /// # Errors
    ///
    /// Another process is writing it.
    pub fn reserve(path: &Path) -> Result<Option<Lock>, Fault> {
        let there = path.exists();
        Ok(there.then(|| al_tables::exclusive(path)).transpose()?)
    }

    /// As [`Campaign::save`], to a file that [`Campaign::reserve`] holds.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn save_reserved(&self, path: &Path, held: Option<Lock>) -> Result<(), Fault> {
        let bytes = self.to_bytes()?;
        al_tables::write_atomic(path, &bytes)?;
        drop(held);
        Ok(())
    }
}
