//! How many combinations of a space are meant, where not all are, and how they
//! are drawn.

use std::fmt;
use std::str::FromStr;

/// How many combinations of a space are meant, and how they are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How many.
    pub rows: u64,
    /// How they are drawn.
    pub method: Method,
}

/// How combinations are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Method {
    /// Scrambled Sobol points.
    #[default]
    Sobol,
    /// A Latin hypercube.
    LatinHypercube,
}

impl Method {
    /// All, with their names and what they are.
    pub const ALL: [(Method, &'static str, &'static str); 2] = [
        (
            Method::Sobol,
            "sobol",
            "spread evenly over all columns together",
        ),
        (
            Method::LatinHypercube,
            "latin-hypercube",
            "spread evenly over each column",
        ),
    ];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = Method::ALL.iter().find(|(method, ..)| method == self);
        f.write_str(entry.map_or("", |(_, name, _)| name))
    }
}

/// A name that is none of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownMethod;

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Method, UnknownMethod> {
        let entry = Method::ALL.iter().find(|(_, other, _)| *other == name);
        entry.map(|(method, ..)| *method).ok_or(UnknownMethod)
    }
}
