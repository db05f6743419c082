//! The container of a model file: a zip archive of stored entries, with a
//! checksum over all of it in the archive's comment.
//!
//! Any zip tool lists and extracts it. There are no times and no compression
//! inside, so equal contents are equal bytes.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Named parts of a model file.
pub(crate) type ArchiveParts = BTreeMap<String, Vec<u8>>;

const MARK: &str = "altool blake3 ";
/// Length of the comment: the mark and 64 hexadecimal digits.
const COMMENT: usize = MARK.len() + 64;
/// Largest size of all parts together that is read, in bytes.
const LARGEST: u64 = 16 << 30;

/// The archive of `parts`.
pub(crate) fn pack(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in parts {
        let options = options.large_file(bytes.len() as u64 >= u64::from(u32::MAX));
        zip.start_file(name.as_str(), options)
            .and_then(|()| zip.write_all(bytes).map_err(Into::into))
            .expect("writing to memory");
    }
    zip.set_comment(format!("{MARK}{}", "0".repeat(64)))
        .expect("a short comment");
    let mut bytes = zip.finish().expect("writing to memory").into_inner();
    // The comment is the last thing in a zip file; the checksum covers all
    // before its own digits.
    let body = bytes.len() - 64;
    let sum = blake3::hash(&bytes[..body]).to_hex();
    bytes[body..].copy_from_slice(sum.as_bytes());
    bytes
}

/// The parts of an archive.
///
/// # Errors
///
/// What is wrong with the bytes, in words.
pub(crate) fn unpack(bytes: &[u8]) -> Result<ArchiveParts, String> {
    let start = bytes
        .len()
        .checked_sub(COMMENT)
        .ok_or("it is too short for a model file")?;
    let (body, sum) = bytes.split_at(bytes.len() - 64);
    if !bytes[start..].starts_with(MARK.as_bytes()) {
        return Err("it does not end as a model file does; it may be cut short".to_owned());
    }
    if blake3::hash(body).to_hex().as_bytes() != sum {
        return Err("its checksum does not fit: the file was changed or damaged".to_owned());
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut parts = ArchiveParts::new();
    let mut total = 0;
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).map_err(|error| error.to_string())?;
        total += entry.size();
        if total > LARGEST || entry.size() > bytes.len() as u64 {
            return Err("it claims to be larger than it is".to_owned());
        }
        let mut part = Vec::with_capacity(entry.size() as usize);
        entry
            .read_to_end(&mut part)
            .map_err(|error| error.to_string())?;
        let name = entry
            .name()
            .map_err(|error| error.to_string())?
            .into_owned();
        parts.insert(name, part);
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed() -> Vec<u8> {
        pack(&[
            ("a.json".to_owned(), b"{}".to_vec()),
            ("b.bin".to_owned(), vec![7; 1000]),
        ])
    }

    #[test]
    fn parts_come_back_and_bytes_are_the_same() {
        let parts = unpack(&packed()).unwrap();
        assert_eq!(parts["a.json"], b"{}");
        assert_eq!(parts["b.bin"].len(), 1000);
        assert_eq!(packed(), packed());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_found() {
        let whole = packed();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            assert!(unpack(&bytes).is_err(), "byte {at}");
            assert!(unpack(&whole[..at]).is_err(), "cut at {at}");
        }
    }
}
