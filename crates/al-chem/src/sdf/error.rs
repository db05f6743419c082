//! What can be wrong with a record of a structure data file.

use al_core::{Fault, Message};
use thiserror::Error;

use crate::error::{MOST_ATOMS, SmilesError, excerpt};

/// What is wrong with a connection table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SdfProblem {
    /// Fewer lines than a connection table has.
    #[error("the record has no connection table")]
    NoTable,
    /// A connection table without atoms.
    #[error("the connection table has no atoms")]
    NoAtoms,
    /// A NUL character.
    #[error("a NUL character")]
    Nul,
    /// A line of counts that does not follow the format.
    #[error("'{0}' is no line of counts")]
    Counts(String),
    /// More than [`MOST_ATOMS`], or as many bonds as no such molecule has.
    #[error("{0} atoms or bonds are too many for a molecule")]
    TooMany(usize),
    /// A line that is no atom.
    #[error("'{0}' is no line of an atom")]
    Atom(String),
    /// A line that is no bond.
    #[error("'{0}' is no line of a bond")]
    Bond(String),
    /// A line of properties that does not follow the format.
    #[error("'{0}' is no line of properties")]
    Property(String),
    /// An atom that is not there.
    #[error("there is no atom {0}")]
    NoAtom(String),
    /// A bond that joins an atom with itself, or two atoms a second time.
    #[error("the bond joins atoms that are one, or bonded already")]
    Doubled,
    /// A symbol that is no element.
    #[error("'{0}' is no element")]
    Element(String),
    /// A list of atoms, an R group, a query.
    #[error("'{0}' is for searching, and no part of a molecule")]
    Query(String),
    /// Lines end before the connection table does.
    #[error("the connection table ends without 'M  END'")]
    NoEnd,
    /// The connection table is in order, but the structure is none.
    #[error("the structure cannot be read: {0}")]
    Structure(SmilesError),
}

impl SdfProblem {
    /// What to do about it: a clause without a full stop.
    #[must_use]
    pub fn remedy(&self) -> String {
        let text = match self {
            SdfProblem::NoTable | SdfProblem::NoEnd => "check whether the file was cut off",
            SdfProblem::NoAtoms => "draw the structure, or remove the record",
            SdfProblem::Nul => "write the file as text",
            SdfProblem::Counts(_) => {
                "let the fourth line of the record count atoms and bonds, three characters each"
            }
            SdfProblem::TooMany(_) => {
                return format!("molecules of at most {MOST_ATOMS} atoms can be read");
            }
            SdfProblem::Atom(_) | SdfProblem::Bond(_) => {
                "check the numbers of atoms and bonds in the line of counts"
            }
            SdfProblem::Property(_) => "write it as the CTfile formats say",
            SdfProblem::NoAtom(_) => "number atoms from 1, in their order",
            SdfProblem::Doubled => "write each bond once",
            SdfProblem::Element(_) => "check the spelling of the symbol",
            SdfProblem::Query(_) => "draw the atom or bond that is meant",
            SdfProblem::Structure(error) => return error.problem().remedy(),
        };
        text.to_owned()
    }
}

/// A structure of a structure data file that cannot be read: what is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct SdfError {
    line: usize,
    problem: SdfProblem,
}

impl SdfError {
    pub(crate) fn new(line: usize, problem: SdfProblem) -> SdfError {
        SdfError { line, problem }
    }

    /// Returns the line of the file, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns what is wrong, without its place.
    #[must_use]
    pub fn problem(&self) -> &SdfProblem {
        &self.problem
    }
}

impl From<SdfError> for Fault {
    fn from(error: SdfError) -> Fault {
        let remedy = Message::from(error.problem.remedy());
        Fault::data(error.to_string()).remedy(remedy)
    }
}

/// A line as a message shows it.
pub(crate) fn shown(line: &str) -> String {
    excerpt(line.trim(), 0)
}
