//! A connection table: atoms with places, and bonds.

use crate::elements::{self, atomic_number};
use crate::error::MOST_ATOMS;

use super::error::SdfProblem;

/// The order of a bond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Single,
    Double,
    Triple,
    Aromatic,
    /// From a donor to a metal.
    Dative,
}

/// How a bond is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DrawnBond {
    Plain,
    /// Towards the viewer, from its first atom.
    Up,
    /// Away from the viewer, from its first atom.
    Down,
    /// Of unknown stereo.
    Either,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct TableAtom {
    /// Atomic number; 0 for a dummy atom.
    pub(crate) element: u8,
    pub(crate) place: [f64; 3],
    pub(crate) charge: i32,
    /// The mass number, if it is written.
    pub(crate) isotope: Option<u16>,
    /// Unpaired electrons.
    pub(crate) radicals: u32,
    /// All bonds, hydrogens included, if they are written.
    pub(crate) valence: Option<u32>,
    /// Positions of its bonds.
    pub(crate) bonds: Vec<usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct TableBond {
    pub(crate) ends: [usize; 2],
    pub(crate) order: Order,
    pub(crate) drawn: DrawnBond,
}

impl TableBond {
    /// The end that `atom` is not.
    pub(crate) fn other(&self, atom: usize) -> usize {
        self.ends[usize::from(self.ends[0] == atom)]
    }
}

/// A connection table as it was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionTable {
    pub(crate) atoms: Vec<TableAtom>,
    pub(crate) bonds: Vec<TableBond>,
    /// Whether places have three dimensions.
    pub(crate) solid: bool,
}

impl ConnectionTable {
    pub(crate) fn check_counts(atoms: usize, bonds: usize) -> Result<(), SdfProblem> {
        if atoms > MOST_ATOMS {
            return Err(SdfProblem::TooMany(atoms));
        }
        if bonds > 4 * MOST_ATOMS {
            return Err(SdfProblem::TooMany(bonds));
        }
        Ok(())
    }

    /// Adds a bond between atoms counted from 0.
    pub(crate) fn bond(
        &mut self,
        ends: [usize; 2],
        order: &str,
        drawn: DrawnBond,
    ) -> Result<(), SdfProblem> {
        let order = match order {
            "1" => Order::Single,
            "2" => Order::Double,
            "3" => Order::Triple,
            "4" => Order::Aromatic,
            "9" => Order::Dative,
            "0" | "5" | "6" | "7" | "8" | "10" => {
                return Err(SdfProblem::Query(format!("bond type {order}")));
            }
            other => return Err(SdfProblem::Bond(super::error::shown(other))),
        };
        let known = self.atoms[ends[0]].bonds.iter();
        let doubled = known
            .map(|&bond| self.bonds[bond].other(ends[0]))
            .any(|other| other == ends[1]);
        if doubled || ends[0] == ends[1] {
            return Err(SdfProblem::Doubled);
        }
        for end in ends {
            self.atoms[end].bonds.push(self.bonds.len());
        }
        self.bonds.push(TableBond { ends, order, drawn });
        Ok(())
    }

    /// The neighbours of an atom, in the order of its bonds.
    pub(crate) fn neighbours(&self, atom: usize) -> impl Iterator<Item = usize> + '_ {
        let bonds = self.atoms[atom].bonds.iter();
        bonds.map(move |&bond| self.bonds[bond].other(atom))
    }

    /// Hydrogens that are no atoms of the table, as RDKit counts them.
    pub(crate) fn hydrogens(&self, atom: usize) -> u32 {
        let this = &self.atoms[atom];
        let (mut single, mut aromatic) = (0, 0);
        for &bond in &this.bonds {
            let bond = &self.bonds[bond];
            match bond.order {
                Order::Single => single += 1,
                Order::Double => single += 2,
                Order::Triple => single += 3,
                Order::Aromatic => aromatic += 1,
                Order::Dative => single += u32::from(bond.ends[1] == atom),
            }
        }
        let bonds = single + 3 * aromatic / 2;
        match this.valence {
            Some(valence) => valence.saturating_sub(bonds),
            None => elements::hydrogens(
                this.element,
                this.charge,
                bonds + this.radicals,
                aromatic > 0,
            ),
        }
    }
}

/// An atom of a symbol.
pub(crate) fn atom_of(symbol: &str, place: [f64; 3]) -> Result<TableAtom, SdfProblem> {
    let mut atom = TableAtom {
        place,
        ..TableAtom::default()
    };
    match symbol {
        "R" | "*" => {}
        "D" => (atom.element, atom.isotope) = (1, Some(2)),
        "T" => (atom.element, atom.isotope) = (1, Some(3)),
        "A" | "AH" | "Q" | "QH" | "X" | "XH" | "M" | "MH" | "L" | "LP" | "Pol" => {
            return Err(SdfProblem::Query(symbol.to_owned()));
        }
        _ => match atomic_number(symbol) {
            Some(number) => atom.element = number,
            None => {
                let query = symbol.starts_with("R#")
                    || symbol.starts_with(['[', '!'])
                    || symbol.starts_with("NOT")
                    || symbol
                        .strip_prefix('R')
                        .is_some_and(|rest| rest.chars().all(|sign| sign.is_ascii_digit()));
                let shown = super::error::shown(symbol);
                return Err(match query {
                    true => SdfProblem::Query(shown),
                    false => SdfProblem::Element(shown),
                });
            }
        },
    }
    Ok(atom)
}

/// Unpaired electrons of a kind of radical.
pub(crate) fn unpaired(kind: i64) -> u32 {
    match kind {
        2 => 1,
        1 | 3 => 2,
        _ => 0,
    }
}
