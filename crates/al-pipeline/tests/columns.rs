//! Every table that altool writes: its columns are declared, hold what is
//! declared, and no model learns from them.

use std::collections::BTreeSet;

use al_campaign::measured_table;
use al_core::{Column, ColumnData, Direction, Goal, Numbers, Silent, Table, TextKind, Texts};
use al_pipeline::simulate::{SimulateOptions, simulate};
use al_pipeline::{
    ActiveLearner, Campaign, Capacity, Frame, Hosts, IntegrateOptions, NewColumn, NewData,
    OutcomeLimit, PriorityOptions, RecommendOptions, ScoreOptions, SelectOptions, TableSource,
    TrainOptions, choose, integrate, recommend, score, train,
};
use al_words::columns::*;

/// What a row is and what measuring it takes; what is measured follows.
const INPUTS: [&str; 5] = ["gpu", "batch", "layers", "run_s", "now"];
const GPUS: [&str; 3] = ["cuda", "rocm", "webgpu"];

/// Rows of a small world.
fn world(rows: impl Iterator<Item = usize>) -> Frame {
    let rows: Vec<usize> = rows.collect();
    let number = |name: &str, value: &dyn Fn(usize) -> f64| Column {
        name: name.to_owned(),
        data: ColumnData::Number(Numbers::from(
            rows.iter().map(|&row| value(row)).collect::<Vec<f64>>(),
        )),
    };
    let text = |name: &str, value: &dyn Fn(usize) -> &'static str| Column {
        name: name.to_owned(),
        data: ColumnData::Text(Texts::from_rows(rows.iter().map(|&row| Some(value(row))))),
    };
    let batch = |row: usize| (row / 3 % 8 + 1) as f64;
    let layers = |row: usize| (row / 24 * 4 + 2) as f64;
    let ms = move |row: usize| 10.5 * (row % 3 + 1) as f64 + layers(row) * batch(row).sqrt();
    Frame::from_table(&Table::new(vec![
        text("gpu", &|row| GPUS[row % 3]),
        number("batch", &batch),
        number("layers", &layers),
        number("run_s", &|row| 1.5 + (row % 7) as f64),
        text("now", &|row| GPUS[row / 3 % 3]),
        number("ms", &ms),
        number("joules", &|row| 300.5 - ms(row)),
        text("speed", &|row| if ms(row) > 30.0 { "slow" } else { "fast" }),
        text("state", &|row| if row % 11 == 5 { "oom" } else { "ok" }),
    ]))
}

fn options(target: &str) -> TrainOptions {
    let mut options = TrainOptions::new(target);
    let features = ["gpu", "batch", "layers"];
    options.features = Some(features.map(str::to_owned).to_vec());
    options.cost = Some("run_s".to_owned());
    options.status = Some(("state".to_owned(), "ok".to_owned()));
    options.recipe.members = 5;
    options.recipe.options.trees = 10;
    options
}

/// Of the 96 rows of the world every fourth is measured.
fn learned(target: &str) -> Campaign {
    let source = TableSource::from(world((0..96).step_by(4)));
    let trained = train(&source, None, &options(target), None, &Silent);
    trained.unwrap().campaign
}

fn candidates() -> TableSource {
    TableSource::from(world((0..96).step_by(3)).select(&INPUTS).unwrap())
}

/// Candidates with each hardware, so that workloads can be compared.
fn pairs() -> TableSource {
    TableSource::from(world(0..96).select(&INPUTS).unwrap())
}

fn scored(campaign: &Campaign) -> Frame {
    let mut blocks: Vec<Frame> = Vec::new();
    let how = ScoreOptions::default();
    score(campaign, &candidates(), &how, || Ok(&mut blocks), &Silent).unwrap();
    Frame::concat(blocks).unwrap()
}

/// The names in `frame` that are not the user's.
fn added(frame: &Frame) -> Vec<String> {
    let names = frame.names().into_iter();
    names
        .filter(|name| !INPUTS.contains(&name.as_str()))
        .collect()
}

/// Whether data read back are of a kind; a column without a value may be of any.
fn holds(kind: CellKind, data: &ColumnData) -> bool {
    if (0..data.len()).all(|row| data.is_missing(row)) {
        return true;
    }
    match (kind, data) {
        (CellKind::Float, ColumnData::Number(_)) => true,
        (CellKind::Integer, ColumnData::Number(numbers)) => {
            numbers.values.iter().all(|value| value.fract() == 0.0)
        }
        (CellKind::Text | CellKind::Label, ColumnData::Text(texts)) => texts.kind == TextKind::Text,
        (CellKind::Boolean, ColumnData::Text(texts)) => texts.kind == TextKind::Bool,
        _ => false,
    }
}

/// That the columns which are not the user's are those of `table`, in its order,
/// with all of them in one frame or another, and hold what is declared.
fn are_declared(frames: &[&Frame], table: &OutputTable) {
    let mut seen = BTreeSet::new();
    for frame in frames {
        let read = frame.table(None).unwrap();
        let mut before = 0;
        for name in added(frame) {
            let at = table
                .columns
                .iter()
                .position(|column| column.is_called(&name))
                .unwrap_or_else(|| panic!("{}: {name} is not declared", table.name));
            let is_pattern = table.columns[at].is_pattern();
            assert!(at >= before || is_pattern, "{}: {name}", table.name);
            before = before.max(at);
            seen.insert(at);
            let data = read.column(&name).unwrap();
            let kind = table.columns[at].data;
            assert!(holds(kind, data), "{}: {name} is no {kind:?}", table.name);
        }
    }
    // The rows here have no molecules.
    let structured = |at: &usize| OF_STRUCTURES.contains(&table.columns[*at]);
    let missing = (0..table.columns.len()).filter(|at| !seen.contains(at) && !structured(at));
    let missing: Vec<&str> = missing.map(|at| table.columns[at].name).collect();
    assert!(missing.is_empty(), "{}: no {missing:?}", table.name);
}

/// That a training on `frame`, once it is measured, takes the user's columns only.
fn are_not_learned(frame: &Frame, target: &str) {
    let mut rows = frame.clone();
    let n = rows.n_rows();
    let data = match target {
        "speed" => NewData::Text(
            (0..n)
                .map(|row| Some(["slow", "fast"][row % 2].into()))
                .collect(),
        ),
        _ => NewData::Float((0..n).map(|row| row as f64 + 0.5).collect()),
    };
    rows.append(vec![NewColumn {
        name: target.to_owned(),
        data,
    }])
    .unwrap();
    let found = measured_table(&TableSource::from(rows), &TrainOptions::new(target)).unwrap();
    let features: Vec<&str> = found.schema.names().collect();
    assert!(features.contains(&"batch"), "{features:?}");
    let learned = features.iter().find(|name| !INPUTS.contains(name));
    assert_eq!(learned, None, "of {:?}", frame.names());
}

#[test]
fn scored_tables() {
    let frame = scored(&learned("ms"));
    are_declared(&[&frame], &SCORED_VALUES);
    are_not_learned(&frame, "ms");
    let frame = scored(&learned("speed"));
    are_declared(&[&frame], &SCORED_CLASSES);
    are_not_learned(&frame, "speed");
}

#[test]
fn ranked_tests() {
    let source = TableSource::from(world((0..96).step_by(4)));
    let learner = ActiveLearner::train(&source, &options("ms")).unwrap();
    let ranked = learner.prioritize_tests(candidates(), &PriorityOptions::default());
    let frame = ranked.unwrap().frame;
    are_not_learned(&frame, "ms");
    let names: Vec<String> = frame
        .names()
        .into_iter()
        .filter(|name| *name == "priority")
        .collect();
    assert_eq!(
        names,
        RANKED_TESTS
            .columns
            .iter()
            .map(|one| one.name)
            .collect::<Vec<_>>()
    );
}

#[test]
fn batches() {
    let campaign = learned("ms");
    let hosts = Hosts::parse("[[host]]\nname = 'a'\nminutes = 30").unwrap();
    let how = SelectOptions {
        capacity: Some(Capacity::new(hosts, Some("gpu"))),
        cost: Some("run_s".to_owned()),
        ..SelectOptions::new(6)
    };
    let batch = choose(&campaign, &candidates(), &how, &Silent).unwrap();
    assert_eq!(batch.rows, 6);
    let order = ["expected_cost", "planned_host"].map(|name| {
        let names = batch.frame.names();
        names.iter().position(|other| other == name).unwrap()
    });
    assert!(order[0] < order[1]);
    let limited = SelectOptions {
        goal: Goal::Best,
        limits: vec![OutcomeLimit::parse("ms<=1000").unwrap()],
        objectives: vec!["ms".to_owned()],
        ..SelectOptions::new(6)
    };
    let mut wanted = options("ms");
    wanted.direction = Some(Direction::Min);
    let measured = TableSource::from(world((0..96).step_by(4)));
    let wanted = train(&measured, None, &wanted, None, &Silent).unwrap();
    let limited = choose(&wanted.campaign, &candidates(), &limited, &Silent).unwrap();
    are_declared(&[&batch.frame, &limited.frame], &BATCH);
    for frame in [&batch.frame, &limited.frame] {
        are_not_learned(frame, "ms");
    }
}

#[test]
fn advice() {
    let campaign = learned("ms");
    let how = RecommendOptions {
        every_pair: true,
        ..RecommendOptions::new("gpu", "latency")
    };
    let current = RecommendOptions {
        current: Some("now".to_owned()),
        ..how.clone()
    };
    let plain = recommend(&[&campaign], &pairs(), &how, &Silent).unwrap();
    let moved = recommend(&[&campaign], &pairs(), &current, &Silent).unwrap();
    are_declared(&[&plain.frame, &moved.frame], &ADVICE);
    are_not_learned(&plain.frame, "ms");
    are_not_learned(&moved.frame, "ms");
    let table = plain.pairs.unwrap();
    are_declared(&[&table], &PAIRS);
    are_not_learned(&table, "ms");
}

#[test]
fn advice_for_two_objectives() {
    let (fast, frugal) = (learned("ms"), learned("joules"));
    let how = RecommendOptions {
        optimize_for: vec!["latency".to_owned(), "energy".to_owned()],
        every_pair: true,
        current: Some("now".to_owned()),
        ..RecommendOptions::new("gpu", "")
    };
    let advice = recommend(&[&fast, &frugal], &pairs(), &how, &Silent).unwrap();
    are_declared(&[&advice.frame], &FRONT);
    are_not_learned(&advice.frame, "ms");
    let table = advice.pairs.unwrap();
    are_declared(&[&table], &FRONT_PAIRS);
    are_not_learned(&table, "ms");
}

#[test]
fn pairs_to_measure() {
    let campaign = learned("ms");
    let how = RecommendOptions::new("gpu", "latency");
    let found = integrate(
        &campaign,
        &pairs(),
        &how,
        &IntegrateOptions::default(),
        &Silent,
    );
    let frame = found.unwrap().frame;
    are_declared(&[&frame], &INTEGRATION);
    are_not_learned(&frame, "ms");
}

#[test]
fn learning_curves() {
    let source = TableSource::from(world(0..96));
    let how = SimulateOptions {
        initial: 8,
        batch: 4,
        rounds: 2,
        repeats: 2,
        ..SimulateOptions::default()
    };
    let curves = |target, goal| {
        let how = SimulateOptions {
            goal,
            ..how.clone()
        };
        let mut train = options(target);
        // Without a direction no row is best.
        train.direction = (target == "ms").then_some(Direction::Min);
        let found = simulate(&source, &train, &how, Vec::new(), &|_| {}, &Silent);
        found.unwrap().frame()
    };
    let (values, classes) = (curves("ms", Goal::Model), curves("speed", Goal::Model));
    let search = curves("ms", Goal::Best);
    are_declared(&[&values, &classes, &search], &CURVES);
    let refused = measured_table(&TableSource::from(&values), &TrainOptions::new("error"));
    let message = refused.err().unwrap().to_string();
    assert!(message.contains("no feature"), "{message}");
}

fn table(columns: &[(&str, [&str; 2])]) -> Table {
    let column = |(name, cells): &(&str, [&str; 2])| Column {
        name: (*name).to_owned(),
        data: ColumnData::Text(Texts::from_rows(cells.iter().map(|cell| Some(*cell)))),
    };
    Table::new(columns.iter().map(column).collect())
}

const WRITTEN: [(&str, [&str; 2]); 3] = [
    ("model_name", ["a", "b"]),
    ("recommended_hardware", ["cuda", "cpu"]),
    ("combined_score", ["0.5", "0.4"]),
];

#[test]
fn a_copy_of_the_hardware_is_no_feature() {
    let own = |more: &[(&str, [&str; 2])]| {
        let columns = [WRITTEN.as_slice(), more].concat();
        own_columns(&table(&columns), &[]).contains(&"hardware".to_owned())
    };
    let hardware = ("hardware", ["cuda", "cpu"]);
    assert!(own(&[hardware, ("gpu", ["cuda", "cpu"])]));
    // Nothing else says it: it is the user's own column.
    assert!(!own(&[hardware, ("gpu", ["cuda", "cuda"])]));
    assert!(!own(&[hardware]));
    let joined = ("hardware", ["cuda / 1", "cpu / 4"]);
    let (gpu, devices) = (("gpu", ["cuda", "cpu"]), ("devices", ["1", "4"]));
    assert!(own(&[joined, gpu, devices]));
    assert!(!own(&[joined, gpu]));
}

#[test]
fn without_the_columns_beside_it_hardware_is_the_users() {
    let columns = [("hardware", ["cuda", "cpu"]), ("gpu", ["cuda", "cpu"])];
    assert!(own_columns(&table(&columns), &[]).is_empty());
}
