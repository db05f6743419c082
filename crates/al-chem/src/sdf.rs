//! Structure data files: records of a connection table and named data fields (CTfile
//! formats, BIOVIA 2020; V2000 and V3000).
//!
//! Connection tables are read by code of our own into SMILES, which [`crate::Molecule`]
//! checks. They are written by the library's port of RDKit's writer, with its coordinates
//! and wedges. What is written is read again: a structure that would come back as another
//! one is written without coordinates, if its form without stereo comes back, or refused.
//!
//! Not read: lists of atoms, R groups and other queries, bonds of order zero, bonds to
//! several atoms (errors); stereo groups (`and`, `or`: the structure as drawn), polymers and
//! other S-groups (the atoms alone), chirality by parity flags without coordinates.

mod connection;
mod error;
mod lines;
mod spelling;
mod stereo;
mod v2000;
mod v3000;
mod writing;

pub use error::{SdfError, SdfProblem};
pub use writing::{SdfEntry, write_sdf};

use std::borrow::Cow;

use crate::molecule::Molecule;
use connection::ConnectionTable;
use lines::RecordLines;

/// A record of a structure data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdfRecord {
    /// The first line: what the structure is called.
    pub title: String,
    /// The structure as a SMILES that [`Molecule::read`] reads, or what is wrong with it.
    pub structure: Result<String, SdfError>,
    /// Data fields: names and values, in their order. Lines of a value are kept apart.
    pub fields: Vec<(String, String)>,
    /// The line of the file where the record begins, from 1.
    pub line: usize,
}

/// Decodes the bytes of a structure data file: UTF-8, or else Latin-1, which many programs
/// write.
#[must_use]
pub fn decode_sdf(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// Reads all records of a structure data file. A structure that cannot be read is an error
/// of its record; the other records are read. A record may lack its `$$$$` at the end of
/// the text.
///
/// ```
/// let text = "water\n\n\n  1  0  0  0  0  0            999 V2000\n    \
///     0.0000    0.0000    0.0000 O   0  0\nM  END\n> <boils>\n100\n\n$$$$\n";
/// let records = al_chem::read_sdf(text);
/// assert_eq!(records[0].structure.as_deref(), Ok("O"));
/// assert_eq!(records[0].fields, [("boils".to_owned(), "100".to_owned())]);
/// ```
#[must_use]
pub fn read_sdf(text: &str) -> Vec<SdfRecord> {
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect();
    let mut records = Vec::new();
    let mut from = 0;
    while from < lines.len() {
        let length = lines[from..]
            .iter()
            .position(|line| line.starts_with("$$$$"));
        let to = from + length.unwrap_or(lines.len() - from);
        let these = &lines[from..to];
        // What follows the last separator is no record.
        let blank = these.iter().all(|line| line.trim().is_empty());
        if length.is_some() || !blank {
            records.push(record(RecordLines {
                lines: these,
                first: from + 1,
            }));
        }
        from = to + 1;
    }
    records
}

fn record(lines: RecordLines) -> SdfRecord {
    let data = data_begin(lines.lines);
    SdfRecord {
        title: clean(lines.get(0).unwrap_or_default().trim()),
        structure: structure(lines),
        fields: fields(&lines.lines[data..]),
        line: lines.first,
    }
}

/// Without NUL, which no table holds.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// Where data fields begin: after the connection table, or where one begins that has no end.
fn data_begin(lines: &[&str]) -> usize {
    let end = lines.iter().position(|line| line.starts_with("M  END"));
    let after = end.map(|at| at + 1);
    let header = || lines.iter().skip(1).position(|line| is_header(line));
    after
        .or_else(|| header().map(|at| at + 1))
        .unwrap_or(lines.len())
}

fn is_header(line: &str) -> bool {
    line.starts_with('>')
}

fn fields(lines: &[&str]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let header = lines[at];
        at += 1;
        if !is_header(header) {
            continue;
        }
        let value = lines[at..]
            .iter()
            .take_while(|line| !line.trim().is_empty());
        let value: Vec<&str> = value.copied().collect();
        at += value.len();
        if let Some(name) = field_name(header) {
            fields.push((clean(name), clean(&value.join("\n"))));
        }
    }
    fields
}

/// The name of a field: what stands in `<>`, or its number `DTn`.
fn field_name(header: &str) -> Option<&str> {
    let named = header.find('<').and_then(|from| {
        header[from + 1..]
            .rfind('>')
            .map(|n| &header[from + 1..][..n])
    });
    let numbered = || {
        header
            .split_whitespace()
            .find(|word| word.starts_with("DT"))
    };
    let name = named.map(str::trim).filter(|name| !name.is_empty());
    name.or_else(numbered)
}

fn structure(lines: RecordLines) -> Result<String, SdfError> {
    let table = connection_table(lines)?;
    let smiles = spelling::spelled(&table);
    match Molecule::read(&smiles) {
        Ok(_) => Ok(smiles),
        Err(error) => Err(lines.error(3, SdfProblem::Structure(error))),
    }
}

fn connection_table(lines: RecordLines) -> Result<ConnectionTable, SdfError> {
    let end = lines.lines.iter();
    let end = end
        .clone()
        .position(|line| line.starts_with("M  END"))
        .unwrap_or(lines.lines.len());
    let nul = lines.lines[..end]
        .iter()
        .position(|line| line.contains('\0'));
    if let Some(at) = nul {
        return Err(lines.error(at, SdfProblem::Nul));
    }
    let Some(counts) = lines.get(3) else {
        return Err(lines.error(0, SdfProblem::NoTable));
    };
    let header = lines.get(1).unwrap_or_default();
    let mut table = match counts.contains("V3000") {
        true => v3000::read(lines)?,
        false => v2000::read(lines, counts)?,
    };
    let says_3d = header.get(20..22) == Some("3D");
    table.solid = says_3d || table.atoms.iter().any(|atom| atom.place[2] != 0.0);
    if table.atoms.is_empty() {
        return Err(lines.error(3, SdfProblem::NoAtoms));
    }
    Ok(table)
}
