//! Which candidates are open as things stand: the limits at work.

use std::collections::HashSet;

use rayon::prelude::*;

use super::state::{Plan, State, Values, price};
use super::{Bound, Collision, Groups, Limit, Limits, Shortfall};
use crate::query::Query;
use crate::select::SelectError;
use crate::strategy::Greedy;

/// The candidates that may be picked.
pub(crate) struct Gate<'l> {
    open: Vec<bool>,
    batch: usize,
    limits: &'l Limits,
    /// Without limits there is nothing to keep.
    book: Option<Book<'l>>,
}

/// What is kept of the limits.
struct Book<'l> {
    columns: Vec<Quotas<'l>>,
    state: State,
    /// Rows that meet what is still required.
    plan: Plan,
    /// Candidates that are open or taken, the dearest last.
    by_price: Vec<u32>,
    /// What was spent, in the caller's unit.
    spent: f64,
    /// Per column whether only rows that it requires are left open.
    tight: Vec<bool>,
    together: Option<Shared<'l>>,
    costs: Vec<f64>,
}

/// The column that all share.
struct Shared<'l> {
    groups: &'l Groups,
    /// Whether the other values are closed.
    settled: bool,
}

/// The quotas of a column.
#[derive(Clone, Copy)]
struct Quotas<'l> {
    groups: &'l Groups,
    least: usize,
    most: usize,
}

impl<'l> Gate<'l> {
    /// Of the candidates that are the caller's rows `rows`, with `included`
    /// taken.
    ///
    /// # Errors
    ///
    /// Limits that collide, or do not belong to the query.
    pub(crate) fn new(
        query: &Query<'_>,
        limits: &'l Limits,
        rows: &[u32],
        included: &[usize],
    ) -> Result<Gate<'l>, SelectError> {
        check(limits, query.keys.len())?;
        let mut gate = Gate {
            open: vec![true; rows.len()],
            batch: limits.n.min(rows.len()),
            limits,
            book: None,
        };
        for &candidate in included {
            gate.open[candidate] = false;
        }
        if !limits.in_force() {
            return Ok(gate);
        }
        let mut book = Book::new(limits, rows)?;
        book.include(limits, included)?;
        match book.state.meets() {
            Some(plan) => book.plan = plan,
            None => return Err(collision(limits, rows, included).into()),
        }
        let more = gate.prepare(&mut book);
        gate.batch = (included.len() + more).min(limits.n);
        gate.book = Some(book);
        Ok(gate)
    }

    /// Closes what is closed from the start; returns how many rows fit.
    fn prepare(&mut self, book: &mut Book<'_>) -> usize {
        let open = &mut self.open;
        for at in 0..book.columns.len() {
            for group in 0..book.state.columns[at].taken.len() {
                if book.state.columns[at].room(group as u32) == 0 {
                    book.close_group(at, group as u32, open);
                }
            }
        }
        book.close_unaffordable(open);
        book.close_unneeded(None, open);
        let Some(shared) = &mut book.together else {
            return book.state.fill(&book.state.in_play());
        };
        shared.settled = book.state.together.is_some();
        // Values whose rows meet what is required, by how many rows they give.
        let mut state = book.state.clone();
        let mut most = 0;
        let mut best = HashSet::new();
        for (value, cells) in book.state.choices() {
            state.together = Some(value);
            let Some(plan) = state.meets() else { continue };
            let fill = book.state.fill(cells);
            if best.is_empty() || fill > most {
                best.clear();
                most = fill;
                book.plan = plan;
            }
            if fill == most {
                best.insert(value);
            }
        }
        book.close_cells(open, |cell| !best.contains(&cell.together));
        most
    }

    /// How many rows the batch can be expected to have, those to include among
    /// them.
    pub(crate) fn batch(&self) -> usize {
        self.batch
    }

    /// The strategy's best candidate that leaves enough for what is required,
    /// taken; `None` if none is open.
    pub(crate) fn next(&mut self, greedy: &mut dyn Greedy) -> Option<usize> {
        loop {
            let candidate = greedy.best(&self.open)?;
            assert!(self.open[candidate], "a strategy may not pick a closed row");
            let Some(book) = &mut self.book else {
                self.open[candidate] = false;
                return Some(candidate);
            };
            match book.state.after(candidate, &book.plan) {
                Some(plan) => {
                    self.open[candidate] = false;
                    book.plan = plan;
                    book.pick(candidate, &mut self.open);
                    return Some(candidate);
                }
                None => book.reject(candidate, &mut self.open),
            }
        }
    }

    /// Why a batch of these candidates is shorter than asked for; `None` if it
    /// is not.
    pub(crate) fn short(&self, picks: &[(usize, f32)]) -> Option<Shortfall> {
        if picks.len() >= self.limits.n {
            return None;
        }
        let Some(book) = &self.book else {
            return Some(Shortfall::default());
        };
        let mut picked = vec![false; self.open.len()];
        picks.iter().for_each(|&(row, _)| picked[row] = true);
        Some(book.shortfall(self.limits, &picked))
    }
}

impl<'l> Book<'l> {
    fn new(limits: &'l Limits, rows: &[u32]) -> Result<Book<'l>, Collision> {
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
        let of = |groups: &Groups| -> Vec<u32> {
            rows.par_iter()
                .with_min_len(4096)
                .map(|&row| groups.group(row))
                .collect()
        };
        let values = Values {
            columns: columns
                .iter()
                .map(|c| (c.least, c.most, c.groups.len(), of(c.groups)))
                .collect(),
            together: limits.together.as_ref().map(|g| (g.len(), of(g))),
        };
        let costs: Vec<f64> = match &limits.budget {
            Some(budget) => rows.iter().map(|&row| budget.costs[row as usize]).collect(),
            None => Vec::new(),
        };
        let prices: Option<Vec<u64>> = limits.budget.as_ref().map(|budget| {
            let all = costs.iter();
            all.map(|&cost| price(cost, budget.total)).collect()
        });
        let mut by_price = Vec::new();
        if let Some(prices) = &prices {
            by_price = (0..rows.len() as u32).collect();
            by_price.par_sort_unstable_by_key(|&row| (prices[row as usize], row));
        }
        Ok(Book {
            state: State::new(rows.len(), limits.n, values, prices),
            plan: Plan::new(),
            by_price,
            spent: 0.0,
            tight: vec![false; columns.len()],
            together: limits.together.as_ref().map(|groups| Shared {
                groups,
                settled: false,
            }),
            columns,
            costs,
        })
    }

    /// Takes the rows to include, and checks what can be seen at once.
    fn include(&mut self, limits: &Limits, included: &[usize]) -> Result<(), Collision> {
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
            if least.saturating_mul(values) > limits.n {
                return Err(Collision::AtLeastAboveRows {
                    least,
                    values,
                    column: groups.column.clone(),
                    n: limits.n,
                });
            }
        }
        match &limits.budget {
            Some(budget) if self.state.money < 0 => Err(Collision::IncludedAboveBudget {
                cost: self.spent,
                total: budget.total,
            }),
            _ => Ok(()),
        }
    }

    fn cost(&self, candidate: usize) -> f64 {
        self.costs.get(candidate).copied().unwrap_or(0.0)
    }

    /// Takes an open candidate, and closes what is closed by it.
    fn pick(&mut self, candidate: usize, open: &mut [bool]) {
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
        self.close_unneeded(Some(cell), open);
    }

    /// Closes a candidate that would leave too little for what is required,
    /// and those of its cell that would as well.
    fn reject(&mut self, candidate: usize, open: &mut [bool]) {
        let cell = self.state.cell_of[candidate];
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

    fn close_cells(&mut self, open: &mut [bool], which: impl Fn(&super::state::Cell) -> bool) {
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

    fn shortfall(&self, limits: &Limits, picked: &[bool]) -> Shortfall {
        let state = &self.state;
        let mut columns = vec![false; self.columns.len()];
        let (mut budget, mut together, mut other) = (false, false, false);
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
            other |= !(why || dear);
        }
        let shared = limits.together.as_ref().filter(|_| together);
        let quotas = limits.quotas.iter().filter(|quota| {
            let column = self.columns.iter().position(|c| *c.groups == quota.groups);
            match quota.bound {
                Bound::AtMost(n) => {
                    column.is_some_and(|at| columns[at] && self.columns[at].most == n)
                }
                // Rows that search could not show to leave enough.
                Bound::AtLeast(_) => other,
            }
        });
        let mut named: Vec<Limit> = quotas.map(super::Quota::limit).collect();
        named.extend(shared.map(|groups| Limit::Together {
            column: groups.column.clone(),
            value: state.together.map(|value| groups.name(value).to_owned()),
        }));
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

/// The quotas, one of a column.
fn merged(limits: &Limits) -> Vec<Quotas<'_>> {
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
            Bound::AtMost(n) => column.most = column.most.min(n),
            Bound::AtLeast(n) => column.least = column.least.max(n),
        }
    }
    columns
}

/// The fewest limits that collide: without any one of them the others can be
/// met.
fn collision(limits: &Limits, rows: &[u32], included: &[usize]) -> Collision {
    let met = |limits: &Limits, included: &[usize]| {
        let Ok(mut book) = Book::new(limits, rows) else {
            return false;
        };
        book.include(limits, included).is_ok() && book.state.meets().is_some()
    };
    let mut left = Limits {
        excluded: HashSet::new(),
        ..limits.clone()
    };
    let mut included = included;
    let mut colliding = Vec::new();
    for at in (0..left.quotas.len()).rev() {
        let quota = left.quotas.remove(at);
        if met(&left, included) {
            colliding.insert(0, quota.limit());
            left.quotas.insert(at, quota);
        }
    }
    if let Some(groups) = left.together.take()
        && met(&left, included)
    {
        colliding.push(Limit::Together {
            column: groups.column.clone(),
            value: None,
        });
        left.together = Some(groups);
    }
    if !included.is_empty() {
        if met(&left, &[]) {
            colliding.push(Limit::Included { n: included.len() });
        } else {
            included = &[];
        }
    }
    let n = std::mem::replace(&mut left.n, usize::MAX);
    if met(&left, included) {
        colliding.push(Limit::Rows { n });
        left.n = n;
    }
    let Some(budget) = left.budget.take() else {
        return Collision::NoneMeetsAll { limits: colliding };
    };
    if !met(&left, included) {
        return Collision::NoneMeetsAll { limits: colliding };
    }
    let total = budget.total;
    left.budget = Some(budget);
    match cheapest(&left, rows, included) {
        Some(cost) => Collision::RequiredAboveBudget {
            limits: colliding,
            cost,
            total,
        },
        None => {
            colliding.push(Limit::Budget { total });
            Collision::NoneMeetsAll { limits: colliding }
        }
    }
}

/// What the cheapest rows cost that meet all limits but the budget; `None`
/// where the cheapest are not known.
fn cheapest(limits: &Limits, rows: &[u32], included: &[usize]) -> Option<f64> {
    let mut book = Book::new(limits, rows).ok()?;
    included.iter().for_each(|&row| book.state.take(row));
    book.state.money = i128::MAX;
    let together = book.state.together.is_some();
    let values = book.state.choices();
    let values: Vec<Option<u32>> = if values.is_empty() || together {
        vec![book.state.together]
    } else {
        values.into_iter().map(|(value, _)| Some(value)).collect()
    };
    let plans = values.into_iter().filter_map(|value| {
        book.state.together = value;
        let plan = book.state.meets()?;
        let cells = plan.iter();
        let planned = cells.flat_map(|(&cell, &n)| &book.state.cells[cell as usize].rows[..n]);
        let candidates = planned
            .map(|&row| row as usize)
            .chain(included.iter().copied());
        Some(candidates.map(|row| book.costs[row]).sum())
    });
    let least: Option<f64> = plans.reduce(f64::min);
    least.filter(|_| book.columns.len() <= 2)
}

/// Whether the limits belong to `n` rows.
fn check(limits: &Limits, n: usize) -> Result<(), SelectError> {
    let same = |what, found| {
        if found == n {
            Ok(())
        } else {
            Err(SelectError::Shape {
                what,
                expected: n,
                found,
            })
        }
    };
    if let Some(budget) = &limits.budget {
        same("costs", budget.costs.len())?;
        let bad = |cost: &f64| !(cost.is_finite() && *cost >= 0.0);
        if let Some(row) = budget.costs.iter().position(bad) {
            return Err(SelectError::NotANumber {
                what: "the cost",
                row,
                allowed: "a finite number, 0 or more",
            });
        }
        if bad(&budget.total) {
            return Err(SelectError::Budget {
                total: budget.total,
            });
        }
    }
    let quotas = limits.quotas.iter().map(|quota| &quota.groups);
    for groups in quotas.chain(&limits.together) {
        same("values of a column with a limit", groups.of.len())?;
        let bad = |&of: &u32| of != Groups::MISSING && of as usize >= groups.names.len();
        if let Some(row) = groups.of.iter().position(bad) {
            return Err(SelectError::UnknownValue {
                column: groups.column.clone(),
                row,
            });
        }
    }
    Ok(())
}
