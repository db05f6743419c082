//! Where a batch stands against its limits, counted by cells.
//!
//! A cell is the candidates that no limit but the budget tells apart: one
//! value in each column that has a limit, and one kind of room. Cells are numbered as they first
//! appear in the pool, so nothing here depends on the order of values or rows
//! in the file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::room_use::RoomUse;

/// Rows that meet what is required, per cell how many of its cheapest.
pub(super) type CellPlan = BTreeMap<u32, usize>;

/// Prices are in parts of the budget, so that sums are exact and do not depend
/// on the order of the picks.
pub(super) const BUDGET: u64 = 1 << 50;
/// What rounding may add to the budget: a billionth.
const SLACK: u64 = BUDGET / 1_000_000_000;
/// The price of what no budget pays, small enough to be added up.
const TOO_MUCH: u64 = 1 << 62;

/// Candidates that are closed one by one.
const FEW: usize = 64;

/// The price of a row that costs `cost` when `total` may be spent.
pub(super) fn price(cost: f64, total: f64) -> u64 {
    if cost == 0.0 {
        0
    } else {
        let share = cost / total * BUDGET as f64;
        // Infinite where the budget is 0.
        share.min(TOO_MUCH as f64).round() as u64
    }
}

/// A column with a limit.
#[derive(Debug, Clone)]
pub(super) struct LimitedColumn {
    /// Rows of each value at least and at most; 0 and `usize::MAX` without.
    pub(super) least: usize,
    pub(super) most: usize,
    /// Per value the available candidates, rows taken among them.
    pub(super) offered: Vec<usize>,
    /// Per value the rows taken.
    pub(super) taken: Vec<usize>,
    /// Per value its cells.
    pub(super) cells: Vec<Vec<u32>>,
    /// Rows still missing over all values.
    pub(super) missing: usize,
}

impl LimitedColumn {
    /// Rows of a value still missing.
    pub(super) fn need(&self, group: u32) -> usize {
        let group = group as usize;
        if self.offered[group] == 0 {
            return 0;
        }
        self.least.saturating_sub(self.taken[group])
    }

    /// Rows of a value that may still be taken.
    pub(super) fn room(&self, group: u32) -> usize {
        self.most.saturating_sub(self.taken[group as usize])
    }
}

/// Candidates that no limit but the budget tells apart.
#[derive(Debug, Clone)]
pub(super) struct LimitCell {
    /// Per column the value.
    pub(super) groups: Vec<u32>,
    /// The value of the column of which all rows have one.
    pub(super) together: u32,
    /// The open candidates, the cheapest first, equal ones in the pool's order.
    pub(super) rows: Vec<u32>,
}

/// Where the batch stands.
#[derive(Debug, Clone)]
pub(super) struct LimitState {
    pub(super) columns: Vec<LimitedColumn>,
    pub(super) cells: Vec<LimitCell>,
    /// Per candidate its cell.
    pub(super) cell_of: Vec<u32>,
    /// Per value of the column that all share its cells; none without.
    pub(super) shared: Vec<Vec<u32>>,
    /// Per candidate its price; none without a budget.
    pub(super) prices: Option<Vec<u64>>,
    /// Rows that may still be taken.
    pub(super) slots: usize,
    /// What may still be spent; negative once too much is.
    pub(super) money: i128,
    /// The value that all rows have, once there is one.
    pub(super) together: Option<u32>,
    /// What room candidates take up.
    pub(super) space: Option<RoomUse>,
}

/// The values of the candidates.
pub(super) struct LimitedValues {
    /// Per column with a limit: rows at least, at most, number of values, and
    /// per candidate its value.
    pub(super) columns: Vec<(usize, usize, usize, Vec<u32>)>,
    /// Of the column that all share: number of values, and per candidate its
    /// value.
    pub(super) together: Option<(usize, Vec<u32>)>,
    /// What room they take up.
    pub(super) space: Option<RoomUse>,
}

impl LimitState {
    /// Nothing taken of `n` candidates, all of them open.
    pub(super) fn new(
        n: usize,
        slots: usize,
        values: LimitedValues,
        prices: Option<Vec<u64>>,
    ) -> LimitState {
        let cell_of = cell_of(n, &values);
        let mut cells = cells(&cell_of, &values);
        if let Some(prices) = &prices {
            for cell in &mut cells {
                cell.rows.sort_by_key(|&row| prices[row as usize]);
            }
        }
        let mut shared = vec![Vec::new(); values.together.map_or(0, |(groups, _)| groups)];
        if !shared.is_empty() {
            for (id, cell) in cells.iter().enumerate() {
                shared[cell.together as usize].push(id as u32);
            }
        }
        let columns = values.columns.into_iter().enumerate();
        let columns = columns
            .map(|(at, (least, most, groups, of))| {
                let mut offered = vec![0; groups];
                of.iter().for_each(|&group| offered[group as usize] += 1);
                let mut cells_of = vec![Vec::new(); groups];
                for (id, cell) in cells.iter().enumerate() {
                    cells_of[cell.groups[at] as usize].push(id as u32);
                }
                LimitedColumn {
                    least,
                    most,
                    missing: least.saturating_mul(offered.iter().filter(|&&n| n > 0).count()),
                    taken: vec![0; groups],
                    offered,
                    cells: cells_of,
                }
            })
            .collect();
        LimitState {
            columns,
            cells,
            cell_of,
            shared,
            prices,
            slots,
            money: i128::from(BUDGET + SLACK),
            together: None,
            space: values.space,
        }
    }

    pub(super) fn cell(&self, candidate: usize) -> &LimitCell {
        &self.cells[self.cell_of[candidate] as usize]
    }

    /// What a candidate takes from the budget.
    pub(super) fn price(&self, candidate: u32) -> u64 {
        self.prices.as_ref().map_or(0, |p| p[candidate as usize])
    }

    /// Whether any row is required that is not taken.
    pub(super) fn requires(&self) -> bool {
        self.columns.iter().any(|column| column.missing > 0)
    }

    /// Where a candidate stands, or would, among the open ones of its cell.
    pub(super) fn place(&self, candidate: usize) -> Result<usize, usize> {
        let candidate = candidate as u32;
        let order = |row: u32| (self.price(row), row);
        let rows = &self.cell(candidate as usize).rows;
        rows.binary_search_by_key(&order(candidate), |&row| order(row))
    }

    /// Takes an open candidate. `slots` must be above 0.
    pub(super) fn take(&mut self, candidate: usize) {
        let cell = self.cell_of[candidate] as usize;
        let place = self.place(candidate).expect("an open candidate");
        self.cells[cell].rows.remove(place);
        for (column, &group) in self.columns.iter_mut().zip(&self.cells[cell].groups) {
            column.missing -= usize::from(column.need(group) > 0);
            column.taken[group as usize] += 1;
        }
        self.slots -= 1;
        self.money -= i128::from(self.price(candidate as u32));
        self.together = Some(self.cells[cell].together);
        if let Some(space) = &mut self.space {
            space.taken.push(space.items[candidate]);
        }
    }

    /// Takes candidates out of those that may be had; soonest with the dearest
    /// first.
    pub(super) fn close(&mut self, rows: impl ExactSizeIterator<Item = u32>, open: &mut [bool]) {
        // A row is found and taken out, but many are left out in one pass.
        let few = rows.len() <= FEW;
        let mut touched = BTreeSet::new();
        for row in rows {
            if !std::mem::replace(&mut open[row as usize], false) {
                continue;
            }
            let cell = self.cell_of[row as usize];
            if few {
                let place = self.place(row as usize).expect("an open candidate");
                self.cells[cell as usize].rows.remove(place);
            } else {
                touched.insert(cell);
            }
        }
        for cell in touched {
            let rows = &mut self.cells[cell as usize].rows;
            rows.retain(|&row| open[row as usize]);
        }
    }

    /// Gives back a candidate just taken, when the rows shared `together`.
    pub(super) fn give_back(&mut self, candidate: usize, together: Option<u32>) {
        let cell = self.cell_of[candidate] as usize;
        let place = self.place(candidate).expect_err("a candidate taken");
        self.cells[cell].rows.insert(place, candidate as u32);
        for (column, &group) in self.columns.iter_mut().zip(&self.cells[cell].groups) {
            column.taken[group as usize] -= 1;
            column.missing += usize::from(column.need(group) > 0);
        }
        self.slots += 1;
        self.money += i128::from(self.price(candidate as u32));
        self.together = together;
        if let Some(space) = &mut self.space {
            space.taken.pop();
        }
    }

    /// Whether there is room for the rows taken and a candidate.
    pub(super) fn has_room(&self, candidate: u32) -> bool {
        let space = self.space.as_ref();
        space.is_none_or(|space| space.holds(std::iter::once(candidate)))
    }

    /// Whether there is room for the rows taken and those of a plan.
    pub(super) fn has_room_for(&self, plan: &CellPlan) -> bool {
        let rows = |(&cell, &n): (&u32, &usize)| &self.cells[cell as usize].rows[..n];
        let space = self.space.as_ref();
        space.is_none_or(|space| space.holds(plan.iter().flat_map(rows).copied()))
    }

    /// Whether the batch may have rows of a cell.
    pub(super) fn together_with(&self, cell: &LimitCell) -> bool {
        self.together.is_none_or(|value| cell.together == value)
    }

    /// The cells of which the batch may have rows.
    pub(super) fn in_play(&self) -> Vec<u32> {
        match self.together {
            Some(value) if !self.shared.is_empty() => self.shared[value as usize].clone(),
            _ => (0..self.cells.len() as u32).collect(),
        }
    }

    /// The values of the column that all share, each with its cells; the one
    /// they have if that is settled.
    pub(super) fn choices(&self) -> Vec<(u32, &[u32])> {
        let values = self.shared.iter().enumerate();
        values
            .map(|(value, cells)| (value as u32, cells.as_slice()))
            .filter(|&(value, cells)| {
                !cells.is_empty() && self.together.is_none_or(|settled| settled == value)
            })
            .collect()
    }

    /// How many more rows fit if always the cheapest is taken that breaks no
    /// limit but those that require rows: a batch of so many rows can be had.
    pub(super) fn fill(&self, cells: &[u32]) -> usize {
        let rows = cells.iter().map(|&cell| &self.cells[cell as usize].rows);
        let mut rows: Vec<u32> = rows.flatten().copied().collect();
        rows.sort_unstable_by_key(|&row| (self.price(row), row));
        let mut taken: HashMap<(usize, u32), usize> = HashMap::new();
        let mut left = self.places(&rows);
        let (mut count, mut money) = (0, self.money);
        for row in rows {
            let place = self.space.as_ref().map(|space| space.items[row as usize].0);
            let place = place.and_then(|kind| left.get_mut(&kind));
            if place.as_ref().is_some_and(|left| **left == 0) {
                continue;
            }
            money -= i128::from(self.price(row));
            if count == self.slots || money < 0 {
                break;
            }
            let groups = &self.cell(row as usize).groups;
            let fits = self.columns.iter().enumerate().all(|(at, column)| {
                let taken = taken.get(&(at, groups[at])).copied().unwrap_or(0);
                column.most == usize::MAX || taken < column.room(groups[at])
            });
            if !fits {
                money += i128::from(self.price(row));
                continue;
            }
            count += 1;
            place.into_iter().for_each(|left| *left -= 1);
            for (at, column) in self.columns.iter().enumerate() {
                if column.most < usize::MAX {
                    *taken.entry((at, groups[at])).or_insert(0) += 1;
                }
            }
        }
        count
    }

    /// Per kind of room how many of its rows have place if no other kind takes
    /// any: the smallest of `rows`.
    fn places(&self, rows: &[u32]) -> HashMap<u32, usize> {
        let Some(space) = &self.space else {
            return HashMap::new();
        };
        let mut kinds: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &row in rows {
            let kind = space.items[row as usize].0;
            kinds.entry(kind).or_default().push(row);
        }
        let places = kinds.into_iter().map(|(kind, mut rows)| {
            rows.sort_unstable_by_key(|&row| (space.items[row as usize].1, row));
            rows.truncate(self.slots);
            let fit = |n: &usize| space.holds(rows[..*n].iter().copied());
            // The most that fit, between 0, and all and one more.
            let (mut low, mut high) = (0, rows.len() + 1);
            while high - low > 1 {
                let middle = usize::midpoint(low, high);
                if fit(&middle) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            (kind, low)
        });
        places.collect()
    }

    /// Rows of a plan per column and value.
    fn uses(&self, plan: &CellPlan) -> Vec<BTreeMap<u32, usize>> {
        let mut uses = vec![BTreeMap::new(); self.columns.len()];
        for (&cell, &count) in plan {
            let groups = &self.cells[cell as usize].groups;
            for (uses, &group) in uses.iter_mut().zip(groups) {
                *uses.entry(group).or_insert(0) += count;
            }
        }
        uses
    }

    /// Takes out of a plan what it does not need.
    pub(super) fn trim(&self, plan: &mut CellPlan) {
        let mut uses = self.uses(plan);
        let cells: Vec<u32> = plan.keys().copied().collect();
        for cell in cells {
            let groups = &self.cells[cell as usize].groups;
            loop {
                let columns = self.columns.iter().zip(groups).zip(&uses);
                let spare = columns
                    .clone()
                    .map(|((column, group), uses)| {
                        let used = uses.get(group).copied().unwrap_or(0);
                        used.saturating_sub(column.need(*group))
                    })
                    .min();
                if spare.unwrap_or(0) == 0 || !plan.contains_key(&cell) {
                    break;
                }
                remove(plan, cell);
                for (uses, group) in uses.iter_mut().zip(groups) {
                    *uses.get_mut(group).expect("a value in use") -= 1;
                }
            }
        }
    }

    /// Whether a plan meets the requirements and breaks no limit.
    pub(super) fn holds(&self, plan: &CellPlan) -> bool {
        let uses = self.uses(plan);
        let columns_hold = self.columns.iter().zip(&uses).all(|(column, uses)| {
            let met: usize = uses
                .iter()
                .map(|(&group, &used)| used.min(column.need(group)))
                .sum();
            let fits = |(&group, &used): (&u32, &usize)| used <= column.room(group);
            met == column.missing && uses.iter().all(fits)
        });
        let mut rows = 0_usize;
        let mut cost = 0_i128;
        for (&cell, &count) in plan {
            let cell = &self.cells[cell as usize];
            if count > cell.rows.len() || !self.together_with(cell) {
                return false;
            }
            rows += count;
            cost += cell.rows[..count]
                .iter()
                .map(|&row| i128::from(self.price(row)))
                .sum::<i128>();
        }
        columns_hold && rows <= self.slots && cost <= self.money && self.has_room_for(plan)
    }
}

/// Per candidate its cell: numbered as they come.
fn cell_of(n: usize, values: &LimitedValues) -> Vec<u32> {
    let mut cell_of = vec![0_u32; n];
    let mut split = |values: &[u32]| {
        let mut cells: HashMap<(u32, u32), u32> = HashMap::new();
        for (cell, &value) in cell_of.iter_mut().zip(values) {
            let next = cells.len() as u32;
            *cell = *cells.entry((*cell, value)).or_insert(next);
        }
    };
    values.columns.iter().for_each(|(.., of)| split(of));
    values.together.iter().for_each(|(_, of)| split(of));
    if let Some(space) = &values.space {
        let kinds: Vec<u32> = space.items.iter().map(|&(kind, _)| kind).collect();
        split(&kinds);
    }
    cell_of
}

/// The cells, with all their candidates in the pool's order.
fn cells(cell_of: &[u32], values: &LimitedValues) -> Vec<LimitCell> {
    let mut cells: Vec<LimitCell> = Vec::new();
    for (candidate, &cell) in cell_of.iter().enumerate() {
        if cell as usize == cells.len() {
            cells.push(LimitCell {
                groups: values.columns.iter().map(|c| c.3[candidate]).collect(),
                together: values.together.as_ref().map_or(0, |t| t.1[candidate]),
                rows: Vec::new(),
            });
        }
        cells[cell as usize].rows.push(candidate as u32);
    }
    cells
}

/// Takes a row of a cell out of a plan, if it has one.
pub(super) fn remove(plan: &mut CellPlan, cell: u32) {
    if let Some(count) = plan.get_mut(&cell) {
        *count -= 1;
        if *count == 0 {
            plan.remove(&cell);
        }
    }
}
