//! Columns that altool adds to tables: made as they are declared, and told apart
//! from the user's.

use al_core::Tabular;
use al_tables::{NewColumn, NewData};
use al_words::columns::{CellKind, OutputColumn};

/// The column `of` with its data, which must be of the kind that is declared.
pub fn new_column(of: &OutputColumn, data: NewData) -> NewColumn {
    debug_assert!(is_of(of.data, &data), "{}: not {:?}", of.name, of.data);
    NewColumn {
        name: of.name.to_owned(),
        data,
    }
}

/// Each of the columns `of` with its data.
pub fn new_columns<const N: usize>(of: &[&OutputColumn; N], data: [NewData; N]) -> Vec<NewColumn> {
    let columns = of.iter().zip(data);
    columns
        .map(|(column, data)| new_column(column, data))
        .collect()
}

/// The names of columns that mean something to a model.
pub(crate) fn names_of(belief: &dyn Tabular) -> impl Iterator<Item = &str> {
    let roles = belief.columns();
    let others = roles.measured().chain(roles.id);
    belief.encoder().schema.names().chain(others)
}

/// Whether data are of a kind. Names may be written out as texts.
pub fn is_of(kind: CellKind, data: &NewData) -> bool {
    matches!(
        (kind, data),
        (CellKind::Float, NewData::Float(_) | NewData::Single(_))
            | (CellKind::Integer, NewData::Integer(_))
            | (CellKind::Text, NewData::Text(_))
            | (CellKind::Label, NewData::Labels { .. } | NewData::Text(_))
            | (CellKind::Boolean, NewData::Bool(_))
    )
}
