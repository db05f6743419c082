//! Measures of a classifier's uncertainty, from joint draws of its class
//! probabilities. Entropies are in nats.

use ndarray::{Array2, ArrayView1, Axis};
use rayon::prelude::*;

use crate::posterior::mean_probabilities;

/// Per row: how unsure a classifier is, by each of the usual measures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClassUncertainty {
    /// Shannon entropy of the mean probabilities, 0 to ln c.
    pub entropy: Vec<f64>,
    /// Difference of the two largest mean probabilities: small is unsure
    /// (Scheffer et al. 2001).
    pub margin: Vec<f64>,
    /// 1 − the largest mean probability (Lewis & Gale 1994).
    pub least_confidence: Vec<f64>,
    /// Entropy of the draws' votes, each for its most probable class, the
    /// first of equals (Dagan & Engelson 1995).
    pub vote_entropy: Vec<f64>,
    /// Mutual information between the label and the model, BALD (Houlsby et
    /// al. 2011): entropy of the mean − mean of the entropies, at least 0.
    pub mutual_information: Vec<f64>,
}

/// All measures of [`ClassUncertainty`] for draws of n × c probabilities.
#[must_use]
pub fn class_uncertainty(draws: &[Array2<f32>]) -> ClassUncertainty {
    let mean = mean_probabilities(draws);
    let rows: Vec<[f64; 5]> = (0..mean.nrows())
        .into_par_iter()
        .with_min_len(1024)
        .map(|row| {
            let p = mean.row(row);
            let total = entropy(p);
            let (first, second) = two_largest(p);
            let mut votes = vec![0.0_f64; p.len()];
            let mut inner = 0.0;
            for draw in draws {
                let q = draw.row(row).mapv(f64::from);
                inner += entropy(q.view());
                votes[most_probable(q.view())] += 1.0;
            }
            let m = draws.len() as f64;
            votes.iter_mut().for_each(|vote| *vote /= m);
            [
                total,
                first - second,
                1.0 - first,
                entropy(ArrayView1::from(&votes)),
                (total - inner / m).max(0.0),
            ]
        })
        .collect();
    let column = |at: usize| rows.iter().map(|row| row[at]).collect();
    ClassUncertainty {
        entropy: column(0),
        margin: column(1),
        least_confidence: column(2),
        vote_entropy: column(3),
        mutual_information: column(4),
    }
}

/// Shannon entropy in nats of probabilities that sum to 1.
#[must_use]
pub fn entropy(p: ArrayView1<'_, f64>) -> f64 {
    // `0.0 -` turns the −0 of a sure row into 0.
    0.0 - p
        .iter()
        .filter(|&&p| p > 0.0)
        .map(|&p| p * p.ln())
        .sum::<f64>()
}

/// The index of the largest probability, the first of equals.
#[must_use]
pub fn most_probable(p: ArrayView1<'_, f64>) -> usize {
    let mut best = 0;
    for (class, &value) in p.iter().enumerate() {
        if value > p[best] {
            best = class;
        }
    }
    best
}

/// The most probable class of each row of n × c probabilities.
#[must_use]
pub fn predicted_classes(mean: &Array2<f64>) -> Vec<u32> {
    mean.axis_iter(Axis(0))
        .map(|p| most_probable(p) as u32)
        .collect()
}

fn two_largest(p: ArrayView1<'_, f64>) -> (f64, f64) {
    p.iter().fold((0.0, 0.0), |(first, second), &value| {
        if value > first {
            (value, first)
        } else if value > second {
            (first, value)
        } else {
            (first, second)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn closed_forms() {
        // Two draws sure of opposite classes: all uncertainty is the model's.
        let draws = vec![array![[1.0_f32, 0.0]], array![[0.0, 1.0]]];
        let u = class_uncertainty(&draws);
        let ln2 = 2.0_f64.ln();
        assert!((u.entropy[0] - ln2).abs() < 1e-12);
        assert!((u.vote_entropy[0] - ln2).abs() < 1e-12);
        assert!((u.mutual_information[0] - ln2).abs() < 1e-12);
        assert_eq!(u.margin[0], 0.0);
        assert_eq!(u.least_confidence[0], 0.5);

        // Two draws that agree on a coin toss: none of it is.
        let draws = vec![array![[0.5_f32, 0.5]], array![[0.5, 0.5]]];
        let u = class_uncertainty(&draws);
        assert!((u.entropy[0] - ln2).abs() < 1e-12);
        assert_eq!(u.mutual_information[0], 0.0);
        assert_eq!(u.vote_entropy[0], 0.0);

        // A sure row has no uncertainty by any measure.
        let u = class_uncertainty(&[array![[0.0_f32, 1.0, 0.0]]]);
        assert_eq!((u.entropy[0], u.margin[0]), (0.0, 1.0));
        assert_eq!(u.least_confidence[0], 0.0);
    }

    #[test]
    fn two_largest_takes_equal_ones() {
        assert_eq!(two_largest(array![0.4, 0.2, 0.4].view()), (0.4, 0.4));
    }
}
