//! Reads the signs of a SMILES, so that errors can name the token and its position.
//!
//! The scan follows the notation (Weininger 1988; OpenSMILES) and knows no chemistry:
//! valences and aromaticity are the library's. It is stricter than the library, which
//! lets some slips pass that others refuse, such as a bond without an atom in a branch.

mod atoms;
#[cfg(test)]
mod tests;

use crate::elements::{BRACKET_AROMATIC, is_element};
use crate::error::{MOST_ATOMS, MOST_CHARACTERS, SmilesError, SmilesProblem};
use atoms::{AromaticKind, InBrackets, aromatic_kind, atom_in_brackets};

/// An atom of the text: where it stands, in characters from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AtomToken {
    /// Where it begins.
    pub(crate) at: usize,
    /// How long it is, with brackets.
    pub(crate) length: usize,
}

impl AtomToken {
    /// Its characters in the text that was scanned.
    pub(crate) fn text(self, smiles: &str) -> String {
        smiles.chars().skip(self.at).take(self.length).collect()
    }
}

/// What a scan finds.
#[derive(Debug)]
pub(crate) struct ScannedText {
    /// The atoms, in their order.
    pub(crate) atoms: Vec<AtomToken>,
    /// Whether bonds are written as hardly anybody writes them: double, triple or quadruple
    /// ones between aromatic atoms or at aromatic heteroatoms.
    pub(crate) unusual: bool,
    /// Whether atoms have numbers of atom maps.
    pub(crate) mapped: bool,
}

/// Reads the signs of a SMILES.
///
/// # Errors
///
/// The first sign that does not fit, or what is left open at the end.
pub(crate) fn scan(smiles: &str) -> Result<ScannedText, SmilesError> {
    let signs: Vec<char> = smiles.chars().take(MOST_CHARACTERS + 1).collect();
    if signs.is_empty() {
        return Err(SmilesError::new(smiles, None, SmilesProblem::Empty));
    }
    if signs.len() > MOST_CHARACTERS {
        let n = smiles.chars().count();
        return Err(SmilesError::new(smiles, None, SmilesProblem::TooLong(n)));
    }
    let mut scan = Scan::of(&signs);
    match scan.run() {
        Ok(()) => Ok(ScannedText {
            atoms: scan.atoms,
            unusual: scan.unusual,
            mapped: scan.mapped,
        }),
        Err((at, problem)) => Err(SmilesError::new(smiles, at, problem)),
    }
}

/// A problem and its position, in characters from 0.
type FoundProblem = (Option<usize>, SmilesProblem);

/// What stands before the next sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// The beginning, or a dot.
    Nothing,
    /// An atom, a ring closure or a closed branch.
    Atom,
    /// An opened branch.
    Branch,
    /// A bond, from a position to another.
    Bond(usize, usize),
}

/// An end of a ring closure that waits for the other.
struct OpenEnd {
    number: u32,
    atom: usize,
    at: usize,
    bond: Option<char>,
}

struct Scan<'a> {
    signs: &'a [char],
    at: usize,
    before: Before,
    /// The atom that the next one is bonded to.
    last: Option<usize>,
    branches: Vec<(usize, Option<usize>)>,
    rings: Vec<OpenEnd>,
    /// Of each atom the one that it was bonded to when it was written.
    parents: Vec<Option<usize>>,
    closures: Vec<[usize; 2]>,
    atoms: Vec<AtomToken>,
    unusual: bool,
    mapped: bool,
}

impl<'a> Scan<'a> {
    fn of(signs: &'a [char]) -> Scan<'a> {
        Scan {
            signs,
            at: 0,
            before: Before::Nothing,
            last: None,
            branches: Vec::new(),
            rings: Vec::new(),
            parents: Vec::new(),
            closures: Vec::new(),
            atoms: Vec::new(),
            unusual: false,
            mapped: false,
        }
    }

    fn run(&mut self) -> Result<(), FoundProblem> {
        while let Some(&sign) = self.signs.get(self.at) {
            match sign {
                '(' => self.open_branch()?,
                ')' => self.close_branch()?,
                '.' => self.dot()?,
                '0'..='9' | '%' => self.ring()?,
                '-' | '=' | '#' | '$' | ':' | '/' | '\\' | '<' => self.bond()?,
                '[' => self.bracket_atom()?,
                '~' | '?' | '!' | '&' | ',' | ';' | '@' => {
                    let problem = match sign {
                        '~' => SmilesProblem::Query('~'.to_string()),
                        '@' => SmilesProblem::Misplaced('@'.to_string()),
                        _ => SmilesProblem::Sign(sign),
                    };
                    return Err((Some(self.at), problem));
                }
                sign if sign.is_whitespace() => {
                    return Err((Some(self.at), SmilesProblem::Blank));
                }
                _ => self.plain_atom()?,
            }
        }
        self.end()
    }

    fn misplaced<T>(&self, width: usize) -> Result<T, FoundProblem> {
        let text = self.text(self.at, self.at + width);
        Err((Some(self.at), SmilesProblem::Misplaced(text)))
    }

    fn text(&self, from: usize, to: usize) -> String {
        self.signs[from..to.min(self.signs.len())].iter().collect()
    }

    fn open_branch(&mut self) -> Result<(), FoundProblem> {
        if self.before != Before::Atom {
            return self.misplaced(1);
        }
        self.branches.push((self.at, self.last));
        self.before = Before::Branch;
        self.at += 1;
        Ok(())
    }

    fn close_branch(&mut self) -> Result<(), FoundProblem> {
        self.no_open_bond()?;
        if self.before != Before::Atom {
            return self.misplaced(1);
        }
        let Some((_, last)) = self.branches.pop() else {
            return Err((Some(self.at), SmilesProblem::ClosedBranch));
        };
        self.last = last;
        self.at += 1;
        Ok(())
    }

    fn dot(&mut self) -> Result<(), FoundProblem> {
        self.no_open_bond()?;
        let last = self.at + 1 == self.signs.len();
        if self.before != Before::Atom || last || !self.branches.is_empty() {
            return self.misplaced(1);
        }
        self.last = None;
        self.before = Before::Nothing;
        self.at += 1;
        Ok(())
    }

    fn no_open_bond(&self) -> Result<(), FoundProblem> {
        match self.before {
            Before::Bond(from, to) => {
                let problem = SmilesProblem::OpenBond(self.text(from, to));
                Err((Some(from), problem))
            }
            _ => Ok(()),
        }
    }

    fn bond(&mut self) -> Result<(), FoundProblem> {
        let arrow = matches!(self.text(self.at, self.at + 2).as_str(), "->" | "<-");
        let width = if arrow { 2 } else { 1 };
        let begins = matches!(self.before, Before::Atom | Before::Branch);
        if !begins || self.signs[self.at] == '<' && !arrow {
            return self.misplaced(width);
        }
        self.before = Before::Bond(self.at, self.at + width);
        self.at += width;
        Ok(())
    }

    /// The bond just before, and its sign.
    fn bond_before(&self) -> Option<char> {
        match self.before {
            Before::Bond(from, _) => Some(self.signs[from]),
            _ => None,
        }
    }

    fn ring(&mut self) -> Result<(), FoundProblem> {
        let from = self.at;
        let (to, number) = self.ring_number()?;
        let label = self.text(from, to);
        let after_atom = matches!(self.before, Before::Atom | Before::Bond(..));
        let (Some(atom), true) = (self.last, after_atom) else {
            return Err((Some(from), SmilesProblem::Misplaced(label)));
        };
        let bond = self.bond_before();
        match self.rings.iter().position(|open| open.number == number) {
            None => self.rings.push(OpenEnd {
                number,
                atom,
                at: from,
                bond,
            }),
            Some(position) => {
                let open = self.rings.swap_remove(position);
                if open.atom == atom || self.bonded(open.atom, atom) {
                    return Err((Some(from), SmilesProblem::ShortRing(label)));
                }
                self.closures.push([open.atom, atom]);
                if let (Some(one), Some(other)) = (open.bond, bond)
                    && kind(one) != kind(other)
                {
                    return Err((Some(from), SmilesProblem::RingBonds(label)));
                }
                self.look_at(bond.or(open.bond), open.atom, atom, from)?;
            }
        }
        self.before = Before::Atom;
        self.at = to;
        Ok(())
    }

    /// Whether two atoms have a bond already.
    fn bonded(&self, a: usize, b: usize) -> bool {
        let closed = self
            .closures
            .iter()
            .any(|&pair| pair == [a, b] || pair == [b, a]);
        self.parents[a] == Some(b) || self.parents[b] == Some(a) || closed
    }

    /// Where the number of a ring closure ends, and the number.
    fn ring_number(&self) -> Result<(usize, u32), FoundProblem> {
        let digits = |from: usize, n: usize| {
            let found = self.signs[from.min(self.signs.len())..].iter();
            found
                .take(n)
                .take_while(|sign| sign.is_ascii_digit())
                .count()
        };
        let at = self.at;
        if self.signs[at] != '%' {
            return Ok((at + 1, self.signs[at].to_digit(10).unwrap_or(0)));
        }
        let (from, to, end) = if self.signs.get(at + 1) == Some(&'(') {
            let to = at + 2 + digits(at + 2, 5);
            let closed = to > at + 2 && self.signs.get(to) == Some(&')');
            (at + 2, to, closed.then_some(to + 1))
        } else {
            let two = digits(at + 1, 2) == 2;
            (at + 1, at + 3, two.then_some(at + 3))
        };
        let Some(end) = end else {
            return self.misplaced(1);
        };
        // At most five digits.
        let digits = self.signs[from..to]
            .iter()
            .filter_map(|sign| sign.to_digit(10));
        Ok((end, digits.fold(0, |number, digit| 10 * number + digit)))
    }

    /// Takes the atom that ends at `to`.
    fn atom(&mut self, to: usize) -> Result<(), FoundProblem> {
        if self.atoms.len() == MOST_ATOMS {
            let more = self.signs[self.at..].iter();
            let more = more.filter(|sign| sign.is_ascii_uppercase()).count();
            let problem = SmilesProblem::TooManyAtoms(MOST_ATOMS + more.max(1));
            return Err((None, problem));
        }
        let this = self.atoms.len();
        self.atoms.push(AtomToken {
            at: self.at,
            length: to - self.at,
        });
        self.parents.push(self.last);
        if let Some(last) = self.last {
            self.look_at(self.bond_before(), last, this, self.at)?;
        }
        self.last = Some(this);
        self.before = Before::Atom;
        self.at = to;
        Ok(())
    }

    /// Notes a bond that is written in an unusual way, and refuses quadruple bonds of
    /// elements that are no metals.
    fn look_at(
        &mut self,
        bond: Option<char>,
        one: usize,
        other: usize,
        at: usize,
    ) -> Result<(), FoundProblem> {
        if !matches!(bond, Some('=' | '#' | '$')) {
            return Ok(());
        }
        let ends = [one, other].map(|atom| {
            let token = self.atoms[atom];
            &self.signs[token.at..token.at + token.length]
        });
        if bond == Some('$') && !ends.iter().all(|text| text[0] == '[') {
            return Err((Some(at), SmilesProblem::Quadruple));
        }
        let kinds = ends.map(aromatic_kind);
        let hetero = kinds.contains(&AromaticKind::Heteroatom);
        let both = !kinds.contains(&AromaticKind::None);
        self.unusual |= hetero || both;
        Ok(())
    }

    /// The length of an element without brackets at this position.
    fn plain_symbol(&self) -> Option<usize> {
        let next = self.signs.get(self.at + 1);
        match self.signs[self.at] {
            'C' if next == Some(&'l') => Some(2),
            'B' if next == Some(&'r') => Some(2),
            'B' | 'C' | 'N' | 'O' | 'P' | 'S' | 'F' | 'I' | '*' => Some(1),
            'b' | 'c' | 'n' | 'o' | 'p' | 's' => Some(1),
            _ => None,
        }
    }

    fn plain_atom(&mut self) -> Result<(), FoundProblem> {
        let at = self.at;
        if let Some(length) = self.plain_symbol() {
            return self.atom(at + length);
        }
        let two = self.text(at, at + 2);
        let one = self.text(at, at + 1);
        let before = self.text(at.saturating_sub(1), at + 1);
        let bracketed = |text: &str| is_element(text) || BRACKET_AROMATIC.contains(&text);
        let problem = if bracketed(&two) {
            SmilesProblem::Unbracketed(two)
        } else if bracketed(&one) {
            SmilesProblem::Unbracketed(one)
        } else if at > 0 && bracketed(&before) {
            return Err((Some(at - 1), SmilesProblem::Unbracketed(before)));
        } else if one.chars().all(char::is_alphabetic) && one.is_ascii() {
            SmilesProblem::Element(one)
        } else {
            SmilesProblem::Sign(self.signs[at])
        };
        Err((Some(at), problem))
    }

    fn bracket_atom(&mut self) -> Result<(), FoundProblem> {
        let at = self.at;
        let inside = &self.signs[at + 1..];
        let length = inside.iter().position(|sign| matches!(sign, ']' | '['));
        let Some(length) = length.filter(|&length| inside[length] == ']') else {
            return Err((Some(at), SmilesProblem::OpenBracket));
        };
        let to = at + length + 2;
        let text = self.text(at + 1, to - 1);
        match atom_in_brackets(&text) {
            InBrackets::Atom => {
                self.mapped |= text.contains(':');
                self.atom(to)
            }
            InBrackets::Unknown(symbol) => {
                Err((Some(at), SmilesProblem::Element(symbol.to_owned())))
            }
            InBrackets::Query => Err((Some(at), SmilesProblem::Query(self.text(at, to)))),
            InBrackets::Wrong => Err((Some(at), SmilesProblem::BracketAtom(self.text(at, to)))),
        }
    }

    fn end(&self) -> Result<(), FoundProblem> {
        self.no_open_bond()?;
        if let Some(&(at, _)) = self.branches.last() {
            return Err((Some(at), SmilesProblem::OpenBranch));
        }
        let open = self.rings.iter().min_by_key(|open| open.at);
        if let Some(open) = open {
            let mut to = open.at + 1;
            if self.signs[open.at] == '%' {
                let parenthesis = self.signs.get(to) == Some(&'(');
                to = match parenthesis {
                    true => to + self.signs[to..].iter().position(|&s| s == ')').unwrap_or(0) + 1,
                    false => to + 2,
                };
            }
            let label = self.text(open.at, to);
            return Err((Some(open.at), SmilesProblem::OpenRing(label)));
        }
        Ok(())
    }
}

/// Signs of one kind of bond alike: directions are single bonds.
fn kind(bond: char) -> char {
    match bond {
        '/' | '\\' => '-',
        other => other,
    }
}
