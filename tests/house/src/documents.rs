//! The documents of the repository, and where their links lead.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::HouseError;
use crate::files::{self, folder_of, joined};

/// Returns the pages: README, CHANGELOG and all below `docs`, by their paths from
/// the root.
///
/// # Errors
///
/// If the folder cannot be read.
pub fn pages(root: &Path) -> Result<Vec<String>, HouseError> {
    let mut pages = vec!["README.md".to_owned(), "CHANGELOG.md".to_owned()];
    let below = files::below(&root.join("docs"), ".md")?;
    pages.extend(below.iter().map(|path| files::shown(root, path)));
    Ok(pages)
}

/// Returns the targets of inline links outside of fenced blocks.
#[must_use]
pub fn links(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let mut rest = line;
        while let Some(at) = rest.find("](") {
            rest = &rest[at + 2..];
            if let Some(end) = rest.find(')') {
                found.push(rest[..end].to_owned());
            }
        }
    }
    found
}

/// Returns the files that a page links to, by their paths from the root; links
/// to other sites and to places in the page itself are left out.
///
/// # Errors
///
/// If the page cannot be read.
pub fn linked(root: &Path, page: &str) -> Result<BTreeSet<String>, HouseError> {
    let text = files::text(&root.join(page))?;
    let paths = links(&text).into_iter().filter_map(|link| {
        let path = link.split('#').next().unwrap_or_default();
        let here = !path.is_empty() && !path.contains("://");
        here.then(|| joined(folder_of(page), path))
    });
    Ok(paths.collect())
}

/// Returns the words of a page in lower case, a space between each.
///
/// # Errors
///
/// If the page cannot be read.
pub fn sentences(root: &Path, page: &str) -> Result<String, HouseError> {
    let text = files::text(&root.join(page))?.to_lowercase();
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Returns the files that some clicks on links lead to from a page.
///
/// # Errors
///
/// If a page on the way cannot be read.
pub fn reached(root: &Path, page: &str, clicks: usize) -> Result<BTreeSet<String>, HouseError> {
    let mut reached = BTreeSet::from([page.to_owned()]);
    for _ in 0..clicks {
        let mut next = reached.clone();
        for page in reached.iter().filter(|page| page.ends_with(".md")) {
            next.extend(linked(root, page)?);
        }
        reached = next;
    }
    Ok(reached)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_fences() {
        assert_eq!(
            links("[a](b.md) and ![c](d/e.png)\n```\n[no](x)\n```\n[f](g.md#h)"),
            ["b.md", "d/e.png", "g.md#h"]
        );
    }
}
