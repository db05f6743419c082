//! What each member of an ensemble predicts of a candidate.

use ndarray::ArrayView2;

use crate::query::Pool;

/// The members' predictions of a pool.
#[derive(Debug)]
pub(crate) struct Members<'q> {
    count: usize,
    outputs: usize,
    features: ArrayView2<'q, f32>,
    means: ArrayView2<'q, f32>,
}

impl<'q> Members<'q> {
    /// Features without means are those of a value.
    pub(crate) fn new(pool: &'q Pool<'q>) -> Members<'q> {
        let (features, means) = (pool.features(), pool.means());
        let outputs = means.ncols().max(1);
        Members {
            count: features.ncols() / outputs,
            outputs,
            features,
            means,
        }
    }

    /// Number of members, m; 0 without a model.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Numbers per member, o: one value, or the probability of each class.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Each member's class probabilities of a candidate, m × o. Means and
    /// deviations are rounded, so their sums are brought back to
    /// probabilities.
    pub(crate) fn probabilities(&self, candidate: usize) -> Vec<f64> {
        let root = (self.count as f64).sqrt();
        let means = self.means.row(candidate);
        let deviations = self.features.row(candidate);
        let mut draws: Vec<f64> = deviations
            .iter()
            .zip(means.iter().cycle())
            .map(|(&deviation, &mean)| (f64::from(mean) + f64::from(deviation) * root).max(0.0))
            .collect();
        for draw in draws.chunks_exact_mut(self.outputs) {
            let total: f64 = draw.iter().sum();
            if total > 0.0 {
                draw.iter_mut().for_each(|p| *p /= total);
            } else {
                draw.fill(1.0 / self.outputs as f64);
            }
        }
        draws
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;

    #[test]
    fn predictions_come_back() {
        let case = Case::classes(&[[[0.25, 0.75], [1.0, 0.0], [0.0, 1.0]]]);
        case.with_pool(|pool| {
            let members = Members::new(pool);
            assert_eq!((members.count(), members.outputs()), (3, 2));
            let expected = [0.25, 0.75, 1.0, 0.0, 0.0, 1.0];
            for (found, expected) in members.probabilities(0).iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{found}");
            }
        });
        Case::features(&[[1.0, 2.0]]).with_pool(|pool| {
            let members = Members::new(pool);
            assert_eq!((members.count(), members.outputs()), (2, 1));
        });
    }
}
