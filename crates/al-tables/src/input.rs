//! One table from one or more files.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use al_core::{Dialect, KnownColumns};
use polars_core::prelude::DataType;

use crate::blocks::FrameBlocks;
use crate::error::TableError;
use crate::file_notes::FileNotes;
use crate::format::Format;
use crate::frame::Frame;
use crate::guard::{corrupt, guarded};
use crate::part::{Part, PartRows, part_columns};
use crate::schema::empty;
use crate::source::Source;
use crate::unified::UnifiedTable;
use crate::unreadable::Unreadable;
use crate::{arrow_file, parquet_file, place, text_file};

/// What standard input is called in messages.
const STDIN: &str = "standard input";

/// Rows that are decoded at once when a whole table is read.
const PORTION: usize = 1 << 17;

/// How to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// A boolean SQL expression over the columns of a row; rows for which it
    /// is not true are left out.
    pub filter: Option<String>,
    /// How text files are written, as far as it is said.
    pub dialect: Dialect,
    /// What is known of the columns.
    pub known: KnownColumns,
}

/// One file of an [`Input`], or a table in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// Its path as given, or the match of a pattern; of a table in memory, its
    /// name.
    pub path: String,
    /// Its format; none of a table in memory.
    pub format: Option<Format>,
    /// Its rows, before any filter.
    pub n_rows: usize,
}

/// One logical table: files and patterns in the order given, or a table in
/// memory, with the rows of each that pass the filter.
///
/// [`Input::open`] looks at every file: it finds the column types, from every
/// cell where the format has none, and reports files that do not fit. The
/// methods that read then open the files again.
#[derive(Debug, Clone)]
pub struct Input {
    table: Arc<UnifiedTable>,
    files: Arc<[FileInfo]>,
    notes: Arc<[String]>,
    alike: Arc<[(String, String)]>,
}

impl Input {
    /// Opens files, patterns such as `results/*.csv`, and `-` for standard
    /// input (once; it is copied to a temporary file).
    ///
    /// # Errors
    ///
    /// Whatever is wrong with a file, the way they fit together or the filter:
    /// see [`TableError`].
    pub fn open(paths: &[String], options: &ReadOptions) -> Result<Input, TableError> {
        let dialect = options.dialect.after(&options.known.dialect);
        let before = &options.known.dialect;
        let sources = sources(paths)?;
        let mut notes = FileNotes::default();
        let mut parts = Vec::with_capacity(sources.len());
        let mut alike = Vec::new();
        for mut source in sources {
            source.speak(&dialect)?;
            let contents = match source.format {
                Format::Parquet => parquet_file::survey(&source)?,
                Format::Arrow => arrow_file::survey(&source)?,
                Format::Csv | Format::Tsv | Format::JsonLines => {
                    let mut contents = text_file::survey(&mut source, &dialect, &options.known)?;
                    let numbers = &options.known.numbers;
                    let pointed = contents.pointed.iter().find(|name| numbers.contains(name));
                    if let Some(column) = pointed {
                        return Err(TableError::Pointed {
                            path: source.name,
                            column: column.clone(),
                        });
                    }
                    for (name, data_type) in &mut contents.fields {
                        let natural = data_type.clone();
                        if options.known.is_text(name) {
                            *data_type = DataType::String;
                        } else if options.known.numbers.contains(name)
                            && let Some((_, number)) =
                                contents.coded.iter().find(|(coded, _)| coded == name)
                        {
                            *data_type = number.clone();
                        }
                        if natural != *data_type {
                            contents.natural.push((name.clone(), natural));
                        }
                    }
                    contents
                }
            };
            if contents.fields.is_empty() {
                return Err(match contents.left_out.first() {
                    Some(column) => column.error(),
                    None => TableError::Empty { path: source.name },
                });
            }
            notes.note(&source, &dialect, before);
            parts.push(Part {
                rows: PartRows::File(source),
                contents,
                said: Vec::new(),
            });
        }
        if !dialect.no_partitions {
            let said = part_columns(&mut parts, &options.known);
            notes.add(said.added);
            notes.leave(&said.alike);
            alike = said.alike;
        }
        let mut input = Input::of(parts, options)?;
        input.alike = alike.into();
        input.notes = notes.sentences().into();
        Ok(input)
    }

    /// A table in memory, which messages call `name`.
    ///
    /// # Errors
    ///
    /// [`TableError::Shape`] if the frame has no columns, and what is wrong
    /// with the filter.
    pub fn of_frame(name: &str, frame: &Frame, options: &ReadOptions) -> Result<Input, TableError> {
        if frame.data.width() == 0 {
            return Err(TableError::Shape {
                message: format!("{name}: there are no columns"),
            });
        }
        Input::of(vec![Part::in_memory(name, frame)], options)
    }

    fn of(parts: Vec<Part>, options: &ReadOptions) -> Result<Input, TableError> {
        let table = UnifiedTable::of(parts, options.filter.as_deref())?;
        let info = |part: &Part| FileInfo {
            path: part.name().to_owned(),
            format: part.format(),
            n_rows: part.contents.n_rows,
        };
        Ok(Input {
            files: table.parts.iter().map(info).collect(),
            table: Arc::new(table),
            notes: Arc::new([]),
            alike: Arc::new([]),
        })
    }

    /// What the names of directories say of all files alike, and what is therefore read as
    /// no column: name and value.
    #[must_use]
    pub fn said_of_all(&self) -> &[(String, String)] {
        &self.alike
    }

    /// What was found of how the files are written, where that is not what their names
    /// say: a sentence each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The columns' names: those of the first file in its order, then those
    /// that only later files have.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.table.names
    }

    /// The columns of Parquet and Arrow files that cannot be read, for their
    /// types. They are none of [`Input::names`]: nothing is wrong as long as
    /// nobody needs them.
    #[must_use]
    pub fn left_out(&self) -> &[Unreadable] {
        &self.table.left_out
    }

    /// The files, in the order they are read.
    #[must_use]
    pub fn files(&self) -> &[FileInfo] {
        &self.files
    }

    /// The BLAKE3 digest of each file's bytes, in hexadecimal. Reads them all.
    /// The bytes of a table in memory are those of [`Frame::to_parquet`].
    ///
    /// # Errors
    ///
    /// [`TableError::Read`]; of a table in memory [`TableError::Unwritable`].
    pub fn digests(&self) -> Result<Vec<String>, TableError> {
        self.table.parts.iter().map(Part::digest).collect()
    }

    /// The number of rows, `None` if a filter must be applied to know it.
    #[must_use]
    pub fn n_rows(&self) -> Option<usize> {
        match self.table.filter {
            None => Some(self.n_rows_hint()),
            Some(_) => None,
        }
    }

    /// The number of rows before the filter: for the length of a progress bar.
    #[must_use]
    pub fn n_rows_hint(&self) -> usize {
        self.files.iter().map(|info| info.n_rows).sum()
    }

    /// All rows of the columns `columns` (all columns if `None`), in that
    /// order.
    ///
    /// # Errors
    ///
    /// [`TableError::UnknownColumn`], or what is wrong with a file.
    pub fn read(&self, columns: Option<&[&str]>) -> Result<Frame, TableError> {
        let fields = self.table.select(columns)?;
        let mut whole = empty(&fields);
        self.table.for_each(&fields, PORTION, &mut |frame| {
            guarded("table", || {
                whole
                    .vstack_mut_owned(frame)
                    .map_err(|error| corrupt("table", &error))?;
                Ok(ControlFlow::Continue(()))
            })
        })?;
        guarded("table", || {
            whole.rechunk_mut_par();
            Ok(Frame { data: whole })
        })
    }

    /// The same rows in blocks of `rows_per_block` (the last may have fewer),
    /// read ahead on another thread: at most two blocks and what the reader
    /// works on are in memory, whatever the length of the table. There is at
    /// least one block, without rows if the table has none.
    ///
    /// # Errors
    ///
    /// [`TableError::UnknownColumn`]; the iterator gives what is wrong with a
    /// file, and then ends.
    pub fn blocks(
        &self,
        rows_per_block: usize,
        columns: Option<&[&str]>,
    ) -> Result<FrameBlocks, TableError> {
        let fields = self.table.select(columns)?;
        Ok(FrameBlocks::start(
            Arc::clone(&self.table),
            fields,
            rows_per_block.max(1),
        ))
    }

    /// Where row `row` (from 0) of what [`Input::read`] gives stands, for
    /// messages: `results.csv, line 17`, or `results.parquet, row 5` (from 1).
    /// Reads the files again, up to that row. If that fails, the row's number
    /// in the whole table.
    #[must_use]
    pub fn place(&self, row: usize) -> String {
        place::place(&self.table, row).unwrap_or_else(|| format!("row {}", row + 1))
    }
}

/// The files that a path or pattern names, as far as they are there; standard input is none.
#[must_use]
pub fn files_of(path: &str) -> Vec<PathBuf> {
    if path == "-" {
        return Vec::new();
    }
    if !path.contains(['*', '?', '[']) || Path::new(path).exists() {
        return vec![PathBuf::from(path)];
    }
    glob::glob(path).map_or_else(|_| Vec::new(), |found| found.flatten().collect())
}

/// The files that paths and patterns name.
fn sources(paths: &[String]) -> Result<Vec<Source>, TableError> {
    let mut sources = Vec::new();
    let mut stdin_read = false;
    for path in paths {
        if path == "-" {
            if stdin_read {
                return Err(TableError::Shape {
                    message: "standard input can be read once only; name '-' once".to_owned(),
                });
            }
            stdin_read = true;
            sources.push(Source::spool(STDIN, std::io::stdin().lock())?);
        } else if path.contains(['*', '?', '[']) && !Path::new(path).exists() {
            let none = || TableError::NotFound {
                path: path.clone(),
                near: None,
            };
            let mut found = Vec::new();
            for file in glob::glob(path).map_err(|_| none())? {
                let file = file.map_err(|error| TableError::Read {
                    path: path.clone(),
                    source: error.into(),
                })?;
                if !file.is_dir() {
                    found.push(file);
                }
            }
            if found.is_empty() {
                return Err(none());
            }
            // The order of a directory's entries is the system's.
            found.sort_unstable();
            for file in found {
                sources.push(Source::file(&file)?);
            }
        } else {
            sources.push(Source::file(Path::new(path))?);
        }
    }
    if sources.is_empty() {
        return Err(TableError::Shape {
            message: "no input file was given".to_owned(),
        });
    }
    Ok(sources)
}
