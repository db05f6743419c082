//! Descriptors: numbers that describe a molecule as a whole.
//!
//! All are defined as RDKit 2026.09 defines them. Counts are equal to RDKit's;
//! [`DescriptorEntry::tolerance`] says how far the others may be from it.
//! `docs/MEASUREMENTS.md` has the largest differences that were found.

mod bonding;
mod polar;

use crate::elements;
use crate::error::SmilesError;
use crate::graph::MolecularGraph;
use crate::library;
use crate::molecule::Molecule;

/// A descriptor: what a column of it is called, and what it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DescriptorEntry {
    /// Its name, as part of a column's name.
    pub name: &'static str,
    /// Its unit; empty for a number without unit.
    pub unit: &'static str,
    /// What it is, in a line, with its source.
    pub doc: &'static str,
    /// The most by which it may differ from RDKit's.
    pub tolerance: f64,
}

/// The number of descriptors.
pub const N_DESCRIPTORS: usize = 9;

/// All descriptors, in the order of [`Molecule::descriptors`].
pub const DESCRIPTORS: [DescriptorEntry; N_DESCRIPTORS] = [
    entry("weight", "Da", "Average molecular weight.", 0.02),
    entry(
        "log_p",
        "",
        "Estimate of log P, octanol to water (Wildman & Crippen 1999).",
        1e-6,
    ),
    entry(
        "tpsa",
        "Å²",
        "Topological polar surface of N and O (Ertl, Rohde & Selzer 2000).",
        1e-6,
    ),
    entry("donors", "", "Hydrogen-bond donors.", 0.0),
    entry("acceptors", "", "Hydrogen-bond acceptors.", 0.0),
    entry(
        "rotatable_bonds",
        "",
        "Rotatable bonds, without amides and groups that look alike when turned.",
        0.0,
    ),
    entry(
        "rings",
        "",
        "Rings of the symmetrised smallest set of smallest rings.",
        0.0,
    ),
    entry("heavy_atoms", "", "Atoms that are no hydrogens.", 0.0),
    entry(
        "fraction_sp3",
        "",
        "Share of the carbon atoms with four neighbours, hydrogens included.",
        1e-6,
    ),
];

const fn entry(
    name: &'static str,
    unit: &'static str,
    doc: &'static str,
    tolerance: f64,
) -> DescriptorEntry {
    DescriptorEntry {
        name,
        unit,
        doc,
        tolerance,
    }
}

impl Molecule {
    /// Computes all [`DESCRIPTORS`], in their order.
    ///
    /// # Errors
    ///
    /// Where the library fails.
    pub fn descriptors(&self) -> Result<[f64; N_DESCRIPTORS], SmilesError> {
        let graph = self.graph()?;
        let log_p = library::log_p(self.structure()).map_err(|refusal| self.refused(refusal))?;
        Ok([
            rounded(weight(&graph)),
            rounded(log_p),
            rounded(polar::surface(&graph)),
            count(bonding::donors(&graph)),
            count(bonding::acceptors(&graph)),
            count(bonding::rotatable_bonds(&graph)),
            count(graph.rings.len()),
            count(heavy_atoms(&graph)),
            fraction_sp3(&graph),
        ])
    }
}

/// To nine decimals, which is all that the tables of contributions have: sums in another
/// order, as of another spelling, give the same number.
fn rounded(sum: f64) -> f64 {
    (sum * 1e9).round() / 1e9
}

fn count(n: usize) -> f64 {
    n as f64
}

fn heavy_atoms(graph: &MolecularGraph) -> usize {
    graph.atoms.iter().filter(|atom| atom.element > 1).count()
}

/// The sum of average atomic weights; isotopes that are written weigh what they are.
pub(crate) fn weight(graph: &MolecularGraph) -> f64 {
    let atoms = graph.atoms.iter().map(|atom| {
        elements::weight(atom.element) + f64::from(atom.implicit_hydrogens) * elements::weight(1)
    });
    let isotopes = graph.isotopes.iter().map(|&(element, mass_number)| {
        elements::isotope_mass(element, mass_number) - elements::weight(element)
    });
    atoms.sum::<f64>() + isotopes.sum::<f64>()
}

fn fraction_sp3(graph: &MolecularGraph) -> f64 {
    let carbons = graph.atoms.iter().filter(|atom| atom.element == 6);
    let (mut all, mut sp3) = (0_u32, 0_u32);
    for carbon in carbons {
        all += 1;
        let neighbours = carbon.neighbours.len() + carbon.implicit_hydrogens as usize;
        sp3 += u32::from(neighbours == 4);
    }
    if all == 0 {
        0.0
    } else {
        f64::from(sp3) / f64::from(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aspirin() {
        let aspirin = Molecule::read("CC(=O)Oc1ccccc1C(=O)O").unwrap();
        let found = aspirin.descriptors().unwrap();
        // RDKit 2026.09.
        let expected = [180.159, 1.3101, 63.6, 1.0, 3.0, 2.0, 1.0, 13.0, 1.0 / 9.0];
        for ((found, expected), entry) in found.iter().zip(expected).zip(DESCRIPTORS) {
            assert!((found - expected).abs() < 1e-9, "{}: {found}", entry.name);
        }
    }

    #[test]
    fn spellings_have_the_same_numbers() {
        let of = |smiles: &str| Molecule::read(smiles).unwrap().descriptors().unwrap();
        assert_eq!(of("CC(=O)O"), of("OC(C)=O"));
        assert_eq!(of("CN1CCC[C@H]1c1cccnc1"), of("n1cccc(c1)[C@@H]1CCCN1C"));
    }

    #[test]
    fn isotopes_weigh_what_they_are() {
        let weight_of = |smiles: &str| Molecule::read(smiles).unwrap().descriptors().unwrap()[0];
        assert!((weight_of("[2H]O[2H]") - 20.027_203_556).abs() < 1e-9);
        assert!((weight_of("[13CH4]") - 17.032).abs() < 1e-9);
    }
}
