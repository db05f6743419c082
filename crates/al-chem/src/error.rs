//! What can be wrong with a SMILES.

use al_core::structure::StructureProblem;
use al_core::{Fault, Message};
use thiserror::Error;

/// Most characters of a SMILES: [`SmilesProblem::TooLong`].
pub const MOST_CHARACTERS: usize = 10_000;
/// Most atoms of a molecule, written hydrogens included: [`SmilesProblem::TooManyAtoms`].
pub const MOST_ATOMS: usize = 1000;

/// What is wrong with a SMILES. Texts name the token, the error its position.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SmilesProblem {
    /// No character at all.
    #[error("no SMILES")]
    Empty,
    /// More than [`MOST_CHARACTERS`].
    #[error("{0} characters are too long for a SMILES")]
    TooLong(usize),
    /// More than [`MOST_ATOMS`].
    #[error("{0} atoms are too many for a molecule")]
    TooManyAtoms(usize),
    /// A blank within the text.
    #[error("a blank within the SMILES")]
    Blank,
    /// A sign that is not part of the notation.
    #[error("'{0}' is no sign of SMILES")]
    Sign(char),
    /// A sign of the notation where it cannot stand.
    #[error("'{0}' cannot stand here")]
    Misplaced(String),
    /// A symbol that is no element.
    #[error("'{0}' is no element")]
    Element(String),
    /// An element that stands in brackets only.
    #[error("the element '{0}' must stand in brackets")]
    Unbracketed(String),
    /// An atom in brackets that does not follow the notation.
    #[error("'{0}' is no atom")]
    BracketAtom(String),
    /// A `[` without its `]`.
    #[error("'[' opens an atom that is never closed")]
    OpenBracket,
    /// A `(` without its `)`.
    #[error("'(' opens a branch that is never closed")]
    OpenBranch,
    /// A `)` without its `(`.
    #[error("')' closes a branch that was never opened")]
    ClosedBranch,
    /// A ring closure without its partner.
    #[error("the ring closure '{0}' has no partner")]
    OpenRing(String),
    /// A ring closure that would bond an atom with itself, or two atoms twice.
    #[error("the ring closure '{0}' joins atoms that are one, or bonded already")]
    ShortRing(String),
    /// Both ends of a ring closure name a bond, and not the same.
    #[error("both ends of the ring closure '{0}' name a bond, and not the same")]
    RingBonds(String),
    /// A bond without an atom after it.
    #[error("the bond '{0}' has no atom after it")]
    OpenBond(String),
    /// An atom with more bonds than its element has in any state.
    #[error("the atom '{0}' has {1} bonds, hydrogens included, which are too many")]
    Valence(String, u32),
    /// Atoms written as aromatic for which no alternating bonds can be found.
    #[error("the ring of the aromatic atom '{0}' has no alternating double bonds")]
    Aromatic(String),
    /// An aromatic atom outside of rings.
    #[error("the aromatic atom '{0}' is in no ring")]
    AromaticChain(String),
    /// An aromatic bond between atoms that are not aromatic.
    #[error("the bond ':' joins atoms that are not aromatic")]
    AromaticBond,
    /// A quadruple bond of an element that has none.
    #[error("the bond '$' is for metals in brackets only")]
    Quadruple,
    /// What the notation allows but is no molecule, such as a query.
    #[error("'{0}' is for searching, and no part of a molecule")]
    Query(String),
    /// Refused for another reason, in the words of the chemistry library.
    #[error("not a molecule that can be read ({0})")]
    Refused(String),
}

impl SmilesProblem {
    /// What to do about it: a clause without a full stop.
    pub(crate) fn remedy(&self) -> String {
        let text = match self {
            SmilesProblem::Empty => "give a SMILES, such as CCO for ethanol",
            SmilesProblem::TooLong(_) => {
                return format!("at most {MOST_CHARACTERS} characters can be read");
            }
            SmilesProblem::TooManyAtoms(_) => {
                return format!(
                    "molecules of at most {MOST_ATOMS} atoms can be read: exclude the row"
                );
            }
            SmilesProblem::Blank => "put names and comments into a column of their own",
            SmilesProblem::Sign(_) => "remove it, or check that the column holds SMILES",
            SmilesProblem::Misplaced(_) => "check whether something before it is missing",
            SmilesProblem::Element(_) => {
                "check the spelling: symbols begin with a capital unless aromatic"
            }
            SmilesProblem::Unbracketed(symbol) => return format!("write [{symbol}]"),
            SmilesProblem::BracketAtom(_) => {
                "write isotope, element, chirality, hydrogens, charge in this order, as [13CH3+]"
            }
            SmilesProblem::OpenBracket => "close it with ']'",
            SmilesProblem::OpenBranch => "close it with ')'",
            SmilesProblem::ClosedBranch => "remove it, or open the branch with '('",
            SmilesProblem::OpenRing(_) => {
                "write the same number at the other atom, or check whether the text was cut off"
            }
            SmilesProblem::ShortRing(_) => "let a ring have three atoms or more",
            SmilesProblem::RingBonds(_) => "name the bond at one of them only",
            SmilesProblem::OpenBond(_) => "write the atom, or remove the bond",
            SmilesProblem::Valence(..) => "remove a bond, or give the atom its charge in brackets",
            SmilesProblem::Aromatic(_) => {
                "write the hydrogen of a pyrrole-like nitrogen as [nH], or write the ring with \
                 double bonds"
            }
            SmilesProblem::AromaticChain(_) => "write it with a capital letter",
            SmilesProblem::Quadruple => "write a triple bond as #",
            SmilesProblem::AromaticBond => "write a single or a double bond",
            SmilesProblem::Query(_) => "write the atom or bond that is meant",
            SmilesProblem::Refused(_) => "correct the structure, or exclude the row",
        };
        text.to_owned()
    }
}

/// A SMILES that cannot be read: what is wrong, and where.
///
/// ```
/// let error = al_chem::Molecule::read("CC(C").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "SMILES 'CC(C', character 3: '(' opens a branch that is never closed"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{problem}", place(.smiles, *.character))]
pub struct SmilesError {
    smiles: String,
    character: Option<usize>,
    problem: SmilesProblem,
}

impl SmilesError {
    /// The error of `smiles` at its `character`, counted from 0.
    pub(crate) fn new(
        smiles: &str,
        character: Option<usize>,
        problem: SmilesProblem,
    ) -> SmilesError {
        SmilesError {
            smiles: excerpt(smiles, character.unwrap_or(0)),
            character: character.map(|at| at + 1),
            problem,
        }
    }

    /// Returns the position of what is wrong, in characters from 1.
    #[must_use]
    pub fn character(&self) -> Option<usize> {
        self.character
    }

    /// Returns what is wrong, without its place.
    #[must_use]
    pub fn problem(&self) -> &SmilesProblem {
        &self.problem
    }
}

impl From<SmilesError> for Fault {
    fn from(error: SmilesError) -> Fault {
        let remedy = Message::from(error.problem.remedy());
        Fault::data(error.to_string()).remedy(remedy)
    }
}

impl From<SmilesError> for StructureProblem {
    fn from(error: SmilesError) -> StructureProblem {
        StructureProblem {
            problem: error.to_string(),
            remedy: error.problem.remedy(),
        }
    }
}

/// Most characters of a SMILES that a message shows.
const SHOWN: usize = 60;

/// The characters of `text` around position `at`, control characters by their codes.
pub(crate) fn excerpt(text: &str, at: usize) -> String {
    let n = text.chars().count();
    let begin = if n <= SHOWN {
        0
    } else {
        at.saturating_sub(SHOWN / 2).min(n - SHOWN)
    };
    let mut shown: String = text
        .chars()
        .skip(begin)
        .take(SHOWN)
        .flat_map(|sign| {
            let code = sign.is_control();
            let escaped = code.then(|| sign.escape_default());
            escaped.into_iter().flatten().chain((!code).then_some(sign))
        })
        .collect();
    if begin > 0 {
        shown.insert(0, '…');
    }
    if begin + SHOWN < n {
        shown.push('…');
    }
    shown
}

fn place(smiles: &str, character: Option<usize>) -> String {
    match (smiles.is_empty(), character) {
        (true, _) => String::new(),
        (false, Some(at)) => format!("SMILES '{smiles}', character {at}: "),
        (false, None) => format!("SMILES '{smiles}': "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shown_around_the_place() {
        let text = "C".repeat(100) + "?" + &"N".repeat(100);
        let error = SmilesError::new(&text, Some(100), SmilesProblem::Sign('?'));
        let expected = format!(
            "SMILES '…{}?{}…', character 101: '?' is no sign of SMILES",
            "C".repeat(30),
            "N".repeat(29)
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(excerpt("C\u{7}C", 1), "C\\u{7}C");
    }

    #[test]
    fn a_fault_has_the_remedy() {
        let error = SmilesError::new("CZ", Some(1), SmilesProblem::Unbracketed("Zr".into()));
        assert_eq!(
            Fault::from(error).to_string(),
            "SMILES 'CZ', character 2: the element 'Zr' must stand in brackets; write [Zr]"
        );
        let none = SmilesError::new("", None, SmilesProblem::Empty);
        assert_eq!(
            Fault::from(none).to_string(),
            "no SMILES; give a SMILES, such as CCO for ethanol"
        );
    }
}
