//! Topological polar surface (Ertl, Rohde & Selzer 2000).

use crate::graph::{BondKind, MolecularGraph};

/// What surrounds an atom: heavy neighbours, hydrogens, charge, and its single, double,
/// triple and aromatic bonds to heavy neighbours.
type Surroundings = (usize, u32, i32, [usize; 4]);

/// Contributions of nitrogen in Å², Table 1 of the paper.
const NITROGEN: [(Surroundings, f64); 24] = [
    ((1, 0, 0, [0, 0, 1, 0]), 23.79),
    ((1, 1, 0, [0, 1, 0, 0]), 23.85),
    ((1, 2, 0, [1, 0, 0, 0]), 26.02),
    ((1, 2, 1, [0, 1, 0, 0]), 25.59),
    ((1, 3, 1, [1, 0, 0, 0]), 27.64),
    ((2, 0, 0, [1, 1, 0, 0]), 12.36),
    ((2, 0, 0, [0, 1, 1, 0]), 13.60),
    ((2, 1, 0, [2, 0, 0, 0]), 12.03),
    ((2, 0, 1, [1, 0, 1, 0]), 4.36),
    ((2, 1, 1, [1, 1, 0, 0]), 13.97),
    ((2, 2, 1, [2, 0, 0, 0]), 16.61),
    ((2, 0, 0, [0, 0, 0, 2]), 12.89),
    ((2, 1, 0, [0, 0, 0, 2]), 15.79),
    ((2, 1, 1, [0, 0, 0, 2]), 14.14),
    ((3, 0, 0, [3, 0, 0, 0]), 3.24),
    ((3, 0, 0, [1, 2, 0, 0]), 11.68),
    ((3, 0, 1, [2, 1, 0, 0]), 3.01),
    ((3, 1, 1, [3, 0, 0, 0]), 4.44),
    ((3, 0, 0, [0, 0, 0, 3]), 4.41),
    ((3, 0, 0, [1, 0, 0, 2]), 4.93),
    ((3, 0, 0, [0, 1, 0, 2]), 8.39),
    ((3, 0, 1, [0, 0, 0, 3]), 4.10),
    ((3, 0, 1, [1, 0, 0, 2]), 3.88),
    ((4, 0, 1, [4, 0, 0, 0]), 0.0),
];

/// Contributions of nitrogen in a ring of three.
const NITROGEN_IN_THREE: [(Surroundings, f64); 2] = [
    ((2, 1, 0, [2, 0, 0, 0]), 21.94),
    ((3, 0, 0, [3, 0, 0, 0]), 3.01),
];

/// Contributions of oxygen.
const OXYGEN: [(Surroundings, f64); 5] = [
    ((1, 0, 0, [0, 1, 0, 0]), 17.07),
    ((1, 1, 0, [1, 0, 0, 0]), 20.23),
    ((1, 0, -1, [1, 0, 0, 0]), 23.06),
    ((2, 0, 0, [2, 0, 0, 0]), 9.23),
    ((2, 0, 0, [0, 0, 0, 2]), 13.14),
];

/// Contributions of oxygen in a ring of three.
const OXYGEN_IN_THREE: [(Surroundings, f64); 1] = [((2, 0, 0, [2, 0, 0, 0]), 12.53)];

/// The sum of the contributions of nitrogen and oxygen, in Å².
pub(super) fn surface(graph: &MolecularGraph) -> f64 {
    (0..graph.atoms.len())
        .map(|atom| contribution(graph, atom))
        .sum()
}

fn contribution(graph: &MolecularGraph, atom: usize) -> f64 {
    let this = &graph.atoms[atom];
    // Other surroundings: the line that the paper fits to its table.
    let (three, table, line): (&[_], &[_], [f64; 2]) = match this.element {
        7 => (&NITROGEN_IN_THREE, &NITROGEN, [30.5, 8.2]),
        8 => (&OXYGEN_IN_THREE, &OXYGEN, [28.5, 8.6]),
        _ => return 0.0,
    };
    let mut bonds = [0; 4];
    let mut neighbours = 0;
    for &(other, bond) in &this.neighbours {
        if graph.atoms[other].element == 1 {
            continue;
        }
        neighbours += 1;
        let bond = &graph.bonds[bond];
        match bond.kind {
            _ if bond.aromatic => bonds[3] += 1,
            BondKind::Single => bonds[0] += 1,
            BondKind::Double => bonds[1] += 1,
            BondKind::Triple => bonds[2] += 1,
            BondKind::Aromatic => bonds[3] += 1,
            BondKind::Quadruple | BondKind::Dative => {}
        }
    }
    let around: Surroundings = (neighbours, this.hydrogens, this.charge, bonds);
    let find = |table: &[(Surroundings, f64)]| {
        let found = table
            .iter()
            .find(|(surroundings, _)| *surroundings == around);
        found.map(|&(_, surface)| surface)
    };
    let in_three = graph.in_ring_of_three(atom).then(|| find(three)).flatten();
    in_three.or_else(|| find(table)).unwrap_or_else(|| {
        let [at_none, per_neighbour] = line;
        let line = at_none - neighbours as f64 * per_neighbour + f64::from(this.hydrogens) * 1.5;
        line.max(0.0)
    })
}
