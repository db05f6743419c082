//! Claims of a Parquet file that would make a decoder allocate or loop
//! without bound, checked before the decoder sees them.
//!
//! A process cannot recover from a failed allocation, so it is not enough to
//! catch panics: sizes and counts in the footer and in the page headers must
//! agree with each other and with the size of the file.

use std::io::Cursor;

use polars_buffer::Buffer;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::metadata::{ColumnChunkMetadata, FileMetadata, RowGroupMetadata};
use polars_parquet_format::PageHeader;
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;

/// No page is larger than this when decompressed, in bytes.
const LARGEST_PAGE: usize = 1 << 30;

/// Checks the footer.
pub(crate) fn footer(metadata: &FileMetadata) -> Result<(), String> {
    let total = metadata
        .row_groups
        .iter()
        .try_fold(0_usize, |total, group| total.checked_add(group.num_rows()));
    if total != Some(metadata.num_rows) {
        return Err("the row groups do not add up to the number of rows".to_owned());
    }
    // polars counts rows in 32 bits.
    if metadata.num_rows >= u32::MAX as usize {
        return Err(format!(
            "{} rows are more than supported",
            metadata.num_rows
        ));
    }
    let leaves = metadata.schema().columns().len();
    if metadata
        .row_groups
        .iter()
        .any(|group| group.n_columns() != leaves)
    {
        return Err("a row group lacks columns".to_owned());
    }
    Ok(())
}

/// Checks the pages of the named columns in one row group.
pub(crate) fn row_group(
    file: &Buffer<u8>,
    group: &RowGroupMetadata,
    names: &[String],
) -> Result<(), String> {
    names
        .iter()
        .filter_map(|name| group.columns_under_root_iter(name))
        .flatten()
        .try_for_each(|column| {
            column_chunk(file, group, column).map_err(|message| {
                format!(
                    "column '{}': {message}",
                    column.descriptor().path_in_schema.join(".")
                )
            })
        })
}

fn column_chunk(
    file: &Buffer<u8>,
    group: &RowGroupMetadata,
    column: &ColumnChunkMetadata,
) -> Result<(), String> {
    lies_inside(file, column)?;
    let n_values = column.num_values();
    let flat = column.descriptor().descriptor.max_rep_level == 0;
    if n_values < 0 || (flat && n_values as usize != group.num_rows()) {
        return Err(format!("{n_values} values for {} rows", group.num_rows()));
    }
    let range = column.byte_range();
    let chunk = &file[range.start as usize..range.end as usize];
    let pages = Pages { chunk, at: 0 };
    let mut values = 0_usize;
    let mut dictionary = false;
    for page in pages {
        let (header, compressed) = page?;
        let uncompressed = usize::try_from(header.uncompressed_page_size)
            .map_err(|_| "a page of negative size")?;
        size(column.compression(), compressed, uncompressed)?;
        if let Some(header) = &header.dictionary_page_header {
            let n_values = usize::try_from(header.num_values).map_err(|_| "a negative count")?;
            if dictionary || n_values > uncompressed {
                return Err("its dictionary is broken".to_owned());
            }
            dictionary = true;
            continue;
        }
        if header.index_page_header.is_some() {
            continue;
        }
        values = values.saturating_add(values_of_data_page(&header, compressed)?);
    }
    if values != n_values as usize {
        return Err(format!("its pages hold {values} values, not {n_values}"));
    }
    Ok(())
}

/// Checks that the data of `column` are in the file.
fn lies_inside(file: &Buffer<u8>, column: &ColumnChunkMetadata) -> Result<(), String> {
    let start = match column.dictionary_page_offset() {
        Some(offset) if offset > 0 => offset.min(column.data_page_offset()),
        _ => column.data_page_offset(),
    };
    let length = column.compressed_size();
    let inside = start >= 0
        && length >= 0
        && start
            .checked_add(length)
            .is_some_and(|end| end as u64 <= file.len() as u64);
    if !inside {
        return Err("its data lie outside the file".to_owned());
    }
    Ok(())
}

/// The number of values of a data page of `compressed` bytes.
fn values_of_data_page(header: &PageHeader, compressed: usize) -> Result<usize, String> {
    let n_values = match (&header.data_page_header, &header.data_page_header_v2) {
        (Some(header), _) => header.num_values,
        (_, Some(header)) => {
            let levels = [
                header.definition_levels_byte_length,
                header.repetition_levels_byte_length,
            ];
            if levels
                .iter()
                .any(|&length| length < 0 || length as usize > compressed)
            {
                return Err("its levels are longer than its page".to_owned());
            }
            header.num_values
        }
        (None, None) => return Err("a page of an unknown kind".to_owned()),
    };
    Ok(usize::try_from(n_values).map_err(|_| "a negative count")?)
}

/// The headers of the pages of a column chunk, each with the number of bytes
/// that follow it.
struct Pages<'a> {
    chunk: &'a [u8],
    at: usize,
}

impl Iterator for Pages<'_> {
    type Item = Result<(PageHeader, usize), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.chunk.len() {
            return None;
        }
        let mut rest = Cursor::new(&self.chunk[self.at..]);
        // No string in a header can be longer than the chunk.
        let mut protocol = TCompactInputProtocol::new(&mut rest, self.chunk.len());
        let header = PageHeader::read_from_in_protocol(&mut protocol);
        let start = self.at + rest.position() as usize;
        // One broken header ends the iteration.
        self.at = self.chunk.len();
        let page = header
            .map_err(|error| error.to_string())
            .and_then(|header| {
                let length = usize::try_from(header.compressed_page_size)
                    .map_err(|_| "a page of negative size")?;
                let end = start
                    .checked_add(length)
                    .filter(|&end| end <= self.chunk.len())
                    .ok_or("a page reaches beyond its column")?;
                self.at = end;
                Ok((header, length))
            });
        Some(page)
    }
}

/// Whether a page of `compressed` bytes can have `uncompressed` ones.
fn size(compression: Compression, compressed: usize, uncompressed: usize) -> Result<(), String> {
    // The most that each method can shrink data by, generously.
    let factor = match compression {
        Compression::Uncompressed => 1,
        Compression::Snappy | Compression::Lz4 | Compression::Lz4Raw | Compression::Lzo => 256,
        Compression::Gzip => 1100,
        _ => 1 << 16,
    };
    let most = compressed.saturating_mul(factor).saturating_add(4096);
    if uncompressed > most.min(LARGEST_PAGE) {
        return Err(format!(
            "a page of {compressed} bytes claims to hold {uncompressed}"
        ));
    }
    Ok(())
}
