//! Columns in the names of directories: `gpu=A100/part-0.parquet`, as Hive, Spark, polars
//! and pyarrow write tables in parts.

use std::path::{Component, Path};

use polars_core::prelude::{DataFrame, DataType, IntoColumn};

use crate::cell_rules::CellRules;
use crate::cells::Cells;
use crate::error::TableError;
use crate::guard::corrupt;
use crate::kinds::Seen;
use crate::kinds::Tag;

/// What stands for a missing value.
const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";

/// A column that a directory's name says, with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(crate) name: String,
    /// As text; none if missing.
    pub(crate) value: Option<String>,
}

impl Partition {
    /// The type of the value, taken alone.
    pub(crate) fn data_type(&self) -> DataType {
        let mut seen = Seen::default();
        if let Some(value) = &self.value {
            seen.add(Tag::Field, value.as_bytes(), &CellRules::default());
        }
        // Names of directories are texts: 1.10 is not 1.1, nor is None missing.
        let value = self.value.as_deref().unwrap_or_default();
        match seen.data_type() {
            DataType::Null if !value.is_empty() => DataType::String,
            DataType::Float64 if value.ends_with('0') => DataType::String,
            other => other,
        }
    }

    /// Adds the column to the rows of its file.
    pub(crate) fn add_to(
        &self,
        path: &str,
        frame: &mut DataFrame,
        data_type: &DataType,
    ) -> Result<(), TableError> {
        let mut cells = Cells::new(1);
        cells.begin_row(0);
        match &self.value {
            Some(value) => cells.push_tagged(Tag::Field, value),
            None => cells.push_tagged(Tag::Null, ""),
        }
        let fields = [(self.name.clone(), data_type.clone())];
        let one = cells.columns(path, &fields, &CellRules::default())?;
        let column = one.columns()[0].as_materialized_series();
        let whole = column.new_from_index(0, frame.height());
        frame
            .with_column(whole.into_column())
            .map_err(|error| corrupt(path, &error))?;
        Ok(())
    }
}

/// What the directories of `path` say, in their order.
pub(crate) fn partitions(path: &Path) -> Vec<Partition> {
    let Some(directories) = path.parent() else {
        return Vec::new();
    };
    let mut found: Vec<Partition> = Vec::new();
    for component in directories.components() {
        let Component::Normal(directory) = component else {
            continue;
        };
        let Some((name, value)) = directory.to_str().and_then(|text| text.split_once('=')) else {
            continue;
        };
        let (name, value) = (decoded(name), decoded(value));
        if name.is_empty() {
            continue;
        }
        found.retain(|partition| partition.name != name);
        found.push(Partition {
            name,
            value: (value != MISSING && !value.is_empty()).then_some(value),
        });
    }
    found
}

/// `%20` and the like as the characters that they stand for.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes
            .get(at + 1..at + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code.filter(|_| bytes[at] == b'%') {
            Some(code) => {
                out.push(code);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_say_columns() {
        let said = |path: &str| {
            let found = partitions(Path::new(path)).into_iter();
            let pairs = found.map(|said| (said.name, said.value.unwrap_or("-".to_owned())));
            pairs
                .map(|(name, value)| format!("{name}:{value}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(said("ds/gpu=A100/b=16/part-0.parquet"), "gpu:A100 b:16");
        assert_eq!(said("gpu=RTX%204090/x.csv"), "gpu:RTX 4090");
        assert_eq!(said("gpu=__HIVE_DEFAULT_PARTITION__/x.csv"), "gpu:-");
        assert_eq!(said("plain/a=b.csv"), "");
        assert_eq!(said("a=1/a=2/x.csv"), "a:2");
        assert_eq!(
            partitions(Path::new("v=1.10/x.csv"))[0].data_type(),
            DataType::String
        );
        assert_eq!(
            partitions(Path::new("q=None/x.csv"))[0].data_type(),
            DataType::String
        );
        assert_eq!(
            partitions(Path::new("b=16/x.csv"))[0].data_type(),
            DataType::Int64
        );
    }
}
