//! README.md and the pages of `docs/` do what they say: every block of commands
//! is run, in order, in a folder of its own for each page, and prints what is
//! shown. `just documents` writes shown lines again.
#![expect(
    clippy::disallowed_methods,
    reason = "tests may ask the environment whether to bless, and what the path is"
)]

mod nightly;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::common::{ALTOOL, Place, Run, blessing, fixture, tell};
use crate::tree::{files, root, text};
use page::{Command, Part, Placed, parts};

/// Shell functions that make what blocks read.
const FUNCTIONS: &str = include_str!("documents/functions.sh");

macro_rules! pages {
    ($($test:ident: $page:literal,)+) => {
        /// The pages, each with a test of its own.
        const PAGES: &[&str] = &[$($page),+];

        $(
            #[test]
            fn $test() {
                run($page);
            }
        )+
    };
}

pages! {
    the_readme_runs: "README.md",
    architecture_runs: "docs/ARCHITECTURE.md",
    choosing_runs: "docs/CHOOSING.md",
    cli_runs: "docs/CLI.md",
    formats_runs: "docs/FORMATS.md",
    glossary_runs: "docs/GLOSSARY.md",
    hardware_runs: "docs/HARDWARE.md",
    hosts_runs: "docs/HOSTS.md",
    json_runs: "docs/JSON.md",
    labelling_runs: "docs/LABELLING.md",
    learners_runs: "docs/LEARNERS.md",
    library_runs: "docs/LIBRARY.md",
    measurements_runs: "docs/MEASUREMENTS.md",
    molecules_runs: "docs/MOLECULES.md",
    strategies_runs: "docs/STRATEGIES.md",
    uncertainty_runs: "docs/UNCERTAINTY.md",
}

/// How many blocks are not run for each reason.
const NOT_RUN: [(&str, usize); 4] = [
    ("builds with cargo", 6),
    ("needs b3sum", 1),
    ("needs Python packages", 6),
    ("needs the full table", 5),
];

fn parts_of(page: &str) -> Vec<Placed> {
    parts(&text(&root().join(page))).unwrap_or_else(|error| panic!("{page}, {error}"))
}

/// A folder that looks like the repository's root to who types the commands, and
/// the one that has `altool` in it.
struct Checkout {
    place: Place,
    programs: Place,
}

impl Checkout {
    fn new() -> Checkout {
        let (place, programs) = (Place::new(), Place::new());
        let fixtures = std::fs::canonicalize(fixture("")).unwrap();
        std::os::unix::fs::symlink(fixtures, place.path("fixtures")).unwrap();
        std::os::unix::fs::symlink(ALTOOL, programs.path("altool")).unwrap();
        Checkout { place, programs }
    }

    /// Stops at the first command that fails, with its code.
    fn bash(&self, script: &str) -> Run {
        let path = std::env::var("PATH").unwrap_or_default();
        let programs = self.programs.path("");
        let path = format!("{}:{path}", programs.display());
        let script = format!("{FUNCTIONS}\nset -eo pipefail\n{script}");
        let mut command = self.place.command("bash");
        command.args(["-c", &script]).env("PATH", path);
        Run::of(&script, spawned(command))
    }
}

fn spawned(mut command: std::process::Command) -> std::process::Child {
    use std::process::Stdio;
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a page needs beyond altool and a shell, which not every machine has; `.ci/run`
/// installs it.
const PROGRAMS: [(&str, &[&str]); 1] = [("docs/LABELLING.md", &["curl", "jq", "pkill"])];

/// Whether the page can be run here; if not, it is told why.
fn can_run(page: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there =
        |program: &&str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    for (named, programs) in PROGRAMS.iter().filter(|(named, _)| *named == page) {
        if !cfg!(feature = "server") {
            tell(&format!(
                "{named} is left out: built without the feature server"
            ));
            return false;
        }
        if let Some(missing) = programs.iter().find(|program| !is_there(program)) {
            tell(&format!("{named} is left out: there is no {missing}"));
            return false;
        }
    }
    true
}

fn run(page: &str) {
    if !can_run(page) {
        return;
    }
    let checkout = Checkout::new();
    let mut blessed = BTreeMap::new();
    for Placed { line, part } in parts_of(page) {
        let at = format!("{page}, line {line}");
        match part {
            Part::NotRun(_) => {}
            Part::File(name, text) => checkout.place.write(&name, text),
            Part::Shell(script) => {
                let run = checkout.bash(&script);
                assert_eq!(run.code, Some(0), "{at}: {}{}", run.stdout, run.stderr);
            }
            Part::Session(commands) => {
                for (command, printed) in commands.iter().zip(session(&checkout, &commands, &at)) {
                    blessed.extend(differences(command, &printed, &at));
                }
            }
        }
    }
    if !blessed.is_empty() {
        bless(page, &blessed);
    }
}

/// What each command of a session prints, on either stream. A command may fail
/// if it is shown to, by its error or by its code after it.
fn session(checkout: &Checkout, commands: &[Command], at: &str) -> Vec<Vec<String>> {
    const MARK: &str = "\u{1}";
    let mut script = "set +e\nshopt -s expand_aliases\nexec 2>&1\n".to_owned();
    for command in commands {
        script.push_str(&format!(
            "{}\ncode=$?; echo \"{MARK}$code\"; (exit $code)\n",
            command.line
        ));
    }
    script.push_str("exit 0");
    let run = checkout.bash(&script);
    assert_eq!(run.code, Some(0), "{at}: {}{}", run.stdout, run.stderr);
    let mut printed = vec![Vec::new()];
    for line in run.stdout.lines() {
        let next = commands.get(printed.len());
        let shown = (commands.get(printed.len() - 1)).and_then(|command| command.shown.first());
        let last = printed.last_mut().unwrap();
        match line.strip_prefix(MARK) {
            None => last.push(line.to_owned()),
            Some(code) => {
                let shows_code = next.is_some_and(|next| next.line == "echo $?");
                let is_error = shown.is_some_and(|(_, line)| line.starts_with("error: "));
                assert!(code == "0" || shows_code || is_error, "{at}: {last:?}");
                printed.push(Vec::new());
            }
        }
    }
    assert_eq!(printed.len(), commands.len() + 1, "{at}: {printed:?}");
    printed
}

/// The shown lines that are not printed, with those that are in their stead. All
/// that is shown must be printed, in its order; more may be.
fn differences(command: &Command, printed: &[String], at: &str) -> Vec<(usize, String)> {
    let mut rest = printed;
    let mut differences = Vec::new();
    for (line, shown) in &command.shown {
        let found = |same: &dyn Fn(&String) -> bool| rest.iter().position(same);
        let place = found(&|printed| printed == shown)
            .or_else(|| found(&|printed| shape(printed) == shape(shown)))
            .or_else(|| found(&|printed| start(printed) == start(shown)));
        let Some(place) = place else {
            panic!(
                "{at}: $ {}\nprints no line such as\n{shown}\nbut\n{}",
                command.line,
                rest.join("\n")
            );
        };
        if rest[place] != *shown {
            differences.push((*line, rest[place].clone()));
        }
        rest = &rest[place + 1..];
    }
    if !differences.is_empty() && !blessing::asked() {
        panic!(
            "{at}: $ {}\nprints\n{}\nwhere other lines are shown: run just documents",
            command.line,
            printed.join("\n")
        );
    }
    differences
}

/// A line without its numbers.
fn shape(line: &str) -> String {
    line.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// The first two words of a line.
fn start(line: &str) -> Vec<&str> {
    line.split(' ').take(2).collect()
}

fn bless(page: &str, lines: &BTreeMap<usize, String>) {
    let _alone = blessing::alone();
    let path = root().join(page);
    let blessed: String = text(&path)
        .lines()
        .enumerate()
        .map(|(at, line)| format!("{}\n", lines.get(&at).map_or(line, String::as_str)))
        .collect();
    std::fs::write(path, blessed).unwrap();
}

#[test]
fn every_page_is_run() {
    let root = root();
    let mut there: BTreeSet<PathBuf> = files(&root.join("docs"), ".md");
    there.retain(|path| !path.starts_with(root.join("docs/design")));
    there.insert(root.join("README.md"));
    let run: BTreeSet<PathBuf> = PAGES.iter().map(|page| root.join(page)).collect();
    assert_eq!(there, run);
}

#[test]
fn blocks_that_are_not_run_are_counted() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut commands = 0;
    for page in PAGES {
        for Placed { line, part } in parts_of(page) {
            match part {
                Part::NotRun(reason) => {
                    tell(&format!("not run: {page}, line {line}: {reason}"));
                    *counts.entry(reason).or_default() += 1;
                }
                Part::Shell(script) => commands += script.matches("altool ").count(),
                Part::Session(session) => commands += session.len(),
                Part::File(..) => {}
            }
        }
    }
    let expected = NOT_RUN.map(|(reason, count)| (reason.to_owned(), count));
    assert_eq!(counts, BTreeMap::from(expected));
    assert!(commands > 40, "only {commands} commands are run");
}

#[test]
fn lines_are_compared_with_their_numbers() {
    let command = Command {
        line: "altool x".to_owned(),
        shown: vec![(7, "a.csv: 3 rows".to_owned()), (8, "b".to_owned())],
    };
    let printed = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
    let same: Vec<String> = printed(&["more", "a.csv: 3 rows", "more", "b"]);
    assert_eq!(differences(&command, &same, "x"), []);
    let differs = |lines: Vec<String>| {
        std::panic::catch_unwind(|| differences(&command, &lines, "x").is_empty()).ok()
    };
    assert_ne!(differs(printed(&["a.csv: 4 rows", "b"])), Some(true));
    assert_ne!(differs(printed(&["b", "a.csv: 3 rows"])), Some(true));
    assert_ne!(differs(printed(&["a.csv: 3 rows"])), Some(true));
}
