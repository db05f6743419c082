//! Random numbers of a candidate, drawn from a seed and its key: the same
//! wherever the row stands in the file.

use al_core::{Key, Seed};

/// Uniform in (0, 1), both ends left out.
pub(crate) fn uniform(seed: Seed, key: Key) -> f64 {
    unit(seed.order(key))
}

/// Standard Gumbel: what to add to the logarithm of weights so that the
/// largest sum is each candidate's with a probability proportional to its
/// weight (Gumbel 1954).
pub(crate) fn gumbel(seed: Seed, key: Key) -> f64 {
    -(-uniform(seed, key).ln()).ln()
}

/// Standard normal, from two seeds (Box & Muller 1958).
pub(crate) fn normal(seeds: [Seed; 2], key: Key) -> f64 {
    let [radius, angle] = seeds.map(|seed| uniform(seed, key));
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// The seed itself as a number in (0, 1).
pub(crate) fn of_seed(seed: Seed) -> f64 {
    unit(seed.0)
}

/// 52 bits and a half: exact, and neither 0 nor 1.
fn unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_left_out() {
        assert!(unit(0) > 0.0 && unit(u64::MAX) < 1.0);
        assert_eq!(unit(1 << 63), 0.5 + 0.5_f64.powi(53));
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let moments = |draw: &dyn Fn(Key) -> f64| {
            let n = 40_000;
            let values: Vec<f64> = (0..n).map(|i| draw(Key::of_id(&i.to_string()))).collect();
            let mean = values.iter().sum::<f64>() / f64::from(n);
            let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
            (mean, square / f64::from(n))
        };
        // Five standard errors of a mean of 40 000 are a fortieth of the
        // standard deviation; those of a variance about twice that.
        let seed = Seed(3);
        let (mean, variance) = moments(&|key| uniform(seed, key));
        assert!((mean - 0.5).abs() < 0.01 && (variance - 1.0 / 12.0).abs() < 0.005);
        let (mean, variance) = moments(&|key| normal([seed, Seed(4)], key));
        assert!(mean.abs() < 0.025 && (variance - 1.0).abs() < 0.05);
        let (mean, variance) = moments(&|key| gumbel(seed, key));
        // Euler's constant, π²/6.
        assert!((mean - 0.577_216).abs() < 0.035 && (variance - 1.644_934).abs() < 0.12);
    }
}
