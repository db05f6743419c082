//! The feature that names hardware.

use al_core::{Fault, Kind, Message, Schema, did_you_mean, setting};

/// That the feature `column` may name hardware.
pub(crate) fn check_hardware(schema: &Schema, column: &str) -> Result<(), Fault> {
    let names: Vec<String> = schema.names().map(str::to_owned).collect();
    let Some(feature) = schema.features.iter().find(|f| f.name == column) else {
        let problem = Message::from(setting::HARDWARE)
            .text(format!(" names '{column}', which is no feature"));
        return Err(Fault::usage(problem).maybe_remedy(did_you_mean(
            column,
            &names,
            "the features are",
        )));
    };
    match feature.kind {
        Kind::Categorical { .. } => Ok(()),
        Kind::Structure(_) => {
            let problem = Message::from(setting::HARDWARE)
                .text(format!(" names '{column}', which holds molecules"));
            Err(Fault::usage(problem).remedy("name the column with the hardware"))
        }
        Kind::Numeric => {
            let problem = Message::from(setting::HARDWARE).text(format!(
                " names '{column}', which the model knows as a number"
            ));
            let remedy = Message::from("train it with ").setting(setting::CATEGORICAL.to(column));
            Err(Fault::usage(problem).remedy(remedy))
        }
    }
}
