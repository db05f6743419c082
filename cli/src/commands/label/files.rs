//! Files that are taken in and written.

use std::path::Path;

use al_core::Fault;
use al_server::label::TableFormat;
use al_server::{Desk, DeskRequest};
use anyhow::Context as _;

use super::batches::{ExportArgs, OrderArgs};
use super::requests::{cycle_of, with};
use crate::exit::Outcome;
use crate::output;

/// Media types of files, by their endings.
const MEDIA: [(&str, &str); 8] = [
    (".csv", "text/csv"),
    (".csv.gz", "application/gzip"),
    (".tsv", "text/tab-separated-values"),
    (".jsonl", "application/x-ndjson"),
    (".ndjson", "application/x-ndjson"),
    (".parquet", "application/vnd.apache.parquet"),
    (".arrow", "application/vnd.apache.arrow.file"),
    (".sdf", "chemical/x-mdl-sdfile"),
];

pub(super) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| {
        Fault::data(format!("cannot be read: {error}"))
            .at(file.display().to_string())
            .into()
    })
}

/// A file to take in, with its media type.
pub(super) fn table(file: &Path) -> anyhow::Result<(&'static str, Vec<u8>)> {
    let name = file.display().to_string().to_lowercase();
    let media = MEDIA
        .iter()
        .filter(|(ending, _)| name.ends_with(ending))
        .max_by_key(|(ending, _)| ending.len());
    let Some((_, media)) = media else {
        let endings: Vec<&str> = MEDIA.iter().map(|(ending, _)| *ending).collect();
        return Err(Fault::data("the name does not say what the file is")
            .remedy(format!(
                "give a file that ends with one of {}",
                endings.join(", ")
            ))
            .at(file.display().to_string())
            .into());
    };
    Ok((media, read(file)?))
}

/// The format that the name of a file says, as the service calls it.
fn format_of(file: &Path, structures: bool) -> anyhow::Result<&'static str> {
    if structures
        && file
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("sdf"))
    {
        return Ok("sdf");
    }
    match TableFormat::from_path(file) {
        Some(TableFormat::Csv) => Ok("csv"),
        Some(TableFormat::Parquet) => Ok("parquet"),
        Some(TableFormat::JsonLines) => Ok("jsonl"),
        _ => Err(
            Fault::usage("the name does not say a format that can be written")
                .remedy(match structures {
                    true => "give a file that ends with .csv, .parquet, .jsonl or .sdf",
                    false => "give a file that ends with .csv, .parquet or .jsonl",
                })
                .at(file.display().to_string())
                .into(),
        ),
    }
}

pub(super) async fn order(args: &OrderArgs, desk: &Desk) -> anyhow::Result<Outcome> {
    let format = format_of(&args.output, true)?;
    let cycle = cycle_of(desk, &args.cycle).await?;
    let path = with(
        "/active-learning/order",
        &[
            ("cycle_id", Some(cycle)),
            ("format", Some(format.to_owned())),
        ],
    );
    let bytes = desk.bytes(DeskRequest::get(path)).await?;
    write(&args.output, &bytes)
}

pub(super) async fn export(args: &ExportArgs, desk: &Desk) -> anyhow::Result<Outcome> {
    let format = format_of(&args.output, false)?;
    let path = with(
        "/active-learning/labels",
        &[
            ("model_id", Some(args.model.clone())),
            ("format", Some(format.to_owned())),
        ],
    );
    let bytes = desk.bytes(DeskRequest::get(path)).await?;
    write(&args.output, &bytes)
}

fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<Outcome> {
    output::check_file(file)?;
    al_pipeline::write_atomic(file, bytes)
        .with_context(|| format!("{} was not written", file.display()))?;
    Ok(Outcome::Done)
}
