//! Tests of high value and their priorities are what the functions of the command
//! line give on the same rows; what makes no sense is refused.

mod common;

use al_pipeline::*;
use common::*;

#[test]
fn tests_of_high_value_are_the_top_of_score() {
    let learner = learner();
    let options = HighValueOptions {
        uncertainty_threshold: 0.2,
        max_tests: 12,
        ..HighValueOptions::default()
    };
    let found = learner
        .identify_high_value_tests(candidates(), &options)
        .unwrap();
    let directory = tempfile::tempdir().unwrap();
    let all = scored(
        learner.campaign(),
        &file(&directory, "c.csv", &candidates()),
    );
    let known = named(&measured());
    let (names, uncertainty, score) = (
        named(&all),
        column(&all, "uncertainty"),
        column(&all, "score"),
    );
    let mut expected: Vec<(f64, &str)> = (0..all.n_rows())
        .filter(|&row| uncertainty[row] > 0.2 && !known.contains(&names[row]))
        .map(|row| (score[row], names[row].as_str()))
        .collect();
    assert!(expected.len() > 12, "{}", expected.len());
    expected.sort_by(|a, b| b.0.total_cmp(&a.0));
    let scores: Vec<f64> = expected.iter().map(|(score, _)| *score).take(12).collect();
    assert_eq!(column(&found.frame, "score"), scores);
    // Equal scores may change places: each row has its own score.
    for (name, score) in named(&found.frame).iter().zip(&scores) {
        assert!(expected.contains(&(*score, name)), "{name}");
    }
    assert_eq!(found.candidates, 120);
    assert_eq!(found.left_out, 30);
    assert!(
        found
            .warnings
            .iter()
            .any(|w| w.to_string() == "excluded because they are measured already: 30 rows")
    );
    assert_eq!(found.frame.names(), all.names());
}

#[test]
fn classes_and_ids_are_ranked_too() {
    let with = |mut frame: Frame, ids: &[usize], classes: bool| {
        let text = |values: Vec<Option<String>>| NewData::Text(values);
        let id = ids.iter().map(|id| Some(format!("test {id}"))).collect();
        let mut new = vec![("id", text(id))];
        if classes {
            let ms = column(&frame, "ms");
            let class = |&ms: &f64| Some(if ms > 30.0 { "slow" } else { "fast" }.to_owned());
            new.push(("class", text(ms.iter().map(class).collect())));
        }
        let new = new.into_iter().map(|(name, data)| NewColumn {
            name: name.to_owned(),
            data,
        });
        frame.append(new.collect()).unwrap();
        frame
    };
    let known: Vec<usize> = (0..240).step_by(8).collect();
    let open: Vec<usize> = (0..240).step_by(2).collect();
    let mut options = options();
    options.target = "class".to_owned();
    options.ignore.push("ms".to_owned());
    options.id = Some("id".to_owned());
    let learner = ActiveLearner::train(with(measured(), &known, true), &options).unwrap();
    let candidates = with(candidates(), &open, false);
    let any = HighValueOptions {
        uncertainty_threshold: 0.0,
        ..HighValueOptions::default()
    };
    let found = learner
        .identify_high_value_tests(&candidates, &any)
        .unwrap();
    assert_eq!(found.left_out, 30);
    assert!(found.frame.n_rows() > 30, "{}", found.frame.n_rows());
    let ids = text(&found.frame, "id");
    assert!(known.iter().all(|id| !ids.contains(&format!("test {id}"))));
    let tests = learner
        .prioritize_tests(&found.frame, &PriorityOptions::default())
        .unwrap();
    assert_eq!(text(&tests.frame, "id"), ids);
    let batch = learner
        .suggest_test_batch(&tests.frame, &BatchOptions::default())
        .unwrap();
    assert_eq!(batch.rows, 10);
    // Whether a candidate is measured, its id says.
    let nameless = rows(0..9, false);
    let said = message(learner.identify_high_value_tests(nameless, &any));
    assert!(said.contains("'id'"), "{said}");
}

#[test]
fn a_candidate_that_comes_twice_is_found_once() {
    let learner = learner();
    let twice = Frame::concat(vec![candidates(), candidates()]).unwrap();
    let options = HighValueOptions {
        uncertainty_threshold: 0.0,
        max_tests: usize::MAX,
        ..HighValueOptions::default()
    };
    let found = learner.identify_high_value_tests(&twice, &options).unwrap();
    let mut names = named(&found.frame);
    names.sort_unstable();
    let n = names.len();
    names.dedup();
    assert_eq!((names.len(), found.left_out), (n, 150));
    let none = HighValueOptions {
        uncertainty_threshold: 1.0,
        ..options
    };
    let found = learner.identify_high_value_tests(&twice, &none).unwrap();
    assert_eq!(found.frame.n_rows(), 0);
    assert!(found.frame.names().contains(&"score".to_owned()));
}

#[test]
fn priority_is_score_times_availability_and_cost() {
    let learner = learner();
    let options = PriorityOptions {
        hardware_availability: Some(Availability::new(
            "hardware",
            [("rocm", 0.5), ("webgpu", 0.0)],
        )),
        cost_weights: vec![("minutes".to_owned(), 0.6), ("memory".to_owned(), 0.4)],
        cooling: 0.5,
        ..PriorityOptions::default()
    };
    let tests = learner.prioritize_tests(candidates(), &options).unwrap();
    assert_eq!((tests.candidates, tests.left_out), (120, 40));
    assert!(
        tests
            .warnings
            .iter()
            .any(|w| w.to_string() == "excluded because their hardware is not available: 40 rows")
    );
    let frame = &tests.frame;
    assert!(!text(frame, "hardware").contains(&"webgpu".to_owned()));
    // Medians over all 120: minutes 4, memory 300, joint cost by hand.
    let all = candidates();
    let median = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        al_core::uncertainty::percentile(&sorted, 0.5)
    };
    let (minutes, memory) = (
        median(&column(&all, "minutes")),
        median(&column(&all, "memory")),
    );
    let joint = |frame: &Frame| -> Vec<f64> {
        column(frame, "minutes")
            .iter()
            .zip(column(frame, "memory"))
            .map(|(time, space)| 0.6 * time / minutes + 0.4 * space / memory)
            .collect()
    };
    let typical = median(&joint(&all));
    let (score, priority, hardware) = (
        column(frame, "score"),
        column(frame, "priority"),
        text(frame, "hardware"),
    );
    for (row, cost) in joint(frame).into_iter().enumerate() {
        let available = if hardware[row] == "rocm" { 0.5 } else { 1.0 };
        let expected = score[row] * available * (typical / cost).sqrt();
        assert!((priority[row] - expected).abs() < 1e-12, "row {row}");
    }
    assert!(priority.is_sorted_by(|a, b| a >= b));
}

#[test]
fn scores_that_tests_carry_are_kept_and_a_priority_is_replaced() {
    let learner = learner();
    let found = learner
        .identify_high_value_tests(candidates(), &HighValueOptions::default())
        .unwrap();
    let plain = PriorityOptions::default();
    let first = learner.prioritize_tests(&found.frame, &plain).unwrap();
    // Without costs and availability, priority is the score.
    assert_eq!(
        column(&first.frame, "priority"),
        column(&found.frame, "score")
    );
    assert_eq!(named(&first.frame), named(&found.frame));
    let cuda = PriorityOptions {
        hardware_availability: Some(Availability::new("hardware", [("cuda", 0.01)])),
        ..plain
    };
    let second = learner.prioritize_tests(&first.frame, &cuda).unwrap();
    assert_eq!(second.frame.names(), first.frame.names());
    assert_ne!(named(&second.frame), named(&first.frame));
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let learner = learner();
    let high = |threshold: f64| {
        let options = HighValueOptions {
            uncertainty_threshold: threshold,
            ..HighValueOptions::default()
        };
        learner.identify_high_value_tests(candidates(), &options)
    };
    for threshold in [-0.1, 30.0, f64::NAN] {
        assert!(message(high(threshold)).contains("from 0 to 1"));
    }
    let no_gain = HighValueOptions {
        score: ScoreOptions {
            gain: None,
            ..ScoreOptions::default()
        },
        ..HighValueOptions::default()
    };
    let said = message(learner.identify_high_value_tests(candidates(), &no_gain));
    assert!(said.contains("without a gain"), "{said}");

    let prioritise = |options: PriorityOptions| learner.prioritize_tests(candidates(), &options);
    let availability = |column: &str, share: f64| PriorityOptions {
        hardware_availability: Some(Availability::new(column, [("cuda", share)])),
        ..PriorityOptions::default()
    };
    let said = message(prioritise(availability("hardware", 1.5)));
    assert!(said.contains("'cuda' is 1.5"), "{said}");
    let said = message(prioritise(availability("hardwear", 1.0)));
    assert!(said.contains("did you mean 'hardware'?"), "{said}");
    let costs = |column: &str, weight: f64| PriorityOptions {
        cost_weights: vec![(column.to_owned(), weight)],
        ..PriorityOptions::default()
    };
    let said = message(prioritise(costs("minutes", 0.0)));
    assert!(said.contains("'minutes' counts 0"), "{said}");
    let said = message(prioritise(costs("minuets", 1.0)));
    assert!(said.contains("did you mean 'minutes'?"), "{said}");
    let said = message(prioritise(PriorityOptions {
        cooling: 2.0,
        ..PriorityOptions::default()
    }));
    assert!(said.contains("the cooling is 2"), "{said}");
    let mut free = candidates()
        .select(&["hardware", "batch", "layers"])
        .unwrap();
    let mut minutes = vec![1.0; 120];
    minutes[3] = 0.0;
    free.append(vec![NewColumn {
        name: "minutes".to_owned(),
        data: NewData::Float(minutes),
    }])
    .unwrap();
    let said = message(learner.prioritize_tests(&free, &costs("minutes", 1.0)));
    assert!(said.contains("row 4: the cost 'minutes' is 0"), "{said}");

    let empty = BatchOptions {
        batch_size: 0,
        ..BatchOptions::default()
    };
    let said = message(learner.suggest_test_batch(candidates(), &empty));
    assert!(said.contains("at least 1"), "{said}");
}

#[test]
fn hardware_that_no_test_has_is_told_of() {
    let learner = learner();
    let options = PriorityOptions {
        hardware_availability: Some(Availability::new("hardware", [("cdua", 0.5)])),
        ..PriorityOptions::default()
    };
    let tests = learner.prioritize_tests(candidates(), &options).unwrap();
    assert_eq!(
        tests.warnings.first().map(ToString::to_string).as_deref(),
        Some("no row has hardware 'cdua', whose availability is given; did you mean 'cuda'?")
    );
}
