//! The forms that begin with a word: `CASE`, `CAST`, calls, `DATE '…'`.

use super::error::SqlError;
use super::lexer::Token;
use super::parser::Parser;
use super::syntax::{CastTarget, Expr, Literal, Shape};

impl Parser {
    /// After `CASE`.
    pub(super) fn case(&mut self, at: usize) -> Result<Expr, SqlError> {
        self.cases += 1;
        let operand = match self.is_word("WHEN") {
            true => None,
            false => Some(Box::new(self.expression(0)?)),
        };
        let mut branches = Vec::new();
        while self.take_word("WHEN") {
            let condition = self.expression(0)?;
            self.expect_word("THEN")?;
            branches.push((condition, self.expression(0)?));
        }
        if branches.is_empty() {
            return Err(self.missing("WHEN"));
        }
        let otherwise = match self.take_word("ELSE") {
            true => Some(Box::new(self.expression(0)?)),
            false => None,
        };
        self.expect_word("END")?;
        self.cases -= 1;
        let shape = Shape::Case {
            operand,
            branches,
            otherwise,
        };
        self.expr(at, shape)
    }

    /// `DATE '2020-01-05'` and the like, `None` if `word` has no such form.
    pub(super) fn typed_literal(&mut self, word: &str) -> Result<Option<Shape>, SqlError> {
        let target = match word {
            "DATE" => Some(CastTarget::Date),
            "TIMESTAMP" | "DATETIME" => Some(CastTarget::Moment(6)),
            "TIME" => Some(CastTarget::Time),
            "INTERVAL" => None,
            _ => return Ok(None),
        };
        let Token::Text(text) = self.advance() else {
            return Err(self.missing("a text"));
        };
        Ok(Some(match target {
            Some(target) => Shape::Typed(target, text),
            None => Shape::Interval(text),
        }))
    }

    /// After the name of a function.
    pub(super) fn call(&mut self, name: &str, at: usize) -> Result<Expr, SqlError> {
        self.expect("(")?;
        let shape = match name.to_ascii_uppercase().as_str() {
            "CAST" => self.cast(false)?,
            "TRY_CAST" | "SAFE_CAST" => self.cast(true)?,
            "EXTRACT" => {
                let part = self.name("the part of a date")?;
                self.expect_word("FROM")?;
                let value = self.expression(0)?;
                self.expect(")")?;
                Shape::Extract(part, Box::new(value))
            }
            "TRIM" => self.trim()?,
            "POSITION" => {
                let part = self.expression(super::parser::COMPARE)?;
                self.expect_word("IN")?;
                let text = self.expression(0)?;
                self.expect(")")?;
                Shape::Call("STRPOS".to_owned(), vec![text, part])
            }
            "SUBSTRING" | "SUBSTR" => self.substring()?,
            _ => return self.plain_call(name, at),
        };
        self.expr(at, shape)
    }

    fn plain_call(&mut self, name: &str, at: usize) -> Result<Expr, SqlError> {
        // Only functions of several rows have these forms.
        self.refuse_subquery(at)?;
        if self.take("*") || self.take_word("DISTINCT") {
            return Err(SqlError::other_rows(at, &name.to_ascii_uppercase()));
        }
        let arguments = match self.take(")") {
            true => Vec::new(),
            false => self.list()?,
        };
        if self.is_word("OVER") || self.is_word("FILTER") {
            return Err(SqlError::other_rows(at, &name.to_ascii_uppercase()));
        }
        self.expr(at, Shape::Call(name.to_ascii_uppercase(), arguments))
    }

    fn name(&mut self, what: &str) -> Result<String, SqlError> {
        match self.peek() {
            Token::Word(_) | Token::Quoted(_) | Token::Text(_) => {}
            _ => return Err(self.missing(what)),
        }
        match self.advance() {
            Token::Word(name) | Token::Quoted(name) | Token::Text(name) => Ok(name),
            _ => Err(self.missing(what)),
        }
    }

    /// After `CAST(`.
    fn cast(&mut self, lenient: bool) -> Result<Shape, SqlError> {
        let value = Box::new(self.expression(0)?);
        self.expect_word("AS")?;
        let to = self.target()?;
        self.expect(")")?;
        Ok(Shape::Cast { value, to, lenient })
    }

    /// After `TRIM(`.
    fn trim(&mut self) -> Result<Shape, SqlError> {
        let name = if self.take_word("LEADING") {
            "LTRIM"
        } else if self.take_word("TRAILING") {
            "RTRIM"
        } else {
            self.take_word("BOTH");
            "TRIM"
        };
        if self.take_word("FROM") {
            let list = self.list()?;
            return Ok(Shape::Call(name.to_owned(), list));
        }
        let first = self.expression(0)?;
        if self.take_word("FROM") {
            let mut list = self.list()?;
            list.push(first);
            return Ok(Shape::Call(name.to_owned(), list));
        }
        let mut list = vec![first];
        match self.take(",") {
            true => list.extend(self.list()?),
            false => self.expect(")")?,
        }
        Ok(Shape::Call(name.to_owned(), list))
    }

    /// After `SUBSTRING(`.
    fn substring(&mut self) -> Result<Shape, SqlError> {
        let mut list = vec![self.expression(0)?];
        if self.take_word("FROM") {
            list.push(self.expression(0)?);
            if self.take_word("FOR") {
                list.push(self.expression(0)?);
            }
            self.expect(")")?;
        } else {
            self.expect(",")?;
            list.extend(self.list()?);
        }
        Ok(Shape::Call("SUBSTR".to_owned(), list))
    }

    /// A type.
    pub(super) fn target(&mut self) -> Result<CastTarget, SqlError> {
        let at = self.at();
        let Token::Word(name) = self.peek().clone() else {
            return Err(self.missing("a type"));
        };
        self.advance();
        let mut name = name.to_ascii_lowercase();
        if name == "double" {
            self.take_word("PRECISION");
        }
        if name == "character" && self.take_word("VARYING") {
            "varchar".clone_into(&mut name);
        }
        let sizes = self.sizes()?;
        let unsigned = self.take_word("UNSIGNED");
        target(&name, &sizes, unsigned).ok_or_else(|| {
            let message = format!(
                "{name} is no type here; there are INTEGER, BIGINT, DOUBLE, VARCHAR, BOOLEAN, DATE, TIME and TIMESTAMP"
            );
            SqlError::syntax(at, message)
        })
    }

    /// The numbers in brackets after a type.
    fn sizes(&mut self) -> Result<Vec<u32>, SqlError> {
        let mut sizes = Vec::new();
        if !self.take("(") {
            return Ok(sizes);
        }
        for expr in self.list()? {
            let Shape::Literal(Literal::Whole(size)) = expr.shape else {
                return Err(SqlError::syntax(expr.at, "the size of a type is a number"));
            };
            let size = u32::try_from(size);
            sizes.push(size.map_err(|_| SqlError::syntax(expr.at, "the size is too large"))?);
        }
        Ok(sizes)
    }
}

fn target(name: &str, sizes: &[u32], unsigned: bool) -> Option<CastTarget> {
    let whole = |bits| {
        Some(CastTarget::Whole {
            bits,
            signed: !unsigned,
        })
    };
    let unsigned_whole = |bits| {
        let signed = false;
        Some(CastTarget::Whole { bits, signed })
    };
    match name {
        "bool" | "boolean" => Some(CastTarget::Bool),
        "tinyint" | "int1" => whole(8),
        "smallint" | "int2" | "int16" => whole(16),
        "integer" | "int" | "int4" | "int32" | "mediumint" => whole(32),
        "bigint" | "int8" | "int64" => whole(64),
        "hugeint" | "int128" => whole(128),
        "utinyint" | "uint1" => unsigned_whole(8),
        "usmallint" | "uint2" | "uint16" => unsigned_whole(16),
        "uinteger" | "uint" | "uint4" | "uint32" => unsigned_whole(32),
        "ubigint" | "uint8" | "uint64" => unsigned_whole(64),
        "real" | "float4" => Some(CastTarget::Single),
        "float" if sizes.first().is_some_and(|bits| *bits <= 24) => Some(CastTarget::Single),
        "float" | "double" | "float8" | "float64" => Some(CastTarget::Double),
        "char" | "varchar" | "character" | "text" | "string" | "clob" => Some(CastTarget::Text),
        "date" => Some(CastTarget::Date),
        "time" => Some(CastTarget::Time),
        "timestamp" | "datetime" => Some(CastTarget::Moment(match sizes.first() {
            None => 6,
            Some(digits) => *digits,
        })),
        _ => None,
    }
}
