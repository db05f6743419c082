//! Long proofs: accidents and damaged files by the hundred and thousand. How
//! many rounds each takes is told in `tests/README.md`.

#[cfg(unix)]
mod kills;
#[cfg(unix)]
mod models;
mod tables;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use crate::common::tell;

#[expect(
    clippy::disallowed_methods,
    reason = "accidents happen at moments, and a command may take too long"
)]
fn now() -> Instant {
    Instant::now()
}

/// How often commands ended with each code.
#[derive(Debug, Default)]
struct Ended(BTreeMap<i32, usize>);

impl Ended {
    fn count(&mut self, code: i32) {
        *self.0.entry(code).or_insert(0) += 1;
    }

    /// Tells it to whoever runs the tests.
    fn tell(&self, what: &str) {
        let codes = self.0.iter();
        let codes: Vec<String> = codes
            .map(|(code, times)| format!("{times} with code {code}"))
            .collect();
        tell(&format!("{what}: ended {}", codes.join(", ")));
    }
}

/// Keeps a file that did harm for whoever has to find out.
fn kept(name: &str, bytes: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("altool-bad-{name}"));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Whether what was said sounds like a fault of the program.
fn is_a_bug(said: &str) -> bool {
    said.contains("panicked") || said.contains("bug in altool")
}

#[test]
fn a_share_of_all_rounds_is_taken_and_never_fewer_than_the_few() {
    let part = |share| crate::scale::part(share, 4, 100);
    assert_eq!(part(None), 4);
    assert_eq!(part(Some(0.01)), 4);
    assert_eq!(part(Some(0.1)), 10);
    assert_eq!(part(Some(1.0)), 100);
    assert_eq!(part(Some(2.5)), 250);
}
