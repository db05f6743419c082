//! Choosing what to label: a ranked sample of a pool, which may become a batch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use al_core::Seed;
use al_pipeline::{DEFAULT_STRATEGY, DEFAULT_WITHOUT_MODEL};
use al_store::{
    Cycle, CycleStatus, Item, ModelRecord, ModelState, Moment, NewCycle, NewItem, NewQueueItem,
    QueueBatch, ResolutionRule, StoreError, new_id,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::actor::{Actor, Scope};
use crate::choosing::{Choosing, SelectedItem};
use crate::error::LabelError;
use crate::items::{GivenItem, read_pool};
use crate::log;
use crate::models::{known_model, settings_of};
use crate::service::{Service, aside};
use crate::settings::ModelSettings;
use crate::strategies::{HybridWeights, chooser};

/// Items of one page while a pool is read.
const PAGE: usize = 5000;

/// The most items of a batch.
pub const MOST_BATCH: usize = 10_000;

/// The most people that judge an item.
pub const MOST_JUDGEMENTS: i64 = 100;

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemPool {
    /// All items without a label for the model.
    AllUnlabeled,
    /// Those of a data set, by its id or name.
    Dataset(String),
    /// Compounds or rows that are given; they become items of a data set.
    Given(Vec<GivenItem>),
}

/// What to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectWish {
    /// The version of a model, or the name of one.
    pub model: String,
    /// What to choose from.
    pub pool: ItemPool,
    /// What chooses; the default strategy of altool, if not given.
    pub strategy: Option<String>,
    /// How many at most.
    pub batch_size: usize,
    /// Leave out items that have a label for the model.
    pub exclude_labeled: bool,
    /// How much each part counts in `hybrid`.
    pub weights: Option<HybridWeights>,
    /// At most so many items with one value of a column; `scaffold` is that of a compound.
    pub limits: BTreeMap<String, usize>,
    /// Queue them and begin a cycle.
    pub add: bool,
    /// How many people judge each item.
    pub judgements: i64,
    /// How their judgements become one label.
    pub rule: Option<ResolutionRule>,
    /// The name of the batch; a new one if not given.
    pub batch: Option<String>,
    /// The seed; the model's with the number of the cycle, if not given.
    pub seed: Option<u64>,
}

impl SelectWish {
    /// Fifty items of all that are not labelled, by the default strategy.
    #[must_use]
    pub fn new(model: &str) -> SelectWish {
        SelectWish {
            model: model.to_owned(),
            pool: ItemPool::AllUnlabeled,
            strategy: None,
            batch_size: 50,
            exclude_labeled: true,
            weights: None,
            limits: BTreeMap::new(),
            add: false,
            judgements: 1,
            rule: None,
            batch: None,
            seed: None,
        }
    }
}

/// A ranked sample.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LabelSelection {
    /// The version of the model that chose.
    pub model_id: String,
    /// What chose.
    pub selection_strategy: String,
    /// The name of the batch.
    pub selection_batch: Option<String>,
    /// The cycle, if one began.
    pub cycle: Option<Cycle>,
    /// What was chosen, the first first.
    pub items: Vec<SelectedItem>,
    /// How many items there were to choose from.
    pub pool_size: usize,
    /// What there is to say of it, a sentence each.
    pub warnings: Vec<String>,
}

impl Service {
    /// Chooses a ranked sample and, if it is to be added, queues it and begins a cycle.
    ///
    /// # Errors
    ///
    /// An actor who may not; a model, pool, strategy, weight or limit that does not fit;
    /// an empty pool.
    pub async fn select(
        &self,
        actor: &Actor,
        wish: SelectWish,
        now: Moment,
    ) -> Result<LabelSelection, LabelError> {
        actor.need(if wish.add { Scope::Lead } else { Scope::Read })?;
        check_wish(&wish)?;
        let mut tx = self.store.read().await?;
        let model = known_model(&mut tx, &wish.model).await?;
        let cycles = tx
            .cycles(Some(&model.name), None, None, usize::MAX >> 2)
            .await?;
        drop(tx);
        if model.state == ModelState::Superseded {
            return Err(LabelError::conflict(format!(
                "version {} of the model '{}' was superseded",
                model.version, model.name
            ))
            .remedy("choose with the active version: give the name of the model"));
        }
        let settings = settings_of(&model)?;
        let campaign = self.campaign(&model).await?;
        let strategy = wish.strategy.clone().unwrap_or_else(|| {
            let default = match campaign {
                Some(_) => DEFAULT_STRATEGY,
                None => DEFAULT_WITHOUT_MODEL,
            };
            default.to_owned()
        });
        let chooser = chooser(&strategy, wish.weights, &settings, campaign.is_some())?;
        let pool = self.pool(actor, &model, &settings, &wish, now).await?;
        if pool.is_empty() {
            return Err(LabelError::conflict("there is nothing to choose from")
                .remedy("load items, or choose another pool"));
        }
        let number = cycles.items.len() as u64 + 1;
        let seed = Seed(wish.seed.unwrap_or(settings.seed)).derive("cycle", number);
        let work = Choosing {
            settings,
            campaign,
            chooser,
            pool: pool.clone(),
            n: wish.batch_size,
            limits: wish.limits.clone(),
            seed,
        };
        let (items, warnings) = aside(move || work.run()).await??;
        let mut selection = LabelSelection {
            model_id: model.id.clone(),
            selection_strategy: strategy,
            selection_batch: wish.batch.clone(),
            cycle: None,
            items,
            pool_size: pool.len(),
            warnings,
        };
        if wish.add {
            self.queue_selection(actor, &model, &wish, &mut selection, now)
                .await?;
        }
        Ok(selection)
    }

    async fn queue_selection(
        &self,
        actor: &Actor,
        model: &ModelRecord,
        wish: &SelectWish,
        selection: &mut LabelSelection,
        now: Moment,
    ) -> Result<(), LabelError> {
        let batch = wish.batch.clone().unwrap_or_else(new_id);
        let queued: Vec<NewQueueItem> = selection.items.iter().map(queue_item).collect();
        let mut tx = self.store.begin().await?;
        let active = tx.lock_active(&model.name).await?;
        if active.as_ref().is_none_or(|active| active.id != model.id) {
            return Err(LabelError::conflict(format!(
                "the model '{}' was retrained meanwhile",
                model.name
            ))
            .remedy("choose again"));
        }
        let new = NewCycle {
            model_name: &model.name,
            model_id: &model.id,
            strategy: &selection.selection_strategy,
            batch: &batch,
            batch_size: wish.batch_size as i64,
            status: CycleStatus::Selecting,
            items_selected: 0,
        };
        let begun = tx.begin_cycle(&new, now).await;
        let cycle = begun.map_err(|error| match error {
            StoreError::Duplicate { .. } => LabelError::conflict(format!(
                "there is a batch '{batch}' already, or another began"
            ))
            .remedy("choose again, or take another name"),
            error => error.into(),
        })?;
        let of_batch = QueueBatch {
            model_id: &model.id,
            cycle_id: Some(&cycle.id),
            strategy: &selection.selection_strategy,
            batch: &batch,
            judgements: wish.judgements,
            rule: wish.rule.unwrap_or(ResolutionRule::Majority),
        };
        let added = tx.add_to_queue(&of_batch, &queued, now).await?;
        tx.begin_labelling(&cycle.id, added as i64).await?;
        let detail = json!({
            "strategy": selection.selection_strategy, "batch": batch, "items": added, "model": model.id,
        });
        log::note(&mut tx, Some(&actor.user), "select", &cycle.id, detail, now).await?;
        let cycle = tx.cycle(&cycle.id).await?;
        tx.commit().await?;
        selection.cycle = cycle;
        selection.selection_batch = Some(batch);
        Ok(())
    }

    /// The items to choose from.
    async fn pool(
        &self,
        actor: &Actor,
        model: &ModelRecord,
        settings: &ModelSettings,
        wish: &SelectWish,
        now: Moment,
    ) -> Result<Arc<Vec<Item>>, LabelError> {
        let dataset = match &wish.pool {
            ItemPool::AllUnlabeled => None,
            ItemPool::Dataset(dataset) => {
                let mut tx = self.store.read().await?;
                let found = tx.dataset(dataset).await?;
                Some(
                    found
                        .ok_or_else(|| LabelError::unknown("data set", dataset))?
                        .id,
                )
            }
            ItemPool::Given(given) => {
                return self
                    .given_pool(actor, model, given, settings, wish, now)
                    .await
                    .map(Arc::new);
            }
        };
        let mut tx = self.store.read().await?;
        let (mut items, mut after) = (Vec::new(), None::<String>);
        loop {
            let (dataset, place) = (dataset.as_deref(), after.as_deref());
            let page = match wish.exclude_labeled || wish.pool == ItemPool::AllUnlabeled {
                true => tx.unlabelled(&model.name, dataset, place, PAGE).await?,
                false => tx.items(dataset, place, PAGE).await?,
            };
            items.extend(page.items);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        // What is queued already, and not labelled, is not chosen a second time.
        if wish.add {
            let queued = tx.queued_items(&model.name).await?;
            let queued: BTreeSet<String> = queued.into_iter().collect();
            items.retain(|item| !queued.contains(&item.id));
        }
        Ok(Arc::new(items))
    }

    /// Items of a list: those that are known by their structure or columns, or new ones.
    async fn given_pool(
        &self,
        actor: &Actor,
        model: &ModelRecord,
        given: &[GivenItem],
        settings: &ModelSettings,
        wish: &SelectWish,
        now: Moment,
    ) -> Result<Vec<Item>, LabelError> {
        let standardised = settings.standardise;
        let rows = given.to_vec();
        let new: Vec<NewItem> = aside(move || read_pool(rows, standardised)).await??;
        if !wish.add {
            // A sample alone leaves nothing behind.
            let items = new.into_iter().map(|item| Item {
                id: item.key.clone(),
                dataset_id: String::new(),
                key: item.key,
                name: item.name,
                smiles: item.smiles,
                canonical: item.canonical,
                properties: item.properties,
                created_at: now,
            });
            let mut seen = BTreeSet::new();
            return Ok(items.filter(|item| seen.insert(item.id.clone())).collect());
        }
        let keys: Vec<String> = new.iter().map(|item| item.key.clone()).collect();
        let mut tx = self.store.begin().await?;
        let set = tx.dataset_named("pasted", now).await?;
        tx.add_items(&set.id, &new, now).await?;
        let mut items = tx.items_of_keys(&keys, Some(&set.id)).await?;
        let labelled: BTreeSet<String> =
            tx.labelled_items(&model.name).await?.into_iter().collect();
        let queued: BTreeSet<String> = tx.queued_items(&model.name).await?.into_iter().collect();
        let detail = json!({"dataset": set.name, "items": items.len()});
        log::note(&mut tx, Some(&actor.user), "import", &set.id, detail, now).await?;
        tx.commit().await?;
        items.retain(|item| {
            !queued.contains(&item.id) && (!wish.exclude_labeled || !labelled.contains(&item.id))
        });
        Ok(items)
    }
}

fn check_wish(wish: &SelectWish) -> Result<(), LabelError> {
    if wish.batch_size == 0 || wish.batch_size > MOST_BATCH {
        return Err(LabelError::invalid(
            "batch_size",
            format!("a batch of {} items", wish.batch_size),
        )
        .remedy(format!("give 1 to {MOST_BATCH}")));
    }
    if !(1..=MOST_JUDGEMENTS).contains(&wish.judgements) {
        return Err(LabelError::invalid(
            "judgements",
            format!("{} judgements of each item", wish.judgements),
        )
        .remedy(format!("give 1 to {MOST_JUDGEMENTS}")));
    }
    if let Some((column, _)) = wish.limits.iter().find(|(_, most)| **most == 0) {
        return Err(LabelError::invalid(
            "limits",
            format!("at most 0 items with one value of '{column}'"),
        )
        .remedy("give 1 or more"));
    }
    if let Some(batch) = &wish.batch {
        let plain = !batch.trim().is_empty() && batch.chars().count() <= 200;
        if !plain || batch.chars().any(char::is_control) {
            return Err(LabelError::invalid("batch", "this is no name of a batch"));
        }
    }
    Ok(())
}

fn queue_item(item: &SelectedItem) -> NewQueueItem {
    NewQueueItem {
        item_id: item.item_id.clone(),
        prediction: item.prediction,
        predicted_class: item.predicted_class.clone(),
        probabilities: item.probabilities.clone().map(Value::Object),
        uncertainty: item.uncertainty,
        applicability_distance: item.applicability_distance,
        priority_score: item.priority_score,
        reason: item.reason.clone(),
    }
}
