//! Who the rows of a table are, and whether its columns are there.

use std::collections::HashMap;

use al_core::phrases::listed;
use al_core::{DataError, Fault, Key, Message, Schema, Table, encoder, nearest, setting};

use crate::input::Input;

/// Missing columns that are named.
const MOST_MISSING: usize = 8;

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
    let mut missing: Vec<&str> = Vec::new();
    for column in needed {
        if !input.names().iter().any(|name| name == column) && !missing.contains(&column) {
            missing.push(column);
        }
    }
    match missing.as_slice() {
        [] => Ok(()),
        [one] => Err(input.fault(&DataError::MissingColumn {
            column: (*one).to_owned(),
        })),
        several => Err(several_missing(input, several)),
    }
}

fn several_missing(input: &Input, missing: &[&str]) -> Fault {
    let shown: Vec<String> = missing.iter().map(|name| format!("'{name}'")).collect();
    let fault = Fault::data(format!(
        "columns {} are missing",
        listed(&shown, MOST_MISSING)
    ));
    let near = missing
        .iter()
        .find_map(|name| Some((name, nearest(name, input.names())?)));
    let near = near.map(|(name, near)| format!("for '{name}', did you mean '{near}'?"));
    fault.maybe_remedy(near.map(Message::from)).at(input.name())
}

/// As [`check_columns`], of the features that a model learned from: what is known only after
/// measuring is a feature by mistake, which candidates cannot have.
///
/// # Errors
///
/// The features that are not there, with what to train with.
pub fn check_features(input: &Input, schema: &Schema) -> Result<(), Fault> {
    let there = |name: &&str| input.names().iter().any(|known| known == name);
    let missing: Vec<&str> = schema.names().filter(|name| !there(name)).collect();
    let all = schema.names().count();
    check_columns(input, missing.iter().copied()).map_err(|fault| {
        // A slip of one name is told with the nearest; a table without any feature is
        // another table.
        match missing.len() == 1 && fault.remedy_message().is_some_and(Message::is_question)
            || missing.len() == all
        {
            true => fault,
            false => {
                let advice = match missing.len() {
                    1 => "the model learned from it: add it or, if it is known only after measuring, train with ",
                    _ => "the model learned from them: add them or, if they are known only after measuring, train with ",
                };
                fault.remedy(Message::from(advice).setting(setting::IGNORE.to(missing.join(","))))
            }
        }
    })
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
