//! Who reads the structures of tables: the one place that knows chemistry.

use al_core::{Fault, StructureKind, StructureOptions};

/// Structures that are molecules, written as SMILES.
///
/// # Errors
///
/// Fingerprints that were not compared with RDKit's; without the feature `chem`, all.
#[cfg(feature = "chem")]
pub fn molecules(options: StructureOptions) -> Result<StructureKind, Fault> {
    let reader = al_chem::MoleculeReader::new(options)?;
    Ok(StructureKind::new(options, std::sync::Arc::new(reader)))
}

/// Structures that are molecules, written as SMILES.
///
/// # Errors
///
/// Fingerprints that were not compared with RDKit's; without the feature `chem`, all.
#[cfg(not(feature = "chem"))]
pub fn molecules(_: StructureOptions) -> Result<StructureKind, Fault> {
    let problem = "molecules cannot be read: this altool was built without chemistry";
    Err(Fault::new(al_core::FaultKind::Unavailable, problem)
        .remedy("install one that was built with the feature 'chem'"))
}
