use std::collections::BTreeMap;

use super::*;

fn own(names: &[&str], classes: &[&str]) -> Vec<String> {
    let texts = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<Vec<_>>()
    };
    written(&texts(names), &texts(classes))
}

#[test]
fn columns_are_declared_whole() {
    for table in TABLES {
        for column in table.columns {
            let doc = column.doc;
            assert!(!doc.is_empty() && !doc.ends_with('.'), "{}", column.name);
            // A row of a table in Markdown.
            assert!(!doc.contains(['|', '\n']), "{}", column.name);
            assert!(tables_of(column).any(|other| other.name == table.name));
            if column.is_pattern() {
                let name = column.named("x");
                assert_eq!(column.value(&name), Some("x"), "{name}");
            } else {
                assert_eq!(column.named("x"), column.name);
                assert_eq!(column.value(column.name), None);
            }
        }
    }
}

#[test]
fn a_table_has_each_name_once() {
    for table in TABLES {
        let mut names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{}", table.name);
    }
}

#[test]
fn a_name_that_is_always_own_is_so_wherever_it_stands() {
    let mut seen: BTreeMap<&str, Vec<Ownership>> = BTreeMap::new();
    for column in TABLES.iter().flat_map(|table| table.columns) {
        seen.entry(column.name).or_default().push(column.own);
    }
    for (name, own) in seen {
        let always = own.iter().filter(|&&own| own == Ownership::Always).count();
        assert!(always == 0 || always == own.len(), "{name}");
    }
}

#[test]
fn names_of_columns_that_altool_alone_writes_are_reserved() {
    for name in [
        "prediction",
        "distance",
        "rank",
        "planned_host",
        "predicted",
        "regret_of_current",
        "basis",
        "excluded",
        "flagged",
        "current_hardware",
        "model_name",
        "measured",
        "on_front",
        "front_size",
        "priority",
        "availability",
    ] {
        assert!(reserved().contains(&name), "{name}");
        assert_eq!(own(&[name, "batch"], &[]), [name]);
    }
    let others = ["hardware", "strategy", "round", "cost", "error", "p_slow"];
    assert!(own(&others, &[]).is_empty());
}

#[test]
fn probabilities_are_own_of_classes_that_there_are() {
    let names = ["p_slow", "p_fast", "p_cores"];
    assert_eq!(own(&names, &["fast", "slow"]), ["p_slow", "p_fast"]);
}

#[test]
fn common_names_are_own_in_the_company_that_they_are_written_in() {
    let curve: Vec<&str> = CURVES.columns.iter().map(|column| column.name).collect();
    assert_eq!(own(&curve, &[]), curve);
    // Without one of them the table is another.
    let less: Vec<&str> = curve
        .iter()
        .copied()
        .filter(|&name| name != "labels")
        .collect();
    assert_eq!(own(&less, &[]), ["expected_gain"]);
    let front = [
        "gpu",
        "predicted_time",
        "p_best_time",
        "measured_time",
        "measured_volts",
    ];
    assert_eq!(
        own(&front, &[]),
        ["predicted_time", "p_best_time", "measured_time"]
    );
    let rounds = [
        "round",
        "kind",
        "rows_added",
        "total_rows",
        "rmse_before",
        "cost",
    ];
    assert_eq!(own(&rounds, &[]), rounds);
    assert!(own(&["rmse_before", "cost"], &[]).is_empty());
}

#[test]
fn a_table_in_markdown_has_a_row_per_column() {
    let text = markdown(&BATCH);
    assert_eq!(text.lines().count(), BATCH.columns.len() + 2);
    assert!(
        text.contains("| `planned_start_s` | number | s | when the row begins"),
        "{text}"
    );
    assert!(text.contains("| `reason` | text | | why"), "{text}");
}
