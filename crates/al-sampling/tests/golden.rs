//! The picks against those of an independent implementation in numpy: see
//! fixtures/golden/README.md.

use std::path::PathBuf;

use al_core::{Key, Seed};
use al_sampling::{Query, Selection, SelectionLimits, StrategyOptions, registry, select};
use ndarray::{Array2, ArrayView2, s};
use serde::Deserialize;

fn golden(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A CSV file of plain numbers under one line of names.
fn table(name: &str) -> Array2<f32> {
    let text = golden(name);
    let rows: Vec<Vec<f32>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .collect();
    let shape = (rows.len(), rows[0].len());
    Array2::from_shape_vec(shape, rows.concat()).unwrap()
}

#[derive(Deserialize)]
struct Expected {
    picks: Vec<usize>,
    #[serde(default)]
    values: Vec<f32>,
    #[serde(default)]
    distance_when_picked: Vec<f32>,
}

/// The batch of `strategy` in a space: of features, or of points.
fn batch(strategy: &str, in_features: bool, anchors: Option<&Array2<f32>>, n: usize) -> Selection {
    let candidates = table("selection_candidates.csv");
    let scores: Vec<f32> = candidates.column(6).to_vec();
    let rows = candidates.slice(s![.., ..6]);
    let keys: Vec<Key> = (0..rows.nrows())
        .map(|row| Key::of_id(&row.to_string()))
        .collect();
    let no_anchors = Array2::zeros((0, 6));
    let anchors = anchors.unwrap_or(&no_anchors);
    let flat = Array2::zeros((rows.nrows(), 0));
    let flat_anchors = Array2::zeros((anchors.nrows(), 0));
    let (here, nowhere): ([ArrayView2<'_, f32>; 2], [ArrayView2<'_, f32>; 2]) =
        ([rows, anchors.view()], [flat.view(), flat_anchors.view()]);
    let (features, points) = if in_features {
        (here, nowhere)
    } else {
        (nowhere, here)
    };
    let query = Query {
        scores: &scores,
        features: features[0],
        points: points[0],
        anchor_features: features[1],
        anchor_points: points[1],
        ..Query::new(&keys)
    };
    let strategy = registry::find(strategy)
        .unwrap()
        .with_options(&StrategyOptions::none())
        .unwrap();
    select(
        strategy.as_ref(),
        &query,
        &SelectionLimits::first(n),
        Seed(0),
    )
    .unwrap()
}

fn rows(batch: &Selection) -> Vec<usize> {
    batch.picks.iter().map(|pick| pick.row).collect()
}

fn assert_close(found: impl IntoIterator<Item = f32>, expected: &[f32]) {
    let found: Vec<f32> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let error = (found - expected).abs();
        assert!(
            error <= 1e-6 * expected.abs(),
            "{found} instead of {expected}"
        );
    }
}

#[test]
fn lcmd_picks_what_numpy_picks() {
    let expected: Expected = serde_json::from_str(&golden("lcmd.json")).unwrap();
    let anchors = table("selection_anchors.csv");
    let n = expected.picks.len();
    assert_eq!(
        rows(&batch("lcmd", true, Some(&anchors), n)),
        expected.picks
    );
    // The fall-back of a flat posterior does the same with the points.
    assert_eq!(
        rows(&batch("lcmd", false, Some(&anchors), n)),
        expected.picks
    );
}

#[test]
fn diversity_picks_what_numpy_picks() {
    let expected: Expected = serde_json::from_str(&golden("diversity.json")).unwrap();
    let anchors = table("selection_anchors.csv");
    let found = batch("diversity", false, Some(&anchors), expected.picks.len());
    assert_eq!(rows(&found), expected.picks);
    assert_close(found.picks.iter().map(|pick| pick.score), &expected.values);
}

#[test]
fn space_filling_picks_what_numpy_picks() {
    let expected: Expected = serde_json::from_str(&golden("space_filling.json")).unwrap();
    let found = batch("space-filling", false, None, expected.picks.len());
    assert_eq!(rows(&found), expected.picks);
    let scores = found.picks[1..].iter().map(|pick| pick.score);
    assert_close(scores, &expected.distance_when_picked);
    let nearest = found.picks[1..].iter().map(|pick| pick.nearest.unwrap());
    assert_close(nearest, &expected.distance_when_picked);
}
