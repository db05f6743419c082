//! Files as people have them: each of these was handed out again, merged or learned
//! wrongly before, without a word.

use crate::common::Place;

/// `a,…\n` and so on, a row for each number of `range`.
pub(crate) fn table(
    header: &str,
    range: std::ops::Range<u32>,
    row: impl Fn(u32) -> String,
) -> String {
    let rows: String = range.map(|n| format!("{}\n", row(n))).collect();
    format!("{header}\n{rows}")
}

pub(crate) fn trained(place: &Place, file: &str, options: &str) {
    let line = format!("train {file} {options} --learner boosted --trees 8 -o m.altool");
    place.altool(&line).succeeded();
}

/// A: what a column is follows from the model, not from what one file happens to hold.
#[test]
fn a_file_that_holds_only_none_is_of_categories_still() {
    let place = Place::new();
    let row = |n: u32| format!("{},{},{n}.5", if n < 10 { "None" } else { "int8" }, n % 10);
    place.write("m.csv", table("q,n,ms", 0..20, row));
    place.write("c.csv", table("q,n", 0..10, |n| format!("None,{n}")));
    trained(&place, "m.csv", "--target ms");
    place.altool("select c.csv --model m.altool -n 3").ended(4);
    // In lists, too.
    place.write("new.csv", table("q,n", 20..23, |n| format!("None,{n}")));
    place.write("out.csv", "q,n\nNone,20\n");
    let line = "select new.csv --model m.altool -n 9 --exclude out.csv --format csv --columns q,n";
    let batch = place.altool(line).succeeded().stdout;
    assert!(
        batch.contains("None,21") && !batch.contains(",20"),
        "{batch}"
    );
    // True and False beside another word.
    let flash = |n: u32| format!("{},{n},{n}.5", ["auto", "True", "False"][n as usize % 3]);
    place.write("f.csv", table("flash,n,ms", 0..12, flash));
    place.write("t.csv", "flash,n\nTrue,1\nTRUE,4\nFalse,2\n");
    trained(&place, "f.csv", "--target ms");
    place.altool("select t.csv --model m.altool -n 3").ended(4);
}

/// B and K: one number is one number, however it was written or computed.
#[test]
fn sums_of_tenths_are_tenths() {
    let place = Place::new();
    let mut sum = 0.0;
    let rows: String = (0..20)
        .map(|n| {
            sum += 0.1;
            format!("{sum},{n}\n")
        })
        .collect();
    assert!(rows.contains("0.30000000000000004"));
    place.write("m.csv", format!("x,y\n{rows}"));
    place.write(
        "c.csv",
        table("x", 1..21, |n| format!("{}", f64::from(n) / 10.0)),
    );
    trained(&place, "m.csv", "--target y");
    place.altool("select c.csv --model m.altool -n 20").ended(4);
}

/// C: what the user calls score or rank stays the user's.
#[test]
fn own_columns_do_not_take_the_place_of_the_users() {
    let place = Place::new();
    place.write("s.csv", table("n,score", 1..31, |n| format!("{n},{n}.5")));
    place.write("r.csv", table("n,score", 40..43, |n| format!("{n},{n}.5")));
    trained(&place, "s.csv", "--target score");
    place
        .altool("select r.csv --model m.altool -n 3 -o b.csv")
        .succeeded();
    let batch = place.csv("b.csv");
    let mut scores = batch.numbers("score");
    scores.sort_by(f64::total_cmp);
    assert_eq!(scores, [40.5, 41.5, 42.5]);
    assert!(
        batch.names.contains(&"altool_score".to_owned()),
        "{:?}",
        batch.names
    );
    let update = place.altool("update b.csv --model m.altool").succeeded();
    assert_eq!(update.value("rows_added"), 3.0);
    // A batch that was not measured is no measurement.
    place.write("c.csv", table("n", 50..53, |n| n.to_string()));
    place
        .altool("select c.csv --model m.altool -n 3 -o b.csv")
        .succeeded();
    let run = place.altool("update b.csv --model m.altool").ended(3);
    assert!(run.stderr.contains("'score' is missing"), "{}", run.stderr);
    // A feature called rank.
    place.write(
        "k.csv",
        table("rank,n,ms", 0..30, |n| format!("{},{n},{n}.5", 8 * (n % 3))),
    );
    place.write("kc.csv", table("rank,n", 40..44, |n| format!("64,{n}")));
    trained(&place, "k.csv", "--target ms --features rank,n");
    let line = "select kc.csv --model m.altool -n 3 --columns rank,n,altool_rank --format csv";
    let batch = place.altool(line).succeeded().stdout;
    assert_eq!(batch.matches("64,4").count(), 3, "{batch}");
    assert!(batch.starts_with("rank,n,altool_rank\n"), "{batch}");
}

/// D: codes are not numbers, and are written as they stand.
#[test]
fn codes_keep_their_text() {
    let place = Place::new();
    let version = |n: u32| {
        format!(
            "{},{n},{}",
            ["1.1", "1.10"][n as usize % 2],
            10 * (1 + n % 2)
        )
    };
    place.write("v.csv", table("v,n,ms", 0..24, version));
    place.write("vc.csv", "v,n\n1.1,30\n1.10,31\n");
    place
        .altool("train v.csv --target ms --categorical v --learner boosted -o m.altool")
        .succeeded();
    let line = "score vc.csv --model m.altool --gain none -o s.csv";
    place.altool(line).succeeded();
    let scored = place.csv("s.csv");
    assert_eq!(scored.column("v"), ["1.1", "1.10"]);
    let said = scored.numbers("prediction");
    assert!(said[0] < 15.0 && said[1] > 15.0, "{said:?}");
    // Ids with zeros before them.
    place.write(
        "z.csv",
        table("id,n,y", 1..21, |n| format!("{n:03},{n},{n}.5")),
    );
    place.write("zc.csv", "id,n\n045,33\n046,34\n");
    trained(&place, "z.csv", "--target y --id id");
    let line = "select zc.csv --model m.altool -n 2 --columns id --format csv";
    let batch = place.altool(line).succeeded().stdout;
    assert!(batch.contains("045") && batch.contains("046"), "{batch}");
    // A column of such numbers is one of codes, with a word about it.
    place.write(
        "h.csv",
        table("commit,y", 0..24, |n| format!("{:04},{n}", n % 4 + 8)),
    );
    let run = place
        .altool("train h.csv --target y --learner boosted --trees 8 -o m.altool")
        .succeeded();
    assert!(run.stderr.contains("has zeros before it"), "{}", run.stderr);
}

/// E: of a results file that grows, the new rows count, and their costs.
#[test]
fn a_results_file_that_grows_counts_its_rows_once() {
    let place = Place::new();
    let row = |n: u32| format!("{n},{n}.5,1");
    place.write("d.csv", table("n,ms,s", 1..21, row));
    trained(&place, "d.csv", "--target ms --cost s");
    place.write("d2.csv", table("n,ms,s", 1..22, row));
    let run = place.altool("update d2.csv --model m.altool").succeeded();
    assert_eq!(
        (run.value("rows_added"), run.value("rows_known")),
        (1.0, 20.0)
    );
    assert!(run.stderr.contains("give --again"), "{}", run.stderr);
    place.write("c.csv", "n\n30\n31\n");
    let line = "select c.csv --model m.altool -n 1 --total-budget 21 -o x.csv";
    let run = place.altool(line).ended(4);
    assert!(run.stderr.contains("have cost 21"), "{}", run.stderr);
    // Nothing new at all changes nothing.
    let before = place.bytes("m.altool");
    place.write("d3.csv", table("n,ms,s", 3..9, row));
    place.altool("update d3.csv --model m.altool").succeeded();
    assert!(before == place.bytes("m.altool"));
    let run = place
        .altool("update d3.csv --model m.altool --again")
        .succeeded();
    assert_eq!(run.value("rows_added"), 6.0);
}

/// F: columns in the names of directories.
#[test]
fn directories_say_columns() {
    let place = Place::new();
    for (gpu, tens) in [("A", ""), ("B", "1")] {
        std::fs::create_dir_all(place.path(&format!("h/gpu={gpu}"))).unwrap();
        let rows = table("n,ms", 1..16, |n| format!("{n},{tens}{n}.5"));
        place.write(&format!("h/gpu={gpu}/p.csv"), rows);
    }
    let line = "train h/*/*.csv --target ms --learner boosted --trees 8 -o m.altool";
    let run = place.altool(line).succeeded();
    assert_eq!(run.value("training_rows"), 30.0);
    assert!(
        run.stderr.contains("'gpu' is read from the names"),
        "{}",
        run.stderr
    );
    // One of them alone is enough where the model has the column.
    std::fs::create_dir_all(place.path("new/gpu=A")).unwrap();
    place.write("new/gpu=A/p.csv", "n,ms\n40,40.5\n");
    let run = place.altool("update new/gpu=A/p.csv --model m.altool");
    assert_eq!(run.succeeded().value("rows_added"), 1.0);
    let line = "train h/*/*.csv --target ms --no-partitions --learner boosted -o n.altool";
    assert_eq!(place.altool(line).succeeded().value("training_rows"), 15.0);
}

/// G: the numbers of rows that pandas and R write are no features.
#[test]
fn numbers_of_rows_are_not_learned() {
    let place = Place::new();
    for name in ["", "Unnamed: 0", "__index_level_0__", "index"] {
        let rows = table(&format!("{name},n,ms"), 0..20, |n| {
            format!("{n},{},{n}.5", n * 3)
        });
        place.write("m.csv", rows);
        let line = "train m.csv --target ms --learner boosted --trees 8 -o m.altool";
        let run = place.altool(line).succeeded();
        assert!(
            run.stderr.contains("it numbers the rows"),
            "{name}: {}",
            run.stderr
        );
        assert!(
            run.stdout.contains("\nfeatures,n\n"),
            "{name}: {}",
            run.stdout
        );
    }
}

/// I: numbers in other notations are no classes, and lengths of time are numbers.
#[test]
fn numbers_as_text_in_the_target_are_said() {
    let place = Place::new();
    let refused = |cell: &dyn Fn(u32) -> String, said: &str| {
        place.write(
            "u.csv",
            table("a,y", 1..21, |n| format!("{n},\"{}\"", cell(n))),
        );
        let run = place.altool("train u.csv --target y -o u.altool").ended(3);
        assert!(run.stderr.contains("u.csv, line 2"), "{}", run.stderr);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    };
    refused(&|n| format!("{n},5"), "--decimal ,");
    refused(&|n| format!("{n},234.5"), "--thousands ,");
    refused(
        &|n| format!("{n},{}", 100 + n),
        "--decimal , if the comma begins",
    );
    refused(&|n| format!("{n}%"), "write the number alone");
    let learned = |cell: &dyn Fn(u32) -> String, options: &str| {
        place.write(
            "u.csv",
            table("a,y", 1..21, |n| format!("{n},\"{}\"", cell(n))),
        );
        let line = format!(
            "train u.csv --target y {options} --learner constant -o u.altool --format json"
        );
        let run = place.altool(&line).succeeded();
        place
            .altool("score u.csv --model u.altool --gain none -o s.csv")
            .succeeded();
        (place.csv("s.csv").numbers("prediction")[0], run.stderr)
    };
    let (mean, _) = learned(&|n| format!("{n},5"), "--decimal ,");
    assert!((mean - 11.0).abs() < 1.0, "{mean}");
    let (mean, _) = learned(&|n| format!("{n},000.5"), "--thousands ,");
    assert!((mean - 10_500.0).abs() < 1000.0, "{mean}");
    let (mean, said) = learned(&|n| format!("{n} ms"), "");
    assert!(
        (mean - 10.5).abs() < 1.0 && said.contains("read in ms"),
        "{mean} {said}"
    );
    let (mean, said) = learned(&|n| format!("00:00:{n:02}"), "");
    assert!(
        (mean - 10.5).abs() < 1.0 && said.contains("read in s"),
        "{mean} {said}"
    );
    // What comes later is read in the unit of the model.
    learned(&|n| format!("{n} ms"), "");
    place.write("more.csv", "a,y\n40,0.05 s\n41,60 ms\n");
    let run = place
        .altool("update more.csv --model u.altool --refit")
        .succeeded();
    assert_eq!(run.value("rows_added"), 2.0);
    assert!(!run.stderr.contains("another unit"), "{}", run.stderr);
}

/// J: one odd cell is said with its line.
#[test]
fn one_odd_cell_among_numbers_is_said() {
    let place = Place::new();
    let row = |n: u32| match n {
        9 => "-,9.5".to_owned(),
        n => format!("{n},{n}.5"),
    };
    place.write("j.csv", table("a,y", 1..31, row));
    let run = place.altool("train j.csv --target y -o j.altool").ended(3);
    assert!(
        run.stderr.contains("j.csv, line 10 holds '-'"),
        "{}",
        run.stderr
    );
    let line = "train j.csv --target y --na - --learner boosted --trees 8 -o m.altool";
    let run = place.altool(line).succeeded();
    assert!(run.stdout.contains("\nfeatures,a\n"), "{}", run.stdout);
    // The model remembers what means missing.
    place.write("c.csv", "a\n-\n5\n");
    place
        .altool("score c.csv --model m.altool -o s.csv")
        .succeeded();
    assert_eq!(place.csv("s.csv").column("a"), ["", "5"]);
}

/// L: of few rows all categories are kept.
#[test]
fn a_first_batch_of_five_keeps_its_categories() {
    let place = Place::new();
    place.write("t.csv", "gpu,n,ms\nA,1,1\nB,2,2\nC,3,3\nA,4,4\nB,5,5\n");
    place.write("c.csv", "gpu,n\nA,7\nB,7\nC,7\nA,8\nB,8\nC,8\n");
    place
        .altool("train t.csv --target ms -o m.altool")
        .succeeded();
    place
        .altool("select c.csv --model m.altool -n 6 -o b.csv")
        .succeeded();
    assert_eq!(place.csv("b.csv").rows.len(), 6);
}

/// M and N: JSON of Python, and files of other countries.
#[test]
fn files_are_read_as_they_are_written() {
    let place = Place::new();
    place.write(
        "n.jsonl",
        "{\"a\":1,\"y\":2}\n{\"a\":NaN,\"y\":3}\n{\"a\":3,\"y\":4}\n",
    );
    place
        .altool("train n.jsonl --target y -o n.altool")
        .succeeded();
    place.write("twice.jsonl", "{\"a\":1,\"y\":2,\"a\":3}\n");
    let run = place
        .altool("train twice.jsonl --target y -o n.altool")
        .ended(3);
    assert!(
        run.stderr.contains("'a' stands there twice"),
        "{}",
        run.stderr
    );
    for (mark, name) in [(';', "';'"), ('|', "'|'"), ('\t', "tabs")] {
        place.write("c.csv", format!("a{mark}b\n1{mark}2\n3{mark}4\n"));
        let run = place.altool("select c.csv -n 1 --format csv").succeeded();
        assert!(
            run.stderr.contains(&format!("separated by {name}")),
            "{}",
            run.stderr
        );
        assert!(run.stdout.contains("a,b"), "{}", run.stdout);
    }
    place.write("c.csv", "a;b\n1,5;2\n2,5;3\n");
    let run = place.altool("select c.csv -n 2 --format csv").succeeded();
    assert!(
        run.stderr.contains("with a decimal comma"),
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains("1.5,2"), "{}", run.stdout);
    let line = "select c.csv -n 2 --decimal , --thousands ,";
    assert!(place.altool(line).ended(2).stderr.contains("must differ"));
    // First bytes go before names.
    place.write("x.csv", b"PK\x03\x04....xl/workbook.xml".as_slice());
    let run = place.altool("select x.csv -n 1").ended(3);
    assert!(run.stderr.contains("an Excel workbook"), "{}", run.stderr);
}
