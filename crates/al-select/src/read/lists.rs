//! Rows that the user names in files: pending, excluded, to be included.

use std::collections::HashSet;

use al_core::phrases::counted;
use al_core::{Encoder, Fault, Key, KnownColumns, Message, Messages, Schema, setting};
use al_sampling::SelectError;
use al_tables::{Frame, Input, TableSource, check_columns, row_keys};

use crate::options::SelectOptions;

/// The rows that the user names.
#[derive(Default)]
pub(crate) struct Lists {
    /// Never to be picked: measured, pending, or excluded.
    pub(crate) excluded: HashSet<Key>,
    /// Those of them that are not to be measured again either: pending or
    /// excluded.
    pub(crate) unwanted: HashSet<Key>,
    /// Rows to exclude, as they are listed.
    kept_out: Listed,
    pub(crate) included: Listed,
    pub(crate) pending: Option<Pending>,
}

impl Lists {
    /// Those of `options`; `measured` are not to be picked either.
    pub(crate) fn read(
        options: &SelectOptions,
        encoder: &Encoder,
        known: &KnownColumns,
        id: Option<&str>,
        measured: HashSet<Key>,
    ) -> Result<Lists, Fault> {
        let schema = &encoder.schema;
        let read = |source: &Option<TableSource>| {
            let listed = source
                .as_ref()
                .map(|source| Listed::read(source, schema, known, id));
            listed.transpose().map(Option::unwrap_or_default)
        };
        let pending = match &options.pending {
            None => None,
            Some(source) => Some(Pending::read(source, encoder, known, id)?),
        };
        let kept_out = read(&options.exclude)?;
        let mut unwanted: HashSet<Key> = kept_out.keys.iter().copied().collect();
        unwanted.extend(pending.iter().flat_map(|pending| &pending.keys));
        let mut excluded = measured;
        excluded.extend(&unwanted);
        Ok(Lists {
            excluded,
            unwanted,
            kept_out,
            included: read(&options.include)?,
            pending,
        })
    }

    /// That none of the rows to exclude is among all of the `candidates`.
    pub(crate) fn without_effect(&self, candidates: &[Key]) -> Option<String> {
        let listed: HashSet<&Key> = self.kept_out.keys.iter().collect();
        let input = self
            .kept_out
            .input
            .as_ref()
            .filter(|_| !listed.is_empty())?;
        let none = !candidates.iter().any(|key| listed.contains(key));
        none.then(|| {
            format!(
                "no candidate is excluded by {}: {} there, and none is among the candidates",
                input.name(),
                counted(listed.len(), "row")
            )
        })
    }

    /// Rows that are asked for by name.
    pub(crate) fn named(&self) -> HashSet<Key> {
        let pending = self
            .pending
            .iter()
            .filter(|pending| pending.table.is_none());
        let keys = pending.flat_map(|pending| &pending.keys);
        keys.chain(&self.included.keys).copied().collect()
    }
}

/// Whether `input` has every feature.
fn has_all(input: &Input, schema: &Schema) -> bool {
    schema
        .names()
        .all(|name| input.names().iter().any(|known| known == name))
}

/// Rows that the user names in a file.
#[derive(Default)]
pub(crate) struct Listed {
    pub(crate) keys: Vec<Key>,
    /// Where they stand; none for no rows.
    input: Option<Input>,
}

impl Listed {
    /// The rows of `source`: of their id where there is an id column, else of
    /// their features.
    pub(crate) fn read(
        source: &TableSource,
        schema: &Schema,
        known: &KnownColumns,
        id: Option<&str>,
    ) -> Result<Listed, Fault> {
        let input = source.open_knowing(known)?;
        let keys = match id {
            Some(id) => {
                check_columns(&input, std::iter::once(id))?;
                id_keys(&input, &input.read(Some(&[id]))?.table(None)?, id, 0)?
            }
            None => {
                check_columns(&input, schema.names())?;
                row_keys(&input, &input.read(None)?.table(None)?, schema, None)?
            }
        };
        Ok(Listed {
            keys,
            input: Some(input),
        })
    }

    /// An error about one of these rows, naming file and line.
    pub(crate) fn place(&self, error: SelectError) -> Fault {
        let remove = Message::from("remove it from the list");
        let (key, fault, remedy) = match error {
            SelectError::IncludedMissing { key } => (key, "is not among the candidates", remove),
            SelectError::IncludedExcluded { key } => {
                (key, "is measured, pending or excluded", remove)
            }
            SelectError::IncludedUnavailable { key } => (
                key,
                "has too low a success probability",
                remove
                    .text(", or give ")
                    .setting(setting::MIN_FEASIBLE.to(0)),
            ),
            other => return other.into(),
        };
        match self.placed(key) {
            Some(place) => Fault::data(format!("this row {fault}, so it cannot be included"))
                .remedy(remedy)
                .at(place),
            None => error.into(),
        }
    }

    /// Where a row stands, if it is one of these.
    fn placed(&self, key: Key) -> Option<String> {
        let row = self.keys.iter().position(|&listed| listed == key)?;
        self.input.as_ref().map(|input| input.place(row))
    }

    /// Why a row cannot be included, and what to do.
    pub(crate) fn fault(&self, key: Key, fault: &str, remedy: &str) -> Fault {
        let fault = Fault::data(format!("this row cannot be included: {fault}")).remedy(remedy);
        match self.placed(key) {
            Some(place) => fault.at(place),
            None => fault,
        }
    }
}

/// Rows being measured.
pub(crate) struct Pending {
    pub(crate) keys: Vec<Key>,
    /// Their features; none if the file has their ids only.
    pub(crate) table: Option<al_core::Table>,
    /// The rows as they were read.
    pub(crate) frame: Option<Frame>,
}

impl Pending {
    pub(crate) fn read(
        source: &TableSource,
        encoder: &Encoder,
        known: &KnownColumns,
        id: Option<&str>,
    ) -> Result<Pending, Fault> {
        let input = source.open_knowing(known)?;
        let schema = &encoder.schema;
        if let Some(id) = id.filter(|_| !has_all(&input, schema)) {
            check_columns(&input, std::iter::once(id))?;
            let frame = input.read(None)?;
            return Ok(Pending {
                keys: id_keys(&input, &frame.table(Some(&[id]))?, id, 0)?,
                table: None,
                frame: Some(frame),
            });
        }
        check_columns(&input, schema.names().chain(id))?;
        let frame = input.read(None)?;
        let table = frame.table(None)?;
        let keys = row_keys(&input, &table, schema, id)?;
        encoder
            .encode(&table)
            .map_err(|error| input.fault(&error))?;
        Ok(Pending {
            keys,
            table: Some(table),
            frame: Some(frame),
        })
    }

    /// The candidates that these rows are, first of each. Rows that are
    /// `measured` by now count as covered in any case.
    pub(crate) fn among(
        &self,
        candidates: &[Key],
        measured: &HashSet<Key>,
        warnings: &mut Messages,
    ) -> Vec<usize> {
        let wanted: HashSet<Key> = self.keys.iter().copied().collect();
        let wanted: HashSet<Key> = wanted.difference(measured).copied().collect();
        let mut found = HashSet::new();
        let rows: Vec<usize> = (0..candidates.len())
            .filter(|&row| wanted.contains(&candidates[row]) && found.insert(candidates[row]))
            .collect();
        if found.len() < wanted.len() {
            warnings.push(format!(
                "pending rows that are not among the candidates: {}; without their features, what is near them does not count as covered",
                wanted.len() - found.len()
            ));
        }
        rows
    }
}

pub(crate) fn id_keys(
    input: &Input,
    ids: &al_core::Table,
    id: &str,
    first: usize,
) -> Result<Vec<Key>, Fault> {
    let data = ids.column(id).expect("read above");
    (0..ids.n_rows())
        .map(|row| {
            data.text(row).map(|text| Key::of_id(&text)).ok_or_else(|| {
                Fault::data(format!("the id column '{id}' has no value here"))
                    .at(input.place(first + row))
            })
        })
        .collect()
}
