//! What is declared of a column and of a table.

/// What is in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Numbers.
    Float,
    /// Whole numbers.
    Integer,
    /// Texts, any.
    Text,
    /// Texts out of a few, such as a class or a hardware.
    Label,
    /// Truth values.
    Boolean,
}

impl CellKind {
    /// Returns what it is called in documents.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            CellKind::Float => "number",
            CellKind::Integer => "whole number",
            CellKind::Text => "text",
            CellKind::Label => "name",
            CellKind::Boolean => "true or false",
        }
    }
}

/// When a column of that name is altool's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Whenever a table has it.
    Always,
    /// If the table has the columns of these names too: the name is one that
    /// others use as well. In the names of a pattern `<…>` stands for the same.
    Beside(&'static [&'static str]),
    /// Never by its name alone: it repeats what another column says.
    Copy,
}

/// A column that altool writes.
#[derive(Debug, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name. Of several columns of a kind a pattern: `p_<class>` is one
    /// column per class.
    pub name: &'static str,
    /// Its unit or range, as in `nats`; empty where there is none.
    pub unit: &'static str,
    /// What it is, in Markdown on one line.
    pub doc: &'static str,
    /// What is in it.
    pub data: CellKind,
    /// When a column of that name is altool's own.
    pub own: Ownership,
}

impl OutputColumn {
    pub(super) const fn new(name: &'static str, data: CellKind, doc: &'static str) -> OutputColumn {
        OutputColumn {
            name,
            unit: "",
            doc,
            data,
            own: Ownership::Always,
        }
    }

    pub(super) const fn float(
        name: &'static str,
        unit: &'static str,
        doc: &'static str,
    ) -> OutputColumn {
        OutputColumn {
            unit,
            ..OutputColumn::new(name, CellKind::Float, doc)
        }
    }

    pub(super) const fn beside(self, names: &'static [&'static str]) -> OutputColumn {
        OutputColumn {
            own: Ownership::Beside(names),
            ..self
        }
    }

    /// Whether the name is a pattern.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.name.contains('<')
    }

    /// Returns the name for what the pattern stands for; the name itself of a
    /// column that is none.
    #[must_use]
    pub fn named(&self, value: &str) -> String {
        filled(self.name, value)
    }

    /// Whether a column of this name is this one, or one of its kind.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        name == self.name || self.value(name).is_some()
    }

    /// Returns for what this column's pattern stands in `name`, if it is of it.
    pub(super) fn value<'a>(&self, name: &'a str) -> Option<&'a str> {
        let (before, after) = parts(self.name)?;
        let value = name.strip_prefix(before)?.strip_suffix(after)?;
        (!value.is_empty()).then_some(value)
    }
}

/// The parts of a pattern before and after what it stands for.
fn parts(pattern: &str) -> Option<(&str, &str)> {
    let (before, rest) = pattern.split_once('<')?;
    let (_, after) = rest.split_once('>')?;
    Some((before, after))
}

pub(super) fn filled(pattern: &str, value: &str) -> String {
    match parts(pattern) {
        None => pattern.to_owned(),
        Some((before, after)) => format!("{before}{value}{after}"),
    }
}

/// A table that altool writes, or the columns that it adds to one.
#[derive(Debug, PartialEq, Eq)]
pub struct OutputTable {
    /// Its name in the marks of documents.
    pub name: &'static str,
    /// What writes it.
    pub by: &'static str,
    /// Its columns, in their order. Some are there only where what they tell is
    /// known.
    pub columns: &'static [&'static OutputColumn],
}
