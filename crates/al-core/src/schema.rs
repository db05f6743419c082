//! Which columns describe a row, and how each is read.
//!
//! The schema is inferred once, at training, and applied afterwards: it is
//! never inferred again.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::fault::{Message, setting};
use crate::spelling::{canonical_text, without_spelling};
use crate::structure::{StructureKind, is_called_smiles};
use crate::table::{ColumnData, Table};

mod left_out;

use left_out::left_out;

/// How a feature is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A number; missing is a value too.
    Numeric,
    /// One of the levels seen at training, sorted; missing and any level not
    /// among them are values too. Booleans are categories.
    Categorical {
        /// The distinct texts seen at training, sorted.
        levels: Vec<String>,
    },
    /// A structure, such as a molecule: different spellings of one are one value, and each
    /// row has one.
    Structure(StructureKind),
}

/// A feature: a column that describes the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// The column's name.
    pub name: String,
    /// How it is read.
    pub kind: Kind,
}

/// The features of a model, in the order of the training table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Schema {
    /// The features.
    pub features: Vec<Feature>,
}

/// What the user said about the columns.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ColumnChoice {
    /// Exactly these columns are features, if given.
    pub features: Option<Vec<String>>,
    /// These columns are not features.
    pub ignore: Vec<String>,
    /// These columns are categories, whatever their values look like.
    pub categorical: Vec<String>,
    /// These columns are numbers, whatever their values look like.
    pub numeric: Vec<String>,
    /// The column of structures, and how they are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<(String, StructureKind)>,
    /// Columns with another role (target, id, status, noise, weight, cost).
    /// They are features only if `features` names them; the target never is.
    pub roles: Vec<String>,
    /// The target.
    pub target: Option<String>,
    /// Columns that altool wrote. A results file usually still carries those of
    /// the batch it answers, so they are features only if named.
    pub written: Vec<String>,
}

impl Schema {
    /// The schema of a training table and what to tell the user about it.
    ///
    /// Numbers are numeric, texts and booleans categories. Dates, lists, numbers of rows,
    /// and texts of which more than half are distinct in a table of some length are left
    /// out with a warning unless named, as are columns altool writes and columns without
    /// a value.
    ///
    /// # Errors
    ///
    /// A named column that is not there, named twice in ways that contradict,
    /// or no feature left.
    pub fn infer(
        table: &Table,
        choice: &ColumnChoice,
    ) -> Result<(Schema, Vec<Message>), DataError> {
        check_names(table, choice)?;
        let mut warnings = Vec::new();
        let mut features = Vec::new();
        let mut excluded = Vec::new();
        let names: Vec<&str> = match &choice.features {
            Some(named) => named.iter().map(String::as_str).collect(),
            None => table.names().collect(),
        };
        let unnamed = choice.structure.iter().map(|(name, _)| name.as_str());
        let unnamed = unnamed.filter(|name| !names.contains(name));
        let names: Vec<&str> = unnamed.chain(names.iter().copied()).collect();
        for name in names {
            let data = table.column(name).expect("checked above");
            let named = choice.features.is_some()
                || contains(&choice.categorical, name)
                || contains(&choice.numeric, name)
                || is_structure(choice, name);
            if contains(&choice.ignore, name) || choice.target.as_deref() == Some(name) {
                continue;
            }
            if !named && contains(&choice.roles, name) {
                continue;
            }
            if (0..table.n_rows()).all(|row| data.is_missing(row)) {
                warnings.push(Message::from(format!(
                    "column '{name}' is excluded from the features: it has no value"
                )));
                excluded.push((name.to_owned(), "it has no value".to_owned()));
                continue;
            }
            if !named && let Some(why) = left_out(name, data, &choice.written) {
                let said = format!("column '{name}' is excluded from the features: {why}; ");
                warnings.push(match is_called_smiles(name) {
                    true => Message::from(said)
                        .text("give ")
                        .setting(setting::SMILES.to(name))
                        .text(" if it holds molecules"),
                    false => Message::from(said)
                        .text("name it in ")
                        .setting(setting::FEATURES)
                        .text(" or ")
                        .setting(setting::CATEGORICAL)
                        .text(" to use it"),
                });
                excluded.push((name.to_owned(), why));
                continue;
            }
            features.push(Feature {
                name: name.to_owned(),
                kind: kind_of(name, data, choice),
            });
        }
        if features.is_empty() {
            return Err(DataError::NoFeatures { excluded });
        }
        Ok((Schema { features }, warnings))
    }

    /// The category of `column` that differs from `level` in its spelling only.
    #[must_use]
    pub fn spelled_otherwise(&self, column: &str, level: &str) -> Option<&str> {
        let feature = self
            .features
            .iter()
            .find(|feature| feature.name == column)?;
        let Kind::Categorical { levels } = &feature.kind else {
            return None;
        };
        let folded = without_spelling(level);
        let found = levels
            .iter()
            .find(|known| without_spelling(known) == folded);
        found.map(String::as_str)
    }

    /// The feature that is a structure, if one is.
    #[must_use]
    pub fn structure(&self) -> Option<(&str, &StructureKind)> {
        self.features
            .iter()
            .find_map(|feature| match &feature.kind {
                Kind::Structure(kind) => Some((feature.name.as_str(), kind)),
                _ => None,
            })
    }

    /// Gives the feature that is a structure the reader of `kind`.
    pub fn set_structure(&mut self, kind: &StructureKind) {
        for feature in &mut self.features {
            if let Kind::Structure(own) = &mut feature.kind {
                *own = kind.clone();
            }
        }
    }

    /// The features' names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.features.iter().map(|feature| feature.name.as_str())
    }
}

fn is_structure(choice: &ColumnChoice, name: &str) -> bool {
    let structure = choice.structure.as_ref();
    structure.is_some_and(|(column, _)| column == name)
}

fn contains(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other == name)
}

fn check_names(table: &Table, choice: &ColumnChoice) -> Result<(), DataError> {
    let all = choice
        .features
        .iter()
        .flatten()
        .chain(&choice.ignore)
        .chain(&choice.categorical)
        .chain(&choice.numeric)
        .chain(&choice.roles)
        .chain(&choice.target)
        .chain(choice.structure.iter().map(|(name, _)| name));
    for name in all {
        if table.column(name).is_none() {
            return Err(DataError::MissingColumn {
                column: name.clone(),
            });
        }
    }
    let contradiction = |column: &str, first, second| {
        Err(DataError::Contradiction {
            column: column.to_owned(),
            first,
            second,
        })
    };
    for name in &choice.categorical {
        if contains(&choice.numeric, name) {
            return contradiction(name, setting::CATEGORICAL, setting::NUMERIC);
        }
    }
    if let Some((name, _)) = &choice.structure {
        for (names, other) in [
            (&choice.ignore, setting::IGNORE),
            (&choice.categorical, setting::CATEGORICAL),
            (&choice.numeric, setting::NUMERIC),
        ] {
            if contains(names, name) {
                return contradiction(name, setting::SMILES, other);
            }
        }
        if choice.target.as_ref() == Some(name) {
            return contradiction(name, setting::SMILES, setting::TARGET);
        }
    }
    for (at, name) in choice.features.iter().flatten().enumerate() {
        let earlier = choice.features.iter().flatten().take(at);
        if earlier.into_iter().any(|earlier| earlier == name) {
            return Err(DataError::Twice {
                column: name.clone(),
            });
        }
        if contains(&choice.ignore, name) {
            return contradiction(name, setting::FEATURES, setting::IGNORE);
        }
        if choice.target.as_ref() == Some(name) {
            return contradiction(name, setting::FEATURES, setting::TARGET);
        }
    }
    Ok(())
}

fn is_number(data: &ColumnData) -> bool {
    matches!(data, ColumnData::Number(_))
}

fn kind_of(name: &str, data: &ColumnData, choice: &ColumnChoice) -> Kind {
    if let Some((_, kind)) = choice
        .structure
        .as_ref()
        .filter(|(column, _)| column == name)
    {
        return Kind::Structure(kind.clone());
    }
    let categorical = contains(&choice.categorical, name)
        || (!is_number(data) && !contains(&choice.numeric, name));
    if !categorical {
        return Kind::Numeric;
    }
    let levels: Vec<String> = match data {
        ColumnData::Text(texts) => {
            let used: HashSet<u32> = texts.codes.iter().copied().collect();
            (0..texts.levels.len() as u32)
                .filter(|code| used.contains(code))
                .map(|code| texts.levels[code as usize].clone())
                .collect()
        }
        ColumnData::Number(_) => (0..data.len()).filter_map(|row| data.text(row)).collect(),
    };
    let mut levels: Vec<String> = levels
        .iter()
        .map(|level| canonical_text(level).into())
        .collect();
    levels.retain(|level| !level.is_empty());
    levels.sort_unstable();
    levels.dedup();
    Kind::Categorical { levels }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, Numbers, Texts};

    fn number(name: &str, values: &[f64]) -> Column {
        Column {
            name: name.into(),
            data: ColumnData::Number(Numbers::from(values.to_vec())),
        }
    }

    fn text(name: &str, values: &[&str]) -> Column {
        Column {
            name: name.into(),
            data: ColumnData::Text(Texts::from_rows(values.iter().map(|v| Some(*v)))),
        }
    }

    fn names(schema: &Schema) -> Vec<&str> {
        schema.names().collect()
    }

    #[test]
    fn near_unique_text_and_own_columns_are_left_out_unless_named() {
        let comments: [String; 20] = std::array::from_fn(|at| format!("c{}", at % 15));
        let table = Table::new(vec![
            number("batch", &[1.0; 20]),
            text("hardware", &["a", "b"].repeat(10)),
            text("comment", &comments.each_ref().map(String::as_str)),
            number("score", &[0.1; 20]),
            number("y", &[4.0; 20]),
        ]);
        let choice = ColumnChoice {
            target: Some("y".into()),
            written: vec!["score".into()],
            ..ColumnChoice::default()
        };
        let (schema, warnings) = Schema::infer(&table, &choice).unwrap();
        assert_eq!(names(&schema), ["batch", "hardware"]);
        assert_eq!(warnings.len(), 2);
        assert!(
            warnings[0]
                .to_string()
                .contains("texts are distinct (15 of 20)"),
            "{}",
            warnings[0]
        );

        let named = ColumnChoice {
            features: Some(vec!["score".into(), "comment".into()]),
            ..choice
        };
        let (schema, warnings) = Schema::infer(&table, &named).unwrap();
        assert_eq!(names(&schema), ["score", "comment"]);
        assert!(warnings.is_empty());
    }

    #[test]
    fn numbers_named_categorical_have_canonical_levels() {
        let table = Table::new(vec![
            number("batch", &[16.0, 2.5, -0.0, 16.0]),
            number("y", &[1.0; 4]),
        ]);
        let choice = ColumnChoice {
            target: Some("y".into()),
            categorical: vec!["batch".into()],
            ..ColumnChoice::default()
        };
        let (schema, _) = Schema::infer(&table, &choice).unwrap();
        assert_eq!(
            schema.features[0].kind,
            Kind::Categorical {
                levels: vec!["0".into(), "16".into(), "2.5".into()]
            }
        );
    }

    #[test]
    fn contradictions_and_absent_columns_are_errors() {
        let table = Table::new(vec![number("a", &[1.0]), number("y", &[1.0])]);
        let choice = |features: &[&str], ignore: &[&str]| ColumnChoice {
            target: Some("y".into()),
            features: Some(features.iter().map(|s| (*s).to_owned()).collect()),
            ignore: ignore.iter().map(|s| (*s).to_owned()).collect(),
            ..ColumnChoice::default()
        };
        assert!(matches!(
            Schema::infer(&table, &choice(&["a"], &["a"])),
            Err(DataError::Contradiction { .. })
        ));
        assert!(matches!(
            Schema::infer(&table, &choice(&["b"], &[])),
            Err(DataError::MissingColumn { column }) if column == "b"
        ));
        assert!(matches!(
            Schema::infer(&table, &choice(&[], &[])),
            Err(DataError::NoFeatures { .. })
        ));
    }
}
