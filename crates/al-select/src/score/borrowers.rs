//! The hardware among candidates whose predictions borrow from other hardware.

use std::collections::BTreeSet;

use al_core::phrases::counted;
use al_core::{Kind, Table, Tabular, encoder};

/// The hardware among candidates that borrows.
#[derive(Debug, Default)]
pub(super) struct Borrowers(BTreeSet<(usize, String)>);

impl Borrowers {
    /// Looks at the rows of `table`.
    pub(super) fn note(&mut self, belief: &dyn Tabular, table: &Table) {
        let (Some(borrowing), Some(name)) = (belief.borrowing(), belief.columns().hardware) else {
            return;
        };
        let Ok(values) = encoder::texts(table, name) else {
            return;
        };
        let features = &belief.encoder().schema.features;
        let hardware = features.iter().find(|feature| feature.name == name);
        let Some(Kind::Categorical { levels }) = hardware.map(|feature| &feature.kind) else {
            return;
        };
        let borrowers = borrowing.borrowers();
        let used: BTreeSet<u32> = values.codes.iter().copied().collect();
        for value in used
            .iter()
            .filter_map(|&code| values.levels.get(code as usize))
        {
            let code = levels.binary_search(value).unwrap_or(levels.len());
            let labels = borrowers.iter().find(|own| own.0 as usize == code);
            if let Some(&(_, labels)) = labels {
                self.0.insert((labels, value.clone()));
            }
        }
    }

    /// Whether the value was noted.
    pub(super) fn has(&self, value: &str) -> bool {
        self.0.iter().any(|(_, noted)| noted == value)
    }

    /// A sentence for each, at most five.
    pub(super) fn sentences(&self, belief: &dyn Tabular) -> Vec<String> {
        let (Some(borrowing), Some(name)) = (belief.borrowing(), belief.columns().hardware) else {
            return Vec::new();
        };
        let one = |(labels, value): &(usize, String)| {
            format!(
                "{name} '{value}' has {}: its predictions borrow from the {} others measured more",
                match labels {
                    0 => "no measurement".to_owned(),
                    labels => counted(*labels, "measurement"),
                },
                borrowing.n_sources()
            )
        };
        let mut sentences: Vec<String> = self.0.iter().take(5).map(one).collect();
        if self.0.len() > 5 {
            sentences.push(format!(
                "{} more values of {name} with few measurements borrow, too",
                self.0.len() - 5
            ));
        }
        sentences
    }
}
