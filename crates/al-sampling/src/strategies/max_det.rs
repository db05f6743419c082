//! `max-det`: rows that tell most together (BatchBALD for numbers).

use al_core::Seed;

use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::gaussian::{GaussianBelief, GaussianRows, as_score, dot, largest_of};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The row with the largest variance once the batch so far is measured. This makes log \
        det(K + τ²I) of the batch large, with K the inner products of the rows in the embedding \
        and τ² the noise: the joint information of the batch about a Gaussian model.",
    score: "w·v with v the variance of the row given everything before it, in the unit of squared \
        embedding coordinates (of predictions: the squared unit of the fitted target). ½·ln(1 + \
        v/τ²) is what a pick adds to ½·log det, in nats.",
    details: "With the option anchors, the measured and pending rows count as measured first (TP \
        mode of the paper). The members have already learned from the measured rows, so their spread has \
        shrunk there; counting them again keeps picks away from their neighbourhood. Without the \
        option (P mode), only the picks of the batch are kept apart from each other. The centred \
        predictions of m members span at most m − 1 directions. After that many picks, each \
        direction has been measured, v is of the order of τ² divided by the number of picks for \
        every row, and what remains is the D-optimal design of a linear model in m − 1 variables: \
        the same few extreme rows and their near-duplicates again and again. τ² is at least a \
        millionth of the mean variance of the candidates.",
    cost: "O(a·e² + n·e²) once and O(n·e) per pick.",
    reference: "MaxDet: Holzmüller, Zaverkin, Kästner & Steinwart 2023; BatchBALD for Gaussian \
        values: Kirsch, van Amersfoort & Gal 2019.",
    use_when: "For batches not much larger than the number of columns of the embedding, or with an \
        embedding that also includes the inputs.",
    not_when: "For large batches with few members: lcmd does not run out of directions.",
};

/// Picks by the largest conditional variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxDet {
    anchors: bool,
}

const DEFAULT_ANCHORS: bool = true;

impl Default for MaxDet {
    fn default() -> Self {
        MaxDet::new(DEFAULT_ANCHORS)
    }
}

impl MaxDet {
    /// `anchors`: whether rows measured or pending count as measured once more.
    #[must_use]
    pub fn new(anchors: bool) -> MaxDet {
        MaxDet { anchors }
    }
}

impl Strategy for MaxDet {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        let anchors = pool.anchor_embedding();
        let rows = GaussianRows::new(pool.embedding(), anchors);
        let noise = rows.noise(pool.noise());
        let mut belief = GaussianBelief::new(rows.width());
        if self.anchors {
            for anchor in anchors.rows() {
                belief.take(&belief.measured(&rows.scaled(anchor), noise));
            }
        }
        let mut variances = vec![0.0; pool.len()];
        rows.quadratic([&belief.matrix], &mut variances, |v, [form]| {
            *v = form.max(0.0);
        });
        Box::new(Widest {
            pool,
            rows,
            noise,
            belief,
            variances,
        })
    }
}

struct Widest<'q> {
    pool: &'q Pool<'q>,
    rows: GaussianRows<'q>,
    noise: f64,
    belief: GaussianBelief,
    /// Per candidate its variance given everything before, scaled.
    variances: Vec<f64>,
}

impl Widest<'_> {
    fn value(&self, candidate: usize) -> f64 {
        f64::from(self.pool.weight(candidate)) * self.variances[candidate]
    }
}

impl Greedy for Widest<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        largest_of(open, |candidate| self.value(candidate))
    }

    fn score(&self, candidate: usize) -> f32 {
        as_score(self.value(candidate) / self.rows.squared_scale())
    }

    fn chosen(&mut self, candidate: usize) {
        let row = self.rows.row(candidate);
        let measured = self.belief.measured(&row, self.noise);
        let total = measured.total;
        let vectors = [measured.along.as_slice()];
        self.rows.project(vectors, &mut self.variances, |v, [p]| {
            *v = (*v - p * p / total).max(0.0);
        });
        self.belief.take(&measured);
        // v − v²/(τ² + v) without the difference of nearly equal numbers.
        let before = dot(&measured.along, &row).max(0.0);
        self.variances[candidate] = before * (self.noise / total);
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "max-det",
    summary: "rows most informative together (BatchBALD for numbers)",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[StrategyOption {
        name: "anchors",
        range: OptionRange::Flag,
        default: OptionValue::Flag(DEFAULT_ANCHORS),
        summary: "whether measured and pending rows count as measured first",
    }],
    make: |settings| {
        let anchors = settings.flag("anchors");
        Ok(Box::new(MaxDet { anchors }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;
    use ndarray::array;

    #[test]
    fn a_row_counts_by_what_the_batch_does_not_say_of_it() {
        // Variances 4, 3.61 and 1; the first two are one direction.
        let mut case = Case::features(&[[2.0, 0.0], [1.9, 0.0], [0.0, 1.0]]);
        case.noise = 1.0;
        let batch = case.select(&MaxDet::default(), 3);
        let rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
        assert_eq!(rows, [0, 2, 1]);
        // 3.61 − 3.8²/(1 + 4).
        let expected = [4.0, 1.0, 3.61 - 3.8 * 3.8 / 5.0];
        for (pick, expected) in batch.picks.iter().zip(expected) {
            assert!((pick.score - expected).abs() < 1e-5, "{}", pick.score);
        }
    }

    #[test]
    fn anchors_count_as_measured_unless_told_otherwise() {
        let mut case = Case::features(&[[2.0, 0.0], [0.0, 1.5]]);
        case.anchor_features = array![[2.0, 0.0]];
        case.noise = 1.0;
        // 4·1/(1 + 4) < 2.25.
        assert_eq!(case.picks(&MaxDet::default(), 2), [1, 0]);
        assert_eq!(case.picks(&MaxDet::new(false), 2), [0, 1]);
    }

    #[test]
    fn weights_multiply_variances() {
        let mut case = Case::features(&[[2.0], [1.0]]);
        case.noise = 1.0;
        case.weights = Some(vec![0.25, 1.5]);
        let batch = case.select(&MaxDet::default(), 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (1, 1.5));
    }

    /// The variance of row `x` given the rows `s`: by elimination in the
    /// covariance of all of them, one row of it after the other.
    fn conditional(case: &Case, s: &[usize], x: usize, noise: f64) -> f64 {
        let of = |&row: &usize| case.features.row(row).mapv(f64::from);
        let all: Vec<_> = s.iter().chain([&x]).map(of).collect();
        let mut covariance: Vec<Vec<f64>> = all
            .iter()
            .map(|a| all.iter().map(|b| a.dot(b)).collect())
            .collect();
        for pivot in 0..s.len() {
            covariance[pivot][pivot] += noise;
            let of = covariance[pivot].clone();
            for row in &mut covariance[pivot + 1..] {
                let factor = row[pivot] / of[pivot];
                row.iter_mut().zip(&of).for_each(|(a, b)| *a -= factor * b);
            }
        }
        covariance[s.len()][s.len()]
    }

    #[test]
    fn scores_are_those_of_elimination() {
        for (seed, noise) in [(1, 0.5), (2, 1e-3), (3, 10.0), (4, 2e-6)] {
            let mut case = Case::random_features::<5>(60, seed);
            case.noise = noise;
            let batch = case.select(&MaxDet::default(), 30);
            let noise = f64::from(noise);
            let mut picked = Vec::new();
            for pick in &batch.picks {
                let value = |row| conditional(&case, &picked, row, noise);
                let top = (0..60)
                    .filter(|row| !picked.contains(row))
                    .map(value)
                    .fold(0.0, f64::max);
                let own = value(pick.row);
                assert!(own >= top * (1.0 - 1e-9), "{own} instead of {top}");
                assert!((f64::from(pick.score) - own).abs() < 1e-6 * own);
                picked.push(pick.row);
            }
        }
    }

    #[test]
    fn a_full_set_of_directions_leaves_the_noise() {
        // Three rows, two directions, hardly any noise.
        let mut case = Case::features(&[[3.0, 0.0], [0.0, 2.0], [1.0, 1.0]]);
        case.noise = 1e-4;
        let batch = case.select(&MaxDet::default(), 3);
        let third = batch.picks[2];
        assert_eq!(third.row, 2);
        // (1/9 + 1/4)·τ², to first order.
        assert!((third.score / (1e-4 * 13.0 / 36.0) - 1.0).abs() < 1e-3);
    }
}
