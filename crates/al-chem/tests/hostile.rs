//! Texts that are meant to do harm, or came to it by accident: an error or a molecule in
//! little time, and never a panic.

#![expect(
    clippy::disallowed_methods,
    reason = "it measures how long hostile texts take"
)]

use std::time::{Duration, Instant};

use al_chem::{MOST_ATOMS, Molecule, MorganOptions, decode_sdf, read_sdf};
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

/// A record of each version.
const RECORDS: &str = concat!(
    "alanine\n  x                 2D\n\n",
    "  6  5  0  0  1  0            999 V2000\n",
    "   -0.8660    0.5000    0.0000 C   0  0\n    0.0000    0.0000    0.0000 C   0  0\n",
    "    0.0000   -1.0000    0.0000 N   0  0\n    0.8660    0.5000    0.0000 C   0  0\n",
    "    0.8660    1.5000    0.0000 O   0  0\n    1.7320    0.0000    0.0000 O   0  5\n",
    "  2  1  1  1\n  2  3  1  0\n  2  4  1  0\n  4  5  2  0\n  4  6  1  0\n",
    "M  CHG  2   3   1   6  -1\nM  END\n>  <a>\n1\n\n$$$$\n",
    "ammine\n\n\n  0  0  0  0  0  0            999 V3000\nM  V30 BEGIN CTAB\n",
    "M  V30 COUNTS 2 1 0 0 0\nM  V30 BEGIN ATOM\nM  V30 1 N 0 0 0 0\n",
    "M  V30 2 Fe 1.3 -\nM  V30 0.75 0 0 VAL=1 CHG=2\nM  V30 END ATOM\nM  V30 BEGIN BOND\n",
    "M  V30 1 9 1 2\nM  V30 END BOND\nM  V30 END CTAB\nM  END\n> <b>\n2\n\n$$$$\n",
);

const SDF_PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "$$$$\n",
    "M  END\n",
    "M  CHG  1   1   9\n",
    "M  CHG999   1\n",
    "  0",
    "999",
    "-1",
    "\u{0}",
    "é",
    "日本",
    "> <x>\n",
    "V3000",
    "V2000",
    "M  V30 ",
    "M  V30 BEGIN ATOM\n",
    "R#",
    "L  ",
    "[C,N]",
    "NOT[C]",
    "M  ALS   1  2 F C   N   \n",
    "M  RGP  1   1   1\n",
    "1e308",
    "NaN",
    "   ",
    "-\n",
    "9223372036854775808",
    "S  SKP999\n",
    "A    1\n",
    "(",
    "\"",
    "CHG=99",
    "ENDPTS=(2 1 2)",
];

/// A name, a change to the records, and the error of the first.
type ChangedRecord<'a> = (&'a str, &'a dyn Fn(&str) -> String, &'a str);

#[test]
fn records_that_are_wrong_are_errors_with_a_line_and_a_remedy() {
    let valine = |change: &dyn Fn(&str) -> String| read_sdf(&change(RECORDS));
    let cases: [ChangedRecord; 10] = [
        (
            "counts",
            &|t| t.replace("  6  5  0", "  7  5  0"),
            "line 11: '2  1  1  1' is no line of an atom",
        ),
        (
            "few",
            &|t| t.replace("  6  5  0", "  6  4  0"),
            "line 15: '4  6  1  0' is no line of properties",
        ),
        (
            "huge",
            &|t| t.replace("  6  5  0", "999999  0"),
            "line 11: '2  1  1  1' is no line of an atom",
        ),
        (
            "end",
            &|t| t.replace("M  END\n", ""),
            "line 16: the connection table ends without 'M  END'",
        ),
        (
            "nul",
            &|t| t.replacen("C   0", "C\u{0}  0", 1),
            "line 5: a NUL character",
        ),
        (
            "list",
            &|t| t.replacen("C   0", "L   0", 1),
            "line 5: 'L' is for searching, and no part of a molecule",
        ),
        (
            "group",
            &|t| t.replacen("C   0", "R#  0", 1),
            "line 5: 'R#' is for searching, and no part of a molecule",
        ),
        (
            "element",
            &|t| t.replacen("C   0", "Xy  0", 1),
            "line 5: 'Xy' is no element",
        ),
        (
            "atom",
            &|t| t.replace("  4  6  1", "  4  9  1"),
            "line 15: there is no atom 9",
        ),
        (
            "cut",
            &|t| t[..300].to_owned(),
            "line 10: '1.7320    0.0000    0.00' is no line of an atom",
        ),
    ];
    for (name, change, expected) in cases {
        let records = valine(change);
        let error = records[0].structure.as_ref().unwrap_err();
        assert_eq!(error.to_string(), expected, "{name}");
        assert!(!error.problem().remedy().is_empty());
    }
    assert_eq!(read_sdf(""), []);
    assert_eq!(read_sdf("\r\n\r\n"), []);
    assert!(read_sdf("a name alone")[0].structure.is_err());
}

#[test]
fn line_ends_encodings_and_long_lines_do_no_harm() {
    let plain = read_sdf(RECORDS);
    assert!(
        plain.iter().all(|record| record.structure.is_ok()),
        "{plain:?}"
    );
    assert_eq!(read_sdf(&RECORDS.replace('\n', "\r\n")), plain);
    let latin: Vec<u8> = RECORDS
        .replace("alanine", "säure")
        .chars()
        .map(|c| c as u8)
        .collect();
    assert_eq!(read_sdf(&decode_sdf(&latin))[0].title, "säure");
    let start = Instant::now();
    let long = "x".repeat(1 << 20);
    for from in [
        "alanine",
        "  6  5  0",
        "C   0",
        "M  CHG",
        "<a>",
        "M  V30 COUNTS",
    ] {
        for record in read_sdf(&RECORDS.replacen(from, &long, 1)) {
            if let Err(error) = record.structure {
                assert!(error.to_string().chars().count() < 300, "{error}");
            }
        }
    }
    assert!(start.elapsed() < Duration::from_secs(10));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn changed_records_do_no_harm(
        cuts in prop::collection::vec((0..2000_usize, 0..SDF_PIECES.len(), 0..6_usize), 1..5),
    ) {
        let mut signs: Vec<String> = RECORDS.chars().map(String::from).collect();
        for (at, piece, remove) in cuts {
            let at = at % signs.len();
            let to = (at + remove).min(signs.len());
            signs.splice(at..to, [SDF_PIECES[piece].to_owned()]);
        }
        for record in read_sdf(&signs.concat()) {
            if let Ok(smiles) = &record.structure {
                prop_assert!(Molecule::read(smiles).is_ok());
            }
        }
    }

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
