//! A molecule, read from a SMILES.

use std::sync::OnceLock;

use al_core::{Key, KeyBuilder};

use crate::error::{SmilesError, SmilesProblem};
use crate::fingerprint::{EnvironmentCounts, MorganOptions};
use crate::graph::MolecularGraph;
use crate::library::{self, ParsedStructure, StructureRefusal};
use crate::scan::{AtomToken, ScannedText, scan};

/// A molecule that RDKit would read too: syntax, valences and aromaticity are checked.
///
/// ```
/// use al_chem::Molecule;
///
/// let ethanol = Molecule::read("OCC")?;
/// assert_eq!(ethanol.canonical()?, "CCO");
/// assert_eq!(ethanol.key()?, Molecule::read("C(C)[OH]")?.key()?);
/// # Ok::<(), al_chem::SmilesError>(())
/// ```
#[derive(Debug)]
pub struct Molecule {
    text: String,
    atoms: Vec<AtomToken>,
    structure: ParsedStructure,
    canonical: OnceLock<String>,
}

impl Molecule {
    /// Reads a SMILES; blanks around it do not count. Numbers of atom maps (`[CH3:1]`)
    /// are dropped: they are notes about atoms, and no part of a structure.
    ///
    /// # Errors
    ///
    /// Where RDKit refuses it, and in a few cases where RDKit is laxer: names after the
    /// SMILES, ends of a ring closure with different bonds, queries, more than
    /// [`crate::MOST_CHARACTERS`] characters or [`crate::MOST_ATOMS`] atoms.
    pub fn read(smiles: &str) -> Result<Molecule, SmilesError> {
        let text = smiles.trim();
        let ScannedText {
            atoms,
            unusual,
            mapped,
        } = scan(text)?;
        let unmapped = mapped.then(|| without_maps(text));
        let mut read = library::parse(unmapped.as_deref().unwrap_or(text));
        if unusual && let Ok(structure) = &read {
            // The library's fingerprints follow the bonds as they are written.
            read = library::canonical(structure).and_then(|text| library::parse(&text));
        }
        match read {
            Ok(structure) => Ok(Molecule {
                text: text.to_owned(),
                atoms,
                structure,
                canonical: OnceLock::new(),
            }),
            Err(refusal) => Err(explained(text, &atoms, refusal)),
        }
    }

    /// A molecule that the library has made, by its canonical SMILES.
    pub(crate) fn of(structure: ParsedStructure) -> Result<Molecule, SmilesError> {
        let text = library::canonical(&structure).map_err(|refusal| explained("", &[], refusal))?;
        let atoms = scan(&text)?.atoms;
        Ok(Molecule {
            canonical: OnceLock::from(text.clone()),
            text,
            atoms,
            structure,
        })
    }

    /// Returns the SMILES as it was written.
    #[must_use]
    pub fn smiles(&self) -> &str {
        &self.text
    }

    pub(crate) fn structure(&self) -> &ParsedStructure {
        &self.structure
    }

    pub(crate) fn graph(&self) -> Result<MolecularGraph, SmilesError> {
        library::graph(&self.structure).map_err(|refusal| self.refused(refusal))
    }

    /// Returns the canonical SMILES: the one that RDKit writes. Salts, charges, isotopes
    /// and stereo are part of it, tautomers differ; [`Molecule::standardised`] takes off
    /// salts and charges.
    ///
    /// # Errors
    ///
    /// Where the library fails.
    pub fn canonical(&self) -> Result<&str, SmilesError> {
        if let Some(known) = self.canonical.get() {
            return Ok(known);
        }
        let first = library::canonical(&self.structure);
        let first = first.map_err(|refusal| self.refused(refusal))?;
        Ok(self.canonical.get_or_init(|| first))
    }

    /// Returns the key of the structure: that of its canonical SMILES.
    ///
    /// # Errors
    ///
    /// As [`Molecule::canonical`].
    pub fn key(&self) -> Result<Key, SmilesError> {
        let mut builder = KeyBuilder::new();
        builder.text("molecule");
        builder.text(self.canonical()?);
        Ok(builder.finish())
    }

    /// Counts the Morgan environments of the atoms (Rogers & Hahn 2010), as RDKit numbers
    /// them.
    ///
    /// # Errors
    ///
    /// Where the library cannot follow RDKit.
    pub fn environments(&self, options: MorganOptions) -> Result<EnvironmentCounts, SmilesError> {
        let counts = library::morgan(&self.structure, options.radius(), options.chirality());
        let counts = counts.map_err(|refusal| self.refused(refusal))?;
        Ok(EnvironmentCounts::of(counts))
    }

    /// Returns the Murcko scaffold as canonical SMILES without stereo: the rings and what
    /// links them (Bemis & Murcko 1996), with atoms that are double-bonded to these. It is
    /// empty for a molecule without rings.
    ///
    /// # Errors
    ///
    /// Where the library fails.
    pub fn scaffold(&self) -> Result<String, SmilesError> {
        library::scaffold(&self.structure).map_err(|refusal| self.refused(refusal))
    }

    pub(crate) fn refused(&self, refusal: StructureRefusal) -> SmilesError {
        explained(&self.text, &self.atoms, refusal)
    }
}

/// The text without numbers of atom maps.
fn without_maps(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut inside = false;
    let mut mapped = false;
    for sign in text.chars() {
        match sign {
            '[' => inside = true,
            ']' => (inside, mapped) = (false, false),
            ':' if inside => mapped = true,
            _ => {}
        }
        if !mapped {
            kept.push(sign);
        }
    }
    kept
}

/// A refusal in the words of an error, with the place of the atom.
fn explained(text: &str, atoms: &[AtomToken], refusal: StructureRefusal) -> SmilesError {
    let (token, problem) = match refusal {
        StructureRefusal::Text(byte, words) => {
            let at = byte.and_then(|byte| text.get(..byte));
            let at = at.map(|before| before.chars().count());
            return SmilesError::new(text, at, SmilesProblem::Refused(words));
        }
        StructureRefusal::AromaticBond => {
            return SmilesError::new(text, None, SmilesProblem::AromaticBond);
        }
        StructureRefusal::Other(words) => {
            return SmilesError::new(text, None, SmilesProblem::Refused(words));
        }
        StructureRefusal::Valence(atom, element, valence) => {
            let token = heavy(text, atoms, atom, element.as_deref());
            let name = token.map_or_else(|| element.unwrap_or_default(), |t| t.text(text));
            (token, SmilesProblem::Valence(name, valence))
        }
        StructureRefusal::Aromatic(atom) => {
            let token = heavy(text, atoms, atom, None);
            let name = token.map_or_else(String::new, |t| t.text(text));
            (token, SmilesProblem::Aromatic(name))
        }
        StructureRefusal::AromaticChain(atom) => {
            let token = heavy(text, atoms, atom, None);
            let name = token.map_or_else(String::new, |t| t.text(text));
            (token, SmilesProblem::AromaticChain(name))
        }
    };
    SmilesError::new(text, token.map(|token| token.at), problem)
}

/// The atom of a position as the library counts: without hydrogens that it merges into
/// their neighbours. Where the element is another, it counts all atoms.
fn heavy(
    smiles: &str,
    atoms: &[AtomToken],
    position: usize,
    element: Option<&str>,
) -> Option<AtomToken> {
    let merged = |token: &AtomToken| token.text(smiles) == "[H]";
    let of_element = |token: &AtomToken| {
        element.is_none_or(|element| {
            let text = token.text(smiles).to_ascii_lowercase();
            text.contains(&element.to_ascii_lowercase())
        })
    };
    let first = atoms.iter().filter(|token| !merged(token)).nth(position);
    let first = first.copied().filter(of_element);
    first.or_else(|| atoms.get(position).copied().filter(of_element))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(smiles: &str) -> String {
        Molecule::read(smiles).unwrap_err().to_string()
    }

    #[test]
    fn threads_share_molecules() {
        fn shared<T: Send + Sync>() {}
        shared::<Molecule>();
    }

    #[test]
    fn chemistry_has_a_place_too() {
        assert_eq!(
            message("CCC(C)(C)(C)CCl"),
            "SMILES 'CCC(C)(C)(C)CCl', character 3: the atom 'C' has 5 bonds, hydrogens \
             included, which are too many"
        );
        assert_eq!(
            message("[H]OC[N](C)(C)C"),
            "SMILES '[H]OC[N](C)(C)C', character 6: the atom '[N]' has 4 bonds, hydrogens \
             included, which are too many"
        );
        assert_eq!(
            message("CCc1cccc1"),
            "SMILES 'CCc1cccc1', character 3: the ring of the aromatic atom 'c' has no \
             alternating double bonds"
        );
        assert_eq!(
            message("CCcc"),
            "SMILES 'CCcc', character 3: the aromatic atom 'c' is in no ring"
        );
    }

    #[test]
    fn blanks_around_and_atom_maps_do_not_count() {
        let plain = Molecule::read("CCO").unwrap();
        for spelling in [" CCO\t", "[CH3:1][CH2:20][OH:3]", "[H]OCC"] {
            let molecule = Molecule::read(spelling).unwrap();
            assert_eq!(molecule.key().unwrap(), plain.key().unwrap(), "{spelling}");
            assert_eq!(molecule.smiles(), spelling.trim());
        }
    }

    #[test]
    fn what_makes_a_structure_is_told_apart() {
        let kinds = [
            "C[C@H](N)C(=O)O",
            "C[C@@H](N)C(=O)O",
            "CC(N)C(=O)O",
            "C[C@H]([NH3+])C(=O)[O-]",
            "C[C@H](N)C(=O)O.Cl",
            "[13CH3][C@H](N)C(=O)O",
        ];
        let mut keys: Vec<Key> = kinds
            .iter()
            .map(|smiles| Molecule::read(smiles).unwrap().key().unwrap())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), kinds.len());
    }

    #[test]
    fn scaffolds_are_rings_and_links() {
        let scaffold = |smiles: &str| Molecule::read(smiles).unwrap().scaffold().unwrap();
        assert_eq!(scaffold("CCc1ccc(CC2CCCC2)cc1Cl"), "c1ccc(CC2CCCC2)cc1");
        assert_eq!(scaffold("CCO"), "");
        assert_eq!(scaffold("C[C@H]1CCC[C@@H]2[C@H]1CCCC2"), "C1CCC2CCCCC2C1");
    }
}
