//! What a model says of each candidate.

use super::declaration::{CellKind, OutputColumn, OutputTable};

/// Of a target that is a number.
pub static PREDICTION: OutputColumn = OutputColumn::float(
    "prediction",
    "target unit",
    "mean over the members on the fitted scale; of a target fitted on the log scale exp of that mean",
);

/// Of a target that is a class.
pub static PREDICTED_CLASS: OutputColumn = OutputColumn::new(
    "prediction",
    CellKind::Label,
    "the class with the largest `p_<class>`, the first in sorted order among equals",
);

/// How much the members disagree.
pub static ENSEMBLE_VARIANCE: OutputColumn = OutputColumn::float(
    "ensemble_variance",
    "fitted scale squared, ≥ 0",
    "population variance (ddof 0) over the members' predictions",
);

/// The lower end of the interval.
pub static INTERVAL_LOW: OutputColumn = OutputColumn::float(
    "interval_low",
    "target unit",
    "lower end of the prediction interval; may be infinite",
);

/// The upper end of the interval.
pub static INTERVAL_HIGH: OutputColumn = OutputColumn::float(
    "interval_high",
    "target unit",
    "upper end of the prediction interval; may be infinite",
);

/// The width of the interval.
pub static INTERVAL_WIDTH: OutputColumn = OutputColumn::float(
    "interval_width",
    "target unit",
    "`interval_high − interval_low`",
);

/// How far a row is from those learned.
pub static DISTANCE: OutputColumn = OutputColumn::float(
    "distance",
    "standard deviations, ≥ 0",
    "mean Euclidean distance to the k nearest training rows, 5 if not set otherwise; of molecules 1 − Tanimoto similarity of the fingerprints, 0 to 1",
);

/// Which numbers of a row the model has to guess from.
pub static BEYOND_RANGE: OutputColumn = OutputColumn::new(
    "beyond_range",
    CellKind::Text,
    "the features, separated by semicolons, whose number lies outside those measured by more than a tenth of their range; empty for most rows. What is predicted there is a guess",
);

/// How like a measured molecule a row is.
pub static NEAREST_SIMILARITY: OutputColumn = OutputColumn::float(
    "nearest_similarity",
    "0 to 1",
    "Tanimoto similarity of the fingerprint to that of the nearest training molecule; only with a column of molecules",
);

/// Which measured molecule that is.
pub static NEAREST_MEASURED: OutputColumn = OutputColumn::new(
    "nearest_measured",
    CellKind::Text,
    "that molecule, as it was written; only with a column of molecules",
);

/// Of a number: the three measures in one.
pub static UNCERTAINTY: OutputColumn = OutputColumn::float(
    "uncertainty",
    "0 to 1",
    "mean of variance, interval width and distance, each normalised",
);

/// Of a class: the two measures in one.
pub static CLASS_UNCERTAINTY: OutputColumn = OutputColumn::float(
    "uncertainty",
    "0 to 1",
    "mean of `entropy` and `distance`, each normalised: a confident prediction for a row unlike the training rows is uncertain",
);

/// How far a measurement would move the predictions.
pub static EXPECTED_MODEL_CHANGE: OutputColumn = OutputColumn::float(
    "expected_model_change",
    "fitted scale; of classes probability",
    "root mean square by which predictions of other candidates are expected to move; of boosted trees in closed form, which ranks rows but has no meaningful size",
);

/// What a measurement would tell of other candidates together.
pub static ENTROPY_REDUCTION: OutputColumn = OutputColumn::float(
    "entropy_reduction",
    "nats",
    "by how much the joint entropy of other candidates is expected to fall; of classes their mean entropy",
);

/// Of a number: what its measurement would tell of the model.
pub static MUTUAL_INFORMATION: OutputColumn = OutputColumn::float(
    "mutual_information",
    "nats",
    "of the row's own outcome and the model: ½ ln(1 + v/τ²)",
);

/// Of a class: what its measurement would tell of the model.
pub static CLASS_MUTUAL_INFORMATION: OutputColumn = OutputColumn::float(
    "mutual_information",
    "0 to ln c nats",
    "entropy of the mean − mean of the members' entropies (BALD, Houlsby et al. 2011)",
);

/// The gain that was asked for.
pub static INFORMATION_GAIN: OutputColumn = OutputColumn::float(
    "information_gain",
    "0 to 1",
    "the gain that was chosen, by default the mean mutual information with another candidate's outcome, normalised as `uncertainty` is",
);

/// Whether a measurement works.
pub static FEASIBLE: OutputColumn = OutputColumn::float(
    "feasible",
    "0 to 1",
    "success probability of the measurement, learned from failed rows; 1 without any",
);

/// Uncertainty and gain in one.
pub static SCORE: OutputColumn = OutputColumn::float(
    "score",
    "0 to 1",
    "`feasible` · (0.4 · `uncertainty` + 0.6 · `information_gain`)",
);

/// Of each class.
pub static P_CLASS: OutputColumn = OutputColumn::float(
    "p_<class>",
    "0 to 1, sum 1",
    "mean over the members of the class's probability",
);

/// All uncertainty about the class.
pub static ENTROPY: OutputColumn = OutputColumn::float(
    "entropy",
    "0 to ln c nats",
    "−Σ p ln p of the mean probabilities",
);

/// Between the two most probable classes.
pub static MARGIN: OutputColumn = OutputColumn::float(
    "margin",
    "0 to 1",
    "largest − second largest `p`; **small** is uncertain (Scheffer et al. 2001)",
);

/// Of the most probable class.
pub static LEAST_CONFIDENCE: OutputColumn = OutputColumn::float(
    "least_confidence",
    "0 to 1 − 1/c",
    "1 − largest `p` (Lewis & Gale 1994)",
);

/// Of the members' votes.
pub static VOTE_ENTROPY: OutputColumn = OutputColumn::float(
    "vote_entropy",
    "0 to ln c nats",
    "entropy of the members' votes, each for its most probable class (Dagan & Engelson 1995)",
);

/// What `score` adds for a target that is a number.
pub static SCORED_VALUES: OutputTable = OutputTable {
    name: "scored values",
    by: "score, for numbers",
    columns: &[
        &PREDICTION,
        &ENSEMBLE_VARIANCE,
        &INTERVAL_LOW,
        &INTERVAL_HIGH,
        &INTERVAL_WIDTH,
        &DISTANCE,
        &UNCERTAINTY,
        &BEYOND_RANGE,
        &NEAREST_SIMILARITY,
        &NEAREST_MEASURED,
        &EXPECTED_MODEL_CHANGE,
        &ENTROPY_REDUCTION,
        &MUTUAL_INFORMATION,
        &INFORMATION_GAIN,
        &FEASIBLE,
        &SCORE,
    ],
};

/// What `score` adds for a target that is a class.
pub static SCORED_CLASSES: OutputTable = OutputTable {
    name: "scored classes",
    by: "score, for classes",
    columns: &[
        &P_CLASS,
        &PREDICTED_CLASS,
        &ENTROPY,
        &MARGIN,
        &LEAST_CONFIDENCE,
        &VOTE_ENTROPY,
        &CLASS_MUTUAL_INFORMATION,
        &DISTANCE,
        &CLASS_UNCERTAINTY,
        &BEYOND_RANGE,
        &NEAREST_SIMILARITY,
        &NEAREST_MEASURED,
        &EXPECTED_MODEL_CHANGE,
        &ENTROPY_REDUCTION,
        &INFORMATION_GAIN,
        &FEASIBLE,
        &SCORE,
    ],
};

/// The columns that are left out where no gain is computed. A class's mutual
/// information takes no other candidates.
pub static OF_GAIN: &[&OutputColumn] = &[
    &EXPECTED_MODEL_CHANGE,
    &ENTROPY_REDUCTION,
    &MUTUAL_INFORMATION,
    &INFORMATION_GAIN,
    &SCORE,
];

/// The columns that only rows with molecules have.
pub static OF_STRUCTURES: &[&OutputColumn] = &[&NEAREST_SIMILARITY, &NEAREST_MEASURED];

/// The order of tests that are all to be run.
pub static PRIORITY: OutputColumn = OutputColumn::float(
    "priority",
    "≥ 0",
    "`score` · availability · (c / median c)^−a of the cost c",
);

/// What `ActiveLearner::prioritize_tests` adds to a scored table.
pub static RANKED_TESTS: OutputTable = OutputTable {
    name: "ranked tests",
    by: "ActiveLearner::prioritize_tests",
    columns: &[&PRIORITY],
};
