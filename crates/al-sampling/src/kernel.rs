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

/// Rows per tile.
pub(crate) const LANES: usize = 16;

/// Centres to compare with all rows of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Centres<'a> {
    /// k × width coordinates.
    pub(crate) coordinates: &'a [f32],
    /// Per centre a lower bound of its distance to the block's pivot: rows
    /// whose reach is no more are not looked at.
    pub(crate) apart: &'a [f32],
    /// The number of the first centre.
    pub(crate) first: u32,
}

/// The rows of a block, in whole tiles; see `cover::Block`.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) width: usize,
    pub(crate) tiles: &'a [f32],
    pub(crate) home: &'a [f32],
    pub(crate) squared: &'a mut [f32],
    pub(crate) nearest: &'a mut [u32],
    pub(crate) reach: &'a mut [f32],
}

/// Compares all rows with all centres in their order. A row that is nearer to
/// a centre than to all before it takes it as its nearest. `changed`, if
/// given, gets the places of the rows that took one (once per centre).
pub(crate) fn sweep(rows: Rows<'_>, centres: Centres<'_>, changed: Option<&mut Vec<u32>>) {
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
fn sweep_avx512(rows: Rows<'_>, centres: Centres<'_>, changed: Option<&mut Vec<u32>>) {
    sweep_any(rows, centres, changed);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sweep_avx2(rows: Rows<'_>, centres: Centres<'_>, changed: Option<&mut Vec<u32>>) {
    sweep_any(rows, centres, changed);
}

#[inline(always)]
fn sweep_any(rows: Rows<'_>, centres: Centres<'_>, mut changed: Option<&mut Vec<u32>>) {
    let width = rows.width;
    for (k, &apart) in centres.apart.iter().enumerate() {
        let centre = &centres.coordinates[k * width..(k + 1) * width];
        for tile in 0..rows.reach.len() {
            if apart >= rows.reach[tile] {
                continue;
            }
            let found = distances(&rows.tiles[tile * LANES * width..], centre);
            let best: &mut [f32; LANES] = (&mut rows.squared[tile * LANES..][..LANES])
                .try_into()
                .expect("a whole tile");
            let mut any = false;
            for lane in 0..LANES {
                any |= found[lane] < best[lane];
            }
            if !any {
                continue;
            }
            let nearest = &mut rows.nearest[tile * LANES..][..LANES];
            let home = &rows.home[tile * LANES..][..LANES];
            let mut reach = 0.0_f32;
            for lane in 0..LANES {
                if found[lane] < best[lane] {
                    best[lane] = found[lane];
                    nearest[lane] = centres.first + k as u32;
                    if let Some(changed) = changed.as_deref_mut() {
                        changed.push((tile * LANES + lane) as u32);
                    }
                }
                reach = reach.max(home[lane] + best[lane].sqrt());
            }
            rows.reach[tile] = reach;
        }
    }
}

/// Squared distances of a tile's rows to a centre.
#[inline(always)]
fn distances(tile: &[f32], centre: &[f32]) -> [f32; LANES] {
    let mut sums = [0.0_f32; LANES];
    for (column, &c) in tile.chunks_exact(LANES).zip(centre) {
        let column: &[f32; LANES] = column.try_into().expect("a whole column");
        for lane in 0..LANES {
            let difference = column[lane] - c;
            sums[lane] += difference * difference;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A compiled form of the sweep.
    type Sweep = fn(Rows<'_>, Centres<'_>, Option<&mut Vec<u32>>);

    /// The block after a sweep: squared, nearest, reach, changed.
    type Swept = (Vec<f32>, Vec<u32>, Vec<f32>, Vec<u32>);

    fn swept(form: Sweep, width: usize) -> Swept {
        let number = |at: usize| ((at * 7919 + 13) % 1009) as f32 / 97.0;
        let tiles: Vec<f32> = (0..3 * LANES * width).map(number).collect();
        let coordinates: Vec<f32> = (0..20 * width).map(|at| number(at + 5000)).collect();
        let home: Vec<f32> = (0..3 * LANES).map(|at| number(at + 77)).collect();
        let mut squared = vec![f32::INFINITY; 3 * LANES];
        let mut nearest = vec![u32::MAX; 3 * LANES];
        // The last tile is out of reach of all centres, the second of one.
        let mut reach = vec![f32::INFINITY, f32::INFINITY, 1.0];
        let mut apart = vec![2.0; 20];
        apart[3] = f32::INFINITY;
        let mut changed = Vec::new();
        let rows = Rows {
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
            first: 100,
        };
        form(rows, centres, Some(&mut changed));
        (squared, nearest, reach, changed)
    }

    #[test]
    fn every_processor_gives_the_same_bits() {
        for width in [0, 1, 5, 10, 33] {
            let expected = swept(|r, c, o| sweep_any(r, c, o), width);
            assert!(expected.1[2 * LANES..].iter().all(|&n| n == u32::MAX));
            assert!(
                expected.1[..2 * LANES]
                    .iter()
                    .all(|n| (100..120).contains(n))
            );
            assert!(expected.1.iter().all(|&n| n != 103));
            assert!(expected.3.len() >= 2 * LANES);
            assert_eq!(swept(|r, c, o| sweep(r, c, o), width), expected);
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
