//! Two models on the rows that each of them predicted without having learned from them.

mod losses;

use std::collections::HashMap;

use al_core::phrases::counted;
use al_core::{
    Belief, Fault, Feature, Kind, Message, Posterior, Schema, StructureOptions, TargetScale, Task,
    encoder, fault::quoted, information, posterior, setting,
};
use al_models::Labels;
use al_words::Metrics;
use al_words::metrics;
use ndarray::Array2;

use super::Campaign;
use super::evaluation::{Evaluation, classification, regression};

pub use self::losses::MetricDifference;
pub(super) use self::losses::{PairedLoss, differences};

/// With at least so many rows that neither model learned from, only those are compared.
const HELD_OUT_ROWS: usize = 30;

/// Two models on the same rows. What is of both is the first model's, then the
/// second's.
pub struct ModelComparison {
    /// Whether neither model learned from any of the rows; else each row is predicted by
    /// what was not trained on it.
    pub held_out: bool,
    /// The features that told which rows are the same, if rows have other keys in one
    /// model than in the other.
    pub shared_features: Option<Vec<String>>,
    /// Rows that both models have, with different measurements: they are not compared.
    pub measured_otherwise: usize,
    /// The metrics on the rows.
    pub metrics: [Metrics; 2],
    /// What was measured and predicted, in the target's unit; none for classes.
    pub predictions: [Vec<PredictedValue>; 2],
    /// How far the second model's metrics are above those of the first, where rows tell
    /// how much of that is chance.
    pub differences: Vec<MetricDifference>,
}

/// A row with its measurement, its prediction and the ends of its interval, in the
/// target's unit; the ends are infinite where there is no interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PredictedValue {
    /// The measured target.
    pub measured: f64,
    /// The predicted target.
    pub predicted: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// What a model says of rows that it predicted without themselves.
struct JudgedRows {
    /// Where they stand in the model file.
    rows: Vec<usize>,
    held_out: Vec<bool>,
    said: SaidOfRows,
}

enum SaidOfRows {
    Values(Vec<PredictedValue>),
    /// Probabilities of the model's classes.
    Classes(Vec<Vec<f64>>),
}

/// Compares two models of the same target on the rows that both have and that each
/// predicted without having learned from them.
///
/// # Errors
///
/// Targets or tasks differ, or no row is common.
pub fn compare(first: &Campaign, second: &Campaign) -> Result<ModelComparison, Fault> {
    comparable(first, second)?;
    let judged = [first.judged(), second.judged()];
    let (keys, shared_features) = common_keys(first, second);
    let mut pairs = RowPairs::of([first, second], &judged, &keys);
    let both_held_out = |&(a, b): &(usize, usize)| judged[0].held_out[a] && judged[1].held_out[b];
    let held_out = pairs.same.iter().filter(|pair| both_held_out(pair)).count();
    if held_out >= HELD_OUT_ROWS {
        pairs.same.retain(both_held_out);
    }
    if pairs.same.is_empty() {
        return Err(nothing_common(pairs.measured_otherwise));
    }
    if held_out != pairs.same.len() {
        equally_strict(first, second)?;
    }
    let common = CommonRows {
        models: [first, second],
        judged: &judged,
        pairs: &pairs.same,
    };
    let (metrics, losses) = common.figures(held_out == pairs.same.len());
    Ok(ModelComparison {
        held_out: held_out == pairs.same.len(),
        shared_features,
        measured_otherwise: pairs.measured_otherwise,
        predictions: [common.values(0), common.values(1)],
        differences: differences(losses, &common.groups()),
        metrics,
    })
}

fn comparable(first: &Campaign, second: &Campaign) -> Result<(), Fault> {
    let targets = [first, second].map(|one| &one.options.target);
    if targets[0] != targets[1] {
        let [a, b] = targets.map(quoted);
        return Err(
            Fault::usage(format!("the models predict different targets, {a} and {b}"))
                .remedy("name two models of one target"),
        );
    }
    if first.task != second.task {
        let kind = |one: &Campaign| match one.task {
            Task::Regression => "numbers",
            Task::Classification => "classes",
        };
        let target = quoted(targets[0]);
        let (a, b) = (kind(first), kind(second));
        return Err(Fault::usage(format!(
            "the target {target} is {a} to one model and {b} to the other"
        ))
        .remedy("train both with the same task"));
    }
    let units = [first, second].map(|one| one.options.unit_of_target());
    if let [Some(a), Some(b)] = units
        && a != b
    {
        return Err(Fault::usage(format!(
            "the target {} is in '{a}' to one model and in '{b}' to the other",
            quoted(targets[0])
        ))
        .remedy("train both on targets of one unit"));
    }
    Ok(())
}

/// That both are judged by rows or both by groups: a row is easier to predict by others of
/// its group.
fn equally_strict(first: &Campaign, second: &Campaign) -> Result<(), Fault> {
    let groups = [first, second].map(|one| one.options.group.as_deref());
    if groups[0] == groups[1] {
        return Ok(());
    }
    let [a, b] = groups.map(|group| match group {
        None => "row by row".to_owned(),
        Some(column) => format!("by groups of the column '{column}'"),
    });
    Err(Fault::usage(format!(
        "one model predicts rows without themselves {a}, the other {b}"
    ))
    .remedy(
        Message::from("train both with the same ")
            .setting(setting::GROUP)
            .text(", or both with the same ")
            .setting(setting::EVAL),
    ))
}

fn nothing_common(measured_otherwise: usize) -> Fault {
    let problem = match measured_otherwise {
        0 => "the models have no row in common that each of them predicted without having learned from it"
            .to_owned(),
        n => format!("the models have {} in common, measured differently in one than in the other", counted(n, "row")),
    };
    Fault::data(problem).remedy(
        Message::from("compare models of the same rows, or train both with the same ")
            .setting(setting::EVAL),
    )
}

/// Keys by which rows of both models are the same: those of the model files, or, where
/// these are made of other columns, those of the features that both have.
fn common_keys(
    first: &Campaign,
    second: &Campaign,
) -> ([Vec<al_core::Key>; 2], Option<Vec<String>>) {
    let made_of = |one: &Campaign| {
        let schema = &one.encoder.schema;
        let by_features = one.options.id.is_none().then(|| {
            let kinds = schema.features.iter();
            kinds
                .map(|f| (f.name.clone(), read_as(&f.kind)))
                .collect::<Vec<_>>()
        });
        (one.key_rule, one.options.id.clone(), by_features)
    };
    let models = [first, second];
    if made_of(first) == made_of(second) {
        return (models.map(|one| one.rows.keys().to_vec()), None);
    }
    let mut features: Vec<Feature> = first.encoder.schema.features.clone();
    features.retain(|feature| {
        let mut others = second.encoder.schema.features.iter();
        others.any(|other| {
            other.name == feature.name && read_as(&other.kind) == read_as(&feature.kind)
        })
    });
    let names = features.iter().map(|f| f.name.clone()).collect();
    let schema = Schema { features };
    let keys = models.map(|one| {
        encoder::feature_keys(&schema, one.rows.features())
            .expect("rows fit the features that they were learned by")
    });
    (keys, Some(names))
}

/// Rows of both models, as places among what each judged.
struct RowPairs {
    same: Vec<(usize, usize)>,
    measured_otherwise: usize,
}

impl RowPairs {
    fn of(
        models: [&Campaign; 2],
        judged: &[JudgedRows; 2],
        keys: &[Vec<al_core::Key>; 2],
    ) -> RowPairs {
        let mut there: HashMap<al_core::Key, Vec<usize>> = HashMap::new();
        for (at, &row) in judged[1].rows.iter().enumerate() {
            there.entry(keys[1][row]).or_default().push(at);
        }
        let mut pairs = RowPairs {
            same: Vec::new(),
            measured_otherwise: 0,
        };
        for (at, &row) in judged[0].rows.iter().enumerate() {
            let Some(others) = there.get_mut(&keys[0][row]) else {
                continue;
            };
            let same = |&other: &usize| {
                let other = judged[1].rows[other];
                models[0].measurement(row) == models[1].measurement(other)
            };
            // Each row has one counterpart.
            match others.iter().position(same) {
                Some(place) => pairs.same.push((at, others.remove(place))),
                None => pairs.measured_otherwise += 1,
            }
        }
        pairs
    }
}

/// A measurement as it is compared with another.
#[derive(PartialEq)]
enum ComparedMeasurement<'a> {
    Value(f64),
    Class(&'a str),
}

impl Campaign {
    fn measurement(&self, row: usize) -> ComparedMeasurement<'_> {
        let value = self.rows.values()[row];
        match self.task {
            Task::Regression => ComparedMeasurement::Value(value),
            Task::Classification => ComparedMeasurement::Class(&self.classes[value as usize]),
        }
    }

    fn judged(&self) -> JudgedRows {
        let coverage = self.options.recipe.coverage;
        let mut judged = JudgedRows {
            rows: Vec::new(),
            held_out: Vec::new(),
            said: match self.task {
                Task::Regression => SaidOfRows::Values(Vec::new()),
                Task::Classification => SaidOfRows::Classes(Vec::new()),
            },
        };
        let both = [self.held_out(coverage), self.without_own(coverage)];
        for (rows, evaluation) in both.into_iter().flatten() {
            let scale = self.scale();
            judged
                .held_out
                .extend(rows.iter().map(|_| !evaluation.out_of_bag));
            match &mut judged.said {
                SaidOfRows::Values(values) => {
                    let measured = rows.iter().map(|&row| self.rows.values()[row]);
                    values.extend(predicted_values(measured, &evaluation, &scale));
                }
                SaidOfRows::Classes(shares) => shares.extend(probabilities(&evaluation)),
            }
            judged.rows.extend(rows);
        }
        judged
    }
}

fn predicted_values(
    measured: impl Iterator<Item = f64>,
    evaluation: &Evaluation,
    scale: &TargetScale,
) -> Vec<PredictedValue> {
    let (Labels::Values(_), Posterior::Values { draws, .. }) =
        (&evaluation.truth, &evaluation.prediction.posterior)
    else {
        unreachable!("the posterior is of the model's task");
    };
    let mean = posterior::mean(draws);
    let interval = evaluation.prediction.interval.as_ref();
    let row = |(at, measured): (usize, f64)| PredictedValue {
        measured,
        predicted: scale.unit(mean[at]),
        low: interval.map_or(f64::NEG_INFINITY, |(low, _)| scale.unit(low[at])),
        high: interval.map_or(f64::INFINITY, |(_, high)| scale.unit(high[at])),
    };
    measured.enumerate().map(row).collect()
}

fn probabilities(evaluation: &Evaluation) -> Vec<Vec<f64>> {
    let Posterior::Classes { draws } = &evaluation.prediction.posterior else {
        unreachable!("the posterior is of the model's task");
    };
    let mean = posterior::mean_probabilities(draws);
    mean.rows().into_iter().map(|row| row.to_vec()).collect()
}

/// The rows that are compared.
struct CommonRows<'a> {
    models: [&'a Campaign; 2],
    judged: &'a [JudgedRows; 2],
    pairs: &'a [(usize, usize)],
}

impl CommonRows<'_> {
    /// Places of the rows among what one of the models judged.
    fn places(&self, model: usize) -> impl Iterator<Item = usize> + '_ {
        self.pairs.iter().map(move |&(a, b)| [a, b][model])
    }

    /// The group of each row: the coarser one would need both models to have groups, so
    /// it is that of the first that has any.
    fn groups(&self) -> Vec<u64> {
        let grouped = (0..2).find(|&model| self.models[model].rows.has_groups());
        let Some(model) = grouped else {
            return vec![0; self.pairs.len()];
        };
        let groups = self.models[model].rows.groups();
        let rows = &self.judged[model].rows;
        self.places(model).map(|at| groups[rows[at]]).collect()
    }

    fn values(&self, model: usize) -> Vec<PredictedValue> {
        match &self.judged[model].said {
            SaidOfRows::Values(values) => self.places(model).map(|at| values[at]).collect(),
            SaidOfRows::Classes(_) => Vec::new(),
        }
    }

    fn figures(&self, held_out: bool) -> ([Metrics; 2], Vec<PairedLoss>) {
        let (mut metrics, losses) = match self.models[0].task {
            Task::Regression => self.of_values(),
            Task::Classification => self.of_classes(),
        };
        for metrics in &mut metrics {
            metrics.out_of_bag = !held_out;
            if !held_out {
                // Out of bag, intervals are made of these very residuals.
                metrics.coverage = None;
            }
        }
        (metrics, losses)
    }

    /// On the scale of the logarithm, too, if both models were fitted on it.
    fn of_values(&self) -> ([Metrics; 2], Vec<PairedLoss>) {
        let scale = TargetScale {
            log: self.models.iter().all(|one| one.options.log_target),
            ..TargetScale::default()
        };
        let values = [self.values(0), self.values(1)];
        let metrics = values.each_ref().map(|values| {
            let of = |pick: fn(&PredictedValue) -> f64| -> Vec<f64> {
                values.iter().map(|row| scale.fitted(pick(row))).collect()
            };
            let has_interval = |row: &PredictedValue| row.low.is_finite() && row.high.is_finite();
            let interval = values
                .iter()
                .all(has_interval)
                .then(|| (of(|row| row.low), of(|row| row.high)));
            let (truth, predicted) = (of(|row| row.measured), of(|row| row.predicted));
            regression(&truth, &predicted, interval.as_ref(), &scale)
        });
        let loss = |metric, is_root: bool, is_log: bool| PairedLoss {
            metric,
            is_root,
            of: values.each_ref().map(|values| {
                let error = |row: &PredictedValue| match is_log {
                    true => row.predicted.ln() - row.measured.ln(),
                    false => row.predicted - row.measured,
                };
                let power = if is_root { 2 } else { 1 };
                let losses = values.iter().map(|row| error(row).abs().powi(power));
                losses.collect()
            }),
        };
        let mut losses = vec![
            loss(&metrics::RMSE, true, false),
            loss(&metrics::MAE, false, false),
        ];
        if scale.log {
            losses.push(loss(&metrics::RMSE_LOG, true, true));
            losses.push(loss(&metrics::MAE_LOG, false, true));
        }
        (metrics, losses)
    }

    /// Of the classes of either model; a class that a model does not know has no
    /// probability.
    fn of_classes(&self) -> ([Metrics; 2], Vec<PairedLoss>) {
        let mut classes: Vec<&String> = self.models.iter().flat_map(|one| &one.classes).collect();
        classes.sort_unstable();
        classes.dedup();
        let code = |class: &String| classes.binary_search(&class).expect("a class of either");
        let measured: Vec<u32> = self
            .places(0)
            .map(|at| self.models[0].rows.values()[self.judged[0].rows[at]] as usize)
            .map(|class| code(&self.models[0].classes[class]) as u32)
            .collect();
        let shares = [0, 1].map(|model| {
            let mut shares = Array2::<f64>::zeros((measured.len(), classes.len()));
            let SaidOfRows::Classes(said) = &self.judged[model].said else {
                return shares;
            };
            for (row, at) in self.places(model).enumerate() {
                for (class, p) in self.models[model].classes.iter().zip(&said[at]) {
                    shares[[row, code(class)]] = *p;
                }
            }
            shares
        });
        let metrics = shares
            .each_ref()
            .map(|shares| classification(&measured, shares, classes.len()));
        let loss = |metric, of: fn(u32, ndarray::ArrayView1<'_, f64>) -> f64| PairedLoss {
            metric,
            is_root: false,
            of: shares.each_ref().map(|shares| {
                let rows = measured.iter().zip(shares.rows());
                rows.map(|(&class, p)| of(class, p)).collect()
            }),
        };
        let losses = vec![
            loss(&metrics::ACCURACY, |class, p| {
                f64::from(u8::from(information::most_probable(p) as u32 == class))
            }),
            loss(&metrics::LOG_LOSS, |class, p| {
                -p[class as usize].max(1e-15).ln()
            }),
            loss(&metrics::BRIER, |class, p| {
                let square = |(at, p): (usize, &f64)| {
                    (p - f64::from(u8::from(at == class as usize))).powi(2)
                };
                p.iter().enumerate().map(square).sum()
            }),
        ];
        (metrics, losses)
    }
}

/// What of a feature's kind makes keys: whether its values are numbers, and how structures
/// are read.
fn read_as(kind: &Kind) -> (bool, Option<StructureOptions>) {
    match kind {
        Kind::Numeric => (true, None),
        Kind::Categorical { .. } => (false, None),
        Kind::Structure(kind) => (false, Some(kind.options())),
    }
}
