//! Columns that only make sense where others have some values: conditions,
//! what they come to for a space's values, and the order in which columns can
//! be decided.
//!
//! A condition names a column and the values of it that are meant. All
//! conditions of a column must hold; where one does not, the column is
//! missing. A condition on a column that is missing itself does not hold.

use crate::invalid::{InvalidColumn, InvalidValues};
use crate::points::{Cells, MISSING};
use crate::space::{Domain, SpaceColumn};
use crate::value::Value;
/// That a column is there only where another has some values.
///
/// ```
/// use al_hw::{Choice, Condition, Space, Value};
///
/// let space = Space::new(
///     vec![
///         ("kernel".to_owned(), Value::list(["direct", "tiled"])),
///         ("tile".to_owned(), Value::list([8, 16, 32])),
///     ],
///     Vec::new(),
///     None,
/// )?
/// .with_conditions(&[Condition {
///     column: "tile".to_owned(),
///     on: "kernel".to_owned(),
///     choice: Choice::OneOf(Value::list(["tiled"])),
/// }])?;
/// assert_eq!(space.size(), Some(1 + 3));
/// assert!(space.rows(0..1).column("tile").unwrap().is_missing(0));
/// # Ok::<(), al_hw::InvalidColumn>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The column that is there or missing.
    pub column: String,
    /// The column that decides.
    pub on: String,
    /// Its values for which the condition holds.
    pub choice: Choice,
}

/// Some values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// These.
    OneOf(Vec<Value>),
    /// Numbers between bounds, which are among them.
    Between {
        /// The lower bound.
        from: Option<f64>,
        /// The upper bound.
        to: Option<f64>,
    },
}

/// A condition, in places of columns and values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    /// The column that decides.
    pub(crate) on: usize,
    pub(crate) allowed: Allowed,
}

/// For which values a condition holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Allowed {
    /// Per value of a list.
    Places(Vec<bool>),
    /// Of a column that may be any number.
    Between(f64, f64),
}

impl Test {
    /// Whether it holds in a row of the column that decides.
    pub(crate) fn holds(&self, cells: &Cells, row: usize) -> bool {
        match (&self.allowed, cells) {
            (Allowed::Places(allowed), Cells::Places(places)) => {
                places[row] != MISSING && allowed[places[row] as usize]
            }
            // NaN, which is missing, is between no bounds.
            (Allowed::Between(from, to), Cells::Numbers(numbers)) => {
                (*from..=*to).contains(&numbers[row])
            }
            _ => unreachable!("a test is made for the domain of its column"),
        }
    }
}

/// A condition as a test of the column it depends on.
pub(crate) fn test(condition: &Condition, columns: &[SpaceColumn]) -> Result<Test, InvalidValues> {
    let on_name = condition.on.clone();
    let Some(on) = columns.iter().position(|column| column.name() == on_name) else {
        return Err(InvalidValues::ConditionColumn {
            on: on_name,
            columns: names(columns),
        });
    };
    let allowed = match (&condition.choice, columns[on].domain()) {
        (Choice::OneOf(_), Domain::Between(_)) => {
            return Err(InvalidValues::ConditionList { on: on_name });
        }
        (Choice::OneOf(chosen), Domain::Listed(values)) => {
            let texts: Vec<String> = values.iter().map(Value::to_string).collect();
            let mut allowed = vec![false; values.len()];
            for value in chosen {
                let text = value.to_string();
                let found = texts.iter().position(|other| *other == text);
                match found.filter(|_| value.kind() == values[0].kind()) {
                    Some(at) => allowed[at] = true,
                    None => {
                        return Err(InvalidValues::ConditionValue {
                            on: on_name,
                            value: text,
                            values: texts,
                        });
                    }
                }
            }
            Allowed::Places(allowed)
        }
        (Choice::Between { from, to }, domain) => {
            let (from, to) = (from.unwrap_or(f64::MIN), to.unwrap_or(f64::MAX));
            match domain {
                Domain::Between(interval) => {
                    let (low, high) = (from.max(interval.from), to.min(interval.to));
                    let between = interval.whole && low.ceil() > high.floor();
                    if low > high || between {
                        return Err(InvalidValues::ConditionUnmet { on: on_name });
                    }
                    Allowed::Between(from, to)
                }
                Domain::Listed(values) => {
                    let kind = values[0].kind();
                    if values[0].number().is_nan() {
                        return Err(InvalidValues::ConditionBounds { on: on_name, kind });
                    }
                    let within = |value: &Value| (from..=to).contains(&value.number());
                    Allowed::Places(values.iter().map(within).collect())
                }
            }
        }
    };
    if matches!(&allowed, Allowed::Places(allowed) if !allowed.contains(&true)) {
        return Err(InvalidValues::ConditionUnmet { on: on_name });
    }
    Ok(Test { on, allowed })
}

/// The names of the columns, for messages.
pub(crate) fn names(columns: &[SpaceColumn]) -> Vec<String> {
    columns.iter().map(|c| c.name().to_owned()).collect()
}

/// The columns so that each comes after those it depends on and, so that
/// little is to be remembered between them, right after the last of these;
/// else in their own order.
pub(crate) fn order(columns: &[SpaceColumn]) -> Result<Vec<usize>, InvalidColumn> {
    let mut placing = Placing {
        columns,
        state: vec![State::Open; columns.len()],
        path: Vec::new(),
        order: Vec::with_capacity(columns.len()),
    };
    for at in 0..columns.len() {
        placing.place(at)?;
    }
    Ok(placing.order)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    OnPath,
    Placed,
}

struct Placing<'a> {
    columns: &'a [SpaceColumn],
    state: Vec<State>,
    /// The columns being placed, each for the sake of the one before.
    path: Vec<usize>,
    order: Vec<usize>,
}

impl Placing<'_> {
    fn place(&mut self, at: usize) -> Result<(), InvalidColumn> {
        match self.state[at] {
            State::Placed => return Ok(()),
            State::OnPath => return Err(self.circle(at)),
            State::Open => {}
        }
        self.state[at] = State::OnPath;
        self.path.push(at);
        for test in &self.columns[at].tests {
            self.place(test.on)?;
        }
        self.path.pop();
        self.state[at] = State::Placed;
        self.order.push(at);
        for next in 0..self.columns.len() {
            let tests = &self.columns[next].tests;
            let ready = self.state[next] == State::Open
                && tests.iter().any(|test| test.on == at)
                && tests
                    .iter()
                    .all(|test| self.state[test.on] == State::Placed);
            if ready {
                self.place(next)?;
            }
        }
        Ok(())
    }

    fn circle(&self, at: usize) -> InvalidColumn {
        let start = self.path.iter().position(|&other| other == at).unwrap_or(0);
        let names: Vec<&str> = self.path[start..]
            .iter()
            .chain([&at])
            .map(|&at| self.columns[at].name())
            .collect();
        InvalidColumn {
            column: self.columns[at].name().to_owned(),
            problem: InvalidValues::Circle {
                circle: names.join(" on "),
            },
        }
    }
}
