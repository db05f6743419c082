//! What is wrong with an expression, and where.

/// Why an expression is refused or cannot be computed, worded to follow the
/// expression: `the filter "x >" is not valid SQL …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SqlError {
    message: String,
    /// Where, as an offset in bytes.
    at: Option<usize>,
}

impl SqlError {
    /// The text is no expression.
    pub(super) fn syntax(at: usize, message: impl std::fmt::Display) -> SqlError {
        SqlError {
            message: format!("is not valid SQL: {message}"),
            at: Some(at),
        }
    }

    /// The expression makes no sense for these columns.
    pub(super) fn sense(at: usize, message: impl std::fmt::Display) -> SqlError {
        SqlError {
            message: format!("cannot be computed: {message}"),
            at: Some(at),
        }
    }

    /// Something in it depends on other rows.
    pub(super) fn other_rows(at: usize, what: &str) -> SqlError {
        SqlError {
            message: format!("uses something other than the values of the row itself: {what}"),
            at: Some(at),
        }
    }

    /// An error of the whole expression.
    pub(super) fn whole(message: String) -> SqlError {
        SqlError { message, at: None }
    }

    /// The message, with the place as a number of characters of `text`.
    pub(super) fn about(&self, text: &str) -> String {
        match self.at {
            None => self.message.clone(),
            Some(at) if at >= text.trim_end().len() => format!("{} (at its end)", self.message),
            Some(at) => {
                let before = text.char_indices().take_while(|(byte, _)| *byte < at);
                format!("{} (at character {})", self.message, before.count() + 1)
            }
        }
    }
}
