//! What a batch may hold and cost, what is measured again, when to stop, and
//! candidates in one pass.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{Csv, LLM, Place, QUICK, Run, json};

/// Two hundred measured rows and twelve hundred candidates on three hosts,
/// with costs; host `c` is dear.
fn place() -> Place {
    let place = Place::new();
    let row = |at: usize| {
        let (a, b, host) = (at % 40, at / 40, ["a", "b", "c"][at % 3]);
        let cost = if host == "c" {
            9.0
        } else {
            1.0 + (at % 4) as f64
        };
        let y =
            (a as f64 / 6.0).sin() + (b as f64 / 9.0).powi(2) + if host == "c" { 2.0 } else { 0.0 };
        (format!("{a},{b},{host},{cost}"), y)
    };
    let measured: String = (0..1400)
        .filter(|at| at % 7 == 0)
        .map(|at| format!("{},{}\n", row(at).0, row(at).1))
        .collect();
    place.write("measured.csv", format!("a,b,host,cost,y\n{measured}"));
    let candidates: String = (0..1400).map(|at| row(at).0 + "\n").collect();
    place.write("candidates.csv", format!("a,b,host,cost\n{candidates}"));
    let line = format!("train measured.csv --target y --cost cost {QUICK} -o m.altool");
    place.altool(&line).succeeded();
    place
}

fn texts(table: &Csv, column: &str) -> Vec<String> {
    let cells = table.column(column).into_iter();
    cells.map(str::to_owned).collect()
}

trait Refused {
    /// Asserts that the options or the data were refused.
    fn refused(self) -> Run;
}

impl Refused for Run {
    #[track_caller]
    fn refused(self) -> Run {
        assert!(
            matches!(self.code, Some(2 | 3)),
            "{:?}: {}",
            self.code,
            self.stderr
        );
        self
    }
}

const SELECT: &str = "select candidates.csv --model m.altool";

/// How many rows of the batch have each host.
fn hosts(place: &Place, batch: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for host in texts(&place.csv(batch), "host") {
        *counts.entry(host).or_insert(0) += 1;
    }
    counts
}

#[test]
fn a_batch_costs_no_more_than_its_budget() {
    let place = place();
    place
        .altool(&format!("{SELECT} --budget 20 --cost cost -o batch.csv"))
        .succeeded();
    let spent: f64 = place.csv("batch.csv").numbers("cost").iter().sum();
    // Nothing that fits was left: the cheapest rows cost 1.
    assert!(spent > 19.0 && spent <= 20.0, "{spent}");
    // The model knows the cost column.
    place
        .altool(&format!("{SELECT} --budget 20 -o known.csv"))
        .succeeded();
    assert_eq!(place.bytes("batch.csv"), place.bytes("known.csv"));

    let run = place
        .altool(&format!("{SELECT} -n 50 --budget 20 -o fewer.csv"))
        .succeeded();
    assert!(
        run.stderr.contains("would break: a budget of 20"),
        "{}",
        run.stderr
    );
    assert!(place.csv("fewer.csv").rows.len() < 50);
}

#[test]
fn cheap_rows_are_preferred_as_long_as_there_is_money() {
    let place = place();
    let mean = |options: &str| {
        place
            .altool(&format!(
                "{SELECT} -n 40 --strategy uncertainty {options} -o b.csv"
            ))
            .succeeded();
        let cost = place.csv("b.csv").numbers("cost");
        cost.iter().sum::<f64>() / cost.len() as f64
    };
    let blind = mean("");
    let aware = mean("--cost cost");
    assert!(aware < 0.7 * blind, "{aware} against {blind}");
    assert_eq!(mean("--cost cost --cooling 0"), blind);
    let half = mean("--cost cost --cooling 0.5");
    assert!(aware < half && half < blind, "{half}");
    // What was measured has cost 600 to 700: of 1000 a third is left.
    let cooled = mean("--cost cost --total-budget 1000");
    assert!(aware < cooled && cooled < blind, "{cooled}");
    let weights = mean("--cost-weights cost=1");
    assert_eq!(weights, aware, "one column counts as it alone does");
}

#[test]
fn a_cost_that_is_not_in_the_candidates_is_predicted() {
    let place = place();
    let bare: String = place
        .text("candidates.csv")
        .lines()
        .map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n")
        .collect();
    place.write("bare.csv", bare);
    place
        .altool("select bare.csv --model m.altool --budget 30 -n 100 -o b.csv")
        .succeeded();
    let batch = place.csv("b.csv");
    let all = place.csv("candidates.csv");
    let real: f64 = batch
        .rows
        .iter()
        .map(|picked| {
            let row = all.rows.iter().find(|row| row[..3] == picked[3..6]);
            row.unwrap()[3].parse::<f64>().unwrap()
        })
        .sum();
    assert!((15.0..45.0).contains(&real), "{real} where 30 were meant");
}

#[test]
fn values_of_a_column_have_their_quotas() {
    let place = place();
    place
        .altool(&format!("{SELECT} -n 12 --at-most host=3 -o most.csv"))
        .succeeded();
    let counts = hosts(&place, "most.csv");
    assert!(counts.values().all(|&n| n == 3), "{counts:?}");
    place
        .altool(&format!("{SELECT} -n 12 --at-least host=4 -o least.csv"))
        .succeeded();
    let counts = hosts(&place, "least.csv");
    assert!(counts.values().all(|&n| n == 4), "{counts:?}");
    place
        .altool(&format!("{SELECT} -n 7 --same host -o same.csv"))
        .succeeded();
    assert_eq!(hosts(&place, "same.csv").values().collect::<Vec<_>>(), [&7]);
}

#[test]
fn limits_that_collide_are_named() {
    let place = place();
    for (options, expected) in [
        (
            "-n 10 --at-least host=4",
            "at least 4 rows for each of the 3 values of 'host' are 12 rows, and the batch has 10",
        ),
        (
            "-n 10 --at-least host=3 --at-most host=2",
            "at least 3 and at most 2 rows for each value of 'host' exclude each other",
        ),
        (
            "-n 10 --at-least host=1 --budget 8 --cost cost",
            "the cheapest rows that meet at least 1 row for each value of 'host' cost 11, and the budget is 8",
        ),
        (
            "-n 10 --same host --at-least host=1",
            "all rows are to have one value of 'host', and at least 1 row for each of its 3 values",
        ),
        (
            "-n 10 --at-most hst=2",
            "column 'hst' is missing; did you mean 'host'?",
        ),
        (
            "-n 10 --at-least host=1 --stream",
            "--at-least needs to see all candidates",
        ),
    ] {
        let run = place.altool(&format!("{SELECT} {options} -o batch.csv"));
        let run = run.refused();
        assert!(run.stderr.contains(expected), "{options}: {}", run.stderr);
        assert!(!place.exists("batch.csv"));
    }
}

#[test]
fn costs_must_be_above_0_and_known() {
    let place = place();
    place.write("free.csv", "a,b,host,cost,power\n1,1,a,0,1\n2,2,b,1,\n");
    let free = "select free.csv --model m.altool -n 1";
    for (options, expected) in [
        (
            "--cost cost",
            "free.csv, line 2: the cost 'cost' is 0; it must be above 0",
        ),
        (
            "--cost power",
            "free.csv, line 3: the cost 'power' is missing here; fill it in, or train with --cost power",
        ),
        ("--cost price", "column 'price' is missing"),
        (
            "--cost-weights cost=1,power=0",
            "a number above 0 is needed",
        ),
        ("--cooling 0.5", "give --cost COL too"),
    ] {
        let run = place
            .altool(&format!("{free} {options} -o b.csv"))
            .refused();
        assert!(run.stderr.contains(expected), "{options}: {}", run.stderr);
    }
    let run = place
        .altool("select candidates.csv --budget 5 -o b.csv")
        .refused();
    assert!(run.stderr.contains("give --cost COL"), "{}", run.stderr);
    let run = place.altool("select candidates.csv -o b.csv").refused();
    assert!(
        run.stderr
            .contains("how many rows? Give -n N, --budget COST with --cost COL, or --capacity"),
        "{}",
        run.stderr
    );
    // Without a model costs count, too.
    place
        .altool("select candidates.csv --budget 30 --cost cost --ignore cost -o b.csv")
        .succeeded();
    assert!(place.csv("b.csv").numbers("cost").iter().sum::<f64>() <= 30.0);
}

#[test]
fn a_campaign_without_money_left_chooses_nothing() {
    let place = place();
    let run = place.altool(&format!("{SELECT} -n 5 --total-budget 100 -o b.csv"));
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert!(
        run.stderr.contains("the budget of 100 is spent"),
        "{}",
        run.stderr
    );
    assert_eq!(place.csv("b.csv").rows.len(), 0);
}

#[test]
fn a_model_without_failures_believes_that_all_works() {
    let place = place();
    place
        .altool("score candidates.csv --model m.altool -o scored.csv")
        .succeeded();
    let feasible = place.csv("scored.csv").numbers("feasible");
    assert!(feasible.iter().all(|&p| p == 1.0));
}

#[test]
fn a_noisy_row_is_measured_again_where_asked_for() {
    let place = Place::new();
    // y = a, exactly; but a = 30 was measured three times, and differed.
    let mut rows: String = (0..60)
        .flat_map(|a| [a, a])
        .map(|a| format!("{a},{}\n", a % 7))
        .collect();
    rows.push_str("30,500\n30,-400\n30,100\n");
    place.write("measured.csv", format!("a,y\n{rows}"));
    let candidates: String = (0..70).map(|a| format!("{a}\n")).collect();
    place.write("candidates.csv", format!("a\n{candidates}"));
    place
        .altool(
            &format!("train measured.csv --target y {QUICK} --trees 60 --holdout 0 -o m.altool")
                .replace("--trees 8 ", ""),
        )
        .succeeded();
    let run = place
        .altool("select candidates.csv --model m.altool -n 3 -o b.csv")
        .succeeded();
    assert!(run.stderr.contains("--repeats"), "{}", run.stderr);
    assert!(!texts(&place.csv("b.csv"), "a").contains(&"30".to_owned()));
    place
        .altool("select candidates.csv --model m.altool -n 3 --repeats 1 -o b.csv")
        .succeeded();
    let batch = place.csv("b.csv");
    assert_eq!(texts(&batch, "a")[0], "30");
    assert!(
        texts(&batch, "reason")[0].starts_with("measured 5 times with a deviation of"),
        "{}",
        texts(&batch, "reason")[0]
    );
    assert_eq!(batch.rows.len(), 3);
}

#[test]
fn rows_measured_again_keep_to_the_limits() {
    let place = Place::new();
    // Of sixty rows three were measured more often, and differed.
    let row = |a: usize| format!("{a},{},{}", ["h0", "h1"][a % 2], 10 * (1 + a % 3));
    let mut rows: String = (0..60)
        .flat_map(|a| [a; 5])
        .map(|a| format!("{},{}\n", row(a), a % 7))
        .collect();
    for a in [10, 20, 31] {
        rows.extend([900, -800, 100].map(|y| format!("{},{y}\n", row(a))));
    }
    place.write("measured.csv", format!("a,host,cost,y\n{rows}"));
    let candidates: String = (0..80).map(|a| row(a) + "\n").collect();
    place.write("candidates.csv", format!("a,host,cost\n{candidates}"));
    let train = "train measured.csv --target y --cost cost --members 3 --trees 60 --holdout 0";
    place.altool(&format!("{train} -o m.altool")).succeeded();
    place.write(
        "noisy.csv",
        format!("a,host,cost\n{}\n{}\n", row(10), row(31)),
    );
    let select = "select candidates.csv --model m.altool -o b.csv --repeats 3 -n 5";
    let again = |options: &str| -> Vec<String> {
        place.altool(&format!("{select} {options}")).succeeded();
        let batch = place.csv("b.csv");
        let reasons = batch.column("reason").into_iter().zip(batch.column("a"));
        let repeats = reasons.filter(|(reason, _)| reason.starts_with("measured "));
        repeats.map(|(_, a)| a.to_owned()).collect()
    };
    let all = again("");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 3, "{all:?}");
    assert_eq!(again("--stream"), all);
    // Pending and excluded rows are not measured again.
    for list in ["--pending noisy.csv", "--exclude noisy.csv"] {
        let left = again(list);
        assert!(left.contains(&"20".to_owned()), "{left:?}");
        assert!(left.iter().all(|a| a != "10" && a != "31"), "{left:?}");
    }
    // Nobody asked for one of them by name: as many as the limits let in.
    for options in [
        "--at-most host=1",
        "--same host",
        "--budget 25",
        "--at-least host=2",
    ] {
        assert!(again(options).len() < 4, "{options}");
        let batch = place.csv("b.csv");
        assert!(!batch.rows.is_empty(), "{options}");
    }
    place.altool(&select.replace("-n 5", "-n 2")).succeeded();
    assert_eq!(place.csv("b.csv").rows.len(), 2);
    for options in ["", "--at-least host=1"] {
        let run = place.altool(&format!("{select} --total-budget 10 {options}"));
        assert_eq!(run.code, Some(4), "{}", run.stderr);
    }
}

#[test]
fn a_batch_that_is_not_worth_it_is_not_chosen() {
    let place = place();
    let run = place.altool(&format!("{SELECT} -n 5 --min-gain 0.9 -o b.csv"));
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    for words in [
        "another batch is not worth it",
        "less than the 90 % of --min-gain",
        "no update yet",
    ] {
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    assert_eq!(place.text("b.csv").lines().count(), 1, "a header only");
    place
        .altool(&format!("{SELECT} -n 5 --min-gain 0 -o b.csv"))
        .succeeded();
    assert_eq!(place.csv("b.csv").rows.len(), 5);
    // An update that moves predictions says to go on, whatever is expected.
    let header = "a,b,host,cost,y\n";
    let new = "3,3,b,1,500\n4,3,c,1,600\n5,3,a,1,550\n";
    place.write("new.csv", format!("{header}{new}"));
    place.altool("update new.csv --model m.altool").succeeded();
    let report = place.altool("report m.altool --format json").succeeded();
    let moved = json(&report.stdout)["rounds"][1]["moved"].as_f64().unwrap();
    assert!(moved > 0.01 && moved < 0.98, "{moved}");
    place
        .altool(&format!("{SELECT} -n 5 --min-gain 0.01 -o b.csv"))
        .succeeded();
}

#[test]
fn few_labels_and_failures_stop_nothing() {
    let place = Place::new();
    place.write("few.csv", "a,status,y\n1,ok,1\n2,ok,2\n3,ok,4\n4,ok,3\n");
    place.write("candidates.csv", "a\n5\n6\n7\n8\n");
    place
        .altool(&format!(
            "train few.csv --target y --status status {QUICK} -o m.altool"
        ))
        .succeeded();
    let select = "select candidates.csv --model m.altool -n 2 --min-gain 0.99 -o b.csv";
    place.altool(select).succeeded();
    // Results that teach nothing move nothing, and that is no rest.
    place.write("failed.csv", "a,status,y\n5,crash,\n");
    let told = place
        .altool("update failed.csv --model m.altool --format json")
        .succeeded();
    let told = json(&told.stdout);
    assert!(told["moved_percent"].is_null(), "{told}");
    assert_eq!(told["rows_failed"], 1);
    place.altool(select).succeeded();
}

#[test]
fn a_classifier_without_evaluation_rows_has_a_gain_below_all() {
    let place = Place::new();
    let rows: String = (0..80)
        .map(|row| format!("{row},{}\n", if row * 7 % 11 < 5 { "x" } else { "y" }))
        .collect();
    place.write("rows.csv", format!("a,class\n{rows}"));
    let candidates: String = (0..99).map(|a| format!("{a}.5\n")).collect();
    place.write("candidates.csv", format!("a\n{candidates}"));
    place
        .altool(&format!(
            "train rows.csv --target class --holdout 0 {QUICK} -o m.altool"
        ))
        .succeeded();
    place
        .altool("select candidates.csv --model m.altool -n 3 -o b.csv --explain b.json")
        .succeeded();
    let gain = json(&place.text("b.json"))["expected_gain"]
        .as_f64()
        .unwrap();
    assert!(gain > 0.0 && gain < 0.9, "{gain}");
}

#[test]
fn rows_as_uncertain_as_all_others_are_not_called_the_least_certain() {
    let place = Place::new();
    let rows: String = (0..40).map(|a| format!("{a},{}\n", a % 9)).collect();
    place.write("rows.csv", format!("a,y\n{rows}"));
    // Beyond the last split all are one to the trees.
    let far: String = (0..100).map(|a| format!("{}\n", 1000 + a)).collect();
    place.write("far.csv", format!("a\n{far}"));
    place
        .altool(&format!("train rows.csv --target y {QUICK} -o m.altool"))
        .succeeded();
    place
        .altool("select far.csv --model m.altool -n 3 --strategy uncertainty -o b.csv")
        .succeeded();
    for reason in place.csv("b.csv").column("reason") {
        assert!(reason.contains("among the 50 % least certain"), "{reason}");
    }
}

#[test]
fn one_pass_over_a_table_that_fits_chooses_the_same() {
    let place = place();
    for strategy in ["lcmd", "uncertainty", "hybrid", "random"] {
        let line = format!("{SELECT} -n 10 --strategy {strategy} --columns rank,score,a,b,host");
        place.altool(&format!("{line} -o exact.csv")).succeeded();
        place
            .altool(&format!("{line} --stream -o stream.csv"))
            .succeeded();
        assert_eq!(
            place.text("exact.csv"),
            place.text("stream.csv"),
            "{strategy}"
        );
    }
    place
        .altool("select candidates.csv -n 10 --ignore cost -o exact.csv")
        .succeeded();
    place
        .altool("select candidates.csv -n 10 --ignore cost --stream -o stream.csv")
        .succeeded();
    assert_eq!(place.text("exact.csv"), place.text("stream.csv"));
}

#[test]
fn one_pass_without_a_model_knows_what_is_named_and_repeated() {
    let place = Place::new();
    // Longer than what is kept: 20 000 different rows, one of them 20 000 times.
    let mut lines: Vec<String> = (0..20_000).map(|a| format!("{a},{}", a % 7)).collect();
    lines.extend((0..20_000).map(|_| "3,3".to_owned()));
    let write = |lines: &[String]| {
        place.write("long.csv", format!("a,b\n{}\n", lines.join("\n")));
    };
    write(&lines);
    let excluded: String = lines[..6000]
        .iter()
        .map(|line| format!("{line}\n"))
        .collect();
    place.write("excluded.csv", format!("a,b\n{excluded}"));
    place.write("wanted.csv", format!("a,b\n{}\n", lines[19_999]));
    let line = "select long.csv -n 300 --stream --exclude excluded.csv --include wanted.csv";
    place.altool(&format!("{line} -o b.csv")).succeeded();
    let batch = place.csv("b.csv");
    assert_eq!(batch.rows.len(), 300);
    assert!(batch.column("reason")[0].starts_with("asked for with --include"));
    assert!(batch.numbers("a").iter().all(|&a| a >= 6000.0));
    lines.reverse();
    write(&lines);
    place.altool(&format!("{line} -o again.csv")).succeeded();
    assert_eq!(place.text("b.csv"), place.text("again.csv"));
}

#[test]
fn one_pass_over_a_long_table_keeps_what_is_named() {
    let place = Place::with_llm();
    place
        .altool(&format!("train measured.csv {LLM} {QUICK} -o model.altool"))
        .succeeded();
    // More rows than are kept: batch sizes that nobody ran.
    let candidates = place.text("candidates.csv");
    let mut lines = candidates.lines();
    let header = lines.next().unwrap().to_owned();
    let stems: Vec<&str> = lines.map(|line| line.rsplit_once(',').unwrap().0).collect();
    let mut long = format!("{header}\n");
    for batch_size in 1..=90 {
        for stem in &stems {
            long.push_str(&format!("{stem},{batch_size}\n"));
        }
    }
    place.write("long.csv", &long);
    let last = long.lines().last().unwrap();
    place.write("wanted.csv", format!("{header}\n{last}\n"));
    let line = "select long.csv --model model.altool -n 20 --stream --include wanted.csv";
    place.altool(&format!("{line} -o b.csv")).succeeded();
    let batch = place.csv("b.csv");
    assert_eq!(batch.rows.len(), 20);
    assert!(texts(&batch, "reason")[0].starts_with("asked for with --include"));
    // The order of the file changes nothing.
    let mut shuffled: Vec<&str> = long.lines().skip(1).collect();
    shuffled.reverse();
    place.write("long.csv", format!("{header}\n{}\n", shuffled.join("\n")));
    place.altool(&format!("{line} -o again.csv")).succeeded();
    assert_eq!(place.text("b.csv"), place.text("again.csv"));
}

#[test]
fn a_batch_is_explained_as_a_whole() {
    let place = Place::with_llm();
    place
        .altool(&format!("train measured.csv {LLM} {QUICK} -o model.altool"))
        .succeeded();
    let line = "select candidates.csv --model model.altool -n 10 -o b.csv";
    let run = place
        .altool(&format!("{line} --explain b.json"))
        .succeeded();
    let explained = json(&place.text("b.json"));
    let picks = explained["picks"].as_array().unwrap();
    assert_eq!(picks.len(), 10);
    assert_eq!(
        picks[0]["reason"],
        texts(&place.csv("b.csv"), "reason")[0].as_str()
    );
    let sentences = explained["sentences"].as_array().unwrap();
    for sentence in sentences {
        assert!(
            run.stderr.contains(sentence.as_str().unwrap()),
            "{sentence}"
        );
    }
    assert!(sentences.len() >= 3, "{sentences:?}");
    for kind in ["candidates", "measured", "picks"] {
        assert!(!explained["map"][kind].as_array().unwrap().is_empty());
    }
    let gain = explained["expected_gain"].as_f64().unwrap();
    assert!(gain > 0.0 && gain < 1.0, "{gain}");
    place
        .altool(&format!("{line} --explain b.html"))
        .succeeded();
    let page = place.text("b.html");
    assert!(page.contains("10 rows to measure next") && page.contains("<svg"));
    assert!(!page.contains("<script") && !page.contains("src="));
    let run = place.altool(&format!("{line} --explain b.txt")).refused();
    assert!(run.stderr.contains(".html or .json"), "{}", run.stderr);
}
