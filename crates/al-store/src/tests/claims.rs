//! Claims: leases on queue items.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{NOON, all, both};
use crate::kinds::QueueStatus;
use crate::queue::Claim;
use crate::{Moment, UserRole};

const LEASE: Duration = Duration::from_secs(900);

fn claim<'a>(user_id: &'a str, token: &'a str, now: Moment) -> Claim<'a> {
    Claim {
        user_id,
        token,
        model_id: None,
        cycle_id: None,
        now,
        until: now.after(LEASE),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_at_once_never_hold_the_same_item() {
    const ITEMS: usize = 240;
    for database in both().await {
        database.with_queue(ITEMS).await;
        let mut people = Vec::new();
        for n in 0..12 {
            let mut tx = database.store.begin().await.unwrap();
            let name = format!("person {n}");
            let user = tx.add_user(&name, UserRole::Annotator, NOON).await.unwrap();
            tx.commit().await.unwrap();
            people.push(user.id);
        }
        let workers: Vec<_> = people
            .into_iter()
            .map(|user| {
                let store = database.store.clone();
                tokio::spawn(async move {
                    let mut held = Vec::new();
                    loop {
                        let mut tx = store.begin().await.unwrap();
                        let next = tx.claim_next(&claim(&user, "token", NOON)).await.unwrap();
                        tx.commit().await.unwrap();
                        match next {
                            Some(id) => held.push(id),
                            None => return held,
                        }
                    }
                })
            })
            .collect();
        let mut held = Vec::new();
        for worker in workers {
            held.extend(worker.await.unwrap());
        }
        let distinct: BTreeSet<&String> = held.iter().collect();
        assert_eq!((held.len(), distinct.len()), (ITEMS, ITEMS));
    }
}

#[tokio::test]
async fn a_lease_runs_out_without_anybodys_doing() {
    for database in both().await {
        let (anna, _) = database.with_queue(1).await;
        let mut tx = database.store.begin().await.unwrap();
        let ben = tx
            .add_user("ben", UserRole::Annotator, NOON)
            .await
            .unwrap()
            .id;
        let id = tx
            .claim_next(&claim(&anna, "a", NOON))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(tx.claim_next(&claim(&ben, "b", NOON)).await.unwrap(), None);
        assert!(!tx.claim(&id, &claim(&ben, "b", NOON)).await.unwrap());
        let held = tx.queue_item(&id, NOON).await.unwrap().unwrap();
        assert_eq!(held.status, QueueStatus::InProgress);
        assert_eq!(held.assigned_to.as_deref(), Some(anna.as_str()));

        // Extended by its holder alone, and only while it is held.
        let later = NOON.after(LEASE / 2);
        assert!(
            !tx.extend_claim(&id, &ben, None, later, later.after(LEASE))
                .await
                .unwrap()
        );
        let wrong = Some("b");
        assert!(
            !tx.extend_claim(&id, &anna, wrong, later, later.after(LEASE))
                .await
                .unwrap()
        );
        assert!(
            tx.extend_claim(&id, &anna, Some("a"), later, later.after(LEASE))
                .await
                .unwrap()
        );
        let end = NOON.after(LEASE);
        let held = tx.queue_item(&id, end).await.unwrap().unwrap();
        assert_eq!(held.status, QueueStatus::InProgress);

        let end = later.after(LEASE);
        let free = tx.queue_item(&id, end).await.unwrap().unwrap();
        assert_eq!(
            (free.status, free.assigned_to),
            (QueueStatus::Pending, None)
        );
        let mut pending = all();
        pending.status = Some(QueueStatus::Pending);
        let listed = tx.queue(&pending, None, 9, end).await.unwrap();
        assert_eq!(listed.items.len(), 1);
        assert_eq!(tx.queue_counts("solubility", end).await.unwrap().pending, 1);
        assert!(
            !tx.extend_claim(&id, &anna, Some("a"), end, end.after(LEASE))
                .await
                .unwrap()
        );
        assert_eq!(
            tx.claim_next(&claim(&ben, "b", end)).await.unwrap(),
            Some(id.clone())
        );
        assert!(!tx.give_back(&id, &anna, None, end).await.unwrap());
        assert!(tx.give_back(&id, &ben, Some("b"), end).await.unwrap());
        let free = tx.queue_item(&id, end).await.unwrap().unwrap();
        assert_eq!(free.status, QueueStatus::Pending);
    }
}

#[tokio::test]
async fn what_is_assigned_comes_first_and_to_no_other() {
    for database in both().await {
        let (anna, model) = database.with_queue(3).await;
        let mut tx = database.store.begin().await.unwrap();
        let ben = tx
            .add_user("ben", UserRole::Annotator, NOON)
            .await
            .unwrap()
            .id;
        let page = tx.queue(&all(), None, 9, NOON).await.unwrap();
        let mut last = page.items[2].clone();
        last.status = QueueStatus::InProgress;
        last.assigned_to = Some(ben.clone());
        last.lease_until = Some(NOON.after(LEASE));
        tx.write_queue_item(&last, NOON).await.unwrap();
        let mut of_model = claim(&anna, "a", NOON);
        of_model.model_id = Some(&model);
        assert_eq!(
            tx.claim_next(&of_model).await.unwrap().as_ref(),
            Some(&page.items[0].id)
        );
        let of_ben = claim(&ben, "b", NOON);
        assert_eq!(
            tx.claim_next(&of_ben).await.unwrap().as_ref(),
            Some(&last.id)
        );
        assert_eq!(
            tx.claim_next(&of_ben).await.unwrap().as_ref(),
            Some(&page.items[1].id)
        );
        let mut of_another = claim(&anna, "a", NOON);
        of_another.model_id = Some("another");
        assert_eq!(tx.claim_next(&of_another).await.unwrap(), None);
    }
}
