//! Where rows lie for strategies that want distances.

use ndarray::{Array2, ArrayView2, Axis, concatenate};
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
}

impl Space {
    /// All, with their names on the command line and what they are.
    pub const ALL: [(Space, &'static str, &'static str); 3] = [
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
    ];

    /// The rows' places, n × e, from their features Φ, n × f, and their
    /// points, n × d; without columns where the features themselves serve.
    pub(crate) fn embedding(
        self,
        features: ArrayView2<'_, f32>,
        points: ArrayView2<'_, f32>,
    ) -> Array2<f32> {
        match self {
            Space::Predictions => Array2::zeros((features.nrows(), 0)),
            Space::Inputs => points.to_owned(),
            Space::Joined => {
                let mut scaled = points.to_owned();
                let members = (features.ncols().max(1) as f32).sqrt();
                for (mut point, row) in scaled.rows_mut().into_iter().zip(features.rows()) {
                    let doubt = row.dot(&row).sqrt();
                    point.mapv_inplace(|value| value * INPUTS * doubt / members);
                }
                concatenate(Axis(1), &[features, scaled.view()]).expect("as many rows")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn inputs_count_as_much_as_the_model_doubts() {
        let features = array![[3.0_f32, 4.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]];
        let points = array![[2.0_f32], [5.0]];
        let joined = Space::Joined.embedding(features.view(), points.view());
        assert_eq!(
            joined.row(0).to_vec(),
            [3.0, 4.0, 0.0, 0.0, 2.0 * 0.3 * 5.0 / 2.0]
        );
        assert_eq!(joined.row(1).to_vec(), [0.0; 5]);
        assert_eq!(
            Space::Inputs.embedding(features.view(), points.view()),
            points
        );
        let none = Space::Predictions.embedding(features.view(), points.view());
        assert_eq!(none.dim(), (2, 0));
    }
}
