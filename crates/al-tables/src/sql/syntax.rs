//! The shape of an expression, as written.

/// An expression and where it starts, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expr {
    pub(super) at: usize,
    /// Expressions in one another, this one included.
    pub(super) depth: usize,
    pub(super) shape: Shape,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Column(String),
    Literal(Literal),
    /// `DATE '2020-01-05'` and the like.
    Typed(CastTarget, String),
    /// `INTERVAL '2 days'`.
    Interval(String),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Positive(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `a AND b AND c`, of any length.
    All(Vec<Expr>),
    /// `a OR b OR c`, of any length.
    Any(Vec<Expr>),
    IsNull {
        value: Box<Expr>,
        not: bool,
    },
    /// `x IS TRUE`.
    IsTruth {
        value: Box<Expr>,
        truth: bool,
        not: bool,
    },
    /// `a IS DISTINCT FROM b`.
    Distinct {
        left: Box<Expr>,
        right: Box<Expr>,
        not: bool,
    },
    Between {
        value: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
        not: bool,
    },
    In {
        value: Box<Expr>,
        list: Vec<Expr>,
        not: bool,
    },
    Like {
        value: Box<Expr>,
        pattern: Box<Expr>,
        escape: Option<char>,
        fold: bool,
        not: bool,
    },
    /// `x REGEXP 'a+'`, `x ~ 'a+'`.
    Matches {
        value: Box<Expr>,
        pattern: Box<Expr>,
        fold: bool,
        not: bool,
    },
    Case {
        operand: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Cast {
        value: Box<Expr>,
        to: CastTarget,
        /// Whether what cannot be converted is missing instead of an error.
        lenient: bool,
    },
    /// `EXTRACT(year FROM x)`.
    Extract(String, Box<Expr>),
    Call(String, Vec<Expr>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Whole(i128),
    Number(f64),
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Plus,
    Minus,
    Times,
    Divide,
    WholeDivide,
    Remainder,
    Concat,
    BitAnd,
    BitOr,
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// A type that values are converted to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum CastTarget {
    Bool,
    /// Whole numbers of so many bits.
    Whole {
        bits: u32,
        signed: bool,
    },
    Single,
    Double,
    Text,
    Date,
    /// A moment, with so many digits of a second.
    Moment(u32),
    Time,
}

impl Operator {
    /// How it is written.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Operator::Plus => "+",
            Operator::Minus => "-",
            Operator::Times => "*",
            Operator::Divide => "/",
            Operator::WholeDivide => "//",
            Operator::Remainder => "%",
            Operator::Concat => "||",
            Operator::BitAnd => "&",
            Operator::BitOr => "|",
            Operator::Equal => "=",
            Operator::Unequal => "<>",
            Operator::Less => "<",
            Operator::LessEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterEqual => ">=",
        }
    }
}

impl Expr {
    /// The expressions directly below.
    pub(super) fn children(&self) -> Vec<&Expr> {
        match &self.shape {
            Shape::Column(_) | Shape::Literal(_) | Shape::Typed(..) | Shape::Interval(_) => {
                Vec::new()
            }
            Shape::Not(value)
            | Shape::Negative(value)
            | Shape::Positive(value)
            | Shape::IsNull { value, .. }
            | Shape::IsTruth { value, .. }
            | Shape::Cast { value, .. }
            | Shape::Extract(_, value) => vec![value],
            Shape::Binary(_, left, right) | Shape::Distinct { left, right, .. } => {
                vec![left, right]
            }
            Shape::All(parts) | Shape::Any(parts) | Shape::Call(_, parts) => parts.iter().collect(),
            Shape::Between {
                value, low, high, ..
            } => vec![value, low, high],
            Shape::In { value, list, .. } => {
                let mut parts: Vec<&Expr> = vec![value];
                parts.extend(list);
                parts
            }
            Shape::Like { value, pattern, .. } | Shape::Matches { value, pattern, .. } => {
                vec![value, pattern]
            }
            Shape::Case {
                operand,
                branches,
                otherwise,
            } => {
                let mut parts: Vec<&Expr> = operand.as_deref().into_iter().collect();
                for (condition, result) in branches {
                    parts.extend([condition, result]);
                }
                parts.extend(otherwise.as_deref());
                parts
            }
        }
    }

    /// The columns that it names, sorted, each once.
    pub(super) fn columns(&self) -> Vec<String> {
        fn collect(expr: &Expr, into: &mut Vec<String>) {
            if let Shape::Column(name) = &expr.shape {
                into.push(name.clone());
            }
            for child in expr.children() {
                collect(child, into);
            }
        }
        let mut columns = Vec::new();
        collect(self, &mut columns);
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}
