//! Which hardware for which workload.

use super::batch::{RANK, REASON};
use super::declaration::{CellKind, OutputColumn, OutputTable, Ownership};
use super::score::{BEYOND_RANGE, FEASIBLE, INFORMATION_GAIN};

/// Stands between the parts of a hardware that several columns make.
pub const HARDWARE_JOIN: &str = " / ";

/// Where it was said on which hardware the workload runs.
pub static CURRENT_HARDWARE: OutputColumn = OutputColumn::new(
    "current_hardware",
    CellKind::Label,
    "the hardware that the workload runs on now, where known",
);

/// The advice.
pub static RECOMMENDED_HARDWARE: OutputColumn = OutputColumn::new(
    "recommended_hardware",
    CellKind::Label,
    "the hardware with the best predicted or measured value",
);

/// What the advice is worth.
pub static PREDICTED: OutputColumn = OutputColumn::float(
    "predicted",
    "objective's unit",
    "the value predicted or measured there; of a target fitted on the log scale a median",
);

/// How sure the advice is.
pub static P_BEST: OutputColumn =
    OutputColumn::float("p_best", "0 to 1", "probability that it is the best");

/// What the advice gains.
pub static EXPECTED_IMPROVEMENT: OutputColumn = OutputColumn::float(
    "expected_gain",
    "%",
    "predicted improvement over the current hardware, or over `compared_with` where that is not known",
);

/// Where it was not said on which hardware workloads run.
pub static COMPARED_WITH: OutputColumn = OutputColumn::new(
    "compared_with",
    CellKind::Label,
    "the one hardware that is best over all workloads, where the current one is not known",
);

/// What the advice may lose.
pub static EXPECTED_REGRET: OutputColumn = OutputColumn::float(
    "expected_regret",
    "objective's unit",
    "expected loss of taking it instead of the best",
);

/// What the advice may lose, as a share.
pub static EXPECTED_REGRET_PERCENT: OutputColumn = OutputColumn::float(
    "expected_regret_percent",
    "%",
    "`expected_regret` relative to `predicted`",
);

/// What is lost by staying.
pub static REGRET_OF_CURRENT: OutputColumn = OutputColumn::float(
    "regret_of_current",
    "objective's unit",
    "expected loss of staying on the current hardware, where known",
);

/// The next best.
pub static RUNNER_UP: OutputColumn =
    OutputColumn::new("runner_up", CellKind::Label, "the next best hardware");

/// How likely the next best is the best.
pub static P_RUNNER_UP: OutputColumn = OutputColumn::float(
    "p_runner_up",
    "0 to 1",
    "probability that the next best is the best",
);

/// What the advice rests on.
pub static BASIS: OutputColumn = OutputColumn::new(
    "basis",
    CellKind::Label,
    "`measured`, `partly` or `predicted`: whether all, some or none of the hardware was measured for this workload",
);

/// Why hardware was left out.
pub static EXCLUDED: OutputColumn = OutputColumn::new(
    "excluded",
    CellKind::Text,
    "which hardware was excluded, and why",
);

/// Whether something is to be moved.
pub static FLAGGED: OutputColumn = OutputColumn::new(
    "flagged",
    CellKind::Boolean,
    "whether the current hardware, or that of the pair, is another than the recommended one",
);

/// What `recommend` adds to workloads.
pub static ADVICE: OutputTable = OutputTable {
    name: "advice",
    by: "recommend",
    columns: &[
        &CURRENT_HARDWARE,
        &RECOMMENDED_HARDWARE,
        &PREDICTED,
        &P_BEST,
        &EXPECTED_IMPROVEMENT,
        &COMPARED_WITH,
        &EXPECTED_REGRET,
        &EXPECTED_REGRET_PERCENT,
        &REGRET_OF_CURRENT,
        &RUNNER_UP,
        &P_RUNNER_UP,
        &BASIS,
        &FEASIBLE,
        &BEYOND_RANGE,
        &EXCLUDED,
        &FLAGGED,
    ],
};

/// How near a pair is to the best of its workload.
pub static HARDWARE_OPTIMALITY: OutputColumn = OutputColumn::float(
    "hardware_optimality",
    "0 to 1",
    "the optimality of the pair's hardware for its workload, in the measure chosen; by default `p_best`",
);

/// Whether a pair was measured.
pub static MEASURED: OutputColumn = OutputColumn::new(
    "measured",
    CellKind::Boolean,
    "whether the pair was measured",
);

/// What `recommend` adds to pairs of a workload and a hardware.
pub static PAIRS: OutputTable = OutputTable {
    name: "pairs",
    by: "recommend, a row per workload and hardware",
    columns: &[
        &RECOMMENDED_HARDWARE,
        &PREDICTED,
        &P_BEST,
        &HARDWARE_OPTIMALITY,
        &EXPECTED_REGRET,
        &MEASURED,
        &FEASIBLE,
        &BEYOND_RANGE,
        &EXCLUDED,
    ],
};

/// How sure it is that no other beats a pair.
pub static P_FRONT: OutputColumn = OutputColumn::float(
    "p_front",
    "0 to 1",
    "share of the draws in which no other beats it in all objectives",
);

/// Patterns of several objectives are altool's own where both stand beside each
/// other.
const OBJECTIVE: &[&str] = &["predicted_<objective>", "p_best_<objective>"];

/// Of each objective.
pub static PREDICTED_OBJECTIVE: OutputColumn = OutputColumn::float(
    "predicted_<objective>",
    "objective's unit",
    "the value predicted or measured there",
)
.beside(OBJECTIVE);

/// Of each objective.
pub static P_BEST_OBJECTIVE: OutputColumn = OutputColumn::float(
    "p_best_<objective>",
    "0 to 1",
    "probability that it is the best in this objective alone",
)
.beside(OBJECTIVE);

/// Of each objective.
pub static MEASURED_OBJECTIVE: OutputColumn = OutputColumn::new(
    "measured_<objective>",
    CellKind::Boolean,
    "whether the pair's value was measured",
)
.beside(OBJECTIVE);

/// How many there are to choose from.
pub static FRONT_SIZE: OutputColumn = OutputColumn::new(
    "front_size",
    CellKind::Integer,
    "number of hardware values of the workload that no other beats in all objectives",
);

/// What `recommend` adds for several objectives.
pub static FRONT: OutputTable = OutputTable {
    name: "front",
    by: "recommend, for several objectives",
    columns: &[
        &CURRENT_HARDWARE,
        &RECOMMENDED_HARDWARE,
        &P_FRONT,
        &PREDICTED_OBJECTIVE,
        &P_BEST_OBJECTIVE,
        &FRONT_SIZE,
        &BEYOND_RANGE,
        &EXCLUDED,
        &FLAGGED,
    ],
};

/// Whether another beats a pair.
pub static ON_FRONT: OutputColumn = OutputColumn::new(
    "on_front",
    CellKind::Boolean,
    "whether no other has better means in all objectives",
);

/// What `recommend` adds to pairs for several objectives.
pub static FRONT_PAIRS: OutputTable = OutputTable {
    name: "front pairs",
    by: "recommend, for several objectives, a row per workload and hardware",
    columns: &[
        &ON_FRONT,
        &P_FRONT,
        &PREDICTED_OBJECTIVE,
        &P_BEST_OBJECTIVE,
        &MEASURED_OBJECTIVE,
        &FEASIBLE,
        &BEYOND_RANGE,
        &EXCLUDED,
    ],
};

/// What would run.
pub static MODEL_NAME: OutputColumn = OutputColumn::new(
    "model_name",
    CellKind::Text,
    "what runs: the value of the column named for it, else the workload in words",
);

/// Where it would run: the columns that make a hardware say the same.
pub static HARDWARE: OutputColumn = OutputColumn {
    own: Ownership::Copy,
    ..OutputColumn::new("hardware", CellKind::Text, "where it would be measured")
};

/// Gain and optimality in one.
pub static COMBINED_SCORE: OutputColumn = OutputColumn::float(
    "combined_score",
    "0 to 1",
    "0.7 · `information_gain` + 0.3 · `hardware_optimality`, with the default weights",
);

/// What `recommend` writes of pairs that are worth measuring.
pub static INTEGRATION: OutputTable = OutputTable {
    name: "integration",
    by: "recommend, pairs to measure",
    columns: &[
        &RANK,
        &MODEL_NAME,
        &HARDWARE,
        &RECOMMENDED_HARDWARE,
        &INFORMATION_GAIN,
        &HARDWARE_OPTIMALITY,
        &COMBINED_SCORE,
        &FLAGGED,
        &REASON,
    ],
};
