//! Morgan environments without chirality, numbered as RDKit numbers them.
//!
//! An atom begins with a hash of its own properties; each round hashes it together with
//! its bonds and neighbours (Rogers & Hahn 2010, with RDKit's hash). An environment that
//! covers the same bonds as an earlier one is not counted, and its atom is out. The
//! library does the same; this is a third of its time, and reads the very atoms and bonds
//! that were checked.

/// An atom as environments see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MorganAtom {
    /// Atomic number; 0 for a dummy atom.
    pub(crate) element: u8,
    /// Hydrogens that are no atoms of their own.
    pub(crate) hydrogens: u32,
    pub(crate) charge: i32,
}

/// A bond between two atoms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MorganBond {
    pub(crate) ends: [usize; 2],
    /// RDKit's number of the bond's type.
    pub(crate) kind: u32,
}

/// RDKit's number of a bond from a donor to a metal, which closes no ring.
pub(crate) const DATIVE: u32 = 17;

/// Identifiers of the environments up to a radius with their counts, by identifier.
pub(crate) fn environments(
    atoms: &[MorganAtom],
    bonds: &[MorganBond],
    radius: u8,
) -> Vec<(u32, u32)> {
    let n = atoms.len();
    let mut neighbours: Vec<Vec<(usize, usize)>> = vec![Vec::new(); n];
    for (position, bond) in bonds.iter().enumerate() {
        let [a, b] = bond.ends;
        neighbours[a].push((b, position));
        neighbours[b].push((a, position));
    }
    let mut current = properties(atoms, &neighbours, &ring_atoms(&neighbours, bonds));
    let mut found = current.clone();

    // Which bonds the environment of each atom covers, as bits.
    let width = bonds.len().div_ceil(64).max(1);
    let mut covered = vec![0_u64; n * width];
    let mut seen: Vec<u64> = Vec::with_capacity(3 * n * width);
    let mut out = vec![false; n];
    let mut around: Vec<(u32, u32)> = Vec::new();
    for round in 0..u32::from(radius) {
        let mut next = vec![0; n];
        let mut next_covered = covered.clone();
        let mut candidates: Vec<(u32, usize)> = Vec::with_capacity(n);
        for at in 0..n {
            if out[at] || neighbours[at].is_empty() {
                continue;
            }
            around.clear();
            let mine = &mut next_covered[at * width..(at + 1) * width];
            for &(other, bond) in &neighbours[at] {
                mine[bond / 64] |= 1 << (bond % 64);
                let theirs = &covered[other * width..(other + 1) * width];
                mine.iter_mut().zip(theirs).for_each(|(a, b)| *a |= b);
                around.push((bonds[bond].kind, current[other]));
            }
            around.sort_unstable();
            let pairs = around
                .iter()
                .map(|&(kind, hash)| combine(combine(0, kind), hash));
            next[at] = pairs.fold(combine(round, current[at]), combine);
            candidates.push((next[at], at));
        }
        // Of environments of one round that cover the same bonds, the least counts.
        candidates.sort_unstable();
        for (hash, at) in candidates {
            // Looking through all is fastest: there are few, and the first words differ.
            let mine = &next_covered[at * width..(at + 1) * width];
            if seen.chunks_exact(width).any(|one| one == mine) {
                out[at] = true;
            } else {
                seen.extend_from_slice(mine);
                found.push(hash);
            }
        }
        current = next;
        covered = next_covered;
    }
    counted(found)
}

/// The hashes of the atoms' own properties.
fn properties(
    atoms: &[MorganAtom],
    neighbours: &[Vec<(usize, usize)>],
    in_ring: &[bool],
) -> Vec<u32> {
    let of_atom = |at: usize| {
        let atom = atoms[at];
        let degree = neighbours[at].len() as u32 + atom.hydrogens;
        let beside = neighbours[at].iter();
        let beside = beside.filter(|&&(other, _)| atoms[other].element == 1);
        let hydrogens = beside.count() as u32 + atom.hydrogens;
        let element = u32::from(atom.element);
        let charge = atom.charge.cast_unsigned();
        let hash = [element, degree, hydrogens, charge, 0];
        let hash = hash.into_iter().fold(0, combine);
        if in_ring[at] { combine(hash, 1) } else { hash }
    };
    (0..atoms.len()).map(of_atom).collect()
}

/// Boost's way to add a value to a hash.
fn combine(hash: u32, value: u32) -> u32 {
    let mixed = value
        .wrapping_add(0x9e37_79b9)
        .wrapping_add(hash << 6)
        .wrapping_add(hash >> 2);
    hash ^ mixed
}

fn counted(mut found: Vec<u32>) -> Vec<(u32, u32)> {
    found.sort_unstable();
    let mut counts: Vec<(u32, u32)> = Vec::with_capacity(found.len());
    for id in found {
        match counts.last_mut() {
            Some(last) if last.0 == id => last.1 += 1,
            _ => counts.push((id, 1)),
        }
    }
    counts
}

/// Whether each atom is in a ring: has a bond that is no bridge (Tarjan 1974).
fn ring_atoms(neighbours: &[Vec<(usize, usize)>], bonds: &[MorganBond]) -> Vec<bool> {
    let n = neighbours.len();
    let mut in_ring = vec![false; n];
    // Order of discovery from 1, and the least order that is reached from below.
    let mut order = vec![0_usize; n];
    let mut least = vec![0_usize; n];
    let mut last = 0;
    // Atom, the bond that led to it, and the next neighbour to look at.
    let mut path: Vec<(usize, usize, usize)> = Vec::new();
    for start in 0..n {
        if order[start] > 0 || neighbours[start].is_empty() {
            continue;
        }
        last += 1;
        (order[start], least[start]) = (last, last);
        path.push((start, usize::MAX, 0));
        while let Some(&mut (at, from, ref mut turn)) = path.last_mut() {
            if let Some(&(other, bond)) = neighbours[at].get(*turn) {
                *turn += 1;
                if bond == from || bonds[bond].kind == DATIVE {
                } else if order[other] == 0 {
                    last += 1;
                    (order[other], least[other]) = (last, last);
                    path.push((other, bond, 0));
                } else {
                    least[at] = least[at].min(order[other]);
                }
                continue;
            }
            path.pop();
            if let Some(&(above, ..)) = path.last() {
                least[above] = least[above].min(least[at]);
                if least[at] <= order[above] {
                    in_ring[at] = true;
                    in_ring[above] = true;
                }
            }
        }
    }
    in_ring
}
