//! What went wrong, and what to do about it, as data.
//!
//! A library cannot know who reads its messages: somebody at a command line, a
//! client of a server, a notebook. So it names no flag, no field and no
//! argument. A [`Message`] is a sentence in pieces, in which an option stands as
//! a [`Setting`] and a step of the loop as a [`CommandName`]; each front end words
//! those in its own way by a [`Wording`]. A [`Fault`] is an error made of such
//! messages: what is wrong, where, and the remedy.
//!
//! Settings are constants rather than texts, so that a message cannot name an
//! option that does not exist: [`setting::ALL`] lists them, and a test of each
//! front end compares that list with its own options. Errors of the crates below
//! stay enums of their own, which say the problem alone; `From<…> for Fault`, in
//! the same crate, adds kind and remedy. One type for all crates above spares
//! each of them an enum that wraps the errors of the one below.

mod message;
pub mod setting;

pub use message::{CommandName, Mention, Message, Messages, Neutral, Wording, quoted, quoted_list};
pub use setting::Setting;

use std::error::Error;
use std::fmt;

/// Kinds of failure. Front ends translate them: exit codes of the command line,
/// status codes of a server, exceptions of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The machine failed, or altool.
    Failed,
    /// Settings that do not fit together or have a wrong value.
    Usage,
    /// Data that cannot be read or does not fit.
    Data,
    /// A file of a newer format, or one that another process is using.
    Unavailable,
    /// The reader of standard output has gone: not a failure.
    BrokenPipe,
}

/// An error with its kind, its place and its remedy.
///
/// As text it reads `place: problem; remedy`.
///
/// ```
/// use al_core::fault::{Fault, FaultKind, Message, setting};
///
/// let fault = Fault::data("every row is set aside for evaluation")
///     .remedy(Message::from("give more rows, or lower ").setting(setting::HOLDOUT))
///     .at("results.csv");
/// assert_eq!(fault.kind(), FaultKind::Data);
/// assert_eq!(
///     fault.to_string(),
///     "results.csv: every row is set aside for evaluation; \
///      give more rows, or lower the setting 'holdout'"
/// );
/// ```
#[derive(Debug)]
pub struct Fault(Box<FaultParts>);

/// Boxed, so that a `Result` that is nearly always `Ok` stays small.
#[derive(Debug)]
struct FaultParts {
    kind: FaultKind,
    place: Option<String>,
    problem: Message,
    remedy: Option<Message>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A fault of a kind, without place and remedy.
    #[must_use]
    pub fn new(kind: FaultKind, problem: impl Into<Message>) -> Fault {
        Fault(Box::new(FaultParts {
            kind,
            place: None,
            problem: problem.into(),
            remedy: None,
            source: None,
        }))
    }

    /// Data that cannot be read or does not fit.
    #[must_use]
    pub fn data(problem: impl Into<Message>) -> Fault {
        Fault::new(FaultKind::Data, problem)
    }

    /// Settings that do not fit together or have a wrong value.
    #[must_use]
    pub fn usage(problem: impl Into<Message>) -> Fault {
        Fault::new(FaultKind::Usage, problem)
    }

    /// A failure of the machine, or of altool.
    #[must_use]
    pub fn failed(problem: impl Into<Message>) -> Fault {
        Fault::new(FaultKind::Failed, problem)
    }

    /// The same fault with what to do about it: a clause without a full stop, in
    /// place of an earlier one.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<Message>) -> Fault {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// As [`Fault::remedy`]; `None` leaves the fault as it is.
    #[must_use]
    pub fn maybe_remedy(self, remedy: Option<Message>) -> Fault {
        match remedy {
            Some(remedy) => self.remedy(remedy),
            None => self,
        }
    }

    /// The same fault with one more thing to do about it.
    #[must_use]
    pub fn and_remedy(mut self, more: impl Into<Message>) -> Fault {
        let more = more.into();
        self.0.remedy = Some(match self.0.remedy.take() {
            // A question such as "did you mean 'x'?" ends its sentence.
            Some(remedy) if remedy.asks() => remedy.text(" ").followed_by(more.capitalised()),
            Some(remedy) => remedy.text("; ").followed_by(more),
            None => more,
        });
        self
    }

    /// The same fault with its place: a file, or a file and a line.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Fault {
        self.0.place = Some(place.into());
        self
    }

    /// The same fault with the error that caused it, whose words the problem
    /// repeats.
    #[must_use]
    pub fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Fault {
        self.0.source = Some(Box::new(source));
        self
    }

    /// The kind of the failure.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.0.kind
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &Message {
        &self.0.problem
    }

    /// What to do about it, if there is something to do.
    #[must_use]
    pub fn remedy_message(&self) -> Option<&Message> {
        self.0.remedy.as_ref()
    }

    /// The place: a file, or a file and a line.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.0.place.as_deref()
    }

    /// The whole fault as one message: place, problem and remedy.
    #[must_use]
    pub fn message(&self) -> Message {
        let place = self.place().map(|place| format!("{place}: "));
        let message = Message::from(place.unwrap_or_default()).followed_by(self.0.problem.clone());
        match &self.0.remedy {
            Some(remedy) => message.text("; ").followed_by(remedy.clone()),
            None => message,
        }
    }

    /// The whole fault, its settings and commands named as `wording` names them.
    #[must_use]
    pub fn worded(&self, wording: &dyn Wording) -> String {
        self.message().worded(wording)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.worded(&Neutral))
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.0.source.as_deref()?;
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a web service names fields and addresses.
    struct Fields;

    impl Wording for Fields {
        fn setting(&self, mention: &Mention) -> String {
            let field = mention.setting().id;
            match mention.value() {
                Some(value) => format!("{field}={value}"),
                None => field.to_owned(),
            }
        }

        fn command(&self, command: CommandName) -> String {
            format!("/{}", command.id())
        }
    }

    #[test]
    fn a_second_remedy_starts_a_sentence_after_a_question() {
        let fault = || Fault::usage("no column 'a'");
        let asked = fault().remedy("did you mean 'b'?");
        assert_eq!(
            asked.and_remedy("train with it").to_string(),
            "no column 'a'; did you mean 'b'? Train with it"
        );
        let named = fault().remedy("the columns are 'b'");
        assert_eq!(
            named.and_remedy("train with it").to_string(),
            "no column 'a'; the columns are 'b'; train with it"
        );
    }

    #[test]
    fn a_fault_is_place_problem_and_remedy() {
        let bare = Fault::usage("no model");
        assert_eq!(bare.to_string(), "no model");
        assert_eq!(bare.kind(), FaultKind::Usage);
        let full = Fault::data("no number")
            .remedy("mend the cell")
            .at("a.csv, line 3");
        assert_eq!(full.to_string(), "a.csv, line 3: no number; mend the cell");
        assert_eq!(full.place(), Some("a.csv, line 3"));
        assert_eq!(full.problem().to_string(), "no number");
        assert_eq!(
            full.remedy_message().map(ToString::to_string).as_deref(),
            Some("mend the cell")
        );
        let both = bare.and_remedy("train one").and_remedy("or name one");
        assert_eq!(both.to_string(), "no model; train one; or name one");
        assert!(
            Fault::failed("x")
                .maybe_remedy(None)
                .remedy_message()
                .is_none()
        );
    }

    #[test]
    fn each_front_end_words_settings_and_commands_its_own_way() {
        let fault = Fault::usage("there is a column 'rank' already").remedy(
            Message::from("give ")
                .setting(setting::PREFIX.given())
                .text(", or see ")
                .command(CommandName::STRATEGIES)
                .text(" with ")
                .setting(setting::MIN_FEASIBLE.to(0)),
        );
        assert_eq!(
            fault.worded(&Fields),
            "there is a column 'rank' already; give prefix=TEXT, or see /strategies with \
             min_feasible=0"
        );
        assert_eq!(
            fault.to_string(),
            "there is a column 'rank' already; give the setting 'prefix', or see the command \
             'strategies' with the setting 'min_feasible' = 0"
        );
    }

    #[test]
    fn the_cause_is_kept() {
        let cause = "x".parse::<u8>().unwrap_err();
        let fault = Fault::failed(format!("no count: {cause}")).caused_by(cause.clone());
        let kept = fault.source().and_then(|source| source.downcast_ref());
        assert_eq!(kept, Some(&cause));
        assert!(Fault::failed("x").source().is_none());
        let size = std::mem::size_of::<Result<(), Fault>>();
        assert_eq!(size, std::mem::size_of::<usize>());
    }
}
