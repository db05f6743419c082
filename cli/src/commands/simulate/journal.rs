//! The journal of a replay.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use al_pipeline::simulate::Run;
use anyhow::Context as _;
/// Finished replays beside the output, one per line, so that a killed run can
/// go on.
pub(super) struct Journal {
    pub(super) path: PathBuf,
    file: Mutex<std::fs::File>,
}

impl Journal {
    /// The replays that an earlier run with the same table and options, which `head` tells,
    /// finished, and the journal to continue.
    pub(super) fn open(output: &Path, head: &str) -> anyhow::Result<(Vec<Run>, Journal)> {
        let mut name = output.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let path = output.with_file_name(name);
        let mut known = Vec::new();
        let mut lines = vec![head.to_owned()];
        if let Ok(text) = std::fs::read_to_string(&path) {
            let mut old = text.lines();
            if old.next() == Some(head) {
                // The last line may have been cut short.
                for line in old {
                    if let Ok(run) = serde_json::from_str(line) {
                        known.push(run);
                        lines.push(line.to_owned());
                    }
                }
            }
        }
        lines.push(String::new());
        let write = || -> std::io::Result<std::fs::File> {
            let mut file = std::fs::File::create(&path)?;
            file.write_all(lines.join("\n").as_bytes())?;
            Ok(file)
        };
        let file = write().with_context(|| format!("{}: cannot be written", path.display()))?;
        let journal = Journal {
            path,
            file: Mutex::new(file),
        };
        Ok((known, journal))
    }

    /// Notes a finished replay. A journal that cannot be written costs time
    /// after a kill, not results.
    pub(super) fn note(&self, run: &Run) {
        if let Ok(line) = serde_json::to_string(run) {
            let mut file = self
                .file
                .lock()
                .unwrap_or_else(|poison| poison.into_inner());
            let _ = writeln!(file, "{line}");
        }
    }

    pub(super) fn remove(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
