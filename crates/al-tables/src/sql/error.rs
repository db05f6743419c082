//! What is wrong with an expression, and where.

use std::fmt;

use al_core::Message;

/// Why an expression is refused or cannot be computed, worded to follow the
/// expression: `the filter "x >" is not valid SQL …`. The expression stands in
/// double quotes, unlike names, since SQL has single ones in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SqlRefusal {
    /// What is wrong, and where.
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) remedy: Option<Message>,
}

impl fmt::Display for SqlRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

/// What is wrong with a part of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SqlError {
    message: String,
    remedy: Option<Message>,
    /// Where, as an offset in bytes.
    at: Option<usize>,
}

impl SqlError {
    /// The text is no expression.
    pub(super) fn syntax(at: usize, message: impl std::fmt::Display) -> SqlError {
        SqlError {
            message: format!("is not valid SQL: {message}"),
            remedy: None,
            at: Some(at),
        }
    }

    /// The expression makes no sense for these columns.
    pub(super) fn sense(at: usize, message: impl std::fmt::Display) -> SqlError {
        SqlError {
            message: format!("cannot be computed: {message}"),
            remedy: None,
            at: Some(at),
        }
    }

    /// Something in it depends on other rows.
    pub(super) fn other_rows(at: usize, what: &str) -> SqlError {
        SqlError {
            message: format!("uses something other than the values of the row itself: {what}"),
            remedy: None,
            at: Some(at),
        }
    }

    /// An error of the whole expression.
    pub(super) fn whole(message: String) -> SqlError {
        SqlError {
            message,
            remedy: None,
            at: None,
        }
    }

    /// The same error with what to do about it.
    pub(super) fn remedy(self, remedy: Option<Message>) -> SqlError {
        SqlError { remedy, ..self }
    }

    /// The error, with the place as a number of characters of `text`.
    pub(super) fn about(&self, text: &str) -> SqlRefusal {
        let message = match self.at {
            None => self.message.clone(),
            Some(at) if at >= text.trim_end().len() => format!("{} (at its end)", self.message),
            Some(at) => {
                let before = text.char_indices().take_while(|(byte, _)| *byte < at);
                format!("{} (at character {})", self.message, before.count() + 1)
            }
        };
        SqlRefusal {
            message,
            remedy: self.remedy.clone(),
        }
    }
}
