//! What models say of rows that they have not seen: before an update, after it, and as
//! the model before would be with as many trees.

use std::collections::HashSet;

use al_core::metrics::covers_too_few;
use al_core::phrases::rounded;
use al_core::{
    Fault, Key, MeanInterval, Message, Observed, Role, Seed, Silent, TargetScale, setting,
};
use al_models::{Continuation, Labelled};
use al_words::metrics::Metrics;

use super::super::Campaign;
use super::super::evaluation::{Evaluation, judged_as};
use super::chance::change_between;

/// Most rows of which it is told what more trees bring, of trees that were grown until they
/// brought nothing: it would cost as much as the update.
const GROWTH_TOLD: usize = 20_000;

/// What a model says of rows that it has not seen.
pub(super) struct Said {
    /// Of the evaluation rows or, out of bag, of those it has learned from.
    known: Option<Evaluation>,
    /// Of new rows, before it learns from them.
    pub(super) foretold: Option<Evaluation>,
}

impl Said {
    /// The metrics of this model, and those of the one that has learned from the new rows
    /// and says `now`, on the same rows, in the units of each model.
    pub(super) fn beside(
        &self,
        now: Option<&Evaluation>,
        fresh: &HashSet<Key>,
        scales: [&TargetScale; 2],
    ) -> MetricsBeside {
        let Some((known, now)) = self.known.as_ref().zip(now) else {
            let metrics = |said: Option<&Evaluation>, scale| said.map(|said| said.metrics(scale));
            return MetricsBeside {
                before: metrics(self.known.as_ref(), scales[0]),
                after: metrics(now, scales[1]),
                change: None,
            };
        };
        if !now.out_of_bag {
            return MetricsBeside::of([known, now], scales);
        }
        // On the rows that neither had seen: each without itself, and new ones.
        let both = Evaluation::compared([known, now], self.foretold.as_ref(), fresh);
        both.map_or_else(MetricsBeside::default, |both| {
            MetricsBeside::of(both.each_ref(), scales)
        })
    }
}

/// The metrics of two models on the same rows.
#[derive(Debug, Default)]
pub(super) struct MetricsBeside {
    pub(super) before: Option<Metrics>,
    pub(super) after: Option<Metrics>,
    /// By how much the first metric of the task is above that before, with its interval.
    pub(super) change: Option<MeanInterval>,
}

impl MetricsBeside {
    fn of(both: [&Evaluation; 2], scales: [&TargetScale; 2]) -> MetricsBeside {
        let [before, after] = both;
        MetricsBeside {
            before: Some(before.metrics(scales[0])),
            after: Some(after.metrics(scales[1])),
            change: change_between(both, scales),
        }
    }
}

/// How a model has learned from new rows.
pub(super) enum HowLearned {
    /// It was fitted anew.
    Refitted,
    /// It was continued. What it says without the new rows, with as many trees; `None` if
    /// it grows no trees.
    Continued(Option<Box<Said>>),
    /// There was nothing to learn from.
    Nothing,
}

impl Campaign {
    /// What the model says once it has grown as an update lets it grow, but on the rows
    /// `old` that it knows.
    pub(super) fn grown(
        &mut self,
        old: &Labelled,
        new: &Observed,
        how: Continuation,
        seed: Seed,
    ) -> Result<Option<Said>, Fault> {
        let stopped_early = self.options.recipe.learner == "auto";
        if stopped_early && old.n_rows() > GROWTH_TOLD {
            return Ok(None);
        }
        let Some(mut grown) = self.fitted.grown(old, how, seed, &Silent)? else {
            return Ok(None);
        };
        self.fitted.exchange(&mut grown);
        let said = self.said(new);
        self.fitted.exchange(&mut grown);
        Ok(Some(said))
    }

    /// What the model says of the rows that tell how good it is, and of new ones.
    pub(super) fn said(&self, new: &Observed) -> Said {
        Said {
            known: self.evaluation(self.options.recipe.coverage),
            foretold: self.foretold(new),
        }
    }

    /// How many of the new rows are of no configuration that was measured before.
    pub(super) fn unknown(&self, new: &Observed) -> usize {
        let known = fresh_rows(&self.rows);
        fresh_rows(new).difference(&known).count()
    }

    /// That fewer of the new rows lay within their intervals, before they were learned
    /// from, than chance makes of it.
    pub(super) fn too_few_covered(&self, foretold: Option<&Metrics>) -> Option<String> {
        let (foretold, stated) = (foretold?, self.options.recipe.coverage);
        let (covered, rows) = (foretold.coverage?, foretold.rows?);
        covers_too_few(covered, rows, stated).then(|| {
            format!(
                "intervals stated to cover {} % of measurements covered {} of the {rows} new ones ({} %), too few to be chance: for rows like these they are too narrow",
                rounded(100.0 * stated, 3),
                (covered * rows as f64).round(),
                rounded(100.0 * covered, 3),
            )
        })
    }

    /// That new rows are learned from whatever was held out by a column: rows above a value
    /// are all that come, and which values older models held out is not known of new rows.
    pub(super) fn held_out_by_column(&self) -> Option<Message> {
        let by = self.options.holdout_by.as_ref();
        let by = by.filter(|_| self.options.held_out.is_empty());
        let by = by.or(self.options.eval_after.as_ref().map(|(column, _)| column))?;
        let held_out = !self.rows.with(&[Role::Evaluation]).is_empty();
        held_out.then(|| {
            Message::from(format!(
                "evaluation rows were held out by the column '{by}', and new rows of these values are learned from: the error on evaluation rows may fall by that alone; give "
            ))
            .setting(setting::EVAL.given())
            .text(" to evaluate on other rows")
        })
    }
}

/// By how much the error falls from `before` to `after`, as a share.
pub(super) fn growth_of(before: &Metrics, after: &Metrics) -> Option<f64> {
    let error = |of: &Metrics| of.rmse_log.or(of.rmse).or(of.log_loss);
    let fall = 1.0 - error(after)? / error(before)?;
    fall.is_finite().then_some(fall)
}

/// The rows that can be learned from, as they are told apart where models are judged.
pub(super) fn fresh_rows(new: &Observed) -> HashSet<Key> {
    let learned = new.learned().into_iter();
    learned.map(|row| judged_as(new, row)).collect()
}
