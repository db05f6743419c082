//! Donors and acceptors of hydrogen bonds, and rotatable bonds, by the definitions of
//! RDKit's `Lipinski.cpp`, which are patterns there and rules on the graph here.

use crate::graph::{BondKind, MolecularGraph};

const NITROGEN: u8 = 7;
const OXYGEN: u8 = 8;
const PHOSPHORUS: u8 = 15;
const SULFUR: u8 = 16;

/// Whether an atom is one of these elements, and not aromatic.
fn aliphatic(graph: &MolecularGraph, atom: usize, elements: &[u8]) -> bool {
    let atom = &graph.atoms[atom];
    !atom.aromatic && elements.contains(&atom.element)
}

/// Neighbours by single bonds.
fn single(graph: &MolecularGraph, atom: usize) -> impl Iterator<Item = (usize, bool)> + '_ {
    graph.bonded(atom, BondKind::Single)
}

/// Neighbours by single bonds that are in no ring.
fn chain(graph: &MolecularGraph, atom: usize) -> impl Iterator<Item = usize> + '_ {
    single(graph, atom).filter_map(|(other, in_ring)| (!in_ring).then_some(other))
}

/// Whether a double bond leads to one of these elements.
fn double_to(graph: &MolecularGraph, atom: usize, elements: &[u8]) -> bool {
    let mut doubles = graph.bonded(atom, BondKind::Double);
    doubles.any(|(other, _)| aliphatic(graph, other, elements))
}

/// Atoms with a hydrogen to give: N, neutral O and S, aromatic NH.
pub(super) fn donors(graph: &MolecularGraph) -> usize {
    let donor = |at: usize| {
        let atom = &graph.atoms[at];
        let valence = graph.valence(at);
        match (atom.element, atom.aromatic) {
            (NITROGEN, false) => {
                atom.hydrogens > 0 && (valence == 3.0 || atom.charge == 1 && valence == 4.0)
            }
            (OXYGEN | SULFUR, false) | (NITROGEN, true) => atom.hydrogens == 1 && atom.charge == 0,
            _ => false,
        }
    };
    (0..graph.atoms.len()).filter(|&at| donor(at)).count()
}

/// Atoms with a pair of electrons to give. Not: OH and SH of acids, nitrogen whose pair is
/// part of an amide.
pub(super) fn acceptors(graph: &MolecularGraph) -> usize {
    const PULLING: [u8; 4] = [OXYGEN, NITROGEN, PHOSPHORUS, SULFUR];
    let acidic = |at: usize| double_to(graph, at, &PULLING);
    let amide_like = |at: usize| {
        let mut doubles = graph.bonded(at, BondKind::Double);
        doubles.any(|(other, in_ring)| !in_ring && aliphatic(graph, other, &PULLING))
    };
    let acceptor = |at: usize| {
        let atom = &graph.atoms[at];
        let valence = graph.valence(at);
        match (atom.element, atom.aromatic) {
            (OXYGEN | SULFUR, false) => match atom.hydrogens {
                _ if atom.charge == -1 => true,
                0 => valence == 2.0,
                1 => valence == 2.0 && single(graph, at).any(|(other, _)| !acidic(other)),
                _ => false,
            },
            (NITROGEN, false) => {
                valence == 3.0 && !single(graph, at).any(|(other, _)| amide_like(other))
            }
            (NITROGEN, true) => {
                atom.charge == 0 && atom.hydrogens == 0 && atom.neighbours.len() == 2
            }
            (OXYGEN | SULFUR, true) => atom.charge == 0,
            _ => false,
        }
    };
    (0..graph.atoms.len()).filter(|&at| acceptor(at)).count()
}

/// Single bonds outside of rings between atoms that have other neighbours, without triple
/// bonds, amides and their like, and groups that look alike when turned.
pub(super) fn rotatable_bonds(graph: &MolecularGraph) -> usize {
    let turns = |at: usize| {
        let ends = graph.atoms[at].neighbours.len() == 1;
        let triple = graph.bonded(at, BondKind::Triple).next().is_some();
        !ends && !triple && !is_methyl(graph, at) && !looks_alike(graph, at)
    };
    let bonds = (0..graph.atoms.len()).flat_map(|a| {
        let single = graph.bonded(a, BondKind::Single);
        let aromatic = graph.bonded(a, BondKind::Aromatic);
        let other = single
            .chain(aromatic)
            .filter(move |&(b, ring)| a < b && !ring);
        other.map(move |(b, _)| (a, b))
    });
    let rotatable =
        |a: usize, b: usize| turns(a) && turns(b) && !(stiff(graph, a) && stiff(graph, b));
    bonds.filter(|&(a, b)| rotatable(a, b)).count()
}

fn is_methyl(graph: &MolecularGraph, at: usize) -> bool {
    aliphatic(graph, at, &[6]) && graph.atoms[at].hydrogens == 3
}

/// Whether an atom is a carbon with three atoms of one halogen, or three methyl groups.
fn looks_alike(graph: &MolecularGraph, at: usize) -> bool {
    if !aliphatic(graph, at, &[6]) {
        return false;
    }
    let three = |alike: &dyn Fn(usize) -> bool| {
        single(graph, at).filter(|&(other, _)| alike(other)).count() >= 3
    };
    let of = |element: u8| three(&|other: usize| graph.atoms[other].element == element);
    of(9) || of(17) || of(35) || three(&|other: usize| is_methyl(graph, other))
}

/// Whether an atom is the carbon or the other end of a bond as in amides, esters, amidines
/// and amidinium.
fn stiff(graph: &MolecularGraph, at: usize) -> bool {
    stiff_carbon(graph, at) || stiff_partner(graph, at)
}

/// N of any kind, O, or S that is not an end.
fn partner(graph: &MolecularGraph, at: usize) -> bool {
    let atom = &graph.atoms[at];
    match atom.element {
        NITROGEN => true,
        OXYGEN => !atom.aromatic,
        SULFUR => !atom.aromatic && atom.neighbours.len() != 1,
        _ => false,
    }
}

fn carbonyl_like(graph: &MolecularGraph, at: usize) -> bool {
    aliphatic(graph, at, &[6])
        && graph.atoms[at].neighbours.len() == 3
        && double_to(graph, at, &[NITROGEN, OXYGEN, SULFUR])
}

fn amidinium_like(graph: &MolecularGraph, at: usize) -> bool {
    let charged =
        |other: usize| aliphatic(graph, other, &[NITROGEN]) && graph.atoms[other].charge == 1;
    aliphatic(graph, at, &[6])
        && graph.atoms[at].neighbours.len() == 3
        && graph
            .bonded(at, BondKind::Double)
            .any(|(other, _)| charged(other))
}

fn inner_nitrogen(graph: &MolecularGraph, at: usize) -> bool {
    graph.atoms[at].element == NITROGEN && graph.atoms[at].neighbours.len() != 1
}

fn stiff_carbon(graph: &MolecularGraph, at: usize) -> bool {
    carbonyl_like(graph, at) && chain(graph, at).any(|other| partner(graph, other))
        || amidinium_like(graph, at) && chain(graph, at).any(|other| inner_nitrogen(graph, other))
}

fn stiff_partner(graph: &MolecularGraph, at: usize) -> bool {
    partner(graph, at) && chain(graph, at).any(|other| carbonyl_like(graph, other))
        || inner_nitrogen(graph, at) && chain(graph, at).any(|other| amidinium_like(graph, other))
}
