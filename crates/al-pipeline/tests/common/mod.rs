//! A small world that the tests of the façade share.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

use std::path::PathBuf;

use al_core::{Column, ColumnData, Fault, Numbers, Silent, Table, Texts, encoder};
use al_pipeline::{
    ActiveLearner, Campaign, Format, Frame, ScoreOptions, TableSource, Target, TrainOptions,
    Writer, score,
};
use tempfile::TempDir;

pub const HARDWARE: [&str; 3] = ["cuda", "rocm", "webgpu"];

/// Rows `from..to` of a small world: hardware, batch, what a measurement
/// takes, and, if `measured`, the latency.
pub fn rows(numbers: impl Iterator<Item = usize>, measured: bool) -> Frame {
    let numbers: Vec<usize> = numbers.collect();
    let number = |name: &str, value: &dyn Fn(usize) -> f64| Column {
        name: name.to_owned(),
        data: ColumnData::Number(Numbers::from(
            numbers.iter().map(|&n| value(n)).collect::<Vec<f64>>(),
        )),
    };
    let batch = |n: usize| (n / 3 % 20 + 1) as f64;
    let mut columns = vec![
        Column {
            name: "hardware".to_owned(),
            data: ColumnData::Text(Texts::from_rows(
                numbers.iter().map(|&n| Some(HARDWARE[n % 3])),
            )),
        },
        number("batch", &batch),
        number("layers", &|n| (n / 60 * 4 + 2) as f64),
        number("minutes", &|n| 1.0 + (n % 7) as f64),
        number("memory", &|n| 100.0 * (1.0 + (n % 5) as f64)),
    ];
    if measured {
        columns.push(number("ms", &|n| {
            let layers = (n / 60 * 4 + 2) as f64;
            10.0 * (n % 3) as f64 + layers * batch(n).sqrt()
        }));
    }
    Frame::from_table(&Table::new(columns))
}

pub fn measured() -> Frame {
    rows((0..240).step_by(8), true)
}

/// Measured rows among them, and others.
pub fn candidates() -> Frame {
    rows((0..240).step_by(2), false)
}

pub fn options() -> TrainOptions {
    let mut options = TrainOptions::new("ms");
    options.ignore = vec!["minutes".to_owned(), "memory".to_owned()];
    options.recipe.members = 5;
    options.recipe.options.trees = 20;
    options
}

pub fn learner() -> ActiveLearner {
    ActiveLearner::train(measured(), &options()).unwrap()
}

/// The frame as the command line would be given it.
pub fn file(directory: &TempDir, name: &str, frame: &Frame) -> TableSource {
    let path: PathBuf = directory.path().join(name);
    let mut writer = Writer::create(&Target::Path(path.clone()), Format::Csv).unwrap();
    writer.write(frame).unwrap();
    writer.finish().unwrap();
    TableSource::files([path.display().to_string()])
}

pub fn scored(campaign: &Campaign, source: &TableSource) -> Frame {
    let mut blocks: Vec<Frame> = Vec::new();
    let options = ScoreOptions::default();
    score(campaign, source, &options, || Ok(&mut blocks), &Silent).unwrap();
    Frame::concat(blocks).unwrap()
}

pub fn column(frame: &Frame, name: &str) -> Vec<f64> {
    let table = frame.table(Some(&[name])).unwrap();
    encoder::numbers(&table, name).unwrap().values.clone()
}

pub fn text(frame: &Frame, name: &str) -> Vec<String> {
    let table = frame.table(Some(&[name])).unwrap();
    let data = table.column(name).unwrap();
    (0..frame.n_rows())
        .map(|row| data.text(row).unwrap())
        .collect()
}

/// What a row is, in a text.
pub fn named(frame: &Frame) -> Vec<String> {
    let columns = ["hardware", "batch", "layers"].map(|name| text(frame, name));
    (0..frame.n_rows())
        .map(|row| {
            columns
                .iter()
                .map(|c| c[row].as_str())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

pub fn message(result: Result<impl Sized, Fault>) -> String {
    match result {
        Ok(_) => panic!("this was to be refused"),
        Err(error) => error.to_string(),
    }
}
