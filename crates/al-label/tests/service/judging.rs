//! Claims, judgements, skips, assignments, undoing.

use al_label::store::{LabelValue, QueueFilter, QueueStatus, ResolutionRule, UserRole};
use al_label::{BulkAction, Once, RefusalKind, SelectWish, Submission};

use crate::common::{Lab, NOON, class, classes, labs, later, numbers, refused};

const NONE: Once<'static> = Once {
    key: None,
    version: None,
};

fn number(value: f64) -> Submission {
    Submission::of(LabelValue::Number(value))
}

async fn judged_by(lab: &Lab, judgements: i64, rule: ResolutionRule) {
    let wish = SelectWish {
        strategy: Some("random".to_owned()),
        batch_size: 3,
        add: true,
        judgements,
        rule: Some(rule),
        ..SelectWish::new("m")
    };
    lab.service
        .select(&lab.admin, wish, NOON)
        .await
        .expect("a batch");
}

#[tokio::test]
async fn what_nobody_else_holds_is_labelled_without_a_claim() {
    for lab in labs().await {
        lab.with_rows(5, numbers()).await;
        lab.batch(3).await;
        let (anna, ben) = (
            lab.user("anna", UserRole::Annotator).await,
            lab.user("ben", UserRole::Annotator).await,
        );
        let queue = lab.queue().await;
        let labelled = lab
            .label(&anna, &queue[0].id, LabelValue::Number(1.5))
            .await;
        assert_eq!(labelled.status, QueueStatus::Labeled);
        assert_eq!(labelled.labeled_by.as_deref(), Some(anna.user.id.as_str()));
        let again = lab
            .service
            .label(&ben, &queue[0].id, &number(2.0), &NONE, NOON)
            .await;
        assert_eq!(refused(again).0, RefusalKind::Conflict);

        // What anna holds only she labels, also by the id of the item itself.
        let held = lab
            .service
            .next(&anna, Some("m"), None, None, NOON)
            .await
            .unwrap()
            .unwrap();
        let id = held.item.id.clone();
        let other = lab
            .service
            .label(&ben, &id, &number(2.0), &NONE, NOON)
            .await;
        assert_eq!(refused(other).0, RefusalKind::Conflict);
        let skipped = lab.service.skip(&ben, &id, "no", &NONE, NOON).await;
        assert_eq!(refused(skipped).0, RefusalKind::Conflict);
        let mut wrong = number(2.0);
        wrong.claim_token = Some("of an earlier claim".to_owned());
        let stale = lab.service.label(&anna, &id, &wrong, &NONE, NOON).await;
        assert_eq!(refused(stale).0, RefusalKind::Conflict);
        let mut mine = number(2.0);
        mine.claim_token = Some(held.claim_token);
        let labelled = lab
            .service
            .label(&anna, &held.item.item_id, &mine, &NONE, NOON)
            .await;
        assert_eq!(labelled.unwrap().status, QueueStatus::Labeled);

        // A lease that ran out leaves the item to others.
        let held = lab
            .service
            .next(&anna, None, None, None, NOON)
            .await
            .unwrap()
            .unwrap();
        let labelled = lab
            .service
            .label(&ben, &held.item.id, &number(3.0), &NONE, later(3600))
            .await;
        assert_eq!(labelled.unwrap().status, QueueStatus::Labeled);
        assert!(
            lab.service
                .next(&anna, None, None, None, NOON)
                .await
                .unwrap()
                .is_none()
        );
        let none = lab
            .service
            .label(&anna, "nothing", &number(1.0), &NONE, NOON)
            .await;
        assert_eq!(refused(none).0, RefusalKind::Unknown);
        lab.is_sound().await;
    }
}

#[tokio::test]
async fn several_judgements_become_one_label() {
    for lab in labs().await {
        lab.with_rows(5, classes()).await;
        judged_by(&lab, 2, ResolutionRule::Majority).await;
        let mut people = Vec::new();
        for name in ["anna", "ben", "cleo"] {
            people.push(lab.user(name, UserRole::Annotator).await);
        }
        let queue = lab.queue().await;
        let first = lab.label(&people[0], &queue[0].id, class("yes")).await;
        assert_eq!((first.status, first.label), (QueueStatus::Pending, None));
        // Nobody judges an item twice, and it does not come to them again.
        let twice = lab
            .service
            .label(
                &people[0],
                &queue[0].id,
                &Submission::of(class("no")),
                &NONE,
                NOON,
            )
            .await;
        assert_eq!(refused(twice).0, RefusalKind::Conflict);
        for _ in 0..2 {
            let next = lab
                .service
                .next(&people[0], None, None, None, NOON)
                .await
                .unwrap();
            assert_ne!(next.unwrap().item.id, queue[0].id);
        }
        assert!(
            lab.service
                .next(&people[0], None, None, None, NOON)
                .await
                .unwrap()
                .is_none()
        );
        let tied = lab.label(&people[1], &queue[0].id, class("no")).await;
        assert_eq!(tied.status, QueueStatus::Pending);
        let decided = lab.label(&people[2], &queue[0].id, class("no")).await;
        assert_eq!(decided.status, QueueStatus::Labeled);
        assert_eq!(decided.label, Some(class("no")));

        // Without the third there is no label again.
        let undone = lab.service.undo(&people[2], None, NOON).await.unwrap();
        assert_eq!(undone.items, 1);
        let item = lab
            .service
            .queue_item(&lab.admin, &queue[0].id, NOON)
            .await
            .unwrap();
        assert_eq!((item.status, item.label), (QueueStatus::Pending, None));
        let stats = lab.service.stats(&lab.admin, "m", NOON).await.unwrap();
        assert_eq!(stats.agreement.items, 1);
        assert!(stats.agreement.alpha.unwrap().value <= 0.0);
        lab.is_sound().await;
    }
}

#[tokio::test]
async fn a_lead_decides_where_the_rule_says_so() {
    for lab in labs().await {
        lab.with_rows(5, classes()).await;
        judged_by(&lab, 2, ResolutionRule::Lead).await;
        let (anna, ben) = (
            lab.user("anna", UserRole::Annotator).await,
            lab.user("ben", UserRole::Annotator).await,
        );
        let lead = lab.user("lea", UserRole::Lead).await;
        let id = lab.queue().await[0].id.clone();
        lab.label(&anna, &id, class("yes")).await;
        let open = lab.label(&ben, &id, class("yes")).await;
        assert_eq!(open.status, QueueStatus::Pending);
        let decided = lab.label(&lead, &id, class("no")).await;
        assert_eq!(decided.label, Some(class("no")));
    }
}

#[tokio::test]
async fn everything_is_undone_by_its_action() {
    for lab in labs().await {
        lab.with_rows(12, numbers()).await;
        lab.batch(10).await;
        let anna = lab.user("anna", UserRole::Annotator).await;
        let ben = lab.user("ben", UserRole::Annotator).await;
        let id = lab.queue().await[0].id.clone();

        let skipped = lab
            .service
            .skip(&anna, &id, " dirty sample ", &NONE, NOON)
            .await
            .unwrap();
        assert_eq!(skipped.skip_reason.as_deref(), Some("dirty sample"));
        let closed = lab
            .service
            .label(&anna, &id, &number(1.0), &NONE, NOON)
            .await;
        assert_eq!(refused(closed).0, RefusalKind::Conflict);
        let back = lab.service.requeue(&anna, &id, &NONE, NOON).await.unwrap();
        assert_eq!(back.status, QueueStatus::Pending);
        // The last first: what was put back is skipped again, then pending.
        lab.service.undo(&anna, None, NOON).await.unwrap();
        let item = lab.service.queue_item(&anna, &id, NOON).await.unwrap();
        assert_eq!(item.skip_reason.as_deref(), Some("dirty sample"));
        lab.service.undo(&anna, None, NOON).await.unwrap();
        let item = lab.service.queue_item(&anna, &id, NOON).await.unwrap();
        assert_eq!(
            (item.status, item.skip_reason),
            (QueueStatus::Pending, None)
        );
        let nothing = lab.service.undo(&anna, None, NOON).await;
        assert_eq!(refused(nothing).0, RefusalKind::Conflict);

        // An annotator undoes what is theirs, a lead what is anybody's.
        lab.label(&anna, &id, LabelValue::Number(1.0)).await;
        let mut tx = lab.service.store.read().await.unwrap();
        let events = tx.events(Some(&id), 0, 100).await.unwrap().items;
        let action = events.last().unwrap().action_id.clone();
        drop(tx);
        let foreign = lab.service.undo(&ben, Some(&action), NOON).await;
        assert_eq!(refused(foreign).0, RefusalKind::Forbidden);
        lab.service
            .undo(&lab.admin, Some(&action), NOON)
            .await
            .unwrap();
        let twice = lab.service.undo(&lab.admin, Some(&action), NOON).await;
        assert_eq!(refused(twice).0, RefusalKind::Conflict);
        lab.is_sound().await;
    }
}

#[tokio::test]
async fn what_is_done_to_all_items_of_a_filter_is_one_action() {
    for lab in labs().await {
        lab.with_rows(12, numbers()).await;
        let cycle = lab.batch(10).await;
        let anna = lab.user("anna", UserRole::Annotator).await;
        let ben = lab.user("ben", UserRole::Annotator).await;
        let filter = QueueFilter {
            cycle_id: Some(cycle.clone()),
            ..QueueFilter::default()
        };
        let skip = BulkAction::Skip("the plate broke".to_owned());
        let counted = lab
            .service
            .bulk(&lab.admin, &filter, &skip, true, NOON)
            .await
            .unwrap();
        assert_eq!((counted.items, counted.action_id), (10, None));
        let done = lab
            .service
            .bulk(&lab.admin, &filter, &skip, false, NOON)
            .await
            .unwrap();
        assert_eq!(done.items, 10);
        assert!(
            lab.queue()
                .await
                .iter()
                .all(|item| item.status == QueueStatus::Skipped)
        );
        let action = done.action_id.unwrap();
        let undone = lab
            .service
            .undo(&lab.admin, Some(&action), NOON)
            .await
            .unwrap();
        assert_eq!(undone.items, 10);
        assert!(
            lab.queue()
                .await
                .iter()
                .all(|item| item.status == QueueStatus::Pending)
        );

        let assign = BulkAction::Assign("ben".to_owned());
        let done = lab
            .service
            .bulk(&lab.admin, &filter, &assign, false, NOON)
            .await
            .unwrap();
        assert_eq!(done.items, 10);
        assert!(
            lab.service
                .next(&anna, None, None, None, NOON)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            lab.service
                .next(&ben, None, None, None, NOON)
                .await
                .unwrap()
                .is_some()
        );
        let everything = QueueFilter::default();
        let all = lab
            .service
            .bulk(&lab.admin, &everything, &skip, true, NOON)
            .await;
        assert_eq!(refused(all), (RefusalKind::Invalid, Some("filter")));
        let no_lead = lab.service.bulk(&anna, &filter, &skip, true, NOON).await;
        assert_eq!(refused(no_lead).0, RefusalKind::Forbidden);
        lab.is_sound().await;
    }
}

#[tokio::test]
async fn an_assignment_is_undone_to_whoever_held_it() {
    for lab in labs().await {
        lab.with_rows(3, numbers()).await;
        lab.batch(1).await;
        let anna = lab.user("anna", UserRole::Annotator).await;
        let ben = lab.user("ben", UserRole::Annotator).await;
        let held = lab
            .service
            .next(&anna, None, None, None, NOON)
            .await
            .unwrap()
            .unwrap();
        let id = held.item.id;
        let given = lab
            .service
            .assign(&lab.admin, &id, "ben", None, &NONE, NOON)
            .await
            .unwrap();
        assert_eq!(given.assigned_to.as_deref(), Some(ben.user.id.as_str()));
        let lost = lab
            .service
            .extend(&anna, &id, Some(&held.claim_token), None, NOON)
            .await;
        assert_eq!(refused(lost).0, RefusalKind::Conflict);
        lab.service.undo(&lab.admin, None, NOON).await.unwrap();
        let item = lab.service.queue_item(&anna, &id, NOON).await.unwrap();
        assert_eq!(item.assigned_to.as_deref(), Some(anna.user.id.as_str()));
        let released = lab.service.release(&anna, &id, None, NOON).await.unwrap();
        assert_eq!(released.status, QueueStatus::Pending);
        let no_lead = lab
            .service
            .assign(&anna, &id, "ben", None, &NONE, NOON)
            .await;
        assert_eq!(refused(no_lead).0, RefusalKind::Forbidden);
        let nobody = lab
            .service
            .assign(&lab.admin, &id, "zoe", None, &NONE, NOON)
            .await;
        assert_eq!(refused(nobody).0, RefusalKind::Unknown);
    }
}

#[tokio::test]
async fn a_label_that_is_sent_twice_is_one() {
    for lab in labs().await {
        lab.with_rows(3, numbers()).await;
        lab.batch(2).await;
        let queue = lab.queue().await;
        let once = Once {
            key: Some("a key"),
            version: None,
        };
        let first = lab
            .service
            .label(&lab.admin, &queue[0].id, &number(1.0), &once, NOON)
            .await;
        let second = lab
            .service
            .label(&lab.admin, &queue[0].id, &number(1.0), &once, NOON)
            .await;
        assert_eq!(first.unwrap(), second.unwrap());
        let other = lab
            .service
            .label(&lab.admin, &queue[1].id, &number(1.0), &once, NOON)
            .await;
        assert_eq!(refused(other).0, RefusalKind::Conflict);
        let stale = Once {
            key: None,
            version: Some(queue[1].version + 7),
        };
        let edited = lab
            .service
            .label(&lab.admin, &queue[1].id, &number(1.0), &stale, NOON)
            .await;
        assert_eq!(refused(edited).0, RefusalKind::Stale);
        let fresh = Once {
            key: None,
            version: Some(queue[1].version),
        };
        assert!(
            lab.service
                .label(&lab.admin, &queue[1].id, &number(1.0), &fresh, NOON)
                .await
                .is_ok()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_label_the_same_item_at_once_leave_one_label() {
    for lab in labs().await {
        lab.with_rows(20, numbers()).await;
        lab.batch(20).await;
        let anna = lab.user("anna", UserRole::Annotator).await;
        let ben = lab.user("ben", UserRole::Annotator).await;
        let queue = lab.queue().await;
        let label_all = |actor: al_label::Actor, value: f64| {
            let (service, queue) = (lab.service.clone(), queue.clone());
            tokio::spawn(async move {
                let mut taken = 0;
                for item in queue {
                    let label = service
                        .label(&actor, &item.id, &number(value), &NONE, NOON)
                        .await;
                    match label {
                        Ok(_) => taken += 1,
                        Err(error) => {
                            assert_eq!(error.refusal().unwrap().kind, RefusalKind::Conflict);
                        }
                    }
                }
                taken
            })
        };
        let both = (label_all(anna, 1.0), label_all(ben, 2.0));
        let taken = both.0.await.unwrap() + both.1.await.unwrap();
        assert_eq!(taken, 20);
        lab.is_sound().await;
    }
}
