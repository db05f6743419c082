//! Training on labels, and scoring the queue with what came of it: long computations, on
//! threads of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use al_core::{Messages, Progress, Seed};
use al_pipeline::{Campaign, Refit, TableSource, UpdateOptions, train};
use al_store::{Item, LabelValue, QueueItem, Rescored};
use serde_json::Value;

use crate::assess::{Assessment, assess};
use crate::choosing::key_of;
use crate::error::LabelError;
use crate::frames::{ItemColumns, frame_of};
use crate::quality::measured;
use crate::settings::{LabelKind, ModelSettings};
use crate::strategies::{chooser, scores};

/// What a training made.
pub(crate) struct NewVersion {
    pub(crate) campaign: Arc<Campaign>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) before: Option<Value>,
    pub(crate) after: Value,
    pub(crate) warnings: Vec<String>,
}

/// A training on a thread of its own.
pub(crate) struct Training {
    pub(crate) settings: ModelSettings,
    pub(crate) name: String,
    pub(crate) old: Option<Vec<u8>>,
    pub(crate) made: Option<Vec<u8>>,
    pub(crate) items: Vec<Item>,
    pub(crate) labels: Vec<LabelValue>,
}

impl Training {
    pub(crate) fn run(self, progress: &dyn Progress) -> Result<NewVersion, LabelError> {
        let title = format!("the model {}", self.name);
        let old = self
            .old
            .as_ref()
            .map(|bytes| Campaign::from_bytes(bytes, &title));
        let old = old.transpose()?;
        let before = old.as_ref().map(measured);
        if let Some(bytes) = self.made {
            let campaign = Campaign::from_bytes(&bytes, &title)?;
            return Ok(NewVersion {
                after: measured(&campaign),
                campaign: Arc::new(campaign),
                bytes,
                before,
                warnings: Vec::new(),
            });
        }
        let all: Vec<&Item> = self.items.iter().collect();
        let (campaign, warnings) = match old {
            Some(mut campaign) => {
                let frame = frame_of(
                    &self.settings,
                    ItemColumns::of_model(&campaign),
                    &all,
                    Some(&self.labels),
                )?;
                let options = UpdateOptions {
                    refit: Refit::Always,
                    again: true,
                    ..UpdateOptions::default()
                };
                let source = TableSource::table("new labels", &frame);
                let updated = campaign.update(&source, None, &options, progress)?;
                (campaign, updated.warnings)
            }
            None => self.first(&all, progress)?,
        };
        let bytes = campaign.to_bytes()?;
        Ok(NewVersion {
            after: measured(&campaign),
            campaign: Arc::new(campaign),
            bytes,
            before,
            warnings: warnings.iter().map(ToString::to_string).collect(),
        })
    }

    /// The first training, with a share of the items set aside on which all versions are
    /// measured.
    fn first(
        &self,
        all: &[&Item],
        progress: &dyn Progress,
    ) -> Result<(Campaign, Messages), LabelError> {
        let held = held_out(&self.settings, all, &self.labels);
        let options = self.settings.train_options()?;
        // One table, so that the columns of both parts are of one kind.
        let whole = frame_of(
            &self.settings,
            ItemColumns::of_items(&self.settings, all),
            all,
            Some(&self.labels),
        )?;
        let part = |name: &str, wanted: bool| {
            let rows = (0..all.len()).filter(|at| held.contains(at) == wanted);
            TableSource::table(name, &whole.take(&rows.collect::<Vec<_>>()))
        };
        let learned = part("labels", false);
        let evaluation = (!held.is_empty()).then(|| part("validation labels", true));
        let trained = train(&learned, evaluation.as_ref(), &options, None, progress)?;
        Ok((trained.campaign, trained.warnings))
    }
}

/// Which items the first training sets aside: a share, by key and so whatever the order, of
/// each class the same. At least one item of each class is left to learn from; below ten
/// items none is set aside.
fn held_out(settings: &ModelSettings, items: &[&Item], labels: &[LabelValue]) -> BTreeSet<usize> {
    const FROM: usize = 10;
    if settings.holdout == 0.0 || items.len() < FROM {
        return BTreeSet::new();
    }
    let order = Seed(settings.seed).derive("validation", 0);
    let mut strata: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, label) in labels.iter().enumerate() {
        let stratum = match (settings.task, label) {
            (LabelKind::Classification, LabelValue::Class(class)) => class.clone(),
            _ => String::new(),
        };
        strata.entry(stratum).or_default().push(at);
    }
    let mut held = BTreeSet::new();
    for rows in strata.values_mut() {
        rows.sort_by_key(|&at| (order.order(key_of(&items[at].key)), at));
        let count = (settings.holdout * rows.len() as f64).round() as usize;
        held.extend(rows.iter().take(count.min(rows.len() - 1)));
    }
    held
}

/// What a version says of queue items, with the priority where a strategy ranks items one
/// by one.
pub(crate) fn rescore(
    settings: &ModelSettings,
    campaign: &Campaign,
    pairs: &[(QueueItem, Item)],
) -> Result<Vec<Rescored>, LabelError> {
    let items: Vec<&Item> = pairs.iter().map(|(_, item)| item).collect();
    let said = assess(settings, campaign, &items)?;
    let mut by_strategy: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (row, _)) in pairs.iter().enumerate() {
        by_strategy
            .entry(&row.selection_strategy)
            .or_default()
            .push(at);
    }
    let mut priorities: Vec<Option<f64>> = vec![None; pairs.len()];
    for (strategy, rows) in by_strategy {
        let Ok(chooser) = chooser(strategy, None, settings, true) else {
            continue;
        };
        let of_rows: Vec<Assessment> = rows.iter().map(|&at| said[at].clone()).collect();
        for (at, score) in rows
            .iter()
            .zip(scores(chooser, &of_rows).unwrap_or_default())
        {
            priorities[*at] = Some(score);
        }
    }
    let rescored = pairs.iter().zip(said).zip(priorities);
    Ok(rescored
        .map(|(((row, _), said), priority_score)| Rescored {
            id: row.id.clone(),
            prediction: said.prediction,
            predicted_class: said.predicted_class,
            probabilities: said.probabilities.map(Value::Object),
            uncertainty: Some(said.uncertainty),
            applicability_distance: Some(said.distance),
            priority_score,
        })
        .collect())
}
