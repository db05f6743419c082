//! Mean distance to the five nearest of 10 000 reference rows.

use al_core::neighbours::Neighbours;
use divan::counter::ItemsCount;
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() {
    divan::main();
}

fn uniform(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn((rows, columns), || random.random())
}

fn grid(rows: usize, columns: usize, levels: f64, seed: u64) -> Array2<f64> {
    uniform(rows, columns, seed).mapv(|x| (x * levels).floor())
}

/// `columns` categories of `levels` each, one-hot / √2.
fn one_hot(rows: usize, columns: usize, levels: usize, seed: u64) -> Array2<f64> {
    let mut encoded = Array2::zeros((rows, columns * levels));
    for ((i, j), x) in grid(rows, columns, levels as f64, seed).indexed_iter() {
        encoded[[i, j * levels + *x as usize]] = std::f64::consts::FRAC_1_SQRT_2;
    }
    encoded
}

fn measure(bencher: divan::Bencher, reference: Array2<f64>, queries: Array2<f64>) {
    let neighbours = Neighbours::new(reference);
    bencher
        .counter(ItemsCount::new(queries.nrows()))
        .bench_local(|| neighbours.mean_distance(queries.view(), 5));
}

#[divan::bench(args = [8, 20, 40], sample_count = 5)]
fn numeric_100k(bencher: divan::Bencher, columns: usize) {
    measure(
        bencher,
        uniform(10_000, columns, 1),
        uniform(100_000, columns, 2),
    );
}

#[divan::bench(args = [2.0, 6.0], sample_count = 5)]
fn grid_of_6_columns_100k(bencher: divan::Bencher, levels: f64) {
    measure(
        bencher,
        grid(10_000, 6, levels, 1),
        grid(100_000, 6, levels, 2),
    );
}

/// Columns and levels: hardly any ties with 22 columns, hundreds with 3.
#[divan::bench(args = [(22, 11), (5, 10), (3, 50)], sample_count = 5)]
fn categories_10k(bencher: divan::Bencher, (columns, levels): (usize, usize)) {
    measure(
        bencher,
        one_hot(10_000, columns, levels, 1),
        one_hot(10_000, columns, levels, 2),
    );
}

#[divan::bench]
fn prepare_10k_by_20(bencher: divan::Bencher) {
    bencher
        .with_inputs(|| uniform(10_000, 20, 1))
        .bench_values(Neighbours::new);
}
