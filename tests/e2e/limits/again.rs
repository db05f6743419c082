//! Rows that are worth measuring again.

use std::collections::BTreeSet;

use crate::common::{Place, QUICK};

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
    assert!(!place.csv("b.csv").texts("a").contains(&"30".to_owned()));
    place
        .altool("select candidates.csv --model m.altool -n 3 --repeats 1 -o b.csv")
        .succeeded();
    let batch = place.csv("b.csv");
    assert_eq!(batch.texts("a")[0], "30");
    assert!(
        batch.texts("reason")[0].starts_with("measured 5 times with a deviation of"),
        "{}",
        batch.texts("reason")[0]
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
    let train = "train measured.csv --target y --cost cost --learner boosted --members 3 --trees 60 --holdout 0";
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
