//! From a results table to labelled rows: targets checked, failures told
//! apart, replicates merged.

mod faults;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use al_core::durations::{seconds, unit_seconds};
use al_core::key::to_twelve_digits;
use al_core::notation::{Notation, notation, number_remedy};
use al_core::observed::mean_cost;
use al_core::phrases::counted;
use al_core::spelling::{canonical_text, is_missing};
use al_core::{
    DataError, Encoder, Fault, Key, Schema, Table, Task, TextKind, Texts, encoder, setting,
};
use al_tables::{Input, row_keys};

use crate::groups::{apart, groups};
use crate::options::TrainOptions;
use crate::seen::{Measurement, SeenMeasurements};
use faults::{drop_missing, good_value, no_logarithm, unknown_class};

pub(crate) use faults::ReadingCommand;

/// Measured rows, replicates merged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Results {
    /// The row of the table that each came from first.
    pub source: Vec<usize>,
    /// Identity of each.
    pub keys: Vec<Key>,
    /// The target in its unit, or the class; NaN where the measurement failed.
    pub values: Vec<f64>,
    /// How much each counts: the sum of its replicates' weights.
    pub weights: Vec<f64>,
    /// Measurements merged into each.
    pub counts: Vec<u32>,
    /// Sum of the squared deviations of each row's replicates from their
    /// mean, on the fitted scale.
    pub spreads: Vec<f64>,
    /// All measurements, for which of them come again.
    pub seen: SeenMeasurements,
    /// Rows that were known and left out.
    pub known: usize,
    /// What one measurement of each cost on average; NaN where not known.
    pub costs: Vec<f64>,
    /// The group of each, that of the row which it came from first; 0 without groups.
    pub groups: Vec<u64>,
    /// Sum of what the measurements cost, failed ones included.
    pub cost: Option<f64>,
    /// The stated noise variances on the fitted scale.
    pub stated_noise: StatedNoise,
    /// Rows left out for their missing target.
    pub dropped: usize,
    /// The target of every measurement that worked, replicates one by one.
    pub targets: Vec<f64>,
}

/// The noise that measurements were stated to have.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct StatedNoise {
    /// Sum of the stated variances on the fitted scale.
    pub sum: f64,
    /// Number of measurements that state one.
    pub rows: usize,
}

impl StatedNoise {
    /// Mean variance, if any is stated.
    pub(crate) fn mean(self) -> Option<f64> {
        (self.rows > 0).then(|| self.sum / self.rows as f64)
    }

    pub(crate) fn add(&mut self, other: StatedNoise) {
        self.sum += other.sum;
        self.rows += other.rows;
    }
}

/// A class target: the names of the classes, sorted.
pub type Classes = Vec<String>;

/// Reads the target of `table`: values or class codes, and which task it is.
/// `classes` are those of the model, if there is one.
pub(crate) struct TargetColumn {
    pub task: Task,
    /// Value or class code per row; NaN where missing.
    pub values: Vec<f64>,
    pub classes: Classes,
    /// The unit in which lengths of time were read, if it holds such.
    pub unit: Option<String>,
}

/// A target of lengths of time, and the unit in which its values are: `unit`, else the
/// one that all have, else seconds. `None` if some value is none.
fn times(data: &al_core::ColumnData, unit: Option<&str>) -> Option<(Vec<f64>, String)> {
    let al_core::ColumnData::Text(texts) = data else {
        return None;
    };
    let read = |level: &String| match is_missing(level.trim().as_bytes()) {
        true => Some((f64::NAN, None)),
        // Beside lengths of time in the unit of a model, plain numbers are in it too.
        false => seconds(level).or_else(|| {
            let number: f64 = level.trim().parse().ok()?;
            Some((number * unit_seconds(unit?)?, None))
        }),
    };
    let levels: Vec<(f64, Option<&str>)> = texts.levels.iter().map(read).collect::<Option<_>>()?;
    let mut units: Vec<Option<&str>> = levels
        .iter()
        .filter(|(value, _)| !value.is_nan())
        .map(|(_, unit)| *unit)
        .collect();
    units.sort_unstable();
    units.dedup();
    let common = match units.as_slice() {
        [] => return None,
        [Some(one)] => one,
        _ => "s",
    };
    let unit = unit.unwrap_or(common);
    let length = unit_seconds(unit)?;
    let value = |&code: &u32| match levels.get(code as usize) {
        // Rounded: 5 ms are 5, not 5.000000000000001.
        Some((seconds, _)) => to_twelve_digits(seconds / length),
        None => f64::NAN,
    };
    Some((texts.codes.iter().map(value).collect(), unit.to_owned()))
}

pub(crate) fn read_target(
    input: &Input,
    table: &Table,
    options: &TrainOptions,
    known: Option<&Classes>,
) -> Result<TargetColumn, Fault> {
    let name = options.target.as_str();
    let wrong = |error: &DataError| input.fault(error);
    let data = table.column(name).ok_or_else(|| {
        wrong(&DataError::MissingColumn {
            column: name.to_owned(),
        })
    })?;
    let task = match options.task {
        Some(task) => task,
        None => infer_task(input, name, data)?,
    };
    match task {
        Task::Regression => {
            let times = times(data, options.target_unit.as_deref());
            let (values, unit) = match times {
                Some((values, unit)) => (values, Some(unit)),
                None => {
                    let numbers = encoder::numbers(table, name).map_err(|error| wrong(&error))?;
                    (numbers.into_owned().values, options.target_unit.clone())
                }
            };
            Ok(TargetColumn {
                task,
                values,
                classes: Vec::new(),
                unit,
            })
        }
        Task::Classification => {
            let texts = encoder::texts(table, name).map_err(|error| wrong(&error))?;
            let classes = match known {
                Some(known) => known.clone(),
                None => {
                    let mut levels: Vec<String> = (0..texts.codes.len())
                        .filter_map(|row| texts.get(row))
                        .collect::<std::collections::BTreeSet<_>>()
                        .into_iter()
                        .map(str::to_owned)
                        .collect();
                    levels.sort_unstable();
                    levels
                }
            };
            let codes: HashMap<_, usize> = classes
                .iter()
                .map(|class| canonical_text(class))
                .zip(0..)
                .collect();
            let map: Vec<Option<usize>> = texts
                .levels
                .iter()
                .map(|level| codes.get(level.as_str()).copied())
                .collect();
            let values = texts
                .codes
                .iter()
                .enumerate()
                .map(|(row, &code)| match code {
                    Texts::MISSING => Ok(f64::NAN),
                    code => map[code as usize].map(|class| class as f64).ok_or_else(|| {
                        unknown_class(name, &texts.levels[code as usize], &classes)
                            .at(input.place(row))
                    }),
                })
                .collect::<Result<_, Fault>>()?;
            Ok(TargetColumn {
                task,
                values,
                classes,
                unit: None,
            })
        }
    }
}

fn infer_task(input: &Input, name: &str, data: &al_core::ColumnData) -> Result<Task, Fault> {
    let al_core::ColumnData::Text(texts) = data else {
        return Ok(Task::Regression);
    };
    if texts.kind == TextKind::Text && times(data, None).is_some() {
        return Ok(Task::Regression);
    }
    // Marks such as None say nothing: they may be missing values, or classes.
    let mark = |level: &String| is_missing(level.trim().as_bytes());
    let numeric: Vec<bool> = texts
        .levels
        .iter()
        .map(|level| !mark(level) && notation(level) == Notation::Plain)
        .collect();
    // Numbers in another notation: a class is no number with a decimal comma.
    let written: Vec<bool> = texts
        .levels
        .iter()
        .map(|level| !mark(level) && notation(level) != Notation::Word)
        .collect();
    let present: Vec<(usize, u32)> = texts
        .codes
        .iter()
        .enumerate()
        .filter(|&(_, &code)| code != Texts::MISSING)
        .map(|(row, &code)| (row, code))
        .collect();
    if !present.iter().any(|&(_, code)| written[code as usize]) {
        return Ok(Task::Classification);
    }
    let present: Vec<(usize, u32)> = present
        .into_iter()
        .filter(|&(_, code)| !mark(&texts.levels[code as usize]))
        .collect();
    let first_text = present.iter().find(|&&(_, code)| !numeric[code as usize]);
    let texts_count = present
        .iter()
        .filter(|&&(_, code)| !numeric[code as usize])
        .count();
    let words = present
        .iter()
        .filter(|&&(_, code)| !written[code as usize])
        .count();
    match first_text {
        None if !present.is_empty() => Ok(Task::Regression),
        Some(&(row, code)) if 5 * words < present.len() => {
            let cell = &texts.levels[code as usize];
            let problem = match texts_count == present.len() {
                true => format!(
                    "the target '{name}' holds '{cell}' here, which is not read as a number"
                ),
                false => format!(
                    "the target '{name}' is a number in all but {texts_count} of {}, but holds '{cell}' here",
                    counted(present.len(), "row"),
                ),
            };
            let remedy = number_remedy(cell)
                .text("; or give ")
                .setting(setting::TASK.to("classification"))
                .text(" if these are classes");
            Err(Fault::data(problem).remedy(remedy).at(input.place(row)))
        }
        _ => Ok(Task::Classification),
    }
}

/// That no value of a column is below 0; `what` is in it.
fn not_negative(input: &Input, values: Option<&[f64]>, what: &str) -> Result<(), Fault> {
    let negative = values.and_then(|values| values.iter().position(|&value| value < 0.0));
    match negative {
        Some(row) => Err(Fault::data(format!("the {what} is below 0")).at(input.place(row))),
        None => Ok(()),
    }
}

/// How many rows that did not fail have no target.
///
/// # Errors
///
/// If there are any and the options do not leave them out, and for targets
/// without the logarithm that is asked for.
fn check_targets(
    input: &Input,
    target: &TargetColumn,
    failed: &[bool],
    options: &TrainOptions,
    command: ReadingCommand,
) -> Result<usize, Fault> {
    let mut missing = 0;
    let mut first_missing = None;
    for (row, &value) in target.values.iter().enumerate() {
        if failed[row] {
            continue;
        }
        if value.is_nan() {
            missing += 1;
            first_missing.get_or_insert(row);
        } else if options.log_target && value <= 0.0 {
            return Err(no_logarithm(&options.target, value, command).at(input.place(row)));
        }
    }
    if let Some(row) = first_missing
        && !options.drop_missing_target
    {
        let problem = format!(
            "the target '{}' is missing in {missing} of {}, first here",
            options.target,
            counted(failed.len(), "row")
        );
        return Err(Fault::data(problem)
            .remedy(drop_missing(command))
            .at(input.place(row)));
    }
    Ok(missing)
}

/// The labelled rows of `table`, replicates merged, in the order in which
/// they first stand there.
pub(crate) fn read_results(
    input: &Input,
    table: &Table,
    target: &TargetColumn,
    schema: &Schema,
    options: &TrainOptions,
    command: ReadingCommand,
    known: Option<&SeenMeasurements>,
) -> Result<Results, Fault> {
    let n = table.n_rows();
    let mut known = known.cloned().unwrap_or_default();
    let failed = failed_rows(input, table, options)?;
    let keys = row_keys(input, table, schema, options.id.as_deref())?;
    let numbers = |name: &Option<String>| match name {
        None => Ok(None),
        Some(name) => encoder::numbers(table, name)
            .map(|numbers| Some(numbers.into_owned().values))
            .map_err(|error: DataError| input.fault(&error)),
    };
    let noise = numbers(&options.noise)?;
    let weights = numbers(&options.weights)?;
    let cost = numbers(&options.cost)?;
    not_negative(input, noise.as_deref(), "noise")?;
    not_negative(input, cost.as_deref(), "cost")?;
    let missing = check_targets(input, target, &failed, options, command)?;
    let positive = |values: &Option<Vec<f64>>, row: usize, what: &str| match values {
        None => Ok(1.0),
        Some(values) if values[row] > 0.0 => Ok(values[row]),
        Some(values) => Err(Fault::data(format!("the {what} is {}", values[row]))
            .remedy("it must be a number above 0")
            .at(input.place(row))),
    };

    let mut results = Results {
        cost: cost.as_ref().map(|_| 0.0),
        dropped: missing,
        ..Results::default()
    };
    let apart = apart(input, table, options, command == ReadingCommand::Train)?;
    let mut seen: HashMap<(Key, u64, i64), usize> = HashMap::new();
    for row in 0..n {
        let value = target.values[row];
        let paid = cost.as_ref().map_or(f64::NAN, |cost| cost[row]);
        let measurement = Measurement {
            key: keys[row],
            value: if failed[row] { f64::NAN } else { value },
            cost: paid,
        };
        if failed[row] || !value.is_nan() {
            if known.take(measurement) {
                results.known += 1;
                continue;
            }
            results.seen.add(measurement);
        }
        let counts = failed[row] || !value.is_nan();
        if let (Some(sum), false, true) = (&mut results.cost, paid.is_nan(), counts) {
            *sum += paid;
        }
        if failed[row] {
            if let Entry::Vacant(new) = seen.entry((keys[row], apart[row], i64::MIN)) {
                new.insert(results.keys.len());
                results.push(row, keys[row], f64::NAN, 1.0, paid);
            }
            continue;
        }
        if value.is_nan() {
            continue;
        }
        results.targets.push(value);
        let weight = positive(&weights, row, "weight")?;
        if let Some(noise) = &noise
            && !noise[row].is_nan()
        {
            let relative = if options.log_target { value } else { 1.0 };
            results.stated_noise.sum += (noise[row] / relative).powi(2);
            results.stated_noise.rows += 1;
        }
        // Classes are not averaged: each class of a row keeps its weight.
        let class = match target.task {
            Task::Regression => 0,
            Task::Classification => value as i64 + 1,
        };
        match seen.get(&(keys[row], apart[row], class)) {
            Some(&at) => results.merge(at, value, weight, paid, options),
            None => {
                seen.insert((keys[row], apart[row], class), results.keys.len());
                results.push(row, keys[row], value, weight, paid);
            }
        }
    }
    results.groups = groups(input, table, &results.source, options)?;
    Ok(results)
}

impl Results {
    fn push(&mut self, row: usize, key: Key, value: f64, weight: f64, cost: f64) {
        self.source.push(row);
        self.keys.push(key);
        self.values.push(value);
        self.weights.push(weight);
        self.counts.push(1);
        self.spreads.push(0.0);
        self.costs.push(cost);
    }

    /// Adds a replicate to row `at`: the running weighted mean on the fitted
    /// scale and the sum of squares around it (Welford 1962).
    fn merge(&mut self, at: usize, value: f64, weight: f64, cost: f64, options: &TrainOptions) {
        let count = f64::from(self.counts[at]);
        self.costs[at] = mean_cost((self.costs[at], count), (cost, 1.0));
        self.counts[at] += 1;
        let total = self.weights[at] + weight;
        let mean = options.fitted(self.values[at]);
        let difference = options.fitted(value) - mean;
        if difference != 0.0 {
            let moved = mean + difference * weight / total;
            self.spreads[at] += difference * (options.fitted(value) - moved);
            self.values[at] = options.unit(moved);
        }
        self.weights[at] = total;
    }

    /// Rows whose measurement worked.
    pub(crate) fn worked(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.keys.len()).filter(|&row| !self.values[row].is_nan())
    }
}

/// That some row is marked as a good measurement: if none is, the marking is
/// more likely wrong than the measurements.
pub(crate) fn check_status(
    input: &Input,
    table: &Table,
    results: &Results,
    options: &TrainOptions,
) -> Result<(), Fault> {
    let Some((column, ok)) = &options.status else {
        return Ok(());
    };
    if results.worked().next().is_none() {
        let texts = encoder::texts(table, column).map_err(|error| input.fault(&error))?;
        let found: std::collections::BTreeSet<&str> =
            texts.levels.iter().map(String::as_str).collect();
        let found: Vec<&str> = found.into_iter().collect();
        return Err(Fault::data(format!("no row has {column} = '{ok}'"))
            .remedy(good_value(ok, &found))
            .at(input.name()));
    }
    Ok(())
}

fn failed_rows(input: &Input, table: &Table, options: &TrainOptions) -> Result<Vec<bool>, Fault> {
    let Some((column, ok)) = &options.status else {
        return Ok(vec![false; table.n_rows()]);
    };
    let ok = canonical_text(ok);
    let texts = encoder::texts(table, column).map_err(|error| input.fault(&error))?;
    let failed: Vec<bool> = (0..table.n_rows())
        .map(|row| texts.get(row) != Some(&*ok))
        .collect();
    Ok(failed)
}

/// The encoder of the features of `table`.
pub(crate) fn fit_encoder(input: &Input, schema: Schema, table: &Table) -> Result<Encoder, Fault> {
    Encoder::fit(schema, table).map_err(|error| input.fault(&error))
}
