//! What the service refuses, as data that each front end words in its own way.

use al_core::{Fault, FaultKind};
use al_store::StoreError;

/// Kinds of refusal. A server translates them to status codes, a command line to exit
/// codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// A value that makes no sense.
    Invalid,
    /// There is no such thing.
    Unknown,
    /// Nobody, or nobody any more.
    Unauthenticated,
    /// This user may not.
    Forbidden,
    /// Not as things stand.
    Conflict,
    /// It was changed since it was read.
    Stale,
}

/// A refusal: what is wrong, with which field, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelRefusal {
    /// Its kind.
    pub kind: RefusalKind,
    /// The field that is wrong, if one is.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it, if there is something to do.
    pub remedy: Option<String>,
}

/// Why the service did not do something. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// It was refused.
    #[error("{}", refusal_text(.0))]
    Refused(Box<LabelRefusal>),
    /// The model or a table could not do it.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The database could not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn refusal_text(refusal: &LabelRefusal) -> String {
    match &refusal.remedy {
        Some(remedy) => format!("{}; {remedy}", refusal.problem),
        None => refusal.problem.clone(),
    }
}

impl LabelError {
    fn refused(kind: RefusalKind, problem: impl Into<String>) -> LabelError {
        LabelError::Refused(Box::new(LabelRefusal {
            kind,
            field: None,
            problem: problem.into(),
            remedy: None,
        }))
    }

    /// A field whose value makes no sense.
    #[must_use]
    pub fn invalid(field: &'static str, problem: impl Into<String>) -> LabelError {
        LabelError::refused(RefusalKind::Invalid, problem).field(field)
    }

    /// That there is no such thing.
    #[must_use]
    pub fn unknown(what: &str, id: &str) -> LabelError {
        LabelError::refused(RefusalKind::Unknown, format!("there is no {what} '{id}'"))
    }

    /// That a user may not do something.
    #[must_use]
    pub fn forbidden(problem: impl Into<String>) -> LabelError {
        LabelError::refused(RefusalKind::Forbidden, problem)
    }

    /// That nobody is signed in.
    #[must_use]
    pub fn unauthenticated(problem: impl Into<String>) -> LabelError {
        LabelError::refused(RefusalKind::Unauthenticated, problem)
    }

    /// That something cannot be done as things stand.
    #[must_use]
    pub fn conflict(problem: impl Into<String>) -> LabelError {
        LabelError::refused(RefusalKind::Conflict, problem)
    }

    /// That something was changed since it was read.
    #[must_use]
    pub fn stale(problem: impl Into<String>) -> LabelError {
        LabelError::refused(RefusalKind::Stale, problem)
    }

    fn field(mut self, field: &'static str) -> LabelError {
        if let LabelError::Refused(refusal) = &mut self {
            refusal.field = Some(field);
        }
        self
    }

    /// The same refusal with what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> LabelError {
        if let LabelError::Refused(refusal) = &mut self {
            refusal.remedy = Some(remedy.into());
        }
        self
    }

    /// The refusal, if it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&LabelRefusal> {
        match self {
            LabelError::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The same as an error of a command line, with its kind and remedy.
    #[must_use]
    pub fn into_fault(self) -> Fault {
        match self {
            LabelError::Fault(fault) => fault,
            LabelError::Refused(refusal) => {
                let kind = match refusal.kind {
                    RefusalKind::Invalid | RefusalKind::Unknown => FaultKind::Data,
                    RefusalKind::Unauthenticated | RefusalKind::Forbidden => FaultKind::Usage,
                    RefusalKind::Conflict | RefusalKind::Stale => FaultKind::Unavailable,
                };
                let fault = Fault::new(kind, refusal.problem);
                fault.maybe_remedy(refusal.remedy.map(Into::into))
            }
            LabelError::Store(error) => {
                let kind = match &error {
                    StoreError::Newer { .. } | StoreError::Open { .. } => FaultKind::Unavailable,
                    StoreError::Address(_) | StoreError::Backup(_) => FaultKind::Usage,
                    StoreError::Damaged { .. } | StoreError::Artefact { .. } => FaultKind::Data,
                    _ => FaultKind::Failed,
                };
                let remedy = match &error {
                    StoreError::Newer { .. } => Some("install a newer altool"),
                    _ => None,
                };
                Fault::new(kind, error.to_string()).maybe_remedy(remedy.map(Into::into))
            }
        }
    }

    /// Whether the same may succeed a moment later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            LabelError::Store(error) => error.is_passing(),
            LabelError::Fault(fault) => fault.kind() == FaultKind::Failed,
            LabelError::Refused(_) => false,
        }
    }
}
