//! An entry of a registry, as `altool strategies NAME` and `altool learners
//! NAME` show it, and as a section of its reference page.

use serde_json::{Map, Value, json};

use crate::args::files::TextFormat;
use crate::sheet::TextSheet;

/// What is known of an entry.
pub(super) struct ShownEntry {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// What it is, in sentences.
    pub(super) text: &'static str,
    /// Its key in JSON, its label, and what it says; empty facts are not shown.
    pub(super) facts: Vec<(&'static str, &'static str, Value)>,
    pub(super) options: Vec<ShownOption>,
}

/// An option of an entry.
pub(super) struct ShownOption {
    /// As it is typed.
    pub(super) name: String,
    /// What it must be.
    pub(super) range: String,
    pub(super) default: Value,
    pub(super) summary: &'static str,
}

impl ShownOption {
    fn line(&self) -> String {
        format!(
            "{} (default {}): {}",
            self.range,
            text(&self.default),
            self.summary
        )
    }
}

/// A fact in words.
fn text(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        // 10, not 10.0.
        Value::Number(number) => number.as_f64().unwrap_or_default().to_string(),
        other => other.to_string(),
    }
}

/// A summary as a sentence.
fn sentence(summary: &str) -> String {
    let mut letters = summary.chars();
    let first = letters.next().map(char::to_uppercase);
    let first: String = first.into_iter().flatten().collect();
    format!("{first}{}.", letters.as_str())
}

impl ShownEntry {
    fn lines(&self) -> impl Iterator<Item = (String, String)> {
        let facts = self.facts.iter().filter_map(|(_, label, value)| {
            let text = text(value);
            (!text.is_empty()).then(|| ((*label).to_owned(), text))
        });
        let options = self
            .options
            .iter()
            .map(|option| (format!("option {}", option.name), option.line()));
        facts.chain(options)
    }

    /// Alone, in a format.
    pub(super) fn show(&self, format: TextFormat, footer: &str) -> String {
        match format {
            TextFormat::Json => format!("{:#}\n", self.json()),
            TextFormat::Csv => {
                let mut sheet = TextSheet::new(&["name", "value"]);
                let facts = [
                    ("name", self.name),
                    ("summary", self.summary),
                    ("text", self.text),
                ];
                let facts = facts.map(|(name, value)| (name.to_owned(), value.to_owned()));
                for (name, text) in facts.into_iter().chain(self.lines()) {
                    sheet.push([name, text]);
                }
                sheet.csv()
            }
            TextFormat::Table => {
                let mut sheet = TextSheet::new(&["", ""]);
                sheet.push([self.name.to_owned(), sentence(self.summary)]);
                sheet.push([String::new(), self.text.to_owned()]);
                for (label, line) in self.lines() {
                    sheet.push([label, line]);
                }
                sheet.push([String::new(), footer.to_owned()]);
                sheet.wrapped()
            }
        }
    }

    /// As an object; a list of them is the JSON of the whole registry.
    pub(super) fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("name".to_owned(), json!(self.name));
        object.insert("summary".to_owned(), json!(self.summary));
        object.insert("text".to_owned(), json!(self.text));
        for (key, _, value) in &self.facts {
            object.insert((*key).to_owned(), value.clone());
        }
        let options = self.options.iter().map(|option| {
            json!({
                "name": option.name,
                "range": option.range,
                "default": option.default,
                "summary": option.summary,
            })
        });
        object.insert("options".to_owned(), options.collect());
        Value::Object(object)
    }

    /// A section of the reference page.
    pub(super) fn section(&self) -> String {
        let mut section = format!(
            "\n## {}\n\n{} {}\n\n",
            self.name,
            sentence(self.summary),
            self.text
        );
        for (label, line) in self.lines() {
            section.push_str(&format!("- **{label}**: {line}\n"));
        }
        section
    }
}
