//! What to measure next where it matters which hardware is used: pairs by what
//! they would teach and by how likely their hardware is the right one.

use al_core::encoder::texts;
use al_core::uncertainty::Range;
use al_core::{Fault, Messages, Progress, Tabular};
use al_select::{Gain, Informant, ReferenceRows, Wanted, new_column, sampled, taken_name};
use al_tables::{Frame, NewColumn, NewData, TableSource, check_columns};
use al_words::columns::{
    COMBINED_SCORE, FLAGGED, HARDWARE, HARDWARE_OPTIMALITY, INFORMATION_GAIN, MODEL_NAME,
    OutputColumn, RANK, REASON, RECOMMENDED_HARDWARE,
};

use crate::advice::Regrets;
use crate::belief::misfit;
use crate::options::{Optimality, RecommendOptions, commaless};
use crate::pair_view::PairView;
use crate::pairs::workload_schema;

/// Rows whose gains are computed at a time.
const BLOCK: usize = 1 << 16;

/// How much both parts of the combined score count, ≥ 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IntegrationWeights {
    /// Of the information gain. Default 0.7.
    pub information_gain: f64,
    /// Of the hardware optimality. Default 0.3.
    pub optimality: f64,
}

impl Default for IntegrationWeights {
    fn default() -> Self {
        IntegrationWeights {
            information_gain: 0.7,
            optimality: 0.3,
        }
    }
}

/// What to measure, and how it is ranked.
#[derive(Debug, Clone)]
pub struct IntegrateOptions {
    /// Most rows. Default 10.
    pub n: usize,
    /// How much both parts count.
    pub weights: IntegrationWeights,
    /// Which gain is the information gain.
    pub gain: Gain,
    /// The column that names what runs; else a row's workload in words.
    pub model_column: Option<String>,
}

impl Default for IntegrateOptions {
    fn default() -> Self {
        IntegrateOptions {
            n: 10,
            weights: IntegrationWeights::default(),
            gain: Gain::default(),
            model_column: None,
        }
    }
}

/// A pair that is worth measuring.
#[derive(Debug, Clone, PartialEq)]
pub struct HardwareRecommendation {
    /// What runs: the value of the model column, or the workload in words.
    pub model_name: String,
    /// Where it would be measured.
    pub hardware: String,
    /// The best hardware for it, as far as is known.
    pub recommended_hardware: String,
    /// What measuring it would teach, 0 to 1 over the candidates.
    pub information_gain: f64,
    /// How likely its hardware is the best for it, 0 to 1.
    pub hardware_optimality: f64,
    /// The weighted sum of both.
    pub combined_score: f64,
    /// Whether its hardware is not the recommended one.
    pub flagged: bool,
}

/// The pairs that are worth measuring, best first.
#[derive(Debug)]
pub struct HardwareIntegration {
    /// Each of them.
    pub recommendations: Vec<HardwareRecommendation>,
    /// The same as a table, with a reason and the columns of the candidates.
    pub frame: Frame,
    /// Pairs that could have been chosen.
    pub available: usize,
    /// Warnings, a sentence each.
    pub warnings: Messages,
}

/// Where workloads could run, for recommendations beside a batch
/// (`ActiveLearner::integrate_with_hardware_recommender` of al-pipeline).
#[derive(Debug, Clone)]
pub struct HardwareRecommender {
    /// Pairs of workloads and hardware, or workloads alone.
    pub candidates: TableSource,
    /// How hardware is compared; its objective is that of the call.
    pub options: RecommendOptions,
    /// How what is worth measuring is ranked; its number is that of the call.
    pub integrate: IntegrateOptions,
}

impl HardwareRecommender {
    /// For candidates whose column `hardware` names the hardware, with every
    /// default.
    pub fn new(candidates: impl Into<TableSource>, hardware: &str) -> HardwareRecommender {
        HardwareRecommender {
            candidates: candidates.into(),
            options: RecommendOptions::new(hardware, ""),
            integrate: IntegrateOptions::default(),
        }
    }
}

/// The pairs of the candidates that are worth measuring: by default 0.7 of the
/// information gain and 0.3 of the probability that the pair's hardware is the
/// best for its workload. Measured pairs and those that are left out are not
/// among them.
///
/// # Errors
///
/// As [`recommend`](super::recommend()); weights below 0 or without a sum, and a
/// model column that is not there.
pub fn integrate(
    model: &dyn Tabular,
    candidates: &TableSource,
    options: &RecommendOptions,
    how: &IntegrateOptions,
    progress: &dyn Progress,
) -> Result<HardwareIntegration, Fault> {
    let (gain_weight, optimality_weight) = (how.weights.information_gain, how.weights.optimality);
    let sound = |weight: f64| weight.is_finite() && weight >= 0.0;
    if !sound(gain_weight) || !sound(optimality_weight) || gain_weight + optimality_weight <= 0.0 {
        let problem = format!(
            "the weights are information_gain={gain_weight} and optimality={optimality_weight}"
        );
        return Err(
            Fault::usage(problem).remedy("they must be at least 0, and one of them above it")
        );
    }
    if how.n == 0 {
        return Err(Fault::usage("the test budget is 0").remedy("it must be at least 1"));
    }
    let view = PairView::at(&[model], candidates, options, Regrets::None, progress)?;
    if let Some(column) = &how.model_column {
        check_columns(&view.pairs.input, std::iter::once(column.as_str()))?;
    }
    let pairs = view.pairs.source.len() as u64;
    progress.counted("weighing what each would teach", pairs, "pairs");
    let gain = view.information(how.gain)?;
    let optimality = view.optimality(options.optimality);
    let known = &view.judged[0].belief.known;
    let open = |&pair: &usize| view.excluded[pair].is_none() && known[pair].is_none();
    let mut order: Vec<usize> = (0..gain.len()).filter(open).collect();
    let available = order.len();
    let score: Vec<f64> = gain
        .iter()
        .zip(&optimality)
        .map(|(gain, optimality)| gain_weight * gain + optimality_weight * optimality)
        .collect();
    let seed = options.seed.unwrap_or_else(|| model.seed());
    let ties = seed.derive("integrate", 0);
    let workload = view.workload_of();
    let place = |pair: usize| {
        // By what a pair is, never by where it stands.
        let key = view.pairs.keys[workload[pair]];
        (ties.order(key), key, view.hardware(pair as u32))
    };
    order.sort_by(|&a, &b| {
        score[b]
            .total_cmp(&score[a])
            .then_with(|| place(a).cmp(&place(b)))
    });
    if options.optimality == Optimality::KnowledgeGradient {
        // What two pairs of a workload are worth is much the same knowledge.
        let mut seen = vec![false; view.pairs.members.len()];
        let (first, later): (Vec<usize>, Vec<usize>) = order
            .into_iter()
            .partition(|&pair| !std::mem::replace(&mut seen[workload[pair]], true));
        order = [first, later].concat();
    }
    order.truncate(how.n);
    let names = view.model_names(how.model_column.as_deref(), &order, options)?;
    let recommendations: Vec<HardwareRecommendation> = order
        .iter()
        .zip(names)
        .map(|(&pair, model_name)| {
            let best = view.judged[0].workloads[workload[pair]].best;
            let best = best.expect("an open pair's workload has a best one");
            HardwareRecommendation {
                model_name,
                hardware: view.hardware(pair as u32).to_owned(),
                recommended_hardware: view.hardware(best).to_owned(),
                information_gain: gain[pair],
                hardware_optimality: optimality[pair],
                combined_score: score[pair],
                flagged: view.pairs.hardware[pair] != view.pairs.hardware[best as usize],
            }
        })
        .collect();
    let frame = view.integrated(&recommendations, &order, options, how)?;
    let mut warnings = view.warnings;
    if recommendations.len() < how.n && available > 0 {
        warnings.push(format!(
            "{} of {} asked for: no more pairs are unmeasured and possible",
            recommendations.len(),
            how.n
        ));
    }
    Ok(HardwareIntegration {
        recommendations,
        frame,
        available,
        warnings,
    })
}

impl PairView<'_> {
    /// Per pair its workload.
    fn workload_of(&self) -> Vec<usize> {
        let mut of = vec![0; self.pairs.source.len()];
        for (workload, members) in self.pairs.members.iter().enumerate() {
            for &pair in members {
                of[pair as usize] = workload;
            }
        }
        of
    }

    /// The information gain of each pair, from 0 to 1 over all of them, as
    /// scoring has it.
    fn information(&self, gain: Gain) -> Result<Vec<f64>, Fault> {
        let model = self.models[0];
        let names: Vec<&str> = model.encoder().schema.names().collect();
        let table = self.pairs.frame.table(Some(&names))?;
        let encoder = model.encoder();
        let x = encoder
            .encode(&table)
            .map_err(|error| misfit(&self.pairs, error))?;
        let mut reference = ReferenceRows::new(model.seed(), encoder.columns(), 0);
        reference.look(&x);
        let informant = Informant::new(model, &reference.matrix());
        let wanted = match gain {
            Gain::ModelChange => Wanted::All,
            _ => Wanted::Gains,
        };
        let n = x.n_rows();
        let mut gains = Vec::with_capacity(n);
        for first in (0..n).step_by(BLOCK) {
            let rows: Vec<usize> = (first..n.min(first + BLOCK)).collect();
            let x = x.take(&rows);
            let posterior = model.posterior(&x);
            let information = informant.information(&x, &posterior, wanted);
            gains.extend_from_slice(information.of(gain));
        }
        let sample: Vec<f64> = sampled(model.seed(), n)
            .into_iter()
            .map(|row| gains[row])
            .collect();
        let range = Range::of(&sample);
        Ok(gains
            .into_iter()
            .map(|gain| range.normalise(gain))
            .collect())
    }

    /// What runs in each of these pairs.
    fn model_names(
        &self,
        column: Option<&str>,
        pairs: &[usize],
        options: &RecommendOptions,
    ) -> Result<Vec<String>, Fault> {
        let rows = self.pairs.frame.take(pairs);
        if let Some(column) = column {
            let table = rows.table(Some(&[column]))?;
            let names = texts(&table, column).expect("the column was asked for");
            let name = |row| names.get(row).unwrap_or_default().to_owned();
            return Ok((0..pairs.len()).map(name).collect());
        }
        let schema = workload_schema(&self.models, &options.hardware);
        let names: Vec<&str> = schema.names().collect();
        let table = rows.table(Some(&names))?;
        let words = |row: usize| {
            let cells = names.iter().filter_map(|name| {
                let value = table.column(name)?.text(row)?;
                Some(format!("{name}={}", commaless(&value)))
            });
            cells.collect::<Vec<_>>().join(" ")
        };
        Ok((0..pairs.len()).map(words).collect())
    }

    /// The table: what is said of each pair, then the candidates' own columns.
    fn integrated(
        &self,
        recommendations: &[HardwareRecommendation],
        pairs: &[usize],
        options: &RecommendOptions,
        how: &IntegrateOptions,
    ) -> Result<Frame, Fault> {
        let text = |of: &dyn Fn(&HardwareRecommendation) -> &str| {
            let cells = recommendations.iter().map(|one| Some(of(one).to_owned()));
            NewData::Text(cells.collect())
        };
        let float = |of: &dyn Fn(&HardwareRecommendation) -> f64| {
            NewData::Float(recommendations.iter().map(of).collect())
        };
        let reasons = recommendations
            .iter()
            .map(|one| Some(self.reason(one, options)));
        let columns: [(&OutputColumn, NewData); 9] = [
            (&RANK, NewData::Integer((1..=pairs.len() as i64).collect())),
            (&MODEL_NAME, text(&|one| &one.model_name)),
            (&HARDWARE, text(&|one| &one.hardware)),
            (
                &RECOMMENDED_HARDWARE,
                text(&|one| &one.recommended_hardware),
            ),
            (&INFORMATION_GAIN, float(&|one| one.information_gain)),
            (&HARDWARE_OPTIMALITY, float(&|one| one.hardware_optimality)),
            (&COMBINED_SCORE, float(&|one| one.combined_score)),
            (
                &FLAGGED,
                NewData::Bool(recommendations.iter().map(|one| one.flagged).collect()),
            ),
            (&REASON, NewData::Text(reasons.collect())),
        ];
        // A column that says the same under the same name stands there once.
        let same = |name: &str| {
            (name == HARDWARE.name && options.hardware == [name])
                || (name == MODEL_NAME.name && how.model_column.as_deref() == Some(name))
        };
        let names = self.pairs.frame.names();
        let named = |name: &str| format!("{}{name}", options.prefix);
        let kept: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| !(options.prefix.is_empty() && same(name)))
            .collect();
        if let Some((of, _)) = columns
            .iter()
            .find(|(of, _)| kept.contains(&named(of.name).as_str()))
        {
            return Err(taken_name(&named(of.name), &self.pairs.input));
        }
        let mut frame = self.pairs.frame.select(&kept)?.take(pairs);
        let columns = columns.into_iter().map(|(of, data)| NewColumn {
            name: named(of.name),
            ..new_column(of, data)
        });
        frame.prepend(columns.collect())?;
        Ok(frame)
    }

    fn reason(&self, one: &HardwareRecommendation, options: &RecommendOptions) -> String {
        let chance = match options.optimality {
            Optimality::PBest => {
                format!("best for it with {:.0} %", 100.0 * one.hardware_optimality)
            }
            Optimality::Ratio => {
                format!("{:.0} % of the best", 100.0 * one.hardware_optimality)
            }
            Optimality::KnowledgeGradient => format!(
                "improves the choice {:.2} times as much as the best pair would",
                one.hardware_optimality
            ),
            Optimality::Mismatch => format!(
                "not the best for it with {:.0} %",
                100.0 * one.hardware_optimality
            ),
        };
        let doubt = match one.flagged {
            true => format!("; {} is recommended", commaless(&one.recommended_hardware)),
            false => "; the recommended one".to_owned(),
        };
        format!(
            "information gain {:.2} (0 to 1 among the candidates); {} {chance}{doubt}",
            one.information_gain,
            commaless(&one.hardware)
        )
    }
}
