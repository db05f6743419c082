//! The report of a campaign.

use al_campaign::Campaign;
use al_core::metrics::covers_too_few;
use al_core::{Belief, Kind, Posterior, Role, Tabular, Task, posterior};
use al_models::Labels;
use al_report::{
    Calibration, CalibrationPoint, ConfusionMatrix, FeatureNote, Head, Prediction, Region, Report,
    RowCounts,
};
use al_words::numbers::page::{counted, level, plain, share};
use al_words::numbers::short;

/// Most evaluation rows shown one by one.
const MOST_POINTS: usize = 2000;

/// Fewest rows of a region worth naming, and how many regions are named.
const REGION_ROWS: usize = 5;
const REGIONS: usize = 8;

/// Returns everything that a report of a campaign shows.
#[must_use]
pub fn report_of(campaign: &Campaign) -> Report {
    Described(campaign).report()
}

/// A campaign that is described.
struct Described<'a>(&'a Campaign);

impl Described<'_> {
    fn report(&self) -> Report {
        let mut report = Report {
            head: self.head(),
            rounds: self.0.rounds().to_vec(),
            ..Report::default()
        };
        let stated = self.0.options().recipe.coverage;
        if let Some(evaluation) = self.0.evaluation(stated) {
            match (&evaluation.truth, &evaluation.prediction.posterior) {
                (Labels::Values(truth), Posterior::Values { draws, .. }) => {
                    report.predicted_measured =
                        self.points(truth, &posterior::mean(draws), &evaluation.prediction);
                    // Out of bag, intervals are made of these very residuals.
                    if !evaluation.out_of_bag {
                        report.calibration = self.coverage_curve(truth);
                    }
                }
                (Labels::Classes { codes, .. }, Posterior::Classes { draws }) => {
                    let mean = posterior::mean_probabilities(draws);
                    report.calibration = reliability(codes, &mean);
                    report.confusion = Some(self.confusion(codes, &mean));
                }
                _ => unreachable!("the posterior is of the model's task"),
            }
        }
        report.uncertain_regions = self.uncertain_regions();
        report.notes = self.notes();
        report
    }

    fn head(&self) -> Head {
        let importance = self.0.importance();
        let count = |role| self.0.observed().with(&[role]).len();
        Head {
            target: self.0.options().target.clone(),
            unit: self.0.options().unit_of_target().map(str::to_owned),
            task: self.0.task(),
            direction: self.0.options().direction,
            log_target: self.0.options().log_target,
            learner: self.0.options().recipe.learner.clone(),
            members: self.0.options().recipe.members,
            seed: self.0.options().seed.0,
            coverage_level: (self.0.task() == Task::Regression)
                .then_some(self.0.options().recipe.coverage),
            rows: RowCounts {
                training: count(Role::Training),
                calibration: count(Role::Calibration),
                evaluation: count(Role::Evaluation),
                failed: count(Role::Failed),
            },
            version: env!("CARGO_PKG_VERSION").to_owned(),
            group: self.0.options().group.clone(),
            features: self
                .0
                .encoder()
                .schema
                .features
                .iter()
                .enumerate()
                .map(|(at, feature)| FeatureNote {
                    name: feature.name.clone(),
                    kind: match &feature.kind {
                        Kind::Numeric => "numeric".to_owned(),
                        Kind::Structure(_) => "molecule".to_owned(),
                        Kind::Categorical { levels } => {
                            format!("categorical, {}", counted(levels.len(), "level"))
                        }
                    },
                    importance: importance.get(at).copied(),
                })
                .collect(),
        }
    }

    fn points(
        &self,
        truth: &[f64],
        predicted: &[f64],
        prediction: &al_core::RowPredictions,
    ) -> Vec<Prediction> {
        let scale = self.0.scale();
        let step = truth.len().div_ceil(MOST_POINTS).max(1);
        let bound = |bounds: Option<&Vec<f64>>, row: usize| {
            bounds
                .map(|bounds| scale.unit(bounds[row]))
                .filter(|bound| bound.is_finite())
        };
        let interval = prediction.interval.as_ref();
        (0..truth.len())
            .step_by(step)
            .map(|row| Prediction {
                measured: scale.unit(truth[row]),
                predicted: scale.unit(predicted[row]),
                low: bound(interval.map(|(low, _)| low), row),
                high: bound(interval.map(|(_, high)| high), row),
            })
            .collect()
    }

    /// Coverage on the rows evaluated on for stated coverages from 10 % to 95 %.
    fn coverage_curve(&self, truth: &[f64]) -> Calibration {
        let points = (2..20)
            .map(|step| f64::from(step) * 0.05)
            .filter_map(|nominal| {
                let (low, high) = self.0.evaluation(nominal)?.prediction.interval?;
                let finite = low.iter().chain(&high).all(|bound| bound.is_finite());
                finite.then(|| CalibrationPoint {
                    nominal,
                    observed: al_core::metrics::coverage(truth, &low, &high),
                    rows: None,
                })
            })
            .collect();
        Calibration {
            points,
            rows: truth.len(),
        }
    }

    fn confusion(&self, truth: &[u32], mean: &ndarray::Array2<f64>) -> ConfusionMatrix {
        let classes = self.0.classes().to_vec();
        let predicted = al_core::information::predicted_classes(mean);
        ConfusionMatrix {
            rows: al_core::metrics::confusion(truth, &predicted, classes.len()),
            classes,
        }
    }

    /// Groups of rows by one feature in which members disagree most. Rows set
    /// aside for evaluation tell it best; all rows, if those are few.
    fn uncertain_regions(&self) -> Vec<Region> {
        let mut rows = self.0.observed().with(&[Role::Evaluation]);
        if rows.len() < 50 {
            rows = self
                .0
                .observed()
                .with(&[Role::Training, Role::Calibration, Role::Evaluation]);
        }
        let x = self.0.encode(&rows);
        let uncertainty: Vec<f64> = match self.0.posterior(&x) {
            Posterior::Values { draws, .. } => posterior::variance(&draws)
                .into_iter()
                .map(|variance| variance.sqrt() * self.0.scale().spread)
                .collect(),
            Posterior::Classes { draws } => al_core::information::class_uncertainty(&draws).entropy,
        };
        let overall = uncertainty.iter().sum::<f64>() / rows.len() as f64;
        let features = self.0.observed().features().take(&rows);
        let mut regions = Vec::new();
        for feature in &self.0.encoder().schema.features {
            let data = features.column(&feature.name).expect("a feature");
            for (description, members) in groups(&feature.name, &feature.kind, data) {
                if members.len() < REGION_ROWS || members.len() == rows.len() {
                    continue;
                }
                let mean =
                    members.iter().map(|&row| uncertainty[row]).sum::<f64>() / members.len() as f64;
                regions.push(Region {
                    description,
                    rows: members.len(),
                    mean_uncertainty: mean,
                    relative: if overall > 0.0 { mean / overall } else { 1.0 },
                });
            }
        }
        regions.sort_by(|a, b| {
            b.mean_uncertainty
                .total_cmp(&a.mean_uncertainty)
                .then_with(|| a.description.cmp(&b.description))
        });
        regions.retain(|region| region.relative > 1.0);
        regions.truncate(REGIONS);
        regions
    }

    /// On which rows the model is judged.
    fn judged(&self) -> Option<String> {
        let options = self.0.options();
        let held_out = !self.0.observed().with(&[Role::Evaluation]).is_empty();
        let by_group = options.holdout > 0.0 && options.holdout_by.is_none();
        match (held_out, options.group.as_ref()) {
            (true, Some(column)) if by_group => Some(format!(
                "Rows were held out by groups of the column '{column}': the first training learned from no row of these groups."
            )),
            (true, _) => None,
            (false, group) => Some(format!(
                "No rows were set aside for evaluation: metrics are out of bag{}. Rows that a strategy chose may be harder to predict than others.",
                match group {
                    Some(column) => format!(
                        " by groups of the column '{column}', each row being predicted by what was not trained on its group"
                    ),
                    None => ", each row being predicted by what was not trained on it".to_owned(),
                }
            )),
        }
    }

    /// That fewer of the rows of the last update lay within their intervals than chance
    /// makes of it.
    fn too_few_covered(&self) -> Option<String> {
        let last = self.0.rounds().last()?.prequential.as_ref()?;
        let (covered, rows) = (last.coverage?, last.rows?);
        let stated = self.0.options().recipe.coverage;
        covers_too_few(covered, rows, stated).then(|| {
            format!(
                "Of the {} of the last update, {} lay within their intervals before they were learned from; {} are stated. Chance does not explain that: for rows like these, intervals are too narrow.",
                counted(rows, "new row"),
                share(covered),
                level(stated),
            )
        })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let (method, warning) = self.0.fitted().interval_method();
        if self.0.task() == Task::Regression {
            notes.push(format!(
                "Intervals are made of {method} and are meant to cover {} % of measurements. That holds on average over rows like those drawn at random at the first training; rows chosen by a strategy are not such rows, and in a single region the coverage may be lower.",
                short(100.0 * self.0.options().recipe.coverage)
            ));
        }
        notes.extend(warning);
        if self.0.options().log_target {
            notes.push(
                "The model was fitted on the logarithm of the target; a prediction in the target's unit is a median."
                    .to_owned(),
            );
        }
        if let Some(moved) = self.0.rounds().last().and_then(|round| round.moved) {
            notes.push(format!(
                "The last update changed the predictions by as much as an error reduction of {:.1} % (Moved). No batch is selected once that and the expected error reduction of the next batch are both below the least that is asked for.",
                100.0 * moved
            ));
        }
        notes.extend(self.judged());
        notes.extend(self.too_few_covered());
        notes
    }
}

/// The groups of rows by one feature: its levels, or the quarters of its
/// range of values.
fn groups(name: &str, kind: &Kind, data: &al_core::ColumnData) -> Vec<(String, Vec<usize>)> {
    let mut found: std::collections::BTreeMap<String, Vec<usize>> = Default::default();
    match (kind, data) {
        (Kind::Numeric, al_core::ColumnData::Number(numbers)) => {
            let mut sorted: Vec<f64> = numbers
                .values
                .iter()
                .copied()
                .filter(|v| !v.is_nan())
                .collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let cut = |q| al_core::uncertainty::percentile(&sorted, q);
            let mut cuts = vec![cut(0.25), cut(0.5), cut(0.75)];
            cuts.dedup();
            for (row, &value) in numbers.values.iter().enumerate() {
                let at = cuts.partition_point(|&cut| cut < value);
                let label = if value.is_nan() {
                    format!("{name} is missing")
                } else if at == 0 {
                    format!("{name} ≤ {}", plain(cuts[0]))
                } else if at == cuts.len() {
                    format!("{name} > {}", plain(cuts[at - 1]))
                } else {
                    format!("{} < {name} ≤ {}", plain(cuts[at - 1]), plain(cuts[at]))
                };
                found.entry(label).or_default().push(row);
            }
        }
        _ => {
            for row in 0..data.len() {
                let label = match data.text(row) {
                    Some(level) => format!("{name} = {level}"),
                    None => format!("{name} is missing"),
                };
                found.entry(label).or_default().push(row);
            }
        }
    }
    found.into_iter().collect()
}

/// Predicted against observed shares in ten bins of the predicted class's
/// probability.
fn reliability(truth: &[u32], mean: &ndarray::Array2<f64>) -> Calibration {
    let mut bins = vec![(0.0, 0.0, 0_usize); 10];
    for (row, &class) in truth.iter().enumerate() {
        let p = mean.row(row);
        let predicted = al_core::information::most_probable(p);
        let bin = &mut bins[((p[predicted] * 10.0) as usize).min(9)];
        bin.0 += p[predicted];
        bin.1 += f64::from(u8::from(predicted as u32 == class));
        bin.2 += 1;
    }
    Calibration {
        points: bins
            .into_iter()
            .filter(|bin| bin.2 > 0)
            .map(|(nominal, observed, rows)| CalibrationPoint {
                nominal: nominal / rows as f64,
                observed: observed / rows as f64,
                rows: Some(rows),
            })
            .collect(),
        rows: truth.len(),
    }
}
