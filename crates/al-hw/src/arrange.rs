//! What conditions come to for a space's columns, and the order in which columns
//! can be decided.

use crate::condition::{AllowedValues, Choice, ColumnCondition, Test};
use crate::domain::Domain;
use crate::invalid::{InvalidColumn, InvalidValues};
use crate::space_column::SpaceColumn;
use crate::value::Value;

/// A condition as a test of the column it depends on.
pub(crate) fn test(
    condition: &ColumnCondition,
    columns: &[SpaceColumn],
) -> Result<Test, InvalidValues> {
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
            chosen_places(on_name.clone(), chosen, values)?
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
                    AllowedValues::Between(from, to)
                }
                Domain::Listed(values) => {
                    let kind = values[0].kind();
                    if values[0].number().is_nan() {
                        return Err(InvalidValues::ConditionBounds { on: on_name, kind });
                    }
                    let within = |value: &Value| (from..=to).contains(&value.number());
                    AllowedValues::Places(values.iter().map(within).collect())
                }
            }
        }
    };
    if matches!(&allowed, AllowedValues::Places(allowed) if !allowed.contains(&true)) {
        return Err(InvalidValues::ConditionUnmet { on: on_name });
    }
    Ok(Test { on, allowed })
}

/// Which values of a list are chosen; `on` is the name of their column.
fn chosen_places(
    on: String,
    chosen: &[Value],
    values: &[Value],
) -> Result<AllowedValues, InvalidValues> {
    let texts: Vec<String> = values.iter().map(Value::to_string).collect();
    let mut allowed = vec![false; values.len()];
    for value in chosen {
        let text = value.to_string();
        let found = texts.iter().position(|other| *other == text);
        match found.filter(|_| value.kind() == values[0].kind()) {
            Some(at) => allowed[at] = true,
            None => {
                return Err(InvalidValues::ConditionValue {
                    on,
                    value: text,
                    values: texts,
                });
            }
        }
    }
    Ok(AllowedValues::Places(allowed))
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
        state: vec![PlacingState::Open; columns.len()],
        path: Vec::new(),
        order: Vec::with_capacity(columns.len()),
    };
    for at in 0..columns.len() {
        placing.place(at)?;
    }
    Ok(placing.order)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlacingState {
    Open,
    OnPath,
    Placed,
}

struct Placing<'a> {
    columns: &'a [SpaceColumn],
    state: Vec<PlacingState>,
    /// The columns being placed, each for the sake of the one before.
    path: Vec<usize>,
    order: Vec<usize>,
}

impl Placing<'_> {
    fn place(&mut self, at: usize) -> Result<(), InvalidColumn> {
        match self.state[at] {
            PlacingState::Placed => return Ok(()),
            PlacingState::OnPath => return Err(self.circle(at)),
            PlacingState::Open => {}
        }
        self.state[at] = PlacingState::OnPath;
        self.path.push(at);
        for test in &self.columns[at].tests {
            self.place(test.on)?;
        }
        self.path.pop();
        self.state[at] = PlacingState::Placed;
        self.order.push(at);
        for next in 0..self.columns.len() {
            let tests = &self.columns[next].tests;
            let ready = self.state[next] == PlacingState::Open
                && tests.iter().any(|test| test.on == at)
                && tests
                    .iter()
                    .all(|test| self.state[test.on] == PlacingState::Placed);
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
