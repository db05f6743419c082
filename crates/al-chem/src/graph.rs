//! A molecule as a plain graph, which the descriptors read.

/// The order of a bond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BondKind {
    Single,
    Double,
    Triple,
    Quadruple,
    Aromatic,
    /// From a donor to a metal: counts for no valence of the donor.
    Dative,
}

/// An atom; hydrogens are atoms only where they cannot be left out.
#[derive(Debug, Clone)]
pub(crate) struct GraphAtom {
    /// Atomic number; 0 for a dummy atom.
    pub(crate) element: u8,
    pub(crate) charge: i32,
    pub(crate) aromatic: bool,
    /// Hydrogens, those that are atoms of the graph included.
    pub(crate) hydrogens: u32,
    /// Hydrogens that are no atoms of the graph.
    pub(crate) implicit_hydrogens: u32,
    /// Neighbours and the positions of the bonds to them.
    pub(crate) neighbours: Vec<(usize, usize)>,
}

/// A bond between two atoms.
#[derive(Debug, Clone)]
pub(crate) struct GraphBond {
    pub(crate) begin: usize,
    pub(crate) kind: BondKind,
    /// Whether it is part of an aromatic ring; a triple bond may be, of its own kind.
    pub(crate) aromatic: bool,
    pub(crate) in_ring: bool,
}

/// Atoms, bonds and rings of a molecule, aromaticity and charges as RDKit assigns them.
#[derive(Debug, Clone)]
pub(crate) struct MolecularGraph {
    pub(crate) atoms: Vec<GraphAtom>,
    pub(crate) bonds: Vec<GraphBond>,
    /// The atoms of each ring of the symmetrised smallest set of smallest rings.
    pub(crate) rings: Vec<Vec<usize>>,
    /// Isotopes: the atomic number and the mass number.
    pub(crate) isotopes: Vec<(u8, u16)>,
}

impl MolecularGraph {
    /// The valence of an atom: orders of its bonds and hydrogens.
    pub(crate) fn valence(&self, atom: usize) -> f64 {
        let this = &self.atoms[atom];
        let bonds = this.neighbours.iter().map(|&(_, bond)| {
            let bond = &self.bonds[bond];
            match bond.kind {
                BondKind::Single => 1.0,
                BondKind::Double => 2.0,
                BondKind::Triple => 3.0,
                BondKind::Quadruple => 4.0,
                BondKind::Aromatic => 1.5,
                BondKind::Dative if bond.begin == atom => 0.0,
                BondKind::Dative => 1.0,
            }
        });
        bonds.sum::<f64>() + f64::from(this.implicit_hydrogens)
    }

    /// Bonds of an atom that are of a kind: the neighbour, and whether in a ring.
    pub(crate) fn bonded(
        &self,
        atom: usize,
        kind: BondKind,
    ) -> impl Iterator<Item = (usize, bool)> + '_ {
        let neighbours = self.atoms[atom].neighbours.iter();
        neighbours.filter_map(move |&(other, bond)| {
            let bond = &self.bonds[bond];
            (bond.kind == kind).then_some((other, bond.in_ring))
        })
    }

    /// Whether an atom is in a ring of three.
    pub(crate) fn in_ring_of_three(&self, atom: usize) -> bool {
        self.rings
            .iter()
            .any(|ring| ring.len() == 3 && ring.contains(&atom))
    }
}
