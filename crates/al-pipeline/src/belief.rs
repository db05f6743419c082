//! What a model believes: its ensemble, and for hardware with few measurements
//! what it borrows from the hardware measured before.
//!
//! As with what else the rows tell (`derived`), what is borrowed follows from
//! the rows of the model file and its seed alone. It is worked out when it is
//! first asked for and never stored.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use al_core::{Kind, Matrix, Posterior, encoder};
use al_models::{FitError, Prediction, Transfer};

use crate::campaign::{Campaign, LEARNED, Rows};
use crate::error::Error;
use crate::phrases::counted;

/// What hardware with few measurements borrows, once it is asked for.
#[derive(Debug, Default)]
pub(crate) struct Borrowing(OnceLock<Result<Option<Transfer>, FitError>>);

impl Campaign {
    /// What is believed of `x`, jointly.
    pub(crate) fn posterior(&self, x: &Matrix) -> Posterior {
        let mut posterior = self.fitted.posterior(x);
        if let Some(transfer) = self.transfer() {
            transfer.correct(x, &mut posterior);
        }
        posterior
    }

    /// What is believed of `x`, with the intervals of the training's coverage.
    pub(crate) fn predict(&self, x: &Matrix) -> Prediction {
        let mut prediction = self.fitted.predict(x);
        if let Some(transfer) = self.transfer() {
            let recipe = &self.options.recipe;
            transfer.correct_prediction(x, &mut prediction, recipe.quantiles, recipe.coverage);
        }
        prediction
    }

    /// Intervals for `x` meant to cover a measurement with probability
    /// `coverage`; `None` for classes.
    pub(crate) fn interval(&self, x: &Matrix, coverage: f64) -> Option<(Vec<f64>, Vec<f64>)> {
        let interval = Some(self.fitted.interval(x, coverage)?);
        let Some(transfer) = self.transfer() else {
            return interval;
        };
        let posterior = self.fitted.posterior(x);
        let mut prediction = Prediction {
            posterior,
            interval,
        };
        let quantiles = self.options.recipe.quantiles;
        transfer.correct_prediction(x, &mut prediction, quantiles, coverage);
        prediction.interval
    }

    /// What hardware with few measurements borrows; `None` where no column is
    /// known to name hardware, none has few, or there is nobody to borrow from.
    pub(crate) fn transfer(&self) -> Option<&Transfer> {
        self.borrowing().as_ref().ok()?.as_ref()
    }

    /// A sentence where borrowing failed: predictions are then the ensemble's.
    pub(crate) fn borrowing_failure(&self) -> Option<String> {
        self.borrowing().as_ref().err().map(|error| {
            format!("hardware with few measurements does not borrow from others: {error}")
        })
    }

    fn borrowing(&self) -> &Result<Option<Transfer>, FitError> {
        self.borrowing.0.get_or_init(|| {
            let Some(column) = self.hardware_column() else {
                return Ok(None);
            };
            let data = self.labelled(&self.rows.with(&LEARNED));
            let seed = self.seed().derive("transfer", 0);
            let options = self.options.recipe.options;
            Transfer::learn(&self.fitted, &data, column, options, seed)
        })
    }

    /// The place of the hardware among the features.
    fn hardware_column(&self) -> Option<usize> {
        let name = self.options.hardware.as_deref()?;
        self.encoder.schema.names().position(|known| known == name)
    }

    /// The feature that names the hardware, if one is known to.
    #[must_use]
    pub fn hardware(&self) -> Option<&str> {
        self.options.hardware.as_deref()
    }

    /// Says that the feature `column` names the hardware, from here on; the
    /// model file stays as it is until it is saved.
    ///
    /// # Errors
    ///
    /// No such feature, or one that is a number.
    pub fn set_hardware(&mut self, column: &str) -> Result<(), Error> {
        if self.options.hardware.as_deref() == Some(column) {
            return Ok(());
        }
        check_hardware(&self.encoder.schema, column)?;
        self.options.hardware = Some(column.to_owned());
        self.borrowing = Borrowing::default();
        Ok(())
    }

    /// Says that the hardware of `new` was never measured: to tell it from
    /// other new hardware, the model has to be fitted anew.
    pub(crate) fn new_hardware(&self, new: &Rows) -> Option<String> {
        let name = self.options.hardware.as_deref()?;
        let unseen = self.encoder.unseen(&new.features).ok()?;
        let values: Vec<String> = unseen
            .into_iter()
            .filter(|(column, _)| column == name)
            .map(|(_, value)| format!("'{value}'"))
            .collect();
        (!values.is_empty()).then(|| {
            format!(
                "{name} {} never measured before: the model is fitted anew",
                match values.len() {
                    1..=5 => format!("{} was", values.join(", ")),
                    n => format!("has {n} values that were"),
                }
            )
        })
    }
}

/// That the feature `column` may name hardware.
pub(crate) fn check_hardware(schema: &al_core::Schema, column: &str) -> Result<(), Error> {
    let names: Vec<String> = schema.names().map(str::to_owned).collect();
    let Some(feature) = schema.features.iter().find(|f| f.name == column) else {
        let near = al_tables::nearest(column, &names);
        let near = near.map(|near| format!("; did you mean '{near}'?"));
        return Err(Error::usage(format!(
            "--hardware names '{column}', which is no feature{}",
            near.unwrap_or_default()
        )));
    };
    match feature.kind {
        Kind::Categorical { .. } => Ok(()),
        Kind::Numeric => Err(Error::usage(format!(
            "--hardware names '{column}', which the model knows as a number; train it with --categorical {column}"
        ))),
    }
}

/// The hardware among candidates that borrows.
#[derive(Debug, Default)]
pub(crate) struct Borrowers(BTreeSet<(usize, String)>);

impl Borrowers {
    /// Looks at the rows of `table`.
    pub(crate) fn note(&mut self, campaign: &Campaign, table: &al_core::Table) {
        let (Some(transfer), Some(name)) = (campaign.transfer(), campaign.hardware()) else {
            return;
        };
        let Ok(values) = encoder::texts(table, name) else {
            return;
        };
        let at = campaign.hardware_column().expect("there is a transfer");
        let Kind::Categorical { levels } = &campaign.encoder.schema.features[at].kind else {
            return;
        };
        let used: BTreeSet<u32> = values.codes.iter().copied().collect();
        for value in used
            .iter()
            .filter_map(|&code| values.levels.get(code as usize))
        {
            let code = levels.binary_search(value).unwrap_or(levels.len());
            let labels = transfer.borrowers().find(|own| own.0 as usize == code);
            if let Some((_, labels)) = labels {
                self.0.insert((labels, value.clone()));
            }
        }
    }

    /// Whether the value was noted.
    pub(crate) fn has(&self, value: &str) -> bool {
        self.0.iter().any(|(_, noted)| noted == value)
    }

    /// A sentence for each, at most five.
    pub(crate) fn sentences(&self, campaign: &Campaign) -> Vec<String> {
        let (Some(transfer), Some(name)) = (campaign.transfer(), campaign.hardware()) else {
            return Vec::new();
        };
        let one = |(labels, value): &(usize, String)| {
            format!(
                "{name} '{value}' has {}: its predictions borrow from the {} others measured more",
                match labels {
                    0 => "no measurement".to_owned(),
                    labels => counted(*labels, "measurement"),
                },
                transfer.n_sources()
            )
        };
        let mut sentences: Vec<String> = self.0.iter().take(5).map(one).collect();
        if self.0.len() > 5 {
            sentences.push(format!(
                "{} more values of {name} with few measurements borrow, too",
                self.0.len() - 5
            ));
        }
        sentences
    }
}
