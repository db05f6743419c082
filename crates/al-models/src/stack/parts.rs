//! Which learners make a stack, and with which options.

use al_core::MatrixColumn;

use crate::gaussian::classes::processes_of;
use crate::learner::{Labelled, Labels, LearnerOptions};
use crate::learners::{auto, boosted};
use crate::recipe::{AskedOptions, Recipe};
use crate::registry;

/// Most rows for which a Gaussian process is a part: it costs their cube.
const MOST_GP_ROWS: usize = 1500;

/// Most rows with classes but without molecules for which it is one, of a single process:
/// with more it takes longer than all other parts and adds next to nothing.
const MOST_GP_ROWS_OF_CLASSES: f64 = 500.0;

/// Most classes for which it is one: each has a process, whose search takes time with few
/// rows, too.
const MOST_GP_CLASSES: usize = 10;

/// Most columns of the encoded rows for which ridge regression is a part.
const MOST_LINEAR_COLUMNS: usize = 500;

/// Rows times columns times squared classes, which its time grows with, up to which
/// logistic regression is a part; and rows up to which a forest is.
const MOST_LOGISTIC: usize = 2_000_000;
const MOST_FOREST_ROWS: usize = 5000;

/// Trees of the forests of all members together.
const FOREST_TREES: usize = 200;

/// Shrinkage of symmetric trees, unless one is given: ten members and a penalty make up
/// for large steps, of which fewer are needed (docs/MEASUREMENTS.md).
const LEARNING_RATE: f64 = 0.35;

/// Rows below which trees of a stack are shallower, and how deep they are then.
const SHALLOW_BELOW: usize = 1000;
const SHALLOW: usize = 4;

/// The learners that a recipe asks for, with their options: one, or for `auto` those
/// that suit the rows.
pub(super) fn parts_of(recipe: &Recipe, data: &Labelled) -> Vec<(&'static str, LearnerOptions)> {
    let options = recipe.options;
    if recipe.learner != auto::NAME {
        let entry = registry::find(&recipe.learner).expect("a learner of the registry");
        return vec![(entry.name, options)];
    }
    match &data.y {
        Labels::Values(_) => of_values(options, recipe.asked, data),
        Labels::Classes { classes, .. } => of_classes(options, recipe.asked, data, *classes),
    }
}

fn of_values(
    options: LearnerOptions,
    asked: AskedOptions,
    data: &Labelled,
) -> Vec<(&'static str, LearnerOptions)> {
    let trees = LearnerOptions {
        symmetric: true,
        learning_rate: match asked.learning_rate {
            true => options.learning_rate,
            false => LEARNING_RATE,
        },
        ..suited(options, asked, data)
    };
    let mut parts = vec![(boosted::NAME, trees)];
    if data.n_rows() <= most_gp_rows(data) {
        parts.push(("gp", options));
    }
    if width(data) <= MOST_LINEAR_COLUMNS {
        parts.push(("linear", options));
    }
    parts
}

fn of_classes(
    options: LearnerOptions,
    asked: AskedOptions,
    data: &Labelled,
    classes: usize,
) -> Vec<(&'static str, LearnerOptions)> {
    let mut parts = vec![(boosted::NAME, suited(options, asked, data))];
    let logistic = [data.n_rows(), width(data), classes, classes];
    if logistic.iter().map(|&count| count as f64).product::<f64>() <= MOST_LOGISTIC as f64 {
        parts.push(("logistic", options));
    }
    if data.n_rows() <= most_gp_rows(data) {
        parts.push(("gp", options));
    }
    if data.n_rows() <= MOST_FOREST_ROWS {
        let forest = LearnerOptions {
            trees: FOREST_TREES,
            early_stopping: false,
            ..options
        };
        parts.push(("forest", forest));
    }
    parts
}

/// Most rows like these for which a Gaussian process is a part.
pub(super) fn most_gp_rows(data: &Labelled) -> usize {
    let Labels::Classes { classes, .. } = data.y else {
        return MOST_GP_ROWS;
    };
    let processes = processes_of(classes);
    let single = match data.x.counts {
        Some(_) => MOST_GP_ROWS as f64,
        None => MOST_GP_ROWS_OF_CLASSES,
    };
    match processes <= MOST_GP_CLASSES {
        true => (single / (processes as f64).cbrt()) as usize,
        false => 0,
    }
}

/// The options with trees that are shallower for few rows, unless a depth is given.
fn suited(options: LearnerOptions, asked: AskedOptions, data: &Labelled) -> LearnerOptions {
    let depth = match data.n_rows() < SHALLOW_BELOW && !asked.depth {
        true => SHALLOW,
        false => options.depth,
    };
    LearnerOptions { depth, ..options }
}

/// Settings of trees that are tried for those of `options`: symmetric ones and others,
/// shallower and deeper, and slower ones.
pub(super) fn tried(options: LearnerOptions) -> Vec<LearnerOptions> {
    let mut all = vec![options];
    for symmetric in [true, false] {
        for depth in [3, 4, 6, 8] {
            for learning_rate in [options.learning_rate, options.learning_rate / 2.0] {
                let other = LearnerOptions {
                    depth,
                    learning_rate,
                    symmetric,
                    ..options
                };
                if !all.contains(&other) {
                    all.push(other);
                }
            }
        }
    }
    all
}

/// Columns of the encoded rows.
fn width(data: &Labelled) -> usize {
    let columns = data.x.columns.iter();
    columns
        .map(|column| match column {
            MatrixColumn::Numeric => 2,
            MatrixColumn::Categorical { levels } => *levels as usize + 1,
            MatrixColumn::Structure { counted } => *counted as usize,
        })
        .sum()
}
