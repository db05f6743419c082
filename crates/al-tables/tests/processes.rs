//! What only shows between processes: locks, standard input and output.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use al_core::FaultKind;
use al_tables::{
    Format, Frame, Input, NewColumn, NewData, ReadOptions, Target, Writer, exclusive, write_atomic,
};

/// This test program, running only the ignored test `name`.
fn child(name: &str, argument: &str) -> Child {
    command(name, argument).spawn().unwrap()
}

fn command(name: &str, argument: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", name, "--ignored", "--quiet", "--nocapture"])
        .env("AL_TABLES_TEST_ARGUMENT", argument)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

#[expect(clippy::disallowed_methods, reason = "the parent test passes it so")]
fn argument() -> Option<String> {
    std::env::var("AL_TABLES_TEST_ARGUMENT").ok()
}

#[test]
#[ignore = "run by the test below"]
fn child_that_holds_a_lock() {
    let Some(path) = argument() else { return };
    let _lock = exclusive(Path::new(&path)).unwrap();
    let mut out = std::io::stdout();
    out.write_all(b"locked\n").unwrap();
    out.flush().unwrap();
    // Until the parent kills this process.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

#[test]
fn a_lock_is_held_between_processes_and_dies_with_its_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model.altool");
    write_atomic(&path, b"model").unwrap();
    let mut child = child("child_that_holds_a_lock", path.to_str().unwrap());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("locked") {}
    assert_eq!(exclusive(&path).unwrap_err().kind(), FaultKind::Unavailable);
    child.kill().unwrap();
    child.wait().unwrap();
    exclusive(&path).unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
#[ignore = "run by the test below"]
fn child_that_copies() {
    let Some(format) = argument() else { return };
    let input = Input::open(&["-".to_owned()], &ReadOptions::default()).unwrap();
    let mut writer = Writer::create(&Target::Stdout, format.parse().unwrap()).unwrap();
    for block in input.blocks(2, None).unwrap() {
        writer.write(&block.unwrap()).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(input.files()[0].path, "standard input");
}

#[test]
fn standard_input_is_recognised_and_standard_output_written() {
    let directory = tempfile::tempdir().unwrap();
    let csv = "x,s\n1,a\n2,b\n3,c\n";
    let path = directory.path().join("a.csv");
    std::fs::write(&path, csv).unwrap();
    let paths = [path.to_str().unwrap().to_owned()];
    let frame = Input::open(&paths, &ReadOptions::default())
        .unwrap()
        .read(None)
        .unwrap();
    let mut inputs = vec![csv.as_bytes().to_vec()];
    for format in [Format::Parquet, Format::Arrow, Format::JsonLines] {
        let path = directory.path().join("b");
        let mut writer = Writer::create(&Target::Path(path.clone()), format).unwrap();
        writer.write(&frame).unwrap();
        writer.finish().unwrap();
        inputs.push(std::fs::read(&path).unwrap());
    }
    for bytes in inputs {
        let mut child = child("child_that_copies", "csv");
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        // The test runner writes around it.
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(csv), "{text}");
    }
}

#[test]
#[ignore = "run by the test below"]
fn child_that_writes_without_end() {
    let Some(path) = argument() else { return };
    let mut frame = Frame::default();
    let data = NewData::Float((0..100_000).map(f64::from).collect());
    frame
        .append(vec![NewColumn {
            name: "x".to_owned(),
            data,
        }])
        .unwrap();
    let mut writer = Writer::create(&Target::Stdout, Format::Csv).unwrap();
    let error = (0..1000).find_map(|_| writer.write(&frame).err());
    std::fs::write(path, format!("{error:?}")).unwrap();
}

#[test]
fn a_reader_of_standard_output_may_go() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("error");
    let mut child = command("child_that_writes_without_end", path.to_str().unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut some = [0; 100];
    // Dropping the pipe closes it.
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    // The child's test runner cannot write to it either, and complains: its
    // status says nothing.
    child.wait().unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), "Some(BrokenPipe)");
}
