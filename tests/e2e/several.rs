//! Several models at once: batches that teach all of them, trade-offs, and limits on
//! targets.

use crate::common::{LLM, Place, json};

const LATENCY: &str = "--target latency_s --log-target --direction min --ignore throughput_tok_s";

/// Models of the throughput and of the latency, by few trees, and the candidates.
fn place() -> Place {
    let place = Place::with_llm();
    let quick = "--learner boosted --members 4 --trees 20 --depth 4";
    for (options, model) in [(LLM, "t.altool"), (LATENCY, "l.altool")] {
        place
            .altool(&format!("train measured.csv {options} {quick} -o {model}"))
            .succeeded();
    }
    place
}

const BOTH: &str = "select candidates.csv --model t.altool --model l.altool";

fn column(place: &Place, file: &str, name: &str) -> Vec<f64> {
    place.csv(file).numbers(name)
}

#[test]
fn a_batch_that_teaches_both_is_neither_of_the_single_ones() {
    let place = place();
    let run = place
        .altool(&format!("{BOTH} -n 12 -o both.csv"))
        .succeeded();
    for said in [
        "chosen by lcmd",
        "expected error reduction of throughput_tok_s: about",
        "expected error reduction of latency_s: about",
        "standard deviation of latency_s is a factor of",
    ] {
        assert!(run.stderr.contains(said), "no {said:?} in {}", run.stderr);
    }
    for model in ["t", "l"] {
        let line = format!("select candidates.csv --model {model}.altool -n 12 -o {model}.csv");
        place.altool(&line).succeeded();
        assert_ne!(
            place.bytes("both.csv"),
            place.bytes(&format!("{model}.csv"))
        );
    }
    assert_eq!(column(&place, "both.csv", "predicted_latency_s").len(), 12);
    assert!(place.text("both.csv").contains("latency_s predicted"));
    // The order of the models does not matter for the rows, nor does the seed's thread.
    let turned = "select candidates.csv --model l.altool --model t.altool -n 12 -o turned.csv";
    place.altool(turned).succeeded();
    let one = format!("{BOTH} -n 12 --threads 1 -o one.csv");
    place.altool(&one).succeeded();
    assert_eq!(place.bytes("both.csv"), place.bytes("one.csv"));
    for strategy in [
        "diversity",
        "power",
        "uncertainty",
        "max-det",
        "hybrid",
        "batch-epig",
    ] {
        let line = format!("{BOTH} -n 5 --strategy {strategy} -o other.csv");
        place.altool(&line).succeeded();
    }
}

#[test]
fn trade_offs_are_looked_for_by_default_with_several_models() {
    let place = place();
    let line = format!("{BOTH} -n 8 --goal best --explain why.json -o best.csv");
    let run = place.altool(&line).succeeded();
    assert!(
        run.stderr.contains("chosen by hypervolume-improvement"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("a trade-off that no other beats"),
        "{}",
        run.stderr
    );
    let why = json(&place.text("why.json"));
    let targets = why["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 2);
    assert_eq!(targets[1]["target"], "latency_s");
    assert_eq!(targets[1]["is_objective"], true);
    let front = why["front"].as_array().unwrap();
    assert!(!front.is_empty());
    // Along a front, what is better in one target is worse in the other.
    let values = |at: usize| front.iter().map(move |row| row[at].as_f64().unwrap());
    for (a, b) in values(0).zip(values(1)) {
        for (c, d) in values(0).zip(values(1)) {
            assert!(!(c > a && d < b), "({a}, {b}) is beaten by ({c}, {d})");
        }
    }
    let expected = format!("{BOTH} -n 8 --goal best --strategy thompson-hypervolume -o e.csv");
    place.altool(&expected).succeeded();
    assert_eq!(
        column(&place, "e.csv", "predicted_throughput_tok_s").len(),
        8
    );
}

#[test]
fn limits_keep_the_best_within_them() {
    let place = place();
    let line = format!("{BOTH} -n 8 --goal best --limit latency_s<=2 -o best.csv");
    let run = place.altool(&line).succeeded();
    assert!(run.stderr.contains("chosen by thompson"), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("measured rows are within latency_s <= 2"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("the best of them so far: throughput_tok_s")
    );
    let p = column(&place, "best.csv", "p_within_limits");
    assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
    let latency = column(&place, "best.csv", "predicted_latency_s");
    assert!(
        latency.iter().filter(|&&latency| latency <= 2.2).count() >= 6,
        "{latency:?}"
    );
    // Without the limit, throughput is found where latency is high.
    place
        .altool("select candidates.csv --model t.altool -n 8 --goal best -o free.csv")
        .succeeded();
    assert_ne!(place.bytes("best.csv"), place.bytes("free.csv"));
    // A target may be improved within its own limit.
    let own = "select candidates.csv --model t.altool -n 4 --goal best \
               --limit throughput_tok_s>=100 --objectives throughput_tok_s -o own.csv";
    place.altool(own).succeeded();
    assert!(column(&place, "own.csv", "p_within_limits")[0] > 0.5);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let place = place();
    let narrow = "train measured.csv --target latency_s --learner boosted --members 3 --trees 8 \
                  --ignore throughput_tok_s,framework -o n.altool";
    place.altool(narrow).succeeded();
    let refused = [
        (
            format!("{BOTH} --limit latency_s<=1"),
            "--limit 'latency_s <= 1' is for the best row",
        ),
        (
            format!("{BOTH} --goal best --limit latenc_s<=1"),
            "did you mean 'latency_s'?",
        ),
        (
            format!("{BOTH} --goal best --limit latency_s<=fast"),
            "which is no number",
        ),
        (
            format!("{BOTH} --goal best --limit latency_s<=0"),
            "give a limit above 0",
        ),
        (
            format!("{BOTH} --strategy igs"),
            "'igs' is for one target, and there are 2",
        ),
        (
            format!("{BOTH} --goal best --strategy ucb"),
            "such as --strategy hypervolume-improvement",
        ),
        (
            format!("{BOTH} --model t.altool"),
            "two models predict 'throughput_tok_s'",
        ),
        (
            format!("{BOTH} --space leaves"),
            "leaves are those of one model",
        ),
        (format!("{BOTH} --stream"), "leave out --stream"),
        (
            "select candidates.csv --model t.altool --model n.altool".to_owned(),
            "have different features: 'framework'",
        ),
        (
            format!("{BOTH} --goal best --limit latency_s<=1 --limit throughput_tok_s>=1"),
            "none is left to improve",
        ),
        (
            "select candidates.csv --limit a<=1".to_owned(),
            "--limit needs a model",
        ),
    ];
    for (line, said) in refused {
        let run = place.altool(&format!("{line} -n 3 -o no.csv")).ended(2);
        assert!(
            run.stderr.contains(said),
            "{line}: no {said:?} in {}",
            run.stderr
        );
    }
    assert!(!place.exists("no.csv"));
}
