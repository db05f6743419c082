//! Measured rows that are worth measuring again.
//!
//! The mean of a row's n measurements has the variance s²/n, and one more takes
//! s²/(n·(n + 1)) of it away. A new row of variance v takes v²/(v + τ²) of its
//! own away, τ² being the variance of a measurement. Where the former is more
//! than the latter is for the rows that are least certain, noise dominates, and
//! the measurement is better spent on a row that is measured already.
//!
//! s² is the row's own, drawn to the pooled variance as if that were known from
//! four more measurements. Where no noise is known from replicates or a noise
//! column, nothing is proposed: what members cannot explain is not noise.

use std::collections::HashMap;

use al_core::{Key, Message, Tabular, Task, setting};

use crate::options::SelectOptions;
use crate::read::{Candidates, Lists};

/// Measurements that the pooled variance counts as.
const PRIOR: f64 = 4.0;

/// A measured row that is worth measuring again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Repeat {
    pub key: Key,
    /// Measurements so far.
    pub count: u32,
    /// Standard deviation of one, on the fitted scale.
    pub deviation: f64,
    worth: f64,
}

/// Rows among the candidates that are worth measuring again rather than the
/// `n` least certain new ones, the most worthwhile first.
pub(crate) fn worthwhile(
    belief: &dyn Tabular,
    candidates: &Candidates,
    lists: &Lists,
    n: usize,
) -> Vec<Repeat> {
    let Some(noise) = belief.measurement_variance() else {
        return Vec::new();
    };
    if belief.task() != Task::Regression {
        return Vec::new();
    }
    let scale = belief.scale();
    let unit = scale.variance_unit();
    let mut new: Vec<f64> = (0..candidates.len())
        .filter(|&row| !lists.excluded.contains(&candidates.keys[row]))
        .map(|row| {
            let features = candidates.features.row(row);
            let variance = unit * features.iter().map(|&f| f64::from(f).powi(2)).sum::<f64>();
            taken_from_new(variance, noise)
        })
        .collect();
    new.sort_unstable_by(|a, b| b.total_cmp(a));
    new.truncate(n);
    let typical = new.get(new.len() / 2).copied().unwrap_or(0.0);

    let rows = belief.observed();
    let mut measured: HashMap<Key, (u32, f64, f64)> = HashMap::new();
    for row in rows.learned() {
        let (count, value) = (rows.counts()[row], scale.fitted(rows.values()[row]));
        let (m, mean, spread) = measured.entry(rows.keys()[row]).or_insert((0, 0.0, 0.0));
        // The sum of squares around the joint mean (Chan et al. 1979).
        let (a, b) = (f64::from(*m), f64::from(count));
        *spread += rows.spreads()[row] + (value - *mean).powi(2) * a * b / (a + b);
        *mean += (value - *mean) * b / (a + b);
        *m += count;
    }
    let mut found: Vec<Repeat> = candidates
        .keys
        .iter()
        .filter_map(|key| {
            if lists.unwanted.contains(key) {
                return None;
            }
            // Each once, however often it stands among the candidates.
            let (count, _, spread) = measured.remove(key)?;
            let n = f64::from(count);
            let variance = (spread + PRIOR * noise) / (n - 1.0 + PRIOR);
            Some(Repeat {
                key: *key,
                count,
                deviation: variance.sqrt(),
                worth: variance / (n * (n + 1.0)),
            })
        })
        .filter(|repeat| repeat.worth > typical)
        .collect();
    found.sort_unstable_by(|a, b| b.worth.total_cmp(&a.worth).then(a.key.cmp(&b.key)));
    found
}

/// What to say of rows that are worth measuring again beyond those asked for, where so many
/// candidates are `available`.
pub(crate) fn remark(
    repeats: &[Repeat],
    available: usize,
    options: &SelectOptions,
) -> Option<Message> {
    if repeats.len() <= options.repeats {
        return None;
    }
    if available == 0 {
        // With nothing new there is nothing to compare their noise with.
        return Some(
            Message::from("measured rows may be re-measured instead: give ")
                .setting(setting::REPEATS.to(repeats.len().min(options.n)))
                .text(" for the noisiest"),
        );
    }
    let (are, again) = match repeats.len() {
        1 => ("1 measured row is".to_owned(), "it"),
        n if n <= options.n => (format!("{n} measured rows are"), "them"),
        n => (format!("{n} measured rows are"), "the noisiest"),
    };
    Some(
        Message::from(format!(
            "{are} noisier than the least certain candidates are uncertain; "
        ))
        .setting(setting::REPEATS.to(repeats.len().min(options.n)))
        .text(format!(" re-measures {again}")),
    )
}

/// What measuring a new row of variance `v` takes from it.
fn taken_from_new(v: f64, noise: f64) -> f64 {
    if v > 0.0 { v * v / (v + noise) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::taken_from_new;

    #[test]
    fn a_precise_measurement_takes_all_the_variance() {
        assert_eq!(taken_from_new(4.0, 0.0), 4.0);
        assert_eq!(taken_from_new(4.0, 4.0), 2.0);
        assert_eq!(taken_from_new(0.0, 0.0), 0.0);
    }
}
