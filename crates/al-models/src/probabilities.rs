//! Draws of class probabilities whose mean is known.

/// `m` draws of the probabilities of a row, draw by draw, whose mean is `wanted`: each draw of
/// `drawn(draw, class)` is drawn a little to what is missing of it, as little as leaves no
/// probability below 0.
pub(crate) fn drawn_to(wanted: &[f64], m: usize, drawn: impl Fn(usize, usize) -> f64) -> Vec<f32> {
    let mean_of = |class: usize| (0..m).map(|draw| drawn(draw, class)).sum::<f64>() / m as f64;
    let found: Vec<f64> = (0..wanted.len()).map(mean_of).collect();
    let pull = wanted
        .iter()
        .zip(&found)
        .filter(|(_, found)| **found > 0.0)
        .map(|(wanted, found)| 1.0 - wanted / found)
        .fold(0.0_f64, f64::max);
    let mut out = Vec::with_capacity(m * wanted.len());
    for draw in 0..m {
        for (class, wanted) in wanted.iter().enumerate() {
            let moved = (1.0 - pull) * (drawn(draw, class) - found[class]);
            out.push((wanted + moved).max(0.0) as f32);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_keep_their_order_and_get_the_mean() {
        let own = [[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]];
        let out = drawn_to(&[0.2, 0.8], 3, |draw, class| own[draw][class]);
        let mean: f32 = out.iter().step_by(2).sum::<f32>() / 3.0;
        assert!((mean - 0.2).abs() < 1e-6);
        assert!(
            out.chunks(2)
                .all(|row| (row[0] + row[1] - 1.0).abs() < 1e-6)
        );
        assert!(
            out[0] > out[2] && out[2] > out[4] && out[4] >= 0.0,
            "{out:?}"
        );
    }
}
