//! Columns of molecules where something is wrong, or stands in an unusual place.

use crate::common::Place;

const ROWS: &str = "smiles,y\nCCO,1\nOCC,1.1\nCCN,2\nCCCN,2.5\nCCCCN,3\nc1ccccc1,4\nCc1ccccc1,4.5\n\
                    CCc1ccccc1,5\nCCCO,1.4\nCCCCO,1.9\nCC(C)O,1.2\nCC(C)N,2.2\n";

const TRAIN: &str = "--target y --smiles smiles --learner boosted --members 3 --trees 5";

fn place() -> Place {
    let place = Place::new();
    place.write("t.csv", ROWS);
    place.write("bad.csv", "smiles,y\nCCO,1\nC(,2\nCCN,2\nCCC,3\nCCCC,4\n");
    place
}

#[test]
fn a_list_of_skipped_rows_replaces_nothing_that_is_read_or_written() {
    let place = place();
    place.write("e.csv", "smiles,y\nCCCC,2\n");
    let skip = "--skip-bad-smiles e.csv";
    let refused = format!("train bad.csv {TRAIN} --eval e.csv {skip} -o m.altool");
    let run = place.altool(&refused).ended(2);
    assert!(run.stderr.contains("would replace e.csv"), "{}", run.stderr);
    assert_eq!(place.text("e.csv"), "smiles,y\nCCCC,2\n");
    place
        .altool(&format!("train t.csv {TRAIN} -o m.altool"))
        .succeeded();
    let run = place
        .altool("score bad.csv --model m.altool --skip-bad-smiles -")
        .ended(2);
    assert!(run.stderr.contains("a file of its own"), "{}", run.stderr);
    for command in ["score", "select -n 2"] {
        let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
        let both =
            format!("{name} bad.csv {rest} --model m.altool --skip-bad-smiles o.csv -o o.csv");
        let run = place.altool(&both).ended(2);
        assert!(
            run.stderr
                .contains("--skip-bad-smiles and -o both name o.csv"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn files_that_a_pattern_names_are_read_files() {
    let place = place();
    place
        .altool(&format!("train t.csv {TRAIN} -o m.altool"))
        .succeeded();
    place.write("runs_a.csv", "smiles\nCCCl\n");
    place.write("runs_b.csv", "smiles\nCCBr\n");
    let run = place
        .altool("score runs_*.csv --model m.altool -o runs_b.csv")
        .ended(2);
    assert!(run.stderr.contains("-o would replace"), "{}", run.stderr);
    assert_eq!(place.text("runs_b.csv"), "smiles\nCCBr\n");
}

#[test]
fn skipped_rows_are_placed_whatever_the_column_is_called() {
    let place = place();
    place.write(
        "r.csv",
        "row,y,z\nCCO,1,1\nC(,2,0\nC(,2,1\nCCN,2,1\nCCC,3,1\n",
    );
    place
        .altool(
            "train r.csv --target y --smiles row --learner constant --where z=1 -o m.altool \
             --skip-bad-smiles s.csv",
        )
        .succeeded();
    let skipped = place.csv("s.csv");
    assert_eq!(skipped.texts("row"), ["C("]);
    assert_eq!(skipped.texts("place"), ["r.csv, line 4"]);
    assert_eq!(skipped.numbers("row_"), [2.0]);
}

#[test]
fn a_column_without_a_molecule_is_named() {
    let place = place();
    place.write("n.csv", "smiles,name,y\nCCO,Q1,1\nCCN,Q2,2\nCCC,Q3,3\n");
    let run = place
        .altool("train n.csv --target y --smiles name --skip-bad-smiles s.csv -o m.altool")
        .ended(3);
    assert!(
        run.stderr.starts_with(
            "error: n.csv, line 2: no value of the column 'name' can be read: character 1:"
        ) || run
            .stderr
            .contains("no value of the column 'name' can be read"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("name the column of molecules"),
        "{}",
        run.stderr
    );
    assert!(!place.exists("s.csv"));
}

#[test]
fn molecules_are_held_together_and_limited_by_structure() {
    let place = place();
    let train =
        format!("train t.csv {TRAIN} --holdout 0.3 --holdout-by smiles --format json -o h.altool");
    let run = place.altool(&train).succeeded();
    let trained: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    // Ethanol stands there twice, in two spellings: it is one row, held out or not.
    let rows = trained["training_rows"].as_u64().unwrap();
    let held = trained["evaluation_rows"].as_u64().unwrap();
    assert_eq!(rows + held, 11, "{trained}");
    place
        .altool(&format!("train t.csv {TRAIN} -o m.altool"))
        .succeeded();
    place.write("c.csv", "smiles,dose\nCCF,1\nFCC,2\nCCCF,1\nFCCC,2\n");
    place
        .altool("select c.csv --smiles smiles -n 4 --at-most smiles=1 -o b.csv")
        .succeeded();
    assert_eq!(place.csv("b.csv").texts("smiles").len(), 2);
    let run = place
        .altool(&format!("train t.csv {TRAIN} --id smiles -o i.altool"))
        .ended(3);
    assert!(
        run.stderr.contains("--smiles") && run.stderr.contains("--id"),
        "{}",
        run.stderr
    );
}

#[test]
fn how_molecules_are_read_needs_a_column_of_them() {
    let place = place();
    for option in ["--standardise", "--fingerprint radius=3"] {
        let run = place
            .altool(&format!("train t.csv --target y {option} -o m.altool"))
            .ended(2);
        assert!(
            run.stderr.contains("give --smiles COL too"),
            "{}",
            run.stderr
        );
    }
    place.write("altool.toml", "[train]\nsmiles = \"smiles\"\n");
    place
        .altool("train t.csv --target y --standardise --learner constant -o m.altool")
        .succeeded();
}

#[test]
fn bounds_are_no_measured_values() {
    let place = place();
    place.write(
        "b.csv",
        "smiles,IC50_nM\nCCO,12\nCCN,>10000\nCCC,40\nCCCC,55\n",
    );
    let run = place
        .altool("train b.csv --target IC50_nM --smiles smiles -o m.altool")
        .ended(3);
    assert!(
        run.stderr.contains("a bound is no measured value"),
        "{}",
        run.stderr
    );
}

#[test]
fn updates_of_processes_move_what_is_said_of_known_rows() {
    let place = place();
    place
        .altool("train t.csv --target y --smiles smiles --learner gp -o m.altool")
        .succeeded();
    place.write("new.csv", "smiles,y\nCCCCCCCN,9\nCCCCCCN,8\nCCCCCCCCO,7\n");
    let run = place
        .altool("update new.csv --model m.altool --format json")
        .succeeded();
    let updated: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let moved = updated["moved_percent"].as_f64().unwrap();
    // A process passes through what it has learned: said of itself, nothing would move.
    assert!(moved > 1.0, "{moved}");
}
