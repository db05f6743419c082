//! Structure data files (CTfile formats, V2000 and V3000): tables that are uploaded, and
//! order lists.

use std::path::Path;

use al_pipeline::TableSource;
use al_store::{Item, QueueItem};

use crate::error::LabelError;
use crate::service::aside;

/// What is read of an uploaded table: a file, or a structure data file as a table with the
/// columns `title`, `smiles` and one for each data field.
///
/// # Errors
///
/// A structure data file that cannot be read at all, that holds no record, or without
/// chemistry.
pub async fn table_source(path: &Path) -> Result<TableSource, LabelError> {
    let is_sdf = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("sdf"));
    match is_sdf {
        true => {
            let path = path.to_owned();
            aside(move || chemistry::table(&path)).await?
        }
        false => Ok(TableSource::files([path.display().to_string()])),
    }
}

/// An order list as a structure data file.
pub(crate) fn order(rows: &[QueueItem], items: &[Option<Item>]) -> Result<Vec<u8>, LabelError> {
    chemistry::order(rows, items)
}

#[cfg(not(feature = "chem"))]
mod chemistry {
    use al_core::Fault;

    use super::{Item, LabelError, Path, QueueItem, TableSource};

    fn without() -> LabelError {
        let problem = "structure data files cannot be read or written: this altool was built without chemistry";
        Fault::usage(problem)
            .remedy("install one that was built with the feature 'chem'")
            .into()
    }

    pub(super) fn table(_: &Path) -> Result<TableSource, LabelError> {
        Err(without())
    }

    pub(super) fn order(_: &[QueueItem], _: &[Option<Item>]) -> Result<Vec<u8>, LabelError> {
        Err(without())
    }
}

#[cfg(feature = "chem")]
mod chemistry {
    use al_core::{Column, ColumnData, Fault, Numbers, Table, Texts};
    use al_pipeline::Frame;
    use al_pipeline::chem::{SdfEntry, SdfRecord, decode_sdf, read_sdf, write_sdf};

    use super::{Item, LabelError, Path, QueueItem, TableSource};

    pub(super) fn table(path: &Path) -> Result<TableSource, LabelError> {
        let bytes = std::fs::read(path).map_err(|error| {
            Fault::failed("the structure data file cannot be read").caused_by(error)
        })?;
        let records = read_sdf(&decode_sdf(&bytes));
        if records.is_empty() {
            return Err(
                LabelError::invalid("file", "the structure data file is empty")
                    .remedy("send records that each end with a line '$$$$'"),
            );
        }
        Ok(TableSource::table(
            "the structure data file",
            &Frame::from_table(&table_of(&records)),
        ))
    }

    /// Title, structure and data fields. A structure that cannot be read is what is wrong
    /// with it, as `line 7: …`, which is no SMILES either: readers of the table say so, or
    /// leave the row out.
    pub(super) fn table_of(records: &[SdfRecord]) -> Table {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in records.iter().flat_map(|record| &record.fields) {
            // The structure is the drawn one.
            let taken = ["title", "smiles"]
                .iter()
                .any(|own| name.eq_ignore_ascii_case(own));
            if !taken && !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let mut columns =
            vec![
                Column {
                    name: "title".to_owned(),
                    data: ColumnData::Text(Texts::from_rows(records.iter().map(|record| {
                        Some(record.title.clone()).filter(|title| !title.is_empty())
                    }))),
                },
                Column {
                    name: "smiles".to_owned(),
                    data: ColumnData::Text(Texts::from_rows(records.iter().map(|record| {
                        Some(match &record.structure {
                            Ok(smiles) => smiles.clone(),
                            Err(error) => error.to_string(),
                        })
                    }))),
                },
            ];
        for name in names {
            let cells: Vec<Option<&str>> = records
                .iter()
                .map(|record| {
                    let mut fields = record.fields.iter();
                    let (_, value) = fields.find(|(known, _)| known == name)?;
                    Some(value.trim()).filter(|value| !value.is_empty())
                })
                .collect();
            columns.push(Column {
                name: name.to_owned(),
                data: column_of(&cells),
            });
        }
        Table::new(columns)
    }

    /// Numbers where all values are numbers that are written as such.
    fn column_of(cells: &[Option<&str>]) -> ColumnData {
        let number = |cell: &str| {
            let digits = cell.trim_start_matches(['-', '+']);
            let plain = !(digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0."));
            let short = digits.bytes().filter(u8::is_ascii_digit).count() <= 15;
            let value = cell.parse::<f64>().ok()?;
            (plain && short && value.is_finite()).then_some(value)
        };
        let numeric = cells.iter().flatten().all(|cell| number(cell).is_some());
        match numeric && cells.iter().any(Option::is_some) {
            true => {
                let values = cells
                    .iter()
                    .map(|cell| cell.and_then(number).unwrap_or(f64::NAN));
                ColumnData::Number(Numbers::from(values.collect::<Vec<f64>>()))
            }
            false => {
                let texts = cells.iter().map(|cell| cell.map(str::to_owned));
                ColumnData::Text(Texts::from_rows(texts))
            }
        }
    }

    pub(super) fn order(rows: &[QueueItem], items: &[Option<Item>]) -> Result<Vec<u8>, LabelError> {
        let mut entries = Vec::with_capacity(rows.len());
        for (row, item) in rows.iter().zip(items) {
            let known = item.as_ref().and_then(|item| item.canonical.clone());
            let Some(smiles) = known.or_else(|| row.smiles.clone()) else {
                return Err(LabelError::invalid(
                    "format",
                    format!("the item '{}' has no structure", row.item_id),
                )
                .remedy("take csv, parquet or jsonl"));
            };
            let field = |name: &str, value: String| (name.to_owned(), value);
            let name = row.item_name.clone().unwrap_or_default();
            entries.push(SdfEntry {
                title: if name.is_empty() {
                    row.item_id.clone()
                } else {
                    name.clone()
                },
                smiles,
                fields: vec![
                    field("item_id", row.item_id.clone()),
                    field("name", name),
                    field("priority_score", row.priority_score.to_string()),
                    field("reason", row.reason.clone().unwrap_or_default()),
                ],
            });
        }
        let text = write_sdf(entries.into_iter()).map_err(Fault::from)?;
        Ok(text.into_bytes())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn fields_are_columns() {
            let entry = |title: &str, smiles: &str, fields: &[(&str, &str)]| SdfEntry {
                title: title.into(),
                smiles: smiles.into(),
                fields: fields
                    .iter()
                    .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
            };
            let entries = [
                entry("a", "CCO", &[("ic50", "1.5"), ("code", "007")]),
                entry("b", "C[C@H](N)C(=O)O", &[("ic50", "20"), ("notes", "late")]),
            ];
            let text = write_sdf(entries.into_iter()).unwrap();
            let table = table_of(&read_sdf(&(text + "cut off\n\n\n  9  9\n$$$$\n")));
            let names: Vec<&str> = table.names().collect();
            assert_eq!(names, ["title", "smiles", "ic50", "code", "notes"]);
            assert_eq!(table.n_rows(), 3);
            let ColumnData::Number(numbers) = &table.columns()[2].data else {
                panic!("ic50 are numbers");
            };
            assert_eq!(numbers.values[..2], [1.5, 20.0]);
            let ColumnData::Text(codes) = &table.columns()[3].data else {
                panic!("007 is a code");
            };
            assert_eq!(codes.get(0), Some("007"));
            let ColumnData::Text(structures) = &table.columns()[1].data else {
                panic!("structures are texts");
            };
            assert_eq!(
                structures.get(2),
                Some("line 44: the connection table ends without 'M  END'")
            );
        }
    }
}
