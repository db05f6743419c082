//! One writer at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use al_core::nearest;

use crate::error::TableError;

/// Holds the exclusive lock on a file until it is dropped or the process ends,
/// however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Locks the existing file `path` for this process. The lock is on the file
/// itself and leaves nothing behind. A file that [`write_atomic`](crate::write_atomic)
/// has put in the place of the locked one is another file: the holder replaces
/// the file as its last act, and whoever comes next locks the new one.
///
/// # Errors
///
/// [`TableError::InUse`] if the lock is held, [`TableError::NotFound`] or
/// [`TableError::Read`] if the file cannot be opened.
pub fn exclusive(path: &Path) -> Result<Lock, TableError> {
    let read_error = |source| TableError::Read {
        path: path.display().to_string(),
        source,
    };
    loop {
        let file = File::open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => TableError::NotFound {
                path: path.display().to_string(),
                near: similar_file(path),
            },
            _ => read_error(error),
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(TableError::InUse {
                    path: path.to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(read_error(error)),
        }
        // Between opening and locking another process may have put a new file
        // in its place: then this lock guards nothing.
        if same_file(&file, path).map_err(read_error)? {
            return Ok(Lock { _file: file });
        }
    }
}

/// The text of a file that is no table: hosts, a space, options.
///
/// # Errors
///
/// No such file, with one of a similar name, or one that cannot be read.
pub fn read_text(path: &Path) -> Result<String, TableError> {
    let shown = || path.display().to_string();
    let bytes = std::fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => TableError::NotFound {
            path: shown(),
            near: similar_file(path),
        },
        _ => TableError::Read {
            path: shown(),
            source,
        },
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64;
        TableError::NotText {
            path: shown(),
            line,
        }
    })
}

/// A file beside `path` with a similar name.
#[must_use]
pub fn similar_file(path: &Path) -> Option<String> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut names: Vec<String> = std::fs::read_dir(directory.unwrap_or(Path::new(".")))
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    let near = nearest(path.file_name()?.to_str()?, &names)?;
    Some(path.with_file_name(near).display().to_string())
}

/// Whether `file` is the one that `path` names.
#[cfg(unix)]
pub(crate) fn same_file(file: &File, path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let locked = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(named) => Ok(locked.dev() == named.dev() && locked.ino() == named.ino()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Elsewhere a file that is open cannot be replaced.
#[cfg(not(unix))]
pub(crate) fn same_file(_file: &File, _path: &Path) -> std::io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use al_core::{Fault, FaultKind};

    use super::*;
    use crate::write_atomic;

    #[test]
    fn a_second_lock_is_refused_until_the_first_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.altool");
        assert!(matches!(exclusive(&path), Err(TableError::NotFound { .. })));
        write_atomic(&path, b"one").unwrap();
        let lock = exclusive(&path).unwrap();
        let error = exclusive(&path).unwrap_err();
        assert_eq!(error.kind(), FaultKind::Unavailable);
        assert!(
            Fault::from(error)
                .to_string()
                .ends_with("another process is using it; try again when it has finished")
        );
        drop(lock);
        drop(exclusive(&path).unwrap());
        let names: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn the_lock_is_on_the_file_that_has_the_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.altool");
        write_atomic(&path, b"one").unwrap();
        let old = File::open(&path).unwrap();
        old.try_lock().unwrap();
        write_atomic(&path, b"two").unwrap();
        // The old file is still locked, and no longer in the way.
        let _lock = exclusive(&path).unwrap();
        assert!(!same_file(&old, &path).unwrap());
    }

    #[test]
    fn many_threads_take_turns_and_lose_no_update() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("count");
        write_atomic(&path, b"0").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut done = 0;
                    while done < 25 {
                        let Ok(lock) = exclusive(&path) else {
                            std::thread::yield_now();
                            continue;
                        };
                        let count: u64 = std::fs::read_to_string(&path).unwrap().parse().unwrap();
                        write_atomic(&path, (count + 1).to_string().as_bytes()).unwrap();
                        drop(lock);
                        done += 1;
                    }
                });
            }
        });
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "100");
    }
}
