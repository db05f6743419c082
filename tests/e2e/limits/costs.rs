//! Budgets, costs and quotas.

use std::collections::BTreeMap;

use super::{SELECT, place};
use crate::common::Place;

/// How many rows of the batch have each host.
fn hosts(place: &Place, batch: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for host in place.csv(batch).texts("host") {
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
            "at least 4 rows for each of the 3 values of 'host' are 12 rows",
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
        ("-n 10 --at-most hst=2", "column 'hst' is missing"),
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
        ("--cost cost", "free.csv, line 2: the cost 'cost' is 0;"),
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
