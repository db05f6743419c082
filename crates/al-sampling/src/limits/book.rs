//! What is kept of the limits while a batch is picked: what each pick closes,
//! and why a batch is short.

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::room_use::RoomUse;
use super::state::{BUDGET, CellPlan, LimitCell, LimitState, LimitedColumn, LimitedValues, price};
use super::{Collision, Groups, Limit, Quota, QuotaBound, Room, SelectionLimits, Shortfall};

/// What is kept of the limits.
pub(super) struct Book<'l> {
    pub(super) columns: Vec<Quotas<'l>>,
    pub(super) state: LimitState,
    /// Rows that meet what is still required.
    pub(super) plan: CellPlan,
    /// Candidates that are open or taken, the dearest last.
    by_price: Vec<u32>,
    /// What was spent, in the caller's unit.
    spent: f64,
    /// Per column whether only rows that it requires are left open.
    tight: Vec<bool>,
    together: Option<Shared<'l>>,
    pub(super) costs: Vec<f64>,
    /// Per kind of room its candidates, the smallest first, but for those that
    /// were closed for lack of room, and the smallest of these.
    by_size: Vec<(Vec<u32>, Option<u64>)>,
}

/// The column that all share.
struct Shared<'l> {
    groups: &'l Groups,
    /// Whether the other values are closed.
    settled: bool,
}

/// The quotas of a column.
#[derive(Clone, Copy)]
pub(super) struct Quotas<'l> {
    groups: &'l Groups,
    least: usize,
    most: usize,
}

impl<'l> Book<'l> {
    pub(super) fn new(limits: &'l SelectionLimits, rows: &[u32]) -> Result<Book<'l>, Collision> {
        let columns = merged(limits);
        for column in &columns {
            if column.least > column.most {
                return Err(Collision::AtLeastAboveAtMost {
                    least: column.least,
                    most: column.most,
                    column: column.groups.column.clone(),
                });
            }
        }
        let items: Option<Arc<[(u32, u64)]>> = limits.room.as_ref().map(|room| {
            let item = |&row: &u32| (room.kinds[row as usize], room.sizes[row as usize]);
            rows.iter().map(item).collect()
        });
        let values = values(limits, &columns, rows, items.as_ref());
        let costs: Vec<f64> = match &limits.budget {
            Some(budget) => rows.iter().map(|&row| budget.costs[row as usize]).collect(),
            None => Vec::new(),
        };
        let prices: Option<Vec<u64>> = match (&limits.budget, &items) {
            (Some(budget), _) => {
                let all = costs.iter();
                Some(all.map(|&cost| price(cost, budget.total)).collect())
            }
            // Where money does not matter the smallest rows are the cheapest.
            (None, Some(items)) => Some(sizes(items)),
            (None, None) => None,
        };
        let by_size = by_size(items.as_deref().unwrap_or_default());
        let mut by_price = Vec::new();
        if let Some(prices) = &prices {
            by_price = (0..rows.len() as u32).collect();
            by_price.par_sort_unstable_by_key(|&row| (prices[row as usize], row));
        }
        Ok(Book {
            state: LimitState::new(rows.len(), limits.n, values, prices),
            plan: CellPlan::new(),
            by_price,
            spent: 0.0,
            tight: vec![false; columns.len()],
            together: limits.together.as_ref().map(|groups| Shared {
                groups,
                settled: false,
            }),
            columns,
            costs,
            by_size,
        })
    }

    /// Takes the rows to include, and checks what can be seen at once.
    pub(super) fn include(
        &mut self,
        limits: &SelectionLimits,
        included: &[usize],
    ) -> Result<(), Collision> {
        if let (Some(shared), Some((&first, others))) = (&self.together, included.split_first()) {
            let value = |candidate: usize| self.state.cell(candidate).together;
            if let Some(&other) = others.iter().find(|&&other| value(other) != value(first)) {
                return Err(Collision::IncludedApart {
                    column: shared.groups.column.clone(),
                    first: shared.groups.name(value(first)).to_owned(),
                    second: shared.groups.name(value(other)).to_owned(),
                });
            }
        }
        for &candidate in included {
            self.state.take(candidate);
            self.spent += self.cost(candidate);
        }
        for (column, quotas) in self.state.columns.iter().zip(&self.columns) {
            self.check_column(column, *quotas, limits.n)?;
        }
        if let Some(room) = &limits.room
            && !self.state.has_room_for(&CellPlan::new())
        {
            let name = room.name.clone();
            return Err(Collision::IncludedAboveRoom { name });
        }
        match &limits.budget {
            Some(budget) if self.state.money < 0 => Err(Collision::IncludedAboveBudget {
                cost: self.spent,
                total: budget.total,
            }),
            _ => Ok(()),
        }
    }

    /// Whether a column's quotas can be met in a batch of `n` rows, as far as that
    /// can be seen at once.
    fn check_column(
        &self,
        column: &LimitedColumn,
        quotas: Quotas<'_>,
        n: usize,
    ) -> Result<(), Collision> {
        let groups = quotas.groups;
        let least = quotas.least;
        let named = |found: &dyn Fn(usize) -> bool| {
            let all = (0..column.taken.len()).filter(|&group| found(group));
            all.min_by_key(|&group| groups.name(group as u32))
        };
        if let Some(group) = named(&|group| column.taken[group] > quotas.most) {
            return Err(Collision::IncludedAboveAtMost {
                included: column.taken[group],
                value: groups.name(group as u32).to_owned(),
                column: groups.column.clone(),
                most: quotas.most,
            });
        }
        let few = |group: usize| column.offered[group] > 0 && column.offered[group] < least;
        if let Some(group) = named(&few) {
            return Err(Collision::TooFewCandidates {
                least,
                column: groups.column.clone(),
                value: groups.name(group as u32).to_owned(),
                found: column.offered[group],
            });
        }
        let values = column.offered.iter().filter(|&&n| n > 0).count();
        let shared = self.together.as_ref();
        if least > 0 && values > 1 && shared.is_some_and(|s| s.groups == groups) {
            return Err(Collision::TogetherApart {
                column: groups.column.clone(),
                least,
                values,
            });
        }
        if least.saturating_mul(values) > n {
            return Err(Collision::AtLeastAboveRows {
                least,
                values,
                column: groups.column.clone(),
                n,
            });
        }
        Ok(())
    }

    /// Closes what is closed from the start; returns how many rows fit.
    pub(super) fn prepare(&mut self, open: &mut [bool]) -> usize {
        for at in 0..self.columns.len() {
            for group in 0..self.state.columns[at].taken.len() {
                if self.state.columns[at].room(group as u32) == 0 {
                    self.close_group(at, group as u32, open);
                }
            }
        }
        self.close_unaffordable(open);
        self.close_roomless(open);
        self.close_unneeded(None, open);
        let Some(shared) = &mut self.together else {
            return self.state.fill(&self.state.in_play());
        };
        shared.settled = self.state.together.is_some();
        // Values whose rows meet what is required, by how many rows they give.
        let mut state = self.state.clone();
        let mut most = 0;
        let mut best = HashSet::new();
        for (value, cells) in self.state.choices() {
            state.together = Some(value);
            let Some(plan) = state.meets() else { continue };
            let fill = self.state.fill(cells);
            if best.is_empty() || fill > most {
                best.clear();
                most = fill;
                self.plan = plan;
            }
            if fill == most {
                best.insert(value);
            }
        }
        self.close_cells(open, |cell| !best.contains(&cell.together));
        most
    }

    fn cost(&self, candidate: usize) -> f64 {
        self.costs.get(candidate).copied().unwrap_or(0.0)
    }

    /// Takes an open candidate, and closes what is closed by it.
    pub(super) fn pick(&mut self, candidate: usize, open: &mut [bool]) {
        self.state.take(candidate);
        self.spent += self.cost(candidate);
        let cell = self.state.cell_of[candidate] as usize;
        for at in 0..self.columns.len() {
            let group = self.state.cells[cell].groups[at];
            if self.state.columns[at].room(group) == 0 {
                self.close_group(at, group, open);
            }
        }
        if let Some(shared) = &mut self.together
            && !std::mem::replace(&mut shared.settled, true)
        {
            let value = self.state.cells[cell].together;
            self.close_cells(open, |cell| cell.together != value);
        }
        self.close_unaffordable(open);
        self.close_roomless(open);
        self.close_unneeded(Some(cell), open);
    }

    /// Closes a candidate that would leave too little for what is required,
    /// and those of its cell that would as well.
    pub(super) fn reject(&mut self, candidate: usize, open: &mut [bool]) {
        let cell = self.state.cell_of[candidate];
        if let Some(space) = &self.state.space {
            // Dearer rows of the cell may be smaller ones.
            let size = |row: u32| space.items[row as usize].1;
            let (least, cost) = (size(candidate as u32), self.state.price(candidate as u32));
            let rows = self.state.cells[cell as usize].rows.iter().copied();
            let closed = rows.filter(|&row| size(row) >= least && self.state.price(row) >= cost);
            let closed: HashSet<u32> = closed.collect();
            let rows = &mut self.state.cells[cell as usize].rows;
            rows.retain(|row| !closed.contains(row));
            closed.iter().for_each(|&row| open[row as usize] = false);
            return;
        }
        let mut first = 0;
        if self.state.prices.is_some() {
            // The dearer a row, the less is left.
            let mut last = self.state.place(candidate).expect("an open candidate");
            first = self.plan.get(&cell).copied().unwrap_or(0).min(last);
            while first < last {
                let middle = usize::midpoint(first, last);
                let row = self.state.cells[cell as usize].rows[middle] as usize;
                if self.state.after(row, &self.plan).is_some() {
                    first = middle + 1;
                } else {
                    last = middle;
                }
            }
        }
        for row in self.state.cells[cell as usize].rows.drain(first..) {
            open[row as usize] = false;
        }
    }

    fn close_cells(&mut self, open: &mut [bool], which: impl Fn(&LimitCell) -> bool) {
        for cell in &mut self.state.cells {
            if which(cell) {
                for row in cell.rows.drain(..) {
                    open[row as usize] = false;
                }
            }
        }
    }

    fn close_group(&mut self, column: usize, group: u32, open: &mut [bool]) {
        for &cell in &self.state.columns[column].cells[group as usize] {
            for row in self.state.cells[cell as usize].rows.drain(..) {
                open[row as usize] = false;
            }
        }
    }

    /// Closes what costs more than is left.
    fn close_unaffordable(&mut self, open: &mut [bool]) {
        while let Some(&row) = self.by_price.last()
            && i128::from(self.state.price(row)) > self.state.money
        {
            self.by_price.pop();
            if std::mem::replace(&mut open[row as usize], false) {
                // The dearest of all is the dearest of its cell.
                let cell = self.state.cell_of[row as usize] as usize;
                self.state.cells[cell].rows.pop();
            }
        }
    }

    /// Closes what has no room beside the rows taken.
    fn close_roomless(&mut self, open: &mut [bool]) {
        let Some(space) = self.state.space.clone() else {
            return;
        };
        for (rows, least) in &mut self.by_size {
            while rows.last().is_some_and(|&row| !open[row as usize]) {
                rows.pop();
            }
            if rows.last().is_none_or(|&row| self.state.has_room(row)) {
                continue;
            }
            let first = rows.partition_point(|&row| self.state.has_room(row));
            let closed = rows.split_off(first);
            if let Some(&row) = closed.first() {
                let size = space.items[row as usize].1;
                *least = Some(least.map_or(size, |least| least.min(size)));
            }
            self.state.close(closed.into_iter().rev(), open);
        }
    }

    /// Whether a candidate was closed, or would have been, for lack of room.
    fn cramped(&self, candidate: usize) -> bool {
        let Some(space) = &self.state.space else {
            return false;
        };
        let (kind, size) = space.items[candidate];
        self.by_size[kind as usize]
            .1
            .is_some_and(|least| size >= least)
    }

    /// Where all rows left are required by a column, closes those that it does
    /// not require. `cell` is that of the last pick.
    fn close_unneeded(&mut self, cell: Option<usize>, open: &mut [bool]) {
        for at in 0..self.columns.len() {
            let column = &self.state.columns[at];
            if column.missing == 0 || column.missing < self.state.slots {
                continue;
            }
            let groups: Vec<u32> = match cell {
                Some(cell) if self.tight[at] => vec![self.state.cells[cell].groups[at]],
                _ => (0..column.taken.len() as u32).collect(),
            };
            self.tight[at] = true;
            for group in groups {
                if self.state.columns[at].need(group) == 0 {
                    self.close_group(at, group, open);
                }
            }
        }
    }

    pub(super) fn shortfall(&self, limits: &SelectionLimits, picked: &[bool]) -> Shortfall {
        let state = &self.state;
        let mut columns = vec![false; self.columns.len()];
        let (mut budget, mut together, mut room, mut other) = (false, false, false, false);
        let mut closed = 0;
        for candidate in (0..picked.len()).filter(|&candidate| !picked[candidate]) {
            closed += 1;
            let cell = state.cell(candidate);
            let apart = self.together.is_some() && state.together != Some(cell.together);
            let mut why = apart;
            together |= apart;
            for (at, column) in state.columns.iter().enumerate() {
                let full = column.room(cell.groups[at]) == 0;
                columns[at] |= full;
                why |= full;
            }
            let dear = i128::from(state.price(candidate as u32)) > state.money;
            budget |= dear;
            let cramped = self.cramped(candidate);
            room |= cramped;
            other |= !(why || dear || cramped);
        }
        let shared = limits.together.as_ref().filter(|_| together);
        let quotas = limits.quotas.iter().filter(|quota| {
            let column = self.columns.iter().position(|c| *c.groups == quota.groups);
            match quota.bound {
                QuotaBound::AtMost(n) => {
                    column.is_some_and(|at| columns[at] && self.columns[at].most == n)
                }
                // Rows that search could not show to leave enough.
                QuotaBound::AtLeast(_) => other,
            }
        });
        let mut named: Vec<Limit> = quotas.map(Quota::limit).collect();
        named.extend(shared.map(|groups| Limit::Together {
            column: groups.column.clone(),
            value: state.together.map(|value| groups.name(value).to_owned()),
        }));
        let room = limits.room.as_ref().filter(|_| room);
        named.extend(room.map(Room::limit));
        let left = limits.budget.as_ref();
        let left = left.map(|budget| (budget.total - self.spent).max(0.0));
        if budget && let Some(budget) = &limits.budget {
            let total = budget.total;
            named.push(Limit::Budget { total });
        }
        Shortfall {
            limits: named,
            closed,
            money_left: left.filter(|_| budget),
        }
    }
}

/// The values of the candidates in the columns that have a limit, and the room
/// that they take up.
fn values(
    limits: &SelectionLimits,
    columns: &[Quotas<'_>],
    rows: &[u32],
    items: Option<&Arc<[(u32, u64)]>>,
) -> LimitedValues {
    let of = |groups: &Groups| -> Vec<u32> {
        rows.par_iter()
            .with_min_len(4096)
            .map(|&row| groups.group(row))
            .collect()
    };
    let space = limits.room.as_ref().zip(items);
    LimitedValues {
        columns: columns
            .iter()
            .map(|c| (c.least, c.most, c.groups.len(), of(c.groups)))
            .collect(),
        together: limits.together.as_ref().map(|g| (g.len(), of(g))),
        space: space.map(|(room, items)| RoomUse::new(Arc::clone(items), Arc::clone(&room.fit))),
    }
}

/// The sizes as parts of all of them together.
fn sizes(items: &[(u32, u64)]) -> Vec<u64> {
    let all: u128 = items.iter().map(|&(_, size)| u128::from(size)).sum();
    // Rounded down, so that they never come to more than the whole.
    let part = |&(_, size): &(u32, u64)| u128::from(size) * u128::from(BUDGET) / all.max(1);
    items.iter().map(|item| part(item) as u64).collect()
}

/// Per kind the candidates, the smallest first.
fn by_size(items: &[(u32, u64)]) -> Vec<(Vec<u32>, Option<u64>)> {
    let mut kinds: Vec<(Vec<u32>, Option<u64>)> = Vec::new();
    for (row, &(kind, _)) in items.iter().enumerate() {
        if kinds.len() <= kind as usize {
            kinds.resize_with(kind as usize + 1, Default::default);
        }
        kinds[kind as usize].0.push(row as u32);
    }
    for (rows, _) in &mut kinds {
        rows.sort_unstable_by_key(|&row| (items[row as usize].1, row));
    }
    kinds
}

/// The quotas, one of a column.
fn merged(limits: &SelectionLimits) -> Vec<Quotas<'_>> {
    let mut columns: Vec<Quotas<'_>> = Vec::new();
    for quota in &limits.quotas {
        let at = columns.iter().position(|c| *c.groups == quota.groups);
        let at = at.unwrap_or_else(|| {
            columns.push(Quotas {
                groups: &quota.groups,
                least: 0,
                most: usize::MAX,
            });
            columns.len() - 1
        });
        let column = &mut columns[at];
        match quota.bound {
            QuotaBound::AtMost(n) => column.most = column.most.min(n),
            QuotaBound::AtLeast(n) => column.least = column.least.max(n),
        }
    }
    columns
}
