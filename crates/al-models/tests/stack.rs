//! What `auto` fits: several learners, weighted.

use al_core::{Matrix, MatrixColumn, Posterior, Seed, Silent, metrics, posterior};
use al_models::{
    AskedOptions, Continuation, Fitted, Labelled, Labels, LearnerOptions, NewRows, Recipe,
    TrainingRows,
};
use ndarray::Array2;
use rand::RngExt;

/// A smooth target of two numbers and a category.
fn data(n: usize, seed: u64) -> Labelled {
    let mut rng = Seed(seed).stream("stack", 0);
    let mut values = Array2::zeros((n, 3));
    let mut y = Vec::with_capacity(n);
    for mut row in values.rows_mut() {
        row[0] = rng.random_range(-2.0_f32..2.0);
        row[1] = rng.random_range(-2.0_f32..2.0);
        row[2] = rng.random_range(0..3_u32) as f32;
        y.push(2.0 * f64::from(row[0]).sin() + f64::from(row[1] * row[2]));
    }
    Labelled {
        x: Matrix {
            values,
            columns: [
                MatrixColumn::Numeric,
                MatrixColumn::Numeric,
                MatrixColumn::Categorical { levels: 3 },
            ]
            .into(),
            counts: None,
        },
        y: Labels::Values(y),
        weights: vec![1.0; n],
        groups: Vec::new(),
    }
}

fn recipe(learner: &str) -> Recipe {
    Recipe {
        learner: learner.to_owned(),
        options: LearnerOptions {
            early_stopping: true,
            ..LearnerOptions::default()
        },
        ..Recipe::default()
    }
}

fn rows(data: &Labelled) -> TrainingRows<'_> {
    TrainingRows {
        data,
        calibration: &[],
        replicate_noise: None,
    }
}

fn fitted(learner: &str, data: &Labelled) -> Fitted {
    Fitted::fit(&recipe(learner), rows(data), Seed(1), &Silent).unwrap()
}

fn draws(fitted: &Fitted, x: &Matrix) -> Array2<f32> {
    match fitted.posterior(x) {
        Posterior::Values { draws, .. } => draws,
        Posterior::Classes { .. } => panic!("fitted on values"),
    }
}

fn error(fitted: &Fitted, test: &Labelled) -> f64 {
    metrics::rmse(test.y.values(), &posterior::mean(&draws(fitted, &test.x)))
}

#[test]
fn the_stack_errs_no_more_than_its_parts() {
    let (train, test) = (data(120, 1), data(300, 2));
    let auto = fitted("auto", &train);
    let parts = auto.stack().parts();
    let names: Vec<&str> = parts.iter().map(|part| part.learner.as_str()).collect();
    // One that does not count is left out; trees stay for updates.
    assert_eq!(names[..2], ["boosted", "gp"]);
    let sum: f64 = parts.iter().map(|part| part.weight).sum();
    assert!((sum - 1.0).abs() < 1e-9);
    // A smooth target is what a Gaussian process is for.
    assert!(parts[1].weight > 0.5, "{parts:?}");
    let ours = error(&auto, &test);
    let best = ["boosted", "gp", "linear"].map(|name| error(&fitted(name, &train), &test));
    let best = best.into_iter().fold(f64::INFINITY, f64::min);
    assert!(ours < 1.1 * best, "{ours} beside {best}");
}

#[test]
fn many_rows_have_no_gaussian_process_and_classes_other_parts() {
    let names = |data: &Labelled| -> Vec<String> {
        let recipe = Recipe {
            options: LearnerOptions {
                trees: 5,
                learning_rate: 0.05,
                ..LearnerOptions::default()
            },
            asked: AskedOptions {
                learning_rate: true,
                depth: false,
            },
            ..recipe("auto")
        };
        let fitted = Fitted::fit(&recipe, rows(data), Seed(1), &Silent).unwrap();
        let parts = fitted.stack().parts().iter();
        parts.map(|part| part.learner.clone()).collect()
    };
    assert_eq!(names(&data(1600, 3)), ["boosted", "linear"]);
    let mut classes = data(60, 4);
    let codes = classes.y.values().iter().map(|&y| u32::from(y > 0.0));
    classes.y = Labels::Classes {
        codes: codes.collect(),
        classes: 2,
    };
    let parts = names(&classes);
    assert!(parts.len() > 1, "{parts:?}");
    let known = ["boosted", "logistic", "gp", "forest"];
    assert!(
        parts.iter().all(|part| known.contains(&part.as_str())),
        "{parts:?}"
    );
}

#[test]
fn a_saved_stack_predicts_the_same_bits_on_any_number_of_threads() {
    let (train, test) = (data(80, 5), data(40, 6));
    let pool = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap()
    };
    let one = pool(1).install(|| fitted("auto", &train));
    let three = pool(3).install(|| fitted("auto", &train));
    assert_eq!(one.to_parts(), three.to_parts());
    let parts = one.to_parts();
    let find = |name: &str| {
        let found = parts.iter().find(|(part, _)| part == name);
        found.map(|(_, bytes)| bytes.as_slice())
    };
    let read = Fitted::from_parts(find, &train.x.columns, 1, 80).unwrap();
    assert_eq!(draws(&read, &test.x), draws(&one, &test.x));
    assert_eq!(read.predict(&test.x), one.predict(&test.x));
    // Nothing of it may be missing.
    for (lost, _) in &parts {
        let find = |name: &str| if name == lost { None } else { find(name) };
        let read = Fitted::from_parts(find, &train.x.columns, 1, 80);
        // Draws of a process after the first are empty files.
        assert!(read.is_err(), "{lost}");
    }
}

#[test]
fn a_saved_part_alone_is_continued_as_it_was_grown() {
    let train = data(1600, 12);
    let recipe = Recipe {
        options: LearnerOptions {
            trees: 5,
            ..LearnerOptions::default()
        },
        ..recipe("auto")
    };
    let fitted = Fitted::fit(&recipe, rows(&train), Seed(1), &Silent).unwrap();
    let parts = fitted.to_parts();
    let find = |name: &str| {
        let found = parts.iter().find(|(part, _)| part == name);
        found.map(|(_, bytes)| bytes.as_slice())
    };
    let read = Fitted::from_parts(find, &train.x.columns, 1, 1600).unwrap();
    let told = |fitted: &Fitted| -> Vec<(String, LearnerOptions)> {
        let parts = fitted.stack().parts().iter();
        parts
            .map(|part| (part.learner.clone(), part.options))
            .collect()
    };
    assert_eq!(told(&read), told(&fitted));
    assert!(told(&read)[0].1.symmetric);
}

#[test]
fn updates_continue_trees_and_refit_the_rest() {
    let (old, new, test) = (data(80, 7), data(80, 8), data(300, 9));
    let before = fitted("auto", &old);
    let all = old.stack(&new);
    let added = NewRows {
        data: &new,
        repeats: &vec![None; 80],
    };
    let how = Continuation {
        trees: 20,
        learning_rate: 0.1,
        replay: 1.0,
    };
    let after = before
        .resume(&old, added, rows(&all), how, Seed(2), &Silent)
        .unwrap()
        .expect("trees can be continued");
    assert!(error(&after, &test) < 0.9 * error(&before, &test));
    assert_eq!(after.n_trees(), before.n_trees() + 20);
    let weights = |fitted: &Fitted| -> Vec<f64> {
        fitted
            .stack()
            .parts()
            .iter()
            .map(|part| part.weight)
            .collect()
    };
    assert_eq!(weights(&after), weights(&before));
}

#[test]
fn intervals_hold_what_they_say() {
    let (train, test) = (data(150, 10), data(2000, 11));
    let (low, high) = fitted("auto", &train).interval(&test.x, 0.8).unwrap();
    let coverage = metrics::coverage(test.y.values(), &low, &high);
    assert!((0.7..0.95).contains(&coverage), "{coverage}");
}
