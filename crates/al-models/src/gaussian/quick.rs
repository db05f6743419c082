//! Functions of many numbers at once, written so that the compiler computes several
//! in one instruction: a million candidates need a billion exponentials.

/// 1.5·2⁵²: added to a number it leaves no fraction, and the whole part in the lowest
/// bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// eˣ of each x ≤ 0, to 14 digits; 0 below −700.
pub(super) fn exp_all(values: &mut [f64]) {
    for value in values {
        let x = (if *value > -700.0 { *value } else { -700.0 }) * std::f64::consts::LOG2_E;
        let rounded = x + ROUND;
        let y = (x - (rounded - ROUND)) * std::f64::consts::LN_2;
        // eʸ for |y| ≤ ln 2 / 2 by Taylor's series, 2ᵏ by its bits.
        let mut power = 1.0 / 479_001_600.0;
        for factor in [
            39_916_800.0,
            3_628_800.0,
            362_880.0,
            40_320.0,
            5040.0,
            720.0,
            120.0,
            24.0,
            6.0,
            2.0,
            1.0,
            1.0,
        ] {
            power = power * y + 1.0 / factor;
        }
        let two = f64::from_bits(rounded.to_bits().wrapping_add(1023) << 52);
        *value = power * two;
    }
}

/// cos x of each x, to 8 digits: 1 − 2·sin²(x/2), the sine by Taylor's series.
pub(super) fn cos_all(values: &mut [f64]) {
    for value in values {
        let turns = *value * (0.5 / std::f64::consts::PI);
        let x = (turns - ((turns + ROUND) - ROUND)) * std::f64::consts::PI;
        let square = x * x;
        let mut sine = 1.0 / 6_227_020_800.0;
        for factor in [-39_916_800.0, 362_880.0, -5040.0, 120.0, -6.0, 1.0] {
            sine = sine * square + 1.0 / factor;
        }
        sine *= x;
        *value = 1.0 - 2.0 * sine * sine;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_the_functions_of_the_standard_library() {
        let xs: Vec<f64> = (0..20_000).map(|at| -0.0357 * f64::from(at)).collect();
        let mut powers = xs.clone();
        exp_all(&mut powers);
        for (x, power) in xs.iter().zip(&powers).filter(|(x, _)| **x > -690.0) {
            assert!((power / x.exp() - 1.0).abs() < 1e-13, "{x}: {power}");
        }
        let mut ends = [0.0, -1e9, f64::MIN];
        exp_all(&mut ends);
        assert_eq!(ends[0], 1.0);
        assert!(ends[1] < 1e-300 && ends[2] < 1e-300);
        let mut cosines: Vec<f64> = xs.iter().map(|x| x + 100.0).collect();
        cos_all(&mut cosines);
        for (x, cosine) in xs.iter().zip(&cosines) {
            assert!((cosine - (x + 100.0).cos()).abs() < 4e-9, "{x}: {cosine}");
        }
    }
}
