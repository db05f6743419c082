//! A service with something in it: solubilities of small molecules, a model that has
//! learned from some of them, and a batch to label.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use al_core::{Fault, Progress};
use al_pipeline::TableSource;
use al_store::{CycleStatus, LabelSource, Moment};

use crate::actor::Actor;
use crate::error::LabelError;
use crate::items::ImportOptions;
use crate::results_table::ResultsOptions;
use crate::retrain::{MIN_NEW_LABELS, RETRAIN};
use crate::select::{ItemPool, SelectWish};
use crate::service::Service;
use crate::settings::{LabelKind, ModelSettings};

/// The name of the demo's model.
pub const DEMO_MODEL: &str = "solubility";

/// Extracts of ESOL (Delaney 2004): fixtures/esol says where they come from.
const MEASURED: &str = include_str!("../../../fixtures/esol/measured.csv");
const CANDIDATES: &str = include_str!("../../../fixtures/esol/candidates.csv");

/// How many items the demo's batch has.
const BATCH: usize = 50;

/// Longer than the demo's training takes anywhere; nobody else works on its database yet.
const LEASE: Duration = Duration::from_secs(600);

/// The data sets: what the model learns from, and what is to be labelled.
const LEARNED: &str = "esol measured";
const OPEN: &str = "esol";

/// Fills a service that has no model yet: two data sets, a model that learned from the
/// measured one, and a cycle with 50 items to label; whether it did. A demo that was killed
/// while it was made is completed.
///
/// # Errors
///
/// An actor who may not, and an altool without chemistry.
pub async fn demo(
    service: &Service,
    actor: &Actor,
    progress: Arc<dyn Progress + Send>,
    now: Moment,
) -> Result<bool, LabelError> {
    let mut settings = ModelSettings::new("log_s", LabelKind::Regression);
    settings.molecules = true;
    settings.unit = Some("log mol/L".to_owned());
    // Checked first, so that an altool without chemistry leaves nothing half done.
    let settings = settings.checked()?;
    let mut tx = service.store.read().await?;
    let models = tx.models(None, None, 1).await?.items;
    let model = tx.model(DEMO_MODEL).await?;
    let cycles = tx.cycles(Some(DEMO_MODEL), None, None, 2).await?.items;
    let begun = tx.dataset(LEARNED).await?.is_some();
    drop(tx);
    // Each step is done if it was not, so that a demo that was killed is completed; what is
    // there beside it is nobody's demo.
    if (!models.is_empty() && !begun) || cycles.len() > 1 {
        return Ok(false);
    }
    for (dataset, text) in [(LEARNED, MEASURED), (OPEN, CANDIDATES)] {
        let file = table_of(text)?;
        let options = ImportOptions {
            dataset: dataset.to_owned(),
            smiles: Some("smiles".to_owned()),
            name: Some("name".to_owned()),
            ..ImportOptions::default()
        };
        let source = TableSource::files([file.path().display().to_string()]);
        service.import(actor, source, &options, now).await?;
    }
    if model.is_none() {
        service
            .create_model(actor, DEMO_MODEL, settings, now)
            .await?;
    }
    let first = match cycles.into_iter().next() {
        Some(cycle) => cycle,
        None => {
            let wish = SelectWish {
                pool: ItemPool::Dataset(LEARNED.to_owned()),
                strategy: Some("random".to_owned()),
                batch_size: MEASURED.lines().count() - 1,
                add: true,
                ..SelectWish::new(DEMO_MODEL)
            };
            let chosen = service.select(actor, wish, now).await?;
            chosen
                .cycle
                .ok_or_else(|| LabelError::unknown("cycle of", DEMO_MODEL))?
        }
    };
    if first.status != CycleStatus::Complete {
        learn(service, actor, &first.id, progress, now).await?;
    }
    let wish = SelectWish {
        pool: ItemPool::Dataset(OPEN.to_owned()),
        batch_size: BATCH,
        add: true,
        ..SelectWish::new(DEMO_MODEL)
    };
    service.select(actor, wish, now).await?;
    Ok(true)
}

/// Labels the measured items and trains the first version.
async fn learn(
    service: &Service,
    actor: &Actor,
    cycle: &str,
    progress: Arc<dyn Progress + Send>,
    now: Moment,
) -> Result<(), LabelError> {
    let counts = {
        let mut tx = service.store.read().await?;
        tx.counts_of_cycle(cycle, now).await?
    };
    if counts.pending > 0 {
        let file = table_of(MEASURED)?;
        let source = TableSource::files([file.path().display().to_string()]);
        let options = ResultsOptions {
            source: Some(LabelSource::Literature),
            ..ResultsOptions::default()
        };
        service
            .results(actor, DEMO_MODEL, source, &options, now)
            .await?;
    }
    service.retrain(actor, cycle, MIN_NEW_LABELS, now).await?;
    // The job of a demo that was killed is free when its lease has run out: then, here.
    let mut tx = service.store.begin().await?;
    let claimed = tx.claim_job(LEASE, now.after(LEASE)).await?;
    tx.commit().await?;
    if let Some(claimed) = claimed.filter(|claimed| claimed.job.kind == RETRAIN) {
        service.run_retrain(&claimed, progress, || now).await?;
    }
    Ok(())
}

fn table_of(text: &str) -> Result<tempfile::NamedTempFile, LabelError> {
    let made = tempfile::Builder::new()
        .prefix("altool-demo")
        .suffix(".csv")
        .tempfile()
        .and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file));
    made.map_err(|error| {
        Fault::failed(format!("the tables of the demo cannot be written: {error}")).into()
    })
}
