//! The event log, judgements and cycles.

use serde_json::json;

use super::{NOON, all, both};
use crate::annotations::NewAnnotation;
use crate::error::StoreError;
use crate::events::NewEvent;
use crate::kinds::{CycleStatus, LabelConfidence, LabelSource, Qualifier, QueueStatus};
use crate::queue::{LabelValue, Rescored, ResolvedLabel};
use crate::statement::Statement;
use crate::{CycleEnd, NewCycle, check};

fn event<'a>(subject: &'a str, undoes: Option<i64>) -> NewEvent<'a> {
    NewEvent {
        action_id: "action",
        at: NOON,
        user_id: None,
        kind: "label",
        subject,
        detail: json!({"label": 1.5}),
        undoes,
    }
}

#[tokio::test]
async fn events_are_only_appended() {
    static CHANGE: Statement = Statement {
        name: "CHANGE",
        sqlite: "UPDATE events SET kind = 'other'",
        postgres: "UPDATE events SET kind = 'other'",
    };
    static REMOVE: Statement = Statement {
        name: "REMOVE",
        sqlite: "DELETE FROM events",
        postgres: "DELETE FROM events",
    };
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        let number = tx.append(&event("a", None)).await.unwrap();
        tx.commit().await.unwrap();
        for statement in [&CHANGE, &REMOVE] {
            let mut tx = database.store.begin().await.unwrap();
            assert!(tx.run(statement, &[]).await.is_err(), "{}", statement.name);
        }
        let mut tx = database.store.begin().await.unwrap();
        let second = tx.append(&event("a", None)).await.unwrap();
        assert!(second > number);
        assert_eq!(tx.later_events("a", number).await.unwrap(), 1);
        tx.append(&event("a", Some(second))).await.unwrap();
        assert_eq!(tx.later_events("a", number).await.unwrap(), 0);
        assert!(tx.is_undone(second).await.unwrap());
        assert!(!tx.is_undone(number).await.unwrap());
        assert_eq!(tx.events(Some("a"), 0, 2).await.unwrap().items.len(), 2);
        assert_eq!(tx.events_of_action("action").await.unwrap().len(), 3);
        tx.commit().await.unwrap();
        let mut tx = database.store.begin().await.unwrap();
        let twice = tx.append(&event("a", Some(second))).await;
        assert!(matches!(twice, Err(StoreError::Duplicate { .. })));
    }
}

#[tokio::test]
async fn a_person_judges_an_item_once_unless_they_take_it_back() {
    for database in both().await {
        let (anna, _) = database.with_queue(1).await;
        let mut tx = database.store.begin().await.unwrap();
        let item = tx
            .queue(&all(), None, 1, NOON)
            .await
            .unwrap()
            .items
            .remove(0);
        let new = NewAnnotation {
            queue_id: item.id.clone(),
            item_id: item.item_id.clone(),
            user_id: anna,
            label: LabelValue::Number(-2.5),
            qualifier: Qualifier::Below,
            unit: Some("nM".to_owned()),
            given: Some((-0.0025, "µM".to_owned())),
            source: LabelSource::Experimental,
            confidence: LabelConfidence::High,
            notes: Some("plate 7".to_owned()),
        };
        let id = tx.annotate(&new, NOON).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = database.store.begin().await.unwrap();
        let twice = tx.annotate(&new, NOON).await;
        assert!(matches!(twice, Err(StoreError::Duplicate { .. })));
        drop(tx);
        let mut tx = database.store.begin().await.unwrap();
        let kept = tx.annotation(&id).await.unwrap().unwrap();
        assert_eq!(kept.label, new.label);
        assert_eq!(kept.given_unit.as_deref(), Some("µM"));
        assert!(tx.undo_annotation(&id, NOON).await.unwrap());
        assert!(!tx.undo_annotation(&id, NOON).await.unwrap());
        assert!(tx.annotations(&item.id).await.unwrap().is_empty());
        assert_eq!(tx.every_annotation(&item.id).await.unwrap().len(), 1);
        tx.annotate(&new, NOON).await.unwrap();
        let of_model = tx.annotations_of_model("solubility", "", 9).await.unwrap();
        assert_eq!(of_model.len(), 1);
    }
}

#[tokio::test]
async fn a_label_without_a_judgement_is_found_out() {
    for database in both().await {
        let (anna, model) = database.with_queue(2).await;
        let mut tx = database.store.begin().await.unwrap();
        let mut item = tx
            .queue(&all(), None, 1, NOON)
            .await
            .unwrap()
            .items
            .remove(0);
        item.status = QueueStatus::Labeled;
        item.resolve(Some(ResolvedLabel {
            label: LabelValue::Class("yes".to_owned()),
            qualifier: Qualifier::Equal,
            unit: None,
            source: LabelSource::Literature,
            confidence: LabelConfidence::Low,
            at: NOON,
            by: anna,
            notes: None,
        }));
        tx.write_queue_item(&item, NOON).await.unwrap();
        let kept = tx.queue_item(&item.id, NOON).await.unwrap().unwrap();
        assert_eq!(kept.label, Some(LabelValue::Class("yes".to_owned())));
        assert_eq!(kept.version, item.version + 1);
        tx.commit().await.unwrap();
        let found = check(&database.store).await.unwrap();
        assert_eq!(found.problems.len(), 1, "{:?}", found.problems);

        // It is archived to its version; the other one goes to the next, scored anew.
        let mut tx = database.store.begin().await.unwrap();
        tx.supersede(&model).await.unwrap();
        let mut next = super::untrained("solubility");
        (next.version, next.parent) = (1, Some(model.as_str()));
        let next = tx.add_model(&next, NOON).await.unwrap();
        let ids = [item.id.clone(), "nothing".to_owned()];
        assert_eq!(tx.archive(&ids, NOON).await.unwrap(), 1);
        assert_eq!(tx.move_queue(&model, &next.id, NOON).await.unwrap(), 1);
        let mut of_next = all();
        of_next.model_id = Some(next.id.clone());
        let moved = tx.queue(&of_next, None, 9, NOON).await.unwrap().items;
        tx.rescore(&[Rescored {
            id: moved[0].id.clone(),
            prediction: Some(0.1),
            predicted_class: None,
            probabilities: Some(json!({"no": 0.9, "yes": 0.1})),
            uncertainty: None,
            applicability_distance: None,
            priority_score: None,
        }])
        .await
        .unwrap();
        let anew = tx.queue_item(&moved[0].id, NOON).await.unwrap().unwrap();
        assert_eq!(anew.prediction, Some(0.1));
        assert_eq!(anew.priority_score, moved[0].priority_score);
        let counts = tx.queue_counts("solubility", NOON).await.unwrap();
        assert_eq!((counts.archived, counts.pending), (1, 1));
    }
}

#[tokio::test]
async fn cycles_are_numbered_within_their_model() {
    for database in both().await {
        let (_, model) = database.with_queue(0).await;
        let mut tx = database.store.begin().await.unwrap();
        for number in 1..=3 {
            let batch = format!("batch {number}");
            let new = NewCycle {
                model_name: "solubility",
                model_id: &model,
                strategy: "lcmd",
                batch: &batch,
                batch_size: 50,
                status: CycleStatus::Selecting,
                items_selected: 0,
            };
            let cycle = tx.begin_cycle(&new, NOON).await.unwrap();
            assert_eq!(cycle.cycle_number, number);
            tx.begin_labelling(&cycle.id, 48).await.unwrap();
        }
        let cycles = tx.cycles(Some("solubility"), None, None, 2).await.unwrap();
        assert_eq!((cycles.items.len(), cycles.next.is_some()), (2, true));
        assert_eq!(tx.open_cycles("solubility").await.unwrap().len(), 3);
        let end = CycleEnd {
            metrics_after: Some(json!({"rmse": 0.5})),
            items_labeled: 40,
            ..CycleEnd::default()
        };
        let id = &cycles.items[0].id;
        tx.end_cycle(id, CycleStatus::Complete, &end, NOON)
            .await
            .unwrap();
        let ended = tx.lock_cycle(id).await.unwrap().unwrap();
        assert_eq!(ended.metrics_after, Some(json!({"rmse": 0.5})));
        assert_eq!(ended.completed_at, Some(NOON));
        assert_eq!(tx.open_cycles("solubility").await.unwrap().len(), 2);
    }
}
