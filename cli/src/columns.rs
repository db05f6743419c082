//! The columns that commands write, in their help: as they are declared.

use al_words::columns::{
    ADVICE, BATCH, CURVES, FRONT, FRONT_PAIRS, INTEGRATION, OutputColumn, OutputTable, PAIRS,
    ROUNDS, SCORED_CLASSES, SCORED_VALUES, SEARCHES, VERDICTS,
};

/// Per command the tables that it writes, each with the line above its columns.
static WRITTEN: [(&str, &[(&str, &OutputTable)]); 5] = [
    (
        "score",
        &[
            (
                "Columns added for a target that is a number:",
                &SCORED_VALUES,
            ),
            ("For a class:", &SCORED_CLASSES),
        ],
    ),
    ("select", &[("Columns added:", &BATCH)]),
    (
        "recommend",
        &[
            ("Columns added, a row per workload:", &ADVICE),
            (
                "Of several models, a row per workload and hardware that no other beats:",
                &FRONT,
            ),
            ("With --integrate:", &INTEGRATION),
            ("--hardware-table, a row per workload and hardware:", &PAIRS),
            ("--hardware-table of several models:", &FRONT_PAIRS),
        ],
    ),
    (
        "simulate",
        &[
            (
                "-o, a row per strategy, repeat and round; without those that have no value:",
                &CURVES,
            ),
            ("--format csv, a row per strategy:", &VERDICTS),
            ("--format csv with --goal best:", &SEARCHES),
        ],
    ),
    ("report", &[("--format csv, a row per round:", &ROUNDS)]),
];

/// The tree of commands, whose long help tells of the columns that they write, in lines of
/// `width` letters.
pub(crate) fn told(command: clap::Command, width: usize) -> clap::Command {
    // One by one they would lose their order.
    command.mut_subcommands(move |command| {
        let mut written = WRITTEN.iter();
        let Some((_, tables)) = written.find(|(name, _)| *name == command.get_name()) else {
            return command;
        };
        let notes = command
            .get_after_help()
            .map(|notes| format!("{}\n\n", notes.ansi()))
            .unwrap_or_default();
        command.after_long_help(format!("{notes}{}", told_of(tables, width)))
    })
}

/// The columns of tables; one that is told of already is named only.
fn told_of(tables: &[(&str, &OutputTable)], page: usize) -> String {
    let mut before: Vec<&OutputColumn> = Vec::new();
    let mut parts = Vec::new();
    for (title, table) in tables {
        let (again, new): (Vec<&OutputColumn>, Vec<&OutputColumn>) =
            table.columns.iter().partition(|one| before.contains(one));
        let width = new.iter().map(|one| one.name.len()).max().unwrap_or(0);
        let mut lines = vec![(*title).to_owned()];
        lines.extend(new.iter().map(|column| line(column, width, page)));
        if !again.is_empty() {
            let names: Vec<&str> = again.iter().map(|column| column.name).collect();
            lines.push(wrapped(
                "  ",
                &format!("and as above {}", names.join(", ")),
                4,
                page,
            ));
        }
        before.extend(new);
        parts.push(lines.join("\n"));
    }
    parts.join("\n\n")
}

/// A column, its name `width` letters wide, in lines of `page` letters.
fn line(column: &OutputColumn, width: usize, page: usize) -> String {
    let doc = column.doc.replace(['`', '*'], "");
    let unit = match column.unit.replace('`', "") {
        unit if unit.is_empty() => unit,
        unit => format!(" ({unit})"),
    };
    wrapped(
        &format!("  {:<width$}  ", column.name),
        &format!("{doc}{unit}"),
        width + 4,
        page,
    )
}

/// Text behind a beginning, in lines of `page` letters of which all but the first are
/// indented.
fn wrapped(beginning: &str, text: &str, indent: usize, page: usize) -> String {
    let mut lines = vec![beginning.to_owned()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("the first line");
        let is_fresh = last.ends_with(' ');
        if is_fresh || last.chars().count() + 1 + word.chars().count() <= page {
            last.push_str(if is_fresh { "" } else { " " });
            last.push_str(word);
        } else {
            lines.push(format!("{:indent$}{word}", ""));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_tell_of_every_column_once() {
        for (name, tables) in &WRITTEN {
            let text = told_of(tables, 100);
            assert!(
                text.lines().all(|line| line.chars().count() <= 100),
                "{text}"
            );
            assert!(!text.contains('`'), "{text}");
            for column in tables.iter().flat_map(|(_, table)| table.columns) {
                let start = format!("\n  {} ", column.name);
                let others = tables.iter().flat_map(|(_, table)| table.columns);
                let meanings: Vec<&&OutputColumn> =
                    others.filter(|other| other.name == column.name).collect();
                let mut distinct: Vec<&&OutputColumn> = Vec::new();
                for meaning in meanings {
                    if !distinct.contains(&meaning) {
                        distinct.push(meaning);
                    }
                }
                let told = text.matches(&start).count();
                assert_eq!(told, distinct.len(), "{name}: {}\n{text}", column.name);
            }
        }
    }

    #[test]
    fn long_texts_are_indented() {
        let text = wrapped("  name  ", &"word ".repeat(30), 8, 100);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("  name  word"), "{text}");
        assert!(lines[1].starts_with("        word"), "{text}");
    }
}
