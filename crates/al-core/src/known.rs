//! What is known of a table before it is read.

use crate::dialect::Dialect;
use crate::schema::{Kind, Schema};

/// What is known of the columns of a table before it is read, from a model, a space or
/// options: a file alone cannot tell whether `None` or `007` is a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownColumns {
    /// Columns that are texts, read as they are written.
    pub texts: Vec<String>,
    /// Columns that are numbers, whatever zeros stand before them.
    pub numbers: Vec<String>,
    /// Columns that are of use, wherever they stand.
    pub needed: Vec<String>,
    /// How files were written so far; nobody has to say it again.
    pub dialect: Dialect,
}

impl KnownColumns {
    /// Those of a schema, and the column `id`.
    #[must_use]
    pub fn of(schema: &Schema, id: Option<&str>) -> KnownColumns {
        let categories = schema
            .features
            .iter()
            .filter(|feature| feature.kind != Kind::Numeric);
        let names = categories.map(|feature| feature.name.as_str());
        KnownColumns {
            texts: names.chain(id).map(str::to_owned).collect(),
            numbers: Vec::new(),
            needed: schema.names().chain(id).map(str::to_owned).collect(),
            dialect: Dialect::default(),
        }
    }

    /// The same, and `texts` besides.
    #[must_use]
    pub fn and_texts<'a>(mut self, texts: impl IntoIterator<Item = &'a str>) -> KnownColumns {
        for name in texts {
            self.texts.push(name.to_owned());
            self.needed.push(name.to_owned());
        }
        self
    }

    /// The same, with how files were written.
    #[must_use]
    pub fn written(mut self, dialect: &Dialect) -> KnownColumns {
        self.dialect = dialect.clone();
        self
    }

    /// Whether a column is known to be text.
    #[must_use]
    pub fn is_text(&self, name: &str) -> bool {
        self.texts.iter().any(|text| text == name)
    }
}
