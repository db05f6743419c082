//! What is measured or being measured.

use al_core::{Fault, Matrix, Messages, Table, Tabular, Task};
use ndarray::{Array2, Axis};

use crate::read::{Candidates, Lists, stacked};
use crate::score::noise;

/// What is measured or being measured: rows that count as covered.
pub struct Anchors {
    /// The rows as they are encoded.
    pub x: Matrix,
    /// Their centred draws Φ, a × f.
    pub features: Array2<f32>,
    /// Their encoded inputs in one unit, a × d.
    pub points: Array2<f32>,
    /// Measured values, and the means of pending rows; none for classes.
    pub values: Vec<f32>,
    /// Variance of an outcome that is not the model's doubt.
    pub noise: f32,
}

impl Anchors {
    pub(crate) fn new(
        belief: &dyn Tabular,
        candidates: &Candidates,
        lists: &Lists,
        warnings: &mut Messages,
    ) -> Result<Anchors, Fault> {
        // Pending rows that are named by their id have their features among
        // the candidates.
        let among = match &lists.pending {
            Some(pending) if pending.table.is_none() => {
                let measured = belief.observed().keys().iter().copied().collect();
                pending.among(&candidates.keys, &measured, warnings)
            }
            _ => Vec::new(),
        };
        let pending = lists.pending.as_ref().and_then(|p| p.table.as_ref());
        let mut anchors = Anchors::measured(belief, pending);
        let of_candidates = |rows: &Array2<f32>| rows.select(Axis(0), &among);
        anchors.x = anchors.x.stack(&candidates.x.take(&among));
        anchors.features = stacked(vec![anchors.features, of_candidates(&candidates.features)]);
        anchors.points = stacked(vec![anchors.points, of_candidates(&candidates.points)]);
        if candidates.means.ncols() == 1 {
            let means = among.iter().map(|&row| candidates.means[[row, 0]]);
            anchors.values.extend(means);
        }
        Ok(anchors)
    }

    /// What the belief has learned from, and rows of which the features are
    /// `pending`.
    pub fn measured(belief: &dyn Tabular, pending: Option<&Table>) -> Anchors {
        let x = learned_from(belief, pending);
        let posterior = belief.posterior(&x);
        let mut values = measured_values(belief);
        if belief.task() == Task::Regression {
            values.extend(posterior.means().iter().skip(values.len()));
        }
        Anchors {
            features: posterior.features(),
            points: belief.encoder().places(&x),
            noise: noise(belief, &posterior),
            values,
            x,
        }
    }

    /// What the belief has learned from, for strategies that do not read what it says.
    pub fn placed(belief: &dyn Tabular) -> Anchors {
        let x = learned_from(belief, None);
        Anchors {
            features: Array2::zeros((x.n_rows(), 0)),
            points: belief.encoder().places(&x),
            noise: 0.0,
            values: measured_values(belief),
            x,
        }
    }
}

/// The encoded rows that the belief has learned from, followed by those of `pending`.
fn learned_from(belief: &dyn Tabular, pending: Option<&Table>) -> Matrix {
    let observed = belief.observed();
    let mut table = observed.features().take(&observed.learned());
    if let Some(pending) = pending {
        table = table.stack(pending);
    }
    belief.encoder().encode(&table).expect("encoded before")
}

/// What was measured on the rows that the belief has learned from; none for classes.
fn measured_values(belief: &dyn Tabular) -> Vec<f32> {
    if belief.task() == Task::Classification {
        return Vec::new();
    }
    let (observed, scale) = (belief.observed(), belief.scale());
    let value = |row: usize| scale.standardised(scale.fitted(observed.values()[row])) as f32;
    observed.learned().into_iter().map(value).collect()
}
