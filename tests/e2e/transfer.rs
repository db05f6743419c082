//! Hardware with few measurements: what it borrows from the rest, and when.

use crate::common::{Csv, Place, described, fixture};

/// Options that make a model in a second.
const SMALL: &str =
    "--learner boosted --members 4 --trees 30 --log-target --direction min --holdout 0";

const TRAIN: &str = "train measured.csv --target latency_ms --hardware device";

/// The new device, and the measured ones.
const NEW: &str = "raspi4";
const MEASURED: [&str; 6] = [
    "1080ti_1",
    "2080ti_1",
    "eyeriss",
    "gold_6240",
    "pixel3",
    "silver_4210r",
];

/// The networks of the fixture: their blocks, and their latency per device.
struct Networks(Csv);

impl Networks {
    fn read() -> Networks {
        let text = std::fs::read_to_string(fixture("fbnet/fbnet_7dev.csv")).unwrap();
        Networks(Csv::parse(&text))
    }

    fn header(&self) -> String {
        format!("device,{}", self.0.names[1..23].join(","))
    }

    /// The rows of one device, with or without what was measured.
    fn rows(&self, device: &str, rows: impl Iterator<Item = usize>, measured: bool) -> String {
        let latency = self.0.column(&format!("lat_{device}"));
        let line = |row: usize| {
            let blocks = self.0.rows[row][1..23].join(",");
            let latency = if measured { latency[row] } else { "" };
            let comma = if measured { "," } else { "" };
            format!("{device},{blocks}{comma}{latency}\n")
        };
        rows.map(line).collect()
    }

    /// `measured.csv` with all rows of the measured devices and every 19th of
    /// the new one, as many as `few`; `candidates.csv` with all of the new one.
    fn place(&self, few: usize) -> Place {
        let place = Place::new();
        let n = self.0.rows.len();
        let mut measured = format!("{},latency_ms\n", self.header());
        for device in MEASURED {
            measured += &self.rows(device, 0..n, true);
        }
        measured += &self.rows(NEW, (0..n).step_by(19).take(few), true);
        place.write("measured.csv", measured);
        let candidates = self.rows(NEW, 0..n, false);
        place.write("candidates.csv", format!("{}\n{candidates}", self.header()));
        place
    }

    /// Spearman's correlation of the predictions in `scored.csv` with what the
    /// new device takes.
    fn agreement(&self, place: &Place) -> f64 {
        let predicted = place.csv("scored.csv").numbers("prediction");
        let truth = self.0.numbers(&format!("lat_{NEW}"));
        correlation(&ranks(&predicted), &ranks(&truth))
    }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count();
        let equal = values.iter().filter(|other| *other == value).count();
        below as f64 + (equal as f64 - 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| f(a - mean_a, b - mean_b)).sum()
    };
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

const SCORE: &str = "score candidates.csv --model m.altool -o scored.csv";

#[test]
fn ten_measurements_and_what_others_know_rank_a_new_device() {
    let networks = Networks::read();
    let place = networks.place(10);
    place
        .altool(&format!("{TRAIN} {SMALL} -o m.altool"))
        .succeeded();
    let run = place.altool(SCORE).succeeded();
    assert!(
        run.stderr.contains(
            "device 'raspi4' has 10 measurements: its predictions borrow from the 6 others measured more"
        ),
        "{}",
        run.stderr
    );
    let borrowed = networks.agreement(&place);
    let truth = networks.0.numbers(&format!("lat_{NEW}"));
    let scored = place.csv("scored.csv");
    let bounds = scored.numbers("interval_low").into_iter();
    let bounds = bounds.zip(scored.numbers("interval_high"));
    let inside = bounds
        .zip(&truth)
        .filter(|((low, high), truth)| low <= truth && *truth <= high)
        .count();
    assert!(inside * 2 > truth.len(), "{inside} of {}", truth.len());

    // The same rows with the device as a category like any other.
    let plain = TRAIN.replace(" --hardware device", "");
    place
        .altool(&format!("{plain} {SMALL} -o m.altool"))
        .succeeded();
    place.altool(SCORE).succeeded();
    let alone = networks.agreement(&place);
    assert!(borrowed > 0.85 && borrowed > alone, "{borrowed} {alone}");

    // The column may be named when it is needed.
    place
        .altool(&format!("{SCORE} --hardware device"))
        .succeeded();
    assert_eq!(networks.agreement(&place), borrowed);
}

#[test]
fn advice_on_a_new_device_is_what_scoring_predicts_of_it() {
    let networks = Networks::read();
    let place = networks.place(10);
    place
        .altool(&format!("{TRAIN} {SMALL} -o m.altool"))
        .succeeded();
    // Beside the devices that were measured on the same networks.
    let n = networks.0.rows.len();
    let mut all = format!("{}\n", networks.header());
    for device in MEASURED.iter().chain([&NEW]) {
        all += &networks.rows(device, 0..n, false);
    }
    place.write("all.csv", all);
    place
        .altool("score all.csv --model m.altool -o scored.csv")
        .succeeded();
    place
        .altool("recommend all.csv --model m.altool --hardware device --optimize-for latency --hardware-table pairs.csv -o advice.csv")
        .succeeded();
    let (scored, pairs) = (place.csv("scored.csv"), place.csv("pairs.csv"));
    let names: Vec<&str> = scored.names[..23].iter().map(String::as_str).collect();
    let of = |table: &Csv, name: &str| -> std::collections::BTreeMap<Vec<String>, f64> {
        let rows = described(table, &names).into_iter();
        rows.zip(table.numbers(name)).collect()
    };
    let (scored, predicted) = (of(&scored, "prediction"), of(&pairs, "predicted"));
    let measured: Vec<usize> = (0..n).step_by(19).take(10).collect();
    let mut compared = 0;
    for row in (0..n).filter(|row| !measured.contains(row)) {
        let mut key = networks.0.rows[row][1..23].to_vec();
        key.insert(0, NEW.to_owned());
        assert!(
            (scored[&key] / predicted[&key] - 1.0).abs() < 1e-5,
            "{key:?}"
        );
        compared += 1;
    }
    assert_eq!(compared, n - 10);
}

#[test]
fn a_device_never_measured_is_like_the_others_and_in_more_doubt() {
    let networks = Networks::read();
    let doubt = |few: usize| {
        let place = networks.place(few);
        place
            .altool(&format!("{TRAIN} {SMALL} -o m.altool"))
            .succeeded();
        let run = place.altool(SCORE).succeeded();
        let scored = place.csv("scored.csv");
        let variance = mean(&scored.numbers("ensemble_variance"));
        (run.stderr, networks.agreement(&place), variance)
    };
    let (said, agreement, none) = doubt(0);
    assert!(
        said.contains("device 'raspi4' has no measurement: its predictions borrow from the 6"),
        "{said}"
    );
    assert!(!said.contains("never measured"), "{said}");
    assert!(agreement > 0.5, "{agreement}");
    let (_, _, some) = doubt(3);
    let (_, _, more) = doubt(10);
    assert!(none > 2.0 * some && some > more, "{none} {some} {more}");
}

#[test]
fn what_is_measured_of_a_new_device_is_learned_again_and_never_chosen_again() {
    let networks = Networks::read();
    let place = networks.place(0);
    place
        .altool(&format!("{TRAIN} {SMALL} -o m.altool"))
        .succeeded();
    let select = "select candidates.csv --model m.altool -n 10 -o batch.csv";
    place.altool(select).succeeded();
    let batch = place.csv("batch.csv");
    assert_eq!(batch.rows.len(), 10);
    let blocks = |table: &Csv, row: usize| -> Vec<String> {
        let names = &networks.0.names[1..23];
        let cell = |name: &String| table.column(name)[row].to_owned();
        names.iter().map(cell).collect()
    };
    let all = networks.0.rows.len();
    let place_of = |row: usize| {
        let wanted = blocks(&batch, row);
        (0..all).find(|&at| blocks(&networks.0, at) == wanted)
    };
    let chosen: Vec<usize> = (0..10).map(|row| place_of(row).unwrap()).collect();
    let results = networks.rows(NEW, chosen.iter().copied(), true);
    place.write(
        "new.csv",
        format!("{},latency_ms\n{results}", networks.header()),
    );
    let run = place.altool("update new.csv --model m.altool").succeeded();
    assert!(
        run.stderr
            .contains("device 'raspi4' was never measured before: the model is re-fitted"),
        "{}",
        run.stderr
    );
    place.altool(SCORE).succeeded();
    let agreement = networks.agreement(&place);
    assert!(agreement > 0.85, "{agreement}");
    place.altool(select).succeeded();
    let second = place.csv("batch.csv");
    for row in 0..10 {
        assert!(!(0..10).any(|old| blocks(&batch, old) == blocks(&second, row)));
    }
}

#[test]
fn nobody_borrows_from_one_device_or_with_enough_measurements() {
    let networks = Networks::read();
    let n = networks.0.rows.len();
    let place = networks.place(10);
    let header = networks.header();
    let write = |devices: &[(&str, usize)]| {
        let mut measured = format!("{header},latency_ms\n");
        for (device, rows) in devices {
            measured += &networks.rows(device, 0..*rows, true);
        }
        place.write("measured.csv", measured);
        place
            .altool(&format!("{TRAIN} {SMALL} -o m.altool"))
            .succeeded();
        place.altool(SCORE).succeeded().stderr
    };
    assert!(!write(&[("pixel3", n), (NEW, 10)]).contains("borrow"));
    assert!(!write(&[("pixel3", n), ("eyeriss", n), (NEW, 60)]).contains("borrow"));
    assert!(write(&[("pixel3", n), ("eyeriss", n), (NEW, 40)]).contains("borrow"));
}

#[test]
fn hosts_and_availability_are_of_the_hardware_that_the_model_was_told_of() {
    let networks = Networks::read();
    let place = networks.place(0);
    let rows = |devices: &[&str], rows: std::ops::Range<usize>, measured| -> String {
        let of = |device: &&str| networks.rows(device, rows.clone(), measured);
        devices.iter().map(of).collect()
    };
    let header = networks.header();
    let measured = rows(&MEASURED, 0..60, true);
    place.write("measured.csv", format!("{header},latency_ms\n{measured}"));
    let candidates = rows(&[NEW, "pixel3", "eyeriss"], 60..100, false);
    place.write("candidates.csv", format!("{header}\n{candidates}"));
    place.write(
        "hosts.toml",
        "[[host]]\nname = 'phones'\nhardware = ['pixel3']\n",
    );
    place
        .altool(&format!("{TRAIN} {SMALL} -o m.altool"))
        .succeeded();
    let select = "select candidates.csv -n 12 -o batch.csv --model";
    let devices = |options: &str| -> Vec<String> {
        place.altool(&format!("{select} {options}")).succeeded();
        let batch = place.csv("batch.csv");
        let devices = batch.column("device").into_iter();
        devices.map(str::to_owned).collect()
    };
    let shares = "--availability eyeriss=0,raspi4=0";
    assert_eq!(devices(&format!("m.altool {shares}")), ["pixel3"; 12]);
    assert_eq!(devices("m.altool --capacity hosts.toml"), ["pixel3"; 12]);
    devices("m.altool");
    let borrowed = place.bytes("batch.csv");

    // A model that was not told is told with the batch.
    let plain = TRAIN.replace(" --hardware device", "");
    place
        .altool(&format!("{plain} {SMALL} -o plain.altool"))
        .succeeded();
    devices("plain.altool --hardware device");
    assert_eq!(place.bytes("batch.csv"), borrowed);
    devices("plain.altool --hardware device --availability eyeriss=1");
    assert_eq!(place.bytes("batch.csv"), borrowed);
    devices("plain.altool");
    assert_ne!(place.bytes("batch.csv"), borrowed);
    place
        .altool(&format!("{select} plain.altool {shares}"))
        .ended(2)
        .says("hardware of what", &[]);
}

#[test]
fn the_threads_do_not_matter() {
    let networks = Networks::read();
    let place = networks.place(5);
    let scored = |threads: usize| {
        place
            .altool(&format!("--threads {threads} {TRAIN} {SMALL} -o m.altool"))
            .succeeded();
        place
            .altool(&format!("--threads {threads} {SCORE}"))
            .succeeded();
        place.bytes("scored.csv")
    };
    assert_eq!(scored(1), scored(3));
}

#[test]
fn a_column_that_names_no_hardware() {
    let networks = Networks::read();
    let place = networks.place(2);
    let missing = place.altool(&format!(
        "{} -o m.altool",
        TRAIN.replace("device", "devcie")
    ));
    missing
        .ended(3)
        .says("column missing, near", &["devcie", "device"]);
    place
        .altool("train measured.csv --target latency_ms --learner boosted --members 2 --trees 3 -o m.altool")
        .succeeded();
    place
        .altool(&format!("{SCORE} --hardware block"))
        .ended(2)
        .says("no feature, near", &["block", "block00"]);
    place.write("numbers.csv", "a,y\n1,2\n2,3\n3,4\n4,5\n5,6\n6,7\n7,8\n");
    place
        .altool("train numbers.csv --target y --learner boosted --members 2 --trees 3 -o n.altool")
        .succeeded();
    place
        .altool("score numbers.csv --model n.altool --hardware a")
        .ended(2)
        .says("number as hardware", &["a", "a"]);
}
