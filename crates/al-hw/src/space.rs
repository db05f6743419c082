//! A configuration space: named columns, the values each may take, where each
//! is there at all, and the combinations of that, block by block.
//!
//! How a space is written down, `space_file` knows; how its combinations are
//! counted, `tree`; how some of them are drawn, `draw`.

use std::collections::HashMap;
use std::ops::Range;

use al_core::key::{canonical_number, to_twelve_digits};
use al_core::spelling::canonical_text;
use al_core::{Column, ColumnData, DataError, Numbers, Table, encoder};

use crate::arrange;
use crate::condition::{ColumnCondition, Test};
use crate::domain::Domain;
use crate::invalid::{InvalidColumn, InvalidValues};
use crate::points::{MISSING, PointCells, Points};
use crate::sample::Sample;
use crate::space_column::SpaceColumn;
use crate::tree::CombinationTree;
use crate::value;
use crate::value::Value;

/// Columns, their values, and which combinations are meant.
///
/// Every column has a value at least, all values of a column are of one kind
/// and distinct, and the product of their numbers fits 128 bits.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigSpace {
    columns: Vec<SpaceColumn>,
    rules: Vec<String>,
    /// Line and character, from 1, of each rule, of a text they were read from.
    rule_places: Vec<(usize, usize)>,
    exclude: Option<String>,
    sample: Option<Sample>,
    /// The columns, each after those it depends on.
    order: Vec<usize>,
    /// The combinations; none if a column may be any number of a range.
    tree: Option<CombinationTree>,
}

impl ConfigSpace {
    /// A space of `columns`, the first of which varies slowest.
    ///
    /// # Errors
    ///
    /// A column without a name, without values, with repeated, mixed or infinite
    /// ones, with the name of another, or one too many for the product to be counted.
    pub fn new<D: Into<Domain>>(
        columns: Vec<(String, D)>,
        rules: Vec<String>,
        exclude: Option<String>,
    ) -> Result<ConfigSpace, InvalidColumn> {
        let mut size = 1_u128;
        let mut checked: Vec<SpaceColumn> = Vec::with_capacity(columns.len());
        for (name, domain) in columns {
            let domain = domain.into();
            let invalid = |problem| InvalidColumn {
                column: name.clone(),
                problem,
            };
            if name.is_empty() {
                return Err(invalid(InvalidValues::Nameless));
            }
            if checked.iter().any(|other| other.name == name) {
                return Err(invalid(InvalidValues::RepeatedColumn));
            }
            domain.check().map_err(invalid)?;
            if let Domain::Listed(values) = &domain {
                size = size
                    .checked_mul(values.len() as u128)
                    .ok_or_else(|| invalid(InvalidValues::TooManyCombinations))?;
            }
            let tests = Vec::new();
            checked.push(SpaceColumn {
                name,
                domain,
                tests,
                place: None,
            });
        }
        let space = ConfigSpace {
            columns: checked,
            rules,
            rule_places: Vec::new(),
            exclude,
            sample: None,
            order: Vec::new(),
            tree: None,
        };
        space.arranged()
    }

    /// The same with these conditions and those it had.
    ///
    /// # Errors
    ///
    /// A condition of or on a column that is not there, on values that its
    /// column does not have, conditions that go in a circle, cannot hold
    /// together, or cross in so many ways that they cannot be counted.
    pub fn with_conditions(
        mut self,
        conditions: &[ColumnCondition],
    ) -> Result<ConfigSpace, InvalidColumn> {
        for condition in conditions {
            let invalid = |problem| InvalidColumn {
                column: condition.column.clone(),
                problem,
            };
            let columns = || arrange::names(&self.columns);
            let at = self.columns.iter().position(|c| c.name == condition.column);
            let at = at.ok_or_else(|| invalid(InvalidValues::NoColumn { columns: columns() }))?;
            let test = arrange::test(condition, &self.columns).map_err(invalid)?;
            self.columns[at].tests.push(test);
        }
        self.arranged()
    }

    fn arranged(mut self) -> Result<ConfigSpace, InvalidColumn> {
        self.order = arrange::order(&self.columns)?;
        let listed = |column: &SpaceColumn| matches!(column.domain, Domain::Listed(_));
        self.tree = match self.columns.iter().all(listed) {
            true => Some(CombinationTree::new(&self.columns, &self.order)?),
            false => None,
        };
        Ok(self)
    }

    /// The same as a sample of its combinations; `None` for all of them.
    #[must_use]
    pub fn sampled(mut self, sample: Option<Sample>) -> ConfigSpace {
        self.sample = sample;
        self
    }

    /// The same with the places of its columns and its rules in a text.
    pub(crate) fn read_at(
        mut self,
        places: &[(usize, usize)],
        rules: Vec<(usize, usize)>,
    ) -> ConfigSpace {
        self.rule_places = rules;
        for (column, &place) in self.columns.iter_mut().zip(places) {
            column.place = Some(place);
        }
        self
    }

    /// The columns, in the order of the output.
    #[must_use]
    pub fn columns(&self) -> &[SpaceColumn] {
        &self.columns
    }

    /// Boolean SQL expressions over the columns; a combination is meant if
    /// none of them is false. [`ConfigSpace::size`] and [`ConfigSpace::rows`] do not know
    /// them.
    #[must_use]
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// The line and the character in it, from 1, where a rule stands in the text
    /// that the space was read from.
    #[must_use]
    pub fn rule_place(&self, rule: usize) -> Option<(usize, usize)> {
        self.rule_places.get(rule).copied()
    }

    /// A table whose rows are to be left out, as the user named it.
    #[must_use]
    pub fn exclude(&self) -> Option<&str> {
        self.exclude.as_deref()
    }

    /// How many combinations are meant and how they are drawn; `None` if all.
    #[must_use]
    pub fn sample(&self) -> Option<Sample> {
        self.sample
    }

    /// Number of combinations, before any rule and whatever the sample; `None`
    /// if a column may be any number of a range.
    #[must_use]
    pub fn size(&self) -> Option<u128> {
        match &self.tree {
            Some(_) if self.columns.is_empty() => Some(0),
            Some(tree) => Some(tree.size()),
            None => None,
        }
    }

    /// The first column that may be any number of a range, which no grid has.
    #[must_use]
    pub fn uncountable(&self) -> Option<&SpaceColumn> {
        let mut columns = self.columns.iter();
        columns.find(|column| matches!(column.domain, Domain::Between(_)))
    }

    /// The combinations whose numbers are in `numbers`, one per row. They are
    /// numbered from 0, the last column varies fastest; one with a condition
    /// varies right after those it depends on.
    ///
    /// # Panics
    ///
    /// If the range ends beyond [`ConfigSpace::size`], which must be known, or is
    /// longer than memory: these are bugs of the caller.
    #[must_use]
    pub fn points(&self, numbers: Range<u128>) -> Points {
        let size = self.size().expect("a space that can be counted");
        assert!(numbers.start <= numbers.end && numbers.end <= size);
        let n_rows = (numbers.end - numbers.start) as usize;
        let columns = match &self.tree {
            Some(tree) => tree
                .places(numbers)
                .into_iter()
                .map(PointCells::Places)
                .collect(),
            None => Vec::new(),
        };
        Points { columns, n_rows }
    }

    /// The combinations of these numbers, in their order; as [`ConfigSpace::points`].
    ///
    /// # Panics
    ///
    /// If a number is not below [`ConfigSpace::size`], which must be known.
    #[must_use]
    pub fn points_of(&self, numbers: impl IntoIterator<Item = u128>) -> Points {
        let mut points = self.nothing();
        for number in numbers {
            points.append(self.points(number..number + 1));
        }
        points
    }

    /// No combinations.
    #[must_use]
    pub fn nothing(&self) -> Points {
        let columns = self.columns.iter().map(|column| match column.domain {
            Domain::Listed(_) => PointCells::Places(Vec::new()),
            Domain::Between(_) => PointCells::Numbers(Vec::new()),
        });
        Points {
            columns: columns.collect(),
            n_rows: 0,
        }
    }

    /// [`ConfigSpace::points`] as a table.
    #[must_use]
    pub fn rows(&self, numbers: Range<u128>) -> Table {
        self.table(&self.points(numbers))
    }

    /// Combinations as a table.
    #[must_use]
    pub fn table(&self, points: &Points) -> Table {
        let columns = self.columns.iter().zip(&points.columns);
        let columns = columns.map(|(column, cells)| Column {
            name: column.name.clone(),
            data: match cells {
                PointCells::Places(places) => value::data(column.values(), places),
                PointCells::Numbers(numbers) => ColumnData::Number(Numbers::from(numbers.clone())),
            },
        });
        Table::new(columns.collect())
    }

    /// All values of a list, one per row.
    #[must_use]
    pub fn listed(&self, column: &SpaceColumn) -> Table {
        let places: Vec<u32> = (0..column.values().len() as u32).collect();
        Table::new(vec![Column {
            name: column.name.clone(),
            data: value::data(column.values(), &places),
        }])
    }

    /// All combinations in blocks of at most `rows` rows (at least 1).
    ///
    /// # Panics
    ///
    /// If they cannot be counted: see [`ConfigSpace::size`].
    pub fn blocks(&self, rows: usize) -> impl Iterator<Item = Points> + '_ {
        let rows = rows.max(1) as u128;
        let size = self.size().expect("a space that can be counted");
        let mut from = 0;
        std::iter::from_fn(move || {
            let to = size.min(from + rows);
            let block = (from < to).then(|| self.points(from..to));
            from = to;
            block
        })
    }

    /// The number of a combination; `None` if the space cannot be counted.
    #[must_use]
    pub fn number(&self, points: &Points, row: usize) -> Option<u128> {
        self.tree
            .as_ref()?
            .number(|column| match &points.columns[column] {
                PointCells::Places(places) => places[row],
                PointCells::Numbers(_) => MISSING,
            })
    }

    /// The rows of `table` that are combinations of this space. Where a
    /// column's conditions do not hold, what the table has there is not looked
    /// at.
    ///
    /// # Errors
    ///
    /// A column that the table lacks, or a text where a number is needed.
    pub fn find(&self, table: &Table) -> Result<Points, DataError> {
        let columns = self.columns.iter().map(|column| found(column, table));
        let mut points = Points {
            columns: columns.collect::<Result<_, DataError>>()?,
            n_rows: table.n_rows(),
        };
        let there = self.settle(&mut points);
        let inside: Vec<usize> = (0..points.n_rows)
            .filter(|&row| {
                let mut columns = points.columns.iter().zip(&there);
                columns.all(|(cells, there)| !there[row] || !cells.is_missing(row))
            })
            .collect();
        Ok(points.take(&inside))
    }

    /// Makes the columns missing whose conditions do not hold, and says where
    /// each is there.
    pub(crate) fn settle(&self, points: &mut Points) -> Vec<Vec<bool>> {
        let mut there = vec![vec![true; points.n_rows]; self.columns.len()];
        for &at in &self.order {
            let tests = &self.columns[at].tests;
            if tests.is_empty() {
                continue;
            }
            let mut cells =
                std::mem::replace(&mut points.columns[at], PointCells::Places(Vec::new()));
            for (row, there) in there[at].iter_mut().enumerate() {
                let holds = |test: &Test| test.holds(&points.columns[test.on], row);
                if !tests.iter().all(holds) {
                    cells.clear(row);
                    *there = false;
                }
            }
            points.columns[at] = cells;
        }
        there
    }
}

/// A column of a table by the places of the space's values; what is none of
/// them is missing.
fn found(column: &SpaceColumn, table: &Table) -> Result<PointCells, DataError> {
    let Domain::Listed(values) = &column.domain else {
        let numbers = encoder::numbers(table, &column.name)?;
        return Ok(PointCells::Numbers(numbers.values.clone()));
    };
    let name = |value: &Value| match value {
        Value::Number(number) => canonical_number(to_twelve_digits(*number)),
        other => canonical_text(&other.to_string()).into_owned(),
    };
    let at: HashMap<String, u32> = values.iter().map(name).zip(0..).collect();
    let place = |text: &str| at.get(text).copied().unwrap_or(MISSING);
    if column.is_numeric() {
        let mut numbers = encoder::numbers(table, &column.name)?.into_owned();
        for value in &mut numbers.values {
            *value = to_twelve_digits(*value);
        }
        let numbers = ColumnData::Number(numbers);
        let rows = (0..numbers.len()).map(|row| numbers.text(row));
        return Ok(PointCells::Places(
            rows.map(|text| text.map_or(MISSING, |text| place(&text)))
                .collect(),
        ));
    }
    let texts = encoder::texts(table, &column.name)?;
    let levels: Vec<u32> = texts.levels.iter().map(|level| place(level)).collect();
    let places = texts.codes.iter().map(|&code| {
        let level = levels.get(code as usize);
        level.copied().unwrap_or(MISSING)
    });
    Ok(PointCells::Places(places.collect()))
}

#[cfg(test)]
mod tests;
