use super::*;
use crate::schema::ColumnChoice;
use crate::table::{Column, ColumnData};

fn table(columns: Vec<(&str, ColumnData)>) -> Table {
    Table::new(
        columns
            .into_iter()
            .map(|(name, data)| Column {
                name: name.into(),
                data,
            })
            .collect(),
    )
}

fn number(values: &[f64]) -> ColumnData {
    ColumnData::Number(Numbers::from(values.to_vec()))
}

fn text(values: &[Option<&str>]) -> ColumnData {
    ColumnData::Text(Texts::from_rows(values.iter().copied()))
}

fn fitted(training: &Table, categorical: &[&str]) -> Encoder {
    let choice = ColumnChoice {
        features: Some(training.names().map(str::to_owned).collect()),
        categorical: categorical.iter().map(|s| (*s).to_owned()).collect(),
        ..ColumnChoice::default()
    };
    let (schema, _) = Schema::infer(training, &choice).unwrap();
    Encoder::fit(schema, training).unwrap()
}

#[test]
fn standardised_values_keep_late_digits() {
    let training = table(vec![("t", number(&[1.7e9, 1.7e9 + 1.0, 1.7e9 + 2.0]))]);
    let matrix = fitted(&training, &[]).encode(&training).unwrap();
    let expected = (1.5_f64).sqrt();
    assert!((f64::from(matrix.values[[0, 0]]) + expected).abs() < 1e-6);
    assert!(f64::from(matrix.values[[1, 0]]).abs() < 1e-6);
}

#[test]
fn missing_and_unseen_are_values() {
    let training = table(vec![
        ("h", text(&[Some("b"), Some("a"), Some("b")])),
        ("x", number(&[1.0, 3.0, f64::NAN])),
    ]);
    let encoder = fitted(&training, &[]);
    let later = table(vec![
        ("x", number(&[f64::NAN, 5.0, 1.0])),
        ("extra", number(&[0.0; 3])),
        ("h", text(&[Some("c"), None, Some("b")])),
    ]);
    let matrix = encoder.encode(&later).unwrap();
    assert_eq!(
        matrix.values[[0, 0]],
        2.0,
        "unseen is the code after the last"
    );
    assert!(matrix.values[[1, 0]].is_nan());
    assert_eq!(matrix.values[[2, 0]], 1.0);
    assert!(matrix.values[[0, 1]].is_nan());
    assert_eq!(matrix.values[[1, 1]], 3.0, "(5 − 2) / 1");
    assert_eq!(
        encoder.unseen(&later).unwrap(),
        [("h".to_owned(), "c".to_owned())]
    );

    // Points: h over {a, b, unseen, missing} / √2, x standardised, x missing.
    let points = encoder.points(&later).unwrap();
    let r = std::f64::consts::FRAC_1_SQRT_2;
    assert_eq!(points.row(0).to_vec(), [0.0, 0.0, r, 0.0, 0.0, 1.0]);
    assert_eq!(points.row(1).to_vec(), [0.0, 0.0, 0.0, r, 3.0, 0.0]);
    assert_eq!(points.row(2).to_vec(), [0.0, r, 0.0, 0.0, -1.0, 0.0]);
    assert_eq!(encoder.places(&matrix), points.mapv(|value| value as f32));
    assert_eq!(
        encoder.point_labels(),
        [
            "h = 'a'",
            "h = 'b'",
            "h never seen before",
            "h missing",
            "x",
            "x missing"
        ]
    );
}

#[test]
fn fitting_anew_learns_new_levels() {
    let training = table(vec![("h", text(&[Some("a"), Some("b")]))]);
    let later = table(vec![("h", text(&[Some("a"), Some("b"), Some("c")]))]);
    let encoder = fitted(&training, &[]);
    assert_eq!(encoder.unseen(&later).unwrap().len(), 1);
    let again = encoder.refit(&later).unwrap();
    assert!(again.unseen(&later).unwrap().is_empty());
}

#[test]
fn two_different_categories_are_at_distance_one() {
    let training = table(vec![("h", text(&[Some("a"), Some("b")]))]);
    let points = fitted(&training, &[]).points(&training).unwrap();
    let difference = &points.row(0) - &points.row(1);
    assert!((difference.dot(&difference) - 1.0).abs() < 1e-15);
}

#[test]
fn keys_do_not_depend_on_how_a_number_is_written_or_the_column_order() {
    let training = table(vec![
        ("n", number(&[16.0, 8.0])),
        ("c", number(&[1.0, 2.0])),
    ]);
    let encoder = fitted(&training, &["c"]);
    let other = table(vec![
        ("c", text(&[Some("1"), Some("2")])),
        ("n", text(&[Some("16.0"), Some("8")])),
    ]);
    assert_eq!(
        encoder.keys(&training).unwrap(),
        encoder.keys(&other).unwrap()
    );
}

#[test]
fn wide_integers_have_keys_of_their_own() {
    let wide = |exact: i128| {
        table(vec![(
            "n",
            ColumnData::Number(Numbers {
                values: vec![exact as f64],
                exact: [(0, exact)].into(),
            }),
        )])
    };
    let first = wide(9_007_199_254_740_993);
    let encoder = fitted(&first, &[]);
    assert_ne!(
        encoder.keys(&first).unwrap(),
        encoder.keys(&wide(9_007_199_254_740_995)).unwrap()
    );
}

#[test]
fn a_text_in_a_numeric_column_names_its_row() {
    let training = table(vec![("n", number(&[1.0, 2.0]))]);
    let encoder = fitted(&training, &[]);
    let error = encoder
        .encode(&table(vec![("n", text(&[Some("1"), Some("16 GB")]))]))
        .unwrap_err();
    assert_eq!(error.row(), Some(1));
    assert!(error.to_string().contains("'16 GB'"));
    let error = encoder
        .encode(&table(vec![("n", number(&[1.0, f64::INFINITY]))]))
        .unwrap_err();
    assert_eq!(error.row(), Some(1));
}

#[test]
fn extreme_values_stay_finite() {
    let training = table(vec![("n", number(&[-1.6e308, 1.6e308, 0.0]))]);
    let encoder = fitted(&training, &[]);
    let matrix = encoder.encode(&training).unwrap();
    assert!(matrix.values.iter().all(|v| v.is_finite()));
    let small = table(vec![("n", number(&[0.0, 1e-300, 2e-300]))]);
    let encoder = fitted(&small, &[]);
    let far = encoder
        .encode(&table(vec![("n", number(&[1e300]))]))
        .unwrap();
    assert_eq!(far.values[[0, 0]], f32::MAX);
}
