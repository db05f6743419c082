//! What is said is so: messages that were true of another case than the one at hand.

use crate::common::{Csv, Dice, LLM, Place, QUICK, json};

/// Rows of some machines, on each of which the time grows with the size.
fn machines(names: &[&str], rows: u32) -> String {
    let mut dice = Dice(rows.into());
    let line = |row: u32| {
        let name = names[row as usize % names.len()];
        let size = 13.0 * dice.share();
        let ms = size + name.len() as f64 + 0.1 * dice.share();
        format!("{name},{size:.3},{ms:.3}\n")
    };
    let lines: String = (0..rows).map(line).collect();
    format!("machine,size,ms\n{lines}")
}

#[test]
fn categories_that_were_measured_since_the_fit_are_not_called_unmeasured() {
    let place = Place::new();
    place.write("r.csv", machines(&["a", "bb"], 60));
    place.write("new.csv", machines(&["cccc"], 12));
    place.write("c.csv", "machine,size\ncccc,3\nnever,4\na,5\n");
    let train = |options: &str| {
        let line = format!("train r.csv --target ms {QUICK} {options} -o m.altool");
        place.altool(&line).succeeded();
    };
    let scored = || {
        let run = place.altool("score c.csv --model m.altool -o s.csv");
        run.succeeded().stderr
    };
    train("");
    place.altool("update new.csv --model m.altool").succeeded();
    let said = scored();
    assert!(
        said.contains(
            "column 'machine' holds 'cccc', measured since the last fit: these rows count as \
             unknown and are more uncertain until an update with --refit"
        ),
        "{said}"
    );
    assert!(said.contains("holds 'never', never measured: "), "{said}");
    place.altool("update --refit --model m.altool").succeeded();
    let said = scored();
    assert!(!said.contains("cccc"), "{said}");
    // What is only evaluated on was measured, too.
    train("--eval new.csv");
    let said = scored();
    let words = "holds 'cccc', measured but not learned from: ";
    assert!(said.contains(words), "{said}");
}

#[test]
fn intervals_that_cover_too_few_new_rows_are_told_of() {
    let place = Place::new();
    place.write("r.csv", machines(&["a", "bb"], 200));
    // Slower than anything known, at known settings.
    let slow: String = (0..30)
        .map(|row| format!("a,{:.1},{}\n", 0.4 * f64::from(row), 40 + row))
        .collect();
    place.write("slow.csv", format!("machine,size,ms\n{slow}"));
    place.write("like.csv", machines(&["a", "bb"], 40));
    let train = format!("train r.csv --target ms {QUICK} -o m.altool");
    place.altool(&train).succeeded();
    let run = place.altool("update slow.csv --model m.altool").succeeded();
    let words = "intervals stated to cover 80 % of measurements covered 0 of the 30 new ones (0 %)";
    assert!(run.stderr.contains(words), "{}", run.stderr);
    let report = place.altool("report m.altool --format table").succeeded();
    let told = report.stdout.replace('\n', " ");
    assert!(
        told.contains("Of the 30 new rows of the last update, 0") && told.contains("too narrow"),
        "{told}"
    );
    // Rows like those that are known are covered.
    place.altool(&train).succeeded();
    let run = place.altool("update like.csv --model m.altool").succeeded();
    assert!(!run.stderr.contains("too narrow"), "{}", run.stderr);
}

/// The mean of a 0 and a 1 is no class, but the target is of classes.
#[test]
fn targets_of_two_values_may_be_classes_though_some_rows_were_measured_twice() {
    let place = Place::new();
    let rows: String = (0..60)
        .map(|row| format!("{},{}\n", row % 25, row % 2))
        .collect();
    place.write("r.csv", format!("size,works\n{rows}"));
    let run = place
        .altool(&format!("train r.csv --target works {QUICK} -o m.altool"))
        .succeeded();
    assert!(
        run.stderr.contains(
            "the target 'works' has 2 values only, 0, 1: if they are classes, give --task \
             classification"
        ),
        "{}",
        run.stderr
    );
}

#[test]
fn without_a_new_candidate_nothing_is_compared_with_candidates() {
    let place = Place::new();
    let mut dice = Dice(4);
    let mut rows = String::new();
    for row in 0..40 {
        for _ in 0..3 {
            rows += &format!("{row},{:.3}\n", f64::from(row) + 8.0 * dice.share());
        }
    }
    place.write("r.csv", format!("size,ms\n{rows}"));
    place
        .altool(&format!("train r.csv --target ms {QUICK} -o m.altool"))
        .succeeded();
    let run = place.altool("select r.csv --model m.altool -n 4").ended(4);
    assert!(!run.stderr.contains("noisier"), "{}", run.stderr);
    assert!(
        run.stderr.contains(
            "measured rows may be re-measured instead: give --repeats 4 for the noisiest"
        ),
        "{}",
        run.stderr
    );
}

/// Reasons and reports have the unit of the target, in whatever way it is known.
#[test]
fn reasons_and_comparisons_carry_the_unit() {
    let place = Place::with_llm();
    let line =
        "train measured.csv --target throughput_tok_s --ignore latency_s --members 3 --trees 8";
    for (name, learner) in [("a", "boosted"), ("b", "linear")] {
        let line = format!("{line} --learner {learner} -o {name}.altool");
        place.altool(&line).succeeded();
    }
    place
        .altool("select candidates.csv --model a.altool -n 5 -o b.csv")
        .succeeded();
    for reason in place.csv("b.csv").column("reason") {
        let told = reason.starts_with("predicted ")
            && reason.contains(" tok/s with a standard deviation of ")
            && reason.matches(" tok/s").count() == 2;
        assert!(told, "{reason}");
    }
    let run = place
        .altool("report a.altool b.altool --unit t/s --format table")
        .succeeded();
    assert!(run.stdout.contains("RMSE, t/s"), "{}", run.stdout);
}

/// Whether an update improved the model is told as a fact only if its interval says so.
#[test]
fn a_report_tells_what_may_be_chance() {
    let place = Place::new();
    place.write("r.csv", machines(&["a", "bb"], 120));
    place.write("new.csv", machines(&["a", "bb"], 121));
    place
        .altool(&format!("train r.csv --target ms {QUICK} -o m.altool"))
        .succeeded();
    place.altool("update new.csv --model m.altool").succeeded();
    let report = place.altool("report m.altool --format json").succeeded();
    let report = json(&report.stdout);
    let change = &report["rounds"][1]["change"];
    let end = |name: &str| change[name].as_f64().unwrap();
    let (low, mean, high) = (end("low"), end("mean"), end("high"));
    let metric = |when: &str| report["rounds"][1][when]["rmse"].as_f64().unwrap();
    assert!(
        (mean - (metric("after") - metric("before"))).abs() < 1e-9,
        "{change}"
    );
    assert!(low < mean && mean < high, "{change}");
    let summary = report["summary"].as_str().unwrap();
    let is_chance = low <= 0.0 && high >= 0.0;
    assert_eq!(summary.contains("may be chance"), is_chance, "{summary}");
}

/// A model that was trained with groups says how it is judged, in every form of the report.
#[test]
fn a_report_says_that_it_is_judged_by_groups() {
    let place = Place::new();
    place.write("r.csv", machines(&["a", "bb", "ccc", "dddd", "eeeee"], 100));
    for (options, words) in [
        (
            "",
            "metrics are out of bag by groups of the column 'machine'",
        ),
        (
            "--holdout 0.4",
            "Rows were held out by groups of the column 'machine'",
        ),
    ] {
        place
            .altool(&format!(
                "train r.csv --target ms --group machine {QUICK} {options} -o m.altool"
            ))
            .succeeded();
        let table = place.altool("report m.altool --format table").succeeded();
        assert!(
            table.stdout.replace('\n', " ").contains(words),
            "{}",
            table.stdout
        );
        let report = place.altool("report m.altool --format json").succeeded();
        assert_eq!(json(&report.stdout)["head"]["group"], "machine");
        place.altool("report m.altool --html m.html").succeeded();
        let page = place.text("m.html");
        assert!(page.contains(&words.replace('\'', "&#x27;")), "{page}");
    }
}

/// What a cell holds is shown in a report as everywhere else.
#[test]
fn control_characters_are_shown_in_reports() {
    let place = Place::new();
    place.write("r.csv", machines(&["\u{1b}[31mred", "b\u{9b}2J"], 80));
    place
        .altool(&format!(
            "train r.csv --target machine --task classification {QUICK} -o m.altool"
        ))
        .succeeded();
    let report = place.altool("report m.altool --format table").succeeded();
    assert!(
        report.stdout.contains("\\x1b[31mred") && report.stdout.contains("b\\x9b2J"),
        "{}",
        report.stdout
    );
    let refused = place
        .altool_words(&["train", "r.csv", "--\u{9b}2J"])
        .ended(2);
    assert!(
        refused.stderr.contains("'--\\x9b2J'") && !refused.stderr.contains('\u{9b}'),
        "{:?}",
        refused.stderr
    );
}

/// Programs that read CSV get a text as one cell.
#[test]
fn csv_of_a_strategy_has_a_row_per_text() {
    let place = Place::new();
    for line in ["strategies lcmd", "learners auto"] {
        let run = place.altool(&format!("{line} --format csv")).succeeded();
        let table = Csv::parse(&run.stdout);
        let names = table.column("name");
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(names.len(), once.len(), "{names:?}");
    }
}

#[test]
fn usage_errors_are_json_with_a_message_and_a_remedy() {
    let place = Place::with_llm();
    let said = |line: &str| {
        let run = place.altool(&format!("{line} --log-format json")).ended(2);
        json(run.stderr.lines().last().unwrap())
    };
    let typed = said("report m.altool --formt csv");
    let message = "unexpected argument '--formt' found; a similar argument exists: '--format'";
    assert_eq!(typed["error"], message);
    assert_eq!(typed["remedy"], "a similar argument exists: '--format'");
    assert!(
        typed["usage"]
            .as_str()
            .unwrap()
            .starts_with("altool report ")
    );
    let meant = said(&format!(
        "train measured.csv {LLM} --holdout-by throughput_tok_s -o m.altool"
    ));
    assert_eq!(meant["remedy"], "name another column");
    let error = meant["error"].as_str().unwrap();
    assert!(
        error.contains("--holdout-by COL names the target"),
        "{error}"
    );
}
