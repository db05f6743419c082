//! The loop end to end, as a user meets it: files in, files out, on the real
//! tables of `fixtures/`.

mod jobs;
mod same;

use std::collections::{BTreeSet, HashMap};

use crate::common::{COLUMNS, Csv, Place, QUICK, described, fixture, json, set};

/// Looks a batch up in `results.csv`, as a benchmark would measure it.
fn measure(place: &Place, batch: &str, new: &str) {
    let results = place.csv("results.csv");
    let mut found: HashMap<Vec<String>, usize> = HashMap::new();
    for (row, values) in described(&results, &COLUMNS).into_iter().enumerate() {
        found.entry(values).or_insert(row);
    }
    let mut text = results.names.join(",") + "\n";
    for values in described(&place.csv(batch), &COLUMNS) {
        text.push_str(&(results.rows[found[&values]].join(",") + "\n"));
    }
    place.write(new, text);
}

#[track_caller]
fn assert_near(found: f64, expected: f64) {
    let tolerance = 1e-9 * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} is not {expected}"
    );
}

#[test]
fn the_loop_trains_chooses_learns_and_reports() {
    let place = Place::with_llm();
    let trained = place.train_llm("--learner boosted --holdout 0.2");
    assert!(trained.value("r2_log") > 0.97);
    assert_eq!(trained.value("evaluation_rows"), 102.0);
    scores_are_sound(&place);

    let mut rmse = Vec::new();
    let mut chosen = BTreeSet::new();
    for round in 1..=2 {
        let batch = format!("batch-{round}.csv");
        let rows = ten_chosen(&place, &batch);
        assert!(rows.is_disjoint(&chosen), "no row that is in the model");
        chosen.extend(rows);
        measure(&place, &batch, "new.csv");
        rmse.extend(updated(&place));
    }
    assert_eq!(rmse[1], rmse[2], "one round begins where the other ended");
    assert!(
        rmse[3] < 1.1 * rmse[0],
        "twenty rows more do no harm: {rmse:?}"
    );

    let report = |options: &str| {
        let line = format!("report model.altool {options}");
        place.altool(&line).succeeded().stdout
    };
    for format in ["json", "table"] {
        let text = report(&format!("--format {format}"));
        assert!(text.contains("tonight"), "{text}");
    }
    let rounds = Csv::parse(&report("--format csv"));
    assert_eq!(rounds.rows.len(), 3, "{rounds:?}");
    report("--html report.html");
    assert_self_contained(&place.text("report.html"));

    let inspected = place.altool("inspect model.altool --format json");
    let inspected = json(&inspected.succeeded().stdout);
    assert_eq!(inspected["summary"]["training_rows"], 346);
    assert_eq!(inspected["rounds"].as_array().unwrap().len(), 3);
    assert_eq!(inspected["ingested"].as_array().unwrap().len(), 3);
}

#[test]
fn every_row_is_learned_from_and_new_ones_are_predicted_first() {
    let place = Place::with_llm();
    let trained = place.train_llm("");
    assert_eq!(trained.value("training_rows"), 510.0);
    assert!(trained.stdout.contains("out of bag, of 50"));
    let known = trained.value("rmse_log");
    let updated = place
        .altool("update results.csv --model model.altool --format json")
        .succeeded();
    let updated = json(&updated.stdout);
    let number = |name: &str| updated[name].as_f64().unwrap();
    // What was said of the results before they were there: honest, and no better than
    // what is said of them once they are known.
    assert_eq!(number("prequential_rows"), 519.0);
    let foretold = number("rmse_log_prequential");
    assert!(
        foretold > 0.5 * known && foretold < 2.0 * known,
        "{foretold} {known}"
    );
    let covered = number("coverage_prequential");
    assert!((0.7..0.9).contains(&covered), "{covered}");
    let before = number("rmse_log_before");
    assert!((before / known - 1.0).abs() < 0.05, "{before} {known}");
    // 1029 rows are twice as many: the learners are weighted anew.
    assert_eq!(updated["refitted"], true);
    assert!(number("rmse_log_after") < known);
    let report = place.altool("report model.altool --format csv").succeeded();
    let rounds = Csv::parse(&report.stdout);
    assert_eq!(
        rounds.column("rmse_log_prequential")[1],
        foretold.to_string()
    );
}

/// What `score` adds to the candidates.
fn scores_are_sound(place: &Place) {
    place
        .altool("score candidates.csv --model model.altool -o scored.csv")
        .succeeded();
    let candidates = place.csv("candidates.csv");
    let scored = place.csv("scored.csv");
    assert_eq!(scored.names[..6], candidates.names);
    assert_eq!(
        scored.names[6..],
        [
            "prediction",
            "ensemble_variance",
            "interval_low",
            "interval_high",
            "interval_width",
            "distance",
            "uncertainty",
            "beyond_range",
            "expected_model_change",
            "entropy_reduction",
            "mutual_information",
            "information_gain",
            "feasible",
            "score"
        ]
    );
    assert_eq!(
        described(&scored, &COLUMNS),
        described(&candidates, &COLUMNS)
    );
    for name in ["ensemble_variance", "distance", "interval_width"] {
        assert!(
            scored
                .numbers(name)
                .iter()
                .all(|&v| v.is_finite() && v >= 0.0),
            "{name}"
        );
    }
    let uncertainty = scored.numbers("uncertainty");
    assert!(uncertainty.iter().all(|u| (0.0..=1.0).contains(u)));
}

/// Chooses ten candidates; which.
fn ten_chosen(place: &Place, batch: &str) -> BTreeSet<Vec<String>> {
    let line = format!("select candidates.csv --model model.altool -n 10 -o {batch}");
    place.altool(&line).succeeded();
    let (table, candidates) = (place.csv(batch), place.csv("candidates.csv"));
    assert_eq!(table.names[..3], ["rank", "score", "reason"]);
    assert_eq!(table.names[3..], candidates.names);
    let ranks: Vec<f64> = (1..=10).map(f64::from).collect();
    assert_eq!(table.numbers("rank"), ranks);
    let reasons = table.column("reason");
    assert!(reasons.iter().all(|reason| reason.contains("measured")));
    let rows = set(&described(&table, &COLUMNS));
    assert_eq!(rows.len(), 10, "no row twice");
    assert!(rows.is_subset(&set(&described(&candidates, &COLUMNS))));
    rows
}

/// Takes ten results in; the error before and after.
fn updated(place: &Place) -> [f64; 2] {
    let updated = place
        .altool("update new.csv --model model.altool --at tonight")
        .succeeded();
    assert_eq!(updated.value("rows_added"), 10.0);
    let (before, after) = (
        updated.value("rmse_log_before"),
        updated.value("rmse_log_after"),
    );
    let gain = 100.0 * (before - after) / before;
    assert_near(updated.value("rmse_log_improvement_percent"), gain);
    let (r2_before, r2_after) = (updated.value("r2_before"), updated.value("r2_after"));
    let gain = 100.0 * (r2_after - r2_before) / (1.0 - r2_before);
    assert_near(updated.value("r2_improvement_percent"), gain);
    [before, after]
}

/// The page asks nothing of the network and shows its charts.
fn assert_self_contained(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert!(page.contains("<svg"));
    // The name of the language of drawings is no address.
    for (at, _) in page.match_indices("://") {
        let link: String = page[..at].chars().rev().take(5).collect();
        let link: String = link
            .chars()
            .rev()
            .chain(page[at..].chars().take(20))
            .collect();
        assert!(link.contains("http://www.w3.org/"), "{link}");
    }
    for link in page.split("<link").skip(1) {
        assert!(link.contains("href=\"data:"), "{}", &link[..40]);
    }
    for part in ["<script", "@import", "url(", "<img", "<iframe"] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn predictions_and_intervals_of_a_logarithm_are_in_the_targets_unit() {
    let place = Place::with_llm();
    place.train_llm("");
    let scored = place
        .altool("score results.csv --model model.altool")
        .succeeded()
        .stdout;
    let scored = Csv::parse(&scored);
    let measured = scored.numbers("throughput_tok_s");
    let prediction = scored.numbers("prediction");
    let (low, high) = (
        scored.numbers("interval_low"),
        scored.numbers("interval_high"),
    );
    let width = scored.numbers("interval_width");
    let mut inside = 0;
    let mut covered = 0;
    for row in 0..measured.len() {
        assert!(0.0 < low[row] && low[row] <= high[row]);
        assert!((width[row] - (high[row] - low[row])).abs() < 1e-6 * high[row]);
        let range = low[row]..=high[row];
        inside += usize::from(range.contains(&prediction[row]));
        covered += usize::from(range.contains(&measured[row]));
        let factor = prediction[row] / measured[row];
        assert!((0.2..5.0).contains(&factor), "row {row}: factor {factor}");
    }
    let share = |count: usize| count as f64 / measured.len() as f64;
    assert!(share(inside) > 0.8, "{inside} of {}", measured.len());
    assert!((0.6..0.95).contains(&share(covered)), "{}", share(covered));
}

#[test]
fn pending_and_excluded_rows_are_not_chosen_and_included_ones_come_first() {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    let select = "select candidates.csv --model model.altool -n 8";
    place.altool(&format!("{select} -o first.csv")).succeeded();
    let first = described(&place.csv("first.csv"), &COLUMNS);
    for option in ["--pending", "--exclude"] {
        place
            .altool(&format!("{select} {option} first.csv -o other.csv"))
            .succeeded();
        let other = described(&place.csv("other.csv"), &COLUMNS);
        assert_eq!(other.len(), 8);
        assert!(set(&other).is_disjoint(&set(&first)), "{option}");
    }
    let last: Vec<String> = place
        .text("candidates.csv")
        .lines()
        .enumerate()
        .filter(|&(line, _)| line == 0 || line == 500)
        .map(|(_, line)| line.to_owned())
        .collect();
    place.write("wanted.csv", last.join("\n") + "\n");
    place
        .altool(&format!("{select} --include wanted.csv -o other.csv"))
        .succeeded();
    let other = place.csv("other.csv");
    assert_eq!(
        described(&other, &COLUMNS)[0],
        described(&place.csv("wanted.csv"), &COLUMNS)[0]
    );
    assert!(other.column("reason")[0].contains("included on request"));
    assert_eq!(other.rows.len(), 8);
}

#[test]
fn a_first_batch_needs_no_model_and_is_spread_out() {
    let place = Place::with_llm();
    place
        .altool("select candidates.csv -n 12 -o first.csv")
        .succeeded();
    let first = place.csv("first.csv");
    assert_eq!(first.rows.len(), 12);
    let kinds = |name: &str, table: &Csv| {
        let values = table.column(name);
        set(&values).len()
    };
    let candidates = place.csv("candidates.csv");
    for name in ["hardware", "framework", "model"] {
        assert_eq!(
            kinds(name, &first),
            kinds(name, &candidates),
            "every {name} is tried"
        );
    }
    place
        .altool("select candidates.csv -n 12 --pending first.csv -o second.csv")
        .succeeded();
    let (first, second) = (
        described(&first, &COLUMNS),
        described(&place.csv("second.csv"), &COLUMNS),
    );
    assert!(set(&first).is_disjoint(&set(&second)));
}

#[test]
fn columns_of_a_batch_are_those_asked_for() {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    let select = "select candidates.csv --model model.altool -n 2 --columns model,rank";
    let run = place.altool(select).succeeded();
    assert!(run.stdout.starts_with("model,rank\n"), "{}", run.stdout);
    let bare = place.altool(&format!("{select} --no-header")).succeeded();
    assert_eq!(run.stdout, format!("model,rank\n{}", bare.stdout));
}

/// The table with a class in place of the throughput.
fn classed(place: &Place, name: &str, new: &str) {
    let table = place.csv(name);
    let fast = table.numbers("throughput_tok_s");
    let mut text = COLUMNS.join(",") + ",speed\n";
    for (row, values) in described(&table, &COLUMNS).into_iter().enumerate() {
        let class = match fast[row] {
            ..1000.0 => "slow",
            1000.0..4000.0 => "middling",
            _ => "fast",
        };
        text.push_str(&format!("{},{class}\n", values.join(",")));
    }
    place.write(new, text);
}

#[test]
fn classes_go_round_the_loop() {
    let place = Place::with_llm();
    classed(&place, "measured.csv", "known.csv");
    classed(&place, "results.csv", "new.csv");
    let trained = place
        .altool(
            "train known.csv --target speed --learner boosted --members 5 --trees 30 -o m.altool",
        )
        .succeeded();
    assert!(trained.value("accuracy") > 0.8);
    place
        .altool("score candidates.csv --model m.altool -o scored.csv")
        .succeeded();
    let scored = place.csv("scored.csv");
    let classes = ["fast", "middling", "slow"];
    let p = classes.map(|class| scored.numbers(&format!("p_{class}")));
    for (row, prediction) in scored.column("prediction").into_iter().enumerate() {
        let p = [p[0][row], p[1][row], p[2][row]];
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{p:?}");
        let at = classes
            .iter()
            .position(|&class| class == prediction)
            .unwrap();
        assert!(p.iter().all(|&other| other <= p[at]));
    }
    for name in [
        "entropy",
        "margin",
        "least_confidence",
        "vote_entropy",
        "mutual_information",
    ] {
        let values = scored.numbers(name);
        assert!(
            values
                .iter()
                .all(|&value| value.is_finite() && value > -1e-9),
            "{name}"
        );
    }
    place
        .altool("select candidates.csv --model m.altool -n 5 -o batch.csv")
        .succeeded();
    assert!(place.csv("batch.csv").column("reason")[0].contains("probability"));
    let updated = place.altool("update new.csv --model m.altool").succeeded();
    assert!(updated.value("accuracy_after") > 0.8);
    place
        .altool("report m.altool --html report.html")
        .succeeded();
    assert_self_contained(&place.text("report.html"));
}

#[test]
fn failed_measurements_are_counted_and_costs_added_up() {
    let place = Place::new();
    let text = std::fs::read_to_string(fixture("convolution/convolution_2gpu.csv")).unwrap();
    place.write("convolution.csv", text);
    let trained = place
        .altool(&format!(
            "train convolution.csv --target time_ms --log-target --direction min --status status \
             --ok ok --cost benchmark_time_ms --ignore gflops,compile_time_ms,time_std_ms,n_runs \
             {QUICK} -o m.altool"
        ))
        .succeeded();
    assert_eq!(trained.value("failed_rows"), 32.0);
    let table = place.csv("convolution.csv");
    let cost: f64 = table
        .column("benchmark_time_ms")
        .iter()
        .filter_map(|cell| cell.parse::<f64>().ok())
        .sum();
    let inspected = json(
        &place
            .altool("inspect m.altool --format json")
            .succeeded()
            .stdout,
    );
    assert_near(inspected["rounds"][0]["cost"].as_f64().unwrap(), cost);
    // What failed is known, and not handed out again.
    let run = place.altool("select convolution.csv --model m.altool -n 5 -o batch.csv");
    run.ended(4);
}

#[test]
fn a_refit_and_an_update_elsewhere_are_told_apart() {
    let place = Place::with_llm();
    place.train_llm("--learner boosted --holdout 0.2 --trees 30");
    let model = place.bytes("model.altool");
    let updated = place
        .altool("update results.csv --model model.altool -o updated.altool --format json")
        .succeeded();
    let refitted = place
        .altool("update results.csv --model model.altool -o refitted.altool --refit --format json")
        .succeeded();
    assert!(
        place.bytes("model.altool") == model,
        "the model itself is left"
    );
    let (updated, refitted) = (json(&updated.stdout), json(&refitted.stdout));
    assert_eq!(
        (&updated["refitted"], &refitted["refitted"]),
        (&false.into(), &true.into())
    );
    // The same rows before; a model that knows twice as much after.
    assert_eq!(updated["rmse_log_before"], refitted["rmse_log_before"]);
    for after in [&updated, &refitted] {
        let gain = after["rmse_log_improvement_percent"].as_f64().unwrap();
        assert!(gain > 0.0, "{after}");
    }
    // A refit alone changes nothing that a second one would change again.
    for _ in 0..2 {
        place
            .altool("update --refit --model refitted.altool")
            .succeeded();
    }
    let predictions = |model: &str| {
        let line = format!("score candidates.csv --model {model}");
        Csv::parse(&place.altool(&line).succeeded().stdout).numbers("prediction")
    };
    let before = predictions("refitted.altool");
    place
        .altool("update --refit --model refitted.altool")
        .succeeded();
    assert_eq!(predictions("refitted.altool"), before);
}

#[test]
fn evaluation_rows_can_be_given_and_are_never_learned_from() {
    let place = Place::with_llm();
    let trained = place.train_llm(&format!("{QUICK} --eval results.csv"));
    assert_eq!(trained.value("evaluation_rows"), 519.0);
    let updated = place
        .altool("update results.csv --model model.altool --again")
        .succeeded();
    assert_eq!(updated.value("rows_added"), 0.0);
    assert_eq!(updated.value("rows_skipped"), 519.0);
}
