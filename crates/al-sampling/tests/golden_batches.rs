//! Picks and scores of the strategies that fill a batch by a formula of their
//! own, against those of numpy: see fixtures/golden/README.md.

use std::path::PathBuf;

use al_core::{Key, Posterior, Seed, posterior};
use al_sampling::{
    OptionValue, Query, Selection, SelectionLimits, StrategyOptions, registry, select,
};
use ndarray::{Array2, Axis, s};
use serde::Deserialize;
use serde::de::DeserializeOwned;

fn golden(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&golden(name)).unwrap()
}

/// The first six columns of a CSV file of plain numbers under one line of
/// names.
fn table(name: &str) -> Array2<f32> {
    let text = golden(name);
    let rows: Vec<Vec<f32>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .collect();
    let shape = (rows.len(), rows[0].len());
    let all = Array2::from_shape_vec(shape, rows.concat()).unwrap();
    all.slice(s![.., ..6]).to_owned()
}

#[derive(Debug, Deserialize)]
struct Picked {
    picks: Vec<usize>,
    values: Vec<f64>,
}

/// What the strategies are asked about.
struct Case {
    features: Array2<f32>,
    means: Array2<f32>,
    anchors: Array2<f32>,
    noise: f32,
}

impl Case {
    /// The table's rows as features of values.
    fn values(noise: f32) -> Case {
        let features = table("selection_candidates.csv");
        Case {
            means: Array2::zeros((features.nrows(), 1)),
            anchors: table("selection_anchors.csv"),
            features,
            noise,
        }
    }

    /// Six members that give the first of two classes 0.5 + 0.4·x/(1 + |x|).
    fn classes(noise: f32) -> Case {
        let x = table("selection_candidates.csv");
        let first = x.mapv(|x| 0.5 + 0.4 * f64::from(x) / (1.0 + f64::from(x.abs())));
        let draws: Vec<Array2<f32>> = first
            .columns()
            .into_iter()
            .map(|p| ndarray::stack![Axis(1), p.mapv(|p| p as f32), p.mapv(|p| (1.0 - p) as f32)])
            .collect();
        let features_per_row = 2 * draws.len();
        Case {
            means: posterior::mean_probabilities(&draws).mapv(|p| p as f32),
            features: Posterior::Classes { draws }.features(),
            anchors: Array2::zeros((0, features_per_row)),
            noise,
        }
    }

    fn select(&self, strategy: &str, options: &StrategyOptions, n: usize) -> Selection {
        let keys: Vec<Key> = (0..self.features.nrows())
            .map(|row| Key::of_id(&row.to_string()))
            .collect();
        let nowhere = Array2::zeros((self.anchors.nrows(), 0));
        let query = Query {
            features: self.features.view(),
            means: self.means.view(),
            noise: self.noise,
            anchor_features: self.anchors.view(),
            anchor_points: nowhere.view(),
            ..Query::new(&keys)
        };
        let strategy = registry::find(strategy)
            .unwrap()
            .with_options(options)
            .unwrap();
        select(
            strategy.as_ref(),
            &query,
            &SelectionLimits::first(n),
            Seed(0),
        )
        .unwrap()
    }

    fn assert(&self, strategy: &str, options: &StrategyOptions, expected: &Picked) {
        let found = self.select(strategy, options, expected.picks.len());
        let rows: Vec<usize> = found.picks.iter().map(|pick| pick.row).collect();
        assert_eq!(rows, expected.picks, "{strategy}");
        for (pick, expected) in found.picks.iter().zip(&expected.values) {
            let error = (f64::from(pick.score) - expected).abs();
            assert!(
                error <= 1e-5 * expected.abs(),
                "{strategy}: {} instead of {expected}",
                pick.score
            );
        }
    }
}

#[test]
fn max_det_picks_what_log_determinants_say() {
    #[derive(Deserialize)]
    struct Expected {
        noise: f32,
        with_anchors: Picked,
        without: Picked,
    }
    let expected: Expected = read("max_det.json");
    let case = Case::values(expected.noise);
    case.assert("max-det", &StrategyOptions::none(), &expected.with_anchors);
    let without = StrategyOptions::none().with("anchors", OptionValue::Flag(false));
    case.assert("max-det", &without, &expected.without);
}

#[test]
fn bait_picks_what_traces_say() {
    #[derive(Deserialize)]
    struct Expected {
        noise: f32,
        forward: Picked,
        forward_backward: Picked,
    }
    let expected: Expected = read("bait.json");
    let case = Case::values(expected.noise);
    case.assert("bait", &StrategyOptions::none(), &expected.forward);
    case.assert(
        "bait-fb",
        &StrategyOptions::none(),
        &expected.forward_backward,
    );
}

#[test]
fn acs_fw_picks_what_frank_and_wolfe_say() {
    #[derive(Deserialize)]
    struct Expected {
        noise: f32,
        values: Picked,
        classes: Picked,
    }
    let expected: Expected = read("acs_fw.json");
    Case::values(expected.noise).assert("acs-fw", &StrategyOptions::none(), &expected.values);
    Case::classes(0.0).assert("acs-fw", &StrategyOptions::none(), &expected.classes);
}

#[test]
fn batch_epig_picks_what_covariances_say() {
    #[derive(Deserialize)]
    struct Expected {
        noise: f32,
        class_noise: f32,
        values: Picked,
        classes: Picked,
    }
    let expected: Expected = read("batch_epig.json");
    Case::values(expected.noise).assert("batch-epig", &StrategyOptions::none(), &expected.values);
    let classes = Case::classes(expected.class_noise);
    classes.assert("batch-epig", &StrategyOptions::none(), &expected.classes);
}

#[test]
fn batch_bald_picks_what_all_outcomes_say() {
    #[derive(Deserialize)]
    struct Expected {
        classes: Picked,
    }
    let expected: Expected = read("batch_bald.json");
    Case::classes(0.0).assert("batch-bald", &StrategyOptions::none(), &expected.classes);
}
