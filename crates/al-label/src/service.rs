//! The service: a database, and the models that were read from it lately.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use al_core::Fault;
use al_pipeline::Campaign;
use al_store::{ModelRecord, Store};

use crate::error::LabelError;

/// Models that are kept in memory.
const KEPT: usize = 4;

/// Told the name of a place that work passes, so that a test can end the process there.
pub type PassingHook = Arc<dyn Fn(&str) + Send + Sync>;

/// A model that was read, by the digest of its file.
type LoadedModel = (String, Arc<Campaign>);

/// The labelling service on a database. Clones share what they keep in memory.
#[derive(Clone)]
pub struct Service {
    /// The database.
    pub store: Store,
    loaded: Arc<Mutex<Vec<LoadedModel>>>,
    hook: Option<PassingHook>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Service {
    /// The service on a database.
    #[must_use]
    pub fn new(store: Store) -> Service {
        Service {
            store,
            loaded: Arc::default(),
            hook: None,
        }
    }

    /// The same, and `hook` is told of each place that a job passes.
    #[must_use]
    pub fn passing(self, hook: PassingHook) -> Service {
        Service {
            hook: Some(hook),
            ..self
        }
    }

    pub(crate) fn passes(&self, place: &str) {
        if let Some(hook) = &self.hook {
            hook(place);
        }
    }

    /// What a version of a model learned; `None` before its first training.
    ///
    /// # Errors
    ///
    /// A model file that is missing or damaged.
    pub async fn campaign(&self, model: &ModelRecord) -> Result<Option<Arc<Campaign>>, LabelError> {
        let Some(digest) = &model.artefact else {
            return Ok(None);
        };
        if let Some(campaign) = self.kept(digest) {
            return Ok(Some(campaign));
        }
        let bytes = self.store.artefact(digest).await?;
        let name = format!("the model {} (version {})", model.name, model.version);
        let read = aside(move || Campaign::from_bytes(&bytes, &name)).await?;
        let campaign = Arc::new(read?);
        self.keep(digest, &campaign);
        Ok(Some(campaign))
    }

    fn kept(&self, digest: &str) -> Option<Arc<Campaign>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let at = loaded.iter().position(|(name, _)| name == digest)?;
        // The last used one is the last to go.
        let used = loaded.remove(at);
        let campaign = used.1.clone();
        loaded.push(used);
        Some(campaign)
    }

    pub(crate) fn keep(&self, digest: &str, campaign: &Arc<Campaign>) {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.retain(|(name, _)| name != digest);
        if loaded.len() >= KEPT {
            loaded.remove(0);
        }
        loaded.push((digest.to_owned(), campaign.clone()));
    }
}

/// Computes something long on a thread of its own, away from those that answer requests.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, LabelError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        let problem = match error.is_panic() {
            true => "a computation ended by a fault of altool",
            false => "a computation was given up as the process ends",
        };
        LabelError::Fault(Fault::failed(problem))
    })
}
