//! The column that names hardware, and its values.

use al_core::{Tabular, encoder};

/// The column that names a row's hardware: the one that the user names, else the
/// one that the model was told of.
#[must_use]
pub(crate) fn hardware_column(belief: &dyn Tabular, named: Option<&str>) -> Option<String> {
    named.or(belief.columns().hardware).map(str::to_owned)
}

/// The values of a feature among the rows of the model.
pub(crate) fn measured_values(belief: &dyn Tabular, column: &str) -> Vec<String> {
    let measured = encoder::texts(belief.observed().features(), column);
    measured.map_or_else(|_| Vec::new(), |texts| texts.levels.clone())
}

/// The values of the hardware column that the candidates or the measured rows
/// have, those of the candidates first.
pub(crate) fn hardware_values<'a>(
    candidates: &'a [String],
    measured: &'a [String],
) -> Vec<&'a String> {
    let more = measured.iter().filter(|name| !candidates.contains(name));
    candidates.iter().chain(more).collect()
}
