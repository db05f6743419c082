//! What is written, to the byte where that matters.

use std::path::{Path, PathBuf};
use std::process::Command;

use al_core::FaultKind;
use al_tables::{
    Format, Frame, Input, NewColumn, NewData, ReadOptions, TableError, Target, Writer,
};

fn column(name: &str, data: NewData) -> NewColumn {
    NewColumn {
        name: name.to_owned(),
        data,
    }
}

fn frame(columns: Vec<NewColumn>) -> Frame {
    let mut frame = Frame::default();
    frame.append(columns).unwrap();
    frame
}

fn sample() -> Frame {
    frame(vec![
        column(
            "x",
            NewData::Float(vec![0.1, f64::NAN, f64::INFINITY, -1e300]),
        ),
        column(
            "f",
            NewData::Single(vec![0.1, f32::NAN, f32::NEG_INFINITY, 2.0]),
        ),
        column("i", NewData::Integer(vec![1, -2, i64::MAX, 0])),
        column(
            "t",
            NewData::Text(vec![
                Some("a,b".into()),
                None,
                Some("\"q\"\n".into()),
                Some("ü".into()),
            ]),
        ),
        column(
            "l",
            NewData::Labels {
                codes: vec![1, 0, 9, 1],
                levels: vec!["cpu".into(), "cuda".into()],
            },
        ),
        column("b", NewData::Bool(vec![true, false, true, true])),
    ])
}

fn write(path: &Path, frames: &[Frame]) {
    let format = Format::from_path(path).unwrap();
    let mut writer = Writer::create(&Target::Path(path.to_owned()), format).unwrap();
    for frame in frames {
        writer.write(frame).unwrap();
    }
    writer.finish().unwrap();
}

fn read(path: &Path) -> Frame {
    let paths = [path.to_str().unwrap().to_owned()];
    Input::open(&paths, &ReadOptions::default())
        .unwrap()
        .read(None)
        .unwrap()
}

fn listing(directory: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[test]
fn csv_is_the_shortest_text_that_reads_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.csv");
    write(&path, &[sample()]);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "x,f,i,t,l,b\n\
         0.1,0.1,1,\"a,b\",cuda,true\n\
         ,,-2,,cpu,false\n\
         inf,-inf,9223372036854775807,\"\"\"q\"\"\n\",,true\n\
         -1e+300,2.0,0,ü,cuda,true\n"
    );
}

#[test]
fn json_lines_are_one_object_per_row() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.jsonl");
    write(&path, &[sample().slice(0, 3)]);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "{\"x\":0.1,\"f\":0.1,\"i\":1,\"t\":\"a,b\",\"l\":\"cuda\",\"b\":true}\n\
         {\"x\":null,\"f\":null,\"i\":-2,\"t\":null,\"l\":\"cpu\",\"b\":false}\n\
         {\"x\":\"inf\",\"f\":\"-inf\",\"i\":9223372036854775807,\"t\":\"\\\"q\\\"\\n\",\"l\":null,\"b\":true}\n"
    );
}

#[test]
fn every_format_reads_back_what_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let expected = sample().table(None).unwrap();
    for name in ["a.csv", "a.tsv", "a.parquet", "a.arrow", "a.jsonl"] {
        let path = directory.path().join(name);
        write(&path, &[sample().slice(0, 1), sample().slice(1, 3)]);
        let found = read(&path).table(None).unwrap();
        for (found, expected) in found.columns().iter().zip(expected.columns()) {
            assert_eq!(found.name, expected.name);
            for row in 0..4 {
                // Single precision has a shorter text than its value in double.
                let same = found.data.text(row) == expected.data.text(row)
                    || (found.name == "f" && found.data.text(row).as_deref() == Some("0.1"));
                assert!(same, "{name} {} {row}: {found:?}", found.name);
            }
        }
    }
    assert_eq!(listing(directory.path()).len(), 5);
}

#[test]
fn missing_values_of_a_single_column_are_not_lost() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.csv", "a.jsonl", "a.tsv"] {
        let path = directory.path().join(name);
        for data in [
            NewData::Text(vec![Some("a".into()), None, Some("b".into()), None]),
            NewData::Float(vec![1.0, f64::NAN, 2.0, f64::NAN]),
        ] {
            let one = frame(vec![column("x", data)]);
            write(&path, std::slice::from_ref(&one));
            assert_eq!(read(&path).n_rows(), 4, "{name}");
            assert_eq!(
                format!("{:?}", read(&path).table(None).unwrap()),
                format!("{:?}", one.table(None).unwrap()),
            );
        }
    }
}

#[test]
fn the_cut_into_blocks_does_not_show_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let n = 300_000;
    let whole = frame(vec![
        column(
            "x",
            NewData::Float((0..n).map(|i| (i as f64).sqrt()).collect()),
        ),
        column(
            "t",
            NewData::Text(
                (0..n)
                    .map(|i| (i % 3 > 0).then(|| format!("t{}", i % 1000)))
                    .collect(),
            ),
        ),
    ]);
    for name in ["a.csv", "a.parquet", "a.arrow", "a.jsonl"] {
        let one = directory.path().join(format!("one-{name}"));
        let many = directory.path().join(format!("many-{name}"));
        write(&one, std::slice::from_ref(&whole));
        let blocks: Vec<Frame> = (0..n)
            .step_by(7_777)
            .map(|at| whole.slice(at, 7_777))
            .collect();
        write(&many, &blocks);
        assert!(
            std::fs::read(one).unwrap() == std::fs::read(many).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn nothing_is_left_when_a_writer_is_dropped_and_the_old_file_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.parquet");
    write(&path, &[sample()]);
    let before = std::fs::read(&path).unwrap();
    let mut writer = Writer::create(&Target::Path(path.clone()), Format::Parquet).unwrap();
    writer.write(&sample()).unwrap();
    assert_eq!(listing(directory.path()).len(), 2);
    drop(writer);
    assert_eq!(listing(directory.path()), std::slice::from_ref(&path));
    assert_eq!(std::fs::read(&path).unwrap(), before);

    let missing = directory.path().join("no/such/directory.csv");
    let error = Writer::create(&Target::Path(missing), Format::Csv).unwrap_err();
    assert_eq!(error.kind(), FaultKind::Failed);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_of_writing() {
    for format in [
        Format::Csv,
        Format::Parquet,
        Format::Arrow,
        Format::JsonLines,
    ] {
        let mut writer = Writer::create(&Target::Path("/dev/full".into()), format).unwrap();
        let result = writer.write(&sample()).and_then(|()| writer.finish());
        let error = result.unwrap_err();
        assert_eq!(error.kind(), FaultKind::Failed, "{format}");
        assert!(
            error
                .to_string()
                .starts_with("/dev/full: cannot be written"),
            "{error}"
        );
    }
}

#[test]
fn frames_are_joined_and_extended_by_name() {
    let mut one = frame(vec![column("x", NewData::Integer(vec![1, 2]))]);
    let error = one
        .append(vec![column("x", NewData::Integer(vec![1, 2]))])
        .unwrap_err();
    assert!(matches!(error, TableError::ColumnExists { ref name } if name == "x"));
    assert!(
        one.append(vec![column("y", NewData::Integer(vec![1]))])
            .is_err()
    );
    let twice = vec![
        column("y", NewData::Bool(vec![true, true])),
        column("y", NewData::Bool(vec![true, true])),
    ];
    assert!(one.append(twice).is_err());
    one.prepend(vec![column("rank", NewData::Integer(vec![7, 8]))])
        .unwrap();
    assert_eq!(one.names(), ["rank", "x"]);
    let two = frame(vec![
        column("x", NewData::Float(vec![0.5])),
        column("rank", NewData::Text(vec![Some("last".into())])),
    ]);
    let both = Frame::concat(vec![one.clone(), two])
        .unwrap()
        .table(None)
        .unwrap();
    assert_eq!(both.column("x").unwrap().text(2).as_deref(), Some("0.5"));
    assert_eq!(both.column("rank").unwrap().text(0).as_deref(), Some("7"));
    assert!(Frame::concat(vec![one.clone(), sample()]).is_err());
    assert_eq!(one.take(&[1, 0, 1]).n_rows(), 3);
    let remedy = one.select(&["rnak"]).unwrap_err().remedy();
    assert_eq!(remedy, Some(al_core::meant("rank")));
}

#[test]
fn parquet_bytes_read_back_and_are_checked() {
    let bytes = sample().to_parquet().unwrap();
    let again = Frame::from_parquet(bytes.clone()).unwrap();
    assert_eq!(
        format!("{:?}", again.table(None).unwrap()),
        format!("{:?}", sample().table(None).unwrap())
    );
    assert_eq!(again.to_parquet().unwrap(), bytes);
    assert!(matches!(
        Frame::from_parquet(bytes[..bytes.len() - 1].to_vec()).unwrap_err(),
        TableError::Corrupt { .. }
    ));
    let none = sample().slice(0, 0);
    assert_eq!(
        Frame::from_parquet(none.to_parquet().unwrap())
            .unwrap()
            .names(),
        none.names()
    );
}

/// Run by the next test in processes with other numbers of threads.
#[test]
#[ignore = "run by the test below"]
#[expect(clippy::disallowed_methods, reason = "the parent test says where")]
fn child_that_writes() {
    let Ok(directory) = std::env::var("AL_TABLES_TEST_DIRECTORY") else {
        return;
    };
    let n = 200_000;
    let whole = frame(vec![
        column(
            "x",
            NewData::Float((0..n).map(|i| ((i * 7919) % 1013) as f64 / 7.0).collect()),
        ),
        column(
            "t",
            NewData::Text(
                (0..n)
                    .map(|i| (i % 3 > 0).then(|| format!("t{}", (i * 31) % 997)))
                    .collect(),
            ),
        ),
        column("b", NewData::Bool((0..n).map(|i| i % 3 == 0).collect())),
    ]);
    for name in ["a.csv", "a.parquet", "a.arrow", "a.jsonl"] {
        write(
            &Path::new(&directory).join(name),
            std::slice::from_ref(&whole),
        );
        let again = read(&Path::new(&directory).join(name));
        write(
            &Path::new(&directory).join(format!("again-{name}")),
            &[again],
        );
    }
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    let outputs: Vec<Vec<Vec<u8>>> = ["1", "2", "5"]
        .iter()
        .map(|threads| {
            let directory = tempfile::tempdir().unwrap();
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "child_that_writes", "--ignored", "--quiet"])
                .env("POLARS_MAX_THREADS", threads)
                .env("RAYON_NUM_THREADS", threads)
                .env("AL_TABLES_TEST_DIRECTORY", directory.path())
                .stdout(std::process::Stdio::null())
                .status()
                .unwrap();
            assert!(status.success());
            let mut paths = listing(directory.path());
            assert_eq!(paths.len(), 8);
            paths.sort();
            paths
                .iter()
                .map(|path| std::fs::read(path).unwrap())
                .collect()
        })
        .collect();
    assert!(outputs[0] == outputs[1] && outputs[1] == outputs[2]);
}
