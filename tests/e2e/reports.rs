//! What a report says beyond the metrics of its rounds.

use crate::common::{Csv, Dice, LLM, Place, QUICK, assert_near, assert_self_contained, json};

/// Rows of three classes by where `a` lies, a tenth of them by chance.
fn classes(n: usize) -> String {
    let mut rng = Dice(7);
    let mut text = "a,b,verdict\n".to_owned();
    for _ in 0..n {
        let (a, b) = (rng.share(), rng.share());
        let named = if rng.below(10) == 0 { rng.share() } else { a };
        let class = ["pass, fast", "pass", "fail"][(3.0 * named) as usize];
        text += &format!("{a:.4},{b:.4},\"{class}\"\n");
    }
    text
}

fn with_classes() -> Place {
    let place = Place::new();
    place.write("c.csv", classes(240));
    place
        .altool(&format!("train c.csv --target verdict {QUICK} -o m.altool"))
        .succeeded();
    place
}

#[test]
fn classes_have_figures_each_that_agree_with_the_metrics() {
    let place = with_classes();
    let report = json(
        &place
            .altool("report m.altool --format json")
            .succeeded()
            .stdout,
    );
    let metrics = &report["rounds"][0]["after"];
    let names = ["fail", "pass", "pass, fast"];
    assert_eq!(
        report["confusion"]["classes"],
        serde_json::json!(names),
        "{report}"
    );
    let rows: Vec<Vec<f64>> = serde_json::from_value(report["confusion"]["rows"].clone()).unwrap();
    let total: f64 = rows.iter().flatten().sum();
    assert_eq!(Some(total), metrics["rows"].as_f64());
    let right: f64 = (0..3).map(|class| rows[class][class]).sum();
    assert_near(right / total, metrics["accuracy"].as_f64().unwrap());

    let csv = |table: &str| {
        let line = format!("report m.altool --format csv --table {table}");
        Csv::parse(&place.altool(&line).succeeded().stdout)
    };
    let figures = csv("classes");
    assert_eq!(figures.column("class"), names);
    let recall = figures.numbers("recall");
    assert_near(
        recall.iter().sum::<f64>() / 3.0,
        metrics["balanced_accuracy"].as_f64().unwrap(),
    );
    assert_eq!(figures.numbers("rows").iter().sum::<f64>(), total);
    for (at, precision) in figures.numbers("precision").into_iter().enumerate() {
        let f1 = 2.0 * precision * recall[at] / (precision + recall[at]);
        assert_near(figures.numbers("f1")[at], f1);
    }
    let pairs = csv("confusion");
    assert_eq!(pairs.numbers("rows").iter().sum::<f64>(), total);
    assert!(csv("rounds").column("kind") == ["train"]);

    let text = place
        .altool("report m.altool --format table")
        .succeeded()
        .stdout;
    assert!(
        text.contains("Confusion matrix: measured classes down"),
        "{text}"
    );
    assert!(
        text.contains("out-of-bag rows") && text.contains("F1"),
        "{text}"
    );
    place.altool("report m.altool --html m.html").succeeded();
    assert!(place.text("m.html").contains("class=\"hit\""));
}

#[test]
fn a_table_of_classes_is_refused_where_there_is_none() {
    let place = with_classes();
    let refused = |line: &str, code: i32, words: &str| {
        let run = place.altool(line);
        assert_eq!(run.code, Some(code), "{line}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{line}: {}", run.stderr);
    };
    refused(
        "report m.altool --table classes --format json",
        2,
        "give --format csv",
    );
    refused(
        "report m.altool --table classes --html m.html",
        2,
        "--table is for CSV",
    );
    place
        .altool(&format!("train c.csv --target a {QUICK} -o n.altool"))
        .succeeded();
    refused(
        "report n.altool --table classes --format csv",
        2,
        "target 'a' is a number, which has no classes; remove --table",
    );
}

/// The model of the table of language models, and one with other options on the same rows.
fn with_two(options: &str) -> Place {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    let line = format!("train measured.csv {LLM} {options} -o other.altool");
    place.altool(&line).succeeded();
    place
}

const BETTER: &str = "--learner boosted --members 10 --trees 60";

#[test]
fn two_models_are_compared_on_rows_that_both_predicted_without_themselves() {
    let place = with_two(BETTER);
    let run = place
        .altool("report model.altool other.altool --format csv")
        .succeeded();
    let table = Csv::parse(&run.stdout);
    assert_eq!(table.column("metric")[..2], ["rmse_log", "r2_log"]);
    assert_eq!(table.column("better")[0], "other.altool");
    let of = |table: &Csv, name: &str| table.column(name)[0].parse::<f64>().unwrap();
    let at = |name: &str| of(&table, name);
    assert!(at("second") < at("first") && at("difference_high") < 0.0);
    assert_near(at("difference"), at("second") - at("first"));
    assert_near(
        at("improvement_percent"),
        100.0 * (at("first") - at("second")) / at("first"),
    );
    // The order of the models turns signs around and nothing else.
    let turned = place
        .altool("report other.altool model.altool --format csv")
        .succeeded();
    let turned = Csv::parse(&turned.stdout);
    assert_near(of(&turned, "difference_low"), -at("difference_high"));
    assert_eq!(turned.column("better"), table.column("better"));
    assert_eq!(turned.column("rows"), table.column("rows"));

    let report = json(
        &place
            .altool("report model.altool other.altool --format json")
            .succeeded()
            .stdout,
    );
    assert_eq!(report["held_out"], false);
    let settings = report["settings"].to_string();
    assert!(settings.contains("Trees per member"), "{settings}");
    let text = place
        .altool("report model.altool other.altool --format table")
        .succeeded()
        .stdout;
    assert!(text.starts_with("other.altool is better: on "), "{text}");
    let run = place
        .altool("report model.altool other.altool --html two.html")
        .succeeded();
    assert!(run.stderr.contains("two.html: other.altool is better"));
    assert_self_contained(&place.text("two.html"));
}

#[test]
fn held_out_rows_of_both_are_compared_and_rows_by_what_they_share() {
    let place = with_two("--learner boosted --members 3 --trees 8 --ignore latency_s,framework");
    let compared = |first: &str, second: &str| {
        let line = format!("report {first} {second} --format json");
        json(&place.altool(&line).succeeded().stdout)
    };
    let found = compared("model.altool", "other.altool");
    let notes = found["notes"].to_string();
    assert!(notes.contains("different features or ids"), "{notes}");
    assert!(
        found["settings"].to_string().contains("framework"),
        "{found}"
    );

    // Of an updated model the rows of before are compared, unless both hold rows out.
    place
        .altool(&format!(
            "train measured.csv {LLM} {QUICK} --eval results.csv -o held.altool"
        ))
        .succeeded();
    place
        .altool(&format!(
            "train measured.csv {LLM} {BETTER} --eval results.csv -o held2.altool"
        ))
        .succeeded();
    let found = compared("held.altool", "held2.altool");
    assert_eq!(found["held_out"], true);
    assert_eq!(found["rows"], 519);
    let metrics = found["metrics"].to_string();
    assert!(metrics.contains("coverage"), "{metrics}");

    std::fs::copy(place.path("held.altool"), place.path("copy.altool")).unwrap();
    let found = compared("held.altool", "copy.altool");
    assert_eq!(found["identical"], true);
    assert_eq!(found["metrics"][0]["difference"], 0.0);
    let summary = found["summary"].as_str().unwrap();
    assert!(summary.contains("hold the same model"), "{summary}");
}

#[test]
fn models_that_cannot_be_compared_are_refused() {
    let place = with_classes();
    let train = |options: &str| {
        place
            .altool(&format!("train c.csv {QUICK} {options}"))
            .succeeded();
    };
    train("--target a -o a.altool");
    let refused = |line: &str, code: i32, words: &str| {
        let run = place.altool(line);
        assert_eq!(run.code, Some(code), "{line}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{line}: {}", run.stderr);
    };
    refused(
        "report m.altool a.altool",
        2,
        "the models predict different targets, 'verdict' and 'a'; name two models of one target",
    );
    refused("report m.altool a.altool m.altool", 2, "unexpected");
    refused(
        "report m.altool m.altool --table classes --format csv",
        2,
        "--table is for the report of one model",
    );
    place.write("late.csv", {
        let mut text = classes(500);
        let late = text.match_indices('\n').nth(240).unwrap().0;
        text.replace_range("a,b,verdict\n".len()..=late, "");
        text
    });
    place
        .altool(&format!(
            "train late.csv {QUICK} --target verdict -o late.altool"
        ))
        .succeeded();
    refused(
        "report m.altool late.altool",
        3,
        "the models have no row in common",
    );
    // Classes are compared by their names.
    train("--target verdict --seed 5 -o n.altool");
    let run = place
        .altool("report m.altool n.altool --format csv")
        .succeeded();
    assert_eq!(Csv::parse(&run.stdout).column("metric")[0], "accuracy");
}

#[test]
fn figures_carry_the_unit_of_the_name_or_the_one_that_was_said() {
    let place = Place::with_llm();
    let train = |options: &str| {
        let line = format!(
            "train measured.csv --target throughput_tok_s --direction max --ignore latency_s \
             {QUICK} {options} -o m.altool"
        );
        place.altool(&line).succeeded();
    };
    let report = |options: &str| {
        let line = format!("report m.altool {options}");
        place.altool(&line).succeeded().stdout
    };
    train("");
    let text = report("--format table");
    assert!(text.contains("RMSE, tok/s"), "{text}");
    assert!(
        text.split("\n\n").next().unwrap().ends_with("tok/s."),
        "{text}"
    );
    assert!(report("--format table --unit t/s").contains("RMSE, t/s"));
    place
        .altool("select candidates.csv --model m.altool -n 5 -o b.csv --explain b.html")
        .succeeded();
    assert!(place.text("b.html").contains("Predicted, tok&#x2f;s"));

    // It is remembered, and a unit too long to stand anywhere is refused.
    train("--unit tokens/s");
    assert_eq!(json(&report("--format json"))["head"]["unit"], "tokens/s");
    report("--html m.html");
    let page = place.text("m.html");
    assert!(page.contains("measured throughput_tok_s, tokens/s"));
    let run = place.altool("report m.altool --unit millions-of-tokens");
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("at most 12 letters"), "{}", run.stderr);

    // Errors of a logarithm are factors, with no unit.
    train("--log-target");
    let text = report("--format table");
    let line = text.lines().find(|line| line.starts_with("Log-scale RMSE"));
    assert!(line.unwrap().contains("a factor of 1."), "{text}");
    assert!(!line.unwrap().contains("tok/s"), "{text}");

    // Bounds of regions have no digits that nobody measured.
    assert!(!page.contains("00000000"), "{page}");
}

#[test]
fn the_unit_of_a_length_of_time_is_that_of_its_numbers() {
    let place = Place::new();
    let rows: String = (0..40)
        .map(|row| format!("{row},{} ms\n", 10 + row % 7))
        .collect();
    place.write("t.csv", format!("size,run\n{rows}"));
    let train = format!("train t.csv --target run {QUICK} -o m.altool");
    let run = place.altool(&format!("{train} --unit s"));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let words = "which are read in ms, not in 's'; remove --unit";
    assert!(run.stderr.contains(words), "{}", run.stderr);
    place.altool(&train).succeeded();
    let shown = place.altool("report m.altool --format json").succeeded();
    assert_eq!(json(&shown.stdout)["head"]["unit"], "ms");
}
