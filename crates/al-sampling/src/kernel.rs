//! Squared distances between many rows and many centres, as fast as the
//! processor allows: the one place of this crate that knows about it.
//!
//! Rows lie in tiles of [`LANES`], column after column, so that one
//! instruction works on all rows of a tile. Sums run over the columns in
//! order, without fused multiply-add: every processor gives the same bits.

// Functions compiled for a processor's own instructions may be called only
// after asking the processor for them, which the compiler cannot see. The test
// below compares each with its safe twin.
#![allow(unsafe_code)]

use std::ops::Range;

use ndarray::ArrayView2;

/// Rows per tile.
pub(crate) const LANES: usize = 16;

/// Centres compared at once: their sums fill the registers.
const GROUP: usize = 4;

/// Centres to compare with all rows of a block, nearest to its pivot first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Centres<'a> {
    /// All centres, width coordinates each.
    pub(crate) coordinates: &'a [f32],
    /// Per centre to compare a lower bound of its distance to the block's
    /// pivot, ascending: rows whose reach is no more are not looked at.
    pub(crate) apart: &'a [f32],
    /// Per centre to compare its number.
    pub(crate) numbers: &'a [u32],
}

/// The rows of a block, in whole tiles; see `cover::CoverBlock`.
#[derive(Debug)]
pub(crate) struct TileRows<'a> {
    pub(crate) width: usize,
    pub(crate) tiles: &'a [f32],
    pub(crate) home: &'a [f32],
    pub(crate) squared: &'a mut [f32],
    pub(crate) nearest: &'a mut [u32],
    pub(crate) reach: &'a mut [f32],
}

/// Compares all rows with all centres. A row takes the nearest one if it is
/// nearer than the row's nearest so far, or as near and of a lower number.
/// `changed`, if given, gets the place of a row for each centre it took.
pub(crate) fn sweep(rows: TileRows<'_>, centres: Centres<'_>, changed: Option<&mut Vec<u32>>) {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has AVX-512F.
            return unsafe { sweep_avx512(rows, centres, changed) };
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2.
            return unsafe { sweep_avx2(rows, centres, changed) };
        }
    }
    sweep_any(rows, centres, changed);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn sweep_avx512(rows: TileRows<'_>, centres: Centres<'_>, changed: Option<&mut Vec<u32>>) {
    sweep_any(rows, centres, changed);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sweep_avx2(rows: TileRows<'_>, centres: Centres<'_>, changed: Option<&mut Vec<u32>>) {
    sweep_any(rows, centres, changed);
}

#[inline(always)]
fn sweep_any(rows: TileRows<'_>, centres: Centres<'_>, mut changed: Option<&mut Vec<u32>>) {
    let width = rows.width;
    let coordinates = |number: u32| &centres.coordinates[number as usize * width..][..width];
    for tile in 0..rows.reach.len() {
        let mut reach = rows.reach[tile];
        if centres.apart.first().is_none_or(|&first| first >= reach) {
            continue;
        }
        let places = tile * LANES..(tile + 1) * LANES;
        let values = &rows.tiles[places.start * width..places.end * width];
        let mut state = Tile {
            home: whole(&rows.home[places.clone()]),
            squared: whole_mut(&mut rows.squared[places.clone()]),
            nearest: whole_mut(&mut rows.nearest[places.clone()]),
        };
        let groups = centres.numbers.chunks(GROUP);
        for (numbers, apart) in groups.zip(centres.apart.chunks(GROUP)) {
            if apart[0] >= reach {
                break;
            }
            if let Ok(numbers) = <&[u32; GROUP]>::try_from(numbers) {
                let found = distances(values, numbers.map(coordinates));
                for at in 0..GROUP {
                    if state.take(&found[at], numbers[at], places.start, &mut changed) {
                        reach = state.reach();
                    }
                }
            } else {
                for &number in numbers {
                    let found = distances(values, [coordinates(number)]);
                    if state.take(&found[0], number, places.start, &mut changed) {
                        reach = state.reach();
                    }
                }
            }
        }
        rows.reach[tile] = reach;
    }
}

/// What is known of a tile's rows.
struct Tile<'a> {
    home: &'a [f32; LANES],
    squared: &'a mut [f32; LANES],
    nearest: &'a mut [u32; LANES],
}

impl Tile<'_> {
    /// Gives a centre to the rows that are nearer to it; whether any is.
    #[inline(always)]
    fn take(
        &mut self,
        found: &[f32; LANES],
        number: u32,
        place: usize,
        changed: &mut Option<&mut Vec<u32>>,
    ) -> bool {
        let mut candidates = false;
        for (found, squared) in found.iter().zip(&*self.squared) {
            candidates |= found <= squared;
        }
        if !candidates {
            return false;
        }
        let mut any = false;
        for (lane, &found) in found.iter().enumerate() {
            let equal = found == self.squared[lane] && number < self.nearest[lane];
            if found < self.squared[lane] || equal {
                any = true;
                self.squared[lane] = found;
                self.nearest[lane] = number;
                if let Some(changed) = changed {
                    changed.push((place + lane) as u32);
                }
            }
        }
        any
    }

    /// The largest distance to the pivot plus to the nearest centre.
    #[inline(always)]
    fn reach(&self) -> f32 {
        let mut reach = 0.0_f32;
        for lane in 0..LANES {
            reach = reach.max(self.home[lane] + self.squared[lane].sqrt());
        }
        reach
    }
}

fn whole(places: &[f32]) -> &[f32; LANES] {
    places.try_into().expect("a whole tile")
}

fn whole_mut<T>(places: &mut [T]) -> &mut [T; LANES] {
    places.try_into().expect("a whole tile")
}

/// Writes some rows of a matrix as a tile; places beyond the rows hold 0.
/// Coordinates are multiplied by `scale`.
pub(crate) fn fill_tile(
    tile: &mut [f32],
    rows: ArrayView2<'_, f32>,
    places: Range<usize>,
    scale: f32,
) {
    tile.fill(0.0);
    for (lane, row) in places.enumerate() {
        let cells = tile.iter_mut().skip(lane).step_by(LANES);
        for (cell, value) in cells.zip(rows.row(row)) {
            *cell = value * scale;
        }
    }
}

/// Squared distances of a tile's rows to some centres.
#[inline(always)]
pub(crate) fn distances<const N: usize>(tile: &[f32], centres: [&[f32]; N]) -> [[f32; LANES]; N] {
    let mut sums = [[0.0_f32; LANES]; N];
    for (at, column) in tile.chunks_exact(LANES).enumerate() {
        let column: &[f32; LANES] = column.try_into().expect("a whole column");
        for (sums, centre) in sums.iter_mut().zip(&centres) {
            for lane in 0..LANES {
                let difference = column[lane] - centre[at];
                sums[lane] += difference * difference;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_holds_its_rows_column_after_column() {
        let rows = ndarray::array![[9.0_f32, 9.0], [1.0, 2.0], [3.0, 5.0]];
        let mut tile = [7.0; 2 * LANES];
        fill_tile(&mut tile, rows.view(), 1..3, 0.5);
        let mut expected = [0.0; 2 * LANES];
        (expected[0], expected[1]) = (0.5, 1.5);
        (expected[LANES], expected[LANES + 1]) = (1.0, 2.5);
        assert_eq!(tile, expected);
        let [found] = distances(&tile, [&[0.5, 0.0]]);
        assert_eq!(found[..3], [1.0, 7.25, 0.25]);
    }

    /// A compiled form of the sweep.
    type Sweep = fn(TileRows<'_>, Centres<'_>, Option<&mut Vec<u32>>);

    /// The block after a sweep: squared, nearest, reach, changed.
    type Swept = (Vec<f32>, Vec<u32>, Vec<f32>, Vec<u32>);

    fn swept(form: Sweep, width: usize) -> Swept {
        let number = |at: usize| ((at * 7919 + 13) % 1009) as f32 / 97.0;
        let tiles: Vec<f32> = (0..3 * LANES * width).map(number).collect();
        let coordinates: Vec<f32> = (0..30 * width).map(|at| number(at + 5000)).collect();
        let home: Vec<f32> = (0..3 * LANES).map(|at| number(at + 77)).collect();
        let mut squared = vec![f32::INFINITY; 3 * LANES];
        let mut nearest = vec![u32::MAX; 3 * LANES];
        // The last tile is out of reach of all centres, all of the last centre.
        let mut reach = vec![f32::INFINITY, f32::INFINITY, 1.0];
        let mut apart = vec![2.0; 21];
        apart[20] = f32::INFINITY;
        let numbers: Vec<u32> = (0..21).map(|at| (at * 7 + 3) % 30).collect();
        let mut changed = Vec::new();
        let rows = TileRows {
            width,
            tiles: &tiles,
            home: &home,
            squared: &mut squared,
            nearest: &mut nearest,
            reach: &mut reach,
        };
        let centres = Centres {
            coordinates: &coordinates,
            apart: &apart,
            numbers: &numbers,
        };
        form(rows, centres, Some(&mut changed));
        (squared, nearest, reach, changed)
    }

    #[test]
    fn every_processor_gives_the_same_bits() {
        for width in [0, 1, 5, 10, 33] {
            let expected = swept(sweep_any, width);
            assert!(expected.1[2 * LANES..].iter().all(|&n| n == u32::MAX));
            // The centre out of reach is number 20 · 7 + 3 = 143 modulo 30.
            assert!(expected.1[..2 * LANES].iter().all(|&n| n < 30 && n != 23));
            if width == 0 {
                assert!(
                    expected.1[..2 * LANES].iter().all(|&n| n == 1),
                    "the lowest"
                );
            }
            assert!(expected.3.len() >= 2 * LANES);
            assert_eq!(swept(sweep, width), expected);
            #[cfg(target_arch = "x86_64")]
            {
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has AVX2.
                    let found = swept(|r, c, o| unsafe { sweep_avx2(r, c, o) }, width);
                    assert_eq!(found, expected);
                }
                if std::arch::is_x86_feature_detected!("avx512f") {
                    // SAFETY: the processor has AVX-512F.
                    let found = swept(|r, c, o| unsafe { sweep_avx512(r, c, o) }, width);
                    assert_eq!(found, expected);
                }
            }
        }
    }
}
