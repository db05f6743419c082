//! Structures: what a text of a table says a row consists of, such as a molecule.
//!
//! This crate knows no chemistry. What reads structures comes in as a [`StructureReader`];
//! a schema remembers how they were read, and whoever loads one gives it a reader again.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// How structures are read and told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StructureOptions {
    /// Bonds around an atom that its environments span.
    pub radius: u8,
    /// Whether mirror images have environments of their own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chirality: bool,
    /// Counts that environments are folded to.
    pub bits: u16,
    /// Whether only the largest fragment counts, neutralised.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standardised: bool,
}

impl Default for StructureOptions {
    /// ECFP4 with 2048 counts, structures as they are written.
    fn default() -> StructureOptions {
        StructureOptions {
            radius: 2,
            chirality: false,
            bits: 2048,
            standardised: false,
        }
    }
}

/// A structure that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Structure {
    /// The spelling that all texts of the structure have in common: its identity.
    pub canonical: String,
    /// Numbers that describe it, as [`StructureReader::descriptors`] names them.
    pub descriptors: Box<[f64]>,
    /// What it consists of: identifiers below [`StructureOptions::bits`] with their counts,
    /// ascending.
    pub counts: Box<[(u16, u16)]>,
}

impl Structure {
    /// Returns what it consists of: identifiers with their counts, ascending.
    pub fn counts(&self) -> impl Iterator<Item = (u32, u32)> + Clone + '_ {
        let counts = self.counts.iter();
        counts.map(|&(id, n)| (u32::from(id), u32::from(n)))
    }
}

/// Why a text is no structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructureProblem {
    /// What is wrong with it, and where.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl StructureProblem {
    /// That there is no text.
    #[must_use]
    pub fn missing() -> StructureProblem {
        StructureProblem {
            problem: "no structure".to_owned(),
            remedy: "give one".to_owned(),
        }
    }
}

/// Reads structures.
pub trait StructureReader: fmt::Debug + Send + Sync {
    /// Returns what the numbers of a structure are called.
    fn descriptors(&self) -> Vec<&'static str>;

    /// Reads the structures of many texts, in their order.
    fn read(&self, texts: &[&str]) -> Vec<Result<Structure, StructureProblem>>;

    /// Returns the frameworks that structures, by their canonical spelling, share with others
    /// of their series; empty of those that have none.
    fn scaffolds(&self, canonical: &[&str]) -> Vec<String>;
}

/// Whether a column is called as columns of molecules usually are.
#[must_use]
pub fn is_called_smiles(name: &str) -> bool {
    name.to_lowercase().contains("smiles")
}

/// Structures that are remembered at least: a block of candidates and the measured rows are
/// asked for several times.
const REMEMBERED: usize = 1 << 17;

/// What was read lately, and before that: when the first is full it takes the place of the
/// second, so that rows that are asked for again and again are not read each time.
#[derive(Debug, Default)]
struct Remembered {
    lately: HashMap<String, Arc<Structure>>,
    before: HashMap<String, Arc<Structure>>,
}

impl Remembered {
    fn get(&self, text: &str) -> Option<Arc<Structure>> {
        let found = self.lately.get(text).or_else(|| self.before.get(text));
        found.cloned()
    }

    fn insert(&mut self, text: &str, structure: Arc<Structure>) {
        if self.lately.len() >= REMEMBERED {
            self.before = std::mem::take(&mut self.lately);
        }
        self.lately.insert(text.to_owned(), structure);
    }
}

/// A reader that remembers what it has read.
#[derive(Debug)]
struct Remembering {
    reader: Arc<dyn StructureReader>,
    known: Mutex<Remembered>,
}

impl Remembering {
    fn known<T>(&self, with: impl FnOnce(&mut Remembered) -> T) -> T {
        with(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self, texts: &[&str]) -> Vec<Result<Arc<Structure>, StructureProblem>> {
        let known: Vec<Option<Arc<Structure>>> =
            self.known(|known| texts.iter().map(|&text| known.get(text)).collect());
        let unread = texts
            .iter()
            .zip(&known)
            .filter(|(_, known)| known.is_none());
        let unread: Vec<&str> = unread.map(|(&text, _)| text).collect();
        let mut read = self.reader.read(&unread).into_iter();
        let mut new = Vec::new();
        let all = texts
            .iter()
            .zip(known)
            .map(|(&text, known)| match known {
                Some(structure) => Ok(structure),
                None => {
                    let structure = read.next().expect("one of each text").map(Arc::new)?;
                    new.push((text, Arc::clone(&structure)));
                    Ok(structure)
                }
            })
            .collect();
        self.known(|known| {
            new.into_iter()
                .for_each(|(text, one)| known.insert(text, one));
        });
        all
    }
}

/// How the structures of a feature are read, and by whom. Without a reader, as it is after a
/// schema was loaded, none can be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "StructureOptions", into = "StructureOptions")]
pub struct StructureKind {
    options: StructureOptions,
    reader: Option<Arc<Remembering>>,
}

impl StructureKind {
    /// Structures read by `reader` as `options` say.
    #[must_use]
    pub fn new(options: StructureOptions, reader: Arc<dyn StructureReader>) -> StructureKind {
        let known = Mutex::default();
        StructureKind {
            options,
            reader: Some(Arc::new(Remembering { reader, known })),
        }
    }

    /// Returns how they are read.
    #[must_use]
    pub fn options(&self) -> StructureOptions {
        self.options
    }

    /// Returns what the numbers of a structure are called; none without a reader.
    #[must_use]
    pub fn descriptors(&self) -> Vec<&'static str> {
        let reader = self.reader.as_ref();
        reader.map_or_else(Vec::new, |one| one.reader.descriptors())
    }

    /// Returns the frameworks of structures, as [`StructureReader::scaffolds`]; none without a
    /// reader.
    #[must_use]
    pub fn scaffolds(&self, structures: &[Arc<Structure>]) -> Vec<String> {
        let canonical: Vec<&str> = structures
            .iter()
            .map(|one| one.canonical.as_str())
            .collect();
        match &self.reader {
            Some(reader) => reader.reader.scaffolds(&canonical),
            None => vec![String::new(); canonical.len()],
        }
    }

    /// Reads the structures of many texts, in their order.
    ///
    /// # Errors
    ///
    /// Of each text what is wrong with it; of all of them that there is no reader.
    #[must_use]
    pub fn read(&self, texts: &[&str]) -> Vec<Result<Arc<Structure>, StructureProblem>> {
        match &self.reader {
            Some(reader) => reader.read(texts),
            None => {
                let none = StructureProblem {
                    problem: "cannot be read by this altool".to_owned(),
                    remedy: "install one that was built with the feature 'chem'".to_owned(),
                };
                texts.iter().map(|_| Err(none.clone())).collect()
            }
        }
    }
}

impl PartialEq for StructureKind {
    fn eq(&self, other: &StructureKind) -> bool {
        self.options == other.options
    }
}

impl Eq for StructureKind {}

impl From<StructureOptions> for StructureKind {
    fn from(options: StructureOptions) -> StructureKind {
        StructureKind {
            options,
            reader: None,
        }
    }
}

impl From<StructureKind> for StructureOptions {
    fn from(kind: StructureKind) -> StructureOptions {
        kind.options
    }
}

/// Structures for tests: letters that stand in any order, `!` is none.
#[cfg(test)]
pub(crate) mod letters {
    use super::*;

    /// Reads letters; the number of the structure is how many there are.
    #[derive(Debug)]
    pub(crate) struct Letters;

    impl StructureReader for Letters {
        fn descriptors(&self) -> Vec<&'static str> {
            vec!["length"]
        }

        fn read(&self, texts: &[&str]) -> Vec<Result<Structure, StructureProblem>> {
            let one = |text: &&str| {
                let mut letters: Vec<char> = text.chars().collect();
                letters.sort_unstable();
                if letters.contains(&'!') {
                    return Err(StructureProblem {
                        problem: "'!' is no letter".to_owned(),
                        remedy: "remove it".to_owned(),
                    });
                }
                let mut counts: Vec<(u16, u16)> = Vec::new();
                for &letter in &letters {
                    let id = letter as u16;
                    match counts.last_mut() {
                        Some(last) if last.0 == id => last.1 += 1,
                        _ => counts.push((id, 1)),
                    }
                }
                Ok(Structure {
                    descriptors: [letters.len() as f64].into(),
                    canonical: letters.into_iter().collect(),
                    counts: counts.into(),
                })
            };
            texts.iter().map(one).collect()
        }

        fn scaffolds(&self, canonical: &[&str]) -> Vec<String> {
            let first = |text: &&str| text.chars().take(1).collect();
            canonical.iter().map(first).collect()
        }
    }

    pub(crate) fn kind() -> StructureKind {
        let options = StructureOptions {
            bits: 128,
            ..StructureOptions::default()
        };
        StructureKind::new(options, Arc::new(Letters))
    }
}

#[cfg(test)]
mod tests {
    use super::letters::kind;
    use super::*;

    #[test]
    fn what_was_read_is_remembered_and_what_cannot_be_read_is_told() {
        let kind = kind();
        let first = kind.read(&["ab", "b!", "ba"]);
        let again = kind.read(&["ba", "ab"]);
        let (Ok(ab), Ok(ba)) = (&first[0], &first[2]) else {
            panic!("letters are read")
        };
        assert_eq!((&ab.canonical, ab), (&ba.canonical, ba));
        assert!(Arc::ptr_eq(ba, again[0].as_ref().unwrap()));
        assert_eq!(first[1].as_ref().unwrap_err().problem, "'!' is no letter");
        assert_eq!(ab.counts().collect::<Vec<_>>(), [(97, 1), (98, 1)]);
    }

    #[test]
    fn a_saved_kind_has_no_reader() {
        let saved = serde_json::to_string(&kind()).unwrap();
        assert_eq!(saved, r#"{"radius":2,"bits":128}"#);
        let read: StructureKind = serde_json::from_str(&saved).unwrap();
        assert_eq!(read, kind());
        assert!(read.read(&["a"])[0].is_err() && read.descriptors().is_empty());
    }
}
