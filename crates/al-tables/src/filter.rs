//! Row filters: boolean SQL expressions over the columns of one row.

use std::panic::AssertUnwindSafe;

use al_core::nearest;
use polars::lazy::dsl::Expr;
use polars::prelude::*;
use polars::sql::sql_expr;

use crate::error::TableError;
use crate::frame::Frame;
use crate::guard::guarded;
use crate::schema::Fields;
use crate::unreadable::Unreadable;

/// A checked filter.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    text: String,
    expression: Expr,
    /// The columns it reads.
    columns: Vec<String>,
}

/// Whether a part of an expression depends on one row only. What is not known
/// to is refused: its value would change with the cut of the table into blocks.
fn is_row_wise(part: &Expr) -> bool {
    use polars::lazy::dsl::FunctionExpr as F;
    match part {
        // The list of `IN (1, 2)` is an aggregate of constants.
        Expr::Agg(_) => part.clone().meta().root_names().is_empty(),
        Expr::Alias(..)
        | Expr::Column(_)
        | Expr::Literal(_)
        | Expr::BinaryExpr { .. }
        | Expr::Cast { .. }
        | Expr::Ternary { .. } => true,
        Expr::Function { function, .. } => match function {
            F::StringExpr(_)
            | F::TemporalExpr(_)
            | F::Abs
            | F::Negate
            | F::Pow(_)
            | F::Trigonometry(_)
            | F::Atan2
            | F::Sign
            | F::FillNull
            | F::Coalesce
            | F::Log
            | F::Log1p
            | F::Exp
            | F::Round { .. }
            | F::Floor
            | F::Ceil
            | F::Truncate { .. }
            | F::MaxHorizontal
            | F::MinHorizontal => true,
            F::Boolean(function) => {
                let name = function.to_string();
                name.ends_with("horizontal")
                    || ![
                        "any",
                        "all",
                        "is_unique",
                        "is_duplicated",
                        "is_first",
                        "is_last",
                    ]
                    .iter()
                    .any(|start| name.starts_with(start))
            }
            _ => false,
        },
        _ => false,
    }
}

/// The type that an integer has while a filter is evaluated: polars computes
/// `c - 1` of an 8-bit column in 8 bits, and 0 - 1 would be 255. What 64 bits
/// hold is computed in 64 bits with a sign, and what they do not in 128.
fn roomy(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::UInt64 => Some(DataType::Int128),
        DataType::Int64 | DataType::Int128 | DataType::UInt128 => None,
        other => other.is_integer().then_some(DataType::Int64),
    }
}

/// The same with room for what functions give: the length of a text and the
/// parts of a date are small integers too.
fn with_room(expression: Expr, schema: &Schema) -> Expr {
    expression.map_expr(|part| {
        let narrow = match &part {
            Expr::Function { .. } => part.to_field(schema).ok(),
            _ => None,
        };
        match narrow.and_then(|field| roomy(field.dtype())) {
            Some(wide) => part.cast(wide),
            None => part,
        }
    })
}

/// A boolean SQL expression over the columns of one row, read once and asked
/// of many frames with the same columns.
#[derive(Debug, Clone)]
pub struct RowFilter(Filter);

impl RowFilter {
    /// The filter `expression` for frames with the columns of `like`.
    ///
    /// # Errors
    ///
    /// [`TableError::Filter`].
    pub fn new(expression: &str, like: &Frame) -> Result<RowFilter, TableError> {
        let columns = like.data.columns().iter();
        let fields = columns
            .map(|column| (column.name().to_string(), column.dtype().clone()))
            .collect();
        Filter::new(expression, &fields, &[]).map(RowFilter)
    }

    /// Per row whether the expression is true, `None` where it depends on a
    /// missing value.
    ///
    /// # Errors
    ///
    /// [`TableError::Filter`].
    pub fn truth(&self, frame: &Frame) -> Result<Vec<Option<bool>>, TableError> {
        Ok(self.0.mask(&frame.data)?.iter().collect())
    }
}

impl Filter {
    /// Parses `text` and tries it on columns like `fields`. `left_out` cannot
    /// be read.
    pub(crate) fn new(
        text: &str,
        fields: &Fields,
        left_out: &[Unreadable],
    ) -> Result<Filter, TableError> {
        let error = |message: String| TableError::Filter {
            expression: text.to_owned(),
            message,
        };
        let parsed = guarded("filter", || {
            sql_expr(text).map_err(|polars| error(format!("is not valid SQL: {polars}")))
        });
        let expression = parsed.map_err(|other| as_filter_error(text, other))?;
        if !(&expression).into_iter().all(is_row_wise) {
            return Err(error(
                "uses something other than the values of the row itself".to_owned(),
            ));
        }
        let mut columns: Vec<String> = expression
            .clone()
            .meta()
            .root_names()
            .iter()
            .map(ToString::to_string)
            .collect();
        columns.sort_unstable();
        columns.dedup();
        if let Some(column) = left_out.iter().find(|left| columns.contains(&left.name)) {
            return Err(column.error());
        }
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        if let Some(unknown) = columns.iter().find(|name| !names.contains(&name.as_str())) {
            let near = nearest(unknown, &names).map_or_else(
                || format!("; the columns are {}", names.join(", ")),
                |near| format!(" (did you mean {near:?}?)"),
            );
            return Err(error(format!(
                "names a column {unknown:?} that is not there{near}"
            )));
        }
        let schema: Schema = fields
            .iter()
            .map(|(name, data_type)| Field::new(name.into(), data_type.clone()))
            .collect();
        let roomy_schema: Schema = fields
            .iter()
            .map(|(name, data_type)| {
                let data_type = roomy(data_type).unwrap_or_else(|| data_type.clone());
                Field::new(name.into(), data_type)
            })
            .collect();
        let expression = guarded("filter", || Ok(with_room(expression, &roomy_schema)));
        let filter = Filter {
            text: text.to_owned(),
            expression: expression.map_err(|other| as_filter_error(text, other))?,
            columns,
        };
        filter.mask(&DataFrame::empty_with_schema(&schema))?;
        Ok(filter)
    }

    /// The columns it reads.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows of `frame` for which the expression is true; where it is
    /// missing it counts as false.
    pub(crate) fn apply(&self, frame: &DataFrame) -> Result<DataFrame, TableError> {
        let mask = self.mask(frame)?;
        guarded("filter", || {
            frame.filter(&mask).map_err(|error| self.error(&error))
        })
    }

    /// Whether each row is kept.
    pub(crate) fn mask(&self, frame: &DataFrame) -> Result<BooleanChunked, TableError> {
        let mask = guarded("filter", AssertUnwindSafe(|| self.evaluate(frame)));
        mask.map_err(|error| as_filter_error(&self.text, error))
    }

    fn evaluate(&self, frame: &DataFrame) -> Result<BooleanChunked, TableError> {
        let height = frame.height();
        let columns: PolarsResult<Vec<Column>> = self
            .columns
            .iter()
            .map(|name| {
                let column = frame.column(name)?;
                // polars orders NaN above all numbers; here it is missing.
                match column.dtype() {
                    DataType::Float64 => {
                        let values = column.f64()?;
                        let values = values.apply(|value| value.filter(|value| !value.is_nan()));
                        Ok(values.into_column())
                    }
                    DataType::Float32 => {
                        let values = column.f32()?;
                        let values = values.apply(|value| value.filter(|value| !value.is_nan()));
                        Ok(values.into_column())
                    }
                    other => match roomy(other) {
                        Some(wide) => column.cast(&wide),
                        None => Ok(column.clone()),
                    },
                }
            })
            .collect();
        let result = columns
            .and_then(|columns| DataFrame::new(height, columns))
            .and_then(|frame| {
                frame
                    .lazy()
                    .select([self.expression.clone().alias("keep")])
                    .collect()
            })
            .map_err(|error| self.error_on(frame, &error))?;
        let keep = result.columns().first().map(Column::as_materialized_series);
        let keep = match keep.map(|keep| (keep, keep.bool())) {
            Some((_, Ok(keep))) => keep,
            other => {
                let found =
                    other.map_or("nothing".to_owned(), |(keep, _)| keep.dtype().to_string());
                return Err(TableError::Filter {
                    expression: self.text.clone(),
                    message: format!("is not true or false but {found}; compare it with a value"),
                });
            }
        };
        match keep.len() {
            n if n == height => Ok(keep.clone()),
            // A constant is the same for all rows.
            1 if self.columns.is_empty() => Ok(BooleanChunked::full(
                "keep".into(),
                keep.get(0) == Some(true),
                height,
            )),
            n => Err(TableError::Filter {
                expression: self.text.clone(),
                message: format!("gives {n} values for {height} rows"),
            }),
        }
    }

    /// The error, with the way to write a date if one was compared with text.
    fn error_on(&self, frame: &DataFrame, error: &PolarsError) -> TableError {
        let text = error.to_string();
        let with_text = ["string", "String", "str"]
            .iter()
            .any(|word| text.contains(word));
        let temporal = self.columns.iter().find(|name| {
            let column = frame.column(name);
            column.is_ok_and(|column| column.dtype().is_temporal())
        });
        match (self.error(error), temporal) {
            (
                TableError::Filter {
                    expression,
                    message,
                },
                Some(name),
            ) if with_text => TableError::Filter {
                expression,
                message: format!(
                    "{message}; column {name:?} holds dates or times: write a date as DATE '2020-01-05', a moment as TIMESTAMP '2020-01-05 12:00:00'"
                ),
            },
            (error, _) => error,
        }
    }

    fn error(&self, error: &PolarsError) -> TableError {
        let message = error.to_string();
        let message = message.lines().next().unwrap_or_default();
        TableError::Filter {
            expression: self.text.clone(),
            message: format!("cannot be computed: {message}"),
        }
    }
}

/// A panic of the SQL engine is the filter's error, not a file's.
fn as_filter_error(text: &str, error: TableError) -> TableError {
    match error {
        TableError::Corrupt { message, .. } => TableError::Filter {
            expression: text.to_owned(),
            message: format!("cannot be computed: {message}"),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> DataFrame {
        df!(
            "x" => [Some(1.0), None, Some(f64::NAN), Some(4.0)],
            "hardware" => [Some("cuda"), Some("cpu"), None, Some("cuda")],
            "batch size" => [1_i64, 2, 3, 4],
        )
        .unwrap()
    }

    fn fields() -> Fields {
        let frame = frame();
        let columns = frame.columns().iter();
        columns
            .map(|column| (column.name().to_string(), column.dtype().clone()))
            .collect()
    }

    fn kept(text: &str) -> Vec<bool> {
        let mask = Filter::new(text, &fields(), &[])
            .unwrap()
            .mask(&frame())
            .unwrap();
        mask.iter().map(|keep| keep == Some(true)).collect()
    }

    fn refused(text: &str) -> String {
        Filter::new(text, &fields(), &[]).unwrap_err().to_string()
    }

    #[test]
    fn missing_is_false_and_so_is_nan() {
        assert_eq!(kept("x > 2"), [false, false, false, true]);
        assert_eq!(kept("x <= 2"), [true, false, false, false]);
        assert_eq!(kept("x IS NULL"), [false, true, true, false]);
        assert_eq!(
            kept("hardware = 'cuda' AND \"batch size\" IN (1, 2)"),
            [true, false, false, false]
        );
        assert_eq!(kept("NOT (hardware = 'cuda')"), [false, true, false, false]);
        assert_eq!(kept("1 = 1"), [true; 4]);
        assert_eq!(kept("ROUND(ABS(x - 4)) = 0"), [false, false, false, true]);
        assert_eq!(kept("LOWER(hardware) = 'cpu'"), [false, true, false, false]);
        assert_eq!(kept("x BETWEEN 0 AND 1.5"), [true, false, false, false]);
        assert_eq!(kept("hardware NOT IN ('cpu')"), [true, false, false, true]);
        assert_eq!(kept("COALESCE(x, 9) > 5"), [false, true, true, false]);
        assert_eq!(
            kept("CASE WHEN x > 2 THEN true ELSE false END"),
            [false, false, false, true]
        );
        assert_eq!(
            kept("SQRT(x) = 2 AND LENGTH(hardware) > 3"),
            [false, false, false, true]
        );
        assert_eq!(
            kept("hardware || 'x' = 'cpux'"),
            [false, true, false, false]
        );
        assert_eq!(
            kept("CAST(\"batch size\" AS DOUBLE) / 2 > 1.5"),
            [false, false, false, true]
        );
        assert_eq!(
            kept("hardware LIKE 'cu%' OR x < 0"),
            [true, false, false, true]
        );
    }

    /// Which rows of columns of type `data_type` a filter keeps.
    fn kept_of(data_type: &DataType, text: &str) -> Vec<bool> {
        let values = Series::new("c".into(), [0_i64, 1, 100, 127]);
        let column = values.cast(data_type).unwrap().into_column();
        let frame = DataFrame::new(4, vec![column]).unwrap();
        let fields = vec![("c".to_owned(), data_type.clone())];
        let mask = Filter::new(text, &fields, &[])
            .unwrap()
            .mask(&frame)
            .unwrap();
        mask.iter().map(|keep| keep == Some(true)).collect()
    }

    #[test]
    fn small_integers_do_not_wrap() {
        use DataType::{Int8, Int16, Int32, UInt8, UInt16, UInt32, UInt64};
        for data_type in [Int8, Int16, Int32, UInt8, UInt16, UInt32, UInt64] {
            let kept = |text: &str| kept_of(&data_type, text);
            assert_eq!(
                kept("c - 1 > 50"),
                [false, false, true, true],
                "{data_type}"
            );
            assert_eq!(
                kept("c - 1 < 0"),
                [true, false, false, false],
                "{data_type}"
            );
            assert_eq!(
                kept("c * 2 > 150"),
                [false, false, true, true],
                "{data_type}"
            );
            assert_eq!(kept("-c < -99"), [false, false, true, true], "{data_type}");
            assert_eq!(
                kept("c + c + c >= 381"),
                [false, false, false, true],
                "{data_type}"
            );
            assert_eq!(
                kept("POW(c, 2) > 9000"),
                [false, false, true, true],
                "{data_type}"
            );
            assert_eq!(kept("c = 300"), [false; 4], "{data_type}");
            assert_eq!(kept("c > -1"), [true; 4], "{data_type}");
            assert_eq!(
                kept("c / 2 = 0.5"),
                [false, true, false, false],
                "{data_type}"
            );
            assert_eq!(
                kept("SQRT(c) = 10"),
                [false, false, true, false],
                "{data_type}"
            );
            assert_eq!(
                kept("c IN (1, 127)"),
                [false, true, false, true],
                "{data_type}"
            );
        }
        // What functions give is small too.
        assert_eq!(
            kept("LENGTH(hardware) - 4 >= 0"),
            [true, false, false, true]
        );
        assert_eq!(
            kept("LENGTH(hardware) - 4 < 0"),
            [false, true, false, false]
        );
        let days = |text: &str| kept_of(&DataType::Date, text);
        assert_eq!(
            days("EXTRACT(MONTH FROM c) * 100 > 150"),
            [false, false, true, true]
        );
        assert_eq!(
            days("EXTRACT(DAY FROM c) - 2 < 0"),
            [true, false, false, false]
        );
    }

    #[test]
    fn the_way_to_write_a_date_is_told() {
        let fields = vec![
            ("day".to_owned(), DataType::Date),
            (
                "ts".to_owned(),
                DataType::Datetime(TimeUnit::Microseconds, None),
            ),
            ("x".to_owned(), DataType::Float64),
        ];
        let refused = |text: &str| Filter::new(text, &fields, &[]).unwrap_err().to_string();
        for text in [
            "day > '2020-01-05'",
            "ts > '2020-01-05'",
            "ts BETWEEN '2020-01-05' AND '2020-02-05'",
            "day IN ('2020-01-05')",
        ] {
            let said = refused(text);
            assert!(said.contains("DATE '2020-01-05'"), "{said}");
        }
        assert!(!refused("x > 'a'").contains("DATE"));
        for text in [
            "day > DATE '2020-01-05'",
            "ts > TIMESTAMP '2020-01-05 12:00:00'",
        ] {
            assert!(Filter::new(text, &fields, &[]).is_ok(), "{text}");
        }
    }

    #[test]
    fn bad_filters_are_explained() {
        assert!(refused("hardwre = 'cuda'").contains("did you mean \"hardware\""));
        assert!(refused("x >").contains("not valid SQL"));
        assert!(refused("x + 1").contains("is not true or false but f64"));
        assert!(refused("x > AVG(x)").contains("other than the values of the row"));
        assert!(refused("SUM(x) > 1").contains("other than the values of the row"));
        assert!(refused("COUNT(*) > 1").contains("other than the values of the row"));
        assert!(
            refused("CORR(x, \"batch size\") > 0").contains("other than the values of the row")
        );
        assert!(refused("").contains("not valid SQL"));
        refused("x IN (SELECT x FROM y)");
        refused("x > 1; DROP TABLE x");
    }
}
