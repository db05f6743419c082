//! Stereo that the places of atoms and the wedges of bonds show.

use std::collections::VecDeque;

use super::connection::{ConnectionTable, DrawnBond, Order};

/// What stands for the neighbour that is no atom of the table: a hydrogen or a lone pair.
pub(crate) const HIDDEN: usize = usize::MAX;

/// A stereo centre: seen from the first neighbour, the others follow each other
/// anticlockwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Centre {
    pub(crate) neighbours: [usize; 4],
}

/// A double bond whose sides are known: a neighbour of each end, and whether both are on the
/// same side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SidedBond {
    pub(crate) bond: usize,
    pub(crate) beside: [usize; 2],
    pub(crate) same_side: bool,
}

type Vector = [f64; 3];

fn minus(a: Vector, b: Vector) -> Vector {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn cross(a: Vector, b: Vector) -> Vector {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// A vector of length 1; `None` of none.
fn direction(vector: Vector) -> Option<Vector> {
    let length = dot(vector, vector).sqrt();
    (length > 1e-6).then(|| vector.map(|part| part / length))
}

/// The stereo centre at an atom, if places or wedges show one.
pub(crate) fn centre(table: &ConnectionTable, atom: usize) -> Option<Centre> {
    let this = &table.atoms[atom];
    let hydrogens = table.hydrogens(atom);
    let neighbours: Vec<usize> = table.neighbours(atom).collect();
    let total = neighbours.len() + hydrogens as usize;
    let bonds = || this.bonds.iter().map(|&bond| &table.bonds[bond]);
    let pair = matches!(this.element, 7 | 15 | 16 | 33 | 34) && hydrogens == 0;
    let possible = match neighbours.len() {
        4 => total == 4,
        3 => total == 4 || total == 3 && pair && (!table.solid || this.element != 7),
        _ => false,
    };
    let metal = bonds().any(|bond| bond.order == Order::Dative);
    let flat = this.element == 6 && bonds().any(|bond| bond.order != Order::Single);
    let aromatic = bonds().any(|bond| bond.order == Order::Aromatic);
    if !possible || metal || flat || aromatic {
        return None;
    }
    let at_this = |drawn| bonds().any(move |bond| bond.drawn == drawn && bond.ends[0] == atom);
    if at_this(DrawnBond::Either) {
        return None;
    }
    let wedged = at_this(DrawnBond::Up) || at_this(DrawnBond::Down);
    if !table.solid && !wedged {
        return None;
    }
    let mut directions = Vec::with_capacity(4);
    for bond in bonds() {
        let mut vector = minus(table.atoms[bond.other(atom)].place, this.place);
        if !table.solid {
            vector[2] = 0.0;
        }
        let mut vector = direction(vector)?;
        if !table.solid && bond.ends[0] == atom {
            vector[2] = match bond.drawn {
                DrawnBond::Up => 1.0,
                DrawnBond::Down => -1.0,
                _ => 0.0,
            };
        }
        directions.push(vector);
    }
    let volume = match directions[..] {
        [a, b, c] => dot(a, cross(b, c)),
        [a, b, c, d] => dot(minus(a, d), cross(minus(b, d), minus(c, d))),
        _ => return None,
    };
    if volume.abs() < if table.solid { 0.1 } else { 1e-3 } {
        return None;
    }
    let mut order = [HIDDEN; 4];
    order[..neighbours.len()].copy_from_slice(&neighbours);
    if volume < 0.0 {
        order.swap(0, 1);
    }
    Some(Centre { neighbours: order })
}

/// Whether a bond is in a ring of fewer than eight atoms, which is always cis.
fn in_small_ring(table: &ConnectionTable, bond: usize) -> bool {
    let [from, to] = table.bonds[bond].ends;
    let mut seen = vec![from];
    let mut queue = VecDeque::from([(from, 0)]);
    while let Some((atom, steps)) = queue.pop_front() {
        for &next in &table.atoms[atom].bonds {
            let other = table.bonds[next].other(atom);
            if next == bond || seen.contains(&other) {
                continue;
            }
            if other == to {
                return true;
            }
            if steps < 5 {
                seen.push(other);
                queue.push_back((other, steps + 1));
            }
        }
    }
    false
}

/// The double bonds whose sides the places of atoms show.
pub(crate) fn sided_bonds(table: &ConnectionTable) -> Vec<SidedBond> {
    let all = 0..table.bonds.len();
    all.filter_map(|bond| sided(table, bond)).collect()
}

fn sided(table: &ConnectionTable, bond: usize) -> Option<SidedBond> {
    let this = &table.bonds[bond];
    if this.order != Order::Double || this.drawn == DrawnBond::Either || in_small_ring(table, bond)
    {
        return None;
    }
    let axis = direction(minus(
        table.atoms[this.ends[1]].place,
        table.atoms[this.ends[0]].place,
    ))?;
    let mut beside = [0; 2];
    let mut sides = [[0.0; 3]; 2];
    for (end, atom) in this.ends.into_iter().enumerate() {
        let others = table.atoms[atom]
            .bonds
            .iter()
            .filter(|&&other| other != bond);
        let others: Vec<usize> = others.copied().collect();
        if others.is_empty() || others.len() > 2 {
            return None;
        }
        for &other in &others {
            let other = &table.bonds[other];
            let single = matches!(other.order, Order::Single | Order::Aromatic);
            if !single || other.drawn == DrawnBond::Either && other.ends[0] == atom {
                return None;
            }
        }
        // The part of the direction that is across the bond.
        let side = |&other: &usize| {
            let neighbour = table.bonds[other].other(atom);
            let way = direction(minus(table.atoms[neighbour].place, table.atoms[atom].place))?;
            let along = dot(way, axis);
            let across = minus(way, axis.map(|part| part * along));
            (dot(across, across) > 1e-4).then_some((neighbour, across))
        };
        let found: Vec<(usize, Vector)> = others.iter().filter_map(side).collect();
        if let [(_, one), (_, other)] = found[..]
            && dot(one, other) > 0.0
        {
            return None;
        }
        let &(neighbour, across) = found.first()?;
        (beside[end], sides[end]) = (neighbour, across);
    }
    let product = dot(sides[0], sides[1]);
    Some(SidedBond {
        bond,
        beside,
        same_side: product > 0.0,
    })
}
