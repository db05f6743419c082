//! Batches, updates and configurations are what the functions of the command line
//! give on the same rows.

mod common;

use al_core::*;
use al_pipeline::*;
use common::*;

#[test]
fn a_diverse_batch_is_the_one_of_choose() {
    let learner = learner();
    let directory = tempfile::tempdir().unwrap();
    let source = file(&directory, "c.csv", &candidates());
    let batch = learner
        .suggest_test_batch(candidates(), &BatchOptions::default())
        .unwrap();
    let chosen = choose(
        learner.campaign(),
        &source,
        &SelectOptions::new(10),
        &Silent,
    )
    .unwrap();
    assert_eq!(
        batch.frame.table(None).unwrap(),
        chosen.frame.table(None).unwrap()
    );
    assert_eq!(batch.rows, 10);
    assert_eq!(batch.frame.names()[..3], ["rank", "score", "reason"]);
}

#[test]
fn without_diversity_a_batch_is_the_top_of_priority() {
    let learner = learner();
    let availability = Some(Availability::new(
        "hardware",
        [("cuda", 0.0), ("rocm", 0.7)],
    ));
    let cost_weights = vec![("minutes".to_owned(), 1.0)];
    let batch = learner
        .suggest_test_batch(
            candidates(),
            &BatchOptions {
                batch_size: 8,
                ensure_diversity: false,
                hardware_availability: availability.clone(),
                cost_weights: cost_weights.clone(),
                pending: None,
                capacity: None,
            },
        )
        .unwrap();
    let tests = learner
        .prioritize_tests(
            candidates(),
            &PriorityOptions {
                hardware_availability: availability,
                cost_weights,
                ..PriorityOptions::default()
            },
        )
        .unwrap();
    let known = named(&measured());
    let open: Vec<f64> = named(&tests.frame)
        .iter()
        .zip(column(&tests.frame, "priority"))
        .filter(|(name, _)| !known.contains(name))
        .map(|(_, priority)| priority)
        .take(8)
        .collect();
    for (found, expected) in column(&batch.frame, "score").iter().zip(&open) {
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
    assert_eq!(open.len(), 8);
    assert!(!text(&batch.frame, "hardware").contains(&"cuda".to_owned()));
}

#[test]
fn a_diverse_batch_avoids_hardware_that_is_down_and_pending_rows() {
    let learner = learner();
    let pending = candidates().take(&[1, 2, 4]);
    let options = BatchOptions {
        hardware_availability: Some(Availability::new("hardware", [("webgpu", 0.0)])),
        batch_size: 30,
        pending: Some(TableSource::table("running", &pending)),
        ..BatchOptions::default()
    };
    let batch = learner.suggest_test_batch(candidates(), &options).unwrap();
    assert_eq!(batch.rows, 30);
    assert!(!text(&batch.frame, "hardware").contains(&"webgpu".to_owned()));
    let names = named(&batch.frame);
    assert!(named(&pending).iter().all(|name| !names.contains(name)));
    assert!(
        batch
            .warnings
            .iter()
            .any(|w| w.to_string().contains("hardware that is not available")),
        "{:?}",
        batch.warnings
    );
}

#[test]
fn an_update_is_that_of_the_command_line() {
    let mut learner = learner();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m.altool");
    learner.save(&path).unwrap();
    let results = rows((2..240).step_by(8), true);
    let updated = learner
        .update_models(&results, &UpdateOptions::default())
        .unwrap();
    let source = file(&directory, "r.csv", &results);
    let of_file = crate::update_file(
        &path,
        &path,
        &source,
        None,
        &UpdateOptions::default(),
        &Silent,
    )
    .unwrap();
    assert_eq!(
        (&updated.before, &updated.after, &updated.improvement),
        (&of_file.before, &of_file.after, &of_file.improvement)
    );
    assert_eq!((updated.rows_added, of_file.rows_added), (30, 30));
    let again = ActiveLearner::load(&path).unwrap();
    assert_eq!(again.campaign().rounds(), learner.campaign().rounds());
    // The same results again change nothing.
    let before = learner.campaign().to_bytes().unwrap();
    let twice = learner
        .update_models(&results, &UpdateOptions::default())
        .unwrap();
    assert!(!twice.changed);
    assert_eq!(twice.known_files, ["table in memory"]);
    assert_eq!(learner.campaign().to_bytes().unwrap(), before);
}

#[test]
fn a_refused_update_leaves_the_model_as_it_was() {
    let mut learner = learner();
    let before = learner.campaign().to_bytes().unwrap();
    let broken = rows(0..5, false);
    let said = message(learner.update_models(&broken, &UpdateOptions::default()));
    assert!(said.contains("'ms'"), "{said}");
    let mut wild = rows(300..303, true);
    wild = wild.select(&["hardware", "batch", "layers"]).unwrap();
    wild.append(vec![NewColumn {
        name: "ms".to_owned(),
        data: NewData::Float(vec![1.0, 1e40, 2.0]),
    }])
    .unwrap();
    let source = TableSource::table("tonight", &wild);
    let said = message(learner.update_models(source, &UpdateOptions::default()));
    assert!(
        said.starts_with("tonight, row 2: the target 'ms' is 1e40"),
        "{said}"
    );
    assert_eq!(learner.campaign().to_bytes().unwrap(), before);
}

#[test]
fn configurations_are_the_combinations_that_rules_allow() {
    let values = || {
        [
            ("hardware", Value::list(["cuda", "webgpu"])),
            ("batch", Value::list([8, 16])),
            ("sparse", Value::list([true, false])),
        ]
    };
    let rule = "NOT (hardware = 'webgpu' AND batch > 8)";
    let found = generate_candidate_configurations(values(), &[rule]).unwrap();
    assert_eq!(text(&found, "batch"), ["8", "8", "16", "16", "8", "8"]);
    let space = "rules = [\"NOT (hardware = 'webgpu' AND batch > 8)\"]\n[values]\n\
                 hardware = ['cuda', 'webgpu']\nbatch = [8, 16]\nsparse = [true, false]";
    let mut blocks: Vec<Frame> = Vec::new();
    let space = al_hw::ConfigSpace::parse(space).unwrap();
    let options = crate::GridOptions::default();
    crate::grid(&space, None, &options, || Ok(&mut blocks), &Silent).unwrap();
    let of_file = Frame::concat(blocks).unwrap();
    assert_eq!(found.table(None).unwrap(), of_file.table(None).unwrap());

    let said = message(generate_candidate_configurations(values(), &["bacth > 1"]));
    assert!(said.contains("did you mean 'batch'?"), "{said}");
    let said = message(generate_candidate_configurations(
        [("batch", Value::list([1, 1]))],
        &[],
    ));
    assert_eq!(said, "column 'batch' holds 1 twice");
    let none: [(&str, Vec<Value>); 0] = [];
    assert!(message(generate_candidate_configurations(none, &[])).contains("no columns"));
    let many = || Value::list(0..1000);
    let said = message(generate_candidate_configurations(
        [("a", many()), ("b", many()), ("c", many())],
        &[],
    ));
    assert!(said.contains("1000000000 combinations"), "{said}");
}

/// Rows of which large batches failed.
fn tried(numbers: std::ops::Range<usize>) -> Frame {
    let mut frame = rows(numbers, true);
    let state = |&batch: &f64| (if batch > 12.0 { "failed" } else { "ok" }).to_owned();
    let states = column(&frame, "batch")
        .iter()
        .map(state)
        .map(Some)
        .collect();
    let state = NewColumn {
        name: "state".to_owned(),
        data: NewData::Text(states),
    };
    frame.append(vec![state]).unwrap();
    frame
}

#[test]
fn other_evaluation_rows_count_as_in_a_model_read_again() {
    let mut options = options();
    options.status = Some(("state".to_owned(), "ok".to_owned()));
    let first = tried(0..90);
    let source = TableSource::table("first", &first);
    let mut campaign = train(&source, None, &options, None, &Silent)
        .unwrap()
        .campaign;
    let pool = rows(150..240, false).table(None).unwrap();
    let works = |campaign: &Campaign| campaign.feasibility().unwrap().unwrap().of(&pool);
    let before = works(&campaign);
    let other = tried(120..200);
    let eval = TableSource::table("eval", &other);
    let updated = campaign
        .update(&source, Some(&eval), &UpdateOptions::default(), &Silent)
        .unwrap();
    assert_eq!((updated.rows_added, updated.changed), (0, true));
    let again = Campaign::from_bytes(&campaign.to_bytes().unwrap(), "m").unwrap();
    assert_eq!(works(&campaign), works(&again));
    assert_ne!(works(&campaign), before);
}
