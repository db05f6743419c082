//! What other models believe of candidates that were read for the first.

use al_core::{Fault, Progress, Tabular};

use super::block::{Block, Candidates, joined};
use super::modelled::{Scoring, scores_and_gains};
use super::request::Request;
use crate::score::{NEIGHBOURS, Scorer, shifted};
use crate::weigh::Factors;

/// The candidates of `first` as `belief` sees them. What they cost and whether
/// they work is what the first model says.
pub(crate) fn others(
    belief: &dyn Tabular,
    first: &Candidates,
    request: &Request<'_>,
    progress: &dyn Progress,
) -> Result<Candidates, Fault> {
    let needs = request.strategy.needs();
    let scored = needs.scores || needs.gains;
    let scorer = Scorer::new(belief, NEIGHBOURS)?;
    let encoder = belief.encoder();
    let (mut blocks, mut looks, mut seen) = (Vec::new(), Vec::new(), 0);
    for frame in first.rows.frames() {
        let table = scorer.table(frame)?;
        let misfit = |error| shifted(&request.input, error, seen);
        let x = encoder.encode(&table).map_err(misfit)?;
        let (features, means) = if scored {
            let look = scorer.look(&table).map_err(misfit)?;
            let believed = (look.posterior.features(), look.posterior.means());
            looks.push(look);
            believed
        } else {
            let posterior = belief.posterior(&x);
            (posterior.features(), posterior.means())
        };
        let n = frame.n_rows();
        blocks.push(Block {
            frame: frame.clone(),
            keys: first.keys[seen..seen + n].to_vec(),
            x,
            features,
            means,
            factors: Factors::default(),
        });
        seen += n;
    }
    let block = joined(blocks);
    let scoring = Scoring::new(belief, &scorer, request.options, needs.gains);
    let measures = scored.then(|| scoring.of_all(looks, seen, progress));
    let (scores, gains) = scores_and_gains(measures);
    Ok(Candidates {
        points: encoder.places(&block.x),
        rows: first.rows.clone(),
        keys: block.keys,
        x: block.x,
        features: block.features,
        means: block.means,
        scores,
        gains,
        factors: Factors::default(),
        sample: None,
        seen: first.seen,
        available: first.available,
        hopeless: first.hopeless,
    })
}
