//! The settings that messages of the libraries name.
//!
//! Not all that can be set: what no message names is not here. Front ends check
//! that each of these is an option of theirs, or word it in another way.

/// An option of the loop, by the name that all front ends derive theirs from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name in snake case, as a field of a request or an argument in Python
    /// has it.
    pub id: &'static str,
    /// What stands for its value in a usage line, such as `COL`; empty for a
    /// switch.
    pub takes: &'static str,
    /// What it sets, in a line.
    pub doc: &'static str,
}

macro_rules! settings {
    ($($name:ident, $id:literal, $takes:literal, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub const $name: Setting = Setting { id: $id, takes: $takes, doc: $doc };
        )*

        /// All settings that messages name, by id.
        pub const ALL: &[Setting] = &[$($name),*];
    };
}

settings! {
    AGAIN, "again", "", "Take rows in even if they are in the model already.";
    ALL_HARDWARE, "all_hardware", "", "Compare each workload on every hardware that the model knows.";
    AT_LEAST, "at_least", "COL=N", "Fewest rows of the batch with each value of a column.";
    AVAILABILITY, "availability", "NAME=SHARE|FILE.toml", "How available each hardware is.";
    BATCH, "batch", "N", "Rows of a batch.";
    BUDGET, "budget", "COST", "Most that a batch may cost.";
    CAPACITY, "capacity", "HOSTS.toml", "The hosts that run the batch.";
    CATEGORICAL, "categorical", "A,B", "Columns that are categories.";
    COST, "cost", "COL", "The column with what measuring a row costs.";
    COST_WEIGHTS, "cost_weights", "COL=W", "Columns of costs, and how much each counts.";
    CURRENT, "current", "COL", "The column that names the hardware a workload runs on now.";
    DECIMAL, "decimal", "CHAR", "What comes before the fraction of a number.";
    DELIMITER, "delimiter", "CHAR", "What separates the fields of CSV files.";
    DIRECTION, "direction", "WAY", "Whether small or large targets are wanted.";
    DROP_MISSING_TARGET, "drop_missing_target", "", "Exclude rows without a target.";
    DURATION, "duration", "COL", "The column with how long measuring a row takes.";
    EVAL, "eval", "FILE", "A table of rows that the model is evaluated on.";
    EVAL_AFTER, "eval_after", "COL=VALUE", "The value of a column above which rows are for evaluation.";
    FEATURES, "features", "A,B", "Columns that are features, and no others.";
    GOAL, "goal", "GOAL", "What measurements are chosen for: a good model, or the best row.";
    GROUP, "group", "COL", "The column that says which rows belong together.";
    HARDWARE, "hardware", "COL", "The column that names the hardware.";
    HOLDOUT, "holdout", "SHARE", "Share of the rows that are set aside for evaluation.";
    HOLDOUT_BY, "holdout_by", "COL", "The column of which whole values are set aside.";
    ID, "id", "COL", "The column that identifies a row.";
    IGNORE, "ignore", "A,B", "Columns that are not features.";
    INCLUDE, "include", "FILE", "Candidates that the batch must hold.";
    INITIAL, "initial", "N", "Rows that a replay starts with.";
    LEARNER, "learner", "NAME", "The learning algorithm.";
    LIMIT, "limit", "TARGET<=V", "What a target of the best row must be.";
    LOG_TARGET, "log_target", "", "Fit the logarithm of the target.";
    MIN_FEASIBLE, "min_feasible", "P", "Least success probability of a row.";
    MIN_GAIN, "min_gain", "GAIN", "Least error reduction for which a batch is chosen.";
    MODEL, "model", "FILE", "The model.";
    NA, "na", "TEXT", "Texts that mean a missing value.";
    NEED_MEASURED, "need_measured", "", "Refuse workloads that were measured on no hardware.";
    NOISE, "noise", "COL", "The column with the standard deviation of each measurement.";
    NUMERIC, "numeric", "A,B", "Columns that are numbers.";
    OBJECTIVES, "objectives", "A,B", "The targets to improve.";
    OK, "ok", "VALUE", "The value of the status column where a measurement worked.";
    OPTIMIZE_FOR, "optimize_for", "GOAL", "The objective, one per model.";
    POWER, "power", "COL", "The column with the power of a hardware.";
    PREFIX, "prefix", "TEXT", "Text before the names of added columns.";
    PRICE, "price", "COL", "The column with the price of a hardware.";
    REFIT, "refit", "", "Fit the model from scratch.";
    REPEATS, "repeats", "N", "Most measured rows of a batch, to be measured again.";
    REQUIRE, "require", "SQL", "What must be true of a workload and a hardware.";
    ROUNDS, "rounds", "N", "Batches that a replay chooses.";
    SAMPLE, "sample", "N", "Rows to draw from a space.";
    SKIP_BAD_SMILES, "skip_bad_smiles", "FILE", "A file for rows whose SMILES cannot be read.";
    SMILES, "smiles", "COL", "The column of molecules, as SMILES.";
    SPACE, "space", "NAME", "The space in which rows have distances.";
    SPECS, "specs", "FILE", "A table that is joined with the candidates.";
    STATUS, "status", "COL", "The column that tells whether a measurement worked.";
    STRATEGY, "strategy", "NAME", "How to choose rows.";
    STREAM, "stream", "", "Read the candidates once, and keep a part of them.";
    TARGET, "target", "COL", "The column to predict.";
    TASK, "task", "TASK", "Regression or classification.";
    THOUSANDS, "thousands", "CHAR", "What stands between groups of three digits.";
    TIME_UNIT, "time_unit", "UNIT", "The unit of times.";
    UNIT, "unit", "TEXT", "The unit of the target.";
    WEIGHTS, "weights", "COL", "The column with how much each row counts.";
    WHERE, "where", "SQL", "Which rows to read.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_sorted_by_id_and_named_once() {
        assert!(ALL.is_sorted_by(|a, b| a.id < b.id));
        for setting in ALL {
            let plain = |letter: char| letter.is_ascii_lowercase() || letter == '_';
            assert!(setting.id.chars().all(plain), "{}", setting.id);
            assert!(setting.doc.ends_with('.'), "{}", setting.id);
        }
    }
}
