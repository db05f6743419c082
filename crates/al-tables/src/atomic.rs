//! Files that are there whole or not at all.
//!
//! Bytes go to a temporary file in the target's directory, which is synced
//! and then renamed over the target. Until the rename the old file is there,
//! after it the new one; the directory is synced so that this survives a
//! power cut. The temporary file is removed on every failure. Only a process
//! that is killed outright leaves its own behind; its lock died with it, and
//! the next write of the same target removes what nobody holds.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::TableError;
use crate::lock::same_file;

/// The steps of an atomic write, so that tests can make each of them fail.
pub(crate) trait Steps {
    fn create(&mut self, path: &Path) -> io::Result<File>;
    fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<usize>;
    fn sync(&mut self, file: &File) -> io::Result<()>;
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;
    fn sync_directory(&mut self, directory: &Path) -> io::Result<()>;
}

/// The operating system's.
#[derive(Debug)]
pub(crate) struct System;

impl Steps for System {
    fn create(&mut self, path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(path)
    }

    fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        file.write(bytes)
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn sync_directory(&mut self, directory: &Path) -> io::Result<()> {
        if cfg!(unix) {
            File::open(directory)?.sync_all()
        } else {
            Ok(())
        }
    }
}

/// Writes `bytes` to `path`: afterwards the file has these bytes, or, if
/// there was an error, the bytes it had before, or is still absent. No
/// temporary file is left.
///
/// # Errors
///
/// [`TableError::Write`].
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), TableError> {
    write_with(System, path, bytes)
}

fn write_with<S: Steps>(steps: S, path: &Path, bytes: &[u8]) -> Result<(), TableError> {
    let failed = |source| TableError::Write {
        path: path.to_owned(),
        source,
    };
    let mut file = AtomicFile::create(steps, path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.commit().map_err(failed)
}

/// Removes the temporary files of all writes in progress: for a handler of
/// interrupts, just before the process ends. The writes then fail.
pub fn abandon_writes() {
    for path in registry().drain(..) {
        // The process is ending: there is nobody to tell.
        let _ = std::fs::remove_file(path);
    }
}

/// Temporary files in use.
static TEMPORARY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn registry() -> std::sync::MutexGuard<'static, Vec<PathBuf>> {
    TEMPORARY
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A file that replaces its target when it is complete.
#[derive(Debug)]
pub(crate) struct AtomicFile<S: Steps> {
    steps: S,
    file: File,
    /// `None` if the target is no regular file and is written directly.
    temporary: Option<Temporary>,
    target: PathBuf,
}

/// Removes its file when dropped.
#[derive(Debug)]
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        registry().retain(|path| *path != self.0);
        // Renamed away, or removed by `abandon_writes`.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl<S: Steps> AtomicFile<S> {
    pub(crate) fn create(mut steps: S, path: &Path) -> io::Result<AtomicFile<S>> {
        // `/dev/stdout` stands for a file that somebody has opened, not for its name.
        if is_descriptor(path) {
            let file = OpenOptions::new().append(true).open(path)?;
            return Ok(AtomicFile {
                steps,
                file,
                temporary: None,
                target: path.to_owned(),
            });
        }
        // A symbolic link stays, and what it points to is replaced.
        let target = match std::fs::canonicalize(path) {
            Ok(target) => target,
            Err(_) => path.to_owned(),
        };
        let existing = std::fs::metadata(&target).ok();
        if let Some(metadata) = &existing {
            if metadata.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            if !metadata.is_file() {
                // A device or a pipe cannot be replaced.
                let file = OpenOptions::new().write(true).open(&target)?;
                return Ok(AtomicFile {
                    steps,
                    file,
                    temporary: None,
                    target,
                });
            }
            if metadata.permissions().readonly() {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
        }
        let (file, temporary) = create_temporary(&mut steps, &target)?;
        if let Some(metadata) = existing {
            file.set_permissions(metadata.permissions())?;
        }
        Ok(AtomicFile {
            steps,
            file,
            temporary: Some(temporary),
            target,
        })
    }

    /// Puts the file in its place.
    pub(crate) fn commit(mut self) -> io::Result<()> {
        let Some(temporary) = self.temporary.take() else {
            return Ok(());
        };
        self.steps.sync(&self.file)?;
        self.steps.rename(&temporary.0, &self.target)?;
        let directory = match self.target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        self.steps.sync_directory(directory)
    }
}

impl<S: Steps> Write for AtomicFile<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.steps.write(&mut self.file, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a path is another name of something that a process has open, such as
/// `/dev/stdout`; `/dev/shm` holds files as other directories do.
fn is_descriptor(path: &Path) -> bool {
    let named = ["/dev/stdout", "/dev/stderr"];
    named.iter().any(|name| path == Path::new(name))
        || path.starts_with("/dev/fd")
        || path.starts_with("/proc") && path.parent().is_some_and(|folder| folder.ends_with("fd"))
}

/// Removes the temporary files of `target` that killed processes have left.
/// What cannot be removed is left: it is in nobody's way.
fn remove_abandoned(target: &Path, name: &std::ffi::OsStr) {
    let directory = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Some(name) = name.to_str() else { return };
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let hidden = entry.file_name();
        let number = hidden
            .to_str()
            .and_then(|hidden| hidden.strip_prefix('.'))
            .and_then(|hidden| hidden.strip_prefix(name))
            .and_then(|hidden| hidden.strip_prefix('.'))
            .and_then(|hidden| hidden.strip_suffix(".tmp"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let ours = number
            .and_then(|number| number.split_once('-'))
            .is_some_and(|(process, count)| digits(process) && digits(count));
        if !ours {
            continue;
        }
        let path = entry.path();
        if let Ok(file) = File::open(&path)
            && file.try_lock().is_ok()
            && same_file(&file, &path).unwrap_or(false)
        {
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// A new file beside `target`.
fn create_temporary(steps: &mut impl Steps, target: &Path) -> io::Result<(File, Temporary)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    remove_abandoned(target, name);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{count}.tmp", std::process::id()));
        let path = target.with_file_name(hidden);
        match steps.create(&path) {
            Ok(file) => {
                // The lock says that somebody is at work on it. Between its
                // creation and here another process may have taken it for
                // abandoned: then it is gone, and a new one is made.
                if file.try_lock().is_ok() && same_file(&file, &path)? {
                    registry().push(path.clone());
                    return Ok((file, Temporary(path)));
                }
                let _ = std::fs::remove_file(&path);
            }
            // Left by a killed process that had this number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
#[path = "atomic_tests.rs"]
mod tests;
