//! The invariants of docs/ARCHITECTURE.md, read off the manifests and sources
//! of the whole workspace: who may know whom, what is absent from libraries,
//! and that the documents' links lead somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates of this workspace that each crate may depend on.
const MAY_KNOW: [(&str, &[&str]); 7] = [
    ("al-core", &[]),
    ("al-models", &["al-core"]),
    ("al-sampling", &["al-core"]),
    ("al-hw", &["al-core"]),
    ("al-tables", &["al-core"]),
    (
        "al-pipeline",
        &["al-core", "al-models", "al-sampling", "al-hw", "al-tables"],
    ),
    ("altool", &["al-core", "al-pipeline"]),
];

/// Crates of others that one crate only may depend on. A name that ends in a
/// hyphen stands for all that begin with it.
const AT_HOME: [(&str, &str); 6] = [
    ("polars", "al-tables"),
    ("polars-", "al-tables"),
    ("csv", "al-tables"),
    ("hessboost", "al-models"),
    ("smartcore", "al-models"),
    ("anyhow", "altool"),
];

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

/// What crates that know no file do not name either.
const FILES: [&str; 4] = ["std::fs", "std::io", "std::path", "std::net"];
const WITHOUT_FILES: [&str; 4] = ["al-core", "al-models", "al-sampling", "al-hw"];

/// The modules that may use `unsafe`: SIMD kernels, each with a safe twin that
/// its tests compare it with.
const UNSAFE: [&str; 3] = [
    "crates/al-core/src/neighbours/lanes.rs",
    "crates/al-core/src/neighbours/scan.rs",
    "crates/al-sampling/src/kernel.rs",
];

struct Member {
    name: String,
    folder: PathBuf,
    manifest: toml::Table,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest(path: &Path) -> toml::Table {
    text(path)
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The members of the workspace, as its manifest lists them.
fn members() -> Vec<Member> {
    let workspace = manifest(&root().join("Cargo.toml"));
    let listed = workspace["workspace"]["members"]
        .as_array()
        .expect("a list");
    let mut folders = Vec::new();
    for entry in listed.iter().filter_map(toml::Value::as_str) {
        match entry.strip_suffix("/*") {
            None => folders.push(root().join(entry)),
            Some(parent) => folders.extend(
                entries(&root().join(parent))
                    .into_iter()
                    .filter(|folder| folder.join("Cargo.toml").is_file()),
            ),
        }
    }
    folders
        .into_iter()
        .map(|folder| {
            let manifest = manifest(&folder.join("Cargo.toml"));
            let name = manifest["package"]["name"].as_str().expect("a name");
            Member {
                name: name.to_owned(),
                folder,
                manifest,
            }
        })
        .collect()
}

/// What is in a folder, sorted; nothing if there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(found) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = found
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    found.sort();
    found
}

/// The files below a folder whose names end in `ending`.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    entries(folder)
        .into_iter()
        .flat_map(|path| {
            if path.is_dir() {
                files(&path, ending)
            } else if path.to_string_lossy().ends_with(ending) {
                vec![path]
            } else {
                Vec::new()
            }
        })
        .collect()
}

/// The path from the root, with slashes.
fn shown(path: &Path) -> String {
    let path = path.strip_prefix(root()).expect("a path below the root");
    path.to_string_lossy().replace('\\', "/")
}

/// The names of all dependencies: of the library, of its tests and of its
/// build script, on any system; a renamed one by its package's name.
fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut tables = vec![manifest];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    tables.extend(
        targets
            .into_iter()
            .flat_map(|targets| targets.values().filter_map(toml::Value::as_table)),
    );
    for table in tables {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let listed = table.get(kind).and_then(toml::Value::as_table);
            for (name, how) in listed.into_iter().flatten() {
                let package = how.get("package").and_then(toml::Value::as_str);
                found.insert(package.unwrap_or(name).to_owned());
            }
        }
    }
    found
}

#[test]
fn crates_know_only_those_below_them() {
    let members = members();
    let names: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    for member in &members {
        let Some((_, allowed)) = MAY_KNOW.iter().find(|(name, _)| *name == member.name) else {
            panic!(
                "{}: say in this test and in docs/ARCHITECTURE.md what it may know",
                member.name
            );
        };
        for dependency in dependencies(&member.manifest) {
            assert!(
                !names.contains(dependency.as_str()) || allowed.contains(&dependency.as_str()),
                "{} must not depend on {dependency}",
                member.name
            );
        }
    }
}

#[test]
fn each_library_of_others_has_one_home() {
    for member in members() {
        for dependency in dependencies(&member.manifest) {
            for (library, home) in AT_HOME {
                let meant = dependency == library
                    || library.ends_with('-') && dependency.starts_with(library);
                assert!(
                    !meant || member.name == home,
                    "{} must not depend on {dependency}: only {home} does",
                    member.name
                );
            }
        }
    }
}

#[test]
fn every_crate_follows_the_workspaces_lints() {
    for member in members() {
        let lints = member.manifest.get("lints");
        let workspace = lints.and_then(|lints| lints.get("workspace"));
        assert_eq!(
            workspace.and_then(toml::Value::as_bool),
            Some(true),
            "{} lacks [lints] workspace = true",
            member.name
        );
    }
    let workspace = manifest(&root().join("Cargo.toml"));
    let lints = &workspace["workspace"]["lints"]["rust"];
    assert_eq!(lints["unsafe_code"].as_str(), Some("deny"));
}

#[test]
fn libraries_do_not_print_nor_ask_the_world() {
    for member in members().iter().filter(|member| member.name != "altool") {
        let without_files = WITHOUT_FILES.contains(&member.name.as_str());
        for path in sources(&member.folder) {
            let code = product_code(&text(&path));
            let absent = ABSENT_FROM_LIBRARIES.iter();
            for word in absent.chain(FILES.iter().filter(|_| without_files)) {
                assert!(!names(&code, word), "{} uses {word}", shown(&path));
            }
        }
    }
}

#[test]
fn unsafe_stands_in_the_kernels_only() {
    for member in members() {
        for path in sources(&member.folder) {
            let shown = shown(&path);
            let code = product_code(&text(&path));
            assert!(
                !names(&code, "unsafe") || UNSAFE.contains(&shown.as_str()),
                "{shown} uses unsafe; list it in this test with its reason"
            );
        }
    }
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut documents = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    documents.extend(files(&root().join("docs"), ".md"));
    let mut broken = Vec::new();
    for document in &documents {
        let folder = document.parent().expect("a file's folder");
        for link in links(&text(document)) {
            let path = link.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains("://") && !folder.join(path).exists() {
                broken.push(format!("{}: {link}", shown(document)));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

/// The targets of inline links outside of fenced blocks.
fn links(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let mut rest = line;
        while let Some(at) = rest.find("](") {
            rest = &rest[at + 2..];
            if let Some(end) = rest.find(')') {
                found.push(rest[..end].to_owned());
            }
        }
    }
    found
}

/// The sources of a crate, without files that hold tests only.
fn sources(folder: &Path) -> Vec<PathBuf> {
    files(&folder.join("src"), ".rs")
        .into_iter()
        .filter(|path| !path.to_string_lossy().ends_with("tests.rs"))
        .collect()
}

/// The code that is built into the product: without comments, the contents of
/// texts, and items under `#[cfg(test)]`.
fn product_code(source: &str) -> String {
    without_tests(&without_comments_and_texts(source))
}

fn without_comments_and_texts(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let before = if at == 0 { '\0' } else { chars[at - 1] };
        match get(at) {
            '/' if get(at + 1) == '/' => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
            }
            '/' if get(at + 1) == '*' => {
                let mut depth = 0;
                while at < chars.len() {
                    match (get(at), get(at + 1)) {
                        ('/', '*') => (depth, at) = (depth + 1, at + 2),
                        ('*', '/') => (depth, at) = (depth - 1, at + 2),
                        _ => at += 1,
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            'r' if !is_word(before) || before == 'b' => {
                let hashes = (at + 1..).take_while(|&next| get(next) == '#').count();
                if get(at + 1 + hashes) == '"' {
                    at += 2 + hashes;
                    while at < chars.len()
                        && !(get(at) == '"' && (1..=hashes).all(|n| get(at + n) == '#'))
                    {
                        at += 1;
                    }
                    at += 1 + hashes;
                    code.push_str("\"\"");
                } else {
                    code.push('r');
                    at += 1;
                }
            }
            '"' => {
                at += 1;
                while at < chars.len() && get(at) != '"' {
                    at += if get(at) == '\\' { 2 } else { 1 };
                }
                at += 1;
                code.push_str("\"\"");
            }
            // A character, not a lifetime: it is closed.
            '\'' if get(at + 1) == '\\' || get(at + 2) == '\'' => {
                at += if get(at + 1) == '\\' { 3 } else { 2 };
                while at < chars.len() && get(at) != '\'' {
                    at += 1;
                }
                at += 1;
                code.push_str("' '");
            }
            other => {
                code.push(other);
                at += 1;
            }
        }
    }
    code
}

/// Without each item that follows `#[cfg(test)]`: up to its semicolon, or its
/// closing brace.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        kept.push_str(&rest[..at]);
        let item = &rest[at + MARK.len()..];
        let mut depth = 0;
        let end = item.char_indices().find(|&(_, letter)| {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0 && (letter == '}' || letter == ';')
        });
        rest = end.map_or("", |(end, _)| &item[end + 1..]);
    }
    kept.push_str(rest);
    kept
}

/// Whether `word` stands in `code` as a word of its own: `env::` is not in
/// `my_env::`, and `std::env` is not in `std::environment`.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let open_ended = !word.ends_with(is_word);
        !before.is_some_and(is_word) && (open_ended || !after.is_some_and(is_word))
    })
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[test]
fn the_readers_of_this_test_read_right() {
    let code = product_code(
        "fn a() { call(\"std::env\", 'x', '\\'', r#\"dbg!\"#); } // println!\n\
         /* Instant /* nested */ todo! */ fn b<'a>(x: &'a str) {}\n\
         #[cfg(test)]\nmod tests { fn c() { if x { std::env::var(); } } }\n\
         #[cfg(test)] use std::env;\nfn d() { my_env::f(); }",
    );
    for word in ABSENT_FROM_LIBRARIES {
        assert!(!names(&code, word), "{word} in {code}");
    }
    for function in ["fn a", "fn b", "fn d"] {
        assert!(code.contains(function), "{function} not in {code}");
    }
    assert!(names("use std::env;", "std::env"));
    assert!(names("let x = env::var(y);", "env::"));
    assert!(!names("std::environment", "std::env"));
    assert_eq!(
        links("[a](b.md) and ![c](d/e.png)\n```\n[no](x)\n```\n[f](g.md#h)"),
        ["b.md", "d/e.png", "g.md#h"]
    );
}
