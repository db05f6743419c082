//! Who the candidates are, checked against what the model and the file say.

use std::collections::HashMap;

use al_core::{Fault, Key, Table, Tabular};
use al_tables::{Frame, Input, another_row_of_the_model, two_rows_of_one_id};

use super::lists::id_keys;

/// Gives rows their keys. An id that stands for two different rows is an
/// error.
pub(crate) struct Identities<'a> {
    belief: &'a dyn Tabular,
    /// By id, what is measured.
    measured: HashMap<Key, Key>,
    /// By id, the first row with it; `None` if rows are not remembered.
    seen: Option<HashMap<Key, (usize, Key)>>,
}

impl<'a> Identities<'a> {
    /// `remember` says whether rows of the candidates are compared with each
    /// other, which takes memory for each.
    pub(crate) fn new(belief: &'a dyn Tabular, remember: bool) -> Identities<'a> {
        let measured = match belief.columns().id {
            None => HashMap::new(),
            Some(_) => {
                let schema = &belief.encoder().schema;
                let features = al_core::encoder::feature_keys(schema, belief.observed().features());
                let features = features.expect("the model's own rows fit its schema");
                belief
                    .observed()
                    .keys()
                    .iter()
                    .copied()
                    .zip(features)
                    .collect()
            }
        };
        Identities {
            belief,
            measured,
            seen: remember.then(HashMap::new),
        }
    }

    /// The keys of the rows of `frame`, whose features are `table` and whose
    /// first row is the table's row `first`.
    pub(crate) fn keys(
        &mut self,
        input: &Input,
        frame: &Frame,
        table: &Table,
        first: usize,
    ) -> Result<Vec<Key>, Fault> {
        let features = self.belief.encoder().keys(table).expect("encoded before");
        let Some(id) = self.belief.columns().id else {
            return Ok(features);
        };
        let ids = frame.table(Some(&[id]))?;
        let keys = id_keys(input, &ids, id, first)?;
        let text = |row: usize| ids.column(id).and_then(|ids| ids.text(row));
        for (row, (&key, &own)) in keys.iter().zip(&features).enumerate() {
            if self.measured.get(&key).is_some_and(|&known| known != own) {
                let id = text(row).unwrap_or_default();
                return Err(another_row_of_the_model(&id).at(input.place(first + row)));
            }
            let Some(seen) = &mut self.seen else { continue };
            let (before, same) = *seen.entry(key).or_insert((first + row, own));
            if same != own {
                return Err(two_rows_of_one_id(
                    (input, before),
                    (input, first + row),
                    &text(row).unwrap_or_default(),
                ));
            }
        }
        Ok(keys)
    }
}
