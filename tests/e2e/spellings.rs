//! The loop over tables that each say the same rows in another way.

use std::collections::BTreeSet;

use crate::common::{Dice, Place};

const STEPS: u32 = 5;
const QUANTS: [&str; 3] = ["None", "int8", "007"];
const FORMATS: [&str; 6] = ["csv", "tsv", "ssv.csv", "jsonl", "parquet", "arrow"];

/// A configuration: tenths, a code, and whether.
type Setup = (u32, &'static str, bool);

fn setups() -> Vec<Setup> {
    let quants = |step: u32| QUANTS.map(|quant| (step, quant));
    let flash = |(step, quant)| [false, true].map(|flash| (step, quant, flash));
    (1..=STEPS).flat_map(quants).flat_map(flash).collect()
}

fn milliseconds((step, quant, flash): Setup) -> f64 {
    f64::from(step) + quant.len() as f64 + if flash { 0.5 } else { 0.0 }
}

/// A number of tenths as typed, with zeros, added up, or as a program writes it.
fn tenths(step: u32, rng: &mut Dice) -> String {
    let value = f64::from(step) / 10.0;
    match rng.below(4) {
        0 => value.to_string(),
        1 => format!("{value:.3}"),
        2 => (0..step).fold(0.0, |sum, _| sum + 0.1).to_string(),
        _ => format!("{value:e}"),
    }
}

fn truth(flash: bool, rng: &mut Dice) -> &'static str {
    match flash {
        true => ["true", "True", "TRUE"][rng.below(3)],
        false => ["false", "False", "FALSE"][rng.below(3)],
    }
}

/// Writes rows in a format that the dice choose, and returns the file's name.
fn written(place: &Place, stem: &str, rows: &[Setup], results: bool, rng: &mut Dice) -> String {
    let format = FORMATS[rng.below(FORMATS.len())];
    let name = format!("{stem}.{format}");
    let between = match format {
        "tsv" => "\t",
        "ssv.csv" => ";",
        _ => ",",
    };
    let mut text = match (format, results) {
        ("jsonl", _) => String::new(),
        (_, false) => format!("{}\n", ["step", "quant", "flash"].join(between)),
        (_, true) => format!("{}\n", ["step", "quant", "flash", "ms"].join(between)),
    };
    for &setup in rows {
        let (step, quant, flash) = setup;
        let ms = milliseconds(setup);
        let step = tenths(step, rng);
        text += &match (format, results) {
            ("jsonl", false) => {
                format!("{{\"step\":{step},\"quant\":\"{quant}\",\"flash\":{flash}}}\n")
            }
            ("jsonl", true) => {
                format!("{{\"ms\":{ms},\"flash\":{flash},\"step\":{step},\"quant\":\"{quant}\"}}\n")
            }
            (_, with) => {
                let blank = if rng.below(4) == 0 { " " } else { "" };
                let quant = format!("{quant}{blank}");
                let mut cells = vec![step, quant, truth(flash, rng).to_owned()];
                cells.extend(with.then(|| ms.to_string()));
                format!("{}\n", cells.join(between))
            }
        };
    }
    match format {
        "parquet" | "arrow" => {
            let columns = if results { ",ms" } else { "" };
            place.write("plain.csv", text);
            let line = format!(
                "select plain.csv -n {} --columns step,quant,flash{columns} -o {name}",
                rows.len()
            );
            place.altool(&line).succeeded();
        }
        _ => place.write(&name, text),
    }
    name
}

/// The configurations of a batch that altool wrote.
fn batch(place: &Place, name: &str) -> Vec<Setup> {
    let csv = place.csv(name);
    let (steps, quants, flash) = (csv.numbers("step"), csv.texts("quant"), csv.texts("flash"));
    let quant = |text: &str| QUANTS.into_iter().find(|&quant| quant == text.trim());
    let row = |at: usize| {
        let known = quant(&quants[at]).unwrap_or_else(|| panic!("'{}'", quants[at]));
        let truth = flash[at].eq_ignore_ascii_case("true");
        ((10.0 * steps[at]).round() as u32, known, truth)
    };
    (0..csv.rows.len()).map(row).collect()
}

/// Selects, measures and updates until nothing is left, and says whether each row was
/// handed out once.
fn looped(seed: u64) {
    let place = Place::new();
    let rng = &mut Dice(seed);
    let all = setups();
    let mut measured: BTreeSet<Setup> = BTreeSet::new();
    let mut round = 0;
    loop {
        let candidates = written(&place, &format!("c{round}"), &all, false, rng);
        let model = if round == 0 { "" } else { "--model m.altool" };
        let line = format!("select {candidates} {model} -n 8 -o b.csv");
        let run = place.altool(&line);
        if run.code == Some(4) {
            break;
        }
        run.succeeded();
        let rows = batch(&place, "b.csv");
        for &row in &rows {
            assert!(measured.insert(row), "seed {seed}: {row:?} twice");
        }
        let results = written(&place, &format!("r{round}"), &rows, true, rng);
        match round {
            0 => place.altool(&format!(
                "train {results} --target ms --learner boosted --members 3 --trees 5 -o m.altool"
            )),
            _ => place.altool(&format!("update {results} --model m.altool")),
        }
        .succeeded();
        round += 1;
        assert!(round < 10, "seed {seed}: it goes on");
    }
    assert_eq!(measured.len(), all.len(), "seed {seed}");
    let known = place.altool("inspect m.altool --format csv").succeeded();
    assert_eq!(
        known.value("training_rows"),
        all.len() as f64,
        "seed {seed}"
    );
}

#[test]
fn soak_every_candidate_is_measured_once_however_it_is_spelled() {
    let loops = crate::scale::rounds(4, 200) as u64;
    (1..=loops).for_each(looped);
}
