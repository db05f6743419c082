//! CSV and JSON lines files as typed columns.
//!
//! A text file is read twice: once to find the type of each column from every
//! cell, once for the values. Splitting into cells runs on a thread of its
//! own, ahead of the conversion.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::mpsc::sync_channel;

use al_core::{Dialect, KnownColumns};

use crate::cell_rules::CellRules;
use crate::cells::Cells;
use crate::contents::{Contents, PortionSink};
use crate::csv_file::CsvFile;
use crate::error::TableError;
use crate::format::Format;
use crate::guard::guarded;
use crate::json_lines::JsonLines;
use crate::kinds::Seen;
use crate::schema::Fields;
use crate::source::Source;

/// Portions of cells that may wait for conversion.
const AHEAD: usize = 2;

/// The columns of a text file, their types and the number of rows. How its numbers are
/// written is found out where nobody has said it.
pub(crate) fn survey(
    source: &mut Source,
    dialect: &Dialect,
    known: &KnownColumns,
) -> Result<Contents, TableError> {
    let (names, seen, n_rows) = match source.format {
        Format::JsonLines => JsonLines::open(source)?.survey(&source.rules)?,
        _ => {
            let found = survey_csv(source, dialect, known)?;
            source.rules = found.rules;
            (found.names, found.seen, found.n_rows)
        }
    };
    let coded = names.iter().zip(&seen);
    let coded = coded
        .filter(|(_, seen)| seen.number_type() != seen.data_type())
        .map(|(name, seen)| (name.clone(), seen.number_type()))
        .collect();
    let pointed = names
        .iter()
        .zip(&seen)
        .filter(|(_, seen)| seen.has_points());
    let pointed = pointed.map(|(name, _)| name.clone()).collect();
    let fields = names
        .into_iter()
        .zip(seen)
        .map(|(name, seen)| (name, seen.data_type()))
        .collect();
    Ok(Contents {
        coded,
        natural: Fields::new(),
        pointed,
        fields,
        n_rows,
        left_out: Vec::new(),
    })
}

/// What is in a CSV file.
struct Surveyed {
    names: Vec<String>,
    seen: Vec<Seen>,
    n_rows: usize,
    /// By which its cells are read.
    rules: CellRules,
}

impl Surveyed {
    /// What was seen of the columns that are not known to be texts.
    fn open<'a>(&'a self, known: &'a KnownColumns) -> impl Iterator<Item = Seen> + 'a {
        let columns = self.names.iter().zip(&self.seen);
        let open = columns.filter(|(name, _)| !known.is_text(name));
        open.map(|(_, &seen)| seen)
    }
}

fn survey_csv(
    source: &Source,
    dialect: &Dialect,
    known: &KnownColumns,
) -> Result<Surveyed, TableError> {
    let found = survey_by(source, source.rules.clone())?;
    let found = match dialect.fraction_mark() {
        Some(_) => found,
        None => by_comma(source, found, known)?,
    };
    match dialect.thousands.is_none() && found.rules.has_comma() {
        true => by_groups(source, found, known),
        false => Ok(found),
    }
}

/// The file with decimal commas, if it has such, else as it was `found`.
fn by_comma(
    source: &Source,
    found: Surveyed,
    known: &KnownColumns,
) -> Result<Surveyed, TableError> {
    // Where commas separate fields, one in a number is as likely to group thousands.
    let asks = source.delimiter != b',' && found.open(known).any(Seen::has_comma);
    if !asks || found.open(known).any(Seen::has_fractions) {
        return Ok(found);
    }
    let by_comma = survey_by(source, found.rules.with_comma())?;
    let turned = found
        .open(known)
        .zip(by_comma.open(known))
        .any(|(point, comma)| point.has_text() && (comma.has_fractions() || comma.has_points()));
    match turned && by_comma.open(known).any(Seen::has_comma) {
        true => Ok(by_comma),
        false => Ok(found),
    }
}

/// The file with points between groups of digits, if beside decimal commas it has such,
/// else as it was `found`.
fn by_groups(
    source: &Source,
    found: Surveyed,
    known: &KnownColumns,
) -> Result<Surveyed, TableError> {
    if !found.open(known).any(Seen::has_points) {
        return Ok(found);
    }
    let grouped = survey_by(source, found.rules.with_comma_and_groups())?;
    // A column that has both is one of numbers by no other rule.
    let turned = found
        .open(known)
        .zip(grouped.open(known))
        .any(|(found, grouped)| found.has_points() && !grouped.has_text() && grouped.has_comma());
    Ok(if turned { grouped } else { found })
}

/// What is in a CSV file by `rules`.
fn survey_by(source: &Source, rules: CellRules) -> Result<Surveyed, TableError> {
    let mut file = CsvFile::open(source)?;
    let names = file.names().to_vec();
    let all: Vec<usize> = (0..names.len()).collect();
    let mut seen = vec![Seen::default(); names.len()];
    let mut n_rows = 0;
    ahead(
        &source.name,
        move || file.next_portion(&all),
        |cells| {
            cells.survey(&mut seen, &rules);
            n_rows += cells.n_rows();
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(Surveyed {
        names,
        seen,
        n_rows,
        rules,
    })
}

/// Reads the columns `fields`, which the file has, in portions of any size.
pub(crate) fn read(
    source: &Source,
    fields: &Fields,
    sink: &mut PortionSink<'_>,
) -> Result<(), TableError> {
    let convert = |cells: Cells| sink(cells.columns(&source.name, fields, &source.rules)?);
    match source.format {
        Format::JsonLines => {
            let wanted: HashMap<&str, usize> = fields
                .iter()
                .enumerate()
                .map(|(at, (name, _))| (name.as_str(), at))
                .collect();
            let mut file = JsonLines::open(source)?;
            ahead(&source.name, move || file.next_portion(&wanted), convert)
        }
        _ => {
            let mut file = CsvFile::open(source)?;
            let wanted: Option<Vec<usize>> = fields
                .iter()
                .map(|(name, _)| file.names().iter().position(|other| other == name))
                .collect();
            let wanted = wanted.ok_or_else(|| changed(source))?;
            ahead(&source.name, move || file.next_portion(&wanted), convert)
        }
    }
}

/// The file is not the one that was surveyed.
fn changed(source: &Source) -> TableError {
    TableError::Corrupt {
        path: source.name.clone(),
        message: "it changed while it was being read".to_owned(),
    }
}

/// Runs `next` on a thread of its own until it gives `None`, and `each` here
/// on what it gives.
fn ahead(
    path: &str,
    mut next: impl FnMut() -> Result<Option<Cells>, TableError> + Send,
    mut each: impl FnMut(Cells) -> Result<ControlFlow<()>, TableError>,
) -> Result<(), TableError> {
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        scope.spawn(move || {
            while let Some(portion) = guarded(path, &mut next).transpose() {
                let failed = portion.is_err();
                if sender.send(portion).is_err() || failed {
                    return;
                }
            }
        });
        for portion in receiver {
            if each(portion?)?.is_break() {
                break;
            }
        }
        Ok(())
    })
}
