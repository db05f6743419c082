//! Against numbers computed by numpy, scipy and scikit-learn: see
//! `fixtures/golden/README.md`.

use std::path::PathBuf;

use al_core::neighbours::Neighbours;
use al_core::{
    Column, ColumnChoice, ColumnData, Encoder, Numbers, Schema, Table, Texts, information, metrics,
    posterior,
};
use ndarray::Array2;
use serde_json::Value;

fn golden(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../fixtures/golden", name]
        .iter()
        .collect()
}

fn json(name: &str) -> Value {
    let text = std::fs::read_to_string(golden(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
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

fn close(ours: &[f64], theirs: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (row, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= tolerance, "{what}, row {row}: {a} and {b}");
    }
}

/// A CSV of plain cells: this crate has no reader of its own.
fn table(name: &str, numeric: &[String]) -> Table {
    let text = std::fs::read_to_string(golden(name)).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let rows: Vec<Vec<&str>> = lines.collect();
    let columns = header
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let cells = rows.iter().map(|row| row[at]);
            Column {
                name: (*name).to_owned(),
                data: if numeric.iter().any(|other| other == name) {
                    let values = cells.map(|cell| cell.parse().unwrap_or(f64::NAN)).collect();
                    ColumnData::Number(Numbers {
                        values,
                        exact: Default::default(),
                    })
                } else {
                    ColumnData::Text(Texts::from_rows(
                        cells.map(|cell| (!cell.is_empty()).then_some(cell)),
                    ))
                },
            }
        })
        .collect();
    Table::new(columns)
}

#[test]
fn distances_are_scikit_learns() {
    let golden = json("knn.json");
    let numeric: Vec<String> = serde_json::from_value(golden["numeric"].clone()).unwrap();
    let train = table("knn_train.csv", &numeric);
    let query = table("knn_query.csv", &numeric);
    let choice = ColumnChoice {
        features: Some(train.names().map(str::to_owned).collect()),
        ..ColumnChoice::default()
    };
    let (schema, _) = Schema::infer(&train, &choice).unwrap();
    let encoder = Encoder::fit(schema, &train).unwrap();
    let neighbours = Neighbours::new(encoder.points(&train).unwrap());
    let points = encoder.points(&query).unwrap();
    for k in [1, 5, 10] {
        let theirs = list(&golden["k"][k.to_string()]["mean_distance"]);
        let ours = neighbours.mean_distance(points.view(), k);
        close(&ours, &theirs, 1e-6, &format!("{k} neighbours"));
    }
}

#[test]
fn a_posterior_is_summarised_as_by_numpy() {
    let golden = json("posterior.json");
    let values = &golden["values"];
    let draws = matrix(&values["draws"]);
    // The draws are rounded to f32 here and were not there.
    close(
        &posterior::mean(&draws),
        &list(&values["mean"]),
        1e-5,
        "mean",
    );
    close(
        &posterior::variance(&draws),
        &list(&values["population_variance"]),
        1e-5,
        "variance",
    );
    let classes = &golden["classes"];
    let draws: Vec<Array2<f32>> = classes["probabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(matrix)
        .collect();
    let ours = information::class_uncertainty(&draws);
    for (ours, name) in [
        (&ours.entropy, "entropy"),
        (&ours.margin, "margin"),
        (&ours.least_confidence, "least_confidence"),
        (&ours.vote_entropy, "vote_entropy"),
        (&ours.mutual_information, "mutual_information"),
    ] {
        close(ours, &list(&classes[name]), 1e-6, name);
    }
}

#[test]
fn metrics_are_scikit_learns() {
    let golden = json("metrics.json");
    let same = |ours: f64, theirs: &Value, what: &str| {
        close(&[ours], &[number(theirs)], 1e-12, what);
    };
    let regression = &golden["regression"];
    let (truth, predicted) = (list(&regression["truth"]), list(&regression["prediction"]));
    same(
        metrics::rmse(&truth, &predicted),
        &regression["rmse"],
        "rmse",
    );
    same(metrics::mae(&truth, &predicted), &regression["mae"], "mae");
    same(metrics::r2(&truth, &predicted), &regression["r2"], "r2");
    same(
        metrics::spearman(&truth, &predicted),
        &regression["spearman"],
        "spearman",
    );
    for (quantile, loss) in regression["pinball_loss"].as_object().unwrap() {
        let q = quantile.parse().unwrap();
        same(metrics::pinball(&truth, &predicted, q), loss, quantile);
    }
    let ties = &golden["ties"];
    let rho = metrics::spearman(&list(&ties["truth"]), &list(&ties["prediction"]));
    same(rho, &ties["spearman"], "spearman with ties");
    let interval = &golden["interval"];
    let (low, high) = (list(&interval["low"]), list(&interval["high"]));
    let covered = metrics::coverage(&list(&interval["truth"]), &low, &high);
    same(covered, &interval["coverage"], "coverage");
    same(
        metrics::mean_width(&low, &high),
        &interval["mean_width"],
        "width",
    );
    let classes = &golden["classification"];
    let truth: Vec<u32> = list(&classes["truth"]).iter().map(|&v| v as u32).collect();
    let rows: Vec<Vec<f64>> = classes["probabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(list)
        .collect();
    let probabilities = Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap();
    let predicted = information::predicted_classes(&probabilities);
    same(
        metrics::accuracy(&truth, &predicted),
        &classes["accuracy"],
        "accuracy",
    );
    same(
        metrics::log_loss(&truth, &probabilities),
        &classes["log_loss"],
        "log loss",
    );
}
