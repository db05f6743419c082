//! What a module says by name: what it defines, what it brings in by `use`, and
//! the paths in its code.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Attribute, ImplItemFn, Item, ItemFn, ItemMod, ItemUse, Lit, Macro, Meta, Pat, PatIdent, Path,
    TraitItemFn, UseTree, Visibility,
};

/// One name, or all of a module, that a `use` brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseBinding {
    /// The path as written, from `crate`, `self`, `super` or a name in scope.
    pub path: Vec<String>,
    /// The name it gets; none for `*` and `as _`.
    pub name: Option<String>,
    /// Whether it ends in `*`.
    pub all: bool,
    /// Whether it has a visibility, and so hands the name on.
    pub re_exports: bool,
}

/// What a module says by name.
#[derive(Debug, Clone, Default)]
pub struct ModuleScope {
    /// Names of the items that it defines.
    pub defined: BTreeSet<String>,
    /// What it brings in, in its functions too.
    pub bindings: Vec<UseBinding>,
    /// The paths in its code; names of local variables are left out.
    pub paths: BTreeSet<Vec<String>>,
}

impl ModuleScope {
    /// Reads the items of a module, without those of inline modules.
    #[must_use]
    pub fn read(items: &[Item]) -> ModuleScope {
        let mut reader = ScopeReader::default();
        for item in items {
            reader.scope.defined.extend(defined_name(item));
            reader.visit_item(item);
        }
        reader.scope
    }
}

fn defined_name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Returns what a `use` brings in, one entry per name. Paths that begin with
/// `::` lead out of the crate and bring nothing.
#[must_use]
pub fn bindings(item: &ItemUse) -> Vec<UseBinding> {
    let mut found = Vec::new();
    if item.leading_colon.is_none() {
        let re_exports = !matches!(item.vis, Visibility::Inherited);
        flatten(&item.tree, &mut Vec::new(), re_exports, &mut found);
    }
    found
}

fn flatten(
    tree: &UseTree,
    prefix: &mut Vec<String>,
    re_exports: bool,
    found: &mut Vec<UseBinding>,
) {
    let binding = |mut path: Vec<String>, name: Option<String>, all| {
        // `a::{self}` is `a`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = name.map(|name| match name.as_str() {
            "self" => path.last().cloned().unwrap_or_default(),
            _ => name,
        });
        UseBinding {
            path,
            name: name.filter(|name| name != "_"),
            all,
            re_exports,
        }
    };
    match tree {
        UseTree::Path(part) => {
            prefix.push(part.ident.to_string());
            flatten(&part.tree, prefix, re_exports, found);
            prefix.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, prefix, re_exports, found);
            }
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            let path = [prefix.as_slice(), std::slice::from_ref(&name)].concat();
            found.push(binding(path, Some(name), false));
        }
        UseTree::Rename(renamed) => {
            let path = [prefix.as_slice(), &[renamed.ident.to_string()]].concat();
            found.push(binding(path, Some(renamed.rename.to_string()), false));
        }
        UseTree::Glob(_) => found.push(binding(prefix.clone(), None, true)),
    }
}

#[derive(Default)]
struct ScopeReader {
    scope: ModuleScope,
    /// The variables of the function that is being read.
    locals: BTreeSet<String>,
}

impl ScopeReader {
    fn path(&mut self, path: Vec<String>) {
        if path.len() > 1 || !self.locals.contains(&path[0]) {
            self.scope.paths.insert(path);
        }
    }

    fn path_of(&mut self, path: &Path) {
        if path.leading_colon.is_none() {
            let parts = path.segments.iter();
            self.path(parts.map(|part| part.ident.to_string()).collect());
        }
    }

    fn in_function(&mut self, locals: BTreeSet<String>, read: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.locals, locals);
        read(self);
        self.locals = outer;
    }

    /// The paths in the tokens of a macro. A name after a dot is a field or a
    /// method, one before a single colon a field, one after `'` a lifetime.
    fn tokens(&mut self, tokens: &TokenStream) {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.tokens(&group.stream()),
                TokenTree::Ident(first) => {
                    let mut path = vec![first.to_string()];
                    let before = at.checked_sub(1).and_then(|before| sign(&tokens, before));
                    while sign(&tokens, at + 1) == Some(':') && sign(&tokens, at + 2) == Some(':') {
                        let Some(TokenTree::Ident(next)) = tokens.get(at + 3) else {
                            break;
                        };
                        path.push(next.to_string());
                        at += 3;
                    }
                    let field = path.len() == 1
                        && sign(&tokens, at + 1) == Some(':')
                        && sign(&tokens, at + 2) != Some(':');
                    if !field && !matches!(before, Some('.' | '\'')) {
                        self.path(path);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

fn sign(tokens: &[TokenTree], at: usize) -> Option<char> {
    match tokens.get(at) {
        Some(TokenTree::Punct(sign)) => Some(sign.as_char()),
        _ => None,
    }
}

impl<'ast> Visit<'ast> for ScopeReader {
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.scope.bindings.extend(bindings(item));
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.path_of(path);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.visit_path(&called.path);
        self.tokens(&called.tokens);
    }

    /// Attributes name what is ours in texts only: `#[serde(with = "a::b")]`.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Meta::List(list) = &attribute.meta else {
            return;
        };
        for token in list.tokens.clone() {
            let TokenTree::Literal(text) = token else {
                continue;
            };
            let Lit::Str(text) = Lit::new(text) else {
                continue;
            };
            if let Ok(path) = text.parse::<Path>() {
                self.path_of(&path);
            }
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        let locals = locals(|reader| reader.visit_item_fn(function));
        self.in_function(locals, |reader| visit::visit_item_fn(reader, function));
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        let locals = locals(|reader| reader.visit_impl_item_fn(function));
        self.in_function(locals, |reader| visit::visit_impl_item_fn(reader, function));
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        let locals = locals(|reader| reader.visit_trait_item_fn(function));
        self.in_function(locals, |reader| {
            visit::visit_trait_item_fn(reader, function);
        });
    }

    fn visit_pat(&mut self, pattern: &'ast Pat) {
        // A single name in a pattern may be a constant or a variant.
        if let Pat::Ident(name) = pattern {
            self.path(vec![name.ident.to_string()]);
        }
        visit::visit_pat(self, pattern);
    }
}

/// The names that the patterns of a function bind; those with a capital are
/// constants or variants.
fn locals(read: impl FnOnce(&mut LocalNames)) -> BTreeSet<String> {
    let mut names = LocalNames(BTreeSet::new());
    read(&mut names);
    names.0
}

struct LocalNames(BTreeSet<String>);

impl<'ast> Visit<'ast> for LocalNames {
    fn visit_pat_ident(&mut self, name: &'ast PatIdent) {
        let text = name.ident.to_string();
        if !text.starts_with(char::is_uppercase) {
            self.0.insert(text);
        }
        visit::visit_pat_ident(self, name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> ModuleScope {
        ModuleScope::read(&syn::parse_file(text).expect("Rust").items)
    }

    fn paths(text: &str) -> Vec<String> {
        let scope = scope(text);
        scope.paths.iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn uses_are_flattened() {
        let scope = scope("pub use a::{self, b::{C, D as E}, f::*}; use ::g::h; use i::J as _;");
        let found: Vec<(String, Option<&str>, bool, bool)> = scope
            .bindings
            .iter()
            .map(|b| (b.path.join("::"), b.name.as_deref(), b.all, b.re_exports))
            .collect();
        let expected = [
            ("a".to_owned(), Some("a"), false, true),
            ("a::b::C".to_owned(), Some("C"), false, true),
            ("a::b::D".to_owned(), Some("E"), false, true),
            ("a::f".to_owned(), None, true, true),
            ("i::J".to_owned(), None, false, false),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn paths_stand_in_types_code_patterns_and_macros() {
        let text = "fn f(a: x::A) -> Option<B> { if let C::D = a { g(a) } \
             format!(\"{}\", y::h(a.i, J { k: 1 })) }";
        assert_eq!(
            paths(text),
            ["B", "C::D", "J", "Option", "format", "g", "x::A", "y::h"]
        );
    }

    #[test]
    fn local_names_are_no_paths() {
        assert_eq!(
            paths("fn f(a: u8) { let b = a; h(b, c); println!(\"{}\", b) }"),
            ["c", "h", "println", "u8"]
        );
        // Not beyond the function that binds them.
        assert_eq!(
            paths("fn f(a: u8) {} fn g() { a() } fn h(x: u8) { match x { K => {} } }"),
            ["K", "a", "u8"]
        );
    }

    #[test]
    fn attributes_name_functions_in_texts() {
        assert_eq!(
            paths("#[serde(with = \"crate::a::b\")] struct S; #[doc = \"c\"] struct T;"),
            ["crate::a::b"]
        );
    }

    #[test]
    fn definitions_have_every_kind() {
        let scope = scope(
            "const A: u8 = 1; enum B {} fn c() {} static D: u8 = 1; struct E; trait F {} \
             type G = u8; macro_rules! h { () => {} } mod i { struct J; }",
        );
        let found: Vec<&str> = scope.defined.iter().map(String::as_str).collect();
        assert_eq!(found, ["A", "B", "D", "E", "F", "G", "c", "h"]);
    }
}
