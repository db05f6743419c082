//! Columns that a file has and altool cannot read.

use al_core::{ColumnChoice, Message, Messages, Table, notation, setting};

use crate::input::Input;

/// What to say of columns that a file has and nobody can read, but for those
/// in `ignored`.
#[must_use]
pub fn left_out(input: &Input, ignored: &[String]) -> Messages {
    let mut sentences = Messages::default();
    let mut said: Vec<&str> = Vec::new();
    for column in input.left_out() {
        let name = column.name.as_str();
        if !said.contains(&name) && !ignored.contains(&column.name) {
            said.push(name);
            sentences.push(format!(
                "column '{name}' is excluded: it holds {}, which cannot be read; cast it to a 32-bit float to use it",
                column.kind
            ));
        }
    }
    sentences
}

/// What to say of columns of `table`, which is `input`, that a few of their cells make
/// texts; not of those that somebody named.
#[must_use]
pub fn odd_cells(input: &Input, table: &Table, choice: &ColumnChoice) -> Messages {
    let named = |name: &String| {
        let lists = [
            &choice.categorical,
            &choice.numeric,
            &choice.ignore,
            &choice.roles,
        ];
        lists.into_iter().any(|list| list.contains(name)) || choice.target.as_ref() == Some(name)
    };
    let features = |name: &String| {
        choice
            .features
            .as_ref()
            .is_none_or(|all| all.contains(name))
    };
    let found = notation::odd_cells(table).into_iter();
    let found = found.filter(|odd| !named(&odd.column) && features(&odd.column));
    found
        .map(|odd| match odd.odd {
            0 => Message::from(match odd.is_code() {
                true => format!(
                    "column '{}' is read as codes, as '{}' has zeros before it; name it in ",
                    odd.column, odd.text
                ),
                false => format!(
                    "column '{}' holds numbers as text, such as '{}'; name it in ",
                    odd.column, odd.text
                ),
            })
            .setting(setting::NUMERIC)
            .text(" to read it as numbers"),
            n => Message::from(format!(
                "column '{}' is read as text: {} holds '{}', and {}; ",
                odd.column,
                input.place(odd.row),
                odd.text,
                match odd.present - n {
                    0 => "the others are like it".to_owned(),
                    plain => format!("{plain} of {} values are numbers", odd.present),
                },
            ))
            .followed_by(notation::number_remedy(&odd.text))
            .text(", or name the column in ")
            .setting(setting::CATEGORICAL)
            .text(" if it is none of numbers"),
        })
        .collect()
}

/// The names in `ignored` that are columns to be read: what cannot be read is
/// ignored anyway.
pub fn ignored<'a>(input: &'a Input, ignored: &'a [String]) -> impl Iterator<Item = &'a str> {
    let unreadable = |name: &str| input.left_out().iter().any(|column| column.name == name);
    ignored
        .iter()
        .map(String::as_str)
        .filter(move |name| !unreadable(name))
}
