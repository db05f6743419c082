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

/// What a fit from scratch would have brought.
pub static REFIT_IMPROVEMENT_PERCENT: OutputColumn = OutputColumn::float(
    "refit_improvement_percent",
    "%",
    "of an update after which a fit from scratch was tried: by how much its error is smaller than that of the members that were continued, on the same rows",
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
        &REFIT_IMPROVEMENT_PERCENT,
    ],
};

/// Names as common as these are altool's own only together.
const CLASS: &[&str] = &["class", "predicted_rows", "precision", "recall"];

/// The class.
pub static CLASS_NAME: OutputColumn =
    OutputColumn::new("class", CellKind::Label, "the class").beside(CLASS);

/// Rows of the class.
pub static CLASS_ROWS: OutputColumn = OutputColumn {
    unit: "rows",
    ..OutputColumn::new(
        "rows",
        CellKind::Integer,
        "rows of the class, as it was measured",
    )
    .beside(CLASS)
};

/// Rows of which the class was predicted.
pub static PREDICTED_ROWS: OutputColumn = OutputColumn {
    unit: "rows",
    ..OutputColumn::new(
        "predicted_rows",
        CellKind::Integer,
        "rows for which the class was predicted",
    )
    .beside(CLASS)
};

/// How far a predicted class can be relied on.
pub static PRECISION: OutputColumn = OutputColumn::float(
    "precision",
    "0 to 1",
    "share of the rows predicted as the class that are of it; empty if there are none",
)
.beside(CLASS);

/// How many rows of a class are found.
pub static RECALL: OutputColumn = OutputColumn::float(
    "recall",
    "0 to 1",
    "share of the rows of the class that were predicted as it; empty if there are none",
)
.beside(CLASS);

/// Of both.
pub static F1: OutputColumn = OutputColumn::float(
    "f1",
    "0 to 1",
    "harmonic mean of precision and recall; 0 if no row of the class was predicted right",
)
.beside(CLASS);

/// What `report` writes of the classes.
pub static CLASSES: OutputTable = OutputTable {
    name: "classes",
    by: "report",
    columns: &[
        &CLASS_NAME,
        &CLASS_ROWS,
        &PREDICTED_ROWS,
        &PRECISION,
        &RECALL,
        &F1,
    ],
};

/// Names as common as these are altool's own only together.
const PAIR: &[&str] = &["measured_class", "predicted_class", "rows"];

/// What was measured.
pub static MEASURED_CLASS: OutputColumn = OutputColumn::new(
    "measured_class",
    CellKind::Label,
    "the class that was measured",
)
.beside(PAIR);

/// What was predicted.
pub static CONFUSED_CLASS: OutputColumn = OutputColumn::new(
    "predicted_class",
    CellKind::Label,
    "the class that was predicted",
)
.beside(PAIR);

/// How often both came together.
pub static PAIR_ROWS: OutputColumn = OutputColumn {
    unit: "rows",
    ..OutputColumn::new("rows", CellKind::Integer, "how many such rows there are").beside(PAIR)
};

/// What `report` writes of the confusion matrix: the pairs that occur.
pub static CONFUSION: OutputTable = OutputTable {
    name: "confusion",
    by: "report",
    columns: &[&MEASURED_CLASS, &CONFUSED_CLASS, &PAIR_ROWS],
};

/// Names as common as these are altool's own only together.
const COMPARED: &[&str] = &["metric", "first", "second", "difference", "first_model"];

/// The metric.
pub static COMPARED_METRIC: OutputColumn =
    OutputColumn::new("metric", CellKind::Label, "the metric").beside(COMPARED);

/// Of the model named first.
pub static FIRST_VALUE: OutputColumn = OutputColumn::float(
    "first",
    "the metric's",
    "the metric of the model that was named first",
)
.beside(COMPARED);

/// Of the model named second.
pub static SECOND_VALUE: OutputColumn = OutputColumn::float(
    "second",
    "the metric's",
    "the metric of the model that was named second, on the same rows",
)
.beside(COMPARED);

/// How far they are apart.
pub static METRIC_DIFFERENCE: OutputColumn =
    OutputColumn::float("difference", "the metric's", "second less first").beside(COMPARED);

/// How far they are apart at least.
pub static DIFFERENCE_LOW: OutputColumn = OutputColumn::float(
    "difference_low",
    "the metric's",
    "lower end of the 95 % interval of the difference, from resamples of the rows; empty for metrics that have none",
)
.beside(COMPARED);

/// How far they are apart at most.
pub static DIFFERENCE_HIGH: OutputColumn =
    OutputColumn::float("difference_high", "the metric's", "its upper end").beside(COMPARED);

/// In percent.
pub static COMPARED_IMPROVEMENT: OutputColumn = OutputColumn::float(
    "improvement_percent",
    "%",
    "by how much the second is better than the first, as after an update",
)
.beside(COMPARED);

/// Which is better.
pub static BETTER_MODEL: OutputColumn = OutputColumn::new(
    "better",
    CellKind::Text,
    "the model that is better; empty if neither is, and if the difference may be chance: without an interval, or with one that includes 0",
)
.beside(COMPARED);

/// What is compared.
pub static FIRST_MODEL: OutputColumn = OutputColumn::new(
    "first_model",
    CellKind::Text,
    "the file of the model that was named first",
)
.beside(COMPARED);

/// With what.
pub static SECOND_MODEL: OutputColumn = OutputColumn::new(
    "second_model",
    CellKind::Text,
    "the file of the model that was named second",
)
.beside(COMPARED);

/// On what.
pub static COMPARED_ROWS: OutputColumn = OutputColumn {
    unit: "rows",
    ..OutputColumn::new(
        "rows",
        CellKind::Integer,
        "rows that both models have and predicted without having learned from them",
    )
    .beside(COMPARED)
};

/// What `report` writes of two models: a line per metric.
pub static COMPARISON: OutputTable = OutputTable {
    name: "comparison",
    by: "report",
    columns: &[
        &COMPARED_METRIC,
        &FIRST_VALUE,
        &SECOND_VALUE,
        &METRIC_DIFFERENCE,
        &DIFFERENCE_LOW,
        &DIFFERENCE_HIGH,
        &COMPARED_IMPROVEMENT,
        &BETTER_MODEL,
        &FIRST_MODEL,
        &SECOND_MODEL,
        &COMPARED_ROWS,
    ],
};
