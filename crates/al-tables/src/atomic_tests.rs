//! Every step of an atomic write, made to fail in turn.

use std::path::Path;

use super::*;

/// Fails the `at`-th step, counted over all steps; writes at most `chunk`
/// bytes at a time.
struct Faulty {
    at: usize,
    count: usize,
    chunk: usize,
    error: io::ErrorKind,
}

impl Faulty {
    fn step(&mut self) -> io::Result<()> {
        self.count += 1;
        if self.count == self.at {
            return Err(self.error.into());
        }
        Ok(())
    }
}

impl Steps for &mut Faulty {
    fn create(&mut self, path: &Path) -> io::Result<File> {
        self.step()?;
        System.create(path)
    }

    fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        let short = &bytes[..bytes.len().min(self.chunk)];
        if let Err(error) = self.step() {
            // The disk is full half-way through.
            System.write(file, &short[..short.len() / 2])?;
            return Err(error);
        }
        System.write(file, short)
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        self.step()?;
        System.sync(file)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        System.rename(from, to)
    }

    fn sync_directory(&mut self, directory: &Path) -> io::Result<()> {
        self.step()?;
        System.sync_directory(directory)
    }
}

fn names(directory: &Path) -> Vec<String> {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_fault_at_any_step_leaves_the_old_file_or_the_new_one() {
    let old = b"old contents".as_slice();
    let new = b"new contents, a little longer".as_slice();
    for error in [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied] {
        for existing in [None, Some(old)] {
            let mut at = 1;
            let steps = loop {
                let directory = tempfile::tempdir().unwrap();
                let path = directory.path().join("model.altool");
                if let Some(existing) = existing {
                    std::fs::write(&path, existing).unwrap();
                }
                let mut faulty = Faulty {
                    at,
                    count: 0,
                    chunk: 10,
                    error,
                };
                let result = write_with(&mut faulty, &path, new);
                let found = std::fs::read(&path).ok();
                if result.is_ok() {
                    assert_eq!(found.as_deref(), Some(new));
                    assert_eq!(names(directory.path()), ["model.altool"]);
                    break faulty.count;
                }
                let renamed = at == 7;
                assert_eq!(
                    found.as_deref(),
                    if renamed { Some(new) } else { existing },
                    "{at}"
                );
                assert_eq!(
                    names(directory.path()).len(),
                    usize::from(found.is_some()),
                    "{at}"
                );
                let error = result.unwrap_err();
                assert_eq!(error.kind(), al_core::FaultKind::Failed);
                assert!(
                    error
                        .to_string()
                        .contains("model.altool: cannot be written")
                );
                at += 1;
            };
            // Create, three short writes, sync, rename, sync of the directory.
            assert_eq!(steps, 7);
        }
    }
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.csv");
    let mut file = AtomicFile::create(System, &path).unwrap();
    file.write_all(b"half").unwrap();
    assert_eq!(names(directory.path()).len(), 1);
    drop(file);
    assert!(names(directory.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn permissions_and_links_are_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("real");
    write_atomic(&path, b"one").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let link = directory.path().join("link");
    std::os::unix::fs::symlink("real", &link).unwrap();
    write_atomic(&link, b"two").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"two");
    assert!(link.symlink_metadata().unwrap().is_symlink());
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn a_device_is_written_to_and_not_replaced() {
    write_atomic(Path::new("/dev/null"), b"gone").unwrap();
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn directories_and_missing_directories_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    assert!(write_atomic(directory.path(), b"x").is_err());
    assert!(write_atomic(&directory.path().join("no/such/file"), b"x").is_err());
    assert!(names(directory.path()).is_empty());
}

#[test]
fn what_a_process_has_open_is_told_from_files() {
    for open in ["/dev/stdout", "/dev/stderr", "/dev/fd/3", "/proc/self/fd/1"] {
        assert!(is_descriptor(Path::new(open)), "{open}");
    }
    for file in ["/dev/shm/m.csv", "/proc/m.csv", "dev/stdout", "/tmp/fd/1"] {
        assert!(!is_descriptor(Path::new(file)), "{file}");
    }
}
