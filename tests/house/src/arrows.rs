//! Which module of a crate imports which, and which of these arrows run back up.
//! The crate's documentation says what an arrow is.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::DirectedGraph;
use crate::modules::{ModuleNode, ModuleTree};
use crate::resolve::{NamedThing, PathResolver};
use crate::scope::ModuleScope;

/// What the imports of a crate come to.
#[derive(Debug, Clone, Default)]
pub struct ImportMeasures {
    /// How many modules there are, the root included.
    pub modules: usize,
    /// How many distinct arrows lead from module to module.
    pub arrows: usize,
    /// The cycles among modules, the longest first.
    pub cycles: Vec<Vec<String>>,
    /// The arrows between rooms that run back up, as in `score → train`.
    pub back_to_rooms: Vec<String>,
    /// The arrows to a parent in the same room that run back up.
    pub back_to_parents: Vec<String>,
    /// How many rooms are in cycles of rooms.
    pub rooms_in_cycles: usize,
}

impl ImportMeasures {
    /// Measures the imports of a crate.
    #[must_use]
    pub fn of(tree: &ModuleTree) -> ImportMeasures {
        let arrows = arrows(tree);
        let graph = DirectedGraph::new(tree.modules.len(), &arrows);
        let shown = |module: usize| tree.modules[module].shown();
        let back_to_parents = arrows
            .iter()
            .filter(|&&(from, to)| {
                tree.is_above(to, from)
                    && tree.room(from) == tree.room(to)
                    && graph.reaches(to, from)
            })
            .map(|&(from, to)| format!("{} → {}", shown(from), shown(to)))
            .collect();
        let (rooms, between) = rooms(tree, &arrows);
        let plan = DirectedGraph::new(rooms.len(), &between);
        let back_to_rooms = between
            .iter()
            .filter(|&&(from, to)| plan.reaches(to, from))
            .map(|&(from, to)| format!("{} → {}", rooms[from], rooms[to]))
            .collect();
        ImportMeasures {
            modules: tree.modules.len(),
            arrows: arrows.len(),
            cycles: graph
                .cycles()
                .into_iter()
                .map(|cycle| cycle.into_iter().map(shown).collect())
                .collect(),
            back_to_rooms,
            back_to_parents,
            rooms_in_cycles: plan.cycles().iter().map(Vec::len).sum(),
        }
    }

    /// Returns how many modules are in cycles.
    #[must_use]
    pub fn modules_in_cycles(&self) -> usize {
        self.cycles.iter().map(Vec::len).sum()
    }

    /// Returns the length of the longest cycle; 0 if there is none.
    #[must_use]
    pub fn longest_cycle(&self) -> usize {
        self.cycles.first().map_or(0, Vec::len)
    }

    /// Returns how many arrows run back up, to rooms or to parents.
    #[must_use]
    pub fn back(&self) -> usize {
        self.back_to_rooms.len() + self.back_to_parents.len()
    }

    /// Adds another root of the same package, as of a binary beside a library.
    pub fn add(&mut self, other: ImportMeasures) {
        self.modules += other.modules;
        self.arrows += other.arrows;
        self.rooms_in_cycles += other.rooms_in_cycles;
        self.back_to_rooms.extend(other.back_to_rooms);
        self.back_to_parents.extend(other.back_to_parents);
        self.cycles.extend(other.cycles);
        self.cycles
            .sort_by_key(|cycle| std::cmp::Reverse(cycle.len()));
    }
}

/// Returns the arrows between the modules of a crate, by their numbers.
#[must_use]
pub fn arrows(tree: &ModuleTree) -> BTreeSet<(usize, usize)> {
    let scopes: Vec<ModuleScope> = tree
        .modules
        .iter()
        .map(|module: &ModuleNode| ModuleScope::read(&module.items))
        .collect();
    let resolver = PathResolver::new(tree, &scopes);
    let mut arrows = BTreeSet::new();
    for (module, scope) in scopes.iter().enumerate() {
        let defined_in = |path: &[String]| match resolver.resolve(module, path) {
            Some(NamedThing::ItemOf(to)) if to != module => Some(to),
            _ => None,
        };
        for binding in &scope.bindings {
            let to = defined_in(&binding.path);
            let handed_on = |to: &usize| binding.re_exports && tree.is_above(module, *to);
            arrows.extend(to.filter(|to| !handed_on(to)).map(|to| (module, to)));
        }
        let named = scope.paths.iter().filter_map(|path| defined_in(path));
        arrows.extend(named.map(|to| (module, to)));
    }
    arrows
}

/// The names of the rooms, and the arrows between them by their places.
fn rooms(
    tree: &ModuleTree,
    arrows: &BTreeSet<(usize, usize)>,
) -> (Vec<String>, BTreeSet<(usize, usize)>) {
    let names: BTreeSet<&str> = (0..tree.modules.len()).map(|at| tree.room(at)).collect();
    let places: BTreeMap<&str, usize> = names.iter().copied().zip(0..).collect();
    let between = arrows
        .iter()
        .map(|&(from, to)| (places[tree.room(from)], places[tree.room(to)]))
        .filter(|(from, to)| from != to)
        .collect();
    (names.into_iter().map(str::to_owned).collect(), between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::tests::tree_of;

    fn shown(files: &[(&str, &str)]) -> Vec<String> {
        let tree = tree_of(files);
        let name = |module: usize| tree.modules[module].shown();
        arrows(&tree)
            .into_iter()
            .map(|(from, to)| format!("{} → {}", name(from), name(to)))
            .collect()
    }

    #[test]
    fn a_facade_neither_hides_arrows_nor_makes_any() {
        let files = [
            ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("a.rs", "pub struct A; fn f(b: crate::B) {}"),
            ("b.rs", "pub struct B; fn g() -> crate::A { todo!() }"),
        ];
        assert_eq!(shown(&files), ["a → b", "b → a"]);
        let measures = ImportMeasures::of(&tree_of(&files));
        assert_eq!(measures.cycles, [["a", "b"]]);
        assert_eq!(measures.back_to_rooms, ["a → b", "b → a"]);
        assert_eq!((measures.back(), measures.rooms_in_cycles), (2, 2));
    }

    #[test]
    fn a_re_export_that_the_module_uses_is_an_arrow() {
        let unused = [
            ("lib.rs", "mod a;"),
            ("a.rs", "mod b; pub(crate) use b::B; pub struct A;"),
            ("a/b.rs", "use super::A; pub struct B(A);"),
        ];
        assert_eq!(shown(&unused), ["a::b → a"]);
        assert_eq!(ImportMeasures::of(&tree_of(&unused)).back(), 0);
        let used = [
            unused[0],
            (
                "a.rs",
                "mod b; pub(crate) use b::B; pub struct A; fn f(b: B) {}",
            ),
            unused[2],
        ];
        assert_eq!(shown(&used), ["a → a::b", "a::b → a"]);
        let measures = ImportMeasures::of(&tree_of(&used));
        assert_eq!(measures.back_to_parents, ["a::b → a"]);
        assert!(measures.back_to_rooms.is_empty());
        assert_eq!(measures.longest_cycle(), 2);
    }

    #[test]
    fn a_re_export_of_somebody_elses_is_an_arrow() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub use crate::b::B;"),
            ("b.rs", "pub struct B;"),
        ];
        assert_eq!(shown(&files), ["a → b"]);
    }

    #[test]
    fn imports_of_tests_are_none() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "pub fn f() {} #[cfg(test)] mod tests { use crate::b::g; }",
            ),
            ("b.rs", "use crate::a; pub fn g() { a::f() }"),
        ];
        assert_eq!(shown(&files), ["b → a"]);
    }

    #[test]
    fn rooms_can_form_a_cycle_where_modules_form_none() {
        let files = [(
            "lib.rs",
            "mod a { pub mod x { use crate::b::y::Y; } pub mod w { pub struct W; } }
                        mod b { pub mod y { pub struct Y; } pub mod z { use crate::a::w::W; } }",
        )];
        let measures = ImportMeasures::of(&tree_of(&files));
        assert_eq!(measures.modules_in_cycles(), 0);
        assert_eq!(measures.back_to_rooms, ["a → b", "b → a"]);
    }

    #[test]
    fn the_root_is_a_room_too() {
        let files = [
            ("lib.rs", "mod a; pub struct Root; pub fn f() { a::g() }"),
            ("a.rs", "use crate::Root; pub fn g() {}"),
        ];
        let measures = ImportMeasures::of(&tree_of(&files));
        assert_eq!(measures.back_to_rooms, ["a → crate", "crate → a"]);
        assert!(measures.back_to_parents.is_empty());
    }

    #[test]
    fn two_roots_of_a_package_are_added() {
        let cycle = [(
            "lib.rs",
            "mod a { use crate::f; pub fn g() {} } fn f() { a::g() }",
        )];
        let mut measures = ImportMeasures::of(&tree_of(&cycle));
        measures.add(ImportMeasures::of(&tree_of(&cycle)));
        assert_eq!((measures.modules, measures.modules_in_cycles()), (4, 4));
        assert_eq!((measures.longest_cycle(), measures.back()), (2, 4));
    }
}
