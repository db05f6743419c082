//! What makes a candidate more or less wanted than what it would teach: what
//! it costs, whether its hardware can be had, and whether it works at all.

use al_core::{DataError, Fault, Message, RowPredictor, Table, Tabular, encoder, setting};
use al_tables::{Frame, Input};

use super::SelectOptions;
use super::availability::Availability;
use super::timing::{self, Source, Timing};
use crate::results::check_columns;

/// Per candidate its costs, how available it is, and its probability of
/// working.
#[derive(Debug, Clone, Default)]
pub(crate) struct Factors {
    /// What measuring it costs; none without a cost.
    pub cost: Vec<f64>,
    /// Per column of `cost_weights` its values.
    pub weighed: Vec<Vec<f64>>,
    /// Whether any of the costs is what the model expects.
    pub expected: bool,
    /// How long measuring it takes, in seconds; none where that is not asked.
    pub seconds: Vec<f64>,
    /// How available its hardware is; none where that is not asked.
    pub available: Vec<f64>,
    /// Probability that it works; none where no failure is known.
    pub feasible: Vec<f64>,
}

impl Factors {
    pub(super) fn take(&self, rows: &[usize]) -> Factors {
        let pick = |values: &[f64]| match values {
            [] => Vec::new(),
            values => rows.iter().map(|&row| values[row]).collect(),
        };
        Factors {
            cost: pick(&self.cost),
            weighed: self.weighed.iter().map(|column| pick(column)).collect(),
            expected: self.expected,
            seconds: pick(&self.seconds),
            available: pick(&self.available),
            feasible: pick(&self.feasible),
        }
    }

    pub(super) fn stack(parts: Vec<Factors>) -> Factors {
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_default();
        for part in parts {
            all.cost.extend(part.cost);
            all.seconds.extend(part.seconds);
            all.available.extend(part.available);
            all.feasible.extend(part.feasible);
            all.expected |= part.expected;
            for (all, part) in all.weighed.iter_mut().zip(part.weighed) {
                all.extend(part);
            }
        }
        all
    }

    /// The weights of `n` candidates, p · w, where w is that of
    /// [`Factors::wanted`] and p the probability of working, 0 below `least`;
    /// `None` if all are 1.
    pub(crate) fn weights(
        &self,
        n: usize,
        cost_weights: &[(String, f64)],
        cooling: f64,
        least: f64,
    ) -> Option<Vec<f32>> {
        let wanted = self.wanted(n, cost_weights, cooling);
        if self.feasible.is_empty() && wanted.is_none() {
            return None;
        }
        let mut weights = wanted.unwrap_or_else(|| vec![1.0; n]);
        for (weight, &feasible) in weights.iter_mut().zip(&self.feasible) {
            *weight *= if feasible < least { 0.0 } else { feasible };
        }
        // A weight that is too small for its type would exclude the row.
        let single = |weight: f64| {
            if weight == 0.0 {
                0.0
            } else {
                (weight as f32).clamp(f32::MIN_POSITIVE, f32::MAX)
            }
        };
        Some(weights.into_iter().map(single).collect())
    }

    /// How wanted each of `n` candidates is whatever it would teach,
    /// availability · (c / median c)^−a, where a is `cooling` and c the cost, or
    /// Σ weightⱼ · costⱼ / median costⱼ over the columns of `cost_weights`;
    /// `None` if all are 1.
    pub(crate) fn wanted(
        &self,
        n: usize,
        cost_weights: &[(String, f64)],
        cooling: f64,
    ) -> Option<Vec<f64>> {
        let mut wanted = match self.thrift(n, cost_weights, cooling) {
            Some(wanted) => wanted,
            None if self.available.is_empty() => return None,
            None => vec![1.0; n],
        };
        for (wanted, available) in wanted.iter_mut().zip(&self.available) {
            *wanted *= available;
        }
        Some(wanted)
    }

    /// How much each of `n` candidates is wanted for what it costs,
    /// (c / median c)^−a as in [`Factors::wanted`]; `None` if all are 1.
    fn thrift(&self, n: usize, cost_weights: &[(String, f64)], cooling: f64) -> Option<Vec<f64>> {
        let costs = self.joint_cost(n, cost_weights).filter(|_| cooling > 0.0)?;
        let typical = median(&costs);
        let factor = |cost: &f64| (cost / typical).powf(-cooling);
        Some(costs.iter().map(factor).collect())
    }

    /// What each of `n` candidates costs: its cost, or of `cost_weights` alone
    /// c / median c as in [`Factors::wanted`].
    pub(super) fn costs(&self, n: usize, cost_weights: &[(String, f64)]) -> Vec<f64> {
        if !self.cost.is_empty() {
            return self.cost.clone();
        }
        let joint = self.joint_cost(n, cost_weights).unwrap_or_default();
        let typical = median(&joint);
        joint.into_iter().map(|cost| cost / typical).collect()
    }

    fn joint_cost(&self, n: usize, cost_weights: &[(String, f64)]) -> Option<Vec<f64>> {
        if cost_weights.is_empty() {
            return (!self.cost.is_empty()).then(|| self.cost.clone());
        }
        let mut joint = vec![0.0; n];
        for ((_, weight), costs) in cost_weights.iter().zip(&self.weighed) {
            let typical = median(costs);
            for (joint, cost) in joint.iter_mut().zip(costs) {
                *joint += weight * cost / typical;
            }
        }
        Some(joint)
    }
}

/// The middle value; 1 of none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    if sorted.is_empty() {
        return 1.0;
    }
    al_core::uncertainty::percentile(&sorted, 0.5)
}

/// Where a cost comes from.
enum Cost<'a> {
    /// A column of the candidates.
    Column(Column<'a>),
    /// What the measured rows cost tells it.
    Learned(&'a dyn RowPredictor),
    /// What the model predicts is a time, and time is what it costs.
    Target,
}

/// A column with what rows cost.
struct Column<'a> {
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
                (true, learned) => Ok(Cost::Column(Column {
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
                    (Source::Column(name), _) if Some(&name) == named.as_ref() => Time::Cost,
                    (Source::Target, Some(Cost::Target)) => Time::Cost,
                    (Source::Column(name), _) => Time::Other(Box::new(find(&name, "duration")?)),
                    (Source::Target, _) => Time::Other(Box::new(Cost::Target)),
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
    let Column {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_feasibility_over_relative_cost() {
        let factors = Factors {
            cost: vec![1.0, 2.0, 4.0, 8.0, 2.0],
            feasible: vec![1.0, 0.5, 1.0, 1.0, 0.01],
            ..Factors::default()
        };
        let weights = factors.weights(5, &[], 1.0, 0.05).unwrap();
        assert_eq!(weights, [2.0, 0.5, 0.5, 0.25, 0.0]);
        let half = factors.weights(5, &[], 0.5, 0.0).unwrap();
        assert!((half[3] - 0.5).abs() < 1e-6, "√(2/8)");
        assert!((half[4] - 0.01).abs() < 1e-6);
        // Without failures and with exponent 0 nothing is weighed.
        let plain = Factors {
            feasible: Vec::new(),
            ..factors
        };
        assert_eq!(plain.weights(5, &[], 0.0, 0.05), None);
    }

    #[test]
    fn several_costs_count_relative_to_their_medians() {
        let factors = Factors {
            weighed: vec![vec![1.0, 2.0, 3.0], vec![100.0, 100.0, 400.0]],
            ..Factors::default()
        };
        let named = [("time".to_owned(), 0.6), ("memory".to_owned(), 0.4)];
        // c = 0.6 · time/2 + 0.4 · memory/100 = 0.7, 1.0, 2.5; median 1.
        for (found, expected) in factors.costs(3, &named).iter().zip([0.7, 1.0, 2.5]) {
            assert!((found - expected).abs() < 1e-12);
        }
        let weights = factors.weights(3, &named, 1.0, 0.05).unwrap();
        for (found, expected) in weights.iter().zip([1.0 / 0.7, 1.0, 0.4]) {
            assert!((found - expected as f32).abs() < 1e-6);
        }
    }

    #[test]
    fn availability_multiplies_and_excludes() {
        let factors = Factors {
            cost: vec![1.0, 2.0, 4.0],
            available: vec![0.5, 0.0, 1.0],
            feasible: vec![1.0, 1.0, 0.5],
            ..Factors::default()
        };
        assert_eq!(factors.wanted(3, &[], 1.0).unwrap(), [1.0, 0.0, 0.5]);
        assert_eq!(factors.weights(3, &[], 1.0, 0.0).unwrap(), [1.0, 0.0, 0.25]);
        let alone = Factors {
            cost: Vec::new(),
            feasible: Vec::new(),
            ..factors
        };
        assert_eq!(alone.weights(3, &[], 1.0, 0.0).unwrap(), [0.5, 0.0, 1.0]);
        assert_eq!(Factors::default().wanted(3, &[], 1.0), None);
    }

    #[test]
    fn parts_are_taken_and_stacked() {
        let factors = |from: f64| Factors {
            cost: vec![from, from + 1.0],
            weighed: vec![vec![from; 2]],
            available: vec![from / 10.0, 1.0],
            feasible: vec![0.5, 1.0],
            ..Factors::default()
        };
        let all = Factors::stack(vec![factors(1.0), factors(5.0)]);
        assert_eq!(all.cost, [1.0, 2.0, 5.0, 6.0]);
        let some = all.take(&[3, 0]);
        assert_eq!((some.cost, some.feasible), (vec![6.0, 1.0], vec![1.0, 0.5]));
        assert_eq!(some.weighed, [[5.0, 1.0]]);
        assert_eq!(some.available, [1.0, 0.1]);
    }
}
