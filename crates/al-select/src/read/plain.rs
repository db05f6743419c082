//! Candidates of which nothing is measured.

use std::collections::HashSet;

use al_core::{ColumnChoice, Encoder, Fault, KnownColumns, Schema, Seed, Unmeasured};
use al_tables::{Frame, Input, check_columns, ignored, odd_cells, row_keys};
use al_words::columns::own_columns;
use ndarray::Array2;

use super::block::{Candidates, RowBlocks};
use super::buffer::{Fate, Sampled, any};
use super::lists::{Lists, id_keys};
use super::request::Request;
use crate::options::SelectOptions;
use crate::score::shifted;
use crate::weigh::Weigher;

/// Candidates of which nothing is known but what they are.
pub(crate) struct Plain {
    pub(crate) candidates: Candidates,
    pub(crate) lists: Lists,
    /// Nothing is measured, and rows are encoded like these.
    pub(crate) belief: Unmeasured,
}

/// Which columns say what a row is.
fn column_choice(input: &Input, options: &SelectOptions) -> ColumnChoice {
    // What a row costs is not what it is.
    let weighed = options.cost_weights.iter().map(|(name, _)| name);
    let costs = options.cost.iter().chain(&options.duration).chain(weighed);
    let ignore: Vec<String> = options.ignore.iter().chain(costs).cloned().collect();
    ColumnChoice {
        ignore: ignored(input, &ignore).map(str::to_owned).collect(),
        roles: options.id.iter().cloned().collect(),
        structure: options.structure.clone(),
        ..ColumnChoice::default()
    }
}

/// All rows of `input`, or a random sample of them, whoever they are.
fn offered(input: &Input, options: &SelectOptions, seed: Seed) -> Result<Sampled, Fault> {
    let all = |frame: &Frame, _: usize| Ok(vec![Fate::Offered; frame.n_rows()]);
    match options.stream {
        None => {
            let frame = input.read(None)?;
            let n = frame.n_rows();
            Ok(Sampled {
                frame,
                seen: n,
                offered: n,
            })
        }
        Some(most) => any(input, most, seed, &all),
    }
}

/// A random sample of the rows of `input` that may be chosen, with those that
/// the user names: they can be told from the rest once it is known what a row is.
fn offered_by_name(
    input: &Input,
    most: usize,
    seed: Seed,
    encoder: &Encoder,
    id: Option<&str>,
    lists: &Lists,
) -> Result<Sampled, Fault> {
    let named = lists.named();
    let fates = |frame: &Frame, first: usize| -> Result<Vec<Fate>, Fault> {
        let table = frame.table(None)?;
        let keys = match id {
            Some(id) => id_keys(input, &table, id, first)?,
            None => al_core::encoder::feature_keys(&encoder.schema, &table)
                .map_err(|error| shifted(input, error, first))?,
        };
        let fate = |key| {
            if named.contains(key) {
                Fate::Named
            } else if lists.excluded.contains(key) {
                Fate::Dropped
            } else {
                Fate::Offered
            }
        };
        Ok(keys.iter().map(fate).collect())
    };
    any(input, most, seed, &fates)
}

/// Reads the candidates of `input`, of which nothing is known but what they
/// are, and the rows that the user names; `None` without any. With `stream`, a
/// random sample of them is kept.
pub(crate) fn without_model(
    belief: &Unmeasured,
    request: &mut Request<'_>,
) -> Result<Option<Plain>, Fault> {
    let (input, options, warnings) = (&request.input, request.options, &mut request.warnings);
    let id = options.id.as_deref();
    let mut choice = column_choice(input, options);
    check_columns(
        input,
        id.into_iter()
            .chain(choice.ignore.iter().map(String::as_str)),
    )?;
    let weigher = Weigher::new(belief, input, options)?;
    let seed = request.seed;
    let mut read = offered(input, options, seed)?;
    let table = read.frame.table(None)?;
    if table.n_rows() == 0 {
        return Ok(None);
    }
    choice.written = own_columns(&table, &[]);
    let (schema, unnamed) = Schema::infer(&table, &choice).map_err(|error| input.fault(&error))?;
    warnings.extend(unnamed);
    warnings.extend(odd_cells(input, &table, &choice));
    let mut encoder = Encoder::fit(schema, &table).map_err(|error| input.fault(&error))?;
    let known = KnownColumns::of(&encoder.schema, id);
    let lists = Lists::read(options, &encoder, &known, id, HashSet::new())?;
    let mut table = table;
    if let Some(most) = options.stream
        && !(lists.named().is_empty() && lists.excluded.is_empty())
    {
        read = offered_by_name(input, most, seed, &encoder, id, &lists)?;
        table = read.frame.table(None)?;
        if table.n_rows() > 0 {
            encoder = Encoder::fit(encoder.schema, &table).map_err(|error| input.fault(&error))?;
        }
    }
    let keys = row_keys(input, &table, &encoder.schema, id)?;
    let x = encoder.encode(&table).expect("fitted on it");
    let factors = weigher.factors(input, &read.frame, &table, 0)?;
    let n = table.n_rows();
    let mut rows = RowBlocks::default();
    rows.push(read.frame);
    let candidates = Candidates {
        points: encoder.places(&x),
        rows,
        keys,
        x,
        features: Array2::zeros((n, 0)),
        means: Array2::zeros((n, 0)),
        scores: Vec::new(),
        gains: Vec::new(),
        factors,
        sample: None,
        available: options.stream.map(|_| read.offered),
        seen: read.seen,
        hopeless: 0,
    };
    let belief = belief.clone().encoded(encoder, &table);
    Ok(Some(Plain {
        candidates,
        lists,
        belief,
    }))
}
