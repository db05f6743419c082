//! The enumerations of the tables, each with the words that stand there.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::StoreError;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident ($column:literal) { $($(#[$case_doc:meta])* $case:ident = $word:tt,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        pub enum $name {
            $($(#[$case_doc])* #[serde(rename = $word)] $case,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$case,)+];

            /// The word that stands for it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$case => $word,)+
                }
            }

            /// The one of a word; `None` if there is none.
            #[must_use]
            pub fn of_word(word: &str) -> Option<$name> {
                match word {
                    $($word => Some($name::$case),)+
                    _ => None,
                }
            }

            pub(crate) fn stored(word: &str) -> Result<$name, StoreError> {
                $name::of_word(word).ok_or_else(|| StoreError::Damaged {
                    column: $column,
                    found: word.to_owned(),
                })
            }
        }
    )+};
}

kinds! {
    /// What a user may do.
    UserRole ("role") {
        /// Claims, labels and skips items.
        Annotator = "annotator",
        /// Selects, assigns, retrains and decides disagreements, too.
        Lead = "lead",
        /// Everything, users and schedules among it.
        Admin = "admin",
    }
    /// Where a queue item stands.
    QueueStatus ("status") {
        /// Free for whoever asks.
        Pending = "pending",
        /// Held by somebody while a lease runs.
        InProgress = "in_progress",
        /// Its label is resolved.
        Labeled = "labeled",
        /// Skipped, with a reason.
        Skipped = "skipped",
        /// Learned from by a later version of the model.
        Archived = "archived",
    }
    /// Where a cycle stands.
    CycleStatus ("status") {
        /// Items are being chosen.
        Selecting = "selecting",
        /// Items are being labelled.
        Labeling = "labeling",
        /// A new version is being trained.
        Training = "training",
        /// A new version was trained.
        Complete = "complete",
        /// It ended without one.
        Failed = "failed",
    }
    /// Whether a version of a model is the one in use.
    ModelState ("state") {
        /// In use.
        Active = "active",
        /// A later version is.
        Superseded = "superseded",
    }
    /// On which rows a model is measured.
    ValidationKind ("validation") {
        /// On rows that were set aside at the first training.
        HeldOut = "held_out",
        /// On each row by the members that have not seen it.
        OutOfBag = "out_of_bag",
        /// Not at all yet.
        Unmeasured = "none",
    }
    /// Where a label comes from.
    LabelSource ("label_source") {
        /// A measurement of one's own.
        Experimental = "experimental",
        /// A publication or a database.
        Literature = "literature",
        /// What an expert expects.
        ExpertEstimate = "expert_estimate",
    }
    /// How sure a label is.
    LabelConfidence ("label_confidence") {
        /// Sure.
        High = "high",
        /// In between.
        Medium = "medium",
        /// Unsure.
        Low = "low",
    }
    /// Whether a label is the value, or a bound of it.
    Qualifier ("qualifier") {
        /// The value.
        Equal = "=",
        /// The value is below.
        Below = "<",
        /// The value is above.
        Above = ">",
    }
    /// How several judgements become one label.
    ResolutionRule ("rule") {
        /// The class that most judgements have; of numbers, their median.
        Majority = "majority",
        /// The median of numbers; of classes, the majority.
        Median = "median",
        /// What a lead says.
        Lead = "lead",
    }
    /// Where a job stands.
    JobState ("state") {
        /// Waits for a worker.
        Queued = "queued",
        /// A worker holds its lease.
        Running = "running",
        /// Done.
        Done = "done",
        /// Ended by an error that another attempt would meet again.
        Failed = "failed",
        /// All attempts are used up.
        Dead = "dead",
        /// Cancelled.
        Cancelled = "cancelled",
    }
    /// What becomes of occurrences of a schedule that were missed.
    CatchUp ("catch_up") {
        /// They are left out.
        Skip = "skip",
        /// The last one runs, once.
        Once = "once",
    }
}
