//! What can be wrong with results, and what to do about it.

use al_core::{Fault, Message, did_you_mean, meant, nearest, setting};

/// The command that reads results: what can be done about a fault differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadingCommand {
    /// All of its options can still be changed.
    Train,
    /// The options are those of the model.
    Update,
}

/// The fault of a class that the model does not know.
pub(super) fn unknown_class(column: &str, class: &str, classes: &[String]) -> Fault {
    let train = match nearest(class, classes) {
        Some(_) => " Train a new model to add one",
        None => ": train a new model to add one",
    };
    let known = did_you_mean(class, classes, "its classes are");
    Fault::data(format!(
        "column '{column}' holds the class '{class}', which the model does not know"
    ))
    .maybe_remedy(known.map(|known| known.text(train)))
}

/// The fault of a target without a logarithm.
pub(super) fn no_logarithm(target: &str, value: f64, command: ReadingCommand) -> Fault {
    let problem = Message::from(format!("the target '{target}' is {value}, and "))
        .setting(setting::LOG_TARGET)
        .text(" needs targets above 0");
    Fault::data(problem).remedy(match command {
        ReadingCommand::Train => Message::from("remove ")
            .setting(setting::LOG_TARGET)
            .text(" or the row"),
        ReadingCommand::Update => {
            Message::from("remove the row, or train again without ").setting(setting::LOG_TARGET)
        }
    })
}

/// What to do about rows without a target.
pub(super) fn drop_missing(command: ReadingCommand) -> Message {
    let between = match command {
        ReadingCommand::Train => " to exclude them, or ",
        ReadingCommand::Update => " to exclude them, or train again with ",
    };
    Message::from("give ")
        .setting(setting::DROP_MISSING_TARGET)
        .text(between)
        .setting(setting::STATUS.given())
        .text(" if they failed")
}

/// The value of the status column that `ok` was meant to be, or those that there
/// are.
pub(super) fn good_value(ok: &str, found: &[&str]) -> Message {
    match nearest(ok, found) {
        Some(near) => meant(near).text(" Give ").setting(setting::OK.to(near)),
        None => did_you_mean(ok, found, "it holds")
            .unwrap_or_default()
            .text(": name the value of a good measurement with ")
            .setting(setting::OK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_class_or_all_are_named() {
        let classes = ["fast".to_owned(), "slow".to_owned()];
        let said = |class: &str| unknown_class("speed", class, &classes).to_string();
        assert_eq!(
            said("fsat"),
            "column 'speed' holds the class 'fsat', which the model does not know; \
             did you mean 'fast'? Train a new model to add one"
        );
        assert!(
            said("medium")
                .ends_with("; its classes are 'fast', 'slow': train a new model to add one")
        );
    }

    #[test]
    fn the_nearest_status_is_named() {
        let said = |ok: &str| good_value(ok, &["done", "failed"]).to_string();
        assert_eq!(
            said("Done"),
            "did you mean 'done'? Give the setting 'ok' = done"
        );
        assert!(said("good").starts_with("it holds 'done', 'failed': name the value"));
    }

    #[test]
    fn an_update_is_told_what_a_training_could_set() {
        let said = |command| no_logarithm("ms", 0.0, command).to_string();
        assert!(
            said(ReadingCommand::Train).ends_with("remove the setting 'log_target' or the row")
        );
        assert!(
            said(ReadingCommand::Update).contains("train again without the setting 'log_target'")
        );
        assert!(
            drop_missing(ReadingCommand::Update)
                .to_string()
                .contains("or train again with")
        );
    }
}
