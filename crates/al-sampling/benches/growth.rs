//! How the time of a batch grows with candidates n, members m and picks k, one
//! at a time, and what every strategy takes.
//!
//! `cargo bench -p al-sampling --bench growth`
//!
//! prints a Markdown table of some strategies: seconds with 100 000 candidates,
//! 10 members and 100 picks, and with one of the three changed. Names after `--`
//! choose others; `-- all` times every strategy once, 100 picks from a million
//! candidates of 10 members. `ALTOOL_BENCH_ROWS=100` takes a hundredth of the
//! candidates, for a quick look. 2000 rows are measured; 10 input columns.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it reads the clock and prints what it finds"
)]

use std::time::Instant;

use al_core::{Direction, Key, Posterior, Seed, posterior};
use al_sampling::{Limits, Query, STRATEGIES, StrategyEntry, registry, select};
use ndarray::{Array2, Axis};

const SOME: [&str; 6] = [
    "lcmd",
    "max-det",
    "k-means++",
    "bait",
    "hybrid",
    "diversity",
];
const ANCHORS: usize = 2000;
const COLUMNS: usize = 10;

/// Candidates, members, picks.
const BASE: [usize; 3] = [100_000, 10, 100];
const CHANGED: [[usize; 3]; 6] = [
    [10_000, 10, 100],
    [1_000_000, 10, 100],
    [100_000, 20, 100],
    [100_000, 40, 100],
    [100_000, 10, 10],
    [100_000, 10, 1000],
];
const EVERY: [usize; 3] = [1_000_000, 10, 100];

fn main() {
    // cargo adds --bench.
    let names: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let divided = std::env::var("ALTOOL_BENCH_ROWS").map_or(1, |by| by.parse().expect("a number"));
    let (entries, sizes): (Vec<&StrategyEntry>, Vec<[usize; 3]>) = match names.as_slice() {
        [all] if all == "all" => (STRATEGIES.to_vec(), vec![EVERY]),
        names => {
            let some = SOME.map(str::to_owned);
            let names = if names.is_empty() { &some } else { names };
            let find = |name: &String| registry::find(name).expect("the name of a strategy");
            let mut sizes = vec![BASE];
            sizes.extend(CHANGED);
            (names.iter().map(find).collect(), sizes)
        }
    };
    let mut seconds = vec![Vec::new(); entries.len()];
    for &[n, members, picks] in &sizes {
        let n = n / divided;
        let (values, classes) = (Data::values(n, members), Data::classes(n, members));
        for (entry, seconds) in entries.iter().zip(&mut seconds) {
            let data = if entry.regression { &values } else { &classes };
            seconds.push(data.time(entry, picks));
        }
    }
    let row = |cells: Vec<String>| println!("| {} |", cells.join(" | "));
    let heading =
        |&[n, members, picks]: &[usize; 3]| format!("n {}, m {members}, k {picks}", n / divided);
    row(["strategy".to_owned()]
        .into_iter()
        .chain(sizes.iter().map(heading))
        .collect());
    row(vec!["---".to_owned(); sizes.len() + 1]);
    for (entry, seconds) in entries.iter().zip(seconds) {
        let seconds = seconds.iter().map(|seconds| format!("{seconds:.3}"));
        row([entry.name.to_owned()].into_iter().chain(seconds).collect());
    }
}

/// Candidates and anchors as a model sees them.
struct Data {
    keys: Vec<Key>,
    scores: Vec<f32>,
    features: Array2<f32>,
    means: Array2<f32>,
    points: Array2<f32>,
    anchor_features: Array2<f32>,
    anchor_points: Array2<f32>,
    anchor_values: Vec<f32>,
}

impl Data {
    /// A smooth value of the inputs; members err independently, more so away
    /// from the middle.
    fn values(n: usize, members: usize) -> Data {
        let points = normal(n + ANCHORS, COLUMNS, 1);
        let errors = normal(n + ANCHORS, members, 2);
        let truth = |row: usize| points[[row, 0]].powi(2) + (points[[row, 1]] * 2.0).sin();
        let draws = Array2::from_shape_fn((members, n + ANCHORS), |(member, row)| {
            truth(row) + errors[[row, member]] * (0.1 + points[[row, 2]].abs())
        });
        let means = posterior::mean(&draws);
        let means = Array2::from_shape_fn((n, 1), |(row, _)| means[row] as f32);
        let values = (n..n + ANCHORS).map(truth).collect();
        let noise = vec![0.0; n + ANCHORS];
        Data::new(
            n,
            points,
            &Posterior::Values { draws, noise },
            means,
            values,
        )
    }

    /// Two classes, with as many columns of features.
    fn classes(n: usize, members: usize) -> Data {
        let points = normal(n + ANCHORS, COLUMNS, 1);
        let errors = normal(n + ANCHORS, members / 2, 2);
        let draws: Vec<Array2<f32>> = (0..members / 2)
            .map(|member| {
                Array2::from_shape_fn((n + ANCHORS, 2), |(row, class)| {
                    let logit = points[[row, 0]] + errors[[row, member]];
                    let second = 1.0 / (1.0 + (-logit).exp());
                    if class == 1 { second } else { 1.0 - second }
                })
            })
            .collect();
        let means = posterior::mean_probabilities(&draws);
        let means = means.slice(ndarray::s![..n, ..]).mapv(|p| p as f32);
        Data::new(n, points, &Posterior::Classes { draws }, means, Vec::new())
    }

    fn new(
        n: usize,
        points: Array2<f32>,
        posterior: &Posterior,
        means: Array2<f32>,
        anchor_values: Vec<f32>,
    ) -> Data {
        let features = posterior.features();
        let part = |all: &Array2<f32>| {
            let (first, last) = all.view().split_at(Axis(0), n);
            (first.to_owned(), last.to_owned())
        };
        let ((features, anchor_features), (points, anchor_points)) =
            (part(&features), part(&points));
        let lengths = features.rows().into_iter();
        Data {
            keys: (0..n as u128)
                .map(|row| Key::from_bytes((row * 0x9e37_79b9_7f4a_7c15).to_le_bytes()))
                .collect(),
            scores: lengths.map(|row| row.dot(&row).sqrt().min(1.0)).collect(),
            features,
            means,
            points,
            anchor_features,
            anchor_points,
            anchor_values,
        }
    }

    /// Seconds for a batch: the faster of two, where it takes less than ten.
    fn time(&self, entry: &StrategyEntry, picks: usize) -> f64 {
        let query = Query {
            scores: &self.scores,
            gains: &self.scores,
            features: self.features.view(),
            means: self.means.view(),
            noise: 0.1,
            points: self.points.view(),
            anchor_features: self.anchor_features.view(),
            anchor_points: self.anchor_points.view(),
            anchor_values: &self.anchor_values,
            direction: Some(Direction::Min),
            ..Query::new(&self.keys)
        };
        let strategy = entry.with_defaults();
        let once = || {
            let start = Instant::now();
            let batch = select(strategy.as_ref(), &query, &Limits::first(picks), Seed(0));
            assert_eq!(batch.expect("valid candidates").picks.len(), picks);
            start.elapsed().as_secs_f64()
        };
        let seconds = once();
        if seconds < 10.0 {
            seconds.min(once())
        } else {
            seconds
        }
    }
}

/// Box & Muller 1958, over a linear congruential generator; the columns are
/// pairwise correlated, as predictions are.
fn normal(n: usize, width: usize, seed: u64) -> Array2<f32> {
    let mut state = Seed(seed).derive("normal", 0).0 | 1;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 + 0.5) / (1 << 24) as f32
    };
    let mut numbers = Array2::from_shape_fn((n, width), |_| {
        let (a, b) = (uniform(), uniform());
        (-2.0 * a.ln()).sqrt() * (std::f32::consts::TAU * b).cos()
    });
    for mut row in numbers.rows_mut() {
        for at in 1..width {
            row[at] = 0.6 * row[at - 1] + 0.8 * row[at];
        }
    }
    numbers
}
