//! Molecules as the structures of a table.

use al_core::structure::StructureProblem;
use al_core::{Fault, Structure, StructureOptions, StructureReader};
use rayon::prelude::*;

use crate::descriptors::DESCRIPTORS;
use crate::error::SmilesError;
use crate::fingerprint::{FingerprintSize, MorganOptions};
use crate::molecule::Molecule;

/// Reads SMILES, with Morgan counts as what a molecule consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoleculeReader {
    morgan: MorganOptions,
    size: FingerprintSize,
    standardised: bool,
}

impl MoleculeReader {
    /// A reader that reads as `options` say.
    ///
    /// # Errors
    ///
    /// A fingerprint that was not compared with RDKit's.
    pub fn new(options: StructureOptions) -> Result<MoleculeReader, Fault> {
        let size = match options.bits {
            1024 => FingerprintSize::Bits1024,
            2048 => FingerprintSize::Bits2048,
            other => {
                return Err(Fault::usage(format!("no fingerprints of {other} bits"))
                    .remedy("take 1024 or 2048"));
            }
        };
        Ok(MoleculeReader {
            morgan: MorganOptions::new(options.radius, options.chirality)?,
            size,
            standardised: options.standardised,
        })
    }

    /// Reads one SMILES.
    ///
    /// # Errors
    ///
    /// As [`Molecule::read`].
    pub fn structure(&self, smiles: &str) -> Result<Structure, SmilesError> {
        let mut molecule = Molecule::read(smiles)?;
        if self.standardised {
            molecule = molecule.standardised()?;
        }
        let counts = molecule.environments(self.morgan)?.folded(self.size);
        let narrow = |&(id, n): &(u32, u32)| {
            let id = u16::try_from(id).expect("at most 2048 identifiers");
            (id, u16::try_from(n).unwrap_or(u16::MAX))
        };
        Ok(Structure {
            canonical: molecule.canonical()?.to_owned(),
            descriptors: molecule.descriptors()?.into(),
            counts: counts.as_slice().iter().map(narrow).collect(),
        })
    }
}

impl StructureReader for MoleculeReader {
    fn descriptors(&self) -> Vec<&'static str> {
        DESCRIPTORS.iter().map(|entry| entry.name).collect()
    }

    fn read(&self, texts: &[&str]) -> Vec<Result<Structure, StructureProblem>> {
        let texts = texts.par_iter().with_min_len(16);
        let read = texts.map(|text| self.structure(text).map_err(StructureProblem::from));
        read.collect()
    }

    fn scaffolds(&self, canonical: &[&str]) -> Vec<String> {
        // What was read before is a molecule, and one without a scaffold has none.
        let of = |text: &&str| Molecule::read(text).and_then(|molecule| molecule.scaffold());
        let texts = canonical.par_iter().with_min_len(16);
        texts.map(|text| of(text).unwrap_or_default()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(standardised: bool) -> MoleculeReader {
        let options = StructureOptions {
            standardised,
            ..StructureOptions::default()
        };
        MoleculeReader::new(options).unwrap()
    }

    #[test]
    fn two_spellings_are_one_structure() {
        let read = reader(false).read(&["Cc1ccncc1", "c1ccc(C)nc1", "C(", "CC1=CC=NC=C1"]);
        assert_eq!(read[0], read[3]);
        let canonical = |at: usize| &read[at].as_ref().unwrap().canonical;
        assert_ne!(canonical(0), canonical(1));
        assert_eq!(
            reader(false).scaffolds(&[canonical(0), "CCO"]),
            ["c1ccncc1", ""]
        );
        let error = read[2].as_ref().unwrap_err();
        assert_eq!(
            error.problem,
            "SMILES 'C(', character 2: '(' opens a branch that is never closed"
        );
        assert_eq!(error.remedy, "close it with ')'");
    }

    #[test]
    fn salts_count_unless_standardised() {
        let read = |standardised, smiles| reader(standardised).structure(smiles).unwrap();
        let salt = "CC(=O)[O-].[Na+]";
        assert_ne!(read(false, salt), read(false, "CC(=O)O"));
        assert_eq!(read(true, salt), read(true, "OC(C)=O"));
    }

    #[test]
    fn fingerprints_that_were_not_compared_are_refused() {
        let refused = |radius, bits| {
            let options = StructureOptions {
                radius,
                bits,
                ..StructureOptions::default()
            };
            MoleculeReader::new(options).unwrap_err().to_string()
        };
        assert_eq!(
            refused(2, 512),
            "no fingerprints of 512 bits; take 1024 or 2048"
        );
        assert_eq!(
            refused(4, 2048),
            "no fingerprints of radius 4; take a radius from 0 to 3"
        );
    }
}
