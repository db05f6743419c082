//! Molecules as rows: from a table of SMILES to a batch, and around the loop.

use crate::common::{Place, fixture, json};

const TARGET: &str = "--target expt_kcal_mol --smiles smiles --ignore name";

/// The tables of hydration energies, and a model of few trees.
fn place() -> Place {
    let place = Place::new();
    for name in ["measured.csv", "candidates.csv", "results.csv"] {
        place.write(name, std::fs::read(fixture("freesolv").join(name)).unwrap());
    }
    let quick = "--learner boosted --members 5 --trees 30";
    place
        .altool(&format!("train measured.csv {TARGET} {quick} -o m.altool"))
        .succeeded();
    place
}

fn cells(place: &Place, file: &str, column: &str) -> Vec<String> {
    place.csv(file).texts(column)
}

#[test]
fn scores_name_the_nearest_measured_molecule() {
    let place = place();
    let run = place
        .altool("score candidates.csv --model m.altool -o s.csv")
        .succeeded();
    assert!(run.stderr.contains("300 rows scored"), "{}", run.stderr);
    let measured = cells(&place, "measured.csv", "smiles");
    let nearest = cells(&place, "s.csv", "nearest_measured");
    assert!(nearest.iter().all(|one| measured.contains(one)));
    let similar = place.csv("s.csv").numbers("nearest_similarity");
    let distance = place.csv("s.csv").numbers("distance");
    assert!(similar.iter().all(|one| (0.0..=1.0).contains(one)));
    let unlike = similar.iter().filter(|one| **one <= 0.35).count();
    let told = format!(
        "column 'smiles': {unlike} of 300 rows have no measured molecule above similarity 0.35"
    );
    assert!(run.stderr.contains(&told), "{}", run.stderr);
    for (similar, distance) in similar.iter().zip(&distance) {
        assert!(*distance >= 1.0 - similar - 1e-9 && *distance <= 1.0);
    }
    // The same bytes on one thread, and with one row less.
    place
        .altool("score candidates.csv --model m.altool --threads 1 -o one.csv")
        .succeeded();
    assert_eq!(place.bytes("s.csv"), place.bytes("one.csv"));
}

#[test]
fn two_spellings_are_one_molecule() {
    let place = place();
    // Ethanol and toluene as nobody writes them.
    place.write(
        "few.csv",
        "smiles\nC(O)C\nc1cccc(C)c1\nCCCCCCCC\nCCCCCCCCC\n",
    );
    place.write("known.csv", "smiles\nOCC\nCc1ccccc1\n");
    place
        .altool("select few.csv --model m.altool -n 4 --exclude known.csv -o b.csv")
        .succeeded();
    let mut picked = cells(&place, "b.csv", "smiles");
    picked.sort();
    let measured = cells(&place, "measured.csv", "smiles");
    for one in ["CCCCCCCC", "CCCCCCCCC"] {
        let known = measured.iter().any(|other| other == one);
        assert_eq!(picked.iter().any(|other| other == one), !known, "{one}");
    }
    assert!(!picked.contains(&"C(O)C".to_owned()));
    // A result in another spelling is a replicate of the measured row.
    let first = &measured[0];
    assert_eq!(first, "C(Br)Br");
    place.write("again.csv", "name,smiles,expt_kcal_mol\nx,BrCBr,-1.9\n");
    let gp = format!("train measured.csv {TARGET} --learner gp --members 4 -o g.altool");
    place.altool(&gp).succeeded();
    let run = place
        .altool("update again.csv --model g.altool -o u.altool --format json")
        .succeeded();
    assert_eq!(json(&run.stdout)["rows_added"], 1);
    let rows = |model: &str| {
        let inspected = place.altool(&format!("inspect {model} --format json"));
        json(&inspected.succeeded().stdout)["summary"]["training_rows"].clone()
    };
    assert_eq!(rows("u.altool"), rows("g.altool"));
}

#[test]
fn batches_name_compounds_and_keep_to_limits_of_scaffolds() {
    let place = place();
    let run = place
        .altool("select candidates.csv --model m.altool -n 12 --at-most scaffold=1 -o b.csv --explain b.json")
        .succeeded();
    assert!(run.stderr.contains("chosen by lcmd"), "{}", run.stderr);
    for reason in cells(&place, "b.csv", "reason") {
        let near = reason.contains("nearest measured molecule '")
            || reason.contains("no measured molecule above similarity 0.35: the nearest is '");
        assert!(near, "{reason}");
    }
    // Of benzenes at most one; chains have no scaffold to share.
    let few = "smiles\nCc1ccccc1Br\nCCc1ccccc1I\nCCCc1ccccc1F\nCCCCCCCCI\nCCCCCCCCCI\nCCCCI\n";
    place.write("few.csv", few);
    place
        .altool("select few.csv --model m.altool -n 6 --at-most scaffold=1 -o f.csv")
        .succeeded();
    let picked = cells(&place, "f.csv", "smiles");
    let benzenes = picked.iter().filter(|one| one.contains("c1"));
    assert_eq!((picked.len(), benzenes.count()), (4, 1), "{picked:?}");
    let axes = json(&place.text("b.json"))["map"]["axes"].clone();
    assert_eq!(
        axes,
        serde_json::json!(["likeness in 'smiles'", "likeness in 'smiles'"])
    );
    let wrong = place.altool("select candidates.csv --model m.altool -n 2 --at-most series=1");
    let wrong = wrong.ended(3);
    assert!(
        wrong.stderr.contains("column 'series' is missing"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn the_first_batch_is_spread_over_structures() {
    let place = place();
    let run = place
        .altool("select candidates.csv --smiles smiles --ignore name -n 8 -o b.csv --at-most scaffold=2")
        .succeeded();
    assert!(run.stderr.contains("8 of "), "{}", run.stderr);
    let reasons = cells(&place, "b.csv", "reason");
    let told = "to the nearest molecule chosen before";
    assert!(
        reasons[1..].iter().all(|one| one.contains(told)),
        "{reasons:?}"
    );
    let run = place
        .altool("select candidates.csv --model m.altool --smiles smiles -n 8")
        .ended(2);
    assert!(
        run.stderr
            .contains("--smiles is for a batch without a model")
    );
}

#[test]
fn a_smiles_that_cannot_be_read_is_named_and_can_be_skipped() {
    let place = place();
    let rows =
        "name,smiles,expt_kcal_mol\na,CCO,-5\nb,CC(C,-4\nc,,-3\nd,CCN,-4.5\ne,C1CC,0\nf,CCC,2\n";
    place.write("bad.csv", rows);
    let run = place
        .altool(&format!("train bad.csv {TARGET} -o x.altool"))
        .ended(3);
    assert_eq!(
        run.stderr,
        "error: bad.csv, line 3: column 'smiles': SMILES 'CC(C', character 3: '(' opens a branch \
         that is never closed; close it with ')', or skip such rows of results and candidates with --skip-bad-smiles\n"
    );
    assert!(!place.exists("x.altool"));
    let run = place
        .altool(&format!(
            "train bad.csv {TARGET} --skip-bad-smiles bad_rows.csv -o x.altool --learner constant"
        ))
        .succeeded();
    let told = "skipped 3 rows, first bad.csv, line 3, because their SMILES cannot be read: \
                bad_rows.csv has them";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    assert_eq!(place.csv("bad_rows.csv").numbers("row"), [2.0, 3.0, 5.0]);
    for command in [
        "score bad.csv --model x.altool --skip-bad-smiles again.csv -o s.csv",
        "select bad.csv --model m.altool -n 1 --skip-bad-smiles again.csv -o b.csv",
        "update bad.csv --model m.altool --skip-bad-smiles again.csv -o u.altool",
    ] {
        place.altool(command).succeeded();
        assert_eq!(
            place.bytes("again.csv"),
            place.bytes("bad_rows.csv"),
            "{command}"
        );
    }
    assert_eq!(cells(&place, "s.csv", "smiles"), ["CCO", "CCN", "CCC"]);
    place.write("plain.csv", "x,expt_kcal_mol\n1,2\n2,3\n3,4\n4,1\n");
    place
        .altool("train plain.csv --target expt_kcal_mol -o p.altool --learner constant")
        .succeeded();
    let run = place
        .altool("score plain.csv --model p.altool --skip-bad-smiles again.csv")
        .ended(2);
    assert!(
        run.stderr.contains("train the model with --smiles COL"),
        "{}",
        run.stderr
    );
}

#[test]
fn salts_are_one_row_where_asked() {
    let place = place();
    let rows = "smiles,y\nCC(=O)O,1\nCC(=O)[O-].[Na+],3\nCCO,2\nCCN,5\nCl.CCN,7\n";
    place.write("salts.csv", rows);
    for (options, rows) in [("", 5), (" --standardise", 3)] {
        place
            .altool(&format!(
                "train salts.csv --target y --smiles smiles --learner constant{options} -o x.altool"
            ))
            .succeeded();
        let inspected = place.altool("inspect x.altool --format json").succeeded();
        assert_eq!(
            json(&inspected.stdout)["summary"]["training_rows"],
            rows,
            "{options}"
        );
    }
    for (spec, said) in [
        ("radius=4", "the radius is 0, 1, 2 or 3"),
        ("bits=512", "the bits are 1024 or 2048"),
    ] {
        let run = place.altool(&format!(
            "train salts.csv --target y --smiles smiles --fingerprint {spec} -o x.altool"
        ));
        let run = run.ended(2);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    place
        .altool("train salts.csv --target y --smiles smiles --learner constant --fingerprint radius=3,bits=1024,chirality -o x.altool")
        .succeeded();
}

#[test]
fn other_columns_stand_beside_molecules() {
    let place = place();
    let mut rows = "smiles,temperature,solvent,y\n".to_owned();
    for (at, smiles) in [
        "CCO",
        "CCCO",
        "CCCCO",
        "CCN",
        "CCCN",
        "CCCCN",
        "c1ccccc1",
        "Cc1ccccc1",
    ]
    .iter()
    .enumerate()
    {
        for temperature in [10, 20, 30, 40] {
            let solvent = if (at + temperature) % 3 == 0 {
                "water"
            } else {
                "ether"
            };
            let y = at as f64 + temperature as f64 / 10.0;
            rows += &format!("{smiles},{temperature},{solvent},{y}\n");
        }
    }
    place.write("rows.csv", &rows);
    for learner in ["auto", "gp", "boosted", "linear", "forest", "tree"] {
        place
            .altool(&format!(
                "train rows.csv --target y --smiles smiles --learner {learner} --members 4 -o {learner}.altool"
            ))
            .succeeded();
        place
            .altool(&format!("score rows.csv --model {learner}.altool -o s.csv"))
            .succeeded();
        let (said, truth) = (
            place.csv("s.csv").numbers("prediction"),
            place.csv("s.csv").numbers("y"),
        );
        let error: f64 = said.iter().zip(&truth).map(|(a, b)| (a - b).powi(2)).sum();
        let error = (error / said.len() as f64).sqrt();
        assert!(error < 1.5, "{learner}: {error}");
    }
    let inspected = place.altool("inspect gp.altool --format json").succeeded();
    let features = json(&inspected.stdout)["features"].clone();
    let names: Vec<&str> = features
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["molecule", "numeric", "categorical"]);
    let shares = features.as_array().unwrap().iter();
    let total: f64 = shares.map(|one| one["importance"].as_f64().unwrap()).sum();
    assert!((total - 1.0).abs() < 1e-6, "{total}");
}

#[test]
fn measured_molecules_are_replayed() {
    let place = place();
    let run = place
        .altool(&format!(
            "simulate results.csv {TARGET} --strategies lcmd,core-set --initial 20 --batch 20 --rounds 2 --repeats 2 --members 4"
        ))
        .succeeded();
    assert!(run.stdout.contains("lcmd"), "{}", run.stdout);
    let run = place
        .altool(&format!(
            "simulate results.csv {TARGET} --goal best --direction min --learner boosted --members 4 --trees 20 --initial 10 --batch 5 --rounds 2 --repeats 2"
        ))
        .succeeded();
    assert!(run.stdout.contains("thompson"), "{}", run.stdout);
}
