//! `core-set`: the rows farthest from all that is measured or picked.

use std::borrow::Cow;

use al_core::Seed;

use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategies::farthest::Farthest;
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The row farthest from all measured, pending and picked rows: the greedy \
        2-approximation of the k-centre problem, which asks for the batch with the smallest \
        covering radius.",
    score: "√w·minⱼ ‖φ − φⱼ‖ over anchors and picks j; in the embedding of predictions, the \
        standard deviation of the difference between the predictions for the row and for the \
        nearest of them, in the unit of the fitted target.",
    details: "In the embedding, a row is far away if its predictions vary together with those of \
        no measured row; if nothing is measured, the first centre is the origin, a row on which \
        all members agree. In the space points, the design is that of space-filling. Where the \
        embedding cannot tell candidates from chosen rows (a constant model, no columns, more \
        picks than distinct rows), distances between inputs are used instead; the seed breaks the \
        remaining ties.",
    cost: "O(n·a·m) at the start and at most O(n·m) per pick; the triangle inequality skips most \
        rows.",
    reference: "Gonzalez 1985; for learning Sener & Savarese 2018 (core set), MaxDist in the \
        benchmark of Holzmüller et al. 2023; over inputs Yu & Kim 2010, GSx of Wu, Lin & Huang \
        2019.",
    use_when: "When the worst case matters and no region may stay unmeasured.",
    not_when: "When the average error matters: it takes outliers first and, unlike lcmd, ignores \
        how many candidates a pick stands for.",
};

/// Picks the candidate farthest from all that is measured or picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CoreSet {
    /// Where distances are measured.
    pub space: Where,
}

/// A space to measure in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Where {
    /// The pool's embedding.
    #[default]
    Embedding,
    /// The encoded inputs.
    Points,
}

/// The spaces by name.
const SPACES: &[(&str, Where)] = &[("embedding", Where::Embedding), ("points", Where::Points)];

impl Strategy for CoreSet {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(match self.space {
            Where::Embedding => Farthest::in_embedding(pool),
            Where::Points => Farthest::in_points(pool),
        })
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "core-set",
    summary: "the rows farthest from all measured and picked rows",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[StrategyOption {
        name: "space",
        range: OptionRange::Names(&["embedding", "points"]),
        default: OptionValue::Text(Cow::Borrowed("embedding")),
        summary: "space in which distances are measured; points means the inputs",
    }],
    make: |settings| {
        let space = settings.one_of("space", SPACES);
        Ok(Box::new(CoreSet { space }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::space_filling::SpaceFilling;
    use crate::strategies::tests::Case;
    use crate::strategies::tests::numbers;
    use ndarray::{Array2, array};

    #[test]
    fn without_anchors_the_first_centre_is_the_origin() {
        // Lengths 1, 3, 2. From (0, −3): √10, √13. Then row 0 is 1 from row 2.
        let case = Case::features(&[[1.0, 0.0], [0.0, -3.0], [2.0, 0.0]]);
        let batch = case.select(&CoreSet::default(), 3);
        let found: Vec<(usize, f32)> = batch.picks.iter().map(|p| (p.row, p.score)).collect();
        assert_eq!(found, [(1, 3.0), (2, 2.0), (0, 1.0)]);
    }

    #[test]
    fn anchors_count_as_chosen_and_weights_multiply_squared_distance() {
        let mut case = Case::features(&[[3.0], [-2.0], [9.0]]);
        case.anchor_features = array![[0.0], [10.0]];
        assert_eq!(case.picks(&CoreSet::default(), 3), [0, 1, 2]);
        case.weights = Some(vec![1.0, 4.0, 1.0]);
        let batch = case.select(&CoreSet::default(), 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (1, 4.0));
    }

    #[test]
    fn a_flat_embedding_falls_back_to_the_points() {
        let mut case = Case::points(&[[0.0], [4.5], [10.0], [3.0], [8.0]]);
        let points_only = case.picks(&SpaceFilling {}, 5);
        for width in [0, 3] {
            case.features = Array2::zeros((5, width));
            case.anchor_features = Array2::zeros((0, width));
            assert_eq!(case.picks(&CoreSet::default(), 5), points_only);
        }
        // Two distinct rows of features: after those the points decide.
        case.features = array![[1.0], [1.0], [5.0], [1.0], [1.0]];
        case.anchor_features = Array2::zeros((0, 1));
        let picks = case.picks(&CoreSet::default(), 5);
        assert_eq!(picks[0], 2);
        let mut sorted = picks.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn in_points_it_is_space_filling() {
        let mut case = Case::points(&[[0.0; 3]; 200]);
        case.points = numbers(200, 3, 1);
        for anchors in [0, 7] {
            case.anchor_points = numbers(anchors, 3, 2);
            let points = CoreSet {
                space: Where::Points,
            };
            assert_eq!(case.select(&points, 50), case.select(&SpaceFilling {}, 50));
        }
    }

    #[test]
    fn every_pick_is_the_farthest_of_all() {
        let mut case = Case::features(&[[0.0; 4]; 300]);
        case.features = numbers(300, 4, 3);
        case.anchor_features = numbers(9, 4, 4);
        let mut centres: Vec<usize> = Vec::new();
        for pick in case.select(&CoreSet::default(), 40).picks {
            let distance = |row: usize| {
                let of = case.features.row(row);
                let chosen = centres.iter().map(|&at| case.features.row(at));
                case.anchor_features
                    .rows()
                    .into_iter()
                    .chain(chosen)
                    .map(|centre| (&of - &centre).mapv(|v| v * v).sum().sqrt())
                    .fold(f32::INFINITY, f32::min)
            };
            let farthest = (0..300).map(distance).fold(0.0, f32::max);
            assert!((distance(pick.row) - farthest).abs() < 1e-6);
            assert!((pick.score - farthest).abs() < 1e-6);
            centres.push(pick.row);
        }
    }

    #[test]
    fn an_unknown_space_is_refused() {
        let options = StrategyOptions::none().with("space", OptionValue::Text("outputs".into()));
        let Err(error) = ENTRY.with_options(&options) else {
            panic!("an unknown space was accepted")
        };
        assert!(error.message.contains("'embedding' or 'points'"), "{error}");
    }
}
