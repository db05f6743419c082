//! The candidates of a configuration space: its product, without what the
//! rules forbid and what is measured already.

use std::collections::HashSet;

use al_core::{Column, Feature, Key, Kind, Progress, Schema, Table, encoder};
use al_hw::{Space, Value};
use al_tables::Frame;

use crate::error::Error;
use crate::results::check_columns;
use crate::sink::Sink;
use crate::source::Source;

/// Combinations made at a time.
const BLOCK: usize = 1 << 16;

/// Most combinations that are gone through, before any rule.
const MOST: u128 = 10_000_000_000;

/// What a grid came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gridded {
    /// Combinations of the values.
    pub combinations: u128,
    /// Those that the rules forbid.
    pub forbidden: u64,
    /// Those that are measured already.
    pub measured: u64,
    /// Those that were written.
    pub rows: u64,
}

/// Gives the combinations of `space` for which all its rules and `filter`
/// are true and which are no rows of `measured` to what `make_sink` makes. It
/// is called once all of that is known to be usable.
///
/// # Errors
///
/// A rule that is no condition over the columns, rows that cannot be
/// compared, a space too large to go through, an output that cannot be
/// written.
pub fn grid<S: Sink>(
    space: &Space,
    measured: Option<&Source>,
    filter: Option<&str>,
    make_sink: impl FnOnce() -> Result<S, Error>,
    progress: &dyn Progress,
) -> Result<Gridded, Error> {
    let mut gridded = Gridded {
        combinations: space.size(),
        ..Gridded::default()
    };
    if space.size() > MOST {
        return Err(Error::data(format!(
            "the space has {} combinations, and {MOST} are the most; give its columns fewer values",
            space.size()
        )));
    }
    let rules: Vec<&str> = space
        .rules()
        .iter()
        .map(String::as_str)
        .chain(filter)
        .collect();
    let typed = Frame::from_table(&sample(space)).slice(0, 0);
    for rule in &rules {
        typed.filter(rule)?;
    }
    let schema = schema(space);
    let known = match measured {
        None => HashSet::new(),
        Some(measured) => keys(measured, &schema, progress)?,
    };
    progress.stage("writing combinations", space.size() as u64);
    let mut sink = make_sink()?;
    let mut begun = false;
    for block in space.blocks(BLOCK) {
        let rows = block.n_rows() as u64;
        // A block may hold whole numbers only, or one value of a column.
        let mut frame = Frame::concat(vec![typed.clone(), Frame::from_table(&block)])?;
        for rule in &rules {
            frame = frame.filter(rule)?;
        }
        let allowed = frame.n_rows() as u64;
        if !known.is_empty() {
            let keys = encoder::feature_keys(&schema, &frame.table(None)?)
                .expect("a space has the columns of its schema");
            let new: Vec<usize> = (0..keys.len())
                .filter(|&row| !known.contains(&keys[row]))
                .collect();
            frame = frame.take(&new);
        }
        gridded.forbidden += rows - allowed;
        gridded.measured += allowed - frame.n_rows() as u64;
        gridded.rows += frame.n_rows() as u64;
        if frame.n_rows() > 0 || !begun {
            sink.write(&frame)?;
            begun = true;
        }
        progress.advance(rows);
    }
    sink.finish()?;
    Ok(gridded)
}

/// A table in which every value of the space stands: it has the types that
/// all its blocks share.
fn sample(space: &Space) -> Table {
    let longest = space.columns().iter().map(|(_, values)| values.len()).max();
    let columns = space
        .columns()
        .iter()
        .map(|(name, values)| {
            let alone = Space::new(vec![(name.clone(), values.clone())], Vec::new(), None)
                .expect("a column of a space");
            let rows: Vec<usize> = (0..longest.unwrap_or(0))
                .map(|row| row % values.len())
                .collect();
            Column {
                name: name.clone(),
                data: alone.rows(0..alone.size()).columns()[0].data.take(&rows),
            }
        })
        .collect();
    Table::new(columns)
}

/// The columns of the space as features: what a row of it is known by.
fn schema(space: &Space) -> Schema {
    let kind = |values: &[Value]| match values.first() {
        Some(Value::Integer(_) | Value::Number(_)) => Kind::Numeric,
        _ => Kind::Categorical { levels: Vec::new() },
    };
    Schema {
        features: space
            .columns()
            .iter()
            .map(|(name, values)| Feature {
                name: name.clone(),
                kind: kind(values),
            })
            .collect(),
    }
}

fn keys(
    measured: &Source,
    schema: &Schema,
    progress: &dyn Progress,
) -> Result<HashSet<Key>, Error> {
    let input = measured.open()?;
    progress.stage("reading measured rows", input.n_rows_hint() as u64);
    check_columns(&input, schema.names())?;
    let names: Vec<&str> = schema.names().collect();
    let table = input.read(Some(&names))?.table(None)?;
    let keys =
        encoder::feature_keys(schema, &table).map_err(|error| Error::in_table(&input, &error))?;
    Ok(keys.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use al_core::Silent;
    use al_tables::{Format, Target, Writer};

    use super::*;

    fn made(space: &str, measured: Option<&str>, filter: Option<&str>) -> (Gridded, Vec<String>) {
        let directory = tempfile::tempdir().unwrap();
        let space = Space::parse(space).unwrap();
        let source = measured.map(|text| {
            let path = directory.path().join("measured.csv");
            std::fs::write(&path, text).unwrap();
            Source::files([path.display().to_string()])
        });
        let path = directory.path().join("out.csv");
        let target = Target::Path(path.clone());
        let gridded = grid(
            &space,
            source.as_ref(),
            filter,
            || Ok(Writer::create(&target, Format::Csv)?),
            &Silent,
        )
        .unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        (gridded, text.lines().map(str::to_owned).collect())
    }

    const SPACE: &str = "rules = [\"NOT (hardware = 'webgpu' AND batch > 8)\"]\n\
                         [values]\nhardware = ['cuda', 'webgpu']\nbatch = [8, 16]\nx = [1, 1.5]";

    #[test]
    fn rules_and_measured_rows_are_left_out() {
        let (gridded, lines) = made(SPACE, None, None);
        let expected = Gridded {
            combinations: 8,
            forbidden: 2,
            measured: 0,
            rows: 6,
        };
        assert_eq!(gridded, expected);
        assert_eq!(lines[..2], ["hardware,batch,x", "cuda,8,1.0"]);
        // 8.0 and 8 are one value; a row twice counts once; others are
        // strangers.
        let measured = "y,batch,hardware,x\n1,8.0,cuda,1\n1,8,cuda,1\n2,64,cuda,1\n";
        let (gridded, lines) = made(SPACE, Some(measured), Some("x < 1.2"));
        assert_eq!(
            (gridded.forbidden, gridded.measured, gridded.rows),
            (5, 1, 2)
        );
        assert_eq!(lines[1..], ["cuda,16,1.0", "webgpu,8,1.0"]);
    }

    #[test]
    fn nothing_left_is_a_header() {
        let (gridded, lines) = made(SPACE, None, Some("batch > 100"));
        assert_eq!(gridded.rows, 0);
        assert_eq!(lines, ["hardware,batch,x"]);
    }

    #[test]
    fn blocks_have_one_type_whatever_values_they_hold() {
        // The first blocks hold only the whole number.
        let space = "[values]\nslow = [1, 1.5]\nfast = { from = 1, to = 70000, step = 1 }";
        let (gridded, lines) = made(space, None, None);
        assert_eq!(gridded.rows, 140_000);
        assert_eq!(
            (lines[1].as_str(), lines[140_000].as_str()),
            ("1.0,1", "1.5,70000")
        );
    }

    #[test]
    fn what_cannot_be_is_an_error_before_anything_is_written() {
        let refuse = |text: &str| {
            let space = Space::parse(text).unwrap();
            let never = || -> Result<Writer, Error> { panic!("nothing is to be written") };
            grid(&space, None, None, never, &Silent)
                .unwrap_err()
                .to_string()
        };
        let message = refuse("rules = ['bacth > 1']\n[values]\nbatch = [1]");
        assert!(message.contains("did you mean \"batch\"?"), "{message}");
        let column = |name: &str| format!("{name} = {{ from = 1, to = 100000, step = 1 }}\n");
        let message = refuse(&format!(
            "[values]\n{}{}{}",
            column("a"),
            column("b"),
            column("c")
        ));
        assert!(
            message.starts_with("the space has 1000000000000000 combinations"),
            "{message}"
        );
    }
}
