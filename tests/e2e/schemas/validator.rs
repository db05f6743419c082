//! A validator of JSON Schema (draft 2020-12) for the keywords that `docs/schemas/`
//! uses; another keyword there is an error, not a rule that nobody holds.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// Keywords that say nothing about a value.
const NOTES: [&str; 5] = ["$schema", "$id", "$defs", "title", "description"];

/// The schemas of a folder, by the names of their files.
pub(super) struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    pub(super) fn read(folder: &Path) -> Schemas {
        let entries = std::fs::read_dir(folder).unwrap();
        let schemas = entries.map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let schema: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(schema["$id"], name.as_str(), "{name}");
            (name, schema)
        });
        Schemas(schemas.collect())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What is wrong with a value by the schema of that name, each with its place.
    pub(super) fn faults(&self, name: &str, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        let check = Check {
            schemas: &self.0,
            file: name,
        };
        check.value(&self.0[name], value, "", &mut faults);
        faults
    }
}

/// A check by a schema of one file.
#[derive(Clone, Copy)]
struct Check<'a> {
    schemas: &'a BTreeMap<String, Value>,
    file: &'a str,
}

impl Check<'_> {
    fn value(self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().expect("a schema is an object") {
            match keyword.as_str() {
                note if NOTES.contains(&note) => {}
                "$ref" => self.refer(rule.as_str().unwrap(), value, at, faults),
                "anyOf" => {
                    let tried = rule.as_array().unwrap().iter().map(|one| {
                        let mut faults = Vec::new();
                        self.value(one, value, at, &mut faults);
                        faults
                    });
                    let tried: Vec<Vec<String>> = tried.collect();
                    if tried.iter().all(|faults| !faults.is_empty()) {
                        faults.push(format!("{at}: is none of these: {tried:?}"));
                    }
                }
                "properties" | "required" | "additionalProperties" => {
                    if let Some(fields) = value.as_object() {
                        self.fields(keyword, schema, fields, at, faults);
                    }
                }
                "items" => {
                    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.value(rule, item, &format!("{at}/{place}"), faults);
                    }
                }
                _ if !holds(keyword, rule, value) => {
                    faults.push(format!("{at}: {value} is against {keyword} {rule}"));
                }
                _ => {}
            }
        }
    }

    fn refer(self, to: &str, value: &Value, at: &str, faults: &mut Vec<String>) {
        let (file, place) = to.split_once('#').expect("a place in a file");
        let check = Check {
            file: if file.is_empty() { self.file } else { file },
            ..self
        };
        let schema = check.schemas[check.file].pointer(place);
        check.value(schema.expect("what is referred to"), value, at, faults);
    }

    fn fields(
        self,
        keyword: &str,
        schema: &Value,
        fields: &serde_json::Map<String, Value>,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        let declared = |name: &str| schema["properties"].get(name);
        match keyword {
            "required" => {
                for name in schema["required"].as_array().unwrap() {
                    if !fields.contains_key(name.as_str().unwrap()) {
                        faults.push(format!("{at}: {name} is missing"));
                    }
                }
            }
            "properties" => {
                for (name, value) in fields {
                    if let Some(schema) = declared(name) {
                        self.value(schema, value, &format!("{at}/{name}"), faults);
                    }
                }
            }
            _ => {
                for (name, value) in fields.iter().filter(|(name, _)| declared(name).is_none()) {
                    match &schema["additionalProperties"] {
                        Value::Bool(false) => faults.push(format!("{at}: {name} is not known")),
                        Value::Bool(true) => {}
                        schema => self.value(schema, value, &format!("{at}/{name}"), faults),
                    }
                }
            }
        }
    }
}

/// Whether a value is as one rule says.
fn holds(keyword: &str, rule: &Value, value: &Value) -> bool {
    let number = |holds: fn(f64, f64) -> bool| {
        let value = value.as_f64();
        value.is_none_or(|value| holds(value, rule.as_f64().unwrap()))
    };
    let length = |holds: fn(u64, u64) -> bool, length: Option<usize>| {
        length.is_none_or(|length| holds(length as u64, rule.as_u64().unwrap()))
    };
    let items = value.as_array().map(Vec::len);
    let letters = value.as_str().map(|text| text.chars().count());
    match keyword {
        "type" => match rule {
            Value::Array(types) => types.iter().any(|one| is(value, one)),
            one => is(value, one),
        },
        "enum" => rule.as_array().unwrap().contains(value),
        "const" => rule == value,
        "minimum" => number(|value, least| value >= least),
        "maximum" => number(|value, most| value <= most),
        "minItems" => length(|count, least| count >= least, items),
        "maxItems" => length(|count, most| count <= most, items),
        "minLength" => length(|count, least| count >= least, letters),
        "maxLength" => length(|count, most| count <= most, letters),
        other => panic!("the validator of the tests does not know '{other}'"),
    }
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => panic!("there is no type '{other}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(schema: Value, value: &Value) -> usize {
        let schemas = [("a.json".to_owned(), schema)];
        Schemas(BTreeMap::from(schemas))
            .faults("a.json", value)
            .len()
    }

    #[test]
    fn each_keyword_holds_what_it_says() {
        for (schema, right, wrong) in [
            (json!({ "type": "integer" }), json!(3.0), json!(3.5)),
            (
                json!({ "type": ["number", "null"] }),
                json!(null),
                json!("3"),
            ),
            (json!({ "enum": ["a", null] }), json!(null), json!("b")),
            (json!({ "const": true }), json!(true), json!(1)),
            (
                json!({ "minimum": 0, "maximum": 1 }),
                json!(0.5),
                json!(1.5),
            ),
            (json!({ "minItems": 2 }), json!([1, 2]), json!([1])),
            (json!({ "maxLength": 2 }), json!("ab"), json!("abc")),
            (
                json!({ "items": { "type": "string" } }),
                json!(["a"]),
                json!([1]),
            ),
            (json!({ "required": ["a"] }), json!({ "a": 1 }), json!({})),
            (
                json!({ "properties": { "a": {} }, "additionalProperties": false }),
                json!({ "a": 1 }),
                json!({ "b": 1 }),
            ),
            (
                json!({ "anyOf": [{ "type": "null" }, { "$ref": "#/$defs/b" }],
                        "$defs": { "b": { "const": 1 } } }),
                json!(1),
                json!(2),
            ),
            (
                json!({ "$ref": "a.json#/$defs/b", "$defs": { "b": { "type": "array" } } }),
                json!([]),
                json!({}),
            ),
        ] {
            assert_eq!(faults(schema.clone(), &right), 0, "{schema}");
            assert_eq!(faults(schema.clone(), &wrong), 1, "{schema}");
        }
    }

    #[test]
    #[should_panic(expected = "does not know 'patern'")]
    fn an_unknown_keyword_is_no_rule() {
        faults(json!({ "patern": "x" }), &json!("x"));
    }
}
