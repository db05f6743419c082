//! The texts of single atoms.

use crate::elements::{BRACKET_AROMATIC, is_element};

/// Whether an atom is written as aromatic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AromaticKind {
    None,
    Carbon,
    Heteroatom,
}

/// Which kind of aromatic atom a token is.
pub(super) fn aromatic_kind(text: &[char]) -> AromaticKind {
    let first = text.iter().find(|sign| sign.is_ascii_alphabetic());
    match first {
        Some(&'c') => AromaticKind::Carbon,
        Some(sign) if sign.is_ascii_lowercase() => AromaticKind::Heteroatom,
        _ => AromaticKind::None,
    }
}

/// What stands between brackets.
pub(super) enum InBrackets<'a> {
    Atom,
    Unknown(&'a str),
    Query,
    Wrong,
}

pub(super) fn atom_in_brackets(text: &str) -> InBrackets<'_> {
    if text.contains([';', ',', '!', '&', '$', '#', '?']) {
        return InBrackets::Query;
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let isotope = digits(text);
    let rest = &text[isotope..];
    let Some(symbol) = symbol_of(rest) else {
        let letters = rest.find(|sign: char| !sign.is_alphabetic());
        let letters = &rest[..letters.unwrap_or(rest.len())];
        return match letters {
            "" => InBrackets::Wrong,
            letters => InBrackets::Unknown(letters),
        };
    };
    let mut rest = &rest[symbol.len()..];
    if let Some(after) = rest.strip_prefix('@') {
        rest = after.strip_prefix('@').unwrap_or(after);
        for class in ["TH", "AL", "SP", "TB", "OH"] {
            // `@H` is a centre with a hydrogen, `@OH1` a class.
            if let Some(after) = rest.strip_prefix(class)
                && digits(after) > 0
            {
                rest = &after[digits(after)..];
            }
        }
    }
    if let Some(after) = rest.strip_prefix('H') {
        rest = &after[digits(after).min(1)..];
    }
    for sign in ['+', '-'] {
        if rest.starts_with(sign) {
            let many = rest.bytes().take_while(|&b| b == sign as u8).count();
            rest = &rest[many..];
            if many == 1 {
                rest = &rest[digits(rest).min(2)..];
            }
            break;
        }
    }
    if let Some(after) = rest.strip_prefix(':')
        && digits(after) > 0
    {
        rest = &after[digits(after).min(5)..];
    }
    if rest.is_empty() && isotope <= 3 {
        InBrackets::Atom
    } else {
        InBrackets::Wrong
    }
}

/// The element at the beginning of a text, the longest that fits.
fn symbol_of(text: &str) -> Option<&str> {
    if text.starts_with('*') {
        return text.get(..1);
    }
    let aromatic = BRACKET_AROMATIC.iter().find(|s| text.starts_with(**s));
    if let Some(symbol) = aromatic {
        return text.get(..symbol.len());
    }
    let fits = |n: usize| text.get(..n).filter(|symbol| is_element(symbol));
    fits(2).or_else(|| fits(1))
}
