//! What product code does not name.

use std::sync::OnceLock;

use house::tokens::{names, words};
use house::workspace::{read, this_checkout};

/// What no library does: print, end the process, read the environment, the
/// clock or a global random generator.
const ABSENT_FROM_LIBRARIES: [&str; 17] = [
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
    "dbg!",
    "todo!",
    "std::env",
    "env::",
    "SystemTime",
    "Instant",
    "process::exit",
    "process::abort",
    "thread_rng",
    "rand::rng",
    "OsRng",
    "SysRng",
    "getrandom",
];

/// Who may ask the world for what, since that is what they are for.
const MAY_ASK: [(&str, &str); 2] = [("al-store", "SystemTime"), ("al-store", "getrandom")];

/// What crates that know no file do not name either.
const FILES: [&str; 4] = ["std::fs", "std::io", "std::path", "std::net"];
const WITHOUT_FILES: [&str; 6] = [
    "al-core",
    "al-words",
    "al-models",
    "al-sampling",
    "al-hw",
    "al-chem",
];

/// The modules that may use `unsafe`: SIMD kernels, each with a safe twin that
/// its tests compare it with.
const UNSAFE: [&str; 4] = [
    "crates/al-core/src/neighbours/lanes.rs",
    "crates/al-core/src/neighbours/scan.rs",
    "crates/al-core/src/tanimoto/nearest/popcount.rs",
    "crates/al-sampling/src/kernel.rs",
];

/// A file of the product, as words.
struct FileWords {
    member: String,
    in_library: bool,
    path: String,
    words: Vec<String>,
}

/// All files of the product, read once.
fn product() -> &'static [FileWords] {
    static PRODUCT: OnceLock<Vec<FileWords>> = OnceLock::new();
    PRODUCT.get_or_init(|| {
        let sources = read(&this_checkout()).expect("readable sources");
        let files = sources.iter().flat_map(|sources| {
            sources.product().map(|file| FileWords {
                member: sources.member.name.clone(),
                in_library: sources.member.is_library(),
                path: file.path.clone(),
                words: words(&file.product),
            })
        });
        files.collect()
    })
}

#[test]
fn libraries_do_not_print_nor_ask_the_world() {
    for file in product().iter().filter(|file| file.in_library) {
        let without_files = WITHOUT_FILES.contains(&file.member.as_str());
        let absent = ABSENT_FROM_LIBRARIES.iter();
        for name in absent.chain(FILES.iter().filter(|_| without_files)) {
            let may = MAY_ASK.contains(&(file.member.as_str(), name));
            assert!(
                may || !names(&file.words, name),
                "{} uses {name}",
                file.path
            );
        }
    }
}

#[test]
fn unsafe_stands_in_the_kernels_only() {
    let uses: Vec<&str> = product()
        .iter()
        .filter(|file| names(&file.words, "unsafe"))
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(uses, UNSAFE, "each stands in this test, with its reason");
}
