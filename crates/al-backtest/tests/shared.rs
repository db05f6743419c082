//! Strategies of one repeat share what they start with, and nothing that changes a run.

use al_backtest::{Run, SimulateOptions, simulate};
use al_campaign::TrainOptions;
use al_core::{Column, ColumnData, Goal, Numbers, Silent, Table, Texts};
use al_tables::{Frame, TableSource};

/// Rows of which one in six fails, by their inputs; measuring costs from 1 to 4.
fn table() -> Table {
    let rows = 0..150_usize;
    let fails = |row: usize| row % 15 > 10 && row / 15 > 3;
    let number = |name: &str, value: &dyn Fn(usize) -> f64| Column {
        name: name.to_owned(),
        data: ColumnData::Number(Numbers::from(rows.clone().map(value).collect::<Vec<f64>>())),
    };
    let status = rows.clone().map(|row| match fails(row) {
        true => Some("failed"),
        false => Some("ok"),
    });
    Table::new(vec![
        number("a", &|row| (row % 15) as f64),
        number("b", &|row| (row / 15) as f64),
        number("y", &|row| {
            ((row % 15) as f64).sin() + 0.1 * (row / 15) as f64
        }),
        number("cost", &|row| 1.0 + (row % 4) as f64),
        Column {
            name: "status".to_owned(),
            data: ColumnData::Text(Texts::from_rows(status)),
        },
    ])
}

fn replayed(goal: Goal, strategies: &[&str], known: Vec<Run>) -> Vec<Run> {
    let mut train = TrainOptions {
        status: Some(("status".to_owned(), "ok".to_owned())),
        cost: Some("cost".to_owned()),
        direction: Some(al_core::Direction::Min),
        ..TrainOptions::new("y")
    };
    train.recipe.learner = "boosted".to_owned();
    train.recipe.members = 4;
    let trees = &mut train.recipe.options;
    (trees.trees, trees.learning_rate, trees.early_stopping) = (20, 0.3, false);
    let options = SimulateOptions {
        goal,
        strategies: strategies.iter().map(|&name| name.to_owned()).collect(),
        initial: 12,
        batch: 8,
        rounds: 3,
        repeats: 3,
        ..SimulateOptions::default()
    };
    let source = TableSource::from(Frame::from_table(&table()));
    simulate(&source, &train, &options, known, &|_| (), &Silent)
        .unwrap()
        .runs
}

/// Runs of these strategies as text, since not every number of a point is one.
fn told(runs: &[Run], strategies: &[&str]) -> Vec<String> {
    let runs = runs.iter();
    let runs = runs.filter(|run| strategies.contains(&run.strategy.as_str()));
    runs.map(|run| format!("{run:?}")).collect()
}

const ALL: [&str; 5] = ["random", "space-filling", "uncertainty", "hybrid", "lcmd"];

#[test]
fn a_run_does_not_depend_on_the_strategies_beside_it() {
    for goal in [Goal::Model, Goal::Best] {
        let beside = replayed(goal, &ALL, Vec::new());
        for name in &ALL[1..] {
            let alone = replayed(goal, &[name], Vec::new());
            let both = ["random", name];
            assert_eq!(told(&alone, &both), told(&beside, &both), "{name}");
        }
        let starts: Vec<_> = beside
            .iter()
            .map(|run| (run.repeat, run.points[0]))
            .collect();
        for (repeat, start) in &starts {
            let (_, first) = starts.iter().find(|(other, _)| other == repeat).unwrap();
            assert_eq!(start.error.to_bits(), first.error.to_bits(), "{repeat}");
        }
    }
}

#[test]
fn runs_of_an_earlier_call_are_taken_over() {
    let all = replayed(Goal::Model, &ALL, Vec::new());
    // All of one repeat, and some of another.
    let is_known = |run: &&Run| run.repeat == 1 || (run.repeat == 2 && run.strategy != "lcmd");
    let known: Vec<Run> = all.iter().filter(is_known).cloned().collect();
    let again = replayed(Goal::Model, &ALL, known);
    assert_eq!(told(&again, &ALL), told(&all, &ALL));
}

#[test]
fn runs_are_the_same_on_any_number_of_threads() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        told(
            &pool.install(|| replayed(Goal::Model, &ALL, Vec::new())),
            &ALL,
        )
    };
    let one = on(1);
    assert_eq!(one.len(), 15);
    assert_eq!(one, on(2));
    assert_eq!(one, on(3));
}
