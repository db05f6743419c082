//! Which hardware is the best for a workload, and how sure that is.

use super::{ASK, BATCHES, HARDWARE, ms, place};
use crate::common::{Place, described};

#[test]
fn the_best_hardware_is_found_and_its_chance_is_told() {
    let place = place();
    place
        .altool(&format!(
            "recommend all.csv {ASK} -o advice.csv --hardware-table pairs.csv"
        ))
        .succeeded();
    let advice = place.csv("advice.csv");
    assert_eq!(advice.rows.len(), 3 * BATCHES);
    let (jobs, batches) = (advice.column("job"), advice.numbers("batch"));
    let best = |row: usize| {
        let job: usize = jobs[row][3..].parse().unwrap();
        let value = |hardware: &&str| ms(hardware, job, batches[row] as usize);
        HARDWARE
            .into_iter()
            .min_by(|a, b| value(a).total_cmp(&value(b)))
            .unwrap()
    };
    let recommended = advice.column("recommended_hardware");
    let right = (0..advice.rows.len()).filter(|&row| recommended[row] == best(row));
    assert!(right.count() >= 64, "of 72");
    let sure = advice.numbers("p_best");
    let gain = advice.numbers("expected_gain");
    let usual = advice.column("compared_with");
    for row in 0..advice.rows.len() {
        assert!((0.0..=1.0).contains(&sure[row]));
        assert!(gain[row] >= 0.0, "the best is no worse than any other");
        assert_eq!(gain[row] == 0.0, usual[row] == recommended[row]);
        assert_ne!(advice.column("runner_up")[row], recommended[row]);
    }
    // Over the pairs of a workload the probabilities sum to one.
    let pairs = place.csv("pairs.csv");
    let workloads = described(&pairs, &["job", "batch"]);
    let p = pairs.numbers("p_best");
    let mut sums = std::collections::BTreeMap::new();
    for (workload, p) in workloads.iter().zip(&p) {
        *sums.entry(workload).or_insert(0.0) += p;
    }
    assert!(sums.values().all(|sum: &f64| (sum - 1.0).abs() < 1e-9));
    // What was measured is known: its value is the measured one.
    let known = pairs.column("measured");
    let predicted = pairs.numbers("predicted");
    let hardware = pairs.column("hardware");
    let mut measured = 0;
    for row in 0..pairs.rows.len() {
        if known[row] == "true" {
            let job: usize = workloads[row][0][3..].parse().unwrap();
            let value = ms(hardware[row], job, workloads[row][1].parse().unwrap());
            assert!((predicted[row] / value - 1.0).abs() < 1e-9);
            measured += 1;
        }
    }
    assert_eq!(measured, place.csv("measured.csv").rows.len());
    let basis = advice.column("basis");
    for kind in ["measured", "partly", "predicted"] {
        assert!(basis.contains(&kind), "{kind}");
    }
}

#[test]
fn advice_does_not_depend_on_threads_or_on_the_order_of_rows() {
    let place = place();
    let text = String::from_utf8(place.bytes("all.csv")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    place.write("reversed.csv", lines.join("\n") + "\n");
    for (file, threads, out) in [
        ("all.csv", 1, "a.csv"),
        ("all.csv", 3, "b.csv"),
        ("reversed.csv", 2, "c.csv"),
    ] {
        place
            .altool(&format!(
                "recommend {file} {ASK} --threads {threads} -o {out}"
            ))
            .succeeded();
    }
    assert_eq!(place.bytes("a.csv"), place.bytes("b.csv"));
    let sorted = |name: &str| {
        let mut rows = place.csv(name).rows;
        rows.sort();
        rows
    };
    assert_eq!(sorted("a.csv"), sorted("c.csv"));
}

#[test]
fn workloads_alone_are_taken_with_every_hardware() {
    let place = place();
    place
        .altool(&format!(
            "recommend jobs.csv {ASK} --current runs_on -o jobs_advice.csv"
        ))
        .succeeded();
    place
        .altool(&format!("recommend all.csv {ASK} -o advice.csv"))
        .succeeded();
    let (jobs, all) = (place.csv("jobs_advice.csv"), place.csv("advice.csv"));
    for name in [
        "recommended_hardware",
        "predicted",
        "p_best",
        "expected_regret",
    ] {
        assert_eq!(jobs.column(name), all.column(name), "{name}");
    }
    let recommended = jobs.column("recommended_hardware");
    let (gain, regret) = (
        jobs.numbers("expected_gain"),
        jobs.numbers("regret_of_current"),
    );
    let flagged = jobs.column("flagged");
    for row in 0..jobs.rows.len() {
        assert_eq!(flagged[row] == "true", recommended[row] != "cuda");
        assert_eq!(gain[row] > 0.0, flagged[row] == "true");
        assert!(regret[row] >= 0.0);
    }
    assert!(flagged.contains(&"true") && flagged.contains(&"false"));
}

#[test]
fn every_job_has_its_own_advice_where_it_runs() {
    let place = place();
    place.write(
        "jobs.csv",
        "id,job,batch,runs_on\na,job0,1,cuda\nb,job0,1,cpu\nc,job1,20,rocm\nd,job0,1,cuda\ne,job0,1,\n",
    );
    place
        .altool(&format!(
            "recommend jobs.csv {ASK} --current runs_on -o advice.csv"
        ))
        .succeeded();
    let advice = place.csv("advice.csv");
    assert_eq!(advice.column("id"), ["a", "b", "c", "d", "e"]);
    assert_eq!(
        advice.column("current_hardware"),
        ["cuda", "cpu", "rocm", "cuda", ""]
    );
    let best = advice.column("recommended_hardware");
    assert_eq!([best[0], best[1], best[3]], ["cpu"; 3]);
    assert_eq!(
        advice.column("flagged"),
        ["true", "false", "true", "true", "false"]
    );
    let regret = advice.column("regret_of_current");
    assert_eq!(regret[0], regret[3]);
    assert!(regret[0].parse::<f64>().unwrap() > regret[1].parse::<f64>().unwrap());
    assert_eq!(regret[4], "");
    // Without it there is one answer, and that is said.
    let run = place.altool(&format!("recommend jobs.csv {ASK} -o once.csv"));
    let run = run.succeeded();
    assert_eq!(place.csv("once.csv").column("id"), ["a", "c"]);
    assert!(
        run.stderr
            .contains("without advice of their own: 3 rows (--current COL gives each row its own)"),
        "{}",
        run.stderr
    );
    // Of pairs, one answer per workload and hardware that it runs on.
    place.write(
        "pairs.csv",
        "job,batch,hardware,runs_on\njob0,1,cpu,cuda\njob0,1,cuda,cuda\njob0,1,cuda,cpu\njob0,1,cuda,cpu\njob1,20,cpu,\njob1,20,rocm,rocm\n",
    );
    let run = place.altool(&format!(
        "recommend pairs.csv {ASK} --current runs_on -o of_pairs.csv"
    ));
    let run = run.succeeded();
    let advice = place.csv("of_pairs.csv");
    assert_eq!(advice.column("current_hardware"), ["cuda", "cpu", "rocm"]);
    assert_eq!(advice.column("flagged"), ["true", "false", "false"]);
    run.says("repeats", &[]);
    for told in [
        "more than one hardware for a workload: 3 rows of advice for 2 workloads",
        "of_pairs.csv: advice for 3 rows of 2 workloads, 1 on another hardware now",
    ] {
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
}

#[test]
fn hardware_of_several_columns_is_never_taken_for_another() {
    let place = Place::new();
    let mut rows = String::from("n,a,b,ms\n");
    for n in 1..=20 {
        for (at, (a, b)) in [("p / q", "r"), ("p", "q / r"), ("p", "q")]
            .iter()
            .enumerate()
        {
            rows.push_str(&format!("{n},{a},{b},{}\n", n * (at + 1)));
        }
    }
    place.write("rows.csv", rows);
    place.write("jobs.csv", "n\n5\n");
    place
        .altool("train rows.csv --target ms --direction min --holdout 0 --learner boosted --members 3 --trees 10 -o m.altool")
        .succeeded();
    place
        .altool("recommend jobs.csv --model m.altool --hardware a,b --optimize-for time -o advice.csv --hardware-table pairs.csv")
        .succeeded();
    let pairs = place.csv("pairs.csv");
    assert_eq!(pairs.numbers("predicted").len(), 3);
    let advice = place.csv("advice.csv");
    assert_eq!(advice.numbers("predicted"), [5.0]);
    // A quoted cell that itself has quotes.
    let text = String::from_utf8(place.bytes("advice.csv")).unwrap();
    assert!(text.contains("\"\"\"p / q\"\" / r\""), "{text}");
}

#[test]
fn the_hardware_column_is_the_one_that_the_model_was_trained_with() {
    let place = place();
    let train = "train measured.csv --target ms --direction min --learner boosted --members 3 \
                 --trees 20 --hardware hardware -o h.altool";
    place.altool(train).succeeded();
    let advice = |options: &str| {
        let line = format!("recommend all.csv --model h.altool --optimize-for latency {options}");
        place.altool(&line).succeeded().stdout
    };
    assert_eq!(advice(""), advice("--hardware hardware"));
    let measure = "--integrate -n 5";
    assert_eq!(
        advice(measure),
        advice(&format!("{measure} --hardware hardware"))
    );
    // The model of the others was trained without one.
    let run = place
        .altool("recommend all.csv --model m.altool --optimize-for latency")
        .ended(2);
    assert!(run.stderr.contains("Give --hardware COL"), "{}", run.stderr);
}
