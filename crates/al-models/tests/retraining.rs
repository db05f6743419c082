//! Whether the expected model change ranks rows as training again with each of
//! them does.
//!
//! Training again: the row joins every member's sample once, with an outcome
//! drawn from what the ensemble predicts of it; all else is common to before
//! and after: the samples of the other rows, the members' seeds, the outcomes'
//! standard normal numbers (the same for all rows). What moves is the mean of
//! the members at the reference rows: root of the mean square over them and
//! over the outcomes.
//!
//! Trees take another shape with another row, so the movement is noisy: trained
//! again with other samples, seeds and outcomes, it ranks rows otherwise. The
//! closed form of one ensemble is compared with training another one again,
//! which is how training again is compared with itself: no random number is
//! shared.
//!
//! `just soak` takes members of the default size and more divisions of the
//! tables, and tells its figures.

#[path = "../../../tests/scale.rs"]
mod scale;

use std::io::Write;

use al_core::metrics::spearman;
use al_core::{ExpectedChange, Matrix, MatrixColumn, Seed, Silent, posterior};
use al_models::calibration::OutOfBagResiduals;
use al_models::{Ensemble, Labelled, Labels, LearnerOptions, registry};
use ndarray::Array2;
use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;

/// How much is done.
struct Size {
    options: LearnerOptions,
    members: usize,
    candidates: usize,
    outcomes: usize,
    /// Divisions of each table.
    divisions: u64,
}

const SHORT: Size = Size {
    options: LearnerOptions {
        trees: 50,
        depth: 6,
        learning_rate: 0.2,
        early_stopping: false,
        symmetric: false,
        least_reduction: 0.0,
    },
    members: 10,
    candidates: 30,
    outcomes: 2,
    divisions: 1,
};

const LONG: Size = Size {
    options: LearnerOptions {
        trees: 100,
        depth: 6,
        learning_rate: 0.1,
        early_stopping: false,
        symmetric: false,
        least_reduction: 0.0,
    },
    members: 10,
    candidates: 50,
    outcomes: 4,
    divisions: 8,
};

const TRAINING: usize = 150;
const REFERENCE: usize = 150;

/// The share of training again's agreement with itself that the closed form
/// must reach.
const LEAST: f64 = 0.9;

#[test]
fn it_ranks_rows_as_training_again_does() {
    let (agrees, figures) = agreements(&SHORT, false);
    assert!(agrees, "{figures}");
}

/// The figures of docs/MEASUREMENTS.md are those of all divisions.
#[test]
#[ignore = "just soak: takes minutes"]
fn soak_so_it_does_with_members_of_the_default_size() {
    let divisions = scale::rounds(1, LONG.divisions as usize) as u64;
    let (agrees, figures) = agreements(&Size { divisions, ..LONG }, true);
    std::io::stderr().write_all(figures.as_bytes()).unwrap();
    assert!(agrees, "{figures}");
}

/// Whether the closed form reaches its share over all tables, and the figures.
fn agreements(size: &Size, of_same: bool) -> (bool, String) {
    let [mut form, mut itself] = [0.0; 2];
    let mut figures = String::new();
    for (name, rows) in tables() {
        let found = agreement(&rows, size, of_same);
        figures.push_str(&format!(
            "{name}: closed form {:.3}, itself {:.3}",
            found.form, found.itself
        ));
        if of_same {
            figures.push_str(&format!(
                "; of the same members {:.3} and {:.3}",
                found.form_of_same, found.itself_of_same
            ));
        }
        figures.push('\n');
        form += found.form;
        itself += found.itself;
    }
    (itself > 0.0 && form >= LEAST * itself, figures)
}

/// Mean rank correlations with training again: of the closed form, and of
/// training again itself.
#[derive(Default)]
struct Agreement {
    form: f64,
    itself: f64,
    /// Where only the outcomes differ.
    form_of_same: f64,
    itself_of_same: f64,
}

fn agreement(rows: &Labelled, size: &Size, of_same: bool) -> Agreement {
    let mut found = Agreement::default();
    let part = 1.0 / size.divisions as f64;
    for division in 0..size.divisions {
        let mut order: Vec<usize> = (0..rows.n_rows()).collect();
        order.shuffle(&mut Seed(division).stream("division", 0));
        let (training, rest) = order.split_at(TRAINING);
        let (candidates, rest) = rest.split_at(size.candidates);
        let trial = Trial {
            size,
            training: take(rows, training),
            candidates: take(rows, candidates),
            reference: rows.x.take(&rest[..REFERENCE]),
        };
        let seed = |stream| Seed(division).derive(stream, 0);
        let (a, b) = (trial.train(seed("a")), trial.train(seed("b")));
        let (form_a, form_b) = (a.closed_form(), b.closed_form());
        let again_a = a.again(seed("outcomes of a"));
        let again_b = b.again(seed("outcomes of b"));
        let form = spearman(&form_a, &again_b) + spearman(&form_b, &again_a);
        found.form += part * form / 2.0;
        found.itself += part * spearman(&again_a, &again_b);
        if of_same {
            let other = a.again(seed("outcomes of b"));
            let form = spearman(&form_a, &again_a) + spearman(&form_a, &other);
            found.form_of_same += part * form / 2.0;
            found.itself_of_same += part * spearman(&again_a, &other);
        }
    }
    found
}

/// A table divided.
struct Trial<'a> {
    size: &'a Size,
    training: Labelled,
    candidates: Labelled,
    reference: Matrix,
}

/// An ensemble, and what it predicts of the candidates.
struct Trained<'a> {
    trial: &'a Trial<'a>,
    seed: Seed,
    ensemble: Ensemble,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl Trial<'_> {
    fn train(&self, seed: Seed) -> Trained<'_> {
        let entry = registry::find("boosted").unwrap();
        let (options, members) = (self.size.options, self.size.members);
        let ensemble =
            Ensemble::fit(entry, options, members, &self.training, seed, &Silent).unwrap();
        let residuals = OutOfBagResiduals::new(
            &ensemble.values(&self.training.x),
            self.training.y.values(),
            &ensemble.out_of_bag(),
        );
        let noise = residuals.mean_square().unwrap();
        let draws = ensemble.values(&self.candidates.x);
        let variance = posterior::variance(&draws);
        Trained {
            trial: self,
            seed,
            ensemble,
            mean: posterior::mean(&draws),
            variance: variance.into_iter().map(|v| v + noise).collect(),
        }
    }
}

impl Trained<'_> {
    fn closed_form(&self) -> Vec<f64> {
        let rate = self.trial.size.options.learning_rate;
        let change = self.ensemble.change(&self.trial.reference, rate).unwrap();
        change.expected(&self.trial.candidates.x, &self.mean, &self.variance)
    }

    /// How far predictions move with each candidate, by training again.
    fn again(&self, outcomes: Seed) -> Vec<f64> {
        let mut rng = outcomes.stream("outcomes", 0);
        let normal: Vec<f64> = (0..self.trial.size.outcomes)
            .map(|_| {
                // Box & Muller 1958.
                let (a, b) = (1.0 - rng.random::<f64>(), rng.random::<f64>());
                (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
            })
            .collect();
        // A row that is in no sample changes nothing, whichever it is.
        let before = self.with(0, 0.0, 0);
        (0..self.mean.len())
            .into_par_iter()
            .map(|row| {
                let squares = normal.iter().map(|z| {
                    let outcome = self.mean[row] + z * self.variance[row].sqrt();
                    let after = self.with(row, outcome, 1);
                    let moved = after.iter().zip(&before).map(|(a, b)| (a - b).powi(2));
                    moved.sum::<f64>()
                });
                squares.sum::<f64>().sqrt()
            })
            .collect()
    }

    /// The mean predictions of the reference rows, trained with a candidate
    /// that is `count` times in each sample.
    fn with(&self, row: usize, outcome: f64, count: u16) -> Vec<f64> {
        let trial = self.trial;
        let mut row = take(&trial.candidates, &[row]);
        row.y = Labels::Values(vec![outcome]);
        let data = trial.training.stack(&row);
        let bags: Vec<Vec<u16>> = self
            .ensemble
            .bags()
            .iter()
            .map(|bag| bag.iter().copied().chain([count]).collect())
            .collect();
        let learner = (registry::find("boosted").unwrap().make)(trial.size.options);
        let models = learner.fit(&data, &bags, self.seed, &Silent).unwrap();
        let reference = learner.layout(&data.x.columns, 1).rows(&trial.reference);
        let mut means = vec![0.0; REFERENCE];
        for model in &models {
            for (mean, value) in means.iter_mut().zip(model.predict(&reference)) {
                *mean += f64::from(value) / models.len() as f64;
            }
        }
        means
    }
}

fn take(rows: &Labelled, which: &[usize]) -> Labelled {
    Labelled {
        x: rows.x.take(which),
        y: Labels::Values(which.iter().map(|&row| rows.y.values()[row]).collect()),
        weights: vec![1.0; which.len()],
        groups: Vec::new(),
    }
}

fn tables() -> [(&'static str, Labelled); 2] {
    let sizes = "block_size_x,block_size_y,tile_size_x,tile_size_y";
    [
        (
            "convolution",
            read(
                "convolution/convolution_2gpu.csv",
                &format!("{sizes},read_only,use_padding,use_shmem"),
                "gpu",
                "time_ms",
            ),
        ),
        (
            "llm",
            read(
                "llm/measured.csv",
                "num_devices,in_out_len,batch_size",
                "hardware,framework,model",
                "throughput_tok_s",
            ),
        ),
    ]
}

/// The measured rows of a fixture, with the logarithm of the target as a share
/// of its standard deviation.
fn read(file: &str, numbers: &str, categories: &str, target: &str) -> Labelled {
    let path = format!("{}/../../fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let at = |name: &str| header.iter().position(|other| *other == name).unwrap();
    let rows: Vec<Vec<&str>> = lines.filter(|row| !row[at(target)].is_empty()).collect();
    let column = |name: &str| rows.iter().map(|row| row[at(name)]).collect::<Vec<_>>();
    let mut columns = Vec::new();
    let mut values: Vec<f32> = Vec::new();
    for name in numbers.split(',') {
        values.extend(column(name).iter().map(|cell| cell.parse::<f32>().unwrap()));
        columns.push(MatrixColumn::Numeric);
    }
    for name in categories.split(',') {
        let cells = column(name);
        let mut levels = cells.clone();
        levels.sort_unstable();
        levels.dedup();
        values.extend(
            cells
                .iter()
                .map(|cell| levels.binary_search(cell).unwrap() as f32),
        );
        columns.push(MatrixColumn::Categorical {
            levels: levels.len() as u32,
        });
    }
    let values = Array2::from_shape_vec((columns.len(), rows.len()), values).unwrap();
    let y: Vec<f64> = column(target)
        .iter()
        .map(|cell| cell.parse::<f64>().unwrap().ln())
        .collect();
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let spread = (y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / y.len() as f64).sqrt();
    Labelled {
        x: Matrix {
            values: values.reversed_axes().as_standard_layout().into_owned(),
            columns: columns.into(),
            counts: None,
        },
        weights: vec![1.0; y.len()],
        y: Labels::Values(y.into_iter().map(|y| (y - mean) / spread).collect()),
        groups: Vec::new(),
    }
}
