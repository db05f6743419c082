//! What the labels of some rows may turn out to be, and which member of an
//! ensemble each outcome speaks for.
//!
//! This module knows members' probabilities of classes; it knows no pool.

use al_core::Seed;
use rayon::prelude::*;

/// What the labels of the batch may turn out to be.
#[derive(Debug)]
pub(crate) struct Outcomes {
    members: usize,
    samples: usize,
    seed: Seed,
    /// Whether these are all outcomes, not samples of them.
    all: bool,
    /// Labels so far.
    labels: usize,
    /// Per outcome its probability; they sum to 1.
    probabilities: Vec<f64>,
    /// Per outcome the members' probabilities given it, outcomes × m.
    posteriors: Vec<f64>,
    /// The mean of these: 1/m each, but for which samples were drawn.
    mean: Vec<f64>,
}

impl Outcomes {
    /// Before any label there is one outcome.
    pub(crate) fn new(members: usize, samples: usize, seed: Seed) -> Outcomes {
        Outcomes {
            members,
            samples,
            seed,
            all: true,
            labels: 0,
            probabilities: vec![1.0],
            posteriors: vec![1.0 / members.max(1) as f64; members],
            mean: vec![1.0 / members.max(1) as f64; members],
        }
    }

    /// What the label of a row with these probabilities, m × c, would add, in
    /// nats.
    pub(crate) fn gain(&self, draws: &[f64]) -> f64 {
        let members = self.members;
        if members == 0 {
            return 0.0;
        }
        let classes = draws.len() / members;
        // The members as the samples have them: measured against 1/m each, a
        // sample with more of one member than of another would seem to tell
        // something forever.
        let known: f64 = self
            .mean
            .iter()
            .zip(draws.chunks_exact(classes))
            .map(|(q, draw)| q * draw.iter().copied().map(surprise).sum::<f64>())
            .sum();
        let mut mean = vec![0.0; classes];
        let mut unknown = 0.0;
        let outcomes = self.posteriors.chunks_exact(members);
        for (posterior, probability) in outcomes.zip(&self.probabilities) {
            predict(posterior, draws, &mut mean);
            unknown += probability * mean.iter().copied().map(surprise).sum::<f64>();
        }
        unknown - known
    }

    /// Takes the label of a row with these probabilities, m × c, in.
    pub(crate) fn extend(&mut self, draws: &[f64]) {
        if self.members == 0 {
            return;
        }
        let classes = draws.len() / self.members;
        if self.all && self.probabilities.len() * classes > self.samples {
            self.draw_outcomes();
        }
        if self.all {
            self.enumerate(draws, classes);
        } else {
            self.draw_labels(draws, classes);
        }
        self.labels += 1;
        self.mean.fill(0.0);
        let outcomes = self.posteriors.chunks_exact(self.members);
        for (posterior, probability) in outcomes.zip(&self.probabilities) {
            let parts = self.mean.iter_mut().zip(posterior);
            parts.for_each(|(m, q)| *m += probability * q);
        }
    }

    fn enumerate(&mut self, draws: &[f64], classes: usize) {
        let (mut probabilities, mut posteriors) = (Vec::new(), Vec::new());
        let mut mean = vec![0.0; classes];
        let outcomes = self.posteriors.chunks_exact(self.members);
        for (posterior, probability) in outcomes.zip(&self.probabilities) {
            predict(posterior, draws, &mut mean);
            for (class, &chance) in mean.iter().enumerate() {
                if chance * probability > 0.0 {
                    probabilities.push(probability * chance);
                    let of_class = draws[class..].iter().step_by(classes);
                    let parts = posterior.iter().zip(of_class);
                    posteriors.extend(parts.map(|(q, p)| q * p / chance));
                }
            }
        }
        self.probabilities = probabilities;
        self.posteriors = posteriors;
    }

    /// Goes over from all outcomes to samples of them: those at equal
    /// distances in the sum of their probabilities, from a random start.
    fn draw_outcomes(&mut self) {
        let start = uniform(self.seed.derive("batch-bald outcomes", 0));
        let total: f64 = self.probabilities.iter().sum();
        let mut posteriors = Vec::with_capacity(self.samples * self.members);
        let (mut outcome, mut below) = (0, 0.0);
        for sample in 0..self.samples {
            let place = (sample as f64 + start) / self.samples as f64 * total;
            while outcome + 1 < self.probabilities.len()
                && below + self.probabilities[outcome] <= place
            {
                below += self.probabilities[outcome];
                outcome += 1;
            }
            let from = outcome * self.members;
            posteriors.extend_from_slice(&self.posteriors[from..from + self.members]);
        }
        self.all = false;
        self.probabilities = vec![1.0 / self.samples as f64; self.samples];
        self.posteriors = posteriors;
    }

    fn draw_labels(&mut self, draws: &[f64], classes: usize) {
        let (seed, members) = (self.seed, self.members);
        let first = self.labels as u64 * self.samples as u64;
        self.posteriors
            .par_chunks_exact_mut(members)
            .enumerate()
            .with_min_len(64)
            .for_each(|(sample, posterior)| {
                let mut mean = vec![0.0; classes];
                predict(posterior, draws, &mut mean);
                let number = uniform(seed.derive("batch-bald label", first + sample as u64));
                let class = drawn(&mean, number);
                let of_class = draws[class..].iter().step_by(classes);
                for (q, p) in posterior.iter_mut().zip(of_class) {
                    *q *= p / mean[class];
                }
            });
    }
}

/// Σ qⱼpⱼ, the probabilities of the classes.
fn predict(posterior: &[f64], draws: &[f64], mean: &mut [f64]) {
    mean.fill(0.0);
    for (q, draw) in posterior.iter().zip(draws.chunks_exact(mean.len())) {
        mean.iter_mut().zip(draw).for_each(|(m, p)| *m += q * p);
    }
}

/// −p·ln p.
pub(crate) fn surprise(p: f64) -> f64 {
    if p > 0.0 { -p * p.ln() } else { 0.0 }
}

/// The class in whose share of the sum a number in [0, 1) falls.
fn drawn(probabilities: &[f64], number: f64) -> usize {
    let mut left = number * probabilities.iter().sum::<f64>();
    let possible = (0..probabilities.len()).filter(|&class| probabilities[class] > 0.0);
    let mut last = 0;
    for class in possible {
        last = class;
        left -= probabilities[class];
        if left < 0.0 {
            break;
        }
    }
    last
}

/// A number in [0, 1).
fn uniform(seed: Seed) -> f64 {
    (seed.0 >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_speak_for_members() {
        // Members say 1 and ½ of the first class.
        let draws = [1.0, 0.0, 0.5, 0.5];
        let mut outcomes = Outcomes::new(2, 8, Seed(0));
        let expected = surprise(0.75) + surprise(0.25) - 0.5 * 2.0_f64.ln();
        assert!((outcomes.gain(&draws) - expected).abs() < 1e-15);
        outcomes.extend(&draws);
        assert_eq!(outcomes.probabilities, [0.75, 0.25]);
        let expected = [2.0 / 3.0, 1.0 / 3.0, 0.0, 1.0];
        for (found, expected) in outcomes.posteriors.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15);
        }
        // Of the second outcome only one member is left: it tells no more.
        let two = surprise(5.0 / 6.0) + surprise(1.0 / 6.0) - 2.0_f64.ln() / 3.0;
        assert!((outcomes.gain(&draws) - 0.75 * two).abs() < 1e-15);
    }

    #[test]
    fn members_told_apart_leave_nothing_to_tell() {
        // One certain label separates the two members, and two samples of the
        // outcomes may both speak for one of them.
        let draws = [1.0, 0.0, 0.0, 1.0];
        let other = [0.9, 0.1, 0.5, 0.5];
        for samples in [1, 2, 3, 100] {
            let mut outcomes = Outcomes::new(2, samples, Seed(1));
            for _ in 0..5 {
                outcomes.extend(&draws);
                assert!(outcomes.gain(&other).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn impossible_labels_are_never_drawn() {
        assert_eq!(drawn(&[0.0, 0.25, 0.0, 0.75, 0.0], 0.0), 1);
        assert_eq!(drawn(&[0.0, 0.25, 0.0, 0.75, 0.0], 0.25), 3);
        assert_eq!(drawn(&[0.0, 0.25, 0.0, 0.75, 0.0], 1.0 - 1e-16), 3);
    }
}
