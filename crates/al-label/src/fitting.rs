//! Labels as models take them: numbers in their unit, classes that they know.

use al_store::{LabelConfidence, LabelSource, LabelValue, Qualifier};

use crate::error::LabelError;
use crate::settings::{LabelKind, ModelSettings};
use crate::units::{UnitProblem, accepted, convert};

/// The longest notes and reasons, in characters.
pub const LONGEST_TEXT: usize = 10_000;

/// The longest unit, in characters.
const LONGEST_UNIT: usize = 40;

/// A judgement to submit.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// The number or class.
    pub label: LabelValue,
    /// Where it comes from.
    pub source: LabelSource,
    /// How sure it is.
    pub confidence: LabelConfidence,
    /// What there is to say of it.
    pub notes: Option<String>,
    /// The unit of the number; the model's if not given.
    pub unit: Option<String>,
    /// Whether it is the value or a bound.
    pub qualifier: Qualifier,
    /// What the holder proves the claim with, if asked to.
    pub claim_token: Option<String>,
}

impl Submission {
    /// A measured value or class, sure and without notes.
    #[must_use]
    pub fn of(label: LabelValue) -> Submission {
        Submission {
            label,
            source: LabelSource::Experimental,
            confidence: LabelConfidence::High,
            notes: None,
            unit: None,
            qualifier: Qualifier::Equal,
            claim_token: None,
        }
    }
}

/// A text that is not empty, fits, and can be stored.
pub(crate) fn checked_text(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<String>, LabelError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.contains('\0') {
        return Err(LabelError::invalid(field, "the text has a NUL character").remedy("remove it"));
    }
    let long = text.chars().count();
    if long > LONGEST_TEXT {
        return Err(
            LabelError::invalid(field, format!("the text has {long} characters"))
                .remedy(format!("give at most {LONGEST_TEXT}")),
        );
    }
    Ok(Some(text.to_owned()))
}

/// A label as it fits a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FittingLabel {
    pub(crate) label: LabelValue,
    pub(crate) unit: Option<String>,
    pub(crate) given: Option<(f64, String)>,
}

/// A submission as a model of these settings takes it.
pub(crate) fn fitting(
    settings: &ModelSettings,
    classes: &[String],
    submission: &Submission,
) -> Result<FittingLabel, LabelError> {
    match settings.task {
        LabelKind::Regression => fitting_number(settings, submission),
        LabelKind::Classification => fitting_class(classes, submission),
    }
}

fn fitting_number(
    settings: &ModelSettings,
    submission: &Submission,
) -> Result<FittingLabel, LabelError> {
    let LabelValue::Number(given) = submission.label else {
        return Err(LabelError::invalid("label", "the label is a text")
            .remedy(format!("'{}' is a number: give one", settings.target)));
    };
    let unit = checked_text("unit", submission.unit.as_deref())?;
    if unit
        .as_ref()
        .is_some_and(|unit| unit.chars().count() > LONGEST_UNIT)
    {
        return Err(LabelError::invalid("unit", "the unit is too long")
            .remedy(format!("give at most {LONGEST_UNIT} characters")));
    }
    let (value, given) = match (&unit, &settings.unit) {
        (None, _) => (given, None),
        (Some(unit), None) => {
            return Err(LabelError::invalid(
                "unit",
                format!(
                    "the label is in {unit}, and '{}' has no unit",
                    settings.target
                ),
            )
            .remedy("leave the unit out if it is the same, or make a model with a unit"));
        }
        (Some(unit), Some(wanted)) => {
            let converted = convert(given, unit, wanted).map_err(|problem| {
                let accepted = accepted(wanted).join(", ");
                let problem = match problem {
                    UnitProblem::Unknown => format!("the unit '{unit}' is not known"),
                    UnitProblem::Other => format!("{unit} cannot be converted to {wanted}"),
                };
                LabelError::invalid("unit", problem).remedy(format!("give it in {accepted}"))
            })?;
            let differs = converted.to_bits() != given.to_bits();
            (converted, differs.then(|| (given, unit.clone())))
        }
    };
    if !value.is_finite() {
        return Err(LabelError::invalid(
            "label",
            "the label is not a finite number",
        ));
    }
    if settings.log_target && value <= 0.0 {
        return Err(LabelError::invalid(
            "label",
            format!("{value} has no logarithm, which the model fits"),
        )
        .remedy("give a number above 0"));
    }
    Ok(FittingLabel {
        label: LabelValue::Number(value),
        unit: settings.unit.clone(),
        given,
    })
}

fn fitting_class(classes: &[String], submission: &Submission) -> Result<FittingLabel, LabelError> {
    let class = match &submission.label {
        LabelValue::Class(class) => class.trim().to_owned(),
        LabelValue::Number(number) => number.to_string(),
    };
    if submission.qualifier != Qualifier::Equal {
        return Err(LabelError::invalid("qualifier", "a class has no bounds")
            .remedy("leave the qualifier out"));
    }
    if submission.unit.is_some() {
        return Err(LabelError::invalid("unit", "a class has no unit").remedy("leave it out"));
    }
    let known = classes.is_empty() || classes.contains(&class);
    if class.is_empty() || !known {
        let wrong = LabelError::invalid("label", format!("'{class}' is no class of the model"));
        return Err(match classes.is_empty() {
            true => wrong.remedy("give the name of a class"),
            false => wrong.remedy(format!("give one of {}", classes.join(", "))),
        });
    }
    let class = checked_text("label", Some(&class))?.unwrap_or(class);
    Ok(FittingLabel {
        label: LabelValue::Class(class),
        unit: None,
        given: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: f64, unit: Option<&str>) -> Submission {
        Submission {
            unit: unit.map(str::to_owned),
            ..Submission::of(LabelValue::Number(value))
        }
    }

    fn potency() -> ModelSettings {
        ModelSettings {
            unit: Some("nM".to_owned()),
            log_target: true,
            ..ModelSettings::new("ic50", LabelKind::Regression)
        }
    }

    #[test]
    fn numbers_come_into_the_models_unit() {
        let label = fitting(&potency(), &[], &number(2.5, Some("µM"))).unwrap();
        assert_eq!(label.label, LabelValue::Number(2500.0));
        assert_eq!(label.given, Some((2.5, "µM".to_owned())));
        let same = fitting(&potency(), &[], &number(2.5, Some("nM"))).unwrap();
        assert_eq!((same.label, same.given), (LabelValue::Number(2.5), None));
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        let field = |submission: &Submission| {
            let refused = fitting(&potency(), &[], submission).unwrap_err();
            refused.refusal().unwrap().field.unwrap()
        };
        assert_eq!(field(&number(2.5, Some("furlong"))), "unit");
        assert_eq!(field(&number(2.5, Some("nm"))), "unit");
        assert_eq!(field(&number(f64::NAN, None)), "label");
        assert_eq!(field(&number(f64::INFINITY, None)), "label");
        assert_eq!(field(&number(0.0, None)), "label");
        assert_eq!(field(&number(1e308, Some("M"))), "label");
        assert_eq!(
            field(&Submission::of(LabelValue::Class("high".to_owned()))),
            "label"
        );
        let no_unit = ModelSettings::new("log_s", LabelKind::Regression);
        assert!(fitting(&no_unit, &[], &number(1.0, Some("nM"))).is_err());
    }

    #[test]
    fn classes_are_those_of_the_model() {
        let settings = ModelSettings::new("active", LabelKind::Classification);
        let classes = ["0".to_owned(), "1".to_owned()];
        let one = fitting(&settings, &classes, &number(1.0, None)).unwrap();
        assert_eq!(one.label, LabelValue::Class("1".to_owned()));
        let other = Submission::of(LabelValue::Class("2".to_owned()));
        let refused = fitting(&settings, &classes, &other).unwrap_err();
        assert!(
            refused.to_string().contains("give one of 0, 1"),
            "{refused}"
        );
        assert!(fitting(&settings, &[], &other).is_ok());
        let mut bound = number(1.0, None);
        bound.qualifier = Qualifier::Below;
        assert!(fitting(&settings, &classes, &bound).is_err());
    }
}
