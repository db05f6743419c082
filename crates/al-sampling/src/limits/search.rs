//! Rows that meet the requirements of three columns and more.
//!
//! Whether such rows exist is a hard question in general (with three columns
//! it contains three-dimensional matching), so this looks for them in depth
//! and gives up after so many steps: always at the value that is scarcest, at
//! rows that meet most requirements first, and of these at the cheapest.

use super::state::{CellPlan, LimitState};

/// Rows tried before it gives up.
const STEPS: usize = 20_000;
/// Where it is asked at each whether there is room.
const STEPS_WITH_ROOM: usize = 2_000;

/// A row of the plan, and the cells that may take its place.
struct RowChoice {
    cells: Vec<u32>,
    /// Which of them it is.
    at: usize,
}

struct RowSearch<'s> {
    state: &'s LimitState,
    columns: &'s [usize],
    /// Per column and value the rows used.
    used: Vec<Vec<usize>>,
    /// Per cell the rows used, and whether it was tried and is not to be.
    cells: Vec<(usize, u32)>,
    rows: usize,
    cost: i128,
}

/// Rows that meet all limits, or `None`; only `columns` matter.
pub(super) fn first(state: &LimitState, columns: &[usize]) -> Option<CellPlan> {
    let used = columns.iter();
    let used = used.map(|&at| vec![0; state.columns[at].taken.len()]);
    let mut search = RowSearch {
        state,
        columns,
        used: used.collect(),
        cells: vec![(0, 0); state.cells.len()],
        rows: 0,
        cost: 0,
    };
    let mut choices: Vec<RowChoice> = Vec::new();
    let most = match state.space {
        None => STEPS,
        Some(_) => STEPS_WITH_ROOM,
    };
    let mut steps = 0;
    loop {
        let more = match search.scarcest() {
            None if search.has_room() => break,
            Some((side, group)) if search.possible() => search.usable(side, group),
            _ => Vec::new(),
        };
        let mut next = RowChoice { cells: more, at: 0 };
        // The next cell not tried, here or above.
        while next.at == next.cells.len() {
            for &cell in &next.cells {
                search.cells[cell as usize].1 -= 1;
            }
            next = choices.pop()?;
            let cell = next.cells[next.at];
            search.count(cell, false);
            search.cells[cell as usize].1 += 1;
            next.at += 1;
        }
        steps += 1;
        if steps > most {
            return None;
        }
        search.count(next.cells[next.at], true);
        choices.push(next);
    }
    let counts = search.cells.iter().enumerate();
    let counts = counts.filter(|(_, (used, _))| *used > 0);
    Some(
        counts
            .map(|(cell, &(used, _))| (cell as u32, used))
            .collect(),
    )
}

impl RowSearch<'_> {
    fn need(&self, side: usize, group: u32) -> usize {
        let need = self.state.columns[self.columns[side]].need(group);
        need.saturating_sub(self.used[side][group as usize])
    }

    fn group(&self, side: usize, cell: u32) -> u32 {
        self.state.cells[cell as usize].groups[self.columns[side]]
    }

    /// Whether a row of a cell may be used.
    fn open(&self, cell: u32) -> bool {
        let rows = &self.state.cells[cell as usize];
        let (used, tried) = self.cells[cell as usize];
        tried == 0
            && used < rows.rows.len()
            && self.state.together_with(rows)
            && (0..self.columns.len()).all(|side| {
                let group = self.group(side, cell);
                self.used[side][group as usize] < self.state.columns[self.columns[side]].room(group)
            })
            && self.cost + i128::from(self.price(cell)) <= self.state.money
    }

    /// The price of the next row of a cell.
    fn price(&self, cell: u32) -> u64 {
        let rows = &self.state.cells[cell as usize].rows;
        self.state.price(rows[self.cells[cell as usize].0])
    }

    /// Whether the rows left can be enough.
    fn possible(&self) -> bool {
        (0..self.columns.len()).all(|side| {
            let groups = self.used[side].len() as u32;
            let missing: usize = (0..groups).map(|group| self.need(side, group)).sum();
            self.rows + missing <= self.state.slots
        }) && self.has_room()
    }

    /// Whether there is room for the rows used.
    fn has_room(&self) -> bool {
        let Some(space) = &self.state.space else {
            return true;
        };
        let cells = self.cells.iter().zip(&self.state.cells);
        let rows = cells.flat_map(|((used, _), cell)| &cell.rows[..*used]);
        space.holds(rows.copied())
    }

    /// The value that has fewest rows to spare of those it needs.
    fn scarcest(&self) -> Option<(usize, u32)> {
        let mut scarcest: Option<(usize, u32, usize, u32)> = None;
        for side in 0..self.columns.len() {
            let column = &self.state.columns[self.columns[side]];
            for (group, cells) in column.cells.iter().enumerate() {
                let need = self.need(side, group as u32);
                if need == 0 {
                    continue;
                }
                let open = cells.iter().filter(|&&cell| self.open(cell));
                let left = |&cell: &u32| {
                    self.state.cells[cell as usize].rows.len() - self.cells[cell as usize].0
                };
                let spare = open.map(left).sum::<usize>().saturating_sub(need);
                // Of equal ones the value whose first cell is first.
                let place = (spare, cells[0], side, group as u32);
                if scarcest.is_none_or(|least| place < least) {
                    scarcest = Some(place);
                }
            }
        }
        scarcest.map(|(_, _, side, group)| (side, group))
    }

    /// The cells of a value that may be used, the best first.
    fn usable(&self, side: usize, group: u32) -> Vec<u32> {
        let cells = &self.state.columns[self.columns[side]].cells[group as usize];
        let open = cells.iter().copied().filter(|&cell| self.open(cell));
        let mut cells: Vec<u32> = open.collect();
        cells.sort_by_key(|&cell| {
            let meets =
                (0..self.columns.len()).filter(|&side| self.need(side, self.group(side, cell)) > 0);
            (usize::MAX - meets.count(), self.price(cell), cell)
        });
        cells
    }

    /// Adds a row of a cell, or takes it away.
    fn count(&mut self, cell: u32, add: bool) {
        if !add {
            self.cells[cell as usize].0 -= 1;
        }
        let price = i128::from(self.price(cell));
        for side in 0..self.columns.len() {
            let group = self.group(side, cell) as usize;
            let used = &mut self.used[side][group];
            *used = if add { *used + 1 } else { *used - 1 };
        }
        if add {
            self.cells[cell as usize].0 += 1;
            self.rows += 1;
            self.cost += price;
        } else {
            self.rows -= 1;
            self.cost -= price;
        }
    }
}
