//! Whether a batch is worth it, and why there is none.

use al_core::{Message, Tabular, setting, stop};
use al_sampling::Selection;
use al_words::numbers::short;
use ndarray::Axis;

use crate::constrain::{Fleet, unavailable};
use crate::options::SelectOptions;
use crate::read::{Block, Candidates, Lists};
use crate::weigh::left_to_spend;

/// Why there is no batch where nothing was read.
pub(crate) const NO_CANDIDATES: &str = "there are no candidates: no row was read";

/// Rows over which the gain of a batch is expected.
pub const REFERENCE: usize = 2000;

/// Labels below which no campaign is stopped: members that have seen little
/// agree on little more than the mean.
const FEW: usize = 32;

/// Batches that must have told what they brought before their record stops a campaign.
const ENOUGH_BATCHES: usize = 3;

/// By how much forecasts err in the mean: a batch is not worth it where it is expected to
/// bring less than the threshold by this factor. Without it, one rest in three was too early
/// (docs/MEASUREMENTS.md).
const CLEARLY: f64 = 1.5;

/// The relative fall of the error that measuring a batch brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchGain {
    /// What earlier batches let expect, 0 to 1.
    pub expected: f64,
    /// What it can bring at most, by what its members do not agree about, 0 to 1.
    pub largest: f64,
}

/// What a batch may bring.
pub(crate) struct Outlook {
    /// What measuring it may bring; `None` without a model.
    pub(crate) gain: Option<BatchGain>,
    /// Why it is not worth it, if it is not.
    pub(crate) stopped: Option<Message>,
}

impl Outlook {
    /// That of the picks of `selection`, of which outcomes vary by `noise`. Where there are
    /// several models, what is said names the target: `named`.
    pub(crate) fn of(
        belief: &dyn Tabular,
        candidates: &Candidates,
        sample: &Block,
        selection: &Selection,
        noise: f32,
        options: &SelectOptions,
        named: bool,
    ) -> Outlook {
        let rows: Vec<usize> = selection.picks.iter().map(|pick| pick.row).collect();
        let informed = belief.is_informed();
        let gain = informed.then(|| {
            let largest = largest_gain(belief, candidates, sample, &rows, noise);
            let labels = belief.observed().learned().len();
            BatchGain {
                expected: belief.track_record().forecast(largest, labels, rows.len()),
                largest,
            }
        });
        let stopped = match gain {
            Some(gain) if !rows.is_empty() => {
                let target = named.then(|| belief.columns().target);
                stops(belief, gain, options.min_gain, target)
            }
            _ => None,
        };
        Outlook { gain, stopped }
    }
}

/// The relative fall of the error that measuring the rows `batch` can bring at most.
fn largest_gain(
    belief: &dyn Tabular,
    candidates: &Candidates,
    sample: &Block,
    batch: &[usize],
    noise: f32,
) -> f64 {
    let few: Vec<usize> = (0..sample.keys.len().min(REFERENCE)).collect();
    let unit = belief.scale().variance_unit();
    stop::expected(
        sample.features.select(Axis(0), &few).view(),
        candidates.features.select(Axis(0), batch).view(),
        f64::from(noise),
        belief.squared_error() / unit,
    )
}

/// What a batch may bring, in a sentence, of the target named or the one there is.
pub(crate) fn gain_sentence(gain: BatchGain, target: Option<&str>) -> String {
    let percent = |share: f64| short((1000.0 * share).round() / 10.0);
    let of = target.map_or_else(String::new, |target| format!(" of {target}"));
    match gain.largest < 0.95 {
        true => format!(
            "expected error reduction{of}: about {} %, at most {} %",
            percent(gain.expected),
            percent(gain.largest)
        ),
        // Of few labels and a model that is far out.
        false => {
            format!("expected error reduction{of}: not known yet, and it may be most of the error")
        }
    }
}

/// Why a batch of this gain is not worth it, if it is not: it cannot bring `least`, or is
/// expected to bring clearly less by what earlier batches brought, and the last update did not
/// bring it.
fn stops(
    belief: &dyn Tabular,
    gain: BatchGain,
    least: Option<f64>,
    target: Option<&str>,
) -> Option<Message> {
    let least = least?;
    let moved = belief.moved();
    let known = belief.track_record().batches >= ENOUGH_BATCHES;
    let enough = belief.observed().learned().len() >= FEW;
    let is_worth = gain.largest >= least && (!known || CLEARLY * gain.expected >= least);
    if !enough || is_worth || moved.is_some_and(|moved| moved >= least) {
        return None;
    }
    let last = match moved {
        None => "there has been no update yet".to_owned(),
        Some(moved) => format!(
            "the last update changed the predictions by as much as an error reduction of {:.1} %",
            100.0 * moved
        ),
    };
    let expected = match gain.largest < least {
        true => format!("is at most {:.1} %", 100.0 * gain.largest),
        false => format!("is about {:.1} %", 100.0 * gain.expected),
    };
    let of = target.map_or_else(String::new, |target| format!(" of {target}"));
    let compared = format!(
        "no batch selected: its expected error reduction{of} {expected}, below the {} % of ",
        short(100.0 * least),
    );
    Some(
        Message::from(compared)
            .setting(setting::MIN_GAIN)
            .text(format!("; {last}")),
    )
}

/// Why there is no row in the batch.
pub(crate) fn why_empty(
    belief: &dyn Tabular,
    candidates: &Candidates,
    lists: &Lists,
    selection: &Selection,
    outlook: &Outlook,
    fleet: Option<&Fleet<'_>>,
    options: &SelectOptions,
) -> Message {
    let hosts = fleet.filter(|_| outlook.stopped.is_none());
    if let Some(why) = hosts.and_then(|fleet| fleet.why_empty(candidates, lists, selection)) {
        return why;
    }
    if candidates.seen == 0 {
        return NO_CANDIDATES.into();
    }
    if let Some(stopped) = &outlook.stopped {
        return stopped.clone();
    }
    match (left_to_spend(belief, options), options.total_budget) {
        (Some(left), Some(total)) if left <= 0.0 => Message::from(format!(
            "the budget of {} is spent: measurements have cost {}",
            short(total),
            short(belief.spent())
        )),
        (Some(left), _) if selection.available > 0 => {
            let candidate = Message::from("no candidate");
            let candidate = match options.stream {
                Some(_) => candidate
                    .text(" that ")
                    .setting(setting::STREAM)
                    .text(" kept"),
                None => candidate,
            };
            let left = short(left);
            candidate.text(format!(" costs as little as the {left} there is to spend"))
        }
        _ if selection.unavailable > 0 => Message::from("no candidate is left: ")
            .followed_by(unavailable(selection.unavailable, options)),
        _ => "no candidate is left: all are measured, pending or excluded".into(),
    }
}
