//! Thousands of mangled files: each must give an error or a table, soon, and
//! without a large allocation.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use al_core::Seed;
use polars_core::prelude::*;
use polars_io::SerWriter;
use polars_io::ipc::{IpcCompression, IpcWriter};
use polars_io::parquet::write::{ParquetCompression, ParquetWriter};

use crate::type_tests::of_every_type;
use crate::{Format, Input, ReadOptions, TableError, quiet_panics};

/// A generator of its own: this crate needs no other random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = Seed(self.0).derive("damage", 0).0;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// A file's ending and bytes.
type EndingAndBytes = (&'static str, Vec<u8>);

/// Sound files of every format.
fn sound() -> Vec<EndingAndBytes> {
    let mut files = Vec::new();
    let small = of_every_type();
    let mut large = small.clone();
    for _ in 0..8 {
        large.vstack_mut(&large.clone()).unwrap();
    }
    large.rechunk_mut();
    let numbers = large
        .select(["int64", "float32", "text", "flag", "decimal"])
        .unwrap();
    for data in [&small, &large, &numbers] {
        files.extend(parquet_files(data));
        files.extend(arrow_files(data));
    }
    for format in [Format::Csv, Format::Tsv, Format::JsonLines] {
        for data in [&small, &numbers] {
            files.extend(text_files(data, format));
        }
    }
    files
}

/// `data` in Parquet, in every compression.
fn parquet_files(data: &DataFrame) -> Vec<EndingAndBytes> {
    let compressions = [
        ParquetCompression::Uncompressed,
        ParquetCompression::Snappy,
        ParquetCompression::Lz4Raw,
        ParquetCompression::Zstd(None),
        ParquetCompression::Gzip(None),
        ParquetCompression::Brotli(None),
    ];
    let file = |compression| {
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes)
            .with_compression(compression)
            .with_row_group_size(Some(200))
            .with_data_page_size(Some(512))
            .finish(&mut data.clone())
            .unwrap();
        ("parquet", bytes)
    };
    compressions.into_iter().map(file).collect()
}

/// `data` in Arrow, in every compression: with the types that every reader
/// knows, the same as a stream, and with polars' own types.
fn arrow_files(data: &DataFrame) -> Vec<EndingAndBytes> {
    let mut files = Vec::new();
    for compression in [
        None,
        Some(IpcCompression::LZ4),
        Some(IpcCompression::ZSTD(Default::default())),
    ] {
        let mut bytes = Vec::new();
        IpcWriter::new(&mut bytes)
            .with_compression(compression)
            .with_compat_level(CompatLevel::oldest())
            .finish(&mut data.clone())
            .unwrap();
        files.push(("arrow", bytes.clone()));
        // The same without its footer is a stream.
        files.push(("arrow", stream_of(&bytes)));
        let mut bytes = Vec::new();
        IpcWriter::new(&mut bytes)
            .with_compression(compression)
            .finish(&mut data.clone())
            .unwrap();
        files.push(("arrow", bytes));
    }
    files
}

/// `data` as text, CSV compressed too.
fn text_files(data: &DataFrame, format: Format) -> Vec<EndingAndBytes> {
    let frame = crate::Frame { data: data.clone() };
    let bytes = crate::output::encode(&frame, format, Path::new("memory")).unwrap();
    let mut files = vec![(format.ending(), bytes.clone())];
    if format == Format::Csv {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        gz.write_all(&bytes).unwrap();
        files.push(("csv.gz", gz.finish().unwrap()));
        files.push(("csv.zst", zstd::encode_all(Cursor::new(&bytes), 3).unwrap()));
    }
    files
}

fn stream_of(file: &[u8]) -> Vec<u8> {
    let length: [u8; 4] = file[file.len() - 10..file.len() - 6].try_into().unwrap();
    file[8..file.len() - 10 - u32::from_le_bytes(length) as usize].to_vec()
}

/// One sound file, mangled.
fn mangled(files: &[EndingAndBytes], random: &mut Random) -> EndingAndBytes {
    let (ending, mut bytes) = files[random.below(files.len())].clone();
    for _ in 0..=random.below(3) {
        if bytes.is_empty() {
            break;
        }
        // Half of the damage goes to the end, where the footers are.
        let at = match random.below(2) {
            0 => random.below(bytes.len()),
            _ => bytes.len() - 1 - random.below(bytes.len().div_ceil(4)),
        };
        match random.below(7) {
            0 => bytes.truncate(at),
            1 | 2 => bytes[at] ^= 1 << random.below(8),
            3 => {
                let extreme = [0x00, 0xff, 0x7f, 0x80, b'"', b'\n'][random.below(6)];
                let end = bytes.len().min(at + 1 + random.below(9));
                bytes[at..end].fill(extreme);
            }
            4 => {
                let end = bytes.len().min(at + random.below(64));
                bytes.drain(at..end);
            }
            5 => {
                // A piece of another file.
                let (_, other) = &files[random.below(files.len())];
                let from = random.below(other.len());
                let to = other.len().min(from + random.below(256));
                let end = bytes.len().min(at + random.below(2) * (to - from));
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => {
                let end = bytes.len().min(at + 8);
                let number = (random.below(usize::MAX) >> random.below(64)).to_le_bytes();
                bytes[at..end].copy_from_slice(&number[..end - at]);
            }
        }
    }
    (ending, bytes)
}

/// Reads a file in every way.
fn read(path: &Path) -> Result<usize, TableError> {
    let paths = [path.to_str().unwrap().to_owned()];
    let input = Input::open(&paths, &ReadOptions::default())?;
    let frame = input.read(None)?;
    let table = frame.table(None)?;
    assert_eq!(Some(table.n_rows()), input.n_rows());
    let mut rows = 0;
    for block in input.blocks(100, None)? {
        rows += block?.n_rows();
    }
    assert_eq!(rows, table.n_rows());
    let _ = input.place(rows / 2);
    Ok(rows)
}

/// Outcomes over `n` mangled files with one of these endings: (tables,
/// errors).
fn outcomes(endings: &[&str], n: usize, seed: u64) -> (usize, usize) {
    quiet_panics();
    let directory = tempfile::tempdir().unwrap();
    let mut files = sound();
    files.retain(|(ending, _)| endings.contains(ending));
    for (at, (ending, bytes)) in files.iter().enumerate() {
        let path = directory.path().join(format!("sound.{ending}"));
        std::fs::write(&path, bytes).unwrap();
        let result = read(&path);
        assert!(result.is_ok(), "sound file {at}, {ending}: {result:?}");
    }
    let (asked, asks) = channel::<PathBuf>();
    let (answered, answers) = channel();
    std::thread::spawn(move || {
        for path in asks {
            if answered.send(read(&path)).is_err() {
                return;
            }
        }
    });
    let mut random = Random(seed);
    let (mut tables, mut errors) = (0, 0);
    for case in 0..n {
        let (ending, bytes) = mangled(&files, &mut random);
        let path = directory.path().join(format!("mangled.{ending}"));
        std::fs::write(&path, &bytes).unwrap();
        asked.send(path).unwrap();
        match answers.recv_timeout(Duration::from_secs(20)) {
            Ok(Ok(_)) => tables += 1,
            Ok(Err(error)) => {
                assert!(!error.to_string().is_empty());
                errors += 1;
            }
            Err(error) => panic!("case {case} of seed {seed}, {ending}: {error}"),
        }
    }
    (tables, errors)
}

/// The most memory the process has ever held, in MiB.
#[cfg(target_os = "linux")]
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse::<usize>().unwrap() / 1024
}

/// What a run must come to: some files survive what was done to them, many
/// do not, and none needs much memory.
#[track_caller]
fn check(endings: &[&str], n: usize, seed: u64) {
    let (tables, errors) = outcomes(endings, n, seed);
    assert_eq!(tables + errors, n);
    assert!(
        tables > n / 50 && errors > n / 10,
        "{endings:?}: {tables} tables, {errors} errors"
    );
    #[cfg(target_os = "linux")]
    assert!(peak_memory() < 1024, "{} MiB", peak_memory());
    #[cfg(not(target_os = "linux"))]
    let peak_memory = || "an unknown number of";
    let note = format!(
        "{n} mangled files ({}): {tables} tables, {errors} errors; {} MiB at most\n",
        endings.join(", "),
        peak_memory()
    );
    std::io::stderr().write_all(note.as_bytes()).unwrap();
}

const ALL: [&str; 7] = [
    "csv", "tsv", "csv.gz", "csv.zst", "parquet", "arrow", "jsonl",
];

#[test]
fn mangled_files_give_an_error_or_a_table() {
    check(&ALL, 300, 1);
}

/// The full numbers are of every format by itself, of which `ALTOOL_SOAK` asks
/// for a share.
mod soak {
    use super::check;
    use crate::scale::rounds;

    #[test]
    #[ignore = "just soak: all of them take a minute"]
    fn mangled_csv_and_parquet_files_give_an_error_or_a_table() {
        check(&["csv"], rounds(500, 5_000), 2);
        check(&["parquet"], rounds(500, 5_000), 3);
    }

    #[test]
    #[ignore = "just soak: all of them take a minute"]
    fn mangled_files_of_other_formats_give_an_error_or_a_table() {
        check(&["arrow"], rounds(400, 4_000), 4);
        check(&["jsonl"], rounds(300, 3_000), 5);
        check(&["csv.gz", "csv.zst"], rounds(200, 2_000), 6);
        check(&["tsv"], rounds(100, 1_000), 7);
    }
}
