//! The elements: symbols and average atomic weights.

/// Symbols, by atomic number from 1.
const SYMBOLS: [&str; 118] = [
    "H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl",
    "Ar", "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As",
    "Se", "Br", "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In",
    "Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb",
    "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl",
    "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm", "Bk",
    "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh",
    "Fl", "Mc", "Lv", "Ts", "Og",
];

/// Average atomic weights in dalton, by atomic number from 1: the values that RDKit
/// 2026.09 uses, so that weights agree.
const WEIGHTS: [f64; 118] = [
    1.008, 4.003, 6.941, 9.012, 10.812, 12.011, 14.007, 15.999, 18.998, 20.18, 22.99, 24.305,
    26.982, 28.086, 30.974, 32.067, 35.453, 39.948, 39.098, 40.078, 44.956, 47.867, 50.944, 51.996,
    54.938, 55.845, 58.933, 58.693, 63.546, 65.39, 69.723, 72.61, 74.922, 78.96, 79.904, 83.8,
    85.468, 87.62, 88.906, 91.224, 92.906, 95.94, 98.0, 101.07, 102.906, 106.42, 107.868, 112.412,
    114.818, 118.711, 121.76, 127.6, 126.904, 131.29, 132.905, 137.328, 138.906, 140.116, 140.908,
    144.24, 145.0, 150.36, 151.964, 157.25, 158.925, 162.5, 164.93, 167.26, 168.934, 173.04,
    174.967, 178.49, 180.948, 183.84, 186.207, 190.23, 192.217, 195.078, 196.967, 200.59, 204.383,
    207.2, 208.98, 209.0, 210.0, 222.0, 223.0, 226.0, 227.0, 232.038, 231.036, 238.029, 237.0,
    244.0, 243.0, 247.0, 247.0, 251.0, 252.0, 257.0, 258.0, 259.0, 262.0, 267.0, 268.0, 269.0,
    270.0, 269.0, 278.0, 281.0, 281.0, 285.0, 284.0, 289.0, 288.0, 293.0, 292.0, 294.0,
];

/// Aromatic symbols that stand in brackets, longer ones first.
pub(crate) const BRACKET_AROMATIC: [&str; 10] =
    ["se", "as", "te", "si", "b", "c", "n", "o", "p", "s"];

/// Whether `symbol` is an element.
pub(crate) fn is_element(symbol: &str) -> bool {
    SYMBOLS.contains(&symbol)
}

/// Returns the atomic number of a symbol.
pub(crate) fn atomic_number(symbol: &str) -> Option<u8> {
    let at = SYMBOLS.iter().position(|known| *known == symbol)?;
    u8::try_from(at + 1).ok()
}

/// Returns the symbol of an element; `*` for a dummy atom.
pub(crate) fn symbol(element: u8) -> &'static str {
    match element {
        0 => "*",
        element => SYMBOLS
            .get(usize::from(element) - 1)
            .copied()
            .unwrap_or("*"),
    }
}

/// Numbers of bonds that an element has, as RDKit 2026.09 lists them; none for elements that
/// take any number and no hydrogens.
fn valences(element: i32) -> &'static [u32] {
    match element {
        1 | 9 | 17 | 3 | 11 | 19 | 37 | 55 | 87 => &[1],
        2 | 10 | 18 | 36 | 86 => &[0],
        35 => &[1],
        4 | 8 | 12 | 20 | 38 | 56 | 88 => &[2],
        5 | 7 | 13 | 31 | 49 => &[3],
        6 | 14 | 32 => &[4],
        15 | 33 | 51 | 83 => &[3, 5],
        16 | 34 | 52 | 84 => &[2, 4, 6],
        50 | 82 => &[2, 4],
        53 | 85 => &[1, 3, 5],
        54 => &[0, 2, 4, 6],
        _ => &[],
    }
}

/// Returns the hydrogens that an atom has besides its bonds and unpaired electrons, as RDKit
/// adds them: a charged atom has the bonds of the element with as many electrons.
pub(crate) fn hydrogens(element: u8, charge: i32, bonds: u32, aromatic: bool) -> u32 {
    let number = i32::from(element);
    if element == 0 || valences(number).is_empty() {
        return 0;
    }
    if element == 1 && bonds == 0 {
        return u32::from(charge == 0);
    }
    let mut like = number - charge;
    let mut bonds = bonds;
    let beyond = like > 16 && matches!(element, 15 | 16) || like > 34 && matches!(element, 33 | 34);
    if beyond {
        like = number;
        bonds = bonds.saturating_add_signed(-charge);
    }
    let known = valences(like);
    let found = match aromatic {
        true => known.first().filter(|&&most| bonds <= most),
        false => known.iter().find(|&&most| bonds <= most),
    };
    found.map_or(0, |most| most - bonds)
}

/// Returns the average atomic weight of an element in dalton; 0 for a dummy atom.
pub(crate) fn weight(element: u8) -> f64 {
    match element {
        0 => 0.0,
        element => WEIGHTS
            .get(usize::from(element) - 1)
            .copied()
            .unwrap_or(0.0),
    }
}

/// Returns the mass of an isotope in dalton: the mass number but for hydrogen's.
pub(crate) fn isotope_mass(element: u8, mass_number: u16) -> f64 {
    match (element, mass_number) {
        (1, 2) => 2.014_101_778,
        (1, 3) => 3.016_049_278,
        _ => f64::from(mass_number),
    }
}
