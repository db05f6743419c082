//! What the documents link to, and that each is found.

use house::documents::{linked, pages, reached, sentences};
use house::workspace::this_checkout;

#[test]
fn links_lead_somewhere() {
    let root = this_checkout();
    let mut broken = Vec::new();
    for page in pages(&root).expect("readable folders") {
        for link in linked(&root, &page).expect("a readable page") {
            if !root.join(&link).exists() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

#[test]
fn every_page_is_two_clicks_from_the_readme() {
    let root = this_checkout();
    let reached = reached(&root, "README.md", 2).expect("readable pages");
    let pages = pages(&root).expect("readable folders");
    let lost: Vec<&String> = pages
        .iter()
        .filter(|page| page.starts_with("docs/") && !reached.contains(*page))
        .collect();
    assert!(lost.is_empty(), "more than two clicks away: {lost:?}");
}

#[test]
fn every_design_page_is_listed() {
    let root = this_checkout();
    let listed = linked(&root, "docs/ARCHITECTURE.md").expect("a readable page");
    let pages = pages(&root).expect("readable folders");
    let missing: Vec<&String> = pages
        .iter()
        .filter(|page| page.starts_with("docs/design/") && !listed.contains(*page))
        .collect();
    assert!(
        missing.is_empty(),
        "not in docs/ARCHITECTURE.md: {missing:?}"
    );
}

/// What readers in a second language stumble over: metaphors and archaic turns.
const WORDS: [&str; 13] = [
    "flock",
    "yardstick",
    "thrift",
    "blamed",
    " anew",
    "for ever ",
    " shall ",
    "on offer",
    "for want of",
    "earns its keep",
    "hands out",
    "off the error",
    "likely to work",
];

#[test]
fn pages_use_plain_words() {
    let root = this_checkout();
    let mut found = Vec::new();
    for page in pages(&root).expect("readable folders") {
        // A design page and the changelog tell of words as they were.
        if page.starts_with("docs/design/") || page == "CHANGELOG.md" {
            continue;
        }
        let text = sentences(&root, &page).expect("a readable page");
        let words = WORDS.iter().filter(|word| text.contains(**word));
        found.extend(words.map(|word| format!("{page}: {word:?}")));
    }
    assert!(
        found.is_empty(),
        "see docs/GLOSSARY.md:\n{}",
        found.join("\n")
    );
}
