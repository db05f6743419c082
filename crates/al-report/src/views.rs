//! What pages show, as plain data: whoever has a batch or a backtest fills these
//! in.

use al_core::{Direction, MeanInterval, Seed};
use al_words::Metrics;
use al_words::metrics::Metric;

use super::{Prediction, Report};

/// A batch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BatchView {
    /// The strategy that chose it.
    pub strategy: String,
    /// What there is to say, a sentence each, the most important first.
    pub sentences: Vec<String>,
    /// Candidates that could be chosen.
    pub available: usize,
    /// Rows that the model has learned from; 0 without a model.
    pub measured: usize,
    /// Unit of predictions, if one is known.
    pub unit: Option<String>,
    /// Unit of costs, if one is known.
    pub cost_unit: Option<String>,
    /// The rows, in the order chosen.
    pub rows: Vec<BatchRow>,
    /// Where they lie.
    pub map: BatchMap,
    /// Two targets that are improved together, if there are.
    pub trade_offs: Option<TradeOffs>,
}

/// Measured trade-offs of two targets, and what is predicted of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct TradeOffs {
    /// The targets, each with its unit, if one is known.
    pub targets: [(String, Option<String>); 2],
    /// Which values of each are wanted.
    pub wanted: [Direction; 2],
    /// What is measured and beaten by no other in both.
    pub front: Vec<[f64; 2]>,
    /// What is predicted of the rows of the batch.
    pub rows: Vec<[f64; 2]>,
}

/// A row of a batch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BatchRow {
    /// 1 is the best.
    pub rank: usize,
    /// In the strategy's unit.
    pub score: f64,
    /// Which row it is: names of columns with their cells, the same names in all rows.
    pub row: Vec<(String, String)>,
    /// Candidates that are nearest to it.
    pub stands_for: usize,
    /// What the model predicts, in the target's unit.
    pub prediction: Option<f64>,
    /// Probability that measuring it works.
    pub feasible: Option<f64>,
    /// What measuring it costs.
    pub cost: Option<f64>,
    /// What else is told of it: heads of columns with their numbers, the same heads in
    /// all rows.
    pub more: Vec<(String, Option<f64>)>,
    /// Why it was chosen.
    pub reason: String,
}

/// Candidates, measured rows and a batch in the plane in which the candidates
/// differ most.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BatchMap {
    /// What counts most along each axis.
    pub axes: [String; 2],
    /// Share of the candidates' variance along each axis.
    pub shares: [f64; 2],
    /// A sample of the candidates.
    pub candidates: Vec<[f64; 2]>,
    /// Rows measured or being measured.
    pub measured: Vec<[f64; 2]>,
    /// The batch, in its order.
    pub rows: Vec<[f64; 2]>,
}

/// A backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestView {
    /// The column that was predicted.
    pub target: String,
    /// Whether its logarithm was fitted.
    pub log_target: bool,
    /// Which targets are wanted.
    pub direction: Option<Direction>,
    /// The column with costs, if there is one.
    pub cost: Option<String>,
    /// Repeats.
    pub repeats: usize,
    /// Rows measured at first.
    pub initial: usize,
    /// Rounds.
    pub rounds: usize,
    /// Rows per round.
    pub batch: usize,
    /// Rows that could be measured.
    pub known: usize,
    /// Rows tested on.
    pub tested: usize,
    /// The strategy that the others are compared with.
    pub baseline: &'static str,
    /// A verdict per strategy, best first; none where the best row was the goal.
    pub verdicts: Vec<StrategyVerdict>,
    /// How soon each strategy found the best row, where that was the goal.
    pub found: Vec<StrategySearch>,
    /// The runs.
    pub runs: Vec<StrategyRun>,
    /// Warnings, a sentence each.
    pub notes: Vec<String>,
    /// How it was made: names and values.
    pub facts: Vec<(&'static str, String)>,
    /// What resamples depend on.
    pub seed: Seed,
}

/// What the runs of a strategy came to.
#[derive(Debug, Clone, PartialEq)]
pub struct StrategyVerdict {
    /// The strategy.
    pub strategy: String,
    /// Its error over the baseline's.
    pub ratio: MeanInterval,
    /// The same after the last round.
    pub last_ratio: f64,
    /// Labels it took to reach the baseline's last error, as a share.
    pub labels: Option<f64>,
    /// The same of what labels cost.
    pub cost: Option<f64>,
    /// Mean regret after the last round, on the fitted scale; NaN for classes.
    pub regret: f64,
    /// All of that in a sentence, without a full stop.
    pub sentence: String,
}

impl BacktestView {
    /// The names of the strategies, best first.
    pub(crate) fn strategies(&self) -> Vec<&str> {
        let judged = self
            .verdicts
            .iter()
            .map(|verdict| verdict.strategy.as_str());
        let found = self.found.iter().map(|search| search.strategy.as_str());
        judged.chain(found).collect()
    }
}

/// How soon the runs of a strategy found the best row.
#[derive(Debug, Clone, PartialEq)]
pub struct StrategySearch {
    /// The strategy.
    pub strategy: String,
    /// How much worse its best row is than the best after the last round, in % of that.
    pub regret: MeanInterval,
    /// The same minus the baseline's, mean over rounds.
    pub difference: MeanInterval,
    /// Rows measured until within 1 % and within 0.1 %, medians, and the repeats that got
    /// there.
    pub reached: [(Option<f64>, usize); 2],
    /// Rows that count as the best.
    pub top: usize,
    /// The share of them that was measured after the last round.
    pub recall: f64,
    /// How many times as many that are as among as many rows by chance.
    pub enrichment: f64,
    /// All of that in a sentence, without a full stop.
    pub sentence: String,
}

/// A strategy in one repeat.
#[derive(Debug, Clone, PartialEq)]
pub struct StrategyRun {
    /// The strategy.
    pub strategy: String,
    /// A point per round.
    pub points: Vec<CurvePoint>,
}

/// A point of a learning curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Rows measured.
    pub labels: f64,
    /// RMSE on the fitted scale, or the log loss in nats.
    pub error: f64,
    /// R²; NaN for classes.
    pub r2: f64,
    /// By how much the best measured row is worse than the best, on the fitted
    /// scale; NaN for classes.
    pub regret: f64,
    /// The same in the unit of the target, as a share of the best; NaN where the best row
    /// was not the goal.
    pub shortfall: f64,
    /// The share of the best rows that is measured; NaN where the best row was not the goal.
    pub recall: f64,
    /// What the measured rows cost; NaN where that is not known.
    pub cost: f64,
}

/// Two models of one target, compared on the rows that both have.
#[derive(Clone)]
pub struct ComparisonView {
    /// The models, in the order in which they were named.
    pub models: [ComparedModel; 2],
    /// Whether neither model learned from any of the rows; else each row is predicted by
    /// what was not trained on it.
    pub held_out: bool,
    /// Whether both files hold the same bytes.
    pub identical: bool,
    /// By how much a metric of the second model is above that of the first, with its
    /// 95 % interval; a metric that is not listed has none.
    pub differences: Vec<(&'static Metric, MeanInterval)>,
    /// Settings that differ: name, and the value of each model.
    pub settings: Vec<(&'static str, [String; 2])>,
    /// Remarks, one sentence or more each.
    pub notes: Vec<String>,
}

/// A model that is compared with another.
#[derive(Clone)]
pub struct ComparedModel {
    /// What it is called: the name of its file.
    pub name: String,
    /// Its own report.
    pub report: Report,
    /// Its metrics on the rows that are compared.
    pub metrics: Metrics,
    /// These rows with what it predicts, a sample of them; none for classes.
    pub predictions: Vec<Prediction>,
}
