//! Bytes by their digest: model files.
//!
//! Whatever has a digest as its name never changes, so that a file that was half written
//! by a killed process is found out and written again. Beside a file of SQLite they are
//! files; several servers that share a PostgreSQL share them through it.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::clock::Moment;
use crate::error::StoreError;
use crate::ids::digest_of;
use crate::statement::{params, statements};
use crate::store::Store;

statements! {
    PUT = "INSERT INTO artefacts (digest, bytes, created_at) VALUES ($1, $2, $3) \
           ON CONFLICT (digest) DO NOTHING",
    GET = "SELECT bytes FROM artefacts WHERE digest = $1",
}

/// The file of a digest. Digests are hexadecimal, so that none leads elsewhere.
pub(crate) fn file_of(folder: &Path, digest: &str) -> Result<PathBuf, StoreError> {
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_digest {
        true => Ok(folder.join(&digest[..2]).join(digest)),
        false => Err(StoreError::Artefact {
            digest: digest.to_owned(),
            problem: "has no digest as its name".to_owned(),
        }),
    }
}

impl Store {
    /// Keeps bytes; their digest. They are on the disk, or committed, when this returns.
    ///
    /// # Errors
    ///
    /// A disk or a database that fails.
    pub async fn put_artefact(&self, bytes: &[u8], now: Moment) -> Result<String, StoreError> {
        let digest = digest_of(bytes);
        match self.artefact_folder() {
            Some(folder) => {
                let file = file_of(folder, &digest)?;
                let kept = std::fs::read(&file).is_ok_and(|kept| kept == bytes);
                if !kept {
                    write(&file, bytes).map_err(|source| StoreError::Io {
                        path: file.clone(),
                        source,
                    })?;
                }
            }
            None => {
                let mut tx = self.begin().await?;
                tx.run(&PUT, params![&digest, bytes, now]).await?;
                tx.commit().await?;
            }
        }
        Ok(digest)
    }

    /// The bytes of a digest.
    ///
    /// # Errors
    ///
    /// Bytes that are not there, or not those of the digest.
    pub async fn artefact(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        let bytes = match self.artefact_folder() {
            Some(folder) => {
                let path = file_of(folder, digest)?;
                std::fs::read(&path).map_err(|source| StoreError::Io { path, source })?
            }
            None => {
                let mut tx = self.read().await?;
                let row = tx.maybe(&GET, params![digest]).await?;
                let row = row.ok_or_else(|| StoreError::Artefact {
                    digest: digest.to_owned(),
                    problem: "is not in the database".to_owned(),
                })?;
                row.bytes("bytes")?
            }
        };
        match digest_of(&bytes) == digest {
            true => Ok(bytes),
            false => Err(StoreError::Artefact {
                digest: digest.to_owned(),
                problem: "was changed: its bytes have another digest".to_owned(),
            }),
        }
    }
}

/// Writes a file whole or not at all, and its name.
fn write(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = file.parent().expect("a file in a folder");
    std::fs::create_dir_all(folder)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    std::fs::File::open(folder)?.sync_all()
}
