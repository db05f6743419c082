//! The standard normal distribution: density, distribution function, and what
//! is left of both far out in the tail, where the plain numbers underflow.
//!
//! The error function is that of Cody 1969 ("Rational Chebyshev approximations
//! for the error function"): a ratio of polynomials on each of three ranges,
//! exact to about 10⁻¹⁶. Relative errors of all functions here stay below
//! 10⁻¹² where the result is a normal number.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// ln √(2π).
const LN_SQRT_TAU: f64 = 0.918_938_533_204_672_8;

/// Where 1 − x·M(x) of the Mills ratio M loses more digits to cancellation
/// than four terms of its series leave out.
const SERIES_FROM: f64 = 50.0;

/// Density at `x`.
#[must_use]
pub fn pdf(x: f64) -> f64 {
    ln_pdf(x).exp()
}

/// Logarithm of the density at `x`.
#[must_use]
pub fn ln_pdf(x: f64) -> f64 {
    -0.5 * x * x - LN_SQRT_TAU
}

/// Probability of a number below `x`.
#[must_use]
pub fn cdf(x: f64) -> f64 {
    if x > 0.0 { 1.0 - tail(x) } else { tail(-x) }
}

/// Logarithm of the probability of a number below `x`; finite far beyond
/// where the probability itself is 0.
#[must_use]
pub fn ln_cdf(x: f64) -> f64 {
    if x > -1.0 {
        (-tail_either_side(x)).ln_1p()
    } else {
        ln_pdf(x) + mills(-x).ln()
    }
}

/// Logarithm of E max(Z + z, 0) for a standard normal Z, which is
/// pdf(z) + z·cdf(z): by how much a normal number of mean z exceeds 0 on
/// average, counting 0 where it does not.
#[must_use]
pub fn ln_mean_excess(z: f64) -> f64 {
    if z > -1.0 {
        return (pdf(z) + z * cdf(z)).ln();
    }
    // pdf(z)·(1 − x·M(x)) with x = −z.
    let x = -z;
    if x < SERIES_FROM {
        ln_pdf(x) + (-x * mills(x)).ln_1p()
    } else {
        let u = 1.0 / (x * x);
        let series = u * (-3.0 + u * (15.0 + u * (-105.0 + u * 945.0)));
        ln_pdf(x) - 2.0 * x.ln() + series.ln_1p()
    }
}

/// Probability of a number above `x` ≥ 0.
fn tail(x: f64) -> f64 {
    let y = x * FRAC_1_SQRT_2;
    if y <= CENTRE {
        0.5 * (1.0 - erf_near_0(y))
    } else {
        // exp(−x²/2) rather than exp(−y²): y is rounded.
        0.5 * (-0.5 * x * x).exp() * scaled_erfc(y)
    }
}

/// Probability of a number above `x`.
fn tail_either_side(x: f64) -> f64 {
    if x < 0.0 { 1.0 - tail(-x) } else { tail(x) }
}

/// The Mills ratio at `x` ≥ 0: the probability of a number above it over the
/// density at it.
fn mills(x: f64) -> f64 {
    let y = x * FRAC_1_SQRT_2;
    let scaled = if y <= CENTRE {
        (y * y).exp() * (1.0 - erf_near_0(y))
    } else {
        scaled_erfc(y)
    };
    (0.5 * PI).sqrt() * scaled
}

/// Cody's first range ends here.
const CENTRE: f64 = 0.468_75;

/// The error function for 0 ≤ `y` ≤ [`CENTRE`].
fn erf_near_0(y: f64) -> f64 {
    const P: [f64; 5] = [
        1.857_777_061_846_031_5e-1,
        3.161_123_743_870_565_6,
        1.138_641_541_510_501_6e2,
        3.774_852_376_853_02e2,
        3.209_377_589_138_469_5e3,
    ];
    const Q: [f64; 5] = [
        1.0,
        2.360_129_095_234_412_1e1,
        2.440_246_379_344_441_7e2,
        1.282_616_526_077_372_3e3,
        2.844_236_833_439_171e3,
    ];
    let t = y * y;
    y * polynomial(&P, t) / polynomial(&Q, t)
}

/// exp(`y`²)·erfc(`y`) for `y` > [`CENTRE`].
fn scaled_erfc(y: f64) -> f64 {
    const P: [f64; 9] = [
        2.153_115_354_744_038_5e-8,
        5.641_884_969_886_701e-1,
        8.883_149_794_388_375,
        6.611_919_063_714_163e1,
        2.986_351_381_974_001e2,
        8.819_522_212_417_69e2,
        1.712_047_612_634_070_6e3,
        2.051_078_377_826_071_5e3,
        1.230_339_354_797_997_2e3,
    ];
    const Q: [f64; 9] = [
        1.0,
        1.574_492_611_070_983_5e1,
        1.176_939_508_913_125e2,
        5.371_811_018_620_099e2,
        1.621_389_574_566_690_2e3,
        3.290_799_235_733_459_6e3,
        4.362_619_090_143_247e3,
        3.439_367_674_143_721_6e3,
        1.230_339_354_803_749_4e3,
    ];
    const FAR_P: [f64; 6] = [
        1.631_538_713_730_209_8e-2,
        3.053_266_349_612_323_4e-1,
        3.603_448_999_498_044_4e-1,
        1.257_817_261_112_292_5e-1,
        1.608_378_514_874_228e-2,
        6.587_491_615_298_378e-4,
    ];
    const FAR_Q: [f64; 6] = [
        1.0,
        2.568_520_192_289_822,
        1.872_952_849_923_467_3,
        5.279_051_029_514_284e-1,
        6.051_834_131_244_132e-2,
        2.335_204_976_268_691_9e-3,
    ];
    if y <= 4.0 {
        return polynomial(&P, y) / polynomial(&Q, y);
    }
    let u = 1.0 / (y * y);
    let correction = u * polynomial(&FAR_P, u) / polynomial(&FAR_Q, u);
    (1.0 / PI.sqrt() - correction) / y
}

/// A polynomial at `x`, the coefficient of the highest power first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{LN_2, LN_10};

    fn assert_close(found: f64, expected: f64, of: &str) {
        let error = (found - expected).abs();
        assert!(
            error <= 1e-12 * expected.abs(),
            "{of}: {found:e} instead of {expected:e}"
        );
    }

    /// Values of mpmath with 60 digits, on both sides of each range's ends.
    #[test]
    fn density_and_probability_are_the_known_ones() {
        for (x, probability, density) in [
            (0.0, 0.5, 0.398_942_280_401_432_7),
            (0.5, 0.691_462_461_274_013_1, 0.352_065_326_764_299_5),
            (-0.5, 0.308_537_538_725_986_9, 0.352_065_326_764_299_5),
            (0.66, 0.745_373_085_328_663_9, 0.320_863_803_771_172_5),
            (0.67, 0.748_571_104_904_689_9, 0.318_737_138_475_401_5),
            (1.0, 0.841_344_746_068_542_9, 0.241_970_724_519_143_35),
            (-1.0, 0.158_655_253_931_457_05, 0.241_970_724_519_143_35),
            (2.0, 0.977_249_868_051_820_8, 0.053_990_966_513_188_05),
            (-2.5, 0.006_209_665_325_776_135, 0.017_528_300_493_568_537),
            (-5.0, 2.866_515_718_791_939e-7, 1.486_719_514_734_297_6e-6),
            (-5.7, 5.990_371_401_063_534e-9, 3.513_955_094_820_437e-8),
            (-8.0, 6.220_960_574_271_784e-16, 5.052_271_083_536_892e-15),
            (
                -20.0,
                2.753_624_118_606_233_7e-89,
                5.520_948_362_159_763e-88,
            ),
            (
                -37.0,
                5.725_571_222_524_577e-300,
                2.120_006_551_524_606e-298,
            ),
        ] {
            assert_close(cdf(x), probability, "cdf");
            assert_close(pdf(x), density, "pdf");
            assert_close(pdf(-x), density, "pdf");
        }
        assert_eq!((cdf(9.0), cdf(f64::MAX), cdf(-f64::MAX)), (1.0, 1.0, 0.0));
    }

    #[test]
    fn logarithms_are_the_known_ones() {
        for (x, probability, excess) in [
            (0.0, -LN_2, -0.918_938_533_204_672_7),
            (-0.5, -1.175_911_761_593_618_6, -1.620_516_264_387_32),
            (3.0, -0.001_350_809_964_748_193_8, 1.098_739_665_327_707_8),
            (-0.999, -1.839_496_910_164_778, -2.483_217_115_447_585_5),
            (-1.0, -1.841_021_645_009_263_5, -2.485_121_025_712_641_3),
            (-2.0, -3.783_184_333_682_032, -4.768_783_523_917_114),
            (-10.0, -53.231_285_150_512_47, -55.553_122_036_122_35),
            (-49.9, -1_249.834_360_738_355_5, -1_253.745_183_664_103_6),
            (-50.1, -1_259.838_357_550_044_5, -1_263.753_174_101_468_6),
            (-100.0, -5_005.524_208_694_205, -5_010.129_578_800_25),
            (10.0, -7.619_853_024_160_526e-24, LN_10),
        ] {
            assert_close(ln_cdf(x), probability, "ln cdf");
            assert_close(ln_mean_excess(x), excess, "ln mean excess");
        }
        // Far out nothing is NaN: −x²/2 takes over, then the end of the range.
        assert_close(ln_cdf(-1e10), -5e19, "ln cdf");
        assert_close(ln_mean_excess(-1e10), -5e19, "ln mean excess");
        assert_eq!(ln_mean_excess(-f64::MAX), f64::NEG_INFINITY);
        assert_eq!(ln_cdf(-f64::MAX), f64::NEG_INFINITY);
        assert_eq!(ln_mean_excess(1e300), 1e300_f64.ln());
    }

    #[test]
    fn the_distribution_function_is_the_integral_of_the_density() {
        // Simpson's rule over 0 to 3.
        let n = 3000;
        let step = 3.0 / f64::from(n);
        let sum: f64 = (0..=n)
            .map(|at| {
                let weight = match at {
                    0 => 1.0,
                    at if at == n => 1.0,
                    at if at % 2 == 1 => 4.0,
                    _ => 2.0,
                };
                weight * pdf(step * f64::from(at))
            })
            .sum();
        assert_close(0.5 + sum * step / 3.0, cdf(3.0), "the integral");
    }
}
