//! JSON lines: one object per line.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

use serde_json::de::Deserializer;

use crate::cell_rules::CellRules;
use crate::cells::Cells;
use crate::error::TableError;
use crate::kinds::Seen;
use crate::kinds::Tag;
use crate::source::Source;

/// Cells are handed on in portions of about this many bytes of text.
const PORTION: usize = 1 << 21;

/// Reads the objects of a JSON lines file one by one.
pub(crate) struct JsonLines<'s> {
    source: &'s Source,
    reader: BufReader<Box<dyn Read + Send>>,
    line: Vec<u8>,
    line_number: u64,
    /// The offset of the current line, and of the next one.
    offset: u64,
    next: u64,
}

impl<'s> JsonLines<'s> {
    pub(crate) fn open(source: &'s Source) -> Result<JsonLines<'s>, TableError> {
        Ok(JsonLines {
            source,
            reader: BufReader::with_capacity(1 << 17, source.text()?),
            line: Vec::new(),
            line_number: 0,
            offset: 0,
            next: 0,
        })
    }

    /// All column names in the order of their first appearance, what is in
    /// each, and the number of rows.
    pub(crate) fn survey(
        mut self,
        rules: &CellRules,
    ) -> Result<(Vec<String>, Vec<Seen>, usize), TableError> {
        let mut names: Vec<String> = Vec::new();
        let mut seen: Vec<Seen> = Vec::new();
        let mut index: HashMap<String, usize> = HashMap::new();
        let mut n_rows = 0;
        // The attempt at a line in which each column was seen last.
        let mut last: Vec<(usize, u8)> = Vec::new();
        while self.next_line()? {
            n_rows += 1;
            let mut twice = None;
            self.object(|attempt, key, tag, text| {
                let column = match index.get(key) {
                    Some(&column) => column,
                    None => {
                        index.insert(key.to_owned(), names.len());
                        names.push(key.to_owned());
                        seen.push(Seen::default());
                        last.push((0, 0));
                        names.len() - 1
                    }
                };
                if std::mem::replace(&mut last[column], (n_rows, attempt)) == (n_rows, attempt) {
                    twice.get_or_insert(column);
                }
                seen[column].add(tag, text.as_bytes(), rules);
            })?;
            if let Some(column) = twice {
                return Err(self.error(format!("the key '{}' stands there twice", names[column])));
            }
        }
        if names.is_empty() {
            return Err(TableError::Empty {
                path: self.source.name.clone(),
            });
        }
        Ok((names, seen, n_rows))
    }

    /// The next portion of rows with the cells of the columns `wanted`, `None`
    /// at the end.
    pub(crate) fn next_portion(
        &mut self,
        wanted: &HashMap<&str, usize>,
    ) -> Result<Option<Cells>, TableError> {
        let mut cells = Cells::new(wanted.len());
        let mut row: Vec<(Tag, String)> = vec![(Tag::Null, String::new()); wanted.len()];
        while cells.size() < PORTION && cells.n_rows() < PORTION / 16 && self.next_line()? {
            for cell in &mut row {
                cell.0 = Tag::Null;
                cell.1.clear();
            }
            self.object(|_, key, tag, text| {
                if let Some(&column) = wanted.get(key) {
                    row[column].0 = tag;
                    row[column].1.clear();
                    row[column].1.push_str(text);
                }
            })?;
            cells.begin_row(self.offset);
            for (tag, text) in &row {
                cells.push_tagged(*tag, text);
            }
        }
        Ok((cells.n_rows() > 0).then_some(cells))
    }

    /// The line number of row `row`, from 0.
    pub(crate) fn line_of(&mut self, row: usize) -> Result<Option<u64>, TableError> {
        for _ in 0..row {
            self.next_line()?;
        }
        Ok(self.next_line()?.then_some(self.line_number))
    }

    /// Reads the next line that is not blank; `false` at the end.
    fn next_line(&mut self) -> Result<bool, TableError> {
        loop {
            self.line.clear();
            let n = self
                .reader
                .read_until(b'\n', &mut self.line)
                .map_err(|source| self.source.read_error(source))?;
            if n == 0 {
                return Ok(false);
            }
            self.offset = self.next;
            self.next += n as u64;
            self.line_number += 1;
            if !self.line.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    /// Tells `each` the key, tag and text of every value of the current line. Python
    /// writes NaN, which is no JSON: then the line is read in a second attempt, and the
    /// values come again.
    fn object(&self, mut each: impl FnMut(u8, &str, Tag, &str)) -> Result<(), TableError> {
        let Ok(text) = std::str::from_utf8(&self.line) else {
            return Err(TableError::NotText {
                path: self.source.name.clone(),
                line: self.line_number,
            });
        };
        let first = visit(text, |key, tag, text| each(1, key, tag, text));
        let done = first.or_else(|error| match without_nan(text) {
            Some(text) => visit(&text, |key, tag, text| each(2, key, tag, text)),
            None => Err(error),
        });
        done.map_err(|error| self.error(error.to_string()))
    }

    /// An error about the current line.
    fn error(&self, message: String) -> TableError {
        TableError::Json {
            path: self.source.name.clone(),
            line: self.line_number,
            message,
        }
    }
}

/// Tells `each` the values of the object that `text` is.
fn visit(text: &str, each: impl FnMut(&str, Tag, &str)) -> Result<(), serde_json::Error> {
    let mut deserializer = Deserializer::from_str(text);
    let visitor = ObjectVisitor {
        each,
        scratch: String::new(),
    };
    serde::de::Deserializer::deserialize_map(&mut deserializer, visitor)?;
    deserializer.end()
}

/// The line with `null` for each bare `NaN`, and texts for bare infinities; `None` if it
/// has none.
fn without_nan(line: &str) -> Option<String> {
    const WORDS: [(&str, &str); 3] = [
        ("-Infinity", "\"-inf\""),
        ("Infinity", "\"inf\""),
        ("NaN", "null"),
    ];
    let mut out = String::with_capacity(line.len());
    let (mut quoted, mut found) = (false, false);
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        let word = WORDS
            .iter()
            .find(|(word, _)| !quoted && rest.starts_with(word));
        if let Some((word, instead)) = word {
            out.push_str(instead);
            rest = &rest[word.len()..];
            found = true;
            continue;
        }
        out.push(next);
        rest = &rest[next.len_utf8()..];
        match next {
            '"' => quoted = !quoted,
            '\\' if quoted => {
                // What is escaped ends no string.
                let escaped = rest.chars().next().map_or(0, char::len_utf8);
                out.push_str(&rest[..escaped]);
                rest = &rest[escaped..];
            }
            _ => {}
        }
    }
    found.then_some(out)
}

/// Visits the values of one object.
struct ObjectVisitor<F> {
    each: F,
    scratch: String,
}

impl<'de, F: FnMut(&str, Tag, &str)> serde::de::Visitor<'de> for ObjectVisitor<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object such as {\"x\": 1}")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            self.scratch.clear();
            let tag = map.next_value_seed(CellSeed(&mut self.scratch))?;
            (self.each)(&key, tag, &self.scratch);
        }
        Ok(())
    }
}

/// Writes one value's text into a buffer and gives its tag.
struct CellSeed<'a>(&'a mut String);

impl<'de> serde::de::DeserializeSeed<'de> for CellSeed<'_> {
    type Value = Tag;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Tag, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl CellSeed<'_> {
    fn write(self, tag: Tag, value: impl fmt::Display) -> Tag {
        use fmt::Write as _;
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{value}");
        tag
    }
}

impl<'de> serde::de::Visitor<'de> for CellSeed<'_> {
    type Value = Tag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Tag, E> {
        Ok(Tag::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tag, E> {
        Ok(self.write(Tag::Literal, value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tag, E> {
        Ok(self.write(Tag::Literal, value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tag, E> {
        Ok(self.write(Tag::Literal, value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tag, E> {
        // Debug keeps the fraction of 1.0, so a float stays a float.
        Ok(self.write(Tag::Literal, format_args!("{value:?}")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tag, E> {
        self.0.push_str(value);
        Ok(Tag::Text)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Tag, A::Error> {
        use serde::Deserialize as _;
        let deserializer = serde::de::value::SeqAccessDeserializer::new(seq);
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(self.write(Tag::Text, value))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Tag, A::Error> {
        use serde::Deserialize as _;
        let deserializer = serde::de::value::MapAccessDeserializer::new(map);
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(self.write(Tag::Text, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_of_python_is_missing_and_text_stays() {
        assert_eq!(
            without_nan(r#"{"a":NaN,"b":-Infinity,"c":"NaN \"NaN"}"#).as_deref(),
            Some(r#"{"a":null,"b":"-inf","c":"NaN \"NaN"}"#)
        );
        assert_eq!(without_nan(r#"{"a":"Infinity"}"#), None);
    }
}
