//! Reference rows as the scan reads them: distinct, centred, scaled, in `f32`
//! panels, together with the margin of error that this form costs.

use ndarray::{ArrayView1, ArrayView2};

/// Reference rows side by side in a panel.
pub(super) const PANEL: usize = 32;
/// Pairs of rows in a panel.
pub(super) const PAIRS: usize = PANEL / 2;
/// Queries side by side in a group.
pub(super) const GROUP: usize = 12;

/// Rows this many typical norms from the centre would overflow or drown the
/// others in `f32`; they are compared in `f64` only.
const FAR: f64 = (1u64 << 40) as f64;
/// Beyond this many columns the margin is too wide to be of use.
const MOST_DIMENSIONS: usize = 1 << 16;
/// Rows looked at to find the centre and the typical norm.
const SAMPLE: usize = 4096;
/// Products below the smallest `f32` lose at most this much altogether.
const UNDERFLOW: f64 = 1.0 / (1u128 << 80) as f64;

/// Eight numbers of a row: a cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Eight([f64; 8]);

/// Distinct reference rows, near ones first, by position.
///
/// Positions `2·i` and `2·i + 1` are a pair: lanes `i % PAIRS` and
/// `i % PAIRS + PAIRS` of panel `i / PAIRS`. The scan sees the lower score of a pair.
pub(super) struct Packed {
    pub(super) d: usize,
    /// The rows in `f64`, one after the other, each `stride` eighths long.
    rows: Vec<Eight>,
    stride: usize,
    /// The rows of the table that position `p` stands for, ascending, are
    /// `members[starts[p]..starts[p + 1]]`.
    members: Vec<u32>,
    starts: Vec<u32>,
    /// Positions below this are in the panels.
    pub(super) near: usize,
    /// Panel `p` is the `d` entries from `p·d`: entry `j` holds column `j` of its rows.
    panels: Vec<[f32; PANEL]>,
    /// Half the squared norm of each row, lowered by the row's part of the
    /// margin; infinite where the last panel has no row.
    pub(super) half_norms: Vec<[f32; PANEL]>,
    /// What to add to the score of a pair so that it is, but for the query's
    /// part of the margin, an upper bound for one of the two.
    pub(super) rises: Vec<[f32; PAIRS]>,
    centre: Vec<f64>,
    /// A power of two that brings typical norms near 1.
    scale: f64,
    /// The margin relative to half the squared norms of query and row.
    margin: f64,
}

impl Packed {
    pub(super) fn new(reference: ArrayView2<f64>) -> Packed {
        let d = reference.ncols();
        let centre = medians(reference);
        let mut distinct: Vec<(f64, Vec<u32>)> = distinct_rows(reference)
            .into_iter()
            .map(|members| {
                let row = reference.row(members[0] as usize);
                (
                    half_norm(row.iter().zip(&centre).map(|(x, c)| x - c)),
                    members,
                )
            })
            .collect();
        let scale = typical_scale(&distinct);
        for (half_norm, _) in &mut distinct {
            *half_norm *= scale * scale;
        }
        // Stable, so near rows keep their order.
        let usable = (1..=MOST_DIMENSIONS).contains(&d);
        let is_near = |half_norm: f64| usable && half_norm < FAR * FAR / 2.0;
        distinct.sort_by_key(|&(half_norm, _)| !is_near(half_norm));
        let near = distinct.partition_point(|&(half_norm, _)| is_near(half_norm));

        let margin = (d + 8) as f64 * f64::from(f32::EPSILON / 2.0) * 1.01;
        let n_panels = near.div_ceil(PANEL);
        let mut packed = Packed {
            d,
            rows: Vec::with_capacity(distinct.len() * d.div_ceil(8)),
            stride: d.div_ceil(8),
            members: Vec::with_capacity(reference.nrows()),
            starts: vec![0],
            near,
            panels: vec![[0.0; PANEL]; n_panels * d],
            half_norms: vec![[f32::INFINITY; PANEL]; n_panels],
            rises: vec![[0.0; PAIRS]; n_panels],
            centre,
            scale,
            margin,
        };
        for (position, (half_norm, members)) in distinct.into_iter().enumerate() {
            let row = reference.row(members[0] as usize);
            append_row(&mut packed.rows, row);
            packed.members.extend(members);
            packed.starts.push(packed.members.len() as u32);
            if position < near {
                packed.pack(position, row, half_norm);
            }
        }
        packed
    }

    fn pack(&mut self, position: usize, row: ArrayView1<f64>, half_norm: f64) {
        let (panel, within) = (position / PANEL, position % PANEL);
        let (pair, lane) = (within / 2, within / 2 + within % 2 * PAIRS);
        self.half_norms[panel][lane] = (half_norm * (1.0 - 2.0 * self.margin)) as f32;
        let rise = &mut self.rises[panel][pair];
        *rise = rise.max((4.0 * self.margin * half_norm) as f32);
        let columns = &mut self.panels[panel * self.d..][..self.d];
        for ((to, x), c) in columns.iter_mut().zip(row).zip(&self.centre) {
            to[lane] = ((x - c) * self.scale) as f32;
        }
    }

    /// Number of distinct rows.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The row at a position, to be compared with `row_of` one written by [`append_row`].
    pub(super) fn row(&self, position: usize) -> &[Eight] {
        self.row_of(&self.rows, position)
    }

    /// The `i`-th of rows written by [`append_row`].
    pub(super) fn row_of<'a>(&self, rows: &'a [Eight], i: usize) -> &'a [Eight] {
        &rows[i * self.stride..][..self.stride]
    }

    /// The rows of the table equal to the one at a position, ascending.
    pub(super) fn members(&self, position: usize) -> &[u32] {
        &self.members[self.starts[position] as usize..self.starts[position + 1] as usize]
    }

    pub(super) fn panel(&self, panel: usize) -> &[[f32; PANEL]] {
        &self.panels[panel * self.d..][..self.d]
    }

    /// Negated queries (so that the scan only adds) in groups, and half the
    /// squared norm of each: not a number where the query is too far for `f32`.
    pub(super) fn pack_queries(
        &self,
        queries: ArrayView2<f64>,
        groups: &mut Vec<[f32; GROUP]>,
        half_norms: &mut Vec<f64>,
    ) {
        let d = self.d;
        groups.clear();
        groups.resize(queries.nrows().div_ceil(GROUP) * d, [0.0; GROUP]);
        half_norms.clear();
        for (i, query) in queries.outer_iter().enumerate() {
            let group = &mut groups[i / GROUP * d..][..d];
            let mut sum = 0.0;
            for ((to, x), c) in group.iter_mut().zip(query).zip(&self.centre) {
                let x = (c - x) * self.scale;
                to[i % GROUP] = x as f32;
                sum += x * x;
            }
            if sum < FAR * FAR {
                half_norms.push(sum / 2.0);
            } else {
                for to in group {
                    to[i % GROUP] = 0.0;
                }
                half_norms.push(f64::NAN);
            }
        }
    }

    /// How far a score may be from its true value because of the query.
    pub(super) fn query_margin(&self, half_norm: f64) -> f64 {
        self.margin * half_norm + UNDERFLOW
    }

    /// The score of a row for a query without the roundings of `f32`, and half
    /// the squared norm of the query.
    #[cfg(test)]
    pub(super) fn score_in_f64(&self, query: ArrayView1<f64>, position: usize) -> (f64, f64) {
        let row = self.row(position).iter().flat_map(|eight| eight.0);
        let (mut score, mut norm) = (0.0, 0.0);
        for ((x, y), c) in query.iter().zip(row).zip(&self.centre) {
            let (x, y) = ((x - c) * self.scale, (y - c) * self.scale);
            score += y * (y / 2.0 - x);
            norm += x * x;
        }
        (score, norm / 2.0)
    }

    /// The score of a row at this squared distance from a query, never too low.
    pub(super) fn score_of(&self, squared_distance: f64, half_norm: f64) -> f64 {
        let half = squared_distance * self.scale * self.scale / 2.0;
        // The f64 roundings of both terms, (d + 8) · 2⁻⁵¹ of their sizes at most.
        half - half_norm + 1e-8 * self.margin * (half + half_norm)
    }
}

/// Appends a row, filled up with zeros.
pub(super) fn append_row(rows: &mut Vec<Eight>, row: ArrayView1<f64>) {
    let mut numbers = row.iter();
    for _ in 0..row.len().div_ceil(8) {
        rows.push(Eight(std::array::from_fn(|_| {
            numbers.next().copied().unwrap_or(0.0)
        })));
    }
}

/// The squared distance of two rows, always summed in the same order: eight
/// partial sums, then pairs. Rust does not fuse the product and the sum by
/// itself, so this is the same number on every machine.
#[inline(always)]
pub(super) fn squared_distance(x: &[Eight], y: &[Eight]) -> f64 {
    let mut sums = [0.0; 8];
    for (x, y) in x.iter().zip(y) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.0.iter().zip(&y.0)) {
            *sum += (x - y) * (x - y);
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

fn half_norm(row: impl Iterator<Item = f64>) -> f64 {
    row.map(|x| x * x).sum::<f64>() / 2.0
}

/// The indices of equal rows together, in the order of a hash: a fixed order that has
/// nothing to do with that of the table. A sorted table could otherwise bring
/// every query a closer row in every panel.
fn distinct_rows(reference: ArrayView2<f64>) -> Vec<Vec<u32>> {
    let mut order: Vec<(u64, u32)> = reference
        .outer_iter()
        .enumerate()
        .map(|(i, row)| (hash(row.iter()), i as u32))
        .collect();
    order.sort_unstable();
    let mut distinct: Vec<Vec<u32>> = Vec::with_capacity(order.len());
    let mut previous = None;
    for (hash, i) in order {
        let row = reference.row(i as usize);
        match distinct.last_mut() {
            Some(last) if previous == Some(hash) && reference.row(last[0] as usize) == row => {
                last.push(i);
            }
            _ => distinct.push(vec![i]),
        }
        previous = Some(hash);
    }
    distinct
}

fn hash<'a>(row: impl Iterator<Item = &'a f64>) -> u64 {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    // Adding zero makes −0 and 0, which are equal, the same bits.
    let sum = row.fold(0u64, |sum, x| {
        (sum.rotate_left(29) ^ (x + 0.0).to_bits()).wrapping_mul(ODD)
    });
    (sum ^ sum >> 32).wrapping_mul(ODD)
}

/// Column medians of a sample: unlike means they stay where most rows are
/// when a few are far away.
fn medians(reference: ArrayView2<f64>) -> Vec<f64> {
    let step = reference.nrows().div_ceil(SAMPLE).max(1);
    let median = |column: ArrayView1<f64>| {
        let mut sample: Vec<f64> = column.iter().step_by(step).copied().collect();
        middle(&mut sample).unwrap_or(0.0)
    };
    reference.columns().into_iter().map(median).collect()
}

/// The power of two by which the typical norm becomes about 1.
fn typical_scale(distinct: &[(f64, Vec<u32>)]) -> f64 {
    let step = distinct.len().div_ceil(SAMPLE).max(1);
    let mut sample: Vec<f64> = distinct
        .iter()
        .step_by(step)
        .map(|x| x.0)
        .filter(|&x| x > 0.0)
        .collect();
    let norm = middle(&mut sample).unwrap_or(1.0).sqrt();
    // Outside, squares of f64 leave its range, and f32 does not help.
    if (1e-100..1e100).contains(&norm) {
        (-norm.log2().round()).exp2()
    } else {
        1.0
    }
}

fn middle(sample: &mut [f64]) -> Option<f64> {
    let at = sample.len() / 2;
    (!sample.is_empty()).then(|| *sample.select_nth_unstable_by(at, f64::total_cmp).1)
}
