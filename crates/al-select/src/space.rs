//! Where rows lie for strategies that want distances.

use al_core::{Fault, Matrix, Message, Tabular, setting};
use ndarray::{Array2, ArrayView2, Axis, CowArray, Ix2, concatenate};
use serde::{Deserialize, Serialize};

/// How much the inputs count beside the predictions in [`Space::Joined`]:
/// standardised inputs range over some three units.
const INPUTS: f32 = 0.3;

/// What two rows must share to be near each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Space {
    /// Centred member predictions: rows of which the model believes alike.
    #[default]
    Predictions,
    /// Encoded inputs: rows that look alike.
    Inputs,
    /// Both, the inputs scaled by how uncertain the row is: rows that look
    /// alike count as apart where the model knows little.
    Joined,
    /// The leaves of the trees: rows that most trees do not tell apart.
    Leaves,
}

/// Rows as a space may look at them.
pub(crate) struct SpaceRows<'a> {
    /// Features Φ, n × f.
    pub features: ArrayView2<'a, f32>,
    /// Encoded inputs, n × d.
    pub points: ArrayView2<'a, f32>,
    /// Places by leaves, n × l: what [`Space::leaves`] gave.
    pub leaves: ArrayView2<'a, f32>,
}

impl Space {
    /// All, with their names and what they are.
    pub const ALL: [(Space, &'static str, &'static str); 4] = [
        (
            Space::Predictions,
            "predictions",
            "near are rows of which the members believe alike",
        ),
        (Space::Inputs, "inputs", "near are rows that look alike"),
        (
            Space::Joined,
            "joined",
            "both, inputs counting more where the model knows less",
        ),
        (
            Space::Leaves,
            "leaves",
            "near are rows that fall into the same leaves of the trees",
        ),
    ];

    /// Where the rows of `x` lie by the leaves they fall into, for
    /// [`Space::embedding`]; n × 0 for spaces that do not look there.
    ///
    /// # Errors
    ///
    /// A model without trees that could tell.
    pub(crate) fn leaves(self, belief: &dyn Tabular, x: &Matrix) -> Result<Array2<f32>, Fault> {
        if self != Space::Leaves {
            return Ok(Array2::zeros((x.n_rows(), 0)));
        }
        belief.leaves(x).ok_or_else(|| {
            let problem = Message::from(setting::SPACE.to("leaves")).text(format!(
                " needs the trees of learner 'boosted', and this is '{}'",
                belief.learner()
            ));
            Fault::usage(problem).remedy("give predictions, inputs or joined")
        })
    }

    /// The rows' places, n × e; without columns where the features themselves
    /// serve.
    pub(crate) fn embedding<'a>(self, rows: &SpaceRows<'a>) -> CowArray<'a, f32, Ix2> {
        match self {
            Space::Predictions => Array2::zeros((rows.features.nrows(), 0)).into(),
            Space::Inputs => rows.points.into(),
            Space::Leaves => rows.leaves.into(),
            Space::Joined => joined(rows.features, rows.points).into(),
        }
    }
}

/// Features, and beside them the points scaled by the row's uncertainty.
fn joined(features: ArrayView2<'_, f32>, points: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut scaled = points.to_owned();
    let members = (features.ncols().max(1) as f32).sqrt();
    for (mut point, row) in scaled.rows_mut().into_iter().zip(features.rows()) {
        let doubt = row.dot(&row).sqrt();
        point.mapv_inplace(|value| value * INPUTS * doubt / members);
    }
    concatenate(Axis(1), &[features, scaled.view()]).expect("as many rows")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn inputs_count_as_much_as_the_model_doubts() {
        let features = array![[3.0_f32, 4.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]];
        let points = array![[2.0_f32], [5.0]];
        let leaves = array![[1.0_f32, -1.0], [0.5, 0.5]];
        let rows = SpaceRows {
            features: features.view(),
            points: points.view(),
            leaves: leaves.view(),
        };
        let joined = Space::Joined.embedding(&rows);
        assert_eq!(
            joined.row(0).to_vec(),
            [3.0, 4.0, 0.0, 0.0, 2.0 * 0.3 * 5.0 / 2.0]
        );
        assert_eq!(joined.row(1).to_vec(), [0.0; 5]);
        assert_eq!(Space::Inputs.embedding(&rows), points.view());
        assert_eq!(Space::Leaves.embedding(&rows), leaves.view());
        assert_eq!(Space::Predictions.embedding(&rows).dim(), (2, 0));
    }
}
