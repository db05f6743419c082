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
    let values = |name: &'static str| {
        let rows = front.iter();
        rows.map(move |row| row["values"][name].as_f64().unwrap())
    };
    assert!(front[0]["row"]["hardware"].is_string());
    let pairs = || values("throughput_tok_s").zip(values("latency_s"));
    for (a, b) in pairs() {
        for (c, d) in pairs() {
            assert!(!(c > a && d < b), "({a}, {b}) is beaten by ({c}, {d})");
        }
    }
    assert!(
        run.stderr.contains("expected to improve the trade-offs"),
        "{}",
        run.stderr
    );
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

#[test]
fn rows_that_are_sure_to_break_a_limit_come_last() {
    let place = Place::new();
    // Of 20 × 20 rows, those with a small memory are slow: the more memory, the faster.
    let rows = |file: &str, keep: &dyn Fn(usize, usize) -> bool| {
        let mut text = "a,b,memory,speed,quality\n".to_owned();
        for (a, b) in (0..400).map(|row| (row / 20, row % 20)) {
            if keep(a, b) {
                let (memory, speed) = (2 * a + b % 3, 10 * a + b);
                text += &format!("{a},{b},{memory},{speed},{}\n", (b * 7) % 20 + a);
            }
        }
        place.write(file, text);
    };
    rows("measured.csv", &|a, b| (a + b) % 5 == 0);
    rows("candidates.csv", &|a, b| (a + b) % 5 != 0);
    let train = |target: &str, direction: &str| {
        let others = ["memory", "speed", "quality"].into_iter();
        let ignored: Vec<&str> = others.filter(|name| *name != target).collect();
        let line = format!(
            "train measured.csv --target {target} --direction {direction} --ignore {} \
             -o {target}.altool",
            ignored.join(",")
        );
        place.altool(&line).succeeded();
    };
    train("memory", "min");
    train("speed", "max");
    train("quality", "max");
    let select = "select candidates.csv --model speed.altool --model quality.altool \
                  --model memory.altool -n 15 --goal best --limit memory<=10";
    let strategies = ["hypervolume-improvement", "thompson-hypervolume"];
    for strategy in strategies {
        let line = format!("{select} --strategy {strategy} -o b.csv");
        let run = place.altool(&line).succeeded();
        let p = column(&place, "b.csv", "p_within_limits");
        let likely = p.iter().filter(|p| **p >= 0.05).count();
        assert!(likely == 15, "{strategy}: {p:?}");
        assert!(
            run.stderr
                .contains("of 15 chosen rows are expected to be within the limits")
        );
    }
    for strategy in [
        "expected-improvement",
        "thompson",
        "ucb",
        "knowledge-gradient",
    ] {
        let line = format!("{select} --objectives speed --strategy {strategy} -o b.csv");
        place.altool(&line).succeeded();
        let p = column(&place, "b.csv", "p_within_limits");
        let likely = p.iter().filter(|p| **p >= 0.05).count();
        assert!(likely == 15, "{strategy}: {p:?}");
    }
    // What nobody meets is said.
    let none = format!(
        "{} --limit memory<=-50 -o b.csv",
        select.replace("--limit memory<=10", "")
    );
    let run = place.altool(&none).succeeded();
    let said = "no chosen row is likely to be within the limits";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let both = format!("{select} --limit memory>=20 -o b.csv");
    let run = place.altool(&both).ended(2);
    assert!(
        run.stderr
            .contains("no value of 'memory' is within all of its limits")
    );
}

#[test]
fn strategies_for_trade_offs_are_the_same_with_and_without_the_goal() {
    let place = place();
    let named = format!("{BOTH} -n 6 --strategy hypervolume-improvement -o named.csv");
    place.altool(&named).succeeded();
    place
        .altool(&format!("{BOTH} -n 6 --goal best -o best.csv"))
        .succeeded();
    assert_eq!(place.bytes("named.csv"), place.bytes("best.csv"));
    let lcmd = format!("{BOTH} -n 6 --goal best --strategy lcmd -o no.csv");
    let run = place.altool(&lcmd).ended(2);
    let remedy = "such as --strategy hypervolume-improvement";
    assert!(run.stderr.contains(remedy), "{}", run.stderr);
    let ucb = format!("{BOTH} -n 6 --strategy ucb -o no.csv");
    let run = place.altool(&ucb).ended(2);
    assert!(run.stderr.contains(remedy), "{}", run.stderr);
}

#[test]
fn a_batch_of_several_targets_is_read_again_without_its_own_columns() {
    let place = place();
    place
        .altool(&format!("{BOTH} -n 12 --goal best -o batch.csv"))
        .succeeded();
    let again = "select batch.csv --model t.altool --model l.altool -n 3 --goal best \
                 --columns rank,predicted_latency_s,batch_size -o again.csv";
    place.altool(again).succeeded();
    assert_eq!(
        place.text("again.csv").lines().next(),
        Some("rank,predicted_latency_s,batch_size")
    );
    let whole = "select batch.csv --model t.altool --model l.altool -n 3 --goal best -o whole.csv";
    place.altool(whole).succeeded();
    let head = place.text("whole.csv");
    let head = head.lines().next().unwrap();
    assert_eq!(head.matches("predicted_latency_s").count(), 1, "{head}");
}

#[test]
fn models_that_tell_rows_apart_by_another_order_of_columns_are_refused() {
    let place = place();
    let text = place.text("measured.csv");
    let turned: String = text
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells.swap(0, 1);
            cells.join(",") + "\n"
        })
        .collect();
    place.write("turned.csv", turned);
    let quick = "--learner boosted --members 3 --trees 8";
    place
        .altool(&format!(
            "train turned.csv {LATENCY} {quick} -o turned.altool"
        ))
        .succeeded();
    let line = "select candidates.csv --model t.altool --model turned.altool -n 3 -o no.csv";
    let run = place.altool(line).ended(2);
    assert!(
        run.stderr.contains("features in different orders"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_rest_names_the_target_that_would_gain_most() {
    let place = place();
    let stop = |models: &str| {
        let line = format!("select candidates.csv {models} -n 3 --min-gain 0.99 -o no.csv");
        place.altool(&line).ended(4).stderr
    };
    let one = stop("--model t.altool --model l.altool");
    let other = stop("--model l.altool --model t.altool");
    assert_eq!(one, other);
    assert!(one.contains("error reduction of "), "{one}");
}
