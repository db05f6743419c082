//! A connection table as a SMILES.

use super::connection::{ConnectionTable, Order, TableAtom};
use super::stereo::{Centre, HIDDEN, centre, sided_bonds};
use crate::elements;

/// Elements that stand without brackets.
const PLAIN: [u8; 10] = [5, 6, 7, 8, 15, 16, 9, 17, 35, 53];

/// Whether a bond leads upwards from its first end to its second, if that counts.
type Slopes = Vec<Option<bool>>;

/// The table as a SMILES, which may be none that can be read.
pub(crate) fn spelled(table: &ConnectionTable) -> String {
    let n = table.atoms.len();
    let mut spelling = Spelling {
        table,
        centres: (0..n).map(|atom| centre(table, atom)).collect(),
        slopes: slopes(table),
        reached: vec![false; n],
        children: vec![Vec::new(); n],
        closures: vec![Vec::new(); n],
        numbers: Vec::new(),
        text: String::new(),
    };
    // Ends of chains first: what a hydrogen or a lone pair of a first atom means is told apart
    // by few programs alike.
    let mut starts: Vec<usize> = (0..n).collect();
    starts.sort_by_key(|&atom| {
        (
            spelling.centres[atom].is_some(),
            table.atoms[atom].bonds.len() > 1,
        )
    });
    for start in starts {
        if !spelling.reached[start] {
            if !spelling.text.is_empty() {
                spelling.text.push('.');
            }
            spelling.reach(start);
            spelling.write(start);
        }
    }
    spelling.text
}

struct Spelling<'a> {
    table: &'a ConnectionTable,
    centres: Vec<Option<Centre>>,
    slopes: Slopes,
    reached: Vec<bool>,
    /// Bonds of each atom that lead on.
    children: Vec<Vec<usize>>,
    /// Bonds of each atom that close a ring.
    closures: Vec<Vec<usize>>,
    /// Bonds of the ring closures that wait for the other end, by their number from 1.
    numbers: Vec<Option<usize>>,
    text: String,
}

/// What is left to write.
enum SpellingStep {
    Atom(usize, Option<usize>),
    Sign(char),
}

impl Spelling<'_> {
    /// Finds which bonds lead on from `start`, and which close rings.
    fn reach(&mut self, start: usize) {
        self.reached[start] = true;
        let mut path = vec![(start, None, 0)];
        while let Some((atom, by, at)) = path.last_mut() {
            let (atom, by) = (*atom, *by);
            let Some(&bond) = self.table.atoms[atom].bonds.get(*at) else {
                path.pop();
                continue;
            };
            *at += 1;
            if Some(bond) == by || self.closures[atom].contains(&bond) {
                continue;
            }
            let other = self.table.bonds[bond].other(atom);
            if self.reached[other] {
                self.closures[atom].push(bond);
                self.closures[other].push(bond);
            } else {
                self.reached[other] = true;
                self.children[atom].push(bond);
                path.push((other, Some(bond), 0));
            }
        }
    }

    fn write(&mut self, start: usize) {
        let mut steps = vec![SpellingStep::Atom(start, None)];
        while let Some(step) = steps.pop() {
            let (atom, by) = match step {
                SpellingStep::Sign(sign) => {
                    self.text.push(sign);
                    continue;
                }
                SpellingStep::Atom(atom, by) => (atom, by),
            };
            if let Some(bond) = by {
                let from = self.table.bonds[bond].other(atom);
                self.bond(bond, from);
            }
            self.atom(atom, by);
            self.rings(atom);
            let children = &self.children[atom];
            for (n, &bond) in children.iter().enumerate().rev() {
                let next = SpellingStep::Atom(self.table.bonds[bond].other(atom), Some(bond));
                let last = n + 1 == children.len();
                if last {
                    steps.push(next);
                } else {
                    steps.extend([SpellingStep::Sign(')'), next, SpellingStep::Sign('(')]);
                }
            }
        }
    }

    /// The numbers of the ring closures at an atom.
    fn rings(&mut self, atom: usize) {
        for bond in self.closures[atom].clone() {
            let open = self.numbers.iter().position(|&open| open == Some(bond));
            let number = match open {
                Some(number) => {
                    self.numbers[number] = None;
                    number
                }
                None => {
                    self.bond(bond, atom);
                    let free = self.numbers.iter().position(Option::is_none);
                    let number = free.unwrap_or(self.numbers.len());
                    if number == self.numbers.len() {
                        self.numbers.push(None);
                    }
                    self.numbers[number] = Some(bond);
                    number
                }
            };
            let text = match number + 1 {
                n @ 1..=9 => n.to_string(),
                n @ 10..=99 => format!("%{n}"),
                n => format!("%({n})"),
            };
            self.text.push_str(&text);
        }
    }

    /// A bond that is written from an atom.
    fn bond(&mut self, bond: usize, from: usize) {
        let this = &self.table.bonds[bond];
        let forwards = this.ends[0] == from;
        let aromatic = |atom: usize| is_aromatic(self.table, atom);
        let sign = match this.order {
            Order::Double => "=",
            Order::Triple => "#",
            Order::Dative if forwards => "->",
            Order::Dative => "<-",
            Order::Aromatic => ":",
            Order::Single => match self.slopes[bond] {
                Some(up) if up == forwards => "/",
                Some(_) => "\\",
                None if this.ends.into_iter().all(aromatic) => "-",
                None => "",
            },
        };
        self.text.push_str(sign);
    }

    fn atom(&mut self, atom: usize, by: Option<usize>) {
        let this = &self.table.atoms[atom];
        let hydrogens = self.table.hydrogens(atom);
        let chirality = self.centres[atom].map_or("", |centre| self.sense(atom, by, centre));
        let aromatic = is_aromatic(self.table, atom);
        let symbol = elements::symbol(this.element);
        let symbol = match aromatic {
            true => symbol.to_lowercase(),
            false => symbol.to_owned(),
        };
        if chirality.is_empty() && stands_alone(this) {
            self.text.push_str(&symbol);
            return;
        }
        self.text.push('[');
        if let Some(isotope) = this.isotope {
            self.text.push_str(&isotope.to_string());
        }
        self.text.push_str(&symbol);
        self.text.push_str(chirality);
        match hydrogens {
            0 => {}
            1 => self.text.push('H'),
            n => self.text.push_str(&format!("H{n}")),
        }
        if this.charge != 0 {
            self.text.push_str(&format!("{:+}", this.charge));
        }
        self.text.push(']');
    }

    /// The sign of a centre, by the order in which its neighbours are written.
    fn sense(&self, atom: usize, by: Option<usize>, centre: Centre) -> &'static str {
        let other = |&bond: &usize| self.table.bonds[bond].other(atom);
        let mut written: Vec<usize> = by.iter().map(other).collect();
        let hydrogen = self.table.hydrogens(atom) > 0;
        if hydrogen {
            written.push(HIDDEN);
        }
        written.extend(self.closures[atom].iter().map(other));
        written.extend(self.children[atom].iter().map(other));
        if !hydrogen {
            written.push(HIDDEN);
        }
        let place = |wanted: usize| centre.neighbours.iter().position(|&one| one == wanted);
        let places: Vec<usize> = written.iter().filter_map(|&one| place(one)).collect();
        let mut swaps = 0;
        for (n, one) in places.iter().enumerate() {
            swaps += places[n + 1..].iter().filter(|&later| later < one).count();
        }
        // RDKit turns atoms with a lone pair around that close one ring and have single bonds.
        let mut bonds = self.table.atoms[atom].bonds.iter();
        let single = bonds.all(|&bond| self.table.bonds[bond].order == Order::Single);
        let three = centre.neighbours.contains(&HIDDEN) && !hydrogen;
        swaps += usize::from(three && single && self.closures[atom].len() == 1);
        if swaps.is_multiple_of(2) { "@" } else { "@@" }
    }
}

fn is_aromatic(table: &ConnectionTable, atom: usize) -> bool {
    let mut bonds = table.atoms[atom].bonds.iter();
    bonds.any(|&bond| table.bonds[bond].order == Order::Aromatic)
}

/// Whether an atom stands without brackets, with the hydrogens that it has.
fn stands_alone(atom: &TableAtom) -> bool {
    let as_it_is = atom.charge == 0 && atom.radicals == 0 && atom.valence.is_none();
    as_it_is && atom.isotope.is_none() && (PLAIN.contains(&atom.element) || atom.element == 0)
}

/// Slopes of the bonds beside double bonds that say on which sides their ends are.
fn slopes(table: &ConnectionTable) -> Slopes {
    let sided = sided_bonds(table);
    let mut slopes = vec![None; table.bonds.len()];
    // Of each bond the others that depend on it, and whether they slope alike.
    let mut depend: Vec<Vec<(usize, bool)>> = vec![Vec::new(); table.bonds.len()];
    let between = |one: usize, other: usize| {
        let mut bonds = table.atoms[one].bonds.iter().copied();
        bonds.find(|&bond| table.bonds[bond].other(one) == other)
    };
    for one in &sided {
        let ends = table.bonds[one.bond].ends;
        let bonds = [0, 1].map(|end| between(ends[end], one.beside[end]));
        let [Some(first), Some(second)] = bonds else {
            continue;
        };
        // Seen from the ends of the double bond, both neighbours are up or down alike.
        let outwards = |bond: usize, end: usize| table.bonds[bond].ends[0] == ends[end];
        let alike = outwards(first, 0) == outwards(second, 1);
        let same = alike == one.same_side;
        depend[first].push((second, same));
        depend[second].push((first, same));
    }
    for start in 0..depend.len() {
        if depend[start].is_empty() || slopes[start].is_some() {
            continue;
        }
        slopes[start] = Some(true);
        let mut waiting = vec![start];
        while let Some(bond) = waiting.pop() {
            let up = slopes[bond];
            for &(other, same) in &depend[bond] {
                if slopes[other].is_none() {
                    slopes[other] = up.map(|up| up == same);
                    waiting.push(other);
                }
            }
        }
    }
    slopes
}
