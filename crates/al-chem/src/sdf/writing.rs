//! Writes structure data files.

use super::error::SdfError;
use super::lines::RecordLines;
use super::{connection_table, spelling};
use crate::error::SmilesError;
use crate::library;
use crate::molecule::Molecule;

/// A record to write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SdfEntry {
    /// What the structure is called.
    pub title: String,
    /// The structure.
    pub smiles: String,
    /// Names and values of data fields, in their order.
    pub fields: Vec<(String, String)>,
}

/// Writes a structure data file as V2000; structures with dative bonds, which V2000 has not,
/// as V3000. Atoms have the places of RDKit's layout and bonds its wedges, so that stereo
/// centres and double bonds come back; a structure whose stereo the layout cannot show is
/// written without places and stereo. Titles are cut at 80 characters; line ends and control
/// characters of titles and fields become blanks, and fields without value are left out.
///
/// ```
/// let entry = al_chem::SdfEntry {
///     title: "ethanol".into(),
///     smiles: "CCO".into(),
///     fields: vec![("item_id".into(), "7".into())],
/// };
/// let text = al_chem::write_sdf([entry].into_iter())?;
/// let records = al_chem::read_sdf(&text);
/// assert_eq!(records[0].structure.as_deref(), Ok("CCO"));
/// # Ok::<(), al_chem::SmilesError>(())
/// ```
///
/// # Errors
///
/// The first structure that cannot be read as a SMILES, or that no connection table holds.
pub fn write_sdf(entries: impl Iterator<Item = SdfEntry>) -> Result<String, SmilesError> {
    let mut text = String::new();
    for entry in entries {
        let table = written(&Molecule::read(&entry.smiles)?)?;
        let title: String = one_line(&entry.title).chars().take(80).collect();
        text.push_str(title.trim());
        text.push('\n');
        text.push_str(&table);
        for (name, value) in &entry.fields {
            if value.trim().is_empty() {
                continue;
            }
            let name = one_line(name).replace(['<', '>'], "_");
            text.push_str(&format!(
                ">  <{}>\n{}\n\n",
                name.trim(),
                one_line(value).trim()
            ));
        }
        text.push_str("$$$$\n");
    }
    Ok(text)
}

fn one_line(text: &str) -> String {
    let blank = |sign: char| sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}');
    let signs = text.chars();
    signs
        .map(|sign| if blank(sign) { ' ' } else { sign })
        .collect()
}

/// A connection table without its title: one that is read as the same structure.
fn written(molecule: &Molecule) -> Result<String, SmilesError> {
    let wanted = molecule.canonical()?;
    let table = library::drawn_table(molecule.structure());
    let first = match table {
        Ok(table) if comes_back(&table, wanted) => return Ok(signed(&table)),
        Ok(_) => None,
        Err(refusal) => Some(refusal),
    };
    let flat = Molecule::read(&wanted.replace(['@', '/', '\\'], ""))?;
    if let Ok(table) = library::drawn_table(flat.structure()) {
        let table = without_places(&table);
        if comes_back(&table, flat.canonical()?) {
            return Ok(signed(&table));
        }
    }
    let refusal = first.unwrap_or_else(|| {
        library::StructureRefusal::Other("no connection table comes back as it".into())
    });
    Err(molecule.refused(refusal))
}

fn comes_back(table: &str, wanted: &str) -> bool {
    let lines: Vec<&str> = table.lines().collect();
    let lines = RecordLines {
        lines: &lines,
        first: 1,
    };
    let read = || -> Result<Molecule, SdfError> {
        let smiles = spelling::spelled(&connection_table(lines)?);
        Molecule::read(&smiles).map_err(|error| lines.error(0, super::SdfProblem::Structure(error)))
    };
    read().is_ok_and(|molecule| molecule.canonical().is_ok_and(|found| found == wanted))
}

/// The table without its title line, and with who wrote it.
fn signed(table: &str) -> String {
    let mut lines = table.lines().skip(1);
    let dimensions = lines.next().and_then(|header| header.get(20..22));
    let mut text = format!("  altool            {}\n", dimensions.unwrap_or_default());
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// The table with all atoms in one place, which no stereo can be read from.
fn without_places(table: &str) -> String {
    let mut text = String::new();
    for (at, line) in table.lines().enumerate() {
        let coordinates = line.get(..30).filter(|_| at > 3);
        let is_atom = coordinates.is_some_and(|all| {
            all.matches('.').count() == 3
                && all.split_whitespace().all(|c| c.parse::<f64>().is_ok())
        });
        match is_atom {
            true => {
                text.push_str(&"    0.0000".repeat(3));
                text.push_str(&line[30..]);
            }
            false if at == 1 => text.push_str(line.trim_end_matches("2D")),
            false => text.push_str(line),
        }
        text.push('\n');
    }
    text
}
