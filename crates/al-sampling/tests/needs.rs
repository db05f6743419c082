//! What a strategy says it does not read, it does not read.

use al_core::{Key, Seed};
use al_sampling::{Query, STRATEGIES, SelectionLimits, select};
use ndarray::Array2;

#[test]
fn what_is_not_needed_changes_no_batch() {
    let n = 60;
    let keys: Vec<Key> = (0..n).map(|row| Key::of_id(&format!("{row}"))).collect();
    let number =
        |name: &str, at: usize| (Seed(5).derive(name, at as u64).0 >> 40) as f32 / (1 << 24) as f32;
    let matrix = |name: &'static str, rows, columns| {
        Array2::from_shape_fn((rows, columns), |(row, column)| {
            number(name, row * columns + column)
        })
    };
    let (features, points) = (matrix("features", n, 4), matrix("points", n, 3));
    // Two members, two classes, or four members and a value.
    let (values, classes) = (matrix("means", n, 1), matrix("classes", n, 2));
    let (anchor_features, anchor_points) = (matrix("af", 8, 4), matrix("ap", 8, 3));
    let anchor_values: Vec<f32> = (0..8).map(|at| number("measured", at)).collect();
    let scores: Vec<f32> = (0..n).map(|at| number("scores", at)).collect();
    let gains: Vec<f32> = (0..n).map(|at| number("gains", at)).collect();
    for entry in STRATEGIES {
        let strategy = entry.with_defaults();
        let needs = strategy.needs();
        let (means, anchor_values) = if entry.regression {
            (values.view(), anchor_values.as_slice())
        } else {
            (classes.view(), [].as_slice())
        };
        let full = Query {
            scores: &scores,
            gains: &gains,
            features: features.view(),
            means,
            noise: 0.25,
            points: points.view(),
            anchor_features: anchor_features.view(),
            anchor_points: anchor_points.view(),
            anchor_values,
            ..Query::new(&keys)
        };
        let least = Query {
            scores: if needs.scores { &scores } else { &[] },
            gains: if needs.gains { &gains } else { &[] },
            ..full
        };
        let rows = |query: &Query<'_>| -> Vec<usize> {
            let twelve = SelectionLimits::first(12);
            let batch = select(strategy.as_ref(), query, &twelve, Seed(1)).unwrap();
            batch.picks.iter().map(|pick| pick.row).collect()
        };
        assert_eq!(rows(&full), rows(&least), "{}", entry.name);
        if needs.scores {
            let blind = Query {
                scores: &[],
                gains: &[],
                ..full
            };
            assert_ne!(rows(&full), rows(&blind), "{} reads none", entry.name);
        }
    }
}
