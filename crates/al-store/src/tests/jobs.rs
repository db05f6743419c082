//! Jobs, fences and schedules.

use std::time::Duration;

use serde_json::json;

use super::{NOON, both};
use crate::error::StoreError;
use crate::jobs::NewJob;
use crate::kinds::{CatchUp, JobState};
use crate::{Moment, NewSchedule};

const LEASE: Duration = Duration::from_secs(60);

fn retrain(subject: &str) -> NewJob<'_> {
    NewJob {
        kind: "retrain",
        subject,
        payload: json!({"min_new_labels": 10}),
        max_attempts: 2,
        run_after: NOON,
        idempotency_key: None,
        created_by: None,
    }
}

#[tokio::test]
async fn of_one_kind_and_subject_one_job_is_active() {
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        let (first, added) = tx.add_job(&retrain("cycle 1"), NOON).await.unwrap();
        assert!(added);
        let (second, added) = tx.add_job(&retrain("cycle 1"), NOON).await.unwrap();
        assert_eq!((second.id, added), (first.id.clone(), false));
        let (_, added) = tx.add_job(&retrain("cycle 2"), NOON).await.unwrap();
        assert!(added);
        assert!(tx.cancel_job(&first.id, NOON).await.unwrap());
        let (third, added) = tx.add_job(&retrain("cycle 1"), NOON).await.unwrap();
        assert!(added && third.id != first.id);
        assert!(!tx.revive_job(&first.id, NOON).await.unwrap());
        let mut keyed = retrain("cycle 3");
        keyed.idempotency_key = Some("once");
        let (one, _) = tx.add_job(&keyed, NOON).await.unwrap();
        tx.cancel_job(&one.id, NOON).await.unwrap();
        let (same, added) = tx.add_job(&keyed, NOON).await.unwrap();
        assert_eq!((same.id, added), (one.id, false));
    }
}

#[tokio::test]
async fn a_worker_that_wakes_after_its_lease_writes_nothing() {
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        tx.add_job(&retrain("cycle"), NOON).await.unwrap();
        let slow = tx.claim_job(LEASE, NOON).await.unwrap().unwrap();
        assert_eq!(tx.claim_job(LEASE, NOON).await.unwrap(), None);
        tx.step(
            &slow,
            "training",
            0.5,
            Some(&json!({"artefact": "x"})),
            NOON,
        )
        .await
        .unwrap();
        let end = NOON.after(LEASE);
        let quick = tx.claim_job(LEASE, end).await.unwrap().unwrap();
        assert_eq!(quick.job.id, slow.job.id);
        assert_eq!(quick.job.checkpoint, Some(json!({"artefact": "x"})));
        assert!(quick.fence > slow.fence);
        let fenced = |result: Result<(), StoreError>| {
            assert!(matches!(result, Err(StoreError::Fenced)), "{result:?}");
        };
        fenced(tx.beat(&slow, LEASE, end).await);
        fenced(tx.step(&slow, "late", 0.9, None, end).await);
        fenced(tx.end_job(&slow, JobState::Done, None, None, end).await);
        fenced(tx.requeue_job(&slow, end, "late", end).await);
        tx.beat(&quick, LEASE, end).await.unwrap();
        let result = json!({"model": "m"});
        tx.end_job(&quick, JobState::Done, Some(&result), None, end)
            .await
            .unwrap();
        fenced(tx.end_job(&quick, JobState::Done, None, None, end).await);
        let job = tx.job(&slow.job.id).await.unwrap().unwrap();
        assert_eq!((job.state, job.result), (JobState::Done, Some(result)));
    }
}

#[tokio::test]
async fn attempts_that_are_used_up_leave_a_job_dead_and_seen() {
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        tx.add_job(&retrain("cycle"), NOON).await.unwrap();
        let mut now = NOON;
        for _ in 0..2 {
            assert!(tx.claim_job(LEASE, now).await.unwrap().is_some());
            assert!(tx.reap_jobs(now).await.unwrap().is_empty());
            now = now.after(LEASE);
        }
        assert_eq!(tx.claim_job(LEASE, now).await.unwrap(), None);
        let dead = tx.reap_jobs(now).await.unwrap();
        assert_eq!(dead.len(), 1);
        let listed = tx.jobs(Some(JobState::Dead), None, None, 9).await.unwrap();
        assert_eq!(listed.items.len(), 1);
        assert!(listed.items[0].error.is_some());
        assert!(tx.revive_job(&dead[0].id, now).await.unwrap());
        assert!(tx.claim_job(LEASE, now).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_job_that_is_put_back_waits_and_keeps_its_checkpoint() {
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        tx.add_job(&retrain("cycle"), NOON).await.unwrap();
        let claimed = tx.claim_job(LEASE, NOON).await.unwrap().unwrap();
        let later = Moment(NOON.0 + 5_000_000);
        tx.requeue_job(&claimed, later, "the database was busy", NOON)
            .await
            .unwrap();
        assert_eq!(tx.claim_job(LEASE, NOON).await.unwrap(), None);
        let again = tx.claim_job(LEASE, later).await.unwrap().unwrap();
        assert_eq!(again.job.attempt, 2);
        assert!(tx.cancel_job(&again.job.id, later).await.unwrap());
        let asked = tx.job(&again.job.id).await.unwrap().unwrap();
        assert_eq!(asked.cancel_requested, Some(later));
        tx.end_job(&again, JobState::Cancelled, None, None, later)
            .await
            .unwrap();
        assert!(!tx.cancel_job(&again.job.id, later).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_ask_at_once_never_run_a_job_twice() {
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        for n in 0..40 {
            let subject = format!("cycle {n}");
            tx.add_job(&retrain(&subject), NOON).await.unwrap();
        }
        tx.commit().await.unwrap();
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let store = database.store.clone();
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    loop {
                        let mut tx = store.begin().await.unwrap();
                        let claimed = tx.claim_job(LEASE, NOON).await.unwrap();
                        tx.commit().await.unwrap();
                        match claimed {
                            Some(claimed) => mine.push(claimed.job.id),
                            None => return mine,
                        }
                    }
                })
            })
            .collect();
        let mut claimed = Vec::new();
        for worker in workers {
            claimed.extend(worker.await.unwrap());
        }
        claimed.sort();
        let all = claimed.len();
        claimed.dedup();
        assert_eq!((all, claimed.len()), (40, 40));
    }
}

#[tokio::test]
async fn an_occurrence_is_noted_once() {
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        let new = NewSchedule {
            name: "nightly",
            cron: "0 3 * * *",
            zone: "Europe/Berlin",
            kind: "retrain",
            payload: json!({}),
            catch_up: CatchUp::Once,
            next_at: Some(NOON),
            created_by: None,
        };
        let schedule = tx.add_schedule(&new, NOON).await.unwrap();
        assert_eq!(
            tx.due_schedules(NOON).await.unwrap(),
            vec![schedule.clone()]
        );
        assert!(tx.occur("nightly", NOON, None, "job").await.unwrap());
        assert!(!tx.occur("nightly", NOON, None, "job").await.unwrap());
        let next = NOON.after(LEASE);
        assert!(
            tx.advance_schedule(&schedule.id, NOON, Some(next))
                .await
                .unwrap()
        );
        assert!(
            !tx.advance_schedule(&schedule.id, NOON, Some(next))
                .await
                .unwrap()
        );
        assert!(tx.due_schedules(NOON).await.unwrap().is_empty());
        tx.rest_schedule(&schedule.id, Some(next), None)
            .await
            .unwrap();
        assert!(tx.due_schedules(next).await.unwrap().is_empty());
        tx.remove_schedule(&schedule.id).await.unwrap();
        assert_eq!(tx.schedule("nightly").await.unwrap(), None);
    }
}
