//! The chemistry library, chematic 1.2.1, behind functions of our own: no other file
//! names it.
//!
//! Only its functions that follow RDKit are called (`rdkit_*`); those with plain names
//! give other bits and other canonical forms. A panic of the library becomes an error:
//! nothing that is called here is left in between, since each call makes new values.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chematic::core::{AtomIdx, BondOrder, Molecule as LibraryMolecule, implicit_hcount};
use chematic::fp::{RdkitMorganConfig, RdkitMorganRadius, rdkit_morgan_fingerprint};
use chematic::perception::apply_aromaticity_rdkit_parity_shared;
use chematic::smiles::{
    self, RdkitMolView, RdkitSmilesError, RdkitSmilesParams, SmilesError as LibraryError,
    SmilesParseLimits,
};

use crate::error::{MOST_ATOMS, MOST_CHARACTERS};
use crate::graph::{BondKind, GraphAtom, GraphBond, MolecularGraph};
use crate::morgan::{DATIVE, MorganAtom, MorganBond, environments};

/// Why the library refuses a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StructureRefusal {
    /// The byte of the text where reading stopped.
    Text(Option<usize>, String),
    /// An atom, counted from 0, of an element, with so many bonds.
    Valence(usize, Option<String>, u32),
    /// An aromatic atom, counted from 0, whose ring has no alternating bonds.
    Aromatic(usize),
    /// An aromatic atom, counted from 0, outside of rings.
    AromaticChain(usize),
    /// An aromatic bond between atoms that are not aromatic.
    AromaticBond,
    /// Another reason, in the library's words.
    Other(String),
}

/// A structure that the library has read and accepted.
#[derive(Clone)]
pub(crate) struct ParsedStructure {
    molecule: LibraryMolecule,
    /// The order of each bond as RDKit sets it; `None` for bonds to hydrogens that it merges.
    orders: Vec<Option<BondOrder>>,
    /// Of each atom whether it is aromatic, its charge and its hydrogens; `None` for
    /// hydrogens that RDKit merges.
    atoms: Vec<Option<(bool, i8, u8)>>,
}

impl fmt::Debug for ParsedStructure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Structure of {} atoms", self.molecule.atom_count())
    }
}

/// The result of a call, a panic turned into an error.
fn guarded<T>(call: impl FnOnce() -> Result<T, StructureRefusal>) -> Result<T, StructureRefusal> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
        Err(StructureRefusal::Other(
            "the chemistry library failed".into(),
        ))
    })
}

/// Reads a SMILES and checks valences and aromaticity.
pub(crate) fn parse(text: &str) -> Result<ParsedStructure, StructureRefusal> {
    let limits = SmilesParseLimits {
        max_input_bytes: 4 * MOST_CHARACTERS,
        max_atoms: MOST_ATOMS,
        max_bonds: 4 * MOST_ATOMS,
    };
    guarded(|| {
        let molecule = smiles::parse_with_limits(text, &limits).map_err(refusal_of_text)?;
        let model = smiles::rdkit_sanitized_model(&molecule).map_err(refusal_of_structure)?;
        let aromatic = |index: AtomIdx| {
            let atom = model.atoms.get(index.0 as usize).copied().flatten();
            atom.is_some_and(|(aromatic, ..)| aromatic)
        };
        // RDKit reads such bonds, and counts them in ways that nothing else can follow.
        for ((_, bond), order) in molecule.bonds().zip(&model.bonds) {
            let both = aromatic(bond.atom1) && aromatic(bond.atom2);
            if *order == Some(BondOrder::Aromatic) && !both {
                return Err(StructureRefusal::AromaticBond);
            }
        }
        Ok(ParsedStructure {
            molecule,
            orders: model.bonds,
            atoms: model.atoms,
        })
    })
}

/// The canonical SMILES, as RDKit writes it.
pub(crate) fn canonical(structure: &ParsedStructure) -> Result<String, StructureRefusal> {
    guarded(|| smiles::rdkit_canonical_smiles(&structure.molecule).map_err(refusal_of_structure))
}

/// The canonical SMILES of the Murcko scaffold without stereo and isotopes; empty without rings.
pub(crate) fn scaffold(structure: &ParsedStructure) -> Result<String, StructureRefusal> {
    guarded(|| {
        let scaffold =
            smiles::rdkit_murcko_scaffold(&structure.molecule).map_err(refusal_of_structure)?;
        // An isotope is a number after a bracket.
        let isotope = |pair: &[u8]| pair[0] == b'[' && pair[1].is_ascii_digit();
        let isotopes = scaffold.as_bytes().windows(2).any(isotope);
        if !isotopes && !scaffold.contains(['@', '/', '\\']) {
            return Ok(scaffold);
        }
        let molecule = smiles::parse(&scaffold).map_err(refusal_of_text)?;
        let flat = RdkitSmilesParams {
            isomeric: false,
            ..RdkitSmilesParams::default()
        };
        smiles::rdkit_smiles(&molecule, &flat).map_err(refusal_of_structure)
    })
}

/// A molfile with the places and wedges that RDKit would write.
pub(crate) fn drawn_table(structure: &ParsedStructure) -> Result<String, StructureRefusal> {
    guarded(|| smiles::rdkit_mol_block_2d(&structure.molecule).map_err(refusal_of_structure))
}

/// Identifiers of the Morgan environments up to a radius and their counts, by identifier.
pub(crate) fn morgan(
    structure: &ParsedStructure,
    radius: u8,
    chirality: bool,
) -> Result<Vec<(u32, u32)>, StructureRefusal> {
    let isotopes = structure.molecule.atoms();
    let isotopes = isotopes.filter(|(_, atom)| atom.isotope.is_some()).count();
    if !chirality && isotopes == 0 {
        return Ok(checked_environments(structure, radius));
    }
    let config = RdkitMorganConfig {
        radius: match radius {
            0 => RdkitMorganRadius::R0,
            1 => RdkitMorganRadius::R1,
            2 => RdkitMorganRadius::R2,
            _ => RdkitMorganRadius::R3,
        },
        include_chirality: chirality,
        ..RdkitMorganConfig::default()
    };
    guarded(|| {
        if follows_rdkit(structure) {
            return counts_of(structure, &config);
        }
        let text = smiles::rdkit_canonical_smiles(&structure.molecule);
        let canonical = parse(&text.map_err(refusal_of_structure)?)?;
        if !follows_rdkit(&canonical) {
            let words = "its rings are aromatic by one rule, and not by another";
            return Err(StructureRefusal::Other(words.into()));
        }
        counts_of(&canonical, &config)
    })
}

/// Environments of the atoms and bonds that were checked.
fn checked_environments(structure: &ParsedStructure, radius: u8) -> Vec<(u32, u32)> {
    let mut positions = vec![usize::MAX; structure.atoms.len()];
    let mut atoms = Vec::with_capacity(positions.len());
    for ((index, atom), known) in structure.molecule.atoms().zip(&structure.atoms) {
        let Some((_, charge, hydrogens)) = *known else {
            continue;
        };
        positions[index.0 as usize] = atoms.len();
        atoms.push(MorganAtom {
            element: if atom.wildcard {
                0
            } else {
                atom.element.atomic_number()
            },
            hydrogens: u32::from(hydrogens),
            charge: i32::from(charge),
        });
    }
    let bonds = structure.molecule.bonds().zip(&structure.orders);
    let bonds = bonds.filter_map(|((_, bond), order)| {
        let kind = match (*order)? {
            BondOrder::Aromatic => 12,
            BondOrder::Double => 2,
            BondOrder::Triple => 3,
            BondOrder::Quadruple => 4,
            BondOrder::Dative => DATIVE,
            _ => 1,
        };
        let ends = [bond.atom1, bond.atom2].map(|end| positions[end.0 as usize]);
        (!ends.contains(&usize::MAX)).then_some(MorganBond { ends, kind })
    });
    let bonds: Vec<MorganBond> = bonds.collect();
    environments(&atoms, &bonds, radius)
}

fn counts_of(
    structure: &ParsedStructure,
    config: &RdkitMorganConfig,
) -> Result<Vec<(u32, u32)>, StructureRefusal> {
    let fingerprint = rdkit_morgan_fingerprint(&structure.molecule, config)
        .map_err(|error| StructureRefusal::Other(error.to_string()))?;
    let counts: BTreeMap<u32, u32> = fingerprint.sparse_counts.into_iter().collect();
    Ok(counts.into_iter().collect())
}

/// Whether fingerprints are made of the atoms and bonds of the checked structure. The
/// library has two ports of RDKit's rules; they differ for some structures that hardly
/// exist, such as quadruple bonds in rings or seven-membered rings with phosphorus.
fn follows_rdkit(structure: &ParsedStructure) -> bool {
    let view = apply_aromaticity_rdkit_parity_shared(&structure.molecule);
    let Ok(view) = view.as_ref() else {
        return false;
    };
    let flat = |order: BondOrder| match order {
        BondOrder::Up | BondOrder::Down => BondOrder::Single,
        order => order,
    };
    let mut bonds = view.bonds().zip(&structure.orders);
    let bonds_agree =
        bonds.all(|((_, bond), order)| order.is_some_and(|order| flat(order) == flat(bond.order)));
    let mut atoms = view.atoms().zip(&structure.atoms);
    let atoms_agree = atoms.all(|((index, atom), known)| {
        *known == Some((atom.aromatic, atom.charge, implicit_hcount(view, index)))
    });
    let whole = view.bond_count() == structure.orders.len();
    whole && view.atom_count() == structure.atoms.len() && bonds_agree && atoms_agree
}

/// The estimate of log P by atom contributions (Wildman & Crippen 1999).
pub(crate) fn log_p(structure: &ParsedStructure) -> Result<f64, StructureRefusal> {
    guarded(|| {
        let estimate = smiles::rdkit_crippen_logp_mr(&structure.molecule);
        let missing = || StructureRefusal::Other("an atom has no contribution to log P".into());
        estimate.map(|(log_p, _)| log_p).ok_or_else(missing)
    })
}

/// The structure as a plain graph.
pub(crate) fn graph(structure: &ParsedStructure) -> Result<MolecularGraph, StructureRefusal> {
    guarded(|| {
        let view = smiles::rdkit_mol_view(&structure.molecule).map_err(refusal_of_structure)?;
        let (bonds, neighbours) = bonds_of(&view);
        let atoms = view.atoms.iter().zip(neighbours);
        let atoms = atoms.map(|(atom, neighbours)| GraphAtom {
            element: u8::try_from(atom.atomic_num).unwrap_or(0),
            charge: atom.formal_charge,
            aromatic: atom.is_aromatic,
            hydrogens: atom.total_num_hs_with_neighbors,
            implicit_hydrogens: atom.total_num_hs,
            neighbours,
        });
        let isotopes = structure
            .molecule
            .atoms()
            .filter(|(_, atom)| !atom.wildcard);
        let isotopes = isotopes.filter_map(|(_, atom)| {
            let mass = atom.isotope.filter(|&mass| mass > 0)?;
            Some((atom.element.atomic_number(), mass))
        });
        Ok(MolecularGraph {
            atoms: atoms.collect(),
            bonds,
            rings: view.atom_rings,
            isotopes: isotopes.collect(),
        })
    })
}

/// The bonds, and of each atom its neighbours with the positions of the bonds to them.
fn bonds_of(view: &RdkitMolView) -> (Vec<GraphBond>, Vec<Vec<(usize, usize)>>) {
    let mut bonds = Vec::with_capacity(view.bonds.len());
    let mut neighbours = vec![Vec::new(); view.atoms.len()];
    for (position, bond) in view.bonds.iter().enumerate() {
        neighbours[bond.begin].push((bond.end, position));
        neighbours[bond.end].push((bond.begin, position));
        let kind = match bond.bond_type {
            2 => BondKind::Double,
            3 => BondKind::Triple,
            4 => BondKind::Quadruple,
            12 => BondKind::Aromatic,
            17 => BondKind::Dative,
            _ => BondKind::Single,
        };
        bonds.push(GraphBond {
            begin: bond.begin,
            kind,
            aromatic: bond.is_aromatic,
            in_ring: false,
        });
    }
    for &bond in view.bond_rings.iter().flatten() {
        bonds[bond].in_ring = true;
    }
    (bonds, neighbours)
}

/// An atom with a charge, for [`recharged`].
pub(crate) struct ChargedAtom {
    /// Its position in the structure.
    pub(crate) position: usize,
    pub(crate) element: u8,
    pub(crate) charge: i32,
    /// Hydrogens written at it.
    pub(crate) hydrogens: u8,
    pub(crate) neighbours: Vec<usize>,
}

/// The atoms with charges, in the order of the text.
pub(crate) fn charged_atoms(structure: &ParsedStructure) -> Vec<ChargedAtom> {
    let molecule = &structure.molecule;
    let charged = molecule
        .atoms()
        .filter(|(_, atom)| atom.charge != 0 && !atom.wildcard);
    let charged = charged.map(|(index, atom)| ChargedAtom {
        position: index.0 as usize,
        element: atom.element.atomic_number(),
        charge: i32::from(atom.charge),
        hydrogens: atom.hydrogen_count.unwrap_or(0),
        neighbours: molecule
            .neighbors(index)
            .map(|(other, _)| other.0 as usize)
            .collect(),
    });
    charged.collect()
}

/// The structure with atoms that have become neutral, given by position and hydrogens.
pub(crate) fn recharged(
    structure: &ParsedStructure,
    neutral: &[(usize, u8)],
) -> Result<ParsedStructure, StructureRefusal> {
    guarded(|| {
        let mut molecule = structure.molecule.clone();
        for &(position, hydrogens) in neutral {
            let index = AtomIdx(u32::try_from(position).unwrap_or(u32::MAX));
            molecule.set_charge(index, 0);
            molecule.set_hydrogen_count(index, Some(hydrogens));
        }
        let text = smiles::rdkit_canonical_smiles(&molecule).map_err(refusal_of_structure)?;
        parse(&text)
    })
}

fn refusal_of_text(error: LibraryError) -> StructureRefusal {
    use LibraryError as E;
    let at = match &error {
        E::UnexpectedEnd { pos }
        | E::UnknownElement { pos, .. }
        | E::UnmatchedRingClosure { pos, .. }
        | E::UnmatchedExtendedRingClosure { pos, .. }
        | E::MismatchedParentheses { pos }
        | E::InvalidBracketAtom { pos, .. }
        | E::ConflictingRingBond { pos, .. }
        | E::ConflictingExtendedRingBond { pos, .. }
        | E::NestingTooDeep { pos }
        | E::UnexpectedCharacter { pos }
        | E::UnsupportedChiralityClass { pos, .. } => Some(*pos),
        E::InvalidValence {
            element,
            atom,
            valence,
            ..
        } => return StructureRefusal::Valence(*atom, Some((*element).to_owned()), *valence),
        _ => None,
    };
    StructureRefusal::Text(at, error.to_string())
}

/// Reads the library's sentence, which is RDKit's.
fn refusal_of_structure(error: RdkitSmilesError) -> StructureRefusal {
    let text = match error {
        RdkitSmilesError::Unsupported(text) | RdkitSmilesError::Sanitization(text) => text,
    };
    let words: Vec<&str> = text
        .split([' ', ',', ':'])
        .filter(|word| !word.is_empty())
        .collect();
    let numbers: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let (atom, second) = (numbers.first().copied(), numbers.get(1).copied());
    match (atom, second) {
        (Some(atom), Some(valence)) if text.starts_with("Explicit valence") => {
            let after = words.iter().position(|word| *word == "#");
            let element = after.and_then(|at| words.get(at + 2)).copied();
            let valence = u32::try_from(valence).unwrap_or(u32::MAX);
            StructureRefusal::Valence(atom, element.map(str::to_owned), valence)
        }
        (Some(atom), _) if text.starts_with("Can't kekulize") => StructureRefusal::Aromatic(atom),
        (Some(atom), _) if text.starts_with("non-ring atom") => {
            StructureRefusal::AromaticChain(atom)
        }
        _ => StructureRefusal::Other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_the_atom() {
        let refusal = |text: &str| parse(text).unwrap_err();
        let carbon = Some("C".to_owned());
        assert_eq!(
            refusal("CC(C)(C)(C)C"),
            StructureRefusal::Valence(1, carbon, 5)
        );
        assert_eq!(refusal("Cc1cccc1"), StructureRefusal::Aromatic(1));
        assert_eq!(refusal("Ccc"), StructureRefusal::AromaticChain(1));
        let oxygen = Some("O".to_owned());
        assert_eq!(refusal("CO(C)C"), StructureRefusal::Valence(1, oxygen, 3));
    }

    #[test]
    fn a_panic_is_an_error() {
        let failed = guarded::<()>(|| panic!("on purpose"));
        assert!(matches!(failed, Err(StructureRefusal::Other(_))));
    }
}
