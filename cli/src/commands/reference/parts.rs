//! Parts of pages that people write: the program writes what stands between a
//! mark and the next end, as in
//!
//! ```text
//! <!-- from the program: columns of batch -->
//! <!-- end -->
//! ```

use al_words::columns::{self, TABLES};
use al_words::metrics::{METRICS, Metric, OF_CLASSES, OF_LOG_VALUES, OF_VALUES};
use al_words::units::UNITS;
use anyhow::{Context as _, bail};

/// The pages with such parts.
pub(super) const PAGES: [&str; 3] = ["FORMATS.md", "HARDWARE.md", "UNCERTAINTY.md"];

const BEGIN: &str = "<!-- from the program: ";
const CLOSE: &str = " -->";
const END: &str = "<!-- end -->";

/// A page with its parts as the program writes them.
pub(super) fn renewed(page: &str) -> anyhow::Result<String> {
    let mut text = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(at) = rest.find(BEGIN) {
        let (before, from) = rest.split_at(at);
        let (mark, after) = from.split_once('\n').context("a mark ends the page")?;
        let name = mark
            .strip_prefix(BEGIN)
            .and_then(|mark| mark.strip_suffix(CLOSE))
            .with_context(|| format!("'{mark}' does not end in '{CLOSE}'"))?;
        let end = after
            .find(END)
            .with_context(|| format!("the part '{name}' has no '{END}'"))?;
        text.push_str(before);
        text.push_str(&format!("{mark}\n{}", part(name)?));
        rest = &after[end..];
    }
    text.push_str(rest);
    Ok(text)
}

fn part(name: &str) -> anyhow::Result<String> {
    if let Some(table) = name.strip_prefix("columns of ") {
        let table = TABLES.iter().find(|one| one.name == table);
        return Ok(columns::markdown(
            table.with_context(|| format!("no table is called so: '{name}'"))?,
        ));
    }
    match name {
        "reserved names" => Ok(reserved_names()),
        "metrics" => Ok(metrics()),
        "units" => Ok(units()),
        "metrics by task" => Ok(metrics_by_task()),
        _ => bail!("there is no part '{name}'"),
    }
}

/// The names as a list of several lines.
fn reserved_names() -> String {
    let names = columns::reserved();
    let lines: Vec<String> = names
        .chunks(5)
        .map(|names| {
            let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            quoted.join(", ")
        })
        .collect();
    format!("{}.\n", lines.join(",\n"))
}

fn metrics() -> String {
    let mut text = String::from("| metric | unit or range | what it is |\n|---|---|---|\n");
    for metric in METRICS {
        let unit = match metric.unit.words() {
            "" => String::new(),
            unit => format!(" {unit}"),
        };
        text.push_str(&format!(
            "| `{}` |{unit} | {} |\n",
            metric.key,
            metric.doc()
        ));
    }
    text
}

/// The units, each with its endings.
fn units() -> String {
    let mut listed: Vec<(&str, Vec<String>)> = Vec::new();
    for (ending, unit) in UNITS {
        let written = format!("`_{ending}`");
        match listed.iter_mut().find(|(known, _)| known == unit) {
            Some((_, endings)) => endings.push(written),
            None => listed.push((unit, vec![written])),
        }
    }
    let mut text = String::from("| unit | endings of names |\n|---|---|\n");
    for (unit, endings) in listed {
        text.push_str(&format!("| {unit} | {} |\n", endings.join(", ")));
    }
    text
}

/// Per task its metrics in their order.
fn metrics_by_task() -> String {
    let list = |metrics: &[&Metric]| {
        let names: Vec<String> = metrics
            .iter()
            .map(|metric| match metric.improves() {
                true => format!("**`{}`**", metric.key),
                false => format!("`{}`", metric.key),
            })
            .collect();
        names.join(", ")
    };
    let mut text =
        String::from("| task | metrics; those with an improvement in bold |\n|---|---|\n");
    for (task, metrics) in [
        ("regression", OF_VALUES),
        ("regression on the logarithm of the target", OF_LOG_VALUES),
        ("classification", OF_CLASSES),
    ] {
        text.push_str(&format!("| {task} | {} |\n", list(metrics)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_marks_is_replaced() {
        let page = format!("before\n{BEGIN}columns of batch{CLOSE}\nstale\n{END}\nafter\n");
        let new = renewed(&page).unwrap();
        assert!(new.starts_with("before\n") && new.ends_with(&format!("{END}\nafter\n")));
        assert!(
            new.contains("| `rank` |") && !new.contains("stale"),
            "{new}"
        );
        assert_eq!(renewed(&new).unwrap(), new);
        assert_eq!(renewed("plain\n").unwrap(), "plain\n");
    }

    #[test]
    fn marks_that_lead_nowhere_are_errors() {
        let refused = |page: &str| renewed(page).unwrap_err().to_string();
        let open = format!("{BEGIN}metrics{CLOSE}\n");
        assert!(refused(&open).contains("has no"));
        let unknown = format!("{BEGIN}colours{CLOSE}\n{END}\n");
        assert!(refused(&unknown).contains("no part 'colours'"));
        let table = format!("{BEGIN}columns of dreams{CLOSE}\n{END}\n");
        assert!(refused(&table).contains("dreams"));
    }
}
