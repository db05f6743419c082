//! The draws of several targets side by side, larger being better in each.

use ndarray::Array2;

/// Centred draws and means of one target, larger being better.
pub(super) struct SeenTarget {
    features: Array2<f32>,
    means: Vec<f32>,
}

impl SeenTarget {
    /// Of the first `members` draws; with all of them the features stay as they are.
    pub(super) fn new(
        features: &Array2<f32>,
        means: &Array2<f32>,
        members: usize,
        sign: f32,
    ) -> SeenTarget {
        let all = features.ncols();
        if members == all {
            return SeenTarget {
                features: features.mapv(|value| sign * value),
                means: means.column(0).mapv(|mean| sign * mean).to_vec(),
            };
        }
        let (root, scale) = ((all as f64).sqrt(), 1.0 / (members as f64).sqrt());
        let mut kept = Array2::zeros((features.nrows(), members));
        let mut shifted = Vec::with_capacity(features.nrows());
        for ((row, mean), mut out) in features
            .rows()
            .into_iter()
            .zip(means.column(0))
            .zip(kept.rows_mut())
        {
            let draws: Vec<f64> = row
                .iter()
                .take(members)
                .map(|&v| f64::from(v) * root)
                .collect();
            let middle = draws.iter().sum::<f64>() / members as f64;
            for (out, draw) in out.iter_mut().zip(&draws) {
                *out = sign * ((draw - middle) * scale) as f32;
            }
            shifted.push(sign * (f64::from(*mean) + middle) as f32);
        }
        SeenTarget {
            features: kept,
            means: shifted,
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

    /// The draws that features and means stand for.
    fn draws(seen: &SeenTarget, row: usize) -> Vec<f32> {
        let root = (seen.features.ncols() as f32).sqrt();
        let features = seen.features.row(row).to_vec();
        let drawn = features.iter().map(|f| seen.means[row] + f * root);
        drawn.collect()
    }

    #[test]
    fn fewer_draws_are_the_first_ones() {
        // Draws 1, 3, 8 of the one row, of which the first two are kept, turned.
        let features = array![[-3.0_f32, -1.0, 4.0]] / 3.0_f32.sqrt();
        let means = array![[4.0_f32]];
        let kept = SeenTarget::new(&features, &means, 2, -1.0);
        let found = draws(&kept, 0);
        assert!((found[0] + 1.0).abs() < 1e-5 && (found[1] + 3.0).abs() < 1e-5);
        assert!((kept.means[0] + 2.0).abs() < 1e-5);
        let all = SeenTarget::new(&features, &means, 3, 1.0);
        for (found, expected) in draws(&all, 0).iter().zip([1.0, 3.0, 8.0]) {
            assert!((found - expected).abs() < 1e-5, "{found}");
        }
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
