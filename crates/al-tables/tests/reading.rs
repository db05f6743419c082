//! What is read from files of each format, and what is said about files that
//! cannot be read.

use std::path::{Path, PathBuf};

use al_core::{ColumnData, Fault, FaultKind, Table, TextKind};
use al_tables::{
    Format, Frame, Input, NewColumn, NewData, ReadOptions, TableError, Target, Writer,
};
use tempfile::TempDir;

struct Files(TempDir);

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn frame(&self, name: &str, frame: &Frame) -> String {
        let path = self.path(name);
        let format = Format::from_path(&path).unwrap();
        let mut writer = Writer::create(&Target::Path(path.clone()), format).unwrap();
        writer.write(frame).unwrap();
        writer.finish().unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn open(paths: &[&str]) -> Result<Input, TableError> {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    Input::open(&paths, &ReadOptions::default())
}

fn filtered(paths: &[&str], filter: &str) -> Result<Input, TableError> {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let filter = Some(filter.to_owned());
    Input::open(
        &paths,
        &ReadOptions {
            filter,
            ..ReadOptions::default()
        },
    )
}

fn table(paths: &[&str]) -> Table {
    open(paths)
        .unwrap()
        .read(None)
        .unwrap()
        .table(None)
        .unwrap()
}

/// Row by row as text, missing as `~`, numbers in brackets.
fn rows(table: &Table) -> Vec<String> {
    let cell = |data: &ColumnData, row| match (data.text(row), data) {
        (None, _) => "~".to_owned(),
        (Some(text), ColumnData::Number(_)) => format!("[{text}]"),
        (Some(text), ColumnData::Text(_)) => text,
    };
    let row = |row| {
        let cells = table.columns().iter().map(|column| cell(&column.data, row));
        cells.collect::<Vec<_>>().join(" ")
    };
    (0..table.n_rows()).map(row).collect()
}

fn refused(files: &Files, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = files.put(name, bytes);
    let error = open(&[&path]).unwrap_err();
    assert_eq!(error.kind(), FaultKind::Data);
    Fault::from(error)
        .to_string()
        .replace(&format!("{}/", files.0.path().display()), "")
}

#[test]
fn csv_cells_are_typed_by_the_whole_column() {
    let files = Files::new();
    let path = files.put(
        "a.csv",
        "\u{feff}id,x,flag,text,almost,empty\r\n\
         1,1.5,true,\"a,\"\"b\"\"\",1,\r\n\
         2,NA,False,None,2,\r\n\
         3,-inf,,\"two\r\nlines\",oops,\r\n\
         \r\n   \r\n",
    );
    let table = table(&[&path]);
    assert_eq!(
        table.names().collect::<Vec<_>>(),
        ["id", "x", "flag", "text", "almost", "empty"]
    );
    assert_eq!(
        rows(&table),
        [
            "[1] [1.5] true a,\"b\" 1 ~",
            "[2] ~ false None 2 ~",
            "[3] [-inf] ~ two\r\nlines oops ~"
        ]
    );
    let Some(ColumnData::Text(flag)) = table.column("flag") else {
        panic!("no text")
    };
    assert_eq!(flag.kind, TextKind::Bool);
}

#[test]
fn long_integers_stay_exact() {
    let files = Files::new();
    let path = files.put("a.csv", "x,y\n9007199254740993,18446744073709551615\n1,\n");
    let table = table(&[&path]);
    assert_eq!(
        rows(&table),
        ["[9007199254740993] [18446744073709551615]", "[1] ~"]
    );
    let again = Frame::from_table(&table).table(None).unwrap();
    assert_eq!(rows(&again), rows(&table));
}

#[test]
fn tsv_and_compressed_csv_are_read() {
    use std::io::Write as _;
    let files = Files::new();
    let text = "x\ty\n1\ta\n2\tb\n";
    let tsv = files.put("a.tsv", text);
    assert_eq!(rows(&table(&[&tsv])), ["[1] a", "[2] b"]);

    let text = text.replace('\t', ",");
    // Two members, as parallel compressors write them.
    let mut bytes = Vec::new();
    for half in [&text[..6], &text[6..]] {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gz.write_all(half.as_bytes()).unwrap();
        bytes.extend(gz.finish().unwrap());
    }
    let gz = files.put("a.csv.gz", &bytes);
    assert_eq!(rows(&table(&[&gz])), ["[1] a", "[2] b"]);
    let zst = files.put("a.csv.zst", zstd::encode_all(text.as_bytes(), 3).unwrap());
    assert_eq!(rows(&table(&[&zst])), ["[1] a", "[2] b"]);

    let message = refused(&files, "cut.csv.gz", &bytes[..bytes.len() - 12]);
    assert!(
        message.starts_with("cut.csv.gz: the file is damaged"),
        "{message}"
    );
}

#[test]
fn json_lines_are_read() {
    let files = Files::new();
    let path = files.put(
        "a.jsonl",
        "{\"x\": 1, \"s\": \"1\", \"b\": true}\n\n{\"s\": null, \"x\": 2.5, \"l\": [1, {\"k\": 2}]}\n{\"x\": \"inf\"}\n",
    );
    let table = table(&[&path]);
    assert_eq!(table.names().collect::<Vec<_>>(), ["x", "s", "b", "l"]);
    assert_eq!(
        rows(&table),
        ["[1] 1 true ~", "[2.5] ~ ~ [1,{\"k\":2}]", "[inf] ~ ~ ~"]
    );
    let place = open(&[&path]).unwrap().place(1);
    assert!(place.ends_with("a.jsonl, line 3"), "{place}");
    let message = refused(&files, "b.jsonl", "{\"x\": 1}\n\n[1]\n");
    assert!(
        message.starts_with("b.jsonl, line 3: not a JSON object"),
        "{message}"
    );
    let message = refused(&files, "c.jsonl", "{\"x\": 1}\n{\"x\": }\n");
    assert!(
        message.starts_with("c.jsonl, line 2: not a JSON object"),
        "{message}"
    );
}

#[test]
fn bad_csv_is_refused_with_its_line() {
    let files = Files::new();
    assert_eq!(
        refused(
            &files,
            "a.csv",
            "x,y\r\n1,\"two\r\nlines\"\r\n\r\n1,2,3\r\n"
        ),
        "a.csv, line 5: 3 fields where the header has 2; check the separators and quotes of this line"
    );
    assert_eq!(
        refused(&files, "a.csv", "x,y,x,z,z,x\n1,2,3,4,5,6\n"),
        "a.csv: the column names 'x', 'z' occur more than once; rename them"
    );
    assert_eq!(
        refused(&files, "a.csv", b"x,y\n1,2\n3,\xff\n"),
        "a.csv, line 3: not UTF-8 text; convert the file, for example with iconv"
    );
    assert_eq!(
        refused(&files, "a.csv", b"\xff\xfex\0\n\0"),
        "a.csv, line 1: not UTF-8 text; convert the file, for example with iconv"
    );
    let empty = "a.csv: the file is empty; a table needs at least a header line with column names";
    assert_eq!(refused(&files, "a.csv", ""), empty);
    assert_eq!(refused(&files, "a.csv", "\n\n"), empty);
    assert_eq!(
        refused(&files, "a.parquet", ""),
        empty.replace("csv", "parquet")
    );
    assert_eq!(
        refused(&files, "a.jsonl", "\n"),
        empty.replace("csv", "jsonl")
    );
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    let files = Files::new();
    let path = files.put("a.csv", "x,y\n");
    let input = open(&[&path]).unwrap();
    assert_eq!(input.n_rows(), Some(0));
    let frame = input.read(None).unwrap();
    assert_eq!(
        (frame.n_rows(), frame.names()),
        (0, vec!["x".to_owned(), "y".to_owned()])
    );
    let blocks: Vec<Frame> = input
        .blocks(10, None)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(blocks.len(), 1);
    assert_eq!(blocks[0].names(), ["x", "y"]);
    for name in ["b.csv", "b.parquet", "b.arrow"] {
        let path = files.frame(name, &frame);
        let again = open(&[&path]).unwrap().read(None).unwrap();
        assert_eq!(
            (again.n_rows(), again.names()),
            (0, frame.names()),
            "{name}"
        );
    }
}

#[test]
fn missing_files_are_named() {
    let files = Files::new();
    files.put("results.csv", "x\n1\n");
    let text = |path: &str| {
        let error = open(&[files.path(path).to_str().unwrap()]).unwrap_err();
        assert_eq!(error.kind(), FaultKind::Data);
        Fault::from(error)
            .to_string()
            .replace(&format!("{}/", files.0.path().display()), "")
    };
    assert_eq!(
        text("resluts.csv"),
        "resluts.csv: no such file; did you mean 'results.csv'?"
    );
    assert_eq!(text("*.parquet"), "*.parquet: no file matches this pattern");
    let error = open(&[files.0.path().to_str().unwrap()]).unwrap_err();
    assert!(matches!(error, TableError::Directory { .. }));
    files.put("notes.txt", "x\n1\n");
    assert!(text("notes.txt").starts_with("notes.txt: unknown table format; use .csv"));
    assert!(open(&[]).is_err());
    assert!(matches!(
        open(&["a.csv"]).unwrap_err(),
        TableError::NotFound { .. }
    ));
}

#[test]
fn several_files_are_one_table() {
    let files = Files::new();
    files.put("r1.csv", "x,y,label\n1,1.50,a\n2,2,b\n");
    files.put("r2.csv", "y,x,label,more\nseven,3.5,c,9\n");
    let both = files.path("r*.csv");
    let input = open(&[both.to_str().unwrap()]).unwrap();
    assert_eq!(input.names(), ["x", "y", "label", "more"]);
    let table = input.read(None).unwrap().table(None).unwrap();
    // The text of numbers is kept as it stands in the file.
    assert_eq!(
        rows(&table),
        ["[1] 1.50 a ~", "[2] 2 b ~", "[3.5] seven c [9]"]
    );
    assert_eq!(
        input
            .files()
            .iter()
            .map(|file| file.n_rows)
            .collect::<Vec<_>>(),
        [2, 1]
    );

    let parquet = files.frame("r3.parquet", &Frame::from_table(&table));
    let csv = files.path("r1.csv");
    let three = open(&[&parquet, csv.to_str().unwrap()]).unwrap_err();
    assert!(
        three
            .to_string()
            .contains("r1.csv: has no column 'more', which"),
        "{three}"
    );
    let digests = input.digests().unwrap();
    assert_eq!(
        digests[0],
        blake3::hash(&std::fs::read(csv).unwrap())
            .to_hex()
            .to_string()
    );
}

#[test]
fn filters_select_rows_and_places_count_them() {
    let files = Files::new();
    let a = files.put("a.csv", "x,s\n1,\"p\nq\"\n,r\n\n3,s\n");
    let b = files.put("b.csv", "x,s\n4,t\n0,u\n6,v\n");
    let input = filtered(&[&a, &b], "x > 0.5 AND s <> 't'").unwrap();
    assert_eq!(input.n_rows(), None);
    assert_eq!(input.n_rows_hint(), 6);
    let frame = input.read(Some(&["s"])).unwrap();
    assert_eq!(rows(&frame.table(None).unwrap()), ["p\nq", "s", "v"]);
    let place = |row| {
        Path::new(&input.place(row))
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(place(0), "a.csv, line 2");
    assert_eq!(place(1), "a.csv, line 6");
    assert_eq!(place(2), "b.csv, line 4");
    assert_eq!(place(3), "row 4");

    let parquet = files.frame("c.parquet", &open(&[&a]).unwrap().read(None).unwrap());
    let input = filtered(&[&parquet], "x = 3").unwrap();
    assert!(input.place(0).ends_with("c.parquet, row 3"));
    let error = filtered(&[&a], "y = 1").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the filter \"y = 1\" names a column 'y'"),
        "{error}"
    );
    let nothing = filtered(&[&a], "x = 77").unwrap();
    assert_eq!(
        nothing
            .blocks(5, None)
            .unwrap()
            .map(|block| block.unwrap().n_rows())
            .sum::<usize>(),
        0
    );
}

#[test]
fn unknown_columns_are_named_with_a_near_one() {
    let files = Files::new();
    let path = files.put("a.csv", "latency_ms,batch\n1,2\n");
    let input = open(&[&path]).unwrap();
    let error = input.read(Some(&["latency"])).unwrap_err();
    assert_eq!(
        Fault::from(error).to_string(),
        "there is no column 'latency'; the columns are 'latency_ms', 'batch'"
    );
    let error = input.blocks(1, Some(&["latencyms"])).unwrap_err();
    assert_eq!(
        Fault::from(error).to_string(),
        "there is no column 'latencyms'; did you mean 'latency_ms'?"
    );
    let frame = input.read(Some(&["batch", "latency_ms"])).unwrap();
    assert_eq!(frame.names(), ["batch", "latency_ms"]);
    assert_eq!(input.read(Some(&[])).unwrap().names().len(), 0);
}

fn numbers(n: usize) -> Frame {
    let mut frame = Frame::default();
    let column = |name: &str, data| NewColumn {
        name: name.to_owned(),
        data,
    };
    frame
        .append(vec![
            column("i", NewData::Integer((0..n as i64).collect())),
            column(
                "x",
                NewData::Float(
                    (0..n)
                        .map(|i| if i % 7 == 0 { f64::NAN } else { i as f64 / 3.0 })
                        .collect(),
                ),
            ),
            column(
                "s",
                NewData::Text(
                    (0..n)
                        .map(|i| (i % 5 != 0).then(|| format!("s{}", i % 11)))
                        .collect(),
                ),
            ),
            column("b", NewData::Bool((0..n).map(|i| i % 2 == 0).collect())),
        ])
        .unwrap();
    frame
}

#[test]
fn blocks_are_the_table_in_order_whatever_the_format() {
    let files = Files::new();
    let whole = numbers(10_007);
    let expected = rows(&whole.table(None).unwrap());
    for name in ["a.csv", "a.tsv", "a.parquet", "a.arrow", "a.jsonl"] {
        let path = files.frame(name, &whole);
        let input = open(&[&path, &path]).unwrap();
        assert_eq!(input.n_rows(), Some(20_014), "{name}");
        let blocks: Vec<Frame> = input
            .blocks(3000, None)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let sizes: Vec<usize> = blocks.iter().map(Frame::n_rows).collect();
        assert_eq!(sizes, [3000, 3000, 3000, 3000, 3000, 3000, 2014], "{name}");
        let joined = Frame::concat(blocks).unwrap().table(None).unwrap();
        let found = rows(&joined);
        assert!(
            found[..10_007] == expected && found[10_007..] == expected,
            "{name}"
        );
        assert_eq!(
            rows(&input.read(None).unwrap().table(None).unwrap()),
            found,
            "{name}"
        );

        let input = filtered(&[&path], "i >= 5000 AND b").unwrap();
        let blocks = input
            .blocks(1000, Some(&["x", "i"]))
            .unwrap()
            .map(Result::unwrap);
        let joined = Frame::concat(blocks.collect()).unwrap();
        assert_eq!(
            (joined.n_rows(), joined.names()),
            (2504, vec!["x".to_owned(), "i".to_owned()]),
            "{name}"
        );
        assert_eq!(
            input.place(1).rsplit(' ').next().unwrap(),
            match name {
                "a.csv" | "a.tsv" => "5004",
                _ => "5003",
            }
        );
    }
}

#[test]
fn a_consumer_may_stop_early() {
    let files = Files::new();
    let path = files.frame("a.parquet", &numbers(50_000));
    let input = open(&[&path]).unwrap();
    let mut blocks = input.blocks(100, None).unwrap();
    assert_eq!(blocks.next().unwrap().unwrap().n_rows(), 100);
    drop(blocks);
    assert_eq!(input.blocks(100, None).unwrap().take(3).count(), 3);
}

#[test]
fn standard_input_and_pipes_can_be_read_more_than_once() {
    let files = Files::new();
    let fifo = files.path("pipe.csv");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let writer = {
        let fifo = fifo.clone();
        std::thread::spawn(move || std::fs::write(fifo, "x\n1\n2\n").unwrap())
    };
    let input = open(&[fifo.to_str().unwrap()]).unwrap();
    writer.join().unwrap();
    for _ in 0..2 {
        assert_eq!(
            rows(&input.read(None).unwrap().table(None).unwrap()),
            ["[1]", "[2]"]
        );
    }
    assert!(input.place(1).ends_with("pipe.csv, line 3"));
}
