//! How long functions are.

use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, Item, ItemFn, Signature, TraitItemFn};

use crate::source::{SourceFile, SourceLine};

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionLength {
    /// Its name.
    pub name: String,
    /// Where its `fn` stands.
    pub place: SourceLine,
    /// How many lines there are from its `fn` to its closing brace.
    pub lines: usize,
}

/// Returns the functions among `items` of a file, in their order; a function in
/// another one is counted by itself as well.
#[must_use]
pub fn functions(file: &SourceFile, items: &[Item]) -> Vec<FunctionLength> {
    let mut reader = FunctionReader {
        file,
        found: Vec::new(),
    };
    for item in items {
        reader.visit_item(item);
    }
    reader.found
}

struct FunctionReader<'a> {
    file: &'a SourceFile,
    found: Vec<FunctionLength>,
}

impl FunctionReader<'_> {
    fn add(&mut self, signature: &Signature, body: &Block) {
        let place = self.file.line_of(signature.fn_token.span);
        let end = body.brace_token.span.close().end().line;
        self.found.push(FunctionLength {
            name: signature.ident.to_string(),
            lines: end - place.line + 1,
            place,
        });
    }
}

impl<'ast> Visit<'ast> for FunctionReader<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(body) = &function.default {
            self.add(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_from_fn_to_the_closing_brace() {
        let text = "/// Says.\n#[inline]\npub fn a(\n    x: u8,\n) {\n    fn b() {}\n}\n\
             trait T {\n    fn c();\n    fn d() {\n    }\n}\n\
             impl T for U { fn c() { let e = || {\n\n}; } }\n#[test]\nfn f() {}";
        let file = SourceFile::parse("a.rs", text).expect("Rust");
        let found: Vec<(String, usize, usize)> = functions(&file, &file.items)
            .into_iter()
            .map(|function| (function.name, function.place.line, function.lines))
            .collect();
        let expected = [
            ("a", 3, 5),
            ("b", 6, 1),
            ("d", 10, 2),
            ("c", 13, 3),
            ("f", 17, 1),
        ];
        let expected = expected.map(|(name, line, lines)| (name.to_owned(), line, lines));
        assert_eq!(found, expected);
        assert_eq!(functions(&file, &file.product).len(), 4);
    }
}
