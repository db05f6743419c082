//! The draws of several targets side by side, larger being better in each.

use ndarray::{Array2, s};

/// Centred draws and means of one target, larger being better.
pub(super) struct SeenTarget {
    features: Array2<f32>,
    means: Vec<f32>,
}

impl SeenTarget {
    /// With as many draws as `members`: what a model with fewer has not drawn is its
    /// mean, so that means and variances stay what they are.
    pub(super) fn new(
        features: &Array2<f32>,
        means: &Array2<f32>,
        members: usize,
        sign: f32,
    ) -> SeenTarget {
        let mut padded = Array2::zeros((features.nrows(), members));
        padded
            .slice_mut(s![.., ..features.ncols()])
            .assign(&features.mapv(|value| sign * value));
        SeenTarget {
            features: padded,
            means: means.column(0).mapv(|mean| sign * mean).to_vec(),
        }
    }
}

/// Features with the targets of one member side by side, and means n × targets.
pub(super) fn interleaved(targets: &[SeenTarget]) -> (Array2<f32>, Array2<f32>) {
    let (n, members) = targets[0].features.dim();
    let count = targets.len();
    let features = Array2::from_shape_fn((n, members * count), |(row, column)| {
        targets[column % count].features[[row, column / count]]
    });
    let means = Array2::from_shape_fn((n, count), |(row, at)| targets[at].means[row]);
    (features, means)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn fewer_draws_keep_mean_and_variance() {
        // Draws 1, 3, 8 of the one row, turned.
        let features = array![[-3.0_f32, -1.0, 4.0]] / 3.0_f32.sqrt();
        let seen = SeenTarget::new(&features, &array![[4.0_f32]], 5, -1.0);
        assert_eq!(seen.means, [-4.0]);
        assert_eq!(seen.features.ncols(), 5);
        let variance: f32 = seen.features.iter().map(|f| f * f).sum();
        assert!((variance - 26.0 / 3.0).abs() < 1e-5, "{variance}");
        assert!(seen.features[[0, 0]] > 0.0 && seen.features[[0, 4]] == 0.0);
    }

    #[test]
    fn members_come_together() {
        let one = |value: f32| SeenTarget {
            features: array![[value, value + 1.0]],
            means: vec![value],
        };
        let (features, means) = interleaved(&[one(10.0), one(20.0)]);
        assert_eq!(features, array![[10.0, 20.0, 11.0, 21.0]]);
        assert_eq!(means, array![[10.0, 20.0]]);
    }
}
