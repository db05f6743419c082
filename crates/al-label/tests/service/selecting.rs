//! Choosing: pools, strategies, limits, batches.

use std::collections::BTreeSet;

use al_label::store::{CycleStatus, UserRole};
use al_label::{GivenItem, HybridWeights, ItemPool, RefusalKind, SelectWish};
use serde_json::{Map, json};

use crate::common::{NOON, classes, lab, labs, numbers, refused, row};

fn wish(strategy: &str, n: usize) -> SelectWish {
    SelectWish {
        strategy: Some(strategy.to_owned()),
        batch_size: n,
        ..SelectWish::new("m")
    }
}

#[tokio::test]
async fn a_sample_alone_leaves_nothing_behind() {
    for lab in labs().await {
        lab.with_rows(30, numbers()).await;
        let reader = lab.user("anna", UserRole::Annotator).await;
        let sample = lab
            .service
            .select(&reader, wish("random", 5), NOON)
            .await
            .unwrap();
        assert_eq!((sample.items.len(), sample.pool_size), (5, 30));
        assert!(sample.cycle.is_none() && lab.queue().await.is_empty());
        let same = lab
            .service
            .select(&reader, wish("random", 5), NOON)
            .await
            .unwrap();
        assert_eq!(sample, same);
        let mut added = wish("random", 5);
        added.add = true;
        let refusal = lab.service.select(&reader, added.clone(), NOON).await;
        assert_eq!(refused(refusal).0, RefusalKind::Forbidden);
        let batch = lab
            .service
            .select(&lab.admin, added.clone(), NOON)
            .await
            .unwrap();
        let cycle = batch.cycle.unwrap();
        assert_eq!(
            (cycle.status, cycle.items_selected),
            (CycleStatus::Labeling, 5)
        );
        // What is queued is not chosen again, and the next cycle draws otherwise.
        let next = lab.service.select(&lab.admin, added, NOON).await.unwrap();
        let ids = |items: &[al_label::SelectedItem]| -> BTreeSet<String> {
            items.iter().map(|item| item.item_id.clone()).collect()
        };
        assert!(ids(&batch.items).is_disjoint(&ids(&next.items)));
        assert_eq!(next.cycle.unwrap().cycle_number, 2);
    }
}

#[tokio::test]
async fn wishes_that_make_no_sense_are_refused() {
    let lab = lab().await;
    lab.with_rows(12, numbers()).await;
    let chosen = |wish: SelectWish| lab.service.select(&lab.admin, wish, NOON);
    let invalid = |field| (RefusalKind::Invalid, Some(field));
    assert_eq!(
        refused(chosen(wish("nonsense", 3)).await),
        invalid("strategy")
    );
    assert_eq!(
        refused(chosen(wish("uncertainty", 3)).await),
        invalid("strategy")
    );
    assert_eq!(
        refused(chosen(wish("random", 0)).await),
        invalid("batch_size")
    );
    let mut other = wish("random", 3);
    other.model = "nothing".to_owned();
    assert_eq!(refused(chosen(other).await).0, RefusalKind::Unknown);
    let mut other = wish("random", 3);
    other.pool = ItemPool::Dataset("nothing".to_owned());
    assert_eq!(refused(chosen(other).await).0, RefusalKind::Unknown);
    let mut other = wish("random", 3);
    other.weights = Some(HybridWeights::default());
    assert_eq!(refused(chosen(other).await), invalid("weights"));
    let mut other = wish("random", 3);
    other.limits.insert("nothing".to_owned(), 2);
    assert_eq!(refused(chosen(other).await), invalid("limits"));
    let mut other = wish("random", 12);
    other.add = true;
    chosen(other.clone()).await.unwrap();
    assert_eq!(refused(chosen(other).await).0, RefusalKind::Conflict);
}

#[tokio::test]
async fn limits_hold_for_every_kind_of_strategy() {
    let lab = lab().await;
    lab.with_rows(60, numbers()).await;
    let first = lab.batch(20).await;
    lab.label_all().await;
    lab.retrained(&first).await;
    for strategy in ["random", "uncertainty", "hybrid", "lcmd", "space-filling"] {
        let mut limited = wish(strategy, 9);
        limited.limits.insert("kind".to_owned(), 2);
        let chosen = lab.service.select(&lab.admin, limited, NOON).await.unwrap();
        assert_eq!(chosen.items.len(), 6, "{strategy}");
        let mut tx = lab.service.store.read().await.unwrap();
        let mut kinds = Vec::new();
        for item in &chosen.items {
            let item = tx.item(&item.item_id).await.unwrap().unwrap();
            kinds.push(item.properties["kind"].to_string());
        }
        kinds.sort();
        assert_eq!(kinds.len(), 6, "{strategy}");
        for kind in ["\"a\"", "\"b\"", "\"c\""] {
            assert_eq!(
                kinds.iter().filter(|one| *one == kind).count(),
                2,
                "{strategy}"
            );
        }
    }
}

#[tokio::test]
async fn a_ranking_is_by_what_the_model_says() {
    let lab = lab().await;
    lab.with_rows(60, classes()).await;
    let first = lab.batch(30).await;
    lab.label_all().await;
    lab.retrained(&first).await;
    for strategy in ["uncertainty", "margin", "entropy", "hybrid"] {
        let chosen = lab
            .service
            .select(&lab.admin, wish(strategy, 8), NOON)
            .await
            .unwrap();
        let scores: Vec<f64> = chosen
            .items
            .iter()
            .map(|item| item.priority_score)
            .collect();
        assert!(scores.is_sorted_by(|a, b| a >= b), "{strategy}: {scores:?}");
        for item in &chosen.items {
            let p = item.probabilities.as_ref().unwrap();
            let sum: f64 = p.values().map(|p| p.as_f64().unwrap()).sum();
            assert!((sum - 1.0).abs() < 1e-6);
            assert_eq!(item.prediction, p["yes"].as_f64());
        }
        if strategy == "margin" {
            let off = |at: usize| (chosen.items[at].prediction.unwrap() - 0.5).abs();
            assert!(off(0) <= off(7));
        }
    }
    let default = SelectWish {
        batch_size: 4,
        ..SelectWish::new("m")
    };
    let chosen = lab.service.select(&lab.admin, default, NOON).await.unwrap();
    assert_eq!(chosen.selection_strategy, "lcmd");
    assert!(chosen.items.iter().all(|item| item.reason.is_some()));
}

#[tokio::test]
async fn a_list_is_a_pool_too() {
    for lab in labs().await {
        lab.with_rows(5, numbers()).await;
        let mut pasted = wish("random", 10);
        pasted.pool = ItemPool::Given((100..107).map(row).collect());
        let sample = lab
            .service
            .select(&lab.admin, pasted.clone(), NOON)
            .await
            .unwrap();
        assert_eq!(sample.items.len(), 7);
        let mut tx = lab.service.store.read().await.unwrap();
        assert_eq!(tx.items(None, None, 100).await.unwrap().items.len(), 5);
        drop(tx);
        pasted.add = true;
        let batch = lab.service.select(&lab.admin, pasted, NOON).await.unwrap();
        assert_eq!((batch.items.len(), lab.queue().await.len()), (7, 7));
        let mut nested = Map::new();
        nested.insert("x".to_owned(), json!([1]));
        let mut wrong = wish("random", 10);
        wrong.pool = ItemPool::Given(vec![GivenItem {
            name: None,
            smiles: None,
            properties: nested,
        }]);
        let refusal = lab.service.select(&lab.admin, wrong, NOON).await;
        assert_eq!(refused(refusal), (RefusalKind::Invalid, Some("items")));
        let mut unreadable = wish("random", 10);
        unreadable.pool = ItemPool::Given(vec![GivenItem {
            name: None,
            smiles: Some("C1CC".to_owned()),
            properties: Map::new(),
        }]);
        let refusal = lab.service.select(&lab.admin, unreadable, NOON).await;
        assert_eq!(refused(refusal), (RefusalKind::Invalid, Some("pool")));
    }
}
