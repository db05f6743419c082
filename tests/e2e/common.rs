//! What the end-to-end tests share: a directory for each test, and the binary
//! run in it.

pub(crate) mod blessing;
pub(crate) mod container;
pub(crate) mod needs;
pub(crate) mod sentences;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The binary under test.
pub(crate) const ALTOOL: &str = env!("CARGO_BIN_EXE_altool");

/// Options that make a model in a blink, where how good it is does not matter.
pub(crate) const QUICK: &str = "--learner boosted --members 3 --trees 8 --depth 3";

/// Training on the table of language models, but for the name of the table
/// and of the model.
pub(crate) const LLM: &str =
    "--target throughput_tok_s --log-target --direction max --ignore latency_s";

/// A file of `fixtures/`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures")
        .join(name)
}

/// The folder of the snapshots.
pub(crate) const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/e2e/snapshots");

/// Compares a text with `snapshots/FOLDER/NAME.snap`.
macro_rules! snapshot {
    ($folder:literal / $name:literal, $text:expr) => {{
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(format!("{}/{}", $crate::common::SNAPSHOTS, $folder));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!($name, $text));
    }};
}
pub(crate) use snapshot;

/// Runs commands; each is in the transcript with its messages and its code.
pub(crate) fn transcript(place: &Place, lines: &[impl AsRef<str>]) -> String {
    let runs = lines.iter().map(|line| place.altool(line.as_ref()).told());
    runs.collect()
}

/// An empty directory that commands run in, so that messages name files as a
/// user would see them. It is removed when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// With `measured.csv`, `candidates.csv` and `results.csv` of the language
    /// models.
    pub(crate) fn with_llm() -> Place {
        let place = Place::new();
        for name in ["measured.csv", "candidates.csv", "results.csv"] {
            place.write(name, std::fs::read(fixture("llm").join(name)).unwrap());
        }
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    /// A CSV file by its columns.
    pub(crate) fn csv(&self, name: &str) -> Csv {
        Csv::parse(&self.text(name))
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The names of all files, hidden ones included, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        names
    }

    /// A program run here: nothing of the environment changes what it says.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.directory.path())
            .env_remove("COLUMNS")
            .env_remove("RUST_BACKTRACE")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    /// The binary, with the words of `line` as arguments.
    pub(crate) fn prepared(&self, line: &str) -> Command {
        let mut command = self.command(ALTOOL);
        command.args(line.split_whitespace());
        command
    }

    /// Runs `altool` with the words of `line` as arguments.
    pub(crate) fn altool(&self, line: &str) -> Run {
        Run::new(line, &self.prepared(line).output().unwrap())
    }

    /// Runs `altool` with these arguments, which may hold spaces.
    pub(crate) fn altool_words(&self, words: &[&str]) -> Run {
        let output = self.prepared("").args(words).output().unwrap();
        Run::new(&words.join(" "), &output)
    }

    /// Starts `altool` with pipes to and from it.
    pub(crate) fn start(&self, line: &str) -> Child {
        self.prepared(line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs a script under bash, in which `altool` is the binary.
    pub(crate) fn bash(&self, script: &str) -> Run {
        let script = format!("altool() {{ '{ALTOOL}' \"$@\"; }}\n{script}");
        let output = self.command("bash").args(["-c", &script]).output().unwrap();
        Run::new(&script, &output)
    }

    /// Trains `model.altool` on `measured.csv`, with these options besides.
    pub(crate) fn train_llm(&self, options: &str) -> Run {
        self.altool(&format!(
            "train measured.csv {LLM} {options} -o model.altool"
        ))
        .succeeded()
    }
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) line: String,
    /// `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    fn new(line: &str, output: &Output) -> Run {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Run {
            line: line.to_owned(),
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Of a command that was started before.
    pub(crate) fn of(line: &str, child: Child) -> Run {
        Run::new(line, &child.wait_with_output().unwrap())
    }

    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Run {
        assert_eq!(
            self.code,
            Some(code),
            "altool {}\n{}{}",
            self.line,
            self.stdout,
            self.stderr
        );
        self
    }

    /// As a transcript has it: the command, what it said on standard error, and
    /// its code.
    #[track_caller]
    pub(crate) fn told(&self) -> String {
        let code = self.code.expect("no signal");
        if !matches!(code, 0 | 4) {
            assert_eq!(self.stdout, "", "a command that fails writes no output");
        }
        assert!(!self.stderr.contains("bug in altool"), "{}", self.stderr);
        let said = sentences::shortened(&self.stderr);
        // What clap adds to each of its errors.
        let said = said.replace("\nFor more information, try '--help'.\n", "");
        format!("$ altool {}\n{said}[exit {code}]\n\n", self.line)
    }

    /// Standard error has the sentence of this name (`sentences.rs`).
    #[track_caller]
    pub(crate) fn says(&self, name: &str, differs: &[&str]) {
        let sentence = sentences::sentence(name, differs);
        assert!(
            self.stderr.contains(&sentence),
            "altool {}\nno {sentence:?} in {}",
            self.line,
            self.stderr
        );
    }

    /// The options or the data were refused.
    #[track_caller]
    pub(crate) fn refused(self) -> Run {
        assert!(
            matches!(self.code, Some(2 | 3)),
            "{:?}: {}",
            self.code,
            self.stderr
        );
        self
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Run {
        self.ended(0)
    }

    /// The value on the line of standard output that starts with `name,`.
    #[track_caller]
    pub(crate) fn value(&self, name: &str) -> f64 {
        let line = self
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(','));
        line.and_then(|value| value.parse().ok())
            .unwrap_or_else(|| panic!("no number '{name}' in {}", self.stdout))
    }
}

/// A CSV table as text, for tests whose cells hold no line breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Csv {
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Csv {
    pub(crate) fn parse(text: &str) -> Csv {
        let mut rows = text.lines().map(cells);
        Csv {
            names: rows.next().expect("a header"),
            rows: rows.collect(),
        }
    }

    #[track_caller]
    fn at(&self, name: &str) -> usize {
        let at = self.names.iter().position(|other| other == name);
        at.unwrap_or_else(|| panic!("no column '{name}' in {:?}", self.names))
    }

    #[track_caller]
    pub(crate) fn column(&self, name: &str) -> Vec<&str> {
        let at = self.at(name);
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }

    #[track_caller]
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.column(name).into_iter().map(str::to_owned).collect()
    }

    #[track_caller]
    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        let number = |cell: &str| -> f64 {
            cell.parse()
                .unwrap_or_else(|_| panic!("'{cell}' in column '{name}' is no number"))
        };
        self.column(name).into_iter().map(number).collect()
    }
}

fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells.last_mut().expect("never empty").push(other),
        }
    }
    cells
}

/// The columns that describe a configuration of a language model.
pub(crate) const COLUMNS: [&str; 6] = [
    "hardware",
    "num_devices",
    "framework",
    "model",
    "in_out_len",
    "batch_size",
];

/// The cells of each row in the given columns.
pub(crate) fn described(table: &Csv, columns: &[&str]) -> Vec<Vec<String>> {
    let columns: Vec<Vec<&str>> = columns.iter().map(|name| table.column(name)).collect();
    (0..table.rows.len())
        .map(|row| {
            columns
                .iter()
                .map(|column| column[row].to_owned())
                .collect()
        })
        .collect()
}

/// The rows without their order.
pub(crate) fn set<T: Ord + Clone>(rows: &[T]) -> BTreeSet<T> {
    rows.iter().cloned().collect()
}

/// A line on standard error, past the capture of the test runner: worth reading
/// when a test passes, too.
pub(crate) fn tell(note: &str) {
    std::io::stderr()
        .write_all(format!("{note}\n").as_bytes())
        .unwrap();
}

#[track_caller]
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Numbers that look random and are the same in every run (SplitMix64).
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// A number from 0 to less than 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The page asks nothing of the network and shows its charts.
pub(crate) fn assert_self_contained(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert!(page.contains("<svg"));
    // The name of the language of drawings is no address.
    for (at, _) in page.match_indices("://") {
        let link: String = page[..at].chars().rev().take(5).collect();
        let link: String = link
            .chars()
            .rev()
            .chain(page[at..].chars().take(20))
            .collect();
        assert!(link.contains("http://www.w3.org/"), "{link}");
    }
    for link in page.split("<link").skip(1) {
        assert!(link.contains("href=\"data:"), "{}", &link[..40]);
    }
    for part in ["<script", "@import", "url(", "<img", "<iframe"] {
        assert!(!page.contains(part), "{part}");
    }
}

#[track_caller]
pub(crate) fn assert_near(found: f64, expected: f64) {
    let tolerance = 1e-9 * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} is not {expected}"
    );
}
