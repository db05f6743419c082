//! Schedules: each occurrence once, whoever looks.

use al_label::store::{CatchUp, JobState, Moment};
use al_label::{RefusalKind, ScheduleWish};

use crate::common::{NOON, labs, numbers, refused};

fn nightly(catch_up: CatchUp) -> ScheduleWish {
    ScheduleWish {
        name: "nightly".to_owned(),
        cron: "0 3 * * *".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        model: "m".to_owned(),
        min_new_labels: 5,
        catch_up,
    }
}

/// 03:00 in Berlin on the day after NOON (29 November 2025), and later days.
fn night(day: i64) -> Moment {
    let first = Moment::parse("2025-11-30T02:00:00Z").unwrap();
    Moment(first.0 + day * 24 * 3_600_000_000)
}

#[tokio::test]
async fn an_occurrence_runs_once_whoever_looks() {
    for lab in labs().await {
        lab.with_rows(30, numbers()).await;
        lab.batch(10).await;
        lab.label_all().await;
        let wish = nightly(CatchUp::Once);
        let schedule = lab
            .service
            .add_schedule(&lab.admin, &wish, NOON)
            .await
            .unwrap();
        assert_eq!(schedule.next_at, Some(night(0)));
        let twice = lab.service.add_schedule(&lab.admin, &wish, NOON).await;
        assert_eq!(refused(twice).0, RefusalKind::Conflict);
        assert_eq!(lab.service.tick(Moment(night(0).0 - 1)).await.unwrap(), 0);
        let other = lab.another().await;
        let (here, there) = tokio::join!(lab.service.tick(night(0)), other.tick(night(0)));
        assert_eq!(here.unwrap() + there.unwrap(), 1);
        let mut tx = lab.service.store.read().await.unwrap();
        let jobs = tx
            .jobs(Some(JobState::Queued), None, None, 9)
            .await
            .unwrap()
            .items;
        assert_eq!(jobs.len(), 1);
        let moved = tx.schedule("nightly").await.unwrap().unwrap();
        assert_eq!(moved.next_at, Some(night(1)));
    }
}

#[tokio::test]
async fn missed_occurrences_are_made_up_once_or_left_out() {
    for lab in labs().await {
        lab.with_rows(30, numbers()).await;
        lab.batch(10).await;
        lab.label_all().await;
        let wish = nightly(CatchUp::Skip);
        lab.service
            .add_schedule(&lab.admin, &wish, NOON)
            .await
            .unwrap();
        // The server was away for a week.
        let back = Moment(night(7).0 + 3_600_000_000);
        assert_eq!(lab.service.tick(back).await.unwrap(), 0);
        let mut tx = lab.service.store.read().await.unwrap();
        let schedule = tx.schedule("nightly").await.unwrap().unwrap();
        assert_eq!(schedule.next_at, Some(night(8)));
        drop(tx);
        lab.service
            .remove_schedule(&lab.admin, "nightly", back)
            .await
            .unwrap();
        let mut wish = nightly(CatchUp::Once);
        wish.name = "made-up".to_owned();
        lab.service
            .add_schedule(&lab.admin, &wish, NOON)
            .await
            .unwrap();
        assert_eq!(lab.service.tick(back).await.unwrap(), 1);
        assert_eq!(lab.service.tick(back).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_schedule_rests_and_wakes_and_makes_no_empty_job() {
    for lab in labs().await {
        lab.with_rows(30, numbers()).await;
        let wish = nightly(CatchUp::Once);
        lab.service
            .add_schedule(&lab.admin, &wish, NOON)
            .await
            .unwrap();
        // Nothing is being labelled: no job, and the schedule goes on.
        assert_eq!(lab.service.tick(night(0)).await.unwrap(), 0);
        let rested = lab
            .service
            .rest_schedule(&lab.admin, "nightly", true, night(0))
            .await;
        assert_eq!(rested.unwrap().next_at, None);
        assert_eq!(lab.service.tick(night(3)).await.unwrap(), 0);
        let woken = lab
            .service
            .rest_schedule(&lab.admin, "nightly", false, night(3))
            .await;
        assert_eq!(woken.unwrap().next_at, Some(night(4)));
    }
}
