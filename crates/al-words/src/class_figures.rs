//! The figures of one class of a classifier, one declaration each: what they are
//! called, how they follow from counts, and how they are written. Their units and
//! definitions are those of the columns that hold them.

use crate::columns::{CLASS_ROWS, F1, OutputColumn, PRECISION, PREDICTED_ROWS, RECALL};
use crate::numbers::page::{NONE, count, share};

/// How often a class was measured, predicted, and both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassCounts {
    /// Rows of the class.
    pub measured: usize,
    /// Rows for which the class was predicted.
    pub predicted: usize,
    /// Rows of the class for which it was predicted.
    pub right: usize,
}

impl ClassCounts {
    /// Returns the counts of each class from a confusion matrix,
    /// `[measured][predicted]`.
    #[must_use]
    pub fn of(confusion: &[Vec<usize>]) -> Vec<ClassCounts> {
        let counts = confusion
            .iter()
            .enumerate()
            .map(|(class, row)| ClassCounts {
                measured: row.iter().sum(),
                predicted: confusion.iter().map(|row| row[class]).sum(),
                right: row[class],
            });
        counts.collect()
    }
}

/// A figure of one class.
pub struct ClassFigure {
    /// The column that holds it, which has its name, unit and definition.
    pub column: &'static OutputColumn,
    /// Its name in the heads of tables.
    pub label: &'static str,
    is_share: bool,
    value: fn(&ClassCounts) -> Option<f64>,
}

impl ClassFigure {
    /// Returns its value; `None` where it is not defined.
    #[must_use]
    pub fn of(&self, counts: &ClassCounts) -> Option<f64> {
        (self.value)(counts)
    }

    /// Returns its value as people read it.
    #[must_use]
    pub fn write(&self, counts: &ClassCounts) -> String {
        match self.of(counts) {
            None => NONE.to_owned(),
            Some(value) if self.is_share => share(value),
            Some(value) => count(value as usize),
        }
    }
}

/// All figures, in the order of the columns.
pub static CLASS_FIGURES: &[ClassFigure] = &[
    ClassFigure {
        column: &CLASS_ROWS,
        label: "Rows",
        is_share: false,
        value: |counts| Some(counts.measured as f64),
    },
    ClassFigure {
        column: &PREDICTED_ROWS,
        label: "Predicted",
        is_share: false,
        value: |counts| Some(counts.predicted as f64),
    },
    ClassFigure {
        column: &PRECISION,
        label: "Precision",
        is_share: true,
        value: |counts| ratio(counts.right, counts.predicted),
    },
    ClassFigure {
        column: &RECALL,
        label: "Recall",
        is_share: true,
        value: |counts| ratio(counts.right, counts.measured),
    },
    ClassFigure {
        column: &F1,
        label: "F1",
        is_share: true,
        value: f1,
    },
];

/// Returns the harmonic mean of precision and recall, 2 · right / (measured +
/// predicted); `None` for a class that was neither measured nor predicted.
#[must_use]
pub fn f1(counts: &ClassCounts) -> Option<f64> {
    ratio(2 * counts.right, counts.measured + counts.predicted)
}

fn ratio(part: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_follow_from_the_confusion_matrix() {
        let counts = ClassCounts::of(&[vec![6, 2, 0], vec![0, 4, 0], vec![0, 0, 0]]);
        let figures = |class: usize| -> Vec<Option<f64>> {
            let all = CLASS_FIGURES.iter();
            all.map(|figure| figure.of(&counts[class])).collect()
        };
        let first = [8.0, 6.0, 1.0, 0.75, 12.0 / 14.0].map(Some);
        assert_eq!(figures(0), first);
        let second = [4.0, 6.0, 4.0 / 6.0, 1.0, 0.8].map(Some);
        assert_eq!(figures(1), second);
        assert_eq!(figures(2), [Some(0.0), Some(0.0), None, None, None]);
        let written: Vec<String> = CLASS_FIGURES.iter().map(|f| f.write(&counts[2])).collect();
        assert_eq!(written, ["0", "0", "—", "—", "—"]);
        assert_eq!(CLASS_FIGURES[3].write(&counts[0]), "75.0\u{202f}%");
    }

    #[test]
    fn a_class_that_is_never_right_has_an_f1_of_0() {
        let counts = ClassCounts::of(&[vec![0, 3], vec![0, 2]]);
        assert_eq!(f1(&counts[0]), Some(0.0));
        let precision = &CLASS_FIGURES[2];
        assert_eq!(precision.of(&counts[0]), None);
    }
}
