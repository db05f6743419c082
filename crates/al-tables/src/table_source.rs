//! Where rows are read from: files, or a table in memory.

use std::collections::HashMap;

use al_core::{Dialect, Fault, KnownColumns, Messages};

use crate::frame::{Frame, MEMORY};
use crate::input::{Input, ReadOptions};

/// Where rows are read from: files, or a table in memory; perhaps only those
/// that pass a filter. [`TableSource::default`] is no files.
///
/// ```
/// use al_tables::{Frame, TableSource};
///
/// let files = TableSource::files(["results/*.csv"]).filtered("batch <= 8");
/// let memory = TableSource::table("results of tonight", &Frame::default());
/// # let _ = (files, memory);
/// ```
#[derive(Debug, Clone, Default)]
pub struct TableSource {
    tables: SourceTables,
    filter: Option<String>,
    dialect: Dialect,
}

#[derive(Debug, Clone)]
enum SourceTables {
    /// Files, patterns, or `-` for standard input.
    Files(Vec<String>),
    /// A table in memory and its name.
    Memory(String, Frame),
}

impl Default for SourceTables {
    fn default() -> Self {
        SourceTables::Files(Vec::new())
    }
}

impl From<Frame> for TableSource {
    fn from(frame: Frame) -> Self {
        TableSource::table(MEMORY, &frame)
    }
}

impl From<&Frame> for TableSource {
    fn from(frame: &Frame) -> Self {
        TableSource::table(MEMORY, frame)
    }
}

impl From<&TableSource> for TableSource {
    fn from(source: &TableSource) -> Self {
        source.clone()
    }
}

impl TableSource {
    /// Files, patterns such as `results/*.csv`, or `-` for standard input, read
    /// as one table.
    #[must_use]
    pub fn files<P: Into<String>>(paths: impl IntoIterator<Item = P>) -> TableSource {
        TableSource {
            tables: SourceTables::Files(paths.into_iter().map(Into::into).collect()),
            ..TableSource::default()
        }
    }

    /// A table in memory. Messages call it `name` and count its rows from 1.
    /// The frame's values are shared, not copied.
    #[must_use]
    pub fn table(name: &str, frame: &Frame) -> TableSource {
        TableSource {
            tables: SourceTables::Memory(name.to_owned(), frame.clone()),
            ..TableSource::default()
        }
    }

    /// Only the rows for which the SQL expression `filter` is true.
    #[must_use]
    pub fn filtered(self, filter: impl Into<String>) -> TableSource {
        TableSource {
            filter: Some(filter.into()),
            ..self
        }
    }

    /// Text files are written as `dialect` says.
    #[must_use]
    pub fn written(self, dialect: &Dialect) -> TableSource {
        TableSource {
            dialect: dialect.clone(),
            ..self
        }
    }

    /// How text files are written, as far as it was said.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// The SQL expression that rows have to pass, if there is one.
    #[must_use]
    pub fn filter(&self) -> Option<&str> {
        self.filter.as_deref()
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(&self.tables, SourceTables::Files(paths) if paths.is_empty())
    }

    /// Whether what is read can be read once only.
    #[must_use]
    pub fn is_standard_input(&self) -> bool {
        matches!(&self.tables, SourceTables::Files(paths) if paths.iter().any(|path| path == "-"))
    }

    /// Of the files, only these.
    #[must_use]
    pub fn only(&self, paths: Vec<String>) -> TableSource {
        TableSource {
            tables: SourceTables::Files(paths),
            ..self.clone()
        }
    }

    /// The digest of what is read of a file with digest `file`: another
    /// filter reads other rows.
    #[must_use]
    pub fn digest(&self, file: String) -> String {
        match &self.filter {
            None => file,
            Some(filter) => blake3::hash(format!("{file} where {filter}").as_bytes())
                .to_hex()
                .to_string(),
        }
    }

    /// Opens the files or the table, of whose columns nothing is known.
    ///
    /// # Errors
    ///
    /// As [`TableSource::open_knowing`].
    pub fn open(&self) -> Result<Input, Fault> {
        self.open_knowing(&KnownColumns::default())
    }

    /// Opens the files or the table, of whose columns something is known.
    ///
    /// # Errors
    ///
    /// Files that cannot be read, and a filter or a dialect that is wrong.
    pub fn open_knowing(&self, known: &KnownColumns) -> Result<Input, Fault> {
        self.dialect.check()?;
        let options = ReadOptions {
            filter: self.filter.clone(),
            dialect: self.dialect.clone(),
            known: known.clone(),
        };
        Ok(match &self.tables {
            SourceTables::Files(paths) => Input::open(paths, &options)?,
            SourceTables::Memory(name, frame) => Input::of_frame(name, frame, &options)?,
        })
    }

    /// The digest of each file's bytes, in order.
    ///
    /// # Errors
    ///
    /// Files that cannot be read.
    pub fn digests(&self) -> Result<Vec<String>, Fault> {
        Ok(self.open()?.digests()?)
    }

    /// As [`TableSource::open_knowing`], but a file that is named twice, or is another one
    /// byte for byte, is read once: its rows would count as replicates that
    /// agree exactly. `warnings` gets a sentence for each such file.
    ///
    /// # Errors
    ///
    /// As [`TableSource::open_knowing`].
    pub fn open_once(&self, known: &KnownColumns, warnings: &mut Messages) -> Result<Input, Fault> {
        let input = self.open_knowing(known)?;
        if input.files().len() < 2 {
            return Ok(input);
        }
        let mut first: HashMap<String, String> = HashMap::new();
        let mut paths = Vec::new();
        for (file, digest) in input.files().iter().zip(input.digests()?) {
            match first.get(&digest) {
                None => {
                    first.insert(digest, file.path.clone());
                    paths.push(file.path.clone());
                }
                Some(before) if *before == file.path => {
                    warnings.push(format!("{before} is named twice and read once"));
                }
                Some(before) => warnings.push(format!(
                    "{} holds the same bytes as {before} and is excluded",
                    file.path
                )),
            }
        }
        if paths.len() == input.files().len() {
            return Ok(input);
        }
        if self.is_standard_input() {
            return Err(Fault::usage(
                "standard input and a file, or two files beside it, hold the same bytes",
            )
            .remedy("name each once"));
        }
        self.only(paths).open_knowing(known)
    }
}
