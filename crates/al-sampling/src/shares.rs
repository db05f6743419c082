//! Picks handed out to groups in proportion to their targets, one at a time.

/// How many picks each group is to have, and has.
///
/// A pick goes to the group that is farthest behind its share of the picks so
/// far and this one (largest remainder). So every beginning of a batch is
/// shared out as well as whole picks allow. Groups without open candidates
/// take no part: the others share among themselves, by their own targets and
/// picks.
#[derive(Debug, Clone)]
pub(crate) struct Shares {
    targets: Vec<f64>,
    sizes: Vec<usize>,
    picked: Vec<usize>,
}

impl Shares {
    /// Groups with these targets, finite and ≥ 0, in any unit. Where all that
    /// take part have target 0, their sizes are the targets.
    pub(crate) fn new(targets: Vec<f64>, sizes: Vec<usize>) -> Shares {
        assert_eq!(targets.len(), sizes.len(), "one target per group");
        Shares {
            picked: vec![0; sizes.len()],
            targets,
            sizes,
        }
    }

    /// Number of groups.
    pub(crate) fn len(&self) -> usize {
        self.sizes.len()
    }

    /// The group that the next pick belongs to, among those that are open,
    /// the first of equals; `None` if none is.
    pub(crate) fn next(&self, open: &[bool]) -> Option<usize> {
        let taking: Vec<usize> = (0..open.len()).filter(|&group| open[group]).collect();
        let sum = |of: &dyn Fn(usize) -> f64| taking.iter().map(|&group| of(group)).sum::<f64>();
        let by_target = |group: usize| self.targets[group];
        let by_size = |group: usize| self.sizes[group] as f64;
        let of: &dyn Fn(usize) -> f64 = if sum(&by_target) > 0.0 {
            &by_target
        } else {
            &by_size
        };
        let whole = sum(of).max(f64::MIN_POSITIVE);
        let after: usize = 1 + taking
            .iter()
            .map(|&group| self.picked[group])
            .sum::<usize>();
        let behind = |group: usize| of(group) / whole * after as f64 - self.picked[group] as f64;
        taking
            .into_iter()
            .map(|group| (behind(group), group))
            .reduce(|a, b| if b.0 > a.0 { b } else { a })
            .map(|(_, group)| group)
    }

    /// Tells that a candidate of `group` is chosen.
    pub(crate) fn chosen(&mut self, group: usize) {
        self.picked[group] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed_out(shares: &mut Shares, open: &[bool], n: usize) -> Vec<usize> {
        (0..n)
            .map(|_| {
                let group = shares.next(open).unwrap();
                shares.chosen(group);
                group
            })
            .collect()
    }

    #[test]
    fn every_beginning_is_shared_out() {
        let mut shares = Shares::new(vec![5.0, 3.0, 2.0], vec![1; 3]);
        // Behind: 0.5, 0.3, 0.2; 0, 0.6, 0.4; 0.5, −0.1, 0.6; 1, 0.2, −0.2;
        // 0.5, 0.5, 0.
        let order = handed_out(&mut shares, &[true; 3], 10);
        assert_eq!(order[..5], [0, 1, 2, 0, 0]);
        assert_eq!(shares.picked, [5, 3, 2]);
        handed_out(&mut shares, &[true; 3], 90);
        assert_eq!(shares.picked, [50, 30, 20]);
    }

    #[test]
    fn groups_without_candidates_leave_their_share_to_the_others() {
        let mut shares = Shares::new(vec![8.0, 1.0, 1.0, 0.0], vec![1; 4]);
        handed_out(&mut shares, &[true; 4], 10);
        assert_eq!(shares.picked, [8, 1, 1, 0]);
        handed_out(&mut shares, &[false, true, true, true], 10);
        assert_eq!(shares.picked, [8, 6, 6, 0]);
        // Only the group of target 0 is left.
        handed_out(&mut shares, &[false, false, false, true], 2);
        assert_eq!(shares.picked, [8, 6, 6, 2]);
        assert_eq!(shares.next(&[false; 4]), None);
    }

    #[test]
    fn without_targets_sizes_count() {
        let mut shares = Shares::new(vec![0.0, 0.0], vec![30, 10]);
        assert_eq!(handed_out(&mut shares, &[true; 2], 4), [0, 0, 1, 0]);
    }
}
