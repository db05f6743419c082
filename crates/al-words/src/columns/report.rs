//! The rounds of a report.

use super::declaration::{CellKind, OutputColumn, OutputTable};

/// Names as common as these are altool's own only together.
const ROUND: &[&str] = &["round", "kind", "rows_added", "total_rows"];

/// The round.
pub static ROUND_INDEX: OutputColumn = OutputColumn {
    unit: "from 0",
    ..OutputColumn::new("round", CellKind::Integer, "the round; 0 is the training").beside(ROUND)
};

/// What was done.
pub static ROUND_KIND: OutputColumn =
    OutputColumn::new("kind", CellKind::Label, "`train`, `update` or `refit`").beside(ROUND);

/// When it was done.
pub static ROUND_AT: OutputColumn = OutputColumn::new(
    "at",
    CellKind::Text,
    "the time that was given; empty if none was",
)
.beside(ROUND);

/// Rows learned from in the round.
pub static ROWS_ADDED: OutputColumn = OutputColumn {
    unit: "rows",
    ..OutputColumn::new("rows_added", CellKind::Integer, "rows learned from").beside(ROUND)
};

/// Rows not learned from.
pub static ROWS_SKIPPED: OutputColumn = OutputColumn {
    unit: "rows",
    ..OutputColumn::new(
        "rows_skipped",
        CellKind::Integer,
        "rows not learned from, being evaluation rows",
    )
    .beside(ROUND)
};

/// All rows learned from.
pub static TOTAL_ROWS: OutputColumn = OutputColumn {
    unit: "rows",
    ..OutputColumn::new("total_rows", CellKind::Integer, "rows learned from so far").beside(ROUND)
};

/// Rows behind the metrics.
pub static EVALUATION_ROWS: OutputColumn = OutputColumn {
    unit: "rows",
    ..OutputColumn::new(
        "evaluation_rows",
        CellKind::Integer,
        "rows that the metrics are measured on",
    )
    .beside(ROUND)
};

/// Of each metric.
pub static METRIC_BEFORE: OutputColumn = OutputColumn::float(
    "<metric>_before",
    "the metric's",
    "the metric before the round",
)
.beside(ROUND);

/// Of each metric.
pub static METRIC_AFTER: OutputColumn = OutputColumn::float(
    "<metric>_after",
    "the metric's",
    "the metric after the round, on the same rows",
)
.beside(ROUND);

/// Of each metric.
pub static METRIC_PREQUENTIAL: OutputColumn = OutputColumn::float(
    "<metric>_prequential",
    "the metric's",
    "the metric of what the model before the round predicted of the added rows",
)
.beside(ROUND);

/// Of each metric with an improvement.
pub static METRIC_IMPROVEMENT: OutputColumn = OutputColumn::float(
    "<metric>_improvement_percent",
    "%",
    "how much it improved, for metrics that have an improvement",
)
.beside(ROUND);

/// What the round cost.
pub static ROUND_COST: OutputColumn = OutputColumn::float(
    "cost",
    "`cost_unit`",
    "what measuring the added rows cost, where known",
)
.beside(ROUND);

/// The unit of costs.
pub static COST_UNIT: OutputColumn = OutputColumn::new(
    "cost_unit",
    CellKind::Text,
    "the name of the column of costs",
)
.beside(ROUND);

/// How far the predictions moved.
pub static MOVED_PERCENT: OutputColumn = OutputColumn::float(
    "moved_percent",
    "%",
    "of an update: how far the predictions moved, as the share of the error that so much movement is expected to take away",
)
.beside(ROUND);

/// What more trees brought without the new rows.
pub static GROWTH_PERCENT: OutputColumn = OutputColumn::float(
    "growth_percent",
    "%",
    "of an update that added trees: by how much the error of the model before fell by growing as many on the rows it knew; the metrics before are those of the model so grown",
)
.beside(ROUND);

/// What `report` writes of the rounds.
pub static ROUNDS: OutputTable = OutputTable {
    name: "rounds",
    by: "report",
    columns: &[
        &ROUND_INDEX,
        &ROUND_KIND,
        &ROUND_AT,
        &ROWS_ADDED,
        &ROWS_SKIPPED,
        &TOTAL_ROWS,
        &EVALUATION_ROWS,
        &METRIC_BEFORE,
        &METRIC_AFTER,
        &METRIC_IMPROVEMENT,
        &METRIC_PREQUENTIAL,
        &ROUND_COST,
        &COST_UNIT,
        &MOVED_PERCENT,
        &GROWTH_PERCENT,
    ],
};
