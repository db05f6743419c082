//! Molecules: SMILES to canonical form, key, fingerprints, descriptors, scaffold, and the
//! most similar molecules.
//!
//! The reference is RDKit 2026.09: a molecule has the same canonical SMILES, the same
//! Morgan environments and the same counts here as there, which golden files hold and
//! `docs/MEASUREMENTS.md` shows on whole tables. What cannot be read is an error that names
//! the token and its position.
//!
//! This crate knows no file, no table and no model. The chemistry library behind it is named
//! in one file, `library.rs`.

mod counted;
mod descriptors;
mod elements;
mod error;
mod features;
mod fingerprint;
mod graph;
mod library;
mod molecule;
mod morgan;
mod nearest;
mod scan;
mod similarity;
mod standard;

pub use counted::CountIndex;
pub use descriptors::{DESCRIPTORS, DescriptorEntry, N_DESCRIPTORS};
pub use error::{MOST_ATOMS, MOST_CHARACTERS, SmilesError, SmilesProblem};
pub use features::{MoleculeFeatures, MoleculeOptions};
pub use fingerprint::{BitFingerprint, EnvironmentCounts, FingerprintSize, MorganOptions};
pub use molecule::Molecule;
pub use nearest::{FingerprintIndex, SimilarMolecule};
pub use similarity::{tanimoto, tanimoto_of_counts};
