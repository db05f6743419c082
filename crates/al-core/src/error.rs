//! What can be wrong with a table's contents.

use thiserror::Error;

use crate::fault::{Fault, Message, Setting, setting};
use crate::notation::number_remedy;
use crate::structure::is_called_smiles;

/// A fault in the data, with the row (0-based, in the table as read) and the
/// column where it has them. The caller, which knows the file, adds its name
/// and the line; the text says the problem, and the [`Fault`] made of it the
/// remedy too.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DataError {
    /// A column that was asked for is not in the table.
    #[error("column '{column}' is missing")]
    MissingColumn {
        /// The column asked for.
        column: String,
    },
    /// Two settings say different things of one column.
    #[error("{}", contradiction(column, *first, *second))]
    Contradiction {
        /// The column.
        column: String,
        /// One setting.
        first: Setting,
        /// The other setting.
        second: Setting,
    },
    /// A column that a setting names twice.
    #[error("column '{column}' is named twice as a feature")]
    Twice {
        /// The column.
        column: String,
    },
    /// No column is left to describe the rows.
    #[error("no feature column is left{}", reasons(.excluded))]
    NoFeatures {
        /// Columns that could have been features, and why each is none.
        excluded: Vec<(String, String)>,
    },
    /// A text where a number is needed.
    #[error("column '{column}' must be a number, but holds '{text}'")]
    NotANumber {
        /// The row.
        row: usize,
        /// The column.
        column: String,
        /// What stands there.
        text: String,
    },
    /// A value that is no structure.
    #[error("column '{column}': {problem}")]
    Structure {
        /// The row.
        row: usize,
        /// The column.
        column: String,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// An infinite number.
    #[error("column '{column}' holds an infinite value")]
    Infinite {
        /// The row.
        row: usize,
        /// The column.
        column: String,
    },
}

/// The columns that are no features, after a colon.
fn reasons(columns: &[(String, String)]) -> String {
    let said: Vec<String> = columns
        .iter()
        .take(5)
        .map(|(name, why)| format!("'{name}' is excluded ({why})"))
        .collect();
    let more = columns.len() - said.len();
    match (said.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(": {}", said.join(", ")),
        (false, more) => format!(": {} and {more} more", said.join(", ")),
    }
}

impl DataError {
    /// The row at fault, where there is one.
    #[must_use]
    pub fn row(&self) -> Option<usize> {
        match self {
            DataError::NotANumber { row, .. }
            | DataError::Structure { row, .. }
            | DataError::Infinite { row, .. } => Some(*row),
            _ => None,
        }
    }

    /// The same error of a table in which `rows` rows stand before.
    #[must_use]
    pub fn shifted(mut self, rows: usize) -> DataError {
        if let DataError::NotANumber { row, .. }
        | DataError::Structure { row, .. }
        | DataError::Infinite { row, .. } = &mut self
        {
            *row += rows;
        }
        self
    }
}

/// That a column stands in two settings that exclude each other.
fn contradiction(column: &str, first: Setting, second: Setting) -> Message {
    Message::from(format!("column '{column}' stands in both "))
        .setting(first)
        .text(" and ")
        .setting(second)
}

impl From<&DataError> for Fault {
    fn from(error: &DataError) -> Fault {
        let fault = |remedy: Message| Fault::data(error.to_string()).remedy(remedy);
        match error {
            DataError::Contradiction {
                column,
                first,
                second,
            } => Fault::data(contradiction(column, *first, *second))
                .remedy("leave it in one of them"),
            DataError::NoFeatures { excluded } => {
                let smiles = excluded.iter().find(|(name, _)| is_called_smiles(name));
                if let Some((name, _)) = smiles {
                    let give = Message::from("give ").setting(setting::SMILES.to(name));
                    return fault(give.text(" if it holds molecules"));
                }
                fault(Message::from("name some with ").setting(setting::FEATURES))
            }
            DataError::Infinite { .. } => fault("remove the row or leave the cell empty".into()),
            DataError::Twice { .. } => fault("name it once".into()),
            DataError::NotANumber { text, .. } => fault(number_remedy(text)),
            DataError::Structure { remedy, .. } => {
                let skip = Message::from(format!(
                    "{remedy}, or skip such rows of results and candidates with "
                ));
                fault(skip.setting(setting::SKIP_BAD_SMILES))
            }
            DataError::MissingColumn { .. } => Fault::data(error.to_string()),
        }
    }
}

impl From<DataError> for Fault {
    fn from(error: DataError) -> Fault {
        Fault::from(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_a_contradiction_are_data() {
        let error = DataError::Contradiction {
            column: "x".to_owned(),
            first: setting::FEATURES,
            second: setting::IGNORE,
        };
        let fault = Fault::from(&error);
        let named: Vec<Setting> = fault
            .problem()
            .settings()
            .map(|named| named.setting())
            .collect();
        assert_eq!(named, [setting::FEATURES, setting::IGNORE]);
        assert_eq!(
            fault.to_string(),
            "column 'x' stands in both the setting 'features' and the setting 'ignore'; \
             leave it in one of them"
        );
        assert!(
            Fault::from(DataError::NoFeatures { excluded: vec![] })
                .remedy_message()
                .is_some()
        );
        let smiles = DataError::NoFeatures {
            excluded: vec![("SMILES".to_owned(), "most of its values differ".to_owned())],
        };
        let remedy = Fault::from(smiles);
        let remedy = remedy.remedy_message().unwrap();
        let named: Vec<Setting> = remedy.settings().map(|named| named.setting()).collect();
        assert_eq!(named, [setting::SMILES]);
        let why = ("text".to_owned(), "most of its values differ".to_owned());
        let error = DataError::NoFeatures {
            excluded: vec![why],
        };
        assert_eq!(
            error.to_string(),
            "no feature column is left: 'text' is excluded (most of its values differ)"
        );
    }
}
