//! `--learner auto` and `--learner gp` through the whole loop.

use crate::common::Place;

/// Rows on which both take a blink.
fn place() -> Place {
    let place = Place::new();
    let mut measured = String::from("batch,gpu,ms\n");
    let mut candidates = String::from("batch,gpu\n");
    for batch in 1..=24 {
        for (gpu, factor) in [("a100", 1.0), ("w6600", 2.5)] {
            let ms = factor * (1.0 + f64::from(batch) / 4.0).sqrt();
            match batch % 3 {
                0 => candidates.push_str(&format!("{batch},{gpu}\n")),
                _ => measured.push_str(&format!("{batch},{gpu},{ms}\n")),
            }
        }
    }
    place.write("measured.csv", measured);
    place.write("candidates.csv", candidates);
    place.write("new.csv", "batch,gpu,ms\n3,a100,1.3228\n6,w6600,3.9528\n");
    place
}

#[test]
fn a_stack_goes_through_the_loop() {
    let place = place();
    let train = "train measured.csv --target ms --direction min --learner auto --holdout 0";
    for threads in [1, 3] {
        let line = format!("{train} --threads {threads} -o {threads}.altool --format csv");
        let run = place.altool(&line).succeeded();
        let weights = run
            .stdout
            .lines()
            .find(|line| line.starts_with("learner_weights,"));
        let weights = weights.expect("the weights of the learners");
        assert!(
            weights.contains("boosted") && weights.contains("gp"),
            "{weights}"
        );
    }
    assert!(place.bytes("1.altool") == place.bytes("3.altool"));
    place
        .altool("score candidates.csv --model 1.altool -o scored.csv")
        .succeeded();
    let scored = place.csv("scored.csv");
    for (batch, (gpu, found)) in scored.numbers("batch").into_iter().zip(
        scored
            .texts("gpu")
            .into_iter()
            .zip(scored.numbers("prediction")),
    ) {
        let factor = if gpu == "a100" { 1.0 } else { 2.5 };
        let truth = factor * (1.0 + batch / 4.0).sqrt();
        assert!(
            (found / truth - 1.0).abs() < 0.1,
            "{batch} {gpu}: {found}, {truth}"
        );
    }
    for strategy in ["lcmd", "emcm", "expected-improvement", "thompson"] {
        let line = format!("select candidates.csv --model 1.altool -n 3 --strategy {strategy}");
        place.altool(&line).succeeded();
    }
    place
        .altool("update new.csv --model 1.altool --format json")
        .succeeded();
    let inspected = place.altool("inspect 1.altool --format csv").succeeded();
    assert!(
        inspected.stdout.contains("learner_weights,"),
        "{}",
        inspected.stdout
    );
}

#[test]
fn a_gaussian_process_goes_through_the_loop() {
    let place = place();
    place
        .altool("train measured.csv --target ms --learner gp --holdout 0.2 -o m.altool")
        .succeeded();
    place
        .altool("score candidates.csv --model m.altool -o scored.csv")
        .succeeded();
    let run = place.altool("update new.csv --model m.altool").succeeded();
    assert!(
        run.stderr
            .contains("learner 'gp' cannot be continued: the model is re-fitted")
    );
    let many: String = (0..5001)
        .map(|row| format!("{row},{}\n", row % 7))
        .collect();
    place.write("many.csv", format!("x,y\n{many}"));
    let run = place
        .altool("train many.csv --target y --learner gp --holdout 0 -o n.altool")
        .ended(2);
    let said = "learner 'gp' takes at most 5000 rows, and there are 5001; use boosted";
    assert!(run.stderr.contains(said), "{}", run.stderr);
}

#[test]
fn without_rows_set_aside_metrics_are_out_of_bag() {
    let place = place();
    for learner in ["boosted", "gp", "auto"] {
        let line = format!(
            "train measured.csv --target ms --learner {learner} --holdout 0 -o m.altool --format csv"
        );
        let run = place.altool(&line).succeeded();
        assert!(run.stdout.contains("evaluation_rows,0\n"), "{}", run.stdout);
        let metrics = run.stdout.lines().find(|line| line.starts_with("metrics,"));
        let metrics = metrics.expect("what the metrics are measured on");
        assert!(metrics.contains("out of bag"), "{metrics}");
        let rmse = run
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("rmse,"));
        let rmse: f64 = rmse.expect("an error").parse().unwrap();
        assert!(rmse > 0.0 && rmse < 2.0, "{learner}: {rmse}");
        // The error on rows that were never seen is not far from it.
        place.write("truth.csv", truth());
        let line = format!(
            "train measured.csv --target ms --learner {learner} --eval truth.csv -o e.altool --format csv"
        );
        let run = place.altool(&line).succeeded();
        let seen = run
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("rmse,"));
        let seen: f64 = seen.expect("an error").parse().unwrap();
        assert!(
            seen < 3.0 * rmse && rmse < 6.0 * seen,
            "{learner}: {rmse} {seen}"
        );
        let run = place
            .altool("update new.csv --model m.altool --format json")
            .succeeded();
        let told = crate::common::json(&run.stdout);
        // Before and after on the same rows: those known, and the two that neither had seen.
        assert!(told["out_of_bag_rows"].as_u64() <= Some(34), "{told}");
        assert!(
            told["rmse_before"].is_f64() && told["rmse_after"].is_f64(),
            "{told}"
        );
        let report = place.altool("report m.altool --format json").succeeded();
        assert!(
            report.stdout.contains("metrics are out of bag"),
            "{}",
            report.stdout
        );
    }
}

/// What the candidates measure.
fn truth() -> String {
    let mut text = String::from("batch,gpu,ms\n");
    for batch in (3..=24).step_by(3) {
        for (gpu, factor) in [("a100", 1.0), ("w6600", 2.5)] {
            let ms = factor * (1.0 + f64::from(batch) / 4.0).sqrt();
            text.push_str(&format!("{batch},{gpu},{ms}\n"));
        }
    }
    text
}

/// Of a process the importance of a feature is how much predictions move with it.
#[test]
fn features_of_a_process_are_as_important_as_they_are() {
    let place = Place::new();
    let rows: String = (0..60)
        .map(|row| {
            let (a, b, c) = (row % 7, row * 3 % 11, row * 5 % 13);
            format!("{a},{b},{c},{}\n", 10 * a + 2 * b)
        })
        .collect();
    place.write("m.csv", format!("a,b,c,y\n{rows}"));
    place
        .altool("train m.csv --target y --learner gp -o m.altool")
        .succeeded();
    let told = place.altool("inspect m.altool --format json").succeeded();
    let features = &crate::common::json(&told.stdout)["features"];
    let share = |at: usize| features[at]["importance"].as_f64().unwrap();
    assert!(
        share(0) > 2.0 * share(1) && share(1) > 2.0 * share(2),
        "{features}"
    );
}
