//! Names and types of columns, and the common types of several files.

use al_core::nearest;
use polars_core::prelude::*;

use crate::as_text::as_text;
use crate::error::TableError;
use crate::guard::corrupt;

/// Column names and types.
pub(crate) type Fields = Vec<(String, DataType)>;

/// The columns of `frame`.
pub(crate) fn fields_of(frame: &DataFrame) -> Fields {
    let columns = frame.columns().iter();
    columns
        .map(|column| (column.name().to_string(), column.dtype().clone()))
        .collect()
}

/// No rows of the columns `fields`.
pub(crate) fn empty(fields: &[(String, DataType)]) -> DataFrame {
    let schema: Schema = fields
        .iter()
        .map(|(name, data_type)| Field::new(name.into(), data_type.clone()))
        .collect();
    DataFrame::empty_with_schema(&schema)
}

/// The columns of several files as one table.
pub(crate) fn unify(files: &[(&str, &Fields)]) -> Result<Fields, TableError> {
    let Some(((first, fields), later)) = files.split_first() else {
        return Ok(Fields::new());
    };
    let mut unified: Fields = (*fields).clone();
    let n_first = unified.len();
    for (path, fields) in later {
        for (name, data_type) in &mut unified[..n_first] {
            let Some((_, other)) = fields.iter().find(|(other, _)| other == name) else {
                let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
                return Err(TableError::MissingColumn {
                    path: (*path).to_owned(),
                    near: nearest(name, &names).map(str::to_owned),
                    column: name.clone(),
                    first: (*first).to_owned(),
                });
            };
            *data_type = common(data_type, other);
        }
        for (name, data_type) in *fields {
            match unified.iter().position(|(other, _)| other == name) {
                // Seen to above.
                Some(at) if at < n_first => {}
                Some(at) => unified[at].1 = common(&unified[at].1, data_type),
                None => unified.push((name.clone(), data_type.clone())),
            }
        }
    }
    Ok(unified)
}

/// The narrowest type for the values of both: numbers stay numbers, moments
/// moments; everything else meets in text.
pub(crate) fn common(one: &DataType, other: &DataType) -> DataType {
    match (one, other) {
        (one, other) if one == other => one.clone(),
        (one, DataType::Null) => one.clone(),
        (DataType::Null, other) => other.clone(),
        (one, other) if one.is_integer() && other.is_integer() => common_integer(one, other),
        (one, other) if one.is_numeric() && other.is_numeric() => DataType::Float64,
        (DataType::Datetime(_, zone), DataType::Datetime(_, other)) if zone == other => {
            DataType::Datetime(TimeUnit::Microseconds, zone.clone())
        }
        (DataType::Date, DataType::Datetime(_, None))
        | (DataType::Datetime(_, None), DataType::Date) => {
            DataType::Datetime(TimeUnit::Microseconds, None)
        }
        _ => DataType::String,
    }
}

fn common_integer(one: &DataType, other: &DataType) -> DataType {
    let wide = |data_type: &DataType| matches!(data_type, DataType::Int128 | DataType::UInt128);
    let long = |data_type: &DataType| data_type == &DataType::UInt64;
    if wide(one) || wide(other) {
        DataType::Int128
    } else if one.is_unsigned_integer() && other.is_unsigned_integer() {
        DataType::UInt64
    } else if long(one) || long(other) {
        DataType::Int128
    } else {
        DataType::Int64
    }
}

/// Categories are read as text: the codes behind them depend on what else the
/// process has read.
pub(crate) fn plain(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Categorical(..) | DataType::Enum(..) => DataType::String,
        other => other.clone(),
    }
}

/// `frame` with exactly the columns `fields`: cast where the type differs,
/// missing throughout where the column is absent.
pub(crate) fn conform(
    path: &str,
    frame: DataFrame,
    fields: &Fields,
) -> Result<DataFrame, TableError> {
    let height = frame.height();
    let columns: PolarsResult<Vec<Column>> = fields
        .iter()
        .map(|(name, data_type)| match frame.get_column_index(name) {
            None => Ok(Column::full_null(
                PlSmallStr::from_str(name),
                height,
                data_type,
            )),
            Some(index) => {
                let column = &frame.columns()[index];
                if column.dtype() == data_type {
                    Ok(column.clone())
                } else if data_type == &DataType::String {
                    Ok(as_text(column.as_materialized_series())?.into_column())
                } else {
                    column.cast(data_type)
                }
            }
        })
        .collect();
    columns
        .and_then(|columns| DataFrame::new(height, columns))
        .map_err(|error| corrupt(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(of: &[(&str, DataType)]) -> Fields {
        of.iter()
            .map(|(name, data_type)| ((*name).to_owned(), data_type.clone()))
            .collect()
    }

    #[test]
    fn types_of_several_files_meet() {
        use DataType::{Boolean, Float64, Int64, Null, String};
        assert_eq!(common(&Int64, &Float64), Float64);
        assert_eq!(common(&Int64, &String), String);
        assert_eq!(common(&Null, &Boolean), Boolean);
        assert_eq!(common(&Boolean, &Int64), String);
        assert_eq!(common(&DataType::Date, &Int64), String);
        assert_eq!(common(&DataType::Int8, &Int64), Int64);
    }

    #[test]
    fn a_later_file_may_have_more_columns_but_not_fewer() {
        use DataType::{Float64, Int64};
        let a = fields(&[("x", Int64), ("latency", Int64)]);
        let b = fields(&[("more", Int64), ("latency", Float64), ("x", Int64)]);
        let unified = unify(&[("a", &a), ("b", &b)]).unwrap();
        assert_eq!(
            unified,
            fields(&[("x", Int64), ("latency", Float64), ("more", Int64)])
        );
        let error = unify(&[("b", &b), ("a", &a)]).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("a: has no column 'more', which b has")
        );
        let c = fields(&[("x", Int64), ("latncy", Int64)]);
        let error = unify(&[("a", &a), ("c", &c)]).unwrap_err();
        let remedy = error.remedy().map(|remedy| remedy.to_string());
        assert_eq!(remedy.as_deref(), Some("did you mean 'latncy'?"));
    }
}
