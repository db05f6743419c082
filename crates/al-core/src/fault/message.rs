//! Sentences in pieces, and how front ends word them.

use std::fmt;
use std::ops::Deref;

use super::setting::Setting;

/// A sentence, in which settings and commands stand as data.
///
/// ```
/// use al_core::fault::{Message, setting};
///
/// let remedy = Message::from("give ")
///     .setting(setting::PREFIX.given())
///     .text(" to name the new columns differently");
/// assert_eq!(
///     remedy.to_string(),
///     "give the setting 'prefix' to name the new columns differently"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Setting(Mention),
    Command(CommandName),
}

impl Message {
    /// The same message and more text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Message {
        let text = text.into();
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(&text),
            _ if text.is_empty() => {}
            _ => self.pieces.push(Piece::Text(text)),
        }
        self
    }

    /// The same message and a setting.
    #[must_use]
    pub fn setting(mut self, setting: impl Into<Mention>) -> Message {
        self.pieces.push(Piece::Setting(setting.into()));
        self
    }

    /// The same message and a command.
    #[must_use]
    pub fn command(mut self, command: CommandName) -> Message {
        self.pieces.push(Piece::Command(command));
        self
    }

    /// The same message, followed by another.
    #[must_use]
    pub fn followed_by(self, other: Message) -> Message {
        other
            .pieces
            .into_iter()
            .fold(self, |message, piece| match piece {
                Piece::Text(text) => message.text(text),
                Piece::Setting(mention) => message.setting(mention),
                Piece::Command(command) => message.command(command),
            })
    }

    /// Whether it ends with a question mark, as a guess at what was meant does.
    #[must_use]
    pub fn is_question(&self) -> bool {
        self.asks()
    }

    /// Whether it ends with a question mark.
    pub(super) fn asks(&self) -> bool {
        matches!(self.pieces.last(), Some(Piece::Text(text)) if text.ends_with('?'))
    }

    /// The same message as the beginning of a sentence.
    #[must_use]
    pub(super) fn capitalised(mut self) -> Message {
        if let Some(Piece::Text(text)) = self.pieces.first_mut()
            && let Some(first) = text.chars().next()
        {
            text.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
        }
        self
    }

    /// The settings that it names, in their order.
    pub fn settings(&self) -> impl Iterator<Item = &Mention> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Setting(mention) => Some(mention),
            Piece::Text(_) | Piece::Command(_) => None,
        })
    }

    /// The message as text, its settings and commands named as `wording` names
    /// them.
    #[must_use]
    pub fn worded(&self, wording: &dyn Wording) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Setting(mention) => wording.setting(mention),
            Piece::Command(command) => wording.command(*command),
        };
        self.pieces.iter().map(piece).collect()
    }
}

/// In the words of [`Neutral`].
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.worded(&Neutral))
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Message::default().text(text)
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Message::default().text(text)
    }
}

impl From<Setting> for Message {
    fn from(setting: Setting) -> Self {
        Message::default().setting(setting)
    }
}

impl From<Mention> for Message {
    fn from(mention: Mention) -> Self {
        Message::default().setting(mention)
    }
}

/// Messages as they are gathered, such as warnings: a sentence each.
///
/// ```
/// use al_core::fault::{Messages, setting};
///
/// let mut warnings = Messages::default();
/// warnings.push("a column is excluded");
/// warnings.extend(Some(setting::STREAM));
/// assert_eq!(warnings.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Messages(Vec<Message>);

impl Messages {
    /// Adds one.
    pub fn push(&mut self, message: impl Into<Message>) {
        self.0.push(message.into());
    }
}

impl Deref for Messages {
    type Target = [Message];

    fn deref(&self) -> &[Message] {
        &self.0
    }
}

impl<M: Into<Message>> Extend<M> for Messages {
    fn extend<I: IntoIterator<Item = M>>(&mut self, more: I) {
        self.0.extend(more.into_iter().map(Into::into));
    }
}

impl<M: Into<Message>> FromIterator<M> for Messages {
    fn from_iter<I: IntoIterator<Item = M>>(messages: I) -> Self {
        Messages(messages.into_iter().map(Into::into).collect())
    }
}

impl IntoIterator for Messages {
    type Item = Message;
    type IntoIter = std::vec::IntoIter<Message>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A setting as a message names it: alone, or with a value to give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    setting: Setting,
    given: MentionedValue,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum MentionedValue {
    /// The setting's name alone.
    Nothing,
    /// Some value, for the reader to find.
    Any,
    /// This value.
    Value(String),
}

impl Setting {
    /// The setting with some value: `--prefix TEXT` at a command line.
    #[must_use]
    pub const fn given(self) -> Mention {
        Mention {
            setting: self,
            given: MentionedValue::Any,
        }
    }

    /// The setting with this value: `--min-feasible 0` at a command line.
    #[must_use]
    pub fn to(self, value: impl fmt::Display) -> Mention {
        Mention {
            setting: self,
            given: MentionedValue::Value(value.to_string()),
        }
    }
}

impl From<Setting> for Mention {
    fn from(setting: Setting) -> Self {
        Mention {
            setting,
            given: MentionedValue::Nothing,
        }
    }
}

impl Mention {
    /// The setting.
    #[must_use]
    pub fn setting(&self) -> Setting {
        self.setting
    }

    /// What to write for its value: the value, or what stands for one, such as
    /// `COL`; `None` if the setting is named alone.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match &self.given {
            MentionedValue::Nothing => None,
            MentionedValue::Any => Some(self.setting.takes).filter(|takes| !takes.is_empty()),
            MentionedValue::Value(value) => Some(value),
        }
    }

    /// The value, if the message gives one.
    #[must_use]
    pub fn exact_value(&self) -> Option<&str> {
        match &self.given {
            MentionedValue::Value(value) => Some(value),
            MentionedValue::Nothing | MentionedValue::Any => None,
        }
    }
}

/// A command of the loop that a message refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandName(&'static str);

impl CommandName {
    /// Lists the strategies.
    pub const STRATEGIES: CommandName = CommandName("strategies");
    /// Chooses a batch.
    pub const SELECT: CommandName = CommandName("select");

    /// All commands that messages refer to.
    pub const ALL: [CommandName; 2] = [CommandName::STRATEGIES, CommandName::SELECT];

    /// Its name.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.0
    }
}

/// How a front end names settings and commands: `--prefix TEXT` at a command
/// line, "field `prefix`" of a server, "argument `prefix=`" in Python.
pub trait Wording {
    /// A setting, with the value to give it if the mention has one. It must read
    /// as a noun: it follows words such as "give" and "lower".
    fn setting(&self, mention: &Mention) -> String;

    /// A command, as a noun.
    fn command(&self, command: CommandName) -> String;
}

/// Words that suit no front end in particular: `the setting 'prefix'`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Neutral;

impl Wording for Neutral {
    fn setting(&self, mention: &Mention) -> String {
        let id = mention.setting.id;
        match mention.exact_value() {
            Some(value) => format!("the setting '{id}' = {value}"),
            None => format!("the setting '{id}'"),
        }
    }

    fn command(&self, command: CommandName) -> String {
        format!("the command '{}'", command.id())
    }
}

/// A name or a value in single quotes, as all messages quote them.
#[must_use]
pub fn quoted(name: impl fmt::Display) -> String {
    format!("'{name}'")
}

/// Names in single quotes, with commas between them.
#[must_use]
pub fn quoted_list<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(name.as_ref())).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::setting;
    use super::*;

    #[test]
    fn messages_join_their_texts() {
        let message = Message::from("a").text("").text("b");
        assert_eq!(message, Message::from("ab"));
        assert_eq!(Message::from(""), Message::default());
        let joined = Message::from("use ")
            .followed_by(Message::from(setting::TASK).text(" or"))
            .followed_by(Message::from(" not"));
        assert_eq!(joined.to_string(), "use the setting 'task' or not");
        let named: Vec<&str> = joined.settings().map(|named| named.setting().id).collect();
        assert_eq!(named, ["task"]);
    }

    #[test]
    fn messages_gather_texts_and_settings() {
        let mut gathered: Messages = ["a"].into_iter().collect();
        gathered.push(format!("{}", 2));
        gathered.extend(vec![Message::from(setting::STREAM)]);
        gathered.extend(None::<String>);
        let said: Vec<String> = gathered.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["a", "2", "the setting 'stream'"]);
        assert_eq!(gathered.into_iter().next(), Some(Message::from("a")));
    }

    #[test]
    fn mentions_have_the_value_that_they_are_given() {
        let alone = Mention::from(setting::PREFIX);
        assert_eq!((alone.value(), alone.exact_value()), (None, None));
        let any = setting::PREFIX.given();
        assert_eq!((any.value(), any.exact_value()), (Some("TEXT"), None));
        let exact = setting::PREFIX.to("my_");
        assert_eq!(
            (exact.value(), exact.exact_value()),
            (Some("my_"), Some("my_"))
        );
        // A switch has no value to give.
        assert_eq!(setting::REFIT.given().value(), None);
    }

    #[test]
    fn names_are_in_single_quotes() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted_list(&["a", "b, c"]), "'a', 'b, c'");
        assert_eq!(quoted_list::<&str>(&[]), "");
    }
}
