//! Several tables read as one.

use std::ops::ControlFlow;

use polars_core::prelude::{
    BooleanChunked, DataFrame, DataType, IntoColumn, IntoSeries, NewChunkedArray, PolarsResult,
    Series,
};

use crate::contents::PortionSink;
use crate::error::TableError;
use crate::filter::Filter;
use crate::guard::{corrupt, guarded};
use crate::part::Part;
use crate::schema::{Fields, common, conform, unify};
use crate::unreadable::Unreadable;

/// The types that columns have by their cells, where they are read as text in some part.
fn natural_types(parts: &[Part], fields: &Fields) -> Fields {
    let natural = |part: &Part, name: &str| {
        let contents = &part.contents;
        let own = contents.natural.iter().chain(&contents.fields);
        own.clone()
            .find(|(other, _)| other == name)
            .map(|(_, found)| found.clone())
    };
    let mut found = Fields::new();
    for (name, data_type) in fields {
        let is_text = |part: &Part| part.contents.natural.iter().any(|(other, _)| other == name);
        if !parts.iter().any(is_text) {
            continue;
        }
        let types = parts.iter().filter_map(|part| natural(part, name));
        let together = types.reduce(|one, other| common(&one, &other));
        if let Some(together) = together.filter(|together| together != data_type) {
            found.push((name.clone(), together));
        }
    }
    found
}

/// A column of texts as what stands in them.
fn from_text(column: &Series, data_type: &DataType) -> PolarsResult<Series> {
    if column.dtype() != &DataType::String {
        return column.cast(data_type);
    }
    match data_type {
        DataType::Boolean => {
            let truth = |text: &str| match text.trim() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            };
            let rows = column.str()?.iter().map(|text| truth(text?));
            Ok(BooleanChunked::from_iter_options(column.name().clone(), rows).into_series())
        }
        other => column.cast(other),
    }
}

/// The rows of all parts that pass the filter, one part after the other, with
/// the columns that the parts have together.
#[derive(Debug)]
pub(crate) struct UnifiedTable {
    pub(crate) parts: Vec<Part>,
    fields: Fields,
    /// The names of `fields`.
    pub(crate) names: Vec<String>,
    /// Columns that a part has and that cannot be read.
    pub(crate) left_out: Vec<Unreadable>,
    pub(crate) filter: Option<Filter>,
    /// Columns that filters read as other types than those of `fields`.
    natural: Fields,
}

impl UnifiedTable {
    /// The rows of `parts` for which the boolean SQL expression `filter` is
    /// true.
    pub(crate) fn of(
        mut parts: Vec<Part>,
        filter: Option<&str>,
    ) -> Result<UnifiedTable, TableError> {
        // A column that one file cannot give is none of the table's: its rows
        // there would be missing without being it.
        let left_out: Vec<Unreadable> = parts
            .iter()
            .flat_map(|part| part.contents.left_out.iter().cloned())
            .collect();
        for part in &mut parts {
            let fields = &mut part.contents.fields;
            fields.retain(|(name, _)| !left_out.iter().any(|column| column.name == *name));
            if let (true, Some(column)) = (fields.is_empty(), left_out.first()) {
                return Err(column.error());
            }
        }
        let files: Vec<(&str, &Fields)> = parts
            .iter()
            .map(|part| (part.name(), &part.contents.fields))
            .collect();
        let fields = unify(&files)?;
        let natural = natural_types(&parts, &fields);
        let filter = match filter {
            None => None,
            Some(text) => {
                let mut read = fields.clone();
                for (name, data_type) in &mut read {
                    if let Some((_, other)) = natural.iter().find(|(other, _)| other == name) {
                        *data_type = other.clone();
                    }
                }
                Some(Filter::new(text, &read, &left_out)?)
            }
        };
        Ok(UnifiedTable {
            names: fields.iter().map(|(name, _)| name.clone()).collect(),
            parts,
            fields,
            left_out,
            filter,
            natural,
        })
    }

    /// The columns asked for, with their types.
    pub(crate) fn select(&self, columns: Option<&[&str]>) -> Result<Fields, TableError> {
        let Some(columns) = columns else {
            return Ok(self.fields.clone());
        };
        let find = |name: &&str| {
            let found = self.fields.iter().find(|(other, _)| other == name);
            let unreadable = || self.left_out.iter().find(|column| column.name == *name);
            found.cloned().ok_or_else(|| match unreadable() {
                Some(column) => column.error(),
                None => TableError::UnknownColumn {
                    name: (*name).to_owned(),
                    columns: self.names.clone(),
                },
            })
        };
        columns.iter().map(find).collect()
    }

    /// Hands the rows of all files that pass the filter to `sink`, in
    /// portions of any size, with exactly the columns `fields`.
    pub(crate) fn for_each(
        &self,
        fields: &Fields,
        portion: usize,
        sink: &mut PortionSink<'_>,
    ) -> Result<(), TableError> {
        let needed = self.with_filter_columns(fields);
        for part in &self.parts {
            let path = part.name();
            let mut stopped = false;
            part.read(&needed, portion, &mut |frame| {
                let kept = match &self.filter {
                    None => frame,
                    Some(filter) => filter.keep(&frame, &self.seen_by_filter(&frame)?)?,
                };
                let flow = if kept.height() == 0 {
                    ControlFlow::Continue(())
                } else {
                    sink(guarded(path, || conform(path, kept, fields))?)?
                };
                stopped = flow.is_break();
                Ok(flow)
            })?;
            if stopped {
                break;
            }
        }
        Ok(())
    }

    /// A frame of this table as its filter sees it.
    pub(crate) fn seen_by_filter(&self, frame: &DataFrame) -> Result<DataFrame, TableError> {
        let mut seen = frame.clone();
        for (name, data_type) in &self.natural {
            let Some(at) = frame.get_column_index(name) else {
                continue;
            };
            let column = frame.columns()[at].as_materialized_series();
            let natural = from_text(column, data_type);
            let natural = natural.map_err(|error| corrupt("table", &error))?;
            seen.with_column(natural.into_column())
                .map_err(|error| corrupt("table", &error))?;
        }
        Ok(seen)
    }

    fn with_filter_columns(&self, fields: &Fields) -> Fields {
        let mut needed = fields.clone();
        let filtered = self.filter.iter().flat_map(Filter::columns);
        for name in filtered {
            if needed.iter().all(|(other, _)| other != name) {
                needed.extend(self.fields.iter().find(|(other, _)| other == name).cloned());
            }
        }
        // A file without a column has no rows: read one to count them.
        if needed.is_empty() {
            needed.extend(self.fields.first().cloned());
        }
        needed
    }

    /// Only the columns that the filter reads.
    pub(crate) fn filter_fields(&self) -> Fields {
        self.with_filter_columns(&Fields::new())
    }
}
