//! Intervals against numbers computed by numpy: see
//! `fixtures/golden/README.md`.

use al_models::calibration::{OutOfBagResiduals, conformal_quantile, quantile_scores};
use ndarray::Array2;
use serde_json::Value;

fn golden() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/golden/conformal.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        _ => value.as_f64().unwrap(),
    }
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn matrix(value: &Value) -> Array2<f32> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(list).collect();
    let width = rows[0].len();
    let values = rows.concat().into_iter().map(|v| v as f32).collect();
    Array2::from_shape_vec((rows.len(), width), values).unwrap()
}

#[test]
fn conformalized_quantiles() {
    for case in golden()["conformalized_quantiles"].as_array().unwrap() {
        let single =
            |name: &str| -> Vec<f32> { list(&case[name]).into_iter().map(|v| v as f32).collect() };
        let scores = quantile_scores(&list(&case["truth"]), &single("low"), &single("high"));
        // The bounds are rounded to f32 here and were not there.
        let mut theirs = list(&case["scores"]);
        theirs.sort_unstable_by(f64::total_cmp);
        for (a, b) in scores.iter().zip(&theirs) {
            assert!((a - b).abs() < 1e-5, "{a} and {b}");
        }
        for level in case["quantiles"].as_array().unwrap() {
            let ours = conformal_quantile(&theirs, 1.0 - number(&level["alpha"]));
            assert_eq!(ours, number(&level["quantile"]), "{level}");
        }
    }
}

#[test]
fn jackknife_plus_after_bootstrap() {
    for case in golden()["jackknife_plus_after_bootstrap"]
        .as_array()
        .unwrap()
    {
        let in_bag = matrix(&case["in_bag"]);
        let masks: Vec<u64> = in_bag
            .columns()
            .into_iter()
            .map(|row| {
                row.iter()
                    .enumerate()
                    .filter(|&(_, &count)| count == 0.0)
                    .fold(0, |mask, (member, _)| mask | 1 << member)
            })
            .collect();
        let residuals =
            OutOfBagResiduals::new(&matrix(&case["on_train"]), &list(&case["truth"]), &masks);
        let theirs = list(&case["residual"]);
        assert_eq!(residuals.len(), theirs.len());
        for (a, b) in residuals.residuals.iter().zip(&theirs) {
            assert!((a - b).abs() < 1e-5, "{a} and {b}");
        }
        for level in case["intervals"].as_array().unwrap() {
            let coverage = 1.0 - number(&level["alpha"]);
            let (low, high) = residuals.intervals(&matrix(&case["on_query"]), coverage, None);
            for (ours, name) in [(low, "low"), (high, "high")] {
                for (a, b) in ours.iter().zip(list(&level[name])) {
                    assert!(*a == b || (a - b).abs() < 1e-5, "{name}: {a} and {b}");
                }
            }
        }
    }
}
