//! Connection tables of the named blocks of V3000.

use std::collections::HashMap;

use super::connection::{ConnectionTable, DrawnBond, atom_of, unpaired};
use super::error::{SdfError, SdfProblem, shown};
use super::lines::RecordLines;

/// What a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum V3000Block {
    None,
    Atoms,
    Bonds,
    /// Nothing that a structure needs.
    Other,
}

pub(super) fn read(lines: RecordLines) -> Result<ConnectionTable, SdfError> {
    let mut table = ConnectionTable::default();
    let mut positions: HashMap<i64, usize> = HashMap::new();
    let mut counts = None;
    let mut block = V3000Block::None;
    let mut at = 4;
    while let Some(line) = lines.get(at) {
        if line.starts_with("M  END") {
            return finished(table, counts, lines, at);
        }
        let first = at;
        at += 1;
        let Some(text) = line.strip_prefix("M  V30 ") else {
            if line.starts_with('>') {
                break;
            }
            continue;
        };
        let mut text = text.trim_end().to_owned();
        // A line goes on in the next.
        while text.ends_with('-') {
            let Some(more) = lines.get(at).and_then(|line| line.strip_prefix("M  V30 ")) else {
                break;
            };
            text.pop();
            text.push_str(more.trim_end());
            at += 1;
        }
        let error = |problem| lines.error(first, problem);
        let words = words(&text);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["BEGIN", "CTAB", ..] | ["END", "CTAB", ..] => {}
            ["BEGIN", "ATOM", ..] => block = V3000Block::Atoms,
            ["BEGIN", "BOND", ..] => block = V3000Block::Bonds,
            ["BEGIN", "RGROUP", ..] => return Err(error(SdfProblem::Query("RGROUP".into()))),
            ["BEGIN", ..] => block = V3000Block::Other,
            ["END", ..] => block = V3000Block::None,
            ["COUNTS", atoms, bonds, ..] => {
                let both = atoms.parse().ok().zip(bonds.parse().ok());
                let Some((atoms, bonds)) = both else {
                    return Err(error(SdfProblem::Counts(shown(&text))));
                };
                ConnectionTable::check_counts(atoms, bonds).map_err(error)?;
                counts = Some((atoms, bonds));
            }
            _ if block == V3000Block::Atoms => {
                ConnectionTable::check_counts(table.atoms.len() + 1, 0).map_err(error)?;
                let n = add_atom(&mut table, &words, &text).map_err(error)?;
                if positions.insert(n, table.atoms.len() - 1).is_some() {
                    return Err(error(SdfProblem::Atom(shown(&text))));
                }
            }
            _ if block == V3000Block::Bonds => {
                ConnectionTable::check_counts(0, table.bonds.len() + 1).map_err(error)?;
                add_bond(&mut table, &positions, &words, &text).map_err(error)?;
            }
            _ => {}
        }
    }
    let last = lines.lines.len().min(at).saturating_sub(1);
    Err(lines.error(last, SdfProblem::NoEnd))
}

fn finished(
    table: ConnectionTable,
    counts: Option<(usize, usize)>,
    lines: RecordLines,
    at: usize,
) -> Result<ConnectionTable, SdfError> {
    let found = (table.atoms.len(), table.bonds.len());
    match counts {
        Some(counts) if counts == found => Ok(table),
        Some((atoms, bonds)) => {
            let text = format!(
                "COUNTS {atoms} {bonds}, of which {} and {} are there",
                found.0, found.1
            );
            Err(lines.error(at, SdfProblem::Counts(text)))
        }
        None => Err(lines.error(at, SdfProblem::Counts("M  END".into()))),
    }
}

/// Words apart by blanks, where parentheses and quotation marks keep blanks.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut depth, mut quoted) = (0_usize, false);
    for sign in text.chars() {
        match sign {
            '"' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        match sign.is_whitespace() && !quoted && depth == 0 {
            true => words.push(String::new()),
            false => words.last_mut().expect("never empty").push(sign),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn add_atom(table: &mut ConnectionTable, words: &[&str], text: &str) -> Result<i64, SdfProblem> {
    let wrong = || SdfProblem::Atom(shown(text));
    let [n, symbol, x, y, z, _, options @ ..] = words else {
        return Err(wrong());
    };
    let n: i64 = n.parse().map_err(|_| wrong())?;
    let mut place = [0.0; 3];
    if symbol.starts_with("NOT") {
        return Err(SdfProblem::Query(shown(symbol)));
    }
    for (axis, word) in place.iter_mut().zip([x, y, z]) {
        let value = word.parse::<f64>().ok().filter(|value| value.is_finite());
        *axis = value.ok_or_else(wrong)?;
    }
    let mut atom = atom_of(symbol.trim_matches('"'), place)?;
    for option in options {
        let Some((name, value)) = option.split_once('=') else {
            continue;
        };
        let number = value.parse::<i64>();
        match name {
            "CHG" => {
                let charge = number.ok().filter(|charge| charge.abs() <= 15);
                atom.charge = charge.ok_or_else(wrong)? as i32;
            }
            "RAD" => atom.radicals = unpaired(number.map_err(|_| wrong())?),
            "MASS" => {
                let mass = number.ok().and_then(|mass| u16::try_from(mass).ok());
                atom.isotope = Some(mass.filter(|&mass| mass < 1000).ok_or_else(wrong)?)
                    .filter(|mass| *mass > 0);
            }
            "VAL" => {
                atom.valence = match number.map_err(|_| wrong())? {
                    -1 => Some(0),
                    valence @ 1..=14 => u32::try_from(valence).ok(),
                    _ => None,
                }
            }
            "RGROUPS" | "SUBST" | "UNSAT" | "RBCNT" | "ATTCHPT" if value != "0" => {
                return Err(SdfProblem::Query(shown(option)));
            }
            _ => {}
        }
    }
    table.atoms.push(atom);
    Ok(n)
}

fn add_bond(
    table: &mut ConnectionTable,
    positions: &HashMap<i64, usize>,
    words: &[&str],
    text: &str,
) -> Result<(), SdfProblem> {
    let [_, order, one, other, options @ ..] = words else {
        return Err(SdfProblem::Bond(shown(text)));
    };
    let atom = |word: &str| {
        let n = word.parse().ok();
        let found = n.and_then(|n: i64| positions.get(&n)).copied();
        found.ok_or_else(|| SdfProblem::NoAtom(shown(word)))
    };
    let ends = [atom(one)?, atom(other)?];
    let mut drawn = DrawnBond::Plain;
    for option in options {
        match option.split_once('=') {
            Some(("CFG", "1")) => drawn = DrawnBond::Up,
            Some(("CFG", "2")) => drawn = DrawnBond::Either,
            Some(("CFG", "3")) => drawn = DrawnBond::Down,
            Some(("ENDPTS" | "TOPO", value)) if value != "0" => {
                return Err(SdfProblem::Query(shown(option)));
            }
            _ => {}
        }
    }
    table.bond(ends, order, drawn)
}
