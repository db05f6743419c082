//! Where intervals come from.

use crate::calibration::{OutOfBagResiduals, quantile_scores};
use crate::learner::{FitError, Labelled};
use crate::quantiles::QuantilePair;
use crate::recipe::Recipe;
use crate::spread::LocalSpread;
use crate::stack::Stack;
use al_core::Seed;

/// Most out-of-bag residuals kept; beyond, more would cost time per candidate
/// and change the bounds little.
const MOST_RESIDUALS: usize = 512;

/// Where the intervals come from.
#[derive(Debug)]
pub(crate) enum IntervalMethod {
    /// A classifier has none.
    None,
    /// Conformalized quantiles: the pair and the sorted scores of the
    /// calibration rows.
    Quantiles {
        pair: Box<QuantilePair>,
        scores: Vec<f64>,
    },
    /// Jackknife+-after-bootstrap, the residuals in units of the spread.
    OutOfBag(OutOfBagResiduals, Option<Box<LocalSpread>>),
}

impl IntervalMethod {
    pub(crate) fn quantiles(
        pair: QuantilePair,
        data: &Labelled,
        calibration: &[usize],
    ) -> IntervalMethod {
        let (low, high) = pair.predict(&data.x.take(calibration));
        let truth: Vec<f64> = calibration
            .iter()
            .map(|&row| data.y.values()[row])
            .collect();
        IntervalMethod::Quantiles {
            scores: quantile_scores(&truth, &low, &high),
            pair: Box::new(pair),
        }
    }

    /// Where members leave rows out, intervals differ in width as members disagree;
    /// elsewhere a spread is learned.
    pub(crate) fn out_of_bag(
        residuals: &OutOfBagResiduals,
        stack: &Stack,
        (data, rows): (&Labelled, &[usize]),
        recipe: &Recipe,
        seed: Seed,
    ) -> Result<IntervalMethod, FitError> {
        let mut residuals = residuals.clone();
        let mut spread = None;
        if stack.parts().len() > 1 || recipe.learner == "gp" {
            let said = stack.without_own(&data.x, rows);
            let known: Vec<usize> = (0..said.mean.len())
                .filter(|&row| said.mean[row].is_finite())
                .collect();
            let (x, groups) = (data.x.take(&known), data.groups_of(&known));
            let learned =
                LocalSpread::learn(&x, &residuals.residuals, &groups, recipe.coverage, seed)?;
            if let Some((learned, scales)) = learned {
                let pairs = residuals.residuals.iter_mut().zip(scales);
                pairs.for_each(|(residual, scale)| *residual /= scale);
                spread = Some(Box::new(learned));
            }
        }
        if residuals.len() > MOST_RESIDUALS {
            let mut rng = seed.stream("residuals", 0);
            let mut rows =
                rand::seq::index::sample(&mut rng, residuals.len(), MOST_RESIDUALS).into_vec();
            rows.sort_unstable();
            residuals = residuals.take(&rows);
        }
        Ok(IntervalMethod::OutOfBag(residuals, spread))
    }
}
