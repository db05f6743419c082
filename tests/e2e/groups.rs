//! Rows that belong together, and rows that came later.

use crate::common::{Dice, Place, json};

/// Forty runs of ten rows, one a day from 2026-01-01 on: a run is told by its temperature
/// and has an effect of its own that no feature tells.
fn runs(from: u32) -> String {
    let mut rng = Dice(u64::from(from) + 1);
    let mut text = "run,day,temp,size,ms\n".to_owned();
    for run in from..from + 40 {
        let (effect, temp) = (8.0 * rng.share(), 20.0 + 40.0 * rng.share());
        let (month, day) = (1 + (run % 40) / 28, 1 + (run % 40) % 28);
        for size in (16..176).step_by(16) {
            let ms = 20.0 + 0.05 * f64::from(size) + effect + 0.2 * rng.share();
            text += &format!("r{run},2026-{month:02}-{day:02},{temp:.2},{size},{ms:.4}\n");
        }
    }
    text
}

const QUICK: &str = "--target ms --learner boosted --members 20 --trees 30 --format json";

#[test]
fn groups_tell_beforehand_how_new_groups_will_be_predicted() {
    let place = Place::new();
    place.write("r.csv", runs(0));
    place.write("later.csv", runs(100));
    let trained = |options: &str| {
        let line = format!("train r.csv {QUICK} -o m.altool {options}");
        json(&place.altool(&line).succeeded().stdout)
    };
    let told = |options: &str| {
        let (before, after) = (
            trained(options),
            trained(&format!("{options} --eval later.csv")),
        );
        let of = |value: &serde_json::Value, name: &str| value[name].as_f64().unwrap();
        (
            of(&before, "rmse") / of(&after, "rmse"),
            of(&after, "coverage"),
        )
    };
    let (ratio, coverage) = told("--ignore run,day");
    assert!(ratio < 0.65 && coverage < 0.55, "{ratio} {coverage}");
    let (ratio, coverage) = told("--ignore day --group run");
    assert!(
        (0.7..1.3).contains(&ratio) && coverage > 0.65,
        "{ratio} {coverage}"
    );
    let summary = trained("--ignore day --group run");
    assert_eq!(summary["features"], serde_json::json!(["temp", "size"]));
    let metrics = summary["metrics"].as_str().unwrap();
    assert!(
        metrics.starts_with("out of bag by groups of the column 'run'"),
        "{metrics}"
    );
    // The model knows its groups: results need the column, and rows of a known group
    // stay with it.
    place.write("new.csv", "run,temp,size,ms\nr3,31,16,25\nr500,31,32,26\n");
    place.altool("update new.csv --model m.altool").succeeded();
    place.write("none.csv", "temp,size,ms\n31,64,25\n");
    let run = place.altool("update none.csv --model m.altool").ended(3);
    assert!(run.stderr.contains("'run'"), "{}", run.stderr);
    let shown = place
        .altool("inspect m.altool --format csv")
        .succeeded()
        .stdout;
    assert!(shown.contains("\ngroup,run\n"), "{shown}");
}

#[test]
fn rows_are_held_out_by_the_values_of_a_column() {
    let place = Place::new();
    place.write("r.csv", runs(0));
    let train = |options: &str| {
        place.altool(&format!(
            "train r.csv {QUICK} -o m.altool --ignore run,day {options}"
        ))
    };
    let held = |options: &str| {
        let summary = json(&train(options).succeeded().stdout);
        summary["evaluation_rows"].as_u64().unwrap()
    };
    // Whole runs of ten rows: a fifth of forty, or as many as are asked for.
    assert_eq!(held("--holdout-by run"), 80);
    assert_eq!(held("--holdout-by run --holdout 0.5"), 200);
    // Which ones is said, and that the target is none of them.
    let summary = json(&train("--holdout-by run").succeeded().stdout);
    let values = summary["held_out"]["values"].as_array().unwrap();
    assert_eq!((values.len(), &summary["held_out"]["of"]), (8, &40.into()));
    let first = values[0].as_str().unwrap();
    let line = "train r.csv --target ms --learner linear -o m.altool --ignore run,day --format csv \
                --holdout-by run";
    let told = place.altool(line).succeeded().stdout;
    assert!(
        told.contains(&format!("held_out,\"run = {first}, ")) && told.contains(" (8 of 40 values)"),
        "{told}"
    );
    let told = place
        .altool(&format!("{line} --holdout 0.5"))
        .succeeded()
        .stdout;
    assert!(told.contains(" and 12 more (20 of 40 values)"), "{told}");
    for by in ["--holdout-by ms", "--group ms"] {
        let run = train(by).ended(2);
        assert!(
            run.stderr.contains("names the target 'ms'"),
            "{}",
            run.stderr
        );
    }
    assert_eq!(held("--eval-after day=2026-02-02"), 100);
    // Seven of ten sizes are above 48.
    assert_eq!(held("--eval-after size=48"), 280);
    for (options, code, said) in [
        (
            "--eval-after day=2027-01-01",
            3,
            "no row has a 'day' above 2027-01-01",
        ),
        (
            "--eval-after day=2025-01-01",
            3,
            "none is left to learn from",
        ),
        (
            "--eval-after run=r3",
            3,
            "'r3' has no order among the values of 'run'",
        ),
        ("--eval-after size=big", 3, "has numbers, and 'big' is none"),
        ("--eval-after hour=3", 3, "'hour'"),
        ("--holdout-by hour", 3, "'hour'"),
        (
            "--eval-after day=2026-02-01 --eval r.csv",
            2,
            "both say what to evaluate on",
        ),
    ] {
        let run = train(options).ended(code);
        assert!(run.stderr.contains(said), "{options}: {}", run.stderr);
    }
    place.write("one.csv", "run,size,ms\na,1,2\na,2,3\na,3,4\n");
    let run = place
        .altool("train one.csv --target ms --group run -o n.altool")
        .ended(3);
    assert!(
        run.stderr.contains("every row has the same 'run'"),
        "{}",
        run.stderr
    );
    place.write("gap.csv", "run,size,ms\na,1,2\n,2,3\nb,3,4\n");
    let run = place
        .altool("train gap.csv --target ms --group run -o n.altool")
        .ended(3);
    assert!(run.stderr.contains("gap.csv, line 3"), "{}", run.stderr);
    assert!(!place.exists("n.altool"));
}

#[test]
fn a_replay_tests_on_whole_groups_and_on_later_rows() {
    let place = Place::new();
    place.write("r.csv", runs(0));
    let error = |options: &str| {
        let line = format!(
            "simulate r.csv --target ms --ignore day,run --members 3 --trees 20 --initial 60 \
             --batch 20 --rounds 2 --repeats 3 -o c.csv {options}"
        );
        place.altool(&line).succeeded();
        let errors = place.csv("c.csv").numbers("error");
        errors.iter().sum::<f64>() / errors.len() as f64
    };
    let (single, whole) = (error(""), error("--holdout-by run"));
    assert!(whole > 1.1 * single, "{single} {whole}");
    let grouped = error("--group run");
    assert!(grouped > 1.1 * single, "{single} {grouped}");
    let later = error("--eval-after size=80");
    assert!(later > 1.1 * single, "{single} {later}");
}

/// Runs of one plan measure the same configurations, which are no repeats of each other.
#[test]
fn runs_of_one_plan_stay_apart() {
    let place = Place::new();
    let mut rng = Dice(5);
    let mut text = "run,size,ms\n".to_owned();
    for run in 0..12 {
        let effect = 8.0 * rng.share();
        for size in 1..21 {
            text += &format!(
                "r{run},{size},{:.3}\n",
                f64::from(size) + effect + rng.share()
            );
        }
    }
    place.write("plan.csv", text);
    for options in ["--holdout-by run --ignore run", "--group run"] {
        let line = format!("train plan.csv {QUICK} {options} -o m.altool");
        let run = place.altool(&line).succeeded();
        let summary = json(&run.stdout);
        let rows = summary["training_rows"].as_u64().unwrap();
        let held = summary["evaluation_rows"].as_u64().unwrap();
        match options {
            "--group run" => assert_eq!((rows, held), (240, 0)),
            // Runs that are learned from are repeats of one another there.
            _ => assert_eq!(held, 40),
        }
        // About the spread of the runs' effects, 8/√12.
        let error = summary["rmse"].as_f64().unwrap();
        assert!((1.5..4.0).contains(&error), "{options}: {error}");
    }
    // What is judged by groups is not compared with what is judged row by row.
    place.write("own.csv", runs(0));
    for (model, options) in [
        ("rows", "--ignore run,day"),
        ("whole", "--ignore day --group run"),
    ] {
        let line = format!("train own.csv {QUICK} {options} -o {model}.altool");
        place.altool(&line).succeeded();
    }
    let run = place.altool("report rows.altool whole.altool").ended(2);
    assert!(
        run.stderr
            .contains("row by row, the other by groups of the column 'run'"),
        "{}",
        run.stderr
    );
    // A new run of the plan is new, and told as that.
    place.write("more.csv", "run,size,ms\nr90,3,5\nr90,4,6\n");
    let run = place
        .altool("update more.csv --model m.altool --format json")
        .succeeded();
    assert!(!run.stderr.contains("measured again"), "{}", run.stderr);
    let told = json(&run.stdout);
    assert_eq!(told["prequential_rows"], 2);
    assert!(
        told["rmse_before"].is_f64() && told["rmse_after"].is_f64(),
        "{told}"
    );
}

/// New rows of what is held out whole stay out.
#[test]
fn new_rows_of_held_out_values_are_not_learned_from() {
    let place = Place::new();
    place.write("r.csv", runs(0));
    let new: String = (0..40)
        .map(|run| format!("r{run},2026-02-03,{}.5,7,11\n", 20 + run))
        .collect();
    place.write("new.csv", format!("run,day,temp,size,ms\n{new}"));
    for options in [
        "--holdout-by run --ignore run,day",
        "--holdout 0.2 --group run --ignore day",
    ] {
        let line = format!("train r.csv {QUICK} {options} -o m.altool");
        place.altool(&line).succeeded();
        let run = place.altool("update new.csv --model m.altool --format json");
        let run = run.succeeded();
        let told = json(&run.stdout);
        assert_eq!(told["rows_added"], 32, "{options}");
        assert_eq!(told["rows_skipped"], 8, "{options}");
        let said = "as their values of 'run' are held out for evaluation: 8 rows";
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    // The mean of whole groups is no better guess than one of others.
    let line = "train r.csv --target ms --group run --ignore day --learner constant -o c.altool";
    let run = place.altool(&format!("{line} --format json")).succeeded();
    let r2 = json(&run.stdout)["r2"].as_f64().unwrap();
    assert!((-0.5..-0.005).contains(&r2), "{r2}");
    // A measurement that failed is none above a value.
    place.write("f.csv", "x,day,status,ms\n1,1,ok,5\n2,1,ok,6\n3,2,bad,\n");
    let run = place
        .altool("train f.csv --target ms --status status --ok ok --eval-after day=1 -o f.altool")
        .ended(3);
    let said = "no row that worked has a 'day' above 1";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    // Which rows these are cannot be told without the column.
    let line = format!("train r.csv {QUICK} --holdout-by run --ignore run,day -o m.altool");
    place.altool(&line).succeeded();
    place.write("bare.csv", "temp,size,ms\n31.5,7,11\n");
    let run = place.altool("update bare.csv --model m.altool").succeeded();
    assert!(
        run.stderr.contains("there is no column 'run'"),
        "{}",
        run.stderr
    );
}
