//! Addresses with parameters, and the cycle that is meant.

use al_core::Fault;
use al_server::{Desk, DeskRequest, encoded};

/// An address with parameters.
pub(super) fn with(path: &str, parameters: &[(&str, Option<String>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| {
        let value = value.as_ref()?;
        Some(format!("{name}={}", encoded(value)))
    });
    let given: Vec<String> = given.collect();
    format!("{path}?{}", given.join("&"))
}

/// The cycle of an id, or the open one of a model.
pub(super) async fn cycle_of(desk: &Desk, given: &str) -> anyhow::Result<String> {
    let path = with(
        "/active-learning/cycles",
        &[
            ("model_id", Some(given.to_owned())),
            ("limit", Some("1000".to_owned())),
        ],
    );
    let Ok(page) = desk.json(DeskRequest::get(path)).await else {
        return Ok(given.to_owned());
    };
    let cycles = page["items"].as_array().cloned().unwrap_or_default();
    let open = cycles.iter().find(|cycle| {
        matches!(
            cycle["status"].as_str(),
            Some("labeling" | "training" | "failed")
        )
    });
    match open.and_then(|cycle| cycle["id"].as_str()) {
        Some(id) => Ok(id.to_owned()),
        None => Err(Fault::data(format!(
            "the model '{given}' has no cycle that is being labelled"
        ))
        .remedy("select a batch first")
        .into()),
    }
}
