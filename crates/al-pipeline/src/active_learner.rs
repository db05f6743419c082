//! The loop in a few calls, named as in the design: what is worth measuring,
//! in which order, in which batch, and what the results changed.
//!
//! Tables go in as anything that becomes a [`Source`] (a [`Frame`] in memory,
//! or files) and come out as frames. Nothing is computed here: each call is
//! [`train`], [`score`](crate::score()), [`choose`], [`Campaign::update`] or
//! [`grid`](crate::grid()) with the options that the call stands for.

mod configurations;
mod sieve;
#[cfg(test)]
mod tests;

use std::path::Path;

use al_core::{Belief, Fault, Message, Messages, Silent, Tabular, encoder};
use al_sampling::{OptionValue, StrategyOptions};
use al_tables::{Frame, Input, NewData};
use al_words::columns::{PRIORITY, SCORE};

use crate::campaign::Campaign;
use crate::choose::weights::Weigher;
use crate::choose::{Availability, Batch, Capacity, SelectOptions, choose};
use crate::options::TrainOptions;
use crate::output_columns::new_column;
use crate::phrases::counted;
use crate::recommend::{
    HardwareIntegration, HardwareRecommender, IntegrateOptions, RecommendOptions, integrate,
};
use crate::results::check_columns;
use crate::score::{ScoreOptions, Scorer, added, score_input};
use crate::source::Source;
use crate::train::train;
use crate::update::{UpdateOptions, Updated};
use sieve::Sieve;

pub use configurations::{generate_candidate_configurations, generate_candidates_of};

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

/// Which tests are of high value.
#[derive(Debug, Clone, PartialEq)]
pub struct HighValueOptions {
    /// Only tests whose combined uncertainty is above this, from 0 to 1.
    /// Default 0.3.
    pub uncertainty_threshold: f64,
    /// Most tests. Default 100.
    pub max_tests: usize,
    /// How to score; it needs a gain.
    pub score: ScoreOptions,
}

impl Default for HighValueOptions {
    fn default() -> Self {
        HighValueOptions {
            uncertainty_threshold: 0.3,
            max_tests: 100,
            score: ScoreOptions::default(),
        }
    }
}

/// What makes a test come earlier or later than what it would teach.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorityOptions {
    /// How available each kind of hardware is.
    pub hardware_availability: Option<Availability>,
    /// Columns that cost, in any unit each, and how much each counts, as in
    /// time 0.6, resources 0.4. Costs and weights are above 0.
    pub cost_weights: Vec<(String, f64)>,
    /// How much costs count, from 0 (not at all) to 1 (half the cost, twice the
    /// priority): the exponent a. Default 1; of a budget that is being spent,
    /// the share that is left.
    pub cooling: f64,
    /// How to score tests that are not scored yet; it needs a gain.
    pub score: ScoreOptions,
}

impl Default for PriorityOptions {
    fn default() -> Self {
        PriorityOptions {
            hardware_availability: None,
            cost_weights: Vec::new(),
            cooling: 1.0,
            score: ScoreOptions::default(),
        }
    }
}

/// Which tests make a batch.
#[derive(Debug, Clone)]
pub struct BatchOptions {
    /// Rows to choose, at least 1. Default 10.
    pub batch_size: usize,
    /// Whether the rows of a batch shall differ from each other: then the
    /// default strategy chooses, else the largest scores win. Default true.
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
    pub pending: Option<Source>,
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

/// Tests in the order in which they are worth measuring.
#[derive(Debug)]
pub struct RankedTests {
    /// The tests, best first: the columns that were given, then what scoring
    /// adds, then, where tests were prioritised, `priority`.
    pub frame: Frame,
    /// Rows that were read.
    pub candidates: usize,
    /// Rows left out for another reason than their uncertainty: `warnings` say
    /// which.
    pub left_out: usize,
    /// Warnings, a sentence each.
    pub warnings: Messages,
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
        results: impl Into<Source>,
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
        candidates: impl Into<Source>,
        options: &HighValueOptions,
    ) -> Result<RankedTests, Fault> {
        let threshold = options.uncertainty_threshold;
        if !(0.0..=1.0).contains(&threshold) {
            return Err(
                Fault::usage(format!("the uncertainty threshold is {threshold}"))
                    .remedy("it must be from 0 to 1, as the combined uncertainty is"),
            );
        }
        needs_gain(&options.score)?;
        let input = candidates.into().open()?;
        let id = self.campaign.columns().id;
        check_columns(&input, self.campaign.encoder().schema.names().chain(id))?;
        let mut sieve = Sieve::new(&self.campaign, &input, threshold, &options.score.prefix);
        let scored = score_input(
            &self.campaign,
            &input,
            &options.score,
            || Ok(&mut sieve),
            &Silent,
        )?;
        let mut warnings = scored.warnings;
        let (left_out, sentences) = sieve.left_out();
        warnings.extend(sentences);
        let (frame, keys) = sieve.rows()?;
        let scores = numbers(&frame, &format!("{}{}", options.score.prefix, SCORE.name))?;
        let mut order = self.ranked(&scores, &keys);
        order.truncate(options.max_tests);
        Ok(RankedTests {
            frame: frame.take(&order),
            candidates: scored.rows,
            left_out,
            warnings,
        })
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
        tests: impl Into<Source>,
        options: &PriorityOptions,
    ) -> Result<RankedTests, Fault> {
        if !(0.0..=1.0).contains(&options.cooling) {
            return Err(Fault::usage(format!("the cooling is {}", options.cooling))
                .remedy("it must be from 0 to 1"));
        }
        needs_gain(&options.score)?;
        let campaign = &self.campaign;
        let input = tests.into().open()?;
        check_columns(&input, campaign.encoder().schema.names())?;
        let select = SelectOptions {
            availability: options.hardware_availability.clone(),
            cost_weights: options.cost_weights.clone(),
            ..SelectOptions::new(SelectOptions::ANY)
        };
        let weigher = Weigher::new(campaign, &input, &select)?;
        let scorer = Scorer::new(campaign, options.score.neighbours)?;
        let (frame, mut warnings) = self.scored(&input, &options.score)?;
        let mut frame = without_priority(frame, campaign)?;
        let table = scorer.table(&frame)?;
        let keys = encoder::feature_keys(&campaign.encoder().schema, &table)
            .map_err(|error| input.fault(&error))?;
        let n = frame.n_rows();
        let factors = weigher.factors(&input, &frame, &table, 0)?;
        let wanted = factors.wanted(n, &options.cost_weights, options.cooling);
        let mut priority = numbers(&frame, &format!("{}{}", options.score.prefix, SCORE.name))?;
        for (priority, wanted) in priority.iter_mut().zip(wanted.iter().flatten()) {
            *priority *= wanted;
        }
        if let Some(availability) = &options.hardware_availability {
            warnings.extend(availability.strangers(&frame)?);
        }
        let available = |&row: &usize| factors.available.get(row).is_none_or(|&a| a > 0.0);
        let mut order = self.ranked(&priority, &keys);
        order.retain(available);
        let left_out = n - order.len();
        if left_out > 0 {
            warnings.push(format!(
                "left out, being on hardware that is not available: {}",
                counted(left_out, "row")
            ));
        }
        frame.append(vec![new_column(&PRIORITY, NewData::Float(priority))])?;
        Ok(RankedTests {
            frame: frame.take(&order),
            candidates: n,
            left_out,
            warnings,
        })
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
        tests: impl Into<Source>,
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
        results: impl Into<Source>,
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

    /// The rows of `input` with the columns of scoring, in their order.
    fn scored(&self, input: &Input, options: &ScoreOptions) -> Result<(Frame, Messages), Fault> {
        let mut names = added(&self.campaign, options).into_iter();
        if names.all(|name| input.names().contains(&name)) {
            return Ok((input.read(None)?, Messages::default()));
        }
        let mut blocks: Vec<Frame> = Vec::new();
        let scored = score_input(&self.campaign, input, options, || Ok(&mut blocks), &Silent)?;
        Ok((Frame::concat(blocks)?, scored.warnings))
    }

    /// The rows by their values, the largest first, equal ones in the order of
    /// the seed.
    fn ranked(&self, values: &[f64], keys: &[al_core::Key]) -> Vec<usize> {
        let seed = self.campaign.seed().derive("ranked", 0);
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| {
            let by_seed = |row: usize| (seed.order(keys[row]), keys[row]);
            values[b]
                .total_cmp(&values[a])
                .then_with(|| by_seed(a).cmp(&by_seed(b)))
        });
        order
    }
}

fn needs_gain(options: &ScoreOptions) -> Result<(), Fault> {
    match options.gain {
        Some(_) => Ok(()),
        None => Err(Fault::usage(
            "tests are ranked by their score, which has no value without a gain",
        )
        .remedy("name one in the options of scoring")),
    }
}

/// The frame without the priority of an earlier call; one that the model has
/// as a feature stays.
fn without_priority(frame: Frame, campaign: &Campaign) -> Result<Frame, Fault> {
    let features: Vec<&str> = campaign.encoder().schema.names().collect();
    let names = frame.names();
    let kept: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|&name| name != PRIORITY.name || features.contains(&name))
        .collect();
    Ok(frame.select(&kept)?)
}

/// A column of numbers that scoring added.
fn numbers(frame: &Frame, name: &str) -> Result<Vec<f64>, Fault> {
    let table = frame.table(Some(&[name]))?;
    let numbers = encoder::numbers(&table, name).map_err(|error| {
        Fault::data(format!(
            "the column '{name}' is not what scoring writes: {error}"
        ))
        .remedy("leave it out for the tests to be scored")
    })?;
    Ok(numbers.values.clone())
}
