//! Code as a sequence of words, to look for what must not be named in it.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::Visit;
use syn::{Item, ItemUse};

use crate::scope::bindings;

/// Returns the names, numbers and signs of some items in their order, without
/// comments and texts. Each path that a `use` brings in follows at the end by
/// itself, so that `use std::{env, fs}` names `std::env`.
#[must_use]
pub fn words(items: &[Item]) -> Vec<String> {
    let mut words = Vec::new();
    let mut uses = UsePaths(Vec::new());
    for item in items {
        flatten(item.to_token_stream(), &mut words);
        uses.visit_item(item);
    }
    for path in uses.0 {
        words.push(";".to_owned());
        for (at, part) in path.into_iter().enumerate() {
            if at > 0 {
                words.extend([":".to_owned(), ":".to_owned()]);
            }
            words.push(part);
        }
    }
    words
}

/// Whether `wanted` stands in some code: `env::` does not in `my_env::x`, and
/// `std::env` does not in `std::environment`.
///
/// # Panics
///
/// If `wanted` is not made of Rust's words.
#[must_use]
pub fn names(words: &[String], wanted: &str) -> bool {
    let tokens: TokenStream = wanted.parse().expect("words of Rust");
    let mut sequence = Vec::new();
    flatten(tokens, &mut sequence);
    words
        .windows(sequence.len())
        .any(|window| window == sequence)
}

fn flatten(tokens: TokenStream, words: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                words.push(open.to_owned());
                flatten(group.stream(), words);
                words.push(close.to_owned());
            }
            TokenTree::Ident(name) => words.push(name.to_string()),
            TokenTree::Punct(sign) => words.push(sign.as_char().to_string()),
            TokenTree::Literal(text) => {
                let text = text.to_string();
                if text.starts_with(|first: char| first.is_ascii_digit()) {
                    words.push(text);
                } else {
                    words.push("\"\"".to_owned());
                }
            }
        }
    }
}

struct UsePaths(Vec<Vec<String>>);

impl<'ast> Visit<'ast> for UsePaths {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let paths = bindings(item).into_iter().map(|binding| binding.path);
        self.0.extend(paths);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(code: &str, wanted: &str) -> bool {
        let file = syn::parse_file(code).expect("Rust");
        names(&words(&file.items), wanted)
    }

    #[test]
    fn words_are_found_whole() {
        for (code, wanted, expected) in [
            ("use std::env;", "std::env", true),
            ("use std::{fs, env::{self, args}};", "std::env", true),
            ("use std::environment;", "std::env", false),
            ("fn f() { env::var(y) }", "env::", true),
            ("fn f() { my_env::var(y) }", "env::", false),
            ("fn f() { println!(\"\") }", "println!", true),
            ("fn f() { eprintln!(\"\") }", "println!", false),
            ("fn f() { println(\"\") }", "println!", false),
            ("fn f() { unsafe { g() } }", "unsafe", true),
            ("#[allow(unsafe_code)] fn f() {}", "unsafe", false),
        ] {
            assert_eq!(has(code, wanted), expected, "{wanted} in {code}");
        }
    }

    #[test]
    fn comments_and_texts_name_nothing() {
        let code = "/// dbg! here\nfn a() { call(\"Instant\", 'I', r#\"Instant\"#); } // Instant\n\
             /* Instant */ fn b<'Instant>(x: &'b str) {}";
        for wanted in ["dbg!", "todo!"] {
            assert!(!has(code, wanted), "{wanted}");
        }
        // The lifetime alone.
        let file = syn::parse_file(code).expect("Rust");
        let words = words(&file.items);
        assert_eq!(words.iter().filter(|word| *word == "Instant").count(), 1);
    }
}
