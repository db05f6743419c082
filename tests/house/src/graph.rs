//! Cycles of a directed graph whose nodes are numbers from 0.

use std::collections::BTreeSet;

/// A directed graph: each node with the nodes it leads to.
#[derive(Debug, Clone)]
pub struct DirectedGraph {
    reached: Vec<BTreeSet<usize>>,
}

impl DirectedGraph {
    /// Takes the number of nodes and the arrows between them.
    #[must_use]
    pub fn new(nodes: usize, arrows: &BTreeSet<(usize, usize)>) -> DirectedGraph {
        let reached = (0..nodes)
            .map(|start| {
                let mut reached = BTreeSet::new();
                let mut open = vec![start];
                while let Some(node) = open.pop() {
                    for &(_, next) in arrows.range((node, 0)..=(node, usize::MAX)) {
                        if reached.insert(next) {
                            open.push(next);
                        }
                    }
                }
                reached
            })
            .collect();
        DirectedGraph { reached }
    }

    /// Whether arrows lead from one node to another, over any number of nodes.
    #[must_use]
    pub fn reaches(&self, from: usize, to: usize) -> bool {
        self.reached[from].contains(&to)
    }

    /// Returns the cycles: the largest sets of nodes of which each reaches each
    /// other; the longest first.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<usize>> {
        let mut cycles: Vec<Vec<usize>> = (0..self.reached.len())
            .filter_map(|node| {
                let cycle: Vec<usize> = self.reached[node]
                    .iter()
                    .copied()
                    .filter(|&other| other == node || self.reaches(other, node))
                    .collect();
                (cycle.len() > 1 && cycle[0] == node).then_some(cycle)
            })
            .collect();
        cycles.sort_by_key(|cycle| std::cmp::Reverse(cycle.len()));
        cycles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found_and_chains_are_none() {
        // 0 → 1 → 2 → 0, 2 → 3, 4 ↔ 5, 3 → 4.
        let arrows = BTreeSet::from([(0, 1), (1, 2), (2, 0), (2, 3), (4, 5), (5, 4), (3, 4)]);
        let graph = DirectedGraph::new(6, &arrows);
        assert_eq!(graph.cycles(), [vec![0, 1, 2], vec![4, 5]]);
        assert!(graph.reaches(0, 5) && !graph.reaches(5, 0));
        assert!(!graph.reaches(3, 3) && graph.reaches(4, 4));
        let chain = DirectedGraph::new(3, &BTreeSet::from([(0, 1), (1, 2), (0, 2)]));
        assert!(chain.cycles().is_empty());
    }
}
