//! From tokens to the shape of an expression, by precedence climbing.
//!
//! From loose to tight: `OR`, `AND`, `NOT`, `IS`, `LIKE`, comparisons with
//! `BETWEEN` and `IN`, `|`, `&`, `+ -`, `* / % ||`, signs, `::`.

use super::error::SqlError;
use super::lexer::{PlacedToken, Token, tokens};
use super::syntax::{Expr, Literal, Operator, Shape};

/// Expressions in one another. More would need a deep stack to parse, to
/// evaluate and to drop; chains of `AND` and `OR` have any length.
pub(super) const DEEPEST: usize = 100;

/// Words that are no column unless quoted.
const RESERVED: [&str; 11] = [
    "AND", "OR", "NOT", "IS", "IN", "LIKE", "ILIKE", "BETWEEN", "NULL", "TRUE", "FALSE",
];

const OR: u8 = 5;
const AND: u8 = 10;
const NOT: u8 = 15;
const IS: u8 = 17;
const LIKE: u8 = 19;
pub(super) const COMPARE: u8 = 20;
const BIT_OR: u8 = 21;
const BIT_AND: u8 = 23;
const SUM: u8 = 30;
const PRODUCT: u8 = 40;
const CAST: u8 = 50;

pub(super) struct Parser {
    tokens: Vec<PlacedToken>,
    next: usize,
    depth: usize,
    /// `CASE`s that are open: their words are then no columns.
    pub(super) cases: usize,
}

/// The shape of the expression `text`.
pub(super) fn parse(text: &str) -> Result<Expr, SqlError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
        depth: 0,
        cases: 0,
    };
    let expr = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(expr),
        token => {
            let message = match token {
                Token::Symbol(")") => "a ) has no (".to_owned(),
                Token::Symbol("(") => "a ( stands after a value".to_owned(),
                token => format!("an operator such as AND is missing before {token}"),
            };
            Err(SqlError::syntax(parser.at(), message))
        }
    }
}

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.next].token
    }

    fn peek_second(&self) -> &Token {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.next + 1).min(last)].token
    }

    /// Where the next token starts.
    pub(super) fn at(&self) -> usize {
        self.tokens[self.next].at
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        if token != Token::End {
            self.next += 1;
        }
        token
    }

    /// Whether the next token is the keyword `word`.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(text) if text.eq_ignore_ascii_case(word))
    }

    /// Takes the keyword `word` if it is next.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.next += usize::from(found);
        found
    }

    /// Takes the symbol if it is next.
    pub(super) fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(other) if *other == symbol);
        self.next += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Result<(), SqlError> {
        if self.take(symbol) {
            return Ok(());
        }
        Err(self.missing(symbol))
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Result<(), SqlError> {
        if self.take_word(word) {
            return Ok(());
        }
        Err(self.missing(word))
    }

    /// The error of something that is not there.
    pub(super) fn missing(&self, what: &str) -> SqlError {
        let message = match self.peek() {
            Token::End => format!("{what} is missing"),
            token => format!("{what} is missing before {token}"),
        };
        SqlError::syntax(self.at(), message)
    }

    /// An expression whose operators all bind tighter than `floor`.
    pub(super) fn expression(&mut self, floor: u8) -> Result<Expr, SqlError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(too_deep(self.at()));
        }
        let mut left = self.prefix()?;
        while let Some(power) = self.power()
            && power > floor
        {
            left = self.infix(left, power)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// An expression of the given shape, unless it is too deep.
    pub(super) fn expr(&self, at: usize, shape: Shape) -> Result<Expr, SqlError> {
        let mut expr = Expr {
            at,
            depth: 1,
            shape,
        };
        let below = expr.children().iter().map(|child| child.depth).max();
        expr.depth += below.unwrap_or(0);
        if expr.depth > DEEPEST {
            return Err(too_deep(at));
        }
        Ok(expr)
    }

    fn prefix(&mut self) -> Result<Expr, SqlError> {
        let at = self.at();
        let shape = match self.advance() {
            Token::Number(text) => Shape::Literal(number(&text, at)?),
            Token::Text(text) => Shape::Literal(Literal::Text(text)),
            Token::Quoted(name) => Shape::Column(name),
            Token::Symbol("(") => {
                self.refuse_subquery(at)?;
                let inner = self.expression(0)?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Symbol("-") => Shape::Negative(Box::new(self.expression(PRODUCT)?)),
            Token::Symbol("+") => Shape::Positive(Box::new(self.expression(PRODUCT)?)),
            Token::Word(word) => return self.word(&word, at),
            _ => {
                self.next = self.next.saturating_sub(usize::from(self.at() != at));
                return Err(self.missing("a value"));
            }
        };
        self.expr(at, shape)
    }

    pub(super) fn refuse_subquery(&self, at: usize) -> Result<(), SqlError> {
        if self.is_word("SELECT") || self.is_word("WITH") {
            return Err(SqlError::other_rows(at, "a subquery"));
        }
        Ok(())
    }

    /// What begins with a word: a keyword, a function or a column.
    fn word(&mut self, word: &str, at: usize) -> Result<Expr, SqlError> {
        let upper = word.to_ascii_uppercase();
        let shape = match upper.as_str() {
            "NULL" => Shape::Literal(Literal::Null),
            "TRUE" => Shape::Literal(Literal::Bool(true)),
            "FALSE" => Shape::Literal(Literal::Bool(false)),
            "NOT" => Shape::Not(Box::new(self.expression(NOT)?)),
            "CASE" if !self.ends_operand() => return self.case(at),
            _ if RESERVED.contains(&upper.as_str()) => {
                let message = format!("a value is missing before {word}");
                return Err(SqlError::syntax(at, message));
            }
            "WHEN" | "THEN" | "ELSE" | "END" if self.cases > 0 => {
                let message = format!("a value is missing before {word}");
                return Err(SqlError::syntax(at, message));
            }
            _ => match self.peek() {
                Token::Symbol("(") => return self.call(word, at),
                Token::Text(_) => match self.typed_literal(&upper)? {
                    Some(shape) => shape,
                    None => Shape::Column(word.to_owned()),
                },
                _ => Shape::Column(word.to_owned()),
            },
        };
        self.expr(at, shape)
    }

    /// Whether what comes next is no beginning of a value: a `CASE` before it
    /// is a column.
    fn ends_operand(&self) -> bool {
        matches!(self.peek(), Token::End | Token::Symbol(_))
            && !matches!(self.peek(), Token::Symbol("(" | "-" | "+"))
    }

    /// How tight the next operator binds, `None` if there is none.
    fn power(&self) -> Option<u8> {
        let of_word = |word: &str| match word.to_ascii_uppercase().as_str() {
            "OR" => Some(OR),
            "AND" => Some(AND),
            "IS" => Some(IS),
            "LIKE" | "ILIKE" | "REGEXP" | "RLIKE" => Some(LIKE),
            "BETWEEN" | "IN" => Some(COMPARE),
            "DIV" => Some(PRODUCT),
            _ => None,
        };
        match self.peek() {
            Token::Word(word) if word.eq_ignore_ascii_case("NOT") => match self.peek_second() {
                Token::Word(next) => of_word(next).filter(|power| (LIKE..=COMPARE).contains(power)),
                _ => None,
            },
            Token::Word(word) => of_word(word),
            Token::Symbol(symbol) => match *symbol {
                "=" | "==" | "<>" | "!=" | "<" | "<=" | ">" | ">=" | "<=>" => Some(COMPARE),
                "~" | "~*" | "!~" | "!~*" | "~~" | "~~*" | "!~~" | "!~~*" => Some(COMPARE),
                "|" => Some(BIT_OR),
                "&" => Some(BIT_AND),
                "+" | "-" => Some(SUM),
                "*" | "/" | "//" | "%" | "||" => Some(PRODUCT),
                "::" => Some(CAST),
                _ => None,
            },
            _ => None,
        }
    }

    /// `left` with the operator that comes next, which binds with `power`.
    fn infix(&mut self, left: Expr, power: u8) -> Result<Expr, SqlError> {
        let at = self.at();
        let shape = match self.advance() {
            Token::Word(word) => return self.word_infix(left, &word, power, at),
            Token::Symbol("::") => {
                let to = self.target()?;
                let value = Box::new(left);
                let lenient = false;
                Shape::Cast { value, to, lenient }
            }
            Token::Symbol("<=>") => {
                let right = Box::new(self.expression(power)?);
                let left = Box::new(left);
                let not = true;
                Shape::Distinct { left, right, not }
            }
            Token::Symbol(symbol) if symbol.contains('~') => {
                let value = Box::new(left);
                let pattern = Box::new(self.expression(power)?);
                let (not, fold) = (symbol.starts_with('!'), symbol.ends_with('*'));
                if symbol.contains("~~") {
                    let escape = None;
                    Shape::Like {
                        value,
                        pattern,
                        escape,
                        fold,
                        not,
                    }
                } else {
                    Shape::Matches {
                        value,
                        pattern,
                        fold,
                        not,
                    }
                }
            }
            Token::Symbol(symbol) => {
                let right = Box::new(self.expression(power)?);
                Shape::Binary(operator(symbol), Box::new(left), right)
            }
            _ => return Err(self.missing("an operator")),
        };
        self.expr(at, shape)
    }

    fn word_infix(
        &mut self,
        left: Expr,
        word: &str,
        power: u8,
        at: usize,
    ) -> Result<Expr, SqlError> {
        let not = word.eq_ignore_ascii_case("NOT");
        let word = match (not, self.peek()) {
            (true, Token::Word(next)) => {
                let next = next.clone();
                self.advance();
                next
            }
            _ => word.to_owned(),
        };
        let shape = match word.to_ascii_uppercase().as_str() {
            "AND" => return self.chain(left, power, at, true),
            "OR" => return self.chain(left, power, at, false),
            "DIV" => {
                let right = Box::new(self.expression(power)?);
                Shape::Binary(Operator::WholeDivide, Box::new(left), right)
            }
            "IS" => return self.is(left, at),
            "BETWEEN" => {
                let low = Box::new(self.expression(COMPARE)?);
                self.expect_word("AND")?;
                let high = Box::new(self.expression(COMPARE)?);
                let value = Box::new(left);
                Shape::Between {
                    value,
                    low,
                    high,
                    not,
                }
            }
            "IN" => {
                self.expect("(")?;
                self.refuse_subquery(at)?;
                let value = Box::new(left);
                let list = self.list()?;
                Shape::In { value, list, not }
            }
            "LIKE" => self.like(left, false, not)?,
            "ILIKE" => self.like(left, true, not)?,
            _ => {
                let value = Box::new(left);
                let pattern = Box::new(self.expression(LIKE)?);
                let fold = false;
                Shape::Matches {
                    value,
                    pattern,
                    fold,
                    not,
                }
            }
        };
        self.expr(at, shape)
    }

    /// `left AND right`, or with `OR`: a chain that gets longer, not deeper.
    fn chain(&mut self, left: Expr, power: u8, at: usize, all: bool) -> Result<Expr, SqlError> {
        let right = self.expression(power)?;
        let (left_depth, right_depth) = (left.depth, right.depth + 1);
        let (depth, mut parts) = match (left.shape, all) {
            (Shape::All(parts), true) | (Shape::Any(parts), false) => (left_depth, parts),
            (shape, _) => {
                let left = Expr { shape, ..left };
                (left_depth + 1, vec![left])
            }
        };
        parts.push(right);
        let depth = depth.max(right_depth);
        if depth > DEEPEST {
            return Err(too_deep(at));
        }
        let shape = if all {
            Shape::All(parts)
        } else {
            Shape::Any(parts)
        };
        Ok(Expr { at, depth, shape })
    }

    fn like(&mut self, value: Expr, fold: bool, not: bool) -> Result<Shape, SqlError> {
        let pattern = Box::new(self.expression(LIKE)?);
        let mut escape = None;
        if self.take_word("ESCAPE") {
            let at = self.at();
            let Token::Text(text) = self.advance() else {
                return Err(SqlError::syntax(at, "ESCAPE needs a character in quotes"));
            };
            let mut characters = text.chars();
            escape = characters.next();
            if escape.is_none() || characters.next().is_some() {
                return Err(SqlError::syntax(at, "ESCAPE needs one character"));
            }
        }
        Ok(Shape::Like {
            value: Box::new(value),
            pattern,
            escape,
            fold,
            not,
        })
    }

    /// After `IS`.
    fn is(&mut self, value: Expr, at: usize) -> Result<Expr, SqlError> {
        let not = self.take_word("NOT");
        let value = Box::new(value);
        let shape = if self.take_word("NULL") {
            Shape::IsNull { value, not }
        } else if self.take_word("TRUE") {
            let truth = true;
            Shape::IsTruth { value, truth, not }
        } else if self.take_word("FALSE") {
            let truth = false;
            Shape::IsTruth { value, truth, not }
        } else if self.take_word("DISTINCT") {
            self.expect_word("FROM")?;
            let right = Box::new(self.expression(IS)?);
            let left = value;
            Shape::Distinct { left, right, not }
        } else {
            return Err(self.missing("NULL, TRUE, FALSE or DISTINCT FROM"));
        };
        self.expr(at, shape)
    }

    /// Values up to a closing bracket; a comma may stand after the last.
    pub(super) fn list(&mut self) -> Result<Vec<Expr>, SqlError> {
        let mut list = Vec::new();
        loop {
            list.push(self.expression(0)?);
            let more = self.take(",");
            if self.take(")") {
                return Ok(list);
            }
            if !more {
                return Err(self.missing(")"));
            }
        }
    }
}

fn too_deep(at: usize) -> SqlError {
    SqlError::syntax(at, format!("more than {DEEPEST} expressions are nested"))
}

fn operator(symbol: &str) -> Operator {
    match symbol {
        "+" => Operator::Plus,
        "-" => Operator::Minus,
        "*" => Operator::Times,
        "/" => Operator::Divide,
        "//" => Operator::WholeDivide,
        "%" => Operator::Remainder,
        "||" => Operator::Concat,
        "&" => Operator::BitAnd,
        "|" => Operator::BitOr,
        "<>" | "!=" => Operator::Unequal,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        _ => Operator::Equal,
    }
}

fn number(text: &str, at: usize) -> Result<Literal, SqlError> {
    let whole = text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = match whole {
        true => text.parse().map(Literal::Whole).ok(),
        false => text.parse().map(Literal::Number).ok(),
    };
    parsed.ok_or_else(|| SqlError::syntax(at, format!("the number {text} is too large")))
}
