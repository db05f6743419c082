//! Arrow IPC, read message by message.
//!
//! A file has a footer that says where its messages are, and is read by it: writers
//! differ in what stands before them. A stream is read from its start. What a message
//! claims about sizes is checked before the decoder sees it: a process cannot recover
//! from a failed allocation.

use std::io::Cursor;
use std::ops::Range;

use polars_arrow::io::ipc::read::common::{
    apply_projection, prepare_projection, read_dictionary, read_record_batch,
};
use polars_arrow::io::ipc::read::{
    Dictionaries, StreamMetadata, read_file_metadata, read_stream_metadata,
};
use polars_arrow_format::ipc::planus::ReadAsRoot as _;
use polars_arrow_format::ipc::{CompressionType, MessageHeaderRef, MessageRef, RecordBatchRef};
use polars_buffer::Buffer;
use polars_core::prelude::*;
use polars_utils::bool::UnsafeBool;

use crate::contents::{Contents, PortionSink};
use crate::error::TableError;
use crate::guard::{corrupt, guarded};
use crate::schema::Fields;
use crate::source::Source;
use crate::unreadable::readable;

const MAGIC: &[u8] = b"ARROW1";
const CONTINUATION: [u8; 4] = [0xff; 4];

/// No buffer is larger than this when decompressed, in bytes.
const LARGEST_BUFFER: i64 = 1 << 32;

/// A record or dictionary batch in the file.
struct ArrowMessage {
    /// Where its description is.
    header: Range<usize>,
    /// Where its data are.
    body: Range<usize>,
}

/// What is known of a file before its data are decoded.
struct Layout {
    metadata: StreamMetadata,
    messages: Vec<ArrowMessage>,
    n_rows: usize,
}

/// The columns of an Arrow file, their types and the number of rows.
pub(crate) fn survey(source: &Source) -> Result<Contents, TableError> {
    let path = source.name.as_str();
    let bytes = source.mappable()?.map()?;
    guarded(path, || {
        let layout = layout(&bytes).map_err(|message| broken(path, message))?;
        let schema = &layout.metadata.schema;
        let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
        crate::csv_file::check_names(path, &names)?;
        let (fields, left_out) = readable(path, schema.iter_values());
        Ok(Contents {
            coded: Fields::new(),
            natural: Fields::new(),
            pointed: Vec::new(),
            fields,
            left_out,
            n_rows: layout.n_rows,
        })
    })
}

/// Reads the columns `fields`, which the file has, batch by batch.
pub(crate) fn read(
    source: &Source,
    fields: &Fields,
    sink: &mut PortionSink<'_>,
) -> Result<(), TableError> {
    let path = source.name.as_str();
    let file = source.mappable()?;
    let layout = guarded(path, || {
        layout(&file.map()?).map_err(|message| broken(path, message))
    })?;
    let schema = &layout.metadata.schema;
    let projection: Option<Vec<usize>> = fields
        .iter()
        .map(|(name, _)| schema.index_of(name))
        .collect();
    let Some(projection) = projection else {
        return Err(broken(
            path,
            "it changed while it was being read".to_owned(),
        ));
    };
    let projection = prepare_projection(schema, projection);
    let mut dictionaries = Dictionaries::default();
    let mut scratch = Vec::new();
    for message in &layout.messages {
        let frame = guarded(path, || {
            decode(
                &file.map()?,
                &layout.metadata,
                message,
                &mut dictionaries,
                &mut scratch,
                &projection,
            )
            .map_err(|error| corrupt(path, &error))
        })?;
        if let Some(frame) = frame
            && sink(frame)?.is_break()
        {
            return Ok(());
        }
    }
    Ok(())
}

fn broken(path: &str, message: String) -> TableError {
    TableError::Corrupt {
        path: path.to_owned(),
        message,
    }
}

/// A batch of rows; `None` for a dictionary, which is kept for later batches.
fn decode(
    bytes: &[u8],
    metadata: &StreamMetadata,
    message: &ArrowMessage,
    dictionaries: &mut Dictionaries,
    scratch: &mut Vec<u8>,
    projection: &polars_arrow::io::ipc::read::ProjectionInfo,
) -> PolarsResult<Option<DataFrame>> {
    let mut body = Cursor::new(&bytes[message.body.clone()]);
    let header = MessageRef::read_as_root(&bytes[message.header.clone()])?.header()?;
    match header {
        Some(MessageHeaderRef::DictionaryBatch(batch)) => {
            read_dictionary(
                batch,
                &metadata.schema,
                &metadata.ipc_schema,
                dictionaries,
                &mut body,
                0,
                scratch,
                UnsafeBool::default(),
            )?;
            Ok(None)
        }
        Some(MessageHeaderRef::RecordBatch(batch)) => {
            let batch = read_record_batch(
                batch,
                &metadata.schema,
                &metadata.ipc_schema,
                Some(&projection.columns),
                None,
                dictionaries,
                metadata.version,
                &mut body,
                0,
                scratch,
                UnsafeBool::default(),
            )?;
            Ok(Some(DataFrame::from(apply_projection(
                batch,
                &projection.map,
            ))))
        }
        _ => Ok(None),
    }
}

/// Finds the messages of a file and checks what they claim.
fn layout(bytes: &Buffer<u8>) -> Result<Layout, String> {
    let (metadata, messages) = if bytes.starts_with(MAGIC) {
        by_footer(bytes)?
    } else {
        by_order(bytes)?
    };
    let mut n_rows = 0_usize;
    for message in &messages {
        let rows = check_message(bytes, message)?;
        n_rows = n_rows.checked_add(rows).ok_or("too many rows")?;
    }
    // Rows of columns without data cost nothing to claim.
    if n_rows >= u32::MAX as usize || n_rows / 8192 > bytes.len() {
        return Err(format!("it claims {n_rows} rows in {} bytes", bytes.len()));
    }
    Ok(Layout {
        metadata,
        messages,
        n_rows,
    })
}

/// The schema and the messages of a file, dictionaries first.
fn by_footer(bytes: &Buffer<u8>) -> Result<(StreamMetadata, Vec<ArrowMessage>), String> {
    let found =
        read_file_metadata(&mut Cursor::new(&bytes[..])).map_err(|error| error.to_string())?;
    let end = bytes.len() - MAGIC.len();
    let blocks = found.dictionaries.iter().flatten().chain(&found.blocks);
    let messages = blocks
        .map(|block| {
            let part = |size: i64| usize::try_from(size).map_err(|_| "a negative length");
            let (at, length) = (part(block.offset)?, part(block.body_length)?);
            let description = part(i64::from(block.meta_data_length))?;
            let body = at.checked_add(description).ok_or(BEYOND)?;
            let body_end = body
                .checked_add(length)
                .filter(|&to| to <= end)
                .ok_or(BEYOND)?;
            let (header, _) = header(bytes, at, body)?.ok_or("a batch without a description")?;
            Ok(ArrowMessage {
                header,
                body: body..body_end,
            })
        })
        .collect::<Result<Vec<ArrowMessage>, String>>()?;
    let version = match messages.first() {
        Some(message) => MessageRef::read_as_root(&bytes[message.header.clone()])
            .and_then(|message| message.version())
            .map_err(|error| error.to_string())?,
        None => polars_arrow_format::ipc::MetadataVersion::V5,
    };
    let metadata = StreamMetadata {
        schema: found.schema.as_ref().clone(),
        custom_schema_metadata: None,
        version,
        ipc_schema: found.ipc_schema,
    };
    Ok((metadata, messages))
}

const BEYOND: &str = "a batch reaches beyond the end of the file";

/// The schema and the messages of a stream, in their order.
fn by_order(bytes: &Buffer<u8>) -> Result<(StreamMetadata, Vec<ArrowMessage>), String> {
    let end = bytes.len();
    let mut reader = Cursor::new(&bytes[..]);
    let metadata = read_stream_metadata(&mut reader).map_err(|error| error.to_string())?;
    // The body of a schema message is empty; its description is padded.
    let mut at = reader.position() as usize;
    let mut messages = Vec::new();
    while let Some((header, next)) = header(bytes, at, end)? {
        let text = |error: polars_arrow_format::ipc::planus::Error| error.to_string();
        let message = MessageRef::read_as_root(&bytes[header.clone()]).map_err(text)?;
        let length = usize::try_from(message.body_length().map_err(text)?)
            .map_err(|_| "a negative length")?;
        let body_end = next
            .checked_add(length)
            .filter(|&to| to <= end)
            .ok_or(BEYOND)?;
        at = body_end;
        messages.push(ArrowMessage {
            header,
            body: next..body_end,
        });
    }
    Ok((metadata, messages))
}

/// Checks what a message claims; its number of rows, of a dictionary none.
fn check_message(bytes: &Buffer<u8>, message: &ArrowMessage) -> Result<usize, String> {
    let text = |error: polars_arrow_format::ipc::planus::Error| error.to_string();
    let body = &bytes[message.body.clone()];
    let header = MessageRef::read_as_root(&bytes[message.header.clone()]).map_err(text)?;
    match header.header().map_err(text)? {
        Some(MessageHeaderRef::RecordBatch(batch)) => check_batch(&batch, body),
        Some(MessageHeaderRef::DictionaryBatch(batch)) => {
            let data = batch
                .data()
                .map_err(text)?
                .ok_or("a dictionary without data")?;
            check_batch(&data, body)?;
            Ok(0)
        }
        _ => Err("an unexpected message".to_owned()),
    }
}

/// The description of the message at `at` and the offset after it; `None` at
/// the end of the stream.
fn header(bytes: &[u8], at: usize, end: usize) -> Result<Option<(Range<usize>, usize)>, String> {
    let word = |at: usize| -> Option<[u8; 4]> {
        bytes[..end].get(at..at.checked_add(4)?)?.try_into().ok()
    };
    if at == end {
        return Ok(None);
    }
    let (length, start) = match word(at) {
        Some(CONTINUATION) => (word(at + 4), at + 8),
        other => (other, at + 4),
    };
    let length = u32::from_le_bytes(length.ok_or("it is cut off in a message")?) as usize;
    if length == 0 {
        return Ok(None);
    }
    let next = start
        .checked_add(length)
        .filter(|&next| next <= end)
        .ok_or("it is cut off in a message")?;
    Ok(Some((start..next, next)))
}

/// Checks that the buffers of a batch lie in its body and do not claim to be
/// larger than they can be; the number of rows.
fn check_batch(batch: &RecordBatchRef<'_>, body: &[u8]) -> Result<usize, String> {
    let text = |error: polars_arrow_format::ipc::planus::Error| error.to_string();
    let factor = match batch.compression().map_err(text)? {
        None => None,
        Some(compression) => match compression.codec().map_err(text)? {
            CompressionType::Lz4Frame => Some(256),
            CompressionType::Zstd => Some(1 << 16),
        },
    };
    for buffer in batch.buffers().map_err(text)?.into_iter().flatten() {
        let (offset, length) = (buffer.offset(), buffer.length());
        let inside = offset >= 0
            && length >= 0
            && offset
                .checked_add(length)
                .is_some_and(|end| end <= body.len() as i64);
        if !inside {
            return Err("a column reaches beyond its batch".to_owned());
        }
        let Some(factor) = factor else { continue };
        if length == 0 {
            continue;
        }
        let claim: [u8; 8] = body[offset as usize..]
            .get(..8)
            .filter(|_| length >= 8)
            .and_then(|claim| claim.try_into().ok())
            .ok_or("a compressed column without its length")?;
        let most = length
            .saturating_mul(factor)
            .saturating_add(4096)
            .min(LARGEST_BUFFER);
        if !(-1..=most).contains(&i64::from_le_bytes(claim)) {
            return Err("a column claims to be larger than it can be".to_owned());
        }
    }
    for node in batch.nodes().map_err(text)?.into_iter().flatten() {
        if !(0..i64::from(u32::MAX)).contains(&node.length()) || node.null_count() < 0 {
            return Err("a column with an impossible length".to_owned());
        }
    }
    usize::try_from(batch.length().map_err(text)?).map_err(|_| "a negative length".to_owned())
}
