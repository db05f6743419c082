//! `knowledge-gradient`: the rows whose measurement is expected to improve the
//! choice of the best row, whether that is the measured row or another.

use al_core::Seed;
use al_core::knowledge::knowledge_gradient;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::conditional;
use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::{HARDLY_WANTED, Pool};
use crate::strategies::seeking;
use crate::strategy::{Greedy, Strategy, largest};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows whose measurement is expected to raise the best mean prediction the most: by \
        turning out good themselves, or by what they tell about rows that vary with them.",
    score: "w·(E[max(μⱼ + σⱼ·Z)] − max μⱼ) in the unit of the fitted target, ≥ 0, over \
        alternatives j, with Z standard normal and σⱼ = cov(j, x)/√(var(x) + τ²), the \
        covariances those of the members and τ² the noise variance; larger is better.",
    details: "Alternatives are the candidate itself and those candidates and anchors that have the \
        largest mean + 2 standard deviations, as many as the option alternatives says. Picks are \
        assumed to come out at their mean, so covariances shrink around them. The expectation is \
        exact.",
    cost: "O(n·h·(m + log h)) per pick for h alternatives.",
    reference: "Frazier, Powell & Dayanik 2009.",
    use_when: "To find the best row where rows resemble each other, so that one measurement \
        tells about many, or where measurements are noisy.",
    not_when: "To learn the whole table, or from a million candidates in a hurry. With few \
        members, covariances of rows that have nothing in common are not 0.",
};

/// Picks by knowledge gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnowledgeGradient {
    /// Rows among which the best is looked for, beside the candidate itself.
    alternatives: usize,
}

/// Standard deviations above the mean by which alternatives are ordered.
const REACH: f64 = 2.0;

/// Candidates worked on together.
const BLOCK: usize = 64;

impl Strategy for KnowledgeGradient {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(Gradients::new(pool, self.alternatives))
    }
}

/// The candidates, one pick at a time.
struct Gradients<'q> {
    pool: &'q Pool<'q>,
    noise: f64,
    /// Per candidate its mean, larger is better, and its features, whose inner
    /// products are the covariances given the picks.
    means: Vec<f64>,
    features: Array2<f64>,
    /// The same of the alternatives, and which candidate each of them is.
    other_means: Vec<f64>,
    other_features: Array2<f64>,
    others: Vec<Option<usize>>,
    scores: Vec<f32>,
}

impl<'q> Gradients<'q> {
    fn new(pool: &'q Pool<'q>, most: usize) -> Gradients<'q> {
        let sign = f64::from(seeking::sign(pool));
        let means: Vec<f64> = seeking::means(pool).into_iter().map(f64::from).collect();
        let features = pool.features().mapv(f64::from);
        let anchor_features = pool.anchor_features();
        // Without features nothing is known of anchors that could be compared.
        let measured = match features.ncols() {
            0 => 0,
            _ => pool.anchor_values().len(),
        };
        let mut found: Vec<(f64, usize)> = (0..pool.len())
            .map(|at| reach(means[at], features.row(at).iter().copied()))
            .chain((0..measured).map(|at| {
                let value = sign * f64::from(pool.anchor_values()[at]);
                reach(value, anchor_features.row(at).iter().map(|&v| f64::from(v)))
            }))
            .enumerate()
            .map(|(at, reach)| (reach, at))
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        found.truncate(most);
        let width = features.ncols();
        let mut other_features = Array2::zeros((found.len(), width));
        let mut other_means = Vec::with_capacity(found.len());
        let mut others = Vec::with_capacity(found.len());
        for (mut row, &(_, at)) in other_features.rows_mut().into_iter().zip(&found) {
            match at.checked_sub(pool.len()) {
                None => {
                    row.assign(&features.row(at));
                    other_means.push(means[at]);
                    others.push(Some(at));
                }
                Some(anchor) => {
                    row.assign(&anchor_features.row(anchor).mapv(f64::from));
                    other_means.push(sign * f64::from(pool.anchor_values()[anchor]));
                    others.push(None);
                }
            }
        }
        let mut gradients = Gradients {
            pool,
            noise: conditional::noise(pool, &conditional::variances(pool)),
            scores: vec![0.0; pool.len()],
            means,
            features,
            other_means,
            other_features,
            others,
        };
        gradients.weigh();
        gradients
    }

    /// Scores all candidates.
    fn weigh(&mut self) {
        let mut scores = std::mem::take(&mut self.scores);
        scores
            .par_chunks_mut(BLOCK)
            .enumerate()
            .for_each(|(block, scores)| {
                let (mut means, mut slopes) = (Vec::new(), Vec::new());
                for (at, score) in scores.iter_mut().enumerate() {
                    let candidate = block * BLOCK + at;
                    let weight = self.pool.weight(candidate);
                    if weight < HARDLY_WANTED {
                        // Most gains are 0, before which such a row must not come.
                        *score = -(f32::MIN_POSITIVE / weight).min(1.0);
                        continue;
                    }
                    let gain = self.gain(candidate, &mut means, &mut slopes);
                    *score = seeking::finite(f64::from(weight) * gain);
                }
            });
        self.scores = scores;
    }

    /// The knowledge gradient of a candidate; `means` and `slopes` are scratch.
    fn gain(&self, candidate: usize, means: &mut Vec<f64>, slopes: &mut Vec<f64>) -> f64 {
        let own = self.features.row(candidate);
        let variance = own.dot(&own);
        if variance <= 0.0 {
            return 0.0;
        }
        let deviation = (variance + self.noise).sqrt();
        means.clone_from(&self.other_means);
        slopes.clear();
        let covariances = self.other_features.rows().into_iter();
        slopes.extend(covariances.map(|other| own.dot(&other) / deviation));
        if !self.others.contains(&Some(candidate)) {
            means.push(self.means[candidate]);
            slopes.push(variance / deviation);
        }
        knowledge_gradient(means, slopes)
    }
}

/// Mean and [`REACH`] standard deviations.
fn reach(mean: f64, features: impl Iterator<Item = f64>) -> f64 {
    mean + REACH * features.map(|v| v * v).sum::<f64>().sqrt()
}

/// Gives features the covariances that are left once a row of features `picked` is
/// measured with this noise: each loses the share of its part along `picked` that
/// leaves φ·φ' − (φ·p)(p·φ')/(τ² + p·p).
fn condition(features: &mut Array2<f64>, picked: &[f64], noise: f64) {
    let square: f64 = picked.iter().map(|p| p * p).sum();
    if square <= 0.0 {
        return;
    }
    let share = (1.0 - (noise / (noise + square)).sqrt()) / square;
    let picked = ArrayView2::from_shape((1, picked.len()), picked).expect("a row");
    for mut row in features.rows_mut() {
        let along = row.dot(&picked.row(0));
        row.scaled_add(-share * along, &picked.row(0));
    }
}

impl Greedy for Gradients<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        largest(&self.scores, open)
    }

    fn score(&self, candidate: usize) -> f32 {
        self.scores[candidate]
    }

    fn chosen(&mut self, candidate: usize) {
        let picked = self.features.row(candidate).to_vec();
        condition(&mut self.features, &picked, self.noise);
        condition(&mut self.other_features, &picked, self.noise);
        self.weigh();
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "knowledge-gradient",
    summary: "rows expected to improve the choice of the best row the most",
    doc: DOC,
    needs_model: true,
    needs_direction: true,
    regression: true,
    classification: false,
    several: false,
    anytime: true,
    options: &[StrategyOption {
        name: "alternatives",
        range: OptionRange::Whole {
            least: 1,
            most: 10_000,
        },
        default: OptionValue::Number(200.0),
        summary: "rows among which the best one is looked for",
    }],
    make: |settings| {
        let alternatives = settings.whole("alternatives");
        Ok(Box::new(KnowledgeGradient { alternatives }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;
    use al_core::{Direction, normal};

    const ALL: KnowledgeGradient = KnowledgeGradient { alternatives: 100 };

    fn scores(case: &Case, picked: &[usize]) -> Vec<f32> {
        case.with_pool(|pool| {
            let mut greedy = ALL.begin(pool, case.seed);
            picked.iter().for_each(|&at| greedy.chosen(at));
            (0..pool.len()).map(|at| greedy.score(at)).collect()
        })
    }

    /// z·Φ(z) + ϕ(z).
    fn excess(z: f64) -> f64 {
        normal::pdf(z) + z * normal::cdf(z)
    }

    #[test]
    fn independent_rows_have_the_closed_form() {
        // Means 0 and −1; features at right angles: variances 1 and 4.
        let mut case = Case::features(&[[1.0, 0.0], [0.0, 2.0]]);
        case.means = ndarray::array![[0.0], [-1.0]];
        case.direction = Some(Direction::Max);
        case.noise = 1.0;
        let found = scores(&case, &[]);
        // σ = 1/√2 and 4/√5, each one step of 1 from the other row.
        for (found, slope) in found.iter().zip([0.5_f64.sqrt(), 4.0 / 5.0_f64.sqrt()]) {
            let expected = slope * excess(-1.0 / slope);
            assert!((f64::from(*found) - expected).abs() < 1e-6, "{found}");
        }
        // Small values wanted: means 0 and 1.
        case.direction = Some(Direction::Min);
        assert_eq!(scores(&case, &[]), found);
    }

    #[test]
    fn rows_that_move_together_tell_nothing_of_which_is_better() {
        let mut case = Case::features(&[[1.0, 0.0], [1.0, 0.0], [0.0, 0.5]]);
        case.means = ndarray::array![[1.0], [0.0], [0.5]];
        case.direction = Some(Direction::Max);
        case.noise = 0.01;
        let found = scores(&case, &[]);
        // Rows 0 and 1 decide between them and row 2; so row 1, which can never be
        // the best one, is worth as much as row 0, and more than row 2.
        assert!((found[0] - found[1]).abs() < 1e-6 && found[0] > found[2]);
        let slope = 1.0 / 1.01_f64.sqrt();
        let expected = slope * excess(-0.5 / slope);
        assert!((f64::from(found[0]) - expected).abs() < 1e-6);
    }

    #[test]
    fn a_measured_row_is_an_alternative() {
        let mut case = Case::features(&[[1.0], [0.5]]);
        case.means = ndarray::array![[0.0], [0.0]];
        case.direction = Some(Direction::Max);
        case.anchor_features = Array2::zeros((1, 1));
        case.anchor_values = vec![5.0];
        case.noise = 0.01;
        let far = scores(&case, &[]);
        case.anchor_values = vec![0.0];
        let near = scores(&case, &[]);
        assert!(far[0] < 1e-5 && near[0] > 0.1, "{far:?} {near:?}");
    }

    #[test]
    fn picks_leave_the_covariances_of_a_measurement() {
        // 4 − 4·4/5 of row 1, and of row 0 1 − (2·1)²/5.
        let mut features = ndarray::array![[1.0, 0.0], [2.0, 0.0], [0.0, 3.0]];
        condition(&mut features, &[2.0, 0.0], 1.0);
        let left = features.dot(&features.t());
        let expected = ndarray::array![[0.2, 0.4, 0.0], [0.4, 0.8, 0.0], [0.0, 0.0, 9.0]];
        assert!((&left - &expected).iter().all(|gap| gap.abs() < 1e-12));
        // The second pick is not the twin of the first.
        let mut case = Case::features(&[[1.0, 0.0], [1.0, 0.01], [0.0, 0.9]]);
        case.means = ndarray::array![[0.0], [0.0], [0.0]];
        case.direction = Some(Direction::Max);
        case.noise = 0.001;
        assert_eq!(case.picks(&ALL, 2)[1], 2);
    }

    #[test]
    fn few_alternatives_are_those_that_reach_farthest() {
        let mut case = Case::features(&[[1.0], [-1.0], [0.1]]);
        case.means = ndarray::array![[0.0], [0.0], [-9.0]];
        case.direction = Some(Direction::Max);
        case.noise = 1.0;
        let with = |alternatives| {
            case.with_pool(|pool| {
                let greedy = KnowledgeGradient { alternatives }.begin(pool, case.seed);
                (0..3).map(|at| greedy.score(at)).collect::<Vec<f32>>()
            })
        };
        assert_eq!(with(2), with(3));
        case.weights = Some(vec![1.0, 2.0, 1.0]);
        assert_eq!(case.picks(&ALL, 1), [1]);
    }
}
