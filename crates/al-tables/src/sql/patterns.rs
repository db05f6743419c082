//! `LIKE` and regular expressions.

use regex::Regex;

use super::checked::{Checked, of};
use super::error::SqlError;
use super::texts::text;

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PatternPiece {
    /// `%`.
    Any,
    /// `_`.
    One,
    Exactly(char),
}

/// How a pattern is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct PatternReading {
    pub(super) escape: Option<char>,
    /// Whether case is of no matter.
    pub(super) fold: bool,
    pub(super) not: bool,
}

fn folded(text: &str, fold: bool) -> Vec<char> {
    match fold {
        true => text.chars().flat_map(char::to_lowercase).collect(),
        false => text.chars().collect(),
    }
}

fn pieces(pattern: &str, reading: PatternReading) -> Vec<PatternPiece> {
    let mut pieces = Vec::new();
    let mut characters = folded(pattern, false).into_iter();
    while let Some(character) = characters.next() {
        let exactly = |character: char, pieces: &mut Vec<PatternPiece>| {
            let text = character.to_string();
            pieces.extend(
                folded(&text, reading.fold)
                    .into_iter()
                    .map(PatternPiece::Exactly),
            );
        };
        match character {
            _ if Some(character) == reading.escape => {
                if let Some(next) = characters.next() {
                    exactly(next, &mut pieces);
                }
            }
            '%' => pieces.push(PatternPiece::Any),
            '_' => pieces.push(PatternPiece::One),
            _ => exactly(character, &mut pieces),
        }
    }
    pieces
}

/// Whether the text fits the pattern as a whole: each `%` takes as little as it
/// can, and the last one more when what follows does not fit.
fn fits(pieces: &[PatternPiece], text: &[char]) -> bool {
    let (mut piece, mut at) = (0, 0);
    let mut last_any: Option<(usize, usize)> = None;
    while at < text.len() {
        match pieces.get(piece) {
            Some(PatternPiece::Any) => {
                last_any = Some((piece, at));
                piece += 1;
                continue;
            }
            Some(PatternPiece::One) => {}
            Some(PatternPiece::Exactly(character)) if *character == text[at] => {}
            _ => {
                let Some((any, taken)) = last_any else {
                    return false;
                };
                last_any = Some((any, taken + 1));
                piece = any + 1;
                at = taken + 1;
                continue;
            }
        }
        piece += 1;
        at += 1;
    }
    pieces[piece..]
        .iter()
        .all(|piece| *piece == PatternPiece::Any)
}

/// `value [NOT] LIKE pattern`.
pub(super) fn like(
    at: usize,
    value: &Checked,
    pattern: &Checked,
    reading: PatternReading,
) -> Result<Checked, SqlError> {
    let name = if reading.fold { "ILIKE" } else { "LIKE" };
    let inner = text(value, name)?;
    let patterns = text(pattern, name)?;
    let constant = pattern.constant_text().map(|text| pieces(&text, reading));
    let eval = of(move |block| {
        let cells = inner(block)?;
        let fold = reading.fold;
        Ok(match &constant {
            Some(pieces) => {
                cells.map(|text| Some(fits(pieces, &folded(&text, fold)) != reading.not))
            }
            None => cells.zip(patterns(block)?, |text, pattern| {
                let pieces = pieces(&pattern, reading);
                Some(fits(&pieces, &folded(&text, fold)) != reading.not)
            }),
        })
    });
    Ok(Checked::bool(at, eval, &[value, pattern]))
}

/// Whether a regular expression matches somewhere in `value`.
pub(super) fn matches(
    at: usize,
    value: &Checked,
    pattern: &Checked,
    flags: &str,
    not: bool,
) -> Result<Checked, SqlError> {
    let inner = text(value, "REGEXP")?;
    let pattern_text = pattern
        .constant_text()
        .ok_or_else(|| SqlError::sense(pattern.at, "a regular expression is a text in quotes"))?;
    let expression = match flags {
        "" => pattern_text.clone(),
        flags => format!("(?{flags}){pattern_text}"),
    };
    let regex = Regex::new(&expression).map_err(|error| {
        let message = error.to_string();
        let line = message.lines().last().unwrap_or_default();
        let message = format!("'{pattern_text}' is no regular expression: {line}");
        SqlError::syntax(pattern.at, message)
    })?;
    let eval = of(move |block| {
        let cells = inner(block)?;
        Ok(cells.map(|text| Some(regex.is_match(&text) != not)))
    });
    Ok(Checked::bool(at, eval, &[value, pattern]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(text: &str, pattern: &str) -> bool {
        let reading = PatternReading {
            escape: Some('!'),
            fold: false,
            not: false,
        };
        fits(&pieces(pattern, reading), &folded(text, false))
    }

    #[test]
    fn percent_takes_as_much_as_is_needed() {
        for (text, pattern) in [
            ("", ""),
            ("", "%"),
            ("abc", "abc"),
            ("abc", "a%"),
            ("abc", "%c"),
            ("abcbc", "a%bc"),
            ("aabab", "%ab"),
            ("größe", "gr__e"),
            ("50%", "50!%"),
            ("a\nb", "a_b"),
            ("mississippi", "m%iss%ip%"),
        ] {
            assert!(like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [
            ("abc", ""),
            ("abc", "ab"),
            ("abc", "abcd"),
            ("abc", "_bcd"),
            ("abc", "%d%"),
            ("50 ", "50!%"),
            ("ABC", "abc"),
            ("mississippi", "m%iss%ipx%"),
        ] {
            assert!(!like(text, pattern), "{text} {pattern}");
        }
    }

    /// Each `%` would multiply the work of a matcher that tries all ways.
    #[test]
    fn many_percents_take_no_long_time() {
        let text = "a".repeat(10_000);
        let pattern = format!("{}b", "%aa".repeat(200));
        assert!(!like(&text, &pattern));
    }
}
