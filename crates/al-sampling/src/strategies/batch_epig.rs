//! `batch-epig`: rows that tell most about the predictions for all candidates.

use al_core::Seed;
use rayon::prelude::*;

use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::gaussian::{GaussianBelief, GaussianRows, as_score, dot, largest_of};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategies::members::Members;
use crate::strategies::targets::{Product, Targets};
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The row with the largest expected predictive information gain about a sample of the \
        candidates, the targets, given the batch so far: how much measuring the row would narrow \
        the predictions for those rows, not for the row itself or for the parameters of the model.",
    score: "w·(−½)·mean over targets r of ln(1 − ρ²(x, r)), in nats, with ρ² = C(x, r)²/((v_x + \
        τ²)(v_r + τ²)), C and v the covariance and the variances given the batch so far, and τ² \
        the noise (at least a millionth of the mean variance of the candidates). Without any \
        picks, C is the inner product of the centred predictions.",
    details: "For classes, which a Gaussian model does not suit, the same is done on the \
        probabilities: o of them per row make C an o × o block, v sums over the classes, and ρ² = \
        ‖C‖²/((v_x + τ²)(v_r + τ²)) with ‖·‖ the Frobenius norm, a bound on how much the \
        probabilities of one row say about those of the other. Measuring a row counts as measuring \
        each of its probabilities with noise τ²/o. The targets are the first rows in the order of \
        the seed. The gain given the batch may rise from pick to pick, so no bound can skip rows: \
        if there are more candidates than shortlist, only that many are considered, those with the \
        largest scores at the start. The list is made again after 1, 2, 4, 8, … picks and when no \
        row of it is left.",
    cost: "With T targets and s rows on the shortlist O(s·T·m) per pick, and O(n·T·m) where the \
        list is made; for classes m²/2 instead of m.",
    reference: "EPIG: Bickford Smith, Kirsch, Farquhar, Gal, Foster & Rainforth 2023, here for \
        Gaussian models, and greedy.",
    use_when: "When the candidates are the rows to be predicted and their density matters: unusual \
        rows that say nothing about others are skipped.",
    not_when: "To explore beyond the candidates, or with few members: correlations over m members \
        are noisy, and two rows may seem related by chance.",
};

/// Picks by expected predictive information gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchEpig {
    targets: usize,
    shortlist: usize,
}

impl Strategy for BatchEpig {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        let members = Members::new(pool);
        let rows = GaussianRows::new(pool.features(), pool.anchor_features());
        let belief = GaussianBelief::new(members.count());
        let mut gains = EpigGreedy {
            pool,
            noise: rows.noise(pool.noise()),
            outputs: members.outputs(),
            members: members.count(),
            targets: Targets::new(Product::Square, 0, 0, |_| Vec::new()),
            n_targets: self.targets.min(pool.len()),
            shortlist: self.shortlist,
            rows,
            belief,
            values: vec![0.0; pool.len()],
            listed: vec![true; pool.len()],
            taken: vec![false; pool.len()],
            count: 0,
        };
        gains.look();
        gains.list();
        Box::new(gains)
    }
}

struct EpigGreedy<'q> {
    pool: &'q Pool<'q>,
    rows: GaussianRows<'q>,
    /// τ², scaled.
    noise: f64,
    outputs: usize,
    members: usize,
    belief: GaussianBelief,
    targets: Targets,
    n_targets: usize,
    shortlist: usize,
    /// Per candidate w·EPIG, as of when it was last looked at.
    values: Vec<f64>,
    /// Which candidates are looked at after every pick.
    listed: Vec<bool>,
    taken: Vec<bool>,
    count: usize,
}

impl EpigGreedy<'_> {
    /// A candidate's columns, one per output: the members' deviations.
    fn columns(&self, candidate: usize) -> Vec<Vec<f64>> {
        let row = self.rows.row(candidate);
        (0..self.outputs)
            .map(|output| {
                row[output..]
                    .iter()
                    .step_by(self.outputs)
                    .copied()
                    .collect()
            })
            .collect()
    }

    /// A candidate's columns F, AF, and v + τ².
    fn given(&self, candidate: usize) -> (Vec<Vec<f64>>, Vec<Vec<f64>>, f64) {
        let columns = self.columns(candidate);
        let along: Vec<Vec<f64>> = columns
            .iter()
            .map(|column| self.belief.times(column))
            .collect();
        let parts = columns.iter().zip(&along).map(|(a, b)| dot(a, b));
        let total = parts.sum::<f64>().max(0.0) + self.noise;
        (columns, along, total)
    }

    /// A candidate as what is multiplied with a target: see [`EpigGreedy::packed`].
    fn vector(&self, candidate: usize) -> Vec<f64> {
        let (columns, _, total) = self.given(candidate);
        self.packed(&columns, total, 2.0)
    }

    /// A candidate as a target.
    fn target(&self, candidate: usize) -> Vec<f64> {
        let (_, along, total) = self.given(candidate);
        self.packed(&along, total, 1.0)
    }

    /// Columns F as what is compared: with one output F/√total. With more, ‖C‖²
    /// = ‖FₓᵀAFᵣ‖² is the inner product of the m × m matrices FₓFₓᵀ and
    /// AFᵣ(AFᵣ)ᵀ, which are symmetric: the lower half of FFᵀ/total, with what
    /// is beside the diagonal times `beside`.
    fn packed(&self, columns: &[Vec<f64>], total: f64, beside: f64) -> Vec<f64> {
        if let [column] = columns {
            let factor = 1.0 / total.sqrt();
            return column.iter().map(|value| value * factor).collect();
        }
        let members = self.members;
        let mut half = Vec::with_capacity(members * (members + 1) / 2);
        for a in 0..members {
            for b in 0..=a {
                let sum: f64 = columns.iter().map(|column| column[a] * column[b]).sum();
                let factor = if a == b { 1.0 } else { beside };
                half.push(factor * sum / total);
            }
        }
        half
    }

    fn aim(&self) -> Targets {
        let (product, width) = match (self.outputs, self.members) {
            (1, members) => (Product::Correlation, members),
            (_, members) => (Product::Square, members * (members + 1) / 2),
        };
        Targets::new(product, self.n_targets, width, |target| self.target(target))
    }

    /// w·EPIG of a candidate, in nats.
    fn value(&self, candidate: usize) -> f64 {
        f64::from(self.pool.weight(candidate)) * self.targets.gain(&self.vector(candidate))
    }

    /// Computes the listed candidates' values as things stand.
    fn look(&mut self) {
        self.targets = self.aim();
        let listed: Vec<usize> = (0..self.pool.len())
            .filter(|&candidate| self.listed[candidate] && !self.taken[candidate])
            .collect();
        let values: Vec<f64> = listed
            .par_iter()
            .with_min_len(16)
            .map(|&candidate| self.value(candidate))
            .collect();
        for (candidate, value) in listed.into_iter().zip(values) {
            self.values[candidate] = value;
        }
    }

    /// Lists the best of the candidates, all of which have been looked at.
    fn list(&mut self) {
        let mut best: Vec<usize> = (0..self.pool.len())
            .filter(|&candidate| !self.taken[candidate])
            .collect();
        if best.len() > self.shortlist {
            let values = &self.values;
            best.select_nth_unstable_by(self.shortlist, |&a, &b| {
                values[b].total_cmp(&values[a]).then(a.cmp(&b))
            });
            best.truncate(self.shortlist);
        }
        self.listed.fill(false);
        best.into_iter()
            .for_each(|candidate| self.listed[candidate] = true);
    }

    fn list_anew(&mut self) {
        self.listed.fill(true);
        self.look();
        self.list();
    }
}

impl Greedy for EpigGreedy<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        let both = self.listed.iter().zip(open);
        let listed: Vec<bool> = both.map(|(&listed, &open)| listed && open).collect();
        let choice = if listed.contains(&true) {
            listed.as_slice()
        } else {
            // Looks at all candidates: the best open one is known, listed or not.
            self.list_anew();
            open
        };
        largest_of(choice, |candidate| self.values[candidate])
    }

    fn score(&self, candidate: usize) -> f32 {
        as_score(self.value(candidate))
    }

    fn chosen(&mut self, candidate: usize) {
        self.taken[candidate] = true;
        self.count += 1;
        for column in self.columns(candidate) {
            let noise = self.noise / self.outputs as f64;
            self.belief.take(&self.belief.measured(&column, noise));
        }
        if self.count.is_power_of_two() && self.pool.len() > self.shortlist {
            self.list_anew();
        } else {
            self.look();
        }
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "batch-epig",
    summary: "rows most informative about predictions for all candidates",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[
        StrategyOption {
            name: "targets",
            range: OptionRange::Whole {
                least: 1,
                most: 100_000,
            },
            default: OptionValue::Number(500.0),
            summary: "number of rows to be predicted, a sample of the candidates",
        },
        StrategyOption {
            name: "shortlist",
            range: OptionRange::Whole {
                least: 1,
                most: 100_000_000,
            },
            default: OptionValue::Number(10_000.0),
            summary: "number of candidates considered for each pick",
        },
    ],
    make: |settings| {
        Ok(Box::new(BatchEpig {
            targets: settings.whole("targets"),
            shortlist: settings.whole("shortlist"),
        }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::tests::{Case, two_classes};

    fn strategy(targets: usize, shortlist: usize) -> BatchEpig {
        BatchEpig { targets, shortlist }
    }

    #[test]
    fn a_row_counts_by_what_it_says_of_the_targets() {
        // Two rows on one axis, one on the other, τ² = 1. ρ² of the first two
        // is 1/4, with each other and with themselves; the third has ρ² = 16/25
        // with itself alone.
        let mut case = Case::features(&[[1.0, 0.0], [1.0, 0.0], [0.0, 2.0]]);
        case.noise = 1.0;
        let batch = case.select(&strategy(500, 10), 3);
        let found = |at: usize| (batch.picks[at].row, batch.picks[at].score);
        let gain =
            |squares: &[f32]| squares.iter().map(|s| -0.5 * (1.0 - s).ln()).sum::<f32>() / 3.0;
        assert_eq!(found(0).0, 2);
        assert!((found(0).1 - gain(&[0.64])).abs() < 1e-6);
        assert!((found(1).1 - gain(&[0.25, 0.25])).abs() < 1e-6);
        // Half the variance is left: ρ² = (½/1½)².
        assert!((found(2).1 - gain(&[1.0 / 9.0, 1.0 / 9.0])).abs() < 1e-6);
    }

    #[test]
    fn what_is_open_and_not_listed_is_looked_at() {
        // The listed row is closed, and so is the best of the others.
        let mut case = Case::features(&[[1.0, 0.0], [4.0, 0.0], [3.0, 0.0], [2.0, 0.0]]);
        case.noise = 1.0;
        case.with_pool(|pool| {
            let mut greedy = strategy(500, 1).begin(pool, Seed(0));
            assert_eq!(greedy.best(&[true; 4]), Some(1));
            assert_eq!(greedy.best(&[true, false, false, true]), Some(3));
        });
    }

    #[test]
    fn weights_multiply_gains() {
        let mut case = Case::features(&[[1.0, 0.0], [0.0, 2.0]]);
        case.noise = 1.0;
        case.weights = Some(vec![8.0, 1.0]);
        let batch = case.select(&strategy(500, 10_000), 1);
        assert_eq!(batch.picks[0].row, 0);
        assert!((batch.picks[0].score - -2.0 * 0.75_f32.ln()).abs() < 1e-6);
    }

    /// The score of row x given the rows s, from the covariances of all their
    /// outputs, by elimination.
    fn slow(case: &Case, outputs: usize, s: &[usize], x: usize) -> f64 {
        let n = case.keys.len();
        let column = |row: usize, output: usize| -> Vec<f64> {
            let row = case.features.row(row);
            let parts = row.iter().skip(output).step_by(outputs);
            parts.map(|&value| f64::from(value)).collect()
        };
        let all: Vec<(usize, usize)> = s
            .iter()
            .copied()
            .chain(0..n)
            .flat_map(|row| (0..outputs).map(move |output| (row, output)))
            .collect();
        let k = s.len() * outputs;
        let noise = f64::from(case.noise);
        let columns: Vec<Vec<f64>> = all.iter().map(|&(r, o)| column(r, o)).collect();
        let inner = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut c: Vec<Vec<f64>> = columns
            .iter()
            .map(|a| columns.iter().map(|b| inner(a, b)).collect())
            .collect();
        for pivot in 0..k {
            c[pivot][pivot] += noise / outputs as f64;
            let of = c[pivot].clone();
            for row in &mut c[pivot + 1..] {
                let factor = row[pivot] / of[pivot];
                row.iter_mut().zip(&of).for_each(|(a, b)| *a -= factor * b);
            }
        }
        let at = |row: usize, output: usize| k + row * outputs + output;
        let variance = |row| (0..outputs).map(|o| c[at(row, o)][at(row, o)]).sum::<f64>() + noise;
        let gain = |r: usize| {
            let mut square = 0.0;
            for a in 0..outputs {
                for b in 0..outputs {
                    square += c[at(x, a)][at(r, b)].powi(2);
                }
            }
            -0.5 * (-square / variance(x) / variance(r)).ln_1p()
        };
        (0..n).map(gain).sum::<f64>() / n as f64
    }

    fn assert_greedy(case: &Case, outputs: usize, n: usize) {
        let batch = case.select(&strategy(500, 10_000), n);
        let mut picked = Vec::new();
        for pick in &batch.picks {
            let value = |row| slow(case, outputs, &picked, row);
            let left = (0..case.keys.len()).filter(|row| !picked.contains(row));
            let top = left.map(value).fold(0.0, f64::max);
            let own = value(pick.row);
            assert!(own >= top * (1.0 - 1e-9), "{own} instead of {top}");
            assert!(
                (f64::from(pick.score) - own).abs() < 1e-6 * own,
                "{} {own}",
                pick.score
            );
            picked.push(pick.row);
        }
    }

    #[test]
    fn gains_are_those_of_the_whole_covariance() {
        for (seed, noise) in [(1, 0.3), (2, 1e-4), (3, 1e6)] {
            let mut case = Case::random_features::<4>(43, seed);
            case.noise = noise;
            assert_greedy(&case, 1, 12);
        }
    }

    #[test]
    fn classes_count_by_all_their_probabilities() {
        let draws: Vec<[[f32; 2]; 5]> = (0..30)
            .map(|row| {
                let number = |at: usize| Seed(4).derive("p", (row * 5 + at) as u64).0 >> 40;
                two_classes(std::array::from_fn(|at| {
                    number(at) as f32 / (1 << 24) as f32
                }))
            })
            .collect();
        let mut case = Case::classes(&draws);
        case.noise = 0.2;
        assert_greedy(&case, 2, 8);
    }

    #[test]
    fn a_short_list_is_made_anew() {
        let mut case = Case::random_features::<4>(60, 6);
        case.noise = 0.1;
        let exact = case.picks(&strategy(500, 60), 60);
        let short = case.picks(&strategy(500, 7), 60);
        // The lists for the first three picks are made with all that is known.
        assert_eq!(short[..3], exact[..3]);
        let mut sorted = short.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..60), "each once");
        // With one row on the list, the best at each power of two.
        let single = case.picks(&strategy(500, 1), 2);
        assert_eq!(single, exact[..2]);
    }

    #[test]
    fn options_out_of_range_are_refused() {
        for (name, value) in [("targets", 0.0), ("targets", 1.5), ("shortlist", f64::NAN)] {
            let options = StrategyOptions::none().with(name, OptionValue::Number(value));
            let Err(error) = ENTRY.with_options(&options) else {
                panic!("{name} {value} was accepted")
            };
            assert!(
                error.message.contains("a whole number from 1 to"),
                "{error}"
            );
        }
    }
}
