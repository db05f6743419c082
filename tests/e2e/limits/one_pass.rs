//! Candidates in one pass (`--stream`).

use super::{SELECT, place};
use crate::common::{LLM, Place, QUICK};

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
    assert!(batch.column("reason")[0].starts_with("included on request"));
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
    assert!(batch.texts("reason")[0].starts_with("included on request"));
    // The order of the file changes nothing.
    let mut shuffled: Vec<&str> = long.lines().skip(1).collect();
    shuffled.reverse();
    place.write("long.csv", format!("{header}\n{}\n", shuffled.join("\n")));
    place.altool(&format!("{line} -o again.csv")).succeeded();
    assert_eq!(place.text("b.csv"), place.text("again.csv"));
}
