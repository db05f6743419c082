//! Columns of molecules, and what becomes of rows whose molecule cannot be read.

use std::path::{Path, PathBuf};

use al_core::{StructureKind, StructureOptions};
use al_pipeline::{
    Frame, KnownColumns, SkippedRows, TableSource, counted, molecules, skip_unreadable,
};
use clap::Args;

use super::files::{TableArgs, check_not_read};
use super::values;
use crate::exit::usage;
use crate::log::Log;
use crate::output::{Destination, is_stdout};

/// The column of molecules, and how they are read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Molecules")]
pub(crate) struct MoleculeArgs {
    /// Column of molecules, as SMILES. Their fingerprints and descriptors are features, and
    /// different spellings of a molecule are one row
    #[arg(long, value_name = "COL")]
    pub(crate) smiles: Option<String>,
    /// Read only the largest fragment of each molecule, neutralised, so that the salts of a
    /// compound are one row
    #[arg(long)]
    standardise: bool,
    /// Morgan fingerprint: radius 0 to 3, bits 1024 or 2048, and chirality, as in
    /// radius=3,bits=1024,chirality [default: radius=2,bits=2048]
    #[arg(
        long,
        value_name = "SPEC",
        value_parser = values::fingerprint
    )]
    fingerprint: Option<StructureOptions>,
}

impl MoleculeArgs {
    /// The column and how it is read.
    pub(crate) fn check(&self) -> anyhow::Result<Option<(String, StructureKind)>> {
        let Some(column) = &self.smiles else {
            if self.standardise || self.fingerprint.is_some() {
                return usage(
                    "--standardise and --fingerprint say how molecules are read; give --smiles COL too",
                );
            }
            return Ok(None);
        };
        let options = StructureOptions {
            standardised: self.standardise,
            ..self.fingerprint.unwrap_or_default()
        };
        Ok(Some((column.clone(), molecules(options)?)))
    }
}

/// What becomes of rows whose molecule cannot be read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Molecules")]
pub(crate) struct SkipArgs {
    /// Skip rows whose SMILES cannot be read instead of refusing the table, and write them to this
    /// file, with what is wrong
    #[arg(long, value_name = "FILE")]
    skip_bad_smiles: Option<PathBuf>,
}

/// A file for rows that are skipped.
#[derive(Debug, Clone)]
pub(crate) struct SkippedFile {
    path: PathBuf,
    destination: Destination,
}

impl SkipArgs {
    /// The file for rows that are skipped, which is none of the files `read` and not the
    /// `output`.
    pub(crate) fn check(
        &self,
        read: &[String],
        output: Option<&Path>,
    ) -> anyhow::Result<Option<SkippedFile>> {
        let Some(path) = &self.skip_bad_smiles else {
            return Ok(None);
        };
        if is_stdout(path) {
            return usage(
                "--skip-bad-smiles needs a file of its own; results go to standard output",
            );
        }
        check_not_read("--skip-bad-smiles", Some(path), read)?;
        if output == Some(path) {
            return usage(format!(
                "--skip-bad-smiles and -o both name {}; name another file",
                path.display()
            ));
        }
        Ok(Some(SkippedFile {
            destination: TableArgs::file(path).check_named("--skip-bad-smiles", read)?,
            path: path.clone(),
        }))
    }
}

impl SkippedFile {
    /// The source without rows whose molecule cannot be read; those are written, and told.
    pub(crate) fn without(
        &self,
        source: TableSource,
        structure: Option<(&str, &StructureKind)>,
        known: &KnownColumns,
        log: Log,
    ) -> anyhow::Result<TableSource> {
        let Some((column, kind)) = structure else {
            return usage(
                "--skip-bad-smiles is for a column of molecules; train the model with --smiles COL",
            );
        };
        let SkippedRows { kept, table, first } = skip_unreadable(&source, column, kind, known)?;
        self.destination.write(&Frame::from_table(&table), true)?;
        let path = self.path.display();
        match first {
            None => log.note(&format!("every SMILES can be read: {path} has no row")),
            Some(first) => log.note(&format!(
                "skipped {}, first {first}, because their SMILES cannot be read: {path} has them",
                counted(table.n_rows(), "row")
            )),
        }
        Ok(kept)
    }
}

/// As [`SkippedFile::without`], if a file is given.
pub(crate) fn skipping(
    file: Option<&SkippedFile>,
    source: TableSource,
    structure: Option<(&str, &StructureKind)>,
    known: &KnownColumns,
    log: Log,
) -> anyhow::Result<TableSource> {
    match file {
        None => Ok(source),
        Some(file) => file.without(source, structure, known, log),
    }
}
