//! Models of the service: made untrained, or brought as a model file.

use std::sync::Arc;

use al_core::Belief;
use al_pipeline::Campaign;
use al_store::{ModelRecord, Moment, NewModel, Tx, ValidationKind, digest_of};
use serde_json::json;

use crate::actor::{Actor, Scope};
use crate::error::LabelError;
use crate::log;
use crate::quality::{measured, validation_of};
use crate::service::{Service, aside};
use crate::settings::ModelSettings;

/// A name of a model: what can stand in an address and a file name.
pub(crate) fn checked_name(name: &str) -> Result<(), LabelError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = !name.is_empty() && name.len() <= 100 && name.chars().all(plain);
    match fits && !name.starts_with('.') {
        true => Ok(()),
        false => Err(LabelError::invalid("name", "this is no name of a model")
            .remedy("give 1 to 100 letters, digits, '-', '_' and '.', the first no '.'")),
    }
}

/// The version of an id or the active one of a name.
pub(crate) async fn known_model(tx: &mut Tx, id_or_name: &str) -> Result<ModelRecord, LabelError> {
    let found = tx.model(id_or_name).await?;
    found.ok_or_else(|| LabelError::unknown("model", id_or_name))
}

/// The settings of a version.
///
/// # Errors
///
/// Settings that this altool does not write.
pub fn settings_of(model: &ModelRecord) -> Result<ModelSettings, LabelError> {
    serde_json::from_value(model.settings.clone()).map_err(|error| {
        LabelError::conflict(format!(
            "the settings of the model '{}' cannot be read: {error}",
            model.name
        ))
    })
}

impl Service {
    /// Makes a model that has not learned yet: version 0 of its name.
    ///
    /// # Errors
    ///
    /// An actor who may not, a name that is taken, and settings that make no sense.
    pub async fn create_model(
        &self,
        actor: &Actor,
        name: &str,
        settings: ModelSettings,
        now: Moment,
    ) -> Result<ModelRecord, LabelError> {
        actor.need(Scope::Admin)?;
        checked_name(name)?;
        let settings = settings.checked()?;
        let new = NewModel {
            name,
            version: 0,
            parent: None,
            settings: serde_json::to_value(&settings).expect("settings are JSON"),
            artefact: None,
            training_digest: None,
            validation_digest: None,
            validation: ValidationKind::Unmeasured,
            training_rows: 0,
            metrics: None,
            created_by: Some(&actor.user.id),
        };
        self.add_version(actor, &new, now).await
    }

    async fn add_version(
        &self,
        actor: &Actor,
        new: &NewModel<'_>,
        now: Moment,
    ) -> Result<ModelRecord, LabelError> {
        let mut tx = self.store.begin().await?;
        if let Some(there) = tx.model(new.name).await? {
            return Err(LabelError::conflict(format!(
                "there is a model '{}' already, at version {}",
                there.name, there.version
            ))
            .remedy("take another name"));
        }
        let model = tx.add_model(new, now).await?;
        let detail = json!({"name": model.name, "version": model.version});
        log::note(&mut tx, Some(&actor.user), "model", &model.id, detail, now).await?;
        tx.commit().await?;
        Ok(model)
    }

    /// Takes in a model file of `altool train`: version 1 of its name.
    ///
    /// # Errors
    ///
    /// An actor who may not, a name that is taken, and bytes that are no model file.
    pub async fn upload_model(
        &self,
        actor: &Actor,
        name: &str,
        bytes: Vec<u8>,
        now: Moment,
    ) -> Result<ModelRecord, LabelError> {
        actor.need(Scope::Admin)?;
        checked_name(name)?;
        let title = format!("the model file of {name}");
        let (campaign, bytes, metrics) = aside(move || {
            let campaign = Campaign::from_bytes(&bytes, &title)?;
            let metrics = measured(&campaign);
            Ok::<_, LabelError>((campaign, bytes, metrics))
        })
        .await??;
        let digest = self.store.put_artefact(&bytes, now).await?;
        let settings = ModelSettings::of_campaign(&campaign);
        let (validation, validation_digest) = validation_of(&campaign);
        let learned = campaign.observed().learned();
        let keys: Vec<String> = learned
            .iter()
            .map(|&row| campaign.observed().keys()[row].to_string())
            .collect();
        let training_digest = digest_of(keys.join("\n").as_bytes());
        let new = NewModel {
            name,
            version: 1,
            parent: None,
            settings: serde_json::to_value(&settings).expect("settings are JSON"),
            artefact: Some(&digest),
            training_digest: Some(&training_digest),
            validation_digest: validation_digest.as_deref(),
            validation,
            training_rows: learned.len() as i64,
            metrics: Some(metrics),
            created_by: Some(&actor.user.id),
        };
        let model = self.add_version(actor, &new, now).await?;
        self.keep(&digest, &Arc::new(campaign));
        Ok(model)
    }

    /// The version of an id, or the active one of a name.
    ///
    /// # Errors
    ///
    /// An actor who may not, and a model that is not there.
    pub async fn model(&self, actor: &Actor, id_or_name: &str) -> Result<ModelRecord, LabelError> {
        actor.need(Scope::Read)?;
        let mut tx = self.store.read().await?;
        known_model(&mut tx, id_or_name).await
    }

    /// The bytes of a version's model file, which `altool` reads.
    ///
    /// # Errors
    ///
    /// A version that is not there, or has not learned yet.
    pub async fn model_file(&self, id_or_name: &str) -> Result<(ModelRecord, Vec<u8>), LabelError> {
        let mut tx = self.store.read().await?;
        let model = known_model(&mut tx, id_or_name).await?;
        drop(tx);
        let Some(digest) = &model.artefact else {
            return Err(LabelError::conflict(format!(
                "the model '{}' has not learned yet",
                model.name
            ))
            .remedy("label items and retrain it"));
        };
        let bytes = self.store.artefact(digest).await?;
        Ok((model, bytes))
    }
}
