//! Rows that belong together: who has seen one of them has seen them all.

use std::collections::HashMap;

use al_core::Matrix;

use crate::learner::{Labelled, Labels};

/// The rows of each group, in the order in which it first stands there; a row each where
/// `groups` is empty.
pub(crate) fn by_group(groups: &[u64], rows: usize) -> Vec<Vec<usize>> {
    match groups.is_empty() {
        true => (0..rows).map(|row| vec![row]).collect(),
        false => together(groups.iter().copied()),
    }
}

/// The rows of `data` that are drawn together: those of a group, and those of a
/// configuration where its classes are rows of their own.
pub(crate) fn drawn_together(data: &Labelled) -> Vec<Vec<usize>> {
    let groups = by_group(&data.groups, data.n_rows());
    if matches!(data.y, Labels::Values(_)) {
        return groups;
    }
    let mut group_of = vec![0; data.n_rows()];
    for (group, rows) in groups.iter().enumerate() {
        rows.iter().for_each(|&row| group_of[row] = group);
    }
    // Groups with a configuration in common are one.
    let mut one: Vec<usize> = (0..groups.len()).collect();
    for rows in together(bits(&data.x)) {
        let first = root(&mut one, group_of[rows[0]]);
        for &row in &rows[1..] {
            let other = root(&mut one, group_of[row]);
            let (low, high) = (first.min(other), first.max(other));
            let (low, high) = (root(&mut one, low), root(&mut one, high));
            one[low.max(high)] = low.min(high);
        }
    }
    let joined: Vec<usize> = group_of.iter().map(|&at| root(&mut one, at)).collect();
    together(joined.into_iter())
}

/// The group that stands for those joined with `at`.
fn root(one: &mut [usize], mut at: usize) -> usize {
    while one[at] != at {
        one[at] = one[one[at]];
        at = one[at];
    }
    at
}

fn bits(x: &Matrix) -> impl Iterator<Item = Vec<u32>> {
    let rows = x.values.rows().into_iter();
    rows.map(|values| values.iter().map(|value| value.to_bits()).collect())
}

/// The rows of equal names, in the order in which each name first stands there.
fn together<T: std::hash::Hash + Eq>(names: impl Iterator<Item = T>) -> Vec<Vec<usize>> {
    let mut place: HashMap<T, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (row, name) in names.enumerate() {
        let at = *place.entry(name).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use al_core::MatrixColumn;
    use ndarray::array;

    use super::*;

    fn classes(groups: Vec<u64>) -> Labelled {
        Labelled {
            x: Matrix {
                values: array![[1.0_f32], [1.0], [2.0], [3.0], [2.0], [4.0]],
                columns: [MatrixColumn::Numeric].into(),
            },
            y: Labels::Classes {
                codes: vec![0, 1, 0, 1, 1, 0],
                classes: 2,
            },
            weights: vec![1.0; 6],
            groups,
        }
    }

    #[test]
    fn configurations_join_rows_and_groups_join_configurations() {
        let alone = drawn_together(&classes(Vec::new()));
        assert_eq!(alone, [vec![0, 1], vec![2, 4], vec![3], vec![5]]);
        // The configuration 2 stands in the groups 7 and 9, and joins them.
        let grouped = drawn_together(&classes(vec![7, 7, 7, 8, 9, 9]));
        assert_eq!(grouped, [vec![0, 1, 2, 4, 5], vec![3]]);
        let values = Labelled {
            y: Labels::Values(vec![0.0; 6]),
            ..classes(vec![5, 6, 5, 6, 5, 6])
        };
        assert_eq!(drawn_together(&values), [vec![0, 2, 4], vec![1, 3, 5]]);
    }
}
