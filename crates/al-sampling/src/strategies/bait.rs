//! `bait`: rows that leave the least variance over all candidates.

use al_core::Seed;

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::gaussian::{
    GaussianBelief, GaussianRows, add_square, as_score, dot, largest_of, product, times,
};
use crate::query::Pool;
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows that lower tr((Σ φφᵀ + τ²I)⁻¹·B) most, where the sum is over the rows measured, \
        pending or picked, B is the sum of φφᵀ over these and all candidates at the start, and τ² \
        is the noise, at least a millionth of the mean variance of the candidates. Times τ², this \
        trace is the sum of the variances that remain on all those rows in a Gaussian model: a row \
        counts for what it says about the others.",
    score: "w times the decrease of the trace, φABAφ/(1 + φAφ) with A the inverse; no unit: 1 is \
        one row whose variance falls by τ².",
    details: "",
    cost: "O((a + n)·e²) once and O(n·e) per pick; O(n·e²) after every 64 picks and whenever the \
        trace has fallen tenfold, to remove rounding errors.",
    reference: "Bayesian batch active learning by Fisher information (BAIT), its forward half: \
        Ash, Goel, Krishnamurthy & Kakade 2021; for regression Holzmüller, Zaverkin, Kästner & \
        Steinwart 2023.",
    use_when: "To lower the error on exactly these candidates, with batches of any size.",
    not_when: "Where the members agree but are wrong: like every strategy based on their spread, \
        it cannot detect bias.",
};

/// Picks by the decrease of the trace; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bait {}

impl Strategy for Bait {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(Trace::new(pool))
    }
}

/// Picks after which the candidates' forms are computed anew.
pub(crate) const FRESH: usize = 64;
/// Share of the trace at the last time below which they are, too: the forms
/// fall with its square, and their errors do not.
const FALLEN: f64 = 0.1;

/// The trace, and what each candidate would take from it.
#[derive(Debug)]
pub(crate) struct Trace<'q> {
    pool: &'q Pool<'q>,
    pub(crate) rows: GaussianRows<'q>,
    /// τ², scaled as the rows are.
    pub(crate) noise: f64,
    /// τ² times the inverse.
    pub(crate) belief: GaussianBelief,
    /// B.
    all: Vec<f64>,
    /// Per candidate φAφ and φABAφ, with A the belief's matrix.
    forms: Vec<[f64; 2]>,
    /// Picks since the forms were computed, and tr(AB) then.
    since: usize,
    trace: f64,
}

impl<'q> Trace<'q> {
    /// With the anchors measured.
    pub(crate) fn new(pool: &'q Pool<'q>) -> Trace<'q> {
        let anchors = pool.anchor_embedding();
        let rows = GaussianRows::new(pool.embedding(), anchors);
        let noise = rows.noise(pool.noise());
        let mut belief = GaussianBelief::new(rows.width());
        let mut all = rows.second_moment();
        for anchor in anchors.rows() {
            let anchor = rows.scaled(anchor);
            add_square(&mut all, &anchor);
            belief.take(&belief.measured(&anchor, noise));
        }
        let mut trace = Trace {
            pool,
            rows,
            noise,
            belief,
            all,
            forms: vec![[0.0; 2]; pool.len()],
            since: 0,
            trace: 0.0,
        };
        trace.refresh();
        trace
    }

    /// ABA, with A the belief's matrix.
    pub(crate) fn sandwich(&self) -> Vec<f64> {
        let (a, width) = (&self.belief.matrix, self.rows.width());
        let half = product(a, &self.all, width);
        // The rows of AB times the rows of A: ABAᵀ, and A is symmetric.
        product(&half, a, width)
    }

    /// Computes the candidates' forms.
    pub(crate) fn refresh(&mut self) {
        let matrices = [self.belief.matrix.clone(), self.sandwich()];
        let matrices = [matrices[0].as_slice(), matrices[1].as_slice()];
        self.rows
            .quadratic(matrices, &mut self.forms, |forms, found| {
                *forms = found.map(|form| form.max(0.0));
            });
        self.since = 0;
        self.trace = dot(&self.belief.matrix, &self.all);
    }

    fn value(&self, candidate: usize) -> f64 {
        let [variance, decrease] = self.forms[candidate];
        let weight = f64::from(self.pool.weight(candidate));
        weight * (decrease / (self.noise * (self.noise + variance)))
    }

    /// Takes a candidate as measured.
    pub(crate) fn add(&mut self, candidate: usize) {
        let measured = self.belief.measured(&self.rows.row(candidate), self.noise);
        let (along, total) = (&measured.along, measured.total);
        let weighed = times(&self.all, along);
        let across = self.belief.times(&weighed);
        let own = dot(along, &weighed) / total;
        // A loses aaᵀ/d: with x = φa and y = φABa, φAφ loses x²/d and φABAφ
        // loses 2xy/d − x²·aBa/d².
        self.rows
            .project([along, &across], &mut self.forms, |forms, [x, y]| {
                let lost = [x * x / total, x * (2.0 * y - x * own) / total];
                *forms = [0, 1].map(|at| (forms[at] - lost[at]).max(0.0));
            });
        self.belief.take(&measured);
        self.since += 1;
        let trace = dot(&self.belief.matrix, &self.all);
        if self.since == FRESH || trace < FALLEN * self.trace {
            self.refresh();
        }
    }
}

impl Greedy for Trace<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        largest_of(open, |candidate| self.value(candidate))
    }

    fn score(&self, candidate: usize) -> f32 {
        as_score(self.value(candidate))
    }

    fn chosen(&mut self, candidate: usize) {
        self.add(candidate);
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "bait",
    summary: "rows that leave the least variance over all candidates",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(Bait {})),
};

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::strategies::tests::Case;
    use ndarray::{Array2, array};

    #[test]
    fn a_row_counts_by_what_it_says_of_all_others() {
        // Five rows on one axis, the longest on the other: τ² = 1, A = I,
        // B = diag(5·1, 4). Row 5 takes 4·4/(1 + 4) = 3.2 from the trace, one
        // of the others 5/(1 + 1) = 2.5.
        let axis = [1.0, 0.0];
        let mut case = Case::features(&[axis, axis, axis, axis, axis, [0.0, 2.0]]);
        case.noise = 1.0;
        let batch = case.select(&Bait {}, 3);
        assert_eq!(batch.picks[0].row, 5);
        assert!((batch.picks[0].score - 3.2).abs() < 1e-6);
        assert!((batch.picks[1].score - 2.5).abs() < 1e-6);
        // Trace of the first axis: 5, 5/2, 5/3.
        assert!((batch.picks[2].score - (2.5 - 5.0 / 3.0)).abs() < 1e-6);
        // With one measured on each axis: 4/5 − 4/9 against 6/2 − 6/3.
        case.anchor_features = array![[1.0, 0.0], [0.0, 2.0]];
        let batch = case.select(&Bait {}, 1);
        assert!(batch.picks[0].row < 5);
        assert!((batch.picks[0].score - 1.0).abs() < 1e-6);
    }

    #[test]
    fn weights_multiply_decreases() {
        let mut case = Case::features(&[[1.0, 0.0], [0.0, 1.0]]);
        case.noise = 1.0;
        case.weights = Some(vec![0.5, 4.0]);
        let batch = case.select(&Bait {}, 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (1, 2.0));
    }

    /// The trace with some rows measured, by inverting the 2 × 2 matrix.
    pub(crate) fn trace(case: &Case, picks: &[usize]) -> f64 {
        let moment = |rows: &Array2<f32>| {
            let rows = rows.mapv(f64::from);
            rows.t().dot(&rows)
        };
        let picked = case.features.select(ndarray::Axis(0), picks);
        let m = moment(&picked) + Array2::<f64>::eye(2) * f64::from(case.noise);
        let determinant = m[[0, 0]] * m[[1, 1]] - m[[0, 1]] * m[[1, 0]];
        let inverse = array![[m[[1, 1]], -m[[0, 1]]], [-m[[1, 0]], m[[0, 0]]]] / determinant;
        (inverse * moment(&case.features)).sum()
    }

    #[test]
    fn decreases_are_those_of_the_trace() {
        for (seed, noise) in [(1, 0.3), (2, 1e-3), (3, 20.0), (4, 2e-6)] {
            let mut case = Case::random_features::<2>(90, seed);
            case.noise = noise;
            let batch = case.select(&Bait {}, 80);
            let mut picked = Vec::new();
            for pick in &batch.picks {
                let now = trace(&case, &picked);
                let decrease = |row: usize| now - trace(&case, &[&picked[..], &[row]].concat());
                let own = decrease(pick.row);
                let left = (0..90).filter(|row| !picked.contains(row));
                let top = left.map(decrease).fold(0.0, f64::max);
                assert!(own >= top * (1.0 - 1e-5), "{own} instead of {top}");
                assert!((f64::from(pick.score) - own).abs() < 1e-5 * own + 1e-9 * now);
                picked.push(pick.row);
            }
        }
    }
}
