//! Processes of classes: least squares on +1 and −1, one process per class, and a link from
//! what they say to probabilities (Rasmussen & Williams 2006, section 6.5).
//!
//! The probability of a class of whose process the mean is f and the variance v is
//! Φ((a·f + b) / √(1 + a²·v)): a and b have the least log loss on what processes of the other
//! folds say of training rows. A draw of f gives Φ(a·f + b), whose mean over all draws is that
//! probability; a few are moved to it. Of more than two classes they are divided by their sum.

use al_core::normal::{cdf, ln_cdf, ln_pdf};
use al_core::{MatrixColumn, Seed};
use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::descent::minimised;
use super::folded::fit;
use super::points::{GaussianData, KernelRows, SearchEffort};
use super::process::GaussianProcess;
use crate::learner::LeftOutValue;
use crate::probabilities::drawn_to;

/// Bounds of ln a and of b: far beyond what labels of ±1 need.
const BOUNDS: [(f64, f64); 2] = [(-3.0, 4.0), (-8.0, 8.0)];

/// Rows on which the hyperparameters of a single process are searched; of several as many as
/// take that time together. A label tells less than a value: short lengths explain a few
/// hundred by chance, and what is said of a row is always said without it.
const SEARCHED: f64 = 1000.0;

/// Rows up to which the processes of several classes are fitted at once.
const AT_ONCE: usize = 1500;

/// Where the search for a link begins: ln a and b.
const START: [f64; 2] = [0.5, 0.0];

/// Steps of the search for a link.
const STEPS: usize = 100;

/// Rows with classes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClassRows<'a> {
    /// The rows.
    pub(crate) rows: KernelRows<'a>,
    /// What the columns hold.
    pub(crate) columns: &'a [MatrixColumn],
    /// Per row a class, `0..classes`.
    pub(crate) codes: &'a [u32],
    /// How many there are, at least 2.
    pub(crate) classes: usize,
    /// How much each row counts.
    pub(crate) weights: &'a [f64],
    /// The group of each row; none where every row stands for itself.
    pub(crate) groups: &'a [u64],
}

/// How what a process says becomes a probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Link {
    slope: f64,
    offset: f64,
}

/// A process with its link.
#[derive(Debug)]
pub(super) struct LinkedProcess {
    pub(super) process: GaussianProcess,
    pub(super) link: Link,
}

/// A process per class; of two classes one, for the second.
#[derive(Debug)]
pub(crate) struct ClassProcesses {
    pub(super) parts: Vec<LinkedProcess>,
    pub(super) classes: usize,
}

/// Processes that so many classes need.
pub(crate) fn processes_of(classes: usize) -> usize {
    match classes {
        2 => 1,
        _ => classes,
    }
}

impl ClassProcesses {
    /// Fits the processes. `None` if some class has no process that explains it.
    pub(crate) fn fit(data: ClassRows<'_>, members: usize, seed: Seed) -> Option<ClassProcesses> {
        let processes = processes_of(data.classes);
        let first = data.classes - processes;
        let effort = SearchEffort {
            rows: (SEARCHED / (processes as f64).cbrt()) as usize,
            folded: usize::MAX,
            by_value: true,
        };
        let of_class = |class: usize| {
            let sign = |&code: &u32| if code as usize == class { 1.0 } else { -1.0 };
            let values: Vec<f64> = data.codes.iter().map(sign).collect();
            let signs = GaussianData {
                rows: data.rows,
                columns: data.columns,
                values: &values,
                weights: data.weights,
                effort,
                groups: data.groups,
            };
            let process = fit(signs, members, seed.derive("class", class as u64))?;
            let link = Link::of(&process.left_out(), &values, data.weights);
            Some(LinkedProcess { process, link })
        };
        // At once they are too much for memory where there are many rows.
        let parts: Option<Vec<_>> = match data.codes.len() > AT_ONCE {
            true => (first..data.classes).map(of_class).collect(),
            false => (first..data.classes)
                .into_par_iter()
                .map(of_class)
                .collect(),
        };
        Some(ClassProcesses {
            parts: parts?,
            classes: data.classes,
        })
    }

    /// Number of draws.
    pub(crate) fn members(&self) -> usize {
        self.parts.first().map_or(0, |part| part.process.members())
    }

    /// The draws `which` of rows: per draw n × c probabilities.
    pub(crate) fn draws(
        &self,
        rows: KernelRows<'_>,
        which: std::ops::Range<usize>,
    ) -> Vec<Vec<f32>> {
        let m = self.members();
        let said: Vec<Vec<Vec<f32>>> = self
            .parts
            .iter()
            .map(|part| part.process.draws(rows, 0..m))
            .collect();
        let n = said[0][0].len();
        let of_row = |row: usize| {
            let value = |part: usize, draw: usize| f64::from(said[part][draw][row]);
            let wanted = self.shares(|part| {
                let (mean, variance) = moments(m, |draw| value(part, draw));
                self.parts[part].link.probability(mean, variance)
            });
            let drawn: Vec<Vec<f64>> = (0..m)
                .map(|draw| {
                    self.shares(|part| self.parts[part].link.probability(value(part, draw), 0.0))
                })
                .collect();
            drawn_to(&wanted, m, |draw, class| drawn[draw][class])
        };
        let rows: Vec<Vec<f32>> = (0..n)
            .into_par_iter()
            .with_min_len(256)
            .map(of_row)
            .collect();
        let c = self.classes;
        which
            .map(|draw| {
                let of_draw = rows.iter().flat_map(|row| &row[draw * c..(draw + 1) * c]);
                of_draw.copied().collect()
            })
            .collect()
    }

    /// The probabilities of each training row by the rows of other groups, n × c; NaN where
    /// there are none.
    pub(crate) fn left_out(&self) -> Array2<f32> {
        let said: Vec<Vec<LeftOutValue>> =
            (self.parts.iter().map(|part| part.process.left_out())).collect();
        let n = said.first().map_or(0, Vec::len);
        let mut found = Array2::zeros((n, self.classes));
        for (row, mut found) in found.rows_mut().into_iter().enumerate() {
            let own = |part: usize| {
                let LeftOutValue { mean, variance } = said[part][row];
                self.parts[part].link.probability(mean, variance)
            };
            for (found, p) in found.iter_mut().zip(self.shares(own)) {
                *found = p as f32;
            }
        }
        found
    }

    /// The probabilities of all classes where each process says `own` of its class.
    fn shares(&self, own: impl Fn(usize) -> f64) -> Vec<f64> {
        if self.classes == 2 {
            let second = own(0);
            return vec![1.0 - second, second];
        }
        let all: Vec<f64> = (0..self.classes).map(own).collect();
        let total: f64 = all.iter().sum();
        match total > 0.0 {
            true => all.iter().map(|p| p / total).collect(),
            // Every process is sure that it is another class.
            false => all.iter().map(|p| p + 1.0 / all.len() as f64).collect(),
        }
    }

    /// How much each column matters, summed over the classes.
    pub(crate) fn importance(&self) -> Vec<f64> {
        let mut shares: Vec<f64> = Vec::new();
        for part in &self.parts {
            let own = part.process.importance();
            let total: f64 = own.iter().sum();
            shares.resize(own.len(), 0.0);
            if total > 0.0 {
                let pairs = shares.iter_mut().zip(&own);
                pairs.for_each(|(share, own)| *share += own / total);
            }
        }
        shares
    }
}

/// The mean and the variance of m values.
fn moments(m: usize, value: impl Fn(usize) -> f64) -> (f64, f64) {
    let mean = (0..m).map(&value).sum::<f64>() / m as f64;
    let squares = (0..m).map(|at| (value(at) - mean).powi(2)).sum::<f64>();
    (mean, squares / m as f64)
}

impl Link {
    /// The link of the least log loss on what is said of rows without them: mean and
    /// variance. `values` are +1 and −1. Rows wanted at 0 and 1 would make a of rows that can
    /// be told without an error infinite: they are wanted where as many rows, one of each
    /// class more, would leave them (Platt 1999).
    fn of(said: &[LeftOutValue], values: &[f64], weights: &[f64]) -> Link {
        let rows: Vec<LinkedRow> = said
            .iter()
            .zip(values)
            .zip(weights)
            .filter(|((said, _), _)| said.mean.is_finite() && said.variance.is_finite())
            .map(|((said, &value), &weight)| LinkedRow {
                mean: said.mean,
                variance: said.variance.max(0.0),
                is_own: value > 0.0,
                weight,
            })
            .collect();
        if rows.is_empty() {
            // Nothing tells how good the process is: the link of labels that it knows.
            return Link {
                slope: 1.0,
                offset: 0.0,
            };
        }
        // A row or so of doubt, which keeps few rows from a link that is a step.
        let loss = |point: &[f64]| {
            let (loss, slopes) = log_loss(&rows, point);
            let doubt = 1.0 / rows.len() as f64;
            let away = [point[0] - START[0], point[1] - START[1]];
            let slopes = slopes
                .iter()
                .zip(away)
                .map(|(slope, away)| slope + doubt * away);
            let squares = away.map(|away| away * away).iter().sum::<f64>();
            (loss + doubt * squares / 2.0, slopes.collect())
        };
        let (found, _) = minimised(loss, START.to_vec(), &BOUNDS, STEPS);
        Link {
            slope: found[0].exp(),
            offset: found[1],
        }
    }

    fn probability(self, mean: f64, variance: f64) -> f64 {
        let wide = (1.0 + self.slope * self.slope * variance.max(0.0)).sqrt();
        cdf((self.slope * mean + self.offset) / wide)
    }

    pub(super) fn is_sound(self) -> bool {
        let bound = BOUNDS[0].1.exp() * 1.001;
        (0.0..=bound).contains(&self.slope) && self.offset.abs() <= BOUNDS[1].1
    }
}

/// What is said of a row without it, and whether the row is of the class.
struct LinkedRow {
    mean: f64,
    variance: f64,
    is_own: bool,
    weight: f64,
}

/// The mean log loss of rows by the link of ln a and b in `point`, and its gradient.
fn log_loss(rows: &[LinkedRow], point: &[f64]) -> (f64, Vec<f64>) {
    let own = rows.iter().filter(|row| row.is_own).count() as f64;
    let others = rows.len() as f64 - own;
    let total: f64 = rows.iter().map(|row| row.weight).sum();
    let (slope, offset) = (point[0].exp(), point[1]);
    let (mut loss, mut by_slope, mut by_offset) = (0.0, 0.0, 0.0);
    for row in rows {
        let wide = (1.0 + slope * slope * row.variance).sqrt();
        let inner = slope * row.mean + offset;
        let at = inner / wide;
        let wanted = match row.is_own {
            true => (own + 1.0) / (own + 2.0),
            false => 1.0 / (others + 2.0),
        };
        loss -= row.weight * (wanted * ln_cdf(at) + (1.0 - wanted) * ln_cdf(-at));
        let density = ln_pdf(at);
        let pull =
            (1.0 - wanted) * (density - ln_cdf(-at)).exp() - wanted * (density - ln_cdf(at)).exp();
        by_offset += row.weight * pull / wide;
        let moved = row.mean / wide - inner * slope * row.variance / wide.powi(3);
        by_slope += row.weight * pull * moved * slope;
    }
    (loss / total, vec![by_slope / total, by_offset / total])
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [MatrixColumn; 2] = [MatrixColumn::Numeric, MatrixColumn::Numeric];

    fn plain(values: &[f32]) -> KernelRows<'_> {
        KernelRows {
            values,
            counts: None,
        }
    }

    fn fitted(rows: &[f32], codes: &[u32], classes: usize) -> ClassProcesses {
        let data = ClassRows {
            rows: plain(rows),
            columns: &COLUMNS,
            codes,
            classes,
            weights: &vec![1.0; codes.len()],
            groups: &[],
        };
        ClassProcesses::fit(data, 10, Seed(1)).unwrap()
    }

    /// Points on a lattice of the plane.
    fn lattice(side: usize) -> Vec<f32> {
        let at = |step: usize| step as f32 / (side - 1) as f32 * 4.0 - 2.0;
        (0..side * side)
            .flat_map(|point| [at(point / side), at(point % side)])
            .collect()
    }

    #[test]
    fn the_link_is_the_truth_where_labels_are_drawn_by_it() {
        // Of 1000 rows at each of some values a share of Φ(1.5·f − 0.5) is of the class.
        let mut said = Vec::new();
        let mut values = Vec::new();
        for step in -8..=8 {
            let mean = f64::from(step) / 4.0;
            let share = cdf(1.5 * mean - 0.5);
            for row in 0..1000 {
                said.push(LeftOutValue {
                    mean,
                    variance: 0.0,
                });
                let is = f64::from(row) + 0.5 < 1000.0 * share;
                values.push(if is { 1.0 } else { -1.0 });
            }
        }
        let link = Link::of(&said, &values, &vec![1.0; values.len()]);
        assert!((link.slope - 1.5).abs() < 0.02, "{link:?}");
        assert!((link.offset + 0.5).abs() < 0.02, "{link:?}");
        // What is not certain is drawn to even odds of the offset.
        let wide = link.probability(2.0, 100.0);
        assert!(
            (wide - cdf(2.5 / (1.0_f64 + 225.0).sqrt())).abs() < 0.01,
            "{wide}"
        );
    }

    #[test]
    fn the_gradient_of_a_link_is_that_of_small_steps() {
        let rows: Vec<LinkedRow> = (0..9_u32)
            .map(|row| LinkedRow {
                mean: (f64::from(row) * 1.7).sin(),
                variance: f64::from(row % 3) * 0.4,
                is_own: row % 2 == 0,
                weight: 1.0 + f64::from(row % 4),
            })
            .collect();
        let point = [0.4, -0.3];
        let (_, gradient) = log_loss(&rows, &point);
        for at in 0..2 {
            let step = |by: f64| {
                let mut point = point;
                point[at] += by;
                log_loss(&rows, &point).0
            };
            let numeric = (step(1e-5) - step(-1e-5)) / 2e-5;
            assert!((gradient[at] - numeric).abs() < 1e-8, "{at}");
        }
    }

    #[test]
    fn classes_that_take_turns_are_in_every_fold() {
        // Three classes in turns, and three folds: no fold may be a class of its own.
        let rows: Vec<f32> = (0..180)
            .flat_map(|row| [(row % 3) as f32 + 0.1 * (row as f32).sin(), 0.0])
            .collect();
        let codes: Vec<u32> = (0..180).map(|row| row % 3).collect();
        let said = fitted(&rows, &codes, 3).left_out();
        for (row, &code) in said.rows().into_iter().zip(&codes) {
            assert!(row[code as usize] > 0.8, "{row}");
        }
    }

    #[test]
    fn a_ring_is_told_from_what_is_around_it() {
        let rows = lattice(15);
        let ring = |rows: &[f32]| -> Vec<u32> {
            let far = |row: &[f32]| row[0] * row[0] + row[1] * row[1] > 1.5;
            rows.chunks_exact(2)
                .map(|row| u32::from(far(row)))
                .collect()
        };
        let processes = fitted(&rows, &ring(&rows), 2);
        let test = lattice(22);
        let codes = ring(&test);
        let draws = processes.draws(plain(&test), 0..10);
        let right = codes.iter().enumerate().filter(|&(row, &code)| {
            let mean: f32 = draws.iter().map(|draw| draw[2 * row + 1]).sum::<f32>() / 10.0;
            (mean > 0.5) == (code == 1)
        });
        let right = right.count() as f64 / codes.len() as f64;
        assert!(right > 0.95, "{right}");
        for draw in &draws {
            for row in draw.chunks_exact(2) {
                assert!((row[0] + row[1] - 1.0).abs() < 1e-6);
                assert!(row.iter().all(|p| (0.0..=1.0).contains(p)));
            }
        }
    }

    #[test]
    fn three_classes_share_a_probability_of_1() {
        let rows = lattice(10);
        let codes: Vec<u32> = rows
            .chunks_exact(2)
            .map(|row| u32::from(row[0] > -0.7) + u32::from(row[0] > 0.7))
            .collect();
        let processes = fitted(&rows, &codes, 3);
        assert_eq!(processes.parts.len(), 3);
        let said = processes.left_out();
        assert_eq!(said.dim(), (100, 3));
        let mut right = 0;
        for (row, &code) in said.rows().into_iter().zip(&codes) {
            assert!((row.sum() - 1.0).abs() < 1e-5);
            right += usize::from(row[code as usize] > 0.5);
        }
        assert!(right >= 90, "{right}");
        let shares = processes.importance();
        assert!(shares[0] > 3.0 * shares[1], "{shares:?}");
    }

    #[test]
    fn a_class_without_rows_and_one_row_alone_are_told() {
        let processes = fitted(&lattice(2), &[0, 0, 1, 1], 3);
        let said = processes.left_out();
        assert!(said.column(2).iter().all(|&third| third < 0.3), "{said}");
        let alone = fitted(&[0.5, 0.5], &[1], 2);
        let draws = alone.draws(plain(&[0.5, 0.5]), 0..10);
        assert!(draws.iter().all(|draw| draw[1] > 0.6), "{draws:?}");
    }
}
