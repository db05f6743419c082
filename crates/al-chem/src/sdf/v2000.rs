//! Connection tables of the fixed columns of V2000.

use super::connection::{ConnectionTable, DrawnBond, atom_of, unpaired};
use super::error::{SdfError, SdfProblem, shown};
use super::lines::RecordLines;
use crate::elements;

/// Properties that make a table a query.
const QUERIES: [&str; 10] = [
    "ALS", "RGP", "LIN", "SUB", "UNS", "RBC", "LOG", "APO", "ZBO", "$3D",
];

/// A field of a line that may be blank or missing: a whole number, 0 if there is none.
fn number(line: &str, from: usize, to: usize) -> Option<i64> {
    if line.len() <= from {
        return Some(0);
    }
    let field = line.get(from..to.min(line.len()))?.trim();
    match field.is_empty() {
        true => Some(0),
        false => field.parse().ok(),
    }
}

fn coordinate(line: &str, from: usize) -> Option<f64> {
    let value: f64 = line.get(from..from + 10)?.trim().parse().ok()?;
    value.is_finite().then_some(value)
}

pub(super) fn read(lines: RecordLines, counts: &str) -> Result<ConnectionTable, SdfError> {
    let no_counts = || lines.error(3, SdfProblem::Counts(shown(counts)));
    let count = |from| {
        let n = number(counts, from, from + 3).filter(|_| counts.len() >= 6);
        n.and_then(|n| usize::try_from(n).ok())
            .ok_or_else(no_counts)
    };
    let (n_atoms, n_bonds) = (count(0)?, count(3)?);
    ConnectionTable::check_counts(n_atoms, n_bonds).map_err(|p| lines.error(3, p))?;
    if number(counts, 6, 9).is_some_and(|lists| lists > 0) {
        return Err(lines.error(3, SdfProblem::Query("list of atoms".into())));
    }
    let mut table = ConnectionTable::default();
    let line = |at: usize| {
        let end = lines.lines.len();
        lines
            .get(at)
            .filter(|text| !text.trim().is_empty())
            .ok_or_else(|| lines.error(at.min(end.saturating_sub(1)), SdfProblem::NoEnd))
    };
    for at in 4..4 + n_atoms {
        let text = line(at)?;
        let problem = add_atom(&mut table, text);
        problem.map_err(|problem| lines.error(at, problem))?;
    }
    let from = 4 + n_atoms;
    for at in from..from + n_bonds {
        let text = line(at)?;
        add_bond(&mut table, text).map_err(|problem| lines.error(at, problem))?;
    }
    properties(&mut table, lines, from + n_bonds)?;
    Ok(table)
}

fn add_atom(table: &mut ConnectionTable, text: &str) -> Result<(), SdfProblem> {
    let wrong = || SdfProblem::Atom(shown(text));
    let field = |from, to| number(text, from, to).ok_or_else(wrong);
    let at = |from| coordinate(text, from).ok_or_else(wrong);
    let place = [at(0)?, at(10)?, at(20)?];
    let symbol = text.get(31..34.min(text.len())).ok_or_else(wrong)?.trim();
    if symbol.is_empty() {
        return Err(wrong());
    }
    let mut atom = atom_of(symbol, place)?;
    let heavier = field(34, 36)?;
    if heavier != 0 {
        let mass = elements::weight(atom.element).round() as i64 + heavier;
        atom.isotope = u16::try_from(mass).ok();
    }
    match field(36, 39)? {
        4 => atom.radicals = 1,
        code @ 1..=7 => atom.charge = 4 - code as i32,
        _ => {}
    }
    atom.valence = match field(48, 51)? {
        15 => Some(0),
        valence @ 1..=14 => u32::try_from(valence).ok(),
        _ => None,
    };
    table.atoms.push(atom);
    Ok(())
}

fn add_bond(table: &mut ConnectionTable, text: &str) -> Result<(), SdfProblem> {
    let wrong = || SdfProblem::Bond(shown(text));
    let field = |from, to| number(text, from, to).ok_or_else(wrong);
    let mut ends = [0; 2];
    for (end, from) in ends.iter_mut().zip([0, 3]) {
        let n = field(from, from + 3)?;
        *end = atom_numbered(table, n)?;
    }
    let (order, stereo) = (field(6, 9)?, field(9, 12)?);
    let drawn = match stereo {
        1 => DrawnBond::Up,
        6 => DrawnBond::Down,
        3 | 4 => DrawnBond::Either,
        _ => DrawnBond::Plain,
    };
    table.bond(ends, &order.to_string(), drawn)
}

fn atom_numbered(table: &ConnectionTable, n: i64) -> Result<usize, SdfProblem> {
    usize::try_from(n)
        .ok()
        .filter(|n| (1..=table.atoms.len()).contains(n))
        .map(|n| n - 1)
        .ok_or_else(|| SdfProblem::NoAtom(n.to_string()))
}

/// Reads the lines of properties to the end of the table.
fn properties(
    table: &mut ConnectionTable,
    lines: RecordLines,
    from: usize,
) -> Result<(), SdfError> {
    let mut at = from;
    let mut charged = false;
    while let Some(line) = lines.get(at) {
        if line.starts_with("M  END") {
            return Ok(());
        }
        if line.starts_with('>') {
            break;
        }
        let wrong = || lines.error(at, SdfProblem::Property(shown(line)));
        match line.get(..6) {
            Some(kind @ ("M  CHG" | "M  RAD" | "M  ISO")) => {
                if kind != "M  ISO" && !charged {
                    // Such lines replace what lines of atoms say.
                    charged = true;
                    for atom in &mut table.atoms {
                        (atom.charge, atom.radicals) = (0, 0);
                    }
                }
                for (n, value) in pairs(line).ok_or_else(wrong)? {
                    let atom = atom_numbered(table, n).map_err(|p| lines.error(at, p))?;
                    let atom = &mut table.atoms[atom];
                    match kind {
                        "M  CHG" => {
                            let small = i32::try_from(value).ok();
                            atom.charge = small.filter(|c| c.abs() <= 15).ok_or_else(wrong)?;
                        }
                        "M  RAD" => atom.radicals = unpaired(value),
                        _ => {
                            let mass = u16::try_from(value).ok().filter(|mass| *mass < 1000);
                            atom.isotope = Some(mass.ok_or_else(wrong)?).filter(|mass| *mass > 0);
                        }
                    }
                }
            }
            Some(text) if text.starts_with("S  SKP") => {
                let n = number(line, 6, 9).and_then(|n| usize::try_from(n).ok());
                at = at.saturating_add(n.ok_or_else(wrong)?);
            }
            // An alias or an abbreviation, whose text is a line of its own.
            Some(text) if text.starts_with("A  ") || text.starts_with("G  ") => at += 1,
            Some(text) if QUERIES.iter().any(|kind| text.get(3..) == Some(kind)) => {
                return Err(lines.error(at, SdfProblem::Query(text.to_owned())));
            }
            _ if line.starts_with("M  ") || line.starts_with("V  ") || line.trim().is_empty() => {}
            // More atoms or bonds than were counted.
            _ => return Err(wrong()),
        }
        at += 1;
    }
    let last = lines.lines.len().min(at).saturating_sub(1);
    Err(lines.error(last, SdfProblem::NoEnd))
}

/// Atoms and values of a line of properties.
fn pairs(line: &str) -> Option<Vec<(i64, i64)>> {
    let n = usize::try_from(number(line, 6, 9)?).ok()?;
    let rest = line.get(9..).unwrap_or_default();
    let numbers: Option<Vec<i64>> = rest
        .split_whitespace()
        .map(|word| word.parse().ok())
        .collect();
    let numbers = numbers?;
    let (pairs, rest) = numbers.as_chunks::<2>();
    let whole = rest.is_empty() && pairs.len() == n;
    whole.then(|| pairs.iter().map(|&[atom, value]| (atom, value)).collect())
}
