//! The examples in the help work as they stand there, from the repository's
//! root. That they parse is held by the command line's own tests.

use std::path::Path;

use crate::common::{Place, fixture};

/// Commands in an order in which each finds what it reads; `altool` itself is
/// the empty name.
const COMMANDS: [&str; 15] = [
    "demo",
    "grid",
    "train",
    "score",
    "select",
    "recommend",
    "simulate",
    "update",
    "report",
    "inspect",
    "strategies",
    "learners",
    "completions",
    "man",
    "",
];

/// Options that make models in a blink; those in an example win.
const QUICK: &str =
    "[train]\nlearner = \"boosted\"\nmembers = 3\ntrees = 8\n[simulate]\nmembers = 2\ntrees = 4\n";

/// What the examples expect of the machine: programs that show results, and
/// the folders of a home.
const MACHINE: &str = "set -eo pipefail
jq() { cat > /dev/null; }
man() { :; }
export HOME=$PWD/home
mkdir -p ~/.local/share/bash-completion/completions ~/.zfunc ~/.config/fish/completions
";

fn examples(help: &str) -> String {
    let start = help.find("Examples:\n").expect("examples") + "Examples:\n".len();
    let end = help.find("\nUsage:").expect("a usage after them");
    // A replay of one repeat says as much about its options.
    help[start..end].replace("--repeats 5", "--repeats 1")
}

#[test]
fn the_examples_of_the_help_work() {
    let place = Place::new();
    let fixtures = std::fs::canonicalize(fixture("")).unwrap();
    std::os::unix::fs::symlink(Path::new(&fixtures), place.path("fixtures")).unwrap();
    place.write("altool.toml", QUICK);
    let mut commands = 0;
    for command in COMMANDS {
        let help = place.altool(&format!("{command} --help")).succeeded();
        let examples = examples(&help.stdout);
        commands += examples.matches("altool ").count();
        place.bash(&format!("{MACHINE}{examples}")).succeeded();
    }
    assert!(commands > 45, "only {commands} commands were found");
    for file in [
        "grid.parquet",
        "m.altool",
        "scored.csv",
        "advice.csv",
        "curves.csv",
        "backtest.html",
        "refitted.altool",
        "man1/altool-select.1",
    ] {
        assert!(place.exists(file), "{file} is written");
    }
}
