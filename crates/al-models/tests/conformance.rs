//! What every learner of the registry must do.

use al_core::{Matrix, MatrixColumn, Posterior, Seed, Silent, metrics, posterior};
use al_models::LearnerEntry;
use al_models::{Continuation, Ensemble, LEARNERS, Labelled, Labels, LearnerOptions, NewRows};
use ndarray::{Array2, Axis};
use rand::{Rng, RngExt};

const MEMBERS: usize = 6;

fn options() -> LearnerOptions {
    LearnerOptions {
        trees: 20,
        depth: 4,
        learning_rate: 0.2,
        early_stopping: false,
        symmetric: false,
        least_reduction: 0.0,
    }
}

fn regressors() -> impl Iterator<Item = &'static LearnerEntry> {
    LEARNERS.iter().filter(|entry| entry.regression)
}

fn classifiers() -> impl Iterator<Item = &'static LearnerEntry> {
    LEARNERS.iter().filter(|entry| entry.classification)
}

/// Numbers, a category with an unseen level's code in no training row, and
/// some missing values; the target depends on all of them.
fn matrix(n: usize, seed: u64) -> Matrix {
    let mut rng = Seed(seed).stream("test", 0);
    let mut values = Array2::zeros((n, 3));
    for mut row in values.axis_iter_mut(Axis(0)) {
        row[0] = rng.random_range(-1.0_f32..1.0);
        row[1] = rng.random_range(0..4_u32) as f32;
        row[2] = if rng.random_range(0..10_u32) == 0 {
            f32::NAN
        } else {
            rng.random_range(-1.0_f32..1.0)
        };
    }
    Matrix {
        values,
        columns: [
            MatrixColumn::Numeric,
            MatrixColumn::Categorical { levels: 4 },
            MatrixColumn::Numeric,
        ]
        .into(),
        counts: None,
    }
}

fn signal(x: &Matrix, row: usize) -> f64 {
    let at = |column| f64::from(x.values[[row, column]]);
    let third = if at(2).is_nan() { 0.0 } else { at(2) };
    2.0 * at(0) + [0.0, 3.0, -1.0, 1.0][at(1) as usize] + third
}

fn regression(n: usize) -> Labelled {
    let x = matrix(n, 1);
    let y = (0..n).map(|row| signal(&x, row)).collect();
    Labelled {
        x,
        y: Labels::Values(y),
        weights: vec![1.0; n],
        groups: Vec::new(),
    }
}

fn classification(n: usize, classes: usize) -> Labelled {
    let x = matrix(n, 2);
    let codes = (0..n)
        .map(|row| ((signal(&x, row) + 4.0) / 8.0 * classes as f64) as u32)
        .map(|class| class.min(classes as u32 - 1))
        .collect();
    Labelled {
        x,
        y: Labels::Classes { codes, classes },
        weights: vec![1.0; n],
        groups: Vec::new(),
    }
}

fn fit(entry: &LearnerEntry, data: &Labelled) -> Ensemble {
    Ensemble::fit(entry, options(), MEMBERS, data, Seed(3), &Silent)
        .unwrap_or_else(|error| panic!("{}: {error}", entry.name))
}

fn bits(posterior: &Posterior) -> Vec<u32> {
    match posterior {
        Posterior::Values { draws, .. } => draws.iter().map(|v| v.to_bits()).collect(),
        Posterior::Classes { draws } => draws.iter().flatten().map(|v| v.to_bits()).collect(),
    }
}

fn mean(ensemble: &Ensemble, x: &Matrix) -> Vec<f64> {
    posterior::mean(&ensemble.values(x))
}

#[test]
fn learners_learn() {
    let (data, test) = (regression(300), matrix(200, 9));
    let truth: Vec<f64> = (0..200).map(|row| signal(&test, row)).collect();
    for entry in regressors().filter(|entry| entry.name != "constant") {
        let r2 = metrics::r2(&truth, &mean(&fit(entry, &data), &test));
        assert!(r2 > 0.8, "{}: R² {r2}", entry.name);
    }
    for classes in [2, 3] {
        let (data, test) = (classification(300, classes), classification(300, classes));
        let Labels::Classes { codes, .. } = &test.y else {
            unreachable!()
        };
        for entry in classifiers().filter(|entry| entry.name != "constant") {
            let draws = fit(entry, &data).probabilities(&test.x);
            let mean = posterior::mean_probabilities(&draws);
            let predicted = al_core::information::predicted_classes(&mean);
            let accuracy = metrics::accuracy(codes, &predicted);
            assert!(accuracy > 0.8, "{}: accuracy {accuracy}", entry.name);
        }
    }
}

#[test]
fn splits_that_take_off_too_little_are_left_out() {
    let (data, test) = (regression(300), matrix(200, 9));
    let truth: Vec<f64> = (0..200).map(|row| signal(&test, row)).collect();
    let entry = LEARNERS.iter().find(|entry| entry.name == "boosted");
    let fitted = |least_reduction: f64| {
        let options = LearnerOptions {
            least_reduction,
            ..options()
        };
        let ensemble = Ensemble::fit(entry.unwrap(), options, MEMBERS, &data, Seed(3), &Silent);
        let ensemble = ensemble.unwrap();
        let size: usize = ensemble.to_bytes().iter().map(Vec::len).sum();
        (size, metrics::r2(&truth, &mean(&ensemble, &test)))
    };
    let ((all, best), (some, good), (none, bad)) = (fitted(0.0), fitted(0.1), fitted(1e9));
    assert!(
        some < all && (best - good).abs() < 0.01,
        "{all} {best}, {some} {good}"
    );
    assert!(none < some && bad.abs() < 0.05, "{none} {bad}");
}

#[test]
fn refits_are_identical_whatever_the_threads() {
    let data = regression(120);
    let test = matrix(50, 9);
    for entry in regressors() {
        let fitted = || bits(&fit(entry, &data).posterior(&test, 1.0));
        let pool = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
        };
        let one = pool(1).install(fitted);
        assert_eq!(one, pool(3).install(fitted), "{}", entry.name);
        let other = Ensemble::fit(entry, options(), MEMBERS, &data, Seed(4), &Silent).unwrap();
        let other = bits(&other.posterior(&test, 1.0));
        assert_ne!(one, other, "{}", entry.name);
    }
}

#[test]
fn saved_models_predict_the_same_bits() {
    let test = matrix(50, 9);
    let data = [
        regression(120),
        classification(120, 2),
        classification(120, 3),
    ];
    for data in &data {
        let fits = |entry: &&LearnerEntry| match data.y {
            Labels::Values(_) => entry.regression,
            Labels::Classes { .. } => entry.classification,
        };
        for entry in LEARNERS.iter().filter(fits) {
            let fitted = fit(entry, data);
            let loaded = Ensemble::load(
                entry,
                options(),
                &data.x.columns,
                data.y.outputs(),
                &fitted.to_bytes(),
                fitted.bags().to_vec(),
            )
            .unwrap();
            assert_eq!(
                bits(&fitted.posterior(&test, 1.0)),
                bits(&loaded.posterior(&test, 1.0)),
                "{}",
                entry.name
            );
        }
    }
}

#[test]
fn bytes_of_something_else_are_refused() {
    let data = regression(60);
    for entry in LEARNERS {
        let learner = (entry.make)(options());
        for bytes in [&b""[..], b"{}", b"\x10\0\0\0{}", &[0xff; 64]] {
            assert!(learner.load(bytes).is_err(), "{}", entry.name);
        }
        if entry.regression {
            let whole = &fit(entry, &data).to_bytes()[0];
            for cut in [1, whole.len() / 2, whole.len() - 1] {
                assert!(learner.load(&whole[..cut]).is_err(), "{}", entry.name);
            }
        }
    }
}

#[test]
fn the_order_of_the_columns_does_not_matter_much() {
    let data = regression(300);
    let test = matrix(100, 9);
    let permute = |x: &Matrix| Matrix {
        values: x
            .values
            .select(Axis(1), &[2, 0, 1])
            .as_standard_layout()
            .into_owned(),
        columns: [x.columns[2], x.columns[0], x.columns[1]].into(),
        counts: None,
    };
    let permuted = Labelled {
        x: permute(&data.x),
        ..data.clone()
    };
    for entry in regressors().filter(|entry| entry.name != "constant") {
        let a = mean(&fit(entry, &data), &test);
        let b = mean(&fit(entry, &permuted), &permute(&test));
        let r2 = metrics::r2(&a, &b);
        assert!(r2 > 0.95, "{}: R² {r2}", entry.name);
    }
}

#[test]
fn a_constant_target_is_predicted() {
    let mut data = regression(40);
    data.y = Labels::Values(vec![7.5; 40]);
    let test = matrix(20, 9);
    for entry in regressors() {
        let ensemble = fit(entry, &data);
        for value in ensemble.values(&test) {
            assert!((value - 7.5).abs() < 1e-3, "{}: {value}", entry.name);
        }
    }
}

#[test]
fn one_row_is_enough() {
    let data = regression(1);
    let value = data.y.values()[0];
    for entry in regressors() {
        let predicted = mean(&fit(entry, &data), &data.x)[0];
        assert!(
            (predicted - value).abs() < 0.1 * value.abs(),
            "{}: {predicted} instead of {value}",
            entry.name
        );
    }
    let mut data = classification(1, 2);
    data.y = Labels::Classes {
        codes: vec![1],
        classes: 2,
    };
    for entry in classifiers() {
        let draws = fit(entry, &data).probabilities(&data.x);
        let p = posterior::mean_probabilities(&draws);
        assert!(p[[0, 1]] > 0.5, "{}: {p}", entry.name);
    }
}

#[test]
fn missing_and_unseen_values_are_predicted() {
    let data = regression(120);
    let mut test = matrix(3, 9);
    test.values.row_mut(0).fill(f32::NAN);
    test.values[[1, 1]] = 4.0; // the code of an unseen level
    test.values[[2, 0]] = f32::MAX;
    for entry in regressors() {
        let ensemble = fit(entry, &data);
        let values = ensemble.values(&test);
        let ordinary = values.slice(ndarray::s![.., ..2]);
        assert!(ordinary.iter().all(|v| v.is_finite()), "{}", entry.name);
    }
    for entry in classifiers() {
        let ensemble = fit(entry, &classification(120, 3));
        for draw in ensemble.probabilities(&test.take(&[0, 1])) {
            assert!(draw.iter().all(|p| p.is_finite()), "{}", entry.name);
        }
    }
}

#[test]
fn probabilities_sum_to_one() {
    for classes in [2, 3, 5] {
        let data = classification(150, classes);
        let test = matrix(80, 9);
        for entry in classifiers() {
            for draw in fit(entry, &data).probabilities(&test) {
                assert_eq!(draw.dim(), (80, classes));
                for row in draw.axis_iter(Axis(0)) {
                    assert!(
                        row.iter().all(|p| (0.0..=1.0).contains(p)),
                        "{}",
                        entry.name
                    );
                    assert!((row.sum() - 1.0).abs() < 1e-5, "{}: {row}", entry.name);
                }
            }
        }
    }
}

#[test]
fn draws_vary_more_off_the_data_than_on_it() {
    // Rows lie along the diagonal; the other two corners are off the data.
    let n = 150;
    let mut rng = Seed(5).stream("test", 1);
    let mut values = Array2::zeros((n, 2));
    let mut y = Vec::new();
    for mut row in values.axis_iter_mut(Axis(0)) {
        let along = rng.random_range(-1.0_f32..1.0);
        row[0] = along + rng.random_range(-0.1_f32..0.1);
        row[1] = along + rng.random_range(-0.1_f32..0.1);
        let noise = (rng.next_u64() % 1000) as f64 / 2000.0;
        y.push(f64::from(row[0]) * 3.0 - f64::from(row[1]) + noise);
    }
    let data = Labelled {
        x: Matrix {
            values,
            columns: [MatrixColumn::Numeric; 2].into(),
            counts: None,
        },
        y: Labels::Values(y),
        weights: vec![1.0; n],
        groups: Vec::new(),
    };
    let mut off = data.x.take(&(0..50).collect::<Vec<_>>());
    for (at, mut row) in off.values.axis_iter_mut(Axis(0)).enumerate() {
        let far = 0.5 + at as f32 / 100.0;
        let sign = if at % 2 == 0 { 1.0 } else { -1.0 };
        row[0] = sign * far;
        row[1] = -sign * far;
    }
    for entry in regressors().filter(|entry| entry.name != "constant") {
        let ensemble = Ensemble::fit(entry, options(), 20, &data, Seed(3), &Silent).unwrap();
        let average = |x: &Matrix| {
            let variance = posterior::variance(&ensemble.values(x));
            variance.iter().sum::<f64>() / variance.len() as f64
        };
        let (on, off) = (average(&data.x), average(&off));
        assert!(off > 1.2 * on, "{}: {on} on, {off} off", entry.name);
    }
}

#[test]
fn heavier_rows_count_more() {
    // Two groups of rows that no feature tells apart.
    let n = 200;
    let x = Matrix {
        values: Array2::from_elem((n, 1), 0.5),
        columns: [MatrixColumn::Numeric].into(),
        counts: None,
    };
    let data = Labelled {
        x: x.clone(),
        y: Labels::Values((0..n).map(|row| f64::from(row as u32 % 2)).collect()),
        weights: (0..n).map(|row| [1.0, 9.0][row % 2]).collect(),
        groups: Vec::new(),
    };
    for entry in regressors() {
        let ensemble = Ensemble::fit(entry, options(), 20, &data, Seed(3), &Silent).unwrap();
        let predicted = mean(&ensemble, &x.take(&[0]))[0];
        assert!(
            (predicted - 0.9).abs() < 0.05,
            "{}: {predicted}",
            entry.name
        );
    }
}

#[test]
fn updates_learn_and_keep_what_is_out_of_bag() {
    let all = regression(300);
    let part = |rows: std::ops::Range<usize>| {
        let rows: Vec<usize> = rows.collect();
        Labelled {
            x: all.x.take(&rows),
            y: Labels::Values(rows.iter().map(|&row| all.y.values()[row]).collect()),
            weights: vec![1.0; rows.len()],
            groups: Vec::new(),
        }
    };
    let (old, new) = (part(0..60), part(60..300));
    let test = matrix(200, 9);
    let truth: Vec<f64> = (0..200).map(|row| signal(&test, row)).collect();
    let how = Continuation {
        trees: 20,
        learning_rate: 0.2,
        replay: 1.0,
    };
    // The first new row measures the first old one again.
    let mut repeats = vec![None; new.n_rows()];
    repeats[0] = Some(0);
    let added = NewRows {
        data: &new,
        repeats: &repeats,
    };
    for entry in regressors() {
        let before = fit(entry, &old);
        let resumed = before.resume(&old, added, how, Seed(8), &Silent).unwrap();
        let continued = ["boosted", "auto"].contains(&entry.name);
        assert_eq!(resumed.is_some(), continued, "{}", entry.name);
        let Some(after) = resumed else { continue };
        assert!(
            metrics::rmse(&truth, &mean(&after, &test))
                < 0.8 * metrics::rmse(&truth, &mean(&before, &test))
        );
        assert_eq!(after.n_trees(), before.n_trees() + 20);
        assert_eq!(after.out_of_bag()[1..60], before.out_of_bag()[1..]);
        assert_eq!(after.out_of_bag()[0], after.out_of_bag()[60]);
        assert_eq!(after.out_of_bag()[0] & !before.out_of_bag()[0], 0);
        assert_eq!(after.out_of_bag().len(), 300);
    }
}
