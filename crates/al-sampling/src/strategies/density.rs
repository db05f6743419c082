//! `density`: another strategy (option base), weighted towards typical rows.

use std::borrow::Cow;

use al_core::Seed;
use ndarray::{ArrayView2, s};
use rayon::prelude::*;

use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::kernel::{LANES, distances, fill_tile};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategy::{Greedy, Needs, Strategy};
use crate::unit_scale::scale;

const DOC: StrategyDoc = StrategyDoc {
    prefers: "What the base strategy prefers, with the weight of each candidate multiplied by ρ^β: \
        rows in dense regions count more, outliers less. ρ is the mean similarity of the candidate \
        to a sample of the candidates, at most 1000, drawn with the seed; two rows at distance d \
        between inputs have the similarity e^(−d²/M), with M the median of d² between rows of the \
        sample (their mean where more than half of the rows coincide).",
    score: "That of the base strategy with the weight w·ρ^β; for uncertainty w·s·ρ^β. The options \
        of the base strategy are at their defaults.",
    details: "Whether a larger batch begins with the smaller one, and which targets it suits, \
        depends on the base strategy.",
    cost: "That of the base strategy, plus O(1000·n·d) once.",
    reference: "Information density: Settles & Craven 2008, there with the cosine similarity to \
        all candidates.",
    use_when: "To keep a strategy that scores rows one by one away from outliers.",
    not_when: "When rare rows matter: it takes them last.",
};

/// Picks by another strategy, with weights by density.
pub struct Density {
    base: Box<dyn Strategy>,
    beta: f64,
}

impl Density {
    /// Picks by `base` with weights times density to the power of `beta`, a
    /// finite number ≥ 0.
    #[must_use]
    pub fn new(base: Box<dyn Strategy>, beta: f64) -> Density {
        Density { base, beta }
    }
}

impl Strategy for Density {
    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn weight_factors(&self, pool: &Pool<'_>, seed: Seed) -> Option<Vec<f32>> {
        let of_base = self.base.weight_factors(pool, seed);
        let mut factors = densities(pool.points());
        for (candidate, factor) in factors.iter_mut().enumerate() {
            let own = f64::from(*factor).powf(self.beta);
            let other = of_base.as_ref().map_or(1.0, |of_base| of_base[candidate]);
            *factor = ((own * f64::from(other)) as f32).min(f32::MAX);
        }
        Some(factors)
    }

    fn begin<'q>(&self, pool: &'q Pool<'q>, seed: Seed) -> Box<dyn Greedy + 'q> {
        self.base.begin(pool, seed)
    }
}

/// Rows that densities are measured by.
const SAMPLE: usize = 1000;

/// Per row, n × d in standard layout and in random order, its mean similarity
/// to the first [`SAMPLE`] rows.
fn densities(rows: ArrayView2<'_, f32>) -> Vec<f32> {
    let (n, width) = rows.dim();
    let of = n.min(SAMPLE);
    if width == 0 {
        return vec![1.0; n];
    }
    let scale = scale(rows, rows.slice(s![..0, ..]));
    let sample: Vec<f32> = rows.slice(s![..of, ..]).iter().map(|v| v * scale).collect();
    let typical = typical_squared(&sample, width);
    if typical == 0.0 {
        return vec![1.0; n];
    }
    let per_typical = -std::f32::consts::LOG2_E / typical;
    let mut densities = vec![0.0_f32; n];
    densities
        .par_chunks_mut(LANES)
        .enumerate()
        .with_min_len(64)
        .for_each_init(
            || vec![0.0; LANES * width],
            |tile, (number, densities)| {
                let first = number * LANES;
                fill_tile(tile, rows, first..first + densities.len(), scale);
                let mut sums = [0.0_f32; LANES];
                for other in sample.chunks_exact(width) {
                    let [squared] = distances(tile, [other]);
                    for (sum, squared) in sums.iter_mut().zip(squared) {
                        *sum += power_of_two(squared * per_typical);
                    }
                }
                for (density, sum) in densities.iter_mut().zip(sums) {
                    *density = sum / of as f32;
                }
            },
        );
    densities
}

/// The median of the squared distances between any two rows, their mean if
/// that is 0; 0 if all rows coincide.
fn typical_squared(rows: &[f32], width: usize) -> f32 {
    let row = |at: usize| &rows[at * width..(at + 1) * width];
    let mut squared: Vec<f32> = (0..rows.len() / width)
        .flat_map(|at| (0..at).map(move |other| (at, other)))
        .map(|(at, other)| {
            let pairs = row(at).iter().zip(row(other));
            pairs.map(|(a, b)| (a - b) * (a - b)).sum()
        })
        .collect();
    if squared.is_empty() {
        return 0.0;
    }
    let middle = squared.len() / 2;
    let (_, &mut median, _) = squared.select_nth_unstable_by(middle, f32::total_cmp);
    if median > 0.0 {
        return median;
    }
    // In order, as select_nth leaves them in some.
    squared.sort_unstable_by(f32::total_cmp);
    let sum: f64 = squared.iter().copied().map(f64::from).sum();
    (sum / squared.len() as f64) as f32
}

/// 2^x for x ≤ 0, with a relative error below 10⁻⁶; 2⁻¹²⁶ for any smaller.
///
/// Whole and broken part apart: the whole one goes into the exponent, the
/// other, within ±1/2, into the series of e^(x·ln 2). The compiler makes it
/// one instruction for several numbers, which it does not with `exp2`.
#[inline(always)]
fn power_of_two(x: f32) -> f32 {
    // Adding 1.5·2²³ leaves no bits for a fraction: it rounds, and the sum's
    // lowest bits are the whole number.
    const ROUND: f32 = 12_582_912.0;
    const SERIES: [f32; 6] = [
        1.540_353e-4,
        1.333_355_8e-3,
        9.618_129e-3,
        5.550_411e-2,
        0.240_226_5,
        std::f32::consts::LN_2,
    ];
    let x = if x > -126.0 { x } else { -126.0 };
    let shifted = x + ROUND;
    let fraction = x - (shifted - ROUND);
    let series = SERIES
        .iter()
        .fold(0.0, |sum, coefficient| (sum + coefficient) * fraction);
    let whole = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    (1.0 + series) * whole
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "density",
    summary: "another strategy (option base), weighted towards typical rows",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: false,
    anytime: true,
    options: &[
        StrategyOption {
            name: "base",
            range: OptionRange::Strategy,
            default: OptionValue::Text(Cow::Borrowed("uncertainty")),
            summary: "strategy whose weights are multiplied, with its options at their defaults",
        },
        StrategyOption {
            name: "beta",
            range: OptionRange::Number {
                least: 0.0,
                most: 10.0,
            },
            default: OptionValue::Number(1.0),
            summary: "exponent β of the density; 0 leaves the base strategy as it is",
        },
    ],
    make: |settings| {
        let beta = settings.number("beta");
        Ok(Box::new(Density::new(settings.base("base")?, beta)))
    },
};

#[cfg(test)]
mod tests {
    use al_core::Fault;

    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::tests::{Case, numbers};
    use ndarray::{Array2, array};

    fn density(base: &str, beta: f64) -> Box<dyn Strategy> {
        let options = StrategyOptions::none()
            .with("base", OptionValue::Text(base.to_owned().into()))
            .with("beta", OptionValue::Number(beta));
        ENTRY.with_options(&options).expect("valid options")
    }

    #[test]
    fn powers_of_two_are_those_of_the_library() {
        for step in 0..=126_000 {
            let x = -(step as f32) / 1000.0;
            let exact = f64::from(x).exp2();
            let error = f64::from(power_of_two(x)) / exact - 1.0;
            assert!(error.abs() < 1e-6, "{x}: {error}");
        }
        assert_eq!(power_of_two(0.0), 1.0);
        for x in [-126.0, -200.0, f32::MIN, f32::NEG_INFINITY] {
            assert_eq!(power_of_two(x), f32::MIN_POSITIVE);
        }
    }

    #[test]
    fn scores_are_uncertainty_times_density() {
        let mut case = Case::points(&[[0.0], [1.0], [3.0]]);
        case.scores = vec![0.5, 0.5, 1.0];
        case.weights = Some(vec![1.0, 2.0, 1.0]);
        // Squared distances 1, 9, 4: the median is 4.
        let e = |squared: f64| (-squared / 4.0).exp();
        let densities = [
            (1.0 + e(1.0) + e(9.0)) / 3.0,
            (e(1.0) + 1.0 + e(4.0)) / 3.0,
            (e(9.0) + e(4.0) + 1.0) / 3.0,
        ];
        for beta in [0.0, 1.0, 2.5] {
            let batch = case.select(density("uncertainty", beta).as_ref(), 3);
            for pick in &batch.picks {
                let plain = [0.5, 1.0, 1.0][pick.row];
                let expected = plain * densities[pick.row].powf(beta);
                assert!((f64::from(pick.score) / expected - 1.0).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn an_outlier_comes_last() {
        let mut case = Case::points(&[[0.0], [0.1], [50.0], [0.2], [0.3]]);
        case.scores = vec![0.6, 0.6, 1.0, 0.6, 0.6];
        assert_eq!(case.picks(density("uncertainty", 0.0).as_ref(), 1), [2]);
        assert_eq!(case.picks(density("uncertainty", 1.0).as_ref(), 5)[4], 2);
        // As far as any base can see weights.
        assert_eq!(case.picks(density("stratified", 10.0).as_ref(), 5).len(), 5);
    }

    #[test]
    fn densities_are_means_over_the_sample() {
        for (unit, n) in [(1.0, 1300), (1e-30_f32, 100), (1e30, 100)] {
            let plain = numbers(n, 3, 1);
            let found = densities((&plain * unit).view());
            let squared = |a: usize, b: usize| {
                let apart = &plain.row(a) - &plain.row(b);
                f64::from(apart.dot(&apart))
            };
            let of = n.min(SAMPLE);
            let mut all: Vec<f64> = (0..of)
                .flat_map(|a| (0..a).map(move |b| (a, b)))
                .map(|(a, b)| squared(a, b))
                .collect();
            all.sort_by(f64::total_cmp);
            let median = all[all.len() / 2];
            for row in (0..n).step_by(37) {
                let similar = (0..of).map(|other| (-squared(row, other) / median).exp());
                let mean = similar.sum::<f64>() / of as f64;
                assert!((f64::from(found[row]) / mean - 1.0).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn where_rows_coincide_density_tells_nothing() {
        assert_eq!(densities(Array2::ones((7, 2)).view()), [1.0; 7]);
        assert_eq!(densities(Array2::ones((7, 0)).view()), [1.0; 7]);
        assert_eq!(densities(Array2::ones((1, 2)).view()), [1.0]);
        assert!(densities(Array2::ones((0, 2)).view()).is_empty());
        // Most coincide: the mean of six times 0 and four times 4 takes the
        // median's place.
        let found = densities(array![[1.0_f32], [1.0], [1.0], [1.0], [3.0]].view());
        let far = (-2.5_f32).exp();
        assert!((found[0] - (4.0 + far) / 5.0).abs() < 1e-6, "{found:?}");
        assert!(
            (found[4] - (1.0 + 4.0 * far) / 5.0).abs() < 1e-6,
            "{found:?}"
        );
    }

    #[test]
    fn options_that_are_none_are_refused() {
        let error = |name: &str, value: OptionValue| {
            let made = ENTRY.with_options(&StrategyOptions::none().with(name, value));
            Fault::from(made.err().expect("options that are refused")).to_string()
        };
        let message = error("base", OptionValue::Text("uncertain".into()));
        assert!(message.contains("did you mean 'uncertainty'?"), "{message}");
        let message = error("base", OptionValue::Text("density".into()));
        assert!(message.contains("another strategy"), "{message}");
        for beta in [-1.0, 11.0, f64::NAN] {
            assert!(error("beta", OptionValue::Number(beta)).contains("from 0 to 10"));
        }
    }
}
