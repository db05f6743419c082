//! Metrics of class probabilities that look at their order and their honesty.

use ndarray::Array2;

/// Equal parts of 0 to 1 by which the calibration error compares confidence with accuracy.
pub const CALIBRATION_BINS: usize = 10;

/// Area under the receiver operating characteristic: the probability that of two rows,
/// one of a class and one not of it, the former has the larger probability of the class,
/// equal ones counting half (Hanley & McNeil 1982). Of two classes that of the second; of
/// more the mean over the classes, each against the rest. `probabilities` is n × classes.
/// `None` if any class that counts has all rows or none.
#[must_use]
pub fn roc_auc(codes: &[u32], probabilities: &Array2<f64>) -> Option<f64> {
    let classes = probabilities.ncols();
    let counted = if classes == 2 { 1..2 } else { 0..classes };
    let n = counted.len();
    let areas = counted.map(|class| {
        let of_class = codes.iter().map(|&code| code as usize == class);
        let scores = probabilities.column(class);
        area(&of_class.collect::<Vec<_>>(), &scores.to_vec())
    });
    let areas: Vec<f64> = areas.collect::<Option<_>>()?;
    (n > 0).then(|| areas.iter().sum::<f64>() / n as f64)
}

/// The area of one class, by the ranks of its scores.
fn area(of_class: &[bool], scores: &[f64]) -> Option<f64> {
    let positive = of_class.iter().filter(|&&is| is).count();
    let negative = of_class.len() - positive;
    if positive == 0 || negative == 0 {
        return None;
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut ranks, mut at) = (0.0, 0);
    while at < order.len() {
        let score = scores[order[at]];
        let equal = order[at..].iter().take_while(|&&row| scores[row] == score);
        let end = at + equal.count();
        // Ranks from 1; equal scores share their mean rank.
        let rank = (at + end + 1) as f64 / 2.0;
        let here = order[at..end].iter().filter(|&&row| of_class[row]).count();
        ranks += rank * here as f64;
        at = end;
    }
    let (positive, negative) = (positive as f64, negative as f64);
    Some((ranks - positive * (positive + 1.0) / 2.0) / (positive * negative))
}

/// Expected calibration error: how far the probability of the predicted class is from the
/// share of rows where it is right, within [`CALIBRATION_BINS`] equal parts of 0 to 1,
/// weighted by their rows (Guo et al. 2017). 0 is honest. `None` without rows.
#[must_use]
pub fn calibration_error(codes: &[u32], probabilities: &Array2<f64>) -> Option<f64> {
    if codes.is_empty() {
        return None;
    }
    let mut sums = [(0.0, 0.0); CALIBRATION_BINS];
    for (&code, row) in codes.iter().zip(probabilities.rows()) {
        let (class, &confidence) = row
            .iter()
            .enumerate()
            .max_by(|(i, a), (j, b)| a.total_cmp(b).then(j.cmp(i)))?;
        let bin = (confidence * CALIBRATION_BINS as f64) as usize;
        let (confident, right) = &mut sums[bin.min(CALIBRATION_BINS - 1)];
        *confident += confidence;
        *right += f64::from(u8::from(class == code as usize));
    }
    let off: f64 = sums.iter().map(|(sure, right)| (sure - right).abs()).sum();
    Some(off / codes.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn areas_are_shares_of_pairs() {
        // Of the pairs (0.8, 0.3) (0.8, 0.6) (0.6, 0.3) (0.6, 0.6): three right, one even.
        let p = array![[0.2, 0.8], [0.4, 0.6], [0.7, 0.3], [0.4, 0.6]];
        assert_eq!(roc_auc(&[1, 1, 0, 0], &p), Some(3.5 / 4.0));
        assert_eq!(roc_auc(&[0, 0, 1, 1], &p), Some(0.5 / 4.0));
        assert_eq!(roc_auc(&[1, 1, 1, 1], &p), None);
        assert_eq!(roc_auc(&[], &Array2::zeros((0, 2))), None);
    }

    #[test]
    fn areas_of_more_classes_are_means() {
        let p = array![[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]];
        assert_eq!(roc_auc(&[0, 1, 2], &p), Some(1.0));
        assert_eq!(roc_auc(&[0, 1, 1], &p), None);
    }

    #[test]
    fn confidence_is_compared_with_accuracy() {
        // Two rows at 0.75, one of them right, and one sure row that is right.
        let p = array![[0.25, 0.75], [0.75, 0.25], [1.0, 0.0]];
        let error = calibration_error(&[1, 1, 0], &p).unwrap();
        assert!((error - (1.5_f64 - 1.0) / 3.0).abs() < 1e-12, "{error}");
        assert_eq!(calibration_error(&[], &p), None);
    }
}
