//! How the labelling of a model stands.

use std::collections::BTreeMap;

use al_core::Seed;
use al_store::{CycleStatus, LabelValue, Moment, QueueCounts, ValidationKind};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::actor::{Actor, Scope};
use crate::agreement::{Coefficient, JudgedValue, Judgement, alpha, kappas};
use crate::error::LabelError;
use crate::models::{known_model, settings_of};
use crate::retrain::{MIN_NEW_LABELS, new_labels};
use crate::service::Service;

/// Rows of one page.
const PAGE: usize = 1000;

/// How the labelling of a model stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LabelStats {
    /// The name of the model.
    pub model_name: String,
    /// Its active version.
    pub model_id: String,
    /// How many items stand where.
    pub items_by_status: QueueCounts,
    /// Labels of each cycle.
    pub labels_per_cycle: Vec<CycleLabels>,
    /// Metrics of each version.
    pub metrics_per_version: Vec<VersionMetrics>,
    /// How far people agree.
    pub agreement: Agreement,
    /// New labels, which the model has not learned from.
    pub new_labels: usize,
    /// How many more are needed until it is retrained.
    pub labels_left_until_retrain: usize,
}

/// The labels of a cycle.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CycleLabels {
    /// The cycle.
    pub cycle_id: String,
    /// Its number.
    pub cycle_number: i64,
    /// Where it stands.
    pub status: CycleStatus,
    /// Items chosen.
    pub selected: i64,
    /// Items labelled.
    pub labeled: i64,
    /// Items skipped.
    pub skipped: i64,
}

/// The metrics of a version.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VersionMetrics {
    /// The version's id.
    pub model_id: String,
    /// The version.
    pub version: i64,
    /// What it was measured on.
    pub validation: ValidationKind,
    /// Rows that it learned from.
    pub training_rows: i64,
    /// The metrics.
    #[schema(value_type = Option<Object>)]
    pub metrics: Option<Value>,
}

/// How far people agree on items that several judged.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Agreement {
    /// Items that two or more judged.
    pub items: usize,
    /// Krippendorff's alpha; none where nothing was judged twice, or all said the same.
    pub alpha: Option<Coefficient>,
    /// Cohen's kappa of each two people; of classes only.
    pub kappas: Vec<NamedKappa>,
}

/// Cohen's kappa of two people.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NamedKappa {
    /// One, by name.
    pub first: String,
    /// The other.
    pub second: String,
    /// The coefficient.
    pub kappa: Coefficient,
}

impl Service {
    /// How the labelling of a model stands.
    ///
    /// # Errors
    ///
    /// A model that is not there.
    pub async fn stats(
        &self,
        actor: &Actor,
        model: &str,
        now: Moment,
    ) -> Result<LabelStats, LabelError> {
        actor.need(Scope::Read)?;
        let mut tx = self.store.read().await?;
        let model = known_model(&mut tx, model).await?;
        let model = known_model(&mut tx, &model.name).await?;
        let settings = settings_of(&model)?;
        let items_by_status = tx.queue_counts(&model.name, now).await?;
        let cycles = tx
            .cycles(Some(&model.name), None, None, usize::MAX >> 2)
            .await?;
        let mut labels_per_cycle = Vec::new();
        for cycle in cycles.items {
            let counts = tx.counts_of_cycle(&cycle.id, now).await?;
            labels_per_cycle.push(CycleLabels {
                cycle_id: cycle.id,
                cycle_number: cycle.cycle_number,
                status: cycle.status,
                selected: cycle.items_selected,
                labeled: counts.labeled + counts.archived,
                skipped: counts.skipped,
            });
        }
        let versions = tx.versions(&model.name).await?;
        let metrics_per_version = versions
            .into_iter()
            .map(|version| VersionMetrics {
                model_id: version.id,
                version: version.version,
                validation: version.validation,
                training_rows: version.training_rows,
                metrics: version.metrics,
            })
            .collect();
        let agreement = self
            .agreement(&mut tx, &model.name, Seed(settings.seed))
            .await?;
        let (usable, _) = new_labels(&mut tx, &model, now).await?;
        Ok(LabelStats {
            model_name: model.name,
            model_id: model.id,
            items_by_status,
            labels_per_cycle,
            metrics_per_version,
            agreement,
            new_labels: usable,
            labels_left_until_retrain: MIN_NEW_LABELS.saturating_sub(usable),
        })
    }

    async fn agreement(
        &self,
        tx: &mut al_store::Tx,
        model_name: &str,
        seed: Seed,
    ) -> Result<Agreement, LabelError> {
        let (mut people, mut classes) = (BTreeMap::new(), BTreeMap::new());
        let mut units: BTreeMap<String, Vec<Judgement>> = BTreeMap::new();
        let mut after = String::new();
        loop {
            let page = tx.annotations_of_model(model_name, &after, PAGE).await?;
            let Some(last) = page.last() else {
                break;
            };
            after = last.id.clone();
            for annotation in page {
                let n = people.len();
                let by = *people.entry(annotation.user_id).or_insert(n);
                let value = match annotation.label {
                    LabelValue::Number(number) => JudgedValue::Number(number),
                    LabelValue::Class(class) => {
                        let n = classes.len();
                        JudgedValue::Class(*classes.entry(class).or_insert(n))
                    }
                };
                units
                    .entry(annotation.item_id)
                    .or_default()
                    .push(Judgement { by, value });
            }
        }
        let mut names = vec![String::new(); people.len()];
        for (id, number) in &people {
            let user = tx.user(id).await?;
            names[*number] = user.map_or_else(|| id.clone(), |user| user.name);
        }
        let units: Vec<Vec<Judgement>> = units.into_values().collect();
        let kappas = kappas(&units, seed).into_iter().map(|pair| NamedKappa {
            first: names[pair.first].clone(),
            second: names[pair.second].clone(),
            kappa: pair.kappa,
        });
        Ok(Agreement {
            items: units.iter().filter(|unit| unit.len() > 1).count(),
            alpha: alpha(&units, seed),
            kappas: kappas.collect(),
        })
    }
}
