//! What spaces and hosts share as TOML texts: entries in the order in which they
//! were written, what a value is in words, and where a byte stands.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::hosts::TextPlace;

/// An entry of a table.
pub(crate) struct TomlEntry<'a> {
    pub(crate) name: &'a str,
    /// Where the name stands.
    pub(crate) place: Range<usize>,
    pub(crate) value: &'a Spanned<DeValue<'a>>,
}

/// A table's entries in the order of the text.
pub(crate) fn in_order<'a>(table: &'a DeTable<'a>) -> Vec<TomlEntry<'a>> {
    let mut entries: Vec<TomlEntry<'a>> = table
        .iter()
        .map(|(name, value)| TomlEntry {
            name: name.get_ref(),
            place: name.span(),
            value,
        })
        .collect();
    entries.sort_by_key(|entry| entry.place.start);
    entries
}

/// What a value is.
pub(crate) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Where a byte of the text stands.
pub(crate) fn place(text: &str, byte: usize) -> TextPlace {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    TextPlace {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}
