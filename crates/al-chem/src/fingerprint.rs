//! Morgan fingerprints: counts of environments, folded counts, bits.
//!
//! An environment is an atom with what is around it up to a radius of bonds; RDKit gives
//! each an identifier of 32 bits. Folding to n bits takes identifiers modulo n, as RDKit
//! does, so the same molecule has the same bits here and there.

use al_core::Fault;
use al_core::tanimoto::BitFingerprint;

/// Which environments are counted.
///
/// ```
/// use al_chem::{FingerprintSize, Molecule, MorganOptions};
///
/// let counts = Molecule::read("c1ccccc1")?.environments(MorganOptions::ECFP4)?;
/// assert_eq!(counts.as_slice().iter().map(|&(_, n)| n).collect::<Vec<_>>(), [6, 6, 6]);
/// assert_eq!(counts.bits(FingerprintSize::Bits2048).count(), 3);
/// # Ok::<(), al_chem::SmilesError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MorganOptions {
    radius: u8,
    chirality: bool,
}

impl MorganOptions {
    /// Radius 2, without chirality: ECFP4.
    pub const ECFP4: MorganOptions = MorganOptions {
        radius: 2,
        chirality: false,
    };
    /// Radius 3, without chirality: ECFP6.
    pub const ECFP6: MorganOptions = MorganOptions {
        radius: 3,
        chirality: false,
    };

    /// Environments up to a radius of bonds, with or without chirality.
    ///
    /// # Errors
    ///
    /// A radius above 3: no comparison with RDKit has been made there.
    pub fn new(radius: u8, chirality: bool) -> Result<MorganOptions, Fault> {
        if radius > 3 {
            let problem = format!("no fingerprints of radius {radius}");
            return Err(Fault::usage(problem).remedy("take a radius from 0 to 3"));
        }
        Ok(MorganOptions { radius, chirality })
    }

    /// Returns the radius in bonds.
    #[must_use]
    pub fn radius(self) -> u8 {
        self.radius
    }

    /// Whether chiral centres and double bonds with a direction tell environments apart.
    #[must_use]
    pub fn chirality(self) -> bool {
        self.chirality
    }
}

/// How many bits a fingerprint has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FingerprintSize {
    /// 1024 bits.
    Bits1024,
    /// 2048 bits.
    Bits2048,
}

impl FingerprintSize {
    /// Returns the number of bits.
    #[must_use]
    pub const fn bits(self) -> usize {
        match self {
            FingerprintSize::Bits1024 => 1024,
            FingerprintSize::Bits2048 => 2048,
        }
    }
}

/// Environments of a molecule and how often each occurs, by ascending identifier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnvironmentCounts(Vec<(u32, u32)>);

impl EnvironmentCounts {
    /// From ascending identifiers with their counts.
    pub(crate) fn of(counts: Vec<(u32, u32)>) -> EnvironmentCounts {
        debug_assert!(counts.windows(2).all(|pair| pair[0].0 < pair[1].0));
        EnvironmentCounts(counts)
    }

    /// Returns identifiers with their counts, by ascending identifier.
    #[must_use]
    pub fn as_slice(&self) -> &[(u32, u32)] {
        &self.0
    }

    /// Folds the counts: positions below the size with the sum of their counts, ascending.
    #[must_use]
    pub fn folded(&self, size: FingerprintSize) -> EnvironmentCounts {
        let modulus = u32::try_from(size.bits()).unwrap_or(u32::MAX);
        let mut folded: Vec<(u32, u32)> = self.0.iter().map(|&(id, n)| (id % modulus, n)).collect();
        folded.sort_unstable();
        folded.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        EnvironmentCounts(folded)
    }

    /// Returns the folded bits: those of which some environment occurs.
    #[must_use]
    pub fn bits(&self, size: FingerprintSize) -> BitFingerprint {
        let ones = self.0.iter().map(|&(id, _)| id as usize % size.bits());
        BitFingerprint::of_ones(size.bits(), ones)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_one_bit_add_up() {
        let counts = EnvironmentCounts::of(vec![(5, 2), (1029, 3), (4_000_000_007, 1)]);
        let folded = counts.folded(FingerprintSize::Bits1024);
        assert_eq!(folded.as_slice(), [(5, 5), (4_000_000_007 % 1024, 1)]);
        let bits = counts.bits(FingerprintSize::Bits1024);
        assert_eq!(bits.ones().collect::<Vec<_>>(), [5, 4_000_000_007 % 1024]);
        assert_eq!(bits.count(), 2);
        assert_eq!(counts.bits(FingerprintSize::Bits2048).count(), 3);
    }

    #[test]
    fn only_radii_that_were_compared_are_taken() {
        assert_eq!(MorganOptions::new(2, false).unwrap(), MorganOptions::ECFP4);
        assert_eq!(
            MorganOptions::new(4, false).unwrap_err().to_string(),
            "no fingerprints of radius 4; take a radius from 0 to 3"
        );
    }
}
