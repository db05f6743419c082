//! What was found of how files are written, said once for all files alike.

use al_core::phrases::listed;
use al_core::{Dialect, fault::quoted_list};

use crate::format::Format;
use crate::source::Source;

/// What was found, with the files that it was found of.
#[derive(Debug, Default)]
pub(crate) struct FileNotes {
    found: Vec<(String, Vec<String>)>,
    columns: Vec<String>,
    /// What directories say of all files alike.
    alike: Vec<String>,
}

impl FileNotes {
    /// Notes how a file is written, as far as `dialect` leaves that open.
    pub(crate) fn note(&mut self, source: &Source, dialect: &Dialect, before: &Dialect) {
        let mut found = Vec::new();
        if source.is_misnamed() {
            found.push(format!("is read as {}, which it is", kind(source.format)));
        }
        if let Some(delimiter) = source
            .found_delimiter()
            .filter(|_| dialect.delimiter.is_none())
        {
            found.push(match delimiter {
                b'\t' => "has its fields separated by tabs".to_owned(),
                other => format!("has its fields separated by '{}'", char::from(other)),
            });
        }
        let comma = dialect.fraction_mark().is_none() && source.rules.has_comma();
        let groups = dialect.thousands.is_none() && source.rules.has_groups_by_points();
        match (comma, groups) {
            (true, true) => found.push(
                "has numbers with points between groups of digits and a decimal comma".to_owned(),
            ),
            (true, false) => found.push("has numbers with a decimal comma".to_owned()),
            (false, true) => {
                found.push("has numbers with points between groups of digits".to_owned());
            }
            (false, false) => {}
        }
        let text = matches!(source.format, Format::Csv | Format::Tsv);
        if text && before.has_numbers() && !dialect.has_numbers() && !source.rules.has_comma() {
            found.push(
                "is read with decimal points, which the results that the model was trained on did not have"
                    .to_owned(),
            );
        }
        if found.is_empty() {
            return;
        }
        let what = found.join(" and ");
        match self.found.iter_mut().find(|(other, _)| *other == what) {
            Some((_, files)) => files.push(source.name.clone()),
            None => self.found.push((what, vec![source.name.clone()])),
        }
    }

    /// Notes columns that are read from the names of directories.
    pub(crate) fn add(&mut self, columns: Vec<String>) {
        self.columns.extend(columns);
    }

    /// Notes what directories say of all files alike.
    pub(crate) fn leave(&mut self, alike: &[(String, String)]) {
        let said = alike.iter().map(|(name, value)| format!("{name}={value}"));
        self.alike.extend(said);
    }

    pub(crate) fn sentences(&self) -> Vec<String> {
        let files = self
            .found
            .iter()
            .map(|(what, files)| format!("{} {what}", listed(files, 1)));
        let columns = (!self.columns.is_empty()).then(|| {
            let names = quoted_list(&self.columns);
            match self.columns.len() {
                1 => format!("column {names} is read from the names of directories"),
                _ => format!("columns {names} are read from the names of directories"),
            }
        });
        let alike = (!self.alike.is_empty()).then(|| {
            format!(
                "the directories of all files say {}, which is read as no column",
                self.alike.join(", ")
            )
        });
        files.chain(columns).chain(alike).collect()
    }
}

fn kind(format: Format) -> &'static str {
    match format {
        Format::Csv => "CSV",
        Format::Tsv => "tab-separated text",
        Format::Parquet => "Parquet",
        Format::Arrow => "Arrow",
        Format::JsonLines => "JSON lines",
    }
}
