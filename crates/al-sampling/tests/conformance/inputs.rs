//! Inputs that no strategy is asked about.

use al_sampling::{STRATEGIES, SelectError, SelectionLimits};

use super::case::Case;

/// What spoils a case, the input it spoils, and the row that is named.
type Spoil = (fn(&mut Case), &'static str, usize);

const SPOILT: [Spoil; 9] = [
    (|case| case.scores[3] = f32::NAN, "the score", 3),
    (|case| case.scores[2] = -0.5, "the score", 2),
    (
        |case| case.weights = Some(vec![1.0, f32::INFINITY, 1.0, 1.0, 1.0]),
        "the weight",
        1,
    ),
    (
        |case| {
            case.features[[4, 1]] = f32::NAN;
            case.class_features[[4, 1]] = f32::NAN;
        },
        "the features",
        4,
    ),
    (
        |case| {
            case.means[[2, 0]] = f32::NAN;
            case.class_means[[2, 0]] = f32::NAN;
        },
        "the means",
        2,
    ),
    (|case| case.gains[1] = f32::NAN, "the gain", 1),
    (|case| case.points[[0, 2]] = f32::INFINITY, "the points", 0),
    (
        |case| case.anchor_features[[1, 0]] = f32::NAN,
        "the anchors' features",
        1,
    ),
    (
        |case| case.anchor_points[[1, 0]] = f32::NAN,
        "the anchors' points",
        1,
    ),
];

#[test]
fn inputs_that_are_no_numbers_or_do_not_fit_are_refused() {
    let case = Case::random(5, 2, 11);
    let n = SelectionLimits::first(2);
    for entry in STRATEGIES {
        for (spoil, name, at) in SPOILT {
            let mut bad = case.clone();
            spoil(&mut bad);
            match bad.try_select(entry, &n, 0) {
                Err(SelectError::NotANumber { what, row, .. }) => {
                    assert_eq!((what, row), (name, at));
                }
                other => panic!("{}: {other:?}", entry.name),
            }
        }
        let mut short = case.clone();
        short.scores.pop();
        assert_eq!(
            short.try_select(entry, &n, 0),
            Err(SelectError::Shape {
                what: "scores",
                expected: 5,
                found: 4
            })
        );
    }
}
