//! What a model says of items.

use al_core::{Belief, DataError, Fault, Posterior, Tabular, posterior};
use al_pipeline::{Campaign, applicability_distances};
use al_store::Item;
use ndarray::{Array2, Axis};
use serde_json::{Map, Value, json};

use crate::error::LabelError;
use crate::frames::{ItemColumns, frame_of};
use crate::settings::ModelSettings;

/// Items that are looked at in one go.
const BLOCK: usize = 4096;

/// What a model says of an item.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Assessment {
    /// The value; of two classes the probability of the second, of more that of the
    /// predicted one.
    pub prediction: Option<f64>,
    /// The predicted class.
    pub predicted_class: Option<String>,
    /// The probability of each class.
    pub probabilities: Option<Map<String, Value>>,
    /// The standard deviation of what the draws say of that.
    pub uncertainty: f64,
    /// The distance to the nearest row learned from.
    pub distance: f64,
    /// Of classes, the probabilities in their order.
    pub(crate) p: Vec<f64>,
}

/// What `campaign` says of each item. On a thread that may take long.
pub(crate) fn assess(
    settings: &ModelSettings,
    campaign: &Campaign,
    items: &[&Item],
) -> Result<Vec<Assessment>, LabelError> {
    let mut assessments = Vec::with_capacity(items.len());
    for block in items.chunks(BLOCK) {
        let frame = frame_of(settings, ItemColumns::of_model(campaign), block, None)?;
        let names: Vec<&str> = campaign.encoder().schema.names().collect();
        let table = frame.table(Some(&names)).map_err(Fault::from)?;
        let failed = |error: DataError| unfit(&error, block);
        let x = campaign.encoder().encode(&table).map_err(failed)?;
        let distances = applicability_distances(campaign, &table).map_err(failed)?;
        let said = match campaign.posterior(&x) {
            Posterior::Values { draws, .. } => values(campaign, &draws),
            Posterior::Classes { draws } => classes(campaign, &draws),
        };
        assessments.extend(
            said.into_iter()
                .zip(distances)
                .map(|(said, distance)| Assessment { distance, ..said }),
        );
    }
    Ok(assessments)
}

/// That an item does not fit the model.
fn unfit(error: &DataError, block: &[&Item]) -> LabelError {
    let item = error.row().and_then(|row| block.get(row));
    let item = item.map_or(String::new(), |item| format!("the item {}: ", item.id));
    LabelError::invalid("pool", format!("{item}{error}"))
        .remedy("choose a pool of items that have the model's columns")
}

/// Draws are m × n.
fn values(campaign: &Campaign, draws: &Array2<f32>) -> Vec<Assessment> {
    let scale = campaign.scale();
    let means = posterior::mean(draws);
    let rows = draws.axis_iter(Axis(1)).zip(means);
    rows.map(|(draws, mean)| {
        // In the target's own unit, also where its logarithm is fitted.
        let units: Vec<f64> = draws
            .iter()
            .map(|&draw| scale.unit(f64::from(draw)))
            .collect();
        Assessment {
            prediction: Some(scale.unit(mean)),
            uncertainty: deviation(&units),
            ..Assessment::default()
        }
    })
    .collect()
}

fn classes(campaign: &Campaign, draws: &[Array2<f32>]) -> Vec<Assessment> {
    let names = campaign.classes();
    let mean = posterior::mean_probabilities(draws);
    mean.rows()
        .into_iter()
        .enumerate()
        .map(|(row, p)| {
            let likeliest = p
                .iter()
                .enumerate()
                .max_by(|(i, a), (j, b)| a.total_cmp(b).then(j.cmp(i)))
                .map_or(0, |(class, _)| class);
            let shown = if names.len() == 2 { 1 } else { likeliest };
            let of_draws: Vec<f64> = draws
                .iter()
                .map(|draw| f64::from(draw[[row, shown]]))
                .collect();
            let probabilities = names.iter().zip(p.iter());
            Assessment {
                prediction: p.get(shown).copied(),
                predicted_class: names.get(likeliest).cloned(),
                probabilities: Some(
                    probabilities
                        .map(|(name, p)| (name.clone(), json!(p)))
                        .collect(),
                ),
                uncertainty: deviation(&of_draws),
                p: p.to_vec(),
                ..Assessment::default()
            }
        })
        .collect()
}

/// The standard deviation of draws, as of all there are.
fn deviation(draws: &[f64]) -> f64 {
    if draws.is_empty() {
        return 0.0;
    }
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    (draws
        .iter()
        .map(|draw| (draw - mean) * (draw - mean))
        .sum::<f64>()
        / n)
        .sqrt()
}
