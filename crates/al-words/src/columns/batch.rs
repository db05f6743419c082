//! The batch to measure next.

use super::declaration::{CellKind, OutputColumn, OutputTable};
use super::score::BEYOND_RANGE;

/// Of a batch, and of pairs that are worth measuring.
pub static RANK: OutputColumn = OutputColumn {
    unit: "from 1",
    ..OutputColumn::new(
        "rank",
        CellKind::Integer,
        "position in the order of selection; 1 is best",
    )
};

/// Of a pick.
pub static PICK_SCORE: OutputColumn = OutputColumn::float(
    "score",
    "the strategy's",
    "the strategy's own score at the moment of the pick; larger is better",
);

/// Why a row was chosen.
pub static REASON: OutputColumn = OutputColumn::new(
    "reason",
    CellKind::Text,
    "why the row was chosen, for people: numbers to three digits, parts separated by semicolons",
);

/// Where costs are known.
pub static EXPECTED_COST: OutputColumn = OutputColumn::float(
    "expected_cost",
    "cost unit, > 0",
    "expected cost of measuring the row; relative to the median where only weighted columns are given",
);

/// Where costs are known.
pub static VALUE_PER_COST: OutputColumn = OutputColumn::float(
    "value_per_cost",
    "the strategy's per cost unit",
    "the score without regard to cost, divided by `expected_cost`",
);

/// With a list of hosts.
pub static PLANNED_HOST: OutputColumn =
    OutputColumn::new("planned_host", CellKind::Text, "the host that runs the row");

/// With a list of hosts.
pub static PLANNED_START_S: OutputColumn = OutputColumn::float(
    "planned_start_s",
    "s",
    "when the row begins, from the start of the batch",
);

/// With a list of hosts.
pub static PLANNED_END_S: OutputColumn = OutputColumn::float(
    "planned_end_s",
    "s",
    "when the row ends, from the start of the batch",
);

/// What stands before the name of one of altool's columns where a table has a column of
/// that name.
pub const OWN_PREFIX: &str = "altool_";

/// What stands before the candidates' columns in a batch.
pub static PICKED: [&OutputColumn; 3] = [&RANK, &PICK_SCORE, &REASON];

/// What stands behind them where costs are known.
pub static PICKED_COSTS: [&OutputColumn; 2] = [&EXPECTED_COST, &VALUE_PER_COST];

/// What stands behind them with a list of hosts.
pub static PLANNED: [&OutputColumn; 3] = [&PLANNED_HOST, &PLANNED_START_S, &PLANNED_END_S];

/// Of each of several targets.
pub static PREDICTED_TARGET: OutputColumn = OutputColumn::float(
    "predicted_<target>",
    "target's unit",
    "prediction of each target, where there are several models or limits",
)
.beside(&["rank", "score", "reason"]);

/// How likely a measurement is within the limits.
pub static P_WITHIN_LIMITS: OutputColumn = OutputColumn::float(
    "p_within_limits",
    "0 to 1",
    "probability that a measurement is within all limits, where there are any",
);

/// What `select` writes beside the candidates' columns.
pub static BATCH: OutputTable = OutputTable {
    name: "batch",
    by: "select",
    columns: &[
        &RANK,
        &PICK_SCORE,
        &REASON,
        &EXPECTED_COST,
        &VALUE_PER_COST,
        &PREDICTED_TARGET,
        &P_WITHIN_LIMITS,
        &BEYOND_RANGE,
        &PLANNED_HOST,
        &PLANNED_START_S,
        &PLANNED_END_S,
    ],
};
