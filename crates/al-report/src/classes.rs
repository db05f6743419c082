//! How a classifier does class by class: its confusion matrix, the figures of each
//! class, and which classes it takes for which.

use al_core::metrics::ClassCounts;
use al_words::class_figures::CLASS_FIGURES;
use al_words::numbers::page::{clean, count, counted, share, shortened};
use serde::Serialize;

use super::sheet::Sheet;
use super::words::row_kind;
use super::{ConfusionMatrix, Report};

/// Classes whose matrix a terminal shows, and a page; above, the pairs that are
/// confused most.
const TERMINAL_MATRIX: usize = 8;
const PAGE_MATRIX: usize = 40;

/// Classes of a matrix that is set in small letters.
const COMPACT: usize = 12;

/// Classes a terminal lists, and pairs that are listed anywhere.
const LISTED: usize = 30;
const PAIRS: usize = 10;

/// Letters of a class in the head of a column, and elsewhere.
const HEAD: usize = 16;
const NAME: usize = 60;

impl ConfusionMatrix {
    fn total(&self) -> usize {
        self.rows.iter().flatten().sum()
    }

    /// Pairs of different classes that were confused, the most frequent first: what
    /// was measured, what was predicted, and how often.
    fn confused(&self) -> Vec<(usize, usize, usize)> {
        let mut pairs: Vec<(usize, usize, usize)> = self.pairs().collect();
        pairs.retain(|(measured, predicted, _)| measured != predicted);
        pairs.sort_by_key(|&(measured, predicted, rows)| {
            (std::cmp::Reverse(rows), measured, predicted)
        });
        pairs
    }

    /// The pairs that occur, row by row.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        self.rows.iter().enumerate().flat_map(|(measured, row)| {
            let cells = row.iter().enumerate().filter(|(_, rows)| **rows > 0);
            cells.map(move |(predicted, &rows)| (measured, predicted, rows))
        })
    }
}

/// The panel of a page.
#[derive(Serialize)]
pub(super) struct ClassesPanel {
    remark: String,
    matrix: Option<MatrixGrid>,
    figures: Sheet,
    confused: Option<Sheet>,
}

#[derive(Serialize)]
struct MatrixGrid {
    heads: Vec<String>,
    is_compact: bool,
    rows: Vec<(String, Vec<MatrixCell>)>,
}

#[derive(Serialize)]
struct MatrixCell {
    text: String,
    /// `hit`, `miss` or nothing.
    tone: &'static str,
    /// How strongly it is shaded: the share of the rows of its class, 0 to 1.
    strength: String,
    /// What the cell says, in words.
    words: String,
}

/// The matrix of a report, if it has one with rows and agrees in itself.
fn sound(report: &Report) -> Option<&ConfusionMatrix> {
    let n = |matrix: &ConfusionMatrix| matrix.classes.len();
    report.confusion.as_ref().filter(|matrix| {
        let is_square = matrix.rows.iter().all(|row| row.len() == n(matrix));
        matrix.rows.len() == n(matrix) && is_square && matrix.total() > 0
    })
}

/// The panel, if the report has a confusion matrix.
pub(super) fn panel(report: &Report) -> Option<ClassesPanel> {
    let matrix = sound(report)?;
    let all: Vec<usize> = (0..matrix.classes.len()).collect();
    let is_drawn = all.len() <= PAGE_MATRIX;
    let shading = match is_drawn {
        true => " The shade of a cell is its share of the rows measured as the class.",
        false => "",
    };
    Some(ClassesPanel {
        remark: format!(
            "Measured and predicted classes of {}.{shading}",
            counted(matrix.total(), row_kind(report))
        ),
        matrix: is_drawn.then(|| grid(matrix)),
        figures: figures(matrix, &all, "Figures of each class".to_owned()),
        confused: (all.len() > TERMINAL_MATRIX).then(|| confused(matrix)),
    })
}

/// The tables for a terminal; none without a confusion matrix.
pub(super) fn sheets(report: &Report) -> Vec<Sheet> {
    let Some(matrix) = sound(report) else {
        return Vec::new();
    };
    let n = matrix.classes.len();
    let rows = counted(matrix.total(), row_kind(report));
    let counts = ClassCounts::of(&matrix.rows);
    let mut listed: Vec<usize> = (0..n).collect();
    let mut title = format!("Classes, on {rows}");
    if n > LISTED {
        // Those that were neither measured nor predicted come last.
        let worth = |class: &usize| counts[*class].f1().unwrap_or(f64::INFINITY);
        listed.sort_by(|a, b| worth(a).total_cmp(&worth(b)).then(a.cmp(b)));
        listed.truncate(LISTED);
        title.push_str(&format!(
            ": the {LISTED} of {} with the lowest F1",
            count(n)
        ));
    }
    let second = match n <= TERMINAL_MATRIX {
        true => confusion(matrix),
        false => confused(matrix),
    };
    vec![figures(matrix, &listed, title), second]
}

fn figures(matrix: &ConfusionMatrix, listed: &[usize], title: String) -> Sheet {
    let counts = ClassCounts::of(&matrix.rows);
    let heads = CLASS_FIGURES.iter().map(|figure| figure.label.to_owned());
    let line = |&class: &usize| {
        let values = CLASS_FIGURES.iter().map(|one| one.write(&counts[class]));
        let name = shortened(&matrix.classes[class], NAME);
        std::iter::once(name).chain(values).collect()
    };
    Sheet {
        title,
        headers: std::iter::once("Class".to_owned()).chain(heads).collect(),
        right_aligned: (0..=CLASS_FIGURES.len()).map(|at| at > 0).collect(),
        rows: listed.iter().map(line).collect(),
        ..Sheet::default()
    }
}

fn confusion(matrix: &ConfusionMatrix) -> Sheet {
    let name = |class: &String| shortened(class, HEAD);
    let line = |(class, row): (&String, &Vec<usize>)| {
        let cells = row.iter().map(|&rows| count(rows));
        std::iter::once(name(class)).chain(cells).collect()
    };
    Sheet {
        title: "Confusion matrix: measured classes down, predicted classes across".to_owned(),
        headers: std::iter::once("Measured".to_owned())
            .chain(matrix.classes.iter().map(name))
            .collect(),
        right_aligned: (0..=matrix.classes.len()).map(|at| at > 0).collect(),
        rows: matrix.classes.iter().zip(&matrix.rows).map(line).collect(),
        ..Sheet::default()
    }
}

fn confused(matrix: &ConfusionMatrix) -> Sheet {
    let counts = ClassCounts::of(&matrix.rows);
    let pairs = matrix.confused();
    let listed = pairs.iter().take(PAIRS);
    Sheet {
        title: match pairs.len() {
            0 => "No classes are confused".to_owned(),
            n if n > PAIRS => format!("The {PAIRS} most confused of {} pairs of classes", count(n)),
            _ => "Confused classes".to_owned(),
        },
        headers: ["Measured", "Predicted", "Rows", "Share of measured"]
            .map(str::to_owned)
            .to_vec(),
        right_aligned: vec![false, false, true, true],
        rows: listed
            .map(|&(measured, predicted, rows)| {
                vec![
                    shortened(&matrix.classes[measured], NAME),
                    shortened(&matrix.classes[predicted], NAME),
                    count(rows),
                    share(rows as f64 / counts[measured].measured as f64),
                ]
            })
            .collect(),
        ..Sheet::default()
    }
}

fn grid(matrix: &ConfusionMatrix) -> MatrixGrid {
    let is_compact = matrix.classes.len() > COMPACT;
    let cell = |measured: usize, predicted: usize| {
        let (row, rows) = (&matrix.rows[measured], matrix.rows[measured][predicted]);
        let part = rows as f64 / row.iter().sum::<usize>().max(1) as f64;
        let name = |class: usize| clean(&matrix.classes[class]);
        MatrixCell {
            text: match rows {
                // Zeros of many classes hide what is there.
                0 if is_compact => String::new(),
                _ => count(rows),
            },
            tone: match (rows, measured == predicted) {
                (0, _) => "",
                (_, true) => "hit",
                (_, false) => "miss",
            },
            strength: format!("{part:.3}"),
            words: format!(
                "{} predicted as {}: {} ({})",
                name(measured),
                name(predicted),
                counted(rows, "row"),
                share(part)
            ),
        }
    };
    let n = matrix.classes.len();
    MatrixGrid {
        heads: matrix.classes.iter().map(|c| shortened(c, HEAD)).collect(),
        is_compact,
        rows: (0..n)
            .map(|measured| {
                let cells = (0..n).map(|predicted| cell(measured, predicted));
                (shortened(&matrix.classes[measured], HEAD), cells.collect())
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` classes; each is taken for the next in as many rows as its number.
    fn report(n: usize) -> Report {
        let cell = |measured: usize, predicted: usize| match predicted {
            _ if predicted == measured => 50,
            _ if predicted == measured + 1 => measured,
            _ => 0,
        };
        Report {
            confusion: Some(ConfusionMatrix {
                classes: (0..n).map(|class| format!("class {class}")).collect(),
                rows: (0..n)
                    .map(|row| (0..n).map(|column| cell(row, column)).collect())
                    .collect(),
            }),
            ..Report::default()
        }
    }

    #[test]
    fn few_classes_have_a_matrix_and_many_the_pairs_that_are_confused_most() {
        let few = sheets(&report(3));
        assert!(few[0].title.starts_with("Classes, on 151 "), "{few:?}");
        assert_eq!(
            few[0].rows[1],
            [
                "class 1",
                "51",
                "50",
                "100\u{202f}%",
                "98.0\u{202f}%",
                "99.0\u{202f}%"
            ]
        );
        assert_eq!(
            few[1].headers,
            ["Measured", "class 0", "class 1", "class 2"]
        );
        assert_eq!(few[1].rows[1], ["class 1", "0", "50", "1"]);
        let many = sheets(&report(26));
        assert_eq!((many[0].rows.len(), many[1].rows.len()), (26, 10));
        assert_eq!(many[1].rows[0][..3], ["class 24", "class 25", "24"]);
        let most = sheets(&report(100));
        assert_eq!(most[0].rows.len(), LISTED);
        assert!(most[0].title.ends_with("the 30 of 100 with the lowest F1"));
    }

    #[test]
    fn a_page_shades_shares_and_leaves_a_matrix_of_very_many_classes_out() {
        let small = panel(&report(3)).unwrap();
        let grid = small.matrix.unwrap();
        let (name, cells) = &grid.rows[1];
        assert_eq!(name, "class 1");
        let shown: Vec<(&str, &str, &str)> = cells
            .iter()
            .map(|cell| (cell.text.as_str(), cell.tone, cell.strength.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("0", "", "0.000"),
                ("50", "hit", "0.980"),
                ("1", "miss", "0.020")
            ]
        );
        assert!(small.confused.is_none());
        let letters = panel(&report(26)).unwrap();
        assert!(letters.matrix.is_some_and(|grid| grid.is_compact));
        assert!(letters.confused.is_some());
        let many = panel(&report(100)).unwrap();
        assert!(many.matrix.is_none() && many.figures.rows.len() == 100);
    }

    #[test]
    fn a_matrix_that_is_none_is_not_shown() {
        let mut broken = report(3);
        broken.confusion.as_mut().unwrap().rows.pop();
        assert!(sheets(&broken).is_empty() && panel(&broken).is_none());
        assert!(panel(&Report::default()).is_none());
        let mut empty = report(2);
        empty.confusion.as_mut().unwrap().rows = vec![vec![0; 2]; 2];
        assert!(sheets(&empty).is_empty());
    }
}
