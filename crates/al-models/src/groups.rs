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

/// The rows of `data` that are drawn together: those of a group or, without groups, those of
/// a configuration whose classes are rows of their own. Groups may have configurations in
/// common, as runs of one plan have.
pub(crate) fn drawn_together(data: &Labelled) -> Vec<Vec<usize>> {
    let by_configuration = data.groups.is_empty() && matches!(data.y, Labels::Classes { .. });
    match by_configuration {
        true => together(bits(&data.x)),
        false => by_group(&data.groups, data.n_rows()),
    }
}

/// The number of the group of each of `rows` rows.
pub(crate) fn numbered(groups: &[Vec<usize>], rows: usize) -> Vec<u64> {
    let mut numbers = vec![0; rows];
    for (number, group) in groups.iter().enumerate() {
        group.iter().for_each(|&row| numbers[row] = number as u64);
    }
    numbers
}

fn bits(x: &Matrix) -> impl Iterator<Item = Vec<u32>> {
    let rows = x.values.rows().into_iter().enumerate();
    rows.map(|(row, values)| {
        let values = values.into_iter().map(|value| value.to_bits());
        let counts = x.counts.iter().flat_map(|counts| counts.rows.row(row));
        values.chain(counts.flat_map(|(id, n)| [id, n])).collect()
    })
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
                counts: None,
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
    fn groups_are_drawn_whole_and_configurations_without_groups() {
        let alone = drawn_together(&classes(Vec::new()));
        assert_eq!(alone, [vec![0, 1], vec![2, 4], vec![3], vec![5]]);
        assert_eq!(numbered(&alone, 6), [0, 0, 1, 2, 1, 3]);
        // The configuration 2 stands in the groups 7 and 9, which stay two.
        let grouped = drawn_together(&classes(vec![7, 7, 7, 8, 9, 9]));
        assert_eq!(grouped, [vec![0, 1, 2], vec![3], vec![4, 5]]);
        let values = Labelled {
            y: Labels::Values(vec![0.0; 6]),
            ..classes(vec![5, 6, 5, 6, 5, 6])
        };
        assert_eq!(drawn_together(&values), [vec![0, 2, 4], vec![1, 3, 5]]);
    }
}
