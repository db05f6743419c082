//! Results of a whole batch in one table: matched to items, previewed, submitted as one
//! action and undone as one.

use std::collections::{BTreeMap, BTreeSet};

use al_pipeline::TableSource;
use al_store::{
    Item, LabelValue, ModelRecord, Moment, NewAnnotation, NewQueueItem, Qualifier, QueueBatch,
    QueueItem, QueueStatus, ResolutionRule, Tx,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::actor::{Actor, Scope};
use crate::error::LabelError;
use crate::fitting::{FittingLabel, Submission};
use crate::judging::{judge, locked};
use crate::log::action;
use crate::models::{known_model, settings_of};
use crate::results_table::{ReadResult, ResultsOptions, RowKeys, read_results};
use crate::service::{Service, aside};

/// Rows that a preview lists of each kind.
const LISTED: usize = 50;

/// A row of results that is told of.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ResultRow {
    /// The row, from 1.
    pub row: u64,
    /// What the table calls the item.
    pub named: String,
    /// The item that it was matched to.
    pub item_id: Option<String>,
    /// The label, in the unit of the model.
    pub label: Option<LabelValue>,
    /// What there is to say of it.
    pub problem: Option<String>,
}

/// What a table of results comes to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ResultsReport {
    /// Whether it was only looked at.
    pub preview: bool,
    /// The action, to undo it by.
    pub action_id: Option<String>,
    /// Rows of the table.
    pub rows: u64,
    /// Rows that were matched to an item and can be submitted.
    pub matched: u64,
    /// Items that get a label from them.
    pub items: u64,
    /// Items with several rows, whose median or majority is taken.
    pub replicates: u64,
    /// Items that were not in the queue of the model and come into it.
    pub unqueued: u64,
    /// Labels that were converted to the unit of the model.
    pub converted: u64,
    /// Rows without a label.
    pub empty: u64,
    /// Rows whose item is not known.
    pub unmatched: u64,
    /// Items that stand so that they get no label: labelled, held by another, archived.
    pub not_open: u64,
    /// Rows whose label makes no sense.
    pub invalid: u64,
    /// The first of the matched rows.
    pub matched_rows: Vec<ResultRow>,
    /// The first of those that were not.
    pub other_rows: Vec<ResultRow>,
}

impl Service {
    /// Takes in the results of a table: each row is matched to an item by its id, its name
    /// or its structure, and the labels are submitted as one action. Rows that cannot be are
    /// told of and change nothing.
    ///
    /// # Errors
    ///
    /// An actor who may not, a model that is not there, a table without labels or names, and
    /// a table of which no row can be submitted.
    pub async fn results(
        &self,
        actor: &Actor,
        model: &str,
        source: TableSource,
        options: &ResultsOptions,
        now: Moment,
    ) -> Result<ResultsReport, LabelError> {
        actor.need(Scope::Label)?;
        let mut tx = self.store.read().await?;
        let model = known_model(&mut tx, model).await?;
        let model = known_model(&mut tx, &model.name).await?;
        drop(tx);
        let settings = settings_of(&model)?;
        let wanted = options.clone();
        let of_model = settings.clone();
        let read = aside(move || read_results(&source, &of_model, &wanted)).await??;
        let mut report = ResultsReport {
            preview: options.preview,
            action_id: None,
            rows: read.len() as u64,
            matched: 0,
            items: 0,
            replicates: 0,
            unqueued: 0,
            converted: 0,
            empty: 0,
            unmatched: 0,
            not_open: 0,
            invalid: 0,
            matched_rows: Vec::new(),
            other_rows: Vec::new(),
        };
        let mut tx = self.store.begin().await?;
        let matched = self.matched(&mut tx, &model, read, &mut report).await?;
        let action_id = action();
        let batch = format!("results {now}");
        for (item_id, rows) in matched {
            let taken = self
                .take_in(
                    &mut tx,
                    actor,
                    &model,
                    &action_id,
                    &batch,
                    &item_id,
                    rows,
                    &mut report,
                    now,
                )
                .await?;
            report.items += u64::from(taken);
        }
        if options.preview {
            // Nothing of it stays.
            return Ok(report);
        }
        if report.items == 0 {
            let first = report.other_rows.first();
            let why = first
                .and_then(|row| row.problem.clone())
                .unwrap_or_default();
            return Err(LabelError::invalid(
                "file",
                format!("none of {} rows can be submitted: {why}", report.rows),
            )
            .remedy("look at a preview"));
        }
        tx.commit().await?;
        report.action_id = Some(action_id);
        Ok(report)
    }

    /// The rows that belong to items, by item.
    async fn matched(
        &self,
        tx: &mut Tx,
        model: &ModelRecord,
        read: Vec<ReadResult>,
        report: &mut ResultsReport,
    ) -> Result<BTreeMap<String, Vec<(u64, String, FittingLabel, Submission)>>, LabelError> {
        let mut matched: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for row in read {
            let found = item_of(tx, &row.keys).await?;
            let mut told = ResultRow {
                row: row.row,
                named: row.named.clone(),
                item_id: found.as_ref().ok().map(|item| item.id.clone()),
                label: None,
                problem: None,
            };
            let item = match (found, &row.label) {
                (Err(problem), _) => {
                    report.unmatched += 1;
                    told.problem = Some(problem);
                    list(&mut report.other_rows, told);
                    continue;
                }
                (Ok(_), None) => {
                    report.empty += 1;
                    told.problem = Some("there is no label".to_owned());
                    list(&mut report.other_rows, told);
                    continue;
                }
                (Ok(item), Some(_)) => item,
            };
            let fitted = match row.label.expect("a label") {
                Ok(submission) => match self.fitting(model, &submission).await {
                    Ok(label) => Ok((label, submission)),
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
            match fitted {
                Ok((label, submission)) => {
                    report.matched += 1;
                    report.converted += u64::from(label.given.is_some());
                    told.label = Some(label.label.clone());
                    list(&mut report.matched_rows, told);
                    let rows = matched.entry(item.id).or_default();
                    rows.push((row.row, row.named, label, submission));
                }
                Err(LabelError::Refused(refusal)) => {
                    report.invalid += 1;
                    told.problem = Some(match refusal.remedy {
                        Some(remedy) => format!("{}; {remedy}", refusal.problem),
                        None => refusal.problem,
                    });
                    list(&mut report.other_rows, told);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(matched)
    }

    /// Submits the label of one item; whether it stands so that it can be.
    #[expect(clippy::too_many_arguments, reason = "one row of one action")]
    async fn take_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        model: &ModelRecord,
        action_id: &str,
        batch: &str,
        item_id: &str,
        rows: Vec<(u64, String, FittingLabel, Submission)>,
        report: &mut ResultsReport,
        now: Moment,
    ) -> Result<bool, LabelError> {
        let (row, named, ..) = &rows[0];
        let mut told = ResultRow {
            row: *row,
            named: named.clone(),
            item_id: Some(item_id.to_owned()),
            label: None,
            problem: None,
        };
        let replicates = rows.len() as u64;
        let (label, submission) = match combined(rows) {
            Ok(combined) => combined,
            Err(problem) => {
                report.invalid += replicates;
                told.problem = Some(problem);
                list(&mut report.other_rows, told);
                return Ok(false);
            }
        };
        let item = match open_item(tx, actor, model, item_id, now).await? {
            ItemStanding::Open(item) => *item,
            ItemStanding::Closed(problem) => {
                report.not_open += 1;
                told.problem = Some(problem);
                list(&mut report.other_rows, told);
                return Ok(false);
            }
            ItemStanding::Unqueued => {
                report.unqueued += 1;
                queued(tx, model, batch, item_id, now).await?
            }
        };
        report.replicates += u64::from(replicates > 1);
        let annotation = NewAnnotation {
            queue_id: item.id.clone(),
            item_id: item_id.to_owned(),
            user_id: actor.user.id.clone(),
            label: label.label,
            qualifier: submission.qualifier,
            unit: label.unit,
            given: label.given.filter(|_| replicates == 1),
            source: submission.source,
            confidence: submission.confidence,
            notes: match (submission.notes, replicates) {
                (notes, 1) => notes,
                (Some(notes), n) => Some(format!("{notes} ({n} replicates)")),
                (None, n) => Some(format!("{n} replicates")),
            },
        };
        judge(tx, action_id, actor, "result", item, &annotation, now).await?;
        Ok(true)
    }
}

fn list(rows: &mut Vec<ResultRow>, row: ResultRow) {
    if rows.len() < LISTED {
        rows.push(row);
    }
}

/// The item of a row, or why there is none.
async fn item_of(tx: &mut Tx, keys: &RowKeys) -> Result<Result<Item, String>, LabelError> {
    if let Some(id) = &keys.id {
        if let Some(item) = tx.item(id).await? {
            return Ok(Ok(item));
        }
        let named = tx.items_named(id).await?;
        match named.len() {
            1 => return Ok(Ok(named.into_iter().next().expect("one"))),
            0 => {}
            n => return Ok(Err(format!("{n} items are called '{id}'"))),
        }
    }
    if let Some(structure) = &keys.structure {
        let found = tx
            .items_of_keys(std::slice::from_ref(structure), None)
            .await?;
        // The same compound in several data sets is one compound: the first stands for it.
        if let Some(item) = found.into_iter().next() {
            return Ok(Ok(item));
        }
    }
    Ok(Err(match (&keys.id, &keys.structure) {
        (Some(id), _) => format!("no item is called '{id}'"),
        (None, Some(_)) => "no item has this structure".to_owned(),
        (None, None) => "the row names no item".to_owned(),
    }))
}

/// Where an item stands for a row of results.
enum ItemStanding {
    Open(Box<QueueItem>),
    Closed(String),
    Unqueued,
}

async fn open_item(
    tx: &mut Tx,
    actor: &Actor,
    model: &ModelRecord,
    item_id: &str,
    now: Moment,
) -> Result<ItemStanding, LabelError> {
    let of_item = tx.queue_of_item(item_id, &model.name, now).await?;
    let Some(last) = of_item.last() else {
        let labelled = tx.labelled_items(&model.name).await?;
        return Ok(match labelled.iter().any(|id| id == item_id) {
            true => ItemStanding::Closed("the model has learned from its label already".to_owned()),
            false => ItemStanding::Unqueued,
        });
    };
    let open = of_item.iter().find(|item| {
        matches!(item.status, QueueStatus::Pending | QueueStatus::Skipped)
            || item.status == QueueStatus::InProgress
                && item.assigned_to.as_deref() == Some(actor.user.id.as_str())
    });
    let Some(open) = open else {
        return Ok(ItemStanding::Closed(match last.status {
            QueueStatus::InProgress => "somebody else holds the item".to_owned(),
            _ => "the item is labelled already".to_owned(),
        }));
    };
    let judged = tx.annotations(&open.id).await?;
    if judged.iter().any(|one| one.user_id == actor.user.id) {
        return Ok(ItemStanding::Closed(
            "you have judged this item already".to_owned(),
        ));
    }
    Ok(ItemStanding::Open(Box::new(
        locked(tx, &open.id, now).await?,
    )))
}

/// Queues an item that comes with its label.
async fn queued(
    tx: &mut Tx,
    model: &ModelRecord,
    batch: &str,
    item_id: &str,
    now: Moment,
) -> Result<QueueItem, LabelError> {
    let new = NewQueueItem {
        item_id: item_id.to_owned(),
        prediction: None,
        predicted_class: None,
        probabilities: None,
        uncertainty: None,
        applicability_distance: None,
        priority_score: 0.0,
        reason: Some("it came with its label".to_owned()),
    };
    let of_batch = QueueBatch {
        model_id: &model.id,
        cycle_id: None,
        strategy: "uploaded",
        batch,
        judgements: 1,
        rule: ResolutionRule::Majority,
    };
    tx.add_to_queue(&of_batch, &[new], now).await?;
    let of_item = tx.queue_of_item(item_id, &model.name, now).await?;
    let item = of_item.into_iter().next_back();
    item.ok_or_else(|| LabelError::unknown("queue item of", item_id))
}

/// One label of the rows of an item: the median of numbers, the majority of classes.
fn combined(
    rows: Vec<(u64, String, FittingLabel, Submission)>,
) -> Result<(FittingLabel, Submission), String> {
    let n = rows.len();
    let mut rows: Vec<(FittingLabel, Submission)> = rows
        .into_iter()
        .map(|(_, _, label, submission)| (label, submission))
        .collect();
    if n == 1 {
        return Ok(rows.remove(0));
    }
    let qualifiers: BTreeSet<Qualifier> = rows.iter().map(|(_, row)| row.qualifier).collect();
    if qualifiers.len() > 1 {
        return Err(format!("its {n} replicates are bounds and values mixed"));
    }
    let number = |label: &FittingLabel| match label.label {
        LabelValue::Number(value) => Some(value),
        LabelValue::Class(_) => None,
    };
    if rows.iter().all(|(label, _)| number(label).is_some()) {
        rows.sort_by(|(a, _), (b, _)| {
            number(a)
                .unwrap_or(0.0)
                .total_cmp(&number(b).unwrap_or(0.0))
        });
        let low = number(&rows[(n - 1) / 2].0).unwrap_or(0.0);
        let high = number(&rows[n / 2].0).unwrap_or(0.0);
        let (mut label, submission) = rows.remove(n / 2);
        label.label = LabelValue::Number(low + (high - low) / 2.0);
        return Ok((label, submission));
    }
    let votes = |label: &LabelValue| rows.iter().filter(|(row, _)| row.label == *label).count();
    let most = rows
        .iter()
        .map(|(row, _)| votes(&row.label))
        .max()
        .unwrap_or(0);
    let winners: Vec<usize> = (0..n)
        .filter(|&at| votes(&rows[at].0.label) == most)
        .collect();
    let tied = winners
        .iter()
        .any(|&at| rows[at].0.label != rows[winners[0]].0.label);
    match tied {
        true => Err(format!("its {n} replicates do not agree")),
        false => Ok(rows.swap_remove(winners[0])),
    }
}
