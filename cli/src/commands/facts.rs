//! Named facts: lines of text for the eye and for CSV, one object with real types
//! for programs.

use al_pipeline::Campaign;
use serde_json::{Map, Value, json};

use crate::prose::parts;
use crate::sheet::TextSheet;

/// Letters of a value in a line.
pub(super) const LONGEST: usize = 500;

/// Facts in an order, each a name with a value.
#[derive(Debug, Default)]
pub(super) struct FactList(Vec<Fact>);

#[derive(Debug)]
struct Fact {
    name: String,
    /// As a table and CSV show it; none if only programs are told of it.
    text: Option<String>,
    value: Value,
}

impl FactList {
    /// Adds a fact that its value says in full.
    pub(super) fn add(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        self.add_told(name, plain(&value), value);
    }

    /// Adds a fact, if there is one.
    pub(super) fn add_known(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// Adds a fact whose text is not just its value.
    pub(super) fn add_told(
        &mut self,
        name: &str,
        text: impl Into<String>,
        value: impl Into<Value>,
    ) {
        self.0.push(Fact {
            name: name.to_owned(),
            text: Some(text.into()),
            value: value.into(),
        });
    }

    /// Adds a fact for programs only.
    pub(super) fn add_untold(&mut self, name: &str, value: impl Into<Value>) {
        self.0.push(Fact {
            name: name.to_owned(),
            text: None,
            value: value.into(),
        });
    }

    /// The facts with a text, for the eye.
    pub(super) fn sheet(&self) -> TextSheet {
        self.cut(usize::MAX)
    }

    /// The facts with a text, as CSV; a long list goes on in another line of its
    /// name.
    pub(super) fn csv(&self) -> String {
        self.cut(LONGEST).csv()
    }

    /// The facts with a text in lines whose values are at most so long.
    pub(super) fn cut(&self, longest: usize) -> TextSheet {
        let mut sheet = TextSheet::new(&["name", "value"]);
        for fact in &self.0 {
            for part in fact.text.iter().flat_map(|text| parts(text, longest)) {
                sheet.push([fact.name.clone(), part]);
            }
        }
        sheet
    }

    /// All facts as one object.
    pub(super) fn object(self) -> Value {
        let facts = self.0.into_iter().map(|fact| (fact.name, fact.value));
        facts.collect::<Map<String, Value>>().into()
    }
}

/// A value as text: a list by its items.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The learners of a stack with their weights.
pub(super) fn learner_weights(campaign: &Campaign) -> Value {
    let parts = campaign.fitted().stack().parts().iter();
    parts
        .map(|part| (part.learner.clone(), json!(part.weight)))
        .collect::<Map<String, Value>>()
        .into()
}

/// The values that an object or a list comes to, each with the way to it. An
/// item of a list is called by its name, if all have one, else by its place.
pub(super) fn leaves(value: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    collect(String::new(), value, &mut found);
    found
}

fn collect<'a>(path: String, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    let below = |name: &str| match path.as_str() {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(below(name), value, found);
            }
        }
        Value::Array(items) => {
            let names: Vec<Option<&str>> = items.iter().map(|item| item["name"].as_str()).collect();
            let named = names.iter().all(Option::is_some);
            for (at, item) in items.iter().enumerate() {
                let place = at.to_string();
                let name = names[at].filter(|_| named).unwrap_or(&place);
                collect(below(name), item, found);
            }
        }
        value => found.push((path, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_text_for_the_eye_and_typed_for_programs() {
        let mut facts = FactList::default();
        facts.add("target", "12");
        facts.add("log_target", true);
        facts.add("classes", json!(["a", "b"]));
        facts.add_known("id", None::<String>);
        facts.add_told("interval", "80 % from x", "x");
        facts.add_untold("rmse", 0.125);
        let lines =
            "name,value\ntarget,12\nlog_target,true\nclasses,\"a, b\"\ninterval,80 % from x\n";
        assert_eq!(facts.csv(), lines);
        let object = json!({
            "target": "12", "log_target": true, "classes": ["a", "b"], "interval": "x", "rmse": 0.125
        });
        assert_eq!(facts.object(), object);
    }

    #[test]
    fn long_lists_go_on_in_csv() {
        let mut facts = FactList::default();
        let names: Vec<String> = (0..200).map(|at| format!("column{at}")).collect();
        facts.add("features", names);
        let csv = facts.csv();
        assert!(
            csv.lines().all(|line| line.len() < 600) && csv.lines().count() > 4,
            "{csv}"
        );
        assert!(
            csv.lines()
                .skip(1)
                .all(|line| line.starts_with("features,")),
            "{csv}"
        );
        assert_eq!(facts.sheet().rows.len(), 1);
    }

    #[test]
    fn leaves_have_the_way_to_them() {
        let value = json!({
            "features": [{ "name": "gpu", "levels": ["a", "b"] }], "rounds": [{ "cost": null }]
        });
        let found: Vec<(String, String)> = leaves(&value)
            .into_iter()
            .map(|(path, value)| (path, plain(value)))
            .collect();
        let expected = [
            ("features.gpu.levels.0", "a"),
            ("features.gpu.levels.1", "b"),
            ("features.gpu.name", "gpu"),
            ("rounds.0.cost", ""),
        ];
        assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
}
