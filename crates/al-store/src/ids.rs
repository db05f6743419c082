//! Names of rows, secrets, and digests.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::StoreError;

/// A new id: a UUID of version 7 (RFC 9562), so that ids sort by the time at which they
/// were made.
#[must_use]
pub fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// A secret of 256 random bits, as hexadecimal digits after `prefix`.
///
/// # Errors
///
/// An operating system that gives no random numbers.
pub fn secret(prefix: &str) -> Result<String, StoreError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(StoreError::Random)?;
    Ok(format!("{prefix}{}", hexadecimal(&bytes)))
}

/// The SHA-256 of bytes, as 64 hexadecimal digits.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_sha_256() {
        // FIPS 180-2, example of one block.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest_of(b"abc"), abc);
    }

    #[test]
    fn ids_sort_by_time_and_secrets_differ() {
        let ids: Vec<String> = (0..100).map(|_| new_id()).collect();
        assert!(ids.is_sorted());
        let (a, b) = (secret("alt_").unwrap(), secret("alt_").unwrap());
        assert_ne!(a, b);
        assert_eq!(a.len(), 4 + 64);
    }
}
