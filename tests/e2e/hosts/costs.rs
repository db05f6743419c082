//! What a row costs and is worth, and how long it takes.

use super::{SELECT, place};
use crate::common::{Csv, Place, QUICK, snapshot, transcript};

/// Names of the strategies that need a model or not.
fn strategies(place: &Place) -> Vec<String> {
    let list = place.altool("strategies --format csv").succeeded();
    let names = Csv::parse(&list.stdout);
    names
        .column("strategy")
        .iter()
        .map(|&name| name.to_owned())
        .collect()
}

#[test]
fn what_a_row_costs_and_is_worth_per_cost_is_in_the_batch() {
    let place = place();
    place
        .altool(&format!("{SELECT} --availability cuda=1 -n 4 -o plain.csv"))
        .succeeded();
    let plain = place.text("plain.csv");
    assert!(
        plain.starts_with("rank,score,reason,id,hardware,batch,threads,run_s\n"),
        "{plain}"
    );
    for cooling in [0.0, 1.0] {
        place
            .altool(&format!("{SELECT} --availability cuda=1 --cost run_s --cooling {cooling} --strategy uncertainty -n 4 -o b.csv"))
            .succeeded();
        let batch = place.csv("b.csv");
        let (cost, value) = (
            batch.numbers("expected_cost"),
            batch.numbers("value_per_cost"),
        );
        assert_eq!(cost, batch.numbers("run_s"));
        let score = batch.numbers("score");
        // At 1 the score has the cost in it already: both fall together.
        let ratio =
            |row: usize| value[row] * if cooling == 1.0 { 1.0 } else { cost[row] } / score[row];
        for row in 0..4 {
            assert!(
                (ratio(row) / ratio(0) - 1.0).abs() < 1e-5,
                "{cooling}: {:?}",
                ratio(row)
            );
        }
    }
    // A batch of an earlier call is no candidate with two columns of a name.
    place
        .altool("select b.csv --model m.altool -n 1 --cost run_s -o again.csv")
        .succeeded();
    let again = place.text("again.csv");
    let head = again.lines().next().unwrap();
    assert_eq!(head.matches("expected_cost").count(), 1, "{head}");
}

/// Adds a model of classes and the ids of four candidates.
fn with_classes(place: &Place) {
    let measured = place.text("measured.csv");
    let classes = measured.lines().enumerate().map(|(at, line)| {
        let (row, ms) = line.rsplit_once(',').unwrap();
        let class = match ms.parse::<f64>() {
            _ if at == 0 => "class",
            Ok(..8.0) => "fast",
            _ => "slow",
        };
        format!("{row},{class}\n")
    });
    place.write("classes.csv", classes.collect::<String>());
    let line =
        format!("train classes.csv --target class --id id --ignore run_s {QUICK} -o c.altool");
    place.altool(&line).succeeded();
    let candidates = place.csv("candidates.csv");
    let ids = candidates.column("id").into_iter().step_by(31).take(4);
    let ids: Vec<&str> = ["id"].into_iter().chain(ids).collect();
    place.write("ids.csv", ids.join("\n") + "\n");
}

/// What the four included rows are worth when costs count as `cooling` says,
/// times what they cost; nothing if the strategy is of another task.
fn worth(place: &Place, options: &str, cooling: u8) -> Option<Vec<f64>> {
    let run = place.altool(&format!(
        "select candidates.csv {options} --cost run_s --cooling {cooling} --include ids.csv \
         --seed 1 -n 6 -o b.csv"
    ));
    if run.code == Some(2) {
        let told = ["' is for ", "looks for the best rows"];
        let told = told.iter().any(|part| run.stderr.contains(part));
        assert!(told, "{}", run.stderr);
        return None;
    }
    run.succeeded();
    let batch = place.csv("b.csv");
    let (cost, value) = (
        batch.numbers("expected_cost"),
        batch.numbers("value_per_cost"),
    );
    assert!(value.iter().all(|value| value.is_finite()), "{options}");
    let worth = value.iter().zip(&cost).map(|(value, cost)| value * cost);
    Some(worth.take(4).collect())
}

#[test]
fn what_a_row_is_worth_does_not_depend_on_what_it_costs() {
    let place = place();
    with_classes(&place);
    let same = |options: &str| -> bool {
        let worths = [0, 1].map(|cooling| worth(&place, options, cooling));
        let [Some(free), Some(thrifty)] = &worths else {
            return false;
        };
        for (free, thrifty) in free.iter().zip(thrifty) {
            let far = (free - thrifty).abs() > 1e-6 * free.abs().max(1e-30);
            assert!(!far, "{options}: {worths:?}");
        }
        true
    };
    let strategies = strategies(&place);
    let count = |model: &str| {
        let of = |strategy: &&String| same(&format!("--model {model} --strategy {strategy}"));
        strategies.iter().filter(of).count()
    };
    let (of_numbers, of_classes) = (count("m.altool"), count("c.altool"));
    assert!(
        of_numbers >= 20 && of_classes >= 10,
        "{of_numbers} {of_classes}"
    );
    // Without a model, too.
    for strategy in ["space-filling", "random"] {
        assert!(same(&format!("--id id --strategy {strategy}")));
    }
}

#[test]
fn costs_that_count_together_are_a_cost_relative_to_the_median() {
    let place = place();
    let line = "select candidates.csv --model m.altool --strategy uncertainty";
    place
        .altool(&format!(
            "{line} --cost-weights run_s=3,threads=1 -n 400 -o b.csv"
        ))
        .succeeded();
    let batch = place.csv("b.csv");
    let median = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        0.5 * (sorted[(n - 1) / 2] + sorted[n / 2])
    };
    let (run, threads) = (batch.numbers("run_s"), batch.numbers("threads"));
    let typical = (median(&run), median(&threads));
    let joint: Vec<f64> = run
        .iter()
        .zip(&threads)
        .map(|(run, threads)| 3.0 * run / typical.0 + threads / typical.1)
        .collect();
    let middle = median(&joint);
    let (cost, value, score) = (
        batch.numbers("expected_cost"),
        batch.numbers("value_per_cost"),
        batch.numbers("score"),
    );
    for row in 0..joint.len() {
        let expected = joint[row] / middle;
        assert!((cost[row] / expected - 1.0).abs() < 1e-9, "{row}");
        // At a cooling of 1 the score of this strategy is the worth per cost.
        assert!(
            (value[row] - score[row]).abs() <= 1e-5 * score[row],
            "{row}"
        );
    }
    let twice = place
        .altool(&format!(
            "{line} --cost-weights run_s=3,run_s=1 -n 4 -o twice.csv"
        ))
        .ended(2);
    assert!(
        twice.stderr.contains("names 'run_s' twice"),
        "{}",
        twice.stderr
    );
    assert!(!place.exists("twice.csv"));
}

#[test]
fn times_are_what_the_model_predicts_where_no_column_has_them() {
    let place = place();
    let run = place
        .altool(&format!("{SELECT} --capacity hosts.toml -n 5 -o b.csv"))
        .succeeded();
    let batch = place.csv("b.csv");
    let takes: Vec<f64> = (0..5)
        .map(|row| batch.numbers("planned_end_s")[row] - batch.numbers("planned_start_s")[row])
        .collect();
    // Milliseconds, by the target's name.
    assert!(takes.iter().all(|&s| s > 0.0 && s < 0.1), "{takes:?}");
    run.says("shortest", &[]);
    // A time is a cost where there is no other.
    place
        .altool("select candidates.csv --model m.altool --budget 30 -o cheap.csv")
        .succeeded();
    let spent: f64 = place.csv("cheap.csv").numbers("expected_cost").iter().sum();
    assert!(spent > 25.0 && spent <= 30.0 + 1e-6, "{spent}");
}

/// The place, with a model of another target that says the same.
fn target(name: &str) -> Place {
    let place = place();
    let text = place.text("measured.csv");
    place.write("named.csv", text.replacen(",ms", &format!(",{name}"), 1));
    let line =
        format!("train named.csv --target {name} --id id --ignore run_s {QUICK} -o n.altool");
    place.altool(&line).succeeded();
    place
}

const TIMED: &str = "select candidates.csv --model n.altool --hardware hardware --capacity hosts.toml -n 3 -o b.csv";

#[test]
fn the_unit_that_is_given_counts_more_than_the_one_in_a_name() {
    let place = target("latency_ms");
    let takes = |options: &str, of: (&str, &str), unit: &str| {
        let run = place.altool(&format!("{TIMED} {options}")).succeeded();
        run.says(of.0, &[of.1, unit]);
        let batch = place.csv("b.csv");
        let (from, to) = (
            batch.numbers("planned_start_s")[0],
            batch.numbers("planned_end_s")[0],
        );
        (to - from, batch.numbers("run_s")[0])
    };
    let target = ("takes as expected", "latency_ms");
    let (named, _) = takes("", target, "ms");
    let (given, _) = takes("--time-unit s", target, "s");
    assert!(
        (given / named / 1000.0 - 1.0).abs() < 1e-6,
        "{given} {named}"
    );
    let column = ("takes", "run_s");
    let (named, run) = takes("--duration run_s", column, "s");
    assert!((named - run).abs() < 1e-6, "{named} {run}");
    let (given, run) = takes("--duration run_s --time-unit ms", column, "ms");
    assert!((given - run / 1000.0).abs() < 1e-6, "{given} {run}");
    // A cost whose name has no unit is money.
    takes("--cost threads --time-unit s", target, "s");
    takes("--cost threads", target, "ms");
    takes("--cost run_s", column, "s");
}

#[test]
fn a_rate_is_no_time() {
    let place = target("throughput_tok_s");
    place.write(
        "rated.csv",
        place
            .text("candidates.csv")
            .replacen("threads", "items_per_s", 1),
    );
    let lines = [
        TIMED.to_owned(),
        format!("{TIMED} --time-unit s"),
        format!("{TIMED} --cost batch"),
        format!("{TIMED} --cost batch --time-unit s"),
        "select rated.csv --id id --hardware hardware --capacity hosts.toml --duration items_per_s -n 3".to_owned(),
        "select rated.csv --id id --hardware hardware --capacity hosts.toml --duration items_per_s --time-unit s -n 3".to_owned(),
        "select rated.csv --id id --hardware hardware --capacity hosts.toml --cost items_per_s -n 3".to_owned(),
        "select rated.csv --id id --hardware hardware --capacity hosts.toml --cost batch --time-unit s -n 3".to_owned(),
        "select candidates.csv --model n.altool --budget 100 -n 3".to_owned(),
        "select candidates.csv --model n.altool --budget 100 --time-unit s -n 3".to_owned(),
    ];
    snapshot!("hosts" / "a_rate_is_no_time", transcript(&place, &lines));
}
