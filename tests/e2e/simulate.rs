//! Backtests by the binary: figures, pages, errors.

use crate::common::{Place, json};

pub(crate) const TABLE: &str = "simulate rows.csv --target y --members 3 --trees 10 --depth 3 \
     --initial 8 --batch 6 --rounds 4 --repeats 3";

/// Two hundred rows of which a fifth are unlike the others.
pub(crate) fn place() -> Place {
    let place = Place::new();
    let rows: String = (0..200)
        .map(|row| {
            let (a, b) = (row % 20, row / 20);
            let kind = if row % 5 == 0 { "odd" } else { "even" };
            let y = if kind == "odd" { a * b } else { a + b };
            format!("{a},{b},{kind},{y},{}\n", 1 + row % 3)
        })
        .collect();
    place.write("rows.csv", format!("a,b,kind,y,cost\n{rows}"));
    place
}

#[test]
fn strategies_are_compared_with_random_on_the_same_rows() {
    let place = place();
    let line = format!("{TABLE} --cost cost --strategies lcmd,power --format json -o curves.csv");
    let run = place.altool(&line).succeeded();
    let verdicts = json(&run.stdout);
    let verdicts = verdicts.as_array().unwrap();
    let random = verdicts.iter().find(|v| v["strategy"] == "random").unwrap();
    assert_eq!(random["ratio"]["mean"], 1.0);
    // Its last error is reached at the end, if not before by chance.
    for share in [&random["labels"], &random["cost"]] {
        assert!(share.as_f64().is_some_and(|share| share <= 1.0), "{random}");
    }
    assert_eq!(verdicts.len(), 3);
    for verdict in verdicts {
        let number = |name: &str| verdict["ratio"][name].as_f64().unwrap();
        assert!(number("low") <= number("mean"), "{verdict}");
        assert!(number("mean") <= number("high"), "{verdict}");
    }
    let curves = place.csv("curves.csv");
    // Three strategies, three repeats, rounds 0 to 4.
    assert_eq!(curves.rows.len(), 3 * 3 * 5);
    assert_eq!(curves.numbers("labels")[..5], [8.0, 14.0, 20.0, 26.0, 32.0]);
    let at_first = |strategy: usize| curves.numbers("error")[strategy * 15];
    assert_eq!(at_first(0), at_first(1), "the same start for all");
    assert_eq!(at_first(0), at_first(2), "the same start for all");
    let cost = curves.numbers("cost");
    assert!(cost[..5].is_sorted() && cost[0] >= 8.0);
    assert!(!place.exists("curves.csv.partial"));

    let table = place.altool(&format!("{TABLE} --format table"));
    let table = table.succeeded().stdout;
    assert!(
        table.contains("random is what the others are compared with."),
        "{table}"
    );
}

#[test]
fn curves_are_the_same_bytes_on_any_number_of_threads() {
    let place = place();
    for threads in [1, 2, 3] {
        let line = format!(
            "{TABLE} --direction min --strategies hybrid,thompson --threads {threads} -o {threads}.csv"
        );
        place.altool(&line).succeeded();
    }
    assert_eq!(place.bytes("1.csv"), place.bytes("2.csv"));
    assert_eq!(place.bytes("1.csv"), place.bytes("3.csv"));
}

#[test]
fn a_page_shows_verdicts_and_curves() {
    let place = place();
    let line = format!("{TABLE} --cost cost --direction min --strategies lcmd,power --html b.html");
    let run = place.altool(&line).succeeded();
    // The page comes besides the verdicts.
    assert!(run.stdout.contains("lcmd"), "{}", run.stdout);
    assert!(!place.exists("b.html.partial"));
    let page = place.text("b.html");
    for part in [
        "<!DOCTYPE html>",
        "Error against labels",
        "Error against cost",
        "Best found",
        "cost, cost",
        ">power</th>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for part in ["<script", "http:", "https:", "NaN", "{{", "{%"] {
        assert!(!page.contains(part), "{part}");
    }
    // Every curve has its name at its end, on the broad page and the narrow.
    let names = page.matches(">\npower\n</text>").count();
    assert_eq!(names, 4 * 2);
    let again = place.altool(&line.replace("b.html", "c.html"));
    again.succeeded();
    assert_eq!(place.text("c.html"), page);

    // Without cost and direction there is nothing to draw of them; classes
    // have their own error.
    let kinds = "simulate rows.csv --target kind --ignore y --initial 8 --batch 6 --rounds 2 \
         --repeats 2 --members 3 --trees 8 --strategies margin --html kinds.html";
    place.altool(kinds).succeeded();
    let page = place.text("kinds.html");
    assert!(page.contains("log loss") && !page.contains("Best found"));
    assert!(!page.contains("against cost"));

    let wrong = |name: &str, code| place.altool(&format!("{TABLE} --html {name}")).ended(code);
    wrong("no/where.html", 1).says("nowhere to write", &["no"]);
    wrong("curves.csv", 2).says("name of a table", &[]);
    let dash = wrong("-", 2).stderr;
    assert!(dash.contains("is a file"), "{dash}");
}

#[test]
fn rows_can_be_told_apart_by_leaves() {
    let place = place();
    let line = format!("{TABLE} --space leaves");
    for threads in [1, 3] {
        let line = format!("{line} --threads {threads} -o {threads}.csv");
        place.altool(&line).succeeded();
    }
    assert_eq!(place.bytes("1.csv"), place.bytes("3.csv"));
    place.altool(&format!("{TABLE} -o other.csv")).succeeded();
    assert_ne!(place.bytes("1.csv"), place.bytes("other.csv"));
    let linear = place.altool(&format!("{line} --learner linear"));
    assert_eq!(linear.code, Some(2), "{}", linear.stderr);
    assert!(
        linear.stderr.contains("'linear'; give predictions"),
        "{}",
        linear.stderr
    );

    // Selection by leaves, of classes too.
    for target in ["y --ignore kind", "kind --ignore y"] {
        let train = format!(
            "train rows.csv --target {target} --learner boosted --members 3 --trees 12 -o m.altool"
        );
        place.altool(&train).succeeded();
        place.write(
            "open.csv",
            (0..60)
                .map(|row| format!("{},{},1\n", row % 9, 30 + row))
                .fold("a,b,cost\n".to_owned(), |text, row| text + &row),
        );
        let select = "select --model m.altool open.csv -n 5 --space leaves -o batch.csv";
        place.altool(select).succeeded();
        assert_eq!(place.csv("batch.csv").rows.len(), 5);
    }
}

#[test]
fn what_cannot_be_replayed_is_told_before_any_work() {
    let place = place();
    // Defaults fit the table; what is asked for is not changed.
    let fitted = place.altool("simulate rows.csv --target y --trees 5 --repeats 2");
    assert!(fitted.succeeded().stderr.contains("are replayed"));
    let few = place.altool("simulate rows.csv --target y --initial 32 --batch 32 --rounds 12");
    assert_eq!(few.code, Some(3));
    assert!(few.stderr.contains("lower --rounds"), "{}", few.stderr);
    let classes = place.altool(&format!("{TABLE} --strategies margin"));
    assert_eq!(classes.code, Some(2));
    assert!(
        classes.stderr.contains("'margin' is for classes"),
        "{}",
        classes.stderr
    );
    let all = place.altool(&format!("{TABLE} --test 1"));
    assert_eq!(all.code, Some(2), "{}", all.stderr);
    let kinds = "simulate rows.csv --target kind --ignore y --initial 8 --batch 6 --rounds 2 \
         --repeats 2 --members 3 --trees 8 --strategies margin,lcmd,batch-bald";
    place.altool(kinds).succeeded();
}
