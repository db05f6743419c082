//! For each of many rows the nearest of a growing set of centres, exactly.
//!
//! This module knows rows, centres and the triangle inequality; it knows
//! nothing of anchors, picks or scores.
//!
//! Most strategies of this crate add one centre after the other and ask which
//! rows are nearer to it than to all before. Nearly none are, and nearly all
//! can be told without a look: a row at distance h from a pivot and d from its
//! nearest centre is no nearer to a centre whose distance to the pivot is h + d
//! or more (Elkan 2003 uses this in k-means). So rows lie in blocks around
//! pivots, a block's rows ordered by h, and each tile of 16 rows knows its
//! largest h + d, its *reach*. The pivots are the centres themselves: whenever
//! there are many more of them than at the last time, the rows are laid out
//! anew around their nearest ones. Many centres at once are compared nearest
//! to the pivot first, so that a tile is done when the rest is out of reach.
//!
//! A bound is trusted only beyond the rounding errors, so the result is the
//! one of comparing every row with every centre, bit for bit.

use ndarray::{ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use crate::kernel::{Centres, LANES, TileRows, sweep};
use crate::unit_scale::scale;

/// The nearest centre of a row that has none.
pub(crate) const NONE: u32 = u32::MAX;

/// Rows of a block: their coordinates stay in the processor's first cache.
const BLOCK: usize = 1024;

/// Fewer rows are not worth laying out.
const MIN_ROWS: usize = 8192;
/// Centres at which rows are laid out for the first time.
const FIRST_LAYOUT: usize = 32;
/// Growth of the number of centres after which they are laid out anew.
const GROWTH: usize = 4;
/// More pivots cost more than they save.
const MAX_PIVOTS: usize = 4096;

/// Rows, centres, and the nearest centre of each row.
#[derive(Debug)]
pub(crate) struct Cover<'a> {
    rows: CowArray<'a, f32, Ix2>,
    /// Coordinates are multiplied by this power of two, so that squares of
    /// very large or very small ones stay in range.
    scale: f32,
    /// k × width, scaled.
    centres: Vec<f32>,
    blocks: Vec<CoverBlock>,
    /// Number of centres at the last layout; 0 before the first.
    pivots: usize,
    min_rows: usize,
}

/// Rows that lie near a pivot, in whole tiles. Places beyond the rows are
/// filled with what no centre improves.
#[derive(Debug)]
struct CoverBlock {
    /// The pivot's number; `None` before the first layout.
    pivot: Option<u32>,
    rows: Vec<u32>,
    /// Coordinates, scaled, tile after tile, column after column.
    tiles: Vec<f32>,
    /// Per place: distance to the pivot; infinite without one.
    home: Vec<f32>,
    /// Per place: squared distance to the nearest centre.
    squared: Vec<f32>,
    /// Per place: the nearest centre.
    nearest: Vec<u32>,
    /// Per tile: the largest distance to the pivot plus to the nearest centre.
    reach: Vec<f32>,
}

/// A row that has a new nearest centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    pub(crate) row: u32,
    /// Squared distance to it, scaled.
    pub(crate) squared: f32,
}

/// A row on its way into a block.
#[derive(Debug, Clone, Copy)]
struct PlacedRow {
    nearest: u32,
    row: u32,
    squared: f32,
}

/// For each row of n × width the nearest of k × width centres, the first of
/// equally near ones; [`u32::MAX`] if there is none.
#[must_use]
pub fn nearest_centres(rows: ArrayView2<'_, f32>, centres: ArrayView2<'_, f32>) -> Vec<u32> {
    let rows = rows.as_standard_layout();
    Cover::new(rows.view(), centres).nearest()
}

impl<'a> Cover<'a> {
    /// Rows, n × width in standard layout, borrowed or owned, and their first
    /// centres, k × width. Of equally near centres the first is the nearest.
    pub(crate) fn new(
        rows: impl Into<CowArray<'a, f32, Ix2>>,
        centres: ArrayView2<'_, f32>,
    ) -> Cover<'a> {
        Cover::with_min_rows(rows.into(), centres, MIN_ROWS)
    }

    fn with_min_rows(
        rows: CowArray<'a, f32, Ix2>,
        centres: ArrayView2<'_, f32>,
        min_rows: usize,
    ) -> Cover<'a> {
        let scale = scale(rows.view(), centres);
        let places: Vec<PlacedRow> = (0..rows.nrows() as u32)
            .map(|row| PlacedRow {
                nearest: NONE,
                row,
                squared: f32::INFINITY,
            })
            .collect();
        let mut cover = Cover {
            scale,
            centres: centres.iter().map(|value| value * scale).collect(),
            blocks: places
                .par_chunks(BLOCK)
                .map(|places| CoverBlock::new(rows.view(), scale, None, places))
                .collect(),
            rows,
            pivots: 0,
            min_rows,
        };
        let count = centres.nrows();
        let mut done = 0;
        while done < count {
            let to = match cover.next_layout() {
                Some(next) => next.min(count),
                None => count,
            };
            cover.compare(done..to);
            cover.lay_out_if_due(to);
            done = to;
        }
        cover
    }

    /// The factor by which squared distances of a [`Change`] are larger than
    /// the true ones.
    pub(crate) fn squared_scale(&self) -> f64 {
        f64::from(self.scale).powi(2)
    }

    /// Per row its nearest centre, [`NONE`] if there is no centre.
    pub(crate) fn nearest(&self) -> Vec<u32> {
        self.per_row(NONE, |block| &block.nearest)
    }

    /// Per row the squared distance to its nearest centre, scaled; infinite
    /// if there is no centre.
    pub(crate) fn squared(&self) -> Vec<f32> {
        self.per_row(f32::INFINITY, |block| &block.squared)
    }

    fn per_row<T: Copy>(&self, none: T, values: impl Fn(&CoverBlock) -> &[T]) -> Vec<T> {
        let mut out = vec![none; self.rows.nrows()];
        for block in &self.blocks {
            for (&row, &value) in block.rows.iter().zip(values(block)) {
                out[row as usize] = value;
            }
        }
        out
    }

    /// Makes a row the next centre. The rows that are nearer to it than to
    /// any before, in no order that means anything.
    pub(crate) fn add(&mut self, row: usize) -> Vec<Change> {
        let width = self.rows.ncols();
        let number = self.count();
        let scale = self.scale;
        self.centres
            .extend(self.rows.row(row).iter().map(|value| value * scale));
        let centres = &self.centres;
        let changes: Vec<Vec<Change>> = self
            .blocks
            .par_iter_mut()
            .with_min_len(64)
            .fold(Vec::new, |mut changes, block| {
                let mut changed = Vec::new();
                let compared = Centres {
                    coordinates: centres,
                    apart: &[block.apart(centres, number as u32, width)],
                    numbers: &[number as u32],
                };
                sweep(block.rows(width), compared, Some(&mut changed));
                changes.extend(changed.into_iter().map(|place| Change {
                    row: block.rows[place as usize],
                    squared: block.squared[place as usize],
                }));
                changes
            })
            .collect();
        self.lay_out_if_due(number + 1);
        changes.concat()
    }

    /// Number of centres.
    fn count(&self) -> usize {
        match self.rows.ncols() {
            // Without columns all centres are the same one.
            0 => 0,
            width => self.centres.len() / width,
        }
    }

    fn compare(&mut self, numbers: std::ops::Range<usize>) {
        let width = self.rows.ncols();
        let centres = &self.centres;
        self.blocks.par_iter_mut().for_each(|block| {
            let farthest = block.reach.iter().fold(0.0, |a: f32, b| a.max(*b));
            // Bits of numbers ≥ 0 are ordered as the numbers are.
            let mut order: Vec<u64> = (numbers.start as u32..numbers.end as u32)
                .filter_map(|number| {
                    let apart = block.apart(centres, number, width);
                    let place = u64::from(apart.to_bits()) << 32 | u64::from(number);
                    (apart < farthest).then_some(place)
                })
                .collect();
            order.sort_unstable();
            let apart: Vec<f32> = order
                .iter()
                .map(|place| f32::from_bits((place >> 32) as u32))
                .collect();
            let numbers: Vec<u32> = order.iter().map(|&place| place as u32).collect();
            let compared = Centres {
                coordinates: centres,
                apart: &apart,
                numbers: &numbers,
            };
            sweep(block.rows(width), compared, None);
        });
    }

    /// The number of centres at which rows are laid out next.
    fn next_layout(&self) -> Option<usize> {
        let worth = self.rows.nrows() >= self.min_rows && self.rows.ncols() > 0;
        let next = (self.pivots * GROWTH).max(FIRST_LAYOUT);
        (worth && next <= MAX_PIVOTS).then_some(next)
    }

    fn lay_out_if_due(&mut self, count: usize) {
        if self.next_layout().is_none_or(|next| count < next) {
            return;
        }
        let mut places: Vec<PlacedRow> = self
            .blocks
            .par_iter()
            .flat_map_iter(|block| {
                let values = block.nearest.iter().zip(&block.squared);
                block
                    .rows
                    .iter()
                    .zip(values)
                    .map(|(&row, (&nearest, &squared))| PlacedRow {
                        nearest,
                        row,
                        squared,
                    })
            })
            .collect();
        // By pivot, the farthest first: bits of numbers ≥ 0 are ordered as
        // the numbers are.
        places.par_sort_unstable_by_key(|place| {
            let order = u64::from(place.nearest) << 32 | u64::from(!place.squared.to_bits());
            (order, place.row)
        });
        let around: Vec<&[PlacedRow]> = places
            .chunk_by(|a, b| a.nearest == b.nearest)
            .flat_map(|places| places.chunks(BLOCK))
            .collect();
        let (rows, scale) = (self.rows.view(), self.scale);
        self.blocks = around
            .into_par_iter()
            .map(|places| CoverBlock::new(rows, scale, Some(places[0].nearest), places))
            .collect();
        self.pivots = count;
    }
}

impl CoverBlock {
    fn new(
        rows: ArrayView2<'_, f32>,
        scale: f32,
        pivot: Option<u32>,
        places: &[PlacedRow],
    ) -> CoverBlock {
        let width = rows.ncols();
        let padded = places.len().next_multiple_of(LANES);
        let mut tiles = vec![0.0_f32; padded * width];
        for (at, place) in places.iter().enumerate() {
            let tile = &mut tiles[at / LANES * LANES * width..];
            let cells = tile.iter_mut().skip(at % LANES).step_by(LANES);
            for (cell, value) in cells.zip(rows.row(place.row as usize)) {
                *cell = value * scale;
            }
        }
        let mut home = vec![0.0; padded];
        let mut squared = vec![0.0; padded];
        // No centre has a number below 0, so none takes a place without a row.
        let mut nearest = vec![0; padded];
        for (at, place) in places.iter().enumerate() {
            home[at] = match pivot {
                Some(_) => place.squared.sqrt(),
                None => f32::INFINITY,
            };
            squared[at] = place.squared;
            nearest[at] = place.nearest;
        }
        let reach = home
            .chunks_exact(LANES)
            .zip(squared.chunks_exact(LANES))
            .map(|(home, squared)| {
                home.iter()
                    .zip(squared)
                    .fold(0.0_f32, |reach, (home, squared)| {
                        reach.max(home + squared.sqrt())
                    })
            })
            .collect();
        CoverBlock {
            pivot,
            rows: places.iter().map(|place| place.row).collect(),
            tiles,
            home,
            squared,
            nearest,
            reach,
        }
    }

    fn rows(&mut self, width: usize) -> TileRows<'_> {
        TileRows {
            width,
            tiles: &self.tiles,
            home: &self.home,
            squared: &mut self.squared,
            nearest: &mut self.nearest,
            reach: &mut self.reach,
        }
    }

    /// A lower bound of the distance between a centre and the pivot.
    fn apart(&self, centres: &[f32], number: u32, width: usize) -> f32 {
        let Some(pivot) = self.pivot else { return 0.0 };
        let centre = |number: u32| &centres[number as usize * width..][..width];
        let squared: f32 = centre(pivot)
            .iter()
            .zip(centre(number))
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        squared.sqrt() * shrink(width)
    }
}

/// The factor that takes rounding errors out of a bound.
///
/// A distance over `width` columns has a relative error below (width + 3)/2 +
/// 1 units of 2⁻²⁴. The bound compares three of them, each no longer than the
/// one it is taken from; four times the error of one is more than enough.
fn shrink(width: usize) -> f32 {
    1.0 - (width as f32 + 8.0) * f32::EPSILON * 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use al_core::Seed;
    use ndarray::{Array2, Axis, s};
    use proptest::prelude::*;

    /// Every row against every centre.
    fn brute(rows: &Array2<f32>, centres: &Array2<f32>, scale: f32) -> (Vec<u32>, Vec<f32>) {
        let scaled = rows * scale;
        rows.rows()
            .into_iter()
            .enumerate()
            .map(|(at, _)| {
                let mut best = (NONE, f32::INFINITY);
                for (number, centre) in centres.rows().into_iter().enumerate() {
                    let mut sum = 0.0_f32;
                    for (a, b) in scaled.row(at).iter().zip(centre) {
                        let difference = a - b * scale;
                        sum += difference * difference;
                    }
                    if sum < best.1 {
                        best = (number as u32, sum);
                    }
                }
                best
            })
            .unzip()
    }

    /// Rows in clumps, on a grid or not, so that some coincide.
    fn clumps(n: usize, width: usize, seed: u64, grid: bool) -> Array2<f32> {
        let mut numbers = uniform(seed);
        Array2::from_shape_fn((n, width), |(row, _)| {
            let centre = (row % 7) as f32 * 1.5;
            let value = centre + numbers();
            if grid {
                (value * 4.0).round() / 4.0
            } else {
                value
            }
        })
    }

    fn uniform(seed: u64) -> impl FnMut() -> f32 {
        let mut state = Seed(seed).derive("numbers", 0).0;
        move || {
            state = Seed(state).derive("next", 0).0;
            (state >> 40) as f32 / (1 << 24) as f32
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn the_nearest_centre_is_that_of_a_full_search(
            n in 1_usize..400,
            width in 0_usize..5,
            anchors in 0_usize..150,
            added in 0_usize..60,
            seed in 0_u64..1000,
            grid: bool,
            exponent in -30_i32..30,
        ) {
            let rows = clumps(n, width, seed, grid) * 10.0_f32.powi(exponent);
            let first = clumps(anchors, width, seed + 1, grid) * 10.0_f32.powi(exponent);
            let mut cover = Cover::with_min_rows(rows.view().into(), first.view(), 1);
            let mut nearest = cover.nearest();
            let mut squared = cover.squared();
            let mut centres = first;
            for step in 0..added {
                let row = (step * 37 + seed as usize) % n;
                let number = centres.nrows() as u32;
                for change in cover.add(row) {
                    nearest[change.row as usize] = number;
                    squared[change.row as usize] = change.squared;
                }
                centres.append(Axis(0), rows.slice(s![row..=row, ..])).unwrap();
            }
            let expected = brute(&rows, &centres, cover.scale);
            if width > 0 {
                // Without columns all centres are one, and numbers mean nothing.
                prop_assert_eq!(&cover.nearest(), &expected.0);
                prop_assert_eq!(&nearest, &expected.0);
            }
            prop_assert_eq!(&cover.squared(), &expected.1);
            prop_assert_eq!(&squared, &expected.1);
        }
    }

    #[test]
    fn many_rows_are_laid_out_around_the_centres() {
        let rows = clumps(MIN_ROWS, 3, 5, false);
        let anchors = clumps(200, 3, 6, false);
        let cover = Cover::new(rows.view(), anchors.view());
        assert_eq!(cover.pivots, FIRST_LAYOUT * GROWTH);
        assert_eq!(
            (cover.nearest(), cover.squared()),
            brute(&rows, &anchors, cover.scale)
        );
    }
}
