//! Retraining: kills at each place, workers that are late, labels that change meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use al_core::Silent;
use al_label::store::{
    CycleStatus, JobState, LabelValue, Moment, QueueStatus, StoreError, UserRole, ValidationKind,
};
use al_label::{LabelError, Once, RefusalKind, Submission, is_fenced};
use serde_json::Value;

use crate::common::{NOON, classes, labs, later, numbers, refused, run};

/// All places that a retraining passes, in their order.
const PLACES: [&str; 7] = [
    "retrain:snapshot",
    "retrain:trained",
    "retrain:artefact",
    "retrain:checkpoint",
    "retrain:rescored",
    "retrain:before commit",
    "retrain:committed",
];

#[tokio::test]
async fn versions_are_measured_on_the_same_rows() {
    for lab in labs().await {
        lab.with_rows(80, numbers()).await;
        let cycle = lab.batch(30).await;
        let early = lab.service.retrain(&lab.admin, &cycle, 10, NOON).await;
        assert_eq!(refused(early).0, RefusalKind::Conflict);
        assert_eq!(lab.label_all().await, 30);
        let first = lab.retrained(&cycle).await;
        assert_eq!(first["metrics_before"], Value::Null);
        let second = lab.batch(20).await;
        lab.label_all().await;
        lab.service.undo(&lab.admin, None, NOON).await.unwrap();
        let result = lab.retrained(&second).await;
        let versions = lab.versions().await;
        assert_eq!(versions.len(), 3);
        assert_eq!(versions[1].validation, ValidationKind::HeldOut);
        assert_eq!(versions[1].validation_digest, versions[2].validation_digest);
        // A fifth of thirty is set aside; nineteen of twenty came with labels.
        assert_eq!(
            versions[1].metrics.as_ref().unwrap()["validation"]["rows"],
            6
        );
        assert_eq!(
            (versions[1].training_rows, versions[2].training_rows),
            (24, 43)
        );
        assert_eq!(
            result["metrics_before"],
            versions[1].metrics.clone().unwrap()
        );
        assert!(
            result["metrics_after"]["validation"]["rmse"]
                .as_f64()
                .unwrap()
                < 1.0
        );
        assert!(result["metrics_after"]["out_of_bag"]["rmse"].is_number());
        assert!(result["metrics_after"]["calibration"]["low"].is_number());
        let mut tx = lab.service.store.read().await.unwrap();
        let ended = tx.cycle(&second).await.unwrap().unwrap();
        assert_eq!(ended.status, CycleStatus::Complete);
        assert_eq!((ended.items_labeled, ended.items_skipped), (19, 0));
        drop(tx);
        // The one that is left went to the new version and was scored by it.
        let queue = lab.queue().await;
        let left: Vec<_> = queue
            .iter()
            .filter(|item| item.status == QueueStatus::Pending)
            .collect();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].model_id, versions[2].id);
        assert!(left[0].prediction.is_some() && left[0].uncertainty.is_some());
        let archived = queue
            .iter()
            .filter(|item| item.status == QueueStatus::Archived);
        let of = |version: usize| {
            let of = archived
                .clone()
                .filter(|item| item.model_id == versions[version].id);
            of.count()
        };
        assert_eq!((of(0), of(1)), (30, 19));
        // A label that was learned from stays.
        let id = queue
            .iter()
            .find(|item| item.status == QueueStatus::Archived)
            .unwrap()
            .id
            .clone();
        let submission = Submission::of(LabelValue::Number(1.0));
        let late = lab
            .service
            .label(&lab.admin, &id, &submission, &Once::default(), NOON)
            .await;
        assert_eq!(refused(late).0, RefusalKind::Conflict);
        assert_eq!(
            refused(lab.service.undo(&lab.admin, None, NOON).await).0,
            RefusalKind::Conflict
        );
        let over = lab.service.retrain(&lab.admin, &cycle, 1, NOON).await;
        assert_eq!(refused(over).0, RefusalKind::Conflict);
        lab.is_sound().await;
    }
}

#[tokio::test]
async fn classes_are_set_aside_in_their_shares() {
    let lab = crate::common::lab().await;
    lab.with_rows(100, classes()).await;
    let cycle = lab.batch(100).await;
    lab.label_all().await;
    let result = lab.retrained(&cycle).await;
    let truth = lab.truth().await;
    let yes = truth
        .values()
        .filter(|label| **label == crate::common::class("yes"))
        .count();
    let held = (0.2 * yes as f64).round() + (0.2 * (100 - yes) as f64).round();
    let validation = &result["metrics_after"]["validation"];
    assert_eq!(validation["rows"].as_f64(), Some(held));
    assert!(
        validation["roc_auc"].as_f64().unwrap() > 0.9,
        "{validation}"
    );
    assert!(validation["calibration_error"].is_number());
}

#[tokio::test]
async fn a_retraining_is_asked_for_once() {
    for lab in labs().await {
        lab.with_rows(40, numbers()).await;
        let cycle = lab.batch(20).await;
        lab.label_all().await;
        let asked = || lab.service.retrain(&lab.admin, &cycle, 10, NOON);
        let ((first, is_new), (second, is_second)) =
            (asked().await.unwrap(), asked().await.unwrap());
        assert_eq!(
            (first.id.clone(), is_new, is_second),
            (second.id, true, false)
        );
        let annotator = lab.user("anna", UserRole::Annotator).await;
        let refusal = lab.service.retrain(&annotator, &cycle, 10, NOON).await;
        assert_eq!(refused(refusal).0, RefusalKind::Forbidden);
        let cancelled = lab
            .service
            .cancel(&lab.admin, &first.id, NOON)
            .await
            .unwrap();
        assert_eq!(cancelled.state, JobState::Cancelled);
        let mut tx = lab.service.store.read().await.unwrap();
        assert_eq!(
            tx.cycle(&cycle).await.unwrap().unwrap().status,
            CycleStatus::Labeling
        );
        drop(tx);
        let again = lab
            .service
            .retry(&lab.admin, &first.id, NOON)
            .await
            .unwrap();
        assert_eq!(again.state, JobState::Queued);
        let claimed = lab.claimed(NOON).await.unwrap();
        run(&lab.service, &claimed).await.unwrap();
        assert_eq!(lab.job_state(&first.id).await, JobState::Done);
        let over = lab.service.retry(&lab.admin, &first.id, NOON).await;
        assert_eq!(refused(over).0, RefusalKind::Conflict);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_place_leaves_one_model_and_no_label_lost() {
    for lab in labs().await {
        lab.with_rows(80, numbers()).await;
        let mut versions = 1;
        for place in PLACES {
            let cycle = lab.batch(10).await;
            lab.label_all().await;
            lab.service
                .retrain(&lab.admin, &cycle, 5, NOON)
                .await
                .unwrap();
            let killed = lab.another().await.passing(Arc::new(move |passed: &str| {
                assert_ne!(passed, place, "killed here");
            }));
            let claimed = lab.claimed(NOON).await.unwrap();
            let job = claimed.job.id.clone();
            let worker = tokio::spawn(async move {
                let ran = run(&killed, &claimed).await;
                panic!("not killed: {ran:?}");
            });
            assert!(worker.await.unwrap_err().is_panic());
            // Its lease runs out, and another worker begins again.
            let end = later(60);
            let committed = place == "retrain:committed";
            match lab.claimed(end).await {
                Some(claimed) => {
                    assert!(!committed, "{place}");
                    assert_eq!(claimed.job.attempt, 2);
                    run(&lab.service, &claimed).await.unwrap();
                }
                None => assert!(committed, "{place}"),
            }
            versions += 1;
            assert_eq!(lab.job_state(&job).await, JobState::Done, "{place}");
            assert_eq!(lab.versions().await.len(), versions, "{place}");
            let mut tx = lab.service.store.read().await.unwrap();
            let ended = tx.cycle(&cycle).await.unwrap().unwrap();
            assert_eq!(
                (ended.status, ended.items_labeled),
                (CycleStatus::Complete, 10)
            );
            drop(tx);
            let open = lab
                .queue()
                .await
                .into_iter()
                .filter(|item| item.status != QueueStatus::Archived);
            assert_eq!(open.count(), 0, "{place}");
            lab.is_sound().await;
        }
    }
}

#[tokio::test]
async fn a_worker_that_wakes_late_changes_nothing() {
    for lab in labs().await {
        lab.with_rows(40, numbers()).await;
        let cycle = lab.batch(20).await;
        lab.label_all().await;
        lab.service
            .retrain(&lab.admin, &cycle, 10, NOON)
            .await
            .unwrap();
        let slow = lab.claimed(NOON).await.unwrap();
        let quick = lab.claimed(later(60)).await.unwrap();
        run(&lab.service, &quick).await.unwrap();
        let late = run(&lab.service, &slow).await.unwrap_err();
        assert!(is_fenced(&late), "{late:?}");
        let given_up = lab
            .service
            .give_up(&slow, JobState::Failed, "late", NOON)
            .await;
        assert!(matches!(
            given_up,
            Err(LabelError::Store(StoreError::Fenced))
        ));
        assert_eq!(lab.versions().await.len(), 2);
        let mut tx = lab.service.store.read().await.unwrap();
        assert_eq!(
            tx.cycle(&cycle).await.unwrap().unwrap().status,
            CycleStatus::Complete
        );
    }
}

#[tokio::test]
async fn a_label_that_changes_under_a_training_is_not_lost() {
    for lab in labs().await {
        lab.with_rows(40, numbers()).await;
        let cycle = lab.batch(20).await;
        lab.label_all().await;
        lab.service
            .retrain(&lab.admin, &cycle, 10, NOON)
            .await
            .unwrap();
        // While the first snapshot is trained on, a label is taken back.
        let (other, admin) = (lab.another().await, lab.admin.clone());
        let trained = Arc::new(AtomicUsize::new(0));
        let runtime = tokio::runtime::Handle::current();
        let counted = trained.clone();
        let service = lab.service.clone().passing(Arc::new(move |passed: &str| {
            if passed == "retrain:trained" && counted.fetch_add(1, Ordering::SeqCst) == 0 {
                let (other, admin, runtime) = (other.clone(), admin.clone(), runtime.clone());
                std::thread::spawn(move || {
                    runtime.block_on(async { other.undo(&admin, None, NOON).await.map(drop) })
                })
                .join()
                .expect("a thread")
                .expect("undone");
            }
        }));
        let claimed = lab.claimed(NOON).await.unwrap();
        let ran = tokio::task::spawn_blocking(move || {
            tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(service.run_retrain(&claimed, Arc::new(Silent), || NOON))
        });
        let result = ran.await.unwrap().unwrap();
        assert_eq!(trained.load(Ordering::SeqCst), 2);
        assert_eq!(result["labels"], 19);
        let pending = lab
            .queue()
            .await
            .into_iter()
            .filter(|item| item.status == QueueStatus::Pending);
        assert_eq!(pending.count(), 1);
        lab.is_sound().await;
    }
}

#[tokio::test]
async fn bounds_are_kept_and_not_learned_from() {
    for lab in labs().await {
        lab.with_rows(30, numbers()).await;
        let cycle = lab.batch(15).await;
        let queue = lab.queue().await;
        let mut bound = Submission::of(LabelValue::Number(5.0));
        bound.qualifier = al_label::store::Qualifier::Above;
        for item in &queue[..3] {
            let once = Once::default();
            lab.service
                .label(&lab.admin, &item.id, &bound, &once, NOON)
                .await
                .unwrap();
        }
        lab.label_all().await;
        let result = lab.retrained(&cycle).await;
        assert_eq!(
            (&result["labels"], &result["bounds_left_out"]),
            (&12.into(), &3.into())
        );
        let mut tx = lab.service.store.read().await.unwrap();
        let reason = tx.cycle(&cycle).await.unwrap().unwrap().reason.unwrap();
        assert!(reason.contains("3 labels are bounds"), "{reason}");
        drop(tx);
        let kept = lab
            .queue()
            .await
            .into_iter()
            .filter(|item| item.status == QueueStatus::Labeled);
        assert_eq!(kept.count(), 3);
    }
}

#[tokio::test]
async fn attempts_that_are_used_up_leave_a_failed_cycle_that_can_begin_again() {
    for lab in labs().await {
        lab.with_rows(40, numbers()).await;
        let cycle = lab.batch(20).await;
        lab.label_all().await;
        let (job, _) = lab
            .service
            .retrain(&lab.admin, &cycle, 10, NOON)
            .await
            .unwrap();
        let mut now = NOON;
        for _ in 0..job.max_attempts {
            assert!(lab.claimed(now).await.is_some());
            now = Moment(now.0 + 60_000_000);
        }
        assert!(lab.claimed(now).await.is_none());
        assert_eq!(lab.service.reap(now).await.unwrap(), 1);
        assert_eq!(lab.job_state(&job.id).await, JobState::Dead);
        let mut tx = lab.service.store.read().await.unwrap();
        let failed = tx.cycle(&cycle).await.unwrap().unwrap();
        assert_eq!(failed.status, CycleStatus::Failed);
        assert!(failed.reason.unwrap().contains("killed"));
        drop(tx);
        // A failed cycle is retrained by asking again.
        let (again, is_new) = lab
            .service
            .retrain(&lab.admin, &cycle, 10, now)
            .await
            .unwrap();
        assert!(is_new && again.id != job.id);
    }
}
