//! Finds what makes candidates more or less wanted: from their columns, or as
//! far as the measured rows tell it.

use al_core::{DataError, Fault, Message, RowPredictor, Table, Tabular, encoder, setting};
use al_tables::{Frame, Input, check_columns};

use super::factors::Factors;
use super::timing::{self, TimeSource, Timing};
use crate::options::{Availability, SelectOptions};

/// Where a cost comes from.
enum Cost<'a> {
    /// A column of the candidates.
    Column(CostColumn<'a>),
    /// What the measured rows cost tells it.
    Learned(&'a dyn RowPredictor),
    /// What the model predicts is a time, and time is what it costs.
    Target,
}

/// A column with what rows cost.
struct CostColumn<'a> {
    name: String,
    /// What is in it, as messages call it.
    what: &'static str,
    /// The model for rows that have none.
    learned: Option<&'a dyn RowPredictor>,
}

/// Where the time that a row takes comes from.
enum Time<'a> {
    /// It is the cost.
    Cost,
    Other(Box<Cost<'a>>),
}

/// Finds the factors of candidates.
pub(crate) struct Weigher<'a> {
    belief: &'a dyn Tabular,
    feasibility: Option<&'a dyn RowPredictor>,
    cost: Option<Cost<'a>>,
    weighed: Vec<Cost<'a>>,
    /// With it what a unit is in seconds.
    time: Option<(Time<'a>, f64)>,
    availability: Option<Availability>,
}

impl<'a> Weigher<'a> {
    /// By the columns that `options` name, or what the model has learned of
    /// them.
    pub(crate) fn new(
        belief: &'a dyn Tabular,
        input: &Input,
        options: &SelectOptions,
    ) -> Result<Weigher<'a>, Fault> {
        let find = |name: &str, what: &'static str| -> Result<Cost<'a>, Fault> {
            let known = input.names().iter().any(|known| known == name);
            let learned = match belief.columns().cost {
                Some(cost) if cost == name => belief.cost()?,
                _ => None,
            };
            match (known, learned) {
                (true, learned) => Ok(Cost::Column(CostColumn {
                    name: name.to_owned(),
                    what,
                    learned,
                })),
                (false, Some(learned)) => Ok(Cost::Learned(learned)),
                (false, None) => {
                    let fault = check_columns(input, std::iter::once(name))
                        .expect_err("the column is not there");
                    let predicted = Message::from(format!(
                        "a {what} that the candidates lack is predicted by a model trained with "
                    ))
                    .setting(setting::COST.to(name));
                    Err(fault.and_remedy(predicted))
                }
            }
        };
        let unsound = |&&(_, weight): &&(String, f64)| !(weight.is_finite() && weight > 0.0);
        if let Some((name, weight)) = options.cost_weights.iter().find(unsound) {
            return Err(Fault::usage(format!("the cost '{name}' counts {weight}"))
                .remedy("it must be a number above 0"));
        }
        let mut names = options
            .cost_weights
            .iter()
            .map(|(name, _)| name)
            .enumerate();
        if let Some((_, name)) = names.find(|&(at, name)| {
            let earlier = &options.cost_weights[..at];
            earlier.iter().any(|(earlier, _)| earlier == name)
        }) {
            let problem =
                Message::from(setting::COST_WEIGHTS).text(format!(" names '{name}' twice"));
            return Err(Fault::usage(problem).remedy("name each column once"));
        }
        if let Some(availability) = &options.availability {
            availability.check(input)?;
        }
        let spends = options.budget.is_some() || options.total_budget.is_some();
        let named = timing::cost(belief, options);
        let cost = match &named {
            Some(name) => Some(find(name, "cost")?),
            None if spends && timing::of_target(belief, options).is_some() => Some(Cost::Target),
            None if spends => {
                return Err(Fault::usage("a budget needs to know what a row costs")
                    .remedy(Message::from("give ").setting(setting::COST.given())));
            }
            None => None,
        };
        let time = match &options.capacity {
            None => None,
            Some(_) => {
                let Timing { source, unit } = Timing::new(belief, options)?;
                let time = match (source, &cost) {
                    (TimeSource::Column(name), _) if Some(&name) == named.as_ref() => Time::Cost,
                    (TimeSource::Target, Some(Cost::Target)) => Time::Cost,
                    (TimeSource::Column(name), _) => {
                        Time::Other(Box::new(find(&name, "duration")?))
                    }
                    (TimeSource::Target, _) => Time::Other(Box::new(Cost::Target)),
                };
                Some((time, unit.seconds()))
            }
        };
        Ok(Weigher {
            belief,
            feasibility: belief.feasibility()?,
            cost,
            time,
            weighed: options
                .cost_weights
                .iter()
                .map(|(name, _)| find(name, "cost"))
                .collect::<Result<_, Fault>>()?,
            availability: options.availability.clone(),
        })
    }

    /// The factors of the rows of `frame`, whose features are `table` and
    /// whose first row is the table's row `first`.
    pub(crate) fn factors(
        &self,
        input: &Input,
        frame: &Frame,
        table: &Table,
        first: usize,
    ) -> Result<Factors, Fault> {
        let mut factors = self.costs(input, frame, table, first)?;
        if let Some(feasibility) = self.feasibility {
            factors.feasible = feasibility.of(table);
        }
        Ok(factors)
    }

    fn costs(
        &self,
        input: &Input,
        frame: &Frame,
        features: &Table,
        first: usize,
    ) -> Result<Factors, Fault> {
        let mut expected = false;
        let mut of = |cost: &Cost<'a>| -> Result<Vec<f64>, Fault> {
            let (values, predicted) = costs(self.belief, cost, input, frame, features, first)?;
            expected |= predicted;
            Ok(values)
        };
        let cost = self.cost.as_ref().map_or(Ok(Vec::new()), &mut of)?;
        let weighed = self.weighed.iter().map(of).collect::<Result<_, _>>()?;
        let seconds = match &self.time {
            None => Vec::new(),
            Some((time, unit)) => {
                let time = match time {
                    Time::Cost => cost.clone(),
                    Time::Other(time) => costs(self.belief, time, input, frame, features, first)?.0,
                };
                time.into_iter().map(|time| time * unit).collect()
            }
        };
        Ok(Factors {
            cost,
            weighed,
            expected,
            seconds,
            available: self.available(frame)?,
            feasible: Vec::new(),
        })
    }

    fn available(&self, frame: &Frame) -> Result<Vec<f64>, Fault> {
        let known = self.availability.as_ref();
        known.map_or(Ok(Vec::new()), |availability| availability.of(frame))
    }
}

/// What the rows cost, and whether any of it is what the model expects.
fn costs(
    belief: &dyn Tabular,
    cost: &Cost<'_>,
    input: &Input,
    frame: &Frame,
    features: &Table,
    first: usize,
) -> Result<(Vec<f64>, bool), Fault> {
    let column = match cost {
        Cost::Learned(model) => return Ok((model.of(features), true)),
        Cost::Target => return Ok((timing::predicted(belief, features), true)),
        Cost::Column(column) => column,
    };
    let CostColumn {
        name,
        what,
        learned,
    } = column;
    let table = frame.table(Some(&[name]))?;
    let mut values = encoder::numbers(&table, name)
        .map_err(|error: DataError| input.fault(&error.shifted(first)))?
        .values
        .clone();
    let wrong = |value: &f64| !value.is_nan() && *value <= 0.0;
    if let Some(row) = values.iter().position(wrong) {
        return Err(
            Fault::data(format!("the {what} '{name}' is {}", values[row]))
                .remedy("it must be above 0")
                .at(input.place(first + row)),
        );
    }
    let missing = values.iter().position(|value| value.is_nan());
    if let Some(row) = missing {
        let Some(model) = learned else {
            let remedy = Message::from("fill it in, or train with ")
                .setting(setting::COST.to(name))
                .text(" so that it can be predicted");
            return Err(Fault::data(format!("the {what} '{name}' is missing here"))
                .remedy(remedy)
                .at(input.place(first + row)));
        };
        for (value, predicted) in values.iter_mut().zip(model.of(features)) {
            if value.is_nan() {
                *value = predicted;
            }
        }
    }
    Ok((values, missing.is_some()))
}
