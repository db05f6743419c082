//! The measures as plain text.

use std::fmt::Write;

use crate::measures::{CrateMeasures, FILE_LINES, FUNCTION_LINES, INSTRUMENT, WorkspaceMeasures};
use crate::source::SourceLine;

/// Returns the tables: files and functions, imports, and what is counted once.
#[must_use]
pub fn tables(measures: &WorkspaceMeasures) -> String {
    let total = measures.total();
    let mut rows: Vec<&CrateMeasures> = measures.crates.iter().collect();
    rows.sort_by_key(|part| part.name == INSTRUMENT);
    let own = rows.iter().filter(|part| part.name == INSTRUMENT).count();
    rows.insert(rows.len() - own, &total);

    let mut text = String::new();
    let over = format!("> {FILE_LINES} lines");
    let head = ["", "files", "lines", &over, "longest file", ""];
    text += &aligned(&head, rows.iter().map(|part| files(part)));
    text.push('\n');
    let over = format!("> {FUNCTION_LINES} lines");
    let head = ["", "functions", &over, "share", "longest function", ""];
    text += &aligned(&head, rows.iter().map(|part| functions(part)));
    text.push('\n');
    let head = [
        "",
        "modules",
        "arrows",
        "in cycles",
        "longest cycle",
        "rooms in cycles",
        "back to rooms",
        "back to parents",
        "lines with flags",
    ];
    text += &aligned(&head, rows.iter().map(|part| imports(part)));
    text.push('\n');
    text += &once(measures, &total);
    text
}

fn files(part: &CrateMeasures) -> Vec<String> {
    let (lines, path) = part
        .longest_file()
        .map(|file| (file.lines, file.path.clone()))
        .unwrap_or_default();
    vec![
        part.name.clone(),
        part.files.len().to_string(),
        part.lines().to_string(),
        part.long_files().len().to_string(),
        lines.to_string(),
        path,
    ]
}

fn functions(part: &CrateMeasures) -> Vec<String> {
    let (lines, name) = part
        .longest_function()
        .map(|function| {
            (
                function.lines,
                format!("{} ({})", function.name, function.place),
            )
        })
        .unwrap_or_default();
    let long = part.long_functions().len();
    vec![
        part.name.clone(),
        part.functions.len().to_string(),
        long.to_string(),
        percent(long, part.functions.len()),
        lines.to_string(),
        name,
    ]
}

fn imports(part: &CrateMeasures) -> Vec<String> {
    let imports = &part.imports;
    let numbers = [
        imports.modules,
        imports.arrows,
        imports.modules_in_cycles(),
        imports.longest_cycle(),
        imports.rooms_in_cycles,
        imports.back_to_rooms.len(),
        imports.back_to_parents.len(),
        part.flags.len(),
    ];
    let mut row = vec![part.name.clone()];
    row.extend(numbers.map(|number| number.to_string()));
    row
}

fn once(measures: &WorkspaceMeasures, total: &CrateMeasures) -> String {
    let repeated = measures.repeated_types();
    let sharing: usize = repeated.iter().map(|name| name.places.len()).sum();
    let types: usize = measures.crates.iter().map(|part| part.types.len()).sum();
    let rows = [
        ("types", types.to_string()),
        (
            "types that share their name",
            format!("{sharing} ({})", percent(sharing, types)),
        ),
        ("names that several types have", repeated.len().to_string()),
        (
            "signatures with Option<&Campaign>",
            total.campaign.signatures.len().to_string(),
        ),
        (
            "fields of type Option<&Campaign>",
            total.campaign.fields.len().to_string(),
        ),
        (
            "public fields of Campaign",
            total.campaign.public.len().to_string(),
        ),
        (
            "fields of Campaign with a restricted visibility",
            total.campaign.restricted.len().to_string(),
        ),
    ];
    let rows = rows.map(|(name, value)| vec![name.to_owned(), value]);
    aligned(&[], rows.into_iter())
}

/// Returns what the tables count, one entry per line.
#[must_use]
pub fn lists(measures: &WorkspaceMeasures) -> String {
    let total = measures.total();
    let mut text = String::new();
    let mut list = |title: &str, entries: Vec<String>| {
        let _ = writeln!(text, "\n{title}: {}", entries.len());
        for entry in entries {
            let _ = writeln!(text, "  {entry}");
        }
    };
    let long = total.long_files();
    let long = long
        .iter()
        .map(|file| format!("{:5} {}", file.lines, file.path));
    list(&format!("files over {FILE_LINES} lines"), long.collect());
    let long = total.long_functions();
    let long = long
        .iter()
        .map(|long| format!("{:5} {} ({})", long.lines, long.name, long.place));
    list(
        &format!("functions over {FUNCTION_LINES} lines"),
        long.collect(),
    );
    for part in &measures.crates {
        let name = &part.name;
        let cycles = part.imports.cycles.iter().map(|cycle| cycle.join(", "));
        list(&format!("{name}: cycles"), cycles.collect());
        let back = &part.imports;
        list(
            &format!("{name}: arrows back to rooms"),
            back.back_to_rooms.clone(),
        );
        list(
            &format!("{name}: arrows back to parents"),
            back.back_to_parents.clone(),
        );
    }
    let repeated = measures.repeated_types().into_iter().map(|name| {
        let places: Vec<String> = name.places.iter().map(ToString::to_string).collect();
        format!("{} ×{}: {}", name.name, places.len(), places.join(" "))
    });
    list("names that several types have", repeated.collect());
    let shown = |places: &[SourceLine]| places.iter().map(ToString::to_string).collect();
    list(
        "signatures with Option<&Campaign>",
        shown(&total.campaign.signatures),
    );
    list(
        "fields of type Option<&Campaign>",
        shown(&total.campaign.fields),
    );
    list("lines of libraries that name a flag", shown(&total.flags));
    text
}

/// The share in per cent with one decimal.
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "0.0 %".to_owned();
    }
    format!("{:.1} %", 100.0 * part as f64 / whole as f64)
}

/// Rows under their heads, numbers to the right and texts to the left.
fn aligned(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table: Vec<Vec<String>> = Vec::new();
    if !head.is_empty() {
        table.push(head.iter().map(|&name| name.to_owned()).collect());
    }
    table.extend(rows);
    let columns = table.first().map_or(0, Vec::len);
    let mut text = String::new();
    let widths: Vec<usize> = (0..columns)
        .map(|at| {
            table
                .iter()
                .map(|row| row[at].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in &table {
        let mut line = String::new();
        for (at, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let gap = " ".repeat(width - cell.chars().count());
            let last = at + 1 == columns;
            let is_text = at == 0 || last && head.last() == Some(&"");
            line += &if is_text {
                format!("{cell}{gap}  ")
            } else {
                format!("{gap}{cell}  ")
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}
