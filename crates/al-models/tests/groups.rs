//! Who has seen one row of a group has seen them all, at training and in updates.

use al_core::{Matrix, MatrixColumn, Seed, Silent, metrics};
use al_models::{
    Continuation, Ensemble, Fitted, Labelled, Labels, LearnerOptions, NewRows, Recipe,
    TrainingRows, registry,
};
use ndarray::Array2;

/// Ten rows of each group: the second column names the group, and every group moves the
/// target by an amount of its own.
fn rows(groups: std::ops::Range<u64>) -> Labelled {
    let all: Vec<(u64, u64)> = groups
        .flat_map(|g| (0..10).map(move |row| (g, row)))
        .collect();
    let noise = |at: u64| f64::from(Seed(5).word(at) as u32) / f64::from(u32::MAX) - 0.5;
    let x = |row: u64, group: u64| noise(1000 * group + row) as f32;
    let values = Array2::from_shape_fn((all.len(), 2), |(at, column)| {
        let (group, row) = all[at];
        if column == 0 {
            x(row, group)
        } else {
            (noise(group + 7) * 60.0) as f32
        }
    });
    let y = all
        .iter()
        .map(|&(group, row)| 2.0 * f64::from(x(row, group)) + 3.0 * noise(100_000 + group));
    Labelled {
        y: Labels::Values(y.collect()),
        weights: vec![1.0; all.len()],
        groups: all.iter().map(|&(group, _)| group + 1).collect(),
        x: Matrix {
            values,
            columns: [MatrixColumn::Numeric; 2].into(),
            counts: None,
        },
    }
}

fn without_groups(data: &Labelled) -> Labelled {
    Labelled {
        groups: Vec::new(),
        ..data.clone()
    }
}

fn assert_whole(ensemble: &Ensemble, groups: &[u64]) {
    for bag in ensemble.bags() {
        for (one, first) in groups.iter().zip(bag) {
            let same = groups.iter().zip(bag).filter(|(other, _)| *other == one);
            assert!(same.map(|(_, count)| count).all(|count| count == first));
        }
    }
}

#[test]
fn samples_hold_whole_groups() {
    let (old, new) = (rows(0..20), rows(15..30));
    let entry = registry::find("boosted").unwrap();
    let options = LearnerOptions {
        trees: 5,
        ..LearnerOptions::default()
    };
    let ensemble = Ensemble::fit(entry, options, 6, &old, Seed(1), &Silent).unwrap();
    assert_whole(&ensemble, &old.groups);
    assert!(ensemble.out_of_bag().iter().any(|&mask| mask != 0));
    let how = Continuation {
        trees: 2,
        learning_rate: 0.1,
        replay: 1.0,
    };
    let new_rows = NewRows {
        data: &new,
        repeats: &vec![None; new.n_rows()],
    };
    let resumed = ensemble
        .resume(&old, new_rows, how, Seed(2), &Silent)
        .unwrap();
    assert_whole(&resumed.unwrap(), &[old.groups, new.groups].concat());
}

#[test]
fn the_error_of_new_groups_is_known_beforehand() {
    let (data, later) = (rows(0..40), rows(100..140));
    let error = |data: &Labelled, learner: &str| {
        let recipe = Recipe {
            learner: learner.to_owned(),
            ..Recipe::default()
        };
        let rows = TrainingRows {
            data,
            calibration: &[],
            replicate_noise: None,
        };
        let fitted = Fitted::fit(&recipe, rows, Seed(3), &Silent).unwrap();
        let all: Vec<usize> = (0..data.n_rows()).collect();
        let told = fitted.out_of_bag_error(data, &all).unwrap();
        let mean = match fitted.posterior(&later.x) {
            al_core::Posterior::Values { draws, .. } => al_core::posterior::mean(&draws),
            al_core::Posterior::Classes { .. } => unreachable!("a number is predicted"),
        };
        (told.sqrt(), metrics::rmse(later.y.values(), &mean))
    };
    for learner in ["auto", "gp"] {
        let (told, found) = error(&data, learner);
        assert!(
            (0.7..1.3).contains(&(told / found)),
            "{learner}: {told} for {found}"
        );
        let (told, found) = error(&without_groups(&data), learner);
        assert!(told < 0.6 * found, "{learner} alone: {told} for {found}");
    }
}
