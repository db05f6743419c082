//! What keeps the workspace from being read.

/// Why a workspace could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// A file or folder cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A manifest is not TOML.
    #[error("{path}: {source}")]
    Manifest {
        /// The manifest.
        path: String,
        /// What is wrong, with the line.
        source: Box<toml::de::Error>,
    },
    /// A manifest lacks what all have.
    #[error("{path}: no {key}")]
    Lacking {
        /// The manifest.
        path: String,
        /// The missing key.
        key: &'static str,
    },
    /// A source is not Rust.
    #[error("{path}:{line}: {problem}")]
    Syntax {
        /// The source file.
        path: String,
        /// The line of the problem, from 1.
        line: usize,
        /// What the parser said.
        problem: String,
    },
}
