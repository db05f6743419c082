//! Lines of comma-separated values: RFC 4180, but lines end in a line feed.

use al_words::columns::OutputTable;

/// The names of a table's columns.
pub(super) fn names(table: &OutputTable) -> Vec<String> {
    let columns = table.columns.iter();
    columns.map(|column| column.name.to_owned()).collect()
}

/// A line of cells, ended by a line feed.
pub(super) fn push_line(text: &mut String, cells: &[String]) {
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        push_quoted(text, cell);
    }
    text.push('\n');
}

/// A cell in quotes where it needs them, quotes inside doubled.
fn push_quoted(text: &mut String, cell: &str) {
    let needs_quotes = cell.contains([',', '"', '\n', '\r'])
        || cell.starts_with(char::is_whitespace)
        || cell.ends_with(char::is_whitespace);
    if needs_quotes {
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let mut text = String::new();
        let cells = ["plain", "a,b", "say \"so\"", "two\nlines", " edge", "", "é"];
        push_line(&mut text, &cells.map(str::to_owned));
        assert_eq!(
            text,
            "plain,\"a,b\",\"say \"\"so\"\"\",\"two\nlines\",\" edge\",,é\n"
        );
    }
}
