//! Texts of a file that name a flag of the command line.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

use crate::source::{SourceFile, SourceLine};

/// Returns the lines of a file's product code with a text that names a flag.
#[must_use]
pub fn flags(file: &SourceFile) -> Vec<SourceLine> {
    let mut lines = BTreeSet::new();
    for item in &file.product {
        read(item.to_token_stream(), &mut lines);
    }
    lines
        .into_iter()
        .map(|line| SourceLine {
            file: file.path.clone(),
            line,
        })
        .collect()
}

/// Notes the lines of the literals that name flags, doc comments left out.
fn read(tokens: TokenStream, lines: &mut BTreeSet<usize>) {
    let mut attribute = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let doc = attribute
                    && group.delimiter() == Delimiter::Bracket
                    && begins_with_doc(&group.stream());
                if !doc {
                    read(group.stream(), lines);
                }
                attribute = false;
            }
            TokenTree::Literal(text) => {
                let start = text.span().start().line;
                let named = text.to_string();
                let named = named.lines().zip(start..);
                lines.extend(named.filter(|(text, _)| names_flag(text)).map(|(_, at)| at));
            }
            TokenTree::Punct(sign) if attribute && sign.as_char() == '!' => {}
            TokenTree::Punct(sign) => attribute = sign.as_char() == '#',
            TokenTree::Ident(_) => attribute = false,
        }
    }
}

fn begins_with_doc(tokens: &TokenStream) -> bool {
    let first = tokens.clone().into_iter().next();
    matches!(first, Some(TokenTree::Ident(name)) if name == "doc")
}

/// Whether `--` stands before a small letter, or a value put in, and begins a word. Custom
/// properties of style sheets, `var(--ink)`, do not begin one.
fn names_flag(text: &str) -> bool {
    text.match_indices("--").any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + 2..].chars().next();
        after.is_some_and(|after| after.is_ascii_lowercase() || after == '{')
            && !before.is_some_and(|before| before.is_alphanumeric() || before == '-')
            && !text[..at].ends_with("var(")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let file = SourceFile::parse("a.rs", text).expect("Rust");
        flags(&file).into_iter().map(|place| place.line).collect()
    }

    #[test]
    fn texts_count_and_doc_comments_do_not() {
        let text = "//! --module\n/// Says --flag.\nfn a() {\n    b(\"give --flag and --other\");\n\
             }\n// --comment\n#[error(\"--flag\")]\nenum E {\n    /// --doc\n    \
             #[error(\"no\\n\n more --flag\")]\n    A,\n}\n\
             fn c() { format!(\"{}: --{}, --{x} --x\", 1) }\n#[cfg(test)]\nfn d() { e(\"--f\") }";
        assert_eq!(lines(text), [4, 7, 11, 14]);
    }

    #[test]
    fn dashes_alone_are_no_flags() {
        for text in ["a -- b", "---x", "a--b", "--X", "--", "var(--ink)"] {
            assert!(!names_flag(text), "{text}");
        }
        for text in ["--x", "(--min-gain)", "'--x'", "a --x", "--{name}"] {
            assert!(names_flag(text), "{text}");
        }
    }
}
