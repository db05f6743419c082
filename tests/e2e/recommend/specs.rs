//! What specs and failures leave out.

use super::{ASK, BATCHES, line, ms, pairs, place};
use crate::common::{Place, described};

#[test]
fn specs_leave_out_what_does_not_fit() {
    let place = place();
    place.write("hw.csv", "hardware,memory_gb\ncpu,64\ncuda,16\nrocm,32\n");
    place.write(
        "need.csv",
        "job,memory_need_gb\njob0,8\njob1,20\njob2,100\n",
    );
    let run = place.altool(&format!(
        "recommend all.csv {ASK} --specs hw.csv --specs need.csv -o advice.csv"
    ));
    let run = run.succeeded();
    let advice = place.csv("advice.csv");
    let ran = described(&place.csv("measured.csv"), &["job", "batch", "hardware"]);
    let mut contradicted = 0;
    for (row, why) in advice.column("excluded").into_iter().enumerate() {
        let (job, batch) = (advice.column("job")[row], advice.column("batch")[row]);
        let measured = |hardware: &str| {
            let pair = [job, batch, hardware].map(str::to_owned);
            ran.contains(&pair.to_vec())
        };
        // What ran fits, whatever the specs say.
        let small: &[(&str, &str)] = match job {
            "job0" => &[],
            "job1" => &[("cuda", "20 GB of 16")],
            _ => &[
                ("cpu", "100 GB of 64"),
                ("cuda", "100 GB of 16"),
                ("rocm", "100 GB of 32"),
            ],
        };
        let out: Vec<String> = small
            .iter()
            .filter(|(hardware, _)| !measured(hardware))
            .map(|(hardware, fault)| format!("{hardware}: needs {fault}"))
            .collect();
        contradicted += small.len() - out.len();
        assert_eq!(why, out.join("; "), "{job} {batch}");
        let best = advice.column("recommended_hardware")[row];
        assert!(out.iter().all(|out| !out.starts_with(&format!("{best}:"))) || best.is_empty());
        assert_eq!(best.is_empty(), out.len() == 3);
    }
    assert!(contradicted > 0);
    let told = format!("the specs contradict {contradicted} measurements");
    assert!(run.stderr.contains(&told), "{}", run.stderr);
}

/// In the user's own words; what is not known stays.
#[test]
fn a_condition_leaves_out_what_does_not_meet_it() {
    let place = place();
    let ran = described(&place.csv("measured.csv"), &["job", "batch", "hardware"]);
    place.write("unknown.csv", "hardware,memory_gb\ncpu,64\ncuda,16\n");
    let run = place.altool_words(&[
        "recommend",
        "all.csv",
        "--model",
        "m.altool",
        "--hardware",
        "hardware",
        "--optimize-for",
        "latency",
        "--specs",
        "unknown.csv",
        "--require",
        "memory_gb >= 32",
        "-o",
        "own.csv",
    ]);
    let run = run.succeeded();
    assert!(
        run.stderr.contains("no row for hardware 'rocm'"),
        "{}",
        run.stderr
    );
    let cuda = ran.iter().filter(|pair| pair[2] == "cuda").count();
    let told = format!("--require excludes {cuda} pairs that ran when measured");
    assert!(run.stderr.contains(&told), "{}", run.stderr);
    for cell in place.csv("own.csv").column("excluded") {
        assert_eq!(cell, "cuda: not memory_gb >= 32");
    }
}

#[test]
fn nothing_may_be_left() {
    let place = place();
    place.write(
        "need.csv",
        "job,memory_need_gb\njob0,8\njob1,20\njob2,100\n",
    );
    place.write("tiny.csv", "hardware,memory_gb\ncpu,1\ncuda,1\nrocm,1\n");
    let unmeasured: Vec<String> = (13..=BATCHES).map(|n| format!("job2,{n}\n")).collect();
    place.write("late.csv", format!("job,batch\n{}", unmeasured.concat()));
    let run = place.altool(&format!(
        "recommend late.csv {ASK} --specs tiny.csv --specs need.csv -o none.csv"
    ));
    let run = run.ended(4);
    assert!(
        run.stderr.contains("no hardware is left for 12 of 12"),
        "{}",
        run.stderr
    );
}

#[test]
fn only_a_precision_that_is_zero_cannot_be() {
    let place = place();
    place.write("hw.csv", "hardware,fp16_tflops\ncpu,\ncuda,0\nrocm,5\n");
    place.write("late.csv", "job,batch,precision\njob2,20,fp16\njob2,21,\n");
    place
        .altool(&format!(
            "recommend late.csv {ASK} --specs hw.csv -o advice.csv"
        ))
        .succeeded();
    let advice = place.csv("advice.csv");
    assert_eq!(advice.column("excluded"), ["cuda: no fp16", ""]);
}

#[test]
fn failures_leave_pairs_out() {
    let place = Place::new();
    let mut rows = String::from("job,batch,hardware,ms,status\n");
    let mut all = String::from("job,batch,hardware\n");
    for pair in pairs() {
        all.push_str(&format!("{}\n", line(&pair)));
        if pair.1 % 2 == 0 {
            match pair.2 {
                "cuda" => rows.push_str(&format!("{},,failed\n", line(&pair))),
                other => rows.push_str(&format!(
                    "{},{},ok\n",
                    line(&pair),
                    ms(other, pair.0, pair.1)
                )),
            }
        }
    }
    place.write("rows.csv", rows);
    place.write("all.csv", all);
    place
        .altool("train rows.csv --target ms --direction min --status status --log-target --holdout 0 --learner boosted --members 4 --trees 30 -o m.altool")
        .succeeded();
    place
        .altool(&format!(
            "recommend all.csv {ASK} --min-feasible 0.3 -o advice.csv"
        ))
        .succeeded();
    let advice = place.csv("advice.csv");
    let batches = advice.numbers("batch");
    for (row, why) in advice.column("excluded").into_iter().enumerate() {
        assert_ne!(advice.column("recommended_hardware")[row], "cuda");
        match batches[row] as usize % 2 {
            0 => assert_eq!(why, "cuda: failed when measured"),
            _ => assert!(why.starts_with("cuda: works with probability 0.0"), "{why}"),
        }
    }
    assert!(advice.numbers("feasible").iter().all(|&p| p > 0.5));
}
