//! What is measured or being measured.

use std::collections::HashSet;

use al_core::Encoder;
use al_models::Target;
use ndarray::{Array2, Axis};

use super::candidates::{Candidates, stacked};
use super::lists::Lists;
use super::mean;
use crate::campaign::{Campaign, LEARNED};
use crate::error::Error;
use crate::gain::noise;
use crate::space::Space;

/// What is measured or being measured: rows that count as covered.
pub(super) struct Anchors {
    pub(super) features: Array2<f32>,
    pub(super) points: Array2<f32>,
    /// Places by leaves, for the space that wants them.
    pub(super) leaves: Array2<f32>,
    /// Measured values, and the means of pending rows; none for classes.
    pub(super) values: Vec<f32>,
    /// Variance of an outcome that is not the model's doubt.
    pub(super) noise: f32,
}

impl Anchors {
    pub(super) fn new(
        campaign: Option<&Campaign>,
        candidates: &Candidates,
        lists: &Lists,
        space: Space,
        warnings: &mut Vec<String>,
    ) -> Result<Anchors, Error> {
        let encoder = &candidates.encoder;
        let measured: HashSet<_> = campaign
            .map(|campaign| campaign.rows.keys.iter().copied().collect())
            .unwrap_or_default();
        // Pending rows that are named by their id have their features among
        // the candidates.
        let among = match &lists.pending {
            Some(pending) if pending.table.is_none() => {
                pending.among(&candidates.keys, &measured, warnings)
            }
            _ => Vec::new(),
        };
        let pending = lists.pending.as_ref().and_then(|p| p.table.as_ref());
        let Some(campaign) = campaign else {
            let points = candidates.points.select(Axis(0), &among);
            let points = match pending {
                Some(table) => stacked(vec![places(encoder, table), points]),
                None => points,
            };
            return Ok(Anchors {
                features: Array2::zeros((points.nrows(), 0)),
                leaves: Array2::zeros((points.nrows(), 0)),
                points,
                values: Vec::new(),
                noise: 0.0,
            });
        };
        let learned = campaign.rows.with(&LEARNED);
        let mut table = campaign.rows.features.take(&learned);
        if let Some(pending) = pending {
            table = table.stack(pending);
        }
        let x = encoder.encode(&table).expect("encoded before");
        let belief = campaign.posterior(&x);
        let values = match campaign.labelled(&learned).y {
            Target::Classes { .. } => Vec::new(),
            Target::Values(values) => {
                let pending = mean(&belief);
                let measured = values.iter().map(|&value| value as f32);
                let pending = pending.iter().skip(values.len()).copied();
                let among = among.iter().map(|&row| candidates.means[[row, 0]]);
                measured.chain(pending).chain(among).collect()
            }
        };
        let of_candidates = |rows: &Array2<f32>| rows.select(Axis(0), &among);
        let all = x.stack(&candidates.x.take(&among));
        Ok(Anchors {
            features: stacked(vec![belief.features(), of_candidates(&candidates.features)]),
            points: stacked(vec![encoder.places(&x), of_candidates(&candidates.points)]),
            leaves: space.leaves(&campaign.fitted, &all, campaign.seed())?,
            values,
            noise: noise(&campaign.fitted, &belief),
        })
    }
}

fn places(encoder: &Encoder, table: &al_core::Table) -> Array2<f32> {
    encoder.places(&encoder.encode(table).expect("encoded before"))
}
