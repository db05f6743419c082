//! Whatever a table is written as, its rows are the same rows when they are read again.

use std::path::Path;

use al_core::{Feature, Key, Kind, KnownColumns, Schema, encoder};
use al_tables::{Format, Frame, Input, NewColumn, NewData, ReadOptions, Target, Writer};
use proptest::prelude::*;

#[path = "../../../tests/scale.rs"]
mod scale;

const FORMATS: [Format; 5] = [
    Format::Csv,
    Format::Tsv,
    Format::Parquet,
    Format::Arrow,
    Format::JsonLines,
];

/// A column of what people have in theirs.
fn data(rows: usize) -> impl Strategy<Value = NewData> {
    let text = prop_oneof![
        Just("None"),
        Just("True"),
        Just("FALSE"),
        Just("007"),
        Just("1.10"),
        Just("1.1"),
        Just("1e5"),
        Just("16.0"),
        Just("16"),
        Just("L40 "),
        Just("a,b"),
        Just("NaN"),
        Just("1e-05"),
        Just("0.30000000000000004"),
        Just(""),
        Just(" "),
    ];
    let tenth = (-500..500_i32).prop_map(|tenths| f64::from(tenths) / 10.0);
    let any = -1e6..1e6_f64;
    let missing = Just(f64::NAN);
    let float = prop_oneof![8 => tenth, 4 => any, 1 => missing];
    let tenth_of_one = (-500..500_i32).prop_map(|tenths| tenths as f32 / 10.0);
    let single = prop_oneof![3 => tenth_of_one, 1 => proptest::num::f32::NORMAL];
    let texts = proptest::option::weighted(0.9, text.prop_map(str::to_owned));
    prop_oneof![
        proptest::collection::vec(texts, rows).prop_map(NewData::Text),
        proptest::collection::vec(float, rows).prop_map(NewData::Float),
        proptest::collection::vec(single, rows).prop_map(NewData::Single),
        proptest::collection::vec(-99..99_i64, rows).prop_map(NewData::Integer),
        proptest::collection::vec(any_bool(), rows).prop_map(NewData::Bool),
    ]
}

fn any_bool() -> impl Strategy<Value = bool> {
    proptest::bool::ANY
}

/// Some rows of two to four columns.
fn columns() -> impl Strategy<Value = Vec<NewData>> {
    (1..12_usize).prop_flat_map(|rows| proptest::collection::vec(data(rows), 2..5))
}

fn kind(data: &NewData) -> Kind {
    match data {
        NewData::Float(_) | NewData::Single(_) | NewData::Integer(_) => Kind::Numeric,
        _ => Kind::Categorical { levels: Vec::new() },
    }
}

fn keys(path: &Path, schema: &Schema) -> Vec<Key> {
    let options = ReadOptions {
        known: KnownColumns::of(schema, None),
        ..ReadOptions::default()
    };
    let input = Input::open(&[path.display().to_string()], &options).unwrap();
    let table = input.read(None).unwrap().table(None).unwrap();
    encoder::feature_keys(schema, &table).unwrap()
}

fn write(path: &Path, format: Format, frame: &Frame) {
    let mut writer = Writer::create(&Target::Path(path.to_owned()), format).unwrap();
    writer.write(frame).unwrap();
    writer.finish().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(scale::rounds(20, 400) as u32))]

    #[test]
    fn rows_are_the_same_in_every_format(columns in columns()) {
        let features = columns.iter().enumerate().map(|(at, data)| Feature {
            name: format!("c{at}"),
            kind: kind(data),
        });
        let schema = Schema { features: features.collect() };
        let mut frame = Frame::default();
        let named = columns.into_iter().enumerate();
        frame
            .append(named.map(|(at, data)| NewColumn { name: format!("c{at}"), data }).collect())
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut before: Option<Vec<Key>> = None;
        for first in FORMATS {
            let path = folder.path().join(format!("one.{}", first.ending()));
            write(&path, first, &frame);
            let found = keys(&path, &schema);
            prop_assert_eq!(before.get_or_insert(found.clone()), &found, "{}", first);
            // Read as a model reads it and written as another format: a batch on its way.
            let options = ReadOptions {
                known: KnownColumns::of(&schema, None),
                ..ReadOptions::default()
            };
            let input = Input::open(&[path.display().to_string()], &options).unwrap();
            let copied = input.read(None).unwrap();
            for second in FORMATS {
                let path = folder.path().join(format!("two.{}", second.ending()));
                write(&path, second, &copied);
                let again = keys(&path, &schema);
                prop_assert_eq!(&again, &found, "{} and {}", first, second);
            }
        }
    }
}
