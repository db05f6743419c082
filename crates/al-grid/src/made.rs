//! From combinations to rows of a table, and which of them are allowed.

use al_core::Fault;
use al_hw::{ConfigSpace, Domain, PointCells, Points};
use al_tables::{Frame, NewColumn, NewData, RowFilter, TableError};

/// Combinations made at a time.
pub(super) const BLOCK: usize = 1 << 16;

/// Makes tables out of combinations. All have columns of the same types,
/// whatever values stand in them.
pub(super) struct Maker<'a> {
    space: &'a ConfigSpace,
    /// Per column its values, if they are a list.
    values: Vec<Option<Frame>>,
    rules: Vec<RowFilter>,
    filter: Option<RowFilter>,
}

impl Maker<'_> {
    /// For a space, with a filter besides its rules.
    pub(super) fn new<'a>(
        space: &'a ConfigSpace,
        filter: Option<&str>,
    ) -> Result<Maker<'a>, Fault> {
        let columns = space.columns().iter();
        let values = columns.map(|column| match column.domain() {
            Domain::Listed(_) => Some(Frame::from_table(&space.listed(column))),
            Domain::Between(_) => None,
        });
        let mut maker = Maker {
            space,
            values: values.collect(),
            rules: Vec::new(),
            filter: None,
        };
        let like = maker.empty();
        let rules = space.rules().iter().enumerate();
        maker.rules = rules
            .map(|(at, rule)| {
                RowFilter::new(rule, &like).map_err(|error| of_rule(space, at, error))
            })
            .collect::<Result<_, _>>()?;
        maker.filter = filter.map(|sql| RowFilter::new(sql, &like)).transpose()?;
        Ok(maker)
    }

    /// Whether something may be forbidden.
    pub(super) fn has_rules(&self) -> bool {
        !self.rules.is_empty() || self.filter.is_some()
    }

    /// A table without rows.
    pub(super) fn empty(&self) -> Frame {
        self.frame(&self.space.nothing())
    }

    /// Combinations as a table.
    pub(super) fn frame(&self, points: &Points) -> Frame {
        let columns = self.space.columns().iter().zip(points.columns());
        let ranges: Vec<Option<(Frame, Vec<u32>)>> = columns
            .map(|(column, cells)| match (cells, column.domain()) {
                (PointCells::Numbers(numbers), Domain::Between(range)) => {
                    Some(numbers_of(column.name(), numbers, range.whole))
                }
                _ => None,
            })
            .collect();
        let cells = points.columns().iter().zip(&ranges).zip(&self.values);
        let picked: Vec<(&Frame, &[u32])> = cells
            .map(|((cells, range), values)| match (cells, range, values) {
                (PointCells::Places(places), _, Some(values)) => (values, &places[..]),
                (_, Some((values, places)), _) => (values, &places[..]),
                _ => unreachable!("cells are made for the domain of their column"),
            })
            .collect();
        Frame::picked(&picked)
    }

    /// Per row whether nothing forbids it; `None` if nothing can.
    pub(super) fn allowed(&self, frame: &Frame) -> Result<Option<Vec<bool>>, Fault> {
        if !self.has_rules() {
            return Ok(None);
        }
        let mut allowed = vec![true; frame.n_rows()];
        for (at, rule) in self.rules.iter().enumerate() {
            let truth = rule.truth(frame);
            let truth = truth.map_err(|error| of_rule(self.space, at, error))?;
            for (allowed, truth) in allowed.iter_mut().zip(truth) {
                *allowed &= truth != Some(false);
            }
        }
        if let Some(filter) = &self.filter {
            for (allowed, truth) in allowed.iter_mut().zip(filter.truth(frame)?) {
                *allowed &= truth == Some(true);
            }
        }
        Ok(Some(allowed))
    }
}

/// An error of a rule, and where the rule stands.
fn of_rule(space: &ConfigSpace, rule: usize, error: TableError) -> Fault {
    let TableError::Filter {
        expression,
        message,
        remedy,
    } = error
    else {
        return error.into();
    };
    let fault = Fault::data(format!("the rule {expression:?} {message}")).maybe_remedy(remedy);
    match space.rule_place(rule) {
        Some((line, column)) => fault.at(format!("line {line}, column {column}")),
        None => fault,
    }
}

/// A column of numbers, and in which row of it each is; NaN in none.
fn numbers_of(name: &str, numbers: &[f64], whole: bool) -> (Frame, Vec<u32>) {
    let mut frame = Frame::default();
    let there = numbers.iter().copied().filter(|number| !number.is_nan());
    let data = match whole {
        true => NewData::Integer(there.map(|number| number as i64).collect()),
        false => NewData::Float(there.collect()),
    };
    let name = name.to_owned();
    frame
        .append(vec![NewColumn { name, data }])
        .expect("the first column of a frame fits");
    let mut next = 0;
    let places = numbers.iter().map(|number| {
        if number.is_nan() {
            return u32::MAX;
        }
        next += 1;
        next - 1
    });
    (frame, places.collect())
}
