//! `acs-fw`: rows whose evidence together is that of all candidates.

use al_core::Seed;
use rayon::prelude::*;

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::gaussian::{GaussianRows, dot};
use crate::query::Pool;
use crate::strategies::members::Members;
use crate::strategy::{Greedy, Strategy, largest};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows that together say what measuring every candidate would say. Each candidate x \
        has a vector a_x of m numbers, one per member: the evidence for or against that member \
        that measuring x is expected to give. The batch is a sparse weighted sum that approximates \
        the sum of all a_x, and the next row is the one whose a_x has the largest inner product \
        with the residual r.",
    score: "w·(1 + cos(r, a_x)), 0 to 2 without weights: the cosine is negative where a row leads \
        away from the sum, and weights need a number that is not negative. 0 for a row on which \
        all members agree.",
    details: "The vectors are the expected log-likelihood plus the entropy of the measurement, at \
        the predictions of the members. For a numeric target, with Φ the centred predictions \
        divided by √m, v = ‖φ_x‖² and τ² the noise (at least a millionth of the mean variance of \
        the candidates): a_xj = ½·ln(1 + v/τ²) − (m·Φ_xj² + v)/(2τ²). For classes: minus the \
        Kullback-Leibler divergence between the mean probabilities and those of the member, the \
        latter no smaller than 10⁻⁶. They come from the predictions, not from the embedding. \
        Frank-Wolfe steps with line search minimise ‖Σ a_x/Σ‖a_x‖ − y‖ over y, a convex \
        combination of the unit vectors a_x/‖a_x‖, and rows are picked in the order in which the \
        steps first reach them. If eight steps in a row go to picked rows, the best of the others \
        is next, by the same product. Once only rounding errors remain, it starts again without \
        the rows picked so far, towards the same sum.",
    cost: "O(n·m) once and O(n·m) per pick, nine times that where steps repeat.",
    reference: "Bayesian batch active learning as sparse subset approximation: Pinsler, Gordon, \
        Nalisnick & Hernández-Lobato 2019; in the benchmark of Holzmüller, Zaverkin, Kästner & \
        Steinwart 2023.",
    use_when: "To compare with the literature.",
    not_when: "With few members: in m dimensions, little more than m rows make up any sum, so \
        steps soon repeat, and a long batch is several short ones.",
};

/// Picks by Frank-Wolfe steps; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AcsFw {}

/// Steps in a row that may go to picked rows.
const REPEATS: usize = 8;
/// Share of the target's length below which nothing is missing: unit vectors
/// are kept with 24 bits.
const NOTHING: f64 = 1e-6;
/// The least probability in a logarithm.
const LEAST_PROBABILITY: f64 = 1e-6;
/// Rows whose vectors are summed together, on any number of threads.
const BLOCK: usize = 2048;

impl Strategy for AcsFw {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        let members = Members::new(pool);
        let evidence = Evidence::new(pool, &members);
        let width = members.count();
        let mut units = vec![0.0_f32; pool.len() * width];
        let mut weights: Vec<f32> = (0..pool.len()).map(|at| pool.weight(at)).collect();
        let mut sum = vec![0.0; width];
        let mut lengths = 0.0;
        if width == 0 {
            weights.fill(0.0);
        } else {
            let blocks: Vec<(Vec<f64>, f64)> = units
                .par_chunks_mut(BLOCK * width)
                .zip(weights.par_chunks_mut(BLOCK))
                .enumerate()
                .map(|(block, (units, weights))| {
                    let mut sum = vec![0.0; width];
                    let mut lengths = 0.0;
                    let rows = units.chunks_exact_mut(width).zip(weights);
                    for (candidate, (unit, weight)) in (block * BLOCK..).zip(rows) {
                        let vector = evidence.of(candidate);
                        let length = length(&vector);
                        lengths += length;
                        sum.iter_mut().zip(&vector).for_each(|(s, v)| *s += v);
                        if length > 0.0 {
                            let parts = unit.iter_mut().zip(&vector);
                            parts.for_each(|(u, v)| *u = (v / length) as f32);
                        } else {
                            *weight = 0.0;
                        }
                    }
                    (sum, lengths)
                })
                .collect();
            for (part, length) in blocks {
                sum.iter_mut().zip(part).for_each(|(s, p)| *s += p);
                lengths += length;
            }
        }
        if lengths > 0.0 {
            sum.iter_mut().for_each(|s| *s /= lengths);
        }
        let mut steps = FrankWolfe {
            width,
            units,
            weights,
            missing: sum.clone(),
            target: sum,
            reached: None,
            picked: Vec::new(),
            scores: vec![0.0; pool.len()],
        };
        steps.measure();
        Box::new(steps)
    }
}

/// What measuring a candidate would say for or against each member.
enum Evidence<'a, 'q> {
    Values { rows: GaussianRows<'q>, noise: f64 },
    Classes(&'a Members<'q>),
}

impl<'a, 'q> Evidence<'a, 'q> {
    fn new(pool: &'q Pool<'q>, members: &'a Members<'q>) -> Evidence<'a, 'q> {
        if members.outputs() > 1 {
            return Evidence::Classes(members);
        }
        let rows = GaussianRows::new(pool.features(), pool.anchor_features());
        Evidence::Values {
            noise: rows.noise(pool.noise()),
            rows,
        }
    }

    fn of(&self, candidate: usize) -> Vec<f64> {
        match self {
            Evidence::Values { rows, noise } => {
                let row = rows.row(candidate);
                let v = dot(&row, &row);
                let (m, entropy) = (row.len() as f64, 0.5 * (v / noise).ln_1p());
                let part = |phi: &f64| entropy - (m * phi * phi + v) / (2.0 * noise);
                row.iter().map(part).collect()
            }
            Evidence::Classes(members) => {
                let draws = members.probabilities(candidate);
                let outputs = members.outputs();
                let share = 1.0 / members.count() as f64;
                let mut mean = vec![0.0; outputs];
                for draw in draws.chunks_exact(outputs) {
                    mean.iter_mut().zip(draw).for_each(|(m, p)| *m += share * p);
                }
                let floored = |p: f64| p.max(LEAST_PROBABILITY);
                let against = |draw: &[f64]| {
                    let parts = mean.iter().zip(draw);
                    let part = |(&m, &p): (&f64, &f64)| m * (floored(p) / floored(m)).ln();
                    parts.map(part).sum()
                };
                draws.chunks_exact(outputs).map(against).collect()
            }
        }
    }
}

struct FrankWolfe {
    /// Number of members, m.
    width: usize,
    /// a_x/‖a_x‖, n × m; 0 for a_x = 0.
    units: Vec<f32>,
    /// Per candidate its weight; 0 for a_x = 0.
    weights: Vec<f32>,
    /// Σ a_x/Σ‖a_x‖, and what is missing of it.
    target: Vec<f64>,
    missing: Vec<f64>,
    /// The convex combination; `None` before the first step.
    reached: Option<Vec<f64>>,
    /// The rows picked for it.
    picked: Vec<usize>,
    scores: Vec<f32>,
}

impl FrankWolfe {
    /// Goes from the combination reached towards a candidate.
    fn step(&mut self, candidate: usize) {
        let unit: Vec<f64> = self.units[candidate * self.width..][..self.width]
            .iter()
            .map(|&value| f64::from(value))
            .collect();
        let reached = match self.reached.take() {
            // All weight goes to the first row.
            None => unit,
            Some(reached) => {
                let ahead: Vec<f64> = unit.iter().zip(&reached).map(|(u, r)| u - r).collect();
                let squared = dot(&ahead, &ahead);
                let share = if squared > 0.0 {
                    (dot(&ahead, &self.missing) / squared).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                let parts = reached.iter().zip(&ahead);
                parts.map(|(r, a)| r + share * a).collect()
            }
        };
        let parts = self.target.iter().zip(&reached);
        self.missing = parts.map(|(t, r)| t - r).collect();
        self.reached = Some(reached);
        if length(&self.missing) <= NOTHING * length(&self.target) {
            self.start_anew();
        }
        self.measure();
    }

    /// Forgets the combination and the rows picked for it.
    fn start_anew(&mut self) {
        self.reached = None;
        self.missing = self.target.clone();
        for candidate in self.picked.drain(..) {
            self.weights[candidate] = 0.0;
        }
    }

    /// Computes the scores.
    fn measure(&mut self) {
        let length = length(&self.missing);
        let factor = if length > 0.0 { 1.0 / length } else { 0.0 };
        let direction: Vec<f64> = self.missing.iter().map(|value| value * factor).collect();
        if self.width == 0 {
            return;
        }
        self.scores
            .par_chunks_mut(BLOCK)
            .zip(self.units.par_chunks(BLOCK * self.width))
            .zip(self.weights.par_chunks(BLOCK))
            .for_each(|((scores, units), weights)| {
                let rows = units.chunks_exact(self.width).zip(weights);
                for (score, (unit, &weight)) in scores.iter_mut().zip(rows) {
                    let parts = unit.iter().zip(&direction);
                    let cosine: f64 = parts.map(|(&u, d)| f64::from(u) * d).sum();
                    let above = (1.0 + cosine).max(0.0);
                    *score = (weight * above as f32).min(f32::MAX);
                }
            });
    }
}

fn length(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

impl Greedy for FrankWolfe {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        let all = vec![true; open.len()];
        for _ in 0..REPEATS {
            let top = largest(&self.scores, &all)?;
            if open[top] || self.reached.is_none() {
                break;
            }
            let before = self.missing.clone();
            self.step(top);
            if self.missing == before {
                break;
            }
        }
        largest(&self.scores, open)
    }

    fn score(&self, candidate: usize) -> f32 {
        self.scores[candidate]
    }

    fn chosen(&mut self, candidate: usize) {
        self.picked.push(candidate);
        self.step(candidate);
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "acs-fw",
    summary: "rows whose combined evidence is that of all candidates",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(AcsFw {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;

    #[test]
    fn vectors_are_the_formulas() {
        // Draws ±2: v = 4; noise 2; ½·ln 3 − (4 + 4)/4.
        let mut case = Case::draws(&[[2.0, -2.0], [1.0, 1.0]]);
        case.noise = 2.0;
        case.with_pool(|pool| {
            let members = Members::new(pool);
            let evidence = Evidence::new(pool, &members);
            for part in evidence.of(0) {
                assert!((part - (0.5 * 3.0_f64.ln() - 2.0)).abs() < 1e-6, "{part}");
            }
            assert_eq!(evidence.of(1), [0.0, 0.0], "the members agree");
        });
        // Means ½: −(½·ln(½/¾) + ½·ln(½/¼)) = ½·ln ¾.
        let case = Case::classes(&[[[0.75, 0.25], [0.25, 0.75]]]);
        case.with_pool(|pool| {
            let members = Members::new(pool);
            for part in Evidence::new(pool, &members).of(0) {
                assert!((part - 0.5 * 0.75_f64.ln()).abs() < 1e-6, "{part}");
            }
        });
    }

    /// Steps whose unit vectors are these.
    fn steps(units: &[[f32; 2]], target: [f64; 2], weights: &[f32]) -> FrankWolfe {
        let mut steps = FrankWolfe {
            width: 2,
            units: units.concat(),
            weights: weights.to_vec(),
            target: target.to_vec(),
            missing: target.to_vec(),
            reached: None,
            picked: Vec::new(),
            scores: vec![0.0; units.len()],
        };
        steps.measure();
        steps
    }

    #[test]
    fn steps_go_to_what_is_missing() {
        let mut steps = steps(
            &[[1.0, 0.0], [0.0, 1.0], [0.8, 0.6]],
            [0.5, 0.25],
            &[1.0; 3],
        );
        let mut open = [true; 3];
        // Cosines with (0.5, 0.25): 2/√5, 1/√5, 2.2/√5.
        assert_eq!(steps.best(&open), Some(2));
        let expected = 1.0 + 2.2 / 5.0_f32.sqrt();
        assert!((steps.score(2) - expected).abs() < 1e-6);
        open[2] = false;
        steps.chosen(2);
        // Missing: (−0.3, −0.35). The first axis leads away least.
        assert_eq!(steps.best(&open), Some(0));
        open[0] = false;
        steps.chosen(0);
        // From (0.8, 0.6) to (1, 0): share (−0.06 + 0.21)/0.4.
        let reached = steps.reached.clone().unwrap();
        assert!((reached[0] - (0.8 + 0.2 * 0.375)).abs() < 1e-7);
        assert!((reached[1] - (0.6 - 0.6 * 0.375)).abs() < 1e-7);
        // Missing: (−0.375, −0.125).
        assert_eq!(steps.best(&open), Some(1));
    }

    #[test]
    fn weights_multiply_what_is_above_the_least() {
        let mut steps = steps(&[[1.0, 0.0], [0.0, 1.0]], [0.6, 0.0], &[1.0, 2.5]);
        assert_eq!(steps.best(&[true, true]), Some(1));
        assert_eq!((steps.score(0), steps.score(1)), (2.0, 2.5));
    }

    #[test]
    fn with_nothing_missing_it_starts_anew() {
        let units = [[1.0, 0.0], [0.6, 0.8], [0.8, 0.6], [0.0, 0.0]];
        let mut steps = steps(&units, [1.0, 0.0], &[1.0, 1.0, 1.0, 0.0]);
        let mut open = [true; 4];
        let mut picks = Vec::new();
        while let Some(next) = steps.best(&open) {
            picks.push((next, steps.score(next)));
            open[next] = false;
            steps.chosen(next);
        }
        // Row 0 is the target. Without it rows 2 and 1 come nearest, and the
        // rest is picked by what is missing then.
        assert_eq!(picks[0], (0, 2.0));
        assert_eq!(picks[1], (2, 1.8));
        assert_eq!(picks[2].0, 1);
        assert_eq!(picks[3], (3, 0.0));
    }
}
