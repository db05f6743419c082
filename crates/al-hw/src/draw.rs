//! Combinations spread over a space: some of them instead of all.
//!
//! Each column is one dimension of the unit cube. A point of it becomes a
//! combination by cutting each dimension into as many equal parts as its
//! column has values; a range is met in proportion, or in proportion of its
//! logarithm. Columns whose conditions do not hold are then missing, so
//! combinations may come up again.
//!
//! - Sobol points (Sobol' 1967, direction numbers of Joe & Kuo 2008) with the
//!   hashed scrambling of Owen (Burley 2020): every 2^k first points are
//!   spread evenly over all columns together. A sequence has 2^16 points; the
//!   next 2^16 are scrambled again. It has 256 dimensions; columns beyond them
//!   are scrambled again too.
//! - Latin hypercube (McKay, Beckman & Conover 1979): of n points each of n
//!   equal parts of every column has exactly one.
//!
//! Both depend on the seed only.

use al_core::Seed;

use crate::domain::{Domain, ValueRange};
use crate::points::{PointCells, Points};
use crate::range::twelve_digits;
use crate::sample::Method;
use crate::space::ConfigSpace;

/// Draws combinations of a space, always more of them.
#[derive(Debug)]
pub struct Draws<'a> {
    space: &'a ConfigSpace,
    method: Method,
    seed: Seed,
    drawn: u64,
}

impl ConfigSpace {
    /// Combinations drawn by `method`; they know no rules, and some come up
    /// again.
    #[must_use]
    pub fn draws(&self, method: Method, seed: Seed) -> Draws<'_> {
        Draws {
            space: self,
            method,
            seed,
            drawn: 0,
        }
    }

    /// `n` combinations drawn at random, each as likely as any other if the
    /// space can be counted; else each value of a column, where it is there.
    #[must_use]
    pub fn at_random(&self, n: usize, seed: Seed) -> Points {
        let Some(size) = self.size() else {
            return self.placed(n, |column| {
                let seed = seed.derive("random", column as u64);
                (0..n as u64).map(|row| unit(seed.word(row))).collect()
            });
        };
        self.points_of((0..n as u64).map(|row| {
            let (high, low) = (seed.word(2 * row), seed.word(2 * row + 1));
            ((u128::from(high) << 64) | u128::from(low)) % size
        }))
    }

    /// The combinations at `n` points of the unit cube, given column by column.
    fn placed(&self, n: usize, shares: impl Fn(usize) -> Vec<f64>) -> Points {
        let columns = self.columns().iter().enumerate();
        let columns = columns.map(|(column, about)| {
            let shares = shares(column).into_iter();
            match about.domain() {
                Domain::Listed(values) => {
                    let count = values.len() as f64;
                    PointCells::Places(shares.map(|share| (share * count) as u32).collect())
                }
                Domain::Between(interval) => {
                    PointCells::Numbers(shares.map(|share| interval.at(share)).collect())
                }
            }
        });
        let mut points = Points {
            columns: columns.collect(),
            n_rows: n,
        };
        self.settle(&mut points);
        points
    }
}

impl Draws<'_> {
    /// The next `n` combinations: for a Latin hypercube a new one of `n`
    /// points, for Sobol points those that follow.
    pub fn next(&mut self, n: usize) -> Points {
        let first = self.drawn;
        self.drawn += n as u64;
        match self.method {
            Method::Sobol => {
                let sobol = Sobol::new(self.seed, first, n, self.space.columns().len());
                let rows = first..first + n as u64;
                self.space.placed(n, |column| {
                    let points = rows.clone();
                    points.map(|point| sobol.at(column, point)).collect()
                })
            }
            Method::LatinHypercube => {
                let seed = self.seed.derive("latin hypercube", first);
                self.space
                    .placed(n, |column| strata(n, seed.derive("column", column as u64)))
            }
        }
    }
}

/// A part of the sequence, with the seeds of its scramblings.
struct Sobol {
    /// Number of the first sequence, and per sequence and 256 dimensions a seed.
    first: u64,
    seeds: Vec<Vec<u32>>,
}

const LENGTH: u64 = 1 << 16;
const DIMENSIONS: usize = sobol_burley::NUM_DIMENSIONS as usize;

impl Sobol {
    fn new(seed: Seed, start: u64, n: usize, columns: usize) -> Sobol {
        let first = start / LENGTH;
        let seeds = (first..=(start + n as u64) / LENGTH)
            .map(|sequence| {
                let seed = seed.derive("sobol", sequence);
                (0..columns.div_ceil(DIMENSIONS) as u64)
                    .map(|group| seed.word(group) as u32)
                    .collect()
            })
            .collect();
        Sobol { first, seeds }
    }

    fn at(&self, column: usize, point: u64) -> f64 {
        let seeds = &self.seeds[(point / LENGTH - self.first) as usize];
        let dimension = (column % DIMENSIONS) as u32;
        let at = (point % LENGTH) as u32;
        f64::from(sobol_burley::sample(
            at,
            dimension,
            seeds[column / DIMENSIONS],
        ))
    }
}

/// `n` numbers from 0 to less than 1, one in each n-th part, in random order.
fn strata(n: usize, seed: Seed) -> Vec<f64> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    for last in (1..n).rev() {
        // Fisher & Yates 1938; the product of a word and a length has its
        // random place in the upper half.
        let word = u128::from(seed.word(last as u64));
        order.swap(last, ((word * (last as u128 + 1)) >> 64) as usize);
    }
    let within = seed.derive("within", 0);
    let parts = order.into_iter().zip(0..);
    parts
        .map(|(part, row)| {
            let at = (f64::from(part) + unit(within.word(row))) / n as f64;
            // The sum may have been rounded up to the next part.
            at.min((f64::from(part) + 1.0) / n as f64 - f64::EPSILON / 2.0)
        })
        .collect()
}

/// A word as a number from 0 to less than 1.
fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1_u64 << 53) as f64
}

impl ValueRange {
    /// The number at a share, from 0 to less than 1, of the way.
    fn at(self, share: f64) -> f64 {
        // Of whole numbers the last needs as much room as the others.
        let end = if self.whole { self.to + 1.0 } else { self.to };
        let number = if self.log {
            (self.from.ln() + share * (end.ln() - self.from.ln())).exp()
        } else {
            self.from + share * (end - self.from)
        };
        let number = match self.whole {
            true => number.floor(),
            false => twelve_digits(number),
        };
        number.clamp(self.from, self.to)
    }
}

#[cfg(test)]
mod tests;
