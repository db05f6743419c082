//! What SQLite says to expressions on which it means the same.

use polars_core::prelude::*;

use super::tests::asked;

#[derive(serde::Deserialize)]
struct Golden {
    columns: Vec<GoldenColumn>,
    rows: Vec<Vec<serde_json::Value>>,
    expressions: Vec<GoldenExpression>,
}

#[derive(serde::Deserialize)]
struct GoldenColumn {
    name: String,
    kind: String,
}

#[derive(serde::Deserialize)]
struct GoldenExpression {
    sql: String,
    truth: String,
}

/// The answers of SQLite to expressions on which it means the same.
#[test]
fn answers_are_those_of_sqlite() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/golden/expressions.json"
    );
    let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let columns = golden.columns.iter().enumerate().map(|(at, column)| {
        let values = golden.rows.iter().map(|row| &row[at]);
        let name = PlSmallStr::from_str(&column.name);
        match column.kind.as_str() {
            "INTEGER" => Int64Chunked::from_iter_options(name, values.map(|value| value.as_i64()))
                .into_series(),
            "REAL" => Float64Chunked::from_iter_options(name, values.map(|value| value.as_f64()))
                .into_series(),
            _ => StringChunked::from_iter_options(name, values.map(|value| value.as_str()))
                .into_series(),
        }
    });
    let columns: Vec<Series> = columns.collect();
    assert!(golden.expressions.len() >= 500);
    for expression in &golden.expressions {
        let found = asked(&columns, &expression.sql);
        assert_eq!(
            found.as_deref(),
            Ok(expression.truth.as_str()),
            "{}",
            expression.sql
        );
    }
}
