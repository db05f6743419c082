//! Columns of every type that files may hold.

use al_core::{ColumnData, TextKind};
use polars_core::prelude::*;

use crate::{Format, Frame, Input, ReadOptions, Target, Writer};

/// Three rows, the middle one missing, of each type.
pub(crate) fn of_every_type() -> DataFrame {
    let days = Series::new("date".into(), [Some(0_i32), None, Some(19_000)]);
    let moments = Series::new(
        "moment".into(),
        [Some(1_700_000_000_000_000_i64), None, Some(0)],
    );
    let list = Series::new(
        "list".into(),
        [
            Some(Series::new("".into(), [1_i64, 2])),
            None,
            Some(Series::new("".into(), [3_i64])),
        ],
    );
    let words = Series::new("category".into(), [Some("b"), None, Some("a")]);
    let fields = [
        Series::new("p".into(), [Some(1_i64), None, Some(3)]),
        Series::new("q".into(), [Some("u"), None, Some("w")]),
    ];
    let columns = [
        Series::new("int8".into(), [Some(-1_i8), None, Some(1)]),
        Series::new("int64".into(), [Some(-(1_i64 << 53) - 1), None, Some(1)]),
        Series::new("uint64".into(), [Some(u64::MAX), None, Some(1)]),
        Series::new("float32".into(), [Some(0.5_f32), None, Some(f32::NAN)]),
        Series::new("flag".into(), [Some(true), None, Some(false)]),
        Series::new("text".into(), [Some("x"), None, Some("")]),
        Series::new("decimal".into(), [Some(1.25), None, Some(-3.0)])
            .cast(&DataType::Decimal(10, 2))
            .unwrap(),
        Series::new_null("null".into(), 3),
        days.cast(&DataType::Date).unwrap(),
        moments
            .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
            .unwrap(),
        moments
            .clone()
            .with_name("duration".into())
            .cast(&DataType::Duration(TimeUnit::Milliseconds))
            .unwrap(),
        words
            .cast(&DataType::from_categories(Categories::global()))
            .unwrap(),
        Series::new(
            "bytes".into(),
            [Some([0_u8, 255].as_slice()), None, Some(&[1])],
        ),
        list,
        StructChunked::from_series("struct".into(), 3, fields.iter())
            .unwrap()
            .into_series(),
    ];
    let columns = columns.into_iter().map(Series::into_column).collect();
    DataFrame::new(3, columns).unwrap()
}

/// Row 0 of each column, and what kind of column it is.
fn summary(frame: &Frame) -> Vec<(String, String, String)> {
    let table = frame.table(None).unwrap();
    let columns = table.columns().iter();
    columns
        .map(|column| {
            assert!(
                column.data.is_missing(1) || column.name == "struct",
                "{column:?}"
            );
            let kind = match &column.data {
                ColumnData::Number(_) => "number".to_owned(),
                ColumnData::Text(texts) => match &texts.kind {
                    TextKind::Other(_) => "other".to_owned(),
                    kind => format!("{kind:?}"),
                },
            };
            (
                column.name.clone(),
                column.data.text(0).unwrap_or_default(),
                kind,
            )
        })
        .collect()
}

#[test]
fn every_type_is_read_from_parquet_and_arrow() {
    let directory = tempfile::tempdir().unwrap();
    let frame = Frame {
        data: of_every_type(),
    };
    let expected = [
        ("int8", "-1", "number"),
        ("int64", "-9007199254740993", "number"),
        ("uint64", "18446744073709551615", "number"),
        ("float32", "0.5", "number"),
        ("flag", "true", "Bool"),
        ("text", "x", "Text"),
        ("decimal", "1.25", "number"),
        ("null", "", "number"),
        ("date", "1970-01-01", "Date"),
        ("moment", "2023-11-14 22:13:20.000000", "Date"),
        ("duration", "19675925d 22h 13m 20s", "Date"),
        ("category", "b", "Text"),
        ("bytes", "00ff", "other"),
        ("list", "[1, 2]", "other"),
        ("struct", "{1, u}", "other"),
    ];
    let expected: Vec<(String, String, String)> = expected
        .iter()
        .map(|(name, text, kind)| ((*name).to_owned(), (*text).to_owned(), (*kind).to_owned()))
        .collect();
    assert_eq!(summary(&frame), expected);
    for name in ["a.parquet", "a.arrow"] {
        let path = directory.path().join(name);
        let format = Format::from_path(&path).unwrap();
        let mut writer = Writer::create(&Target::Path(path.clone()), format).unwrap();
        writer.write(&frame).unwrap();
        writer.finish().unwrap();
        let input = Input::open(
            &[path.to_str().unwrap().to_owned()],
            &ReadOptions::default(),
        );
        let again = input.unwrap().read(None).unwrap();
        assert_eq!(summary(&again), expected, "{name}");
        // The types of the input are the types of the output.
        for (one, other) in frame.data.columns().iter().zip(again.data.columns()) {
            let kept = one.dtype() == other.dtype() || one.name() == "category";
            assert!(
                kept,
                "{name} {}: {} {}",
                one.name(),
                one.dtype(),
                other.dtype()
            );
        }
    }
}

#[test]
fn every_type_can_be_written_as_text() {
    let directory = tempfile::tempdir().unwrap();
    let frame = Frame {
        data: of_every_type(),
    };
    for name in ["a.csv", "a.jsonl"] {
        let path = directory.path().join(name);
        let format = Format::from_path(&path).unwrap();
        let mut writer = Writer::create(&Target::Path(path.clone()), format).unwrap();
        writer.write(&frame).unwrap();
        writer.finish().unwrap();
        let input = Input::open(
            &[path.to_str().unwrap().to_owned()],
            &ReadOptions::default(),
        );
        let again = input.unwrap().read(None).unwrap();
        let texts = |frame: &Frame| -> Vec<(String, String)> {
            summary(frame)
                .into_iter()
                .map(|(name, text, _)| (name, text))
                .collect()
        };
        assert_eq!(texts(&again), texts(&frame), "{name}");
    }
}

#[test]
fn integers_beyond_64_bits_survive() {
    let wide = Int128Chunked::from_iter_options(
        "wide".into(),
        [Some(i128::from(u64::MAX) + 2), None, Some(-5)].into_iter(),
    );
    let frame = Frame {
        data: DataFrame::new(3, vec![wide.into_column()]).unwrap(),
    };
    let text = |frame: &Frame| frame.table(None).unwrap().columns()[0].data.text(0);
    assert_eq!(text(&frame).as_deref(), Some("18446744073709551617"));
    let again = Frame::from_parquet(frame.to_parquet().unwrap()).unwrap();
    assert_eq!(text(&again).as_deref(), Some("18446744073709551617"));
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.csv", "a.arrow"] {
        let path = directory.path().join(name);
        let format = Format::from_path(&path).unwrap();
        let mut writer = Writer::create(&Target::Path(path.clone()), format).unwrap();
        writer.write(&frame).unwrap();
        writer.finish().unwrap();
        let filter = Some("wide > 5 OR wide IS NULL".to_owned());
        let input = Input::open(
            &[path.to_str().unwrap().to_owned()],
            &ReadOptions {
                filter,
                ..ReadOptions::default()
            },
        );
        let again = input.unwrap().read(None).unwrap();
        assert_eq!(again.n_rows(), 2, "{name}");
        assert_eq!(
            text(&again).as_deref(),
            Some("18446744073709551617"),
            "{name}"
        );
    }
    let again = Frame::from_table(&frame.table(None).unwrap());
    assert_eq!(text(&again).as_deref(), Some("18446744073709551617"));
}
