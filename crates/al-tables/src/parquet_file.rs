//! Parquet files, read in slices of rows.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::Arc;

use polars_buffer::Buffer;
use polars_core::prelude::*;
use polars_io::SerReader;
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};
use polars_parquet::parquet::metadata::FileMetadata;
use polars_parquet::parquet::schema::types::{ParquetType, PrimitiveLogicalType};

use crate::contents::{Contents, PortionSink};
use crate::error::TableError;
use crate::frame::Frame;
use crate::guard::{corrupt, guarded};
use crate::parquet_check;
use crate::schema::{Fields, conform, empty};
use crate::source::Source;
use crate::unreadable::{HALF, Unreadable, readable};

/// The columns of a Parquet file, their types and the number of rows.
pub(crate) fn survey(source: &Source) -> Result<Contents, TableError> {
    let path = source.name.as_str();
    let bytes = source.mappable()?.map()?;
    guarded(path, || {
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        let metadata = metadata(path, &mut reader)?;
        let (fields, left_out) = fields(path, &mut reader)?;
        Ok(Contents {
            coded: Fields::new(),
            natural: Fields::new(),
            pointed: Vec::new(),
            fields,
            left_out,
            n_rows: metadata.num_rows,
        })
    })
}

/// Reads the columns `fields`, which the file has, in portions of at most
/// `portion` rows.
pub(crate) fn read(
    source: &Source,
    fields: &Fields,
    portion: usize,
    sink: &mut PortionSink<'_>,
) -> Result<(), TableError> {
    let file = source.mappable()?;
    read_bytes(&source.name, &|| file.map(), fields, portion, sink)
}

impl Frame {
    /// The frame in the bytes of a Parquet file.
    ///
    /// # Errors
    ///
    /// [`TableError::Corrupt`].
    pub fn from_parquet(bytes: Vec<u8>) -> Result<Frame, TableError> {
        let data = read_all("Parquet data", bytes)?;
        Ok(Frame { data })
    }
}

/// Reads all of a Parquet file in memory.
fn read_all(path: &str, bytes: Vec<u8>) -> Result<DataFrame, TableError> {
    let bytes = Buffer::from_vec(bytes);
    let (fields, _) = guarded(path, || {
        let mut reader = ParquetReader::new(Cursor::new(bytes.clone()));
        metadata(path, &mut reader)?;
        fields(path, &mut reader)
    })?;
    let mut whole: Option<DataFrame> = None;
    read_bytes(
        path,
        &|| Ok(bytes.clone()),
        &fields,
        1 << 17,
        &mut |frame| {
            let frame = conform(path, frame, &fields)?;
            match &mut whole {
                None => whole = Some(frame),
                Some(whole) => {
                    whole
                        .vstack_mut_owned(frame)
                        .map_err(|error| corrupt(path, &error))?;
                }
            }
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(whole.unwrap_or_else(|| empty(&fields)))
}

fn read_bytes(
    path: &str,
    bytes: &dyn Fn() -> Result<Buffer<u8>, TableError>,
    fields: &Fields,
    portion: usize,
    sink: &mut PortionSink<'_>,
) -> Result<(), TableError> {
    let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
    let metadata = guarded(path, || {
        metadata(path, &mut ParquetReader::new(Cursor::new(bytes()?)))
    })?;
    let mut first = 0;
    for group in &metadata.row_groups {
        guarded(path, || {
            parquet_check::row_group(&bytes()?, group, &names).map_err(|message| {
                TableError::Corrupt {
                    path: path.to_owned(),
                    message,
                }
            })
        })?;
        let end = first + group.num_rows();
        while first < end {
            let rows = portion.min(end - first);
            let frame = guarded(path, || {
                let mut reader = ParquetReader::new(Cursor::new(bytes()?));
                reader.set_metadata(Arc::clone(&metadata));
                let frame = reader
                    .with_slice(Some((first, rows)))
                    .with_columns(Some(names.clone()))
                    .read_parallel(ParallelStrategy::Columns)
                    .finish()
                    .map_err(|error| corrupt(path, &error))?;
                check(path, frame, rows)
            })?;
            if sink(frame)?.is_break() {
                return Ok(());
            }
            first += rows;
        }
    }
    Ok(())
}

/// polars does not compare the lengths of the columns it has read.
fn check(path: &str, frame: DataFrame, rows: usize) -> Result<DataFrame, TableError> {
    match frame.columns().iter().find(|column| column.len() != rows) {
        None if frame.height() == rows => Ok(frame),
        found => Err(TableError::Corrupt {
            path: path.to_owned(),
            message: format!(
                "{} values for {rows} rows",
                found.map_or(frame.height(), Column::len)
            ),
        }),
    }
}

type BytesReader = ParquetReader<Cursor<Buffer<u8>>>;

fn metadata(path: &str, reader: &mut BytesReader) -> Result<Arc<FileMetadata>, TableError> {
    let metadata = reader
        .get_metadata()
        .map_err(|error| corrupt(path, &error))?;
    parquet_check::footer(metadata).map_err(|message| TableError::Corrupt {
        path: path.to_owned(),
        message,
    })?;
    Ok(Arc::clone(metadata))
}

/// The columns, and those that cannot be read.
fn fields(path: &str, reader: &mut BytesReader) -> Result<(Fields, Vec<Unreadable>), TableError> {
    let schema = reader.schema().map_err(|error| corrupt(path, &error))?;
    let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    crate::csv_file::check_names(path, &names)?;
    let (mut fields, mut left_out) = readable(path, schema.iter_values());
    // Without a schema of Arrow's in the file, polars takes 16-bit floats for
    // binary data.
    let types = metadata(path, reader)?;
    for column in types
        .schema()
        .fields()
        .iter()
        .filter(|column| is_half(column))
    {
        let before = fields.len();
        fields.retain(|(name, _)| name != column.name());
        if fields.len() < before {
            left_out.push(Unreadable {
                path: path.to_owned(),
                name: column.name().to_owned(),
                kind: HALF.to_owned(),
            });
        }
    }
    Ok((fields, left_out))
}

/// Whether a column, or a part of it, holds 16-bit floats.
fn is_half(column: &ParquetType) -> bool {
    match column {
        ParquetType::PrimitiveType(column) => {
            column.logical_type == Some(PrimitiveLogicalType::Float16)
        }
        ParquetType::GroupType { fields, .. } => fields.iter().any(is_half),
    }
}
