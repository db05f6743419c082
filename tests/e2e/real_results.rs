//! Results as people bring them back: what is new, odd or ambiguous about them is said.

use crate::common::Place;
use crate::real_files::{table, trained};

/// Of a table of other things than before, that is said.
#[test]
fn what_is_new_about_results_is_said() {
    let place = Place::new();
    let row = |n: u32| format!("{},{n},{n}.5", ["A100", "MI-210"][n as usize % 2]);
    place.write("m.csv", table("gpu,n,ms", 1..31, row));
    trained(&place, "m.csv", "--target ms");
    place.write(
        "s.csv",
        "gpu,n,ms,driver\nA100,40,0.04,1\na100,41,0.041,1\n",
    );
    let run = place.altool("update s.csv --model m.altool").succeeded();
    for said in [
        "did not have this column: driver",
        "are they in another unit",
    ] {
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
    }
    // Half of it measured.
    place.write("half.csv", "gpu,n,ms\nA100,50,50.5\nA100,51,\n");
    let run = place.altool("update half.csv --model m.altool").ended(3);
    assert!(
        run.stderr.contains("--drop-missing-target"),
        "{}",
        run.stderr
    );
    let line = "update half.csv --model m.altool --drop-missing-target";
    assert_eq!(place.altool(line).succeeded().value("rows_added"), 1.0);
    // Spellings that are near.
    place.write(
        "near.csv",
        table("gpu,n,ms", 1..31, |n| {
            format!("{},{n},{n}.5", ["L40", "l 40"][n as usize % 2])
        }),
    );
    let line = "train near.csv --target ms --learner boosted --trees 8 -o n.altool";
    let run = place.altool(line).succeeded();
    assert!(run.stderr.contains("'l 40' and 'L40'"), "{}", run.stderr);
}

/// Rows that are dropped leave no trace.
#[test]
fn dropped_rows_leave_no_categories_and_no_columns() {
    let place = Place::new();
    let row = |n: u32| match n < 30 {
        true => format!("chat,{n},,{n}.5"),
        false => format!("image,{n},512,"),
    };
    place.write("r.csv", table("task,size,px,ms", 0..40, row));
    trained(&place, "r.csv", "--target ms --drop-missing-target");
    place.write("c.csv", "task,size\nchat,5\nimage,2\n");
    let run = place
        .altool("score c.csv --model m.altool -o s.csv")
        .succeeded();
    assert!(
        run.stderr.contains("'image', never measured"),
        "{}",
        run.stderr
    );
}

/// A job that may find nothing running, and what looks for the best without knowing which.
#[test]
fn scripts_get_what_they_mean() {
    let place = Place::new();
    place.write("m.csv", table("n,ms", 1..31, |n| format!("{n},{n}.5")));
    place.write("c.csv", table("n", 40..50, |n| n.to_string()));
    trained(&place, "m.csv", "--target ms");
    let line = "select c.csv --model m.altool -n 2 --pending running.csv";
    place.altool(line).ended(3);
    place
        .altool(&format!("{line} --pending-if-any"))
        .succeeded();
    let run = place
        .altool("select c.csv --model m.altool -n 2 --strategy ucb")
        .ended(2);
    assert!(run.stderr.contains("--direction max"), "{}", run.stderr);
    let run = place
        .altool("select --log-format json --no-such-option")
        .ended(2);
    assert!(run.stderr.starts_with("{\"error\":"), "{}", run.stderr);
    let run = place.altool("report m.altool --html page.pdf").ended(2);
    assert!(run.stderr.contains("the page is HTML"), "{}", run.stderr);
}

/// `None` beside `True` is a third word, not a missing truth value.
#[test]
fn none_beside_true_is_a_word() {
    let place = Place::new();
    let row = |n: u32| format!("{},{n},{n}.5", if n < 4 { "None" } else { "True" });
    place.write("t.csv", table("fuse,b,ms", 0..8, row));
    trained(&place, "t.csv", "--target ms");
    place.altool("select t.csv --model m.altool -n 9").ended(4);
    // From nothing: the batch says what the candidates say.
    place.write(
        "c.csv",
        table("fuse,b", 0..8, |n| {
            row(n).rsplit_once(',').unwrap().0.to_owned()
        }),
    );
    place.altool("select c.csv -n 8 -o b.csv").succeeded();
    let mut said = place.csv("b.csv").texts("fuse");
    said.sort();
    assert_eq!(said[..4], ["None"; 4].map(str::to_owned));
    place.write("x.csv", "fuse,b\nNone,1\nNone,2\n");
    let line = "select c.csv -n 9 --exclude x.csv -o b.csv";
    place.altool(line).succeeded();
    assert_eq!(place.csv("b.csv").rows.len(), 6);
}

/// With a decimal comma a point is none of a number.
#[test]
fn a_point_in_a_file_of_decimal_commas_is_told() {
    let place = Place::new();
    let rows = table("g;n;ms", 1..9, |n| format!("A;{n}.024;{n},5"));
    place.write("d.csv", rows);
    let line = "train d.csv --target ms --decimal , --numeric n --learner boosted -o m.altool";
    let run = place.altool(line).ended(3);
    assert!(run.stderr.contains("give --thousands ."), "{}", run.stderr);
    let run = place.altool(&format!("{line} --thousands .")).succeeded();
    assert!(run.stdout.contains("features,\"g, n\""), "{}", run.stdout);
    // What altool writes has points, and is read so.
    place.write("c.csv", "g;n\nA;20.024\nA;21.024\n");
    let line = "select c.csv --model m.altool -n 2 --decimal , --thousands . -o b.csv";
    place.altool(line).succeeded();
    place.write("done.csv", "g,n,ms\nA,20024,9.5\nA,21024,8.25\n");
    let run = place.altool("update done.csv --model m.altool").succeeded();
    assert!(
        run.stderr.contains("read with decimal points"),
        "{}",
        run.stderr
    );
    let line = "select c.csv --model m.altool -n 2 --decimal , --thousands .";
    place.altool(line).ended(4);
    // Groups of three digits may be either.
    place.write("g.tsv", table("n\tms", 1..9, |n| format!("{n}\t{n},007")));
    let run = place.altool("train g.tsv --target ms -o n.altool").ended(3);
    assert!(run.stderr.contains("--thousands ,"), "{}", run.stderr);
}

/// What a model cannot tell is said before it learns it.
#[test]
fn other_units_and_other_directories_are_told() {
    let place = Place::new();
    place.write("m.csv", table("n,ms", 1..21, |n| format!("{n},{n}.5")));
    trained(&place, "m.csv", "--target ms");
    place.write("t.csv", "n,ms\n40,220 s\n");
    let run = place.altool("update t.csv --model m.altool").ended(3);
    assert!(
        run.stderr.contains("numbers without a unit"),
        "{}",
        run.stderr
    );
    for gpu in ["A", "B"] {
        std::fs::create_dir_all(place.path(&format!("ds/gpu={gpu}"))).unwrap();
        let rows = table("n,ms", 1..21, |n| {
            format!("{n},{n}.{}", gpu.len() + usize::from(gpu == "B"))
        });
        place.write(&format!("ds/gpu={gpu}/p.csv"), rows);
    }
    trained(&place, "ds/gpu=A/p.csv", "--target ms");
    let run = place.altool("update ds/gpu=B/p.csv --model m.altool");
    let run = run.succeeded();
    assert!(
        run.stderr.contains("cannot tell their rows apart"),
        "{}",
        run.stderr
    );
    // Classes may be called None, and a filter is of what stands in the file.
    let class = |n: u32| {
        format!(
            "{n},0.{},{}",
            n % 4,
            if n.is_multiple_of(10) { "oom" } else { "None" }
        )
    };
    place.write("k.csv", table("n,lr,state", 1..41, class));
    let line = "train k.csv --target state --categorical lr --where 'lr < 0.3' --learner boosted";
    let run = place
        .bash(&format!("altool {line} --trees 8 -o k.altool"))
        .succeeded();
    assert!(run.stdout.contains("state: None, oom"), "{}", run.stdout);
    let line = "altool select k.csv --model k.altool -n 3 --where 'lr > 0.2'";
    place.bash(line).succeeded();
}

/// Of classes that were measured again and again, whole configurations are left out.
#[test]
fn classes_of_repeated_configurations_are_judged_by_others() {
    let place = Place::new();
    let row = |n: u32| {
        let a = n % 12;
        let likely = !n.is_multiple_of(5);
        format!("{a},{}", if (a < 6) == likely { "A" } else { "B" })
    };
    place.write("r.csv", table("a,y", 0..240, row));
    let line = "train r.csv --target y --learner boosted --trees 20 -o m.altool";
    let run = place.altool(line).succeeded();
    assert!(run.value("accuracy") > 0.45, "{}", run.stdout);
    assert!(run.value("log_loss") < 1.0, "{}", run.stdout);
}
