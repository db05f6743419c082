//! How the numbers, the fields and the missing values of text files are written.

use serde::{Deserialize, Serialize};

use crate::fault::{Fault, Message, setting};

/// How text files are written, as far as somebody says so; the rest is found from each
/// file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Dialect {
    /// What separates the fields of CSV files: an ASCII character. If not given, what
    /// the first lines of the file have: `,` `;` tab or `|`.
    pub delimiter: Option<char>,
    /// What comes before the fraction of a number: `.` or `,`. If not given, a comma
    /// where fields are separated by something else and numbers have one, or where
    /// points stand between groups.
    pub decimal: Option<char>,
    /// What stands between groups of three digits. If not given, points in files where
    /// some number has both them and a decimal comma.
    pub thousands: Option<char>,
    /// Texts that mean a missing value in every column, beside the empty field.
    pub na: Vec<String>,
    /// Leave alone what the names of directories say (`gpu=A100/part.csv`).
    pub no_partitions: bool,
}

impl Dialect {
    /// That the characters are of use, and that groups and fractions are told apart.
    ///
    /// # Errors
    ///
    /// A usage fault that names the options.
    pub fn check(&self) -> Result<(), Fault> {
        if self.thousands.is_some() && self.thousands == self.fraction_mark() {
            let problem = Message::from(setting::THOUSANDS)
                .text(" and ")
                .setting(setting::DECIMAL)
                .text(" are the same character");
            return Err(Fault::usage(problem).remedy("they must differ"));
        }
        if let Some(mark) = self.decimal.filter(|mark| !".,".contains(*mark)) {
            let problem = format!("a fraction cannot come after {mark:?}");
            return Err(Fault::usage(problem).remedy("give '.' or ','"));
        }
        match self.delimiter {
            Some(delimiter) if !delimiter.is_ascii() || "\"\n\r".contains(delimiter) => {
                let problem = format!("fields cannot be separated by {delimiter:?}");
                Err(Fault::usage(problem).remedy("give one ASCII character, or 'tab'"))
            }
            _ => Ok(()),
        }
    }

    /// What comes before a fraction, as far as that is said: who says that points stand
    /// between groups of digits says that commas begin fractions.
    #[must_use]
    pub fn fraction_mark(&self) -> Option<char> {
        self.decimal
            .or_else(|| (self.thousands == Some('.')).then_some(','))
    }

    /// What `self` says, and of what `other` said before that which holds for every file:
    /// what means a missing value, and that directories say nothing. How numbers are
    /// written is of one file: a batch that altool writes has decimal points, whatever the
    /// results before had.
    #[must_use]
    pub fn after(&self, other: &Dialect) -> Dialect {
        let na = if self.na.is_empty() {
            &other.na
        } else {
            &self.na
        };
        Dialect {
            na: na.clone(),
            no_partitions: self.no_partitions || other.no_partitions,
            ..self.clone()
        }
    }

    /// Whether it says how numbers are written.
    #[must_use]
    pub fn has_numbers(&self) -> bool {
        self.decimal.is_some() || self.thousands.is_some()
    }

    /// Whether everything is to be found from the files.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Dialect::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_must_differ() {
        let dialect = Dialect {
            decimal: Some(','),
            thousands: Some(','),
            ..Dialect::default()
        };
        assert!(dialect.check().is_err());
        let points = Dialect {
            thousands: Some('.'),
            ..Dialect::default()
        };
        assert!(points.check().is_ok());
        assert_eq!(points.fraction_mark(), Some(','));
        let dialect = Dialect {
            delimiter: Some('ä'),
            ..Dialect::default()
        };
        assert!(dialect.check().is_err());
        assert!(Dialect::default().check().is_ok());
    }

    #[test]
    fn what_is_said_goes_before_what_was_said() {
        let dialect = |decimal, na: &[&str]| Dialect {
            decimal,
            na: na.iter().map(|text| (*text).to_owned()).collect(),
            ..Dialect::default()
        };
        let both = dialect(None, &["-"]).after(&dialect(Some(','), &["?"]));
        assert_eq!(both, dialect(None, &["-"]));
        let remembered = dialect(None, &[]).after(&dialect(Some(','), &["?"]));
        assert_eq!(remembered, dialect(None, &["?"]));
        assert!(Dialect::default().is_open() && !both.is_open());
    }
}
