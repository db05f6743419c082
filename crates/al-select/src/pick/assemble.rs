//! The one place where a query is put together: what strategies see of the
//! candidates and of the rows measured or being measured.

use al_core::{Direction, Fault, Matrix, Tabular};
use al_sampling::Query;
use ndarray::{Array2, ArrayView2};

use super::anchors::Anchors;
use crate::read::Offer;
use crate::space::{Space, SpaceRows};

/// A query with the arrays that it borrows.
pub struct Assembly<'a> {
    offer: Offer<'a>,
    anchors: &'a Anchors,
    embedding: Array2<f32>,
    anchor_embedding: Array2<f32>,
    direction: Option<Direction>,
    noises: &'a [f32],
}

impl<'a> Assembly<'a> {
    /// Places candidates and anchors in `space`.
    ///
    /// # Errors
    ///
    /// A space that the belief does not have.
    pub fn new(
        belief: &dyn Tabular,
        offer: Offer<'a>,
        anchors: &'a Anchors,
        space: Space,
    ) -> Result<Assembly<'a>, Fault> {
        let place = |x: &Matrix, features: ArrayView2<'_, f32>, points: ArrayView2<'_, f32>| {
            if !belief.is_informed() {
                return Ok(Array2::zeros((x.n_rows(), 0)));
            }
            let leaves = space.leaves(belief, x)?;
            let rows = SpaceRows {
                features,
                points,
                leaves: leaves.view(),
            };
            Ok::<_, Fault>(space.embedding(&rows).into_owned())
        };
        Ok(Assembly {
            embedding: place(offer.x, offer.features, offer.points)?,
            anchor_embedding: place(&anchors.x, anchors.features.view(), anchors.points.view())?,
            direction: belief.direction(),
            noises: &[],
            offer,
            anchors,
        })
    }

    /// The same where these values are wanted, of targets with these noises.
    #[must_use]
    pub(crate) fn wanting(self, direction: Option<Direction>, noises: &'a [f32]) -> Assembly<'a> {
        Assembly {
            direction,
            noises,
            ..self
        }
    }

    /// The query.
    pub fn query(&self) -> Query<'_> {
        let (offer, anchors) = (&self.offer, self.anchors);
        Query {
            embedding: self.embedding.view(),
            anchor_embedding: self.anchor_embedding.view(),
            scores: offer.scores,
            gains: offer.gains,
            features: offer.features,
            means: offer.means,
            noise: anchors.noise,
            noises: self.noises,
            points: offer.points,
            anchor_features: anchors.features.view(),
            anchor_points: anchors.points.view(),
            anchor_values: &anchors.values,
            direction: self.direction,
            weights: offer.weights,
            ..Query::new(offer.keys)
        }
    }
}
