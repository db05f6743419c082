//! CSV and TSV: header and records.

use std::io::Read;

use csv::{ByteRecord, Reader, ReaderBuilder};

use crate::cell_rules::said_delimiter;
use crate::cells::Cells;
use crate::error::TableError;
use crate::source::Source;

/// Cells are handed on in portions of about this many bytes of text.
const PORTION: usize = 1 << 21;

/// Reads the records of a CSV file one by one.
pub(crate) struct CsvFile<'s> {
    source: &'s Source,
    reader: Reader<Box<dyn Read + Send>>,
    names: Vec<String>,
    record: ByteRecord,
}

impl<'s> CsvFile<'s> {
    /// Opens the file and reads its header.
    pub(crate) fn open(source: &'s Source) -> Result<CsvFile<'s>, TableError> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(source.delimiter)
            .buffer_capacity(1 << 17)
            .from_reader(source.text()?);
        let mut record = ByteRecord::new();
        let mut there = read(source, &mut reader, &mut record)?;
        if there && says_delimiter(source, &record) {
            there = read(source, &mut reader, &mut record)?;
        }
        if !there {
            return Err(TableError::Empty {
                path: source.name.clone(),
            });
        }
        let names: Option<Vec<String>> = record
            .iter()
            .map(|name| String::from_utf8(name.to_vec()).ok())
            .collect();
        let Some(names) = names else {
            return Err(TableError::NotText {
                path: source.name.clone(),
                line: source.line_at(offset(&record))?,
            });
        };
        check_names(&source.name, &names)?;
        Ok(CsvFile {
            source,
            reader,
            names,
            record,
        })
    }

    /// The column names, in the file's order.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The next portion of rows with the cells of the columns `wanted`, `None`
    /// at the end.
    pub(crate) fn next_portion(&mut self, wanted: &[usize]) -> Result<Option<Cells>, TableError> {
        let mut cells = Cells::new(wanted.len());
        while cells.size() < PORTION && cells.n_rows() < PORTION / 16 && self.next_record()? {
            cells.begin_row(offset(&self.record));
            for &column in wanted {
                cells.push_field(&self.record[column]);
            }
        }
        if let Some(row) = cells.first_not_text() {
            return Err(TableError::NotText {
                path: self.source.name.clone(),
                line: self.source.line_at(cells.start(row))?,
            });
        }
        Ok((cells.n_rows() > 0).then_some(cells))
    }

    /// The offset of row `row`, from 0, in the file's text.
    pub(crate) fn offset_of(&mut self, row: usize) -> Result<Option<u64>, TableError> {
        for _ in 0..row {
            self.next_record()?;
        }
        Ok(self.next_record()?.then(|| offset(&self.record)))
    }

    /// Reads the next record that is not blank; `false` at the end.
    fn next_record(&mut self) -> Result<bool, TableError> {
        loop {
            if !read(self.source, &mut self.reader, &mut self.record)? {
                return Ok(false);
            }
            if self.record.len() == self.names.len() {
                return Ok(true);
            }
            let blank = self.record.len() == 1 && self.record[0].trim_ascii().is_empty();
            if !blank {
                return Err(TableError::Ragged {
                    path: self.source.name.clone(),
                    line: self.source.line_at(offset(&self.record))?,
                    expected: self.names.len(),
                    found: self.record.len(),
                });
            }
        }
    }
}

fn read(
    source: &Source,
    reader: &mut Reader<Box<dyn Read + Send>>,
    record: &mut ByteRecord,
) -> Result<bool, TableError> {
    reader.read_byte_record(record).map_err(|error| {
        let message = error.to_string();
        match error.into_kind() {
            csv::ErrorKind::Io(error) => source.read_error(error),
            _ => TableError::Corrupt {
                path: source.name.clone(),
                message,
            },
        }
    })
}

/// Whether a record is a line such as `sep=;` above the header.
fn says_delimiter(source: &Source, record: &ByteRecord) -> bool {
    match (record.get(0), record.get(1), record.len()) {
        // Its delimiter parts it from nothing.
        (Some(name), Some(b""), 2) => {
            said_delimiter(&[name, &[source.delimiter]].concat()).is_some()
        }
        (Some(line), None, 1) => said_delimiter(line).is_some(),
        _ => false,
    }
}

fn offset(record: &ByteRecord) -> u64 {
    record.position().map_or(0, csv::Position::byte)
}

/// Column names must be unique.
pub(crate) fn check_names(path: &str, names: &[String]) -> Result<(), TableError> {
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    let mut twice: Vec<String> = sorted
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| pair[0].clone())
        .collect();
    twice.dedup();
    if twice.is_empty() {
        return Ok(());
    }
    Err(TableError::DuplicateColumns {
        path: path.to_owned(),
        names: twice,
    })
}
