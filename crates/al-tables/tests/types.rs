//! Columns of types that polars lacks, in files that pyarrow 26 wrote (see
//! `types/make.py`).

use al_core::Fault;
use al_tables::{Input, ReadOptions, TableError};

fn open(names: &[&str], filter: Option<&str>) -> Result<Input, TableError> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/types/");
    let paths: Vec<String> = names.iter().map(|name| format!("{folder}{name}")).collect();
    let filter = filter.map(str::to_owned);
    Input::open(
        &paths,
        &ReadOptions {
            filter,
            ..ReadOptions::default()
        },
    )
}

/// The names that can be read, and those that cannot.
fn names(input: &Input) -> (Vec<&str>, Vec<&str>) {
    let left_out = input.left_out().iter().map(|column| column.name.as_str());
    (
        input.names().iter().map(String::as_str).collect(),
        left_out.collect(),
    )
}

#[test]
fn columns_that_cannot_be_read_are_left_out() {
    for (name, known, unknown) in [
        ("half.parquet", &["x", "y"][..], "half"),
        ("half_plain.parquet", &["x", "y"], "half"),
        ("nested_half.parquet", &["x", "y"], "nested"),
        ("decimal256.parquet", &["x", "small", "y"], "wide"),
    ] {
        let input = open(&[name], None).unwrap();
        assert_eq!(names(&input), (known.to_vec(), vec![unknown]), "{name}");
        let table = input.read(None).unwrap().table(None).unwrap();
        assert_eq!(table.n_rows(), 60, "{name}");
        assert_eq!(
            table.column("x").unwrap().text(8).as_deref(),
            Some("1"),
            "{name}"
        );
        assert_eq!(
            table.column("y").unwrap().text(8).as_deref(),
            Some("2.5"),
            "{name}"
        );
        let few = open(&[name], Some("x = 3 AND y > 6"))
            .unwrap()
            .read(None)
            .unwrap();
        assert_eq!(few.n_rows(), 9, "{name}");
    }
    let input = open(&["half.arrow"], None).unwrap();
    assert_eq!(names(&input), (vec!["x", "y"], vec!["half", "wide"]));
    let table = input.read(None).unwrap().table(None).unwrap();
    assert_eq!(table.column("y").unwrap().text(8).as_deref(), Some("2.5"));
}

#[test]
fn whoever_needs_one_is_told_which_and_what_to_do() {
    for (name, column, kind) in [
        ("half.parquet", "half", "16-bit floats"),
        ("half_plain.parquet", "half", "16-bit floats"),
        ("nested_half.parquet", "nested", "16-bit floats"),
        ("decimal256.parquet", "wide", "decimals of 60 digits"),
        ("half.arrow", "wide", "decimals of 60 digits"),
    ] {
        let said = format!(
            "{name}: column '{column}' cannot be read: it holds {kind}; cast it to a 32-bit float and write the file again"
        );
        let input = open(&[name], None).unwrap();
        let error = input.read(Some(&["x", column])).unwrap_err();
        assert!(Fault::from(error).to_string().ends_with(&said), "{said}");
        let error = open(&[name], Some(&format!("{column} > 1"))).unwrap_err();
        assert!(Fault::from(error).to_string().ends_with(&said), "{said}");
    }
    let error = open(&["only_half.parquet"], None).unwrap_err().to_string();
    assert!(error.contains("column 'half' cannot be read"), "{error}");
}

/// A column is left out of all files if one file cannot give it: the rows of
/// that file would look as if nothing had been measured.
#[test]
fn a_column_that_one_of_several_files_cannot_give_is_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let sound = directory.path().join("sound.csv");
    std::fs::write(&sound, "half,x,y\n0.5,1,2\n").unwrap();
    let sound = sound.to_str().unwrap();
    let half = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/types/half.parquet");
    for paths in [[sound, half], [half, sound]] {
        let paths = paths.map(str::to_owned);
        let input = Input::open(&paths, &ReadOptions::default()).unwrap();
        assert_eq!(names(&input), (vec!["x", "y"], vec!["half"]));
        assert_eq!(input.read(None).unwrap().n_rows(), 61);
    }
}
