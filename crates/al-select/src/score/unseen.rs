//! What is worth a warning about candidates.

use std::collections::{BTreeMap, BTreeSet};

use al_core::{Messages, Table, Tabular};

use super::borrowers::Borrowers;

/// What is worth a warning about candidates: categories that training never saw,
/// and hardware that borrows.
#[derive(Debug, Default)]
pub(crate) struct Unseen {
    levels: BTreeSet<(String, String)>,
    borrowers: Borrowers,
}

impl Unseen {
    pub(crate) fn note(&mut self, belief: &dyn Tabular, table: &Table) {
        self.levels
            .extend(belief.encoder().unseen(table).expect("encoded before"));
        self.borrowers.note(belief, table);
    }

    /// A sentence per column, naming at most five categories.
    /// Then what there is to say of borrowing.
    pub(crate) fn sentences(&self, belief: &dyn Tabular) -> Messages {
        let mut columns: BTreeMap<&str, Vec<&str>> = Default::default();
        for (column, level) in &self.levels {
            let borrows =
                belief.columns().hardware == Some(column.as_str()) && self.borrowers.has(level);
            if !borrows {
                columns.entry(column).or_default().push(level);
            }
        }
        let unknown = columns
            .into_iter()
            .map(|(column, levels)| {
                let more = match levels.len().saturating_sub(5) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let named: Vec<String> =
                    levels.iter().take(5).map(|level| format!("'{level}'")).collect();
                format!(
                    "column '{column}' holds {}{more}, never measured: these rows count as unknown and are more uncertain",
                    named.join(", ")
                )
            });
        unknown
            .chain(self.borrowers.sentences(belief))
            .chain(belief.borrowing_failure())
            .collect()
    }
}
