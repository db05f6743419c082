//! The labelling service as commands reach it.

use std::sync::Arc;

use al_core::Fault;
use al_server::Desk;
use al_server::label::store::{Moment, Place, Store};
use al_server::label::{LabelError, PassingHook, Service, local};

use super::CommandContext;
use crate::args::store::{DeskArgs, StoreArgs};

/// Where data are, unless a place is named.
const FOLDER: &str = "altool-data";

/// The address of a database, so that no command line shows its password.
const DATABASE: &str = "ALTOOL_DATABASE";

/// The token of a server.
const TOKEN: &str = "ALTOOL_TOKEN";

/// For tests: the place of a job at which the process ends as if it were killed.
const FAILPOINT: &str = "ALTOOL_FAILPOINT";

/// Runs what waits for a database or a server, to its end.
pub(crate) fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::failed(format!("no threads can be started: {error}")))?;
    let done = runtime.block_on(work);
    // A training that was given up is not waited for.
    runtime.shutdown_background();
    done.map_err(|error| match error.downcast::<LabelError>() {
        Ok(error) => error.into_fault().into(),
        Err(error) => error,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "secrets stand in variables, since any user may read a command line"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where a database is.
pub(crate) fn place(args: &StoreArgs) -> anyhow::Result<Place> {
    let address = match (&args.data, &args.database) {
        (Some(folder), _) => return Ok(Place::Folder(folder.clone())),
        (None, Some(address)) => Some(address.clone()),
        (None, None) => variable(DATABASE),
    };
    match address {
        Some(address) => {
            Place::of_address(&address).map_err(|error| Fault::usage(error.to_string()).into())
        }
        None => Ok(Place::Folder(FOLDER.into())),
    }
}

/// The service on a database, with its tables brought up to date.
pub(crate) async fn service(args: &StoreArgs) -> anyhow::Result<Service> {
    let store = Store::open(&place(args)?).await.map_err(LabelError::from)?;
    let service = Service::new(store);
    Ok(match variable(FAILPOINT) {
        Some(place) => service.passing(failing_at(place)),
        None => service,
    })
}

fn failing_at(place: String) -> PassingHook {
    Arc::new(move |passed| {
        if passed == place {
            std::process::abort();
        }
    })
}

/// Who answers: a database, or a server.
pub(crate) async fn desk(args: &DeskArgs, _: &CommandContext) -> anyhow::Result<Desk> {
    match &args.server {
        Some(url) => {
            let token = variable(TOKEN).ok_or_else(|| {
                Fault::usage("there is no token to sign in with")
                    .remedy(format!("set the variable {TOKEN}"))
            })?;
            Ok(Desk::remote(url, &token)?)
        }
        None => {
            let service = service(&args.store).await?;
            let actor = local(&service.store, &args.acting, Moment::now()).await?;
            Ok(Desk::local(service, actor))
        }
    }
}
