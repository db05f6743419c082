//! The combinations of a space with conditions, counted and numbered without
//! going through them.
//!
//! Columns are decided one after the other, each after those it depends on.
//! What is left to decide depends on the values so far only through which of
//! the later columns are already known to be missing. So the combinations are
//! the paths of a diagram whose nodes are (column, later columns that are
//! missing): a decision diagram (Bryant 1986, with many values per column). A
//! node knows the number of paths below it, and a combination's number is the
//! sum of the paths that come before it: number to row and row to number take
//! a walk from top to bottom. A space without conditions has one node per
//! column.

use std::collections::HashMap;
use std::ops::Range;

use crate::condition::AllowedValues;
use crate::invalid::{InvalidColumn, InvalidValues};
use crate::points::MISSING;
use crate::space_column::SpaceColumn;

/// More nodes than this are an error: they would fill the memory.
const MOST_NODES: usize = 1 << 16;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CombinationTree {
    /// The columns in the order they are decided.
    order: Vec<usize>,
    /// The last is the root.
    nodes: Vec<TreeNode>,
}

#[derive(Debug, Clone, PartialEq)]
struct TreeNode {
    /// Number of paths from here on.
    size: u128,
    next: Next,
    /// Whether all values of all columns from here on lead to the same nodes:
    /// what is below is a product.
    product: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Next {
    /// All columns are decided.
    End,
    /// The column is missing.
    Missing(usize),
    /// The column has a value.
    Runs(Vec<ValueRun>),
}

/// Values one after the other that lead to one node.
#[derive(Debug, Clone, PartialEq)]
struct ValueRun {
    first: u32,
    count: u32,
    /// Number of paths before these.
    start: u128,
    child: usize,
}

/// Builds the nodes from the last column to the first.
struct Builder<'a> {
    order: &'a [usize],
    counts: Vec<usize>,
    /// Per place in the order the later places that depend on it, each with
    /// the values for which it is there.
    deciding: Vec<Vec<(usize, &'a [bool])>>,
    known: HashMap<(usize, Vec<usize>), usize>,
    nodes: Vec<TreeNode>,
    /// Per place whether some combination has the column.
    there: Vec<bool>,
}

/// Why there is no tree.
enum TreeFault {
    TooMany,
    Tangled,
}

impl CombinationTree {
    /// Of columns that all have lists of values, decided in the order given.
    pub(crate) fn new(
        columns: &[SpaceColumn],
        order: &[usize],
    ) -> Result<CombinationTree, InvalidColumn> {
        let mut place = vec![0; columns.len()];
        for (at, &column) in order.iter().enumerate() {
            place[column] = at;
        }
        let mut deciding = vec![Vec::new(); order.len()];
        for (column, at) in columns.iter().zip(&place) {
            for test in &column.tests {
                if let AllowedValues::Places(allowed) = &test.allowed {
                    deciding[place[test.on]].push((*at, &allowed[..]));
                }
            }
        }
        let counts = order.iter().map(|&at| columns[at].values().len()).collect();
        let mut builder = Builder {
            order,
            counts,
            deciding,
            known: HashMap::new(),
            nodes: Vec::new(),
            there: vec![false; order.len()],
        };
        let invalid = |at: usize, problem| InvalidColumn {
            column: columns[at].name().to_owned(),
            problem,
        };
        if let Err(fault) = builder.node(0, &[]) {
            let conditional = columns.iter().position(|column| !column.tests.is_empty());
            return Err(match fault {
                TreeFault::TooMany => {
                    invalid(columns.len() - 1, InvalidValues::TooManyCombinations)
                }
                TreeFault::Tangled => invalid(
                    conditional.unwrap_or(0),
                    InvalidValues::Tangled { limit: MOST_NODES },
                ),
            });
        }
        match builder.there.iter().position(|there| !there) {
            Some(at) => Err(invalid(order[at], InvalidValues::Never)),
            None => Ok(CombinationTree {
                order: order.to_vec(),
                nodes: builder.nodes,
            }),
        }
    }

    fn root(&self) -> usize {
        self.nodes.len() - 1
    }

    /// Number of combinations.
    pub(crate) fn size(&self) -> u128 {
        self.nodes[self.root()].size
    }

    /// Per column the places of the values, of the combinations `numbers`.
    pub(crate) fn places(&self, numbers: Range<u128>) -> Vec<Vec<u32>> {
        let n = usize::try_from(numbers.end - numbers.start).expect("a block fits in memory");
        let mut out = vec![Vec::with_capacity(n); self.order.len()];
        if n > 0 {
            self.fill(self.root(), 0, numbers, &mut out);
        }
        out
    }

    /// Appends the combinations `numbers` of those below a node, which are not
    /// none, to the columns from place `at` on.
    fn fill(&self, node: usize, at: usize, numbers: Range<u128>, out: &mut [Vec<u32>]) {
        let node = &self.nodes[node];
        if node.product {
            return self.fill_product(node, at, &numbers, out);
        }
        match &node.next {
            Next::End => {}
            Next::Missing(child) => {
                let n = (numbers.end - numbers.start) as usize;
                out[self.order[at]].extend(std::iter::repeat_n(MISSING, n));
                self.fill(*child, at + 1, numbers, out);
            }
            Next::Runs(runs) => {
                let mut from = numbers.start;
                let first = runs.partition_point(|run| run.start <= from) - 1;
                for run in &runs[first..] {
                    let size = self.nodes[run.child].size;
                    let (mut value, mut within) = match from - run.start {
                        0 => (0, 0),
                        offset => ((offset / size) as u32, offset % size),
                    };
                    while value < run.count && from < numbers.end {
                        let n = (size - within).min(numbers.end - from);
                        out[self.order[at]]
                            .extend(std::iter::repeat_n(run.first + value, n as usize));
                        self.fill(run.child, at + 1, within..within + n, out);
                        (value, within) = (value + 1, 0);
                        from += n;
                    }
                    if from == numbers.end {
                        return;
                    }
                }
            }
        }
    }

    /// The same where the columns do not depend on each other.
    fn fill_product(
        &self,
        node: &TreeNode,
        at: usize,
        numbers: &Range<u128>,
        out: &mut [Vec<u32>],
    ) {
        let n = (numbers.end - numbers.start) as usize;
        let mut run = node.size;
        let mut next = &node.next;
        for &column in &self.order[at..] {
            let child = match next {
                Next::End => unreachable!("there is a column left"),
                Next::Missing(child) => {
                    out[column].extend(std::iter::repeat_n(MISSING, n));
                    *child
                }
                Next::Runs(runs) => {
                    run /= u128::from(runs[0].count);
                    repeat(&mut out[column], numbers.start, n, run, runs[0].count);
                    runs[0].child
                }
            };
            next = &self.nodes[child].next;
        }
    }

    /// The number of the combination whose places `place` gives, column by
    /// column; what it gives for a column that is missing is not looked at.
    /// `None` if a column that is there has no place.
    pub(crate) fn number(&self, place: impl Fn(usize) -> u32) -> Option<u128> {
        let mut number = 0;
        let mut node = &self.nodes[self.root()];
        for &column in &self.order {
            let child = match &node.next {
                Next::End => unreachable!("there is a column left"),
                Next::Missing(child) => *child,
                Next::Runs(runs) => {
                    let place = place(column);
                    let run = &runs[runs.partition_point(|run| run.first <= place) - 1];
                    if place - run.first >= run.count {
                        return None;
                    }
                    number +=
                        run.start + u128::from(place - run.first) * self.nodes[run.child].size;
                    run.child
                }
            };
            node = &self.nodes[child];
        }
        Some(number)
    }
}

impl Builder<'_> {
    /// The node at a place of the order, with the later places that are known
    /// to be missing, ascending.
    fn node(&mut self, at: usize, missing: &[usize]) -> Result<usize, TreeFault> {
        let key = (at, missing.to_vec());
        if let Some(&known) = self.known.get(&key) {
            return Ok(known);
        }
        let node = self.build(at, missing)?;
        if self.nodes.len() == MOST_NODES {
            return Err(TreeFault::Tangled);
        }
        self.nodes.push(node);
        self.known.insert(key, self.nodes.len() - 1);
        Ok(self.nodes.len() - 1)
    }

    fn build(&mut self, at: usize, missing: &[usize]) -> Result<TreeNode, TreeFault> {
        if at == self.order.len() {
            return Ok(TreeNode {
                size: 1,
                next: Next::End,
                product: false,
            });
        }
        let deciding = std::mem::take(&mut self.deciding[at]);
        let result = self.build_column(at, missing, &deciding);
        self.deciding[at] = deciding;
        result
    }

    fn build_column(
        &mut self,
        at: usize,
        missing: &[usize],
        deciding: &[(usize, &[bool])],
    ) -> Result<TreeNode, TreeFault> {
        let with = |more: &mut dyn Iterator<Item = usize>| -> Vec<usize> {
            let rest = missing.iter().copied().filter(|&other| other != at);
            let mut all: Vec<usize> = rest.chain(more).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let last = at + 1 == self.order.len();
        if missing.contains(&at) {
            let below = with(&mut deciding.iter().map(|(later, _)| *later));
            let child = self.node(at + 1, &below)?;
            return Ok(TreeNode {
                size: self.nodes[child].size,
                next: Next::Missing(child),
                product: last || self.nodes[child].product,
            });
        }
        self.there[at] = true;
        let count = self.counts[at];
        // Where no later column depends on this one, all values lead to one node.
        let ends = if deciding.is_empty() {
            vec![count]
        } else {
            ends(deciding, count)
        };
        let mut runs: Vec<ValueRun> = Vec::new();
        let (mut first, mut size) = (0, 0_u128);
        for end in ends {
            let mut off = deciding
                .iter()
                .filter(|(_, allowed)| !allowed[first])
                .map(|(later, _)| *later);
            let child = self.node(at + 1, &with(&mut off))?;
            runs.push(ValueRun {
                first: first as u32,
                count: (end - first) as u32,
                start: size,
                child,
            });
            size = self.nodes[child]
                .size
                .checked_mul((end - first) as u128)
                .and_then(|below| size.checked_add(below))
                .ok_or(TreeFault::TooMany)?;
            first = end;
        }
        let child = &self.nodes[runs[0].child];
        Ok(TreeNode {
            size,
            product: runs.len() == 1 && (last || child.product),
            next: Next::Runs(runs),
        })
    }
}

/// Where runs of values that decide alike end.
fn ends(deciding: &[(usize, &[bool])], count: usize) -> Vec<usize> {
    let differ = |value: usize| {
        let mut all = deciding.iter();
        all.any(|(_, allowed)| allowed[value - 1] != allowed[value])
    };
    (1..count)
        .filter(|&value| differ(value))
        .chain([count])
        .collect()
}

/// Appends the places of `n` rows from row `start` on, if each of `count`
/// values comes `run` times in a row, over and over.
fn repeat(out: &mut Vec<u32>, start: u128, n: usize, run: u128, count: u32) {
    let end = out.len() + n;
    let mut value = (start / run % u128::from(count)) as u32;
    let mut left = run - start % run;
    while out.len() < end {
        let missing = end - out.len();
        let times = usize::try_from(left).map_or(missing, |left| left.min(missing));
        out.extend(std::iter::repeat_n(value, times));
        value = (value + 1) % count;
        left = run;
    }
}
