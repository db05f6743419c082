//! A table in memory, as the rest of the program sees it: named columns of
//! numbers or of texts, each value possibly missing.

use std::collections::BTreeMap;

/// Rows and named columns. Column names are unique and all columns have
/// [`Table::n_rows`] values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    columns: Vec<Column>,
    n_rows: usize,
}

/// A named column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The column's name, unique in its table.
    pub name: String,
    /// Its values.
    pub data: ColumnData,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnData {
    /// Numbers.
    Number(Numbers),
    /// Texts, booleans, dates and whatever else is written as text.
    Text(Texts),
}

/// A column of numbers; NaN is a missing value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Numbers {
    /// The values, NaN where missing.
    pub values: Vec<f64>,
    /// The rows whose value is an integer that no `f64` holds exactly (beyond
    /// 2⁵³), with that integer. Usually empty.
    pub exact: BTreeMap<usize, i128>,
}

/// What a column of texts was before it was text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextKind {
    /// Text.
    Text,
    /// Booleans, written `true` and `false`.
    Bool,
    /// Dates, times and durations.
    Date,
    /// Lists, structures, binary data: the type's name.
    Other(String),
}

/// A column of texts, each distinct text stored once.
#[derive(Debug, Clone, PartialEq)]
pub struct Texts {
    /// Per row the index of its text in `levels`, [`Texts::MISSING`] if missing.
    pub codes: Vec<u32>,
    /// The distinct texts, in any order, without repeats.
    pub levels: Vec<String>,
    /// What the texts were.
    pub kind: TextKind,
}

impl Texts {
    /// The code of a missing value.
    pub const MISSING: u32 = u32::MAX;

    /// The text of `row`, `None` where missing.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        match self.codes[row] {
            Texts::MISSING => None,
            code => Some(&self.levels[code as usize]),
        }
    }

    /// A column from the text of each row.
    pub fn from_rows<S: AsRef<str>>(rows: impl IntoIterator<Item = Option<S>>) -> Texts {
        let mut index: std::collections::HashMap<String, u32> = std::collections::HashMap::new();
        let mut levels = Vec::new();
        let codes = rows
            .into_iter()
            .map(|row| match row {
                None => Texts::MISSING,
                Some(text) => match index.get(text.as_ref()) {
                    Some(&code) => code,
                    None => {
                        let code = levels.len() as u32;
                        levels.push(text.as_ref().to_owned());
                        index.insert(text.as_ref().to_owned(), code);
                        code
                    }
                },
            })
            .collect();
        Texts {
            codes,
            levels,
            kind: TextKind::Text,
        }
    }
}

impl From<Vec<f64>> for Numbers {
    fn from(values: Vec<f64>) -> Self {
        Numbers {
            values,
            exact: BTreeMap::new(),
        }
    }
}

impl ColumnData {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            ColumnData::Number(numbers) => numbers.values.len(),
            ColumnData::Text(texts) => texts.codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the value of `row` is missing.
    #[must_use]
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            ColumnData::Number(numbers) => numbers.values[row].is_nan(),
            ColumnData::Text(texts) => texts.codes[row] == Texts::MISSING,
        }
    }

    /// The value of `row` as canonical text, `None` where missing.
    #[must_use]
    pub fn text(&self, row: usize) -> Option<String> {
        match self {
            ColumnData::Number(numbers) => match numbers.exact.get(&row) {
                Some(exact) => Some(exact.to_string()),
                None if numbers.values[row].is_nan() => None,
                None => Some(crate::key::canonical_number(numbers.values[row])),
            },
            ColumnData::Text(texts) => texts.get(row).map(str::to_owned),
        }
    }

    /// `self` above `other`.
    fn stack(&self, other: &ColumnData) -> ColumnData {
        match (self, other) {
            (ColumnData::Number(a), ColumnData::Number(b)) => {
                let n = a.values.len();
                ColumnData::Number(Numbers {
                    values: a.values.iter().chain(&b.values).copied().collect(),
                    exact: a
                        .exact
                        .iter()
                        .map(|(&row, &v)| (row, v))
                        .chain(b.exact.iter().map(|(&row, &v)| (n + row, v)))
                        .collect(),
                })
            }
            (a, b) => {
                let rows = |data: &ColumnData| -> Vec<Option<String>> {
                    (0..data.len()).map(|row| data.text(row)).collect()
                };
                let mut texts = Texts::from_rows(rows(a).into_iter().chain(rows(b)));
                if let (ColumnData::Text(a), ColumnData::Text(b)) = (a, b)
                    && a.kind == b.kind
                {
                    texts.kind = a.kind.clone();
                }
                ColumnData::Text(texts)
            }
        }
    }

    /// The given rows, in the given order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> ColumnData {
        match self {
            ColumnData::Number(numbers) => ColumnData::Number(Numbers {
                values: rows.iter().map(|&row| numbers.values[row]).collect(),
                exact: if numbers.exact.is_empty() {
                    BTreeMap::new()
                } else {
                    rows.iter()
                        .enumerate()
                        .filter_map(|(to, from)| numbers.exact.get(from).map(|&v| (to, v)))
                        .collect()
                },
            }),
            ColumnData::Text(texts) => ColumnData::Text(Texts {
                codes: rows.iter().map(|&row| texts.codes[row]).collect(),
                levels: texts.levels.clone(),
                kind: texts.kind.clone(),
            }),
        }
    }
}

impl Table {
    /// A table of `columns`.
    ///
    /// # Panics
    ///
    /// If two columns share a name or differ in length: both are bugs of the
    /// caller, which checks what comes from outside.
    #[must_use]
    pub fn new(columns: Vec<Column>) -> Table {
        let n_rows = columns.first().map_or(0, |column| column.data.len());
        for (at, column) in columns.iter().enumerate() {
            assert_eq!(column.data.len(), n_rows, "column {:?}", column.name);
            assert!(
                columns[..at].iter().all(|other| other.name != column.name),
                "column {:?} twice",
                column.name
            );
        }
        Table { columns, n_rows }
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The columns, in the file's order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns' names, in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The column `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnData> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .map(|column| &column.data)
    }

    /// `self` above `other`, which has the same columns. A column that is
    /// numbers in one and texts in the other becomes texts.
    ///
    /// # Panics
    ///
    /// If `other` lacks a column: a bug of the caller.
    #[must_use]
    pub fn stack(&self, other: &Table) -> Table {
        Table {
            columns: self
                .columns
                .iter()
                .map(|column| Column {
                    name: column.name.clone(),
                    data: column
                        .data
                        .stack(other.column(&column.name).expect("the same columns")),
                })
                .collect(),
            n_rows: self.n_rows + other.n_rows,
        }
    }

    /// The given rows, in the given order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Table {
        Table {
            columns: self
                .columns
                .iter()
                .map(|column| Column {
                    name: column.name.clone(),
                    data: column.data.take(rows),
                })
                .collect(),
            n_rows: rows.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn take_keeps_exact_integers_with_their_rows() {
        let numbers = Numbers {
            values: vec![1.0, 9_007_199_254_740_992.0, f64::NAN],
            exact: BTreeMap::from([(1, 9_007_199_254_740_993)]),
        };
        let column = ColumnData::Number(numbers);
        let taken = column.take(&[2, 1, 1]);
        assert_eq!(taken.text(0), None);
        assert_eq!(taken.text(1).as_deref(), Some("9007199254740993"));
        assert_eq!(taken.text(2).as_deref(), Some("9007199254740993"));
    }

    #[test]
    fn stacking_keeps_rows_and_unites_types() {
        let table = |data| {
            Table::new(vec![Column {
                name: "a".into(),
                data,
            }])
        };
        let numbers = table(ColumnData::Number(Numbers::from(vec![1.0, f64::NAN])));
        let wide = table(ColumnData::Number(Numbers {
            values: vec![9_007_199_254_740_992.0],
            exact: BTreeMap::from([(0, 9_007_199_254_740_993)]),
        }));
        let texts = table(ColumnData::Text(Texts::from_rows([Some("x")])));
        let text = |table: &Table, row| table.column("a").unwrap().text(row);
        let both = numbers.stack(&wide);
        assert_eq!(both.n_rows(), 3);
        assert_eq!(text(&both, 2).as_deref(), Some("9007199254740993"));
        let mixed = numbers.stack(&texts);
        assert_eq!(text(&mixed, 0).as_deref(), Some("1"));
        assert_eq!(text(&mixed, 1), None);
        assert_eq!(text(&mixed, 2).as_deref(), Some("x"));
    }

    #[test]
    fn texts_store_each_text_once() {
        let texts = Texts::from_rows([Some("a"), None, Some("b"), Some("a")]);
        assert_eq!(texts.levels, ["a", "b"]);
        assert_eq!(texts.codes, [0, Texts::MISSING, 1, 0]);
        assert_eq!(texts.get(3), Some("a"));
    }
}
