//! How long a batch takes, from a pool of a million rows.
//!
//! `cargo bench -p al-sampling --bench select`

use al_core::{Key, Seed};
use al_sampling::{Budget, Groups, Query, Quota, SelectionLimits, registry, select};
use divan::Bencher;
use ndarray::{Array2, ArrayView2};
use std::sync::OnceLock;

const ROWS: usize = 1_000_000;
const ANCHORS: usize = 2000;
const FEATURES: usize = 10;
const COLUMNS: usize = 20;

fn main() {
    divan::main();
}

struct Data {
    keys: Vec<Key>,
    scores: Vec<f32>,
    features: Array2<f32>,
    points: Array2<f32>,
    anchor_features: Array2<f32>,
    anchor_points: Array2<f32>,
}

/// Normal numbers, all directions alike: the hardest case for any bound on
/// distances. Rows of a real model's predictions are correlated.
fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    DATA.get_or_init(|| Data {
        keys: (0..ROWS)
            .map(|row| Key::from_bytes((row as u128 * 0x9e37_79b9_7f4a_7c15).to_le_bytes()))
            .collect(),
        scores: normal(ROWS, 1, 1).iter().map(|v| v.abs()).collect(),
        features: normal(ROWS, FEATURES, 2),
        points: normal(ROWS, COLUMNS, 3),
        anchor_features: normal(ANCHORS, FEATURES, 4),
        anchor_points: normal(ANCHORS, COLUMNS, 5),
    })
}

/// Box & Muller 1958, over a linear congruential generator.
fn normal(n: usize, width: usize, seed: u64) -> Array2<f32> {
    let mut state = Seed(seed).derive("normal", 0).0 | 1;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 + 0.5) / (1 << 24) as f32
    };
    Array2::from_shape_fn((n, width), |_| {
        let (a, b) = (uniform(), uniform());
        (-2.0 * a.ln()).sqrt() * (std::f32::consts::TAU * b).cos()
    })
}

fn run(bencher: Bencher<'_, '_>, name: &str, n: usize, anchors: usize) {
    run_within(bencher, name, &SelectionLimits::first(n), anchors);
}

fn run_within(bencher: Bencher<'_, '_>, name: &str, limits: &SelectionLimits, anchors: usize) {
    let data = data();
    let few = |all: &'static Array2<f32>| -> ArrayView2<'static, f32> {
        all.slice(ndarray::s![..anchors, ..])
    };
    let query = Query {
        scores: &data.scores,
        features: data.features.view(),
        points: data.points.view(),
        anchor_features: few(&data.anchor_features),
        anchor_points: few(&data.anchor_points),
        ..Query::new(&data.keys)
    };
    let strategy = registry::find(name)
        .expect("a known strategy")
        .with_defaults();
    bencher.bench_local(|| select(strategy.as_ref(), &query, limits, Seed(0)));
}

#[divan::bench(args = [10, 100, 1000], sample_count = 3)]
fn lcmd(bencher: Bencher<'_, '_>, n: usize) {
    run(bencher, "lcmd", n, ANCHORS);
}

#[divan::bench(args = [10, 1000], sample_count = 3)]
fn lcmd_without_anchors(bencher: Bencher<'_, '_>, n: usize) {
    run(bencher, "lcmd", n, 0);
}

#[divan::bench(args = [10, 1000], sample_count = 3)]
fn diversity(bencher: Bencher<'_, '_>, n: usize) {
    run(bencher, "diversity", n, ANCHORS);
}

#[divan::bench(args = [10, 1000], sample_count = 3)]
fn space_filling(bencher: Bencher<'_, '_>, n: usize) {
    run(bencher, "space-filling", n, 0);
}

#[divan::bench(args = [10, 1000], sample_count = 3)]
fn uncertainty(bencher: Bencher<'_, '_>, n: usize) {
    run(bencher, "uncertainty", n, ANCHORS);
}

#[divan::bench(args = [10, 1000], sample_count = 3)]
fn random(bencher: Bencher<'_, '_>, n: usize) {
    run(bencher, "random", n, ANCHORS);
}

/// Each row is of one of `values` values.
fn groups(column: &str, values: usize, seed: u64) -> Groups {
    let seed = Seed(seed);
    Groups {
        column: column.to_owned(),
        names: (0..values).map(|value| value.to_string()).collect(),
        of: (0..ROWS as u64)
            .map(|row| (seed.derive(column, row).0 % values as u64) as u32)
            .collect(),
    }
}

/// A batch that costs half of what `n` rows cost on average, with rows of
/// every value of two columns.
#[divan::bench(args = [10, 100, 1000], sample_count = 3)]
fn uncertainty_under_limits(bencher: Bencher<'_, '_>, n: usize) {
    let costs: Vec<f64> = normal(ROWS, 1, 6)
        .iter()
        .map(|v| f64::from(v.abs()))
        .collect();
    let limits = SelectionLimits {
        quotas: vec![
            Quota::at_least(n / 10, groups("hardware", 5, 7)),
            Quota::at_most(n / 2, groups("hardware", 5, 7)),
            Quota::at_least(n / 20, groups("driver", 10, 8)),
        ],
        budget: Some(Budget {
            total: n as f64 * 0.4,
            costs,
        }),
        ..SelectionLimits::first(n)
    };
    run_within(bencher, "uncertainty", &limits, ANCHORS);
}
