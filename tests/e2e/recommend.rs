//! `altool recommend`: advice, what is left out, several objectives, what to
//! measure, and what it says of bad input.

mod advice;
mod errors;
mod measuring;
mod objectives;
mod specs;

use crate::common::{Dice, Place};

const HARDWARE: [&str; 3] = ["cpu", "cuda", "rocm"];

const BATCHES: usize = 24;

const ASK: &str = "--model m.altool --hardware hardware --optimize-for latency";

/// The time of a pair: cuda is best for large batches of every job, the cpu for
/// small ones; rocm is always behind cuda.
fn ms(hardware: &str, job: usize, batch: usize) -> f64 {
    let work = (job + 1) as f64 * batch as f64;
    match hardware {
        "cpu" => 1.0 + work,
        "cuda" => 12.0 + 0.2 * work,
        _ => 18.0 + 0.4 * work,
    }
}

/// All pairs of three jobs and 24 batch sizes: `job,batch,hardware,ms`.
fn pairs() -> Vec<(usize, usize, &'static str)> {
    let mut all = Vec::new();
    for job in 0..3 {
        for batch in 1..=BATCHES {
            all.extend(HARDWARE.map(|hardware| (job, batch, hardware)));
        }
    }
    all
}

fn line(&(job, batch, hardware): &(usize, usize, &str)) -> String {
    format!("job{job},{batch},{hardware}")
}

/// With all pairs in `all.csv`, the workloads alone in `jobs.csv`, two thirds of
/// the pairs in `measured.csv` and a model of them.
fn place() -> Place {
    let place = Place::new();
    let mut dice = Dice(5);
    let mut all = String::from("job,batch,hardware\n");
    let mut measured = String::from("job,batch,hardware,ms\n");
    let mut jobs = String::from("job,batch,runs_on\n");
    for pair in pairs() {
        all.push_str(&format!("{}\n", line(&pair)));
        // The last job is measured at small batches only.
        if dice.below(3) > 0 && (pair.0 < 2 || pair.1 <= 12) {
            let value = ms(pair.2, pair.0, pair.1);
            measured.push_str(&format!("{},{value}\n", line(&pair)));
        }
        if pair.2 == "cpu" {
            jobs.push_str(&format!("job{},{},cuda\n", pair.0, pair.1));
        }
    }
    place.write("all.csv", all);
    place.write("measured.csv", measured);
    place.write("jobs.csv", jobs);
    place
        .altool("train measured.csv --target ms --direction min --log-target --holdout 0.1 --learner boosted --members 5 --trees 60 -o m.altool")
        .succeeded();
    place
}
