//! Several tables read as one.

use std::ops::ControlFlow;

use crate::contents::PortionSink;
use crate::error::TableError;
use crate::filter::Filter;
use crate::guard::guarded;
use crate::part::Part;
use crate::schema::{Fields, conform, unify};
use crate::unreadable::Unreadable;

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
        let filter = match filter {
            None => None,
            Some(text) => Some(Filter::new(text, &fields, &left_out)?),
        };
        Ok(UnifiedTable {
            names: fields.iter().map(|(name, _)| name.clone()).collect(),
            parts,
            fields,
            left_out,
            filter,
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
                    Some(filter) => filter.apply(&frame)?,
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
