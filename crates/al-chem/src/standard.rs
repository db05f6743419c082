//! Standardisation: the largest fragment, without charges that can be taken off.

use crate::descriptors::weight;
use crate::error::SmilesError;
use crate::graph::MolecularGraph;
use crate::library::{self, ChargedAtom};
use crate::molecule::Molecule;

/// Elements that take up hydrogens in place of a negative charge: C, N, O, F, P, S, Cl, As,
/// Se, Br, Te, I. Boron keeps its charge: with a hydrogen more it would have a bond more.
const TAKE_UP: [u8; 12] = [6, 7, 8, 9, 15, 16, 17, 33, 34, 35, 52, 53];

impl Molecule {
    /// Returns the parent structure: the largest fragment, neutralised. Tautomers, isotopes
    /// and stereo stay as they are.
    ///
    /// - The largest fragment has the most atoms, hydrogens included; of equal ones the
    ///   heaviest, then the first by canonical SMILES.
    /// - A positive atom gives up as many hydrogens as it has charges, if it has them.
    /// - A negative atom takes up hydrogens, unless it is bonded to a positive atom that
    ///   stays (as in nitro groups and N-oxides) or balances one that stays (as in
    ///   betaines; in canonical order where several could).
    ///
    /// # Errors
    ///
    /// Where the library fails.
    pub fn standardised(&self) -> Result<Molecule, SmilesError> {
        let canonical = self.canonical()?;
        let mut largest = None;
        if canonical.contains('.') {
            let fragments = canonical.split('.').map(Molecule::read);
            let mut best: Option<(usize, f64, Molecule)> = None;
            for fragment in fragments {
                let fragment = fragment?;
                let graph = fragment.graph()?;
                let (atoms, weight) = (all_atoms(&graph), weight(&graph));
                let better = best.as_ref().is_none_or(|(most, heaviest, first)| {
                    let order = atoms.cmp(most).then(weight.total_cmp(heaviest));
                    order
                        .then_with(|| first.smiles().cmp(fragment.smiles()))
                        .is_gt()
                });
                if better {
                    best = Some((atoms, weight, fragment));
                }
            }
            largest = best.map(|(.., fragment)| fragment);
        } else if library::charged_atoms(self.structure()).is_empty() {
            return Molecule::of(self.structure().clone());
        }
        let largest = match largest {
            Some(fragment) => fragment,
            // Atoms in canonical order, unless RDKit writes what it cannot read.
            None => match Molecule::read(canonical) {
                Ok(molecule) => molecule,
                Err(_) => Molecule::of(self.structure().clone())?,
            },
        };
        largest.neutralised()
    }

    /// Without the charges that can be taken off.
    fn neutralised(self) -> Result<Molecule, SmilesError> {
        let charged = library::charged_atoms(self.structure());
        let neutral = neutral_atoms(&charged);
        if neutral.is_empty() {
            return Ok(self);
        }
        if let Ok(structure) = library::recharged(self.structure(), &neutral) {
            return Molecule::of(structure);
        }
        // Some atom has no room for a hydrogen, such as P in PF6-: the others one by one.
        let mut taken = Vec::new();
        let mut last = None;
        for atom in neutral {
            taken.push(atom);
            match library::recharged(self.structure(), &taken) {
                Ok(structure) => last = Some(structure),
                Err(_) => {
                    taken.pop();
                }
            }
        }
        last.map_or(Ok(self), Molecule::of)
    }
}

/// Atoms with all hydrogens.
fn all_atoms(graph: &MolecularGraph) -> usize {
    let atoms = graph.atoms.iter();
    atoms.map(|atom| 1 + atom.implicit_hydrogens as usize).sum()
}

/// Which atoms become neutral, with the hydrogens that they then have.
fn neutral_atoms(charged: &[ChargedAtom]) -> Vec<(usize, u8)> {
    let mut neutral = Vec::new();
    let mut kept = Vec::new();
    let mut surplus = 0;
    for atom in charged.iter().filter(|atom| atom.charge > 0) {
        let given = u8::try_from(atom.charge).ok();
        match given.and_then(|given| atom.hydrogens.checked_sub(given)) {
            Some(left) => neutral.push((atom.position, left)),
            None => {
                kept.push(atom.position);
                surplus += atom.charge;
            }
        }
    }
    let negative = charged.iter().filter(|atom| atom.charge < 0);
    let beside = |atom: &&ChargedAtom| atom.neighbours.iter().any(|other| kept.contains(other));
    let (bonded, free): (Vec<&ChargedAtom>, Vec<_>) = negative.partition(beside);
    surplus += bonded.iter().map(|atom| atom.charge).sum::<i32>();
    for atom in free {
        if surplus > 0 {
            surplus += atom.charge;
            continue;
        }
        let taken = u8::try_from(-atom.charge).unwrap_or(0);
        if TAKE_UP.contains(&atom.element) {
            neutral.push((atom.position, atom.hydrogens.saturating_add(taken)));
        }
    }
    neutral
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salts_and_charges_come_off() {
        let cases = [
            ("CC(=O)[O-].[Na+]", "CC(=O)O"),
            ("Cl.CCN", "CCN"),
            ("C[NH3+].[Cl-]", "CN"),
            ("[NH3+]CC(=O)[O-]", "NCC(=O)O"),
            ("C[N+](C)(C)CC(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]"),
            ("C[N+](C)(C)C.[Br-]", "C[N+](C)(C)C"),
            ("C[N+](=O)[O-]", "C[N+](=O)[O-]"),
            ("c1cc[nH+]cc1", "c1ccncc1"),
            ("c1ccc[n-]1", "c1cc[nH]c1"),
            ("F[B-](F)(F)F.[Na+]", "F[B-](F)(F)F"),
            ("F[P-](F)(F)(F)(F)F", "F[P-](F)(F)(F)(F)F"),
            (
                "[O-]c1ccccc1[P-](F)(F)(F)(F)F",
                "Oc1ccccc1[P-](F)(F)(F)(F)F",
            ),
            ("C[C@H](N)C(=O)[O-]", "C[C@H](N)C(=O)O"),
            ("[Na+].[Cl-]", "Cl"),
            ("NC(N)=N.OC(O)=O", "NC(N)=N"),
        ];
        for (smiles, expected) in cases {
            let parent = Molecule::read(smiles).unwrap().standardised().unwrap();
            let expected = Molecule::read(expected).unwrap();
            assert_eq!(parent.canonical(), expected.canonical(), "{smiles}");
        }
    }

    #[test]
    fn tautomers_stay() {
        let parent = |smiles: &str| {
            let parent = Molecule::read(smiles).unwrap().standardised().unwrap();
            parent.canonical().unwrap().to_owned()
        };
        assert_ne!(parent("Oc1ccccn1"), parent("O=c1cccc[nH]1"));
    }
}
