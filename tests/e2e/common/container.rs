//! The container of a model file, made again by hand: a zip archive of stored
//! parts whose comment is a checksum of all bytes before its digits.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

const MARK: &str = "altool blake3 ";
const DIGITS: usize = 64;

/// The number of parts of a model.
pub(crate) fn count(model: &[u8]) -> usize {
    ZipArchive::new(Cursor::new(model)).unwrap().len()
}

/// The model with each part, by name, as `change` makes it.
pub(crate) fn rewritten(model: &[u8], mut change: impl FnMut(&str, Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut old = ZipArchive::new(Cursor::new(model)).unwrap();
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for at in 0..old.len() {
        let mut entry = old.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        new.start_file(name.as_str(), options).unwrap();
        new.write_all(&change(&name, bytes)).unwrap();
    }
    new.set_comment(format!("{MARK}{}", "0".repeat(DIGITS)))
        .unwrap();
    sealed(new.finish().unwrap().into_inner())
}

/// The bytes with a checksum at their end that fits them.
pub(crate) fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let body = bytes.len().saturating_sub(DIGITS);
    if let Some(start) = body.checked_sub(MARK.len()) {
        bytes[start..body].copy_from_slice(MARK.as_bytes());
    }
    let sum = blake3::hash(&bytes[..body]).to_hex();
    let digits = bytes.len() - body;
    bytes[body..].copy_from_slice(&sum.as_bytes()[..digits]);
    bytes
}
