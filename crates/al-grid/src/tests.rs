//! Tests of grids.

use std::collections::HashSet;

use al_core::{Fault, Silent};
use al_hw::{Method, Sample};
use al_tables::{Format, Frame, Target, Writer};

use super::*;

fn made(space: &str, measured: Option<&str>, filter: Option<&str>) -> (Gridded, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    let space = ConfigSpace::parse(space).unwrap();
    let source = measured.map(|text| {
        let path = directory.path().join("measured.csv");
        std::fs::write(&path, text).unwrap();
        TableSource::files([path.display().to_string()])
    });
    let path = directory.path().join("out.csv");
    let target = Target::Path(path.clone());
    let options = GridOptions {
        filter: filter.map(str::to_owned),
        ..GridOptions::default()
    };
    let gridded = grid(
        &space,
        source.as_ref(),
        &options,
        || Ok(Writer::create(&target, Format::Csv)?),
        &Silent,
    )
    .unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    (gridded, text.lines().map(str::to_owned).collect())
}

const SPACE: &str = "rules = [\"NOT (hardware = 'webgpu' AND batch > 8)\"]\n\
                     [values]\nhardware = ['cuda', 'webgpu']\nbatch = [8, 16]\nx = [1, 1.5]";

#[test]
fn rules_and_measured_rows_are_left_out() {
    let (gridded, lines) = made(SPACE, None, None);
    let expected = Gridded {
        combinations: Some(8),
        drawn: 0,
        forbidden: 2,
        measured: 0,
        rows: 6,
        all: true,
    };
    assert_eq!(gridded, expected);
    assert_eq!(lines[..2], ["hardware,batch,x", "cuda,8,1.0"]);
    // 8.0 and 8 are one value; a row twice counts once; others are
    // strangers.
    let measured = "y,batch,hardware,x\n1,8.0,cuda,1\n1,8,cuda,1\n2,64,cuda,1\n";
    let (gridded, lines) = made(SPACE, Some(measured), Some("x < 1.2"));
    assert_eq!(
        (gridded.forbidden, gridded.measured, gridded.rows),
        (5, 1, 2)
    );
    assert_eq!(lines[1..], ["cuda,16,1.0", "webgpu,8,1.0"]);
}

#[test]
fn nothing_left_is_a_header() {
    let (gridded, lines) = made(SPACE, None, Some("batch > 100"));
    assert_eq!(gridded.rows, 0);
    assert_eq!(lines, ["hardware,batch,x"]);
}

#[test]
fn blocks_have_one_type_whatever_values_they_hold() {
    // The first blocks hold only the whole number.
    let space = "[values]\nslow = [1, 1.5]\nfast = { from = 1, to = 70000, step = 1 }";
    let (gridded, lines) = made(space, None, None);
    assert_eq!(gridded.rows, 140_000);
    assert_eq!(
        (lines[1].as_str(), lines[140_000].as_str()),
        ("1.0,1", "1.5,70000")
    );
}

#[test]
fn what_cannot_be_is_an_error_before_anything_is_written() {
    let refuse = |text: &str| {
        let space = ConfigSpace::parse(text).unwrap();
        let never = || -> Result<Writer, Fault> { panic!("nothing is to be written") };
        grid(&space, None, &GridOptions::default(), never, &Silent)
            .unwrap_err()
            .to_string()
    };
    let message = refuse("rules = ['bacth > 1']\n[values]\nbatch = [1]");
    assert!(message.contains("did you mean 'batch'?"), "{message}");
    let column = |name: &str| format!("{name} = {{ from = 1, to = 100000, step = 1 }}\n");
    let message = refuse(&format!(
        "[values]\n{}{}{}",
        column("a"),
        column("b"),
        column("c")
    ));
    assert!(
        message.starts_with("the space has 1000000000000000 combinations"),
        "{message}"
    );
}

/// The rows of a sample and what they came to.
fn sampled(space: &str, rows: u64, seed: u64) -> (Gridded, Frame) {
    let space = ConfigSpace::parse(space).unwrap().sampled(Some(Sample {
        rows,
        method: Method::Sobol,
    }));
    let options = GridOptions {
        seed: Seed(seed),
        ..GridOptions::default()
    };
    let mut blocks: Vec<Frame> = Vec::new();
    let gridded = grid(&space, None, &options, || Ok(&mut blocks), &Silent).unwrap();
    (gridded, Frame::concat(blocks).unwrap())
}

/// The rows as text.
fn rows(frame: &Frame) -> Vec<Vec<Option<String>>> {
    let table = frame.table(None).unwrap();
    let columns = table.columns();
    let row = |row: usize| columns.iter().map(|c| c.data.text(row)).collect();
    (0..frame.n_rows()).map(row).collect()
}

/// How many different rows there are.
fn distinct(frame: &Frame) -> usize {
    rows(frame).into_iter().collect::<HashSet<_>>().len()
}

#[test]
fn few_allowed_combinations_are_found_by_going_through_all() {
    // One in a thousand is allowed.
    let space = "rules = ['a = 7']\n[values]\na = { from = 1, to = 1000, step = 1 }\n\
                 b = { from = 1, to = 300, step = 1 }";
    let (gridded, frame) = sampled(space, 299, 1);
    assert_eq!((gridded.rows, distinct(&frame)), (299, 299));
    let (gridded, frame) = sampled(space, 500, 1);
    assert_eq!((gridded.rows, distinct(&frame)), (300, 300));
    assert!(gridded.all);
    assert_eq!(gridded.forbidden, 299_700);
}

#[test]
fn a_space_without_end_comes_short_after_bounded_draws() {
    let space = "rules = ['x < 0']\n[values]\nx = { from = 0.0, to = 1.0 }";
    let (gridded, frame) = sampled(space, 10, 1);
    assert_eq!((gridded.rows, frame.n_rows(), gridded.all), (0, 0, false));
    assert_eq!(gridded.drawn, 100_500);
    // Sobol points have 24 bits: of one column some come again.
    assert!(gridded.forbidden > 100_000, "{gridded:?}");
    assert_eq!(frame.names(), ["x"]);
}

#[test]
fn columns_of_a_sample_have_their_types() {
    let space = "[values]\nx = { from = 1.0, to = 2.0 }\nn = { from = 1, to = 64, log = true }\n\
                 k = ['a', 'b']\nm = [1, 2]\n[when]\nn = { k = 'b' }\nm = { k = 'b' }";
    let (gridded, frame) = sampled(space, 100, 3);
    assert_eq!((gridded.rows, gridded.combinations), (100, None));
    let bytes = frame.to_parquet().unwrap();
    let back = Frame::from_parquet(bytes).unwrap();
    assert_eq!(rows(&back), rows(&frame));
    let kept = frame.filter("k = 'a' AND n IS NULL AND m IS NULL OR k = 'b' AND n >= 1 AND m >= 1");
    assert_eq!(kept.unwrap().n_rows(), 100);
}
