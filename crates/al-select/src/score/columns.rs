//! The columns that scoring adds.

use al_core::{Tabular, Task, information};
use al_tables::{NewColumn, NewData};
use al_words::columns::{OF_GAIN, OF_STRUCTURES, SCORED_CLASSES, SCORED_VALUES};
use ndarray::Array2;

use super::gain::Information;
use super::measured_structures::MeasuredStructures;
use super::measures::{Measures, Ranges, scores};
use super::options::ScoreOptions;

/// The names of the columns that scoring adds.
#[must_use]
pub(crate) fn added(belief: &dyn Tabular, options: &ScoreOptions) -> Vec<String> {
    let table = match belief.task() {
        Task::Regression => &SCORED_VALUES,
        Task::Classification => &SCORED_CLASSES,
    };
    let columns = table.columns.iter().copied();
    let structured = belief.encoder().structure.is_some();
    let wanted = columns.filter(|column| {
        (options.gain.is_some() || !OF_GAIN.contains(column))
            && (structured || !OF_STRUCTURES.contains(column))
    });
    let names = wanted.flat_map(|column| match column.is_pattern() {
        true => belief.classes().iter().map(|c| column.named(c)).collect(),
        false => vec![column.name.to_owned()],
    });
    names
        .map(|name| format!("{}{name}", options.prefix))
        .collect()
}

/// What scoring adds, as [`added`] names it. Of each row `beyond` names the features that
/// are far beyond what was measured.
pub(crate) fn columns(
    belief: &dyn Tabular,
    mut measures: Measures,
    beyond: Vec<Option<String>>,
    ranges: &Ranges,
    options: &ScoreOptions,
) -> Vec<NewColumn> {
    let (uncertainty, gain) = (ranges.combine(&measures), ranges.gain(&measures));
    let feasible = match measures.feasible.as_slice() {
        [] => vec![1.0; uncertainty.len()],
        feasible => feasible.to_vec(),
    };
    let score = scores(&uncertainty, &gain).into_iter().zip(&feasible);
    let score = score.map(|(score, feasible)| score * feasible).collect();
    let similar = std::mem::take(&mut measures.similar);
    let (mut data, taught) = match measures.probabilities.clone() {
        None => of_values(measures, uncertainty, gain),
        Some(probabilities) => {
            let classes = belief.classes().to_vec();
            of_classes(measures, &probabilities, classes, uncertainty, gain)
        }
    };
    data.push(NewData::Text(beyond));
    if belief.encoder().structure.is_some() {
        let measured = MeasuredStructures::of(belief);
        let similarity = similar.iter().map(|row| row.similarity);
        let texts = similar.iter().map(|row| Some(measured.text(row.learned)));
        data.push(NewData::Float(similarity.collect()));
        data.push(NewData::Text(texts.collect()));
    }
    match options.gain {
        None => data.push(NewData::Float(feasible)),
        Some(_) => {
            let more = taught.into_iter().chain([feasible, score]);
            data.extend(more.map(NewData::Float));
        }
    }
    let names = added(belief, options).into_iter();
    names
        .zip(data)
        .map(|(name, data)| NewColumn { name, data })
        .collect()
}

/// Columns of a number: what is believed of each row, and what measuring it would
/// teach.
fn of_values(
    measures: Measures,
    uncertainty: Vec<f64>,
    gain: Vec<f64>,
) -> (Vec<NewData>, Vec<Vec<f64>>) {
    let bounds = measures.low.iter().zip(&measures.high);
    let width = bounds.map(|(low, high)| high - low).collect();
    let believed = [
        measures.prediction,
        measures.variance,
        measures.low,
        measures.high,
        width,
        measures.distance,
        uncertainty,
    ];
    let Information { gains, change } = measures.information;
    let taught = vec![
        change,
        gains.entropy_reduction,
        gains.mutual_information,
        gain,
    ];
    (believed.map(NewData::Float).into(), taught)
}

/// The same of a class.
fn of_classes(
    measures: Measures,
    probabilities: &Array2<f64>,
    levels: Vec<String>,
    uncertainty: Vec<f64>,
    gain: Vec<f64>,
) -> (Vec<NewData>, Vec<Vec<f64>>) {
    let columns = probabilities.columns().into_iter();
    let mut believed: Vec<NewData> = columns
        .map(|column| NewData::Float(column.to_vec()))
        .collect();
    believed.push(NewData::Labels {
        codes: information::predicted_classes(probabilities),
        levels,
    });
    let classes = measures.classes;
    let numbers = [
        classes.entropy,
        classes.margin,
        classes.least_confidence,
        classes.vote_entropy,
        classes.mutual_information,
        measures.distance,
        uncertainty,
    ];
    believed.extend(numbers.map(NewData::Float));
    let Information { gains, change } = measures.information;
    (believed, vec![change, gains.entropy_reduction, gain])
}
