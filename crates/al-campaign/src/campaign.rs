//! A campaign: the model, all rows it was made from, and what happened to it,
//! as one file.

mod belief;
mod comparison;
mod evaluation;
mod file;
mod train;
mod update;

use al_core::{Encoder, Fault, Matrix, Observed, Silent, Task, key::RULE};
use al_models::{Fitted, Labelled, TrainingRows};
use al_words::Round;
use serde::{Deserialize, Serialize};

use crate::derived::Learned;
use crate::options::TrainOptions;
use crate::results::{Classes, StatedNoise};
use crate::scales::{Scales, labelled};
use crate::seen::SeenMeasurements;

pub use comparison::{MetricDifference, ModelComparison, PredictedValue, compare};
pub use evaluation::Evaluation;
pub use file::{FORMAT, OLDEST_FORMAT};
pub use train::{Trained, train};
pub use update::{Refit, UpdateOptions, Updated, update_file};

/// A model with its rows and its history.
#[derive(Debug)]
pub struct Campaign {
    options: TrainOptions,
    task: Task,
    classes: Classes,
    encoder: Encoder,
    rows: Observed,
    fitted: Fitted,
    rounds: Vec<Round>,
    ingested: Vec<Ingested>,
    /// Noise stated by a noise column.
    stated_noise: StatedNoise,
    /// How models see targets and weights.
    scales: Scales,
    /// The rule by which its keys are made.
    key_rule: u32,
    /// Whether its files were typed by what stood in each, as those of the first rule were.
    typed_by_files: bool,
    /// The measurements that are in it.
    seen: SeenMeasurements,
    /// Columns of the training table that say nothing to it; not known of older models.
    left_out: Option<Vec<String>>,
    /// What the directories of the training files said, alike of all.
    directories: Vec<(String, String)>,
    /// What follows from all of that and is worked out when it is asked for.
    learned: Learned,
}

/// A file whose results are in the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingested {
    /// BLAKE3 of its contents, hexadecimal.
    pub digest: String,
    /// The round it came with.
    pub round: usize,
}

impl Campaign {
    /// What a replay has learned from `rows` at one moment: a campaign without
    /// history, whose noise is told by out-of-bag residuals. `quick` says whether failures
    /// and costs are learned by fewer and smaller members.
    ///
    /// # Errors
    ///
    /// What the learner refuses.
    ///
    /// # Panics
    ///
    /// If the rows do not fit the encoder: a bug of the caller.
    pub fn rehearsed(
        options: TrainOptions,
        task: Task,
        classes: Classes,
        encoder: Encoder,
        rows: Observed,
        quick: bool,
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
            key_rule: RULE,
            typed_by_files: false,
            seen: SeenMeasurements::default(),
            left_out: None,
            directories: Vec::new(),
            learned: Learned::new(quick),
        })
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
    #[must_use]
    pub fn encode(&self, rows: &[usize]) -> Matrix {
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
