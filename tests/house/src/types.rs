//! Types by name: which names are defined more than once.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{ItemEnum, ItemStruct, ItemTrait, ItemType, ItemUnion};

use crate::source::{SourceFile, SourceLine};

/// Where a struct, enum, union, trait or type alias is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDefinition {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub place: SourceLine,
}

/// A name that several types have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatedType {
    /// The name.
    pub name: String,
    /// Where they are defined.
    pub places: Vec<SourceLine>,
}

/// Returns the types that a file defines for the product, those in functions too.
#[must_use]
pub fn types(file: &SourceFile) -> Vec<TypeDefinition> {
    let mut reader = TypeReader {
        file,
        found: Vec::new(),
    };
    for item in &file.product {
        reader.visit_item(item);
    }
    reader.found
}

/// Returns the names that more than one definition has: the most frequent first,
/// then by the alphabet.
#[must_use]
pub fn repeated<'a>(types: impl IntoIterator<Item = &'a TypeDefinition>) -> Vec<RepeatedType> {
    let mut by_name: BTreeMap<&str, Vec<SourceLine>> = BTreeMap::new();
    for definition in types {
        let places = by_name.entry(&definition.name).or_default();
        places.push(definition.place.clone());
    }
    let mut repeated: Vec<RepeatedType> = by_name
        .into_iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(name, places)| RepeatedType {
            name: name.to_owned(),
            places,
        })
        .collect();
    repeated.sort_by_key(|name| std::cmp::Reverse(name.places.len()));
    repeated
}

struct TypeReader<'a> {
    file: &'a SourceFile,
    found: Vec<TypeDefinition>,
}

impl TypeReader<'_> {
    fn add(&mut self, name: &Ident) {
        self.found.push(TypeDefinition {
            name: name.to_string(),
            place: self.file.line_of(name.span()),
        });
    }
}

impl<'ast> Visit<'ast> for TypeReader<'_> {
    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.add(&item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        self.add(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_union(&mut self, item: &'ast ItemUnion) {
        self.add(&item.ident);
        visit::visit_item_union(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.add(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast ItemType) {
        self.add(&item.ident);
        visit::visit_item_type(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types_of(path: &str, text: &str) -> Vec<TypeDefinition> {
        types(&SourceFile::parse(path, text).expect("Rust"))
    }

    #[test]
    fn private_types_count_and_those_of_tests_do_not() {
        let text = "pub struct A; enum B {} union C { a: u8 } trait D { type X; } type E = u8;\n\
             fn f() { struct G; } impl D for A { type X = u8; }\n\
             #[cfg(test)] mod tests { struct H; }";
        let found = types_of("a.rs", text);
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["A", "B", "C", "D", "E", "G"]);
        assert_eq!(found[5].place.to_string(), "a.rs:2");
    }

    #[test]
    fn names_are_repeated_across_files() {
        let mut all = types_of("a.rs", "struct Rows; struct Place; struct One;");
        all.extend(types_of(
            "b.rs",
            "enum Rows {}\ntrait Place {}\ntype Rows = u8;",
        ));
        let found = repeated(&all);
        let names: Vec<(&str, usize)> = found
            .iter()
            .map(|repeated| (repeated.name.as_str(), repeated.places.len()))
            .collect();
        assert_eq!(names, [("Rows", 3), ("Place", 2)]);
    }
}
