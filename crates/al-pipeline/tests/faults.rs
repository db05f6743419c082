//! That no fault, warning or reason names a flag of the command line: they name
//! settings, which each front end words in its own way.

use al_core::{
    Column, ColumnData, Fault, FaultKind, Message, Numbers, Seed, Setting, Silent, Table, Texts,
    setting,
};

use al_pipeline::simulate::{SimulateOptions, simulate};
use al_pipeline::{
    Availability, Batch, Campaign, Capacity, ConfigSpace, EmbeddingSpace, Frame, GridOptions, Host,
    Hosts, OptionValue, RecommendOptions, Sample, ScoreOptions, SelectOptions, StrategyOptions,
    TableSource, Task, TrainOptions, choose, choose_first, grid, recommend, score, train,
};

/// Hardware, batch, cost, status and latency of `n` rows, no two alike.
fn table(n: usize, latency: &dyn Fn(usize) -> Option<String>) -> Frame {
    let number = |name: &str, value: &dyn Fn(usize) -> f64| Column {
        name: name.to_owned(),
        data: ColumnData::Number(Numbers::from((0..n).map(value).collect::<Vec<f64>>())),
    };
    let text = |name: &str, value: &dyn Fn(usize) -> Option<String>| {
        let values: Vec<Option<String>> = (0..n).map(value).collect();
        Column {
            name: name.to_owned(),
            data: ColumnData::Text(Texts::from_rows(values.iter().map(Option::as_deref))),
        }
    };
    Frame::from_table(&Table::new(vec![
        text("hardware", &|row| {
            Some(["cuda", "rocm"][row % 2].to_owned())
        }),
        number("batch", &|row| (row / 2 + 1) as f64),
        number("euros", &|row| 1.0 + (row % 3) as f64),
        text("status", &|row| {
            Some(if row % 9 == 0 { "failed" } else { "done" }.to_owned())
        }),
        text("latency_ms", latency),
    ]))
}

fn latency(row: usize) -> Option<String> {
    Some(((row % 2 + 1) * (row % 12 + 2)).to_string())
}

fn results(n: usize) -> TableSource {
    TableSource::table("results", &table(n, &latency))
}

fn options() -> TrainOptions {
    let mut options = TrainOptions::new("latency_ms");
    options.ignore = vec!["euros".to_owned(), "status".to_owned()];
    options.task = Some(Task::Regression);
    options.recipe.members = 3;
    options.recipe.options.trees = 5;
    options
}

fn campaign() -> Campaign {
    train(&results(48), None, &options(), None, &Silent)
        .unwrap()
        .campaign
}

/// Trainings that are refused, with the settings that their faults name.
fn trainings() -> Vec<(Fault, Vec<Setting>)> {
    let refused = |source: &TableSource, change: &dyn Fn(&mut TrainOptions)| {
        let mut options = options();
        change(&mut options);
        let trained = train(source, None, &options, None, &Silent);
        trained.expect_err("a training that is refused")
    };
    let classes = table(48, &|row| Some(["slow", "fast"][row % 2].to_owned()));
    let classes = TableSource::table("classes", &classes);
    let mixed = table(48, &|row| match row {
        7 => Some("none".to_owned()),
        row => latency(row),
    });
    let mixed = TableSource::table("mixed", &mixed);
    let missing = table(48, &|row| latency(row).filter(|_| row != 5));
    let missing = TableSource::table("missing", &missing);
    let zero = TableSource::table("zero", &table(48, &|_| Some("0".to_owned())));
    vec![
        (
            refused(&results(48), &|o| o.target = "latencyms".to_owned()),
            vec![],
        ),
        (
            refused(&results(48), &|o| o.recipe.learner = "bosted".to_owned()),
            vec![],
        ),
        (
            refused(&results(48), &|o| o.recipe.learner = "logistic".to_owned()),
            vec![setting::LEARNER, setting::TASK],
        ),
        (
            refused(&classes, &|o| {
                o.task = None;
                o.log_target = true;
            }),
            vec![setting::LOG_TARGET],
        ),
        (
            refused(&classes, &|o| {
                o.task = None;
                o.recipe.learner = "linear".to_owned();
            }),
            vec![setting::LEARNER],
        ),
        (
            refused(&mixed, &|o| o.task = None),
            vec![setting::NA, setting::TASK],
        ),
        (
            refused(&missing, &|_| {}),
            vec![setting::DROP_MISSING_TARGET, setting::STATUS],
        ),
        (
            refused(&zero, &|o| o.log_target = true),
            vec![setting::LOG_TARGET, setting::LOG_TARGET],
        ),
        (
            refused(&results(48), &|o| {
                o.ignore.pop();
                o.status = Some(("status".to_owned(), "doen".to_owned()));
            }),
            vec![setting::OK],
        ),
        (
            refused(&results(48), &|o| {
                o.features = Some(vec!["euros".to_owned()])
            }),
            vec![setting::FEATURES, setting::IGNORE],
        ),
        (
            refused(&results(48).filtered("batch > 100"), &|_| {}),
            vec![setting::WHERE],
        ),
    ]
}

/// Batches that are refused, with the settings that their faults name.
fn batches(campaign: &Campaign) -> Vec<(Fault, Vec<Setting>)> {
    let candidates = results(60);
    let refused = |change: &dyn Fn(&mut SelectOptions)| {
        let mut options = SelectOptions::new(3);
        change(&mut options);
        let batch = choose(campaign, &candidates, &options, &Silent);
        batch.expect_err("a batch that is refused")
    };
    let host = |hardware: &str| Host {
        hardware: Some(vec![hardware.to_owned()]),
        ..Host::new("a")
    };
    let capacity = |hardware: &str, column: Option<&str>| Capacity {
        hosts: Hosts::new(vec![host(hardware)]).unwrap(),
        name: "hosts".to_owned(),
        hardware: column.map(str::to_owned),
    };
    let unknown = |name: &str| StrategyOptions::none().with(name, OptionValue::Number(1.0));
    vec![
        (refused(&|o| o.strategy = Some("lcdm".to_owned())), vec![]),
        (
            refused(&|o| o.strategy = Some("entropy".to_owned())),
            vec![],
        ),
        (
            refused(&|o| {
                o.strategy = Some("core-set".to_owned());
                o.settings = unknown("spcae");
            }),
            vec![],
        ),
        (
            refused(&|o| o.cost = Some("ears".to_owned())),
            vec![setting::COST],
        ),
        (
            refused(&|o| {
                o.cost_weights = vec![("euros".to_owned(), 1.0), ("euros".to_owned(), 2.0)];
            }),
            vec![setting::COST_WEIGHTS],
        ),
        (
            refused(&|o| {
                o.stream = Some(40);
                o.at_least = vec![("hardware".to_owned(), 1)];
            }),
            vec![setting::AT_LEAST, setting::STREAM],
        ),
        (
            refused(&|o| o.at_least = vec![("batch".to_owned(), 2)]),
            vec![],
        ),
        (
            refused(&|o| o.availability = Some(Availability::new("hardware", [("cdua", 0.5)]))),
            vec![],
        ),
        (
            refused(&|o| o.capacity = Some(capacity("cuda", None))),
            vec![setting::HARDWARE],
        ),
        (
            refused(&|o| o.capacity = Some(capacity("cdua", Some("hardware")))),
            vec![],
        ),
        (
            refused(&|o| {
                o.capacity = Some(capacity("cuda", Some("hardware")));
                o.n = SelectOptions::ANY;
            }),
            vec![setting::BATCH],
        ),
        (
            refused(&|o| {
                o.capacity = Some(capacity("cuda", Some("hardware")));
                o.duration = Some("batch".to_owned());
            }),
            vec![setting::TIME_UNIT],
        ),
    ]
}

/// Other calls that are refused, with the settings that their faults name.
fn others(campaign: &Campaign) -> Vec<(Fault, Vec<Setting>)> {
    let advised = |change: &dyn Fn(&mut RecommendOptions)| {
        let mut options = RecommendOptions::new("hardware", "latency");
        change(&mut options);
        recommend(&[campaign], &results(12), &options, &Silent).expect_err("advice")
    };
    let scored = ScoreOptions::default();
    let taken = {
        let mut blocks: Vec<Frame> = Vec::new();
        score(campaign, &results(12), &scored, || Ok(&mut blocks), &Silent).unwrap();
        let again = TableSource::table("scored", &Frame::concat(blocks).unwrap());
        let mut blocks: Vec<Frame> = Vec::new();
        score(campaign, &again, &scored, || Ok(&mut blocks), &Silent).unwrap_err()
    };
    let space = |text: &str| ConfigSpace::parse(text).unwrap();
    let gridded = |space: &ConfigSpace| {
        let options = GridOptions {
            filter: None,
            seed: Seed(0),
        };
        let mut blocks: Vec<Frame> = Vec::new();
        grid(space, None, &options, || Ok(&mut blocks), &Silent).unwrap_err()
    };
    let endless = space("[values]\na = { from = 0.0, to = 1.0 }");
    let sampled = space("[values]\na = [1, 2]").sampled(Some(Sample {
        rows: 1_000_000_000,
        method: Default::default(),
    }));
    let replay = SimulateOptions {
        rounds: 100,
        ..SimulateOptions::default()
    };
    let first = SelectOptions {
        strategy: Some("lcmd".to_owned()),
        ..SelectOptions::new(3)
    };
    let money = SelectOptions {
        budget: Some(3.0),
        ..SelectOptions::new(3)
    };
    let leaves = SelectOptions {
        space: EmbeddingSpace::Leaves,
        ..SelectOptions::new(3)
    };
    let mut constant = options();
    constant.recipe.learner = "constant".to_owned();
    let constant = train(&results(48), None, &constant, None, &Silent).unwrap();
    vec![
        (
            advised(&|o| o.optimize_for = vec!["latncy".to_owned()]),
            vec![setting::OPTIMIZE_FOR],
        ),
        (
            advised(&|o| o.optimize_for = vec!["throughput".to_owned()]),
            vec![
                setting::OPTIMIZE_FOR,
                setting::OPTIMIZE_FOR,
                setting::DIRECTION,
            ],
        ),
        (
            advised(&|o| o.optimize_for = vec!["cost".to_owned()]),
            vec![setting::SPECS, setting::PRICE],
        ),
        (
            advised(&|o| o.price = Some("euros".to_owned())),
            vec![setting::PRICE, setting::OPTIMIZE_FOR],
        ),
        (
            advised(&|o| o.optimize_for.push("energy".to_owned())),
            vec![setting::OPTIMIZE_FOR],
        ),
        (
            advised(&|o| o.hardware = vec!["hardwear".to_owned()]),
            vec![setting::HARDWARE],
        ),
        (advised(&|o| o.hardware.clear()), vec![setting::HARDWARE]),
        (taken, vec![setting::PREFIX]),
        (gridded(&endless), vec![setting::SAMPLE]),
        (gridded(&sampled), vec![]),
        (
            simulate(
                &results(48),
                &options(),
                &replay,
                Vec::new(),
                &|_| {},
                &Silent,
            )
            .unwrap_err(),
            vec![setting::ROUNDS, setting::BATCH, setting::INITIAL],
        ),
        (
            choose_first(&results(12), &first, &Silent).unwrap_err(),
            vec![setting::MODEL, setting::STRATEGY],
        ),
        (
            choose_first(&results(12), &money, &Silent).unwrap_err(),
            vec![setting::COST],
        ),
        (
            self::campaign().set_hardware("batch").unwrap_err(),
            vec![setting::HARDWARE, setting::CATEGORICAL],
        ),
        (
            choose(&constant.campaign, &results(12), &leaves, &Silent).unwrap_err(),
            vec![setting::SPACE],
        ),
    ]
}

/// What a fault says, its settings told apart from the words around them.
fn checked(fault: &Fault, settings: &[Setting]) {
    let text = fault.to_string();
    assert!(!text.contains("--"), "{text}");
    // Names are quoted in one way.
    assert!(!text.contains('"'), "{text}");
    let remedy = fault.remedy_message();
    let named: Vec<Setting> = fault
        .problem()
        .settings()
        .chain(remedy.into_iter().flat_map(Message::settings))
        .map(|mention| mention.setting())
        .collect();
    assert_eq!(named, settings, "{text}");
    assert!(matches!(fault.kind(), FaultKind::Usage | FaultKind::Data));
}

#[test]
fn faults_name_settings_and_no_flag() {
    let campaign = campaign();
    for (fault, settings) in trainings() {
        checked(&fault, &settings);
    }
    for (fault, settings) in batches(&campaign) {
        checked(&fault, &settings);
    }
    for (fault, settings) in others(&campaign) {
        checked(&fault, &settings);
    }
}

#[test]
fn slips_are_told_the_nearest_name() {
    let campaign = campaign();
    let said: Vec<String> = trainings()
        .into_iter()
        .chain(batches(&campaign))
        .chain(others(&campaign))
        .map(|(fault, _)| fault.to_string())
        .collect();
    for near in [
        "latency_ms",
        "boosted",
        "done",
        "lcmd",
        "space",
        "euros",
        "cuda",
        "latency",
        "hardware",
    ] {
        let asked = format!("did you mean '{near}'?");
        assert!(
            said.iter().any(|said| said.contains(&asked)),
            "{near}: {said:#?}"
        );
    }
}

#[test]
fn warnings_and_reasons_name_no_flag() {
    let campaign = campaign();
    let told = |batch: Batch| {
        let reasons = batch.explanation.picks.into_iter().map(|pick| pick.reason);
        let sentences = batch.explanation.sentences.into_iter().chain(reasons);
        let messages = batch.warnings.into_iter().chain(batch.why_empty);
        let messages = messages.map(|message| message.to_string());
        sentences.chain(messages).collect::<Vec<String>>()
    };
    let select = |change: &dyn Fn(&mut SelectOptions)| {
        let mut options = SelectOptions::new(40);
        change(&mut options);
        told(choose(&campaign, &results(60), &options, &Silent).unwrap())
    };
    let mut said = select(&|_| {});
    said.extend(select(&|o| o.min_gain = Some(1.0)));
    said.extend(select(&|o| {
        o.cost = Some("euros".to_owned());
        o.budget = Some(1e-3);
        o.stream = Some(10);
    }));
    let include = table(1, &latency);
    said.extend(told(
        choose_first(
            &results(24),
            &SelectOptions {
                include: Some(TableSource::table("include", &include)),
                ..SelectOptions::new(2)
            },
            &Silent,
        )
        .unwrap(),
    ));
    assert!(
        said.iter().any(|said| said.contains("the setting '")),
        "{said:#?}"
    );
    for text in said {
        assert!(!text.contains("--"), "{text}");
    }
}
