//! `stratified`: another strategy (option base), with a share per region.

use std::borrow::Cow;

use al_core::Seed;
use rayon::prelude::*;

use crate::clusters::k_means;
use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::shares::Shares;
use crate::strategy::{Greedy, Needs, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "What the base strategy prefers, in one stratum at a time. The candidates are divided \
        into strata by k-means on the inputs, and each pick comes from the stratum that is \
        farthest behind its share, which is its share of the candidates (proportional allocation \
        by largest remainder). Within the stratum, the base strategy, which sees all candidates \
        and all picks, chooses the best row.",
    score: "That of the base strategy, whose options are at their defaults.",
    details: "Whether a larger batch begins with the smaller one, and which targets it suits, \
        depends on the base strategy.",
    cost: "That of the base strategy; O(n·s·d) for each of up to ten rounds of k-means with s \
        strata; O(n) per pick.",
    reference: "Stratified sampling with proportional allocation: Neyman 1934; clusters as strata \
        for learning: Nguyen & Smeulders 2004.",
    use_when: "When a strategy concentrates on one corner of the table and every region must have \
        its share.",
    not_when: "With strategies that spread their picks themselves, which get worse, or when small \
        groups matter: they get few rows.",
};

/// Picks by another strategy, stratum by stratum.
pub struct Stratified {
    base: Box<dyn Strategy>,
    strata: usize,
}

impl Stratified {
    /// Picks by `base` in each of at most `strata` strata.
    #[must_use]
    pub fn new(base: Box<dyn Strategy>, strata: usize) -> Stratified {
        Stratified { base, strata }
    }
}

impl Strategy for Stratified {
    fn needs(&self) -> Needs {
        self.base.needs()
    }

    fn weight_factors(&self, pool: &Pool<'_>, seed: Seed) -> Option<Vec<f32>> {
        self.base.weight_factors(pool, seed)
    }

    fn begin<'q>(&self, pool: &'q Pool<'q>, seed: Seed) -> Box<dyn Greedy + 'q> {
        let strata = k_means(pool.points(), self.strata);
        let mut sizes = vec![0; self.strata];
        for &stratum in &strata {
            sizes[stratum as usize] += 1;
        }
        Box::new(Divided {
            base: self.base.begin(pool, seed),
            // Sizes are the targets.
            shares: Shares::new(vec![0.0; sizes.len()], sizes),
            strata,
            inside: vec![false; pool.len()],
        })
    }
}

struct Divided<'q> {
    base: Box<dyn Greedy + 'q>,
    /// Per candidate its stratum.
    strata: Vec<u32>,
    shares: Shares,
    /// Per candidate whether it is open and in the stratum of this pick.
    inside: Vec<bool>,
}

impl Greedy for Divided<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        const BLOCK: usize = 1 << 14;
        let stratum = self.shares.next(&self.open_strata(open))? as u32;
        self.inside
            .par_chunks_mut(BLOCK)
            .zip(open.par_chunks(BLOCK))
            .zip(self.strata.par_chunks(BLOCK))
            .for_each(|((inside, open), strata)| {
                for ((inside, &open), &of) in inside.iter_mut().zip(open).zip(strata) {
                    *inside = open && of == stratum;
                }
            });
        self.base.best(&self.inside)
    }

    fn score(&self, candidate: usize) -> f32 {
        self.base.score(candidate)
    }

    fn chosen(&mut self, candidate: usize) {
        self.shares.chosen(self.strata[candidate] as usize);
        self.base.chosen(candidate);
    }
}

impl Divided<'_> {
    /// Which strata have open candidates.
    fn open_strata(&self, open: &[bool]) -> Vec<bool> {
        let mut found = vec![false; self.shares.len()];
        let mut missing = found.len();
        for (&stratum, &open) in self.strata.iter().zip(open) {
            if open && !found[stratum as usize] {
                found[stratum as usize] = true;
                missing -= 1;
                // As a rule all are found within the first few candidates.
                if missing == 0 {
                    break;
                }
            }
        }
        found
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "stratified",
    summary: "another strategy (option base), with a share per region",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: false,
    anytime: true,
    options: &[
        StrategyOption {
            name: "base",
            range: OptionRange::Strategy,
            default: OptionValue::Text(Cow::Borrowed("lcmd")),
            summary: "strategy that picks within a stratum, with its options at their defaults",
        },
        StrategyOption {
            name: "by",
            range: OptionRange::Names(&["clusters"]),
            default: OptionValue::Text(Cow::Borrowed("clusters")),
            summary: "how strata are formed; clusters means k-means clusters of the inputs",
        },
        StrategyOption {
            name: "strata",
            range: OptionRange::Whole {
                least: 1,
                most: 1000,
            },
            default: OptionValue::Number(10.0),
            summary: "number of strata",
        },
    ],
    make: |settings| {
        // There is one value of `by` so far; the name leaves room for columns.
        let strata = settings.whole("strata");
        Ok(Box::new(Stratified::new(settings.base("base")?, strata)))
    },
};

#[cfg(test)]
mod tests {
    use al_core::Fault;

    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::lcmd::Lcmd;
    use crate::strategies::tests::{Case, numbers};
    use crate::strategies::uncertainty::Uncertainty;

    fn stratified(base: &str, strata: f64) -> Box<dyn Strategy> {
        let options = StrategyOptions::none()
            .with("base", OptionValue::Text(base.to_owned().into()))
            .with("strata", OptionValue::Number(strata));
        ENTRY.with_options(&options).expect("valid options")
    }

    #[test]
    fn every_stratum_gets_its_part() {
        // Three clusters of 4, 2 and 2 rows, the first the most uncertain.
        let mut case = Case::points(&[[0.0], [0.1], [0.2], [0.3], [5.0], [5.1], [9.0], [9.1]]);
        case.scores = vec![0.9, 0.8, 0.7, 0.6, 0.5, 0.1, 0.2, 0.4];
        assert_eq!(case.picks(&Uncertainty {}, 4), [0, 1, 2, 3]);
        let strategy = stratified("uncertainty", 3.0);
        let batch = case.select(strategy.as_ref(), 8);
        let mut rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
        assert_eq!((rows[0], batch.picks[0].score), (0, 0.9));
        // Behind after the first: 0, 0.5, 0.5; then 0.5, and 0.75 for the
        // one left out; then the first again.
        rows[1..3].sort_unstable();
        assert_eq!(rows[..4], [0, 4, 7, 1]);
        rows[5..7].sort_unstable();
        assert_eq!(rows[4..], [2, 5, 6, 3]);
    }

    #[test]
    fn weights_and_forced_picks_reach_the_base() {
        let mut case = Case::points(&[[0.0], [0.1], [5.0], [5.1]]);
        case.scores = vec![0.5, 0.4, 0.3, 0.2];
        case.weights = Some(vec![1.0, 2.0, 1.0, 2.0]);
        let picks = case.picks(stratified("uncertainty", 2.0).as_ref(), 2);
        assert!(picks == [1, 3] || picks == [3, 1], "{picks:?}");
        case.weights = None;
        case.with_pool(|pool| {
            let strategy = stratified("uncertainty", 2.0);
            let mut greedy = strategy.begin(pool, Seed(0));
            greedy.chosen(1);
            let open = [true, false, true, true];
            assert_eq!(greedy.best(&open), Some(2), "the other stratum's turn");
        });
    }

    #[test]
    fn one_stratum_changes_nothing() {
        let mut case = Case::features(&[[0.0; 3]; 120]);
        case.features = numbers(120, 3, 1);
        case.points = numbers(120, 2, 2);
        case.anchor_points = numbers(5, 2, 3);
        case.anchor_features = numbers(5, 3, 4);
        let one = stratified("lcmd", 1.0);
        assert_eq!(case.select(one.as_ref(), 40), case.select(&Lcmd {}, 40));
    }

    #[test]
    fn shares_follow_the_sizes() {
        let mut case = Case::points(&[[0.0; 2]; 500]);
        case.points = numbers(500, 2, 5);
        let strata = k_means(case.points.view(), 7);
        for base in ["random", "space-filling", "density", "rt-al"] {
            let picks = case.picks(stratified(base, 7.0).as_ref(), 100);
            for stratum in 0..7 {
                let share = strata.iter().filter(|&&of| of == stratum).count() as f64 / 5.0;
                let found = picks.iter().filter(|&&row| strata[row] == stratum).count();
                assert!(
                    (found as f64 - share).abs() < 1.0,
                    "{base}: {found}, {share}"
                );
            }
        }
    }

    #[test]
    fn a_base_that_is_none_is_refused() {
        let error = |name: &str, value: OptionValue| {
            let options = StrategyOptions::none().with(name, value);
            let made = ENTRY.with_options(&options);
            Fault::from(made.err().expect("options that are refused")).to_string()
        };
        let text = |name: &'static str| OptionValue::Text(name.into());
        let message = error("base", text("lcdm"));
        assert!(
            message.starts_with("strategy 'stratified': 'base': unknown"),
            "{message}"
        );
        assert!(message.contains("did you mean 'lcmd'?"), "{message}");
        let message = error("base", text("stratified"));
        assert!(message.contains("another strategy"), "{message}");
        assert!(error("by", text("columns")).contains("'by' must be 'clusters'"));
        assert!(error("strata", OptionValue::Number(0.0)).contains("from 1 to 1000"));
    }
}
