//! The cheapest rows that meet what is required: of at most two columns by
//! the cheapest flow, of more by search.
//!
//! With two columns a row is a unit of flow from its value of the first to its
//! value of the second. Successive shortest paths (Busacker & Gowen 1960) find
//! for every number of rows those of least cost, where meeting a requirement
//! is worth more than any money. Without a budget every row costs the same,
//! so the fewest rows are found.

use std::collections::HashMap;

use super::search;
use super::state::{CellPlan, LimitState, LimitedColumn, remove};

/// Worth of a row that is required: above the price of any batch.
const REQUIRED: i128 = 1 << 100;

/// Rows that meet all limits from here on, `None` if there are none: of at
/// most two columns the cheapest. Of more columns rows may be missed.
pub(super) fn cheapest(state: &LimitState) -> Option<CellPlan> {
    if !state.requires() {
        return (state.money >= 0 && state.has_room_for(&CellPlan::new())).then(CellPlan::new);
    }
    if state.columns.iter().any(|c| c.missing > state.slots) {
        return None;
    }
    let binding: Vec<usize> = (0..state.columns.len())
        .filter(|&at| {
            let column = &state.columns[at];
            let most_taken = column.taken.iter().copied().max().unwrap_or(0);
            column.missing > 0 || column.most.saturating_sub(most_taken) < state.slots
        })
        .collect();
    let plan = if binding.len() > 2 {
        search::first(state, &binding)?
    } else {
        Flow::new(state, &binding).run()
    };
    if state.holds(&plan) {
        return Some(plan);
    }
    // The cheapest rows may all want the same room.
    let crowded = state.space.is_some() && binding.len() <= 2;
    let plan = crowded.then(|| search::first(state, &binding)).flatten();
    plan.filter(|plan| state.holds(plan))
}

impl LimitState {
    /// What meets the requirements once an open candidate is taken; `None` if
    /// nothing is found that does. `plan` meets them now.
    pub(super) fn after(&mut self, candidate: usize, plan: &CellPlan) -> Option<CellPlan> {
        if !self.requires() {
            return self.has_room(candidate as u32).then(CellPlan::new);
        }
        let together = self.together;
        self.take(candidate);
        let mut rest = plan.clone();
        remove(&mut rest, self.cell_of[candidate]);
        self.trim(&mut rest);
        let found = if self.holds(&rest) {
            Some(rest)
        } else {
            cheapest(self)
        };
        self.give_back(candidate, together);
        found
    }

    /// What meets all limits from here on, whichever value the rows share.
    pub(super) fn meets(&mut self) -> Option<CellPlan> {
        if self.together.is_some() || self.shared.is_empty() {
            return cheapest(self);
        }
        let values: Vec<u32> = self.choices().iter().map(|&(value, _)| value).collect();
        let found = values.into_iter().find_map(|value| {
            self.together = Some(value);
            cheapest(self)
        });
        self.together = None;
        found
    }
}

/// A value of a column.
struct FlowNode {
    need: usize,
    room: usize,
    used: usize,
    cost: i128,
    /// The edge by which it is reached; none from the source.
    by: Option<usize>,
}

impl FlowNode {
    /// What one more row of this value costs, none if there is no room.
    fn step(&self) -> Option<i128> {
        let cost = if self.used < self.need { -REQUIRED } else { 0 };
        (self.used < self.room).then_some(cost)
    }
}

/// A cell.
struct FlowEdge {
    cell: u32,
    from: usize,
    to: usize,
    used: usize,
}

struct Flow<'s> {
    state: &'s LimitState,
    first: Vec<FlowNode>,
    second: Vec<FlowNode>,
    edges: Vec<FlowEdge>,
}

const FAR: i128 = i128::MAX;

impl<'s> Flow<'s> {
    /// Of one or two columns.
    fn new(state: &'s LimitState, columns: &[usize]) -> Flow<'s> {
        let mut flow = Flow {
            state,
            first: Vec::new(),
            second: Vec::new(),
            edges: Vec::new(),
        };
        let mut places = [HashMap::new(), HashMap::new()];
        for cell in state.in_play() {
            let rows = &state.cells[cell as usize];
            let needed = |&at: &usize| state.columns[at].need(rows.groups[at]) > 0;
            if rows.rows.is_empty() || !columns.iter().any(needed) {
                continue;
            }
            let mut ends = [0; 2];
            for side in 0..2 {
                let column = columns.get(side);
                let group = column.map_or(0, |&at| rows.groups[at]);
                let nodes = [&mut flow.first, &mut flow.second][side].len();
                ends[side] = *places[side].entry(group).or_insert(nodes);
                if ends[side] == nodes {
                    let of = |of: fn(&LimitedColumn, u32) -> usize, without| {
                        column.map_or(without, |&at| of(&state.columns[at], group))
                    };
                    [&mut flow.first, &mut flow.second][side].push(FlowNode {
                        need: of(LimitedColumn::need, 0),
                        room: of(LimitedColumn::room, usize::MAX),
                        used: 0,
                        cost: FAR,
                        by: None,
                    });
                }
            }
            flow.edges.push(FlowEdge {
                cell,
                from: ends[0],
                to: ends[1],
                used: 0,
            });
        }
        flow
    }

    /// What the row of a cell at a place costs.
    fn price(&self, edge: &FlowEdge, place: usize) -> i128 {
        match &self.state.prices {
            None => 1,
            Some(prices) => {
                let row = self.state.cells[edge.cell as usize].rows[place];
                i128::from(prices[row as usize])
            }
        }
    }

    fn run(mut self) -> CellPlan {
        for _ in 0..self.state.slots {
            self.measure();
            let ends = self.second.iter().enumerate();
            let best = ends
                .filter(|(_, node)| node.cost < FAR)
                .filter_map(|(at, node)| Some((node.cost + node.step()?, at)))
                .min();
            match best {
                Some((cost, end)) if cost < 0 => self.add(end),
                _ => break,
            }
        }
        let used = self.edges.iter().filter(|edge| edge.used > 0);
        used.map(|edge| (edge.cell, edge.used)).collect()
    }

    /// The costs of the cheapest paths from the source (Bellman & Ford).
    fn measure(&mut self) {
        for node in &mut self.first {
            node.cost = node.step().unwrap_or(FAR);
            node.by = None;
        }
        self.second.iter_mut().for_each(|node| node.cost = FAR);
        loop {
            let mut changed = false;
            for (at, edge) in self.edges.iter().enumerate() {
                let len = self.state.cells[edge.cell as usize].rows.len();
                let from = self.first[edge.from].cost;
                if edge.used < len && from < FAR {
                    let cost = from + self.price(edge, edge.used);
                    let to = &mut self.second[edge.to];
                    if cost < to.cost {
                        (to.cost, to.by, changed) = (cost, Some(at), true);
                    }
                }
                let to = self.second[edge.to].cost;
                if edge.used > 0 && to < FAR {
                    let cost = to - self.price(edge, edge.used - 1);
                    let from = &mut self.first[edge.from];
                    if cost < from.cost {
                        (from.cost, from.by, changed) = (cost, Some(at), true);
                    }
                }
            }
            if !changed {
                break;
            }
        }
    }

    /// Adds a row along the path to a value of the second column.
    fn add(&mut self, mut end: usize) {
        self.second[end].used += 1;
        loop {
            let edge = self.second[end].by.expect("a value that was reached");
            self.edges[edge].used += 1;
            let start = self.edges[edge].from;
            match self.first[start].by {
                None => {
                    self.first[start].used += 1;
                    return;
                }
                Some(back) => {
                    self.edges[back].used -= 1;
                    end = self.edges[back].to;
                }
            }
        }
    }
}
