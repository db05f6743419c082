//! The expected model change beside predicting the same rows: ten members of a
//! hundred trees, 2000 rows to learn from, 100 000 candidates of ten columns.
//!
//! `cargo bench -p al-models`

use std::sync::LazyLock;

use al_core::{ExpectedChange, Matrix, MatrixColumn, Posterior, Seed, Silent, posterior};
use al_models::{Fitted, Labelled, Labels, Recipe, TrainingRows};
use divan::Bencher;
use ndarray::{Array2, ArrayView1};

const CANDIDATES: usize = 100_000;
const COLUMNS: usize = 10;

fn main() {
    divan::main();
}

fn rows(name: &str, n: usize) -> Matrix {
    let number = |(row, column): (usize, usize)| {
        let at = (row * COLUMNS + column) as u64;
        (Seed(1).derive(name, at).0 >> 40) as f32 / (1 << 24) as f32
    };
    Matrix {
        values: Array2::from_shape_fn((n, COLUMNS), number),
        columns: vec![MatrixColumn::Numeric; COLUMNS].into(),
        counts: None,
    }
}

static FITTED: LazyLock<Fitted> = LazyLock::new(|| {
    let x = rows("learned", 2000);
    let value = |row: ArrayView1<'_, f32>| {
        f64::from((6.0 * row[0]).sin() * row[1] + row[2] * row[3] + row[4])
    };
    let y = Labels::Values(x.values.rows().into_iter().map(value).collect());
    let data = Labelled {
        weights: vec![1.0; x.n_rows()],
        x,
        y,
        groups: Vec::new(),
    };
    let rows = TrainingRows {
        data: &data,
        calibration: &[],
        replicate_noise: None,
    };
    Fitted::fit(&Recipe::default(), rows, Seed(0), &Silent).expect("rows to learn from")
});

static POOL: LazyLock<Matrix> = LazyLock::new(|| rows("candidates", CANDIDATES));

#[divan::bench(sample_count = 5, sample_size = 1)]
fn predict(bencher: Bencher<'_, '_>) {
    let (fitted, pool) = (&*FITTED, &*POOL);
    bencher.bench(|| fitted.posterior(pool));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn expected_model_change(bencher: Bencher<'_, '_>) {
    let (fitted, pool) = (&*FITTED, &*POOL);
    let reference = rows("reference", 256);
    let change = fitted.change(&reference).expect("trees");
    let Posterior::Values { draws, .. } = fitted.posterior(pool) else {
        unreachable!("a value")
    };
    let (mean, variance) = (posterior::mean(&draws), posterior::variance(&draws));
    bencher.bench(|| change.expected(pool, &mean, &variance));
}
