//! Powers of two that bring numbers near 1: scaled by one, squares neither
//! overflow nor vanish, and no digit is lost.

use ndarray::ArrayView2;
use rayon::prelude::*;

/// The power of two that brings the largest coordinate to between 1 and 2.
pub(crate) fn scale(rows: ArrayView2<'_, f32>, centres: ArrayView2<'_, f32>) -> f32 {
    let largest = rows
        .as_slice()
        .expect("standard layout")
        .par_chunks(1 << 16)
        .map(|values| values.iter().fold(0.0_f32, |a, b| a.max(b.abs())))
        .reduce(|| 0.0, f32::max);
    let largest = centres.iter().fold(largest, |a, b| a.max(b.abs()));
    power_of_two_to_one(largest)
}

/// The power of two that brings a number > 0 to between 1 and 2.
pub(crate) fn power_of_two_to_one(number: f32) -> f32 {
    if number < f32::MIN_POSITIVE {
        return 1.0;
    }
    let exponent = (number.to_bits() >> 23) as i32 - 127;
    // Bounded so that the power itself stays a normal number.
    2.0_f32.powi((-exponent).clamp(-126, 126))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_powers_of_two() {
        for (number, scale) in [(1.0, 1.0), (1.9, 1.0), (2.0, 0.5), (0.3, 4.0), (0.0, 1.0)] {
            assert_eq!(power_of_two_to_one(number), scale);
        }
        for extreme in [f32::MAX, f32::MIN_POSITIVE] {
            let scaled = extreme * power_of_two_to_one(extreme);
            assert!((1.0..4.0).contains(&scaled), "{scaled}");
        }
    }
}
