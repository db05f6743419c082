//! Candidates ranked one by one, each on its own: by what measuring it would
//! teach, and by that over what it costs.

mod sieve;

use al_core::phrases::counted;
use al_core::{Fault, Key, Messages, Silent, Tabular, encoder};
use al_tables::{Frame, Input, NewData, TableSource, check_columns};
use al_words::columns::{PRIORITY, SCORE};

use crate::options::{Availability, SelectOptions};
use crate::output_columns::new_column;
use crate::score::{ScoreOptions, Scorer, added, score_input};
use crate::weigh::Weigher;
use sieve::{Sieve, numbers};

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

/// Ranks the candidates whose combined uncertainty is above the threshold by
/// their score, the largest first. Rows that are measured already are left out,
/// and a row that stands there twice comes once.
///
/// # Errors
///
/// A threshold outside 0 to 1, scoring without a gain, and what [`score`] refuses.
///
/// [`score`]: crate::score()
pub fn identify_high_value(
    belief: &dyn Tabular,
    candidates: &TableSource,
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
    let input = candidates.open_knowing(&belief.known_columns())?;
    let id = belief.columns().id;
    check_columns(&input, belief.encoder().schema.names().chain(id))?;
    let mut sieve = Sieve::new(belief, &input, threshold, &options.score.prefix);
    let scored = score_input(belief, &input, &options.score, || Ok(&mut sieve), &Silent)?;
    let mut warnings = scored.warnings;
    let (left_out, sentences) = sieve.left_out();
    warnings.extend(sentences);
    let (frame, keys) = sieve.rows()?;
    let scores = numbers(&frame, &format!("{}{}", options.score.prefix, SCORE.name))?;
    let mut order = ranked(belief, &scores, &keys);
    order.truncate(options.max_tests);
    Ok(RankedTests {
        frame: frame.take(&order),
        candidates: scored.rows,
        left_out,
        warnings,
    })
}

/// Ranks tests by `priority`: their score times availability over relative cost.
///
/// # Errors
///
/// An availability outside 0 to 1 or a cost or weight not above 0; a cooling
/// outside 0 to 1; a column that is not there; and what [`score`] refuses.
///
/// [`score`]: crate::score()
pub fn prioritize(
    belief: &dyn Tabular,
    tests: &TableSource,
    options: &PriorityOptions,
) -> Result<RankedTests, Fault> {
    if !(0.0..=1.0).contains(&options.cooling) {
        return Err(Fault::usage(format!("the cooling is {}", options.cooling))
            .remedy("it must be from 0 to 1"));
    }
    needs_gain(&options.score)?;
    let input = tests.open_knowing(&belief.known_columns())?;
    check_columns(&input, belief.encoder().schema.names())?;
    let select = SelectOptions {
        availability: options.hardware_availability.clone(),
        cost_weights: options.cost_weights.clone(),
        ..SelectOptions::new(SelectOptions::ANY)
    };
    let weigher = Weigher::new(belief, &input, &select)?;
    let scorer = Scorer::new(belief, options.score.neighbours)?;
    let (frame, mut warnings) = scored(belief, &input, &options.score)?;
    let mut frame = without_priority(frame, belief)?;
    let table = scorer.table(&frame)?;
    let keys = encoder::feature_keys(&belief.encoder().schema, &table)
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
    let mut order = ranked(belief, &priority, &keys);
    order.retain(available);
    let left_out = n - order.len();
    if left_out > 0 {
        warnings.push(format!(
            "excluded because their hardware is not available: {}",
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

/// The rows of `input` with the columns of scoring, in their order.
fn scored(
    belief: &dyn Tabular,
    input: &Input,
    options: &ScoreOptions,
) -> Result<(Frame, Messages), Fault> {
    let mut names = added(belief, options).into_iter();
    if names.all(|name| input.names().contains(&name)) {
        return Ok((input.read(None)?, Messages::default()));
    }
    let mut blocks: Vec<Frame> = Vec::new();
    let scored = score_input(belief, input, options, || Ok(&mut blocks), &Silent)?;
    Ok((Frame::concat(blocks)?, scored.warnings))
}

/// The rows by their values, the largest first, equal ones in the order of
/// the seed.
fn ranked(belief: &dyn Tabular, values: &[f64], keys: &[Key]) -> Vec<usize> {
    let seed = belief.seed().derive("ranked", 0);
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| {
        let by_seed = |row: usize| (seed.order(keys[row]), keys[row]);
        values[b]
            .total_cmp(&values[a])
            .then_with(|| by_seed(a).cmp(&by_seed(b)))
    });
    order
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
fn without_priority(frame: Frame, belief: &dyn Tabular) -> Result<Frame, Fault> {
    let features: Vec<&str> = belief.encoder().schema.names().collect();
    let names = frame.names();
    let kept: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|&name| name != PRIORITY.name || features.contains(&name))
        .collect();
    Ok(frame.select(&kept)?)
}
