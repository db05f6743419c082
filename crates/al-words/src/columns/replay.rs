//! What a replay of a measured table writes.

use super::declaration::{CellKind, OutputColumn, OutputTable};

/// Names as common as these are altool's own only together.
const CURVE: &[&str] = &["strategy", "repeat", "round", "labels", "error"];

/// The strategy replayed.
pub static STRATEGY: OutputColumn =
    OutputColumn::new("strategy", CellKind::Label, "the strategy").beside(CURVE);

/// The repeat.
pub static REPEAT: OutputColumn = OutputColumn {
    unit: "from 0",
    ..OutputColumn::new("repeat", CellKind::Integer, "the repeat").beside(CURVE)
};

/// The round of a replay.
pub static REPLAYED_ROUND: OutputColumn = OutputColumn {
    unit: "from 0",
    ..OutputColumn::new("round", CellKind::Integer, "rounds done").beside(CURVE)
};

/// What a point has learned from.
pub static LABELS: OutputColumn = OutputColumn {
    unit: "rows",
    ..OutputColumn::new("labels", CellKind::Integer, "measured rows").beside(CURVE)
};

/// Error on the test rows.
pub static ERROR: OutputColumn = OutputColumn::float(
    "error",
    "fitted scale; of classes nats",
    "RMSE on the test rows; of classes the log loss",
)
.beside(CURVE);

/// Absolute error on the test rows.
pub static ABSOLUTE_ERROR: OutputColumn = OutputColumn::float(
    "absolute_error",
    "fitted scale; of classes 0 to 1",
    "mean absolute error on the test rows; of classes the share that is wrong",
)
.beside(CURVE);

/// Variance explained on the test rows.
pub static CURVE_R2: OutputColumn = OutputColumn::float(
    "r2",
    "at most 1",
    "R² on the test rows and the fitted scale; not of classes",
)
.beside(CURVE);

/// The best row known.
pub static BEST: OutputColumn = OutputColumn::float(
    "best",
    "target unit",
    "best measured target: the smallest, unless large ones are wanted",
)
.beside(CURVE);

/// What the best row known lacks.
pub static REGRET: OutputColumn = OutputColumn::float(
    "regret",
    "fitted scale, ≥ 0",
    "how much worse `best` is than the best outside the test rows",
)
.beside(CURVE);

/// What the best row known lacks, relative to the best.
pub static REGRET_PERCENT: OutputColumn = OutputColumn::float(
    "regret_percent",
    "%, ≥ 0",
    "with the goal best: the same in the unit of the target, relative to the best of the table",
)
.beside(CURVE);

/// Which part of the best rows is measured.
pub static TOP_RECALL: OutputColumn = OutputColumn::float(
    "top_recall",
    "0 to 1",
    "with the goal best: share of the best rows of the table (20 if not set otherwise, at most a tenth) that are measured",
)
.beside(CURVE);

/// What was paid.
pub static COST: OutputColumn = OutputColumn::float(
    "cost",
    "cost unit",
    "what the measured rows have cost, with a column of costs",
)
.beside(CURVE);

/// What did not work.
pub static FAILURES: OutputColumn = OutputColumn {
    unit: "rows",
    ..OutputColumn::new(
        "failures",
        CellKind::Integer,
        "measured rows that failed, in a table where some do",
    )
    .beside(CURVE)
};

/// What the next batch may bring.
pub static EXPECTED_GAIN: OutputColumn = OutputColumn::float(
    "expected_gain",
    "0 to 1",
    "expected relative error reduction by the batch chosen next; missing in the last round",
);

/// What `simulate` writes of the learning curves.
pub static CURVES: OutputTable = OutputTable {
    name: "curves",
    by: "simulate, learning curves",
    columns: &[
        &STRATEGY,
        &REPEAT,
        &REPLAYED_ROUND,
        &LABELS,
        &ERROR,
        &ABSOLUTE_ERROR,
        &CURVE_R2,
        &BEST,
        &REGRET,
        &REGRET_PERCENT,
        &TOP_RECALL,
        &COST,
        &FAILURES,
        &EXPECTED_GAIN,
    ],
};

/// Names as common as these are altool's own only together.
const VERDICT: &[&str] = &["strategy", "error_ratio", "last_ratio"];

/// The strategy judged.
pub static JUDGED_STRATEGY: OutputColumn =
    OutputColumn::new("strategy", CellKind::Label, "the strategy").beside(VERDICT);

/// The error compared with random's.
pub static ERROR_RATIO: OutputColumn = OutputColumn::float(
    "error_ratio",
    "> 0",
    "its error as a ratio to random's, geometric mean over rounds and repeats",
)
.beside(VERDICT);

/// Lower end of the interval of the ratio.
pub static RATIO_LOW: OutputColumn = OutputColumn::float(
    "low",
    "> 0",
    "lower end of the 95 % interval of `error_ratio`, bootstrapped over repeats",
)
.beside(VERDICT);

/// Upper end of the interval of the ratio.
pub static RATIO_HIGH: OutputColumn =
    OutputColumn::float("high", "> 0", "its upper end").beside(VERDICT);

/// The error compared with random's at the end.
pub static LAST_RATIO: OutputColumn =
    OutputColumn::float("last_ratio", "> 0", "the ratio after the last round").beside(VERDICT);

/// Labels compared with random's.
pub static LABELS_PERCENT: OutputColumn = OutputColumn::float(
    "labels_percent",
    "%",
    "labels to reach the final error of random, relative to those of random; empty if it never did",
)
.beside(VERDICT);

/// Cost compared with random's.
pub static COST_PERCENT: OutputColumn = OutputColumn::float(
    "cost_percent",
    "%",
    "the same of costs, with a column of them",
)
.beside(VERDICT);

/// The regret at the end.
pub static LAST_REGRET: OutputColumn = OutputColumn::float(
    "regret",
    "fitted scale, ≥ 0",
    "mean regret after the last round; not of classes",
)
.beside(VERDICT);

/// What `simulate` prints per strategy.
pub static VERDICTS: OutputTable = OutputTable {
    name: "verdicts",
    by: "simulate, a row per strategy",
    columns: &[
        &JUDGED_STRATEGY,
        &ERROR_RATIO,
        &RATIO_LOW,
        &RATIO_HIGH,
        &LAST_RATIO,
        &LABELS_PERCENT,
        &COST_PERCENT,
        &LAST_REGRET,
    ],
};

/// Names as common as these are altool's own only together.
const SEARCH: &[&str] = &["strategy", "regret_percent", "difference"];

/// The strategy judged by what it found.
pub static SEARCHING_STRATEGY: OutputColumn =
    OutputColumn::new("strategy", CellKind::Label, "the strategy").beside(SEARCH);

/// The regret at the end, relative to the best.
pub static LAST_REGRET_PERCENT: OutputColumn = OutputColumn::float(
    "regret_percent",
    "%, ≥ 0",
    "how much worse the best measured target is than the best of the table after the last round, relative to that, mean over repeats",
)
.beside(SEARCH);

/// The regret compared with random's.
pub static REGRET_DIFFERENCE: OutputColumn = OutputColumn::float(
    "difference",
    "percentage points",
    "its `regret_percent` minus that of random, mean over rounds and repeats; below 0 is better",
)
.beside(SEARCH);

/// Lower end of the interval of the difference.
pub static REGRET_DIFFERENCE_LOW: OutputColumn = OutputColumn::float(
    "low",
    "percentage points",
    "lower end of the 95 % interval of `difference`, bootstrapped over repeats",
)
.beside(SEARCH);

/// Upper end of the interval of the difference.
pub static REGRET_DIFFERENCE_HIGH: OutputColumn =
    OutputColumn::float("high", "percentage points", "its upper end").beside(SEARCH);

/// Labels until near the best.
pub static TO_1_PERCENT: OutputColumn = OutputColumn::float(
    "labels_to_1_percent",
    "rows",
    "measured rows until one was within 1 % of the best, median over repeats; empty unless more than half got there",
)
.beside(SEARCH);

/// Repeats that got near the best.
pub static REPEATS_TO_1_PERCENT: OutputColumn = OutputColumn {
    unit: "repeats",
    ..OutputColumn::new(
        "repeats_to_1_percent",
        CellKind::Integer,
        "repeats that got there",
    )
    .beside(SEARCH)
};

/// Labels until very near the best.
pub static TO_0_1_PERCENT: OutputColumn =
    OutputColumn::float("labels_to_0_1_percent", "rows", "the same within 0.1 %").beside(SEARCH);

/// Repeats that got very near the best.
pub static REPEATS_TO_0_1_PERCENT: OutputColumn = OutputColumn {
    unit: "repeats",
    ..OutputColumn::new(
        "repeats_to_0_1_percent",
        CellKind::Integer,
        "repeats that got there",
    )
    .beside(SEARCH)
};

/// The part of the best rows that was measured.
pub static LAST_RECALL: OutputColumn = OutputColumn::float(
    "top_recall",
    "0 to 1",
    "share of the best rows of the table that were measured after the last round, mean over repeats",
)
.beside(SEARCH);

/// How much more than random's that is.
pub static RECALL_DIFFERENCE: OutputColumn = OutputColumn::float(
    "top_recall_difference",
    "−1 to 1",
    "its `top_recall` minus that of random, mean over repeats; above 0 is better",
)
.beside(SEARCH);

/// Lower end of the interval of that.
pub static RECALL_DIFFERENCE_LOW: OutputColumn = OutputColumn::float(
    "top_recall_low",
    "−1 to 1",
    "lower end of the 95 % interval of `top_recall_difference`, bootstrapped over repeats",
)
.beside(SEARCH);

/// Upper end of the interval of that.
pub static RECALL_DIFFERENCE_HIGH: OutputColumn =
    OutputColumn::float("top_recall_high", "−1 to 1", "its upper end").beside(SEARCH);

/// How many times as many as by chance.
pub static ENRICHMENT: OutputColumn = OutputColumn::float(
    "enrichment",
    "≥ 0",
    "how many times as many of the best rows were measured as are among as many rows of the table on average",
)
.beside(SEARCH);

/// What `simulate` prints per strategy where the best row is the goal.
pub static SEARCHES: OutputTable = OutputTable {
    name: "searches",
    by: "simulate, a row per strategy with the goal best",
    columns: &[
        &SEARCHING_STRATEGY,
        &LAST_REGRET_PERCENT,
        &REGRET_DIFFERENCE,
        &REGRET_DIFFERENCE_LOW,
        &REGRET_DIFFERENCE_HIGH,
        &TO_1_PERCENT,
        &REPEATS_TO_1_PERCENT,
        &TO_0_1_PERCENT,
        &REPEATS_TO_0_1_PERCENT,
        &LAST_RECALL,
        &RECALL_DIFFERENCE,
        &RECALL_DIFFERENCE_LOW,
        &RECALL_DIFFERENCE_HIGH,
        &ENRICHMENT,
    ],
};
