//! The scan: scores of all reference rows for a block of queries, candidates
//! below each query's limit, and their distances in `f64`.

use super::lanes::{self, Lanes};
use super::packed::{Eight, GROUP, PAIRS, PANEL, Packed, append_row, squared_distance};
use ndarray::ArrayView2;
use std::ops::Range;

/// Most panels scanned between two looks at what they brought.
const CHUNK: usize = 64;
/// Bytes of panels that all queries of a block read before the next panels.
const RESIDENT: usize = 256 << 10;

/// The widest form of the scan this machine can run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(any(test, target_arch = "aarch64"))]
    Fused,
    Portable,
}

impl Instructions {
    /// All that this machine can run, best first.
    pub(super) fn available() -> Vec<Instructions> {
        let mut found = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                found.push(Instructions::Avx512);
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                found.push(Instructions::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        found.push(Instructions::Fused);
        found.push(Instructions::Portable);
        #[cfg(all(test, not(target_arch = "aarch64")))]
        found.push(Instructions::Fused);
        found
    }
}

/// Per-thread working memory.
#[derive(Default)]
pub(super) struct Scratch {
    rows: Vec<Eight>,
    groups: Vec<[f32; GROUP]>,
    half_norms: Vec<f64>,
    searches: Vec<QueryState>,
    minima: Minima,
}

/// Per query of a group and panel of a chunk, the lower score of each pair of rows.
/// One more panel than there is, or all queries would compete for the same cache lines.
pub(super) struct Minima(Box<[[[f32; PAIRS]; CHUNK + 1]; GROUP]>);

impl Minima {
    /// One query's scores, if `panels` of the chunk were scanned.
    #[cfg(test)]
    pub(super) fn of(&self, query: usize, panels: usize) -> &[f32] {
        self.0[query][..panels].as_flattened()
    }
}

impl Default for Minima {
    fn default() -> Self {
        Minima(Box::new([[[0.0; PAIRS]; CHUNK + 1]; GROUP]))
    }
}

/// The state of one query.
#[derive(Default)]
struct QueryState {
    /// Only rows scoring below can be among the k nearest.
    limit: f32,
    /// Twice the query's margin: a score below `bounds[k − 1]` plus this may still win.
    spread: f64,
    half_norm: f64,
    /// The k lowest upper bounds so far, ascending, infinite where missing.
    bounds: Vec<f32>,
    /// Score and number of pairs that scored below the limit of their time.
    candidates: Vec<(f32, u32)>,
    /// Up to k lowest squared distances among the rows already measured, ascending.
    nearest: Vec<f64>,
}

/// Writes the mean distance to the k nearest rows of each query to `means`.
pub(super) fn mean_distances(
    instructions: Instructions,
    packed: &Packed,
    k: usize,
    queries: ArrayView2<f64>,
    scratch: &mut Scratch,
    means: &mut [f64],
) {
    match instructions {
        // SAFETY: `Instructions::available` has found the features.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "the one place where features are chosen")]
        Instructions::Avx512 => unsafe { block_avx512(packed, k, queries, scratch, means) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "the one place where features are chosen")]
        Instructions::Avx2 => unsafe { block_avx2(packed, k, queries, scratch, means) },
        #[cfg(any(test, target_arch = "aarch64"))]
        Instructions::Fused => block::<lanes::Fused, 4>(packed, k, queries, scratch, means),
        Instructions::Portable => block::<lanes::Portable, 4>(packed, k, queries, scratch, means),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn block_avx512(p: &Packed, k: usize, q: ArrayView2<f64>, s: &mut Scratch, means: &mut [f64]) {
    block::<lanes::Avx512, 12>(p, k, q, s, means);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn block_avx2(p: &Packed, k: usize, q: ArrayView2<f64>, s: &mut Scratch, means: &mut [f64]) {
    block::<lanes::Avx2, 6>(p, k, q, s, means);
}

/// `mean_distances` with `Q` queries and two vectors of rows in registers.
#[inline(always)]
fn block<L: Lanes, const Q: usize>(
    packed: &Packed,
    k: usize,
    queries: ArrayView2<f64>,
    scratch: &mut Scratch,
    means: &mut [f64],
) {
    let d = packed.d;
    let Scratch {
        rows,
        groups,
        half_norms,
        searches,
        minima,
    } = scratch;
    rows.clear();
    queries.outer_iter().for_each(|row| append_row(rows, row));
    packed.pack_queries(queries, groups, half_norms);
    searches.resize_with(half_norms.len(), QueryState::default);
    for (search, &half_norm) in searches.iter_mut().zip(half_norms.iter()) {
        search.start(packed, half_norm, k);
    }

    let n_panels = packed.half_norms.len();
    let chunk = (RESIDENT / size_of::<[f32; PANEL]>() / d.max(1)).clamp(8, CHUNK);
    for from in (0..n_panels).step_by(chunk) {
        let panels = from..(from + chunk).min(n_panels);
        for (g, group) in groups.chunks_exact(d).enumerate() {
            scan::<L, Q>(packed, panels.clone(), group, minima);
            for (i, minima) in (g * GROUP..half_norms.len()).zip(minima.0.iter()) {
                searches[i].collect::<L>(packed, panels.clone(), minima, packed.row_of(rows, i));
            }
        }
    }

    for (i, mean) in means.iter_mut().enumerate() {
        let row = packed.row_of(rows, i);
        let search = &mut searches[i];
        if half_norms[i].is_nan() {
            search.measure(packed, row, 0..packed.near);
        } else {
            search.measure_candidates(packed, row);
        }
        search.measure(packed, row, packed.near..packed.len());
        *mean = search.nearest.iter().map(|x| x.sqrt()).sum::<f64>() / k as f64;
    }
}

/// Scores the rows of a range of panels for a group of queries.
#[inline(always)]
pub(super) fn scan<L: Lanes, const Q: usize>(
    packed: &Packed,
    panels: Range<usize>,
    group: &[[f32; GROUP]],
    minima: &mut Minima,
) {
    for (slot, panel) in panels.enumerate() {
        let (rows, half_norms) = (packed.panel(panel), &packed.half_norms[panel]);
        for left in (0..PAIRS).step_by(L::WIDTH) {
            let right = left + PAIRS;
            for first in (0..GROUP).step_by(Q) {
                let mut sums = [[L::load(&half_norms[left..]), L::load(&half_norms[right..])]; Q];
                for (row, queries) in rows.iter().zip(group) {
                    let (x, y) = (L::load(&row[left..]), L::load(&row[right..]));
                    for (sum, &query) in sums.iter_mut().zip(&queries[first..first + Q]) {
                        let query = L::splat(query);
                        sum[0] = sum[0].add_product(query, x);
                        sum[1] = sum[1].add_product(query, y);
                    }
                }
                for (i, sum) in sums.iter().enumerate() {
                    sum[0]
                        .min(sum[1])
                        .store(&mut minima.0[first + i][slot][left..]);
                }
            }
        }
    }
}

/// How many panels come before the first with a score below `limit`, and which of its pairs.
#[inline(always)]
fn first_below<L: Lanes>(minima: &[[f32; PAIRS]], limit: f32) -> Option<(usize, u32)> {
    let limit = L::splat(limit);
    minima.iter().enumerate().find_map(|(slot, scores)| {
        let mut mask = 0;
        for at in (0..PAIRS).step_by(L::WIDTH) {
            mask |= L::load(&scores[at..]).below(limit) << at;
        }
        (mask != 0).then_some((slot, mask))
    })
}

impl QueryState {
    fn start(&mut self, packed: &Packed, half_norm: f64, k: usize) {
        // A query that is not scanned accepts nothing.
        self.limit = if half_norm.is_nan() {
            f32::NEG_INFINITY
        } else {
            f32::INFINITY
        };
        self.spread = 2.0 * packed.query_margin(half_norm);
        self.half_norm = half_norm;
        self.bounds.clear();
        self.bounds.resize(k, f32::INFINITY);
        self.candidates.clear();
        self.nearest.clear();
    }

    /// Looks at the scores of a chunk of panels.
    #[inline(always)]
    fn collect<L: Lanes>(
        &mut self,
        packed: &Packed,
        panels: Range<usize>,
        minima: &[[f32; PAIRS]; CHUNK + 1],
        row: &[Eight],
    ) {
        let minima = &minima[..panels.len()];
        if self.limit == f32::INFINITY {
            self.seed::<L>(&packed.rises[panels.clone()], minima);
        }
        let mut slot = 0;
        while let Some((skipped, mut mask)) = first_below::<L>(&minima[slot..], self.limit) {
            slot += skipped;
            while mask != 0 {
                let pair = mask.trailing_zeros() as usize;
                mask &= mask - 1;
                self.offer(packed, minima[slot][pair], panels.start + slot, pair, row);
            }
            slot += 1;
        }
    }

    /// A first limit: of the least upper bounds in disjoint parts of the
    /// first rows, the k-th has at least k rows at or below it.
    #[inline(always)]
    fn seed<L: Lanes>(&mut self, rises: &[[f32; PAIRS]], minima: &[[f32; PAIRS]]) {
        // With twice as many parts as rows wanted, few parts hold two of the nearest.
        let k = self.bounds.len();
        let times = (2 * k).div_ceil(PAIRS);
        if times > minima.len() {
            return;
        }
        let len = minima.len() / times;
        for (rises, minima) in rises.chunks(len).zip(minima.chunks(len)) {
            let mut least = [0.0; PAIRS];
            for at in (0..PAIRS).step_by(L::WIDTH) {
                let mut lanes = L::splat(f32::INFINITY);
                for (rises, minima) in rises.iter().zip(minima) {
                    lanes = lanes.min(L::load(&minima[at..]).plus(L::load(&rises[at..])));
                }
                lanes.store(&mut least[at..]);
            }
            for x in least {
                insert(&mut self.bounds, x);
            }
        }
        self.lower_limit_to(self.bounds[k - 1]);
        // The same rows are about to be offered one by one.
        self.bounds.fill(f32::INFINITY);
    }

    /// `bound`, plus the query's margin, bounds the k-th lowest score from above.
    fn lower_limit_to(&mut self, bound: f32) {
        // Rounded up, and above rather than at: limits are compared strictly.
        let limit = ((f64::from(bound) + self.spread) as f32).next_up();
        self.limit = self.limit.min(limit);
    }

    #[inline(always)]
    fn offer(&mut self, packed: &Packed, score: f32, panel: usize, pair: usize, row: &[Eight]) {
        if score >= self.limit {
            return;
        }
        let k = self.bounds.len();
        self.candidates.push((score, (panel * PAIRS + pair) as u32));
        let bound = score + packed.rises[panel][pair];
        if bound < self.bounds[k - 1] {
            insert(&mut self.bounds, bound);
            self.lower_limit_to(self.bounds[k - 1]);
        }
        if self.candidates.len() >= 64 + 4 * k {
            self.make_room(packed, row);
        }
    }

    /// Forgets candidates that the limit has passed; if most are left, there
    /// are many ties, and their distances decide.
    #[inline(always)]
    fn make_room(&mut self, packed: &Packed, row: &[Eight]) {
        let full = self.candidates.len();
        self.candidates.retain(|&(score, _)| score < self.limit);
        if self.candidates.len() > full / 2 {
            self.measure_candidates(packed, row);
            if let Some(&furthest) = self.nearest.get(self.bounds.len() - 1) {
                let limit = packed.score_of(furthest, self.half_norm) + self.spread / 2.0;
                self.limit = self.limit.min((limit as f32).next_up());
            }
        }
    }

    #[inline(always)]
    fn measure_candidates(&mut self, packed: &Packed, row: &[Eight]) {
        let mut candidates = std::mem::take(&mut self.candidates);
        for (score, pair) in candidates.drain(..) {
            if score < self.limit {
                let position = 2 * pair as usize;
                self.measure(packed, row, position..(position + 2).min(packed.near));
            }
        }
        self.candidates = candidates;
    }

    #[inline(always)]
    fn measure(&mut self, packed: &Packed, row: &[Eight], positions: Range<usize>) {
        let k = self.bounds.len();
        for position in positions {
            let distance = squared_distance(row, packed.row(position));
            if self
                .nearest
                .get(k - 1)
                .is_some_and(|&furthest| distance >= furthest)
            {
                continue;
            }
            for _ in 0..k.min(packed.members(position).len()) {
                if self.nearest.len() < k {
                    self.nearest.push(f64::INFINITY);
                }
                insert(&mut self.nearest, distance);
            }
        }
    }
}

/// Puts `x` in its place among ascending numbers; the last one goes.
#[inline(always)]
fn insert<T: PartialOrd + Copy>(ascending: &mut [T], x: T) {
    if ascending.len() <= 16 {
        // Without branches, which nobody could predict.
        for i in (1..ascending.len()).rev() {
            let upper = if ascending[i] < x { ascending[i] } else { x };
            ascending[i] = if ascending[i - 1] > upper {
                ascending[i - 1]
            } else {
                upper
            };
        }
        ascending[0] = if ascending[0] < x { ascending[0] } else { x };
    } else {
        let at = ascending.partition_point(|&y| y <= x);
        if at < ascending.len() {
            ascending.copy_within(at..ascending.len() - 1, at + 1);
            ascending[at] = x;
        }
    }
}
