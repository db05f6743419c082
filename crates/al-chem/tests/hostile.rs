//! Texts that are meant to do harm, or came to it by accident: an error or a molecule in
//! little time, and never a panic.

#![expect(
    clippy::disallowed_methods,
    reason = "it measures how long hostile texts take"
)]

use std::time::{Duration, Instant};

use al_chem::{MOST_ATOMS, Molecule, MorganOptions};
use proptest::prelude::*;

/// Computes all that there is; errors are allowed, panics are not.
fn use_all(text: &str) -> bool {
    let Ok(molecule) = Molecule::read(text) else {
        return false;
    };
    for chirality in [false, true] {
        let options = MorganOptions::new(3, chirality).unwrap();
        let _ = molecule.environments(options);
    }
    let _ = molecule.key();
    let _ = molecule.descriptors();
    let _ = molecule.scaffold();
    let _ = molecule.standardised();
    true
}

/// On the small stack of a worker thread.
fn on_a_thread(text: String) -> (bool, Duration) {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let work = move || {
        let start = Instant::now();
        (use_all(&text), start.elapsed())
    };
    thread.spawn(work).unwrap().join().expect("no panic")
}

#[test]
fn large_and_deep_structures_end_soon() {
    let n = MOST_ATOMS;
    let nested = format!("{}C{}", "C(".repeat(n - 1), ")".repeat(n - 1));
    let structures = [
        ("a chain", "C".repeat(n)),
        ("branches in branches", nested),
        ("a comb", "C(C)".repeat(n / 2)),
        ("a ring", format!("C1{}C1", "C".repeat(n - 2))),
        ("an aromatic ring", format!("c1{}c1", "c".repeat(n - 2))),
        ("small rings", "C1CC1".repeat(n / 3)),
        ("benzene rings", "c1ccccc1".repeat(n / 6)),
        ("fragments", vec!["C"; n].join(".")),
        ("salts", vec!["[NH4+].[Cl-]"; n / 2].join(".")),
        ("centres", "[C@H](F)".repeat(n / 2)),
        ("double bonds", format!("C{}", "/C=C".repeat(n / 2 - 1))),
        ("charges", "C[N+](C)(C)C[O-]".repeat(n / 6)),
        ("isotopes", "[13CH2]".repeat(n)),
        ("a grid", grid(30)),
        ("stars", "C(F)(F)".repeat(n / 3)),
    ];
    for (name, text) in structures {
        let (_, took) = on_a_thread(text);
        assert!(took < Duration::from_secs(60), "{name} took {took:?}");
    }
}

/// Carbon atoms at the crossings of a grid, all of them in rings of four.
fn grid(side: usize) -> String {
    let mut text = String::new();
    for row in 0..side {
        for column in 0..side {
            text.push('C');
            let above = 100 * ((row + 1) % 2) + column + 1;
            let below = 100 * (row % 2) + column + 1;
            if row > 0 {
                text.push_str(&format!("%({above})"));
            }
            if row + 1 < side {
                text.push_str(&format!("%({below})"));
            }
        }
        if row + 1 < side {
            text.push('.');
        }
    }
    text
}

#[test]
fn texts_that_are_too_large_are_refused_at_once() {
    for text in [
        "C".repeat(10_000_000),
        "(".repeat(10_000_000),
        "C(".repeat(5_000),
        "[".repeat(9_999),
        "C%".repeat(5_000),
        "é".repeat(100_000),
    ] {
        let start = Instant::now();
        let error = Molecule::read(&text).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(2));
        assert!(error.to_string().chars().count() < 200, "{error}");
    }
}

const PIECES: &[&str] = &[
    "C",
    "N",
    "O",
    "c",
    "n",
    "s",
    "(",
    ")",
    "[",
    "]",
    "=",
    "#",
    "$",
    ":",
    "/",
    "\\",
    "1",
    "2",
    "%",
    "%12",
    "%(100)",
    ".",
    "@",
    "@@",
    "+",
    "-",
    "H",
    "[nH]",
    "[N+]",
    "[O-]",
    "[C@H]",
    "[13C]",
    "[Fe]",
    "Cl",
    "Br",
    "*",
    "->",
    "<-",
    "~",
    " ",
    "\t",
    "é",
    "日",
    "\u{0}",
    "\u{202e}",
    "c1ccccc1",
    "C(=O)",
    "[CH3:7]",
    "[2H]",
    "B",
    "P",
    "[te]",
    "99999999999",
    "[C+99]",
    "[999U-9]",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn pieces_in_any_order_do_no_harm(pieces in prop::collection::vec(0..PIECES.len(), 0..40)) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        use_all(&text);
    }

    #[test]
    fn any_text_does_no_harm(text in "\\PC{0,60}") {
        use_all(&text);
    }

    #[test]
    fn changed_molecules_do_no_harm(
        cuts in prop::collection::vec((0..200_usize, 0..PIECES.len(), any::<bool>()), 1..4),
    ) {
        let drug = "COc1ccc2nccc([C@@H](O)[C@H]3CC4CCN3C[C@@H]4C=C)c2c1.OS(=O)(=O)[O-].[Na+]";
        let mut signs: Vec<String> = drug.chars().map(String::from).collect();
        for (at, piece, remove) in cuts {
            let at = at % signs.len().max(1);
            if remove && !signs.is_empty() {
                signs.remove(at);
            } else {
                signs.insert(at.min(signs.len()), PIECES[piece].to_owned());
            }
        }
        use_all(&signs.concat());
    }
}
