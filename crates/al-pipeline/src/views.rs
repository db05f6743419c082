//! Batches and backtests as the pages show them.

use al_backtest::{Point, RANDOM, SearchVerdict, SimulateOptions, Simulation};
use al_campaign::TrainOptions;
use al_core::{Direction, Goal};
use al_report::{
    BacktestView, BatchMap, BatchRow, BatchView, CurvePoint, StrategyRun, StrategySearch,
    StrategyVerdict, TradeOffs,
};
use al_select::{ExplainedPick, ExplainedTarget, Explanation, Space};
use al_words::numbers::page::{NONE, clean, count, counted, percent, shortened};

/// Returns a batch as its page shows it.
#[must_use]
pub fn batch_view(explanation: &Explanation) -> BatchView {
    let map = &explanation.map;
    BatchView {
        strategy: explanation.strategy.clone(),
        sentences: explanation.sentences.clone(),
        available: explanation.available,
        measured: explanation.measured,
        unit: None,
        cost_unit: None,
        rows: explanation
            .picks
            .iter()
            .map(|pick| row(pick, &explanation.targets))
            .collect(),
        map: BatchMap {
            axes: map.axes.clone(),
            shares: map.shares,
            candidates: map.candidates.clone(),
            measured: map.measured.clone(),
            rows: map.picks.clone(),
        },
        trade_offs: trade_offs(explanation),
    }
}

/// The heads of a target's columns: its name and its unit.
fn head(target: &ExplainedTarget) -> String {
    match &target.unit {
        Some(unit) => format!("{}, {unit}", target.target),
        None => target.target.clone(),
    }
}

/// The two targets that are improved together, if there are two.
fn trade_offs(explanation: &Explanation) -> Option<TradeOffs> {
    let targets = explanation.targets.iter().enumerate();
    let improved: Vec<(usize, &ExplainedTarget)> =
        targets.filter(|(_, target)| target.is_objective).collect();
    let [(a, first), (b, second)] = improved.as_slice() else {
        return None;
    };
    if explanation.front.is_empty() {
        return None;
    }
    let front = explanation.front.iter();
    let front = front.map(|one| [one.values[*a].1, one.values[*b].1]);
    let rows = explanation.picks.iter().filter_map(|pick| {
        let predicted = |at: usize| pick.targets[at].prediction;
        Some([predicted(*a)?, predicted(*b)?])
    });
    Some(TradeOffs {
        targets: [first, second].map(|one| (one.target.clone(), one.unit.clone())),
        wanted: [first.direction?, second.direction?],
        front: front.collect(),
        rows: rows.collect(),
    })
}

fn row(pick: &ExplainedPick, targets: &[ExplainedTarget]) -> BatchRow {
    let others = targets.iter().zip(&pick.targets);
    let mut more: Vec<(String, Option<f64>)> = others
        .map(|(target, picked)| (head(target), picked.prediction))
        .collect();
    if let Some(p) = pick.p_within_limits {
        more.push(("Within limits".to_owned(), Some(p)));
    }
    BatchRow {
        more,
        rank: pick.rank,
        score: f64::from(pick.score),
        row: pick.row.clone(),
        stands_for: pick.stands_for,
        // Where there are several targets, each has a column that names it.
        prediction: pick.prediction.filter(|_| targets.is_empty()),
        feasible: pick.feasible,
        cost: pick.cost,
        reason: pick.reason.clone(),
    }
}

/// Returns a backtest as its page shows it.
#[must_use]
pub fn backtest_view(
    simulation: &Simulation,
    train: &TrainOptions,
    options: &SimulateOptions,
) -> BacktestView {
    let (known, tested) = simulation.rows;
    let verdicts = simulation.verdicts.iter().map(|verdict| StrategyVerdict {
        strategy: verdict.strategy.clone(),
        ratio: verdict.ratio,
        last_ratio: verdict.last_ratio.mean,
        labels: verdict.labels,
        cost: verdict.cost,
        regret: verdict.regret,
        sentence: verdict.sentence.clone(),
    });
    let runs = simulation.runs.iter().map(|run| StrategyRun {
        strategy: run.strategy.clone(),
        points: run.points.iter().map(point).collect(),
    });
    let warnings = simulation.warnings.iter();
    BacktestView {
        target: train.target.clone(),
        log_target: train.log_target,
        direction: train.direction,
        cost: train.cost.clone(),
        repeats: options.repeats,
        initial: options.initial,
        rounds: options.rounds,
        batch: options.batch,
        known,
        tested,
        baseline: RANDOM,
        verdicts: verdicts.collect(),
        found: simulation.found.iter().map(search).collect(),
        runs: runs.collect(),
        notes: warnings.map(|warning| warning.to_string()).collect(),
        facts: facts(train, options),
        seed: train.seed,
    }
}

fn search(verdict: &SearchVerdict) -> StrategySearch {
    let reached = [verdict.within_1_percent, verdict.within_0_1_percent];
    StrategySearch {
        strategy: verdict.strategy.clone(),
        regret: verdict.regret_percent,
        difference: verdict.difference,
        reached: reached.map(|reached| (reached.labels, reached.repeats)),
        top: verdict.top.rows,
        recall: verdict.top.recall.mean,
        enrichment: verdict.top.enrichment,
        sentence: verdict.sentence.clone(),
    }
}

fn point(point: &Point) -> CurvePoint {
    CurvePoint {
        labels: point.labels as f64,
        error: point.error,
        r2: point.r2,
        regret: point.regret,
        shortfall: point.shortfall,
        recall: point.recall,
        cost: point.cost,
    }
}

/// How a backtest was made.
fn facts(train: &TrainOptions, options: &SimulateOptions) -> Vec<(&'static str, String)> {
    let recipe = &train.recipe;
    let mut spaces = Space::ALL.iter();
    let space = spaces.find(|(space, ..)| *space == options.space);
    let fitted = match train.log_target {
        true => "the natural logarithm of the target",
        false => "the target as it is",
    };
    let wanted = match train.direction {
        Some(Direction::Min) => "small targets",
        Some(Direction::Max) => "large targets",
        None => "no direction given",
    };
    let tested = match options.goal {
        Goal::Model => percent(100.0 * options.test),
        Goal::Best => NONE.to_owned(),
    };
    vec![
        ("Target", shortened(&train.target, 300)),
        ("Fitted on", fitted.to_owned()),
        ("Wanted", wanted.to_owned()),
        ("Learner", clean(&recipe.learner)),
        ("Ensemble", counted(recipe.members, "member")),
        ("Trees per member", count(recipe.options.trees)),
        (
            "Space of distances",
            space.map_or(NONE, |(_, name, _)| *name).to_owned(),
        ),
        ("Initial rows", count(options.initial)),
        ("Rows per round", count(options.batch)),
        ("Rounds", count(options.rounds)),
        ("Repeats", count(options.repeats)),
        ("Share of test rows", tested),
        ("Seed", train.seed.0.to_string()),
    ]
}
