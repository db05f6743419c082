//! Who the rows of a table are, and whether its columns are there.

use std::collections::HashMap;

use al_core::{DataError, Fault, Key, Schema, Table, encoder};

use crate::input::Input;

/// The identity of each row: its id, if there is an id column, else the hash
/// of its features. An id that stands for two different rows is an error.
///
/// # Errors
///
/// Values that do not fit the schema, a row without an id, and such an id.
pub fn row_keys(
    input: &Input,
    table: &Table,
    schema: &Schema,
    id: Option<&str>,
) -> Result<Vec<Key>, Fault> {
    let wrong = |error: DataError| input.fault(&error);
    let by_features = encoder::feature_keys(schema, table).map_err(wrong)?;
    let Some(id) = id else {
        return Ok(by_features);
    };
    let data = table.column(id).ok_or_else(|| {
        wrong(DataError::MissingColumn {
            column: id.to_owned(),
        })
    })?;
    let mut first: HashMap<Key, usize> = HashMap::new();
    (0..table.n_rows())
        .map(|row| {
            let text = data.text(row).ok_or_else(|| {
                Fault::data(format!("the id column '{id}' has no value here")).at(input.place(row))
            })?;
            let key = Key::of_id(&text);
            let before = *first.entry(key).or_insert(row);
            if by_features[before] != by_features[row] {
                return Err(two_rows_of_one_id((input, before), (input, row), &text));
            }
            Ok(key)
        })
        .collect()
}

/// Checks that `input` has all columns `needed`, before anything is read.
///
/// # Errors
///
/// The first column that is not there.
pub fn check_columns<'a>(
    input: &Input,
    needed: impl Iterator<Item = &'a str>,
) -> Result<(), Fault> {
    for column in needed {
        if !input.names().iter().any(|name| name == column) {
            return Err(input.fault(&DataError::MissingColumn {
                column: column.to_owned(),
            }));
        }
    }
    Ok(())
}

/// The fault of an id that stands for two different rows.
#[must_use]
pub fn two_rows_of_one_id(a: (&Input, usize), b: (&Input, usize), id: &str) -> Fault {
    Fault::data(format!("the id '{id}' stands for two different rows"))
        .remedy("give each configuration an id of its own")
        .at(format!("{} and {}", a.0.place(a.1), b.0.place(b.1)))
}

/// The fault of an id that stands for another row in the model.
#[must_use]
pub fn another_row_of_the_model(id: &str) -> Fault {
    Fault::data(format!("the id '{id}' stands for another row in the model"))
        .remedy("give each configuration an id of its own")
}
