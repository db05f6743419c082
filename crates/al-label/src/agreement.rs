//! How far people agree who judge the same items.
//!
//! Krippendorff's alpha (2011, "Computing Krippendorff's Alpha-Reliability") takes any
//! number of people and missing judgements: 1 − observed disagreement / the disagreement
//! of judgements paired at random. 1 is agreement, 0 what chance brings, below it is
//! systematic disagreement. Cohen's kappa (1960) is of two people and classes. Intervals
//! are of the bootstrap over items (Efron 1979).

use std::collections::BTreeMap;

use al_core::Seed;
use rand::RngExt;
use serde::Serialize;
use utoipa::ToSchema;

/// Resamplings of an interval, and how much it covers.
const RESAMPLED: usize = 1000;
const TAIL: f64 = 0.025;

/// A judgement: of whom, and what.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Who, as a number from 0.
    pub by: usize,
    /// What: a number.
    pub value: JudgedValue,
}

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum JudgedValue {
    /// A class, as a number from 0: classes are equal or not.
    Class(usize),
    /// A number: how far two are apart counts, squared.
    Number(f64),
}

/// A coefficient with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Coefficient {
    /// The coefficient.
    pub value: f64,
    /// Where 95 % of resamplings of the items begin; none with fewer than two items.
    pub low: Option<f64>,
    /// Where they end.
    pub high: Option<f64>,
    /// The items that were judged by two or more.
    pub items: usize,
}

/// Of two people.
#[derive(Debug, Clone, PartialEq)]
pub struct PairAgreement {
    /// One, as a number from 0.
    pub first: usize,
    /// The other.
    pub second: usize,
    /// Cohen's kappa.
    pub kappa: Coefficient,
}

/// Krippendorff's alpha of items, each with its judgements. `None` if no item was judged
/// twice, or all judgements are the same, which leaves nothing to agree about.
#[must_use]
pub fn alpha(items: &[Vec<Judgement>], seed: Seed) -> Option<Coefficient> {
    let units: Vec<Vec<JudgedValue>> = items
        .iter()
        .map(|unit| unit.iter().map(|judgement| judgement.value).collect())
        .filter(|unit: &Vec<JudgedValue>| unit.len() > 1)
        .collect();
    with_interval(&units, seed, alpha_of)
}

fn alpha_of(units: &[&Vec<JudgedValue>]) -> Option<f64> {
    let all: Vec<JudgedValue> = units.iter().flat_map(|unit| unit.iter().copied()).collect();
    let n = all.len() as f64;
    let observed: f64 = units
        .iter()
        .map(|unit| pairs(unit) / (unit.len() as f64 - 1.0))
        .sum::<f64>()
        / n;
    let expected = pairs(&all) / (n * (n - 1.0));
    (expected > 0.0).then(|| 1.0 - observed / expected)
}

/// The sum of the distances of all ordered pairs.
fn pairs(values: &[JudgedValue]) -> f64 {
    if let Some(JudgedValue::Number(_)) = values.first() {
        // Σᵢⱼ (xᵢ − xⱼ)² = 2 n Σ (xᵢ − mean)²
        let numbers: Vec<f64> = values
            .iter()
            .map(|value| match value {
                JudgedValue::Number(number) => *number,
                JudgedValue::Class(_) => 0.0,
            })
            .collect();
        let n = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        let squares: f64 = numbers.iter().map(|x| (x - mean) * (x - mean)).sum();
        return 2.0 * n * squares;
    }
    let mut counts: BTreeMap<usize, f64> = BTreeMap::new();
    for value in values {
        if let JudgedValue::Class(class) = value {
            *counts.entry(*class).or_default() += 1.0;
        }
    }
    let n = values.len() as f64;
    n * n - counts.values().map(|count| count * count).sum::<f64>()
}

/// Cohen's kappa of each two people who judged items in common; of classes only.
#[must_use]
pub fn kappas(items: &[Vec<Judgement>], seed: Seed) -> Vec<PairAgreement> {
    let mut of_pairs: BTreeMap<(usize, usize), Vec<(usize, usize)>> = BTreeMap::new();
    for unit in items {
        for (at, a) in unit.iter().enumerate() {
            for b in &unit[at + 1..] {
                let (JudgedValue::Class(x), JudgedValue::Class(y)) = (a.value, b.value) else {
                    continue;
                };
                let (pair, values) = match a.by < b.by {
                    true => ((a.by, b.by), (x, y)),
                    false => ((b.by, a.by), (y, x)),
                };
                of_pairs.entry(pair).or_default().push(values);
            }
        }
    }
    let of_pair = |((first, second), values): (&(usize, usize), &Vec<(usize, usize)>)| {
        Some(PairAgreement {
            first: *first,
            second: *second,
            kappa: with_interval(values, seed, kappa_of)?,
        })
    };
    of_pairs.iter().filter_map(of_pair).collect()
}

fn kappa_of(pairs: &[&(usize, usize)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let mut counts: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    let mut agreed = 0.0;
    for (a, b) in pairs {
        counts.entry(*a).or_default().0 += 1.0;
        counts.entry(*b).or_default().1 += 1.0;
        agreed += f64::from(u8::from(a == b));
    }
    let chance: f64 = counts.values().map(|(a, b)| a * b).sum::<f64>() / (n * n);
    (chance < 1.0).then(|| (agreed / n - chance) / (1.0 - chance))
}

/// A coefficient of units, and where it lies when the units are drawn again.
fn with_interval<T>(
    units: &[T],
    seed: Seed,
    coefficient: impl Fn(&[&T]) -> Option<f64>,
) -> Option<Coefficient> {
    if units.is_empty() {
        return None;
    }
    let value = coefficient(&units.iter().collect::<Vec<_>>())?;
    let mut rng = seed.stream("agreement", units.len() as u64);
    let mut drawn: Vec<f64> = (0..RESAMPLED)
        .filter_map(|_| {
            let sample: Vec<&T> = (0..units.len())
                .map(|_| &units[rng.random_range(0..units.len())])
                .collect();
            coefficient(&sample)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * (drawn.len() as f64 - 1.0)).round() as usize;
        (units.len() > 1)
            .then(|| drawn.get(place).copied())
            .flatten()
    };
    Some(Coefficient {
        value,
        low: at(TAIL),
        high: at(1.0 - TAIL),
        items: units.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(rows: &[&[Option<usize>]]) -> Vec<Vec<Judgement>> {
        let n = rows[0].len();
        (0..n)
            .map(|item| {
                rows.iter()
                    .enumerate()
                    .filter_map(|(by, row)| {
                        let value = JudgedValue::Class(row[item]?);
                        Some(Judgement { by, value })
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn alpha_is_krippendorffs() {
        // Units 1 to 12 of his example: nominal alpha 0.743, interval alpha 0.849.
        let rows: [&[Option<usize>]; 4] = [
            &[
                Some(1),
                Some(2),
                Some(3),
                Some(3),
                Some(2),
                Some(1),
                Some(4),
                Some(1),
                Some(2),
                None,
                None,
                None,
            ],
            &[
                Some(1),
                Some(2),
                Some(3),
                Some(3),
                Some(2),
                Some(2),
                Some(4),
                Some(1),
                Some(2),
                Some(5),
                None,
                Some(3),
            ],
            &[
                None,
                Some(3),
                Some(3),
                Some(3),
                Some(2),
                Some(3),
                Some(4),
                Some(2),
                Some(2),
                Some(5),
                Some(1),
                None,
            ],
            &[
                Some(1),
                Some(2),
                Some(3),
                Some(3),
                Some(2),
                Some(4),
                Some(4),
                Some(1),
                Some(2),
                Some(5),
                Some(1),
                None,
            ],
        ];
        let items = classes(&rows);
        let nominal = alpha(&items, Seed(0)).unwrap();
        assert!((nominal.value - 0.743).abs() < 5e-4, "{}", nominal.value);
        assert!(nominal.low.unwrap() < 0.743 && nominal.high.unwrap() > 0.743);
        assert_eq!(nominal.items, 11);
        let numbers: Vec<Vec<Judgement>> = items
            .iter()
            .map(|unit| {
                unit.iter()
                    .map(|judgement| {
                        let JudgedValue::Class(class) = judgement.value else {
                            panic!("a class");
                        };
                        Judgement {
                            by: judgement.by,
                            value: JudgedValue::Number(class as f64),
                        }
                    })
                    .collect()
            })
            .collect();
        let interval = alpha(&numbers, Seed(0)).unwrap();
        assert!((interval.value - 0.849).abs() < 5e-4, "{}", interval.value);
    }

    #[test]
    fn kappa_is_cohens() {
        // 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: kappa 0.4.
        let mut items = Vec::new();
        for (count, a, b) in [(20, 1, 1), (5, 1, 0), (10, 0, 1), (15, 0, 0)] {
            for _ in 0..count {
                items.push(vec![
                    Judgement {
                        by: 0,
                        value: JudgedValue::Class(a),
                    },
                    Judgement {
                        by: 1,
                        value: JudgedValue::Class(b),
                    },
                ]);
            }
        }
        let found = kappas(&items, Seed(0));
        assert_eq!(found.len(), 1);
        assert!((found[0].kappa.value - 0.4).abs() < 1e-12);
        assert_eq!(found[0].kappa.items, 50);
        let again = kappas(&items, Seed(0));
        assert_eq!(found, again);
    }

    #[test]
    fn without_disagreement_to_expect_there_is_no_coefficient() {
        let same = vec![
            vec![
                Judgement {
                    by: 0,
                    value: JudgedValue::Class(1),
                };
                2
            ];
            3
        ];
        assert_eq!(alpha(&same, Seed(0)), None);
        assert_eq!(alpha(&[], Seed(0)), None);
        assert!(kappas(&[], Seed(0)).is_empty());
    }
}
