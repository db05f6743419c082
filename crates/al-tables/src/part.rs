//! One table of an input: a file, or one in memory.

use al_core::KnownColumns;
use polars_core::prelude::{DataFrame, DataType};

use crate::contents::{Contents, PortionSink};
use crate::error::TableError;
use crate::format::Format;
use crate::frame::Frame;
use crate::guard::guarded;
use crate::partitions::{Partition, partitions};
use crate::schema::{Fields, conform, fields_of};
use crate::source::Source;
use crate::{arrow_file, parquet_file, text_file};

/// A table and what it contains.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) rows: PartRows,
    pub(crate) contents: Contents,
    /// Columns that have one value throughout, which the names of directories say.
    pub(crate) said: Vec<Partition>,
}

/// Where the rows of a part are.
#[derive(Debug)]
pub(crate) enum PartRows {
    /// In a file, or in what was standard input.
    File(Source),
    /// In memory, by a name for messages.
    Memory(String, Frame),
}

impl Part {
    /// The rows of `frame`.
    pub(crate) fn in_memory(name: &str, frame: &Frame) -> Part {
        Part {
            contents: Contents {
                coded: Fields::new(),
                natural: Fields::new(),
                pointed: Vec::new(),
                fields: fields_of(&frame.data),
                n_rows: frame.n_rows(),
                left_out: Vec::new(),
            },
            rows: PartRows::Memory(name.to_owned(), frame.clone()),
            said: Vec::new(),
        }
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> &str {
        match &self.rows {
            PartRows::File(source) => &source.name,
            PartRows::Memory(name, _) => name,
        }
    }

    /// What the names of its directories say.
    fn partitions(&self) -> Vec<Partition> {
        match &self.rows {
            PartRows::File(source) => source.path().map_or_else(Vec::new, partitions),
            PartRows::Memory(..) => Vec::new(),
        }
    }

    pub(crate) fn format(&self) -> Option<Format> {
        match &self.rows {
            PartRows::File(source) => Some(source.format),
            PartRows::Memory(..) => None,
        }
    }

    /// The BLAKE3 digest of the file's bytes, or of those that the table would
    /// have as a Parquet file.
    pub(crate) fn digest(&self) -> Result<String, TableError> {
        let mut hasher = blake3::Hasher::new();
        match &self.rows {
            PartRows::File(source) => {
                hasher
                    .update_reader(source.bytes()?)
                    .map_err(|error| source.read_error(error))?;
            }
            PartRows::Memory(_, frame) => {
                hasher.update(&frame.to_parquet()?);
            }
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    /// Reads the columns `fields`, each of the type given; columns that the
    /// table lacks are missing throughout.
    pub(crate) fn read(
        &self,
        fields: &Fields,
        portion: usize,
        sink: &mut PortionSink<'_>,
    ) -> Result<(), TableError> {
        let path = self.name();
        let said = |name: &str| self.said.iter().find(|said| said.name == name);
        let in_rows = |name: &str| {
            let mut own = self.contents.fields.iter();
            said(name).is_none() && own.any(|(other, _)| other == name)
        };
        let mut present: Fields = fields
            .iter()
            .filter(|(name, _)| in_rows(name))
            .cloned()
            .collect();
        if present.is_empty() {
            let mut own = self.contents.fields.iter();
            present.extend(own.find(|(name, _)| in_rows(name)).cloned());
        }
        let said: Vec<(&Partition, &DataType)> = fields
            .iter()
            .filter_map(|(name, data_type)| Some((said(name)?, data_type)))
            .collect();
        let mut conformed = |mut frame: DataFrame| {
            let frame = guarded(path, || {
                for (said, data_type) in &said {
                    said.add_to(path, &mut frame, data_type)?;
                }
                conform(path, frame, fields)
            })?;
            sink(frame)
        };
        let source = match &self.rows {
            PartRows::File(source) => source,
            PartRows::Memory(_, frame) => return read(frame, portion, &mut conformed),
        };
        match source.format {
            Format::Parquet => parquet_file::read(source, &present, portion, &mut conformed),
            Format::Arrow => arrow_file::read(source, &present, &mut conformed),
            Format::Csv | Format::Tsv | Format::JsonLines => {
                text_file::read(source, &present, &mut conformed)
            }
        }
    }
}

/// Gives `parts` the columns that their directories' names say: those whose values differ
/// between parts, and those that are `known` to be of use. What a file says itself goes
/// before.
pub(crate) fn part_columns(parts: &mut [Part], known: &KnownColumns) -> PartColumns {
    let said: Vec<Vec<Partition>> = parts.iter().map(Part::partitions).collect();
    let mut names: Vec<&String> = Vec::new();
    for said in said.iter().flatten() {
        if !names.contains(&&said.name) {
            names.push(&said.name);
        }
    }
    let value = |at: usize, name: &str| said[at].iter().find(|said| said.name == name);
    let wanted = |name: &&&String| {
        let first = value(0, name);
        let differs = (1..parts.len()).any(|at| value(at, name) != first);
        differs || known.needed.contains(name)
    };
    let wanted: Vec<String> = names
        .iter()
        .filter(wanted)
        .map(|&name| name.clone())
        .collect();
    let own = |name: &String| {
        parts
            .iter()
            .any(|part| part.contents.fields.iter().any(|(other, _)| other == name))
    };
    let alike = names
        .iter()
        .filter(|name| !wanted.contains(name) && !own(name));
    let alike = alike.filter_map(|&name| Some((name.clone(), value(0, name)?.value.clone()?)));
    let alike: Vec<(String, String)> = alike.collect();
    let mut added = Vec::new();
    for name in wanted {
        for (part, said) in parts.iter_mut().zip(&said) {
            let own = part.contents.fields.iter().any(|(other, _)| *other == name);
            let Some(said) = said.iter().find(|said| said.name == name).filter(|_| !own) else {
                continue;
            };
            let data_type = match known.is_text(&name) {
                true => DataType::String,
                false => said.data_type(),
            };
            part.contents.fields.push((name.clone(), data_type));
            part.said.push(said.clone());
            if !added.contains(&name) {
                added.push(name.clone());
            }
        }
    }
    PartColumns { added, alike }
}

/// What the names of directories say.
pub(crate) struct PartColumns {
    /// The columns that were added.
    pub(crate) added: Vec<String>,
    /// What they say of all files alike, which is no column.
    pub(crate) alike: Vec<(String, String)>,
}

/// Hands the rows of `frame` on in portions, which share its memory.
fn read(frame: &Frame, portion: usize, sink: &mut PortionSink<'_>) -> Result<(), TableError> {
    let mut from = 0;
    while from < frame.n_rows() {
        let rows = frame.slice(from, portion);
        from += rows.n_rows();
        if sink(rows.data)?.is_break() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use al_core::{Column, ColumnData, Numbers, Table, Texts};

    use crate::{Frame, Input, ReadOptions, TableError};

    fn frame() -> Frame {
        let column = |name: &str, data| Column {
            name: name.to_owned(),
            data,
        };
        let numbers = Numbers::from(vec![1.0, f64::NAN, 3.0, 4.5]);
        let texts = Texts::from_rows([Some("a"), Some("b"), None, Some("b")]);
        Frame::from_table(&Table::new(vec![
            column("x", ColumnData::Number(numbers)),
            column("t", ColumnData::Text(texts)),
        ]))
    }

    fn open(filter: Option<&str>) -> Input {
        let options = ReadOptions {
            filter: filter.map(str::to_owned),
            ..ReadOptions::default()
        };
        Input::of_frame("tonight", &frame(), &options).unwrap()
    }

    #[test]
    fn a_table_in_memory_reads_as_its_file_does() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.parquet");
        std::fs::write(&path, frame().to_parquet().unwrap()).unwrap();
        let paths = [path.display().to_string()];
        let file = Input::open(&paths, &ReadOptions::default()).unwrap();
        let memory = open(None);
        assert_eq!(memory.names(), file.names());
        assert_eq!(memory.n_rows(), file.n_rows());
        assert_eq!(memory.digests().unwrap(), file.digests().unwrap());
        let table = |frame: Frame| frame.table(None).unwrap();
        let same = |a: Frame, b: Frame| {
            // NaN is not equal to itself.
            assert_eq!(format!("{:?}", table(a)), format!("{:?}", table(b)));
        };
        same(memory.read(None).unwrap(), file.read(None).unwrap());
        same(
            memory.read(Some(&["t"])).unwrap(),
            file.read(Some(&["t"])).unwrap(),
        );
        let blocks: Vec<usize> = memory
            .blocks(3, None)
            .unwrap()
            .map(|block| block.unwrap().n_rows())
            .collect();
        assert_eq!(blocks, [3, 1]);
        let info = &memory.files()[0];
        assert_eq!((info.path.as_str(), info.format), ("tonight", None));
    }

    #[test]
    fn its_rows_have_places_and_pass_filters() {
        let input = open(Some("t = 'b'"));
        assert_eq!(input.n_rows(), None);
        assert_eq!(input.read(None).unwrap().n_rows(), 2);
        assert_eq!(input.place(1), "tonight, row 4");
        let none = open(Some("x > 100"));
        let blocks: Vec<usize> = none
            .blocks(3, None)
            .unwrap()
            .map(|block| block.unwrap().n_rows())
            .collect();
        assert_eq!(blocks, [0]);
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let options = ReadOptions::default();
        let empty = Input::of_frame("tonight", &Frame::default(), &options).unwrap_err();
        assert!(matches!(empty, TableError::Shape { .. }), "{empty}");
        assert!(empty.to_string().contains("tonight"), "{empty}");
        let options = ReadOptions {
            filter: Some("y > 1".to_owned()),
            ..ReadOptions::default()
        };
        let unknown = Input::of_frame("tonight", &frame(), &options).unwrap_err();
        assert!(unknown.to_string().contains('y'), "{unknown}");
        assert!(open(None).read(Some(&["z"])).is_err());
    }
}
