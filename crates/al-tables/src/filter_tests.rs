//! What filters keep, and what they refuse.

use al_core::Fault;
use polars_core::prelude::*;

use super::*;

fn frame() -> DataFrame {
    df!(
        "x" => [Some(1.0), None, Some(f64::NAN), Some(4.0)],
        "hardware" => [Some("cuda"), Some("cpu"), None, Some("cuda")],
        "batch size" => [1_i64, 2, 3, 4],
    )
    .unwrap()
}

fn fields() -> Fields {
    fields_of(&frame())
}

fn kept(text: &str) -> Vec<bool> {
    let filter = Filter::new(text, &fields(), &[]).unwrap();
    let truth = filter.truth(&frame()).unwrap();
    truth.iter().map(|keep| *keep == Some(true)).collect()
}

fn refused(text: &str) -> String {
    Fault::from(Filter::new(text, &fields(), &[]).unwrap_err()).to_string()
}

#[test]
fn missing_is_false_and_so_is_nan() {
    assert_eq!(kept("x > 2"), [false, false, false, true]);
    assert_eq!(kept("x <= 2"), [true, false, false, false]);
    assert_eq!(kept("x IS NULL"), [false, true, true, false]);
    assert_eq!(
        kept("hardware = 'cuda' AND \"batch size\" IN (1, 2)"),
        [true, false, false, false]
    );
    assert_eq!(kept("NOT (hardware = 'cuda')"), [false, true, false, false]);
    assert_eq!(kept("1 = 1"), [true; 4]);
    assert_eq!(kept("ROUND(ABS(x - 4)) = 0"), [false, false, false, true]);
    assert_eq!(kept("LOWER(hardware) = 'cpu'"), [false, true, false, false]);
    assert_eq!(kept("x BETWEEN 0 AND 1.5"), [true, false, false, false]);
    assert_eq!(kept("hardware NOT IN ('cpu')"), [true, false, false, true]);
    assert_eq!(kept("COALESCE(x, 9) > 5"), [false, true, true, false]);
    assert_eq!(
        kept("CASE WHEN x > 2 THEN true ELSE false END"),
        [false, false, false, true]
    );
    assert_eq!(
        kept("SQRT(x) = 2 AND LENGTH(hardware) > 3"),
        [false, false, false, true]
    );
    assert_eq!(
        kept("hardware || 'x' = 'cpux'"),
        [false, true, false, false]
    );
    assert_eq!(
        kept("CAST(\"batch size\" AS DOUBLE) / 2 > 1.5"),
        [false, false, false, true]
    );
    assert_eq!(
        kept("hardware LIKE 'cu%' OR x < 0"),
        [true, false, false, true]
    );
}

/// Which rows of columns of type `data_type` a filter keeps.
fn kept_of(data_type: &DataType, text: &str) -> Vec<bool> {
    let values = Series::new("c".into(), [0_i64, 1, 100, 127]);
    let column = values.cast(data_type).unwrap().into_column();
    let frame = DataFrame::new(4, vec![column]).unwrap();
    let fields = vec![("c".to_owned(), data_type.clone())];
    let filter = Filter::new(text, &fields, &[]).unwrap();
    let truth = filter.truth(&frame).unwrap();
    truth.iter().map(|keep| *keep == Some(true)).collect()
}

#[test]
fn small_integers_do_not_wrap() {
    use DataType::{Int8, Int16, Int32, UInt8, UInt16, UInt32, UInt64};
    for data_type in [Int8, Int16, Int32, UInt8, UInt16, UInt32, UInt64] {
        let kept = |text: &str| kept_of(&data_type, text);
        assert_eq!(
            kept("c - 1 > 50"),
            [false, false, true, true],
            "{data_type}"
        );
        assert_eq!(
            kept("c - 1 < 0"),
            [true, false, false, false],
            "{data_type}"
        );
        assert_eq!(
            kept("c * 2 > 150"),
            [false, false, true, true],
            "{data_type}"
        );
        assert_eq!(kept("-c < -99"), [false, false, true, true], "{data_type}");
        assert_eq!(
            kept("c + c + c >= 381"),
            [false, false, false, true],
            "{data_type}"
        );
        assert_eq!(
            kept("POW(c, 2) > 9000"),
            [false, false, true, true],
            "{data_type}"
        );
        assert_eq!(kept("c = 300"), [false; 4], "{data_type}");
        assert_eq!(kept("c > -1"), [true; 4], "{data_type}");
        assert_eq!(
            kept("c / 2 = 0.5"),
            [false, true, false, false],
            "{data_type}"
        );
        assert_eq!(
            kept("SQRT(c) = 10"),
            [false, false, true, false],
            "{data_type}"
        );
        assert_eq!(
            kept("c IN (1, 127)"),
            [false, true, false, true],
            "{data_type}"
        );
    }
}

#[test]
fn what_functions_give_does_not_wrap() {
    assert_eq!(
        kept("LENGTH(hardware) - 4 >= 0"),
        [true, false, false, true]
    );
    assert_eq!(
        kept("LENGTH(hardware) - 4 < 0"),
        [false, true, false, false]
    );
    let days = |text: &str| kept_of(&DataType::Date, text);
    assert_eq!(
        days("EXTRACT(MONTH FROM c) * 100 > 150"),
        [false, false, true, true]
    );
    assert_eq!(
        days("EXTRACT(DAY FROM c) - 2 < 0"),
        [true, false, false, false]
    );
}

#[test]
fn the_way_to_write_a_date_is_told() {
    let fields = vec![
        ("day".to_owned(), DataType::Date),
        (
            "ts".to_owned(),
            DataType::Datetime(TimeUnit::Microseconds, None),
        ),
        ("x".to_owned(), DataType::Float64),
    ];
    let refused =
        |text: &str| Fault::from(Filter::new(text, &fields, &[]).unwrap_err()).to_string();
    for text in [
        "day > '2020-01-05'",
        "ts > '2020-01-05'",
        "ts BETWEEN '2020-01-05' AND '2020-02-05'",
        "day IN ('2020-01-05')",
    ] {
        let said = refused(text);
        assert!(said.contains("DATE '2020-01-05'"), "{said}");
    }
    assert!(!refused("x > 'a'").contains("DATE"));
    for text in [
        "day > DATE '2020-01-05'",
        "ts > TIMESTAMP '2020-01-05 12:00:00'",
    ] {
        assert!(Filter::new(text, &fields, &[]).is_ok(), "{text}");
    }
}

#[test]
fn bad_filters_are_explained() {
    assert!(refused("hardwre = 'cuda'").contains("did you mean 'hardware'?"));
    assert!(refused("x >").contains("not valid SQL"));
    assert!(refused("x + 1").contains("is not true or false but a number"));
    assert!(refused("x > AVG(x)").contains("other than the values of the row"));
    assert!(refused("SUM(x) > 1").contains("other than the values of the row"));
    assert!(refused("COUNT(*) > 1").contains("other than the values of the row"));
    assert!(refused("CORR(x, \"batch size\") > 0").contains("other than the values of the row"));
    assert!(refused("").contains("not valid SQL"));
    refused("x IN (SELECT x FROM y)");
    refused("x > 1; DROP TABLE x");
}
