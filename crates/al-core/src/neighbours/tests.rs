use super::Neighbours;
use super::lanes;
use super::packed::{GROUP, PAIRS, Packed};
use super::scan::{Instructions, Minima, scan};
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn uniform(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn((rows, columns), || random.random::<f64>() - 0.5)
}

fn grid(rows: usize, columns: usize, levels: f64, seed: u64) -> Array2<f64> {
    uniform(rows, columns, seed).mapv(|x| ((x + 0.5) * levels).floor() * 0.37)
}

/// `columns` categories of `levels` each, one-hot / √2.
fn one_hot(rows: usize, columns: usize, levels: usize, seed: u64) -> Array2<f64> {
    let draws = uniform(rows, columns, seed);
    let mut encoded = Array2::zeros((rows, columns * levels));
    for ((i, j), x) in draws.indexed_iter() {
        let level = ((x + 0.5) * levels as f64) as usize;
        encoded[[i, j * levels + level]] = std::f64::consts::FRAC_1_SQRT_2;
    }
    encoded
}

fn brute_force(reference: &Array2<f64>, queries: &Array2<f64>, k: usize) -> Vec<f64> {
    let one = |query: ndarray::ArrayView1<f64>| {
        let mut distances: Vec<f64> = reference
            .outer_iter()
            .map(|row| {
                row.iter()
                    .zip(query)
                    .map(|(x, y)| (x - y) * (x - y))
                    .sum::<f64>()
                    .sqrt()
            })
            .collect();
        distances.sort_by(f64::total_cmp);
        distances.truncate(k);
        distances.iter().sum::<f64>() / distances.len() as f64
    };
    queries.outer_iter().map(one).collect()
}

/// Compares every instruction set with brute force, and with each other to the bit.
fn check(reference: Array2<f64>, queries: &Array2<f64>, k: usize) {
    let expected = brute_force(&reference, queries, k);
    let mut neighbours = Neighbours::new(reference);
    let best = neighbours.mean_distance(queries.view(), k);
    for (i, (x, y)) in best.iter().zip(&expected).enumerate() {
        assert!(
            (x - y).abs() <= 1e-6_f64.min(1e-12 * y.max(1e-6)),
            "query {i}: {x} is not {y}"
        );
    }
    for instructions in Instructions::available() {
        neighbours.instructions = instructions;
        let other = neighbours.mean_distance(queries.view(), k);
        assert!(
            best.iter()
                .zip(&other)
                .all(|(x, y)| x.to_bits() == y.to_bits()),
            "{instructions:?}"
        );
    }
}

#[test]
fn random_rows() {
    for d in [1, 2, 7, 8, 20, 33] {
        for k in [1, 5, 8, 9, 30] {
            check(uniform(2500, d, 1), &uniform(40, d, 2), k);
        }
    }
}

#[test]
fn grids_with_many_ties() {
    check(grid(3000, 20, 2.0, 1), &grid(60, 20, 2.0, 2), 5);
    check(grid(3000, 6, 4.0, 3), &grid(60, 6, 4.0, 4), 5);
    check(grid(3000, 2, 3.0, 5), &grid(60, 2, 3.0, 6), 5);
    check(one_hot(3000, 22, 11, 7), &one_hot(40, 22, 11, 8), 5);
    check(one_hot(3000, 3, 40, 9), &one_hot(40, 3, 40, 10), 20);
}

#[test]
fn all_rows_equally_far() {
    check(one_hot(3000, 5, 10, 1), &Array2::zeros((30, 50)), 5);
}

#[test]
fn duplicates_are_at_distance_zero_and_count_each_time() {
    let once = uniform(300, 20, 1);
    let reference = concatenate![Axis(0), once, once, once, once.slice(s![..100, ..])];
    let neighbours = Neighbours::new(reference.clone());
    assert_eq!(neighbours.n_reference(), 1000);
    assert!(
        neighbours
            .mean_distance(once.view(), 3)
            .iter()
            .all(|&x| x == 0.0)
    );
    assert!(
        neighbours
            .mean_distance(once.slice(s![..100, ..]), 4)
            .iter()
            .all(|&x| x == 0.0)
    );
    assert!(
        neighbours
            .mean_distance(once.view(), 5)
            .iter()
            .all(|&x| x > 0.0)
    );
    check(reference, &uniform(40, 20, 2), 7);
}

#[test]
fn minus_zero_is_zero() {
    let neighbours = Neighbours::new(ndarray::array![[0.0, 1.0], [-0.0, 1.0]]);
    assert_eq!(neighbours.packed.len(), 1);
    assert_eq!(
        neighbours.mean_distance(ndarray::array![[0.0, 1.0]].view(), 2),
        [0.0]
    );
}

#[test]
fn few_rows() {
    check(uniform(1, 20, 1), &uniform(30, 20, 2), 5);
    check(uniform(7, 20, 1), &uniform(30, 20, 2), 100);
    check(uniform(7, 20, 1), &uniform(1, 20, 2), 5);
    check(uniform(900, 4, 1), &uniform(30, 4, 2), 900);
    check(uniform(900, 4, 1), &uniform(30, 4, 2), 400);
}

#[test]
fn nothing_to_measure() {
    let none = Neighbours::new(Array2::zeros((0, 3)));
    assert!(
        none.mean_distance(uniform(2, 3, 1).view(), 5)
            .iter()
            .all(|x| x.is_nan())
    );
    assert!(none.nearest(uniform(2, 3, 1).row(0), 5).is_empty());
    let some = Neighbours::new(uniform(4, 3, 1));
    assert!(
        some.mean_distance(uniform(2, 3, 1).view(), 0)
            .iter()
            .all(|x| x.is_nan())
    );
    assert!(some.mean_distance(uniform(0, 3, 1).view(), 5).is_empty());
    let flat = Neighbours::new(Array2::zeros((4, 0)));
    assert_eq!(
        flat.mean_distance(Array2::zeros((2, 0)).view(), 5),
        [0.0, 0.0]
    );
}

#[test]
fn large_offsets_and_magnitudes() {
    check(uniform(2000, 20, 1) + 1e6, &(uniform(40, 20, 2) + 1e6), 5);
    for scale in [1e30, 1e-30, 1e-120, 1e120] {
        let (reference, queries) = (uniform(2000, 20, 1) * scale, uniform(40, 20, 2) * scale);
        let expected = brute_force(&reference, &queries, 5);
        let found = Neighbours::new(reference).mean_distance(queries.view(), 5);
        assert!(
            found
                .iter()
                .zip(&expected)
                .all(|(x, y)| (x - y).abs() <= 1e-12 * y),
            "{scale}"
        );
    }
}

#[test]
fn a_few_rows_far_away() {
    let mut reference = uniform(2000, 20, 1);
    reference.slice_mut(s![..3, ..]).fill(1e30);
    reference.slice_mut(s![3..6, ..]).fill(-1e9);
    reference[[6, 2]] = 1e5;
    let mut queries = uniform(60, 20, 2);
    queries.slice_mut(s![..10, ..]).fill(1e8);
    queries[[11, 3]] = 1e6;
    let expected = brute_force(&reference, &queries, 5);
    let found = Neighbours::new(reference.clone()).mean_distance(queries.view(), 5);
    assert!(
        found
            .iter()
            .zip(&expected)
            .all(|(x, y)| (x - y).abs() <= 1e-12 * y)
    );
    queries.row_mut(7).fill(-1e30);
    let found = Neighbours::new(reference).mean_distance(queries.view(), 2);
    assert!(found[7].is_finite() && found[7] > 1e30);
}

#[test]
fn two_distant_clusters_of_close_rows() {
    // Spread far below the margin that the distance of the clusters brings.
    let mut reference = uniform(2000, 8, 1) * 1e-3;
    let mut far = reference.slice_mut(s![1000.., ..]);
    far += 1e5;
    let mut queries = uniform(30, 8, 2) * 1e-3;
    let mut far = queries.slice_mut(s![15.., ..]);
    far += 1e5;
    let expected = brute_force(&reference, &queries, 5);
    let found = Neighbours::new(reference).mean_distance(queries.view(), 5);
    assert!(
        found
            .iter()
            .zip(&expected)
            .all(|(x, y)| (x - y).abs() <= 1e-9)
    );
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let neighbours = Neighbours::new(grid(2000, 9, 3.0, 1));
    let queries = uniform(1000, 9, 2);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| neighbours.mean_distance(queries.view(), 5))
    };
    assert_eq!(with(1), with(3));
    let whole = with(1);
    for i in [0, 1, 500, 999] {
        let alone = neighbours.mean_distance(queries.slice(s![i..=i, ..]), 5);
        assert_eq!(alone, whole[i..=i]);
    }
}

#[test]
fn columns_of_a_larger_table() {
    let wide = uniform(500, 9, 1);
    let narrow = wide.slice(s![..;2, ..;-3]);
    let found = Neighbours::new(narrow.to_owned()).mean_distance(narrow, 1);
    assert!(found.iter().all(|&x| x == 0.0));
}

#[test]
fn nearest_rows_with_ties_by_index() {
    let reference = ndarray::array![[3.0, 4.0], [0.0, 1.0], [5.0, 0.0], [0.0, -1.0], [0.0, 1.0]];
    let neighbours = Neighbours::new(reference);
    let query = ndarray::array![0.0, 0.0];
    let expected = [(1, 1.0), (3, 1.0), (4, 1.0), (0, 5.0), (2, 5.0)];
    assert_eq!(neighbours.nearest(query.view(), 9), expected);
    assert_eq!(neighbours.nearest(query.view(), 2), expected[..2]);
    assert_eq!(neighbours.nearest(query.view(), 4), expected[..4]);
    assert_eq!(neighbours.nearest(query.view(), 0), []);
}

/// The lower score of each pair for each of twelve queries; all panels must make one chunk.
fn pair_scores(
    instructions: Instructions,
    packed: &Packed,
    queries: ArrayView2<f64>,
) -> Vec<Vec<f32>> {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f")]
    fn avx512(p: &Packed, group: &[[f32; GROUP]], minima: &mut Minima) {
        scan::<lanes::Avx512, 12>(p, 0..p.half_norms.len(), group, minima);
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn avx2(p: &Packed, group: &[[f32; GROUP]], minima: &mut Minima) {
        scan::<lanes::Avx2, 6>(p, 0..p.half_norms.len(), group, minima);
    }
    let (mut groups, mut minima) = (Vec::new(), Minima::default());
    packed.pack_queries(queries, &mut groups, &mut Vec::new());
    let all = 0..packed.half_norms.len();
    match instructions {
        // SAFETY: `Instructions::available` has found the features.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "as in `mean_distances`")]
        Instructions::Avx512 => unsafe { avx512(packed, &groups, &mut minima) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "as in `mean_distances`")]
        Instructions::Avx2 => unsafe { avx2(packed, &groups, &mut minima) },
        Instructions::Fused => {
            scan::<lanes::Fused, 4>(packed, all.clone(), &groups, &mut minima);
        }
        Instructions::Portable => {
            scan::<lanes::Portable, 4>(packed, all.clone(), &groups, &mut minima);
        }
    }
    (0..GROUP)
        .map(|i| minima.of(i, all.len()).to_vec())
        .collect()
}

#[test]
fn intrinsics_agree_with_their_safe_twin() {
    for d in [1, 5, 20, 130] {
        let packed = Packed::new(uniform(1000, d, 1).view());
        let queries = uniform(12, d, 2);
        let expected = pair_scores(Instructions::Fused, &packed, queries.view());
        for instructions in Instructions::available() {
            let scores = pair_scores(instructions, &packed, queries.view());
            for (x, y) in scores.iter().flatten().zip(expected.iter().flatten()) {
                if instructions == Instructions::Portable {
                    assert!(x == y || (x - y).abs() < 1e-5 * d as f32, "{x} and {y}");
                } else {
                    assert_eq!(x.to_bits(), y.to_bits(), "{instructions:?}");
                }
            }
        }
    }
}

#[test]
fn scores_are_within_their_margin() {
    for (reference, queries) in [
        (uniform(1000, 20, 1), uniform(12, 20, 2)),
        (uniform(1000, 20, 1), uniform(12, 20, 2) * 1e4),
        (one_hot(1000, 4, 9, 1), one_hot(12, 4, 9, 2)),
        (uniform(1000, 3, 1) + 1e5, uniform(12, 3, 2)),
    ] {
        let packed = Packed::new(reference.view());
        for instructions in Instructions::available() {
            let scores = pair_scores(instructions, &packed, queries.view());
            for (query, scores) in queries.outer_iter().zip(scores) {
                for (pair, &score) in scores.iter().enumerate().take(packed.near / 2) {
                    let (x, half_norm) = packed.score_in_f64(query, 2 * pair);
                    let (y, _) = packed.score_in_f64(query, 2 * pair + 1);
                    let rise = f64::from(packed.rises[pair / PAIRS][pair % PAIRS]);
                    let margin = packed.query_margin(half_norm);
                    assert!(f64::from(score) - margin <= x.min(y));
                    assert!(f64::from(score) + margin + rise >= x.min(y));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_small_table(
        n in 1usize..400,
        d in 1usize..12,
        k in 1usize..12,
        levels in prop_oneof![Just(0.0), 1.0..6.0f64],
        exponent in -6i32..7,
        offset in prop_oneof![Just(0.0), -10.0..10.0f64],
        seed: u64,
    ) {
        let draw = |rows, seed| {
            let rows = if levels == 0.0 {
                uniform(rows, d, seed)
            } else {
                grid(rows, d, levels, seed)
            };
            (rows + offset) * 10f64.powi(exponent)
        };
        let (reference, queries) = (draw(n, seed), draw(15, seed ^ 1));
        let expected = brute_force(&reference, &queries, k);
        let mut neighbours = Neighbours::new(reference);
        let best = neighbours.mean_distance(queries.view(), k);
        for (x, y) in best.iter().zip(&expected) {
            prop_assert!((x - y).abs() <= 1e-12 * y, "{x} is not {y}");
        }
        neighbours.instructions = Instructions::Portable;
        prop_assert_eq!(neighbours.mean_distance(queries.view(), k), best);
    }
}
