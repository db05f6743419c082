//! All addresses.

mod accounts;
mod cycles;
mod files;
mod health;
mod items;
mod jobs;
mod labels;
mod models;
mod queue;
mod select;

use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::ApiProblem;
use crate::state::AppState;

/// What the description of the API begins with.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "altool",
        description = "Labelling that a model leads: load items, choose what to label, label, \
                       retrain, and see what was gained. Times are RFC 3339, ids UUIDv7. Lists \
                       answer a part and where the next begins. Errors are RFC 9457 problems.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ApiProblem)),
    modifiers(&BearerTokens),
    security(("bearer" = [])),
    tags(
        (name = "labelling", description = "Choose, claim, label, retrain"),
        (name = "items", description = "What can be labelled"),
        (name = "models", description = "What learns from labels"),
        (name = "jobs", description = "Work that outlives a request"),
        (name = "users", description = "Who may do what"),
        (name = "health", description = "Whether the service stands"),
    )
)]
struct Description;

struct BearerTokens;

impl utoipa::Modify for BearerTokens {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("bearer", scheme);
    }
}

/// All addresses with their description.
pub(crate) fn all() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(select::select))
        .routes(routes!(select::strategies))
        .routes(routes!(queue::list))
        .routes(routes!(queue::next))
        .routes(routes!(queue::bulk))
        .routes(routes!(queue::read))
        .routes(routes!(queue::annotations))
        .routes(routes!(queue::claim))
        .routes(routes!(queue::extend))
        .routes(routes!(queue::release))
        .routes(routes!(labels::label))
        .routes(routes!(labels::skip))
        .routes(routes!(labels::assign))
        .routes(routes!(labels::requeue))
        .routes(routes!(labels::undo))
        .routes(routes!(files::results))
        .routes(routes!(files::labels))
        .routes(routes!(files::order))
        .routes(routes!(cycles::list))
        .routes(routes!(cycles::read))
        .routes(routes!(cycles::retrain))
        .routes(routes!(cycles::stats))
        .routes(routes!(items::list, items::add))
        .routes(routes!(items::upload))
        .routes(routes!(items::read))
        .routes(routes!(items::datasets))
        .routes(routes!(models::list, models::create))
        .routes(routes!(models::read))
        .routes(routes!(models::file, models::upload))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::read))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::retry))
        .routes(routes!(jobs::schedules, jobs::add_schedule))
        .routes(routes!(jobs::remove_schedule))
        .routes(routes!(jobs::rest_schedule))
        .routes(routes!(jobs::wake_schedule))
        .routes(routes!(jobs::events))
        .routes(routes!(accounts::list, accounts::add))
        .routes(routes!(accounts::me))
        .routes(routes!(accounts::disable))
        .routes(routes!(accounts::enable))
        .routes(routes!(accounts::tokens, accounts::add_token))
        .routes(routes!(accounts::revoke))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}
