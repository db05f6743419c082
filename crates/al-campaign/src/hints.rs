//! What may not be meant as it stands in results: a sentence each, and never an error.

use al_core::key::to_twelve_digits;
use al_core::notation::near_texts;
use al_core::phrases::{counted, listed};
use al_core::{ColumnData, Kind, Message, Messages, Schema, Table, Task, encoder, setting};

use crate::options::TrainOptions;
use crate::results::{Results, TargetColumn};

/// How many times as large as the smallest the largest target is, from which a
/// logarithm is proposed.
const DECADES: f64 = 1e3;

/// Most different values of a number that may be a class, if they are whole numbers and
/// each stands for so many rows, or if there are two of them.
const FEW_VALUES: usize = 5;
const ROWS_OF_A_VALUE: usize = 10;

/// Pairs of spellings that are named.
const PAIRS: usize = 3;

/// Most different values of a column of which two may coincide but for rounding, and how
/// near they are then, as a share of the usual distance.
const MOST_VALUES: usize = 1000;
const COINCIDE: f64 = 1e-6;

/// Least share of the importance with which a feature may tell the answer, and fewest
/// features among which that is worth a word. What was measured has many values, at least
/// one for so many rows: a setting of a few values may well matter most.
const LEAK: f64 = 0.6;
const LEAK_FROM: usize = 3;
const ROWS_OF_A_MEASURED_VALUE: usize = 4;

/// Correlation from which a feature is said to copy the target.
const COPIES: f64 = 0.999_999;

/// What is worth a hint in results that can be learned from.
pub(crate) fn hints(
    table: &Table,
    target: &TargetColumn,
    results: &Results,
    options: &TrainOptions,
) -> Messages {
    let mut hints = Messages::default();
    let merged: usize = results.counts.iter().map(|&count| count as usize - 1).sum();
    if merged > 0 && target.task == Task::Regression {
        let rows = results.counts.iter().filter(|&&count| count > 1).count();
        hints.push(
            Message::from(format!(
                "{} of {} measured more than once: their means are learned from; give ",
                counted(merged + rows, "row"),
                counted(rows, "configuration"),
            ))
            .setting(setting::ID.given())
            .text(" if they are different"),
        );
    }
    if target.task == Task::Classification {
        return hints;
    }
    let values: Vec<f64> = results.worked().map(|row| results.values[row]).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !options.log_target && low > 0.0 && high >= DECADES * low {
        hints.push(
            Message::from(format!(
                "the target '{}' goes from {low} to {high}: if relative errors matter, give ",
                options.target
            ))
            .setting(setting::LOG_TARGET),
        );
    }
    if let Some((value, rows)) = sentinel(&values) {
        hints.push(
            Message::from(format!(
                "the target '{}' is {value} in {}, far from all others: if that means a missing value, give ",
                options.target,
                counted(rows, "row"),
            ))
            .setting(setting::NA.to(value)),
        );
    }
    // As they stand in the table: means of replicates are no classes.
    if let Some(few) = few_values(&results.targets) {
        let named: Vec<String> = few.iter().map(f64::to_string).collect();
        let names: Vec<&str> = named.iter().map(String::as_str).collect();
        hints.push(
            Message::from(format!(
                "the target '{}' has {} values only, {}: if they are classes, give ",
                options.target,
                few.len(),
                listed(&names, FEW_VALUES),
            ))
            .setting(setting::TASK.to("classification")),
        );
    }
    hints.extend(copies(table, results, &values, options));
    hints
}

/// The different ones of values that may be classes.
fn few_values(values: &[f64]) -> Option<Vec<f64>> {
    let mut different = values.to_vec();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    let whole = different.iter().all(|value| value.fract() == 0.0);
    let few = match different.len() {
        0 | 1 => false,
        2 => values.len() >= ROWS_OF_A_VALUE,
        n => n <= FEW_VALUES && whole && values.len() >= n * ROWS_OF_A_VALUE,
    };
    few.then_some(different)
}

/// A number that stands for a missing one, as -1 and 9999 do: the same whole number at
/// one end, twice or more, farther from all others than those are from each other.
fn sentinel(values: &[f64]) -> Option<(f64, usize)> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let ends = [sorted.first().copied()?, sorted.last().copied()?];
    ends.into_iter().find_map(|end| {
        let others: Vec<f64> = sorted
            .iter()
            .copied()
            .filter(|&value| value != end)
            .collect();
        let (low, high) = (others.first().copied()?, others.last().copied()?);
        let rows = sorted.len() - others.len();
        let away = if end < low { low - end } else { end - high };
        let usual = [
            -1.0, -9.0, -99.0, -999.0, -9999.0, 999.0, 9999.0, 99_999.0, 999_999.0,
        ];
        let far = away > high - low && others.len() >= 2 * rows;
        (usual.contains(&end) && rows > 1 && far).then_some((end, rows))
    })
}

/// Features that say what the target says.
fn copies(table: &Table, results: &Results, values: &[f64], options: &TrainOptions) -> Messages {
    let rows: Vec<usize> = results.worked().map(|row| results.source[row]).collect();
    let roles: Vec<&str> = options.roles().collect();
    let copies = |name: &str| {
        let is_other = name != options.target
            && !roles.contains(&name)
            && !options.ignore.iter().any(|other| other == name);
        let Some(ColumnData::Number(_)) = table.column(name).filter(|_| is_other) else {
            return false;
        };
        let Ok(numbers) = encoder::numbers(table, name) else {
            return false;
        };
        let own: Vec<f64> = rows.iter().map(|&row| numbers.values[row]).collect();
        correlation(&own, values).abs() > COPIES
    };
    let found = table
        .names()
        .filter(|name| rows.len() >= 10 && copies(name));
    found
        .map(|name| {
            Message::from(format!(
                "column '{name}' is the target '{}' on another scale: if it is known only after measuring, give ",
                options.target
            ))
            .setting(setting::IGNORE.to(name))
        })
        .collect()
}

/// The correlation of two series without missing values; 0 where it is not defined.
fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (a, b) = (mean(one), mean(other));
    let (mut product, mut first, mut second) = (0.0, 0.0, 0.0);
    for (x, y) in one.iter().zip(other) {
        product += (x - a) * (y - b);
        first += (x - a).powi(2);
        second += (y - b).powi(2);
    }
    let scale = (first * second).sqrt();
    match scale > 0.0 && scale.is_finite() {
        true => product / scale,
        false => 0.0,
    }
}

/// Numbers that differ by so little that they may be meant as one.
pub(crate) fn near_numbers(table: &Table, schema: &Schema) -> Messages {
    let numbers = schema
        .features
        .iter()
        .filter(|feature| feature.kind == Kind::Numeric);
    let sentence = |name: &str| {
        let numbers = encoder::numbers(table, name).ok()?;
        let (one, other) = coinciding(&numbers.values)?;
        Some(Message::from(format!(
            "column '{name}' holds {one} and {other}, which count as different values: are they meant as one?"
        )))
    };
    let found = numbers.filter_map(|feature| sentence(&feature.name));
    found.collect()
}

/// The first two values that are much nearer to one another than values are among
/// themselves, and that twelve digits tell apart.
fn coinciding(values: &[f64]) -> Option<(f64, f64)> {
    let mut different: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    let range = different.last()? - different.first()?;
    let usual = range / (different.len() - 1).max(1) as f64;
    let few = different.len() <= MOST_VALUES && 2 * different.len() <= values.len();
    let near = |pair: &&[f64]| {
        let apart = to_twelve_digits(pair[0]) != to_twelve_digits(pair[1]);
        apart && pair[1] - pair[0] < COINCIDE * usual
    };
    let pair = different.windows(2).filter(|_| few).find(near)?;
    Some((pair[0], pair[1]))
}

/// What is worth a hint in what was learned of the rows of `table`: `importance` of each
/// feature, and R² on rows that the model has not seen.
pub(crate) fn hints_of_fit(
    schema: &Schema,
    table: &Table,
    importance: &[f64],
    r2: Option<f64>,
) -> Messages {
    let mut hints = Messages::default();
    if r2.is_some_and(|r2| r2 <= 0.0) && table.n_rows() >= 10 {
        hints.push(
            "the model predicts no better than the mean of the target: the features may say nothing about it"
                .to_owned(),
        );
        return hints;
    }
    let most = importance
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1));
    if let Some((at, share)) = most
        && *share > LEAK
        && importance.len() >= LEAK_FROM
        && let Some(name) = schema.names().nth(at)
        && has_many_values(table, name)
    {
        hints.push(
            Message::from(format!(
                "column '{name}' has {:.0} % of the importance: if it is known only after measuring, give ",
                100.0 * share
            ))
            .setting(setting::IGNORE.to(name)),
        );
    }
    hints
}

/// Whether a column holds nearly as many different numbers as a measured quantity does.
fn has_many_values(table: &Table, name: &str) -> bool {
    let Ok(numbers) = encoder::numbers(table, name) else {
        return false;
    };
    let mut different = numbers.values.clone();
    different.retain(|value| value.is_finite());
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    different.len() >= 10.max(table.n_rows() / ROWS_OF_A_MEASURED_VALUE)
}

/// Categories that differ in case, blanks, `-` and `_` only.
pub(crate) fn near_spellings(table: &Table, schema: &Schema) -> Messages {
    let categories = schema
        .features
        .iter()
        .filter(|feature| matches!(feature.kind, Kind::Categorical { .. }));
    let sentence = |name: &str| {
        let texts = encoder::texts(table, name).ok()?;
        let near = near_texts(&texts);
        let more = match near.len().saturating_sub(PAIRS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = near.iter().take(PAIRS);
        let named: Vec<String> = named
            .map(|(rare, usual)| format!("'{rare}' and '{usual}'"))
            .collect();
        (!near.is_empty()).then(|| {
            Message::from(format!(
                "column '{name}' holds {}{more}: they count as different categories",
                named.join(", ")
            ))
        })
    };
    categories
        .filter_map(|feature| sentence(&feature.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_means_none_is_far_from_the_others() {
        let with = |end: f64| {
            let values: Vec<f64> = (0..20).map(f64::from).chain([end; 3]).collect();
            sentinel(&values)
        };
        assert_eq!(with(-999.0), Some((-999.0, 3)));
        assert_eq!(with(9999.0), Some((9999.0, 3)));
        assert_eq!(with(-1.0), None);
        assert_eq!(with(-500.0), None);
    }

    #[test]
    fn few_whole_numbers_may_be_classes() {
        let of = |levels: &[f64], each: usize| few_values(&levels.repeat(each));
        assert_eq!(of(&[1.0, 0.0], 5), Some(vec![0.0, 1.0]));
        assert_eq!(of(&[0.5, 1.5], 5), Some(vec![0.5, 1.5]));
        assert_eq!(of(&[1.0, 2.0, 3.0], 10), Some(vec![1.0, 2.0, 3.0]));
        assert_eq!(of(&[1.0, 2.0, 3.0], 9), None);
        assert_eq!(of(&[1.0, 2.0, 3.5], 10), None);
        assert_eq!(of(&[1.0], 20), None);
        assert_eq!(of(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 20), None);
    }

    #[test]
    fn numbers_that_only_rounding_tells_apart_coincide() {
        let near = |values: &[f64]| coinciding(&[values, values].concat());
        assert_eq!(near(&[0.1, 0.2, 0.30000001, 0.3]), Some((0.3, 0.30000001)));
        // Twelve digits do not tell these apart, and the keys of rows do not either.
        assert_eq!(near(&[0.1, 0.2, 0.1 + 0.2, 0.3]), None);
        assert_eq!(near(&[1.0, 1.001, 1.002, 1.5]), None);
        assert_eq!(coinciding(&[0.1, 0.3, 0.30000001]), None);
        assert_eq!(coinciding(&[]), None);
        assert_eq!(near(&[f64::NAN, 4.0]), None);
    }

    #[test]
    fn correlation_tells_copies() {
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        let scaled: Vec<f64> = values.iter().map(|v| 7.0 - 3.0 * v).collect();
        assert!((correlation(&values, &scaled) + 1.0).abs() < 1e-12);
        assert_eq!(correlation(&values, &[1.0; 20]), 0.0);
    }
}
