//! Parts of lists.

use al_label::store::{
    Annotation, Cycle, Dataset, Event, Item, JobRecord, ModelRecord, Page, QueueItem, Schedule,
    TokenRecord, User,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::ApiError;

/// Rows of a list, unless said otherwise, and the most.
const USUAL: usize = 20;
const MOST: usize = 1000;

macro_rules! pages {
    ($($(#[$doc:meta])* $name:ident of $item:ty,)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Serialize, ToSchema)]
        pub(crate) struct $name {
            /// The rows.
            pub(crate) items: Vec<$item>,
            /// What to ask the next part with; null at the end.
            #[schema(required)]
            pub(crate) next: Option<String>,
        }

        impl From<Page<$item>> for $name {
            fn from(page: Page<$item>) -> $name {
                $name {
                    items: page.items,
                    next: page.next,
                }
            }
        }
    )+};
}

pages! {
    /// Part of the queue.
    QueuePage of QueueItem,
    /// Part of the cycles.
    CyclePage of Cycle,
    /// Part of the items.
    ItemPage of Item,
    /// Part of the data sets.
    DatasetPage of Dataset,
    /// Part of the models.
    ModelPage of ModelRecord,
    /// Part of the users.
    UserPage of User,
    /// Part of the tokens of a user.
    TokenPage of TokenRecord,
    /// Part of the jobs.
    JobPage of JobRecord,
    /// The schedules.
    SchedulePage of Schedule,
    /// Part of the event log.
    EventPage of Event,
    /// The judgements of an item.
    AnnotationPage of Annotation,
}

/// Which part of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Rows of the part: 1 to 1000, 20 if not given.
    #[param(minimum = 1, maximum = 1000)]
    pub(crate) limit: Option<i64>,
    /// Where it begins: the `next` of the part before.
    #[param(min_length = 1, max_length = 300)]
    pub(crate) cursor: Option<String>,
}

/// The id that the cursor of a list by ids is.
pub(crate) fn checked_cursor(cursor: Option<&str>) -> Result<Option<&str>, ApiError> {
    let is_id = |text: &str| {
        text.len() == 36
            && text
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    match cursor {
        Some(text) if !is_id(text) => Err(ApiError::invalid(
            "cursor",
            "the cursor is none of this list",
        )
        .remedy("take the 'next' of the part before")),
        cursor => Ok(cursor),
    }
}

/// The rows of a part.
pub(crate) fn checked_limit(limit: Option<i64>) -> Result<usize, ApiError> {
    let limit = limit.unwrap_or(USUAL as i64);
    match usize::try_from(limit) {
        Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        _ => Err(ApiError::invalid("limit", format!("{limit} rows"))
            .remedy(format!("ask for 1 to {MOST}"))),
    }
}
