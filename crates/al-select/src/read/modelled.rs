//! The candidates, read, encoded and predicted, whole or in one pass.

use al_core::{Fault, Progress, Tabular};
use al_tables::check_columns;

use super::block::{BLOCK, Block, Candidates, RowBlocks, joined};
use super::buffer::{Buffer, Streamed};
use super::identity::Identities;
use super::lists::Lists;
use super::request::Request;
use crate::score::{
    Gain, Measures, NEIGHBOURS, Ranges, Scorer, Unseen, Wanted, informed, sampled, shifted,
};
use crate::weigh::Weigher;

/// Reads the candidates and what is believed of them.
pub(crate) fn with_model(
    belief: &dyn Tabular,
    request: &mut Request<'_>,
    lists: &Lists,
    progress: &dyn Progress,
) -> Result<Candidates, Fault> {
    let (input, options) = (&request.input, request.options);
    let needs = request.strategy.needs();
    let encoder = belief.encoder();
    let id = belief.columns().id;
    check_columns(input, encoder.schema.names().chain(id))?;
    let scorer = Scorer::new(belief, NEIGHBOURS)?;
    let weigher = Weigher::new(belief, input, options)?;
    let mut identities = Identities::new(belief, options.stream.is_none());
    let mut unseen = Unseen::default();
    let mut buffer = match options.stream {
        None => None,
        Some(most) => {
            // Measured rows may be worth measuring again.
            let mut named = lists.named();
            if belief.measurement_variance().is_some() {
                named.extend(belief.observed().keys());
            }
            Some(Buffer::new(
                most,
                !needs.typical,
                request.seed,
                lists.excluded.clone(),
                named,
                belief.direction(),
                options.least_feasible,
            ))
        }
    };
    // Whatever is read of every row is read when it passes by.
    let full = (needs.scores || needs.gains) && buffer.is_none();
    let (mut rows, mut blocks, mut looks) = (RowBlocks::default(), Vec::new(), Vec::new());
    let mut first = 0;
    for frame in input.blocks(BLOCK, None)? {
        let frame = frame?;
        let table = scorer.table(&frame)?;
        let x = encoder
            .encode(&table)
            .map_err(|error| shifted(input, error, first))?;
        unseen.note(belief, &table);
        let keys = identities.keys(input, &frame, &table, first)?;
        let factors = weigher.factors(input, &frame, &table, first)?;
        let believed = if full {
            let look = scorer
                .look(&table)
                .map_err(|error| shifted(input, error, first))?;
            let believed = (look.posterior.features(), look.posterior.means());
            looks.push(look);
            believed
        } else {
            let posterior = belief.posterior(&x);
            (posterior.features(), posterior.means())
        };
        let block = Block {
            keys,
            x,
            features: believed.0,
            means: believed.1,
            factors,
            frame,
        };
        let n = block.keys.len();
        first += n;
        progress.advance(n as u64);
        match &mut buffer {
            Some(buffer) => buffer.offer(block)?,
            None => {
                rows.push(block.frame.clone());
                blocks.push(block);
            }
        }
    }
    request.warnings.extend(unseen.sentences(belief));
    let wanted = match (needs.gains, options.gain) {
        (false, _) => Wanted::Nothing,
        (true, Gain::ModelChange) => Wanted::All,
        (true, _) => Wanted::Gains,
    };
    let gain = needs.gains.then_some(options.gain);
    let ranges = |sample: &Measures| Ranges::of(sample, belief.task(), gain, options.weights);
    let (block, sample, (available, hopeless), measures) = match buffer {
        None => {
            let block = joined(blocks);
            let n = block.keys.len();
            let mut all = Measures::default();
            for measures in informed(&scorer, looks, None, n, wanted, progress) {
                all.extend(measures);
            }
            let ranges = full.then(|| ranges(&all.sample(&sampled(belief.seed(), n))));
            (block, None, (None, 0), ranges.map(|ranges| (ranges, all)))
        }
        Some(buffer) => {
            let Streamed {
                kept,
                sample,
                available,
                hopeless,
            } = buffer.finish()?;
            rows.push(kept.frame.clone());
            let measures = if needs.scores || needs.gains {
                // What is kept is special: the sample stands for all rows.
                let measure = |block: &Block| -> Result<Measures, Fault> {
                    let table = scorer.table(&block.frame)?;
                    let looks = vec![scorer.look(&table).expect("encoded before")];
                    let n = block.keys.len();
                    let mut all =
                        informed(&scorer, looks, Some(&sample.x), n, wanted, &al_core::Silent);
                    Ok(all.pop().expect("one block"))
                };
                Some((ranges(&measure(&sample)?), measure(&kept)?))
            } else {
                None
            };
            (kept, Some(sample), (Some(available), hopeless), measures)
        }
    };
    let (scores, gains) = match measures {
        None => (Vec::new(), Vec::new()),
        Some((ranges, all)) => (narrow(&ranges.combine(&all)), narrow(&ranges.gain(&all))),
    };
    Ok(Candidates {
        points: encoder.places(&block.x),
        rows,
        keys: block.keys,
        x: block.x,
        features: block.features,
        means: block.means,
        scores,
        gains,
        factors: block.factors,
        sample,
        seen: first,
        available,
        hopeless,
    })
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}
