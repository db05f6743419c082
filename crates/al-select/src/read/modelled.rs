//! The candidates, read, encoded and predicted, whole or in one pass.

use al_core::{Fault, Progress, Tabular};
use al_tables::{Frame, Input, check_columns, check_features};

use super::block::{BLOCK, Block, Candidates, RowBlocks, joined};
use super::buffer::{Buffer, Streamed};
use super::identity::Identities;
use super::lists::Lists;
use super::request::Request;
use crate::options::SelectOptions;
use crate::score::{
    Gain, Look, Measures, NEIGHBOURS, Ranges, Scorer, UncertaintyWeights, Unseen, Wanted, informed,
    sampled, shifted,
};
use crate::weigh::Weigher;

/// Reads candidates with all that every strategy needs of them.
struct BlockReader<'a> {
    belief: &'a dyn Tabular,
    input: &'a Input,
    scorer: &'a Scorer<'a>,
    weigher: Weigher<'a>,
    identities: Identities<'a>,
    unseen: Unseen,
    /// Rows read.
    seen: usize,
}

impl BlockReader<'_> {
    /// What there is to know of the rows of `frame`. What they are scored by is
    /// added to `looks`, if there are any.
    fn block(&mut self, frame: Frame, looks: Option<&mut Vec<Look>>) -> Result<Block, Fault> {
        let (belief, input, first) = (self.belief, self.input, self.seen);
        let table = self.scorer.table(&frame)?;
        let x = belief
            .encoder()
            .encode(&table)
            .map_err(|error| shifted(input, error, first))?;
        self.unseen.note(belief, &table);
        let keys = self.identities.keys(input, &frame, &table, first)?;
        let factors = self.weigher.factors(input, &frame, &table, first)?;
        let (features, means) = match looks {
            Some(looks) => {
                let look = self
                    .scorer
                    .look(&table)
                    .map_err(|error| shifted(input, error, first))?;
                let believed = (look.posterior.features(), look.posterior.means());
                looks.push(look);
                believed
            }
            None => {
                let posterior = belief.posterior(&x);
                (posterior.features(), posterior.means())
            }
        };
        self.seen += keys.len();
        Ok(Block {
            keys,
            x,
            features,
            means,
            factors,
            frame,
        })
    }
}

/// How the scores of candidates are put together.
pub(super) struct Scoring<'a> {
    belief: &'a dyn Tabular,
    scorer: &'a Scorer<'a>,
    weights: UncertaintyWeights,
    gain: Option<Gain>,
    wanted: Wanted,
}

impl<'a> Scoring<'a> {
    pub(super) fn new(
        belief: &'a dyn Tabular,
        scorer: &'a Scorer<'a>,
        options: &SelectOptions,
        gains: bool,
    ) -> Scoring<'a> {
        Scoring {
            belief,
            scorer,
            weights: options.weights,
            gain: gains.then_some(options.gain),
            wanted: match (gains, options.gain) {
                (false, _) => Wanted::Nothing,
                (true, Gain::ModelChange) => Wanted::All,
                (true, _) => Wanted::Gains,
            },
        }
    }

    fn ranges(&self, sample: &Measures) -> Ranges {
        Ranges::of(sample, self.belief.task(), self.gain, self.weights)
    }

    /// The measures of all `n` candidates, and the ranges that combine them.
    pub(super) fn of_all(
        &self,
        looks: Vec<Look>,
        n: usize,
        progress: &dyn Progress,
    ) -> (Ranges, Measures) {
        let mut all = Measures::default();
        for measures in informed(self.scorer, looks, None, n, self.wanted, progress) {
            all.extend(measures);
        }
        let ranges = self.ranges(&all.sample(&sampled(self.belief.seed(), n)));
        (ranges, all)
    }

    /// The measures of the rows that were kept of one pass. They are special:
    /// the sample stands for all rows.
    fn of_kept(&self, kept: &Block, sample: &Block) -> Result<(Ranges, Measures), Fault> {
        let measure = |block: &Block| -> Result<Measures, Fault> {
            let table = self.scorer.table(&block.frame)?;
            let looks = vec![self.scorer.look(&table).expect("encoded before")];
            let n = block.keys.len();
            let mut all = informed(
                self.scorer,
                looks,
                Some(&sample.x),
                n,
                self.wanted,
                &al_core::Silent,
            );
            Ok(all.pop().expect("one block"))
        };
        Ok((self.ranges(&measure(sample)?), measure(kept)?))
    }
}

/// What keeps about `most` rows of candidates that are read in one pass.
fn buffer(belief: &dyn Tabular, request: &Request<'_>, lists: &Lists, most: usize) -> Buffer {
    // Measured rows may be worth measuring again.
    let mut named = lists.named();
    if belief.measurement_variance().is_some() {
        named.extend(belief.observed().keys());
    }
    Buffer::new(
        most,
        !request.strategy.needs().typical,
        request.seed,
        lists.excluded.clone(),
        named,
        belief.direction(),
        request.options.least_feasible,
    )
}

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
    check_features(input, &encoder.schema)?;
    check_columns(input, id.into_iter())?;
    let scorer = Scorer::new(belief, NEIGHBOURS)?;
    let mut reader = BlockReader {
        belief,
        input,
        scorer: &scorer,
        weigher: Weigher::new(belief, input, options)?,
        identities: Identities::new(belief, options.stream.is_none()),
        unseen: Unseen::among("row"),
        seen: 0,
    };
    let mut buffer = options
        .stream
        .map(|most| buffer(belief, request, lists, most));
    let scored = needs.scores || needs.gains;
    // Whatever is read of every row is read when it passes by.
    let full = scored && buffer.is_none();
    let (mut rows, mut blocks, mut looks) = (RowBlocks::default(), Vec::new(), Vec::new());
    for frame in input.blocks(BLOCK, None)? {
        let block = reader.block(frame?, full.then_some(&mut looks))?;
        progress.advance(block.keys.len() as u64);
        match &mut buffer {
            Some(buffer) => buffer.offer(block)?,
            None => {
                rows.push(block.frame.clone());
                blocks.push(block);
            }
        }
    }
    let (seen, unseen) = (reader.seen, reader.unseen.sentences(belief));
    request.warnings.extend(unseen);
    let scoring = Scoring::new(belief, &scorer, options, needs.gains);
    let (block, sample, (available, hopeless), measures) = match buffer {
        None => {
            let block = joined(blocks);
            let n = block.keys.len();
            let measures = full.then(|| scoring.of_all(looks, n, progress));
            (block, None, (None, 0), measures)
        }
        Some(buffer) => {
            let Streamed {
                kept,
                sample,
                available,
                hopeless,
            } = buffer.finish()?;
            rows.push(kept.frame.clone());
            let measures = scored
                .then(|| scoring.of_kept(&kept, &sample))
                .transpose()?;
            (kept, Some(sample), (Some(available), hopeless), measures)
        }
    };
    let (scores, gains) = scores_and_gains(measures);
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
        seen,
        available,
        hopeless,
    })
}

/// Combined uncertainties and gains, normalised; none without measures.
pub(super) fn scores_and_gains(measures: Option<(Ranges, Measures)>) -> (Vec<f32>, Vec<f32>) {
    let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    match measures {
        None => (Vec::new(), Vec::new()),
        Some((ranges, all)) => (narrow(ranges.combine(&all)), narrow(ranges.gain(&all))),
    }
}
