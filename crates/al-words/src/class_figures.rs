//! The figures of one class of a classifier, one declaration each: what they are called
//! and how they are written. Their units and definitions are those of the columns that
//! hold them; how they are computed is in `al_core::metrics`.

use al_core::metrics::ClassCounts;

use crate::columns::{CLASS_ROWS, F1, OutputColumn, PRECISION, PREDICTED_ROWS, RECALL};
use crate::numbers::page::{NONE, count, share};

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
        value: ClassCounts::precision,
    },
    ClassFigure {
        column: &RECALL,
        label: "Recall",
        is_share: true,
        value: ClassCounts::recall,
    },
    ClassFigure {
        column: &F1,
        label: "F1",
        is_share: true,
        value: ClassCounts::f1,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_counts_and_shares_and_a_dash_where_there_is_none() {
        let counts = ClassCounts::of(&[vec![6, 2, 0], vec![0, 4, 0], vec![0, 0, 0]]);
        let written = |class: usize| -> Vec<String> {
            let all = CLASS_FIGURES.iter();
            all.map(|figure| figure.write(&counts[class])).collect()
        };
        let shares = ["100\u{202f}%", "75.0\u{202f}%", "85.7\u{202f}%"];
        assert_eq!(written(0)[..2], ["8", "6"]);
        assert_eq!(written(0)[2..], shares);
        assert_eq!(written(2), ["0", "0", "—", "—", "—"]);
        assert_eq!(CLASS_FIGURES[3].of(&counts[1]), Some(1.0));
    }

    #[test]
    fn figures_stand_in_the_order_of_their_columns() {
        let columns = crate::columns::CLASSES.columns[1..].iter();
        let figures = CLASS_FIGURES.iter().map(|figure| figure.column.name);
        assert!(figures.eq(columns.map(|column| column.name)));
    }
}
