//! Stacks as parts of a model file.
//!
//! The members of the first part are where those of a single ensemble are; each
//! other part has a folder of its learner's name.

use al_core::MatrixColumn;
use serde::{Deserialize, Serialize};

use crate::ensemble::Ensemble;
use crate::learner::{LearnerOptions, LoadError};
use crate::recipe::Recipe;
use crate::registry;
use crate::stack::{Reach, Stack, StackPart};

/// A part of a stack, whose members are files of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SavedPart {
    learner: String,
    weight: f64,
    options: LearnerOptions,
}

/// What members of a stack must fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StackShape<'a> {
    pub(crate) columns: &'a [MatrixColumn],
    pub(crate) outputs: usize,
    /// Rows that were learned from.
    pub(crate) rows: usize,
    pub(crate) members: usize,
}

/// What is saved of the parts beside their members: nothing of a single one that is
/// what the recipe says.
pub(crate) fn saved(recipe: &Recipe, parts: &[StackPart]) -> Vec<SavedPart> {
    let saved = |part: &StackPart| SavedPart {
        learner: part.learner.clone(),
        weight: part.weight,
        options: part.options,
    };
    match parts {
        [part] if part.learner == recipe.learner => Vec::new(),
        parts => parts.iter().map(saved).collect(),
    }
}

fn folder(at: usize, learner: &str) -> String {
    match at {
        0 => String::new(),
        _ => format!("{learner}/"),
    }
}

/// The members and samples of the parts: name and bytes.
pub(crate) fn files(parts: &[StackPart]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let folder = folder(at, &part.learner);
        for (member, bytes) in part.ensemble.to_bytes().into_iter().enumerate() {
            files.push((format!("{folder}member-{member:03}.bin"), bytes));
        }
        let counts = part.ensemble.bags().iter().flatten();
        let bags = counts.flat_map(|count| count.to_le_bytes()).collect();
        files.push((format!("{folder}bags.bin"), bags));
    }
    files
}

/// The stack of saved parts, or of the recipe's learner alone; `find` finds a
/// file by its name.
///
/// # Errors
///
/// A file is missing or holds something else.
pub(crate) fn read<'a>(
    recipe: &Recipe,
    (parts, reach): (&[SavedPart], Reach),
    find: &impl Fn(&str) -> Result<&'a [u8], LoadError>,
    shape: StackShape<'_>,
) -> Result<Stack, LoadError> {
    let alone = SavedPart {
        learner: recipe.learner.clone(),
        weight: 1.0,
        options: recipe.options,
    };
    let listed = match parts {
        [] => std::slice::from_ref(&alone),
        parts => parts,
    };
    let total: f64 = listed.iter().map(|part| part.weight).sum();
    let sound = listed
        .iter()
        .all(|part| part.weight >= 0.0 && part.options.are_sound());
    if !sound || (total - 1.0).abs() > 1e-6 {
        return Err(wrong("its parts cannot be".to_owned()));
    }
    if !reach.is_empty() && !reach.fits(shape.columns.len()) {
        return Err(wrong("its reach does not fit the columns".to_owned()));
    }
    let parts: Result<Vec<StackPart>, LoadError> = listed
        .iter()
        .enumerate()
        .map(|(at, part)| {
            Ok(StackPart {
                learner: part.learner.clone(),
                weight: part.weight,
                options: part.options,
                ensemble: read_ensemble(part, &folder(at, &part.learner), find, shape)?,
            })
        })
        .collect();
    Ok(Stack::of(parts?, shape.members, reach))
}

fn read_ensemble<'a>(
    part: &SavedPart,
    folder: &str,
    find: &impl Fn(&str) -> Result<&'a [u8], LoadError>,
    shape: StackShape<'_>,
) -> Result<Ensemble, LoadError> {
    let entry = registry::find(&part.learner).map_err(|unknown| wrong(unknown.to_string()))?;
    let members = (0..shape.members)
        .map(|member| find(&format!("{folder}member-{member:03}.bin")).map(<[u8]>::to_vec))
        .collect::<Result<Vec<_>, _>>()?;
    let counts: Vec<u16> = find(&format!("{folder}bags.bin"))?
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    if counts.len() != shape.members * shape.rows {
        return Err(wrong("the samples do not fit the members".to_owned()));
    }
    let bags = counts.chunks(shape.rows).map(<[u16]>::to_vec).collect();
    Ensemble::load(
        entry,
        part.options,
        shape.columns,
        shape.outputs,
        &members,
        bags,
    )
}

fn wrong(reason: String) -> LoadError {
    LoadError {
        learner: "model",
        reason,
    }
}
