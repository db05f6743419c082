//! What a table needs to know of each molecule, computed at once.

use al_core::Key;
use rayon::prelude::*;

use crate::descriptors::N_DESCRIPTORS;
use crate::error::SmilesError;
use crate::fingerprint::{BitFingerprint, EnvironmentCounts, FingerprintSize, MorganOptions};
use crate::molecule::Molecule;

/// How molecules become features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoleculeOptions {
    /// Which environments are counted.
    pub morgan: MorganOptions,
    /// To how many counts and bits they are folded.
    pub size: FingerprintSize,
    /// Whether only the largest fragment counts, neutralised.
    pub standardised: bool,
}

impl Default for MoleculeOptions {
    /// ECFP4, 2048 bits, structures as they are written.
    fn default() -> MoleculeOptions {
        MoleculeOptions {
            morgan: MorganOptions::ECFP4,
            size: FingerprintSize::Bits2048,
            standardised: false,
        }
    }
}

/// A molecule as a row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct MoleculeFeatures {
    /// The canonical SMILES.
    pub canonical: String,
    /// The key of the structure.
    pub key: Key,
    /// The Murcko scaffold; empty without rings.
    pub scaffold: String,
    /// The descriptors, in the order of [`crate::DESCRIPTORS`].
    pub descriptors: [f64; N_DESCRIPTORS],
    /// Counts of environments, folded.
    pub counts: EnvironmentCounts,
    /// The bits of which some environment occurs.
    pub bits: BitFingerprint,
}

impl MoleculeOptions {
    /// Reads a SMILES and computes all features of it.
    ///
    /// # Errors
    ///
    /// As [`Molecule::read`].
    pub fn features(&self, smiles: &str) -> Result<MoleculeFeatures, SmilesError> {
        let mut molecule = Molecule::read(smiles)?;
        if self.standardised {
            molecule = molecule.standardised()?;
        }
        let counts = molecule.environments(self.morgan)?;
        Ok(MoleculeFeatures {
            canonical: molecule.canonical()?.to_owned(),
            key: molecule.key()?,
            scaffold: molecule.scaffold()?,
            descriptors: molecule.descriptors()?,
            bits: counts.bits(self.size),
            counts: counts.folded(self.size),
        })
    }

    /// The features of many SMILES, in their order, on the current rayon pool.
    pub fn features_all<S: AsRef<str> + Sync>(
        &self,
        smiles: &[S],
    ) -> Vec<Result<MoleculeFeatures, SmilesError>> {
        let texts = smiles.par_iter().with_min_len(16);
        texts.map(|text| self.features(text.as_ref())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_have_the_same_features() {
        let options = MoleculeOptions::default();
        let found = options.features_all(&["Cc1ccncc1", "c1ccc(C)nc1", "C(", "CC1=CC=NC=C1"]);
        assert_eq!(found[0], found[3]);
        assert!(found[2].is_err());
        assert_ne!(
            found[0].as_ref().unwrap().key,
            found[1].as_ref().unwrap().key
        );
        assert_eq!(found[0].as_ref().unwrap().scaffold, "c1ccncc1");
    }

    #[test]
    fn salts_count_unless_standardised() {
        let written = MoleculeOptions::default();
        let parent = MoleculeOptions {
            standardised: true,
            ..written
        };
        let features = |options: &MoleculeOptions, smiles: &str| options.features(smiles).unwrap();
        let salt = "CC(=O)[O-].[Na+]";
        assert_ne!(features(&written, salt), features(&written, "CC(=O)O"));
        assert_eq!(features(&parent, salt), features(&parent, "OC(C)=O"));
    }
}
