//! Numbers that others wrote in another way: with fewer digits, or with the marks of
//! another country.

use crate::common::Place;
use crate::real_files::{table, trained};

/// A number that no decimal of few digits is.
fn odd(n: u32) -> f64 {
    f64::from(n).sqrt() / 7.0
}

/// What comes back with fewer digits is another configuration, which is said when it is
/// taken in and when the first spelling of it is handed out again.
#[test]
fn results_that_were_rounded_are_told() {
    let place = Place::new();
    let known = |n: u32| format!("{:?},{n}.5", odd(n));
    place.write("m.csv", table("x,ms", 1..31, known));
    place.write("c.csv", table("x", 2..6, |n| format!("{:?}", odd(n + 50))));
    trained(&place, "m.csv", "--target ms");
    // Singles, and decimals of ten digits.
    let written = [
        table("x,ms", 2..6, |n| format!("{},{n}", odd(n + 50) as f32)),
        table("x,ms", 2..6, |n| format!("{:.10},{n}", odd(n + 50))),
    ];
    for results in written {
        place.write("r.csv", results);
        trained(&place, "m.csv", "--target ms");
        place.altool("update r.csv --model m.altool").succeeded();
        let run = place.altool("select c.csv --model m.altool -n 4 -o b.csv");
        let run = run.succeeded();
        let said = "4 of 4 chosen rows are measured ones but for rounding ('x' is ";
        assert!(run.stderr.contains(said), "{}", run.stderr);
        assert!(run.stderr.contains("--id COL"), "{}", run.stderr);
        // Whoever measures them again brings them in full.
        place.write(
            "full.csv",
            table("x,ms", 2..6, |n| format!("{:?},{n}", odd(n + 50))),
        );
        let run = place.altool("update full.csv --model m.altool").succeeded();
        let said = "4 of 4 new rows are measured ones but for rounding";
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    // Nothing of numbers in full, and of whole ones.
    trained(&place, "m.csv", "--target ms");
    let full = table("x,ms", 2..6, |n| format!("{:?},{n}", odd(n + 50)));
    place.write("r.csv", full);
    let run = place.altool("update r.csv --model m.altool").succeeded();
    assert!(!run.stderr.contains("rounding"), "{}", run.stderr);
    place.altool("select c.csv --model m.altool -n 4").ended(4);
}

/// `1.234,5` is a number in one notation only.
#[test]
fn points_between_groups_are_found_beside_decimal_commas() {
    let place = Place::new();
    let cell = |n: u32| match n {
        n if n < 10 => format!("99{n},5"),
        n => format!("1.0{n},25"),
    };
    place.write(
        "eu.csv",
        table("n;v;ms", 1..21, |n| format!("{n};1.10;{}", cell(n))),
    );
    let options = "--learner boosted --trees 8 --target ms --format json";
    // A category with a point in it says nothing of how numbers are written.
    let line = format!("train eu.csv {options} --categorical v -o m.altool");
    let run = place.altool(&line).succeeded();
    let said = "has numbers with points between groups of digits and a decimal comma";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let told = place
        .altool("inspect m.altool --format json")
        .succeeded()
        .stdout;
    assert!(told.contains("\"task\": \"regression\""), "{told}");
    place.write("c.csv", "n;v\n30;1.10\n");
    place
        .altool("score c.csv --model m.altool --gain none -o s.csv")
        .succeeded();
    let predicted = place.csv("s.csv").numbers("prediction")[0];
    assert!((990.0..1021.0).contains(&predicted), "{predicted}");
    // Points alone may begin fractions; who says that they do not has decimal commas.
    place.write("eu.csv", table("n;ms", 1..21, |n| format!("{n};1.0{n:02}")));
    let line = format!("train eu.csv {options} --thousands . -o n.altool");
    place.altool(&line).succeeded();
    place
        .altool("score eu.csv --model n.altool --gain none --thousands . -o s.csv")
        .succeeded();
    let predicted = place.csv("s.csv").numbers("prediction")[0];
    assert!((1000.0..1021.0).contains(&predicted), "{predicted}");
    let line = format!("train eu.csv {options} -o n.altool");
    place.altool(&line).succeeded();
    place
        .altool("score eu.csv --model n.altool --gain none -o s.csv")
        .succeeded();
    let predicted = place.csv("s.csv").numbers("prediction")[0];
    assert!((1.0..1.021).contains(&predicted), "{predicted}");
    // A point that groups nothing is none of a number there.
    let odd = table("n;ms", 1..21, |n| match n {
        4 => format!("{n};1.000,5"),
        7 => format!("{n};1.5"),
        n => format!("{n};{n},5"),
    });
    place.write("odd.csv", odd);
    place
        .altool("train odd.csv --target ms -o n.altool")
        .ended(3);
}

/// The file behind standard output is not replaced but written to.
#[cfg(unix)]
#[test]
fn the_name_of_standard_output_is_standard_output() {
    let place = Place::new();
    place.write("m.csv", table("x,ms", 1..31, |n| format!("{n},{n}.5")));
    place.write("c.csv", table("x", 40..46, |n| n.to_string()));
    trained(&place, "m.csv", "--target ms");
    let line = "altool select c.csv --model m.altool -n 2 --columns x --format csv";
    for name in ["/dev/stdout", "-"] {
        place.bash(&format!(
            "set -e; echo first >out.csv; ln -f out.csv same.csv; {line} -o {name} >>out.csv"
        ));
        let text = place.text("same.csv");
        assert!(text.starts_with("first\nx\n4"), "{name}: {text}");
        assert_eq!(text.lines().count(), 4, "{name}: {text}");
    }
    // What lies in memory is a file as any other: made, and replaced.
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() {
        let file = memory.join(format!("altool-{}.csv", std::process::id()));
        let line = format!("select c.csv --model m.altool -n 2 -o {}", file.display());
        for _ in 0..2 {
            place.altool(&line).succeeded();
        }
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(text.lines().count(), 3, "{text}");
    }
    // The summary of a command goes there: a model or a page would be mixed with it.
    for line in [
        "train m.csv --target ms -o /dev/stdout",
        "report m.altool --html /dev/stdout",
    ] {
        let run = place.altool(line).ended(2);
        assert!(run.stderr.contains("is a file"), "{}", run.stderr);
    }
}

/// Who scores first and selects then has one score.
#[test]
fn the_score_of_a_scored_table_is_not_the_users() {
    let place = Place::new();
    place.write("m.csv", table("x,ms", 1..31, |n| format!("{n},{n}.5")));
    place.write("c.csv", table("x", 40..46, |n| n.to_string()));
    trained(&place, "m.csv", "--target ms");
    place
        .altool("score c.csv --model m.altool -o s.csv")
        .succeeded();
    place
        .altool("select s.csv --model m.altool -n 2 -o b.csv")
        .succeeded();
    let names = place.csv("b.csv").names;
    let scores = names.iter().filter(|name| name.contains("score"));
    assert_eq!(scores.count(), 1, "{names:?}");
    assert_eq!(names[1], "score");
}
