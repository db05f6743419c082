//! From the shape of an expression to one that can be computed.

use super::calendar::{TimeSpan, parse_date, parse_moment};
use super::checked::Checked;
use super::error::SqlError;
use super::leaves;
use super::patterns::{self, PatternReading};
use super::syntax::{CastTarget, Expr, Literal, Operator, Shape};
use super::{arithmetic, cast, choose, compare, functions, logic, moments, texts};

use polars_core::prelude::DataType;

/// The columns that an expression reads, with their types.
pub(super) struct Compiler<'a> {
    pub(super) columns: &'a [(String, DataType)],
}

impl Compiler<'_> {
    /// `expr`, checked.
    pub(super) fn node(&self, expr: &Expr) -> Result<Checked, SqlError> {
        let at = expr.at;
        match &expr.shape {
            Shape::Column(name) => self.column(at, name),
            Shape::Literal(literal) => Ok(leaves::literal(at, literal)),
            Shape::Typed(target, text) => moments::literal(at, *target, text),
            Shape::Interval(text) => moments::length(at, text),
            Shape::Not(value) => logic::not(at, &self.node(value)?),
            Shape::Negative(value) => self.negative(at, value),
            Shape::Positive(value) => arithmetic::sign(at, &self.node(value)?, false),
            Shape::Binary(operator, left, right) => self.binary(at, *operator, left, right),
            Shape::All(parts) => logic::all(at, &self.nodes(parts)?),
            Shape::Any(parts) => logic::any(at, &self.nodes(parts)?),
            Shape::IsNull { value, not } => Ok(logic::is_null(at, &self.node(value)?, *not)),
            Shape::IsTruth { value, truth, not } => {
                logic::is_truth(at, &self.node(value)?, *truth, *not)
            }
            Shape::Distinct { left, right, not } => {
                let (left, right) = self.pair(left, right)?;
                compare::distinct(at, &left, &right, *not)
            }
            Shape::Between {
                value,
                low,
                high,
                not,
            } => {
                let (low, high) = (self.beside(low, value)?, self.beside(high, value)?);
                compare::between(at, &self.node(value)?, &low, &high, *not)
            }
            Shape::In { value, list, not } => {
                let items: Result<Vec<Checked>, SqlError> =
                    list.iter().map(|item| self.beside(item, value)).collect();
                compare::is_in(at, &self.node(value)?, &items?, *not)
            }
            _ => self.form(expr),
        }
    }

    /// The rarer shapes.
    fn form(&self, expr: &Expr) -> Result<Checked, SqlError> {
        let at = expr.at;
        match &expr.shape {
            Shape::Like {
                value,
                pattern,
                escape,
                fold,
                not,
            } => {
                let reading = PatternReading {
                    escape: *escape,
                    fold: *fold,
                    not: *not,
                };
                let (value, pattern) = (self.node(value)?, self.node(pattern)?);
                patterns::like(at, &value, &pattern, reading)
            }
            Shape::Matches {
                value,
                pattern,
                fold,
                not,
            } => {
                let flags = if *fold { "i" } else { "" };
                let (value, pattern) = (self.node(value)?, self.node(pattern)?);
                patterns::matches(at, &value, &pattern, flags, *not)
            }
            Shape::Case {
                operand,
                branches,
                otherwise,
            } => self.case(at, operand.as_deref(), branches, otherwise.as_deref()),
            Shape::Cast { value, to, lenient } => cast::cast(at, &self.node(value)?, *to, *lenient),
            Shape::Extract(part, value) => moments::extract(at, part, &self.node(value)?),
            Shape::Call(name, arguments) => {
                functions::call(at, name, &self.arguments(name, arguments)?)
            }
            _ => Err(SqlError::sense(at, "the expression is of an unknown kind")),
        }
    }

    /// Arguments, which a function of several rows does not need to have
    /// checked.
    fn arguments(&self, name: &str, arguments: &[Expr]) -> Result<Vec<Checked>, SqlError> {
        match functions::of_rows(name) {
            true => Ok(Vec::new()),
            false => self.nodes(arguments),
        }
    }

    fn nodes(&self, exprs: &[Expr]) -> Result<Vec<Checked>, SqlError> {
        exprs.iter().map(|expr| self.node(expr)).collect()
    }

    fn column(&self, at: usize, name: &str) -> Result<Checked, SqlError> {
        let found = self.columns.iter().position(|(other, _)| other == name);
        let missing = || SqlError::sense(at, format!("there is no column {name:?}"));
        let index = found.ok_or_else(missing)?;
        Ok(leaves::column(at, index, &self.columns[index].1))
    }

    fn negative(&self, at: usize, value: &Expr) -> Result<Checked, SqlError> {
        arithmetic::sign(at, &self.node(value)?, true)
    }

    fn binary(
        &self,
        at: usize,
        operator: Operator,
        left: &Expr,
        right: &Expr,
    ) -> Result<Checked, SqlError> {
        let months = |text: &str, sign: i128| -> Result<TimeSpan, SqlError> {
            let span = moments::span(right.at, text)?;
            Ok(TimeSpan {
                months: sign * span.months,
                nanoseconds: sign * span.nanoseconds,
            })
        };
        match (operator, &right.shape) {
            (Operator::Plus, Shape::Interval(text))
                if !matches!(left.shape, Shape::Interval(_)) =>
            {
                moments::later(at, &self.node(left)?, months(text, 1)?)
            }
            (Operator::Minus, Shape::Interval(text))
                if !matches!(left.shape, Shape::Interval(_)) =>
            {
                moments::later(at, &self.node(left)?, months(text, -1)?)
            }
            (Operator::Concat, _) => texts::concat(at, &self.node(left)?, &self.node(right)?),
            (
                Operator::Equal
                | Operator::Unequal
                | Operator::Less
                | Operator::LessEqual
                | Operator::Greater
                | Operator::GreaterEqual,
                _,
            ) => {
                let (left, right) = self.pair(left, right)?;
                compare::compare(at, operator, &left, &right)
            }
            _ => arithmetic::arithmetic(at, operator, &self.node(left)?, &self.node(right)?),
        }
    }

    fn pair(&self, left: &Expr, right: &Expr) -> Result<(Checked, Checked), SqlError> {
        Ok((self.beside(left, right)?, self.beside(right, left)?))
    }

    /// `expr`, which is compared with `other`: a text that is compared with
    /// what is converted to a date is one too.
    fn beside(&self, expr: &Expr, other: &Expr) -> Result<Checked, SqlError> {
        if let Shape::Literal(Literal::Text(text)) = &expr.shape
            && let Shape::Cast { to, .. } = &other.shape
        {
            let is_one = match to {
                CastTarget::Date => parse_date(text).is_some(),
                CastTarget::Moment(_) => parse_moment(text).is_some(),
                _ => false,
            };
            if is_one {
                return moments::literal(expr.at, *to, text);
            }
        }
        self.node(expr)
    }

    fn case(
        &self,
        at: usize,
        operand: Option<&Expr>,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
    ) -> Result<Checked, SqlError> {
        let mut conditions = Vec::new();
        let mut results = Vec::new();
        for (condition, result) in branches {
            conditions.push(match operand {
                None => self.node(condition)?,
                Some(operand) => {
                    let (operand, value) = self.pair(operand, condition)?;
                    compare::compare(condition.at, Operator::Equal, &operand, &value)?
                }
            });
            results.push(self.node(result)?);
        }
        results.push(match otherwise {
            Some(otherwise) => self.node(otherwise)?,
            None => leaves::literal(at, &Literal::Null),
        });
        choose::case(at, &conditions, &results)
    }
}
