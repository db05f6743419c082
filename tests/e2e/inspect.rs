//! `inspect` leaves nothing out, in any format.

use serde_json::Value;

use crate::common::{Csv, LLM, Place, QUICK, json};

/// The values of an object, each with the way to it as CSV writes it.
fn leaves(path: &str, value: &Value, found: &mut Vec<(String, String)>) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                leaves(&below(name), value, found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let name = item["name"].as_str().map(str::to_owned);
                leaves(&below(&name.unwrap_or(at.to_string())), item, found);
            }
        }
        Value::String(text) => found.push((path.to_owned(), text.clone())),
        value => found.push((path.to_owned(), value.to_string())),
    }
}

#[test]
fn every_format_has_all_of_a_model() {
    let place = Place::with_llm();
    // More values than fit a line.
    let measured = place.text("measured.csv");
    let mut lines = measured.lines();
    let rows = lines
        .next()
        .map(|head| format!("{head},node\n"))
        .into_iter();
    let rows = rows.chain(
        lines
            .enumerate()
            .map(|(at, line)| format!("{line},node-{}\n", at % 40)),
    );
    place.write("nodes.csv", rows.collect::<String>());
    let line = format!("train nodes.csv {LLM} {QUICK} --categorical node -o m.altool");
    place.altool(&line).succeeded();
    place
        .altool("update nodes.csv --model m.altool --again -q")
        .succeeded();
    let shown = |format: &str| {
        let run = place.altool(&format!("inspect m.altool --format {format}"));
        run.succeeded().stdout
    };
    let object = json(&shown("json"));
    let csv = Csv::parse(&shown("csv"));
    let lines: Vec<(String, String)> = (csv.rows.iter())
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let mut expected = Vec::new();
    for part in ["options", "features", "rounds", "ingested"] {
        leaves(part, &object[part], &mut expected);
    }
    assert!(expected.len() > 80, "{expected:?}");
    for leaf in &expected {
        assert!(lines.contains(leaf), "{leaf:?} in {lines:?}");
    }
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for there in [
        line("features.batch_size.kind", "numeric"),
        line("features.node.kind", "categorical"),
        line("target", "throughput_tok_s"),
        line("rounds", "2"),
    ] {
        assert!(lines.contains(&there), "{there:?}");
    }
    // A pipe has no width that anything would have to fit.
    let table = shown("table");
    for node in 0..40 {
        assert!(table.contains(&format!("node-{node}")), "{table}");
    }
    for part in [
        "numeric",
        "categorical",
        "update",
        "recipe.learner",
        "rmse_log",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let digest = object["ingested"][0]["digest"].as_str().unwrap();
    assert!(table.contains(digest));
}
