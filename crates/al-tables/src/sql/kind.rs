//! What kinds of values there are.

use polars_core::prelude::{DataType, TimeUnit};

/// The kind of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ValueKind {
    /// Nothing but missing values.
    Null,
    Bool,
    /// Whole numbers, computed in 128 bits.
    Whole,
    /// Numbers, computed in single precision or in double.
    Number {
        single: bool,
    },
    Text,
    /// In days since 1970-01-01.
    Date,
    /// In nanoseconds since 1970-01-01; shown in `unit`, in a time zone.
    Moment {
        unit: TimeUnit,
        zone: Option<String>,
    },
    /// In nanoseconds since midnight.
    Time,
    /// In nanoseconds.
    Duration,
    /// Lists, structures and the like, which may be there or missing.
    Other(String),
}

impl std::fmt::Display for ValueKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ValueKind::Null => "a missing value",
            ValueKind::Bool => "true or false",
            ValueKind::Whole => "a whole number",
            ValueKind::Number { .. } => "a number",
            ValueKind::Text => "text",
            ValueKind::Date => "a date",
            ValueKind::Moment { zone: None, .. } => "a moment",
            ValueKind::Moment {
                zone: Some(zone), ..
            } => return write!(f, "a moment in the time zone {zone}"),
            ValueKind::Time => "a time of day",
            ValueKind::Duration => "a length of time",
            ValueKind::Other(name) => return write!(f, "a value of the type {name}"),
        })
    }
}

impl ValueKind {
    /// Of the values of a column.
    pub(super) fn of(data_type: &DataType) -> ValueKind {
        match data_type {
            DataType::Null => ValueKind::Null,
            DataType::Boolean => ValueKind::Bool,
            DataType::Decimal(_, 0) => ValueKind::Whole,
            DataType::Float32 => ValueKind::Number { single: true },
            DataType::Float64 | DataType::Decimal(..) => ValueKind::Number { single: false },
            integer if integer.is_integer() => ValueKind::Whole,
            DataType::String | DataType::Categorical(..) | DataType::Enum(..) => ValueKind::Text,
            DataType::Date => ValueKind::Date,
            DataType::Datetime(unit, zone) => ValueKind::Moment {
                unit: *unit,
                zone: zone.as_ref().map(ToString::to_string),
            },
            DataType::Time => ValueKind::Time,
            DataType::Duration(_) => ValueKind::Duration,
            other => ValueKind::Other(other.to_string()),
        }
    }

    pub(super) fn is_numeric(&self) -> bool {
        matches!(self, ValueKind::Whole | ValueKind::Number { .. })
    }

    /// Dates and moments.
    pub(super) fn has_day(&self) -> bool {
        matches!(self, ValueKind::Date | ValueKind::Moment { .. })
    }
}

/// Nanoseconds per unit.
pub(super) fn nanoseconds(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Nanoseconds => 1,
        TimeUnit::Microseconds => 1_000,
        TimeUnit::Milliseconds => 1_000_000,
    }
}

/// Nanoseconds per day.
pub(super) const DAY: i128 = 86_400_000_000_000;
