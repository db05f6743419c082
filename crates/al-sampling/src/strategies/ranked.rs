//! For strategies whose scores do not change: candidates sorted once.

use rayon::prelude::*;

use crate::strategy::Greedy;

/// Candidates in the order of their fixed scores.
#[derive(Debug)]
pub(crate) struct Ranked {
    scores: Vec<f32>,
    chosen: Vec<bool>,
    /// The candidates, best first, equal ones in the pool's order.
    order: Vec<u32>,
    /// All before this place of `order` are chosen.
    from: usize,
}

impl Ranked {
    /// `scores` are finite.
    pub(crate) fn new(scores: Vec<f32>) -> Ranked {
        let mut order: Vec<u64> = scores
            .par_iter()
            .enumerate()
            .with_min_len(4096)
            .map(|(at, &score)| u64::from(!ordered(score)) << 32 | at as u64)
            .collect();
        order.par_sort_unstable();
        Ranked {
            chosen: vec![false; scores.len()],
            order: order.into_iter().map(|place| place as u32).collect(),
            scores,
            from: 0,
        }
    }
}

/// A whole number that is the larger the larger the score is.
fn ordered(score: f32) -> u32 {
    // Bits of numbers ≥ 0 are ordered as the numbers are, those of others the
    // other way round; + 0.0 makes −0 a 0.
    let bits = (score + 0.0).to_bits();
    if bits >> 31 == 0 {
        bits | 1 << 31
    } else {
        !bits
    }
}

impl Greedy for Ranked {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        self.order[self.from..]
            .iter()
            .map(|&candidate| candidate as usize)
            .find(|&candidate| open[candidate])
    }

    fn score(&self, candidate: usize) -> f32 {
        self.scores[candidate]
    }

    fn chosen(&mut self, candidate: usize) {
        self.chosen[candidate] = true;
        while let Some(&first) = self.order.get(self.from)
            && self.chosen[first as usize]
        {
            self.from += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_come_by_score_then_place_and_only_if_open() {
        let mut ranked = Ranked::new(vec![0.5, -0.0, 0.75, 0.5, 0.0]);
        let mut open = vec![true, true, false, true, true];
        let mut order = Vec::new();
        while let Some(best) = ranked.best(&open) {
            order.push(best);
            open[best] = false;
            ranked.chosen(best);
        }
        assert_eq!(order, [0, 3, 1, 4]);
        // One that was closed for a while is not lost.
        open[2] = true;
        assert_eq!(ranked.best(&open), Some(2));
        assert_eq!(ranked.score(2), 0.75);
    }

    #[test]
    fn scores_of_either_sign_are_ordered() {
        let scores = [f32::MIN, -2.0, -1.0, -1e-40, -0.0, 1e-40, 2.0, f32::MAX];
        assert!(scores.is_sorted_by_key(|&score| ordered(score)));
        assert_eq!(ordered(-0.0), ordered(0.0));
        let mut ranked = Ranked::new(vec![-1.0, 0.5, -3.0]);
        assert_eq!(ranked.best(&[true, true, true]), Some(1));
        assert_eq!(ranked.best(&[true, false, true]), Some(0));
    }
}
