//! The few vector operations the scan needs, once per instruction set.
//!
//! Every implementation performs the same IEEE operations on the same lanes, so
//! `Fused` is a safe twin that must agree with the intrinsics bit for bit.
//! [`Portable`] rounds after each product as well; the error margin of the scan
//! covers both.

// Plain loops over arrays do reach wide instructions, but the end of the tile
// was then vectorised along the wrong axis, at half the speed. What is unsafe
// is confined to the bodies in this file: loads and stores through slices of
// the full width, and intrinsics only reached below the check of features in
// `scan::Instructions::available`.
#![allow(unsafe_code, reason = "intrinsics; see above")]

/// A short vector of `f32`.
pub(super) trait Lanes: Copy {
    /// How many numbers it holds.
    const WIDTH: usize;
    /// All lanes equal to `x`.
    fn splat(x: f32) -> Self;
    /// The first `WIDTH` numbers of `from`.
    fn load(from: &[f32]) -> Self;
    /// Writes the first `WIDTH` numbers of `to`.
    fn store(self, to: &mut [f32]);
    /// `self + x · y`.
    fn add_product(self, x: Self, y: Self) -> Self;
    /// Lane-wise sum.
    fn plus(self, other: Self) -> Self;
    /// Lane-wise minimum.
    fn min(self, other: Self) -> Self;
    /// Bit `i` says whether lane `i` is below that of `limit`.
    fn below(self, limit: Self) -> u32;
}

macro_rules! array_lanes {
    ($(#[$doc:meta])* $name:ident, $width:literal, $add_product:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) struct $name([f32; $width]);

        impl Lanes for $name {
            const WIDTH: usize = $width;
            #[inline(always)]
            fn splat(x: f32) -> Self {
                Self([x; $width])
            }
            #[inline(always)]
            fn load(from: &[f32]) -> Self {
                Self(std::array::from_fn(|i| from[i]))
            }
            #[inline(always)]
            fn store(self, to: &mut [f32]) {
                to[..$width].copy_from_slice(&self.0);
            }
            #[inline(always)]
            fn add_product(self, x: Self, y: Self) -> Self {
                let add_product: fn(f32, f32, f32) -> f32 = $add_product;
                Self(std::array::from_fn(|i| add_product(self.0[i], x.0[i], y.0[i])))
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self(std::array::from_fn(|i| {
                    let (x, y) = (self.0[i], other.0[i]);
                    if x < y { x } else { y }
                }))
            }
            #[inline(always)]
            fn below(self, limit: Self) -> u32 {
                (0..$width).fold(0, |mask, i| mask | u32::from(self.0[i] < limit.0[i]) << i)
            }
        }
    };
}

array_lanes!(
    /// Four lanes on any machine, rounding after the product.
    Portable,
    4,
    |sum, x, y| sum + x * y
);
#[cfg(any(test, target_arch = "aarch64"))]
array_lanes!(
    /// Four lanes with one rounding for product and sum: slow without such an instruction.
    Fused,
    4,
    |sum, x, y| x.mul_add(y, sum)
);

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Lanes;
    use std::arch::x86_64::*;

    /// Sixteen lanes; needs `avx512f`.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx512(__m512);

    // SAFETY of every block below: the caller of `scan` has checked the
    // features, and loads and stores go through slices of the full width.
    impl Lanes for Avx512 {
        const WIDTH: usize = 16;
        #[inline(always)]
        fn splat(x: f32) -> Self {
            Self(unsafe { _mm512_set1_ps(x) })
        }
        #[inline(always)]
        fn load(from: &[f32]) -> Self {
            Self(unsafe { _mm512_loadu_ps(from[..16].as_ptr()) })
        }
        #[inline(always)]
        fn store(self, to: &mut [f32]) {
            unsafe { _mm512_storeu_ps(to[..16].as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn add_product(self, x: Self, y: Self) -> Self {
            Self(unsafe { _mm512_fmadd_ps(x.0, y.0, self.0) })
        }
        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            Self(unsafe { _mm512_add_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn min(self, other: Self) -> Self {
            Self(unsafe { _mm512_min_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn below(self, limit: Self) -> u32 {
            u32::from(unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, limit.0) })
        }
    }

    /// Eight lanes; needs `avx2` and `fma`.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx2(__m256);

    impl Lanes for Avx2 {
        const WIDTH: usize = 8;
        #[inline(always)]
        fn splat(x: f32) -> Self {
            Self(unsafe { _mm256_set1_ps(x) })
        }
        #[inline(always)]
        fn load(from: &[f32]) -> Self {
            Self(unsafe { _mm256_loadu_ps(from[..8].as_ptr()) })
        }
        #[inline(always)]
        fn store(self, to: &mut [f32]) {
            unsafe { _mm256_storeu_ps(to[..8].as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn add_product(self, x: Self, y: Self) -> Self {
            Self(unsafe { _mm256_fmadd_ps(x.0, y.0, self.0) })
        }
        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            Self(unsafe { _mm256_add_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn min(self, other: Self) -> Self {
            Self(unsafe { _mm256_min_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn below(self, limit: Self) -> u32 {
            unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_LT_OQ>(self.0, limit.0)) as u32 }
        }
    }
}
