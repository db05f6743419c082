//! Functions of texts. Positions and lengths count characters, from 1.

use super::checked::{Checked, Of, OfText, of, of_text};
use super::error::SqlError;
use super::values::{RowValues, Text};

/// As text; `name` says for whom.
pub(super) fn text(node: &Checked, name: &str) -> Result<OfText, SqlError> {
    node.as_text().ok_or_else(|| {
        let message = format!("{name} needs text and finds {}", node.kind);
        SqlError::sense(node.at, message)
    })
}

fn whole(node: &Checked, name: &str) -> Result<Of<i128>, SqlError> {
    node.as_whole().ok_or_else(|| {
        let message = format!("{name} needs a whole number and finds {}", node.kind);
        SqlError::sense(node.at, message)
    })
}

/// A function of a text that gives a text.
pub(super) fn changed(name: &str) -> Option<fn(&str) -> String> {
    Some(match name {
        "LOWER" => str::to_lowercase,
        "UPPER" => str::to_uppercase,
        "REVERSE" => |text| text.chars().rev().collect(),
        _ => return None,
    })
}

/// `change` of a text.
pub(super) fn change(
    at: usize,
    name: &str,
    node: &Checked,
    change: fn(&str) -> String,
) -> Result<Checked, SqlError> {
    let inner = text(node, name)?;
    let eval = of_text(move |block| {
        let cells = inner(block)?;
        Ok(cells.map(|text| Some(Text::Owned(change(&text)))))
    });
    Ok(Checked::text(at, eval, &[node]))
}

/// `LENGTH`, `OCTET_LENGTH` and `BIT_LENGTH`.
pub(super) fn length(at: usize, name: &str, node: &Checked) -> Result<Checked, SqlError> {
    let inner = text(node, name)?;
    let measure: fn(&str) -> usize = match name {
        "LENGTH" => |text| text.chars().count(),
        "OCTET_LENGTH" => str::len,
        _ => |text| text.len() * 8,
    };
    let eval = of(move |block| {
        let cells = inner(block)?;
        Ok(cells.map(|text| Some(measure(&text) as i128)))
    });
    Ok(Checked::whole(at, eval, &[node]))
}

/// `STARTS_WITH`, `ENDS_WITH` and `CONTAINS`.
pub(super) fn has(
    at: usize,
    name: &str,
    node: &Checked,
    part: &Checked,
) -> Result<Checked, SqlError> {
    let (inner, sought) = (text(node, name)?, text(part, name)?);
    let test: fn(&str, &str) -> bool = match name {
        "STARTS_WITH" => |text, part| text.starts_with(part),
        "ENDS_WITH" => |text, part| text.ends_with(part),
        _ => |text, part| text.contains(part),
    };
    let eval = of(move |block| {
        let cells = inner(block)?;
        Ok(cells.zip(sought(block)?, |text, part| Some(test(&text, &part))))
    });
    Ok(Checked::bool(at, eval, &[node, part]))
}

/// `STRPOS(text, part)`: where the part begins, 0 if it is not there.
pub(super) fn position(at: usize, node: &Checked, part: &Checked) -> Result<Checked, SqlError> {
    let (inner, sought) = (text(node, "STRPOS")?, text(part, "STRPOS")?);
    let eval = of(move |block| {
        let cells = inner(block)?;
        Ok(cells.zip(sought(block)?, |text, part| {
            let before = text.find(&*part).map(|found| text[..found].chars().count());
            Some(before.map_or(0, |before| before as i128 + 1))
        }))
    });
    Ok(Checked::whole(at, eval, &[node, part]))
}

/// `TRIM`, `LTRIM` and `RTRIM`: without blanks, or the characters given, at
/// the ends.
pub(super) fn trim(at: usize, name: &'static str, nodes: &[Checked]) -> Result<Checked, SqlError> {
    let inner = text(&nodes[0], name)?;
    let set = nodes.get(1).map(|set| text(set, name)).transpose()?;
    let cut = move |text: &str, is: &dyn Fn(char) -> bool| {
        let text = if name == "RTRIM" {
            text
        } else {
            text.trim_start_matches(is)
        };
        let text = if name == "LTRIM" {
            text
        } else {
            text.trim_end_matches(is)
        };
        text.to_owned()
    };
    let eval = of_text(move |block| {
        let cells = inner(block)?;
        Ok(match &set {
            None => cells.map(|text| Some(Text::Owned(cut(&text, &char::is_whitespace)))),
            Some(set) => cells.zip(set(block)?, |text, set| {
                Some(Text::Owned(cut(&text, &|c| set.contains(c))))
            }),
        })
    });
    let from: Vec<&Checked> = nodes.iter().collect();
    Ok(Checked::text(at, eval, &from))
}

/// The characters from place `from` (from 1) to before place `to`.
fn between(text: &str, from: i128, to: i128) -> Text<'static> {
    let skipped = usize::try_from((from - 1).max(0)).unwrap_or(usize::MAX);
    let taken = usize::try_from((to - from.max(1)).max(0)).unwrap_or(usize::MAX);
    Text::Owned(text.chars().skip(skipped).take(taken).collect())
}

/// `SUBSTR(text, start)` and `SUBSTR(text, start, length)`.
pub(super) fn substring(at: usize, nodes: &[Checked]) -> Result<Checked, SqlError> {
    let inner = text(&nodes[0], "SUBSTR")?;
    let start = whole(&nodes[1], "SUBSTR")?;
    let length = nodes.get(2).map(|node| whole(node, "SUBSTR")).transpose()?;
    let eval = of_text(move |block| {
        let from = inner(block)?.zip(start(block)?, |text, start| Some((text, start)));
        Ok(match &length {
            None => from.map(|(text, start)| Some(between(&text, start, i128::MAX))),
            Some(length) => from.zip(length(block)?, |(text, start), length| {
                Some(between(&text, start, start.saturating_add(length)))
            }),
        })
    });
    let from: Vec<&Checked> = nodes.iter().collect();
    Ok(Checked::text(at, eval, &from))
}

/// `LEFT(text, n)` and `RIGHT(text, n)`: the first or last `n` characters, all
/// but the others' `−n` if it is negative.
pub(super) fn side(
    at: usize,
    name: &str,
    node: &Checked,
    n: &Checked,
) -> Result<Checked, SqlError> {
    let (inner, n_of) = (text(node, name)?, whole(n, name)?);
    let left = name == "LEFT";
    let eval = of_text(move |block| {
        let cells = inner(block)?;
        Ok(cells.zip(n_of(block)?, |text, n| {
            let length = text.chars().count() as i128;
            let n = if n < 0 {
                (length + n).max(0)
            } else {
                n.min(length)
            };
            Some(match left {
                true => between(&text, 1, n + 1),
                false => between(&text, length - n + 1, length + 1),
            })
        }))
    });
    Ok(Checked::text(at, eval, &[node, n]))
}

/// `LPAD` and `RPAD`: cut or filled to so many characters.
pub(super) fn pad(at: usize, name: &str, nodes: &[Checked]) -> Result<Checked, SqlError> {
    let (inner, length) = (text(&nodes[0], name)?, whole(&nodes[1], name)?);
    let fill = match nodes.get(2) {
        None => ' ',
        Some(node) => {
            let text = node.constant_text().unwrap_or_default();
            let mut characters = text.chars();
            match (characters.next(), characters.next()) {
                (Some(fill), None) => fill,
                _ => {
                    let message = format!("{name} needs one character in quotes to fill with");
                    return Err(SqlError::sense(node.at, message));
                }
            }
        }
    };
    let left = name == "LPAD";
    let eval = of_text(move |block| {
        let cells = inner(block)?;
        Ok(cells.zip(length(block)?, |text, length| {
            let length = usize::try_from(length.clamp(0, 1 << 20)).unwrap_or(0);
            let lack = length.saturating_sub(text.chars().count());
            let filling = std::iter::repeat_n(fill, lack);
            Some(Text::Owned(match left {
                true => filling.chain(text.chars()).take(length).collect(),
                false => text.chars().chain(filling).take(length).collect(),
            }))
        }))
    });
    let from: Vec<&Checked> = nodes.iter().collect();
    Ok(Checked::text(at, eval, &from))
}

/// `REPLACE(text, old, new)`.
pub(super) fn replace(at: usize, nodes: &[Checked]) -> Result<Checked, SqlError> {
    let inner = text(&nodes[0], "REPLACE")?;
    let (old, new) = (text(&nodes[1], "REPLACE")?, text(&nodes[2], "REPLACE")?);
    let eval = of_text(move |block| {
        let pairs = inner(block)?.zip(old(block)?, |text, old| Some((text, old)));
        Ok(pairs.zip(new(block)?, |(text, old), new| {
            Some(match old.is_empty() {
                true => text,
                false => Text::Owned(text.replace(&*old, &new)),
            })
        }))
    });
    let from: Vec<&Checked> = nodes.iter().collect();
    Ok(Checked::text(at, eval, &from))
}

/// `one || other`: missing if one is.
pub(super) fn concat(at: usize, one: &Checked, other: &Checked) -> Result<Checked, SqlError> {
    let (left, right) = (written(one, "||")?, written(other, "||")?);
    let eval = of_text(move |block| {
        let left = left(block)?;
        Ok(left.zip(right(block)?, |left, right| {
            Some(Text::Owned(format!("{left}{right}")))
        }))
    });
    Ok(Checked::text(at, eval, &[one, other]))
}

fn written(node: &Checked, name: &str) -> Result<OfText, SqlError> {
    super::cast::to_text(node).ok_or_else(|| {
        let message = format!("{name} makes no text of {}", node.kind);
        SqlError::sense(node.at, message)
    })
}

/// `CONCAT(…)` and `CONCAT_WS(separator, …)`: what is missing is left out.
pub(super) fn concat_all(at: usize, name: &str, nodes: &[Checked]) -> Result<Checked, SqlError> {
    let (separator, parts) = match name {
        "CONCAT" => (String::new(), nodes),
        _ => {
            let separator = nodes[0].constant_text().ok_or_else(|| {
                let message = "CONCAT_WS needs its separator as a text in quotes";
                SqlError::sense(nodes[0].at, message)
            })?;
            (separator, &nodes[1..])
        }
    };
    let parts: Result<Vec<OfText>, SqlError> =
        parts.iter().map(|part| written(part, name)).collect();
    let parts = parts?;
    let eval = of_text(move |block| {
        let mut joined: RowValues<Text<'_>> = RowValues::Same(None);
        for part in &parts {
            joined = joined.zip_all(part(block)?, |one, other| match (one, other) {
                (Some(one), Some(other)) => Some(Text::Owned(format!("{one}{separator}{other}"))),
                (one, other) => one.or(other),
            });
        }
        Ok(joined.map_all(|text| Some(text.unwrap_or(Text::Borrowed("")))))
    });
    let from: Vec<&Checked> = nodes.iter().collect();
    Ok(Checked::text(at, eval, &from))
}
