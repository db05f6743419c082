//! Columns of types that polars lacks. One of them must not make the rest of
//! the file unreadable.

use polars_core::prelude::{ArrowDataType, ArrowField, DataType};

use crate::error::TableError;
use crate::guard::guarded;
use crate::schema::{Fields, plain};

/// A column that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file that has it.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its type, in words.
    pub kind: String,
}

impl Unreadable {
    /// The error for whoever needs the column.
    #[must_use]
    pub fn error(&self) -> TableError {
        TableError::UnreadableColumn {
            path: self.path.clone(),
            column: self.name.clone(),
            kind: self.kind.clone(),
        }
    }
}

/// More digits than polars' decimals have.
const DIGITS: usize = 38;

pub(crate) const HALF: &str = "16-bit floats";

/// Parts the columns of a file: those that can be read, and the others.
pub(crate) fn readable<'a>(
    path: &str,
    fields: impl Iterator<Item = &'a ArrowField>,
) -> (Fields, Vec<Unreadable>) {
    let mut known = Fields::new();
    let mut unknown = Vec::new();
    for field in fields {
        let name = field.name.to_string();
        // polars panics on a type that it lacks.
        let found = guarded(path, || Ok(DataType::from_arrow_field(field)));
        match (found, beyond(field.dtype())) {
            (Ok(data_type), None) => known.push((name, plain(&data_type))),
            (_, kind) => unknown.push(Unreadable {
                path: path.to_owned(),
                name,
                kind: kind.unwrap_or_else(|| "a type that altool does not know".to_owned()),
            }),
        }
    }
    (known, unknown)
}

/// What is in a type, itself or a part of it, that polars lacks.
fn beyond(data_type: &ArrowDataType) -> Option<String> {
    use ArrowDataType as A;
    match data_type {
        A::Float16 => Some(HALF.to_owned()),
        A::Decimal(digits, _) | A::Decimal256(digits, _) if *digits > DIGITS => {
            Some(format!("decimals of {digits} digits"))
        }
        A::List(field) | A::LargeList(field) | A::FixedSizeList(field, _) | A::Map(field, _) => {
            beyond(field.dtype())
        }
        A::Struct(fields) => fields.iter().find_map(|field| beyond(field.dtype())),
        A::Dictionary(_, values, _) => beyond(values),
        _ => None,
    }
}
