//! Lines of help that fit their width: examples stay commands of a shell, and paragraphs
//! are as wide as the page.

/// Blanks before the continued lines of a command.
const INDENT: usize = 4;

/// Command lines in lines of at most `width` letters, each of which can be pasted into a
/// shell; a comment that does not fit stands above its command. What is broken already
/// stays so if it fits.
pub(super) fn commands_within(lines: &str, width: usize) -> String {
    let mut fitted: Vec<String> = Vec::new();
    let mut lines = lines.lines();
    while let Some(line) = lines.next() {
        let mut parts = vec![line];
        while parts.last().is_some_and(|part| part.ends_with('\\')) {
            parts.extend(lines.next());
        }
        if parts.iter().all(|part| length(part) <= width) {
            fitted.extend(parts.into_iter().map(str::to_owned));
            continue;
        }
        let words = |part: &&str| part.trim_end_matches('\\').trim().to_owned();
        let line = parts.iter().map(words).collect::<Vec<_>>().join(" ");
        let (command, comment) = match comment_at(&line) {
            Some(at) => (line[..at].trim_end(), Some(&line[at..])),
            None => (line.as_str(), None),
        };
        fitted.extend(comment.map(str::to_owned));
        let mut rest = command.to_owned();
        while length(&rest) > width {
            let Some(at) = place_to_break(&rest, width) else {
                break;
            };
            fitted.push(format!("{} \\", &rest[..at]));
            rest = format!("{:INDENT$}{}", "", &rest[at + 1..]);
        }
        fitted.push(rest);
    }
    fitted.join("\n")
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// The blanks of a command outside quotes, each with how many letters stand before it.
fn blanks(command: &str) -> Vec<(usize, usize)> {
    let (mut found, mut quote) = (Vec::new(), None);
    for (letters, (at, letter)) in command.char_indices().enumerate() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, ' ') => found.push((at, letters)),
            _ => {}
        }
    }
    found
}

/// Where the comment at the end of a command begins.
fn comment_at(line: &str) -> Option<usize> {
    let mut blanks = blanks(line).into_iter();
    let comment = blanks.find(|(at, _)| *at > 0 && line[at + 1..].starts_with("# "));
    comment.map(|(at, _)| at + 1)
}

/// The last blank, best before an option, at which a command is broken so that ` \` fits.
fn place_to_break(command: &str, width: usize) -> Option<usize> {
    let start = command.len() - command.trim_start().len();
    let fits = |&(at, letters): &(usize, usize)| at > start && letters + 2 <= width;
    let found: Vec<usize> = blanks(command)
        .into_iter()
        .filter(fits)
        .map(|(at, _)| at)
        .collect();
    let before_option = |at: &usize| {
        let next = &command[at + 1..];
        next.starts_with('-') && !next.starts_with("- ")
    };
    found
        .iter()
        .copied()
        .rfind(before_option)
        .or(found.last().copied())
}

/// Paragraphs as one line each, for what wraps them to its own width. Lines that are
/// indented are a table, and stay.
pub(super) fn unfolded(text: &str) -> String {
    let paragraph = |part: &str| match part.lines().any(|line| line.starts_with(' ')) {
        true => part.to_owned(),
        false => part
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join(" "),
    };
    text.split("\n\n")
        .map(paragraph)
        .collect::<Vec<_>>()
        .join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_command_is_the_same_command() {
        let line = "altool train results.csv --target ms --where \"a b c d\" -o m.altool";
        let fitted = commands_within(line, 36);
        assert_eq!(
            fitted,
            "altool train results.csv \\\n    --target ms --where \"a b c d\" \\\n    -o m.altool"
        );
        assert_eq!(fitted.replace(" \\\n   ", ""), line);
        assert_eq!(commands_within(line, 100), line);
        // What is broken already stays so where it fits.
        let two = "altool train a.csv \\\n    --target ms";
        assert_eq!(commands_within(two, 20), two);
        let two = "altool train results.csv \\\n    --target ms -q";
        assert_eq!(
            commands_within(two, 20),
            "altool train \\\n    results.csv \\\n    --target ms -q"
        );
        // A comment ends a line of a shell.
        let said = commands_within("altool select c.csv -n 20  # first", 22);
        assert_eq!(said, "# first\naltool select c.csv \\\n    -n 20");
        assert_eq!(
            commands_within("much-too-long-a-word", 5),
            "much-too-long-a-word"
        );
    }

    #[test]
    fn paragraphs_are_lines_and_tables_stay() {
        assert_eq!(
            unfolded("a\nb\n\nc:\n  d  e\n  f"),
            "a b\n\nc:\n  d  e\n  f"
        );
    }
}
