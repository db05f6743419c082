//! Reads the manifests, sources and documents of this workspace and measures
//! what `docs/ARCHITECTURE.md` promises of them. The tests of this package hold
//! those invariants; its binary prints the measures, of any checkout.
//!
//! It knows Rust's syntax and Cargo's manifests, and nothing of what the
//! program does. It is a tool of development: no crate depends on it, and its
//! own row of the table is not in the total.
//!
//! # What is counted
//!
//! - **Files**: the Rust files in a member's folder, and in those outside of it
//!   where targets of its manifest lie (the end-to-end tests of `cli`). A file is
//!   as long as it has lines, its inline `mod tests` included; tests in a file of
//!   their own are a file of their own.
//! - **Functions**: all with a body in those files: free ones, methods, default
//!   methods of traits, functions in functions, tests and benchmarks. Not
//!   closures, and not what stands in the braces of a macro. A function is as
//!   long as the lines from its `fn` to its closing brace, both included.
//! - **Product code**: what is not only compiled for tests, benchmarks or
//!   examples: files that the crate's root reaches by `mod`, without items under
//!   `#[cfg(test)]`. All measures below are of product code.
//! - **Types**: structs, enums, unions, traits and type aliases, private ones
//!   included; no associated types. A type shares its name if another of the
//!   workspace has the same.
//! - **Flags**: lines of libraries (members in `crates/`) with a string literal
//!   that has `--` before a small letter or a value put in (`--{name}`). Doc
//!   comments have none; the texts of attributes (`#[error("…")]`) do.
//! - **`Option<&Campaign>`**: functions with it, mutable or not, in an argument
//!   or the result, and fields of that type.
//!
//! # What is an import
//!
//! An *arrow* leads from one module of a crate to another that it names: by
//! `use`, or by a path in its code, the tokens of macros included. It leads to
//! the module where the named thing is *defined*: re-exports on the way are
//! followed, so that a façade neither hides arrows nor makes any. A `pub use` of a
//! module's own descendants hands names on and is no arrow; if the module's code
//! uses those names too, that is one. Naming a module without a thing in it, and
//! declaring one (`mod x;`), are none. Methods are not seen: whoever calls one
//! has named the type or was handed the value by somebody who did.
//!
//! - A *cycle* is a largest set of modules of which each leads to each other.
//! - A *room* is a module directly below the crate's root, with all below it;
//!   the root by itself is one too.
//! - An arrow between rooms *runs back up* if the room it leads to leads, over
//!   any number of rooms, to the one it comes from. There is none exactly if
//!   rooms form no cycle.
//! - An arrow from a module to its parent, or the parent's, *in one room* runs
//!   back up if the modules form a cycle. Without cycles there is none.

pub mod arrows;
pub mod campaign;
pub mod documents;
pub mod error;
pub mod files;
pub mod functions;
pub mod graph;
pub mod manifests;
pub mod measures;
pub mod modules;
pub mod resolve;
pub mod scope;
pub mod source;
pub mod table;
pub mod texts;
pub mod tokens;
pub mod types;
pub mod workspace;
