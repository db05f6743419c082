//! The loop in a few calls, named as in the design: what is worth measuring,
//! in which order, in which batch, and what the results changed.
//!
//! Tables go in as anything that becomes a [`Source`] (a [`Frame`] in memory,
//! or files) and come out as frames. Nothing is computed here: each call is
//! [`train`], [`score`](crate::score()), [`choose`], [`Campaign::update`] or
//! [`grid`](crate::grid()) with the options that the call stands for.

use std::path::Path;

use al_advise::{
    HardwareIntegration, HardwareRecommender, IntegrateOptions, RecommendOptions, integrate,
};
use al_campaign::{Campaign, TrainOptions, UpdateOptions, Updated, train};
use al_core::{Fault, Message, Messages, Silent};
use al_sampling::{OptionValue, StrategyOptions};
use al_select::{
    Availability, Batch, Capacity, HighValueOptions, PriorityOptions, RankedTests, SelectOptions,
    choose, identify_high_value, prioritize,
};
use al_tables::TableSource;

/// A model that says what to measure next and learns from what was measured.
///
/// ```
/// # use al_core::{Column, ColumnData, Numbers, Table};
/// # use al_pipeline::{ActiveLearner, Frame, HighValueOptions, TrainOptions};
/// # let column = |name: &str, values: Vec<f64>| Column {
/// #     name: name.to_owned(),
/// #     data: ColumnData::Number(Numbers::from(values)),
/// # };
/// // Batches 1 to 12 are measured, 1 to 30 are candidates.
/// let batch: Vec<f64> = (1..=12).map(f64::from).collect();
/// let ms = batch.iter().map(|n| 2.0 + 0.5 * n).collect();
/// let results = Frame::from_table(&Table::new(vec![column("batch", batch), column("ms", ms)]));
/// let candidates = Frame::from_table(&Table::new(vec![column(
///     "batch",
///     (1..=30).map(f64::from).collect(),
/// )]));
///
/// let mut options = TrainOptions::new("ms");
/// options.recipe.members = 4;
/// options.recipe.options.trees = 10;
/// let learner = ActiveLearner::train(&results, &options)?;
/// let tests = learner.identify_high_value_tests(&candidates, &HighValueOptions::default())?;
/// assert!(tests.frame.n_rows() > 0);
/// assert!(tests.frame.names().contains(&"information_gain".to_owned()));
/// # Ok::<(), al_pipeline::Fault>(())
/// ```
#[derive(Debug)]
pub struct ActiveLearner {
    campaign: Campaign,
    warnings: Messages,
}

/// Which tests make a batch.
#[derive(Debug, Clone)]
pub struct BatchOptions {
    /// Rows to choose, at least 1. Default 10.
    pub batch_size: usize,
    /// Whether the default strategy chooses rows that differ from each other;
    /// otherwise the rows with the largest scores are chosen. Default true.
    pub ensure_diversity: bool,
    /// How available each kind of hardware is.
    pub hardware_availability: Option<Availability>,
    /// The hosts that the batch must fit. How long a row takes is what it costs
    /// or what the model predicts, if that is a time by its column's name; for
    /// other ways call [`choose`].
    pub capacity: Option<Capacity>,
    /// As [`PriorityOptions::cost_weights`].
    pub cost_weights: Vec<(String, f64)>,
    /// Rows being measured: not chosen, and counted as covered.
    pub pending: Option<TableSource>,
}

impl Default for BatchOptions {
    fn default() -> Self {
        BatchOptions {
            batch_size: 10,
            ensure_diversity: true,
            hardware_availability: None,
            capacity: None,
            cost_weights: Vec::new(),
            pending: None,
        }
    }
}

impl From<Campaign> for ActiveLearner {
    fn from(campaign: Campaign) -> Self {
        ActiveLearner {
            campaign,
            warnings: Messages::default(),
        }
    }
}

impl ActiveLearner {
    /// Learns from measured rows, as `altool train` does. What it had to warn
    /// of, [`ActiveLearner::warnings`] has.
    ///
    /// # Errors
    ///
    /// As [`train`]: results that cannot be read or make no sense.
    pub fn train(
        results: impl Into<TableSource>,
        options: &TrainOptions,
    ) -> Result<ActiveLearner, Fault> {
        let trained = train(&results.into(), None, options, None, &Silent)?;
        Ok(ActiveLearner {
            campaign: trained.campaign,
            warnings: trained.warnings,
        })
    }

    /// Reads a model file, of this or of the command line.
    ///
    /// # Errors
    ///
    /// As [`Campaign::load`].
    pub fn load(path: &Path) -> Result<ActiveLearner, Fault> {
        Ok(Campaign::load(path)?.into())
    }

    /// Writes the model file, whole or not at all.
    ///
    /// # Errors
    ///
    /// As [`Campaign::save`].
    pub fn save(&self, path: &Path) -> Result<(), Fault> {
        self.campaign.save(path)
    }

    /// The model, its rows and its history: for all that the functions of this
    /// crate do with it.
    #[must_use]
    pub fn campaign(&self) -> &Campaign {
        &self.campaign
    }

    /// The same, given away.
    #[must_use]
    pub fn into_campaign(self) -> Campaign {
        self.campaign
    }

    /// What the training warned of, a sentence each; nothing of a loaded model.
    #[must_use]
    pub fn warnings(&self) -> &[Message] {
        &self.warnings
    }

    /// The candidates that are worth measuring: those whose combined
    /// uncertainty is above the threshold, the largest `score` first (0.4 of
    /// the uncertainty and 0.6 of the information gain, times the probability
    /// that the row works). Rows that are measured already are left out, and a
    /// row that stands there twice comes once.
    ///
    /// Uncertainty, gain and score are those of [`score`](crate::score()): from 0
    /// to 1, relative to all candidates given. Tests of two calls can be
    /// compared if both were given the same candidates.
    ///
    /// # Errors
    ///
    /// A threshold outside 0 to 1, scoring without a gain, and what
    /// [`score`](crate::score()) refuses: candidates that do not fit the model, or
    /// that have a column of a name that scoring adds.
    pub fn identify_high_value_tests(
        &self,
        candidates: impl Into<TableSource>,
        options: &HighValueOptions,
    ) -> Result<RankedTests, Fault> {
        identify_high_value(&self.campaign, &candidates.into(), options)
    }

    /// The tests by `priority`, the largest first: their `score` times
    /// availability · (c / median c)^−a, where c is the sum of each cost over
    /// its median, times its weight, and a the cooling. Without costs and
    /// availability the priority is the score. Tests on hardware that is not
    /// available are left out, with a warning.
    ///
    /// Tests that have all columns that scoring adds, as those of
    /// [`ActiveLearner::identify_high_value_tests`] have, keep their scores:
    /// they are relative to the candidates they were found among. Others are
    /// scored here, relative to each other. After an update give tests without
    /// those columns. A `priority` of an earlier call is replaced.
    ///
    /// A cost that a row lacks is the one the model expects, if it was trained
    /// with that column as its cost.
    ///
    /// # Errors
    ///
    /// An availability outside 0 to 1 or a cost or weight not above 0, naming
    /// it; a cooling outside 0 to 1; a column that is not there; and what
    /// [`score`](crate::score()) refuses.
    pub fn prioritize_tests(
        &self,
        tests: impl Into<TableSource>,
        options: &PriorityOptions,
    ) -> Result<RankedTests, Fault> {
        prioritize(&self.campaign, &tests.into(), options)
    }

    /// The batch to measure next, as [`choose`] gives it: rank, score and
    /// reason, then the columns of the tests. Measured rows are never chosen,
    /// and nothing is chosen twice.
    ///
    /// With diversity the default strategy chooses among the tests; scores that
    /// they carry are not read. Without it the rows with the largest score (as
    /// in [`ActiveLearner::prioritize_tests`], relative to the tests given) win,
    /// each on its own. Availability and costs weigh either way. For other
    /// strategies and limits call [`choose`] with [`ActiveLearner::campaign`].
    ///
    /// # Errors
    ///
    /// A batch size of 0, and what [`choose`] refuses.
    pub fn suggest_test_batch(
        &self,
        tests: impl Into<TableSource>,
        options: &BatchOptions,
    ) -> Result<Batch, Fault> {
        if options.batch_size == 0 {
            return Err(Fault::usage("the batch size is 0").remedy("it must be at least 1"));
        }
        let mut select = SelectOptions {
            availability: options.hardware_availability.clone(),
            capacity: options.capacity.clone(),
            cost_weights: options.cost_weights.clone(),
            pending: options.pending.clone(),
            ..SelectOptions::new(options.batch_size)
        };
        if !options.ensure_diversity {
            // Without its distances, hybrid is the score.
            select.strategy = Some("hybrid".to_owned());
            select.settings = StrategyOptions::none().with("weight", OptionValue::Number(0.0));
        }
        choose(&self.campaign, &tests.into(), &select, &Silent)
    }

    /// What to measure where it matters which hardware is used: the pairs of a
    /// workload and a hardware with the largest 0.7 of the information gain and
    /// 0.3 of the probability that the hardware is the best for the workload, at
    /// most `test_budget`. `optimize_for` is throughput, latency, time, energy,
    /// cost, or the model's target. Measured pairs are not among them.
    ///
    /// # Errors
    ///
    /// A budget of 0, and what [`integrate`](crate::integrate()) refuses: an
    /// objective that disagrees with the model's direction, say.
    pub fn integrate_with_hardware_recommender(
        &self,
        recommender: &HardwareRecommender,
        test_budget: usize,
        optimize_for: &str,
    ) -> Result<HardwareIntegration, Fault> {
        let options = RecommendOptions {
            optimize_for: vec![optimize_for.to_owned()],
            ..recommender.options.clone()
        };
        let how = IntegrateOptions {
            n: test_budget,
            ..recommender.integrate.clone()
        };
        let candidates = &recommender.candidates;
        integrate(&self.campaign, candidates, &options, &how, &Silent)
    }

    /// Takes new results in and says what that changed on the evaluation rows.
    /// The same table twice changes nothing, unless the options say `again`.
    /// After an error the model is what it was before.
    ///
    /// # Errors
    ///
    /// As [`Campaign::update`]: results that cannot be read or make no sense.
    pub fn update_models(
        &mut self,
        results: impl Into<TableSource>,
        options: &UpdateOptions,
    ) -> Result<Updated, Fault> {
        // An update that fails half-way has changed the model: a file is then
        // not written, and here it is as if it had been one.
        let before = self.campaign.to_bytes()?;
        let updated = self
            .campaign
            .update(&results.into(), None, options, &Silent);
        if updated.is_err() {
            self.campaign = Campaign::from_bytes(&before, "the model before the update")?;
        }
        updated
    }
}
