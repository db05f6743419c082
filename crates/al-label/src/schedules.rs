//! Work that recurs: retrainings at hours that cron writes.

use al_store::{CatchUp, CycleStatus, Moment, NewSchedule, Schedule, StoreError, Tx};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use serde_json::{Value, json};

use crate::actor::{Actor, Scope};
use crate::error::LabelError;
use crate::log;
use crate::models::known_model;
use crate::retrain::{MIN_NEW_LABELS, RETRAIN};
use crate::service::Service;

/// How late an occurrence may begin and still count as on time, in microseconds.
const ON_TIME: i64 = 60_000_000;

/// A schedule to make.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleWish {
    /// The name.
    pub name: String,
    /// When, as cron writes it: five fields, or six with seconds first.
    pub cron: String,
    /// The time zone, as in `Europe/Berlin`.
    pub zone: String,
    /// The name of the model that is retrained.
    pub model: String,
    /// Retrain only with so many new labels.
    pub min_new_labels: usize,
    /// What becomes of missed occurrences.
    pub catch_up: CatchUp,
}

/// The first moment after `after` that the cron text names in the zone. Where the clocks
/// go forward, an hour that is left out is the first one after it; where they go back, an
/// hour that comes twice counts once. `None` if there is none.
///
/// # Errors
///
/// A text that is none of cron, and a zone that is not known.
pub fn next_after(cron: &str, zone: &str, after: Moment) -> Result<Option<Moment>, LabelError> {
    let zone: Tz = zone.parse().map_err(|_| {
        LabelError::invalid("zone", format!("there is no time zone '{zone}'"))
            .remedy("name one as in Europe/Berlin, or UTC")
    })?;
    let parsed: Cron = cron.parse().map_err(|error: croner::errors::CronError| {
        LabelError::invalid("cron", format!("'{cron}' is no time of cron: {error}"))
            .remedy("give minute, hour, day, month and weekday, as in 0 3 * * 1-5")
    })?;
    let Some(start) = DateTime::<Utc>::from_timestamp_micros(after.0) else {
        return Ok(None);
    };
    let start = start.with_timezone(&zone);
    match parsed.find_next_occurrence(&start, false) {
        Ok(next) => Ok(Some(Moment(next.timestamp_micros()))),
        Err(_) => Ok(None),
    }
}

impl Service {
    /// Makes a schedule.
    ///
    /// # Errors
    ///
    /// An actor who may not, a name that is taken, a time, zone or model that is none.
    pub async fn add_schedule(
        &self,
        actor: &Actor,
        wish: &ScheduleWish,
        now: Moment,
    ) -> Result<Schedule, LabelError> {
        actor.need(Scope::Admin)?;
        crate::models::checked_name(&wish.name)?;
        let next_at = next_after(&wish.cron, &wish.zone, now)?;
        if next_at.is_none() {
            return Err(LabelError::invalid(
                "cron",
                format!("'{}' names no time that comes", wish.cron),
            ));
        }
        let mut tx = self.store.begin().await?;
        let model = known_model(&mut tx, &wish.model).await?;
        let new = NewSchedule {
            name: &wish.name,
            cron: &wish.cron,
            zone: &wish.zone,
            kind: RETRAIN,
            payload: json!({"model": model.name, "min_new_labels": wish.min_new_labels}),
            catch_up: wish.catch_up,
            next_at,
            created_by: Some(&actor.user.id),
        };
        let added = tx.add_schedule(&new, now).await;
        let schedule = added.map_err(|error| match error {
            StoreError::Duplicate { .. } => {
                LabelError::conflict(format!("there is a schedule '{}' already", wish.name))
                    .remedy("take another name, or remove it first")
            }
            error => error.into(),
        })?;
        let detail = json!({"name": schedule.name, "cron": schedule.cron});
        log::note(
            &mut tx,
            Some(&actor.user),
            "schedule",
            &schedule.id,
            detail,
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(schedule)
    }

    /// Lets a schedule rest, or begin again.
    ///
    /// # Errors
    ///
    /// An actor who may not, and a schedule that is not there.
    pub async fn rest_schedule(
        &self,
        actor: &Actor,
        id: &str,
        rests: bool,
        now: Moment,
    ) -> Result<Schedule, LabelError> {
        actor.need(Scope::Admin)?;
        let mut tx = self.store.begin().await?;
        let schedule = known(&mut tx, id).await?;
        let next = match rests {
            true => None,
            false => next_after(&schedule.cron, &schedule.zone, now)?,
        };
        tx.rest_schedule(&schedule.id, rests.then_some(now), next)
            .await?;
        let kind = if rests { "disable" } else { "enable" };
        log::note(
            &mut tx,
            Some(&actor.user),
            kind,
            &schedule.id,
            json!({}),
            now,
        )
        .await?;
        let schedule = known(&mut tx, id).await?;
        tx.commit().await?;
        Ok(schedule)
    }

    /// Removes a schedule; jobs that it made stay.
    ///
    /// # Errors
    ///
    /// An actor who may not, and a schedule that is not there.
    pub async fn remove_schedule(
        &self,
        actor: &Actor,
        id: &str,
        now: Moment,
    ) -> Result<(), LabelError> {
        actor.need(Scope::Admin)?;
        let mut tx = self.store.begin().await?;
        let schedule = known(&mut tx, id).await?;
        tx.remove_schedule(&schedule.id).await?;
        let detail = json!({"name": schedule.name});
        log::note(
            &mut tx,
            Some(&actor.user),
            "unschedule",
            &schedule.id,
            detail,
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes the jobs of all occurrences that have come, each once, whoever asks; how many.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn tick(&self, now: Moment) -> Result<usize, LabelError> {
        let mut tx = self.store.read().await?;
        let due = tx.due_schedules(now).await?;
        drop(tx);
        let mut made = 0;
        for schedule in due {
            made += usize::from(self.occur(&schedule, now).await?);
        }
        Ok(made)
    }

    /// Deals with the occurrence at which a schedule stands; whether a job was made.
    async fn occur(&self, schedule: &Schedule, now: Moment) -> Result<bool, LabelError> {
        let Some(first) = schedule.next_at else {
            return Ok(false);
        };
        // Of those that were missed the last one counts.
        let (mut last, mut next) = (first, next_after(&schedule.cron, &schedule.zone, first)?);
        while let Some(later) = next.filter(|later| *later <= now) {
            (last, next) = (later, next_after(&schedule.cron, &schedule.zone, later)?);
        }
        let late = now.0 - last.0 > ON_TIME;
        let mut tx = self.store.begin().await?;
        if !tx.advance_schedule(&schedule.id, first, next).await? {
            // Another server was first.
            return Ok(false);
        }
        if late && schedule.catch_up == CatchUp::Skip {
            tx.occur(&schedule.name, last, None, "missed, and left out")
                .await?;
            tx.commit().await?;
            return Ok(false);
        }
        let key = format!("{} {}", schedule.name, last);
        let (job, outcome) = match self
            .due_retrain(&mut tx, &schedule.payload, &key, now)
            .await?
        {
            Ok(job) => (Some(job), "a job was made".to_owned()),
            Err(why) => (None, why),
        };
        let noted = tx
            .occur(&schedule.name, last, job.as_deref(), &outcome)
            .await?;
        if !noted {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(job.is_some())
    }

    /// A retraining of the open cycle of a model, or why there is none.
    async fn due_retrain(
        &self,
        tx: &mut Tx,
        payload: &Value,
        key: &str,
        now: Moment,
    ) -> Result<Result<String, String>, LabelError> {
        let model = payload["model"].as_str().unwrap_or_default();
        let least = payload["min_new_labels"]
            .as_u64()
            .unwrap_or(MIN_NEW_LABELS as u64);
        let open = tx.open_cycles(model).await?;
        let Some(cycle) = open
            .iter()
            .find(|cycle| cycle.status == CycleStatus::Labeling)
        else {
            return Ok(Err("there is no cycle that is being labelled".to_owned()));
        };
        let asked = self
            .retrain_in(tx, None, cycle, least as usize, Some(key), now)
            .await;
        match asked {
            Ok(job) => Ok(Ok(job.id)),
            Err(LabelError::Refused(refusal)) => Ok(Err(refusal.problem)),
            Err(other) => Err(other),
        }
    }
}

async fn known(tx: &mut Tx, id: &str) -> Result<Schedule, LabelError> {
    tx.schedule(id)
        .await?
        .ok_or_else(|| LabelError::unknown("schedule", id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(cron: &str, zone: &str, after: &str) -> String {
        let after = Moment::parse(after).unwrap();
        next_after(cron, zone, after).unwrap().unwrap().to_string()
    }

    #[test]
    fn hours_are_those_of_the_zone() {
        let found = next("0 3 * * *", "Europe/Berlin", "2026-01-10T12:00:00Z");
        assert_eq!(found, "2026-01-11T02:00:00.000000Z");
        let found = next("0 3 * * *", "Europe/Berlin", "2026-07-10T12:00:00Z");
        assert_eq!(found, "2026-07-11T01:00:00.000000Z");
        let found = next("0 9 * * 1", "America/New_York", "2026-11-29T00:00:00Z");
        assert_eq!(found, "2026-11-30T14:00:00.000000Z");
    }

    #[test]
    fn where_clocks_change_each_day_has_one_occurrence() {
        // Forward in Berlin on 29 March 2026 at 02:00, back on 25 October at 03:00.
        let mut after = Moment::parse("2026-03-27T12:00:00Z").unwrap();
        let mut days = Vec::new();
        for _ in 0..4 {
            after = next_after("30 2 * * *", "Europe/Berlin", after)
                .unwrap()
                .unwrap();
            days.push(after.to_string()[..10].to_owned());
        }
        assert_eq!(
            days,
            ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"]
        );
        let mut after = Moment::parse("2026-10-23T12:00:00Z").unwrap();
        let mut days = Vec::new();
        for _ in 0..4 {
            after = next_after("30 2 * * *", "Europe/Berlin", after)
                .unwrap()
                .unwrap();
            days.push(after.to_string()[..10].to_owned());
        }
        assert_eq!(
            days,
            ["2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27"]
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let field = |cron: &str, zone: &str| {
            let refused = next_after(cron, zone, Moment(0)).unwrap_err();
            refused.refusal().unwrap().field
        };
        assert_eq!(field("every night", "UTC"), Some("cron"));
        assert_eq!(field("0 25 * * *", "UTC"), Some("cron"));
        assert_eq!(field("0 3 * * *", "Mars/Olympus"), Some("zone"));
    }
}
