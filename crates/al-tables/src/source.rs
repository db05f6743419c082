//! Where the bytes of one input come from: a file, or standard input copied
//! to a temporary file that has no name.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use al_core::{Dialect, nearest};
use polars_buffer::Buffer;
use polars_utils::mmap::MMapSemaphore;

use crate::cell_rules::{CellRules, delimiter_of};
use crate::error::TableError;
use crate::format::{Compression, Format, foreign, of_file, of_input, sniff};
use crate::guard::corrupt;

/// The first bytes of a file, which tell what it is.
const HEAD: u64 = 4096;

/// One input that can be read any number of times.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// What messages call it.
    pub(crate) name: String,
    pub(crate) format: Format,
    /// What separates the fields of CSV.
    pub(crate) delimiter: u8,
    /// How the cells of text are read.
    pub(crate) rules: CellRules,
    compression: Compression,
    bytes: SourceBytes,
}

#[derive(Debug, Clone)]
enum SourceBytes {
    Path(PathBuf),
    Spooled(Arc<File>),
}

impl Source {
    /// The file `path`.
    pub(crate) fn file(path: &Path) -> Result<Source, TableError> {
        let name = path.display().to_string();
        let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => TableError::NotFound {
                near: near_file(path),
                path: name.clone(),
            },
            _ => TableError::Read {
                path: name.clone(),
                source: error,
            },
        })?;
        if metadata.is_dir() {
            return Err(TableError::Directory {
                pattern: tables_in(path),
                path: name,
            });
        }
        if !metadata.is_file() {
            // A pipe or a device can be read once only.
            let file = File::open(path).map_err(|source| read_error(&name, source))?;
            let mut source = Source::spool(&name, file)?;
            if let Some((format, compression)) = of_input(path) {
                (source.format, source.compression) = (format, compression);
                source.delimiter = usual_delimiter(format);
            }
            return Ok(source);
        }
        let mut head = Vec::new();
        let file = File::open(path).map_err(|source| read_error(&name, source))?;
        file.take(HEAD)
            .read_to_end(&mut head)
            .map_err(|source| read_error(&name, source))?;
        check_foreign(&name, &head)?;
        let Some((format, compression)) = of_file(path, &head) else {
            return Err(TableError::UnknownFormat { path: name });
        };
        Ok(Source {
            name,
            format,
            delimiter: usual_delimiter(format),
            rules: CellRules::default(),
            compression,
            bytes: SourceBytes::Path(path.to_owned()),
        })
    }

    /// Where it is, if it is a file of its own.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.bytes {
            SourceBytes::Path(path) => Some(path),
            SourceBytes::Spooled(_) => None,
        }
    }

    /// Whether the name of the file says another format than its first bytes.
    pub(crate) fn is_misnamed(&self) -> bool {
        let named = self.path().and_then(of_input);
        named.is_some_and(|(format, _)| format != self.format)
    }

    /// Reads text as `dialect` says; what it leaves open is found from the first lines.
    pub(crate) fn speak(&mut self, dialect: &Dialect) -> Result<(), TableError> {
        self.rules = CellRules::of(dialect);
        if let Some(delimiter) = dialect.delimiter {
            self.delimiter = u8::try_from(delimiter).unwrap_or(b',');
        } else if matches!(self.format, Format::Csv | Format::Tsv) {
            let mut head = Vec::new();
            self.text()?
                .take(1 << 16)
                .read_to_end(&mut head)
                .map_err(|source| self.read_error(source))?;
            self.delimiter = delimiter_of(&head, self.delimiter);
        }
        Ok(())
    }

    /// What separates its fields, if that is not what its name says.
    pub(crate) fn found_delimiter(&self) -> Option<u8> {
        let text = matches!(self.format, Format::Csv | Format::Tsv);
        (text && self.delimiter != usual_delimiter(self.format)).then_some(self.delimiter)
    }

    /// All of `reader`, copied to a temporary file; its format is found out
    /// from its first bytes.
    pub(crate) fn spool(name: &str, mut reader: impl Read) -> Result<Source, TableError> {
        let failed = |source| read_error(name, source);
        let mut file = tempfile::tempfile().map_err(failed)?;
        io::copy(&mut reader, &mut file).map_err(failed)?;
        let file = Arc::new(file);
        let mut head = Vec::new();
        ReadAt::new(&file)
            .take(HEAD)
            .read_to_end(&mut head)
            .map_err(failed)?;
        check_foreign(name, &head)?;
        let (format, compression) = sniff(&head);
        Ok(Source {
            name: name.to_owned(),
            format,
            delimiter: usual_delimiter(format),
            rules: CellRules::default(),
            compression,
            bytes: SourceBytes::Spooled(file),
        })
    }

    fn open(&self) -> Result<File, TableError> {
        match &self.bytes {
            SourceBytes::Path(path) => File::open(path),
            SourceBytes::Spooled(file) => file.try_clone(),
        }
        .map_err(|source| read_error(&self.name, source))
    }

    /// The bytes as they are, from the start.
    pub(crate) fn bytes(&self) -> Result<impl Read + Send + use<>, TableError> {
        Ok(ReadAt::new(&Arc::new(self.open()?)))
    }

    /// The text, decompressed, without a byte order mark.
    pub(crate) fn text(&self) -> Result<Box<dyn Read + Send>, TableError> {
        const BUFFER: usize = 1 << 18;
        let raw = BufReader::with_capacity(BUFFER, self.bytes()?);
        let mut text: Box<dyn Read + Send> = match self.compression {
            Compression::None => Box::new(raw),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(raw)),
            Compression::Zstd => {
                Box::new(zstd::Decoder::with_buffer(raw).map_err(|source| self.read_error(source))?)
            }
        };
        let mut head = Vec::new();
        text.by_ref()
            .take(3)
            .read_to_end(&mut head)
            .map_err(|source| self.read_error(source))?;
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            return Err(TableError::NotText {
                path: self.name.clone(),
                line: 1,
            });
        }
        if head == b"\xef\xbb\xbf" {
            head.clear();
        }
        Ok(Box::new(io::Cursor::new(head).chain(text)))
    }

    /// The file, to be mapped into memory.
    pub(crate) fn mappable(&self) -> Result<Mappable, TableError> {
        let file = self.open()?;
        let metadata = file.metadata();
        if metadata.map_err(|source| self.read_error(source))?.len() == 0 {
            return Err(TableError::Empty {
                path: self.name.clone(),
            });
        }
        Ok(Mappable {
            file,
            name: self.name.clone(),
        })
    }

    /// A failure to read the text: of the system, or of the decompression.
    pub(crate) fn read_error(&self, source: io::Error) -> TableError {
        match source.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::Other
                if self.compression != Compression::None =>
            {
                TableError::Corrupt {
                    path: self.name.clone(),
                    message: source.to_string(),
                }
            }
            io::ErrorKind::InvalidInput if self.compression != Compression::None => {
                TableError::Corrupt {
                    path: self.name.clone(),
                    message: source.to_string(),
                }
            }
            _ => read_error(&self.name, source),
        }
    }

    /// The line, from 1, on which the row begins that a reader of
    /// [`Source::text`] found at `offset`. Blank lines before a row may have
    /// been counted to it by the reader; they are not by this.
    pub(crate) fn line_at(&self, offset: u64) -> Result<u64, TableError> {
        let mut reader = BufReader::new(self.text()?);
        let mut before = reader.by_ref().take(offset);
        let mut line = 1;
        let mut buffer = [0; 1 << 16];
        loop {
            let n = before
                .read(&mut buffer)
                .map_err(|source| self.read_error(source))?;
            if n == 0 {
                break;
            }
            line += buffer[..n].iter().filter(|&&byte| byte == b'\n').count() as u64;
        }
        for byte in reader.bytes() {
            match byte.map_err(|source| self.read_error(source))? {
                b'\n' => line += 1,
                b'\r' => {}
                _ => break,
            }
        }
        Ok(line)
    }
}

/// A file that is mapped into memory again for each part that is read of it,
/// so that only that part counts as memory of the process.
pub(crate) struct Mappable {
    file: File,
    name: String,
}

impl Mappable {
    pub(crate) fn map(&self) -> Result<Buffer<u8>, TableError> {
        let map = MMapSemaphore::new_from_file(&self.file);
        Ok(Buffer::from_owner(
            map.map_err(|error| corrupt(&self.name, &error))?,
        ))
    }
}

/// That a file is none of those that hold a table and are not read.
fn check_foreign(name: &str, head: &[u8]) -> Result<(), TableError> {
    match foreign(head) {
        None => Ok(()),
        Some((kind, remedy)) => Err(TableError::Foreign {
            path: name.to_owned(),
            kind,
            remedy,
        }),
    }
}

fn usual_delimiter(format: Format) -> u8 {
    match format {
        Format::Tsv => b'\t',
        _ => b',',
    }
}

fn read_error(name: &str, source: io::Error) -> TableError {
    TableError::Read {
        path: name.to_owned(),
        source,
    }
}

/// A pattern for the tables in a directory, or in the directories in it.
fn tables_in(path: &Path) -> Option<String> {
    const DEEPEST: usize = 4;
    let mut level = vec![path.to_owned()];
    for depth in 0..DEEPEST {
        let entries = level
            .iter()
            .filter_map(|at| std::fs::read_dir(at).ok())
            .flatten();
        let mut inside: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        inside.sort_unstable();
        let table = inside
            .iter()
            .find(|path| path.is_file() && of_input(path).is_some());
        if let Some(ending) = table.and_then(|table| table.extension()) {
            let between = if depth == 0 { "" } else { "**/" };
            return Some(format!(
                "{}/{between}*.{}",
                path.display(),
                ending.to_str()?
            ));
        }
        level = inside
            .into_iter()
            .filter(|path| path.is_dir())
            .take(100)
            .collect();
    }
    None
}

/// A file in the same directory whose name is near to that of `path`.
fn near_file(path: &Path) -> Option<String> {
    let directory = path.parent()?;
    let listed = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    let mut names: Vec<String> = std::fs::read_dir(listed)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    let near = nearest(path.file_name()?.to_str()?, &names)?;
    Some(directory.join(near).display().to_string())
}

/// Reads a shared file from the start with a position of its own.
#[derive(Debug)]
struct ReadAt {
    file: Arc<File>,
    position: u64,
}

impl ReadAt {
    fn new(file: &Arc<File>) -> ReadAt {
        ReadAt {
            file: Arc::clone(file),
            position: 0,
        }
    }
}

impl Read for ReadAt {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let n = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.position)?;
        #[cfg(windows)]
        let n = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.position)?;
        self.position += n as u64;
        Ok(n)
    }
}
