//! The functions by name.

use std::ops::RangeInclusive;

use super::checked::Checked;
use super::choose::{self, Preference};
use super::error::SqlError;
use super::syntax::CastTarget;
use super::{cast, logic, moments, numeric, patterns, texts};
use al_core::did_you_mean;

/// A function: its name, other names, and how many arguments it takes.
struct Function {
    name: &'static str,
    others: &'static [&'static str],
    takes: RangeInclusive<usize>,
}

const MANY: usize = usize::MAX;

const fn function(
    name: &'static str,
    others: &'static [&'static str],
    takes: RangeInclusive<usize>,
) -> Function {
    Function {
        name,
        others,
        takes,
    }
}

/// All functions. `CAST`, `EXTRACT` and `CASE` have forms of their own.
const FUNCTIONS: [Function; 77] = [
    // numbers
    function("ABS", &[], 1..=1),
    function("SIGN", &[], 1..=1),
    function("FLOOR", &[], 1..=1),
    function("CEIL", &["CEILING"], 1..=1),
    function("ROUND", &[], 1..=2),
    function("TRUNC", &["TRUNCATE"], 1..=2),
    function("SQRT", &[], 1..=1),
    function("CBRT", &[], 1..=1),
    function("EXP", &[], 1..=1),
    function("LN", &[], 1..=1),
    function("LOG2", &[], 1..=1),
    function("LOG10", &[], 1..=1),
    function("LOG1P", &[], 1..=1),
    function("LOG", &[], 2..=2),
    function("POW", &["POWER"], 2..=2),
    function("MOD", &[], 2..=2),
    function("DIV", &[], 2..=2),
    function("PI", &[], 0..=0),
    function("SIN", &[], 1..=1),
    function("COS", &[], 1..=1),
    function("TAN", &[], 1..=1),
    function("COT", &[], 1..=1),
    function("ASIN", &[], 1..=1),
    function("ACOS", &[], 1..=1),
    function("ATAN", &[], 1..=1),
    function("ATAN2", &[], 2..=2),
    function("SIND", &[], 1..=1),
    function("COSD", &[], 1..=1),
    function("TAND", &[], 1..=1),
    function("COTD", &[], 1..=1),
    function("ASIND", &[], 1..=1),
    function("ACOSD", &[], 1..=1),
    function("ATAND", &[], 1..=1),
    function("ATAN2D", &[], 2..=2),
    function("DEGREES", &[], 1..=1),
    function("RADIANS", &[], 1..=1),
    // choices
    function("COALESCE", &[], 1..=MANY),
    function("IFNULL", &["NVL"], 2..=2),
    function("NULLIF", &[], 2..=2),
    function("GREATEST", &[], 1..=MANY),
    function("LEAST", &[], 1..=MANY),
    function("IF", &[], 3..=3),
    // texts
    function("LOWER", &[], 1..=1),
    function("UPPER", &[], 1..=1),
    function("REVERSE", &[], 1..=1),
    function("LENGTH", &["CHAR_LENGTH", "CHARACTER_LENGTH"], 1..=1),
    function("OCTET_LENGTH", &[], 1..=1),
    function("BIT_LENGTH", &[], 1..=1),
    function("TRIM", &[], 1..=2),
    function("LTRIM", &[], 1..=2),
    function("RTRIM", &[], 1..=2),
    function("SUBSTR", &["SUBSTRING"], 2..=3),
    function("LEFT", &[], 2..=2),
    function("RIGHT", &[], 2..=2),
    function("LPAD", &[], 2..=3),
    function("RPAD", &[], 2..=3),
    function("REPLACE", &[], 3..=3),
    function("CONCAT", &[], 1..=MANY),
    function("CONCAT_WS", &[], 2..=MANY),
    function("STARTS_WITH", &[], 2..=2),
    function("ENDS_WITH", &[], 2..=2),
    function("CONTAINS", &[], 2..=2),
    function("STRPOS", &["INSTR"], 2..=2),
    function("REGEXP_LIKE", &[], 2..=3),
    // dates
    function("DATE", &[], 1..=1),
    function("TIMESTAMP", &["DATETIME"], 1..=1),
    function("TIME", &[], 1..=1),
    function("DATE_PART", &[], 2..=2),
    function("YEAR", &[], 1..=1),
    function("QUARTER", &[], 1..=1),
    function("MONTH", &[], 1..=1),
    function("WEEK", &[], 1..=1),
    function("DAY", &[], 1..=1),
    function("HOUR", &[], 1..=1),
    function("MINUTE", &[], 1..=1),
    function("SECOND", &[], 1..=1),
    function("EPOCH", &[], 1..=1),
];

/// Functions of several rows, which nothing here has.
const OF_ROWS: [&str; 38] = [
    "AVG",
    "MEAN",
    "COUNT",
    "MIN",
    "MAX",
    "SUM",
    "TOTAL",
    "MEDIAN",
    "MODE",
    "STDEV",
    "STDDEV",
    "STDEV_SAMP",
    "STDDEV_SAMP",
    "STDDEV_POP",
    "VAR",
    "VARIANCE",
    "VAR_SAMP",
    "VAR_POP",
    "CORR",
    "COVAR",
    "COVAR_POP",
    "COVAR_SAMP",
    "FIRST",
    "LAST",
    "FIRST_VALUE",
    "LAST_VALUE",
    "LAG",
    "LEAD",
    "RANK",
    "DENSE_RANK",
    "ROW_NUMBER",
    "QUANTILE_CONT",
    "QUANTILE_DISC",
    "STRING_AGG",
    "LISTAGG",
    "GROUP_CONCAT",
    "ARRAY_AGG",
    "NTILE",
];

/// Whether it is a function of several rows.
pub(super) fn of_rows(name: &str) -> bool {
    OF_ROWS.contains(&name)
}

/// `name(arguments)`.
pub(super) fn call(at: usize, name: &str, arguments: &[Checked]) -> Result<Checked, SqlError> {
    if of_rows(name) {
        return Err(SqlError::other_rows(at, name));
    }
    let known = FUNCTIONS
        .iter()
        .find(|function| function.name == name || function.others.contains(&name));
    let function = known.ok_or_else(|| unknown(at, name))?;
    if !function.takes.contains(&arguments.len()) {
        return Err(wrong_number(at, function, arguments.len()));
    }
    made(at, function.name, arguments)
}

fn unknown(at: usize, name: &str) -> SqlError {
    let names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    SqlError::sense(at, format!("there is no function '{name}'")).remedy(did_you_mean(
        name,
        &names,
        "there are",
    ))
}

fn wrong_number(at: usize, function: &Function, found: usize) -> SqlError {
    let (least, most) = (function.takes.start(), function.takes.end());
    let takes = match (least, most) {
        (least, most) if least == most => least.to_string(),
        (least, most) if *most == MANY => format!("at least {least}"),
        (least, most) => format!("{least} or {most}"),
    };
    let help = match function.name {
        "LOG" => ": a number and the base; LN, LOG2 and LOG10 take a number alone",
        _ => "",
    };
    let values = if takes == "1" { "value" } else { "values" };
    let message = format!(
        "{} takes {takes} {values}, not {found}{help}",
        function.name
    );
    SqlError::sense(at, message)
}

fn made(at: usize, name: &'static str, arguments: &[Checked]) -> Result<Checked, SqlError> {
    if let [node] = arguments {
        if let Some(function) = numeric::unary(name) {
            return numeric::apply(at, name, node, function);
        }
        if let Some(change) = texts::changed(name) {
            return texts::change(at, name, node, change);
        }
    }
    match (name, arguments) {
        ("ABS", [node]) => numeric::abs(at, node),
        ("SIGN", [node]) => numeric::sign(at, node),
        ("FLOOR", [node]) => numeric::floor(at, node),
        ("CEIL", [node]) => numeric::ceil(at, node),
        ("ROUND" | "TRUNC", nodes) => numeric::round(at, name, nodes),
        ("POW", [base, exponent]) => numeric::power(at, base, exponent),
        ("LOG", [node, base]) => numeric::log(at, node, base),
        ("MOD" | "DIV", [one, other]) => numeric::divide(at, name, one, other),
        ("PI", []) => Ok(numeric::pi(at)),
        ("ATAN2", [y, x]) => numeric::apply_two(at, name, [y, x], f64::atan2),
        ("ATAN2D", [y, x]) => numeric::apply_two(at, name, [y, x], |y, x| y.atan2(x).to_degrees()),
        ("COALESCE" | "IFNULL", nodes) => choose::choice(at, Preference::First, name, nodes),
        ("GREATEST", nodes) => choose::choice(at, Preference::Greatest, name, nodes),
        ("LEAST", nodes) => choose::choice(at, Preference::Least, name, nodes),
        ("NULLIF", [one, other]) => choose::null_if(at, one, other),
        ("IF", [condition, then, otherwise]) => {
            logic::condition(condition, "IF")?;
            let conditions = [condition.clone()];
            choose::case(at, &conditions, &[then.clone(), otherwise.clone()])
        }
        _ => of_texts(at, name, arguments),
    }
}

fn of_texts(at: usize, name: &'static str, arguments: &[Checked]) -> Result<Checked, SqlError> {
    match (name, arguments) {
        ("LENGTH" | "OCTET_LENGTH" | "BIT_LENGTH", [node]) => texts::length(at, name, node),
        ("TRIM" | "LTRIM" | "RTRIM", nodes) => texts::trim(at, name, nodes),
        ("SUBSTR", nodes) => texts::substring(at, nodes),
        ("LEFT" | "RIGHT", [node, n]) => texts::side(at, name, node, n),
        ("LPAD" | "RPAD", nodes) => texts::pad(at, name, nodes),
        ("REPLACE", nodes) => texts::replace(at, nodes),
        ("CONCAT" | "CONCAT_WS", nodes) => texts::concat_all(at, name, nodes),
        ("STARTS_WITH" | "ENDS_WITH" | "CONTAINS", [node, part]) => {
            texts::has(at, name, node, part)
        }
        ("STRPOS", [node, part]) => texts::position(at, node, part),
        ("REGEXP_LIKE", [node, pattern]) => patterns::matches(at, node, pattern, "", false),
        ("REGEXP_LIKE", [node, pattern, flags]) => {
            let text = flags.constant_text().filter(|flags| !flags.is_empty());
            let flags = text.ok_or_else(|| {
                SqlError::sense(flags.at, "the flags of REGEXP_LIKE are a text in quotes")
            })?;
            patterns::matches(at, node, pattern, &flags, false)
        }
        _ => of_dates(at, name, arguments),
    }
}

fn of_dates(at: usize, name: &'static str, arguments: &[Checked]) -> Result<Checked, SqlError> {
    match (name, arguments) {
        ("DATE", [node]) => cast::cast(at, node, CastTarget::Date, false),
        ("TIME", [node]) => cast::cast(at, node, CastTarget::Time, false),
        ("TIMESTAMP", [node]) => cast::cast(at, node, CastTarget::Moment(6), false),
        ("DATE_PART", [part, node]) => {
            let text = part.constant_text().ok_or_else(|| {
                SqlError::sense(part.at, "the part of a date is a text in quotes")
            })?;
            moments::extract(at, &text, node)
        }
        (part, [node]) => moments::extract(at, part, node),
        _ => Err(unknown(at, name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::leaves::literal;
    use crate::sql::syntax::Literal;

    /// Whatever their arguments, functions of the list are made, not unknown.
    #[test]
    fn every_function_of_the_list_is_there() {
        let kinds = [
            literal(0, &Literal::Null),
            literal(0, &Literal::Whole(1)),
            literal(0, &Literal::Text("d".to_owned())),
            literal(0, &Literal::Bool(true)),
            moments::literal(0, CastTarget::Date, "2020-01-05").unwrap(),
        ];
        for function in &FUNCTIONS {
            let n = *function.takes.start();
            let all: Vec<Vec<Checked>> = match n {
                0 => vec![Vec::new()],
                1 => kinds.iter().map(|kind| vec![kind.clone()]).collect(),
                2 => kinds
                    .iter()
                    .flat_map(|one| kinds.iter().map(|other| vec![one.clone(), other.clone()]))
                    .collect(),
                _ => kinds
                    .iter()
                    .map(|kind| vec![kinds[3].clone(), kind.clone(), kind.clone()])
                    .chain(kinds.iter().map(|kind| vec![kind.clone(); 3]))
                    .collect(),
            };
            let made = all
                .iter()
                .any(|nodes| call(0, function.name, nodes).is_ok());
            assert!(made, "{}", function.name);
        }
    }

    #[test]
    fn what_is_called_wrongly_is_said() {
        let said = |name: &str, n: usize| {
            let nodes = vec![literal(0, &Literal::Whole(1)); n];
            call(0, name, &nodes).err().unwrap().about("x ").to_string()
        };
        assert!(said("FLOR", 1).contains("did you mean 'FLOOR'?"));
        assert!(said("FROBNICATE", 1).contains("no function 'FROBNICATE'"));
        assert!(said("AVG", 1).contains("other than the values of the row itself: AVG"));
        assert!(said("ABS", 2).contains("ABS takes 1 value, not 2"));
        assert!(said("COALESCE", 0).contains("takes at least 1"));
        assert!(said("LOG", 1).contains("LOG10 take a number alone"));
    }

    #[test]
    fn the_page_of_formats_names_every_function() {
        let page = include_str!("../../../../docs/FORMATS.md");
        let words: Vec<&str> = page
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .collect();
        // The page says of SIN to ATAN2 that they are there with a D.
        let degrees = |name: &str| {
            let radians = name.strip_suffix('D').unwrap_or(name);
            words.contains(&radians)
        };
        for function in &FUNCTIONS {
            for name in std::iter::once(&function.name).chain(function.others) {
                assert!(
                    words.contains(name) || degrees(name),
                    "docs/FORMATS.md lacks {name}"
                );
            }
        }
    }
}
