//! Tests of reading spaces.

use al_core::Fault;

use super::*;
use crate::sample::Method;
use crate::value::Value;

fn error(text: &str) -> String {
    Fault::from(ConfigSpace::parse(text).unwrap_err()).to_string()
}

#[test]
fn a_space_as_documented() {
    let space = ConfigSpace::parse(
        r#"
        rules = ["NOT (hardware = 'webgpu' AND batch_size > 8)"]
        exclude = "measured.csv"
        [values]
        model = ["llama"]
        hardware = ["cuda", "webgpu"]
        batch_size = [1, 2, 0x10, 1_000]
        fp16 = [true, false]
        lr = { from = 0.1, to = 0.5, step = 0.1 }
        block = { from = 1, to = 1024, factor = 2 }
        day = [2024-02-29]
        "#,
    )
    .unwrap();
    assert_eq!(space.size(), Some(2 * 4 * 2 * 5 * 11));
    assert_eq!(
        space.rules(),
        ["NOT (hardware = 'webgpu' AND batch_size > 8)"]
    );
    assert_eq!(space.exclude(), Some("measured.csv"));
    let names: Vec<&str> = space.columns().iter().map(|column| column.name()).collect();
    let expected = [
        "model",
        "hardware",
        "batch_size",
        "fp16",
        "lr",
        "block",
        "day",
    ];
    assert_eq!(names, expected, "the order of the text");
    let values = |at: usize| space.columns()[at].values();
    assert_eq!(values(2), [1, 2, 16, 1000].map(Value::Integer));
    assert_eq!(values(4), [0.1, 0.2, 0.3, 0.4, 0.5].map(Value::Number));
    assert_eq!(values(6), [Value::Date("2024-02-29".into())]);
}

#[test]
fn rules_and_exclude_may_stand_after_the_values() {
    let space =
        ConfigSpace::parse("[values]\na = [1, 2]\nrules = ['a > 1']\nexclude = 'measured.csv'\n")
            .unwrap();
    assert_eq!(space.columns().len(), 1);
    assert_eq!(space.rules(), ["a > 1"]);
    assert_eq!(space.exclude(), Some("measured.csv"));

    let space = ConfigSpace::parse("[values]\nrules = [1, 2]\nexclude = ['x', 'y', 'z']").unwrap();
    assert_eq!(
        space.size(),
        Some(6),
        "columns, as no setting looks like that"
    );
    assert!(space.rules().is_empty() && space.exclude().is_none());

    for setting in ["rules = ['a > 1']", "exclude = 'x.csv'"] {
        let name = setting.split(' ').next().unwrap();
        assert_eq!(
            error(&format!("{setting}\n[values]\na = [1]\n  {setting}")),
            format!(
                "line 4, column 3: '{name}' stands both above [values] and in it; \
                 leave it in one place"
            )
        );
    }
}

/// Checks how the error of a text begins.
fn starts(text: &str, start: &str) {
    let found = error(text);
    assert!(found.starts_with(start), "{found}");
}

#[test]
fn errors_name_the_place_and_the_entry() {
    starts("[values]\na = [1, 2", "line 2, column ");
    starts(
        "[values]\na = [1]\na = [2]",
        "line 3, column 1: duplicate key",
    );
    starts("value = 1", "line 1, column 1: 'value' is not known here");
    starts(
        "values = [1]",
        "line 1, column 10: 'values' must be a table of columns, not a list",
    );
    starts("", "line 1, column 1: the space has no columns");
    starts("[values]\n", "line 1, column 1: the space has no columns");
    starts(
        "rules = 'a'\n[values]",
        "line 1, column 9: 'rules' must be a list of SQL",
    );
    starts(
        "rules = ['a', 1]\n[values]",
        "line 1, column 15: 'rules' must be a list of SQL",
    );
    starts(
        "exclude = 1\n[values]",
        "line 1, column 11: 'exclude' must be the name of a file",
    );
}

#[test]
fn errors_of_columns_name_their_place() {
    starts("[values]\nä = []", "line 2, column 1");
    starts(
        "[values]\na = [1]\n  '' = [1]",
        "line 3, column 3: '' has no name; every column needs one",
    );
    starts(
        "[values]\n\"ä\" = []",
        "line 2, column 7: 'ä' has no values",
    );
    starts(
        "[values]\na = 'cuda'",
        "line 2, column 5: 'a' must be a list [..] or a range",
    );
    starts(
        "[values]\na = [1, 2, 1.0]",
        "line 2, column 12: 'a' holds 1 twice",
    );
    starts(
        "[values]\na = [1, '2']",
        "line 2, column 9: 'a' mixes numbers and texts",
    );
    starts(
        "[values]\na = [true, 1]",
        "line 2, column 12: 'a' mixes booleans and numbers",
    );
    starts(
        "[values]\na = [inf]",
        "line 2, column 6: 'a' holds inf, which is not a finite",
    );
    starts(
        "[values]\na = [1, [2]]",
        "line 2, column 9: 'a' must be a list of plain values",
    );
    starts(
        "[values]\na = [99999999999999999999]",
        "line 2, column 6: 'a' holds 99999999999999999999, which is beyond 64 bits",
    );
}

#[test]
fn errors_of_ranges() {
    let with = |range: &str| error(&format!("[values]\na = {range}"));
    let start = "line 2, column 5: 'a'";
    for range in [
        "{ from = 1, log = true }",
        "{ from = 1, to = 2, step = 1, log = true }",
        "{ from = 1, to = 2, log = true, by = 2 }",
        "{ from = 1, to = 2, step = 1, factor = 2 }",
        "{ from = 1, to = 2, step = 1, by = 2 }",
        "{}",
    ] {
        assert!(
            with(range).starts_with(&format!("{start} must be a range")),
            "{range}"
        );
    }
    assert_eq!(
        with("{ from = 1, to = 2, step = -1 }"),
        format!(
            "{start} has a step that leads away from its end; from a smaller to a larger number it is above 0, the other way below 0"
        )
    );
    assert_eq!(
        with("{ from = 1, to = 2, factor = 1 }"),
        format!("{start} has a factor that leads nowhere; give a factor other than 1")
    );
    assert_eq!(
        with("{ from = 1, to = 'x', step = 1 }"),
        "line 2, column 22: 'a' must be a range of numbers, not a text"
    );
    assert!(with("{ from = 1, to = inf, step = 1 }").contains("infinite"));
}

#[test]
fn a_product_beyond_counting_names_its_column() {
    let columns: Vec<String> = (0..13)
        .map(|at| format!("c{at} = {{ from = 1, to = 1000, step = 1 }}"))
        .collect();
    assert_eq!(
        error(&format!("[values]\n{}", columns.join("\n"))),
        "line 14, column 1: 'c12' makes more than 2^128 combinations with the columns before it"
    );
}

#[test]
fn conditions_and_samples_as_documented() {
    let space = ConfigSpace::parse(
        "[values]
         kernel = ['direct', 'tiled', 'fft']
         tile = [8, 16, 32]
         inner = [1, 2]
         lr = { from = 1e-5, to = 1e-1, log = true }
         n = { from = 1, to = 64 }
         [when]
         tile = { kernel = 'tiled' }
         inner = { tile = { from = 16 }, kernel = ['tiled', 'fft'] }
         [sample]
         rows = 100
         method = 'latin-hypercube'",
    )
    .unwrap();
    let sample = space.sample().unwrap();
    assert_eq!((sample.rows, sample.method), (100, Method::LatinHypercube));
    assert_eq!(space.size(), None);
    let tests: Vec<usize> = space.columns().iter().map(|c| c.tests.len()).collect();
    assert_eq!(tests, [0, 1, 2, 0, 0]);
    assert_eq!(space.columns()[3].place(), Some((5, 10)));
    let whole = |at: usize| match space.columns()[at].domain() {
        crate::Domain::Between(range) => (range.whole, range.log),
        crate::Domain::Listed(_) => panic!("a range"),
    };
    assert_eq!((whole(3), whole(4)), ((false, true), (true, false)));

    let space = ConfigSpace::parse(
        "sample = 7\n[values]\na = [1, 2]\nwhen = { b = { a = 1 } }\nb = [1, 2]",
    )
    .unwrap();
    assert_eq!(space.size(), Some(3), "conditions below [values] too");
    assert_eq!(space.sample().unwrap().rows, 7);
    assert_eq!(space.sample().unwrap().method, Method::Sobol);
}

/// Checks how the error of two columns and more begins.
fn below_columns(rest: &str, start: &str) {
    starts(&format!("[values]\na = [1, 2]\nb = ['x']\n{rest}"), start);
}

#[test]
fn errors_of_conditions() {
    below_columns(
        "[when]\nc = { a = 1 }",
        "line 5, column 1: 'c' has a condition and is no column",
    );
    below_columns(
        "[when]\nb = { c = 1 }",
        "line 5, column 7: 'b' depends on 'c', which is no column",
    );
    below_columns(
        "[when]\nb = { a = 3 }",
        "line 5, column 7: 'b' depends on '3' of 'a'",
    );
    below_columns(
        "[when]\nb = { a = [] }",
        "line 5, column 7: 'b' depends on 'a' in a way",
    );
    below_columns(
        "[when]\nb = 'a'",
        "line 5, column 5: 'b' must be a table of columns",
    );
    below_columns(
        "when = 1\n[sample]\nrows = 1",
        "line 4, column 8: 'when' must be a list [..]",
    );
    below_columns(
        "[when]\nb = { a = {} }",
        "line 5, column 11: 'b' must say of 'a' which",
    );
    below_columns(
        "[when]\nb = { a = { from = 'x' } }",
        "line 5, column 20: 'b' must be a range of numbers",
    );
    below_columns(
        "[when]\nb = { a = 1 }\na = { b = 'x' }",
        "line 6, column 1: 'a' depends on itself: a on b on a",
    );
}

#[test]
fn bounds_that_nothing_meets_are_refused() {
    for (bounds, met) in [
        ("from = 3.2, to = 3.8", false),
        ("from = 3.2, to = 4", true),
        ("from = 10.5", false),
        ("to = 1", true),
        ("from = 5, to = 4", false),
    ] {
        let text = format!(
            "[values]\na = {{ from = 1, to = 10 }}\nb = ['x']\n[when]\nb = {{ a = {{ {bounds} }} }}"
        );
        if met {
            ConfigSpace::parse(&text).unwrap();
        } else {
            let found = error(&text);
            let unmet = "line 5, column 7: 'b' depends on 'a' in a way that none of its values";
            assert!(found.starts_with(unmet), "{bounds}: {found}");
        }
    }
    ConfigSpace::parse(
        "[values]\na = { from = 1.0, to = 10.0 }\nb = ['x']\n[when]\nb = { a = { from = 3.2, to = 3.8 } }",
    )
    .unwrap();
}

#[test]
fn errors_of_samples() {
    below_columns(
        "[sample]",
        "line 4, column 2: 'sample' needs the number of rows",
    );
    below_columns(
        "[sample]\nrows = 0",
        "line 5, column 8: 'sample' has 0 rows",
    );
    below_columns(
        "[sample]\nrows = 'x'",
        "line 5, column 8: 'sample' must be a whole number",
    );
    below_columns(
        "[sample]\nrow = 1",
        "line 5, column 1: 'sample' has an entry 'row'",
    );
    below_columns(
        "[sample]\nrows = 1\nmethod = 'halton'",
        "line 6, column 10: 'sample' has the method 'halton'; there are 'sobol', 'latin-hypercube'",
    );
    below_columns(
        "lr = { from = 0, to = 1, log = true }",
        "line 4, column 6: 'lr' is logarithmic",
    );
    below_columns(
        "lr = { from = 1.0, to = 1.0 }",
        "line 4, column 6: 'lr' goes from 1 to 1;",
    );
    below_columns(
        "lr = { from = 1.0, to = 2.0, log = 1 }",
        "line 4, column 36: 'lr' must be a range whose",
    );
}

#[test]
fn rules_have_their_places() {
    let space = ConfigSpace::parse("rules = ['a > 0',\n  'a > 1']\n[values]\na = [1]").unwrap();
    assert_eq!(space.rules(), ["a > 0", "a > 1"]);
    assert_eq!(space.rule_place(0), Some((1, 10)));
    assert_eq!(space.rule_place(1), Some((2, 3)));
    assert_eq!(space.rule_place(2), None);
}
