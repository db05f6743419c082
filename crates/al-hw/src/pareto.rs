//! Several objectives at once: what no other choice beats in all of them
//! (Pareto 1896).
//!
//! Cost: O(H² · objectives) for values, times the draws for probabilities.

use al_core::Direction;

use crate::recommend::DRAWS;

/// Whether choice `a` is at least as good as `b` in every objective and better
/// in one; `values` has the choices of each objective.
fn dominates(values: &[&[f64]], better: &[Direction], a: usize, b: usize) -> bool {
    let mut ahead = false;
    for (values, better) in values.iter().zip(better) {
        if better.beats(values[b], values[a]) {
            return false;
        }
        ahead |= better.beats(values[a], values[b]);
    }
    ahead
}

/// Per choice whether no other dominates it. Equal choices are both in the set.
#[must_use]
pub fn front(values: &[&[f64]], better: &[Direction]) -> Vec<bool> {
    let n = values.first().map_or(0, |values| values.len());
    (0..n)
        .map(|one| !(0..n).any(|other| dominates(values, better, other, one)))
        .collect()
}

/// Per choice the share of the draws in which it is in the set; `draws` has
/// those of each objective, as [`Joint::draw`](crate::Joint::draw) gives them.
#[must_use]
pub fn p_front(draws: &[&[f64]], better: &[Direction]) -> Vec<f64> {
    let n = draws.first().map_or(0, |draws| draws.len() / DRAWS);
    let mut counts = vec![0_u32; n];
    let mut now: Vec<Vec<f64>> = vec![vec![0.0; n]; draws.len()];
    for draw in 0..DRAWS {
        for (now, draws) in now.iter_mut().zip(draws) {
            for (choice, value) in now.iter_mut().enumerate() {
                *value = draws[choice * DRAWS + draw];
            }
        }
        let views: Vec<&[f64]> = now.iter().map(Vec::as_slice).collect();
        for (count, inside) in counts.iter_mut().zip(front(&views, better)) {
            *count += u32::from(inside);
        }
    }
    let shares = counts.into_iter().map(f64::from);
    shares.map(|count| count / DRAWS as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use al_core::Direction::{Max, Min};

    #[test]
    fn what_is_worse_in_all_is_not_in_the_set() {
        let speed = [10.0, 8.0, 5.0, 8.0, 4.0];
        let energy = [9.0, 4.0, 1.0, 4.0, 3.0];
        let inside = front(&[&speed, &energy], &[Max, Min]);
        assert_eq!(inside, [true, true, true, true, false]);
        // Of one objective the best alone; equal ones stay together.
        assert_eq!(front(&[&speed], &[Max]), [true, false, false, false, false]);
        assert_eq!(front(&[&[1.0, 1.0]], &[Min]), [true, true]);
        assert!(front(&[], &[]).is_empty());
    }

    #[test]
    fn shares_count_the_draws() {
        // Choice 0 has the smaller first objective always, choice 1 the smaller
        // second one in half of the draws.
        let first: Vec<f64> = (0..2 * DRAWS)
            .map(|at| f64::from(u8::from(at >= DRAWS)))
            .collect();
        let second: Vec<f64> = (0..2 * DRAWS)
            .map(|at| {
                if at < DRAWS {
                    0.5
                } else {
                    f64::from(u8::from(at % 2 == 0))
                }
            })
            .collect();
        let shares = p_front(&[&first, &second], &[Min, Min]);
        assert_eq!(shares, [1.0, 0.5]);
    }
}
