//! Reports to test with: an ordinary one and the hard cases.

use al_core::MeanInterval;
use al_words::metrics::RMSE_LOG;

use super::views::{ComparedModel, ComparisonView};
use super::{
    Calibration, CalibrationPoint, ConfusionMatrix, Direction, FeatureNote, Head, Metrics,
    Prediction, Region, Report, Round, RoundKind, RowCounts, Task,
};

/// A number in [0, 1) that looks random and is the same everywhere.
fn noise(i: usize) -> f64 {
    let x = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((x ^ (x >> 32)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Near a normal deviate: a sum of uniform ones.
fn deviate(i: usize) -> f64 {
    (0..6).map(|k| noise(6 * i + k)).sum::<f64>() * 1.41 - 4.24
}

fn log_metrics(rmse_log: f64, coverage: f64) -> Metrics {
    Metrics {
        rows: Some(180),
        rmse: Some(rmse_log * 1432.0),
        mae: Some(rmse_log * 871.0),
        r2: Some(1.0 - rmse_log * rmse_log / 1.7),
        spearman: Some(1.0 - rmse_log / 12.0),
        coverage: Some(coverage),
        width: Some(rmse_log * 3340.0),
        rmse_log: Some(rmse_log),
        mae_log: Some(rmse_log * 0.71),
        r2_log: Some(1.0 - rmse_log * rmse_log / 2.1),
        width_log: Some(rmse_log * 2.6),
        ..Metrics::default()
    }
}

/// Five rounds of a log-scale regression with everything a report can show.
pub(crate) fn regression() -> Report {
    let errors = [0.312, 0.264, 0.231, 0.205, 0.197, 0.184];
    let coverages = [0.772, 0.789, 0.783, 0.794, 0.806, 0.811];
    let costs = [0.0, 812.5, 1043.0, 640.25, 0.0, 911.0];
    let mut total = 240;
    let rounds = (0..6)
        .map(|i| {
            let kind = match i {
                0 => RoundKind::Train,
                4 => RoundKind::Refit,
                _ => RoundKind::Update,
            };
            let added = if kind == RoundKind::Update { 10 } else { 0 };
            total += added;
            Round {
                index: i,
                at: Some(format!("2025-03-{:02}", 3 + 2 * i)),
                kind,
                rows_added: if i == 0 { 240 } else { added },
                rows_skipped: usize::from(i == 3) * 2,
                total_rows: total,
                before: (i > 0).then(|| log_metrics(errors[i - 1], coverages[i - 1])),
                after: Some(log_metrics(errors[i], coverages[i])),
                prequential: (kind == RoundKind::Update)
                    .then(|| log_metrics(1.2 * errors[i - 1], coverages[i - 1] - 0.03)),
                change: None,
                growth: None,
                drift: None,
                moved: None,
                cost: (kind == RoundKind::Update).then_some(costs[i]),
                cost_unit: (kind == RoundKind::Update).then(|| "s".to_owned()),
            }
        })
        .collect();
    let predicted_measured = (0..180)
        .map(|i| {
            let log = 2.0 + 7.0 * noise(i + 500);
            let predicted = log + 0.2 * deviate(i);
            Prediction {
                measured: log.exp(),
                predicted: predicted.exp(),
                low: Some((predicted - 0.25).exp()),
                high: Some((predicted + 0.25).exp()),
            }
        })
        .collect();
    let names = [
        ("model_size_b", "numeric", 0.31),
        ("batch_size", "numeric", 0.22),
        ("hardware", "categorical, 7 levels", 0.19),
        ("sequence_length", "numeric", 0.11),
        ("dtype", "categorical, 4 levels", 0.08),
        ("tensor_parallel", "numeric", 0.05),
        ("framework", "categorical, 3 levels", 0.04),
    ];
    let regions = [
        ("hardware = MI300X", 412, 0.61, 2.42),
        ("model_size_b > 65", 233, 0.47, 1.87),
        ("dtype = fp8", 519, 0.41, 1.63),
        ("batch_size ≤ 2", 377, 0.33, 1.31),
        ("framework = vllm", 804, 0.27, 1.07),
    ];
    Report {
        head: Head {
            target: "throughput_tok_s".to_owned(),
            direction: Some(Direction::Max),
            log_target: true,
            learner: "boosted".to_owned(),
            members: 10,
            coverage_level: Some(0.8),
            rows: RowCounts {
                training: 280,
                calibration: 60,
                evaluation: 180,
                failed: 4,
            },
            version: "0.1.0".to_owned(),
            features: names
                .into_iter()
                .map(|(name, kind, importance)| FeatureNote {
                    name: name.to_owned(),
                    kind: kind.to_owned(),
                    importance: Some(importance),
                })
                .collect(),
            ..Head::default()
        },
        rounds,
        predicted_measured,
        calibration: Calibration {
            points: (1..=19)
                .map(|i| {
                    let nominal = f64::from(i) / 20.0;
                    CalibrationPoint {
                        nominal,
                        observed: nominal + 0.09 * nominal * (1.0 - nominal)
                            - 0.02 * noise(i as usize),
                        rows: None,
                    }
                })
                .collect(),
            rows: 180,
        },
        confusion: None,
        uncertain_regions: regions
            .into_iter()
            .map(|(description, rows, mean_uncertainty, relative)| Region {
                description: description.to_owned(),
                rows,
                mean_uncertainty,
                relative,
            })
            .collect(),
        notes: vec![
            "Rows chosen by a strategy are not exchangeable with future ones: the coverage is \
             measured on evaluation rows, which were drawn at random."
                .to_owned(),
        ],
    }
}

/// The same on the target's own scale, without costs, times and notes.
pub(crate) fn plain_regression() -> Report {
    let mut report = regression();
    report.head.log_target = false;
    report.head.target = "compressive strength".to_owned();
    report.head.direction = None;
    report.notes.clear();
    for round in &mut report.rounds {
        (round.at, round.cost, round.cost_unit) = (None, None, None);
    }
    for row in &mut report.predicted_measured {
        row.measured = 20.0 * row.measured.ln();
        row.predicted = 20.0 * row.predicted.ln();
        row.low = row.low.map(|low| 20.0 * low.ln());
        row.high = row.high.map(|high| 20.0 * high.ln());
    }
    report
}

/// A training and nothing since.
pub(crate) fn one_round() -> Report {
    let mut report = regression();
    report.rounds.truncate(1);
    report
}

/// Four rounds of a classifier.
pub(crate) fn classification() -> Report {
    let accuracies = [0.912, 0.921, 0.936, 0.941];
    let metrics = |accuracy: f64| Metrics {
        rows: Some(400),
        accuracy: Some(accuracy),
        balanced_accuracy: Some(accuracy - 0.02),
        log_loss: Some(3.1 * (1.0 - accuracy)),
        brier: Some(1.7 * (1.0 - accuracy)),
        ..Metrics::default()
    };
    let mut report = regression();
    report.head.task = Task::Classification;
    report.head.log_target = false;
    report.head.coverage_level = None;
    report.head.direction = None;
    report.head.target = "letter".to_owned();
    report.predicted_measured.clear();
    report.rounds.truncate(4);
    for (i, round) in report.rounds.iter_mut().enumerate() {
        round.before = (i > 0).then(|| metrics(accuracies[i - 1]));
        round.after = Some(metrics(accuracies[i]));
        round.at = None;
    }
    report.calibration = Calibration {
        points: (0..10)
            .map(|i| CalibrationPoint {
                nominal: 0.05 + 0.1 * i as f64,
                observed: (0.1 * i as f64 + 0.1 * noise(i)).min(1.0),
                rows: Some(4 + 14 * i),
            })
            .collect(),
        rows: 670,
    };
    report.confusion = Some(confusion(&["I", "J", "L", "T"]));
    report
}

/// Every class is mostly itself, and now and then the next.
fn confusion(classes: &[&str]) -> ConfusionMatrix {
    let n = classes.len();
    let cell = |row: usize, column: usize| match (column + n - row) % n {
        0 => 94 - 3 * row,
        1 => 5 + row,
        _ => 0,
    };
    ConfusionMatrix {
        classes: classes.iter().map(|&class| class.to_owned()).collect(),
        rows: (0..n)
            .map(|row| (0..n).map(|column| cell(row, column)).collect())
            .collect(),
    }
}

/// The first and the last round of a model, as two models.
pub(crate) fn comparison() -> ComparisonView {
    let report = regression();
    let model = |name: &str, round: usize| {
        let mut report = report.clone();
        report.rounds.truncate(round + 1);
        ComparedModel {
            name: name.to_owned(),
            metrics: report.rounds[round].after.clone().unwrap_or_default(),
            predictions: report.predicted_measured.clone(),
            report,
        }
    };
    let difference = MeanInterval {
        mean: -0.128,
        low: -0.16,
        high: -0.096,
    };
    ComparisonView {
        models: [model("old.altool", 0), model("new.altool", 5)],
        held_out: true,
        identical: false,
        differences: vec![(&RMSE_LOG, difference)],
        settings: vec![("Members", ["10".to_owned(), "20".to_owned()])],
        notes: vec!["A remark.".to_owned()],
    }
}

/// Names that are code, endless or backwards.
pub(crate) fn nasty() -> Report {
    let script = "<script>alert('x')</script>\"&amp; {{ 7 * 7 }} {% raw %}";
    let mut report = regression();
    report.head.target = format!("{script}{}", "very_long_name_".repeat(40));
    report.head.learner = script.to_owned();
    report.head.version = script.to_owned();
    for feature in &mut report.head.features {
        feature.name = format!("{script}\n\u{202e}{}", "x".repeat(400));
        feature.kind = script.to_owned();
    }
    for region in &mut report.uncertain_regions {
        region.description = format!("{script} = {}", "MI300X".repeat(90));
    }
    for round in &mut report.rounds {
        round.at = Some(format!("{script},\"\n"));
        round.cost_unit = Some(format!("</svg>{script}"));
    }
    report.notes.push(script.to_owned());
    let long = "class".repeat(90);
    report.confusion = Some(confusion(&[script, "a,b \"c\"", &long, ""]));
    report
}

/// Very many rounds.
pub(crate) fn many_rounds() -> Report {
    let mut report = regression();
    report.rounds = (0..10_000)
        .map(|i| {
            let error = |i: usize| 0.1 + 0.4 / (1.0 + i as f64 / 300.0) + 0.01 * noise(i);
            Round {
                index: i,
                kind: if i == 0 {
                    RoundKind::Train
                } else {
                    RoundKind::Update
                },
                rows_added: 32,
                total_rows: 32 * (i + 1),
                before: (i > 0).then(|| log_metrics(error(i - 1), 0.8)),
                after: Some(log_metrics(error(i), 0.8)),
                cost: Some(100.0 + 50.0 * noise(i)),
                cost_unit: Some("h".to_owned()),
                ..Round::default()
            }
        })
        .collect();
    report.predicted_measured = (0..5000)
        .map(|i| {
            let log = 7.0 * noise(i);
            Prediction {
                measured: log.exp(),
                predicted: (log + 0.2 * deviate(i)).exp(),
                low: None,
                high: None,
            }
        })
        .collect();
    report
}

/// Reports with every value replaced by one that is hard to draw.
pub(crate) fn degenerate() -> Vec<Report> {
    let hard = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        1.0,
        -1.0,
        5e-324,
        1e-200,
        f64::MAX,
        f64::MIN,
    ];
    let mut reports: Vec<Report> = hard.into_iter().map(all_equal).collect();
    // Neighbours differ as far, or as little, as numbers can.
    for (a, b) in [
        (f64::MIN, f64::MAX),
        (1e9, 1e9 + 1e-6),
        (5e-324, 1e300),
        (f64::NAN, 1.0),
    ] {
        let mut mixed = all_equal(a);
        let other = all_equal(b);
        for (i, round) in mixed.rounds.iter_mut().enumerate().skip(1).step_by(2) {
            *round = other.rounds[i].clone();
        }
        for (i, row) in mixed.predicted_measured.iter_mut().enumerate().step_by(2) {
            *row = other.predicted_measured[i].clone();
        }
        reports.push(mixed);
    }
    reports
}

fn all_equal(value: f64) -> Report {
    let all = Some(value);
    let metrics = Metrics {
        out_of_bag: false,
        rows: Some(0),
        rmse: all,
        mae: all,
        r2: all,
        spearman: all,
        coverage: all,
        width: all,
        rmse_log: all,
        mae_log: all,
        r2_log: all,
        width_log: all,
        accuracy: all,
        balanced_accuracy: all,
        roc_auc: all,
        calibration_error: all,
        log_loss: all,
        brier: all,
    };
    let mut report = regression();
    report.head.coverage_level = all;
    for feature in &mut report.head.features {
        feature.importance = all;
    }
    for round in &mut report.rounds {
        (round.before, round.after) = (Some(metrics.clone()), Some(metrics.clone()));
        (round.cost, round.index) = (all, usize::MAX);
        (round.rows_added, round.total_rows) = (0, 0);
    }
    for row in &mut report.predicted_measured {
        (row.measured, row.predicted) = (value, value);
        (row.low, row.high) = (all, all);
    }
    for point in &mut report.calibration.points {
        (point.nominal, point.observed, point.rows) = (value, value, Some(0));
    }
    for region in &mut report.uncertain_regions {
        (region.mean_uncertainty, region.relative) = (value, value);
    }
    report
}
