//! A service with something in it: solubilities of small molecules, a model that has
//! learned from some of them, and a batch to label.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use al_core::{Fault, Progress};
use al_pipeline::TableSource;
use al_store::Moment;

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

/// Longer than the demo's training takes anywhere.
const LEASE: Duration = Duration::from_secs(3600);

/// Fills a service that has no model yet: two data sets, a model that learned from the
/// measured one, and a cycle with 50 items to label; whether it did.
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
    let mut tx = service.store.read().await?;
    let filled = !tx.models(None, None, 1).await?.items.is_empty();
    drop(tx);
    if filled {
        return Ok(false);
    }
    let mut settings = ModelSettings::new("log_s", LabelKind::Regression);
    settings.molecules = true;
    settings.unit = Some("log mol/L".to_owned());
    // Checked first, so that an altool without chemistry leaves nothing half done.
    let settings = settings.checked()?;
    for (dataset, text) in [("esol measured", MEASURED), ("esol", CANDIDATES)] {
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
    service
        .create_model(actor, DEMO_MODEL, settings, now)
        .await?;
    let wish = SelectWish {
        pool: ItemPool::Dataset("esol measured".to_owned()),
        strategy: Some("random".to_owned()),
        batch_size: MEASURED.lines().count() - 1,
        add: true,
        ..SelectWish::new(DEMO_MODEL)
    };
    let first = service.select(actor, wish, now).await?;
    let cycle = first.cycle.map(|cycle| cycle.id).unwrap_or_default();
    let file = table_of(MEASURED)?;
    let source = TableSource::files([file.path().display().to_string()]);
    let options = ResultsOptions {
        source: Some(al_store::LabelSource::Literature),
        ..ResultsOptions::default()
    };
    service
        .results(actor, DEMO_MODEL, source, &options, now)
        .await?;
    service.retrain(actor, &cycle, MIN_NEW_LABELS, now).await?;
    let mut tx = service.store.begin().await?;
    let claimed = tx.claim_job(LEASE, now).await?;
    tx.commit().await?;
    if let Some(claimed) = claimed.filter(|claimed| claimed.job.kind == RETRAIN) {
        service.run_retrain(&claimed, progress, || now).await?;
    }
    let wish = SelectWish {
        pool: ItemPool::Dataset("esol".to_owned()),
        batch_size: BATCH,
        add: true,
        ..SelectWish::new(DEMO_MODEL)
    };
    service.select(actor, wish, now).await?;
    Ok(true)
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
