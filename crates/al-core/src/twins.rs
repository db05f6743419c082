//! Rows that only the rounding of their numbers tells apart.

use crate::encoder::{feature_texts, numbers};
use crate::error::DataError;
use crate::fault::{Message, setting};
use crate::key::{shortest_single, to_twelve_digits};
use crate::phrases::rounded;
use crate::schema::{Kind, Schema};
use crate::table::{Table, Texts};

/// How far two numbers are apart that writers of seven digits make one, relative to the
/// larger.
const ROUNDED: f64 = 1e-6;

/// Most rows that are compared with all others.
const MOST_ROWS: usize = 100;

/// A row that is another but for the rounding of its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundedTwin {
    /// The row.
    pub row: usize,
    /// A column in which the two differ.
    pub column: String,
    /// Its number there.
    pub value: f64,
    /// The number of the other row.
    pub other: f64,
}

/// A number of a row beside those of the others.
struct NumberColumn<'a> {
    name: &'a str,
    own: std::borrow::Cow<'a, crate::table::Numbers>,
    others: std::borrow::Cow<'a, crate::table::Numbers>,
}

/// A category of a row beside those of the others.
struct CategoryColumn<'a> {
    own: std::borrow::Cow<'a, Texts>,
    others: std::borrow::Cow<'a, Texts>,
}

/// Returns those of `rows`, rows of the table `own`, that are some row of `others` but for
/// the rounding of numbers: writers of singles or of few digits change `0.12345678912` to
/// `0.1234567`, and what was measured comes back as another configuration. Rows that are
/// the same by [`to_twelve_digits`] and whole numbers are none. Of more than a hundred rows
/// about a hundred are looked at.
///
/// # Errors
///
/// A feature that is missing from one of the tables.
pub fn rounded_twins(
    schema: &Schema,
    own: &Table,
    rows: &[usize],
    others: &Table,
) -> Result<Vec<RoundedTwin>, DataError> {
    let (mut figures, mut categories) = (Vec::new(), Vec::new());
    for feature in &schema.features {
        let name = feature.name.as_str();
        match feature.kind {
            Kind::Numeric => figures.push(NumberColumn {
                name,
                own: numbers(own, name)?,
                others: numbers(others, name)?,
            }),
            _ => categories.push(CategoryColumn {
                own: feature_texts(own, feature)?,
                others: feature_texts(others, feature)?,
            }),
        }
    }
    let twin = |&row: &usize| {
        (0..others.n_rows()).find_map(|other| {
            let mut apart = None;
            for column in &figures {
                let pair = (column.own.values[row], column.others.values[other]);
                if !are_near(pair) {
                    return None;
                }
                if apart.is_none() && to_twelve_digits(pair.0) != to_twelve_digits(pair.1) {
                    apart = (!pair.0.is_nan()).then_some((column.name, pair));
                }
            }
            let (name, (value, at)) = apart?;
            let same = |column: &CategoryColumn| column.own.get(row) == column.others.get(other);
            categories.iter().all(same).then(|| RoundedTwin {
                row,
                column: name.to_owned(),
                value,
                other: at,
            })
        })
    };
    let step = rows.len().div_ceil(MOST_ROWS).max(1);
    Ok(rows.iter().step_by(step).filter_map(twin).collect())
}

/// Returns what to say of `twins` among `all` rows of a kind, such as "new rows"; nothing
/// of none.
#[must_use]
pub fn of_rounded_twins(twins: &[RoundedTwin], all: usize, kind: &str) -> Option<Message> {
    const SHOWN: usize = 12;
    let first = twins.first()?;
    let (value, other) = (rounded(first.value, SHOWN), rounded(first.other, SHOWN));
    let all = match all {
        few if few <= MOST_ROWS => few.to_string(),
        _ => format!("{} (of {all})", all.div_ceil(all.div_ceil(MOST_ROWS))),
    };
    let (are, count) = match twins.len() {
        1 => ("is a measured one", "it counts as another configuration"),
        _ => ("are measured ones", "they count as other configurations"),
    };
    Some(
        Message::from(format!(
            "{} of {all} {kind} {are} but for rounding ('{}' is {value} here and {other} there): {count}; write results with all digits, or name the rows by an id, ",
            twins.len(),
            first.column,
        ))
        .setting(setting::ID.given()),
    )
}

/// Whether two numbers are one but for rounding. Whole numbers differ as they are.
fn are_near((a, b): (f64, f64)) -> bool {
    if a == b || (a.is_nan() && b.is_nan()) {
        return true;
    }
    let whole = a.fract() == 0.0 || b.fract() == 0.0;
    !whole && (a - b).abs() <= ROUNDED * a.abs().max(b.abs()) && (is_of(a, b) || is_of(b, a))
}

/// Whether `short` is `long` with fewer digits, or as a single.
fn is_of(short: f64, long: f64) -> bool {
    let digits = |value: f64| {
        format!("{value:e}")
            .bytes()
            .take_while(|&c| c != b'e')
            .filter(u8::is_ascii_digit)
            .count()
    };
    let fewer = digits(short) < digits(long);
    fewer && (rounded(long, digits(short)) == short || shortest_single(long as f32) == short)
        || f64::from(long as f32) == short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Feature;
    use crate::table::{Column, ColumnData, Numbers};

    #[test]
    fn rounding_alone_makes_twins() {
        let table = |x: &[f64], gpu: &[&str]| {
            Table::new(vec![
                Column {
                    name: "x".to_owned(),
                    data: ColumnData::Number(Numbers::from(x.to_vec())),
                },
                Column {
                    name: "gpu".to_owned(),
                    data: ColumnData::Text(Texts::from_rows(gpu.iter().map(Some))),
                },
            ])
        };
        let schema = Schema {
            features: vec![
                Feature {
                    name: "x".to_owned(),
                    kind: Kind::Numeric,
                },
                Feature {
                    name: "gpu".to_owned(),
                    kind: Kind::Categorical { levels: Vec::new() },
                },
            ],
        };
        let third = 1.0 / 3.0;
        let single = f64::from(third as f32);
        let known = table(&[third, 7.0, f64::NAN], &["A", "A", "B"]);
        let found =
            |x: f64, gpu: &str| rounded_twins(&schema, &table(&[x], &[gpu]), &[0], &known).unwrap();
        assert_eq!(
            found(single, "A"),
            [RoundedTwin {
                row: 0,
                column: "x".to_owned(),
                value: single,
                other: third
            }]
        );
        assert_eq!(found(0.333_333_333_3, "A").len(), 1);
        let said = of_rounded_twins(&found(0.333_333_333_3, "A"), 4, "new rows");
        let said = said.unwrap().to_string();
        assert!(
            said.starts_with("1 of 4 new rows is a measured one"),
            "{said}"
        );
        assert!(said.contains("'x' is 0.3333333333 here and 0.333333333333 there"));
        assert!(of_rounded_twins(&[], 4, "new rows").is_none());
        let said = of_rounded_twins(&found(single, "A"), 250, "new rows");
        assert!(
            said.unwrap()
                .to_string()
                .starts_with("1 of 84 (of 250) new rows")
        );
        // Another category, the same number, a number next to a whole one, and none.
        for (x, gpu) in [
            (single, "B"),
            (third, "A"),
            (0.3334, "A"),
            (8.0, "A"),
            (f64::NAN, "B"),
            // As fine a step as in a table of these.
            (7.000_001, "A"),
            (0.333_333_5, "A"),
        ] {
            assert_eq!(found(x, gpu), [], "{x} {gpu}");
        }
    }
}
