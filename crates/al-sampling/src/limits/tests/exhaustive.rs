//! Small instances against trying every batch.

use super::*;

/// A small instance drawn from a seed.
struct Small {
    scores: Vec<f32>,
    limits: SelectionLimits,
    included: Vec<usize>,
}

impl Small {
    fn draw(seed: u64, columns: usize, money: bool, together: bool) -> Small {
        let mut step = 0;
        let mut below = |n: usize| {
            step += 1;
            (Seed(seed).derive("small", step).0 % n as u64) as usize
        };
        let rows = 5 + below(5);
        let mut limits = SelectionLimits::first(2 + below(rows - 1));
        for at in 0..columns {
            let values = 2 + below(3);
            let letters: String = (0..rows)
                .map(|_| ["a", "b", "c", "d"][below(values)])
                .collect();
            let groups = column(["hardware", "driver", "runtime"][at], &letters);
            let kinds = below(3);
            if kinds != 1 {
                limits
                    .quotas
                    .push(Quota::at_least(1 + below(2), groups.clone()));
            }
            if kinds > 0 {
                limits.quotas.push(Quota::at_most(1 + below(3), groups));
            }
        }
        if money {
            limits.budget = budget(
                (4 + below(12)) as f64,
                &(0..rows).map(|_| below(6) as f64).collect::<Vec<_>>(),
            );
        }
        if together {
            let letters: String = (0..rows).map(|_| ["p", "q"][below(2)]).collect();
            limits.together = Some(column("host", &letters));
        }
        let included: Vec<usize> = if below(3) == 0 {
            vec![below(rows)]
        } else {
            Vec::new()
        };
        limits.included = included.iter().map(|&row| keys(rows)[row]).collect();
        Small {
            scores: (0..rows).map(|_| below(8) as f32).collect(),
            limits,
            included,
        }
    }

    /// Whether the rows of these bits meet all limits but the number of rows.
    fn meets(&self, batch: u32) -> bool {
        let has = |row: usize| batch >> row & 1 == 1;
        let rows = || (0..self.scores.len()).filter(|&row| has(row));
        let counts = |groups: &Groups| {
            let mut counts = vec![0; groups.len()];
            rows().for_each(|row| counts[groups.group(row as u32) as usize] += 1);
            counts
        };
        let limits = &self.limits;
        self.included.iter().all(|&row| has(row))
            && limits.quotas.iter().all(|quota| {
                let counts = counts(&quota.groups);
                let mut offered =
                    (0..counts.len()).filter(|&g| quota.groups.of.contains(&(g as u32)));
                offered.all(|group| match quota.bound {
                    QuotaBound::AtMost(n) => counts[group] <= n,
                    QuotaBound::AtLeast(n) => counts[group] >= n,
                })
            })
            && limits.budget.as_ref().is_none_or(|budget| {
                rows().map(|row| budget.costs[row]).sum::<f64>() <= budget.total
            })
            && limits
                .together
                .as_ref()
                .is_none_or(|groups| counts(groups).iter().filter(|&&n| n > 0).count() <= 1)
    }

    /// The most rows of a batch that meets all limits; none if none does.
    fn most(&self) -> Option<u32> {
        (0..1_u32 << self.scores.len())
            .filter(|batch| batch.count_ones() as usize <= self.limits.n && self.meets(*batch))
            .map(u32::count_ones)
            .max()
    }
}

/// Instances tried, those that no batch meets, and of the others those that
/// were refused and those whose batch is smaller than the largest.
fn tried(columns: usize, money: bool, together: bool) -> [usize; 4] {
    let mut counts = [0; 4];
    for seed in 0..1500 {
        let small = Small::draw(seed, columns, money, together);
        counts[0] += 1;
        let found = batch(&small.scores, &small.limits);
        match (small.most(), found) {
            (None, Err(SelectError::Collision(_))) => counts[1] += 1,
            (Some(_), Err(SelectError::Collision(_))) => counts[2] += 1,
            (Some(most), Ok(batch)) => {
                let bits = rows_of(&batch).iter().fold(0, |bits, row| bits | 1 << row);
                assert!(small.meets(bits), "{seed}: {:?} {batch:?}", small.limits);
                assert!(batch.picks.len() <= small.limits.n);
                assert_eq!(batch.short.is_some(), batch.picks.len() < small.limits.n);
                if let Some(short) = &batch.short {
                    let all = batch.picks.len() == small.scores.len();
                    assert_eq!(short.limits.is_empty(), all, "{seed}: {short}");
                }
                counts[3] += usize::from(batch.picks.len() < most as usize);
            }
            (most, found) => panic!("{seed}: {most:?}, {found:?}"),
        }
    }
    counts
}

#[test]
fn one_column_is_solved() {
    let [all, none, refused, small] = tried(1, false, false);
    assert!(none > all / 20 && none < all / 2, "{none} of {all}");
    assert_eq!((refused, small), (0, 0));
}

#[test]
fn two_columns_are_met_whenever_they_can_be() {
    let [all, none, refused, _] = tried(2, false, false);
    assert!(none > all / 20 && none < all * 9 / 10, "{none} of {all}");
    assert_eq!(refused, 0);
}

#[test]
fn budgets_and_hosts_are_met_whenever_they_can_be() {
    for columns in 0..=2 {
        for (money, together) in [(true, false), (false, true), (true, true)] {
            let [_, _, refused, _] = tried(columns, money, together);
            assert_eq!(refused, 0, "{columns} columns, {money}, {together}");
        }
    }
}

#[test]
fn three_columns_of_few_rows_are_met_whenever_they_can_be() {
    for money in [false, true] {
        assert_eq!(tried(3, money, false)[2], 0);
    }
}
