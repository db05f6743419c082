//! Which format a file has: by its name, or for standard input by its first
//! bytes.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::error::TableError;

/// A table format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Comma-separated values with a header line (`.csv`).
    Csv,
    /// Tab-separated values with a header line (`.tsv`).
    Tsv,
    /// Apache Parquet (`.parquet`).
    Parquet,
    /// Arrow IPC, file or stream layout (`.arrow`, `.ipc`, `.feather`).
    Arrow,
    /// One JSON object per line (`.jsonl`, `.ndjson`).
    JsonLines,
}

/// How a text file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Format {
    /// The format that the name of `path` stands for, `None` if its ending is
    /// not known. Compressed names are input formats only and give `None`.
    #[must_use]
    pub fn from_path(path: &Path) -> Option<Format> {
        let ending = path.extension()?.to_str()?;
        ending.parse().ok()
    }

    /// The usual file name ending, without the dot.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Parquet => "parquet",
            Format::Arrow => "arrow",
            Format::JsonLines => "jsonl",
        }
    }
}

impl FromStr for Format {
    type Err = TableError;

    /// A format from its file name ending, in any case.
    fn from_str(name: &str) -> Result<Format, TableError> {
        match name.to_ascii_lowercase().as_str() {
            "csv" => Ok(Format::Csv),
            "tsv" => Ok(Format::Tsv),
            "parquet" => Ok(Format::Parquet),
            "arrow" | "ipc" | "feather" => Ok(Format::Arrow),
            "jsonl" | "ndjson" => Ok(Format::JsonLines),
            _ => Err(TableError::UnknownFormat {
                path: name.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.ending())
    }
}

/// The format and compression of an input file of this name.
pub(crate) fn of_input(path: &Path) -> Option<(Format, Compression)> {
    let compression = match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "gz" => Compression::Gzip,
        "zst" => Compression::Zstd,
        _ => return Some((Format::from_path(path)?, Compression::None)),
    };
    let inner = Format::from_path(Path::new(path.file_stem()?))?;
    matches!(inner, Format::Csv | Format::Tsv | Format::JsonLines).then_some((inner, compression))
}

/// What a file that begins with `head` is, if that is no table that is read: a name and
/// what to do.
pub(crate) fn foreign(head: &[u8]) -> Option<(&'static str, &'static str)> {
    const SAVE: &str = "save its sheet as CSV";
    const UNPACK: &str = "unpack it, or compress it with gzip or zstd";
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let first = text.trim_ascii_start();
    let names = |name: &[u8]| head.windows(name.len()).any(|part| part == name);
    let workbook = names(b"xl/") || names(b"docProps") || names(b"[Content_Types]");
    let array = first
        .strip_prefix(b"[")
        .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"));
    let page = [&b"<!"[..], b"<ht", b"<HT", b"<table", b"<?x"];
    Some(match head {
        [b'P', b'K', 3, 4, ..] if names(b"manifest.json") => (
            "a model file of altool",
            "name it where a model is asked for",
        ),
        [b'P', b'K', 3, 4, ..] if workbook => ("an Excel workbook", SAVE),
        [b'P', b'K', 3, 4, ..] => ("a zip archive", UNPACK),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => ("an Excel workbook", SAVE),
        [b'B', b'Z', b'h', ..] => ("compressed by bzip2", UNPACK),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => ("compressed by xz", UNPACK),
        [0x80, 2..=5, ..] => ("a pickle of Python", "write the table as CSV or Parquet"),
        _ if array => (
            "a JSON array",
            "write one object per line, as pandas does with orient='records', lines=True",
        ),
        _ if page.iter().any(|tag| first.starts_with(tag)) => {
            ("HTML or XML", "save the table as CSV")
        }
        _ => return None,
    })
}

/// The format and compression of a file by its name and by its first bytes, which go
/// before: a Parquet file may be called `.csv`. `None` if neither tells.
pub(crate) fn of_file(path: &Path, head: &[u8]) -> Option<(Format, Compression)> {
    let sniffed = sniff(head);
    match (of_input(path), sniffed.0) {
        (_, Format::Parquet | Format::Arrow) => Some(sniffed),
        // Text under the name of a binary format; an empty file is left to its reader.
        (Some((Format::Parquet | Format::Arrow, _)), _) if is_text(head) => Some(sniffed),
        (Some((format, Compression::None)), _) if sniffed.1 != Compression::None => {
            Some((format, sniffed.1))
        }
        (Some(named), _) => Some(named),
        (None, Format::JsonLines) => Some(sniffed),
        (None, _) => None,
    }
}

/// Whether a file that begins with `head` is text.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character may be cut off.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    !text.is_empty() && !text.contains(control)
}

/// The format and compression of data that begins with `head`.
pub(crate) fn sniff(head: &[u8]) -> (Format, Compression) {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    if head.starts_with(b"PAR1") {
        (Format::Parquet, Compression::None)
    } else if head.starts_with(b"ARROW1") || head.starts_with(b"\xff\xff\xff\xff") {
        (Format::Arrow, Compression::None)
    } else if head.starts_with(b"\x1f\x8b") {
        (Format::Csv, Compression::Gzip)
    } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
        (Format::Csv, Compression::Zstd)
    } else if first == Some(&b'{') {
        (Format::JsonLines, Compression::None)
    } else {
        (Format::Csv, Compression::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_come_from_names() {
        let of = |name: &str| of_input(Path::new(name));
        assert_eq!(of("a.CSV"), Some((Format::Csv, Compression::None)));
        assert_eq!(of("a.b.csv.gz"), Some((Format::Csv, Compression::Gzip)));
        assert_eq!(of("a.tsv.zst"), Some((Format::Tsv, Compression::Zstd)));
        assert_eq!(of("a.feather"), Some((Format::Arrow, Compression::None)));
        assert_eq!(of("a.parquet.gz"), None);
        assert_eq!(of("a.txt"), None);
        assert_eq!(of("csv"), None);
        assert_eq!("ndjson".parse::<Format>().unwrap(), Format::JsonLines);
        assert!("xlsx".parse::<Format>().is_err());
    }

    #[test]
    fn first_bytes_go_before_names() {
        let of = |name: &str, head: &[u8]| of_file(Path::new(name), head).map(|found| found.0);
        assert_eq!(of("a.csv", b"PAR1\x15"), Some(Format::Parquet));
        assert_eq!(of("a.pq", b"PAR1\x15"), Some(Format::Parquet));
        assert_eq!(of("a.parquet", b"a,b\n1,2\n"), Some(Format::Csv));
        assert_eq!(of("a.parquet", b"PAR"), Some(Format::Csv));
        assert_eq!(of("a.parquet", b"\x00\x01"), Some(Format::Parquet));
        assert_eq!(of("a.json", b"{\"a\":1}"), Some(Format::JsonLines));
        assert_eq!(of("a.txt", b"a,b\n"), None);
        let named = |head: &[u8]| foreign(head).map(|found| found.0);
        assert_eq!(
            named(b"PK\x03\x04....xl/workbook"),
            Some("an Excel workbook")
        );
        assert_eq!(named(b"PK\x03\x04........"), Some("a zip archive"));
        assert_eq!(named(b" [ {\"a\": 1} ]"), Some("a JSON array"));
        assert_eq!(named(b"a,b\n"), None);
    }

    #[test]
    fn formats_come_from_first_bytes() {
        assert_eq!(sniff(b"PAR1....").0, Format::Parquet);
        assert_eq!(sniff(b"ARROW1\0\0").0, Format::Arrow);
        assert_eq!(sniff(b"\n {\"a\":1}").0, Format::JsonLines);
        assert_eq!(sniff(b"\xef\xbb\xbfa,b\n").0, Format::Csv);
        assert_eq!(sniff(b"").0, Format::Csv);
        assert_eq!(sniff(b"\x1f\x8b\x08").1, Compression::Gzip);
    }
}
