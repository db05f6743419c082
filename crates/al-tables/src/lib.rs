//! Tables on disk: what they look like in CSV, Parquet, Arrow IPC and JSON
//! lines, and how they are read, filtered, cut into blocks and written so that
//! an interruption never leaves half a file. A table in memory is read the
//! same way: see [`Input::of_frame`].
//!
//! This crate knows file formats, polars and the `csv` crate, and no other
//! crate does; no polars type is in its interface. It does not know what a
//! column means: features, targets and keys are other crates' words.
//!
//! # What is read as what
//!
//! - Columns of CSV and JSON lines are typed after looking at *every* cell:
//!   whole numbers, numbers, `true`/`false`, else text. One cell that is not a
//!   number makes the column text, so a caller that wants numbers can name the
//!   offending line with [`Input::place`].
//! - A missing value is an empty field, JSON `null` or an absent JSON key. In
//!   columns of numbers and booleans `NA`, `N/A`, `NaN`, `nan`, `null`, `NULL`
//!   and `None` are missing too; in a column of text they are text, because
//!   `None` and `NA` are categories in real tables. NaN in Parquet and Arrow
//!   is missing.
//! - `inf`, `-inf`, `Infinity` are numbers. Whole numbers stay exact up to 128
//!   bits, unless a number with a fraction stands in the same column; columns
//!   with longer ones are text. In Parquet and Arrow those beyond 64 bits are
//!   written as decimals.
//! - Categoricals of Parquet and Arrow are read as text.
//! - Columns of types that polars lacks (16-bit floats, decimals of more than
//!   38 digits) are left out: see [`Input::left_out`].
//! - Several files are one table: columns are matched by name, a whole-number
//!   and a number column become numbers, number and text become text. A column
//!   that the first file has and a later one lacks is an error; a column that
//!   only later files have is carried along, missing in the earlier rows.
//!
//! # Threads
//!
//! polars has its own pool of threads, sized by the environment variable
//! `POLARS_MAX_THREADS` when it is first used; conversions run on rayon's
//! global pool. No result depends on either.

mod arrow_file;
mod as_text;
mod atomic;
mod blocks;
mod cell_rules;
mod cells;
mod contents;
mod convert;
mod csv_file;
mod error;
mod fault;
mod file_notes;
mod filter;
mod format;
mod frame;
mod guard;
mod identity;
mod input;
mod json_lines;
mod json_write;
mod kinds;
mod left_out;
mod lock;
mod new_column;
mod output;
mod parquet_check;
mod parquet_file;
mod part;
mod partitions;
mod place;
mod schema;
mod sink;
mod source;
mod sql;
mod table_source;
mod text_file;
mod unified;
mod unreadable;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
#[path = "../../../tests/scale.rs"]
mod scale;
#[cfg(test)]
mod type_tests;

pub use atomic::{abandon_writes, write_atomic};
pub use blocks::FrameBlocks;
pub use error::TableError;
pub use filter::RowFilter;
pub use format::Format;
pub use frame::Frame;
pub use guard::quiet_panics;
pub use identity::{
    another_row_of_the_model, check_columns, check_features, row_keys, two_rows_of_one_id,
};
pub use input::{FileInfo, Input, ReadOptions, files_of};
pub use left_out::{ignored, left_out, odd_cells};
pub use lock::{Lock, exclusive, read_text, similar_file};
pub use new_column::{NewColumn, NewData};
pub use output::{Target, Writer};
pub use sink::Sink;
pub use table_source::TableSource;
pub use unreadable::Unreadable;
