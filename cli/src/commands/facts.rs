//! Named facts: lines of text for the eye and for CSV, one object with real types
//! for programs.

use al_pipeline::Campaign;
use serde_json::{Map, Value, json};

use crate::sheet::TextSheet;

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

    /// The facts with a text, a line each.
    pub(super) fn sheet(&self) -> TextSheet {
        let mut sheet = TextSheet::new(&["name", "value"]);
        for fact in &self.0 {
            if let Some(text) = &fact.text {
                sheet.push([fact.name.clone(), text.clone()]);
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
        assert_eq!(facts.sheet().csv(), lines);
        let object = json!({
            "target": "12", "log_target": true, "classes": ["a", "b"], "interval": "x", "rmse": 0.125
        });
        assert_eq!(facts.object(), object);
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
