//! How long measuring a row takes: from a column, or as the model expects.

use al_core::{Fault, Message, Posterior, Table, Tabular, Task, posterior, setting};
use al_hw::TimeUnit;

use crate::options::SelectOptions;

/// Where times come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TimeSource {
    /// A column, and for rows without it a model of costs that has its name.
    Column(String),
    /// What the model predicts.
    Target,
}

/// The units that a time is likely to have, in words.
const UNITS: &str = "ms, s, min or h";

/// Where times come from, and their unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Timing {
    pub(crate) source: TimeSource,
    pub(crate) unit: TimeUnit,
}

/// The column with costs: the one named, or with money to spend the model's.
pub(crate) fn cost(belief: &dyn Tabular, options: &SelectOptions) -> Option<String> {
    let spends = options.budget.is_some() || options.total_budget.is_some();
    let known = belief.columns().cost.filter(|_| spends);
    options.cost.clone().or(known.map(str::to_owned))
}

/// Whether a model predicts a number.
fn predicts_number(belief: &dyn Tabular) -> bool {
    belief.is_informed() && belief.task() == Task::Regression
}

/// The unit of the model's target, if that is a time: by its name, or because
/// a unit is given and no column that it would be of. A rate is none.
pub(crate) fn of_target(belief: &dyn Tabular, options: &SelectOptions) -> Option<TimeUnit> {
    let target = belief.columns().target;
    if !predicts_number(belief) || TimeUnit::is_rate(target) {
        return None;
    }
    let given = options.time_unit.filter(|_| options.duration.is_none());
    given.or_else(|| TimeUnit::of_column(target))
}

impl Timing {
    /// From the column named for it, else the one with costs, if its name says
    /// that they are times, else what the model predicts, if that is one.
    pub(crate) fn new(belief: &dyn Tabular, options: &SelectOptions) -> Result<Timing, Fault> {
        let column = |name: &str, unit| Timing {
            source: TimeSource::Column(name.to_owned()),
            unit,
        };
        if let Some(name) = &options.duration {
            if TimeUnit::is_rate(name) {
                let needs =
                    Message::from(setting::DURATION).text(" needs the column with the time");
                return Err(rate(name).remedy(needs));
            }
            let unit = options.time_unit.or_else(|| TimeUnit::of_column(name));
            return Ok(column(name, unit.ok_or_else(|| units_missing(name))?));
        }
        let cost = options.cost.as_deref().or(belief.columns().cost);
        // A unit that is given makes no time of what may be money.
        let timed = cost.and_then(|name| Some((name, TimeUnit::of_column(name)?)));
        if let Some((name, unit)) = timed {
            return Ok(column(name, options.time_unit.unwrap_or(unit)));
        }
        if let Some(unit) = of_target(belief, options) {
            return Ok(Timing {
                source: TimeSource::Target,
                unit,
            });
        }
        let target = predicts_number(belief).then_some(belief.columns().target);
        Err(match (target, cost) {
            (Some(target), _) if TimeUnit::is_rate(target) => rate(target).remedy(name_time()),
            (Some(target), _) => Fault::usage("units missing: nothing says how long a row takes")
                .remedy(
                    Message::from(format!(
                        "if the model's '{target}' is a time, say in which unit with "
                    ))
                    .setting(setting::TIME_UNIT)
                    .text(format!(" ({UNITS}); else "))
                    .followed_by(name_time()),
                ),
            (None, Some(name)) => Fault::usage(format!(
                "units missing: the cost '{name}' does not say that it is a time"
            ))
            .remedy(name_time()),
            (None, None) => Fault::usage("nothing says how long a row takes").remedy(
                Message::from("name the column with the time: ")
                    .setting(setting::DURATION.given())
                    .text(", or ")
                    .setting(setting::COST.given())
                    .text(" if that is a time"),
            ),
        })
    }

    /// Where times come from, in words.
    pub(crate) fn told(&self, belief: &dyn Tabular) -> String {
        let unit = self.unit.name();
        match &self.source {
            TimeSource::Column(name) => format!("a row takes as long as '{name}' says, in {unit}"),
            TimeSource::Target => {
                let target = belief.columns().target;
                format!("a row takes as long as the model expects of '{target}', in {unit}")
            }
        }
    }

    /// The seconds that the model expects of each row of `table`; `None` if it
    /// expects nothing.
    pub(crate) fn expected(
        &self,
        belief: &dyn Tabular,
        table: &Table,
    ) -> Result<Option<Vec<f64>>, Fault> {
        let values = match &self.source {
            TimeSource::Target => Some(predicted(belief, table)),
            TimeSource::Column(name) if belief.columns().cost == Some(name.as_str()) => {
                belief.cost()?.map(|model| model.of(table))
            }
            TimeSource::Column(_) => None,
        };
        let per = self.unit.seconds();
        Ok(values.map(|values| values.iter().map(|value| value * per).collect()))
    }
}

/// What is no rate, and has no unit.
fn units_missing(name: &str) -> Fault {
    Fault::usage(format!(
        "units missing: nothing says in which unit '{name}' is"
    ))
    .remedy(
        Message::from("give ")
            .setting(setting::TIME_UNIT)
            .text(format!(
                " ({UNITS}), or call the column by its unit, as in {name}_s"
            )),
    )
}

/// A rate where a time is needed.
fn rate(name: &str) -> Fault {
    Fault::usage(format!("'{name}' reads as a rate, not as a time"))
}

/// How to say how long a row takes.
fn name_time() -> Message {
    Message::from("name the column with the time: ")
        .setting(setting::DURATION.given())
        .text(", with ")
        .setting(setting::TIME_UNIT)
        .text(" if its name has no unit")
}

/// What the model predicts of each row of `table`, in the target's unit: a time,
/// so not below the shortest that was measured.
pub(crate) fn predicted(belief: &dyn Tabular, table: &Table) -> Vec<f64> {
    let x = belief.encoder().encode(table).expect("encoded before");
    let Posterior::Values { draws, .. } = belief.posterior(&x) else {
        unreachable!("a time is no class");
    };
    let measured = belief.observed().values().iter().copied();
    let least = measured.filter(|&value| value > 0.0).reduce(f64::min);
    let least = least.unwrap_or(f64::MIN_POSITIVE);
    let means = posterior::mean(&draws).into_iter();
    let scale = belief.scale();
    means.map(|mean| scale.unit(mean).max(least)).collect()
}
