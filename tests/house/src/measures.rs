//! All measures of a workspace, as plain data.

use std::path::Path;

use crate::arrows::ImportMeasures;
use crate::campaign::CampaignMeasures;
use crate::error::HouseError;
use crate::functions::{FunctionLength, functions};
use crate::source::SourceLine;
use crate::texts::flags;
use crate::types::{RepeatedType, TypeDefinition, repeated, types};
use crate::workspace::{self, CrateSources};

/// The lines that a file may have.
pub const FILE_LINES: usize = 500;
/// The lines that a function may have.
pub const FUNCTION_LINES: usize = 60;
/// The package of this crate, which is not in the totals.
pub const INSTRUMENT: &str = "house";

/// How long a file is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileLength {
    /// How many lines it has.
    pub lines: usize,
    /// Its path from the workspace's root.
    pub path: String,
}

/// The measures of one crate.
#[derive(Debug, Clone, Default)]
pub struct CrateMeasures {
    /// The package's name.
    pub name: String,
    /// Its files, in the order of their paths.
    pub files: Vec<FileLength>,
    /// The files in `src` that no `mod` leads to.
    pub forgotten: Vec<String>,
    /// Its functions, those of tests and benchmarks included.
    pub functions: Vec<FunctionLength>,
    /// The imports among its modules.
    pub imports: ImportMeasures,
    /// The types that its product code defines.
    pub types: Vec<TypeDefinition>,
    /// The lines with texts that name a flag; of libraries only.
    pub flags: Vec<SourceLine>,
    /// Who holds the campaign.
    pub campaign: CampaignMeasures,
}

impl CrateMeasures {
    /// Measures a crate.
    #[must_use]
    pub fn of(sources: &CrateSources) -> CrateMeasures {
        let mut measures = CrateMeasures {
            name: sources.member.name.clone(),
            forgotten: sources.forgotten().into_iter().map(str::to_owned).collect(),
            ..CrateMeasures::default()
        };
        for file in sources.files.values() {
            measures.files.push(FileLength {
                lines: file.lines,
                path: file.path.clone(),
            });
            measures.functions.extend(functions(file, &file.items));
        }
        for file in sources.product() {
            measures.types.extend(types(file));
            measures.campaign.add(CampaignMeasures::of(file));
            if sources.member.is_library() {
                measures.flags.extend(flags(file));
            }
        }
        for tree in &sources.trees {
            measures.imports.add(ImportMeasures::of(tree));
        }
        measures
    }

    /// Returns how many lines its files have.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.files.iter().map(|file| file.lines).sum()
    }

    /// Returns its longest file.
    #[must_use]
    pub fn longest_file(&self) -> Option<&FileLength> {
        self.files.iter().max()
    }

    /// Returns the files with more than [`FILE_LINES`] lines, the longest first.
    #[must_use]
    pub fn long_files(&self) -> Vec<&FileLength> {
        let long = self.files.iter().filter(|file| file.lines > FILE_LINES);
        let mut long: Vec<&FileLength> = long.collect();
        long.sort_by_key(|file| std::cmp::Reverse(file.lines));
        long
    }

    /// Returns its longest function.
    #[must_use]
    pub fn longest_function(&self) -> Option<&FunctionLength> {
        self.functions.iter().max_by_key(|function| function.lines)
    }

    /// Returns the functions with more than [`FUNCTION_LINES`] lines, the longest
    /// first.
    #[must_use]
    pub fn long_functions(&self) -> Vec<&FunctionLength> {
        let mut long: Vec<&FunctionLength> = self
            .functions
            .iter()
            .filter(|function| function.lines > FUNCTION_LINES)
            .collect();
        long.sort_by_key(|function| std::cmp::Reverse(function.lines));
        long
    }
}

/// The measures of all members of a workspace.
#[derive(Debug, Clone)]
pub struct WorkspaceMeasures {
    /// Each member, in the order of the manifest.
    pub crates: Vec<CrateMeasures>,
}

impl WorkspaceMeasures {
    /// Reads and measures the workspace at `root`.
    ///
    /// # Errors
    ///
    /// If a manifest or a source cannot be read or parsed.
    pub fn read(root: &Path) -> Result<WorkspaceMeasures, HouseError> {
        let sources = workspace::read(root)?;
        Ok(WorkspaceMeasures {
            crates: sources.iter().map(CrateMeasures::of).collect(),
        })
    }

    /// Returns the measures of all members but this one as those of one crate;
    /// the longest cycle is the longest of any.
    #[must_use]
    pub fn total(&self) -> CrateMeasures {
        let mut total = CrateMeasures {
            name: "total".to_owned(),
            ..CrateMeasures::default()
        };
        for part in self.crates.iter().filter(|part| part.name != INSTRUMENT) {
            let part = part.clone();
            total.files.extend(part.files);
            total.functions.extend(part.functions);
            total.imports.add(part.imports);
            total.types.extend(part.types);
            total.flags.extend(part.flags);
            total.campaign.add(part.campaign);
        }
        total
    }

    /// Returns the names that several types of the workspace have, this crate's
    /// included.
    #[must_use]
    pub fn repeated_types(&self) -> Vec<RepeatedType> {
        repeated(self.crates.iter().flat_map(|part| &part.types))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(name: &str, lengths: &[usize]) -> CrateMeasures {
        let file = |(at, &lines): (usize, &usize)| FileLength {
            lines,
            path: format!("{name}/{at}.rs"),
        };
        let function = |(at, &lines): (usize, &usize)| FunctionLength {
            name: format!("f{at}"),
            place: SourceLine {
                file: name.to_owned(),
                line: 1,
            },
            lines,
        };
        CrateMeasures {
            name: name.to_owned(),
            files: lengths.iter().enumerate().map(file).collect(),
            functions: lengths.iter().enumerate().map(function).collect(),
            ..CrateMeasures::default()
        }
    }

    #[test]
    fn limits_are_the_last_that_are_allowed() {
        let one = measured("one", &[FILE_LINES, FILE_LINES + 1, FUNCTION_LINES, 700]);
        let paths: Vec<&str> = one.long_files().iter().map(|file| &*file.path).collect();
        assert_eq!(paths, ["one/3.rs", "one/1.rs"]);
        assert_eq!(one.long_functions().len(), 3);
        assert_eq!(one.longest_file().map(|file| file.lines), Some(700));
        assert_eq!(one.lines(), 2 * FILE_LINES + 1 + FUNCTION_LINES + 700);
    }

    #[test]
    fn the_instrument_is_not_in_the_total() {
        let measures = WorkspaceMeasures {
            crates: vec![
                measured("one", &[1, 2]),
                measured(INSTRUMENT, &[900]),
                measured("two", &[4]),
            ],
        };
        assert_eq!(measures.total().lines(), 7);
    }
}
