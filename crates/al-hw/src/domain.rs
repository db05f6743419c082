//! What values a column of a space may take.

use crate::invalid::InvalidValues;
use crate::value::{self, Value};

/// What values a column may take.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// These.
    Listed(Vec<Value>),
    /// Any number of a range.
    Between(ValueRange),
}

/// Any number between two, which are among them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueRange {
    /// The smallest.
    pub from: f64,
    /// The largest.
    pub to: f64,
    /// Whether equal factors are equally likely, not equal differences.
    pub log: bool,
    /// Whether only whole numbers are meant.
    pub whole: bool,
}

impl From<Vec<Value>> for Domain {
    fn from(values: Vec<Value>) -> Self {
        Domain::Listed(values)
    }
}

impl From<ValueRange> for Domain {
    fn from(interval: ValueRange) -> Self {
        Domain::Between(interval)
    }
}

impl Domain {
    /// What it must hold.
    pub(crate) fn check(&self) -> Result<(), InvalidValues> {
        match self {
            Domain::Listed(values) => value::check(values),
            Domain::Between(ValueRange { from, to, log, .. }) => {
                if !from.is_finite() || !to.is_finite() || from >= to {
                    return Err(InvalidValues::Interval {
                        from: from.to_string(),
                        to: to.to_string(),
                    });
                }
                if *log && *from <= 0.0 {
                    let from = from.to_string();
                    return Err(InvalidValues::Logarithm { from });
                }
                Ok(())
            }
        }
    }
}
