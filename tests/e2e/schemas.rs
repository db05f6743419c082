//! All JSON of the program is as `docs/schemas/` says.

mod validator;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::common::{LLM, Place, QUICK, fixture, json as parsed};
use crate::tree::root;
use validator::Schemas;

fn schemas() -> Schemas {
    Schemas::read(&root().join("docs/schemas"))
}

/// Values that must be as a schema says, collected as commands write them.
struct Written {
    schemas: Schemas,
    place: Place,
    /// The schemas that something was written for.
    used: BTreeSet<String>,
}

impl Written {
    fn check(&mut self, schema: &str, value: &Value, what: &str) {
        let name = format!("{schema}.json");
        let faults = self.schemas.faults(&name, value);
        assert!(faults.is_empty(), "{what}: {faults:#?}");
        self.used.insert(name);
    }

    /// Standard output of a command, as one value.
    fn value(&mut self, schema: &str, line: &str) -> Value {
        let line = format!("{line} --format json");
        let run = self.place.altool(&line).succeeded();
        let value = parsed(&run.stdout);
        self.check(schema, &value, &line);
        value
    }

    /// Standard output of a command, a value per line.
    fn rows(&mut self, schema: &str, line: &str) {
        let line = format!("{line} --format jsonl");
        let run = self.place.altool(&line).succeeded();
        assert!(!run.stdout.is_empty(), "{line}");
        for row in run.stdout.lines() {
            self.check(schema, &parsed(row), &line);
        }
    }

    /// Standard error of a command, a value per line.
    fn log(&mut self, line: &str, code: i32) {
        let line = format!("{line} --log-format json");
        let run = self.place.altool(&line).ended(code);
        assert!(!run.stderr.is_empty(), "{line}");
        for said in run.stderr.lines() {
            self.check("log-line", &parsed(said), &line);
        }
    }
}

/// The metrics of a round have one shape wherever they are told.
fn same_metrics(trained: &Value, updated: &Value, report: &Value, inspected: &Value) {
    let rounds = &report["rounds"];
    assert_eq!(rounds, &inspected["rounds"]);
    assert_eq!(rounds[0]["after"], trained["after"]);
    for moment in ["before", "after", "prequential", "improvement"] {
        assert!(updated[moment].is_object(), "{moment}");
        assert_eq!(rounds[1][moment], updated[moment], "{moment}");
    }
    // As in CSV they are there flat, too.
    let after = &updated["after"];
    assert!(after["rmse_log"].is_number());
    assert_eq!(after["rmse_log"], updated["rmse_log_after"]);
    assert_eq!(trained["after"]["rmse_log"], trained["rmse_log"]);
}

#[test]
fn all_json_is_as_the_schemas_say() {
    let mut written = Written {
        schemas: schemas(),
        place: Place::with_llm(),
        used: BTreeSet::new(),
    };
    let trained = written.value(
        "train",
        &format!("train measured.csv {LLM} {QUICK} -o m.altool"),
    );
    assert_eq!(trained["log_target"], true);
    assert!(trained["features"].is_array());
    written.rows("batch-row", "select candidates.csv --model m.altool -n 3");
    written.rows(
        "scored-row",
        "score candidates.csv --model m.altool --gain none",
    );
    let explained = "select candidates.csv --model m.altool -n 3 -o b.csv --explain b.json";
    written.place.altool(explained).succeeded();
    let explanation = parsed(&written.place.text("b.json"));
    written.check("explanation", &explanation, explained);
    written.rows(
        "advice-row",
        "recommend candidates.csv --model m.altool --hardware hardware --optimize-for throughput \
         --current hardware --all-hardware",
    );
    written.log("select candidates.csv --model m.altool -n 2 -o b.csv", 0);
    let updated = written.value("update", "update results.csv --model m.altool");
    let report = written.value("report", "report m.altool");
    let inspected = written.value("inspect", "inspect m.altool");
    same_metrics(&trained, &updated, &report, &inspected);
    let again = written.value("update", "update results.csv --model m.altool");
    assert_eq!(again["changed"], false);

    // Classes, and what else a model may know.
    let kinds = "train measured.csv --target framework --ignore latency_s,throughput_tok_s --hardware hardware \
                 --learner boosted --members 3 --trees 8 -o k.altool";
    let trained = written.value("train", kinds);
    assert!(trained["classes"].is_array() && trained["after"]["accuracy"].is_number());
    written.value("report", "report k.altool");
    let trained = "train measured.csv --target framework --ignore latency_s,throughput_tok_s \
                   --learner logistic -o l.altool";
    written.place.altool(trained).succeeded();
    let compared = written.value("comparison", "report k.altool l.altool");
    assert_eq!(compared["models"][1]["model"], "l.altool");
    written.value("inspect", "inspect k.altool");
    written.rows("scored-row", "score candidates.csv --model k.altool");
    let replay = "simulate measured.csv --target throughput_tok_s --log-target --ignore latency_s \
                  --members 2 --trees 4 --repeats 2 --rounds 2 --initial 40 --batch 10";
    let verdicts = written.value("simulate", replay);
    assert!(verdicts[0]["after"]["rmse_log"].is_number(), "{verdicts}");
    let search = format!("{replay} --goal best --direction max --strategies ucb --learner boosted");
    let found = written.value("search", &search);
    assert!(found[0]["regret_percent"]["mean"].is_number(), "{found}");

    // Molecules.
    for name in ["measured", "candidates"] {
        let path = fixture("freesolv").join(format!("{name}.csv"));
        let table = std::fs::read(path).unwrap();
        written.place.write(&format!("molecules_{name}.csv"), table);
    }
    let molecules = "train molecules_measured.csv --target expt_kcal_mol --smiles smiles --ignore name \
                     --learner boosted --members 3 --trees 8 -o s.altool";
    written.value("train", molecules);
    let inspected = written.value("inspect", "inspect s.altool");
    assert_eq!(inspected["features"][0]["fingerprint"]["bits"], 2048);
    written.rows(
        "scored-row",
        "score molecules_candidates.csv --model s.altool",
    );
    for (schema, name) in [("strategies", "lcmd"), ("learners", "gp")] {
        let all = written.value(schema, schema);
        let one = written.value(schema, &format!("{schema} {name}"));
        assert!(all.as_array().unwrap().contains(&one));
    }
    written.log("select --no-such-option", 2);
    written.log("train none.csv --target x -o x.altool", 3);

    // Metrics are a part of others.
    let mut names: BTreeSet<String> = schemas().names().map(str::to_owned).collect();
    names.remove("metrics.json");
    assert_eq!(written.used, names);
}

#[test]
fn what_is_not_as_the_schemas_say_is_noticed() {
    let schemas = schemas();
    let line = |value: Value| schemas.faults("log-line.json", &value).len();
    assert_eq!(line(json!({ "note": "x" })), 0);
    assert_eq!(line(json!({ "note": 1 })), 1);
    assert_eq!(line(json!({ "note": "x", "more": "y" })), 1);
    let metrics = |value: Value| schemas.faults("metrics.json", &value);
    assert_eq!(
        metrics(json!({ "rows": 3, "rmse": 0.5 })),
        Vec::<String>::new()
    );
    for (wrong, place) in [
        (json!({ "rmse": "0.5" }), "/rmse"),
        (json!({ "rmse": -0.5 }), "/rmse"),
        (json!({ "coverage": 1.5 }), "/coverage"),
        (json!({ "rows": 2.5 }), "/rows"),
        (json!({ "rmes": 1.0 }), "rmes is not known"),
    ] {
        let faults = metrics(wrong.clone());
        assert!(
            faults.len() == 1 && faults[0].contains(place),
            "{wrong}: {faults:?}"
        );
    }
    // By reference, in a list.
    let verdict = json!([{ "strategy": "lcmd", "after": { "rmse": true } }]);
    let faults = schemas.faults("simulate.json", &verdict);
    assert!(
        faults
            .iter()
            .any(|fault| fault.starts_with("/0/after/rmse: ")),
        "{faults:?}"
    );
    assert!(
        faults
            .iter()
            .any(|fault| fault.contains("\"ratio\" is missing"))
    );
}
