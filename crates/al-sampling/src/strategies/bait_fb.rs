//! `bait-fb`: as bait, but picks twice as many and drops the least useful.

use al_core::Seed;
use rayon::prelude::*;

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::gaussian::{GaussianBelief, quadratic, remaining};
use crate::query::Pool;
use crate::strategies::bait::{FRESH, Trace};
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "What bait prefers, but for the batch as a whole: it goes forward until there are \
        twice as many rows as wanted, then backward, dropping one by one the row whose loss, times \
        its weight, raises the trace least. Early picks made redundant by later ones are dropped.",
    score: "As in bait: w times the decrease of the trace.",
    details: "Rows to include are kept; if the candidates run out, it goes backward from all of \
        them. The remaining rows are ordered by the largest decrease.",
    cost: "Three times that of bait, plus O(k²·e²) to go backward.",
    reference: "BAIT: Ash, Goel, Krishnamurthy & Kakade 2021; for regression Holzmüller, \
        Zaverkin, Kästner & Steinwart 2023.",
    use_when: "Where a batch is measured as a whole and its rows are expensive.",
    not_when: "When a batch may be cut short: a larger batch does not begin with the smaller one. \
        In the backtests it was no better than bait.",
};

/// Picks forward, then back; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BaitFb {}

impl Strategy for BaitFb {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(Planned {
            pool,
            trace: Trace::new(pool),
            chosen: 0,
            plan: None,
        })
    }
}

struct Planned<'q> {
    pool: &'q Pool<'q>,
    trace: Trace<'q>,
    chosen: usize,
    /// Which candidates are to come; made when the first is asked for, since
    /// the rows that the user wants are known then.
    plan: Option<Vec<bool>>,
}

impl Planned<'_> {
    fn plan(&mut self, open: &[bool]) -> Vec<bool> {
        let wanted = self.pool.batch().saturating_sub(self.chosen);
        let before = self.trace.belief.clone();
        let mut left = open.to_vec();
        let mut taken = Vec::new();
        while taken.len() < 2 * wanted
            && let Some(next) = self.trace.best(&left)
        {
            left[next] = false;
            taken.push(next);
            self.trace.add(next);
        }
        self.take_back(&mut taken, wanted, &before);
        self.trace.belief = before;
        self.trace.refresh();
        let mut plan = vec![false; open.len()];
        taken
            .into_iter()
            .for_each(|candidate| plan[candidate] = true);
        plan
    }

    /// Takes rows back until `wanted` are left; `before` is what was believed
    /// without them.
    fn take_back(&mut self, taken: &mut Vec<usize>, wanted: usize, before: &GaussianBelief) {
        let trace = &mut self.trace;
        let rows = trace.rows;
        let mut since = 0;
        while taken.len() > wanted {
            let sandwich = trace.sandwich();
            let (belief, noise) = (&trace.belief, trace.noise);
            let losses: Vec<f64> = taken
                .par_iter()
                .with_min_len(64)
                .map(|&candidate| {
                    let row = rows.row(candidate);
                    let left = remaining(noise, quadratic(&belief.matrix, &row));
                    let loss = quadratic(&sandwich, &row) / (noise * left);
                    f64::from(self.pool.weight(candidate)) * loss
                })
                .collect();
            // Of equal ones the last that came.
            let least = (0..losses.len())
                .reduce(|a, b| if losses[b] <= losses[a] { b } else { a })
                .expect("more rows than wanted");
            let candidate = taken.remove(least);
            since += 1;
            if since == FRESH {
                since = 0;
                trace.belief = before.clone();
                for &candidate in &*taken {
                    let belief = &mut trace.belief;
                    belief.take(&belief.measured(&rows.row(candidate), noise));
                }
            } else {
                trace.belief.forget(&rows.row(candidate), noise);
            }
        }
    }
}

impl Greedy for Planned<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        if self.plan.is_none() {
            self.plan = Some(self.plan(open));
        }
        let planned = self.plan.iter().flatten().zip(open);
        let both: Vec<bool> = planned.map(|(&plan, &open)| plan && open).collect();
        self.trace.best(&both).or_else(|| self.trace.best(open))
    }

    fn score(&self, candidate: usize) -> f32 {
        self.trace.score(candidate)
    }

    fn chosen(&mut self, candidate: usize) {
        self.chosen += 1;
        self.trace.add(candidate);
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "bait-fb",
    summary: "like bait, but picks twice as many, then drops the worst",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: false,
    options: &[],
    make: |_| Ok(Box::new(BaitFb {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::bait::Bait;
    use crate::strategies::bait::tests::trace;
    use crate::strategies::tests::Case;

    #[test]
    fn going_back_drops_what_others_made_superfluous() {
        // The first pick looks along the diagonal; two along the axes replace
        // it. Forward alone keeps it.
        let mut rows = vec![[1.0, 1.0], [1.75, 0.0], [0.0, 1.75], [1.0, 1.0]];
        rows.extend([[0.5, 0.4]; 8]);
        let mut case = Case::features(&rows);
        case.noise = 0.25;
        let forward = case.picks(&Bait {}, 2);
        let both = case.picks(&BaitFb {}, 2);
        assert!(trace(&case, &both) < trace(&case, &forward) * 0.99);
    }

    #[test]
    fn a_plan_keeps_to_what_the_user_asked_for() {
        let mut case = Case::random_features::<3>(40, 5);
        case.noise = 0.1;
        case.with_pool(|pool| {
            let mut greedy = BaitFb {}.begin(pool, Seed(0));
            let mut open = vec![true; 40];
            open[7] = false;
            greedy.chosen(7);
            while let Some(next) = greedy.best(&open) {
                assert!(greedy.score(next).is_finite());
                open[next] = false;
                greedy.chosen(next);
            }
            assert!(open.iter().all(|&open| !open));
        });
    }
}
