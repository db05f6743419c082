//! Several targets of a pool as points: larger is better in each, and the front of what
//! was measured.

use crate::dominance::{Front, covers};
use crate::query::Pool;
use crate::strategies::seeking;

/// How far behind the front's worst values the reference point lies, as a share of
/// the front's range (Ishibuchi, Imada, Setoguchi & Nojima 2018 discuss the choice).
const MARGIN: f64 = 0.1;

/// The targets of a pool, each times the sign by which larger is better.
pub(super) struct Trades<'q> {
    pub(super) pool: &'q Pool<'q>,
    pub(super) targets: usize,
    sign: f64,
}

impl<'q> Trades<'q> {
    pub(super) fn new(pool: &'q Pool<'q>) -> Trades<'q> {
        Trades {
            targets: pool.means().ncols().max(1),
            sign: f64::from(seeking::sign(pool)),
            pool,
        }
    }

    pub(super) fn mean(&self, candidate: usize) -> Vec<f64> {
        let means = self.pool.means();
        if means.ncols() == 0 {
            return vec![0.0];
        }
        let means = means.row(candidate).into_iter();
        means.map(|&mean| self.sign * f64::from(mean)).collect()
    }

    /// What a member predicts of a candidate, `None`: what all do in the mean.
    pub(super) fn predicted(&self, candidate: usize, member: Option<usize>) -> Vec<f64> {
        let mut values = self.mean(candidate);
        if let Some(member) = member {
            let features = self.pool.features();
            let features = features.row(candidate);
            let scale = self.sign * (self.pool.n_members() as f64).sqrt();
            for (at, value) in values.iter_mut().enumerate() {
                *value += scale * f64::from(features[member * self.targets + at]);
            }
        }
        values
    }

    /// The front of the anchors. Without any the reference is behind all means.
    pub(super) fn front(&self) -> Front {
        let rows = self.pool.anchor_values().chunks_exact(self.targets);
        let signed = |row: &[f32]| row.iter().map(|&v| self.sign * f64::from(v)).collect();
        let measured: Vec<Vec<f64>> = rows.map(signed).collect();
        let mut front = Front::new(self.reference(&measured));
        front.extend(measured);
        front
    }

    fn reference(&self, measured: &[Vec<f64>]) -> Vec<f64> {
        let all: Vec<Vec<f64>>;
        let rows = match measured.is_empty() {
            false => measured,
            true => {
                all = (0..self.pool.len()).map(|at| self.mean(at)).collect();
                &all
            }
        };
        let ends = |rows: &[&Vec<f64>], at: usize| {
            let values = rows.iter().map(|row| row[at]);
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
        };
        let every: Vec<&Vec<f64>> = rows.iter().collect();
        let mut best: Vec<&Vec<f64>> = Vec::new();
        if measured.is_empty() {
            best.clone_from(&every);
        }
        // Each row against those that none has beaten so far, which are few.
        for row in measured {
            if !best.iter().any(|other| covers(other, row)) {
                best.retain(|other| !covers(row, other));
                best.push(row);
            }
        }
        (0..self.targets)
            .map(|at| {
                let (low, high) = ends(&best, at);
                let (worst, top) = ends(&every, at);
                let range = [high - low, top - worst, 1.0];
                let range = range.into_iter().find(|range| *range > 0.0);
                low - MARGIN * range.expect("1 is above 0")
            })
            .collect()
    }

    /// The score of a candidate that adds `volume`, or next to nothing.
    pub(super) fn score(&self, candidate: usize, volume: f64, lag: impl Fn() -> f64) -> f32 {
        let weight = f64::from(self.pool.weight(candidate));
        seeking::finite(match weight * volume >= NOTHING {
            true => weight * volume,
            // Larger than a row at the border has, and so that a small weight counts
            // there too.
            false => -(1.0 + lag()) / weight,
        })
    }
}

/// A volume that counts as none: smaller numbers would be the same to a score.
const NOTHING: f64 = 1e-30;
