//! One Rust file, and the part of it that is built into the product.

use proc_macro2::Span;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, ImplItem, Item, Meta, Token, TraitItem};

use crate::error::HouseError;

/// A line of a source file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceLine {
    /// The file, from the workspace's root.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl std::fmt::Display for SourceLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A parsed Rust file.
#[derive(Clone)]
pub struct SourceFile {
    /// The path from the workspace's root, with slashes.
    pub path: String,
    /// How many lines it has.
    pub lines: usize,
    /// All its items.
    pub items: Vec<Item>,
    /// Its items without those under `#[cfg(test)]`.
    pub product: Vec<Item>,
}

impl SourceFile {
    /// Parses the text of a file.
    ///
    /// # Errors
    ///
    /// If it is not Rust.
    pub fn parse(path: &str, text: &str) -> Result<SourceFile, HouseError> {
        let file = syn::parse_file(text).map_err(|error| HouseError::Syntax {
            path: path.to_owned(),
            line: error.span().start().line,
            problem: error.to_string(),
        })?;
        Ok(SourceFile {
            path: path.to_owned(),
            lines: text.lines().count(),
            product: if only_in_tests(&file.attrs) {
                Vec::new()
            } else {
                without_tests(&file.items)
            },
            items: file.items,
        })
    }

    /// Returns the line where a part of the file begins.
    #[must_use]
    pub fn line_of(&self, span: Span) -> SourceLine {
        SourceLine {
            file: self.path.clone(),
            line: span.start().line,
        }
    }
}

/// Returns the items without those that are compiled for tests only, at every
/// depth of modules, implementations and traits.
#[must_use]
pub fn without_tests(items: &[Item]) -> Vec<Item> {
    let kept = items.iter().filter(|item| !only_in_tests(attributes(item)));
    kept.cloned()
        .map(|mut item| {
            match &mut item {
                Item::Mod(module) => {
                    if let Some((_, inner)) = &mut module.content {
                        *inner = without_tests(inner);
                    }
                }
                Item::Impl(block) => block.items.retain(|item| match item {
                    ImplItem::Const(item) => !only_in_tests(&item.attrs),
                    ImplItem::Fn(item) => !only_in_tests(&item.attrs),
                    ImplItem::Type(item) => !only_in_tests(&item.attrs),
                    _ => true,
                }),
                Item::Trait(block) => block.items.retain(|item| match item {
                    TraitItem::Fn(item) => !only_in_tests(&item.attrs),
                    _ => true,
                }),
                _ => {}
            }
            item
        })
        .collect()
}

/// Whether attributes say that a thing is compiled for tests only: `#[test]`,
/// `#[cfg(test)]`, or a condition that needs `test`.
#[must_use]
pub fn only_in_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        path.is_ident("test")
            || path.is_ident("cfg")
                && attribute
                    .parse_args::<Meta>()
                    .is_ok_and(|condition| needs_test(&condition))
    })
}

fn needs_test(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test") || path.is_ident("doctest"),
        Meta::List(list) => {
            let conditions = Punctuated::<Meta, Token![,]>::parse_terminated
                .parse2(list.tokens.clone())
                .unwrap_or_default();
            if list.path.is_ident("all") {
                conditions.iter().any(needs_test)
            } else {
                list.path.is_ident("any")
                    && !conditions.is_empty()
                    && conditions.iter().all(needs_test)
            }
        }
        Meta::NameValue(_) => false,
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Vec<String> {
        let file = SourceFile::parse("a.rs", text).expect("Rust");
        file.product
            .iter()
            .filter_map(|item| match item {
                Item::Fn(function) => Some(function.sig.ident.to_string()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn only_what_needs_test_is_left_out() {
        let text = "#[cfg(test)] fn a() {}\n#[cfg(any(test, unix))] fn b() {}\n\
             #[cfg(all(test, unix))] fn c() {}\n#[cfg(not(test))] fn d() {}\n\
             #[cfg(feature = \"test\")] fn e() {}\n#[test] fn f() {}\n\
             #[cfg(any(test, doctest))] fn g() {}\n#[cfg_attr(test, inline)] fn h() {}";
        assert_eq!(kept(text), ["b", "d", "e", "h"]);
        assert!(kept("#![cfg(test)]\nfn a() {}").is_empty());
    }

    #[test]
    fn tests_inside_of_blocks_are_left_out() {
        let text = "impl A { #[cfg(test)] fn a() {} fn b() {} } mod m { #[cfg(test)] fn c() {} }";
        let file = SourceFile::parse("a.rs", text).expect("Rust");
        let Item::Impl(block) = &file.product[0] else {
            panic!("an implementation");
        };
        assert_eq!(block.items.len(), 1);
        let Item::Mod(module) = &file.product[1] else {
            panic!("a module");
        };
        assert!(module.content.as_ref().expect("content").1.is_empty());
    }

    #[test]
    fn a_broken_file_names_its_line() {
        let error = SourceFile::parse("a.rs", "fn a() {}\nfn {").err();
        let error = error.expect("no Rust");
        assert!(error.to_string().starts_with("a.rs:2: "), "{error}");
    }
}
