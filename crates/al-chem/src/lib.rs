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

mod descriptors;
mod elements;
mod error;
mod fingerprint;
mod graph;
mod library;
mod molecule;
mod morgan;
mod reader;
mod scan;
mod sdf;
mod standard;

pub use descriptors::{DESCRIPTORS, DescriptorEntry, N_DESCRIPTORS};
pub use error::{MOST_ATOMS, MOST_CHARACTERS, SmilesError, SmilesProblem};
pub use fingerprint::{EnvironmentCounts, FingerprintSize, MorganOptions};
pub use molecule::Molecule;
pub use reader::MoleculeReader;
pub use sdf::{SdfEntry, SdfError, SdfProblem, SdfRecord, decode_sdf, read_sdf, write_sdf};
